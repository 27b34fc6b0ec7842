//! What a request carries, as the regular expressions that find it.
//!
//! Each is a fixed frame around escaped literals: RE2 syntax, matched against the whole value. The frames work on lists,
//! so that they see the same in one header line or several: Envoy up to 1.38 joins repeated headers with commas before
//! matching, 1.39 and later match each value. White space around members is allowed, for clients re-join with `", "`.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::config::Policy;
use crate::finding::{Code, Finding};
use crate::inventory::Service;

/// The longest regex that Istio accepts, in bytes.
const LONGEST_REGEX: usize = 1024;

/// What the expression of every override for the header begins with, as it stands in JSON.
pub(super) const FRAME: &str = r"^(.*,)?[ \\t]*";

/// What carries overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    /// The policy's own header: `reviews:v2, ratings:v3`.
    Header,
    /// Members of W3C baggage: `override-reviews=v2`. One per Service, because of members with one key the last wins,
    /// and without a colon, which some SDKs escape.
    Baggage,
    /// The member `ov` of W3C tracestate: `ov=reviews:v2;ratings:v3`.
    Tracestate,
}

/// A condition on a request: this header matches this expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderMatch {
    pub(super) header: SmolStr,
    pub(super) regex: String,
}

/// The conditions, any of which asks for a version of a Service.
pub(super) fn matches(service: &Service, version: &str, policy: &Policy) -> Result<Vec<HeaderMatch>, Box<Finding>> {
    let version = escape(version);
    build(service, policy, |carrier, name| carrier.regex(name, &version))
}

/// The conditions, any of which names the Service with whatever version.
pub(super) fn any_version(service: &Service, policy: &Policy) -> Result<Vec<HeaderMatch>, Box<Finding>> {
    build(service, policy, Carrier::regex_of_any_version)
}

fn build(
    service: &Service,
    policy: &Policy,
    regex: impl Fn(Carrier, &str) -> String,
) -> Result<Vec<HeaderMatch>, Box<Finding>> {
    let carriers = [
        Some((Carrier::Header, policy.header.as_str())),
        policy.baggage.then_some((Carrier::Baggage, "baggage")),
        policy.tracestate.then_some((Carrier::Tracestate, "tracestate")),
    ];
    let name = name_of(service);
    let mut conditions = Vec::with_capacity(carriers.iter().flatten().count());
    for (carrier, header) in carriers.into_iter().flatten() {
        let regex = regex(carrier, &name);
        if regex.len() > LONGEST_REGEX {
            return Err(too_long(service, regex.len()));
        }
        conditions.push(HeaderMatch { header: header.into(), regex });
    }
    Ok(conditions)
}

impl Carrier {
    fn regex(self, service: &str, version: &str) -> String {
        match self {
            Self::Header => format!(r"^(.*,)?[ \t]*{service}:{version}[ \t]*(,.*)?$"),
            // The Python SDK rewrites the `;` before a member's properties to `%3B`.
            Self::Baggage => {
                format!(r"^(.*,)?[ \t]*override-{service}[ \t]*=[ \t]*{version}[ \t]*((,|;|%3[Bb]).*)?$")
            }
            Self::Tracestate => {
                format!(r"^(.*,)?[ \t]*ov=([^,]*;)?{service}:{version}[ \t]*(;[^,]*)?(,.*)?$")
            }
        }
    }

    fn regex_of_any_version(self, service: &str) -> String {
        match self {
            Self::Header => format!(r"^(.*,)?[ \t]*{service}:[^,]*(,.*)?$"),
            Self::Baggage => format!(r"^(.*,)?[ \t]*override-{service}[ \t]*=[^,;]*([,;].*)?$"),
            Self::Tracestate => format!(r"^(.*,)?[ \t]*ov=([^,]*;)?{service}:[^,;]*(;[^,]*)?(,.*)?$"),
        }
    }
}

/// A Service's name, with its namespace as an option where that is known. Put together, for it is what many are made of.
fn name_of(service: &Service) -> Cow<'_, str> {
    let name = escape(service.name());
    match service.namespace().written().map(escape) {
        Some(namespace) => Cow::Owned([&name, r"(\.", &namespace, ")?"].concat()),
        None => name,
    }
}

/// A literal for a regex. A dash means nothing outside a class, and stays as people write it.
fn escape(literal: &str) -> Cow<'_, str> {
    if literal.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Cow::Borrowed(literal);
    }
    Cow::Owned(regex_syntax::escape(literal).replace(r"\-", "-"))
}

fn too_long(service: &Service, length: usize) -> Box<Finding> {
    let message = format!(
        "this Service is passed over: a match for it would be {length} bytes long, and Istio accepts {LONGEST_REGEX}"
    );
    let cure = "Shorten the Service's name: Kubernetes allows 63 characters";
    Box::new(Finding::new(Code::RegexTooLong, service.object.place().field("metadata.name"), message, cure))
}
