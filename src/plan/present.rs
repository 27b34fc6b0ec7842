//! What a Service has already, where the policy merges: the rules that are added to, and the reasons to leave a Service
//! alone after all.

use std::collections::BTreeMap;

use serde_json::Value;
use smol_str::SmolStr;

use super::existing::old_name;
use super::hosts::half_qualified;
use super::identity::{Key, Standing};
use super::merge;
use super::user_rules::UserRules;
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{DestinationRule, ExportTo, Object, RuleSubset, Service, VirtualService};

/// What a Service has already.
#[derive(Debug, Default)]
pub(super) struct Present<'a> {
    /// DestinationRules that get the subsets that they lack.
    pub(super) destination_rules: Vec<&'a DestinationRule>,
    /// Other DestinationRules of the host beside those, whose subsets Istio adds to theirs.
    pub(super) others: Vec<&'a DestinationRule>,
    /// Whether one of them is in the Service's own namespace, so that none is generated.
    pub(super) has_destination_rule: bool,
    /// The VirtualService of the host at the sidecars, so that none is generated.
    pub(super) virtual_service: Option<&'a VirtualService>,
    /// The traffic policy of a rule that covers the Service from further away, and would be lost.
    pub(super) traffic_policy: Option<&'a Value>,
    /// Who sees the DestinationRule and the VirtualService in the mesh that are generated.
    pub(super) subsets_export_to: ExportTo,
    pub(super) routes_export_to: ExportTo,
    /// What the user's rules call the Service, where that is not what it is called today.
    pub(super) host: Option<&'a str>,
    /// What the user should know.
    pub(super) findings: Vec<Finding>,
}

impl<'a> Present<'a> {
    /// The subsets that the user's own rules define, whose names are taken.
    pub(super) fn subsets(&self) -> Vec<&'a RuleSubset> {
        self.destination_rules.iter().chain(&self.others).flat_map(|rule| merge::own_subsets(rule)).collect()
    }

    /// All subsets that rules define, also those that an earlier run added to them: names and labels.
    pub(super) fn all_subsets(&self) -> impl Iterator<Item = (&'a str, &'a BTreeMap<SmolStr, SmolStr>)> {
        let rules = self.destination_rules.iter().chain(&self.others).copied();
        rules.flat_map(|rule| rule.subsets.iter().map(|subset| (subset.name.as_str(), &subset.labels)))
    }

    /// Whether a rule beside this one, in its namespace, defines a subset of this name.
    pub(super) fn is_defined_beside(&self, rule: &DestinationRule, name: &str) -> bool {
        let alike = |other: &&&DestinationRule| {
            other.object.namespace() == rule.object.namespace() && other.export_to == rule.export_to
        };
        let beside = self.others.iter().filter(alike);
        beside.flat_map(|other| merge::own_subsets(other)).any(|subset| subset.name == name)
    }

    /// Whether routes that call the Service so find its subsets: they are defined for one name only.
    pub(super) fn says(&self, standing: Standing, host: &str) -> bool {
        standing == Standing::Present || self.host == Some(host)
    }

    /// Whether the subsets that a rule lacks are put into it.
    pub(super) fn gets_subsets(&self, rule: &DestinationRule) -> bool {
        self.destination_rules.iter().any(|known| std::ptr::eq(*known, rule))
    }
}

/// What is wanted for a Service, as far as it bears on who sees its rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Wish {
    /// To whom its rules are exported where none of the user's says so.
    pub(super) export_to: ExportTo,
    /// Whether it is exposed at gateways.
    pub(super) is_exposed: bool,
}

type Found<'a> = Result<Present<'a>, Box<Finding>>;

impl<'a> UserRules<'a> {
    /// What is there for a Service to be merged into.
    ///
    /// # Errors
    /// The finding with which the Service is passed over, where merging would not be safe.
    pub(super) fn present(&self, service: &'a Service, keys: &[Key<'a>], wish: &Wish) -> Found<'a> {
        let mut present = Present::default();
        let (mut former, mut current): (Option<&'a Object>, Option<&'a Object>) = (None, None);
        for key in keys {
            for (rule, standing) in self.destination_rules_named(service, key) {
                self.note_destination_rule(service, rule, &mut present)?;
                if standing == Standing::Present {
                    current = Some(&rule.object);
                } else {
                    former = Some(&rule.object);
                    note_host(service, &rule.object, "spec.host", &rule.host, &mut present);
                }
            }
            for (rule, host, standing) in self.virtual_services_named(service, key) {
                note_virtual_service(service, keys, rule, &mut present)?;
                if standing == Standing::Present {
                    current = Some(&rule.object);
                } else {
                    former = Some(&rule.object);
                    note_host(service, &rule.object, "spec.hosts", host, &mut present);
                }
            }
        }
        if let Some(former) = former {
            let mut leading = self.leading_to(service, keys).filter(|(standing, _)| *standing == Standing::Present);
            if let Some(current) = current.or_else(|| leading.next().map(|(_, rule)| &rule.object)) {
                return Err(half_renamed(service, former, current));
            }
        }
        self.check_half_names(service, keys, &present)?;
        if let Some(finding) = self.wildcard_virtual_service(service) {
            return Err(Box::new(finding.with_severity(Severity::Warning)));
        }
        choose_some(service, &mut present);
        check_names(service, &present)?;
        self.settle_clients(service, keys, wish, &mut present)?;
        present.findings.extend(self.dead_rules(service, keys));
        Ok(present)
    }

    /// A rule for `reviews.shop` is followed by whoever calls that name, until a generated one is in its place.
    fn check_half_names(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        present: &Present<'a>,
    ) -> Result<(), Box<Finding>> {
        let half = keys.iter().find_map(|key| self.half_virtual_services.get(key));
        let Some(rule) = half.filter(|_| present.virtual_service.is_none()) else { return Ok(()) };
        let named = rule.hosts.iter().find(|host| half_qualified(host).is_some_and(|key| keys.contains(&key)));
        let why = format!(
            "it names `{}`, which is this Service to clients and none to Istio, and a generated one would take its place",
            named.map(SmolStr::as_str).unwrap_or_default()
        );
        let cure = "Write the short name, or the whole one with `.svc.cluster.local`";
        Err(refused(service, &rule.object, "spec.hosts", &why, cure))
    }

    fn note_destination_rule(
        &self,
        service: &'a Service,
        rule: &'a DestinationRule,
        present: &mut Present<'a>,
    ) -> Result<(), Box<Finding>> {
        let own = rule.object.namespace() == service.namespace();
        let is_root = !own && rule.object.namespace().effective() == self.root_namespace;
        // Where that counts, a generated rule takes its place.
        if is_root || present.gets_subsets(rule) {
            return Ok(());
        }
        if rule.has_workload_selector {
            let why = "it holds for some clients only, so the others would not see the subsets";
            return Err(refused(service, &rule.object, "spec.workloadSelector", why, "Remove its `workloadSelector`"));
        }
        if rule.added.is_none() {
            return Err(unreadable_note(service, &rule.object));
        }
        present.has_destination_rule |= own;
        present.destination_rules.push(rule);
        Ok(())
    }
}

fn note_virtual_service<'a>(
    service: &Service,
    keys: &[Key<'_>],
    rule: &'a VirtualService,
    present: &mut Present<'a>,
) -> Result<(), Box<Finding>> {
    let refuse = |field: &str, why: &str, cure: &str| Err(refused(service, &rule.object, field, why, cure));
    if let Some(known) = present.virtual_service {
        if std::ptr::eq(known, rule) {
            return Ok(());
        }
        let why = "there is another one for its host, and of two the sidecars follow the older and ignore the other";
        return refuse("spec.hosts", why, "Make one of the two");
    }
    if rule.hosts.iter().any(|host| host.starts_with('*')) {
        return refuse("spec.hosts", "it is about a wildcard host as well", "Give the Service a rule of its own");
    }
    if !merge::note_fits(rule) {
        return Err(unreadable_note(service, &rule.object));
    }
    // As if no earlier run had added anything: what is said of a rule must not depend on how often this ran.
    let own = rule.http.as_deref().filter(|_| !merge::is_without_http(rule));
    match own {
        None if rule.hosts.len() > 1 => {
            let why = "it has no rules for HTTP and several hosts, so what is added would be about all of them";
            return refuse("spec.hosts", why, "Give each host a rule of its own");
        }
        None if !rule.gateways.is_empty() => {
            let why = "it has no rules for HTTP, and those that are added would be for its gateways as well";
            return refuse("spec.gateways", why, "Give the mesh a rule of its own");
        }
        Some(_) if !merge::may_reach(rule, keys) => {
            let why = "none of its routes for HTTP leads to the Service";
            return refuse("spec.http", why, "Add a route that does, or remove it");
        }
        _ => {}
    }
    present.virtual_service = Some(rule);
    Ok(())
}

/// Several DestinationRules for one host in one namespace are merged by Istio where they are exported alike: one of them gets
/// the subsets.
fn choose_some<'a>(service: &'a Service, present: &mut Present<'a>) {
    let mut alike: BTreeMap<(&str, &ExportTo), Vec<&'a DestinationRule>> = BTreeMap::new();
    for rule in present.destination_rules.drain(..) {
        alike.entry((rule.object.namespace().effective(), &rule.export_to)).or_default().push(rule);
    }
    for rules in alike.into_values() {
        let chosen = rules.iter().find(|rule| merge::own_subsets(rule).next().is_some()).or_else(|| rules.first());
        let Some(chosen) = chosen.copied() else { continue };
        if let Some(other) = rules.iter().find(|rule| !std::ptr::eq(**rule, chosen)) {
            let message =
                format!("this Service has several DestinationRules, and the subsets go to {}", chosen.object.reference);
            let finding = Finding::new(Code::Merged, service.object.place(), message, "Make one of them");
            present.findings.push(finding.with_related(other.object.place(), "Another one is here"));
        }
        present.others.extend(rules.into_iter().filter(|rule| !std::ptr::eq(*rule, chosen)));
        present.destination_rules.push(chosen);
    }
}

/// A route names one subset for all clients, so all rules must mean the same by a name.
fn check_names(service: &Service, present: &Present<'_>) -> Result<(), Box<Finding>> {
    let mut known: BTreeMap<&str, &RuleSubset> = BTreeMap::new();
    for rule in present.destination_rules.iter().chain(&present.others) {
        for subset in merge::own_subsets(rule) {
            if known.insert(&subset.name, subset).is_some_and(|other| other.labels != subset.labels) {
                let why = format!("it means other Pods by the subset `{}` than another rule for the host", subset.name);
                return Err(refused(service, &rule.object, "spec.subsets", &why, "Make them say the same"));
            }
        }
    }
    Ok(())
}

fn note_host<'a>(service: &Service, rule: &Object, field: &str, host: &'a str, present: &mut Present<'a>) {
    if present.host.is_none() {
        present.host = Some(host);
        present.findings.push(old_name(service, rule, field, "what is generated says the former name too"));
    }
}

/// Rules of which some say the former name and some the present one: without kustomize's help the former are dead, and with
/// it there are two of each, so that whatever is written is right for one of the two only.
fn half_renamed(service: &Service, former: &Object, present: &Object) -> Box<Finding> {
    let message = format!(
        "this Service is passed over: {} says the name that it had before kustomize changed it, and {} the one that it has",
        former.reference, present.reference
    );
    let cure = "Say the same name in both, or remove the one that does nothing";
    let finding = Finding::new(Code::OldName, service.object.place(), message, cure);
    Box::new(finding.with_related(former.place(), "The former name is here"))
}

pub(super) fn covered(service: &Service, rule: &DestinationRule) -> Finding {
    let policy =
        if rule.traffic_policy.is_some() { "its traffic policy is copied" } else { "it has no traffic policy to copy" };
    let message =
        format!("the generated rule would shadow {}, which covers this Service: {policy}", rule.object.reference);
    let (severity, cure) = if rule.subsets.is_empty() {
        (Severity::Info, "When the rule changes, run this again")
    } else {
        (Severity::Warning, "Its subsets cannot be copied: routes that name them need a rule for this host")
    };
    Finding::new(Code::DestinationRuleCovers, service.object.place(), message, cure)
        .with_severity(severity)
        .with_related(rule.object.place(), "It is here")
}

pub(super) fn refused(service: &Service, rule: &Object, field: &str, why: &str, cure: &str) -> Box<Finding> {
    let message = format!("this Service is passed over: nothing can be merged into {} safely: {why}", rule.reference);
    let place: Place = rule.place().field(field);
    Box::new(Finding::new(Code::CannotMerge, service.object.place(), message, cure).with_related(place, "It is here"))
}

fn unreadable_note(service: &Service, rule: &Object) -> Box<Finding> {
    let message = format!(
        "this Service is left as it is: {} was changed since an earlier run added to it, and what was added can no longer be told",
        rule.reference
    );
    let cure = "Take what was added out by hand, with the annotation `overrides.dev/added`, and run this again";
    let place = rule.place().entry("metadata.annotations", crate::inventory::ADDED_ANNOTATION);
    Box::new(
        Finding::new(Code::NoteUnfit, service.object.place(), message, cure).with_related(place, "The note is here"),
    )
}
