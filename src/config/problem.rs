//! What is wrong with a policy, as a finding that names the field and the nearest right spelling.

use crate::finding::{Code, Finding, Place};
use crate::krm::{Problem, ReadError};

/// Words less alike than this are no misspelling of each other.
const ALIKE: f64 = 0.7;

/// The known word that is most like `word`, if one is much like it.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let likeness = |candidate: &str| strsim::jaro_winkler(&lower, &candidate.to_lowercase());
    let candidates = known.into_iter().map(|candidate| (likeness(candidate), candidate));
    let best = candidates.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// Whether a word is most likely a misspelling of another: in another case, or by a slip or two of the fingers.
#[must_use]
pub fn is_nearly(word: &str, meant: &str) -> bool {
    const MOST_SLIPS: usize = 2;
    // Words that differ in length by more are told apart without the longer way round.
    if word.len().abs_diff(meant.len()) > MOST_SLIPS {
        return false;
    }
    word.eq_ignore_ascii_case(meant)
        || strsim::osa_distance(&word.to_ascii_lowercase(), &meant.to_ascii_lowercase()) <= MOST_SLIPS
}

pub(super) fn finding(place: &Place, error: &ReadError, setting: &str) -> Box<Finding> {
    let cure = match &error.problem {
        Problem::UnknownField { name, known } => suggestion(name, known, "The fields here are"),
        Problem::UnknownWord { word, known } => suggestion(word, known, "The possible values are"),
        problem if problem.wants_quotes() => "Put quotes around it".to_owned(),
        Problem::WrongType { expected, .. } => format!("Write {expected} here"),
        Problem::MissingField(name) => format!("Add `{name}`"),
        Problem::Refused(_) | Problem::TooManyAliases => {
            "Correct the value, or leave the field out for its default".to_owned()
        }
    };
    let path = if setting.is_empty() { error.path() } else { setting.to_owned() };
    let message = match &error.problem {
        Problem::UnknownField { name, .. } if name.is_empty() => "a field of the policy has no name".to_owned(),
        Problem::UnknownField { name, .. } => format!("the policy has no field `{name}`"),
        _ => error.to_string(),
    };
    let place = if path.is_empty() { place.clone() } else { place.field(path) };
    let beyond_limits = Finding::beyond_limits(&place, error);
    Box::new(beyond_limits.unwrap_or_else(|| Finding::new(Code::InvalidPolicy, place, message, cure)))
}

fn suggestion(word: &str, known: &[&str], introduction: &str) -> String {
    let list = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match nearest(word, known.iter().copied()) {
        Some(nearest) => format!("Did you mean `{nearest}`? {introduction} {list}"),
        None => format!("{introduction} {list}"),
    }
}
