//! Damage of every kind.

use super::*;

/// A list with every kind of thing that is read or written.
fn everything() -> String {
    let documents = [
        SERVICE,
        &deployment("first", "{app: reviews, version: v1}"),
        &SERVICE.replace("reviews", "ratings"),
        &deployment("second", "{app: ratings}"),
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: gone-overrides\n  annotations: \
         {overrides.dev/generated-for: gone}\nspec: {host: gone, subsets: []}\n",
        "# a comment\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  text: |\n    a\n\n    b\n",
    ];
    let config = "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {unversioned: label}}\n";
    resource_list(config, &documents) + "results:\n- {message: earlier, severity: info}\n"
}

/// Whatever the input is: no panic, and what comes out is nothing, or the input and results, or a list that a second
/// run does not change.
#[track_caller]
fn is_handled(input: &str, what: &str) {
    let outcome = function(input);
    if outcome.output.is_empty() {
        assert!(outcome.failed(), "{what}: no output and no error");
        return;
    }
    let again = function(&outcome.output);
    assert!(!again.output.is_empty(), "{what}: the output cannot be read: {:?}\n{}", again.findings, outcome.output);
    assert_eq!(again.output, outcome.output, "{what}: a second run changes something");
}

#[test]
fn a_list_that_is_cut_off_anywhere_is_handled() {
    let list = everything();
    assert!(!function(&list).failed());
    for end in 0..list.len() {
        is_handled(&list[..end], &format!("the first {end} bytes"));
    }
}

#[test]
fn a_list_with_any_byte_replaced_is_handled() {
    let list = everything();
    for position in 0..list.len() {
        for replacement in ["", "\n", ":", "\"", "{", "#", "&", "|"] {
            let damaged = format!("{}{replacement}{}", &list[..position], &list[position + 1..]);
            is_handled(&damaged, &format!("byte {position} as {replacement:?}"));
        }
    }
}

#[test]
fn a_list_without_any_one_line_is_handled() {
    let list = everything();
    let lines: Vec<&str> = list.split_inclusive('\n').collect();
    for missing in 0..lines.len() {
        let damaged: String =
            lines.iter().enumerate().filter(|(number, _)| *number != missing).map(|(_, line)| *line).collect();
        is_handled(&damaged, &format!("without line {missing}"));
    }
}
