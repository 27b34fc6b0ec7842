//! Tags of YAML's core schema, which kpt's setters write: a value is what its tag says, plain or quoted.

use super::*;

/// A rule of the user's with a bit of everything that a tag can stand at.
fn rule(port: &str, attempts: &str, percent: &str, credentials: &str, header: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: mine\nspec:\n  hosts: [cart]\n  \
         http:\n  - retries: {{attempts: {attempts}}}\n    fault: {{delay: {{percentage: {{value: {percent}}}, fixedDelay: \
         1s}}}}\n    corsPolicy: {{allowCredentials: {credentials}}}\n    headers: {{request: {{set: {{x-a: \
         {header}}}}}}}\n    route:\n    - destination: {{host: cart, port: {{number: {port}}}}}\n"
    )
}

/// The clone that comes of a rule, from its name to that of the route behind it.
#[track_caller]
fn clone_of(rule: &str) -> String {
    let run = rendered(&format!("{CART}---\n{rule}"));
    let (_, clone) = run.stdout.split_once("- name: override-cart-v2").unwrap_or_else(|| panic!("{}", run.stdout));
    let clone = clone.split("  - retries:").next().unwrap().to_owned();
    let mut documents = cart();
    documents.push(rule.to_owned());
    let list = overrides(&[], resource_list("", &documents).as_bytes()).stdout;
    let flat = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert!(flat(&list).contains(&flat(&clone)), "the function and render differ:\n{list}\n{clone}");
    clone
}

#[test]
fn values_with_tags_are_cloned_as_what_their_tags_say() {
    let plain = clone_of(&rule("80", "3", "10", "true", "'7'"));
    assert!(plain.contains("number: 80\n") && plain.contains("x-a: \"7\"\n"), "{plain}");
    for tagged in [
        rule("!!int 80", "!!int 3", "!!float 10", "!!bool true", "!!str 7"),
        rule("!!int '80'", "!!int \"3\"", "!!float \"10\"", "!!bool 'true'", "!!str \"7\""),
        rule("!<tag:yaml.org,2002:int> 80", "!!int \"0x3\"", "!!int 10", "!!bool \"yes\"", "!!str '7'"),
    ] {
        assert_eq!(clone_of(&tagged), plain, "of\n{tagged}");
    }
}

#[test]
fn numbers_with_underscores_are_numbers() {
    let with = |attempts: &str| clone_of(&rule("80", attempts, "10", "true", "a"));
    assert_eq!(with("1_000"), with("1000"));
    assert_eq!(with("0x_1F"), with("31"));
    assert_eq!(with("+5"), with("5"));
}

#[test]
fn a_tag_of_an_application_is_none_of_yamls() {
    let run = rendered(&format!("{CART}---\n{}", rule("80", "!int 3", "10", "true", "!str 7")));
    assert!(run.stdout.contains("attempts: \"3\"\n") && run.stdout.contains("x-a: \"7\"\n"), "{}", run.stdout);
}

#[test]
fn explain_reads_what_was_cloned_from_values_with_tags() {
    let run = rendered(&format!("{CART}---\n{}", rule("!!int 80", "!!int '3'", "!!float 0", "!!bool true", "!!str a")));
    let answer = overrides(&["explain", "-", "-H", "x-override: cart:v2"], run.stdout.as_bytes());
    assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), ""));
    assert!(answer.stdout.contains("v2"), "{}", answer.stdout);
}

#[test]
fn services_and_workloads_may_have_tags_as_well() {
    let tagged = CART
        .replace("port: 80", "port: !!int '80'")
        .replace("kind: Service", "kind: !!str Service")
        .replace("version: v2", "version: !!str 2");
    let added = added_to(&tagged);
    assert!(added.contains("- name: \"2\"\n    labels:\n      version: \"2\"\n"), "{added}");

    let number = CART.replace("version: v2", "version: !!int '2'");
    let run = render(&number);
    assert!(run.stderr.starts_with("error[OV0"), "a number is no label, whatever its quotes: {}", run.stderr);

    let scaled = CART.replacen("spec:\n  template", "spec:\n  replicas: !!int \"0\"\n  template", 1);
    assert!(rendered(&scaled).stderr.contains("OV042"), "the default is scaled to no Pods");
}

#[test]
fn nothing_is_null_by_its_tag() {
    let null = CART.replace("metadata:\n  name: cart\n", "metadata:\n  name: cart\n  namespace: !!null ''\n");
    assert!(added_to(&null).contains("name: cart-overrides\n"));
    assert!(!added_to(&null).contains("namespace:"));
}
