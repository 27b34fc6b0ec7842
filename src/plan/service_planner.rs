//! One Service, planned: from what its workloads say to its route table, or to the reason why it is skipped.

use std::rc::Rc;

use smol_str::SmolStr;

use super::exposure::{self, Exposure};
use super::identity::Key;
use super::lost::Loss;
use super::no_version::NoVersions;
use super::objects::Objects;
use super::present::{Present, Wish};
use super::replaced::{self, Earlier};
use super::route_table::RouteTable;
use super::stated_split::StatedSplit;
use super::{
    Context, ambient, clients, default_selector, default_version, labels, misplaced, passed_over, ports, subset_policy,
    versions,
};
use crate::config::{Existing, ServicePolicy, Unversioned};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{RuleSubset, Service, VirtualService, Workload};

/// One Service, and what is wanted for it.
///
/// What it ends in outlives what it is told from: `'i` is the inventory's.
pub(super) struct ServicePlanner<'a, 'i> {
    pub(super) context: &'a Context<'a>,
    pub(super) service: &'i Service,
    /// What rules may call it.
    pub(super) keys: Vec<Key<'a>>,
    pub(super) policy: Option<&'a ServicePolicy>,
    /// How its requests without an override are spread, where somebody says so.
    pub(super) split: Option<StatedSplit<'a>>,
}

/// A Service that gets rules.
pub(super) struct Outcome<'a, 'i> {
    pub(super) keys: Vec<Key<'a>>,
    pub(super) table: Rc<RouteTable<'i>>,
    pub(super) labelled: Vec<labels::Label<'a>>,
    pub(super) present: Present<'a>,
    pub(super) exposure: Option<Rc<Exposure>>,
    /// Whether the policy's `defaultSelector` selects none of its workloads, and `defaultVersion` decided.
    pub(super) is_unselected: bool,
    /// Whether its rules wait until Pods have the label. So do those of others with one version, which is where all requests
    /// go without rules too: once the labels are in the input, nobody can tell who wrote them.
    pub(super) waits: bool,
}

impl Outcome<'_, '_> {
    /// What a VirtualService of the user's for the Service is to call it: as it calls it itself, unless the short name means
    /// the same in its namespace.
    pub(super) fn host_in<'h>(&'h self, rule: &'h VirtualService) -> &'h str {
        let service = self.table.service();
        let is_beside = rule.object.namespace().written() == service.namespace().written();
        let own = rule.hosts.first().filter(|_| !is_beside).map(SmolStr::as_str);
        own.unwrap_or_else(|| self.present.host.unwrap_or_else(|| service.name()))
    }
}

impl<'a, 'i: 'a> ServicePlanner<'a, 'i> {
    /// Plans the Service.
    ///
    /// # Errors
    /// The finding with which it is skipped, or that stops the run.
    pub(super) fn plan(
        &self,
        objects: &Objects<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<Outcome<'a, 'i>, Box<Finding>> {
        let Context { policy, selection, siblings, rules, owners, .. } = self.context;
        findings.extend(passed_over::unknown_annotations(self.service));
        findings.extend(misplaced::of_service(self.service, policy));
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
        let (mut versioned, mut present) = match (versioned, present) {
            (Err(finding), _) if finding.severity == Severity::Info => return Err(finding),
            (_, Err(finding)) | (Err(finding), Ok(_)) => return Err(finding),
            (Ok(versioned), Ok(present)) => (versioned, present),
        };
        findings.append(&mut present.findings);
        findings.extend(versioned.replaced.take());
        findings.extend(self.remarks(&versioned, &present, &workloads));
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
            is_unselected: default.is_unselected,
            waits,
        })
    }

    /// What the user should know of a Service that gets rules: of its ports, its workloads and the rules that are there.
    fn remarks(&self, versioned: &Versioned<'a>, present: &Present<'a>, workloads: &[&'a Workload]) -> Vec<Finding> {
        let Context { policy, selection, rules, owners, namespaces, delegates, unruled, overlaps, .. } = self.context;
        let Versioned { versions, default, ports, .. } = versioned;
        let (service, keys) = (self.service, &self.keys);
        let mut findings: Vec<Finding> = clients::seen_by_some(service, present, versions.len()).into_iter().collect();
        findings.extend(ports.findings(service, versions, default, present.virtual_service));
        let rule = present.virtual_service.filter(|_| versions.len() > 1);
        findings.extend(rule.into_iter().flat_map(|rule| unruled.findings(service, rule, delegates)));
        findings.extend(default.scaled_to_zero(service, versions));
        let chosen = versions.get(default.position).filter(|_| default.is_unselected);
        findings.extend(chosen.and_then(|chosen| default_selector::finding(service, versions, chosen, policy)));
        findings.extend(overlaps.findings(service, versions, default, selection));
        findings.extend(ambient::finding(service, workloads, namespaces));
        findings.extend(owners.routes(service, keys, versions.len()));
        findings.extend(owners.left_over(service, keys));
        let is_split = !default.shares.is_empty();
        let fills_routes =
            policy.existing == Existing::Merge && !is_split && rules.fills_routes(service, keys, present);
        findings.extend(subset_policy::new_to_baseline(service, versions, default, present, fills_routes));
        findings.extend(rules.routes_without_subset(service, keys, versions, policy, (present, is_split)));
        findings
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
    pub(super) fn exposed_in_vain(&self, why: &Finding) -> Option<Finding> {
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
    pub(super) fn routes_left_behind(&self, objects: &Objects<'_>, why: Code) -> Vec<Finding> {
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

/// What [`ServicePlanner::versions`] finds.
struct Versioned<'a> {
    versions: Vec<versions::Version<'a>>,
    labelled: Vec<labels::Label<'a>>,
    default: default_version::Default,
    ports: ports::Ports,
    /// What is said where the default is not the one that is stated.
    replaced: Option<Finding>,
}
