//! Quest hooks on a board: found, ranked, shown, taken, done.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy_asset::{Assets, Handle};
use bevy_ecs::prelude::*;
use bevy_raconteur::core::plot::{BoardData, HookSet};
use bevy_raconteur::core::scripted::{Adversary, Script, ScriptedGenerator, Temper};
use bevy_raconteur::core::story::source::Source as File;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

use crate::stories::story;

/// A post with two notes; what is on them is for the hooks to say.
fn post() -> Arc<Story> {
    story(
        r#"Story(
            format: 1, id: "post", start: "a", ends: ["z"],
            vars: { "work": Enum(init: "none", of: ["none", "begun", "done", "left"]),
                    "whose": Enum(init: "nobody", of: ["nobody", "mara", "odo", "pell"]) },
            host: { "hook_open": (args: [Text], ret: Bool) },
            game: (reads: ["work"], writes: ["whose"]),
            cast: { "mara": (name: "Mara", voice: "dry"), "odo": (name: "Odo") },
            beats: {
                "a": (setting: "A gate post.", lines: [(id: "a1", who: "mara", say: "Read them yourself.")], next: "post"),
                "post": (slot: (offer: 2, always: ["go"], outcomes: [
                    (id: "note_1", say: "Read a note.",       to: "b", when: "hook_open(note_1)", then: ["work = begun"]),
                    (id: "note_2", say: "Read another note.", to: "b", when: "hook_open(note_2)", then: ["work = begun"]),
                    (id: "go", say: "Go.", to: "z"),
                ])),
                "b": (lines: [(id: "b_mara", who: "mara", say: "Mine.", when: "whose == mara"),
                              (id: "b_odo", who: "odo", say: "Mine.", when: "whose == odo"),
                              (id: "b_pell", who: "mara", say: "Pell's.", when: "whose == pell")],
                      choices: [(id: "do", say: "Do it.", to: "a", then: ["work = done"]),
                                (id: "leave", say: "Leave it.", to: "a", then: ["work = left"])]),
                "z": (end: true),
            },
        )"#,
    )
}

const HOOKS: &str = r#"Hooks(
    format: 1, tags: ["away"], relations: ["owns"],
    hooks: { "find": (
        outcomes: ["note_1", "note_2"],
        holes: { "who": (kind: "person", where: "not tagged(who, away)", bind: "whose"), "thing": (kind: "item", where: "related(who, owns, thing)") },
        say: "{who} looks for {thing}.",
        goal: "work == done", fail: "work == left",
    ) },
)"#;

#[derive(Resource, Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panicked").clone()
    }

    fn note(&self, what: String) {
        self.0.lock().expect("nobody panicked").push(what);
    }
}

struct Village {
    test: TestApp,
    story: Entity,
    mara: Entity,
    heard: Heard,
}

fn village(model: ModelSource, hooks: &str, saved: Option<BoardData>) -> Village {
    let mut test = TestApp::new(model);
    let heard = Heard::default();
    test.app
        .insert_resource(heard.clone())
        .add_observer(|e: On<HookOffered>, heard: Res<Heard>| {
            heard.note(format!("offered {} {} {}", e.hook.outcome, e.hook.say, e.source));
        })
        .add_observer(|e: On<HookWithdrawn>, heard: Res<Heard>| heard.note(format!("withdrawn {}", e.hook.say)))
        .add_observer(|e: On<HookTaken>, heard: Res<Heard>| heard.note(format!("taken {}", e.hook.say)))
        .add_observer(|e: On<HookDone>, heard: Res<Heard>| {
            heard.note(format!("{} {}", if e.done { "done" } else { "failed" }, e.hook.say));
        });
    let world = test.app.world_mut();
    let mara = world.spawn(PlotEntity::new("mara", "person", "Mara").related("owns", "rope")).id();
    world.spawn(PlotEntity::new("odo", "person", "Odo").related("owns", "boots"));
    world.spawn(PlotEntity::new("stranger", "person", "A stranger").related("owns", "rope"));
    world.spawn(PlotEntity::new("rope", "item", "the rope"));
    world.spawn(PlotEntity::new("boots", "item", "wet boots"));
    let set = HookSet::parse(&File::new("test.hooks.ron", hooks)).unwrap_or_else(|error| panic!("{error}"));
    let asset: Handle<HooksAsset> = world.resource_mut::<Assets<HooksAsset>>().add(HooksAsset::from(set));
    let story = test.play(post());
    let board = match saved {
        Some(saved) => HookBoard::resume(asset, saved),
        None => HookBoard::new(asset),
    };
    test.app.world_mut().entity_mut(story).insert(board);
    Village { test, story, mara, heard }
}

impl Village {
    fn settled(&mut self) {
        let story = self.story;
        self.test.run_until(|test| test.app.world().get::<HookBoard>(story).is_some_and(HookBoard::is_settled));
    }

    /// What is on the screen: id and label.
    fn choices(&mut self) -> Vec<(String, String)> {
        self.test.run_until(|test| !test.log.last_choices().is_empty());
        self.test.log.last_choices().into_iter().map(|choice| (choice.id, choice.label)).collect()
    }

    fn take(&mut self, choice: &str) {
        let story = self.story;
        self.test.choose(story, choice);
    }

    /// To the post, through whatever lines there are.
    fn go_to_post(&mut self) {
        let story = self.story;
        let before = self.test.log.all().len();
        for _ in 0..20 {
            let at_post = self.test.log.all()[before..]
                .iter()
                .any(|told| matches!(told, bevy_raconteur::test_app::Told::Choices(_)));
            if at_post {
                return;
            }
            self.test.advance(story);
            self.test.frame();
        }
    }
}

fn labels(choices: &[(String, String)]) -> Vec<&str> {
    choices.iter().map(|(_, label)| label.as_str()).collect()
}

#[test]
fn hooks_are_offered_shown_taken_and_done() {
    let mut village = village(ModelSource::None, HOOKS, None);
    village.settled();
    assert_eq!(
        village.heard.all(),
        [
            "offered note_1 Mara looks for the rope. authored(model_off)",
            "offered note_2 Odo looks for wet boots. authored(model_off)"
        ],
        "the stranger is no word of the variable"
    );
    village.go_to_post();
    let choices = village.choices();
    assert_eq!(labels(&choices), ["Mara looks for the rope.", "Odo looks for wet boots.", "Go."]);
    village.take("note_2");
    village.test.frame();
    let heard = village.heard.all();
    assert_eq!(
        &heard[2..],
        ["taken Odo looks for wet boots.", "withdrawn Mara looks for the rope."],
        "both would set the variable"
    );
    let line = village.test.log.all().into_iter().rev().find_map(|told| match told {
        bevy_raconteur::test_app::Told::Line { id, .. } => Some(id),
        _ => None,
    });
    assert_eq!(line.as_deref(), Some("b_odo"), "the story knows whose it is");
    let story = village.story;
    village.test.advance(story);
    village.take("do");
    village.settled();
    let heard = village.heard.all();
    assert_eq!(heard[4], "done Odo looks for wet boots.");
    assert_eq!(heard[5..], ["offered note_1 Mara looks for the rope. authored(model_off)"], "and nothing comes twice");
}

#[test]
fn a_model_ranks_them_and_its_label_says_so() {
    let choosing = scripted(|| {
        ScriptedGenerator::saying(" Hm.")
            .with_scores(|_, text| if text.contains("boots") { 9.0 * text.len() as f32 } else { 1.0 })
    });
    let mut village = village(choosing, HOOKS, None);
    village.test.run_until_ready();
    village.test.settings().deadlines = false;
    village.settled();
    let first = village.heard.all().remove(0);
    assert_eq!(first, "offered note_1 Odo looks for wet boots. ranked(2)");
    village.go_to_post();
    let choices = village.choices();
    assert_eq!(
        labels(&choices),
        ["Odo looks for wet boots.", "Mara looks for the rope.", "Go."],
        "as hooks they are not reworded"
    );
}

#[test]
fn a_model_that_hangs_or_lies_only_costs_the_order() {
    for seed in 0..6_u64 {
        let model = scripted(|| ScriptedGenerator::new(|_, _| Script::Never));
        let story = post();
        let worst = move || -> Box<dyn bevy_raconteur::core::generate::TextGenerator> {
            let temper = Temper { hangs: 30, panics: 0, fails: 20, lies: 40 };
            Box::new(Adversary::new(&story, seed).with_temper(temper))
        };
        let model = if seed == 0 { model } else { ModelSource::custom(Boxed(worst)) };
        let mut village = village(model, HOOKS, None);
        village.test.run_until_ready();
        for _ in 0..50 {
            village.test.pass(Duration::from_millis(100));
            std::thread::sleep(Duration::from_micros(200));
        }
        village.settled();
        let heard = village.heard.all();
        assert_eq!(heard.len(), 2, "{heard:?}");
        assert!(heard.iter().all(|what| what.starts_with("offered note_")), "{heard:?}");
        assert!(village.test.log.problems().is_empty());
    }
}

struct Boxed<F>(F);

impl<F: FnMut() -> Box<dyn bevy_raconteur::core::generate::TextGenerator> + Send>
    bevy_raconteur::core::generate::GeneratorLoader for Boxed<F>
{
    fn load(
        &mut self,
        _: &mut dyn FnMut(bevy_raconteur::core::generate::LoadProgress),
    ) -> Result<Box<dyn bevy_raconteur::core::generate::TextGenerator>, bevy_raconteur::core::generate::LoadError> {
        Ok((self.0)())
    }
}

#[test]
fn whoever_is_despawned_takes_their_hook_along() {
    let mut village = village(ModelSource::None, HOOKS, None);
    village.settled();
    let mara = village.mara;
    village.test.app.world_mut().despawn(mara);
    village.test.frame();
    village.settled();
    assert!(
        village.heard.all().contains(&"withdrawn Mara looks for the rope.".to_owned()),
        "{:?}",
        village.heard.all()
    );
    village.go_to_post();
    assert_eq!(labels(&village.choices()), ["Odo looks for wet boots.", "Go."]);

    // What the player is reading stays on the screen, and cannot be taken.
    let mut village = self::village(ModelSource::None, HOOKS, None);
    village.settled();
    village.go_to_post();
    assert_eq!(village.choices().len(), 3);
    let mara = village.mara;
    village.test.app.world_mut().despawn(mara);
    village.test.frame();
    village.take("note_1");
    let problems = village.test.log.problems();
    assert!(problems.len() == 1 && problems[0].contains("'note_1' cannot be chosen now"), "{problems:?}");
    village.take("note_2");
    village.test.frame();
    assert!(village.heard.all().contains(&"taken Odo looks for wet boots.".to_owned()), "the others can");
}

#[test]
fn a_story_or_a_board_that_goes_is_no_trouble() {
    let mut village = village(ModelSource::None, HOOKS, None);
    village.settled();
    let story = village.story;
    village.test.app.world_mut().entity_mut(story).remove::<HookBoard>();
    village.go_to_post();
    assert_eq!(labels(&village.choices()), ["Go."], "without a board no outcome has a hook");

    let mut village = self::village(ModelSource::None, HOOKS, None);
    village.test.app.add_observer(|e: On<HookOffered>, mut commands: Commands| commands.entity(e.entity).try_despawn());
    for _ in 0..20 {
        village.test.frame();
    }
    let story = village.story;
    assert!(village.test.app.world().get_entity(story).is_err(), "an observer may do anything");
}

#[test]
fn hooks_with_mistakes_are_told_and_the_story_goes_on() {
    let mut village = village(ModelSource::None, &HOOKS.replace("owns, thing", "owes, thing"), None);
    village.settled();
    let problems = village.test.log.problems();
    assert!(problems.len() == 1 && problems[0].contains("'owes' is no relation"), "{problems:?}");
    village.go_to_post();
    assert_eq!(labels(&village.choices()), ["Go."]);
    assert_eq!(village.test.log.problems().len(), 1, "it is told once");
}

#[test]
fn a_save_keeps_what_was_taken() {
    let mut village = village(ModelSource::None, HOOKS, None);
    village.settled();
    village.go_to_post();
    village.take("note_1");
    village.test.frame();
    let story = village.story;
    let world = village.test.app.world();
    let saved = world.get::<HookBoard>(story).and_then(HookBoard::data).expect("it has begun");
    let state = world.get::<StoryRunner>(story).and_then(StoryRunner::state).expect("it has begun").clone();
    assert_eq!(saved.taken.len(), 1);

    let mut later = self::village(ModelSource::None, HOOKS, Some(saved));
    let handle = later.test.app.world_mut().resource_mut::<Assets<StoryAsset>>().add(StoryAsset::new(post()));
    let story = later.story;
    later.test.app.world_mut().entity_mut(story).insert(StoryRunner::resume(handle, state));
    later.settled();
    later.test.advance(story);
    later.take("leave");
    later.settled();
    assert!(later.heard.all().contains(&"failed Mara looks for the rope.".to_owned()), "{:?}", later.heard.all());
}

#[test]
fn a_search_is_cut_into_frames() {
    let mut village = village(ModelSource::None, HOOKS, None);
    let story = village.story;
    village.test.app.world_mut().get_mut::<HookBoard>(story).expect("a board").nodes_per_frame = 1;
    for number in 0..40 {
        village
            .test
            .app
            .world_mut()
            .spawn(PlotEntity::new(format!("x{number}"), "person", format!("X{number}")).tagged("away"));
    }
    let mut frames = 0;
    while !village.test.app.world().get::<HookBoard>(story).is_some_and(HookBoard::is_settled) {
        village.test.frame();
        frames += 1;
        assert!(frames < 500, "it comes to an end");
    }
    assert!(frames > 20, "{frames}");
    assert_eq!(village.heard.all().len(), 2);
}
