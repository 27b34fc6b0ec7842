//! Rules of users, which are edited.

use crate::parts::client::values;
use crate::parts::cluster::cluster;
use crate::parts::objects::two_versions;

/// A user's VirtualService in a namespace, whose one route leads to these hosts.
pub fn virtual_service(namespace: &str, name: &str, host: &str, targets: &[&str]) -> String {
    let routes = targets.iter().enumerate().map(|(number, target)| {
        format!("  - match: [{{uri: {{prefix: /{number}}}}}]\n    route: [{{destination: {{host: {target}}}}}]\n")
    });
    format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec:\n  hosts: [{host}]\n  http:\n{}---\n",
        routes.collect::<String>()
    )
}

fn destination_rule(namespace: &str, host: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: mine, namespace: {namespace}}}\n\
         spec: {{host: {host}, trafficPolicy: {{loadBalancer: {{simple: RANDOM}}}}}}\n---\n"
    )
}

#[test]
fn rules_of_users_are_printed_with_what_is_merged_and_can_be_applied() {
    let cluster = cluster();
    cluster.namespace("merged");
    cluster.apply(&two_versions("merged", "reviews"));
    cluster
        .apply(&(virtual_service("merged", "mine", "reviews", &["reviews"]) + &destination_rule("merged", "reviews")));
    let printed = cluster.generated("merged");
    let kinds: Vec<_> = values(&printed).iter().map(|object| object["kind"].clone()).collect();
    assert_eq!(kinds, ["DestinationRule", "VirtualService"]);
    assert!(printed.contains("simple: RANDOM") && printed.contains("prefix: /0"), "{printed}");
    cluster.apply(&printed);
    let kept = cluster.get("networking.istio.io/v1", "VirtualService", "merged", "mine").expect("it is there");
    assert_eq!(kept["spec"], values(&printed)[1]["spec"]);
    let again = cluster.generate_as("admin", "merged", &[]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""), "nothing is left to do: {}", again.stderr);
}

#[test]
fn a_rule_of_another_namespace_about_this_one_is_edited() {
    let cluster = cluster();
    for namespace in ["owner", "gates"] {
        cluster.namespace(namespace);
    }
    cluster.apply(&two_versions("owner", "reviews"));
    let host = "reviews.owner.svc.cluster.local";
    cluster.apply(
        &virtual_service("gates", "edge", "shop.example.com", &[host])
            .replace("  http:", "  gateways: [istio-system/edge]\n  http:"),
    );
    let printed = cluster.generated("owner");
    assert!(printed.contains("name: edge\n  namespace: gates\n"), "{printed}");
}

#[test]
fn what_was_merged_for_other_namespaces_stays() {
    let cluster = cluster();
    for namespace in ["mine", "theirs", "nobodys"] {
        cluster.namespace(namespace);
    }
    cluster.apply(&(two_versions("mine", "reviews") + &two_versions("theirs", "ratings")));
    let (mine, theirs) = ("reviews.mine.svc.cluster.local", "ratings.theirs.svc.cluster.local");
    let gateway = |name: &str, targets: &[&str]| {
        virtual_service("mine", name, &format!("{name}.example.com"), targets)
            .replace("  http:", "  gateways: [istio-system/edge]\n  http:")
    };
    cluster.apply(
        &(gateway("both", &[mine, theirs])
            + &gateway("other", &[theirs]).replace("namespace: mine", "namespace: nobodys")),
    );
    let first = cluster.generated("mine");
    assert!(first.contains("name: both\n") && !first.contains("name: other\n"), "{first}");
    assert!(!first.contains("namespace: theirs"), "{first}");
    cluster.apply(&first);
    cluster.apply(&cluster.generated("theirs"));
    for namespace in ["mine", "theirs"] {
        let printed = cluster.generated(namespace);
        assert!(!printed.contains("example.com"), "nothing is left to be merged: {printed}");
    }
    let both = cluster.get("networking.istio.io/v1", "VirtualService", "mine", "both").expect("it is there");
    let both = both["spec"].to_string();
    assert!(both.contains("reviews(\\\\.mine)"), "{both}");
    assert!(both.contains("ratings(\\\\.theirs)"), "{both}");
}
