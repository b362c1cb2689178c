//! What comes to an NPC's mind, for a prompt and for who speaks next.

use std::sync::LazyLock;

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use raconteur_core::facts;
use raconteur_core::memory::{Claim, Knowledge, Memory, Remembering, Weights, knowledge, told};
use raconteur_core::runner::{Host, NoHost};
use raconteur_core::story::format::Story;

use super::{MemoryClock, Remembers};
use crate::runner::StoryRunner;

/// Stands for the lore of those who belong to no story.
static NO_STORY: LazyLock<Story> = LazyLock::new(Story::default);

/// Reads what people remember.
#[derive(SystemParam)]
pub(crate) struct Recalling<'w, 's> {
    people: Query<'w, 's, &'static Remembers>,
    stories: Query<'w, 's, &'static StoryRunner>,
    clock: Res<'w, MemoryClock>,
}

/// What goes into a prompt.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InMind {
    /// Facts that were called up, the best first.
    pub(crate) called: Vec<String>,
    /// What else is on their mind.
    pub(crate) rest: Vec<String>,
    /// Words that they may not say.
    pub(crate) must_not: Vec<String>,
}

impl Recalling<'_, '_> {
    /// The memory of somebody, the lore that they know of, and what of both they may be shown. `None` for who has none.
    fn with<T>(&self, npc: Entity, what: impl FnOnce(&Remembers, &Story, &Knowledge<'_>) -> T) -> Option<T> {
        let remembers = self.people.get(npc).ok()?;
        let memory = &remembers.memory;
        let part = remembers.part.as_ref();
        let play = part.and_then(|(story, who)| Some((self.stories.get(*story).ok()?.runner()?, who.as_str())));
        let Some((runner, who)) = play else {
            // No story, or one that has not begun: no lore, so nothing of it can be let slip.
            let alive = memory.items().iter().filter(|item| memory.is_alive(item, self.clock.now));
            let statements = alive.filter(|item| matches!(item.claim, Claim::Said(_))).collect();
            let known = Knowledge { facts: Vec::new(), statements, forbidden: Vec::new() };
            return Some(what(remembers, &NO_STORY, &known));
        };
        let people: [(&str, &Memory); 1] = [(who, memory)];
        // What only a system of the game could answer counts as not so: rather a fact too few.
        let host = Remembering { host: &NoHost as &dyn Host, people: &people, now: self.clock.now };
        let env = runner.environment(&host);
        let known = knowledge(runner.story(), who, &runner.state().beat, &env, memory, self.clock.now);
        Some(what(remembers, runner.story(), &known))
    }

    /// What comes to mind at these words, within the budget.
    pub(crate) fn at(&self, npc: Entity, cues: &[&str]) -> InMind {
        let recall = |remembers: &Remembers, story: &Story, known: &Knowledge<'_>| {
            let Remembers { memory, budget, .. } = remembers;
            let mut tokens = |text: &str| text.chars().count().div_ceil(4);
            let found = memory.recall(
                story,
                self.clock.now,
                cues,
                Weights::default(),
                *budget,
                &|item| known.allows(item),
                &mut tokens,
            );
            let mut mind = InMind { must_not: known.forbidden_forms(&story.locale), ..InMind::default() };
            for recalled in found {
                let list = if recalled.called { &mut mind.called } else { &mut mind.rest };
                list.push(recalled.says.to_owned());
            }
            // What they have always known comes to mind when it is touched.
            let room = budget.items.saturating_sub(mind.called.len());
            for lore in facts::called(story, &known.facts, cues).into_iter().take(room) {
                if !mind.called.contains(&lore.says) {
                    mind.called.push(lore.says.clone());
                }
            }
            mind.rest.truncate(budget.items.saturating_sub(mind.called.len()));
            mind
        };
        self.with(npc, recall).unwrap_or_default()
    }

    /// What of their knowledge a text states, each with how much it matters to them.
    pub(crate) fn stated_by(&self, npc: Entity, text: &str) -> Vec<(Claim, f32)> {
        let stated = |remembers: &Remembers, story: &Story, known: &Knowledge<'_>| {
            let claims = told(story, known, text).into_iter();
            let importance = |claim: &Claim| remembers.memory.get(claim).map_or(0.5, |item| item.importance);
            claims.map(|claim| (importance(&claim), claim)).map(|(importance, claim)| (claim, importance)).collect()
        };
        self.with(npc, stated).unwrap_or_default()
    }

    /// Words that call up something that they know.
    pub(crate) fn keys(&self, npc: Entity) -> Vec<String> {
        let keys = |_: &Remembers, story: &Story, known: &Knowledge<'_>| {
            let lore = known.facts.iter().filter_map(|id| story.lore.get(id)).flat_map(|lore| &lore.keys);
            let said = known.statements.iter().filter_map(|item| match &item.claim {
                Claim::Said(statement) => Some(&statement.keys),
                Claim::Lore(_) => None,
            });
            lore.chain(said.flatten()).cloned().collect()
        };
        self.with(npc, keys).unwrap_or_default()
    }

    /// The storylet that somebody would say by the way: their story, its id, its authored words.
    pub(crate) fn storylet(&self, npc: Entity) -> Option<(Entity, String, String)> {
        let (story, who) = self.people.get(npc).ok()?.part.as_ref()?;
        let storylet = self.stories.get(*story).ok()?.runner()?.storylet(who, &NoHost)?;
        Some((*story, storylet.id.clone(), storylet.say.clone()))
    }
}
