//! Who wrote a text that an entity carries: so that a game can label it, filter it, or keep it out.
//!
//! ```text
//! letter, book, notice, crier's item --> TextOrigin --inserts--> AuthoredText | GeneratedText
//!   Query<&Letter, Without<GeneratedText>>       only what people wrote
//!   On<Add, GeneratedText>                       put a mark on it
//! ```
//! Whatever spawns an entity that carries a text puts a [`TextOrigin`] on it and nothing else: the markers follow it, and
//! cannot disagree with it. Text that is only said has its [`Source`] in the event that tells it
//! ([`Generated`](crate::prelude::Generated), [`LineReady`](crate::prelude::LineReady), ..), and
//! [`TextOrigin`] can be made from that.
//!
//! | made by | marker | why |
//! |---|---|---|
//! | [`TextOrigin::AUTHORED`] | [`AuthoredText`] | a person wrote it, or it is put together from what a person wrote |
//! | [`TextOrigin::of_writing`] | by the source | a model was to write it: its words, or the authored ones in their place |
//! | [`TextOrigin::of_choice`] | [`AuthoredText`] | a model chose among authored texts |

use bevy_ecs::lifecycle::HookContext;
use bevy_ecs::prelude::*;
use bevy_ecs::world::DeferredWorld;
use raconteur_core::request::{Source, Why};

/// Where the text comes from that this entity carries. Insert another when the text is replaced.
#[derive(Component, Debug, Clone, PartialEq)]
#[component(immutable, on_insert = mark, on_remove = unmark)]
pub struct TextOrigin {
    source: Source,
    generated: bool,
}

impl TextOrigin {
    /// A person wrote it. A simulated text (a rumor in the authored wording of its teller) is of this kind too.
    pub const AUTHORED: Self = Self { source: Source::Authored(Why::Written), generated: false };

    /// What came of a request to write something: generated unless the authored text stands in its place. Baked text counts
    /// as generated: a model wrote it and a person read it.
    #[must_use]
    pub fn of_writing(source: Source) -> Self {
        let generated = matches!(source, Source::Generated | Source::Ranked { .. } | Source::Baked);
        Self { source, generated }
    }

    /// What came of a request to choose among authored texts.
    #[must_use]
    pub fn of_choice(source: Source) -> Self {
        Self { source, generated: false }
    }

    /// How it came to be.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether a model wrote these words.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.generated
    }
}

/// On entities whose text a person wrote. Comes and goes with [`TextOrigin`]; do not insert it.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuthoredText;

/// On entities whose text a model wrote. Comes and goes with [`TextOrigin`]; do not insert it.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GeneratedText;

fn mark(mut world: DeferredWorld, context: HookContext) {
    let Some(generated) = world.get::<TextOrigin>(context.entity).map(TextOrigin::is_generated) else { return };
    let mut commands = world.commands();
    let Ok(mut entity) = commands.get_entity(context.entity) else { return };
    if generated {
        entity.try_remove::<AuthoredText>().try_insert(GeneratedText);
    } else {
        entity.try_remove::<GeneratedText>().try_insert(AuthoredText);
    }
}

fn unmark(mut world: DeferredWorld, context: HookContext) {
    // While it is despawned, its markers go anyway.
    if let Ok(mut entity) = world.commands().get_entity(context.entity) {
        entity.try_remove::<(AuthoredText, GeneratedText)>();
    }
}
