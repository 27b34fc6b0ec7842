//! Services that call each other.

use std::str::FromStr;

use thiserror::Error;

use super::host::Host;
use super::outcome::Answer;
use super::remark::Remark;
use super::request::{Caller, Request};
use super::service::ServiceName;
use super::{Mesh, carriers, pods, ports};
use crate::config::nearest;

/// A Service of a chain as a user writes it: `s1`, `s1.shop`, `shop/s1`, each with `:8080` for a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The name as it is written, without the port.
    pub written: String,
    /// The port.
    pub port: Option<u16>,
    name: String,
    namespace: Option<String>,
}

/// Why a text is no Service of a chain, or which Service it is cannot be told.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum HopError {
    /// There is no name.
    #[error("there is no Service's name in `{0}`; write it like s1, s1.shop or s1:8080")]
    NoName(String),
    /// What stands behind the colon is no port.
    #[error("`{port}` in `{written}` is no port; write it like s1:8080")]
    NoPort {
        /// All of it.
        written: String,
        /// What stands behind the colon.
        port: String,
    },
    /// No Service has this name.
    #[error("there is no Service `{written}` in what was read{hint}")]
    Unknown {
        /// The name.
        written: String,
        /// The nearest name as a question.
        hint: String,
    },
    /// Several Services have it.
    #[error("`{written}` may be any of {all}: say which, like shop/{name}")]
    Several {
        /// The name.
        written: String,
        /// Their names.
        all: String,
        /// The name without its namespace.
        name: String,
    },
}

impl FromStr for Hop {
    type Err = HopError;

    fn from_str(text: &str) -> Result<Self, HopError> {
        let text = text.trim();
        let (written, port) = match text.rsplit_once(':') {
            Some((written, port)) => {
                let no_port = |_| HopError::NoPort { written: text.to_owned(), port: port.to_owned() };
                (written, Some(port.parse().map_err(no_port)?))
            }
            None => (text, None),
        };
        let (name, namespace) = match (written.split_once('/'), written.split_once('.')) {
            (Some((namespace, name)), _) | (None, Some((name, namespace))) => (name, Some(namespace.to_owned())),
            (None, None) => (written, None),
        };
        if name.is_empty() {
            return Err(HopError::NoName(text.to_owned()));
        }
        Ok(Self { written: written.to_owned(), port, name: name.to_owned(), namespace })
    }
}

impl Hop {
    /// The Service's name without its namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Mesh {
    /// The versions that a Service has, in natural order.
    #[must_use]
    pub fn versions(&self, service: &ServiceName) -> Vec<String> {
        let namespace = service.namespace.as_deref().unwrap_or("default");
        let found = self.service_at(&Host::of_service(&service.name, namespace));
        found.map(|service| pods::versions(self, service)).unwrap_or_default()
    }

    /// The Service that is meant; of several, the one in the caller's namespace.
    ///
    /// # Errors
    /// [`HopError`] where it is none of the mesh, or could be several.
    pub fn named(&self, hop: &Hop, caller: Option<&str>) -> Result<&ServiceName, HopError> {
        let is_in = |service: &ServiceName, wanted: &str| service.namespace.as_deref().unwrap_or("default") == wanted;
        let is_meant = |service: &&ServiceName| {
            service.name == hop.name && hop.namespace.as_deref().is_none_or(|namespace| is_in(service, namespace))
        };
        let found: Vec<&ServiceName> = self.services().filter(is_meant).collect();
        let near = found.iter().find(|service| caller.is_some_and(|caller| is_in(service, caller)));
        match (found.as_slice(), near) {
            ([only], _) | (_, Some(only)) => Ok(only),
            ([], _) => {
                let names = self.services().map(|service| service.name.as_str());
                let hint =
                    nearest(&hop.name, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Err(HopError::Unknown { written: hop.written.clone(), hint })
            }
            (several, None) => {
                let all: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(HopError::Several { written: hop.written.clone(), all: all.join(", "), name: hop.name.clone() })
            }
        }
    }

    /// The answers along a chain: each Service is called from the namespace of the one before it, at the port that the
    /// hop names, or else at the request's. With them come the remarks about the request as a whole.
    ///
    /// # Errors
    /// [`HopError`] for a name that is no Service.
    pub fn along(&self, request: &Request, hops: &[Hop]) -> Result<(Vec<Answer>, Vec<Remark>), HopError> {
        let mut remarks = self.general_remarks(request);
        let mut request = request.clone();
        let port = request.port;
        let mut answers = Vec::new();
        for hop in hops {
            let name = self.named(hop, request.from.namespace.as_deref())?;
            let namespace = name.namespace.as_deref().unwrap_or("default");
            request.port = hop.port.or(port);
            let answer = self.answer(&name.name, namespace, &request);
            let service = self.service_at(&Host::of_service(&name.name, namespace));
            let none = || Some(ports::no_such_port(service?, request.port?));
            answers.extend(answer.or_else(none));
            // Of the Pods further on only the namespace is known.
            request.from = Caller { namespace: Some(namespace.to_owned()), labels: None };
        }
        remarks.extend(self.not_on_the_way(&request, &answers));
        Ok((answers, remarks))
    }

    fn not_on_the_way(&self, request: &Request, answers: &[Answer]) -> Vec<Remark> {
        let (wanted, _) = carriers::overrides(request, &self.settings);
        let is_passed = |name: &ServiceName| answers.iter().any(|answer| answer.service == *name);
        let remark = |each: &carriers::Override| {
            let mut meant = self.services.iter().filter(|service| each.is_about(service)).peekable();
            meant.peek()?;
            let none = !meant.any(|service| is_passed(&service.name));
            none.then(|| Remark::NotOnTheWay { version: each.version.clone(), service: each.said() })
        };
        wanted.iter().filter_map(remark).collect()
    }
}
