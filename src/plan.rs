//! The heart: from what is there and what the user wants to what is to be changed. Pure: no I/O, no YAML, no clock.
//!
//! The story of one Service, in the order in which it is told here:
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
mod siblings;
mod size;
mod stated_split;
mod subset;
mod unruled;
mod unselected;
mod user_rules;
mod versions;
mod words;

use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use smol_str::SmolStr;

use crate::config::{Existing, LabelKey, Policy, ServicePolicy, Unversioned};
use crate::finding::{self, Code, Finding, Severity};
use crate::inventory::{Inventory, Namespace, NamespaceMode, Object, RuleSubset, Service, VirtualService, Workload};
use crate::istio::{DestinationRuleSpec, Subset, VirtualServiceSpec};

use delegates::Delegates;
use edge::Edge;
use exposure::Exposure;
use identity::{Key, identities, meant};
use labels::Labelling;
use launchpad::Workloads;
use lost::Loss;
use no_version::NoVersions;
use objects::Objects;
use overlaps::Overlaps;
use owners::Owners;
use present::{Present, Wish};
use replaced::Earlier;
use route_table::RouteTable;
use selection::Selection;
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
    for (service, service_policy) in inventory.services.iter().zip(service_policies) {
        let Ok(split) = StatedSplit::of(service, service_policy, policy, &workloads) else { continue };
        let keys = identities(service, &context.rules.owned);
        let story = Story { context: &context, service, keys, policy: service_policy, split };
        match story.tell(&objects, &mut findings) {
            Ok(outcome) => {
                labelling.add(&outcome.labelled, service, outcome.waits, &mut findings);
                if outcome.waits {
                    findings.push(labels::waits(service));
                    objects.freeze(service);
                    frozen.extend(story.keys.iter().copied());
                    continue;
                }
                findings.extend(size::of_generated(&outcome));
                objects.want(service, &outcome);
                // What it ends in matters to rules that are there, and is much where there are many Services.
                told.extend(inventory.has_rules().then_some(outcome));
            }
            Err(finding) => {
                if finding.code == Code::NoteUnfit {
                    objects.freeze(service);
                    frozen.extend(story.keys.iter().copied());
                }
                findings.extend(story.routes_left_behind(&objects, finding.code));
                findings.extend(story.exposed_in_vain(&finding));
                findings.extend(story.split.and_then(|split| split.idle(service, &finding)));
                if finding.severity == Severity::Warning {
                    objects.note_passed_over(service);
                }
                findings.push(*finding);
            }
        }
    }
    let all = scope == Scope::Everything;
    let looked_at = context.selection.found(true).chain(context.selection.found(false).filter(|_| all));
    findings.extend(looked_at.flat_map(marked::strange_annotations));
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

/// What every Service's story needs to know.
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

/// One Service, and what is wanted for it.
///
/// What it ends in outlives what it is told from: `'i` is the inventory's.
struct Story<'a, 'i> {
    context: &'a Context<'a>,
    service: &'i Service,
    /// What rules may call it.
    keys: Vec<Key<'a>>,
    policy: Option<&'a ServicePolicy>,
    /// How its requests without an override are spread, where somebody says so.
    split: Option<StatedSplit<'a>>,
}

/// A Service that gets rules.
struct Outcome<'a, 'i> {
    keys: Vec<Key<'a>>,
    table: Rc<RouteTable<'i>>,
    labelled: Vec<labels::Label<'a>>,
    present: Present<'a>,
    exposure: Option<Rc<Exposure>>,
    default_is_stated: bool,
    /// Whether its rules wait until Pods have the label. So do those of others with one version, which is where all requests
    /// go without rules too: once the labels are in the input, nobody can tell who wrote them.
    waits: bool,
}

impl Outcome<'_, '_> {
    /// What a VirtualService of the user's for the Service is to call it: as it calls it itself, unless the short name means
    /// the same in its namespace.
    fn host_in<'h>(&'h self, rule: &'h VirtualService) -> &'h str {
        let service = self.table.service();
        let is_beside = rule.object.namespace().written() == service.namespace().written();
        let own = rule.hosts.first().filter(|_| !is_beside).map(SmolStr::as_str);
        own.unwrap_or_else(|| self.present.host.unwrap_or_else(|| service.name()))
    }
}

impl<'a, 'i: 'a> Story<'a, 'i> {
    /// Tells the story to its end, or to the finding that ends it early.
    fn tell(&self, objects: &Objects<'_>, findings: &mut Vec<Finding>) -> Result<Outcome<'a, 'i>, Box<Finding>> {
        let Context { policy, selection, siblings, rules, owners, namespaces, delegates, unruled, .. } = self.context;
        findings.extend(passed_over::unknown_annotations(self.service));
        let unserved = || siblings.unserved(self.service, policy, selection);
        passed_over::check(self.service, self.policy, policy, self.split, unserved)?;
        let workloads = selection.of(self.service);
        // Whatever is wrong with the versions of a Service that is left alone anyway is not ours to complain about, but
        // neither is a rule in the way of a Service that nothing is wanted for.
        let keys = &self.keys;
        let severity = if policy.existing == Existing::Error { Severity::Error } else { Severity::Warning };
        let wish = self.wish();
        let present =
            owners.check(self.service, keys, severity).and_then(|()| rules.check(self.service, keys, policy, &wish));
        let users = present.as_ref().map(Present::subsets).unwrap_or_default();
        let earlier = || {
            let mut earlier = objects.earlier(self.service);
            earlier.subsets.extend(present.as_ref().into_iter().flat_map(Present::all_subsets));
            earlier
        };
        let versioned = self.versions(&workloads, &users, earlier);
        let (versioned, mut present) = match (versioned, present) {
            (Err(finding), _) if finding.severity == Severity::Info => return Err(finding),
            (_, Err(finding)) | (Err(finding), Ok(_)) => return Err(finding),
            (Ok(versioned), Ok(present)) => (versioned, present),
        };
        findings.append(&mut present.findings);
        findings.extend(versioned.replaced);
        findings.extend(clients::seen_by_some(self.service, &present, versioned.versions.len()));
        let in_charge = present.virtual_service;
        findings.extend(versioned.ports.findings(self.service, &versioned.versions, &versioned.default, in_charge));
        let rule = present.virtual_service.filter(|_| versioned.versions.len() > 1);
        findings.extend(rule.into_iter().flat_map(|rule| unruled.findings(self.service, rule, delegates)));
        findings.extend(versioned.default.scaled_to_zero(self.service, &versioned.versions));
        findings.extend(self.context.overlaps.findings(
            self.service,
            &versioned.versions,
            &versioned.default,
            selection,
        ));
        findings.extend(ambient::finding(self.service, &workloads, namespaces));
        findings.extend(owners.routes(self.service, keys, versioned.versions.len()));
        findings.extend(owners.left_over(self.service, keys));
        let is_split = !versioned.default.shares.is_empty();
        findings.extend(rules.routes_without_subset(self.service, keys, &versioned.versions, policy, is_split));
        let defined: Vec<&str> =
            versioned.versions.iter().map(|v| v.subset.as_str()).chain(users.iter().map(|s| s.name.as_str())).collect();
        let apart = NoVersions::of(&users, &versioned.versions);
        findings.extend(apart.spreading(self.service, rules.subsets_named(self.service, keys)));
        let set_apart = apart.with_policy(&users, &versioned.versions);
        let loss = |subset: &str| (!defined.contains(&subset)).then_some((Loss::ForAll, Severity::Error));
        findings.extend(rules.unknown_subsets(self.service, keys, loss));
        if let (Some(split), Some(rule)) = (self.split, present.virtual_service) {
            return Err(Box::new(split.against(self.service, rule)));
        }
        let Versioned { versions, labelled, default, ports, .. } = versioned;
        let exposure = self.exposure(&ports, findings)?;
        let waits = policy.unversioned == Unversioned::LabelFirst && versions.len() == 1 && exposure.is_none();
        let table = RouteTable::new(self.service, policy, &versions, &default, &ports, &present)?;
        let (table, exposure) = (Rc::new(table.setting_apart(set_apart)), exposure.map(Rc::new));
        Ok(Outcome {
            keys: keys.clone(),
            table,
            labelled,
            present,
            exposure,
            default_is_stated: default.is_stated,
            waits,
        })
    }

    /// To whom rules are exported where nothing that is there says so: the Service says it, or the policy.
    fn wish(&self) -> Wish {
        let is_exposed = self.policy.is_some_and(|entry| entry.expose.is_some());
        let stated = self.service.annotations.export_to.as_ref().unwrap_or(&self.context.rules.stated_export);
        Wish { export_to: stated.clone(), is_exposed }
    }

    /// What the policy wants of the Service at gateways.
    fn exposure(&self, ports: &ports::Ports, findings: &mut Vec<Finding>) -> Result<Option<Exposure>, Box<Finding>> {
        let Context { policy, rules, edge, delegates, .. } = self.context;
        let Some((entry, expose)) = self.policy.and_then(|entry| Some((entry, entry.expose.as_ref()?))) else {
            return Ok(None);
        };
        let request = exposure::Request { service: self.service, policy, entry, expose, delegates };
        request.settle(ports, edge, &rules.reaching(self.service, &self.keys), findings)
    }

    /// A Service that is passed over is not exposed either.
    fn exposed_in_vain(&self, why: &Finding) -> Option<Finding> {
        self.policy?.expose.as_ref().filter(|_| why.severity != Severity::Error)?;
        let place = self.context.policy.place_of(self.policy, "expose");
        let (service, code) = (&self.service.object.reference, why.code.id());
        let message =
            format!("the policy exposes {service}, and nothing is exposed: the Service is skipped, see {code}");
        let cure = "See why it is skipped, or remove `expose`";
        Some(
            Finding::new(Code::ExposedInVain, place, message, cure)
                .with_related(why.place.clone(), "It is skipped here"),
        )
    }

    /// Routes of the user's to subsets that a Service without rules will not have.
    fn routes_left_behind(&self, objects: &Objects<'_>, why: Code) -> Vec<Finding> {
        let rules = &self.context.rules;
        rules.unknown_subsets(self.service, &self.keys, |subset| {
            // Those of a rule whose note does not fit stay as they are.
            if why == Code::NoteUnfit {
                return None;
            }
            let has_one_version = matches!(why, Code::SingleVersionSkipped | Code::SingleVersionWithoutHttp);
            if !rules.defines(self.service, &self.keys, subset) {
                if objects.had_subset(self.service, subset) || rules.had_subset(self.service, &self.keys, subset) {
                    return Some((Loss::ForAll, Severity::Error));
                }
                if has_one_version {
                    return Some((Loss::ForAll, Severity::Warning));
                }
            }
            // Theirs had no such subset before the first run either.
            let clients = rules.clients_losing(self.service, &self.keys, subset);
            (!clients.is_empty()).then_some((Loss::ForClients(clients), Severity::Warning))
        })
    }

    /// Versions, default and ports: what depends on nothing but the Service and its workloads, unless the default is not
    /// the one that is stated. `earlier` is what rules say about that.
    fn versions<'e>(
        &self,
        workloads: &[&'a Workload],
        users: &[&RuleSubset],
        earlier: impl FnOnce() -> Earlier<'e>,
    ) -> Result<Versioned<'a>, Box<Finding>> {
        let policy = self.context.policy;
        let targets = self.split.and_then(StatedSplit::targets);
        let stated = default_version::Stated::of(self.service, self.policy, policy, self.split);
        let ports = ports::Ports::of(self.service);
        let count = || targets.map_or_else(|| versions::count(workloads, policy), |split| Some(split.targets.len()));
        passed_over::check_ports(self.service, count, &ports)?;
        let (versions, labelled) = match targets {
            Some(split) => (versions::of_targets(self.service, workloads, split, users)?, Vec::new()),
            None => versions::of(self.service, workloads, policy, &stated, users)?,
        };
        let default = default_version::choose(self.service, &versions, &stated)?;
        let missing = default.in_place_of.as_ref().and_then(|missing| Some((versions.get(default.position)?, missing)));
        let replaced = missing
            .and_then(|(version, missing)| replaced::finding(self.service, version, missing, &earlier(), policy));
        // Before a Service of one version is skipped: its rules would go.
        if let Some(finding) = replaced.as_ref().filter(|finding| finding.severity == Severity::Error) {
            return Err(Box::new(finding.clone()));
        }
        let is_wanted = self.split.is_some() || self.policy.is_some_and(|own| own.expose.is_some());
        passed_over::check_worth(self.service, policy, versions.len(), &ports, is_wanted)?;
        Ok(Versioned { versions, labelled, default, ports, replaced })
    }
}

/// What [`Story::versions`] finds.
struct Versioned<'a> {
    versions: Vec<versions::Version<'a>>,
    labelled: Vec<labels::Label<'a>>,
    default: default_version::Default,
    ports: ports::Ports,
    /// What is said where the default is not the one that is stated.
    replaced: Option<Finding>,
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
