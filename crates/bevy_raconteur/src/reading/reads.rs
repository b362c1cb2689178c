//! Who reads what, and how they answer.

use bevy_asset::Handle;
use bevy_ecs::prelude::*;
use raconteur_core::reading::{Access, Frame, Library, Method, NoStory, Weights};
use raconteur_core::runner::NoHost;

use super::asset::DocumentsAsset;
use crate::runner::StoryRunner;

/// Somebody who can be asked what stands in documents: an NPC, or the player with a [`Journal`](super::Journal).
///
/// An NPC that also has a [`Persona`](crate::Persona) answers [`Ask`](crate::Ask) from them, in its own voice when there is a
/// model; what they do not say it answers as it would without them.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct Reads {
    /// The documents.
    pub library: Handle<DocumentsAsset>,
    /// Who they are to the `readers` of documents: their own id and those of their groups.
    pub names: Vec<String>,
    /// Ids of the documents that they have at hand; `None` for all that they may read. With a journal it is what the journal
    /// holds, whatever stands here.
    pub at_hand: Option<Vec<String>>,
    /// The story whose state the `when` of documents looks at. Without one, documents with a condition stay closed; so do
    /// those whose condition asks a host function.
    pub story: Option<Entity>,
    /// Who finds the span. **Default** [`Method::Both`].
    pub method: Method,
    /// Floors and weights.
    pub weights: Weights,
    /// How the authored sentence is shown. **Default** `“{sentence}” ({title})`.
    pub frame: Frame,
    /// Whether the model words the answer of an NPC with a persona. **Default** true.
    pub voiced: bool,
}

impl Reads {
    /// Somebody who reads everything in a library that is open to `name`.
    #[must_use]
    pub fn new(library: Handle<DocumentsAsset>, name: impl Into<String>) -> Self {
        Self {
            library,
            names: vec![name.into()],
            at_hand: None,
            story: None,
            method: Method::default(),
            weights: Weights::default(),
            frame: Frame::default(),
            voiced: true,
        }
    }

    /// Adds a group that they belong to.
    #[must_use]
    pub fn member_of(mut self, group: impl Into<String>) -> Self {
        self.names.push(group.into());
        self
    }

    /// Has only these documents at hand.
    #[must_use]
    pub fn holding(mut self, documents: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.at_hand = Some(documents.into_iter().map(Into::into).collect());
        self
    }

    /// Looks at the state of a story for the `when` of documents.
    #[must_use]
    pub fn in_story(mut self, story: Entity) -> Self {
        self.story = Some(story);
        self
    }

    /// Sets who finds the span.
    #[must_use]
    pub fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Sets how the authored sentence is shown.
    #[must_use]
    pub fn framed(mut self, frame: Frame) -> Self {
        self.frame = frame;
        self
    }

    /// Always shows the authored sentence.
    #[must_use]
    pub fn unvoiced(mut self) -> Self {
        self.voiced = false;
        self
    }

    /// What they may read now, whether they have it at hand or not.
    pub(super) fn open(&self, library: &Library, stories: &Query<&StoryRunner>) -> Access {
        let runner = self.story.and_then(|story| stories.get(story).ok()).and_then(StoryRunner::runner);
        match runner {
            Some(runner) => library.open_to(&self.names, &runner.environment(&NoHost)),
            None => library.open_to(&self.names, &NoStory),
        }
    }
}
