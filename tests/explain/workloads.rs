//! What has Pods: `explain` knows the kinds that `render` knows, and says where a label is not in any manifest.

use overrides::explain::Outcome;
use overrides::facts::WORKLOAD_KINDS;

use crate::asking::{ask, config, remarks, rule};
use crate::support::given::{Document, Given, Workload, given, pod, service, version, workload};

/// Two versions of `reviews` as objects of this kind.
fn two(api_version: &'static str, kind: &'static str) -> Given {
    let each = |value: &str| workload(api_version, kind, &format!("reviews-{value}")).of("reviews").version(value);
    given(service("reviews")).and(each("v1")).and(each("v2"))
}

#[test]
fn whatever_kind_render_knows_explain_knows() {
    for (api_version, kind) in [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("apps.kruise.io/v1beta1", "StatefulSet"),
        ("apps.kruise.io/v1alpha1", "DaemonSet"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("v1", "ReplicationController"),
    ] {
        let text = two(api_version, kind).run().rendered;
        assert_eq!(ask(&text).to("reviews"), "v1", "{kind}");
        assert_eq!(ask(&text).header("x-override", "reviews:v2").to("reviews"), "v2", "{kind}");
    }
}

#[test]
fn machines_have_versions_too() {
    let entry = |value: &str| {
        rule("WorkloadEntry", &format!("vm-{value}"), "", &format!("{{labels: {{app: reviews, version: {value}}}}}"))
    };
    let group = rule("WorkloadGroup", "vms", "", "{metadata: {labels: {app: reviews, version: v3}}}");
    let text = given(service("reviews")).and(entry("v1")).and(entry("v2")).and(group).run().rendered;
    for (asked, is) in [("v1", "v1"), ("v2", "v2"), ("v3", "v3")] {
        assert_eq!(ask(&text).header("x-override", &format!("reviews:{asked}")).to("reviews"), is);
    }
}

#[test]
fn the_cluster_lists_every_kind_with_pods() {
    let here: Vec<(&str, &str)> = WORKLOAD_KINDS.iter().copied().filter(|(group, _)| *group != "extensions").collect();
    assert!(here.len() >= 13);
    #[cfg(feature = "cluster")]
    for (group, kind) in here {
        let found = overrides::cluster::KINDS.iter().any(|known| (known.group, known.kind) == (group, kind));
        assert!(found, "{group} {kind}");
    }
}

/// A Rollout that runs the template of a Deployment, which is scaled to zero.
fn rollout_beside(kind: &str, replicas: u32) -> String {
    let rollout = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: reviews}}\nspec:\n  replicas: {replicas}\n  \
         workloadRef: {{apiVersion: apps/v1, kind: {kind}, name: reviews-v1}}\n"
    );
    let scaled = match kind {
        "Deployment" => version("reviews", "v1").replicas(0).document(),
        _ => version("reviews", "v1").replicas(0).document().replace("kind: Deployment", &format!("kind: {kind}")),
    };
    config(&[&service("reviews"), &scaled, &rollout])
}

#[test]
fn what_a_rollout_runs_is_not_scaled_to_zero() {
    assert_eq!(remarks(&ask(rollout_beside("Deployment", 2)).of("reviews")), [""; 0]);
    assert_eq!(remarks(&ask(rollout_beside("ReplicaSet", 2)).of("reviews")), [""; 0]);
    let idle = ask(rollout_beside("Deployment", 0)).of("reviews");
    assert!(remarks(&idle)[0].starts_with("v1 of reviews is scaled to no Pods"), "{:?}", remarks(&idle));
    let other = rollout_beside("Deployment", 2).replace("name: reviews-v1}", "name: reviews-v9}");
    assert!(remarks(&ask(other).of("reviews"))[0].contains("scaled to no Pods"));
}

#[test]
fn what_helm_runs_beside_a_release_serves_nobody() {
    let text = |hook: Workload| config(&[&service("reviews"), &version("reviews", "v1"), &hook]);
    let hook = || pod("reviews-test").of("reviews").version("v9");
    assert_eq!(ask(text(hook())).to("reviews"), "any of v1, v9");
    assert_eq!(ask(text(hook().annotation("helm.sh/hook: test"))).to("reviews"), "v1");
    let migration = version("reviews", "v8").annotation("helm.sh/hook: pre-install,pre-upgrade");
    assert_eq!(ask(text(migration)).to("reviews"), "v1");
}

// ---------------------------------------------------------------- labels that are in no manifest

/// `reviews` as objects of a kind, and a route to one subset by a label.
fn by_label(kind: &'static str, pod_label: Option<&str>, subset: &str) -> String {
    let pods = workload("apps/v1", kind, "reviews").of("reviews").version("v1");
    let pods = pod_label.map_or(pods.clone(), |label| pods.pod_label(label));
    config(&[
        &service("reviews"),
        &pods,
        &rule("DestinationRule", "r", "", &format!("{{host: reviews, subsets: [{{name: some, labels: {subset}}}]}}")),
        &rule(
            "VirtualService",
            "r",
            "",
            "{hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: some}}]}]}",
        ),
    ])
}

#[track_caller]
fn untold(text: String, label: &str, giver: &str) {
    let answer = ask(text).of("reviews");
    let Outcome::NotEvaluated { why } = &answer.outcome else { panic!("{answer:#?}") };
    assert!(why.contains(&format!("the label `{label}`, which {giver} gives to")), "{why}");
}

#[test]
fn who_has_a_label_that_istiod_gives_cannot_be_told() {
    for label in [
        "topology.istio.io/cluster",
        "topology.istio.io/network",
        "topology.istio.io/subzone",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ] {
        untold(by_label("Deployment", None, &format!("{{{label}: a}}")), label, "istiod");
    }
    let own = |label: &str, subset: &str| by_label("Deployment", Some(label), subset);
    untold(
        own("topology.istio.io/cluster: a", "{topology.istio.io/cluster: a}"),
        "topology.istio.io/cluster",
        "istiod",
    );
    let network = own("topology.istio.io/network: a", "{topology.istio.io/network: a}");
    assert_eq!(ask(network).to("reviews"), "v1", "the Pod's own network counts");
}

#[test]
fn who_has_a_label_that_injection_or_a_controller_gives_cannot_be_told() {
    for label in [
        "service.istio.io/canonical-name",
        "service.istio.io/canonical-revision",
        "security.istio.io/tlsMode",
        "istio.io/rev",
    ] {
        let subset = format!("{{{label}: istio}}");
        untold(by_label("Deployment", None, &subset), label, "the injection of sidecars");
        assert_eq!(ask(by_label("Deployment", Some(&format!("{label}: istio")), &subset)).to("reviews"), "v1");
        assert_eq!(ask(by_label("Deployment", Some(&format!("{label}: x")), &subset)).to("reviews"), "nobody (503)");
    }
    for (kind, label) in [
        ("StatefulSet", "statefulset.kubernetes.io/pod-name"),
        ("StatefulSet", "apps.kubernetes.io/pod-index"),
        ("StatefulSet", "controller-revision-hash"),
        ("DaemonSet", "controller-revision-hash"),
        ("Deployment", "pod-template-hash"),
        ("Deployment", "rollouts-pod-template-hash"),
    ] {
        untold(by_label(kind, None, &format!("{{{label}: '0'}}")), label, "a controller");
    }
    let other = by_label("Deployment", None, "{apps.kubernetes.io/pod-index: '0'}");
    assert_eq!(ask(other).to("reviews"), "nobody (503)", "Deployments have no numbers");
}

#[test]
fn labels_of_a_rollouts_revisions_come_and_go() {
    let rollout = |strategy: &str| {
        let rollout = workload("argoproj.io/v1alpha1", "Rollout", "reviews").of("reviews").version("v1").spec(strategy);
        config(&[&by_label("Deployment", None, "{role: canary}").replace("app: reviews\n", "app: other\n"), &rollout])
    };
    let canary =
        "strategy: {canary: {canaryMetadata: {labels: {role: canary}}, stableMetadata: {labels: {role: stable}}}}";
    untold(rollout(canary), "role", "a controller");
    untold(rollout("strategy: {blueGreen: {previewMetadata: {labels: {role: preview}}}}"), "role", "a controller");
    assert_eq!(ask(rollout("strategy: {canary: {}}")).to("reviews"), "nobody (503)");
}

#[test]
fn what_the_rest_of_the_labels_rules_out_is_told() {
    let other = by_label("Deployment", None, "{version: v2, topology.istio.io/cluster: a}");
    assert_eq!(ask(other).to("reviews"), "nobody (503)");
    let pods = pod("reviews-0").of("reviews").version("v1").pod_label("controller-revision-hash: abc");
    let live = config(&[&by_label("StatefulSet", None, "{controller-revision-hash: abc}"), &pods]);
    assert_eq!(ask(live).to("reviews"), "v1", "a Pod that has it is enough, where the others are the same version");
}

#[test]
fn a_service_may_select_by_such_a_label_as_well() {
    let one = service("db-0").selector("{app: db, statefulset.kubernetes.io/pod-name: db-0}");
    let set = workload("apps/v1", "StatefulSet", "db").of("db").version("v1");
    let answer = ask(config(&[&one, &set])).of("db-0");
    let Outcome::NotEvaluated { why } = &answer.outcome else { panic!("{answer:#?}") };
    assert!(why.contains("`statefulset.kubernetes.io/pod-name`, which a controller gives to Pods"), "{why}");
    let zone = service("db-0").selector("{app: db, topology.istio.io/cluster: a}");
    assert_eq!(ask(config(&[&zone, &set])).to("db-0"), "nobody (503)", "selectors do not see what istiod adds");
}
