//! Sentences: `given(service("reviews")).and(deployment("reviews-v1").of("reviews").version("v1")).run()`.

use std::fmt::Write as _;

use overrides::finding::{Code, Finding, Severity};
use overrides::krm::{Items, Manifests, ResourceList};
use overrides::transform::{self, Transformed};
use serde_json::Value;

use super::matching::matches;
use super::{resource_list, stream};

/// Something that can stand in a configuration.
pub trait Document {
    fn document(&self) -> String;
}

impl Document for &str {
    fn document(&self) -> String {
        (*self).to_owned()
    }
}

impl Document for String {
    fn document(&self) -> String {
        self.clone()
    }
}

/// A Service that selects `app: <its name>`, with one HTTP port unless ports are named.
#[derive(Clone)]
pub struct Service {
    name: String,
    namespace: Option<String>,
    labels: Vec<String>,
    annotations: Vec<String>,
    selector: String,
    ports: Vec<String>,
    spec: Vec<String>,
}

pub fn service(name: &str) -> Service {
    Service {
        name: name.to_owned(),
        namespace: None,
        labels: Vec::new(),
        annotations: Vec::new(),
        selector: format!("{{app: {name}}}"),
        ports: Vec::new(),
        spec: Vec::new(),
    }
}

impl Service {
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// A label, `key: value`.
    pub fn label(mut self, label: &str) -> Self {
        self.labels.push(label.to_owned());
        self
    }

    /// An annotation, `key: value`.
    pub fn annotation(mut self, annotation: &str) -> Self {
        self.annotations.push(annotation.to_owned());
        self
    }

    /// The selector in flow style.
    pub fn selector(mut self, selector: &str) -> Self {
        selector.clone_into(&mut self.selector);
        self
    }

    /// A port in flow style without its braces.
    pub fn port(mut self, port: &str) -> Self {
        self.ports.push(port.to_owned());
        self
    }

    /// One more line of the `spec`.
    pub fn spec(mut self, line: &str) -> Self {
        self.spec.push(line.to_owned());
        self
    }
}

impl Document for Service {
    fn document(&self) -> String {
        let mut text = format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {}\n", self.name);
        metadata(&mut text, self.namespace.as_deref(), &self.labels, &self.annotations);
        let _ = writeln!(text, "spec:\n  selector: {}", self.selector);
        for line in &self.spec {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str("  ports:\n");
        let default = ["name: http, port: 80".to_owned()];
        for port in if self.ports.is_empty() { &default } else { self.ports.as_slice() } {
            let _ = writeln!(text, "  - {{{port}}}");
        }
        text
    }
}

fn metadata(text: &mut String, namespace: Option<&str>, labels: &[String], annotations: &[String]) {
    if let Some(namespace) = namespace {
        let _ = writeln!(text, "  namespace: {namespace}");
    }
    for (field, entries) in [("labels", labels), ("annotations", annotations)] {
        if !entries.is_empty() {
            let _ = writeln!(text, "  {field}:");
        }
        for entry in entries {
            let _ = writeln!(text, "    {entry}");
        }
    }
}

/// Anything with Pods. Without a call of `of` or `labels` its Pods have no labels at all.
#[derive(Clone)]
pub struct Workload {
    api_version: &'static str,
    kind: &'static str,
    name: String,
    namespace: Option<String>,
    own_labels: Vec<String>,
    annotations: Vec<String>,
    pod_labels: Vec<String>,
    pod_annotations: Vec<String>,
    spec: Vec<String>,
}

/// A workload of any kind.
pub fn workload(api_version: &'static str, kind: &'static str, name: &str) -> Workload {
    Workload {
        api_version,
        kind,
        name: name.to_owned(),
        namespace: None,
        own_labels: Vec::new(),
        annotations: Vec::new(),
        pod_labels: Vec::new(),
        pod_annotations: Vec::new(),
        spec: Vec::new(),
    }
}

pub fn deployment(name: &str) -> Workload {
    workload("apps/v1", "Deployment", name)
}

pub fn pod(name: &str) -> Workload {
    workload("v1", "Pod", name)
}

/// A Deployment of one version of a Service.
pub fn version(service: &str, version: &str) -> Workload {
    deployment(&format!("{service}-{}", version.to_lowercase().replace('_', "-"))).of(service).version(version)
}

impl Workload {
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The Pod label by which the Service finds it.
    pub fn of(self, service: &str) -> Self {
        self.pod_label(&format!("app: {service}"))
    }

    /// The Pod label that holds its version.
    pub fn version(self, version: &str) -> Self {
        self.pod_label(&format!("version: {version}"))
    }

    /// A label of its Pods, `key: value`.
    pub fn pod_label(mut self, label: &str) -> Self {
        self.pod_labels.push(label.to_owned());
        self
    }

    /// A label of the object itself, `key: value`.
    pub fn own_label(mut self, label: &str) -> Self {
        self.own_labels.push(label.to_owned());
        self
    }

    /// An annotation of the object, `key: value`.
    pub fn annotation(mut self, annotation: &str) -> Self {
        self.annotations.push(annotation.to_owned());
        self
    }

    /// An annotation of its Pod template, `key: value`.
    pub fn pod_annotation(mut self, annotation: &str) -> Self {
        self.pod_annotations.push(annotation.to_owned());
        self
    }

    /// One more line of the `spec`.
    pub fn spec(mut self, line: &str) -> Self {
        self.spec.push(line.to_owned());
        self
    }

    pub fn replicas(self, replicas: usize) -> Self {
        self.spec(&format!("replicas: {replicas}"))
    }
}

impl Document for Workload {
    fn document(&self) -> String {
        let Self { api_version, kind, name, .. } = self;
        let mut text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n");
        let is_pod = *kind == "Pod";
        let labels: Vec<String> = if is_pod {
            self.own_labels.iter().chain(&self.pod_labels).cloned().collect()
        } else {
            self.own_labels.clone()
        };
        metadata(&mut text, self.namespace.as_deref(), &labels, &self.annotations);
        text.push_str("spec:\n");
        for line in &self.spec {
            let _ = writeln!(text, "  {line}");
        }
        if is_pod {
            text.push_str("  containers: []\n");
            return text;
        }
        text.push_str("  template:\n    metadata:\n");
        text.push_str(if self.pod_labels.is_empty() { "      labels: {}\n" } else { "      labels:\n" });
        for label in &self.pod_labels {
            let _ = writeln!(text, "        {label}");
        }
        if !self.pod_annotations.is_empty() {
            text.push_str("      annotations:\n");
        }
        for annotation in &self.pod_annotations {
            let _ = writeln!(text, "        {annotation}");
        }
        text.push_str("    spec: {containers: []}\n");
        text
    }
}

/// A configuration, and the policy over it.
#[derive(Clone, Default)]
pub struct Given {
    documents: Vec<String>,
    policy: Option<String>,
}

pub fn given(document: impl Document) -> Given {
    Given::default().and(document)
}

impl Given {
    pub fn and(mut self, document: impl Document) -> Self {
        self.documents.push(document.document());
        self
    }

    /// The `spec` of an `Overrides` object, in flow style without its braces.
    pub fn policy(mut self, spec: &str) -> Self {
        let head = "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nmetadata: {name: mesh}\n";
        self.policy = Some(format!("{head}spec: {{{spec}}}\n"));
        self
    }

    /// The same with another beginning of the object.
    pub fn policy_in(mut self, head: &str, spec: &str) -> Self {
        self.policy = Some(format!("{head}spec: {{{spec}}}\n"));
        self
    }

    /// The `data` of a ConfigMap, in flow style without its braces.
    pub fn settings(mut self, data: &str) -> Self {
        let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: function-input}\n";
        self.policy = Some(format!("{head}data: {{{data}}}\n"));
        self
    }

    /// The documents, without the policy.
    pub fn documents(&self) -> Vec<String> {
        self.documents.clone()
    }

    /// The ResourceList that the function gets.
    pub fn list(&self) -> String {
        let mut head = String::new();
        if let Some(policy) = &self.policy {
            head.push_str("functionConfig:\n");
            for line in policy.lines() {
                let _ = writeln!(head, "  {line}");
            }
        }
        resource_list(&head, &self.documents)
    }

    /// Runs the function and `render`, and checks what holds for every run: a second run changes nothing, what was not
    /// touched is there byte for byte, both ways of running generate the same objects, and nothing is said twice.
    pub fn run(&self) -> Outcome {
        let list = self.list();
        let first = function(&list);
        let second = function(&first.output);
        assert_eq!(second.output, first.output, "a second run changes nothing");
        let parsed = ResourceList::parse(&first.output).expect("the output is a ResourceList");
        let outcome = Outcome {
            input: list,
            generated: generated(parsed.items()),
            findings: first.findings,
            output: first.output.clone(),
            rendered: String::new(),
        };
        if outcome.failed() {
            let results = outcome.output.strip_prefix(outcome.input.as_str()).expect("the list comes back as it was");
            assert!(results.starts_with("results:\n"), "{results}");
            return outcome;
        }
        Outcome { rendered: self.render(&outcome), ..outcome }
    }

    fn render(&self, outcome: &Outcome) -> String {
        let text = stream(&self.documents);
        let manifests = Manifests::parse([("-".to_owned(), text.as_str())]).expect("the stream can be read");
        let policy = self.policy.as_ref().map(|policy| transform::policy_in_file("policy.yaml", policy.as_bytes()));
        let policy = policy.transpose().expect("the policy can be read").unwrap_or_default();
        let first = transform::render(&manifests, &policy).expect("it can be written");
        assert!(!first.failed(), "the function did not fail, and render does: {:?}", first.findings);
        let manifests = Manifests::parse([("-".to_owned(), first.output.as_str())]).expect("the stream can be read");
        assert_eq!(generated(manifests.items()), outcome.generated, "render generates what the function generates");
        let second = transform::render(&manifests, &policy).expect("it can be written");
        assert_eq!(second.output, first.output, "a second run of render changes nothing");
        first.output
    }
}

/// Runs the function in this process.
pub fn function(list: &str) -> Transformed {
    transform::function(list.as_bytes()).expect("what is generated can be written")
}

fn generated(items: &Items<'_>) -> Vec<String> {
    let ours = items.iter().filter(|item| transform::is_generated(*item));
    ours.map(|item| items.text_of(item.id).expect("an item has a text")).collect()
}

/// What came of a configuration.
pub struct Outcome {
    pub input: String,
    pub output: String,
    /// What `render` prints for the same configuration.
    pub rendered: String,
    /// The generated objects, one text each.
    pub generated: Vec<String>,
    pub findings: Vec<Finding>,
}

impl Outcome {
    pub fn failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// All codes that were found, sorted.
    pub fn codes(&self) -> Vec<Code> {
        let mut codes: Vec<Code> = self.findings.iter().map(|finding| finding.code).collect();
        codes.sort();
        codes
    }

    /// The one finding that there is, if it has this code.
    #[track_caller]
    pub fn only(&self, code: Code) -> &Finding {
        assert_eq!(self.codes(), [code], "{:#?}", self.findings);
        &self.findings[0]
    }

    /// Nothing to be said.
    #[track_caller]
    pub fn quiet(&self) -> &Self {
        assert!(self.findings.is_empty(), "{:#?}", self.findings);
        self
    }

    /// Nothing changed but for results at the end.
    #[track_caller]
    pub fn unchanged(&self) -> &Self {
        let rest = self.output.strip_prefix(self.input.as_str()).expect("the list comes back as it was");
        assert!(rest.is_empty() || rest.starts_with("results:\n"), "{rest}");
        self
    }

    /// What was added behind the input, without results.
    #[track_caller]
    pub fn added(&self) -> &str {
        let rest = self.output.strip_prefix(self.input.as_str()).expect("the input comes back byte for byte");
        rest.split("results:\n").next().unwrap_or_default()
    }

    /// The generated objects as a stream.
    pub fn yaml(&self) -> String {
        self.generated.join("---\n")
    }

    /// A generated object, by kind and name.
    pub fn object(&self, kind: &str, name: &str) -> Option<Value> {
        let mut objects = self.generated.iter().map(|text| value(text));
        objects.find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
    }

    /// The subsets of a Service, as `name key: value`.
    pub fn subsets(&self, service: &str) -> Vec<String> {
        let Some(rule) = self.object("DestinationRule", &format!("{service}-overrides")) else { return Vec::new() };
        let subset = |subset: &Value| {
            let labels = subset["labels"].as_object().expect("a subset has labels");
            let labels: Vec<String> =
                labels.iter().map(|(key, value)| format!("{key}: {}", value.as_str().expect("text"))).collect();
            format!("{} {}", subset["name"].as_str().expect("text"), labels.join(", "))
        };
        rule["spec"]["subsets"].as_array().expect("a list").iter().map(subset).collect()
    }

    /// The routes of a Service, one line each: `override-reviews-v2 by x-override, baggage -> v2`,
    /// `default-reviews on 80 -> v1:80`, `tcp 9000 -> v1:9000`.
    pub fn routes(&self, service: &str) -> Vec<String> {
        self.routes_of(&format!("{service}-overrides"))
    }

    /// The routes of a generated VirtualService, the same way.
    pub fn routes_of(&self, name: &str) -> Vec<String> {
        let Some(rule) = self.object("VirtualService", name) else { return Vec::new() };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let mut routes = Vec::new();
        for route in list(&rule["spec"]["http"]) {
            let mut line = route["name"].as_str().expect("a name").to_owned();
            let matches = list(&route["match"]);
            if let Some(port) = matches.first().and_then(|condition| condition["port"].as_u64()) {
                let _ = write!(line, " on {port}");
            }
            let headers: Vec<String> = matches
                .iter()
                .filter_map(|condition| condition["headers"].as_object())
                .flat_map(|headers| headers.keys().cloned())
                .collect();
            if !headers.is_empty() {
                let _ = write!(line, " by {}", headers.join(", "));
            }
            routes.push(format!("{line} -> {}", destinations(&route)));
        }
        for route in list(&rule["spec"]["tcp"]) {
            routes.push(format!("tcp {} -> {}", route["match"][0]["port"], destinations(&route)));
        }
        routes
    }

    /// The subset that a request to a Service takes, by the generated rules alone: the first that matches decides.
    /// `headers` are names and values.
    pub fn subset_for(&self, service: &str, headers: &[(&str, &str)]) -> String {
        let rule = self.object("VirtualService", &format!("{service}-overrides")).expect("a VirtualService");
        let holds = |condition: &Value| {
            let wanted = condition["headers"].as_object().expect("a match of headers");
            wanted.iter().all(|(name, expression)| {
                let regex = expression["regex"].as_str().expect("a regex");
                headers.iter().any(|(header, value)| header == name && matches(regex, value))
            })
        };
        let routes = rule["spec"]["http"].as_array().cloned().unwrap_or_default();
        let taken = routes.iter().find(|route| route["match"].as_array().is_none_or(|any| any.iter().any(holds)));
        destinations(taken.expect("a route for everything"))
    }

    /// The expressions of one header in the generated VirtualService, in order.
    pub fn regexes(&self, service: &str, header: &str) -> Vec<String> {
        let rule = self.object("VirtualService", &format!("{service}-overrides")).expect("a VirtualService");
        let routes = rule["spec"]["http"].as_array().cloned().unwrap_or_default();
        let matches = routes.iter().flat_map(|route| route["match"].as_array().cloned().unwrap_or_default());
        matches.filter_map(|each| Some(each["headers"].get(header)?["regex"].as_str()?.to_owned())).collect()
    }
}

/// One document as a value.
pub fn value(document: &str) -> Value {
    let manifests = Manifests::parse([("-".to_owned(), document)]).expect("it is YAML");
    let item = manifests.items().iter().next().expect("there is an object");
    item.node.read().expect("it has a value")
}

fn destinations(route: &Value) -> String {
    let to = |share: &Value| {
        let destination = &share["destination"];
        let subset = destination["subset"].as_str().expect("a subset");
        let to = destination["port"]["number"].as_u64().map_or(subset.to_owned(), |port| format!("{subset}:{port}"));
        share["weight"].as_u64().map_or(to.clone(), |weight| format!("{to} {weight}%"))
    };
    if let Some(status) = route["directResponse"]["status"].as_u64() {
        return format!("answer {status}");
    }
    let all = route["route"].as_array().expect("a list").iter().map(to).collect::<Vec<_>>().join(", ");
    if route["headers"]["response"]["set"].is_object() { format!("{all}, marked") } else { all }
}
