//! Where the example's files are, whichever folder it is started from.

use std::path::{Path, PathBuf};

use bevy::asset::io::file::FileAssetReader;
use bevy::asset::{AssetPlugin, UnapprovedPathMode};
use bevy_raconteur::prelude::ModelSource;

/// The story that is played when no other is asked for, below the assets folder.
pub const STORY: &str = "stories/drowned_bell.story.ron";

/// The assets folder: beside the program or the manifest, as Bevy looks for it, else where this example was built.
pub fn assets() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf();
    let places = [FileAssetReader::get_base_path(), built, PathBuf::from(".")];
    let found = places.iter().map(|place| place.join("assets")).find(|assets| assets.join(STORY).is_file());
    found.unwrap_or_else(|| places[0].join("assets"))
}

/// Bevy's assets, from that folder. A story named on the command line may be anywhere.
pub fn plugin() -> AssetPlugin {
    AssetPlugin {
        file_path: assets().to_string_lossy().into_owned(),
        unapproved_path_mode: UnapprovedPathMode::Allow,
        watch_for_changes_override: Some(true),
        ..AssetPlugin::default()
    }
}

/// The asset path of a story file, or of the example's own story. Files are watched below the assets folder and under
/// the names that they have there.
pub fn story(file: Option<&Path>) -> PathBuf {
    let Some(file) = file else { return STORY.into() };
    let file = std::path::absolute(file).unwrap_or_else(|_| file.into());
    let assets = std::path::absolute(assets()).unwrap_or_default();
    file.strip_prefix(&assets).map(Path::to_path_buf).unwrap_or(file)
}

/// The model in a directory, the model in the box (`None`), or no model ("off"); with a word to say when its files are
/// not there.
pub fn model(directory: Option<&str>) -> (ModelSource, Option<String>) {
    let path = match directory {
        Some("off") => return (ModelSource::None, None),
        Some(directory) => PathBuf::from(directory),
        None => assets().join("models/ember"),
    };
    if path.join("config.json").is_file() {
        return (ModelSource::directory(path), None);
    }
    let missing = format!("No model at {}: everybody says the lines that their writer gave them.", path.display());
    (ModelSource::None, Some(missing))
}
