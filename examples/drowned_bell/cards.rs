//! What lies over the whole picture: the title card, the name of a place as one arrives, and the help.

use bevy::prelude::*;

use crate::dialogue_box::{set, shade};
use crate::palette::*;
use crate::scenery::{Place, Stage};
use crate::show::{Act, Show};
use crate::typeface::Typeface;

/// What H shows.
const HELP: &[(&str, &str)] = &[
    ("Space, Enter, click", "hurry the text, then go on"),
    ("1 to 9, click", "take a choice"),
    ("type, Enter", "ask a question, where somebody can be asked"),
    ("Esc", "leave the question"),
    ("M", "switch the model off and on, and see the difference"),
    ("R", "begin again"),
    ("H", "this page"),
];

#[derive(Component)]
struct TitleCard;
#[derive(Component)]
struct TitleName;
#[derive(Component)]
struct TitleHint;
#[derive(Component)]
struct Arrival;
#[derive(Component)]
struct HelpCard;
#[derive(Component)]
struct Notice;

/// Title, arrivals, help, and the keys that belong to no box.
pub struct CardsPlugin;

impl Plugin for CardsPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn).add_systems(Update, (keys, title, arrival, overlays));
    }
}

fn spawn(mut commands: Commands, type_: Res<Typeface>) {
    let whole = Node {
        position_type: PositionType::Absolute,
        width: percent(100),
        height: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        ..default()
    };
    commands.spawn((TitleCard, Node { padding: UiRect::top(percent(8)), ..whole.clone() })).with_children(|card| {
        card.spawn((TitleName, Text::default(), type_.regular(92.0), TextColor(BONE.ui(1.0)), shadow()));
        let rule = Node { width: px(190), height: px(1), margin: UiRect::vertical(px(10)), ..default() };
        card.spawn((rule, BackgroundColor(AMBER.ui(0.8))));
        card.spawn((Text::new("a tale told by its people"), type_.italic(29.0), TextColor(PALE.ui(1.0)), shadow()));
        let low = Node { position_type: PositionType::Absolute, bottom: px(62), ..default() };
        card.spawn((TitleHint, Text::default(), type_.italic(25.0), TextColor(FLAME.ui(1.0)), low, shadow()));
    });
    let corner =
        Node { position_type: PositionType::Absolute, left: px(70), top: px(58), max_width: px(640), ..default() };
    commands.spawn((Arrival, Text::default(), type_.italic(25.0), TextColor(PALE.ui(0.0)), corner, shadow()));
    let middle = Node { justify_content: JustifyContent::Center, ..whole.clone() };
    commands
        .spawn((HelpCard, middle, BackgroundColor(PITCH.ui(0.6)), GlobalZIndex(10), Visibility::Hidden))
        .with_children(|card| {
            let panel = Node {
                flex_direction: FlexDirection::Column,
                row_gap: px(8),
                padding: UiRect::axes(px(44), px(30)),
                border: px(1).all(),
                border_radius: BorderRadius::all(px(8)),
                ..default()
            };
            card.spawn((panel, BackgroundColor(DEEP.ui(0.97)), BorderColor::all(AMBER.ui(0.35)), shade()))
                .with_children(|panel| {
                    for (key, what) in HELP {
                        panel.spawn(Node { column_gap: px(24), ..default() }).with_children(|row| {
                            let cell = Node { width: px(190), flex_shrink: 0.0, ..default() };
                            row.spawn((
                                Text::new(*key),
                                type_.regular(22.0),
                                TextColor(AMBER.ui(1.0)),
                                TextLayout::no_wrap(),
                                cell,
                            ));
                            row.spawn((
                                Text::new(*what),
                                type_.regular(22.0),
                                TextColor(BONE.ui(1.0)),
                                TextLayout::no_wrap(),
                            ));
                        });
                    }
                    let legend = Node { margin: UiRect::top(px(16)), column_gap: px(20), ..default() };
                    panel.spawn(legend).with_children(|row| {
                        let kinds = [
                            (AMBER, "written by the model"),
                            (FLAME, "best of several"),
                            (MIST, "the writer's"),
                            (RUST, "the writer's, instead of the model's"),
                        ];
                        for (ink, words) in kinds {
                            row.spawn(Node { column_gap: px(7), align_items: AlignItems::Center, ..default() })
                                .with_children(|item| {
                                    let dot = Node {
                                        width: px(9),
                                        height: px(9),
                                        border_radius: BorderRadius::MAX,
                                        ..default()
                                    };
                                    item.spawn((dot, BackgroundColor(ink.ui(1.0))));
                                    item.spawn((Text::new(words), type_.italic(18.0), TextColor(PALE.ui(1.0))));
                                });
                        }
                    });
                });
        });
    let low =
        Node { position_type: PositionType::Absolute, left: px(24), top: px(44), max_width: px(900), ..default() };
    commands.spawn((Notice, Text::default(), type_.regular(19.0), TextColor(FLAME.ui(1.0)), low));
}

fn shadow() -> TextShadow {
    TextShadow { offset: Vec2::new(0.0, 2.0), color: PITCH.ui(0.85) }
}

/// M, H and R. While a question is being typed they are letters.
fn keys(keys: Res<ButtonInput<KeyCode>>, mut show: ResMut<Show>, mut acts: MessageWriter<Act>) {
    if show.may_ask() {
        return;
    }
    if keys.just_pressed(KeyCode::KeyH) || show.help && keys.just_pressed(KeyCode::Escape) {
        show.help = !show.help;
    }
    if keys.just_pressed(KeyCode::KeyM) {
        acts.write(Act::ToggleModel);
    }
    if keys.just_pressed(KeyCode::KeyR) && show.ended.is_some() {
        acts.write(Act::Restart);
    }
}

fn title(
    show: Res<Show>,
    time: Res<Time>,
    mut card: Single<&mut Visibility, With<TitleCard>>,
    mut name: Single<&mut Text, With<TitleName>>,
    mut hint: Single<(&mut Text, &mut TextColor), (With<TitleHint>, Without<TitleName>)>,
) {
    card.set_if_neq(if show.started { Visibility::Hidden } else { Visibility::Inherited });
    set(&mut name, &show.title);
    let ready = !show.title.is_empty();
    set(&mut hint.0, if ready { "Press Space to begin" } else { "" });
    hint.1.0 = FLAME.ui(0.72 + 0.28 * (time.elapsed_secs() * 2.2).sin());
}

/// The place's name comes with the lifting of the veil, stays a while and goes.
fn arrival(
    show: Res<Show>,
    stage: Res<Stage>,
    time: Res<Time>,
    mut words: Single<(&mut Text, &mut TextColor, &mut TextShadow), With<Arrival>>,
    mut seen: Local<(Option<Place>, f32)>,
) {
    if !show.started || !stage.settled(show.place) {
        *seen = (None, 0.0);
    } else if seen.0 != Some(show.place) {
        *seen = (Some(show.place), 0.0);
        // "The bell tower. A frayed rope, ..." is told by the picture: the name is enough.
        let name = show.setting.split_inclusive(". ").next().unwrap_or_default().trim().trim_end_matches('.');
        set(&mut words.0, name);
    } else {
        seen.1 += time.delta_secs();
    }
    let alpha = if seen.0.is_some() { seen.1.min(1.0) * (7.0 - seen.1).clamp(0.0, 1.0) } else { 0.0 };
    words.1.0 = PALE.ui(alpha);
    words.2.color = PITCH.ui(0.85 * alpha);
}

fn overlays(
    show: Res<Show>,
    mut help: Single<&mut Visibility, With<HelpCard>>,
    mut notice: Single<&mut Text, With<Notice>>,
) {
    help.set_if_neq(if show.help { Visibility::Inherited } else { Visibility::Hidden });
    set(&mut notice, show.notice.as_deref().unwrap_or_default());
}
