//! What other VirtualServices at a gateway mean for one of the user's.
//!
//! Their routes may stand in one list, with those that take everything last. A clone of such a route would not be among
//! these, and take the paths of all others.

use std::cell::OnceCell;

use foldhash::{HashSet, HashSetExt};

use crate::inventory::{Inventory, VirtualService};
use crate::plan::delegates::{Delegates, delegate_of};
use crate::plan::edge::{CatchAll, Edge, Site, gateway_key};
use crate::value::Value;

/// What stands at the gateways beside rules of the user's.
pub(super) struct Neighbours<'a> {
    edge: &'a Edge<'a>,
    pub(super) delegates: &'a Delegates<'a>,
    /// Delegates of routes that take everything beside other rules, which do so by themselves then: the positions of
    /// their names.
    beside_others: HashSet<usize>,
}

/// One rule, and where others stand beside it.
pub(super) struct Around<'n> {
    neighbours: &'n Neighbours<'n>,
    rule: &'n VirtualService,
    /// Looked for when the first route takes everything: most do not.
    shared: OnceCell<Vec<Site<'n>>>,
}

impl<'a> Neighbours<'a> {
    pub(super) fn of(inventory: &'a Inventory, edge: &'a Edge<'a>, delegates: &'a Delegates<'a>) -> Self {
        let mut found = Self { edge, delegates, beside_others: HashSet::new() };
        let own = inventory.virtual_services.iter().filter(|rule| rule.generated_for.is_none());
        let mut names = Vec::new();
        for root in own.filter(|rule| !rule.gateways.is_empty()) {
            let around = found.around(root);
            let namespace = root.object.namespace();
            let led_to = root.http.iter().flatten().filter_map(|route| Some((route, delegate_of(route, namespace)?)));
            names.extend(led_to.filter(|(route, _)| around.are_captured_by(route)).map(|(_, delegate)| delegate));
        }
        found.beside_others = delegates.positions(names.into_iter());
        found
    }

    pub(super) fn around(&'a self, rule: &'a VirtualService) -> Around<'a> {
        Around { neighbours: self, rule, shared: OnceCell::new() }
    }
}

impl Around<'_> {
    /// Whether a clone of this route would take requests from other rules.
    pub(super) fn are_captured_by(&self, route: &Value) -> bool {
        let Neighbours { delegates, beside_others, .. } = self.neighbours;
        CatchAll::all_of(route).any(|all| {
            let is_there = |site: &Site<'_>| self.is_at(all, site);
            self.shared().iter().any(is_there)
                || (self.rule.hosts.is_empty() && delegates.may_be(self.rule, beside_others))
        })
    }

    /// Another rule that stands where this one does.
    pub(super) fn another(&self) -> Option<&VirtualService> {
        let edge = self.neighbours.edge;
        let others = |site| edge.rules_at(site).find(|other| !std::ptr::eq(other.rule, self.rule));
        self.shared().iter().find_map(others).map(|other| other.rule)
    }

    /// Whether a route that takes everything does so at a site of its rule.
    fn is_at(&self, all: CatchAll<'_>, site: &Site<'_>) -> bool {
        let namespace = self.rule.object.namespace();
        let mut gateways = all.gateways().peekable();
        let is_for_all = gateways.peek().is_none();
        all.is_for_port(site.port)
            && (is_for_all
                || gateways.any(|name| self.neighbours.edge.current(gateway_key(name, namespace)) == site.gateway))
    }

    /// Where other rules stand as well.
    fn shared(&self) -> &[Site<'_>] {
        self.shared.get_or_init(|| {
            let edge = self.neighbours.edge;
            let is_shared = |site: &Site<'_>| edge.rules_at(site).any(|other| !std::ptr::eq(other.rule, self.rule));
            edge.sites_of(self.rule).into_iter().filter(is_shared).collect()
        })
    }
}
