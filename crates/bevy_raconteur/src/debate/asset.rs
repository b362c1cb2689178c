//! Debates as assets: `*.debate.ron`, with the story that they name.

use std::sync::Arc;

use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetLoader, AssetPath, Handle, LoadContext};
use bevy_reflect::TypePath;
use raconteur_core::debate::{Motion, parse};
use raconteur_core::story::source::Source;

use crate::story::StoryAsset;

/// A debate without errors.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct DebateAsset {
    /// The debate as it is written.
    pub motion: Arc<Motion>,
    /// The story that it names.
    #[dependency]
    pub story: Option<Handle<StoryAsset>>,
    /// What the checks had to say, rendered for a terminal; empty when nothing.
    pub warnings: String,
}

impl From<Motion> for DebateAsset {
    /// A debate that was made in code, without a story.
    fn from(motion: Motion) -> Self {
        Self { motion: Arc::new(motion), story: None, warnings: String::new() }
    }
}

/// Loads `X.debate.ron`, and the story that it names as a dependency. What it names in the story is looked up when both are
/// there. A change reloads it; a broken one leaves the last good one in place.
#[derive(Default, TypePath)]
pub struct DebateLoader;

/// Why a debate could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DebateLoaderError {
    /// The file cannot be read.
    #[error("the debate file cannot be read: {0}. Check that it exists under the asset root and that it may be read")]
    Io(#[from] std::io::Error),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// The debate has errors: all of them, with places.
    #[error("{0}")]
    Debate(String),
}

impl AssetLoader for DebateLoader {
    type Asset = DebateAsset;
    type Settings = ();
    type Error = DebateLoaderError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<DebateAsset, DebateLoaderError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        let path = context.path().clone_owned();
        let name = path.to_string();
        let text = String::from_utf8(bytes).map_err(|_| DebateLoaderError::NotText(name.clone()))?;
        let read = parse(Source::new(name, text), None);
        let warnings = read.checked.render(false);
        let motion = read.into_motion().map_err(|error| DebateLoaderError::Debate(error.to_string()))?;
        let story = motion.story.as_ref().map(|named| {
            let story = path.resolve_embed(&AssetPath::from(named.clone()));
            context.load::<StoryAsset>(story)
        });
        Ok(DebateAsset { motion, story, warnings })
    }

    fn extensions(&self) -> &[&str] {
        &["debate.ron"]
    }
}
