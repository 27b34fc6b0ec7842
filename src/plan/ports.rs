//! Which ports of a Service take which rules.

use super::default_version::Default;
use super::versions::Version;
use super::words;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Port, Protocol, Service, VirtualService};

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

    /// What the user should know of ports where no override can be seen, as soon as there is more than one version.
    /// `rule` is the user's VirtualService that is in charge of the Service, if there is one.
    pub(super) fn findings(
        &self,
        service: &Service,
        versions: &[Version<'_>],
        default: &Default,
        rule: Option<&VirtualService>,
    ) -> Vec<Finding> {
        if versions.len() < 2 {
            return Vec::new();
        }
        let mut findings: Vec<Finding> = self.tls.iter().map(|port| tls(service, port)).collect();
        findings.extend(self.unreachable(service, versions, default, rule));
        findings
    }

    /// An override is in a header, and in TCP there are none: what Istio reads as TCP goes to the default. Where another
    /// port carries HTTP that is as it should be.
    fn unreachable(
        &self,
        service: &Service,
        versions: &[Version<'_>],
        default: &Default,
        rule: Option<&VirtualService>,
    ) -> Option<Finding> {
        let ports: Vec<&Port> = service.ports.iter().filter(|port| port.protocol == Protocol::Tcp).collect();
        let first = ports.first()?;
        let unreached = versions.iter().enumerate().filter(|(position, _)| !default.takes(*position));
        let unreached: Vec<String> = unreached.map(|(_, version)| words::code(version.value)).collect();
        if unreached.is_empty() {
            return None;
        }
        let named: Vec<String> = ports.iter().map(|port| named(port)).collect();
        // A rule of the user's may lead there all the same, but not because a request asks for it.
        let verb = if rule.is_some() { "ask for" } else { "reach" };
        let them = if ports.len() == 1 { "it" } else { "them" };
        let message = format!(
            "nobody can {verb} {} of {} at {}: Istio reads {them} as TCP, where it sees no override",
            words::counted("version", &unreached),
            service.object.reference,
            words::counted("port", &named),
        );
        let help = if ports.iter().all(|port| port.is_server_first) {
            "To reach the other versions, give each of them a Service of its own"
        } else {
            "If the port carries HTTP or gRPC, set its `appProtocol` to `http` or `grpc`, or begin its name with `http-` \
             or `grpc-` where it has no `appProtocol`. If it does not, give each version a Service of its own"
        };
        let place = service.object.place();
        let place = match ports.as_slice() {
            [_] => place.field(format!("spec.ports[{}]", position(service, first))),
            _ => place.field("spec.ports"),
        };
        let severity = if self.any_http() { Severity::Info } else { Severity::Warning };
        Some(Finding::new(Code::TcpPort, place, message, help).with_severity(severity))
    }
}

/// TLS ports are left as they are.
fn tls(service: &Service, port: &Port) -> Finding {
    let place = service.object.place().field(format!("spec.ports[{}]", position(service, port)));
    let message = format!("the TLS port {} keeps spreading over all versions", port.number);
    let cure = "A rule for one SNI would break every other; declare the port `http` with TLS in the mesh, or give each \
                version a Service of its own";
    Finding::new(Code::TlsPort, place, message, cure)
}

/// A port as users know it: its number, and its name where it has one.
fn named(port: &Port) -> String {
    match &port.name {
        Some(name) => format!("{} (`{name}`)", port.number),
        None => port.number.to_string(),
    }
}

/// Where a port stands among those of its Service.
pub(super) fn position(service: &Service, port: &Port) -> usize {
    service.ports.iter().position(|other| other == port).unwrap_or_default()
}
