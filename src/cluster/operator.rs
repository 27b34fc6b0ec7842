//! The operator: keeps a cluster's rules right while Services and versions come and go.
//!
//! ```text
//! watches ─► index ─► judge (the same plan as for files) ─► step ─► write
//!              ▲                                                      │
//!              └──────────────── what the API server says ◄───────────┘
//! ```
//!
//! Nothing is remembered that the API server does not say, but for how long ago a subset came: a restart loses nothing.
//! A namespace is looked at when something in it changed, after a short while in which more may come, and at long
//! intervals. It writes what it owns and nothing else, and needs no finalizer: what it wrote goes with its Service.

mod exposed;
mod index;
mod judge;
mod lease;
mod metrics;
mod pauses;
mod reconcile;
mod schedule;
mod serve;
mod step;
mod tell;
mod watch;
mod write;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::stream::{BoxStream, SelectAll, select_all};
use futures::{FutureExt, StreamExt};
use kube::Client;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tracing::{error, info, warn};

use super::catalogue::{Catalogue, KnownKind};
use crate::config::Policy;
use index::{Index, News, Touched};
use lease::Leadership;
use metrics::OfKind;
use reconcile::Reconciler;
use schedule::Schedule;
use serve::Health;
use watch::Heard;

/// How often it is looked whether kinds came that were missing, and all namespaces are looked at again.
const CATALOGUE_INTERVAL: Duration = Duration::from_secs(30);
const RESYNC_INTERVAL: Duration = Duration::from_secs(600);
/// How long a namespace rests after a change before it is looked at: changes come in swarms.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// What the operator is told at its start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The namespaces that it keeps; all where there is none.
    pub namespaces: Vec<String>,
    /// The policy of namespaces that have none of their own.
    pub policy: Policy,
    /// How long proxies get to hear of a subset before routes lead to it, and of routes before their subsets go.
    pub settle: Duration,
    /// Where `/healthz`, `/readyz` and `/metrics` are served.
    pub address: SocketAddr,
    /// The namespace and name of the lease.
    pub lease: (String, String),
    /// What this replica is called.
    pub replica: String,
}

/// Runs until `shutdown` is done, then gives the lease back.
///
/// # Errors
/// [`OperatorError`] when the port for health and metrics cannot be had.
pub async fn run(client: Client, options: Options, shutdown: impl Future<Output = ()>) -> Result<(), OperatorError> {
    let (namespace, name) = &options.lease;
    let leadership = Arc::new(Leadership::new(&client, namespace, name, &options.replica));
    let health = Arc::new(Health::new(Arc::clone(&leadership)));
    let listener = serve::listen(options.address)
        .await
        .map_err(|source| OperatorError::Port { address: options.address, source })?;
    tokio::spawn(serve::serve(listener, Arc::clone(&health)));
    let renewing = tokio::spawn(keep_lease(Arc::clone(&leadership)));
    let mut keeper = Keeper::new(client, options, health, Arc::clone(&leadership));
    tokio::select! {
        () = keeper.keep() => {}
        () = shutdown => info!("asked to stop"),
    }
    renewing.abort();
    if let Err(error) = leadership.release().await {
        warn!(%error, "the lease could not be given back");
    }
    Ok(())
}

/// Why the operator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The port for health and metrics is not to be had.
    #[error("cannot listen on {address}: {source}")]
    Port {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

async fn keep_lease(leadership: Arc<Leadership>) {
    let mut ticks = interval(lease::RENEWAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut led = false;
    loop {
        ticks.tick().await;
        let asked = tokio::time::timeout(lease::RENEWAL, leadership.renew()).await;
        match asked {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => warn!(error = write::sentence(&error), "the lease could not be renewed"),
            Err(_) => warn!("the lease could not be renewed in time"),
        }
        let leads = leadership.is_held();
        if leads != led {
            info!(leads, "leadership changed");
            led = leads;
        }
    }
}

/// The loop, and all that it holds.
struct Keeper {
    client: Client,
    options: Options,
    health: Arc<Health>,
    leadership: Arc<Leadership>,
    index: Index,
    schedule: Schedule,
    reconciler: Reconciler,
    watches: SelectAll<BoxStream<'static, Heard>>,
    watched: HashSet<KnownKind>,
    /// The kind of each watch, and whether it has begun before.
    begun: Vec<(KnownKind, bool)>,
}

impl Keeper {
    fn new(client: Client, options: Options, health: Arc<Health>, leadership: Arc<Leadership>) -> Self {
        let reconciler = Reconciler::new(&client, &options, Arc::clone(&health), Arc::clone(&leadership));
        Self {
            client,
            options,
            health,
            leadership,
            index: Index::default(),
            schedule: Schedule::default(),
            reconciler,
            watches: select_all([]),
            watched: HashSet::new(),
            begun: Vec::new(),
        }
    }

    async fn keep(&mut self) {
        let mut catalogue = interval(CATALOGUE_INTERVAL);
        let mut resync = interval(RESYNC_INTERVAL);
        for ticks in [&mut catalogue, &mut resync] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut lease = interval(lease::RENEWAL);
        let mut led = false;
        loop {
            let due = self.schedule.next().unwrap_or_else(|| Instant::now() + CATALOGUE_INTERVAL);
            tokio::select! {
                _ = catalogue.tick() => self.look_for_kinds().await,
                Some((watch, heard)) = self.watches.next(), if !self.watches.is_empty() => self.hear(watch, heard),
                _ = lease.tick() => {
                    let leads = self.leadership.is_held();
                    if leads && !led {
                        self.touch_all();
                    }
                    led = leads;
                }
                _ = resync.tick() => self.touch_all(),
                () = sleep_until(due) => self.reconcile_due().await,
            }
        }
    }

    /// Watches what the cluster has by now.
    async fn look_for_kinds(&mut self) {
        let catalogue = match tokio::time::timeout(write::WRITE_TIMEOUT, Catalogue::read(&self.client)).await {
            Ok(Ok(catalogue)) => catalogue,
            Ok(Err(error)) => return warn!(%error, "the kinds of the cluster could not be read"),
            Err(_) => return warn!("the kinds of the cluster could not be read in time"),
        };
        if let Err(error) = catalogue.require_istio() {
            return error!(%error, "waiting for Istio");
        }
        for kind in catalogue.kinds() {
            if !self.watched.insert(kind.known) {
                continue;
            }
            let namespaces: Vec<Option<String>> = if self.options.namespaces.is_empty() {
                vec![None]
            } else {
                self.options.namespaces.iter().cloned().map(Some).collect()
            };
            for namespace in namespaces {
                let number = self.index.add(kind, namespace.clone());
                self.begun.push((kind.known, false));
                self.watches.push(watch::watch(&self.client, number, kind, namespace.as_deref()));
            }
        }
    }

    fn hear(&mut self, watch: usize, heard: Result<News, kube::runtime::watcher::Error>) {
        let news = match heard {
            Ok(news) => news,
            Err(error) => {
                let kind = self.begun.get(watch).map_or("", |(kind, _)| kind.kind);
                self.health.metrics.restarts.get_or_create(&OfKind { kind }).inc();
                return warn!(kind, %error, "a watch broke, and begins anew after a while");
            }
        };
        if let (News::Begins, Some((kind, begun))) = (&news, self.begun.get_mut(watch)) {
            if *begun {
                self.health.metrics.restarts.get_or_create(&OfKind { kind: kind.kind }).inc();
            }
            *begun = true;
        }
        let is_list = matches!(news, News::Complete);
        for touched in self.index.take(watch, news) {
            match touched {
                Touched::Namespace(namespace) => self.schedule.touch(&namespace, DEBOUNCE),
                Touched::All => self.touch_all(),
            }
        }
        if is_list {
            let is_complete = self.index.is_complete() && !self.watched.is_empty();
            if is_complete && !self.health.is_ready.swap(is_complete, Ordering::Relaxed) {
                info!(objects = ?self.index.counts(), "the cluster is known");
            }
            self.touch_all();
        }
    }

    /// Takes in what has been said meanwhile: what is judged is to be the newest.
    fn hear_all(&mut self) {
        while let Some(Some((watch, heard))) = self.watches.next().now_or_never() {
            self.hear(watch, heard);
        }
    }

    fn touch_all(&mut self) {
        for namespace in self.index.namespaces() {
            self.schedule.touch(&namespace, DEBOUNCE);
        }
    }

    async fn reconcile_due(&mut self) {
        for namespace in self.schedule.due() {
            self.hear_all();
            // What is not known yet looks like what is not there.
            if !self.leadership.is_held() || !self.index.knows(&namespace) {
                continue;
            }
            let pause = self.reconciler.reconcile(&mut self.index, &namespace).await;
            if let Some(pause) = pause {
                self.schedule.touch(&namespace, pause);
            }
        }
    }
}
