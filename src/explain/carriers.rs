//! The overrides that a request carries, as its author means them.

use super::remark::Remark;
use super::request::{Header, Request};
use super::{Settings, service::Service};

/// A wish for a version of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Override {
    pub(super) service: String,
    pub(super) namespace: Option<String>,
    pub(super) version: String,
}

/// Why something that stands where overrides stand is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// There is nothing.
    Empty,
    /// Nothing divides a Service from a version.
    NotAPair,
    /// No Service is named.
    NoService,
    /// No version is named.
    NoVersion,
    /// What is named cannot be a Service.
    BadService,
    /// What is named cannot be a version, which is the value of a label.
    BadVersion,
}

impl Override {
    fn new(service: &str, version: &str) -> Result<Self, Flaw> {
        let (service, version) = (service.trim(), version.trim());
        let (name, namespace) = match service.split_once('.') {
            Some((name, namespace)) => (name, Some(namespace.to_owned())),
            None => (service, None),
        };
        let of_names = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let of_versions = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        match (name, version) {
            ("", _) => Err(Flaw::NoService),
            (_, "") => Err(Flaw::NoVersion),
            _ if !service.chars().all(of_names) => Err(Flaw::BadService),
            _ if !version.chars().all(of_versions) => Err(Flaw::BadVersion),
            _ => Ok(Self { service: name.to_owned(), namespace, version: version.to_owned() }),
        }
    }

    /// Reads `reviews:v2`.
    pub(super) fn of_pair(pair: &str) -> Result<Self, Flaw> {
        let (service, version) = pair.split_once(':').ok_or(Flaw::NotAPair)?;
        Self::new(service, version)
    }

    /// Reads a member of baggage, `override-reviews=v2;properties`. Nothing for a member of somebody else's.
    pub(super) fn of_baggage(member: &str) -> Option<Result<Self, Flaw>> {
        // A member may have properties behind a semicolon, which some SDKs escape.
        let member = member.split(';').next().unwrap_or_default().trim();
        let rest = member.strip_prefix("override-")?;
        let Some((service, value)) = rest.split_once('=') else { return Some(Err(Flaw::NotAPair)) };
        let value = value.split("%3B").next().and_then(|value| value.split("%3b").next()).unwrap_or_default();
        Some(Self::new(service, value))
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

/// What can carry overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Header,
    Baggage,
    Tracestate,
}

impl Carrier {
    /// What a header is by the policy.
    fn of(name: &str, settings: &Settings) -> Option<Self> {
        match name {
            name if name.eq_ignore_ascii_case(&settings.header) => Some(Self::Header),
            "baggage" if settings.baggage => Some(Self::Baggage),
            "tracestate" if settings.tracestate => Some(Self::Tracestate),
            _ => None,
        }
    }

    /// The members of a line, each with the overrides that it has, or with what is wrong.
    fn read(self, member: &str) -> Vec<Part<'_>> {
        match self {
            Self::Header => vec![Part { text: member, read: Some(Override::of_pair(member)) }],
            Self::Baggage => vec![Part { text: member, read: Override::of_baggage(member) }],
            Self::Tracestate => match member.strip_prefix(TRACESTATE_KEY) {
                Some(list) => {
                    list.split(';').map(|pair| Part { text: pair, read: Some(Override::of_pair(pair)) }).collect()
                }
                None => vec![Part { text: member, read: None }],
            },
        }
    }

    /// An override as this carrier has it.
    fn example(self) -> &'static str {
        match self {
            Self::Header => "reviews:v2",
            Self::Baggage => "override-reviews=v2",
            Self::Tracestate => "ov=reviews:v2;ratings:v3",
        }
    }
}

/// The member of tracestate that has overrides.
pub(super) const TRACESTATE_KEY: &str = "ov=";

/// A part of a line.
struct Part<'r> {
    text: &'r str,
    /// The override that it is, or why it is none; nothing where it is somebody else's.
    read: Option<Result<Override, Flaw>>,
}

/// All overrides of a request, and what stands among them and is none.
pub(super) fn overrides(request: &Request, settings: &Settings) -> (Vec<Override>, Vec<Remark>) {
    let mut found = Vec::new();
    let mut remarks = Vec::new();
    let lines = request.headers.iter().filter_map(|line| Some((line, Carrier::of(&line.name, settings)?)));
    for (line, carrier) in lines {
        if members(&line.value).next().is_none() && carrier == Carrier::Header {
            remarks.push(no_override(&line.name, "", Flaw::Empty, carrier));
        }
        for Part { text, read } in members(&line.value).flat_map(|member| carrier.read(member)) {
            match read {
                Some(Ok(each)) => found.push(each),
                Some(Err(flaw)) => remarks.push(no_override(&line.name, text, flaw, carrier)),
                None => {}
            }
        }
    }
    (found, remarks)
}

fn no_override(header: &str, text: &str, flaw: Flaw, carrier: Carrier) -> Remark {
    let (member, example) = (text.trim().to_owned(), carrier.example().to_owned());
    Remark::NoOverride { carrier: header.to_owned(), member, flaw, example }
}

/// The same request without some of its overrides.
pub(super) fn without(request: &Request, settings: &Settings, unwanted: impl Fn(&Override) -> bool) -> Request {
    let is_unwanted = |part: &Part<'_>| matches!(&part.read, Some(Ok(each)) if unwanted(each));
    let line = |line: &Header| {
        let Some(carrier) = Carrier::of(&line.name, settings) else { return Some(line.clone()) };
        if !members(&line.value).flat_map(|member| carrier.read(member)).any(|part| is_unwanted(&part)) {
            return Some(line.clone());
        }
        let rest = |member: &str| {
            let parts = carrier.read(member);
            let kept: Vec<&str> = parts.iter().filter(|part| !is_unwanted(part)).map(|part| part.text).collect();
            let key =
                if member.starts_with(TRACESTATE_KEY) && carrier == Carrier::Tracestate { TRACESTATE_KEY } else { "" };
            (!kept.is_empty()).then(|| format!("{key}{}", kept.join(";")))
        };
        let kept: Vec<String> = members(&line.value).filter_map(rest).collect();
        (!kept.is_empty()).then(|| Header { name: line.name.clone(), value: kept.join(",") })
    };
    Request { headers: request.headers.iter().filter_map(line).collect(), ..request.clone() }
}

/// The members of a line's list.
pub(super) fn members(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Flaw, Override, Remark, Request, Settings, overrides, without};

    fn said(request: &Request, settings: &Settings) -> Vec<String> {
        let (found, _) = overrides(request, settings);
        found.iter().map(|each: &Override| format!("{}:{}", each.said(), each.version)).collect()
    }

    fn full() -> Request {
        Request::default()
            .header("X-Override", "s1:v1 , s2.shop:v2")
            .header("x-override", "s3:v3")
            .header("baggage", "user=me, override-s4=v4;ttl=1, override-s5 = v5%3Bttl")
            .header("tracestate", "a=1,ov=s6:v6;s7:v7")
    }

    #[test]
    fn overrides_come_in_a_header_in_baggage_and_in_tracestate() {
        let request = full();
        let some = ["s1:v1", "s2.shop:v2", "s3:v3", "s4:v4", "s5:v5"];
        assert_eq!(said(&request, &Settings::default()), some);
        let all = Settings { tracestate: true, ..Settings::default() };
        assert_eq!(said(&request, &all), [&some[..], &["s6:v6", "s7:v7"]].concat());
        let other = Settings { header: "x-version".to_owned(), baggage: false, ..Settings::default() };
        assert!(said(&request, &other).is_empty());
    }

    #[test]
    fn what_is_no_override_is_told_with_its_flaw() {
        let flaws = |name: &str, value: &str| -> Vec<Flaw> {
            let all = Settings { tracestate: true, ..Settings::default() };
            let (_, remarks) = overrides(&Request::default().header(name, value), &all);
            let flaw = |remark: &Remark| match remark {
                Remark::NoOverride { flaw, .. } => Some(*flaw),
                _ => None,
            };
            remarks.iter().filter_map(flaw).collect()
        };
        let in_header = [Flaw::NotAPair, Flaw::NoVersion, Flaw::NoService, Flaw::BadService, Flaw::BadVersion];
        assert_eq!(flaws("x-override", "s1=v1,s2:,:v3,,shop/s4:v4,s5:v5;s6:v6,s7:v7"), in_header);
        let in_baggage = [Flaw::NotAPair, Flaw::NoVersion, Flaw::NoService];
        assert_eq!(flaws("baggage", "user=me,override-s1,override-s2=;a=b,override-=v1"), in_baggage);
        assert_eq!(flaws("tracestate", "a=b,ov=s1;s2:v2;s3:"), [Flaw::NotAPair, Flaw::NoVersion]);
    }

    #[test]
    fn overrides_can_be_taken_out_and_the_rest_stays() {
        let all = Settings { tracestate: true, ..Settings::default() };
        let is_odd = |each: &Override| ["s1", "s3", "s5", "s7"].contains(&each.service.as_str());
        let rest = without(&full(), &all, is_odd);
        let lines: Vec<&str> = rest.headers.iter().map(|line| line.value.as_str()).collect();
        assert_eq!(lines, ["s2.shop:v2", "user=me,override-s4=v4;ttl=1", "a=1,ov=s6:v6"]);
        assert_eq!(without(&full(), &all, |_| false), full());
    }
}
