//! The guard: what becomes of a request that asks for a version that does not exist.
//!
//! Without one it takes the default, and whoever misspelt a version tests the wrong one without knowing. The guard's
//! rule stands behind those of all versions, the default's own among them, so a request that also names a version that
//! exists gets that one; and before the default route.

use std::collections::BTreeMap;

use smol_str::format_smolstr;

use super::carrier;
use super::route_table::{Action, Rule};
use super::versions::Version;
use crate::config::{Policy, UnknownVersion};
use crate::finding::Finding;
use crate::inventory::Service;
use crate::istio::{DirectResponse, HeaderOperations, HttpBody};

/// The status of the answer to a request that is rejected.
const NOT_FOUND: u16 = 404;

/// The guard's rule, where the policy asks for one. It matches requests that name the Service, with whatever version,
/// and tells the caller in a response header named after the policy's own.
pub(super) fn rule(service: &Service, policy: &Policy, versions: &[Version<'_>]) -> Result<Option<Rule>, Box<Finding>> {
    let name = service.name();
    let headers = || {
        let set = BTreeMap::from([(format_smolstr!("{}-unknown", policy.header.as_str()), name.into())]);
        HeaderOperations { set }
    };
    let action = match policy.unknown_version {
        UnknownVersion::Default => return Ok(None),
        UnknownVersion::Mark => Action::Mark(headers()),
        UnknownVersion::Reject => {
            let list = versions.iter().map(|version| version.value).collect::<Vec<_>>().join(", ");
            let string = format!("The Service {name} has no version such as this request asks for; it has {list}.\n");
            Action::Answer(DirectResponse { status: NOT_FOUND, body: HttpBody { string } }, headers())
        }
    };
    Ok(Some(Rule { name: format!("unknown-{name}"), matches: carrier::any_version(service, policy)?, action }))
}
