//! Inputs that could not be read, as findings.

use super::{Code, Finding, Place};
use crate::krm::{About, Aside, InputError, InputProblem, Location, Problem, ReadError, TreeError};

impl Finding {
    /// A field that cannot be read for what the whole input is, whatever type it ought to have.
    #[must_use]
    pub(crate) fn beyond_limits(place: &Place, error: &ReadError) -> Option<Self> {
        let cure = "No Kubernetes object needs this; write out what the aliases stand for where it is needed";
        let finding = || Self::new(Code::BeyondLimits, place.clone(), error.to_string(), cure);
        (error.problem == Problem::TooManyAliases).then(finding)
    }
}

impl From<&Aside> for Finding {
    fn from(aside: &Aside) -> Self {
        let mut place =
            Place { location: Some(aside.location.clone()), position: Some(aside.position), ..Place::default() };
        let (code, message, cure) = match &aside.about {
            About::NoObject { missing, text, more } => {
                let missing: Vec<String> = missing.iter().map(|field| format!("`{field}`")).collect();
                let more = if *more > 0 { format!(", and so were {more} more behind it") } else { String::new() };
                let missing = missing.join(" and no ");
                let message = format!("what begins with `{text}` has no {missing}, and was ignored{more}");
                (Code::NoObject, message, "Leave it out of the input, or give it both an `apiVersion` and a `kind`")
            }
            About::TextBehind { text } => {
                let message = format!("text behind the last object was read as a part of it: `{text}`");
                (Code::NoObject, message, "Leave it out: `helm template` prints the manifests alone")
            }
            About::Unreadable { object, error } => {
                place.object = Some(object.clone());
                let message = format!("this document cannot be read, and passes through as it is: {error}");
                (Code::PassedThrough, message, "Correct the line, or the ones above it")
            }
            About::Closed => {
                let message =
                    "this block scalar ends without a line break, so its header got a `-`: the next file follows it";
                (
                    Code::HeaderChanged,
                    message.to_owned(),
                    "Write the `-` into the file, or end the file with a line break",
                )
            }
        };
        Self::new(code, place, message, cure)
    }
}

impl From<&InputError> for Finding {
    fn from(error: &InputError) -> Self {
        let location = Location { path: error.source_name.as_str().into(), index: 0 };
        let place = Place { location: Some(location), position: error.position, ..Place::default() };
        let (code, cure) = match &error.problem {
            InputProblem::Empty => (Code::Unreadable, "Pipe a ResourceList in, or use `overrides render` on manifests"),
            InputProblem::NotText => (Code::Unreadable, "Save the file as UTF-8"),
            InputProblem::Tree(error) => match **error {
                TreeError::Syntax { .. } => (Code::Unreadable, "Correct the line, or the ones above it"),
                TreeError::DuplicateKey { .. } => (Code::DuplicateKey, "Remove one of the two"),
                TreeError::TooDeep { .. } | TreeError::TooLarge => {
                    (Code::BeyondLimits, "No Kubernetes object needs this; split or simplify the input")
                }
            },
            InputProblem::Notes(_) => {
                (Code::Unreadable, "Leave the notes out: `helm template` prints the manifests alone")
            }
            InputProblem::NotAResourceList(_) => (
                Code::WrongDocument,
                "Use `overrides render` for plain manifests, as in `kustomize build . | overrides render -`",
            ),
            InputProblem::NotAList(_) => (Code::WrongDocument, "Make it a list"),
            InputProblem::NotAnObject(_) => {
                (Code::WrongDocument, "See what wrote it: the output of a command that failed, perhaps")
            }
            InputProblem::NestedList => (Code::WrongDocument, "Put its items into the list around it"),
            InputProblem::ResourceListInRender => {
                (Code::WrongDocument, "Pipe it into `overrides` without arguments, which is the KRM function")
            }
        };
        let finding = Finding::new(code, place.clone(), error.problem.to_string(), cure);
        match error.first_position {
            Some(first) => finding.with_related(Place { position: Some(first), ..place }, "The first one is here"),
            None => finding,
        }
    }
}
