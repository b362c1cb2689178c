//! From scenes to what is asked: who speaks, what they know, what they hide, and what a good line would have.

use std::collections::BTreeSet;

use raconteur_core::compose::{Talk, seed_of};
use raconteur_core::generate::Priority;
use raconteur_core::persona::Persona;
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{LineRequest, Turn};
use raconteur_core::scenes::{Body, Draw, Script, Target, YOU};
use raconteur_core::story::format::Policy;
use raconteur_core::template::Templates;

use super::column::{Column, guided};
use super::ngrams::words;
use super::stats::below;

/// What an NPC says when nobody knows.
pub const UNSURE: &str = "I don't know.";
/// Share of scenes whose names are swapped, as in training.
pub const SWAP: f64 = 0.75;

/// A scene with its slots filled and its names swapped.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Its line in the file.
    pub line: usize,
    /// As it stands in the file.
    pub written: Script,
    /// What was drawn.
    pub draw: Draw,
    /// With what was drawn.
    pub script: Script,
}

impl Drawn {
    /// Draws by the seed and the number of the line.
    pub fn new(line: usize, written: Script, seed: u64) -> Self {
        let draw = written.draw(seed_of(seed, "draw", line as u64), SWAP);
        let script = written.with(&draw);
        Self { line, written, draw, script }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An answer to a question.
    Answer,
    /// A line of talk.
    Talk,
    /// Another wording of a line.
    Vary,
}

impl Kind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Talk => "talk",
            Self::Vary => "vary",
        }
    }
}

/// One line that is asked for.
#[derive(Debug, Clone)]
pub struct Case {
    /// The kind and the line of the scene.
    pub id: String,
    /// What is asked for.
    pub kind: Kind,
    /// Who speaks.
    pub persona: Persona,
    /// Where it is.
    pub setting: String,
    /// What they may say, the most relevant first.
    pub facts: Vec<String>,
    /// The turns before.
    pub history: Vec<Turn>,
    /// Hashes of what they have shown so far.
    pub said: Vec<u32>,
    /// The question.
    pub heard: PlayerText,
    /// The line to reword.
    pub say: String,
    /// Of each group one word has to be said.
    pub must: Vec<Vec<String>>,
    /// Words of a fact that the speaker keeps to themselves.
    pub hidden: Vec<String>,
    /// What was written there.
    pub authored: String,
    /// What is shown when the model's text is not.
    pub fallback: String,
    /// The value that the answer has to carry.
    pub value: Option<String>,
    /// The scene has no answer to the question.
    pub unanswerable: bool,
    /// Start of the random numbers.
    pub seed: u64,
}

impl Case {
    /// The request of a column, through what a game without a story uses.
    pub fn request(&self, column: Column, policy: &Policy, templates: &Templates) -> LineRequest {
        let policy = guided(policy);
        let talk = Talk {
            persona: &self.persona,
            setting: &self.setting,
            facts: &self.facts,
            history: &self.history,
            said: &self.said,
            listener: YOU,
            heard: Some(&self.heard),
            goal: "",
            must: &self.must,
            must_not: &self.hidden,
            policy: &policy,
            fallback: &self.fallback,
            priority: Priority::Addressed,
            seed: self.seed,
        };
        let request = if self.say.is_empty() { talk.request(templates) } else { talk.reword(&self.say, templates) };
        column.reduce(request)
    }

    /// Everything that the speaker has before them, as one text.
    pub fn scene(&self) -> String {
        let mut parts =
            vec![self.setting.as_str(), &self.persona.name, &self.persona.voice, self.heard.as_str(), &self.say];
        parts.extend(self.facts.iter().map(String::as_str));
        parts.extend(self.history.iter().flat_map(|turn| [turn.who.as_str(), &turn.text]));
        parts.extend(self.persona.talks.iter().flat_map(|(asked, said)| [asked.as_str(), said]));
        parts.join(" ")
    }

    /// Everybody whose label could begin a turn.
    pub fn speakers(&self) -> Vec<String> {
        let others = self.history.iter().map(|turn| turn.who.clone());
        others.chain([self.persona.name.clone(), YOU.to_owned()]).collect()
    }
}

/// The cases of a scene: of an answer its answer, of a talk one line of somebody but the player, of a rewording one.
pub fn cases(drawn: &Drawn, seed: u64) -> Option<Case> {
    let seed = seed_of(seed, "case", drawn.line as u64);
    match &drawn.script.body {
        Body::Answer { uses, .. } => answer(drawn, uses, &drawn.script, &drawn.draw, seed),
        Body::Talk { .. } => {
            // Not the first turns: a line without anything before it says little about the scene.
            let targets: Vec<Target> = drawn.script.targets().into_iter().filter(|t| t.template == "reply").collect();
            let target = targets.get(below(targets.len(), seed))?;
            let mut case = plain(drawn, target, Kind::Talk, seed)?;
            case.history.push(Turn { who: target.scene.listener.clone(), text: target.scene.heard.clone() });
            let facts = case.facts.join(" ");
            case.must = key_word(&target.text, |word| words(&facts).contains(&word.to_owned()));
            Some(case)
        }
        Body::Vary { line, ways } => {
            let target = drawn.script.targets().into_iter().next()?;
            let mut case = plain(drawn, &target, Kind::Vary, seed)?;
            case.say.clone_from(line);
            case.fallback.clone_from(line);
            case.must = key_word(line, |word| ways.iter().any(|way| words(way).contains(&word.to_owned())));
            Some(case)
        }
        _ => None,
    }
}

/// The answer of a scene in one of its drawings.
pub fn answer(drawn: &Drawn, uses: &[usize], script: &Script, draw: &Draw, seed: u64) -> Option<Case> {
    let target = script.targets().pop()?;
    let mut case = plain(drawn, &target, Kind::Answer, seed)?;
    case.heard = PlayerText::new(&target.scene.heard);
    case.unanswerable = uses.is_empty();
    if uses.is_empty() {
        UNSURE.clone_into(&mut case.fallback);
    } else {
        // What the answer does not use is what the speaker keeps to themselves. The facts that it uses: the first is what
        // was asked for, and the most relevant.
        let (used, kept): (Vec<usize>, Vec<usize>) = (0..script.facts.len()).partition(|at| uses.contains(at));
        case.facts = used.iter().map(|&at| script.facts[at].clone()).collect();
        // As the composer of stories does it: whoever knows does not say that they do not.
        case.fallback = case.facts.first()?.clone();
        let open: BTreeSet<String> = words(&format!("{} {}", case.scene(), target.text)).into_iter().collect();
        case.hidden = kept.iter().flat_map(|&at| secret_words(&script.facts[at], &open)).collect();
    }
    // The value of the slot that stands in the answer.
    let turns = drawn.written.body.turns();
    let written = &turns.last()?.1;
    let asked = &turns.first()?.1;
    let slot = draw.slots.iter().find(|(slot, _)| {
        let mark = format!("{{{slot}}}");
        written.contains(&mark)
            && !asked.contains(&mark)
            && uses.iter().any(|&at| drawn.written.facts[at].contains(&mark))
    });
    case.value = slot.map(|(_, value)| raconteur_core::scenes::replace_names(value, &draw.names));
    Some(case)
}

fn plain(drawn: &Drawn, target: &Target, kind: Kind, seed: u64) -> Option<Case> {
    let persona = target.scene.personas.iter().find(|persona| persona.name == target.who)?.clone();
    let turn = |(who, text): &(String, String)| Turn { who: who.clone(), text: text.clone() };
    Some(Case {
        id: format!("{} {}", kind.name(), drawn.line),
        kind,
        persona,
        setting: target.scene.setting.clone(),
        facts: target.scene.lore.clone(),
        history: target.scene.history.iter().map(turn).collect(),
        said: Vec::new(),
        heard: PlayerText::default(),
        say: String::new(),
        must: Vec::new(),
        hidden: Vec::new(),
        authored: target.text.clone(),
        fallback: target.text.clone(),
        value: None,
        unanswerable: false,
        seed,
    })
}

/// The longest word of five letters and more that `fits`: what a writer would ask for.
fn key_word(text: &str, fits: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let plain = |word: &String| word.chars().count() >= 5 && word.chars().all(char::is_alphabetic) && fits(word);
    // Of two as long the first.
    let found = words(text).into_iter().filter(plain).rev().max_by_key(String::len);
    found.map(|word| vec![vec![word]]).unwrap_or_default()
}

/// The three longest words of six letters and more of a fact that nothing open has.
fn secret_words(fact: &str, open: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = words(fact);
    found.retain(|word| word.chars().count() >= 6 && word.chars().all(char::is_alphabetic) && !open.contains(word));
    found.sort_by_key(|word| std::cmp::Reverse(word.len()));
    found.dedup();
    found.truncate(3);
    found
}
