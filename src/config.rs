//! The policy: what the user decides, parsed and validated once.
//!
//! It comes as an `Overrides` object, as a `ConfigMap` with the same words as strings (what `kpt fn eval -- key=value`
//! makes), as single settings, or not at all. Nothing outside this room reads raw configuration.

mod config_map;
mod default_version;
mod environment;
mod export;
mod expose;
mod policy;
mod problem;
mod select;
mod select_text;
mod split;
mod words;

use serde::Deserialize;

use crate::krm::{NodeRef, ReadError, with_article};

pub use default_version::DefaultVersion;
pub use environment::from_environment;
pub use export::Export;
pub use expose::{EdgeHost, Expose, GatewayName, PortName};
pub use policy::{Existing, Policy, ServicePolicy, SingleVersion, UnknownVersion, Unversioned};
pub use problem::{is_nearly, nearest};
pub use select::{Operator, Requirement, Selector};
pub use split::{SPLIT_TOTAL, Split};
pub use words::{HeaderName, LEGAL_VALUES, LabelKey, Version, is_dns_label, is_label_value};

use crate::finding::{Code, Finding, Place};

/// The API group of the policy's own kind.
pub const API_GROUP: &str = "overrides.dev";
/// Group and version of the policy's own kind.
pub const API_VERSION: &str = "overrides.dev/v1alpha1";
/// The policy's own kind.
pub const KIND: &str = "Overrides";

/// The policy as a Kubernetes object. Kubernetes' own fields are accepted, nothing else beside them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
struct Overrides {
    #[serde(rename = "apiVersion")]
    _api_version: serde::de::IgnoredAny,
    #[serde(rename = "kind")]
    _kind: serde::de::IgnoredAny,
    #[serde(rename = "metadata")]
    _metadata: Option<serde::de::IgnoredAny>,
    #[serde(rename = "status")]
    _status: Option<serde::de::IgnoredAny>,
    spec: Option<Policy>,
}

/// Reads a policy object. `place` is where findings say that it is.
///
/// # Errors
/// A finding that names the field, and the nearest right spelling of what is wrong there.
pub fn read(node: NodeRef<'_>, place: &Place) -> Result<Policy, Box<Finding>> {
    let field = |name| node.get(name).and_then(NodeRef::as_text).unwrap_or_default();
    let policy = match (field("apiVersion"), field("kind")) {
        (API_VERSION, KIND) => {
            let object: Overrides = node.read().map_err(|error| problem::finding(place, &error, ""))?;
            object.spec.unwrap_or_default()
        }
        ("v1", "ConfigMap") => config_map::read(node).map_err(|error| problem::finding(place, &error, ""))?,
        (api_version, kind) => {
            let message = match (api_version, kind) {
                (_, "") => "the policy has no `kind`".to_owned(),
                ("", kind) => format!("the policy is {} without an `apiVersion`", with_article(kind)),
                (other, KIND) => format!("the policy has the `apiVersion` `{other}`, which is not known here"),
                (other, kind) => format!("{} of `{other}` is not a policy", with_article(kind)),
            };
            let cure = format!("Write an `{KIND}` object of `{API_VERSION}`, or a `ConfigMap` of `v1`");
            return Err(Box::new(Finding::new(Code::InvalidPolicy, place.field("kind"), message, cure)));
        }
    };
    check_services(&policy, place)?;
    check_selectors(&policy, place)?;
    Ok(Policy { place: place.clone(), ..policy })
}

/// Applies one setting, `key=value`, in the words of the `ConfigMap` form.
///
/// # Errors
/// A finding that names the setting, and the nearest right spelling of what is wrong.
pub fn set(policy: &mut Policy, setting: &str) -> Result<(), Box<Finding>> {
    let place = Place::default();
    let Some((key, value)) = setting.split_once('=') else {
        let message = format!("the setting `{setting}` has no `=`");
        return Err(Box::new(Finding::new(Code::InvalidPolicy, place, message, "Write it as key=value")));
    };
    if key.trim().is_empty() {
        let message = format!("the setting `{setting}` has no key before the `=`");
        return Err(Box::new(Finding::new(Code::InvalidPolicy, place, message, "Write it as key=value")));
    }
    if let key @ ("select" | "services") = key.trim() {
        let message = format!("`{key}` is more than a single setting can say");
        let cure = "Write it in an `Overrides` object";
        return Err(Box::new(Finding::new(Code::InvalidPolicy, place.field(key), message, cure)));
    }
    let error: Result<(), ReadError> = config_map::apply(policy, key.trim(), value.trim());
    error.map_err(|error| problem::finding(&place, &error, key.trim()))
}

/// Every selector of a policy, and where it stands.
fn check_selectors(policy: &Policy, place: &Place) -> Result<(), Box<Finding>> {
    check_selector(&policy.select, place, "spec.select")?;
    check_selector(&policy.default_selector, place, "spec.defaultSelector")?;
    for (index, service) in policy.services.iter().enumerate() {
        let field = format!("spec.services[{index}].defaultSelector");
        check_selector(&service.default_selector, place, &field)?;
        if service.default_version.is_some() && !service.default_selector.is_empty() {
            let message = format!(
                "the entry of the Service `{}` has both a `defaultVersion` and a `defaultSelector`",
                service.name
            );
            let cure = "Keep one of the two";
            return Err(Box::new(Finding::new(Code::InvalidPolicy, place.field(field), message, cure)));
        }
    }
    Ok(())
}

/// Kubernetes' own rule for label selectors: `In` and `NotIn` have values, the others have none.
fn check_selector(selector: &Selector, place: &Place, field: &str) -> Result<(), Box<Finding>> {
    for (index, requirement) in selector.match_expressions.iter().enumerate() {
        let needs_values = matches!(requirement.operator, Operator::In | Operator::NotIn);
        if needs_values == requirement.values.is_empty() {
            let (message, cure) = if needs_values {
                ("this operator needs values", "List them under `values`")
            } else {
                ("this operator takes no values", "Remove `values`")
            };
            let place = place.field(format!("{field}.matchExpressions[{index}].values"));
            return Err(Box::new(Finding::new(Code::InvalidPolicy, place, message, cure)));
        }
    }
    Ok(())
}

fn check_services(policy: &Policy, place: &Place) -> Result<(), Box<Finding>> {
    for (index, service) in policy.services.iter().enumerate() {
        let same = |other: &ServicePolicy| other.name == service.name && other.namespace == service.namespace;
        if let Some(first) = policy.services.iter().take(index).position(same) {
            let message =
                format!("the Service `{}` has two entries, spec.services[{first}] and this one", service.name);
            let place = place.field(format!("spec.services[{index}].name"));
            let cure = "Merge the two entries, or tell them apart by `namespace`";
            return Err(Box::new(Finding::new(Code::PolicyServiceTwice, place, message, cure)));
        }
    }
    Ok(())
}
