//! `raconteur generate` as it is called from a shell.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn gpt2(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../raconteur_gpt2/tests/fixtures/gpt2").join(part)
}

fn ember() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember")
}

fn generate(model: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("generate").arg("--model").arg(model).args(args).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn greedy_tokens_are_those_of_transformers() {
    for fixture in std::fs::read_dir(gpt2("")).unwrap() {
        let dir = fixture.unwrap().path();
        let expected: Value = serde_json::from_slice(&std::fs::read(dir.join("expected.json")).unwrap()).unwrap();
        for (case, device) in expected["cases"].as_array().unwrap().iter().zip(["cpu", "candle"].iter().cycle()) {
            let ids: Vec<String> = case["ids"].as_array().unwrap().iter().map(ToString::to_string).collect();
            let args = ["--ids", &ids.join(","), "--greedy", "--max-new-tokens", "24", "--json", "--device", device];
            let answer = json(&generate(&dir, &args));
            assert_eq!(answer["ids"], case["greedy_24"], "{} on {device}", dir.display());
            assert_eq!((answer["text"].as_str(), answer["finish_reason"].as_str()), (Some(""), Some("length")));
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_text_streamed_or_not() {
    let args = ["--prompt", "The ferry stage.\nMara:", "--bos", "--seed", "3", "--quantize", "q8_0", "--stop", "\n"];
    let whole = json(&generate(&ember(), &[&args[..], &["--json"]].concat()));
    let text = whole["text"].as_str().unwrap();
    assert!(text.trim().len() > 1 && !whole["ids"].as_array().unwrap().is_empty(), "{whole}");
    assert_eq!(json(&generate(&ember(), &[&args[..], &["--json", "--threads", "1"]].concat())), whole);
    let streamed = generate(&ember(), &args);
    assert_eq!(String::from_utf8(streamed.stdout).unwrap(), format!("{text}\n"));
}

#[test]
fn errors_say_what_to_do() {
    let base = gpt2("base");
    for (model, args, code, word) in [
        (Path::new("/no/such/dir"), &["--prompt", "x"][..], 1, "missing"),
        (&base, &["--prompt", "x"], 1, "tokenizer.json"),
        (&base, &["--ids", "1", "--temperature", "0"], 1, "temperature"),
        (&base, &["--ids", "999999"], 1, "999999"),
        (&base, &["--ids", "1", "--bos"], 2, "--bos"),
        (&base, &["--ids", "1", "--ban", "bell"], 2, "--ban"),
        (&base, &[], 2, "--prompt"),
        (&base, &["--ids", "1", "--prompt", "x"], 2, "--ids"),
        (&base, &["--ids", "1", "--quantize", "q9"], 2, "q9"),
        (&base, &["--ids", "1", "--device", "gpu"], 2, "gpu"),
        (&base, &["--ids", "1", "--device", "candle", "--quantize", "q8_0"], 2, "f32"),
        #[cfg(not(feature = "cuda"))]
        (&base, &["--ids", "1", "--device", "cuda"], 1, "feature 'cuda'"),
    ] {
        let output = generate(model, args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(word), "{args:?}: {error}");
        assert!(output.stdout.is_empty());
    }
}
