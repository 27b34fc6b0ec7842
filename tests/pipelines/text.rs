//! Findings for people.

use super::*;

#[test]
fn findings_of_one_code_are_one_sentence_a_count_and_three_names_and_errors_are_last() {
    let run = Shop::new(&troubled()).render(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    insta::assert_snapshot!(run.stderr);
}

#[test]
fn all_findings_are_shown_each_when_asked_for() {
    let run = Shop::new(&troubled()).render(&["-v"]);
    assert_eq!(run.stderr.matches("warning[OV020]").count(), 5, "{}", run.stderr);
    assert!(run.stderr.starts_with("info[OV054]"), "the least comes first: {}", run.stderr);
    assert!(run.stderr.ends_with("\n1 error, 5 warnings, 1 info\n"), "{}", run.stderr);
}

#[test]
fn a_single_finding_is_shown_with_its_lines() {
    let run = Shop::new(&unversioned("cart")).render(&[]);
    insta::assert_snapshot!(run.stderr);
}

/// Their sentences differ, so one of them would be wrong for the others.
#[test]
fn findings_that_say_different_things_have_the_title_of_their_page_and_each_its_sentence() {
    let services =
        [("ads", "ignored"), ("cart", "cart"), ("email", "email"), ("payment", "payment")].map(|(name, key)| {
            let annotation = format!("overrides.dev/{key}: x");
            [service(name).annotation(&annotation).document(), version(name, "v1").document()]
        });
    let run = Shop::new(&services.concat()).render(&[]);
    assert_eq!(run.code, Some(0));
    insta::assert_snapshot!(run.stderr);
}

/// kustomize and kpt pass it on; `results` hold all of them.
#[test]
fn the_function_says_one_line_for_each_code() {
    let documents: Vec<String> =
        ["ads", "cart", "checkout", "email", "payment"].into_iter().flat_map(unversioned).collect();
    let both = [documents, versioned("web").to_vec(), headless("db").to_vec()].concat();
    let run = overrides(&[], support::resource_list("", &both).as_bytes());
    assert_eq!(run.stdout.matches("code: OV020").count(), 5, "{}", run.stdout);
    insta::assert_snapshot!(run.stderr);
    let verbose = overrides(&["-v"], support::resource_list("", &both).as_bytes());
    assert_eq!(verbose.stderr.lines().count(), 7, "{}", verbose.stderr);
    assert!(verbose.stderr.ends_with("\n5 warnings, 1 info\n"), "{}", verbose.stderr);
}

#[test]
fn a_clean_run_says_nothing() {
    let run = Shop::new(&versioned("cart")).render(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let twice = overrides(&["render", "-"], run.stdout.as_bytes());
    assert_eq!((twice.stdout, twice.stderr.as_str()), (run.stdout, ""), "not either where all is there already");
}

#[test]
fn a_run_that_generates_nothing_says_so_and_why() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n".to_owned();
    let last = |documents: &[String], arguments: &[&str]| {
        let run = Shop::new(documents).render(arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let lines: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("note: ")).collect();
        lines.join("\n")
    };
    let nothing = "note: nothing was generated: ";
    assert_eq!(last(&[config_map], &[]), format!("{nothing}there is no Service in the input"));
    assert_eq!(last(&headless("db"), &[]), format!("{nothing}the Service in the input was skipped, and `-v` says why"));
    let both = [headless("db"), unversioned("cart")].concat();
    let above = "the 2 Services in the input were skipped, and the reasons are above";
    assert_eq!(last(&both, &[]), format!("{nothing}{above}, with `-v` all of them"));
    assert_eq!(last(&both, &["-v"]), format!("{nothing}{above}"));
    assert_eq!(last(&both, &["--only-generated"]), format!("{nothing}{above}, with `-v` all of them"));
    // A label is something, and so is what stands in a rule of the user's.
    assert_eq!(last(&unversioned("cart"), &["--set", "unversioned=label", "--set", "defaultVersion=v1"]), "");
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: mine}\nspec:\n  hosts: [cart]\n  \
                 http:\n  - route:\n    - destination: {host: cart}\n";
    let rules =
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: mine}\nspec:\n  host: cart\n";
    let merged = [versioned("cart").to_vec(), vec![route.to_owned(), rules.to_owned()]].concat();
    let first = Shop::new(&merged).render(&[]);
    assert!(!first.stderr.contains(nothing), "{}", first.stderr);
    let second = overrides(&["render", "-"], first.stdout.as_bytes());
    assert_eq!((second.stdout, second.stderr.contains(nothing)), (first.stdout, false), "{}", second.stderr);
}
