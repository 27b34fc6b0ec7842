//! Which Service each of the policy's entries is about.

use crate::config::{Policy, ServicePolicy, nearest};
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Namespace, Service};

/// The policy's entry for each Service of the inventory, in its order. Entries that name no Service, or cannot tell
/// which, are findings. A name that kustomize changed still counts.
pub(super) fn resolve<'a>(
    inventory: &Inventory,
    policy: &'a Policy,
    findings: &mut Vec<Finding>,
) -> Vec<Option<&'a ServicePolicy>> {
    let mut entries: Vec<Option<&ServicePolicy>> = vec![None; inventory.services.len()];
    for (index, entry) in policy.services.iter().enumerate() {
        let found = candidates(inventory, entry);
        let place = || policy.place.field(format!("spec.services[{index}].name"));
        match found.as_slice() {
            [] => {
                let message = format!("the policy names the Service `{}`, which is not in the input", entry.name);
                let elsewhere = candidates(inventory, &ServicePolicy { namespace: None, ..entry.clone() });
                let (field, cure) = match namespaces(inventory, &elsewhere) {
                    Some(list) => ("namespace", format!("There is one in the namespace {list}")),
                    None => ("name", similar(inventory, entry)),
                };
                let place = policy.place.field(format!("spec.services[{index}].{field}"));
                findings.push(Finding::new(Code::PolicyServiceUnknown, place, message, cure));
            }
            [position] => {
                let Some(slot) = entries.get_mut(*position) else { continue };
                if slot.replace(entry).is_some() {
                    let message = format!("two entries of the policy are about the Service `{}`", entry.name);
                    let cure = "Merge them into one";
                    findings.push(Finding::new(Code::PolicyServiceTwice, place(), message, cure));
                }
            }
            several => {
                let list = namespaces(inventory, several).unwrap_or_default();
                let message =
                    format!("the policy names the Service `{}`, and there is one in each of {list}", entry.name);
                findings.push(Finding::new(Code::PolicyServiceAmbiguous, place(), message, "Add its `namespace`"));
            }
        }
    }
    entries
}

/// The namespaces of some Services, as a list for people; none when there are none.
fn namespaces(inventory: &Inventory, positions: &[usize]) -> Option<String> {
    let services = positions.iter().filter_map(|position| inventory.services.get(*position));
    let names: Vec<String> = services.map(|service| format!("`{}`", service.namespace().effective())).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn similar(inventory: &Inventory, entry: &ServicePolicy) -> String {
    match nearest(&entry.name, inventory.services.iter().map(Service::name)) {
        Some(nearest) => format!("Did you mean `{nearest}`?"),
        None => "Correct the name and namespace, or remove the entry".to_owned(),
    }
}

/// The Services that an entry can mean: those of that name, else those that had it once.
fn candidates(inventory: &Inventory, entry: &ServicePolicy) -> Vec<usize> {
    let in_namespace = |service: &Service| match &entry.namespace {
        None => true,
        Some(namespace) => {
            service.namespace() == Namespace(Some(namespace)) || service.previous.namespaces.contains(namespace)
        }
    };
    let matching = |named: &dyn Fn(&Service) -> bool| -> Vec<usize> {
        let services = inventory.services.iter().enumerate();
        services.filter(|(_, service)| named(service) && in_namespace(service)).map(|(index, _)| index).collect()
    };
    let current = matching(&|service| service.name() == entry.name);
    if current.is_empty() { matching(&|service| service.is_or_was_named(&entry.name)) } else { current }
}
