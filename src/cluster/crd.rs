//! The kinds that the operator brings into a cluster, as CustomResourceDefinitions.
//!
//! ```text
//! Rust types ── schemars ──► JSON schema ── structural ──► what an API server takes ── rules ──► what it checks
//! ```
//!
//! The schema of `Overrides` is that of the type that a functionConfig is read into, so neither knows a field that the
//! other does not. What a type cannot say, such as that weights add up to 100, is a rule that the API server checks
//! when an object is applied: a wrong one is refused where it is written, and no webhook is needed.

mod overrides;
mod rules;
mod structural;
mod workload;

use serde_json::{Value, json};

use crate::krm::{EmitError, block};

/// Both definitions, as a stream of YAML documents for `kubectl apply`.
///
/// # Errors
/// None that is known: a definition is a plain value.
pub fn yaml() -> Result<String, EmitError> {
    let documents: Result<Vec<String>, _> =
        [overrides::definition(), workload::definition()].iter().map(|definition| block(definition, 0)).collect();
    Ok(documents?.join("---\n"))
}

/// What a definition is made of, beside its schema.
struct Definition {
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
    /// What the kind is for, in a sentence or two.
    description: &'static str,
    /// The columns of `kubectl get`, by name and path.
    columns: &'static [(&'static str, &'static str)],
}

/// Where `kubectl get` finds a condition.
macro_rules! condition {
    ($kind:literal) => {
        concat!(".status.conditions[?(@.type==\"", $kind, "\")].status")
    };
}
use condition;

impl Definition {
    /// The whole definition. `required` says whether an object without `spec` is refused.
    fn whole(&self, spec: &Value, status: &Value, required: bool) -> Value {
        let age = json!({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"});
        let columns = self.columns.iter().map(|(name, path)| json!({"name": name, "type": "string", "jsonPath": path}));
        let columns: Vec<Value> = columns.chain([age]).collect();
        let mut schema = json!({
            "description": self.description,
            "type": "object",
            "properties": {
                "apiVersion": {"type": "string", "description": "Group and version of the kind."},
                "kind": {"type": "string", "description": "The kind."},
                "metadata": {"type": "object"},
                "spec": spec,
                "status": status,
            },
        });
        if let (true, Some(schema)) = (required, schema.as_object_mut()) {
            schema.insert("required".to_owned(), json!(["spec"]));
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": format!("{}.{}", self.plural, self.group),
                "labels": {"app.kubernetes.io/part-of": "overrides"},
            },
            "spec": {
                "group": self.group,
                "names": {
                    "kind": self.kind,
                    "listKind": format!("{}List", self.kind),
                    "plural": self.plural,
                    "singular": self.singular,
                },
                "scope": "Namespaced",
                "versions": [{
                    "name": "v1alpha1",
                    "served": true,
                    "storage": true,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": columns,
                    "schema": {"openAPIV3Schema": schema},
                }],
            },
        })
    }
}

/// What the operator says of an object, with further fields.
fn status(further: &[(&str, &str)]) -> Value {
    let mut status = json!({
        "description": "What the operator says of it. Nobody else writes here.",
        "type": "object",
        "properties": {
            "observedGeneration": {
                "description": "The generation of the object that this is about.",
                "type": "integer",
                "format": "int64",
            },
            "conditions": {
                "description": "`Accepted` says whether it can be followed, `Programmed` whether the API server holds \
                                all that follows from it.",
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
                "items": condition_schema(),
            },
        },
    });
    let properties = status.pointer_mut("/properties").and_then(Value::as_object_mut);
    if let Some(properties) = properties {
        let further = further.iter().map(|(name, what)| (*name, json!({"description": what, "type": "string"})));
        properties.extend(further.map(|(name, schema)| (name.to_owned(), schema)));
    }
    status
}

/// A condition as all of Kubernetes has them.
fn condition_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "status", "reason", "message", "lastTransitionTime"],
        "properties": {
            "type": {"description": "What it is about.", "type": "string", "maxLength": 316},
            "status": {"description": "Whether it is so.", "type": "string", "enum": ["True", "False", "Unknown"]},
            "reason": {"description": "Why, in a word.", "type": "string", "minLength": 1, "maxLength": 1024},
            "message": {"description": "Why, in a sentence.", "type": "string", "maxLength": 32768},
            "observedGeneration": {
                "description": "The generation of the object that it is about.",
                "type": "integer",
                "format": "int64",
                "minimum": 0,
            },
            "lastTransitionTime": {
                "description": "When `status` changed last.",
                "type": "string",
                "format": "date-time",
            },
        },
    })
}
