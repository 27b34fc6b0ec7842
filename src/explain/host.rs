//! Hosts, as Istio compares them: fully qualified.

use std::net::IpAddr;

use super::export::Labels;

/// A host by its full name, or a wildcard such as `*.shop.svc.cluster.local`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Host(String);

impl Host {
    /// A name without a dot is a Service in the namespace of the object that says it; any other name is taken as it is
    /// (`pilot/pkg/model/config.go`, `ResolveShortnameToFQDN`).
    pub(super) fn resolve(written: &str, namespace: &str) -> Self {
        if written.is_empty() || written == "*" || written.contains('.') || written.parse::<IpAddr>().is_ok() {
            return Self(written.to_owned());
        }
        Self::of_service(written, namespace)
    }

    /// The host of a Service, in the domain that clusters have unless somebody chose another.
    pub(super) fn of_service(name: &str, namespace: &str) -> Self {
        Self(format!("{name}.{namespace}.svc.cluster.local"))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn lower_case(self) -> Self {
        Self(self.0.to_ascii_lowercase())
    }

    pub(super) fn is_wildcard(&self) -> bool {
        self.0.starts_with('*')
    }

    /// Whether this is the host, or a wildcard that covers it.
    pub(super) fn covers(&self, host: &Host) -> bool {
        match self.0.strip_prefix('*') {
            Some(suffix) => host.0.ends_with(suffix),
            None => self == host,
        }
    }

    /// How specific a host is: an exact one more than any wildcard, a long wildcard more than a short one
    /// (`pkg/config/host`, `MoreSpecific`).
    pub(super) fn specificity(&self) -> (bool, usize) {
        (!self.is_wildcard(), self.0.len())
    }

    /// The Service that the host would be, if Istio expanded names with a dot: `reviews.shop`, `reviews.shop.svc`.
    pub(super) fn half_qualified(&self) -> Option<Host> {
        let mut parts = self.0.split('.');
        match (parts.next()?, parts.next()?, parts.next(), parts.next()) {
            (name, namespace, None | Some("svc"), None) => Some(Self::of_service(name, namespace)),
            _ => None,
        }
    }
}

/// Whether all of the `wanted` labels are among those that are there.
pub(super) fn includes(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::Host;

    #[test]
    fn a_name_without_a_dot_is_a_service_of_the_same_namespace() {
        assert_eq!(Host::resolve("reviews", "shop").as_str(), "reviews.shop.svc.cluster.local");
        assert_eq!(Host::resolve("reviews.other", "shop").as_str(), "reviews.other");
        assert_eq!(Host::resolve("*", "shop").as_str(), "*");
        assert_eq!(Host::resolve("::1", "shop").as_str(), "::1");
    }

    #[test]
    fn a_wildcard_covers_what_ends_like_it() {
        let reviews = Host::of_service("reviews", "shop");
        assert!(Host::resolve("*.shop.svc.cluster.local", "x").covers(&reviews));
        assert!(Host::resolve("*", "x").covers(&reviews));
        assert!(!Host::resolve("*.other.svc.cluster.local", "x").covers(&reviews));
        assert!(!Host::resolve("reviews.shop", "x").covers(&reviews));
    }

    #[test]
    fn half_of_a_name_is_recognized() {
        let reviews = Host::of_service("reviews", "shop");
        assert_eq!(Host::resolve("reviews.shop", "x").half_qualified(), Some(reviews.clone()));
        assert_eq!(Host::resolve("reviews.shop.svc", "x").half_qualified(), Some(reviews));
        assert_eq!(Host::resolve("shop.example.com", "x").half_qualified(), None);
    }
}
