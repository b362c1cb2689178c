//! Yarn dialogues whose lines are generated, in whole apps with a clock that is moved by hand.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::*;
use bevy_raconteur::core::generate::{GenerationRequest, Task};
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{HeadlessPlugins, TestApp, scripted};
use bevy_raconteur::yarn::{GeneratedTextProvider, YarnLines, YarnLinesPlugin};
use bevy_yarnspinner::events::{DialogueCompleted, PresentLine, PresentOptions};
use bevy_yarnspinner::prelude::*;

const FERRY: &str = "\
title: Start
---
<<declare $gold = 3>>
Mara: You came for the bell. #line:m1 #gen:vary #must:bell|bells #tone:weary
Mara: It costs {$gold} silver. #line:m2 #gen:vary
Mara: [b]Mind[/b] the plank. #line:m3 #gen:vary
Mara: Hold on to something. #line:m4
-> Ask about the flood. #line:o1
    Mara: The river rose. #line:m5 #gen:free #goal:she_blames_the_river
-> Go. #line:o2
===
";

/// What the dialogue has shown, in order.
#[derive(Resource, Clone, Default)]
struct Shown(Arc<Mutex<Vec<String>>>);

impl Shown {
    fn all(&self) -> Vec<String> {
        self.0.lock().expect("no test panics while it holds it").clone()
    }
}

struct Yarn {
    test: TestApp,
    shown: Shown,
    runner: Entity,
}

/// A dialogue at its start, with a model that is ready.
fn yarn(model: ModelSource) -> Yarn {
    let mut app = bevy_app::App::new();
    app.add_plugins(HeadlessPlugins)
        .add_plugins(NarrativePlugins::new(model))
        .add_plugins(YarnLinesPlugin)
        .add_plugins(
            YarnSpinnerPlugin::with_yarn_source(YarnFileSource::InMemory(YarnFile::new("ferry.yarn", FERRY)))
                .with_development_file_generation(DevelopmentFileGeneration::None),
        );
    let shown = Shown::default();
    app.insert_resource(shown.clone());
    app.add_observer(|line: On<PresentLine>, shown: Res<Shown>| {
        shown.0.lock().expect("no test panics while it holds it").push(line.line.text.clone());
    });
    app.add_observer(|options: On<PresentOptions>, shown: Res<Shown>| {
        let mut shown = shown.0.lock().expect("no test panics while it holds it");
        shown.extend(options.options.iter().map(|option| format!("> {}", option.line.text)));
    });
    app.add_observer(|_: On<DialogueCompleted>, shown: Res<Shown>| {
        shown.0.lock().expect("no test panics while it holds it").push("end".to_owned());
    });
    let mut test = TestApp::around(app);
    test.run_until(|test| test.app.world().contains_resource::<YarnProject>());
    if !matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Off) {
        test.run_until_ready();
    }
    test.app.world_mut().spawn(Persona::new("Mara", "ferrywoman; dry").knowing("The bell is gone."));
    let runner = test
        .app
        .world_mut()
        .run_system_cached(|mut commands: Commands, project: Res<YarnProject>, mut lines: ResMut<YarnLines>| {
            let words = GeneratedTextProvider::new(&project, &mut lines);
            let mut runner = project.build_dialogue_runner(&mut commands).with_text_provider(words).build();
            runner.start_node("Start");
            commands.spawn(runner).id()
        })
        .expect("both resources are there");
    Yarn { test, shown, runner }
}

impl Yarn {
    /// Goes on until so many lines and options have been shown.
    fn show(&mut self, count: usize) {
        let shown = self.shown.clone();
        let runner = self.runner;
        for _ in 0..count {
            if shown.all().len() >= count {
                break;
            }
            let before = shown.all().len();
            self.dialogue().continue_in_next_update();
            self.test.run_until(|_| shown.all().len() > before);
        }
        assert!(self.test.app.world().get::<DialogueRunner>(runner).is_some());
        assert!(shown.all().len() >= count, "{:?}", shown.all());
    }

    fn dialogue(&mut self) -> Mut<'_, DialogueRunner> {
        self.test.app.world_mut().get_mut::<DialogueRunner>(self.runner).expect("it is not despawned")
    }
}

/// Says what the prompt asks for: a rewording, or a line of its own.
fn reworded(request: &GenerationRequest, _: usize) -> Script {
    let Task::Continue { .. } = request.task else { return Script::Silence };
    let rewords = request.prompt.full().ends_with("Mara, again:");
    Script::Say(if rewords { " All of them come for that bell." } else { " It was the river." }.to_owned())
}

#[test]
fn lines_that_ask_for_it_are_generated_and_all_others_are_not() {
    let mut yarn = yarn(scripted(|| ScriptedGenerator::new(reworded)));
    yarn.show(6);
    assert_eq!(
        yarn.shown.all(),
        [
            "Mara: All of them come for that bell.",
            "Mara: It costs 3 silver.",
            "Mara: Mind the plank.",
            "Mara: Hold on to something.",
            "> Ask about the flood.",
            "> Go.",
        ]
    );
    yarn.dialogue().select_option(OptionId(0)).expect("it was offered");
    yarn.show(7);
    assert_eq!(yarn.shown.all()[6], "Mara: It was the river.");
}

#[test]
fn without_a_model_a_dialogue_is_as_it_was_written() {
    let mut yarn = yarn(ModelSource::None);
    yarn.show(1);
    assert_eq!(yarn.shown.all(), ["Mara: You came for the bell."]);
}

#[test]
fn a_model_that_breaks_the_rules_is_not_heard() {
    for bad in [" No such thing.", " The [b]bell[/b].", "", " {$gold} bells."] {
        let mut yarn = yarn(scripted(move || {
            ScriptedGenerator::new(
                move |_, _| if bad.is_empty() { Script::Silence } else { Script::Say(bad.to_owned()) },
            )
        }));
        yarn.show(2);
        let first = yarn.shown.all().remove(0);
        assert!(first == "Mara: You came for the bell.", "{bad:?} became {first:?}");
    }
}

#[test]
fn a_dialogue_waits_for_a_slow_model_no_longer_than_its_budget() {
    let mut yarn = yarn(scripted(|| ScriptedGenerator::new(|_, _| Script::Never)));
    yarn.dialogue().continue_in_next_update();
    for _ in 0..20 {
        yarn.test.frame();
    }
    assert!(yarn.shown.all().is_empty(), "its budget is not over");
    yarn.test.pass(std::time::Duration::from_secs(1));
    let shown = yarn.shown.clone();
    yarn.test.run_until(|_| !shown.all().is_empty());
    assert_eq!(shown.all(), ["Mara: You came for the bell."]);
}

#[test]
fn a_panicking_model_leaves_the_dialogue_running() {
    let mut yarn = yarn(scripted(|| ScriptedGenerator::new(|_, _| Script::Panic)));
    yarn.show(6);
    assert_eq!(yarn.shown.all()[0], "Mara: You came for the bell.");
}
