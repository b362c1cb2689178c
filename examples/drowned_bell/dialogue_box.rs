//! The box at the foot of the picture: portrait, name, and the line, typed out as it streams in.

use bevy::prelude::*;

use crate::palette::*;
use crate::portrait::Portrait;
use crate::scenery::{Actor, Stage};
use crate::show::{Act, Show};
use crate::typeface::Typeface;

/// Characters that the typewriter shows per second, a little faster than one reads.
const TYPING: f32 = 52.0;

#[derive(Component)]
struct BoxRoot;
#[derive(Component)]
struct PortraitFrame;
#[derive(Component)]
struct Column;
#[derive(Component)]
struct Name;
#[derive(Component)]
struct Words;
#[derive(Component)]
struct Hint;

/// Shows [`Show::line`].
pub struct DialogueBoxPlugin;

impl Plugin for DialogueBoxPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn.after(crate::portrait::spawn))
            .add_systems(Update, (type_out, hurry_or_advance, fill).chain());
    }
}

fn spawn(mut commands: Commands, type_: Res<Typeface>, portrait: Res<Portrait>) {
    let root = (
        BoxRoot,
        Node {
            position_type: PositionType::Absolute,
            left: px(70),
            right: px(70),
            bottom: px(26),
            height: px(182),
            justify_content: JustifyContent::Center,
            ..default()
        },
    );
    let panel = Node {
        width: percent(100),
        max_width: px(1140),
        border: px(1).all(),
        border_radius: BorderRadius::all(px(8)),
        padding: UiRect::new(px(28), px(34), px(20), px(16)),
        column_gap: px(28),
        ..default()
    };
    let frame = Node {
        width: px(154),
        height: px(154),
        margin: UiRect::top(px(-10)),
        flex_shrink: 0.0,
        border: px(2).all(),
        border_radius: BorderRadius::all(px(8)),
        ..default()
    };
    let inside =
        Node { width: percent(100), height: percent(100), border_radius: BorderRadius::all(px(6)), ..default() };
    let column =
        Node { flex_direction: FlexDirection::Column, flex_grow: 1.0, flex_basis: px(0), row_gap: px(4), ..default() };
    commands.spawn(root).with_children(|root| {
        root.spawn((panel, BackgroundColor(DEEP.ui(0.92)), BorderColor::all(AMBER.ui(0.30)), shade())).with_children(
            |panel| {
                panel
                    .spawn((PortraitFrame, frame, BorderColor::all(AMBER.ui(0.55)), BackgroundColor(NIGHT.ui(1.0))))
                    .with_child((inside, ImageNode::new(portrait.image.clone())));
                panel.spawn((Column, column)).with_children(|column| {
                    column.spawn((Name, Text::default(), type_.regular(25.0), TextColor(AMBER.ui(1.0))));
                    column.spawn((
                        Words,
                        Text::default(),
                        type_.regular(27.0),
                        TextColor(BONE.ui(1.0)),
                        type_.leading(),
                    ));
                });
            },
        );
        root.spawn((
            Hint,
            Text::default(),
            type_.italic(18.0),
            TextColor(MIST.ui(0.9)),
            Node { position_type: PositionType::Absolute, right: px(24), bottom: px(10), ..default() },
        ));
    });
}

/// The soft shadow under a panel.
pub fn shade() -> BoxShadow {
    BoxShadow::new(PITCH.ui(0.7), px(0), px(6), px(2), px(22))
}

/// The typewriter follows the stream: never ahead of it, and faster when it has fallen behind.
fn type_out(mut show: ResMut<Show>, stage: Res<Stage>, time: Res<Time>) {
    if !show.started || show.help || !stage.open(show.place) {
        return;
    }
    let Some(line) = &mut show.line else { return };
    let length = line.text.chars().count() as f32;
    if line.shown < length {
        let speed = TYPING + (length - line.shown - 60.0).max(0.0);
        line.shown = (line.shown + speed * time.delta_secs()).min(length);
    }
}

/// Space, Enter or a click on anything but a button: first shows what has come, then goes on.
fn hurry_or_advance(
    mut show: ResMut<Show>,
    mut acts: MessageWriter<Act>,
    keys: Res<ButtonInput<KeyCode>>,
    mouse: Res<ButtonInput<MouseButton>>,
    buttons: Query<&Interaction, With<Button>>,
) {
    let on_button = buttons.iter().any(|i| *i != Interaction::None);
    let click = mouse.just_pressed(MouseButton::Left) && !on_button;
    let press = keys.any_just_pressed([KeyCode::Space, KeyCode::Enter, KeyCode::NumpadEnter]) || click;
    if !press || show.help {
        return;
    }
    if !show.started {
        acts.write(Act::Begin);
        return;
    }
    // While a question may be typed, keys belong to the question; `ask.rs` hears them.
    if show.may_ask() || !show.offers.is_empty() || show.ended.is_some() && show.line.is_none() {
        return;
    }
    if let Some(line) = &mut show.line {
        if !line.caught_up() {
            line.shown = line.text.chars().count() as f32;
        } else if line.source.is_some() {
            acts.write(Act::Advance);
        }
    }
}

fn fill(
    show: Res<Show>,
    stage: Res<Stage>,
    time: Res<Time>,
    type_: Res<Typeface>,
    mut root: Single<&mut Visibility, With<BoxRoot>>,
    mut frame: Single<&mut Node, With<PortraitFrame>>,
    mut column: Single<&mut Node, (With<Column>, Without<PortraitFrame>, Without<Name>)>,
    mut name: Single<(&mut Text, &mut Node), (With<Name>, Without<PortraitFrame>)>,
    mut words: Single<(&mut Text, &mut TextFont, &mut TextLayout), (With<Words>, Without<Name>)>,
    mut hint: Single<&mut Text, (With<Hint>, Without<Name>, Without<Words>)>,
) {
    let line = show.line.as_ref().filter(|_| show.started && stage.open(show.place));
    root.set_if_neq(if line.is_some() { Visibility::Inherited } else { Visibility::Hidden });
    let Some(line) = line else { return };
    frame.display = if Actor::of(&line.who).is_some() { Display::Flex } else { Display::None };
    name.1.display = if line.name.is_empty() { Display::None } else { Display::Flex };
    set(&mut name.0, &line.name);
    // What nobody says stands in the middle.
    let told = line.name.is_empty();
    column.justify_content = if told { JustifyContent::Center } else { JustifyContent::FlexStart };
    let justify = if told { Justify::Center } else { Justify::Left };
    if words.2.justify != justify {
        words.2.justify = justify;
    }
    let font = if told { type_.italic(28.0) } else { type_.regular(27.0) };
    if *words.1 != font {
        *words.1 = font;
    }
    // The font has a proper apostrophe; models and writers type the straight one.
    let letters = line.text.chars().map(|c| if c == '\'' { '\u{2019}' } else { c });
    let mut text: String = letters.take(line.shown as usize).collect();
    if line.source.is_none() && line.caught_up() {
        // Nothing to show yet: the speaker is thinking.
        let dots = 1 + (time.elapsed_secs() * 2.5) as usize % 3;
        text.push_str(&"\u{2022} ".repeat(dots));
    }
    set(&mut words.0, &text);
    let next = match (&show.ended, line.read_out()) {
        _ if !show.offers.is_empty() || line.asks => "",
        (_, false) => "",
        (Some(_), true) => "The end. R begins again",
        (None, true) => "Space \u{203a}",
    };
    set(&mut hint, next);
}

/// Sets a text only when it differs: an unchanged text is not laid out again.
pub fn set(text: &mut Text, to: &str) {
    if text.0 != to {
        to.clone_into(&mut text.0);
    }
}
