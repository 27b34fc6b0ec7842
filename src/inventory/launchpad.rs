//! launchpad's `Workload`: a weighted default that names the Pods of each version as well.
//!
//! Two schemas were published, one with `subset: {name, labels}` and one with `subsetName` and `subsetLabels`. Both are
//! read, and as in Go what is empty is absent.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use smol_str::{SmolStr, StrExt as _};

use super::object::Object;
use crate::finding::Place;
use crate::krm::{Item, ReadError};

/// The API group of launchpad's kinds.
pub const GROUP: &str = "labs.ishankhare.dev";
/// The kind.
pub const KIND: &str = "Workload";
/// The largest weight, in percent.
const LARGEST_WEIGHT: u64 = 100;

/// A `Workload` of launchpad's: how requests without an override are spread over the versions of a Service, and what
/// these are.
#[derive(Debug, Clone)]
pub struct LaunchpadWorkload {
    /// Its identity.
    pub object: Object,
    /// What it calls the Service, in lower case as all names of Services are.
    pub host: Option<SmolStr>,
    /// The versions.
    pub targets: Vec<LaunchpadTarget>,
}

/// A version, as a `Workload` describes it. Its own name is for people, and not read.
#[derive(Debug, Clone)]
pub struct LaunchpadTarget {
    /// The namespace of its Pods.
    pub namespace: Option<SmolStr>,
    /// What it calls the Service, in lower case.
    pub hosts: Vec<SmolStr>,
    /// What it calls the Service once more.
    pub destination_host: Option<SmolStr>,
    /// What requests ask for it by.
    pub subset_name: EitherField<SmolStr>,
    /// The labels of its Pods.
    pub subset_labels: EitherField<BTreeMap<SmolStr, SmolStr>>,
    /// Its part of the requests without an override, in percent.
    pub weight: u32,
}

/// A field that stands at one of two places.
#[derive(Debug, Clone)]
pub struct EitherField<T> {
    /// Where the article has it.
    pub nested: Option<T>,
    /// Where the repository has it.
    pub flat: Option<T>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawWorkload {
    spec: Option<RawSpec>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a mapping")]
struct RawSpec {
    host: Option<SmolStr>,
    targets: Option<Vec<RawTarget>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawTarget {
    namespace: Option<SmolStr>,
    traffic_split: Option<RawTrafficSplit>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawTrafficSplit {
    hosts: Option<Vec<SmolStr>>,
    destination_host: Option<SmolStr>,
    subset: Option<RawSubset>,
    subset_name: Option<SmolStr>,
    subset_labels: Option<BTreeMap<SmolStr, SmolStr>>,
    weight: Option<Weight>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a mapping")]
struct RawSubset {
    name: Option<SmolStr>,
    labels: Option<BTreeMap<SmolStr, SmolStr>>,
}

/// A part of a hundred.
struct Weight(u32);

impl LaunchpadWorkload {
    /// Whether an API group and kind are its own.
    pub(super) fn is(group: &str, kind: &str) -> bool {
        group == GROUP && kind == KIND
    }

    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let spec = item.node.read::<RawWorkload>()?.spec.unwrap_or_default();
        Ok(Self {
            object,
            host: named(spec.host).map(|host| host.to_ascii_lowercase_smolstr()),
            targets: spec.targets.unwrap_or_default().into_iter().map(LaunchpadTarget::from).collect(),
        })
    }

    /// The field that names the Service, as the place of a finding.
    #[must_use]
    pub fn host_place(&self) -> Place {
        self.object.place().field("spec.host")
    }
}

impl From<RawTarget> for LaunchpadTarget {
    fn from(raw: RawTarget) -> Self {
        let split = raw.traffic_split.unwrap_or_default();
        let subset = split.subset.unwrap_or_default();
        let filled = |labels: Option<BTreeMap<SmolStr, SmolStr>>| labels.filter(|labels| !labels.is_empty());
        Self {
            namespace: named(raw.namespace),
            hosts: split.hosts.unwrap_or_default().iter().map(|host| host.to_ascii_lowercase_smolstr()).collect(),
            destination_host: named(split.destination_host).map(|host| host.to_ascii_lowercase_smolstr()),
            subset_name: EitherField { nested: named(subset.name), flat: named(split.subset_name) },
            subset_labels: EitherField { nested: filled(subset.labels), flat: filled(split.subset_labels) },
            weight: split.weight.map_or(0, |weight| weight.0),
        }
    }
}

fn named(text: Option<SmolStr>) -> Option<SmolStr> {
    text.filter(|text| !text.is_empty())
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Percent;
        impl Visitor<'_> for Percent {
            type Value = Weight;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {LARGEST_WEIGHT}")
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Weight, E> {
                let weight = u32::try_from(value).ok().filter(|_| value <= LARGEST_WEIGHT);
                weight.map(Weight).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
        }
        deserializer.deserialize_u32(Percent)
    }
}
