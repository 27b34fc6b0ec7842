//! What an API server checks of a field beyond its type, written into the schema.
//!
//! Rules in CEL have a budget that is reckoned from the largest object that there could be, so every list, map and text
//! that a rule looks at has a largest size.

use serde_json::{Value, json};

/// A name of Kubernetes' own: a DNS label.
pub(super) const DNS_LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// A value that a label may have, which is not empty.
pub(super) const LABEL_VALUE: &str = "^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$";
/// What is wrong with a value that is none.
pub(super) const LABEL_VALUE_MESSAGE: &str =
    "1 to 63 letters, digits, `-`, `_` and `.` are needed, with a letter or digit at either end";

/// Adds to the schema of a field. `path` names it as users do: `spec.services[].name`, with `{}` for the values of a
/// map.
pub(super) fn at(schema: &mut Value, path: &str, constraints: Value) {
    let pointer = pointer(path);
    let field = schema.pointer_mut(&pointer).and_then(Value::as_object_mut);
    debug_assert!(field.is_some(), "no schema at {path}");
    if let (Some(field), Value::Object(constraints)) = (field, constraints) {
        field.extend(constraints);
    }
}

/// A rule, and what is said where it does not hold.
pub(super) fn rule(rule: &str, message: &str) -> Value {
    json!({"rule": rule, "message": message})
}

/// Where a pattern alone would be all that a user reads, the rule says in words what is needed.
pub(super) fn pattern(pattern: &str, message: &str) -> Value {
    let quoted = pattern.replace('\\', "\\\\").replace('\'', "\\'");
    rule(&format!("self.matches('{quoted}')"), message)
}

fn pointer(path: &str) -> String {
    let mut pointer = String::new();
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let name = step.trim_end_matches("[]").trim_end_matches("{}");
        pointer.push_str("/properties/");
        pointer.push_str(name);
        pointer.push_str(if step.ends_with("[]") {
            "/items"
        } else if step.ends_with("{}") {
            "/additionalProperties"
        } else {
            ""
        });
    }
    pointer
}
