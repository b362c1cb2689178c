//! Graphs for tests.

use raconteur_core::story::flow::{Limits, explore};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

use super::data::Graph;

/// The graph of a story in memory.
pub fn graph(text: &str) -> Graph {
    let checked = parse(vec![Source::new("test.story.ron", text)]);
    let story = checked.story.as_ref().unwrap_or_else(|| panic!("{}", checked.render(false)));
    Graph::new(story, &checked, &explore(story, &Limits::default()))
}

/// A story with a bit of everything, most of it wrong, and with texts that would like to be markup.
pub const HOSTILE: &str = r###"(
    format: 1, id: "hostile", title: "</script><script>alert(1)</script> & \"Ş🔔\"", start: "a", ends: ["end"],
    vars: {"clues": Int(init: 0, min: 0, max: 3)},
    cast: {"narrator": (name: ""), "m'a": (name: "Mara <b>")},
    beats: {
        "a": (setting: "<img src=x onerror=alert(2)>", lines: [
                (id: "a_1", who: "m'a", say: "]]> --> </title></style><!-- {{data}} {{nonce}} \u{1f514}\u{0} '\"`${x}",
                 gen: Pick(from: ["</script >", "b"]))],
              choices: [(id: "a_x", say: "</SCRIPT>", to: "locked"), (id: "a_y", say: "never", to: "end", when: "clues > 2"),
                        (id: "a_z", say: "gone", to: "nowhere")]),
        "locked": (setting: "A cell.", choices: [(id: "l_1", say: "Open it.", to: "end", when: "clues >= 1")]),
        "attic": (setting: "Dust.", next: "end"),
        "stub": (setting: "Nothing follows."),
        "end": (setting: "The end.", end: true),
    },
)"###;
