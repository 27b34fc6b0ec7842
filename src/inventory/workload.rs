//! Workloads: what has Pods.

use smol_str::SmolStr;

use super::by_key::ByKey;
use super::mark::{Marks, OWN_LABELS};
use super::misspelt;
use super::object::{LabelValue, Labels, Namespace, Object};
use super::pod_selector::PodSelector;
use super::service::Service;
use crate::facts::{PodFacts, StandIns, TemplateOf, WorkloadKind};
use crate::krm::{Item, ReadError, Wanted};

impl WorkloadKind {
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
    /// What users wrote on it for this tool.
    pub marks: Marks,
    /// What it takes for its Pods.
    pub selector: Option<PodSelector>,
    /// Whose Pod template it runs, where that is not its own.
    pub template_of: Option<TemplateOf>,
}

impl Workload {
    /// Reads a workload, and notes for whom it stands in.
    pub(super) fn read(
        item: Item<'_>,
        object: Object,
        kind: WorkloadKind,
        stand_ins: &mut StandIns,
    ) -> Result<Self, ReadError> {
        let facts: PodFacts<ByKey<LabelValue>> = kind.read(item.node)?;
        stand_ins.note(object.namespace().effective(), &facts);
        let rollout = match kind {
            WorkloadKind::Pod
            | WorkloadKind::WorkloadEntry
            | WorkloadKind::WorkloadGroup
            | WorkloadKind::ReplicaSet
            | WorkloadKind::ReplicationController => Rollout::ByHand,
            _ if facts.replaces_on_delete => Rollout::ByHand,
            _ => Rollout::ByItself,
        };
        Ok(Self {
            object,
            kind,
            labels: facts.labels.0,
            scaled_to_zero: facts.scaled_to_zero,
            rollout,
            marks: Marks::read(item, kind.pod_annotations_path()),
            selector: selector(item, kind),
            template_of: facts.template_of,
        })
    }

    /// The path of the Pod labels within the object.
    #[must_use]
    pub fn labels_path(&self) -> &'static [&'static str] {
        self.kind.labels_path()
    }

    /// Labels of its own and of its Pods that look like this tool's annotations: the path of each, its name, and the
    /// annotation that is meant. What both have is told once.
    pub fn misplaced(&self) -> impl Iterator<Item = (&'static [&'static str], &str, &'static str)> {
        let of_pods = self.labels.keys().filter_map(|key| Some((key.as_str(), misspelt::meant(key)?)));
        let of_pods = of_pods.map(|(key, meant)| (self.labels_path(), key, meant));
        let own = self.marks.misplaced.iter().filter(|(key, _)| self.labels.get(key.as_str()).is_none());
        of_pods.chain(own.map(|(key, meant)| (OWN_LABELS, key.as_str(), *meant)))
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

/// What a workload takes for its Pods: a label selector, of the oldest kinds a mapping of labels. Pods and machines take
/// none.
fn selector(item: Item<'_>, kind: WorkloadKind) -> Option<PodSelector> {
    let written = item.node.at(&["spec", "selector"])?;
    match kind {
        WorkloadKind::Pod | WorkloadKind::WorkloadEntry | WorkloadKind::WorkloadGroup => None,
        WorkloadKind::ReplicationController | WorkloadKind::DeploymentConfig => PodSelector::read_labels(written),
        _ => PodSelector::read(written),
    }
}
