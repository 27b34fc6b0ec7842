//! What a client sees while something is missing: the second half of docs/traffic.md.

use crate::apps::{app, apps, chain};
use crate::sentence::{Scenario, scenario};
use crate::stage::CLIENT;

pub fn scenarios() -> Vec<Scenario> {
    vec![without_pods(), without_destination_rule(), unmeshed_hop()]
}

fn without_pods() -> Scenario {
    let url = "http://s1.vanishing";
    scenario("a version whose Pods vanish", chain("vanishing"), url).check(move |stage| {
        stage.expect(CLIENT, url, "x-override: s2:v2", "s1:v1 s2:v2 s3:v1");
        stage.keep_only("s2", &["v1"]);
        stage.expect(CLIENT, url, "x-override: s2:v2", "s1:v1 503 no healthy upstream");
        stage.expect(CLIENT, url, "x-override: s3:v2", "s1:v1 s2:v1 s3:v2");
        stage.expect(CLIENT, url, "", "s1:v1 s2:v1 s3:v1");
        stage.keep_only("s2", &["v1", "v2"]);
        stage.expect(CLIENT, url, "x-override: s2:v2", "s1:v1 s2:v2 s3:v1");
    })
}

fn without_destination_rule() -> Scenario {
    let url = "http://early.early";
    scenario("a VirtualService without its DestinationRule", apps([app("early", "early")]), url).check(move |stage| {
        stage.expect(CLIENT, url, "", "early:v1");
        stage.remove("DestinationRule", "early-overrides");
        stage.expect(CLIENT, url, "", "503");
        stage.expect(CLIENT, url, "x-override: early:v2", "503");
        stage.apply("DestinationRule", "early-overrides");
        stage.expect(CLIENT, url, "", "early:v1");
        stage.expect(CLIENT, url, "x-override: early:v2", "early:v2");
    })
}

fn unmeshed_hop() -> Scenario {
    let url = "http://s1.forgetful";
    let given = apps([
        app("s1", "forgetful").calls("http://s2").forwards("x-request-id"),
        app("s2", "forgetful").calls("http://s3"),
        app("s3", "forgetful"),
    ]);
    scenario("an app that forwards nothing ends the way of an override", given, url)
        .request("x-override: s1:v2, s2:v2, s3:v2")
        .goes_through("s1:v2 s2:v1 s3:v1")
}
