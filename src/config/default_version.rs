//! The default version of all Services.

use serde::Deserialize;

use super::words::Version;

/// The default version of every Service that has it, and whether somebody said so: a version that was stated does not
/// give way to another one without a word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(from = "Version")]
pub enum DefaultVersion {
    /// Nobody stated one, so it is `v1`.
    #[default]
    BuiltIn,
    /// The user stated it.
    Stated(Version),
}

impl DefaultVersion {
    /// The version.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.stated().unwrap_or("v1")
    }

    /// The version, where somebody stated it.
    #[must_use]
    pub fn stated(&self) -> Option<&str> {
        match self {
            Self::BuiltIn => None,
            Self::Stated(version) => Some(version.as_str()),
        }
    }
}

impl From<Version> for DefaultVersion {
    fn from(version: Version) -> Self {
        Self::Stated(version)
    }
}
