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

/// How many rules with one former name are looked at for a route that says it. Overlays that give their parts a prefix each
/// leave two or three.
const MOST_FORMER: usize = 64;

/// The delegates of all rules.
#[derive(Default)]
pub(super) struct Delegates<'a> {
    /// Positions of what routes call them, in the order in which they do.
    named: HashMap<DelegateName, usize>,
    /// What clones in them must say, by that position.
    said: Vec<Vec<Value>>,
    /// The rules of the input that are most surely meant, by that position.
    meant: Vec<Vec<&'a VirtualService>>,
    /// What routes may call each rule. Those that had a name are among them though another one has it today: kustomize may
    /// have renamed the root as well, and renames the delegate in it after the function has run.
    called: HashMap<*const VirtualService, Vec<usize>>,
}

impl<'a> Delegates<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let mut found = Self::default();
        for root in &inventory.virtual_services {
            for route in root.http.iter().flatten() {
                let Some(delegate) = delegate_of(route, root.object.namespace()) else { continue };
                let new = found.said.len();
                let position = *found.named.entry(delegate).or_insert(new);
                if position == new {
                    found.said.push(Vec::new());
                }
                let Some(known) = found.said.get_mut(position) else { continue };
                for said in said_by(route) {
                    if !known.contains(&said) {
                        known.push(said);
                    }
                }
            }
        }
        if !found.named.is_empty() {
            found.find(inventory);
        }
        found
    }

    /// Finds the rules that are meant by each name.
    fn find(&mut self, inventory: &'a Inventory) {
        let mut by_name: HashMap<&str, Names<'_>> = HashMap::new();
        for (delegate, position) in &self.named {
            by_name.entry(&delegate.name).or_default().by_namespace.insert(delegate.namespace.as_deref(), *position);
        }
        let mut found: Vec<Meant<'a>> = Vec::new();
        found.resize_with(self.named.len(), Meant::default);
        let mut seen = HashSet::new();
        for rule in &inventory.virtual_services {
            // Of two that are called the same the API server keeps one.
            if !seen.insert((rule.object.namespace().written(), rule.object.name())) {
                continue;
            }
            for (likeness, position) in likenesses(rule, &mut by_name) {
                if let Some(meant) = found.get_mut(position) {
                    meant.add(rule, likeness);
                }
            }
        }
        for (position, meant) in found.iter().enumerate() {
            for rule in meant.rules.iter().chain(&meant.formers) {
                self.called.entry(std::ptr::from_ref(*rule)).or_default().push(position);
            }
        }
        let surest = |meant: Meant<'a>| if meant.rules.is_empty() { meant.formers } else { meant.rules };
        self.meant = found.into_iter().map(surest).collect();
    }

    /// The delegates of a rule that are not in the input, each with the position of the route that leads to it. Clones would
    /// have to stand in them.
    pub(super) fn absent<'r>(&'r self, rule: &'r VirtualService) -> impl Iterator<Item = (usize, DelegateName)> + 'r {
        let routes = rule.http.iter().flatten().enumerate().filter(|_| !self.named.is_empty());
        let own = rule.object.namespace();
        let delegates = routes.filter_map(move |(position, route)| Some((position, delegate_of(route, own)?)));
        delegates.filter(|(_, delegate)| self.meant_by(delegate).is_empty())
    }

    /// The rules that a route of a rule in this namespace leads to, as far as they are in the input.
    pub(super) fn led_to(&self, route: &Value, own: Namespace<'_>) -> &[&'a VirtualService] {
        delegate_of(route, own).map(|delegate| self.meant_by(&delegate)).unwrap_or_default()
    }

    fn meant_by(&self, delegate: &DelegateName) -> &[&'a VirtualService] {
        self.named.get(delegate).and_then(|position| self.meant.get(*position)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The positions of names, for [`Delegates::may_be`].
    pub(super) fn positions(&self, names: impl Iterator<Item = DelegateName>) -> HashSet<usize> {
        names.filter_map(|name| self.named.get(&name).copied()).collect()
    }

    /// Whether one of the names at these positions may mean the rule.
    pub(super) fn may_be(&self, rule: &VirtualService, positions: &HashSet<usize>) -> bool {
        let called = self.called.get(&std::ptr::from_ref(rule)).filter(|_| !positions.is_empty());
        called.is_some_and(|called| called.iter().any(|position| positions.contains(position)))
    }

    /// The conditions that a clone of a match-less route begins with. Nothing but an empty one where nobody delegates.
    pub(super) fn beginnings(&self, rule: &VirtualService) -> Vec<Value> {
        let mut said: Vec<Value> = Vec::new();
        let called = self.called.get(&std::ptr::from_ref(rule)).map(Vec::as_slice).unwrap_or_default();
        for value in called.iter().filter_map(|position| self.said.get(*position)).flatten() {
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

/// The rules that one name may mean.
#[derive(Default)]
struct Meant<'a> {
    /// Those that are called so, or where there are none those that may be.
    rules: Vec<&'a VirtualService>,
    /// Whether they are called so.
    is_same: bool,
    /// Those that were.
    formers: Vec<&'a VirtualService>,
}

impl<'a> Meant<'a> {
    fn add(&mut self, rule: &'a VirtualService, likeness: Likeness) {
        match likeness {
            Likeness::Former if self.formers.len() < MOST_FORMER => self.formers.push(rule),
            Likeness::Former => {}
            Likeness::Same => {
                // Of two that are called the same the API server keeps one, and only one comes here.
                (self.rules, self.is_same) = (vec![rule], true);
            }
            Likeness::Open if self.is_same => {}
            Likeness::Open => self.rules.push(rule),
        }
    }
}

/// What routes say of one name.
#[derive(Default)]
struct Names<'n> {
    /// The positions of its delegates, by namespace.
    by_namespace: HashMap<Option<&'n str>, usize>,
    /// How many rules without a namespace had the name.
    formers: usize,
}

/// The positions of what a rule may be called by, each once and by the surest.
fn likenesses(rule: &VirtualService, names: &mut HashMap<&str, Names<'_>>) -> Vec<(Likeness, usize)> {
    let mut found = Vec::new();
    let own = rule.object.namespace().written();
    if let Some(known) = names.get(rule.object.name()) {
        let open: Vec<usize> = match own {
            None => known.by_namespace.values().copied().collect(),
            Some(_) => known.by_namespace.get(&None).copied().into_iter().collect(),
        };
        found.extend(known.by_namespace.get(&own).map(|position| (Likeness::Same, *position)));
        found.extend(open.into_iter().map(|position| (Likeness::Open, position)));
    }
    let previous = &rule.previous;
    if !previous.names.is_empty() || !previous.namespaces.is_empty() {
        for name in std::iter::once(rule.object.name()).chain(previous.names.iter().map(String::as_str)) {
            let Some(known) = names.get_mut(name) else { continue };
            if own.is_none() && known.formers < MOST_FORMER {
                known.formers += 1;
                found.extend(known.by_namespace.values().map(|position| (Likeness::Former, *position)));
            }
            let namespaces = previous.namespaces.iter().map(|name| Some(name.as_str())).chain([own, None]);
            let all = namespaces.filter_map(|namespace| known.by_namespace.get(&namespace));
            found.extend(all.map(|position| (Likeness::Former, *position)));
        }
    }
    found.sort_unstable_by_key(|(likeness, position)| (*position, *likeness));
    found.dedup_by_key(|(_, position)| *position);
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
