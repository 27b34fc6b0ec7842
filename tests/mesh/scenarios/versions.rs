//! Versions that are no legal names of subsets, and many of them.

use crate::apps::{app, apps};
use crate::sentence::{Scenario, scenario};
use crate::support::given::Given;

/// As many versions as one Service may well have, when each branch is deployed.
const MANY: usize = 50;

pub fn scenarios() -> Vec<Scenario> {
    vec![odd(), many()]
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
