//! What NPCs remember: [`Remembers`] on an entity, fed by conversations and by the game, recalled into prompts.
//!
//! ```text
//! game --Remember--> Remembers <--learn-- TurnSpoken (what the speaker knows and the line states)
//!                       |  forget, a few people a frame --> Forgot
//!                       |- story: lines, answers, labels show what was heard      (Host::remembers)
//!                       `- Generate, Ask: what comes to mind goes into the prompt, what is hidden is banned from the text
//! ```
//! A memory is a fact of a story's lore or a [`Statement`](raconteur_core::memory::Statement) of the game, with its source
//! and its time. What a model wrote is never remembered as it stands; see [`told`](raconteur_core::memory::told).

mod events;
mod forget;
mod learn;
mod recalling;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_time::Time;
use raconteur_core::memory::{Budget, Lost, Memory, MemoryError, MemorySettings};
use raconteur_core::story::format::Story;

pub use events::{Forgot, Lapse, Learned, Remember};
pub(crate) use recalling::{InMind, Recalling};

use crate::plugin::NarrativeSystems;
use forget::{Pass, forget};
use learn::{learn_what_was_said, remember};

/// What an NPC remembers. With it they learn from the turns that they hear, and speak of what they have heard.
#[derive(Component, Debug, Clone, Default)]
pub struct Remembers {
    /// The memory itself.
    pub memory: Memory,
    /// How much comes to mind at once. Tokens are estimated, as four letters each. **Default** 3 facts.
    pub budget: Budget,
    /// The [`StoryRunner`](crate::prelude::StoryRunner) whose lore they know, and who of its cast they are: with it, they
    /// know what their part knows, and keep to themselves what it hides. **Default** none: statements only.
    pub part: Option<(Entity, String)>,
}

impl Remembers {
    /// Somebody who remembers nothing yet.
    #[must_use]
    pub fn new(settings: MemorySettings) -> Self {
        Self { memory: Memory::new(settings), ..Self::default() }
    }

    /// Makes them somebody of a story: `story` has a [`StoryRunner`](crate::prelude::StoryRunner), `who` is a cast id.
    #[must_use]
    pub fn part(mut self, story: Entity, who: impl Into<String>) -> Self {
        self.part = Some((story, who.into()));
        self
    }

    /// What a save keeps of them, as text.
    ///
    /// # Errors
    /// [`MemoryError::Write`].
    pub fn to_text(&self) -> Result<String, MemoryError> {
        self.memory.to_text()
    }

    /// Somebody from what [`to_text`](Self::to_text) gave, and what of it is lost: facts that `story` does not have any
    /// more. Whose part they are is not in a save.
    ///
    /// # Errors
    /// [`MemoryError`], all but `Write`: the text is damaged, too new, or too long.
    pub fn from_text(
        text: &str,
        settings: MemorySettings,
        story: Option<&Story>,
    ) -> Result<(Self, Vec<Lost>), MemoryError> {
        let (memory, lost) = Memory::from_text(text, settings, story)?;
        Ok((Self { memory, ..Self::default() }, lost))
    }
}

/// The time in which people remember and forget. It goes on with the game's [`Time`], and stands still in a pause.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct MemoryClock {
    /// Now, in ticks. Save it with the game.
    pub now: u64,
    /// Ticks a second of the game; 0 leaves `now` to the game. **Default** 1.
    pub per_second: f64,
    /// Ticks between two looks at what has faded. **Default** 60.
    pub forget_every: u64,
    /// Most people whose memory one frame looks at. **Default** 16.
    pub people_per_frame: usize,
    /// Part of a tick that has passed.
    rest: f64,
}

impl Default for MemoryClock {
    fn default() -> Self {
        Self { now: 0, per_second: 1.0, forget_every: 60, people_per_frame: 16, rest: 0.0 }
    }
}

impl MemoryClock {
    /// So many ticks a second of the game.
    #[must_use]
    pub fn ticking(per_second: f64) -> Self {
        Self { per_second, ..Self::default() }
    }

    /// Whether it has to be looked at in this frame.
    fn runs(clock: Res<Self>) -> bool {
        clock.per_second > 0.0
    }
}

fn tick(time: Res<Time>, mut clock: ResMut<MemoryClock>) {
    // The clock changes all the time; nobody waits for it to change.
    let clock = clock.bypass_change_detection();
    let passed = clock.rest + time.delta_secs_f64() * clock.per_second;
    let whole = if passed.is_finite() { passed.max(0.0).floor() } else { 0.0 };
    clock.rest = if passed.is_finite() { passed - whole } else { 0.0 };
    clock.now = clock.now.saturating_add(whole as u64);
}

/// Memory of NPCs.
pub(crate) struct MemoryPlugin;

impl Plugin for MemoryPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<MemoryClock>()
            .init_resource::<Pass>()
            .add_systems(
                PreUpdate,
                (tick.run_if(MemoryClock::runs), forget.run_if(any_with_component::<Remembers>))
                    .chain()
                    .in_set(NarrativeSystems::Receive),
            )
            .add_observer(remember)
            .add_observer(learn_what_was_said);
    }
}
