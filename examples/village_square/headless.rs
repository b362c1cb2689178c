//! The same village without a window, at 60 frames a second: what the model's talk costs the frame.
//!
//! Every frame has a stand-in for the rest of a game: arithmetic that takes a given time on an idle core. A frame's time
//! counts from when it was due to when it was done, so a late start counts as well.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

use crate::frames::{Quantiles, histograms, missed};
use crate::tally::Tally;
use crate::village::VillagePlugin;

const FRAME: Duration = Duration::from_nanos(16_666_667);
/// How long the model may take to load.
const PATIENCE: Duration = Duration::from_secs(600);

/// What to run.
pub struct Setup {
    /// Who is there.
    pub village: VillagePlugin,
    /// Who writes.
    pub model: ModelSource,
    /// How long, half of it with the model off.
    pub time: Duration,
    /// Who goes first when the game and the model want the same cores.
    pub governor: GovernorMode,
    /// Milliseconds of other work in every frame.
    pub work_ms: f32,
    /// Print every line as it is said.
    pub lines: bool,
}

/// What one half of a run was like.
#[derive(Debug, Clone, Default)]
pub struct Half {
    /// Milliseconds of every frame, from due to done.
    pub frames: Vec<f32>,
    /// Milliseconds of `App::update`.
    pub updates: Vec<f32>,
    /// What was said.
    pub tally: Tally,
    /// Tokens written a second of the clock.
    pub tokens_per_second: f32,
    /// Tokens written a second of work.
    pub speed: f32,
    /// Frames that slipped by the governor's measure while the model wrote.
    pub slips: u64,
}

/// Both halves.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the model is, or why there is none.
    pub model: String,
    /// With the model off.
    pub off: Half,
    /// With the model on.
    pub on: Half,
}

/// Runs the village, first with the model off, then on.
///
/// # Errors
/// When the model does not come.
pub fn run(setup: Setup) -> Result<Report, String> {
    let work = Work::of(setup.work_ms);
    let mut app = App::new();
    let settings = NarrativeSettings { enabled: false, governor: setup.governor, ..default() };
    app.add_plugins(HeadlessPlugins)
        .add_plugins(NarrativePlugins::new(setup.model).with_settings(settings))
        .add_plugins(setup.village);
    if setup.lines {
        app.add_observer(|line: On<Generated>, names: Query<&Name>| {
            // A turn of a conversation is told with all the others there.
            if line.conversation.is_none() {
                let name = names.get(line.entity).map_or("?", Name::as_str);
                println!("{name} ({}): {}", line.reason, line.text);
            }
        });
        app.add_observer(|turn: On<TurnSpoken>| {
            let cut = if turn.cut { ", cut short" } else { "" };
            println!("[{}] {}. {} ({}{cut}): {}", turn.conversation, turn.turn, turn.name, turn.source, turn.text);
        });
        app.add_observer(|end: On<ConversationEnded>| println!("[{}] over: {}", end.entity, end.ending.name()));
    }
    app.finish();
    app.cleanup();
    let begun = Instant::now();
    while matches!(app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. }) {
        app.update();
        std::thread::sleep(Duration::from_millis(1));
        if begun.elapsed() > PATIENCE {
            return Err("The model does not come; try a smaller one, or --model off.".into());
        }
    }
    let model = match app.world().resource::<ModelStatus>() {
        ModelStatus::Ready { name } => name.clone(),
        ModelStatus::Failed { error } => format!("none: {error}"),
        _ => "none".into(),
    };
    let off = half(&mut app, false, setup.time / 2, &work);
    let on = half(&mut app, true, setup.time / 2, &work);
    Ok(Report { model, off, on })
}

fn half(app: &mut App, enabled: bool, time: Duration, work: &Work) -> Half {
    app.world_mut().resource_mut::<NarrativeSettings>().enabled = enabled;
    *app.world_mut().resource_mut::<Tally>() = Tally::default();
    let before = *app.world().resource::<NarrativeStats>();
    let mut half = Half::default();
    let ms = |time: Duration| time.as_secs_f32() * 1e3;
    let begun = Instant::now();
    let mut due = begun;
    while begun.elapsed() < time {
        let start = Instant::now();
        app.update();
        half.updates.push(ms(start.elapsed()));
        work.run();
        half.frames.push(ms(due.elapsed()));
        // A frame that was missed is not made up for: the next one is due a frame after it, or now.
        due = (due + FRAME).max(Instant::now());
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let stats = *app.world().resource::<NarrativeStats>();
    half.tokens_per_second = (stats.tokens - before.tokens) as f32 / begun.elapsed().as_secs_f32();
    half.speed = if enabled { stats.tokens_per_second } else { 0.0 };
    half.slips = stats.governor.slips - before.governor.slips;
    half.tally = app.world().resource::<Tally>().clone();
    half
}

impl Report {
    /// As text: two histograms and the figures under them.
    pub fn text(&self) -> String {
        let mut text = format!("model: {}\n\n", self.model);
        text.push_str(&histograms(["model off", "model on"], [&self.off.frames, &self.on.frames]));
        text.push_str("\n                 model off      model on\n");
        let mut row = |name: &str, figure: &dyn Fn(&Half) -> String| {
            text.push_str(&format!("  {name:14} {:>9}     {:>9}\n", figure(&self.off), figure(&self.on)));
        };
        let frame = |half: &Half| Quantiles::of(half.frames.iter().copied());
        let update = |half: &Half| Quantiles::of(half.updates.iter().copied());
        let first = |list: &[f32]| match Quantiles::of(list.iter().copied()) {
            _ if list.is_empty() => "-".to_owned(),
            times => format!("{:.0}", times.p50),
        };
        row("frames", &|half| half.frames.len().to_string());
        row("missed", &|half| missed(&half.frames).to_string());
        row("p50 ms", &|half| format!("{:.2}", frame(half).p50));
        row("p99 ms", &|half| format!("{:.2}", frame(half).p99));
        row("max ms", &|half| format!("{:.2}", frame(half).max));
        row("update p50 ms", &|half| format!("{:.3}", update(half).p50));
        row("update p99 ms", &|half| format!("{:.3}", update(half).p99));
        row("slips", &|half| half.slips.to_string());
        row("lines", &|half| half.tally.lines().to_string());
        row("generated %", &|half| format!("{:.0}", half.tally.generated_share()));
        row("tokens/s", &|half| format!("{:.0}", half.tokens_per_second));
        row("  at work", &|half| format!("{:.0}", half.speed));
        row("first words ms", &|half| first(&half.tally.chatter_ms));
        row("  to player ms", &|half| first(&half.tally.answer_ms));
        for (why, count) in &self.on.tally.authored {
            text.push_str(&format!("  model on, {why}: {count}\n"));
        }
        text
    }
}

/// Arithmetic that takes a given time when nobody disturbs it.
struct Work(u64);

impl Work {
    /// So many milliseconds: the speed is measured first, the best of some tries.
    fn of(ms: f32) -> Self {
        const TRY: u64 = 400_000;
        let tries = (0..20).map(|_| {
            let begun = Instant::now();
            Self(TRY).run();
            begun.elapsed().as_secs_f32() * 1e3
        });
        let best = tries.fold(f32::MAX, f32::min).max(1e-4);
        Self((TRY as f32 * ms.max(0.0) / best) as u64)
    }

    fn run(&self) {
        let mut x = 1.0f64;
        for _ in 0..self.0 {
            x = x * 1.000_000_1 + 1e-9;
        }
        black_box(x);
    }
}
