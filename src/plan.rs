//! The heart: from what is there and what the user wants to what is to be changed. Pure: no I/O, no YAML, no clock.
//!
//! The story of one Service, in the order in which it is told here:
//!
//! 1. Is it a Service that overrides can do anything for? (`passed_over`)
//! 2. Which versions do the workloads that it selects have, and what are their subsets called? (`versions`)
//! 3. Which version is the default? (`default_version`)
//! 4. Which of its ports take which rules? (`ports`)
//! 5. Does a rule of somebody else's already decide about its host? (`existing`)
//! 6. The `route_table`: for every version what a request must carry to get there, the `guard` for versions that do not
//!    exist, and the default for the rest.
//! 7. The objects that say so, against those that an earlier run left. (`objects`)
//!
//! Everything that the user should know on the way is a [`Finding`].

mod carrier;
mod default_version;
mod existing;
mod guard;
mod hosts;
mod labels;
mod objects;
mod passed_over;
mod policy_services;
mod ports;
mod route_table;
mod selection;
mod subset;
mod versions;

use std::collections::HashMap;

use crate::config::{LabelKey, Policy, ServicePolicy};
use crate::finding::{self, Code, Finding, Severity};
use crate::inventory::{Inventory, Object, Service, Workload};
use crate::istio::{DestinationRuleSpec, IstioResource, VirtualServiceSpec};

use existing::UserRules;
use labels::Labelling;
use objects::Objects;
use route_table::RouteTable;
use selection::Selection;

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// The changes; a DestinationRule always before its VirtualService. Empty when a finding is an error.
    pub changes: Vec<Change>,
    /// What the user should know, errors first.
    pub findings: Vec<Finding>,
}

/// One change to the configuration.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new object.
    Add(Box<IstioResource>),
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

impl Plan {
    /// Whether a finding forbids to change anything.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        finding::has_errors(&self.findings)
    }
}

/// Plans all changes. The same input gives the same plan, and planning again over its outcome gives no changes.
#[must_use]
pub fn plan(inventory: &Inventory, policy: &Policy) -> Plan {
    let mut findings = Vec::new();
    check_unique(inventory, &mut findings);
    let service_policies = policy_services::resolve(inventory, policy, &mut findings);
    let context = Context { policy, selection: Selection::new(inventory), rules: UserRules::new(inventory, policy) };
    let mut labelling = Labelling::default();
    let mut objects = Objects::new(inventory);
    for (service, service_policy) in inventory.services.iter().zip(service_policies) {
        let story = Story { context: &context, service, policy: service_policy };
        match story.tell(&mut findings) {
            Ok(outcome) => {
                labelling.add(&outcome.labelled, service, &mut findings);
                let defined: Vec<&str> = outcome.table.subsets().collect();
                findings.extend(
                    context
                        .rules
                        .unknown_subsets(service, |subset| (!defined.contains(&subset)).then_some(Severity::Error)),
                );
                objects.want(service, &outcome.table, outcome.default_is_stated);
            }
            Err(finding) => {
                let may_be_missing = finding.code == Code::SingleVersionSkipped;
                findings.extend(context.rules.unknown_subsets(service, |subset| {
                    if objects.had_subset(service, subset) {
                        return Some(Severity::Error);
                    }
                    may_be_missing.then_some(Severity::Warning)
                }));
                if finding.severity == Severity::Warning {
                    objects.note_passed_over(service);
                }
                findings.push(*finding);
            }
        }
    }
    objects.settle(&mut findings);
    labelling.check_selectors(inventory, &mut findings);
    let mut plan = Plan { changes: Vec::new(), findings };
    if plan.has_errors() {
        plan.findings.retain(|finding| !finding.code.tells_of_a_change());
    } else {
        plan.changes = labelling.into_changes();
        plan.changes.extend(objects.into_changes(&mut plan.findings));
    }
    plan.findings.sort_by_key(|finding| finding.severity);
    plan
}

/// What every Service's story needs to know.
struct Context<'a> {
    policy: &'a Policy,
    selection: Selection<'a>,
    rules: UserRules<'a>,
}

/// One Service, and what is wanted for it.
struct Story<'a> {
    context: &'a Context<'a>,
    service: &'a Service,
    policy: Option<&'a ServicePolicy>,
}

/// A Service that gets rules.
struct Outcome<'a> {
    table: RouteTable<'a>,
    labelled: Vec<labels::Label<'a>>,
    default_is_stated: bool,
}

impl<'a> Story<'a> {
    /// Tells the story to its end, or to the finding that ends it early.
    fn tell(&self, findings: &mut Vec<Finding>) -> Result<Outcome<'a>, Box<Finding>> {
        let Context { policy, selection, rules } = self.context;
        findings.extend(passed_over::unknown_annotations(self.service));
        passed_over::check(self.service, self.policy, policy)?;
        let workloads = selection.of(self.service);
        let versioned = match self.versions(&workloads) {
            // Whatever is wrong with the versions of a Service that is left alone anyway is not ours to complain about.
            Err(finding) if finding.severity != Severity::Info => {
                rules.check(self.service, policy)?;
                return Err(finding);
            }
            other => other?,
        };
        rules.check(self.service, policy)?;
        findings.extend(versioned.ports.findings(self.service, versioned.versions.len()));
        findings.extend(versioned.default.scaled_to_zero(self.service, &versioned.versions));
        findings.extend(rules.routes_without_subset(self.service, &versioned.versions));
        let default_is_stated = versioned.default.is_stated;
        let table = RouteTable::new(self.service, policy, versioned.versions, &versioned.default, &versioned.ports)?;
        Ok(Outcome { table, labelled: versioned.labelled, default_is_stated })
    }

    /// Versions, default and ports: what depends on nothing but the Service and its workloads.
    fn versions(&self, workloads: &[&'a Workload]) -> Result<Versioned<'a>, Box<Finding>> {
        let policy = self.context.policy;
        let stated = default_version::Stated::of(self.service, self.policy, policy);
        let ports = ports::Ports::of(self.service);
        passed_over::check_ports(self.service, policy, versions::count(workloads, policy), &ports)?;
        let (versions, labelled) = versions::of(self.service, workloads, policy, &stated)?;
        passed_over::check_worth(self.service, policy, versions.len(), &ports)?;
        let default = default_version::choose(self.service, &versions, &stated)?;
        Ok(Versioned { versions, labelled, default, ports })
    }
}

/// What [`Story::versions`] finds.
struct Versioned<'a> {
    versions: Vec<versions::Version<'a>>,
    labelled: Vec<labels::Label<'a>>,
    default: default_version::Default,
    ports: ports::Ports,
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
