//! Rumors: a fact as it was heard last, told again by somebody else, and how far it may stray.

use super::{Brief, Composed, Composer, Spoken, or_silence, policy::Limits, recent_lines, said, seed_of};
use crate::facts;
use crate::generate::Priority;
use crate::judge::Near;
use crate::request::{LineRequest, Source, Why};
use crate::rumors::Retelling;
use crate::runner::{Host, Runner};

/// What a `Rumor` wants.
pub(super) struct How<'a> {
    pub(super) prompt: &'a str,
    pub(super) policy: &'a str,
    pub(super) fact: &'a str,
    pub(super) keep: &'a [String],
    pub(super) drift: f32,
}

/// The form of a fact that is retold next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version<'a> {
    /// The words.
    pub text: &'a str,
    /// How often the fact had been retold when they were said; 0 for the fact as the story has it.
    pub times: u32,
}

impl Composer {
    /// The form in which `who` has a fact, in the beat that the story stands in: the last retelling that the player has
    /// heard, else the fact itself if they know it. `None` when they hide it, it is not true now, or they neither know
    /// it nor has anybody told it.
    #[must_use]
    pub fn version<'a>(&'a self, runner: &'a Runner, who: &str, fact: &str, host: &dyn Host) -> Option<Version<'a>> {
        self.version_in(runner, who, fact, runner.state().beat.as_str(), host)
    }

    pub(super) fn version_in<'a>(
        &'a self,
        runner: &'a Runner,
        who: &str,
        fact: &str,
        beat: &str,
        host: &dyn Host,
    ) -> Option<Version<'a>> {
        let env = runner.environment(host);
        let lore = self.story.lore.get(fact)?;
        if facts::hides(&self.story, who, fact) || !facts::holds(lore, &env) {
            return None;
        }
        // A retelling in another language is no model for this one.
        let heard = runner.state().retellings.get(fact).filter(|heard| heard.locale == self.story.locale);
        match heard {
            Some(heard) => Some(Version { text: &heard.text, times: heard.times }),
            None if facts::known(&self.story, who, beat, &env).contains(&fact) => {
                Some(Version { text: &lore.says, times: 0 })
            }
            None => None,
        }
    }

    pub(super) fn rumor(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        how: &How<'_>,
        priority: Priority,
        host: &dyn Host,
    ) -> Composed {
        let beat = self.beat_of(runner, line.id);
        let Some(version) = self.version_in(runner, line.who, how.fact, beat, host) else {
            return Composed::Authored(Why::Written);
        };
        // What is heard without a model is what was heard last; before that, what the writer wrote.
        let fallback = if version.times > 0 { version.text } else { line.say };
        let stays = |text: &str| {
            if text == line.say {
                Composed::Authored(Why::Written)
            } else {
                Composed::Chosen { text: text.to_owned(), source: Source::Authored(Why::Written) }
            }
        };
        let telling = Retold { text: version.text, fallback, must: how.keep, drift: how.drift };
        match self.retold(runner, line, &telling, how.prompt, how.policy, priority, host) {
            Some(request) => Composed::Request(request),
            None => stays(fallback),
        }
    }

    /// The request to word a telling of [`rumors`](crate::rumors): the telling is the one fact of the prompt and what is
    /// shown without a model, its names and numbers have to be said, and the words stay within its drift of it. `who` is
    /// the cast id of the teller; `id` names this telling and settles its seed, so give each telling one of its own.
    #[must_use]
    pub fn retelling(
        &self,
        runner: &Runner,
        who: &str,
        id: &str,
        telling: &Retelling,
        prompt: &str,
        policy: &str,
        priority: Priority,
        host: &dyn Host,
    ) -> Composed {
        let line = Spoken { id, who, say: &telling.text, generate: None };
        let text = telling.text.as_str();
        let told = Retold { text, fallback: text, must: &telling.keep, drift: telling.drift };
        match self.retold(runner, line, &told, prompt, policy, priority, host) {
            Some(request) => Composed::Request(request),
            None => Composed::Chosen { text: or_silence(text), source: Source::Authored(Why::Written) },
        }
    }

    /// `None` when there is no such template, or nobody speaks.
    fn retold(
        &self,
        runner: &Runner,
        line: Spoken<'_>,
        told: &Retold<'_>,
        prompt: &str,
        policy: &str,
        priority: Priority,
        host: &dyn Host,
    ) -> Option<LineRequest> {
        let template = self.templates.get(prompt)?;
        let must: Vec<Vec<String>> = told.must.iter().map(|word| vec![word.clone()]).collect();
        let brief = Brief {
            must: &must,
            from: Some(&[]),
            own_words: vec![line.say, told.text],
            ..Brief::plain(prompt, policy)
        };
        let mut scene = self.scene(runner, line, template, &brief, None, host);
        // One fact only, in the words in which it came to the speaker.
        scene.lore = vec![told.text.to_owned()];
        let speaker = scene.personas.first().cloned()?;
        let policy = self.policy(policy);
        let seed = seed_of(runner.state().seed, line.id, self.times(runner, line.id));
        let limits = Limits {
            must: &must,
            secrets: self.forbidden(runner, line, &brief, host),
            labels: self.cast_names(),
            player: self.player_names(line.who),
            recent: recent_lines(runner, line.who, policy),
            said: said(runner, line.who, policy),
            near: Some(Near { text: told.text.to_owned(), most: told.drift }),
            pattern: self.pattern(policy),
            ..Limits::new(policy, &speaker, &self.world, seed)
        };
        let work = limits.work(template.render(&scene, self.templates.start_of_text), &scene);
        let fallback = or_silence(told.fallback);
        Some(LineRequest { work, fallback, priority, budget_ms: policy.budget_ms })
    }
}

/// A fact in the words in which it is retold.
struct Retold<'a> {
    text: &'a str,
    /// What is shown without a model.
    fallback: &'a str,
    /// Words that have to be said.
    must: &'a [String],
    /// How far the words may stray from `text`.
    drift: f32,
}
