//! Istio's `StringMatch`: exact, prefix, regex, or merely being there.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::verdict::Verdict;

/// What a text has to be like.
#[derive(Debug, Clone)]
pub(super) enum StringMatch {
    /// It is there, whatever it is: an empty object, or the regex `*`
    /// (`networking/core/route/route.go`, `canBeConvertedToPresentMatch`).
    Present,
    Exact(String),
    Prefix(String),
    Regex(Pattern),
    /// Several of the three at once, which the API server refuses.
    Several,
}

/// `StringMatch` as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a mapping with `exact`, `prefix` or `regex`")]
pub(super) struct RawStringMatch {
    exact: Option<String>,
    prefix: Option<String>,
    regex: Option<String>,
}

impl From<Option<RawStringMatch>> for StringMatch {
    fn from(raw: Option<RawStringMatch>) -> Self {
        let raw = raw.unwrap_or_default();
        match (raw.exact, raw.prefix, raw.regex) {
            (None, None, None) => Self::Present,
            (Some(exact), None, None) => Self::Exact(exact),
            (None, Some(prefix), None) => Self::Prefix(prefix),
            (None, None, Some(regex)) if regex == "*" => Self::Present,
            (None, None, Some(regex)) => Self::Regex(Pattern::new(regex)),
            _ => Self::Several,
        }
    }
}

impl StringMatch {
    /// Whether a text that is there is like this.
    pub(super) fn holds(&self, value: &str) -> Verdict {
        match self {
            Self::Present => Verdict::Yes,
            Self::Exact(exact) => (value == exact).into(),
            Self::Prefix(prefix) => value.starts_with(prefix.as_str()).into(),
            Self::Regex(pattern) => pattern.matches(value),
            Self::Several => Verdict::Unknown("a match of several kinds at once, which Istio refuses".to_owned()),
        }
    }

    /// The same without regard to case, which a regex is not subject to.
    pub(super) fn holds_in_any_case(&self, value: &str) -> Verdict {
        match self {
            Self::Exact(exact) => value.eq_ignore_ascii_case(exact).into(),
            Self::Prefix(prefix) => {
                value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)).into()
            }
            _ => self.holds(value),
        }
    }
}

/// A regular expression that Envoy matches against the whole of a text. The syntax is RE2's; expressions that the
/// `regex` crate reads otherwise are not evaluated. For texts in ASCII, which headers and paths are, the two agree on
/// the classes `\d`, `\w` and `\s` as well.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

/// The largest program of an expression, in bytes: far more than the 1024 characters that Istio admits can need.
const LARGEST_PROGRAM: usize = 4 << 20;

impl Pattern {
    pub(super) fn new(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    fn matches(&self, value: &str) -> Verdict {
        match self.compiled.get_or_init(|| compile(&self.text)) {
            Some(regex) if value.is_ascii() || !has_classes(&self.text) => regex.is_match(value).into(),
            _ => Verdict::Unknown(format!("the regular expression `{}`, which cannot be evaluated here", self.text)),
        }
    }
}

fn compile(text: &str) -> Option<Regex> {
    if !reads_alike(text) {
        return None;
    }
    // Alone first: `a)(b` is none, and would be one between brackets.
    regex_syntax::Parser::new().parse(text).ok()?;
    RegexBuilder::new(&format!(r"\A(?:{text})\z")).size_limit(LARGEST_PROGRAM).build().ok()
}

/// Whether there are classes that mean more than ASCII here and ASCII alone to RE2.
fn has_classes(text: &str) -> bool {
    ['d', 'D', 'w', 'W', 's', 'S', 'b', 'B'].iter().any(|class| text.contains(&format!(r"\{class}")))
}

/// Whether the expression means the same to RE2: within brackets the `regex` crate knows nested brackets and the
/// operators `&&`, `--` and `~~`, which are plain characters to RE2.
fn reads_alike(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    // Within brackets: the character before, where it has not got a meaning of its own.
    let mut bracket: Option<Option<char>> = None;
    while let Some(character) = characters.next() {
        match (&mut bracket, character) {
            (Some(before), '\\') => {
                characters.next();
                *before = None;
            }
            (None, '\\') => drop(characters.next()),
            (None, '[') => {
                characters.next_if_eq(&'^');
                characters.next_if_eq(&']');
                bracket = Some(None);
            }
            (Some(_), ']') => bracket = None,
            (Some(_), '[') if characters.peek() == Some(&':') => {
                // `[:alpha:]`, up to its own end.
                while characters.next().is_some_and(|inner| inner != ']') {}
            }
            (Some(_), '[') => return false,
            (Some(before), _) => {
                if *before == Some(character) && ['&', '-', '~'].contains(&character) {
                    return false;
                }
                *before = Some(character);
            }
            (None, _) => {}
        }
    }
    true
}

/// How a match of a root and one of its delegate for the same thing go together, as Istio has it: whether nothing can
/// be like both, or Istio cannot tell (`pilot/pkg/model/virtualservice.go`, `stringMatchConflict`).
pub(super) fn conflict(root: Option<&StringMatch>, leaf: Option<&StringMatch>) -> bool {
    use StringMatch::{Exact, Prefix};
    match (root, leaf) {
        (None, _) | (_, None) => false,
        (Some(Exact(root)), Some(Exact(leaf))) if !root.is_empty() => root != leaf,
        (Some(Prefix(root)), Some(Prefix(leaf) | Exact(leaf))) if !root.is_empty() && !leaf.is_empty() => {
            !leaf.starts_with(root.as_str())
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, RawStringMatch, StringMatch, Verdict, conflict};

    fn regex(text: &str, value: &str) -> Verdict {
        StringMatch::Regex(Pattern::new(text.to_owned())).holds(value)
    }

    fn is_unknown(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Unknown(_))
    }

    #[test]
    fn a_regex_has_to_match_the_whole_text() {
        assert_eq!(regex("v1|v2", "v2"), Verdict::Yes);
        assert_eq!(regex("v1|v2", "v22"), Verdict::No);
        assert_eq!(regex("^v1", "v12"), Verdict::No);
        assert_eq!(regex("v.*", "a v"), Verdict::No);
        assert_eq!(regex("(?i)V2", "v2"), Verdict::Yes);
        assert_eq!(regex(r"^(.*,)?[ \t]*s2(\.shop)?:v2[ \t]*(,.*)?$", "s1:v1, s2.shop:v2 ,s3:v3"), Verdict::Yes);
    }

    #[test]
    fn what_the_two_dialects_read_differently_is_not_evaluated() {
        for text in ["[[a]b]", "[a&&b]", "[a-z--b]", "[a~~b]", "a)(b", "(?=a)", r"\Qa\E", r"\Ca"] {
            assert!(is_unknown(&regex(text, "a")), "{text}");
        }
        for text in ["[[:alpha:]]", "[]a]", "[^]b]", r"[\[a]", "[a&]", "[a-c]"] {
            assert_eq!(regex(text, "a"), Verdict::Yes, "{text}");
        }
        assert!(is_unknown(&regex(r"\w+", "é")));
        assert_eq!(regex(r"\w+", "e"), Verdict::Yes);
        assert_eq!(regex(".*", "é"), Verdict::Yes);
    }

    #[test]
    fn an_empty_match_or_a_lone_asterisk_is_presence() {
        assert!(matches!(StringMatch::from(None), StringMatch::Present));
        let raw = RawStringMatch { regex: Some("*".to_owned()), ..RawStringMatch::default() };
        assert!(matches!(StringMatch::from(Some(raw)), StringMatch::Present));
    }

    #[test]
    fn an_empty_text_is_no_presence() {
        let raw = RawStringMatch { exact: Some(String::new()), ..RawStringMatch::default() };
        let exact = StringMatch::from(Some(raw));
        assert_eq!(exact.holds("x"), Verdict::No);
        assert_eq!(exact.holds(""), Verdict::Yes);
    }

    #[test]
    fn case_is_ignored_in_exact_and_prefix_alone() {
        let (exact, prefix) = (StringMatch::Exact("/A".to_owned()), StringMatch::Prefix("/A".to_owned()));
        assert_eq!(exact.holds_in_any_case("/a"), Verdict::Yes);
        assert_eq!(prefix.holds_in_any_case("/ab"), Verdict::Yes);
        assert_eq!(prefix.holds_in_any_case("/"), Verdict::No);
        assert_eq!(StringMatch::Regex(Pattern::new("/A".to_owned())).holds_in_any_case("/a"), Verdict::No);
    }

    #[test]
    fn a_delegate_may_narrow_what_its_root_says_and_nothing_else() {
        let exact = |text: &str| Some(StringMatch::Exact(text.to_owned()));
        let prefix = |text: &str| Some(StringMatch::Prefix(text.to_owned()));
        let pattern = || Some(StringMatch::Regex(Pattern::new("a".to_owned())));
        for (root, leaf, expected) in [
            (prefix("/a"), prefix("/a/b"), false),
            (prefix("/a"), exact("/a/b"), false),
            (prefix("/a/b"), prefix("/a"), true),
            (exact("/a"), exact("/a"), false),
            (exact("/a"), exact("/b"), true),
            (exact("/a"), prefix("/a"), true),
            (pattern(), pattern(), true),
            (pattern(), exact("a"), true),
            (prefix("/a"), pattern(), true),
            (None, pattern(), false),
            (pattern(), None, false),
            (Some(StringMatch::Present), exact("a"), true),
        ] {
            assert_eq!(conflict(root.as_ref(), leaf.as_ref()), expected, "{root:?} {leaf:?}");
        }
    }
}
