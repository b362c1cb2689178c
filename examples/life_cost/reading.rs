//! Reading: NPCs with a library of documents, asked a few questions a frame; no model, so that only the search is measured.

use bevy::prelude::*;
use bevy_raconteur::core::reading::{Document, Documents, Library};
use bevy_raconteur::prelude::*;

use crate::measure::Part;

/// Documents in the library, of 16 sentences each.
const DOCUMENTS: usize = 100;
/// Questions that are asked in a frame while somebody asks.
const QUESTIONS: usize = 4;

const PLACES: [&str; 8] = ["tower", "ferry", "granary", "mill", "orchard", "quay", "priory", "dyke"];
const THINGS: [&str; 10] = ["bell", "rope", "seal", "mirror", "ledger", "lamp", "boat", "goose", "mule", "key"];
const NAMES: [&str; 9] = ["Odo", "Mara", "Wace", "Pell", "Finch", "Corin", "Sabine", "Hask", "Tuck"];

/// A library of made-up sentences: who keeps what where, and since when.
fn library() -> Documents {
    let mut documents = Documents { format: 1, locale: "en".into(), ..Documents::default() };
    for at in 0..DOCUMENTS {
        let sentence = |line: usize| {
            let (n, name) = (at * 16 + line, NAMES[(at + line * 5) % NAMES.len()]);
            let (thing, place) = (THINGS[(n * 7) % THINGS.len()], PLACES[(n * 3 + at) % PLACES.len()]);
            format!("{name} keeps the {thing} number {n} behind the {place} since the winter of the long ice.")
        };
        let text = (0..4).map(|part| (0..4).map(|line| sentence(part * 4 + line)).collect::<Vec<_>>().join(" "));
        let (title, text) = (format!("Roll {at}"), text.collect());
        documents.documents.push(format!("roll_{at}"), Document { title, text, ..Document::default() });
    }
    documents
}

/// How many answers came.
#[derive(Resource, Default)]
struct Answers(usize);

/// NPCs that read the library.
pub struct Reading {
    /// Whether in each frame a few of them are asked something; else nobody asks, and what is measured is what the systems
    /// cost unused.
    pub asking: bool,
}

impl Part for Reading {
    fn build(&mut self, app: &mut App, npcs: usize) {
        app.init_resource::<Answers>();
        app.add_observer(|_: On<DocumentsAnswered>, mut answers: ResMut<Answers>| answers.0 += 1);
        // The library is sound by construction; were it not, nobody would have documents.
        let papers = match Library::new(library()) {
            Ok(library) => app.world_mut().resource_mut::<Assets<DocumentsAsset>>().add(library),
            Err(_) => Handle::default(),
        };
        for at in 0..npcs {
            let persona = Persona::new(NAMES[at % NAMES.len()], "villager; plain");
            app.world_mut().spawn((Reads::new(papers.clone(), format!("npc_{at}")), persona));
        }
        if self.asking {
            app.add_systems(Update, ask);
        }
    }

    fn happened(&self, app: &mut App) -> String {
        format!("{} answers", app.world().resource::<Answers>().0)
    }
}

fn ask(readers: Query<Entity, With<Reads>>, mut count: Local<usize>, mut commands: Commands) {
    for entity in readers.iter().cycle().skip(*count % 7).take(QUESTIONS.min(readers.iter().len())) {
        let (thing, name) = (THINGS[*count % THINGS.len()], NAMES[*count % NAMES.len()]);
        commands.trigger(AskDocuments { entity, text: format!("Where does {name} keep the {thing}?") });
        *count += 1;
    }
}
