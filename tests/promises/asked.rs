//! A cluster before and after a run, and what `explain` says of both.

use std::collections::HashMap;

use overrides::config::Policy;
use overrides::explain::{Answer, Mesh, Outcome, Receives, Request, ServiceName, Settings};
use overrides::finding::Finding;
use overrides::krm::{Item, Manifests, STANDARD_INPUT};
use overrides::transform::{self, Transformed};

use crate::cluster::{Cluster, Service};

/// The policy, as `render` reads it.
pub fn policy(cluster: &Cluster) -> Policy {
    let text = cluster.policy.object().to_string();
    transform::policy_in_file("policy.yaml", text.as_bytes()).unwrap_or_else(|finding| panic!("{finding:?}: {text}"))
}

/// Renders manifests.
pub fn render(stream: &str, policy: &Policy) -> Transformed {
    let manifests = Manifests::parse([(STANDARD_INPUT.to_owned(), stream)]).expect("it is YAML");
    transform::render(&manifests, policy).expect("what is generated can be written")
}

fn settings(cluster: &Cluster) -> Settings {
    let policy = &cluster.policy;
    Settings {
        header: policy.header.to_owned(),
        baggage: policy.baggage,
        tracestate: policy.tracestate,
        version_labels: policy.version_labels.iter().map(|key| (*key).to_owned()).collect(),
        root_namespace: policy.root_namespace.to_owned(),
    }
}

/// What a configuration answers.
pub struct Asked {
    pub mesh: Mesh,
}

impl Asked {
    pub fn of(cluster: &Cluster, stream: &str) -> Self {
        let manifests = Manifests::parse([(STANDARD_INPUT.to_owned(), stream)]).expect("it is YAML");
        let (mesh, findings) = Mesh::read(manifests.items(), settings(cluster));
        assert!(findings.is_empty(), "{findings:#?} of\n{stream}");
        Self { mesh }
    }
}

/// A cluster that the function took, and what became of it.
pub struct Run {
    pub before: Asked,
    pub after: Asked,
    pub findings: Vec<Finding>,
    pub output: String,
    /// The versions that workloads were labelled with, by their namespaces and what `explain` calls them.
    pub labelled: HashMap<(String, String), String>,
}

impl Run {
    /// Nothing where the run failed.
    pub fn of(cluster: &Cluster) -> Option<Self> {
        let stream = cluster.stream();
        let outcome = render(&stream, &policy(cluster));
        if outcome.failed() {
            assert_eq!(outcome.output, "", "a run that fails prints nothing");
            return None;
        }
        let before = Asked::of(cluster, &stream);
        let after = Asked::of(cluster, &outcome.output);
        let labelled = if cluster.policy.labels() { labels(cluster, &outcome.output) } else { HashMap::new() };
        Some(Self { before, after, findings: outcome.findings, output: outcome.output, labelled })
    }

    /// Whether anything is said about a Service.
    pub fn speaks_of(&self, service: &Service) -> bool {
        self.findings.iter().any(|finding| {
            let object = finding.place.object.as_ref();
            object.is_some_and(|object| object.kind == "Service" && object.name == service.name)
                || finding.message.contains(service.name)
        })
    }

    /// All answers to a request, before and after.
    pub fn answers(&self, request: &Request) -> Vec<(Answer, Answer)> {
        let (before, after) = (self.before.mesh.explain(request), self.after.mesh.explain(request));
        assert_eq!(before.len(), after.len(), "the Services and their ports are what they were");
        before.into_iter().zip(after).collect()
    }
}

/// The version labels of all workloads.
fn labels(cluster: &Cluster, stream: &str) -> HashMap<(String, String), String> {
    let manifests = Manifests::parse([(STANDARD_INPUT.to_owned(), stream)]).expect("it is YAML");
    let label = |item: Item<'_>| {
        let keys = &cluster.policy.version_labels;
        let below = |path: &[&str]| keys.iter().find_map(|key| item.node.at(path)?.get(key)?.as_text());
        let version = below(&["spec", "template", "metadata", "labels"]).or_else(|| below(&["metadata", "labels"]))?;
        let namespace = item.namespace().unwrap_or("default").to_owned();
        Some(((namespace, format!("{} {}", item.kind(), item.name()?)), version.to_owned()))
    };
    manifests.items().iter().filter_map(label).collect()
}

/// A share of the requests: how much, the Service (nothing for a host that is none), the subset, and who is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub percent: f64,
    pub service: Option<ServiceName>,
    pub host: String,
    pub subset: Option<String>,
    pub receives: Receives,
}

/// Where an answer leads, in parts; nothing where it leads to no destination.
pub fn parts(answer: &Answer) -> Vec<Part> {
    let part = |percent, destination: &overrides::explain::Destination| Part {
        percent,
        service: match destination.receives {
            Receives::Elsewhere => None,
            _ => Some(destination.other_service.clone().unwrap_or_else(|| answer.service.clone())),
        },
        host: destination.host.clone(),
        subset: destination.subset.clone(),
        receives: destination.receives.clone(),
    };
    match &answer.outcome {
        Outcome::Destination(destination) => vec![part(100.0, destination)],
        Outcome::Split { shares } => shares.iter().map(|share| part(share.percent, &share.destination)).collect(),
        _ => Vec::new(),
    }
}

/// The same, as who gets how many requests: sorted, with what goes to the same place put together.
pub fn received(parts: &[Part]) -> Vec<(String, String, f64)> {
    let mut all: Vec<(String, String, f64)> = Vec::new();
    for part in parts {
        let receives = format!("{:?}", part.receives);
        match all.iter_mut().find(|each| each.0 == part.host && each.1 == receives) {
            Some(each) => each.2 += part.percent,
            None => all.push((part.host.clone(), receives, part.percent)),
        }
    }
    for each in &mut all {
        each.2 = (each.2 * 1e6).round() / 1e6;
    }
    all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    all
}

/// The Service of the cluster that an answer is about.
pub fn service_of<'c>(cluster: &'c Cluster, name: &ServiceName) -> &'c Service {
    let namespace = name.namespace.as_deref().unwrap_or("default");
    let is_it = |service: &&Service| service.name == name.name && service.lives_in() == namespace;
    cluster.services.iter().find(is_it).expect("the Service is there")
}
