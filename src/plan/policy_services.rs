//! Which Service each of the policy's entries is about.

use foldhash::{HashMap, HashMapExt};

use crate::config::{Policy, ServicePolicy, nearest};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, Namespace, Service};

/// For how many entries a similar name is looked for among all Services: where many are wrong, it is something else.
const MOST_SUGGESTIONS: usize = 100;

/// The policy's entry for each Service of the inventory, in its order. Entries that name no Service, or cannot tell
/// which, are findings. A name that kustomize changed still counts.
pub(super) fn resolve<'a>(
    inventory: &Inventory,
    policy: &'a Policy,
    findings: &mut Vec<Finding>,
) -> Vec<Option<&'a ServicePolicy>> {
    findings.extend(check_select(inventory, policy));
    let mut entries: Vec<Option<&ServicePolicy>> = vec![None; inventory.services.len()];
    if policy.services.is_empty() {
        return entries;
    }
    let names = Names::of(inventory);
    let mut unknown = 0;
    for (index, entry) in policy.services.iter().enumerate() {
        let found = names.candidates(inventory, entry);
        let place = || policy.place.field(format!("spec.services[{index}].name"));
        match found.as_slice() {
            [] => {
                let message = format!("the policy names the Service `{}`, which is not in the input", entry.name);
                let elsewhere = names.candidates(inventory, &ServicePolicy { namespace: None, ..entry.clone() });
                let (field, cure) = if let Some(list) = namespaces(inventory, &elsewhere) {
                    ("namespace", format!("There is one in the namespace {list}"))
                } else {
                    unknown += 1;
                    ("name", similar(inventory, entry, unknown <= MOST_SUGGESTIONS))
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

/// A `select` that fits no Service takes out all that an earlier run generated. Where there is nothing of that kind it may be
/// just what is wanted: one policy for many configurations, and Services that are opted in by a label.
fn check_select(inventory: &Inventory, policy: &Policy) -> Option<Finding> {
    let is_selected = |service: &Service| policy.select.matches(|key| service.label(key));
    if inventory.services.is_empty() || inventory.services.iter().any(is_selected) {
        return None;
    }
    let generated = inventory.destination_rules.iter().any(|rule| rule.generated_for.is_some());
    if !generated && !inventory.virtual_services.iter().any(|rule| rule.generated_for.is_some()) {
        return None;
    }
    let message =
        "the policy's `select` fits none of the Services, so what an earlier run generated for them is removed";
    let cure = "Correct its labels, or those of the Services";
    let finding = Finding::new(Code::PolicyServiceUnknown, policy.place.field("spec.select"), message, cure);
    Some(finding.with_severity(Severity::Warning))
}

/// The namespaces of some Services, as a list for people; none when there are none.
fn namespaces(inventory: &Inventory, positions: &[usize]) -> Option<String> {
    let services = positions.iter().filter_map(|position| inventory.services.get(*position));
    let names: Vec<String> = services.map(|service| format!("`{}`", service.namespace().effective())).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn similar(inventory: &Inventory, entry: &ServicePolicy, suggest: bool) -> String {
    let names = inventory.services.iter().map(Service::name).filter(|_| suggest);
    match nearest(&entry.name, names) {
        Some(nearest) => format!("Did you mean `{nearest}`?"),
        None => "Correct the name and namespace, or remove the entry".to_owned(),
    }
}

/// The positions of Services, by what they are called and by what they were called before kustomize changed it.
struct Names<'i> {
    current: HashMap<&'i str, Vec<usize>>,
    former: HashMap<&'i str, Vec<usize>>,
}

impl<'i> Names<'i> {
    fn of(inventory: &'i Inventory) -> Self {
        let mut names = Self { current: HashMap::new(), former: HashMap::new() };
        for (position, service) in inventory.services.iter().enumerate() {
            names.current.entry(service.name()).or_default().push(position);
            for former in &service.previous.names {
                let positions = names.former.entry(former).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        names
    }

    /// The Services that an entry can mean: those of that name, else those that had it once.
    fn candidates(&self, inventory: &Inventory, entry: &ServicePolicy) -> Vec<usize> {
        let in_namespace = |service: &Service| match &entry.namespace {
            None => true,
            Some(namespace) => {
                service.namespace() == Namespace(Some(namespace)) || service.previous.namespaces.contains(namespace)
            }
        };
        let named = |names: &HashMap<&str, Vec<usize>>| -> Vec<usize> {
            let positions = names.get(entry.name.as_str()).into_iter().flatten().copied();
            positions.filter(|position| inventory.services.get(*position).is_some_and(in_namespace)).collect()
        };
        let current = named(&self.current);
        if current.is_empty() { named(&self.former) } else { current }
    }
}
