//! Does a regular expression match a whole value, as Envoy asks it? A plain walk over the parsed expression: slow and
//! obvious, for short values.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// Whether all of `value` matches.
pub fn matches(regex: &str, value: &str) -> bool {
    let hir = regex_syntax::parse(regex).expect("it is a regular expression");
    ends(&hir, value, 0).contains(&value.len())
}

/// Where a match that starts at `start` can end.
fn ends(hir: &Hir, value: &str, start: usize) -> BTreeSet<usize> {
    let rest = &value[start..];
    let step = |length: Option<usize>| length.map(|length| start + length).into_iter().collect();
    match hir.kind() {
        HirKind::Empty => step(Some(0)),
        HirKind::Literal(literal) => step(rest.as_bytes().starts_with(&literal.0).then_some(literal.0.len())),
        HirKind::Class(class) => step(rest.chars().next().filter(|c| contains(class, *c)).map(char::len_utf8)),
        HirKind::Look(Look::Start) => step((start == 0).then_some(0)),
        HirKind::Look(Look::End) => step(rest.is_empty().then_some(0)),
        HirKind::Look(other) => panic!("{other:?} is in none of the frames"),
        HirKind::Repetition(repetition) => repeated(repetition, value, start),
        HirKind::Capture(capture) => ends(&capture.sub, value, start),
        HirKind::Concat(parts) => parts.iter().fold(BTreeSet::from([start]), |starts, part| {
            starts.into_iter().flat_map(|start| ends(part, value, start)).collect()
        }),
        HirKind::Alternation(parts) => parts.iter().flat_map(|part| ends(part, value, start)).collect(),
    }
}

fn repeated(repetition: &Repetition, value: &str, start: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([start]);
    let mut found = BTreeSet::new();
    for count in 0.. {
        if count >= repetition.min {
            let known = found.len();
            found.extend(&reached);
            if count > repetition.min && found.len() == known {
                break;
            }
        }
        if repetition.max.is_some_and(|max| count >= max) || reached.is_empty() {
            break;
        }
        reached = reached.into_iter().flat_map(|start| ends(&repetition.sub, value, start)).collect();
    }
    found
}

fn contains(class: &Class, c: char) -> bool {
    match class {
        Class::Unicode(class) => class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c)),
        Class::Bytes(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&u8::try_from(c).unwrap_or(0)))
        }
    }
}
