//! Questions in a few words: `ask(config([…])).header("x-user", "me").of("reviews")`.

use overrides::explain::{Answer, Mesh, Request, Settings};
use overrides::krm::Manifests;

use crate::support::given::{Document, Given, given, service, version};
use crate::support::stream;

/// Documents as a stream.
pub fn config(documents: &[&dyn Document]) -> String {
    stream(&documents.iter().map(|document| document.document()).collect::<Vec<_>>())
}

/// `reviews` with Pods of these versions, as documents.
pub fn reviews(versions: &[&str]) -> String {
    let pods = versions.iter().map(|each| version("reviews", each).document());
    stream(&[service("reviews").document()].into_iter().chain(pods).collect::<Vec<_>>())
}

/// `reviews` in v1 and v2 with a subset for each, and a VirtualService with this `spec` beside its host.
pub fn routed(spec: &str) -> String {
    config(&[
        &reviews(&["v1", "v2"]),
        &rule("DestinationRule", "subsets", "", &format!("{{host: reviews, {SUBSETS}}}")),
        &rule("VirtualService", "routes", "", &format!("{{hosts: [reviews], {spec}}}")),
    ])
}

/// A subset for each of two versions.
pub const SUBSETS: &str = "subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]";

/// A route to a subset of `reviews`, in flow style without its braces.
pub fn to(subset: &str) -> String {
    format!("route: [{{destination: {{host: reviews, subset: {subset}}}}}]")
}

/// An Istio object.
pub fn rule(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
    dated(kind, name, namespace, "", spec)
}

/// An Istio object as it comes from a cluster.
pub fn dated(kind: &str, name: &str, namespace: &str, created: &str, spec: &str) -> String {
    let line = |key: &str, value: &str| if value.is_empty() { String::new() } else { format!("  {key}: {value}\n") };
    let metadata = [line("namespace", namespace), line("creationTimestamp", created)].concat();
    format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{metadata}spec: {spec}\n")
}

/// What the function makes of services, each in these versions.
pub fn generated(services: &[(&str, &[&str])]) -> Given {
    let with = |all: Given, (name, versions): &(&str, &[&str])| {
        versions.iter().fold(all.and(service(name)), |all, each| all.and(version(name, each)))
    };
    match services {
        [first, rest @ ..] => rest.iter().fold(with(given(""), first), with),
        [] => given(""),
    }
}

/// A question that is being put.
pub struct Question {
    text: String,
    settings: Settings,
    request: Request,
}

pub fn ask(text: impl Into<String>) -> Question {
    Question { text: text.into(), settings: Settings::default(), request: Request::default() }
}

impl Question {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.request.path);
        self
    }

    pub fn port(mut self, port: u16) -> Self {
        self.request.port = Some(port);
        self
    }

    /// The caller's namespace.
    pub fn from(mut self, namespace: &str) -> Self {
        self.request.from.namespace = Some(namespace.to_owned());
        self
    }

    /// The one label of the caller's Pod.
    pub fn labelled(mut self, key: &str, value: &str) -> Self {
        self.request.from.labels = Some([(key.to_owned(), value.to_owned())].into());
        self
    }

    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The answer for a Service, `reviews` or `shop/reviews`.
    #[track_caller]
    pub fn of(&self, service: &str) -> Answer {
        let (namespace, name) = service.split_once('/').unwrap_or(("default", service));
        self.mesh(|mesh| mesh.answer(name, namespace, &self.request)).expect("the Service is there")
    }

    /// Who gets the request to a Service, in the words of the table.
    #[track_caller]
    pub fn to(&self, service: &str) -> String {
        self.of(service).outcome.to_string()
    }

    /// What is said about the request, or the configuration, as a whole.
    #[track_caller]
    pub fn remarks(&self) -> Vec<String> {
        self.mesh(|mesh| mesh.remarks(&self.request)).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn mesh<T>(&self, use_it: impl FnOnce(&Mesh) -> T) -> T {
        let manifests = Manifests::parse([("mesh.yaml".to_owned(), self.text.as_str())]).expect("it is YAML");
        let (mesh, findings) = Mesh::read(manifests.items(), self.settings.clone());
        assert!(findings.is_empty(), "{findings:?}");
        use_it(&mesh)
    }
}

/// The remarks of an answer.
pub fn remarks(answer: &Answer) -> Vec<String> {
    answer.remarks.iter().map(ToString::to_string).collect()
}

/// The one remark of an answer.
#[track_caller]
pub fn remark(answer: &Answer) -> String {
    let all = remarks(answer);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

/// The route that decides, by name.
pub fn route(answer: &Answer) -> &str {
    answer.decided_by.as_ref().and_then(|rule| rule.route.as_deref()).unwrap_or("none")
}

/// The object that decides, by name.
pub fn decider(answer: &Answer) -> &str {
    answer.decided_by.as_ref().map_or("none", |rule| rule.object.name())
}
