//! Facts about the kinds of Kubernetes, Istio and other controllers, without any judgement: which kinds make Pods, where
//! the labels of those Pods are, and which labels Pods get from others.
//!
//! `inventory`, `explain` and the catalogue of the cluster share them, so that none of them knows a kind that another
//! does not. What follows from a fact each decides for itself.

mod labels;
mod workload;

pub use labels::{LabelGiver, POD_HASHES, given_label};
pub use workload::{PodFacts, StandIns, TemplateOf, WORKLOAD_KINDS, WorkloadKind, serves_nobody};
