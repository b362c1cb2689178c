//! The news in a save.

use bevy_asset::{AssetServer, Assets};
use bevy_ecs::prelude::*;
use raconteur_core::crier::{CrierData, CrierError, CrierEvent};
use serde::{Deserialize, Serialize};

use super::{NewsBook, NewsProblem, TownCrier};
use crate::rumor::RumorMill;

/// The newest version of [`TownCrierData`] that this crate reads.
pub const TOWN_CRIER_FORMAT: u32 = 1;

/// What a save holds of the [`TownCrier`]: plain data for serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TownCrierData {
    /// Version of this form, [`TOWN_CRIER_FORMAT`].
    pub format: u32,
    /// Key of each person, in the order of their numbers.
    pub people: Vec<String>,
    /// What is told, and to whom it has been told.
    pub news: CrierData,
}

impl TownCrier {
    /// What a save is to hold, with the people of the mill.
    #[must_use]
    pub fn data(&self, mill: &RumorMill) -> TownCrierData {
        TownCrierData { format: TOWN_CRIER_FORMAT, people: mill.keys(), news: self.crier.data() }
    }

    /// Takes over what a save holds, in the place of all that is told. Load the [`RumorMill`] first: whoever is not known to
    /// it is left out. It is taken over in the next frame in which the file in use is there; until then nothing is told.
    /// Channels that are gone, and damage that is found then, are told as [`NewsProblem`].
    ///
    /// # Errors
    /// [`CrierError::Newer`].
    pub fn load(&mut self, data: TownCrierData) -> Result<(), CrierError> {
        let newest = TOWN_CRIER_FORMAT;
        if data.format > newest {
            return Err(CrierError::Newer { format: data.format, newest });
        }
        self.to_load = Some(Box::new(data));
        Ok(())
    }
}

pub(super) fn waits(town: Res<TownCrier>) -> bool {
    town.to_load.is_some()
}

/// `Submit`: takes a save over.
pub(super) fn finish_load(
    mut town: ResMut<TownCrier>,
    mill: Res<RumorMill>,
    books: Res<Assets<NewsBook>>,
    server: Option<Res<AssetServer>>,
    mut commands: Commands,
) {
    let town = &mut *town;
    let failed = |book| server.as_ref().is_some_and(|server| server.load_state(book).is_failed());
    // A book is read in the frame after it has come.
    let read = |book: &NewsBook| book.0 == *town.crier.book();
    let waits = town.book.as_ref().is_some_and(|book| !books.get(book).map_or_else(|| failed(book), read));
    if waits || mill.is_loading() {
        return;
    }
    let Some(data) = town.to_load.take() else { return };
    let TownCrierData { people, mut news, .. } = *data;
    news.renumber(|who| people.get(who as usize).and_then(|key| mill.person_of_key(key)));
    match town.crier.load(news) {
        Ok(gone) => {
            // What is told now stands in the save; entities of what was told before go.
            let before: Vec<u64> = town.items.keys().copied().collect();
            town.events = before.into_iter().map(|item| CrierEvent::Ended { item }).collect();
            town.asked.clear();
            town.sources.clear();
            town.census = None;
            town.collect();
            if !gone.is_empty() {
                commands.trigger(NewsProblem::ChannelsGone(gone));
            }
        }
        Err(error) => commands.trigger(NewsProblem::Crier(error)),
    }
}
