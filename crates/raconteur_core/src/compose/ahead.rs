//! Beginnings of prompts that will probably be needed soon: what is known before anybody speaks or asks.

use super::{Brief, Composer, Talk, policy};
use crate::desk::ReadAhead;
use crate::facts;
use crate::generate::Priority;
use crate::prompt::Prompt;
use crate::runner::{Host, Runner};
use crate::story::format::{Gen, Line};
use crate::template::{Scene, Slot, Templates};

/// Tokens that stay free behind the prompt of a line that is only ranked.
const PICKED: usize = 40;
/// Facts of a line that answers for which a prompt is read.
const ASKED: usize = 4;
/// Stands for what will be said, and is cut off again.
const SOMETHING: &str = "?";

impl Composer {
    /// What can be read ahead of the beat that the story stands in: for every speaker with a line to generate (of `who`
    /// alone, when it is given), the prompt up to the talk, once for each template, and the null context that its texts
    /// are ranked against.
    ///
    /// The facts are those that the line is about. Where somebody can be asked, it is one prompt for each of the
    /// heaviest facts, since most questions are about one; if this one is about several, less of the prompt is known.
    #[must_use]
    pub fn read_ahead(
        &self,
        runner: &Runner,
        who: Option<&str>,
        priority: Priority,
        host: &dyn Host,
    ) -> Vec<ReadAhead> {
        let Some(beat) = self.story.beats.get(&runner.state().beat) else { return Vec::new() };
        let mut done: Vec<(&str, &str)> = Vec::new();
        let mut ahead = Vec::new();
        for line in beat.lines.iter().filter(|line| who.is_none_or(|who| line.who == who)) {
            let Some(brief) = line.generate.as_ref().and_then(|how| brief(how, &line.say)) else { continue };
            if !done.contains(&(&line.who, brief.template)) {
                done.push((&line.who, brief.template));
                for read in self.line_ahead(runner, line, &brief, priority, host) {
                    if !ahead.contains(&read) {
                        ahead.push(read);
                    }
                }
            }
        }
        ahead
    }

    fn line_ahead(
        &self,
        runner: &Runner,
        line: &Line,
        brief: &Brief<'_>,
        priority: Priority,
        host: &dyn Host,
    ) -> Vec<ReadAhead> {
        if let (Some(Gen::Answer { from, .. }), false) = (&line.generate, brief.ordered) {
            let beat = self.beat_of(runner, &line.id);
            let known = facts::known(&self.story, &line.who, beat, &runner.environment(host));
            let one = |id: &str| {
                let from = [id.to_owned()];
                let brief = Brief { from: Some(&from), ordered: true, ..Brief::plain(brief.template, brief.policy) };
                self.line_ahead(runner, line, &brief, priority, host)
            };
            return self.asked(&known, from, "").iter().take(ASKED).flat_map(|fact| one(fact.id)).collect();
        }
        let Some(template) = self.templates.get(brief.template) else { return Vec::new() };
        let scene = self.scene(runner, line.into(), template, brief, None, host);
        if scene.personas.is_empty() {
            return Vec::new();
        }
        let policy = self.policy(brief.policy);
        let room = if matches!(line.generate, Some(Gen::Pick { .. })) { PICKED } else { policy.tokens.1.max(1) };
        let start_of_text = self.templates.start_of_text;
        let prompt = before(template.render(&scene, start_of_text), &[Slot::History, Slot::Heard]);
        let adapter = prompt.adapter.clone();
        let null = policy::null_context(policy, &scene);
        let null = null.map(|null| Prompt { start_of_text, adapter, ..Prompt::text(null) });
        [Some(prompt), null].into_iter().flatten().map(|prompt| ReadAhead { prompt, room, priority }).collect()
    }
}

impl Talk<'_> {
    /// What can be read before the persona is asked something: the prompt up to the question. It is that of
    /// [`request`](Self::request) with something heard.
    #[must_use]
    pub fn read_ahead(&self, templates: &Templates) -> ReadAhead {
        let scene = Scene { heard: SOMETHING.to_owned(), ..self.scene("") };
        let prompt = templates.get("reply").map(|reply| reply.render(&scene, templates.start_of_text));
        ReadAhead {
            prompt: before(prompt.unwrap_or_default(), &[Slot::Heard]),
            room: self.policy.tokens.1.max(1),
            priority: self.priority,
        }
    }
}

/// What a line wants of its prompt.
fn brief<'a>(how: &'a Gen, say: &'a str) -> Option<Brief<'a>> {
    match how {
        Gen::Pick { prompt, policy, .. } => Some(Brief::plain(prompt, policy)),
        Gen::Answer { prompt, policy, from, .. } => Some(Brief { from: Some(from), ..Brief::plain(prompt, policy) }),
        Gen::Vary(writing) => Some(Brief { reword: say, ..Brief::of(writing, say) }),
        Gen::Free(writing) => Some(Brief::of(writing, say)),
        // Its fact is the one it was last told as, and that is the first thing that changes.
        Gen::Rumor { .. } => None,
    }
}

/// A prompt up to the first of some slots.
fn before(mut prompt: Prompt, slots: &[Slot]) -> Prompt {
    let end = prompt.sections.iter().position(|section| slots.iter().any(|slot| slot.name() == section.name));
    prompt.sections.truncate(end.unwrap_or(prompt.sections.len()));
    prompt
}
