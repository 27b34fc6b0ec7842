//! Which workloads a Service selects, found without looking at every workload for every Service.

use std::cell::Cell;

use foldhash::{HashMap, HashMapExt};
use smol_str::SmolStr;

use crate::inventory::{Inventory, LabelValue, Service, Workload};

/// Workloads by namespace and label.
pub(super) struct Selection<'a> {
    workloads: &'a [Workload],
    /// Their positions.
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// Which of them some Service was found to select.
    selected: Vec<Cell<bool>>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut by_label: HashMap<_, Vec<_>> = HashMap::new();
        for (position, workload) in inventory.workloads.iter().enumerate() {
            let namespace = workload.object.namespace().effective();
            for (key, value) in &workload.labels {
                if let Some(value) = LabelValue::text(value) {
                    by_label.entry((namespace, key.as_str(), value)).or_default().push(position);
                }
            }
        }
        let workloads = inventory.workloads.as_slice();
        Self { workloads, by_label, selected: vec![Cell::new(false); workloads.len()] }
    }

    /// The workloads that the Service selects, in the order of the input.
    pub(super) fn of(&self, service: &'a Service) -> Vec<&'a Workload> {
        let namespace = service.namespace().effective();
        let with = |(key, value): (&'a SmolStr, &'a SmolStr)| {
            self.by_label.get(&(namespace, key.as_str(), value.as_str())).map_or(&[][..], Vec::as_slice)
        };
        // The rarest of the selector's labels leaves the fewest workloads to look at.
        let candidates = service.selector.iter().map(with).min_by_key(|workloads| workloads.len());
        let selected = |position: &usize| {
            let workload = self.workloads.get(*position).filter(|workload| workload.is_selected_by(service))?;
            self.selected.get(*position)?.set(true);
            Some(workload)
        };
        candidates.unwrap_or_default().iter().filter_map(selected).collect()
    }

    /// The workloads that some Service was found to select, or that none was.
    pub(super) fn found(&self, selected: bool) -> impl Iterator<Item = &'a Workload> {
        self.workloads.iter().zip(&self.selected).filter(move |(_, is)| is.get() == selected).map(|(each, _)| each)
    }
}
