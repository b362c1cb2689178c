//! The archive as an app without a window: an archivist, a visitor with a journal, and what the plugin tells of them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::asset::io::file::FileAssetReader;
use bevy::prelude::*;
use bevy_raconteur::core::reading::{Library, Outcome};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

/// The papers, below the assets folder.
pub const PAPERS: &str = "documents/archive.documents.ron";
/// How long one step may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(600);

/// Something that the archive tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A question is over: whether the archivist was asked, and how it ended.
    Answered(bool, Outcome),
    /// The archivist says something: her words, and where they came from.
    Said(String, String),
    /// A paper is in the journal: its title, and whether it was there already.
    Taken(String, bool),
    /// Something is not as it should be.
    Problem(String),
}

/// An archive that is open to visitors.
pub struct Archive {
    app: App,
    archivist: Entity,
    visitor: Entity,
    told: Arc<Mutex<VecDeque<Told>>>,
}

/// The assets folder: beside the program or the manifest, as Bevy looks for it, else where this example was built.
fn assets() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf();
    let places = [FileAssetReader::get_base_path(), built, PathBuf::from(".")];
    let found = places.iter().map(|place| place.join("assets")).find(|assets| assets.join(PAPERS).is_file());
    found.unwrap_or_else(|| places[0].join("assets"))
}

/// The folder of the model: the one that is named, or that in the box; `None` for "off" and where there is none.
pub fn model(directory: Option<&str>) -> Option<PathBuf> {
    let path = match directory {
        Some("off") => return None,
        Some(directory) => PathBuf::from(directory),
        None => assets().join("models/ember"),
    };
    path.join("config.json").is_file().then_some(path)
}

impl Archive {
    /// Loads the papers and the model. `patient`: nothing is late, so that a script is the same on any machine.
    ///
    /// # Errors
    /// When the papers cannot be loaded, or the model does not come.
    pub fn open(model: Option<PathBuf>, patient: bool) -> Result<Self, String> {
        let model = model.map_or(ModelSource::None, ModelSource::directory);
        let file_path = assets().to_string_lossy().into_owned();
        let mut app = App::new();
        app.add_plugins(HeadlessPlugins.set(AssetPlugin { file_path, ..default() })).add_plugins(
            NarrativePlugins::new(model).with_settings(NarrativeSettings { deadlines: !patient, ..default() }),
        );
        let told = Arc::new(Mutex::new(VecDeque::new()));
        let papers: Handle<DocumentsAsset> = app.world().resource::<AssetServer>().load(PAPERS);
        let archivist = app.world_mut().spawn((Reads::new(papers.clone(), "archivist"), archivist())).id();
        // The visitor reads what they have taken along, by themselves: nobody words it.
        let visitor = app.world_mut().spawn((Reads::new(papers.clone(), "player"), Journal::default())).id();
        listen(&mut app, archivist, &told);
        app.finish();
        app.cleanup();
        let mut archive = Self { app, archivist, visitor, told };
        let begun = Instant::now();
        loop {
            archive.step();
            let loading = matches!(archive.app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. });
            let here = archive.app.world().resource::<Assets<DocumentsAsset>>().contains(&papers);
            if let Some(Told::Problem(problem)) = archive.take() {
                return Err(problem);
            }
            if here && !loading {
                return Ok(archive);
            }
            if begun.elapsed() > PATIENCE {
                return Err("the papers or the model do not come".into());
            }
        }
    }

    /// Asks the archivist, and waits for what she says.
    pub fn ask(&mut self, question: &str) -> Result<Vec<Told>, String> {
        self.app.world_mut().trigger(Ask { entity: self.archivist, text: question.to_owned() });
        // She says something and the question is over, in one order or the other.
        Ok(vec![self.wait()?, self.wait()?])
    }

    /// Looks into the visitor's own papers.
    pub fn look(&mut self, question: &str) -> Result<Vec<Told>, String> {
        self.app.world_mut().trigger(AskDocuments { entity: self.visitor, text: question.to_owned() });
        Ok(vec![self.wait()?])
    }

    /// Takes a paper along.
    pub fn take_along(&mut self, document: &str) -> Result<Vec<Told>, String> {
        self.app.world_mut().trigger(CollectDocument { entity: self.visitor, document: document.to_owned(), at: 0 });
        Ok(vec![self.wait()?])
    }

    /// The visitor's journal.
    pub fn journal(&self) -> Option<&Journal> {
        self.app.world().get::<Journal>(self.visitor)
    }

    /// The papers.
    pub fn library(&self) -> Option<Arc<Library>> {
        let reads = self.app.world().get::<Reads>(self.visitor)?;
        let papers = self.app.world().resource::<Assets<DocumentsAsset>>().get(&reads.library)?;
        Some(papers.0.clone())
    }

    fn wait(&mut self) -> Result<Told, String> {
        let begun = Instant::now();
        loop {
            if let Some(told) = self.take() {
                return Ok(told);
            }
            self.step();
            if begun.elapsed() > PATIENCE {
                return Err("no answer comes".into());
            }
        }
    }

    fn take(&mut self) -> Option<Told> {
        self.told.lock().ok().and_then(|mut told| told.pop_front())
    }

    fn step(&mut self) {
        self.app.update();
        // The model has a thread of its own: let it come to something.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Who keeps the papers. What they do not say she does not know.
fn archivist() -> Persona {
    let mut quill = Persona::new("Quill", "archivist; dry, exact, fond of paper")
        .unsure("That stands in nothing I may open. Ask the paper something it knows.");
    quill.who.talks = vec![
        ("Is it all in order?".to_owned(), "It is all in boxes. Order is what we say of boxes to visitors.".to_owned()),
        (
            "Have you read everything here?".to_owned(),
            "Twice. The second time to see whether it had changed.".to_owned(),
        ),
    ];
    quill
}

fn listen(app: &mut App, archivist: Entity, told: &Arc<Mutex<VecDeque<Told>>>) {
    let note = |told: &Arc<Mutex<VecDeque<Told>>>| {
        let told = told.clone();
        move |one: Told| {
            if let Ok(mut told) = told.lock() {
                told.push_back(one);
            }
        }
    };
    let (answered, said, taken, problem) = (note(told), note(told), note(told), note(told));
    app.add_observer(move |e: On<DocumentsAnswered>| {
        answered(Told::Answered(e.entity == archivist, e.outcome.clone()))
    })
    .add_observer(move |e: On<Generated>| said(Told::Said(e.text.clone(), e.reason.to_string())))
    .add_observer(move |e: On<DocumentCollected>| taken(Told::Taken(e.title.clone(), e.again)))
    .add_observer(move |e: On<DocumentsProblem>| problem(Told::Problem(e.problem.to_string())));
}
