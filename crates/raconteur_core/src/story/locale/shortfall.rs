//! What a story in another language lacks of the original.

use std::collections::BTreeSet;

use super::{Status, chain};
use crate::story::format::{Gen, Story};

/// What a story in another language lacks of the original: made once, when the story is read, and asked by the id of each
/// text that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shortfall {
    /// Keys of texts that a player reads and that are shown in the language of the story.
    untranslated: BTreeSet<String>,
    /// Keys of texts for which there is a draft only.
    drafts: BTreeSet<String>,
    /// Keys of texts that a model writes in the language of the story and not in this one.
    unwritten: BTreeSet<String>,
}

impl Shortfall {
    /// Whether a text is shown in the language of the story, for want of a translation. A key is an id, or one such as
    /// `detour:BEAT`, as [`Story::texts`] has it.
    #[must_use]
    pub fn is_untranslated(&self, key: &str) -> bool {
        self.untranslated.contains(key)
    }

    /// Whether all there is of a text is a draft: a machine has translated it, and nobody has read that.
    #[must_use]
    pub fn is_draft(&self, key: &str) -> bool {
        self.drafts.contains(key)
    }

    /// Whether a model writes a text in the language of the story, and not in this one.
    #[must_use]
    pub fn is_unwritten(&self, key: &str) -> bool {
        self.unwritten.contains(key)
    }

    /// Keys of the texts without a translation that may be shown, in the order of the alphabet.
    pub fn untranslated(&self) -> impl Iterator<Item = &str> {
        self.untranslated.iter().map(String::as_str)
    }
}

impl Story {
    /// What [`localized`](Self::localized) leaves as it is, for a language tag. Nothing, where there is no translation for
    /// the tag: then the whole story is as it was written.
    #[must_use]
    pub fn shortfall(&self, tag: &str) -> Shortfall {
        let chain = chain(self, tag);
        let mut lacks = Shortfall::default();
        if chain.is_empty() {
            return lacks;
        }
        for text in self.texts().into_iter().filter(|text| text.kind.is_shown() && !text.source.say.trim().is_empty()) {
            let statuses = chain.iter().map(|(_, locale)| Status::of(&text, locale.texts.get(&text.key)));
            let best = statuses.fold(Status::Missing, |best, status| match (best, status) {
                (Status::Translated | Status::Stale, _) => best,
                (Status::Draft, Status::Missing) => Status::Draft,
                (_, status) => status,
            });
            match best {
                Status::Translated | Status::Stale => {}
                Status::Draft => {
                    lacks.drafts.insert(text.key.clone());
                    lacks.untranslated.insert(text.key);
                }
                Status::Missing => {
                    lacks.untranslated.insert(text.key);
                }
            }
        }
        lacks.unwritten = self.unwritten(&self.localized(tag));
        lacks
    }

    /// The keys of what a model writes here, and not in `local`, the same story in another language.
    fn unwritten(&self, local: &Self) -> BTreeSet<String> {
        let mut unwritten = BTreeSet::new();
        for ((id, beat), (_, there)) in self.beats.iter().zip(local.beats.iter()) {
            for (line, other) in beat.lines.iter().zip(&there.lines) {
                if writes(line.generate.as_ref()) && !writes(other.generate.as_ref()) {
                    unwritten.insert(line.id.clone());
                }
            }
            if let (Some(detour), Some(other)) = (&beat.detour, &there.detour)
                && !detour.prompt.is_empty()
                && other.prompt.is_empty()
            {
                unwritten.insert(format!("detour:{id}"));
            }
            if let (Some(slot), Some(other)) = (&beat.slot, &there.slot)
                && !slot.prompt.is_empty()
                && other.prompt.is_empty()
            {
                unwritten.extend(slot.outcomes.iter().map(|outcome| outcome.id.clone()));
            }
        }
        for (storylet, other) in self.storylets.iter().zip(&local.storylets) {
            if writes(storylet.generate.as_ref()) && !writes(other.generate.as_ref()) {
                unwritten.insert(storylet.id.clone());
            }
        }
        unwritten
    }
}

/// Whether a model is asked; without a template it is not.
fn writes(generate: Option<&Gen>) -> bool {
    let prompt = match generate {
        None => return false,
        Some(Gen::Pick { prompt, .. } | Gen::Answer { prompt, .. } | Gen::Rumor { prompt, .. }) => prompt,
        Some(Gen::Vary(writing) | Gen::Free(writing)) => &writing.prompt,
    };
    !prompt.is_empty()
}
