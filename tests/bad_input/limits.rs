//! Short inputs that stand for much: each ends in time and within bounded memory, and says so where a limit is met.
//! `docs/hardening.md` has the figures.

use super::*;

/// An attack, the kilobytes of address space that it gets, and the finding that it meets; none where it just works.
struct Attack {
    name: &'static str,
    list: String,
    kilobytes: usize,
    code: Option<i32>,
    finding: &'static str,
}

fn versions(count: usize) -> Vec<String> {
    (1..=count).map(|n| deployment(&format!("d{n}"), &format!("{{app: reviews, version: v{n}}}"))).collect()
}

fn with_ports(count: usize) -> String {
    let ports: Vec<String> = (1..=count).map(|n| format!("{{name: http-{n}, port: {n}}}")).collect();
    SERVICE.replace("{name: http, port: 80}", &ports.join(", "))
}

fn rule(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {spec}\n")
}

fn list(parts: &[&[String]]) -> String {
    resource_list("", &parts.concat())
}

/// A function's configuration with an entry for each of these Services.
fn policy_for(names: impl Iterator<Item = String>) -> String {
    let entry = |name: String| format!("    - {{name: {name}, defaultVersion: v1}}\n");
    let entries: String = names.map(entry).collect();
    format!(
        "functionConfig:\n  apiVersion: overrides.dev/v1alpha1\n  kind: Overrides\n  metadata: {{name: o}}\n  \
         spec:\n    services:\n{entries}"
    )
}

fn attacks() -> Vec<Attack> {
    let attack = |name, list, kilobytes, code, finding| Attack { name, list, kilobytes, code: Some(code), finding };
    let service = [SERVICE.to_owned()];
    let rules = |kind: &str, spec: &str| -> Vec<String> {
        (0..5_000).map(|number| rule(kind, &format!("r{number}"), spec)).collect()
    };
    let to_reviews = "route: [{destination: {host: reviews}}]";
    let route = |number: usize| format!("  - {{match: [{{uri: {{prefix: /{number}}}}}], {to_reviews}}}\n");
    let routes: String = (0..5_000).map(route).collect();
    let many_routes = rule("VirtualService", "r", &format!("hosts: [reviews]\n  http:\n{routes}"));
    let long_value = format!(
        "hosts: [reviews]\n  http: [{{headers: {{request: {{set: {{a: {}}}}}}}, {to_reviews}}}]",
        "x".repeat(1_000_000)
    );
    let fields: Vec<String> = (0..20_000).map(|number| format!("f{number}: x")).collect();
    let fields = fields.join(", ");
    let many_fields =
        format!("hosts: [reviews]\n  http: [{{{fields}, headers: {{request: {{set: {{{fields}}}}}}}, {to_reviews}}}]");
    let one_host = format!("{{hosts: [reviews], http: [{{{to_reviews}}}]}}");
    let same_subset = "{host: reviews, subsets: [{name: v1, labels: {version: v1}}]}";
    let names: Vec<String> = (0..5_000).map(|number| format!("p{number}")).collect();
    let previous = format!(
        "{{name: reviews, annotations: {{internal.config.kubernetes.io/previousNames: \"{0}\", \
         internal.config.kubernetes.io/previousNamespaces: \"{0}\"}}}}",
        names.join(",")
    );
    let renamed = [SERVICE.replace("{name: reviews}", &previous)];
    let key = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels:\n    ? {}\n    : v\n",
        "k".repeat(10_000_000)
    );
    let services: Vec<String> =
        (0..1_000).map(|n| SERVICE.replace("{name: reviews}", &format!("{{name: s{n}}}"))).collect();
    let workloads: Vec<String> = (0..1_000)
        .map(|n| deployment(&format!("d{n}"), &format!("{{app: reviews, version: v{}}}", n % 2 + 1)))
        .collect();
    let absent = resource_list(&policy_for((0..5_000).map(|n| format!("gone{n}"))), &services);
    let items = format!(
        "{}items:\n{}",
        resource_list("", &[""; 0]).replace("items: []\n", ""),
        "- {kind: X}\n".repeat(100_000)
    );
    vec![
        attack("100,000 items of a few bytes", items, 400_000, 0, ""),
        attack("a key of 10 MB", list(&[&[key]]), 200_000, 0, ""),
        attack("5,000 versions", list(&[&service, &versions(5_000)]), 200_000, 1, "OV089"),
        attack("1,000 versions", list(&[&service, &versions(1_000)]), 200_000, 0, "OV088"),
        attack("10,000 ports", list(&[&[with_ports(10_000)], &versions(2)]), 300_000, 1, "OV089"),
        attack("1,000 ports and 100 versions", list(&[&[with_ports(1_000)], &versions(100)]), 100_000, 0, "OV087"),
        attack(
            "5,000 VirtualServices of one host",
            list(&[&service, &versions(2), &rules("VirtualService", &one_host)]),
            200_000,
            0,
            "OV079",
        ),
        attack(
            "5,000 DestinationRules of one host",
            list(&[&service, &versions(2), &rules("DestinationRule", same_subset)]),
            200_000,
            0,
            "",
        ),
        attack("5,000 routes and 20 versions", list(&[&service, &versions(20), &[many_routes]]), 500_000, 1, "OV089"),
        attack(
            "a header of 1 MB and 100 versions",
            list(&[&service, &versions(100), &[rule("VirtualService", "r", &long_value)]]),
            100_000,
            0,
            "OV085",
        ),
        attack(
            "a route with 20,000 fields, one of which has as many, and two versions",
            list(&[&service, &versions(2), &[rule("VirtualService", "r", &many_fields)]]),
            300_000,
            0,
            "OV088",
        ),
        attack(
            "a route with 20,000 fields, one of which has as many, and three versions",
            list(&[&service, &versions(3), &[rule("VirtualService", "r", &many_fields)]]),
            300_000,
            1,
            "OV089",
        ),
        attack("5,000 previous names and namespaces", list(&[&renamed, &versions(2)]), 100_000, 1, "OV006"),
        attack("1,000 Services of the same 1,000 workloads", list(&[&services, &workloads]), 300_000, 0, ""),
        attack("a policy for 5,000 Services that are not there", absent, 200_000, 1, "OV011"),
    ]
}

#[test]
fn what_multiplies_ends_in_time_and_within_memory_and_says_which_limit_it_meets() {
    for Attack { name, list, kilobytes, code, finding } in attacks() {
        let run = overrides_within(kilobytes, &[], list.as_bytes(), PATIENCE);
        assert_eq!(run.code, code, "{name}: {:.500}", run.stderr);
        let objects = |text: &str| text.matches("kind: ").count();
        assert!(objects(&run.stdout) >= objects(&list), "{name}: nothing is lost");
        let mut lines = run.stderr.lines();
        let worst = lines.clone().find(|line| line.starts_with("error[")).or_else(|| lines.next()).unwrap_or_default();
        assert!(run.stderr.is_empty() == finding.is_empty() && worst.contains(finding), "{name}: {worst}");
        assert!(run.stdout.len() < list.len() + 20_000_000, "{name}: {} bytes", run.stdout.len());
    }
}

#[test]
fn the_limit_of_rules_is_met_just_above_what_is_documented() {
    let with = |ports, count| overrides(&[], list(&[&[with_ports(ports)], &versions(count)]).as_bytes()).stderr;
    assert!(!with(200, 100).contains("OV087"), "20,000 rules are looked at, and found to be too large for a cluster");
    assert!(with(201, 100).starts_with("warning[OV087]: Service reviews, spec.ports: "));
}

#[test]
fn sixty_four_previous_names_are_followed_and_one_more_is_an_error_with_its_place() {
    let with = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("p{number}")).collect();
        let annotation = format!("internal.config.kubernetes.io/previousNames: \"{}\"", names.join(","));
        let renamed = SERVICE.replace("{name: reviews}", &format!("{{name: reviews, annotations: {{{annotation}}}}}"));
        overrides(&[], list(&[&[renamed], &versions(2)]).as_bytes())
    };
    assert_eq!(with(64).code, Some(0));
    let run = with(65);
    assert_eq!(run.code, Some(1));
    says(&run, "OV006", "metadata.annotations[internal.config.kubernetes.io/previousNames]");
}

#[test]
fn a_similar_name_is_looked_for_as_long_as_only_some_are_wrong() {
    let policy = policy_for((0..150).map(|n| format!("reviews-{n}")));
    let run = overrides(&[], resource_list(&policy, &[&[SERVICE.to_owned()][..], &versions(2)].concat()).as_bytes());
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr.matches("which is not in the input").count(), 150);
    assert_eq!(run.stderr.matches("Did you mean `reviews`?").count(), 100);
    assert_eq!(run.stderr.matches("Correct the name and namespace, or remove the entry").count(), 50);
}
