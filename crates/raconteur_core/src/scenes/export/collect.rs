//! Plays a story and gathers its texts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::super::{Said, Script, YOU};
use super::script::{of_choices, of_line, of_talk, one_line};
use super::{Differing, ExportOptions, Exported, WhySkipped};
use crate::bake::routes::{Routes, Sight, tellable};
use crate::compose::{Composer, Shown};
use crate::facts;
use crate::runner::{Moment, PLAYER};
use crate::story::format::{Gen, Story};
use crate::story::table::Table;
use crate::template::{TemplateError, Templates};
use crate::variants::variants;

/// Plays without anything new after which the rest is left out.
const PATIENCE: u64 = 24;

/// Facts of a talk: no template shows more.
const FACTS: usize = 3;

/// Gathers scenes in plays.
pub(super) struct Collector<'a> {
    /// The story with its baked variants.
    story: &'a Story,
    /// The same without: else a line with variants would be chosen, and nothing written.
    bare: Arc<Story>,
    composer: Composer,
    /// The layout in which scenes are rendered: the model's, without what the story overrides.
    templates: &'a Templates,
    found: Exported,
    /// Ids that have a scene or a reason.
    done: HashSet<String>,
    waiting: BTreeMap<String, WhySkipped>,
    /// What was said in each beat, each talk once.
    talks: Vec<(String, Vec<Said>, Vec<String>)>,
    /// Beats whose choices have been gathered, by what is open.
    offered: HashSet<(String, Vec<String>)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(story: &'a Story, templates: &'a Templates) -> Result<Self, TemplateError> {
        let bare = Arc::new(Story { baked: Table::default(), ..story.clone() });
        let composer = Composer::new(bare.clone(), templates)?;
        Ok(Self {
            story,
            bare,
            composer,
            templates,
            found: Exported::default(),
            done: HashSet::new(),
            waiting: BTreeMap::new(),
            talks: Vec::new(),
            offered: HashSet::new(),
        })
    }

    pub(super) fn collect(mut self, options: &ExportOptions) -> Exported {
        let mut routes = Routes::new(self.bare.clone(), options.seed);
        let mut dull = 0;
        for play in 0..options.plays {
            let new = routes.play(play, &mut |sight| self.look(sight));
            dull = if new { 0 } else { dull + 1 };
            if dull >= PATIENCE {
                break;
            }
        }
        let missing = |this: &Self| {
            let mut generated = this.bare.beats.iter().flat_map(|(_, beat)| &beat.lines);
            generated.any(|line| {
                let known = this.done.contains(&line.id) || this.waiting.contains_key(&line.id);
                !known && !matches!(line.generate, None | Some(Gen::Pick { .. }))
            })
        };
        if missing(&self) {
            // `look` and `done` both need the collector, one after the other.
            let this = std::cell::RefCell::new(&mut self);
            let done = &mut || !missing(&this.borrow());
            routes.search(options.states, &mut |sight| this.borrow_mut().look(sight), done);
        }
        self.whole_talks();
        self.examples();
        self.wordings();
        self.reasons();
        let mut seen = HashSet::new();
        self.found.scenes.retain(|scene| seen.insert(format!("{scene:?}")));
        self.found
    }

    /// Looks at a moment; gives whether it held anything new.
    fn look(&mut self, sight: &Sight<'_>) -> bool {
        let mut new = false;
        match sight.runner.moment() {
            Moment::Line { .. } => {
                if let Some(line) = sight.runner.line().cloned() {
                    new |= self.talk(sight, Some((&line.who, &line.say)));
                    let id = line.id.clone();
                    new |= self.text(&id, &line.say, &line.who, line.generate.as_ref(), |this| {
                        this.composer.shown_line(sight.runner, &line, sight.host).map(owned)
                    });
                }
            }
            Moment::Detour { .. } => {
                let beat = sight.runner.state().beat.clone();
                let say = sight.runner.detour().map(|detour| detour.say.clone()).unwrap_or_default();
                let shown = self.composer.shown_detour(sight.runner, sight.host).map(owned);
                new |= self.put(&format!("detour:{beat}"), &say, shown);
            }
            Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                new |= self.talk(sight, None);
                let ids: Vec<String> = open.iter().map(|choice| choice.id.clone()).collect();
                new |= self.choices(sight, ids);
            }
            Moment::Ended { .. } | Moment::Stuck(_) => new |= self.talk(sight, None),
        }
        let told: Vec<String> = tellable(&self.bare, sight.runner, sight.host).map(str::to_owned).collect();
        for id in told {
            let bare = self.bare.clone();
            if let Some(storylet) = bare.storylets.iter().find(|storylet| storylet.id == id) {
                if storylet.generate.is_none() {
                    new |= self.bark(sight, &id, &storylet.who, &storylet.say);
                }
                new |= self.text(&id, &storylet.say, &storylet.who, storylet.generate.as_ref(), |this| {
                    this.composer.shown_storylet(sight.runner, storylet, sight.host).map(owned)
                });
            }
        }
        new
    }

    /// A line or a storylet.
    fn text(
        &mut self,
        id: &str,
        say: &str,
        who: &str,
        generate: Option<&Gen>,
        shown: impl Fn(&Self) -> Option<(String, crate::template::Template, crate::template::Scene)>,
    ) -> bool {
        match generate {
            None if self.is_narrator(who) => self.reason(id, WhySkipped::Narration),
            // It stands in the talk of its beat, or is a talk by itself. Wordings of a `Pick` are gathered at the end.
            None | Some(Gen::Pick { .. }) => false,
            Some(Gen::Answer { .. }) => self.reason(id, WhySkipped::Answer),
            Some(_) => {
                let shown = if self.done.contains(id) { None } else { shown(self) };
                self.put(id, say, shown)
            }
        }
    }

    /// Makes the scene of a prompt, unless there is one.
    fn put(
        &mut self,
        id: &str,
        say: &str,
        shown: Option<(String, crate::template::Template, crate::template::Scene)>,
    ) -> bool {
        if self.done.contains(id) {
            return false;
        }
        let Some((name, template, scene)) = shown else { return false };
        let shown = Shown { name: &name, template: &template, scene };
        let ways = self.ways(id, say);
        match of_line(self.story, &shown, say, &ways) {
            Ok(script) => {
                self.compare(id, &shown, &script);
                self.found.scenes.push(script);
                self.done.insert(id.to_owned());
                true
            }
            Err(why) => self.reason(id, why),
        }
    }

    /// Remembers a reason, which counts when no later play makes a scene of it.
    fn reason(&mut self, id: &str, why: WhySkipped) -> bool {
        !self.done.contains(id) && self.waiting.insert(id.to_owned(), why).is_none()
    }

    /// Other authored wordings of a line: variants that were accepted, and those of a `Pick`.
    fn ways(&self, id: &str, say: &str) -> Vec<String> {
        let lines = self.story.beats.iter().flat_map(|(_, beat)| &beat.lines);
        let line = lines.map(|line| (&line.id, line.generate.as_ref()));
        let storylets = self.story.storylets.iter().map(|storylet| (&storylet.id, storylet.generate.as_ref()));
        let generate = line.chain(storylets).find(|(other, _)| *other == id).and_then(|(_, generate)| generate);
        let all = variants(self.story, id, say, generate);
        all.iter().map(|wording| wording.say.to_owned()).filter(|way| way != say).collect()
    }

    fn is_narrator(&self, who: &str) -> bool {
        who != PLAYER && self.story.cast.get(who).is_none_or(|character| character.name.trim().is_empty())
    }

    fn name(&self, who: &str) -> String {
        match self.story.cast.get(who) {
            _ if who == PLAYER => YOU.to_owned(),
            Some(character) => one_line(&character.name),
            None => String::new(),
        }
    }

    /// What has been said in this visit of the beat, with the line that is due.
    fn talk(&mut self, sight: &Sight<'_>, due: Option<(&str, &str)>) -> bool {
        let state = sight.runner.state();
        let mut turns: Vec<(String, String)> = Vec::new();
        // The question that led here is the last turn before the beat.
        let before = state.history.len().checked_sub(state.shown.len() + 1).and_then(|at| state.history.get(at));
        if let Some(turn) = before.filter(|turn| turn.who == PLAYER) {
            turns.push((turn.who.clone(), turn.text.clone()));
        }
        turns.extend(state.shown.iter().map(|shown| (shown.who.clone(), shown.text.clone())));
        turns.extend(due.map(|(who, say)| (who.to_owned(), say.to_owned())));
        let people: Vec<(String, String)> = turns.into_iter().filter(|(who, _)| !self.name(who).is_empty()).collect();
        let said: Vec<Said> = people.iter().map(|(who, text)| (self.name(who), text.clone())).collect();
        if said.iter().all(|(who, _)| who == YOU)
            || self.talks.iter().any(|(beat, known, _)| *beat == state.beat && known.starts_with(&said))
        {
            return false;
        }
        self.talks.retain(|(beat, known, _)| *beat != state.beat || !said.starts_with(known));
        let facts = self.called(sight, &people);
        self.talks.push((state.beat.clone(), said, facts));
        true
    }

    /// The facts that texts call up, of those that whoever says them may say.
    fn called(&self, sight: &Sight<'_>, said: &[(String, String)]) -> Vec<String> {
        let env = sight.runner.environment(sight.host);
        let mut facts: Vec<String> = Vec::new();
        for (who, text) in said {
            let known = facts::known(self.story, who, &sight.runner.state().beat, &env);
            for lore in facts::called(self.story, &known, &[text]) {
                if !facts.contains(&lore.says) && facts.len() < FACTS {
                    facts.push(lore.says.clone());
                }
            }
        }
        facts
    }

    /// A storylet that no model words: a line by itself, where it can be told.
    fn bark(&mut self, sight: &Sight<'_>, id: &str, who: &str, say: &str) -> bool {
        if self.done.contains(id) || self.is_narrator(who) {
            return false;
        }
        let facts = self.called(sight, &[(who.to_owned(), say.to_owned())]);
        let setting = facts::setting(self.story, &sight.runner.state().beat);
        match of_talk(self.story, setting, facts, vec![(self.name(who), say.to_owned())]) {
            Ok(script) => {
                self.found.scenes.push(script);
                self.done.insert(id.to_owned())
            }
            Err(why) => self.reason(id, why),
        }
    }

    fn whole_talks(&mut self) {
        for (beat, turns, facts) in std::mem::take(&mut self.talks) {
            let lines = self.story.beats.get(&beat).into_iter().flat_map(|beat| &beat.lines);
            let told: Vec<String> = lines
                .filter(|line| line.generate.is_none() && turns.iter().any(|(_, text)| *text == line.say))
                .map(|line| line.id.clone())
                .collect();
            match of_talk(self.story, facts::setting(self.story, &beat), facts, turns) {
                Ok(script) => {
                    self.found.scenes.push(script);
                    self.done.extend(told);
                }
                Err(why) => {
                    for id in &told {
                        self.reason(id, why);
                    }
                }
            }
        }
    }

    /// What could be done here, with the first thing that is told there.
    fn choices(&mut self, sight: &Sight<'_>, open: Vec<String>) -> bool {
        let beat = sight.runner.state().beat.clone();
        if !self.offered.insert((beat.clone(), open.clone())) {
            return false;
        }
        let Some(body) = self.bare.beats.get(&beat) else { return false };
        let choices = body.choices.iter().map(|choice| (&choice.id, &choice.say, &choice.to));
        let outcomes = body.slot.iter().flat_map(|slot| &slot.outcomes);
        let all = choices.chain(outcomes.map(|outcome| (&outcome.id, &outcome.say, &outcome.to)));
        let options: Vec<Said> = all
            .filter(|(id, say, _)| open.contains(id) && !say.trim().is_empty())
            .filter_map(|(_, say, to)| Some((say.clone(), self.what_follows(to)?)))
            .collect();
        let shown = self.composer.shown_labels(sight.runner, &beat, sight.host).map(owned);
        let Some((name, template, scene)) = shown else { return false };
        let shown = Shown { name: &name, template: &template, scene };
        let id = format!("choices:{beat}");
        match of_choices(self.story, &shown, options) {
            Ok(script) => {
                // One scene a beat: the widest offer comes first in most plays.
                if self.done.insert(id.clone()) {
                    self.compare(&id, &shown, &script);
                    self.found.scenes.push(script);
                }
                true
            }
            Err(why) => self.reason(&id, why),
        }
    }

    fn what_follows(&self, beat: &str) -> Option<String> {
        let body = self.bare.beats.get(beat)?;
        let first = body.lines.iter().find(|line| line.when.is_none() && !line.say.trim().is_empty());
        let text = first.map_or_else(|| facts::setting(&self.bare, beat), |line| line.say.as_str());
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// Examples of the talk of each of the cast, in the setting of the first beat in which they speak.
    fn examples(&mut self) {
        let story = self.story;
        for (who, character) in story.cast.iter().filter(|(who, _)| *who != PLAYER) {
            let id = format!("talks:{who}");
            let beat = story.beats.iter().find(|(_, beat)| beat.lines.iter().any(|line| line.who == who));
            let setting = beat.map_or("", |(beat, _)| facts::setting(story, beat));
            if character.talks.is_empty() || character.name.trim().is_empty() {
                continue;
            }
            let name = one_line(&character.name);
            let turns = character
                .talks
                .iter()
                .flat_map(|(asked, said)| [(YOU.to_owned(), asked.clone()), (name.clone(), said.clone())]);
            match of_talk(story, setting, Vec::new(), turns.collect()) {
                Ok(script) => self.found.scenes.push(script),
                Err(why) => {
                    self.reason(&id, why);
                }
            }
        }
    }

    /// Wordings of lines whose own scene is none of a rewording.
    fn wordings(&mut self) {
        let story = self.story;
        for (beat, body) in story.beats.iter() {
            for line in &body.lines {
                let ways = self.ways(&line.id, &line.say);
                let is_vary = matches!(line.generate, Some(Gen::Vary(_)));
                let Some(character) = story.cast.get(&line.who).filter(|_| !ways.is_empty() && !is_vary) else {
                    continue;
                };
                let Some(template) = self.templates.get("vary") else { continue };
                let scene = crate::template::Scene {
                    setting: facts::setting(story, beat).to_owned(),
                    personas: vec![crate::persona::Persona::of_character(character, "")],
                    speaker: character.name.clone(),
                    ..crate::template::Scene::default()
                };
                let shown = Shown { name: "vary", template, scene };
                let result = of_line(story, &shown, &line.say, &ways);
                match result {
                    Ok(script) => {
                        self.found.scenes.push(script);
                        self.done.insert(line.id.clone());
                    }
                    Err(why) => {
                        self.reason(&line.id, why);
                    }
                }
            }
        }
    }

    /// Whether the rendered scene begins with the prompt of the game.
    fn compare(&mut self, id: &str, shown: &Shown<'_>, script: &Script) {
        let prompt = shown.prompt();
        let scene = script.render(self.templates).unwrap_or_default();
        if scene.starts_with(&prompt) {
            self.found.in_layout += 1;
            return;
        }
        let mut pairs = prompt.lines().zip(scene.lines().chain(std::iter::repeat(""))).enumerate();
        let Some((at, (prompt, scene))) = pairs.find(|(_, (prompt, scene))| !scene.starts_with(prompt)) else { return };
        let others = script.speakers.len() > shown.scene.personas.len();
        let why = if self.templates.get(shown.name) != Some(shown.template) {
            "the story has a template of its own for it, which scenes are not rendered with"
        } else if others {
            "somebody else speaks in it, and in a scene everybody who speaks has a line of voice"
        } else {
            "the layout has no place for it in a scene of this kind"
        };
        let (id, prompt, scene) = (id.to_owned(), prompt.to_owned(), scene.to_owned());
        self.found.differing.push(Differing { id, line: at + 1, prompt, scene, why });
    }

    /// Counts what has no scene.
    fn reasons(&mut self) {
        let mut all: HashMap<String, Option<WhySkipped>> = HashMap::new();
        let lines = self.story.beats.iter().flat_map(|(_, beat)| &beat.lines).map(|line| line.id.clone());
        let storylets = self.story.storylets.iter().map(|storylet| storylet.id.clone());
        let ids: Vec<String> = lines.chain(storylets).collect();
        for id in ids.iter().filter(|id| !self.done.contains(*id)) {
            all.insert(id.clone(), self.waiting.remove(id));
        }
        for (id, why) in std::mem::take(&mut self.waiting) {
            if !self.done.contains(&id) {
                all.insert(id, Some(why));
            }
        }
        for (id, why) in all {
            self.found.skipped.entry(why.unwrap_or(WhySkipped::NotReached)).or_default().push(id);
        }
        self.found.skipped.values_mut().for_each(|ids| ids.sort());
    }
}

/// Taken from the composer, so that the collector may be changed.
fn owned(shown: Shown<'_>) -> (String, crate::template::Template, crate::template::Scene) {
    (shown.name.to_owned(), shown.template.clone(), shown.scene)
}
