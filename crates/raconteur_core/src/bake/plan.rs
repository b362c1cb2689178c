//! What is baked, in which scenes, and under which rules.

use std::collections::HashMap;
use std::sync::Arc;

use super::routes::{Routes, Sight, tellable};
use super::targets::{Kind, Skipped, Target, targets};
use crate::compose::{Composed, Composer};
use crate::generate::{Constraints, GenerationConfig};
use crate::judge::Rules;
use crate::prompt::Prompt;
use crate::request::{Ranking, Work};
use crate::runner::{Host, Moment, Runner};
use crate::story::format::Story;
use crate::story::table::Table;
use crate::template::{TemplateError, Templates};

/// Sightings of a text after which no more scenes of it are composed.
const MOST_SIGHTINGS: usize = 400;
/// Sets of rules that a text is judged by at most.
const MOST_RULES: usize = 32;
/// Plays without anything new after which the rest of the plays is left out.
const PATIENCE: usize = 24;

/// How scenes are looked for.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Most seeded plays. **Default** 200.
    pub routes: usize,
    /// Most states of the search for what no play has come to. **Default** 20 000.
    pub states: usize,
    /// Most scenes of a text that variants are written for. **Default** 4.
    pub scenes: usize,
    /// What the plays start from.
    pub seed: u64,
    /// Ids of the texts to bake; empty for all.
    pub only: Vec<String>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { routes: 200, states: 20_000, scenes: 4, seed: 1, only: Vec::new() }
    }
}

/// What is to be baked.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The texts in the writer's order.
    pub texts: Vec<Planned>,
    /// Texts with `gen` that are not baked, and why.
    pub skipped: Vec<Skipped>,
    /// Number of plays.
    pub plays: usize,
}

/// A text with the scenes in which it comes up.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The text.
    pub target: Target,
    /// Scenes with different prompts, the most frequent first. Empty when it was not reached, or no model would be
    /// asked for it.
    pub scenes: Vec<Scene>,
    /// How often it came up. 0: no play and no search has reached it.
    pub sightings: usize,
    /// The rules of all scenes that were seen, also of those that nothing is written for: a variant may be shown in any
    /// of them.
    pub rules: Vec<Rules>,
}

/// A place in a play at which a text comes up.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The choices that lead there.
    pub route: Vec<String>,
    /// The values of the variables there, as `clues=2`.
    pub values: Vec<String>,
    /// How often its prompt came up.
    pub times: usize,
    /// The prompt.
    pub prompt: Prompt,
    /// Sampling of the request.
    pub config: GenerationConfig,
    /// Limits while decoding.
    pub constraints: Constraints,
    /// Rules for the finished text.
    pub rules: Rules,
    /// How candidates are ranked.
    pub ranking: Ranking,
}

/// Finds out what is to be baked and in which scenes. What was baked before does not matter.
///
/// # Errors
/// A template of the story cannot be read.
pub fn plan(story: &Story, templates: &Templates, options: &PlanOptions) -> Result<Plan, TemplateError> {
    // Without its baked variants: else nothing would be asked of a model.
    let story = Arc::new(Story { baked: Table::default(), ..story.clone() });
    let composer = Composer::new(story.clone(), templates)?;
    let (mut found, mut skipped) = targets(&story);
    if !options.only.is_empty() {
        found.retain(|target| options.only.contains(&target.id));
        skipped.retain(|skipped| options.only.contains(&skipped.id));
    }
    let mut eye = Eye::new(&story, &composer, found);
    let mut routes = Routes::new(story.clone(), options.seed);
    let (mut plays, mut dull) = (0, 0);
    while plays < options.routes && dull < PATIENCE {
        let new = routes.play(plays as u64, &mut |sight| eye.look(sight));
        dull = if new { 0 } else { dull + 1 };
        plays += 1;
    }
    if eye.missing() {
        // `look` and `done` both need the eye, one after the other.
        let eye = std::cell::RefCell::new(&mut eye);
        routes.search(options.states, &mut |sight| eye.borrow_mut().look(sight), &mut || !eye.borrow().missing());
    }
    let texts = eye.finish(options.scenes);
    Ok(Plan { texts, skipped, plays })
}

/// Looks at moments for texts to bake.
struct Eye<'a> {
    story: &'a Arc<Story>,
    composer: &'a Composer,
    texts: Vec<Planned>,
    at: HashMap<String, usize>,
}

impl<'a> Eye<'a> {
    fn new(story: &'a Arc<Story>, composer: &'a Composer, found: Vec<Target>) -> Self {
        let at = found.iter().enumerate().map(|(at, target)| (target.id.clone(), at)).collect();
        let planned = |target| Planned { target, scenes: Vec::new(), sightings: 0, rules: Vec::new() };
        Self { story, composer, texts: found.into_iter().map(planned).collect(), at }
    }

    fn missing(&self) -> bool {
        self.texts.iter().any(|text| text.sightings == 0)
    }

    fn look(&mut self, sight: &Sight<'_>) -> bool {
        let mut new = false;
        match sight.runner.moment() {
            Moment::Line { .. } => {
                if let Some(line) = sight.runner.line()
                    && let Some(&at) = self.at.get(&line.id)
                {
                    new |= self.see(at, sight);
                }
            }
            Moment::Slot { outcomes } => {
                for outcome in outcomes {
                    if let Some(&at) = self.at.get(&outcome.id) {
                        new |= self.see(at, sight);
                    }
                }
            }
            _ => {}
        }
        let told: Vec<usize> = tellable(self.story, sight.runner, sight.host)
            .filter_map(|id| self.at.get(id).copied())
            .filter(|&at| matches!(self.texts[at].target.kind, Kind::Storylet))
            .collect();
        for at in told {
            new |= self.see(at, sight);
        }
        new
    }

    fn see(&mut self, at: usize, sight: &Sight<'_>) -> bool {
        let text = &mut self.texts[at];
        text.sightings += 1;
        if text.sightings > MOST_SIGHTINGS {
            return false;
        }
        let first = text.sightings == 1;
        let Some(scene) = compose(self.composer, self.story, &text.target, sight) else { return first };
        let bare = Rules { recent: Vec::new(), ..scene.rules.clone() };
        if text.rules.len() < MOST_RULES && !text.rules.contains(&bare) {
            text.rules.push(bare);
        }
        match text.scenes.iter_mut().find(|other| other.prompt == scene.prompt) {
            Some(known) => {
                known.times += 1;
                // Whoever wants to see the scene takes the shortest way.
                if scene.route.len() < known.route.len() {
                    (known.route, known.values) = (scene.route, scene.values);
                }
                first
            }
            None => {
                text.scenes.push(scene);
                // A line that follows on a free talk has a new prompt each time; a few of them are enough.
                first || text.scenes.len() <= 8
            }
        }
    }

    fn finish(mut self, most: usize) -> Vec<Planned> {
        for text in &mut self.texts {
            // A stable sort: of equals, those that were seen first, with the shortest way, stay in front.
            text.scenes.sort_by_key(|scene| std::cmp::Reverse(scene.times));
            text.scenes.truncate(most.max(1));
        }
        self.texts
    }
}

fn compose(composer: &Composer, story: &Story, target: &Target, sight: &Sight<'_>) -> Option<Scene> {
    let (runner, host) = (sight.runner, sight.host);
    let composed = match &target.kind {
        Kind::Line { .. } => composer.line(runner, target.line(story)?, host),
        Kind::Storylet => composer.storylet(runner, target.storylet(story)?, host),
        Kind::Label { beat } => label(composer, runner, story, beat, &target.id, host)?,
    };
    let Composed::Request(request) = composed else { return None };
    let Work::Write { prompt, config, constraints, rules, ranking, .. } = request.work else { return None };
    let values = runner.state().vars.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Some(Scene { route: sight.route.to_vec(), values, times: 1, prompt, config, constraints, rules, ranking })
}

fn label(
    composer: &Composer,
    runner: &Runner,
    story: &Story,
    beat: &str,
    id: &str,
    host: &dyn Host,
) -> Option<Composed> {
    let slot = story.beats.get(beat)?.slot.as_ref()?;
    let outcome = slot.outcomes.iter().find(|outcome| outcome.id == id)?;
    Some(composer.label(runner, beat, outcome, host))
}
