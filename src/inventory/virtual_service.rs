//! VirtualServices: the user's own, and those that an earlier run generated.

use serde::{Deserialize, Deserializer};
use smol_str::{SmolStr, StrExt, format_smolstr};

use super::added::Added;
use super::destination_rule::{GENERATED_FOR, note};
use super::export_to::ExportTo;
use super::object::{Object, PreviousIdentity};
use crate::istio::VirtualServiceSpec;
use crate::krm::{Item, ReadError};
use crate::value::Value;

/// A VirtualService of the input.
#[derive(Debug, Clone)]
pub struct VirtualService {
    /// Its identity.
    pub object: Object,
    /// What it was called before kustomize changed it, by which a route may still delegate to it.
    pub previous: PreviousIdentity,
    /// The hosts that it is about, in lower case; none for a delegate.
    pub hosts: Vec<SmolStr>,
    /// Whether the sidecars of the mesh follow it: it names no gateway, or `mesh` among them.
    pub in_mesh: bool,
    /// The gateways that follow it, `mesh` left out.
    pub gateways: Vec<SmolStr>,
    /// Where its routes lead.
    pub targets: Vec<RouteTarget>,
    /// Its rules for HTTP as they are written; none where it has no such list. Not read of a generated one.
    pub http: Option<Vec<Value>>,
    /// Whether it has rules for TLS or TCP.
    pub has_other_rules: bool,
    /// The namespaces that see it.
    pub export_to: ExportTo,
    /// The Service that it was generated for, if it was.
    pub generated_for: Option<SmolStr>,
    /// What it says, when it was generated and nobody added anything to it.
    pub generated_spec: Option<VirtualServiceSpec>,
    /// What an earlier run added to it, if that note can be read.
    pub added: Option<Added>,
}

/// A destination of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTarget {
    /// The host, in lower case.
    pub host: SmolStr,
    /// The subset, where it names one.
    pub subset: Option<SmolStr>,
    /// Whether it has a subset that is written as nothing.
    pub has_empty_subset: bool,
    /// Which list of rules it is in: `http`, `tls` or `tcp`.
    pub kind: &'static str,
    /// The rule's position in that list.
    pub rule: usize,
    /// Where it stands in the rule: `route[0].destination`, `mirror`.
    pub place: SmolStr,
}

impl RouteTarget {
    /// The path of the destination within the object.
    #[must_use]
    pub fn field(&self) -> String {
        format!("spec.{}[{}].{}", self.kind, self.rule, self.place)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawVirtualService<'t> {
    #[serde(borrow)]
    spec: Option<RawRoutes<'t>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRoutes<'t> {
    #[serde(borrow)]
    hosts: Option<Vec<&'t str>>,
    gateways: Option<Vec<&'t str>>,
    #[serde(rename = "exportTo")]
    export_to: Option<Vec<SmolStr>>,
    http: Option<Vec<RawRoute<'t>>>,
    tls: Option<Vec<RawRoute<'t>>>,
    tcp: Option<Vec<RawRoute<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRoute<'t> {
    #[serde(borrow)]
    route: Option<Vec<RawRouteDestination<'t>>>,
    mirror: Option<RawDestination<'t>>,
    mirrors: Option<Vec<RawRouteDestination<'t>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawRouteDestination<'t> {
    #[serde(borrow)]
    destination: Option<RawDestination<'t>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawDestination<'t> {
    host: Option<&'t str>,
    #[serde(borrow, default)]
    subset: RawSubset<'t>,
}

/// A subset, and whether it is written at all.
#[derive(Default)]
enum RawSubset<'t> {
    #[default]
    Absent,
    Written(Option<&'t str>),
}

impl<'de: 't, 't> Deserialize<'de> for RawSubset<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Written)
    }
}

impl VirtualService {
    pub(super) fn read(item: Item<'_>, object: Object) -> Result<Self, ReadError> {
        let raw: RawVirtualService<'_> = item.node.read()?;
        let spec = raw.spec.unwrap_or_default();
        let gateways = spec.gateways.unwrap_or_default();
        let has_other_rules = spec.tls.is_some() || spec.tcp.is_some();
        let mut targets = Vec::new();
        for (kind, routes) in [("http", spec.http), ("tls", spec.tls), ("tcp", spec.tcp)] {
            collect_targets(&mut targets, kind, routes.unwrap_or_default());
        }
        let generated_for = item.annotation(GENERATED_FOR).map(SmolStr::from);
        let http = match (&generated_for, item.node.at(&["spec", "http"])) {
            (None, Some(http)) if !http.is_null() => {
                Some(http.read().map_err(|e: ReadError| e.below_keys(&["spec", "http"]))?)
            }
            _ => None,
        };
        Ok(Self {
            object,
            previous: PreviousIdentity::read(item)?,
            hosts: spec.hosts.unwrap_or_default().into_iter().map(StrExt::to_ascii_lowercase_smolstr).collect(),
            in_mesh: gateways.is_empty() || gateways.contains(&"mesh"),
            gateways: gateways.into_iter().filter(|name| *name != "mesh").map(SmolStr::from).collect(),
            targets,
            http,
            has_other_rules,
            export_to: ExportTo::new(spec.export_to.unwrap_or_default()),
            generated_spec: generated_for.as_ref().and_then(|_| item.node.get("spec")?.read().ok()),
            generated_for,
            added: note(item),
        })
    }
}

fn collect_targets(targets: &mut Vec<RouteTarget>, kind: &'static str, routes: Vec<RawRoute<'_>>) {
    for (rule, route) in routes.into_iter().enumerate() {
        let mut add = |destination: Option<RawDestination<'_>>, place: SmolStr| {
            let Some(RawDestination { host: Some(host), subset }) = destination else { return };
            let (is_written, subset) = match subset {
                RawSubset::Absent => (false, None),
                RawSubset::Written(subset) => (true, subset.filter(|subset| !subset.is_empty()).map(SmolStr::from)),
            };
            let has_empty_subset = is_written && subset.is_none();
            let host = host.to_ascii_lowercase_smolstr();
            targets.push(RouteTarget { host, subset, has_empty_subset, kind, rule, place });
        };
        for (index, share) in route.route.unwrap_or_default().into_iter().enumerate() {
            add(share.destination, format_smolstr!("route[{index}].destination"));
        }
        add(route.mirror, SmolStr::new_static("mirror"));
        for (index, share) in route.mirrors.unwrap_or_default().into_iter().enumerate() {
            add(share.destination, format_smolstr!("mirrors[{index}].destination"));
        }
    }
}
