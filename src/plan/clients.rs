//! The clients of a Service: who sees its routes, and whether the DestinationRule that each of them follows knows the
//! subsets that the routes name. One that does not answers 503 to everything.
//!
//! Istio asks this for each namespace ([`Followed`]). Namespaces that no rule names are all alike, so a few stand for all.
//! Which of them have proxies nobody can tell from manifests, so all of them count.

use std::collections::BTreeSet;

use serde_json::Value;

use super::existing::hides;
use super::followed::{Followed, Merged};
use super::identity::Key;
use super::lost::ELSEWHERE;
use super::present::{Present, Wish, covered, refused};
use super::user_rules::UserRules;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{DestinationRule, ExportTo, Service, VirtualService};

/// Who sees routes to a Service: the namespace that they are in, and to whom they are exported.
type Seen<'r> = (&'r str, &'r ExportTo);

impl<'a> UserRules<'a> {
    /// Decides who sees what is generated, which of the user's DestinationRules get subsets, and which traffic policy would
    /// be lost.
    ///
    /// # Errors
    /// The finding with which the Service is skipped, where some clients would see routes to subsets that they do not see.
    pub(super) fn settle_clients(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        wish: &Wish,
        present: &mut Present<'a>,
    ) -> Result<(), Box<Finding>> {
        let home = service.namespace().effective();
        present.routes_export_to = routes_export_to(home, wish, present);
        let before = self.followed(service, keys, None);
        let leading: Vec<&VirtualService> = self.leading_to(service, keys).map(|(_, rule)| rule).collect();
        if before.is_empty() && leading.is_empty() && present.virtual_service.is_none() {
            present.subsets_export_to =
                if wish.is_exposed { ExportTo::default() } else { present.routes_export_to.clone() };
            return Ok(());
        }
        let everybody = ExportTo::default();
        let in_mesh = match present.virtual_service {
            Some(rule) => seen(rule),
            None => (home, &present.routes_export_to),
        };
        let mut routes: Vec<Seen<'_>> = leading.iter().map(|rule| seen(rule)).chain([in_mesh]).collect();
        routes.extend(wish.is_exposed.then_some((home, &everybody)));
        let clients = clients(&before, &routes);
        let sees_routes = |client: &str| routes.iter().any(|(own, export_to)| export_to.shows_routes(own, client));
        let as_far = |export_to: &ExportTo| {
            let alone = self.followed_alone(service, export_to);
            clients.iter().all(|client| !sees_routes(client) || !alone.by(client).is_empty())
        };
        let subsets_export_to =
            if as_far(&present.routes_export_to) { present.routes_export_to.clone() } else { ExportTo::default() };
        let generated = (!present.has_destination_rule).then_some(&subsets_export_to);
        let after = self.followed(service, keys, generated);
        // One for clients who see no routes needs no subsets.
        let is_needed = |rule: &&DestinationRule| {
            let namespace = rule.object.namespace().effective();
            namespace == home || sees_routes(namespace)
        };
        present.destination_rules.retain(is_needed);
        for client in clients.iter().filter(|client| sees_routes(client)) {
            check_client(service, client, &after.by(client), present, self.root_namespace)?;
        }
        let shadowed = shadowed(service, &clients, &before, &after)?;
        present.traffic_policy = shadowed.iter().find_map(|rule| rule.traffic_policy.as_ref());
        present.findings.extend(shadowed.into_iter().map(|rule| covered(service, rule)));
        present.subsets_export_to = subsets_export_to;
        Ok(())
    }

    /// What is generated for a Service whose existing rules are left as they are, and do not decide about it.
    pub(super) fn untouched(&self, service: &'a Service, keys: &[Key<'a>], wish: &Wish) -> Present<'a> {
        let home = service.namespace().effective();
        let everybody = ExportTo::default();
        let leading: Vec<&VirtualService> = self.leading_to(service, keys).map(|(_, rule)| rule).collect();
        let mut routes: Vec<Seen<'_>> = leading.iter().map(|rule| seen(rule)).collect();
        routes.extend(wish.is_exposed.then_some((home, &everybody)));
        let alone = self.followed_alone(service, &wish.export_to);
        let sees_routes = |client: &str| routes.iter().any(|(own, export_to)| export_to.shows_routes(own, client));
        let clients = clients(&alone, &routes);
        let as_far = clients.iter().all(|client| !sees_routes(client) || !alone.by(client).is_empty());
        let subsets_export_to = if as_far { wish.export_to.clone() } else { ExportTo::default() };
        let findings = self.dead_rules(service, keys);
        Present { subsets_export_to, routes_export_to: wish.export_to.clone(), findings, ..Present::default() }
    }
}

/// To whom routes in the Service's namespace are exported: as those are, or the subsets, that the user has for it already.
fn routes_export_to(home: &str, wish: &Wish, present: &Present<'_>) -> ExportTo {
    if let Some(rule) = present.virtual_service {
        return rule.export_to.moved(rule.object.namespace().effective(), home);
    }
    let own = present.destination_rules.iter().filter(|rule| rule.object.namespace().effective() == home);
    let own: Vec<&ExportTo> = own.map(|rule| &rule.export_to).collect();
    if own.is_empty() {
        return wish.export_to.clone();
    }
    if own.iter().any(|export_to| export_to.is_everybody()) {
        return ExportTo::default();
    }
    let named = own.iter().flat_map(|export_to| export_to.moved(home, home).written().to_vec());
    ExportTo::new(named.collect())
}

fn seen(rule: &VirtualService) -> Seen<'_> {
    // A delegate is followed by whoever follows a rule that leads to it.
    const WHOEVER: &ExportTo = &ExportTo::EVERYBODY;
    let export_to = if rule.hosts.is_empty() { WHOEVER } else { &rule.export_to };
    (rule.object.namespace().effective(), export_to)
}

/// Namespaces that stand for all: those in which clients may follow other rules than elsewhere, and one more.
fn clients(followed: &Followed<'_>, routes: &[Seen<'_>]) -> BTreeSet<String> {
    let of_routes = routes.iter().flat_map(|(own, export_to)| export_to.namespaces(own).chain([*own]));
    followed.namespaces().chain(of_routes).chain([ELSEWHERE]).map(ToOwned::to_owned).collect()
}

/// Whether the clients of a namespace find the subsets in whatever they may follow.
fn check_client(
    service: &Service,
    client: &str,
    followed: &[Merged<'_>],
    present: &Present<'_>,
    root: &str,
) -> Result<(), Box<Finding>> {
    let knows = |merged: &&Merged<'_>| merged.is_generated() || merged.users().any(|rule| present.gets_subsets(rule));
    let whose = || if client == ELSEWHERE { "other namespaces".to_owned() } else { format!("`{client}`") };
    let Some(lacking) = followed.iter().find(|merged| !knows(merged)) else {
        if !followed.is_empty() {
            return Ok(());
        }
        let home = |rule: &&&DestinationRule| rule.object.namespace() == service.namespace();
        let Some(rule) = present.destination_rules.iter().find(home) else { return Ok(()) };
        let why = format!(
            "it is exported to some namespaces only, and clients in {} would see routes to subsets that they do not see",
            whose()
        );
        let cure = "Export it as far as the VirtualServices that lead to the Service";
        return Err(refused(service, &rule.object, "spec.exportTo", &why, cure));
    };
    let mut users = lacking.users().chain(followed.iter().flat_map(Merged::users));
    let Some(rule) = users.next() else { return Ok(()) };
    let namespace = rule.object.namespace();
    if namespace != service.namespace() && namespace.effective() != root {
        return Err(Box::new(hides(service, rule).with_severity(Severity::Warning)));
    }
    let field = rule.limited_by().unwrap_or("spec.host");
    let why = format!(
        "clients in {} follow it before a rule with the subsets, so all that they send to the Service would be answered 503",
        whose()
    );
    let cure = "Make it hold for all clients, narrow its host, or remove it";
    Err(refused(service, &rule.object, field, &why, cure))
}

/// The rules whose place a generated one takes, each once.
///
/// # Errors
/// The finding with which the Service is skipped, where it takes the place of different ones for different clients.
fn shadowed<'a>(
    service: &Service,
    clients: &BTreeSet<String>,
    before: &Followed<'a>,
    after: &Followed<'a>,
) -> Result<Vec<&'a DestinationRule>, Box<Finding>> {
    let mut shadowed: Vec<&'a DestinationRule> = Vec::new();
    let mut policies: Vec<Option<&'a Value>> = Vec::new();
    for client in clients.iter().filter(|client| after.by(client).iter().any(Merged::is_generated)) {
        let followed = before.by(client);
        if followed.is_empty() {
            policies.push(None);
        }
        for merged in followed {
            // Of several Istio takes the first policy that there is.
            policies.push(merged.users().find_map(|rule| rule.traffic_policy.as_ref()));
            for rule in merged.users() {
                if !shadowed.iter().any(|known| std::ptr::eq(*known, rule)) {
                    shadowed.push(rule);
                }
            }
        }
    }
    let are_one = policies.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
    let limited = || shadowed.iter().find(|rule| rule.limited_by().is_some()).or_else(|| shadowed.first());
    match limited() {
        Some(rule) if !are_one => {
            let why = "it covers the Service for some clients only, and a generated rule would take its place for all";
            let field = rule.limited_by().unwrap_or("spec.host");
            let cure = "Make it hold for all clients, or narrow its host";
            Err(refused(service, &rule.object, field, why, cure))
        }
        _ => Ok(shadowed),
    }
}

/// Rules that some clients see and others do not.
pub(super) fn seen_by_some(service: &Service, present: &Present<'_>, versions: usize) -> Option<Finding> {
    let home = service.namespace().effective();
    let (own, export_to) = match present.virtual_service {
        Some(rule) => (rule.object.namespace().effective(), &rule.export_to),
        None => (home, &present.routes_export_to),
    };
    if export_to.is_everybody() {
        return None;
    }
    let rule = present.virtual_service.map(|rule| &rule.object);
    let rule = rule.or_else(|| {
        let mut own = present.destination_rules.iter().filter(|rule| rule.object.namespace() == service.namespace());
        own.next().map(|rule| &rule.object)
    });
    let is_unnamed = service.namespace().written().is_none();
    let name = |namespace: &str| match namespace {
        namespace if namespace == own && is_unnamed => "its own namespace".to_owned(),
        namespace => format!("`{namespace}`"),
    };
    let names: Vec<String> = export_to.namespaces(own).map(name).collect();
    let spreads = if versions > 1 { ", and what they send goes to any version" } else { "" };
    let (because, cure, severity) = match rule {
        Some(rule) => (
            format!("{} is exported to no other namespace", rule.reference),
            "Export it to all namespaces that call the Service; where it is, all is well",
            Severity::Warning,
        ),
        None => (
            "the policy or the Service says so".to_owned(),
            "Nothing needs to be done where no other namespace calls the Service",
            Severity::Info,
        ),
    };
    let severity = if versions > 1 { severity } else { Severity::Info };
    let message = format!(
        "clients outside of {} see no rules for this Service, because {because}: overrides do nothing there{spreads}",
        names.join(", ")
    );
    let finding = Finding::new(Code::SeenBySome, service.object.place(), message, cure).with_severity(severity);
    Some(match rule {
        Some(rule) => finding.with_related(rule.place().field("spec.exportTo"), "It is here"),
        None => finding,
    })
}
