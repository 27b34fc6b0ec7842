//! Reading typed values from a tree, with serde: only what a type asks for is looked at, everything else is skipped in
//! one step, and an error knows the field path and the bytes it is about.

use std::fmt;
use std::ops::Range;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use super::field::field_path;
use super::node::{Kind, NodeRef, Scalar};

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
enum Step {
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

    fn new(problem: Problem) -> Self {
        Self { path: Vec::new(), range: 0..0, problem }
    }

    /// A number as it is written: `0x50` is what the user can look for, not what it came out as.
    fn found(mut self, number: &str) -> Self {
        if let Problem::WrongType { found, .. } = &mut self.problem {
            *found = format!("the number `{number}`");
        }
        self
    }

    fn at(mut self, node: NodeRef<'_>) -> Self {
        if self.range.is_empty() && self.path.is_empty() {
            self.range = node.range();
        }
        self
    }

    fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
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
fn need(expected: &dyn Expected) -> String {
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

impl<'t> NodeRef<'t> {
    /// Reads the node as a `T`. Fields that `T` does not name are passed over unread.
    ///
    /// # Errors
    /// [`ReadError`] for a value that is no `T`.
    pub fn read<T: Deserialize<'t>>(self) -> Result<T, ReadError> {
        T::deserialize(Reader::new(self, false))
    }
}

/// A node that is read.
struct Reader<'t> {
    node: NodeRef<'t>,
    /// Whether an alias or a merge key led here: what stands here may be read any number of times.
    repeated: bool,
}

impl<'t> Reader<'t> {
    fn new(node: NodeRef<'t>, repeated: bool) -> Self {
        Self { node, repeated: repeated || node.is_alias() }
    }

    /// Something in this collection, as `resolved`, to be read with its key. What owns the text that it reads would grow
    /// with the square of the input where aliases repeat it.
    fn child(&self, key: Option<NodeRef<'t>>, node: NodeRef<'t>) -> Result<Self, ReadError> {
        // The reader over lines knows no aliases and no merge keys.
        if node.tree().ordinary {
            return Ok(Self { node, repeated: false });
        }
        let is_merged = !self.node.resolved().contains(key.unwrap_or(node));
        let child = Self::new(node, self.repeated || is_merged);
        let may_be_read = !child.repeated || key.into_iter().chain([node]).all(|node| node.tree().may_repeat(node));
        if may_be_read { Ok(child) } else { Err(ReadError::new(Problem::TooManyAliases)) }
    }
}

impl<'t> Reader<'t> {
    fn expecting<V: Visitor<'t>>(&self, visitor: &V) -> ReadError {
        let found = match self.node.kind() {
            Kind::Mapping => Unexpected::Map,
            Kind::Sequence => Unexpected::Seq,
            Kind::Scalar => match self.node.scalar() {
                Some(Scalar::Boolean(value)) => Unexpected::Bool(value),
                Some(Scalar::Null) | None => Unexpected::Unit,
                Some(Scalar::Text(text)) => Unexpected::Str(text),
                Some(Scalar::Number(text)) => {
                    let problem = Problem::WrongType { found: format!("the number `{text}`"), expected: need(visitor) };
                    return ReadError::new(problem).at(self.node);
                }
            },
        };
        <ReadError as serde::de::Error>::invalid_type(found, visitor).at(self.node)
    }
}

impl<'t> Deserializer<'t> for Reader<'t> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let node = self.node.resolved();
        let value = match node.kind() {
            Kind::Mapping => {
                let most = node.most_entries();
                visitor.visit_map(Entries { rest: node.entries(), most, value: None, reader: &self })
            }
            Kind::Sequence => {
                let mut index = 0;
                let elements = node.elements().map(|element| {
                    index += 1;
                    (index - 1, element)
                });
                visitor.visit_seq(Elements { rest: elements, reader: &self })
            }
            Kind::Scalar => match node.scalar() {
                Some(Scalar::Text(text)) => visitor.visit_borrowed_str(text),
                Some(Scalar::Boolean(value)) => visitor.visit_bool(value),
                Some(Scalar::Number(number)) => visit_number(number, visitor).map_err(|error| error.found(number)),
                Some(Scalar::Null) | None => visitor.visit_unit(),
            },
        };
        value.map_err(|error| error.at(self.node))
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node.as_text() {
            Some(text) => visitor.visit_borrowed_str(text).map_err(|error: ReadError| error.at(self.node)),
            None => Err(self.expecting(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.node.scalar() {
            Some(Scalar::Text(text)) => visitor.visit_enum(Word(text)).map_err(|error: ReadError| error.at(self.node)),
            // What YAML takes for a number or a boolean is no word either, but the words are still what helps.
            Some(_) => {
                let word = self.node.resolved().scalar_text().unwrap_or_default().to_owned();
                Err(ReadError::new(Problem::UnknownWord { word, known: variants }).at(self.node))
            }
            None => Err(self.expecting(&visitor)),
        }
    }

    /// A list is never taken for the fields of a struct in their order, as serde would.
    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.node.kind() == Kind::Mapping { self.deserialize_any(visitor) } else { Err(self.expecting(&visitor)) }
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct
    }
}

/// A number as the Go readers of Kubernetes and kustomize take it: `0x50` is 80, and `010` is 8.
fn visit_number<'t, V: Visitor<'t>>(number: &str, visitor: V) -> Result<V::Value, ReadError> {
    let radix = |prefix: &str, radix| u64::from_str_radix(number.strip_prefix(prefix)?, radix).ok();
    if let Some(value) = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).or_else(|| radix("0", 8))
    {
        return visitor.visit_u64(value);
    }
    if let Ok(value) = number.parse::<u64>() {
        return visitor.visit_u64(value);
    }
    if let Ok(value) = number.parse::<i64>() {
        return visitor.visit_i64(value);
    }
    visitor.visit_f64(number.parse().unwrap_or(f64::NAN))
}

/// The entries of a mapping, for serde.
struct Entries<'r, 't, I> {
    rest: I,
    /// No more entries than this.
    most: usize,
    value: Option<(NodeRef<'t>, NodeRef<'t>)>,
    reader: &'r Reader<'t>,
}

impl<'t, I: Iterator<Item = (NodeRef<'t>, NodeRef<'t>)>> MapAccess<'t> for Entries<'_, 't, I> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some((key, value));
        // A key is taken as it is written: `on:` and `1:` are keys like any other to Kubernetes.
        let key = key.resolved();
        let text = key.scalar_text().unwrap_or_default();
        let read = seed.deserialize(BorrowedStrDeserializer::new(text));
        read.map(Some).map_err(|error: ReadError| error.at(key).below(Step::Key(text.to_owned())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.most)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some((key, value)) = self.value.take() else {
            return Err(<ReadError as serde::de::Error>::custom("a value was read before its key"));
        };
        let step = || Step::Key(key.resolved().scalar_text().unwrap_or_default().to_owned());
        let reader = self.reader.child(Some(key), value);
        reader.and_then(|reader| seed.deserialize(reader)).map_err(|error| error.at(value).below(step()))
    }
}

/// The elements of a list, for serde.
struct Elements<'r, 't, I> {
    rest: I,
    reader: &'r Reader<'t>,
}

impl<'t, I: Iterator<Item = (usize, NodeRef<'t>)>> SeqAccess<'t> for Elements<'_, 't, I> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let Some((index, element)) = self.rest.next() else { return Ok(None) };
        let read = self.reader.child(None, element).and_then(|reader| seed.deserialize(reader));
        read.map(Some).map_err(|error| error.at(element).below(Step::Index(index)))
    }
}

/// A word for an enum without payloads.
struct Word<'t>(&'t str);

impl<'t> EnumAccess<'t> for Word<'t> {
    type Error = ReadError;
    type Variant = NoPayload;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, NoPayload), ReadError> {
        Ok((seed.deserialize(StrDeserializer::new(self.0))?, NoPayload))
    }
}

/// The payload of a word: none.
struct NoPayload;

impl<'t> VariantAccess<'t> for NoPayload {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, _seed: T) -> Result<T::Value, ReadError> {
        Err(<ReadError as serde::de::Error>::custom("a word has no payload"))
    }

    fn tuple_variant<V: Visitor<'t>>(self, _len: usize, _visitor: V) -> Result<V::Value, ReadError> {
        Err(<ReadError as serde::de::Error>::custom("a word has no payload"))
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, ReadError> {
        Err(<ReadError as serde::de::Error>::custom("a word has no payload"))
    }
}

impl ReadError {
    /// The same error, found below these keys.
    #[must_use]
    pub fn below_keys(self, keys: &[&str]) -> Self {
        keys.iter().rev().fold(self, |error, key| error.below(Step::Key((*key).to_owned())))
    }
}
