//! Where a request without an override goes.

use super::stated_split::StatedSplit;
use super::versions::Version;
use crate::config::{LEGAL_VALUES, Policy, ServicePolicy, is_label_value};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{DEFAULT_VERSION_ANNOTATION, Service};

/// What somebody said the default is.
#[derive(Debug)]
pub(super) struct Stated<'a> {
    /// For this very Service, and where it is said. It must exist.
    explicit: Option<(&'a str, Place)>,
    /// For all Services that have it.
    preferred: &'a str,
    /// The weights of this very Service.
    split: Option<StatedSplit<'a>>,
}

impl<'a> Stated<'a> {
    pub(super) fn of(
        service: &'a Service,
        own: Option<&'a ServicePolicy>,
        policy: &'a Policy,
        split: Option<StatedSplit<'a>>,
    ) -> Self {
        let place = |field: &str| policy.place_of(own, field);
        let in_policy = own.and_then(|own| own.default_version.as_ref());
        let in_policy = in_policy.map(|version| (version.as_str(), place("defaultVersion")));
        let annotated = service.annotations.default_version.as_deref();
        let annotated = annotated.map(|version| (version, service.annotation_place(DEFAULT_VERSION_ANNOTATION)));
        Self { explicit: in_policy.or(annotated), preferred: policy.default_version.as_str(), split }
    }

    /// The version that unlabelled Pods are taken for: what is stated, never what could be guessed.
    ///
    /// # Errors
    /// A finding when an annotation states what no label can hold; the policy's versions are legal.
    pub(super) fn for_unlabelled(&self) -> Result<&'a str, Box<Finding>> {
        let Some((version, place)) = &self.explicit else { return Ok(self.preferred) };
        if version.is_empty() || !is_label_value(version) {
            let message = format!("workloads are to be labelled with {version:?}, which is not a legal label value");
            return Err(Box::new(Finding::new(Code::IllegalVersion, place.clone(), message, LEGAL_VALUES)));
        }
        Ok(version)
    }
}

/// The default version of a Service: its position among the versions.
#[derive(Debug)]
pub(super) struct Default {
    pub(super) position: usize,
    /// The positions of the versions that share the requests without an override, with their weights. Empty where the
    /// default gets all.
    pub(super) shares: Vec<(usize, u32)>,
    /// Whether somebody said so of this very Service.
    pub(super) is_stated: bool,
}

/// Climbs the ladder: what is said of this Service, its heaviest share, what is preferred everywhere, the only one there
/// is.
pub(super) fn choose(
    service: &Service,
    versions: &[Version<'_>],
    stated: &Stated<'_>,
) -> Result<Default, Box<Finding>> {
    let position_of = |value: &str| versions.iter().position(|version| version.value == value);
    let shares = shares(service, versions, stated)?;
    // Of equal ones the first.
    let heaviest = shares.iter().rev().max_by_key(|(_, weight)| *weight).map(|(position, _)| *position);
    let position = match &stated.explicit {
        Some((value, place)) => position_of(value).ok_or_else(|| {
            let has_not = match stated.split.and_then(StatedSplit::targets) {
                Some(split) => format!("is no target of {}", split.workload.object.reference),
                None => "no workload has".to_owned(),
            };
            let message = format!("the default version of {} is `{value}`, which {has_not}", service.object.reference);
            let cure = format!("Name one of the versions that there are: {}", list(versions));
            Finding::new(Code::DefaultUnknown, place.clone(), message, cure)
        })?,
        None => match (heaviest.or_else(|| position_of(stated.preferred)), versions) {
            (Some(position), _) => position,
            (None, [_]) => 0,
            (None, _) => {
                let message = format!("nothing says which of its versions is the default: {}", list(versions));
                let cure = format!(
                    "Annotate the Service with `overrides.dev/default-version`, or set `defaultVersion` in the policy, \
                     which is `{}`",
                    stated.preferred
                );
                return Err(Box::new(Finding::new(Code::NoDefault, service.object.place(), message, cure)));
            }
        },
    };
    let is_stated = stated.explicit.is_some() || stated.split.is_some();
    // All for one is no split.
    match shares.as_slice() {
        [(only, _)] => Ok(Default { position: *only, shares: Vec::new(), is_stated }),
        _ => Ok(Default { position, shares, is_stated }),
    }
}

/// The versions, for users.
fn list(versions: &[Version<'_>]) -> String {
    versions.iter().map(|version| format!("`{}`", version.value)).collect::<Vec<_>>().join(", ")
}

/// The versions that have a part of the requests without an override. What is said to have none has none.
fn shares(service: &Service, versions: &[Version<'_>], stated: &Stated<'_>) -> Result<Vec<(usize, u32)>, Box<Finding>> {
    let Some(split) = stated.split else { return Ok(Vec::new()) };
    let mut shares = Vec::new();
    for (value, weight) in split.weights() {
        let Some(position) = versions.iter().position(|version| version.value == value) else {
            let message =
                format!("the split of {} names the version `{value}`, which no workload has", service.object.reference);
            let cure = format!("Name only versions that there are: {}", list(versions));
            let place = split.place();
            let place = place.entry(place.field.as_deref().unwrap_or_default(), value);
            return Err(Box::new(Finding::new(Code::DefaultUnknown, place, message, cure)));
        };
        if weight > 0 {
            shares.push((position, weight));
        }
    }
    shares.sort_unstable();
    Ok(shares)
}

impl Default {
    /// Versions without Pods: of the default it is 503 for everybody, of another one for whoever asks for it.
    pub(super) fn scaled_to_zero(&self, service: &Service, versions: &[Version<'_>]) -> Vec<Finding> {
        let finding = |(position, version): (usize, &Version<'_>)| {
            let value = version.value;
            let (severity, what, cure) = if self.shares.iter().any(|(share, _)| *share == position) {
                let cure = "Its share of the requests without an override is answered 503 until it is scaled up or its \
                            weight is 0";
                (Severity::Warning, "the version", cure)
            } else if position == self.position && self.shares.is_empty() {
                let cure = "Every request without an override is answered 503 until it is scaled up or another default \
                            is named";
                (Severity::Warning, "the default version", cure)
            } else {
                (Severity::Info, "the version", "Requests that ask for it are answered 503 until it is scaled up")
            };
            let message = format!("all workloads of {what} `{value}` are scaled to zero");
            Finding::new(Code::ScaledToZero, service.object.place(), message, cure).with_severity(severity)
        };
        versions.iter().enumerate().filter(|(_, version)| version.is_scaled_to_zero()).map(finding).collect()
    }
}
