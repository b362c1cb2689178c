//! What is offered, what has been taken, and what has become of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::template::{HookSet, HookTemplate};
use super::{Filling, Fitting, HOOK_OPEN, HookError, Search, SearchLimits, Unfit, World};
use crate::runner::Host;
use crate::story::expr::Environment;
use crate::story::format::{Story, Value};

/// Most fillings that are over which a board knows again.
pub const DONE_LIMIT: usize = 512;
/// Entities in so many of the latest hooks count as used lately.
const LATELY: u64 = 12;
/// Most candidates that a model is asked to rank.
const MOST_RANKED: usize = 24;

/// A template with its holes filled.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hook {
    /// Id of the outcome that carries it.
    pub outcome: String,
    /// Id of the template.
    pub template: String,
    /// What fills its holes.
    pub filling: Filling,
    /// The label.
    pub say: String,
    /// Its number, from 1, in the order in which hooks were offered.
    pub number: u64,
}

/// A filling that could be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Id of the template.
    pub template: String,
    /// What fills its holes.
    pub filling: Filling,
    /// The label.
    pub say: String,
    /// How many of its entities were used lately.
    pub stale: usize,
}

/// What has become of a hook that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The hook.
    pub hook: Hook,
    /// Whether its goal was reached; else it has failed.
    pub done: bool,
}

/// The hooks of one story.
#[derive(Debug, Clone)]
pub struct Board {
    set: Arc<HookSet>,
    pub(super) offered: Vec<Hook>,
    pub(super) taken: Vec<Hook>,
    /// Fillings that are over, the oldest first: template and filling.
    pub(super) over: Vec<(String, Filling)>,
    /// For each entity, the number of the last hook that it was in.
    pub(super) used: BTreeMap<String, u64>,
    /// Number of hooks that have been offered.
    pub(super) count: u64,
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn new(set: Arc<HookSet>) -> Self {
        Self { set, offered: Vec::new(), taken: Vec::new(), over: Vec::new(), used: BTreeMap::new(), count: 0 }
    }

    /// The templates.
    #[must_use]
    pub fn set(&self) -> &Arc<HookSet> {
        &self.set
    }

    /// Hooks that can be taken, in the order in which they were offered.
    #[must_use]
    pub fn offered(&self) -> &[Hook] {
        &self.offered
    }

    /// Hooks that have been taken and are not over.
    #[must_use]
    pub fn taken(&self) -> &[Hook] {
        &self.taken
    }

    /// The hook that is offered at an outcome.
    #[must_use]
    pub fn at(&self, outcome: &str) -> Option<&Hook> {
        self.offered.iter().find(|hook| hook.outcome == outcome)
    }

    /// When an entity was last in a hook, as a number of that hook; 0 for never.
    #[must_use]
    pub fn last_used(&self, id: &str) -> u64 {
        self.used.get(id).copied().unwrap_or(0)
    }

    /// Ids of the templates that could be offered once more: one of their outcomes is free, and no hook that was taken
    /// holds a variable of theirs.
    #[must_use]
    pub fn wanting(&self) -> Vec<String> {
        let wants = |(id, template): &(&str, &HookTemplate)| {
            self.free_outcome(template).is_some() && self.variables_free(template) && self.set.hooks.get(id).is_some()
        };
        let mut ids: Vec<String> = self.set.hooks.iter().filter(wants).map(|(id, _)| id.to_owned()).collect();
        ids.dedup();
        ids
    }

    /// A search for fillings of a template, which tries first whoever was not in a hook lately.
    #[must_use]
    pub fn search(&self, template: &str, world: Arc<World>, limits: SearchLimits) -> Option<Search> {
        let template = self.set.hooks.get(template)?;
        Some(Search::new(template, world, limits, |id| self.last_used(id)))
    }

    /// What could be offered of some fillings: those that are sound here, that are neither open nor over, and whose label
    /// nobody reads yet. At most 24, in the order in which they are offered without a model: those whose entities were
    /// used lately last, else one for each entity in a first hole, of each template in turn.
    #[must_use]
    pub fn candidates(&self, found: &[(String, Vec<Filling>)], fitting: &Fitting<'_>) -> Vec<Candidate> {
        let mut ordered: Vec<(usize, usize, usize, usize, Candidate)> = Vec::new();
        for (id, fillings) in found {
            let (Some(template), Some(place)) = (self.set.hooks.get(id), self.set.hooks.position(id)) else { continue };
            let wording = template.wording();
            let mut turns: Vec<usize> = Vec::new();
            let mut firsts: Vec<&str> = Vec::new();
            for filling in fillings {
                if self.is_open(id, filling) || (!template.again && self.is_over(id, filling)) {
                    continue;
                }
                let Some(say) = wording.fill(template, filling, fitting.world).filter(|say| !say.trim().is_empty())
                else {
                    continue;
                };
                if fitting.check(template, filling).is_err() || self.offered.iter().any(|hook| hook.say == say) {
                    continue;
                }
                let stale = filling.0.iter().filter(|id| self.was_used_lately(id)).count();
                let candidate = Candidate { template: id.clone(), filling: filling.clone(), say, stale };
                let first = filling.0.first().map(String::as_str).unwrap_or_default();
                let nth = firsts.iter().filter(|other| **other == first).count();
                firsts.push(first);
                turns.resize(turns.len().max(nth + 1), 0);
                ordered.push((stale, nth, turns[nth], place, candidate));
                turns[nth] += 1;
            }
        }
        ordered.sort_by_key(|&(stale, nth, turn, place, _)| (stale, nth, turn, place));
        let mut candidates: Vec<Candidate> = Vec::new();
        for (.., candidate) in ordered {
            if candidates.len() < MOST_RANKED && !candidates.iter().any(|other| other.say == candidate.say) {
                candidates.push(candidate);
            }
        }
        candidates
    }

    /// Puts the best of some candidates on the board, as far as outcomes are free, and gives the new hooks. `ranking` holds
    /// places of candidates, best first, as ranking them gives; those that it does not name follow in order. Whoever was
    /// used lately comes last whatever the ranking says, and two hooks about the same entity are offered side by side only
    /// when there is nothing else.
    pub fn offer(&mut self, candidates: &[Candidate], ranking: &[usize], fitting: &Fitting<'_>) -> Vec<Hook> {
        let mut order: Vec<usize> = Vec::with_capacity(candidates.len());
        for place in ranking.iter().copied().filter(|place| *place < candidates.len()).chain(0..candidates.len()) {
            if !order.contains(&place) {
                order.push(place);
            }
        }
        order.sort_by_key(|&place| candidates[place].stale);
        let mut new = Vec::new();
        for alike in [false, true] {
            for &place in &order {
                let candidate = &candidates[place];
                let shares = |hook: &Hook| hook.filling.0.iter().any(|id| candidate.filling.0.contains(id));
                if alike || !self.offered.iter().chain(&self.taken).any(shares) {
                    new.extend(self.put(candidate, fitting));
                }
            }
        }
        new
    }

    fn put(&mut self, candidate: &Candidate, fitting: &Fitting<'_>) -> Option<Hook> {
        let set = self.set.clone();
        let template = set.hooks.get(&candidate.template)?;
        // The world may have changed while a model was ranking.
        let again = template.again || !self.is_over(&candidate.template, &candidate.filling);
        let open = self.is_open(&candidate.template, &candidate.filling);
        let reads_alike = self.offered.iter().any(|hook| hook.say == candidate.say);
        if open || !again || reads_alike || !self.variables_free(template) {
            return None;
        }
        fitting.check(template, &candidate.filling).ok()?;
        // The same words as when it was ranked: somebody may have got another name.
        let say = template.wording().fill(template, &candidate.filling, fitting.world)?;
        let outcome = self.free_outcome(template)?.to_owned();
        if say != candidate.say {
            return None;
        }
        self.count += 1;
        let filling = candidate.filling.clone();
        let hook = Hook { outcome, template: candidate.template.clone(), filling, say, number: self.count };
        self.mark(&hook);
        self.offered.push(hook.clone());
        Some(hook)
    }

    /// Takes hooks off the board that are not sound any more, or whose words have changed, and gives them back. Those at
    /// the outcomes in `shown` stay: the player is reading them, and [`take`](Self::take) looks once more.
    pub fn refresh(&mut self, fitting: &Fitting<'_>, shown: &[String]) -> Vec<Hook> {
        let set = self.set.clone();
        let gone = |hook: &mut Hook| !shown.contains(&hook.outcome) && Self::fits(&set, hook, fitting).is_err();
        self.offered.extract_if(.., gone).collect()
    }

    /// Whether a hook that is offered could be taken now.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn check(&self, outcome: &str, fitting: &Fitting<'_>) -> Result<&Hook, HookError> {
        let hook = self.at(outcome).ok_or_else(|| HookError::NotOffered { outcome: outcome.to_owned() })?;
        match Self::fits(&self.set, hook, fitting) {
            Ok(()) => Ok(hook),
            Err(why) => Err(HookError::Gone { outcome: outcome.to_owned(), why }),
        }
    }

    fn fits(set: &HookSet, hook: &Hook, fitting: &Fitting<'_>) -> Result<(), String> {
        let Some(template) = set.hooks.get(&hook.template) else {
            return Err(format!("there is no template '{}' any more", hook.template));
        };
        fitting.check(template, &hook.filling).map_err(|unfit: Unfit| unfit.to_string())?;
        if template.wording().fill(template, &hook.filling, fitting.world).as_ref() != Some(&hook.say) {
            return Err("somebody in it is called something else now".to_owned());
        }
        Ok(())
    }

    /// What taking the hook at an outcome sets: variables of the story and the ids that they get. Set them before the
    /// outcome is taken.
    #[must_use]
    pub fn sets(&self, outcome: &str) -> Vec<(String, Value)> {
        let Some(hook) = self.at(outcome) else { return Vec::new() };
        let Some(template) = self.set.hooks.get(&hook.template) else { return Vec::new() };
        let value = |place: usize| hook.filling.0.get(place).map(|id| Value::Word(id.clone()));
        template.binds().filter_map(|(variable, place)| Some((variable.to_owned(), value(place)?))).collect()
    }

    /// The hook at an outcome has been taken. Other hooks that would set the same variables go; they are given back.
    ///
    /// # Errors
    /// [`HookError::NotOffered`] and [`HookError::Gone`]; nothing changes, and nothing of the story should.
    pub fn take(&mut self, outcome: &str, fitting: &Fitting<'_>) -> Result<(Hook, Vec<Hook>), HookError> {
        self.check(outcome, fitting)?;
        self.note_taken(outcome).ok_or_else(|| HookError::NotOffered { outcome: outcome.to_owned() })
    }

    /// As [`take`](Self::take), for whoever has checked it when the story went on, which has changed the story.
    pub fn note_taken(&mut self, outcome: &str) -> Option<(Hook, Vec<Hook>)> {
        let place = self.offered.iter().position(|hook| hook.outcome == outcome)?;
        let hook = self.offered.remove(place);
        self.mark(&hook);
        self.taken.push(hook.clone());
        let set = self.set.clone();
        let mut offered = std::mem::take(&mut self.offered);
        let blocked =
            |other: &mut Hook| set.hooks.get(&other.template).is_none_or(|template| !self.variables_free(template));
        let gone = offered.extract_if(.., blocked).collect();
        self.offered = offered;
        Some((hook, gone))
    }

    /// Looks which of the hooks that were taken are over, and takes them off.
    pub fn settle(&mut self, fitting: &Fitting<'_>) -> Vec<Settled> {
        let set = self.set.clone();
        let mut settled = Vec::new();
        self.taken.retain(|hook| {
            let Some(template) = set.hooks.get(&hook.template) else { return false };
            let done = fitting.holds(template, &hook.filling.0, &template.goal);
            let failed = || template.fail.as_ref().is_some_and(|fail| fitting.holds(template, &hook.filling.0, fail));
            let over = done || failed();
            if over {
                settled.push(Settled { hook: hook.clone(), done });
            }
            !over
        });
        for Settled { hook, .. } in &settled {
            self.over.push((hook.template.clone(), hook.filling.clone()));
        }
        let old = self.over.len().saturating_sub(DONE_LIMIT);
        self.over.drain(..old);
        settled
    }

    fn is_open(&self, template: &str, filling: &Filling) -> bool {
        self.offered.iter().chain(&self.taken).any(|hook| hook.template == template && hook.filling == *filling)
    }

    fn is_over(&self, template: &str, filling: &Filling) -> bool {
        self.over.iter().any(|(other, over)| other == template && over == filling)
    }

    fn was_used_lately(&self, id: &str) -> bool {
        let last = self.last_used(id);
        last > 0 && last + LATELY > self.count
    }

    fn mark(&mut self, hook: &Hook) {
        for id in &hook.filling.0 {
            self.used.insert(id.clone(), self.count);
        }
        // Who is gone for long is forgotten, so that a world of travellers does not fill a save.
        let (count, most) = (self.count, super::MOST_ENTITIES as u64);
        self.used.retain(|_, last| *last + most > count);
    }

    fn free_outcome<'a>(&self, template: &'a HookTemplate) -> Option<&'a str> {
        let free = |id: &&String| !self.offered.iter().chain(&self.taken).any(|hook| hook.outcome == **id);
        template.outcomes.iter().find(free).map(String::as_str)
    }

    /// Whether no hook that was taken holds a variable of a template.
    fn variables_free(&self, template: &HookTemplate) -> bool {
        !self
            .taken
            .iter()
            .filter_map(|hook| self.set.hooks.get(&hook.template))
            .any(|taken| taken.binds().any(|(variable, _)| template.binds().any(|(other, _)| other == variable)))
    }

    /// Searches, ranks by the authored order and offers, at once: for a game of turns, for tests and for the terminal.
    /// `ranking` may order the candidates.
    pub fn fill(
        &mut self,
        story: &Story,
        world: &Arc<World>,
        env: &dyn Environment,
        limits: SearchLimits,
        ranking: impl FnOnce(&[Candidate]) -> Vec<usize>,
    ) -> Vec<Hook> {
        let mut found = Vec::new();
        for id in self.wanting() {
            let Some(mut search) = self.search(&id, world.clone(), limits) else { continue };
            let set = self.set.clone();
            if let Some(template) = set.hooks.get(&id) {
                while !search.step(template, story, env, 1024) {}
                found.push((id, search.found().to_vec()));
            }
        }
        let fitting = Fitting { story, world, env };
        let candidates = self.candidates(&found, &fitting);
        let ranking = ranking(&candidates);
        self.offer(&candidates, &ranking, &fitting)
    }
}

/// A host that knows what a board offers: it answers [`hook_open`](HOOK_OPEN), and asks the game all else.
#[derive(Clone, Copy)]
pub struct BoardHost<'a> {
    /// The board.
    pub board: &'a Board,
    /// The game.
    pub host: &'a dyn Host,
}

impl Host for BoardHost<'_> {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        match (name, args) {
            (HOOK_OPEN, [Value::Word(outcome)]) => Ok(Value::Bool(self.board.at(outcome).is_some())),
            (HOOK_OPEN, _) => Err(format!("{HOOK_OPEN} takes the id of an outcome")),
            _ => self.host.call(name, args),
        }
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        self.host.remembers(who, fact)
    }
}
