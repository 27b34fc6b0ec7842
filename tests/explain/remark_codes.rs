//! Every remark has a code that stays, and a section on its page.

use overrides::explain::RemarkCode;

use crate::asking::{ask, reviews};

const PAGE: &str = include_str!("../../docs/remarks.md");

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let sections: Vec<&str> =
        PAGE.split("\n## ").skip(1).filter_map(|section| Some(section.split_once(" — ")?.0)).collect();
    let codes: Vec<String> = RemarkCode::ALL.iter().map(|code| code.id()).collect();
    assert_eq!(sections, codes, "in order");
    for id in codes {
        assert!(PAGE.contains(&format!("<a id=\"{}\"></a>\n## {id} — ", id.to_lowercase())), "{id} has no anchor");
    }
}

#[test]
fn codes_are_numbered_without_a_gap() {
    let numbers: Vec<String> = (1..=RemarkCode::ALL.len()).map(|number| format!("EX{number:02}")).collect();
    let ids: Vec<String> = RemarkCode::ALL.iter().map(|code| code.id()).collect();
    assert_eq!(ids, numbers);
}

#[test]
fn a_remark_is_its_code_and_its_sentence_to_a_script() {
    let answer = ask(reviews(&["v1"])).header("x-override", "reviews:v9").of("reviews");
    let json = serde_json::to_value(&answer.remarks[0]).unwrap();
    assert_eq!(json["code"], "EX07");
    assert_eq!(json["message"], "the request asks for version v9 of reviews, which no rule knows: it takes v1");
}
