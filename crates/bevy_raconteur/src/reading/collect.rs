//! The journal: documents that somebody has found, and what they have read in them.

use bevy_asset::Assets;
use bevy_ecs::prelude::*;

use super::asset::DocumentsAsset;
use super::events::{CollectDocument, DocumentCollected, DocumentsAnswered, DocumentsProblem, ReadingProblem};
use super::reads::Reads;
use crate::runner::StoryRunner;

/// Documents that somebody collects, usually the player, on the entity that [`Reads`]: only what is in it is searched when
/// they are asked, and each answer is noted in it. Save its [`data`](raconteur_core::reading::Journal::data) and make it again
/// with [`from_data`](raconteur_core::reading::Journal::from_data).
#[derive(Component, Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// What is in it.
    pub entries: raconteur_core::reading::Journal,
    /// The time of the game in ticks, as the game keeps it: findings are noted with it.
    pub now: u64,
}

impl Journal {
    /// A journal that was in a save.
    #[must_use]
    pub fn resume(entries: raconteur_core::reading::Journal) -> Self {
        Self { entries, now: 0 }
    }
}

pub(super) fn collect_document(
    found: On<CollectDocument>,
    mut journals: Query<(&mut Journal, &Reads)>,
    stories: Query<&StoryRunner>,
    libraries: Res<Assets<DocumentsAsset>>,
    mut commands: Commands,
) {
    let entity = found.entity;
    let mut problem = |problem| commands.trigger(DocumentsProblem { entity, problem });
    let Ok((mut journal, reads)) = journals.get_mut(entity) else {
        return problem(ReadingProblem::NoReader("Journal and Reads"));
    };
    let Some(DocumentsAsset(library)) = libraries.get(&reads.library) else {
        return problem(ReadingProblem::NotLoaded);
    };
    let (Some(place), Some(document)) = (library.position(&found.document), library.get(&found.document)) else {
        return problem(ReadingProblem::NoSuchDocument(found.document.clone()));
    };
    if !reads.open(library, &stories).allows(place) {
        return problem(ReadingProblem::NotForThem(found.document.clone()));
    }
    let again = journal.entries.has(&found.document);
    if !again && !journal.entries.collect(&found.document, found.at) {
        return problem(ReadingProblem::NoRoom(found.document.clone()));
    }
    let title = document.title.clone();
    commands.trigger(DocumentCollected { entity, document: found.document.clone(), title, again });
}

/// Notes what a journal has answered.
pub(super) fn note_answer(answered: On<DocumentsAnswered>, mut journals: Query<&mut Journal>) {
    let Some(answer) = answered.outcome.answer() else { return };
    if let Ok(mut journal) = journals.get_mut(answered.entity) {
        let now = journal.now;
        journal.entries.keep(&answered.question, answer, now);
    }
}
