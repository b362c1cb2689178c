//! Serials that are told: with the model off, and with generators that write well, badly and on purpose wrongly.

use super::*;
use crate::generate::{Priority, TextGenerator};
use crate::judge::words;
use crate::request::Work;
use crate::scripted::{Script, ScriptedGenerator};

fn written(opening: &Arc<Opening>, seed: u64, generator: &mut dyn TextGenerator) -> SerialWriter {
    let mut writer = SerialWriter::new(opening.clone(), seed, None).unwrap_or_else(|error| panic!("{error}"));
    while !writer.is_over() {
        writer.write_next(Some(generator), &Templates::default(), &Why::ModelOff);
    }
    writer
}

/// What holds of every serial.
fn check(writer: &SerialWriter) -> SerialReport {
    let report = SerialReport::of(writer);
    assert_eq!((report.chapters, report.planned), (writer.plan().chapters.len(), writer.plan().chapters.len()));
    for number in 1..=report.chapters {
        let chapter = writer.chapter(number).expect("a complete chapter");
        assert!(!chapter.title.trim().is_empty() && !chapter.paragraphs.is_empty());
        assert!(chapter.paragraphs.iter().flat_map(|p| &p.passages).all(|told| !told.text.trim().is_empty()));
    }
    assert_eq!((report.opened, report.closed), (writer.opening().threads.len(), writer.opening().threads.len()));
    assert!(report.first_closes_last);
    assert_eq!((report.entity_consistency, report.without_must), (1.0, 0), "{:?}", report.misplaced);
    for (passage, told) in writer.passages().iter().zip(writer.told()) {
        let must = passage.free.iter().flat_map(|free| &free.must);
        let said = words::words(&told.text);
        for group in must {
            assert!(group.iter().any(|word| words::contains(&said, word)), "{group:?} in {:?}", told.text);
        }
    }
    report
}

#[test]
fn without_a_model_every_opening_is_a_whole_serial() {
    for (seed, opening) in sound(500).take(40).enumerate() {
        let opening = Arc::new(opening);
        let steps: usize = opening.threads.iter().map(|(_, thread)| thread.len()).sum();
        let Ok(_) = Plan::new(&opening, seed as u64, None) else {
            assert!(steps < 5);
            continue;
        };
        let report = check(&authored(&opening, seed as u64, None));
        assert_eq!((report.generated, report.repeated_passages), (0, 0));
        assert_eq!(report.fallbacks.values().sum::<usize>(), report.free);
        assert!(report.fallbacks.keys().all(|why| why == "model_off"));
    }
}

#[test]
fn what_the_model_writes_is_told_and_counted() {
    let opening = Arc::new(tiny());
    let mut number = 0;
    let mut generator = ScriptedGenerator::new(move |_, candidate| {
        number += 1;
        let other = ["slow", "cold", "loud", "thin", "pale", "kind", "grey", "odd"][candidate % 8];
        Script::Say(format!(" The {other} lamp of evening number {number} was nowhere near."))
    });
    let writer = written(&opening, 1, &mut generator);
    let report = check(&writer);
    assert_eq!((report.free, report.generated), (2, 2), "{:?}", report.fallbacks);
    assert!(report.generated_share > 0.1 && report.generated_share < 0.9);
    let marked = writer.markdown(true);
    assert!(marked.contains("lamp of evening number") && marked.contains("*The "), "{marked}");
}

#[test]
fn nobody_is_let_in_who_is_unknown_elsewhere_or_dead_whatever_the_model_says() {
    const LINES: [&str; 8] = [
        " Then Zeno came in with the lamp of the yard.",
        " Behind the lamp stood Cy and he laughed at them.",
        " Bo was there with the lamp all the same.",
        " I saw the lamp and I told you so.",
        " Finn and Eve and Dot went to see the dry lamp.",
        " The wind went by and nothing was said of it.",
        "",
        " Ann: the lamp is mine",
    ];
    for (at, opening) in std::iter::once(tiny()).chain(sound(900).take(40)).enumerate() {
        let opening = Arc::new(opening);
        let mut dice = Dice::new(at as u64);
        let mut generator = ScriptedGenerator::new(move |_, _| Script::Say(LINES[dice.below(LINES.len())].to_owned()));
        if Plan::new(&opening, at as u64, None).is_ok() {
            check(&written(&opening, at as u64, &mut generator));
        }
    }
}

#[test]
fn a_generator_that_fails_or_falls_silent_leaves_the_authored_serial() {
    let opening = Arc::new(tiny());
    let plain = authored(&opening, 4, None).markdown(false);
    for script in [
        Script::Silence,
        Script::Never,
        Script::Babble("lamp".into()),
        Script::Fail(crate::generate::GenerateError::NotFinite),
    ] {
        let mut generator = ScriptedGenerator::new(move |_, _| script.clone());
        let writer = written(&opening, 4, &mut generator);
        assert_eq!(writer.markdown(false), plain);
        check(&writer);
    }
}

#[test]
fn a_prompt_holds_the_goal_the_recap_and_the_chapter_and_is_cut_by_rank() {
    let opening = Arc::new(tiny());
    let mut writer = SerialWriter::new(opening, 1, Some(6)).expect("six steps");
    // The last free passage, in the chapter in which Bo blames Ann.
    while writer.due().is_some_and(|passage| !(passage.id.starts_with("lamp/blame") && passage.is_free())) {
        writer.write_next(None, &Templates::default(), &Why::ModelOff);
    }
    let chapter = writer.due().expect("it is there").chapter;
    let brief = writer.brief().expect("it is free");
    let request = brief.request(&Templates::default(), Priority::Ambient);
    let prompt = request.prompt().full();
    assert!(prompt.starts_with("The mill, with the wheel stopped.\n"), "{prompt}");
    assert!(prompt.contains("Story: A lamp is gone"), "{prompt}");
    assert!(prompt.contains("Chapter 1. Goal: Ann finds that the lamp is gone.\nAnn finds that the lamp is gone."));
    let head = format!("Chapter {chapter}. Goal: Bo blames Ann.\n");
    let (_, so_far) = prompt.split_once(&head).expect("the goal of the scene");
    assert!(so_far.ends_with("said Bo.") || so_far.ends_with("shut the door."), "{so_far}");
    assert!(!prompt.contains("had never been away"), "what is still to come is not told");
    // However small the window is, the goal and the last passage stay.
    let mut count = |text: &str| text.split_whitespace().count();
    let whole = count(&prompt);
    for budget in (0..=whole + 1).rev() {
        match request.prompt().fit(budget, &mut count) {
            Ok((text, _)) => {
                assert!(text.contains(&head) && text.ends_with(so_far.trim()) || text.ends_with("shut the door."));
            }
            Err(_) => assert!(budget < 40, "{budget} of {whole} words"),
        }
    }
    let Work::Write { rules, constraints, .. } = &request.work else { panic!("a passage is written") };
    assert!(constraints.banned.iter().any(|word| word == "Cy"), "he is away");
    assert!(!constraints.banned.iter().any(|word| word == "Ann" || word == "Bo"));
    assert!(constraints.banned.iter().any(|word| word == "I"), "the narrator stands outside");
    assert!(rules.names.is_some() && constraints.names.is_some());
}

#[test]
fn events_are_recorded_when_their_scene_is_over() {
    let opening = Arc::new(tiny());
    let mut writer = SerialWriter::new(opening.clone(), 1, None).expect("a plan");
    assert!(writer.events().is_empty() && writer.complete() == 0 && writer.chapter(1).is_none());
    writer.write_next(None, &Templates::default(), &Why::ModelOff);
    assert!(writer.events().is_empty(), "the first scene has two passages");
    writer.write_next(None, &Templates::default(), &Why::ModelOff);
    let events = writer.events();
    assert_eq!(
        (events.len(), events[0].scene.as_str(), events[0].who.as_slice()),
        (1, "lamp/opens", &["ann".to_owned()][..])
    );
    let all = authored(&opening, 1, None);
    assert_eq!(all.events().len(), all.plan().scenes().count());
    assert!(all.due().is_none() && all.brief().is_none() && all.complete() == 5);
}
