//! Reading typed values from a tree, with serde: only what a type asks for is looked at, everything else is skipped in
//! one step, and an error knows the field path and the bytes it is about.

mod error;

use std::borrow::Cow;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::node::{Kind, NodeRef, Scalar};
use error::{Step, need};

pub use error::{Problem, ReadError};

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
                visitor.visit_map(Entries { mapping: node, rest: node.entries(), value: None, reader: &self })
            }
            Kind::Sequence => {
                let mut index = 0;
                let elements = node.elements().map(|element| {
                    index += 1;
                    (index - 1, element)
                });
                visitor.visit_seq(Elements { list: node, rest: elements, reader: &self })
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

/// A number as the Go readers of Kubernetes and kustomize take it: `0x50` is 80, `010` is 8, and `1_000` is 1000. See
/// `resolve` of go-yaml.
fn visit_number<'t, V: Visitor<'t>>(number: &str, visitor: V) -> Result<V::Value, ReadError> {
    let plain = if number.contains('_') { Cow::Owned(number.replace('_', "")) } else { Cow::Borrowed(number) };
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let radix = |prefix: [&str; 2], radix| {
        let rest = prefix.iter().find_map(|prefix| digits.strip_prefix(prefix))?;
        u64::from_str_radix(rest, radix).ok()
    };
    let whole = || radix(["0x", "0X"], 16).or_else(|| radix(["0o", "0O"], 8)).or_else(|| radix(["0b", "0B"], 2));
    let whole =
        Some(digits).filter(|digits| digits.starts_with('0')).and_then(|_| whole().or_else(|| radix(["0"; 2], 8)));
    match (whole, whole.map(i64::try_from)) {
        (Some(_), Some(Ok(value))) if plain.starts_with('-') => return visitor.visit_i64(-value),
        (Some(value), _) if !plain.starts_with('-') => return visitor.visit_u64(value),
        _ => {}
    }
    if let Ok(value) = plain.parse::<u64>() {
        return visitor.visit_u64(value);
    }
    if let Ok(value) = plain.parse::<i64>() {
        return visitor.visit_i64(value);
    }
    visitor.visit_f64(plain.parse().unwrap_or(f64::NAN))
}

/// How far what is to be read is counted beforehand: aliases may name one long list for many objects that are wrong at its
/// beginning, and whoever reads more than this asks for room again and again anyway.
const MOST_COUNTED: usize = 16;

/// The entries of a mapping, for serde.
struct Entries<'r, 't, I> {
    mapping: NodeRef<'t>,
    rest: I,
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

    /// Before the first one is read: as many are written in this very mapping; merge keys may bring more.
    fn size_hint(&self) -> Option<usize> {
        Some(self.mapping.own_entries().take(MOST_COUNTED).count())
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
    list: NodeRef<'t>,
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

    /// Before the first one is read.
    fn size_hint(&self) -> Option<usize> {
        Some(self.list.elements().take(MOST_COUNTED).count())
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
