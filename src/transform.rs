//! The whole way, from bytes to bytes: what the KRM function and `render` do with the other rooms.

mod policy;
mod rule_edit;

use std::collections::HashSet;

use crate::config::Policy;
use crate::finding::{self, Code, Finding, ObjectReference, Place};
use crate::inventory::{self, GENERATED_FOR, Inventory};
use crate::istio;
use crate::krm::{
    Changes, EditError, FunctionResult, InputError, Item, Items, Location, Manifests, Pieces, ResourceList,
    STANDARD_INPUT, Wanted, set_field, set_text, text_of,
};
use crate::plan::{Change, Plan, Spec, plan};

pub use policy::{policy_among, policy_in_file};

/// What came of a run.
#[derive(Debug, Default)]
pub struct Transformed {
    /// What goes to standard output. Of a run that failed: empty from `render`; from the function the input as it was
    /// with `results` behind it, or nothing where the input could not be read as a list.
    pub output: String,
    /// What the user should know, errors first.
    pub findings: Vec<Finding>,
    /// The objects that were labelled, besides those that were generated.
    pub edited: Vec<ObjectReference>,
}

impl Transformed {
    /// Whether the run failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        finding::has_errors(&self.findings)
    }

    /// A run that ended before it could write anything.
    #[must_use]
    pub fn refused(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}

/// Runs the KRM function over a ResourceList. When a finding is an error the list comes back as it was, with results.
///
/// ```
/// let list = "\
/// apiVersion: config.kubernetes.io/v1
/// kind: ResourceList
/// items:
/// - apiVersion: v1
///   kind: Service
///   metadata: {name: reviews}
///   spec: {selector: {app: reviews}, ports: [{name: http, port: 80}]}
/// - apiVersion: v1
///   kind: Pod
///   metadata: {name: reviews-v1, labels: {app: reviews, version: v1}}
/// ";
/// let outcome = overrides::transform::function(list.as_bytes())?;
/// assert!(!outcome.failed());
/// let added = outcome.output.strip_prefix(list).expect("what was there comes back byte for byte");
/// assert!(added.contains("kind: DestinationRule") && added.contains("kind: VirtualService"));
/// # Ok::<(), overrides::krm::EditError>(())
/// ```
///
/// # Errors
/// [`EditError`] when something could not be written as YAML, which no input leads to.
pub fn function(input: &[u8]) -> Result<Transformed, EditError> {
    let InPieces { output, outcome, .. } = function_in_pieces(input)?;
    Ok(Transformed { output: output.joined(), ..outcome })
}

/// What came of a run of the function, for whoever writes it out.
#[derive(Debug, Default)]
pub struct InPieces<'s> {
    /// The output: of a large list most is the input, and need not be copied.
    pub output: Pieces<'s>,
    /// The rest, without the output.
    pub outcome: Transformed,
    /// What nobody needs any more. To free it piece by piece takes time that a process which ends can save.
    pub leftovers: Leftovers<'s>,
}

/// What a run of the function worked with: the list, what it says, and what was to be done to it.
pub type Leftovers<'s> = (Option<ResourceList<'s>>, Option<Inventory>, Option<Changes>);

/// As [`function`], with the output in pieces.
///
/// # Errors
/// As [`function`].
pub fn function_in_pieces(input: &[u8]) -> Result<InPieces<'_>, EditError> {
    let in_pieces = |output, outcome| InPieces { output, outcome, ..InPieces::default() };
    let refused = |error: &InputError| in_pieces(Pieces::default(), Transformed::refused(Finding::from(error)));
    let text = match text_of(STANDARD_INPUT, input) {
        Ok(text) => text,
        Err(error) => return Ok(refused(&error)),
    };
    let list = match ResourceList::parse_wanted(text, wanted) {
        Ok(list) => list,
        Err(error) => return Ok(refused(&error)),
    };
    let (list, Work { mut changes, mut findings, edited }, inventory) = work_on(text, list)?;
    match list.write(&mut changes, &new_results(&list, &findings)) {
        Ok(output) => {
            let outcome = Transformed { findings, edited, ..Transformed::default() };
            let leftovers = (Some(list), inventory, Some(changes));
            Ok(InPieces { output, outcome, leftovers })
        }
        Err(error) if error.is_about_the_input() => {
            findings.retain(|finding| !finding.code.tells_of_a_change());
            findings.insert(0, cannot_write(&error));
            let unchanged = list.write(&mut list.changes(), &new_results(&list, &findings));
            // Where not even results can be put, the list itself is what must not be lost.
            let output = unchanged.unwrap_or_else(|_| Pieces::from(text));
            Ok(in_pieces(output, Transformed { findings, ..Transformed::default() }))
        }
        Err(error) => Err(error),
    }
}

/// Plans over a list that was read from `text`. Most lists get new items and no other change, so what their items say
/// makes room for the plan, and is read once more in the few where that was wrong.
fn work_on<'s>(
    text: &'s str,
    list: ResourceList<'s>,
) -> Result<(ResourceList<'s>, Work, Option<Inventory>), EditError> {
    let mut work = Work::new(list.changes());
    let (inventory, findings) = Inventory::read(list.items());
    work.findings = findings;
    let policy = match policy::of_list(&list) {
        Err(finding) => {
            work.findings.push(*finding);
            return Ok((list, work, None));
        }
        Ok(_) if !work.findings.is_empty() => return Ok((list, work, None)),
        Ok(policy) => policy,
    };
    let may_edit = inventory.has_rules() || policy.unversioned.labels();
    let list = if may_edit { list } else { list.without_items() };
    let plan = plan(&inventory, &policy);
    let list = if may_edit || plan.only_adds() {
        list
    } else {
        let unreadable = |error: InputError| EditError::WouldChange(error.to_string());
        ResourceList::parse_wanted(text, wanted).map_err(unreadable)?
    };
    work.follow(plan, list.items())?;
    Ok((list, work, Some(inventory)))
}

/// What a run asks of an object: of a policy all of it, of the rest what the inventory reads.
#[must_use]
pub fn wanted(api_version: &str, kind: &str) -> Wanted {
    if policy::is_policy_kind(api_version, kind) { Wanted::Everything } else { inventory::wanted(api_version, kind) }
}

/// Which objects have to be read: those that say anything about requests, if only to `explain`, or by a namespace's labels.
/// Of all others nothing is wanted but the metadata.
#[must_use]
pub fn mattering(api_version: &str, kind: &str) -> Wanted {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let is_of_the_mesh = group.ends_with(".istio.io") || group == "gateway.networking.k8s.io";
    let is_namespace = group.is_empty() && kind == "Namespace";
    if is_of_the_mesh || is_namespace {
        Wanted::Everything
    } else if inventory::only_counts_pods(group, kind) || inventory::only_leads_to_services(group, kind) {
        Wanted::Metadata
    } else {
        wanted(api_version, kind)
    }
}

/// The findings as results, but for those that an earlier run put there already. A route's position moves when others come
/// in front of it, so the field does not make another result.
fn new_results(list: &ResourceList<'_>, findings: &[Finding]) -> Vec<FunctionResult> {
    let anywhere = |result: FunctionResult| FunctionResult { field: None, ..result };
    let known: HashSet<FunctionResult> = list.results().into_iter().map(anywhere).collect();
    let is_new = |result: &FunctionResult| known.is_empty() || !known.contains(&anywhere(result.clone()));
    findings.iter().map(Finding::result).filter(is_new).collect()
}

fn cannot_write(error: &EditError) -> Finding {
    let message = format!("the changes cannot be made without harm: {error}");
    let cure = "Write the place in plain block style, without anchors, aliases and explicit keys, and end the file with a \
                line break";
    Finding::new(Code::CannotEdit, Place::default(), message, cure)
}

/// Renders plain manifests: all of them as one stream, with what is generated at its end. The policy, and objects that
/// never reach a cluster, are read and not printed.
///
/// # Errors
/// [`EditError`] when something could not be written as YAML, which no input leads to.
pub fn render(manifests: &Manifests<'_>, policy: &Policy) -> Result<Transformed, EditError> {
    write(manifests, Work::over(manifests, policy)?)
}

/// Writes what was planned over manifests.
fn write(manifests: &Manifests<'_>, work: Work) -> Result<Transformed, EditError> {
    let items = manifests.items();
    let Work { mut changes, mut findings, edited } = work;
    if finding::has_errors(&findings) {
        return Ok(Transformed { findings, ..Transformed::default() });
    }
    items
        .iter()
        .filter(|item| item.is_local_config() || policy::is_policy(*item))
        .for_each(|item| changes.remove(item.id));
    match manifests.write(changes) {
        Ok(written) if written.text.trim().is_empty() || manifests.is_empty() => {
            Ok(Transformed::refused(nothing_to_render(manifests)))
        }
        Ok(written) => {
            findings.extend(written.asides.iter().map(Finding::from));
            Ok(Transformed { output: written.text, findings, edited })
        }
        Err(error) if error.is_about_the_input() => {
            findings.insert(0, cannot_write(&error));
            Ok(Transformed { findings, ..Transformed::default() })
        }
        Err(error) => Err(error),
    }
}

/// What rendering would change: in each file, and the objects that it would add.
#[derive(Debug, Default)]
pub struct Difference {
    /// The files that would change: their names, what is in them, and what would be.
    pub files: Vec<(String, String, String)>,
    /// The new objects, one text each.
    pub added: Vec<String>,
    /// What the user should know, errors first. With an error among them nothing would change.
    pub findings: Vec<Finding>,
}

/// What [`render`] would change, file by file.
///
/// # Errors
/// [`EditError`] when something could not be written as YAML, which no input leads to.
pub fn difference(manifests: &Manifests<'_>, policy: &Policy) -> Result<Difference, EditError> {
    let work = Work::over(manifests, policy)?;
    let changes = work.changes.clone();
    // All that is checked before anything is written is checked here too.
    let rendered = write(manifests, work)?;
    if rendered.failed() {
        return Ok(Difference { findings: rendered.findings, ..Difference::default() });
    }
    let (edited, added) = manifests.write_apart(changes)?;
    let files = manifests.items().sources().iter().zip(edited);
    let files = files.map(|(source, after)| (source.name.clone(), source.tree.text().to_owned(), after));
    let files = files.filter(|(_, before, after)| before != after).collect();
    Ok(Difference { files, added, findings: rendered.findings })
}

/// An empty output means to whoever reads it that everything is to be deleted: Argo CD does so when pruning.
fn nothing_to_render(manifests: &Manifests<'_>) -> Finding {
    let source = manifests.items().sources().first();
    let place = Place {
        location: source.map(|source| Location { path: source.name.as_str().into(), index: 0 }),
        position: source.map(|_| (1, 1)),
        ..Place::default()
    };
    let (message, cure) = if manifests.items().iter().any(is_generated) {
        let message = "there is nothing to render: all that was found was generated, for Services that are not there";
        (message, "Remove what was generated if the Services are gone, or see to it that what builds them did not fail")
    } else {
        let message = "there is nothing to render: no object that would reach a cluster was found";
        (message, "Name files or folders with manifests, and see to it that what builds them did not fail")
    };
    Finding::new(Code::Unreadable, place, message, cure)
}

/// A plan on its way into the input.
struct Work {
    changes: Changes,
    findings: Vec<Finding>,
    edited: Vec<ObjectReference>,
}

impl Work {
    fn new(changes: Changes) -> Self {
        Self { changes, findings: Vec::new(), edited: Vec::new() }
    }

    /// Reads items and plans over them, unless some cannot be read.
    fn over(manifests: &Manifests<'_>, policy: &Policy) -> Result<Self, EditError> {
        let items = manifests.items();
        let (inventory, findings) = Inventory::read(items);
        let mut work = Self { findings, ..Self::new(Manifests::changes()) };
        if work.findings.is_empty() {
            work.follow(plan(&inventory, policy), items)?;
        }
        work.findings.extend(manifests.asides().iter().map(Finding::from));
        Ok(work)
    }

    /// Turns a plan into changes of the input: all of them, or none and the reasons.
    fn follow(&mut self, plan: Plan<'_>, items: &Items<'_>) -> Result<(), EditError> {
        let Plan { changes, findings } = plan;
        self.findings = findings;
        let mut refusals = Vec::new();
        for change in changes {
            if let Some(refusal) = self.apply(items, change)? {
                refusals.push(refusal);
            }
        }
        if !refusals.is_empty() {
            self.changes.clear();
            self.findings.retain(|finding| !finding.code.tells_of_a_change());
            self.findings.splice(0..0, refusals);
        }
        Ok(())
    }

    fn apply(&mut self, items: &Items<'_>, change: Change<'_>) -> Result<Option<Finding>, EditError> {
        match change {
            Change::Add(addition) => self.changes.add(&addition)?,
            Change::Remove { object } => object.item.into_iter().for_each(|item| self.changes.remove(item)),
            Change::Rewrite { object, spec } => {
                let Some(item) = object.item else { return Ok(None) };
                let rewritten = self.changes.edit(items, item, |splices, item| match &spec {
                    Spec::DestinationRule(spec) => set_field(splices, item.node, "spec", spec),
                    Spec::VirtualService(spec) => set_field(splices, item.node, "spec", spec),
                });
                let what = "this generated object cannot be brought up to date";
                let cure = "Remove it, and it is written anew";
                return refusal(rewritten, object.place().field("spec"), Code::CannotEdit, what, cure);
            }
            Change::Edit { object, edit } => {
                let Some(item) = object.item else { return Ok(None) };
                let edited = self.changes.edit(items, item, |splices, item| rule_edit::apply(splices, item, &edit));
                if let Some(outcome) = edit.outcome {
                    self.changes.expect(item, edit.list, outcome);
                }
                self.edited.push(object.reference.clone());
                let what = "what is generated cannot be merged into this rule";
                let cure = "Write it in plain block style, without anchors and aliases, or set `existing: skip`";
                return refusal(edited, object.place().field("spec"), Code::CannotEdit, what, cure);
            }
            Change::Label { object, path, key, version } => {
                let Some(item) = object.item else { return Ok(None) };
                let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
                let labelled =
                    self.changes.edit(items, item, |splices, item| set_text(splices, item.node, &path, &version));
                self.edited.push(object.reference.clone());
                let what = format!("the label `{key}: {version}` cannot be written here");
                let place = object.place().field(path.join("."));
                return refusal(labelled, place, Code::CannotLabel, &what, "Write the label by hand");
            }
        }
        Ok(None)
    }
}

/// An edit that the user's way of writing forbids is a finding; anything else that goes wrong ends the run.
fn refusal(
    edit: Result<(), EditError>,
    place: Place,
    code: Code,
    what: &str,
    cure: &str,
) -> Result<Option<Finding>, EditError> {
    match edit {
        Ok(()) => Ok(None),
        Err(error) if error.is_about_the_input() => {
            Ok(Some(Finding::new(code, place, format!("{what}: {error}"), cure)))
        }
        Err(error) => Err(error),
    }
}

/// The generated objects of a rendered stream, and those that were labelled, each as a document of its own.
///
/// # Errors
/// [`InputError`] never, in practice: the stream was just written.
pub fn changed_objects(stream: &str, edited: &[ObjectReference]) -> Result<Vec<(ObjectReference, String)>, InputError> {
    let manifests = Manifests::parse_around([(STANDARD_INPUT.to_owned(), stream)], wanted, mattering)?;
    let items = manifests.items();
    let edited: HashSet<&ObjectReference> = edited.iter().collect();
    let wanted = |item: &Item<'_>| is_generated(*item) || edited.contains(&item.reference());
    let wanted: Vec<Item<'_>> = items.iter().filter(wanted).collect();
    Ok(wanted.into_iter().filter_map(|item| Some((item.reference(), items.text_of(item.id)?))).collect())
}

/// Whether an object is a rule of Istio's, generated or edited, and no workload that was labelled.
#[must_use]
pub fn is_rule(object: &ObjectReference) -> bool {
    object.api_version.split_once('/').is_some_and(|(group, _)| group == istio::GROUP)
}

/// Whether an item is one that an earlier run generated.
#[must_use]
pub fn is_generated(item: Item<'_>) -> bool {
    generated_for(item).is_some()
}

/// The Service that an item was generated for, if it was.
#[must_use]
pub fn generated_for(item: Item<'_>) -> Option<&str> {
    item.annotation(GENERATED_FOR).filter(|_| item.group() == istio::GROUP)
}
