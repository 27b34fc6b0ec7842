//! A Service that has another version than the default that is stated for all: the one that it has takes all requests
//! without an override, which may be just what is wanted, or the pull request's version in the place of the baseline's.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::default_version::Missing;
use super::objects::default_subset;
use super::versions::Version;
use crate::config::Policy;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::Service;
use crate::istio::{DestinationRuleSpec, VirtualServiceSpec};

/// What the rules of the input say about a Service's default.
#[derive(Debug, Default)]
pub(super) struct Earlier<'a> {
    /// The subset that an earlier run sent requests without an override to.
    pub(super) default: Option<&'a str>,
    /// The subsets that there are rules for, and the labels of their Pods.
    pub(super) subsets: Vec<(&'a str, &'a BTreeMap<SmolStr, SmolStr>)>,
}

impl Earlier<'_> {
    /// Whether requests without an override went to this subset already.
    fn sends_to(&self, subset: &str) -> bool {
        self.default == Some(subset)
    }

    /// Whether the rules expect the version that is missing: as the default, where they say which that is.
    fn expects(&self, missing: &Missing, policy: &Policy) -> bool {
        let Missing::Version(version) = missing else { return false };
        let has_version = |labels: &BTreeMap<SmolStr, SmolStr>| {
            policy.version_labels.iter().any(|key| labels.get(key.as_str()) == Some(version))
        };
        let mut subsets = self.subsets.iter();
        match self.default {
            Some(default) => {
                default == version || subsets.any(|(name, labels)| *name == default && has_version(labels))
            }
            None => subsets.any(|(_, labels)| has_version(labels)),
        }
    }
}

/// Whether rules send requests without an override to the default that the policy states for all Services.
#[must_use]
pub fn leads_to_stated_default(
    routes: Option<&VirtualServiceSpec>,
    subsets: Option<&DestinationRuleSpec>,
    policy: &Policy,
) -> bool {
    let subsets = subsets.into_iter().flat_map(|spec| &spec.subsets);
    let earlier = Earlier {
        default: routes.and_then(default_subset),
        subsets: subsets.map(|subset| (subset.name.as_str(), &subset.labels)).collect(),
    };
    let stated = policy.default_version.stated().map(|version| Missing::Version(version.into()));
    stated.is_some_and(|stated| earlier.expects(&stated, policy))
}

/// What is to be said of a version that is the default in the place of the one that is stated.
pub(super) fn finding(
    service: &Service,
    version: &Version<'_>,
    missing: &Missing,
    earlier: &Earlier<'_>,
    policy: &Policy,
) -> Option<Finding> {
    if earlier.sends_to(&version.subset) {
        return None;
    }
    let value = version.value;
    let (lack, add) = match missing {
        Missing::Version(stated) => (
            format!("no workload of this Service has the version `{stated}`, which the policy states as the default"),
            format!("the workloads of `{stated}`"),
        ),
        Missing::Selected => (
            "the policy's `defaultSelector` selects no workload of this Service".to_owned(),
            "the workloads that it selects".to_owned(),
        ),
    };
    let instead = format!(
        "Add {add} to the input, or, if `{value}` is meant, state it for this Service: with the \
                           annotation `overrides.dev/default-version` on it, or `overrides.dev/default: \"true\"` on the \
                           workload"
    );
    if earlier.expects(missing, policy) {
        let message = format!("{lack}, and rules in the input send requests there: `{value}` would take them all");
        let finding = Finding::new(Code::DefaultReplaced, service.object.place(), message, instead);
        return Some(finding.with_severity(Severity::Error));
    }
    let message = format!("{lack}: its only version, `{value}`, takes all requests without an override");
    Some(Finding::new(Code::DefaultReplaced, service.object.place(), message, instead))
}
