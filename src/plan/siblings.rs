//! Versions beside a Service whose own selector pins one, such as `reviews-v1` where only that name is called.

use std::cell::OnceCell;

use foldhash::{HashMap, HashMapExt};
use smol_str::SmolStr;

use super::selection::Selection;
use crate::config::Policy;
use crate::inventory::{Inventory, Service, Workload};

/// Finds the Services that select a workload without looking at every Service. Few Services pin a version, so the index is
/// made when the first of them asks.
pub(super) struct Siblings<'a> {
    inventory: &'a Inventory,
    by_label: OnceCell<ByLabel<'a>>,
}

/// Services by namespace and the first label of their selector.
type ByLabel<'a> = HashMap<(&'a str, &'a str, &'a str), Vec<&'a Service>>;

impl<'a> Siblings<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, by_label: OnceCell::new() }
    }

    /// The other versions of the workloads that a Service selects, as far as no other Service selects them: nobody can
    /// reach them.
    pub(super) fn unserved(&self, service: &'a Service, policy: &Policy, selection: &Selection<'a>) -> Vec<&'a str> {
        let is_version = |key: &str| policy.version_labels.iter().any(|label| label.as_str() == key);
        let common: Vec<(&'a SmolStr, &'a SmolStr)> =
            service.selector.iter().filter(|(key, _)| !is_version(key)).collect();
        let of_workload = |workload: &'a Workload| {
            let values = policy.version_labels.iter().filter_map(|key| workload.labels.get(key.as_str())?.text());
            values.into_iter().find(|value| !value.is_empty())
        };
        let mut versions: Vec<&str> = selection
            .having(service.namespace(), &common)
            .filter_map(|(position, workload)| {
                let version = of_workload(workload)?;
                if workload.is_selected_by(service) || self.is_served(workload, service) {
                    return None;
                }
                selection.note_left_out(position);
                Some(version)
            })
            .collect();
        versions.sort_by(|a, b| alphanumeric_sort::compare_str(a, b).then_with(|| a.cmp(b)));
        versions.dedup();
        versions
    }

    /// Whether another Service selects a workload. What a headless one selects is reached Pod by Pod, and no override acts
    /// there.
    fn is_served(&self, workload: &Workload, but: &Service) -> bool {
        let services = self.by_label.get_or_init(|| self.index());
        let namespace = workload.object.namespace().effective();
        let labels = workload.labels.iter().filter_map(|(key, value)| Some((namespace, key.as_str(), value.text()?)));
        let mut candidates = labels.filter_map(|label| services.get(&label)).flatten();
        candidates.any(|service| service.name() != but.name() && workload.is_selected_by(service))
    }

    fn index(&self) -> ByLabel<'a> {
        let mut by_label = ByLabel::new();
        let Inventory { services, neighbours, .. } = self.inventory;
        for service in services.iter().chain(neighbours).filter(|service| !service.headless && !service.external_name) {
            if let Some((key, value)) = service.selector.iter().next() {
                let namespace = service.namespace().effective();
                by_label.entry((namespace, key.as_str(), value.as_str())).or_default().push(service);
            }
        }
        by_label
    }
}
