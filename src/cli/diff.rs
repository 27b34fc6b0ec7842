//! `overrides render --diff`: what would change, for a review.

use std::fmt::Write as _;

use similar::TextDiff;

/// The unified diff of all files, then of the new objects.
pub(super) fn unified(files: &[(String, String, String)], added: &[String]) -> String {
    let mut text = String::new();
    for (name, before, after) in files {
        let name = if name == "-" { "standard input" } else { name };
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        let _ = write!(text, "{}", diff.unified_diff().header(name, name));
    }
    if !added.is_empty() {
        let added = added.join("---\n");
        let diff = TextDiff::from_lines("", added.as_str());
        let _ = write!(text, "{}", diff.unified_diff().header("/dev/null", "generated"));
    }
    text
}
