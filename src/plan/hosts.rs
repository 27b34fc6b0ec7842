//! What a host in an Istio rule means.
//!
//! A name without a dot is a Service in the rule's own namespace; `name.namespace.svc.<domain>` is that Service
//! whatever the mesh's domain is; a leading `*` covers everything that ends in the rest. Anything else, `name.namespace`
//! included, Istio does not expand, and it means no Service.

use crate::inventory::{Namespace, Service};

/// The mesh's domain unless somebody changed it; Istio's own analyzers assume it as well.
const DEFAULT_DOMAIN: &str = "cluster.local";

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
    /// Reads a host as a rule in `namespace` means it.
    pub(super) fn of(host: &'a str, namespace: Namespace<'a>) -> Self {
        if let Some(suffix) = host.strip_prefix('*') {
            return Self::Wildcard { suffix };
        }
        let mut labels = host.splitn(4, '.');
        match (labels.next(), labels.next(), labels.next()) {
            (Some(name), None, _) if !name.is_empty() => Self::Service { name, namespace: namespace.effective() },
            // A rule and a Service without a namespace land in the same one, whatever it will be called.
            (Some(name), Some(_), Some("svc")) if namespace.written().is_none() => {
                Self::Service { name, namespace: namespace.effective() }
            }
            (Some(name), Some(namespace), Some("svc")) => Self::Service { name, namespace },
            _ => Self::Elsewhere,
        }
    }
}

/// Whether a wildcard covers a Service.
pub(super) fn wildcard_covers(suffix: &str, service: &Service) -> bool {
    let short = format!("{}.{}.svc.", service.name(), service.namespace().effective());
    let full = format!("{short}{DEFAULT_DOMAIN}");
    if full.ends_with(suffix) {
        return true;
    }
    // A mesh with a domain of its own: `*.shop.svc.example.org`.
    let labels: Vec<&str> = suffix.trim_start_matches('.').split('.').collect();
    match labels.as_slice() {
        ["svc", ..] => true,
        [namespace, "svc", ..] => *namespace == service.namespace().effective(),
        [name, namespace, "svc", ..] => *name == service.name() && *namespace == service.namespace().effective(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Host;
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
        assert_eq!(Host::of("shop.example.com", SHOP), Host::Elsewhere);
        assert_eq!(Host::of("", SHOP), Host::Elsewhere);
    }
}
