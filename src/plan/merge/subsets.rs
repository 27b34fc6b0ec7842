//! A user's DestinationRule with the subsets that it lacks.

use smol_str::SmolStr;

use crate::inventory::{Added, AddedField, DestinationRule, RuleSubset};
use crate::istio::Subset;

/// What becomes of a list of subsets.
#[derive(Debug)]
pub(super) struct MergedSubsets {
    /// What an earlier run added and goes, by position.
    pub(super) removed: Vec<usize>,
    /// What comes behind the user's own.
    pub(super) appended: Vec<Subset>,
    /// What the next run has to know.
    pub(super) added: Added,
}

/// The subsets of a rule that are the user's own.
pub(in crate::plan) fn own_subsets(rule: &DestinationRule) -> impl Iterator<Item = &RuleSubset> {
    let is_own = |subset: &&RuleSubset| !rule.added.as_ref().is_some_and(|added| added.subsets.contains(&subset.name));
    rule.subsets.iter().filter(is_own)
}

/// Adds those of the wanted subsets whose names the user's own do not have.
pub(super) fn merge(rule: &DestinationRule, wanted: &[Subset]) -> Option<MergedSubsets> {
    let earlier = rule.added.clone().unwrap_or_default();
    let is_missing = |subset: &&Subset| !own_subsets(rule).any(|own| own.name == subset.name);
    let appended: Vec<Subset> = wanted.iter().filter(is_missing).cloned().collect();
    let is_added =
        |(position, subset): (usize, &RuleSubset)| earlier.subsets.contains(&subset.name).then_some(position);
    let removed: Vec<usize> = rule.subsets.iter().enumerate().filter_map(is_added).collect();
    let present = removed.iter().filter_map(|position| rule.subsets.get(*position));
    let unchanged = present.map(|s| (&s.name, &s.labels)).eq(appended.iter().map(|s| (&s.name, &s.labels)));
    let names: Vec<SmolStr> = appended.iter().map(|subset| subset.name.clone()).collect();
    if unchanged && names == earlier.subsets {
        return None;
    }
    let mut fields = earlier.fields;
    fields.retain(|field| *field != AddedField::Subsets || !names.is_empty());
    if !rule.has_subsets && !names.is_empty() {
        fields.push(AddedField::Subsets);
    }
    Some(MergedSubsets { removed, appended, added: Added { subsets: names, fields, ..Added::default() } })
}
