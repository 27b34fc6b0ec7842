//! Who sees a rule: `exportTo`.

use smol_str::SmolStr;

/// All namespaces.
const EVERYBODY: &str = "*";
/// The namespace of the rule itself.
const HOME: &str = ".";
/// No namespace at all, which Istio takes in a VirtualService and its validation does not.
const NOBODY: &str = "~";

/// The namespaces to which a rule is exported, as they are written: `.` its own, `*` all, or names. An absent list is all
/// of them, as meshes have it unless somebody chose another default.
///
/// The list is kept as it is written, because Istio merges two DestinationRules only where their lists are equal, and to
/// it an absent list is not equal to `*` (`pilot/pkg/model/destination_rule.go`, `mergeDestinationRule`).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportTo(Vec<SmolStr>);

impl ExportTo {
    /// All namespaces, where nothing is written.
    pub const EVERYBODY: Self = Self(Vec::new());

    /// The list, in an order of its own and without repetition.
    #[must_use]
    pub fn new(mut written: Vec<SmolStr>) -> Self {
        written.sort();
        written.dedup();
        Self(written)
    }

    /// What somebody states for rules that are to be written, where nothing needs to be said of all namespaces.
    #[must_use]
    pub fn stated<'n>(namespaces: impl Iterator<Item = &'n str>) -> Self {
        let stated = Self::new(namespaces.map(SmolStr::from).collect());
        if stated.is_everybody() { Self::EVERYBODY } else { stated }
    }

    /// The namespaces as they are written; none where nothing is.
    #[must_use]
    pub fn written(&self) -> &[SmolStr] {
        &self.0
    }

    /// Whether everybody sees the rule.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty() || self.names(EVERYBODY)
    }

    /// The namespaces that are named, of a rule in `home`.
    pub fn namespaces<'e>(&'e self, home: &'e str) -> impl Iterator<Item = &'e str> {
        let named = self.0.iter().map(SmolStr::as_str).filter(|name| ![EVERYBODY, NOBODY].contains(name));
        named.map(move |name| if name == HOME { home } else { name })
    }

    /// Whether clients in a namespace follow a VirtualService in `home` (`pilot/pkg/model/push_context.go`,
    /// `initVirtualServices`).
    #[must_use]
    pub fn shows_routes(&self, home: &str, client: &str) -> bool {
        self.is_everybody() || (!self.names(NOBODY) && self.namespaces(home).any(|namespace| namespace == client))
    }

    /// Whether a DestinationRule in `home` is among those that clients there look at before all others (`push_context.go`,
    /// `setDestinationRules`).
    #[must_use]
    pub fn counts_at_home(&self, home: &str) -> bool {
        self.is_everybody() || self.names(HOME) || self.names(home)
    }

    /// Whether a DestinationRule in `home` is for clients there only (`setDestinationRules`).
    #[must_use]
    pub fn stays_at_home(&self, home: &str) -> bool {
        matches!(self.0.as_slice(), [only] if only == HOME || only == home)
    }

    /// Whether a DestinationRule that is for others as well gets to clients in a namespace (`push_context.go`,
    /// `getExportedDestinationRuleFromNamespace`).
    #[must_use]
    pub fn gets_to(&self, client: &str) -> bool {
        self.is_everybody() || self.names(client)
    }

    /// Whether this list has all that a list has that names somebody.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        !other.0.is_empty() && other.0.iter().all(|name| self.names(name))
    }

    /// The same clients, for a rule in another namespace.
    #[must_use]
    pub fn moved(&self, from: &str, to: &str) -> Self {
        if self.is_everybody() {
            return Self::default();
        }
        let named = self.namespaces(from).map(|name| if name == to { HOME } else { name });
        Self::new(named.map(SmolStr::from).collect())
    }

    fn names(&self, name: &str) -> bool {
        self.0.iter().any(|each| each == name)
    }
}

#[cfg(test)]
mod tests {
    use super::ExportTo;

    fn to(namespaces: &[&str]) -> ExportTo {
        ExportTo::new(namespaces.iter().map(|name| (*name).into()).collect())
    }

    #[test]
    fn an_absent_list_is_everybody_and_a_dot_the_rules_own_namespace() {
        assert!(to(&[]).is_everybody() && to(&["*"]).is_everybody() && !to(&["."]).is_everybody());
        assert!(to(&[]).shows_routes("shop", "web") && to(&["."]).shows_routes("shop", "shop"));
        assert!(!to(&["."]).shows_routes("shop", "web") && !to(&["~"]).shows_routes("shop", "shop"));
        assert!(to(&["web"]).shows_routes("shop", "web") && !to(&["web"]).shows_routes("shop", "shop"));
    }

    #[test]
    fn a_destination_rule_is_private_only_where_it_names_its_own_namespace_alone() {
        assert!(to(&["."]).stays_at_home("shop") && to(&["shop"]).stays_at_home("shop"));
        assert!(!to(&[".", "web"]).stays_at_home("shop") && !to(&[]).stays_at_home("shop"));
        assert!(to(&[".", "web"]).gets_to("web") && !to(&[".", "web"]).gets_to("shop"));
    }

    #[test]
    fn a_list_means_the_same_clients_from_another_namespace() {
        assert_eq!(to(&[".", "web"]).moved("shop", "other"), to(&["shop", "web"]));
        assert_eq!(to(&[".", "web"]).moved("shop", "web"), to(&[".", "shop"]));
        assert_eq!(to(&["."]).moved("shop", "shop"), to(&["."]));
        assert_eq!(to(&["*"]).moved("shop", "web"), to(&[]));
    }
}
