//! Documents as assets: `*.documents.ron`, read and indexed off the main thread.

use std::sync::Arc;

use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetLoadError, AssetLoadFailedEvent, AssetLoader, LoadContext};
use bevy_ecs::prelude::*;
use bevy_reflect::TypePath;
use raconteur_core::reading::{DocumentsError, Library};

use super::events::{DocumentsProblem, ReadingProblem};
use super::reads::Reads;

/// Documents without mistakes, with their index.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct DocumentsAsset(pub Arc<Library>);

impl From<Library> for DocumentsAsset {
    fn from(library: Library) -> Self {
        Self(Arc::new(library))
    }
}

/// Loads `X.documents.ron`. A change of the file reloads it; a broken one leaves the last good documents in place.
#[derive(Default, TypePath)]
pub struct DocumentsLoader;

/// Why documents could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentsLoaderError {
    /// The file cannot be read.
    #[error(
        "the file of documents cannot be read: {0}. Check that it exists under the asset root and that it may be read"
    )]
    Io(#[from] std::io::Error),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// The documents have mistakes.
    #[error("{file}: {error}")]
    Documents {
        /// The file.
        file: String,
        /// What is wrong.
        error: DocumentsError,
    },
}

impl AssetLoader for DocumentsLoader {
    type Asset = DocumentsAsset;
    type Settings = ();
    type Error = DocumentsLoaderError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<DocumentsAsset, DocumentsLoaderError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        let file = context.path().to_string();
        let text = String::from_utf8(bytes).map_err(|_| DocumentsLoaderError::NotText(file.clone()))?;
        let library = Library::from_ron(&text).map_err(|error| DocumentsLoaderError::Documents { file, error })?;
        Ok(library.into())
    }

    fn extensions(&self) -> &[&str] {
        &["documents.ron"]
    }
}

/// Tells whoever reads from a file that it cannot be loaded.
pub(super) fn report_failed_documents(
    mut failed: MessageReader<AssetLoadFailedEvent<DocumentsAsset>>,
    readers: Query<(Entity, &Reads)>,
    mut commands: Commands,
) {
    for failure in failed.read() {
        // The loader's own words; bevy's would come with a backtrace, and here it is the writer who reads them.
        let own = match &failure.error {
            AssetLoadError::AssetLoaderError(error) => error.error().downcast_ref::<DocumentsLoaderError>(),
            _ => None,
        };
        let words = own.map_or_else(|| failure.error.to_string(), ToString::to_string);
        for (entity, _) in readers.iter().filter(|(_, reads)| reads.library.id() == failure.id) {
            let problem = ReadingProblem::Load(words.clone());
            commands.trigger(DocumentsProblem { entity, problem });
        }
    }
}
