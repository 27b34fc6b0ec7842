//! The heart: from what is there and what the user wants to what is to be changed. Pure: no I/O, no YAML, no clock.
//!
//! What happens to one Service (`service_planner`), in this order:
//!
//! 1. Is it a Service that overrides can do anything for? (`passed_over`)
//! 2. Which versions do the workloads that it selects have, and what are their subsets called? (`versions`, or the
//!    targets of a Workload of `launchpad`'s)
//! 3. Which version is the default, or which share it? (`default_version`, `stated_split`)
//! 4. Which of its ports take which rules? (`ports`)
//! 5. Does a rule of somebody else's already decide about its host? (`existing`)
//! 6. The `route_table`: for every version what a request must carry to get there, the `guard` for versions that do not
//!    exist, and the default for the rest.
//! 7. The objects that say so, against those that an earlier run left. (`objects`)
//!
//! Everything that the user should know on the way is a [`Finding`].

mod addition;
mod ambient;
mod carrier;
mod clients;
mod default_selector;
mod default_version;
mod delegates;
mod edge;
mod existing;
mod exposure;
mod followed;
mod guard;
mod hosts;
mod identity;
mod labels;
mod launchpad;
mod lost;
mod marked;
mod merge;
mod misplaced;
mod no_version;
mod objects;
mod overlaps;
mod owners;
mod passed_over;
mod policy_services;
mod ports;
mod present;
mod replaced;
mod route_table;
mod selection;
mod service_planner;
mod siblings;
mod size;
mod stated_split;
mod subset;
mod subset_policy;
mod unruled;
mod unselected;
mod user_rules;
mod versions;
mod words;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::config::{Existing, LabelKey, Policy};
use crate::finding::{self, Code, Finding, Severity};
use crate::inventory::{Inventory, Namespace, NamespaceMode, Object, Service, Workload};
use crate::istio::{DestinationRuleSpec, Subset, VirtualServiceSpec};

use delegates::Delegates;
use edge::Edge;
use identity::{Key, identities, meant};
use labels::Labelling;
use launchpad::Workloads;
use objects::Objects;
use overlaps::Overlaps;
use owners::Owners;
use selection::Selection;
use service_planner::{Outcome, ServicePlanner};
use siblings::Siblings;
use stated_split::StatedSplit;
use unruled::Unruled;
use user_rules::UserRules;

pub use addition::Addition;
pub use exposure::{Conflict, ExposedService, exposed_twice};
pub use hosts::namespace_meant;
pub use merge::{RuleEdit, SubsetChange};
pub use objects::MANAGED_BY;
pub use replaced::leads_to_stated_default;

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The changes; a DestinationRule always before its VirtualService. Empty when a finding is an error.
    pub changes: Vec<Change<'a>>,
    /// What the user should know, errors first.
    pub findings: Vec<Finding>,
}

/// One change to the configuration.
#[derive(Debug)]
pub enum Change<'a> {
    /// A new object.
    Add(Addition<'a>),
    /// Another `spec` for a generated object; the rest of it stays, what tools wrote into its metadata above all.
    Rewrite {
        /// The object.
        object: Box<Object>,
        /// What it is to say.
        spec: Spec,
    },
    /// A generated object that has no reason to be there any more.
    Remove {
        /// The object.
        object: Box<Object>,
    },
    /// Additions to a rule of the user's, or what an earlier run added taken out again.
    Edit {
        /// The rule.
        object: Box<Object>,
        /// What changes in it.
        edit: Box<RuleEdit>,
    },
    /// A version label for the Pods of a workload.
    Label {
        /// The workload.
        object: Box<Object>,
        /// The path of the mapping that holds the labels.
        path: &'static [&'static str],
        /// The label.
        key: LabelKey,
        /// The version.
        version: String,
    },
}

/// What a generated object says.
#[derive(Debug, Clone, PartialEq)]
pub enum Spec {
    /// Of a DestinationRule.
    DestinationRule(DestinationRuleSpec),
    /// Of a VirtualService.
    VirtualService(VirtualServiceSpec),
}

impl Plan<'_> {
    /// Whether a finding forbids to change anything.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        finding::has_errors(&self.findings)
    }

    /// Whether nothing that is there changes.
    #[must_use]
    pub fn only_adds(&self) -> bool {
        self.changes.iter().all(|change| matches!(change, Change::Add(_)))
    }
}

/// Plans all changes. The same input gives the same plan, and planning again over its outcome gives no changes.
#[must_use]
pub fn plan<'i>(inventory: &'i Inventory, policy: &Policy) -> Plan<'i> {
    plan_within(inventory, policy, Scope::Everything)
}

/// Plans for some Services of a cluster, whose others are not in the inventory: workloads may be theirs.
#[must_use]
pub fn plan_some<'i>(inventory: &'i Inventory, policy: &Policy) -> Plan<'i> {
    plan_within(inventory, policy, Scope::SomeServices)
}

/// Which Services an inventory has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All of the configuration.
    Everything,
    /// Some of a cluster's.
    SomeServices,
}

fn plan_within<'i>(inventory: &'i Inventory, policy: &Policy, scope: Scope) -> Plan<'i> {
    let mut findings = Vec::new();
    check_unique(inventory, &mut findings);
    check_unique_workloads(inventory, &mut findings);
    let service_policies = policy_services::resolve(inventory, policy, &mut findings);
    let context = Context {
        policy,
        selection: Selection::new(inventory),
        siblings: Siblings::new(inventory),
        overlaps: Overlaps::new(inventory),
        rules: UserRules::new(inventory, policy),
        namespaces: &inventory.namespaces,
        owners: Owners::new(inventory),
        edge: Edge::new(inventory),
        delegates: Delegates::of(inventory),
        unruled: Unruled::default(),
    };
    let exposed = exposure::all_of(inventory, &service_policies, policy);
    findings.extend(exposure::conflicts(&context.edge, &exposed).into_iter().map(|conflict| conflict.finding));
    let owned = &context.rules.owned;
    let workloads = Workloads::resolve(inventory, policy, &service_policies, owned, &mut findings);
    let mut labelling = Labelling::default();
    let mut objects = Objects::new(inventory);
    let mut told = Vec::new();
    let mut frozen = HashSet::new();
    let mut is_unselected = false;
    for (service, service_policy) in inventory.services.iter().zip(service_policies) {
        let Ok(split) = StatedSplit::of(service, service_policy, policy, &workloads) else { continue };
        let keys = identities(service, &context.rules.owned);
        let planner = ServicePlanner { context: &context, service, keys, policy: service_policy, split };
        match planner.plan(&objects, &mut findings) {
            Ok(outcome) => {
                is_unselected |= outcome.is_unselected;
                labelling.add(&outcome.labelled, service, outcome.waits, &mut findings);
                if outcome.waits {
                    findings.push(labels::waits(service));
                    objects.freeze(service);
                    frozen.extend(planner.keys.iter().copied());
                    continue;
                }
                findings.extend(size::of_generated(&outcome));
                objects.want(service, &outcome);
                // What it ends in matters to rules that are there, and is much where there are many Services.
                told.extend(inventory.has_rules().then_some(outcome));
            }
            Err(finding) => {
                is_unselected |= finding.code == Code::NoDefault;
                if finding.code == Code::NoteUnfit {
                    objects.freeze(service);
                    frozen.extend(planner.keys.iter().copied());
                }
                findings.extend(planner.routes_left_behind(&objects, finding.code));
                findings.extend(planner.exposed_in_vain(&finding));
                findings.extend(planner.split.and_then(|split| split.idle(service, &finding)));
                if finding.severity == Severity::Warning {
                    objects.note_passed_over(service);
                }
                findings.push(*finding);
            }
        }
    }
    let all = scope == Scope::Everything;
    let looked_at = context.selection.found(true).chain(context.selection.found(false).filter(|_| all));
    for workload in looked_at {
        findings.extend(marked::strange_annotations(workload));
        findings.extend(misplaced::of_workload(workload, policy));
    }
    if all && is_unselected {
        default_selector::settle(policy, &context.selection, &mut findings);
    }
    if all {
        findings.extend(unselected::findings(inventory, policy, &context.selection));
    }
    objects.settle(&mut findings);
    labelling.check_selectors(inventory, &mut findings);
    let edits = context.edits(inventory, &told, &frozen, &mut findings);
    let mut plan = Plan { changes: Vec::new(), findings };
    if plan.has_errors() {
        plan.findings.retain(|finding| !finding.code.tells_of_a_change());
    } else {
        plan.changes = labelling.into_changes();
        plan.changes.extend(edits);
        plan.changes.extend(objects.into_changes(&mut plan.findings));
    }
    plan.findings.sort_by_key(|finding| finding.severity);
    plan
}

/// What planning any of the Services needs to know.
struct Context<'a> {
    policy: &'a Policy,
    selection: Selection<'a>,
    siblings: Siblings<'a>,
    overlaps: Overlaps<'a>,
    rules: UserRules<'a>,
    owners: Owners<'a>,
    edge: Edge<'a>,
    delegates: Delegates<'a>,
    unruled: Unruled,
    namespaces: &'a BTreeMap<String, NamespaceMode>,
}

impl<'a> Context<'a> {
    /// What is merged into the user's rules, and what an earlier run merged and nobody wants any more.
    fn edits(
        &self,
        inventory: &Inventory,
        told: &[Outcome<'a, '_>],
        frozen: &HashSet<Key<'_>>,
        findings: &mut Vec<Finding>,
    ) -> Vec<Change<'static>> {
        let is_frozen = |host: &str, rule: Namespace<'_>| meant(host, rule).any(|key| frozen.contains(&key));
        let merged: &[Outcome<'a, '_>] = if self.policy.existing == Existing::Merge { told } else { &[] };
        let tables = merge::Tables::new(merged.iter().map(|outcome| (outcome.keys.as_slice(), outcome.table.as_ref())));
        let (mut whole, mut subsets) = (HashMap::new(), HashMap::new());
        for outcome in merged {
            if let Some(rule) = outcome.present.virtual_service.filter(|rule| merge::is_without_http(rule)) {
                let host = outcome.host_in(rule);
                whole.insert(std::ptr::from_ref(rule), outcome.table.http_as_values(host));
            }
            for rule in &outcome.present.destination_rules {
                let missing = |subset: &Subset| !outcome.present.is_defined_beside(rule, &subset.name);
                subsets.insert(std::ptr::from_ref(*rule), outcome.table.subsets().filter(missing).collect());
            }
        }
        // A DestinationRule first: a route to a subset that is not there yet is 503.
        let mut edits = merge::destination_rules(inventory, &subsets, is_frozen);
        edits.extend(merge::virtual_services(
            inventory,
            &tables,
            &whole,
            (&self.edge, &self.delegates),
            is_frozen,
            findings,
        ));
        findings.extend(edits.iter().map(|(object, edit)| merge::told(object, edit)));
        let change = |(object, edit): (&Object, RuleEdit)| Change::Edit {
            object: Box::new(object.clone()),
            edit: Box::new(edit),
        };
        edits.into_iter().map(change).collect()
    }
}

/// Two Services of one name are two answers to every question, and the API server keeps only one of them.
fn check_unique(inventory: &Inventory, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<(&str, &str), &Service> = HashMap::with_capacity(inventory.services.len());
    for service in &inventory.services {
        let key = (service.namespace().effective(), service.name());
        if let Some(first) = seen.insert(key, service) {
            let message = "there are two Services of this name and namespace";
            let finding = Finding::new(Code::DuplicateService, service.object.place(), message, "Remove one of them")
                .with_related(first.object.place(), "The other one is here");
            findings.push(finding);
        }
    }
}

/// Of two workloads of one name the API server keeps the last: a copy that kept its original's name replaces it.
fn check_unique_workloads(inventory: &Inventory, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<(&str, &str, &str), &Workload> = HashMap::with_capacity(inventory.workloads.len());
    for workload in &inventory.workloads {
        let Object { reference, .. } = &workload.object;
        let key = (reference.kind.as_str(), workload.object.namespace().effective(), workload.object.name());
        if let Some(first) = seen.insert(key, workload).filter(|first| first.kind == workload.kind) {
            let message = "there are two workloads of this kind, name and namespace, and the API server keeps only one: the \
                           Pods of the other are gone";
            let finding = Finding::new(Code::DuplicateWorkload, workload.object.place(), message, "Rename one of them");
            findings.push(finding.with_related(first.object.place(), "The other one is here"));
        }
    }
}
