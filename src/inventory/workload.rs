//! Workloads: what has Pods.

use serde::Deserialize;
use smol_str::SmolStr;

use super::by_key::ByKey;
use super::object::{LabelValue, Labels, Namespace, Object};
use super::service::Service;
use crate::istio::GROUP;
use crate::krm::{Item, ReadError, Wanted};

/// A kind with a Pod template, or a Pod. Jobs and `CronJobs` serve nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadKind {
    /// `apps/Deployment`.
    Deployment,
    /// `apps/StatefulSet`.
    StatefulSet,
    /// `apps/DaemonSet`.
    DaemonSet,
    /// `apps/ReplicaSet`.
    ReplicaSet,
    /// Core `ReplicationController`.
    ReplicationController,
    /// Core `Pod`.
    Pod,
    /// Argo's `Rollout`.
    ArgoRollout,
    /// `OpenKruise`'s `CloneSet`, `StatefulSet` and `DaemonSet`.
    Kruise,
    /// OpenShift's `DeploymentConfig`.
    DeploymentConfig,
    /// Istio's `WorkloadEntry`: a machine, which Services select by its labels as they do Pods.
    WorkloadEntry,
    /// Istio's `WorkloadGroup`: a template for machines.
    WorkloadGroup,
}

impl WorkloadKind {
    /// The kind that an API group and kind name, if it is one.
    #[must_use]
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("apps" | "extensions", "Deployment") => Some(Self::Deployment),
            ("apps" | "extensions", "DaemonSet") => Some(Self::DaemonSet),
            ("apps" | "extensions", "ReplicaSet") => Some(Self::ReplicaSet),
            ("apps", "StatefulSet") => Some(Self::StatefulSet),
            ("", "ReplicationController") => Some(Self::ReplicationController),
            ("", "Pod") => Some(Self::Pod),
            ("argoproj.io", "Rollout") => Some(Self::ArgoRollout),
            ("apps.kruise.io", "CloneSet" | "StatefulSet" | "DaemonSet") => Some(Self::Kruise),
            ("apps.openshift.io", "DeploymentConfig") => Some(Self::DeploymentConfig),
            (GROUP, "WorkloadEntry") => Some(Self::WorkloadEntry),
            (GROUP, "WorkloadGroup") => Some(Self::WorkloadGroup),
            _ => None,
        }
    }

    /// What is read of an object of this kind.
    pub(super) fn wanted(self) -> Wanted {
        match self {
            Self::Pod => Wanted::Metadata,
            Self::WorkloadEntry | Self::WorkloadGroup => Wanted::Everything,
            _ => Wanted::AllBut(&["spec", "template", "spec"]),
        }
    }
}

/// What happens when a workload's Pod template changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rollout {
    /// Its controller replaces the Pods by itself.
    ByItself,
    /// The Pods stay as they are until somebody deletes them.
    ByHand,
}

/// Anything with a Pod template, or a Pod.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its identity.
    pub object: Object,
    /// Its kind.
    pub kind: WorkloadKind,
    /// The labels of its Pods: the template's, never the object's own; a Pod's own.
    pub labels: Labels,
    /// Whether it is scaled to no Pods at all.
    pub scaled_to_zero: bool,
    /// What a changed template leads to.
    pub rollout: Rollout,
    /// The Deployment whose template it runs in that Deployment's stead.
    pub stands_for: Option<SmolStr>,
}

/// Where the Pod labels are: of a Pod its own, of a machine what it is registered with, else the template's.
const POD_LABELS: [&str; 2] = ["metadata", "labels"];
const ENTRY_LABELS: [&str; 2] = ["spec", "labels"];
const GROUP_LABELS: [&str; 3] = ["spec", "metadata", "labels"];
const TEMPLATE_LABELS: [&str; 4] = ["spec", "template", "metadata", "labels"];

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPod {
    metadata: Option<RawMetadata>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMetadata {
    labels: Option<ByKey<LabelValue>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawController<'t> {
    #[serde(borrow)]
    spec: Option<RawSpec<'t>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawSpec<'t> {
    replicas: Option<u32>,
    template: Option<RawPod>,
    #[serde(borrow)]
    update_strategy: Option<RawStrategy<'t>>,
    workload_ref: Option<RawReference>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawReference {
    kind: Option<SmolStr>,
    name: Option<SmolStr>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMachines {
    spec: Option<RawMachinesSpec>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMachinesSpec {
    /// Of a `WorkloadEntry`.
    labels: Option<ByKey<LabelValue>>,
    /// Of a `WorkloadGroup`.
    metadata: Option<RawMetadata>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawStrategy<'t> {
    #[serde(rename = "type")]
    strategy: Option<&'t str>,
}

impl Workload {
    pub(super) fn read(item: Item<'_>, object: Object, kind: WorkloadKind) -> Result<Self, ReadError> {
        let by_hand = |labels| Self {
            object: object.clone(),
            kind,
            labels,
            scaled_to_zero: false,
            rollout: Rollout::ByHand,
            stands_for: None,
        };
        match kind {
            WorkloadKind::Pod => return Ok(by_hand(item.node.read::<RawPod>()?.labels())),
            WorkloadKind::WorkloadEntry | WorkloadKind::WorkloadGroup => {
                let spec = item.node.read::<RawMachines>()?.spec;
                let labels = spec.and_then(|spec| spec.labels.or_else(|| spec.metadata?.labels));
                return Ok(by_hand(labels.unwrap_or_default().0));
            }
            _ => {}
        }
        let controller: RawController<'_> = item.node.read()?;
        let spec = controller.spec;
        let strategy = spec.as_ref().and_then(|spec| spec.update_strategy.as_ref()?.strategy);
        let rollout = match kind {
            WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController => Rollout::ByHand,
            _ if strategy == Some("OnDelete") => Rollout::ByHand,
            _ => Rollout::ByItself,
        };
        let scaled_to_zero = spec.as_ref().is_some_and(|spec| spec.replicas == Some(0));
        let reference = spec.as_ref().and_then(|spec| spec.workload_ref.as_ref());
        let deployment = reference.filter(|reference| reference.kind.as_deref() == Some("Deployment"));
        let stands_for = deployment.and_then(|reference| reference.name.clone());
        let labels = spec.and_then(|spec| spec.template).map(RawPod::labels).unwrap_or_default();
        Ok(Self { object, kind, labels, scaled_to_zero, rollout, stands_for })
    }

    /// The path of the Pod labels within the object.
    #[must_use]
    pub fn labels_path(&self) -> &'static [&'static str] {
        match self.kind {
            WorkloadKind::Pod => &POD_LABELS,
            WorkloadKind::WorkloadEntry => &ENTRY_LABELS,
            WorkloadKind::WorkloadGroup => &GROUP_LABELS,
            _ => &TEMPLATE_LABELS,
        }
    }

    /// Whether a Service selects this workload: same namespace, and all of the selector's labels on the Pods. An
    /// empty selector selects nothing.
    #[must_use]
    pub fn is_selected_by(&self, service: &Service) -> bool {
        let same_namespace = self.namespace() == service.namespace();
        let has = |(key, value): (&SmolStr, &SmolStr)| self.labels.get(key).and_then(LabelValue::text) == Some(value);
        same_namespace && !service.selector.is_empty() && service.selector.iter().all(has)
    }

    fn namespace(&self) -> Namespace<'_> {
        self.object.namespace()
    }
}

impl RawPod {
    fn labels(self) -> Labels {
        self.metadata.and_then(|metadata| metadata.labels).unwrap_or_default().0
    }
}
