//! `overrides render --diff`: what would change, for a review.

use std::fmt::Write as _;

use overrides::transform::Difference;
use similar::TextDiff;

/// The unified diff of all files, then of the new objects.
pub(super) fn unified(difference: &Difference) -> String {
    let mut text = String::new();
    for (name, before, after) in &difference.files {
        let name = if name == "-" { "standard input" } else { name };
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        let _ = write!(text, "{}", diff.unified_diff().header(name, name));
    }
    if !difference.added.is_empty() {
        let added = difference.added.join("---\n");
        let diff = TextDiff::from_lines("", added.as_str());
        let _ = write!(text, "{}", diff.unified_diff().header("/dev/null", "generated"));
    }
    text
}
