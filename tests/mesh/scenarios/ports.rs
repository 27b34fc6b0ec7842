//! Ports of every kind on one Service.

use crate::apps::{app, apps};
use crate::clients::{over_grpc, over_tls, say};
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, Stage, count};
use crate::support::given::Given;

/// The kinds of HTTP port: told by name, by `appProtocol`, and by what comes.
const HTTP: [u16; 3] = [80, 8081, 7000];
/// Often enough that two versions both show themselves, but for one time in a million million.
const TIMES: usize = 40;

pub fn scenarios() -> Vec<Scenario> {
    vec![http(), several_services(), grpc(), tcp(), sniffed(), tls(), tcp_without_rule()]
}

fn service(name: &str, namespace: &str) -> crate::apps::App {
    app(name, namespace)
        .port("name: http, port: 80, targetPort: 8080")
        .port("name: admin, port: 8081, appProtocol: http")
        .port("name: anything, port: 7000")
        .port("name: grpc, port: 9090")
        .port("name: tcp-raw, port: 9000")
        .port("name: https, port: 443, targetPort: 8443")
}

fn all_ports() -> Given {
    apps([service("all", "ports")])
}

fn base(name: &str) -> Scenario {
    scenario(name, all_ports(), "http://all.ports")
}

fn http() -> Scenario {
    base("HTTP on ports told by name, by appProtocol, and sniffed").check(|stage| {
        for port in HTTP {
            let url = format!("http://all.ports:{port}");
            stage.expect(CLIENT, &url, "", "all:v1");
            stage.expect(CLIENT, &url, "x-override: all:v2", "all:v2");
            stage.expect(CLIENT, &url, "baggage: override-all=v2", "all:v2");
            stage.expect(CLIENT, &url, "x-override: all:v22", "all:v1");
        }
    })
}

fn several_services() -> Scenario {
    let given = apps([
        app("caller", "hops").calls("http://called:8081"),
        app("called", "hops").port("name: http, port: 80, targetPort: 8080").port("name: http-admin, port: 8081"),
    ]);
    scenario("a hop on a second HTTP port", given, "http://caller.hops")
        .request("x-override: called:v2")
        .goes_through("caller:v1 called:v2")
        .request("x-override: caller:v2")
        .goes_through("caller:v2 called:v1")
}

fn grpc() -> Scenario {
    base("gRPC, with overrides as metadata").check(|stage| {
        let calls: [(&[(&str, &str)], &str); 7] = [
            (&[], "all:v1"),
            (&[("x-override", "all:v2")], "all:v2"),
            (&[("x-override", "other:v3, all:v2")], "all:v2"),
            (&[("x-override", "other:v3"), ("x-override", "all:v2")], "all:v2"),
            (&[("baggage", "user=1,override-all=v2;p=1")], "all:v2"),
            (&[("x-override", "all:v22")], "all:v1"),
            (&[("x-override", "xall:v2")], "all:v1"),
        ];
        let repeated = || calls.iter().flat_map(|call| std::iter::repeat_n(call, 10));
        let metadata: Vec<_> = repeated().map(|(metadata, _)| *metadata).collect();
        let expected: Vec<_> = repeated().map(|(_, version)| *version).collect();
        let (address, authority) = stage.mesh.locate("http://all.ports:9090");
        let answers = inside(stage, || over_grpc(address, &authority, &metadata));
        assert_eq!(answers, expected);
        for (metadata, version) in calls {
            let lines: Vec<String> = metadata.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            stage.explains("http://all.ports:9090", &lines.join("\n"), version);
        }
    })
}

fn tcp() -> Scenario {
    base("TCP stays on the default while there is a preview").check(|stage| {
        for _ in 0..TIMES / 10 {
            stage.expect_text("TCP", "all:v1", || on_tcp(stage, "http://all.ports:9000"));
        }
        stage.explains("http://all.ports:9000", "", "all:v1");
    })
}

fn sniffed() -> Scenario {
    base("TCP on a sniffed port stays on the default").check(|stage| {
        for _ in 0..TIMES / 10 {
            stage.expect_text("TCP on 7000", "all:v1", || on_tcp(stage, "http://all.ports:7000"));
        }
    })
}

fn tls() -> Scenario {
    base("TLS is left alone: it reaches every version").check(|stage| {
        let (address, authority) = stage.mesh.locate("http://all.ports:443");
        let server_name = authority.trim_end_matches(":443").to_owned();
        let answers = count(TIMES, || inside(stage, || over_tls(address, &server_name)));
        assert_eq!(answers.keys().collect::<Vec<_>>(), ["all:v1", "all:v2"], "{answers:?}");
    })
}

fn tcp_without_rule() -> Scenario {
    let given = apps([service("bare", "ports-bare")]);
    let url = "http://bare.ports-bare:9000";
    scenario("TCP without the rule would spread over all versions", given, url).check(move |stage| {
        stage.expect_text("TCP", "bare:v1", || on_tcp(stage, url));
        stage.remove("VirtualService", "bare-overrides");
        stage.eventually("both versions answer", || {
            count(TIMES, || on_tcp(stage, url)).keys().eq(["bare:v1", "bare:v2"])
        });
        stage.apply("VirtualService", "bare-overrides");
        stage.expect_text("TCP", "bare:v1", || on_tcp(stage, url));
    })
}

fn on_tcp(stage: &Stage<'_>, url: &str) -> String {
    let (address, _) = stage.mesh.locate(url);
    inside(stage, || say(address, "hello"))
}

fn inside<T: Send>(stage: &Stage<'_>, work: impl FnOnce() -> T + Send) -> T {
    stage.mesh.pod(CLIENT).place.inside(work)
}
