//! How far a serial is: the component, and what a save keeps of it.

use std::sync::Arc;
use std::time::Duration;

use bevy_asset::Handle;
use bevy_ecs::prelude::*;
use raconteur_core::generate::RequestId;
use raconteur_core::serial::{Opening, SerialData, SerialReport, SerialWriter};
use serde::{Deserialize, Serialize};

use super::{OpeningAsset, PublishChapter};

/// A serial that is being told, from an opening. `Serial::new(assets.load("serials/drowned_bell.serial.ron"), 7)`.
#[derive(Component, Debug)]
pub struct Serial {
    opening: Handle<OpeningAsset>,
    seed: u64,
    chapters: Option<usize>,
    release: ChapterRelease,
    saved: Option<SerialSave>,
    pub(super) state: State,
    /// Chapters that are out.
    pub(super) published: usize,
    /// Chapters that may be out.
    pub(super) wanted: usize,
    /// Its end has been told.
    pub(super) ended: bool,
}

/// When a chapter that is complete comes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChapterRelease {
    /// At once.
    #[default]
    AsWritten,
    /// When the game asks for it, with [`PublishChapter`]. It is written ahead all the same.
    OnRequest,
}

/// Where the telling stands.
#[derive(Debug)]
pub(super) enum State {
    /// The opening is not there yet.
    Waiting,
    /// It is told.
    Telling(Box<Telling>),
    /// It cannot be told, and that has been said.
    Broken,
}

/// A serial whose opening is there.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) writer: SerialWriter,
    pub(super) asked: Option<Asked>,
    /// How often the request for the passage that is due came to nothing for reasons that may pass.
    pub(super) tries: u32,
    /// A reload that could not be used.
    pub(super) refused: Option<Arc<Opening>>,
}

/// An open request.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: RequestId,
    /// On the real clock.
    pub(super) deadline: Duration,
}

/// What a save keeps of a serial: give it back with [`Serial::resuming`], and it goes on with the same words. Plain data,
/// for the game's own save format; its parts are checked when it is taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialSave {
    /// Plan and passages.
    pub serial: SerialData,
    /// Chapters that were out.
    pub published: usize,
    /// Chapters that were asked for, with [`ChapterRelease::OnRequest`].
    pub wanted: usize,
}

impl Serial {
    /// A serial at its beginning. The same opening and seed give the same plan, and from the same model the same words.
    #[must_use]
    pub fn new(opening: Handle<OpeningAsset>, seed: u64) -> Self {
        Self {
            opening,
            seed,
            chapters: None,
            release: ChapterRelease::AsWritten,
            saved: None,
            state: State::Waiting,
            published: 0,
            wanted: 0,
            ended: false,
        }
    }

    /// A serial from a save. Chapters that were out are put into the world again, each with a
    /// [`ChapterReady`](super::ChapterReady) that says so. A save that cannot be used is told with a
    /// [`SerialProblem`](super::SerialProblem), and nothing is told anew in its place.
    #[must_use]
    pub fn resuming(opening: Handle<OpeningAsset>, save: SerialSave) -> Self {
        Self { saved: Some(save), ..Self::new(opening, 0) }
    }

    /// Sets the number of chapters, 5 or more. **Default** as the opening says.
    #[must_use]
    pub fn with_chapters(mut self, chapters: usize) -> Self {
        self.chapters = Some(chapters);
        self
    }

    /// Sets when chapters come out. **Default** as soon as they are complete.
    #[must_use]
    pub fn with_release(mut self, release: ChapterRelease) -> Self {
        self.release = release;
        self
    }

    /// The opening.
    #[must_use]
    pub fn opening(&self) -> &Handle<OpeningAsset> {
        &self.opening
    }

    /// What a save is to keep; of a serial that was resumed and has not begun again, that save; `None` before the opening is
    /// there, when seed and settings are all there is.
    #[must_use]
    pub fn save(&self) -> Option<SerialSave> {
        match &self.state {
            State::Telling(telling) => {
                Some(SerialSave { serial: telling.writer.data(), published: self.published, wanted: self.wanted })
            }
            State::Waiting | State::Broken => self.saved.clone(),
        }
    }

    /// What has been told, once the opening is there.
    #[must_use]
    pub fn writer(&self) -> Option<&SerialWriter> {
        if let State::Telling(telling) = &self.state { Some(&telling.writer) } else { None }
    }

    /// Figures of what has been told so far.
    #[must_use]
    pub fn report(&self) -> Option<SerialReport> {
        self.writer().map(SerialReport::of)
    }

    /// Number of chapters that are out.
    #[must_use]
    pub fn published(&self) -> usize {
        self.published
    }

    /// Whether the opening is there, and the plan.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        matches!(self.state, State::Telling(_))
    }

    /// Whether everything is out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended
    }

    pub(super) fn begin(&self, opening: Arc<Opening>) -> Result<(SerialWriter, Vec<String>), String> {
        match &self.saved {
            Some(save) => SerialWriter::from_data(opening, save.serial.clone())
                .map(|(writer, lost)| {
                    (writer, lost.iter().map(|lost| format!("the opening has changed: {lost}")).collect())
                })
                .map_err(|error| format!("the save cannot be used: {error}")),
            None => SerialWriter::new(opening, self.seed, self.chapters)
                .map(|writer| (writer, Vec::new()))
                .map_err(|error| format!("the serial cannot be told: {error}")),
        }
    }

    /// How many chapters were out when it was saved, and how many had been asked for.
    pub(super) fn was_out(&self) -> (usize, usize) {
        self.saved.as_ref().map_or((0, 0), |save| (save.published, save.wanted))
    }

    /// How many chapters may be out.
    pub(super) fn may_be_out(&self) -> usize {
        match self.release {
            ChapterRelease::AsWritten => usize::MAX,
            ChapterRelease::OnRequest => self.wanted,
        }
    }

    /// A request that is open.
    pub(super) fn asked(&self) -> Option<RequestId> {
        if let State::Telling(telling) = &self.state { telling.asked.as_ref().map(|asked| asked.id) } else { None }
    }
}

pub(crate) fn publish_on_request(publish: On<PublishChapter>, mut serials: Query<&mut Serial>) {
    if let Ok(mut serial) = serials.get_mut(publish.entity) {
        serial.wanted = serial.wanted.saturating_add(1);
    }
}
