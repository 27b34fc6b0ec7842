//! What was found by attacking: users edit their rules between runs, other tools rewrite them, and rules meet that were
//! never meant to.

use super::*;

const PLAIN: &str = "  hosts: [reviews]\n  http:\n  - route:\n    - destination:\n        host: reviews\n";

#[test]
fn what_another_tool_rewrote_comes_out_again() {
    // kustomize and PyYAML sort keys, so that what was added comes first.
    let merged = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  annotations:\n    \
                  overrides.dev/added: '{\"fields\":[\"annotations\"],\"subsets\":[\"v2\"]}'\n  name: reviews\nspec:\n  host: \
                  reviews\n  subsets:\n  - labels:\n      version: v1\n    name: v1\n  - labels:\n      version: v2\n    name: v2\n";
    let text = restored(&support::stream(&[merged]), "kind: DestinationRule", "name: reviews");
    assert_eq!(
        text,
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: reviews\nspec:\n  host: reviews\n  \
         subsets:\n  - labels:\n      version: v1\n    name: v1\n"
    );
}

#[test]
fn a_users_subset_in_a_list_that_was_ours_stays() {
    let first = shop().and(rule("DestinationRule", "reviews", "  host: reviews\n")).run();
    let text = document(&first.rendered, "kind: DestinationRule", "name: reviews");
    let mine = format!("{text}  - name: mine\n    labels: {{tier: gold}}\n");
    let left = restored(&support::stream(&[mine]), "kind: DestinationRule", "name: reviews");
    assert!(left.contains("  - name: mine\n") && !left.contains("name: v2"), "{left}");
}

#[test]
fn a_users_route_in_a_list_that_was_ours_freezes_it() {
    let first = shop_with_subsets().and(rule("VirtualService", "reviews", "  hosts: [reviews]\n")).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    let mine = text.replace("  http:\n", "  http:\n  - match: [{uri: {prefix: /mine}}]\n    redirect: {uri: /other}\n");
    let found = shop_with_subsets().and(mine.as_str()).run();
    find(&found, Code::NoteUnfit);
    assert_eq!(document(&found.rendered, "kind: VirtualService", "name: reviews"), mine);
}

#[test]
fn a_users_route_is_not_taken_for_the_one_that_was_filled() {
    let first = shop_with_subsets().and(rule("VirtualService", "reviews", PLAIN)).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    let own = "  - route:\n    - destination:\n        host: reviews\n        subset: v1\n";
    let explicit = "  - match: [{uri: {prefix: /new}}]\n    route: [{destination: {host: reviews, subset: v1}}]\n";
    let changed = text.replace(own, &format!("{explicit}{own}"));
    assert_ne!(changed, text);
    let found = shop_with_subsets().and(changed.as_str()).run();
    find(&found, Code::NoteUnfit);
    assert_eq!(document(&found.rendered, "kind: VirtualService", "name: reviews"), changed);
}

#[test]
fn routes_that_an_earlier_run_added_are_no_reason_to_merge() {
    let first = shop_with_subsets().and(rule("VirtualService", "reviews", PLAIN)).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    let own = "        host: reviews\n        subset: v1\n";
    let head = text.strip_suffix(own).unwrap_or_else(|| panic!("{text}"));
    let elsewhere = format!("{head}        host: details\n        subset: v1\n");
    settles_at_once(&elsewhere);
}

#[test]
fn a_second_host_for_a_list_that_was_ours_is_judged_as_if_the_list_was_not_there() {
    let first = shop_with_subsets().and(rule("VirtualService", "reviews", "  hosts: [reviews]\n")).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    settles_at_once(&text.replace("  hosts: [reviews]\n", "  hosts: [reviews, ratings]\n"));
}

/// What a run says of a rule that nothing can be merged into, the next one says again, and changes nothing.
fn settles_at_once(rule: &str) {
    let found = shop_with_subsets().and(rule).run();
    let refusal = |outcome: &Outcome| find(outcome, Code::CannotMerge).message.clone();
    let left = document(&found.rendered, "kind: VirtualService", "name: reviews");
    assert!(!left.contains("override-"), "{left}");
    let again = shop_with_subsets().and(left.as_str()).run();
    assert_eq!(refusal(&found), refusal(&again));
    assert_eq!(document(&again.rendered, "kind: VirtualService", "name: reviews"), left);
}

#[test]
fn clones_without_their_note_are_not_cloned_again() {
    let first = shop_with_subsets().and(rule("VirtualService", "reviews", PLAIN)).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    let forgotten: String = text
        .lines()
        .filter(|line| !line.contains("annotations:") && !line.contains("overrides.dev/added"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let found = shop_with_subsets().and(forgotten.as_str()).run();
    find(&found, Code::NoteUnfit);
    assert_eq!(document(&found.rendered, "kind: VirtualService", "name: reviews"), forgotten);
}

#[test]
fn a_route_to_another_namespace_is_left_alone_where_the_service_has_none() {
    let spec = "  hosts: [reviews]\n  http:\n  - match: [{uri: {prefix: /old}}]\n    route:\n    - destination:\n        host: \
                reviews.legacy.svc.cluster.local\n  - route:\n    - destination:\n        host: reviews\n";
    let legacy = |given: Given| {
        given.and(service("reviews").namespace("legacy")).and(version("reviews", "v1").namespace("legacy"))
    };
    for given in [shop_with_subsets(), legacy(shop_with_subsets())] {
        let (text, _) = merged(given.policy("singleVersion: skip"), &rule("VirtualService", "reviews", spec));
        assert_eq!(text.matches("legacy").count(), 1, "neither cloned nor given a subset: {text}");
        assert!(text.contains("host: reviews.legacy.svc.cluster.local\n  - name: override-"), "{text}");
    }
}

#[test]
fn a_rule_for_a_host_in_some_namespace_passes_a_service_without_one_over() {
    let host = "reviews.legacy.svc.cluster.local";
    let routes = format!("  hosts: [{host}]\n  http:\n  - route:\n    - destination:\n        host: {host}\n");
    for existing in ["existing: merge", "existing: skip"] {
        for (kind, spec) in [("VirtualService", &routes), ("DestinationRule", &format!("  host: {host}\n"))] {
            let mine = rule(kind, "mine", spec);
            let found = shop().and(mine.as_str()).policy(existing).run();
            assert!(find(&found, Code::CannotMerge).message.contains("nobody can tell"), "{:#?}", found.findings);
            assert_eq!(document(&found.rendered, &format!("kind: {kind}"), "name: mine"), mine);
            assert!(!found.rendered.contains("name: reviews-overrides"), "{}", found.rendered);
        }
    }
}

#[test]
fn a_copy_of_a_clone_is_never_taken_out_half() {
    let first = shop_with_subsets().and(rule("VirtualService", "reviews", PLAIN)).run();
    let text = document(&first.rendered, "kind: VirtualService", "name: reviews");
    let copied = "  - name: override-mine\n    match:\n    - headers:\n        x-override:\n          regex: ^(.*,)?[ \\t]*mine$\n    \
                  route:\n    - destination:\n        host: details\n";
    let with_copy = format!("{text}{copied}");
    let found = shop_with_subsets().and(with_copy.as_str()).run();
    find(&found, Code::NoteUnfit);
    assert_eq!(document(&found.rendered, "kind: VirtualService", "name: reviews"), with_copy);
}

#[test]
fn a_rule_that_stays_as_it_is_keeps_the_subsets_that_it_needs() {
    let gateway = rule(
        "VirtualService",
        "gw",
        "  gateways: [g]\n  hosts: [x]\n  http:\n  - match: [{uri: {prefix: /r}}]\n    route:\n    - destination:\n        host: \
         ratings\n  - match: [{uri: {prefix: /s}}]\n    route:\n    - destination:\n        host: reviews\n",
    );
    let first = shop().and(rule("VirtualService", "reviews", PLAIN)).and(gateway).run();
    let routes = |outcome: &Outcome, name: &str| document(&outcome.rendered, "kind: VirtualService", name);
    let unfit = routes(&first, "  name: reviews").replacen("        subset: v1\n", "", 1);
    let services = Given::default()
        .and(service("reviews"))
        .and(version("reviews", "v1"))
        .and(version("reviews", "v2"))
        .and(service("ratings"))
        .and(version("ratings", "v2"));
    let again = services.and(unfit).and(routes(&first, "  name: gw"));
    let found = first.generated.iter().fold(again, |given, object| given.and(object.as_str())).run();
    assert!(found.failed() && found.codes().contains(&Code::UnknownSubset), "{:#?}", found.findings);
}

#[test]
fn an_unfit_note_at_a_gateway_is_said() {
    let spec = "  gateways: [g]\n  hosts: [x]\n  http:\n  - match: [{uri: {prefix: /r}}]\n    route:\n    - destination:\n        \
                host: reviews\n";
    let noted = rule("VirtualService", "gw", spec)
        .replace("  name: gw\n", "  name: gw\n  annotations:\n    overrides.dev/added: '{\"future\":1}'\n");
    let found = shop().and(noted).run();
    assert_eq!(find(&found, Code::NoteUnfit).place.object.as_ref().unwrap().name, "gw");
    assert_eq!(found.generated.len(), 4, "the mesh's own rules are another matter");
}

#[test]
fn a_subset_of_another_rule_for_the_host_is_not_defined_twice() {
    let first = "  host: reviews\n  subsets:\n  - {name: v1, labels: {version: v1}}\n";
    let second = "  host: reviews.default.svc.cluster.local\n  subsets:\n  - {name: v2, labels: {version: v2}}\n";
    let found = shop().and(rule("DestinationRule", "a", first)).and(rule("DestinationRule", "b", second)).run();
    assert!(!found.output.contains("overrides.dev/added"), "nothing is missing: {}", found.output);
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
    let differs = second.replace("version: v2", "version: v2, tier: gold");
    let found = shop().and(rule("DestinationRule", "a", first)).and(rule("DestinationRule", "b", &differs)).run();
    assert!(
        found.routes("reviews")[0].contains("-> v2-"),
        "another name for other Pods: {:?}",
        found.routes("reviews")
    );
}

#[test]
fn a_policy_that_holds_for_some_only_is_not_copied_for_all() {
    let policy = "  trafficPolicy: {tls: {mode: DISABLE}}\n";
    let root = |name: &str, spec: &str| {
        rule("DestinationRule", name, spec).replace("spec:\n", "  namespace: istio-system\nspec:\n")
    };
    for spec in [
        format!("  host: '*.local'\n  workloadSelector: {{matchLabels: {{a: b}}}}\n{policy}"),
        format!("  host: '*.local'\n  exportTo: ['.']\n{policy}"),
        format!("  host: reviews.default.svc.cluster.local\n  exportTo: ['.']\n{policy}"),
    ] {
        let found = shop().and(root("some", &spec)).run();
        find(&found, Code::CannotMerge);
        assert!(found.object("DestinationRule", "reviews-overrides").is_none(), "{spec}");
    }
    // An exact rule goes before a wildcard, whether it has a policy or not; of several the first policy counts.
    let exact = "  host: reviews.default.svc.cluster.local\n";
    let found = shop().and(root("exact", exact)).and(root("all", &format!("  host: '*.local'\n{policy}"))).run();
    let of = |outcome: &Outcome| {
        outcome.object("DestinationRule", "reviews-overrides").unwrap()["spec"]["trafficPolicy"].clone()
    };
    assert!(of(&found).is_null());
    let found = shop().and(root("a", &format!("{exact}{policy}"))).and(root("b", exact)).run();
    assert_eq!(of(&found)["tls"]["mode"], "DISABLE");
}

#[test]
fn catch_alls_in_disguise_do_not_take_the_paths_of_others() {
    let spec = |matches: &str| {
        format!(
            "  gateways: [g]\n  hosts: [x]\n  http:\n  - match: [{{uri: {matches}}}]\n    route: [{{destination: {{host: reviews}}}}]\n"
        )
    };
    let other = rule("VirtualService", "other", &spec("{prefix: /r}"));
    for all in ["{prefix: /}", "{regex: .*}"] {
        let edge = rule("VirtualService", "edge", &spec(all));
        for gateway in ["g", "./g", "default/g", "g.default.svc.cluster.local"] {
            let edge = edge.replace("gateways: [g]", &format!("gateways: [{gateway}]"));
            find(&shop().and(other.as_str()).and(edge).run(), Code::NotCloned);
        }
    }
}

#[test]
fn weights_beyond_all_measure_do_no_harm() {
    let spec = "  hosts: [reviews]\n  http:\n  - route:\n    - {destination: {host: reviews}, weight: 18446744073709551615}\n    \
                - {destination: {host: reviews, subset: v2}, weight: 1}\n    - {destination: {host: ratings}, weight: 1}\n";
    assert!(!shop().and(rule("VirtualService", "reviews", spec)).run().failed());
}

#[test]
fn a_destination_rule_for_half_a_name_is_no_rule_of_the_service() {
    // Istio completes names without a dot only: this one selects nobody, and subsets in it would be nowhere.
    for host in ["reviews.default", "reviews.default.svc"] {
        let found = shop().and(rule("DestinationRule", "half", &format!("  host: {host}\n"))).run();
        assert!(found.object("DestinationRule", "reviews-overrides").is_some(), "{host}");
        assert_eq!(answer(&found.rendered, "reviews", "/", &[]), "v1");
        assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
    }
}

#[test]
fn a_virtual_service_for_half_a_name_is_not_switched_off_for_those_who_call_that_name() {
    let spec = |hosts: &str| format!("  hosts: [{hosts}]\n  http:\n  - route: [{{destination: {{host: reviews}}}}]\n");
    for host in ["reviews.default", "reviews.default.svc", "Reviews.Default"] {
        let found = shop().and(rule("VirtualService", "half", &spec(host))).run();
        let finding = find(&found, Code::CannotMerge);
        assert!(
            finding.message.contains("VirtualService half") && finding.message.contains(&host.to_lowercase()),
            "{}",
            finding.message
        );
        assert!(found.object("VirtualService", "reviews-overrides").is_none());
        assert!(found.object("VirtualService", "ratings-overrides").is_some());
        // Where the rule is in charge of the Service anyway, nothing comes beside it.
        let found = shop().and(rule("VirtualService", "both", &spec(&format!("reviews, {host}")))).run();
        assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
    }
    let gateway = spec("reviews.default").replace("  hosts", "  gateways: [ingress]\n  hosts");
    let found = shop().and(rule("VirtualService", "edge", &gateway)).run();
    assert!(found.object("VirtualService", "reviews-overrides").is_some(), "a gateway is another matter");
}

#[test]
fn a_subset_that_says_more_of_the_same_pods_is_the_versions_own() {
    let subsets = "  host: reviews\n  subsets:\n  - name: steady\n    labels: {app: reviews, version: v1}\n    trafficPolicy: {tls: \
                   {mode: DISABLE}}\n  - name: v2\n    labels: {version: v2, track: gold}\n";
    let found = shop().and(rule("DestinationRule", "mine", subsets)).run();
    let routes = found.routes("reviews");
    assert_eq!(routes[1], "default-reviews -> steady", "with its policy");
    assert!(routes[0].contains("-> v2-"), "no Pod of v2 has the track: {routes:?}");
    let gold = version("reviews", "v2").pod_label("track: gold");
    let all = Given::default().and(service("reviews")).and(version("reviews", "v1")).and(gold);
    let found = all.clone().and(rule("DestinationRule", "mine", subsets)).run();
    assert!(!found.output.contains("overrides.dev/added"), "nothing is missing: {}", found.output);
    assert_eq!(found.routes("reviews")[0], "override-reviews-v2 by x-override, baggage -> v2");
    // All Pods of the version have to be meant.
    let other = deployment("another").of("reviews").version("v2");
    let found = all.and(other).and(rule("DestinationRule", "mine", subsets)).run();
    assert!(found.routes("reviews")[0].contains("-> v2-"), "{:?}", found.routes("reviews"));
}

#[test]
fn tcp_that_keeps_spreading_over_versions_is_said() {
    let reviews = || service("reviews").port("name: http, port: 80").port("name: tcp-data, port: 9000");
    let given = || Given::default().and(reviews()).and(version("reviews", "v1")).and(version("reviews", "v2"));
    let found = given().and(rule("VirtualService", "reviews", PLAIN)).run();
    let finding = find(&found, Code::UnruledPort);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.message.contains("9000") && finding.message.contains("VirtualService reviews"),
        "{}",
        finding.message
    );
    let quiet = |given: Given| assert!(!given.run().codes().contains(&Code::UnruledPort));
    quiet(given());
    quiet(Given::default().and(reviews()).and(version("reviews", "v1")).and(rule("VirtualService", "reviews", PLAIN)));
    let tcp = "  tcp:\n  - match: [{port: 9000}]\n    route: [{destination: {host: reviews, subset: v1}}]\n";
    quiet(given().and(rule("VirtualService", "reviews", &format!("{PLAIN}{tcp}"))));
}

#[test]
fn http_that_keeps_spreading_over_versions_is_said() {
    let given = |routes: &str| {
        let reviews = service("reviews").port("name: http, port: 80").port("name: http-admin, port: 8080");
        let given = Given::default().and(reviews).and(version("reviews", "v1")).and(version("reviews", "v2"));
        given.and(rule("VirtualService", "reviews", &format!("  hosts: [reviews]\n  http: {routes}\n"))).run()
    };
    let told = |routes: &str| {
        let found = given(routes);
        let all = found.findings.iter().filter(|finding| finding.code == Code::UnruledPort);
        let places = all.map(|finding| (finding.place.field.clone().unwrap_or_default(), finding.message.clone()));
        places.collect::<Vec<_>>()
    };
    let to = "route: [{destination: {host: reviews}}]";
    let on = |condition: &str| format!("[{{match: [{{{condition}}}], {to}}}]");
    // Istio gives a port for which a VirtualService has no route its own, to all Pods of the Service.
    let found = told(&on("port: 80"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "spec.ports[1]");
    assert!(found[0].1.contains("8080 keeps") && found[0].1.contains("VirtualService reviews"), "{found:?}");
    assert_eq!(told(&on("gateways: [edge]")).len(), 2, "the sidecars are no gateway");
    // So are callers for whom it has none.
    for condition in ["sourceNamespace: tests", "sourceLabels: {app: web}"] {
        let found = told(&on(condition));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].1.contains("other clients"), "{found:?}");
    }
    let quiet = |routes: &str| assert_eq!(told(routes), [], "{routes}");
    quiet(&format!("[{{{to}}}]"));
    quiet(&format!("[{{match: [], {to}}}]"));
    quiet(&on("uri: {prefix: /api}"));
    quiet(&on("gateways: [edge, mesh], sourceLabels: {app: web}"));
    quiet(&format!("[{{match: [{{port: 80}}, {{uri: {{exact: /}}}}], {to}}}]"));
    quiet(&format!(
        "[{{match: [{{sourceNamespace: tests}}], {to}}}, {{match: [{{uri: {{exact: /}}}}], redirect: {{uri: /a}}}}]"
    ));
}

#[test]
fn a_delegate_of_a_catch_all_does_not_take_the_paths_of_others_either() {
    let at_gateway = |name: &str, http: &str| {
        rule("VirtualService", name, &format!("  gateways: [g]\n  hosts: [x]\n  http:\n  - {http}\n"))
    };
    let leaf = rule("VirtualService", "leaf", "  http:\n  - route: [{destination: {host: reviews}}]\n");
    let other = at_gateway("other", "{match: [{uri: {prefix: /r}}], route: [{destination: {host: ratings}}]}");
    let all = at_gateway("root", "{delegate: {name: leaf}}");
    let found = shop().and(all.as_str()).and(leaf.as_str()).and(other.as_str()).run();
    assert_eq!(find(&found, Code::NotCloned).place.object.as_ref().unwrap().name, "leaf");
    let cloned =
        |given: Given| document(&given.run().rendered, "kind: VirtualService", "  name: leaf").contains("override-");
    assert!(cloned(shop().and(all.as_str()).and(leaf.as_str())), "alone it may");
    let some = at_gateway("root", "{match: [{uri: {prefix: /shop}}], delegate: {name: leaf}}");
    assert!(cloned(shop().and(some).and(leaf.as_str()).and(other.as_str())), "below a path it may");
}

#[test]
fn a_rule_for_the_service_of_all_clusters_is_another_matter() {
    let host = "reviews.default.svc.clusterset.local";
    let spec = format!("  hosts: [{host}]\n  http:\n  - route: [{{destination: {{host: {host}}}}}]\n");
    let all = rule("DestinationRule", "all", &format!("  host: {host}\n"));
    let found = shop().and(rule("VirtualService", "all", &spec)).and(all).run();
    assert_eq!(found.generated.len(), 4, "clients in the mesh call the Service of this cluster");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[]), "v1");
    assert_eq!(answer(&found.rendered, "reviews", "/", &[("x-override", "reviews:v2")]), "v2");
}
