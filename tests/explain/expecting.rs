//! `--expect`: an answer as a test in a pipeline.

use crate::asking::{config, generated, reviews};
use crate::support::given::{given, service, version};
use crate::support::{Run, overrides};

fn explain(input: &str, arguments: &[&str]) -> Run {
    overrides(&[&["explain", "-", "-H", "x-override: cart:pr-123"], arguments].concat(), input.as_bytes())
}

fn shop() -> String {
    generated(&[("cart", &["v1", "pr-123"]), ("web", &["v1", "v2"])]).run().rendered
}

#[test]
fn what_is_as_expected_exits_with_0() {
    let text = shop();
    let plain = explain(&text, &[]);
    let run = explain(&text, &["--expect", "cart=pr-123", "--expect", "default/web=v1"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, plain.stdout, "the answers are printed all the same");
    let chain = explain(&text, &["--chain", "web,cart", "--expect", "cart=pr-123", "--expect", "web=v1"]);
    assert_eq!((chain.code, chain.stdout.as_str()), (Some(0), "web:v1 cart:pr-123\n"));
}

#[test]
fn what_is_not_as_expected_exits_with_1_and_says_what_is() {
    let text = shop();
    let run = explain(&text, &["--expect", "cart=v1", "--expect", "web=v2", "--expect", "web=v1"]);
    assert_eq!(run.code, Some(1));
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stderr);
    assert!(
        lines[0].starts_with("error: cart:80: expected v1, but it is pr-123 (route override-cart-pr-123 of "),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("error: web:80: expected v2, but it is v1 (route default-web of "), "{}", lines[1]);
    assert!(run.stdout.starts_with("SERVICE"), "{}", run.stdout);
    let chain = explain(&text, &["--chain", "web,cart", "--expect", "cart=v1"]);
    assert_eq!((chain.code, chain.stdout.as_str()), (Some(1), "web:v1 cart:pr-123\n"));
    assert!(chain.stderr.contains("expected v1, but it is pr-123"));
}

#[test]
fn scripts_get_what_was_expected_and_what_is() {
    let run = explain(&shop(), &["--json", "--expect", "cart=pr-123", "--expect", "web=v2"]);
    assert_eq!(run.code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let expectations = report["expectations"].as_array().unwrap();
    assert_eq!((&expectations[0]["met"], &expectations[1]["met"]), (&true.into(), &false.into()));
    assert_eq!((&expectations[1]["expected"], &expectations[1]["actual"]), (&"v2".into(), &"v1".into()));
    assert_eq!(expectations[1]["service"]["name"], "web");
}

#[test]
fn a_service_or_a_version_that_is_not_there_is_an_error_with_the_nearest_name() {
    let text = shop();
    for (expectation, sentence) in [
        ("crat=v1", "there is no Service `crat` in what was read; did you mean `cart`?"),
        (
            "cart=pr-124",
            "cart has no version pr-124, which `--expect cart=pr-124` names; it has pr-123, v1; did you mean `pr-123`?",
        ),
        ("cart:81=v1", "nothing is asked of cart at port 81, which `--expect cart:81=v1` is about"),
    ] {
        let run = explain(&text, &["--expect", expectation]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{expectation}");
        assert!(run.stderr.contains(sentence), "{}", run.stderr);
    }
    let run = explain(&text, &["--chain", "web:80", "--expect", "web:81=v1"]);
    assert!(run.stderr.contains("nothing is asked of web at port 81"), "{}", run.stderr);
    let run = explain(&text, &["--chain", "web", "--expect", "cart=pr-123"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("cart is not in the chain, so `--expect cart=pr-123` says nothing about it"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_malformed_expectation_is_wrong_usage() {
    for (expectation, sentence) in [
        ("cart:pr-123", "there is no `=` in it; write it like cart=pr-123"),
        ("cart=", "there is no version behind the `=`"),
        ("=v1", "there is no Service's name"),
        ("cart:http=v1", "`http` in `cart:http` is no port"),
    ] {
        let run = explain(&shop(), &["--expect", expectation]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{expectation}");
        assert!(run.stderr.contains(sentence), "{}", run.stderr);
    }
}

#[test]
fn every_port_for_http_has_to_be_as_expected() {
    let ports = service("cart").port("name: http, port: 80").port("name: grpc, port: 81").port("name: tcp, port: 82");
    let text = given(ports).and(version("cart", "v1")).and(version("cart", "pr-123")).run().rendered;
    assert_eq!(explain(&text, &["--expect", "cart=pr-123"]).code, Some(0), "a TCP port has no headers");
    let tcp = explain(&text, &["--expect", "cart:82=pr-123"]);
    assert_eq!(tcp.code, Some(1));
    assert!(tcp.stderr.starts_with("error: cart:82: expected pr-123, but it is v1"), "{}", tcp.stderr);
    assert_eq!(explain(&text, &["--port", "82", "--expect", "cart=v1"]).code, Some(0));
}

#[test]
fn what_is_no_version_can_be_expected_too() {
    let reject = generated(&[("cart", &["v1", "v2"])]).policy("unknownVersion: reject").run().rendered;
    assert_eq!(explain(&reject, &["--expect", "cart=404"]).code, Some(0));
    let none = config(&[&reviews(&[])]);
    assert_eq!(explain(&none, &["--expect", "reviews=-"]).code, Some(0));
    let spread = explain(&reviews(&["v1", "v2"]), &["--expect", "reviews=v1"]);
    assert_eq!(spread.code, Some(1), "some of them is not all of them");
    assert!(spread.stderr.contains("expected v1, but it is any of v1, v2"), "{}", spread.stderr);
}
