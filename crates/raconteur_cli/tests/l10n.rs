//! `raconteur l10n` as a program: out to a table, back into a translation, and what it says on the way.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const STORY: &str = r#"Story(
    format: 1, id: "ferry", start: "a",
    cast: { "mara": (name: "Mara") },
    beats: { "a": (lines: [(id: "a_1", who: "mara", say: "Mind the plank.")], end: true) },
)
"#;

fn story() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("köy 村 ").tempdir().expect("a folder");
    let path = folder.path().join("ferry.story.ron");
    std::fs::write(&path, STORY).expect("a file");
    (folder, path)
}

fn l10n(args: &[&std::ffi::OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("l10n").args(args).output().expect("the program runs")
}

fn run(what: &str, story: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let mut args = vec![what.as_ref(), story.as_os_str()];
    args.extend(more.iter().map(std::ffi::OsStr::new));
    let Output { status, stdout, stderr } = l10n(&args);
    (status.code(), String::from_utf8(stdout).expect("UTF-8"), String::from_utf8(stderr).expect("UTF-8"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

#[test]
fn a_translation_is_begun_changed_and_kept() {
    for end in ["csv", "po"] {
        let (folder, story) = story();
        let table = folder.path().join(format!("de.{end}"));
        let table_name = table.to_str().expect("UTF-8");
        let (code, out, err) = run("export", &story, &["--locale", "de", "-o", table_name]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(out.starts_with("2 rows in ") && out.ends_with("2 of them new\n"), "{out}");

        let text = read(&table);
        let (from, to) = match end {
            "csv" => ("Mind the plank.,,", "Mind the plank.,Achte auf die Planke.,"),
            _ => (
                "msgid \"Mind the plank.\"\nmsgstr \"\"",
                "msgid \"Mind the plank.\"\nmsgstr \"Achte auf die Planke.\"",
            ),
        };
        assert!(text.contains(from), "{text}");
        std::fs::write(&table, text.replace(from, to)).expect("a file");
        let (code, out, err) = run("import", &story, &[table_name, "--locale", "de"]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(out.starts_with("1 taken, 0 confirmed, 0 as they were, 1 empty\n"), "{out}");
        assert!(out.contains("write\n    locales: [\"de\"],\n"), "{out}");
        let file = folder.path().join("ferry.de.l10n.ron");
        assert_eq!(
            read(&file),
            "(\n    texts: {\n        \"a_1\": (say: \"Achte auf die Planke.\", lock: \"64d698a0\"),\n    },\n)\n"
        );
        assert_eq!(read(&story), STORY, "the root is the writer's");

        // The writer lists it, and changes the text; a translator has added a comment and a glossary.
        std::fs::write(
            &story,
            STORY.replace("start:", "locales: [\"de\"], start:").replace("the plank", "the third plank"),
        )
        .expect("a file");
        let own = read(&file).replacen("(\n", "// Von Ada.\n(\n    glossary: { \"plank\": \"Planke\" },\n", 1);
        std::fs::write(&file, &own).expect("a file");
        let (code, out, _) = run("status", &story, &[]);
        assert_eq!(code, Some(0));
        assert!(out.contains("de              2     0 (0 %)      1      0      1\n"), "{out}");
        let (_, out, _) = run("export", &story, &["--locale", "de", "-o", table_name]);
        assert!(out.ends_with("1 of them new\n"), "{out}");
        assert!(read(&table).contains("stale"));
        let (code, out, _) = run("import", &story, &[table_name, "--locale", "de"]);
        assert_eq!(code, Some(0));
        assert!(out.contains("a_1: translated from an older text still"), "{out}");
        assert_eq!(read(&file), own, "nothing to take, nothing written");
    }
}

#[test]
fn a_conflict_is_reported_and_nothing_is_lost() {
    let (folder, story) = story();
    let file = folder.path().join("ferry.de.l10n.ron");
    std::fs::write(&file, "(texts: {\"a_1\": (say: \"Die Planke!\")})").expect("a file");
    let table = folder.path().join("de.csv");
    std::fs::write(&table, "key,translation\na_1,Vorsicht.\nname:mara,Mara\n").expect("a file");
    let table = table.to_str().expect("UTF-8");
    let (code, out, _) = run("import", &story, &[table, "--locale", "de"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("a_1: changed by somebody else since the table was made, and kept"), "{out}");
    assert!(read(&file).contains("Die Planke!") && read(&file).contains("Mara"), "{}", read(&file));
    let (code, ..) = run("import", &story, &[table, "--locale", "de", "--force"]);
    assert_eq!(code, Some(0));
    assert!(read(&file).contains("Vorsicht."));
}

#[test]
fn broken_tables_and_wrong_names_are_said() {
    let (folder, story) = story();
    let table = folder.path().join("de.csv");
    std::fs::write(&table, "key,translation\na_1\n").expect("a file");
    let table = table.to_str().expect("UTF-8");
    let (code, _, err) = run("import", &story, &[table, "--locale", "de"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("de.csv:2: 1 cells where the first line has 2"), "{err}");
    assert!(!folder.path().join("ferry.de.l10n.ron").exists());
    assert_eq!(run("import", &story, &[table, "--locale", "../de"]).0, Some(2));
    assert_eq!(run("export", &story, &["--locale", "de", "-o", "de.txt"]).0, Some(2));
    std::fs::write(folder.path().join("ferry.de.l10n.ron"), "(texts: {\"a_1\": (sya: \"x\")})").expect("a file");
    let (code, _, err) = run("export", &story, &["--locale", "de", "-o", table]);
    assert_eq!(code, Some(1));
    assert!(err.contains("Mend the translation first"), "{err}");
    std::fs::write(&story, STORY.replace("id: \"a_1\", ", "")).expect("a file");
    let (code, _, err) = run("export", &story, &["--locale", "fr", "-o", table]);
    assert_eq!(code, Some(1));
    assert!(err.contains("Run `raconteur ids"), "{err}");
}

/// The model in the box writes English only: what counts is that a draft is marked, kept from players, and counted.
#[test]
fn drafts_are_marked_and_no_player_sees_them() {
    let (folder, story) = story();
    let with = read(&story).replace("start: \"a\",", "start: \"a\", locales: [\"de\"],");
    std::fs::write(&story, with).expect("a file");
    let file = folder.path().join("ferry.de.l10n.ron");
    // A glossary that the model is made to keep, and a note that stays.
    let begun = "(\n    name: \"Deutsch\",\n    glossary: { \"plank\": \"Planke\" },\n    texts: { \"name:mara\": (say: \"Mara\") },\n)\n";
    std::fs::write(&file, begun).expect("a file");
    let ember = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/models/ember");
    let (code, out, err) = run("draft", &story, &["--locale", "de", "--model", ember, "-n", "6"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("1 drafted, 0 left"), "{out}");
    let text = read(&file);
    assert!(
        text.contains("Planke") && text.contains("draft: true") && text.contains("note: \"drafted by ember\""),
        "{text}"
    );
    assert!(text.contains("\"name:mara\": (say: \"Mara\")"), "what was there stays as it stood: {text}");
    let (_, out, _) = run("status", &story, &["--locale", "de"]);
    let row = out.lines().find(|line| line.starts_with("de ")).expect("a row");
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["de", "2", "1", "(50", "%)", "0", "1", "0"]);
    let (_, again, _) = run("draft", &story, &["--locale", "de", "--model", ember]);
    assert_eq!(again, "nothing is missing in 'de'\n");
    // In another script no word of this model is a draft.
    std::fs::write(folder.path().join("ferry.zh.l10n.ron"), "(name: \"中文\", texts: {})\n").expect("a file");
    let (code, out, err) = run("draft", &story, &["--locale", "zh", "--model", ember, "--only", "a_1", "-n", "2"]);
    assert_eq!(
        (code, out.lines().next()),
        (Some(0), Some("0 drafted, 1 left, for no candidate kept the rules")),
        "{err}"
    );
    assert!(!read(&folder.path().join("ferry.zh.l10n.ron")).contains("draft"));
    let (code, _, err) = run("draft", &story, &["--locale", "zh", "--model", ember, "--only", "a_9"]);
    assert_eq!(code, Some(2), "{err}");
}
