//! What is passed over ends where the reader over events says that it ends, and everything else is as it is there.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::krm::agreement::{for_example, unread_parts};
use crate::krm::events;
use crate::krm::lines::{read, tests::likely_text};
use crate::krm::tree::{Shape, Tree};

/// Reads a text with unread parts and without. Returns how many parts were not read; none where a reader gave up.
fn agree(text: &str) -> usize {
    let (Some(partial), Ok(whole)) = (read(text, for_example), events::read(text)) else { return 0 };
    unread_parts(&partial, &whole).unwrap_or_else(|difference| panic!("of {text:?}: {difference}"))
}

/// A mistake in what is not read goes unnoticed, but it must not reach any further: without the part, all is well.
fn ends_in_time(text: &str) -> bool {
    let Some(partial) = read(text, for_example) else { return false };
    let root = partial.document(0).unwrap();
    let mut rest = text.to_owned();
    for unread in root.subtree().filter(|node| node.shape() == Shape::Unread).collect::<Vec<_>>().into_iter().rev() {
        rest.replace_range(unread.range(), "x: y\n");
    }
    assert!(events::read(&rest).is_ok(), "of {text:?} there is left {rest:?}");
    true
}

#[test]
fn what_nobody_asks_for_is_passed_over() {
    let texts = [
        ("kind: Foo\napiVersion: v1\nmetadata: {name: a}\ndata:\n  a: |\n    \"b\n   \nstatus: {}\n", 1),
        ("apiVersion: v1\nkind: Foo\nspec:\n- a: \"b\"\n  c: ['d', e]\n- --f=\"g\"\n# h\nz: y\n", 1),
        (
            "apiVersion: v1\nkind: Deployment\nspec:\n  template:\n    metadata: {}\n    spec:\n      a: >-\n        b:\n        c\n",
            1,
        ),
        (
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Foo\n  spec:\n    a: |+\n      b\n\n- apiVersion: v1\n  kind: Foo\n  data:\n    c: d\n",
            2,
        ),
        ("apiVersion: v1\nkind: Wanted\nspec:\n  a: b\n---\napiVersion: v1\nkind: Foo\nspec:\n  a:\n  - b\n", 1),
    ];
    for (text, parts) in texts {
        assert_eq!(agree(text), parts, "in {text:?}");
    }
}

#[test]
fn what_may_matter_elsewhere_or_go_on_is_not_passed_over() {
    let parts = [
        "a: &b c",
        "a: *b",
        "a: !c d",
        "a: \"b\n    c\"",
        "a: \"b\\\n    c\"",
        "a: \"b\\\n# c\"",
        "a: 'b\nc'",
        "a: {b: c,\n    d: e}",
        "a: [b\n]",
        "? a\n  : b",
        "a: |2\n    b",
        "a: [b, c'd, 'e]",
        "a b: \"c",
        "\ta: b",
        "a: {b: [}",
        "a:\t\"b\n   c\"",
    ];
    for part in parts {
        let text = format!("apiVersion: v1\nkind: Foo\nspec:\n  {part}\nz: y\n");
        assert!(read(&text, for_example).is_none(), "{text:?} was passed over");
    }
}

fn wrapped(part: &str) -> String {
    let part: String = part.split_inclusive('\n').flat_map(|line| ["      ", line]).collect();
    format!("apiVersion: v1\nkind: Deployment\nspec:\n  template:\n    spec:\n{part}    more: a\nz: y\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn parts_end_where_they_end(part in likely_text(), cut in 0_usize..7) {
        let text = wrapped(&part);
        agree(&text);
        ends_in_time(&text);
        // Some lines less deep than they should be, in the middle of the part.
        let shallow: String = text.split_inclusive('\n').enumerate().map(|(number, line)| {
            if number == 5 + cut { line.trim_start_matches(' ').to_owned() } else { line.to_owned() }
        }).collect();
        agree(&shallow);
    }

    #[test]
    fn parts_of_any_characters_end_where_they_end(part in "[a-b:\\-#'\"{}\\[\\],|> \n]{0,30}") {
        let text = wrapped(&format!("{}\n", part.trim_matches('\n')));
        agree(&text);
        ends_in_time(&text);
    }
}

#[test]
fn enough_of_what_is_generated_is_passed_over() {
    let mut runner = TestRunner::deterministic();
    let texts = (0..2_000).map(|_| wrapped(&likely_text().new_tree(&mut runner).unwrap().current()));
    let (mut agreed, mut ended) = (0, 0);
    for text in texts {
        agreed += usize::from(agree(&text) > 0);
        ended += usize::from(ends_in_time(&text));
    }
    assert!(agreed > 40 && ended > 200, "the properties say little: {agreed} and {ended} of 2,000 texts");
}

#[test]
fn a_tree_of_what_is_wanted_is_smaller() {
    let text = wrapped("a: b\nc:\n- d\n");
    let partial: Tree<'_> = read(&text, for_example).unwrap();
    assert!(partial.nodes.len() < events::read(&text).unwrap().nodes.len());
}
