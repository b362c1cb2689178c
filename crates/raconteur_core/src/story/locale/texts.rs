//! All texts of a story that can be translated, by their keys.

use std::collections::HashSet;

use crate::story::format::{Beat, Gen, Lore, Story, Translation, Writing};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextKind {
    /// The title of the story.
    Title,
    /// What the screen calls a character.
    Name,
    /// How a character talks.
    Voice,
    /// What the screen calls a group.
    Group,
    /// What the screen calls a place.
    Place,
    /// What prompts say of a place.
    Scene,
    /// A fact.
    Lore,
    /// The setting of a beat.
    Setting,
    /// What is said in a beat.
    Line,
    /// The label of a choice.
    Choice,
    /// The tone of the labels of a slot.
    Slot,
    /// The label of an outcome.
    Outcome,
    /// The authored text of an interlude.
    Detour,
    /// What is said outside of beats.
    Storylet,
}

impl TextKind {
    /// Its name in files for translators.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Name => "name",
            Self::Voice => "voice",
            Self::Group => "group",
            Self::Place => "place",
            Self::Scene => "scene",
            Self::Lore => "lore",
            Self::Setting => "setting",
            Self::Line => "line",
            Self::Choice => "choice",
            Self::Slot => "slot",
            Self::Outcome => "outcome",
            Self::Detour => "detour",
            Self::Storylet => "storylet",
        }
    }

    /// Whether a player reads it. The others stand in prompts only, and are wanted where a model writes in the language.
    #[must_use]
    pub fn is_shown(self) -> bool {
        !matches!(self, Self::Voice | Self::Scene | Self::Lore | Self::Setting | Self::Slot)
    }
}

/// A text that can be translated.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Its key in translations.
    pub key: String,
    /// What it is.
    pub kind: TextKind,
    /// Cast id of the speaker, if somebody says it.
    pub who: Option<String>,
    /// The beat that it stands in.
    pub beat: Option<String>,
    /// The text as `say`, and what else of it can be translated, in the fields that a translation has for it.
    pub source: Translation,
}

impl Text {
    /// Hash of the text as it is now; see [`lock`](super::lock).
    #[must_use]
    pub fn lock(&self) -> String {
        super::lock(&self.source.say)
    }

    fn new(key: impl Into<String>, kind: TextKind, say: &str) -> Self {
        let source = Translation { say: say.to_owned(), ..Translation::default() };
        Self { key: key.into(), kind, who: None, beat: None, source }
    }

    fn by(self, who: &str) -> Self {
        Self { who: Some(who.to_owned()), ..self }
    }

    fn at(self, beat: &str) -> Self {
        Self { beat: Some(beat.to_owned()), ..self }
    }

    /// Takes in what a model is told about the text. `baked` are its reviewed variants, which are translated as those of
    /// a `Pick` are.
    fn generated(mut self, generate: Option<&Gen>, baked: &[String]) -> Self {
        let some = |list: &[Vec<String>]| (!list.is_empty()).then(|| list.to_vec());
        let words = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let source = &mut self.source;
        match generate {
            None => return self,
            Some(Gen::Pick { from, .. }) => source.from = words(from),
            Some(
                Gen::Vary(Writing { goal, tone, must, must_not, .. })
                | Gen::Free(Writing { goal, tone, must, must_not, .. }),
            ) => {
                source.goal.clone_from(goal);
                source.tone.clone_from(tone);
                source.must = some(must);
                source.must_not = words(must_not);
            }
            Some(Gen::Answer { must, must_not, .. }) => {
                source.must = some(must);
                source.must_not = words(must_not);
            }
            Some(Gen::Rumor { keep, .. }) => {
                source.must = (!keep.is_empty()).then(|| keep.iter().map(|word| vec![word.clone()]).collect());
            }
        }
        if !baked.is_empty() {
            source.from.get_or_insert_default().extend_from_slice(baked);
        }
        self
    }
}

impl Story {
    /// All texts that can be translated, in the order of the story: title, cast, groups, places, facts, beats,
    /// storylets. Empty ones are left out, and of two with one key the second.
    #[must_use]
    pub fn texts(&self) -> Vec<Text> {
        let mut texts = vec![Text::new("title", TextKind::Title, &self.title)];
        for (id, character) in self.cast.iter() {
            texts.push(Text::new(format!("name:{id}"), TextKind::Name, &character.name).by(id));
            let mut voice = Text::new(format!("voice:{id}"), TextKind::Voice, &character.voice).by(id);
            voice.source.talks = (!character.talks.is_empty()).then(|| character.talks.clone());
            texts.push(voice);
        }
        for (id, group) in self.groups.iter() {
            texts.push(Text::new(format!("group:{id}"), TextKind::Group, &group.name));
        }
        for (id, place) in self.places.iter() {
            texts.push(Text::new(format!("place:{id}"), TextKind::Place, &place.name));
            texts.push(Text::new(format!("scene:{id}"), TextKind::Scene, &place.setting));
        }
        texts.extend(self.lore.iter().map(|(id, lore)| fact(id, lore)));
        for (id, beat) in self.beats.iter() {
            self.beat_texts(id, beat, &mut texts);
        }
        for storylet in &self.storylets {
            let text = Text::new(&storylet.id, TextKind::Storylet, &storylet.say).by(&storylet.who);
            texts.push(text.generated(storylet.generate.as_ref(), &self.baked_words(&storylet.id, &storylet.say)));
        }
        let mut seen = HashSet::new();
        texts.retain(|text| !text.key.is_empty() && !is_blank(&text.source) && seen.insert(text.key.clone()));
        texts
    }

    /// The text of a key, in the language of the story; see [`Locale::texts`](crate::story::format::Locale::texts).
    /// Walks the story: for one text now and then.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<Text> {
        self.texts().into_iter().find(|text| text.key == key)
    }

    fn beat_texts(&self, id: &str, beat: &Beat, texts: &mut Vec<Text>) {
        texts.push(Text::new(format!("setting:{id}"), TextKind::Setting, &beat.setting).at(id));
        for line in &beat.lines {
            let text = Text::new(&line.id, TextKind::Line, &line.say).by(&line.who).at(id);
            texts.push(text.generated(line.generate.as_ref(), &self.baked_words(&line.id, &line.say)));
        }
        if let Some(detour) = &beat.detour {
            let mut text = Text::new(format!("detour:{id}"), TextKind::Detour, &detour.say).at(id);
            text.source.goal.clone_from(&detour.goal);
            text.source.reads = (!detour.reads.is_empty()).then(|| detour.reads.clone());
            texts.push(text);
        }
        let choices = beat.choices.iter().chain(&beat.otherwise);
        texts.extend(choices.map(|choice| Text::new(&choice.id, TextKind::Choice, &choice.say).at(id)));
        if let Some(slot) = &beat.slot {
            texts.push(Text::new(format!("slot:{id}"), TextKind::Slot, &slot.tone).at(id));
            for outcome in &slot.outcomes {
                let mut text = Text::new(&outcome.id, TextKind::Outcome, &outcome.say).at(id);
                text.source.must = (!outcome.must.is_empty()).then(|| outcome.must.clone());
                text.source.must_not = (!outcome.must_not.is_empty()).then(|| outcome.must_not.clone());
                let baked = self.baked_words(&outcome.id, &outcome.say);
                text.source.from = (!baked.is_empty()).then_some(baked);
                texts.push(text);
            }
        }
    }

    /// The accepted variants of a text that were written for it as it is now.
    fn baked_words(&self, id: &str, say: &str) -> Vec<String> {
        let variants = self.baked.get(id).map(Vec::as_slice).unwrap_or_default();
        let lock = super::lock(say);
        let good = variants.iter().filter(|variant| variant.accept && variant.lock == lock);
        good.map(|variant| variant.say.clone()).collect()
    }
}

fn fact(id: &str, lore: &Lore) -> Text {
    let mut text = Text::new(format!("lore:{id}"), TextKind::Lore, &lore.says);
    text.source.keys = (!lore.keys.is_empty()).then(|| lore.keys.clone());
    text
}

/// Whether there is nothing to translate.
fn is_blank(source: &Translation) -> bool {
    let Translation { say, goal, tone, from, keys, talks, reads, .. } = source;
    let lists = from.is_some() || keys.is_some() || talks.is_some() || reads.is_some();
    [say, goal, tone].iter().all(|text| text.trim().is_empty()) && !lists
}
