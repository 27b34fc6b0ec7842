//! The whole way, from bytes to bytes: what the KRM function and `render` do with the other rooms.

use std::collections::HashSet;

use crate::config::{self, Policy};
use crate::finding::{Code, Finding, ObjectReference, Place, Severity};
use crate::inventory::{GENERATED_FOR, Inventory};
use crate::istio::{self, IstioResource};
use crate::krm::{
    Changes, EditError, FunctionResult, InputError, InputProblem, Item, ItemId, Items, Kind, Location, Manifests,
    NodeRef, ResourceList, STANDARD_INPUT, TreeError, line_and_column, set_field, set_text, text_of,
};
use crate::plan::{Change, Plan, Spec, plan};

/// What came of a run.
#[derive(Debug, Default)]
pub struct Transformed {
    /// What goes to standard output. Empty when the input could not be read, or when `render` failed.
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
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// A run that ended before it could write anything.
    #[must_use]
    pub fn refused(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}

/// Runs the KRM function over a ResourceList. When a finding is an error the list comes back as it was, with results.
///
/// # Errors
/// [`EditError`] when something could not be written as YAML, which no input leads to.
pub fn function(input: &[u8]) -> Result<Transformed, EditError> {
    let text = match text_of(STANDARD_INPUT, input) {
        Ok(text) => text,
        Err(error) => return Ok(Transformed::refused(input_finding(&error))),
    };
    let list = match ResourceList::parse(text) {
        Ok(list) => list,
        Err(error) => return Ok(Transformed::refused(input_finding(&error))),
    };
    let mut work = Work::default();
    let (inventory, findings) = Inventory::read(list.items());
    work.findings = findings;
    let policy = match list.function_config() {
        None => Ok(Policy::default()),
        Some(config) => config::read(config, &function_config_place(config)),
    };
    match policy {
        Err(finding) => work.findings.push(*finding),
        Ok(policy) if work.findings.is_empty() => work.plan(list.items(), &inventory, &policy)?,
        Ok(_) => {}
    }
    let Work { changes, mut findings, edited } = work;
    match list.write(changes, &new_results(&list, &findings)) {
        Ok(output) => Ok(Transformed { output, findings, edited }),
        Err(error) if error.is_about_the_input() => {
            findings.retain(|finding| !finding.code.tells_of_a_change());
            findings.insert(0, cannot_write(&error));
            let unchanged = list.write(Changes::<()>::default(), &new_results(&list, &findings));
            // Where not even results can be put, the list itself is what must not be lost.
            let output = unchanged.unwrap_or_else(|_| text.to_owned());
            Ok(Transformed { output, findings, edited: Vec::new() })
        }
        Err(error) => Err(error),
    }
}

/// The findings as results, but for those that an earlier run put there already.
fn new_results(list: &ResourceList<'_>, findings: &[Finding]) -> Vec<FunctionResult> {
    let known: HashSet<FunctionResult> = list.results().into_iter().collect();
    findings.iter().map(Finding::result).filter(|result| !known.contains(result)).collect()
}

fn cannot_write(error: &EditError) -> Finding {
    let message = format!("the changes cannot be made without harm: {error}");
    let cure = "Write the place in plain block style, without anchors, aliases and explicit keys";
    Finding::new(Code::CannotEdit, Place::default(), message, cure)
}

fn function_config_place(config: NodeRef<'_>) -> Place {
    let item = Item { id: ItemId::NONE, node: config };
    Place { object: Some(reference(item)), location: item.annotated_location(), ..Place::default() }
}

fn reference(item: Item<'_>) -> ObjectReference {
    ObjectReference {
        api_version: item.api_version().to_owned(),
        kind: item.kind().to_owned(),
        namespace: item.namespace().map(ToOwned::to_owned),
        name: item.name().unwrap_or_default().to_owned(),
    }
}

/// Renders plain manifests: all of them as one stream, with what is generated at its end. The policy, and objects that
/// never reach a cluster, are read and not printed.
///
/// # Errors
/// [`EditError`] when something could not be written as YAML, which no input leads to.
pub fn render(manifests: &Manifests<'_>, policy: &Policy) -> Result<Transformed, EditError> {
    let items = manifests.items();
    let mut work = Work::default();
    let (inventory, findings) = Inventory::read(items);
    work.findings = findings;
    if work.findings.is_empty() {
        work.plan(items, &inventory, policy)?;
    }
    let Work { mut changes, mut findings, edited } = work;
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Ok(Transformed { findings, ..Transformed::default() });
    }
    items.iter().filter(|item| item.is_local_config() || is_policy(*item)).for_each(|item| changes.remove(item.id));
    match manifests.write(changes) {
        Ok(output) if output.trim().is_empty() || manifests.is_empty() => {
            Ok(Transformed::refused(nothing_to_render(manifests)))
        }
        Ok(output) => Ok(Transformed { output, findings, edited }),
        Err(error) if error.is_about_the_input() => {
            findings.insert(0, cannot_write(&error));
            Ok(Transformed { findings, ..Transformed::default() })
        }
        Err(error) => Err(error),
    }
}

/// An empty output means to whoever reads it that everything is to be deleted: Argo CD does so when pruning.
fn nothing_to_render(manifests: &Manifests<'_>) -> Finding {
    let source = manifests.items().sources().first();
    let place = Place {
        location: source.map(|source| Location { path: source.name.clone(), index: 0 }),
        position: source.map(|_| (1, 1)),
        ..Place::default()
    };
    let message = "there is nothing to render: no object that would reach a cluster was found";
    let cure = "Name files or folders with manifests, and see to it that what builds them did not fail";
    Finding::new(Code::Unreadable, place, message, cure)
}

fn is_policy(item: Item<'_>) -> bool {
    item.api_version() == config::API_VERSION && item.kind() == config::KIND
}

/// The policy among manifests: the one `Overrides` object, where there is one.
///
/// # Errors
/// A finding when there are several, or when it cannot be read.
pub fn policy_among(manifests: &Manifests<'_>) -> Result<Option<Policy>, Box<Finding>> {
    let items = manifests.items();
    let place = |item: Item<'_>| Place {
        item: Some(item.id),
        object: Some(reference(item)),
        location: items.location(item.id),
        ..Place::default()
    };
    let mut policies = items.iter().filter(|item| is_policy(*item));
    let Some(first) = policies.next() else { return Ok(None) };
    if let Some(second) = policies.next() {
        let cure = "Keep one of them, or name the one that counts with `--config`";
        let finding = Finding::new(Code::SeveralPolicies, place(second), "there is more than one policy", cure);
        return Err(Box::new(finding.with_related(place(first), "The first one is here")));
    }
    config::read(first.node, &place(first)).map(Some)
}

/// The policy in a file of its own: one document, an `Overrides` object or a `ConfigMap`.
///
/// # Errors
/// A finding when it is no such file.
pub fn policy_in_file(path: &str, content: &[u8]) -> Result<Policy, Box<Finding>> {
    let manifests = text_of(path, content).and_then(|text| Manifests::parse([(path.to_owned(), text)]));
    let manifests = manifests.map_err(|error| Box::new(input_finding(&error)))?;
    let place = Place { location: Some(Location { path: path.to_owned(), index: 0 }), ..Place::default() };
    let mut items = manifests.items().iter();
    match (items.next(), items.next()) {
        (Some(item), None) => {
            let place = Place { object: Some(reference(item)), item: Some(item.id), ..place };
            // The items go with the file, so its place becomes a line and a column.
            let detached =
                |place: &Place| Place { position: position(manifests.items(), place), item: None, ..place.clone() };
            match config::read(item.node, &place) {
                Ok(policy) => Ok(Policy { place: Place { item: None, ..policy.place }, ..policy }),
                Err(finding) => Err(Box::new(Finding { place: detached(&finding.place), ..*finding })),
            }
        }
        (None, _) => {
            let cure = format!("Write a `{}` of `{}` into it", config::KIND, config::API_VERSION);
            Err(Box::new(Finding::new(Code::InvalidPolicy, place, "there is no policy in this file", cure)))
        }
        (Some(_), Some(_)) => {
            let message = "there is more than one object in this file";
            Err(Box::new(Finding::new(Code::SeveralPolicies, place, message, "Keep only the policy in it")))
        }
    }
}

/// A plan on its way into the input.
#[derive(Default)]
struct Work {
    changes: Changes<IstioResource>,
    findings: Vec<Finding>,
    edited: Vec<ObjectReference>,
}

impl Work {
    /// Plans, and turns the plan into changes of the input: all of them, or none and the reasons.
    fn plan(&mut self, items: &Items<'_>, inventory: &Inventory, policy: &Policy) -> Result<(), EditError> {
        let Plan { changes, findings } = plan(inventory, policy);
        self.findings = findings;
        let mut refusals = Vec::new();
        for change in changes {
            if let Some(refusal) = self.apply(items, change)? {
                refusals.push(refusal);
            }
        }
        if !refusals.is_empty() {
            self.changes = Changes::default();
            self.findings.retain(|finding| !finding.code.tells_of_a_change());
            self.findings.splice(0..0, refusals);
        }
        Ok(())
    }

    fn apply(&mut self, items: &Items<'_>, change: Change) -> Result<Option<Finding>, EditError> {
        match change {
            Change::Add(resource) => self.changes.add(*resource),
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
    let manifests = Manifests::parse([(STANDARD_INPUT.to_owned(), stream)])?;
    let items = manifests.items();
    let edited: HashSet<&ObjectReference> = edited.iter().collect();
    let wanted = |item: &Item<'_>| is_generated(*item) || edited.contains(&reference(*item));
    let wanted: Vec<Item<'_>> = items.iter().filter(wanted).collect();
    Ok(wanted.into_iter().filter_map(|item| Some((reference(item), items.text_of(item.id)?))).collect())
}

/// Whether an item is one that an earlier run generated.
#[must_use]
pub fn is_generated(item: Item<'_>) -> bool {
    item.group() == istio::GROUP && item.annotation(GENERATED_FOR).is_some()
}

/// An input that could not be read, as a finding.
#[must_use]
pub fn input_finding(error: &InputError) -> Finding {
    let location = Location { path: error.source_name.clone(), index: 0 };
    let place = Place { location: Some(location), position: error.position, ..Place::default() };
    let (code, cure) = match &error.problem {
        InputProblem::Empty => (Code::Unreadable, "Pipe a ResourceList in, or use `overrides render` on manifests"),
        InputProblem::NotText => (Code::Unreadable, "Save the file as UTF-8"),
        InputProblem::Tree(error) => match **error {
            TreeError::Syntax { .. } => (Code::Unreadable, "Correct the line, or the ones above it"),
            TreeError::DuplicateKey { .. } => (Code::DuplicateKey, "Remove one of the two"),
            TreeError::TooDeep { .. } | TreeError::TooLarge => {
                (Code::BeyondLimits, "No Kubernetes object needs this; split or simplify the input")
            }
        },
        InputProblem::NotAResourceList(_) => (
            Code::WrongDocument,
            "Use `overrides render` for plain manifests, as in `kustomize build . | overrides render -`",
        ),
        InputProblem::NotAList(_) => (Code::WrongDocument, "Make it a list"),
        InputProblem::NotAnObject(_) => {
            (Code::WrongDocument, "See what wrote it: the output of a command that failed, perhaps")
        }
        InputProblem::ResourceListInRender => {
            (Code::WrongDocument, "Pipe it into `overrides` without arguments, which is the KRM function")
        }
    };
    let finding = Finding::new(code, place.clone(), error.problem.to_string(), cure);
    match error.first_position {
        Some(first) => finding.with_related(Place { position: Some(first), ..place }, "The first one is here"),
        None => finding,
    }
}

/// The bytes that a place is about: the source's number, and a range of its text. A field that is not there is shown
/// as the nearest one above it that is.
#[must_use]
pub fn locate(items: &Items<'_>, place: &Place) -> Option<(usize, std::ops::Range<usize>)> {
    let id = place.item?;
    let (source, _) = items.source_of(id)?;
    let item = items.get(id)?;
    let (mut key, mut node) = (None, item.node);
    for step in steps(place.field.as_deref().unwrap_or("metadata.name")) {
        let next = match step.parse::<usize>() {
            Ok(index) if node.kind() == Kind::Sequence => node.elements().nth(index).map(|element| (None, element)),
            _ => node.entry(step).map(|(name, value)| (Some(name), value)),
        };
        let Some((name, value)) = next else { break };
        (key, node) = (name.or(key), value);
    }
    let range = match node.kind() {
        Kind::Scalar if !node.range().is_empty() => node.range(),
        _ => key.map_or_else(|| node.range(), NodeRef::range),
    };
    Some((source, range))
}

/// The steps of a field path: keys, and indexes or dotted keys in brackets.
fn steps(path: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    for (position, part) in path.split('[').enumerate() {
        let dotted = match (position, part.split_once(']')) {
            (0, _) | (_, None) => part,
            (_, Some((bracketed, rest))) => {
                steps.push(bracketed);
                rest
            }
        };
        steps.extend(dotted.split('.').filter(|step| !step.is_empty()));
    }
    steps
}

/// The line and column of a place that has bytes.
#[must_use]
pub fn position(items: &Items<'_>, place: &Place) -> Option<(usize, usize)> {
    let (source, range) = locate(items, place)?;
    Some(line_and_column(items.sources().get(source)?.tree.text(), range.start))
}
