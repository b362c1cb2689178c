//! What a game may change while it runs.

use std::time::Duration;

use bevy_ecs::resource::Resource;

use crate::governor::GovernorMode;

/// Knobs that take effect at once.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct NarrativeSettings {
    /// Whether the model writes. When not, every line shows its authored text. **Default** true.
    pub enabled: bool,
    /// BCP 47 tag of the language that stories are shown in, as far as they have been translated; `None`: the one they
    /// are written in. A change shows what is on stage again, in the new language. **Default** `None`.
    pub language: Option<String>,
    /// Whether drafts of translations are shown: what a machine has translated and nobody has read. For builds that are
    /// reviewed, not for players. Each is told as a [`LanguageGap`](crate::prelude::LanguageGap). **Default** false.
    pub drafts: bool,
    /// Whether a line that is late shows its authored text. Without deadlines a scripted run is the same on a slow and
    /// on a fast machine. **Default** true.
    pub deadlines: bool,
    /// How long [`Generate`](crate::Generate) and [`Ask`](crate::Ask) outside a story may take before their fallback
    /// is said. **Default** 10 s.
    pub request_timeout: Duration,
    /// Whether generated lines are written, and the prompts of a beat read, before they are due. **Default** true.
    pub prefetch: bool,
    /// Most replies of the worker that one frame takes in. **Default** 256.
    pub replies_per_frame: usize,
    /// Who goes first when the game and the model want the same cores. **Default** [`GovernorMode::Balanced`].
    pub governor: GovernorMode,
    /// Whether the model backs off while frames slip. When not, it works as the mode says and no harder or softer.
    /// **Default** true.
    pub frame_feedback: bool,
    /// What a frame should take; one that takes a quarter more slips. `None`: what frames take without the model, the
    /// median of the last 120 in which it had nothing to do (or hardly worked any more), between 1/144 s and 1/10 s; 1/60 s
    /// until there are enough of them. **Default** `None`.
    pub target_frame_time: Option<Duration>,
}

impl Default for NarrativeSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            language: None,
            drafts: false,
            deadlines: true,
            request_timeout: Duration::from_secs(10),
            prefetch: true,
            replies_per_frame: 256,
            governor: GovernorMode::Balanced,
            frame_feedback: true,
            target_frame_time: None,
        }
    }
}
