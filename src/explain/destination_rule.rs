//! DestinationRules: which one counts for a caller and a host, and the subsets that it gives
//! (`pilot/pkg/model/push_context.go`, `destinationRule`; `pilot/pkg/model/destination_rule.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::export::{ExportTo, Labels};
use super::host::Host;
use super::http_match::caller_has;
use super::object::{Object, Reading};
use super::request::Request;
use super::verdict::Verdict;
use crate::finding::Finding;

/// A DestinationRule.
#[derive(Debug, Clone)]
pub(super) struct DestinationRule {
    pub(super) object: Arc<Object>,
    pub(super) host: Host,
    export_to: ExportTo,
    subsets: Vec<Subset>,
    /// The callers that it is for; all where there is none.
    workload_selector: Option<Labels>,
}

/// A subset, and the labels of its Pods.
#[derive(Debug, Clone)]
pub(super) struct Subset {
    pub(super) name: String,
    pub(super) labels: Labels,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawDestinationRule {
    host: Option<String>,
    export_to: Option<Vec<String>>,
    subsets: Option<Vec<RawSubset>>,
    workload_selector: Option<RawSelector>,
}

#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct RawSubset {
    name: Option<String>,
    labels: Option<Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a mapping")]
struct RawSelector {
    match_labels: Option<Labels>,
}

impl DestinationRule {
    pub(super) fn read(reading: &Reading<'_>) -> Result<Self, Box<Finding>> {
        let object = Arc::clone(&reading.object);
        let raw: RawDestinationRule = reading.field("spec")?.unwrap_or_default();
        let subset =
            |raw: RawSubset| Subset { name: raw.name.unwrap_or_default(), labels: raw.labels.unwrap_or_default() };
        let workload_selector = raw.workload_selector.map(|raw| raw.match_labels.unwrap_or_default());
        Ok(Self {
            host: Host::resolve(&raw.host.unwrap_or_default(), object.namespace()),
            // One for some callers never leaves its namespace.
            export_to: match &workload_selector {
                Some(_) => ExportTo::new(vec![".".to_owned()]),
                None => ExportTo::new(raw.export_to.unwrap_or_default()),
            },
            subsets: raw.subsets.unwrap_or_default().into_iter().map(subset).collect(),
            workload_selector,
            object,
        })
    }
}

/// Several DestinationRules of one namespace for one host, as one.
#[derive(Debug, Clone)]
pub(super) struct Consolidated {
    export_to: ExportTo,
    workload_selector: Option<Labels>,
    subsets: Vec<Subset>,
    /// The objects that it came from, the one that counts first.
    pub(super) from: Vec<Arc<Object>>,
}

impl Consolidated {
    fn new(rule: &DestinationRule) -> Self {
        Self {
            export_to: rule.export_to.clone(),
            workload_selector: rule.workload_selector.clone(),
            subsets: rule.subsets.clone(),
            from: vec![Arc::clone(&rule.object)],
        }
    }

    pub(super) fn subset(&self, name: &str) -> Option<&Subset> {
        self.subsets.iter().find(|subset| subset.name == name)
    }
}

/// All DestinationRules, in the order in which they are merged: those for some callers first, then the oldest.
#[derive(Debug, Default)]
pub(super) struct DestinationRules(Vec<DestinationRule>);

impl DestinationRules {
    pub(super) fn new(mut rules: Vec<DestinationRule>) -> Self {
        rules.sort_by(|a, b| {
            let for_all = |rule: &DestinationRule| rule.workload_selector.is_none();
            (for_all(a), a.object.precedence()).cmp(&(for_all(b), b.object.precedence()))
        });
        Self(rules)
    }

    /// What counts for requests from a namespace to the host of a Service.
    ///
    /// The caller's namespace is asked first, then the Service's, then the mesh's root namespace, and the first that
    /// has anything for the host, a wildcard included, decides alone.
    ///
    /// # Errors
    /// The reason why it cannot be told.
    pub(super) fn lookup(
        &self,
        host: &Host,
        service_namespace: &str,
        caller: &str,
        root: &str,
        request: &Request,
    ) -> Result<Option<Consolidated>, String> {
        let at_home = |rule: &DestinationRule| {
            if caller == root { rule.export_to.stays_at_home(root) } else { rule.export_to.counts_at_home(caller) }
        };
        let local = self.most_specific(host, caller, at_home);
        if !local.is_empty() {
            return chosen(local, caller, request);
        }
        for namespace in [service_namespace, root] {
            let mut exported = self.most_specific(host, namespace, |rule| !rule.export_to.stays_at_home(namespace));
            exported.retain(|rule| rule.export_to.gets_to(caller));
            if !exported.is_empty() {
                return chosen(exported, caller, request);
            }
        }
        Ok(None)
    }

    /// The rules of one namespace for the most specific host that covers this one, merged.
    fn most_specific(
        &self,
        host: &Host,
        namespace: &str,
        counts: impl Fn(&DestinationRule) -> bool,
    ) -> Vec<Consolidated> {
        let own = self.0.iter().filter(|rule| rule.object.namespace() == namespace && counts(rule));
        let mut by_host: BTreeMap<&Host, Vec<&DestinationRule>> = BTreeMap::new();
        for rule in own.filter(|rule| rule.host.covers(host)) {
            by_host.entry(&rule.host).or_default().push(rule);
        }
        // Of two wildcards of one length both cannot cover one host, unless they are the same.
        let best = by_host.into_iter().max_by_key(|(host, _)| host.specificity());
        best.map(|(_, rules)| consolidate(&rules)).unwrap_or_default()
    }
}

/// Merges rules for one host (`mergeDestinationRule`): subsets with new names are added, and only among rules that are
/// exported alike and are for the same callers.
fn consolidate(rules: &[&DestinationRule]) -> Vec<Consolidated> {
    let mut merged: Vec<Consolidated> = Vec::new();
    for rule in rules {
        let mut separate = true;
        for existing in &mut merged {
            if rule.export_to == existing.export_to {
                separate = false;
            } else if rule.export_to.is_superset_of_some(&existing.export_to) {
                separate = true;
            } else {
                separate = true;
                continue;
            }
            match (&existing.workload_selector, &rule.workload_selector) {
                (Some(a), Some(b)) if a != b => {
                    separate = true;
                    continue;
                }
                (None, None) | (Some(_), Some(_)) => separate = false,
                _ => {}
            }
            existing.from.push(Arc::clone(&rule.object));
            let new = rule
                .subsets
                .iter()
                .filter(|subset| existing.subset(&subset.name).is_none())
                .cloned()
                .collect::<Vec<_>>();
            existing.subsets.extend(new);
        }
        if separate {
            merged.push(Consolidated::new(rule));
        }
    }
    merged
}

/// Of what counts: the first that is for this caller in particular, else the last that is for all
/// (`pilot/pkg/model/sidecar.go`, `SidecarScope.DestinationRule`).
fn chosen(rules: Vec<Consolidated>, caller: &str, request: &Request) -> Result<Option<Consolidated>, String> {
    let mut for_all = None;
    for rule in rules {
        let Some(selector) = &rule.workload_selector else {
            for_all = Some(rule);
            continue;
        };
        if rule.from.first().is_none_or(|object| object.namespace() != caller) {
            continue;
        }
        match caller_has(selector, request) {
            Verdict::Yes => return Ok(Some(rule)),
            Verdict::No => {}
            Verdict::Unknown(_) => {
                let object = rule.from.first().map(ToString::to_string).unwrap_or_default();
                return Err(format!(
                    "{object} is for callers with some labels (`workloadSelector`), which were not told"
                ));
            }
        }
    }
    Ok(for_all)
}
