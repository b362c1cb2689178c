//! Reading: NPCs with a library of documents, asked a few questions a frame; no model, so that only the search is measured.

use bevy::prelude::*;
use bevy_raconteur::core::reading::{Document, Documents, Library};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

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

/// An app with so many NPCs that read the library. `asking`: each frame a few of them are asked something; else nobody asks,
/// and what is measured is what the systems cost unused.
///
/// # Panics
/// Never: the library is sound by construction; were it not, the app would have no documents.
pub fn reading_app(npcs: usize, asking: bool) -> App {
    let mut app = App::new();
    app.add_plugins(HeadlessPlugins).add_plugins(NarrativePlugins::new(ModelSource::None));
    let papers = match Library::new(library()) {
        Ok(library) => app.world_mut().resource_mut::<Assets<DocumentsAsset>>().add(library),
        Err(_) => Handle::default(),
    };
    for at in 0..npcs {
        let persona = Persona::new(NAMES[at % NAMES.len()], "villager; plain");
        app.world_mut().spawn((Reads::new(papers.clone(), format!("npc_{at}")), persona));
    }
    if asking {
        app.add_systems(Update, ask);
    }
    app.finish();
    app.cleanup();
    app
}

fn ask(readers: Query<Entity, With<Reads>>, mut count: Local<usize>, mut commands: Commands) {
    for entity in readers.iter().cycle().skip(*count % 7).take(QUESTIONS.min(readers.iter().len())) {
        let (thing, name) = (THINGS[*count % THINGS.len()], NAMES[*count % NAMES.len()]);
        commands.trigger(AskDocuments { entity, text: format!("Where does {name} keep the {thing}?") });
        *count += 1;
    }
}
