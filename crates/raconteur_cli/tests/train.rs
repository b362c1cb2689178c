//! `raconteur train`, through the program: it learns, stops, goes on, and says what is wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A training of a model that is as small as it gets, on the scenes of these tests.
fn train(out: &Path, more: &[&str]) -> Command {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/quay.jsonl");
    let mut command = Command::new(env!("CARGO_BIN_EXE_raconteur"));
    command.arg("train").arg("--out").arg(out);
    command.arg("--scenes").arg(&scenes).arg("--valid").arg(&scenes);
    command.arg("--tokenizer").arg(root().join("assets/models/ember"));
    for (option, value) in [
        ("--width", "16"),
        ("--layers", "1"),
        ("--heads", "2"),
        ("--positions", "128"),
        ("--row", "64"),
        ("--batch", "2"),
        ("--warmup", "3"),
        ("--lr", "0.01"),
        ("--threads", "2"),
    ] {
        if !more.contains(&option) {
            command.args([option, value]);
        }
    }
    command.args(more);
    command
}

fn output(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

fn weights(out: &Path) -> Vec<u8> {
    std::fs::read(out.join("last/model.safetensors")).unwrap()
}

#[test]
fn it_learns_and_leaves_a_model_that_talks_and_a_record() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = output(&mut train(dir.path(), &["--steps", "40", "--look", "20", "--licence", "CC0"]));
    assert!(ok, "{said}");
    let record = std::fs::read_to_string(dir.path().join("training.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let looks = record["looks"].as_array().unwrap();
    let bits: Vec<f64> = looks.iter().map(|look| look["bits_per_byte"].as_f64().unwrap()).collect();
    assert!(bits.len() == 2 && bits[1] < bits[0], "{bits:?}");
    assert!(!looks[1]["samples"].as_array().unwrap().is_empty());
    assert_eq!(record["licences"][0], "CC0");
    assert_eq!(record["data"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(record["settings"]["seed"], 1);
    let plot = std::fs::read_to_string(dir.path().join("loss.svg")).unwrap();
    assert!(plot.starts_with("<svg") && plot.contains("polyline"), "{plot}");
    for model in ["best", "last"] {
        let mut generate = Command::new(env!("CARGO_BIN_EXE_raconteur"));
        generate.arg("generate").arg("--model").arg(dir.path().join(model)).args(["--prompt", "You:", "--json"]);
        let (ok, said) = output(generate.args(["--max-new-tokens", "5"]));
        assert!(ok && said.contains("\"ids\":["), "{said}");
    }
}

#[test]
fn what_was_interrupted_goes_on_to_the_same_weights() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, parts) = (dir.path().join("whole"), dir.path().join("parts"));
    let settings = ["--steps", "400", "--look", "100000", "--drills", "0.5"];
    assert!(output(&mut train(&whole, &settings)).0);
    let mut first = train(&parts, &settings).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Whenever it comes, before the first step or after the last, it has to end in the same place.
    std::thread::sleep(Duration::from_millis(700));
    interrupt(&mut first);
    assert!(first.wait().unwrap().success(), "it saves and stops in order");
    assert!(parts.join("last/model.safetensors").exists());
    let (ok, said) = output(&mut train(&parts, &[&settings[..], &["--resume"]].concat()));
    assert!(ok, "{said}");
    assert!(weights(&whole) == weights(&parts), "bit-equal");
}

/// Ctrl-C.
#[cfg(unix)]
fn interrupt(child: &mut std::process::Child) {
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(done.unwrap().success());
}

/// There is no portable way: here it runs to its end.
#[cfg(not(unix))]
fn interrupt(_: &mut std::process::Child) {}

#[test]
fn going_on_with_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(output(&mut train(dir.path(), &["--steps", "4"])).0);
    let before = weights(dir.path());
    let extra = dir.path().join("extra.txt");
    std::fs::write(&extra, "Something else to read.\n").unwrap();
    for (other, why) in [
        (vec!["--steps", "9"], "other settings"),
        (vec!["--steps", "4", "--swap", "0.1"], "--swap"),
        (vec!["--steps", "4", "--text", extra.to_str().unwrap()], "the data are not those"),
    ] {
        let (ok, said) = output(&mut train(dir.path(), &[&other[..], &["--resume"]].concat()));
        assert!(!ok && said.contains(why), "{why}: {said}");
    }
    assert!(weights(dir.path()) == before);
}

#[test]
fn a_loss_that_is_no_number_stops_and_says_what_to_try() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = output(&mut train(dir.path(), &["--steps", "50", "--lr", "1e30", "--warmup", "0"]));
    assert!(!ok && said.contains("not a number") && said.contains("half the learning rate"), "{said}");
}

#[test]
fn it_learns_on_candle_too() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = output(&mut train(dir.path(), &["--steps", "3", "--device", "candle"]));
    assert!(ok && said.contains("bits per byte"), "{said}");
    let (ok, said) = output(&mut train(dir.path(), &["--steps", "3", "--device", "abacus"]));
    assert!(!ok && said.contains("is no device"), "{said}");
}

#[test]
fn an_adapter_is_trained_goes_on_and_is_merged() {
    let dir = tempfile::tempdir().unwrap();
    let (out, merged) = (dir.path().join("voice"), dir.path().join("merged"));
    let ember = root().join("assets/models/ember");
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/quay.jsonl");
    let mut adapter = Command::new(env!("CARGO_BIN_EXE_raconteur"));
    adapter.arg("train").arg("--out").arg(&out).arg("--init").arg(&ember);
    adapter.arg("--scenes").arg(&scenes).arg("--valid").arg(&scenes);
    adapter.args(["--lora-rank", "2", "--steps", "2", "--batch", "1", "--row", "64", "--look", "1"]);
    let (ok, said) = output(&mut adapter);
    assert!(ok && out.join("best/adapter_model.safetensors").exists(), "{said}");
    let (ok, said) = output(adapter.arg("--resume"));
    assert!(ok, "it goes on where it ended: {said}");
    let mut merge = Command::new(env!("CARGO_BIN_EXE_raconteur"));
    let (ok, said) = output(merge.arg("merge").arg(&ember).arg(out.join("best")).arg("--out").arg(&merged));
    assert!(ok && merged.join("model.safetensors").exists(), "{said}");
    let mut generate = Command::new(env!("CARGO_BIN_EXE_raconteur"));
    generate.arg("generate").arg("--model").arg(&ember).args(["--prompt", "You:", "--max-new-tokens", "2"]);
    let (ok, said) = output(generate.arg("--adapter").arg(format!("voice={}", out.join("best").display())));
    assert!(ok, "{said}");
}
