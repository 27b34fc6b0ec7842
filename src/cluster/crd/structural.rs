//! A JSON schema as schemars writes it, made one that an API server takes: without references, without alternatives,
//! and without `null`, which the API server takes for a field that is not there.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// The schema of a type.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    rewrite(&mut schema);
    schema
}

fn rewrite(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    // An API server writes defaults into objects, so each is a decision of its own, and is not taken from a type.
    for unwanted in ["$schema", "title", "default"] {
        fields.remove(unwanted);
    }
    // Formats of Rust's own, and bounds that come with them: what matters of them is a rule.
    if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        fields.remove("format");
    }
    // Unknown fields are refused or dropped by the API server itself.
    if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
        fields.remove("additionalProperties");
    }
    without_null(fields);
    enumeration(fields);
    int_or_string(fields);
    for inner in ["properties", "patternProperties"] {
        for (_, property) in fields.get_mut(inner).and_then(Value::as_object_mut).into_iter().flatten() {
            rewrite(property);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(inner) {
            rewrite(inner);
        }
    }
}

/// `Option<T>` is T: a field may always be left out, unless it is among `required`.
fn without_null(fields: &mut Map<String, Value>) {
    let is_null = |value: &Value| value == "null" || value.get("type").is_some_and(|kind| kind == "null");
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|kind| !is_null(kind));
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = fields.get("anyOf") else { return };
    let some: Vec<&Value> = choices.iter().filter(|choice| !is_null(choice)).collect();
    let [Value::Object(only)] = some.as_slice() else { return };
    let only = only.clone();
    fields.remove("anyOf");
    for (field, value) in only {
        fields.entry(field).or_insert(value);
    }
    without_null(fields);
}

/// Words with a description each become one list of words, and one description of all.
fn enumeration(fields: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = fields.get("oneOf") else { return };
    let word = |choice: &Value| Some((choice.get("const")?.as_str()?.to_owned(), choice.get("description").cloned()));
    let Some(words) = choices.iter().map(word).collect::<Option<Vec<_>>>() else { return };
    let mut text = fields.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (word, description) in &words {
        let description = description.as_ref().and_then(Value::as_str).unwrap_or_default();
        text.extend(["\n`", word, "`: ", description]);
    }
    let words: Vec<Value> = words.into_iter().map(|(word, _)| Value::from(word)).collect();
    fields.remove("oneOf");
    fields.insert("description".to_owned(), Value::from(text.trim()));
    fields.insert("type".to_owned(), Value::from("string"));
    fields.insert("enum".to_owned(), Value::from(words));
}

/// A name or a number.
fn int_or_string(fields: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = fields.get("anyOf") else { return };
    let kinds: Vec<&str> = choices.iter().filter_map(|choice| choice.get("type")?.as_str()).collect();
    if kinds == ["string", "integer"] {
        fields.remove("anyOf");
        fields.insert("x-kubernetes-int-or-string".to_owned(), Value::Bool(true));
    }
}
