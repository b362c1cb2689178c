//! `raconteur score` as a program.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn score(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("score").args(arguments).output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn ids_are_scored_as_the_reference_scores_them() {
    let dir = at("crates/raconteur_gpt2/tests/fixtures/gpt2/base");
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("expected.json")).unwrap()).unwrap();
    for case in expected["cases"].as_array().unwrap() {
        let ids: Vec<String> = case["ids"].as_array().unwrap().iter().map(ToString::to_string).collect();
        let ids = ids.join(",");
        let arguments = ["--model", dir.to_str().unwrap(), "--ids", &ids, "--json"];
        let brief = json(&score(&arguments));
        assert_eq!(brief["ids"], case["ids"]);
        assert!(brief.get("last_logits").is_none());
        let whole = json(&score(&[&arguments[..], &["--logits"]].concat()));
        for name in ["token_logprobs", "last_logits"] {
            let (ours, reference) = (numbers(&whole[name]), numbers(&case[name]));
            assert_eq!(ours.len(), reference.len());
            assert!(ours.iter().zip(&reference).all(|(a, b)| (a - b).abs() < 1e-3), "{name}");
        }
    }
}

#[test]
fn a_continuation_is_scored_after_its_prompt() {
    let dir = at("assets/models/ember");
    let dir = dir.to_str().unwrap();
    let both = json(&score(&["--model", dir, "--prompt", "The river", "--continuation", " is high.", "--json"]));
    let (ids, logprobs) = (both["ids"].as_array().unwrap(), numbers(&both["token_logprobs"]));
    assert!(!logprobs.is_empty() && logprobs.len() < ids.len() && logprobs.iter().all(|&x| x <= 0.0));
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let all = json(&score(&["--model", dir, "--ids", &ids.join(","), "--json"]));
    let all = numbers(&all["token_logprobs"]);
    assert_eq!(all[all.len() - logprobs.len()..], logprobs);
}

#[test]
fn a_file_is_scored_by_document() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("şarkı 乱世.txt");
    std::fs::write(&file, "The river is high.\n<|endoftext|>\nÖdo waits.\nLong.\n<|endoftext|>\n").unwrap();
    let model = at("assets/models/ember");
    let arguments = ["--model", model.to_str().unwrap(), "--text-file", file.to_str().unwrap(), "--json"];
    let one = json(&score(&[&arguments[..], &["--threads", "1"]].concat()));
    assert_eq!(one["documents"], 2);
    assert_eq!(one["bytes"], "The river is high.".len() + "Ödo waits.\nLong.".len());
    let bits = one["bits_per_byte"].as_f64().unwrap();
    assert!(bits > 0.5 && bits < 5.0, "{bits}");
    assert_eq!(one, json(&score(&[&arguments[..], &["--threads", "2"]].concat())));
}

#[test]
fn wrong_words_are_usage_and_wrong_files_are_failures() {
    let dir = at("assets/models/ember");
    let dir = dir.to_str().unwrap();
    for arguments in [
        &["--model", dir][..],
        &["--model", dir, "--prompt", "a"],
        &["--model", dir, "--ids", "1", "--text-file", "x"],
        &["--model", dir, "--ids", "one"],
        &["--model", dir, "--prompt", "a", "--continuation", ""],
    ] {
        assert_eq!(score(arguments).status.code(), Some(2), "{arguments:?}");
    }
    for (arguments, word) in [
        (&["--model", "nowhere", "--ids", "1,2"][..], "config.json"),
        (&["--model", dir, "--ids", "1,999999"], "4096"),
        (&["--model", dir, "--text-file", "nowhere.txt"], "nowhere.txt"),
    ] {
        let output = score(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains(word), "{arguments:?}");
    }
}
