//! A story in another language: the same graph with other words.

use std::collections::HashMap;

use super::coverage::gaps;
use super::{Term, Text, chain, lock};
use crate::story::format::{
    Decode, Gen, Locale, NamePolicy, Outcome, Policy, Slot, Story, Translation, Variant, Writing,
};
use crate::story::table::Table;

/// A name that no template has: what asks for it is never written by a model and shows its authored text.
const NO_PROMPT: &str = "";

/// Whether drafts are shown: translations of a machine that nobody has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Drafts {
    /// The text stays in the language of the story.
    #[default]
    Hidden,
    /// They are shown as translations are. For those who review them in place; nothing is generated from a draft.
    Shown,
}

impl Story {
    /// The story in another language. Give it the story as it was read, not one that has been localised already.
    ///
    /// - **Texts** come from the translation of exactly this tag, else from that of the language (`de` for `de-CH`), else
    ///   they stay, text by text. Drafts are not shown. A stale translation is shown: it is still nearer than the
    ///   original.
    /// - **Generation** is for texts whose translation says `generate: true`, and that have in it what the model is told
    ///   in the original: the goal and `must`. All others show their translation, and so do texts that have none:
    ///   a prompt in two languages helps nobody. A `Pick` whose variants are translated picks among them without a model.
    /// - **The glossary** holds for generated texts: one whose translation has a term must have it too. Its terms are
    ///   known names.
    /// - **Settings**: `prompts`, `ban`, `decode` and `capitals` of the translation go before those of the story.
    ///
    /// Ids, conditions, effects and ways on are the same, so a state moves from one to the other. Without a translation
    /// for the tag the answer is the story itself.
    #[must_use]
    pub fn localized(&self, tag: &str) -> Self {
        self.localized_with(tag, Drafts::Hidden)
    }

    /// As [`localized`](Self::localized), with drafts or without.
    #[must_use]
    pub fn localized_with(&self, tag: &str, drafts: Drafts) -> Self {
        let chain = chain(self, tag);
        let mut story = self.clone();
        let Some((exact, _)) = chain.first() else { return story };
        story.locale = (*exact).to_owned();
        let texts = self.texts();
        let sources = texts.iter().map(|text| (text.key.as_str(), text)).collect();
        let words = Words {
            chain: chain.iter().map(|(_, locale)| *locale).collect(),
            sources,
            terms: self.terms(tag),
            baked: &self.baked,
            drafts,
        };
        words.world(&mut story);
        let mut baked = Table::default();
        words.beats(&mut story, &mut baked);
        words.storylets(&mut story, &mut baked);
        let kept = self.baked.iter().filter(|(id, _)| !baked.contains(id));
        let new = baked.iter().filter(|(_, variants)| !variants.is_empty());
        story.baked = kept.chain(new).map(|(id, variants)| (id.to_owned(), variants.clone())).collect();
        for locale in words.chain.iter().rev() {
            settings(&mut story, locale);
        }
        story
    }

    /// The translation whose language the story is in, if it has been [`localized`](Self::localized): its `model` writes
    /// here.
    #[must_use]
    pub fn language(&self) -> Option<&Locale> {
        chain(self, &self.locale).first().map(|(_, locale)| *locale)
    }
}

struct Words<'a> {
    /// The translations, the most specific first.
    chain: Vec<&'a Locale>,
    sources: HashMap<&'a str, &'a Text>,
    terms: Vec<Term>,
    /// The reviewed variants of the story.
    baked: &'a Table<Vec<Variant>>,
    drafts: Drafts,
}

impl<'a> Words<'a> {
    /// The translation that is shown for a key, and that it stands in.
    fn find(&self, key: &str) -> Option<(&'a Locale, &'a Translation)> {
        self.first(key, |translated| (!translated.say.trim().is_empty()).then_some(translated))
    }

    fn first<T>(&self, key: &str, part: impl Fn(&'a Translation) -> Option<T>) -> Option<(&'a Locale, T)> {
        self.chain.iter().find_map(|locale| {
            let shown = |translated: &&Translation| !translated.draft || self.drafts == Drafts::Shown;
            let translated = locale.texts.get(key).filter(shown)?;
            Some((*locale, part(translated)?))
        })
    }

    /// Puts the translated text into `say`.
    fn put(&self, key: &str, say: &mut String) {
        if let Some((_, translated)) = self.find(key) {
            say.clone_from(&translated.say);
        }
    }

    /// The translation that a model may write by.
    fn written(&self, key: &str) -> Option<&'a Translation> {
        let (locale, translated) = self.find(key).filter(|(_, translated)| !translated.draft)?;
        let source = self.sources.get(key)?;
        // Variants are nothing that a model is told.
        let complete = gaps(&source.source, translated).iter().all(|field| *field == "from");
        (locale.generate && complete).then_some(translated)
    }

    /// The reviewed variants of a text that is shown in this language: those that were written for its translation.
    fn reviewed(&self, id: &str, shown: &Translation) -> Vec<Variant> {
        let lock = lock(&shown.say);
        let variants = self.baked.get(id).map(Vec::as_slice).unwrap_or_default();
        variants.iter().filter(|variant| variant.lock == lock).cloned().collect()
    }

    /// The groups of words that a text has to have because its translation has terms of the glossary.
    fn kept(&self, say: &str) -> Vec<Vec<String>> {
        self.terms.iter().filter(|term| term.kept_by(say).is_some()).map(|term| term.target.clone()).collect()
    }

    fn world(&self, story: &mut Story) {
        self.put("title", &mut story.title);
        for (id, character) in story.cast.iter_mut() {
            self.put(&format!("name:{id}"), &mut character.name);
            let voice = format!("voice:{id}");
            self.put(&voice, &mut character.voice);
            if let Some((_, talks)) = self.first(&voice, |translated| translated.talks.as_ref()) {
                character.talks.clone_from(talks);
            }
        }
        for (id, group) in story.groups.iter_mut() {
            self.put(&format!("group:{id}"), &mut group.name);
        }
        for (id, place) in story.places.iter_mut() {
            self.put(&format!("place:{id}"), &mut place.name);
            self.put(&format!("scene:{id}"), &mut place.setting);
        }
        for (id, lore) in story.lore.iter_mut() {
            let key = format!("lore:{id}");
            self.put(&key, &mut lore.says);
            if let Some((_, keys)) = self.first(&key, |translated| translated.keys.as_ref()) {
                lore.keys.clone_from(keys);
            }
        }
    }

    fn beats(&self, story: &mut Story, baked: &mut Table<Vec<Variant>>) {
        for (id, beat) in story.beats.iter_mut() {
            self.put(&format!("setting:{id}"), &mut beat.setting);
            for line in &mut beat.lines {
                line.generate = self.generate(&line.id, line.generate.take(), baked);
                self.put(&line.id, &mut line.say);
            }
            for choice in beat.choices.iter_mut().chain(&mut beat.otherwise) {
                self.put(&choice.id, &mut choice.say);
            }
            if let Some(detour) = &mut beat.detour {
                let key = format!("detour:{id}");
                self.put(&key, &mut detour.say);
                match self.detour(&key) {
                    Some(translated) => {
                        detour.goal.clone_from(&translated.goal);
                        if let Some(reads) = &translated.reads {
                            detour.reads.clone_from(reads);
                        }
                    }
                    None => detour.prompt = NO_PROMPT.to_owned(),
                }
            }
            if let Some(slot) = &mut beat.slot {
                self.slot(id, slot, baked);
            }
        }
    }

    fn storylets(&self, story: &mut Story, baked: &mut Table<Vec<Variant>>) {
        for storylet in &mut story.storylets {
            storylet.generate = self.generate(&storylet.id, storylet.generate.take(), baked);
            self.put(&storylet.id, &mut storylet.say);
        }
    }

    /// An interlude may have no authored text, so it is its goal that has to be translated.
    fn detour(&self, key: &str) -> Option<&'a Translation> {
        let (locale, translated) =
            self.first(key, |translated| (!translated.goal.trim().is_empty()).then_some(translated))?;
        let source = self.sources.get(key)?;
        let complete = !translated.draft && gaps(&source.source, translated).is_empty();
        (locale.generate && complete).then_some(translated)
    }

    /// What a model may do with a line in this language. `baked` takes in the reviewed variants of what has a text here:
    /// those in the other language are not shown for it.
    fn generate(&self, id: &str, generate: Option<Gen>, baked: &mut Table<Vec<Variant>>) -> Option<Gen> {
        let generate = generate?;
        let policy = policy_of(&generate).to_owned();
        let Some((_, shown)) = self.find(id) else {
            // A line in the language of the story stays as it is, variants included, but no model is asked.
            return match generate {
                Gen::Pick { from, .. } => Some(Gen::Pick { from, prompt: NO_PROMPT.to_owned(), policy }),
                _ if self.baked.contains(id) => {
                    Some(Gen::Pick { from: Vec::new(), prompt: NO_PROMPT.to_owned(), policy })
                }
                _ => None,
            };
        };
        let reviewed = self.reviewed(id, shown);
        let written = self.written(id);
        let accepted = written.is_none() && reviewed.iter().any(|variant| variant.accept);
        let chosen = shown.from.clone().or_else(|| accepted.then(Vec::new));
        baked.push(id, reviewed);
        match (generate, written, chosen) {
            (Gen::Pick { prompt, .. }, written, Some(from)) => {
                let prompt = if written.is_some() { prompt } else { NO_PROMPT.to_owned() };
                Some(Gen::Pick { from, prompt, policy })
            }
            // Variants of a line with another mode are reviewed ones, which go before what a model might write.
            (Gen::Vary(_) | Gen::Free(_) | Gen::Rumor { .. }, _, Some(from)) => {
                Some(Gen::Pick { from, prompt: NO_PROMPT.to_owned(), policy })
            }
            (Gen::Pick { .. }, _, None) | (_, None, _) => None,
            (Gen::Vary(writing), Some(by), None) => Some(Gen::Vary(self.writing(writing, by, &shown.say))),
            (Gen::Free(writing), Some(by), None) => Some(Gen::Free(self.writing(writing, by, &shown.say))),
            (Gen::Answer { prompt, from, unsure, quote, floor, .. }, Some(by), _) => Some(Gen::Answer {
                prompt,
                policy,
                from,
                unsure,
                quote,
                floor,
                // An answer is about what was asked, not about what the line says: the terms of the line are not its.
                must: by.must.clone().unwrap_or_default(),
                must_not: by.must_not.clone().unwrap_or_default(),
            }),
            (Gen::Rumor { prompt, of, drift, .. }, Some(by), None) => {
                let own = by.must.iter().flatten().filter_map(|group| group.first());
                let kept = self.terms.iter().filter_map(|term| term.kept_by(&shown.say));
                let keep = own.map(String::as_str).chain(kept).map(str::to_owned).collect();
                Some(Gen::Rumor { prompt, policy, of, keep, drift })
            }
        }
    }

    fn writing(&self, writing: Writing, by: &Translation, say: &str) -> Writing {
        let mut must = by.must.clone().unwrap_or_default();
        must.append(&mut self.kept(say));
        let must_not = by.must_not.clone().unwrap_or_default();
        Writing { goal: by.goal.clone(), tone: by.tone.clone(), must, must_not, ..writing }
    }

    /// A slot is worded and ranked when all of its labels can be: else the player would choose between two languages, or
    /// between labels of which a model has worded some.
    fn slot(&self, beat: &str, slot: &mut Slot, baked: &mut Table<Vec<Variant>>) {
        let all = slot.outcomes.iter().all(|outcome| self.written(&outcome.id).is_some());
        for outcome in &mut slot.outcomes {
            if let Some((_, shown)) = self.find(&outcome.id) {
                let mut variants = self.reviewed(&outcome.id, shown);
                variants.extend(accepted(&shown.say, shown.from.as_deref().unwrap_or_default()));
                baked.push(&*outcome.id, variants);
            }
            self.put(&outcome.id, &mut outcome.say);
            let (must, must_not) = self.label(outcome);
            outcome.must = must;
            outcome.must_not = must_not;
        }
        // The tone of another language is no tone of this one.
        let tone = std::mem::take(&mut slot.tone);
        let key = format!("slot:{beat}");
        if all {
            self.put(&key, &mut slot.tone);
        } else {
            slot.tone = tone;
            slot.prompt = NO_PROMPT.to_owned();
        }
    }

    fn label(&self, outcome: &Outcome) -> (Vec<Vec<String>>, Vec<String>) {
        let Some(by) = self.written(&outcome.id) else { return (outcome.must.clone(), outcome.must_not.clone()) };
        let mut must = by.must.clone().unwrap_or_default();
        must.append(&mut self.kept(&outcome.say));
        (must, by.must_not.clone().unwrap_or_default())
    }
}

/// Translated variants of a label, as those that a person has reviewed.
fn accepted(say: &str, from: &[String]) -> Vec<Variant> {
    let variant = |text: &String| Variant { say: text.clone(), accept: true, lock: lock(say), ..Variant::default() };
    from.iter().map(variant).collect()
}

fn policy_of(generate: &Gen) -> &str {
    match generate {
        Gen::Pick { policy, .. } | Gen::Answer { policy, .. } | Gen::Rumor { policy, .. } => policy,
        Gen::Vary(writing) | Gen::Free(writing) => &writing.policy,
    }
}

/// Puts the settings of a translation over those of the story.
fn settings(story: &mut Story, locale: &Locale) {
    for (id, prompt) in locale.prompts.iter() {
        match story.prompts.get_mut(id) {
            Some(own) => own.clone_from(prompt),
            None => story.prompts.push(id, prompt.clone()),
        }
    }
    // Lines without a policy of their own run under one that the story need not write down.
    if !story.policies.contains("default") {
        story.policies.push("default", Policy::default());
    }
    for (_, policy) in story.policies.iter_mut() {
        if let Some(ban) = &locale.ban {
            policy.ban.clone_from(ban);
        }
        if locale.capitals == Some(false) {
            policy.names = NamePolicy::Any;
        }
        overlay(&mut policy.decode, locale.decode);
    }
}

fn overlay(decode: &mut Decode, over: Decode) {
    let Decode { temperature, top_p, top_k, min_p, repetition_penalty } = over;
    decode.temperature = temperature.or(decode.temperature);
    decode.top_p = top_p.or(decode.top_p);
    decode.top_k = top_k.or(decode.top_k);
    decode.min_p = min_p.or(decode.min_p);
    decode.repetition_penalty = repetition_penalty.or(decode.repetition_penalty);
}
