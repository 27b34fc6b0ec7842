//! Delegates: VirtualServices without hosts, to which routes of others lead.
//!
//! Istio combines each match of the delegate with each of the root's, and drops the route silently where they differ in
//! `ignoreUriCase`, or where the root has a `sourceNamespace` that the delegate's match does not have
//! (`pilot/pkg/model/virtualservice.go`, `hasConflict`). A route of the delegate without a match never differs; its
//! clone has one, and must say what the roots say.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use smol_str::SmolStr;

use crate::inventory::{Inventory, Namespace, VirtualService};
use crate::value::{Fields, Value};

/// Fields of a match in which a delegate must not differ from its root.
const MUST_AGREE: [&str; 2] = ["ignoreUriCase", "sourceNamespace"];

/// What a route calls the VirtualService that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DelegateName {
    /// The namespace; none for that in which the route itself will land.
    pub(super) namespace: Option<SmolStr>,
    /// The name within it.
    pub(super) name: SmolStr,
}

/// How surely a rule is the one that a route names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// It is called so.
    Same,
    /// It may be: one of the two has no namespace, and may land in any.
    Open,
    /// It was called so before kustomize changed it.
    Former,
}

/// The delegates of all rules.
#[derive(Default)]
pub(super) struct Delegates<'a> {
    /// What clones in them must say, by what routes call them.
    said: HashMap<DelegateName, Vec<Value>>,
    /// The rules of the input that are meant by it.
    meant: HashMap<DelegateName, Vec<&'a VirtualService>>,
    /// What routes call each of those.
    called: HashMap<*const VirtualService, Vec<DelegateName>>,
}

impl<'a> Delegates<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let mut said: HashMap<DelegateName, Vec<Value>> = HashMap::new();
        for root in &inventory.virtual_services {
            for route in root.http.iter().flatten() {
                let Some(delegate) = delegate_of(route, root.object.namespace()) else { continue };
                let known = said.entry(delegate).or_default();
                for said in said_by(route) {
                    if !known.contains(&said) {
                        known.push(said);
                    }
                }
            }
        }
        if said.is_empty() {
            return Self::default();
        }
        let meant = meant(inventory, &said);
        let mut called: HashMap<*const VirtualService, Vec<DelegateName>> = HashMap::new();
        for (name, rules) in &meant {
            for rule in rules {
                called.entry(std::ptr::from_ref(*rule)).or_default().push(name.clone());
            }
        }
        Self { said, meant, called }
    }

    /// The delegates of a rule that are not in the input, each with the position of the route that leads to it. Clones would
    /// have to stand in them.
    pub(super) fn absent<'r>(&'r self, rule: &'r VirtualService) -> impl Iterator<Item = (usize, DelegateName)> + 'r {
        let is_any = self.said.len() > self.meant.len();
        let routes = rule.http.iter().flatten().enumerate().filter(move |_| is_any);
        let own = rule.object.namespace();
        let delegates = routes.filter_map(move |(position, route)| Some((position, delegate_of(route, own)?)));
        delegates.filter(|(_, delegate)| !self.meant.contains_key(delegate))
    }

    /// The rules that a route of a rule in this namespace leads to, as far as they are in the input.
    pub(super) fn led_to(&self, route: &Value, own: Namespace<'_>) -> &[&'a VirtualService] {
        let delegate = delegate_of(route, own).filter(|_| !self.meant.is_empty());
        delegate.and_then(|delegate| self.meant.get(&delegate)).map(Vec::as_slice).unwrap_or_default()
    }

    /// What routes call a rule that they lead to.
    pub(super) fn names(&self, rule: &VirtualService) -> &[DelegateName] {
        self.called.get(&std::ptr::from_ref(rule)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The conditions that a clone of a match-less route begins with. Nothing but an empty one where nobody delegates.
    pub(super) fn beginnings(&self, rule: &VirtualService) -> Vec<Value> {
        let mut said: Vec<Value> = Vec::new();
        let mut names: Vec<&DelegateName> = self.names(rule).iter().collect();
        // In an order that does not depend on hashes.
        names.sort_by_key(|name| (&name.name, &name.namespace));
        for value in names.into_iter().filter_map(|name| self.said.get(name)).flatten() {
            if !said.contains(value) {
                said.push(value.clone());
            }
        }
        if said.is_empty() { vec![Value::from(Fields::default())] } else { said }
    }
}

/// The VirtualService that a route of a rule in namespace `own` leads to.
pub(super) fn delegate_of(route: &Value, own: Namespace<'_>) -> Option<DelegateName> {
    let delegate = route.get("delegate")?;
    let text = |key: &str| delegate.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let namespace = text("namespace").or(own.written()).map(SmolStr::from);
    Some(DelegateName { namespace, name: text("name")?.into() })
}

/// The rules that are meant by the names, of those the ones that are most surely so.
fn meant<'a, V>(
    inventory: &'a Inventory,
    named: &HashMap<DelegateName, V>,
) -> HashMap<DelegateName, Vec<&'a VirtualService>> {
    let mut by_name: HashMap<&str, HashMap<Option<&str>, &DelegateName>> = HashMap::new();
    for delegate in named.keys() {
        by_name.entry(&delegate.name).or_default().insert(delegate.namespace.as_deref(), delegate);
    }
    let mut found: HashMap<DelegateName, (Likeness, Vec<&'a VirtualService>)> = HashMap::new();
    let mut seen = HashSet::new();
    for rule in &inventory.virtual_services {
        // Of two that are called the same the API server keeps one.
        if !seen.insert((rule.object.namespace().written(), rule.object.name())) {
            continue;
        }
        for (likeness, delegate) in likenesses(rule, &by_name) {
            let (best, rules) = found.entry(delegate.clone()).or_insert((likeness, Vec::new()));
            if likeness < *best {
                (*best, *rules) = (likeness, Vec::new());
            }
            // Several that were called so are a riddle, of which the first is as good an answer as any.
            if likeness == *best && (likeness != Likeness::Former || rules.is_empty()) {
                rules.push(rule);
            }
        }
    }
    found.into_iter().map(|(delegate, (_, rules))| (delegate, rules)).collect()
}

/// The names by which a rule may be meant.
fn likenesses<'n>(
    rule: &VirtualService,
    by_name: &HashMap<&str, HashMap<Option<&str>, &'n DelegateName>>,
) -> Vec<(Likeness, &'n DelegateName)> {
    let mut found = Vec::new();
    let own = rule.object.namespace().written();
    if let Some(same_name) = by_name.get(rule.object.name()) {
        found.extend(same_name.get(&own).map(|delegate| (Likeness::Same, *delegate)));
        match own {
            None => found.extend(same_name.values().map(|delegate| (Likeness::Open, *delegate))),
            Some(_) => found.extend(same_name.get(&None).map(|delegate| (Likeness::Open, *delegate))),
        }
    }
    let previous = &rule.previous;
    if !previous.names.is_empty() || !previous.namespaces.is_empty() {
        let namespaces = || std::iter::once(own).chain(previous.namespaces.iter().map(|name| Some(name.as_str())));
        for name in std::iter::once(rule.object.name()).chain(previous.names.iter().map(String::as_str)) {
            let Some(same_name) = by_name.get(name) else { continue };
            // kustomize says `default` of what had no namespace.
            let all = namespaces().chain([None]).filter_map(|namespace| same_name.get(&namespace));
            found.extend(all.map(|delegate| (Likeness::Former, *delegate)));
        }
    }
    // The surest of each: of equal ones, a rule counts once.
    let mut once = HashSet::new();
    found.retain(|(_, delegate)| once.insert(std::ptr::from_ref(*delegate)));
    found
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
