//! Small mappings of text, as lists that are sorted by key: of labels there are few, and of objects many.

use std::fmt;
use std::marker::PhantomData;

use litemap::LiteMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use smol_str::SmolStr;

/// Room is made for no more entries than this before they are read.
const MOST_EXPECTED: usize = 16;

/// A mapping that is read. A list of pairs, which the map's own type would take as well, is none.
#[derive(Debug)]
pub(super) struct ByKey<V>(pub(super) LiteMap<SmolStr, V>);

// Not derived: the values need no default.
impl<V> Default for ByKey<V> {
    fn default() -> Self {
        Self(LiteMap::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for ByKey<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
    type Value = ByKey<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut access: M) -> Result<ByKey<V>, M::Error> {
        let mut entries: Vec<(SmolStr, V)> = Vec::with_capacity(access.size_hint().unwrap_or(0).min(MOST_EXPECTED));
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(one, _), (other, _)| one == other);
        Ok(ByKey(LiteMap::from_sorted_store_unchecked(entries)))
    }
}
