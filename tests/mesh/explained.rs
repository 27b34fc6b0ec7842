//! The second opinion: what `overrides explain` says of the requests that the mesh was asked. It reads the objects that
//! are applied at that moment and follows the hops by itself, as the apps do.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use overrides::explain::{self, Caller, Header, Outcome, Receives, Request, Settings};
use overrides::krm::Manifests;
use serde_json::Value;

use crate::mesh::CLIENTS;
use crate::parts::app::FORWARDED;
use crate::parts::cluster::{namespace_of, text, variable};
use crate::sentence::World;

/// How many answers were compared, in all scenarios.
static COMPARED: AtomicUsize = AtomicUsize::new(0);

/// How many answers were compared so far.
pub fn compared() -> usize {
    COMPARED.load(Ordering::Relaxed)
}

/// The objects as they are at the moment.
pub struct Explained {
    objects: RefCell<Vec<Value>>,
    exposed: Option<(String, String)>,
}

impl Explained {
    pub fn new(world: &World) -> Self {
        Self { objects: RefCell::new(world.objects.clone()), exposed: world.exposed.clone() }
    }

    pub fn apply(&self, object: &Value) {
        self.remove(object);
        self.objects.borrow_mut().push(object.clone());
    }

    pub fn remove(&self, object: &Value) {
        let is_same = |other: &Value| other["kind"] == object["kind"] && other["metadata"] == object["metadata"];
        self.objects.borrow_mut().retain(|other| !is_same(other));
    }

    /// Leaves a Service with the workloads of `all` that are in one of these versions.
    pub fn keep_only(&self, service: &Value, versions: &[&str], all: &World) {
        let of_service = |object: &Value| {
            let labels = &object["spec"]["template"]["metadata"]["labels"];
            let selector = service["spec"]["selector"].as_object().expect("a selector");
            namespace_of(object) == namespace_of(service)
                && object["kind"] == "Deployment"
                && selector.iter().all(|(key, value)| labels[key] == *value)
        };
        for workload in all.objects.iter().filter(|object| of_service(object)) {
            let version = text(&workload["spec"]["template"]["metadata"]["labels"]["version"]);
            if versions.contains(&version) { self.apply(workload) } else { self.remove(workload) }
        }
    }

    /// Compares what is expected of a request with what `explain` says. Where it cannot know, as at a gateway with rules
    /// of its own, there is nothing to compare.
    #[track_caller]
    pub fn compare(&self, url: &str, path: &str, lines: &str, expected: &str) {
        let Some(way) = self.way(url, path, lines) else { return };
        // Behind the status, the mesh has a text, and an app may say more than its name.
        let agrees = expected == way || expected.strip_prefix(&way).is_some_and(|rest| rest.starts_with(' '));
        assert!(
            agrees,
            "explain disagrees about {url}{path} with {lines:?}\n  the mesh: {expected}\n  explain:  {way}"
        );
        COMPARED.fetch_add(1, Ordering::Relaxed);
    }

    /// The versions that a request passes, and the status at which it ends where it ends early.
    pub fn way(&self, url: &str, path: &str, lines: &str) -> Option<String> {
        let objects = self.objects.borrow();
        let stream: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let stream = stream.join("\n---\n");
        let manifests = Manifests::parse([("-".to_owned(), stream.as_str())]).expect("JSON is YAML");
        let (mesh, findings) = explain::Mesh::read(manifests.items(), Settings::default());
        assert!(findings.is_empty(), "{findings:#?}");
        let mut headers: Vec<Header> = lines.lines().map(|line| line.parse().expect("a header")).collect();
        let (mut url, mut home, mut hops) = (url.to_owned(), CLIENTS.to_owned(), Vec::new());
        loop {
            let (name, namespace, port) = self.locate(&url, &home)?;
            let from = Caller { namespace: Some(home), labels: None };
            let request = Request {
                path: path.to_owned(),
                headers: headers.clone(),
                port: Some(port),
                from,
                ..Request::default()
            };
            let answer = mesh.answer(&name, &namespace, &request)?;
            let Some(version) = answer.version().map(ToOwned::to_owned) else {
                hops.push(status(&answer.outcome)?.to_string());
                break;
            };
            let itself = format!("{name}:{version}");
            let is_it = |object: &&Value| {
                namespace_of(object) == namespace && variable(object, "SELF").as_deref() == Some(itself.as_str())
            };
            let workload = objects.iter().find(is_it)?;
            hops.push(itself);
            let Some(next) = variable(workload, "NEXT") else { break };
            // What an SDK passes on is its own business.
            if variable(workload, "TRACED_BY").is_some() {
                return None;
            }
            let forwarded = variable(workload, "FORWARDED").unwrap_or_else(|| FORWARDED.to_owned());
            headers.retain(|header| forwarded.split(',').any(|name| name.trim().eq_ignore_ascii_case(&header.name)));
            (url, home) = (next, namespace);
        }
        Some(hops.join(" "))
    }

    /// The Service, namespace and port that a URL leads to.
    fn locate(&self, url: &str, home: &str) -> Option<(String, String, u16)> {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
        let port = port.parse().ok()?;
        let objects = self.objects.borrow();
        let services = || objects.iter().filter(|object| object["kind"] == "Service");
        if let Some((service, _)) = self.exposed.as_ref().filter(|(_, exposed)| exposed == host) {
            // The gateway has the Service's own routes.
            let found = services().find(|object| object["metadata"]["name"] == service.as_str())?;
            return Some((service.clone(), namespace_of(found).to_owned(), port));
        }
        let mut labels = host.split('.');
        let (name, namespace) = (labels.next()?, labels.next().unwrap_or(home));
        let is_it = |object: &&Value| object["metadata"]["name"] == name && namespace_of(object) == namespace;
        services().find(is_it)?;
        Some((name.to_owned(), namespace.to_owned(), port))
    }
}

/// What the caller sees where no Pod answers.
fn status(outcome: &Outcome) -> Option<u16> {
    match outcome {
        Outcome::Reply { status } => Some(*status),
        Outcome::Unrouted => Some(404),
        Outcome::Destination(destination) if destination.receives == Receives::Nobody => Some(503),
        _ => None,
    }
}
