//! Exit codes that a pipeline can ask for.

use super::*;

#[test]
fn a_warning_fails_a_run_that_is_told_so_and_then_nothing_is_written() {
    let shop = Shop::new(&[versioned("cart").to_vec(), unversioned("ads").to_vec()].concat());
    let out = shop.path("out");
    for arguments in [&[][..], &["--only-generated"], &["--diff"], &["--output-dir", &out]] {
        let run = shop.render(&[&["--fail-on", "warning"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.ends_with("\n1 warning\n"), "{}", run.stderr);
        assert!(!fs::exists(&out).unwrap());
        assert_eq!(shop.render(&[&["--fail-on", "error"], arguments].concat()).code, Some(0));
        assert_eq!(shop.render(arguments).code, Some(0));
        let _ = fs::remove_dir_all(&out);
    }
    let quiet = Shop::new(&headless("db"));
    assert_eq!(quiet.render(&["--fail-on", "warning"]).code, Some(0), "info is no warning");
    assert_eq!(quiet.render(&["--fail-on", "info"]).code, Some(2));
    let json = shop.render(&["--fail-on", "warning", "--format", "json"]).stderr;
    assert!(json.contains("\"failed\": true"), "{json}");
}

/// As kubectl diff and diff have it: 1 always means that something differs.
#[test]
fn a_difference_is_1_none_is_0_and_everything_else_is_2() {
    let diff = ["--diff", "--exit-code"];
    let shop = Shop::new(&versioned("cart"));
    let run = shop.render(&diff);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(run.stdout, shop.render(&["--diff"]).stdout);
    assert_eq!(shop.render(&["--diff"]).code, Some(0), "only when asked for");

    fs::write(shop.path("shop.yaml"), shop.render(&[]).stdout).unwrap();
    let run = shop.render(&diff);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));

    let warned = Shop::new(&unversioned("cart"));
    assert_eq!(warned.render(&diff).code, Some(0), "a warning is no difference");
    assert_eq!(warned.render(&[&diff[..], &["--fail-on", "warning"]].concat()).code, Some(2));
    assert_eq!(Shop::new(&troubled()).render(&diff).code, Some(2));
    let missing = overrides(&["render", "/nonexistent.yaml", "--diff", "--exit-code"], b"");
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.starts_with("error: cannot read /nonexistent.yaml"), "{}", missing.stderr);
    assert_eq!(shop.render(&[&diff[..], &["--config", "/nonexistent.yaml"]].concat()).code, Some(2));
    assert_eq!(overrides(&["render", "-", "--diff", "--exit-code"], b"a: [").code, Some(2));
    assert_eq!(shop.render(&["--exit-code"]).code, Some(2), "of what?");
}
