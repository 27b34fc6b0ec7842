//! Findings for programs.

use serde_json::{Value, json};

use super::schema::mistakes;
use super::*;

const FINDINGS_SCHEMA: &str = include_str!("../../docs/findings.schema.json");
/// The schema of OASIS, as the crate serde-sarif 0.8.0 (MIT) brings it along.
const SARIF_SCHEMA: &str = include_str!("../data/sarif-2.1.0.schema.json");

/// Runs of every kind: with errors, with warnings, with nothing to say, with files of strange names, that cannot be read,
/// and from standard input.
fn runs(format: &str) -> Vec<(&'static str, String)> {
    let format = &["--format", format][..];
    let shop = Shop::new(&troubled());
    let clean = Shop::new(&versioned("cart"));
    let strange = Shop::new(&[]);
    fs::remove_file(strange.path("shop.yaml")).unwrap();
    fs::write(strange.path("50% a:b, \u{202e}\u{9b}31m é #?.yaml"), stream(&unversioned("cart"))).unwrap();
    let strange = overrides(&[&["render", &strange.path("")], format].concat(), b"");
    let twice = stream(&[versioned("cart").as_slice(), &versioned("cart")].concat());
    vec![
        ("troubled", shop.render(format).stderr),
        ("clean", clean.render(format).stderr),
        ("nothing", Shop::new(&headless("db")).render(format).stderr),
        ("unreadable", overrides(&[&["render", "-"], format].concat(), b"a: [").stderr),
        (
            "no policy",
            Shop::new(&["kind: Overrides\napiVersion: overrides.dev/v1alpha1\nspec: {a: 1}\n".into()])
                .render(format)
                .stderr,
        ),
        ("strange", strange.stderr),
        ("twice", overrides(&[&["render", "-"], format].concat(), twice.as_bytes()).stderr),
        ("written", shop_written(format)),
    ]
}

fn shop_written(format: &[&str]) -> String {
    let shop = Shop::new(&versioned("cart"));
    let out = shop.path("out");
    shop.render(&[&["--output-dir", &out], format].concat()).stderr
}

#[track_caller]
fn parse(name: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = parse("schema", FINDINGS_SCHEMA);
    for (name, text) in runs("json") {
        let document = parse(name, &text);
        assert_eq!(mistakes(&schema, &document), [""; 0], "{name}: {text}");
        assert!(!text.contains(['\u{202e}', '\u{9b}']), "{name}: {text}");
    }
    // The schema refuses what is not so.
    let document = parse("troubled", &runs("json")[0].1);
    for (pointer, wrong) in [
        ("/findings/0/severity", json!("fatal")),
        ("/findings/0/code", json!("OV1")),
        ("/findings/0/line", json!(0)),
        ("/counts", json!({"error": 1, "warning": 5})),
        ("/counts/info", json!("many")),
        ("/notes", json!([1])),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).expect(pointer) = wrong;
        assert_ne!(mistakes(&schema, &document), [""; 0], "{pointer}");
    }
}

#[test]
fn json_has_every_finding_with_its_place() {
    let document = parse("troubled", &runs("json")[0].1);
    assert_eq!(document["counts"], json!({"error": 1, "warning": 5, "info": 1}));
    assert_eq!(document["failed"], true);
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 7, "none is grouped, and none is left out: {document}");
    assert_eq!(findings[0]["code"], "OV011", "errors first");
    let cart = findings.iter().find(|finding| finding["object"]["name"] == "cart").unwrap();
    assert_eq!((&cart["code"], &cart["severity"], &cart["document"]), (&json!("OV020"), &json!("warning"), &json!(3)));
    assert_eq!(cart["file"], "shop.yaml");
    let text = stream(&troubled());
    let line = text.lines().nth(number(&cart["line"]) - 1).unwrap();
    assert_eq!(&line[number(&cart["column"]) - 1..], "cart", "{line}");
    assert_eq!(cart["related"]["object"]["kind"], "Deployment");
}

#[test]
fn sarif_is_what_its_schema_says() {
    let schema = parse("schema", SARIF_SCHEMA);
    for (name, text) in runs("sarif") {
        let log = parse(name, &text);
        assert_eq!(mistakes(&schema, &log), [""; 0], "{name}: {text}");
        assert!(!text.contains(['\u{202e}', '\u{9b}']), "{name}: {text}");
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let rule = &log["runs"][0]["tool"]["driver"]["rules"][number(&result["ruleIndex"])];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(rule["help"]["text"].as_str().is_some_and(|help| help.contains("Means. ")), "{rule}");
            // GitHub refuses a file with a single result that has none.
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            assert!(uri.as_str().is_some_and(|uri| !uri.is_empty()), "{name}: {result}");
        }
    }
    // The schema refuses what is not so.
    let log = parse("troubled", &runs("sarif")[0].1);
    for (pointer, wrong) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/results/0/level", json!("info")),
        ("/runs/0/results/0/message", json!("text")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b:c")),
        ("/runs/0/tool/driver/rules/0", json!({})),
        ("/runs/0/invocations/0", json!({})),
        ("/runs/0/columnKind", json!("bytes")),
    ] {
        let mut log = log.clone();
        *log.pointer_mut(pointer).expect(pointer) = wrong;
        assert_ne!(mistakes(&schema, &log), [""; 0], "{pointer}");
    }
}

#[test]
fn sarif_says_what_failed_and_where() {
    let log = parse("troubled", &runs("sarif")[0].1);
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().unwrap();
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "warning", "warning", "warning", "warning", "warning", "note"]);
    let place = &results[1]["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "file://shop.yaml", "without its folder");
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "Service ads");
}

#[test]
fn an_annotation_is_one_line_and_names_the_file_the_line_and_the_code() {
    for (name, text) in runs("github") {
        for line in text.lines() {
            let command = line.strip_prefix("::");
            let rest = command.map(|rest| rest.split_once(' ').expect("a command and its properties"));
            if let Some((command, rest)) = rest {
                assert!(["error", "warning", "notice"].contains(&command), "{name}: {line}");
                let (properties, message) = rest.split_once("::").expect("a message");
                assert!(!message.is_empty());
                for property in properties.split(',') {
                    let (key, value) = property.split_once('=').expect("a property");
                    assert!(["file", "line", "col", "title"].contains(&key), "{name}: {line}");
                    assert!(!value.is_empty() && !value.contains(':'), "{name}: {line}");
                }
            }
        }
    }
    let text = &runs("github")[0].1;
    let first = "::error file=shop.yaml,line=";
    assert!(text.starts_with(first), "errors first, for GitHub shows ten: {text}");
    assert!(text.contains("::warning file=shop.yaml,line=") && text.contains(",title=OV020%3A No workload"), "{text}");
    assert!(!text.contains("::notice"), "{text}");
    let verbose = Shop::new(&headless("db")).render(&["--format", "github", "-v"]).stderr;
    assert!(verbose.starts_with("::notice file=shop.yaml,line="), "{verbose}");
}

/// Manifests on standard output, text for people on standard error, and the findings in a file that is uploaded.
#[test]
fn a_report_is_written_beside_what_people_read() {
    let shop = Shop::new(&troubled());
    for format in ["json", "sarif", "github", "text"] {
        let report = shop.path(&format!("report.{format}"));
        let run = shop.render(&["--format", format, "--report", &report]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
        assert_eq!(run.stderr, shop.render(&[]).stderr, "{format}");
        let written = fs::read_to_string(&report).unwrap().replace(&format!("{}/", shop.folder.path().display()), "");
        // The report stands in no folder that is read, so that both runs see the same.
        assert_eq!(written, shop.render(&["--format", format]).stderr, "{format}");
    }
    let clean = Shop::new(&versioned("cart"));
    let report = clean.path("report.sarif");
    let run = clean.render(&["--format", "sarif", "--report", &report]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(parse("clean", &fs::read_to_string(&report).unwrap())["runs"][0]["results"], json!([]));
    assert_eq!(clean.render(&["--report", &report]).code, Some(2), "in which format?");
    let nowhere = clean.render(&["--format", "json", "--report", "/nonexistent/report.json"]);
    assert_eq!(nowhere.code, Some(1));
    assert!(
        nowhere.stderr.contains("error: cannot write the report to /nonexistent/report.json"),
        "{}",
        nowhere.stderr
    );
}
