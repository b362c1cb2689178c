//! The example in both languages: the same story whatever language it is shown in, and a font that has every character.

use std::path::Path;

use skrifa::{FontRef, MetadataProvider};

#[path = "../examples/drowned_bell/files.rs"]
mod files;
#[path = "../examples/reed_seal/headless.rs"]
mod headless;
#[path = "../examples/reed_seal/reveal.rs"]
mod reveal;
#[path = "../examples/reed_seal/script.rs"]
mod script;
#[path = "../examples/reed_seal/terminal.rs"]
mod terminal;

use headless::Setup;

fn setup(language: &str, model: Option<&str>) -> Setup {
    let (model, missing) = files::model(model);
    assert_eq!(missing, None, "the model in the box is part of the project");
    let story = files::story(Some(&files::assets().join("stories/reed_seal.story.ron")));
    Setup { story, model, chinese_model: None, language: language.to_owned(), seed: 7, deadlines: false }
}

fn transcript(language: &str, model: Option<&str>, entries: &str) -> Result<String, String> {
    let entries: Vec<String> = entries.split_whitespace().map(str::to_owned).collect();
    script::play(setup(language, model), &entries)
}

const ROUTE: &str = "bed_why to_dykes dyke_wade east_swear to_granary gra_lean sack_carts to_bed again_go to_hall cs_feed \
                     cg_cake cd_order ask_tenth fen_move date_tenth show_lamp";

/// Beats, choices and the end: what does not depend on the language.
fn bones(transcript: &str) -> Vec<&str> {
    let id = |line: &'_ str| -> bool { line.starts_with(['[', '-', 'T']) };
    let lines = transcript.lines().filter(|line| id(line) && (!line.starts_with('T') || line.starts_with("The end: ")));
    lines
        .map(|line| line.split(['(', ']']).next().unwrap_or(line))
        .map(|line| line.split("  ").next().unwrap_or(line))
        .collect()
}

#[test]
fn both_languages_play_to_the_same_end() {
    let english = transcript("en", Some("off"), ROUTE).unwrap_or_else(|error| panic!("{error}"));
    let chinese = transcript("zh", Some("off"), ROUTE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(english.lines().last(), Some("The end: end_tenth"), "{english}");
    assert_eq!(bones(&english), bones(&chinese));
    assert_eq!(english.lines().count(), chinese.lines().count());
    assert!(english.is_ascii());
    assert!(chinese.contains("萨睿: “堤道”的“堤”") && !chinese.contains("! "), "{chinese}");
    assert!(chinese.contains("坐吧，相国。"), "{chinese}");
}

#[test]
fn the_language_changes_at_any_line_and_the_story_goes_on_there() {
    let mixed = "lang:zh bed_why lang:en lang:zh to_dykes dyke_wade lang:zh-TW east_swear lang:en to_granary gra_lean lang:zh \
                 sack_carts to_bed again_go to_hall lang:en cs_feed cg_cake lang:zh cd_order ask_tenth fen_move date_tenth \
                 lang:en show_lamp";
    let plain = transcript("en", Some("off"), ROUTE).unwrap_or_else(|error| panic!("{error}"));
    let mixed = transcript("en", Some("off"), mixed).unwrap_or_else(|error| panic!("{error}"));
    // What is told again after a change is the same thing in other words.
    let beats = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with('['))
            .map(|line| line[..line.find(']').unwrap_or(0)].to_owned())
            .collect()
    };
    assert_eq!(beats(&mixed), beats(&plain));
    assert_eq!(mixed.lines().last(), Some("The end: end_tenth"));
    let first: Vec<&str> = mixed.lines().skip(1).take(3).collect();
    assert!(first[0].starts_with("The bowl under the leak was full."), "{mixed}");
    assert_eq!(first[1], "> lang:zh");
    assert!(first[2].starts_with("接漏的盆满了。"), "{mixed}");
    // A language without a translation is told, once, and the story goes on in the words there are.
    let none = transcript("en", Some("off"), "lang:tlh bed_go").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(none.matches("! the story is not translated").count(), 1, "{none}");
}

#[test]
fn the_english_model_writes_english_and_no_chinese() {
    let route = "bed_why to_dykes lang:zh dyke_wade east_swear to_granary gra_lean sack_carts";
    let told = transcript("en", None, route).unwrap_or_else(|error| panic!("{error}"));
    let chinese: Vec<&str> = told.lines().filter(|line| !line.is_ascii()).collect();
    assert!(chinese.iter().any(|line| line.ends_with("(authored(other_language))")), "{told}");
    for line in chinese {
        assert!(!line.ends_with("(generated)") && !line.contains("(ranked("), "{line}");
        assert!(!line.contains(|c: char| c.is_ascii_uppercase()) || line.starts_with(['[', '>']), "{line}");
    }
    assert!(
        told.lines().any(|line| line.is_ascii() && (line.contains("(generated)") || line.contains("(ranked("))),
        "{told}"
    );
}

#[test]
fn choices_are_made_by_number_and_in_ones_own_words_in_either_language() {
    let english = transcript("en", Some("off"), "say:3 say:dykes").unwrap_or_else(|error| panic!("{error}"));
    assert!(english.contains("[dyke_house]"), "{english}");
    let chinese =
        transcript("zh", Some("off"), "say:第三个 say:我想去堤屋看看").unwrap_or_else(|error| panic!("{error}"));
    assert!(chinese.contains("[dyke_house]"), "{chinese}");
    let unclear = transcript("zh", Some("off"), "say:买马").expect_err("there is no horse to buy");
    assert!(unclear.contains("not clear"), "{unclear}");
}

#[test]
fn the_terminal_plays_in_both_languages() {
    for (typed, last) in [("", "The end."), ("l\n\n\n\n\n3\n", "完。"), ("\nl\nl\n", "The end.")] {
        let mut out = Vec::new();
        terminal::play(setup("en", Some("off")), &mut typed.as_bytes(), &mut out)
            .unwrap_or_else(|error| panic!("{error}"));
        let out = String::from_utf8_lossy(&out).into_owned();
        assert!(out.trim_end().ends_with(last), "{out}");
    }
}

#[test]
fn a_text_is_typed_out_by_characters() {
    let text = "相国睁开一只眼。He slept, and 堤.";
    let mut before = 0;
    for step in 0..400 {
        let shown = reveal::visible(text, step as f32 * 0.02);
        assert!(text.starts_with(shown) && shown.len() >= before);
        before = shown.len();
    }
    assert_eq!(before, text.len());
    assert_eq!(reveal::visible(text, 0.0), "");
    assert_eq!(reveal::visible(text, f32::MAX), text);
    let letters = |text| (1..2000).find(|step| reveal::visible(text, *step as f32 * 0.005).len() == text.len());
    assert!(letters("堤堤堤堤") > letters("aaaa"), "a character takes longer than a letter");
}

/// `scripts/subset_font.sh` makes the font anew when the text has changed.
#[test]
fn the_font_has_every_character_that_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let font = read("assets/fonts/NotoSerifSC-Subset.ttf");
    assert!(font.len() < 400_000, "{} bytes", font.len());
    let font = FontRef::new(&font).unwrap_or_else(|error| panic!("{error}"));
    let charmap = font.charmap();
    let shown = [
        "assets/stories/reed_seal.zh.l10n.ron",
        "examples/reed_seal/window.rs",
        "examples/reed_seal/terminal.rs",
        "examples/reed_seal/main.rs",
    ];
    for path in shown {
        let text = String::from_utf8_lossy(&read(path)).into_owned();
        let missing: Vec<char> =
            text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && charmap.map(*c).is_none()).collect();
        assert!(missing.is_empty(), "{path}: no glyph for {missing:?}; run scripts/subset_font.sh");
    }
    assert!(charmap.map('苇').is_some() && charmap.map('龘').is_none(), "a subset");
    let license = String::from_utf8_lossy(&read("assets/fonts/OFL-NotoSerifSC.txt")).into_owned();
    assert!(license.contains("SIL OPEN FONT LICENSE Version 1.1") && license.contains("Adobe"));
}
