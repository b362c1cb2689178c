//! News as entities and events.

use bevy_ecs::prelude::*;
use raconteur_core::crier::CrierEvent;
use raconteur_core::request::Source;

use super::TownCrier;
use crate::provenance::TextOrigin;
use crate::rumor::{RumorMill, TownPlace};

/// An item that can be told, from its publication to its end. Its [`TextOrigin`] says who wrote it.
#[derive(Component, Debug, Clone, PartialEq, Eq)]
pub struct NewsItem {
    /// Its number, as [`raconteur_core::crier::Crier`] knows it.
    pub number: u64,
    /// Its id, such as "notice:toll" or "tale:bell".
    pub id: String,
    /// What it says.
    pub text: String,
}

/// A board that the game shows: its `items` are kept by the plugin, oldest first, each an entity with [`NewsItem`] and
/// [`TextOrigin`].
#[derive(Component, Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeBoard {
    /// Name of its channel.
    pub channel: String,
    /// What hangs on it.
    pub items: Vec<Entity>,
}

impl NoticeBoard {
    /// An empty board.
    #[must_use]
    pub fn new(channel: impl Into<String>) -> Self {
        Self { channel: channel.into(), items: Vec::new() }
    }
}

/// A letter that somebody has got. It stays until the game despawns it. Its [`TextOrigin`] says who wrote it.
#[derive(Component, Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Id of the item.
    pub id: String,
    /// Name of the channel.
    pub channel: String,
    /// What it says.
    pub text: String,
}

/// Whose letter it is.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
#[relationship(relationship_target = Letters)]
pub struct LetterTo(pub Entity);

/// On somebody: the letters that they have.
#[derive(Component, Debug, Default, PartialEq, Eq)]
#[relationship_target(relationship = LetterTo)]
pub struct Letters(Vec<Entity>);

impl Letters {
    /// The letters, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Entity> {
        self.0.iter().copied()
    }
}

/// An item is cried at a place.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct NewsCried {
    /// The place.
    pub entity: Entity,
    /// The item.
    pub item: Entity,
    /// Name of the channel.
    pub channel: String,
    /// Whose voice it is, if that is somebody who is there.
    pub crier: Option<Entity>,
    /// What is cried.
    pub text: String,
    /// Whether a model wrote it.
    pub generated: bool,
    /// Who hears it for the first time.
    pub listeners: Vec<Entity>,
}

/// A letter has arrived.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct LetterArrived {
    /// To whom.
    pub entity: Entity,
    /// The letter.
    pub letter: Entity,
}

/// How somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsHow {
    /// They heard it cried.
    Cried,
    /// They read it on a board.
    Read,
    /// They got a letter.
    Letter,
}

/// An item has reached people who had not been told.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub struct NewsTold {
    /// Number of the item.
    pub number: u64,
    /// The item; `None` when it is over by now.
    pub item: Option<Entity>,
    /// Name of the channel.
    pub channel: String,
    /// How.
    pub how: NewsHow,
    /// Who.
    pub listeners: Vec<Entity>,
}

/// `Submit`: makes entities and events of what has happened.
pub(super) fn tell_news(
    mut town: ResMut<TownCrier>,
    mill: Res<RumorMill>,
    places: Query<(Entity, &TownPlace)>,
    mut boards: Query<&mut NoticeBoard>,
    mut told: MessageWriter<NewsTold>,
    mut commands: Commands,
) {
    let town = &mut *town;
    let mut boards_changed = false;
    for event in std::mem::take(&mut town.events) {
        match event {
            CrierEvent::Published { item: number } => {
                let Some(item) = town.crier.item(number) else { continue };
                let origin = match town.sources.remove(&item.id) {
                    Some(source) => TextOrigin::of_writing(source),
                    None if item.generated => TextOrigin::of_writing(Source::Generated),
                    None => TextOrigin::AUTHORED,
                };
                let news = NewsItem { number, id: item.id.clone(), text: item.text.clone() };
                let entity = commands.spawn((news, origin)).id();
                town.items.insert(number, entity);
            }
            CrierEvent::Ended { item } => {
                if let Some(entity) = town.items.remove(&item) {
                    commands.entity(entity).try_despawn();
                }
            }
            CrierEvent::Posted { .. } | CrierEvent::TakenDown { .. } => boards_changed = true,
            CrierEvent::Sent { .. } => {}
            CrierEvent::Cried { item: number, channel, place, listeners } => {
                let listeners: Vec<Entity> = listeners.iter().filter_map(|&who| mill.entity(who)).collect();
                let voice = town.crier.book().channels.get(&channel).and_then(|channel| channel.voice.as_deref());
                let crier = voice.and_then(|key| mill.person_of_key(key)).and_then(|who| mill.entity(who));
                let key = town.crier.place_key(place);
                let place = places.iter().filter(|(_, place)| key == Some(place.key.as_str())).map(|(at, _)| at).min();
                let item = town.items.get(&number).copied();
                if let (Some(entity), Some(item), Some(kept)) = (place, item, town.crier.item(number)) {
                    commands.trigger(NewsCried {
                        entity,
                        item,
                        channel: channel.clone(),
                        crier,
                        text: kept.text.clone(),
                        generated: kept.generated,
                        listeners: listeners.clone(),
                    });
                }
                told.write(NewsTold { number, item, channel, how: NewsHow::Cried, listeners });
            }
            CrierEvent::Read { item: number, channel, listeners, .. } => {
                let listeners = listeners.iter().filter_map(|&who| mill.entity(who)).collect();
                let item = town.items.get(&number).copied();
                told.write(NewsTold { number, item, channel, how: NewsHow::Read, listeners });
            }
            CrierEvent::Arrived { item: number, channel, to } => {
                let item = town.items.get(&number).copied();
                let Some((to, kept)) = mill.entity(to).zip(town.crier.item(number)) else { continue };
                let origin =
                    if kept.generated { TextOrigin::of_writing(Source::Generated) } else { TextOrigin::AUTHORED };
                let letter = Letter { id: kept.id.clone(), channel: channel.clone(), text: kept.text.clone() };
                let letter = commands.spawn((letter, LetterTo(to), origin)).id();
                commands.trigger(LetterArrived { entity: to, letter });
                told.write(NewsTold { number, item, channel, how: NewsHow::Letter, listeners: vec![to] });
            }
        }
    }
    if boards_changed {
        for mut board in &mut boards {
            let items: Vec<Entity> =
                town.crier.board(&board.channel).filter_map(|number| town.items.get(&number).copied()).collect();
            if board.items != items {
                board.items = items;
            }
        }
    }
}

/// A board that is put up later shows what hangs there already.
pub(super) fn fill_board(added: On<Add, NoticeBoard>, town: Res<TownCrier>, mut boards: Query<&mut NoticeBoard>) {
    if let Ok(mut board) = boards.get_mut(added.entity) {
        board.items = town.crier.board(&board.channel).filter_map(|number| town.items.get(&number).copied()).collect();
    }
}
