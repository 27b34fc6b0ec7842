//! `Overrides`: the policy of a namespace.

use serde_json::{Value, json};

use super::rules::{DNS_LABEL, LABEL_VALUE, LABEL_VALUE_MESSAGE, at, pattern, rule};
use super::structural::schema_of;
use super::{Definition, condition, status};
use crate::config::{API_GROUP, KIND, Policy};

const OVERRIDES: Definition = Definition {
    group: API_GROUP,
    kind: KIND,
    plural: "overrides",
    singular: "overrides",
    description: "The policy by which the Services of a namespace get rules for per-request overrides. Its `spec` is \
                  the same as in files. A namespace has one at most.",
    columns: &[("Accepted", condition!("Accepted")), ("Programmed", condition!("Programmed"))],
};

const HEADER: &str = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";
const LABEL_KEY: &str = "^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$";
const GATEWAY: &str = "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?(/[a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$";
const EXPORTED_TO: &str = "^([.]|[*]|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$";
const HOST: &str = "^([*]|([*][.])?[a-z0-9]([-.a-z0-9]*[a-z0-9])?)$";

pub(super) fn definition() -> Value {
    let mut spec = schema_of::<Policy>();
    defaults(&mut spec);
    words(&mut spec);
    selector(&mut spec);
    services(&mut spec);
    expose(&mut spec);
    OVERRIDES.whole(&spec, &status(&[]), false)
}

/// They are those of the type; a test compares them. `defaultVersion` has none here: a default that somebody stated is
/// more than one that is built in, and what an API server writes into an object looks stated.
fn defaults(spec: &mut Value) {
    at(spec, "", json!({"default": {}}));
    let defaults = [
        ("header", json!("x-override")),
        ("baggage", json!(true)),
        ("tracestate", json!(false)),
        ("versionLabels", json!(["version"])),
        ("unversioned", json!("warn")),
        ("existing", json!("merge")),
        ("unknownVersion", json!("default")),
        ("singleVersion", json!("pin")),
        ("exportTo", json!(["*"])),
        ("rootNamespace", json!("istio-system")),
    ];
    for (field, default) in defaults {
        at(spec, field, json!({"default": default}));
    }
}

fn words(spec: &mut Value) {
    let taken = "!(self.lowerAscii() in ['authorization', 'baggage', 'connection', 'content-length', 'content-type', \
                 'cookie', 'host', 'te', 'traceparent', 'tracestate', 'transfer-encoding', 'upgrade'])";
    let checks = json!({
        "maxLength": 256,
        "x-kubernetes-validations": [
            pattern(HEADER, "one or more letters, digits and `!#$%&'*+-.^_`|~` are needed"),
            rule(taken, "this header has a meaning of its own and cannot carry overrides as well"),
        ],
    });
    at(spec, "header", checks);
    // The first that a workload has counts, so the order matters and nobody may merge into it.
    at(spec, "versionLabels", json!({"minItems": 1, "maxItems": 16, "x-kubernetes-list-type": "atomic"}));
    let key = pattern(LABEL_KEY, "a label key such as `version` or `example.com/version` is needed");
    at(spec, "versionLabels[]", json!({"maxLength": 317, "x-kubernetes-validations": [key]}));
    for field in ["defaultVersion", "services[].defaultVersion"] {
        let checks = [pattern(LABEL_VALUE, LABEL_VALUE_MESSAGE)];
        at(spec, field, json!({"maxLength": 63, "x-kubernetes-validations": checks}));
    }
    let alone = rule("size(self) == 1 || !('*' in self)", "`*` is all namespaces and stands alone");
    let checks = json!({
        "minItems": 1,
        "maxItems": 64,
        "x-kubernetes-list-type": "set",
        "x-kubernetes-validations": [alone],
    });
    at(spec, "exportTo", checks);
    let name = pattern(EXPORTED_TO, "the name of a namespace is needed, `.` for the Service's own, or `*` for all");
    at(spec, "exportTo[]", json!({"maxLength": 63, "x-kubernetes-validations": [name]}));
    for field in ["rootNamespace", "services[].name", "services[].namespace"] {
        at(spec, field, json!({"minLength": 1, "maxLength": 63, "pattern": DNS_LABEL}));
    }
}

fn selector(spec: &mut Value) {
    let has_values = "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : \
                      !has(self.values) || size(self.values) == 0";
    let checks = [rule(has_values, "`In` and `NotIn` need `values`, `Exists` and `DoesNotExist` take none")];
    // Of many Services each has few.
    for (selector, most) in [("select", 64), ("defaultSelector", 64), ("services[].defaultSelector", 8)] {
        let mut at = |below: &str, constraints| at(spec, &format!("{selector}{below}"), constraints);
        at("", json!({"x-kubernetes-map-type": "atomic"}));
        at(".matchLabels", json!({"maxProperties": most}));
        at(".matchExpressions", json!({"maxItems": most}));
        at(".matchExpressions[]", json!({"x-kubernetes-validations": checks}));
        at(".matchExpressions[].values", json!({"maxItems": 256}));
    }
}

fn services(spec: &mut Value) {
    // `namespace` is a word of CEL's own, and has to be written so.
    let once = "self.all(one, self.exists_one(other, one.name == other.name && \
                has(one.__namespace__) == has(other.__namespace__) && \
                (!has(one.__namespace__) || one.__namespace__ == other.__namespace__)))";
    let checks = [rule(once, "a Service has two entries: merge them, or tell them apart by `namespace`")];
    at(
        spec,
        "services",
        json!({"maxItems": 256, "x-kubernetes-list-type": "atomic", "x-kubernetes-validations": checks}),
    );
    let empty = "(!has(self.defaultSelector.matchLabels) || size(self.defaultSelector.matchLabels) == 0) && \
                 (!has(self.defaultSelector.matchExpressions) || size(self.defaultSelector.matchExpressions) == 0)";
    let either = format!("!has(self.defaultVersion) || !has(self.defaultSelector) || ({empty})");
    let checks = [rule(&either, "an entry has a `defaultVersion` or a `defaultSelector`: keep one of the two")];
    at(spec, "services[]", json!({"x-kubernetes-validations": checks}));
    let sum = rule("self.map(version, self[version]).sum() == 100", "the weights must add up to 100");
    let checks = json!({"maxProperties": 64, "x-kubernetes-map-type": "atomic", "x-kubernetes-validations": [sum]});
    at(spec, "services[].split", checks);
    at(spec, "services[].split{}", json!({"minimum": 0, "maximum": 100}));
}

fn expose(spec: &mut Value) {
    at(spec, "services[].expose.gateways", json!({"minItems": 1, "maxItems": 16, "x-kubernetes-list-type": "set"}));
    let checks = [
        rule("self != 'mesh'", "`mesh` stands for all sidecars, which have the rules already: name a gateway"),
        pattern(GATEWAY, "a gateway such as `ingress` or `istio-system/ingress` is needed"),
    ];
    at(spec, "services[].expose.gateways[]", json!({"maxLength": 317, "x-kubernetes-validations": checks}));
    at(spec, "services[].expose.hosts", json!({"minItems": 1, "maxItems": 16, "x-kubernetes-list-type": "set"}));
    let checks = [pattern(HOST, "a host such as `shop.example.com` or `*.example.com` is needed, in lower case")];
    at(spec, "services[].expose.hosts[]", json!({"maxLength": 255, "x-kubernetes-validations": checks}));
    let port = rule(
        "type(self) == int ? self >= 1 && self <= 65535 : size(string(self)) > 0",
        "the name of a port is needed, or its number from 1 to 65535",
    );
    at(spec, "services[].expose.port", json!({"maxLength": 63, "x-kubernetes-validations": [port]}));
}
