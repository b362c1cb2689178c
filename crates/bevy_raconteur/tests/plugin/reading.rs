//! Questions to documents: by NPCs, by a journal, with a model and without one.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_app::App;
use bevy_asset::{AssetPlugin, AssetServer, Assets, Handle};
use bevy_ecs::prelude::*;
use bevy_raconteur::core::generate::GenerationRequest;
use bevy_raconteur::core::reading::{Journal as Entries, JournalData, Library, Outcome, Reason, leaks};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::story;

const FILE: &str = r#"Documents(format: 1, documents: {
    "notice": (title: "Notice at the ferry", kind: Notice, author: "Mara Venn", text: [
        "The toll is two coppers. Goats pay half. The ferry does not cross after dark, because the rope cannot be seen."]),
    "book": (title: "On bells", kind: Book, author: "Brother Aldous", text: [
        "The bell of Saint Wenna was cast in Harrow by Hew Tallow. It weighs nine hundred pounds."]),
    "letter": (title: "To the smith", kind: Letter, author: "Odo", secret: true, readers: ["odo"], keys: ["debt"], text: [
        "I owe you forty silver. The bell will be in your yard on Friday."]),
    "late": (title: "Proof", kind: Note, when: "clues >= 1", text: ["The wagon stood at the north door."]),
})"#;

/// What has been told of documents, in order.
#[derive(Resource, Clone, Default)]
struct Told(Arc<Mutex<Vec<Event>>>);

#[derive(Debug, Clone, PartialEq)]
enum Event {
    Answered(Entity, String, Outcome),
    Collected(String, bool),
    Problem(ReadingProblem),
}

impl Told {
    fn all(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let outcome = |event| if let Event::Answered(_, _, outcome) = event { Some(outcome) } else { None };
        self.all().into_iter().filter_map(outcome).collect()
    }

    fn problems(&self) -> Vec<ReadingProblem> {
        let problem = |event| if let Event::Problem(problem) = event { Some(problem) } else { None };
        self.all().into_iter().filter_map(problem).collect()
    }
}

struct Archive {
    test: TestApp,
    told: Told,
    library: Handle<DocumentsAsset>,
}

fn listen(test: &mut TestApp) -> Told {
    let told = Told::default();
    test.app.insert_resource(told.clone());
    let note = |told: &Told, event| told.0.lock().unwrap().push(event);
    test.app
        .add_observer(move |e: On<DocumentsAnswered>, told: Res<Told>| {
            note(&told, Event::Answered(e.entity, e.question.clone(), e.outcome.clone()));
        })
        .add_observer(move |e: On<DocumentCollected>, told: Res<Told>| {
            note(&told, Event::Collected(e.document.clone(), e.again));
        })
        .add_observer(move |e: On<DocumentsProblem>, told: Res<Told>| note(&told, Event::Problem(e.problem.clone())));
    told
}

impl Archive {
    fn new(model: ModelSource) -> Self {
        let mut test = TestApp::new(model);
        let told = listen(&mut test);
        let library = Library::from_ron(FILE).unwrap();
        let library = test.app.world_mut().resource_mut::<Assets<DocumentsAsset>>().add(library);
        Self { test, told, library }
    }

    /// With a model that says what a closure says; its prompts are noted.
    fn writing(mut say: impl FnMut(usize) -> Script + Clone + Send + 'static) -> (Self, Arc<Mutex<Vec<String>>>) {
        let prompts: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = prompts.clone();
        let _ = &mut say;
        let mut archive = Self::new(scripted(move || {
            let (seen, scored, mut say) = (seen.clone(), seen.clone(), say.clone());
            ScriptedGenerator::new(move |request: &GenerationRequest, candidate| {
                seen.lock().unwrap().push(request.prompt.full());
                say(candidate)
            })
            .with_scores(move |request: &GenerationRequest, text| {
                scored.lock().unwrap().push(format!("{} | {text}", request.prompt.full()));
                text.len() as f32 * 0.3
            })
        }));
        archive.test.run_until_ready();
        (archive, prompts)
    }

    fn spawn(&mut self, bundle: impl Bundle) -> Entity {
        self.test.app.world_mut().spawn(bundle).id()
    }

    fn reads(&self, name: &str) -> Reads {
        Reads::new(self.library.clone(), name)
    }

    fn ask(&mut self, entity: Entity, text: &str) -> Outcome {
        let before = self.told.outcomes().len();
        self.test.app.world_mut().trigger(AskDocuments { entity, text: text.into() });
        self.wait(before)
    }

    fn say(&mut self, entity: Entity, text: &str) -> Outcome {
        let before = self.told.outcomes().len();
        self.test.app.world_mut().trigger(Ask { entity, text: text.into() });
        self.wait(before)
    }

    fn wait(&mut self, before: usize) -> Outcome {
        let told = self.told.clone();
        self.test.run_until(|_| told.outcomes().len() > before);
        self.test.frame();
        assert_eq!(told.outcomes().len(), before + 1, "each question ends once");
        told.outcomes().pop().unwrap()
    }
}

fn quote(outcome: &Outcome) -> &str {
    outcome.answer().map_or("", |answer| answer.quote.as_str())
}

#[test]
fn without_a_model_a_reader_quotes_the_sentence_and_says_where_it_stands() {
    let mut archive = Archive::new(ModelSource::None);
    let reader = archive.reads("player");
    let reader = archive.spawn(reader);
    let outcome = archive.ask(reader, "How much is the toll?");
    let answer = outcome.answer().expect("the notice says it");
    assert_eq!(answer.text, "“The toll is two coppers.” (Notice at the ferry)");
    assert_eq!((answer.document.as_str(), answer.quote.as_str()), ("notice", "two coppers"));
    assert_eq!(answer.source, Source::Authored(Why::ModelOff));
    assert_eq!(archive.ask(reader, "How much do horses pay?"), Outcome::Abstained(Reason::NotSaid));
    assert_eq!(archive.ask(reader, "\u{0}🦀"), Outcome::Abstained(Reason::NoQuestion));
    assert!(archive.test.log.generated().is_empty(), "nobody speaks");
}

#[test]
fn an_npc_words_what_it_has_read_and_remembers_the_talk() {
    let (mut archive, prompts) = Archive::writing(|_| Script::Say(" Two coppers, as it ever was.".into()));
    let reads = archive.reads("mara");
    let mara = archive.spawn((reads, Persona::new("Mara", "ferrywoman; dry")));
    let outcome = archive.say(mara, "How much is the toll?");
    let answer = outcome.answer().expect("the notice says it").clone();
    assert!(answer.worded, "{answer:?}");
    assert_eq!((answer.text.as_str(), answer.quote.as_str()), ("Two coppers, as it ever was.", "two coppers"));
    assert_eq!(archive.test.log.generated(), [(answer.text.clone(), answer.source.clone())]);
    let history = archive.test.app.world().get::<Persona>(mara).unwrap().history().to_vec();
    let turns: Vec<&str> = history.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(turns, ["How much is the toll?", "Two coppers, as it ever was."]);
    let prompts = prompts.lock().unwrap().clone();
    assert!(prompts.iter().any(|prompt| prompt.contains("The toll is two coppers.")), "{prompts:?}");
    assert!(prompts.iter().all(|prompt| !prompt.contains("forty silver")), "{prompts:?}");
    // The question has an entity of its own, which is gone.
    assert!(archive.test.app.world().get::<Speaking>(mara).is_none());
}

#[test]
fn what_a_model_makes_up_is_not_said() {
    for made_up in
        [" Three coppers.", " Two coppers, says Corin.", " Two coppers; mind the debt.", "", "\u{fffd}\u{fffd}"]
    {
        let (mut archive, _) = Archive::writing(move |_| Script::Say(made_up.into()));
        let reads = archive.reads("mara");
        let mara = archive.spawn((reads, Persona::new("Mara", "ferrywoman; dry")));
        let outcome = archive.say(mara, "How much is the toll?");
        let answer = outcome.answer().expect("the notice says it");
        assert!(!answer.worded);
        assert_eq!(answer.text, "“The toll is two coppers.” (Notice at the ferry)", "{made_up}");
    }
}

#[test]
fn nothing_of_a_closed_document_stands_in_a_prompt_or_an_answer() {
    let (mut archive, prompts) = Archive::writing(|_| Script::Say(" I owe you forty silver.".into()));
    let reads = archive.reads("mara");
    let mara = archive.spawn((reads, Persona::new("Mara", "ferrywoman; dry").unsure("Ask the river.")));
    let library = Library::from_ron(FILE).unwrap();
    let access = library.open_to(&["mara".to_owned()], &bevy_raconteur::core::reading::NoStory);
    for question in ["How much does Odo owe?", "When will the bell be in the yard?", "What debt?", "Who cast the bell?"]
    {
        let outcome = archive.say(mara, question);
        let said = archive.test.log.generated().pop().unwrap().0;
        for text in prompts.lock().unwrap().iter().chain([&said]) {
            let found = leaks(
                text,
                &library,
                &access,
                &["How much does Odo owe? When will the bell be in the yard? What debt? Who cast the bell?"],
            );
            assert_eq!(found, None, "{question}: {text}");
        }
        assert_ne!(outcome.answer().map(|answer| answer.document.as_str()), Some("letter"));
    }
    let reads = archive.reads("odo");
    let odo = archive.spawn(reads);
    assert_eq!(quote(&archive.ask(odo, "How much do I owe the smith?")), "forty silver", "it is his own letter");
}

#[test]
fn what_documents_do_not_say_is_answered_from_what_an_npc_knows_or_not_at_all() {
    let (mut archive, prompts) = Archive::writing(|_| Script::Say(" It rang twice.".into()));
    let persona = Persona::new("Mara", "ferrywoman; dry").unsure("Ask the river.");
    let reads = archive.reads("mara");
    let silent = archive.spawn((reads.clone(), persona.clone()));
    assert!(archive.say(silent, "Who taught the heron?").answer().is_none());
    assert_eq!(archive.test.log.generated(), [("Ask the river.".into(), Source::Authored(Why::Unsure))]);
    assert!(prompts.lock().unwrap().is_empty(), "no model is asked to make something up");
    let knowing = archive.spawn((reads, persona.knowing("The heron rang it twice.")));
    assert!(archive.say(knowing, "Who taught the heron?").answer().is_none());
    archive.test.run_until(|test| test.log.generated().len() == 2);
    assert_eq!(archive.test.log.generated()[1].0, "It rang twice.");
    archive.test.app.world_mut().trigger(Ask { entity: silent, text: "🦀".into() });
    archive.test.run_until(|test| test.log.generated().len() == 3);
    assert!(archive.test.log.problems().is_empty());
}

#[test]
fn a_journal_is_asked_only_about_what_it_holds_and_goes_through_a_save() {
    let mut archive = Archive::new(ModelSource::None);
    let reads = archive.reads("player");
    let player = archive.spawn((reads.clone(), Journal::default()));
    assert_eq!(archive.ask(player, "How much is the toll?"), Outcome::Abstained(Reason::NoDocuments));
    for document in ["book", "notice", "notice", "letter", "nothing"] {
        archive.test.app.world_mut().trigger(CollectDocument { entity: player, document: document.into(), at: 7 });
    }
    archive.test.frame();
    let told = archive.told.all();
    assert!(
        told.contains(&Event::Collected("book".into(), false))
            && told.contains(&Event::Collected("notice".into(), true))
    );
    let problems = archive.told.problems();
    assert_eq!(
        problems,
        [ReadingProblem::NotForThem("letter".into()), ReadingProblem::NoSuchDocument("nothing".into())]
    );
    archive.test.app.world_mut().get_mut::<Journal>(player).unwrap().now = 12;
    assert_eq!(quote(&archive.ask(player, "How much is the toll?")), "two coppers");

    let journal = archive.test.app.world().get::<Journal>(player).unwrap();
    assert_eq!(journal.entries.kept()[0].quote, "two coppers");
    assert_eq!((journal.entries.kept()[0].at, journal.entries.documents()[0].at), (12, 7));
    let text = ron::ser::to_string(&journal.entries.data()).unwrap();
    let data: JournalData = ron::from_str(&text).unwrap();
    let library = Library::from_ron(FILE).unwrap();
    let (entries, lost) = Entries::from_data(data, Some(&library)).unwrap();
    assert!(lost.is_empty());
    let later = archive.spawn((reads, Journal::resume(entries)));
    assert_eq!(quote(&archive.ask(later, "Who cast the bell?")), "Hew Tallow");

    let stone = archive.spawn(());
    archive.test.app.world_mut().trigger(AskDocuments { entity: stone, text: "Who?".into() });
    archive.test.app.world_mut().trigger(CollectDocument { entity: stone, document: "book".into(), at: 0 });
    archive.test.frame();
    let problems = archive.told.problems();
    assert_eq!(problems[2..], [ReadingProblem::NoReader("Reads"), ReadingProblem::NoReader("Journal and Reads")]);
}

#[test]
fn a_document_opens_when_its_story_says_so() {
    let mut archive = Archive::new(ModelSource::None);
    let story = story(
        r#"Story(format: 1, id: "x", start: "a", vars: { "clues": Int(init: 0, min: 0, max: 3) },
            cast: { "ann": (name: "Ann") }, game: (reads: ["clues"]),
            beats: { "a": (lines: [(id: "a_1", who: "ann", say: "One.")], then: ["clues += 1"], next: "z"),
                     "z": (lines: [(id: "z_1", who: "ann", say: "Two.")], end: true) })"#,
    );
    let story = archive.test.play(story);
    archive.test.frame();
    let reads = archive.reads("player").in_story(story);
    let reader = archive.spawn(reads);
    assert!(archive.ask(reader, "Where did the wagon stand?").answer().is_none());
    archive.test.advance(story);
    archive.test.frame();
    assert_eq!(quote(&archive.ask(reader, "Where did the wagon stand?")), "at the north door");
}

#[test]
fn many_questions_at_once_each_end_once_and_in_order() {
    let mut archive = Archive::new(ModelSource::None);
    let reads = archive.reads("player");
    let reader = archive.spawn(reads);
    for at in 0..21 {
        archive
            .test
            .app
            .world_mut()
            .trigger(AskDocuments { entity: reader, text: format!("Is the toll {at} coppers?") });
    }
    let mut frames = 0;
    while archive.told.outcomes().len() < 21 {
        archive.test.frame();
        frames += 1;
        assert!(archive.told.outcomes().len() <= frames * 4, "a frame has a limit");
        assert!(frames < 100);
    }
    archive.test.frame();
    let asked = |event| if let Event::Answered(_, question, _) = event { Some(question) } else { None };
    let asked: Vec<String> = archive.told.all().into_iter().filter_map(asked).collect();
    let wanted: Vec<String> = (0..21).map(|at| format!("Is the toll {at} coppers?")).collect();
    assert_eq!(asked, wanted);
}

#[test]
fn a_model_that_never_answers_costs_its_words_only() {
    for hurry in [false, true] {
        let (mut archive, _) = Archive::writing(|_| Script::Never);
        let reads = archive.reads("mara");
        let mara = archive.spawn((reads, Persona::new("Mara", "dry")));
        archive.test.app.world_mut().trigger(Ask { entity: mara, text: "How much is the toll?".into() });
        // Spans are ranked, then the wording hangs.
        archive.test.run_until(|test| test.app.world().get::<Speaking>(mara).is_some());
        if hurry {
            archive.test.app.world_mut().trigger(Interrupt { entity: mara });
        } else {
            archive.test.pass(Duration::from_secs(11));
        }
        let told = archive.told.clone();
        archive.test.run_until(|_| !told.outcomes().is_empty());
        let outcome = told.outcomes().remove(0);
        assert_eq!(quote(&outcome), "two coppers");
        let why = if hurry { Why::Interrupted } else { Why::Late };
        assert_eq!(outcome.answer().unwrap().source, Source::Authored(why));
        archive.test.frame();
        archive.test.frame();
        assert!(archive.test.app.world().get::<Speaking>(mara).is_none(), "nothing is left open");
    }
}

#[test]
fn a_reader_that_goes_takes_its_questions_along() {
    let (mut archive, _) = Archive::writing(|_| Script::Never);
    let reads = archive.reads("mara");
    let mara = archive.spawn((reads, Persona::new("Mara", "dry")));
    archive.test.app.world_mut().trigger(Ask { entity: mara, text: "How much is the toll?".into() });
    archive.test.frame();
    archive.test.frame();
    archive.test.app.world_mut().despawn(mara);
    for _ in 0..5 {
        archive.test.frame();
    }
    assert!(archive.told.outcomes().is_empty() && archive.test.log.generated().is_empty());
}

#[test]
fn somebody_in_a_scene_of_the_games_own_does_not_answer() {
    let mut archive = Archive::new(ModelSource::None);
    let reads = archive.reads("mara");
    let mara = archive.spawn((reads, Persona::new("Mara", "dry").unsure("Hm."), SpeakerState::Scripted));
    archive.test.app.world_mut().trigger(Ask { entity: mara, text: "How much is the toll?".into() });
    archive.test.frame();
    assert_eq!(archive.test.log.generated(), [("Hm.".into(), Source::Cancelled)]);
    assert_eq!(quote(&archive.ask(mara, "How much is the toll?")), "two coppers", "the game may still look it up");
}

#[test]
fn a_panic_of_the_model_leaves_the_answer_of_the_keys() {
    let (mut archive, _) = Archive::writing(|_| Script::Panic);
    let reads = archive.reads("mara");
    let mara = archive.spawn((reads, Persona::new("Mara", "dry")));
    let outcome = archive.say(mara, "How much is the toll?");
    assert_eq!(quote(&outcome), "two coppers");
    assert_eq!(outcome.answer().unwrap().source, Source::Authored(Why::WorkerPanicked));
}

#[test]
fn a_file_is_loaded_and_a_broken_one_says_where() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.documents.ron"), FILE).unwrap();
    fs::write(folder.path().join("bad.documents.ron"), FILE.replace("clues >= 1", "clues >=")).unwrap();
    fs::write(folder.path().join("cut.documents.ron"), &FILE[..200]).unwrap();
    fs::write(folder.path().join("bytes.documents.ron"), [0xff, 0xfe, 0x00]).unwrap();
    let mut app = App::new();
    app.add_plugins((
        bevy_app::TaskPoolPlugin::default(),
        bevy_time::TimePlugin,
        AssetPlugin { file_path: folder.path().to_string_lossy().into_owned(), ..Default::default() },
    ));
    app.add_plugins(NarrativePlugins::new(ModelSource::None));
    let mut test = TestApp::around(app);
    let told = listen(&mut test);
    for (file, part) in [
        ("bad.documents.ron", "\"clues >=\", which cannot be read"),
        ("cut.documents.ron", "cut.documents.ron: the documents cannot be read at line 3"),
        ("bytes.documents.ron", "UTF-8"),
        ("none.documents.ron", "none.documents.ron"),
    ] {
        let handle = test.app.world().resource::<AssetServer>().load(file);
        let reader = test.app.world_mut().spawn(Reads::new(handle, "player")).id();
        let before = told.problems().len();
        test.run_until(|_| told.problems().len() > before);
        let problem = told.problems().pop().unwrap().to_string();
        assert!(problem.contains(part), "{problem}");
        test.app.world_mut().trigger(AskDocuments { entity: reader, text: "How much is the toll?".into() });
        let before = told.outcomes().len();
        test.run_until(|_| told.outcomes().len() > before);
        assert_eq!(told.outcomes().pop(), Some(Outcome::Abstained(Reason::NoDocuments)));
    }
    let handle = test.app.world().resource::<AssetServer>().load("good.documents.ron");
    let reader = test.app.world_mut().spawn(Reads::new(handle, "player")).id();
    // It is asked before the file is there, and waits for it.
    test.app.world_mut().trigger(AskDocuments { entity: reader, text: "How much is the toll?".into() });
    let before = told.outcomes().len();
    test.run_until(|_| told.outcomes().len() > before);
    assert_eq!(told.outcomes().pop().as_ref().map(quote), Some("two coppers"));
}
