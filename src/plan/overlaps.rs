//! Workloads of one Service whose selectors match each other's Pods, as those of a copied Deployment do, and autoscalers
//! and disruption budgets that count Pods of several versions.
//!
//! Deployments hold apart by owner and template hash what their selectors mix up, so the Pods keep running. What goes by
//! selector alone does not: autoscalers, disruption budgets, `kubectl`, and whoever adopts Pods without an owner.

mod counters;

use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt, HashSet};
use smol_str::SmolStr;

use counters::Counters;

use super::default_version::Default;
use super::selection::Selection;
use super::versions::Version;
use super::words;
use crate::facts::POD_HASHES;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{Inventory, PodCounter, PodSelector, Service, Workload, WorkloadKind};

const HELP: &str = "Add a label that only its own Pods have, such as the version label, to `spec.selector`. The selector of a \
                    workload in the cluster cannot be changed: create it under another name, and delete the old one when \
                    the new one serves";

/// Finds them, and says each only once however many Services select the workloads.
pub(super) struct Overlaps<'a> {
    counters: Counters<'a>,
    told: RefCell<Told>,
}

/// What has been said of.
#[derive(std::default::Default)]
struct Told {
    workloads: HashSet<*const Workload>,
    counters: HashSet<*const PodCounter>,
}

/// A workload that makes Pods by a template, and the position of its version.
#[derive(Clone, Copy)]
struct Member<'a> {
    workload: &'a Workload,
    version: usize,
}

impl<'a> Overlaps<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        Self { counters: Counters::new(inventory), told: RefCell::new(Told::default()) }
    }

    /// What the user should know of the workloads of a Service.
    pub(super) fn findings(
        &self,
        service: &'a Service,
        versions: &[Version<'a>],
        default: &Default,
        selection: &Selection<'a>,
    ) -> Vec<Finding> {
        let mut members: Vec<Member<'a>> = members(versions);
        if members.len() < 2 {
            return Vec::new();
        }
        // What serves today comes first, so that the copy is the one to be changed. A stable sort.
        members.sort_by_key(|member| !default.takes(member.version));
        let reach = Reach::of(service, &members, selection);
        let mut findings = self.selectors(&reach);
        if versions.len() > 1 {
            findings.extend(self.autoscalers(versions, &members, &reach));
            findings.extend(self.budgets(service, versions, &members));
        }
        findings
    }

    fn selectors(&self, reach: &Reach<'a>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (selector, owners) in &reach.owners {
            let mut mutual: Vec<&Workload> = Vec::new();
            let mut one_way: Vec<&Workload> = Vec::new();
            for other in reach.matched(selector) {
                let is_own = owners.iter().any(|owner| std::ptr::eq(*owner, other));
                let answers = |owner: &&Workload| selects(other, owner) && !stands_in(other, owner);
                match is_own || owners.iter().any(answers) {
                    true => mutual.push(other),
                    false if owners.iter().any(|owner| !stands_in(other, owner)) => one_way.push(other),
                    false => {}
                }
            }
            if mutual.len() < 2 {
                mutual.clear();
            }
            let mut told = self.told.borrow_mut();
            let (about, others, severity) = match (mutual.split_last(), owners.first()) {
                (Some((last, others)), _) => (*last, others, Severity::Warning),
                (None, Some(owner)) if !one_way.is_empty() => (*owner, one_way.as_slice(), Severity::Info),
                _ => continue,
            };
            let known = told.workloads.len();
            told.workloads.extend(others.iter().copied().chain([about]).map(std::ptr::from_ref));
            if told.workloads.len() > known {
                findings.push(overlap(about, others, severity));
            }
        }
        findings
    }

    /// Autoscalers whose targets' selectors select Pods of another version too.
    fn autoscalers(&self, versions: &[Version<'a>], members: &[Member<'a>], reach: &Reach<'a>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for member in members {
            let Some(selector) = &member.workload.selector else { continue };
            for counter in self.counters.of(member.workload) {
                let counted = reach.matched(selector).filter(|other| !stands_in(other, member.workload));
                let counted = members_of(members, counted).filter(|other| other.version != member.version);
                let counted: Vec<usize> = counted.map(|other| other.version).collect();
                if counted.is_empty() || !self.told.borrow_mut().counters.insert(std::ptr::from_ref(counter)) {
                    continue;
                }
                let message = format!(
                    "this autoscaler of {} counts the Pods of {} as well, because the selector of what it scales matches \
                     them",
                    member.workload.object.reference,
                    named(versions, &counted)
                );
                let place = counter.object.place().field("spec.scaleTargetRef");
                let help = "Give what it scales a selector that matches only its own Pods. The selector of a workload in the \
                            cluster cannot be changed: create it under another name, and delete the old one when the new \
                            one serves";
                findings.push(Finding::new(Code::CountsVersions, place, message, help));
            }
        }
        findings
    }

    /// Disruption budgets that take Pods of several versions for one.
    fn budgets(&self, service: &Service, versions: &[Version<'a>], members: &[Member<'a>]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (counter, selector) in self.counters.near(members.iter().map(|member| member.workload)) {
            let counted = members.iter().filter(|member| selector.selects(&member.workload.labels));
            let mut counted: Vec<usize> = counted.map(|member| member.version).collect();
            counted.sort_unstable();
            counted.dedup();
            if counted.len() < 2 || !self.told.borrow_mut().counters.insert(std::ptr::from_ref(counter)) {
                continue;
            }
            let message = format!(
                "this disruption budget counts the Pods of {} of {} together: as long as one has enough, all Pods of the \
                 other may be evicted",
                named(versions, &counted),
                service.object.reference
            );
            let help =
                "Add the version label to its selector, and give each version that needs one a budget of its own";
            let place = counter.object.place().field("spec.selector");
            findings.push(Finding::new(Code::CountsVersions, place, message, help));
        }
        findings
    }
}

fn overlap(about: &Workload, others: &[&Workload], severity: Severity) -> Finding {
    let names: Vec<String> = others.iter().map(|other| other.object.reference.to_string()).collect();
    let (others_are, help) = match severity {
        Severity::Info => {
            ("", "Nothing needs to be done, unless an autoscaler or a disruption budget goes by that selector")
        }
        _ => (", and the other way round, so what goes by selector takes the Pods of one for those of the other", HELP),
    };
    let message =
        format!("the selector of this workload also matches the Pods of {}{others_are}", words::names(&names));
    let place = about.object.place().field("spec.selector");
    let finding = Finding::new(Code::SelectorsOverlap, place, message, help).with_severity(severity);
    match others.first() {
        Some(other) => finding.with_related(other.object.place().field("spec.selector"), "The other one is"),
        None => finding,
    }
}

/// Versions, for users.
fn named(versions: &[Version<'_>], positions: &[usize]) -> String {
    let mut positions = positions.to_vec();
    positions.sort_unstable();
    positions.dedup();
    let names: Vec<String> =
        positions.iter().filter_map(|position| Some(words::code(versions.get(*position)?.value))).collect();
    words::counted("version", &names)
}

/// The workloads whose Pods controllers make, by version. Pods have no selector, machines are no Pods, and a ReplicaSet
/// that a Deployment made is the Deployment's.
fn members<'a>(versions: &[Version<'a>]) -> Vec<Member<'a>> {
    let is_made_by_another = |workload: &Workload| POD_HASHES.iter().any(|hash| workload.labels.contains_key(*hash));
    let makes_pods = |workload: &&Workload| {
        use WorkloadKind::{Pod, WorkloadEntry, WorkloadGroup};
        !matches!(workload.kind, Pod | WorkloadEntry | WorkloadGroup) && !is_made_by_another(workload)
    };
    let of = |(version, each): (usize, &Version<'a>)| {
        each.workloads().filter(makes_pods).map(move |workload| Member { workload, version }).collect::<Vec<_>>()
    };
    versions.iter().enumerate().flat_map(of).collect()
}

fn members_of<'m, 'a>(
    members: &'m [Member<'a>],
    workloads: impl Iterator<Item = &'a Workload>,
) -> impl Iterator<Item = &'m Member<'a>> {
    let found: HashSet<*const Workload> = workloads.map(std::ptr::from_ref).collect();
    members.iter().filter(move |member| found.contains(&std::ptr::from_ref(member.workload)))
}

fn selects(one: &Workload, other: &Workload) -> bool {
    one.selector.as_ref().is_some_and(|selector| selector.selects(&other.labels))
}

/// A Rollout that runs another workload's template is meant to have the same Pods.
fn stands_in(one: &Workload, other: &Workload) -> bool {
    let is_for = |one: &Workload, other: &Workload| {
        one.template_of.as_ref().is_some_and(|of| of.kind == other.kind && of.name == other.object.name())
    };
    is_for(one, other) || is_for(other, one)
}

/// Which workloads of a Service the selectors of its workloads reach.
struct Reach<'a> {
    /// The selectors, each with the workloads that have it, in the order of the versions.
    owners: Vec<(&'a PodSelector, Vec<&'a Workload>)>,
    /// What each of them matches, in the same order.
    matched: HashMap<&'a PodSelector, Vec<&'a Workload>>,
}

impl<'a> Reach<'a> {
    fn of(service: &'a Service, members: &[Member<'a>], selection: &Selection<'a>) -> Self {
        let mut positions: HashMap<&PodSelector, usize> = HashMap::new();
        let mut owners: Vec<(&PodSelector, Vec<&Workload>)> = Vec::new();
        for workload in members.iter().map(|member| member.workload) {
            let Some(selector) = &workload.selector else { continue };
            let position = *positions.entry(selector).or_insert(owners.len());
            match owners.get_mut(position) {
                Some((_, known)) => known.push(workload),
                None => owners.push((selector, vec![workload])),
            }
        }
        let rank: HashMap<*const Workload, usize> =
            members.iter().enumerate().map(|(rank, member)| (std::ptr::from_ref(member.workload), rank)).collect();
        let matched = owners.iter().map(|(selector, _)| {
            let labels: Vec<(&'a SmolStr, &'a SmolStr)> = selector.labels.iter().collect();
            // A selector without labels could be about any of them.
            let candidates: Vec<&'a Workload> = if labels.is_empty() {
                members.iter().map(|member| member.workload).collect()
            } else {
                selection.having(service.namespace(), &labels).map(|(_, workload)| workload).collect()
            };
            let is_reached = |workload: &&Workload| selector.selects(&workload.labels);
            let ranked = candidates.into_iter().filter(is_reached);
            let mut ranked: Vec<(usize, &Workload)> =
                ranked.filter_map(|workload| Some((*rank.get(&std::ptr::from_ref(workload))?, workload))).collect();
            ranked.sort_unstable_by_key(|(rank, _)| *rank);
            (*selector, ranked.into_iter().map(|(_, workload)| workload).collect())
        });
        let matched = matched.collect();
        Self { owners, matched }
    }

    fn matched<'r>(&'r self, selector: &'r PodSelector) -> impl Iterator<Item = &'a Workload> + use<'a, 'r> {
        self.matched.get(selector).into_iter().flatten().copied()
    }
}
