//! Labels that Pods get from others than their template.

use super::workload::WorkloadKind;

/// Who gives a label to Pods, or to the endpoints that istiod makes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelGiver {
    /// istiod, to the endpoint alone, over whatever the Pod says. Subsets see such a label, selectors of Services do
    /// not.
    Istiod,
    /// istiod, to the endpoint alone, where the Pod does not say it.
    IstiodIfAbsent,
    /// The injection of sidecars, to the Pod, where its template does not say it.
    Injection,
    /// A controller or the scheduler, to the Pod, over whatever its template says.
    Controller,
}

/// The labels by which controllers tell the Pods apart that they make, and the ReplicaSets: Kubernetes' own and Argo's.
pub const POD_HASHES: [&str; 3] = ["pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash"];

/// Who gives the label `key` to Pods of this kind. The value is known only where the Pods run.
///
/// istiod: `pilot/pkg/serviceregistry/util/label/label.go`, `AugmentLabels`. Injection: the `labels` in
/// `manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`; templates of other revisions give
/// `istio.io/rev` too, which is an annotation by now. Controllers: Kubernetes' "Well-Known Labels, Annotations and
/// Taints", and the documentation of Argo Rollouts, `OpenKruise` and OpenShift.
#[must_use]
pub fn given_label(kind: WorkloadKind, key: &str) -> Option<LabelGiver> {
    // A machine is on no node, and nobody injects anything into it.
    let is_machine = matches!(kind, WorkloadKind::WorkloadEntry | WorkloadKind::WorkloadGroup);
    match key {
        "kubernetes.io/hostname" if is_machine => None,
        "topology.istio.io/cluster"
        | "topology.kubernetes.io/region"
        | "topology.kubernetes.io/zone"
        | "topology.istio.io/subzone"
        | "kubernetes.io/hostname" => Some(LabelGiver::Istiod),
        "topology.istio.io/network" => Some(LabelGiver::IstiodIfAbsent),
        "security.istio.io/tlsMode"
        | "networking.istio.io/tunnel"
        | "service.istio.io/canonical-name"
        | "service.istio.io/canonical-revision"
        | "istio.io/rev" => (!is_machine).then_some(LabelGiver::Injection),
        _ => given_by_controller(kind, key).then_some(LabelGiver::Controller),
    }
}

fn given_by_controller(kind: WorkloadKind, key: &str) -> bool {
    use WorkloadKind as Kind;
    match key {
        // A Rollout may run the Pods of a Deployment or a ReplicaSet.
        "pod-template-hash" => matches!(kind, Kind::Deployment | Kind::ArgoRollout),
        "rollouts-pod-template-hash" => matches!(kind, Kind::ArgoRollout | Kind::Deployment | Kind::ReplicaSet),
        "controller-revision-hash" => matches!(kind, Kind::StatefulSet | Kind::DaemonSet | Kind::Kruise),
        "pod-template-generation" => matches!(kind, Kind::DaemonSet | Kind::Kruise),
        "statefulset.kubernetes.io/pod-name" | "apps.kubernetes.io/pod-index" => {
            matches!(kind, Kind::StatefulSet | Kind::Kruise)
        }
        "apps.kruise.io/cloneset-instance-id" | "lifecycle.apps.kruise.io/state" => kind == Kind::Kruise,
        "deployment" | "deploymentconfig" => kind == Kind::DeploymentConfig,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelGiver, WorkloadKind, given_label};

    #[test]
    fn a_controller_gives_labels_to_its_own_pods_only() {
        let index = "apps.kubernetes.io/pod-index";
        assert_eq!(given_label(WorkloadKind::StatefulSet, index), Some(LabelGiver::Controller));
        assert_eq!(given_label(WorkloadKind::Deployment, index), None);
        assert_eq!(given_label(WorkloadKind::Pod, "topology.istio.io/cluster"), Some(LabelGiver::Istiod));
        assert_eq!(given_label(WorkloadKind::Pod, "version"), None);
    }
}
