//! Which workloads a Service selects, found without looking at every workload for every Service.

use foldhash::{HashMap, HashMapExt};
use smol_str::SmolStr;

use crate::inventory::{Inventory, LabelValue, Service, Workload};

/// Workloads by namespace and label.
pub(super) struct Selection<'a> {
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<&'a Workload>>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut by_label: HashMap<_, Vec<_>> = HashMap::new();
        for workload in &inventory.workloads {
            let namespace = workload.object.namespace().effective();
            for (key, value) in &workload.labels {
                if let Some(value) = LabelValue::text(value) {
                    by_label.entry((namespace, key.as_str(), value)).or_default().push(workload);
                }
            }
        }
        Self { by_label }
    }

    /// The workloads that the Service selects, in the order of the input.
    pub(super) fn of(&self, service: &'a Service) -> Vec<&'a Workload> {
        let namespace = service.namespace().effective();
        let with = |(key, value): (&'a SmolStr, &'a SmolStr)| {
            self.by_label.get(&(namespace, key.as_str(), value.as_str())).map_or(&[][..], Vec::as_slice)
        };
        // The rarest of the selector's labels leaves the fewest workloads to look at.
        let candidates = service.selector.iter().map(with).min_by_key(|workloads| workloads.len());
        let candidates = candidates.unwrap_or_default();
        candidates.iter().copied().filter(|workload| workload.is_selected_by(service)).collect()
    }
}
