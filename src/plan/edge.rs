//! The edge of the mesh: Gateways, and the rules of the user's that are bound to them.

mod catch_all;
mod virtual_host;

use foldhash::{HashMap, HashMapExt};

use smol_str::SmolStr;

use crate::inventory::{Gateway, Inventory, Namespace, Service, VirtualService};

use virtual_host::{VirtualHosts, sites_at};

pub(super) use catch_all::CatchAll;
pub(super) use virtual_host::{List, Shared, Site, Standing};

/// A Gateway by namespace and name.
pub(super) type GatewayKey<'a> = (&'a str, &'a str);

/// Which Gateway a name means in an object of this namespace, by Istio's rule (`pkg/model/config.go`,
/// `resolveGatewayName`): `name` and `./name` one beside it, `namespace/name` any, and so does the host of its Service,
/// `name.namespace.svc.cluster.local`, which is how it was once written.
pub(super) fn gateway_key<'a>(name: &'a str, namespace: Namespace<'a>) -> GatewayKey<'a> {
    match (name.split_once('/'), name.split_once('.')) {
        (Some((".", name)), _) => (namespace.effective(), name),
        (Some(key), _) => key,
        (None, Some((name, rest))) => (rest.split_once('.').map_or(rest, |(namespace, _)| namespace), name),
        (None, None) => (namespace.effective(), name),
    }
}

/// What there is at the edge.
pub(super) struct Edge<'a> {
    gateways: HashMap<GatewayKey<'a>, &'a Gateway>,
    virtual_hosts: VirtualHosts<'a>,
}

impl<'a> Edge<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut edge = Self { gateways: HashMap::new(), virtual_hosts: VirtualHosts::default() };
        for gateway in &inventory.gateways {
            edge.gateways.insert((gateway.object.namespace().effective(), gateway.object.name()), gateway);
        }
        for gateway in &inventory.gateways {
            for key in former_keys(gateway) {
                edge.gateways.entry(key).or_insert(gateway);
            }
        }
        for rule in inventory.virtual_services.iter().filter(|rule| rule.generated_for.is_none()) {
            for site in edge.sites_of(rule) {
                edge.virtual_hosts.add(site, rule);
            }
        }
        edge
    }

    /// The Gateway that a name means, by what it is called or was called before kustomize changed it.
    pub(super) fn gateway(&self, key: GatewayKey<'_>) -> Option<&'a Gateway> {
        self.gateways.get(&key).copied()
    }

    /// What a Gateway is called today. Rules and the policy may know it by any of its names.
    pub(super) fn current(&self, key: GatewayKey<'a>) -> GatewayKey<'a> {
        self.gateway(key).map_or(key, |gateway| (gateway.object.namespace().effective(), gateway.object.name()))
    }

    /// Where routes for these hosts stand, of a rule in this namespace that is bound to a Gateway. Nowhere where the
    /// Gateway is in the input and does not take requests for them.
    pub(super) fn sites(
        &self,
        key: GatewayKey<'a>,
        namespace: Namespace<'_>,
        hosts: impl Iterator<Item = &'a str> + Clone,
    ) -> Vec<Site<'a>> {
        match self.gateway(key) {
            Some(gateway) => sites_at(gateway, namespace, &hosts),
            None => hosts.map(|host| Site::at_unknown(key, host)).collect(),
        }
    }

    /// Where the routes of a rule stand.
    pub(super) fn sites_of(&self, rule: &'a VirtualService) -> Vec<Site<'a>> {
        let namespace = rule.object.namespace();
        let hosts = || rule.hosts.iter().map(SmolStr::as_str);
        let keys = rule.gateways.iter().map(|gateway| self.current(gateway_key(gateway, namespace)));
        keys.flat_map(|key| self.sites(key, namespace, hosts())).collect()
    }

    /// The user's rules whose routes stand in the same list as those of a site, or may do so.
    pub(super) fn rules_at(&self, site: &Site<'a>) -> impl Iterator<Item = Standing<'a>> {
        self.virtual_hosts.at(site)
    }

    /// The user's rules for a wildcard that covers a site's host: they get requests for it as long as no routes stand
    /// there.
    pub(super) fn rules_around(&self, site: Site<'a>) -> impl Iterator<Item = Standing<'a>> {
        self.virtual_hosts.around(site)
    }
}

fn former_keys(gateway: &Gateway) -> impl Iterator<Item = GatewayKey<'_>> {
    let current = gateway.object.namespace().effective();
    let namespaces = std::iter::once(current).chain(gateway.previous.namespaces.iter().map(String::as_str));
    namespaces.flat_map(|namespace| {
        let names = std::iter::once(gateway.object.name()).chain(gateway.previous.names.iter().map(String::as_str));
        names.map(move |name| (namespace, name))
    })
}

/// Whether a Gateway takes requests for a host by the rules of a Service's namespace (Istio's
/// `pickMatchingGatewayHosts` and `host.Name.Matches`).
pub(super) fn admits(gateway: &Gateway, host: &str, service: &Service) -> bool {
    let hosts = gateway.servers.iter().flat_map(|server| &server.hosts);
    hosts.filter_map(|host| host_for(host, gateway, service.namespace())).any(|name| overlap(name, host))
}

/// The name or wildcard that a server's host is for rules of a namespace, where it is for those (Istio's
/// `NamesForNamespace`). A namespace that nobody wrote yet may be any.
fn host_for<'h>(host: &'h str, gateway: &Gateway, rules: Namespace<'_>) -> Option<&'h str> {
    let (namespace, name) = host.split_once('/').unwrap_or(("*", host));
    let is_seen = match namespace {
        "*" => true,
        "." => rules == gateway.object.namespace(),
        named => rules.written().is_none_or(|own| own == named),
    };
    is_seen.then_some(name)
}

/// Whether there is a name that both hosts mean.
fn overlap(one: &str, other: &str) -> bool {
    one == other || covers(one, other) || covers(other, one)
}

/// Whether a host is a wildcard that the other one falls under.
fn covers(wildcard: &str, host: &str) -> bool {
    wildcard != host && wildcard.strip_prefix('*').is_some_and(|suffix| host.trim_start_matches('*').ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::{covers, gateway_key, overlap};
    use crate::inventory::Namespace;

    #[test]
    fn a_gateway_is_named_in_all_the_ways_that_istio_knows() {
        let key = |name| gateway_key(name, Namespace(Some("shop")));
        assert_eq!((key("ingress"), key("./ingress")), (("shop", "ingress"), ("shop", "ingress")));
        for name in ["edge/ingress", "ingress.edge", "ingress.edge.svc", "ingress.edge.svc.cluster.local"] {
            assert_eq!(key(name), ("edge", "ingress"), "{name}");
        }
        assert_eq!(key("edge/in.gress"), ("edge", "in.gress"));
    }

    #[test]
    fn a_wildcard_covers_what_ends_like_it() {
        assert!(covers("*", "shop.example.com") && covers("*", "*.example.com"));
        assert!(covers("*.example.com", "shop.example.com") && covers("*.example.com", "a.b.example.com"));
        assert!(!covers("*.example.com", "example.com") && !covers("*.example.com", "*.example.com"));
        assert!(!covers("shop.example.com", "shop.example.com") && !covers("*.shop.com", "*.com"));
    }

    #[test]
    fn hosts_overlap_whichever_of_them_is_the_wildcard() {
        assert!(overlap("shop.example.com", "*.example.com") && overlap("*.example.com", "shop.example.com"));
        assert!(overlap("shop.example.com", "shop.example.com") && !overlap("shop.example.com", "example.com"));
    }
}
