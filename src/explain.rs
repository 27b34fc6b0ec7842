//! What becomes of a request: the answer from the finished configuration, as Istio's sidecars would give it.
//!
//! This room reads Services, Pods, DestinationRules and VirtualServices, whoever wrote them, and follows Istio's own
//! rules. It shares nothing with [`mod@crate::plan`], so that it checks what `plan` writes and does not repeat it.
//! Where a rule of Istio's is followed, the doc comment names its place in Istio's source (1.32).
//!
//! ```
//! use overrides::explain::{Mesh, Request, Settings};
//! use overrides::krm::Manifests;
//!
//! let text = "
//! apiVersion: v1
//! kind: Service
//! metadata: {name: reviews}
//! spec: {selector: {app: reviews}, ports: [{name: http, port: 80}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: reviews-1, labels: {app: reviews, version: v1}}
//! ";
//! let manifests = Manifests::parse([("reviews.yaml".to_owned(), text)])?;
//! let (mesh, _findings) = Mesh::read(manifests.items(), Settings::default());
//! let request = Request::default().header("x-override", "reviews:v2");
//! let answer = mesh.answer("reviews", "default", &request).expect("the Service is there");
//! assert_eq!(answer.version(), Some("v1"));
//! assert!(answer.remarks[0].to_string().contains("version v2 of reviews, which no rule knows"));
//! assert_eq!(answer.remarks[0].code().id(), "EX07");
//! # Ok::<(), overrides::krm::InputError>(())
//! ```
//!
//! # What is not evaluated, and says so
//!
//! Conditions on JWT claims, on the caller's labels where those were not told, on addresses and on the name in a TLS
//! handshake make an [`Outcome::NotEvaluated`], and so does a regular expression that the `regex` crate reads unlike
//! RE2. VirtualServices for gateways alone, `Sidecar`, `EnvoyFilter`, `ServiceEntry` and Gateway API routes are named
//! in [`Mesh::remarks`], and so is a `Host` that gateways know. Subsets by labels that istiod, the injection of sidecars or
//! a controller gives to Pods are not evaluated either. Ambient waypoints, and a mesh with another domain or other defaults for `exportTo`, are
//! beyond it.

mod answer;
mod carriers;
mod chain;
mod chosen;
mod delegate;
mod destination_rule;
mod edge;
mod effect;
mod export;
mod host;
mod http_match;
mod lookalike;
mod object;
mod outcome;
mod pods;
mod ports;
mod read;
mod remark;
mod request;
mod service;
mod show;
mod string_match;
mod verdict;
mod virtual_service;

use std::collections::BTreeMap;

use crate::config::nearest;
use answer::Way;
use chosen::VirtualServices;
use destination_rule::DestinationRules;
use edge::Edge;
use host::Host;
use service::{Port, Service, Workload};
use verdict::Verdict;

pub use carriers::Flaw;
pub use chain::{Hop, HopError};
pub use object::{Object, Origin};
pub use outcome::{Answer, Destination, Outcome, Receives, Rule, ServicePort, Share};
pub use remark::{Precedence, Remark, RemarkCode, Unreadable};
pub use request::{Caller, Header, HeaderError, Request};
pub use service::{Protocol, ServiceName};
pub use show::{chain, table};

/// What cannot be seen in the objects: how overrides are carried, and two conventions of the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The header that carries overrides, in any case.
    pub header: String,
    /// Whether W3C baggage carries them too.
    pub baggage: bool,
    /// Whether W3C tracestate carries them too.
    pub tracestate: bool,
    /// The Pod labels that may hold the version; the first that is there and not empty counts.
    pub version_labels: Vec<String>,
    /// The mesh's root namespace, whose DestinationRules hold everywhere.
    pub root_namespace: String,
}

impl Default for Settings {
    /// As they are without a policy.
    fn default() -> Self {
        Self {
            header: "x-override".to_owned(),
            baggage: true,
            tracestate: false,
            version_labels: vec!["version".to_owned()],
            root_namespace: "istio-system".to_owned(),
        }
    }
}

/// A finished configuration that can be asked.
#[derive(Debug)]
pub struct Mesh {
    settings: Settings,
    /// In the order of namespaces and names.
    services: Vec<Service>,
    by_host: BTreeMap<Host, usize>,
    /// By namespace.
    workloads: BTreeMap<String, Vec<Workload>>,
    virtual_services: VirtualServices,
    destination_rules: DestinationRules,
    /// What gives routes to gateways.
    edges: Vec<Edge>,
    remarks: Vec<Remark>,
}

impl Mesh {
    /// Whether there is no Service to ask about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// The names of all Services, sorted.
    pub fn services(&self) -> impl Iterator<Item = &ServiceName> {
        self.services.iter().map(|service| &service.name)
    }

    /// What becomes of a request to any of the Services: an answer for each of its ports, or for the port that the
    /// request names where the Service has it.
    #[must_use]
    pub fn explain(&self, request: &Request) -> Vec<Answer> {
        let (wanted, _) = carriers::overrides(request, &self.settings);
        let answers = |service| {
            let way = Way::new(self, service, request, &wanted);
            let asked = |port: &&Port| request.port.is_none_or(|number| number == port.number);
            let carried = service.ports.iter().filter(|port| port.protocol != Protocol::NotCarried);
            let mut answers: Vec<Answer> = carried.filter(asked).map(|port| way.answer(Some(port))).collect();
            if answers.is_empty() && request.port.is_none() {
                answers.push(way.answer(None));
            }
            answers
        };
        self.services.iter().flat_map(answers).collect()
    }

    /// What becomes of a request to one Service, at the port that the request names. Where it names none, the answer
    /// is that of the Service's HTTP ports, where they agree. `namespace` is `default` for a Service that says none.
    /// Nothing for a Service, or a port, that is not there.
    #[must_use]
    pub fn answer(&self, service: &str, namespace: &str, request: &Request) -> Option<Answer> {
        let (wanted, _) = carriers::overrides(request, &self.settings);
        let service = self.service_at(&Host::of_service(service, namespace))?;
        let way = Way::new(self, service, request, &wanted);
        match request.port {
            Some(number) => Some(way.answer(Some(service.ports.iter().find(|port| port.number == number)?))),
            None => Some(ports::answer_without_port(&way)),
        }
    }

    /// What is to be said about the request, or about the configuration, as a whole.
    #[must_use]
    pub fn remarks(&self, request: &Request) -> Vec<Remark> {
        let mut remarks = self.general_remarks(request);
        remarks.extend(ports::left_out(self, request));
        remarks
    }

    fn general_remarks(&self, request: &Request) -> Vec<Remark> {
        let (wanted, mut remarks) = carriers::overrides(request, &self.settings);
        remarks.extend(lookalike::remarks(self, request));
        let unknown = wanted.iter().filter(|each| !self.services.iter().any(|service| each.is_about(service)));
        remarks.extend(unknown.map(|each| Remark::UnknownService {
            version: each.version.clone(),
            service: each.said(),
            near: self.nearest_service(&each.said()),
        }));
        remarks.extend(edge::host_remarks(self, request));
        remarks.extend(self.remarks.iter().cloned());
        remarks
    }

    /// The Service that was probably meant by this name, as an override would say it.
    fn nearest_service(&self, written: &str) -> Option<String> {
        let mut parts = written.split('.');
        let (name, namespace) = (parts.next()?, parts.next());
        let mut of_name: Vec<&Service> = self.services.iter().filter(|service| service.name.name == name).collect();
        // Of a full host, an override says name and namespace alone.
        of_name.sort_by_key(|service| Some(service.object.namespace()) != namespace);
        let found = of_name.first().map(|service| match &service.name.namespace {
            Some(namespace) => format!("{name}.{namespace}"),
            None => name.to_owned(),
        });
        let names = || self.services.iter().map(|service| service.name.name.as_str());
        found.or_else(|| nearest(name, names()).map(ToOwned::to_owned))
    }

    fn service_at(&self, host: &Host) -> Option<&Service> {
        self.services.get(*self.by_host.get(host)?)
    }

    /// What a Service selects, or may select.
    fn workloads_of<'m>(&'m self, service: &'m Service) -> impl Iterator<Item = (&'m Workload, Verdict)> {
        let own = self.workloads.get(service.object.namespace());
        let all = own.into_iter().flatten().map(|workload| (workload, service.selects(workload)));
        all.filter(|(_, selects)| *selects != Verdict::No)
    }
}
