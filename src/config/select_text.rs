//! A label selector as `kubectl get --selector` takes it: `track=stable,tier in (front, back),!legacy`.

use serde::de::Error as _;

use super::select::{Operator, Requirement, Selector};
use super::words::{LabelKey, is_label_value};
use crate::krm::ReadError;

/// Reads a selector. Nothing at all is the empty one.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Selector, ReadError> {
    let mut selector = Selector::default();
    for part in parts(text).map(str::trim).filter(|part| !part.is_empty()) {
        let requirement = requirement(part).ok_or_else(|| {
            let message =
                format!("{part:?} is no part of a label selector such as `track=stable` or `track in (stable, live)`");
            ReadError::custom(message)
        })?;
        selector.match_expressions.push(requirement);
    }
    Ok(selector)
}

/// What stands between commas that are in no parentheses.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

fn requirement(part: &str) -> Option<Requirement> {
    let (key, operator, values) = if let Some(key) = part.strip_prefix('!') {
        (key, Operator::DoesNotExist, Vec::new())
    } else if let Some((key, value)) = part.split_once("!=") {
        (key, Operator::NotIn, vec![value])
    } else if let Some((key, value)) = part.split_once('=') {
        (key, Operator::In, vec![value.strip_prefix('=').unwrap_or(value)])
    } else if let Some(list) = part.strip_suffix(')') {
        let (head, list) = list.split_once('(')?;
        let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
        let operator = match word {
            "in" => Operator::In,
            "notin" => Operator::NotIn,
            _ => return None,
        };
        (key, operator, list.split(',').collect())
    } else {
        (part, Operator::Exists, Vec::new())
    };
    let key = LabelKey::try_from(key.trim().to_owned()).ok()?.as_str().to_owned();
    let values: Vec<String> = values.into_iter().map(|value| value.trim().to_owned()).collect();
    values.iter().all(|value| is_label_value(value)).then_some(Requirement { key, operator, values })
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn read(text: &str) -> Option<String> {
        let selector = parse(text).ok()?;
        let shown = selector.match_expressions.iter().map(|each| {
            let operator = format!("{:?}", each.operator);
            format!("{} {operator} {}", each.key, each.values.join("|")).trim().to_owned()
        });
        Some(shown.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_selector_is_read_as_kubectl_reads_it() {
        for (text, expected) in [
            ("", ""),
            ("track=stable", "track In stable"),
            ("track == stable , tier!=web", "track In stable; tier NotIn web"),
            ("a.example.com/track in (stable,live),!legacy", "a.example.com/track In stable|live; legacy DoesNotExist"),
            ("tier notin ( web )", "tier NotIn web"),
            ("track", "track Exists"),
            ("track=", "track In"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["=stable", "track=a b", "track on (a)", "in (a)", "track in a)", "track>3", "a/b/c=d", "track in (a", "{}"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
