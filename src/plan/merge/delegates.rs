//! Delegates: VirtualServices without hosts, to which routes of others lead.
//!
//! Istio combines each match of the delegate with each of the root's, and drops the route silently where they differ in
//! `ignoreUriCase`, or where the root has a `sourceNamespace` that the delegate's match does not have
//! (`pilot/pkg/model/virtualservice.go`, `hasConflict`). A route of the delegate without a match never differs; its
//! clone has one, and must say what the roots say.

use foldhash::{HashMap, HashMapExt, HashSet};

use crate::inventory::{Inventory, VirtualService};
use crate::value::{Fields, Value};

/// Fields of a match in which a delegate must not differ from its root.
const MUST_AGREE: [&str; 2] = ["ignoreUriCase", "sourceNamespace"];

/// The delegates of all rules, by namespace and name.
pub(super) struct Delegates {
    /// What clones in them must say.
    said: HashMap<(String, String), Vec<Value>>,
    /// Those that are not in the input.
    absent: HashSet<(String, String)>,
}

impl Delegates {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut said: HashMap<(String, String), Vec<Value>> = HashMap::new();
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
        let present = inventory.virtual_services.iter().filter(|_| !said.is_empty()).map(|rule| &rule.object);
        let present: HashSet<_> = present.map(|rule| (rule.namespace().written(), rule.name())).collect();
        // One without a namespace may land in any, and one whose namespace is written is where a root without one may be.
        let is_present =
            |namespace: &str, name: &str| present.contains(&(None, name)) || present.contains(&(Some(namespace), name));
        let absent = said.keys().filter(|(namespace, name)| !is_present(namespace, name)).cloned().collect();
        Self { said, absent }
    }

    /// The delegates of a rule that are not in the input, each with the position of the route that leads to it. Clones would
    /// have to stand in them.
    pub(super) fn absent<'r>(
        &'r self,
        rule: &'r VirtualService,
    ) -> impl Iterator<Item = (usize, (String, String))> + 'r {
        let own = rule.object.namespace().effective();
        let routes = rule.http.iter().flatten().enumerate().filter(|_| !self.absent.is_empty());
        let delegates = routes.filter_map(move |(position, route)| Some((position, delegate_of(route, own)?)));
        delegates.filter(|(_, delegate)| self.absent.contains(delegate))
    }

    /// The conditions that a clone of a match-less route begins with. Nothing but an empty one where nobody delegates.
    pub(super) fn beginnings(&self, rule: &VirtualService) -> Vec<Value> {
        self.said.get(&key_of(rule)).cloned().unwrap_or_else(|| vec![Value::from(Fields::default())])
    }
}

fn key_of(rule: &VirtualService) -> (String, String) {
    (rule.object.namespace().effective().to_owned(), rule.object.name().to_owned())
}

/// The namespace and name of the VirtualService that a route of one in namespace `own` leads to.
pub(in crate::plan) fn delegate_of(route: &Value, own: &str) -> Option<(String, String)> {
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
