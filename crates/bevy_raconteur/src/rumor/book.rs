//! Files of tales as assets: `*.rumors.ron`, reloaded while the game runs.

use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetEvent, AssetLoadFailedEvent, AssetLoader, Assets, Handle, LoadContext};
use bevy_ecs::prelude::*;
use bevy_reflect::TypePath;
use raconteur_core::rumors::{Answers, Book, BookError, Tale};

use super::events::RumorProblem;
use super::mill::RumorMill;

/// A file of tales.
#[derive(Asset, TypePath, Debug, Clone, Default, PartialEq)]
pub struct RumorBook(pub Book);

/// The files that are in use, in this order: `books.0.push(assets.load("village.rumors.ron"))`. A tale of an id that came
/// before is left out, and told as a [`RumorProblem`].
#[derive(Resource, Debug, Clone, Default)]
pub struct RumorBooks(pub Vec<Handle<RumorBook>>);

/// Loads `*.rumors.ron`.
#[derive(Default, TypePath)]
pub struct RumorBookLoader;

/// Why a file of tales could not be loaded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RumorBookError {
    /// The file cannot be read.
    #[error("the rumors cannot be read: {0}. Check that the file exists under the asset root and that it may be read")]
    Io(String),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// The file has a mistake.
    #[error("{path}:{error}")]
    Book {
        /// The file.
        path: String,
        /// What is wrong, with its place.
        error: BookError,
    },
}

impl AssetLoader for RumorBookLoader {
    type Asset = RumorBook;
    type Settings = ();
    type Error = RumorBookError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<RumorBook, RumorBookError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await.map_err(|error| RumorBookError::Io(error.to_string()))?;
        let path = context.path().to_string();
        let text = String::from_utf8(bytes).map_err(|_| RumorBookError::NotText(path.clone()))?;
        Book::from_ron(&text).map(RumorBook).map_err(|error| RumorBookError::Book { path, error })
    }

    fn extensions(&self) -> &[&str] {
        &["rumors.ron"]
    }
}

/// `Submit`: takes the tales of the books that are in use.
pub(super) fn read_books(
    books: Res<RumorBooks>,
    loaded: Res<Assets<RumorBook>>,
    mut events: MessageReader<AssetEvent<RumorBook>>,
    mut failed: MessageReader<AssetLoadFailedEvent<RumorBook>>,
    mut mill: ResMut<RumorMill>,
    mut commands: Commands,
) {
    for failed in failed.read() {
        let error = RumorBookError::Io(format!("{}: {}", failed.path, failed.error));
        commands.trigger(RumorProblem::Book(error));
    }
    let ours = |event: &AssetEvent<RumorBook>| match event {
        AssetEvent::Added { id } | AssetEvent::Modified { id } => books.0.iter().any(|book| book.id() == *id),
        _ => false,
    };
    if events.read().filter(|event| ours(event)).count() == 0 && !books.is_changed() {
        return;
    }
    let mut tales: Vec<Tale> = mill.added.clone();
    let mut answers: Option<Answers> = None;
    for book in books.0.iter().filter_map(|book| loaded.get(book)) {
        for tale in &book.0.tales {
            if tales.iter().any(|other| other.id == tale.id) {
                let twice = raconteur_core::rumors::TaleError::Twice { tale: tale.id.clone() };
                commands.trigger(RumorProblem::Rumors(twice.into()));
            } else {
                tales.push(tale.clone());
            }
        }
        answers.get_or_insert_with(|| book.0.answers.clone());
    }
    let mill = &mut *mill;
    if let Some(answers) = answers {
        mill.answers = answers;
    }
    match mill.rumors.replace_tales(tales) {
        Ok(gone) => {
            mill.note_ids();
            if !gone.is_empty() {
                commands.trigger(RumorProblem::TalesGone(gone));
            }
        }
        Err(error) => commands.trigger(RumorProblem::Rumors(error)),
    }
}
