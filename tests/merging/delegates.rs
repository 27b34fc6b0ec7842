//! Routes that lead to another VirtualService, which holds the routes to Services.

use super::*;

#[test]
fn delegates_get_the_clones_with_what_their_roots_insist_on() {
    let root = rule(
        "VirtualService",
        "root",
        "  hosts: [reviews]\n  http:\n  - match:\n    - uri: {prefix: /API}\n      ignoreUriCase: true\n    delegate: {name: leaf}\n  - \
         delegate: {name: leaf}\n",
    );
    let leaf = rule("VirtualService", "leaf", "  http:\n  - route:\n    - destination:\n        host: reviews\n");
    let (text, found) = merged(shop().and(root.as_str()), &leaf);
    assert_eq!(text.matches("ignoreUriCase: true").count(), 2, "one for each carrier: {text}");
    let ask = |path: &str, headers: &[(&str, &str)]| answer(&found.rendered, "reviews", path, headers);
    for path in ["/api/x", "/"] {
        assert_eq!(ask(path, &[("x-override", "reviews:v2")]), "v2", "{path}");
        assert_eq!(ask(path, &[]), "v1", "{path}");
    }
    assert_eq!(document(&found.rendered, "kind: VirtualService", "  name: root"), root);
}

#[test]
fn a_delegate_is_known_by_the_name_that_it_had_before_kustomize_changed_it() {
    let root = rule(
        "VirtualService",
        "root",
        "  hosts: [reviews]\n  http:\n  - match: [{uri: {prefix: /API}, ignoreUriCase: true}]\n    delegate: {name: leaf}\n",
    );
    let spec = "  http:\n  - route:\n    - destination:\n        host: reviews\n";
    let renamed = "internal.config.kubernetes.io/previousNames: leaf\n    internal.config.kubernetes.io/previousNamespaces: default\n";
    let leaf = rule("VirtualService", "p-leaf", spec)
        .replace("  name: p-leaf\n", &format!("  name: p-leaf\n  annotations:\n    {renamed}"));
    let found = shop().and(root.as_str()).and(leaf.as_str()).run();
    assert!(!found.codes().contains(&Code::NotCloned), "{:#?}", found.findings);
    let text = document(&found.rendered, "kind: VirtualService", "  name: p-leaf");
    assert_eq!(text.matches("ignoreUriCase: true").count(), 2, "as the root insists on: {text}");
}

#[test]
fn a_delegate_that_is_not_in_the_input_is_missed_and_said() {
    let root = rule(
        "VirtualService",
        "root",
        "  hosts: [reviews]\n  http:\n  - match:\n    - uri: {prefix: /api}\n    delegate: {name: leaf, namespace: far}\n  - \
         route:\n    - destination:\n        host: reviews\n",
    );
    let missed = |found: &Outcome| {
        let finding = found.findings.iter().find(|finding| finding.code == Code::NotCloned)?;
        Some(format!("{} {}", finding.place.field.as_deref().unwrap_or_default(), finding.message))
    };
    let why = "overrides of `reviews` do not act on this route: the VirtualService `leaf` in `far` that it leads to is not \
               in the input";
    let found = shop().and(root.as_str()).run();
    assert_eq!(missed(&found), Some(format!("spec.http[0] {why}")), "{:#?}", found.findings);
    let only = root.split("  - route:").next().unwrap();
    assert_eq!(missed(&shop().and(only).run()), Some(format!("spec.http[0] {why}")));
    let leaf = rule(
        "VirtualService",
        "leaf",
        "  http:\n  - route:\n    - destination:\n        host: reviews.default.svc.cluster.local\n",
    );
    let there = root.replace(", namespace: far", "");
    assert_eq!(missed(&shop().and(there.as_str()).and(leaf.as_str()).run()), None);
    let elsewhere = root.replace("[reviews]", "[other]");
    assert_eq!(missed(&shop().and(elsewhere.as_str()).run()), None, "what it leads to is not known");
    let one = Given::default().and(service("reviews")).and(version("reviews", "v1")).and(root.as_str()).run();
    assert_eq!(missed(&one), None, "there is no other version to ask for");
    let twice = root.replace("[reviews]", "[reviews, reviews.default.svc.cluster.local]");
    let found = shop().and(twice.as_str()).run();
    assert_eq!(found.findings.iter().filter(|finding| finding.code == Code::NotCloned).count(), 1);
}

const LEAF: &str = "  http:\n  - route:\n    - destination:\n        host: reviews\n";

#[test]
fn a_delegate_without_a_namespace_is_the_one_that_a_root_in_another_one_means() {
    let root = |http: &str| {
        rule_in("VirtualService", "infra", "root", &format!("  gateways: [edge]\n  hosts: [x]\n  http: [{http}]\n"))
    };
    let leaf = rule("VirtualService", "leaf", LEAF);
    let below =
        root("{match: [{uri: {prefix: /api}, sourceNamespace: infra}], delegate: {name: leaf, namespace: shop}}");
    let found = shop().and(below).and(leaf.as_str()).run();
    let text = document(&found.rendered, "kind: VirtualService", "  name: leaf");
    assert_eq!(text.matches("sourceNamespace: infra").count(), 2, "as the root insists on: {text}");
    // It takes everything where another rule has a part.
    let all = root("{delegate: {name: leaf, namespace: shop}}");
    let other = "  gateways: [edge]\n  hosts: [x]\n  http: [{match: [{uri: {prefix: /o}}], redirect: {uri: /}}]\n";
    let found = shop().and(all).and(leaf.as_str()).and(rule_in("VirtualService", "infra", "other", other)).run();
    assert!(found.codes().contains(&Code::NotCloned), "{:#?}", found.findings);
    // The one that has that very namespace is another one.
    let named = rule_in("VirtualService", "shop", "leaf", LEAF);
    let here = root("{match: [{uri: {prefix: /a}, ignoreUriCase: true}], delegate: {name: leaf, namespace: shop}}");
    let found = shop().and(here).and(leaf).and(named).run();
    let unnamed = document(&found.rendered, "kind: VirtualService\nmetadata:", "  name: leaf");
    assert!(!unnamed.contains("ignoreUriCase"), "{unnamed}");
}

#[test]
fn a_root_without_a_namespace_may_lead_to_a_delegate_that_has_one() {
    let root = rule("VirtualService", "root", "  hosts: [reviews]\n  http: [{delegate: {name: leaf}}]\n");
    let found = shop().and(root.as_str()).and(rule_in("VirtualService", "shop", "leaf", LEAF)).run();
    assert!(!found.codes().contains(&Code::NotCloned), "{:#?}", found.findings);
    let why = |given: Given| {
        let found = given.run();
        found.findings.iter().find(|finding| finding.code == Code::NotCloned).map(|finding| finding.message.clone())
    };
    let missed = why(shop().and(root)).expect("a finding");
    assert!(missed.ends_with("the VirtualService `leaf` that it leads to is not in the input"), "{missed}");
}

#[test]
fn a_port_or_a_client_that_no_delegate_has_a_route_for_is_said() {
    let told = |root: &str, leaves: &[(&str, &str)]| {
        let reviews = service("reviews").port("name: http, port: 80").port("name: http-admin, port: 8080");
        let given = Given::default().and(reviews).and(version("reviews", "v1")).and(version("reviews", "v2"));
        let given = given.and(rule("VirtualService", "root", &format!("  hosts: [reviews]\n  http: [{root}]\n")));
        let leaf = |given: Given, (name, condition): &(&str, &str)| {
            let route = "route: [{destination: {host: reviews}}]";
            given.and(rule("VirtualService", name, &format!("  http: [{{match: [{{{condition}}}], {route}}}]\n")))
        };
        let found = leaves.iter().fold(given, leaf).run();
        let all = found.findings.iter().filter(|finding| finding.code == Code::UnruledPort);
        all.map(|finding| finding.message.split(" keeps").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (leaf, other) = ("delegate: {name: leaf}", "delegate: {name: other}");
    assert_eq!(told(&format!("{{{leaf}}}"), &[("leaf", "port: 80")]), ["the port 8080"]);
    let some = ["for other clients the port 80", "for other clients the port 8080"];
    assert_eq!(told(&format!("{{{leaf}}}"), &[("leaf", "sourceLabels: {app: x}")]), some);
    let on = |port: &str, what: &str| format!("{{match: [{{port: {port}}}], {what}}}");
    let both = ["the port 80", "the port 8080"];
    assert_eq!(told(&on("80", leaf), &[("leaf", "port: 8080")]), both, "no request is for both ports");
    assert_eq!(told(&on("80", leaf), &[("leaf", "uri: {prefix: /}")]), ["the port 8080"]);
    let two = format!("{{{leaf}}}, {}", on("8080", other));
    assert!(told(&two, &[("leaf", "port: 80"), ("other", "method: {exact: GET}")]).is_empty());
    assert!(told(&format!("{{{leaf}}}"), &[]).is_empty(), "of one that is not in the input nothing is known");
}

/// A rule that kustomize gave another name.
fn renamed(name: &str, was: &str, spec: &str) -> String {
    let previous = format!(
        "internal.config.kubernetes.io/previousNames: {was}\n    internal.config.kubernetes.io/previousNamespaces: default"
    );
    let named = format!("  name: {name}\n");
    rule("VirtualService", name, spec).replacen(&named, &format!("{named}  annotations:\n    {previous}\n"), 1)
}

#[test]
fn of_several_rules_that_had_a_name_each_may_be_the_one_that_is_meant() {
    let leaf = |name: &str| renamed(name, "leaf", LEAF);
    let root = |http: &str| rule("VirtualService", "root", &format!("  hosts: [reviews]\n  http: [{http}]\n"));
    let below = root("{match: [{uri: {prefix: /a}, ignoreUriCase: true}], delegate: {name: leaf}}");
    let found = shop().and(below).and(leaf("a-leaf")).and(leaf("b-leaf")).run();
    for name in ["  name: a-leaf", "  name: b-leaf"] {
        let text = document(&found.rendered, "kind: VirtualService", name);
        assert_eq!(text.matches("ignoreUriCase").count(), 2, "{text}");
    }
}

#[test]
fn a_rule_that_had_a_name_may_be_meant_though_another_one_has_it_today() {
    // A base, and the same again with a prefix: kustomize renames the second root's delegate after the function has run.
    let root = |name: &str, host: &str| {
        let http = "{match: [{uri: {prefix: /a}, ignoreUriCase: true}], delegate: {name: leaf}}";
        rule("VirtualService", name, &format!("  hosts: [{host}]\n  http: [{http}]\n"))
    };
    let given = shop().and(root("root", "reviews")).and(root("b-root", "ratings"));
    let found = given.and(rule("VirtualService", "leaf", LEAF)).and(renamed("b-leaf", "leaf", LEAF)).run();
    for name in ["  name: leaf", "  name: b-leaf"] {
        let text = document(&found.rendered, "kind: VirtualService", name);
        assert_eq!(text.matches("ignoreUriCase").count(), 2, "{text}");
    }
}

#[test]
fn a_renamed_delegate_without_a_namespace_is_found_in_any() {
    let spec = "  hosts: [shop.example.com]\n  gateways: [ingress]\n  http: [{match: [{uri: {prefix: /a}, ignoreUriCase: \
                true}], delegate: {name: leaf}}]\n";
    let found = shop().and(rule_in("VirtualService", "shop", "root", spec)).and(renamed("p-leaf", "leaf", LEAF)).run();
    assert!(!found.codes().contains(&Code::NotCloned), "{:#?}", found.findings);
    let text = document(&found.rendered, "kind: VirtualService", "  name: p-leaf");
    assert_eq!(text.matches("ignoreUriCase").count(), 2, "{text}");
}
