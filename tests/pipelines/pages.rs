//! `overrides findings`.

use overrides::finding::Code;

use super::*;

#[test]
fn without_a_code_all_are_listed_with_severity_and_title() {
    let run = overrides(&["findings"], b"");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let codes: Vec<&str> =
        run.stdout.lines().filter_map(|line| line.split(' ').next()).filter(|id| id.starts_with("OV")).collect();
    assert_eq!(codes, Code::ALL.iter().map(|code| code.id()).collect::<Vec<_>>());
    let line = "OV020  warning   No workload of the Service has a version\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

#[test]
fn a_page_is_found_however_its_code_is_spelt() {
    let page = overrides(&["findings", "OV054"], b"");
    insta::assert_snapshot!(page.stdout);
    for spelling in ["ov054", "Ov54", "54", "054", " OV054 ", "ov54"] {
        assert_eq!(overrides(&["findings", spelling], b"").stdout, page.stdout, "{spelling}");
    }
    for code in Code::ALL {
        let run = overrides(&["findings", code.id()], b"");
        assert!(run.code == Some(0) && run.stdout.starts_with(&format!("{} — ", code.id())), "{}", run.stdout);
    }
}

#[test]
fn a_code_that_there_is_not_is_wrong_usage_and_the_nearest_is_named() {
    for (written, named) in [
        ("OV999", "did you mean OV"),
        ("OV069", "OV06"),
        ("OV", "OV0"),
        ("XY020", ""),
        ("gateway", "OV092"),
        ("headles", "`overrides findings` lists all"),
        ("", ""),
        ("OV99999999999999999999", ""),
    ] {
        let run = overrides(&["findings", written], b"");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{written}");
        assert!(run.stderr.starts_with(&format!("error: there is no finding `{written}`")), "{}", run.stderr);
        assert!(run.stderr.contains(named), "{written}: {}", run.stderr);
    }
}
