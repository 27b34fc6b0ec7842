//! What is said besides the answer.

mod code;
mod sentence;

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::carriers::Flaw;
use super::object::Object;
use crate::finding::readable;

pub use code::RemarkCode;

/// Something that is wrong, or will surprise. Shown as a sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the sentences below say what each is, and its fields")]
pub enum Remark {
    NoOverride { carrier: String, member: String, flaw: Flaw, example: String },
    NotACarrier { what: String, instead: String },
    CarrierOff { carrier: &'static str, member: String, instead: String },
    OtherPolicy { read: String, carrier: String },
    UnknownService { version: String, service: String, near: Option<String> },
    NotOnTheWay { version: String, service: String },
    UnknownVersion { version: String, service: String, takes: String, near: Option<String> },
    AlreadyTaken { version: String, service: String },
    AnotherCameFirst { version: String, service: String, takes: String },
    Unseen { asked: String, port: u16, reads: Unreadable },
    NoRules { version: String, service: String, takes: String },
    NotAsWritten { version: String, service: String, takes: String, instead: String },
    Shadowed { version: String, service: String, takes: String, first: String, hidden: String },
    NoRouteForVersion { version: String, service: String, takes: String },
    OnlyAShare { version: String, service: String, takes: String },
    RepeatedHeader { takes: String },
    GatewayHost { host: String, object: Arc<Object> },
    UnknownHost { host: String },
    AssumedAuthority { authority: String },
    SeveralPorts { all: String, answered: String },
    LeftOut { port: u16, services: String },
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
    Besides { route: String, sentence: String },
    DelegateMissing { route: String, delegate: String },
    DelegateConflict { route: String, delegate: Arc<Object>, root: String },
    GatewaysOnly { objects: Vec<Arc<Object>> },
    OtherRules { object: Arc<Object> },
    TwiceTheSame { first: Arc<Object>, second: Arc<Object> },
}

/// Why nobody sees the headers of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Istio takes the port for opaque TCP.
    Tcp,
    /// The port is TLS that passes through.
    Tls,
    /// Istio does not carry the protocol.
    NotCarried,
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

impl Serialize for Remark {
    /// `{"code": "EX07", "message": "…"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            code: String,
            message: String,
        }
        Shown { code: self.code().id(), message: self.to_string() }.serialize(serializer)
    }
}
