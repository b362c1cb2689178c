//! `raconteur quantize` and `raconteur export` as a program.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn ember() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember")
}

fn raconteur(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).args(arguments.iter().map(AsRef::as_ref)).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A text of a model.
fn text(model: &Path, quantize: &str) -> String {
    let prompt = "\"Two strokes,\" said Mara.";
    said(&raconteur(&[
        &"generate",
        &"--model",
        &model,
        &"--quantize",
        &quantize,
        &"--prompt",
        &prompt,
        &"--seed",
        &"4",
        &"--max-new-tokens",
        &"20",
    ]))
}

#[test]
fn every_way_round_gives_the_same_text() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join("models").join(name);
    let want = ["none", "q8_0", "q4"].map(|format| text(&ember(), format));
    for format in ["q8_0", "q4"] {
        let told = said(&raconteur(&[&"quantize", &ember(), &"--to", &format, &"--out", &at(format)]));
        assert!(told.contains(&format!("model.{format}.safetensors")), "{told}");
        assert!(!at(format).join("model.safetensors").exists() && at(format).join("prompts.ron").exists());
    }
    assert_eq!([text(&at("q8_0"), "q8_0"), text(&at("q4"), "q4")], want[1..]);
    let gguf = at("ember.gguf");
    said(&raconteur(&[&"export", &ember(), &"--out", &gguf, &"--to", &"gguf"]));
    said(&raconteur(&[&"export", &gguf, &"--out", &at("back"), &"--dtype", &"f16"]));
    for model in [&gguf, &at("back")] {
        assert_eq!(["none", "q8_0", "q4"].map(|format| text(model, format)), want, "{}", model.display());
    }
    // Beside the weights that are there.
    said(&raconteur(&[&"quantize", &at("back"), &"--out", &at("back")]));
    assert_eq!(text(&at("back"), "q8_0"), want[1]);
}

#[test]
fn mistakes_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let failed = |arguments: &[&dyn AsRef<std::ffi::OsStr>], code: i32| {
        let output = raconteur(arguments);
        assert_eq!(output.status.code(), Some(code));
        String::from_utf8(output.stderr).unwrap()
    };
    let told = failed(&[&"export", &ember(), &"--out", &dir.path(), &"--to", &"gguf"], 2);
    assert!(told.contains(".gguf"), "{told}");
    let told = failed(&[&"export", &ember(), &"--out", &dir.path().join("x.gguf")], 2);
    assert!(told.contains("--to gguf"), "{told}");
    let told = failed(&[&"quantize", &ember(), &"--to", &"none", &"--out", &dir.path()], 1);
    assert!(told.contains("raconteur export"), "{told}");
    let told = failed(&[&"quantize", &dir.path(), &"--out", &dir.path()], 1);
    assert!(told.contains("config.json"), "{told}");
    std::fs::copy(ember().join("config.json"), dir.path().join("config.json")).unwrap();
    std::fs::write(dir.path().join("pytorch_model.bin"), "pickle").unwrap();
    let told = failed(&[&"export", &dir.path(), &"--out", &dir.path()], 1);
    assert!(told.contains("pytorch_model.bin") && told.contains("save_pretrained"), "{told}");
}
