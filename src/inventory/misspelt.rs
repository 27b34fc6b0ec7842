//! Names that are, or are nearly, those of this tool's annotations.

use strsim::damerau_levenshtein as distance;

use super::mark::DEFAULT_ANNOTATION;
use super::service::{DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION};

/// The domain of this tool's annotations.
const DOMAIN: &str = "overrides.dev";
/// What the names of all annotations of this tool begin with.
const ANNOTATION_PREFIX: &str = "overrides.dev/";
/// The annotations that users write.
const KNOWN: [&str; 3] = [DEFAULT_ANNOTATION, DEFAULT_VERSION_ANNOTATION, IGNORE_ANNOTATION];
/// So many letters of a domain, or of a name behind it, may be wrong.
const MOST_WRONG: usize = 2;

/// Whether a name begins like this tool's annotations, or is nearly that of one with a misspelt domain.
pub(super) fn looks_like_ours(name: &str) -> bool {
    name.starts_with(ANNOTATION_PREFIX) || meant(name).is_some()
}

/// The annotation of this tool's that a name is, or nearly is. Every annotation and label of what is read is asked about, so
/// that most are told by their first letter.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    if !name.starts_with(['o', 'O']) {
        return None;
    }
    let (domain, end) = name.split_once('/')?;
    if !(DOMAIN.len() - 5..=DOMAIN.len() + MOST_WRONG).contains(&domain.len()) {
        return None;
    }
    let domain = domain.to_ascii_lowercase();
    let most = if distance(&domain, DOMAIN) <= MOST_WRONG {
        MOST_WRONG
    } else if is_like_the_tool(&domain) {
        0
    } else {
        return None;
    };
    let ends =
        KNOWN.into_iter().map(|known| (distance(end, known.get(ANNOTATION_PREFIX.len()..).unwrap_or(known)), known));
    ends.filter(|(wrong, _)| *wrong <= most).min_by_key(|(wrong, _)| *wrong).map(|(_, known)| known)
}

/// Whether a domain is nearly the tool's name, with no more than a top-level domain behind it.
fn is_like_the_tool(domain: &str) -> bool {
    let (tool, top) = domain.split_once('.').unwrap_or((domain, ""));
    distance(tool, "overrides") <= 1 && top.len() <= 3
}
