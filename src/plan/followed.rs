//! Which DestinationRule the clients of a namespace follow for a host. Every judgement about who knows a subset asks here.
//!
//! Istio looks in the client's namespace, then in the Service's, then in the mesh's root namespace, and the first that has
//! anything for the host decides alone: there the very host goes before a wildcard, and a longer wildcard before a shorter
//! one (`pilot/pkg/model/push_context.go`, `destinationRule`). Clients in the root namespace see of its own rules those
//! first that are for nobody else. Rules of one namespace for one host are put together where they are exported alike
//! (`pilot/pkg/model/destination_rule.go`, `mergeDestinationRule`), and of several that are not the last one counts
//! (`pilot/pkg/model/sidecar.go`, `DestinationRule`). Which one that is depends on their age, which manifests do not tell,
//! so here it may be any.

use crate::inventory::{DestinationRule, ExportTo};

/// A DestinationRule: the user's, or the one that is to be generated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// The user's.
    Users(&'a DestinationRule),
    /// The one in the Service's namespace.
    Generated,
}

/// What decides about who follows a rule.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    source: Source<'a>,
    namespace: &'a str,
    /// What is behind the `*` of a wildcard; none where the rule names the very host.
    wildcard: Option<&'a str>,
    export_to: ExportTo,
    has_selector: bool,
}

impl<'a> Candidate<'a> {
    /// A rule that names the host.
    pub(super) fn exact(rule: &'a DestinationRule) -> Self {
        Self::of(rule, None)
    }

    /// A rule for all hosts that end in `suffix`.
    pub(super) fn wildcard(rule: &'a DestinationRule, suffix: &'a str) -> Self {
        Self::of(rule, Some(suffix))
    }

    /// The rule that is generated in `namespace`.
    pub(super) fn generated(namespace: &'a str, export_to: ExportTo) -> Self {
        Self { source: Source::Generated, namespace, wildcard: None, export_to, has_selector: false }
    }

    fn of(rule: &'a DestinationRule, wildcard: Option<&'a str>) -> Self {
        // One for some clients never leaves its namespace.
        let private = || ExportTo::new(vec![".".into()]);
        let export_to = if rule.has_workload_selector { private() } else { rule.export_to.clone() };
        let namespace = rule.object.namespace().effective();
        Self { source: Source::Users(rule), namespace, wildcard, export_to, has_selector: rule.has_workload_selector }
    }
}

/// Rules that Istio takes for one.
#[derive(Debug, Clone)]
pub(super) struct Merged<'a> {
    export_to: ExportTo,
    has_selector: bool,
    /// What it was made of, the one that counts first in front.
    pub(super) sources: Vec<Source<'a>>,
}

impl<'a> Merged<'a> {
    /// The user's rules among them.
    pub(super) fn users(&self) -> impl Iterator<Item = &'a DestinationRule> {
        self.sources.iter().filter_map(|source| match source {
            Source::Users(rule) => Some(*rule),
            Source::Generated => None,
        })
    }

    /// Whether the generated one is among them.
    pub(super) fn is_generated(&self) -> bool {
        self.sources.iter().any(|source| matches!(source, Source::Generated))
    }
}

/// All rules that are about the host of one Service.
#[derive(Debug)]
pub(super) struct Followed<'a> {
    rules: Vec<Candidate<'a>>,
    service_namespace: &'a str,
    root_namespace: &'a str,
}

impl<'a> Followed<'a> {
    pub(super) fn new(
        rules: impl IntoIterator<Item = Candidate<'a>>,
        service_namespace: &'a str,
        root_namespace: &'a str,
    ) -> Self {
        let mut rules: Vec<Candidate<'a>> = rules.into_iter().collect();
        // As Istio has them where all are of one age: those for some clients first.
        rules.sort_by_key(|rule| {
            let name = match rule.source {
                Source::Users(rule) => rule.object.name(),
                Source::Generated => "",
            };
            (!rule.has_selector, name)
        });
        Self { rules, service_namespace, root_namespace }
    }

    /// Whether there is no rule at all.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The namespaces in which clients may follow another rule than elsewhere.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        let of_rule = |rule: &'_ Candidate<'a>| rule.namespace;
        let named = self.rules.iter().flat_map(|rule| rule.export_to.namespaces(rule.namespace));
        self.rules.iter().map(of_rule).chain(named).chain([self.service_namespace, self.root_namespace])
    }

    /// What clients of a namespace may follow: each of these is all that some of them know, or all of them if it is the
    /// youngest. Nothing where no rule gets to them.
    pub(super) fn by(&self, client: &str) -> Vec<Merged<'a>> {
        let at_home = |rule: &Candidate<'_>| {
            if client == self.root_namespace {
                rule.export_to.stays_at_home(client)
            } else {
                rule.export_to.counts_at_home(client)
            }
        };
        let local = self.most_specific(client, at_home);
        if !local.is_empty() {
            return local;
        }
        for namespace in [self.service_namespace, self.root_namespace] {
            let mut exported = self.most_specific(namespace, |rule| !rule.export_to.stays_at_home(namespace));
            exported.retain(|rule| rule.export_to.gets_to(client));
            if !exported.is_empty() {
                return exported;
            }
        }
        Vec::new()
    }

    fn most_specific(&self, namespace: &str, counts: impl Fn(&Candidate<'a>) -> bool) -> Vec<Merged<'a>> {
        let there = || self.rules.iter().filter(|rule| rule.namespace == namespace && counts(rule));
        // Of two wildcards of one length both cannot cover one host, unless they are the same.
        let closeness = |rule: &Candidate<'_>| rule.wildcard.map_or(usize::MAX, str::len);
        let Some(closest) = there().map(closeness).max() else { return Vec::new() };
        let closest: Vec<&Candidate<'a>> = there().filter(|rule| closeness(rule) == closest).collect();
        let mut found = merge(closest.iter().copied());
        if closest.len() > 1 {
            // Another age of theirs may make something else of them.
            found.extend(merge(closest.iter().rev().copied()));
        }
        if found.iter().all(|merged| merged.has_selector) {
            // All other clients follow nothing.
            found.push(Merged { export_to: ExportTo::default(), has_selector: false, sources: Vec::new() });
        }
        found
    }
}

/// Puts rules for one host together, as Istio does.
fn merge<'r, 'a: 'r>(rules: impl Iterator<Item = &'r Candidate<'a>>) -> Vec<Merged<'a>> {
    let mut merged: Vec<Merged<'a>> = Vec::new();
    for rule in rules {
        let mut stays_alone = true;
        for known in &mut merged {
            let is_alike = rule.export_to == known.export_to;
            stays_alone = true;
            // Two for some clients each may be for different ones.
            if !(is_alike || rule.export_to.includes(&known.export_to)) || (rule.has_selector && known.has_selector) {
                continue;
            }
            stays_alone = !is_alike && (rule.has_selector || known.has_selector);
            known.sources.push(rule.source);
        }
        if stays_alone {
            let Candidate { source, export_to, has_selector, .. } = rule;
            merged.push(Merged { export_to: export_to.clone(), has_selector: *has_selector, sources: vec![*source] });
        }
    }
    merged
}
