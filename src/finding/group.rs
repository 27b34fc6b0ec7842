//! Findings of one code as one: what they say, how many there are, and where the first of them are.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Code, Finding, Severity, readable};

/// How many findings of a group are named.
pub const NAMED: usize = 3;

/// The findings of one code and severity.
#[derive(Debug, Clone)]
pub struct Group<'f> {
    /// The code.
    pub code: Code,
    /// The severity.
    pub severity: Severity,
    /// The findings: at least one, in the order in which they were found.
    pub findings: Vec<&'f Finding>,
}

/// Findings by code, errors last: that is where the eye is when a terminal has scrolled.
#[must_use]
pub fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| group.code == finding.code && group.severity == finding.severity) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { code: finding.code, severity: finding.severity, findings: vec![finding] }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.severity));
    groups
}

impl<'f> Group<'f> {
    /// The finding, where it is the only one.
    #[must_use]
    pub fn only(&self) -> Option<&'f Finding> {
        match self.findings.as_slice() {
            [finding] => Some(finding),
            _ => None,
        }
    }

    /// What all of them say, where they say the same.
    #[must_use]
    pub fn message(&self) -> Option<&'f str> {
        let first = self.findings.first()?.message.as_str();
        self.findings.iter().all(|finding| finding.message == first).then_some(first)
    }

    /// One sentence for all of them, without its full stop.
    #[must_use]
    pub fn sentence(&self) -> &'f str {
        self.message().unwrap_or_else(|| self.code.title())
    }

    /// What to do, where that is the same for all of them; else where to read about it.
    #[must_use]
    pub fn help(&self) -> Cow<'f, str> {
        let first = self.findings.first().map_or("", |finding| finding.cure.as_str());
        if self.findings.iter().all(|finding| finding.cure == first) {
            return Cow::Borrowed(first);
        }
        Cow::Owned(format!(
            "What to do differs: `-v` says it for each, and `overrides findings {}` in general",
            self.code.id()
        ))
    }

    /// How many are not named.
    #[must_use]
    pub fn unnamed(&self) -> usize {
        self.findings.len().saturating_sub(NAMED)
    }

    /// The group on one line, where there is no more room: one sentence, a count and up to three places.
    #[must_use]
    pub fn line(&self) -> String {
        if let Some(finding) = self.only() {
            return finding.line();
        }
        let places: Vec<String> = self.findings.iter().take(NAMED).map(|finding| subject(finding)).collect();
        let mut line = format!(
            "{}[{}]: {} ({} times: {}",
            self.severity.word(),
            self.code.id(),
            readable(self.sentence()),
            self.findings.len(),
            readable(&places.join("; "))
        );
        let _ = match self.unnamed() {
            0 => write!(line, ")."),
            more => write!(line, "; and {more} more)."),
        };
        let help = self.help();
        if !help.is_empty() {
            let stop = if help.ends_with('?') { "" } else { "." };
            let _ = write!(line, " {}{stop}", readable(&help));
        }
        line
    }
}

/// What a finding is about, in as few words as there are.
fn subject(finding: &Finding) -> String {
    match &finding.place.object {
        Some(object) => object.to_string(),
        None => finding.place.to_string(),
    }
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// What is worth knowing and no reason to act.
    pub infos: usize,
}

impl Counts {
    /// Counts findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), infos: count(Severity::Info) }
    }

    /// `2 errors, 11 warnings`, without what there is none of. Empty where there is nothing.
    #[must_use]
    pub fn line(&self) -> String {
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.infos, "info")];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| {
            let plural = if count == 1 || word == "info" { "" } else { "s" };
            format!("{count} {word}{plural}")
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{ObjectReference, Place};

    fn finding(code: Code, name: &str, message: &str, cure: &str) -> Finding {
        let object =
            ObjectReference { api_version: "v1".into(), kind: "Service".into(), name: name.into(), namespace: None };
        Finding::new(code, Place { object: Some(object), ..Place::default() }, message, cure)
    }

    #[test]
    fn findings_of_one_code_are_one_line_with_a_count_and_three_names() {
        let all: Vec<Finding> =
            ["a", "b", "c", "d", "e"].map(|name| finding(Code::NoVersions, name, "no version", "Label it")).into();
        let lines = |findings: &[Finding]| groups(findings).iter().map(Group::line).collect::<Vec<_>>();
        assert_eq!(
            lines(&all),
            ["warning[OV020]: no version (5 times: Service a; Service b; Service c; and 2 more). Label it."]
        );
        assert_eq!(lines(&all[..2]), ["warning[OV020]: no version (2 times: Service a; Service b). Label it."]);
        assert_eq!(lines(&all[..1]), ["warning[OV020]: Service a: no version. Label it."]);
    }

    #[test]
    fn what_differs_is_not_said_of_all() {
        let all = [
            finding(Code::NoVersions, "a", "one thing", "Do this"),
            finding(Code::NoVersions, "b", "another thing", "Do that"),
        ];
        let [group] = &groups(&all)[..] else { panic!("one group") };
        assert_eq!(group.sentence(), "No workload of the Service has a version");
        assert!(group.help().contains("overrides findings OV020"), "{}", group.help());
    }

    #[test]
    fn errors_come_last_and_one_code_of_two_severities_is_two_groups() {
        let warning = finding(Code::NoVersions, "a", "m", "");
        let all = [
            finding(Code::DuplicateService, "b", "m", ""),
            warning.clone(),
            warning.with_severity(Severity::Error),
            finding(Code::Headless, "c", "m", ""),
        ];
        let order: Vec<(&str, &str)> =
            groups(&all).iter().map(|group| (group.severity.word(), group.code.id())).collect();
        assert_eq!(order, [("info", "OV054"), ("warning", "OV020"), ("error", "OV007"), ("error", "OV020")]);
    }

    #[test]
    fn counts_say_nothing_of_what_there_is_not() {
        let counts = |errors, warnings, infos| Counts { errors, warnings, infos }.line();
        assert_eq!(counts(2, 11, 0), "2 errors, 11 warnings");
        assert_eq!(counts(1, 1, 3), "1 error, 1 warning, 3 info");
        assert_eq!(counts(0, 0, 0), "");
    }
}
