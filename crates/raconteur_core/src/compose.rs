//! From a line of a story to a request: the prompt, the sampling, the limits and the rules.
//!
//! ```text
//! Runner + Line -> who may know what (facts) -> Scene -> Prompt
//!               -> policy + character        -> GenerationConfig, Constraints, Rules, Ranking   -> LineRequest
//! ```
//! The same place in the same play-through gives the same request, seed included (see [`seed_of`]).

mod ahead;
mod answer;
mod authored;
mod choice;
mod debate;
mod detour;
mod guide;
mod hooks;
mod pick;
mod policy;
mod rumor;
mod scene;
mod seed;
mod serial;
mod slot;
mod talk;
mod world;

use std::collections::HashMap;
use std::sync::Arc;

use crate::facts;
use crate::generate::Priority;
use crate::pattern::Pattern;
use crate::request::{LineRequest, Source, Why};
use crate::runner::{Host, PLAYER, Runner};
use crate::story::format::{Gen, Line, Policy, Story, Storylet, Writing};
use crate::template::{Slot, TemplateError, Templates};
use crate::variants::variants;

pub(crate) use authored::Shown;
pub use detour::Reading;
pub use rumor::Version;
pub use seed::seed_of;
pub(crate) use serial::SerialGround;
pub use talk::Talk;

use policy::Limits;
use world::World;

/// Shown when even the authored text is missing: a request never ends with nothing.
pub(crate) const SILENCE: &str = "…";

/// Makes requests for the lines of one story.
#[derive(Debug, Clone)]
pub struct Composer {
    story: Arc<Story>,
    templates: Templates,
    world: World,
    /// The beat that each line stands in.
    beat_of: HashMap<String, String>,
    no_policy: Policy,
    /// The patterns of the policies, by their source.
    patterns: HashMap<String, Pattern>,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once a line and taken apart at once; a box would only be noise")]
pub enum Composed {
    /// It shows its authored text, and no model is asked.
    Authored(Why),
    /// It shows one of several authored texts, and no model is asked.
    Chosen {
        /// The text.
        text: String,
        /// Where it comes from.
        source: Source,
    },
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
    /// Whether it shows all facts of `from`, in their order, whatever number of them its template names.
    ordered: bool,
    /// Words that the writer uses in this very line, which therefore cannot be secrets of it.
    own_words: Vec<&'a str>,
    /// Whether the policy's guidance is for it.
    guided: bool,
    /// For an answer, which has to rest on its facts: how many words in a row of them it quotes.
    quote: Option<usize>,
}

impl Composer {
    /// A composer for a story, with the templates of the model and those of the story over them.
    ///
    /// # Errors
    /// [`TemplateError::Named`] when a template of the story cannot be read.
    pub fn new(story: Arc<Story>, templates: &Templates) -> Result<Self, TemplateError> {
        let templates = templates.overridden_by(&story)?;
        let world = World::of_story(&story);
        let mut beat_of = HashMap::new();
        for (beat, body) in story.beats.iter() {
            for line in &body.lines {
                beat_of.entry(line.id.clone()).or_insert_with(|| beat.to_owned());
            }
        }
        let patterns =
            story.policies.iter().filter_map(|(_, policy)| Some((policy.pattern.clone()?, policy::pattern(policy)?)));
        let patterns = patterns.collect();
        Ok(Self { story, templates, world, beat_of, no_policy: Policy::default(), patterns })
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

    fn spoken(&self, runner: &Runner, line: Spoken<'_>, priority: Priority, host: &dyn Host) -> Composed {
        let Some(generate) = line.generate else { return Composed::Authored(Why::Written) };
        let wordings = variants(&self.story, line.id, line.say, line.generate);
        if wordings.len() > 1 {
            return self.pick(runner, line, generate, &wordings, priority, host);
        }
        match generate {
            // An answer needs a question; until there is one, the line stands as it was written. So does a pick without
            // variants.
            Gen::Answer { .. } | Gen::Pick { .. } => Composed::Authored(Why::Written),
            Gen::Rumor { prompt, policy, of, keep, drift } => {
                let how = rumor::How { prompt, policy, fact: of, keep, drift: *drift };
                self.rumor(runner, line, &how, priority, host)
            }
            Gen::Vary(writing) => {
                let brief = Brief { reword: line.say, ..Brief::of(writing, line.say) };
                self.write(runner, line, &brief, None, priority, host)
            }
            Gen::Free(writing) => self.write(runner, line, &Brief::of(writing, line.say), None, priority, host),
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
        let exact = brief.from.filter(|_| brief.ordered).map(|from| template.with_count(Slot::Lore, from.len()));
        let template = exact.as_ref().unwrap_or(template);
        let policy = self.policy(brief.policy);
        let scene = self.scene(runner, line, template, brief, heard, host);
        let Some(speaker) = scene.personas.first() else { return Composed::Authored(Why::Written) };
        let start_of_text = self.templates.start_of_text;
        let seed = seed_of(runner.state().seed, line.id, self.times(runner, line.id));
        let limits = Limits {
            must: brief.must,
            must_not: brief.must_not,
            secrets: self.forbidden(runner, line, brief, host),
            labels: self.cast_names(),
            player: self.player_names(line.who),
            recent: recent_lines(runner, line.who, policy),
            said: said(runner, line.who, policy),
            reword: brief.reword,
            pattern: self.pattern(policy),
            guidance: if brief.guided { guide::guidance(policy, template, &scene, start_of_text) } else { None },
            support: brief.quote.map(|quote| policy::support(&scene, template.count(Slot::Lore), quote)),
            ..Limits::new(policy, speaker, &self.world, seed)
        };
        let work = limits.work(template.render(&scene, start_of_text), &scene);
        Composed::Request(LineRequest { work, fallback: or_silence(line.say), priority, budget_ms: policy.budget_ms })
    }

    /// Words that a line may not say beyond its own `must_not`: what its speaker hides or cannot know, except words
    /// that the writer put into this very line.
    fn forbidden(&self, runner: &Runner, line: Spoken<'_>, brief: &Brief<'_>, host: &dyn Host) -> Vec<String> {
        let beat = self.beat_of(runner, line.id);
        let mut forbidden = facts::forbidden_words(&self.story, line.who, beat, &runner.environment(host));
        let own = brief.must.iter().flatten().map(String::as_str).chain(brief.own_words.clone());
        policy::release(&mut forbidden, own, self.world.stemmer);
        forbidden
    }

    /// The beat that a line stands in; for a storylet, that in which the story stands.
    fn beat_of<'a>(&'a self, runner: &'a Runner, id: &str) -> &'a str {
        self.beat_of.get(id).map_or(runner.state().beat.as_str(), String::as_str)
    }

    fn policy(&self, name: &str) -> &Policy {
        let policies = &self.story.policies;
        policies.get(name).or_else(|| policies.get("default")).unwrap_or(&self.no_policy)
    }

    /// The pattern of a policy, as it was read when the composer was made.
    fn pattern(&self, policy: &Policy) -> Option<Pattern> {
        policy.pattern.as_ref().and_then(|source| self.patterns.get(source)).cloned()
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

    /// Names of the player, for a speaker who may not tell what the player does: neither the player nor a narrator.
    fn player_names(&self, who: &str) -> Vec<String> {
        if who == PLAYER || self.name_of(who).trim().is_empty() {
            return Vec::new();
        }
        let mut names = vec!["You".to_owned(), self.label_of(PLAYER)];
        names.dedup();
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
            ordered: false,
            own_words: vec![say, &writing.goal],
            guided: true,
            quote: None,
        }
    }

    /// What asks for nothing but a scene.
    fn plain(template: &'a str, policy: &'a str) -> Self {
        Self {
            template,
            policy,
            goal: "",
            tone: "",
            must: &[],
            must_not: &[],
            reword: "",
            from: None,
            ordered: false,
            own_words: Vec::new(),
            guided: false,
            quote: None,
        }
    }
}

/// The last lines of a speaker, newest first, as many as the policy remembers.
fn recent_lines(runner: &Runner, who: &str, policy: &Policy) -> Vec<String> {
    let said = runner.state().history.iter().rev().filter(|turn| turn.who == who);
    said.take(policy.remember).map(|turn| turn.text.clone()).collect()
}

/// All that a speaker has ever shown, unless the policy remembers nothing.
fn said(runner: &Runner, who: &str, policy: &Policy) -> Vec<u32> {
    let said = runner.state().said.get(who).filter(|_| policy.remember > 0);
    said.cloned().unwrap_or_default()
}

fn or_silence(text: &str) -> String {
    if text.trim().is_empty() { SILENCE.to_owned() } else { text.to_owned() }
}
