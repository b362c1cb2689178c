//! A board of hooks on a story: searched in small steps, ranked by the model, held against the world all the time.

use std::sync::Arc;

use bevy_asset::{Assets, Handle};
use bevy_ecs::change_detection::{DetectChanges, Tick};
use bevy_ecs::prelude::*;
use raconteur_core::plot::{
    Board, BoardData, Candidate, Filling, Fitting, Forgotten, Hook, HookSet, Search, SearchLimits, World as PlotThings,
    lint,
};
use raconteur_core::request::{Source, Why};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::format::Story;

use super::{HookDone, HookOffered, HookTaken, HookWithdrawn, HooksAsset, Offer, Offers, PlotWorld};
use crate::direct::Play;
use crate::events::{Problem, StoryProblem};
use crate::host::WorldHost;
use crate::model::ModelStatus;
use crate::runner::{Input, StoryRunner};
use crate::settings::NarrativeSettings;

/// Hooks for the story on the same entity.
#[derive(Component)]
pub struct HookBoard {
    hooks: Handle<HooksAsset>,
    /// How far a search for fillings goes. **Default** as [`SearchLimits`].
    pub limits: SearchLimits,
    /// Most entities that are tried in holes in one frame. **Default** 200.
    pub nodes_per_frame: usize,
    saved: Option<Box<BoardData>>,
    live: Option<Box<Live>>,
    /// A file that cannot be used, so that it is told once.
    refused: Option<Arc<HookSet>>,
}

/// A board in use.
struct Live {
    board: Board,
    story: Arc<Story>,
    work: Work,
    /// Where the hooks on the board came from, by their number.
    sources: Vec<(u64, Source)>,
    /// When the story was last looked at, and the world.
    seen: (Option<Tick>, u64),
    /// Whether something has changed since fillings were last looked for.
    stale: bool,
}

enum Work {
    Rest,
    Searching {
        world: Arc<PlotThings>,
        left: Vec<String>,
        now: Option<Box<(String, Search)>>,
        found: Vec<(String, Vec<Filling>)>,
    },
    Ranking(Vec<Candidate>),
}

/// What has come about, told when the board is back in its place.
enum News {
    Offered(Hook, Source),
    Withdrawn(Hook),
    Taken(Hook),
    Over(Hook, bool),
    Problem(Problem),
}

impl HookBoard {
    /// A board without hooks; they come in the frames after the story has begun.
    #[must_use]
    pub fn new(hooks: Handle<HooksAsset>) -> Self {
        Self { hooks, limits: SearchLimits::default(), nodes_per_frame: 200, saved: None, live: None, refused: None }
    }

    /// A board as a save left it. What the hooks do not know any more is told as [`Problem::Hooks`].
    #[must_use]
    pub fn resume(hooks: Handle<HooksAsset>, saved: BoardData) -> Self {
        Self { saved: Some(Box::new(saved)), ..Self::new(hooks) }
    }

    /// What to save, at any moment. Before it has begun it is what it was resumed from, if anything.
    #[must_use]
    pub fn data(&self) -> Option<BoardData> {
        self.board().map(Board::data).or_else(|| self.saved.as_deref().cloned())
    }

    /// What is offered, taken and over, once the story has begun.
    #[must_use]
    pub fn board(&self) -> Option<&Board> {
        self.live.as_ref().map(|live| &live.board)
    }

    /// Whether it has looked for all hooks that there are now.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.refused.is_some() || self.live.as_ref().is_some_and(|live| matches!(live.work, Work::Rest) && !live.stale)
    }
}

/// `Submit`, after the stories: looks after all boards.
pub(super) fn tend_boards(world: &mut World, boards: &mut QueryState<Entity, (With<HookBoard>, With<StoryRunner>)>) {
    let entities: Vec<Entity> = boards.iter(world).collect();
    for entity in entities {
        for news in tend(world, entity) {
            tell(world, entity, news);
        }
    }
}

fn tell(world: &mut World, entity: Entity, news: News) {
    match news {
        News::Offered(hook, source) => world.trigger(HookOffered { entity, hook, source }),
        News::Withdrawn(hook) => world.trigger(HookWithdrawn { entity, hook }),
        News::Taken(hook) => world.trigger(HookTaken { entity, hook }),
        News::Over(hook, done) => world.trigger(HookDone { entity, hook, done }),
        News::Problem(problem) => world.trigger(StoryProblem { entity, problem }),
    }
}

fn tend(world: &mut World, entity: Entity) -> Vec<News> {
    let Ok(looked_at) = world.get_entity(entity) else { return Vec::new() };
    let Some(story) = looked_at.get_ref::<StoryRunner>() else { return Vec::new() };
    let tick = Some(story.last_changed());
    let (Some(component), Some(assets)) = (world.get::<HookBoard>(entity), world.get_resource::<Assets<HooksAsset>>())
    else {
        return Vec::new();
    };
    let things = world.resource::<PlotWorld>().world().clone();
    let asset = assets.get(&component.hooks);
    let set = asset.map(|asset| asset.set.clone());
    let same_set = |live: &Live| set.as_ref().is_none_or(|set| Arc::ptr_eq(set, live.board.set()));
    let rests = match &component.live {
        Some(live) => {
            matches!(live.work, Work::Rest) && live.seen == (tick, things.version()) && same_set(live) && !live.stale
        }
        None => {
            component.refused.is_some()
                && component.refused.as_ref().zip(set.as_ref()).is_none_or(|(a, b)| Arc::ptr_eq(a, b))
        }
    };
    if rests {
        return Vec::new();
    }
    let asset = asset.cloned();
    let absence = world.resource::<ModelStatus>().absence(world.resource::<NarrativeSettings>().enabled);
    // Nobody is to take the story for changed by being looked at.
    let Some(mut story) = world.get_mut::<StoryRunner>(entity) else { return Vec::new() };
    let story = story.bypass_change_detection();
    let Some(mut play) = story.play.take() else { return Vec::new() };
    let offers = story.offers.clone();
    let waits = story.inputs.iter().any(|input| matches!(input, Input::RankHooks(_)));
    let Some(mut component) = world.get_mut::<HookBoard>(entity) else { return Vec::new() };
    let (mut live, saved, limits, nodes) =
        (component.live.take(), component.saved.take(), component.limits, component.nodes_per_frame);
    let mut refused = component.refused.take();
    let mut news = Vec::new();
    let host = WorldHost::new(world).with_offers(offers.clone());
    let current = live.as_ref().is_some_and(|live| same_set(live) && Arc::ptr_eq(&live.story, play.runner.story()));
    if !current && let Some(asset) = asset {
        let refuses = refused.as_ref().is_some_and(|refused| Arc::ptr_eq(refused, &asset.set));
        if !refuses {
            let data = live.as_ref().map(|live| live.board.data()).or_else(|| saved.as_deref().cloned());
            match begin(&asset, play.runner.story(), data, &mut news) {
                Some(new) => (live, refused) = (Some(new), None),
                // The last good hooks stay.
                None => refused = Some(asset.set.clone()),
            }
        }
    }
    let mut ask = None;
    if let Some(live) = &mut live {
        let mut tending = Tending { live, play: &mut play, host: &host, things: &things, absence, news: &mut news };
        tending.settle(tick);
        ask = tending.work(limits, nodes, waits);
    }
    let new_offers = live.as_ref().map(|live| Arc::new(live.offers(&play, &host, &things)));
    let Ok(mut entity) = world.get_entity_mut(entity) else { return news };
    if let Some(mut story) = entity.get_mut::<StoryRunner>() {
        let story = story.bypass_change_detection();
        story.play = Some(play);
        if let Some(texts) = ask {
            story.inputs.push(Input::RankHooks(texts));
        }
        if let Some(new) = new_offers.filter(|new| **new != *offers) {
            story.offers = new;
        }
    }
    if let Some(mut component) = entity.get_mut::<HookBoard>() {
        component.saved = if live.is_some() { None } else { saved };
        (component.live, component.refused) = (live, refused);
    }
    news
}

fn begin(asset: &HooksAsset, story: &Arc<Story>, data: Option<BoardData>, news: &mut Vec<News>) -> Option<Box<Live>> {
    let found = lint::names(&asset.set, &asset.source, story);
    if found.iter().any(|found| found.severity == Severity::Error) {
        let sources = std::slice::from_ref(&asset.source);
        let rendered: Vec<String> = found.iter().map(|found| found.render(sources, false)).collect();
        news.push(News::Problem(Problem::Hooks(rendered.join("\n\n"))));
        return None;
    }
    let board = match data.map(|data| Board::from_data(asset.set.clone(), data)) {
        None => Board::new(asset.set.clone()),
        Some(Ok((board, forgotten))) => {
            news.extend(forgotten.into_iter().map(|forgotten| News::Problem(Problem::Hooks(lost(&forgotten)))));
            board
        }
        Some(Err(error)) => {
            news.push(News::Problem(Problem::Hooks(format!("{error}; the board begins anew"))));
            Board::new(asset.set.clone())
        }
    };
    let (work, seen) = (Work::Rest, (None, u64::MAX));
    Some(Box::new(Live { board, story: story.clone(), work, sources: Vec::new(), seen, stale: true }))
}

fn lost(forgotten: &Forgotten) -> String {
    match forgotten {
        Forgotten::NoSuchTemplate(hook) => {
            format!("the hook \"{}\" of the save is gone: its template has changed", hook.say)
        }
        Forgotten::Twice(hook) => format!("the hook \"{}\" of the save is gone: its outcome had two", hook.say),
    }
}

/// One look after one board.
struct Tending<'a, 'w> {
    live: &'a mut Live,
    play: &'a mut Play,
    host: &'a WorldHost<'w>,
    things: &'a Arc<PlotThings>,
    absence: Option<Why>,
    news: &'a mut Vec<News>,
}

impl Tending<'_, '_> {
    /// What has been taken, what is over, what is not sound any more.
    fn settle(&mut self, tick: Option<Tick>) {
        if let Some(outcome) = self.play.taken_hook.take()
            && let Some((hook, gone)) = self.live.board.note_taken(&outcome)
        {
            self.news.push(News::Taken(hook));
            self.news.extend(gone.into_iter().map(News::Withdrawn));
            self.live.stale = true;
        }
        let seen = (tick, self.things.version());
        if self.live.seen == seen {
            return;
        }
        self.live.seen = seen;
        self.live.stale = true;
        let shown = self.play.shown_outcomes();
        let env = self.play.runner.environment(self.host);
        let fitting = Fitting { story: &self.live.story, world: self.things, env: &env };
        for settled in self.live.board.settle(&fitting) {
            self.news.push(News::Over(settled.hook, settled.done));
        }
        for hook in self.live.board.refresh(&fitting, &shown) {
            self.news.push(News::Withdrawn(hook));
        }
    }

    /// Goes on looking for hooks; texts that a model is to rank, if it comes to that.
    fn work(&mut self, limits: SearchLimits, nodes: usize, waits: bool) -> Option<Vec<String>> {
        let env = self.play.runner.environment(self.host);
        let live = &mut *self.live;
        let story = live.story.clone();
        let mut left = nodes;
        loop {
            match &mut live.work {
                Work::Rest => {
                    if !live.stale {
                        return None;
                    }
                    live.stale = false;
                    let mut wanting = live.board.wanting();
                    if wanting.is_empty() {
                        return None;
                    }
                    wanting.reverse();
                    let world = self.things.clone();
                    live.work = Work::Searching { world, left: wanting, now: None, found: Vec::new() };
                }
                Work::Searching { world, left: templates, now, found } => match now {
                    Some(at_work) => {
                        let (id, search) = &mut **at_work;
                        let set = live.board.set().clone();
                        let Some(template) = set.hooks.get(id) else {
                            *now = None;
                            continue;
                        };
                        let before = search.nodes();
                        let done = search.step(template, &story, &env, left);
                        left = left.saturating_sub((search.nodes() - before).max(1));
                        if done {
                            found.push((id.clone(), search.found().to_vec()));
                            *now = None;
                        } else {
                            return None;
                        }
                    }
                    None => match templates.pop() {
                        Some(id) => {
                            *now = live.board.search(&id, world.clone(), limits).map(|search| Box::new((id, search)));
                        }
                        None => {
                            let fitting = Fitting { story: &story, world: self.things, env: &env };
                            let candidates = live.board.candidates(found, &fitting);
                            if candidates.len() > 1 && self.absence.is_none() {
                                let texts = candidates.iter().map(|candidate| candidate.say.clone()).collect();
                                live.work = Work::Ranking(candidates);
                                return Some(texts);
                            }
                            let why = self.absence.clone().unwrap_or(Why::Written);
                            live.offer(&candidates, &[], Source::Authored(why), &fitting, self.news);
                            live.work = Work::Rest;
                        }
                    },
                },
                Work::Ranking(candidates) => {
                    let (ranking, source) = self.play.hook_ranks.take_over(waits)?;
                    let candidates = std::mem::take(candidates);
                    let fitting = Fitting { story: &story, world: self.things, env: &env };
                    live.offer(&candidates, &ranking, source, &fitting, self.news);
                    live.work = Work::Rest;
                }
            }
        }
    }
}

impl Live {
    fn offer(
        &mut self,
        candidates: &[Candidate],
        ranking: &[usize],
        source: Source,
        fitting: &Fitting<'_>,
        news: &mut Vec<News>,
    ) {
        self.sources.retain(|(number, _)| self.board.offered().iter().any(|hook| hook.number == *number));
        for hook in self.board.offer(candidates, ranking, fitting) {
            self.sources.push((hook.number, source.clone()));
            news.push(News::Offered(hook, source.clone()));
        }
    }

    /// What the story has to know.
    fn offers(&self, play: &Play, host: &WorldHost<'_>, things: &PlotThings) -> Offers {
        let env = play.runner.environment(host);
        let fitting = Fitting { story: &self.story, world: things, env: &env };
        let set = self.board.set();
        let hooked = set.hooks.iter().flat_map(|(_, template)| template.outcomes.iter().cloned()).collect();
        let open = self.board.offered().iter().map(|hook| {
            let source = self.sources.iter().find(|(number, _)| *number == hook.number);
            Offer {
                outcome: hook.outcome.clone(),
                say: hook.say.clone(),
                source: source.map_or(Source::Authored(Why::Written), |(_, source)| source.clone()),
                sets: self.board.sets(&hook.outcome),
                gone: self.board.check(&hook.outcome, &fitting).err().map(|error| error.to_string()),
            }
        });
        Offers { hooked, open: open.collect() }
    }
}

/// A board that is gone leaves no hooks behind.
pub(super) fn clear(gone: On<Remove, HookBoard>, mut stories: Query<&mut StoryRunner>) {
    if let Ok(mut story) = stories.get_mut(gone.entity) {
        story.offers = Arc::default();
    }
}
