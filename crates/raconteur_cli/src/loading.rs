//! What several commands read: a story that may run, a model with a progress bar, and the prompt layout it brings.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_core::generate::{AdapterError, GeneratorLoader, LoadProgress, TextGenerator};
use raconteur_core::story::format::Story;
use raconteur_core::story::parse::load;
use raconteur_core::template::Templates;
use raconteur_gpt2::loader::{AdapterFolder, Gpt2Loader};
use raconteur_gpt2::quantize::Quantization;

use crate::error::CliError;

/// Reads a story without errors; what is wrong with it is printed.
pub fn read_story(path: &Path) -> Result<Arc<Story>, CliError> {
    let checked = load(path).map_err(CliError::failed)?;
    if checked.has_errors() {
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        eprintln!("{}\n\n{}", checked.render(color), checked.summary());
        return Err(CliError::Reported);
    }
    checked.into_story().map_err(CliError::failed)
}

/// Loads a model for a story, with a bar on standard error when that is a terminal. Voices of the story that are missing
/// are told.
pub fn load_model(
    dir: &Path,
    quantize: Option<Quantization>,
    adapters: &[AdapterFolder],
    story: &Story,
) -> Result<Box<dyn TextGenerator>, CliError> {
    let mut loader = Gpt2Loader { adapters: adapters.to_vec(), ..Gpt2Loader::new(dir) };
    if let Some(format) = quantize {
        loader.load.quantization = format;
    }
    let bar = loading_bar();
    let loaded = loader.load(&mut |progress| bar.show(progress));
    bar.clear();
    let mut generator = loaded.map_err(CliError::failed)?;
    check_adapters(generator.as_mut(), adapters)?;
    let known = generator.adapters();
    for name in story.adapters().into_iter().filter(|name| !known.iter().any(|known| known == name)) {
        eprintln!("warning: {}", AdapterError::Unknown { name: name.to_owned(), known: known.clone() });
    }
    Ok(generator)
}

/// How far reading or writing a model is, on standard error when that is a terminal.
pub struct LoadingBar(ProgressBar);

/// A bar at its beginning.
pub fn loading_bar() -> LoadingBar {
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{msg:16} {bar:30} {percent:>3} %") {
        bar.set_style(style);
    }
    LoadingBar(bar)
}

impl LoadingBar {
    /// Moves it.
    pub fn show(&self, progress: LoadProgress) {
        self.0.set_message(progress.stage);
        self.0.set_position((progress.fraction.clamp(0.0, 1.0) * 100.0) as u64);
    }

    /// Takes it away.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// Makes a folder that is to be written to, unless it is there.
pub fn make_folder(dir: &Path) -> Result<(), CliError> {
    if dir.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(dir).map_err(|error| CliError::Failed(format!("{} cannot be made: {error}", dir.display())))
}

/// Size of a file, for a status line.
pub fn megabytes(path: &Path) -> String {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Reads `NAME=DIR`.
pub fn adapter_folder(text: &str) -> Result<AdapterFolder, String> {
    match text.split_once('=') {
        Some((name, dir)) if !name.trim().is_empty() && !dir.is_empty() => {
            Ok(AdapterFolder { name: name.trim().to_owned(), dir: dir.into() })
        }
        _ => Err("write a name and the folder of the adapter, such as marsh_folk=voices/marsh_folk".to_owned()),
    }
}

/// An adapter that was asked for on the command line has to be there; of others, which lie beside the model or stand in a
/// story, it is said that they are not.
///
/// # Errors
/// The first one of `wanted` that could not be loaded.
pub fn check_adapters(generator: &mut dyn TextGenerator, wanted: &[AdapterFolder]) -> Result<(), CliError> {
    for error in generator.take_adapter_errors() {
        if wanted.iter().any(|adapter| adapter.name == error.name()) {
            return Err(CliError::failed(error));
        }
        eprintln!("warning: {error}");
    }
    Ok(())
}

/// The prompt layout that a model brings, else the built-in one.
pub fn read_templates(dir: &Path) -> Result<Templates, CliError> {
    let path = dir.join("prompts.ron");
    if !path.exists() {
        return Ok(Templates::default());
    }
    let wrong = |error: &dyn std::fmt::Display| CliError::failed(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
    Templates::from_ron(&text).map_err(|error| wrong(&error))
}

/// The story in a language that it has been translated to.
///
/// # Errors
/// A usage error when it has no translation for the tag, with those that it has.
pub fn in_language(story: &Story, tag: &str) -> Result<Story, CliError> {
    let local = story.localized(tag);
    if local.locale == story.locale && tag != story.locale {
        let tags: Vec<&str> = std::iter::once(story.locale.as_str()).chain(story.translations.ids()).collect();
        return Err(CliError::Usage(format!("--locale {tag}: the story speaks {}", tags.join(", "))));
    }
    Ok(local)
}
