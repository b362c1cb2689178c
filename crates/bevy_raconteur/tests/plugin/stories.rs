//! Stories that the tests play.

use std::sync::Arc;

use bevy_raconteur::core::story::parse::parse;
use bevy_raconteur::core::story::source::Source;
use bevy_raconteur::prelude::Story;

/// A story from its text, which has to be without errors.
pub fn story(text: &str) -> Arc<Story> {
    let checked = parse(vec![Source::new("test.story.ron", text)]);
    let report = checked.render(false);
    checked.into_story().unwrap_or_else(|_| panic!("{report}"))
}

/// The story of the example.
pub fn drowned_bell() -> Arc<Story> {
    story(include_str!("../../../../assets/stories/drowned_bell.story.ron"))
}

/// One generated line, then the end. `policy` stands in the default policy.
pub fn one_line(policy: &str) -> Arc<Story> {
    story(&format!(
        r#"Story(
            format: 1, id: "one", start: "a", ends: ["z"],
            cast: {{ "mara": (name: "Mara", voice: "dry"), "player": (name: "You") }},
            policies: {{ "default": (budget_ms: 700, {policy}) }},
            beats: {{
                "a": (setting: "A ferry.", next: "z",
                      lines: [(id: "a1", who: "mara", say: "The authored words.", gen: Free(prompt: "say", goal: "She greets."))]),
                "z": (setting: "A ferry.", lines: [(id: "z1", who: "mara", say: "It is over.")], end: true),
            }},
        )"#
    ))
}
