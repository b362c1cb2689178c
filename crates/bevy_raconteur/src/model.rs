//! Which model there is, and how it stands with it.

use std::path::Path;
#[cfg(feature = "gpt2")]
use std::path::PathBuf;
use std::sync::Arc;

use bevy_ecs::message::Message;
use bevy_ecs::resource::Resource;
use raconteur_core::generate::{AdapterError, GeneratorLoader, LoadError};
use raconteur_core::request::Why;
use raconteur_core::template::Templates;

use crate::language::Make;

/// Where text comes from.
#[derive(Default)]
pub enum ModelSource {
    /// From nowhere: every line shows its authored text.
    #[default]
    None,
    /// From a GPT-2 in a Hugging Face directory.
    #[cfg(feature = "gpt2")]
    Gpt2(raconteur_gpt2::loader::Gpt2Loader, PathBuf),
    /// From a generator of the game's own, or of a test.
    Custom {
        /// Makes the generator, on the worker's thread.
        loader: Box<dyn GeneratorLoader>,
        /// The prompt layout that it wants.
        templates: Templates,
    },
}

impl ModelSource {
    /// A GPT-2 in a Hugging Face directory, with default settings. Nothing is read yet, so nothing can fail here.
    #[cfg(feature = "gpt2")]
    #[must_use]
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::Gpt2(raconteur_gpt2::loader::Gpt2Loader::new(&path), path)
    }

    /// The same with an adapter, the folder `dir`, under the name by which personas and stories choose it. Those in the
    /// folder `adapters` beside the model are there anyway. For any other source nothing changes.
    #[cfg(feature = "gpt2")]
    #[must_use]
    pub fn with_adapter(mut self, name: impl Into<String>, dir: impl Into<PathBuf>) -> Self {
        if let Self::Gpt2(loader, _) = &mut self {
            let adapter = raconteur_gpt2::loader::AdapterFolder { name: name.into(), dir: dir.into() };
            loader.adapters.push(adapter);
        }
        self
    }

    /// A generator of the game's own, with the default prompt layout.
    #[must_use]
    pub fn custom(loader: impl GeneratorLoader + 'static) -> Self {
        Self::Custom { loader: Box::new(loader), templates: Templates::default() }
    }

    /// How to make the same source again; `None` for a loader of the game's own, which is there once.
    pub(crate) fn maker(&self) -> Option<Make> {
        match self {
            Self::None => Some(Arc::new(Self::default)),
            #[cfg(feature = "gpt2")]
            Self::Gpt2(loader, path) => {
                let (loader, path) = (loader.clone(), path.clone());
                Some(Arc::new(move || Self::Gpt2(loader.clone(), path.clone())))
            }
            Self::Custom { .. } => None,
        }
    }

    /// The loader and the prompt layout, if there is a model. A layout that cannot be read is reported and replaced by
    /// the default one.
    pub(crate) fn open(self) -> (Option<Box<dyn GeneratorLoader>>, Templates, Option<String>) {
        match self {
            Self::None => (None, Templates::default(), None),
            #[cfg(feature = "gpt2")]
            Self::Gpt2(loader, path) => {
                let (templates, problem) = read_templates(&path);
                (Some(Box::new(loader)), templates, problem)
            }
            Self::Custom { loader, templates } => (Some(loader), templates, None),
        }
    }
}

/// Reads `prompts.ron` of a model directory. It is about a kilobyte, so it is read where the game stands: prompts are
/// composed before the weights are there.
#[cfg_attr(not(feature = "gpt2"), expect(dead_code, reason = "only model directories hold templates"))]
fn read_templates(directory: &Path) -> (Templates, Option<String>) {
    let path = directory.join("prompts.ron");
    if !path.exists() {
        return (Templates::default(), None);
    }
    let read = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
    match read.and_then(|text| Templates::from_ron(&text).map_err(|error| error.to_string())) {
        Ok(templates) => (templates, None),
        Err(problem) => (Templates::default(), Some(problem)),
    }
}

/// How it stands with the model. Changes are also [`ModelChanged`] messages.
#[derive(Resource, Debug, Clone, Default, PartialEq)]
pub enum ModelStatus {
    /// There is none.
    #[default]
    Off,
    /// It is being loaded; requests wait for it until their deadline.
    Loading {
        /// What is being done.
        stage: String,
        /// Share of the work that is done, 0 to 1.
        fraction: f32,
    },
    /// It writes.
    Ready {
        /// What it is: "ember, 4.3 M parameters, 8 bit".
        name: String,
    },
    /// It could not be loaded, or it broke. Lines show their authored text; loading may be tried again.
    Failed {
        /// What went wrong and what to do.
        error: LoadError,
    },
}

impl ModelStatus {
    /// Why a line shows its authored text at once, if asking the model makes no sense. While it loads, asking does.
    pub(crate) fn absence(&self, enabled: bool) -> Option<Why> {
        match self {
            _ if !enabled => Some(Why::ModelOff),
            Self::Off => Some(Why::ModelOff),
            Self::Failed { .. } => Some(Why::ModelFailed),
            Self::Loading { .. } | Self::Ready { .. } => None,
        }
    }
}

/// The status of the model has changed.
#[derive(Message, Debug, Clone, PartialEq)]
pub enum ModelChanged {
    /// Loading goes on.
    Loading {
        /// What is being done.
        stage: String,
        /// Share of the work that is done, 0 to 1.
        fraction: f32,
    },
    /// It is loaded and warm.
    Ready {
        /// What it is.
        name: String,
    },
    /// It could not be loaded, or was given up.
    Failed(LoadError),
    /// It panicked; what it was working on shows authored text, and it is made anew.
    Panicked {
        /// Number of panics since the last line that worked.
        times: u32,
    },
    /// An adapter that a persona or a story names, or that was to be loaded, is not there. What is written in its voice is
    /// written by the model as it is; it is told once, and logged.
    AdapterMissing(AdapterError),
    /// It was unloaded.
    Off,
}
