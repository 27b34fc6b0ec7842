//! Why an input could not be taken.

use std::ops::Range;

use thiserror::Error;

use super::tree::TreeError;

/// An input that is no ResourceList, or no manifest.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{problem}")]
pub struct InputError {
    /// The file, `-` for standard input.
    pub source_name: String,
    /// The line and column, from one, where there is such a place.
    pub position: Option<(usize, usize)>,
    /// The line and column of the first of two places, where there are two.
    pub first_position: Option<(usize, usize)>,
    /// What is wrong.
    pub problem: InputProblem,
}

/// What is wrong with an input.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum InputProblem {
    /// Nothing, or white space and comments only.
    #[error("the input is empty")]
    Empty,
    /// Bytes that are not UTF-8.
    #[error("the input is not UTF-8")]
    NotText,
    /// See [`TreeError`].
    #[error("{0}")]
    Tree(Box<TreeError>),
    /// A document of another kind; the phrase says which.
    #[error("a ResourceList is needed on standard input, and this is {0}")]
    NotAResourceList(String),
    /// A field of the list itself has the wrong type.
    #[error("`{0}` of the ResourceList is not a list")]
    NotAList(&'static str),
    /// A document of manifests that is no object; the phrase says what it is.
    #[error("this is {0}, not a Kubernetes object")]
    NotAnObject(&'static str),
    /// What Helm prints behind manifests, which is no YAML.
    #[error("this is not YAML, and stands behind `NOTES:` of Helm: {0}")]
    Notes(Box<TreeError>),
    /// A ResourceList among plain manifests.
    #[error("this is a ResourceList, and `render` reads plain manifests")]
    ResourceListInRender,
    /// A list among the items of a list.
    #[error("this list stands within another list, where its objects would be overlooked")]
    NestedList,
}

/// The line and column of a byte, both from one; columns count characters.
#[must_use]
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = super::extent::column(text, before.len()) + 1;
    (line, column)
}

/// Takes bytes for UTF-8 text.
///
/// # Errors
/// [`InputProblem::NotText`] at the first byte that is none.
pub fn text_of<'s>(source_name: &str, bytes: &'s [u8]) -> Result<&'s str, InputError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let valid = std::str::from_utf8(valid).unwrap_or_default();
        let position = Some(line_and_column(valid, valid.len()));
        InputError { position, ..InputError::new(source_name, InputProblem::NotText) }
    })
}

impl InputError {
    pub(super) fn new(source_name: &str, problem: InputProblem) -> Self {
        Self { source_name: source_name.to_owned(), position: None, first_position: None, problem }
    }

    pub(super) fn at(source_name: &str, text: &str, range: &Range<usize>, problem: InputProblem) -> Self {
        Self { position: Some(line_and_column(text, range.start)), ..Self::new(source_name, problem) }
    }

    pub(super) fn of_tree(source_name: &str, text: &str, error: TreeError) -> Self {
        let position = match &error {
            TreeError::Syntax { line, column, .. } | TreeError::TooDeep { line, column } => Some((*line, *column)),
            TreeError::DuplicateKey { second, .. } => Some(line_and_column(text, second.start)),
            TreeError::TooLarge => None,
        };
        let first_position = match &error {
            TreeError::DuplicateKey { first, .. } => Some(line_and_column(text, first.start)),
            _ => None,
        };
        let error = Box::new(error);
        let is_behind_notes =
            position.is_some_and(|(line, _)| text.lines().take(line).any(|line| line.starts_with("NOTES:")));
        let problem = if is_behind_notes { InputProblem::Notes(error) } else { InputProblem::Tree(error) };
        Self { position, first_position, ..Self::new(source_name, problem) }
    }
}
