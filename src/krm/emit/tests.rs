use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

use super::block;
use super::scalar::whole;

/// Texts of all the kinds that are written: names, versions, regular expressions, and whatever else there is.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z0-9./_-]{0,12}",
        2 => "[0-9a-zA-Z+._-]{0,6}",
        2 => "[ -~]{0,12}",
        2 => "[ -~]{0,8}: [ -~]{0,8}",
        2 => "\\{[ -~]{0,8}",
        2 => "\\^[ :#a-z,^$*()-]{0,12}",
        1 => "(?s).{0,8}",
        2 => prop::sample::select(vec![
            "y", "No", "ON", "off", "true", "NULL", "~", "nan", "Inf", "-inf", ".inf", "0", "007", "1.0", "1e3", "0x1f",
            "12345678", "1234567890", "12:30:45", "2001-01-01", "<<", "=", "---", "...", "- a", "a: b", "a:", "a #b", "#",
            "", " ", "a\nb", "\u{85}", "\u{feff}", "^(?:.*[,;])?\\s*reviews:v1$", "'", "\"", "[a]", "{a}", "@a", "`",
        ]).prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        6 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn block_style_is_what_the_library_writes(value in value()) {
        prop_assert_eq!(block(&value, 0).unwrap(), whole(&value).unwrap());
    }

    #[test]
    fn every_line_but_the_first_is_indented(value in value(), indent in 1_usize..6) {
        let flat = block(&value, 0).unwrap();
        let margin = " ".repeat(indent);
        let indented: Vec<String> = block(&value, indent).unwrap().lines().map(str::to_owned).collect();
        let expected: Vec<String> =
            flat.lines().enumerate().map(|(n, line)| if n == 0 { line.to_owned() } else { format!("{margin}{line}") }).collect();
        prop_assert_eq!(indented, expected);
    }
}
