//! Where a scenario plays: asking, judging the answers, and changing what is there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::explained::Explained;
use crate::mesh::{Mesh, Way, said};
use crate::parts::cluster::text;
use crate::parts::envoy::VERSIONS;
use crate::parts::process::{Process, poll};
use crate::sentence::World;

/// A change is live after some 50 ms; on a busy machine it may take a while.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// An answer that came so often in a row is no accident of load balancing. Twice as often after a change, where wrong
/// answers are allowed at first and chance has many tries.
const OFTEN: usize = 10;

/// The newest Envoy in a client's sidecar.
pub const CLIENT: Way = Way::Client(VERSIONS[VERSIONS.len() - 1]);

/// The mesh, one configuration on it, and what is known of its state.
pub struct Stage<'a> {
    pub mesh: &'a Mesh,
    pub world: &'a World,
    /// The ways that were asked since the last change: there, every single answer has to be right.
    settled: RefCell<Vec<Way>>,
    explained: Explained,
}

impl<'a> Stage<'a> {
    pub fn new(mesh: &'a Mesh, world: &'a World) -> Self {
        Self { mesh, world, settled: RefCell::default(), explained: Explained::new(world) }
    }

    /// The answer that comes, each time. Every request of every scenario is judged here.
    #[track_caller]
    pub fn expect(&self, way: Way, url: &str, lines: &str, expected: &str) {
        self.expect_at(way, url, "/", lines, expected);
    }

    /// The same for a path.
    #[track_caller]
    pub fn expect_at(&self, way: Way, url: &str, path: &str, lines: &str, expected: &str) {
        let what = format!("{way} asks {url}{path} with {lines:?}");
        self.settle(way, &what, expected, || said(self.mesh.ask(way, url, path, lines)));
        self.explained.compare(url, path, lines, expected);
    }

    /// What `explain` says of a request that is sent in some other way.
    #[track_caller]
    pub fn explains(&self, url: &str, lines: &str, expected: &str) {
        self.explained.compare(url, "/", lines, expected);
    }

    /// The same for anything that answers the newest client with a text.
    #[track_caller]
    pub fn expect_text(&self, what: &str, expected: &str, ask: impl Fn() -> String) {
        self.settle(CLIENT, what, expected, ask);
    }

    #[track_caller]
    fn settle(&self, way: Way, what: &str, expected: &str, ask: impl Fn() -> String) {
        let settled = self.settled.borrow().contains(&way);
        let (patience, often) = if settled { (Duration::ZERO, OFTEN) } else { (PATIENCE, 2 * OFTEN) };
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        let always = || {
            (0..often).all(|_| {
                let answer = ask();
                let right = answer == expected;
                *answers.entry(answer).or_default() += 1;
                right
            })
        };
        let right = poll(patience, always, || settled);
        let log = || self.mesh.pod(way).proxy.as_ref().map(Process::log_tail).unwrap_or_default();
        let casualties = self.mesh.casualties();
        assert!(right, "{what}\n  expected: {expected}\n  answers:  {answers:?}\n{}{casualties}", log());
        self.settled.borrow_mut().push(way);
    }

    /// Waits until something is so.
    #[track_caller]
    pub fn eventually(&self, what: &str, condition: impl FnMut() -> bool) {
        assert!(poll(PATIENCE, condition, || false), "not so: {what}\n{}", self.mesh.casualties());
    }

    /// Applies a rule of the configuration again.
    pub fn apply(&self, kind: &str, name: &str) {
        self.mesh.cluster.api.apply(self.world.object(kind, name));
        self.explained.apply(self.world.object(kind, name));
        self.settled.take();
    }

    /// Takes a rule of the configuration away.
    pub fn remove(&self, kind: &str, name: &str) {
        self.mesh.cluster.api.delete(self.world.object(kind, name));
        self.explained.remove(self.world.object(kind, name));
        self.settled.take();
    }

    /// Applies an object that is not in the configuration.
    pub fn apply_object(&self, object: &Value) {
        self.mesh.cluster.api.apply(object);
        self.explained.apply(object);
        self.settled.take();
    }

    /// Takes an object away that is not in the configuration.
    pub fn remove_object(&self, object: &Value) {
        self.mesh.cluster.api.delete(object);
        self.explained.remove(object);
        self.settled.take();
    }

    /// Takes the next answers for the first after a change: each Service's rules come in their own time.
    pub fn unsettle(&self) {
        self.settled.take();
    }

    /// What is so by `explain` with these rules in the configuration, which the mesh does not hear of.
    pub fn with_rules<T>(&self, rules: &[Value], look: impl FnOnce() -> T) -> T {
        for rule in rules {
            self.explained.apply(rule);
        }
        let seen = look();
        for rule in rules {
            self.explained.remove(rule);
        }
        seen
    }

    /// What `explain` says of a request, where there is one answer.
    pub fn explained_way(&self, url: &str, lines: &str) -> Option<String> {
        self.explained.way(url, "/", lines)
    }

    /// Leaves a Service with those of its Pods that are in one of these versions.
    pub fn keep_only(&self, service: &str, versions: &[&str]) {
        let service = self.world.object("Service", service);
        let kept = self.mesh.pods.iter().filter(|pod| versions.contains(&text(&pod.labels["version"])));
        self.mesh.cluster.set_endpoints(service, &kept.collect::<Vec<_>>());
        self.explained.keep_only(service, versions, self.world);
        self.settled.take();
    }
}

/// What comes of so many requests, counted.
pub fn count(times: usize, ask: impl Fn() -> String) -> BTreeMap<String, usize> {
    let mut answers = BTreeMap::new();
    for _ in 0..times {
        *answers.entry(ask()).or_default() += 1;
    }
    answers
}
