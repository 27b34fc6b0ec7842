//! The promise itself: along a chain, each Service is taken in the version that the request asks for.

use crate::apps::chain;
use crate::sentence::{Scenario, scenario};

const URL: &str = "http://s1.chain";
/// What a request may say of a Service: nothing, or one of its versions.
const CHOICES: [Option<&str>; 3] = [None, Some("v1"), Some("v2")];

pub fn scenarios() -> Vec<Scenario> {
    vec![every_combination()]
}

fn every_combination() -> Scenario {
    let mut scenario = scenario("every combination of overrides along a chain", chain("chain"), URL);
    for first in CHOICES {
        for second in CHOICES {
            for third in CHOICES {
                let choices = [("s1", first), ("s2", second), ("s3", third)];
                let members: Vec<String> = choices
                    .iter()
                    .filter_map(|(service, version)| version.map(|version| format!("{service}:{version}")))
                    .collect();
                let path = choices.map(|(service, version)| format!("{service}:{}", version.unwrap_or("v1"))).join(" ");
                let lines =
                    if members.is_empty() { String::new() } else { format!("x-override: {}", members.join(", ")) };
                scenario = scenario.request(lines).goes_through(&path);
            }
        }
    }
    scenario
}
