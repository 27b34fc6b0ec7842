//! Delegates: VirtualServices without hosts, to which routes of others lead.
//!
//! Istio combines each match of the delegate with each of the root's, and drops the route silently where they differ in
//! `ignoreUriCase`, or where the root has a `sourceNamespace` that the delegate's match does not have
//! (`pilot/pkg/model/virtualservice.go`, `hasConflict`). A route of the delegate without a match never differs; its
//! clone has one, and must say what the roots say.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use crate::inventory::{Inventory, VirtualService};
use crate::value::{Fields, Value};

/// Fields of a match in which a delegate must not differ from its root.
const MUST_AGREE: [&str; 2] = ["ignoreUriCase", "sourceNamespace"];

/// A VirtualService by namespace and name.
pub(super) type DelegateKey = (String, String);

/// The delegates of all rules, by namespace and name.
pub(super) struct Delegates {
    /// What clones in them must say.
    said: HashMap<DelegateKey, Vec<Value>>,
    /// Those that are not in the input.
    absent: HashSet<DelegateKey>,
    /// What rules are called today; not known where nobody delegates.
    called: HashSet<DelegateKey>,
}

impl Delegates {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut said: HashMap<DelegateKey, Vec<Value>> = HashMap::new();
        for root in &inventory.virtual_services {
            let own = root.object.namespace().effective();
            for route in root.http.iter().flatten() {
                let Some(key) = delegate_of(route, own) else { continue };
                let known = said.entry(key).or_default();
                for said in said_by(route) {
                    if !known.contains(&said) {
                        known.push(said);
                    }
                }
            }
        }
        let all = || inventory.virtual_services.iter().filter(|_| !said.is_empty());
        let mut found = Self { called: all().map(current).collect(), absent: HashSet::new(), said: HashMap::new() };
        let unnamed = |rule: &&VirtualService| rule.object.namespace().written().is_none();
        // One without a namespace may land in any, and one whose namespace is written is where a root without one may be.
        let anywhere: HashSet<String> =
            all().filter(unnamed).flat_map(|rule| found.names(rule)).map(|(_, name)| name).collect();
        let there: HashSet<DelegateKey> = all().flat_map(|rule| found.names(rule)).collect();
        let is_absent = |key: &&DelegateKey| !anywhere.contains(&key.1) && !there.contains(*key);
        found.absent = said.keys().filter(is_absent).cloned().collect();
        found.said = said;
        found
    }

    /// What routes may call a rule: its namespace and name, and what those were before kustomize changed them, unless that is
    /// what another one is called today.
    pub(super) fn names(&self, rule: &VirtualService) -> BTreeSet<DelegateKey> {
        let current = current(rule);
        let previous = &rule.previous;
        let namespaces = || std::iter::once(&current.0).chain(&previous.namespaces);
        let names = std::iter::once(&current.1).chain(&previous.names);
        let all = names.flat_map(|name| namespaces().map(move |namespace| (namespace.clone(), name.clone())));
        all.filter(|key| *key == current || !self.called.contains(key)).collect()
    }

    /// The delegates of a rule that are not in the input, each with the position of the route that leads to it. Clones would
    /// have to stand in them.
    pub(super) fn absent<'r>(&'r self, rule: &'r VirtualService) -> impl Iterator<Item = (usize, DelegateKey)> + 'r {
        let own = rule.object.namespace().effective();
        let routes = rule.http.iter().flatten().enumerate().filter(|_| !self.absent.is_empty());
        let delegates = routes.filter_map(move |(position, route)| Some((position, delegate_of(route, own)?)));
        delegates.filter(|(_, delegate)| self.absent.contains(delegate))
    }

    /// The conditions that a clone of a match-less route begins with. Nothing but an empty one where nobody delegates.
    pub(super) fn beginnings(&self, rule: &VirtualService) -> Vec<Value> {
        let nothing = || vec![Value::from(Fields::default())];
        if self.said.is_empty() {
            return nothing();
        }
        let mut said: Vec<Value> = Vec::new();
        for value in self.names(rule).iter().filter_map(|key| self.said.get(key)).flatten() {
            if !said.contains(value) {
                said.push(value.clone());
            }
        }
        if said.is_empty() { nothing() } else { said }
    }
}

fn current(rule: &VirtualService) -> DelegateKey {
    (rule.object.namespace().effective().to_owned(), rule.object.name().to_owned())
}

/// The namespace and name of the VirtualService that a route of one in namespace `own` leads to.
pub(in crate::plan) fn delegate_of(route: &Value, own: &str) -> Option<DelegateKey> {
    let delegate = route.get("delegate")?;
    let text = |key: &str| delegate.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some((text("namespace").unwrap_or(own).to_owned(), text("name")?.to_owned()))
}

/// What the matches of a root's route say in the fields that matter.
fn said_by(route: &Value) -> Vec<Value> {
    let matches = route.get("match").and_then(Value::as_array).filter(|matches| !matches.is_empty());
    let said = |condition: &Value| {
        let field = |name: &&'static str| Some((*name, condition.get(name)?.clone()));
        MUST_AGREE.iter().filter_map(field).collect()
    };
    matches.map_or_else(|| vec![Value::from(Fields::default())], |matches| matches.iter().map(said).collect())
}
