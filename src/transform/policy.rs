//! Where the policy of a run comes from.

use crate::config::{self, Policy};
use crate::finding::{Code, Finding, Place};
use crate::krm::{Item, Items, Location, Manifests, ResourceList, text_of};

pub(super) fn is_policy(item: Item<'_>) -> bool {
    is_policy_kind(item.api_version(), item.kind())
}

/// Whether this is most likely meant to be a policy, and spells its `apiVersion` or its `kind` wrong: then nobody reads it.
fn is_misspelt_policy(item: Item<'_>) -> bool {
    if item.group() == config::API_GROUP || item.api_version() == config::API_GROUP {
        return !is_policy(item);
    }
    // Nearly every object is told by its first letter, and there are many.
    if !item.kind().starts_with(['O', 'o']) || !config::is_nearly(item.kind(), config::KIND) {
        return false;
    }
    // Kubernetes' own group has no such kind. Others may have.
    item.group().is_empty() || config::is_nearly(item.group(), config::API_GROUP)
}

/// A policy that nobody would read.
fn misspelt(item: Item<'_>, place: &Place) -> Box<Finding> {
    let (written, field) = match (item.api_version(), item.kind()) {
        ("", kind) => (format!("the kind `{kind}` and no `apiVersion`"), "kind"),
        (config::API_VERSION, kind) => (format!("the kind `{kind}`"), "kind"),
        (api_version, config::KIND) => (format!("the `apiVersion` `{api_version}`"), "apiVersion"),
        (api_version, kind) => (format!("the `apiVersion` `{api_version}` and the kind `{kind}`"), "apiVersion"),
    };
    let message = format!("this looks like a policy, and it is not read as one: it has {written}");
    let help =
        format!("Write `apiVersion: {}` and `kind: {}`, or remove the object", config::API_VERSION, config::KIND);
    Box::new(Finding::new(Code::InvalidPolicy, place.field(field), message, help))
}

pub(super) fn is_policy_kind(api_version: &str, kind: &str) -> bool {
    api_version == config::API_VERSION && kind == config::KIND
}

/// The policy of the function: its `functionConfig`, else the one among the items, as `render` takes it, else the
/// default.
pub(super) fn of_list(list: &ResourceList<'_>) -> Result<Policy, Box<Finding>> {
    let Some(config) = list.function_config() else {
        return policy_among(list.items()).map(Option::unwrap_or_default);
    };
    let item = Item::apart(config);
    let place = Place { object: Some(item.reference()), location: item.annotated_location(), ..Place::default() };
    config::read(config, &place)
}

/// The policy among other objects: the one `Overrides` object, where there is one.
///
/// # Errors
/// A finding when there are several, when it cannot be read, or when something is only nearly one.
pub fn policy_among(items: &Items<'_>) -> Result<Option<Policy>, Box<Finding>> {
    let place = |item: Item<'_>| Place {
        item: Some(item.id),
        object: Some(item.reference()),
        location: items.location(item),
        ..Place::default()
    };
    let mut policies = items.iter().filter(|item| is_policy(*item) || is_misspelt_policy(*item));
    let Some(first) = policies.next() else { return Ok(None) };
    let second = policies.next();
    let mut both = std::iter::once(first).chain(second).chain(policies);
    if let Some(item) = both.find(|item| !is_policy(*item)) {
        return Err(misspelt(item, &place(item)));
    }
    if let Some(second) = second {
        let cure = "Keep one of them, or name the one that counts with `--config` or as the function's configuration";
        let finding = Finding::new(Code::SeveralPolicies, place(second), "there is more than one policy", cure);
        return Err(Box::new(finding.with_related(place(first), "The first one is here")));
    }
    config::read(first.node, &place(first)).map(Some)
}

/// The policy in a file of its own: one document, an `Overrides` object or a `ConfigMap`.
///
/// # Errors
/// A finding when it is no such file.
pub fn policy_in_file(path: &str, content: &[u8]) -> Result<Policy, Box<Finding>> {
    let manifests = text_of(path, content).and_then(|text| Manifests::parse([(path.to_owned(), text)]));
    let manifests = manifests.map_err(|error| Box::new(Finding::from(&error)))?;
    let place = Place { location: Some(Location { path: path.into(), index: 0 }), ..Place::default() };
    let mut items = manifests.items().iter();
    match (items.next(), items.next()) {
        (Some(item), None) => {
            let place = Place { object: Some(item.reference()), item: Some(item.id), ..place };
            // The items go with the file, so the place becomes a line and a column.
            let detached = |place: &Place| place.detached(manifests.items());
            match config::read(item.node, &place) {
                Ok(policy) => Ok(Policy { place: Place { item: None, ..policy.place }, ..policy }),
                Err(finding) => Err(Box::new(Finding { place: detached(&finding.place), ..*finding })),
            }
        }
        (None, _) => {
            let cure = format!("Write an `{}` object of `{}` into it", config::KIND, config::API_VERSION);
            Err(Box::new(Finding::new(Code::InvalidPolicy, place, "there is no policy in this file", cure)))
        }
        (Some(_), Some(_)) => {
            let message = "there is more than one object in this file";
            Err(Box::new(Finding::new(Code::SeveralPolicies, place, message, "Keep only the policy in it")))
        }
    }
}
