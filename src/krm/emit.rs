//! Writing values that were not there before, as block YAML or as JSON.
//!
//! Everything is quoted that any reader of YAML 1.1 or 1.2 could take for something other than the string it is.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_yaml::{ser_options, to_string_with_options};
use thiserror::Error;

/// A value that has no YAML or JSON form, such as a map with keys that are maps. Nothing that this crate emits is.
#[derive(Debug, Error)]
#[error("a value could not be written as YAML: {0}")]
pub struct EmitError(String);

/// Lines are never folded: a long regex stays on its line, as people and line-based tools expect.
const NEVER_FOLD: usize = usize::MAX;

/// A value as block YAML, every line but the first indented by `indent` columns, with a final line break.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block(value: &impl Serialize, indent: usize) -> Result<String, EmitError> {
    let options = ser_options! { folded_wrap_chars: NEVER_FOLD, prefer_block_scalars: false };
    let yaml = to_string_with_options(value, options).map_err(|error| EmitError(error.to_string()))?;
    Ok(indented(&yaml, indent))
}

/// Indents every line but the first by `indent` columns. No scalar spans lines here, so values stay what they were.
fn indented(yaml: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = yaml.lines();
    let mut output = String::with_capacity(yaml.len() + indent * 16);
    output.extend(lines.next());
    for line in lines {
        output.push('\n');
        if !line.is_empty() {
            output.push_str(&margin);
        }
        output.push_str(line);
    }
    output.push('\n');
    output
}

/// A value as an entry of a block sequence whose dashes stand in column `indent`.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block_entry(value: &impl Serialize, indent: usize) -> Result<String, EmitError> {
    Ok(format!("{}- {}", " ".repeat(indent), block(value, indent + 2)?))
}

/// A value as an entry `key: value` of a block mapping whose keys stand in column `indent`. The first line is not
/// indented.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block_field(key: &str, value: &impl Serialize, indent: usize) -> Result<String, EmitError> {
    block(&BTreeMap::from([(key, value)]), indent)
}

/// A value as JSON on one line, which is YAML in flow style.
///
/// # Errors
/// [`EmitError`] for a value without a JSON form.
pub fn flow(value: &impl Serialize) -> Result<String, EmitError> {
    serde_json::to_string(value).map_err(|error| EmitError(error.to_string()))
}
