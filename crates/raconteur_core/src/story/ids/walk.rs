//! All texts of a story that need an id, by their places.

use std::ops::Range;

use crate::story::source::{Part, Source};
use crate::story::spans::Tree;

/// How the ids of a text are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line or a storylet: by numbers.
    Said,
    /// A choice or an outcome: by letters.
    Chosen,
}

/// A line, a choice, an outcome or a storylet.
pub(super) struct Text<'a> {
    /// Place of its file among the sources.
    pub source: usize,
    pub kind: Kind,
    /// Its beat, or the speaker of a storylet.
    pub owner: String,
    /// What stands behind `id:`, if that is there.
    pub id: Option<String>,
    pub object: &'a Tree,
}

impl Text<'_> {
    /// What its id begins with: its owner, as far as that makes a name.
    pub fn stem(&self) -> String {
        let name: String = self.owner.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
        if name.is_empty() { "text".to_owned() } else { name }
    }
}

/// All texts, in the order of the files and of their places in them.
pub(super) fn texts<'a>(sources: &[Source], trees: &'a [Tree]) -> Vec<Text<'a>> {
    let mut found = Vec::new();
    for (number, (source, tree)) in sources.iter().zip(trees).enumerate() {
        let field = |name: &str| tree.field(name).map(|field| &field.value);
        let (beats, storylets) = match source.part() {
            Part::Root => (field("beats"), field("storylets")),
            Part::Beats => (Some(tree), None),
            Part::Storylets => (None, Some(tree)),
            _ => continue,
        };
        let mut walk = Walk { source, number, found: Vec::new() };
        for beat in beats.iter().flat_map(|beats| &beats.fields) {
            walk.beat(&content(source, &beat.key_span), &beat.value);
        }
        for storylet in storylets.iter().flat_map(|storylets| &storylets.items) {
            let who = storylet.field("who").map(|who| content(source, &who.value.span)).unwrap_or_default();
            walk.add(Kind::Said, &who, storylet);
        }
        walk.found.sort_by_key(|text| text.object.span.start);
        found.append(&mut walk.found);
    }
    found
}

struct Walk<'a, 's> {
    source: &'s Source,
    number: usize,
    found: Vec<Text<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn beat(&mut self, id: &str, beat: &'a Tree) {
        let field = |tree: &'a Tree, name: &str| tree.field(name).map(|field| &field.value);
        let lines = field(beat, "lines").into_iter().flat_map(|list| &list.items);
        lines.for_each(|line| self.add(Kind::Said, id, line));
        let choices = field(beat, "choices").into_iter().flat_map(|list| &list.items);
        let outcomes = field(beat, "slot").and_then(|slot| field(slot, "outcomes")).into_iter();
        let outcomes = outcomes.flat_map(|list| &list.items);
        choices.chain(field(beat, "otherwise")).chain(outcomes).for_each(|chosen| self.add(Kind::Chosen, id, chosen));
    }

    fn add(&mut self, kind: Kind, owner: &str, object: &'a Tree) {
        let id = object.field("id").map(|id| content(self.source, &id.value.span));
        self.found.push(Text { source: self.number, kind, owner: owner.to_owned(), id, object });
    }
}

/// What a text literal says; what is none stands for itself.
pub(super) fn content(source: &Source, literal: &Range<usize>) -> String {
    let literal = &source.text[literal.clone()];
    ron::from_str(literal).unwrap_or_else(|_| literal.to_owned())
}
