//! The guard: what becomes of a request that asks for a version that does not exist.
//!
//! Without one it takes the default, and whoever misspelt a version tests the wrong one without knowing. The guard's
//! rule stands behind those of all versions, the default's own among them, so a request that also names a version that
//! exists gets that one; and before the default route.

use super::carrier::{self, HeaderMatch};
use super::versions::Version;
use crate::config::{Policy, UnknownVersion};
use crate::finding::Finding;
use crate::inventory::Service;

/// The guard of one Service.
#[derive(Debug)]
pub(super) struct Guard {
    /// Any of these finds a request that names the Service, with whatever version.
    pub(super) matches: Vec<HeaderMatch>,
    /// The response header that tells the caller.
    pub(super) header: String,
    /// What happens to the request.
    pub(super) verdict: Verdict,
}

/// What happens to a request for a version that does not exist.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It takes the default, and its response is marked.
    Mark,
    /// It is answered 404 with this text.
    Reject { text: String },
}

impl Guard {
    /// The guard that the policy asks for, if it asks for one.
    pub(super) fn of(
        service: &Service,
        policy: &Policy,
        versions: &[Version<'_>],
    ) -> Result<Option<Self>, Box<Finding>> {
        let verdict = match policy.unknown_version {
            UnknownVersion::Default => return Ok(None),
            UnknownVersion::Mark => Verdict::Mark,
            UnknownVersion::Reject => {
                let list = versions.iter().map(|version| version.value).collect::<Vec<_>>().join(", ");
                let name = service.name();
                let text = format!("The Service {name} has no version such as this request asks for; it has {list}.\n");
                Verdict::Reject { text }
            }
        };
        let header = format!("{}-unknown", policy.header.as_str());
        Ok(Some(Self { matches: carrier::any_version(service, policy)?, header, verdict }))
    }
}
