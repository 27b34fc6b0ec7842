//! What becomes of a request.

use std::fmt;

use serde::Serialize;

use super::object::{Object, Origin};
use super::remark::Remark;
use super::service::{Protocol, ServiceName};
use crate::finding::readable;

/// What becomes of a request to one port of a Service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The Service that is called.
    pub service: ServiceName,
    /// The port that is called; none where the Service has none that Istio carries.
    pub port: Option<ServicePort>,
    /// Who gets the request, or what else happens to it.
    pub outcome: Outcome,
    /// The rule that decides; none where no VirtualService does, and Istio spreads requests over all Pods.
    pub decided_by: Option<Rule>,
    /// What is wrong, or will surprise.
    pub remarks: Vec<Remark>,
}

/// A port of a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ServicePort {
    /// Its number.
    pub number: u16,
    /// What Istio takes it for.
    pub protocol: Protocol,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Outcome {
    /// All such requests go to one destination.
    Destination(Destination),
    /// They are split by weight.
    Split {
        /// The destinations that get any.
        shares: Vec<Share>,
    },
    /// They are sent elsewhere with a 3xx.
    Redirect {
        /// Authority and path, as far as the route changes them.
        to: String,
    },
    /// The proxy answers by itself, without asking anybody.
    Reply {
        /// The HTTP status.
        status: u16,
    },
    /// A VirtualService is in charge, and no route of it matches: 404.
    Unrouted,
    /// It cannot be told.
    NotEvaluated {
        /// The reason, as a sentence.
        why: String,
    },
}

/// A destination's part of a split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// Its part, in percent.
    pub percent: f64,
    /// Where that part goes.
    pub destination: Destination,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// The host, by its full name.
    pub host: String,
    /// The Service that it is, where that is in the configuration and is not the one that is called.
    #[serde(rename = "otherService")]
    pub other_service: Option<ServiceName>,
    /// The subset, where the route names one.
    pub subset: Option<String>,
    /// Who is there.
    pub receives: Receives,
}

/// Who is at a destination. A version is the value of the version label of Pods; for Pods without one it is the labels
/// of the subset, or the name of the workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Receives {
    /// Pods of one version.
    Version(String),
    /// Pods of several versions, in natural order, any of which may get a request.
    AnyOf(Vec<String>),
    /// No Pod: 503.
    Nobody,
    /// Something that is not in the configuration, or not in the cluster.
    Elsewhere,
}

/// The rule that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The object that the route is written in; the VirtualService itself where none of its routes matches.
    pub object: Object,
    /// The route's name, or its place where it has none, such as `http[2]`; none where no route matches.
    pub route: Option<String>,
    /// The line of the route.
    pub origin: Origin,
}

impl Answer {
    /// The version that every such request gets, if it is one and the same.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.outcome.version()
    }
}

impl Outcome {
    /// The version that every such request gets, if it is one and the same.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let one = |destination: &'_ Destination| matches!(destination.receives, Receives::Version(_));
        match self {
            Self::Destination(Destination { receives: Receives::Version(version), .. }) => Some(version),
            Self::Split { shares } if shares.iter().all(|share| one(&share.destination)) => {
                let mut versions = shares.iter().filter_map(|share| match &share.destination.receives {
                    Receives::Version(version) => Some((version.as_str(), &share.destination.host)),
                    _ => None,
                });
                let first = versions.next()?;
                versions.all(|each| each == first).then_some(first.0)
            }
            _ => None,
        }
    }

    /// All destinations.
    #[must_use]
    pub fn destinations(&self) -> Vec<&Destination> {
        match self {
            Self::Destination(destination) => vec![destination],
            Self::Split { shares } => shares.iter().map(|share| &share.destination).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether this version may get such a request. The name of a subset is as good as the version of its Pods, unless it
    /// is only what a version is called that Istio does not take as a name.
    #[must_use]
    pub fn may_take(&self, version: &str) -> bool {
        let is_subset = |destination: &Destination| destination.subset.as_deref() == Some(version);
        let is_name_of = |own: &str| own.replace(['.', '_'], "-") == version;
        self.destinations().iter().any(|destination| match &destination.receives {
            Receives::Version(own) => own == version || (is_subset(destination) && !is_name_of(own)),
            Receives::AnyOf(own) => own.iter().any(|each| each == version),
            Receives::Elsewhere => is_subset(destination),
            Receives::Nobody => false,
        })
    }
}

impl fmt::Display for Outcome {
    /// `v2`, `v1 90%, v2 10%`, `reply 404`: a few words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Destination(destination) => destination.fmt(f),
            Self::Split { shares } => {
                let shares: Vec<String> = shares.iter().map(ToString::to_string).collect();
                f.write_str(&shares.join(", "))
            }
            Self::Redirect { to } => write!(f, "redirect to {}", readable(to)),
            Self::Reply { status } => write!(f, "reply {status}"),
            Self::Unrouted => f.write_str("nobody (404)"),
            Self::NotEvaluated { .. } => f.write_str("?"),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One decimal at most, and none where it is zero.
        let tenths = (self.percent * 10.0).round() / 10.0;
        write!(f, "{} {tenths}%", self.destination)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.receives {
            Receives::Version(version) => f.write_str(&readable(version))?,
            Receives::AnyOf(versions) => write!(f, "any of {}", readable(&versions.join(", ")))?,
            Receives::Nobody => f.write_str("nobody (503)")?,
            Receives::Elsewhere => return write!(f, "host {}", readable(&self.host)),
        }
        self.other_service.as_ref().map_or(Ok(()), |service| write!(f, " of {service}"))
    }
}

impl fmt::Display for Rule {
    /// `route override-s2-v2 of VirtualService shop/s2-overrides (chain.yaml:41)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = self.object.reference.to_string();
        let object = readable(&object);
        match &self.route {
            Some(route) => write!(f, "route {} of {object} ({})", readable(route), self.origin),
            None => write!(f, "no route of {object} ({})", self.origin),
        }
    }
}
