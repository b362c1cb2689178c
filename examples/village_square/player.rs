//! The player: walks, is near somebody or not, and asks.

use bevy::prelude::*;
use bevy_raconteur::prelude::LookAt;

use crate::cast::SETTING;
use crate::circle::{Circles, Dice};
use crate::speech::Speech;
use crate::square::{EARSHOT, distance, drawn};
use crate::talk::{Trade, Voice};
use crate::walk::{Feet, STRIDE, step_of};

/// The player's figure.
#[derive(Component)]
pub struct Player;

/// On villagers whom the player can hear. What they say goes before what others say.
#[derive(Component)]
pub struct Earshot;

/// The villager who would be asked now.
#[derive(Resource, Default)]
pub struct Nearest(pub Option<Entity>);

/// What the player wants in this frame; hands or a [`Tour`] write it.
#[derive(Resource, Default)]
pub struct Intent {
    /// Which way to go, at most one long.
    pub step: Vec2,
    /// Ask the nearest one.
    pub ask: bool,
}

/// Moves the player.
pub fn stroll(time: Res<Time>, intent: Res<Intent>, player: Single<&mut Feet, With<Player>>) {
    let dt = step_of(&time);
    let mut feet = player.into_inner();
    feet.go(intent.step.clamp_length_max(1.0) * STRIDE * dt, dt);
    feet.goal = feet.at;
}

/// Says who can be heard and who would be asked.
pub fn listen(
    player: Single<&Feet, With<Player>>,
    villagers: Query<(Entity, &Feet, Has<Earshot>), With<Trade>>,
    mut nearest: ResMut<Nearest>,
    mut commands: Commands,
) {
    let mut best = (f32::MAX, None);
    for (villager, feet, heard) in &villagers {
        let away = distance(feet.at, player.at);
        // A little hysteresis, so that nobody flickers at the edge.
        let reach = if heard { EARSHOT + 12.0 } else { EARSHOT };
        match (away < reach, heard) {
            (true, false) => {
                commands.entity(villager).insert(Earshot);
            }
            (false, true) => {
                commands.entity(villager).remove::<Earshot>();
            }
            _ => {}
        }
        if away < reach && away < best.0 {
            best = (away, Some(villager));
        }
    }
    if nearest.0 != best.1 {
        nearest.0 = best.1;
        if let Some(npc) = best.1 {
            // What is known of their next prompt is read before there is a question.
            commands.trigger(LookAt::new(npc).at(SETTING));
        }
    }
}

/// Asks the nearest one something that they know.
pub fn ask(
    nearest: Res<Nearest>,
    mut intent: ResMut<Intent>,
    mut dice: ResMut<Dice>,
    player: Single<(&mut Voice, &mut Feet), With<Player>>,
    mut villagers: Query<(&mut Voice, &Trade, &Feet), Without<Player>>,
) {
    if !std::mem::take(&mut intent.ask) {
        return;
    }
    let Some((mut voice, trade, feet)) = nearest.0.and_then(|npc| villagers.get_mut(npc).ok()) else { return };
    let topic = &trade.0.topics[dice.below(2)];
    voice.question = Some(topic);
    let (mut own, mut own_feet) = player.into_inner();
    own.coming = Some(Speech::authored(topic.question).with_floor());
    own_feet.looks_at = feet.at;
}

/// Walks the player around by itself: for pictures and for runs without hands.
#[derive(Resource, Default)]
pub struct Tour {
    stop: usize,
    leaves_at: f32,
    asks_at: f32,
}

/// From company to company, with a question at each.
pub fn tour(
    time: Res<Time>,
    mut tour: ResMut<Tour>,
    mut intent: ResMut<Intent>,
    circles: Res<Circles>,
    player: Single<&Feet, With<Player>>,
) {
    let now = time.elapsed_secs();
    let Some(circle) = circles.0.get(tour.stop % circles.0.len().max(1)) else { return };
    // Beside them, not in their midst.
    let to = crate::square::standing(circle.at + drawn(Vec2::new(122.0, -58.0)));
    if distance(player.at, to) < 14.0 || tour.leaves_at > 0.0 {
        intent.step = Vec2::ZERO;
        if tour.leaves_at == 0.0 {
            (tour.leaves_at, tour.asks_at) = (now + 9.0, now + 1.2);
        } else if tour.asks_at > 0.0 && now > tour.asks_at {
            intent.ask = true;
            tour.asks_at = 0.0;
        } else if now > tour.leaves_at {
            *tour = Tour { stop: tour.stop + 1, ..Tour::default() };
        }
    } else {
        intent.step = crate::square::heading(player.at, to);
    }
}
