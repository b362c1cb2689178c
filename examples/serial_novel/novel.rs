//! A serial without a picture: an app without window or renderer, in which a crier reads a chapter a day.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::asset::UnapprovedPathMode;
use bevy::prelude::*;
use bevy_raconteur::core::serial::{By, SerialReport};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

/// How long one chapter may take before something is wrong. A large model on a slow machine needs a while.
const PATIENCE: Duration = Duration::from_secs(900);

/// What to tell, and with what.
pub struct Setup {
    /// The opening: a file, or a name below `assets`.
    pub opening: PathBuf,
    /// The model.
    pub model: ModelSource,
    /// The same seed tells the same serial.
    pub seed: u64,
    /// Number of chapters; as the opening says when `None`.
    pub chapters: Option<usize>,
}

/// A chapter as it is read out.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Number of the chapter, and of how many.
    pub number: (usize, usize),
    /// Title of the serial.
    pub serial: String,
    /// Heading of the chapter.
    pub title: String,
    /// Its paragraphs, each of passages with whether a model wrote them.
    pub paragraphs: Vec<Vec<(String, bool)>>,
}

impl Reading {
    /// Whether any of it was written by a model.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.paragraphs.iter().flatten().any(|(_, generated)| *generated)
    }

    /// The text, with a bar before and behind what a model wrote.
    #[must_use]
    pub fn marked(&self) -> String {
        let passage = |(text, generated): &(String, bool)| if *generated { format!("|{text}|") } else { text.clone() };
        let paragraph = |passages: &Vec<_>| passages.iter().map(passage).collect::<Vec<_>>().join(" ");
        self.paragraphs.iter().map(paragraph).collect::<Vec<_>>().join("\n\n")
    }
}

enum Told {
    Chapter(Reading),
    Ended(Box<SerialReport>),
    Problem(String),
}

/// A serial that is told.
pub struct Novel {
    app: App,
    serial: Entity,
    told: Arc<Mutex<VecDeque<Told>>>,
    report: Option<SerialReport>,
}

impl Novel {
    /// Loads the model, then begins the serial.
    ///
    /// # Errors
    /// When the model does not come. One that fails to load is no error: then every passage is as it was written.
    pub fn new(setup: Setup) -> Result<Self, String> {
        let told: Arc<Mutex<VecDeque<Told>>> = Arc::default();
        let mut app = App::new();
        // A scripted run may not depend on the clock.
        let settings = NarrativeSettings { deadlines: false, ..default() };
        app.add_plugins(HeadlessPlugins.set(AssetPlugin {
            file_path: assets().to_string_lossy().into_owned(),
            unapproved_path_mode: UnapprovedPathMode::Allow,
            watch_for_changes_override: Some(false),
            ..default()
        }))
        .add_plugins(NarrativePlugins::new(setup.model).with_settings(settings));
        listen(&mut app, &told);
        app.finish();
        app.cleanup();
        let begun = Instant::now();
        while matches!(app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. }) {
            step(&mut app);
            if begun.elapsed() > PATIENCE {
                return Err("the model does not come; try a smaller one, or --model off".into());
            }
        }
        let opening = app.world().resource::<AssetServer>().load(setup.opening);
        let mut serial = Serial::new(opening, setup.seed).with_release(ChapterRelease::OnRequest);
        if let Some(chapters) = setup.chapters {
            serial = serial.with_chapters(chapters);
        }
        let serial = app.world_mut().spawn(serial).id();
        Ok(Self { app, serial, told, report: None })
    }

    /// What the model is, or why there is none.
    pub fn model(&self) -> String {
        match self.app.world().resource::<ModelStatus>() {
            ModelStatus::Ready { name } => name.clone(),
            ModelStatus::Failed { error } => format!("none: {error}"),
            _ => "none".into(),
        }
    }

    /// Lets the next chapter out and waits for it; `None` behind the last.
    ///
    /// # Errors
    /// When the opening cannot be told, or nothing comes for a quarter of an hour.
    pub fn next(&mut self) -> Result<Option<Reading>, String> {
        if self.report.is_some() {
            return Ok(None);
        }
        let entity = self.serial;
        self.app.world_mut().trigger(PublishChapter { entity });
        let begun = Instant::now();
        loop {
            let told = self.told.lock().ok().and_then(|mut told| told.pop_front());
            match told {
                Some(Told::Chapter(reading)) => return Ok(Some(reading)),
                Some(Told::Ended(report)) => {
                    self.report = Some(*report);
                    return Ok(None);
                }
                Some(Told::Problem(problem)) => return Err(problem),
                None if begun.elapsed() > PATIENCE => return Err("the serial says nothing more".into()),
                None => step(&mut self.app),
            }
        }
    }

    /// Figures of the whole, when it is over.
    pub fn report(&self) -> Option<&SerialReport> {
        self.report.as_ref()
    }
}

/// One frame, and a moment for the worker's thread to come to something.
fn step(app: &mut App) {
    app.update();
    std::thread::sleep(Duration::from_micros(300));
}

fn listen(app: &mut App, told: &Arc<Mutex<VecDeque<Told>>>) {
    let note = || {
        let told = told.clone();
        move |what| {
            if let Ok(mut told) = told.lock() {
                told.push_back(what);
            }
        }
    };
    let tell = note();
    app.add_observer(move |ready: On<ChapterReady>, chapters: Query<&Chapter>| {
        let Ok(chapter) = chapters.get(ready.chapter) else { return };
        let passages = |paragraph: &bevy_raconteur::core::serial::Paragraph| {
            paragraph.passages.iter().map(|told| (told.text.clone(), told.by == By::Model)).collect()
        };
        tell(Told::Chapter(Reading {
            number: (ready.number, chapter.of),
            serial: chapter.title.clone(),
            title: chapter.chapter.title.clone(),
            paragraphs: chapter.chapter.paragraphs.iter().map(passages).collect(),
        }));
    });
    let tell = note();
    app.add_observer(move |ended: On<SerialEnded>| tell(Told::Ended(Box::new(ended.report.clone()))));
    let tell = note();
    app.add_observer(move |problem: On<SerialProblem>| {
        if !problem.goes_on {
            tell(Told::Problem(problem.problem.clone()));
        }
    });
}

/// The assets folder of the project, whichever folder the example is started from.
pub fn assets() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    if built.is_dir() { built } else { PathBuf::from("assets") }
}

/// The model in a directory, the model in the box (`None`), or no model ("off").
pub fn model(directory: Option<&str>) -> ModelSource {
    match directory {
        Some("off") => ModelSource::None,
        Some(directory) => ModelSource::directory(directory),
        None => ModelSource::directory(assets().join("models/ember")),
    }
}
