//! Scalars: plain where no reader can mistake them, and otherwise as a library of YAML writes them.

use std::collections::BTreeMap;

use memchr::memchr2_iter;
use serde::Serialize;
use serde_yaml::{ser_options, to_string_with_options};

use super::EmitError;

/// Lines are never folded: a long regex stays on its line, as people and line-based tools expect.
const NEVER_FOLD: usize = usize::MAX;
/// The longest word that some reader takes for a boolean, for null or for a number.
const LONGEST_SPECIAL_WORD: usize = 5;

/// Writes a text where a value stands.
pub(super) fn push_text(output: &mut String, text: &str) -> Result<(), EmitError> {
    if is_surely_plain(text) || is_plain_expression(text) {
        output.push_str(text);
    } else if is_whole_number(text) {
        output.extend(["\"", text, "\""]);
    } else if is_surely_quoted(text) {
        push_quoted(output, text);
    } else {
        output.push_str(whole(&text)?.trim_end_matches('\n'));
    }
    Ok(())
}

/// Puts quotes around the key that was written from `start` on, where it needs them.
pub(super) fn quote_key(output: &mut String, start: usize) -> Result<(), EmitError> {
    let key = output.get(start..).unwrap_or_default();
    if is_surely_plain(key) {
        return Ok(());
    }
    // The library quotes keys more often than values, and writes them only in a mapping.
    let entry = whole(&BTreeMap::from([(key, 0)]))?;
    output.truncate(start);
    output.push_str(entry.trim_end_matches('\n').strip_suffix(": 0").unwrap_or(&entry));
    Ok(())
}

/// Writes the name of a field, which somebody wrote in a program: a word, of which few mean something else, or the key of an
/// annotation.
pub(super) fn push_name(output: &mut String, name: &'static str) -> Result<(), EmitError> {
    debug_assert!(is_special_word(name) || is_surely_plain(name), "{name} is no word");
    let start = output.len();
    output.push_str(name);
    if is_special_word(name) { quote_key(output, start) } else { Ok(()) }
}

/// Writes a number with a fraction.
pub(super) fn push_float(output: &mut String, number: f64) -> Result<(), EmitError> {
    output.push_str(whole(&number)?.trim_end_matches('\n'));
    Ok(())
}

/// A value as the library writes it, on one line: nothing is folded, and line breaks are escaped.
pub(super) fn whole(value: &impl Serialize) -> Result<String, EmitError> {
    let options = ser_options! { folded_wrap_chars: NEVER_FOLD, prefer_block_scalars: false };
    to_string_with_options(value, options).map_err(|error| EmitError(error.to_string()))
}

/// Names of objects, label keys, paths: a letter, then letters, digits and what names are joined with. Everything that a
/// reader takes for something else and that looks like this is a short word.
fn is_surely_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && are_in_names(bytes)
        && (text.len() > LONGEST_SPECIAL_WORD || !is_special_word(text))
}

/// Whether all bytes are letters, digits and what names are joined with. Eight at a time: what is left at the end is looked
/// at together with bytes that were seen before.
fn are_in_names(bytes: &[u8]) -> bool {
    let are = |chunk: &[u8]| chunk.iter().fold(true, |all, byte| all & is_in_names(*byte));
    let (eights, rest) = bytes.as_chunks::<8>();
    match bytes.last_chunk::<8>() {
        Some(last) => eights.iter().all(|eight| are(eight)) && (rest.is_empty() || are(last)),
        None => rest.iter().all(|byte| is_in_names(*byte)),
    }
}

/// A letter, a digit or one of `-./_`, in a form in which many bytes can be asked at once: from the dash on, the points and
/// the digits follow each other.
fn is_in_names(byte: u8) -> bool {
    matches!(byte, b'-'..=b'9' | b'_') | byte.is_ascii_alphabetic()
}

/// Regular expressions that begin at the beginning, without what ends a scalar or makes it a key.
fn is_plain_expression(text: &str) -> bool {
    text.starts_with('^')
        && !text.ends_with([' ', ':'])
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !text.as_bytes().windows(2).any(|pair| pair == b": " || pair == b" #")
}

/// Sentences with a colon, and JSON: never plain, and with nothing in it that needs more than a backslash.
fn is_surely_quoted(text: &str) -> bool {
    (text.starts_with('{') || text.contains(": ")) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn push_quoted(output: &mut String, text: &str) {
    output.push('"');
    let mut written = 0;
    for position in memchr2_iter(b'"', b'\\', text.as_bytes()) {
        output.extend([text.get(written..position).unwrap_or_default(), "\\"]);
        written = position;
    }
    output.push_str(text.get(written..).unwrap_or_default());
    output.push('"');
}

fn is_special_word(word: &str) -> bool {
    const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    let begins_like_one =
        matches!(word.as_bytes().first().map(u8::to_ascii_lowercase), Some(b'y' | b'n' | b'o' | b't' | b'f' | b'i'));
    begins_like_one && WORDS.iter().any(|special| word.eq_ignore_ascii_case(special))
}

/// Positions in files, above all.
fn is_whole_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}
