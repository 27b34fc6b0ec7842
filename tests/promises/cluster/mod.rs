//! Random clusters: Services, workloads in versions, a policy, and rules that users wrote already.

mod choices;
mod edge;
mod launchpad;
mod policy;
mod routes;
mod rules;
mod services;
mod writing;

use serde_json::Value;

pub use choices::Choices;
pub use policy::{Entry, Policy};
pub use services::{Protocol, Service, Shape, Workload};

/// A cluster, as far as the promises are about it.
pub struct Cluster {
    pub services: Vec<Service>,
    pub workloads: Vec<Workload>,
    pub policy: Policy,
    /// The user's rules, and what else is neither Service nor workload.
    pub rules: Vec<Value>,
    /// Every object as it is written, in the order of the input.
    documents: Vec<String>,
}

impl Cluster {
    /// The cluster that these bytes stand for.
    pub fn of(bytes: &[u8]) -> Self {
        let mut choices = Choices::new(bytes);
        let (mut services, workloads) = services::some(&mut choices);
        let mut policy = Policy::some(&mut choices, &services, &workloads);
        let rules = rules::some(&mut choices, &services, &workloads);
        policy.select_some(&mut choices, &mut services);
        let gateways = edge::some(&mut choices, &mut policy, &services);
        launchpad::some(&mut choices, &mut policy, &services, &workloads);
        let objects = services.iter().map(Service::object).chain(workloads.iter().map(Workload::object));
        let others = rules.iter().cloned().chain(gateways).chain(policy.launchpad_workloads());
        let documents = objects.chain(others).map(|object| writing::text(&mut choices, &object));
        let documents = documents.collect();
        Self { services, workloads, policy, rules, documents }
    }

    /// The objects as a stream of manifests.
    pub fn stream(&self) -> String {
        writing::stream(&self.documents)
    }

    /// The workloads of a version, as they are written.
    pub fn written<'c>(&'c self, leaves: &'c dyn Fn(&Workload) -> bool) -> impl Iterator<Item = &'c str> {
        let texts = self.documents.iter().skip(self.services.len());
        self.workloads.iter().zip(texts).filter(|(workload, _)| leaves(workload)).map(|(_, text)| text.as_str())
    }

    /// The objects and the policy as the ResourceList that the function gets.
    pub fn list(&self) -> String {
        writing::list(&self.policy.object(), &self.documents)
    }

    /// The workloads that a Service selects.
    pub fn workloads_of<'c>(&'c self, service: &'c Service) -> impl Iterator<Item = &'c Workload> {
        self.workloads.iter().filter(|workload| service.selects(workload))
    }

    /// The versions of a Service, without repetition. Workloads without one are given the stated default, where the
    /// policy wants that.
    pub fn versions_of(&self, service: &Service) -> Vec<&'static str> {
        let of_unversioned = self.policy.labels().then(|| self.label_for(service));
        let version = |each: &Workload| self.policy.version_of(each).or(of_unversioned);
        let mut versions: Vec<_> = self.workloads_of(service).filter_map(version).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// The version that a subset of a Service is for: by the user's own words for it, or by its name.
    pub fn version_meant(&self, service: &Service, subset: &str) -> Option<&'static str> {
        let name = format!("{}-subsets", service.name);
        let is_it = |rule: &&Value| {
            rule["metadata"]["name"] == name.as_str() && rule["metadata"]["namespace"].as_str() == service.namespace
        };
        let subsets = self.rules.iter().find(is_it).and_then(|rule| rule["spec"]["subsets"].as_array());
        let own = subsets.and_then(|subsets| subsets.iter().find(|each| each["name"] == subset));
        let version = own.and_then(|own| own["labels"]["version"].as_str()).unwrap_or(subset);
        self.versions_of(service).into_iter().find(|each| *each == version)
    }

    /// Where requests without an override go: what is said of this very Service, then the heaviest share, then what is
    /// preferred everywhere, then the only version that there is.
    pub fn default_of(&self, service: &Service) -> Option<&'static str> {
        let versions = self.versions_of(service);
        let own = self.policy.entry_of(service);
        let stated = self.stated_for(service);
        let heaviest = own.and_then(Entry::heaviest);
        let preferred = Some(self.policy.default_version).filter(|version| versions.contains(version));
        let only = versions.first().copied().filter(|_| versions.len() == 1);
        stated.or(heaviest).or(preferred).or(only)
    }

    /// The version that workloads without one are labelled with: what is stated, never what could be guessed.
    pub fn label_for(&self, service: &Service) -> &'static str {
        self.stated_for(service).unwrap_or(self.policy.default_version)
    }

    /// What is said of this very Service.
    fn stated_for(&self, service: &Service) -> Option<&'static str> {
        let own = self.policy.entry_of(service);
        own.and_then(|entry| entry.default_version).or(service.default_annotation)
    }

    /// Whether nothing can keep the function from giving this Service rules of its own: an ordinary Service with HTTP
    /// whose Pods all have a version, and which no rule in the cluster mentions.
    pub fn is_plain(&self, service: &Service) -> bool {
        let entry = self.policy.entry_of(service);
        let versioned = self.workloads_of(service).all(|each| self.policy.version_of(each).is_some());
        let versions = self.versions_of(service).len();
        service.shape == Shape::Ordinary
            && self.rules.is_empty()
            && self.policy.selects(service)
            && versioned
            && versions > usize::from(self.policy.skips_single())
            && !entry.is_some_and(|entry| entry.ignore)
            && service.ports.iter().any(|port| matches!(port.protocol, Protocol::Http | Protocol::Detected))
    }
}
