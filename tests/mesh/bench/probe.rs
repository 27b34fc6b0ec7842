//! A Service whose rules are changed, to see how long istiod takes for a change.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::ground::Ground;
use super::large::{regexes, subsets};
use crate::apps::{app, apps};
use crate::parts::cluster::{Pod, is, is_istio};
use crate::parts::control_plane::metrics;
use crate::parts::process::poll_every;
use crate::sentence::objects;

const NAMESPACE: &str = "bench";
const URL: &str = "http://probe.bench";
/// How often is looked whether a change is live.
const PAUSE: Duration = Duration::from_millis(2);
/// Far longer than a change takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The Service, with its rules for either default.
pub struct Probe {
    rules: [Vec<Value>; 2],
    default: Cell<usize>,
    _pods: Vec<Pod>,
}

impl Probe {
    /// Starts it in two versions, the first of which is the default.
    pub fn start(ground: &Ground) -> Self {
        let all = [1, 2].map(|default| {
            let policy = format!("services: [{{name: probe, namespace: {NAMESPACE}, defaultVersion: v{default}}}]");
            objects(&apps([app("probe", NAMESPACE)]).policy(&policy).run().rendered)
        });
        let pods = ground.cluster.run(&all[0], NAMESPACE);
        let rules = all.map(|all| all.into_iter().filter(is_istio).collect());
        Self { rules, default: Cell::new(0), _pods: pods }
    }

    pub fn subsets(&self) -> usize {
        subsets(&self.rules[0])
    }

    pub fn expressions(&self) -> usize {
        regexes(&self.rules[0])
    }

    /// Changes the default, and returns how long it took from the write until a client's requests follow it.
    pub fn change(&self, ground: &Ground, client: &Pod) -> Duration {
        let next = 1 - self.default.get();
        ground.expect(client, URL, "", &format!("probe:v{}", self.default.get() + 1));
        let rule = self.rules[next].iter().find(|rule| is(rule, "networking.istio.io/v1", "VirtualService"));
        let expected = format!("probe:v{}", next + 1);
        let begin = Instant::now();
        ground.cluster.api.apply(rule.expect("it is in the rules"));
        let live = poll_every(PAUSE, PATIENCE, || ground.ask(client, URL, "") == expected, || false);
        let taken = begin.elapsed();
        assert!(live, "a change of {URL} is not live after {taken:?}");
        self.default.set(next);
        taken
    }
}

/// What istiod has done so far, by its own count.
pub struct Pushes {
    /// To how many Envoys something was pushed; one that gets several things counts once for each change.
    times: f64,
    seconds: f64,
    bytes: f64,
}

impl Pushes {
    pub fn so_far() -> Self {
        let metrics = metrics();
        let sum = |name: &str| -> f64 {
            let of_this = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
            let values = metrics.lines().filter(of_this).filter_map(|line| line.rsplit(' ').next());
            values.map(|value| value.parse::<f64>().expect("a number")).sum()
        };
        Self {
            times: sum("pilot_proxy_convergence_time_count"),
            seconds: sum("pilot_xds_push_time_sum"),
            bytes: sum("pilot_xds_config_size_bytes_sum"),
        }
    }

    pub fn since(self, before: &Self) -> Self {
        let times = self.times - before.times;
        assert!(times > 0.0, "istiod pushed what was changed");
        Self { times, seconds: self.seconds - before.seconds, bytes: self.bytes - before.bytes }
    }

    /// Seconds for making and sending what is new to one Envoy.
    pub fn time(&self) -> f64 {
        self.seconds / self.times
    }

    /// Bytes that are sent to one Envoy.
    pub fn size(&self) -> f64 {
        self.bytes / self.times
    }
}
