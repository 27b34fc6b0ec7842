//! When each namespace is looked at next.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Namespaces, and when their turn is.
#[derive(Debug, Default)]
pub(super) struct Schedule(HashMap<String, Instant>);

impl Schedule {
    /// Has a namespace looked at after a while, or sooner where that was settled before.
    pub(super) fn touch(&mut self, namespace: &str, after: Duration) {
        let at = Instant::now() + after;
        match self.0.get_mut(namespace) {
            Some(known) => *known = at.min(*known),
            None => drop(self.0.insert(namespace.to_owned(), at)),
        }
    }

    /// When the next turn is.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    /// The namespaces whose turn has come, in order; they are no longer on the schedule.
    pub(super) fn due(&mut self) -> Vec<String> {
        let now = Instant::now();
        let mut due: Vec<(Instant, String)> =
            self.0.extract_if(|_, at| *at <= now).map(|(namespace, at)| (at, namespace)).collect();
        due.sort();
        due.into_iter().map(|(_, namespace)| namespace).collect()
    }
}
