//! Scenarios as sentences: `scenario("…", chain("shop"), "http://s1.shop").request("x-override: s2:v2")
//! .goes_through("s1:v1 s2:v2 s3:v1")`.

use std::collections::BTreeMap;
use std::time::Duration;

use overrides::krm::Manifests;
use serde_json::{Value, json};

use crate::mesh::{Mesh, Way, said};
use crate::parts::cluster::{namespace_of, text};
use crate::parts::envoy::VERSIONS;
use crate::parts::process::poll;
use crate::support::given::Given;

/// A change is live after some 50 ms; on a busy machine it may take a while.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer that came so often in a row is no accident of load balancing.
const OFTEN: usize = 10;

/// The newest Envoy in a client's sidecar.
pub const CLIENT: Way = Way::Client(VERSIONS[VERSIONS.len() - 1]);

type Check = Box<dyn Fn(&Stage<'_>)>;

enum Step {
    /// The answer to a request with these header lines.
    Answer {
        lines: String,
        expected: String,
    },
    Check(Check),
}

/// A configuration, and what is true of requests in it.
pub struct Scenario {
    pub name: String,
    given: Given,
    exposed: Option<(String, String)>,
    url: String,
    ways: Vec<Way>,
    steps: Vec<Step>,
}

/// A scenario. What is given goes through the function before it is applied; requests go to the URL.
pub fn scenario(name: &str, given: Given, url: &str) -> Scenario {
    let (name, url) = (name.to_owned(), url.to_owned());
    Scenario { name, given, exposed: None, url, ways: vec![CLIENT], steps: Vec::new() }
}

impl Scenario {
    /// A request with these header lines.
    pub fn request(self, lines: impl Into<String>) -> Asked {
        Asked { scenario: self, lines: lines.into() }
    }

    /// Something that is no request.
    pub fn check(mut self, check: impl Fn(&Stage<'_>) + 'static) -> Self {
        self.steps.push(Step::Check(Box::new(check)));
        self
    }

    /// The routes that the function wrote for a Service stand at the gateways as well, under this host.
    pub fn exposing(mut self, service: &str, host: &str) -> Self {
        self.exposed = Some((service.to_owned(), host.to_owned()));
        self
    }

    /// Requests come from a client with each version of Envoy in turn.
    pub fn from_every_client(mut self) -> Self {
        self.ways = VERSIONS.map(Way::Client).to_vec();
        self
    }

    /// Requests come in through a gateway with each version of Envoy in turn.
    pub fn through_every_gateway(mut self) -> Self {
        self.ways = VERSIONS.map(Way::Gateway).to_vec();
        self
    }

    /// What identifies its configuration: scenarios with equal ones share it.
    pub fn key(&self) -> String {
        format!("{:?}\n{}", self.exposed, self.given.list())
    }

    /// What the function makes of its configuration.
    pub fn world(&self) -> World {
        let mut world = World::new(&self.given);
        if let Some((service, host)) = &self.exposed {
            world.expose(service, host);
        }
        world
    }

    /// Plays it. Returns the number of requests.
    pub fn play(&self, mesh: &Mesh, world: &World) -> usize {
        let stage = Stage { mesh, world };
        for step in &self.steps {
            match step {
                Step::Answer { lines, expected } => {
                    self.ways.iter().for_each(|way| stage.expect(*way, &self.url, lines, expected));
                }
                Step::Check(check) => check(&stage),
            }
        }
        self.steps.len() * self.ways.len()
    }
}

/// Half a sentence.
pub struct Asked {
    scenario: Scenario,
    lines: String,
}

impl Asked {
    /// The versions that the request passes, in order; or the status and the text of an error.
    pub fn goes_through(mut self, path: &str) -> Scenario {
        self.scenario.steps.push(Step::Answer { lines: self.lines, expected: path.to_owned() });
        self.scenario
    }
}

/// A configuration as it is applied: the input and what the function added.
pub struct World {
    pub objects: Vec<Value>,
}

impl World {
    fn new(given: &Given) -> Self {
        let outcome = given.run();
        assert!(!outcome.failed(), "{:#?}", outcome.findings);
        Self { objects: objects(&outcome.rendered) }
    }

    fn expose(&mut self, service: &str, host: &str) {
        let routes = self.object("VirtualService", &format!("{service}-overrides")).clone();
        let namespace = namespace_of(&routes);
        let object = |kind: &str, spec: Value| {
            let metadata = json!({"name": "exposed", "namespace": namespace});
            json!({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec})
        };
        let port = json!({"number": 80, "name": "http", "protocol": "HTTP"});
        let servers = json!([{"port": port, "hosts": [host]}]);
        let gateway = object("Gateway", json!({"selector": {"istio": "ingressgateway"}, "servers": servers}));
        let http = &routes["spec"]["http"];
        let rule = object("VirtualService", json!({"gateways": ["exposed"], "hosts": [host], "http": http}));
        self.objects.extend([gateway, rule]);
    }

    /// The namespaces that it is in.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().map(namespace_of)
    }

    /// The names of all objects of a kind.
    pub fn names<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.objects.iter().filter(move |object| object["kind"] == kind).map(|object| text(&object["metadata"]["name"]))
    }

    /// An object, by kind and name.
    pub fn object(&self, kind: &str, name: &str) -> &Value {
        let found = self.objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        found.unwrap_or_else(|| panic!("there is no {kind} {name}"))
    }
}

/// The objects of a stream.
pub fn objects(stream: &str) -> Vec<Value> {
    let manifests = Manifests::parse([("-".to_owned(), stream)]).expect("it is YAML");
    manifests.items().iter().map(|item| item.node.read().expect("an object")).collect()
}

/// Where a scenario plays.
pub struct Stage<'a> {
    pub mesh: &'a Mesh,
    pub world: &'a World,
}

impl Stage<'_> {
    /// Asks until the expected answer has come often enough in a row. Every answer of every scenario is judged here.
    #[track_caller]
    pub fn expect(&self, way: Way, url: &str, lines: &str, expected: &str) {
        let what = || format!("{way} asks {url} with {lines:?}");
        let path = "/";
        self.settle(what, expected, || said(self.mesh.ask(way, url, path, lines)), || self.log_of(way));
    }

    /// The same for anything that answers with a text.
    #[track_caller]
    pub fn expect_text(&self, what: &str, expected: &str, ask: impl Fn() -> String) {
        self.settle(|| what.to_owned(), expected, ask, String::new);
    }

    #[track_caller]
    fn settle(&self, what: impl Fn() -> String, expected: &str, ask: impl Fn() -> String, log: impl Fn() -> String) {
        let mut row = 0;
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        let often_enough = || {
            while row < OFTEN {
                let answer = ask();
                let right = answer == expected;
                *answers.entry(answer).or_default() += 1;
                row = if right { row + 1 } else { 0 };
                if !right {
                    return false;
                }
            }
            true
        };
        if !poll(PATIENCE, often_enough, || false) {
            panic!("{}\n  expected: {expected}\n  answers:  {answers:?}\n{}{}", what(), log(), self.mesh.casualties());
        }
    }

    /// Waits until something is so.
    #[track_caller]
    pub fn eventually(&self, what: &str, condition: impl FnMut() -> bool) {
        assert!(poll(PATIENCE, condition, || false), "not so: {what}\n{}", self.mesh.casualties());
    }

    /// What comes of so many requests, counted.
    pub fn count(&self, times: usize, ask: impl Fn() -> String) -> BTreeMap<String, usize> {
        let mut answers = BTreeMap::new();
        for _ in 0..times {
            *answers.entry(ask()).or_default() += 1;
        }
        answers
    }

    fn log_of(&self, way: Way) -> String {
        self.mesh.pod(way).proxy.as_ref().map(crate::parts::process::Process::log_tail).unwrap_or_default()
    }

    /// Applies a rule of the configuration again.
    pub fn apply(&self, kind: &str, name: &str) {
        self.mesh.cluster.api.apply(self.world.object(kind, name));
    }

    /// Takes a rule of the configuration away.
    pub fn remove(&self, kind: &str, name: &str) {
        self.mesh.cluster.api.delete(self.world.object(kind, name));
    }

    /// Leaves a Service with those of its Pods that are in one of these versions.
    pub fn keep_only(&self, service: &str, versions: &[&str]) {
        let service = self.world.object("Service", service);
        let kept = self.mesh.pods.iter().filter(|pod| versions.contains(&text(&pod.labels["version"])));
        self.mesh.cluster.set_endpoints(service, &kept.collect::<Vec<_>>());
    }
}
