//! Numbers for Prometheus.

use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// A kind of objects.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfKind {
    pub(super) kind: &'static str,
}

/// What is counted.
pub(super) struct Metrics {
    registry: Registry,
    /// Namespaces that were looked at.
    pub(super) reconciliations: Counter,
    /// Those at which something went wrong.
    pub(super) failures: Counter,
    /// How long it took, in seconds.
    pub(super) durations: Histogram,
    /// Objects that were generated and are there.
    pub(super) owned: Gauge<i64, AtomicI64>,
    /// Watches that had to begin anew, by kind.
    pub(super) restarts: Family<OfKind, Counter>,
    /// Writes to the API server, by kind.
    pub(super) writes: Family<OfKind, Counter>,
    /// Whether this replica is the one that writes.
    pub(super) is_leader: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("overrides_operator"),
            reconciliations: Counter::default(),
            failures: Counter::default(),
            durations: Histogram::new(exponential_buckets(0.001, 2.0, 14)),
            owned: Gauge::default(),
            restarts: Family::default(),
            writes: Family::default(),
            is_leader: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("reconciliations", "Namespaces that were looked at", self.reconciliations.clone());
        registry.register("reconciliation_failures", "Those at which something went wrong", self.failures.clone());
        registry.register_with_unit(
            "reconciliation_duration",
            "How long it took to look at a namespace and to write what was to be written",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("objects_owned", "Generated objects that are in the cluster", self.owned.clone());
        registry.register("watch_restarts", "Watches that had to begin anew", self.restarts.clone());
        registry.register("writes", "Writes to the API server", self.writes.clone());
        registry.register("is_leader", "Whether this replica is the one that writes", self.is_leader.clone());
        self
    }

    /// All numbers, as Prometheus reads them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing into memory does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
