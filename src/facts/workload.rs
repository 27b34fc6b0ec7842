//! What has Pods: the kinds, where the labels of their Pods are, and when there are no Pods.

use std::collections::BTreeSet;

use serde::Deserialize;
use smol_str::SmolStr;

use crate::istio::GROUP;
use crate::krm::{Item, NodeRef, ReadError};

/// A kind with a Pod template, or a Pod. Jobs and `CronJobs` serve nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// The list of kinds, once, as a list and as a quick question.
macro_rules! workload_kinds {
    ($(($group:tt, $kind:literal) => $variant:ident,)*) => {
        /// The kinds with Pods by API group and kind, Pods last: a version that a Deployment and its Pods have is first
        /// said by the Deployment.
        pub const WORKLOAD_KINDS: &[(&str, &str)] = &[$(($group, $kind),)*];

        impl WorkloadKind {
            /// The kind that an API group and kind name, if it is one.
            #[must_use]
            pub fn of(group: &str, kind: &str) -> Option<Self> {
                match (group, kind) {
                    $(($group, $kind) => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

workload_kinds! {
    ("apps", "Deployment") => Deployment,
    ("apps", "StatefulSet") => StatefulSet,
    ("apps", "DaemonSet") => DaemonSet,
    ("apps", "ReplicaSet") => ReplicaSet,
    ("extensions", "Deployment") => Deployment,
    ("extensions", "DaemonSet") => DaemonSet,
    ("extensions", "ReplicaSet") => ReplicaSet,
    ("", "ReplicationController") => ReplicationController,
    ("argoproj.io", "Rollout") => ArgoRollout,
    ("apps.kruise.io", "CloneSet") => Kruise,
    ("apps.kruise.io", "StatefulSet") => Kruise,
    ("apps.kruise.io", "DaemonSet") => Kruise,
    ("apps.openshift.io", "DeploymentConfig") => DeploymentConfig,
    (GROUP, "WorkloadEntry") => WorkloadEntry,
    (GROUP, "WorkloadGroup") => WorkloadGroup,
    ("", "Pod") => Pod,
}

/// The annotation of what Helm runs at some moment of a release.
const HELM_HOOK: &str = "helm.sh/hook";

/// Whether a workload serves nobody, whatever its labels are: what Helm runs beside a release, tests above all, is
/// gone when its moment is over.
#[must_use]
pub fn serves_nobody(workload: Item<'_>) -> bool {
    workload.annotation(HELM_HOOK).is_some()
}

/// What an object says of its Pods. `L` is how the reader keeps labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodFacts<L> {
    /// The labels of its Pods: the template's, never the object's own; a Pod's own; those of a machine.
    pub labels: L,
    /// Whether it is scaled to no Pods at all. Where it is a Deployment, ask [`StandIns`] too.
    pub scaled_to_zero: bool,
    /// Whether Pods are replaced only when somebody deletes them (`updateStrategy.type: OnDelete`).
    pub replaces_on_delete: bool,
    /// Whose template it runs, where that is not its own.
    pub template_of: Option<TemplateOf>,
    /// Labels that its controller gives to some of its Pods at some time, whatever their template says.
    pub labels_at_times: Vec<SmolStr>,
}

/// The object whose Pod template an Argo Rollout runs (`spec.workloadRef`), in its own namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateOf {
    /// The kind of the object.
    pub kind: WorkloadKind,
    /// Its name.
    pub name: SmolStr,
}

/// The objects whose Pods are run by a Rollout in their stead. Argo Rollouts scales such a Deployment to zero
/// (`workloadRef.scaleDown`), and its Pods are there all the same.
#[derive(Debug, Clone, Default)]
pub struct StandIns(BTreeSet<(String, TemplateOf)>);

impl StandIns {
    /// Notes what an object of this namespace runs. One that is scaled to zero itself runs nothing.
    pub fn note<L>(&mut self, namespace: &str, facts: &PodFacts<L>) {
        let template = facts.template_of.as_ref().filter(|_| !facts.scaled_to_zero);
        self.0.extend(template.map(|template| (namespace.to_owned(), template.clone())));
    }

    /// Whether another object runs the Pods of this one.
    #[must_use]
    pub fn run(&self, namespace: &str, kind: WorkloadKind, name: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&(namespace.to_owned(), TemplateOf { kind, name: name.into() }))
    }
}

/// Where the Pod labels are: of a Pod its own, of a machine what it is registered with, else the template's.
const POD_LABELS: [&str; 2] = ["metadata", "labels"];
const ENTRY_LABELS: [&str; 2] = ["spec", "labels"];
const GROUP_LABELS: [&str; 3] = ["spec", "metadata", "labels"];
const TEMPLATE_LABELS: [&str; 4] = ["spec", "template", "metadata", "labels"];

/// Where the annotations of its Pods are, beside the object's own.
const GROUP_ANNOTATIONS: [&str; 3] = ["spec", "metadata", "annotations"];
const TEMPLATE_ANNOTATIONS: [&str; 4] = ["spec", "template", "metadata", "annotations"];

impl WorkloadKind {
    /// The path of the Pod annotations within an object of this kind; none where they are the object's own, or where
    /// there are none.
    #[must_use]
    pub fn pod_annotations_path(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Pod | Self::WorkloadEntry => None,
            Self::WorkloadGroup => Some(&GROUP_ANNOTATIONS),
            _ => Some(&TEMPLATE_ANNOTATIONS),
        }
    }

    /// The path of the Pod labels within an object of this kind.
    #[must_use]
    pub fn labels_path(self) -> &'static [&'static str] {
        match self {
            Self::Pod => &POD_LABELS,
            Self::WorkloadEntry => &ENTRY_LABELS,
            Self::WorkloadGroup => &GROUP_LABELS,
            _ => &TEMPLATE_LABELS,
        }
    }

    /// Reads what an object of this kind says of its Pods.
    ///
    /// # Errors
    /// [`ReadError`] for a field of another type than its API has.
    pub fn read<'t, L: Deserialize<'t> + Default>(self, object: NodeRef<'t>) -> Result<PodFacts<L>, ReadError> {
        match self {
            Self::Pod => Ok(PodFacts { labels: object.read::<RawPod<L>>()?.labels(), ..PodFacts::default() }),
            Self::WorkloadEntry | Self::WorkloadGroup => {
                let spec = object.read::<RawMachines<L>>()?.spec;
                let labels = spec.and_then(|spec| spec.labels.or_else(|| spec.metadata?.labels));
                Ok(PodFacts { labels: labels.unwrap_or_default(), ..PodFacts::default() })
            }
            Self::ArgoRollout => {
                let facts = Self::of_controller(object)?;
                Ok(PodFacts { labels_at_times: labels_of_revisions(object), ..facts })
            }
            _ => Self::of_controller(object),
        }
    }

    fn of_controller<'t, L: Deserialize<'t> + Default>(object: NodeRef<'t>) -> Result<PodFacts<L>, ReadError> {
        Ok(object.read::<RawController<'_, L>>()?.spec.map(RawSpec::facts).unwrap_or_default())
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPod<L> {
    metadata: Option<RawMetadata<L>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMetadata<L> {
    labels: Option<L>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawController<'t, L> {
    #[serde(borrow)]
    spec: Option<RawSpec<'t, L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawSpec<'t, L> {
    replicas: Option<u32>,
    template: Option<RawPod<L>>,
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
struct RawMachines<L> {
    spec: Option<RawMachinesSpec<L>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMachinesSpec<L> {
    /// Of a `WorkloadEntry`.
    labels: Option<L>,
    /// Of a `WorkloadGroup`.
    metadata: Option<RawMetadata<L>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawStrategy<'t> {
    #[serde(rename = "type")]
    strategy: Option<&'t str>,
}

impl<L: Default> RawPod<L> {
    fn labels(self) -> L {
        self.metadata.and_then(|metadata| metadata.labels).unwrap_or_default()
    }
}

impl<L: Default> RawSpec<'_, L> {
    fn facts(self) -> PodFacts<L> {
        PodFacts {
            scaled_to_zero: self.replicas == Some(0),
            replaces_on_delete: self.update_strategy.is_some_and(|strategy| strategy.strategy == Some("OnDelete")),
            template_of: self.workload_ref.and_then(RawReference::template),
            labels: self.template.map(RawPod::labels).unwrap_or_default(),
            labels_at_times: Vec::new(),
        }
    }
}

/// Where a Rollout has the labels of its old and its new revision, which their Pods keep until one of them is gone.
const REVISIONS: [[&str; 2]; 4] = [
    ["canary", "canaryMetadata"],
    ["canary", "stableMetadata"],
    ["blueGreen", "previewMetadata"],
    ["blueGreen", "activeMetadata"],
];

fn labels_of_revisions(rollout: NodeRef<'_>) -> Vec<SmolStr> {
    let labels = REVISIONS
        .iter()
        .filter_map(|[strategy, metadata]| rollout.at(&["spec", "strategy", strategy, metadata, "labels"]));
    labels.flat_map(NodeRef::entries).filter_map(|(key, _)| key.as_text()).map(SmolStr::from).collect()
}

impl RawReference {
    /// A `PodTemplate`, the third kind that Argo Rollouts takes, makes no Pods without a Rollout.
    fn template(self) -> Option<TemplateOf> {
        let kind = match self.kind.as_deref()? {
            "Deployment" => WorkloadKind::Deployment,
            "ReplicaSet" => WorkloadKind::ReplicaSet,
            _ => return None,
        };
        Some(TemplateOf { kind, name: self.name? })
    }
}
