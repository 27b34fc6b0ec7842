//! Texts that would mean something else as a host, in a regular expression, in a header, in YAML or on a terminal: each is
//! refused, or means itself and nothing more. `docs/hardening.md` has the table.
//!
//! What is inert is shown against the same configuration with a harmless word in the place: every YAML reader on the way
//! to a cluster finds the same objects with nothing but that word exchanged, and RE2 takes the expressions for the literal
//! text and not for what it would mean unescaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use overrides::finding::{Code, Severity};
use serde_json::{Value, json};

use crate::injection_attempts::{Attempt, Fate, HARMLESS, NEVER, Spot, attempts};
use crate::quoting::read_back;
use crate::re2::matches;
use crate::support::given::Outcome;

const PAGE: &str = include_str!("../../docs/hardening.md");
const HEADERS: [&str; 3] = ["x-override", "baggage", "tracestate"];

/// The values of the three carriers that ask for a version of a Service.
fn carried(service: &str, version: &str) -> [String; 3] {
    [format!("{service}:{version}"), format!("override-{service}={version}"), format!("ov={service}:{version}")]
}

/// The objects of a stream, as the one reader sees them that is asked for.
fn part(found: &BTreeMap<String, Vec<Value>>, reader: &str, start: usize, count: usize) -> Vec<Value> {
    found[reader][start..start + count].to_vec()
}

/// How many objects a stream has.
fn count(stream: &str) -> usize {
    read_by_us(stream).len()
}

fn read_by_us(stream: &str) -> Vec<Value> {
    let manifests = overrides::krm::Manifests::parse([("-".to_owned(), stream)]).unwrap();
    manifests.items().iter().map(|item| item.node.read().unwrap()).collect()
}

/// The texts that the harmless word may have become: itself exchanged, and what is made of a version or a name.
fn exchanged(key: &str, harmless: &str, value: &str) -> Vec<String> {
    let with = |text: &str| harmless.replace(HARMLESS, text);
    if key == "regex" {
        // Legal names, versions and headers have no other character that means something in an expression.
        return vec![with(&value.replace('.', r"\."))];
    }
    let dashed: String = value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let in_json = json!(value).to_string();
    vec![with(value), with(dashed.trim_matches('-')), with(in_json.trim_matches('"'))]
}

/// A note about a rule of the user's without the hash of what stood there, which the value is part of.
fn without_hash(text: &str) -> String {
    let Some((before, hash)) = text.split_once(r#""like":""#) else { return text.to_owned() };
    format!("{before}{}", hash.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}

/// Whether two values are the same but for the word that was exchanged.
#[track_caller]
fn assert_same_but_for_the_value(harmless: &Value, attacked: &Value, key: &str, value: &str, what: &str) {
    match (harmless, attacked) {
        (Value::Object(before), Value::Object(after)) => {
            assert_eq!(before.len(), after.len(), "{what}: other fields below `{key}`: {attacked}");
            for (name, below) in before {
                let found = exchanged(name, name, value).into_iter().find_map(|name| Some((after.get(&name)?, name)));
                let (found, name) = found.unwrap_or_else(|| panic!("{what}: no `{name}` in {attacked}"));
                assert_same_but_for_the_value(below, found, &name, value, what);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{what}: a longer or shorter list at `{key}`: {attacked}");
            for (before, after) in before.iter().zip(after) {
                assert_same_but_for_the_value(before, after, key, value, what);
            }
        }
        (Value::String(before), Value::String(after)) => {
            let (before, after) = (&without_hash(before), &without_hash(after));
            assert!(exchanged(key, before, value).contains(after), "{what}: `{key}` was {before:?} and is {after:?}");
        }
        _ => assert_eq!(harmless, attacked, "{what}: at `{key}`"),
    }
}

/// The expressions by which requests with a header reach a version, guards left out.
fn expressions(objects: &[Value], service: &str, header: &str) -> Vec<String> {
    let name = format!("{service}-overrides");
    let of_kind = |object: &&Value| object["kind"] == "VirtualService" && object["metadata"]["name"] == *name;
    // A rule of the user's into which the routes were merged is the one that is left.
    let users = |object: &&Value| object["kind"] == "VirtualService" && object["metadata"]["name"] == "mine";
    let rule = objects.iter().find(of_kind).or_else(|| objects.iter().find(users));
    let routes = rule.unwrap_or_else(|| panic!("no VirtualService {name}"))["spec"]["http"].as_array().unwrap().iter();
    let to_a_version = routes.filter(|route| route["name"].as_str().is_some_and(|name| name.starts_with("override-")));
    let conditions = to_a_version.flat_map(|route| route["match"].as_array().cloned().unwrap_or_default());
    conditions.filter_map(|each| Some(each["headers"][header]["regex"].as_str()?.to_owned())).collect()
}

/// Texts like a value that an unescaped or unanchored expression would take for it.
fn nearly(value: &str) -> Vec<String> {
    let mut near = vec![format!("{value}x"), format!("x{value}"), value[..value.len() - 1].to_owned()];
    near.extend(value.match_indices('.').map(|(at, _)| format!("{}x{}", &value[..at], &value[at + 1..])));
    near
}

/// What RE2 is asked about the expressions for a header: values that one of them has to take, and values that none may.
struct Question {
    what: String,
    regexes: Vec<String>,
    taken: String,
    not_taken: Vec<String>,
}

/// The headers of a configuration: with an attempt that is inert in the header's name, that.
fn headers(attempt: &Attempt) -> [&str; 3] {
    let own = attempt.spot == Spot::Header && matches!(attempt.fate, Fate::Inert(_));
    [if own { &attempt.value } else { HEADERS[0] }, HEADERS[1], HEADERS[2]]
}

/// The questions about a Service with a value in it that is inert.
fn questions(attempt: &Attempt, objects: &[Value]) -> Vec<Question> {
    let value = attempt.value.as_str();
    let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    let (service, (name, version), near): (_, _, Vec<_>) = match attempt.spot {
        Spot::ServiceName => (value, pair(value, "v2"), nearly(value).iter().map(|near| pair(near, "v2")).collect()),
        Spot::Namespace => {
            let in_namespace = |namespace: &str| pair(&format!("reviews.{namespace}"), "v2");
            ("reviews", in_namespace(value), nearly(value).iter().map(|near| in_namespace(near)).collect())
        }
        Spot::Version | Spot::TargetName => {
            let near = nearly(value).iter().map(|near| pair("reviews", near)).collect();
            ("reviews", pair("reviews", value), near)
        }
        _ => ("reviews", pair("reviews", "v2"), nearly("v2").iter().map(|near| pair("reviews", near)).collect()),
    };
    let question = |(number, header): (usize, &str)| Question {
        what: format!("{attempt:?}, {header}"),
        regexes: expressions(objects, service, header),
        taken: carried(&name, &version)[number].clone(),
        not_taken: near.iter().map(|(name, version)| carried(name, version)[number].clone()).collect(),
    };
    headers(attempt).into_iter().enumerate().map(question).collect()
}

/// The neighbour's expressions do not answer to the value, wherever it stands.
fn neighbours_questions(attempt: &Attempt, objects: &[Value]) -> Vec<Question> {
    let question = |(number, header): (usize, &str)| Question {
        what: format!("the neighbour beside {attempt:?}, {header}"),
        regexes: expressions(objects, "ratings", header),
        taken: carried("ratings", "v2")[number].clone(),
        not_taken: [carried(&attempt.value, "v2"), carried("reviews", &attempt.value)]
            .map(|v| v[number].clone())
            .into(),
    };
    headers(attempt).into_iter().enumerate().map(question).collect()
}

/// Asks RE2, which starts once for all.
fn ask(questions: &[Question]) {
    let mut asked = Vec::new();
    for question in questions {
        assert!(!question.regexes.is_empty(), "{}: no expression", question.what);
        let values = std::iter::once(&question.taken).chain(&question.not_taken);
        let values: Vec<&str> = values.map(String::as_str).collect();
        asked.extend(question.regexes.iter().map(|regex| (regex.as_str(), values.clone())));
    }
    let mut rows = matches(&asked).into_iter();
    for Question { what, regexes, taken, not_taken } in questions {
        let rows: Vec<String> = rows.by_ref().take(regexes.len()).collect();
        let is_taken = |number: usize| rows.iter().any(|row| row.as_bytes()[number] == b'1');
        assert!(is_taken(0), "{what}: {taken:?} is taken by none of {regexes:?}");
        for (number, value) in not_taken.iter().enumerate() {
            assert!(!is_taken(number + 1), "{what}: {value:.200?} is taken by one of {regexes:?}");
        }
    }
}

/// A refusal is one sentence on one line that does nothing to a terminal, and nothing is generated from the value.
fn is_refused(attempt: &Attempt, code: Code, outcome: &Outcome, neighbours_only: &[String]) {
    let finding = outcome.findings.iter().find(|finding| finding.code == code);
    let finding = finding.unwrap_or_else(|| panic!("{attempt:?}: no {code:?} in {:#?}", outcome.findings));
    let line = finding.line();
    let moves_a_terminal = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!line.contains(moves_a_terminal), "{attempt:?}: {line:?}");
    assert!(line.len() < 3_000, "{attempt:?}: a sentence of {} bytes", line.len());
    if finding.severity == Severity::Error {
        outcome.unchanged();
        assert!(outcome.generated.is_empty(), "{attempt:?}");
    } else {
        assert_eq!(
            outcome.generated, neighbours_only,
            "{attempt:?}: something else than the neighbour's was generated"
        );
    }
}

#[test]
fn every_attempt_is_refused_or_inert() {
    let neighbours_only = Spot::neighbour().run().generated;
    let attempts = attempts();
    // One stream for all, so that each reader starts once: of every attempt the objects with the harmless word and with
    // the value, or what is said in `results`.
    let mut stream = String::new();
    let mut parts = Vec::new();
    for attempt in &attempts {
        let outcome = attempt.given().run();
        match attempt.fate {
            Fate::Refused(code) => {
                is_refused(attempt, code, &outcome, &neighbours_only);
                let results = outcome.output.rsplit_once("\nresults:\n").expect("results").1;
                let _ = write!(stream, "---\nresults:\n{results}");
                parts.push((0, 1));
            }
            Fate::Inert(codes) => {
                let found: Vec<Code> = outcome
                    .findings
                    .iter()
                    .filter(|each| each.severity < Severity::Info)
                    .map(|each| each.code)
                    .collect();
                assert_eq!(found, codes, "{attempt:?}: {:#?}", outcome.findings);
                let harmless = attempt.spot.given(HARMLESS).run();
                assert!(!harmless.failed(), "{:?}: {:#?}", attempt.spot, harmless.findings);
                let _ = write!(stream, "---\n{}---\n{}", harmless.rendered, outcome.rendered);
                parts.push((count(&harmless.rendered), count(&outcome.rendered)));
            }
        }
    }
    let read = read_back(&stream);
    let mut asked = Vec::new();
    for reader in read.keys() {
        let mut start = 0;
        for (attempt, (harmless, attacked)) in attempts.iter().zip(&parts) {
            let before = part(&read, reader, start, *harmless);
            let after = part(&read, reader, start + harmless, *attacked);
            start += harmless + attacked;
            let what = format!("{attempt:?}, read by {reader}");
            match attempt.fate {
                Fate::Refused(code) => {
                    let results = after[0]["results"].as_array().unwrap();
                    assert!(results.iter().any(|result| result["tags"]["code"] == code.id()), "{what}: {results:?}");
                }
                Fate::Inert(_) => {
                    let (before, after) = (Value::from(before), Value::from(after));
                    assert_same_but_for_the_value(&before, &after, "", &attempt.value, &what);
                    let objects = after.as_array().unwrap();
                    asked.extend(questions(attempt, objects));
                    asked.extend(neighbours_questions(attempt, objects));
                }
            }
        }
        assert_eq!(start, read[reader].len(), "{reader} found another number of documents");
    }
    let neighbour: Vec<Value> = neighbours_only.iter().flat_map(|text| read_by_us(text)).collect();
    for attempt in attempts.iter().filter(|attempt| matches!(attempt.fate, Fate::Refused(_))) {
        asked.extend(neighbours_questions(attempt, &neighbour));
    }
    ask(&asked);
}

/// The comparison can fail: an object with one more field, another text or another expression is another object.
#[test]
fn an_injected_field_a_text_or_an_expression_would_be_noticed() {
    let harmless = json!({"host": HARMLESS, "regex": format!("^{HARMLESS}$"), "list": [1]});
    let like = |value: &Value| {
        let (harmless, value) = (harmless.clone(), value.clone());
        std::panic::catch_unwind(move || assert_same_but_for_the_value(&harmless, &value, "", "a.b", "a probe")).is_ok()
    };
    assert!(like(&json!({"host": "a.b", "regex": r"^a\.b$", "list": [1]})));
    for changed in [
        json!({"host": "a.b", "regex": r"^a\.b$", "list": [1], "spec": {}}),
        json!({"host": "a", "regex": r"^a\.b$", "list": [1]}),
        json!({"host": "a.b", "regex": "^a.b$", "list": [1]}),
        json!({"host": "a.b", "regex": r"^a\.b$", "list": [1, 2]}),
        json!({"host": true, "regex": r"^a\.b$", "list": [1]}),
    ] {
        assert!(!like(&changed), "{changed}");
    }
}

#[test]
fn the_page_has_every_attempt() {
    let mut rows: Vec<(Spot, Fate, Vec<String>)> = Vec::new();
    for attempt in attempts() {
        let shown = attempt.shown();
        match rows.iter_mut().find(|(spot, fate, _)| *spot == attempt.spot && *fate == attempt.fate) {
            Some((.., values)) => values.push(shown),
            None => rows.push((attempt.spot, attempt.fate, vec![shown])),
        }
    }
    let never: Vec<String> = attempts().into_iter().take(NEVER.len()).map(|attempt| attempt.shown()).collect();
    let row = |(spot, fate, values): &(Spot, Fate, Vec<String>)| {
        let values = values
            .strip_prefix(never.as_slice())
            .map_or_else(|| values.join(" "), |others| [&["*the list*".to_owned()], others].concat().join(" "));
        format!("| {spot} | {values} | {fate} |\n")
    };
    let list = format!("*The list*: {}\n", never.join(" ").replace(r"\|", "|"));
    assert!(PAGE.contains(&list), "docs/hardening.md should have this list under `## Injection`:\n{list}");
    let table: String = rows.iter().map(row).collect();
    assert!(PAGE.contains(&table), "docs/hardening.md should have this table under `## Injection`:\n{table}");
}
