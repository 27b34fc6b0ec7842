//! The destinations of a route, wherever they stand in it.

use smol_str::{SmolStr, format_smolstr};

use crate::value::{Fields, Value};

/// A destination of a route: a share of the traffic, or a mirror.
pub(super) struct Place<'r> {
    /// Where it stands in the route: `route[0].destination`, `mirror`, `mirrors[0].destination`.
    pub(super) path: SmolStr,
    /// The destination itself.
    pub(super) destination: &'r mut Fields,
}

/// All destinations of a route, shares first, then mirrors.
pub(super) fn all(route: &mut Value) -> Vec<Place<'_>> {
    let Some(route) = route.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in route.iter_mut() {
        match (key, value) {
            ("route" | "mirrors", Value::Array(entries)) => {
                for (index, entry) in entries.make_mut().iter_mut().enumerate() {
                    let destination = entry.get_mut("destination").and_then(Value::as_object_mut);
                    found.extend(
                        destination
                            .map(|d| Place { path: format_smolstr!("{key}[{index}].destination"), destination: d }),
                    );
                }
            }
            ("mirror", Value::Object(destination)) => {
                found.push(Place { path: key.into(), destination });
            }
            _ => {}
        }
    }
    found.sort_by_key(|place| !place.path.starts_with("route"));
    found
}

/// The host that a destination names.
pub(super) fn host(destination: &Fields) -> Option<&str> {
    destination.get("host")?.as_str()
}

/// The subset that a destination names; an empty one is none.
pub(super) fn subset(destination: &Fields) -> Option<&str> {
    destination.get("subset")?.as_str().filter(|subset| !subset.is_empty())
}
