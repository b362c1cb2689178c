//! `raconteur graph` as a program: what it writes where, and how it exits.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn bell() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron")
}

fn graph(story: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_raconteur");
    Command::new(program).arg("graph").arg(story).args(args).output().expect("the program runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn the_name_of_the_file_tells_the_format() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, begin) in [("a.dot", "digraph"), ("a.MMD", "---"), ("a.svg", "<?xml"), ("a b.html", "<!doctype html>")] {
        let out = folder.path().join(name);
        let output = graph(&bell(), &["-o", &out.display().to_string()]);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = std::fs::read_to_string(&out).expect("the file");
        assert!(text.starts_with(begin), "{name}: {}", &text[..40]);
        assert!(text.contains("press_odo"));
    }
}

#[test]
fn a_format_goes_to_standard_output() {
    let output = graph(&bell(), &["--format", "mmd"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("flowchart LR"));
    let dash = graph(&bell(), &["--format", "mmd", "-o", "-"]);
    assert_eq!(dash.stdout, output.stdout, "and twice the same");
}

#[test]
fn what_cannot_be_drawn_says_what_to_do() {
    let unknown = graph(&bell(), &["-o", "story.png"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("end it in .dot, .mmd, .svg or .html"), "{}", stderr(&unknown));
    assert!(!Path::new("story.png").exists());

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.story.ron");
    std::fs::write(&path, "(format: 1, id: ").expect("a file");
    let broken = graph(&path, &["--format", "dot"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(broken.stdout.is_empty());
    assert!(stderr(&broken).contains("nothing to draw"), "{}", stderr(&broken));
}

#[test]
fn a_story_with_mistakes_is_drawn_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.story.ron");
    let text = std::fs::read_to_string(bell()).expect("the story").replacen("to: \"heard\"", "to: \"herd\"", 1);
    std::fs::write(&path, text).expect("a file");
    let output = graph(&path, &["--format", "dot"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("no such beat"));
    assert!(stderr(&output).contains("`raconteur check` says where"), "{}", stderr(&output));
}
