//! Autoscalers and disruption budgets, by the Pods that they count.

use std::cell::OnceCell;

use foldhash::{HashMap, HashSet};

use crate::inventory::{Counts, Inventory, PodCounter, PodSelector, Workload};

/// Objects that count Pods, found without looking at all of them for every workload.
pub(super) struct Counters<'a> {
    inventory: &'a Inventory,
    index: OnceCell<Index<'a>>,
}

/// A disruption budget and its selector.
pub(super) type Selected<'a> = (&'a PodCounter, &'a PodSelector);

#[derive(Default)]
struct Index<'a> {
    /// By namespace, and kind and name of the workload whose Pods they count.
    by_target: HashMap<(&'a str, &'a str, &'a str), Vec<&'a PodCounter>>,
    /// By namespace and the first label of their selector.
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<Selected<'a>>>,
    /// By namespace, those whose selector has no label.
    others: HashMap<&'a str, Vec<Selected<'a>>>,
}

impl<'a> Counters<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, index: OnceCell::new() }
    }

    fn index(&self) -> &Index<'a> {
        self.index.get_or_init(|| {
            let mut index = Index::default();
            for counter in &self.inventory.counters {
                let namespace = counter.object.namespace().effective();
                match &counter.counts {
                    Counts::PodsOf { kind, name } => {
                        index.by_target.entry((namespace, kind, name)).or_default().push(counter);
                    }
                    Counts::Selected(selector) => match selector.labels.iter().next() {
                        Some((key, value)) => {
                            index.by_label.entry((namespace, key, value)).or_default().push((counter, selector));
                        }
                        None => index.others.entry(namespace).or_default().push((counter, selector)),
                    },
                }
            }
            index
        })
    }

    /// Those that count the Pods of a workload by its selector.
    pub(super) fn of(&self, workload: &'a Workload) -> &[&'a PodCounter] {
        if self.inventory.counters.is_empty() {
            return &[];
        }
        let object = &workload.object;
        let key = (object.namespace().effective(), object.reference.kind.as_str(), object.name());
        self.index().by_target.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Those whose selector could be about some of these workloads, each once.
    pub(super) fn near(&self, workloads: impl Iterator<Item = &'a Workload>) -> Vec<Selected<'a>> {
        if self.inventory.counters.is_empty() {
            return Vec::new();
        }
        let index = self.index();
        let mut found: Vec<Selected<'a>> = Vec::new();
        let mut seen = HashSet::default();
        for workload in workloads {
            let namespace = workload.object.namespace().effective();
            let labels =
                workload.labels.iter().filter_map(|(key, value)| Some((namespace, key.as_str(), value.text()?)));
            let by_label = labels.filter_map(|label| index.by_label.get(&label)).flatten();
            let others = index.others.get(namespace).into_iter().flatten();
            found.extend(by_label.chain(others).filter(|(counter, _)| seen.insert(std::ptr::from_ref(*counter))));
        }
        found
    }
}
