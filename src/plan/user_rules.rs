//! The user's rules, by what they are about: looked up by the names that they call Services by.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::exposure::Reaching;
use super::followed::{Candidate, Followed};
use super::hosts::{FullHost, Host, half_qualified};
use super::identity::{Key, Standing, current_keys, meant, perhaps_meant};
use super::merge;
use crate::config::Policy;
use crate::finding::Place;
use crate::inventory::{DestinationRule, ExportTo, Inventory, Object, RouteTarget, Service, VirtualService};

/// The user's rules, by what they are about. Generated ones are not among them.
pub(super) struct UserRules<'a> {
    pub(super) destination_rules: HashMap<Key<'a>, Vec<&'a DestinationRule>>,
    pub(super) wildcard_destination_rules: Vec<(&'a str, &'a DestinationRule)>,
    pub(super) virtual_services: HashMap<Key<'a>, Vec<&'a VirtualService>>,
    pub(super) wildcard_virtual_services: Vec<(&'a str, &'a VirtualService)>,
    /// Those that name a Service with its namespace and without its domain.
    pub(super) half_virtual_services: HashMap<Key<'a>, &'a VirtualService>,
    /// Those of which nobody can tell whether they are about a Service.
    pub(super) perhaps: HashMap<Key<'a>, &'a Object>,
    targets: HashMap<Key<'a>, Vec<Target<'a>>>,
    /// Services whose rules stay as they are, for what was added to one of them can no longer be told.
    frozen: HashSet<Key<'a>>,
    /// What the Services of the input are called today.
    pub(super) owned: HashSet<Key<'a>>,
    pub(super) root_namespace: &'a str,
    /// To whom rules are exported where neither rules nor the Service say so.
    pub(super) stated_export: ExportTo,
}

/// A destination of a route of the user's, as the user wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) rule: &'a VirtualService,
    pub(super) destination: &'a RouteTarget,
    /// The subset that the user named.
    pub(super) subset: Option<&'a str>,
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
            stated_export: ExportTo::stated(policy.export_to.namespaces()),
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

    /// The user's DestinationRules that call the Service so, and whether that is its name today. Those are left out whose
    /// host leads nowhere, whatever is done.
    pub(super) fn destination_rules_named(
        &self,
        service: &'a Service,
        key: &Key<'a>,
    ) -> impl Iterator<Item = (&'a DestinationRule, Standing)> + use<'_, 'a> {
        let (rules, key) = (self.destination_rules.get(key), *key);
        let standing = move |rule: &DestinationRule| Standing::of(service, &key, &rule.host, rule.object.namespace());
        let all = rules.into_iter().flatten().map(move |rule| (*rule, standing(rule)));
        all.filter(|(_, standing)| *standing != Standing::Dead)
    }

    /// The user's VirtualServices in the mesh that call the Service so, the same way, each with that host.
    pub(super) fn virtual_services_named(
        &self,
        service: &'a Service,
        key: &Key<'a>,
    ) -> impl Iterator<Item = (&'a VirtualService, &'a str, Standing)> + use<'_, 'a> {
        let (rules, key) = (self.virtual_services.get(key), *key);
        let named = move |rule: &'a VirtualService| {
            let namespace = rule.object.namespace();
            let host = rule.hosts.iter().find(|host| meant(host, namespace).any(|meant| meant == key))?;
            Some((rule, host.as_str(), Standing::of(service, &key, host, namespace)))
        };
        let all = rules.into_iter().flatten().filter_map(move |rule| named(rule));
        all.filter(|(_, _, standing)| *standing != Standing::Dead)
    }

    /// The DestinationRule that is generated for a Service, as if there were no other.
    pub(super) fn followed_alone(&self, service: &'a Service, export_to: &ExportTo) -> Followed<'a> {
        let home = service.namespace().effective();
        Followed::new([Candidate::generated(home, export_to.clone())], home, self.root_namespace)
    }

    /// All DestinationRules of the user's that are about the host of a Service, and `generated` where there is to be one.
    pub(super) fn followed(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        generated: Option<&ExportTo>,
    ) -> Followed<'a> {
        let home = service.namespace().effective();
        let mut seen = HashSet::new();
        let named = keys.iter().flat_map(|key| self.destination_rules_named(service, key));
        let named = named.filter(|(rule, _)| seen.insert(std::ptr::from_ref(*rule)));
        let mut all: Vec<Candidate<'a>> = named.map(|(rule, _)| Candidate::exact(rule)).collect();
        let host = FullHost::of(service);
        all.extend(self.covering(&host).map(|(suffix, rule)| Candidate::wildcard(rule, suffix)));
        all.extend(generated.map(|export_to| Candidate::generated(home, export_to.clone())));
        Followed::new(all, home, self.root_namespace)
    }

    /// The destinations that mean a Service by any of these names, each once and as the first that it is known by stands.
    pub(super) fn all_targets<'k>(
        &'k self,
        service: &'k Service,
        keys: &'k [Key<'a>],
    ) -> impl Iterator<Item = (Standing, &'k Target<'a>)> {
        let mut seen = HashSet::new();
        let by_key = move |key: &'k Key<'a>| {
            let standing = |Target { rule, destination, .. }: &Target<'a>| {
                Standing::of(service, key, &destination.host, rule.object.namespace())
            };
            self.targets.get(key).into_iter().flatten().map(move |found| (standing(found), found))
        };
        keys.iter().flat_map(by_key).filter(move |(_, target)| seen.insert(std::ptr::from_ref(target.destination)))
    }

    /// The same without those that lead nowhere, whatever is done.
    pub(super) fn targets<'k>(
        &'k self,
        service: &'k Service,
        keys: &'k [Key<'a>],
    ) -> impl Iterator<Item = (Standing, &'k Target<'a>)> {
        self.all_targets(service, keys).filter(|(standing, _)| *standing != Standing::Dead)
    }

    /// The user's rules whose routes for HTTP lead to a Service that has any of these names.
    pub(super) fn reaching(&self, service: &Service, keys: &[Key<'a>]) -> Reaching {
        let http = self.targets(service, keys).filter(|(_, target)| target.destination.kind == "http");
        http.map(|(_, target)| std::ptr::from_ref(target.rule)).collect()
    }

    /// The subsets that the user's routes to a Service name, each with the place of the destination.
    pub(super) fn subsets_named<'k>(
        &'k self,
        service: &'k Service,
        keys: &'k [Key<'a>],
    ) -> impl Iterator<Item = (Place, &'a str)> + 'k {
        let named = self.targets(service, keys).filter_map(|(_, target)| Some((target, target.subset?)));
        named.map(|(target, subset)| (target.rule.object.place().field(target.destination.field()), subset))
    }

    /// The user's rules by which subsets of the Service are named, or will be: all routes for HTTP, and others that name one
    /// already. Each with how its first such route calls the Service.
    pub(super) fn leading_to<'k>(
        &'k self,
        service: &'k Service,
        keys: &'k [Key<'a>],
    ) -> impl Iterator<Item = (Standing, &'a VirtualService)> + 'k {
        let names = |target: &Target<'_>| target.destination.kind == "http" || target.subset.is_some();
        let naming = self.targets(service, keys).filter(move |(_, target)| names(target));
        naming.map(|(standing, target)| (standing, target.rule))
    }

    /// The user's DestinationRules that cover a host with a wildcard, each with what is behind its `*`.
    pub(super) fn covering(&self, host: &FullHost<'_>) -> impl Iterator<Item = (&'a str, &'a DestinationRule)> {
        let all = self.wildcard_destination_rules.iter().copied();
        all.filter(|(suffix, rule)| host.is_covered_by(suffix, rule.object.namespace()))
    }
}
