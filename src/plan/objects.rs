//! The objects that are to be there, against those that are: new ones, changed ones, ones to go.
//!
//! Ownership is an annotation, not a name. An object that says the same as before is left byte for byte, one that says
//! something else gets another `spec` and keeps its metadata, and whatever nobody wants any more goes.

use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use smol_str::SmolStr;

use super::addition::{Addition, Says};
use super::replaced::Earlier;
use super::{Change, Outcome, Spec};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{GENERATED_FILE_PREFIX, GENERATED_FOR, Inventory, Object, Service};
use crate::istio::VirtualServiceSpec;

/// What the names of generated objects end in.
const NAME_SUFFIX: &str = "-overrides";
/// What the name of the one for gateways ends in.
const GATEWAY_SUFFIX: &str = "-overrides-gateway";
/// The label by which people and tools find what was generated. Ownership does not depend on it.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "overrides");

/// One generated object of an earlier run.
struct Found<'a> {
    object: &'a Object,
    generated_for: &'a str,
    spec: Option<Spec>,
    wanted: bool,
}

/// What the input has of one kind: objects of earlier runs, and the names that are the user's.
#[derive(Default)]
struct OfKind<'a> {
    found: Vec<Found<'a>>,
    /// Positions in `found`, by namespace and the Service that they were generated for.
    by_service: HashMap<(&'a str, &'a str), Vec<usize>>,
    users: HashMap<(&'a str, &'a str), &'a Object>,
}

/// The objects of all Services.
pub(super) struct Objects<'a> {
    destination_rules: OfKind<'a>,
    virtual_services: OfKind<'a>,
    /// VirtualServices at gateways, which are a kind of their own here: a Service may have one of either.
    at_gateways: OfKind<'a>,
    /// For files of generated objects that exist, the first index that is free.
    free_index: &'a BTreeMap<SmolStr, usize>,
    wanted_rules: Vec<Wanted<'a>>,
    wanted_services: Vec<Wanted<'a>>,
    wanted_at_gateways: Vec<Wanted<'a>>,
    added: Vec<Addition<'a>>,
    rewritten: Vec<Change<'a>>,
    /// Services that could have had rules, by namespace and name.
    passed_over: HashSet<(&'a str, &'a str)>,
}

/// An object that a Service is to have.
struct Wanted<'a> {
    service: &'a Service,
    name: String,
    says: Says<'a>,
    default_is_stated: bool,
    /// Which of the objects of earlier runs it is.
    found: Option<usize>,
}

impl<'a> Wanted<'a> {
    /// What its Service is called, or was called before kustomize changed it.
    fn names(&self, former: bool) -> impl Iterator<Item = &'a str> + use<'a> {
        let current = (!former).then_some(self.service.name());
        let former = self.service.previous.names.iter().filter(move |_| former).map(String::as_str);
        current.into_iter().chain(former)
    }
}

impl<'a> OfKind<'a> {
    fn add(&mut self, object: &'a Object, generated_for: Option<&'a str>, spec: Option<Spec>) {
        let namespace = object.namespace().effective();
        match generated_for {
            None => {
                self.users.insert((namespace, object.name()), object);
            }
            Some(generated_for) => {
                self.by_service.entry((namespace, generated_for)).or_default().push(self.found.len());
                self.found.push(Found { object, generated_for, spec, wanted: false });
            }
        }
    }

    /// What the objects say that an earlier run generated for a Service.
    fn specs_for(&self, service: &Service) -> Vec<&Spec> {
        let indexes = self.by_service.get(&(service.namespace().effective(), service.name()));
        indexes.into_iter().flatten().filter_map(|index| self.found.get(*index)?.spec.as_ref()).collect()
    }

    /// Gives every wanted object the one that an earlier run generated for it. A Service's present name goes before
    /// names that it had once, for several Services may have had the same; and no object is given away twice.
    fn assign(&mut self, wanted: &mut [Wanted<'a>]) {
        for (by_former_name, by_own_name) in [(false, true), (false, false), (true, true), (true, false)] {
            for wanted in wanted.iter_mut().filter(|wanted| wanted.found.is_none()) {
                let free = |index: &usize| {
                    let named = |found: &&Found<'_>| !by_own_name || found.object.name() == wanted.name;
                    self.found.get(*index).filter(named).is_some_and(|found| !found.wanted)
                };
                let indexes = |name: &'a str| self.by_service.get(&(wanted.service.namespace().effective(), name));
                let names = wanted.names(by_former_name);
                let Some(index) = names.filter_map(indexes).flatten().copied().find(free) else { continue };
                wanted.found = Some(index);
                if let Some(found) = self.found.get_mut(index) {
                    found.wanted = true;
                }
            }
        }
    }
}

impl<'a> Objects<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut objects = Self {
            destination_rules: OfKind::default(),
            virtual_services: OfKind::default(),
            at_gateways: OfKind::default(),
            free_index: &inventory.next_index,
            wanted_rules: Vec::new(),
            wanted_services: Vec::new(),
            wanted_at_gateways: Vec::new(),
            added: Vec::new(),
            rewritten: Vec::new(),
            passed_over: HashSet::new(),
        };
        for rule in &inventory.destination_rules {
            let spec = rule.generated_spec.clone().map(Spec::DestinationRule);
            objects.destination_rules.add(&rule.object, rule.generated_for.as_deref(), spec);
        }
        for service in &inventory.virtual_services {
            let spec = service.generated_spec.clone().map(Spec::VirtualService);
            let generated_for = service.generated_for.as_deref();
            // A name is taken whatever the user's rule is about.
            let is_at_gateways = !service.gateways.is_empty();
            if generated_for.is_none() || is_at_gateways {
                objects.at_gateways.add(&service.object, generated_for, spec.clone());
            }
            if generated_for.is_none() || !is_at_gateways {
                objects.virtual_services.add(&service.object, generated_for, spec);
            }
        }
        objects
    }

    /// Notes what a Service gets.
    pub(super) fn want(&mut self, service: &'a Service, outcome: &Outcome<'_, 'a>) {
        let Outcome { table, present, exposure, .. } = outcome;
        let wanted = |suffix: &str, says| {
            let name = [service.name(), suffix].concat();
            Wanted { service, name, says, default_is_stated: table.is_default_stated(), found: None }
        };
        if !present.has_destination_rule {
            self.wanted_rules.push(wanted(NAME_SUFFIX, Says::Subsets(Rc::clone(table))));
        }
        if present.virtual_service.is_none() {
            self.wanted_services.push(wanted(NAME_SUFFIX, Says::Routes(Rc::clone(table))));
        }
        if let Some(exposure) = exposure {
            let says = Says::AtGateways(Rc::clone(table), Rc::clone(exposure));
            self.wanted_at_gateways.push(wanted(GATEWAY_SUFFIX, says));
        }
    }

    /// Notes a Service that gets nothing although it could: what an earlier run gave it does not go unnoticed.
    pub(super) fn note_passed_over(&mut self, service: &'a Service) {
        self.passed_over.insert((service.namespace().effective(), service.name()));
    }

    /// Whether an earlier run gave the Service this subset.
    pub(super) fn had_subset(&self, service: &Service, subset: &str) -> bool {
        self.destination_rules.specs_for(service).into_iter().any(|spec| match spec {
            Spec::DestinationRule(spec) => spec.subsets.iter().any(|known| known.name == subset),
            Spec::VirtualService(_) => false,
        })
    }

    /// What an earlier run wrote about the Service's versions.
    pub(super) fn earlier(&self, service: &Service) -> Earlier<'_> {
        let mut earlier = Earlier {
            default: self.virtual_services.specs_for(service).into_iter().find_map(default_subset_of),
            ..Earlier::default()
        };
        for spec in self.destination_rules.specs_for(service) {
            if let Spec::DestinationRule(spec) = spec {
                earlier.subsets.extend(spec.subsets.iter().map(|subset| (subset.name.as_str(), &subset.labels)));
            }
        }
        earlier
    }

    /// Keeps what an earlier run generated for a Service as it is.
    pub(super) fn freeze(&mut self, service: &Service) {
        for kind in [&mut self.destination_rules, &mut self.virtual_services, &mut self.at_gateways] {
            let indexes = kind.by_service.get(&(service.namespace().effective(), service.name()));
            for index in indexes.cloned().unwrap_or_default() {
                if let Some(found) = kind.found.get_mut(index) {
                    found.wanted = true;
                }
            }
        }
    }

    /// Holds what is wanted against what is there. Names that the user's own objects have are findings.
    pub(super) fn settle(&mut self, findings: &mut Vec<Finding>) {
        self.destination_rules.assign(&mut self.wanted_rules);
        self.virtual_services.assign(&mut self.wanted_services);
        self.at_gateways.assign(&mut self.wanted_at_gateways);
        // A DestinationRule first: a VirtualService that arrives before it is 503 for everybody.
        for wanted in std::mem::take(&mut self.wanted_rules) {
            settle_one(&self.destination_rules, wanted, &mut self.added, &mut self.rewritten, findings);
        }
        for wanted in std::mem::take(&mut self.wanted_services) {
            settle_one(&self.virtual_services, wanted, &mut self.added, &mut self.rewritten, findings);
        }
        for wanted in std::mem::take(&mut self.wanted_at_gateways) {
            settle_one(&self.at_gateways, wanted, &mut self.added, &mut self.rewritten, findings);
        }
    }

    /// All changes: new objects by namespace and name, then what goes, VirtualServices before the DestinationRules that
    /// they need.
    pub(super) fn into_changes(mut self, findings: &mut Vec<Finding>) -> Vec<Change<'a>> {
        // The sort is stable, so a Service's DestinationRule stays in front of its VirtualService.
        self.added.sort_by_key(|added| (added.service.namespace().effective(), added.service.name()));
        let mut changes = self.rewritten;
        changes.reserve(self.added.len());
        let mut next_index = HashMap::new();
        for mut added in self.added {
            added.index = index_in_file(added.service, self.free_index, &mut next_index);
            changes.push(Change::Add(added));
        }
        let routes = self.at_gateways.found.iter().chain(&self.virtual_services.found);
        for found in routes.chain(&self.destination_rules.found) {
            if found.wanted {
                continue;
            }
            findings.push(removed(found, &self.passed_over));
            changes.push(Change::Remove { object: Box::new(found.object.clone()) });
        }
        changes
    }
}

fn settle_one<'a>(
    of_kind: &OfKind<'a>,
    wanted: Wanted<'a>,
    added: &mut Vec<Addition<'a>>,
    rewritten: &mut Vec<Change<'a>>,
    findings: &mut Vec<Finding>,
) {
    let Wanted { service, name, says, default_is_stated, found } = wanted;
    if let Some(found) = found.and_then(|index| of_kind.found.get(index)) {
        let spec = says.spec();
        if found.spec.as_ref() != Some(&spec) {
            findings.extend(surprise(found, &spec, default_is_stated));
            rewritten.push(Change::Rewrite { object: Box::new(found.object.clone()), spec });
        }
        return;
    }
    if let Some(users) = of_kind.users.get(&(service.namespace().effective(), name.as_str())) {
        findings.push(name_taken(service, users));
        return;
    }
    added.push(Addition::new(service, name, says));
}

/// What somebody may not expect of another `spec` for a generated object.
fn surprise(found: &Found<'_>, spec: &Spec, default_is_stated: bool) -> Option<Finding> {
    let had_policy = |spec: &Spec| matches!(spec, Spec::DestinationRule(spec) if spec.traffic_policy.is_some());
    let Some(old) = found.spec.as_ref().filter(|old| had_policy(spec) || !had_policy(old)) else {
        let message = "this generated object has more than was generated, and it is written anew without that";
        let cure = "Keep what you need in a rule of your own, and annotate the Service with `overrides.dev/ignore`";
        return Some(Finding::new(Code::Overwritten, found.object.place().field("spec"), message, cure));
    };
    let widened = || seen_by_more(found, old, spec);
    let (Some(old), Some(new)) = (default_subset_of(old), default_subset_of(spec)) else { return widened() };
    if old == new || default_is_stated {
        return widened();
    }
    let message = format!("the default moves from `{old}` to `{new}`, and all requests without an override with it");
    let cure = "State the one that is meant with the annotation `overrides.dev/default-version` on the Service";
    Some(Finding::new(Code::DefaultMoved, found.object.place(), message, cure))
}

/// An object that was for some namespaces and is for all from now on: by another policy, or because somebody had narrowed it
/// by hand.
fn seen_by_more(found: &Found<'_>, old: &Spec, new: &Spec) -> Option<Finding> {
    let is_for_all = |spec: &Spec| match spec {
        Spec::DestinationRule(spec) => spec.export_to.is_empty(),
        Spec::VirtualService(spec) => spec.export_to.is_empty(),
    };
    if is_for_all(old) || !is_for_all(new) {
        return None;
    }
    let message = "this generated object was exported to some namespaces only, and from now on it is for all clients";
    let cure =
        "Write `exportTo` into the policy, or annotate the Service with `networking.istio.io/exportTo`, to keep it so";
    Some(Finding::new(Code::Overwritten, found.object.place().field("spec.exportTo"), message, cure))
}

/// Where requests without an override go, most of them where they are split.
pub(super) fn default_subset(spec: &VirtualServiceSpec) -> Option<&str> {
    let http = spec.http.last().map(|route| &route.route);
    let routes = http.or_else(|| spec.tcp.last().map(|route| &route.route))?;
    // The first of several that weigh the same.
    let heaviest = routes.iter().rev().max_by_key(|share| share.weight)?;
    Some(heaviest.destination.subset.as_str())
}

fn default_subset_of(spec: &Spec) -> Option<&str> {
    match spec {
        Spec::VirtualService(spec) => default_subset(spec),
        Spec::DestinationRule(_) => None,
    }
}

/// A Service that was passed over with a warning had rules and loses them: from now on its traffic spreads.
fn removed(found: &Found<'_>, passed_over: &HashSet<(&str, &str)>) -> Finding {
    let service = found.generated_for;
    if passed_over.contains(&(found.object.namespace().effective(), service)) {
        let message = format!("this generated object is removed, for the Service `{service}` is passed over now");
        let cure = "See why it is passed over; without the object its traffic spreads over all its Pods";
        let finding = Finding::new(Code::Removed, found.object.place(), message, cure);
        return finding.with_severity(Severity::Warning);
    }
    let message = format!(
        "this generated object is removed: the Service `{service}` that it was for is gone or no longer gets rules"
    );
    let cure = "Where nothing prunes, delete it in the cluster too, the VirtualService before the DestinationRule";
    Finding::new(Code::Removed, found.object.place(), message, cure)
}

fn name_taken(service: &Service, users: &Object) -> Finding {
    let message = format!("this name is needed for what is generated for {}", service.object.reference);
    let cure =
        format!("Rename the object, or add the annotation `{GENERATED_FOR}: {}` to give it away", service.name());
    Finding::new(Code::NameTaken, users.place().field("metadata.name"), message, cure)
}

/// The file of the Service's kpt package that new objects for it go to: one of its own, beside the Service's.
pub(super) fn file_in_package(service: &Service) -> Option<String> {
    let place = service.package_place.as_ref()?;
    Some([&place.folder, GENERATED_FILE_PREFIX, service.name(), ".yaml"].concat())
}

/// Where in its file a new object goes: the next index that is free there, for a Service of the same name in another
/// namespace may have objects in it already.
fn index_in_file<'a>(
    service: &'a Service,
    free: &BTreeMap<SmolStr, usize>,
    next_index: &mut HashMap<(&'a str, &'a str), usize>,
) -> Option<usize> {
    let place = service.package_place.as_ref()?;
    let known = || file_in_package(service).and_then(|path| free.get(path.as_str()).copied());
    let first_free = || if free.is_empty() { 0 } else { known().unwrap_or(0) };
    let next = next_index.entry((&place.folder, service.name())).or_insert_with(first_free);
    let index = *next;
    *next = next.saturating_add(1);
    Some(index)
}
