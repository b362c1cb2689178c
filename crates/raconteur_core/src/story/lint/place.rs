//! Places of the parts of a story, by the order in which they were merged.

use std::ops::Range;

use crate::story::diagnostic::Span;
use crate::story::source::{Part, Source};
use crate::story::spans::{Field, Tree, inside_text};

/// Finds the places of a story's objects.
pub struct Places<'a> {
    sources: &'a [Source],
    trees: &'a [Tree],
}

/// A value in a source. Asking for a part that is not there answers the whole, so that every finding has a place.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    source: &'a Source,
    tree: &'a Tree,
    key: Option<&'a Range<usize>>,
}

impl<'a> Places<'a> {
    /// `trees` are the scans of `sources`, in the same order; both begin with the root and neither is empty.
    #[must_use]
    pub fn new(sources: &'a [Source], trees: &'a [Tree]) -> Self {
        Self { sources, trees }
    }

    /// The root object.
    #[must_use]
    pub fn root(&self) -> Place<'a> {
        Place { source: &self.sources[0], tree: &self.trees[0], key: None }
    }

    /// The storylet number `index` after merging.
    #[must_use]
    pub fn storylet(&self, index: usize) -> Place<'a> {
        let mut left = index;
        for (number, (source, tree)) in self.sources.iter().zip(self.trees).enumerate() {
            let list = match source.part() {
                Part::Root if number == 0 => tree.field("storylets").map(|field| &field.value),
                Part::Storylets => Some(tree),
                _ => None,
            };
            let items = list.map_or(&[][..], |list| &list.items);
            match items.get(left) {
                Some(tree) => return Place { source, tree, key: None },
                None => left -= items.len(),
            }
        }
        self.root()
    }

    /// The translation number `index` after merging.
    #[must_use]
    pub fn translation(&self, index: usize) -> Place<'a> {
        let all = self.sources.iter().zip(self.trees).filter(|(source, _)| source.part() == Part::Locale);
        all.map(|(source, tree)| Place { source, tree, key: None }).nth(index).unwrap_or_else(|| self.root())
    }

    /// The entry number `index` of the table `name` (`cast`, `beats`, ..) after merging.
    #[must_use]
    pub fn entry(&self, name: &str, index: usize) -> Place<'a> {
        let mut left = index;
        for (number, (source, tree)) in self.sources.iter().zip(self.trees).enumerate() {
            let table = match source.part() {
                Part::Root if number == 0 => tree.field(name).map(|field| &field.value),
                Part::Cast if name == "cast" => Some(tree),
                Part::Lore if name == "lore" => Some(tree),
                Part::Beats if name == "beats" => Some(tree),
                Part::Prompts if name == "prompts" => Some(tree),
                Part::Baked if name == "baked" => Some(tree),
                _ => None,
            };
            let fields = table.map_or(&[][..], |table| &table.fields);
            match fields.get(left) {
                Some(field) => return Place { source, tree: &field.value, key: Some(&field.key_span) },
                None => left -= fields.len(),
            }
        }
        self.root()
    }
}

impl<'a> Place<'a> {
    /// A field of it.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        match self.tree.field(name) {
            Some(Field { key_span, value, .. }) => Self { source: self.source, tree: value, key: Some(key_span) },
            None => *self,
        }
    }

    /// Whether the writer wrote this field.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tree.field(name).is_some()
    }

    /// An item of it.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        match self.tree.items.get(index) {
            Some(tree) => Self { source: self.source, tree, key: None },
            None => *self,
        }
    }

    /// The entry number `index` of it, when it is a map; keys may come twice.
    #[must_use]
    pub fn entry(&self, index: usize) -> Self {
        match self.tree.fields.get(index) {
            Some(Field { key_span, value, .. }) => Self { source: self.source, tree: value, key: Some(key_span) },
            None => *self,
        }
    }

    /// The key it stands behind, or else itself.
    #[must_use]
    pub fn key(&self) -> Span {
        Span::new(self.source, self.key.cloned().unwrap_or_else(|| self.line()))
    }

    /// The value, its first line at most.
    #[must_use]
    pub fn value(&self) -> Span {
        Span::new(self.source, self.line())
    }

    /// Bytes of a text, by their place in its content; the whole text when escapes stand before them.
    #[must_use]
    pub fn within(&self, content: Range<usize>) -> Span {
        let literal = &self.source.text[self.source.clip(self.tree.span.clone())];
        let start = inside_text(literal, content.start);
        let end = content.end.checked_sub(1).and_then(|last| inside_text(literal, last)).map(|last| last + 1);
        match start {
            Some(start) => {
                let end = end.unwrap_or(start).max(start + 1);
                Span::new(self.source, self.tree.span.start + start..self.tree.span.start + end)
            }
            None => self.value(),
        }
    }

    /// Where it stands in its source, for sorting; the source's name comes first.
    #[must_use]
    pub fn order(&self) -> (&'a str, usize) {
        (&self.source.name, self.tree.span.start)
    }

    fn line(&self) -> Range<usize> {
        self.source.first_line(self.tree.span.clone())
    }
}

impl From<Place<'_>> for Span {
    fn from(place: Place<'_>) -> Self {
        place.value()
    }
}
