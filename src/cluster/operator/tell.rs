//! What the operator tells people in the cluster: Events on Services, and the status of its own resources.

use std::collections::{HashMap, HashSet};

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::ApiResource;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use serde_json::{Value, json};
use tracing::{debug, warn};

use super::index::Kept;
use super::write::{MANAGER, WriteError, within};
use crate::finding::{Code, Finding, Severity};

/// What a server answers of an object that is gone.
const NOT_FOUND: u16 = 404;
/// The longest text that an Event holds, in bytes.
const LONGEST_NOTE: usize = 1000;

/// What is said while proxies are told of subsets or routes.
pub(super) const IN_PROGRESS: &str = "rules are being written, subsets before the routes to them";

/// Tells once, not at every look.
pub(super) struct Teller {
    client: Client,
    recorder: Recorder,
    /// What was told of each Service, by namespace and name.
    told: HashMap<(String, String), HashSet<String>>,
}

/// A Service that something is told of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
}

impl Teller {
    pub(super) fn new(client: &Client, replica: &str) -> Self {
        let reporter = Reporter { controller: MANAGER.to_owned(), instance: Some(replica.to_owned()) };
        Self { client: client.clone(), recorder: Recorder::new(client.clone(), reporter), told: HashMap::new() }
    }

    /// What is the case with a Service now: what is new among it becomes Events, and what is over may be told again.
    pub(super) async fn service(&mut self, subject: Subject<'_>, findings: &[Finding], troubles: &[String]) {
        let warnings = findings.iter().filter(|finding| finding.severity != Severity::Info);
        let warnings = warnings.map(|finding| (finding.code.id().to_owned(), finding.sentences()));
        let troubles = troubles.iter().map(|trouble| ("WriteFailed".to_owned(), trouble.clone()));
        let now: Vec<(String, String)> = warnings.chain(troubles).collect();
        let key = (subject.namespace.to_owned(), subject.name.to_owned());
        let before = self.told.remove(&key).unwrap_or_default();
        for (reason, note) in now.iter().filter(|(_, note)| !before.contains(note)) {
            self.event(subject, reason, note).await;
        }
        if !now.is_empty() {
            self.told.insert(key, now.into_iter().map(|(_, note)| note).collect());
        }
    }

    /// Something that happened once.
    pub(super) async fn event(&self, subject: Subject<'_>, reason: &str, note: &str) {
        let mut note = note.to_owned();
        while note.len() > LONGEST_NOTE {
            note.pop();
        }
        let event = Event {
            type_: EventType::Warning,
            reason: reason.to_owned(),
            note: Some(note),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        let service = ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Service".to_owned()),
            namespace: Some(subject.namespace.to_owned()),
            name: Some(subject.name.to_owned()),
            uid: Some(subject.uid.to_owned()),
            ..ObjectReference::default()
        };
        // An Event is a courtesy: a namespace that is going takes none, and nothing waits for it.
        if let Err(error) = self.recorder.publish(&event, &service).await {
            debug!(namespace = subject.namespace, service = subject.name, %error, "no Event could be written");
        }
    }

    /// Writes the status of a resource where it is another than it was. Returns whether it is as it should be.
    pub(super) async fn status(
        &self,
        resource: &ApiResource,
        namespace: &str,
        name: &str,
        kept: &Kept,
        state: &State,
    ) -> bool {
        let before = kept.object.get("status").cloned().unwrap_or_default();
        let status = state.status(kept, &before);
        if before == status {
            return true;
        }
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), namespace, resource);
        let patch = Patch::Merge(json!({ "status": status }));
        let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let written = within(async { api.patch_status(name, &parameters, &patch).await.map_err(WriteError::from) });
        match written.await {
            Err(WriteError::Api(kube::Error::Api(status))) if status.code == NOT_FOUND => true,
            Err(error) => {
                warn!(namespace, name, kind = resource.kind, %error, "the status could not be written");
                false
            }
            Ok(_) => true,
        }
    }
}

/// What is to be said of an `Overrides` or a `Workload`.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Why it is not accepted; the reason is a word.
    pub(super) refusal: Option<(&'static str, String)>,
    /// What keeps it from being in force.
    pub(super) pending: Option<(&'static str, String)>,
    /// Of a Workload: whether the VirtualService and the DestinationRule are there.
    pub(super) objects: Option<(bool, bool)>,
}

impl State {
    fn status(&self, kept: &Kept, before: &Value) -> Value {
        let generation = kept.object.pointer("/metadata/generation").cloned().unwrap_or_default();
        let accepted = match &self.refusal {
            None => ("True", "Accepted", "It is followed".to_owned()),
            Some((reason, message)) => ("False", *reason, message.clone()),
        };
        let programmed = match (&self.refusal, &self.pending) {
            (Some(_), _) => ("False", "NotAccepted", "Nothing is changed while it is not accepted".to_owned()),
            (None, Some((reason, message))) => ("False", *reason, message.clone()),
            (None, None) => ("True", "Programmed", "The API server holds all that follows from it".to_owned()),
        };
        let conditions = [("Accepted", accepted), ("Programmed", programmed)];
        let conditions = conditions.map(|(kind, said)| condition(kind, &said, &generation, before));
        let mut status = json!({ "observedGeneration": generation, "conditions": conditions });
        if let (Some((routes, subsets)), Some(fields)) = (self.objects, status.as_object_mut()) {
            let word = |there| Value::from(if there { "CREATED" } else { "PENDING" });
            fields.insert("virtualServiceState".to_owned(), word(routes));
            fields.insert("destinationRuleState".to_owned(), word(subsets));
        }
        status
    }
}

/// A condition; the time is that of its last change.
fn condition(kind: &str, said: &(&str, &str, String), generation: &Value, before: &Value) -> Value {
    let (status, reason, message) = said;
    let word = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
    let mut known = before.get("conditions").and_then(Value::as_array).into_iter().flatten();
    let known = known.find(|condition| word(condition, "type").as_deref() == Some(kind));
    let since = known.filter(|known| word(known, "status").as_deref() == Some(status));
    let since = since.and_then(|known| known.get("lastTransitionTime").cloned());
    let now = || Value::from(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    json!({
        "type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": generation,
        "lastTransitionTime": since.unwrap_or_else(now),
    })
}

/// What is to be said of a policy. `more` says whether something is still to be written because of it.
pub(super) fn policy_state(refusal: Option<&Finding>, troubles: &[String], more: bool) -> State {
    let refusal = refusal.map(|finding| {
        let reason = if finding.code == Code::SeveralPolicies { "SeveralPolicies" } else { "Invalid" };
        (reason, finding.sentences())
    });
    let trouble = troubles.first().map(|trouble| ("WriteFailed", trouble.clone()));
    let pending = trouble.or_else(|| more.then(|| ("InProgress", IN_PROGRESS.to_owned())));
    State { refusal, pending, objects: None }
}
