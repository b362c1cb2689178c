//! What is not shown in the language that was asked for.

use std::sync::Arc;

use raconteur_core::request::{Source, Why};
use raconteur_core::story::locale::Shortfall;

use super::outgoing::Outgoing;
use super::{Director, Play};
use crate::events::{LanguageGap, Untranslated};
use crate::language::language_of;
use crate::story::StoryAsset;

/// The language that is asked for, and what the story lacks in it.
#[derive(Default)]
pub(super) struct Tongue {
    wanted: Option<String>,
    /// Of the story as it was written.
    written: String,
    /// `None` where the story is as it was written.
    shortfall: Option<Arc<Shortfall>>,
}

impl Tongue {
    pub(super) fn new(asset: Option<&StoryAsset>, language: Option<&str>) -> Self {
        let Some(asset) = asset else { return Self::default() };
        Self {
            wanted: language.map(str::to_owned),
            written: asset.story.locale.clone(),
            shortfall: language.and_then(|tag| asset.shortfall(tag)).cloned(),
        }
    }

    /// The gap of a story that has no translation for a language other than its own.
    fn gap(&self) -> Option<Untranslated> {
        let own = language_of(self.wanted.as_ref()?).eq_ignore_ascii_case(language_of(&self.written));
        (self.shortfall.is_none() && !own).then_some(Untranslated::Story)
    }

    fn gap_of(&self, id: &str, drafts: bool) -> Option<Untranslated> {
        let shortfall = self.shortfall.as_ref()?;
        if drafts && shortfall.is_draft(id) {
            return Some(Untranslated::Draft { id: id.to_owned() });
        }
        shortfall.is_untranslated(id).then(|| Untranslated::Text { id: id.to_owned() })
    }
}

impl Director<'_, '_> {
    /// Tells when another language is asked for that the story does not have.
    pub(super) fn note_language(&mut self, play: &mut Play) {
        play.drafts = self.settings.drafts;
        if play.wanted == self.tongue.wanted {
            return;
        }
        play.wanted.clone_from(&self.tongue.wanted);
        if let Some(gap) = self.tongue.gap() {
            self.tell_gap(gap);
        }
    }

    /// Tells when a text that is about to be shown is not in the language that is asked for.
    pub(super) fn note_gap(&mut self, id: &str) {
        if let Some(gap) = self.tongue.gap_of(id, self.settings.drafts) {
            self.tell_gap(gap);
        }
    }

    fn tell_gap(&mut self, gap: Untranslated) {
        let (wanted, written) = (self.tongue.wanted.clone().unwrap_or_default(), self.tongue.written.clone());
        self.out.push(Outgoing::Gap(LanguageGap { entity: self.story, wanted, written, gap }));
    }

    /// Why an authored text is shown: what has no `gen` in this language may have one in that of the story.
    pub(super) fn source_of(&self, id: &str, source: Source) -> Source {
        let unwritten = self.tongue.shortfall.as_ref().is_some_and(|shortfall| shortfall.is_unwritten(id));
        match source {
            Source::Authored(Why::Written) if unwritten => Source::Authored(Why::OtherLanguage),
            other => other,
        }
    }
}
