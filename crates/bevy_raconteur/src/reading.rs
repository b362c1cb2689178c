//! Documents in a game: who reads what, questions that are answered from them, a journal that collects them.
//!
//! ```text
//! Reads (on an NPC or the player)  +  Ask / AskDocuments
//!    -> key search, a few questions a frame               main thread, bounded
//!    -> spans ranked, the sentence worded by the model    worker, if there is one
//!    -> DocumentsAnswered { Answered { text, document, span, .. } | Abstained(reason) }
//! ```

mod ask;
mod asset;
mod collect;
mod events;
mod reads;

use bevy_app::prelude::*;
use bevy_asset::{AssetApp, AssetLoadFailedEvent};
use bevy_ecs::prelude::*;

use crate::plugin::NarrativeSystems;

pub use asset::{DocumentsAsset, DocumentsLoader, DocumentsLoaderError};
pub use collect::Journal;
pub use events::{
    AskDocuments, CollectDocument, DocumentCollected, DocumentsAnswered, DocumentsProblem, ReadingProblem,
};
pub use reads::Reads;

use ask::{InquiryCount, InquiryInPlay, answer_from_documents, ask_documents, direct_inquiries, hurry_on_interrupt};
use collect::{collect_document, note_answer};

/// Documents, and questions to them.
pub(crate) struct ReadingPlugin;

impl Plugin for ReadingPlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<DocumentsAsset>()
            .init_asset_loader::<DocumentsLoader>()
            .init_resource::<InquiryCount>()
            .add_systems(
                PreUpdate,
                (
                    asset::report_failed_documents.run_if(on_message::<AssetLoadFailedEvent<DocumentsAsset>>),
                    direct_inquiries.run_if(any_with_component::<InquiryInPlay>),
                )
                    .chain()
                    .in_set(NarrativeSystems::Advance),
            )
            .add_observer(ask_documents)
            .add_observer(answer_from_documents)
            .add_observer(hurry_on_interrupt)
            .add_observer(collect_document)
            .add_observer(note_answer);
    }
}
