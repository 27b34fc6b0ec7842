//! A Service at gateways, for callers from outside the mesh.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::words::is_dns_label;

/// The longest name of a host in DNS.
const LONGEST_HOST: usize = 253;
/// What Istio calls all sidecars where a list names gateways.
const MESH: &str = "mesh";

/// Where a Service is to be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct Expose {
    /// The gateways; at least one, each once.
    #[serde(deserialize_with = "set")]
    pub gateways: Vec<GatewayName>,
    /// What clients call it there; at least one, each once.
    #[serde(deserialize_with = "set")]
    pub hosts: Vec<EdgeHost>,
    /// Which of its ports; not needed where only one carries HTTP.
    pub port: Option<PortName>,
}

/// An Istio `Gateway`: `name` in the Service's own namespace, or `namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
pub struct GatewayName(String);

impl GatewayName {
    /// The name as a VirtualService has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for GatewayName {
    type Error = String;

    /// All sidecars are refused: a rule for them and for a gateway would change what calls of the public host within
    /// the mesh lead to.
    fn try_from(written: String) -> Result<Self, String> {
        if written == MESH {
            return Err("`mesh` stands for all sidecars, which have the rules already: name a gateway".to_owned());
        }
        let parts: Vec<&str> = written.split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|part| is_dns_name(part)) {
            return Err(format!("{written:?} is not a gateway such as `ingress` or `istio-system/ingress`"));
        }
        Ok(Self(written))
    }
}

/// A host at a gateway: a DNS name in lower case, or a wildcard.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
pub struct EdgeHost(String);

impl EdgeHost {
    /// The host.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EdgeHost {
    type Error = String;

    /// Istio's own rule: a wildcard is a `*` instead of the first label, or alone.
    fn try_from(written: String) -> Result<Self, String> {
        let rest = written.strip_prefix("*.").unwrap_or(&written);
        if written != "*" && !is_dns_name(rest) {
            return Err(format!(
                "{written:?} is not a host such as `shop.example.com` or `*.example.com`, in lower case"
            ));
        }
        Ok(Self(written))
    }
}

/// A port of a Service, by its name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "cluster", derive(schemars::JsonSchema), schemars(untagged))]
pub enum PortName {
    /// Its name.
    Name(String),
    /// Its number.
    Number(u16),
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for PortName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrNumber;
        impl Visitor<'_> for NameOrNumber {
            type Value = PortName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name or number of a port")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<PortName, E> {
                // Kubernetes wants a letter in a port's name.
                Ok(name.parse().map_or_else(|_| PortName::Name(name.to_owned()), PortName::Number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<PortName, E> {
                let outside = || E::custom(format!("{number} is not a port: use 1 to 65535"));
                u16::try_from(number).ok().filter(|port| *port > 0).map(PortName::Number).ok_or_else(outside)
            }
        }
        deserializer.deserialize_any(NameOrNumber)
    }
}

fn is_dns_name(name: &str) -> bool {
    name.len() <= LONGEST_HOST && name.split('.').all(is_dns_label)
}

/// A list with at least one entry, and each once.
fn set<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Eq + Hash,
{
    let list: Vec<T> = Vec::deserialize(deserializer)?;
    if list.is_empty() {
        return Err(Error::custom("at least one is needed"));
    }
    if list.iter().collect::<HashSet<_>>().len() < list.len() {
        return Err(Error::custom("one of them stands there twice"));
    }
    Ok(list)
}
