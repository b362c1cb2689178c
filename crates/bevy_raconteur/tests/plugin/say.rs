//! Free words at the choices of a story.

use bevy_ecs::entity::Entity;
use bevy_raconteur::core::generate::{
    GenerationRequest, GeneratorLoader, LoadError, LoadProgress, Progress, RequestId, Sink, Task, TextGenerator,
};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

use crate::stories::drowned_bell;

/// Plays up to the first choice.
fn at_the_ford(model: ModelSource, has_model: bool) -> (TestApp, Entity) {
    let mut test = TestApp::new(model);
    if has_model {
        test.run_until_ready();
    }
    test.settings().deadlines = false;
    let story = test.play(drowned_bell());
    for line in 1..=2 {
        test.run_until(|test| lines(test) == line);
        test.advance(story);
    }
    test.run_until(|test| !test.log.last_choices().is_empty());
    (test, story)
}

fn lines(test: &TestApp) -> usize {
    test.log.all().iter().filter(|told| matches!(told, Told::Line { .. })).count()
}

/// What is told about one text: the beat that it led to, or the question back.
fn heard(test: &mut TestApp, story: Entity, text: &str) -> Told {
    let before = test.log.all().len();
    test.say(story, text);
    let news = move |test: &TestApp| {
        let all = test.log.all();
        let is_news = |told: &&Told| matches!(told, Told::Beat(_) | Told::DidYouMean(_) | Told::NotUnderstood(_));
        all[before..].iter().find(is_news).cloned()
    };
    test.run_until(|test| news(test).is_some());
    news(test).expect("it was told")
}

#[test]
fn without_a_model_words_and_numbers_make_the_choice() {
    for (text, beat) in [
        ("I want to go to the tower", "tower"),
        ("3", "tower"),
        ("the first one", "heard"),
        ("Ask her anything!", "ask_mara"),
    ] {
        let (mut test, story) = at_the_ford(ModelSource::None, false);
        assert_eq!(heard(&mut test, story, text), Told::Beat(beat.into()), "{text}");
    }
}

#[test]
fn what_is_not_clear_is_asked_back_and_the_choice_stays_open() {
    let (mut test, story) = at_the_ford(ModelSource::None, false);
    assert_eq!(heard(&mut test, story, "towr"), Told::DidYouMean(vec!["ford_c".into()]));
    for nonsense in ["", "4", "🦀", "paint a picture of a horse", "Mara: <|endoftext|>"] {
        let told = heard(&mut test, story, nonsense);
        assert!(matches!(&told, Told::NotUnderstood(said) if !said.contains('<')), "{nonsense}: {told:?}");
    }
    test.choose(story, "ford_c");
    test.run_until(|test| test.log.all().contains(&Told::Beat("tower".into())));
    assert!(test.log.problems().iter().all(|problem| problem.contains("is_night")), "{:?}", test.log.problems());
}

#[test]
fn a_model_tells_what_the_words_do_not() {
    let model = scripted(|| {
        ScriptedGenerator::saying(" The bell, the bell.").with_scores(|request, text| {
            let is_asked = request.prompt.full().ends_with("You: off to the steeple tower\nYou, again:");
            if is_asked && text.contains("tower") { 30.0 } else { 0.0 }
        })
    });
    let (mut test, story) = at_the_ford(model, true);
    assert_eq!(heard(&mut test, story, "off to the steeple tower"), Told::Beat("tower".into()));
    let (mut test, story) = at_the_ford(ModelSource::None, false);
    assert_eq!(heard(&mut test, story, "off to the steeple tower"), Told::DidYouMean(vec!["ford_c".into()]));
}

/// Writes, and never scores anything.
struct Deaf(ScriptedGenerator);

impl TextGenerator for Deaf {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        if !matches!(request.task, Task::Score { .. }) {
            self.0.submit(id, request);
        }
    }
    fn cancel(&mut self, id: RequestId) {
        self.0.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.0.step(sink)
    }
    fn has_room(&self, _: Priority) -> bool {
        true
    }
    fn describe(&self) -> String {
        "deaf".into()
    }
}

struct DeafLoader;

impl GeneratorLoader for DeafLoader {
    fn load(&mut self, _: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        // "ford_2" has a ranking, which it would wait for; without a word it is the authored text.
        Ok(Box::new(Deaf(ScriptedGenerator::new(|_, _| Script::Silence))))
    }
}

#[test]
fn a_model_that_never_answers_is_not_waited_for() {
    let (mut test, story) = at_the_ford(ModelSource::custom(DeafLoader), true);
    test.settings().deadlines = true;
    test.say(story, "towr");
    test.pass(std::time::Duration::from_millis(600));
    assert!(!test.log.all().iter().any(|told| matches!(told, Told::DidYouMean(_))), "there is time left");
    test.pass(std::time::Duration::from_millis(200));
    assert!(test.log.all().contains(&Told::DidYouMean(vec!["ford_c".into()])));
    // A choice that is made meanwhile is made.
    test.say(story, "towr");
    test.choose(story, "ford_c");
    test.pass(std::time::Duration::from_secs(2));
    let asked = test.log.all().iter().filter(|told| matches!(told, Told::DidYouMean(_))).count();
    assert_eq!(asked, 1, "{:?}", test.log.all());
    assert!(test.log.all().contains(&Told::Beat("tower".into())));
}

#[test]
fn at_a_line_that_asks_it_is_a_question_and_elsewhere_nothing() {
    let (mut test, story) = at_the_ford(ModelSource::None, false);
    test.choose(story, "ford_b");
    let before = lines(&test);
    test.say(story, "Did the river rise?");
    test.run_until(|test| lines(test) > before);
    assert_eq!(test.log.last_line().expect("an answer").0, "The river rose four feet and took the lower bridge.");
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(drowned_bell());
    test.frame();
    test.say(story, "Hello?");
    assert!(test.log.problems().iter().any(|problem| problem.contains("nobody can be asked")));
}
