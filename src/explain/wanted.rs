//! The overrides that a request carries, as its author means them.

use super::remark::Remark;
use super::request::Request;
use super::{Settings, service::Service};

/// A wish for a version of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Override {
    pub(super) service: String,
    pub(super) namespace: Option<String>,
    pub(super) version: String,
}

impl Override {
    fn new(service: &str, version: &str) -> Option<Self> {
        let (service, version) = (service.trim(), version.trim());
        let (name, namespace) = match service.split_once('.') {
            Some((name, namespace)) => (name, Some(namespace.to_owned())),
            None => (service, None),
        };
        let complete = !name.is_empty() && !version.is_empty();
        complete.then(|| Self { service: name.to_owned(), namespace, version: version.to_owned() })
    }

    /// Whether it is about this Service.
    pub(super) fn is_about(&self, service: &Service) -> bool {
        let namespace = self.namespace.as_deref();
        self.service == service.name.name && namespace.is_none_or(|name| name == service.object.namespace())
    }

    /// The Service as the request says it.
    pub(super) fn said(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{}.{namespace}", self.service),
            None => self.service.clone(),
        }
    }
}

/// All overrides of a request, and members of the override header that are none.
pub(super) fn overrides(request: &Request, settings: &Settings) -> (Vec<Override>, Vec<Remark>) {
    let mut found = Vec::new();
    let mut remarks = Vec::new();
    for member in members(request, &settings.header) {
        match member.split_once(':').and_then(|(service, version)| Override::new(service, version)) {
            Some(each) => found.push(each),
            None => remarks.push(Remark::NoOverride { header: settings.header.clone(), member: member.to_owned() }),
        }
    }
    if settings.baggage {
        found.extend(members(request, "baggage").filter_map(|member| {
            // A member may have properties behind a semicolon, which some SDKs escape.
            let member = member.split(';').next()?;
            let (key, value) = member.split_once('=')?;
            let value = value.split("%3B").next()?.split("%3b").next()?;
            Override::new(key.trim().strip_prefix("override-")?, value)
        }));
    }
    if settings.tracestate {
        let lists = members(request, "tracestate").filter_map(|member| member.strip_prefix("ov="));
        let pairs = lists.flat_map(|list| list.split(';')).filter_map(|pair| pair.split_once(':'));
        found.extend(pairs.filter_map(|(service, version)| Override::new(service, version)));
    }
    (found, remarks)
}

/// The members of a list that may come in several lines of a header.
fn members<'r>(request: &'r Request, header: &str) -> impl Iterator<Item = &'r str> {
    request.values(header).flat_map(|value| value.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Override, Request, Settings, overrides};

    fn said(request: &Request, settings: &Settings) -> Vec<String> {
        let (found, _) = overrides(request, settings);
        found.iter().map(|each: &Override| format!("{}:{}", each.said(), each.version)).collect()
    }

    #[test]
    fn overrides_come_in_a_header_in_baggage_and_in_tracestate() {
        let request = Request::default()
            .header("X-Override", "s1:v1 , s2.shop:v2")
            .header("x-override", "s3:v3")
            .header("baggage", "user=me, override-s4=v4;ttl=1, override-s5 = v5%3Bttl")
            .header("tracestate", "a=1,ov=s6:v6;s7:v7");
        let some = ["s1:v1", "s2.shop:v2", "s3:v3", "s4:v4", "s5:v5"];
        assert_eq!(said(&request, &Settings::default()), some);
        let all = Settings { tracestate: true, ..Settings::default() };
        assert_eq!(said(&request, &all), [&some[..], &["s6:v6", "s7:v7"]].concat());
        let other = Settings { header: "x-version".to_owned(), baggage: false, ..Settings::default() };
        assert!(said(&request, &other).is_empty());
    }

    #[test]
    fn a_member_without_a_version_is_no_override() {
        let request = Request::default().header("x-override", "s1=v1,s2:,:v3,,s4:v4");
        let (found, remarks) = overrides(&request, &Settings::default());
        assert_eq!((found.len(), remarks.len()), (1, 3));
    }
}
