//! `raconteur serial` as it is called from a shell.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn asset(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(part)
}

fn bell() -> PathBuf {
    asset("serials/drowned_bell.serial.ron")
}

fn serial(opening: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("serial").arg(opening).args(args).output().unwrap()
}

fn told(opening: &Path, args: &[&str]) -> String {
    let output = serial(opening, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn without_a_model_every_shipped_opening_is_told_to_its_end() {
    for opening in std::fs::read_dir(asset("serials")).unwrap() {
        let opening = opening.unwrap().path();
        let output: Value =
            serde_json::from_str(&told(&opening, &["--seed", "5", "--chapters", "6", "--json"])).unwrap();
        assert_eq!(output["complete"], true);
        assert_eq!(output["chapters"].as_array().unwrap().len(), 6);
        let report = &output["report"];
        assert_eq!((&report["generated"], &report["first_closes_last"]), (&Value::from(0), &Value::from(true)));
        assert_eq!((&report["opened"], &report["entity_consistency"]), (&report["closed"], &Value::from(1.0)));
        let text = told(&opening, &["--seed", "5", "--chapters", "6"]);
        assert!(text.starts_with("# ") && text.contains("\n## 6. "), "{text}");
        assert_ne!(text, told(&opening, &["--seed", "6", "--chapters", "6"]));
    }
}

#[test]
fn a_serial_that_was_ended_early_goes_on_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bell.md");
    let name = out.to_str().unwrap();
    let whole = told(&bell(), &["--seed", "9"]);
    told(&bell(), &["--seed", "9", "--out", name, "--passages", "13"]);
    let begun = std::fs::read_to_string(&out).unwrap();
    assert!(whole.starts_with(begun.trim_end()) && begun.len() < whole.len() / 2, "{begun}");
    // Neither seed nor anything else has to be said again.
    told(&bell(), &["--out", name, "--passages", "20"]);
    told(&bell(), &["--out", name]);
    assert_eq!(std::fs::read_to_string(&out).unwrap().trim_end(), whole.trim_end());
    told(&bell(), &["--out", name, "--anew", "--seed", "10"]);
    assert_ne!(std::fs::read_to_string(&out).unwrap().trim_end(), whole.trim_end());
}

#[test]
fn the_model_in_the_box_writes_a_part_of_it_the_same_each_time_and_across_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let model = asset("models/ember");
    let model = model.to_str().unwrap();
    let run = |name: &str, more: &[&[&str]]| {
        let out = folder.path().join(name);
        for more in more {
            let common = ["--model", model, "--quantize", "q8_0", "--out", out.to_str().unwrap(), "--mark"];
            told(&bell(), &[&common[..], more].concat());
        }
        std::fs::read_to_string(out).unwrap()
    };
    let whole = run("whole.md", &[&["--seed", "2", "--passages", "24"]]);
    assert!(whole.contains('*'), "nothing was written by the model: {whole}");
    assert_eq!(run("parts.md", &[&["--seed", "2", "--passages", "7"], &["--passages", "17"]]), whole);
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let bell_text = std::fs::read_to_string(bell()).unwrap();
    let broken = path("broken.serial.ron", "Serial(format: 1, id: \"x\"");
    let unsound =
        path("unsound.serial.ron", &bell_text.replace("after: [\"plank/closes\"]", "after: [\"plank/shuts\"]"));
    let newer = path("newer.serial.ron", "Serial(format: 7)");
    let state = path("state.json", "{\"model\": \"\", \"serial\"");
    let state = state.to_str().unwrap();
    let begun = folder.path().join("begun.json");
    let begun = begun.to_str().unwrap();
    told(&bell(), &["--state", begun, "--seed", "4", "--passages", "3"]);
    let nowhere = folder.path().join("no folder/x.md");
    let nowhere = nowhere.to_str().unwrap();
    for (opening, args, code, word) in [
        (Path::new("/no/such.serial.ron"), &[][..], 1, "cannot be read"),
        (&broken, &[], 1, "line 1"),
        (&unsound, &[], 1, "'plank/shuts' is no step"),
        (&newer, &[], 1, "format 7"),
        (&bell(), &["--chapters", "3"], 1, "5 chapters or more"),
        (&bell(), &["--chapters", "50"], 1, "material for"),
        (&bell(), &["--chapters", "500"], 1, "at most"),
        (&bell(), &["--state", state], 1, "--anew"),
        (&bell(), &["--state", begun, "--seed", "5"], 2, "the seed 4"),
        (&bell(), &["--state", begun, "--chapters", "9"], 2, "--anew"),
        (&bell(), &["--out", nowhere], 1, "could not be written"),
        (&bell(), &["--model", "/no/such/dir"], 1, "missing"),
        (&bell(), &["--quantize", "q8_0"], 2, "--model"),
        (&bell(), &["--runs", "2", "--mark"], 2, "--mark"),
    ] {
        let output = serial(opening, args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(word), "{args:?}: {error}");
    }
}

#[test]
fn many_seeds_give_figures_together() {
    let output = serial(&bell(), &["--runs", "3", "--json"]);
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    let seeds: Vec<u64> = reports.as_array().unwrap().iter().map(|report| report["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [1, 2, 3]);
    let output = serial(&bell(), &["--runs", "3"]);
    let figures = String::from_utf8_lossy(&output.stderr);
    assert!(figures.contains("first one closes last 3 of 3") && figures.contains("seq-rep-4"), "{figures}");
}
