//! Services: hosts in the mesh.

use litemap::LiteMap;
use serde::Deserialize;
use serde::de::Error as _;
use smol_str::SmolStr;

use super::by_key::ByKey;
use super::destination_rule::GENERATED_FOR;
use super::export_to::ExportTo;
use super::misspelt::{self, looks_like_ours};
use super::object::{LabelValue, Labels, Namespace, Object, PackagePlace, PreviousIdentity};
use super::port::{Port, Protocol};
use crate::finding::Place;
use crate::krm::{Item, NodeRef, ReadError};

/// What users write on a Service for this tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations {
    /// `overrides.dev/default-version`.
    pub default_version: Option<String>,
    /// `overrides.dev/ignore: "true"`.
    pub ignore: bool,
    /// Istio's `networking.istio.io/exportTo`: the namespaces that know the Service. None where it says nothing, or that
    /// nobody does, which no rule can say.
    pub export_to: Option<ExportTo>,
    /// Names that look like this tool's annotations and are none of them.
    pub unknown: Vec<String>,
}

/// The annotation that states a Service's default version.
pub const DEFAULT_VERSION_ANNOTATION: &str = "overrides.dev/default-version";
/// The annotation that opts a Service out.
pub const IGNORE_ANNOTATION: &str = "overrides.dev/ignore";
/// All annotations that mean something on a Service.
pub const SERVICE_ANNOTATIONS: [&str; 2] = [DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION];
/// Istio's annotation on a Service, with commas between namespaces (`pilot/pkg/serviceregistry/kube/conversion.go`).
const EXPORT_TO_ANNOTATION: &str = "networking.istio.io/exportTo";

/// A Service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its identity.
    pub object: Object,
    /// What it was called before kustomize changed it.
    pub previous: PreviousIdentity,
    /// Its own labels, by which a policy may select it.
    pub labels: Labels,
    /// What users wrote on it for this tool.
    pub annotations: Annotations,
    /// Labels that its Pods have; empty or absent selects nothing.
    pub selector: LiteMap<SmolStr, SmolStr>,
    /// Its ports.
    pub ports: Vec<Port>,
    /// Whether it stands for a DNS name outside the cluster.
    pub external_name: bool,
    /// Whether clients see its Pods instead of one address.
    pub headless: bool,
    /// Where kpt keeps it.
    pub package_place: Option<PackagePlace>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawService<'t> {
    metadata: Option<RawMetadata>,
    #[serde(borrow)]
    spec: Option<RawSpec<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMetadata {
    labels: Option<ByKey<LabelValue>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawSpec<'t> {
    #[serde(borrow, rename = "type")]
    service_type: Option<&'t str>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<&'t str>,
    selector: Option<ByKey<SmolStr>>,
    ports: Option<Vec<RawPort<'t>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawPort<'t> {
    port: u16,
    #[serde(borrow)]
    name: Option<&'t str>,
    protocol: Option<&'t str>,
    app_protocol: Option<&'t str>,
}

impl Annotations {
    fn read(item: Item<'_>) -> Result<Self, ReadError> {
        let ignore = match item.annotation(IGNORE_ANNOTATION).map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "false") => false,
            Some("true") => true,
            Some(word) => {
                let error = ReadError::unknown_variant(word, &["true", "false"]);
                return Err(error.below_keys(&["metadata", "annotations", IGNORE_ANNOTATION]));
            }
        };
        let names = item.annotations().into_iter().flat_map(NodeRef::entries).filter_map(|(key, _)| key.as_text());
        let known = |name: &&str| SERVICE_ANNOTATIONS.contains(name) || *name == GENERATED_FOR;
        let unknown = names.filter(|name| looks_like_ours(name) && !known(name));
        Ok(Self {
            default_version: item.annotation(DEFAULT_VERSION_ANNOTATION).map(ToOwned::to_owned),
            ignore,
            export_to: item.annotation(EXPORT_TO_ANNOTATION).and_then(export_to),
            unknown: unknown.map(ToOwned::to_owned).collect(),
        })
    }
}

/// The namespaces that know a Service, as far as rules can say the same.
fn export_to(written: &str) -> Option<ExportTo> {
    let names: Vec<&str> = written.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let is_legal = |name: &&str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        [".", "*"].contains(name) || name.bytes().all(inner)
    };
    (!names.is_empty() && names.iter().all(is_legal)).then(|| ExportTo::stated(names.into_iter()))
}

impl Service {
    /// The value of one of its own labels; empty where that is not text.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(|value| value.text().unwrap_or_default())
    }

    /// Its labels that look like this tool's annotations, each with the annotation that is meant.
    pub fn misplaced(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.labels.keys().filter_map(|key| Some((key.as_str(), misspelt::meant(key)?)))
    }

    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let raw: RawService<'_> = item.node.read()?;
        let spec = raw.spec.unwrap_or_default();
        let labels = raw.metadata.and_then(|metadata| metadata.labels).unwrap_or_default();
        let ports = spec.ports.unwrap_or_default().into_iter().map(|raw| {
            let protocol = Protocol::of(raw.port, raw.protocol, raw.app_protocol, raw.name);
            let is_tcp = protocol == Protocol::Tcp;
            Port {
                name: raw.name.map(SmolStr::from),
                number: raw.port,
                protocol,
                is_server_first: is_tcp && Protocol::is_server_first(raw.port, raw.app_protocol, raw.name),
            }
        });
        Ok(Self {
            previous: PreviousIdentity::read(item)?,
            labels: labels.0,
            annotations: Annotations::read(item)?,
            selector: spec.selector.unwrap_or_default().0,
            ports: ports.collect(),
            external_name: spec.service_type == Some("ExternalName"),
            headless: spec.cluster_ip == Some("None"),
            package_place: PackagePlace::read(item),
            object,
        })
    }

    /// An annotation as the place of a finding.
    #[must_use]
    pub fn annotation_place(&self, name: &str) -> Place {
        self.object.place().entry("metadata.annotations", name)
    }

    /// The Service's name, which is its short host.
    #[must_use]
    pub fn name(&self) -> &str {
        self.object.name()
    }

    /// The Service's namespace.
    #[must_use]
    pub fn namespace(&self) -> Namespace<'_> {
        self.object.namespace()
    }

    /// Whether the Service has this name, or had it before kustomize changed it.
    #[must_use]
    pub fn is_or_was_named(&self, name: &str) -> bool {
        self.name() == name || self.previous.names.iter().any(|previous| previous == name)
    }
}
