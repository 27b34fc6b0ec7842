//! Overrides for versions that do not exist.

use crate::apps::{app, apps, chain};
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, Stage};
use crate::support::given::Given;

pub fn scenarios() -> Vec<Scenario> {
    vec![default(), mark(), reject(), on_several_ports(), behind_another()]
}

fn guarded(namespace: &str, policy: &str) -> Given {
    apps([app("g", namespace)]).policy(policy)
}

fn default() -> Scenario {
    scenario("an unknown version takes the default", chain("chain"), "http://s1.chain")
        .request("x-override: s2:v9, s1:v9")
        .goes_through("s1:v1 s2:v1 s3:v1")
        .check(|stage| header(stage, "http://s1.chain", "x-override: s1:v9", ""))
}

fn mark() -> Scenario {
    let url = "http://g.marked";
    let given = guarded("marked", "unknownVersion: mark");
    scenario("unknownVersion: mark says it to the caller", given, url).check(move |stage| {
        stage.expect(CLIENT, url, "x-override: g:v9", "g:v1");
        header(stage, url, "x-override: g:v9", "g");
        header(stage, url, "baggage: override-g=v9", "g");
        header(stage, url, "x-override: other:v9", "");
        header(stage, url, "x-override: g:v1", "");
        header(stage, url, "x-override: g:v2", "");
        header(stage, url, "", "");
        stage.expect(CLIENT, url, "x-override: g:v9, g:v2", "g:v2");
        header(stage, url, "x-override: g:v9, g:v2", "");
    })
}

fn reject() -> Scenario {
    let url = "http://g.rejected";
    let given = guarded("rejected", "unknownVersion: reject");
    scenario("unknownVersion: reject answers 404 with what there is", given, url).check(move |stage| {
        for lines in
            ["x-override: g:v9", "x-override: other:v1\nx-override: g.rejected:v22", "baggage: a=b,override-g=v9;p=1"]
        {
            stage.expect_text(&format!("the status of {lines:?}"), "404", || status(stage, url, lines));
            stage.explains(url, lines, "404");
            header(stage, url, lines, "g");
            let body = stage.mesh.ask(CLIENT, url, "/", lines).expect("an answer").body;
            assert!(body.contains("v1") && body.contains("v2"), "the body names the versions: {body}");
        }
        stage.expect(CLIENT, url, "x-override: g:v2", "g:v2");
        stage.expect(CLIENT, url, "x-override: g:v1", "g:v1");
        stage.expect(CLIENT, url, "x-override: g:v9, g:v2", "g:v2");
        stage.expect(CLIENT, url, "x-override: gg:v9, g.other:v9", "g:v1");
    })
}

fn on_several_ports() -> Scenario {
    let ported = app("g", "guarded-ports")
        .port("name: http, port: 80, targetPort: 8080")
        .port("name: admin, port: 8081, appProtocol: http")
        .port("name: anything, port: 7000");
    let given = apps([ported]).policy("unknownVersion: reject");
    scenario("the guard on several ports", given, "http://g.guarded-ports").check(|stage| {
        for port in [80, 8081, 7000] {
            let url = &format!("http://g.guarded-ports:{port}");
            for lines in ["x-override: g:v9", "baggage: override-g=v9"] {
                stage.expect_text(&format!("the status of {lines:?} on {port}"), "404", || status(stage, url, lines));
                stage.explains(url, lines, "404");
            }
            stage.expect(CLIENT, url, "x-override: g:v9, g:v2", "g:v2");
            stage.expect(CLIENT, url, "x-override: g:v1", "g:v1");
            stage.expect(CLIENT, url, "", "g:v1");
        }
    })
}

/// The caller's caller sees what the caller makes of it.
fn behind_another() -> Scenario {
    let given =
        apps([app("outer", "behind").calls("http://inner"), app("inner", "behind")]).policy("unknownVersion: reject");
    scenario("a rejected override deep in a chain", given, "http://outer.behind").check(|stage| {
        let url = "http://outer.behind";
        stage.expect(CLIENT, url, "x-override: outer:v2, inner:v2", "outer:v2 inner:v2");
        stage.eventually("the outer one tells of a 404", || {
            crate::mesh::said(stage.mesh.ask(CLIENT, url, "/", "x-override: inner:v9")).starts_with("outer:v1 404 ")
        });
    })
}

fn status(stage: &Stage<'_>, url: &str, lines: &str) -> String {
    stage.mesh.ask(CLIENT, url, "/", lines).expect("an answer").status().to_string()
}

/// The header by which the guard makes itself known, empty where there is none.
#[track_caller]
fn header(stage: &Stage<'_>, url: &str, lines: &str, expected: &str) {
    stage.expect_text(&format!("x-override-unknown after {lines:?}"), expected, || {
        let answer = stage.mesh.ask(CLIENT, url, "/", lines).expect("an answer");
        answer.values("x-override-unknown").collect::<Vec<_>>().join(", ")
    });
}
