//! Defaults that move within a rule of the user's, because other versions came or went.

use smol_str::StrExt as _;

use super::{RuleEdit, Tables};
use crate::finding::{Code, Finding};
use crate::inventory::VirtualService;
use crate::plan::route_table::RouteTable;
use crate::value::Value;

/// A destination whose subset an earlier run wrote, and that gets another one.
struct Move<'m> {
    table: &'m RouteTable<'m>,
    from: &'m str,
    to: &'m str,
    field: String,
}

/// What is to be said of an edit that sends requests without an override to another version than before: once for each
/// Service whose default nobody stated, as for a generated rule.
pub(super) fn findings(rule: &VirtualService, edit: &RuleEdit, tables: &Tables<'_>) -> Vec<Finding> {
    let mut moves: Vec<Move<'_>> = Vec::new();
    let all = in_destinations(rule, edit, tables).chain(in_whole_list(rule, edit, tables));
    for found in all.filter(|found| !found.table.is_default_stated()) {
        if !moves.iter().any(|known| std::ptr::eq(known.table, found.table)) {
            moves.push(found);
        }
    }
    moves.iter().map(|found| finding(rule, found)).collect()
}

/// The destinations in the user's own routes that were filled in.
fn in_destinations<'m>(
    rule: &'m VirtualService,
    edit: &'m RuleEdit,
    tables: &'m Tables<'m>,
) -> impl Iterator<Item = Move<'m>> {
    edit.subsets.iter().filter_map(|change| {
        let is_it = |target: &&crate::inventory::RouteTarget| {
            target.kind == "http" && target.rule == change.route && target.place == change.place
        };
        let target = rule.targets.iter().find(is_it)?;
        let (from, to) = (target.subset.as_deref()?, change.subset.as_deref()?);
        let table = tables.of(&target.host, rule.object.namespace())?;
        Some(Move { table, from, to, field: format!("{}.subset", target.field()) })
    })
}

/// The last route of a list that is all an earlier run's: it takes what no other route does.
fn in_whole_list<'m>(rule: &'m VirtualService, edit: &'m RuleEdit, tables: &'m Tables<'m>) -> Option<Move<'m>> {
    let routes = rule.http.as_deref().filter(|_| edit.is_whole_list_ours)?;
    let (_, from) = default_of(routes)?;
    let (host, to) = default_of(&edit.appended)?;
    let table = tables.of(&host.to_ascii_lowercase_smolstr(), rule.object.namespace())?;
    let last = routes.len().saturating_sub(1);
    let field = format!("spec.http[{last}].route[0].destination.subset");
    (from != to).then_some(Move { table, from, to, field })
}

/// The host and the subset of a list's last route.
fn default_of(routes: &[Value]) -> Option<(&str, &str)> {
    let destination = routes.last()?.get("route")?.as_array()?.first()?.get("destination")?;
    Some((destination.get("host")?.as_str()?, destination.get("subset")?.as_str()?))
}

fn finding(rule: &VirtualService, Move { table, from, to, field }: &Move<'_>) -> Finding {
    let message = format!(
        "the default of {} moves from `{from}` to `{to}` in this rule, and all requests without an override with it",
        table.service().object.reference
    );
    let help = "State the one that is meant with the annotation `overrides.dev/default-version` on the Service";
    Finding::new(Code::DefaultMoved, rule.object.place().field(field.as_str()), message, help)
}
