//! That somebody is never shown a fact: every prompt that a story can make for them at one moment, and
//! [`assert_never_sees!`](crate::assert_never_sees).

use std::sync::Arc;

use crate::compose::{Composed, Composer, Talk};
use crate::facts;
use crate::generate::Priority;
use crate::judge::{Stemmer, words};
use crate::memory::{Memory, Remembering, knowledge};
use crate::persona::Persona;
use crate::player_text::PlayerText;
use crate::prompt::Prompt;
use crate::request::{LineRequest, Ranking, Work};
use crate::runner::{Host, NoHost, Runner};
use crate::story::format::{Gen, Policy, Story};
use crate::template::{Scene, Template, TemplateError, Templates};

/// Where a story stands, what the game answers, and what the person who is asked about remembers.
#[derive(Clone)]
pub struct State<'a> {
    /// The story.
    pub runner: &'a Runner,
    /// The game's answers. **Default** none.
    pub host: &'a dyn Host,
    /// The templates of the model; those of the story come over them. **Default** those of this crate.
    pub templates: Templates,
    /// What the person remembers, at which tick. **Default** nothing.
    pub memory: Option<(&'a Memory, u64)>,
}

impl<'a> From<&'a Runner> for State<'a> {
    fn from(runner: &'a Runner) -> Self {
        Self { runner, host: &NoHost, templates: Templates::default(), memory: None }
    }
}

/// A prompt, or another text that a model is given, without what the player says in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What asks for it: `line m_1`, `storylet bark`.
    pub of: String,
    /// The text.
    pub text: String,
}

/// Every prompt that the story can make for `npc` (a cast id) at this moment: for their lines of the beat it stands in,
/// those still ahead included; for their storylets; for answers to questions about any fact of the lore; for the labels
/// and the detour of the beat, when they are in its scene; and for a free talk. Beginnings that are read ahead are among
/// them, and so is what a text is ranked or guided against. What the story composes in another beat belongs to another
/// state.
///
/// # Errors
/// A template of the story cannot be read.
pub fn prompts_of(story: &Arc<Story>, npc: &str, state: &State<'_>) -> Result<Vec<Seen>, TemplateError> {
    let composer = Composer::new(story.clone(), &state.templates)?;
    let people: Vec<(&str, &Memory)> = state.memory.iter().map(|(memory, _)| (npc, *memory)).collect();
    let now = state.memory.map_or(0, |(_, now)| now);
    let host = Remembering { host: state.host, people: &people, now };
    let runner = state.runner;
    let mut seen = Vec::new();
    let beat = &runner.state().beat;
    let lines = story.beats.get(beat).map(|beat| beat.lines.as_slice()).unwrap_or_default();
    for line in lines.iter().filter(|line| line.who == npc) {
        let of = format!("line {}", line.id);
        if let Composed::Request(request) = composer.line(runner, line, &host) {
            add_request(&mut seen, &of, &request);
        }
        if matches!(line.generate, Some(Gen::Answer { .. })) {
            for question in questions(story) {
                if let Composed::Request(request) = composer.answer(runner, line, &question, &host) {
                    add_work(&mut seen, &of, question.as_str(), &request.work);
                }
            }
        }
    }
    for storylet in story.storylets.iter().filter(|storylet| storylet.who == npc) {
        if let Composed::Request(request) = composer.storylet(runner, storylet, &host) {
            add_request(&mut seen, &format!("storylet {}", storylet.id), &request);
        }
    }
    for ahead in composer.read_ahead(runner, Some(npc), Priority::Ambient, &host) {
        add(&mut seen, "what is read ahead", text(&ahead.prompt));
    }
    let name = story.cast.get(npc).map_or("", |character| character.name.as_str());
    let is_there = |scene: &Scene| !name.is_empty() && scene.personas.iter().any(|persona| persona.name == name);
    if let Some(shown) = composer.shown_labels(runner, beat, &host).filter(|shown| is_there(&shown.scene)) {
        add(&mut seen, "labels", text(&shown.template.render(&shown.scene, false)));
    }
    if let Some(shown) = composer.shown_detour(runner, &host).filter(|shown| is_there(&shown.scene)) {
        add(&mut seen, "detour", text(&shown.template.render(&shown.scene, false)));
    }
    if let Some(character) = story.cast.get(npc) {
        let persona = Persona::of_character(character, "");
        let says = known_texts(story, npc, state, &host);
        let policy = Policy::default();
        let talk = Talk {
            persona: &persona,
            setting: facts::setting(story, beat),
            facts: &says,
            history: &[],
            said: &[],
            listener: "",
            heard: None,
            goal: "",
            must: &[],
            must_not: &[],
            policy: &policy,
            fallback: "",
            priority: Priority::Ambient,
            seed: 0,
        };
        // All facts, whatever number of them the template shows.
        let unlimited = state.templates.get("say").map(Template::unlimited);
        let mut templates = state.templates.clone();
        if let Some(template) = unlimited {
            templates.put("say", template);
        }
        add_request(&mut seen, "a talk", &talk.request(&templates));
    }
    Ok(seen)
}

/// Fails when a prompt of `npc` holds the text of `fact`, or one of its keys in whatever form. A key that also belongs to
/// a fact that they may say is free, as it is when they talk.
///
/// # Errors
/// A sentence with the prompt in which it stands; or that the story has no such person or fact, or a template that cannot
/// be read.
pub fn never_sees(story: &Arc<Story>, npc: &str, fact: &str, state: &State<'_>) -> Result<(), String> {
    let Some(lore) = story.lore.get(fact) else { return Err(format!("the story has no fact '{fact}'")) };
    if !story.cast.contains(npc) {
        return Err(format!("the story has no '{npc}' in its cast"));
    }
    let stemmer = Stemmer::of_locale(&story.locale);
    let stems = |text: &str| stemmer.stems(&words::words(text));
    let people: Vec<(&str, &Memory)> = state.memory.iter().map(|(memory, _)| (npc, *memory)).collect();
    let host = Remembering { host: state.host, people: &people, now: state.memory.map_or(0, |(_, now)| now) };
    let env = state.runner.environment(&host);
    let may_say = facts::known(story, npc, &state.runner.state().beat, &env);
    let others = may_say.iter().filter(|id| **id != fact).filter_map(|id| story.lore.get(id));
    let free: Vec<Vec<String>> = others.flat_map(|lore| &lore.keys).map(|key| stems(key)).collect();
    let prompts = prompts_of(story, npc, state).map_err(|error| error.to_string())?;
    for Seen { of, text } in &prompts {
        let words = words::words(text);
        let in_text = stemmer.stems(&words);
        let says = stems(&lore.says);
        let whole = !says.is_empty() && in_text.windows(says.len()).any(|window| window == says);
        if whole {
            return Err(format!("{npc} is shown the fact '{fact}' in the prompt of {of}:\n{text}"));
        }
        let mut keys = lore.keys.iter().filter(|key| !free.contains(&stems(key)));
        if let Some(key) = keys.find(|key| stemmer.contains(&words, &in_text, key)) {
            return Err(format!("{npc} is shown '{key}' of the fact '{fact}' in the prompt of {of}:\n{text}"));
        }
    }
    Ok(())
}

/// Panics when a character is shown a fact: composes every prompt that the story can make for them in this state (see
/// [`prompts_of`](crate::testing::prompts_of)) and looks for the text of the fact and for its keys, in whatever form.
///
/// `story` is an `Arc<Story>`, `npc` and `fact` are ids, `state` is a `&Runner` or a [`State`](crate::testing::State).
///
/// ```should_panic
/// # use std::sync::Arc;
/// # use raconteur_core::{assert_never_sees, runner::{NoHost, Runner}, story::{parse::parse, source::Source}};
/// let text = r#"Story(format: 1, id: "t", start: "a",
///     cast: { "mara": (name: "Mara", knows: ["debt"]) },
///     lore: { "debt": (says: "Odo owes the smith forty silver.", keys: ["debt", "silver"]) },
///     beats: { "a": (end: true) })"#;
/// let story = Arc::new(parse(vec![Source::new("t.story.ron", text)]).story.unwrap());
/// let (runner, _) = Runner::new(story.clone(), 1, &NoHost).unwrap();
/// assert_never_sees!(story, "mara", "debt", &runner);
/// ```
#[macro_export]
macro_rules! assert_never_sees {
    ($story:expr, $npc:expr, $fact:expr, $state:expr $(,)?) => {{
        let state: $crate::testing::State<'_> = ::core::convert::Into::into($state);
        if let ::core::result::Result::Err(why) = $crate::testing::never_sees(&$story, $npc, $fact, &state) {
            ::core::panic!("{why}");
        }
    }};
}

/// A question about each fact of the lore, one about all of them, and one about none.
fn questions(story: &Story) -> Vec<PlayerText> {
    let keys: Vec<String> = story.lore.iter().map(|(_, lore)| lore.keys.join(" ")).collect();
    let mut questions: Vec<PlayerText> = keys.iter().map(|keys| PlayerText::new(keys)).collect();
    questions.push(PlayerText::clipped(&keys.join(" "), usize::MAX));
    questions.push(PlayerText::new("?"));
    questions
}

/// The texts of all that somebody may be shown here, statements of their memory included.
fn known_texts(story: &Story, npc: &str, state: &State<'_>, host: &dyn Host) -> Vec<String> {
    let nothing = Memory::default();
    let (memory, now) = state.memory.unwrap_or((&nothing, 0));
    let env = state.runner.environment(host);
    let known = knowledge(story, npc, &state.runner.state().beat, &env, memory, now);
    let lore = known.facts.iter().filter_map(|id| story.lore.get(id)).map(|lore| lore.says.clone());
    let said = known.statements.iter().filter_map(|item| match &item.claim {
        crate::memory::Claim::Said(statement) => Some(statement.says.clone()),
        crate::memory::Claim::Lore(_) => None,
    });
    lore.chain(said).collect()
}

fn add_request(seen: &mut Vec<Seen>, of: &str, request: &LineRequest) {
    add_work(seen, of, "", &request.work);
}

fn add_work(seen: &mut Vec<Seen>, of: &str, heard: &str, work: &Work) {
    match work {
        Work::Write { prompt, config, ranking, .. } => {
            add(seen, of, text(prompt));
            if let Some(guidance) = &config.guidance {
                add(seen, of, text(&guidance.against));
            }
            if let Ranking::Pmi { null, .. } = ranking {
                add(seen, of, null.clone());
            }
        }
        Work::Pick { prompt, from, null } => {
            add(seen, of, text(prompt));
            from.iter().chain(null).for_each(|text| add(seen, of, text.clone()));
        }
        Work::Answer { facts, question, null, then, .. } => {
            // It is one text in which the question stands last.
            let mut asked = text(question);
            if let Some(at) = asked.rfind(heard).filter(|_| !heard.is_empty()) {
                asked.replace_range(at..at + heard.len(), "");
            }
            add(seen, of, asked);
            facts.iter().chain([null]).for_each(|text| add(seen, of, text.clone()));
            add_work(seen, of, heard, then);
        }
    }
}

fn add(seen: &mut Vec<Seen>, of: &str, text: String) {
    if !seen.iter().any(|other| other.text == text) {
        seen.push(Seen { of: of.to_owned(), text });
    }
}

/// A prompt without what the player says in it: a question about a fact is no sight of it.
fn text(prompt: &Prompt) -> String {
    let sections = prompt.sections.iter().filter(|section| section.name != "heard");
    sections.flat_map(|section| &section.pieces).map(|piece| piece.text.as_str()).collect()
}
