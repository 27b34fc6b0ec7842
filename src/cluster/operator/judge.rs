//! One namespace, judged: what each of its Services is to have, what it has, and what its owner should know.

use std::collections::HashMap;

use serde_json::Value;

use super::exposed::Elsewhere;
use super::index::{Index, Kept, text};
use super::step::{Altered, Observed, Part, Rules};
use crate::config::{self, Existing, Policy, Unversioned};
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{GENERATED_FOR, Inventory, LAUNCHPAD_GROUP, LAUNCHPAD_KIND, LaunchpadWorkload, Service};
use crate::istio::{self, IstioResource};
use crate::krm::Manifests;
use crate::plan::{Change, MANAGED_BY, leads_to_stated_default, plan_some};

/// Marks of tools that carry objects from a repository into the cluster, and would fight over them.
const DELIVERY_LABELS: [&str; 4] = [
    "argocd.argoproj.io/instance",
    "helm.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/name",
    "app.kubernetes.io/instance",
];
const DELIVERY_ANNOTATIONS: [&str; 3] =
    ["argocd.argoproj.io/tracking-id", "config.k8s.io/owning-inventory", "meta.helm.sh/release-name"];

/// An object that the operator owns.
#[derive(Debug, Clone)]
pub(super) struct Owned {
    pub(super) name: String,
    pub(super) uid: String,
}

/// A Service, or the name of one that is gone and has left objects behind.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) service: String,
    /// None where the Service is gone.
    pub(super) uid: Option<String>,
    pub(super) wanted: Rules,
    /// The wanted objects themselves, by part.
    pub(super) resources: HashMap<Part, IstioResource>,
    pub(super) observed: Observed,
    pub(super) owned: HashMap<Part, Owned>,
    /// The names of launchpad's Workloads that are about it.
    pub(super) splits: Vec<String>,
    /// What the owner of the Service should know.
    pub(super) findings: Vec<Finding>,
    /// Whether nothing is done for it, and nothing taken away: its objects come from a repository, or it cannot be
    /// judged.
    pub(super) hands_off: bool,
}

/// A namespace.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) services: Vec<Judged>,
    /// The Service that each of launchpad's Workloads is about, or why none can be told.
    pub(super) splits: HashMap<String, Result<String, String>>,
    /// What is wrong with the namespace as a whole: a policy that cannot be read above all. Then nothing is done in it.
    pub(super) refusal: Option<Finding>,
}

impl Verdict {
    /// A Service is exposed where another one is. An error keeps both as they are, and harms no other.
    fn note_conflict(&mut self, service: &str, finding: Finding) {
        let Some(judged) = self.services.iter_mut().find(|judged| judged.service == service) else { return };
        judged.hands_off |= finding.severity == Severity::Error;
        judged.findings.push(finding);
    }

    /// What cannot be read keeps what it has: a Service, or that of a Workload.
    fn note_unreadable(&mut self, index: &Index, namespace: &str, finding: Finding) {
        let Some(object) = finding.place.object.clone() else { return };
        let service = match object.kind.as_str() {
            "Service" => object.name.to_string(),
            "Workload" => {
                self.splits.insert(object.name.to_string(), Err(finding.sentences()));
                let all = index.objects(LAUNCHPAD_GROUP, LAUNCHPAD_KIND, namespace);
                let kept = all.into_iter().find(|(name, _)| *name == object.name);
                let host = kept.map(|(_, kept)| text(&kept.object, "/spec/host").to_owned()).unwrap_or_default();
                host.split('.').next().unwrap_or_default().to_owned()
            }
            _ => return,
        };
        if let Some(judged) = self.services.iter_mut().find(|judged| judged.service == service) {
            judged.hands_off = true;
            judged.findings.push(finding);
            return;
        }
        let findings = vec![finding];
        self.services.push(Judged { service, findings, hands_off: true, ..Judged::default() });
    }
}

/// Whether a Workload is about a Service of its own namespace.
fn splits_service(split: &LaunchpadWorkload, service: &Service) -> bool {
    let mut host = split.host.as_deref().unwrap_or_default().split('.');
    let named = host.next() == Some(service.name());
    let namespace = host.next().unwrap_or(split.object.namespace().effective());
    named && namespace == service.namespace().effective()
}

/// Judges a namespace. `fallback` is the policy of namespaces without one.
pub(super) fn judge(index: &Index, namespace: &str, fallback: &Policy) -> Verdict {
    let policy = match policy_of(index, namespace, fallback) {
        Ok(policy) => policy,
        Err(finding) => return Verdict { refusal: Some(finding.without_files()), ..Verdict::default() },
    };
    let elsewhere = Elsewhere::beside(index, namespace, &policy, fallback);
    let documents = index.documents(namespace).chain(elsewhere.documents()).map(|document| (String::new(), document));
    let manifests = match Manifests::parse(documents) {
        Ok(manifests) => manifests,
        // What was written from values can be read again.
        Err(error) => return Verdict { refusal: Some(Finding::from(&error).without_files()), ..Verdict::default() },
    };
    let (mut inventory, unreadable) = Inventory::read(manifests.items());
    let services = std::mem::take(&mut inventory.services);
    inventory.neighbours.clone_from(&services);
    let splits = std::mem::take(&mut inventory.launchpad_workloads);
    let conflicts = elsewhere.conflicts(&inventory, &services, namespace, &policy);
    let mut judged: Vec<Judged> = Vec::new();
    for service in services.into_iter().filter(|service| service.namespace().effective() == namespace) {
        inventory.launchpad_workloads =
            splits.iter().filter(|split| splits_service(split, &service)).cloned().collect();
        judged.push(judge_service(&mut inventory, service, &policy));
    }
    let mut verdict = Verdict { services: judged, splits: HashMap::new(), refusal: None };
    for (service, finding) in conflicts {
        verdict.note_conflict(&service, finding);
    }
    let is_here = |finding: &Finding| {
        let object = finding.place.object.as_ref();
        object.is_none_or(|object| object.namespace.as_deref().is_none_or(|written| written == namespace))
    };
    for finding in unreadable.into_iter().filter(is_here) {
        verdict.note_unreadable(index, namespace, finding.without_files());
    }
    for split in &splits {
        let found = verdict.services.iter().find(|judged| judged.splits.iter().any(|name| name == split.object.name()));
        let service = found.map(|judged| judged.service.clone());
        verdict.splits.entry(split.object.name().to_owned()).or_insert(service.ok_or_else(|| {
            let host = split.host.as_deref().unwrap_or_default();
            format!("there is no Service for its host `{host}`. Correct the host, or create the Service")
        }));
    }
    for judged in &mut verdict.services {
        let found = index.objects("", "Service", namespace).find(|(name, _)| *name == judged.service);
        judged.uid = found.map(|(_, kept)| kept.uid().to_owned());
    }
    observe(index, namespace, &mut verdict.services);
    verdict.services.iter_mut().for_each(|judged| keep_stated_default(judged, &policy));
    verdict
}

/// Requests that go to the default which the policy states do not move to another version because its workloads are
/// gone.
fn keep_stated_default(judged: &mut Judged, policy: &Policy) {
    let Rules { subsets, routes, .. } = &judged.observed.rules;
    let is_kept = leads_to_stated_default(routes.as_ref(), subsets.as_ref(), policy);
    let replaced = judged.findings.iter_mut().find(|finding| finding.code == Code::DefaultReplaced);
    let Some(finding) = replaced.filter(|_| is_kept) else { return };
    finding.severity = Severity::Error;
    finding.message = format!(
        "no workload of this Service has the version `{}`, which the policy states as the default, and its rules send \
         requests there: they stay as they are",
        policy.default_version.as_str()
    );
    judged.hands_off = true;
}

/// The policy of a namespace, as far as an operator can follow it: it never edits what it does not own.
pub(super) fn policy_of(index: &Index, namespace: &str, fallback: &Policy) -> Result<Policy, Box<Finding>> {
    let documents: Vec<&str> = index
        .objects(config::API_GROUP, config::KIND, namespace)
        .filter_map(|(_, kept)| kept.document.as_deref())
        .collect();
    let manifests = Manifests::parse(documents.into_iter().map(|document| (String::new(), document)));
    let own = match &manifests {
        Ok(manifests) => crate::transform::policy_among(manifests.items())?,
        Err(error) => return Err(Box::new(Finding::from(error))),
    };
    let policy = own.unwrap_or_else(|| fallback.clone());
    let existing = if policy.existing == Existing::Merge { Existing::Skip } else { policy.existing };
    let unversioned = if policy.unversioned.labels() { Unversioned::Warn } else { policy.unversioned };
    Ok(Policy { unversioned, existing, ..policy })
}

/// Judges a Service by itself, so that what is wrong with one harms no other.
fn judge_service(inventory: &mut Inventory, service: Service, policy: &Policy) -> Judged {
    let name = service.name().to_owned();
    let entries = policy.services.iter().filter(|entry| is_about(entry, &service));
    let policy = Policy { services: entries.cloned().collect(), ..policy.clone() };
    inventory.services.push(service);
    let plan = plan_some(inventory, &policy);
    // What the operator writes is applied on the server, which takes objects of any size that it can store.
    let findings = plan.findings.into_iter().filter(|finding| finding.code != Code::TooLargeToApply);
    let findings: Vec<Finding> = findings.map(Finding::without_files).collect();
    let hands_off = findings.iter().any(|finding| finding.severity == Severity::Error);
    let splits = inventory.launchpad_workloads.iter().map(|split| split.object.name().to_owned()).collect();
    let mut judged = Judged { service: name, splits, findings, hands_off, ..Judged::default() };
    for change in plan.changes {
        let Change::Add(addition) = change else { continue };
        let resource = addition.resource();
        let part = match &resource {
            IstioResource::DestinationRule(rule) => {
                judged.wanted.subsets = Some(rule.spec.clone());
                Part::Subsets
            }
            IstioResource::VirtualService(rule) if rule.spec.gateways.is_empty() => {
                judged.wanted.routes = Some(rule.spec.clone());
                Part::Routes
            }
            IstioResource::VirtualService(rule) => {
                judged.wanted.at_gateways = Some(rule.spec.clone());
                Part::AtGateways
            }
        };
        judged.resources.insert(part, resource);
    }
    inventory.services.clear();
    judged
}

pub(super) fn is_about(entry: &config::ServicePolicy, service: &Service) -> bool {
    entry.name == service.name()
        && entry.namespace.as_deref().is_none_or(|namespace| namespace == service.namespace().effective())
}

/// What is there, object by object.
fn observe(index: &Index, namespace: &str, services: &mut Vec<Judged>) {
    for kind in ["DestinationRule", "VirtualService"] {
        for (name, kept) in index.objects(istio::GROUP, kind, namespace) {
            let Some(service) = kept.annotation(GENERATED_FOR) else { continue };
            let position = services.iter().position(|judged| judged.service == service);
            if !is_ours(kept) {
                if let Some(judged) = position.and_then(|position| services.get_mut(position)) {
                    judged.hands_off = true;
                }
                continue;
            }
            let position = position.unwrap_or_else(|| {
                services.push(Judged { service: service.to_owned(), ..Judged::default() });
                services.len() - 1
            });
            if let Some(judged) = services.get_mut(position) {
                note(judged, kind, name, kept);
            }
        }
    }
}

/// Ours is what has a Service for its owner and is nobody else's delivery.
pub(super) fn is_ours(kept: &Kept) -> bool {
    let owners = kept.object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let of_service = |owner: &Value| text(owner, "/kind") == "Service" && text(owner, "/apiVersion") == "v1";
    let is_delivered = DELIVERY_LABELS.iter().any(|label| kept.label(label).is_some())
        || DELIVERY_ANNOTATIONS.iter().any(|annotation| kept.annotation(annotation).is_some());
    owners.is_some_and(|owners| owners.iter().any(of_service)) && !is_delivered
}

fn note(judged: &mut Judged, kind: &str, name: &str, kept: &Kept) {
    let spec = kept.object.get("spec").cloned().unwrap_or_default();
    let is_at_gateways = spec.get("gateways").is_some();
    let part = match kind {
        "DestinationRule" => Part::Subsets,
        _ if is_at_gateways => Part::AtGateways,
        _ => Part::Routes,
    };
    let Observed { rules, altered } = &mut judged.observed;
    match part {
        Part::Subsets => {
            rules.subsets = serde_json::from_value(spec).ok();
            altered.subsets = rules.subsets.is_none();
        }
        Part::Routes => {
            rules.routes = serde_json::from_value(spec).ok();
            altered.routes = rules.routes.is_none();
        }
        Part::AtGateways => {
            rules.at_gateways = serde_json::from_value(spec).ok();
            altered.at_gateways = rules.at_gateways.is_none();
        }
    }
    // Labels and owner are part of what was written.
    let is_whole = kept.label(MANAGED_BY.0) == Some(MANAGED_BY.1)
        && judged.uid.as_deref().is_none_or(|uid| owner_uid(kept) == uid);
    if !is_whole {
        let Altered { subsets, routes, at_gateways } = altered;
        match part {
            Part::Subsets => *subsets = true,
            Part::Routes => *routes = true,
            Part::AtGateways => *at_gateways = true,
        }
    }
    judged.owned.insert(part, Owned { name: name.to_owned(), uid: kept.uid().to_owned() });
}

fn owner_uid(kept: &Kept) -> &str {
    let owners = kept.object.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let mut services = owners.filter(|owner| text(owner, "/kind") == "Service");
    services.next().map(|owner| text(owner, "/uid")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
