//! Labels of outcomes: their wording, and which of them are offered.

use super::pick::chosen_without_model;
use super::{Brief, Composed, Composer, Spoken, or_silence, policy, policy::Limits, seed_of};
use crate::facts;
use crate::generate::Priority;
use crate::persona::Persona;
use crate::request::{LineRequest, Why, Work};
use crate::runner::{Host, PLAYER, Position, Runner};
use crate::story::format::{Beat, Outcome, Slot};
use crate::template::{self, Scene, Template};
use crate::variants::{Wording, label_variants};

/// Ends what the player could do; behind it training texts say what then happens.
const THEN: &str = " >";

impl Composer {
    /// The wording of an outcome's label. What the outcome does stays the writer's: the model only words it.
    ///
    /// The player speaks here, so it is the player who may not let slip what they do not know. The scene is that of
    /// whoever spoke last: their voice, and the facts that they may say. A template with `{say}` rewords the authored
    /// label, and then `{speaker}` is the player. Any other template needs an outcome with `must`: nothing else would
    /// tie the words to what the outcome does, so one without it stays as it was written.
    #[must_use]
    pub fn label(&self, runner: &Runner, beat: &str, outcome: &Outcome, host: &dyn Host) -> Composed {
        let wordings = label_variants(self.story(), outcome);
        if wordings.len() > 1 {
            return self.pick_label(runner, beat, outcome, &wordings, host);
        }
        let Some((slot, template)) = self.slot(beat) else { return Composed::Authored(Why::Written) };
        let rewords = template.has(template::Slot::Say);
        if !rewords && outcome.must.iter().all(Vec::is_empty) {
            return Composed::Authored(Why::Written);
        }
        let policy = self.policy(&slot.policy);
        let mut scene = self.slot_scene(runner, beat, slot, Some(host));
        if rewords {
            scene.speaker = self.label_of(PLAYER);
            scene.say.clone_from(&outcome.say);
        }
        let mut forbidden = facts::forbidden_words(self.story(), PLAYER, beat, &runner.environment(host));
        let own = outcome.must.iter().flatten().map(String::as_str).chain([outcome.say.as_str()]);
        policy::release(&mut forbidden, own, self.world.stemmer);
        let player = self.story().cast.get(PLAYER).map_or_else(Persona::default, |you| Persona::of_character(you, ""));
        let limits = Limits {
            must: &outcome.must,
            must_not: &outcome.must_not,
            secrets: forbidden,
            labels: self.cast_names(),
            reword: if rewords { &outcome.say } else { "" },
            sentence_end: false,
            // A label is as short as it is. One that may not end yet goes on with debris: "Open the door.ake the bell."
            min_tokens: 1,
            more_stops: &[THEN, "\n"],
            pattern: self.pattern(policy),
            ..Limits::new(
                policy,
                &player,
                &self.world,
                seed_of(runner.state().seed, &outcome.id, self.visits(runner, beat)),
            )
        };
        let prompt = template.render(&scene, self.templates.start_of_text);
        // A label is ranked against what the player might say anywhere.
        scene.speaker = self.label_of(PLAYER);
        let mut work = limits.work(prompt, &scene);
        // The player decides by a label, so it has to make sense. One that does not come to its word by itself is better
        // left as it was written: "Wet the bell." for "Ask about his wet boots." is no choice.
        if let Work::Write { constraints, .. } = &mut work {
            constraints.must.clear();
        }
        Composed::Request(LineRequest {
            work,
            fallback: or_silence(&outcome.say),
            priority: Priority::OnScreen,
            budget_ms: policy.budget_ms,
        })
    }

    /// A label with reviewed variants: a model ranks them, and writes nothing.
    fn pick_label(
        &self,
        runner: &Runner,
        beat: &str,
        outcome: &Outcome,
        wordings: &[Wording<'_>],
        host: &dyn Host,
    ) -> Composed {
        let times = self.visits(runner, beat);
        let Some(chosen) = self.by_seed(runner, &outcome.id, times, wordings) else {
            return Composed::Authored(Why::Written);
        };
        let Some((slot, template)) = self.slot(beat) else { return chosen_without_model(chosen) };
        let mut scene = self.slot_scene(runner, beat, slot, Some(host));
        let prompt = template.render(&scene, self.templates.start_of_text);
        scene.speaker = self.label_of(PLAYER);
        let policy = self.policy(&slot.policy);
        let from = wordings.iter().map(|wording| wording.say.to_owned()).collect();
        Composed::Request(LineRequest {
            work: Work::Pick { prompt, from, null: policy::null_context(policy, &scene) },
            fallback: or_silence(chosen.say),
            priority: Priority::OnScreen,
            budget_ms: policy.budget_ms,
        })
    }

    /// Asks which of the open outcomes of the current slot suit the scene best, those that are always there apart.
    /// Give the ranking to [`Runner::offered`]. `None` when all of them are offered anyway, or no slot is due here.
    #[must_use]
    pub fn rank_outcomes(&self, runner: &Runner, beat: &str) -> Option<LineRequest> {
        self.rank_outcomes_as(runner, beat, &|_| None)
    }

    /// As [`rank_outcomes`](Self::rank_outcomes), where `words` has other words than the authored label for some outcomes, by
    /// their ids.
    #[must_use]
    pub fn rank_outcomes_as(
        &self,
        runner: &Runner,
        beat: &str,
        words: &dyn Fn(&str) -> Option<String>,
    ) -> Option<LineRequest> {
        let Position::Slot { open, .. } = &runner.state().position else { return None };
        if runner.state().beat != beat {
            return None;
        }
        let (slot, template) = self.slot(beat)?;
        let from: Vec<String> = open
            .iter()
            .filter(|id| !slot.always.contains(id))
            .filter_map(|id| slot.outcomes.iter().find(|outcome| outcome.id == *id))
            .map(|outcome| words(&outcome.id).unwrap_or_else(|| outcome.say.clone()))
            .collect();
        if from.len() < 2 || from.len() <= slot.offer {
            return None;
        }
        let mut scene = self.slot_scene(runner, beat, slot, None);
        let prompt = template.render(&scene, self.templates.start_of_text);
        scene.speaker = self.label_of(PLAYER);
        let policy = self.policy(&slot.policy);
        let fallback = or_silence(&from[0]);
        let work = Work::Pick { prompt, from, null: policy::null_context(policy, &scene) };
        Some(LineRequest { work, fallback, priority: Priority::OnScreen, budget_ms: policy.budget_ms })
    }

    fn slot<'a>(&'a self, beat: &str) -> Option<(&'a Slot, &'a Template)> {
        let slot = self.story().beats.get(beat)?.slot.as_ref()?;
        Some((slot, self.templates.get(&slot.prompt)?))
    }

    /// Without a host, conditions that ask it count as false, and so do the facts that depend on them.
    pub(super) fn slot_scene(&self, runner: &Runner, beat: &str, slot: &Slot, host: Option<&dyn Host>) -> Scene {
        let body = self.story().beats.get(beat);
        let who = self.partner(runner, body).unwrap_or(PLAYER);
        let brief = Brief { tone: &slot.tone, ..Brief::plain(&slot.prompt, &slot.policy) };
        let Some(template) = self.templates.get(&slot.prompt) else { return Scene::default() };
        let nobody = Spoken { id: "", who, say: "", generate: None };
        let mut scene = self.scene(runner, nobody, template, &brief, None, host.unwrap_or(&crate::runner::NoHost));
        facts::setting(self.story(), beat).clone_into(&mut scene.setting);
        scene
    }

    /// Whom the player talks with: the last speaker who is a person, else the first who speaks in the beat.
    pub(super) fn partner<'a>(&'a self, runner: &'a Runner, beat: Option<&'a Beat>) -> Option<&'a str> {
        let said = runner.state().history.iter().rev().map(|turn| turn.who.as_str());
        let will_say = beat.into_iter().flat_map(|beat| &beat.lines).map(|line| line.who.as_str());
        said.chain(will_say).find(|who| *who != PLAYER && !self.name_of(who).is_empty())
    }

    pub(super) fn visits(&self, runner: &Runner, beat: &str) -> u64 {
        u64::from(runner.state().visits.get(beat).copied().unwrap_or(0))
    }
}
