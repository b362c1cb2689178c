//! The play itself, without a window: an app, its story, its board and its director, stepped until the story ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy_raconteur::core::director::{Sample, Shown, svg};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

use crate::village::{self, Dice};

/// A frame of the game's clock; what the model needs is waited for.
const FRAME: Duration = Duration::from_millis(100);
/// Frames for which a line is read.
const READ: usize = 15;
/// Most frames of a play: a player may go on for ever.
const MOST: usize = 200_000;
/// A moment of the director.
const MOMENT: Duration = Duration::from_millis(1500);

/// What to play.
pub struct Setup {
    /// Of the village and the story.
    pub seed: u64,
    /// Whether nothing begins before the model is there.
    pub wait_for_model: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { seed: 1, wait_for_model: false }
    }
}

/// What a play asks of whoever watches.
pub enum Step<'a> {
    /// A line of the transcript.
    Line(&'a str),
    /// Take one of these, by its id.
    Choose(&'a [OfferedChoice]),
}

/// Everything that was told.
#[derive(Default, Debug, Clone)]
pub struct Told {
    /// The transcript.
    pub lines: Vec<String>,
    /// Hooks offered, taken, done and failed.
    pub hooks: [usize; 4],
    /// Ids of the storylets that were told.
    pub storylets: Vec<String>,
    /// The director's moments.
    pub trace: Vec<Sample>,
    /// Problems, of which there should be none.
    pub problems: Vec<String>,
    /// Whether the story came to its end.
    pub ended: bool,
}

impl Told {
    /// A sentence about it.
    pub fn summary(&self) -> String {
        let [offered, taken, done, failed] = self.hooks;
        let distance: u64 = self.trace.iter().map(|sample| u64::from(sample.wanted.abs_diff(sample.present))).sum();
        format!(
            "{offered} hooks were offered, {taken} taken, {done} done, {failed} failed. {} remarks in {} moments; the told \
             tension was {:.1} points from the curve on average.",
            self.storylets.len(),
            self.trace.len(),
            distance as f64 / self.trace.len().max(1) as f64
        )
    }

    /// How the tension went.
    pub fn picture(&self) -> String {
        svg(
            "Harrow Green: tension wanted (grey) and told",
            &[Shown { name: "told", color: "#b5482a", samples: &self.trace }],
        )
    }
}

/// What has happened and was not looked at.
#[derive(Resource, Clone, Default)]
struct News(Arc<Mutex<Vec<Event>>>);

enum Event {
    Line(String),
    Offered(HookOffered),
    Taken(HookTaken),
    Done(HookDone),
    Storylet(String),
    Choices(Vec<OfferedChoice>),
    Ready,
    Beat(String),
    Problem(String),
    Ended,
}

impl News {
    fn note(&self, event: Event) {
        if let Ok(mut news) = self.0.lock() {
            news.push(event);
        }
    }

    fn read(&self) -> Vec<Event> {
        self.0.lock().map(|mut news| std::mem::take(&mut *news)).unwrap_or_default()
    }
}

/// Plays a story to its end. `watch` hears the transcript and makes the choices; `None` ends the play.
pub fn play(model: ModelSource, setup: &Setup, watch: &mut dyn FnMut(Step<'_>) -> Option<String>) -> Told {
    let mut app = App::new();
    app.add_plugins(HeadlessPlugins)
        .add_plugins(NarrativePlugins::new(model).with_settings(NarrativeSettings { deadlines: false, ..default() }))
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
    let news = News::default();
    listen(&mut app, &news);
    app.finish();
    app.cleanup();
    let mut told = Told::default();
    if setup.wait_for_model {
        wait_for_model(&mut app);
    }
    let world = app.world_mut();
    village::spawn(world, setup.seed);
    let assets = world.resource::<AssetServer>().clone();
    let (story, hooks, plan) = (
        assets.load::<StoryAsset>("stories/harrow_green.story.ron"),
        assets.load::<HooksAsset>("stories/harrow_green.hooks.ron"),
        assets.load::<DirectorAsset>("stories/harrow_green.director.ron"),
    );
    // Files come when they come; a play begins when all are there, so that it is the same each time.
    for _ in 0..20_000 {
        if assets.is_loaded(&story) && assets.is_loaded(&hooks) && assets.is_loaded(&plan) {
            break;
        }
        app.update();
        std::thread::sleep(Duration::from_micros(300));
    }
    let story = app.world_mut().spawn((
        StoryRunner::new(story, setup.seed),
        HookBoard::new(hooks),
        Director::new(plan, Pace::Every(MOMENT)),
    ));
    let story = story.id();
    let mut nights = Dice(setup.seed ^ 0xcafe);
    let mut reading: Option<usize> = None;
    for _ in 0..MOST {
        app.update();
        for event in news.read() {
            match event {
                Event::Line(line) => say(&mut told, watch, line),
                Event::Offered(HookOffered { hook, source, .. }) => {
                    told.hooks[0] += 1;
                    say(&mut told, watch, format!("  * {} ({source})", hook.say));
                }
                Event::Taken(HookTaken { hook, .. }) => {
                    told.hooks[1] += 1;
                    say(&mut told, watch, format!("  + taken: {}", hook.say));
                }
                Event::Done(HookDone { hook, done, .. }) => {
                    told.hooks[if done { 2 } else { 3 }] += 1;
                    let how = if done { "done" } else { "failed" };
                    say(&mut told, watch, format!("  = {how}: {}", hook.say));
                }
                Event::Storylet(id) => told.storylets.push(id),
                Event::Ready => reading = Some(READ),
                Event::Beat(beat) if beat == "night" => night(&mut app, story, &mut nights),
                Event::Beat(_) => {}
                Event::Choices(offered) => match watch(Step::Choose(&offered)) {
                    Some(choice) => app.world_mut().trigger(Choose { entity: story, choice }),
                    None => return finish(&app, story, told),
                },
                Event::Problem(problem) => {
                    say(&mut told, watch, format!("  ! {problem}"));
                    told.problems.push(problem);
                }
                Event::Ended => {
                    told.ended = true;
                    return finish(&app, story, told);
                }
            }
        }
        let settled = app.world().get::<HookBoard>(story).is_some_and(HookBoard::is_settled);
        reading = match reading {
            // Whoever comes to the post finds the notes pinned.
            Some(0) if settled => {
                app.world_mut().trigger(Advance { entity: story });
                None
            }
            Some(left) => Some(left.saturating_sub(1)),
            None => None,
        };
        // The worker is another thread: let it come to something.
        std::thread::sleep(Duration::from_micros(300));
    }
    finish(&app, story, told)
}

/// A player by rule: two notes a day, a night after each two, and up with the flocks as soon as they go.
#[derive(Default)]
pub struct Script {
    /// Notes taken since the last night.
    notes: usize,
}

impl Script {
    /// Its choice, by id.
    pub fn choose(&mut self, offered: &[OfferedChoice]) -> Option<String> {
        let named = |id: &str| offered.iter().find(|choice| choice.id == id);
        let note = offered.iter().find(|choice| choice.id.starts_with("post_")).filter(|_| self.notes < 2);
        let night = named("go_up").or_else(|| named("rest"));
        let chosen = note.or(night).or_else(|| named("between_both")).or_else(|| offered.first())?;
        if note.is_some() {
            self.notes += 1;
        } else if night.is_some() {
            self.notes = 0;
        }
        Some(chosen.id.clone())
    }
}

fn listen(app: &mut App, news: &News) {
    app.insert_resource(news.clone())
        .add_observer(|e: On<LineReady>, news: Res<News>| {
            let name = e.who.chars().next().map(|first| first.to_uppercase().to_string() + &e.who[first.len_utf8()..]);
            let name = name.filter(|_| e.who != "narrator").map_or(String::new(), |name| format!("{name}: "));
            news.note(Event::Line(format!("{name}{}", e.text)));
            news.note(Event::Ready);
        })
        .add_observer(|e: On<Remarked>, news: Res<News>| news.note(Event::Line(format!("      ({})", e.text))))
        .add_observer(|e: On<StoryletTold>, news: Res<News>| news.note(Event::Storylet(e.storylet.clone())))
        .add_observer(|e: On<HookOffered>, news: Res<News>| news.note(Event::Offered(e.clone())))
        .add_observer(|e: On<HookTaken>, news: Res<News>| news.note(Event::Taken(e.clone())))
        .add_observer(|e: On<HookDone>, news: Res<News>| news.note(Event::Done(e.clone())))
        .add_observer(|e: On<ChoicesReady>, news: Res<News>| news.note(Event::Choices(e.choices.clone())))
        .add_observer(|e: On<BeatEntered>, news: Res<News>| news.note(Event::Beat(e.beat.clone())))
        .add_observer(|_: On<StoryEnded>, news: Res<News>| news.note(Event::Ended))
        .add_observer(|e: On<StoryProblem>, news: Res<News>| news.note(Event::Problem(e.problem.to_string())));
}

fn wait_for_model(app: &mut App) {
    for _ in 0..60_000 {
        app.update();
        match app.world().resource::<ModelStatus>() {
            ModelStatus::Ready { .. } => return,
            ModelStatus::Failed { error } => {
                eprintln!("There is no model ({error}); the authored order it is.");
                return;
            }
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A night in which the wolf and the weather come nearer, or go.
fn night(app: &mut App, story: Entity, dice: &mut Dice) {
    for name in ["wolf", "storm"] {
        let value =
            app.world().get::<StoryRunner>(story).and_then(|story| story.runner()?.state().vars.get(name).cloned());
        let Some(Value::Int(value)) = value else { continue };
        let value = Value::Int(value + [1, 1, 0, -1][dice.below(4)]);
        app.world_mut().trigger(SetVariable { entity: story, name: name.to_owned(), value });
    }
    if dice.below(4) == 0 {
        app.world_mut().trigger(Jolt { entity: story, what: "thunder".to_owned() });
    }
}

fn say(told: &mut Told, watch: &mut dyn FnMut(Step<'_>) -> Option<String>, line: String) {
    watch(Step::Line(&line));
    told.lines.push(line);
}

fn finish(app: &App, story: Entity, mut told: Told) -> Told {
    let pacing = app.world().get::<Director>(story).and_then(Director::pacing);
    told.trace = pacing.map(|pacing| pacing.trace().cloned().collect()).unwrap_or_default();
    told
}
