//! What a writer writes: `X.serial.ron` as data.

use serde::Deserialize;

use crate::story::format::{Anachronisms, Decode, Meta, NamePolicy, Policy, Rank, Repeat};
use crate::story::table::Table;

/// An opening: everything that serials are made of.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename = "Serial")]
pub struct Opening {
    /// Version of the format, 1.
    pub format: u32,
    /// Id of the opening, which saves hold.
    pub id: String,
    /// Title of the serial.
    pub title: String,
    /// BCP 47 tag of its language. **Default** "en".
    #[serde(default = "english")]
    pub locale: String,
    /// What it is about, in one or two sentences: stands in every prompt.
    pub premise: String,
    /// As what a game shows its chapters. **Default** `Book`.
    #[serde(default)]
    pub form: Form,
    /// How many chapters it has when nobody asks for another number; 5 or more. **Default** 5.
    #[serde(default = "five")]
    pub chapters: usize,
    /// Who tells it.
    #[serde(default)]
    pub narrator: Narrator,
    /// What holds all the time, for prompts.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// Everybody who may act.
    pub cast: Table<Person>,
    /// Where scenes may be.
    pub places: Table<Place>,
    /// What differs between two serials of the same opening: filled once by the seed, used in texts as `{id}`.
    #[serde(default)]
    pub holes: Table<Hole>,
    /// The questions that are opened and closed.
    pub threads: Table<Thread>,
    /// Scenes that belong to no thread, with holes that are filled by who and what is at hand.
    #[serde(default)]
    pub events: Table<SerialEvent>,
    /// Most events in a chapter that has a step. **Default** 1.
    #[serde(default = "one")]
    pub interludes: usize,
    /// How free passages are written and chosen. **Default** eight candidates of one sentence, ranked, with known names.
    #[serde(default = "prose")]
    pub policy: Policy,
    /// Template of their prompts. **Default** `serial`.
    #[serde(default = "template")]
    pub prompt: String,
    /// Free notes.
    #[serde(default)]
    pub meta: Meta,
}

/// As what a game shows chapters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
pub enum Form {
    /// Pages of a book.
    #[default]
    Book,
    /// Letters, one a chapter.
    Letter,
    /// What a town crier reads out.
    Reading,
}

/// Who tells a serial.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Narrator {
    /// How they tell, in a few words.
    pub voice: String,
    /// In the first person or in the third.
    pub tells: Teller,
    /// Sampling, where it differs from the policy's.
    pub decode: Decode,
    /// Name of the adapter that is their voice.
    pub adapter: Option<String>,
}

/// From where a serial is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Teller {
    /// From outside: no generated passage says "I" or "you".
    #[default]
    Third,
    /// By somebody who was there, as in letters.
    First,
}

/// Something that holds all the time.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// One plain sentence, as it stands in a prompt.
    pub says: String,
    /// Words that call it up.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// Somebody who may act.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name that texts use.
    pub name: String,
    /// Other names that texts use for nobody else, such as a surname.
    #[serde(default)]
    pub called: Vec<String>,
    /// What `{hole.they}` becomes.
    #[serde(default)]
    pub is: Pronoun,
    /// How they talk and what they are, in a few words.
    #[serde(default)]
    pub voice: String,
    /// Single words about them, for prompts: "careful", "in debt".
    #[serde(default)]
    pub traits: Vec<String>,
    /// Not there when the serial begins: they act only after a step that `returns` them.
    #[serde(default)]
    pub away: bool,
}

/// The words for somebody who has been named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Pronoun {
    /// She, her, her.
    She,
    /// He, him, his.
    He,
    /// They, them, their.
    #[default]
    They,
    /// It, it, its.
    It,
}

/// Where a scene may be.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What texts call it, with its article: "the quay".
    pub name: String,
    /// Where and when it is, in one sentence: the first line of a prompt.
    pub setting: String,
}

/// What a hole may be filled with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Hole {
    /// Somebody of the cast: one of these, or anybody who can act. No two holes of one scene, or of the opening, are the
    /// same person.
    Person {
        /// Cast ids; empty for anybody.
        #[serde(default)]
        of: Vec<String>,
    },
    /// A place: one of these, or any.
    Place {
        /// Ids of places; empty for any.
        #[serde(default)]
        of: Vec<String>,
    },
    /// One of these texts.
    Word {
        /// The texts.
        of: Vec<String>,
    },
    /// A number, in words up to twenty.
    Number {
        /// Smallest.
        from: i64,
        /// Largest.
        to: i64,
    },
}

/// A question that the serial opens and closes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thread {
    /// The question, as a reader would ask it.
    pub question: String,
    /// Cast ids of those whom it is about.
    #[serde(default)]
    pub with: Vec<String>,
    /// Words that call it up.
    #[serde(default)]
    pub keys: Vec<String>,
    /// It may be the one that opens first, and then closes last. When no thread says so, each of them may.
    #[serde(default)]
    pub leads: bool,
    /// How it opens.
    pub opens: Scene,
    /// What happens between, in order.
    #[serde(default)]
    pub steps: Table<Scene>,
    /// How it closes.
    pub closes: Scene,
}

/// A scene: a step of a thread, or what an event tells.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Heading of a chapter that begins with it. **Default** the goal.
    #[serde(default)]
    pub title: String,
    /// What the scene achieves, in one plain sentence: stands in the prompts of its free passages.
    pub goal: String,
    /// What has happened when it is over, for recaps. **Default** the goal.
    #[serde(default)]
    pub happens: String,
    /// Id of the place, or a hole in braces.
    pub at: String,
    /// Cast ids of all who act, or holes in braces.
    #[serde(default)]
    pub with: Vec<String>,
    /// Steps that have to be told before, as `thread/step`; `thread/opens` and `thread/closes` are steps too.
    #[serde(default)]
    pub after: Vec<String>,
    /// Cast ids of those who die in it: they act in no later scene.
    #[serde(default)]
    pub dies: Vec<String>,
    /// Cast ids of those who go away in it.
    #[serde(default)]
    pub leaves: Vec<String>,
    /// Cast ids of those who come back in it; the same thread sent them away, or they were away from the beginning.
    #[serde(default)]
    pub returns: Vec<String>,
    /// Words that no generated passage of it may say.
    #[serde(default)]
    pub must_not: Vec<String>,
    /// The passages.
    pub tell: Vec<Tell>,
}

/// A passage of a scene.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Tell {
    /// As it is written.
    Say(String),
    /// One of these, by the seed.
    Pick(Vec<String>),
    /// A model may write it.
    Free {
        /// What stands there without one.
        say: String,
        /// Other texts that may stand there without one, chosen by the seed.
        #[serde(default)]
        or: Vec<String>,
        /// Of each group one word or phrase has to be said.
        #[serde(default)]
        must: Vec<Vec<String>>,
        /// Words that may not be said.
        #[serde(default)]
        must_not: Vec<String>,
        /// Most sentences. **Default** 1.
        #[serde(default = "one")]
        sentences: usize,
    },
    /// A new paragraph.
    Break,
}

/// A scene that belongs to no thread.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SerialEvent {
    /// Its holes, filled anew each time; used in its texts, its place and its people as `{id}`.
    #[serde(default)]
    pub holes: Table<Hole>,
    /// Threads of which one has to be open; empty for any.
    #[serde(default)]
    pub about: Vec<String>,
    /// Steps that may not have been told yet, as `thread/step`.
    #[serde(default)]
    pub before: Vec<String>,
    /// How often one serial may tell it, each time with other fillings. **Default** 1.
    #[serde(default = "one")]
    pub times: usize,
    /// What it tells. It can send nobody away and kill nobody.
    pub scene: Scene,
}

impl Opening {
    /// The scene of a step, by its address.
    #[must_use]
    pub fn step(&self, address: &str) -> Option<&Scene> {
        let (thread, step) = address.split_once('/')?;
        let thread = self.threads.get(thread)?;
        match step {
            "opens" => Some(&thread.opens),
            "closes" => Some(&thread.closes),
            step => thread.steps.get(step),
        }
    }

    /// Every word that stands for somebody of the cast: name and other names.
    pub(crate) fn names_of<'a>(&'a self, who: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let person = self.cast.get(who);
        person.into_iter().flat_map(|person| std::iter::once(&person.name).chain(&person.called)).map(String::as_str)
    }

    /// All texts that the writer wrote: what is shown, and what prompts are made of.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = vec![&self.title, &self.premise, &self.narrator.voice];
        for fact in &self.facts {
            texts.push(&fact.says);
            texts.extend(fact.keys.iter().map(String::as_str));
        }
        for (_, person) in self.cast.iter() {
            texts.extend([person.name.as_str(), &person.voice]);
            texts.extend(person.called.iter().chain(&person.traits).map(String::as_str));
        }
        texts.extend(self.places.iter().flat_map(|(_, place)| [place.name.as_str(), &place.setting]));
        let holes = self.holes.iter().chain(self.events.iter().flat_map(|(_, event)| event.holes.iter()));
        for (_, hole) in holes {
            if let Hole::Word { of } = hole {
                texts.extend(of.iter().map(String::as_str));
            }
        }
        for (_, thread) in self.threads.iter() {
            texts.push(&thread.question);
            texts.extend(thread.keys.iter().map(String::as_str));
        }
        for (_, scene) in self.scenes() {
            texts.extend([scene.title.as_str(), &scene.goal, &scene.happens]);
            texts.extend(scene.tell.iter().flat_map(Tell::texts));
        }
        texts
    }

    /// All scenes, each with its address: `thread/step`, or `event:id`.
    pub(crate) fn scenes(&self) -> impl Iterator<Item = (String, &Scene)> {
        let steps = self
            .threads
            .iter()
            .flat_map(|(id, thread)| thread.scenes().map(move |(step, scene)| (format!("{id}/{step}"), scene)));
        steps.chain(self.events.iter().map(|(id, event)| (format!("event:{id}"), &event.scene)))
    }
}

impl Thread {
    /// Its steps in order, the first and the last included.
    pub(crate) fn scenes(&self) -> impl Iterator<Item = (&str, &Scene)> {
        std::iter::once(("opens", &self.opens))
            .chain(self.steps.iter())
            .chain(std::iter::once(("closes", &self.closes)))
    }

    /// Number of its steps.
    pub(crate) fn len(&self) -> usize {
        self.steps.len() + 2
    }

    /// The step at a place.
    pub(crate) fn at(&self, place: usize) -> Option<(&str, &Scene)> {
        self.scenes().nth(place)
    }
}

impl Tell {
    /// The authored texts of a passage: those that may be shown, then the words that have to be said.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Say(text) => vec![text],
            Self::Pick(texts) => texts.iter().map(String::as_str).collect(),
            Self::Free { say, or, must, .. } => {
                std::iter::once(say).chain(or).chain(must.iter().flatten()).map(String::as_str).collect()
            }
            Self::Break => Vec::new(),
        }
    }

    /// The authored texts that may be shown.
    pub(crate) fn shown(&self) -> Vec<&str> {
        match self {
            Self::Free { say, or, .. } => std::iter::once(say).chain(or).map(String::as_str).collect(),
            other => other.texts(),
        }
    }
}

impl Pronoun {
    /// The word for a form of `they`, in lower case.
    pub(crate) fn word(self, form: &str) -> Option<&'static str> {
        let place = ["they", "them", "their"].iter().position(|other| *other == form)?;
        let words = match self {
            Self::She => ["she", "her", "her"],
            Self::He => ["he", "him", "his"],
            Self::They => ["they", "them", "their"],
            Self::It => ["it", "it", "its"],
        };
        words.get(place).copied()
    }
}

fn english() -> String {
    "en".to_owned()
}

fn template() -> String {
    "serial".to_owned()
}

fn five() -> usize {
    5
}

fn one() -> usize {
    1
}

/// How free passages are written when the writer does not say. Names are known whatever the policy says.
pub(crate) fn prose() -> Policy {
    Policy {
        names: NamePolicy::Known,
        // A smallest number of tokens would make a short sentence go on behind its end.
        tokens: (1, 48),
        stop: vec!["\n".to_owned(), "Chapter".to_owned()],
        sentences: 1,
        // A forced word breaks a sentence more often than it mends one; see `docs/serial.md`.
        force: false,
        anachronisms: Anachronisms::Allow,
        tries: 8,
        rank: Rank::Pmi { null: "Chapter {n}.\n".to_owned(), floor: 0.15 },
        repeat: Repeat::Dry { mult: 0.8, base: 1.75, len: 4 },
        remember: 400,
        // Nobody waits for it.
        budget_ms: 600_000,
        decode: Decode { temperature: Some(0.7), top_p: Some(0.9), ..Decode::default() },
        ..Policy::default()
    }
}
