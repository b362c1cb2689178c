//! From a line of a story to a request: the prompt, the sampling, the limits and the rules.
//!
//! ```text
//! Runner + Line -> who may know what (facts) -> Scene -> Prompt
//!               -> policy + character        -> GenerationConfig, Constraints, Rules, Ranking   -> LineRequest
//! ```
//! The same place in the same play-through gives the same request, seed included (see [`seed_of`]).

mod ahead;
mod policy;
mod seed;
mod slot;
mod talk;

use std::collections::HashMap;
use std::sync::Arc;

use crate::facts;
use crate::judge::KnownNames;
use crate::persona::Persona;
use crate::player_text::PlayerText;
use crate::request::{LineRequest, Turn, Why, Work};
use crate::runner::{Host, PLAYER, Position, Runner};
use crate::story::format::{Gen, Line, Policy, Story, Storylet, Writing};
use crate::template::{Scene, Slot, TemplateError, Templates};
use crate::{generate::Priority, template::Template};

pub use seed::seed_of;
pub use talk::Talk;

use policy::Limits;

/// Shown when even the authored text is missing: a request never ends with nothing.
pub(crate) const SILENCE: &str = "…";

/// Makes requests for the lines of one story.
#[derive(Debug, Clone)]
pub struct Composer {
    story: Arc<Story>,
    templates: Templates,
    /// What `names: Known` allows.
    names: KnownNames,
    /// The beat that each line stands in.
    beat_of: HashMap<String, String>,
    no_policy: Policy,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once a line and taken apart at once; a box would only be noise")]
pub enum Composed {
    /// It shows its authored text, and no model is asked.
    Authored(Why),
    /// A model may improve on it.
    Request(LineRequest),
}

/// A line or a storylet, as far as composing goes.
#[derive(Clone, Copy)]
struct Spoken<'a> {
    id: &'a str,
    who: &'a str,
    say: &'a str,
    generate: Option<&'a Gen>,
}

impl<'a> From<&'a Line> for Spoken<'a> {
    fn from(line: &'a Line) -> Self {
        Self { id: &line.id, who: &line.who, say: &line.say, generate: line.generate.as_ref() }
    }
}

impl<'a> From<&'a Storylet> for Spoken<'a> {
    fn from(storylet: &'a Storylet) -> Self {
        Self { id: &storylet.id, who: &storylet.who, say: &storylet.say, generate: storylet.generate.as_ref() }
    }
}

/// What a mode of generation wants, apart from its kind.
struct Brief<'a> {
    template: &'a str,
    policy: &'a str,
    goal: &'a str,
    tone: &'a str,
    must: &'a [Vec<String>],
    must_not: &'a [String],
    /// The line to reword, when that is what is asked.
    reword: &'a str,
    /// The facts it may use; `None` for all that the speaker may say.
    from: Option<&'a [String]>,
    /// Words that the writer uses in this very line, which therefore cannot be secrets of it.
    own_words: Vec<&'a str>,
}

impl Composer {
    /// A composer for a story, with the templates of the model and those of the story over them.
    ///
    /// # Errors
    /// [`TemplateError::Named`] when a template of the story cannot be read.
    pub fn new(story: Arc<Story>, templates: &Templates) -> Result<Self, TemplateError> {
        let templates = templates.overridden_by(&story)?;
        let names = KnownNames::of_story(&story);
        let mut beat_of = HashMap::new();
        for (beat, body) in story.beats.iter() {
            for line in &body.lines {
                beat_of.entry(line.id.clone()).or_insert_with(|| beat.to_owned());
            }
        }
        Ok(Self { story, templates, names, beat_of, no_policy: Policy::default() })
    }

    /// The story.
    #[must_use]
    pub fn story(&self) -> &Arc<Story> {
        &self.story
    }

    /// What becomes of a line: the current one, or one further on that is wanted ahead of time.
    ///
    /// For a line further on in the current beat, the lines before it count as said with their authored text.
    #[must_use]
    pub fn line(&self, runner: &Runner, line: &Line, host: &dyn Host) -> Composed {
        self.spoken(runner, line.into(), Priority::OnScreen, host)
    }

    /// What becomes of a storylet. Nobody waits for it.
    #[must_use]
    pub fn storylet(&self, runner: &Runner, storylet: &Storylet, host: &dyn Host) -> Composed {
        self.spoken(runner, storylet.into(), Priority::Ambient, host)
    }

    /// An answer to a question, for a line with `gen: Answer`: from the facts that the line lists and that its speaker
    /// knows, does not hide, and that hold now. When there is no such fact, or the question is empty, the answer is the
    /// authored text of [`unsure`](Self::unsure).
    #[must_use]
    pub fn answer(&self, runner: &Runner, line: &Line, question: &PlayerText, host: &dyn Host) -> Composed {
        let Some(Gen::Answer { prompt, policy, from, must, must_not, .. }) = &line.generate else {
            return Composed::Authored(Why::Written);
        };
        let known = facts::known(&self.story, &line.who, &runner.environment(host));
        if question.is_empty() || !from.iter().any(|fact| known.contains(&fact.as_str())) {
            return Composed::Authored(Why::Written);
        }
        let brief = Brief {
            template: prompt,
            policy,
            goal: "",
            tone: "",
            must,
            must_not,
            reword: "",
            from: Some(from),
            own_words: Vec::new(),
        };
        let heard = Some((PLAYER, question.as_str()));
        let composed = self.write(runner, line.into(), &brief, heard, Priority::Addressed, host);
        match composed {
            Composed::Request(request) => {
                Composed::Request(LineRequest { fallback: or_silence(self.unsure(line)), ..request })
            }
            authored @ Composed::Authored(_) => authored,
        }
    }

    /// What a line with `gen: Answer` says when there is no answer: the authored text of the line that it names as
    /// `unsure`. For any other line its own authored text.
    #[must_use]
    pub fn unsure<'a>(&'a self, line: &'a Line) -> &'a str {
        let Some(Gen::Answer { unsure, .. }) = &line.generate else { return &line.say };
        let lines = self.story.beats.iter().flat_map(|(_, beat)| &beat.lines).map(|line| (&line.id, &line.say));
        let storylets = self.story.storylets.iter().map(|storylet| (&storylet.id, &storylet.say));
        let found = lines.chain(storylets).find(|(id, say)| *id == unsure && !say.trim().is_empty());
        found.map_or(line.say.as_str(), |(_, say)| say)
    }

    fn spoken(&self, runner: &Runner, line: Spoken<'_>, priority: Priority, host: &dyn Host) -> Composed {
        match line.generate {
            // An answer needs a question; until there is one, the line stands as it was written.
            None | Some(Gen::Answer { .. }) => Composed::Authored(Why::Written),
            Some(Gen::Rumor { .. }) => Composed::Authored(Why::NotYet("Rumor".to_owned())),
            Some(Gen::Vary(writing)) => {
                let brief = Brief { reword: line.say, ..Brief::of(writing, line.say) };
                self.write(runner, line, &brief, None, priority, host)
            }
            Some(Gen::Free(writing)) => self.write(runner, line, &Brief::of(writing, line.say), None, priority, host),
            Some(Gen::Pick { from, prompt, policy }) => self.pick(runner, line, from, prompt, policy, priority, host),
        }
    }

    fn write(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        brief: &Brief<'_>,
        heard: Option<(&str, &str)>,
        priority: Priority,
        host: &dyn Host,
    ) -> Composed {
        let Some(template) = self.templates.get(brief.template) else { return Composed::Authored(Why::Written) };
        let policy = self.policy(brief.policy);
        let scene = self.scene(runner, line, template, brief, heard, host);
        let Some(speaker) = scene.personas.first() else { return Composed::Authored(Why::Written) };
        let limits = Limits {
            policy,
            speaker,
            must: brief.must,
            must_not: brief.must_not,
            forbidden: self.forbidden(runner, line.who, brief, host),
            names: &self.names,
            labels: self.cast_names(),
            recent: recent_lines(runner, line.who),
            reword: brief.reword,
            sentence_end: true,
            min_tokens: policy.tokens.0,
            more_stops: &[],
            seed: seed_of(runner.state().seed, line.id, self.times(runner, line.id)),
        };
        let work = limits.work(template.render(&scene, self.templates.start_of_text), &scene);
        Composed::Request(LineRequest { work, fallback: or_silence(line.say), priority, budget_ms: policy.budget_ms })
    }

    fn pick(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        variants: &[String],
        prompt: &str,
        policy: &str,
        priority: Priority,
        host: &dyn Host,
    ) -> Composed {
        let Some(template) = self.templates.get(prompt) else { return Composed::Authored(Why::Written) };
        let mut from = vec![line.say.to_owned()];
        from.extend(variants.iter().filter(|text| *text != line.say).cloned());
        from.retain(|text| !text.trim().is_empty());
        if from.len() < 2 {
            return Composed::Authored(Why::Written);
        }
        let brief = Brief {
            template: prompt,
            policy,
            goal: "",
            tone: "",
            must: &[],
            must_not: &[],
            reword: "",
            from: None,
            own_words: Vec::new(),
        };
        let scene = self.scene(runner, line, template, &brief, None, host);
        let policy = self.policy(policy);
        let work = Work::Pick {
            prompt: template.render(&scene, self.templates.start_of_text),
            from,
            null: policy::null_context(policy, &scene),
        };
        Composed::Request(LineRequest { work, fallback: or_silence(line.say), priority, budget_ms: policy.budget_ms })
    }

    fn scene(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        template: &Template,
        brief: &Brief<'_>,
        heard: Option<(&str, &str)>,
        host: &dyn Host,
    ) -> Scene {
        let mut turns = self.turns_before(runner, line, host);
        self.forget_other_talks(runner, line, &mut turns);
        // What is heard is the last turn of somebody else; it is not told twice.
        let last = match turns.last() {
            Some(turn) if turn.who != line.who && !self.name_of(&turn.who).is_empty() => Some(turn.clone()),
            _ => None,
        };
        let (listener, heard) = match (heard, last) {
            (Some((who, text)), last) => {
                if last.is_some_and(|turn| turn.who == who && turn.text == text) {
                    turns.pop();
                }
                (who.to_owned(), text.to_owned())
            }
            (None, Some(turn)) if template.has(Slot::Heard) => {
                turns.pop();
                (turn.who, turn.text)
            }
            _ => (PLAYER.to_owned(), String::new()),
        };
        let said: Vec<&str> = turns.iter().rev().take(2).map(|turn| turn.text.as_str()).collect();
        let mut cues = vec![heard.as_str(), brief.goal, line.say];
        cues.extend(said);
        let known = facts::known(&self.story, line.who, &runner.environment(host));
        let ids: Vec<&str> = match brief.from {
            Some(from) => known.into_iter().filter(|id| from.iter().any(|other| other == id)).collect(),
            None => known,
        };
        let lore = if brief.reword.is_empty() {
            // What was just said counts first: a question about the river is not answered with the heavier bell of the
            // talk before it.
            let mut lore = facts::called(&self.story, &ids, &[&heard]);
            for other in facts::retrieve(&self.story, &ids, &cues) {
                if !lore.iter().any(|fact| std::ptr::eq(*fact, other)) {
                    lore.push(other);
                }
            }
            lore
        } else {
            // A rewording keeps to what its line is about: other facts lead the model away from it. With a fact about
            // a bell in the prompt, the model in the box never said the "stair" of the line.
            facts::called(&self.story, &ids, &[brief.reword])
        };
        let setting = self.beat_of.get(line.id).map_or(runner.state().beat.as_str(), String::as_str);
        let character = self.story.cast.get(line.who);
        Scene {
            setting: self.story.beats.get(setting).map_or_else(String::new, |beat| beat.setting.clone()),
            lore: lore.into_iter().map(|lore| lore.says.clone()).collect(),
            personas: character.map(|character| Persona::of_character(character, brief.tone)).into_iter().collect(),
            history: turns.iter().map(|turn| (self.name_of(&turn.who), turn.text.clone())).collect(),
            listener: self.label_of(&listener),
            speaker: self.name_of(line.who),
            say: line.say.to_owned(),
            goal: brief.goal.to_owned(),
            heard,
            more: Vec::new(),
        }
    }

    /// What has been said before a line, as far as it is known now.
    fn turns_before(&self, runner: &Runner, line: Spoken<'_>, host: &dyn Host) -> Vec<Turn> {
        let state = runner.state();
        let mut turns = state.history.clone();
        let Some(beat) = self.beat_of.get(line.id) else { return turns };
        let Some(body) = self.story.beats.get(beat) else { return turns };
        let Some(place) = body.lines.iter().position(|other| other.id == line.id) else { return turns };
        let from = match &state.position {
            Position::Line { index, spoken, .. } if state.beat == *beat => index + usize::from(*spoken),
            _ if state.beat == *beat => place,
            _ => 0,
        };
        let env = runner.environment(host);
        for before in body.lines.iter().take(place).skip(from) {
            if before.when.as_ref().is_none_or(|when| when.holds(&env).unwrap_or(false)) {
                turns.push(Turn { who: before.who.clone(), text: before.say.clone() });
            }
        }
        turns
    }

    /// Drops everything up to the last turn of somebody who is not here: it was another talk, of which the speaker has
    /// heard nothing. Here are the speaker, the player, and whoever speaks in the beat.
    fn forget_other_talks(&self, runner: &Runner, line: Spoken<'_>, turns: &mut Vec<Turn>) {
        let beat = self.beat_of.get(line.id).map_or(runner.state().beat.as_str(), String::as_str);
        let lines = self.story.beats.get(beat).map(|beat| beat.lines.as_slice()).unwrap_or_default();
        let is_here = |who: &str| {
            who == line.who || who == PLAYER || self.name_of(who).is_empty() || lines.iter().any(|l| l.who == who)
        };
        if let Some(elsewhere) = turns.iter().rposition(|turn| !is_here(&turn.who)) {
            turns.drain(..=elsewhere);
        }
    }

    /// Words that a line may not say beyond its own `must_not`: what its speaker hides or cannot know, except words
    /// that the writer put into this very line.
    fn forbidden(&self, runner: &Runner, who: &str, brief: &Brief<'_>, host: &dyn Host) -> Vec<String> {
        let mut forbidden = facts::forbidden_words(&self.story, who, &runner.environment(host));
        policy::release(&mut forbidden, brief.must.iter().flatten().map(String::as_str).chain(brief.own_words.clone()));
        forbidden
    }

    fn policy(&self, name: &str) -> &Policy {
        let policies = &self.story.policies;
        policies.get(name).or_else(|| policies.get("default")).unwrap_or(&self.no_policy)
    }

    /// How often the place of a line has been come to: visits of its beat, else tellings of the storylet.
    fn times(&self, runner: &Runner, id: &str) -> u64 {
        let state = runner.state();
        match self.beat_of.get(id) {
            Some(beat) => {
                let visits = u64::from(state.visits.get(beat).copied().unwrap_or(0));
                // A line of a beat that is still ahead is asked for under the number of the visit to come.
                visits + u64::from(*beat != state.beat)
            }
            None => state.tellings,
        }
    }

    fn cast_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (_, character) in self.story.cast.iter() {
            if !character.name.trim().is_empty() && !names.contains(&character.name) {
                names.push(character.name.clone());
            }
        }
        names
    }

    /// Display name of a cast id; empty for a narrator.
    fn name_of(&self, who: &str) -> String {
        match self.story.cast.get(who) {
            Some(character) => character.name.clone(),
            None if who == PLAYER => "You".to_owned(),
            None => String::new(),
        }
    }

    fn label_of(&self, who: &str) -> String {
        let name = self.name_of(who);
        if name.is_empty() { "You".to_owned() } else { name }
    }
}

impl<'a> Brief<'a> {
    fn of(writing: &'a Writing, say: &'a str) -> Self {
        Self {
            template: &writing.prompt,
            policy: &writing.policy,
            goal: &writing.goal,
            tone: &writing.tone,
            must: &writing.must,
            must_not: &writing.must_not,
            reword: "",
            from: None,
            own_words: vec![say, &writing.goal],
        }
    }
}

/// The last lines of a speaker, newest first: what they may not just repeat.
fn recent_lines(runner: &Runner, who: &str) -> Vec<String> {
    /// Three lines back nobody notices a repeat of half a sentence.
    const RECENT: usize = 3;
    let said = runner.state().history.iter().rev().filter(|turn| turn.who == who);
    said.take(RECENT).map(|turn| turn.text.clone()).collect()
}

fn or_silence(text: &str) -> String {
    if text.trim().is_empty() { SILENCE.to_owned() } else { text.to_owned() }
}
