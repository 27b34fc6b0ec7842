//! Where a request without an override goes.

use smol_str::SmolStr;

use super::marked::marked;
use super::stated_split::StatedSplit;
use super::versions::Version;
use crate::config::{LEGAL_VALUES, Policy, Selector, ServicePolicy, is_label_value};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{DEFAULT_VERSION_ANNOTATION, Service};

/// What somebody said the default is.
#[derive(Debug)]
pub(super) struct Stated<'a> {
    /// For this very Service, and where it is said. It must exist.
    explicit: Option<(Said<'a>, Place)>,
    /// For all Services that have it.
    policy: &'a Policy,
    /// The weights of this very Service.
    split: Option<StatedSplit<'a>>,
}

/// How somebody said it.
#[derive(Debug, Clone, Copy)]
enum Said<'a> {
    /// By the version.
    Version(&'a str),
    /// By labels of its Pods.
    Selector(&'a Selector),
}

/// What is stated for all Services, where this one has nothing of the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// The policy's `defaultVersion`.
    Version(SmolStr),
    /// Pods that the policy's `defaultSelector` selects.
    Selected,
}

impl<'a> Stated<'a> {
    pub(super) fn of(
        service: &'a Service,
        own: Option<&'a ServicePolicy>,
        policy: &'a Policy,
        split: Option<StatedSplit<'a>>,
    ) -> Self {
        let place = |field: &str| policy.place_of(own, field);
        let version = own.and_then(|own| own.default_version.as_ref());
        let version = version.map(|version| (Said::Version(version.as_str()), place("defaultVersion")));
        let selector = own.map(|own| &own.default_selector).filter(|selector| !selector.is_empty());
        let selector = selector.map(|selector| (Said::Selector(selector), place("defaultSelector")));
        let annotated = service.annotations.default_version.as_deref();
        let annotated =
            annotated.map(|version| (Said::Version(version), service.annotation_place(DEFAULT_VERSION_ANNOTATION)));
        Self { explicit: version.or(selector).or(annotated), policy, split }
    }

    /// The version that unlabelled Pods are taken for: what is stated, never what could be guessed.
    ///
    /// # Errors
    /// A finding when an annotation states what no label can hold; the policy's versions are legal.
    pub(super) fn for_unlabelled(&self) -> Result<&'a str, Box<Finding>> {
        let Some((Said::Version(version), place)) = &self.explicit else {
            return Ok(self.policy.default_version.as_str());
        };
        if version.is_empty() || !is_label_value(version) {
            let message = format!("workloads are to be labelled with {version:?}, which is not a legal label value");
            return Err(Box::new(Finding::new(Code::IllegalVersion, place.clone(), message, LEGAL_VALUES)));
        }
        Ok(version)
    }

    /// What was said of this very Service.
    fn position_of_explicit(&self, service: &Service, versions: &[Version<'_>]) -> Result<Option<usize>, Box<Finding>> {
        let Some((said, place)) = &self.explicit else { return Ok(None) };
        let (position, what) = match said {
            Said::Version(value) => (position_of(versions, value), format!("is `{value}`, which")),
            Said::Selector(selector) => {
                (selected(service, versions, selector)?, "is said by labels of its Pods, which".to_owned())
            }
        };
        if position.is_some() {
            return Ok(position);
        }
        let has_not = match self.split.and_then(StatedSplit::targets) {
            Some(split) => format!("is no target of {}", split.workload.object.reference),
            None => "no workload has".to_owned(),
        };
        let message = format!("the default version of {} {what} {has_not}", service.object.reference);
        let cure = format!("Name one of the versions that there are: {}", list(versions));
        Err(Box::new(Finding::new(Code::DefaultUnknown, place.clone(), message, cure)))
    }

    /// What was stated for all Services, by whoever stated anything.
    fn for_all(&self) -> Option<Missing> {
        let selected = (!self.policy.default_selector.is_empty()).then_some(Missing::Selected);
        self.policy.default_version.stated().map(|version| Missing::Version(version.into())).or(selected)
    }
}

/// The default version of a Service: its position among the versions.
#[derive(Debug)]
pub(super) struct Default {
    pub(super) position: usize,
    /// The positions of the versions that share the requests without an override, with their weights. Empty where the
    /// default gets all.
    pub(super) shares: Vec<(usize, u32)>,
    /// Whether somebody said so of this very Service or of its workloads.
    pub(super) is_stated: bool,
    /// In whose place it is the default, being the only version.
    pub(super) in_place_of: Option<Missing>,
    /// Whether the policy's `defaultSelector` selects none of the workloads, so that `defaultVersion` decided.
    pub(super) is_unselected: bool,
}

/// Climbs the ladder: what is said of this Service, the workload that is marked, the heaviest share, the labels and the
/// version that are preferred everywhere, the only version there is.
pub(super) fn choose(
    service: &Service,
    versions: &[Version<'_>],
    stated: &Stated<'_>,
) -> Result<Default, Box<Finding>> {
    let shares = shares(service, versions, stated)?;
    let is_stated =
        |position| Default { position, shares: Vec::new(), is_stated: true, in_place_of: None, is_unselected: false };
    let mut default = if let Some(position) = stated.position_of_explicit(service, versions)? {
        is_stated(position)
    } else if let Some(position) = marked(service, versions)? {
        is_stated(position)
    } else if let Some((position, _)) = shares.iter().rev().max_by_key(|(_, weight)| *weight) {
        // Of equal ones the first.
        is_stated(*position)
    } else if let Some(position) = selected(service, versions, &stated.policy.default_selector)? {
        is_stated(position)
    } else {
        let preferred = position_of(versions, stated.policy.default_version.as_str());
        let (position, in_place_of) = match (preferred, versions) {
            (Some(position), _) => (position, None),
            (None, [_]) => (0, stated.for_all()),
            (None, _) => return Err(undecided(service, versions, stated)),
        };
        let is_unselected = preferred.is_some() && !stated.policy.default_selector.is_empty();
        Default { position, shares: Vec::new(), is_stated: stated.split.is_some(), in_place_of, is_unselected }
    };
    // All for one is no split.
    match shares.as_slice() {
        [(only, _)] => default.position = *only,
        _ => default.shares = shares,
    }
    Ok(default)
}

fn position_of(versions: &[Version<'_>], value: &str) -> Option<usize> {
    versions.iter().position(|version| version.value == value)
}

/// The version whose workloads a selector selects, where it selects any.
fn selected(service: &Service, versions: &[Version<'_>], selector: &Selector) -> Result<Option<usize>, Box<Finding>> {
    if selector.is_empty() {
        return Ok(None);
    }
    let is_selected = |version: &&Version<'_>| version.any_matches(selector);
    let mut found = versions.iter().enumerate().filter(|(_, version)| is_selected(version));
    match (found.next(), found.next()) {
        (Some((_, first)), Some((_, second))) => {
            let message = format!(
                "`defaultSelector` selects workloads of two versions of this Service, `{}` and `{}`, and one can be the \
                 default",
                first.value, second.value
            );
            let cure = "Use labels that the workloads of one version have and no others of the Service";
            Err(Box::new(Finding::new(Code::SeveralDefaults, service.object.place(), message, cure)))
        }
        (first, _) => Ok(first.map(|(position, _)| position)),
    }
}

fn undecided(service: &Service, versions: &[Version<'_>], stated: &Stated<'_>) -> Box<Finding> {
    let message = format!("nothing says which of its versions is the default: {}", list(versions));
    let Policy { default_version, default_selector, .. } = stated.policy;
    let unless_set = if default_version.stated().is_none() { " unless it is set" } else { "" };
    let selects =
        if default_selector.is_empty() { "" } else { ". Its `defaultSelector` selects no workload of the Service" };
    let cure = format!(
        "Annotate the Service with `overrides.dev/default-version`, or the workload with `overrides.dev/default: \
         \"true\"`, or set `defaultVersion` in the policy to one of these versions: it is `{}`{unless_set}, and no \
         workload of the Service has that version{selects}",
        default_version.as_str()
    );
    Box::new(Finding::new(Code::NoDefault, service.object.place(), message, cure))
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
    /// Whether the version at this position gets any of the requests without an override.
    pub(super) fn takes(&self, position: usize) -> bool {
        if self.shares.is_empty() {
            return position == self.position;
        }
        self.shares.iter().any(|(share, _)| *share == position)
    }

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
