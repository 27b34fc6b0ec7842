//! The promises about bytes, as properties over lists in every style: what was not touched comes back as it was, a
//! second run changes nothing, and what was added can be taken away again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use overrides::config::Policy;
use overrides::krm::Manifests;
use overrides::transform;
use proptest::prelude::*;

/// How an object is written.
#[derive(Debug, Clone, Copy)]
enum Style {
    Block,
    Flow,
    Commented,
    Quoted,
}

fn service(name: &str, style: Style) -> String {
    match style {
        Style::Block => format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 80\n"
        ),
        Style::Flow => format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}}}\n"
        ),
        Style::Commented => format!(
            "# above {name}\napiVersion: v1   # trailing\n\nkind: Service\nmetadata:\n    name: {name}\n    # inside\nspec:\n  selector: {{ app:   {name} }}\n  ports:\n      - port: 80 # deep\n      # after\n"
        ),
        Style::Quoted => format!(
            "\"apiVersion\": 'v1'\n'kind': \"Service\"\nmetadata: &m-{name}\n  name: \"{name}\"\nspec:\n  selector:\n    'app': '{name}'\n  ports: [{{\"port\": 80, \"name\": \"http\"}}]\n"
        ),
    }
}

fn deployment(name: &str, version: &str, style: Style) -> String {
    match style {
        Style::Block | Style::Commented => format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}-{version}\nspec:\n  template:\n    metadata:\n      labels:\n        app: {name}\n        version: {version}\n    spec:\n      args:\n      - |\n        a\n          b\n\n      - >-\n        folded\n        text\n"
        ),
        Style::Flow => format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}-{version}}}, spec: {{template: {{metadata: {{labels: {{app: {name}, version: {version}}}}}}}}}}}\n"
        ),
        Style::Quoted => format!(
            "kind: Deployment\napiVersion: apps/v1\nmetadata: {{name: \"{name}-{version}\"}}\nspec:\n  template:\n    metadata:\n      labels: {{\"app\": \"{name}\", \"version\": \"{version}\"}}\n    script: \"line \\\n      continued \\u00e9\"\n"
        ),
    }
}

/// Something that is none of ours, with what is easily lost.
const OTHERS: [&str; 6] = [
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: odd\ndata:\n  a: |+\n    keep\n\n  b: 0777\n  c: yes\n  d: 'it''s'\n",
    "kind: Kptfile\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  text: |\n    last line",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: é日本\nspec:\n  x: &a {b: 1}\n  y: *a\n",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: odd\nspec:\n  a: \"goes\n  on\n\n  \\\" here\"\n  b: 'and\n  # here'\n  c:\n  - \"x\n  y\"\n",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: tags\nspec:\n  a: !!int '3'\n  b: !!str 3\n  c: {d: e}# touches\n  f: 1_000\n",
];

/// Documents of a stream that nobody can read, and that matter to nobody.
const UNREADABLE: [&str; 4] = [
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: b: c\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n\ta: b\n",
    "# above\nkind: Thing\napiVersion: v1\nmetadata: {name: c}\nspec:\n  a: \"never closed\n",
    "apiVersion: v1\nkind: Thing\nspec:\n  a: b\n  a: c\n",
];

#[derive(Debug, Clone)]
struct List {
    services: Vec<(Style, Vec<Style>)>,
    others: Vec<&'static str>,
    indent: usize,
    crlf: bool,
    final_newline: bool,
    between: &'static str,
    before: &'static str,
    behind: &'static str,
}

impl List {
    fn text(&self) -> String {
        let mut objects = Vec::new();
        for (number, (style, versions)) in self.services.iter().enumerate() {
            let name = format!("s{number}");
            objects.push(service(&name, *style));
            for (number, style) in versions.iter().enumerate() {
                objects.push(deployment(&name, &format!("v{}", number + 1), *style));
            }
        }
        objects.extend(self.others.iter().map(|other| (*other).to_owned()));
        let mut text = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{}items:\n", self.before);
        for object in &objects {
            text.push_str(&entry(object, self.indent));
            text.push_str(self.between);
        }
        text.push_str(self.behind);
        if !self.final_newline {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }
}

/// An object as an entry of a list whose dashes stand in column `indent`. Comments above it stay above its dash.
fn entry(object: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut text = String::new();
    let mut dashed = false;
    for line in object.lines() {
        let lead = if line.is_empty() || (line.starts_with('#') && !dashed) {
            ""
        } else if dashed {
            "  "
        } else {
            dashed = true;
            "- "
        };
        let margin = if line.is_empty() { "" } else { &margin };
        let _ = writeln!(text, "{margin}{lead}{line}");
    }
    text
}

fn style() -> impl Strategy<Value = Style> {
    prop::sample::select(vec![Style::Block, Style::Flow, Style::Commented, Style::Quoted])
}

fn list() -> impl Strategy<Value = List> {
    let services = prop::collection::vec((style(), prop::collection::vec(style(), 1..4)), 1..4);
    let others = prop::collection::vec(prop::sample::select(&OTHERS), 0..3);
    let between = prop::sample::select(vec!["", "# at column 0\n", "\n", "    # deep\n", "\n# apart\n\n"]);
    let before = prop::sample::select(vec!["", "# head\n", "unknown: [1, 2]\n"]);
    let behind = prop::sample::select(vec![
        "",
        "# tail\n",
        "other: x\n",
        "# of the next\nfunctionConfig: null\n",
        "results: []\n",
    ]);
    (
        services,
        others,
        prop::sample::select(vec![0, 2, 4]),
        any::<bool>(),
        prop::bool::weighted(0.8),
        between,
        before,
        behind,
    )
        .prop_map(|(services, others, indent, crlf, final_newline, between, before, behind)| List {
            services,
            others,
            indent,
            crlf,
            final_newline,
            between,
            before,
            behind,
        })
}

/// Documents of all kinds as a stream, with ends of all kinds.
fn documents() -> impl Strategy<Value = String> {
    let object = || (style(), prop::sample::select(vec!["v1", "v2"]));
    let one = prop_oneof![
        2 => object().prop_map(|(style, version)| deployment("s0", version, style)),
        2 => prop::sample::select(&OTHERS).prop_map(str::to_owned),
        2 => prop::sample::select(&UNREADABLE).prop_map(str::to_owned),
        1 => Just("{apiVersion: v1, kind: ConfigMap, metadata: {name: f}}\n".to_owned()),
    ];
    let mark = prop::sample::select(vec!["---\n", "--- # mark\n", "---\n# below\n\n", "...\n---\n", "--- "]);
    let end = prop::sample::select(vec!["", "\n", "\n\n", "# end\n", "# end", "---\n", "---", "...\n", "---\n# end"]);
    (style(), prop::collection::vec((mark, one), 1..6), end, any::<bool>(), any::<bool>()).prop_map(
        |(style, documents, end, final_newline, crlf)| {
            let mut text = service("s0", style) + "---\n" + &deployment("s0", "v1", style);
            for (mark, document) in documents {
                let line = if text.ends_with('\n') { "" } else { "\n" };
                // Only what is in brackets can stand on the line of its mark.
                let mark = if mark == "--- " && !document.starts_with('{') { "---\n" } else { mark };
                text.extend([line, mark, &document]);
            }
            if final_newline {
                text.extend([if text.ends_with('\n') { "" } else { "\n" }, end]);
            }
            if crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

fn rendered(input: &str) -> String {
    let manifests = Manifests::parse_around([("-".to_owned(), input)], transform::wanted, transform::mattering)
        .unwrap_or_else(|error| panic!("{error} of\n{input}"));
    let outcome = transform::render(&manifests, &Policy::default()).unwrap();
    assert!(!outcome.failed(), "{:?} of\n{input}", outcome.findings);
    outcome.output
}

fn run(input: &str) -> String {
    let outcome = transform::function(input.as_bytes()).unwrap();
    assert!(!outcome.failed(), "{:?} of\n{input}", outcome.findings);
    outcome.output
}

/// Whether `output` is `input` with one piece put in somewhere.
fn is_one_insertion(input: &str, output: &str) -> bool {
    let same = |(a, b): &(u8, u8)| a == b;
    let prefix = input.bytes().zip(output.bytes()).take_while(same).count();
    let suffix = input.bytes().rev().zip(output.bytes().rev()).take_while(same).count();
    output.len() > input.len() && prefix + suffix >= input.len()
}

/// Whoever takes what is behind a backslash for escaped does not see the break, and takes the string's next line for a
/// comment, in front of which something can be put.
#[test]
fn a_string_that_goes_on_behind_an_escaped_line_break_stays_in_one_piece() {
    let objects = [service("reviews", Style::Block), deployment("reviews", "v1", Style::Block)];
    let objects = objects.map(|object| entry(&object, 2)).concat();
    let map = "  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: m}\n    data:\n      run: \"x\\\n# y\"\n";
    let input = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{objects}{map}");
    let output = run(&input);
    let added = output.strip_prefix(&input).unwrap();
    assert!(added.starts_with("  - apiVersion: networking.istio.io/v1\n"), "{added}");
}

/// The same list with a policy that leaves every Service alone.
fn ignoring_all(list: &str) -> String {
    let config = "functionConfig: {apiVersion: overrides.dev/v1alpha1, kind: Overrides, spec: {select: {matchLabels: {no: such}}}}";
    let end = if list.contains("\r\n") { "\r\n" } else { "\n" };
    list.replacen("kind: ResourceList", &format!("kind: ResourceList{end}{config}"), 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_adds_one_piece_and_changes_no_other_byte(list in list()) {
        let input = list.text();
        let output = run(&input);
        prop_assert!(is_one_insertion(&input, &output), "{input}\n=====\n{output}");
        let rules = output.matches("kind: DestinationRule").count() + output.matches("\"kind\":\"DestinationRule\"").count();
        prop_assert_eq!(rules, list.services.len());
    }

    #[test]
    fn a_second_run_changes_nothing(list in list()) {
        let once = run(&list.text());
        prop_assert_eq!(run(&once), once);
    }

    #[test]
    fn what_was_added_can_be_taken_away_again(list in list()) {
        prop_assume!(!list.before.contains("functionConfig") && !list.behind.contains("functionConfig"));
        prop_assume!(!list.behind.contains("results") && list.final_newline);
        let input = list.text();
        let without = run(&ignoring_all(&run(&input)));
        let expected = ignoring_all(&input);
        // Findings about what is passed over follow behind.
        let same = without.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
        let left = expected.get(same..).unwrap().trim();
        prop_assert!(left.is_empty() || without.contains(left), "{expected}\n=====\n{without}");
prop_assert!(!without.contains("overrides.dev/generated-for"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_gets_one_piece_however_it_is_written_and_ends(input in documents()) {
        let output = rendered(&input);
        prop_assert!(is_one_insertion(&input, &output), "{input}\n=====\n{output}");
        prop_assert!(output.contains("generated-for"), "{output}");
        prop_assert_eq!(rendered(&output), output);
    }
}
