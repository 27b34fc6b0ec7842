//! Services that overrides can do nothing for, or whose owners want none.

use smol_str::SmolStr;

use super::marked::nearest_annotation;
use super::ports::Ports;
use super::stated_split::StatedSplit;
use super::words;
use crate::config::{LabelKey, Policy, ServicePolicy, SingleVersion, is_dns_label};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{
    DEFAULT_ANNOTATION, DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION, Protocol, SERVICE_ANNOTATIONS, Service,
};

type PassedOver = Result<(), Box<Finding>>;

fn passed_over(service: &Service, code: Code, field: &str, why: &str, cure: &str) -> PassedOver {
    let place = service.object.place();
    passed_over_at(if field.is_empty() { place } else { place.field(field) }, code, why, cure)
}

fn passed_over_at(place: Place, code: Code, why: &str, cure: &str) -> PassedOver {
    Err(Box::new(Finding::new(code, place, format!("this Service is passed over: {why}"), cure)))
}

/// What the Service itself says, whatever its workloads are. `unserved` finds the versions beside the one that its selector
/// pins which no Service selects.
pub(super) fn check<'a>(
    service: &Service,
    own: Option<&ServicePolicy>,
    policy: &Policy,
    split: Option<StatedSplit<'_>>,
    unserved: impl FnOnce() -> Vec<&'a str>,
) -> PassedOver {
    let over = |code, field, why, cure| passed_over(service, code, field, why, cure);
    if service.annotations.ignore {
        let place = service.annotation_place(IGNORE_ANNOTATION);
        let cure = "Remove the annotation to change that";
        return passed_over_at(place, Code::OptedOut, "its annotation opts it out", cure);
    }
    if own.is_some_and(|own| own.ignore) {
        return over(Code::OptedOut, "", "the policy ignores it", "Remove `ignore` from its entry to change that");
    }
    if !policy.select.matches(|key| service.label(key)) {
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
    // The targets of a Workload are told apart by other labels.
    let pinned = if split.and_then(StatedSplit::targets).is_some() { None } else { pinned_label(service, policy) };
    if let Some(key) = pinned {
        return Err(Box::new(pins_version(service, key, &unserved())));
    }
    if service.headless {
        let why = "it is headless, and sidecars connect to its Pods directly, where subsets do nothing";
        return over(Code::Headless, "spec.clusterIP", why, "Give it a cluster IP to offer overrides");
    }
    if service.ports.iter().all(|port| port.protocol == Protocol::NotCarried) {
        let cure = "Nothing needs to be done: Istio carries TCP only";
        return over(Code::NoTcpPorts, "spec.ports", "it has no TCP port", cure);
    }
    check_names(service)
}

/// One Service per version is a set-up like any other. Versions that no Service selects are none.
fn pins_version(service: &Service, key: &LabelKey, unserved: &[&str]) -> Finding {
    let place = service.object.place().entry("spec.selector", key.as_str());
    let version = service.selector.get(key.as_str()).map(SmolStr::as_str).unwrap_or_default();
    let skipped = format!("this Service is skipped: its own selector pins the version `{version}`");
    if unserved.is_empty() {
        let help = "Nothing needs to be done. To offer overrides, remove the version from the selector";
        return Finding::new(Code::SelectorPinsVersion, place, skipped, help);
    }
    let unserved: Vec<String> = unserved.iter().map(|version| words::code(version)).collect();
    let unserved = words::counted("version", &unserved);
    let message = format!("{skipped}, and no Service of the input selects {unserved} of the same workload");
    let help = format!(
        "To offer overrides, annotate the Service with `overrides.dev/default-version: {version}`, remove `{key}` from its \
         selector, and apply the generated rules before the Service. Or give each version a Service of its own"
    );
    Finding::new(Code::SelectorPinsVersion, place, message, help).with_severity(Severity::Warning)
}

/// A name becomes a host, part of a regex and the value of a header: `*` or `ratings.prod.svc.cluster.local` would take
/// the traffic of others. Kubernetes refuses such a Service, but not the rules that would be written for it.
fn check_names(service: &Service) -> PassedOver {
    let names = [("metadata.name", Some(service.name())), ("metadata.namespace", service.namespace().written())];
    let illegal = |(_, name): &(&str, Option<&str>)| name.is_some_and(|name| !is_dns_label(name));
    let Some((field, Some(name))) = names.into_iter().find(illegal) else { return Ok(()) };
    let why = format!("Kubernetes does not allow the name {name:?}, which could mean something else in a rule");
    let cure = "Use lower-case letters, digits and `-`, with a letter or digit at either end";
    passed_over(service, Code::IllegalName, field, &why, cure)
}

fn pinned_label<'a>(service: &Service, policy: &'a Policy) -> Option<&'a LabelKey> {
    policy.version_labels.iter().find(|key| service.selector.contains_key(key.as_str()))
}

/// What its ports leave to be done. `count` says how many versions its workloads have; none when one cannot be read.
pub(super) fn check_ports(service: &Service, count: impl FnOnce() -> Option<usize>, ports: &Ports) -> PassedOver {
    if ports.any_http() {
        return Ok(());
    }
    let versions = count();
    if !ports.any_tcp() {
        return only_tls(service, versions.is_some_and(|versions| versions > 1));
    }
    let one_at_most = versions.is_some_and(|versions| versions < 2);
    if one_at_most { one_without_http(service) } else { Ok(()) }
}

/// What depends on how many versions there are. `is_wanted` says whether somebody wants rules for this very Service: what
/// is exposed or split needs them whatever the number.
pub(super) fn check_worth(
    service: &Service,
    policy: &Policy,
    versions: usize,
    ports: &Ports,
    is_wanted: bool,
) -> PassedOver {
    if versions > 1 {
        return Ok(());
    }
    if !ports.any_http() {
        return one_without_http(service);
    }
    if policy.single_version == SingleVersion::Skip && !is_wanted {
        let why = "it has a single version, and `singleVersion` is `skip`";
        let cure = "Set `singleVersion: pin` to have it pinned before a second version appears";
        return passed_over(service, Code::SingleVersionSkipped, "", why, cure);
    }
    Ok(())
}

fn only_tls(service: &Service, several: bool) -> PassedOver {
    let why = "it has only TLS ports, and a rule for one SNI would break every other";
    let (severity, cure) = if several {
        let cure = "Its traffic spreads over all versions; declare the ports `http` with TLS in the mesh, or give each \
                    version a Service of its own";
        (Severity::Warning, cure)
    } else {
        (Severity::Info, "Nothing needs to be done while there is a single version")
    };
    passed_over(service, Code::OnlyTlsPorts, "spec.ports", why, cure)
        .map_err(|finding| Box::new(finding.with_severity(severity)))
}

fn one_without_http(service: &Service) -> PassedOver {
    let why = "it has no more than one version, and no port that carries HTTP";
    let cure = "Nothing needs to be done while there is a single version";
    passed_over(service, Code::SingleVersionWithoutHttp, "spec.ports", why, cure)
}

/// Annotations that look like this tool's and are none of them.
pub(super) fn unknown_annotations(service: &Service) -> impl Iterator<Item = Finding> {
    service.annotations.unknown.iter().map(|name| {
        let message = format!("the annotation `{name}` does not exist, so it does nothing");
        let cure = match nearest_annotation(name, &SERVICE_ANNOTATIONS) {
            _ if name.ends_with("/default") => {
                format!(
                    "Write it on the workload of the default version, as `{DEFAULT_ANNOTATION}`, or use \
                     `{DEFAULT_VERSION_ANNOTATION}` here"
                )
            }
            Some(nearest) => format!("Did you mean `{nearest}`?"),
            None => "Remove it".to_owned(),
        };
        Finding::new(Code::UnknownAnnotation, service.annotation_place(name), message, cure)
    })
}
