//! `raconteur ids` as a program: it shows, it writes, and it changes nothing but ids.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = r#"// A ferry.
Story(
    format: 1, id: "x", start: "ford",
    cast: { "mara": (name: "Mara") },
    beats: {
        "ford": (lines: [
            (who: "mara", say: "Mind the plank."), // the third
        ], next: "far"),
    },
)
"#;
const BEATS: &str = "\u{feff}{\r\n    \"far\": (lines: [(who: \"mara\", say: \"Gone.\")], end: true),\r\n}\r\n";

fn story(root: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("köy 村 ").tempdir().expect("a folder");
    let path = folder.path().join("a b.story.ron");
    std::fs::write(&path, root).expect("a file");
    std::fs::write(folder.path().join("a b.beats.ron"), BEATS).expect("a file");
    (folder, path)
}

fn ids(path: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("ids").arg(path).args(args).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

#[test]
fn shows_what_it_would_write() {
    let (_folder, path) = story(ROOT);
    let output = ids(&path, &[]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("-            (who: \"mara\", say: \"Mind the plank.\"), // the third\n"), "{text}");
    assert!(
        text.contains("+            (id: \"ford_1\", who: \"mara\", say: \"Mind the plank.\"), // the third\n"),
        "{text}"
    );
    assert!(text.ends_with("2 ids to write in 2 files; `--write` writes them\n"), "{text}");
    assert_eq!(read(&path), ROOT);
    assert_eq!(ids(&path, &["--check"]).status.code(), Some(1));
}

#[test]
fn writes_all_files_and_nothing_else() {
    let (folder, path) = story(ROOT);
    let output = ids(&path, &["--write"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stdout(&output), "2 ids written in 2 files\n");
    assert_eq!(read(&path), ROOT.replace("(who", "(id: \"ford_1\", who"));
    let beats = folder.path().join("a b.beats.ron");
    assert_eq!(
        read(&beats),
        BEATS.replace("(who", "(id: \"far_1\", who"),
        "the byte order mark and the line ends stay"
    );
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left behind");
    let again = ids(&path, &["--check"]);
    assert_eq!((again.status.code(), stdout(&again).as_str()), (Some(0), "every text has an id\n"));
}

#[test]
fn a_story_that_cannot_be_read_stays_as_it_is() {
    let broken = ROOT.replace("cast:", "cast");
    let (_folder, path) = story(&broken);
    let output = ids(&path, &["--write"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was changed"));
    assert_eq!(read(&path), broken);
}

#[test]
fn one_id_in_two_files_is_left_to_the_writer() {
    let (folder, path) = story(&ROOT.replace("(who", "(id: \"far_1\", who"));
    std::fs::write(folder.path().join("a b.beats.ron"), BEATS.replace("(who", "(id: \"far_1\", who")).expect("a file");
    let output = ids(&path, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("'far_1' is used in two files"));
}

#[test]
fn check_and_write_exclude_each_other() {
    let (_folder, path) = story(ROOT);
    assert_eq!(ids(&path, &["--check", "--write"]).status.code(), Some(2));
}
