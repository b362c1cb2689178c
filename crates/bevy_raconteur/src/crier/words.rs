//! Words of a model for notices and tales that may have them.

use bevy_ecs::prelude::*;
use raconteur_core::generate::Priority;
use raconteur_core::request::Source;

use super::{NewsProblem, TownCrier};
use crate::model::ModelStatus;
use crate::provenance::TextOrigin;
use crate::rumor::{RumorMill, RumorVoicing, Tell, Wish, Wording, write_for};
use crate::settings::NarrativeSettings;

/// `Submit`: asks for the words of what may be reworded, or publishes it as it was written.
pub(super) fn ask_for_words(world: &mut World) {
    let town = world.resource::<TownCrier>();
    let wanted: Vec<_> = town
        .crier
        .wanted()
        .iter()
        .filter(|wanted| wanted.reword && !town.asked.contains(&wanted.item.id))
        .cloned()
        .collect();
    let off = world.resource::<ModelStatus>().absence(world.resource::<NarrativeSettings>().enabled).is_some();
    for wanted in wanted {
        let id = wanted.item.id.clone();
        let mill = world.resource::<RumorMill>();
        let voice = wanted.voice.as_ref().and_then(|key| mill.person_of_key(key)).and_then(|who| mill.entity(who));
        let voicing = RumorVoicing { policy: String::new(), ..world.resource::<RumorVoicing>().clone() };
        let wording = match wanted.retelling {
            Some(retelling) => Wording::Retell(retelling),
            None => Wording::Reword { text: wanted.item.text, must: wanted.keep },
        };
        let answer = id.clone();
        let tell: Tell = Box::new(move |commands, text, source| {
            commands.queue(move |world: &mut World| settle_with(world, &answer, text, source));
        });
        let asked = !off
            && voicing.enabled
            && voice.is_some_and(|voice| {
                let wish = Wish { voice, id: id.clone(), heard_from: None, priority: Priority::Ambient, voicing };
                write_for(world, &wish, wording, tell)
            });
        if asked {
            world.resource_mut::<TownCrier>().asked.insert(id);
        } else {
            settle(world, &id, None);
        }
    }
    world.flush();
}

/// The words have come, or the authored ones in their place.
fn settle_with(world: &mut World, id: &str, text: String, source: Source) {
    let words = TextOrigin::of_writing(source.clone()).is_generated().then_some(text);
    let mut town = world.resource_mut::<TownCrier>();
    town.asked.remove(id);
    town.sources.insert(id.to_owned(), source);
    settle(world, id, words);
}

fn settle(world: &mut World, id: &str, words: Option<String>) {
    let mut town = world.resource_mut::<TownCrier>();
    let settled = town.crier.settle(id, words);
    town.collect();
    if !matches!(settled, Ok(Some(_))) {
        town.sources.remove(id);
    }
    if let Err(error) = settled {
        world.trigger(NewsProblem::Crier(error));
    }
}
