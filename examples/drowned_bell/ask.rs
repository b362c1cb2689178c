//! A question in the player's own words: a field above the dialogue box while somebody can be asked.

use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

use crate::dialogue_box::{set, shade};
use crate::palette::*;
use crate::show::{Act, Show};
use crate::typeface::Typeface;

/// Characters a question may have: what fits the field, and far more than the model needs.
const LONGEST: usize = 90;

#[derive(Component)]
struct Field;
#[derive(Component)]
struct Typed;
#[derive(Component)]
struct Caption;

/// What has been typed.
#[derive(Resource, Default)]
pub struct Question(pub String);

/// Lets the player type while [`Show::may_ask`].
pub struct AskPlugin;

impl Plugin for AskPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Question>().add_systems(Startup, spawn).add_systems(Update, (listen, draw).chain());
    }
}

fn spawn(mut commands: Commands, type_: Res<Typeface>) {
    let field = Node {
        position_type: PositionType::Absolute,
        right: px(70),
        bottom: px(226),
        width: px(620),
        flex_direction: FlexDirection::Column,
        row_gap: px(3),
        border: px(1).all(),
        border_radius: BorderRadius::all(px(6)),
        padding: UiRect::axes(px(20), px(10)),
        ..default()
    };
    commands
        .spawn((Field, field, BackgroundColor(DEEP.ui(0.92)), BorderColor::all(AMBER.ui(0.6)), shade()))
        .with_children(|field| {
            field.spawn((Caption, Text::default(), type_.italic(18.0), TextColor(MIST.ui(1.0))));
            field.spawn((Typed, Text::default(), type_.regular(24.0), TextColor(BONE.ui(1.0))));
        });
}

fn listen(
    mut show: ResMut<Show>,
    mut question: ResMut<Question>,
    mut input: MessageReader<KeyboardInput>,
    mut acts: MessageWriter<Act>,
) {
    if !show.may_ask() {
        input.clear();
        question.0.clear();
        return;
    }
    for key in input.read().filter(|key| key.state.is_pressed()) {
        match &key.logical_key {
            Key::Enter if !question.0.trim().is_empty() => {
                acts.write(Act::Ask(std::mem::take(&mut question.0)));
                // Until the answer begins, nothing else may be asked.
                if let Some(line) = &mut show.line {
                    line.asks = false;
                    line.source = None;
                    line.text.clear();
                }
                return;
            }
            Key::Escape | Key::Enter => {
                acts.write(Act::Advance);
                return;
            }
            Key::Backspace => {
                question.0.pop();
            }
            _ => {
                let typed = key.text.as_deref().unwrap_or_default().chars().filter(|c| !c.is_control());
                let room = LONGEST.saturating_sub(question.0.chars().count());
                question.0.extend(typed.take(room));
            }
        }
    }
}

fn draw(
    show: Res<Show>,
    question: Res<Question>,
    time: Res<Time>,
    mut field: Single<&mut Visibility, With<Field>>,
    mut typed: Single<&mut Text, With<Typed>>,
    mut caption: Single<&mut Text, (With<Caption>, Without<Typed>)>,
) {
    let open = show.may_ask();
    field.set_if_neq(if open { Visibility::Inherited } else { Visibility::Hidden });
    let Some(line) = show.line.as_ref().filter(|_| open) else { return };
    set(&mut caption, &format!("Ask {} anything.   Enter sends   \u{2022}   Esc leaves", line.name));
    let caret = if time.elapsed_secs().fract() < 0.5 { "|" } else { " " };
    set(&mut typed, &format!("{}{caret}", question.0));
}
