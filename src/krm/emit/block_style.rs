//! The structure of block YAML: a `Serializer` that writes where it stands, so that a value that goes into a list deep in
//! a document is written once, and in place.
//!
//! It writes what the YAML library that scalars are left to would write, byte for byte: a property test holds the two
//! together. The library itself writes to a text of its own, which then has to be indented line by line.

use std::fmt::{self, Display, Write as _};

use serde::Serialize;
use serde::ser::{
    self, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};

use super::scalar::{push_float, push_name, push_text, quote_key};
use super::{EmitError, push_spaces};

/// Writes one value.
pub(super) struct BlockStyle<'o> {
    output: &'o mut String,
    behind: Behind,
    /// The column of the key that the value is of; behind a dash or at the start, of what the value itself has.
    column: usize,
}

/// What stands in front of a value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// Nothing but white space or `- `: a collection begins right here.
    Start,
    /// `key:`, and a collection begins on the next line.
    Key,
}

impl<'o> BlockStyle<'o> {
    /// A value that begins where `output` ends, and whose further lines begin in `column`.
    pub(super) fn at_start(output: &'o mut String, column: usize) -> Self {
        Self { output, behind: Behind::Start, column }
    }

    fn scalar(self, write: impl FnOnce(&mut String) -> Result<(), EmitError>) -> Result<(), EmitError> {
        if self.behind == Behind::Key {
            self.output.push(' ');
        }
        write(self.output)?;
        self.output.push('\n');
        Ok(())
    }

    fn displayed(self, value: impl Display) -> Result<(), EmitError> {
        self.scalar(|output| write!(output, "{value}").map_err(|error| EmitError(error.to_string())))
    }

    /// Lists stand in the column of their key, and mappings two columns behind it.
    fn collection(self, indent: usize, empty: &'static str) -> Collection<'o> {
        let column = if self.behind == Behind::Key { self.column + indent } else { self.column };
        Collection { output: self.output, behind: self.behind, column, empty, is_empty: true }
    }

    fn list(self) -> Collection<'o> {
        self.collection(0, "[]")
    }

    fn mapping(self) -> Collection<'o> {
        self.collection(2, "{}")
    }
}

/// A list or a mapping that is being written.
pub(super) struct Collection<'o> {
    output: &'o mut String,
    behind: Behind,
    /// Where its keys or dashes stand.
    column: usize,
    /// How it is written when nothing is in it.
    empty: &'static str,
    is_empty: bool,
}

impl Collection<'_> {
    /// Goes to where the next entry begins.
    fn begin_entry(&mut self) {
        if self.is_empty && self.behind == Behind::Key {
            self.output.push('\n');
        }
        if !self.is_empty || self.behind == Behind::Key {
            push_spaces(self.output, self.column);
        }
        self.is_empty = false;
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), EmitError> {
        self.begin_entry();
        self.output.push_str("- ");
        value.serialize(BlockStyle { output: self.output, behind: Behind::Start, column: self.column + 2 })
    }

    /// Writes a key that is known when this is compiled.
    fn name(&mut self, name: &'static str) -> Result<(), EmitError> {
        self.begin_entry();
        push_name(self.output, name)?;
        self.output.push(':');
        Ok(())
    }

    /// Writes a key. Keys are text: what is a number or a boolean to serde is quoted.
    fn key(&mut self, key: &(impl Serialize + ?Sized)) -> Result<(), EmitError> {
        self.begin_entry();
        let start = self.output.len();
        write!(self.output, "{}", Shown(key)).map_err(|_| EmitError("a key is no scalar".to_owned()))?;
        quote_key(self.output, start)?;
        self.output.push(':');
        Ok(())
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), EmitError> {
        value.serialize(BlockStyle { output: self.output, behind: Behind::Key, column: self.column })
    }

    fn close(self) {
        if self.is_empty {
            let gap = if self.behind == Behind::Key { " " } else { "" };
            self.output.extend([gap, self.empty, "\n"]);
        }
    }
}

/// A scalar's text: serde writes scalars to a formatter, and nothing else.
struct Shown<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Display for Shown<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(formatter)
    }
}

fn without_form(what: &str) -> EmitError {
    EmitError(format!("{what} has no form here"))
}

impl<'o> Serializer for BlockStyle<'o> {
    type Ok = ();
    type Error = EmitError;
    type SerializeSeq = Collection<'o>;
    type SerializeTuple = Collection<'o>;
    type SerializeTupleStruct = Collection<'o>;
    type SerializeTupleVariant = Impossible<(), EmitError>;
    type SerializeMap = Collection<'o>;
    type SerializeStruct = Collection<'o>;
    type SerializeStructVariant = Impossible<(), EmitError>;

    fn serialize_bool(self, value: bool) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_i8(self, value: i8) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), EmitError> {
        self.displayed(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), EmitError> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), EmitError> {
        self.scalar(|output| push_float(output, value))
    }

    fn serialize_char(self, value: char) -> Result<(), EmitError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), EmitError> {
        self.scalar(|output| push_text(output, value))
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), EmitError> {
        Err(without_form("a sequence of bytes"))
    }

    fn serialize_none(self) -> Result<(), EmitError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EmitError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EmitError> {
        self.displayed("null")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EmitError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, word: &'static str) -> Result<(), EmitError> {
        self.serialize_str(word)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), EmitError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        word: &'static str,
        value: &T,
    ) -> Result<(), EmitError> {
        let mut mapping = self.mapping();
        mapping.name(word)?;
        mapping.value(value)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Collection<'o>, EmitError> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _length: usize) -> Result<Collection<'o>, EmitError> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Collection<'o>, EmitError> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _word: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, EmitError> {
        Err(without_form("a variant with several values"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Collection<'o>, EmitError> {
        Ok(self.mapping())
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Collection<'o>, EmitError> {
        Ok(self.mapping())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _word: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, EmitError> {
        Err(without_form("a variant with fields"))
    }
}

impl SerializeSeq for Collection<'_> {
    type Ok = ();
    type Error = EmitError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EmitError> {
        self.element(value)
    }

    fn end(self) -> Result<(), EmitError> {
        self.close();
        Ok(())
    }
}

impl SerializeTuple for Collection<'_> {
    type Ok = ();
    type Error = EmitError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EmitError> {
        self.element(value)
    }

    fn end(self) -> Result<(), EmitError> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for Collection<'_> {
    type Ok = ();
    type Error = EmitError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EmitError> {
        self.element(value)
    }

    fn end(self) -> Result<(), EmitError> {
        SerializeSeq::end(self)
    }
}

impl SerializeMap for Collection<'_> {
    type Ok = ();
    type Error = EmitError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EmitError> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EmitError> {
        self.value(value)
    }

    fn end(self) -> Result<(), EmitError> {
        self.close();
        Ok(())
    }
}

impl SerializeStruct for Collection<'_> {
    type Ok = ();
    type Error = EmitError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), EmitError> {
        self.name(key)?;
        self.value(value)
    }

    fn end(self) -> Result<(), EmitError> {
        self.close();
        Ok(())
    }
}

impl ser::Error for EmitError {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
