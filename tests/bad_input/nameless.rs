//! Objects without a name.

use super::*;

#[test]
fn items_without_kind_or_name_that_are_not_ours_come_back_untouched() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  metadata: {name: \
                x}\n- {}\n- metadata: {}\n- kind: Kustomization\n- kind: [a]\n  metadata: b\n- apiVersion: 1\n  kind: \
                Service2\n- metadata:\n    annotations: [a]\n- 3\n-\n- - nested\n- kind: ConfigMap\n  metadata: \
                {name: 7}\n";
    let run = overrides(&["-v"], list.as_bytes());
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), list, ""));
}

#[test]
fn a_service_workload_or_rule_without_a_name_is_named_as_such() {
    let kinds = [
        ("v1", "Service"),
        ("v1", "Pod"),
        ("v1", "ReplicationController"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("networking.istio.io/v1", "DestinationRule"),
        ("networking.istio.io/v1beta1", "VirtualService"),
    ];
    for (api_version, kind) in kinds {
        for metadata in ["{namespace: shop}", "{name: ''}", "{name: 123}", "{name: [a]}", "{name: null}", "null", "a"] {
            let document = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\n");
            objects_are_refused(&[SERVICE, &document], "OV005", &format!("{kind} without a name"), "metadata.name");
        }
    }
}
