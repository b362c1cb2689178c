//! Any text is imported as Twee and as Yarn; what comes out is a story that can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raconteur_core::story::import::{Format, import};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;

fuzz_target!(|text: &str| {
    for (format, name) in [(Format::Twee, "x.twee"), (Format::Yarn, "x.yarn")] {
        let imported = import(format, name, text);
        let checked = parse(vec![Source::new("x.story.ron", imported.ron.as_str())]);
        assert!(checked.story.is_some(), "{}\n{}", checked.render(false), imported.ron);
    }
});
