//! The text that a story was read from.

use std::ops::Range;

/// A file of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, or whatever a diagnostic is to call it.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// Which part of a story a file holds, told by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `X.story.ron`, and every name that is none of the others.
    Root,
    /// `X.cast.ron`: a map of characters.
    Cast,
    /// `X.lore.ron`: a map of facts.
    Lore,
    /// `X.beats.ron`: a map of beats.
    Beats,
    /// `X.prompts.ron`: a map of templates.
    Prompts,
    /// `X.storylets.ron`: a list of storylets.
    Storylets,
    /// `X.baked.ron`: reviewed variants by the id of their text.
    Baked,
    /// `X.<tag>.l10n.ron`: a translation.
    Locale,
}

impl Part {
    /// All parts, with the end of their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Cast, ".cast.ron"),
        (Self::Lore, ".lore.ron"),
        (Self::Beats, ".beats.ron"),
        (Self::Prompts, ".prompts.ron"),
        (Self::Storylets, ".storylets.ron"),
        (Self::Baked, ".baked.ron"),
        (Self::Locale, Self::LOCALE_END),
    ];

    /// End of the name of a translation; the language tag stands before it.
    pub const LOCALE_END: &'static str = ".l10n.ron";

    /// The parts that are found beside a root by their name alone, with the end of their names.
    pub fn beside() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.into_iter().filter(|(part, _)| *part != Self::Locale)
    }
}

impl Source {
    /// A source with a name for diagnostics.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Which part of a story it holds.
    #[must_use]
    pub fn part(&self) -> Part {
        Part::ALL.iter().find(|(_, end)| self.name.ends_with(end)).map_or(Part::Root, |&(part, _)| part)
    }

    /// The language of a translation: `de-DE` for `village.de-DE.l10n.ron`.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        let stem = self.name.strip_suffix(Part::LOCALE_END)?;
        let file = stem.rsplit(['/', '\\']).next().unwrap_or(stem);
        file.rsplit_once('.').map(|(_, tag)| tag)
    }

    /// Line and column of a byte, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..self.floor(at)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// Byte of a line and column that count from 1, the end of the text when there is no such place.
    #[must_use]
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let mut start = 0;
        for _ in 1..line {
            match self.text[start..].find('\n') {
                Some(newline) => start += newline + 1,
                None => return self.text.len(),
            }
        }
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        line.char_indices().nth(column.saturating_sub(1)).map_or(start + line.len(), |(at, _)| start + at)
    }

    /// The range cut to what the text has, on borders of characters.
    #[must_use]
    pub fn clip(&self, range: Range<usize>) -> Range<usize> {
        let start = self.floor(range.start);
        start..self.floor(range.end).max(start)
    }

    /// The range from its start to the end of that line at most.
    #[must_use]
    pub fn first_line(&self, range: Range<usize>) -> Range<usize> {
        let range = self.clip(range);
        let length = self.text[range.clone()].lines().next().map_or(0, |line| line.trim_end().len());
        range.start..range.start + length
    }

    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
