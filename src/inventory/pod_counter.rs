//! Objects that count Pods: autoscalers and disruption budgets.

use serde::Deserialize;
use smol_str::SmolStr;

use super::object::Object;
use super::pod_selector::PodSelector;
use crate::krm::Item;

/// A kind whose objects count Pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CounterKind {
    /// `HorizontalPodAutoscaler`, and KEDA's `ScaledObject`, which makes one. It averages over the Pods that its target's
    /// selector selects (`pkg/controller/podautoscaler/horizontal.go`, `computeReplicasForMetrics`).
    Autoscaler,
    /// `PodDisruptionBudget`.
    Budget,
}

impl CounterKind {
    /// The kind that an API group and kind name, if it is one.
    pub(super) fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("autoscaling", "HorizontalPodAutoscaler") | ("keda.sh", "ScaledObject") => Some(Self::Autoscaler),
            ("policy", "PodDisruptionBudget") => Some(Self::Budget),
            _ => None,
        }
    }
}

/// An object that counts Pods.
#[derive(Debug, Clone)]
pub struct PodCounter {
    /// Its identity.
    pub object: Object,
    /// Which Pods it counts.
    pub counts: Counts,
}

/// Which Pods are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    /// Those that the selector of a workload selects.
    PodsOf {
        /// The workload's kind.
        kind: SmolStr,
        /// Its name.
        name: SmolStr,
    },
    /// Those that a selector of its own selects.
    Selected(PodSelector),
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawTarget {
    kind: Option<SmolStr>,
    name: Option<SmolStr>,
}

impl PodCounter {
    /// Reads an object. One whose Pods cannot be told is none: it says nothing about routing.
    pub(super) fn read(item: Item<'_>, object: Object, kind: CounterKind) -> Option<Self> {
        let spec = item.node.get("spec")?;
        let counts = match kind {
            CounterKind::Budget => Counts::Selected(PodSelector::read(spec.get("selector")?)?),
            CounterKind::Autoscaler => {
                let target: RawTarget = spec.get("scaleTargetRef")?.read().ok()?;
                // KEDA's default.
                let kind = target.kind.unwrap_or_else(|| "Deployment".into());
                Counts::PodsOf { kind, name: target.name? }
            }
        };
        Some(Self { object, counts })
    }
}
