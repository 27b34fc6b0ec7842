//! The forms that an override may have in a request, and those that are none: on every version of Envoy, since they
//! differ in what they make of repeated headers.

use std::collections::BTreeSet;

use crate::apps::{app, apps, chain};
use crate::parts::envoy::{VERSIONS, admin};
use crate::sentence::{Scenario, scenario};
use crate::support::given::Given;

/// Header lines that ask for version v2 of a Service, here `{s}`.
const TAKEN: [&str; 33] = [
    "x-override: {s}:v2",
    "X-Override: {s}:v2",
    "X-OVERRIDE:{s}:v2",
    "x-override:   {s}:v2  ",
    "x-override: {s}.forms:v2",
    "x-override: other:v1,{s}:v2",
    "x-override: other:v1, {s}:v2",
    "x-override: {s}:v2,other:v1",
    "x-override: {s}:v2 , other:v1",
    "x-override: other:v1 ,\t{s}:v2\t, another:v3",
    "x-override: nonsense, {s}:v2",
    "x-override: ,,{s}:v2,,",
    "x-override: {s}:v2\nx-override: other:v1",
    "x-override: other:v1\nx-override: {s}:v2",
    "x-override: other:v1\nX-Override: a:b, {s}:v2\nx-override: another:v3",
    "x-override: {s}:v9, {s}:v2",
    "x-override: {s}:v1, {s}:v2",
    "baggage: override-{s}=v2",
    "Baggage: override-{s}=v2",
    "baggage: override-{s}.forms=v2",
    "baggage: user=1,override-{s}=v2",
    "baggage: user=1, override-{s}=v2, tenant=2",
    "baggage: override-{s} = v2",
    "baggage: override-{s}=v2;p=1",
    "baggage: override-{s}=v2 ; p=1 ; q",
    "baggage: override-{s}=v2%3Bp=1",
    "baggage: override-{s}=v2%3bp=1,user=1",
    "baggage: name=Ann%C3%A9e%2C%20B.,override-{s}=v2,city=K%C3%B6ln",
    "baggage: user=1;p=1,override-{s}=v2",
    "baggage: user=1\nbaggage: override-{s}=v2",
    // One carrier is enough, and it does not matter what the other says.
    "x-override: {s}:v2\nbaggage: override-{s}=v2",
    "x-override: {s}:v2\nbaggage: override-{s}=v1",
    "x-override: {s}:v1\nbaggage: override-{s}=v2",
];

/// Header lines that come near to that and ask for nothing.
const NOT_TAKEN: [&str; 22] = [
    "x-override: {s}:v22",
    "x-override: {s}:v",
    "x-override: {s}:V2",
    "x-override: x{s}:v2",
    "x-override: x-{s}:v2",
    "x-override: {s}x:v2",
    "x-override: {s}:v2x",
    "x-override: {s}:v2.1",
    "x-override: {s}: v2",
    "x-override: {s} :v2",
    "x-override: {s}:v1",
    "x-override: {s}.other:v2",
    "x-override: other.{s}:v2",
    "x-override: a:b {s}:v2",
    "x-override: {s}:v2 a:b",
    "x-override: \"{s}:v2\"",
    "x-override: {s}:v2;p=1",
    "x-overrides: {s}:v2",
    "baggage: {s}=v2",
    "baggage: override-{s}=v22",
    "baggage: xoverride-{s}=v2",
    "baggage: user=override-{s}=v2",
];

/// A Service, here `t`, in versions v1, v2 and v10: what is asked of it, and what it becomes.
const SEVERAL: [(&str, &str); 5] = [
    ("x-override: t:v10", "v10"),
    // Of several overrides for one Service the first in the order of versions wins, whatever the order in the request.
    ("x-override: t:v10, t:v2", "v2"),
    ("x-override: t:v10\nx-override: t:v2", "v2"),
    ("x-override: t:v10\nbaggage: override-t=v2", "v2"),
    ("x-override: t:v2\nbaggage: override-t=v10", "v2"),
];

pub fn scenarios() -> Vec<Scenario> {
    vec![
        envoys(),
        every_form("every form of an override, from clients with every Envoy", "http://s.forms").with_every_client(),
        every_form("every form of an override, at gateways with every Envoy", "http://forms.example.com")
            .through_every_gateway(),
        on_the_way("chain", chain("chain"), "s2"),
        on_the_way("upgrading", upgrading(), "s2"),
        on_the_way("upgrading", upgrading(), "s3"),
        several().with_every_client(),
        names_within_names(),
        both_carriers(),
        tracestate(),
        opentelemetry(),
    ]
}

/// A Service, others whose names begin or end like it, and one with three versions.
fn services() -> Given {
    apps([app("s", "forms"), app("xs", "forms"), app("sx", "forms"), app("t", "forms").versions(&["v1", "v2", "v10"])])
}

fn base(name: &str, url: &str) -> Scenario {
    scenario(name, services(), url).exposing("s", "forms", "forms.example.com")
}

fn every_form(name: &str, url: &str) -> Scenario {
    let mut scenario = base(name, url);
    for lines in TAKEN {
        scenario = scenario.request(lines.replace("{s}", "s")).goes_through("s:v2");
    }
    for lines in NOT_TAKEN {
        scenario = scenario.request(lines.replace("{s}", "s")).goes_through("s:v1");
    }
    scenario
}

/// A chain in the middle of an upgrade of its sidecars.
fn upgrading() -> Given {
    apps([
        app("s1", "upgrading").calls("http://s2").envoy("1.36"),
        app("s2", "upgrading").calls("http://s3").envoy("1.38"),
        app("s3", "upgrading").with_sidecar(),
    ])
}

/// Behind apps that forward what came to them, after each Envoy on the way had its hands on it.
fn on_the_way(namespace: &str, given: Given, service: &str) -> Scenario {
    let name = format!("every form of an override for {service}, forwarded by apps, in {namespace}");
    let mut scenario = scenario(&name, given, &format!("http://s1.{namespace}"));
    let fill = |lines: &str| lines.replace("{s}", service).replace(".forms", &format!(".{namespace}"));
    let preview = "s1:v1 s2:v1 s3:v1".replace(&format!("{service}:v1"), &format!("{service}:v2"));
    for lines in TAKEN {
        scenario = scenario.request(fill(lines)).goes_through(&preview);
    }
    for lines in NOT_TAKEN {
        scenario = scenario.request(fill(lines)).goes_through("s1:v1 s2:v1 s3:v1");
    }
    scenario
}

/// Otherwise the rest would prove less than it says.
fn envoys() -> Scenario {
    let name = "every Envoy is of the version that was asked for";
    scenario(name, upgrading(), "http://s1.upgrading").check(|stage| {
        let mut seen = BTreeSet::new();
        for pod in stage.mesh.all_pods().filter(|pod| pod.proxy.is_some()) {
            let information = admin(&pod.place, "/server_info").expect("an Envoy answers");
            let version = pod.envoy_version();
            assert!(information.contains(&format!("/{version}.")), "{}: {information}", pod.name);
            seen.insert((pod.namespace.as_str(), version));
        }
        for version in VERSIONS {
            assert!(seen.contains(&("client", version)), "{seen:?}");
        }
        assert!(seen.contains(&("upgrading", "1.36")) && seen.contains(&("upgrading", "1.38")), "{seen:?}");
    })
}

fn several() -> Scenario {
    let scenario = base("several overrides for one Service", "http://t.forms");
    SEVERAL
        .into_iter()
        .fold(scenario, |scenario, (lines, version)| scenario.request(lines).goes_through(&format!("t:{version}")))
}

fn names_within_names() -> Scenario {
    base("a name that begins or ends like another's", "http://sx.forms")
        .request("x-override: sx:v2")
        .goes_through("sx:v2")
        .request("x-override: s:v2")
        .goes_through("sx:v1")
        .request("baggage: override-s=v2,override-xs=v2")
        .goes_through("sx:v1")
}

fn both_carriers() -> Scenario {
    scenario("header and baggage at once", chain("chain"), "http://s1.chain")
        .request("x-override: s1:v2\nbaggage: user=1,override-s3=v2")
        .goes_through("s1:v2 s2:v1 s3:v2")
        .request("baggage: override-s1=v2,override-s2=v2;p=1,override-s3=v2")
        .goes_through("s1:v2 s2:v2 s3:v2")
        .request("baggage: override-s1=v2\nbaggage: override-s2=v2%3Bp=1\nx-override: s3:v2")
        .goes_through("s1:v2 s2:v2 s3:v2")
}

fn tracestate() -> Scenario {
    let traced = ["s1", "s2", "s3"].map(|name| app(name, "traced").forwards("traceparent, tracestate").with_sidecar());
    let [first, second, third] = traced;
    let given = apps([first.calls("http://s2"), second.calls("http://s3"), third]).policy("tracestate: true");
    let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    scenario("tracestate, where apps forward nothing else", given, "http://s1.traced")
        .request(format!("{parent}\ntracestate: ov=s2:v2;s3:v2"))
        .goes_through("s1:v1 s2:v2 s3:v2")
        .request(format!("{parent}\ntracestate: vendor=1,ov=s3.traced:v2 , other=2"))
        .goes_through("s1:v1 s2:v1 s3:v2")
        .request(format!("{parent}\ntracestate: vendor=1\ntracestate: ov=s1:v2"))
        .goes_through("s1:v2 s2:v1 s3:v1")
        .request(format!("{parent}\ntracestate: xov=s2:v2,ov=s2:v22;xs3:v2"))
        .goes_through("s1:v1 s2:v1 s3:v1")
        .request("x-override: s1:v2, s2:v2")
        .goes_through("s1:v2 s2:v1 s3:v1")
}

/// The SDK parses and writes baggage anew at every hop, and rewrites the `;` before properties.
fn opentelemetry() -> Scenario {
    let given = apps([
        app("s1", "traced-apps").calls("http://s2").traced(),
        app("s2", "traced-apps").calls("http://s3").traced(),
        app("s3", "traced-apps"),
    ]);
    scenario("baggage through apps that know nothing but OpenTelemetry", given, "http://s1.traced-apps")
        .request("")
        .goes_through("s1:v1 s2:v1 s3:v1")
        .request("baggage: override-s2=v2,override-s3=v2")
        .goes_through("s1:v1 s2:v2 s3:v2")
        .request("baggage: user=Ann%C3%A9e%2C, override-s1 = v2 , override-s3=v2;p=1, tenant=2")
        .goes_through("s1:v2 s2:v1 s3:v2")
        .request("baggage: override-s3.traced-apps=v2\nbaggage: user=1")
        .goes_through("s1:v1 s2:v1 s3:v2")
        // Of repeated lines this SDK reads the first alone.
        .request("baggage: user=1\nbaggage: override-s1=v2,override-s3=v2")
        .goes_through("s1:v2 s2:v1 s3:v1")
        .request("baggage: override-s3=v22")
        .goes_through("s1:v1 s2:v1 s3:v1")
        // The header is not its business.
        .request("x-override: s1:v2, s3:v2")
        .goes_through("s1:v2 s2:v1 s3:v1")
}
