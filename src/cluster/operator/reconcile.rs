//! One namespace: from what is there towards what is wanted, as far as that can be done now.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use kube::Client;
use serde_json::Value;
use tracing::{debug, info, warn};

use super::Options;
use super::index::Index;
use super::judge::{Judged, Owned, Verdict, judge};
use super::lease::Leadership;
use super::metrics::OfKind;
use super::pauses::Pauses;
use super::serve::Health;
use super::step::{self, Next, Part, Settled, Step};
use super::tell::{IN_PROGRESS, State, Subject, Teller, policy_state};
use super::write::{self, Owner, WriteError, Written};
use crate::config;
use crate::config::Policy;
use crate::finding::Severity;
use crate::inventory::{LAUNCHPAD_GROUP, LAUNCHPAD_KIND};
use crate::istio::DestinationRule;
use crate::istio::IstioResource;

/// Writes that are under way at once.
const CONCURRENCY: usize = 8;
/// The longest pause after something went wrong.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// When something about a Service changed last, by this replica's clock.
#[derive(Debug, Clone, Copy, Default)]
struct Ages {
    subsets: Option<Instant>,
    routes: Option<Instant>,
}

/// Brings namespaces up to date.
pub(super) struct Reconciler {
    client: Client,
    policy: Policy,
    settle: Duration,
    health: Arc<Health>,
    leadership: Arc<Leadership>,
    teller: Teller,
    ages: HashMap<(String, String), Ages>,
    /// The pauses of namespaces in which something went wrong the last time.
    failures: HashMap<String, Pauses>,
    owned: HashMap<String, usize>,
    /// Why nothing is done in some namespaces.
    refusals: HashMap<String, String>,
}

/// What came of one step: what is known now, and whose change was taken back.
type Taken = (Option<Learnt>, Option<String>);

/// What came of a Service's steps.
#[derive(Default)]
struct Outcome {
    /// What went wrong.
    troubles: Vec<String>,
    /// Whether there is more to do once proxies know what was done.
    more: bool,
    grew: bool,
    rerouted: bool,
    /// Changes of others that were taken back.
    taken_back: Vec<String>,
    /// What the API server holds now because of it.
    learnt: Vec<Learnt>,
}

/// What is known of the API server before a watch says so. Without it, the same would be written again.
#[derive(Debug)]
pub(super) enum Learnt {
    /// It holds this object.
    Holds(Part, Value),
    /// It holds an object no more.
    Forgot(Part, Owned),
}

impl Reconciler {
    pub(super) fn new(client: &Client, options: &Options, health: Arc<Health>, leadership: Arc<Leadership>) -> Self {
        Self {
            client: client.clone(),
            policy: options.policy.clone(),
            settle: options.settle,
            health,
            leadership,
            teller: Teller::new(client, &options.replica),
            ages: HashMap::new(),
            failures: HashMap::new(),
            owned: HashMap::new(),
            refusals: HashMap::new(),
        }
    }

    /// Looks at a namespace, writes what can be written now, and says what is to be said. Returns after which while to
    /// look again, where something is left to do.
    pub(super) async fn reconcile(&mut self, index: &mut Index, namespace: &str) -> Option<Duration> {
        let begun = Instant::now();
        let verdict = judge(index, namespace, &self.policy);
        let mut outcomes = self.write_all(namespace, &verdict).await;
        let mut has_learnt = false;
        for learnt in outcomes.iter_mut().flat_map(|outcome| outcome.learnt.drain(..)) {
            index.learn(namespace, learnt);
            has_learnt = true;
        }
        let mut failed = false;
        let mut more = false;
        for (judged, outcome) in verdict.services.iter().zip(&outcomes) {
            failed |= !outcome.troubles.is_empty();
            more |= outcome.more;
            self.remember(namespace, judged, outcome);
            self.tell(namespace, judged, outcome).await;
        }
        failed |= !self.write_status(index, namespace, &verdict, &outcomes).await;
        self.log_refusal(namespace, &verdict);
        self.count(namespace, &verdict, failed, begun);
        if failed {
            let pauses = self.failures.entry(namespace.to_owned());
            return pauses.or_insert_with(|| Pauses::up_to(LONGEST_PAUSE)).next();
        }
        self.failures.remove(namespace);
        // What was written is told once it is there.
        let soon = has_learnt.then_some(super::DEBOUNCE);
        soon.into_iter().chain(more.then_some(self.settle)).min()
    }

    async fn write_all(&self, namespace: &str, verdict: &Verdict) -> Vec<Outcome> {
        if verdict.refusal.is_some() {
            return Vec::new();
        }
        let services = verdict.services.iter().map(|judged| self.write(namespace, judged));
        futures::stream::iter(services).buffered(CONCURRENCY).collect().await
    }

    async fn write(&self, namespace: &str, judged: &Judged) -> Outcome {
        let mut outcome = Outcome::default();
        if judged.hands_off {
            return outcome;
        }
        let Next { steps, more } = step::next(&judged.wanted, &judged.observed, self.settled(namespace, judged));
        outcome.more = more;
        for step in steps {
            if !self.leadership.is_held() {
                outcome.more = true;
                break;
            }
            let (grows, reroutes) = match &step {
                Step::WriteSubsets { grows, .. } => (*grows, false),
                Step::WriteRoutes { .. } => (false, true),
                Step::Delete(part) => (false, *part != Part::Subsets),
            };
            match self.take(namespace, judged, step).await {
                Ok((learnt, taken_back)) => {
                    outcome.grew |= grows;
                    outcome.rerouted |= reroutes;
                    outcome.taken_back.extend(taken_back);
                    outcome.learnt.extend(learnt);
                }
                // Nothing can be created where everything is going.
                Err(error) if error.is_terminating() => {
                    debug!(namespace, service = judged.service, "the namespace is going");
                    break;
                }
                Err(error) => {
                    warn!(namespace, service = judged.service, %error, "a rule could not be written");
                    outcome.troubles.push(error.to_string());
                    break;
                }
            }
        }
        outcome
    }

    async fn take(&self, namespace: &str, judged: &Judged, step: Step) -> Result<Taken, WriteError> {
        let (part, resource) = match step {
            Step::Delete(part) => {
                let Some(owned) = judged.owned.get(&part) else { return Ok((None, None)) };
                info!(namespace, service = judged.service, object = owned.name, "deleting");
                self.count_write(part);
                write::delete(&self.client, part, namespace, owned).await?;
                return Ok((Some(Learnt::Forgot(part, owned.clone())), None));
            }
            Step::WriteSubsets { spec, .. } => {
                let Some(IstioResource::DestinationRule(rule)) = judged.resources.get(&Part::Subsets) else {
                    return Ok((None, None));
                };
                let rule = DestinationRule::new(rule.metadata.clone(), spec);
                (Part::Subsets, IstioResource::DestinationRule(rule))
            }
            Step::WriteRoutes { part, .. } => {
                let Some(resource) = judged.resources.get(&part) else { return Ok((None, None)) };
                (part, resource.clone())
            }
        };
        let Some(uid) = &judged.uid else { return Ok((None, None)) };
        let owner = Owner { name: &judged.service, uid };
        let is_known = judged.owned.contains_key(&part);
        info!(namespace, service = judged.service, kind = %resource.kind(), "writing");
        self.count_write(part);
        let Written { object, taken_back } =
            write::apply(&self.client, part, namespace, &resource, owner, is_known).await?;
        Ok((Some(Learnt::Holds(part, object)), taken_back))
    }

    fn count_write(&self, part: Part) {
        self.health.metrics.writes.get_or_create(&OfKind { kind: part.kind() }).inc();
    }

    /// What was written by another replica, or before a restart, is taken for old: it was there when this one came.
    fn settled(&self, namespace: &str, judged: &Judged) -> Settled {
        let ages = self.ages.get(&(namespace.to_owned(), judged.service.clone())).copied().unwrap_or_default();
        let is_old = |since: Option<Instant>| since.is_none_or(|since| since.elapsed() >= self.settle);
        Settled { subsets: is_old(ages.subsets), routes: is_old(ages.routes) }
    }

    fn remember(&mut self, namespace: &str, judged: &Judged, outcome: &Outcome) {
        let key = (namespace.to_owned(), judged.service.clone());
        let is_over = judged.uid.is_none() && judged.owned.is_empty();
        if is_over {
            self.ages.remove(&key);
            return;
        }
        if outcome.grew || outcome.rerouted {
            let ages = self.ages.entry(key).or_default();
            let now = Some(Instant::now());
            ages.subsets = if outcome.grew { now } else { ages.subsets };
            ages.routes = if outcome.rerouted { now } else { ages.routes };
        }
    }

    async fn tell(&mut self, namespace: &str, judged: &Judged, outcome: &Outcome) {
        let Some(uid) = &judged.uid else { return };
        let subject = Subject { namespace, name: &judged.service, uid };
        self.teller.service(subject, &judged.findings, &outcome.troubles).await;
        for whose in &outcome.taken_back {
            self.teller
                .event(subject, "TakenBack", &format!("a change of a generated object was taken back: {whose}"))
                .await;
        }
    }

    /// Returns whether all of it is as it should be.
    async fn write_status(&self, index: &Index, namespace: &str, verdict: &Verdict, outcomes: &[Outcome]) -> bool {
        let mut is_written = true;
        let troubles: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.troubles.iter().cloned()).collect();
        let policies = index.resource(config::API_GROUP, config::KIND);
        for (name, kept) in index.objects(config::API_GROUP, config::KIND, namespace) {
            let Some(resource) = &policies else { break };
            let more = outcomes.iter().any(|outcome| outcome.more);
            let state = policy_state(verdict.refusal.as_ref(), &troubles, more);
            is_written &= self.teller.status(resource, namespace, name, kept, &state).await;
        }
        let splits = index.resource(LAUNCHPAD_GROUP, LAUNCHPAD_KIND);
        for (name, kept) in index.objects(LAUNCHPAD_GROUP, LAUNCHPAD_KIND, namespace) {
            let Some(resource) = &splits else { break };
            let state = split_state(name, verdict, outcomes);
            is_written &= self.teller.status(resource, namespace, name, kept, &state).await;
        }
        is_written
    }

    /// A policy that cannot be followed may be nobody's resource, but the default.
    fn log_refusal(&mut self, namespace: &str, verdict: &Verdict) {
        let why = verdict.refusal.as_ref().map(crate::finding::Finding::sentences);
        let known = self.refusals.get(namespace);
        match why {
            Some(why) if known != Some(&why) => {
                warn!(namespace, why, "nothing is done in this namespace");
                self.refusals.insert(namespace.to_owned(), why);
            }
            Some(_) => {}
            None => drop(self.refusals.remove(namespace)),
        }
    }

    fn count(&mut self, namespace: &str, verdict: &Verdict, failed: bool, begun: Instant) {
        let metrics = &self.health.metrics;
        metrics.reconciliations.inc();
        if failed || verdict.refusal.is_some() {
            metrics.failures.inc();
        }
        metrics.durations.observe(begun.elapsed().as_secs_f64());
        let owned = verdict.services.iter().map(|judged| judged.owned.len()).sum();
        self.owned.insert(namespace.to_owned(), owned);
        metrics.owned.set(i64::try_from(self.owned.values().sum::<usize>()).unwrap_or(i64::MAX));
    }
}

/// What is to be said of a Workload.
fn split_state(name: &str, verdict: &Verdict, outcomes: &[Outcome]) -> State {
    if let Some(finding) = &verdict.refusal {
        return State {
            pending: Some(("PolicyRefused", finding.sentences())),
            objects: Some((false, false)),
            refusal: None,
        };
    }
    let service = match verdict.splits.get(name) {
        Some(Ok(service)) => service,
        Some(Err(why)) => {
            return State { refusal: Some(("Invalid", why.clone())), objects: Some((false, false)), pending: None };
        }
        None => return State { objects: Some((false, false)), ..State::default() },
    };
    let found = verdict.services.iter().zip(outcomes).find(|(judged, _)| judged.service == *service);
    let Some((judged, outcome)) = found else { return State { objects: Some((false, false)), ..State::default() } };
    let error = judged.findings.iter().find(|finding| finding.severity == Severity::Error);
    let held = (judged.owned.contains_key(&Part::Routes), judged.owned.contains_key(&Part::Subsets));
    let pending = match outcome.troubles.first() {
        Some(trouble) => Some(("WriteFailed", trouble.clone())),
        None if judged.hands_off => {
            Some(("HandsOff", "the objects of its Service come from somewhere else".to_owned()))
        }
        None if judged.wanted.routes.is_none() => {
            let why = judged.findings.first().map(crate::finding::Finding::sentences).unwrap_or_default();
            Some(("PassedOver", why))
        }
        None if outcome.more || judged.wanted.routes != judged.observed.rules.routes => {
            Some(("InProgress", IN_PROGRESS.to_owned()))
        }
        None => None,
    };
    let refusal = error.map(|finding| ("Invalid", finding.sentences()));
    State { refusal, pending, objects: Some(held) }
}
