//! `--expect cart=pr-123`: what a request should get, as a test.

use std::fmt;
use std::str::FromStr;

use overrides::config::nearest;
use overrides::explain::{Answer, Hop, HopError, Mesh, Protocol, Request, ServiceName};
use serde::Serialize;
use thiserror::Error;

/// What is expected of a Service.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    written: String,
    hop: Hop,
    version: String,
}

/// Why a text is no expectation.
#[derive(Debug, Error)]
pub(super) enum Malformed {
    #[error("there is no `=` in it; write it like cart=pr-123")]
    NoEqualsSign,
    #[error("there is no version behind the `=`; write it like cart=pr-123")]
    NoVersion,
    #[error(transparent)]
    Service(#[from] HopError),
}

impl FromStr for Expectation {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (service, version) = text.split_once('=').ok_or(Malformed::NoEqualsSign)?;
        let version = version.trim();
        if version.is_empty() {
            return Err(Malformed::NoVersion);
        }
        Ok(Self { written: text.trim().to_owned(), hop: service.parse()?, version: version.to_owned() })
    }
}

/// An expectation, and what is.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    service: ServiceName,
    port: Option<u16>,
    expected: String,
    actual: String,
    pub(super) met: bool,
    #[serde(skip)]
    decided_by: Option<String>,
}

impl fmt::Display for Compared {
    /// `cart: expected pr-123, but it is v1 (route default-cart of …)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.service)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, ": expected {}, but it is {}", self.expected, self.actual)?;
        self.decided_by.as_ref().map_or(Ok(()), |rule| write!(f, " ({rule})"))
    }
}

/// Why an expectation cannot be compared with anything.
#[derive(Debug, Error)]
pub(super) enum Impossible {
    #[error(transparent)]
    Service(#[from] HopError),
    #[error("{service} has no version {version}, which `--expect {written}` names; it has {known}{hint}")]
    Version { service: String, version: String, written: String, known: String, hint: String },
    #[error("{service} is not in the chain, so `--expect {written}` says nothing about it")]
    NotInChain { service: String, written: String },
    #[error("nothing is asked of {service} at port {port}, which `--expect {written}` is about")]
    Port { service: String, port: u16, written: String },
}

impl Expectation {
    /// Compares it with the answers along a chain.
    pub(super) fn in_chain(&self, mesh: &Mesh, request: &Request, chain: &[Answer]) -> Result<Compared, Impossible> {
        let name = mesh.named(&self.hop, request.from.namespace.as_deref());
        // In a chain a short name is the one that the chain passes.
        let passed = |answer: &&Answer| {
            name.as_ref().map_or(answer.service.name == self.hop.name(), |name| answer.service == **name)
        };
        let of_port = |answer: &&Answer| {
            self.hop.port.is_none_or(|port| answer.port.is_some_and(|answered| answered.number == port))
        };
        match (chain.iter().filter(passed).find(of_port), &name) {
            (Some(answer), _) => self.compare(mesh, std::slice::from_ref(answer)),
            (None, Ok(name)) if chain.iter().any(|answer| passed(&answer)) => Err(Impossible::Port {
                service: name.to_string(),
                port: self.hop.port.unwrap_or_default(),
                written: self.written.clone(),
            }),
            (None, Ok(name)) => {
                Err(Impossible::NotInChain { service: name.to_string(), written: self.written.clone() })
            }
            (None, Err(error)) => Err(error.clone().into()),
        }
    }

    /// Compares it with what the Service gives at the port that is named, or at all its ports for HTTP.
    pub(super) fn of_service(&self, mesh: &Mesh, request: &Request) -> Result<Compared, Impossible> {
        let name = mesh.named(&self.hop, request.from.namespace.as_deref())?;
        let port = self.hop.port.or(request.port);
        let request = Request { port, ..request.clone() };
        let mut answers: Vec<Answer> = mesh.explain(&request);
        answers.retain(|answer| answer.service == *name);
        let is_http = |answer: &Answer| {
            answer.port.is_some_and(|port| matches!(port.protocol, Protocol::Http | Protocol::Detected))
        };
        if port.is_none() && answers.iter().any(is_http) {
            answers.retain(is_http);
        }
        match port {
            Some(port) if answers.is_empty() => {
                Err(Impossible::Port { service: name.to_string(), port, written: self.written.clone() })
            }
            _ => self.compare(mesh, &answers),
        }
    }

    /// All answers have to be as expected; the first that is not is told.
    fn compare(&self, mesh: &Mesh, answers: &[Answer]) -> Result<Compared, Impossible> {
        let is_met = |answer: &&Answer| answer.is_briefly(&self.version);
        let unmet = answers.iter().find(|answer| !is_met(answer));
        if let Some(answer) = unmet {
            self.require_version(mesh, answer)?;
        }
        let answer = unmet.or_else(|| answers.first());
        let told =
            answer.ok_or_else(|| HopError::Unknown { written: self.hop.written.clone(), hint: String::new() })?;
        Ok(Compared {
            service: told.service.clone(),
            port: told.port.map(|port| port.number),
            expected: self.version.clone(),
            actual: told.outcome.to_string(),
            met: unmet.is_none(),
            decided_by: told.decided_by.as_ref().map(ToString::to_string),
        })
    }

    /// Nobody can get a version that is not there, so expecting it is a mistake.
    fn require_version(&self, mesh: &Mesh, answer: &Answer) -> Result<(), Impossible> {
        let known = mesh.versions(&answer.service);
        let is_ending = ["-", "redirect"].contains(&self.version.as_str()) || self.version.parse::<u16>().is_ok();
        if is_ending || known.contains(&self.version) {
            return Ok(());
        }
        let hint = nearest(&self.version, known.iter().map(String::as_str));
        Err(Impossible::Version {
            service: answer.service.to_string(),
            version: self.version.clone(),
            written: self.written.clone(),
            hint: hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default(),
            known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
        })
    }
}
