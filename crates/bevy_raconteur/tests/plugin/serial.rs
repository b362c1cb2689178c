//! Serials that are written in the background.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_app::App;
use bevy_asset::{AssetPlugin, AssetServer, Assets};
use bevy_ecs::prelude::*;
use bevy_raconteur::core::compose::seed_of;
use bevy_raconteur::core::generate::{Priority, Task};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::core::serial::{By, Opening, SerialReport};
use bevy_raconteur::prelude::*;
use bevy_raconteur::provenance::{AuthoredText, GeneratedText};
use bevy_raconteur::test_app::{TestApp, scripted};

const BELL: &str = include_str!("../../../../assets/serials/drowned_bell.serial.ron");

/// What has been told about serials.
#[derive(Resource, Clone, Default)]
struct Heard(Arc<Mutex<Vec<What>>>);

#[derive(Debug, Clone, PartialEq)]
enum What {
    Out(Entity, usize, bool),
    Ended(SerialReport),
    Problem(String, bool),
}

impl Heard {
    fn all(&self) -> Vec<What> {
        self.0.lock().unwrap().clone()
    }

    fn ended(&self) -> bool {
        self.all().iter().any(|what| matches!(what, What::Ended(_)))
    }

    fn out(&self) -> usize {
        self.all().iter().filter(|what| matches!(what, What::Out(..))).count()
    }
}

fn listening(mut test: TestApp) -> (TestApp, Heard) {
    let heard = Heard::default();
    test.app
        .insert_resource(heard.clone())
        .add_observer(|e: On<ChapterReady>, heard: Res<Heard>| {
            heard.0.lock().unwrap().push(What::Out(e.chapter, e.number, e.again));
        })
        .add_observer(|e: On<SerialEnded>, heard: Res<Heard>| {
            heard.0.lock().unwrap().push(What::Ended(e.report.clone()));
        })
        .add_observer(|e: On<SerialProblem>, heard: Res<Heard>| {
            heard.0.lock().unwrap().push(What::Problem(e.problem.clone(), e.goes_on));
        });
    (test, heard)
}

fn tell(test: &mut TestApp, make: impl FnOnce(bevy_asset::Handle<OpeningAsset>) -> Serial) -> Entity {
    let mut opening = Opening::from_ron(BELL).unwrap();
    // The doubles do not write in the form that suits the model in the box.
    (opening.policy.pattern, opening.policy.force) = (None, true);
    let handle = test.app.world_mut().resource_mut::<Assets<OpeningAsset>>().add(OpeningAsset::from(opening));
    test.app.world_mut().spawn(make(handle)).id()
}

fn chapters(test: &mut TestApp) -> Vec<(usize, String)> {
    let mut query = test.app.world_mut().query::<&Chapter>();
    let mut all: Vec<(usize, String)> =
        query.iter(test.app.world()).map(|chapter| (chapter.chapter.number, chapter.text())).collect();
    all.sort();
    all
}

/// Writes what depends on prompt and seed.
fn echo() -> ScriptedGenerator {
    ScriptedGenerator::new(echo_script())
}

#[test]
fn without_a_model_all_chapters_come_out_in_order_as_authored_text() {
    let (mut test, heard) = listening(TestApp::new(ModelSource::None));
    let serial = tell(&mut test, |opening| Serial::new(opening, 3));
    test.run_until(|_| heard.ended());
    let out: Vec<usize> = heard
        .all()
        .iter()
        .filter_map(|what| if let What::Out(_, number, false) = what { Some(*number) } else { None })
        .collect();
    assert_eq!(out, [1, 2, 3, 4, 5, 6]);
    let Some(What::Ended(report)) = heard.all().pop() else { panic!("the end is told last") };
    assert_eq!((report.generated, report.opened, report.first_closes_last), (0, 5, true));
    assert_eq!(report.entity_consistency, 1.0);
    let world = test.app.world_mut();
    assert_eq!(world.query_filtered::<&Chapter, With<AuthoredText>>().iter(world).count(), 6);
    assert_eq!(world.query_filtered::<&Chapter, With<GeneratedText>>().iter(world).count(), 0);
    assert!(world.get::<Serial>(serial).unwrap().is_over());
    assert!(world.query::<&Chapter>().iter(world).all(|chapter| chapter.serial == serial && chapter.of == 6));
    // It costs nothing more and tells nothing more.
    let told = heard.all().len();
    test.frame();
    assert_eq!(heard.all().len(), told);
}

#[test]
fn a_frame_tells_a_share_of_it() {
    let (mut test, _) = listening(TestApp::new(ModelSource::None));
    let serial = tell(&mut test, |opening| Serial::new(opening, 3));
    let mut before = 0;
    for _ in 0..6 {
        test.frame();
        let told = test.app.world().get::<Serial>(serial).unwrap().writer().map_or(0, |writer| writer.told().len());
        assert!(told - before <= 8, "{told} after {before}");
        before = told;
    }
    assert!(before > 0);
}

#[test]
fn what_a_model_writes_is_marked_and_asked_for_with_the_lowest_priority() {
    let priorities = Arc::new(Mutex::new(Vec::new()));
    let seen = priorities.clone();
    let (mut test, heard) = listening(TestApp::new(scripted(move || {
        let (seen, mut echo) = (seen.clone(), echo_script());
        ScriptedGenerator::new(move |request, candidate| {
            seen.lock().unwrap().push(request.priority);
            echo(request, candidate)
        })
    })));
    test.run_until_ready();
    tell(&mut test, |opening| Serial::new(opening, 3));
    test.run_until(|_| heard.ended());
    let Some(What::Ended(report)) = heard.all().pop() else { panic!("it has ended") };
    assert!(report.generated > 10 && report.first_closes_last, "{report:?}");
    assert_eq!((report.entity_consistency, report.without_must), (1.0, 0), "{:?}", report.misplaced);
    let world = test.app.world_mut();
    let marked = world.query_filtered::<&Chapter, With<GeneratedText>>().iter(world).count();
    assert!(marked >= 5, "{marked} of 6 chapters");
    for chapter in world.query_filtered::<&Chapter, With<AuthoredText>>().iter(world) {
        assert!(!chapter.chapter.is_generated());
    }
    let priorities = priorities.lock().unwrap();
    assert!(!priorities.is_empty() && priorities.iter().all(|priority| *priority == Priority::Ambient));
}

fn echo_script() -> impl FnMut(&bevy_raconteur::core::generate::GenerationRequest, usize) -> Script + Send {
    |request, candidate| {
        let Task::Continue { config, constraints, .. } = &request.task else { return Script::Silence };
        let number = seed_of(config.seed, &request.prompt.full(), candidate as u64) % 9973;
        let must: Vec<&str> = constraints.must.iter().filter_map(|group| group.first()).map(String::as_str).collect();
        Script::Say(format!(" It was number {number} of the night, with {} near.", must.join(" and ")))
    }
}

#[test]
fn nothing_is_asked_for_while_somebody_waits_for_words() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let (mut test, _) = listening(TestApp::new(scripted(move || {
        let seen = seen.clone();
        ScriptedGenerator::new(move |request, _| {
            seen.lock().unwrap().push(request.priority);
            Script::Never
        })
    })));
    test.run_until_ready();
    test.settings().deadlines = false;
    let mara = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    test.app.world_mut().trigger(Ask { entity: mara, text: "Is it safe?".into() });
    let serial = tell(&mut test, |opening| Serial::new(opening, 3));
    test.run_until(|_| !asked.lock().unwrap().is_empty());
    for _ in 0..50 {
        test.frame();
    }
    assert_eq!(*asked.lock().unwrap(), [Priority::Addressed], "the chapter waits");
    // The authored passages before it are told all the same.
    assert!(!test.app.world().get::<Serial>(serial).unwrap().writer().unwrap().told().is_empty());
    test.app.world_mut().despawn(mara);
    test.run_until(|_| asked.lock().unwrap().contains(&Priority::Ambient));
}

#[test]
fn a_serial_that_is_despawned_stops_and_its_chapters_stay() {
    let (mut test, heard) = listening(TestApp::new(scripted(echo)));
    test.run_until_ready();
    let serial = tell(&mut test, |opening| Serial::new(opening, 3));
    test.run_until(|_| heard.out() >= 2);
    test.app.world_mut().despawn(serial);
    for _ in 0..50 {
        test.frame();
    }
    assert!(!heard.ended());
    assert!(chapters(&mut test).len() >= 2);
    // The next one is not in its way.
    tell(&mut test, |opening| Serial::new(opening, 4));
    test.run_until(|_| heard.ended());
}

#[test]
fn a_generator_that_never_ends_fails_or_panics_is_no_end_of_the_serial() {
    for script in [Script::Never, Script::Panic, Script::Silence, Script::Babble("bell".into())] {
        let (mut test, heard) = listening(TestApp::new(scripted(move || {
            let script = script.clone();
            ScriptedGenerator::new(move |_, _| script.clone())
        })));
        test.run_until_ready();
        tell(&mut test, |opening| Serial::new(opening, 3));
        for _ in 0..4000 {
            if heard.ended() {
                break;
            }
            test.pass(Duration::from_secs(300));
            std::thread::sleep(Duration::from_micros(200));
        }
        let Some(What::Ended(report)) = heard.all().pop() else { panic!("it has not ended: {:?}", heard.all()) };
        assert_eq!((report.generated, report.closed), (0, 5));
    }
}

#[test]
fn saved_at_any_time_it_goes_on_with_the_same_words_and_its_chapters_are_there_again() {
    let whole = {
        let (mut test, heard) = listening(TestApp::new(scripted(echo)));
        test.run_until_ready();
        tell(&mut test, |opening| Serial::new(opening, 8));
        test.run_until(|_| heard.ended());
        chapters(&mut test)
    };
    for at in [7, 45] {
        let (mut test, _) = listening(TestApp::new(scripted(echo)));
        test.run_until_ready();
        let serial = tell(&mut test, |opening| Serial::new(opening, 8));
        let told = |test: &TestApp| {
            let serial = test.app.world().get::<Serial>(serial)?;
            serial.writer().map(|writer| writer.told().len()).filter(|told| *told >= at)
        };
        test.run_until(|test| told(test).is_some());
        let save = test.app.world().get::<Serial>(serial).unwrap().save().unwrap();
        let out = save.published;
        drop(test);

        let text = ron::to_string(&save).unwrap();
        let save: SerialSave = ron::from_str(&text).unwrap();
        let (mut test, heard) = listening(TestApp::new(scripted(echo)));
        test.run_until_ready();
        tell(&mut test, |opening| Serial::resuming(opening, save));
        test.run_until(|_| heard.ended());
        assert_eq!(chapters(&mut test), whole, "saved at {at}");
        let again = heard.all().iter().filter(|what| matches!(what, What::Out(_, _, true))).count();
        assert_eq!(again, out);
    }
}

#[test]
fn chapters_on_request_wait_for_it() {
    let (mut test, heard) = listening(TestApp::new(ModelSource::None));
    let serial =
        tell(&mut test, |opening| Serial::new(opening, 3).with_release(ChapterRelease::OnRequest).with_chapters(5));
    for _ in 0..60 {
        test.frame();
    }
    assert_eq!(heard.out(), 0);
    let complete = test.app.world().get::<Serial>(serial).unwrap().writer().unwrap().complete();
    assert_eq!(complete, 5, "it is written ahead");
    for number in 1..=5 {
        test.app.world_mut().trigger(PublishChapter { entity: serial });
        test.frame();
        assert_eq!(heard.out(), number);
    }
    assert!(heard.ended());
}

#[test]
fn what_cannot_be_told_says_so_once_and_the_app_goes_on() {
    let (mut test, heard) = listening(TestApp::new(ModelSource::None));
    tell(&mut test, |opening| Serial::new(opening, 3).with_chapters(400));
    let (mut other, _) = listening(TestApp::new(ModelSource::None));
    let saved = tell(&mut other, |opening| Serial::new(opening, 3));
    other.frame();
    let mut save = other.app.world().get::<Serial>(saved).unwrap().save().unwrap();
    save.serial.format = 99;
    tell(&mut test, |opening| Serial::resuming(opening, save.clone()));
    for _ in 0..5 {
        test.frame();
    }
    let problems: Vec<What> = heard.all();
    assert_eq!(problems.len(), 2, "{problems:?}");
    for what in ["at most 60", "format 99"] {
        let told = problems.iter().any(|problem| matches!(problem, What::Problem(text, false) if text.contains(what)));
        assert!(told, "{what}: {problems:?}");
    }
}

#[test]
fn an_opening_is_loaded_from_a_file_and_a_broken_one_says_where() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bell.serial.ron"), BELL).unwrap();
    std::fs::write(
        folder.path().join("bad.serial.ron"),
        BELL.replace("after: [\"plank/closes\"]", "after: [\"plank/ends\"]"),
    )
    .unwrap();
    let mut app = App::new();
    app.add_plugins((
        bevy_app::TaskPoolPlugin::default(),
        bevy_time::TimePlugin,
        AssetPlugin { file_path: folder.path().to_string_lossy().into_owned(), ..Default::default() },
    ));
    app.add_plugins(NarrativePlugins::new(ModelSource::None));
    let (mut test, heard) = listening(TestApp::around(app));
    for name in ["bell.serial.ron", "bad.serial.ron"] {
        let opening = test.app.world().resource::<AssetServer>().load(name);
        test.app.world_mut().spawn(Serial::new(opening, 2));
    }
    test.run_until(|_| heard.ended() && heard.all().iter().any(|what| matches!(what, What::Problem(..))));
    let problem = |what| if let What::Problem(text, goes_on) = what { Some((text, goes_on)) } else { None };
    let problems: Vec<(String, bool)> = heard.all().into_iter().filter_map(problem).collect();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].0.contains("'plank/ends' is no step") && !problems[0].1, "{problems:?}");
}

#[test]
fn a_passage_knows_who_wrote_it() {
    let (mut test, heard) = listening(TestApp::new(scripted(echo)));
    test.run_until_ready();
    tell(&mut test, |opening| Serial::new(opening, 3));
    test.run_until(|_| heard.ended());
    let world = test.app.world_mut();
    let mut query = world.query::<&Chapter>();
    let passages = query.iter(world).flat_map(|chapter| &chapter.chapter.paragraphs).flat_map(|p| &p.passages);
    for told in passages {
        assert_eq!(told.by == By::Model, told.text.starts_with("It was number"), "{told:?}");
    }
}
