//! Openings as assets: `*.serial.ron`, loaded off the main thread and reloaded while the game runs.

use std::sync::Arc;

use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetLoadFailedEvent, AssetLoader, LoadContext};
use bevy_ecs::prelude::*;
use bevy_reflect::TypePath;
use raconteur_core::serial::{LONGEST_OPENING, Opening, OpeningError};

use super::{Serial, SerialProblem};

/// An opening that has passed its checks.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct OpeningAsset {
    /// The opening.
    pub opening: Arc<Opening>,
}

impl From<Opening> for OpeningAsset {
    /// An opening that was made in code. It is taken as it is, unchecked.
    fn from(opening: Opening) -> Self {
        Self { opening: Arc::new(opening) }
    }
}

/// Loads `X.serial.ron`.
#[derive(Default, TypePath)]
pub struct OpeningLoader;

/// Why an opening could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningLoaderError {
    /// The file cannot be read.
    #[error("the opening cannot be read: {0}. Check that it exists under the asset root and that it may be read")]
    Io(#[from] std::io::Error),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// The opening has mistakes: all of them, with places.
    #[error("'{path}':\n{error}")]
    Opening {
        /// The file.
        path: String,
        /// The mistakes.
        error: OpeningError,
    },
}

impl AssetLoader for OpeningLoader {
    type Asset = OpeningAsset;
    type Settings = ();
    type Error = OpeningLoaderError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<OpeningAsset, OpeningLoaderError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        let path = context.path().to_string();
        if bytes.len() > LONGEST_OPENING {
            return Err(OpeningLoaderError::Opening { path, error: OpeningError::TooLong(bytes.len()) });
        }
        let text = String::from_utf8(bytes).map_err(|_| OpeningLoaderError::NotText(path.clone()))?;
        let opening = Opening::from_ron(&text).map_err(|error| OpeningLoaderError::Opening { path, error })?;
        Ok(opening.into())
    }

    fn extensions(&self) -> &[&str] {
        &["serial.ron"]
    }
}

/// `Advance`: tells the serials of an opening that could not be loaded. A broken reload leaves the last good one in place.
pub(crate) fn report_failed_openings(
    mut failed: MessageReader<AssetLoadFailedEvent<OpeningAsset>>,
    serials: Query<(Entity, &Serial)>,
    mut commands: Commands,
) {
    for failure in failed.read() {
        for (entity, serial) in serials.iter().filter(|(_, serial)| serial.opening().id() == failure.id) {
            let problem = format!("the opening cannot be loaded: {}", failure.error);
            commands.trigger(SerialProblem { entity, problem, goes_on: serial.has_begun() });
        }
    }
}
