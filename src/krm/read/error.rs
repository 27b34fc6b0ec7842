//! Why a value could not be read, in the words of somebody who writes YAML.

use std::fmt;
use std::ops::Range;

use serde::de::{Expected, Unexpected};

use crate::krm::field::field_path;
use crate::krm::node::NodeRef;

/// Why a value could not be read: where, and what was wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// The steps from the value that was read down to the place, outermost last.
    path: Vec<Step>,
    /// The bytes that the error is about, in the tree's text.
    pub range: Range<usize>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Something else stands here than is needed: `found` and `expected` are phrases such as "a list".
    WrongType {
        /// What is there.
        found: String,
        /// What is needed.
        expected: String,
    },
    /// A key that means nothing here.
    UnknownField {
        /// The key.
        name: String,
        /// The keys that there are.
        known: &'static [&'static str],
    },
    /// A word that is none of the possible ones.
    UnknownWord {
        /// The word.
        word: String,
        /// The possible ones.
        known: &'static [&'static str],
    },
    /// A key that must be there and is not.
    MissingField(&'static str),
    /// The value's own type refused it, in a sentence.
    Refused(String),
    /// Aliases repeat more of the input than anybody needs.
    TooManyAliases,
}

impl Problem {
    /// Whether a plain scalar such as `1.0` or `on` stands where text is needed: what its author meant as text.
    #[must_use]
    pub fn wants_quotes(&self) -> bool {
        matches!(self, Self::WrongType { found, expected } if expected == "text" && found.starts_with("the "))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl ReadError {
    /// The path of the place as Kubernetes writes it: `spec.ports[1].port`.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.iter().rev().fold(String::new(), |path, step| match step {
            Step::Index(index) => format!("{path}[{index}]"),
            Step::Key(key) => field_path(&path, key),
        })
    }

    pub(super) fn new(problem: Problem) -> Self {
        Self { path: Vec::new(), range: 0..0, problem }
    }

    /// A number as it is written: `0x50` is what the user can look for, not what it came out as.
    pub(super) fn found(mut self, number: &str) -> Self {
        if let Problem::WrongType { found, .. } = &mut self.problem {
            *found = format!("the number `{number}`");
        }
        self
    }

    pub(super) fn at(mut self, node: NodeRef<'_>) -> Self {
        if self.range.is_empty() && self.path.is_empty() {
            self.range = node.range();
        }
        self
    }

    pub(super) fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// The same error, found below these keys.
    #[must_use]
    pub fn below_keys(self, keys: &[&str]) -> Self {
        keys.iter().rev().fold(self, |error, key| error.below(Step::Key((*key).to_owned())))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::WrongType { found, expected } => write!(f, "{found} stands where {expected} is needed"),
            Problem::UnknownField { name, .. } => write!(f, "there is no field `{name}`"),
            Problem::UnknownWord { word, .. } => write!(f, "`{word}` is not one of the possible values"),
            Problem::MissingField(name) => write!(f, "the field `{name}` is missing"),
            Problem::Refused(sentence) => f.write_str(sentence),
            Problem::TooManyAliases => f.write_str("the aliases of the input repeat more than ten times of it"),
        }
    }
}

impl std::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Refused(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Problem::WrongType { found: phrase(found), expected: need(expected) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownField { name: name.to_owned(), known })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownWord { word: word.to_owned(), known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Problem::MissingField(name))
    }
}

/// What serde expects, in the words of somebody who writes YAML.
pub(super) fn need(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    match words.as_str() {
        "a map" => "a mapping".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a string" | "a borrowed string" | "a character" => "text".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u8" | "u32" | "u64" | "i32" | "i64" => "a whole number".to_owned(),
        _ if words.starts_with("enum ") => "one of a few words".to_owned(),
        _ => words,
    }
}

fn phrase(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("the boolean `{value}`"),
        Unexpected::Unsigned(value) => format!("the number `{value}`"),
        Unexpected::Signed(value) => format!("the number `{value}`"),
        Unexpected::Float(value) => format!("the number `{value}`"),
        Unexpected::Str(value) => format!("the text {value:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}
