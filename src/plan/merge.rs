//! Merging: what is generated for a Service goes into the rules that the user has for it already.
//!
//! Every route that reaches a Service with overrides, at sidecars or gateways, is cloned for each version directly in
//! front of itself; DestinationRules of the host get the subsets that they lack. The user's own routes keep their
//! bytes and their order. What was added is written down in an annotation of the rule, so that the next run replaces
//! exactly that, and a run that wants nothing any more takes exactly that out.

mod clones;
mod destinations;
mod moved;
mod neighbours;
mod own_routes;
mod routes;
mod subsets;

use std::ops::Range;

use foldhash::{HashMap, HashSet, HashSetExt};
use smol_str::StrExt as _;

use super::carrier;
use super::delegates::{DelegateName, Delegates};
use super::edge::Edge;
use super::identity::{Key, Standing, meant};
use super::route_table::RouteTable;
use super::size;
use crate::finding::{Code, Finding};
use crate::inventory::{
    Added, AddedField, AddedRoute, DestinationRule, Inventory, Namespace, Object, RouteTarget, Service, VirtualService,
};
use crate::istio::Subset;
use crate::value::Value;
use clones::Obstacle;
use neighbours::Neighbours;

pub(super) use routes::MergedRoutes;
pub use routes::SubsetChange;
pub(super) use subsets::own_subsets;

/// What is to be changed in a rule of the user's.
#[derive(Debug, Clone)]
pub struct RuleEdit {
    /// The list within `spec` that is changed: `subsets` or `http`.
    pub list: &'static str,
    /// Entries that go, by position.
    pub removed: Vec<usize>,
    /// Entries that come in front of others: the position of those, and where they are in the outcome.
    pub inserted: Vec<(usize, Range<usize>)>,
    /// Entries that come behind all others.
    pub appended: Vec<Value>,
    /// Subsets of destinations that change.
    pub subsets: Vec<SubsetChange>,
    /// Whether the list was not there before anything was added, so that it comes and goes whole.
    pub is_whole_list_ours: bool,
    /// What the list is to say afterwards, where all of it is known.
    pub outcome: Option<Vec<Value>>,
    /// The note for the next run.
    pub note: Added,
}

/// The tables of the Services that get overrides, by everything that rules may call those.
pub(super) struct Tables<'t>(HashMap<Key<'t>, &'t RouteTable<'t>>);

impl<'t> Tables<'t> {
    pub(super) fn new(tables: impl IntoIterator<Item = (&'t [Key<'t>], &'t RouteTable<'t>)>) -> Self {
        let by_key = tables.into_iter().flat_map(|(keys, table)| keys.iter().map(move |key| (*key, table)));
        Self(by_key.collect())
    }

    fn of(&self, host: &str, rule: Namespace<'_>) -> Option<&'t RouteTable<'t>> {
        let host = host.to_ascii_lowercase_smolstr();
        // A host that nobody is going to rename leads nowhere, and no subset changes that. One that kustomize may rename finds
        // the subsets only where they are defined for that name too.
        let is_alive = |key: &Key<'_>, table: &RouteTable<'_>| match Standing::of(table.service(), key, &host, rule) {
            Standing::Present => true,
            Standing::Former => table.host() == host,
            Standing::Dead => false,
        };
        meant(&host, rule).find_map(|key| self.0.get(&key).copied().filter(|table| is_alive(&key, table)))
    }
}

/// Whether the note of an earlier run fits the rule as it is.
pub(super) fn note_fits(rule: &VirtualService) -> bool {
    let Some(added) = &rule.added else { return false };
    let Some(routes) = &rule.http else { return true };
    if added.fields.contains(&AddedField::Http) {
        let names = routes.iter().map(|route| route.get("name").and_then(Value::as_str));
        return names.eq(added.routes.iter().map(|route| Some(route.name.as_str())));
    }
    // Without its note, what an earlier run added would be taken for the user's own, and cloned. So would what was forgotten
    // of it alone, and the next run, which finds no note any more, would not know what it is.
    let looks_added = |route: &Value| {
        let name = route.get("name").and_then(Value::as_str).unwrap_or_default();
        name.starts_with("override-") && route.get("match").is_some_and(|m| m.to_string().contains(carrier::FRAME))
    };
    let found = own_routes::own_routes(routes, added);
    found.is_some_and(|found| !found.own.iter().any(|(_, route)| looks_added(route)))
}

/// Who wrote a destination of a user's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The user.
    Own,
    /// The user, and an earlier run named the subset.
    Filled,
    /// An earlier run.
    Added,
}

/// Tells who wrote the destinations of a rule.
pub(super) fn added_to(rule: &VirtualService) -> impl Fn(&RouteTarget) -> Origin {
    let added = rule.added.clone().unwrap_or_default();
    let all_ours = added.fields.contains(&AddedField::Http);
    let found = own_routes::own_routes(rule.http.as_deref().unwrap_or_default(), &added);
    let fits = note_fits(rule);
    move |target| {
        // What will not be touched counts as the user's.
        if target.kind != "http" || !fits {
            return Origin::Own;
        }
        if all_ours {
            return Origin::Added;
        }
        let Some(found) = &found else { return Origin::Own };
        let Some(own) = found.own.iter().position(|(position, _)| *position == target.rule) else {
            return Origin::Added;
        };
        let filled = added.filled.iter().any(|filled| filled.route == own && filled.place == target.place);
        if filled { Origin::Filled } else { Origin::Own }
    }
}

/// Whether a rule of the user's has no rules for HTTP but those that an earlier run gave it.
pub(super) fn is_without_http(rule: &VirtualService) -> bool {
    rule.http.is_none() || rule.added.as_ref().is_some_and(|added| added.fields.contains(&AddedField::Http))
}

/// What was done to a rule, for its owner.
pub(super) fn told(rule: &Object, edit: &RuleEdit) -> Finding {
    let (what, cure) = match (edit.note.is_empty(), edit.list) {
        (true, _) => ("what an earlier run added to it is taken out again", "Nothing needs to be done"),
        (false, "subsets") => {
            ("it gets the subsets that it lacks", "Set `existing: skip` to leave rules of yours alone")
        }
        (false, _) => ("its routes are cloned for the versions", "Set `existing: skip` to leave rules of yours alone"),
    };
    Finding::new(Code::Merged, rule.place().field(format!("spec.{}", edit.list)), what, cure)
}

/// Whether any of the user's own routes leads to the Service, or to another VirtualService that may.
pub(super) fn may_reach(rule: &VirtualService, keys: &[Key<'_>]) -> bool {
    let namespace = rule.object.namespace();
    let leads = |host: &str| meant(host, namespace).any(|key| keys.contains(&key));
    let reaches = |route: &Value| {
        let shares = route.get("route").and_then(Value::as_array).into_iter().flatten();
        let mut hosts = shares.filter_map(|share| share.get("destination")?.get("host")?.as_str());
        route.get("delegate").is_some() || hosts.any(|host| leads(&host.to_ascii_lowercase_smolstr()))
    };
    let (routes, added) = (rule.http.as_deref().unwrap_or_default(), rule.added.clone().unwrap_or_default());
    let found = own_routes::own_routes(routes, &added);
    found.is_some_and(|found| found.own.iter().any(|(_, route)| reaches(route)))
}

/// The edits of all VirtualServices of the user's.
pub(super) fn virtual_services<'a>(
    inventory: &'a Inventory,
    tables: &Tables<'_>,
    whole: &HashMap<*const VirtualService, Vec<Value>>,
    (edge, delegates): (&'a Edge<'a>, &'a Delegates<'a>),
    is_frozen: impl Fn(&str, Namespace<'_>) -> bool,
    findings: &mut Vec<Finding>,
) -> Vec<(&'a Object, RuleEdit)> {
    let neighbours = Neighbours::of(inventory, edge, delegates);
    let frozen = |rule: &VirtualService| {
        let namespace = rule.object.namespace();
        rule.targets.iter().any(|target| is_frozen(&target.host, namespace))
    };
    let own = inventory.virtual_services.iter().filter(|rule| rule.generated_for.is_none() && !frozen(rule));
    own.filter_map(|rule| {
        let edit = match whole.get(&std::ptr::from_ref(rule)) {
            Some(routes) => whole_list(rule, routes),
            None => virtual_service(rule, tables, &neighbours, findings),
        };
        let edit = edit?;
        findings.extend(moved::findings(rule, &edit, tables));
        Some((&rule.object, edit))
    })
    .collect()
}

/// A list of routes that was not there at all comes whole, and goes whole.
fn whole_list(rule: &VirtualService, routes: &[Value]) -> Option<RuleEdit> {
    let earlier = rule.added.clone().unwrap_or_default();
    let present = rule.http.as_deref().unwrap_or_default();
    if present == routes {
        return None;
    }
    let names = routes.iter().map(|route| route.get("name").and_then(Value::as_str).unwrap_or_default().into());
    let mut fields = earlier.fields;
    // One that is noted already keeps its place: the note shall not tell how often versions came and went.
    fields.retain(|field| *field != AddedField::Http || !routes.is_empty());
    if !routes.is_empty() && !fields.contains(&AddedField::Http) {
        fields.push(AddedField::Http);
    }
    Some(RuleEdit {
        list: "http",
        removed: (0..present.len()).collect(),
        inserted: Vec::new(),
        appended: routes.to_vec(),
        subsets: Vec::new(),
        is_whole_list_ours: true,
        outcome: Some(routes.to_vec()),
        note: Added { fields, routes: names.map(|name| AddedRoute { name, before: 0 }).collect(), ..Added::default() },
    })
}

fn virtual_service(
    rule: &VirtualService,
    tables: &Tables<'_>,
    neighbours: &Neighbours<'_>,
    findings: &mut Vec<Finding>,
) -> Option<RuleEdit> {
    let routes = rule.http.as_deref()?;
    if !note_fits(rule) {
        findings.push(unfit(&rule.object));
        return None;
    }
    let earlier = rule.added.as_ref()?;
    if earlier.fields.contains(&AddedField::Http) {
        // Added by an earlier run, and nobody wants it any more.
        return whole_list(rule, &[]);
    }
    let namespace = rule.object.namespace();
    let of = |host: &str| tables.of(host, namespace);
    let around = neighbours.around(rule);
    findings.extend(routes_out_of_sight(rule, tables, neighbours.delegates));
    let hindrance = |route: &Value| around.are_captured_by(route).then_some(Obstacle::CapturesOthers);
    let merged = routes::merge(routes, earlier, &of, &neighbours.delegates.beginnings(rule), hindrance)?;
    for (position, service, obstacle) in &merged.obstacles {
        let finding = not_cloned(&rule.object, *position, service, *obstacle);
        let other = around.another().filter(|_| *obstacle == Obstacle::CapturesOthers);
        findings.push(match other {
            Some(other) => finding.with_related(other.object.place(), "Another one is here"),
            None => finding,
        });
    }
    findings.extend(size::of_merged(rule, &merged));
    if merged.is_unchanged(routes, earlier) {
        return None;
    }
    Some(RuleEdit {
        list: "http",
        removed: merged.removed,
        inserted: merged.inserted,
        appended: Vec::new(),
        subsets: merged.subsets,
        is_whole_list_ours: false,
        outcome: Some(merged.routes),
        note: merged.added,
    })
}

/// The edits of all DestinationRules of the user's; `wanted` are the subsets that each is to have.
pub(super) fn destination_rules<'a>(
    inventory: &'a Inventory,
    wanted: &HashMap<*const DestinationRule, Vec<Subset>>,
    is_frozen: impl Fn(&str, Namespace<'_>) -> bool,
) -> Vec<(&'a Object, RuleEdit)> {
    let own = inventory.destination_rules.iter().filter(|rule| rule.generated_for.is_none() && rule.added.is_some());
    own.filter(|rule| !is_frozen(&rule.host, rule.object.namespace()))
        .filter_map(|rule| {
            let nothing = Vec::new();
            let merged = subsets::merge(rule, wanted.get(&std::ptr::from_ref(rule)).unwrap_or(&nothing))?;
            let appended = merged.appended.iter().map(Value::of).collect();
            let was_ours = rule.added.as_ref().is_some_and(|added| added.fields.contains(&AddedField::Subsets));
            let edit = RuleEdit {
                list: "subsets",
                removed: merged.removed,
                inserted: Vec::new(),
                appended,
                subsets: Vec::new(),
                is_whole_list_ours: was_ours || !rule.has_subsets,
                outcome: None,
                note: merged.added,
            };
            Some((&rule.object, edit))
        })
        .collect()
}

/// A rule that is about no host of its own, at a gateway or as a delegate, and whose note is of no use.
fn unfit(rule: &Object) -> Finding {
    let message = "this rule is left as it is: it was changed since an earlier run added to it, and what was added can no longer be told";
    let cure = "Take what was added out by hand, with the annotation `overrides.dev/added`, and run this again";
    Finding::new(Code::NoteUnfit, rule.place().field("spec.http"), message, cure)
}

fn not_cloned(rule: &Object, position: usize, service: &str, obstacle: Obstacle) -> Finding {
    let (why, cure) = match obstacle {
        Obstacle::MatchesCarrier => (
            "it looks at a header that carries overrides itself",
            "Take that condition out, or write the routes for the versions by hand",
        ),
        Obstacle::SeveralPorts => ("it sends the Service's traffic to several ports", "Make a route of each port"),
        Obstacle::TooMuch => (
            "with the clones that it would get, the rule would be larger than a cluster can store",
            "Put the routes into several VirtualServices, or the versions behind several Services",
        ),
        Obstacle::PolicyOfItsOwn => (
            "it leads to a subset that is no version and has a `trafficPolicy` of its own, which the versions' subsets lack",
            "Give the versions' subsets that `trafficPolicy`, or lead the route to the default version's subset",
        ),
        Obstacle::CapturesOthers => (
            "several VirtualServices have routes for its host at the same proxies, and a clone of a route for all paths \
             would take the others' paths",
            "Give the route a `uri` match, or put the routes into one VirtualService",
        ),
    };
    left_alone(rule, position, service, why, cure)
}

/// Routes to delegates that are not in the input, for each Service that the rule is about and that has something to ask for.
fn routes_out_of_sight(rule: &VirtualService, tables: &Tables<'_>, delegates: &Delegates<'_>) -> Vec<Finding> {
    let mut absent = delegates.absent(rule).filter(|_| rule.in_mesh).peekable();
    if absent.peek().is_none() {
        return Vec::new();
    }
    let found = rule.hosts.iter().filter_map(|host| tables.of(host, rule.object.namespace()));
    let found = found.filter(|table| table.rules(true).next().is_some()).map(RouteTable::service);
    // A rule may name a Service in several ways.
    let mut seen = HashSet::new();
    let services: Vec<&Service> = found.filter(|service| seen.insert(std::ptr::from_ref(*service))).collect();
    let cure = "Add that VirtualService to the input";
    let told = absent.flat_map(|(position, DelegateName { namespace, name })| {
        let place = namespace.map(|namespace| format!(" in `{namespace}`")).unwrap_or_default();
        let why = format!("the VirtualService `{name}`{place} that it leads to is not in the input");
        services.iter().map(move |service| left_alone(&rule.object, position, service.name(), &why, cure))
    });
    told.collect()
}

fn left_alone(rule: &Object, position: usize, service: &str, why: &str, cure: &str) -> Finding {
    let message = format!("overrides of `{service}` do not act on this route: {why}");
    Finding::new(Code::NotCloned, rule.place().field(format!("spec.http[{position}]")), message, cure)
}
