//! The strip at the top: the model, and what the keys do.

use bevy::prelude::*;
use bevy_raconteur::prelude::*;

use crate::palette::*;
use crate::talk::Pace;
use crate::typeface::Typeface;

#[derive(Component)]
struct ModelDot;
#[derive(Component)]
struct ModelText;
#[derive(Component)]
struct Keys;

/// Shows the model's state and the keys.
pub struct StripPlugin;

impl Plugin for StripPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn).add_systems(Update, (tell_model, tell_keys));
    }
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
    let dot = Node {
        width: px(9),
        height: px(9),
        margin: UiRect::bottom(px(2)),
        border_radius: BorderRadius::MAX,
        ..default()
    };
    commands.spawn((strip, BackgroundColor(PITCH.ui(0.72)), GlobalZIndex(5))).with_children(|strip| {
        strip.spawn((ModelDot, dot, BackgroundColor(SLATE.ui(1.0))));
        strip.spawn((ModelText, Text::default(), type_.regular(17.0), TextColor(BONE.ui(0.9))));
        strip.spawn(Node { flex_grow: 1.0, ..default() });
        strip.spawn((Keys, Text::default(), type_.regular(17.0), TextColor(MIST.ui(1.0))));
    });
}

fn tell_model(
    status: Res<ModelStatus>,
    settings: Res<NarrativeSettings>,
    mut text: Single<&mut Text, With<ModelText>>,
    mut light: Single<&mut BackgroundColor, With<ModelDot>>,
) {
    let (words, ink) = match &*status {
        _ if !settings.enabled => ("model switched off: the writer's lines".to_owned(), SLATE),
        ModelStatus::Off => ("no model: the writer's lines".to_owned(), SLATE),
        ModelStatus::Loading { stage, fraction } => {
            (format!("loading the model: {stage}, {:.0} %", fraction * 100.0), AMBER)
        }
        ModelStatus::Ready { name } => (format!("GPT-2: {name}"), AMBER),
        ModelStatus::Failed { error } => (format!("no model: {}", first_words(&error.to_string())), RUST),
    };
    set(&mut text, &words);
    light.set_if_neq(BackgroundColor(ink.ui(1.0)));
}

fn tell_keys(settings: Res<NarrativeSettings>, pace: Res<Pace>, mut text: Single<&mut Text, With<Keys>>) {
    let model = if settings.enabled { "on" } else { "off" };
    let pace = match *pace {
        Pace::Calm => "in turns",
        Pace::Eager => "all at once",
    };
    let governor = governor_name(settings.governor);
    let gap = "     ";
    set(&mut text, &format!("WASD  walk{gap}E  ask{gap}M  model {model}{gap}G  {governor}{gap}T  talk {pace}"));
}

/// A mode of the governor, as the strip and the panel call it.
pub fn governor_name(mode: GovernorMode) -> &'static str {
    match mode {
        GovernorMode::PrioritiseFrame => "frame first",
        GovernorMode::Balanced => "balanced",
        GovernorMode::PrioritiseReply => "reply first",
    }
}

/// Sets a text only when it differs: an unchanged text is not laid out again.
pub fn set(text: &mut Text, to: &str) {
    if text.0 != to {
        to.clone_into(&mut text.0);
    }
}

/// As much of a reason as the strip has room for.
fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(70) {
        Some((at, _)) => format!("{}\u{2026}", &line[..at]),
        None => line.to_owned(),
    }
}
