//! `raconteur import` as a program: what it writes where, and how it exits.

use std::path::Path;
use std::process::{Command, Output};

const YARN: &str = "title: Start\n---\nAnsa: Hello. #line:a1\n<<play_sound bell>>\n-> Bye.\n===\n";

fn raconteur(folder: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_raconteur");
    Command::new(program).current_dir(folder).args(args).output().expect("the program runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hello.yarn"), YARN).expect("a file");
    folder
}

#[test]
fn a_story_and_a_report_are_written() {
    let folder = folder();
    let output =
        raconteur(folder.path(), &["import", "hello.yarn", "-o", "hello.story.ron", "--report", "report.json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("hello.yarn:4: lost: <<play_sound bell>>"), "{}", stderr(&output));
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).expect("a report")).expect("JSON");
    assert_eq!((&report["format"], &report["lines"], &report["choices"]), (&"yarn".into(), &1.into(), &1.into()));
    assert_eq!((&report["notes"][0]["line"], &report["notes"][0]["kind"]), (&4.into(), &"lost".into()));
    let check = raconteur(folder.path(), &["check", "hello.story.ron"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    // A report for people has another end.
    let again = ["import", "hello.yarn", "-o", "-", "--report", "report.txt"];
    let output = raconteur(folder.path(), &again);
    assert_eq!(output.stdout, std::fs::read(folder.path().join("hello.story.ron")).expect("the story"));
    let text = std::fs::read_to_string(folder.path().join("report.txt")).expect("a report");
    assert!(text.ends_with("1 lost, 0 changed, 0 guessed\n"), "{text}");
}

#[test]
fn a_story_is_not_written_over() {
    let folder = folder();
    std::fs::write(folder.path().join("hello.story.ron"), "mine").expect("a file");
    let output = raconteur(folder.path(), &["import", "hello.yarn", "-o", "hello.story.ron"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(folder.path().join("hello.story.ron")).expect("a file"), "mine");
    assert!(raconteur(folder.path(), &["import", "hello.yarn", "-o", "hello.story.ron", "--force"]).status.success());
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let folder = folder();
    std::fs::write(folder.path().join("hello.txt"), YARN).expect("a file");
    std::fs::write(folder.path().join("bytes.yarn"), [0xff, 0xfe, 0x00]).expect("a file");
    let unknown = raconteur(folder.path(), &["import", "hello.txt", "-o", "x.story.ron"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("--format yarn"), "{}", stderr(&unknown));
    let named = raconteur(folder.path(), &["import", "hello.txt", "-o", "x.story.ron", "--format", "yarn"]);
    assert!(named.status.success());
    let bytes = raconteur(folder.path(), &["import", "bytes.yarn", "-o", "y.story.ron"]);
    assert!(stderr(&bytes).contains("not UTF-8"), "{}", stderr(&bytes));
    assert!(!folder.path().join("y.story.ron").exists());
}
