//! What becomes of the overrides that a request carries, over what the function itself writes.

use overrides::explain::Settings;
use proptest::prelude::*;

use crate::asking::{ask, config, generated, remark, remarks};
use crate::support::given::{deployment, given, service, version};

fn finished(services: &[(&str, &[&str])]) -> String {
    generated(services).run().rendered
}

#[test]
fn every_version_that_is_there_can_be_asked_for() {
    let text = finished(&[("s1", &["v1", "v2"]), ("s2", &["v1", "'1.10'", "v3_beta"])]);
    let both = ask(&text).header("x-override", "s1:v2, s2:1.10");
    assert_eq!((both.to("s1").as_str(), both.to("s2").as_str()), ("v2", "1.10"));
    assert_eq!(ask(&text).header("baggage", "override-s2=v3_beta;ttl=1").to("s2"), "v3_beta");
    assert_eq!(ask(&text).to("s2"), "v1");
    assert!(both.of("s1").remarks.is_empty() && both.remarks().is_empty());
}

#[test]
fn an_override_that_no_rule_knows_is_said() {
    let text = finished(&[("s3", &["v1", "v2"])]);
    let answer = ask(&text).header("x-override", "s3:v9").of("s3");
    assert_eq!(answer.version(), Some("v1"));
    assert_eq!(remark(&answer), "the request asks for version v9 of s3, which no rule knows: it takes v1");
    let also = ask(&text).header("x-override", "s3:v9, s3:v2").of("s3");
    assert_eq!(also.version(), Some("v2"));
    assert_eq!(remark(&also), "the request asks for version v9 of s3, which no rule knows: it takes v2");
}

#[test]
fn a_version_that_is_there_but_cannot_be_asked_for_is_said() {
    let text = finished(&[("s3", &["v1", "v2"])]);
    let with_namespace = ask(&text).header("x-override", "s3.default:v2").of("s3");
    assert!(remark(&with_namespace).contains("which is there, but no rule that leads to it matches: it takes v1"));
    let upper = ask(&text).header("x-override", "s3:V2").of("s3");
    assert!(remark(&upper).contains("version V2 of s3, which no rule knows"));
}

#[test]
fn of_two_overrides_for_one_service_the_rules_choose_and_the_other_is_said() {
    let text = finished(&[("s3", &["v1", "v2", "v3"])]);
    let answer = ask(&text).header("x-override", "s3:v3, s3:v2").of("s3");
    assert_eq!(answer.version(), Some("v2"));
    assert!(remark(&answer).starts_with("the request asks for version v3 of s3 as well"), "{}", remark(&answer));
}

#[test]
fn a_version_may_be_asked_for_by_the_name_of_its_subset() {
    let on = |track: &str| deployment(track).of("s3").pod_label(&format!("track: {track}")).version("v1");
    let target = |name: &str| {
        format!("{{trafficSplit: {{subset: {{name: {name}-ones, labels: {{track: {name}}}}}, weight: 50}}}}")
    };
    let workload = format!(
        "apiVersion: labs.ishankhare.dev/v1alpha1\nkind: Workload\nmetadata: {{name: split}}\nspec: {{host: s3, targets: \
         [{}, {}]}}\n",
        target("stable"),
        target("canary")
    );
    let text = given(service("s3")).and(on("stable")).and(on("canary")).and(workload).run().rendered;
    let answer = ask(&text).header("x-override", "s3:canary-ones").of("s3");
    assert_eq!(answer.version(), Some("v1"));
    assert!(remarks(&answer).is_empty(), "it gets what it asks for");
    let both = ask(&text).header("x-override", "s3:stable-ones, s3:canary-ones").of("s3");
    assert!(remark(&both).starts_with("the request asks for version canary-ones of s3 as well"), "{}", remark(&both));
    // What a version is called that is no legal name is nothing to ask for.
    let dotted = ask(finished(&[("s1", &["'1.2'"])])).header("x-override", "s1:1-2").of("s1");
    assert!(remark(&dotted).contains("version 1-2 of s1, which no rule knows"), "{}", remark(&dotted));
}

#[test]
fn an_override_for_a_service_that_is_not_there_is_said_once() {
    let question = ask(finished(&[("s3", &["v1", "v2"])])).header("x-override", "s3.other:v2, ratings:v2, oops");
    assert_eq!(
        question.remarks(),
        [
            "`oops` in x-override is no override: write it like reviews:v2",
            "the request asks for version v2 of s3.other, and there is no such Service here; did you mean s3?",
            "the request asks for version v2 of ratings, and there is no such Service here",
        ]
    );
    assert!(question.of("s3").remarks.is_empty());
}

#[test]
fn the_namespace_tells_two_services_of_one_name_apart() {
    let in_namespace = |namespace: &str| {
        config(&[
            &service("s").namespace(namespace),
            &version("s", "v1").namespace(namespace),
            &version("s", "v2").namespace(namespace),
        ])
    };
    let all = ["a", "b"].iter().fold(given(""), |all, name| {
        all.and(service("s").namespace(name))
            .and(version("s", "v1").namespace(name))
            .and(version("s", "v2").namespace(name))
    });
    assert!(in_namespace("a").contains("namespace: a"));
    let text = all.run().rendered;
    let question = ask(&text).header("x-override", "s.b:v2");
    assert_eq!((question.to("a/s").as_str(), question.to("b/s").as_str()), ("v1", "v2"));
    assert!(question.of("a/s").remarks.is_empty(), "it was not meant");
}

#[test]
fn the_policys_own_header_and_carriers_count() {
    let text = generated(&[("s1", &["v1", "v2"])])
        .policy("header: X-Version, baggage: false, tracestate: true")
        .run()
        .rendered;
    let settings = Settings { header: "X-Version".to_owned(), baggage: false, tracestate: true, ..Settings::default() };
    let question = || ask(&text).settings(settings.clone());
    assert_eq!(question().header("x-version", "s1:v2").to("s1"), "v2");
    assert_eq!(question().header("tracestate", "a=b,ov=s9:v1;s1:v2").to("s1"), "v2");
    let other = question().header("x-override", "s1:v2").header("baggage", "override-s1=v2").of("s1");
    assert_eq!((other.version(), other.remarks.len()), (Some("v1"), 0), "these carry nothing");
    let unknown = question().header("tracestate", "ov=s1:v7").of("s1");
    assert!(remark(&unknown).contains("version v7 of s1, which no rule knows"));
}

/// A list of overrides with white space as clients write it, in one or more lines.
fn lines() -> impl Strategy<Value = Vec<Vec<(String, String)>>> {
    let member = ("s[12]", "v[1-9]0?", prop::sample::select(vec!["", " ", "\t", "  "]));
    let member = member.prop_map(|(service, version, space)| (format!("{service}:{version}"), space.to_owned()));
    prop::collection::vec(prop::collection::vec(member, 1..5), 0..3)
}

/// Versions beside the default, in the natural order of `v2` before `v10`.
fn previews() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::btree_set(2_u32..=90, 0..6).prop_map(|all| all.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_version_in_natural_order_that_is_named_anywhere_is_taken(lines in lines(), previews in previews()) {
        let names: Vec<String> = previews.iter().map(|number| format!("v{number}")).chain(["v1".to_owned()]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = finished(&[("s1", &names), ("s2", &["v1", "v20"])]);
        let question = lines.iter().fold(ask(text), |question, line| {
            let members: Vec<String> = line.iter().map(|(member, space)| format!("{space}{member}{space}")).collect();
            question.header("x-override", &members.join(","))
        });
        let asked = |service: &str, version: &str| {
            lines.iter().flatten().any(|(member, _)| *member == format!("{service}:{version}"))
        };
        let expected = names.iter().find(|version| **version != "v1" && asked("s1", version)).unwrap_or(&"v1");
        let answer = question.of("s1");
        prop_assert_eq!(answer.version(), Some(*expected));
        prop_assert_eq!(question.to("s2"), if asked("s2", "v20") { "v20" } else { "v1" });
        let unknown = lines.iter().flatten().any(|(member, _)| {
            member.strip_prefix("s1:").is_some_and(|version| !names.contains(&version))
        });
        prop_assert_eq!(unknown, remarks(&answer).iter().any(|said| said.contains("which no rule knows")));
        prop_assert!(!remarks(&answer).iter().any(|said| said.contains("since 1.39")), "lists read alike in any Envoy");
    }
}
