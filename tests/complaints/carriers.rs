//! The header is lost after the first hop, because an app does not pass it on (istio#1380, kt-connect#306). W3C baggage
//! is passed on by OpenTelemetry by itself, and tracestate by whatever passes trace headers on. The mesh's scenarios
//! `baggage` and `tracestate` ask real proxies and a real SDK.

use super::*;

const HOPS: [&str; 3] = ["s1", "s2", "s3"];

fn chain() -> Given {
    HOPS.into_iter().fold(Given::default(), |given, name| {
        let of = |value: &str| version(name, value).namespace("shop");
        given.and(service(name).namespace("shop")).and(of("v1")).and(of("v2"))
    })
}

/// The versions that a request passes when every hop passes these lines on.
fn way(stream: &str, lines: &str, settings: Settings) -> String {
    let hop = |name| explain_in(stream, (name, "shop"), "/", lines, settings.clone()).outcome.to_string();
    HOPS.map(hop).join(" ")
}

#[test]
fn baggage_reaches_the_last_hop_among_what_others_carry_in_it() {
    let found = chain().run();
    for lines in [
        "baggage: override-s3=v2",
        "baggage: user=jason,override-s3=v2;ttl=1,trace=1",
        "baggage: override-s3.shop=v2",
        // As OpenTelemetry for Python writes the semicolon.
        "baggage: override-s3=v2%3Bttl=1",
    ] {
        assert_eq!(way(&found.rendered, lines, Settings::default()), "v1 v1 v2", "{lines}");
    }
    assert_eq!(way(&found.rendered, "baggage: override-s1=v2,override-s3=v2", Settings::default()), "v2 v1 v2");
}

#[test]
fn tracestate_reaches_the_last_hop_where_it_is_switched_on_and_does_nothing_where_not() {
    let lines =
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\ntracestate: a=b,ov=s1:v2;s3:v2,c=d";
    let settings = Settings { tracestate: true, ..Settings::default() };
    let found = chain().policy("tracestate: true").run();
    assert_eq!(way(&found.rendered, lines, settings.clone()), "v2 v1 v2");
    let found = chain().run();
    assert_eq!(way(&found.rendered, lines, settings), "v1 v1 v1");
}

/// A hop that drops the header is not noticed by a proxy, so the pages say what has to be passed on.
#[test]
fn a_hop_that_drops_it_leads_to_the_default_and_the_pages_say_so() {
    let found = chain().run();
    assert_eq!(ask_s2(&found.rendered, "x-request-id: 1"), "v1");
    assert_eq!(ask_s2(&found.rendered, "x-override: s2:v2"), "v2");
    let readme = include_str!("../../README.md");
    for carrier in ["| header | `x-override: ", "| W3C baggage | `baggage: ", "| W3C tracestate, when switched on | `"]
    {
        assert!(readme.contains(carrier), "the README has no row {carrier}");
    }
    let traffic = include_str!("../../docs/traffic.md");
    assert!(
        traffic
            .contains("| an app that does not forward the header | the default | the default, from the next hop on |")
    );
}

fn ask_s2(stream: &str, lines: &str) -> String {
    explain(stream, "s2", "/", lines).outcome.to_string()
}
