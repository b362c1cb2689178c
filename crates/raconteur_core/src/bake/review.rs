//! The table of variants under review: what is added to it, what people have decided, how far they are.

use std::collections::BTreeMap;

use super::{Candidate, Target};
use crate::story::format::{Story, Variant};
use crate::story::locale::lock;

/// The rows of `X.baked.ron` with what they mean now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Review {
    /// The rows by the id of their text.
    pub rows: BTreeMap<String, Vec<Variant>>,
}

/// What a row is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// It is shown.
    Accepted,
    /// Somebody has to look at it.
    Pending,
    /// The rules would not have shown it, and nobody has accepted it.
    Rejected,
    /// The authored text has changed since, or is gone: it is not shown, accepted or not.
    Stale,
}

/// How many rows there are of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that are shown.
    pub accepted: usize,
    /// Rows that nobody has accepted.
    pub pending: usize,
    /// Rows that the rules would not have shown.
    pub rejected: usize,
    /// Rows of an older text.
    pub stale: usize,
}

/// What [`Review::add`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Rows that are new.
    pub new: usize,
    /// Candidates that stood there already.
    pub known: usize,
}

/// Accepting without a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AcceptRule {
    /// The best so many of each text.
    Top(usize),
    /// All with at least this score.
    Above(f32),
}

/// A row as a table of people's hands has it: a line of `X.baked.csv`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Id of the text.
    pub line: String,
    /// The variant.
    pub variant: String,
    /// Whether it may be shown.
    pub accept: bool,
    /// What the reviewer has to say.
    pub note: String,
    /// Lock of the authored text; empty when the table had no such column.
    pub lock: String,
}

impl Review {
    /// The table that a story was read with.
    #[must_use]
    pub fn of_story(story: &Story) -> Self {
        let mut review = Self::default();
        // A key that stands twice in the file is one text.
        for (id, rows) in story.baked.iter() {
            for row in rows {
                review.push(id, row.clone());
            }
        }
        review
    }

    /// The rows of a text.
    #[must_use]
    pub fn of(&self, id: &str) -> &[Variant] {
        self.rows.get(id).map_or(&[], Vec::as_slice)
    }

    /// How many rows a text has that are of this authored text, in whatever state.
    #[must_use]
    pub fn count(&self, target: &Target) -> usize {
        self.of(&target.id).iter().filter(|row| row.lock == target.lock).count()
    }

    /// Takes in what was baked. A candidate whose words stand there already, in any case and punctuation, changes nothing
    /// but the score and reasons of a row that no person has touched; so a second run keeps every decision and adds.
    pub fn add(&mut self, target: &Target, candidates: &[Candidate]) -> Added {
        let mut added = Added::default();
        for Candidate { say, score, reasons } in candidates {
            let rows = self.entry(&target.id);
            if rows.iter().any(|row| row.lock == target.lock && same_words(&row.say, say)) {
                added.known += 1;
                continue;
            }
            added.new += 1;
            rows.push(Variant {
                say: say.clone(),
                score: *score,
                reasons: reasons.clone(),
                accept: false,
                lock: target.lock.clone(),
                note: String::new(),
            });
        }
        self.sort(&target.id);
        added
    }

    /// Accepts rows of a text by a rule; never one that the rules would not have shown or that carries a note: somebody
    /// has looked at that. Gives the number of rows that became accepted.
    pub fn accept(&mut self, target: &Target, rule: AcceptRule) -> usize {
        let mut accepted = 0;
        let rows = self.entry(&target.id);
        let chosen = rows.iter().filter(|row| row.lock == target.lock && row.accept).count();
        // What people have accepted counts, wherever it stands.
        let mut room = match rule {
            AcceptRule::Top(count) => count.saturating_sub(chosen),
            AcceptRule::Above(_) => usize::MAX,
        };
        // Best first.
        for row in rows.iter_mut().filter(|row| row.lock == target.lock && !row.accept) {
            let good = match rule {
                AcceptRule::Top(_) => true,
                AcceptRule::Above(least) => row.score >= least,
            };
            if room > 0 && good && row.reasons.is_empty() && row.note.trim().is_empty() {
                row.accept = true;
                accepted += 1;
                room -= 1;
            }
        }
        accepted
    }

    /// Takes reviews back in that were made in another table. A row whose words are not known here was written or
    /// mended by the reviewer: it is added. A row of the table that the other one lacks stays as it is.
    ///
    /// Gives the number of rows that changed or are new, and the rows whose text the story does not have.
    pub fn import(&mut self, story: &Story, rows: &[Row]) -> (usize, Vec<Row>) {
        let mut changed = 0;
        let mut unknown = Vec::new();
        for row in rows {
            let Some(say) = say_of(story, &row.line) else {
                unknown.push(row.clone());
                continue;
            };
            if row.variant.trim().is_empty() {
                continue;
            }
            let now = lock(say);
            let fits = |old: &Variant| {
                old.say == row.variant && (row.lock.is_empty() || old.lock.is_empty() || old.lock == row.lock)
            };
            let rows_here = self.entry(&row.line);
            match rows_here.iter_mut().find(|old| fits(old)) {
                Some(old) if old.accept == row.accept && old.note == row.note => {}
                Some(old) => {
                    old.accept = row.accept;
                    row.note.clone_into(&mut old.note);
                    changed += 1;
                }
                None => {
                    let lock = if row.lock.is_empty() { now } else { row.lock.clone() };
                    rows_here.push(Variant {
                        say: row.variant.clone(),
                        accept: row.accept,
                        note: row.note.clone(),
                        lock,
                        ..Variant::default()
                    });
                    changed += 1;
                }
            }
            self.sort(&row.line);
        }
        (changed, unknown)
    }

    /// What a row is worth, given the authored texts of its id in all languages.
    #[must_use]
    pub fn state(row: &Variant, locks: &[String]) -> RowState {
        if !locks.contains(&row.lock) {
            RowState::Stale
        } else if row.accept {
            RowState::Accepted
        } else if row.reasons.is_empty() {
            RowState::Pending
        } else {
            RowState::Rejected
        }
    }

    /// What a row of this text is worth now.
    #[must_use]
    pub fn state_of(&self, story: &Story, id: &str, row: &Variant) -> RowState {
        Self::state(row, &locks_of(story, id))
    }

    /// The authored text that a row was written for, in whatever language, if it still stands.
    #[must_use]
    pub fn authored<'a>(&self, story: &'a Story, id: &str, row: &Variant) -> Option<&'a str> {
        sayings(story, id).find(|say| lock(say) == row.lock)
    }

    /// How far the review of a text is.
    #[must_use]
    pub fn counts(&self, story: &Story, id: &str) -> Counts {
        let locks = locks_of(story, id);
        let mut counts = Counts::default();
        for row in self.of(id) {
            *match Self::state(row, &locks) {
                RowState::Accepted => &mut counts.accepted,
                RowState::Pending => &mut counts.pending,
                RowState::Rejected => &mut counts.rejected,
                RowState::Stale => &mut counts.stale,
            } += 1;
        }
        counts
    }

    /// Drops the rows of older texts that nobody has accepted or written a note to. Gives their number.
    pub fn prune(&mut self, story: &Story) -> usize {
        let mut dropped = 0;
        for (id, rows) in &mut self.rows {
            let locks = locks_of(story, id);
            let before = rows.len();
            rows.retain(|row| locks.contains(&row.lock) || row.accept || !row.note.trim().is_empty());
            dropped += before - rows.len();
        }
        dropped
    }

    fn push(&mut self, id: &str, row: Variant) {
        self.entry(id).push(row);
    }

    fn entry(&mut self, id: &str) -> &mut Vec<Variant> {
        self.rows.entry(id.to_owned()).or_default()
    }

    /// Best first: what may be shown before what may not, then by score. Rows that are equal keep their order.
    fn sort(&mut self, id: &str) {
        if let Some(rows) = self.rows.get_mut(id) {
            rows.sort_by(|a, b| {
                (a.lock.cmp(&b.lock))
                    .then(a.reasons.is_empty().cmp(&b.reasons.is_empty()).reverse())
                    .then(b.score.total_cmp(&a.score))
            });
        }
    }
}

/// Locks of the authored text of an id, in the language of the story and in those that it is translated to.
#[must_use]
pub(super) fn locks_of(story: &Story, id: &str) -> Vec<String> {
    sayings(story, id).map(lock).collect()
}

/// The authored text of an id in the language of the story, then its translations that are no drafts.
fn sayings<'a>(story: &'a Story, id: &str) -> impl Iterator<Item = &'a str> {
    let id = id.to_owned();
    let own = say_of(story, &id);
    let translated = story.translations.iter().filter_map(move |(_, locale)| locale.texts.get(&id));
    let shown = translated.filter(|text| !text.draft && !text.say.trim().is_empty()).map(|text| text.say.as_str());
    own.into_iter().chain(own.is_some().then_some(shown).into_iter().flatten())
}

/// The authored text of a line, outcome or storylet.
pub(super) fn say_of<'a>(story: &'a Story, id: &str) -> Option<&'a str> {
    if id.is_empty() {
        return None;
    }
    let lines = story.beats.iter().flat_map(|(_, beat)| &beat.lines).map(|line| (&line.id, &line.say));
    let outcomes = story.beats.iter().flat_map(|(_, beat)| &beat.slot).flat_map(|slot| &slot.outcomes);
    let outcomes = outcomes.map(|outcome| (&outcome.id, &outcome.say));
    let storylets = story.storylets.iter().map(|storylet| (&storylet.id, &storylet.say));
    lines.chain(outcomes).chain(storylets).find(|(other, _)| *other == id).map(|(_, say)| say.as_str())
}

/// Whether two texts are the same to a reader: the words in any case, without punctuation. Texts that are not words at
/// all, as in scripts without spaces, have to be the same letter by letter.
pub(super) fn same_words(a: &str, b: &str) -> bool {
    let fold = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    let (a, b) = (fold(a), fold(b));
    a.split_whitespace().eq(b.split_whitespace())
}
