//! A map from ids to objects that keeps the writer's order and remembers what was defined twice.
//!
//! A `HashMap` would silently keep the last of two beats with one id; the lint has to see both (S01).

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// An ordered map from ids to `T`. Looking an id up is O(1) and finds its first definition.
#[derive(Clone, PartialEq)]
pub struct Table<T> {
    entries: Vec<(String, T)>,
    index: HashMap<String, usize>,
}

impl<T> Table<T> {
    /// Adds a definition. A second one under the same id is kept for [`iter`](Self::iter), but not found by
    /// [`get`](Self::get).
    pub fn push(&mut self, id: impl Into<String>, value: T) {
        let id = id.into();
        self.index.entry(id.clone()).or_insert(self.entries.len());
        self.entries.push((id, value));
    }

    /// The first definition of `id`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.index.get(id).map(|&at| &self.entries[at].1)
    }

    /// The first definition of `id`, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.index.get(id).map(|&at| &mut self.entries[at].1)
    }

    /// Whether `id` is defined.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.index.contains_key(id)
    }

    /// Place of `id` in the writer's order.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// All definitions in the writer's order, repeated ids included.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.entries.iter().map(|(id, value)| (id.as_str(), value))
    }

    /// All definitions in the writer's order, to be changed; ids stay.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut T)> {
        self.entries.iter_mut().map(|(id, value)| (id.as_str(), value))
    }

    /// All ids in the writer's order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().map(|(id, _)| id.as_str())
    }

    /// Number of definitions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no definition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes all definitions of `other` in behind its own.
    pub fn append(&mut self, other: Self) {
        for (id, value) in other.entries {
            self.push(id, value);
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: HashMap::new() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T> FromIterator<(String, T)> for Table<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(pairs: I) -> Self {
        let mut table = Self::default();
        for (id, value) in pairs {
            table.push(id, value);
        }
        table
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
            type Value = Table<T>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map from ids to objects, such as {\"ford\": (..)}")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
                let mut table = Table::default();
                while let Some((id, value)) = map.next_entry::<String, T>()? {
                    table.push(id, value);
                }
                Ok(table)
            }
        }
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}
