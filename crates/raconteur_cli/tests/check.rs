//! `raconteur check` as a program: what it prints where, and how it exits.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn bell() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron")
}

fn check(path: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_raconteur");
    Command::new(program).arg("check").arg(path).args(args).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// The shipped story with one replacement, in a folder whose name is awkward.
fn broken(from: &str, to: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("köy ş 村 ").tempdir().expect("a folder");
    let path = folder.path().join("a b.story.ron");
    let text = std::fs::read_to_string(bell()).expect("the shipped story");
    assert!(text.contains(from));
    std::fs::write(&path, text.replacen(from, to, 1)).expect("a file");
    (folder, path)
}

#[test]
fn the_shipped_story_passes() {
    let output = check(&bell(), &["--deny", "warnings"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).ends_with("nothing wrong in 8 beats, 12 lines\n"), "{}", stdout(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn an_error_is_shown_with_its_place() {
    let (_folder, path) = broken("to: \"heard\"", "to: \"herd\"");
    let output = check(&path, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("error[S02]: choice 'ford_a' goes to 'herd', which is no beat"), "{text}");
    assert!(text.contains("a b.story.ron:64:75"), "{text}");
    assert!(text.contains("did you mean 'heard'?"), "{text}");
    assert!(text.ends_with("1 error in 8 beats, 12 lines\n"), "{text}");
}

#[test]
fn json_is_an_array_of_findings() {
    let (_folder, path) = broken("to: \"heard\"", "to: \"herd\"");
    let output = check(&path, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let error = findings.iter().find(|found| found["severity"] == "error").expect("an error");
    assert_eq!(error["code"], "S02");
    assert_eq!(error["file"], path.display().to_string());
    assert_eq!((&error["line"], &error["column"]), (&64.into(), &75.into()));
    assert_eq!(error["help"], "did you mean 'heard'?");
}

#[test]
fn warnings_fail_only_when_denied() {
    let (_folder, path) = broken("Goal: {goal}", "Goal: {gaol}");
    assert_eq!(check(&path, &[]).status.code(), Some(0));
    let denied = check(&path, &["--deny", "warnings"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(stdout(&denied).contains("warning[L05]"), "{}", stdout(&denied));
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = check(&folder.path().join("x.story.ron"), &["--format", "json"]);
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(stdout(&missing), "");
    assert!(stderr(&missing).starts_with("error: there is no story at '"), "{}", stderr(&missing));

    let directory = check(folder.path(), &[]);
    assert_eq!(directory.status.code(), Some(1));
    assert!(stderr(&directory).contains("is a folder"), "{}", stderr(&directory));

    assert_eq!(check(folder.path(), &["--format", "xml"]).status.code(), Some(2));
}
