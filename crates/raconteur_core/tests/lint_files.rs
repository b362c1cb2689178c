//! Stories on disk: parts beside a root, files that are no story, texts with odd beginnings.

use std::path::{Path, PathBuf};

use raconteur_core::story::format::Gen;
use raconteur_core::story::parse::{StoryError, load, parse};
use raconteur_core::story::source::Source;

fn stories() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories")
}

fn error(path: &Path) -> (StoryError, String) {
    let error = load(path).expect_err("no story there");
    let text = error.to_string();
    (error, text)
}

#[test]
fn parts_beside_the_root_are_merged() {
    let checked = load(&stories().join("ferry.story.ron")).expect("readable files");
    assert!(checked.diagnostics.is_empty(), "{}", checked.render(false));
    assert_eq!(checked.summary(), "nothing wrong in 3 beats, 2 lines");
    let story = checked.into_story().expect("no errors");
    assert_eq!(story.beats.ids().collect::<Vec<_>>(), ["ford", "tower", "end"]);
    assert_eq!(story.cast.ids().collect::<Vec<_>>(), ["narrator", "mara"]);
    assert_eq!(story.lore.ids().collect::<Vec<_>>(), ["bell"]);
    assert_eq!(story.prompts.ids().collect::<Vec<_>>(), ["whisper"]);
}

#[test]
fn a_finding_in_a_part_names_that_part() {
    let checked = load(&stories().join("broken.story.ron")).expect("readable files");
    let found: Vec<(&str, String, usize)> = checked
        .diagnostics
        .iter()
        .map(|found| {
            let file = Path::new(&found.primary.file).file_name().expect("test data").to_string_lossy().into_owned();
            (found.code, file, found.primary.line)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("S06", "broken.story.ron".to_owned(), 7),
            ("K06", "broken.cast.ron".to_owned(), 2),
            ("S01", "broken.beats.ron".to_owned(), 2),
            ("S02", "broken.beats.ron".to_owned(), 3),
        ],
        "{}",
        checked.render(false)
    );
    // Both places of the beat that is defined twice are shown.
    let rendered = checked.render(false);
    assert!(rendered.contains("beat 'ford' is defined twice (here and "), "{rendered}");
    assert!(rendered.contains("broken.story.ron:5"), "{rendered}");
}

#[test]
fn a_broken_part_is_reported_beside_a_broken_root() {
    let sources = vec![
        Source::new("a.cast.ron", "{ \"mara\": (nam: \"Mara\") }"),
        Source::new("a.story.ron", "Story(\n  form: 1)"),
    ];
    let checked = parse(sources);
    assert!(checked.story.is_none());
    let files: Vec<&str> = checked.diagnostics.iter().map(|found| found.primary.file.as_str()).collect();
    assert_eq!(files, ["a.story.ron", "a.cast.ron"]);
    let Err(StoryError::Invalid { rendered, diagnostics }) = checked.into_story() else { panic!("it has errors") };
    assert_eq!(diagnostics.len(), 2);
    assert!(rendered.contains("did you mean 'name'?") && rendered.contains("did you mean 'format'?"), "{rendered}");
}

#[test]
fn what_is_no_file() {
    let (found, text) = error(Path::new("/nowhere/x.story.ron"));
    assert!(matches!(found, StoryError::NotFound { .. }), "{text}");
    assert!(text.contains("/nowhere/x.story.ron") && text.contains("Check the path"), "{text}");

    let (found, text) = error(&stories());
    assert!(matches!(found, StoryError::IsDirectory { .. }), "{text}");
    assert!(text.contains("broken.story.ron, ferry.story.ron"), "{text}");

    let (found, text) = error(&stories().join("ferry.cast.ron"));
    assert!(matches!(found, StoryError::IsPart { .. }), "{text}");
    assert!(text.contains("ferry.story.ron"), "{text}");
}

#[test]
fn what_is_no_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.story.ron");
    std::fs::write(&path, b"Story(\xff\xfe").expect("test data");
    let (found, text) = error(&path);
    assert!(matches!(found, StoryError::NotUtf8 { at: 6, .. }), "{text}");
    assert!(text.contains("byte 6"), "{text}");
    // The second attempt works.
    std::fs::copy(stories().join("ferry.story.ron"), &path).expect("file system");
    assert!(load(&path).is_ok());
}

#[test]
fn paths_with_spaces_and_letters_of_all_kinds() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("köy ş 村 a b");
    std::fs::create_dir(&place).expect("file system");
    for end in ["story", "cast", "lore", "beats", "prompts"] {
        std::fs::copy(stories().join(format!("ferry.{end}.ron")), place.join(format!("ş 鐘.{end}.ron")))
            .expect("file system");
    }
    let checked = load(&place.join("ş 鐘.story.ron")).expect("readable files");
    assert!(checked.diagnostics.is_empty(), "{}", checked.render(false));
    assert_eq!(checked.sources.len(), 5);
}

#[test]
fn empty_and_nearly_empty_files() {
    for text in ["", " \n", "// nothing yet\n", "\u{feff}"] {
        let checked = parse(vec![Source::new("x.story.ron", text)]);
        assert_eq!(checked.diagnostics.len(), 1);
        assert_eq!(checked.diagnostics[0].message, "the file is empty", "{text:?}");
        assert!(checked.into_story().is_err());
    }
    assert!(parse(Vec::new()).into_story().is_err());
}

#[test]
fn byte_order_mark_and_windows_newlines() {
    let text = std::fs::read_to_string(stories().join("broken.story.ron")).expect("file system");
    let checked = parse(vec![Source::new("x.story.ron", format!("\u{feff}{}", text.replace('\n', "\r\n")))]);
    let speaker = checked.diagnostics.iter().find(|found| found.code == "S06").expect("S06");
    assert_eq!((speaker.primary.line, speaker.primary.column), (7, 37), "{}", checked.render(false));
}

#[test]
fn columns_count_characters() {
    let text = "Story(format: 1, id: \"鐘\", title: \"ğ ş\", start: \"b\", beats: { \"ä\": (end: true) })";
    let checked = parse(vec![Source::new("x.story.ron", text)]);
    assert_eq!(checked.diagnostics.len(), 1);
    let wanted = text.chars().collect::<String>().split("\"b\"").next().expect("test data").chars().count() + 1;
    assert_eq!(checked.diagnostics[0].primary.column, wanted);
}

#[test]
fn escapes_in_a_text_give_the_whole_text_as_place() {
    let story = |when: &str| {
        let text = format!(
            "Story(format: 1, id: \"x\", start: \"a\",\nbeats: {{ \"a\": (choices: [(id: \"c\", say: \"x\", to: \"a\",\nwhen: {when})]) }})"
        );
        parse(vec![Source::new("x.story.ron", text)])
    };
    let column = |when: &str| {
        let checked = story(when);
        assert_eq!(checked.diagnostics.len(), 1, "{}", checked.render(false));
        (checked.diagnostics[0].code, checked.diagnostics[0].primary.line, checked.diagnostics[0].primary.column)
    };
    assert_eq!(column("\"true and x\""), ("V01", 3, 17));
    assert_eq!(column("r#\"visited(\"a\") and x\"#"), ("V01", 3, 27));
    assert_eq!(column("\"x and visited(\\\"a\\\")\""), ("V01", 3, 8));
    assert_eq!(column("\"visited(\\\"a\\\") and x\""), ("V01", 3, 7));
    assert_eq!(column("Some(\"true and\")"), ("V06", 3, 21));
}

#[test]
fn modes_of_generation_are_read() {
    let story = load(&stories().join("ferry.story.ron")).expect("readable files").into_story().expect("no errors");
    let line = &story.beats.get("ford").expect("test data").lines[1];
    assert!(matches!(&line.generate, Some(Gen::Vary(writing)) if writing.prompt == "whisper"));
}

#[test]
fn included_files_and_translations_are_merged() {
    let root = Source::new(
        "x.story.ron",
        r#"Story(format: 1, id: "x", start: "a", include: ["two.beats.ron"], locales: ["de-DE"],
            cast: { "ann": (name: "Ann") }, beats: { "a": (next: "b") })"#,
    );
    let parts = raconteur_core::story::parse::parts_of(&root, "x.story.ron");
    assert!(parts.contains(&"two.beats.ron".to_owned()) && parts.contains(&"x.de-DE.l10n.ron".to_owned()), "{parts:?}");
    let beats = Source::new("two.beats.ron", r#"{ "b": (lines: [(id: "b_1", who: "ann", say: "Yes.")], end: true) }"#);
    let german = Source::new("x.de-DE.l10n.ron", r#"(name: "Deutsch", texts: { "b_1": (say: "Ja.") })"#);
    let storylets = Source::new("x.storylets.ron", r#"[(id: "s", who: "ann", say: "Hm.")]"#);
    let baked = Source::new("x.baked.ron", r#"{ "b_1": [(say: "Aye.", accept: true)] }"#);
    let checked = parse(vec![root.clone(), beats, german, storylets, baked]);
    assert!(!checked.has_errors(), "{}", checked.render(false));
    let story = checked.story.expect("it has the right shape");
    assert_eq!(story.beats.len(), 2);
    assert_eq!(story.translations.get("de-DE").expect("read").texts.get("b_1").expect("read").say, "Ja.");
    assert_eq!((story.storylets.len(), story.baked.get("b_1").map(Vec::len)), (1, Some(1)));

    let alone = parse(vec![root]);
    assert_eq!(alone.diagnostics.iter().filter(|found| found.code == "R04").count(), 2, "{}", alone.render(false));
}
