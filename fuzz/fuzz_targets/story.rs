//! Any text is read, checked and, if nothing is wrong with it, played.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

fuzz_target!(|text: &str| {
    // A root and its parts in one text, so that the fuzzer can change both.
    let names = ["x.story.ron", "x.beats.ron", "x.cast.ron", "x.de.l10n.ron", "x.storylets.ron", "x.baked.ron"];
    let sources = text.split("\n====\n").zip(names).map(|(text, name)| Source::new(name, text)).collect();
    let checked = parse(sources);
    let _ = (checked.render(false), checked.summary());
    let Ok(story) = checked.into_story() else { return };
    let _ = story.localized("de-CH");
    let Ok((mut runner, _)) = Runner::new(story, 1, &NoHost) else { return };
    for step in 0..64 {
        let moved = match runner.moment() {
            Moment::Line { .. } | Moment::Detour { .. } => runner.advance(&NoHost),
            Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                let id = open[step % open.len()].id.clone();
                runner.choose(&id, &NoHost)
            }
            Moment::Ended { .. } | Moment::Stuck(_) => return,
        };
        if moved.is_err() {
            return;
        }
    }
});
