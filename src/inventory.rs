//! What is there: Services, workloads and Istio objects, as small typed structs.
//!
//! This room reads items and decides nothing. A wrong type in a field that is read is a finding here; everything that
//! takes a judgement (which version, which default, what to write) is `plan`'s. A live cluster can fill the same
//! structs.

mod added;
mod by_key;
mod destination_rule;
mod export_to;
mod gateway;
mod launchpad;
mod mark;
mod misspelt;
mod namespace;
mod object;
mod owner;
mod pod_counter;
mod pod_selector;
mod port;
mod service;
mod virtual_service;
mod workload;

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::finding::{Code, Finding, Place};
use crate::krm::{Item, Items, Problem, ReadError, Wanted};

use pod_counter::CounterKind;

pub use added::{ADDED_ANNOTATION, Added, AddedField, AddedRoute, Filled};
pub use destination_rule::{DestinationRule, GENERATED_FOR, RuleSubset};
pub use export_to::ExportTo;
pub use gateway::{Gateway, GatewayServer};
pub use launchpad::{
    EitherField, GROUP as LAUNCHPAD_GROUP, KIND as LAUNCHPAD_KIND, LaunchpadTarget, LaunchpadWorkload,
};
pub use mark::{DEFAULT_ANNOTATION, Marks, Strange};
pub use namespace::{DATAPLANE_MODE, NamespaceMode, USE_WAYPOINT};
pub use object::{LabelValue, Labels, Namespace, Object, PackagePlace, PreviousIdentity};
pub use owner::{Backend, Owner, OwnerKind, ServiceName};
pub use pod_counter::{Counts, PodCounter};
pub use pod_selector::PodSelector;
pub use port::{Port, Protocol};
pub use service::{Annotations, DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION, SERVICE_ANNOTATIONS, Service};
pub use virtual_service::{RouteTarget, VirtualService};
pub use workload::{Rollout, Workload};

pub use crate::facts::WorkloadKind;
use crate::facts::{StandIns, serves_nobody};

/// The beginning of the names of the files that generated objects go to in a kpt package.
pub const GENERATED_FILE_PREFIX: &str = "overrides_";

/// Everything in the input that matters to routing, in the order of the input.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The Services.
    pub services: Vec<Service>,
    /// Services that are there too, where not all are planned at once. Nothing is planned for them.
    pub neighbours: Vec<Service>,
    /// Everything with a Pod template, and Pods.
    pub workloads: Vec<Workload>,
    /// DestinationRules, generated ones among them.
    pub destination_rules: Vec<DestinationRule>,
    /// VirtualServices, generated ones among them.
    pub virtual_services: Vec<VirtualService>,
    /// Istio's Gateways.
    pub gateways: Vec<Gateway>,
    /// Objects of other tools that decide about Services.
    pub owners: Vec<Owner>,
    /// Objects that count Pods.
    pub counters: Vec<PodCounter>,
    /// launchpad's Workloads, those that never reach a cluster among them.
    pub launchpad_workloads: Vec<LaunchpadWorkload>,
    /// What namespaces say about Istio's ambient mode, by name.
    pub namespaces: BTreeMap<String, NamespaceMode>,
    /// For each file of generated objects that exists, the first index that is free in it.
    pub next_index: BTreeMap<SmolStr, usize>,
}

impl Inventory {
    /// Reads what matters out of the items. Objects that never reach a cluster are passed over, unless they are for this
    /// tool, and so are those that cannot be read, with a finding.
    #[must_use]
    pub fn read(items: &Items<'_>) -> (Self, Vec<Finding>) {
        let mut inventory = Self::default();
        let mut findings = Vec::new();
        let mut stand_ins = StandIns::default();
        for item in items.iter() {
            // From there on every alias is one too many, and one sentence about it is enough.
            if findings.last().is_some_and(|finding: &Finding| finding.code == Code::BeyondLimits) {
                break;
            }
            inventory.note_generated_file(item);
            findings.extend(inventory.note_owner(items, item).err().map(|finding| *finding));
            inventory.note_namespace(item);
            inventory.note_counter(items, item);
            let kind = Relevant::of(item);
            let Some(kind) = kind.filter(|kind| kind.is_for_us() || !item.is_local_config()) else { continue };
            if matches!(kind, Relevant::Workload(_)) && serves_nobody(item) {
                continue;
            }
            if let Err(finding) = inventory.read_item(items, item, kind, &mut stand_ins) {
                findings.push(*finding);
            }
        }
        inventory.resolve_stand_ins(&stand_ins);
        (inventory, findings)
    }

    /// Whether there are rules of Istio's, which may have to change.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        !self.destination_rules.is_empty() || !self.virtual_services.is_empty()
    }

    /// What a Rollout runs in another workload's stead is there, though that workload itself is scaled to zero.
    fn resolve_stand_ins(&mut self, stand_ins: &StandIns) {
        for workload in self.workloads.iter_mut().filter(|workload| workload.scaled_to_zero) {
            let object = &workload.object;
            workload.scaled_to_zero = !stand_ins.run(object.namespace().effective(), workload.kind, object.name());
        }
    }

    fn read_item(
        &mut self,
        items: &Items<'_>,
        item: Item<'_>,
        kind: Relevant,
        stand_ins: &mut StandIns,
    ) -> Result<(), Box<Finding>> {
        let object = Object::read(items, item)?;
        self.read_object(item, object, kind, stand_ins).or_else(|error| {
            let place = Object::read(items, item)?.place();
            Err(wrong_type(&place, &error))
        })
    }

    fn read_object(
        &mut self,
        item: Item<'_>,
        object: Object,
        kind: Relevant,
        stand_ins: &mut StandIns,
    ) -> Result<(), ReadError> {
        match kind {
            Relevant::Service => self.services.push(Service::read(item, object)?),
            Relevant::Workload(kind) => self.workloads.push(Workload::read(item, object, kind, stand_ins)?),
            Relevant::DestinationRule => self.destination_rules.push(DestinationRule::read(item, object)?),
            Relevant::Gateway => self.gateways.push(Gateway::read(item, object)?),
            Relevant::VirtualService => self.virtual_services.push(VirtualService::read(item, object)?),
            Relevant::LaunchpadWorkload => self.launchpad_workloads.push(LaunchpadWorkload::read(item, object)?),
        }
        Ok(())
    }

    /// What other tools' objects say in fields that cannot be read is theirs to check.
    fn note_owner(&mut self, items: &Items<'_>, item: Item<'_>) -> Result<(), Box<Finding>> {
        let kind = OwnerKind::of(item.group(), item.kind()).filter(|_| !item.is_local_config());
        let Some(kind) = kind else { return Ok(()) };
        let Ok(object) = Object::read(items, item) else { return Ok(()) };
        let place = object.place();
        match Owner::read(item, object, kind) {
            Ok(owner) => self.owners.extend(owner),
            Err(error) if error.problem == Problem::TooManyAliases => return Err(wrong_type(&place, &error)),
            Err(_) => {}
        }
        Ok(())
    }

    fn note_counter(&mut self, items: &Items<'_>, item: Item<'_>) {
        let kind = CounterKind::of(item.group(), item.kind()).filter(|_| !item.is_local_config());
        let Some((kind, object)) = kind.and_then(|kind| Some((kind, Object::read(items, item).ok()?))) else { return };
        self.counters.extend(PodCounter::read(item, object, kind));
    }

    fn note_namespace(&mut self, item: Item<'_>) {
        let is_one = item.group().is_empty() && item.kind() == "Namespace" && !item.is_local_config();
        let Some(name) = item.name().filter(|_| is_one) else { return };
        self.namespaces.insert(name.to_owned(), NamespaceMode::read(item));
    }

    fn note_generated_file(&mut self, item: Item<'_>) {
        let Some(path) = item.annotated_path() else { return };
        let name = path.rsplit('/').next().unwrap_or_default();
        if let Some(location) = name.starts_with(GENERATED_FILE_PREFIX).then(|| item.annotated_location()).flatten() {
            let next = self.next_index.entry(location.path).or_default();
            *next = (*next).max(location.index.saturating_add(1));
        }
    }
}

/// Whether objects of a kind matter here.
#[must_use]
pub fn reads(group: &str, kind: &str) -> bool {
    Relevant::of_kind(group, kind).is_some() || OwnerKind::of(group, kind).is_some()
}

/// Whether objects of a kind say nothing about requests and are read all the same, for what they count.
#[must_use]
pub fn only_counts_pods(group: &str, kind: &str) -> bool {
    CounterKind::of(group, kind).is_some()
}

/// Whether objects of a kind lead requests from outside the mesh to Services, and say nothing about requests in it.
#[must_use]
pub fn only_leads_to_services(group: &str, kind: &str) -> bool {
    matches!(OwnerKind::of(group, kind), Some(OwnerKind::Ingress | OwnerKind::OpenShiftRoute))
}

/// What is read of an object. Where the Pods of a workload come from does not matter, but for their labels.
#[must_use]
pub fn wanted(api_version: &str, kind: &str) -> Wanted {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match Relevant::of_kind(group, kind) {
        Some(Relevant::Workload(kind)) => kind.wanted(),
        Some(_) => Wanted::Everything,
        None if OwnerKind::of(group, kind).is_some() || only_counts_pods(group, kind) => Wanted::Everything,
        None => Wanted::Metadata,
    }
}

/// The kinds that are read.
#[derive(Debug, Clone, Copy)]
enum Relevant {
    Service,
    Workload(WorkloadKind),
    DestinationRule,
    Gateway,
    VirtualService,
    LaunchpadWorkload,
}

impl Relevant {
    fn of(item: Item<'_>) -> Option<Self> {
        Self::of_kind(item.group(), item.kind())
    }

    fn of_kind(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("", "Service") => Some(Self::Service),
            (crate::istio::GROUP, "DestinationRule") => Some(Self::DestinationRule),
            (crate::istio::GROUP, "Gateway") => Some(Self::Gateway),
            (crate::istio::GROUP, "VirtualService") => Some(Self::VirtualService),
            _ if LaunchpadWorkload::is(group, kind) => Some(Self::LaunchpadWorkload),
            _ => WorkloadKind::of(group, kind).map(Self::Workload),
        }
    }

    /// Whether it says what this tool is to do, whether or not it ever reaches a cluster.
    fn is_for_us(self) -> bool {
        matches!(self, Self::LaunchpadWorkload)
    }
}

fn wrong_type(place: &Place, error: &ReadError) -> Box<Finding> {
    let place = place.field(error.path());
    if let Some(finding) = Finding::beyond_limits(&place, error) {
        return Box::new(finding);
    }
    let cure = match &error.problem {
        problem if problem.wants_quotes() => {
            "Put quotes around it: the API server refuses anything but text here".to_owned()
        }
        Problem::UnknownWord { known, .. } => {
            format!("Write {}", known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "))
        }
        _ => "Write what the field's type in the Kubernetes API asks for".to_owned(),
    };
    Box::new(Finding::new(Code::WrongType, place, error.to_string(), cure))
}

impl Object {
    fn read(items: &Items<'_>, item: Item<'_>) -> Result<Self, Box<Finding>> {
        let object = Self { item: Some(item.id), reference: item.reference(), location: items.location(item) };
        let namespace = item.metadata("namespace").filter(|namespace| !namespace.is_null());
        if namespace.is_some_and(|namespace| namespace.as_text().is_none()) {
            let message = format!("the namespace of this {} is not text", object.reference.kind);
            let cure = "Put quotes around it: the API server refuses it as it is";
            return Err(Box::new(Finding::new(
                Code::WrongType,
                object.place().field("metadata.namespace"),
                message,
                cure,
            )));
        }
        if object.reference.name.is_empty() {
            let message = format!("this {} has no `metadata.name` that is text", object.reference.kind);
            let cure = "Give it a name, in quotes where it looks like a number";
            return Err(Box::new(Finding::new(Code::NoName, object.place().field("metadata.name"), message, cure)));
        }
        Ok(object)
    }
}
