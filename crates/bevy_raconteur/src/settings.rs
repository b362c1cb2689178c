//! What a game may change while it runs.

use bevy_ecs::resource::Resource;
use std::time::Duration;

/// Knobs that take effect at once.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct NarrativeSettings {
    /// Whether the model writes. When not, every line shows its authored text. **Default** true.
    pub enabled: bool,
    /// Whether a line that is late shows its authored text. Without deadlines a scripted run is the same on a slow and
    /// on a fast machine. **Default** true.
    pub deadlines: bool,
    /// How long [`Generate`](crate::Generate) and [`Ask`](crate::Ask) outside a story may take before their fallback
    /// is said. **Default** 10 s.
    pub request_timeout: Duration,
    /// Whether generated lines are written before they are due. **Default** true.
    pub prefetch: bool,
    /// Most replies of the worker that one frame takes in. **Default** 256.
    pub replies_per_frame: usize,
}

impl Default for NarrativeSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            deadlines: true,
            request_timeout: Duration::from_secs(10),
            prefetch: true,
            replies_per_frame: 256,
        }
    }
}
