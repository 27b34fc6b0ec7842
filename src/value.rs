//! What a user's rule says, as it is written: JSON whose fields keep their order.
//!
//! A route is cloned for every version of every Service that it reaches, so a value shares what it holds with its clones
//! until one of them is changed. Mappings have few fields, and are lists of them.

use std::fmt;

use ecow::EcoVec;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;
use smol_str::SmolStr;

/// Room is made for no more entries than this before they are read.
const MOST_EXPECTED: usize = 16;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(SmolStr),
    /// A list.
    Array(EcoVec<Value>),
    /// A mapping.
    Object(Fields),
}

/// The fields of a mapping, in the order in which they are written. Two with the same fields are equal in any order.
#[derive(Debug, Clone, Default)]
pub struct Fields(EcoVec<(SmolStr, Value)>);

impl Value {
    /// What something says when it is written; nothing where it has no form in JSON, which all has that is generated here.
    #[must_use]
    pub fn of(said: &impl Serialize) -> Self {
        serde_json::to_value(said).map(Self::from).unwrap_or_default()
    }

    /// The value of a field, where this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// As [`Value::get`], to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.as_object_mut()?.get_mut(key)
    }

    /// The text, where this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where this is a whole one that is not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The entries, where this is a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(entries) => Some(entries),
            _ => None,
        }
    }

    /// The fields, where this is a mapping.
    #[must_use]
    pub fn as_object(&self) -> Option<&Fields> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// As [`Value::as_object`], to be changed.
    pub fn as_object_mut(&mut self) -> Option<&mut Fields> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }
}

impl Fields {
    /// No fields yet, and room for as many.
    #[must_use]
    pub fn with_capacity(fields: usize) -> Self {
        Self(EcoVec::with_capacity(fields))
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// As [`Fields::get`], with the position of the field, which is looked for at `expected` first.
    #[must_use]
    pub fn get_near(&self, key: &str, expected: usize) -> Option<(usize, &Value)> {
        let is_it = |position: &usize| self.0.get(*position).is_some_and(|(name, _)| name == key);
        let found = Some(expected).filter(is_it).or_else(|| self.position(key))?;
        Some((found, self.0.get(found).map(|(_, value)| value)?))
    }

    /// As [`Fields::get`], to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let position = self.position(key)?;
        self.0.make_mut().get_mut(position).map(|(_, value)| value)
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Adds fields none of which is there yet.
    pub fn append(&mut self, new: impl IntoIterator<Item = (SmolStr, Value)>) {
        self.0.extend(new);
    }

    /// Sets a field: where it stands, or behind all others.
    pub fn insert(&mut self, key: impl AsRef<str> + Into<SmolStr>, value: Value) {
        match self.get_mut(key.as_ref()) {
            Some(known) => *known = value,
            None => self.0.push((key.into(), value)),
        }
    }

    /// The value of a field, which is `new` where there was none. It is always there.
    pub fn get_or_insert(&mut self, key: &str, new: Value) -> Option<&mut Value> {
        if !self.contains_key(key) {
            self.0.push((key.into(), new));
        }
        self.get_mut(key)
    }

    /// Takes a field out; the others stay in their order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.position(key).map(|position| self.0.remove(position).1)
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The fields, to be put into other mappings.
    pub fn shared(&self) -> impl Iterator<Item = (SmolStr, Value)> {
        self.0.iter().cloned()
    }

    /// As [`Fields::iter`], to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.make_mut().iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(name, _)| name == key)
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        let is_in_order = self.0.iter().zip(&other.0).all(|((name, _), (other, _))| name == other);
        if self.len() != other.len() || is_in_order {
            return self.0 == other.0;
        }
        // What is within is compared once, whatever the order: twice on each level would be without end.
        let by_name = |fields: &Self| {
            let mut fields = fields.0.clone();
            fields.make_mut().sort_by(|(name, _), (other, _)| name.cmp(other));
            fields
        };
        by_name(self) == by_name(other)
    }
}

impl Eq for Fields {}

impl<K: Into<SmolStr>> FromIterator<(K, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<K: Into<SmolStr>> FromIterator<(K, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(fields: I) -> Self {
        Self::from(Fields::from_iter(fields))
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(entries: I) -> Self {
        Self::Array(entries.into_iter().collect())
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields)
    }
}

impl From<Vec<Value>> for Value {
    fn from(entries: Vec<Value>) -> Self {
        Self::Array(entries.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number),
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(entries) => entries.into_iter().map(Self::from).collect(),
            serde_json::Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (name, Self::from(value))).collect()
            }
        }
    }
}

/// As JSON.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(entries) => serializer.collect_seq(entries.iter()),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    /// JSON has no infinity.
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = EcoVec::with_capacity(access.size_hint().unwrap_or(0).min(MOST_EXPECTED));
        while let Some(entry) = access.next_element()? {
            entries.push(entry);
        }
        Ok(Value::Array(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = EcoVec::with_capacity(access.size_hint().unwrap_or(0).min(MOST_EXPECTED));
        while let Some(field) = access.next_entry()? {
            fields.push(field);
        }
        Ok(Value::from(Fields(fields)))
    }
}

#[cfg(test)]
mod tests;
