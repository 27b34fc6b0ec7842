//! How findings are shown where one line, or one result, is all there is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use smol_str::SmolStr;

use super::{Finding, ObjectReference, Place};
use crate::krm::{FieldReference, FileReference, FunctionResult, Location, STANDARD_INPUT};

impl std::fmt::Display for ObjectReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.kind.is_empty() { "object" } else { &self.kind };
        match (&self.namespace, self.name.as_str()) {
            (_, "") => write!(f, "{kind} without a name"),
            (Some(namespace), name) => write!(f, "{kind} {namespace}/{name}"),
            (None, name) => write!(f, "{kind} {name}"),
        }
    }
}

impl std::fmt::Display for Place {
    /// `Service shop/reviews, spec.ports[0].port (apps/reviews.yaml, document 2)`, as much of it as is known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.object.as_ref().map(ToString::to_string));
        parts.extend(self.field.clone());
        let mut text = parts.join(", ");
        // Objects of a list that was piped in have no place but their number, which changes when others come or go.
        let named = self.object.as_ref().is_some_and(|object| !object.name.is_empty());
        let told = |location: &&Location| !(named && location.path == STANDARD_INPUT && self.position.is_none());
        if let Some(location) = self.location.as_ref().filter(told) {
            let is_file = location.path != STANDARD_INPUT;
            let mut file = if is_file { location.path.to_string() } else { "standard input".to_owned() };
            if let Some((line, column)) = self.position {
                let _ = write!(file, ", line {line}, column {column}");
            } else if location.path == STANDARD_INPUT {
                let _ = write!(file, ", object {}", location.index + 1);
            } else if location.index > 0 {
                let _ = write!(file, ", document {}", location.index + 1);
            }
            if text.is_empty() {
                text = file;
            } else {
                let _ = write!(text, " ({file})");
            }
        }
        f.write_str(&text)
    }
}

impl Finding {
    /// Message and cure as running text.
    #[must_use]
    pub fn sentences(&self) -> String {
        let mut text = String::new();
        self.push_sentences(&mut text);
        text
    }

    fn push_sentences(&self, text: &mut String) {
        text.extend([&readable(&self.message), "."]);
        if let Some((place, what)) = &self.related {
            let _ = write!(text, " {what}: {}.", readable(&place.to_string()));
        }
        if !self.cure.is_empty() {
            let stop = if self.cure.ends_with('?') { "" } else { "." };
            text.extend([" ", &readable(&self.cure), stop]);
        }
    }

    /// The finding on one line: `error[OV041]: Service shop/reviews: …`.
    #[must_use]
    pub fn line(&self) -> String {
        let place = self.place.to_string();
        let place = readable(&place);
        let colon = if place.is_empty() { "" } else { ": " };
        format!("{}[{}]: {place}{colon}{}", self.severity.word(), self.code.id(), self.sentences())
    }

    /// The finding as an entry of a ResourceList's `results`.
    #[must_use]
    pub fn result(&self) -> FunctionResult {
        let usual: usize = [&self.message, &self.cure].map(|part| part.len().min(LONGEST_PART)).iter().sum();
        let mut message = String::with_capacity(usual + USUAL_REST);
        message.extend([self.code.id(), ": "]);
        self.push_sentences(&mut message);
        if let Some((line, column)) = self.place.position {
            let _ = write!(message, " (line {line}, column {column})");
        }
        FunctionResult {
            message,
            severity: SmolStr::new_static(self.severity.word()),
            resource_ref: self.place.object.clone(),
            field: self.place.field.clone().map(|path| FieldReference { path }),
            file: self
                .place
                .location
                .as_ref()
                .filter(|location| location.path != STANDARD_INPUT)
                .map(|location| FileReference { path: location.path.clone(), index: location.index }),
            tags: BTreeMap::from([("code", self.code.id())].map(|(tag, said)| (tag.into(), said.into()))),
        }
    }
}

/// How long a result is besides message and cure, most of the time.
const USUAL_REST: usize = 16;

/// The longest part of a sentence. Names and values are the user's, and may be megabytes.
const LONGEST_PART: usize = 600;

/// A text for a terminal and for people: on one line, without control characters, in the direction in which it was written,
/// and no longer than anybody reads.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_PART && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut characters = text.chars().map(harmless);
    let mut readable: String = characters.by_ref().take(LONGEST_PART).collect();
    if characters.next().is_some() {
        readable.push('…');
    }
    Cow::Owned(readable)
}

/// A character that gives no orders to a terminal: another one for those that do.
#[must_use]
pub fn harmless(character: char) -> char {
    if character.is_control() || turns_text(character) { '\u{fffd}' } else { character }
}

/// Whether a character changes the direction of those around it, so that a sentence looks as if it said something else.
fn turns_text(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::LONGEST_PART;
    use crate::finding::{Code, Finding, Place};

    #[test]
    fn a_result_takes_no_room_for_what_it_does_not_say() {
        let long = "v".repeat(1_000_000);
        let result = Finding::new(Code::DuplicateService, Place::default(), long.clone(), long).result();
        assert!(result.message.len() > 2 * LONGEST_PART, "{}", result.message);
        assert!(result.message.capacity() < 4 * LONGEST_PART, "{} bytes", result.message.capacity());
    }
}
