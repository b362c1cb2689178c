//! The worker: panics, queues, shutting down.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use bevy_raconteur::core::generate::Task;
use bevy_raconteur::core::scripted::{Script, ScriptedGenerator, ScriptedLoader};
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, scripted};

fn say(test: &mut TestApp, priority: Priority) {
    let npc = test.app.world_mut().spawn(Persona::new("Mara", "dry")).id();
    test.app.world_mut().trigger(Generate { priority, ..Generate::new(npc, "Hm.") });
}

#[test]
fn a_panic_ends_its_request_and_the_generator_is_made_anew() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let mut test = TestApp::new(scripted(move || {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        ScriptedGenerator::new(move |_, _| if first { Script::Panic } else { Script::Say(" I am well.".into()) })
    }));
    test.run_until_ready();
    say(&mut test, Priority::OnScreen);
    test.run_until(|test| test.log.generated().len() == 1);
    assert_eq!(test.log.generated()[0], ("Hm.".into(), Source::Authored(Why::WorkerPanicked)));
    say(&mut test, Priority::OnScreen);
    test.run_until(|test| test.log.generated().len() == 2);
    assert_eq!(test.log.generated()[1], ("I am well.".into(), Source::Generated));
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

#[test]
fn a_generator_that_only_panics_is_given_up_and_may_be_loaded_again() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::new(|_, _| Script::Panic)));
    test.run_until_ready();
    for round in 1..=4 {
        say(&mut test, Priority::OnScreen);
        test.run_until(|test| test.log.generated().len() == round);
    }
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Failed { .. }));
    assert_eq!(test.log.generated()[3].1, Source::Authored(Why::ModelFailed));
    test.app.world_mut().trigger(LoadModel::new(scripted(|| ScriptedGenerator::saying(" Well again."))));
    test.run_until_ready();
    say(&mut test, Priority::OnScreen);
    test.run_until(|test| test.log.generated().len() == 5);
    assert_eq!(test.log.generated()[4].0, "Well again.");
}

#[test]
fn the_addressed_overtake_a_full_queue_and_the_oldest_ambient_is_dropped() {
    let (go, wait) = channel::<()>();
    let loader = ScriptedLoader::new(move || {
        wait.recv().ok();
        let order = AtomicUsize::new(0);
        // Each says at which place it was begun.
        Ok(ScriptedGenerator::new(move |request, _| match request.task {
            Task::Continue { .. } => Script::Say(format!(" I am number {}.", order.fetch_add(1, Ordering::SeqCst))),
            Task::Score { .. } | Task::Read { .. } => Script::Silence,
        })
        .with_room(1))
    });
    let mut test = TestApp::with_plugins(NarrativePlugins::new(ModelSource::custom(loader)).with_queue(4));
    for _ in 0..5 {
        say(&mut test, Priority::Ambient);
    }
    say(&mut test, Priority::Addressed);
    go.send(()).unwrap();
    test.run_until(|test| test.log.generated().len() == 6);
    let all = test.log.generated();
    let dropped = all.iter().filter(|(_, source)| *source == Source::Authored(Why::QueueFull)).count();
    assert_eq!(dropped, 2, "{all:?}");
    assert!(all.iter().any(|(text, _)| text == "I am number 0."), "{all:?}");
    let npcs = all.iter().filter(|(_, source)| *source == Source::Generated).count();
    assert_eq!(npcs, 4);
}

#[test]
fn dropping_the_app_in_the_middle_of_a_line_does_not_hang() {
    let begun = Instant::now();
    for _ in 0..5 {
        let mut test = TestApp::new(scripted(|| ScriptedGenerator::new(|_, _| Script::Never)));
        test.run_until_ready();
        say(&mut test, Priority::OnScreen);
        test.frame();
        drop(test);
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "not a speed: a bound on hanging");
}

#[test]
fn dropping_the_app_while_a_generator_is_stuck_in_a_step_does_not_hang() {
    let (hold, held) = channel::<()>();
    let held = std::sync::Mutex::new(Some(held));
    let mut test = TestApp::new(scripted(move || {
        let held = held.lock().unwrap().take();
        ScriptedGenerator::new(move |_, _| {
            if let Some(held) = &held {
                held.recv().ok();
            }
            Script::Silence
        })
    }));
    test.run_until_ready();
    say(&mut test, Priority::OnScreen);
    test.frame();
    drop(test);
    // Only now may the generator come back from its step.
    drop(hold);
}

#[test]
fn a_game_that_does_not_read_does_not_lose_words() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" One. Two. Three.")));
    test.run_until_ready();
    test.settings().replies_per_frame = 1;
    for _ in 0..20 {
        say(&mut test, Priority::OnScreen);
    }
    test.run_until(|test| test.log.generated().len() == 20);
    assert!(test.log.generated().iter().all(|(text, _)| text.trim_end() == "One. Two. Three."));
}
