//! Writing values that were not there before, as block YAML or as JSON.
//!
//! Everything is quoted that any reader of YAML 1.1 or 1.2 could take for something other than the string it is.

mod block_style;
mod scalar;

use serde::{Serialize, Serializer};
use thiserror::Error;

use block_style::BlockStyle;

/// A value that has no YAML or JSON form, such as a map with keys that are maps. Nothing that this crate emits is.
#[derive(Debug, Error)]
#[error("a value could not be written as YAML: {0}")]
pub struct EmitError(String);

/// How long most single fields are, in bytes.
const USUAL_LENGTH: usize = 128;

/// A value as block YAML, every line but the first indented by `indent` columns, with a final line break.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block(value: &impl Serialize, indent: usize) -> Result<String, EmitError> {
    let mut output = String::with_capacity(USUAL_LENGTH);
    value.serialize(BlockStyle::at_start(&mut output, indent))?;
    Ok(output)
}

/// Writes a value behind `output`, as an entry of a block sequence whose dashes stand in column `indent`.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn push_block_entry(output: &mut String, value: &impl Serialize, indent: usize) -> Result<(), EmitError> {
    push_spaces(output, indent);
    output.push_str("- ");
    value.serialize(BlockStyle::at_start(output, indent + 2))
}

/// Goes to a column. Most are among the first.
fn push_spaces(output: &mut String, mut columns: usize) {
    const SPACES: &str = "                                ";
    while columns > SPACES.len() {
        output.push_str(SPACES);
        columns -= SPACES.len();
    }
    output.push_str(SPACES.get(..columns).unwrap_or_default());
}

/// Values as entries of a block sequence, one behind the other, whose dashes stand in column `indent`.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block_entries<T: Serialize>(values: &[T], indent: usize) -> Result<String, EmitError> {
    let mut output = String::new();
    values.iter().try_for_each(|value| push_block_entry(&mut output, value, indent))?;
    Ok(output)
}

/// A value as an entry `key: value` of a block mapping whose keys stand in column `indent`. The first line is not
/// indented.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block_field(key: &str, value: &impl Serialize, indent: usize) -> Result<String, EmitError> {
    block(&Field { key, value }, indent)
}

/// As [`block_field`], with the first line indented as well.
///
/// # Errors
/// [`EmitError`] for a value without a YAML form.
pub fn block_field_lines(key: &str, value: &impl Serialize, indent: usize) -> Result<String, EmitError> {
    let mut output = String::with_capacity(USUAL_LENGTH);
    push_spaces(&mut output, indent);
    Field { key, value }.serialize(BlockStyle::at_start(&mut output, indent))?;
    Ok(output)
}

/// A mapping with one entry.
struct Field<'f, T> {
    key: &'f str,
    value: &'f T,
}

impl<T: Serialize> Serialize for Field<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.key, self.value)])
    }
}

/// A value as JSON on one line, which is YAML in flow style.
///
/// # Errors
/// [`EmitError`] for a value without a JSON form.
pub fn flow(value: &impl Serialize) -> Result<String, EmitError> {
    serde_json::to_string(value).map_err(|error| EmitError(error.to_string()))
}

#[cfg(test)]
mod tests;
