//! Ids for texts that have none: what `raconteur ids --write` puts into a writer's files.
//!
//! A text is known by its id in saves, translations and recordings, so an id is given once and then stays. This works on
//! the places of a file's values, not on what was read from it: everything but the ids keeps every byte.

mod walk;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::format::Story;
use super::source::{Part, Source};
use super::spans::Tree;
use walk::{Kind, Text, texts};

/// A change of a file that gives a text an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdEdit {
    /// Place of the file among the sources.
    pub source: usize,
    /// Bytes that are replaced; none where an id is added.
    pub range: Range<usize>,
    /// What stands there then: a field, or the text of one.
    pub insert: String,
    /// The new id.
    pub id: String,
    /// Why it needs one.
    pub why: Need,
}

/// Why a text needs an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// It has none.
    Missing,
    /// It was copied from a text further up in the same file, id and all.
    Copied {
        /// The id, which stays with the first.
        from: String,
    },
}

/// What [`propose`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The changes, by file and place.
    pub edits: Vec<IdEdit>,
    /// Ids that two files use: which of the two is the copy is for the writer to say.
    pub unclear: Vec<String>,
}

/// Finds the texts of a story that have no id, or that of a text further up in their file, and an id for each that
/// nothing in the story uses: not its files, and not its translations or baked variants, which may remember texts that
/// were deleted.
///
/// Lines get `BEAT_1`, `BEAT_2`, ..; choices and outcomes `BEAT_a`, `BEAT_b`, ..; storylets `SPEAKER_1`, ... Counting
/// goes on behind the last one, so that the id of a deleted text does not come back. `sources` are those of
/// [`Checked`](super::parse::Checked), the root first; files that are no RON are passed over as far as they make no
/// sense.
#[must_use]
pub fn propose(sources: &[Source]) -> Proposal {
    let trees: Vec<Tree> = sources.iter().map(|source| Tree::scan(&source.text)).collect();
    let found = texts(sources, &trees);
    let mut used = Used::new(sources, &trees, &found);
    let mut seen: HashMap<&str, HashSet<usize>> = HashMap::new();
    let mut proposal = Proposal::default();
    for text in &found {
        let id = text.id.as_deref().unwrap_or_default();
        let why = if id.trim().is_empty() {
            Need::Missing
        } else {
            let files = seen.entry(id).or_default();
            if files.insert(text.source) {
                if files.len() == 2 {
                    proposal.unclear.push(id.to_owned());
                }
                continue;
            }
            Need::Copied { from: id.to_owned() }
        };
        let id = used.next(text);
        let (range, insert) = place(&sources[text.source].text, text.object, &id);
        proposal.edits.push(IdEdit { source: text.source, range, insert, id, why });
    }
    proposal
}

/// The text of a file with those changes that are meant for it, which is `sources[source]`.
#[must_use]
pub fn apply(text: &str, source: usize, edits: &[IdEdit]) -> String {
    let mut edits: Vec<&IdEdit> = edits.iter().filter(|edit| edit.source == source).collect();
    edits.sort_by_key(|edit| edit.range.start);
    let mut written = String::with_capacity(text.len() + edits.iter().map(|edit| edit.insert.len()).sum::<usize>());
    let mut at = 0;
    for edit in edits {
        written.push_str(&text[at..edit.range.start]);
        written.push_str(&edit.insert);
        at = edit.range.end;
    }
    written.push_str(&text[at..]);
    written
}

/// Whether two stories are the same but for the ids of their texts: what has to hold before a changed file is written.
#[must_use]
pub fn same_but_for_ids(one: &Story, other: &Story) -> bool {
    without_ids(one) == without_ids(other)
}

fn without_ids(story: &Story) -> Story {
    let mut story = story.clone();
    for (_, beat) in story.beats.iter_mut() {
        beat.lines.iter_mut().for_each(|line| line.id.clear());
        beat.choices.iter_mut().chain(&mut beat.otherwise).for_each(|choice| choice.id.clear());
        beat.slot.iter_mut().flat_map(|slot| &mut slot.outcomes).for_each(|outcome| outcome.id.clear());
    }
    story.storylets.iter_mut().for_each(|storylet| storylet.id.clear());
    story
}

/// Where the id of an object goes, and what to write there.
fn place(text: &str, object: &Tree, id: &str) -> (Range<usize>, String) {
    let literal = format!("\"{id}\"");
    if let Some(field) = object.field("id") {
        return (field.value.span.clone(), literal);
    }
    let Some(first) = object.fields.first() else {
        // An object without fields lacks more than its id; whatever it holds, the id goes behind its bracket.
        let at = text[object.span.clone()].find('(').map_or(object.span.end, |open| object.span.start + open + 1);
        return (at..at, format!("id: {literal}, "));
    };
    let at = first.key_span.start;
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &text[line..at];
    // A field on a line of its own gets company on a line of its own.
    if line > object.span.start && indent.chars().all(char::is_whitespace) {
        let newline = if text[..line].ends_with("\r\n") { "\r\n" } else { "\n" };
        (at..at, format!("id: {literal},{newline}{indent}"))
    } else {
        (at..at, format!("id: {literal}, "))
    }
}

/// The ids that are taken, and how far each beat has counted.
struct Used {
    ids: HashSet<String>,
    numbers: HashMap<String, u64>,
    letters: HashMap<String, u64>,
}

impl Used {
    fn new(sources: &[Source], trees: &[Tree], found: &[Text<'_>]) -> Self {
        let mut ids: HashSet<String> = found.iter().filter_map(|text| text.id.clone()).collect();
        for (source, tree) in sources.iter().zip(trees) {
            let table = match source.part() {
                Part::Locale => tree.field("texts").map(|field| &field.value),
                Part::Baked => Some(tree),
                _ => None,
            };
            ids.extend(
                table.iter().flat_map(|table| &table.fields).map(|field| walk::content(source, &field.key_span)),
            );
        }
        let mut numbers: HashMap<String, u64> = HashMap::new();
        let mut letters: HashMap<String, u64> = HashMap::new();
        for id in &ids {
            let Some((stem, end)) = id.rsplit_once('_') else { continue };
            if let Ok(number) = end.parse::<u64>() {
                let last = numbers.entry(stem.to_owned()).or_default();
                // A year in an id is no count.
                *last = number.min(99_999).max(*last);
            } else if let [letter @ b'a'..=b'z'] = end.as_bytes() {
                let last = letters.entry(stem.to_owned()).or_default();
                *last = u64::from(letter - b'a' + 1).max(*last);
            }
        }
        Self { ids, numbers, letters }
    }

    fn next(&mut self, text: &Text<'_>) -> String {
        let stem = text.stem();
        let counts = if text.kind == Kind::Said { &mut self.numbers } else { &mut self.letters };
        let count = counts.entry(stem.clone()).or_default();
        loop {
            *count += 1;
            let id = match text.kind {
                Kind::Said => format!("{stem}_{count}"),
                Kind::Chosen => format!("{stem}_{}", letters(*count)),
            };
            if self.ids.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// 1 is `a`, 26 is `z`, 27 is `aa`.
fn letters(mut count: u64) -> String {
    let mut letters = Vec::new();
    while count > 0 {
        count -= 1;
        letters.push(char::from(b'a' + u8::try_from(count % 26).unwrap_or(0)));
        count /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests;
