//! Routes that take every request of their host.
//!
//! Of the routes that stand in one list at a gateway, Istio puts those last that take everything, and leaves all others
//! in their order (`pilot/pkg/networking/core/route/route.go`, `SortVHostRoutes`). A clone has a condition on a header,
//! so it would stay in its place, in front of other rules' routes.

use crate::value::{Fields, Value};

/// A condition by which a route takes every request, where it holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct CatchAll<'r> {
    /// None for a route without any condition.
    condition: Option<&'r Value>,
}

impl<'r> CatchAll<'r> {
    /// The conditions by which a route takes every request. Each becomes a route of Envoy's.
    pub(in crate::plan) fn all_of(route: &'r Value) -> impl Iterator<Item = Self> {
        let matches = route.get("match").and_then(Value::as_array).unwrap_or_default();
        let whole = matches.is_empty().then_some(Self { condition: None });
        let conditions = matches.iter().filter(|condition| takes_all(condition));
        whole.into_iter().chain(conditions.map(|condition| Self { condition: Some(condition) }))
    }

    /// Whether it holds on a port of a Gateway's server (`TranslateRoute`). On one that is not known it may.
    pub(in crate::plan) fn is_for_port(self, port: Option<u64>) -> bool {
        let own =
            self.condition.and_then(|condition| condition.get("port")).and_then(Value::as_u64).filter(|n| *n != 0);
        own.is_none() || port.is_none() || own == port
    }

    /// The gateways that it is for; none where it is for all of its rule (`sourceMatchHTTP`).
    pub(in crate::plan) fn gateways(self) -> impl Iterator<Item = &'r str> + Clone {
        let gateways = self.condition.and_then(|condition| condition.get("gateways")).and_then(Value::as_array);
        gateways.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// Istio's `IsCatchAllRoute`, of the route that `TranslateRouteMatch` makes of a condition: any path, and nothing else
/// that is looked at. A method, a host and a scheme become headers there, an empty one included.
fn takes_all(condition: &Value) -> bool {
    let is_said = |field: &&str| condition.get(field).is_some_and(|said| *said != Value::Null);
    let has_entries = |field: &&str| condition.get(field).and_then(Value::as_object).is_some_and(|all| !all.is_empty());
    is_any_path(condition.get("uri"))
        && !["headers", "withoutHeaders", "queryParams"].iter().any(has_entries)
        && !["method", "authority", "scheme"].iter().any(is_said)
}

fn is_any_path(uri: Option<&Value>) -> bool {
    let said = uri.and_then(Value::as_object).into_iter().flat_map(Fields::iter);
    let mut said = said.filter(|(_, value)| **value != Value::Null).map(|(kind, value)| (kind, value.as_str()));
    said.all(|said| matches!(said, ("prefix", Some("/")) | ("regex", Some(".*"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::CatchAll;
    use crate::value::Value;

    fn takes_all(condition: &serde_json::Value) -> bool {
        let route = Value::from(json!({ "match": [condition] }));
        CatchAll::all_of(&route).next().is_some()
    }

    /// The cases of Istio's `TestIsCatchAllRoute`, written as a VirtualService says them.
    #[test]
    fn what_istio_takes_for_a_catch_all_is_one() {
        assert!(takes_all(&json!({"uri": {"prefix": "/"}})));
        assert!(takes_all(&json!({"uri": {"regex": ".*"}})));
        for condition in [
            json!({"uri": {"prefix": "/"}, "headers": {"Authentication": {"exact": "test"}}}),
            json!({"uri": {"regex": ".*"}, "headers": {"Authentication": {"regex": ".*"}}}),
            json!({"uri": {"regex": ".*"}, "queryParams": {"Authentication": {"regex": "*"}}}),
        ] {
            assert!(!takes_all(&condition), "{condition}");
        }
    }

    #[test]
    fn a_condition_that_says_nothing_takes_everything() {
        for condition in [
            json!({}),
            json!({"uri": {}}),
            json!({"uri": null, "headers": {}, "withoutHeaders": null, "queryParams": {}, "method": null}),
            json!({"port": 80, "gateways": ["a"], "sourceLabels": {"app": "x"}, "name": "all", "ignoreUriCase": true}),
        ] {
            assert!(takes_all(&condition), "{condition}");
        }
        assert_eq!(CatchAll::all_of(&Value::from(json!({"route": []}))).count(), 1);
        assert_eq!(CatchAll::all_of(&Value::from(json!({"match": []}))).count(), 1);
    }

    #[test]
    fn a_condition_on_anything_of_the_request_does_not() {
        for condition in [
            json!({"uri": {"exact": "/"}}),
            json!({"uri": {"prefix": "/api"}}),
            json!({"uri": {"regex": "/.*"}}),
            json!({"headers": {"cookie": {}}}),
            json!({"headers": {"@request.auth.claims.group": {"exact": "dev"}}}),
            json!({"withoutHeaders": {"cookie": {"regex": ".*"}}}),
            json!({"queryParams": {"v": {"exact": "2"}}}),
            json!({"method": {"exact": "GET"}}),
            json!({"method": {}}),
            json!({"authority": {"prefix": "shop"}}),
            json!({"scheme": {"exact": "https"}}),
        ] {
            assert!(!takes_all(&condition), "{condition}");
        }
    }
}
