//! Who sees a rule: `exportTo`.

use std::collections::BTreeMap;

/// Labels by key.
pub(super) type Labels = BTreeMap<String, String>;

/// The namespaces to which an object is exported: `.` its own, `*` all, `~` none, or names; empty means all, as meshes
/// have it unless somebody chose another default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ExportTo(Vec<String>);

/// How far a VirtualService reaches, in the order in which Istio lists them to a sidecar: those of the caller's own
/// namespace alone, those that are exported to it by name, those of everybody
/// (`pilot/pkg/model/virtualservice.go`, `SelectVirtualServices`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    Own,
    Named,
    Everybody,
}

impl ExportTo {
    pub(super) fn new(mut namespaces: Vec<String>) -> Self {
        namespaces.sort();
        namespaces.dedup();
        Self(namespaces)
    }

    fn names(&self, namespace: &str) -> bool {
        self.0.iter().any(|each| each == namespace)
    }

    /// How a VirtualService of the namespace `own` reaches a caller, if it does
    /// (`pilot/pkg/model/push_context.go`, `initVirtualServices`).
    pub(super) fn reach(&self, own: &str, caller: &str) -> Option<Reach> {
        if self.0.is_empty() || self.names("*") {
            return Some(Reach::Everybody);
        }
        if self.names("~") {
            return None;
        }
        if own == caller {
            return (self.names(".") || self.names(own)).then_some(Reach::Own);
        }
        self.names(caller).then_some(Reach::Named)
    }

    /// Whether a DestinationRule counts for callers of its own namespace (`push_context.go`, `setDestinationRules`).
    pub(super) fn counts_at_home(&self, own: &str) -> bool {
        self.0.is_empty() || [".", "*", own].iter().any(|each| self.names(each))
    }

    /// Whether a DestinationRule stays in its own namespace.
    pub(super) fn stays_at_home(&self, own: &str) -> bool {
        matches!(self.0.as_slice(), [only] if only == "." || only == own)
    }

    /// Whether a DestinationRule that leaves its namespace gets to this one
    /// (`push_context.go`, `getExportedDestinationRuleFromNamespace`).
    pub(super) fn gets_to(&self, caller: &str) -> bool {
        self.0.is_empty() || self.names("*") || self.names(caller)
    }

    /// Whether everybody in `other` is named here too, and `other` names somebody.
    pub(super) fn is_superset_of_some(&self, other: &Self) -> bool {
        !other.0.is_empty() && other.0.iter().all(|each| self.names(each))
    }
}

#[cfg(test)]
mod tests {
    use super::{ExportTo, Reach};

    fn to(namespaces: &[&str]) -> ExportTo {
        ExportTo::new(namespaces.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn an_absent_list_is_everybody() {
        assert_eq!(to(&[]).reach("shop", "web"), Some(Reach::Everybody));
        assert_eq!(to(&["*"]).reach("shop", "web"), Some(Reach::Everybody));
    }

    #[test]
    fn a_dot_is_the_objects_own_namespace() {
        assert_eq!(to(&["."]).reach("shop", "shop"), Some(Reach::Own));
        assert_eq!(to(&["."]).reach("shop", "web"), None);
        assert_eq!(to(&["shop"]).reach("shop", "shop"), Some(Reach::Own));
    }

    #[test]
    fn a_namespace_may_be_named_and_a_tilde_is_nobody() {
        assert_eq!(to(&["web"]).reach("shop", "web"), Some(Reach::Named));
        assert_eq!(to(&["web"]).reach("shop", "shop"), None);
        assert_eq!(to(&["~"]).reach("shop", "shop"), None);
    }
}
