//! Versions that are no legal names of subsets, and many of them.

use crate::apps::{app, apps};
use crate::mesh::said;
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, count};
use crate::support::given::Given;

/// As many versions as one Service may well have, when each branch is deployed.
const MANY: usize = 50;

pub fn scenarios() -> Vec<Scenario> {
    vec![odd(), many(), split(), launchpad()]
}

/// A weighted default, counted.
fn split() -> Scenario {
    let url = "http://canary.split";
    let given = apps([app("canary", "split").versions(&["v1", "v2", "v3"])])
        .policy("services: [{name: canary, split: {v1: 90, v2: 10, v3: 0}}]");
    scenario("a split of 90 to 10, with overrides above it", given, url).check(move |stage| {
        stage.expect(CLIENT, url, "x-override: canary:v3", "canary:v3");
        let seen = count(2_000, || said(stage.mesh.ask(CLIENT, url, "/", "")));
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["canary:v1", "canary:v2"], "{seen:?}");
        // The odds of being further off are less than one in a million.
        assert!((130..=270).contains(&seen["canary:v2"]), "a tenth: {seen:?}");
        for version in ["v1", "v2", "v3"] {
            let lines = format!("x-override: canary:{version}");
            let asked = count(200, || said(stage.mesh.ask(CLIENT, url, "/", &lines)));
            assert_eq!(asked.keys().collect::<Vec<_>>(), [&format!("canary:{version}")]);
        }
    })
}

/// launchpad's: what it calls a version is the name of a subset, in each of its schemas.
const WORKLOAD: &str = "apiVersion: labs.ishankhare.dev/v1alpha1
kind: Workload
metadata: {name: split, namespace: launchpad}
spec:
  host: hello
  targets:
  - trafficSplit:
      hosts: [hello]
      subset: {name: stable, labels: {version: v1}}
      destinationHost: hello.launchpad.svc.cluster.local
      weight: 80
  - trafficSplit: {subsetName: canary, subsetLabels: {app: hello, version: v2}, weight: 20}
  - trafficSplit: {subsetName: dark, subsetLabels: {version: v3}}
";

/// A weighted default of launchpad's, counted.
fn launchpad() -> Scenario {
    let url = "http://hello.launchpad";
    let given = apps([app("hello", "launchpad").versions(&["v1", "v2", "v3"])]).and(WORKLOAD);
    scenario("launchpad's Workload, 80 to 20, with overrides by the names of subsets above it", given, url).check(
        move |stage| {
            for (asked, taken) in [("dark", "v3"), ("canary", "v2"), ("stable", "v1")] {
                stage.expect(CLIENT, url, &format!("x-override: hello:{asked}"), &format!("hello:{taken}"));
                stage.expect(CLIENT, url, &format!("baggage: override-hello={asked}"), &format!("hello:{taken}"));
            }
            let seen = count(2_000, || said(stage.mesh.ask(CLIENT, url, "/", "")));
            assert_eq!(seen.keys().collect::<Vec<_>>(), ["hello:v1", "hello:v2"], "{seen:?}");
            // The odds of being further off are less than one in a million.
            assert!((310..=490).contains(&seen["hello:v2"]), "a fifth: {seen:?}");
            let asked = count(200, || said(stage.mesh.ask(CLIENT, url, "/", "x-override: hello:dark")));
            assert_eq!(asked.keys().collect::<Vec<_>>(), ["hello:v3"], "{asked:?}");
        },
    )
}

fn longest() -> String {
    format!("a{}z", "-very-long".repeat(7).split_at(61).0)
}

fn odd_versions() -> Given {
    let longest = longest();
    let versions = ["1.2.3", "v1_2", "1.2", "1-2", &longest];
    apps([app("odd", "versions").versions(&versions)]).policy("defaultVersion: \"1.2.3\"")
}

fn odd() -> Scenario {
    let longest = longest();
    assert_eq!(longest.len(), 63, "the longest value of a label");
    let ask = |scenario: Scenario, asked: &str, taken: &str| {
        scenario
            .request(format!("x-override: odd:{asked}"))
            .goes_through(&format!("odd:{taken}"))
            .request(format!("baggage: override-odd={asked}"))
            .goes_through(&format!("odd:{taken}"))
    };
    let mut scenario =
        scenario("versions with dots, underscores and 63 characters", odd_versions(), "http://odd.versions");
    for version in ["1.2.3", "v1_2", "1.2", "1-2", longest.as_str()] {
        scenario = ask(scenario, version, version);
    }
    for miss in ["1x2", "1_2", "v1-2", "v1.2", "12", "1.2.", "1.2.3.4", &longest[..62], &format!("{longest}z")] {
        scenario = ask(scenario, miss, "1.2.3");
    }
    scenario
}

fn many() -> Scenario {
    let versions: Vec<String> = (1..=MANY).map(|number| format!("v{number}")).collect();
    let given = apps([app("many", "versions-many").versions(&versions)]);
    let mut scenario = scenario("fifty versions of one Service", given, "http://many.versions-many");
    for version in &versions {
        scenario = scenario.request(format!("x-override: many:{version}")).goes_through(&format!("many:{version}"));
    }
    scenario.request("x-override: many:v51").goes_through("many:v1").request("").goes_through("many:v1")
}
