//! Answers as a table for people, and a chain as one line.

use std::fmt::Write as _;

use super::outcome::{Answer, Outcome, Receives};
use super::remark::Remark;

/// Answers that are the same but for the port, as one row.
struct Row<'a> {
    answer: &'a Answer,
    ports: Vec<u16>,
    /// Whether the Service has no other row.
    alone: bool,
}

/// The answers as an aligned table, remarks below what they are about and at the end.
#[must_use]
pub fn table(answers: &[Answer], remarks: &[Remark]) -> String {
    let rows = rows(answers);
    let mut cells = vec![["SERVICE".to_owned(), "RECEIVES".to_owned(), "DECIDED BY".to_owned()]];
    cells.extend(rows.iter().map(|row| [row.name(), row.answer.outcome.to_string(), decided_by(row.answer)]));
    let width = |column: fn(&[String; 3]) -> &String| cells.iter().map(|row| column(row).chars().count()).max();
    let (first, second) = (width(|row| &row[0]).unwrap_or(0), width(|row| &row[1]).unwrap_or(0));
    let mut text = String::new();
    let mut cells = cells.iter();
    let mut line = |text: &mut String| {
        if let Some([service, receives, decided_by]) = cells.next() {
            let _ = writeln!(text, "{service:first$}  {receives:second$}  {decided_by}");
        }
    };
    line(&mut text);
    for row in &rows {
        line(&mut text);
        let margin = " ".repeat(first + second + 4);
        if let Outcome::NotEvaluated { why } = &row.answer.outcome {
            let _ = writeln!(text, "{margin}! not evaluated: {}", crate::finding::readable(why));
        }
        for remark in &row.answer.remarks {
            let _ = writeln!(text, "{margin}! {}", coded(remark));
        }
    }
    if !remarks.is_empty() {
        text.push('\n');
    }
    for remark in remarks {
        let _ = writeln!(text, "! {}", coded(remark));
    }
    text
}

/// The way along a chain as one line, `s1:v1 s2:v2 s3:v1`, with remarks below it.
#[must_use]
pub fn chain(answers: &[Answer], remarks: &[Remark]) -> String {
    let mut text = answers.iter().map(hop).collect::<Vec<_>>().join(" ");
    text.push('\n');
    for answer in answers {
        if let Outcome::NotEvaluated { why } = &answer.outcome {
            let _ = writeln!(text, "! {}: not evaluated: {}", answer.service, crate::finding::readable(why));
        }
        for remark in &answer.remarks {
            let _ = writeln!(text, "! {}: {}", answer.service, coded(remark));
        }
    }
    for remark in remarks {
        let _ = writeln!(text, "! {}", coded(remark));
    }
    text
}

/// A remark with its code behind it, by which `docs/remarks.md` tells more.
fn coded(remark: &Remark) -> String {
    format!("{remark} [{}]", remark.code().id())
}

impl Answer {
    /// Whether the answer is this, in the words of a chain: a version, `-`, a status, `redirect`.
    #[must_use]
    pub fn is_briefly(&self, receives: &str) -> bool {
        self.version() == Some(receives) || brief(self) == receives
    }
}

/// A Service of a chain and its versions without spaces: `s1:v1`, `s1:v1|v2`, `s1:-` for nobody, `s1:?`.
fn hop(answer: &Answer) -> String {
    format!("{}:{}", answer.service.name, brief(answer))
}

fn brief(answer: &Answer) -> String {
    let mut versions: Vec<&str> = Vec::new();
    for destination in answer.outcome.destinations() {
        match &destination.receives {
            Receives::Version(version) => versions.push(version),
            Receives::AnyOf(several) => versions.extend(several.iter().map(String::as_str)),
            Receives::Nobody => versions.push("-"),
            Receives::Elsewhere => versions.push("?"),
        }
    }
    versions.dedup();
    match &answer.outcome {
        Outcome::Destination(_) | Outcome::Split { .. } => versions.join("|"),
        Outcome::Redirect { .. } => "redirect".to_owned(),
        Outcome::Reply { status } => status.to_string(),
        Outcome::Unrouted => "-".to_owned(),
        Outcome::NotEvaluated { .. } => "?".to_owned(),
    }
}

fn decided_by(answer: &Answer) -> String {
    answer.decided_by.as_ref().map_or_else(|| "no VirtualService".to_owned(), ToString::to_string)
}

fn rows(answers: &[Answer]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for answer in answers {
        let ports = answer.port.iter().map(|port| port.number);
        match rows.iter_mut().rev().find(|row| row.answer.service == answer.service) {
            Some(row) if row.says_the_same(answer) => row.ports.extend(ports),
            Some(row) => {
                row.alone = false;
                rows.push(Row { answer, ports: ports.collect(), alone: false });
            }
            None => rows.push(Row { answer, ports: ports.collect(), alone: true }),
        }
    }
    rows
}

impl Row<'_> {
    fn says_the_same(&self, other: &Answer) -> bool {
        let own = self.answer;
        (&own.outcome, &own.decided_by, &own.remarks) == (&other.outcome, &other.decided_by, &other.remarks)
    }

    fn name(&self) -> String {
        let ports: Vec<String> = self.ports.iter().map(ToString::to_string).collect();
        if self.alone || ports.is_empty() {
            return self.answer.service.to_string();
        }
        format!("{}:{}", self.answer.service, ports.join(","))
    }
}
