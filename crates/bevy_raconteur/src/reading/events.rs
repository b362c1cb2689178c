//! What a game asks of documents, and what it hears.

use bevy_ecs::entity::Entity;
use bevy_ecs::event::EntityEvent;
use raconteur_core::reading::Outcome;

/// Ask whoever [`Reads`](super::Reads) what their documents say. Ends with one [`DocumentsAnswered`], unless they are gone
/// before. Whether they are free to talk does not matter: that is for [`Ask`](crate::Ask), which asks an NPC.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct AskDocuments {
    /// Who reads.
    pub entity: Entity,
    /// The question. It may be anything; what could harm a prompt is taken out of it.
    pub text: String,
}

/// A question to documents is over.
#[derive(EntityEvent, Debug, Clone, PartialEq)]
pub struct DocumentsAnswered {
    /// Who was asked.
    pub entity: Entity,
    /// The question, made safe.
    pub question: String,
    /// The answer with the document and the span that it rests on, or why there is none.
    pub outcome: Outcome,
}

/// Put a document into somebody's [`Journal`](super::Journal). Ends with [`DocumentCollected`] or with a
/// [`DocumentsProblem`].
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct CollectDocument {
    /// Who finds it: an entity with a [`Journal`](super::Journal) and [`Reads`](super::Reads).
    pub entity: Entity,
    /// Id of the document.
    pub document: String,
    /// When, in ticks of the game; for the journal's own order and for saves.
    pub at: u64,
}

/// A document is in a journal now.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct DocumentCollected {
    /// Whose journal it is.
    pub entity: Entity,
    /// Id of the document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Whether it was there already.
    pub again: bool,
}

/// Something about documents is not as it should be. What can be answered is answered all the same.
#[derive(EntityEvent, Debug, Clone, PartialEq, Eq)]
pub struct DocumentsProblem {
    /// Who reads, or was to.
    pub entity: Entity,
    /// What happened.
    pub problem: ReadingProblem,
}

/// What a [`DocumentsProblem`] is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadingProblem {
    /// The file cannot be loaded, or its reload is broken: the last good documents stay.
    #[error("the documents cannot be loaded: {0}")]
    Load(String),
    /// It is not loaded yet.
    #[error("the documents are not loaded yet; collect them when they are, or preload the file")]
    NotLoaded,
    /// The entity cannot read or collect.
    #[error("the entity has no {0}: add one before it is asked or given a document")]
    NoReader(&'static str),
    /// No document has this id.
    #[error("there is no document '{0}'; ids are those of the *.documents.ron file")]
    NoSuchDocument(String),
    /// It is not for them: they are not among its readers, or its condition does not hold.
    #[error("document '{0}' may not be read by them now: see its `readers`, `secret` and `when`")]
    NotForThem(String),
    /// The journal is full.
    #[error("document '{0}' finds no room in the journal")]
    NoRoom(String),
}
