//! Rules of somebody else's that already decide about a Service.
//!
//! What is generated for an exact host silently shadows a wildcard, a second VirtualService for a host is a silent
//! no-op or disables the first, and a client's own DestinationRule hides everybody else's. So a Service that any such
//! rule reaches is left alone, with the rule's name.

use super::hosts::{FullHost, perhaps_covers};
use super::identity::{Key, Standing, meant, perhaps_called};
use super::lost::ELSEWHERE;
use super::present::{Present, Wish, refused};
use super::user_rules::{Target, UserRules};
use super::versions::Version;
use crate::config::{Existing, Policy};
use crate::finding::{Code, Finding, Place, Severity};
use crate::inventory::{DestinationRule, Namespace, Object, Service, VirtualService};

impl<'a> UserRules<'a> {
    /// What is there to be merged into; or the end of the story of a Service that somebody else's rule decides about.
    pub(super) fn check(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        policy: &Policy,
        wish: &Wish,
    ) -> Result<Present<'a>, Box<Finding>> {
        let severity = if policy.existing == Existing::Error { Severity::Error } else { Severity::Warning };
        if let Some(rule) = self.perhaps_about(service, keys) {
            let (why, cure) = if service.namespace().written().is_some() {
                ("it has no namespace and this Service has one", "Write the namespace of the rule too")
            } else {
                ("it or its host names a namespace and this Service has none", "Write the namespace of the Service too")
            };
            let why = format!("{why}, so nobody can tell whether it is meant");
            return Err(Box::new(refused(service, rule, "spec", &why, cure).with_severity(severity)));
        }
        if policy.existing == Existing::Merge {
            return self.present(service, keys, wish);
        }
        let Some(finding) = self.in_the_way(service, keys) else { return Ok(self.untouched(service, keys, wish)) };
        Err(Box::new(finding.with_severity(severity)))
    }

    /// A rule of which nobody can tell whether it is about a Service, for one of the two names no namespace.
    fn perhaps_about(&self, service: &'a Service, keys: &[Key<'a>]) -> Option<&'a Object> {
        if let Some(rule) = perhaps_called(service, keys).find_map(|key| self.perhaps.get(&key)) {
            return Some(rule);
        }
        if service.namespace().written().is_some() {
            return None;
        }
        let may_cover = |suffix: &str| perhaps_covers(suffix, service.name());
        let subsets = self.wildcard_destination_rules.iter().map(|(suffix, rule)| (*suffix, &rule.object));
        let routes = self.wildcard_virtual_services.iter().map(|(suffix, rule)| (*suffix, &rule.object));
        subsets.chain(routes).find(|(suffix, _)| may_cover(suffix)).map(|(_, rule)| rule)
    }

    fn in_the_way(&self, service: &'a Service, keys: &[Key<'a>]) -> Option<Finding> {
        for key in keys {
            if let Some((rule, standing)) = self.destination_rules_named(service, key).next() {
                return Some(self.destination_rule_found(service, rule, standing == Standing::Former));
            }
            if let Some((rule, _, standing)) = self.virtual_services_named(service, key).next() {
                return Some(virtual_service_found(service, rule, standing == Standing::Former));
            }
            if let Some(rule) = self.half_virtual_services.get(key) {
                return Some(virtual_service_found(service, rule, false));
            }
        }
        self.wildcard_in_the_way(service, keys)
    }

    /// Rules of the user's that are about a name which the Service had, and which nobody is going to change.
    pub(super) fn dead_rules(&self, service: &'a Service, keys: &[Key<'a>]) -> Vec<Finding> {
        let mut found = Vec::new();
        for key in keys {
            for rule in self.destination_rules.get(key).into_iter().flatten() {
                if Standing::of(service, key, &rule.host, rule.object.namespace()) == Standing::Dead {
                    found.push(dead_rule(service, &rule.object, "spec.host"));
                }
            }
            for rule in self.virtual_services.get(key).into_iter().flatten() {
                let namespace = rule.object.namespace();
                let means = |host: &&smol_str::SmolStr| meant(host, namespace).any(|meant| meant == *key);
                let host = rule.hosts.iter().find(means);
                if host.is_some_and(|host| Standing::of(service, key, host, namespace) == Standing::Dead) {
                    found.push(dead_rule(service, &rule.object, "spec.hosts"));
                }
            }
        }
        found
    }

    fn destination_rule_found(&self, service: &Service, rule: &DestinationRule, renamed: bool) -> Finding {
        let found = |code, what: &str, why: &str, cure: &str| {
            finding(service, code, &rule.object, "spec.host", what, why, cure)
        };
        let namespace = rule.object.namespace();
        if renamed {
            return old_name(service, &rule.object, "spec.host", OLD_NAME_MEANS);
        }
        if namespace == service.namespace() {
            let cure = "Add the versions to it by hand, or remove it to get generated rules without what else it says";
            return found(
                Code::DestinationRuleExists,
                "is there for its host",
                "a second one would be merged into it",
                cure,
            );
        }
        if namespace == Namespace(Some(self.root_namespace)) {
            let why = "a generated one would replace it, with its traffic policy";
            let cure = "Keep the Service as it is, or remove the rule to get generated ones without its traffic policy";
            return found(Code::DestinationRuleCovers, "in the mesh's root namespace is there for its host", why, cure);
        }
        hides(service, rule)
    }

    pub(super) fn wildcard_virtual_service(&self, service: &Service) -> Option<Finding> {
        let host = FullHost::of(service);
        let covers = |suffix: &str, rule: &Object| host.is_covered_by(suffix, rule.namespace());
        let mut all = self.wildcard_virtual_services.iter();
        let (_, rule) = all.find(|(suffix, rule)| covers(suffix, &rule.object))?;
        let why = "a generated one for the exact host would replace it, with all its routes";
        let (what, cure) = ("covers its host with a wildcard", "Narrow its hosts to get generated rules");
        Some(finding(service, Code::VirtualServiceCovers, &rule.object, "spec.hosts", what, why, cure))
    }

    fn wildcard_in_the_way(&self, service: &'a Service, keys: &[Key<'a>]) -> Option<Finding> {
        if let Some(finding) = self.wildcard_virtual_service(service) {
            return Some(finding);
        }
        let host = FullHost::of(service);
        self.covering(&host).next()?;
        let followed = self.followed(service, keys, None);
        let clients = [service.namespace().effective(), ELSEWHERE].into_iter().chain(followed.namespaces());
        let rule = clients.flat_map(|client| followed.by(client)).find_map(|merged| merged.users().next())?;
        let namespace = rule.object.namespace();
        if namespace != service.namespace() && namespace != Namespace(Some(self.root_namespace)) {
            return Some(hides(service, rule));
        }
        let why = "a generated one for the exact host would replace it, with its traffic policy";
        let cure = "Keep the Service as it is, or narrow the host to get generated rules without its traffic policy";
        let code = Code::DestinationRuleCovers;
        Some(finding(service, code, &rule.object, "spec.host", "covers its host with a wildcard", why, cure))
    }

    /// Whether a route of the user's gets the default's subset where the policy merges.
    pub(super) fn fills_routes(&self, service: &'a Service, keys: &[Key<'a>], present: &Present<'_>) -> bool {
        let is_filled = |(standing, Target { destination: target, subset, .. }): (Standing, &Target<'_>)| {
            let is_bare = subset.is_none() && !target.has_empty_subset;
            is_bare && target.kind == "http" && present.says(standing, &target.host)
        };
        self.targets(service, keys).any(is_filled)
    }

    /// Routes and mirrors that reach the Service and name no version: their traffic keeps spreading over all of them,
    /// whatever the generated rules say. Among them those that name a version under a name of the past.
    pub(super) fn routes_without_subset(
        &self,
        service: &'a Service,
        keys: &[Key<'a>],
        versions: &[Version<'_>],
        policy: &Policy,
        (present, is_split): (&Present<'_>, bool),
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        for (standing, Target { rule, destination: target, subset }) in self.all_targets(service, keys) {
            let place = || rule.object.place().field(target.field());
            if standing == Standing::Dead {
                found.push(dead_route(service, place()));
                continue;
            }
            if subset.is_some() {
                if standing == Standing::Former {
                    found.push(route_with_old_name(service, place()));
                }
                continue;
            }
            // Filled in where the rule is merged into, unless it is written as nothing, which could not be brought back.
            let is_filled = policy.existing == Existing::Merge && target.kind == "http" && !target.has_empty_subset;
            let severity = if versions.len() > 1 { Severity::Warning } else { Severity::Info };
            if is_filled && !present.says(standing, &target.host) {
                found.push(route_left_alone(service, place()).with_severity(severity));
                continue;
            }
            if is_filled && !is_split {
                continue;
            }
            let message = format!(
                "this route leads to {} and names no subset, so what takes it spreads over all versions",
                service.object.reference
            );
            let cure = "Name the default version's subset in it";
            found.push(Finding::new(Code::RouteWithoutSubset, place(), message, cure).with_severity(severity));
        }
        found
    }
}

/// A route that leads nowhere and is going to.
fn dead_route(service: &Service, place: Place) -> Finding {
    let message = format!(
        "this route says a name that {} had before kustomize changed it, and kustomize does not change it here, so it \
         leads nowhere",
        service.object.reference
    );
    Finding::new(Code::OldName, place, message, "Write the host as it is after the build").with_severity(Severity::Info)
}

/// A route to a name of the past, while the subsets are those of the present one: nobody can tell whether kustomize renames
/// the host after the function. If it does not, a subset would be one that is not there.
fn route_left_alone(service: &Service, place: Place) -> Finding {
    let message = format!(
        "this route says the name that {} had before kustomize changed it, so it is left as it is: no request takes an \
         override there, and if kustomize renames the host, what takes the route spreads over all versions",
        service.object.reference
    );
    Finding::new(
        Code::OldName,
        place,
        message,
        "Write the host as it is after the build, or run the function after the build",
    )
}

/// Nothing more than worth knowing: where kustomize was told of Istio's name references it changes the route as well,
/// after the function has run.
fn route_with_old_name(service: &Service, place: Place) -> Finding {
    let message = format!(
        "this route says the name that {} had before kustomize changed it, so as it stands it leads nowhere",
        service.object.reference
    );
    let cure = "Give kustomize the `configurations:` file with Istio's name references, unless it has it already";
    Finding::new(Code::OldName, place, message, cure).with_severity(Severity::Info)
}

fn finding(service: &Service, code: Code, rule: &Object, field: &str, what: &str, why: &str, cure: &str) -> Finding {
    let message = format!("this Service is passed over: {} {what}, and {why}", rule.reference);
    let place: Place = rule.place().field(field);
    Finding::new(code, service.object.place(), message, cure).with_related(place, "It is here")
}

fn virtual_service_found(service: &Service, rule: &VirtualService, renamed: bool) -> Finding {
    if renamed {
        return old_name(service, &rule.object, "spec.hosts", OLD_NAME_MEANS);
    }
    let why = "of two for one host the sidecars follow the older and ignore the other";
    let cure = "Remove it to get generated rules, or add the overrides to it by hand";
    finding(service, Code::VirtualServiceExists, &rule.object, "spec.hosts", "is there for its host", why, cure)
}

/// A rule that says a name of the past in a way in which it stays.
fn dead_rule(service: &Service, rule: &Object, field: &str) -> Finding {
    let message = format!(
        "this Service gets rules as if {} were not there: it says a name that the Service had before kustomize changed it, \
         and kustomize does not change it there, so it does nothing",
        rule.reference
    );
    let cure = "Write the host as it is after the build, or remove the rule";
    Finding::new(Code::OldName, service.object.place(), message, cure)
        .with_related(rule.place().field(field), "It is here")
}

pub(super) fn hides(service: &Service, rule: &DestinationRule) -> Finding {
    let why = "clients in its namespace would not see the generated subsets and get 503";
    let cure = "Remove it, or move it to the Service's namespace";
    finding(
        service,
        Code::DestinationRuleHides,
        &rule.object,
        "spec.host",
        "in another namespace is about its host",
        why,
        cure,
    )
}

/// What becomes of a rule with a name of the past.
const OLD_NAME_MEANS: &str = "this Service is passed over";

/// A rule that says what the Service was called before; `outcome` is what follows for the Service.
pub(super) fn old_name(service: &Service, rule: &Object, field: &str, outcome: &str) -> Finding {
    let message = format!(
        "{outcome}: {} says the name that the Service had before kustomize changed it, so it does nothing as it stands",
        rule.reference
    );
    let cure = "Give kustomize the `configurations:` file with Istio's name references, unless it has it already: it renames the \
         host after the function";
    let place: Place = rule.place().field(field);
    Finding::new(Code::OldName, service.object.place(), message, cure).with_related(place, "It is here")
}
