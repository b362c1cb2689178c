//! What is read ahead is the beginning of what will be asked, and it is in nobody's way.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::sync::{Arc, Mutex};

use raconteur_core::compose::{Composed, Composer, Talk};
use raconteur_core::desk::{Desk, ReadAhead};
use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Sink, Task,
    TextGenerator,
};
use raconteur_core::judge::Rules;
use raconteur_core::persona::Persona;
use raconteur_core::player_text::PlayerText;
use raconteur_core::prompt::Prompt;
use raconteur_core::request::{LineEvent, LineRequest, Ranking, Turn, Why, Work};
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::scripted::{Script, ScriptedGenerator};
use raconteur_core::story::format::{Gen, Policy, Rank, Story};
use raconteur_core::template::Templates;

fn drowned_bell() -> Arc<Story> {
    use ron::extensions::Extensions;
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    let source = include_str!("../../../assets/stories/drowned_bell.story.ron");
    Arc::new(ron::Options::default().with_default_extension(extensions).from_str(source).unwrap())
}

fn prompt(request: &LineRequest) -> &Prompt {
    request.work.prompt()
}

#[test]
fn the_first_line_of_every_speaker_begins_as_was_read_ahead() {
    let story = drowned_bell();
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    let (mut runner, _) = Runner::new(story.clone(), 11, &NoHost).unwrap();
    let mut lines = 0;
    for _ in 0..60 {
        let beat = story.beats.get(&runner.state().beat).unwrap();
        let ahead = composer.read_ahead(&runner, None, Priority::Ambient, &NoHost);
        let texts: Vec<String> = ahead.iter().map(|ahead| ahead.prompt.full()).collect();
        assert!(ahead.iter().all(|ahead| ahead.room > 0 && ahead.prompt.start_of_text));
        let mut seen = Vec::new();
        for line in beat.lines.iter().filter(|line| !matches!(line.generate, None | Some(Gen::Answer { .. }))) {
            if seen.contains(&&line.who) {
                continue;
            }
            seen.push(&line.who);
            if let Composed::Request(request) = composer.line(&runner, line, &NoHost) {
                let whole = prompt(&request).full();
                let known = texts.iter().filter(|text| whole.starts_with(*text)).map(String::len).max();
                let voice = composer.story().cast.get(&line.who).map_or("", |character| character.voice.as_str());
                assert!(known.is_some_and(|known| whole[..known].contains(voice)), "{}: {whole}\n{texts:?}", line.id);
                lines += 1;
            }
        }
        let one = beat.lines.first().map(|line| line.who.as_str());
        let of_one = composer.read_ahead(&runner, one, Priority::OnScreen, &NoHost);
        assert!(of_one.len() <= ahead.len() && of_one.iter().all(|ahead| ahead.priority == Priority::OnScreen));
        match runner.moment() {
            Moment::Line { .. } => drop(runner.advance(&NoHost).unwrap()),
            Moment::Choices(open) => drop(runner.choose(&open[0].id, &NoHost).unwrap()),
            Moment::Slot { outcomes } => drop(runner.choose(&outcomes[0].id, &NoHost).unwrap()),
            _ => break,
        }
    }
    assert!(lines >= 5, "{lines} lines were compared");
}

#[test]
fn a_question_about_one_fact_begins_as_was_read_ahead() {
    let story = drowned_bell();
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    let (mut runner, _) = Runner::new(story.clone(), 11, &NoHost).unwrap();
    while runner.state().beat != "ask_mara" {
        match runner.moment() {
            Moment::Choices(_) => drop(runner.choose("ford_b", &NoHost).unwrap()),
            _ => drop(runner.advance(&NoHost).unwrap()),
        }
    }
    let line = runner.line().unwrap().clone();
    let ahead = composer.read_ahead(&runner, Some("mara"), Priority::OnScreen, &NoHost);
    for question in ["What became of the bell?", "Did the river rise?"] {
        let composed = composer.answer(&runner, &line, &PlayerText::new(question), &NoHost);
        let Composed::Request(request) = composed else { panic!("{composed:?}") };
        let whole = prompt(&request).full();
        let known = ahead.iter().map(|ahead| ahead.prompt.full()).filter(|text| whole.starts_with(text));
        assert!(known.into_iter().any(|text| text.contains("ferrywoman")), "{whole}\n{ahead:?}");
    }
    let of_facts = ahead.iter().filter(|ahead| ahead.prompt.full().contains("ferrywoman"));
    assert_eq!(of_facts.count(), 2, "one for each fact, beside the context without a scene: {ahead:?}");
}

#[test]
fn the_prompt_of_a_question_begins_as_was_read_ahead() {
    let persona = Persona::new("Ivo", "smuggler; quick");
    let facts = ["The boat leaves at dawn.".to_owned(), "The tide is late.".to_owned()];
    let history = [Turn { who: "Ivo".to_owned(), text: "You're late.".to_owned() }];
    let policy = Policy { rank: Rank::First, ..Policy::default() };
    let heard = PlayerText::new("When do we leave?");
    let talk = |heard| Talk {
        persona: &persona,
        setting: "A quay at night.",
        facts: &facts,
        history: &history,
        said: &[],
        listener: "You",
        heard,
        goal: "",
        must: &[],
        must_not: &[],
        policy: &policy,
        fallback: "",
        priority: Priority::OnScreen,
        seed: 3,
    };
    let ahead = talk(None).read_ahead(&Templates::default());
    let whole = prompt(&talk(Some(&heard)).request(&Templates::default())).full();
    assert_eq!(whole.strip_prefix(&ahead.prompt.full()), Some("When do we leave?\nIvo:"));
    assert_eq!((ahead.room, ahead.priority), (policy.tokens.1, Priority::OnScreen));
}

/// Notes what it is asked for, and says something to everybody.
struct Noting {
    inner: ScriptedGenerator,
    asked: Arc<Mutex<Vec<(String, bool)>>>,
    cancelled: usize,
}

impl TextGenerator for Noting {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        let read = matches!(request.task, Task::Read { .. });
        self.asked.lock().unwrap().push((request.prompt.full(), read));
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.cancelled += 1;
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        self.inner.step(sink)
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        "noting".into()
    }
}

fn noting(room: usize) -> (Noting, Arc<Mutex<Vec<(String, bool)>>>) {
    let asked = Arc::default();
    let inner = ScriptedGenerator::new(|_, _| Script::Say(" Yes, it is so.".into())).with_room(room);
    (Noting { inner, asked: Arc::clone(&asked), cancelled: 0 }, asked)
}

fn ahead(text: &str, priority: Priority) -> ReadAhead {
    ReadAhead { prompt: Prompt::text(text), room: 40, priority }
}

fn line(text: &str, priority: Priority) -> LineRequest {
    LineRequest {
        work: Work::Write {
            prompt: Prompt::text(text),
            config: GenerationConfig::default(),
            constraints: Constraints::default(),
            rules: Rules::default(),
            ranking: Ranking::First,
            stream: false,
        },
        fallback: "Hm.".into(),
        priority,
        budget_ms: 1000,
    }
}

#[test]
fn lines_go_first_and_nothing_is_told_about_what_is_read_ahead() {
    let (mut generator, asked) = noting(1);
    let mut desk = Desk::new(8);
    desk.read_ahead(ahead("a", Priority::Ambient));
    desk.read_ahead(ahead("a", Priority::Ambient));
    desk.read_ahead(ahead("b", Priority::Ambient));
    desk.read_ahead(ahead("looked at", Priority::OnScreen));
    assert!(!desk.is_idle() && desk.live() + desk.queued() == 0, "it is work, but no line");
    let mut told = Vec::new();
    for id in 0..2 {
        desk.submit(RequestId(id), line("line", Priority::Ambient), &mut |id, event| told.push((id, event)));
    }
    let mut steps = 0;
    while desk.step(&mut generator, &mut |id, event| told.push((id, event))) == Progress::Working {
        steps += 1;
        assert!(steps < 100, "it does not end");
    }
    let asked: Vec<String> = asked.lock().unwrap().iter().map(|(text, _)| text.clone()).collect();
    assert_eq!(asked, ["line", "line", "looked at", "a", "b"], "the most urgent first");
    assert!(told.iter().all(|(id, _)| id.0 < 2));
    let ends = told.iter().filter(|(_, event)| matches!(event, LineEvent::Finished(_))).count();
    assert_eq!((ends, generator.cancelled), (2, 0));
    assert!(desk.is_idle());
}

#[test]
fn there_are_never_many_of_them_and_they_go_with_the_generator() {
    let (mut generator, asked) = noting(8);
    let mut desk = Desk::new(8);
    for number in 0..40 {
        desk.read_ahead(ahead(&number.to_string(), Priority::Ambient));
    }
    while desk.step(&mut generator, &mut |_, _| panic!("nobody asked")) == Progress::Working {}
    let read = asked.lock().unwrap().len();
    assert_eq!(read, 16);
    assert!(asked.lock().unwrap().iter().all(|(text, read)| *read && text.parse::<u32>().unwrap() >= 24));
    desk.read_ahead(ahead("x", Priority::Ambient));
    desk.read_ahead(ahead("y", Priority::Ambient));
    desk.step(&mut generator, &mut |_, _| ());
    desk.abandon_begun(&Why::WorkerPanicked, &mut |_, _| panic!("nobody asked"));
    assert!(desk.is_idle());
}

/// Takes requests and never says a word about reading.
struct Deaf;

impl TextGenerator for Deaf {
    fn submit(&mut self, _: RequestId, _: GenerationRequest) {}
    fn cancel(&mut self, _: RequestId) {}
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        // Something about a request that nobody made.
        sink(RequestId(77), GenerationEvent::Scored { scores: Vec::new() });
        Progress::Idle
    }
    fn has_room(&self, _: Priority) -> bool {
        true
    }
    fn describe(&self) -> String {
        "deaf".into()
    }
}

#[test]
fn a_generator_that_never_answers_keeps_nobody_busy() {
    let mut desk = Desk::new(8);
    desk.read_ahead(ahead("a", Priority::Ambient));
    desk.read_ahead(ahead("b", Priority::Ambient));
    for _ in 0..3 {
        desk.step(&mut Deaf, &mut |_, _| panic!("nobody asked"));
    }
    assert!(desk.is_idle());
}
