//! Findings as annotations of GitHub Actions: one line each, which a runner finds on either stream of a step.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use super::{Finding, Report, Severity, readable};
use crate::krm::STANDARD_INPUT;

impl Report<'_> {
    /// The report as workflow commands, errors first: GitHub shows the first ten annotations of each severity and step.
    /// What is of severity info comes only where it is asked for.
    #[must_use]
    pub fn github(&self, verbose: bool) -> String {
        let mut text = String::new();
        for severity in [Severity::Error, Severity::Warning, Severity::Info] {
            if severity == Severity::Info && !verbose {
                continue;
            }
            let findings = self.findings.iter().filter(|finding| finding.severity == severity);
            findings.for_each(|finding| annotate(&mut text, finding));
        }
        for note in self.notes {
            let _ = writeln!(text, "{}", readable(note));
        }
        text
    }
}

fn annotate(text: &mut String, finding: &Finding) {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let _ = write!(text, "::{command} ");
    let file = finding.place.location.as_ref().filter(|location| location.path != STANDARD_INPUT);
    if let Some(location) = file {
        let path = location.path.strip_prefix("./").unwrap_or(&location.path);
        let _ = write!(text, "file={},", property(&readable(path)));
        if let Some((line, column)) = finding.place.position {
            let _ = write!(text, "line={line},col={column},");
        }
    }
    let title = format!("{}: {}", finding.code.id(), finding.code.title());
    let object = finding.place.object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
    let message = format!("{}{}", readable(&object), finding.sentences());
    let _ = writeln!(text, "title={}::{}", property(&title), data(&message));
}

/// Text behind the second pair of colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which ends at a comma, or at a pair of colons.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Place};
    use crate::krm::Location;

    #[test]
    fn what_would_end_a_property_or_a_line_is_escaped() {
        assert_eq!(property("a: b, c%\r\n"), "a%3A b%2C c%25%0D%0A");
        assert_eq!(data("a: b, c%\r\n"), "a: b, c%25%0D%0A");
    }

    #[test]
    fn a_file_with_a_strange_name_is_still_one_annotation() {
        let location = Location { path: "./a:b,c\n::error::d.yaml".into(), index: 0 };
        let place = Place { location: Some(location), position: Some((3, 5)), ..Place::default() };
        let findings = [Finding::new(Code::NoVersions, place, "50% of\n::error::it", "See %0A")];
        let text = Report { findings: &findings, notes: &[], failed: false }.github(false);
        assert_eq!(
            text,
            "::warning file=a%3Ab%2Cc\u{fffd}%3A%3Aerror%3A%3Ad.yaml,line=3,col=5,title=OV020%3A No workload of the Service \
             has a version::50%25 of\u{fffd}::error::it. See %250A.\n"
        );
    }
}
