//! A user's list of routes with the clones in it.

use std::ops::Range;

use smol_str::SmolStr;

use super::clones::{Obstacle, Tables, clones, length, missing_subsets, size_of_clones};
use super::destinations;
use super::own_routes::{likeness, own_routes};
use crate::inventory::{Added, AddedRoute, Filled};
use crate::plan::route_table::RouteTable;
use crate::value::Value;

/// How many bytes of clones a rule gets at most. An API server stores 1.5 MB.
const LARGEST_ADDITION: usize = 8_000_000;

/// What becomes of a list of routes.
#[derive(Debug)]
pub(in crate::plan) struct MergedRoutes {
    /// The whole list as it is to be.
    pub(in crate::plan) routes: Vec<Value>,
    /// How many bytes that takes at most, about.
    pub(in crate::plan) at_most: usize,
    /// What an earlier run added and goes, by position in the list as it is.
    pub(super) removed: Vec<usize>,
    /// What is added: each group in front of the route at this position in the list as it is, and where it is in the whole.
    pub(super) inserted: Vec<(usize, Range<usize>)>,
    /// Subsets of destinations that change, by the route's position in the list as it is and the place within it.
    pub(super) subsets: Vec<SubsetChange>,
    /// What the next run has to know.
    pub(in crate::plan) added: Added,
    /// Routes that were not cloned: the route's position, the Service, and why.
    pub(super) obstacles: Vec<(usize, SmolStr, Obstacle)>,
}

/// A destination's subset that is filled in, changed, or taken out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetChange {
    /// The route's position in the list as it is.
    pub route: usize,
    /// The destination within the route, such as `route[0].destination`.
    pub place: SmolStr,
    /// The subset that it is to name; none to take it out.
    pub subset: Option<SmolStr>,
}

/// Puts clones directly in front of the routes that they were taken from, and the default's subset into destinations
/// without one. None where the note of an earlier run no longer fits the list.
pub(super) fn merge<'t>(
    routes: &[Value],
    earlier: &Added,
    tables: &impl Tables<'t>,
    beginnings: &[Value],
    hindrance: impl Fn(&Value) -> Option<Obstacle>,
) -> Option<MergedRoutes> {
    let found = own_routes(routes, earlier)?;
    let mut merged = MergedRoutes {
        routes: Vec::with_capacity(routes.len()),
        at_most: 0,
        removed: found.added,
        inserted: Vec::new(),
        subsets: Vec::new(),
        added: Added { routes: Vec::new(), filled: Vec::new(), ..earlier.clone() },
        obstacles: Vec::new(),
    };
    let mut size = 0usize;
    for (index, (position, own)) in found.own.into_iter().enumerate() {
        let mut group = Vec::new();
        for table in reached(&own, tables) {
            size = size.saturating_add(size_of_clones(&own, table, beginnings));
            let hindrance = hindrance(&own).or((size > LARGEST_ADDITION).then_some(Obstacle::TooMuch));
            let outcome = hindrance.map_or_else(|| clones(&own, table, tables, beginnings), Err);
            match outcome {
                Ok(clones) => group.extend(clones),
                Err(obstacle) => merged.obstacles.push((position, table.service().name().into(), obstacle)),
            }
        }
        merged.note_clones(index, &group);
        if !group.is_empty() {
            let first = merged.routes.len();
            merged.inserted.push((position, first..first + group.len()));
            merged.routes.extend(group);
        }
        let filled = merged.fill(index, position, own.into_owned(), tables, earlier);
        merged.routes.push(filled);
    }
    // Nothing is said of a rule that gets no clones.
    let own = if merged.inserted.is_empty() { 0 } else { routes.iter().map(length).sum::<usize>() };
    merged.at_most = own.saturating_mul(2).saturating_add(size);
    Some(merged)
}

impl MergedRoutes {
    /// Whether the list stays as it is.
    pub(super) fn is_unchanged(&self, routes: &[Value], earlier: &Added) -> bool {
        self.routes == routes && self.added == *earlier
    }

    fn note_clones(&mut self, before: usize, group: &[Value]) {
        let name = |clone: &Value| clone.get("name").and_then(Value::as_str).unwrap_or_default().into();
        self.added.routes.extend(group.iter().map(|clone| AddedRoute { name: name(clone), before }));
    }

    fn fill<'t>(
        &mut self,
        index: usize,
        position: usize,
        mut own: Value,
        tables: &impl Tables<'t>,
        earlier: &Added,
    ) -> Value {
        let mut before: Vec<&Filled> = earlier.filled.iter().filter(|filled| filled.route == index).collect();
        let like = likeness(&own);
        for (place, destination, subset) in missing_subsets(&mut own, tables) {
            let known = before.iter().position(|filled| filled.place == place).map(|known| before.swap_remove(known));
            if known.is_none_or(|known| known.subset != subset) {
                let change = SubsetChange { route: position, place: place.clone(), subset: Some(subset.clone()) };
                self.subsets.push(change);
            }
            destination.insert("subset", Value::from(subset.as_str()));
            self.added.filled.push(Filled { route: index, place, subset, like: like.clone() });
        }
        let gone = before.into_iter().map(|filled| (position, filled.place.clone()));
        self.subsets.extend(gone.map(|(route, place)| SubsetChange { route, place, subset: None }));
        own
    }
}

/// The Services that a route reaches, in the order in which it names them, each once.
fn reached<'t>(route: &Value, tables: &impl Tables<'t>) -> Vec<&'t RouteTable<'t>> {
    let mut found: Vec<&RouteTable<'_>> = Vec::new();
    for entry in route.get("route").and_then(Value::as_array).into_iter().flatten() {
        let host = entry.get("destination").and_then(Value::as_object).and_then(destinations::host);
        let table = host.and_then(|host| tables.of(host));
        found.extend(table.filter(|table| !found.iter().any(|other| std::ptr::eq(*other, *table))));
    }
    found
}
