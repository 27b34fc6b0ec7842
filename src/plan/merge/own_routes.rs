//! The user's own routes in a list that an earlier run added to.

use std::borrow::Cow;

use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use super::destinations;
use crate::inventory::{Added, Filled};
use crate::value::Value;

/// A list of routes, told apart.
#[derive(Debug)]
pub(super) struct OwnRoutes<'r> {
    /// The user's own, as they were before anything was filled in, each with its position in the list as it is now.
    pub(super) own: Vec<(usize, Cow<'r, Value>)>,
    /// Positions of those that were added.
    pub(super) added: Vec<usize>,
}

/// Tells the user's own routes from those that were added. None where the note no longer fits the list: somebody changed
/// one or the other.
pub(super) fn own_routes<'r>(routes: &'r [Value], added: &Added) -> Option<OwnRoutes<'r>> {
    let mut found = OwnRoutes { own: Vec::with_capacity(routes.len()), added: Vec::new() };
    let mut expected = added.routes.iter().peekable();
    for (position, route) in routes.iter().enumerate() {
        match expected.next_if(|next| next.before == found.own.len()) {
            Some(next) if route.get("name").and_then(Value::as_str) == Some(&next.name) => found.added.push(position),
            Some(_) => return None,
            None => found.own.push((position, Cow::Borrowed(route))),
        }
    }
    if expected.next().is_some() {
        return None;
    }
    for filled in &added.filled {
        let (_, route) = found.own.get_mut(filled.route)?;
        let place = destinations::all(route.to_mut()).into_iter().find(|place| place.path == filled.place)?;
        if destinations::subset(place.destination) != Some(&filled.subset) {
            return None;
        }
        place.destination.remove("subset");
    }
    let is_like = |filled: &Filled| {
        let own = found.own.get(filled.route).map(|(_, route)| likeness(route));
        filled.like.is_empty() || own.is_some_and(|like| like == filled.like)
    };
    added.filled.iter().all(is_like).then_some(found)
}

/// How long a route is as text, or most of it.
const USUAL_LENGTH: usize = 256;

/// What a route is like: all that it says but for names of other objects, which kustomize may change.
pub(super) fn likeness(route: &Value) -> SmolStr {
    let mut text = String::with_capacity(USUAL_LENGTH);
    write_sorted(route, &mut Vec::new(), &mut text);
    format_smolstr!("{:08x}", crc32fast::hash(text.as_bytes()))
}

/// A value with its keys in order, for tools that rewrite files sort them. `sorted` holds the fields of all mappings around
/// it, as one place for all.
fn write_sorted<'v>(value: &'v Value, sorted: &mut Vec<(&'v str, &'v Value)>, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let start = sorted.len();
            sorted.extend(fields.iter().filter(|(name, _)| !NAMES_OF_OTHERS.contains(name)));
            let end = sorted.len();
            sorted.get_mut(start..).unwrap_or_default().sort_by_key(|(name, _)| *name);
            text.push('{');
            for position in start..end {
                let Some((name, value)) = sorted.get(position).copied() else { continue };
                text.push_str(name);
                text.push(':');
                write_sorted(value, sorted, text);
                text.push(',');
            }
            text.push('}');
            sorted.truncate(start);
        }
        Value::Array(entries) => {
            text.push('[');
            for entry in entries {
                write_sorted(entry, sorted, text);
            }
            text.push(']');
        }
        // As JSON, in which a text without special characters is itself in quotes.
        Value::String(said)
            if said.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) =>
        {
            text.extend(["\"", said, "\""]);
        }
        Value::Number(number) => text.push_str(&number.to_smolstr()),
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Fields that hold names of other objects, and the subset that a run may fill in.
const NAMES_OF_OTHERS: [&str; 4] = ["host", "delegate", "gateways", "subset"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::own_routes;
    use crate::inventory::{Added, AddedRoute, Filled};
    use crate::value::Value;

    fn named(name: &str) -> Value {
        json!({"name": name, "route": [{"destination": {"host": "reviews", "subset": "v1"}}]}).into()
    }

    fn added(routes: &[(&str, usize)]) -> Added {
        let routes = routes.iter().map(|(name, before)| AddedRoute { name: (*name).into(), before: *before });
        Added { routes: routes.collect(), ..Added::default() }
    }

    #[test]
    fn a_users_own_route_is_never_taken_for_ours_whatever_its_name() {
        let routes = [named("override-a"), named("override-a"), named("last")];
        let found = own_routes(&routes, &added(&[("override-a", 1)])).expect("the note fits");
        assert_eq!(found.added, [1]);
        assert_eq!(found.own.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn a_note_that_no_longer_fits_is_of_no_use() {
        let routes = [named("a"), named("b")];
        assert!(own_routes(&routes, &added(&[("b", 0)])).is_none(), "another route stands there");
        assert!(own_routes(&routes, &added(&[("c", 2)])).is_none(), "the route is gone");
    }

    #[test]
    fn a_subset_that_was_filled_in_is_taken_out_unless_somebody_changed_it() {
        let fill = |subset: &str| Added {
            filled: vec![Filled {
                route: 0,
                place: "route[0].destination".into(),
                subset: subset.into(),
                like: "".into(),
            }],
            ..Added::default()
        };
        let routes = [named("a")];
        let found = own_routes(&routes, &fill("v1")).expect("the note fits");
        assert_eq!(
            found.own[0].1.get("route").and_then(|route| route.as_array()?[0].get("destination")),
            Some(&Value::from(json!({"host": "reviews"})))
        );
        assert!(own_routes(&[named("a")], &fill("v2")).is_none());
    }
}
