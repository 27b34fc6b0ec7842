//! The two readers, held together: whatever the one over lines returns is what the one over events returns.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::krm::agreement::readers_agree;
use crate::krm::tree::Tree;
use crate::krm::wanted::everything;

fn read(text: &str) -> Option<Tree<'_>> {
    super::read(text, everything)
}

/// Reads a text with both readers. Returns whether the one over lines did not give up.
fn agree(text: &str) -> bool {
    readers_agree(text).unwrap_or_else(|difference| panic!("{difference}"));
    read(text).is_some()
}

#[test]
fn what_tools_write_is_read_without_events() {
    let texts = [
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a # b\n  labels: {app: \"a\", tier: 'b''c'}\nspec:\n  ports:\n  - name: http\n    port: 80\n  - {name: grpc, port: 9090}\n",
        "items:\n- a: 1\n  b:\n  - c\n  - d: e\n# head\n- a: 2\n  command:\n    - /bin/sh\n    - -c\n    - |\n      set -eu\n\n      exec x\n  last:\n",
        "---\na: b\n---\n# c\nk: |-\n  x\n   y\nz: |+\n  q\n\nw: ~\nv: >-\n  a: b\n  # c\nu: >+\n  a\n\nt: >\n  a\n",
        "{\"apiVersion\":\"v1\",\"items\":[{\"a\":1,\"b\":[true,null,\"x\\n\\u00e9\"]}]}\n",
        "{\n  \"a\": {\n    \"b\": [\n      1,\n      2\n    ]\n  }\n}\n",
        "a: http://x:80/y?z=[1]{2}\nb: -1\nc: -o\nd: :8080\ne: é ü\nf: a  #b\ng: a#b\nh: \"a: b # c\"\n",
        "- - a\n  - b\n- c\n",
        "args:\n- --listen=:80\n- -v\nscript: |\n  a:\n  \tb\n  \n  c\td\nquoted: \"a\tb\" # c\td\n",
    ];
    for text in texts {
        assert!(agree(text), "the reader over lines gave up at {text:?}");
    }
}

#[test]
fn what_is_not_certain_is_left_to_events() {
    let texts = [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a:\tb\n",
        "a: b\r\nc: d\r\n",
        "\u{feff}a: b\n",
        "a: b\n  c\n",
        "a: \"b\n  c\"\n",
        "a: \"b\\\n  c\"\n",
        "a: >\n  b\n\n  c\n",
        "a: >\n  b\n   c\n",
        "a: |2\n  b\n",
        "a: |\n\n  b\n",
        "a: |\n  b",
        "? a\n: b\n",
        "a: b: c\n",
        "%YAML 1.2\n---\na: b\n",
        "a: b\n...\n",
        "--- a\n",
        "a: b\n---\n",
        "a: [b,\n  c]\n",
        "a: 1\na: 2\n",
        "<<: {a: b}\n",
        "a: {<<: {a: b}}\n",
        "",
        "# nothing\n",
    ];
    for text in texts {
        assert!(read(text).is_none(), "the reader over lines took {text:?}");
    }
}

/// Pieces that lines are made of: what tools write, and what nearly is.
pub(super) const PIECES: &[&str] = &[
    "a: b",
    "b: 1",
    "c:",
    "d: ",
    "- ",
    "- a",
    "- a: 1",
    "- c:",
    "- - x",
    "-",
    "- {a: b}",
    "- [a, 'b']",
    "# c",
    "",
    "  ",
    "'q': r",
    "\"d\": x",
    "\"d\":x",
    "'a''b'",
    "k: 'a''b'",
    "k: \"a\\nb\"",
    "k: \"\\u00e9\"",
    "k: \"a\\",
    "# b\"",
    "k: |",
    "k: |-",
    "k: |+",
    "k: >-",
    "k: >+",
    "- >",
    "- |",
    "- |-",
    "k: >",
    "k: |2",
    "text",
    "text: more: text",
    "x #y",
    "k: x #y",
    "k: x#y",
    "k: #y",
    "{a: b}",
    "k: {a: b, c: [d, {e: f}]}",
    "k: {a: b} # c",
    "k: {a}",
    "k: [a: b]",
    "k: [a, b,]",
    "k: []",
    "k: {}",
    "k: [",
    "]",
    "{",
    "}",
    ",",
    "---",
    "--- x",
    "...",
    "? x",
    ": y",
    "k: &a b",
    "k: *a",
    "k: !t b",
    "k: %x",
    "k: @x",
    "k: -",
    "k: - a",
    "k: -1",
    "k: ~",
    "k: é",
    "é: k",
    "k: a,b",
    "k: [é, ü]",
    "<<: {a: b}",
    "k: {<<: {a: b}}",
    "k : v",
    "k:v",
    "k:  v  ",
    "k: \"a",
    "k: 'a",
    "k: \"a\" b",
    "a.b/c-d: e",
    "1: 2",
    "k: {\"a\":\"b\"}",
    "k: {a: 'b', \"c\":[1,2]}",
    "k: {a: b, a: c}",
    "k: \u{85}",
    "- --flag=x",
    "$ref: a",
    "k: # c",
    "- # c",
    "- --flag=\"x\"",
    "k: --x",
    "k: ---",
    "k: -.5",
    "a:\tb",
    "k: x\ty",
    "k: \"x\ty\"",
    "\tk: v",
    "k: v\t",
    "k: [a,\tb]",
    "\t",
    "t\t",
];

fn line() -> impl Strategy<Value = String> {
    (0usize..7, prop::sample::select(PIECES)).prop_map(|(indent, piece)| format!("{}{piece}", " ".repeat(indent)))
}

fn text() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec(line(), 1..12);
    (lines, prop::bool::weighted(0.9)).prop_map(|(lines, ends)| lines.join("\n") + if ends { "\n" } else { "" })
}

/// A text that is indented as a mapping of mappings and lists would be, so that more of it is YAML.
pub(super) fn likely_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES);
    prop::collection::vec((-2isize..=1, piece), 1..14).prop_map(|lines| {
        let mut indent = 0isize;
        let mut text = String::new();
        for (step, piece) in lines {
            indent = (indent + 2 * step).clamp(0, 6);
            text.push_str(&" ".repeat(indent.unsigned_abs()));
            text.push_str(piece);
            text.push('\n');
            if piece.ends_with(':') || piece.ends_with('|') {
                indent += 2;
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn the_readers_agree_on_any_lines(text in text()) {
        agree(&text);
    }

    #[test]
    fn the_readers_agree_on_lines_that_are_nearly_yaml(text in likely_text()) {
        agree(&text);
    }

    #[test]
    fn the_readers_agree_on_any_characters(text in "[a-c:\\-#'\"{}\\[\\],|> \n]{0,40}") {
        agree(&text);
    }
}

#[test]
fn enough_of_what_is_generated_is_read_by_both_readers() {
    let mut runner = TestRunner::deterministic();
    let mut read = |strategy: &dyn Fn() -> BoxedStrategy<String>| {
        (0..2_000).filter(|_| agree(&strategy().new_tree(&mut runner).unwrap().current())).count()
    };
    let counts = (read(&|| text().boxed()), read(&|| likely_text().boxed()));
    assert!(counts.0 > 40 && counts.1 > 40, "the properties say little: {counts:?} of 2,000 texts");
}
