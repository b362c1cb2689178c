//! Detours: the interlude, and what is read out of it.
//!
//! ```text
//! Composer::detour -> Finished -> Composer::detour_lines -> Runner::tell_detour
//!                                        `-> Composer::readings -> Finished of each -> Reading::value -> readings
//! ```

use super::{Composed, Composer, or_silence, policy, policy::Limits, seed_of};
use crate::facts;
use crate::generate::Priority;
use crate::persona::Persona;
use crate::prompt::{Piece, Prompt, Section};
use crate::request::{Finished, LineRequest, Source, Why, Work};
use crate::runner::{Host, PLAYER, Runner};
use crate::story::expr::{EffectOp, RangeEffect};
use crate::story::format::{Detour, Value};
use crate::template::Scene;

/// Cast id of who tells a detour.
const NARRATOR: &str = "narrator";
/// Most people whose voices stand in the prompt: the training text had no more in a scene.
const MOST_PEOPLE: usize = 3;

/// Asks which value of a variable an interlude bears out.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The variable, one of `may`.
    pub variable: String,
    /// Ranks the sentences of `reads`; nobody sees the one that comes first.
    pub request: LineRequest,
    /// The number that the first sentence stands for.
    low: i64,
}

impl Reading {
    /// The number that was read: what is added, subtracted or set. `None` when no model has ranked the sentences, and
    /// then the variable stays as far as its range allows.
    #[must_use]
    pub fn value(&self, finished: &Finished) -> Option<i64> {
        if !matches!(finished.source, Source::Ranked { .. }) {
            return None;
        }
        let place = i64::try_from(*finished.ranking.first()?).ok()?;
        Some(self.low.saturating_add(place))
    }
}

impl Composer {
    /// What becomes of the detour that is due; `None` when none is. Its teller has no secrets: it is shown what one of
    /// the people of the beat may say and none of them hides.
    ///
    /// A request ends with its authored text like any other; whether that one exists is for
    /// [`detour_lines`](Self::detour_lines) to say.
    #[must_use]
    pub fn detour(&self, runner: &Runner, host: &dyn Host) -> Option<Composed> {
        let detour = runner.detour()?;
        let Some(template) = self.templates.get(&detour.prompt) else { return Some(Composed::Authored(Why::Written)) };
        let beat = runner.state().beat.as_str();
        let people = self.people(beat);
        let env = runner.environment(host);
        let scene = self.detour_scene(runner, detour, &people, host);
        let mut forbidden = facts::forbidden_among(&self.story, &people, beat, &env);
        let own = [detour.say.as_str(), detour.goal.as_str()].into_iter();
        policy::release(&mut forbidden, own, self.world.stemmer);
        let narrator = self.story.cast.get(NARRATOR);
        let teller = narrator.map_or_else(Persona::default, |narrator| Persona::of_character(narrator, ""));
        let policy = self.policy(&detour.policy);
        let seed = seed_of(runner.state().seed, &format!("detour:{beat}"), self.visits(runner, beat));
        let limits = Limits {
            secrets: forbidden,
            labels: self.cast_names(),
            recent: super::recent_lines(runner, NARRATOR, policy),
            max_lines: Some(detour.max_lines),
            pattern: self.pattern(policy),
            ..Limits::new(policy, &teller, &self.world, seed)
        };
        let work = limits.work(template.render(&scene, self.templates.start_of_text), &scene);
        Some(Composed::Request(LineRequest {
            work,
            fallback: or_silence(&detour.say),
            priority: Priority::OnScreen,
            budget_ms: policy.budget_ms,
        }))
    }

    /// The lines of the detour that is due, as `finished` has them: those of the model, at most `max_lines`, or those of
    /// the authored text. Empty when nothing is to be told; then [`Runner::skip_detour`].
    #[must_use]
    pub fn detour_lines(&self, runner: &Runner, finished: &Finished) -> Vec<String> {
        let Some(detour) = runner.detour() else { return Vec::new() };
        let (text, most) = match finished.source {
            Source::Authored(_) => (detour.say.as_str(), usize::MAX),
            Source::Cancelled => return Vec::new(),
            _ => (finished.text.as_str(), if detour.max_lines == 0 { usize::MAX } else { detour.max_lines }),
        };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.take(most).map(str::to_owned).collect()
    }

    /// What to ask about the detour that is due once it has been told with `lines`: for each variable of `may` with
    /// sentences in `reads`, which of them the interlude makes likelier than the setting alone does. Sentences beyond
    /// the range are left out.
    #[must_use]
    pub fn readings(&self, runner: &Runner, lines: &[String]) -> Vec<Reading> {
        let Some(detour) = runner.detour() else { return Vec::new() };
        detour.may.iter().filter_map(|effect| self.reading(runner, detour, effect, lines)).collect()
    }

    fn reading(&self, runner: &Runner, detour: &Detour, effect: &RangeEffect, lines: &[String]) -> Option<Reading> {
        let (variable, (low, high)) = (effect.variable()?, effect.range()?);
        let values = usize::try_from(i128::from(high) - i128::from(low) + 1).unwrap_or(0);
        let from: Vec<String> = detour.reads.get(variable)?.iter().take(values).cloned().collect();
        if from.len() < 2 || lines.is_empty() {
            return None;
        }
        // What stands when nobody reads: no change.
        let kept = match (effect.op()?, runner.state().vars.get(variable)?) {
            (EffectOp::Set, Value::Int(value)) => *value,
            (_, Value::Int(_)) => 0,
            _ => return None,
        };
        let place = usize::try_from(kept.clamp(low, high).saturating_sub(low)).unwrap_or(0).min(from.len() - 1);
        // The sentence follows the interlude as its next one; what is compared with is the place without it.
        let setting = facts::setting(&self.story, &runner.state().beat).trim();
        let before = if setting.is_empty() { detour.goal.trim() } else { setting };
        let piece = |text: String| Piece { text, keep: None };
        let told = Section { name: "text".to_owned(), pieces: vec![piece(format!("{before}\n{}", lines.join("\n")))] };
        let prompt = Prompt { sections: vec![told], start_of_text: self.templates.start_of_text, ..Prompt::default() };
        let null = Some(before).filter(|before| !before.is_empty()).map(str::to_owned);
        let policy = self.policy(&detour.policy);
        let fallback = or_silence(&from[place]);
        let work = Work::Pick { prompt, from, null };
        let request = LineRequest { work, fallback, priority: Priority::OnScreen, budget_ms: policy.budget_ms };
        Some(Reading { variable: variable.to_owned(), request, low })
    }

    /// Everybody of the cast who speaks in a beat, apart from a narrator and the player.
    pub(super) fn people(&self, beat: &str) -> Vec<&str> {
        let mut people: Vec<&str> = Vec::new();
        let lines = self.story.beats.get(beat).map(|beat| beat.lines.as_slice()).unwrap_or_default();
        for line in lines {
            let who = line.who.as_str();
            if who != PLAYER && who != NARRATOR && !self.name_of(who).is_empty() && !people.contains(&who) {
                people.push(who);
            }
        }
        people
    }

    pub(super) fn detour_scene(&self, runner: &Runner, detour: &Detour, people: &[&str], host: &dyn Host) -> Scene {
        let state = runner.state();
        let env = runner.environment(host);
        let known = facts::known_among(&self.story, people, &state.beat, &env);
        let mut cues = vec![detour.goal.as_str(), detour.say.as_str()];
        cues.extend(state.history.iter().rev().take(2).map(|turn| turn.text.as_str()));
        let lore = facts::retrieve(&self.story, &known, &cues);
        let characters = people.iter().take(MOST_PEOPLE).filter_map(|who| self.story.cast.get(who));
        Scene {
            setting: facts::setting(&self.story, &state.beat).to_owned(),
            lore: lore.into_iter().map(|lore| lore.says.clone()).collect(),
            personas: characters.map(|character| self.persona(character, "")).collect(),
            history: state.history.iter().map(|turn| (self.name_of(&turn.who), turn.text.clone())).collect(),
            listener: self.label_of(PLAYER),
            say: detour.say.clone(),
            goal: detour.goal.clone(),
            ..Scene::default()
        }
    }
}
