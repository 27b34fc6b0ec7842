//! Namespaces, as far as Istio's ambient mode is asked for in them.

use crate::krm::{Item, NodeRef};

/// The label of a namespace or of Pods that says what carries their traffic.
pub const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// The label of a namespace or of a Service that names its waypoint.
pub const USE_WAYPOINT: &str = "istio.io/use-waypoint";

/// What a namespace says about Istio's ambient mode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceMode {
    /// Whether its Pods are in ambient mode unless they say otherwise.
    pub ambient: bool,
    /// The waypoint of its Services unless they say otherwise; `none` where it is said that there is none.
    pub waypoint: Option<String>,
}

impl NamespaceMode {
    /// Reads a `Namespace`. What cannot be read says nothing.
    pub(super) fn read(item: Item<'_>) -> Self {
        let label = |name| item.metadata("labels").and_then(|labels| labels.get(name)).and_then(NodeRef::as_text);
        Self {
            ambient: label(DATAPLANE_MODE) == Some("ambient"),
            waypoint: label(USE_WAYPOINT).filter(|name| !name.is_empty()).map(ToOwned::to_owned),
        }
    }
}
