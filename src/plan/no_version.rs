//! Subsets of the user's that are not one version: without labels, or with labels that Pods of several versions have.
//!
//! What takes a route to one spreads over these versions, whatever the generated rules say. And such a subset may have a
//! traffic policy that none of the versions' subsets has, such as TLS that Pods without a sidecar do without.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::versions::Version;
use crate::facts::given_label;
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{RuleSubset, Service};

/// The user's subsets of one Service that are not one version each.
pub(super) struct NoVersions<'a> {
    found: BTreeMap<&'a str, (&'a RuleSubset, Vec<&'a str>)>,
}

impl<'a> NoVersions<'a> {
    /// Those of these subsets that name no version, with the versions whose Pods they may select.
    pub(super) fn of(subsets: &[&'a RuleSubset], versions: &[Version<'a>]) -> Self {
        let says_version = |subset: &RuleSubset| {
            let keys = versions.iter().flat_map(|version| version.labels.iter().map(|(key, _)| key));
            keys.into_iter().any(|key| subset.labels.contains_key(key))
        };
        let is_versions = |subset: &RuleSubset| versions.iter().any(|version| version.subset == subset.name);
        let others = subsets.iter().filter(|subset| !is_versions(subset) && !says_version(subset));
        let selected = |subset: &RuleSubset| {
            let all = versions.iter().filter(|version| may_select(subset, version));
            all.map(|version| version.value).collect::<Vec<_>>()
        };
        let found = others.map(|subset| (subset.name.as_str(), (*subset, selected(subset))));
        Self { found: found.collect() }
    }

    /// What is to be said of routes to them, of all routes that name a subset, each with its place.
    pub(super) fn spreading<'r>(
        &self,
        service: &Service,
        routes: impl Iterator<Item = (Place, &'r str)>,
    ) -> Vec<Finding> {
        if self.found.is_empty() {
            return Vec::new();
        }
        routes.filter_map(|(place, name)| self.spreads(service, place, name)).collect()
    }

    /// What takes a route to one of them spreads.
    fn spreads(&self, service: &Service, place: Place, name: &str) -> Option<Finding> {
        let (subset, selected) = self.found.get(name)?;
        let labels = if subset.labels.is_empty() { "has no labels" } else { "names no version" };
        let (severity, what) = match selected.as_slice() {
            [] => {
                let what = "selects no workload of the input, so what takes the route is answered 503 unless others have \
                            its labels";
                (Severity::Info, what.to_owned())
            }
            [_] => return None,
            several => {
                let names = several.iter().map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", ");
                (Severity::Warning, format!("{labels}, so what takes the route spreads over {names}"))
            }
        };
        let message = format!("this route leads to the subset `{name}` of {}, which {what}", service.object.reference);
        let cure = "Name the default version's subset in the route, or give this subset the default version's label";
        Some(Finding::new(Code::RouteWithoutSubset, place, message, cure).with_severity(severity))
    }

    /// The names of those with a traffic policy that requests would lose which go to a version instead.
    pub(super) fn with_policy(&self, users: &[&RuleSubset], versions: &[Version<'_>]) -> Vec<SmolStr> {
        let policy_of = |version: &Version<'_>| {
            let own = users.iter().find(|subset| subset.name == version.subset);
            own.and_then(|subset| subset.traffic_policy.as_ref())
        };
        let is_lost = |subset: &RuleSubset| {
            let policy = subset.traffic_policy.as_ref();
            policy.is_some() && versions.iter().any(|version| policy_of(version) != policy)
        };
        let lost = self.found.values().filter(|(subset, _)| is_lost(subset));
        lost.map(|(subset, _)| subset.name.clone()).collect()
    }
}

/// Whether a subset may select Pods of a version, as far as Pod templates tell.
fn may_select(subset: &RuleSubset, version: &Version<'_>) -> bool {
    version.workloads().any(|workload| {
        subset.labels.iter().all(|(key, value)| match workload.labels.get(key) {
            Some(label) => label.text() == Some(value),
            None => given_label(workload.kind, key).is_some(),
        })
    })
}
