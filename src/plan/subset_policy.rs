//! Traffic policies of the user's subsets that requests without an override did not take, and take from now on.
//!
//! Istio lays a subset's `trafficPolicy` over that of its DestinationRule, for what takes a route to the subset only. The
//! default's subset is named by a generated route for everything, and by the user's routes that named none.

use super::default_version::Default;
use super::merge;
use super::present::Present;
use super::versions::Version;
use crate::finding::{Code, Finding};
use crate::inventory::{DestinationRule, RuleSubset, Service};
use crate::value::{Fields, Value};

/// What is said where requests without an override get the traffic policy of a subset of the user's. `fills_routes` tells
/// whether routes of the user's get the default's subset.
pub(super) fn new_to_baseline(
    service: &Service,
    versions: &[Version<'_>],
    default: &Default,
    present: &Present<'_>,
    fills_routes: bool,
) -> Option<Finding> {
    let generates_default = present.virtual_service.is_none_or(merge::is_without_http);
    if !generates_default && !fills_routes {
        return None;
    }
    let of_shares = default.shares.iter().map(|(position, _)| *position);
    let own = default.shares.is_empty().then_some(default.position);
    let named = || of_shares.clone().chain(own).filter_map(|position| versions.get(position));
    let takes_policy = |rule: &DestinationRule, subset: &RuleSubset| {
        let is_named = named().any(|version| version.subset == subset.name);
        is_named && subset.traffic_policy.as_ref().is_some_and(|policy| says_more(policy, rule))
    };
    let rules = present.destination_rules.iter().chain(&present.others).copied();
    let mut subsets = rules.flat_map(|rule| merge::own_subsets(rule).map(move |subset| (rule, subset)));
    let (rule, subset) = subsets.find(|(rule, subset)| takes_policy(rule, subset))?;
    let message = format!(
        "requests without an override go to the subset `{}` of {} now, so they take its `trafficPolicy`, which holds for no \
         route that names no subset",
        subset.name, rule.object.reference
    );
    let cure =
        "Say the policy for the whole rule if it is for all requests, or remove it from this subset if it is not";
    let finding = Finding::new(Code::SubsetPolicy, service.object.place(), message, cure);
    Some(finding.with_related(rule.object.place().field("spec.subsets"), "The subset is here"))
}

/// Whether a subset's policy changes anything about its rule's.
fn says_more(policy: &Value, rule: &DestinationRule) -> bool {
    let is_empty = policy.as_object().is_some_and(Fields::is_empty);
    !is_empty && rule.traffic_policy.as_ref().map(Value::of).as_ref() != Some(policy)
}
