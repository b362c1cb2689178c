//! Ways through a story that visit what is to be baked: seeded plays first, then a search for what they missed.
//!
//! A play takes at each choice the one that was taken least so far, by chance among equals, so that a few dozen plays
//! cover what a player may see. The search goes breadth first through states and finds what needs a long preparation.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::compose::seed_of;
use crate::rehearsal::Words;
use crate::runner::{Host, Moment, Position, Runner, RunnerState};
use crate::story::format::{HostType, Story, Value};

/// Most choices of one play: a story with circles goes on for ever.
const MOST_CHOICES: usize = 200;
/// Most moments of one play.
const MOST_MOMENTS: usize = 4000;

/// A moment of a play, for whoever looks for lines in it.
pub(crate) struct Sight<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) host: &'a dyn Host,
    /// The choices that led here.
    pub(crate) route: &'a [String],
}

/// Looks at a moment; gives whether it saw something new.
pub(crate) type Look<'a> = dyn FnMut(&Sight<'_>) -> bool + 'a;

/// Plays and searches one story.
pub(crate) struct Routes {
    story: Arc<Story>,
    seed: u64,
    /// How often each choice has been taken, over all plays.
    taken: HashMap<String, u32>,
    words: Words,
}

impl Routes {
    pub(crate) fn new(story: Arc<Story>, seed: u64) -> Self {
        let words = Words::of(&story);
        Self { story, seed, taken: HashMap::new(), words }
    }

    /// Plays once, to the end if there is one; gives whether something new was seen.
    pub(crate) fn play(&mut self, number: u64, look: &mut Look<'_>) -> bool {
        let seed = seed_of(self.seed, "play", number);
        let host = Guess { words: self.words.clone(), seed };
        let Ok((mut runner, _)) = Runner::new(self.story.clone(), seed, &host) else { return false };
        let (mut new, mut route) = (false, Vec::new());
        for moment in 0..MOST_MOMENTS {
            new |= look(&Sight { runner: &runner, host: &host, route: &route });
            let chance = seed_of(seed, "chance", moment as u64);
            let went = match runner.moment() {
                Moment::Line { .. } | Moment::Detour { .. } => runner.advance(&host).is_ok(),
                Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                    if chance.is_multiple_of(4) {
                        self.tell(&mut runner, chance, &host);
                    }
                    let taken = |id: &str| self.taken.get(id).copied().unwrap_or(0);
                    let least = open.iter().map(|choice| taken(&choice.id)).min().unwrap_or(0);
                    let best: Vec<&str> =
                        open.iter().map(|choice| choice.id.as_str()).filter(|id| taken(id) == least).collect();
                    let Some(id) = best.get(chance as usize % best.len().max(1)).map(|id| (*id).to_owned()) else {
                        return new;
                    };
                    *self.taken.entry(id.clone()).or_insert(0) += 1;
                    route.push(id.clone());
                    route.len() <= MOST_CHOICES && runner.choose(&id, &host).is_ok()
                }
                Moment::Ended { .. } | Moment::Stuck(_) => false,
            };
            if !went {
                break;
            }
        }
        new
    }

    /// Tells one of the storylets that could be told now.
    fn tell(&self, runner: &mut Runner, chance: u64, host: &dyn Host) {
        let open: Vec<String> = tellable(&self.story, runner, host).map(str::to_owned).collect();
        if let Some(id) = open.get(chance as usize % open.len().max(1)) {
            // One that cannot be told after all changes nothing.
            let _ = runner.tell(id, host);
        }
    }

    /// Goes breadth first through at most `most` states, until `look` says by `done` that it has seen enough.
    pub(crate) fn search(&self, most: usize, look: &mut Look<'_>, done: &mut dyn FnMut() -> bool) {
        let mut known: HashSet<u64> = HashSet::new();
        let mut queue: VecDeque<(Runner, Arc<Way>, u64)> = VecDeque::new();
        let hosts: u64 = if self.story.host.is_empty() { 1 } else { 4 };
        for seed in 0..hosts {
            let host = Guess { words: self.words.clone(), seed };
            if let Ok((runner, _)) = Runner::new(self.story.clone(), self.seed, &host) {
                queue.push_back((runner, Arc::new(Way::Start), seed));
            }
        }
        while let Some((runner, way, seed)) = queue.pop_front() {
            if known.len() >= most || done() {
                return;
            }
            if !known.insert(key(runner.state(), seed)) {
                continue;
            }
            let host = Guess { words: self.words.clone(), seed };
            let route = way.choices();
            look(&Sight { runner: &runner, host: &host, route: &route });
            // What the game answers may change between two moments.
            for seed in 0..hosts {
                let host = Guess { words: self.words.clone(), seed };
                match runner.moment() {
                    Moment::Line { .. } | Moment::Detour { .. } => {
                        let mut next = runner.clone();
                        if next.advance(&host).is_ok() {
                            queue.push_back((next, way.clone(), seed));
                        }
                    }
                    Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                        for choice in &open {
                            let mut next = runner.clone();
                            if next.choose(&choice.id, &host).is_ok() {
                                let way = Arc::new(Way::Took(way.clone(), choice.id.clone()));
                                queue.push_back((next, way, seed));
                            }
                        }
                        for id in tellable(&self.story, &runner, &host) {
                            let mut next = runner.clone();
                            if next.tell(id, &host).is_ok() && next.refresh(&host).is_ok() {
                                queue.push_back((next, way.clone(), seed));
                            }
                        }
                    }
                    Moment::Ended { .. } | Moment::Stuck(_) => {}
                }
            }
        }
    }
}

/// A route whose beginning other routes share.
enum Way {
    Start,
    Took(Arc<Way>, String),
}

impl Way {
    fn choices(&self) -> Vec<String> {
        let (mut at, mut choices) = (self, Vec::new());
        while let Self::Took(before, id) = at {
            choices.push(id.clone());
            at = before;
        }
        choices.reverse();
        choices
    }
}

/// What tells two states apart for the search. Third visits of a beat are like second ones: else circles have no end.
fn key(state: &RunnerState, host: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    host.hash(&mut hasher);
    state.beat.hash(&mut hasher);
    match &state.position {
        Position::Line { id, .. } => id.hash(&mut hasher),
        Position::Choices { open } | Position::Slot { open, .. } => open.hash(&mut hasher),
        Position::Detour { .. } => 3.hash(&mut hasher),
        Position::Ended => 1.hash(&mut hasher),
        Position::Stuck(_) => 2.hash(&mut hasher),
    }
    for (name, value) in &state.vars {
        (name, format!("{value:?}")).hash(&mut hasher);
    }
    state.seen.hash(&mut hasher);
    state.taken.hash(&mut hasher);
    for (beat, visits) in &state.visits {
        (beat, (*visits).min(2)).hash(&mut hasher);
    }
    state.told.keys().collect::<Vec<_>>().hash(&mut hasher);
    hasher.finish()
}

/// Ids of the storylets whose condition holds and that have not had their only telling.
pub(crate) fn tellable<'a>(
    story: &'a Story,
    runner: &'a Runner,
    host: &'a dyn Host,
) -> impl Iterator<Item = &'a str> + 'a {
    story
        .storylets
        .iter()
        .filter(move |storylet| !(storylet.once && runner.state().told.contains_key(&storylet.id)))
        .filter(move |storylet| {
            let env = runner.environment(host);
            storylet.when.as_ref().is_none_or(|when| when.holds(&env).unwrap_or(false))
        })
        .map(|storylet| storylet.id.as_str())
}

/// A game that answers by chance, and the same question always the same.
struct Guess {
    words: Words,
    seed: u64,
}

impl Host for Guess {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let ret = self.words.returned(name)?;
        // The first two seeds answer all questions alike, so that nothing is missed that needs two answers at once.
        if ret == HostType::Bool && self.seed < 2 {
            return Ok(Value::Bool(self.seed == 1));
        }
        Ok(self.words.answer(ret, seed_of(self.seed, &format!("{name}{args:?}"), 0)))
    }
}
