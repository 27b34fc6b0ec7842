//! Services without a namespace beside rules with one, and the other way round: nobody can tell whether they are about each
//! other.

use super::elsewhere::rule_in;
use super::*;

const SHORT: &str = "cart";
const WHOLE: &str = "cart.shop.svc.cluster.local";

/// `cart` in `v1` and `v2`; without a namespace where it is empty.
fn cart(namespace: &str) -> Given {
    let parts = (service("cart"), version("cart", "v1"), version("cart", "v2"));
    if namespace.is_empty() {
        return Given::default().and(parts.0).and(parts.1).and(parts.2);
    }
    let given = Given::default().and(parts.0.namespace(namespace));
    given.and(parts.1.namespace(namespace)).and(parts.2.namespace(namespace))
}

fn subsets(namespace: &str, host: &str) -> String {
    rule_in(namespace, "DestinationRule", "mine", &format!("{{host: '{host}'}}"))
}

fn routes(namespace: &str, host: &str) -> String {
    let http = "http: [{route: [{destination: {host: cart.shop.svc.cluster.local}}]}]";
    rule_in(namespace, "VirtualService", "mine", &format!("{{hosts: ['{host}'], {http}}}"))
}

#[track_caller]
fn is_skipped(given: Given, mine: &str) {
    for existing in ["existing: merge", "existing: skip"] {
        let found = given.clone().and(mine).policy(existing).run();
        let finding = find(&found, Code::CannotMerge);
        assert!(finding.message.contains("nobody can tell"), "{}", finding.message);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(found.generated.is_empty() && found.rendered.contains(mine), "{}", found.rendered);
    }
}

#[test]
fn a_service_without_a_namespace_is_skipped_where_a_rule_may_mean_it() {
    for namespace in ["platform", "shop", ""] {
        for host in [WHOLE, "cart.shop.svc.example.org", "*.shop.svc.cluster.local", "*art.shop.svc.cluster.local"] {
            is_skipped(cart(""), &subsets(namespace, host));
            is_skipped(cart(""), &routes(namespace, host));
        }
        for half in ["cart.shop", "cart.shop.svc"] {
            is_skipped(cart(""), &routes(namespace, half));
        }
    }
    is_skipped(cart(""), &subsets("shop", SHORT));
    is_skipped(cart(""), &routes("shop", SHORT));
}

#[test]
fn a_service_with_a_namespace_is_skipped_where_a_rule_without_one_may_mean_it() {
    for namespace in ["shop", "platform"] {
        is_skipped(cart(namespace), &subsets("", SHORT));
        is_skipped(cart(namespace), &routes("", SHORT));
    }
}

#[test]
fn rules_that_mean_other_services_of_the_input_or_none_are_in_nobodys_way() {
    let beside = service("cart").namespace("shop");
    let certain = [
        (cart("").and(beside), subsets("platform", WHOLE)),
        (cart("").and(service("cart").namespace("shop")), subsets("shop", SHORT)),
        (cart("shop").and(service("cart")), subsets("", SHORT)),
        (cart("shop").and(service("cart").namespace("default")), subsets("", SHORT)),
        (cart(""), subsets("shop", "other")),
        (cart(""), subsets("platform", "other.shop.svc.cluster.local")),
        (cart(""), subsets("platform", "*.example.com")),
        (cart(""), routes("shop", "cart.shop.svc.clusterset.local")),
        (cart(""), subsets("", SHORT)),
        (cart("shop"), subsets("", WHOLE)),
        (cart("shop"), subsets("platform", SHORT)),
    ];
    for (given, mine) in certain {
        let found = given.and(mine.as_str()).run();
        assert!(!found.codes().contains(&Code::CannotMerge), "{mine}: {:#?}", found.findings);
        assert!(!found.generated.is_empty(), "{mine}: {}", found.rendered);
    }
}
