//! Which namespaces a rule of Istio's is about: those of the Services that it names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::inventory::Namespace;
use crate::istio;
use crate::plan::namespace_meant;

/// Whether an object is one of the rules that somebody may have written about Services of any namespace.
pub(super) fn is_rule(object: &Value) -> bool {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    group == istio::GROUP && matches!(text("kind"), "DestinationRule" | "VirtualService")
}

/// The namespaces of the Services that a rule names: its hosts, and where its routes lead. None for one that is about
/// wildcards and hosts outside alone.
pub(super) fn namespaces_of(rule: &Value) -> BTreeSet<&str> {
    let own = rule.pointer("/metadata/namespace").and_then(Value::as_str);
    let Some(spec) = rule.get("spec") else { return BTreeSet::new() };
    let mut hosts: Vec<&str> = spec.get("host").and_then(Value::as_str).into_iter().collect();
    hosts.extend(spec.get("hosts").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str));
    for kind in ["http", "tls", "tcp"] {
        collect(spec.get(kind), &mut hosts);
    }
    hosts.into_iter().filter_map(|host| namespace_meant(host, Namespace(own))).collect()
}

/// The hosts of destinations and mirrors, however deep: nothing else in a route is called `host` and is text, but for
/// what a destination is taken from.
fn collect<'a>(value: Option<&'a Value>, hosts: &mut Vec<&'a str>) {
    match value {
        Some(Value::Array(values)) => values.iter().for_each(|value| collect(Some(value), hosts)),
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("destination" | "mirror", Value::Object(target)) => {
                        hosts.extend(target.get("host").and_then(Value::as_str));
                    }
                    ("route" | "mirrors", _) => collect(Some(value), hosts),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::namespaces_of;

    #[test]
    fn a_rule_is_about_the_namespaces_of_its_hosts_and_of_where_it_leads() {
        let rule = json!({
            "metadata": {"namespace": "shop"},
            "spec": {
                "hosts": ["shop.example.com", "reviews.stars.svc.cluster.local"],
                "http": [{
                    "route": [{"destination": {"host": "front"}}],
                    "mirror": {"host": "copy.lab.svc.cluster.local"},
                    "match": [{"headers": {"host": {"exact": "x.no.svc"}}}],
                }],
            },
        });
        assert_eq!(namespaces_of(&rule).into_iter().collect::<Vec<_>>(), ["lab", "shop", "stars"]);
    }

    #[test]
    fn a_rule_for_wildcards_is_about_no_namespace() {
        let rule = json!({"metadata": {"namespace": "istio-system"}, "spec": {"host": "*.shop.svc.cluster.local"}});
        assert!(namespaces_of(&rule).is_empty());
    }
}
