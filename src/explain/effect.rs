//! What became of the overrides that a request carries for a Service, and why some have no effect.

use super::answer::{Decision, Way};
use super::carriers::{self, Override};
use super::http_match::Repeated;
use super::outcome::{Destination, Outcome, Receives};
use super::pods;
use super::remark::{Remark, Unreadable};
use super::service::Protocol;

impl Way<'_> {
    /// The overrides for this Service.
    fn asked(&self) -> impl Iterator<Item = &Override> {
        self.wanted.iter().filter(|wanted| wanted.is_about(self.service))
    }

    /// Says that nobody sees overrides at a port that is not read as HTTP.
    pub(super) fn unseen(&self, decision: &mut Decision, port: u16, protocol: Protocol) {
        let reads = match protocol {
            Protocol::Http | Protocol::Detected => return,
            Protocol::Tcp => Unreadable::Tcp,
            Protocol::Tls => Unreadable::Tls,
            Protocol::NotCarried => Unreadable::NotCarried,
        };
        let asked: Vec<String> =
            self.asked().map(|each| format!("version {} of {}", each.version, each.said())).collect();
        if !asked.is_empty() {
            decision.remarks.push(Remark::Unseen { asked: asked.join(" and "), port, reads });
        }
        self.say_unknown(decision);
    }

    /// Says which versions are not there.
    pub(super) fn say_unknown(&self, decision: &mut Decision) {
        let unknown = self.asked().filter(|each| !self.has_version(&each.version));
        let takes = decision.outcome.to_string();
        let unknown: Vec<Remark> = unknown.map(|each| self.unknown_version(each, &takes)).collect();
        decision.remarks.extend(unknown);
    }

    fn unknown_version(&self, each: &Override, takes: &str) -> Remark {
        let (version, service, takes) = (each.version.clone(), each.said(), takes.to_owned());
        let is_near = |own: &String| {
            own.eq_ignore_ascii_case(&version) || (own.len() >= 4 && strsim::damerau_levenshtein(own, &version) == 1)
        };
        let near = pods::versions(self.mesh, self.service).into_iter().find(is_near);
        Remark::UnknownVersion { version, service, takes, near }
    }

    /// Says what became of the overrides at a port that is read as HTTP.
    pub(super) fn judge_overrides(&self, decision: &mut Decision, port: u16) {
        if self.asked().next().is_none() || matches!(decision.outcome, Outcome::NotEvaluated { .. }) {
            return;
        }
        let request = carriers::without(self.request, &self.mesh.settings, |each| each.is_about(self.service));
        let plain = self.asking(&request).http_with(port, Repeated::Joined);
        let one_counts = self.asked().any(|each| decision.outcome.may_take(&each.version));
        let remarks: Vec<Remark> =
            self.asked().filter_map(|each| self.judge(each, decision, &plain, one_counts, port)).collect();
        decision.remarks.extend(remarks);
    }

    /// The same way for another request.
    fn asking<'r>(&'r self, request: &'r super::Request) -> Way<'r> {
        Way { request, wanted: &[], authority: self.authority.clone(), ..*self }
    }

    fn judge(
        &self,
        each: &Override,
        decision: &Decision,
        plain: &Decision,
        one_counts: bool,
        port: u16,
    ) -> Option<Remark> {
        let (version, service, takes) = (each.version.clone(), each.said(), decision.outcome.to_string());
        let followed = decision.outcome.may_take(&version);
        let changes = decision.outcome != plain.outcome;
        if !followed && !self.has_version(&version) {
            return Some(self.unknown_version(each, &takes));
        }
        if followed && changes {
            return None;
        }
        if followed && decision.outcome.version().is_some() {
            return Some(Remark::AlreadyTaken { version, service });
        }
        if !followed && one_counts {
            return Some(Remark::AnotherCameFirst { version, service, takes });
        }
        if decision.decided_by.is_none() {
            return Some(Remark::NoRules { version, service, takes });
        }
        // A route for the override was taken, and nobody is there, which another remark says.
        if changes && decision.outcome.destinations().iter().any(|to| is_for_nobody(to)) {
            return None;
        }
        if let Some(instead) = self.better_written(each, plain, port) {
            return Some(Remark::NotAsWritten { version, service, takes, instead });
        }
        if let Some((first, hidden)) = self.hidden_route(&version, port) {
            return Some(Remark::Shadowed { version, service, takes, first, hidden });
        }
        Some(if followed {
            Remark::OnlyAShare { version, service, takes }
        } else {
            Remark::NoRouteForVersion { version, service, takes }
        })
    }

    /// Whether the Service has a version of this name, or a subset that requests can ask for by its name.
    fn has_version(&self, name: &str) -> bool {
        pods::versions(self.mesh, self.service).iter().any(|own| own == name) || self.has_subset(name)
    }

    /// The same override as the rules do read it, where they do.
    fn better_written(&self, each: &Override, plain: &Decision, port: u16) -> Option<String> {
        let settings = &self.mesh.settings;
        let (name, namespace) = (&self.service.name.name, self.service.object.namespace());
        let request = carriers::without(self.request, settings, |other| other.is_about(self.service));
        let forms = [format!("{name}:{}", each.version), format!("{name}.{namespace}:{}", each.version)];
        let works = |form: &String| {
            let request = request.clone().header(&settings.header, form);
            let outcome = self.asking(&request).http_with(port, Repeated::Joined).outcome;
            outcome.may_take(&each.version) && outcome != plain.outcome
        };
        forms.into_iter().find(works).map(|form| format!("`{}: {form}`", settings.header))
    }

    /// A route that is for this override, leads to the version and stands behind the one that decides; the name of the
    /// latter first.
    fn hidden_route(&self, version: &str, port: u16) -> Option<(String, String)> {
        let request = carriers::without(self.request, &self.mesh.settings, |each| each.is_about(self.service));
        let plain_way = self.asking(&request);
        let (arrival, plain) = (self.arrival(port, Repeated::Joined), plain_way.arrival(port, Repeated::Joined));
        let used = self.mesh.virtual_services.in_charge(&self.service.host, &arrival).used?;
        let takes = |route: &super::virtual_service::HttpRoute, arrival| {
            route.matches.is_empty() || route.matches.iter().any(|block| block.takes(arrival))
        };
        let mut matching = used.http.iter().filter(|route| takes(route, &arrival));
        let first = matching.next()?;
        let hidden =
            matching.find(|route| !takes(route, &plain) && self.act(route, None, port).outcome.may_take(version))?;
        Some((first.id.name.clone(), hidden.id.name.clone()))
    }
}

fn is_for_nobody(destination: &Destination) -> bool {
    destination.subset.is_some() && destination.receives == Receives::Nobody
}
