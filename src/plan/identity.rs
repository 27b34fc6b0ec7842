//! What rules may call a Service.

use foldhash::HashSet;

use super::hosts::{Host, half_qualified};
use crate::inventory::{Namespace, Service};

/// A Service by name and namespace.
pub(super) type Key<'a> = (&'a str, &'a str);

/// Stands for the namespace of Services and rules that name none: they land in the same one, whatever it will be called.
const UNNAMED: &str = "";

/// The Services that a host of a rule means: none for a wildcard or a name that is no Service's. A rule that names no
/// namespace means the one that it will itself land in, unless its host names another.
pub(super) fn meant<'a>(host: &'a str, rule: Namespace<'a>) -> impl Iterator<Item = Key<'a>> {
    let said = said(host, rule);
    let is_own = |(_, namespace): &Key<'_>| rule.written().is_none() && *namespace == rule.effective();
    said.into_iter().chain(said.filter(is_own).map(|(name, _)| (name, UNNAMED)))
}

/// Stands for any namespace: that of a rule that names none, and of a Service that names one.
const ANYWHERE: &str = "*";

/// The Services that a host of a rule means if something lands in a namespace that nobody can tell yet: a Service without a
/// namespace, where the rule or its host names one, and a Service with one, where the rule has none. `owned` is what all
/// Services are called: one of them may be just that. What has no namespace is in `default` otherwise, as it is to kustomize.
pub(super) fn perhaps_meant<'a>(host: &'a str, rule: Namespace<'_>, owned: &HashSet<Key<'_>>) -> Option<Key<'a>> {
    let is_short = !host.contains('.');
    let (name, namespace) = match half_qualified(host).filter(|_| !is_short) {
        Some(half) => half,
        None => said(host, Namespace(None))?,
    };
    let namespace = if is_short { rule.effective() } else { namespace };
    if owned.contains(&(name, namespace)) {
        return None;
    }
    let unwritten = Namespace(None).effective();
    match (is_short, rule.written()) {
        (true, None) => Some((name, ANYWHERE)),
        _ => (namespace != unwritten).then_some((name, UNNAMED)),
    }
}

/// What a rule calls a Service if something lands in a namespace that nobody can tell yet; `keys` is what rules may call it.
pub(super) fn perhaps_called<'a>(service: &'a Service, keys: &[Key<'a>]) -> impl Iterator<Item = Key<'a>> {
    let anywhere = service.namespace().written().map(|_| (service.name(), ANYWHERE));
    keys.iter().copied().chain(anywhere)
}

fn said<'a>(host: &'a str, rule: Namespace<'a>) -> Option<Key<'a>> {
    match Host::of(host, rule) {
        Host::Service { name, namespace } => Some((name, namespace)),
        Host::Wildcard { .. } | Host::Elsewhere => None,
    }
}

/// What a Service is called today.
pub(super) fn current_keys(service: &Service) -> impl Iterator<Item = Key<'_>> {
    let unnamed = service.namespace().written().is_none().then_some((service.name(), UNNAMED));
    std::iter::once((service.name(), service.namespace().effective())).chain(unnamed)
}

/// What rules may call the Service: its name and namespace, then what those were before kustomize changed them, unless
/// that is what another Service is called today; `owned` is what all of them are called.
pub(super) fn identities<'a>(service: &'a Service, owned: &HashSet<Key<'_>>) -> Vec<Key<'a>> {
    let mut keys: Vec<Key<'_>> = current_keys(service).collect();
    if service.previous.names.is_empty() && service.previous.namespaces.is_empty() {
        return keys;
    }
    let mut known: HashSet<Key<'_>> = keys.iter().copied().collect();
    let names = || std::iter::once(service.name()).chain(service.previous.names.iter().map(String::as_str));
    let previous = service.previous.namespaces.iter().map(String::as_str);
    let current: Vec<&str> = keys.iter().map(|(_, namespace)| *namespace).collect();
    let namespaces = current.into_iter().chain(previous);
    let former = namespaces.flat_map(|namespace| names().map(move |name| (name, namespace)));
    for key in former {
        if !owned.contains(&key) && known.insert(key) {
            keys.push(key);
        }
    }
    keys
}

/// How what a rule calls a Service stands to what it is called today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is called so.
    Present,
    /// It was, and kustomize renames the host together with it where it knows of Istio's name references.
    Former,
    /// It was, and the host stays as it is: kustomize compares whole texts, so that no host with a dot is a name to it, and
    /// none of another namespace is the Service's.
    Dead,
}

impl Standing {
    /// Of a host in a rule of the namespace `rule`, by which the Service with this key is meant.
    pub(super) fn of(service: &Service, key: &Key<'_>, host: &str, rule: Namespace<'_>) -> Self {
        if !is_former(service, key) {
            return Self::Present;
        }
        let is_beside = rule == service.namespace() && [service.namespace().effective(), UNNAMED].contains(&key.1);
        if is_beside && !host.contains('.') { Self::Former } else { Self::Dead }
    }
}

/// Whether this is what the Service was called before kustomize changed it.
fn is_former(service: &Service, key: &Key<'_>) -> bool {
    key.0 != service.name() || ![service.namespace().effective(), UNNAMED].contains(&key.1)
}
