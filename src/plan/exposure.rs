//! A Service at gateways: what the policy's `expose` leads to.
//!
//! The rules there are an object of their own, beside those of the sidecars. One object for both would change what calls
//! of the public host within the mesh lead to, and a match on a port means the Gateway's server port there.

mod twice;

use foldhash::{HashSet, HashSetExt};
use smol_str::{SmolStr, format_smolstr};

use super::delegates::Delegates;
use super::edge::{Edge, GatewayKey, Shared, Site, Standing, admits, gateway_key};
use super::ports::Ports;
use crate::config::{EdgeHost, Existing, Expose, GatewayName, Policy, PortName, ServicePolicy};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{Gateway, Port, Service, VirtualService};

pub use twice::{Conflict, ExposedService, exposed_twice};
pub(super) use twice::{all_of, conflicts};

/// What a gateway-bound VirtualService says besides its routes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exposure {
    /// The gateways, as the VirtualService names them.
    pub(super) gateways: Vec<SmolStr>,
    /// The hosts.
    pub(super) hosts: Vec<SmolStr>,
    /// The Service's port, where it has several of any kind.
    pub(super) port: Option<u16>,
}

/// Rules that lead to a Service.
pub(super) type Reaching = HashSet<*const VirtualService>;

/// A Service whose exposure is looked at.
pub(super) struct Request<'a> {
    pub(super) service: &'a Service,
    pub(super) policy: &'a Policy,
    /// The Service's entry in the policy.
    pub(super) entry: &'a ServicePolicy,
    pub(super) expose: &'a Expose,
    pub(super) delegates: &'a Delegates<'a>,
}

impl<'a> Request<'a> {
    /// What is to be written; nothing where a rule of the user's that leads to the Service stands there already.
    /// `reaching` are all rules that do.
    ///
    /// # Errors
    /// A finding where the exposure cannot be what is meant.
    pub(super) fn settle(
        &self,
        ports: &Ports,
        edge: &Edge<'a>,
        reaching: &Reaching,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Exposure>, Box<Finding>> {
        let port = self.port(ports)?;
        if self.is_merged(edge, reaching, findings)? {
            return Ok(None);
        }
        self.check_hosts(edge, findings)?;
        self.note_wildcards(edge, findings);
        Ok(Some(Exposure {
            gateways: self.expose.gateways.iter().map(|gateway| self.written(gateway, edge)).collect(),
            hosts: self.expose.hosts.iter().map(|host| host.as_str().into()).collect(),
            port: ports.several.then_some(port),
        }))
    }

    fn place(&self, field: &str) -> Place {
        self.policy.place_of(Some(self.entry), &format!("expose{field}"))
    }

    /// What a Gateway of the policy's is called today.
    fn key(&self, gateway: &'a GatewayName, edge: &Edge<'a>) -> GatewayKey<'a> {
        edge.current(gateway_key(gateway.as_str(), self.service.namespace()))
    }

    /// The port that requests from outside go to.
    fn port(&self, ports: &Ports) -> Result<u16, Box<Finding>> {
        let name = &self.service.object.reference;
        let refuse = |field: &str, message: String, cure: String| {
            Err(Box::new(Finding::new(Code::ExposePort, self.place(field), message, cure)))
        };
        let list = || {
            let http = self.service.ports.iter().filter(|port| port.protocol.may_be_http());
            let port = |port: &Port| {
                port.name.as_ref().map_or(format!("`{}`", port.number), |name| format!("`{name}` ({})", port.number))
            };
            http.map(port).collect::<Vec<_>>().join(", ")
        };
        let Some(wanted) = &self.expose.port else {
            return match ports.http.as_slice() {
                [only] => Ok(*only),
                [] => {
                    let cure = "Expose a Service with a port that carries HTTP, or remove `expose`".to_owned();
                    refuse("", format!("the policy exposes {name}, which has no port that carries HTTP"), cure)
                }
                _ => {
                    let message = format!("the policy exposes {name}, which has several ports that carry HTTP");
                    refuse("", message, format!("Name one of them as `port`: {}", list()))
                }
            };
        };
        let is_wanted = |port: &&Port| match wanted {
            PortName::Name(name) => port.name.as_deref() == Some(name),
            PortName::Number(number) => port.number == *number,
        };
        match self.service.ports.iter().find(is_wanted) {
            Some(port) if port.protocol.may_be_http() => Ok(port.number),
            Some(_) => {
                let message = format!("the policy exposes the port `{wanted}` of {name}, which does not carry HTTP");
                refuse(".port", message, format!("Name one that does: {}", list()))
            }
            None => {
                let message = format!("the policy exposes the port `{wanted}` of {name}, which has no such port");
                refuse(".port", message, format!("Name one that it has: {}", list()))
            }
        }
    }

    /// Whether rules of the user's say already where requests for these hosts go at these gateways: all of them, and to
    /// the Service, so that overrides are merged into them.
    fn is_merged(
        &self,
        edge: &Edge<'a>,
        reaching: &Reaching,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, Box<Finding>> {
        let mut merged: Vec<Standing<'_>> = Vec::new();
        let mut free = false;
        for (index, site) in self.sites(edge) {
            let mut is_free = true;
            for standing in edge.rules_at(&site) {
                if standing.shared == Shared::Perhaps {
                    findings.push(self.perhaps_taken(index, &standing));
                    continue;
                }
                is_free = false;
                if !leads_there(standing.rule, reaching, self.delegates) {
                    return Err(self.taken(index, &site, &standing, "does not lead to the Service"));
                }
                if self.policy.existing != Existing::Merge {
                    let why = "leads to the Service, but nothing is merged into it without `existing: merge`";
                    return Err(self.taken(index, &site, &standing, why));
                }
                merged.push(standing);
            }
            free |= is_free;
        }
        let Some(standing) = merged.first() else { return Ok(false) };
        if free {
            let why = "leads to the Service, but not for all of these hosts and gateways";
            return Err(self.taken(0, &standing.site, standing, why));
        }
        let message = format!(
            "nothing is written to expose {}: {} does so, and overrides are merged into it",
            self.service.object.reference, standing.rule.object.reference
        );
        findings.push(Finding::new(Code::Exposed, self.place(""), message, "Nothing needs to be done"));
        Ok(true)
    }

    /// Where the routes of the Service would stand: each place with the position of the host that it is for.
    fn sites(&self, edge: &Edge<'a>) -> Vec<(usize, Site<'a>)> {
        let keys = self.expose.gateways.iter().map(|gateway| self.key(gateway, edge));
        keys.flat_map(|key| sites_of(edge, key, self.service, self.expose)).collect()
    }

    fn taken(&self, index: usize, site: &Site<'_>, standing: &Standing<'_>, why: &str) -> Box<Finding> {
        let rule = standing.rule;
        let host = self.expose.hosts.get(index).map(EdgeHost::as_str).unwrap_or_default();
        let place = if site.gateway == standing.site.gateway {
            "at that gateway".to_owned()
        } else {
            let (namespace, name) = standing.site.gateway;
            format!("at the same proxies, through the Gateway `{namespace}/{name}`,")
        };
        let message = format!(
            "the policy exposes {} as `{host}`, and {} is about that host {place} already: it {why}",
            self.service.object.reference, rule.object.reference
        );
        let cure = "Write the routes to the Service there, which overrides are merged into, or expose it under another \
                    host";
        let finding = Finding::new(Code::ExposeConflict, self.place(&format!(".hosts[{index}]")), message, cure);
        Box::new(finding.with_related(rule.object.place().field("spec.hosts"), "It is here"))
    }

    /// A rule at another Gateway, which selects its proxies by other labels.
    fn perhaps_taken(&self, index: usize, standing: &Standing<'_>) -> Finding {
        let (namespace, name) = standing.site.gateway;
        let message = format!(
            "the policy exposes {} as `{}`, and {} is about that host at the Gateway `{namespace}/{name}`: where one \
             proxy follows both Gateways, the older of the two rules takes most requests",
            self.service.object.reference, standing.site.host, standing.rule.object.reference
        );
        let cure = "Nothing needs to be done where no proxy has the labels that both Gateways select; else expose the \
                    Service under another host";
        let finding = Finding::new(Code::Exposed, self.place(&format!(".hosts[{index}]")), message, cure);
        let place = standing.rule.object.place().field("spec.hosts");
        finding.with_severity(Severity::Warning).with_related(place, "It is here")
    }

    /// Every host must be admitted by one of the gateways, or it is 404; and every gateway must admit one of the hosts
    /// (IST0132). A Gateway that is not in the input is taken on trust.
    fn check_hosts(&self, edge: &Edge<'a>, findings: &mut Vec<Finding>) -> Result<(), Box<Finding>> {
        let mut known: Vec<(usize, &Gateway)> = Vec::new();
        for (index, name) in self.expose.gateways.iter().enumerate() {
            if let Some(gateway) = edge.gateway(self.key(name, edge)) {
                known.push((index, gateway));
                continue;
            }
            let message = format!("the Gateway `{}` is not in the input, and is taken on trust", name.as_str());
            let cure = "See to it that it is in the cluster and admits the hosts; `istioctl analyze` on these files \
                        will miss it (IST0101)";
            findings.push(Finding::new(
                Code::GatewayUnknown,
                self.place(&format!(".gateways[{index}]")),
                message,
                cure,
            ));
        }
        let all_known = known.len() == self.expose.gateways.len();
        for (index, host) in self.expose.hosts.iter().enumerate() {
            let is_admitted = known.iter().any(|(_, gateway)| admits(gateway, host.as_str(), self.service));
            if all_known && !is_admitted {
                let place = self.place(&format!(".hosts[{index}]"));
                let message = format!("no server for HTTP of the gateways admits the host `{}`", host.as_str());
                return Err(not_admitted(place, message, known.first().map(|(_, gateway)| *gateway)));
            }
        }
        for (index, gateway) in known {
            if !self.expose.hosts.iter().any(|host| admits(gateway, host.as_str(), self.service)) {
                let place = self.place(&format!(".gateways[{index}]"));
                let message = format!("no server for HTTP of {} admits any of the hosts", gateway.object.reference);
                return Err(not_admitted(place, message, Some(gateway)));
            }
        }
        Ok(())
    }

    /// Of several hosts that a request's own falls under a gateway takes the most specific, with nothing but its routes.
    fn note_wildcards(&self, edge: &Edge<'a>, findings: &mut Vec<Finding>) {
        let mut told = HashSet::new();
        for (index, site) in self.sites(edge) {
            let wider = edge.rules_around(site).find(|standing| standing.shared == Shared::Surely);
            let Some(Standing { rule, site: wide, .. }) = wider else { continue };
            // Two servers of a Gateway are one place to its user.
            if !told.insert((index, site.gateway)) {
                continue;
            }
            let message = format!(
                "requests for `{}` no longer take the routes of {}, which is about `{}` at that gateway",
                site.host, rule.object.reference, wide.host
            );
            let place = self.place(&format!(".hosts[{index}]"));
            let cure = "Nothing needs to be done if that is meant; else expose the Service under another host";
            let finding = Finding::new(Code::Exposed, place, message, cure);
            findings.push(finding.with_related(rule.object.place().field("spec.hosts"), "It is here"));
        }
    }

    /// The Gateway's name as it is today, where kustomize changed it.
    fn written(&self, name: &'a GatewayName, edge: &Edge<'a>) -> SmolStr {
        let key = gateway_key(name.as_str(), self.service.namespace());
        match edge.gateway(key) {
            Some(gateway) if key != (gateway.object.namespace().effective(), gateway.object.name()) => {
                let own = gateway.object.namespace();
                let folder = own.written().filter(|_| own != self.service.namespace()).map(|own| format!("{own}/"));
                format_smolstr!("{}{}", folder.unwrap_or_default(), gateway.object.name())
            }
            _ => name.as_str().into(),
        }
    }
}

/// Whether a rule leads to a Service, by itself or through a delegate. `reaching` are all rules that do by themselves.
fn leads_there(rule: &VirtualService, reaching: &Reaching, delegates: &Delegates<'_>) -> bool {
    let own = rule.object.namespace();
    let reaches = |rule: &VirtualService| reaching.contains(&std::ptr::from_ref(rule));
    // Many routes may lead to the same ones.
    let mut seen = HashSet::new();
    let led_to = rule.http.iter().flatten().map(|route| delegates.led_to(route, own));
    let mut each_once = led_to.filter(|leaves| seen.insert(leaves.as_ptr()));
    reaches(rule) || each_once.any(|leaves| leaves.iter().any(|leaf| reaches(leaf)))
}

fn not_admitted(place: Place, message: String, gateway: Option<&Gateway>) -> Box<Finding> {
    let cure = "Add the host to a server of the Gateway with the protocol HTTP or HTTPS, or expose the Service under one \
                that it has: as it is, requests would be answered 404";
    let finding = Finding::new(Code::HostNotAdmitted, place, message, cure);
    Box::new(match gateway {
        Some(gateway) => finding.with_related(gateway.object.place().field("spec.servers"), "Its servers are here"),
        None => finding,
    })
}

/// Where the routes of a Service would stand at a Gateway, each with the position of the host that it is for.
fn sites_of<'a>(edge: &Edge<'a>, key: GatewayKey<'a>, service: &Service, expose: &'a Expose) -> Vec<(usize, Site<'a>)> {
    let hosts = expose.hosts.iter().enumerate();
    let at = |(index, host): (usize, &'a EdgeHost)| {
        let sites = edge.sites(key, service.namespace(), std::iter::once(host.as_str()));
        sites.into_iter().map(move |site| (index, site))
    };
    hosts.flat_map(at).collect()
}
