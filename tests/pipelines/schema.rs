//! JSON against a JSON Schema, as far as the two schemas here go. A keyword that is not known here fails the test, so that
//! nothing of a schema is left out unseen.

use regex::Regex;
use serde_json::Value;

/// What is wrong with a document, each with its place.
pub fn mistakes(schema: &Value, document: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    check(schema, schema, document, "$", &mut mistakes);
    mistakes
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, mistakes: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else { panic!("{place}: a schema is an object, not {schema}") };
    for (keyword, wanted) in keywords {
        let mut refuse = |holds: bool| {
            if !holds {
                mistakes.push(format!("{place}: {keyword} {wanted}, not {value}"));
            }
        };
        match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" | "definitions" => {}
            "type" => refuse(is_of(wanted.as_str().expect("one type"), value)),
            "enum" => refuse(wanted.as_array().unwrap().contains(value)),
            "minimum" => refuse(value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap())),
            "maximum" => refuse(value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap())),
            "minItems" => refuse(value.as_array().is_none_or(|all| all.len() as u64 >= wanted.as_u64().unwrap())),
            "uniqueItems" => refuse(value.as_array().is_none_or(|all| {
                wanted == &Value::Bool(false)
                    || all.iter().enumerate().all(|(index, item)| !all[..index].contains(item))
            })),
            "pattern" => {
                let matches = |text| Regex::new(wanted.as_str().unwrap()).expect("a pattern").is_match(text);
                refuse(value.as_str().is_none_or(matches));
            }
            "format" => refuse(value.as_str().is_none_or(|text| is_in_format(wanted.as_str().unwrap(), text))),
            "required" => refuse(value.as_object().is_none_or(|fields| {
                wanted.as_array().unwrap().iter().all(|name| fields.contains_key(name.as_str().unwrap()))
            })),
            "anyOf" => refuse(fitting(root, wanted, value) >= 1),
            "oneOf" => refuse(fitting(root, wanted, value) == 1),
            "$ref" => {
                let path = wanted.as_str().unwrap().strip_prefix('#').expect("a place in the schema");
                check(root, root.pointer(path).expect("what is referred to"), value, place, mistakes);
            }
            "items" => value.as_array().into_iter().flatten().enumerate().for_each(|(index, item)| {
                check(root, wanted, item, &format!("{place}[{index}]"), mistakes);
            }),
            "properties" => value.as_object().into_iter().flatten().for_each(|(name, field)| {
                if let Some(schema) = wanted.get(name) {
                    check(root, schema, field, &format!("{place}.{name}"), mistakes);
                }
            }),
            "additionalProperties" => value.as_object().into_iter().flatten().for_each(|(name, field)| {
                let is_known = schema["properties"].get(name).is_some();
                match wanted {
                    _ if is_known => {}
                    Value::Bool(true) => {}
                    Value::Bool(false) => mistakes.push(format!("{place}: {name} is no field here")),
                    schema => check(root, schema, field, &format!("{place}.{name}"), mistakes),
                }
            }),
            unknown => panic!("{place}: the keyword {unknown} is not checked"),
        }
    }
}

fn fitting(root: &Value, schemas: &Value, value: &Value) -> usize {
    let fits = |schema: &&Value| {
        let mut mistakes = Vec::new();
        check(root, schema, value, "", &mut mistakes);
        mistakes.is_empty()
    };
    schemas.as_array().unwrap().iter().filter(fits).count()
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        unknown => panic!("the type {unknown} is not checked"),
    }
}

/// The characters of a URI (RFC 3986, section 2), with `%` before two hexadecimal digits only.
fn is_in_format(format: &str, text: &str) -> bool {
    let uri = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$";
    let pattern = match format {
        "uri" => format!("^[A-Za-z][A-Za-z0-9+.-]*:{uri}"),
        // Before the first slash a colon would end a scheme.
        "uri-reference" => format!("^(?:[A-Za-z][A-Za-z0-9+.-]*:|[^:/]*(?:/|$)){uri}"),
        "date-time" => r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d".to_owned(),
        unknown => panic!("the format {unknown} is not checked"),
    };
    Regex::new(&pattern).unwrap().is_match(text)
}
