//! Findings for people: each with the lines that it is about, and those of one code together.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group as Snippets, Level, Renderer, Snippet};
use overrides::finding::{Counts, Finding, Group, NAMED, Place, Severity, groups, readable};

use super::excerpt::{Excerpt, LineStarts, Sources, excerpt, shown_path};

/// The findings, errors last, and how many there are. Several of one code are one sentence, a count, up to three places
/// and what to do, unless all are asked for.
pub(super) fn text(findings: &[Finding], sources: Sources<'_>, verbose: bool, colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut lines = LineStarts::default();
    let mut output = String::new();
    for group in shown(findings, verbose) {
        match group.only() {
            Some(finding) => push(&mut output, &single(&renderer, finding, sources, &mut lines)),
            None if verbose => group.findings.iter().for_each(|finding| {
                push(&mut output, &single(&renderer, finding, sources, &mut lines));
            }),
            None => push(&mut output, &renderer.render(&[together(&group, sources, &mut lines)])),
        }
    }
    output
}

/// The findings as lines, errors last: one for each code, and one for each error, since who runs a function in a build sees
/// nothing else of it and can ask for no more.
pub(super) fn lines(findings: &[Finding], verbose: bool) -> String {
    let mut output = String::new();
    for group in shown(findings, verbose) {
        if verbose || group.severity == Severity::Error {
            group.findings.iter().for_each(|finding| push(&mut output, &finding.line()));
        } else {
            push(&mut output, &group.line());
        }
    }
    output
}

/// The last line: how many findings are shown. None where there are none.
pub(super) fn last_line(findings: &[Finding], verbose: bool) -> Option<String> {
    let counts = Counts::of(findings);
    let counts = if verbose { counts } else { Counts { infos: 0, ..counts } };
    Some(counts.line()).filter(|line| !line.is_empty())
}

fn shown(findings: &[Finding], verbose: bool) -> impl Iterator<Item = Group<'_>> {
    groups(findings).into_iter().filter(move |group| verbose || group.severity != Severity::Info)
}

fn push(output: &mut String, text: &str) {
    output.push_str(text);
    output.push('\n');
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// A finding with the lines that it is about, where there are any.
fn single(renderer: &Renderer, finding: &Finding, sources: Sources<'_>, lines: &mut LineStarts) -> String {
    match excerpt(&finding.place, sources, lines) {
        Some(excerpt) => renderer.render(&[snippet(finding, &excerpt)]),
        None => finding.line(),
    }
}

fn snippet<'a>(finding: &'a Finding, excerpt: &'a Excerpt<'a>) -> Snippets<'a> {
    let subject = subject(finding);
    let colon = if subject.is_empty() { "" } else { ": " };
    let title = level(finding.severity)
        .primary_title(readable(&format!("{subject}{colon}{}", finding.message)).into_owned())
        .id(finding.code.id());
    let snippet = Snippet::source(excerpt.text)
        .path(excerpt.path.as_str())
        .line_start(excerpt.first_line)
        .annotation(AnnotationKind::Primary.span(excerpt.range.clone()));
    let mut group = title.element(snippet);
    if let Some((place, what)) = &finding.related {
        group = group.element(Level::NOTE.message(readable(&format!("{what}: {place}")).into_owned()));
    }
    if finding.cure.is_empty() { group } else { group.element(Level::HELP.message(readable(&finding.cure))) }
}

/// The object and the field, without the file.
fn subject(finding: &Finding) -> String {
    Place { location: None, position: None, ..finding.place.clone() }.to_string()
}

/// Several findings of one code as one.
fn together<'a>(group: &Group<'a>, sources: Sources<'_>, lines: &mut LineStarts) -> Snippets<'a> {
    let sentence = format!("{} ({} times)", group.sentence(), group.findings.len());
    let mut shown =
        Snippets::with_title(level(group.severity).primary_title(readable(&sentence).into_owned()).id(group.code.id()));
    let is_same = group.message().is_some();
    for finding in group.findings.iter().take(NAMED) {
        let message = if is_same { Cow::Borrowed("") } else { Cow::Owned(format!(": {}", finding.message)) };
        let place = format!("{}{}{message}", subject(finding), file(finding, sources, lines));
        shown = shown.element(Level::NOTE.with_name("in").message(readable(&place).into_owned()));
    }
    if group.unnamed() > 0 {
        let more = format!("{} more, which `-v` shows", group.unnamed());
        shown = shown.element(Level::NOTE.with_name("and").message(more));
    }
    let help = group.help();
    if help.is_empty() { shown } else { shown.element(Level::HELP.message(readable(&help).into_owned())) }
}

/// Where a finding is, as editors and terminals open it: ` (shop/cart.yaml:12:9)`.
fn file(finding: &Finding, sources: Sources<'_>, lines: &mut LineStarts) -> String {
    let Some(location) = &finding.place.location else { return String::new() };
    let path = shown_path(&location.path);
    match lines.position(&finding.place, sources) {
        Some((line, column)) => format!(" ({path}:{line}:{column})"),
        None => format!(" ({path})"),
    }
}
