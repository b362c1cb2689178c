//! The village of the example, played by its script without a model and with one that is played by a script.

#[path = "../examples/rumor_mill/folk.rs"]
mod folk;
#[path = "../examples/rumor_mill/picture.rs"]
mod picture;
#[path = "../examples/rumor_mill/script.rs"]
mod script;
#[path = "../examples/rumor_mill/svg.rs"]
mod svg;
#[path = "../examples/rumor_mill/village.rs"]
mod village;

use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::scripted;

use village::Village;

fn played(model: ModelSource, days: u64) -> (script::Told, Village) {
    let mut village = Village::new(model, 4).expect("the files of the example are sound");
    let told = script::play(&mut village, days, |_| {});
    (told, village)
}

#[test]
fn a_rumor_goes_round_and_is_corrected() {
    let (told, village) = played(ModelSource::None, 3);
    village.seen.with(|seen| {
        assert_eq!(seen.problems, Vec::<String>::new());
        let heard = told.nodes.iter().filter(|node| node.hops.is_some()).count();
        assert!(heard > told.nodes.len() / 2, "{}", told.text);
        assert!(seen.turns.0 > 3 && seen.turns.1 > 0, "some believed, and some do not any more: {}", told.text);
        assert!(seen.hops.iter().all(|(count, _, kept)| count == kept), "no telling loses a kept word");
        assert!(seen.hops.len() > 3, "{}", told.text);
        assert!(!seen.overheard.is_empty() && seen.overheard.iter().all(|told| told.kept && told.voiced < 1.0));
        assert!(seen.overheard.iter().all(|told| told.source.starts_with("authored")));
        assert_eq!(seen.answers.len(), 3);
        assert!(seen.cried.iter().any(|(text, generated, ears)| text.contains("toll") && !generated && *ears > 0));
        assert_eq!(seen.letters.len(), 4, "one for each of the guild");
    });
    // Each circle is somebody, each arrow a first telling.
    let told_by = told.nodes.iter().filter(|node| node.from.is_some()).count();
    assert_eq!(told.svg.matches("<circle").count(), folk::FOLK.len());
    assert_eq!(told.svg.matches("marker-end").count(), told_by);
    assert!(told.svg.starts_with("<svg") && told.svg.ends_with("</svg>\n") && told_by > 5);
    let picture = picture::terminal(&told.nodes);
    assert!(folk::FOLK.iter().all(|folk| picture.contains(&folk::name(folk.key))), "{picture}");
}

#[test]
fn the_same_seed_gives_the_same_days() {
    let (one, other) = (played(ModelSource::None, 2).0, played(ModelSource::None, 2).0);
    assert_eq!(one.text, other.text);
    assert_eq!(one.svg, other.svg);
}

#[test]
fn a_model_words_what_is_overheard_and_nothing_else() {
    // Says the fact of the prompt with a word before it; the simulation must not change by that.
    let model = scripted(|| {
        ScriptedGenerator::new(|request, _| {
            let prompt = request.prompt.full();
            let fact = prompt.lines().nth(1).unwrap_or_default().to_owned();
            Script::Say(format!(" Listen, {fact}"))
        })
    });
    let (told, village) = played(model, 2);
    let (plain, other) = played(ModelSource::None, 2);
    let beliefs = |told: &script::Told| told.nodes.iter().map(|node| (node.belief, node.hops)).collect::<Vec<_>>();
    assert_eq!(beliefs(&told), beliefs(&plain), "words change nobody's mind");
    let (voiced, heard) = village.seen.with(|seen| {
        let voiced = seen.overheard.iter().filter(|told| told.source == "generated").count();
        assert!(seen.overheard.iter().all(|told| told.kept), "{}", told.text);
        (voiced, seen.overheard.len())
    });
    assert!(voiced > 0, "{}", told.text);
    assert_eq!(heard, other.seen.with(|seen| seen.overheard.len()));
}
