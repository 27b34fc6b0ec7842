//! What a client sees while something is missing: the second half of docs/traffic.md.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::apps::{app, apps, chain};
use crate::mesh::said;
use crate::parts::envoy::admin;
use crate::sentence::{Scenario, scenario};
use crate::stage::{CLIENT, Stage, count};

/// Far longer than the changes take.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn scenarios() -> Vec<Scenario> {
    vec![without_pods(), without_destination_rule(), one_after_the_other(), unmeshed_hop()]
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

/// Rules come to a Service that is in use, and go again, each when proxies know of the one before. Without the waiting
/// some requests fail, most when the machine is busy.
fn one_after_the_other() -> Scenario {
    let url = "http://busy.busy";
    scenario("rules that come and go one after the other fail no request", apps([app("busy", "busy")]), url).check(
        move |stage| {
            stage.expect(CLIENT, url, "x-override: busy:v2", "busy:v2");
            let mesh = stage.mesh;
            let done = &AtomicBool::new(false);
            let answers = thread::scope(|scope| {
                let asking = scope.spawn(move || {
                    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
                    let begin = Instant::now();
                    // The deadline is for when the other thread has failed.
                    while !done.load(Ordering::Relaxed) && begin.elapsed() < PATIENCE {
                        *answers.entry(said(mesh.ask(CLIENT, url, "/", "x-override: busy:v2"))).or_default() += 1;
                    }
                    answers
                });
                for _ in 0..2 {
                    stage.remove("VirtualService", "busy-overrides");
                    stage.eventually("both versions answer", || {
                        count(20, || said(mesh.ask(CLIENT, url, "/", ""))).len() == 2
                    });
                    stage.remove("DestinationRule", "busy-overrides");
                    stage.eventually("the subsets are gone", || !knows_subsets(stage));
                    stage.apply("DestinationRule", "busy-overrides");
                    stage.eventually("the subsets are there", || knows_subsets(stage));
                    stage.apply("VirtualService", "busy-overrides");
                    stage.expect(CLIENT, url, "x-override: busy:v2", "busy:v2");
                }
                done.store(true, Ordering::Relaxed);
                asking.join().expect("no panic")
            });
            assert!(answers.keys().eq(["busy:v1", "busy:v2"]), "{answers:?}");
        },
    )
}

/// Whether the client's Envoy has the subsets.
fn knows_subsets(stage: &Stage<'_>) -> bool {
    let clusters = admin(&stage.mesh.pod(CLIENT).place, "/clusters").expect("an Envoy answers");
    clusters.contains("outbound|80|v2|busy.busy.svc.cluster.local::")
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
