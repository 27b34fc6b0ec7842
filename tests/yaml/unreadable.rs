//! Documents that nobody can read. Where they are of a kind that does not matter they pass through, and it is said.

use super::*;

/// What is wrong with a document, from its `spec` on.
const MISTAKES: [&str; 6] = [
    "  a: b: c\n",
    "\ta: b\n",
    "  a: [b\n",
    "  a: b\n  c: d\n  a: e\n",
    "  a: \"never closed\n",
    "  {{- if .Values.on }}\n  a: b\n  {{- end }}\n",
];

fn thing(mistake: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: odd\nspec: &x\n{mistake}")
}

#[test]
fn a_document_of_a_kind_that_does_not_matter_never_stops_a_run() {
    for mistake in MISTAKES {
        for input in [
            format!("{}---\n{CART}", thing(mistake)),
            format!("{CART}---\n{}", thing(mistake)),
            format!(
                "---\n{CART}---\n# above\n{}---\n{}...\n---\nkind: List\napiVersion: v1\n",
                thing(mistake),
                thing("  a: b\n")
            ),
            format!("{CART}---\n{}---\n{}", thing(mistake), thing("\tb: c\n")),
            format!("{CART}---\n{}", thing(mistake)).replace('\n', "\r\n"),
        ] {
            let run = rendered(&input);
            let added = run.stdout.strip_prefix(&input).unwrap_or_else(|| panic!("not the input:\n{}", run.stdout));
            assert!(added.contains("kind: VirtualService") && added.starts_with("---"), "{added}");
            let bad = input.matches("\tb: c").count() + 1;
            assert_eq!(run.stderr.matches("warning[OV101]").count(), bad, "{}", run.stderr);
            assert!(run.stderr.contains("Thing odd"), "{}", run.stderr);
            assert!(run.stderr.contains("(standard input, line "), "{}", run.stderr);
        }
    }
}

#[test]
fn nesting_without_end_is_no_reason_to_stop_either() {
    let input = format!("{CART}---\n{}", thing(&format!("  a: {}\n", "[".repeat(1000) + &"]".repeat(1000))));
    let run = rendered(&input);
    assert!(run.stdout.starts_with(&input) && run.stderr.contains("warning[OV101]"), "{}", run.stderr);
}

#[test]
fn a_document_that_matters_or_could_matter_stops_the_run() {
    for bad in [
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: odd\nspec:\n  a: b: c\n",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nspec:\n  a: b: c\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  a: b: c\n",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: a: b: c\n",
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\n  name: odd\nspec: a: b\n",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: odd\nspec: a: b\n",
        "apiVersion: overrides.dev/v1alpha1\nkind: Overrides\nspec:\n  a: b: c\n",
        "apiVersion: v1\nkind: List\nitems:\n- a: b: c\n",
        "apiVersion: v1\nkind: ThingList\nitems:\n- a: b: c\n",
        "apiVersion: v1\nkind: ResourceList\nitems:\n- a: b: c\n",
        // What kind it is cannot be told for sure.
        "a: b: c\n",
        "kind: Thing\na: b: c\n",
        "apiVersion: v1\na: b: c\n",
        "{apiVersion: v1, kind: Thing, a: b: c}\n",
        "apiVersion: v1\nkind: Thing\nkind: Service\na: b: c\n",
        "apiVersion: v1\nkind: Thing\n\"kind\": Service\na: b: c\n",
        "apiVersion: v1\nkind:\n  Service\na: b: c\n",
        "apiVersion: v1\n? kind\n: Service\nkind: Thing\na: b: c\n",
        "x: \"one\nkind: Thing\napiVersion: v1\n\ny: \"\nz: b: c\n",
        "x: |\n  a\n kind: Service\nkind: Thing\napiVersion: v1\nz: b: c\n",
        "%YAML 1.2\n---\napiVersion: v1\nkind: Thing\na: b: c\n",
    ] {
        let input = format!("{CART}---\n{bad}");
        let run = render(&input);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{bad}\n{}", run.stderr);
        assert!(run.stderr.starts_with("error[OV00"), "{}", run.stderr);
    }
}

#[test]
fn the_other_ways_to_run_pass_it_over_as_well() {
    let input = format!("{}---\n{CART}", thing("  a: b: c\n"));
    for arguments in [&["render", "--only-generated", "-"][..], &["render", "--diff", "-"]] {
        let run = overrides(arguments, input.as_bytes());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains("kind: VirtualService") && !run.stdout.contains("a: b: c"), "{}", run.stdout);
        assert!(run.stderr.contains("warning[OV101]"), "{}", run.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    let run = overrides(&["render", "--output-dir", folder.path().to_str().unwrap(), "-"], input.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let run = overrides(&["explain", "-"], rendered(&input).stdout.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn edits_beside_it_are_made() {
    let rule = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: mine\nspec:\n  hosts: \
                [cart]\n  http:\n  - route:\n    - destination: {host: cart}\n";
    let odd = thing("  a: b: c\n");
    let run = rendered(&format!("{CART}---\n{odd}---\n{rule}"));
    assert!(run.stdout.starts_with(&format!("{CART}---\n{odd}---\n")), "{}", run.stdout);
    assert!(run.stdout.contains("- name: override-cart-v2"), "{}", run.stdout);
}

#[test]
fn a_document_that_never_reaches_a_cluster_and_cannot_be_read_is_still_printed() {
    let odd = "apiVersion: v1\nkind: Thing\nmetadata:\n  annotations: {config.kubernetes.io/local-config: 'true'}\nspec: a: b\n";
    assert!(rendered(&format!("{CART}---\n{odd}")).stdout.contains(odd), "what was not read cannot be left out");
}
