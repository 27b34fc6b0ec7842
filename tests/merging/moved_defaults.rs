//! Defaults that move in rules of the user's that an earlier run merged into.

use super::*;

/// A Service in these versions, with a rule of the user's.
fn with(versions: &[&str], rule: &str) -> Given {
    let given = Given::default().and(service("reviews").namespace("shop"));
    versions.iter().fold(given, |given, name| given.and(version("reviews", name).namespace("shop"))).and(rule)
}

/// What one run leaves, in other versions.
fn later(earlier: &Outcome, versions: &[&str]) -> Given {
    let documents = earlier.rendered.split("---\n").filter(|text| !text.contains("kind: Deployment\n"));
    let given = documents.fold(Given::default(), Given::and);
    versions.iter().fold(given, |given, name| given.and(version("reviews", name).namespace("shop")))
}

/// Rules in which the default is filled in, or that get the list of routes whole.
fn rules() -> Vec<String> {
    let of_its_own = |spec| rule_in("VirtualService", "shop", "reviews", spec);
    let tcp = "  hosts: [reviews.shop.svc.cluster.local]\n  tcp:\n  - match: [{port: 9000}]\n    route: [{destination: \
               {host: reviews.shop.svc.cluster.local, port: {number: 9000}}}]\n";
    vec![
        of_its_own("  hosts: [reviews]\n  http:\n  - route: [{destination: {host: reviews}}]\n"),
        of_its_own(
            "  hosts: [reviews]\n  http:\n  - match: [{uri: {prefix: /a}}]\n    route: [{destination: {host: \
             reviews}}]\n  - route: [{destination: {host: reviews}, weight: 10}, {destination: {host: other}, weight: \
             90}]\n    mirror: {host: reviews}\n",
        ),
        of_its_own("  hosts: [reviews]\n"),
        rule_in("VirtualService", "platform", "tcp", tcp),
        // At gateways, beside a generated rule for the mesh.
        of_its_own(
            "  hosts: [shop.example.com]\n  gateways: [public]\n  http:\n  - route: [{destination: {host: \
             reviews}}]\n",
        ),
    ]
}

fn moves(found: &Outcome) -> Vec<&overrides::finding::Finding> {
    let in_users = |place: &overrides::finding::Place| {
        place.object.as_ref().is_some_and(|object| !object.name.ends_with("-overrides"))
    };
    let moved = found.findings.iter().filter(|finding| finding.code == Code::DefaultMoved);
    moved.filter(|finding| in_users(&finding.place)).collect()
}

#[test]
fn a_default_that_moves_within_a_rule_of_the_users_is_warned_about_in_both_directions() {
    for rule in rules() {
        for (before, after, sentence) in [
            (&["v1", "v2"][..], &["v2"][..], "from `v1` to `v2`"),
            (&["v2"], &["v1", "v2"], "from `v2` to `v1`"),
            (&["v1", "v2"], &["v3"], "from `v1` to `v3`"),
        ] {
            let earlier = with(before, &rule).run();
            let found = later(&earlier, after).run();
            let [finding] = moves(&found)[..] else { panic!("{before:?} {after:?} {rule} {:#?}", found.findings) };
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.message.contains(sentence) && finding.message.contains("reviews"), "{}", finding.message);
        }
    }
}

#[test]
fn a_default_that_moves_because_somebody_said_so_or_does_not_move_is_not_warned_about() {
    for rule in rules() {
        let earlier = with(&["v1", "v2"], &rule).run();
        let entry = "services: [{name: reviews, defaultVersion: v2}]";
        assert!(moves(&later(&earlier, &["v2"]).policy(entry).run()).is_empty(), "{rule}");
        let marked = version("reviews", "v3").namespace("shop").annotation("overrides.dev/default: 'true'");
        assert!(moves(&later(&earlier, &["v1", "v2"]).and(marked).run()).is_empty(), "{rule}");
        assert!(moves(&later(&earlier, &["v1", "v2", "v3"]).run()).is_empty(), "{rule}");
        assert!(moves(&later(&earlier, &["v1"]).run()).is_empty(), "{rule}");
        assert!(moves(&later(&earlier, &["v2"]).policy("existing: skip").run()).is_empty(), "{rule}");
        assert!(moves(&with(&["v2"], &rule).run()).is_empty(), "nothing was there to move: {rule}");
    }
}

#[test]
fn a_rule_for_two_services_tells_of_the_one_whose_default_moves() {
    let spec = "  hosts: [shop.example.com]\n  gateways: [public]\n  http:\n  - match: [{uri: {prefix: /r}}]\n    route: \
                [{destination: {host: ratings}}]\n  - route: [{destination: {host: reviews}}]\n";
    let earlier = shop().and(rule("VirtualService", "edge", spec)).run();
    let left = earlier.rendered.split("---\n").filter(|text| !text.contains("name: ratings-v1\n"));
    let found = left.fold(Given::default(), Given::and).run();
    let [finding] = moves(&found)[..] else { panic!("{:#?}", found.findings) };
    assert!(finding.message.contains("ratings") && !finding.message.contains("reviews"), "{}", finding.message);
    // Its route is behind the clone of an earlier run.
    assert_eq!(finding.place.field.as_deref(), Some("spec.http[1].route[0].destination.subset"));
}
