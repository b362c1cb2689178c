//! Rumors: a fact as it was heard last, told again by somebody else, and how far it may stray.

use super::{Brief, Composed, Composer, Spoken, or_silence, policy::Limits, recent_lines, said, seed_of};
use crate::facts;
use crate::generate::Priority;
use crate::judge::Near;
use crate::request::{LineRequest, Source, Why};
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
        let Some(template) = self.templates.get(how.prompt) else { return stays(fallback) };
        let must: Vec<Vec<String>> = how.keep.iter().map(|word| vec![word.clone()]).collect();
        let brief = Brief {
            must: &must,
            from: Some(&[]),
            own_words: vec![line.say, version.text],
            ..Brief::plain(how.prompt, how.policy)
        };
        let mut scene = self.scene(runner, line, template, &brief, None, host);
        // One fact only, in the words in which it came to the speaker.
        scene.lore = vec![version.text.to_owned()];
        let Some(speaker) = scene.personas.first().cloned() else { return stays(fallback) };
        let policy = self.policy(how.policy);
        let seed = seed_of(runner.state().seed, line.id, self.times(runner, line.id));
        let limits = Limits {
            must: &must,
            secrets: self.forbidden(runner, line, &brief, host),
            labels: self.cast_names(),
            player: self.player_names(line.who),
            recent: recent_lines(runner, line.who, policy),
            said: said(runner, line.who, policy),
            near: Some(Near { text: version.text.to_owned(), most: how.drift }),
            pattern: self.pattern(policy),
            ..Limits::new(policy, &speaker, &self.world, seed)
        };
        let work = limits.work(template.render(&scene, self.templates.start_of_text), &scene);
        Composed::Request(LineRequest { work, fallback: or_silence(fallback), priority, budget_ms: policy.budget_ms })
    }
}
