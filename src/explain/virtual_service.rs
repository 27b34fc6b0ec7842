//! VirtualServices, as they are written.

use std::sync::Arc;

use serde::Deserialize;

use super::export::{ExportTo, Labels};
use super::host::Host;
use super::http_match::{Arrival, HttpMatch, MESH, caller_has};
use super::object::{Object, Origin, Reading};
use super::remark::Remark;
use super::verdict::Verdict;
use crate::finding::Finding;
use crate::krm::{Kind, NodeRef};

/// A VirtualService. After [`super::delegate::merge`] its delegates' routes are among its own.
#[derive(Debug, Clone)]
pub(super) struct VirtualService {
    pub(super) object: Arc<Object>,
    /// None for a delegate.
    pub(super) hosts: Vec<Host>,
    /// Whether sidecars follow it: it names no gateway, or `mesh` among them.
    pub(super) in_mesh: bool,
    pub(super) export_to: ExportTo,
    pub(super) http: Vec<HttpRoute>,
    pub(super) tcp: Vec<ConnectionRoute>,
    pub(super) tls: Vec<ConnectionRoute>,
    /// Routes of delegates that Istio leaves out.
    pub(super) left_out: Vec<Remark>,
}

/// What a route is called, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct RouteId {
    /// The object that it is written in; a delegate, where there is one.
    pub(super) object: Arc<Object>,
    /// Its `name`, or its place, such as `http[2]`.
    pub(super) name: String,
    /// Whether `name` is one that somebody gave it.
    pub(super) named: bool,
    pub(super) origin: Origin,
}

/// An HTTP route.
#[derive(Debug, Clone)]
pub(super) struct HttpRoute {
    pub(super) id: RouteId,
    /// Any of them has to hold; none means that everything matches.
    pub(super) matches: Vec<HttpMatch>,
    pub(super) action: Action,
    /// The VirtualService whose routes stand for this one: namespace and name.
    pub(super) delegate: Option<(String, String)>,
    /// What happens besides, as sentences about the route.
    pub(super) besides: Vec<String>,
}

/// What an HTTP route does.
#[derive(Debug, Clone)]
pub(super) enum Action {
    To(Vec<Weighted>),
    /// To this place.
    Redirect(String),
    /// With this status.
    Reply(u16),
    Nothing,
}

/// A destination, and its share.
#[derive(Debug, Clone)]
pub(super) struct Weighted {
    pub(super) host: Host,
    pub(super) subset: Option<String>,
    pub(super) port: Option<u32>,
    pub(super) weight: u32,
}

/// A route for TCP or TLS connections.
#[derive(Debug, Clone)]
pub(super) struct ConnectionRoute {
    pub(super) id: RouteId,
    matches: Vec<ConnectionMatch>,
    pub(super) to: Vec<Weighted>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct ConnectionMatch {
    port: Option<u32>,
    source_labels: Option<Labels>,
    source_namespace: Option<String>,
    gateways: Option<Vec<String>>,
    destination_subnets: Option<Vec<String>>,
}

impl ConnectionRoute {
    /// Whether the route is for these connections, as far as it can be told before one is made
    /// (`networking/core/tls.go`, `matchTCP` and `matchTLS`).
    pub(super) fn is_for(&self, arrival: &Arrival<'_>) -> Verdict {
        if self.matches.is_empty() {
            Verdict::Yes
        } else {
            Verdict::any(self.matches.iter().map(|m| m.is_for(arrival)))
        }
    }
}

impl ConnectionRoute {
    /// Whether it has conditions at all. A TLS route without any is never taken.
    pub(super) fn has_matches(&self) -> bool {
        !self.matches.is_empty()
    }
}

impl ConnectionMatch {
    fn is_for(&self, arrival: &Arrival<'_>) -> Verdict {
        let port = self.port.is_none_or(|port| port == 0 || port == u32::from(arrival.port));
        let gateways = self.gateways.as_deref().unwrap_or_default();
        let gateway = gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH);
        let namespace = self.source_namespace.as_deref().is_none_or(|n| n.is_empty() || n == arrival.namespace);
        let labels = self.source_labels.as_ref().map_or(Verdict::Yes, |labels| caller_has(labels, arrival.request));
        let by_address = self.destination_subnets.as_ref().is_some_and(|subnets| !subnets.is_empty());
        let unknown = || Verdict::Unknown("addresses (`destinationSubnets`), which are not known here".to_owned());
        let address = if by_address { unknown() } else { Verdict::Yes };
        Verdict::all([port.into(), gateway.into(), namespace.into(), labels, address])
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawVirtualService {
    hosts: Option<Vec<String>>,
    gateways: Option<Vec<String>>,
    export_to: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawHttpRoute {
    /// Read where the list is; here, only that it is text.
    #[serde(rename = "name")]
    _name: Option<String>,
    route: Option<Vec<RawWeighted>>,
    redirect: Option<RawRedirect>,
    direct_response: Option<RawReply>,
    delegate: Option<RawDelegate>,
    fault: Option<RawFault>,
    headers: Option<RawHeaders>,
    mirror: Option<RawDestination>,
    mirrors: Option<Vec<RawMirror>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawMirror {
    destination: Option<RawDestination>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawConnectionRoute {
    #[serde(rename = "match")]
    matches: Option<Vec<ConnectionMatch>>,
    route: Option<Vec<RawWeighted>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawWeighted {
    destination: Option<RawDestination>,
    weight: Option<u32>,
    headers: Option<RawHeaders>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawDestination {
    host: Option<String>,
    subset: Option<String>,
    port: Option<RawPort>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawPort {
    number: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawRedirect {
    uri: Option<String>,
    authority: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawReply {
    status: u16,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawDelegate {
    name: Option<String>,
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawFault {
    abort: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawHeaders {
    request: Option<RawHeaderChanges>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawHeaderChanges {
    set: Option<std::collections::BTreeMap<String, Option<String>>>,
    add: Option<std::collections::BTreeMap<String, Option<String>>>,
    remove: Option<Vec<String>>,
}

impl VirtualService {
    pub(super) fn read(reading: &Reading<'_>) -> Result<Self, Box<Finding>> {
        let object = Arc::clone(&reading.object);
        let spec = reading.item.node.get("spec");
        let raw: RawVirtualService = reading.field("spec")?.unwrap_or_default();
        let gateways = raw.gateways.unwrap_or_default();
        let host = |written: &String| Host::resolve(written, object.namespace()).lower_case();
        Ok(Self {
            hosts: raw.hosts.unwrap_or_default().iter().map(host).collect(),
            in_mesh: gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH),
            export_to: ExportTo::new(raw.export_to.unwrap_or_default()),
            http: routes(reading, spec, "http", http_route)?,
            tcp: routes(reading, spec, "tcp", connection_route)?,
            tls: routes(reading, spec, "tls", connection_route)?,
            left_out: Vec::new(),
            object,
        })
    }
}

/// Reads one route: the path to it, its node and its name.
type ReadRoute<T> = fn(&Reading<'_>, &str, NodeRef<'_>, RouteId) -> Result<T, Box<Finding>>;

/// Reads a list of routes one by one, so that each knows its line.
fn routes<T>(
    reading: &Reading<'_>,
    spec: Option<NodeRef<'_>>,
    kind: &str,
    read: ReadRoute<T>,
) -> Result<Vec<T>, Box<Finding>> {
    let Some(list) = spec.and_then(|spec| spec.get(kind)).filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
    if list.kind() != Kind::Sequence {
        let error = list.read::<Vec<serde::de::IgnoredAny>>().err();
        return error.map_or(Ok(Vec::new()), |error| Err(reading.wrong_type(&format!("spec.{kind}"), &error)));
    }
    let read = |(position, node): (usize, NodeRef<'_>)| {
        let place = format!("{kind}[{position}]");
        let name = node.get("name").and_then(NodeRef::as_text).filter(|name| !name.is_empty());
        let id = RouteId {
            object: Arc::clone(&reading.object),
            name: name.unwrap_or(&place).to_owned(),
            named: name.is_some(),
            origin: reading.origin(node),
        };
        read(reading, &format!("spec.{place}"), node, id)
    };
    list.elements().enumerate().map(read).collect()
}

fn http_route(reading: &Reading<'_>, path: &str, node: NodeRef<'_>, id: RouteId) -> Result<HttpRoute, Box<Finding>> {
    let raw: RawHttpRoute = node.read().map_err(|error| reading.wrong_type(path, &error))?;
    let namespace = reading.object.namespace();
    let own = |raw: RawDelegate| (raw.namespace.unwrap_or_else(|| namespace.to_owned()), raw.name.unwrap_or_default());
    let blocks = node.get("match").filter(|list| !list.is_null());
    let block = |(index, block): (usize, NodeRef<'_>)| {
        HttpMatch::read(block).map_err(|error| reading.wrong_type(&format!("{path}.match[{index}]"), &error))
    };
    let destinations = raw.route.unwrap_or_default();
    let mut besides = Vec::new();
    besides
        .extend(raw.fault.and_then(|fault| fault.abort).map(|_| "it aborts requests on purpose (`fault`)".to_owned()));
    let headers = raw.headers.iter().chain(destinations.iter().filter_map(|each| each.headers.as_ref()));
    besides.extend(headers.filter_map(RawHeaders::sentence));
    let mirrors = raw.mirrors.into_iter().flatten().filter_map(|mirror| mirror.destination);
    besides.extend(raw.mirror.into_iter().chain(mirrors).map(RawDestination::copies));
    let redirect = raw.redirect.map(RawRedirect::target);
    Ok(HttpRoute {
        matches: blocks.into_iter().flat_map(NodeRef::elements).enumerate().map(block).collect::<Result<_, _>>()?,
        action: match (redirect, raw.direct_response) {
            (Some(target), _) => Action::Redirect(target),
            (None, Some(reply)) => Action::Reply(reply.status),
            (None, None) if destinations.is_empty() => Action::Nothing,
            (None, None) => Action::To(weighted(destinations, namespace)),
        },
        delegate: raw.delegate.map(own),
        besides,
        id,
    })
}

fn connection_route(
    reading: &Reading<'_>,
    path: &str,
    node: NodeRef<'_>,
    id: RouteId,
) -> Result<ConnectionRoute, Box<Finding>> {
    let raw: RawConnectionRoute = node.read().map_err(|error| reading.wrong_type(path, &error))?;
    let to = weighted(raw.route.unwrap_or_default(), reading.object.namespace());
    Ok(ConnectionRoute { id, matches: raw.matches.unwrap_or_default(), to })
}

/// The destinations that get anything: one alone whatever its weight, of several those with a weight
/// (`networking/core/route/route.go`, `applyHTTPRouteDestination`).
fn weighted(raw: Vec<RawWeighted>, namespace: &str) -> Vec<Weighted> {
    let alone = raw.len() == 1;
    let read = |raw: RawWeighted| {
        let destination = raw.destination?;
        Some(Weighted {
            host: Host::resolve(&destination.host.unwrap_or_default(), namespace),
            subset: destination.subset.filter(|subset| !subset.is_empty()),
            port: destination.port.and_then(|port| port.number).filter(|port| *port != 0),
            weight: if alone { 1 } else { raw.weight.unwrap_or(0) },
        })
    };
    raw.into_iter().filter_map(read).filter(|each| each.weight > 0).collect()
}

impl RawDestination {
    fn copies(self) -> String {
        let subset = self.subset.map(|subset| format!(", subset {subset}")).unwrap_or_default();
        format!("it sends copies of requests to {}{subset}", self.host.unwrap_or_default())
    }
}

impl RawRedirect {
    fn target(self) -> String {
        format!("{}{}", self.authority.unwrap_or_default(), self.uri.unwrap_or_default())
    }
}

impl RawHeaders {
    fn sentence(&self) -> Option<String> {
        let request = self.request.as_ref()?;
        let changed = request.set.iter().chain(&request.add).flat_map(std::collections::BTreeMap::keys);
        let names: Vec<&str> = changed.chain(request.remove.iter().flatten()).map(String::as_str).collect();
        let list = names.join(", ");
        (!names.is_empty())
            .then(|| format!("it changes headers of the request ({list}), so that what is behind sees others"))
    }
}
