//! Envoy's virtual hosts: the lists that routes at the edge stand in.
//!
//! Istio gives a proxy one route table for each port with plain HTTP, whatever number of Gateways select that proxy, and
//! one for each server with HTTPS (`pilot/pkg/model/gateway.go`, `gatewayRDSRouteName`). A table has one virtual host for
//! each host that a VirtualService and a server of its Gateway have in common, the narrower of the two, and the routes of
//! all VirtualServices for it stand in it one behind the other (`pilot/pkg/networking/core/gateway.go`,
//! `buildGatewayHTTPRouteConfig`).

use std::collections::BTreeMap;

use foldhash::HashMap;
use smol_str::SmolStr;

use super::{GatewayKey, covers, host_for};
use crate::inventory::{Gateway, GatewayServer, Namespace, VirtualService};

/// Where routes stand: a virtual host of the proxies of a Gateway.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::plan) struct Site<'a> {
    /// The route table.
    table: Table<'a>,
    /// The host.
    pub(in crate::plan) host: &'a str,
    /// The labels of the proxies, where it is known.
    proxies: &'a BTreeMap<SmolStr, SmolStr>,
    /// The Gateway that brings them there.
    pub(in crate::plan) gateway: GatewayKey<'a>,
    /// The number of the server's port, where it is known. A match on a port at a gateway means this.
    pub(in crate::plan) port: Option<u64>,
}

/// A route table of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::plan) enum Table<'a> {
    /// That of a port with plain HTTP and an address, for all Gateways.
    Http { port: Option<u64>, bind: &'a str },
    /// That of a server with HTTPS, by its position in the Gateway.
    Https { gateway: GatewayKey<'a>, server: usize },
    /// All that a Gateway has which is not in the input.
    Unknown(GatewayKey<'a>),
}

/// A rule of the user's at a virtual host.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Standing<'a> {
    /// The rule.
    pub(in crate::plan) rule: &'a VirtualService,
    /// Where its routes stand.
    pub(in crate::plan) site: Site<'a>,
    /// How sure it is that a proxy has them beside those of the site that was asked for.
    pub(in crate::plan) shared: Shared,
}

/// How sure it is that one proxy follows two Gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum Shared {
    /// The labels that one of them selects by are among those of the other.
    Surely,
    /// They select by different labels, which one Pod may have.
    Perhaps,
}

/// The labels of all proxies.
static ANY_PROXY: BTreeMap<SmolStr, SmolStr> = BTreeMap::new();

impl<'a> Site<'a> {
    /// Routes for a host at a Gateway that is not in the input.
    pub(super) fn at_unknown(gateway: GatewayKey<'a>, host: &'a str) -> Self {
        Self { table: Table::Unknown(gateway), host, proxies: &ANY_PROXY, gateway, port: None }
    }

    /// Whether routes for both stand in one list.
    pub(in crate::plan) fn is_shared_with(&self, other: &Self) -> Option<Shared> {
        Shared::by(self.proxies, other.proxies).filter(|_| self.list() == other.list())
    }

    /// What sites that are shared have in common.
    pub(in crate::plan) fn list(&self) -> List<'a> {
        (self.table, self.host)
    }
}

impl Shared {
    /// Whether Gateways that select by these labels may select one proxy, and how sure that is.
    fn by(labels: &BTreeMap<SmolStr, SmolStr>, others: &BTreeMap<SmolStr, SmolStr>) -> Option<Self> {
        if std::ptr::eq(labels, others) {
            return Some(Self::Surely);
        }
        let are_among = |some: &BTreeMap<SmolStr, SmolStr>, all: &BTreeMap<SmolStr, SmolStr>| {
            some.iter().all(|(key, value)| all.get(key) == Some(value))
        };
        let contradict = |(key, value): (&SmolStr, &SmolStr)| others.get(key).is_some_and(|other| other != value);
        match () {
            () if are_among(labels, others) || are_among(others, labels) => Some(Self::Surely),
            () if labels.iter().any(contradict) => None,
            () => Some(Self::Perhaps),
        }
    }
}

/// Where routes of a rule in this namespace stand that is bound to a Gateway, and has these hosts.
pub(super) fn sites_at<'a>(
    gateway: &'a Gateway,
    namespace: Namespace<'_>,
    hosts: &(impl Iterator<Item = &'a str> + Clone),
) -> Vec<Site<'a>> {
    let key = (gateway.object.namespace().effective(), gateway.object.name());
    let mut found = Vec::new();
    for (position, server) in gateway.servers.iter().enumerate() {
        let table = match server {
            GatewayServer { is_https: true, .. } => Table::Https { gateway: key, server: position },
            GatewayServer { port, bind, .. } => Table::Http { port: *port, bind },
        };
        for admitted in server.hosts.iter().filter_map(|host| host_for(host, gateway, namespace)) {
            for host in hosts.clone().filter_map(|host| narrower(admitted, host)) {
                found.push(Site { table, host, proxies: &gateway.selector, gateway: key, port: server.port });
            }
        }
    }
    found
}

/// The host that two have in common (Istio's `host.Names.Intersection`).
fn narrower<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    if one == other || covers(other, one) {
        return Some(one);
    }
    covers(one, other).then_some(other)
}

/// The rules of the user's at the edge, by where their routes stand.
#[derive(Default)]
pub(super) struct VirtualHosts<'a> {
    rules: HashMap<List<'a>, Vec<(Site<'a>, &'a VirtualService)>>,
    /// The wildcards of each table.
    wildcards: HashMap<Table<'a>, Vec<&'a str>>,
}

/// A virtual host, whichever proxies it is of.
pub(in crate::plan) type List<'a> = (Table<'a>, &'a str);

impl<'a> VirtualHosts<'a> {
    pub(super) fn add(&mut self, site: Site<'a>, rule: &'a VirtualService) {
        let known = self.rules.entry((site.table, site.host)).or_default();
        if known.is_empty() && site.host.starts_with('*') {
            self.wildcards.entry(site.table).or_default().push(site.host);
        }
        known.push((site, rule));
    }

    /// The rules whose routes stand, or may stand, where those of a site do.
    pub(super) fn at<'e>(&'e self, site: &Site<'a>) -> impl Iterator<Item = Standing<'a>> + use<'a, 'e> {
        let (list, proxies) = ((site.table, site.host), site.proxies);
        let rules = self.rules.get(&list).into_iter().flatten().copied();
        rules.filter_map(move |(site, rule)| Some(Standing { rule, site, shared: Shared::by(proxies, site.proxies)? }))
    }

    /// The same of the wildcards that cover a site's host.
    pub(super) fn around<'e>(&'e self, site: Site<'a>) -> impl Iterator<Item = Standing<'a>> + use<'a, 'e> {
        let wildcards = self.wildcards.get(&site.table).into_iter().flatten().copied();
        let wider = wildcards.filter(move |wildcard| covers(wildcard, site.host));
        wider.flat_map(move |wildcard| self.at(&Site { host: wildcard, ..site }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use smol_str::SmolStr;

    use super::{Shared, narrower};

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<SmolStr, SmolStr> {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn the_narrower_of_two_hosts_is_what_they_have_in_common() {
        // The cases of Istio's `TestNamesIntersection`.
        assert_eq!(narrower("foo.com", "*.com"), Some("foo.com"));
        assert_eq!(narrower("*.com", "foo.com"), Some("foo.com"));
        assert_eq!(narrower("*.net", "*.bar.net"), Some("*.bar.net"));
        assert_eq!(narrower("*", "*"), Some("*"));
        assert_eq!(narrower("foo.com", "bar.com"), None);
        assert_eq!(narrower("*.foo.com", "foo.com"), None);
    }

    #[test]
    fn selectors_that_contradict_each_other_select_no_proxy_together() {
        let ingress = labels(&[("istio", "ingressgateway")]);
        let with = |others: &[(&str, &str)]| Shared::by(&ingress, &labels(others));
        assert_eq!(with(&[]), Some(Shared::Surely), "all proxies");
        assert_eq!(with(&[("istio", "ingressgateway"), ("zone", "a")]), Some(Shared::Surely));
        assert_eq!(with(&[("app", "istio-ingressgateway")]), Some(Shared::Perhaps), "one Pod may have both labels");
        assert_eq!(with(&[("istio", "internal")]), None);
        assert_eq!(with(&[("istio", "internal"), ("app", "istio-ingressgateway")]), None);
    }
}
