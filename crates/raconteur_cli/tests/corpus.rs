//! `raconteur corpus`, and `tokenizer` and `train` on the same files, as a program.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn quay() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/quay.jsonl")
}

fn raconteur(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs what has to succeed.
fn done(arguments: &[&str]) -> Output {
    let output = raconteur(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    output
}

/// A folder whose name is awkward, with a file in it.
fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("köy ş ").tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn check_lists_every_line_and_exits_as_check_does() {
    let good = done(&["corpus", "check", text(&quay()), "--deny", "warnings"]);
    assert!(stdout(&good).ends_with("in 1 file: 0 errors, 0 warnings, 0 infos\n"), "{}", stdout(&good));

    let scenes = lines(&quay());
    let bad = [scenes[0].as_str(), "{", &scenes[0], "no scene", &scenes[1].replace("\"Odo\": \"m\", ", "")].join("\n");
    let (_folder, path) = file("a b.jsonl", &bad);
    let output = raconteur(&["corpus", "check", text(&path)]);
    assert_eq!(output.status.code(), Some(1));
    let found = stdout(&output);
    let place = |line: usize, column: usize| format!("{}:{line}:{column}: ", path.display());
    for start in [
        place(2, 1) + "error[D01]: EOF",
        place(3, 1) + "warning[D14]: the same scene as ",
        place(4, 2) + "error[D01]: expected ident. A scene is one JSON object",
        place(5, scenes[1].find("Odo").unwrap() + 1) + "info[D11]: 'Odo' is written like a name",
    ] {
        assert!(found.lines().any(|line| line.starts_with(&start)), "{start} in {found}");
    }
    assert!(found.ends_with("3 scenes in 1 file: 2 errors, 1 warning, 1 info\n"), "{found}");

    let only = raconteur(&["corpus", "check", text(&path), "--only", "d14"]);
    assert_eq!((only.status.code(), stdout(&only).lines().count()), (Some(0), 2));
    assert_eq!(
        raconteur(&["corpus", "check", text(&path), "--only", "D14", "--deny", "warnings"]).status.code(),
        Some(1)
    );
    let missing = raconteur(&["corpus", "check", "no such file.jsonl", text(&path)]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("no such file.jsonl cannot be read"));

    let json = raconteur(&["corpus", "check", text(&path), "--json"]);
    let parsed: Vec<serde_json::Value> =
        stdout(&json).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, findings) = parsed.split_last().unwrap();
    assert_eq!((findings.len(), summary["errors"].as_u64(), summary["failed"].as_bool()), (4, Some(2), Some(true)));
    assert_eq!((findings[0]["code"].as_str(), findings[0]["severity"].as_str()), (Some("D01"), Some("error")));
    assert_eq!((findings[3]["line"].as_u64(), findings[3]["file"].as_str()), (Some(5), Some(text(&path))));
}

#[test]
fn check_measures_with_a_tokenizer() {
    let ember = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let fits = done(&["corpus", "check", text(&quay()), "--tokenizer", text(&ember)]);
    assert!(!stdout(&fits).contains("D17"));
    let short = done(&["corpus", "check", text(&quay()), "--tokenizer", text(&ember), "--window", "40"]);
    assert!(stdout(&short).contains("warning[D17]: it takes ") && stdout(&short).contains("the window has 40"));
}

#[test]
fn stats_are_a_table_json_and_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (json, svg) = (folder.path().join("s.json"), folder.path().join("s.svg"));
    let table = stdout(&done(&["corpus", "stats", text(&quay()), "--json", text(&json), "--svg", text(&svg)]));
    let scenes = lines(&quay()).len();
    assert!(table.starts_with(&format!("{scenes} scenes, ")) && table.contains("answers that nobody knows"), "{table}");
    let parsed: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(parsed["scenes"].as_u64(), Some(scenes as u64));
    assert!(std::fs::read_to_string(&svg).unwrap().contains("Scenes by kind"));
    let printed = done(&["corpus", "stats", text(&quay()), "--json"]);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&printed.stdout).unwrap(), parsed);
}

#[test]
fn split_copies_every_line_to_one_side_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let split = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        done(&["corpus", "split", text(&quay()), "--valid", "0.3", "--seed", seed, "--out", text(&out)]);
        (lines(&out.join("train.jsonl")), lines(&out.join("valid.jsonl")))
    };
    let (train, valid) = split("a", "1");
    assert_eq!(split("b", "1"), (train.clone(), valid.clone()));
    assert!((2..9).any(|seed| split(&format!("c{seed}"), &seed.to_string()).1 != valid), "the seed decides");
    let all: BTreeSet<String> = train.iter().chain(&valid).cloned().collect();
    assert_eq!(all, lines(&quay()).into_iter().collect());
    assert_eq!(train.len() + valid.len(), all.len());
    assert!(!valid.is_empty() && valid.len() < train.len());
    let usage = raconteur(&["corpus", "split", text(&quay()), "--valid", "2", "--out", text(folder.path())]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn render_prints_what_a_model_sees() {
    let all = stdout(&done(&["corpus", "render", text(&quay()), "--limit", "1"]));
    let (text_of, rest) = all.split_once("\n<|endoftext|>\n").unwrap();
    assert_eq!(rest, "");
    assert!(text_of.starts_with("The quay at low tide, nets on the stones.\nThe lost anchor lies under the "), "{all}");
    assert!(
        text_of
            .contains("\nWenna: net mender; brisk, dry.\n\nYou: Where did the anchor end up?\nWenna: It is under the ")
    );
    let swapped = stdout(&done(&["corpus", "render", text(&quay()), "--limit", "1", "--swap", "1"]));
    assert!(!swapped.contains("Wenna") && swapped.contains("net mender"), "{swapped}");
}

#[test]
fn a_tokenizer_is_learned_measured_and_trained_with() {
    let folder = tempfile::tempdir().unwrap();
    let (once, again) = (folder.path().join("a"), folder.path().join("b"));
    for out in [&once, &again] {
        let said = stdout(&done(&["tokenizer", "train", text(&quay()), "--vocab", "400", "--out", text(out)]));
        assert!(said.contains(": 400 tokens from "), "{said}");
    }
    let json = std::fs::read(once.join("tokenizer.json")).unwrap();
    assert!(json == std::fs::read(again.join("tokenizer.json")).unwrap(), "the same files, the same tokenizer");
    let fit = done(&["tokenizer", "stats", text(&once), text(&quay()), "--json"]);
    let fit: serde_json::Value = serde_json::from_slice(&fit.stdout).unwrap();
    let (bytes, tokens) = (fit["bytes"].as_f64().unwrap(), fit["tokens"].as_f64().unwrap());
    assert!((fit["bytes_per_token"].as_f64().unwrap() - bytes / tokens).abs() < 1e-9 && bytes / tokens > 1.5, "{fit}");
    assert_eq!(fit["vocabulary"].as_u64(), Some(400));
    assert!(stdout(&done(&["tokenizer", "stats", text(&once), text(&quay())])).contains("bytes a token"));

    let model = folder.path().join("model");
    let small = ["--width", "16", "--layers", "1", "--heads", "2", "--positions", "256", "--row", "32"];
    let short = ["--batch", "2", "--steps", "3", "--warmup", "1", "--threads", "1"];
    let (scenes, model, tokenizer) = (quay(), text(&model), text(&once));
    let files =
        ["train", "--out", model, "--scenes", text(&scenes), "--valid", text(&scenes), "--tokenizer", tokenizer];
    let trained = done(&[&files[..], &small, &short].concat());
    assert!(stderr(&trained).contains("validation scenes are also learned from"), "{}", stderr(&trained));
    assert!(
        Path::new(model).join("best/tokenizer.json").exists() && Path::new(model).join("best/prompts.ron").exists()
    );

    let impossible = raconteur(&["tokenizer", "train", text(&scenes), "--vocab", "100", "--out", tokenizer]);
    assert_eq!(impossible.status.code(), Some(1));
    assert!(stderr(&impossible).contains("it takes 257 tokens"), "{}", stderr(&impossible));
}

#[test]
fn a_story_is_exported_and_passes_the_checks() {
    let story = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bell.jsonl");
    let said = stdout(&done(&["corpus", "export", text(&story), "--out", text(&out), "--verbose"]));
    assert!(said.contains("scenes of a prompt begin with it, byte for byte"), "{said}");
    assert!(said.contains("a narrator says it, without a goal: es_1, et_1, ford_1"), "{said}");
    done(&["corpus", "check", text(&out), "--deny", "warnings"]);
    let none = raconteur(&["corpus", "export", text(&quay()), "--out", text(&out)]);
    assert!(!none.status.success());
}

/// What `train` says about a file; it has to fail and to leave no model behind, or to succeed.
fn trained_on(name: &str, content: &[u8], more: &[&str]) -> (Option<i32>, String) {
    let ember = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let (folder, path) = file(name, content);
    let out = folder.path().join("model");
    let which = if name.ends_with("jsonl") { "--scenes" } else { "--text" };
    let small = ["--width", "16", "--layers", "1", "--heads", "2", "--positions", "64", "--row", "32"];
    let short = ["--batch", "2", "--steps", "1", "--warmup", "1", "--threads", "1", "--drills", "0"];
    let files = ["train", "--out", text(&out), which, text(&path), "--tokenizer", text(&ember)];
    let output = raconteur(&[&files[..], &small, &short, more].concat());
    assert_eq!(out.join("last/model.safetensors").exists(), output.status.success(), "{}", stderr(&output));
    (output.status.code(), stderr(&output))
}

#[test]
fn bad_data_stop_a_training_before_it_begins() {
    let scenes = lines(&quay());
    let picture: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let not_json = format!("{}\n\n{}\n", scenes[0], &scenes[1][..200]);
    let slot = scenes[0].replace("under {where}. Mind", "under {when}. Mind");
    for (name, content, code, words) in [
        ("empty.jsonl", &b""[..], 2, &["nothing to learn from", "not empty"][..]),
        ("empty.txt", b" \n\n", 2, &["nothing to learn from"]),
        ("picture.jsonl", &picture, 1, &["picture.jsonl", "line 2, column ", "0x80 is no UTF-8"]),
        ("zero.txt", b"a\nb\0c", 1, &["zero.txt", "line 2, column 2", "no text"]),
        ("json.jsonl", not_json.as_bytes(), 1, &["json.jsonl: line 3: ", "column 200", "corpus check"]),
        ("slot.jsonl", slot.as_bytes(), 1, &["slot.jsonl: line 1: {when} has no values", "slots"]),
    ] {
        let (found, said) = trained_on(name, content, &[]);
        assert_eq!(found, Some(code), "{name}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{name}: {said}");
    }
}

#[test]
fn the_other_commands_stop_at_a_bad_line_and_say_which() {
    let scenes = lines(&quay());
    let (folder, path) = file("bad.jsonl", format!("{}\n{{}}\n", scenes[0]));
    let out = folder.path().join("out");
    let (path, out) = (text(&path), text(&out));
    for arguments in [
        &["corpus", "stats", path][..],
        &["corpus", "split", path, "--out", out],
        &["corpus", "render", path],
        &["tokenizer", "train", path, "--out", out],
    ] {
        let output = raconteur(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said.contains("bad.jsonl: line 2: missing field `kind` (column 2)"), "{arguments:?}: {said}");
        assert!(!Path::new(out).exists() && stdout(&output).is_empty(), "{arguments:?}");
    }
    let (_folder, picture) = file("picture.txt", (0..=255).collect::<Vec<u8>>());
    let output = raconteur(&["tokenizer", "train", text(&picture), "--out", out]);
    assert!(stderr(&output).contains("picture.txt cannot be used: line 2, column "), "{}", stderr(&output));
    for content in ["", "\n \n"] {
        let (_folder, empty) = file("empty.jsonl", content);
        for arguments in [&["corpus", "stats", text(&empty)][..], &["corpus", "render", text(&empty)]] {
            assert!(stderr(&raconteur(arguments)).contains("there is no scene in "), "{arguments:?}");
        }
        let output = raconteur(&["tokenizer", "train", text(&empty), "--out", out]);
        assert!(stderr(&output).contains("no text to learn a tokenizer from"), "{}", stderr(&output));
    }
}

#[test]
fn tiny_and_duplicate_data_are_trained_on_and_told() {
    let scenes = lines(&quay());
    let (code, said) = trained_on("one.jsonl", scenes[0].as_bytes(), &[]);
    assert_eq!((code, said.contains("note")), (Some(0), false), "{said}");
    assert_eq!(trained_on("word.txt", b"Rain.", &[]).0, Some(0));
    let twice = format!("{}\n{}\n{}\n{}\n", scenes[0], scenes[1], scenes[0], scenes[0].replace("\"quay\"", "\"sea\""));
    let (code, said) = trained_on("twice.jsonl", twice.as_bytes(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 of 4 scenes stand further up already and are left out"), "{said}");
    let (_, said) = trained_on("twice.jsonl", twice.as_bytes(), &["--keep-duplicates"]);
    assert!(said.contains("are learned as often as they stand"), "{said}");
}
