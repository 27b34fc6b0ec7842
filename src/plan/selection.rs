//! Which workloads a Service selects, found without looking at every workload for every Service.

use std::cell::Cell;

use foldhash::{HashMap, HashMapExt};
use smol_str::SmolStr;

use crate::inventory::{Inventory, LabelValue, Namespace, Service, Workload};

/// Workloads by namespace and label.
pub(super) struct Selection<'a> {
    workloads: &'a [Workload],
    /// Their positions.
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// Which of them some Service was found to select, or was told to leave out.
    selected: Vec<Cell<bool>>,
}

/// Where a workload stands in the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position(usize);

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
        let candidates = self.candidates(service.namespace(), service.selector.iter());
        let selected = |position: &usize| {
            let workload = self.workloads.get(*position).filter(|workload| workload.is_selected_by(service))?;
            self.selected.get(*position)?.set(true);
            Some(workload)
        };
        candidates.iter().filter_map(selected).collect()
    }

    /// The workloads that some Service was found to select, or that none was.
    pub(super) fn found(&self, selected: bool) -> impl Iterator<Item = &'a Workload> {
        self.workloads.iter().zip(&self.selected).filter(move |(_, is)| is.get() == selected).map(|(each, _)| each)
    }

    /// The workloads of a namespace whose Pods have all these labels, in the order of the input; none for no labels.
    pub(super) fn having<'s>(
        &'s self,
        namespace: Namespace<'a>,
        labels: &'s [(&'a SmolStr, &'a SmolStr)],
    ) -> impl Iterator<Item = (Position, &'a Workload)> + use<'a, 's> {
        let candidates = self.candidates(namespace, labels.iter().copied()).iter();
        let has = |workload: &Workload, (key, value): (&SmolStr, &SmolStr)| {
            workload.labels.get(key).and_then(LabelValue::text) == Some(value)
        };
        let workloads = candidates.filter_map(|position| Some((Position(*position), self.workloads.get(*position)?)));
        workloads.filter(move |(_, workload)| labels.iter().all(|label| has(workload, *label)))
    }

    /// Notes that a Service was told to leave a workload out, so that nobody says once more that none selects it.
    pub(super) fn note_left_out(&self, position: Position) {
        if let Some(selected) = self.selected.get(position.0) {
            selected.set(true);
        }
    }

    /// The positions of the workloads that have the rarest of the labels, which leaves the fewest to look at.
    fn candidates(
        &self,
        namespace: Namespace<'a>,
        labels: impl Iterator<Item = (&'a SmolStr, &'a SmolStr)>,
    ) -> &[usize] {
        let namespace = namespace.effective();
        let with = |(key, value): (&'a SmolStr, &'a SmolStr)| {
            self.by_label.get(&(namespace, key.as_str(), value.as_str())).map_or(&[][..], Vec::as_slice)
        };
        labels.map(with).min_by_key(|workloads| workloads.len()).unwrap_or_default()
    }
}
