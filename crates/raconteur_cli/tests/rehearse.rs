//! `raconteur rehearse` as a program.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn bell() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron")
}

fn rehearse(story: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("rehearse").arg(story).args(args).output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

#[test]
fn an_adversary_finds_nothing_and_the_same_seed_is_the_same() {
    let args = ["--plays", "20", "--seed", "5", "--adversary", "--json"];
    let output = rehearse(&bell(), &args);
    let mut first = json(&output);
    assert_eq!(output.status.code(), Some(0), "{first:#}");
    assert_eq!((&first["clean"], &first["faults"]), (&true.into(), &0.into()));
    let kinds: Vec<(&String, &serde_json::Value)> = first["faults_by_kind"].as_object().unwrap().iter().collect();
    let names: Vec<&str> = kinds.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["branch", "condition", "empty", "forbidden", "invisible", "label", "name", "secret"]);
    assert!(kinds.iter().all(|(_, count)| **count == 0), "{first:#}");
    let [texts, looked_at] = ["texts", "looked_at"].map(|key| first[key].as_u64().unwrap());
    assert!(0 < looked_at && looked_at < texts, "{first:#}");
    assert!(first["rejected"]["unknown_name"].as_u64().unwrap() > 0, "the adversary names strangers: {first:#}");
    assert_eq!(first["valid_percent"], 100.0);
    assert_eq!(first["compared"], first["moments"]);
    assert_eq!(first["requests"], first["ended_once"]);
    assert_eq!(first["panics"], first["panics_meant"]);
    assert!(first["requests"].as_u64().unwrap() > 20, "{first:#}");
    let mut second = json(&rehearse(&bell(), &args));
    for report in [&mut first, &mut second] {
        report["seconds"] = 0.into();
    }
    assert_eq!(first, second);
    let other = json(&rehearse(&bell(), &["--plays", "20", "--seed", "6", "--adversary", "--json"]));
    assert_ne!(other["shown"], first["shown"]);
}

#[test]
fn without_a_model_nobody_is_asked() {
    let output = rehearse(&bell(), &["--plays", "5"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("drowned_bell: 5 plays in ") && text.contains("writer: none\n"), "{text}");
    assert!(text.contains("\nrequests     0, ended once 0; panics 0\n"), "{text}");
    assert!(text.contains(", of the model 0\n") && text.ends_with("faults       0\n"), "{text}");
}

#[test]
fn a_story_with_errors_is_not_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stuck.story.ron");
    let story = r#"(format: 1, id: "t", start: "a", ends: ["b"], host: { "open": (ret: Bool) },
        cast: { "narrator": (name: "") }, beats: {
        "a": (lines: [(id: "l", who: "narrator", say: "A gate.")],
              choices: [(id: "c", say: "Go in.", to: "b", when: "open()")]),
        "b": (lines: [(id: "o", who: "narrator", say: "A yard.")], end: true) })"#;
    std::fs::write(&path, story).unwrap();
    let output = rehearse(&path, &["--plays", "20"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{error}");
    assert!(error.contains("error[F03]"), "{error}");
}
