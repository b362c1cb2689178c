//! What the player may choose, as a stack of buttons over the right of the picture; keys 1 to 9 choose too.

use bevy::prelude::*;

use crate::dialogue_box::shade;
use crate::palette::*;
use crate::show::{Act, Show};
use crate::status_strip::source_ink;
use crate::typeface::Typeface;

#[derive(Component)]
struct List;
#[derive(Component)]
struct Choice(String);

/// Shows [`Show::offers`].
pub struct ChoicesPlugin;

impl Plugin for ChoicesPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn).add_systems(Update, (rebuild, hover, press).chain());
    }
}

fn spawn(mut commands: Commands) {
    commands.spawn((
        List,
        Node {
            position_type: PositionType::Absolute,
            right: px(70),
            bottom: px(226),
            width: px(452),
            flex_direction: FlexDirection::Column,
            row_gap: px(9),
            ..default()
        },
    ));
}

fn rebuild(
    mut commands: Commands,
    show: Res<Show>,
    type_: Res<Typeface>,
    list: Single<Entity, With<List>>,
    mut built: Local<Vec<(String, String)>>,
) {
    let wanted: Vec<_> =
        if show.started { show.offers.iter().map(|o| (o.id.clone(), o.label.clone())).collect() } else { vec![] };
    if *built == wanted {
        return;
    }
    commands.entity(*list).despawn_children();
    commands.entity(*list).with_children(|list| {
        for (i, offer) in show.offers.iter().enumerate() {
            let button = Node {
                border: UiRect::new(px(3), px(1), px(1), px(1)),
                border_radius: BorderRadius::all(px(6)),
                padding: UiRect::new(px(16), px(16), px(12), px(8)),
                column_gap: px(12),
                align_items: AlignItems::Center,
                ..default()
            };
            list.spawn((
                Choice(offer.id.clone()),
                Button,
                button,
                BackgroundColor(DEEP.ui(0.88)),
                BorderColor::all(MIST.ui(0.25)),
                shade(),
            ))
            .with_children(|row| {
                row.spawn((Text::new(format!("{}", i + 1)), type_.regular(21.0), TextColor(AMBER.ui(0.9))));
                let label = Node { flex_grow: 1.0, flex_basis: px(0), ..default() };
                row.spawn((Text::new(&offer.label), type_.regular(23.0), TextColor(BONE.ui(0.95)), label));
                let dot = Node { width: px(7), height: px(7), border_radius: BorderRadius::MAX, ..default() };
                row.spawn((dot, BackgroundColor(source_ink(&offer.source).ui(0.85))));
            });
        }
    });
    *built = wanted;
}

fn hover(
    mut buttons: Query<(&Interaction, &mut BackgroundColor, &mut BorderColor), (With<Choice>, Changed<Interaction>)>,
) {
    for (interaction, mut back, mut border) in &mut buttons {
        let (fill, edge) = match interaction {
            Interaction::None => (DEEP.ui(0.88), MIST.ui(0.25)),
            Interaction::Hovered => (SLATE.ui(0.95), AMBER.ui(0.8)),
            Interaction::Pressed => (RIVER.ui(0.95), FLAME.ui(1.0)),
        };
        *back = BackgroundColor(fill);
        *border = BorderColor::all(edge);
    }
}

fn press(
    show: Res<Show>,
    keys: Res<ButtonInput<KeyCode>>,
    buttons: Query<(&Interaction, &Choice), Changed<Interaction>>,
    mut acts: MessageWriter<Act>,
) {
    if show.help || !show.started {
        return;
    }
    const ROW: [[KeyCode; 2]; 9] = [
        [KeyCode::Digit1, KeyCode::Numpad1],
        [KeyCode::Digit2, KeyCode::Numpad2],
        [KeyCode::Digit3, KeyCode::Numpad3],
        [KeyCode::Digit4, KeyCode::Numpad4],
        [KeyCode::Digit5, KeyCode::Numpad5],
        [KeyCode::Digit6, KeyCode::Numpad6],
        [KeyCode::Digit7, KeyCode::Numpad7],
        [KeyCode::Digit8, KeyCode::Numpad8],
        [KeyCode::Digit9, KeyCode::Numpad9],
    ];
    let by_key = show.offers.iter().zip(ROW).find(|(_, row)| keys.any_just_pressed(*row)).map(|(offer, _)| &offer.id);
    let by_mouse = buttons.iter().find(|(i, _)| **i == Interaction::Pressed).map(|(_, choice)| &choice.0);
    if let Some(id) = by_key.or(by_mouse) {
        acts.write(Act::Choose(id.clone()));
    }
}
