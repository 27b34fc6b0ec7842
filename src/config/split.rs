//! A weighted default.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// What the weights of a split add up to.
pub const SPLIT_TOTAL: u64 = 100;

/// How requests without an override are spread over versions, in percent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
pub struct Split(BTreeMap<String, u32>);

impl Split {
    /// Every version with its weight; they add up to 100. A weight may be 0.
    pub fn weights(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(version, weight)| (version.as_str(), *weight))
    }
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let weights: BTreeMap<String, u32> = BTreeMap::deserialize(deserializer)?;
        let sum: u64 = weights.values().map(|weight| u64::from(*weight)).sum();
        if sum != SPLIT_TOTAL {
            return Err(serde::de::Error::custom(format!(
                "the weights add up to {sum}, and must add up to {SPLIT_TOTAL}"
            )));
        }
        Ok(Self(weights))
    }
}
