//! Reading the objects of a configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chosen::VirtualServices;
use super::delegate;
use super::destination_rule::{DestinationRule, DestinationRules};
use super::edge::Edge;
use super::object::{Lines, Reading};
use super::remark::Remark;
use super::service::{Service, Workload};
use super::virtual_service::VirtualService;
use super::{Mesh, Settings};
use crate::facts::{StandIns, WorkloadKind, serves_nobody};
use crate::finding::Finding;
use crate::krm::{Item, Items, NodeRef};

/// The API group of Istio's networking objects, in all its versions.
const ISTIO: &str = "networking.istio.io";
const GATEWAY_API: &str = "gateway.networking.k8s.io";
const INGRESS: &str = "networking.k8s.io";

/// Objects as they were read, not yet in relation to each other.
#[derive(Default)]
struct Objects {
    services: Vec<Service>,
    workloads: BTreeMap<String, Vec<Workload>>,
    virtual_services: Vec<VirtualService>,
    destination_rules: Vec<DestinationRule>,
    edges: Vec<Edge>,
    stand_ins: StandIns,
    remarks: Vec<Remark>,
}

impl Mesh {
    /// Reads a finished configuration. Objects that never reach a cluster are passed over.
    ///
    /// The findings are about objects that cannot be read; an answer without them would not be Istio's.
    #[must_use]
    pub fn read(items: &Items<'_>, settings: Settings) -> (Self, Vec<Finding>) {
        let lines = Lines::of(items);
        let mut objects = Objects::default();
        let mut findings = Vec::new();
        for item in items.iter().filter(|item| !item.is_local_config()) {
            if let Err(finding) = objects.read(items, &lines, item) {
                findings.push(*finding);
            }
        }
        (objects.mesh(settings), findings)
    }
}

impl Objects {
    fn read(&mut self, items: &Items<'_>, lines: &Lines, item: Item<'_>) -> Result<(), Box<Finding>> {
        let begin = || Reading::begin(items, lines, item);
        match (item.group(), item.kind()) {
            ("", "Service") => self.services.push(Service::read(&begin()?)?),
            (ISTIO, "DestinationRule") => self.destination_rules.push(DestinationRule::read(&begin()?)?),
            (ISTIO, "VirtualService") => self.virtual_services.push(VirtualService::read(&begin()?)?),
            (ISTIO, "Sidecar" | "EnvoyFilter" | "ServiceEntry") => {
                self.remarks.push(Remark::OtherRules { object: begin()?.object });
            }
            (GATEWAY_API, "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute") if is_for_a_service(item) => {
                self.remarks.push(Remark::OtherRules { object: begin()?.object });
            }
            (GATEWAY_API, "HTTPRoute" | "GRPCRoute" | "TLSRoute") | (INGRESS, "Ingress") => {
                self.edges.push(Edge::read(&begin()?));
            }
            (group, kind) => {
                let kind = WorkloadKind::of(group, kind).filter(|_| !serves_nobody(item));
                if let Some(kind) = kind {
                    self.workload(&begin()?, kind)?;
                }
            }
        }
        Ok(())
    }

    fn workload(&mut self, reading: &Reading<'_>, kind: WorkloadKind) -> Result<(), Box<Finding>> {
        let workload = Workload::read(reading, kind, &mut self.stand_ins)?;
        self.workloads.entry(workload.object.namespace().to_owned()).or_default().push(workload);
        Ok(())
    }

    fn mesh(mut self, settings: Settings) -> Mesh {
        self.services.sort_by(|a, b| (a.object.namespace(), &a.name).cmp(&(b.object.namespace(), &b.name)));
        let twice = |a: &mut Service, b: &mut Service| {
            let same = a.host == b.host;
            if same {
                let (first, second) = (Arc::clone(&b.object), Arc::clone(&a.object));
                self.remarks.push(Remark::TwiceTheSame { first, second });
            }
            same
        };
        self.services.dedup_by(twice);
        let (delegates, mut roots): (Vec<_>, Vec<_>) =
            self.virtual_services.into_iter().partition(|service| service.hosts.is_empty());
        let at_gateways = || roots.iter().filter(|root| !root.in_mesh);
        let objects: Vec<_> = at_gateways().map(|root| Arc::clone(&root.object)).collect();
        if !objects.is_empty() {
            self.remarks.push(Remark::GatewaysOnly { objects });
        }
        let edge = |root: &VirtualService| Edge { object: Arc::clone(&root.object), hosts: root.hosts.clone() };
        self.edges.splice(0..0, at_gateways().map(edge).collect::<Vec<_>>());
        for workload in self.workloads.values_mut().flatten().filter(|workload| workload.idle) {
            let object = &workload.object;
            workload.idle = !self.stand_ins.run(object.namespace(), workload.kind, object.name());
        }
        roots.retain(|root| root.in_mesh);
        roots.sort_by(|a, b| a.object.precedence().cmp(&b.object.precedence()));
        delegate::merge(&mut roots, &delegates);
        let hosts = self.services.iter().map(|service| service.host.clone());
        Mesh {
            by_host: hosts.zip(0..).collect(),
            settings,
            services: self.services,
            workloads: self.workloads,
            virtual_services: VirtualServices::new(roots),
            destination_rules: DestinationRules::new(self.destination_rules),
            edges: self.edges,
            remarks: self.remarks,
        }
    }
}

/// Whether a route of the Gateway API has a Service for its parent, which makes it one for sidecars.
fn is_for_a_service(item: Item<'_>) -> bool {
    let parents = item.node.at(&["spec", "parentRefs"]);
    let is_service = |parent: NodeRef<'_>| parent.get("kind").and_then(NodeRef::as_text) == Some("Service");
    parents.into_iter().flat_map(NodeRef::elements).any(is_service)
}
