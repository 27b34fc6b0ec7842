//! What looks like an override to its author, and stands where nobody reads it.

use super::carriers::{Override, TRACESTATE_KEY, members};
use super::remark::Remark;
use super::request::Request;
use super::service::Service;
use super::{Mesh, Settings, pods};

/// The header that carries overrides where no policy names another.
const USUAL_HEADER: &str = "x-override";

/// What baggage calls an override, or what people write for it.
const BAGGAGE_KEYS: [&str; 5] = ["override", "overide", "overrides", "x-override", "x-overide"];

/// Headers whose values have colons or stand for something else, whatever Services there are.
const NEVER: [&str; 12] = [
    "host",
    ":authority",
    "authorization",
    "date",
    "forwarded",
    "from",
    "origin",
    "referer",
    "traceparent",
    "user-agent",
    "via",
    "x-request-id",
];

/// Everything in the request that looks like an override, and is read by nobody.
pub(super) fn remarks(mesh: &Mesh, request: &Request) -> Vec<Remark> {
    let looks = Looks { mesh, settings: &mesh.settings };
    let mut remarks = Vec::new();
    for line in &request.headers {
        let (name, value) = (line.name.as_str(), line.value.as_str());
        match name {
            name if name.eq_ignore_ascii_case(&mesh.settings.header) || NEVER.contains(&name) => {}
            "baggage" => remarks.extend(members(value).filter_map(|member| looks.baggage(member))),
            "tracestate" => remarks.extend(members(value).filter_map(|member| looks.tracestate(member))),
            "cookie" if !mesh.virtual_services.read_header("cookie") => {
                let pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
                remarks.extend(pairs.filter_map(|(key, value)| looks.pair("cookie", key, value)));
            }
            name if name.starts_with("x-forwarded-") || name.starts_with("x-envoy-") => {}
            _ => remarks.extend(looks.nearly_another(name, value).or_else(|| looks.header(name, value))),
        }
    }
    let query = request.path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs = query.split('#').next().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.filter(|(key, _)| !mesh.virtual_services.read_query(key));
    remarks.extend(pairs.filter_map(|(key, value)| {
        looks.pair("query parameter", key, &value.replace("%3A", ":").replace("%3a", ":").replace("%2C", ","))
    }));
    remarks
}

struct Looks<'m> {
    mesh: &'m Mesh,
    settings: &'m Settings,
}

impl Looks<'_> {
    /// A header other than the policy's.
    fn header(&self, name: &str, value: &str) -> Option<Remark> {
        let is_read = self.mesh.virtual_services.read_header(name);
        let instead = match self.overrides_in(value) {
            Some(overrides) => Some(overrides),
            None if self.is_like_the_header(name) => Some("reviews:v2".to_owned()),
            None if is_read => None,
            None => self.service_as_name(name, value),
        }?;
        if is_read {
            let (read, carrier) = (format!("the header {name}"), self.settings.header.clone());
            return Some(Remark::OtherPolicy { read, carrier });
        }
        Some(self.not_a_carrier(format!("the header `{name}`"), &instead))
    }

    /// A header whose name is nearly `baggage` or `tracestate`, and which carries overrides as that one would.
    fn nearly_another(&self, name: &str, value: &str) -> Option<Remark> {
        if self.mesh.virtual_services.read_header(name) {
            return None;
        }
        let joined = |found: &[Override], sign: char, between: &str| {
            found.iter().map(|each| format!("{}{sign}{}", each.said(), each.version)).collect::<Vec<_>>().join(between)
        };
        let plain = plain(name);
        let (found, instead) = if strsim::damerau_levenshtein(&plain, "baggage") <= 2 {
            let found: Vec<_> = members(value).filter_map(Override::of_baggage).filter_map(Result::ok).collect();
            let as_member = |each| format!("override-{}", joined(std::slice::from_ref(each), '=', ""));
            let instead = self
                .settings
                .baggage
                .then(|| format!("`baggage: {}`", found.iter().map(as_member).collect::<Vec<_>>().join(",")));
            (found, instead)
        } else if strsim::damerau_levenshtein(&plain, "tracestate") <= 2 {
            let lists = members(value).filter_map(|member| member.strip_prefix(TRACESTATE_KEY));
            let found: Vec<_> =
                lists.flat_map(|list| list.split(';')).filter_map(|each| Override::of_pair(each).ok()).collect();
            let instead =
                self.settings.tracestate.then(|| format!("`tracestate: {TRACESTATE_KEY}{}`", joined(&found, ':', ";")));
            (found, instead)
        } else {
            return None;
        };
        let instead = instead.unwrap_or_else(|| format!("`{}: {}`", self.settings.header, joined(&found, ':', ",")));
        (!found.is_empty()).then(|| Remark::NotACarrier { what: format!("the header `{name}`"), instead })
    }

    /// A parameter of the query, or a cookie.
    fn pair(&self, kind: &str, key: &str, value: &str) -> Option<Remark> {
        let (key, value) = (key.trim(), value.trim());
        let overrides = self.overrides_in(value);
        if overrides.is_none() && !self.is_like_the_header(key) {
            return None;
        }
        let instead = overrides.unwrap_or_else(|| "reviews:v2".to_owned());
        Some(self.not_a_carrier(format!("the {kind} `{key}`"), &instead))
    }

    fn baggage(&self, member: &str) -> Option<Remark> {
        let member = member.split(';').next().unwrap_or_default().trim();
        let (key, value) = member.split_once('=').unwrap_or((member, ""));
        let (key, value) = (key.trim(), value.trim());
        if let Some(service) = key.strip_prefix("override-") {
            let instead = format!("`{}: {service}:{value}`", self.settings.header);
            return (!self.settings.baggage).then(|| self.off("baggage", member, instead));
        }
        let lower = key.to_ascii_lowercase();
        let is_like = BAGGAGE_KEYS.iter().any(|each| lower.strip_prefix(each).is_some_and(is_end_of_word));
        let names_service = self.is_service(key) && is_version(value);
        if !is_like && !names_service && self.overrides_in(member).is_none() {
            return None;
        }
        let in_key = lower.split_once("override-").map(|(_, service)| format!("{service}:{value}"));
        let pair = match (names_service, self.overrides_in(member).or_else(|| self.overrides_in(value))) {
            (true, _) => format!("{key}:{value}"),
            (false, Some(overrides)) => overrides,
            (false, None) => in_key.unwrap_or_else(|| "reviews:v2".to_owned()),
        };
        let instead = match pair.split_once(':').filter(|_| self.settings.baggage) {
            Some((service, version)) => format!("`override-{service}={version}`"),
            None => format!("`{}: {pair}`", self.settings.header),
        };
        Some(Remark::NotACarrier { what: format!("`{member}` in baggage"), instead })
    }

    fn tracestate(&self, member: &str) -> Option<Remark> {
        if let Some(list) = member.strip_prefix(TRACESTATE_KEY) {
            let is_meant = !self.settings.tracestate && list.contains(':');
            let instead = format!("`{}: {}`", self.settings.header, list.replace(';', ","));
            return is_meant.then(|| self.off("tracestate", member, instead));
        }
        let (key, value) = member.split_once('=').unwrap_or((member, member));
        let overrides = self.overrides_in(&value.replace(';', ","));
        let is_like = key.trim().eq_ignore_ascii_case("ov") && value.contains(':');
        let instead = overrides.or_else(|| is_like.then(|| value.trim().to_owned()))?;
        let instead = if self.settings.tracestate {
            format!("`{TRACESTATE_KEY}{}`", instead.replace(", ", ";"))
        } else {
            format!("`{}: {instead}`", self.settings.header)
        };
        Some(Remark::NotACarrier { what: format!("`{member}` in tracestate"), instead })
    }

    /// A carrier that the policy switches off; or rules that another policy wrote.
    fn off(&self, carrier: &'static str, member: &str, instead: String) -> Remark {
        if self.mesh.virtual_services.read_header(carrier) {
            return Remark::OtherPolicy { read: carrier.to_owned(), carrier: self.settings.header.clone() };
        }
        Remark::CarrierOff { carrier, member: member.to_owned(), instead }
    }

    fn not_a_carrier(&self, what: String, overrides: &str) -> Remark {
        Remark::NotACarrier { what, instead: format!("`{}: {overrides}`", self.settings.header) }
    }

    /// The overrides for Services of this mesh in a value that may be anything.
    fn overrides_in(&self, value: &str) -> Option<String> {
        let is_one = |member: &&str| {
            Override::of_pair(member).is_ok_and(|each| self.mesh.services.iter().any(|service| each.is_about(service)))
        };
        let found: Vec<&str> = members(value).filter(is_one).collect();
        (!found.is_empty()).then(|| found.join(", "))
    }

    /// `cart: pr-123`, and what people write for it: the Service as the header's name.
    fn service_as_name(&self, name: &str, value: &str) -> Option<String> {
        let own = format!("{}-", self.settings.header.to_ascii_lowercase());
        let prefixes = ["", "override-", "x-override-", "x-", own.as_str()];
        let mut names = prefixes.into_iter().filter_map(|prefix| name.strip_prefix(prefix));
        let exact = names.find(|service| self.is_service(service) && is_version(value));
        let service = exact.or_else(|| self.service_nearly(name, value))?;
        Some(format!("{service}:{value}"))
    }

    /// The Service whose name was misspelt, if it has the version.
    fn service_nearly(&self, name: &str, version: &str) -> Option<&str> {
        let has_version = |service: &&Service| pods::versions(self.mesh, service).iter().any(|own| own == version);
        let names = self.mesh.services.iter().map(|service| (service, service.name.name.as_str()));
        let near = names.filter(|(_, own)| own.len() >= 4 && strsim::damerau_levenshtein(own, name) == 1);
        near.filter(|(service, _)| has_version(service)).map(|(_, own)| own).next()
    }

    fn is_service(&self, name: &str) -> bool {
        let of_name = Override::of_pair(&format!("{name}:any"));
        of_name.is_ok_and(|each| self.mesh.services.iter().any(|service| each.is_about(service)))
    }

    /// Whether a name is nearly the policy's header, or the one without a policy.
    fn is_like_the_header(&self, name: &str) -> bool {
        let name = plain(name);
        [USUAL_HEADER, self.settings.header.as_str()].iter().any(|known| {
            let known = plain(known);
            let most = if known.len() >= 8 { 2 } else { usize::from(known.len() >= 4) };
            strsim::damerau_levenshtein(&name, &known) <= most
        })
    }
}

/// The name of a header without what people write one way or another.
fn plain(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name.strip_prefix("x-").unwrap_or(&name).to_owned()
}

/// Whether a word ends where this begins.
fn is_end_of_word(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_version(value: &str) -> bool {
    Override::of_pair(&format!("any:{value}")).is_ok()
}
