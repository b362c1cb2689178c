//! How much of a story has been translated.

use super::Text;
use crate::story::format::{Story, Translation};

/// How a text of a story stands in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nobody has translated it.
    Missing,
    /// A machine has, and nobody has read it.
    Draft,
    /// It was translated from an older text.
    Stale,
    /// It is translated.
    Translated,
}

impl Status {
    /// How `text` stands, given its translation. A translation without a lock counts as one of the text as it is.
    #[must_use]
    pub fn of(text: &Text, translated: Option<&Translation>) -> Self {
        let Some(translated) = translated else { return Self::Missing };
        // Some texts, such as the facts without words of their own, have lists only.
        let empty = if text.source.say.trim().is_empty() {
            *translated == Translation::default()
        } else {
            translated.say.trim().is_empty()
        };
        match translated {
            _ if empty => Self::Missing,
            Translation { draft: true, .. } => Self::Draft,
            Translation { lock, .. } if !lock.is_empty() && *lock != text.lock() => Self::Stale,
            _ => Self::Translated,
        }
    }

    /// Its name in files for translators.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "new",
            Self::Draft => "draft",
            Self::Stale => "stale",
            Self::Translated => "translated",
        }
    }
}

/// Something that a model needs to write a text in another language, and that the translation lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Key of the text.
    pub key: String,
    /// The field of its translation: `goal`, `must`, `from`, `keys`, `talks` or `reads`.
    pub field: &'static str,
}

/// Texts counted by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All.
    pub all: usize,
    /// Translated, and from the text as it is now.
    pub translated: usize,
    /// Translated from an older text; shown.
    pub stale: usize,
    /// Drafts; not shown.
    pub drafts: usize,
    /// Not translated.
    pub missing: usize,
}

impl Tally {
    fn count(&mut self, status: Status) {
        self.all += 1;
        match status {
            Status::Missing => self.missing += 1,
            Status::Draft => self.drafts += 1,
            Status::Stale => self.stale += 1,
            Status::Translated => self.translated += 1,
        }
    }
}

/// How much of a story one translation covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Its language tag.
    pub tag: String,
    /// The texts that a player reads.
    pub shown: Tally,
    /// The texts that stand in prompts only. They count where a model writes in this language.
    pub prompts: Tally,
    /// What a player reads, by cast id of the speaker, in the order of the cast.
    pub speakers: Vec<(String, Tally)>,
    /// Whether a model writes in this language.
    pub generate: bool,
    /// For a language that a model writes in: what keeps texts from being written. Those show their translation.
    pub gaps: Vec<Gap>,
    /// Keys of translations whose text no longer exists.
    pub obsolete: Vec<String>,
    /// Translations that have no lock, so that nobody can tell whether they are stale.
    pub unlocked: usize,
}

impl Story {
    /// How much the translation of exactly this tag covers; `None` when there is none.
    #[must_use]
    pub fn coverage(&self, tag: &str) -> Option<Coverage> {
        let locale = self.translations.get(tag)?;
        let texts = self.texts();
        let mut coverage = Coverage { tag: tag.to_owned(), generate: locale.generate, ..Coverage::default() };
        coverage.speakers = self.cast.ids().map(|id| (id.to_owned(), Tally::default())).collect();
        for text in &texts {
            let translated = locale.texts.get(&text.key);
            let status = Status::of(text, translated);
            let tally = if text.kind.is_shown() { &mut coverage.shown } else { &mut coverage.prompts };
            tally.count(status);
            if text.kind.is_shown()
                && let Some((_, tally)) = coverage.speakers.iter_mut().find(|(id, _)| Some(id) == text.who.as_ref())
            {
                tally.count(status);
            }
            if matches!(status, Status::Translated | Status::Stale)
                && let Some(translated) = translated
            {
                coverage.unlocked += usize::from(translated.lock.is_empty());
                if locale.generate {
                    let missing = gaps(&text.source, translated).into_iter();
                    coverage.gaps.extend(missing.map(|field| Gap { key: text.key.clone(), field }));
                }
            }
        }
        coverage.speakers.retain(|(_, tally)| tally.all > 0);
        let obsolete = locale.texts.ids().filter(|key| !texts.iter().any(|text| text.key == *key));
        coverage.obsolete = obsolete.map(str::to_owned).collect();
        Some(coverage)
    }
}

/// The fields that the source has and the translation lacks, among those without which nothing is written: the rest has
/// sensible empty forms.
pub(super) fn gaps(source: &Translation, translated: &Translation) -> Vec<&'static str> {
    let goal = !source.goal.trim().is_empty() && translated.goal.trim().is_empty();
    let fields = [
        ("goal", goal),
        ("must", source.must.is_some() && translated.must.is_none()),
        ("from", source.from.is_some() && translated.from.is_none()),
        ("keys", source.keys.is_some() && translated.keys.is_none()),
        ("talks", source.talks.is_some() && translated.talks.is_none()),
        ("reads", source.reads.is_some() && translated.reads.is_none()),
    ];
    fields.into_iter().filter_map(|(field, lacks)| lacks.then_some(field)).collect()
}
