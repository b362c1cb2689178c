//! What every text of one story is judged with, made once for the story.

use crate::judge::words::is_unspaced_language;
use crate::judge::{KnownNames, MetaTalk, ModernWords, Stemmer};
use crate::story::format::Story;

/// Names, language, and the words that the story itself uses.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// What `names: Known` allows.
    pub(super) names: KnownNames,
    pub(super) meta: MetaTalk,
    /// What `anachronisms: Ban` finds.
    pub(super) modern: ModernWords,
    pub(super) stemmer: Stemmer,
    /// Whether its words are written in Chinese characters or kana.
    pub(super) unspaced: bool,
}

impl World {
    pub(super) fn of_story(story: &Story) -> Self {
        let stemmer = Stemmer::of_locale(&story.locale);
        Self {
            names: KnownNames::of_story(story),
            meta: MetaTalk::of_story(story),
            modern: ModernWords::of_story(story),
            stemmer,
            unspaced: is_unspaced_language(&story.locale),
        }
    }

    /// Of a talk without a story, which is taken to be in English: the lists of words are.
    pub(super) fn of_talk(texts: &[&str]) -> Self {
        let stemmer = Stemmer::of_locale("en");
        Self {
            names: KnownNames::new(texts.iter().copied()),
            meta: MetaTalk::apart_from(texts.iter().copied(), stemmer),
            modern: ModernWords::apart_from(texts.iter().copied(), stemmer),
            stemmer,
            unspaced: false,
        }
    }
}
