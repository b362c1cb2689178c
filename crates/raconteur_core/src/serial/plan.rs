//! A plan: which scenes a serial tells, in which chapters.

use serde::{Deserialize, Serialize};

use super::fill::{Bound, Value, resolve, ways};
use super::format::{Opening, SerialEvent};
use super::order::{Is, NoOrder, Step, Threads};
use crate::compose::seed_of;
use crate::rehearsal::dice::Dice;

/// Fewest chapters of a serial.
pub const FEWEST_CHAPTERS: usize = 5;
/// Most chapters of a serial.
pub const MOST_CHAPTERS: usize = 60;
/// Chance in a hundred that an event is told where it may be.
const INTERLUDE: usize = 60;
/// So many fillings of an event's holes are looked at.
const MOST_WAYS: usize = 256;
/// So many fillings of the holes of an opening, each of which has to be sound.
pub(super) const MOST_FILLINGS: usize = 64;

/// What a serial tells. The same opening, seed and number of chapters give the same plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Where all draws start.
    pub seed: u64,
    /// What fills the holes of the opening.
    pub bound: Vec<Bound>,
    /// Id of the thread that opens first and closes last.
    pub first: String,
    /// The chapters, in order.
    pub chapters: Vec<PlannedChapter>,
}

/// A chapter of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChapter {
    /// Its scenes, in order; never empty.
    pub scenes: Vec<PlannedScene>,
    /// Place of the scene whose goal is that of the chapter.
    pub goal: usize,
}

/// A scene of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedScene {
    /// Address of the step, `thread/step`, or of the event, `event:id`.
    pub id: String,
    /// Thread that it belongs to; of an event one that is open then.
    pub thread: String,
    /// What fills the holes of an event.
    pub bound: Vec<Bound>,
    /// Cast ids of all who act.
    pub with: Vec<String>,
    /// Id of the place.
    pub at: String,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Fewer than a serial has.
    #[error("a serial has {FEWEST_CHAPTERS} chapters or more, not {0}: every thread needs room to open and to close")]
    TooFew(usize),
    /// More than is planned for.
    #[error("a serial has at most {MOST_CHAPTERS} chapters, not {0}")]
    TooMany(usize),
    /// There are not enough scenes.
    #[error(
        "there is material for {most} chapters, not for {asked}: {steps} steps of threads, and events. Ask for fewer, or write more steps, or events with more `times`"
    )]
    TooLittle {
        /// Chapters that were asked for.
        asked: usize,
        /// Chapters that there could be with this seed.
        most: usize,
        /// Steps of all threads.
        steps: usize,
    },
    /// No order of the steps is sound.
    #[error(
        "when '{first}' opens first there is no order of the steps: {stuck} can never follow. Somebody in it is away or dead by then, or an `after` goes round in a circle"
    )]
    NoOrder {
        /// The thread that was to open first.
        first: String,
        /// The steps that nothing leads to, as addresses.
        stuck: String,
    },
    /// The search gave up.
    #[error("the threads have too many steps to find an order for them; split the opening into two")]
    TooBig,
    /// There is no thread, or nobody fills a hole of the opening.
    #[error("{0}")]
    Empty(&'static str),
}

impl Plan {
    /// Plans a serial with this many chapters, or as many as the opening says.
    ///
    /// # Errors
    /// [`PlanError`]; of an opening that passed its checks only the number of chapters can be wrong.
    pub fn new(opening: &Opening, seed: u64, chapters: Option<usize>) -> Result<Self, PlanError> {
        let asked = chapters.unwrap_or(opening.chapters);
        if asked < FEWEST_CHAPTERS {
            return Err(PlanError::TooFew(asked));
        }
        if asked > MOST_CHAPTERS {
            return Err(PlanError::TooMany(asked));
        }
        let mut dice = Dice::new(seed_of(seed, &format!("serial:{}", opening.id), 0));
        let fillings = fillings(opening);
        let bound = dice.of(&fillings).cloned();
        let bound = bound.ok_or(PlanError::Empty("a hole of the opening has nothing to fill it; see its `of`"))?;
        let threads = Threads::new(opening, &bound);
        let mut leaders = leaders(opening);
        let mut failure = PlanError::Empty("a serial needs a thread that opens and closes; write one in `threads`");
        while !leaders.is_empty() {
            let first = leaders.swap_remove(dice.below(leaders.len()));
            match threads.order(first, &mut dice) {
                Ok(order) => {
                    let planner = Planner { opening, threads: &threads, bound: &bound, order: &order };
                    let chapters = planner.chapters(asked, &mut dice)?;
                    let first = opening.threads.ids().nth(first).unwrap_or_default().to_owned();
                    return Ok(Self { seed, bound, first, chapters });
                }
                Err(why) => failure = no_order(opening, first, &why),
            }
        }
        Err(failure)
    }

    /// All scenes, with the place of their chapter.
    pub fn scenes(&self) -> impl Iterator<Item = (usize, &PlannedScene)> {
        self.chapters.iter().enumerate().flat_map(|(at, chapter)| chapter.scenes.iter().map(move |scene| (at, scene)))
    }
}

/// Every way to fill the holes of an opening.
pub(super) fn fillings(opening: &Opening) -> Vec<Vec<Bound>> {
    let people: Vec<String> =
        opening.cast.iter().filter(|(_, person)| !person.away).map(|(id, _)| id.to_owned()).collect();
    ways(opening, &opening.holes, &people, MOST_FILLINGS + 1)
}

/// Places of the threads that may open first.
pub(super) fn leaders(opening: &Opening) -> Vec<usize> {
    let all = 0..opening.threads.len();
    let leads: Vec<usize> =
        opening.threads.iter().enumerate().filter(|(_, (_, thread))| thread.leads).map(|(at, _)| at).collect();
    if leads.is_empty() { all.collect() } else { leads }
}

pub(super) fn no_order(opening: &Opening, first: usize, why: &NoOrder) -> PlanError {
    match why {
        NoOrder::TooMany => PlanError::TooBig,
        NoOrder::Stuck(steps) => {
            let stuck: Vec<String> = steps.iter().map(|&step| address(opening, step)).collect();
            let first = opening.threads.ids().nth(first).unwrap_or_default().to_owned();
            PlanError::NoOrder { first, stuck: stuck.join(", ") }
        }
    }
}

fn address(opening: &Opening, (thread, place): Step) -> String {
    let found = opening.threads.iter().nth(thread).and_then(|(id, body)| Some((id, body.at(place)?.0)));
    found.map_or_else(String::new, |(thread, step)| format!("{thread}/{step}"))
}

struct Planner<'a> {
    opening: &'a Opening,
    threads: &'a Threads,
    bound: &'a [Bound],
    order: &'a [Step],
}

/// How often each event has been told, and with what.
struct Used(Vec<Vec<Vec<Bound>>>);

impl Planner<'_> {
    fn chapters(&self, asked: usize, dice: &mut Dice) -> Result<Vec<PlannedChapter>, PlanError> {
        let steps = self.order.len();
        let mut used = Used(vec![Vec::new(); self.opening.events.len()]);
        let mut chapters: Vec<PlannedChapter> = Vec::with_capacity(asked);
        if steps >= asked {
            for range in cut(steps, asked, dice) {
                chapters.push(self.chapter(range, &mut used, dice));
            }
            return Ok(chapters);
        }
        // A step a chapter, and events of their own between them.
        let mut between: Vec<Vec<PlannedScene>> = vec![Vec::new(); steps + 1];
        for more in 0..asked - steps {
            let mut gaps: Vec<usize> = (1..steps).collect();
            let mut told = false;
            while !told && !gaps.is_empty() {
                // Where there are none yet before where there are some.
                let fewest = gaps.iter().map(|&gap| between[gap].len()).min().unwrap_or(0);
                let emptiest: Vec<usize> = (0..gaps.len()).filter(|&at| between[gaps[at]].len() == fewest).collect();
                let gap = gaps.swap_remove(emptiest[dice.below(emptiest.len())]);
                if let Some(scene) = self.event(gap, &mut used, dice) {
                    between[gap].push(scene);
                    told = true;
                }
            }
            if !told {
                return Err(PlanError::TooLittle { asked, most: steps + more, steps });
            }
        }
        for (at, events) in between.into_iter().enumerate() {
            chapters.extend(events.into_iter().map(|scene| PlannedChapter { scenes: vec![scene], goal: 0 }));
            if at < steps {
                chapters.push(self.chapter(at..at + 1, &mut used, dice));
            }
        }
        Ok(chapters)
    }

    /// The chapter that tells these places of the order.
    fn chapter(&self, range: std::ops::Range<usize>, used: &mut Used, dice: &mut Dice) -> PlannedChapter {
        let mut scenes: Vec<(bool, PlannedScene)> = range.clone().map(|at| (true, self.step(at))).collect();
        for _ in 0..self.opening.interludes {
            // The first scene of all opens the first thread, and the last one closes it.
            let (least, most) = (range.start.max(1), range.end.min(self.order.len() - 1));
            if least > most || !dice.chance(INTERLUDE) {
                continue;
            }
            let gap = least + dice.below(most - least + 1);
            if let Some(scene) = self.event(gap, used, dice) {
                let steps = gap - range.start;
                let mut told = 0;
                let place = scenes.iter().position(|(is_step, _)| {
                    told += usize::from(*is_step);
                    told > steps
                });
                scenes.insert(place.unwrap_or(scenes.len()), (false, scene));
            }
        }
        let goal = scenes.iter().position(|(is_step, _)| *is_step).unwrap_or(0);
        PlannedChapter { scenes: scenes.into_iter().map(|(_, scene)| scene).collect(), goal }
    }

    fn step(&self, at: usize) -> PlannedScene {
        let step = self.order[at];
        let id = address(self.opening, step);
        let scene = self.opening.step(&id);
        let thread = id.split('/').next().unwrap_or_default().to_owned();
        let people = scene.map(|scene| scene.with.as_slice()).unwrap_or_default();
        PlannedScene {
            thread,
            bound: Vec::new(),
            with: people.iter().filter_map(|who| resolve(who, &[self.bound])).collect(),
            at: scene.and_then(|scene| resolve(&scene.at, &[self.bound])).unwrap_or_default(),
            id,
        }
    }

    /// How far each thread is when so many steps of the order have been told.
    fn position(&self, told: usize) -> Vec<usize> {
        let mut at = vec![0; self.opening.threads.len()];
        self.order.iter().take(told).for_each(|(thread, _)| at[*thread] += 1);
        at
    }

    /// An event that may be told behind so many steps.
    fn event(&self, told: usize, used: &mut Used, dice: &mut Dice) -> Option<PlannedScene> {
        let at = self.position(told);
        let all = self.threads.people(&at);
        let people: Vec<String> =
            self.opening.cast.ids().zip(&all).filter(|(_, is)| **is == Is::Here).map(|(id, _)| id.to_owned()).collect();
        let mut events: Vec<(usize, (&str, &SerialEvent))> = self.opening.events.iter().enumerate().collect();
        while !events.is_empty() {
            let fewest = events.iter().map(|(place, _)| used.0[*place].len()).min().unwrap_or(0);
            let least: Vec<usize> = (0..events.len()).filter(|&e| used.0[events[e].0].len() == fewest).collect();
            let (place, (id, event)) = events.swap_remove(least[dice.below(least.len())]);
            let Some(thread) = self.may_be_told(event, &at, used.0[place].len()) else { continue };
            let mut ways = ways(self.opening, &event.holes, &people, MOST_WAYS);
            ways.retain(|way| !used.0[place].contains(way));
            while !ways.is_empty() {
                let bound = ways.swap_remove(dice.below(ways.len()));
                let with: Option<Vec<String>> =
                    event.scene.with.iter().map(|who| resolve(who, &[self.bound, &bound])).collect();
                let with = with.filter(|with| with.iter().all(|who| people.contains(who)) && distinct(with));
                let place_id = resolve(&event.scene.at, &[self.bound, &bound]);
                if let (Some(with), Some(at)) = (with, place_id) {
                    used.0[place].push(bound.clone());
                    return Some(PlannedScene { id: format!("event:{id}"), thread, bound, with, at });
                }
            }
        }
        None
    }

    /// The open thread that an event is told for, if it may be told.
    fn may_be_told(&self, event: &SerialEvent, at: &[usize], times: usize) -> Option<String> {
        let told =
            |address: &String| Threads::step(self.opening, address).is_some_and(|(thread, place)| at[thread] > place);
        if times >= event.times || !event.scene.after.iter().all(told) || event.before.iter().any(told) {
            return None;
        }
        let open = self.opening.threads.ids().enumerate().filter(|(thread, _)| self.threads.is_open(at, *thread));
        let mut open =
            open.map(|(_, id)| id).filter(|id| event.about.is_empty() || event.about.iter().any(|a| a == id));
        open.next().map(str::to_owned)
    }
}

fn distinct(with: &[String]) -> bool {
    with.iter().enumerate().all(|(at, who)| !with[..at].contains(who))
}

/// Cuts so many steps into chapters of nearly the same length; which ones are longer is drawn.
fn cut(steps: usize, chapters: usize, dice: &mut Dice) -> Vec<std::ops::Range<usize>> {
    let mut sizes = vec![steps / chapters; chapters];
    let mut places: Vec<usize> = (0..chapters).collect();
    for _ in 0..steps % chapters {
        sizes[places.swap_remove(dice.below(places.len()))] += 1;
    }
    let mut from = 0;
    let ranges = sizes.into_iter().map(|size| {
        from += size;
        from - size..from
    });
    ranges.collect()
}

impl Value {
    /// The cast id, of a person.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        if let Self::Person(who) = self { Some(who) } else { None }
    }
}
