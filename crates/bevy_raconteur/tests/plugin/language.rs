//! Stories in other languages, switched while they are played.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bevy_raconteur::core::scripted::ScriptedGenerator;
use bevy_raconteur::core::story::parse::{load, parse};
use bevy_raconteur::core::story::source::Source as File;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::{TestApp, Told, scripted};

const ROOT: &str = r#"Story(
    format: 1, id: "x", start: "a", locales: ["de"],
    cast: { "ann": (name: "Ann", voice: "dry") },
    beats: {
        "a": (setting: "A ferry.", lines: [
            (id: "a_1", who: "ann", say: "Good morning."),
            (id: "a_2", who: "ann", say: "The bell is gone.", gen: Vary(prompt: "vary", must: [["bell"]])),
        ], choices: [(id: "go", say: "Go.", to: "z"), (id: "stay", say: "Stay.", to: "z")]),
        "z": (end: true),
    },
)"#;

const GERMAN: &str = r#"(
    name: "Deutsch", generate: true, capitals: false,
    texts: {
        "a_1": (say: "Guten Morgen."),
        "a_2": (say: "Die Glocke ist weg.", must: [["Glocke"]]),
        "go": (say: "Gehen."),
    },
)"#;

fn story() -> Arc<Story> {
    let checked = parse(vec![File::new("x.story.ron", ROOT), File::new("x.de.l10n.ron", GERMAN)]);
    let report = checked.render(false);
    checked.into_story().unwrap_or_else(|_| panic!("{report}"))
}

fn speak(test: &mut TestApp, language: Option<&str>) {
    test.settings().language = language.map(str::to_owned);
    test.frame();
}

fn labels(test: &TestApp) -> Vec<String> {
    test.log.last_choices().into_iter().map(|choice| choice.label).collect()
}

#[test]
fn a_switch_shows_what_is_on_stage_in_the_new_language_and_keeps_the_place() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(story());
    test.frame();
    assert_eq!(test.log.last_line().expect("shown").0, "Good morning.");
    speak(&mut test, Some("de-CH"));
    assert_eq!(test.log.last_line().expect("shown").0, "Guten Morgen.");
    test.advance(story);
    assert_eq!(test.log.last_line().expect("shown").0, "Die Glocke ist weg.");
    test.advance(story);
    assert_eq!(labels(&test), ["Gehen.", "Stay."], "what is not translated stays, text by text");
    speak(&mut test, None);
    assert_eq!(labels(&test), ["Go.", "Stay."]);
    let runner = test.app.world().get::<StoryRunner>(story).and_then(StoryRunner::runner).expect("it has begun");
    assert_eq!(runner.state().history.len(), 2, "nobody has said anything twice");
    test.choose(story, "go");
    assert_eq!(test.log.ended().as_deref(), Some("z"));
    assert!(test.log.problems().is_empty(), "{:?}", test.log.problems());
}

#[test]
fn an_unknown_language_is_the_original() {
    let mut test = TestApp::new(ModelSource::None);
    test.play(story());
    speak(&mut test, Some("tlh"));
    assert_eq!(test.log.last_line().expect("shown").0, "Good morning.");
}

#[test]
fn a_language_is_written_by_its_own_model() {
    let english = Arc::new(AtomicUsize::new(0));
    let count = english.clone();
    let make = move || {
        count.fetch_add(1, Ordering::SeqCst);
        scripted(|| ScriptedGenerator::saying(" No bell any more."))
    };
    let plugins = NarrativePlugins::new(make())
        .with_language_model("en", make)
        .with_language_model("de", || scripted(|| ScriptedGenerator::saying(" Keine Glocke mehr.")));
    let mut test = TestApp::with_plugins(plugins);
    test.run_until_ready();
    test.settings().deadlines = false;
    let story = test.play(story());
    speak(&mut test, Some("de"));
    test.run_until(|test| matches!(test.app.world().resource::<ModelStatus>(), ModelStatus::Loading { .. }));
    test.run_until_ready();
    test.advance(story);
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text.contains("Glocke")));
    assert_eq!(test.log.last_line(), Some(("Keine Glocke mehr.".into(), Source::Generated)));
    speak(&mut test, Some("en"));
    test.run_until(|_| english.load(Ordering::SeqCst) == 2);
    test.run_until_ready();
    let lines = test.log.all().into_iter().filter(|told| matches!(told, Told::Line { .. })).count();
    assert!(lines >= 3, "the line on stage was shown again");
}

/// Ids, words and sources of all lines that were told.
fn lines(test: &TestApp) -> Vec<(String, String, Source)> {
    let line = |told| if let Told::Line { id, text, source, .. } = told { Some((id, text, source)) } else { None };
    test.log.all().into_iter().filter_map(line).collect()
}

fn text(id: &str) -> Untranslated {
    Untranslated::Text { id: id.to_owned() }
}

#[test]
fn what_is_not_translated_is_told_and_shown_as_it_was_written() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(story());
    speak(&mut test, Some("de"));
    test.advance(story);
    assert_eq!(test.log.gaps(), [], "both lines are translated");
    test.advance(story);
    assert_eq!(labels(&test), ["Gehen.", "Stay."]);
    assert_eq!(test.log.gaps(), [text("stay")]);
    speak(&mut test, None);
    speak(&mut test, Some("en-GB"));
    assert_eq!(test.log.gaps().len(), 1, "the story is in its own language");
    speak(&mut test, Some("tlh"));
    test.frame();
    test.frame();
    assert_eq!(test.log.gaps()[1..], [Untranslated::Story], "told once");
    assert!(test.log.problems().is_empty(), "a missing translation is no mistake of the story");
}

const DRAFT: &str = r#"(texts: {
    "a_1": (say: "Guten Morgen."), "a_2": (say: "Die Glocke geht.", draft: true), "go": (say: "Geh.", draft: true),
})"#;

fn with_drafts() -> Arc<Story> {
    let checked = parse(vec![File::new("x.story.ron", ROOT), File::new("x.de.l10n.ron", DRAFT)]);
    checked.into_story().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn drafts_are_shown_only_to_those_who_ask() {
    let mut test = TestApp::new(ModelSource::None);
    let story = test.play(with_drafts());
    speak(&mut test, Some("de"));
    test.advance(story);
    assert_eq!(test.log.last_line().expect("shown").0, "The bell is gone.");
    assert_eq!(test.log.gaps(), [text("a_2")]);
    test.settings().drafts = true;
    test.frame();
    assert_eq!(test.log.last_line().expect("shown").0, "Die Glocke geht.", "the line on stage is shown again");
    assert_eq!(test.log.gaps().last(), Some(&Untranslated::Draft { id: "a_2".to_owned() }));
    test.advance(story);
    assert_eq!(labels(&test), ["Geh.", "Stay."]);
}

#[test]
fn a_model_writes_no_language_that_it_was_not_given_for() {
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" No bell any more.")));
    test.run_until_ready();
    test.settings().deadlines = false;
    let story = test.play(story());
    speak(&mut test, Some("de"));
    test.advance(story);
    assert_eq!(test.log.last_line(), Some(("Die Glocke ist weg.".into(), Source::Authored(Why::OtherLanguage))));
    // Its own language it writes, also after a switch; the line was shown and is shown again as it is written.
    let mut test = TestApp::new(scripted(|| ScriptedGenerator::saying(" No bell any more.")));
    test.run_until_ready();
    test.settings().deadlines = false;
    let story = test.play(self::story());
    speak(&mut test, Some("de"));
    speak(&mut test, Some("en"));
    test.advance(story);
    test.run_until(|test| test.log.last_line().is_some_and(|(text, _)| text.contains("any more")));
    assert_eq!(test.log.last_line().expect("shown").1, Source::Generated);
}

#[test]
fn a_translation_that_lets_no_model_write_says_so() {
    let silent = GERMAN.replace("generate: true", "generate: false");
    let checked = parse(vec![File::new("x.story.ron", ROOT), File::new("x.de.l10n.ron", silent)]);
    let mut test = TestApp::with_plugins(
        NarrativePlugins::new(ModelSource::None)
            .with_language_model("de", || scripted(|| ScriptedGenerator::saying(" Keine Glocke mehr."))),
    );
    let story = test.play(checked.into_story().unwrap_or_else(|error| panic!("{error}")));
    speak(&mut test, Some("de"));
    test.run_until_ready();
    test.advance(story);
    assert_eq!(test.log.last_line(), Some(("Die Glocke ist weg.".into(), Source::Authored(Why::OtherLanguage))));
    let morning = lines(&test).into_iter().find(|(id, text, _)| id == "a_1" && text == "Guten Morgen.");
    assert_eq!(morning.map(|(.., source)| source), Some(Source::Authored(Why::Written)), "it has no gen anywhere");
    speak(&mut test, None);
    test.run_until(|test| *test.app.world().resource::<ModelStatus>() == ModelStatus::Off);
}

/// Read once: the checks walk all its states.
fn reed_seal() -> Arc<Story> {
    static READ: OnceLock<Arc<Story>> = OnceLock::new();
    let read = || {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/stories/reed_seal.story.ron");
        load(path.as_ref()).expect("readable").into_story().unwrap_or_else(|error| panic!("{error}"))
    };
    READ.get_or_init(read).clone()
}

/// Through the sickroom, the gallery, the Spears and the Dykes to the hall, and out of it.
const ROUTE: &[&str] = &[
    "bed_why",
    "to_dykes",
    "dyke_wade",
    "east_swear",
    "to_bed",
    "again_go",
    "to_hall",
    "cs_feed",
    "cg_stand",
    "cd_order",
];

/// Plays the route; before each thing that is shown, `language` says which language it is to be in.
fn tour(mut language: impl FnMut(usize) -> Option<&'static str>) -> Vec<Told> {
    let mut test = TestApp::new(ModelSource::None);
    test.settings().language = language(0).map(str::to_owned);
    let story = test.play(reed_seal());
    test.frame();
    let (mut seen, mut steps, mut route) = (0, 0, ROUTE.iter());
    loop {
        let told = test.log.all();
        let next = told[seen..]
            .iter()
            .rev()
            .find(|told| matches!(told, Told::Line { .. } | Told::Choices(_) | Told::Ended(_)));
        let Some(next) = next.cloned() else { panic!("nothing is on show: {told:?}") };
        seen = told.len();
        steps += 1;
        assert!(test.log.problems().is_empty(), "{:?}", test.log.problems());
        match next {
            Told::Line { .. } => {
                test.settings().language = language(steps).map(str::to_owned);
                test.advance(story);
            }
            Told::Choices(offered) => {
                let choice = route.next().map_or_else(|| offered[0].id.clone(), |id| (*id).to_owned());
                test.settings().language = language(steps).map(str::to_owned);
                test.choose(story, &choice);
            }
            _ => return told,
        }
    }
}

#[test]
fn the_reed_seal_goes_on_at_the_same_place_whenever_the_language_changes() {
    let ids = |told: &[Told]| -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for told in told {
            match told {
                Told::Line { id, .. } => ids.push(id.clone()),
                Told::Choices(open) => {
                    ids.push(open.iter().map(|choice| choice.id.as_str()).collect::<Vec<_>>().join(","));
                }
                Told::Ended(beat) => ids.push(beat.clone()),
                _ => {}
            }
        }
        // What is shown again after a switch is the same thing.
        ids.dedup();
        ids
    };
    let english = tour(|_| None);
    let chinese = tour(|_| Some("zh-CN"));
    assert!(ids(&english).len() > 40, "{}", ids(&english).len());
    assert_eq!(ids(&english), ids(&chinese));
    let shown = |told: &[Told]| -> Vec<String> {
        let line = |told: &Told| match told {
            Told::Line { text, .. } => vec![text.clone()],
            Told::Choices(open) => open.iter().map(|choice| choice.label.clone()).collect(),
            _ => Vec::new(),
        };
        told.iter().flat_map(line).collect()
    };
    assert!(shown(&english).iter().all(|text| text.is_ascii()));
    assert!(shown(&chinese).iter().all(|text| !text.contains(|c: char| c.is_ascii_alphabetic())));
    let gaps = chinese.iter().filter(|told| matches!(told, Told::Gap(_))).count();
    assert_eq!(gaps, 0, "the translation is complete");
    for seed in 0..6_u64 {
        let mixed = tour(|step| {
            let bits = (seed ^ step as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60;
            match bits {
                0..5 => None,
                5..10 => Some("zh"),
                10..13 => Some("zh-Hant-TW"),
                _ => Some("en-GB"),
            }
        });
        assert_eq!(ids(&mixed), ids(&english), "{seed}");
        let texts = shown(&mixed);
        assert!(texts.iter().any(|text| text.is_ascii()) && texts.iter().any(|text| !text.is_ascii()), "{seed}");
    }
}

const BELL: &str = r#"Story(
    format: 1, id: "x", start: "a", locales: ["zh"],
    cast: { "ann": (name: "Ann", voice: "dry") },
    policies: { "default": (names: Known, sentences: 1, tries: 1, ban: ["okay"], anachronisms: Ban) },
    beats: {
        "a": (setting: "A ferry.", lines: [
            (id: "a_1", who: "ann", say: "Good morning."),
            (id: "a_2", who: "ann", say: "The bell of Harrow is gone.", gen: Vary(prompt: "vary", must: [["bell"]])),
        ], choices: [(id: "go", say: "Cross the river.", to: "z"), (id: "stay", say: "Wait for the ferry.", to: "z")]),
        "z": (end: true),
    },
)"#;

const CHINESE: &str = r#"(
    name: "中文", generate: true, capitals: false, ban: ["手机"],
    glossary: { "Harrow": "河罗" },
    prompts: { "vary": "【{setting}】\n{speaker}：{say}\n{speaker}，换个说法：" },
    texts: {
        "name:ann": (say: "阿安"), "voice:ann": (say: "冷淡"), "setting:a": (say: "渡船上。"),
        "a_1": (say: "早。"), "a_2": (say: "河罗的钟没了。", must: [["钟"]]),
        "go": (say: "过河去。"), "stay": (say: "等渡船来。"),
    },
)"#;

/// What the player reads when a model for Chinese says `words`.
fn written(words: &'static str) -> (String, Source) {
    let checked = parse(vec![File::new("x.story.ron", BELL), File::new("x.zh.l10n.ron", CHINESE)]);
    let report = checked.render(false);
    let story = checked.into_story().unwrap_or_else(|_| panic!("{report}"));
    let plugins = NarrativePlugins::new(ModelSource::None)
        .with_language_model("zh", move || scripted(move || ScriptedGenerator::saying(words)));
    let mut test = TestApp::with_plugins(plugins);
    test.settings().deadlines = false;
    speak(&mut test, Some("zh-CN"));
    let story = test.play(story);
    test.run_until_ready();
    test.advance(story);
    let is_a_2 = |(id, ..): &(String, String, Source)| id == "a_2";
    test.run_until(|test| lines(test).iter().any(is_a_2));
    lines(&test).into_iter().find(is_a_2).map(|(_, text, source)| (text, source)).expect("shown")
}

#[test]
fn chinese_is_written_under_the_rules_of_chinese() {
    let authored = "河罗的钟没了。";
    // One sentence, ended by its own full stop; no capitals are asked of names.
    let (text, source) = written("河罗那口钟，早就不在了。船家也不知道。");
    assert_eq!((text.as_str(), source), ("河罗那口钟，早就不在了。", Source::Generated));
    for (words, rule) in [
        ("那口钟，早就不在了。", "must"),          // the glossary: 河罗
        ("河罗的船，早就不在了。", "must"),        // the line: 钟
        ("河罗的钟，拿手机问去。", "banned"),      // the ban of the language
        ("河罗的钟在汽车上。", "anachronism"),     // the age of the story
        ("河罗的钟，我是语言模型。", "meta"),      // out of the story
        ("阿安：河罗的钟没了。", "speaker_label"), // a label with a wide colon
        ("河罗的钟没了", "no_sentence_end"),
        ("The bell of 河罗, the 钟, is no more.", "other_script"),
    ] {
        let (text, source) = written(words);
        assert_eq!((text.as_str(), source.to_string()), (authored, format!("authored({rule})")), "{words}");
    }
}

#[test]
fn what_the_player_says_in_chinese_is_understood() {
    let checked = parse(vec![File::new("x.story.ron", BELL), File::new("x.zh.l10n.ron", CHINESE)]);
    let story = checked.into_story().unwrap_or_else(|error| panic!("{error}"));
    for (said, ended) in
        [("第二个", true), ("过河去", true), ("我想过河", true), ("２", true), ("吃饭", false), ("第三个", false)]
    {
        let mut test = TestApp::new(ModelSource::None);
        speak(&mut test, Some("zh"));
        let story = test.play(story.clone());
        test.frame();
        test.advance(story);
        test.advance(story);
        test.say(story, said);
        assert_eq!(test.log.ended().is_some(), ended, "{said}: {:?}", test.log.all());
    }
}
