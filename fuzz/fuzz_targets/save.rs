//! Any text is read as a save; what can be read goes on in a story that knows little of it.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::save::Save;
use raconteur_core::story::format::Story;
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

static STORY: LazyLock<Arc<Story>> = LazyLock::new(|| {
    let text = include_str!("../../assets/stories/drowned_bell.story.ron");
    parse(vec![Source::new("drowned_bell.story.ron", text)]).into_story().expect("the shipped story is sound")
});

fuzz_target!(|text: &str| {
    let Ok(save) = Save::from_text(text) else { return };
    let again = save.to_text().expect("what was read can be written");
    assert_eq!(Save::from_text(&again).expect("its own text"), save);
    let Ok(state) = save.state_of("drowned_bell") else { return };
    let Ok((mut runner, _)) = Runner::resume(STORY.clone(), state.clone(), &NoHost) else { return };
    for _ in 0..64 {
        let moved = match runner.moment() {
            Moment::Line { .. } | Moment::Detour { .. } => runner.advance(&NoHost),
            Moment::Choices(open) | Moment::Slot { outcomes: open } => runner.choose(&open[0].id.clone(), &NoHost),
            Moment::Ended { .. } | Moment::Stuck(_) => return,
        };
        if moved.is_err() {
            return;
        }
    }
});
