//! Workloads with a version that no Service of the input selects: nothing is written for them.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::selection::Selection;
use crate::config::{LabelKey, Policy};
use crate::facts::POD_HASHES;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, LabelValue, OwnerKind, Service, Workload, WorkloadKind};

/// The label that OpenShift gives the Pods of a DeploymentConfig, beside those of [`POD_HASHES`]. A Pod with any of them is
/// its controller's, which is told of itself.
const OF_DEPLOYMENT_CONFIG: &str = "deploymentconfig";

/// What the user should know of them. Where no Service selects any workload at all, nothing can be written, and that is
/// hardly meant; beside others it may be something that works in the background.
pub(super) fn findings<'a>(inventory: &'a Inventory, policy: &Policy, selection: &Selection<'a>) -> Vec<Finding> {
    let candidate = |workload: &&Workload| version_of(workload, policy).is_some() && is_served(workload);
    if !selection.found(false).any(|workload| candidate(&workload)) {
        return Vec::new();
    }
    // Those that get no rules, for whatever reason, select their workloads all the same.
    inventory.services.iter().for_each(|service| drop(selection.of(service)));
    let nothing = selection.found(true).next().is_none();
    let services = ByName::of(inventory);
    let strays = selection.found(false).filter(candidate).filter(|workload| !services.gets_a_service(workload));
    let finding = |workload: &'a Workload| {
        let version = version_of(workload, policy)?;
        Some(stray(workload, version, services.meant(workload, version), nothing, policy))
    };
    strays.filter_map(finding).collect()
}

/// The version that a workload's labels say, whether or not they may.
fn version_of<'a>(workload: &'a Workload, policy: &Policy) -> Option<&'a LabelValue> {
    let has_value = |value: &&LabelValue| value.text() != Some("");
    let label = |key: &LabelKey| workload.labels.get(key.as_str()).filter(has_value);
    policy.version_labels.iter().find_map(label)
}

/// Machines are what `ServiceEntry` objects select.
fn is_served(workload: &Workload) -> bool {
    let is_machine = matches!(workload.kind, WorkloadKind::WorkloadEntry | WorkloadKind::WorkloadGroup);
    let is_made = workload.kind == WorkloadKind::Pod
        && POD_HASHES.iter().chain([&OF_DEPLOYMENT_CONFIG]).any(|key| workload.labels.get(*key).is_some());
    !is_machine && !is_made
}

fn stray(
    workload: &Workload,
    version: &LabelValue,
    meant: Option<&Service>,
    nothing: bool,
    policy: &Policy,
) -> Finding {
    let version = version.text().map(|version| format!(" `{version}`")).unwrap_or_default();
    let message = format!(
        "this workload has the version{version}, and no Service of the input selects it: nobody can ask for it"
    );
    let place = workload.object.place();
    if let Some(service) = meant {
        // Another version's label would make it that version, and give it what that version gets.
        let is_version = |key: &str| policy.version_labels.iter().any(|label| label.as_str() == key);
        let labels = service.selector.iter().filter(|(key, _)| !is_version(key));
        let labels: Vec<String> = labels.map(|(key, value)| format!("`{key}: {value}`")).collect();
        let mut cure = format!("If it belongs to {}, as its name says, give ", service.object.reference);
        if labels.is_empty() {
            cure.push_str("the Service a selector for what its versions have in common");
        } else {
            cure.extend(["its Pods the labels that the Service selects: ", &labels.join(", ")]);
            cure.push_str(
                ". They take part in the Service's traffic as soon as they have these labels, so apply the Service's rules \
                 first. Where the Service gets no rules, leave the labels as they are: its traffic would spread over \
                 these Pods too",
            );
        }
        let finding = Finding::new(Code::UnselectedWorkload, place, message, cure);
        return finding.with_related(service.object.place(), "The Service is here");
    }
    let (severity, cure) = if nothing {
        (Severity::Warning, "Add its Service to the input: rules are written for Services")
    } else {
        let cure = "Nothing needs to be done for what serves no requests; otherwise add its Service to the input, or give \
                    its Pods the labels that its Service selects";
        (Severity::Info, cure)
    };
    Finding::new(Code::UnselectedWorkload, place, message, cure).with_severity(severity)
}

/// The Services by name, to look for one that a workload was meant for.
struct ByName<'a> {
    services: HashMap<(&'a str, &'a str), &'a Service>,
    /// Workloads for which another tool makes Services, by namespace and name.
    made: HashSet<(&'a str, &'a str)>,
}

impl<'a> ByName<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let mut services = HashMap::with_capacity(inventory.services.len());
        for service in inventory.services.iter().filter(|service| !service.external_name) {
            services.insert((service.namespace().effective(), service.name()), service);
        }
        // Flagger makes the Services of its target.
        let canaries = inventory.owners.iter().filter(|owner| owner.kind == OwnerKind::Canary);
        let names = canaries.flat_map(|canary| {
            let namespace = canary.object.namespace().effective();
            canary.services.iter().map(move |service| (namespace, service.name.as_str()))
        });
        Self { services, made: names.collect() }
    }

    /// Whether another tool makes a Service for the workload.
    fn gets_a_service(&self, workload: &Workload) -> bool {
        self.made.contains(&(workload.object.namespace().effective(), workload.object.name()))
    }

    /// The Service that a workload's name says it is of: it has the same, or the same with the version behind it.
    fn meant(&self, workload: &'a Workload, version: &LabelValue) -> Option<&'a Service> {
        let (namespace, name) = (workload.object.namespace().effective(), workload.object.name());
        let version = version.text().unwrap_or_default().to_lowercase().replace(['.', '_'], "-");
        let base = name.strip_suffix(&version).and_then(|rest| rest.strip_suffix('-'));
        let mut names = std::iter::once(name).chain(base);
        names.find_map(|name| self.services.get(&(namespace, name)).copied())
    }
}
