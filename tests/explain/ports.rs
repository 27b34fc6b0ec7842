//! The port that is called: `--port`, `--chain`, and what is said where no port is named.

use crate::asking::{ask, config, remarks};
use crate::support::given::{Given, given, service, version};
use crate::support::{Run, overrides};

fn explain(input: &str, arguments: &[&str]) -> Run {
    overrides(&[&["explain", "-"], arguments].concat(), input.as_bytes())
}

/// Services by their ports, each in v1 and v2, with the rules of the function.
fn services(all: &[(&str, &[&str])]) -> String {
    let with = |given: Given, (name, ports): &(&str, &[&str])| {
        let service = ports.iter().fold(service(name), |service, port| service.port(port));
        given.and(service).and(version(name, "v1")).and(version(name, "v2"))
    };
    all.iter().fold(given(""), with).run().rendered
}

const TCP_FIRST: (&str, &[&str]) = ("s1", &["name: tcp-service, port: 80", "name: http-metrics, port: 9090"]);

#[test]
fn a_chain_answers_for_the_port_that_is_called() {
    let text = services(&[TCP_FIRST, ("s2", &["name: http, port: 80"])]);
    let asked = ["-H", "x-override: s1:v2, s2:v2", "--chain", "s1,s2"];
    let run = explain(&text, &[&asked[..], &["--port", "80"]].concat());
    assert_eq!((run.code, run.stdout.lines().next()), (Some(0), Some("s1:v1 s2:v2")), "{}", run.stderr);
    assert!(run.stdout.contains("which nobody sees at port 80"), "{}", run.stdout);
    let run = explain(&text, &["-H", "x-override: s1:v2, s2:v2", "--chain", "s1:9090,s2"]);
    assert_eq!(run.stdout, "s1:v2 s2:v2\n");
    let run = explain(&text, &["-H", "x-override: s1:v2, s2:v2", "--chain", "default/s1:80,s2.default:80"]);
    assert_eq!(run.stdout.lines().next(), Some("s1:v1 s2:v2"));
}

#[test]
fn where_no_port_is_named_that_is_said() {
    let text = services(&[TCP_FIRST]);
    let run = explain(&text, &["-H", "x-override: s1:v2", "--chain", "s1"]);
    assert_eq!(
        run.stdout,
        "s1:v2\n! s1: no port is named, and the Service has several (80, 9090): this is the answer for 9090; name another \
         with --port, or in a chain like s1:8080 [EX20]\n"
    );
    let two = services(&[("s1", &["name: http, port: 80", "name: grpc, port: 81"])]);
    let run = explain(&two, &["-H", "x-override: s1:v2", "--chain", "s1"]);
    assert!(run.stdout.starts_with("s1:v2\n! s1: no port is named"), "{}", run.stdout);
    assert!(run.stdout.contains("this is the answer for 80, 81;"), "{}", run.stdout);
    let one = services(&[("s1", &["name: http, port: 80", "name: dns, port: 53, protocol: UDP"])]);
    assert_eq!(explain(&one, &["--chain", "s1"]).stdout, "s1:v1\n", "Istio carries one of them");
}

#[test]
fn ports_that_differ_have_no_answer_in_common() {
    let rules = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r}\nspec: {hosts: [s1], http: \
                 [{match: [{port: 81}], directResponse: {status: 418}}, {directResponse: {status: 200}}]}\n";
    let text = config(&[
        &service("s1").port("name: http, port: 80").port("name: http-b, port: 81"),
        &version("s1", "v1"),
        &rules,
    ]);
    let run = explain(&text, &["--chain", "s1"]);
    assert!(run.stdout.starts_with("s1:?\n! s1: not evaluated: no port is named, and the answer depends on it: 80 gives reply 200, 81 gives reply 418."), "{}", run.stdout);
    assert_eq!(explain(&text, &["--chain", "s1:81"]).stdout, "s1:418\n");
    assert_eq!(ask(&text).port(80).to("s1"), "reply 200");
}

#[test]
fn a_service_without_the_port_is_said() {
    let text = services(&[("s1", &["name: http, port: 80"]), ("s2", &["name: http, port: 8080"])]);
    let run = explain(&text, &["--chain", "s1,s2", "--port", "80"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(1), "s1:v1 s2:?\n! s2: not evaluated: s2 has no port 80; it has 8080\n")
    );
    let run = explain(&text, &["--chain", "s1,s2:9"]);
    assert!(run.stdout.starts_with("s1:v1 s2:?\n"), "{}", run.stdout);
    let run = explain(&text, &["--port", "80"]);
    assert!(run.stdout.ends_with("\n! left out, because they have no port 80: s2 [EX21]\n"), "{}", run.stdout);
    assert_eq!(ask(&text).port(80).remarks(), ["left out, because they have no port 80: s2"]);
}

#[test]
fn an_override_for_a_service_that_the_chain_does_not_pass_is_said() {
    let text = services(&[("s1", &["name: http, port: 80"]), ("s2", &["name: http, port: 80"])]);
    let run = explain(&text, &["--chain", "s1", "-H", "x-override: s1:v2, s2:v2"]);
    assert_eq!(run.stdout, "s1:v2\n! the request asks for version v2 of s2, which is not in the chain [EX06]\n");
    assert_eq!(remarks(&ask(&text).header("x-override", "s2:v2").of("s1")), [""; 0]);
}

#[test]
fn a_hop_that_cannot_be_read_is_wrong_usage() {
    let text = services(&[("s1", &["name: http, port: 80"])]);
    for (chain, sentence) in [
        ("s1:http", "`http` in `s1:http` is no port"),
        ("s1,,s1", "there is no Service's name in ``"),
        (":80", "there is no Service's name"),
    ] {
        let run = explain(&text, &["--chain", chain]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{chain}");
        assert!(run.stderr.contains(sentence), "{}", run.stderr);
    }
}
