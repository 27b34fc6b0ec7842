//! Which ports of a Service take which rules.

use crate::finding::{Code, Finding};
use crate::inventory::{Port, Protocol, Service};

/// A Service's ports, by what can be done for them.
#[derive(Debug)]
pub(super) struct Ports {
    /// Ports that `http` rules apply to, sniffed ones among them.
    pub(super) http: Vec<u16>,
    /// Ports that `tcp` rules apply to, sniffed ones among them.
    pub(super) tcp: Vec<u16>,
    tls: Vec<Port>,
    /// Istio wants the port named in destinations as soon as there are several of any kind (IST0112).
    pub(super) several: bool,
}

impl Ports {
    pub(super) fn of(service: &Service) -> Self {
        let numbers = |wanted: fn(Protocol) -> bool| {
            service.ports.iter().filter(|port| wanted(port.protocol)).map(|port| port.number).collect()
        };
        Self {
            http: numbers(Protocol::may_be_http),
            tcp: numbers(Protocol::may_be_tcp),
            tls: service.ports.iter().filter(|port| port.protocol == Protocol::Tls).cloned().collect(),
            several: service.ports.len() > 1,
        }
    }

    pub(super) fn any_http(&self) -> bool {
        !self.http.is_empty()
    }

    pub(super) fn any_tcp(&self) -> bool {
        !self.tcp.is_empty()
    }

    /// TLS ports are left as they are, which matters as soon as there is more than one version.
    pub(super) fn findings(&self, service: &Service, versions: usize) -> Vec<Finding> {
        if versions < 2 {
            return Vec::new();
        }
        let finding = |port: &Port| {
            let place = service.object.place().field(format!("spec.ports[{}]", position(service, port)));
            let message = format!("the TLS port {} keeps spreading over all versions", port.number);
            let cure = "A rule for one SNI would break every other; declare the port `http` with TLS in the mesh, or \
                        give each version a Service of its own";
            Finding::new(Code::TlsPort, place, message, cure)
        };
        self.tls.iter().map(finding).collect()
    }
}

/// Where a port stands among those of its Service.
pub(super) fn position(service: &Service, port: &Port) -> usize {
    service.ports.iter().position(|other| other == port).unwrap_or_default()
}
