//! What has been said: the history, the words on the screen, the variants and retellings that were heard.

use super::{Label, Position, Retelling, Runner, Shown};
use crate::story::format::{Gen, Line};
use crate::variants::{Wording, label_variants, variants};

impl Runner {
    /// The current line has been shown with these words: they enter the history, and the line has been seen. Called
    /// again for the same line, which is how answers to questions come in, it adds another turn.
    ///
    /// Words that are one of the line's variants are remembered as the variant shown last; those of a `Rumor` that are
    /// not its authored ones become the last retelling of its fact.
    pub fn spoken(&mut self, text: &str) {
        let Some(line) = self.line().cloned() else { return };
        let Line { id, who, say, generate, .. } = line;
        self.state.seen.insert(id.clone());
        self.state.record(&id, &who, text);
        self.heard(&id, &who, &say, generate.as_ref(), text);
        if let Position::Line { spoken, .. } = &mut self.state.position {
            *spoken = true;
        }
    }

    /// Somebody has said something that is no line of the story, such as a question of the player's: it enters the
    /// history and changes nothing else. `who` is a cast id.
    pub fn record(&mut self, who: &str, text: &str) {
        self.state.record("", who, text);
    }

    /// What has been said in the current beat, oldest first: after a reload the screen shows this, and no model is asked
    /// for it again.
    #[must_use]
    pub fn shown(&self) -> &[Shown] {
        &self.state.shown
    }

    /// The outcomes of the current slot have been shown, with these words and in this order. A reload shows the same.
    /// Does nothing when no slot is due; outcomes that are not open are left out.
    pub fn show_labels(&mut self, shown: &[Label]) {
        let Position::Slot { open, labels } = &mut self.state.position else { return };
        *labels = shown.iter().filter(|label| open.contains(&label.id)).cloned().collect();
        let story = self.story.clone();
        let slot = story.beats.get(&self.state.beat).and_then(|beat| beat.slot.as_ref());
        for outcome in slot.iter().flat_map(|slot| &slot.outcomes) {
            if let Some(label) = shown.iter().find(|label| label.id == outcome.id) {
                self.remember_variant(&outcome.id, &label_variants(&story, outcome), &label.text);
            }
        }
    }

    /// The outcomes of the current slot as they were shown before a reload; empty when they have not been shown.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        match &self.state.position {
            Position::Slot { labels, .. } => labels,
            _ => &[],
        }
    }

    /// What hearing a text leaves behind, apart from the history.
    pub(super) fn heard(&mut self, id: &str, who: &str, say: &str, generate: Option<&Gen>, text: &str) {
        self.remember_variant(id, &variants(&self.story.clone(), id, say, generate), text);
        // Variants too: each of them is said before one comes again.
        if generate.is_some() {
            self.state.remember(who, text);
        }
        if let Some(Gen::Rumor { of, .. }) = generate
            && text != say
            && !text.trim().is_empty()
        {
            let times = self.state.retellings.get(of).map_or(0, |last| last.times).saturating_add(1);
            let retelling =
                Retelling { text: text.to_owned(), who: who.to_owned(), times, locale: self.story.locale.clone() };
            self.state.retellings.insert(of.clone(), retelling);
        }
    }

    /// A text has been shown in these words: of its wordings this one was the last. Words that a model wrote, and those
    /// of a text with a single wording, leave nothing to remember.
    pub(super) fn remember_variant(&mut self, id: &str, wordings: &[Wording<'_>], text: &str) {
        if wordings.len() < 2 || id.is_empty() {
            return;
        }
        let place = wordings.iter().position(|wording| wording.say == text);
        if let Some(place) = place.and_then(|place| u32::try_from(place).ok()) {
            self.state.variants.insert(id.to_owned(), place);
        }
    }
}
