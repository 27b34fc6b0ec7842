//! Rules of somebody else's that already decide about a Service.
//!
//! What is generated for an exact host silently shadows a wildcard, a second VirtualService for a host is a silent
//! no-op or disables the first, and a client's own DestinationRule hides everybody else's. So a Service that any such
//! rule reaches is left alone, with the rule's name.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::exposure::Reaching;
use super::hosts::{FullHost, Host, half_qualified};
use super::identity::{Key, current_keys, is_former, meant, perhaps_meant};
use super::merge;
use super::present::{Present, refused};
use super::versions::Version;
use crate::config::{Existing, Policy};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{DestinationRule, Inventory, Namespace, Object, RouteTarget, Service, VirtualService};

/// The user's rules, by what they are about. Generated ones are not among them.
pub(super) struct UserRules<'a> {
    pub(super) destination_rules: HashMap<Key<'a>, Vec<&'a DestinationRule>>,
    wildcard_destination_rules: Vec<(&'a str, &'a DestinationRule)>,
    pub(super) virtual_services: HashMap<Key<'a>, Vec<&'a VirtualService>>,
    wildcard_virtual_services: Vec<(&'a str, &'a VirtualService)>,
    /// Those that name a Service with its namespace and without its domain.
    pub(super) half_virtual_services: HashMap<Key<'a>, &'a VirtualService>,
    /// Those of which nobody can tell whether they are about a Service.
    perhaps: HashMap<Key<'a>, &'a Object>,
    targets: HashMap<Key<'a>, Vec<Target<'a>>>,
    /// Services whose rules stay as they are, for what was added to one of them can no longer be told.
    frozen: HashSet<Key<'a>>,
    /// What the Services of the input are called today.
    pub(super) owned: HashSet<Key<'a>>,
    pub(super) root_namespace: &'a str,
}

/// A destination of a route of the user's, as the user wrote it.
#[derive(Debug, Clone, Copy)]
struct Target<'a> {
    rule: &'a VirtualService,
    destination: &'a RouteTarget,
    /// The subset that the user named.
    subset: Option<&'a str>,
}

/// For whom a subset will not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loss<'a> {
    /// For everybody.
    ForAll,
    /// For clients in these namespaces, who follow rules of their own.
    ForClients(BTreeSet<&'a str>),
}

impl<'a> UserRules<'a> {
    pub(super) fn new(inventory: &'a Inventory, policy: &'a Policy) -> Self {
        let mut rules = Self {
            destination_rules: HashMap::new(),
            wildcard_destination_rules: Vec::new(),
            virtual_services: HashMap::new(),
            wildcard_virtual_services: Vec::new(),
            half_virtual_services: HashMap::new(),
            perhaps: HashMap::new(),
            targets: HashMap::new(),
            frozen: HashSet::new(),
            owned: inventory.services.iter().flat_map(current_keys).collect(),
            root_namespace: &policy.root_namespace,
        };
        for rule in inventory.destination_rules.iter().filter(|rule| rule.generated_for.is_none()) {
            for key in meant(&rule.host, rule.object.namespace()) {
                rules.destination_rules.entry(key).or_default().push(rule);
            }
            let perhaps = perhaps_meant(&rule.host, rule.object.namespace(), &rules.owned);
            rules.perhaps.extend(perhaps.map(|key| (key, &rule.object)));
            if let Host::Wildcard { suffix } = Host::of(&rule.host, rule.object.namespace()) {
                rules.wildcard_destination_rules.push((suffix, rule));
            }
        }
        let own = || inventory.virtual_services.iter().filter(|service| service.generated_for.is_none());
        for rule in own().filter(|rule| rule.in_mesh && !merge::note_fits(rule)) {
            let namespace = rule.object.namespace();
            rules.frozen.extend(rule.hosts.iter().flat_map(|host| meant(host, namespace)));
        }
        for service in own() {
            rules.add_virtual_service(service);
        }
        rules
    }

    fn add_virtual_service(&mut self, rule: &'a VirtualService) {
        for host in rule.hosts.iter().filter(|_| rule.in_mesh) {
            for key in meant(host, rule.object.namespace()) {
                self.virtual_services.entry(key).or_default().push(rule);
            }
            let perhaps = perhaps_meant(host, rule.object.namespace(), &self.owned);
            self.perhaps.extend(perhaps.map(|key| (key, &rule.object)));
            if let Host::Wildcard { suffix } = Host::of(host, rule.object.namespace()) {
                self.wildcard_virtual_services.push((suffix, rule));
            }
            if let Some(key) = half_qualified(host) {
                self.half_virtual_services.entry(key).or_insert(rule);
            }
        }
        let is_ours = merge::added_to(rule);
        let namespace = rule.object.namespace();
        let is_frozen = rule.targets.iter().any(|to| meant(&to.host, namespace).any(|key| self.frozen.contains(&key)));
        for target in &rule.targets {
            let origin = if is_frozen { merge::Origin::Own } else { is_ours(target) };
            let subset = match origin {
                merge::Origin::Added => continue,
                merge::Origin::Filled => None,
                merge::Origin::Own => target.subset.as_deref(),
            };
            for key in meant(&target.host, rule.object.namespace()) {
                self.targets.entry(key).or_default().push(Target { rule, destination: target, subset });
            }
        }
    }

    /// What is there to be merged into; or the end of the story of a Service that somebody else's rule decides about.
    pub(super) fn check(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        policy: &Policy,
    ) -> Result<Present<'a>, Box<Finding>> {
        let severity = if policy.existing == Existing::Error { Severity::Error } else { Severity::Warning };
        if let Some(rule) = keys.iter().find_map(|key| self.perhaps.get(key)) {
            let why = "its host names a namespace and this Service has none, so nobody can tell whether it is meant";
            let cure = "Write the namespace of both, or the host without one";
            return Err(Box::new(refused(service, rule, "spec", why, cure).with_severity(severity)));
        }
        if policy.existing == Existing::Merge {
            return self.present(service, keys);
        }
        let Some(finding) = self.in_the_way(service, keys) else { return Ok(Present::default()) };
        Err(Box::new(finding.with_severity(severity)))
    }

    fn in_the_way(&self, service: &'a Service, keys: &[Key<'a>]) -> Option<Finding> {
        for key in keys {
            if let Some(rule) = self.destination_rules.get(key).and_then(|rules| rules.first()) {
                return Some(self.destination_rule_found(service, rule, is_former(service, key)));
            }
            if let Some(rule) = self.virtual_services.get(key).and_then(|rules| rules.first()) {
                return Some(virtual_service_found(service, rule, is_former(service, key)));
            }
            if let Some(rule) = self.half_virtual_services.get(key) {
                return Some(virtual_service_found(service, rule, false));
            }
        }
        self.wildcard_in_the_way(service)
    }

    fn destination_rule_found(&self, service: &Service, rule: &DestinationRule, renamed: bool) -> Finding {
        let found = |code, what: &str, why: &str, cure: &str| {
            finding(service, code, &rule.object, "spec.host", what, why, cure)
        };
        let namespace = rule.object.namespace();
        if renamed {
            return old_name(service, &rule.object, "spec.host", OLD_NAME_MEANS);
        }
        if namespace == service.namespace() {
            let cure = "Add the versions to it by hand, or remove it to get generated rules without what else it says";
            return found(
                Code::DestinationRuleExists,
                "is there for its host",
                "a second one would be merged into it",
                cure,
            );
        }
        if namespace == Namespace(Some(self.root_namespace)) {
            let why = "a generated one would replace it, with its traffic policy";
            let cure = "Keep the Service as it is, or remove the rule to get generated ones without its traffic policy";
            return found(Code::DestinationRuleCovers, "in the mesh's root namespace is there for its host", why, cure);
        }
        hides(service, rule)
    }

    pub(super) fn wildcard_virtual_service(&self, service: &Service) -> Option<Finding> {
        let host = FullHost::of(service);
        let covers = |suffix: &str, rule: &Object| host.is_covered_by(suffix, rule.namespace());
        let mut all = self.wildcard_virtual_services.iter();
        let (_, rule) = all.find(|(suffix, rule)| covers(suffix, &rule.object))?;
        let why = "a generated one for the exact host would replace it, with all its routes";
        let (what, cure) = ("covers its host with a wildcard", "Narrow its hosts to get generated rules");
        Some(finding(service, Code::VirtualServiceCovers, &rule.object, "spec.hosts", what, why, cure))
    }

    fn wildcard_in_the_way(&self, service: &Service) -> Option<Finding> {
        if let Some(finding) = self.wildcard_virtual_service(service) {
            return Some(finding);
        }
        let host = FullHost::of(service);
        let (_, rule) = self.covering(&host).max_by_key(|(suffix, _)| suffix.len())?;
        let namespace = rule.object.namespace();
        if namespace != service.namespace() && namespace != Namespace(Some(self.root_namespace)) {
            return Some(hides(service, rule));
        }
        let why = "a generated one for the exact host would replace it, with its traffic policy";
        let cure = "Keep the Service as it is, or narrow the host to get generated rules without its traffic policy";
        let code = Code::DestinationRuleCovers;
        Some(finding(service, code, &rule.object, "spec.host", "covers its host with a wildcard", why, cure))
    }

    /// Routes and mirrors that reach the Service and name no version: their traffic keeps spreading over all of them,
    /// whatever the generated rules say. Among them those that name a version under a name of the past.
    pub(super) fn routes_without_subset(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        versions: &[Version<'_>],
        policy: &Policy,
        is_split: bool,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        for (key, Target { rule, destination: target, subset }) in self.targets(keys) {
            let place = || rule.object.place().field(target.field());
            if subset.is_some() {
                if is_former(service, key) {
                    found.push(route_with_old_name(service, place()));
                }
                continue;
            }
            // Filled in where the rule is merged into, unless it is written as nothing, which could not be brought back.
            let is_filled = policy.existing == Existing::Merge && target.kind == "http" && !target.has_empty_subset;
            if is_filled && !is_split {
                continue;
            }
            let severity = if versions.len() > 1 { Severity::Warning } else { Severity::Info };
            let message = format!(
                "this route leads to {} and names no subset, so what takes it spreads over all versions",
                service.object.reference
            );
            let cure = "Name the default version's subset in it";
            found.push(Finding::new(Code::RouteWithoutSubset, place(), message, cure).with_severity(severity));
        }
        found
    }

    /// The destinations that mean a Service by any of these names, each once and under the first that it is known by.
    fn targets<'k>(&self, keys: &'k [Key<'a>]) -> impl Iterator<Item = (&'k Key<'a>, &Target<'a>)> {
        let mut seen = HashSet::new();
        let by_key = |key: &'k Key<'a>| self.targets.get(key).into_iter().flatten().map(move |found| (key, found));
        keys.iter().flat_map(by_key).filter(move |(_, target)| seen.insert(std::ptr::from_ref(target.destination)))
    }

    /// The user's rules whose routes for HTTP lead to a Service that has any of these names.
    pub(super) fn reaching(&self, keys: &[Key<'a>]) -> Reaching {
        let http = self.targets(keys).filter(|(_, target)| target.destination.kind == "http");
        http.map(|(_, target)| std::ptr::from_ref(target.rule)).collect()
    }

    /// Whether DestinationRules of the user's define a subset of the Service for every client: in its own namespace, for
    /// its host by name, or where there is none of these with a wildcard, which Istio looks at then only.
    pub(super) fn defines(&self, service: &Service, keys: &[Key<'a>], subset: &str) -> bool {
        let own = |rule: &&DestinationRule| rule.object.namespace() == service.namespace();
        let current = keys.iter().filter(|key| !is_former(service, key));
        let mut rules: Vec<&DestinationRule> = self.named(current).filter(own).collect();
        if rules.is_empty() {
            let host = FullHost::of(service);
            let closest = self.covering(&host).filter(|(_, rule)| own(rule)).max_by_key(|(suffix, _)| suffix.len());
            rules.extend(closest.map(|(_, rule)| rule));
        }
        has_own(rules.into_iter().filter(|rule| rule.limited_by().is_none()), subset)
    }

    /// Whether an earlier run gave one of the user's DestinationRules for the Service this subset, in its own namespace.
    pub(super) fn had_subset(&self, service: &Service, keys: &[Key<'a>], subset: &str) -> bool {
        self.with_added(keys, subset).any(|rule| rule.object.namespace() == service.namespace())
    }

    /// The namespaces whose clients lose a subset, for an earlier run gave it to a DestinationRule of their own, which hides
    /// all others from them, and no other one there defines it.
    pub(super) fn clients_losing(&self, service: &Service, keys: &[Key<'a>], subset: &str) -> BTreeSet<&'a str> {
        let is_defined = |namespace: Namespace<'_>| {
            let beside = self.named(keys).filter(|rule| rule.object.namespace() == namespace);
            has_own(beside.filter(|rule| rule.holds_at_home()), subset)
        };
        let namespaces = self.with_added(keys, subset).map(|rule| rule.object.namespace());
        let lost = namespaces.filter(|namespace| *namespace != service.namespace() && !is_defined(*namespace));
        lost.map(Namespace::effective).collect()
    }

    /// The user's DestinationRules whose subset of this name is an earlier run's. One that somebody took out by hand is not
    /// there to be missed.
    fn with_added(&self, keys: &[Key<'a>], subset: &str) -> impl Iterator<Item = &'a DestinationRule> {
        self.named(keys).filter(move |rule| {
            let is_noted = rule.added.as_ref().is_some_and(|added| added.subsets.iter().any(|known| known == subset));
            is_noted && rule.subsets.iter().any(|known| known.name == subset)
        })
    }

    /// The user's DestinationRules for a host by any of these names.
    fn named<'k>(&self, keys: impl IntoIterator<Item = &'k Key<'a>>) -> impl Iterator<Item = &'a DestinationRule>
    where
        'a: 'k,
    {
        keys.into_iter().filter_map(|key| self.destination_rules.get(key)).flatten().copied()
    }

    /// The user's DestinationRules that cover a host with a wildcard, each with what is behind its `*`.
    pub(super) fn covering(&self, host: &FullHost<'_>) -> impl Iterator<Item = (&'a str, &'a DestinationRule)> {
        let all = self.wildcard_destination_rules.iter().copied();
        all.filter(|(suffix, rule)| host.is_covered_by(suffix, rule.object.namespace()))
    }

    /// Routes and mirrors to subsets of the Service that will not be there: what takes them is answered 503. `loss` tells for
    /// whom a subset will not be there, and how bad that is; nothing where it will be, or where nothing is known of it.
    pub(super) fn unknown_subsets(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        loss: impl Fn(&str) -> Option<(Loss<'a>, Severity)>,
    ) -> Vec<Finding> {
        let finding = |(_, Target { rule, destination: target, subset }): (&Key<'_>, &Target<'_>)| {
            let subset = (*subset)?;
            let (loss, severity) = loss(subset)?;
            let clients = match loss {
                Loss::ForAll => String::new(),
                Loss::ForClients(namespaces) => {
                    let names: Vec<String> = namespaces.iter().map(|namespace| format!("`{namespace}`")).collect();
                    format!(" for clients in {}", names.join(", "))
                }
            };
            let message = format!(
                "this route leads to the subset `{subset}` of {}, which is not there{clients} when this run is done, so \
                 what takes the route is answered 503",
                service.object.reference
            );
            let cure = "Name a version that there is, or keep the Service's workloads and generated rules as they were";
            let place = rule.object.place().field(format!("{}.subset", target.field()));
            Some(Finding::new(Code::UnknownSubset, place, message, cure).with_severity(severity))
        };
        self.targets(keys).filter_map(finding).collect()
    }
}

/// Whether one of the rules has a subset of this name that the user wrote.
fn has_own<'r>(rules: impl Iterator<Item = &'r DestinationRule>, subset: &str) -> bool {
    rules.flat_map(merge::own_subsets).any(|own| own.name == subset)
}

/// Nothing more than worth knowing: where kustomize was told of Istio's name references it changes the route as well,
/// after the function has run.
fn route_with_old_name(service: &Service, place: Place) -> Finding {
    let message = format!(
        "this route says the name that {} had before kustomize changed it, so as it stands it leads nowhere",
        service.object.reference
    );
    let cure = "Give kustomize the `configurations:` file with Istio's name references, unless it has it already";
    Finding::new(Code::OldName, place, message, cure).with_severity(Severity::Info)
}

fn finding(service: &Service, code: Code, rule: &Object, field: &str, what: &str, why: &str, cure: &str) -> Finding {
    let message = format!("this Service is passed over: {} {what}, and {why}", rule.reference);
    let place: Place = rule.place().field(field);
    Finding::new(code, service.object.place(), message, cure).with_related(place, "It is here")
}

fn virtual_service_found(service: &Service, rule: &VirtualService, renamed: bool) -> Finding {
    if renamed {
        return old_name(service, &rule.object, "spec.hosts", OLD_NAME_MEANS);
    }
    let why = "of two for one host the sidecars follow the older and ignore the other";
    let cure = "Remove it to get generated rules, or add the overrides to it by hand";
    finding(service, Code::VirtualServiceExists, &rule.object, "spec.hosts", "is there for its host", why, cure)
}

pub(super) fn hides(service: &Service, rule: &DestinationRule) -> Finding {
    let why = "clients in its namespace would not see the generated subsets and get 503";
    let cure = "Remove it, or move it to the Service's namespace";
    finding(
        service,
        Code::DestinationRuleHides,
        &rule.object,
        "spec.host",
        "in another namespace is about its host",
        why,
        cure,
    )
}

/// What becomes of a rule with a name of the past.
const OLD_NAME_MEANS: &str = "this Service is passed over";

/// A rule that says what the Service was called before; `outcome` is what follows for the Service.
pub(super) fn old_name(service: &Service, rule: &Object, field: &str, outcome: &str) -> Finding {
    let message = format!(
        "{outcome}: {} says the name that the Service had before kustomize changed it, so it does nothing as it stands",
        rule.reference
    );
    let cure = "Give kustomize the `configurations:` file with Istio's name references, unless it has it already: it renames the \
         host after the function";
    let place: Place = rule.place().field(field);
    Finding::new(Code::OldName, service.object.place(), message, cure).with_related(place, "It is here")
}
