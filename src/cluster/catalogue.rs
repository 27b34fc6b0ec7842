//! Which of the kinds that matter a cluster has, and in which versions.

use std::sync::LazyLock;

use futures::future::try_join_all;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use kube::Client;
use kube::core::{ApiResource, GroupVersionKind};

use super::error::ClusterError;
use crate::config;
use crate::facts::WORKLOAD_KINDS;
use crate::inventory::{LAUNCHPAD_GROUP, LAUNCHPAD_KIND};
use crate::istio;

/// A kind that is read, by API group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KnownKind {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Where its objects matter: rules may be about Services of any namespace.
    pub everywhere: bool,
}

impl KnownKind {
    /// A kind of Istio's rules.
    pub(super) const fn of_istio(kind: &'static str) -> Self {
        everywhere(istio::GROUP, kind)
    }
}

const fn here(group: &'static str, kind: &'static str) -> KnownKind {
    KnownKind { group, kind, everywhere: false }
}

const fn everywhere(group: &'static str, kind: &'static str) -> KnownKind {
    KnownKind { group, kind, everywhere: true }
}

/// The kinds that the inventory reads, Pods last: a version that a Deployment and its Pods have is first said by the
/// Deployment, which findings then name.
pub static KINDS: LazyLock<Vec<KnownKind>> = LazyLock::new(|| {
    let (pods, controllers): (Vec<_>, Vec<_>) = WORKLOAD_KINDS
        .iter()
        .filter(|(group, _)| *group != NO_LONGER_SERVED)
        .map(|(group, kind)| here(group, kind))
        .partition(|known| known.kind == "Pod");
    [vec![here("", "Service")], controllers, OTHERS.to_vec(), pods].concat()
});

/// The group of what is in `apps` since Kubernetes 1.16. Manifests may still say it.
const NO_LONGER_SERVED: &str = "extensions";

/// What is neither a Service nor a workload.
const OTHERS: [KnownKind; 11] = [
    everywhere(istio::GROUP, "DestinationRule"),
    everywhere(istio::GROUP, "VirtualService"),
    everywhere(istio::GROUP, "Gateway"),
    everywhere("gateway.networking.k8s.io", "HTTPRoute"),
    everywhere("gateway.networking.k8s.io", "GRPCRoute"),
    everywhere("gateway.networking.k8s.io", "TCPRoute"),
    everywhere("gateway.networking.k8s.io", "TLSRoute"),
    here("flagger.app", "Canary"),
    here("serving.knative.dev", "Service"),
    here(LAUNCHPAD_GROUP, LAUNCHPAD_KIND),
    here(config::API_GROUP, config::KIND),
];

/// Kinds without which nothing can be generated that the cluster would take.
const ISTIO_KINDS: [&str; 2] = ["DestinationRule", "VirtualService"];

/// A kind as a cluster serves it.
#[derive(Debug, Clone)]
pub struct ListedKind {
    /// The kind.
    pub known: KnownKind,
    /// Its name in URLs, and its version.
    pub resource: ApiResource,
}

/// The kinds that matter and that a cluster has.
#[derive(Debug, Clone)]
pub struct Catalogue(Vec<ListedKind>);

impl Catalogue {
    /// Asks the API server, whose answer everybody may read, once per group that matters.
    ///
    /// # Errors
    /// [`ClusterError`] when the server cannot be asked.
    pub async fn read(client: &Client) -> Result<Self, ClusterError> {
        let groups = client.list_api_groups().await.map_err(|error| ClusterError::asking("the API groups", error))?;
        let wanted = groups.groups.into_iter().filter(|group| KINDS.iter().any(|kind| kind.group == group.name));
        let versions = wanted.filter_map(|group| {
            let preferred = group.preferred_version.or_else(|| group.versions.into_iter().next())?;
            Some((group.name, preferred))
        });
        let ask = |(group, version): (String, _)| async move {
            let found = client.list_api_group_resources(&version_name(&version)).await;
            found.map(|found| (group, found))
        };
        let (core, others) =
            futures::future::try_join(client.list_core_api_resources("v1"), try_join_all(versions.map(ask)))
                .await
                .map_err(|error| ClusterError::asking("the kinds of the API", error))?;
        let lists: Vec<(String, APIResourceList)> = std::iter::once((String::new(), core)).chain(others).collect();
        let found = KINDS.iter().filter_map(|known| lists.iter().find_map(|(group, list)| served(*known, group, list)));
        Ok(Self(found.collect()))
    }

    /// The kinds, in the order of [`KINDS`].
    pub fn kinds(&self) -> impl Iterator<Item = &ListedKind> {
        self.0.iter()
    }

    /// The kind of this name, where the cluster has it.
    #[must_use]
    pub fn kind(&self, group: &str, kind: &str) -> Option<&ListedKind> {
        self.0.iter().find(|listed| listed.known.group == group && listed.known.kind == kind)
    }

    /// Whether there is an Istio to write rules for.
    ///
    /// # Errors
    /// [`ClusterError::NoIstio`] where a kind is missing that is written.
    pub fn require_istio(&self) -> Result<(), ClusterError> {
        match ISTIO_KINDS.iter().find(|kind| self.kind(istio::GROUP, kind).is_none()) {
            Some(missing) => Err(ClusterError::NoIstio { kind: missing }),
            None => Ok(()),
        }
    }
}

fn version_name(version: &k8s_openapi::apimachinery::pkg::apis::meta::v1::GroupVersionForDiscovery) -> String {
    version.group_version.clone()
}

fn served(known: KnownKind, group: &str, list: &APIResourceList) -> Option<ListedKind> {
    if known.group != group {
        return None;
    }
    let found = list.resources.iter().find(|resource| resource.kind == known.kind && !resource.name.contains('/'))?;
    let version = list.group_version.rsplit('/').next().unwrap_or_default();
    let kind = GroupVersionKind::gvk(known.group, version, known.kind);
    Some(ListedKind { known, resource: ApiResource::from_gvk_with_plural(&kind, &found.name) })
}

#[cfg(test)]
mod tests {
    use super::KINDS;
    use crate::inventory::reads;

    #[test]
    fn every_kind_that_is_listed_is_one_that_the_inventory_reads() {
        for kind in KINDS.iter().filter(|kind| kind.kind != "Overrides") {
            assert!(reads(kind.group, kind.kind), "{kind:?}");
        }
    }
}
