//! A story in another language, from its files to the words on the screen.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use raconteur_core::compose::{Composed, Composer};
use raconteur_core::desk::Desk;
use raconteur_core::generate::{GenerationRequest, RequestId};
use raconteur_core::request::{Finished, LineEvent, LineRequest};
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::scripted::{Script, ScriptedGenerator};
use raconteur_core::story::format::Story;
use raconteur_core::story::parse::{Checked, load, parse};
use raconteur_core::story::source::Source;
use raconteur_core::template::Templates;

fn lantern() -> Checked {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories/lantern.story.ron");
    load(&path).expect("readable files")
}

#[test]
fn the_example_is_clean() {
    let checked = lantern();
    assert!(checked.diagnostics.is_empty(), "{}", checked.render(false));
}

/// The findings of a small story with this translation: code, line, message.
fn found(german: &str) -> Vec<(&'static str, usize, String)> {
    let root = "Story(format: 1, id: \"x\", start: \"a\", locales: [\"de\"], cast: {\"m\": (name: \"Mara\")}, beats: {\"a\": (lines: [\
                (id: \"a_1\", who: \"m\", say: \"Mind the bell.\"), (id: \"a_2\", who: \"m\", say: \"Go.\")], end: true)})";
    let checked = parse(vec![Source::new("x.story.ron", root), Source::new("x.de.l10n.ron", german)]);
    let found = checked.diagnostics.iter().map(|found| (found.code, found.primary.line, found.message.clone()));
    found.collect()
}

#[test]
fn messages_name_the_language_the_key_and_what_is_wrong() {
    let text = "(glossary: {\"bell\": \"Glocke\"}, texts: {\n\"name:m\": (say: \"Mara\"),\n\"a_1\": (say: \"Achtung.\", lock: \"7f83\"),\n\
                \"a_3\": (say: \"Weg.\"),\n})";
    let messages = found(text);
    let expected = [
        ("L03", 1, "de: 1 text is untranslated (a_2)"),
        ("L02", 3, "de: 'a_1' was translated from an older text (lock 7f83 != 20cb628b)"),
        ("L06", 3, "de: 'a_1' has \"bell\", but its translation has no \"Glocke\""),
        ("L04", 4, "de: 'a_3' is translated but no longer exists"),
    ];
    for (code, line, message) in expected {
        assert!(
            messages.iter().any(|found| (found.0, found.1, found.2.as_str()) == (code, line, message)),
            "{code}: {messages:?}"
        );
    }
    assert_eq!(messages.len(), expected.len());
    let drafts = found("(texts: {\"a_1\": (say: \"Die Glocke.\", draft: true)})");
    assert_eq!(drafts[0].2, "de: 3 texts are untranslated, 1 of them only as a draft (name:m, a_1, a_2)");
}

#[test]
fn a_game_may_change_its_language_between_two_lines() {
    let story = lantern().into_story().expect("no errors");
    let german = Arc::new(story.localized("de-AT"));
    let (mut runner, _) = Runner::new(story, 7, &NoHost).expect("a story");
    runner.advance(&NoHost).expect("goes on");
    let state = runner.state().clone();
    let (mut runner, events) = Runner::resume(german, state, &NoHost).expect("the same place");
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(runner.line().map(|line| line.say.as_str()), Some("Salzmoor lässt seine Laterne brennen. Immer."));
    runner.advance(&NoHost).expect("goes on");
    runner.advance(&NoHost).expect("goes on");
    let Moment::Choices(choices) = runner.moment() else { panic!("{:?}", runner.moment()) };
    assert_eq!(choices[1].say, "Gehen.");
}

/// Runs a request to its end.
fn run(request: LineRequest, generator: &mut ScriptedGenerator) -> Finished {
    let mut desk = Desk::default();
    let mut end = None;
    let mut hear = |_: RequestId, event: LineEvent| {
        if let LineEvent::Finished(finished) = event {
            end = Some(finished);
        }
    };
    desk.submit(RequestId(0), request, &mut hear);
    for _ in 0..200 {
        desk.step(generator, &mut hear);
    }
    desk.cancel(RequestId(0), Some(generator), &mut hear);
    end.expect("every request ends")
}

/// What a generator makes of names: it drops them, alters them, puts others in their place, or keeps them.
const TWISTS: [fn(&str) -> String; 8] = [
    |text| text.to_owned(),
    |text| text.replace("Salzmoor", "Salzburg").replace("Laterne", "Lampe").replace("Ives", "Iwan"),
    |text| text.replace("Salzmoor ", "").replace("Laterne", "").replace("Ives ", ""),
    |text| text.replace("Salzmoor", "Salz-Moor").replace("Laterne", "Later ne").replace("Ives", "Iv es"),
    |text| text.replace("Salzmoor", "Saltmere").replace("Laterne", "lantern"),
    |text| text.replace("Salzmoor", "Salzmoors Nachbarn").replace("Laterne", "Laternchen").replace("Ives", "Ivesson"),
    |_| "Nichts davon ist wahr, mein Freund.".to_owned(),
    |text| format!("{text} Und Mirabell ebenso."),
];

/// The texts of a story that a model may write at its start, with what is asked for them.
fn requests(story: &Arc<Story>, seed: u64) -> Vec<(String, LineRequest)> {
    let templates = Templates::default();
    let composer = Composer::new(Arc::clone(story), &templates).expect("templates");
    let (runner, _) = Runner::new(Arc::clone(story), seed, &NoHost).expect("a story");
    let lines = story.beats.iter().flat_map(|(_, beat)| &beat.lines);
    let lines = lines.map(|line| (line.say.clone(), composer.line(&runner, line, &NoHost)));
    let storylets = story.storylets.iter().map(|text| (text.say.clone(), composer.storylet(&runner, text, &NoHost)));
    let outcomes = story.beats.iter().flat_map(|(id, beat)| {
        let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes);
        outcomes.map(|outcome| (outcome.say.clone(), composer.label(&runner, id, outcome, &NoHost))).collect::<Vec<_>>()
    });
    let all = lines.chain(storylets).chain(outcomes).collect::<Vec<_>>();
    let asked = all.into_iter().filter_map(|(say, composed)| match composed {
        Composed::Request(request) => Some((say, request)),
        Composed::Authored(_) | Composed::Chosen { .. } => None,
    });
    asked.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever a model makes of the names, every text that is shown has those of its translation.
    #[test]
    fn every_name_of_the_glossary_survives(seed in any::<u64>(), twists in prop::collection::vec(0..TWISTS.len(), 8), opening in "[A-Z][a-z]{2,8}") {
        let story = Arc::new(lantern().into_story().expect("no errors").localized("de"));
        let terms = story.terms("de");
        for (say, request) in requests(&story, seed) {
            let (text, twists, opening) = (say.clone(), twists.clone(), opening.clone());
            let mut generator = ScriptedGenerator::new(move |_: &GenerationRequest, candidate| {
                let twist = TWISTS[twists[candidate % twists.len()]];
                Script::Say(format!(" {opening} nun: {}", twist(&text)))
            });
            let finished = run(request, &mut generator);
            for term in terms.iter().filter(|term| term.kept_by(&say).is_some()) {
                prop_assert!(term.kept_by(&finished.text).is_some(), "{:?} of {say:?} is lost in {:?} ({:?})", term.target, finished.text, finished.source);
            }
        }
    }
}

/// The rule lets good rewordings through: else the test above would prove nothing.
#[test]
fn a_rewording_that_keeps_the_names_is_shown() {
    let story = Arc::new(lantern().into_story().expect("no errors").localized("de"));
    let asked = requests(&story, 1);
    let says: Vec<&str> = asked.iter().map(|(say, _)| say.as_str()).collect();
    assert_eq!(
        says,
        [
            "Salzmoor lässt seine Laterne brennen. Immer.",
            "Nun?",
            "Vorsicht mit der Laterne.",
            "Die Laterne nehmen.",
            "Ives danken."
        ]
    );
    let (_, request) = asked.into_iter().next().expect("a request");
    let finished = run(request, &mut ScriptedGenerator::saying(" In Salzmoor brennen die Laternen immer."));
    assert_eq!(finished.text, "In Salzmoor brennen die Laternen immer.");
    let (_, request) = requests(&story, 1).into_iter().next().expect("a request");
    let finished = run(request, &mut ScriptedGenerator::saying(" In Salzburg brennen die Laternen immer."));
    assert_eq!(finished.text, "Salzmoor lässt seine Laterne brennen. Immer.");
    assert_eq!(finished.source.to_string(), "authored(must)");
}
