//! `raconteur eval X.documents.ron` as a program: the figures of reading comprehension with the model in the box.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn eval(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("eval").args(arguments).output().unwrap()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn dev(name: &str) -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(name))
}

#[test]
fn questions_are_answered_by_keys_by_scores_and_by_both() {
    let (documents, questions, model) =
        (dev("dev.documents.ron"), dev("dev.questions.ron"), text(&at("assets/models/ember")));
    let arguments = [documents.as_str(), "--questions", &questions, "--model", &model, "--seed", "2", "--json"];
    let output = eval(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let metric = |name: &str| {
        let found = report["metrics"].as_array().unwrap().iter().find(|metric| metric["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {report}"))["figures"].as_array().unwrap().clone()
    };
    let columns: Vec<String> =
        metric("exact match").iter().map(|figure| figure["column"].as_str().unwrap().to_owned()).collect();
    assert_eq!(columns, ["key search", "ranker alone", "keys and ranker"]);
    for name in ["exact match", "F1", "abstention precision", "abstention recall", "abstention recall, closed"] {
        for figure in metric(name) {
            let [value, low, high] = ["value", "low", "high"].map(|key| figure[key].as_f64().unwrap());
            assert!((0.0..=1.0).contains(&value) && low <= value && value <= high, "{name} {figure}");
        }
    }
    // It is the set that the method was made with: key search has to be good at it, whatever changes.
    assert!(metric("exact match")[0]["value"].as_f64().unwrap() > 0.7, "{:?}", metric("exact match"));
    for figure in metric("leaks") {
        assert_eq!(figure["value"], 0.0, "{figure}");
    }
    for figure in metric("the span stands in the wording") {
        assert!(figure["value"].as_f64().unwrap() > 0.9, "{figure}");
    }
    let samples = report["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 33);
    // The same questions, model and seed give the same answers.
    let again: serde_json::Value = serde_json::from_slice(&eval(&arguments).stdout).unwrap();
    assert_eq!((&again["samples"], &again["metrics"]), (&report["samples"], &report["metrics"]));
}

#[test]
fn the_shipped_questions_suit_the_shipped_documents() {
    let (documents, questions) = (at("assets/documents/archive.documents.ron"), at("assets/documents/questions.ron"));
    let model = text(&at("assets/models/ember"));
    let output =
        eval(&[&text(&documents), "--questions", &text(&questions), "--model", &model, "--limit", "2", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["counts"][0], serde_json::json!(["documents", 12]));
    let library = raconteur_core::reading::Library::from_ron(&std::fs::read_to_string(&documents).unwrap()).unwrap();
    let quiz = std::fs::read_to_string(&questions).unwrap();
    let quiz = raconteur_core::reading::quiz::Questions::from_ron(&quiz, &library).unwrap().questions;
    let unknown = quiz.iter().filter(|asked| !asked.answerable()).count();
    assert_eq!((quiz.len(), unknown), (60, 20));
    for (_, document) in library.documents() {
        let words: usize = document.text.iter().map(|text| text.split_whitespace().count()).sum();
        assert!((80..=300).contains(&words), "{}: {words}", document.title);
    }
}

#[test]
fn mistakes_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let model = text(&at("assets/models/ember"));
    let broken = dir.path().join("broken.documents.ron");
    std::fs::write(&broken, "Documents(format: 1, documents: { \"a\": (title: \"\") })").unwrap();
    let strange = dir.path().join("strange.ron");
    std::fs::write(
        &strange,
        "Questions(format: 1, questions: [(id: \"x\", ask: \"Who?\", answers: [\"Nemo\"], document: \"will\")])",
    )
    .unwrap();
    let documents = dev("dev.documents.ron");
    for (arguments, code, words) in [
        (vec![documents.as_str(), "--model", &model], 2, vec!["--questions"]),
        (vec![documents.as_str(), "--model", &model, "--questions", "nowhere.ron"], 1, vec!["nowhere.ron"]),
        (
            vec![broken.to_str().unwrap(), "--model", &model, "--questions", "x"],
            1,
            vec!["broken", "no title", "no text"],
        ),
        (
            vec![documents.as_str(), "--model", &model, "--questions", strange.to_str().unwrap()],
            1,
            vec!["'x'", "none of its answers"],
        ),
    ] {
        let output = eval(&arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {told}");
        assert!(words.iter().all(|word| told.contains(word)), "{arguments:?} {told}");
    }
}
