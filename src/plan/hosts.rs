//! What a host in an Istio rule means.
//!
//! A name without a dot is a Service in the rule's own namespace; `name.namespace.svc.<domain>` is that Service
//! whatever the mesh's domain is; a leading `*` covers everything that ends in the rest. Anything else, `name.namespace`
//! and `name.namespace.svc` included, Istio does not expand, and it means no Service.

use std::cell::OnceCell;

use crate::inventory::{Namespace, Service};

/// The mesh's domain unless somebody changed it; Istio's own analyzers assume it as well.
const DEFAULT_DOMAIN: &str = "cluster.local";

/// The domain of Services as they are in several clusters together, which to Istio are hosts of their own.
const ALL_CLUSTERS: &str = "clusterset.local";

/// A host, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host<'a> {
    /// One Service.
    Service { name: &'a str, namespace: &'a str },
    /// Every host that ends in this.
    Wildcard { suffix: &'a str },
    /// Nothing in this cluster.
    Elsewhere,
}

impl<'a> Host<'a> {
    /// The name of the Service, where it is one.
    pub(super) fn name(self) -> Option<&'a str> {
        match self {
            Self::Service { name, .. } => Some(name),
            Self::Wildcard { .. } | Self::Elsewhere => None,
        }
    }

    /// Reads a host as a rule in `namespace` means it.
    pub(super) fn of(host: &'a str, namespace: Namespace<'a>) -> Self {
        if let Some(suffix) = host.strip_prefix('*') {
            return Self::Wildcard { suffix };
        }
        let Some((name, rest)) = host.split_once('.') else {
            let service = Self::Service { name: host, namespace: namespace.effective() };
            return if host.is_empty() { Self::Elsewhere } else { service };
        };
        match rest.split_once('.').and_then(|(namespace, rest)| Some((namespace, rest.strip_prefix("svc.")?))) {
            Some((namespace, domain)) if domain != ALL_CLUSTERS => Self::Service { name, namespace },
            _ => Self::Elsewhere,
        }
    }
}

/// The Service that a host names with its namespace and without its domain, as clients may call it. To Istio such a rule is
/// about that one spelling and no Service, and takes the requests that use it, unless a rule for the Service is older.
pub(super) fn half_qualified(host: &str) -> Option<(&str, &str)> {
    let mut labels = host.split('.');
    match (labels.next(), labels.next(), labels.next(), labels.next()) {
        (Some(name), Some(namespace), None | Some("svc"), None) => Some((name, namespace)),
        _ => None,
    }
}

/// The namespace of the Service that a host in a rule means, where it means one.
#[must_use]
pub fn namespace_meant<'a>(host: &'a str, rule: Namespace<'a>) -> Option<&'a str> {
    match Host::of(host, rule) {
        Host::Service { namespace, .. } => Some(namespace),
        Host::Wildcard { .. } | Host::Elsewhere => None,
    }
}

/// The host of a Service, to be held against wildcards.
pub(super) struct FullHost<'a> {
    service: &'a Service,
    /// Written when the first wildcard is met: most configurations have none.
    full: OnceCell<String>,
}

impl<'a> FullHost<'a> {
    pub(super) fn of(service: &'a Service) -> Self {
        Self { service, full: OnceCell::new() }
    }

    /// Whether a wildcard of a rule in `namespace` covers the Service.
    pub(super) fn is_covered_by(&self, suffix: &str, namespace: Namespace<'_>) -> bool {
        let (name, own) = (self.service.name(), self.service.namespace().effective());
        if self.full.get_or_init(|| format!("{name}.{own}.svc.{DEFAULT_DOMAIN}")).ends_with(suffix) {
            return true;
        }
        // A rule and a Service without a namespace land in the same one, whatever it will be called.
        let any_namespace = namespace.written().is_none() && self.service.namespace().written().is_none();
        let is_namespace = |name: &str| any_namespace || name == own;
        // A mesh may have a domain of its own: `*.shop.svc.example.org`.
        let mut labels = suffix.trim_start_matches('.').split('.');
        match (labels.next(), labels.next(), labels.next()) {
            (Some("svc"), ..) => true,
            (Some(namespace), Some("svc"), _) => is_namespace(namespace),
            (Some(named), Some(namespace), Some("svc")) => named == name && is_namespace(namespace),
            _ => false,
        }
    }
}

/// Whether a wildcard may cover a Service of this name whose namespace is not known: it names a namespace, and not the one
/// that is taken for that otherwise.
pub(super) fn perhaps_covers(suffix: &str, name: &str) -> bool {
    let Some((before, domain)) = suffix.split_once(".svc.") else { return false };
    if domain == ALL_CLUSTERS {
        return false;
    }
    match before.rsplit_once('.') {
        Some((of_name, namespace)) => {
            namespace != Namespace(None).effective() && name.ends_with(of_name.trim_start_matches('.'))
        }
        None => !before.is_empty() && !Namespace(None).effective().ends_with(before),
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, half_qualified};
    use crate::inventory::Namespace;

    const SHOP: Namespace<'_> = Namespace(Some("shop"));

    #[test]
    fn a_short_host_is_in_the_namespace_of_its_rule() {
        assert_eq!(Host::of("reviews", SHOP), Host::Service { name: "reviews", namespace: "shop" });
        assert_eq!(Host::of("reviews", Namespace(None)), Host::Service { name: "reviews", namespace: "default" });
    }

    #[test]
    fn a_full_host_names_its_namespace_in_any_domain() {
        let prod = Host::Service { name: "reviews", namespace: "prod" };
        assert_eq!(Host::of("reviews.prod.svc.cluster.local", SHOP), prod);
        assert_eq!(Host::of("reviews.prod.svc.example.org", SHOP), prod);
    }

    #[test]
    fn what_istio_does_not_expand_is_no_service() {
        assert_eq!(Host::of("reviews.prod", SHOP), Host::Elsewhere);
        assert_eq!(Host::of("reviews.prod.svc", SHOP), Host::Elsewhere);
        assert_eq!(Host::of("reviews.prod.svc.clusterset.local", SHOP), Host::Elsewhere);
        assert_eq!(half_qualified("reviews.prod"), Some(("reviews", "prod")));
        assert_eq!(half_qualified("reviews.prod.svc"), Some(("reviews", "prod")));
        assert_eq!(half_qualified("reviews.prod.svc.cluster.local"), None);
        assert_eq!(half_qualified("reviews"), None);
        assert_eq!(Host::of("shop.example.com", SHOP), Host::Elsewhere);
        assert_eq!(half_qualified("shop.example.com"), None);
        assert_eq!(Host::of("", SHOP), Host::Elsewhere);
    }
}
