//! Clones of the user's routes.

use super::*;

const CANARY: &str = "  hosts:
  - reviews
  http:
  # The beta testers.
  - match:
    - headers: {end-user: {exact: jason}}
      uri: {prefix: /api} # only there
    rewrite: {uri: /}
    timeout: 3s
    route:
    - destination:
        host: reviews
        subset: v2

  # Everybody else.
  - name: main
    retries: {attempts: 3}
    route:
    - destination: {host: reviews, subset: v1}
      weight: 90
    - destination: {host: ratings}
      weight: 10
    mirror:
      host: ratings
# The end.
";

#[test]
fn every_route_is_cloned_in_front_of_itself_with_all_that_it_says() {
    let (text, found) = merged(shop_with_subsets(), &rule("VirtualService", "reviews", CANARY));
    insta::assert_snapshot!(text);
    assert!(found.object("VirtualService", "reviews-overrides").is_none(), "the user's own is in charge");
    assert!(found.object("DestinationRule", "reviews-overrides").is_none());
    let ask = |path: &str, headers: &[(&str, &str)]| answer(&found.rendered, "reviews", path, headers);
    assert_eq!(ask("/", &[]), "v1 90%, v1 of ratings 10%");
    assert_eq!(ask("/", &[("x-override", "reviews:v2")]), "v2 90%, v1 of ratings 10%");
    assert_eq!(ask("/", &[("x-override", "ratings:v2")]), "v1 90%, v2 of ratings 10%");
    assert_eq!(ask("/api", &[("end-user", "jason")]), "v2");
    assert_eq!(ask("/api", &[("end-user", "jason"), ("baggage", "override-reviews=v2")]), "v2");
}

#[test]
fn a_destination_for_all_versions_keeps_its_headers_in_every_clone_and_that_of_one_version_its_own() {
    let spec = "  hosts: [reviews]
  http:
  - match: [{uri: {prefix: /one}}]
    route: [{destination: {host: reviews}, headers: {response: {set: {x-of: all}}}}]
  - route:
    - {destination: {host: reviews, subset: v1}, headers: {response: {set: {x-of: v1}}}, weight: 50}
    - {destination: {host: reviews, subset: v2}, weight: 50}
";
    let given = shop_with_subsets().and(version("reviews", "v3"));
    let found = given.and(rule("VirtualService", "reviews", spec)).run();
    let text = document(&found.rendered, "kind: VirtualService", "name: reviews");
    let rule = support::given::value(&text);
    let of = |route: &serde_json::Value| route["route"][0]["headers"]["response"]["set"]["x-of"].clone();
    let routes = rule["spec"]["http"].as_array().unwrap();
    let said: Vec<_> = routes.iter().map(|route| (route["name"].as_str().unwrap_or("own"), of(route))).collect();
    let expected = [
        ("override-reviews-v2", "all".into()),
        ("override-reviews-v3", "all".into()),
        ("own", "all".into()),
        ("override-reviews-v2", serde_json::Value::Null),
        ("override-reviews-v3", serde_json::Value::Null),
        ("override-reviews-v1", "v1".into()),
        ("own", "v1".into()),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_rule_without_routes_for_http_gets_the_route_table_whole() {
    let spec = "  hosts: [reviews]\n  tcp:\n  - route:\n    - destination: {host: reviews, subset: v1}\n";
    let (text, found) = merged(shop_with_subsets(), &rule("VirtualService", "reviews", spec));
    assert!(text.contains("  http:\n  - name: override-reviews-v2\n"), "{text}");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
}

#[test]
fn rules_in_flow_style_and_json_stay_in_theirs() {
    let spec = "  {hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}\n";
    let found = shop().and(rule("VirtualService", "reviews", spec)).run();
    let text = document(&found.rendered, "kind: VirtualService", "name: reviews");
    assert!(text.contains("  {hosts: [reviews], http: [{\"name\":\"override-reviews-v2\","), "{text}");
    assert!(text.contains("{destination: {host: reviews, \"subset\": \"v1\"}}]}]}\n"), "{text}");
    assert_eq!(
        restored(&found.rendered, "kind: VirtualService", "name: reviews"),
        rule("VirtualService", "reviews", spec)
    );
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
}

#[test]
fn routes_at_a_gateway_are_cloned_too_and_get_the_defaults_subset() {
    let spec = "  gateways: [ingress]\n  hosts: [shop.example.com]\n  http:\n  - match: [{uri: {prefix: /reviews}}]\n    \
                route:\n    - destination:\n        host: reviews\n  - redirect: {uri: /}\n";
    let (text, found) = merged(shop(), &rule("VirtualService", "edge", spec));
    assert!(text.contains("        host: reviews\n        subset: v1\n"), "{text}");
    assert_eq!(text.matches("name: override-reviews-v2\n").count(), 1, "a redirect reaches nobody: {text}");
    assert!(found.object("VirtualService", "reviews-overrides").is_some(), "the mesh has rules of its own");
    found.codes().iter().for_each(|code| assert_ne!(*code, Code::RouteWithoutSubset));
}

#[test]
fn two_rules_of_one_gateway_and_host_do_not_take_each_others_paths() {
    let spec = |path: &str| {
        format!(
            "  gateways: [ingress]\n  hosts: [shop.example.com]\n  http:\n  - {path}\n    route: [{{destination: {{host: reviews, subset: v1}}}}]\n"
        )
    };
    let other = rule("VirtualService", "other", &spec("match: [{uri: {prefix: /api}}]"));
    let found = shop().and(other).and(rule("VirtualService", "edge", &spec("name: all"))).run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::NotCloned).expect("a finding");
    assert_eq!(finding.place.field.as_deref(), Some("spec.http[0]"));
    assert!(!document(&found.rendered, "kind: VirtualService", "name: edge").contains("override-"));
    assert!(document(&found.rendered, "kind: VirtualService", "name: other").contains("override-reviews-v2"));
}

#[test]
fn a_route_that_looks_at_the_overrides_itself_is_left_alone() {
    let spec = "  hosts: [reviews]\n  http:\n  - match: [{headers: {X-Override: {exact: beta}}}]\n    route: [{destination: \
                {host: reviews, subset: v2}}]\n  - route: [{destination: {host: reviews, subset: v1}}]\n";
    let (text, found) = merged(shop_with_subsets(), &rule("VirtualService", "reviews", spec));
    let finding = found.findings.iter().find(|finding| finding.code == Code::NotCloned).expect("a finding");
    assert_eq!((finding.severity, finding.place.field.as_deref()), (Severity::Warning, Some("spec.http[0]")));
    assert_eq!(text.matches("name: override-reviews-v2\n").count(), 1);
}

#[test]
fn a_guard_is_one_more_clone() {
    let spec =
        "  hosts: [reviews]\n  http:\n  - timeout: 1s\n    route: [{destination: {host: reviews, subset: v1}}]\n";
    let given = shop().policy("unknownVersion: reject");
    let found = given.and(rule("VirtualService", "reviews", spec)).run();
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v9")]), "reply 404");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v1")]), "v1");
    let marked = shop().policy("unknownVersion: mark").and(rule("VirtualService", "reviews", spec)).run();
    let text = document(&marked.rendered, "kind: VirtualService", "name: reviews");
    assert!(text.contains("x-override-unknown: reviews") && text.matches("timeout: 1s").count() == 4, "{text}");
}

#[test]
fn a_version_that_went_takes_its_clones_along_and_a_new_one_brings_some() {
    let spec = rule("VirtualService", "reviews", CANARY);
    let third = || version("reviews", "v3");
    let (with_two, with_three) = (shop().and(spec.as_str()).run(), shop().and(third()).and(spec.as_str()).run());
    let text = |outcome: &Outcome| document(&outcome.rendered, "kind: VirtualService", "name: reviews");
    let grown = shop().and(third()).and(text(&with_two)).run();
    assert_eq!(text(&grown), text(&with_three));
    let shrunk = shop().and(text(&with_three)).run();
    assert_eq!(text(&shrunk), text(&with_two));
}

#[test]
fn a_rule_that_got_all_its_routes_reads_the_same_whatever_versions_came_and_went() {
    let tcp = "  hosts: [reviews]\n  tcp:\n  - route:\n    - destination: {host: reviews, subset: v1}\n";
    let spec = rule("VirtualService", "reviews", tcp);
    let third = || version("reviews", "v3");
    let (with_two, with_three) = (shop().and(spec.as_str()).run(), shop().and(third()).and(spec.as_str()).run());
    let text = |outcome: &Outcome| document(&outcome.rendered, "kind: VirtualService", "name: reviews");
    assert_eq!(text(&shop().and(text(&with_three)).run()), text(&with_two));
    assert_eq!(text(&shop().and(third()).and(text(&with_two)).run()), text(&with_three));
}

#[test]
fn a_rule_that_was_changed_since_is_left_as_it_is_with_all_that_belongs_to_it() {
    let first = shop().and(rule("VirtualService", "reviews", CANARY)).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    let changed = text.replacen("name: override-reviews-v2\n", "name: renamed\n", 1);
    let earlier = first.generated.iter().fold(shop().and(changed.as_str()), |given, object| given.and(object.as_str()));
    let found = earlier.run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::NoteUnfit).expect("a finding");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(document(&found.rendered, "kind: VirtualService", "name: reviews"), changed);
    assert_eq!(found.generated, first.generated, "its subsets are still needed");
}

#[test]
fn a_second_rule_for_the_host_passes_the_service_over() {
    let spec = "  hosts: [reviews]\n  http:\n  - route: [{destination: {host: reviews}}]\n";
    let found = shop().and(rule("VirtualService", "a", spec)).and(rule("VirtualService", "b", spec)).run();
    let finding = found.findings.iter().find(|finding| finding.code == Code::CannotMerge).expect("a finding");
    assert!(finding.message.contains("VirtualService b"), "{}", finding.message);
    assert!(found.object("DestinationRule", "reviews-overrides").is_none(), "nothing is merged half");
    assert!(!found.output.contains("override-reviews"));
}

#[test]
fn a_subset_that_is_written_as_nothing_stays_and_is_said_to_spread() {
    for subset in ["''", "", "null"] {
        let spec = format!(
            "  hosts: [reviews]\n  http:\n  - route:\n    - destination:\n        host: reviews\n        subset: {subset}\n"
        );
        let (text, found) = merged(shop(), &rule("VirtualService", "reviews", &spec));
        assert!(text.contains("override-reviews-v2"), "{text}");
        let finding = found.findings.iter().find(|finding| finding.code == Code::RouteWithoutSubset).expect(subset);
        assert_eq!(finding.place.field.as_deref(), Some("spec.http[0].route[0].destination"));
    }
}

#[test]
fn a_default_that_moves_is_written_as_if_it_had_always_been_there() {
    let rule = rule(
        "VirtualService",
        "reviews",
        "  hosts: [reviews]\n  http:\n  - route:\n    - destination:\n        host: reviews\n",
    );
    let run = |rule: &str, default: &str| {
        let found = shop().policy(&format!("defaultVersion: {default}")).and(rule).run();
        document(&found.rendered, "kind: VirtualService", "  name: reviews")
    };
    let moved = run(&run(&rule, "v1"), "v2");
    assert_eq!(moved, run(&rule, "v2"));
    assert!(moved.contains("        subset: v2\n"), "{moved}");
}

#[test]
fn the_page_shows_what_comes() {
    let page = include_str!("../../docs/merging.md");
    let mut blocks = page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let (before, after) = (blocks.next().unwrap(), blocks.next().unwrap());
    let given = Given::default().and(service("reviews")).and(version("reviews", "v1")).and(version("reviews", "v2"));
    let found = given.and(before).run();
    assert_eq!(document(&found.rendered, "kind: VirtualService", "  name: reviews"), after);
}
