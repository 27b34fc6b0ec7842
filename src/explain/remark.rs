//! What is said besides the answer.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::object::Object;
use crate::finding::readable;

/// Something that is wrong, or will surprise. Shown as a sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentences below say what each is, and its fields")]
pub enum Remark {
    UnknownVersion { version: String, service: String, takes: String },
    NoRuleForVersion { version: String, service: String, takes: String },
    AnotherCameFirst { version: String, service: String, takes: String },
    UnknownService { version: String, service: String },
    NoOverride { header: String, member: String },
    RepeatedHeader { takes: String },
    NoPods { service: String, subset: Option<String> },
    ScaledToZero { service: String, versions: String },
    NoSubset { subset: String, host: String, rules: Vec<Arc<Object>> },
    NoPort { service: String, port: u32 },
    Spread { versions: String, ruled: bool },
    Headless { subset: String },
    NotHere { host: String },
    EndpointsElsewhere { service: String },
    NotExported { namespace: String },
    Ignored { ignored: Arc<Object>, used: Arc<Object>, why: Precedence },
    NotForThis { object: Arc<Object> },
    HalfQualified { object: Arc<Object>, host: String },
    AssumedAuthority { authority: String },
    Besides { route: String, sentence: String },
    DelegateMissing { route: String, delegate: String },
    DelegateConflict { route: String, delegate: Arc<Object>, root: String },
    GatewaysOnly { objects: Vec<Arc<Object>> },
    OtherRules { object: Arc<Object> },
    TwiceTheSame { first: Arc<Object>, second: Arc<Object> },
}

/// Why one of two VirtualServices for a host is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// It names the host, and the other a wildcard.
    Exact,
    /// Its wildcard is the longer one.
    LongerWildcard,
    /// It is for the caller's namespace in particular.
    Nearer,
    /// It is the older one.
    Older,
    /// Its name comes first, and which one is older is not known.
    ByName,
}

impl fmt::Display for Precedence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "the one that names the host itself counts",
            Self::LongerWildcard => "the longer wildcard counts",
            Self::Nearer => "the one that is exported to the caller's namespace in particular counts",
            Self::Older => "the older one counts",
            Self::ByName => {
                "the oldest counts, and which that is only a cluster knows, so it is taken to be the first by name"
            }
        })
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&readable(&self.sentence()))
    }
}

impl Remark {
    fn sentence(&self) -> String {
        self.about_overrides().or_else(|| self.about_destinations()).unwrap_or_else(|| self.about_rules())
    }

    fn about_overrides(&self) -> Option<String> {
        Some(match self {
            Self::UnknownVersion { version, service, takes } => {
                format!("the request asks for version {version} of {service}, which no rule knows: it takes {takes}")
            }
            Self::NoRuleForVersion { version, service, takes } => format!(
                "the request asks for version {version} of {service}, which is there, but no rule that leads to it \
                 matches: it takes {takes}"
            ),
            Self::AnotherCameFirst { version, service, takes } => format!(
                "the request asks for version {version} of {service} as well: rules are tried in their own order, and \
                 it takes {takes}"
            ),
            Self::UnknownService { version, service } => {
                format!("the request asks for version {version} of {service}, and there is no such Service here")
            }
            Self::NoOverride { header, member } => {
                format!("`{member}` in {header} is no override: write it like reviews:v2")
            }
            Self::RepeatedHeader { takes } => format!(
                "a header comes in several lines, which Envoy joins before 1.39; since 1.39 it tries each: there it \
                 takes {takes}"
            ),
            Self::AssumedAuthority { authority } => format!(
                "a route asks for the authority, which is taken to be `{authority}`; say another with -H 'Host: …'"
            ),
            _ => return None,
        })
    }

    fn about_destinations(&self) -> Option<String> {
        Some(match self {
            Self::NoPods { service, subset: Some(subset) } => {
                format!("subset {subset} of {service} selects no Pod: requests get 503")
            }
            Self::NoPods { service, subset: None } => format!("{service} selects no Pod: requests get 503"),
            Self::ScaledToZero { service, versions } => {
                format!("{versions} of {service} is scaled to no Pods: while that is so, requests get 503")
            }
            Self::NoSubset { subset, host, rules } => match rules.as_slice() {
                [] => format!("there is no DestinationRule for {host}, so no subset {subset}: requests get 503"),
                rules => format!("{} has no subset {subset} for {host}: requests get 503", list(rules)),
            },
            Self::NoPort { service, port } => format!("{service} has no port {port}: requests get 503"),
            Self::Spread { versions, ruled: false } => {
                format!("no VirtualService decides, so requests spread over {versions}")
            }
            Self::Spread { versions, ruled: true } => {
                format!("the route names no subset, so requests spread over {versions}")
            }
            Self::Headless { subset } => {
                format!(
                    "the Service is headless: sidecars go to the Pod that was asked for, whatever subset {subset} is"
                )
            }
            Self::NotHere { host } => format!("{host} is no Service of this configuration: what is there is not known"),
            Self::EndpointsElsewhere { service } => {
                format!("{service} selects no Pods by labels: what is behind it is not in this configuration")
            }
            Self::NotExported { namespace } => format!(
                "the Service is not exported to the namespace {namespace} (`networking.istio.io/exportTo`): no rule \
                 applies there"
            ),
            _ => return None,
        })
    }

    fn about_rules(&self) -> String {
        match self {
            Self::Ignored { ignored, used, why } => {
                format!("{ignored} names this host too and is ignored, for Istio uses {used}: {why}")
            }
            Self::NotForThis { object } => {
                format!("{object} names this host and has no route for this caller and port, so Istio passes it over")
            }
            Self::HalfQualified { object, host } => format!(
                "{object} names `{host}`, which Istio does not take for this Service: write the short name, or the \
                 whole one with .svc.cluster.local"
            ),
            Self::Besides { route, sentence } => format!("about route {route}: {sentence}"),
            Self::DelegateMissing { route, delegate } => format!(
                "route {route} delegates to VirtualService {delegate}, which is not there, has hosts or is not \
                 exported: Istio leaves the route out"
            ),
            Self::DelegateConflict { route, delegate, root } => format!(
                "route {route} of the delegate {delegate} contradicts the matches of route {root}: Istio leaves it out"
            ),
            Self::GatewaysOnly { objects } => {
                format!("for gateways alone, so not evaluated for calls in the mesh: {}", list(objects))
            }
            Self::OtherRules { object } => format!("{object} may change what is said here: it is not evaluated"),
            Self::TwiceTheSame { first, second } => {
                format!(
                    "{second} is the same object as {first}: in a cluster one replaces the other; the first counts here"
                )
            }
            // The others are sentences already.
            _ => String::new(),
        }
    }
}

fn list(objects: &[Arc<Object>]) -> String {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.join(" and ")
}

impl Serialize for Remark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
