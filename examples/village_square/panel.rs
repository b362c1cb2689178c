//! The panel at the foot: what frames take and what the model writes, as it happens.

use std::time::Instant;

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

use crate::frames::{BUDGET_MS, Quantiles, Recent, missed};
use crate::paint::Painter;
use crate::palette::*;
use crate::scenery::layer;
use crate::strip::{governor_name, set};
use crate::tally::Tally;
use crate::typeface::Typeface;
use crate::window::Screen;

/// Frames on show.
const FRAMES: usize = 240;
/// Seconds of a step of the other graph, and how many of them are on show.
const STEP: f32 = 0.25;
const STEPS: usize = 120;
/// Seconds over which tokens are counted: they are told when a line is over.
const WINDOW: usize = 8;

/// The panel's place: half its width, its foot over the window's, its height.
const HALF: f32 = 616.0;
const FOOT: f32 = 10.0;
const HIGH: f32 = 122.0;
/// The two graphs in it: left, right and the heights of foot and top.
const LEFT_GRAPH: (f32, f32) = (20.0, 500.0);
const RIGHT_GRAPH: (f32, f32) = (724.0, 1020.0);
const HEIGHTS: (f32, f32) = (14.0, 84.0);

/// What the graphs show.
#[derive(Resource)]
struct Record {
    /// Milliseconds from one frame to the next.
    frames: Recent,
    /// Milliseconds of the main thread's systems, without drawing.
    systems: Recent,
    begun: Instant,
    /// Tokens of every step.
    tokens: Recent,
    seen: u64,
    step_ends: f32,
}

#[derive(Component)]
struct Graphs;

#[derive(Component, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Frames,
    Tokens,
    FrameList,
    RequestList,
}

/// Draws the panel.
pub struct PanelPlugin;

impl Plugin for PanelPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(Record {
            frames: Recent::new(FRAMES),
            systems: Recent::new(FRAMES),
            begun: Instant::now(),
            tokens: Recent::new(STEPS),
            seen: 0,
            step_ends: 0.0,
        })
        .add_systems(Startup, spawn)
        .add_systems(First, begin_frame)
        .add_systems(Update, (note_tokens, tell))
        .add_systems(PostUpdate, draw)
        .add_systems(Last, end_frame);
    }
}

fn begin_frame(mut record: ResMut<Record>, time: Res<Time<Real>>) {
    record.begun = Instant::now();
    // The first frame has none before it.
    if time.delta_secs() > 0.0 {
        record.frames.push(time.delta_secs() * 1e3);
    }
}

fn end_frame(mut record: ResMut<Record>) {
    let spent = record.begun.elapsed().as_secs_f32() * 1e3;
    record.systems.push(spent);
}

fn note_tokens(mut record: ResMut<Record>, time: Res<Time<Real>>, stats: Res<NarrativeStats>) {
    let now = time.elapsed_secs();
    if now < record.step_ends {
        return;
    }
    let length = STEP + (now - record.step_ends).min(1.0);
    record.step_ends = now + STEP;
    let fresh = stats.tokens.saturating_sub(record.seen);
    record.seen = stats.tokens;
    record.tokens.push(fresh as f32 / length);
}

fn spawn(
    mut commands: Commands,
    type_: Res<Typeface>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut inks: ResMut<Assets<ColorMaterial>>,
) {
    commands.spawn((layer(&mut meshes, &mut inks, 5.0), Graphs));
    let root = Node {
        position_type: PositionType::Absolute,
        left: percent(50),
        bottom: px(FOOT),
        width: px(2.0 * HALF),
        height: px(HIGH),
        margin: UiRect::left(px(-HALF)),
        ..default()
    };
    let at = |left: f32, top: f32, width: f32| Node {
        position_type: PositionType::Absolute,
        left: px(left),
        top: px(top),
        width: px(width),
        ..default()
    };
    commands.spawn((root, GlobalZIndex(5))).with_children(|panel| {
        let title = |text: &str, left: f32| {
            (Text::new(text), type_.regular(16.0), TextColor(BONE.ui(0.9)), at(left, 8.0, 300.0))
        };
        panel.spawn(title("Frame times, the last 240", LEFT_GRAPH.0));
        panel.spawn(title("Tokens a second", RIGHT_GRAPH.0));
        let value = |figure, left: f32, width: f32, justify| {
            (
                figure,
                Text::default(),
                TextLayout::justify(justify),
                type_.regular(16.0),
                TextColor(AMBER.ui(1.0)),
                at(left, 8.0, width),
            )
        };
        panel.spawn(value(Figure::Frames, LEFT_GRAPH.1 - 260.0, 260.0, Justify::Right));
        panel.spawn(value(Figure::Tokens, RIGHT_GRAPH.1 - 200.0, 200.0, Justify::Right));
        let list = |figure, left: f32| {
            (
                figure,
                Text::default(),
                type_.regular(15.0),
                type_.leading(),
                TextColor(MIST.mix(PALE, 0.3).ui(1.0)),
                at(left, 10.0, 190.0),
            )
        };
        panel.spawn(list(Figure::FrameList, LEFT_GRAPH.1 + 34.0));
        panel.spawn(list(Figure::RequestList, RIGHT_GRAPH.1 + 24.0));
    });
}

/// Tokens a second of the clock, over the last two seconds.
fn smooth(record: &Record) -> Vec<f32> {
    let values: Vec<f32> = record.tokens.iter().collect();
    (0..values.len())
        .map(|i| {
            let part = &values[(i + 1).saturating_sub(WINDOW)..=i];
            part.iter().sum::<f32>() / part.len() as f32
        })
        .collect()
}

fn tell(
    record: Res<Record>,
    stats: Res<NarrativeStats>,
    tally: Res<Tally>,
    speaking: Query<&Speaking>,
    time: Res<Time<Real>>,
    mut told: Local<f32>,
    mut figures: Query<(&Figure, &mut Text)>,
) {
    // Figures that change sixty times a second cannot be read.
    if time.elapsed_secs() < *told {
        return;
    }
    *told = time.elapsed_secs() + 0.3;
    let frames: Vec<f32> = record.frames.iter().collect();
    let times = Quantiles::of(frames.iter().copied());
    let systems = Quantiles::of(record.systems.iter());
    let governor = &stats.governor;
    let open: usize = speaking.iter().map(Speaking::requests).sum();
    let rate = smooth(&record).last().copied().unwrap_or_default();
    let first = |list: &[f32]| {
        let last = &list[list.len().saturating_sub(50)..];
        if last.is_empty() { "-".to_owned() } else { format!("{:.0} ms", Quantiles::of(last.iter().copied()).p50) }
    };
    for (figure, mut text) in &mut figures {
        let words = match figure {
            Figure::Frames => format!("p50 {:.1}   p99 {:.1} ms", times.p50, times.p99),
            Figure::Tokens => format!("{rate:.0}"),
            Figure::FrameList => format!(
                "{} of {} over 16.7 ms\nmain thread p50 {:.2} ms\nmain thread p99 {:.2} ms\ngovernor: {}\n{} slips, rest {:.0} ms",
                missed(&frames),
                frames.len(),
                systems.p50,
                systems.p99,
                governor_name(governor.mode),
                governor.slips,
                governor.rest.as_secs_f32() * 1e3
            ),
            Figure::RequestList => format!(
                "at work {:.0} tokens/s\n{} asked for, {} of them wait\nfirst words after {}\nto you after {}\n{:.0} % of {} lines generated",
                stats.tokens_per_second,
                open,
                stats.queued,
                first(&tally.chatter_ms),
                first(&tally.answer_ms),
                tally.generated_share(),
                tally.lines()
            ),
        };
        set(&mut text, &words);
    }
}

fn draw(
    record: Res<Record>,
    screen: Res<Screen>,
    mut meshes: ResMut<Assets<Mesh>>,
    graphs: Single<&Mesh2d, With<Graphs>>,
) {
    let mut p = Painter::default();
    let corner = Vec2::new(-HALF, -screen.0.y / 2.0 + FOOT);
    p.placed(corner, Vec2::ONE, |p| {
        let v = Vec2::new;
        p.rect(v(0.0, 0.0), v(2.0 * HALF, HIGH), DEEP.alpha(0.90));
        for (a, b) in [(v(0.0, HIGH), v(2.0 * HALF, HIGH)), (v(0.0, 0.0), v(2.0 * HALF, 0.0))] {
            p.stroke(&[a, b], (1.2, 1.2), AMBER.alpha(0.35));
        }
        let middle = RIGHT_GRAPH.0 - 20.0;
        p.stroke(&[v(middle, 14.0), v(middle, HIGH - 14.0)], (1.0, 1.0), SLATE.full());
        frame_bars(p, &record);
        token_line(p, &record);
    });
    if let Some(mut mesh) = meshes.get_mut(&graphs.0) {
        p.finish(&mut mesh);
    }
}

/// A bar for every frame; above the mark it is red. The part that the main thread took is brighter.
fn frame_bars(p: &mut Painter, record: &Record) {
    let v = Vec2::new;
    let (foot, top) = HEIGHTS;
    let longest = record.frames.iter().fold(0.0, f32::max);
    // Twice the budget or more, but never so much that the mark is lost at the foot: longer bars end at the top.
    let scale = (top - foot) / (longest * 1.05).clamp(2.0 * BUDGET_MS, 4.0 * BUDGET_MS);
    let width = (LEFT_GRAPH.1 - LEFT_GRAPH.0) / record.frames.most() as f32;
    let mark = foot + BUDGET_MS * scale;
    p.rect(v(LEFT_GRAPH.0, foot), v(LEFT_GRAPH.1, top), PITCH.alpha(0.55));
    for (i, (ms, main)) in record.frames.iter().rev().zip(record.systems.iter().rev()).enumerate() {
        let x = LEFT_GRAPH.1 - width * (i + 1) as f32;
        // A frame that waits for the screen is a hair longer than the budget, and not late.
        let ink = if ms > BUDGET_MS * 1.1 { RUST } else { RIVER };
        p.rect(v(x, foot), v(x + width - 0.4, foot + (ms * scale).min(top - foot)), ink.full());
        p.rect(v(x, foot), v(x + width - 0.4, foot + (main.min(ms) * scale).min(top - foot)), MIST.full());
    }
    for i in 0..40 {
        let x = LEFT_GRAPH.0 + 12.0 * i as f32;
        p.rect(v(x, mark - 0.6), v(x + 7.0, mark + 0.6), FLAME.alpha(0.9));
    }
}

/// What is written, as an area.
fn token_line(p: &mut Painter, record: &Record) {
    let v = Vec2::new;
    let (foot, top) = HEIGHTS;
    p.rect(v(RIGHT_GRAPH.0, foot), v(RIGHT_GRAPH.1, top), PITCH.alpha(0.55));
    let values = smooth(record);
    let most = values.iter().copied().fold(60.0, f32::max) * 1.1;
    let width = (RIGHT_GRAPH.1 - RIGHT_GRAPH.0) / (record.tokens.most() - 1) as f32;
    let from = RIGHT_GRAPH.1 - width * values.len().saturating_sub(1) as f32;
    let points: Vec<Vec2> = values
        .iter()
        .enumerate()
        .map(|(i, value)| v(from + width * i as f32, foot + (top - foot) * value / most))
        .collect();
    p.ridge(&points, foot, AMBER.alpha(0.55), RUST.alpha(0.25));
    p.stroke(&points, (1.8, 1.8), AMBER.full());
}
