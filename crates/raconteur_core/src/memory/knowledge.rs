//! What of a story's lore and of a memory may enter a prompt of somebody, at one moment.

use super::recall::text_of;
use super::{Claim, Memory, Recollection};
use crate::facts;
use crate::judge::{Stemmer, words};
use crate::runner::Host;
use crate::story::expr::Environment;
use crate::story::format::{Story, Value};

/// What somebody may be shown and may say.
#[derive(Debug, Clone, PartialEq)]
pub struct Knowledge<'a> {
    /// Ids of facts of the lore, as [`facts::known`] orders them: authored ones, then those by scope or memory.
    pub facts: Vec<&'a str>,
    /// Statements that are remembered, the oldest first.
    pub statements: Vec<&'a Recollection>,
    /// Words that they may not say.
    pub forbidden: Vec<String>,
}

impl Knowledge<'_> {
    /// Whether something that is remembered is part of it: what [`Memory::recall`] has to ask.
    #[must_use]
    pub fn allows(&self, item: &Recollection) -> bool {
        match &item.claim {
            Claim::Lore(id) => self.facts.contains(&id.as_str()),
            Claim::Said(_) => self.statements.iter().any(|other| other.claim.is_same(&item.claim)),
        }
    }

    /// The [`forbidden`](Self::forbidden) words in their usual forms, as `must_not` of a [`Talk`](crate::compose::Talk)
    /// needs them. `locale` is that of the story.
    #[must_use]
    pub fn forbidden_forms(&self, locale: &str) -> Vec<String> {
        let stemmer = Stemmer::of_locale(locale);
        self.forbidden.iter().flat_map(|word| stemmer.forms(word)).collect()
    }
}

/// What `who` (a cast id) may be shown in the beat `beat`, with what they remember at `now`.
///
/// - A fact of the lore: as [`facts::known`] has it, where a fact that is remembered counts like one in `knows`. So `hides`
///   closes it, a scope that does not match closes it, and its `when` has to hold. A fact that nobody wrote into what they
///   know and that they have not heard, or have forgotten, is not among them.
/// - A statement: when it is remembered and none of the words that they may not say stands in its text, in whatever form.
#[must_use]
pub fn knowledge<'a>(
    story: &'a Story,
    who: &str,
    beat: &str,
    env: &dyn Environment,
    memory: &'a Memory,
    now: u64,
) -> Knowledge<'a> {
    let env = Minded { env, who, memory, now };
    let facts = facts::known(story, who, beat, &env);
    let forbidden = facts::forbidden_words(story, who, beat, &env);
    let stemmer = Stemmer::of_locale(&story.locale);
    let lets_slip = |says: &str| {
        let words = words::words(says);
        let stems = stemmer.stems(&words);
        forbidden.iter().any(|word| stemmer.contains(&words, &stems, word))
    };
    let statements = memory.items().iter().filter(|item| {
        let said = matches!(item.claim, Claim::Said(_));
        said && memory.is_alive(item, now) && text_of(&item.claim, story).is_some_and(|(says, _)| !lets_slip(says))
    });
    let statements = statements.collect();
    Knowledge { facts, statements, forbidden }
}

/// An environment in which one person remembers.
struct Minded<'a> {
    env: &'a dyn Environment,
    who: &'a str,
    memory: &'a Memory,
    now: u64,
}

impl Environment for Minded<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        self.env.var(name)
    }

    fn visits(&self, beat: &str) -> u32 {
        self.env.visits(beat)
    }

    fn seen(&self, line: &str) -> bool {
        self.env.seen(line)
    }

    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.env.host(name, args)
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        who == self.who && self.memory.has_fact(fact, self.now)
    }
}

/// A host whose people remember. Composing with it shows what they have heard, in every kind of line: a
/// [`Composer`](crate::compose::Composer) asks the host whatever it is about to show.
#[derive(Clone, Copy)]
pub struct Remembering<'a> {
    /// Answers the functions of the story.
    pub host: &'a dyn Host,
    /// Who remembers what, by cast id.
    pub people: &'a [(&'a str, &'a Memory)],
    /// The time of the game, in ticks.
    pub now: u64,
}

impl Host for Remembering<'_> {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.host.call(name, args)
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        let own = self.people.iter().any(|(other, memory)| *other == who && memory.has_fact(fact, self.now));
        own || self.host.remembers(who, fact)
    }
}
