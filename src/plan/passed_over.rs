//! Services that overrides can do nothing for, or whose owners want none.

use super::ports::Ports;
use crate::config::{LabelKey, Policy, ServicePolicy, SingleVersion};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Protocol, Service};

type PassedOver = Result<(), Box<Finding>>;

fn passed_over(service: &Service, code: Code, field: &str, why: &str, cure: &str) -> PassedOver {
    let place = if field.is_empty() { service.object.place() } else { service.object.place().field(field) };
    Err(Box::new(Finding::new(code, place, format!("this Service is passed over: {why}"), cure)))
}

/// What the Service itself says, whatever its workloads are.
pub(super) fn check(service: &Service, own: Option<&ServicePolicy>, policy: &Policy) -> PassedOver {
    let over = |code, field, why, cure| passed_over(service, code, field, why, cure);
    if service.annotations.ignore {
        let field = "metadata.annotations[overrides.dev/ignore]";
        return over(Code::OptedOut, field, "its annotation opts it out", "Remove the annotation to change that");
    }
    if own.is_some_and(|own| own.ignore) {
        return over(Code::OptedOut, "", "the policy ignores it", "Remove `ignore` from its entry to change that");
    }
    let label = |key: &str| service.labels.get(key).map(|value| value.text().unwrap_or_default());
    if !policy.select.matches(label) {
        let cure = "Label the Service, or widen `select`, to change that";
        return over(Code::OptedOut, "metadata.labels", "the policy's `select` leaves it out", cure);
    }
    if service.external_name {
        let cure = "Nothing needs to be done: there are no versions to choose between";
        return over(Code::ExternalName, "spec.type", "an ExternalName has no Pods", cure);
    }
    if service.selector.is_empty() {
        let why = "it has no selector, so it has no workloads to tell apart";
        let cure = "Give it a selector to offer overrides";
        return over(Code::NoSelector, "spec.selector", why, cure);
    }
    if service.name() == "kubernetes" && service.namespace().effective() == "default" {
        let cure = "Nothing needs to be done: Kubernetes keeps it";
        return over(Code::ApiServer, "", "it is the API server's", cure);
    }
    if let Some(key) = pinned_label(service, &policy.version_labels) {
        let field = format!("spec.selector.{key}");
        let why = "its own selector pins the version";
        return over(Code::SelectorPinsVersion, &field, why, "Remove the version from the selector to offer overrides");
    }
    if service.headless {
        let why = "it is headless, and sidecars connect to its Pods directly, where subsets do nothing";
        return over(Code::Headless, "spec.clusterIP", why, "Give it a cluster IP to offer overrides");
    }
    if service.ports.iter().all(|port| port.protocol == Protocol::NotCarried) {
        let cure = "Nothing needs to be done: Istio carries TCP only";
        return over(Code::NoTcpPorts, "spec.ports", "it has no TCP port", cure);
    }
    Ok(())
}

fn pinned_label<'a>(service: &Service, version_labels: &'a [LabelKey]) -> Option<&'a LabelKey> {
    version_labels.iter().find(|key| service.selector.contains_key(key.as_str()))
}

/// What depends on how many versions there are.
pub(super) fn check_worth(service: &Service, policy: &Policy, versions: usize, ports: &Ports) -> PassedOver {
    if !ports.any_http() && !ports.any_tcp() {
        let why = "it has only TLS ports, and a rule for one SNI would break every other";
        let cure = if versions > 1 {
            "Its traffic spreads over all versions; declare the ports `http` with TLS in the mesh, or give each \
             version a Service of its own"
        } else {
            "Nothing needs to be done while there is a single version"
        };
        let severity = if versions > 1 { Severity::Warning } else { Severity::Info };
        return passed_over(service, Code::OnlyTlsPorts, "spec.ports", why, cure)
            .map_err(|finding| Box::new(finding.with_severity(severity)));
    }
    if versions > 1 {
        return Ok(());
    }
    if !ports.any_http() {
        let why = "it has a single version and no port that carries HTTP";
        let cure = "Nothing needs to be done while there is a single version";
        return passed_over(service, Code::SingleVersionWithoutHttp, "spec.ports", why, cure);
    }
    if policy.single_version == SingleVersion::Skip {
        let why = "it has a single version, and `singleVersion` is `skip`";
        let cure = "Set `singleVersion: pin` to have it pinned before a second version appears";
        return passed_over(service, Code::SingleVersionSkipped, "", why, cure);
    }
    Ok(())
}
