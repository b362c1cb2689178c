//! A debate without a picture: an app without window or renderer, moved on step by step.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::asset::UnapprovedPathMode;
use bevy::prelude::*;
use bevy_raconteur::core::debate::{Motion, Seat};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::HeadlessPlugins;

/// The debate that is held when no other is asked for.
pub const DEBATE: &str = "assets/debates/ninth_sluice.debate.ron";
/// How long one step may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(600);

/// Something that the debate tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// Somebody's turn: their name, how sure they are, and their mood.
    Turn(String, i32, String),
    /// Somebody has spoken.
    Said {
        /// Id of the claim; empty for an opening or a closing.
        claim: String,
        /// The words.
        text: String,
        /// Where the words came from.
        source: Source,
        /// Whether it answers what was claimed last.
        answers: bool,
    },
    /// Somebody has nothing to say: the side.
    Silent(String),
    /// A part of the audience thinks something else: its name, what it thought and thinks, and what all think.
    Opinion(String, i32, i32, i32),
    /// What the player may say.
    Choices(Vec<OfferedChoice>),
    /// What the player said could be one of these, or none.
    Unclear(String, Vec<OfferedChoice>),
    /// The end: the winner, why, what all think, and the authored words.
    Ended(Option<String>, &'static str, i32, String),
    /// Something is not as it should be.
    Problem(String),
}

/// What to hold, and how.
pub struct Setup {
    /// The file of the debate.
    pub debate: PathBuf,
    /// The model.
    pub model: ModelSource,
    /// Same seed and same choices, same words.
    pub seed: u64,
    /// The side of the player.
    pub side: Option<String>,
    /// Whether a late claim is made in its authored words. Off for scripted runs, where the clock must not matter.
    pub deadlines: bool,
}

/// A debate in play.
pub struct Court {
    app: App,
    debate: Entity,
    told: Arc<Mutex<VecDeque<Happening>>>,
}

/// The model in a directory, the model in the box (`None`), or no model ("off").
pub fn model(directory: Option<&str>) -> ModelSource {
    let path = match directory {
        Some("off") => return ModelSource::None,
        Some(directory) => PathBuf::from(directory),
        None => root().join("assets/models/ember"),
    };
    if path.join("config.json").is_file() {
        return ModelSource::directory(path);
    }
    eprintln!("No model at {}: everybody says what their writer gave them.", path.display());
    ModelSource::None
}

/// Where `assets` is: here, else where this example was built.
fn root() -> PathBuf {
    let here = PathBuf::from(".");
    if here.join(DEBATE).is_file() { here } else { Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf() }
}

impl Court {
    /// Loads the model, then begins the debate.
    ///
    /// # Errors
    /// When the file is not there, or the model is still not there after ten minutes. A model that fails to load is no error.
    pub fn new(setup: Setup) -> Result<Self, String> {
        let file = if setup.debate.is_file() { setup.debate } else { root().join(setup.debate) };
        let file = file.canonicalize().map_err(|error| format!("{}: {error}", file.display()))?;
        let told = Arc::new(Mutex::new(VecDeque::new()));
        let settings = NarrativeSettings { deadlines: setup.deadlines, ..default() };
        let mut app = App::new();
        let assets = AssetPlugin {
            file_path: root().join("assets").to_string_lossy().into_owned(),
            unapproved_path_mode: UnapprovedPathMode::Allow,
            watch_for_changes_override: Some(false),
            ..default()
        };
        app.add_plugins(HeadlessPlugins.set(assets))
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
        let handle: Handle<DebateAsset> = app.world().resource::<AssetServer>().load(file);
        let mut debate = Debate::new(handle, setup.seed);
        if let Some(side) = setup.side {
            debate = debate.with_player(side);
        }
        let debate = app.world_mut().spawn(debate).id();
        Ok(Self { app, debate, told })
    }

    /// What the model is, or why there is none.
    pub fn model(&self) -> String {
        match self.app.world().resource::<ModelStatus>() {
            ModelStatus::Ready { name } => name.clone(),
            ModelStatus::Failed { error } => format!("none: {error}"),
            _ => "none".into(),
        }
    }

    /// The debate as it is written, once it has begun.
    pub fn motion(&self) -> Option<Arc<Motion>> {
        let debate = self.app.world().get::<Debate>(self.debate)?;
        Some(debate.debate()?.motion().clone())
    }

    /// Names of the two who argue.
    pub fn names(&self) -> Option<(String, String)> {
        let debate = self.app.world().get::<Debate>(self.debate)?.debate()?;
        Some((debate.name(Seat::First).to_owned(), debate.name(Seat::Second).to_owned()))
    }

    /// The next thing that is told.
    ///
    /// # Errors
    /// When nothing is told for ten minutes.
    pub fn next(&mut self) -> Result<Happening, String> {
        let begun = Instant::now();
        loop {
            if let Some(next) = self.told.lock().ok().and_then(|mut told| told.pop_front()) {
                return Ok(next);
            }
            if begun.elapsed() > PATIENCE {
                return Err("the debate says nothing more".into());
            }
            step(&mut self.app);
        }
    }

    /// Goes on after somebody has spoken.
    pub fn advance(&mut self) {
        let entity = self.debate;
        self.app.world_mut().trigger(Advance { entity });
    }

    /// Makes a claim.
    pub fn choose(&mut self, claim: &str) {
        let entity = self.debate;
        self.app.world_mut().trigger(Choose { entity, choice: claim.into() });
    }

    /// Says something in words of one's own.
    pub fn say(&mut self, text: &str) {
        let entity = self.debate;
        self.app.world_mut().trigger(Say { entity, text: text.into() });
    }
}

/// One frame, and a moment for the worker's thread to come to something.
fn step(app: &mut App) {
    app.update();
    std::thread::sleep(Duration::from_micros(300));
}

fn listen(app: &mut App, told: &Arc<Mutex<VecDeque<Happening>>>) {
    let teller = || {
        let told = told.clone();
        move |happening| {
            if let Ok(mut told) = told.lock() {
                told.push_back(happening);
            }
        }
    };
    let tell = teller();
    app.add_observer(move |e: On<DebateTurn>| tell(Happening::Turn(e.name.clone(), e.firmness, e.mood.clone())));
    let tell = teller();
    app.add_observer(move |e: On<ClaimReady>| {
        let claim = match &e.what {
            bevy_raconteur::core::debate::What::Claim(id) => id.clone(),
            _ => String::new(),
        };
        tell(Happening::Said { claim, text: e.text.clone(), source: e.source.clone(), answers: e.answers });
    });
    let tell = teller();
    app.add_observer(move |e: On<FellSilent>| tell(Happening::Silent(e.side.clone())));
    let tell = teller();
    app.add_observer(move |e: On<OpinionMoved>| {
        let name = if e.name.is_empty() { e.group.clone() } else { e.name.clone() };
        tell(Happening::Opinion(name, e.from, e.to, e.all));
    });
    let tell = teller();
    app.add_observer(move |e: On<ChoicesReady>| tell(Happening::Choices(e.choices.clone())));
    let tell = teller();
    app.add_observer(move |e: On<DidYouMean>| tell(Happening::Unclear(e.said.clone(), e.choices.clone())));
    let tell = teller();
    app.add_observer(move |e: On<NotUnderstood>| tell(Happening::Unclear(e.said.clone(), Vec::new())));
    let tell = teller();
    app.add_observer(move |e: On<DebateEnded>| {
        tell(Happening::Ended(e.winner.clone(), e.ending.name(), e.opinion, e.text.clone()));
    });
    let tell = teller();
    app.add_observer(move |e: On<DebateProblem>| tell(Happening::Problem(e.problem.to_string())));
}
