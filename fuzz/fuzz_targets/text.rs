//! What a player may type, what a model may write, and what a writer may put into a template.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raconteur_core::player_text::PlayerText;
use raconteur_core::template::{Scene, Template};

fuzz_target!(|text: &str| {
    let read = PlayerText::new(text);
    assert!(!read.as_str().contains('\n'), "a question is one line");
    if let Ok(template) = Template::parse(text) {
        let scene = Scene { setting: text.to_owned(), say: read.as_str().to_owned(), ..Scene::default() };
        let _ = template.render(&scene, false).full();
    }
});
