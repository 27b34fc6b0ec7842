//! What belongs to others stays as it is, and what goes wrong with one Service harms no other.

use super::*;
use crate::parts::objects::two_versions;
use crate::parts::operator::Operator;

#[test]
fn a_users_own_objects_are_never_touched() {
    let (cluster, namespace) = (shared(), "users");
    cluster.namespace(namespace);
    let own = format!(
        "apiVersion: {ISTIO}\nkind: VirtualService\nmetadata: {{name: mine, namespace: {namespace}}}\n\
         spec: {{hosts: [reviews], http: [{{route: [{{destination: {{host: reviews}}}}]}}]}}\n---\n\
         apiVersion: {ISTIO}\nkind: VirtualService\nmetadata: {{name: details-overrides, namespace: {namespace}}}\n\
         spec: {{hosts: [other], http: [{{route: [{{destination: {{host: other}}}}]}}]}}\n"
    );
    cluster.apply(&own);
    let versions =
        |name: &str| cluster.routes(namespace, name).expect("it is there")["metadata"]["resourceVersion"].clone();
    let before = [versions("mine"), versions("details-overrides")];
    let _operator = Operator::of(cluster, namespace);
    for name in ["reviews", "details", "ratings"] {
        cluster.apply(&two_versions(namespace, name));
    }
    cluster.comes_to(namespace, "ratings", &BOTH.replace("reviews", "ratings"));
    for (service, code) in [("reviews", "OV071"), ("details", "OV076")] {
        eventually(
            &format!("{code} is told"),
            || cluster.events(namespace),
            |events| events.iter().any(|event| event.starts_with(code) && event.contains(service)),
        );
    }
    assert_eq!([versions("mine"), versions("details-overrides")], before);
    assert!(
        cluster.rule(namespace, "reviews-overrides").is_none(),
        "a Service with a rule of its user's is left alone"
    );
    assert!(cluster.rule(namespace, "details-overrides").is_none());
}

#[test]
fn what_git_delivers_stays_in_its_hands() {
    let (cluster, namespace) = (shared(), "delivered");
    cluster.namespace(namespace);
    let delivered = format!(
        "apiVersion: {ISTIO}\nkind: DestinationRule\nmetadata:\n  name: reviews-overrides\n  namespace: {namespace}\n  \
         labels: {{app.kubernetes.io/managed-by: overrides}}\n  annotations:\n    overrides.dev/generated-for: reviews\n    \
         argocd.argoproj.io/tracking-id: shop:x\nspec: {{host: reviews, subsets: [{{name: v1, labels: {{version: v1}}}}]}}\n"
    );
    cluster.apply(&delivered);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&(two_versions(namespace, "reviews") + &two_versions(namespace, "ratings")));
    cluster.comes_to(namespace, "ratings", &BOTH.replace("reviews", "ratings"));
    assert_eq!(cluster.state(namespace, "reviews"), "v1 / nothing");
    cluster.delete("v1", "Service", namespace, "reviews");
    cluster.delete("v1", "Service", namespace, "ratings");
    cluster.comes_to(namespace, "ratings", NOTHING);
    assert_eq!(cluster.state(namespace, "reviews"), "v1 / nothing");
}

#[test]
fn a_service_that_cannot_be_judged_keeps_what_it_has_and_others_go_on() {
    let (cluster, namespace) = (shared(), "invalid");
    cluster.namespace(namespace);
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    let stated = two_versions(namespace, "reviews").replacen(
        "name: reviews, ",
        "name: reviews, annotations: {overrides.dev/default-version: v9}, ",
        1,
    );
    cluster.apply(&stated);
    cluster.apply(&two_versions(namespace, "ratings"));
    cluster.comes_to(namespace, "ratings", &BOTH.replace("reviews", "ratings"));
    eventually(
        "it is told",
        || cluster.events(namespace),
        |events| events.iter().any(|event| event.starts_with("OV041")),
    );
    assert_eq!(cluster.state(namespace, "reviews"), BOTH);
}

#[test]
fn a_quota_that_refuses_is_told_and_tried_again() {
    let (cluster, namespace) = (shared(), "quota");
    cluster.namespace(namespace);
    let quota = |hard: &str| {
        format!(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: rules, namespace: {namespace}}}\n\
             spec: {{hard: {{count/virtualservices.networking.istio.io: '{hard}'}}}}\n\
             status: {{hard: {{count/virtualservices.networking.istio.io: '{hard}'}}, used: \
             {{count/virtualservices.networking.istio.io: '0'}}}}\n"
        )
    };
    cluster.apply(&quota("0"));
    let _operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    eventually(
        "the refusal is told",
        || cluster.events(namespace),
        |events| events.iter().any(|event| event.starts_with("WriteFailed") && event.contains("quota")),
    );
    cluster.apply(&quota("10"));
    cluster.comes_to(namespace, "reviews", BOTH);
}

#[test]
fn a_namespace_that_may_not_be_read_harms_no_other() {
    let (cluster, open, closed) = (shared(), "opened", "shut");
    for namespace in [open, closed] {
        cluster.namespace(namespace);
        cluster.apply(&two_versions(namespace, "reviews"));
    }
    cluster.apply(&format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: all, namespace: {open}}}\n\
         rules: [{{apiGroups: ['*'], resources: ['*'], verbs: ['*']}}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: all, namespace: {open}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: all}}\n\
         subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: neighbour}}]\n"
    ));
    let operator = Operator::start(cluster, "neighbour", open, &["--namespace", open, "--namespace", closed]);
    cluster.comes_to(open, "reviews", BOTH);
    eventually("it says what it may not do", || operator.log(), |log| log.contains("forbidden"));
    assert_eq!(cluster.state(closed, "reviews"), NOTHING);
}

#[test]
fn a_namespace_on_its_way_out_is_left_alone() {
    let (cluster, namespace) = (shared(), "leaving");
    cluster.namespace(namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    // Without a controller manager it stays on its way.
    cluster.delete("v1", "Namespace", "", namespace);
    let operator = Operator::start(cluster, "admin", "default", &["--namespace", namespace, "--lease", "leaving"]);
    let looked = || operator.metric("overrides_operator_reconciliations_total");
    eventually("it was looked at", looked, |looks| *looks > 0);
    assert_eq!(cluster.state(namespace, "reviews"), NOTHING);
    assert_eq!(operator.metric("overrides_operator_reconciliation_failures_total"), 0, "{}", operator.log());
}

#[test]
fn what_is_written_goes_with_its_service_and_nothing_holds_it_back() {
    let (cluster, namespace) = (shared(), "residue");
    cluster.namespace(namespace);
    let mut operator = Operator::of(cluster, namespace);
    cluster.apply(&two_versions(namespace, "reviews"));
    cluster.comes_to(namespace, "reviews", BOTH);
    operator.stop();
    let service = cluster.get("v1", "Service", namespace, "reviews").expect("it is there");
    assert!(service["metadata"]["finalizers"].is_null(), "the operator leaves nothing on a Service");
    let objects = [cluster.rule(namespace, "reviews-overrides"), cluster.routes(namespace, "reviews-overrides")];
    for object in objects.map(|object| object.expect("it is there")) {
        let metadata = &object["metadata"];
        assert!(metadata["finalizers"].is_null());
        assert_eq!(
            metadata["ownerReferences"][0]["uid"], service["metadata"]["uid"],
            "garbage collection takes it along"
        );
    }
}

#[test]
fn a_namespace_that_may_not_be_written_to_is_told_of_and_harms_no_other() {
    let (cluster, free, guarded) = (shared(), "free", "guarded");
    for namespace in [free, guarded] {
        cluster.namespace(namespace);
        cluster.apply(&two_versions(namespace, "reviews"));
        let verbs = if namespace == free { "['*']" } else { "[get, list, watch]" };
        cluster.apply(&format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: some, namespace: {namespace}}}\n\
             rules:\n- {{apiGroups: ['*'], resources: ['*'], verbs: {verbs}}}\n\
             - {{apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch]}}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: some, namespace: {namespace}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: some}}\n\
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: clerk}}]\n"
        ));
    }
    let _operator = Operator::start(cluster, "clerk", free, &["--namespace", free, "--namespace", guarded]);
    cluster.comes_to(free, "reviews", BOTH);
    eventually(
        "the refusal is told on the Service",
        || cluster.events(guarded),
        |events| events.iter().any(|event| event.starts_with("WriteFailed reviews") && event.contains("forbidden")),
    );
    assert_eq!(cluster.state(guarded, "reviews"), NOTHING);
}
