//! `Advance`: moves every debate on, by what the worker said and what the game asked.
//!
//! ```text
//! arrive -> opening, closing: authored words -------------------------------> Shown
//!        -> an NPC's turn --several claims--> Ranking --the first--> Wording -> Shown  --Advance--> arrive
//!        -> the player's turn ------------------> Choosing --Choose, Say--------^
//! ```
//! As with stories, nothing here blocks or computes text, and events are triggered when the debate is back in its place, so
//! that an observer may do anything.

use std::sync::Arc;
use std::time::Duration;

use bevy_asset::{AssetLoadError, AssetLoadFailedEvent, Assets};
use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::compose::{Composed, Composer};
use raconteur_core::debate::{self as core, Candidate, DebateEvent, DebateState, Moment, Motion, Seat, What};
use raconteur_core::desk::authored;
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why};
use raconteur_core::runner::{Host, PLAYER, RunnerState, StoryEnvironment};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::expr::Environment;
use raconteur_core::story::format::{Story, Value};
use raconteur_core::template::Templates;

use super::asset::{DebateAsset, DebateLoaderError};
use super::events::{ClaimReady, DebateEnded, DebateProblem, DebateTrouble, DebateTurn, FellSilent, OpinionMoved};
use super::play::{Asked, Play, Stage};
use super::{Debate, Input};
use crate::direct::ModelTemplates;
use crate::host::WorldHost;
use crate::model::ModelStatus;
use crate::requests::Requests;
use crate::runner::{Cast, StoryRunner};
use crate::settings::NarrativeSettings;
use crate::speaker::move_scene;
use crate::story::StoryAsset;

/// Something to trigger when the debate is back in its place.
type Outgoing = Box<dyn FnOnce(&mut World) + Send>;

/// Everything that directing one debate needs from the world, for the length of one call.
pub(super) struct Director<'a, 'w> {
    pub(super) entity: Entity,
    cast: Cast,
    requests: &'a mut Requests,
    around: Around<'a, 'w>,
    now: Duration,
    deadlines: bool,
    /// Why no model is asked, if none is.
    pub(super) absence: Option<Why>,
    out: Vec<Outgoing>,
}

/// What conditions see outside the debate.
struct Around<'a, 'w> {
    story: Option<RunnerState>,
    host: &'a WorldHost<'w>,
}

impl Environment for Around<'_, '_> {
    fn var(&self, name: &str) -> Option<Value> {
        self.story.as_ref().and_then(|state| state.vars.get(name).cloned())
    }

    fn visits(&self, beat: &str) -> u32 {
        self.story.as_ref().map_or(0, |state| StoryEnvironment::new(state, self.host).visits(beat))
    }

    fn seen(&self, line: &str) -> bool {
        self.story.as_ref().is_some_and(|state| state.seen.contains(line))
    }

    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.host.call(name, args)
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        self.host.remembers(who, fact)
    }
}

/// Moves all debates on.
pub(super) fn direct_debates(world: &mut World, debates: &mut QueryState<Entity, With<Debate>>) {
    let entities: Vec<Entity> = debates.iter(world).collect();
    for entity in entities {
        let out = world.resource_scope(|world, mut requests: Mut<Requests>| direct(world, &mut requests, entity));
        set_scene(world, entity);
        for event in out {
            event(world);
        }
    }
}

/// Marks who speaks.
fn set_scene(world: &mut World, entity: Entity) {
    let Some(component) = world.get::<Debate>(entity) else { return };
    let speaker = component.play.as_ref().and_then(|play| Some(play.debate.who(play.speaker()?)));
    let now = speaker.and_then(|who| world.get::<Cast>(entity)?.0.get(who).copied());
    let before = component.on_stage;
    if before != now {
        if let Some(mut component) = world.get_mut::<Debate>(entity) {
            component.on_stage = now;
        }
        move_scene(world, entity, before, now);
    }
}

fn direct(world: &mut World, requests: &mut Mut<Requests>, entity: Entity) -> Vec<Outgoing> {
    let settings = world.resource::<NarrativeSettings>();
    let (deadlines, absence) = (settings.deadlines, world.resource::<ModelStatus>().absence(settings.enabled));
    let Some(component) = world.get::<Debate>(entity) else { return Vec::new() };
    let newest = newest(world, component);
    let has_mail = requests.has_mail(entity);
    let cast = world.get::<Cast>(entity);
    let left = component.play.as_ref().is_some_and(|play| has_left(world, cast, play));
    if !has_mail && !left && component.is_at_rest(newest.as_ref()) {
        return Vec::new();
    }
    let cast = cast.cloned().unwrap_or_default();
    let now = world.resource::<Time<Real>>().elapsed();
    let templates = world.resource::<ModelTemplates>().0.clone();
    let story = component.world.and_then(|story| world.get::<StoryRunner>(story)).and_then(StoryRunner::state).cloned();
    let Some(mut component) = world.get_mut::<Debate>(entity) else { return Vec::new() };
    let (mut play, mut inputs) = (component.play.take(), std::mem::take(&mut component.inputs));
    let (seed, player, mut refused) = (component.seed, component.player.clone(), component.refused.take());
    let (saved, set) = if play.is_none() && newest.is_some() {
        (component.saved.take(), std::mem::take(&mut component.set))
    } else {
        (None, Vec::new())
    };

    let host = WorldHost::new(world).with_cast(cast.clone());
    let around = Around { story, host: &host };
    let requests = &mut **requests;
    let mut director = Director { entity, cast, requests, around, now, deadlines, absence, out: Vec::new() };
    refused = refused.filter(|refused| newest.as_ref().is_some_and(|(newest, _)| Arc::ptr_eq(refused, newest)));
    if let Some((motion, story)) = newest.filter(|_| refused.is_none()) {
        let accepted = match &mut play {
            Some(play) if Arc::ptr_eq(play.debate.motion(), &motion) && same(play.story.as_ref(), story.as_ref()) => {
                true
            }
            Some(play) => director.reload(play, motion.clone(), story, player.as_deref(), &templates),
            None => {
                play = director.begin(
                    motion.clone(),
                    story,
                    seed,
                    saved.map(|saved| *saved),
                    player.as_deref(),
                    &templates,
                );
                if let Some(play) = &mut play {
                    for (name, value) in set {
                        // Unknown names do nothing.
                        play.debate.set(&name, value);
                    }
                }
                play.is_some()
            }
        };
        refused = (!accepted).then_some(motion);
    }
    if let Some(play) = &mut play {
        // What is asked before the debate is there waits for it.
        director.direct(play, std::mem::take(&mut inputs), left);
    }
    let out = std::mem::take(&mut director.out);
    if let Some(mut component) = world.get_mut::<Debate>(entity) {
        component.play = play;
        component.inputs = inputs;
        component.refused = refused;
    }
    out
}

/// The debate as it is loaded now, when all that it needs is there.
fn newest(world: &World, component: &Debate) -> Option<(Arc<Motion>, Option<Arc<Story>>)> {
    let asset = world.get_resource::<Assets<DebateAsset>>()?.get(&component.debate)?;
    let story = match &asset.story {
        Some(handle) => Some(world.get_resource::<Assets<StoryAsset>>()?.get(handle)?.story.clone()),
        None => None,
    };
    Some((asset.motion.clone(), story))
}

fn same(left: Option<&Arc<Story>>, right: Option<&Arc<Story>>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => Arc::ptr_eq(left, right),
        (None, None) => true,
        _ => false,
    }
}

/// Whether a speaker who is bound is not there any more.
fn has_left(world: &World, cast: Option<&Cast>, play: &Play) -> bool {
    let gone =
        |seat| cast.and_then(|cast| cast.0.get(play.debate.who(seat))).is_some_and(|e| world.get_entity(*e).is_err());
    !matches!(play.stage, Stage::Over) && Seat::BOTH.into_iter().any(gone)
}

impl Debate {
    /// Whether nothing can happen before the game or the worker speaks.
    fn is_at_rest(&self, newest: Option<&(Arc<Motion>, Option<Arc<Story>>)>) -> bool {
        let refused = |motion: &Arc<Motion>| self.refused.as_ref().is_some_and(|refused| Arc::ptr_eq(refused, motion));
        let Some(play) = &self.play else { return newest.is_none_or(|(motion, _)| refused(motion)) };
        let current = newest.is_none_or(|(motion, story)| {
            refused(motion) || (Arc::ptr_eq(play.debate.motion(), motion) && same(play.story.as_ref(), story.as_ref()))
        });
        let rests = match &play.stage {
            Stage::Shown { .. } | Stage::Over => true,
            Stage::Choosing(choosing) => choosing.rests(),
            Stage::Arriving | Stage::Ranking { .. } | Stage::Wording { .. } => false,
        };
        rests && current && self.inputs.is_empty()
    }
}

impl Director<'_, '_> {
    fn begin(
        &mut self,
        motion: Arc<Motion>,
        story: Option<Arc<Story>>,
        seed: u64,
        saved: Option<DebateState>,
        player: Option<&str>,
        templates: &Templates,
    ) -> Option<Box<Play>> {
        let wrong = core::check(&motion, story.as_deref());
        let wrong: Vec<String> =
            wrong.into_iter().filter(|found| found.severity == Severity::Error).map(|found| found.message).collect();
        if !wrong.is_empty() {
            self.problem(DebateTrouble::Invalid(wrong.join("\n")));
            return None;
        }
        let resumed = saved.and_then(|saved| match core::Debate::resume(motion.clone(), story.as_deref(), saved) {
            Ok((debate, lost)) => {
                lost.into_iter().for_each(|lost| self.problem(DebateTrouble::Lost(lost)));
                Some(debate)
            }
            Err(error) => {
                self.problem(DebateTrouble::Save(error.to_string()));
                None
            }
        });
        let debate = match resumed {
            Some(debate) => debate,
            None => core::Debate::new(motion.clone(), story.as_deref(), seed)
                .map_err(|error| self.problem(DebateTrouble::Invalid(error.to_string())))
                .ok()?,
        };
        let composer = self.composer(&debate, templates)?;
        let player = self.player(&motion, player);
        Some(Box::new(Play { debate, composer, stage: Stage::Arriving, player, story }))
    }

    /// Takes a new version in, at the same place. One that cannot be held is told, and the last good one goes on.
    fn reload(
        &mut self,
        play: &mut Play,
        motion: Arc<Motion>,
        story: Option<Arc<Story>>,
        player: Option<&str>,
        templates: &Templates,
    ) -> bool {
        let state = play.debate.state().clone();
        // A game may have put another debate into the place of this one.
        let saved = Some(state).filter(|state| state.debate == motion.id);
        let seed = play.debate.state().seed;
        let Some(next) = self.begin(motion, story, seed, saved, player, templates) else { return false };
        if let Some(id) = play.request() {
            self.requests.forget(id);
        }
        let shown = match &play.stage {
            Stage::Shown { seat } if next.debate.state().debate == play.debate.state().debate => Some(*seat),
            _ => None,
        };
        *play = *next;
        if let Some(seat) = shown {
            play.stage = Stage::Shown { seat };
        }
        true
    }

    fn composer(&mut self, debate: &core::Debate, templates: &Templates) -> Option<Composer> {
        Composer::new(debate.stage().clone(), templates)
            .map_err(|error| self.problem(DebateTrouble::Template(error.to_string())))
            .ok()
    }

    /// The side that the player argues.
    fn player(&mut self, motion: &Motion, wanted: Option<&str>) -> Option<Seat> {
        let by_id = |seat: &Seat| motion.side(*seat).is_some_and(|(_, side)| side.who == PLAYER);
        let Some(side) = wanted else { return Seat::BOTH.into_iter().find(by_id) };
        let seat = motion.seat(side);
        if seat.is_none() {
            let sides = motion.sides.ids().map(str::to_owned).collect();
            self.problem(DebateTrouble::NoSuchSide { side: side.to_owned(), sides });
        }
        seat
    }

    fn direct(&mut self, play: &mut Play, inputs: Vec<Input>, left: bool) {
        for (id, event) in self.requests.read(self.entity) {
            if let (LineEvent::Finished(finished), Some(asked)) = (event, play.asked().filter(|asked| asked.id == id)) {
                asked.finished = Some(finished);
            }
        }
        if left && play.debate.leave().is_some() {
            if let Some(id) = play.request() {
                self.requests.forget(id);
            }
            play.stage = Stage::Arriving;
        }
        self.follow(play);
        for input in inputs {
            match input {
                Input::Advance if matches!(play.stage, Stage::Shown { .. }) => play.stage = Stage::Arriving,
                Input::Advance => {}
                Input::Choose(claim) => self.choose(play, &claim),
                Input::Say(text) => self.say(play, &text),
                Input::Interrupt => {
                    if let Some(asked) = play.asked() {
                        asked.interrupt();
                    }
                }
            }
            self.follow(play);
        }
    }

    /// Goes on as far as it goes without anybody's word. Every turn of the loop ends in a stage further on.
    fn follow(&mut self, play: &mut Play) {
        loop {
            let due = match play.asked() {
                Some(asked) => asked.is_due(self.now, self.absence.as_ref()),
                None => matches!(play.stage, Stage::Arriving),
            };
            if !due {
                return;
            }
            match std::mem::replace(&mut play.stage, Stage::Arriving) {
                Stage::Arriving => self.arrive(play),
                Stage::Ranking { seat, among, asked } => self.ranked(play, seat, &among, asked),
                Stage::Wording { seat, claim, asked } => {
                    let finished = self.finish(asked);
                    self.made(play, seat, &claim, finished.text, finished.source, None);
                }
                Stage::Choosing(choosing) => self.heard(play, choosing),
                rests @ (Stage::Shown { .. } | Stage::Over) => play.stage = rests,
            }
        }
    }

    fn arrive(&mut self, play: &mut Play) {
        match play.debate.moment() {
            Moment::Opening { seat, say } | Moment::Closing { seat, say } => {
                let what = match play.debate.moment() {
                    Moment::Opening { .. } => What::Opening,
                    _ => What::Closing,
                };
                let text = say.to_owned();
                self.turn(play, seat);
                // It is due, so it can be said.
                let _ = play.debate.spoken(&text);
                self.ready(play, seat, what, text, Source::Authored(Why::Written), false, None);
                play.stage = Stage::Shown { seat };
            }
            Moment::Claim { seat } => {
                self.turn(play, seat);
                let open = play.debate.candidates(&self.around);
                if open.is_empty() {
                    self.silent(play, seat);
                } else if play.player == Some(seat) {
                    play.stage = Stage::Choosing(Box::new(self.offer(&play.debate, &open)));
                } else {
                    self.rank(play, seat);
                }
            }
            Moment::Over(verdict) => {
                let winner =
                    verdict.winner.and_then(|seat| play.debate.motion().side(seat)).map(|(id, _)| id.to_owned());
                let text = play.debate.verdict_says().to_owned();
                let (entity, ending, opinion) = (self.entity, verdict.ending, verdict.opinion);
                self.tell(DebateEnded { entity, winner, ending, opinion, text });
                play.stage = Stage::Over;
            }
        }
    }

    /// An NPC chooses: a model ranks what may be said, or the seed chooses.
    fn rank(&mut self, play: &mut Play, seat: Seat) {
        let open = play.debate.candidates(&self.around);
        let preferred = core::Debate::preferred(&open);
        let request = play.composer.rank_claims(&play.debate, &preferred, &self.around);
        match request.filter(|_| self.absence.is_none()) {
            Some(request) => {
                let among = preferred.iter().map(|candidate| candidate.id.to_owned()).collect();
                let voice = self.voice(&play.debate, seat);
                play.stage = Stage::Ranking { seat, among, asked: self.ask(voice, request) };
            }
            None => self.by_seed(play, seat),
        }
    }

    fn ranked(&mut self, play: &mut Play, seat: Seat, among: &[String], asked: Asked) {
        let finished = self.finish(asked);
        // What could be said then may be closed by now: the game has its own variables.
        let open = play.debate.candidates(&self.around);
        let ranked = finished.ranking.iter().filter_map(|place| among.get(*place));
        let first = ranked.into_iter().find(|id| open.iter().any(|candidate| candidate.id == **id)).cloned();
        match first {
            Some(claim) => self.word(play, seat, claim),
            None => self.by_seed(play, seat),
        }
    }

    fn by_seed(&mut self, play: &mut Play, seat: Seat) {
        let open = play.debate.candidates(&self.around);
        let chosen: Option<Candidate> = play.debate.by_seed(&core::Debate::preferred(&open));
        match chosen.map(|candidate| candidate.id.to_owned()) {
            Some(claim) => self.word(play, seat, claim),
            None => self.silent(play, seat),
        }
    }

    fn word(&mut self, play: &mut Play, seat: Seat, claim: String) {
        let composed = play.composer.claim(&play.debate, &claim, &self.around);
        match (composed, self.absence.clone()) {
            (Composed::Request(request), None) => {
                let voice = self.voice(&play.debate, seat);
                play.stage = Stage::Wording { seat, claim, asked: self.ask(voice, request) };
            }
            (composed, why) => {
                let say = play.debate.motion().claims.get(&claim).map(|claim| claim.say.clone()).unwrap_or_default();
                let finished = play.composer.offline(&claim, &say, composed, why.unwrap_or(Why::Written));
                self.made(play, seat, &claim, finished.text, finished.source, None);
            }
        }
    }

    /// A claim is made: it counts from here on.
    pub(super) fn made(
        &mut self,
        play: &mut Play,
        seat: Seat,
        claim: &str,
        text: String,
        source: Source,
        own_words: Option<String>,
    ) {
        let open = play.debate.candidates(&self.around);
        let answers = open.iter().any(|candidate| candidate.id == claim && candidate.answers);
        let groups: Vec<(String, String)> =
            play.debate.motion().audience.iter().map(|(id, group)| (id.to_owned(), group.name.clone())).collect();
        match play.debate.claim(claim, &text, &self.around) {
            Ok(events) => {
                self.ready(play, seat, What::Claim(claim.to_owned()), text, source, answers, own_words);
                let (entity, all) = (self.entity, play.debate.opinion());
                for event in events {
                    if let DebateEvent::Opinion { group, from, to } = event {
                        let name = groups.iter().find(|(id, _)| *id == group).map(|(_, name)| name.clone());
                        self.tell(OpinionMoved { entity, group, name: name.unwrap_or_default(), from, to, all });
                    }
                }
                play.stage = Stage::Shown { seat };
            }
            Err(error) => {
                // The game has closed it while it was being worded. A host function may answer differently each time, so
                // an NPC does not try again: it would have no end.
                self.problem(DebateTrouble::Refused(error.to_string()));
                let open = play.debate.candidates(&self.around);
                if play.player == Some(seat) && !open.is_empty() {
                    play.stage = Stage::Choosing(Box::new(self.offer(&play.debate, &open)));
                } else {
                    self.silent(play, seat);
                }
            }
        }
    }

    fn silent(&mut self, play: &mut Play, seat: Seat) {
        let entity = self.voice(&play.debate, seat);
        let side = side_of(&play.debate, seat);
        self.tell(FellSilent { entity, debate: self.entity, side });
        // Somebody is due, so they can be silent.
        let _ = play.debate.silence();
        play.stage = Stage::Arriving;
    }

    fn turn(&mut self, play: &Play, seat: Seat) {
        let debate = &play.debate;
        let turn = DebateTurn {
            entity: self.voice(debate, seat),
            debate: self.entity,
            side: side_of(debate, seat),
            who: debate.who(seat).to_owned(),
            name: debate.name(seat).to_owned(),
            turn: debate.state().turn,
            firmness: debate.firmness(seat),
            mood: debate.mood(seat).to_owned(),
            player: play.player == Some(seat),
        };
        self.tell(turn);
    }

    fn ready(
        &mut self,
        play: &Play,
        seat: Seat,
        what: What,
        text: String,
        source: Source,
        answers: bool,
        own_words: Option<String>,
    ) {
        let (entity, debate) = (self.voice(&play.debate, seat), self.entity);
        let (side, who) = (side_of(&play.debate, seat), play.debate.who(seat).to_owned());
        self.tell(ClaimReady { entity, debate, side, who, what, text, source, answers, own_words });
    }

    /// The entity that speaks for a side.
    fn voice(&self, debate: &core::Debate, seat: Seat) -> Entity {
        self.cast.0.get(debate.who(seat)).copied().unwrap_or(self.entity)
    }

    pub(super) fn ask(&mut self, voice: Entity, request: LineRequest) -> Asked {
        let deadline = if self.deadlines { self.now + Duration::from_millis(request.budget_ms) } else { Duration::MAX };
        let fallback = request.fallback.clone();
        Asked { id: self.requests.submit(self.entity, voice, request), fallback, deadline, finished: None }
    }

    /// The end of a request: what has come, or the authored text when it is late or nobody writes.
    pub(super) fn finish(&mut self, asked: Asked) -> Finished {
        asked.finished.unwrap_or_else(|| {
            self.requests.forget(asked.id);
            let interrupted = asked.deadline.is_zero();
            let late = if interrupted { Why::Interrupted } else { Why::Late };
            authored(asked.fallback, self.absence.clone().unwrap_or(late))
        })
    }

    pub(super) fn forget(&mut self, asked: Asked) {
        self.requests.forget(asked.id);
    }

    pub(super) fn problem(&mut self, problem: DebateTrouble) {
        self.tell(DebateProblem { entity: self.entity, problem });
    }

    pub(super) fn tell<E>(&mut self, event: E)
    where
        E: for<'t> Event<Trigger<'t>: Default> + Send,
    {
        self.out.push(Box::new(move |world| world.trigger(event)));
    }
}

fn side_of(debate: &core::Debate, seat: Seat) -> String {
    debate.motion().side(seat).map(|(id, _)| id.to_owned()).unwrap_or_default()
}

/// A debate whose file, or whose story, is broken says so; one that is in play goes on with its last good one.
pub(super) fn report_failed_debates(
    mut debates_failed: MessageReader<AssetLoadFailedEvent<DebateAsset>>,
    mut stories_failed: MessageReader<AssetLoadFailedEvent<StoryAsset>>,
    assets: Res<Assets<DebateAsset>>,
    debates: Query<(Entity, &Debate)>,
    mut commands: Commands,
) {
    for failure in debates_failed.read() {
        // The loader's own words; bevy's would come with a backtrace.
        let own = match &failure.error {
            AssetLoadError::AssetLoaderError(error) => error.error().downcast_ref::<DebateLoaderError>(),
            _ => None,
        };
        let words = own.map_or_else(|| failure.error.to_string(), ToString::to_string);
        for (entity, _) in debates.iter().filter(|(_, debate)| debate.debate.id() == failure.id) {
            commands.trigger(DebateProblem { entity, problem: DebateTrouble::Load(words.clone()) });
        }
    }
    for failure in stories_failed.read() {
        for (entity, debate) in &debates {
            let story = assets.get(&debate.debate).and_then(|asset| asset.story.as_ref());
            if story.is_some_and(|story| story.id() == failure.id) {
                let words = format!("its story cannot be loaded: {}", failure.error);
                commands.trigger(DebateProblem { entity, problem: DebateTrouble::Load(words) });
            }
        }
    }
}
