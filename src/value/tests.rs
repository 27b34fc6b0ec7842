use serde_json::json;

use super::{Fields, Value};

#[test]
fn fields_are_equal_in_any_order_and_say_so_in_their_own() {
    let (one, other) = (r#"{"b":[1,{"d":null,"c":"x"}],"a":true}"#, r#"{"a":true,"b":[1,{"c":"x","d":null}]}"#);
    let read = |text| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(read(one), read(other));
    assert_eq!(read(one).to_string(), one);
    assert_ne!(read(one), read(r#"{"b":[1,{"d":null,"c":"y"}],"a":true}"#));
    assert_ne!(read(r#"{"a":1,"b":2}"#), read(r#"{"a":1,"c":2}"#));
}

/// Were each level compared in two ways, this would take until the end of time.
#[test]
fn deep_values_are_compared_level_by_level_once() {
    let deep = |last: u64, turned: bool| {
        (0..200).fold(Value::from(last), |value, _| {
            let mut fields = [("a", value), ("b", Value::Null)];
            if turned {
                fields.reverse();
            }
            fields.into_iter().collect()
        })
    };
    assert_eq!(deep(1, false), deep(1, true));
    assert_ne!(deep(1, false), deep(2, true));
    assert_ne!(deep(1, false), deep(2, false));
}

#[test]
fn a_clone_that_is_changed_leaves_the_other_as_it_was() {
    let mut one = Value::from(json!({"route": [{"destination": {"host": "reviews"}}]}));
    let other = one.clone();
    if let Some(fields) = one.as_object_mut() {
        fields.remove("route");
        fields.insert("name", Value::from("x"));
    }
    assert_eq!(one, Value::from(json!({"name": "x"})));
    assert_eq!(other, Value::from(json!({"route": [{"destination": {"host": "reviews"}}]})));
}

#[test]
fn what_is_changed_within_a_clone_stays_as_it_was_in_the_other() {
    let routed = || Value::from(json!({"route": [{"destination": {"host": "reviews"}}], "name": "x"}));
    let (mut one, other) = (routed(), routed());
    let shared = one.clone();
    for (_, value) in one.as_object_mut().into_iter().flat_map(Fields::iter_mut) {
        let Value::Array(entries) = value else { continue };
        for share in entries.make_mut() {
            let destination = share.as_object_mut().and_then(|share| share.get_mut("destination"));
            destination.and_then(Value::as_object_mut).expect("it has one").insert("subset", Value::from("v2"));
        }
    }
    let subset = json!({"route": [{"destination": {"host": "reviews", "subset": "v2"}}], "name": "x"});
    assert_eq!((one, shared), (Value::from(subset), other));
}
