//! The strip at the top: the model and how fast it is, and where the words on show came from.

use bevy::prelude::*;

use crate::dialogue_box::set;
use crate::palette::*;
use crate::show::{ModelState, Show};
use crate::typeface::Typeface;

#[derive(Component)]
struct ModelDot;
#[derive(Component)]
struct ModelText;
#[derive(Component)]
struct Bar;
#[derive(Component)]
struct BarFill;
#[derive(Component)]
struct Speed;
#[derive(Component)]
struct SourceDot;
#[derive(Component)]
struct SourceText;

/// Shows [`Show::model`] and the source of [`Show::line`].
pub struct StatusStripPlugin;

impl Plugin for StatusStripPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn).add_systems(Update, (tell_model, tell_source));
    }
}

/// The colour for a kind of source, by the name it has in transcripts.
pub fn source_ink(source: &str) -> Ink {
    match source.split('(').next().unwrap_or_default() {
        "generated" => AMBER,
        "ranked" => FLAME,
        "baked" => SKIN,
        _ if source == "authored(written)" => MIST,
        "authored" => RUST,
        _ => SLATE,
    }
}

/// What a source means to somebody who plays.
fn source_words(source: &str) -> String {
    let detail = source.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    match source.split('(').next().unwrap_or_default() {
        "generated" => "written by the model".into(),
        "ranked" => format!("best of {detail} by the model"),
        "baked" => "written by the model, reviewed".into(),
        "authored" if detail == "written" => "the writer's line".into(),
        "authored" => format!("the writer's line ({})", detail.replace('_', " ")),
        other => other.into(),
    }
}

fn dot() -> Node {
    Node { width: px(9), height: px(9), margin: UiRect::bottom(px(2)), border_radius: BorderRadius::MAX, ..default() }
}

fn spawn(mut commands: Commands, type_: Res<Typeface>) {
    let strip = Node {
        position_type: PositionType::Absolute,
        left: px(0),
        right: px(0),
        top: px(0),
        height: px(36),
        padding: UiRect::new(px(24), px(24), px(4), px(0)),
        column_gap: px(12),
        align_items: AlignItems::Center,
        ..default()
    };
    let small = || type_.regular(17.0);
    commands.spawn((strip, BackgroundColor(PITCH.ui(0.66)))).with_children(|strip| {
        strip.spawn((ModelDot, dot(), BackgroundColor(SLATE.ui(1.0))));
        strip.spawn((ModelText, Text::default(), small(), TextColor(BONE.ui(0.9))));
        let bar = Node { width: px(130), height: px(5), border_radius: BorderRadius::MAX, ..default() };
        let fill = Node { width: percent(0), height: percent(100), border_radius: BorderRadius::MAX, ..default() };
        strip.spawn((Bar, bar, BackgroundColor(SLATE.ui(0.8)))).with_child((
            BarFill,
            fill,
            BackgroundColor(AMBER.ui(1.0)),
        ));
        strip.spawn((Speed, Text::default(), small(), TextColor(MIST.ui(1.0))));
        strip.spawn(Node { flex_grow: 1.0, ..default() });
        strip.spawn((SourceDot, dot(), BackgroundColor(SLATE.ui(0.0))));
        strip.spawn((SourceText, Text::default(), small(), TextColor(BONE.ui(0.9))));
        strip.spawn((
            Text::new("H  help"),
            small(),
            TextColor(MIST.ui(0.8)),
            Node { margin: UiRect::left(px(22)), ..default() },
        ));
    });
}

fn tell_model(
    show: Res<Show>,
    mut text: Single<&mut Text, With<ModelText>>,
    mut speed: Single<&mut Text, (With<Speed>, Without<ModelText>)>,
    mut light: Single<&mut BackgroundColor, With<ModelDot>>,
    mut bar: Single<&mut Node, With<Bar>>,
    mut fill: Single<&mut Node, (With<BarFill>, Without<Bar>)>,
) {
    let model = &show.model;
    let mut progress = None;
    let (words, ink) = match &model.state {
        ModelState::None => ("no model: the writer's lines".to_string(), SLATE),
        ModelState::Failed(why) => (format!("no model: {}", first_words(why)), RUST),
        _ if !model.on => ("model switched off (M)".to_string(), SLATE),
        ModelState::Loading(stage, share) => {
            progress = Some(*share);
            (format!("loading the model: {stage}"), AMBER)
        }
        ModelState::Ready(name) => (format!("GPT-2: {name}"), AMBER),
    };
    set(&mut text, &words);
    light.set_if_neq(BackgroundColor(ink.ui(1.0)));
    bar.display = if progress.is_some() { Display::Flex } else { Display::None };
    fill.width = percent(100.0 * progress.unwrap_or(0.0));
    let ready = matches!(model.state, ModelState::Ready(_)) && model.on && model.tokens_per_second > 0.0;
    let numbers = if ready {
        format!("{:.0} tokens/s   \u{2022}   first text after {:.0} ms", model.tokens_per_second, model.first_text_ms)
    } else {
        String::new()
    };
    set(&mut speed, &numbers);
}

fn tell_source(
    show: Res<Show>,
    mut text: Single<&mut Text, With<SourceText>>,
    mut light: Single<&mut BackgroundColor, With<SourceDot>>,
) {
    let source = show.line.as_ref().filter(|_| show.started).and_then(|line| line.source.as_deref());
    set(&mut text, &source.map(source_words).unwrap_or_default());
    let ink = source.map_or(SLATE.ui(0.0), |s| source_ink(s).ui(1.0));
    light.set_if_neq(BackgroundColor(ink));
}

/// As much of a reason as the strip has room for.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 70 {
        line.into()
    } else {
        format!("{}\u{2026}", line.chars().take(69).collect::<String>())
    }
}
