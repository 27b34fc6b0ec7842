//! Which replica writes: the holder of a `Lease`.
//!
//! As in client-go, clocks are not compared between machines. Another's lease has run out when nothing was heard of it
//! for as long as it lasts, by this machine's clock; one's own counts as lost a good while before others may take it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};

/// How long a lease lasts that nobody renews.
pub(super) const DURATION: Duration = Duration::from_secs(15);
/// How often the holder renews it, and others look.
pub(super) const RENEWAL: Duration = Duration::from_secs(3);
/// How long after its last renewal the holder still writes. The rest is for a write that is under way.
const TRUST: Duration = Duration::from_secs(6);

/// The lease, as this replica sees it.
pub(super) struct Leadership {
    api: Api<Lease>,
    name: String,
    holder: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When this replica last knew that it holds the lease.
    renewed: Option<Instant>,
    /// The version of the lease that was last seen, and when it was first.
    seen: Option<(String, Instant)>,
}

impl Leadership {
    pub(super) fn new(client: &Client, namespace: &str, name: &str, holder: &str) -> Self {
        let api = Api::namespaced(client.clone(), namespace);
        Self { api, name: name.to_owned(), holder: holder.to_owned(), state: Mutex::default() }
    }

    /// Whether this replica may write now.
    pub(super) fn is_held(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.renewed.is_some_and(|renewed| renewed.elapsed() < TRUST)
    }

    /// Takes the lease, renews it, or sees who holds it. To be called every [`RENEWAL`].
    ///
    /// # Errors
    /// Whatever the API server says. A lease that was held goes on being held until it is too old to be trusted.
    pub(super) async fn renew(&self) -> kube::Result<bool> {
        let asked = Instant::now();
        let held = match self.api.get_opt(&self.name).await? {
            None => self.create().await?,
            Some(lease) if self.may_take(&lease) => self.take(lease).await?,
            Some(_) => false,
        };
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.renewed = held.then_some(asked);
        Ok(held)
    }

    /// Gives the lease back, so that another replica need not wait.
    pub(super) async fn release(&self) -> kube::Result<()> {
        let held = self.is_held();
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).renewed = None;
        if !held {
            return Ok(());
        }
        let Some(mut lease) = self.api.get_opt(&self.name).await? else { return Ok(()) };
        if let Some(spec) = lease.spec.as_mut().filter(|spec| spec.holder_identity.as_ref() == Some(&self.holder)) {
            spec.holder_identity = None;
            spec.lease_duration_seconds = Some(1);
            self.replace(&lease).await?;
        }
        Ok(())
    }

    fn may_take(&self, lease: &Lease) -> bool {
        let holder = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref()).unwrap_or_default();
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.seen.as_ref().is_none_or(|(seen, _)| *seen != version) {
            state.seen = Some((version, Instant::now()));
        }
        let lasts = lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds).unwrap_or_default();
        let lasts = Duration::from_secs(u64::try_from(lasts).unwrap_or_default());
        let has_run_out = state.seen.as_ref().is_some_and(|(_, since)| since.elapsed() > lasts);
        holder.is_empty() || holder == self.holder || has_run_out
    }

    async fn create(&self) -> kube::Result<bool> {
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(self.spec(None)) };
        won(self.api.create(&PostParams::default(), &lease).await)
    }

    /// The version that was read goes along: if another replica was quicker, the server refuses.
    async fn take(&self, mut lease: Lease) -> kube::Result<bool> {
        lease.spec = Some(self.spec(lease.spec.take()));
        self.replace(&lease).await
    }

    async fn replace(&self, lease: &Lease) -> kube::Result<bool> {
        won(self.api.replace(&self.name, &PostParams::default(), lease).await)
    }

    fn spec(&self, before: Option<LeaseSpec>) -> LeaseSpec {
        let now = Some(MicroTime(Timestamp::now()));
        let before = before.unwrap_or_default();
        let is_own = before.holder_identity.as_ref() == Some(&self.holder);
        LeaseSpec {
            holder_identity: Some(self.holder.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: if is_own { before.acquire_time } else { now.clone() },
            renew_time: now,
            lease_transitions: Some(before.lease_transitions.unwrap_or_default() + i32::from(!is_own)),
            ..LeaseSpec::default()
        }
    }
}

/// A conflict is an answer: another replica has it.
fn won(outcome: kube::Result<Lease>) -> kube::Result<bool> {
    match outcome {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
