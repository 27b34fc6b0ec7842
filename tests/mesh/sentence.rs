//! Scenarios as sentences: `scenario("…", chain("shop"), "http://s1.shop").request("x-override: s2:v2")
//! .goes_through("s1:v1 s2:v2 s3:v1")`.

use overrides::krm::Manifests;
use serde_json::Value;

use crate::mesh::{Mesh, Way};
use crate::parts::cluster::{namespace_of, text};
use crate::parts::envoy::VERSIONS;
use crate::stage::{CLIENT, Stage};
use crate::support::given::Given;

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

    /// The policy exposes a Service under a host, at a gateway of its namespace.
    pub fn exposing(mut self, service: &str, namespace: &str, host: &str) -> Self {
        let gateway = format!(
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: {namespace}}}\nspec:\n  \
             selector: {{istio: ingressgateway}}\n  servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: \
             [{host}]}}]\n"
        );
        let policy = format!(
            "services: [{{name: {service}, namespace: {namespace}, expose: {{gateways: [edge], hosts: [{host}]}}}}]"
        );
        self.given = self.given.and(gateway).policy(&policy);
        self.exposed = Some((service.to_owned(), host.to_owned()));
        self
    }

    /// Under this host, the user's own routes at the gateways lead to a Service.
    pub fn entering(mut self, service: &str, host: &str) -> Self {
        self.exposed = Some((service.to_owned(), host.to_owned()));
        self
    }

    /// Requests come from a client with each version of Envoy in turn.
    pub fn with_every_client(mut self) -> Self {
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
        World { exposed: self.exposed.clone(), ..World::new(&self.given) }
    }

    /// Plays it. Returns the number of requests.
    pub fn play(&self, mesh: &Mesh, world: &World) -> usize {
        let stage = Stage::new(mesh, world);
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
    /// The Service that requests at the gateways come to, and the host there.
    pub exposed: Option<(String, String)>,
}

impl World {
    fn new(given: &Given) -> Self {
        let outcome = given.run();
        assert!(!outcome.failed(), "{:#?}", outcome.findings);
        Self { objects: objects(&outcome.rendered), exposed: None }
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
