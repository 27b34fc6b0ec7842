//! Istio's ambient mode: without sidecars nobody on the client's side reads headers. A waypoint does, in front of the
//! Service.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding, Severity};
use crate::inventory::{DATAPLANE_MODE, LabelValue, NamespaceMode, Service, USE_WAYPOINT, Workload};

/// What is to be known where a Service that gets rules is in ambient mode.
pub(super) fn finding(
    service: &Service,
    workloads: &[&Workload],
    namespaces: &BTreeMap<String, NamespaceMode>,
) -> Option<Finding> {
    let namespace = namespaces.get(service.namespace().effective());
    let own = service.labels.get(USE_WAYPOINT).and_then(LabelValue::text).filter(|name| !name.is_empty());
    let waypoint = own.or_else(|| namespace?.waypoint.as_deref()).filter(|name| *name != "none");
    let found = |message, cure| Finding::new(Code::Ambient, service.object.place(), message, cure);
    if let Some(waypoint) = waypoint {
        let message = format!(
            "the waypoint `{waypoint}` is to follow the rules for this Service, and Istio calls VirtualServices at \
             waypoints alpha"
        );
        let cure = "Try it before you rely on it, and keep Gateway API routes away from the Service: they win there";
        return Some(found(message, cure).with_severity(Severity::Info));
    }
    let is_ambient = |workload: &&Workload| match workload.labels.get(DATAPLANE_MODE).and_then(LabelValue::text) {
        Some(mode) => mode == "ambient",
        None => namespace.is_some_and(|namespace| namespace.ambient),
    };
    workloads.iter().any(is_ambient).then(|| {
        let message = "this Service is in ambient mode without a waypoint: overrides act for clients with sidecars alone, \
                       and requests of others spread over all versions";
        let cure = "Give it a waypoint with the label `istio.io/use-waypoint`, or use sidecars";
        found(message.to_owned(), cure)
    })
}
