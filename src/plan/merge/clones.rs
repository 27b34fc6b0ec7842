//! A user's route, once more for every version: the same route for the requests that ask for it.
//!
//! Everything that the user wrote is kept: conditions, rewrites, timeouts, retries, faults, headers, mirrors. What
//! differs is one more condition, and that the Service's share of the traffic goes to one version.

use smol_str::SmolStr;

use super::destinations;
use crate::plan::carrier::HeaderMatch;
use crate::plan::route_table::{Action, RouteTable, Rule};
use crate::value::{Fields, Value};

/// Why a route cannot be cloned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It looks at a header that carries overrides itself, and two conditions on one header cannot be combined.
    MatchesCarrier,
    /// It sends the Service's traffic to several ports.
    SeveralPorts,
    /// With the clones of the routes before it, the rule would be larger than a cluster can store.
    TooMuch,
    /// At a gateway, a clone of it would take requests that are other VirtualServices'.
    CapturesOthers,
    /// It leads to a subset whose traffic policy no version has.
    PolicyOfItsOwn,
}

/// The tables of the Services that hosts of a rule mean.
pub(super) trait Tables<'t> {
    /// The table of the Service that this host means, where it has one.
    fn of(&self, host: &str) -> Option<&'t RouteTable<'t>>;
}

impl<'t, F: Fn(&str) -> Option<&'t RouteTable<'t>>> Tables<'t> for F {
    fn of(&self, host: &str) -> Option<&'t RouteTable<'t>> {
        self(host)
    }
}

/// About how many bytes the clones of a route take, as an upper limit.
pub(super) fn size_of_clones(route: &Value, table: &RouteTable<'_>, beginnings: &[Value]) -> usize {
    // Each of a route's conditions is there once per carrier, with an expression.
    let of_one = length(route).saturating_mul(3).saturating_add(500);
    of_one.saturating_mul(table.rules(true).count()).saturating_mul(beginnings.len())
}

/// About how many bytes a value takes when it is written.
pub(super) fn length(value: &Value) -> usize {
    const MARKS: usize = 4;
    match value {
        Value::String(text) => text.len() + MARKS,
        Value::Array(entries) => entries.iter().map(|entry| length(entry) + MARKS).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + length(value) + MARKS).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 2 * MARKS,
    }
}

/// One clone of a route for every rule of a Service that the route reaches, in the order of the rules. Of a route
/// without conditions there is one for each of `beginnings`, which its condition begins with.
pub(super) fn clones<'t>(
    route: &Value,
    table: &'t RouteTable<'t>,
    tables: &impl Tables<'t>,
    beginnings: &[Value],
) -> Result<Vec<Value>, Obstacle> {
    let own = Share::of(route, |host| tables.of(host).is_some_and(|other| std::ptr::eq(other, table)));
    if own.ports.len() > 1 {
        return Err(Obstacle::SeveralPorts);
    }
    if own.subsets.iter().flatten().any(|subset| table.sets_apart(subset)) {
        return Err(Obstacle::PolicyOfItsOwn);
    }
    // A share of nothing among others stays nothing.
    if own.others && own.weight == Some(0) {
        return Ok(Vec::new());
    }
    let default = table.default_subset();
    let goes_to_default =
        |subset: &Option<SmolStr>| default.is_some() && (subset.is_none() || subset.as_ref() == default);
    let all_go_to_default = own.subsets.iter().all(goes_to_default);
    let has_matches = route.get("match").and_then(Value::as_array).is_some_and(|matches| !matches.is_empty());
    let beginnings = if has_matches { &[Value::Null] } else { beginnings };
    let rules = table.rules(all_go_to_default);
    rules.flat_map(|rule| beginnings.iter().map(|begin| clone(route, rule, &own, tables, begin))).collect()
}

fn clone<'t>(
    route: &Value,
    rule: &Rule,
    own: &Share,
    tables: &impl Tables<'t>,
    beginning: &Value,
) -> Result<Value, Obstacle> {
    // A name and a condition come to what the route says.
    let mut fields = Fields::with_capacity(route.as_object().map_or(0, Fields::len) + 2);
    let suffix = route.get("name").and_then(Value::as_str).map(|name| format!("-{name}")).unwrap_or_default();
    fields.insert("name", Value::from(format!("{}{suffix}", rule.name).as_str()));
    fields.insert("match", combined(route.get("match"), &rule.matches, beginning)?);
    let rest = route.as_object().into_iter().flat_map(Fields::shared);
    let rest = rest.filter(|(key, _)| !matches!(&**key, "name" | "match"));
    match &rule.action {
        Action::Answer(answer, headers) => {
            fields.insert("headers", [("response", Value::of(headers))].into_iter().collect());
            fields.insert("directResponse", Value::of(answer));
        }
        Action::Mark(headers) => {
            fields.append(rest);
            for (name, value) in &headers.set {
                let empty = || Value::from(Fields::default());
                let set = ["headers", "response", "set"]
                    .iter()
                    .try_fold(&mut fields, |place, key| place.get_or_insert(key, empty())?.as_object_mut());
                if let Some(set) = set {
                    set.insert(name.as_str(), Value::from(value.as_str()));
                }
            }
        }
        Action::To(subset) => {
            fields.append(rest);
            fields.insert("route", own.sent_to(route, subset));
        }
    }
    let mut clone = Value::from(fields);
    for (_, place, subset) in missing_subsets(&mut clone, tables) {
        place.insert("subset", Value::from(subset.as_str()));
    }
    Ok(clone)
}

/// The destinations of a route that reach a Service without naming a subset, and the subset of its default.
pub(super) fn missing_subsets<'r, 't>(
    route: &'r mut Value,
    tables: &impl Tables<'t>,
) -> Vec<(SmolStr, &'r mut Fields, SmolStr)> {
    let places = destinations::all(route).into_iter();
    places
        // One that is written as nothing stays as it is: it could not be brought back.
        .filter(|place| !place.destination.contains_key("subset"))
        .filter_map(|place| {
            let table = tables.of(destinations::host(place.destination)?)?;
            Some((place.path, place.destination, table.default_subset()?.clone()))
        })
        .collect()
}

/// Every one of the route's matches together with every one of the rule's. A route without any has `beginning`.
fn combined(matches: Option<&Value>, conditions: &[HeaderMatch], beginning: &Value) -> Result<Value, Obstacle> {
    let matches = match matches.and_then(Value::as_array) {
        Some(matches) if !matches.is_empty() => matches,
        _ => std::slice::from_ref(beginning),
    };
    let mut all = Vec::with_capacity(matches.len() * conditions.len());
    for existing in matches {
        for condition in conditions {
            let looks_at = |field: &str| {
                let headers = existing.get(field).and_then(Value::as_object);
                headers
                    .is_some_and(|headers| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(&condition.header)))
            };
            if looks_at("headers") || looks_at("withoutHeaders") {
                return Err(Obstacle::MatchesCarrier);
            }
            let mut both = existing.as_object().cloned().unwrap_or_default();
            let headers = both.get_or_insert("headers", Value::from(Fields::default()));
            if let Some(headers) = headers.and_then(Value::as_object_mut) {
                let regex = Value::from(condition.regex.as_str());
                headers.insert(condition.header.as_str(), [("regex", regex)].into_iter().collect());
            }
            all.push(Value::from(both));
        }
    }
    Ok(Value::from(all))
}

/// A Service's share of a route's traffic.
struct Share {
    /// Which of the route's destinations are the Service's.
    positions: Vec<usize>,
    /// Whether other Services have a share too.
    others: bool,
    /// The sum of the Service's weights, where any is written.
    weight: Option<u64>,
    /// The different ports that it is sent to.
    ports: Vec<Option<Value>>,
    /// The subsets that its destinations name.
    subsets: Vec<Option<SmolStr>>,
}

impl Share {
    fn of(route: &Value, is_own: impl Fn(&str) -> bool) -> Self {
        let mut share =
            Self { positions: Vec::new(), others: false, weight: None, ports: Vec::new(), subsets: Vec::new() };
        for (position, entry) in entries(route).iter().enumerate() {
            let destination = entry.get("destination").and_then(Value::as_object);
            if !destination.and_then(destinations::host).is_some_and(&is_own) {
                share.others = true;
                continue;
            }
            share.positions.push(position);
            share.subsets.push(destination.and_then(destinations::subset).map(SmolStr::from));
            if let Some(weight) = entry.get("weight").and_then(Value::as_u64) {
                share.weight = Some(share.weight.unwrap_or(0).saturating_add(weight));
            }
            let port = destination.and_then(|destination| destination.get("port")).cloned();
            if !share.ports.contains(&port) {
                share.ports.push(port);
            }
        }
        share
    }

    /// The route's destinations with the Service's collapsed into one, at the place of the first.
    fn sent_to(&self, route: &Value, subset: &str) -> Value {
        let entries = entries(route);
        let own = || self.positions.iter().filter_map(|position| entries.get(*position));
        let named = |wanted: Option<&str>| {
            own().find(|entry| {
                let destination = entry.get("destination").and_then(Value::as_object);
                destination.is_some_and(|destination| destinations::subset(destination) == wanted)
            })
        };
        // The headers of another version's destination are that version's own; those of one for all are everybody's.
        let kept = named(Some(subset)).or_else(|| named(None));
        let mut one = kept.or_else(|| own().next()).cloned().unwrap_or_else(|| Value::from(Fields::default()));
        if let Some(fields) = one.as_object_mut() {
            if kept.is_none() {
                fields.remove("headers");
            }
            match self.weight.filter(|_| self.others) {
                Some(weight) => fields.insert("weight", Value::from(weight)),
                None => {
                    fields.remove("weight");
                }
            }
            if let Some(destination) = fields.get_mut("destination").and_then(Value::as_object_mut) {
                destination.insert("subset", Value::from(subset));
            }
        }
        let mut all = Vec::new();
        for (position, entry) in entries.iter().enumerate() {
            match self.positions.iter().position(|own| *own == position) {
                Some(0) => all.push(one.clone()),
                Some(_) => {}
                None => all.push(entry.clone()),
            }
        }
        Value::from(all)
    }
}

fn entries(route: &Value) -> &[Value] {
    route.get("route").and_then(Value::as_array).unwrap_or_default()
}
