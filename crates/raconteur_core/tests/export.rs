//! A story's own lines as scenes: they pass the checks, and begin with the prompts of the game.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use raconteur_core::compose::{Composed, Composer};
use raconteur_core::request::Work;
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::scenes::{
    self, Body, CheckOptions, ExportOptions, Exported, File, NameKind, Script, WhySkipped, check, export,
};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::format::{Story, Variant};
use raconteur_core::story::locale::lock;
use raconteur_core::story::parse::load;
use raconteur_core::template::Templates;

fn shipped(name: &str) -> Story {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories").join(name);
    (*load(&path).unwrap().into_story().unwrap()).clone()
}

fn templates() -> Templates {
    Templates::from_ron(scenes::LAYOUT).unwrap()
}

fn exported(story: &Story) -> Exported {
    export(story, &templates(), &ExportOptions { plays: 40, states: 0, seed: 1 }).unwrap()
}

fn file(found: &Exported) -> String {
    found.scenes.iter().map(|scene| scene.to_json() + "\n").collect()
}

/// The shipped story with accepted variants of two lines, and one that nobody has accepted.
fn baked() -> Story {
    let mut story = shipped("drowned_bell.story.ron");
    let row =
        |say: &str, of: &str, accept| Variant { say: say.to_owned(), lock: lock(of), accept, ..Variant::default() };
    let ford = "You came for the bell. They all come for the bell.";
    let tower = "Saints keep you. The stair is not safe, friend.";
    story
        .baked
        .push("ford_2", vec![row("The bell, is it? It is always the bell.", ford, true), row("No.", ford, false)]);
    story.baked.push("tower_1", vec![row("Saints! Not that stair, friend.", tower, true)]);
    story
}

#[test]
fn every_shipped_story_gives_scenes_that_pass_the_checks() {
    for name in ["drowned_bell.story.ron", "ninth_mirror.story.ron", "reed_seal.story.ron"] {
        let found = exported(&shipped(name));
        let text = file(&found);
        let checked = check(&[File { name, bytes: text.as_bytes() }], &CheckOptions::default());
        let bad: Vec<String> = checked
            .findings
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        assert!(bad.is_empty(), "{}", bad.join("\n"));
        let warnings: Vec<String> = checked
            .findings
            .iter()
            .filter(|found| found.severity == Severity::Warn && found.code != "D16")
            .map(ToString::to_string)
            .collect();
        assert!(warnings.is_empty(), "{}", warnings.join("\n"));
        assert_eq!(checked.scenes, found.scenes, "{name}: what is written is what is read");
        assert!(found.scenes.len() >= 7 && found.in_layout > 0, "{name}: {} scenes", found.scenes.len());
        println!("{name}: {} scenes, {} in layout, {:?}", found.scenes.len(), found.in_layout, found.skipped);
        found.differing.iter().for_each(|other| println!("  {other:?}"));
        checked.findings.iter().for_each(|other| println!("  {other}"));
    }
}

/// Prompts of the lines that a play comes to, by the first choice that is open.
fn prompts(story: &Story, choices: &[&str]) -> Vec<(String, String)> {
    let story = Arc::new(story.clone());
    let composer = Composer::new(story.clone(), &templates()).unwrap();
    let (mut runner, _) = Runner::new(story, 1, &NoHost).unwrap();
    let mut prompts = Vec::new();
    let mut choices = choices.iter();
    loop {
        match runner.moment() {
            Moment::Line { .. } => {
                let line = runner.line().unwrap().clone();
                if let Composed::Request(request) = composer.line(&runner, &line, &NoHost)
                    && let Work::Write { prompt, .. } = request.work
                {
                    prompts.push((line.id.clone(), prompt.full()));
                }
                runner.advance(&NoHost).unwrap();
            }
            Moment::Choices(_) | Moment::Slot { .. } => match choices.next() {
                Some(id) => drop(runner.choose(id, &NoHost).unwrap()),
                None => return prompts,
            },
            Moment::Detour { .. } => drop(runner.advance(&NoHost).unwrap()),
            _ => return prompts,
        }
    }
}

#[test]
fn the_scene_of_a_line_begins_with_the_prompt_that_the_game_composes() {
    let story = baked();
    let found = exported(&story);
    let texts: Vec<String> = found.scenes.iter().map(|scene| scene.render(&templates()).unwrap()).collect();
    // Without the variants: with them a game asks no model to write.
    let plain = shipped("drowned_bell.story.ron");
    let asked = prompts(&plain, &["ford_a", "ford_c", "confess"]);
    assert_eq!(
        asked.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["ford_2", "heard_1", "ford_2", "tower_1", "conf_1"]
    );
    for (id, prompt) in asked {
        let say = plain.beats.iter().flat_map(|(_, beat)| &beat.lines).find(|line| line.id == id).unwrap().say.clone();
        let whole = texts.iter().find(|text| text.starts_with(&prompt));
        let differs = found.differing.iter().find(|other| other.id == id);
        match (whole, differs) {
            (Some(text), _) if text[..prompt.len()].ends_with(", again:") => {
                let behind = if id == "ford_2" { " The bell, is it?" } else { " Saints! Not that stair" };
                assert!(text[prompt.len()..].starts_with(behind), "{text}");
                assert!(prompt.contains(&say));
            }
            (Some(text), _) => assert_eq!(text[prompt.len()..].trim(), say, "{text}"),
            // Of two visits of a line only the first has a scene of its own.
            (None, None) => assert_eq!(id, "ford_2", "{prompt}"),
            (None, Some(differs)) => panic!("{differs:?}"),
        }
    }
}

#[test]
fn lines_options_examples_and_wordings_are_there_and_the_rest_is_counted() {
    let found = exported(&baked());
    let kinds = |kind: &str| found.scenes.iter().filter(|scene| scene.body.kind() == kind).count();
    assert!(kinds("talk") >= 3 && kinds("choices") >= 1 && kinds("vary") == 2, "{}", file(&found));
    let varied = found.scenes.iter().find_map(|scene| match &scene.body {
        Body::Vary { line, ways } if line.contains("came for the bell") => Some(ways.clone()),
        _ => None,
    });
    assert_eq!(
        varied.as_deref(),
        Some(&["The bell, is it? It is always the bell.".to_owned()][..]),
        "accepted ones only"
    );
    let skipped = |why: WhySkipped| found.skipped.get(&why).cloned().unwrap_or_default();
    assert!(skipped(WhySkipped::Narration).contains(&"ford_1".to_owned()), "{:?}", found.skipped);
    assert!(skipped(WhySkipped::NoText).contains(&"detour:confession".to_owned()), "{:?}", found.skipped);
    assert_eq!(skipped(WhySkipped::Answer), ["ask_1"]);
    let bark = found.scenes.iter().find(|scene| scene.said() == ["Odo paid his tab. All of it. Think on that."]);
    assert!(bark.is_some_and(|bark| bark.speakers.contains("Mara") && !bark.setting.is_empty()), "{}", file(&found));
    let names = |scene: &Script| scene.names.iter().map(|(name, kind)| (name.to_owned(), *kind)).collect::<Vec<_>>();
    let mara = found.scenes.iter().find(|scene| scene.speakers.contains("Mara")).unwrap();
    assert!(names(mara).contains(&("Mara".to_owned(), NameKind::Person)), "{:?}", names(mara));
    // The same story and seed give the same scenes.
    assert_eq!(file(&exported(&baked())), file(&found));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_line_gives_back_its_scene(
        texts in prop::collection::vec("[a-zA-Z \"\\\\é村.,!?<>&]{1,20}", 12), uses in prop::collection::vec(0_usize..2, 0..2),
        kind in 0..8_usize,
    ) {
        let mut texts = texts.into_iter().map(|text| format!("x{text}x"));
        let mut text = || texts.next().unwrap();
        let you = || "You".to_owned();
        let turns = vec![(you(), text()), ("Mara".to_owned(), text())];
        let body = match kind {
            0 => Body::Talk { turns },
            1 => Body::Answer { turns, uses },
            2 => Body::Vary { line: text(), ways: vec![text(), text()] },
            3 => Body::Choices { turns, options: vec![(text(), text())] },
            4 => Body::Prose { goal: text(), text: text() },
            5 => Body::Rumor { tellings: turns },
            6 => Body::Debate {
                topic: text(), stances: [("Mara".to_owned(), "for".to_owned())].into_iter().collect(), turns,
            },
            _ => Body::Serial { premise: text(), chapters: vec![(text(), text())] },
        };
        let script = Script {
            world: text(), setting: text(), facts: vec![text(), format!("{} {{a b}}", text())],
            names: [("Mara".to_owned(), NameKind::Woman), ("Odo \"x\"".to_owned(), NameKind::Group)].into_iter().collect(),
            slots: [("a b".to_owned(), vec!["1".to_owned(), text()])].into_iter().collect(),
            speakers: [("Mara".to_owned(), text())].into_iter().collect(),
            mood: [("Mara".to_owned(), text())].into_iter().collect(),
            body,
        };
        prop_assert_eq!(scenes::read_line(&script.to_json(), 1), Ok(script));
    }
}
