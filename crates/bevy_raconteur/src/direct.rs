//! `Advance`: moves every story on, by what the worker said and what the game asked.
//!
//! ```text
//! arrive at a line --no gen, no model--------------------> Shown
//!        |                                                   ^ |  Advance
//!        +--request (or one that was written ahead)--> Line -+ |
//!                                                       late: authored text
//! arrive at choices -> Choosing <- Labels <- arrive at a slot
//!                        ^ |  Choose, or Say and what is understood of it
//! ```
//! A [`Play`] is the story's pure [`Runner`] plus the stage it is at. Directing never blocks and never computes text.
//! The events it gives rise to are collected and triggered when the story is back in its place, so that an observer
//! may do anything, also despawn it.

mod detour;
mod hearing;
mod hooks;
mod labels;
mod language;
mod line;
mod look_ahead;
mod outgoing;
mod read_ahead;
mod remark;
mod saved;
mod take;

use std::sync::Arc;
use std::time::Duration;

use bevy_asset::{AssetLoadError, AssetLoadFailedEvent, Assets};
use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::compose::Composer;
use raconteur_core::generate::Priority;
use raconteur_core::request::{Source, Why};
use raconteur_core::runner::{Moment, Position, Runner, RunnerError, RunnerEvent, RunnerState};
use raconteur_core::story::format::{Story, Value};
use raconteur_core::template::Templates;

use crate::events::{OfferedChoice, Problem, StoryProblem};
use crate::host::WorldHost;
use crate::language::LanguageModels;
use crate::model::ModelStatus;
use crate::requests::Requests;
use crate::runner::{Cast, Input, StoryRunner};
use crate::settings::NarrativeSettings;
use crate::speaker::move_scene;
use crate::story::{StoryAsset, StoryLoaderError};

use detour::{DetourInPlay, ReadingInPlay};
use hearing::Hearing;
use hooks::HookRanks;
use labels::Labels;
use language::Tongue;
use line::LineInPlay;
use outgoing::Outgoing;
use remark::RemarkInPlay;
use take::Take;

/// The prompt layout of the model.
#[derive(Resource, Default, Clone)]
pub(crate) struct ModelTemplates(pub(crate) Arc<Templates>);

/// A story that has begun.
pub(crate) struct Play {
    pub(crate) runner: Runner,
    pub(crate) composer: Composer,
    stage: Stage,
    /// Lines that are being written before they are due.
    ahead: Vec<Take>,
    /// Storylets that are being written.
    remarks: Vec<RemarkInPlay>,
    /// What is being read out of the detour that is on show.
    readings: Vec<ReadingInPlay>,
    /// What the player has said at a choice, while a model is asked what it means.
    hearing: Option<Box<Hearing>>,
    /// Hooks that a model is ranking.
    pub(crate) hook_ranks: HookRanks,
    /// The outcome whose hook has been taken, until the board has seen it.
    pub(crate) taken_hook: Option<String>,
    /// The language that was asked for when it was last looked at.
    wanted: Option<String>,
    /// Whether drafts were to be shown then.
    drafts: bool,
}

enum Stage {
    /// The runner has moved and nobody has looked where to.
    Arriving,
    /// A line is being written or shown.
    Line(Box<LineInPlay>),
    /// A detour is being written.
    Detour(Box<DetourInPlay>),
    /// The player goes on from a detour, and what it changes is being read out of it.
    Reading,
    /// A line has been shown whole. At an `Answer` line the player may ask.
    Shown { asks: bool, voice: Entity },
    /// The labels of a slot are being written.
    Labels(Box<Labels>),
    /// The player has a choice.
    Choosing(Vec<OfferedChoice>),
    /// The story is over, or stuck.
    Over,
}

/// Everything that directing one story needs from the world, for the length of one call.
struct Director<'a, 'w> {
    story: Entity,
    cast: Cast,
    requests: &'a mut Requests,
    host: &'a WorldHost<'w>,
    now: Duration,
    settings: NarrativeSettings,
    /// The language that is asked for, and what the story lacks in it.
    tongue: Tongue,
    /// Why no model is asked, if none is.
    absence: Option<Why>,
    out: Vec<Outgoing>,
}

/// Moves all stories on.
pub(crate) fn direct_stories(world: &mut World, stories: &mut QueryState<Entity, With<StoryRunner>>) {
    let entities: Vec<Entity> = stories.iter(world).collect();
    for entity in entities {
        let out = world.resource_scope(|world, mut requests: Mut<Requests>| direct(world, &mut requests, entity));
        set_scene(world, entity);
        for event in out {
            event.trigger(world);
        }
    }
}

/// Marks who speaks the line that is on show.
fn set_scene(world: &mut World, story: Entity) {
    let Some(mut component) = world.get_mut::<StoryRunner>(story) else { return };
    let now = component.play.as_ref().and_then(|play| play.on_stage()).filter(|&voice| voice != story);
    if component.on_stage != now {
        let before = std::mem::replace(&mut component.on_stage, now);
        move_scene(world, story, before, now);
    }
}

fn direct(world: &mut World, requests: &mut Mut<Requests>, entity: Entity) -> Vec<Outgoing> {
    let absence = world.resource::<ModelStatus>().absence(world.resource::<NarrativeSettings>().enabled);
    let has_mail = requests.has_mail(entity);
    let Some(component) = world.get::<StoryRunner>(entity) else { return Vec::new() };
    let stories = world.get_resource::<Assets<StoryAsset>>();
    let wishes = world.resource::<NarrativeSettings>();
    let language = wishes.language.as_deref();
    let asset = stories.and_then(|stories| stories.get(&component.story));
    let newest = asset.map(|asset| asset.shown(language, wishes.drafts).clone());
    let absence = absence.or_else(|| {
        let (models, shown, written) = (world.get_resource::<LanguageModels>()?, newest.as_ref()?, asset?);
        (!models.write(&shown.locale, &written.story.locale)).then_some(Why::OtherLanguage)
    });
    if !has_mail && component.is_at_rest(newest.as_ref(), language, absence.is_some()) {
        return Vec::new();
    }

    let tongue = Tongue::new(asset, language);
    let settings = world.resource::<NarrativeSettings>().clone();
    let now = world.resource::<Time<Real>>().elapsed();
    let cast = world.get::<Cast>(entity).cloned().unwrap_or_default();
    let templates = world.resource::<ModelTemplates>().0.clone();
    let Some(mut component) = world.get_mut::<StoryRunner>(entity) else { return Vec::new() };
    let (mut play, mut inputs) = (component.play.take(), std::mem::take(&mut component.inputs));
    let (seed, refused) = (component.seed, component.refused.take());
    let offers = component.offers.clone();
    let saved = if play.is_none() && newest.is_some() { component.saved.take() } else { None };

    let host = WorldHost::new(world).with_offers(offers).with_cast(cast.clone());
    let mut director =
        Director { story: entity, cast, requests, host: &host, now, settings, tongue, absence, out: Vec::new() };
    let mut refused = refused.filter(|refused| newest.as_ref().is_some_and(|newest| Arc::ptr_eq(refused, newest)));
    if let Some(newest) = newest.filter(|_| refused.is_none()) {
        let accepted = match &mut play {
            Some(play) if Arc::ptr_eq(play.runner.story(), &newest) => true,
            Some(play) => director.reload(play, newest.clone(), &templates),
            None => {
                play = director.begin(newest.clone(), seed, saved, &templates);
                play.is_some()
            }
        };
        refused = (!accepted).then_some(newest);
    }
    if let Some(play) = &mut play {
        director.note_language(play);
        // What is asked before the story is there waits for it.
        director.direct(play, std::mem::take(&mut inputs));
    }
    let out = std::mem::take(&mut director.out);
    let offers = host.offers();
    if let Some(mut component) = world.get_mut::<StoryRunner>(entity) {
        component.offers = offers;
        component.play = play;
        component.inputs = inputs;
        component.refused = refused;
    }
    out
}

impl StoryRunner {
    /// Whether nothing can happen before the game or the worker speaks. A story at rest costs a frame next to nothing.
    fn is_at_rest(&self, newest: Option<&Arc<Story>>, language: Option<&str>, absent: bool) -> bool {
        let is_newest = |story: &Arc<Story>| newest.is_none_or(|newest| Arc::ptr_eq(story, newest));
        let refused = self.refused.as_ref().is_some_and(is_newest);
        let Some(play) = &self.play else { return newest.is_none() || refused };
        let rests = matches!(play.stage, Stage::Shown { .. } | Stage::Choosing(_) | Stage::Over);
        let current = (refused || is_newest(play.runner.story())) && play.wanted.as_deref() == language;
        let quiet = play.remarks.is_empty() && play.hearing.is_none() && play.hook_ranks.is_over();
        rests && quiet && self.inputs.is_empty() && current && (!absent || play.ahead.is_empty())
    }
}

impl Play {
    /// Who speaks the line that is being written or shown.
    fn on_stage(&self) -> Option<Entity> {
        match &self.stage {
            Stage::Line(line) => Some(line.voice()),
            Stage::Shown { voice, .. } => Some(*voice),
            _ => None,
        }
    }

    /// All requests that are made for this story.
    fn takes(&mut self) -> impl Iterator<Item = &mut Take> {
        let staged: Vec<&mut Take> = match &mut self.stage {
            Stage::Line(line) => line.take.iter_mut().collect(),
            Stage::Labels(labels) => labels.takes().collect(),
            Stage::Detour(detour) => vec![&mut detour.take],
            _ => Vec::new(),
        };
        let beside = self.remarks.iter_mut().map(|remark| &mut remark.take);
        let read = self.readings.iter_mut().map(|reading| &mut reading.take);
        let heard = self.hearing.iter_mut().map(|hearing| &mut hearing.take);
        let hooks = self.hook_ranks.take.iter_mut();
        staged.into_iter().chain(&mut self.ahead).chain(beside).chain(read).chain(heard).chain(hooks)
    }
}

impl Director<'_, '_> {
    /// Begins a story, or goes on with a saved one; `None`, with a problem told, when it is broken right at its start.
    fn begin(
        &mut self,
        story: Arc<Story>,
        seed: u64,
        saved: Option<Box<RunnerState>>,
        templates: &Templates,
    ) -> Option<Box<Play>> {
        for name in story.host.ids() {
            if !self.host.answers(name) {
                self.problem(Problem::HostMissing(name.to_owned()));
            }
        }
        let composer = self.composer(&story, templates)?;
        let resumed = saved.is_some();
        let begun = match saved {
            Some(saved) => Runner::resume(story.clone(), *saved, self.host).or_else(|error| {
                self.problem(Problem::Save(error.to_string()));
                Runner::new(story, seed, self.host)
            }),
            None => Runner::new(story, seed, self.host),
        };
        match begun {
            Ok((runner, events)) => {
                let mut play = Box::new(Play {
                    runner,
                    composer,
                    stage: Stage::Arriving,
                    ahead: Vec::new(),
                    remarks: Vec::new(),
                    readings: Vec::new(),
                    hearing: None,
                    hook_ranks: HookRanks::default(),
                    taken_hook: None,
                    wanted: None,
                    drafts: self.settings.drafts,
                });
                self.tell(&play, events);
                if !(resumed && self.show_saved(&mut play)) {
                    self.arrive(&mut play);
                }
                Some(play)
            }
            Err(error) => {
                self.problem(Problem::Stuck(error.to_string()));
                None
            }
        }
    }

    /// Takes a new version of the story in and keeps the place as well as it can. A version that cannot be played is
    /// told, and the last good one goes on.
    fn reload(&mut self, play: &mut Play, story: Arc<Story>, templates: &Templates) -> bool {
        let spoken_of = |runner: &Runner| match &runner.state().position {
            Position::Line { id, spoken: true, .. } => Some(id.clone()),
            Position::Detour { told: true, .. } => Some(format!("detour:{}", runner.state().beat)),
            _ => None,
        };
        let before = spoken_of(&play.runner);
        let seed = play.runner.state().seed;
        let Some(composer) = self.composer(&story, templates) else { return false };
        let resumed = match Runner::resume(story.clone(), play.runner.state().clone(), self.host) {
            Err(RunnerError::WrongStory { .. }) => Runner::new(story.clone(), seed, self.host),
            resumed => resumed,
        };
        let events = match resumed {
            Ok((runner, events)) => {
                play.runner = runner;
                events
            }
            Err(error) => {
                self.problem(Problem::Stuck(error.to_string()));
                return false;
            }
        };
        let language = play.composer.story().locale.clone();
        self.forget_all(play);
        play.composer = composer;
        self.tell(play, events);
        // A line that has been shown is not shown again.
        if before.is_none() || spoken_of(&play.runner) != before {
            play.stage = Stage::Arriving;
            self.arrive(play);
        } else if story.locale != language || play.drafts != self.settings.drafts {
            self.show_again(play, None);
        }
        true
    }

    fn composer(&mut self, story: &Arc<Story>, templates: &Templates) -> Option<Composer> {
        match Composer::new(story.clone(), templates) {
            Ok(composer) => Some(composer),
            Err(error) => {
                self.problem(Problem::Template(error.to_string()));
                None
            }
        }
    }

    fn direct(&mut self, play: &mut Play, inputs: Vec<Input>) {
        let mut news = false;
        for (id, event) in self.requests.read(self.story) {
            news = true;
            if let Some(take) = play.takes().find(|take| take.id == id) {
                take.hear(event);
            }
        }
        self.follow(play);
        for input in inputs {
            news |= !matches!(input, Input::LookAt(_) | Input::RankHooks(_));
            match input {
                Input::Advance => self.advance(play),
                Input::Choose(choice) => self.choose(play, &choice),
                Input::Ask(question) => self.ask(play, &question),
                Input::Say(text) => self.say(play, &text),
                Input::Remark(who) => self.remark(play, &who),
                Input::Set(name, value) => self.set_variable(play, &name, value),
                Input::Tell(ids) => self.cue(play, ids),
                Input::RankHooks(texts) => self.rank_hooks(play, &texts),
                Input::Told(storylet) => {
                    if let Ok(events) = play.runner.tell(&storylet, self.host) {
                        self.tell(play, events);
                    }
                }
                Input::Interrupt => self.interrupt(play),
                Input::LookAt(who) => self.read_ahead(play, who.as_deref(), Priority::OnScreen),
            }
            self.follow(play);
        }
        if self.absence.is_some() && !play.ahead.is_empty() {
            self.forget_ahead(play);
        } else if news {
            self.look_ahead(play);
        }
    }

    /// Shows what has come, and gives up on what is late.
    fn follow(&mut self, play: &mut Play) {
        match &play.stage {
            Stage::Line(_) => self.follow_line(play),
            Stage::Labels(_) => self.follow_labels(play),
            Stage::Detour(_) => self.follow_detour(play),
            Stage::Reading => self.follow_readings(play),
            _ => {}
        }
        self.follow_hearing(play);
        self.follow_remarks(play);
        self.follow_hooks(play);
    }

    /// The player will not wait: what is being written is due now.
    fn interrupt(&mut self, play: &mut Play) {
        if let Some(hearing) = &mut play.hearing {
            hearing.interrupt();
        }
        match &mut play.stage {
            Stage::Line(line) => line.interrupt(),
            Stage::Labels(labels) => labels.interrupt(),
            Stage::Detour(detour) => detour.interrupt(),
            _ => {}
        }
    }

    /// Looks where the runner stands and takes up what is there.
    fn arrive(&mut self, play: &mut Play) {
        if !matches!(play.stage, Stage::Arriving) {
            return;
        }
        match play.runner.moment() {
            Moment::Line { .. } => self.begin_line(play),
            Moment::Detour { .. } => self.begin_detour(play),
            Moment::Choices(open) => {
                let offered = open
                    .into_iter()
                    .map(|choice| OfferedChoice {
                        id: choice.id,
                        label: choice.say,
                        source: Source::Authored(Why::Written),
                    })
                    .collect();
                self.offer(play, offered);
            }
            Moment::Slot { outcomes } => self.begin_labels(play, outcomes),
            Moment::Ended { beat } => {
                play.stage = Stage::Over;
                self.out.push(Outgoing::Ended { story: self.story, beat });
            }
            Moment::Stuck(reason) => {
                play.stage = Stage::Over;
                self.problem(Problem::Stuck(reason.to_string()));
            }
        }
        self.look_ahead(play);
    }

    fn offer(&mut self, play: &mut Play, offered: Vec<OfferedChoice>) {
        offered.iter().for_each(|choice| self.note_gap(&choice.id));
        self.out.push(Outgoing::Choices { story: self.story, choices: offered.clone() });
        play.stage = Stage::Choosing(offered);
    }

    fn advance(&mut self, play: &mut Play) {
        if !matches!(play.stage, Stage::Shown { .. }) {
            return;
        }
        if play.runner.detour().is_some() {
            self.leave_detour(play);
            return;
        }
        let moved = play.runner.advance(self.host);
        self.moved(play, moved);
    }

    fn choose(&mut self, play: &mut Play, choice: &str) {
        let Stage::Choosing(offered) = &play.stage else {
            self.problem(Problem::NotOpen { choice: choice.to_owned(), open: Vec::new() });
            return;
        };
        let Some(chosen) = offered.iter().find(|offered| offered.id == choice) else {
            let open = offered.iter().map(|offered| offered.id.clone()).collect();
            self.problem(Problem::NotOpen { choice: choice.to_owned(), open });
            return;
        };
        let label = chosen.label.clone();
        if !self.take_hook(play, choice) {
            return;
        }
        self.stop_hearing(play);
        let moved = play.runner.choose_worded(choice, Some(&label), self.host);
        self.moved(play, moved);
    }

    fn moved(&mut self, play: &mut Play, moved: Result<Vec<RunnerEvent>, RunnerError>) {
        match moved {
            Ok(events) => {
                play.stage = Stage::Arriving;
                self.tell(play, events);
                self.arrive(play);
            }
            Err(error) => {
                play.stage = Stage::Over;
                self.problem(Problem::Stuck(error.to_string()));
            }
        }
    }

    /// Passes on what the runner did.
    fn tell(&mut self, play: &Play, events: Vec<RunnerEvent>) {
        for event in events {
            match event {
                RunnerEvent::BeatEntered { beat } => {
                    let setting = play.runner.story().beats.get(&beat).map(|beat| beat.setting.clone());
                    let setting = setting.unwrap_or_default();
                    if self.settings.prefetch && beat == play.runner.state().beat {
                        self.read_ahead(play, None, Priority::Ambient);
                    }
                    self.out.push(Outgoing::Beat { story: self.story, beat, setting });
                }
                RunnerEvent::VarChanged { name, value } => {
                    self.out.push(Outgoing::Variable { story: self.story, name, value });
                }
                RunnerEvent::Lost(lost) => self.problem(Problem::Lost(lost)),
                RunnerEvent::Relocated { from, to } => self.problem(Problem::PlaceLost { at: to, lost: from }),
                RunnerEvent::ConditionFailed { source, error } | RunnerEvent::EffectFailed { source, error } => {
                    self.problem(Problem::Expression { expression: source, error: error.to_string() });
                }
                // The end is told on arrival, so that it comes after everything else.
                _ => {}
            }
        }
    }

    fn set_variable(&mut self, play: &mut Play, name: &str, value: Value) {
        match play.runner.set(name, value) {
            Ok(events) => self.tell(play, events),
            Err(error) => {
                let (expression, error) = (format!("{name} = .."), error.to_string());
                self.problem(Problem::Expression { expression, error });
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.out.push(Outgoing::Problem { story: self.story, problem });
    }

    /// The entity that speaks for a cast id.
    fn voice(&self, who: &str) -> Entity {
        self.cast.0.get(who).copied().unwrap_or(self.story)
    }

    /// Drops every request of a story.
    fn forget_all(&mut self, play: &mut Play) {
        let ids: Vec<_> = play.takes().map(|take| take.id).collect();
        ids.into_iter().for_each(|id| self.requests.forget(id));
        play.ahead.clear();
        play.remarks.clear();
        play.readings.clear();
        play.hearing = None;
        play.hook_ranks = HookRanks::default();
    }

    /// When a line that is asked for now is late.
    fn deadline(&self, budget_ms: u64) -> Duration {
        if self.settings.deadlines { self.now + Duration::from_millis(budget_ms) } else { Duration::MAX }
    }

    fn forget_ahead(&mut self, play: &mut Play) {
        for take in play.ahead.drain(..) {
            self.requests.forget(take.id);
        }
    }
}

/// A story whose file is broken says so; one that is in play goes on with its last good graph.
pub(crate) fn report_failed_stories(
    mut failures: MessageReader<AssetLoadFailedEvent<StoryAsset>>,
    stories: Query<(Entity, &StoryRunner)>,
    mut commands: Commands,
) {
    for failure in failures.read() {
        // The loader's own words; bevy's would come with a backtrace, and here it is the writer who reads them.
        let own = match &failure.error {
            AssetLoadError::AssetLoaderError(error) => error.error().downcast_ref::<StoryLoaderError>(),
            _ => None,
        };
        let words = own.map_or_else(|| failure.error.to_string(), ToString::to_string);
        for (entity, story) in &stories {
            if story.story.id() == failure.id {
                let problem = Problem::Load(words.clone());
                commands.trigger(StoryProblem { entity, problem });
            }
        }
    }
}

/// The requests of a story that is despawned are dropped.
pub(crate) fn forget_lost_story(
    lost: On<Remove, StoryRunner>,
    mut stories: Query<&mut StoryRunner>,
    mut requests: ResMut<Requests>,
) {
    if let Ok(mut story) = stories.get_mut(lost.entity)
        && let Some(play) = &mut story.play
    {
        let ids: Vec<_> = play.takes().map(|take| take.id).collect();
        ids.into_iter().for_each(|id| requests.forget(id));
    }
    // What has come for it and was not read has no reader any more.
    drop(requests.read(lost.entity));
}
