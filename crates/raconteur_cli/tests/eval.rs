//! `raconteur eval` as a program, on a few scenes of our own and the model in the box.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn ember() -> String {
    at("assets/models/ember").to_str().unwrap().to_owned()
}

fn eval(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("eval").args(arguments).output().unwrap()
}

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes/quay.jsonl")
}

#[test]
fn a_corpus_is_measured_twice_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (json, html) = (dir.path().join("ölçü 1.json"), dir.path().join("page.html"));
    let (scenes, model) = (scenes(), ember());
    let only = "M1,M2,M4,M5,M7,M10,M12";
    let arguments = ["--model", &model, "--only", only, "--seed", "3"];
    let arguments = [&[scenes.to_str().unwrap()][..], &arguments].concat();
    let written =
        eval(&[&arguments[..], &["--json", json.to_str().unwrap(), "--html", html.to_str().unwrap()]].concat());
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let table = String::from_utf8(written.stdout).unwrap();
    assert!(table.contains("must: delivered") && table.contains("bits per byte"), "{table}");
    let first: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();

    let keys: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "counts", "ends", "machine", "metrics", "model", "notes", "samples", "schema", "seconds", "seed", "source",
        "version",
    ];
    assert_eq!(keys, wanted);
    assert_eq!((&first["schema"], &first["source"]), (&1.into(), &"quay.jsonl".into()));
    let metrics = first["metrics"].as_array().unwrap();
    for metric in metrics {
        assert!(only.split(',').any(|id| metric["id"] == id), "{metric}");
        assert!(["share", "number", "ms"].contains(&metric["unit"].as_str().unwrap()), "{metric}");
        for figure in metric["figures"].as_array().unwrap() {
            let [value, low, high] = ["value", "low", "high"].map(|key| figure[key].as_f64().unwrap());
            assert!(low <= value && value <= high && figure["n"].as_u64().unwrap() > 0, "{metric}");
        }
    }
    let delivered = metrics.iter().find(|metric| metric["name"] == "must: delivered").unwrap();
    let columns: Vec<&str> =
        delivered["figures"].as_array().unwrap().iter().map(|figure| figure["column"].as_str().unwrap()).collect();
    assert_eq!(columns, ["model off", "raw sample", "+ filters", "+ n-best PMI", "+ guidance"]);
    for figure in delivered["figures"].as_array().unwrap() {
        assert!(figure["column"] == "raw sample" || figure["value"] == 1.0, "{figure}");
    }
    let forbidden = metrics.iter().find(|metric| metric["name"] == "forbidden: anything").unwrap();
    for figure in forbidden["figures"].as_array().unwrap() {
        assert!(figure["column"] == "raw sample" || figure["value"] == 0.0, "{figure}");
    }
    let samples = first["samples"].as_array().unwrap();
    assert!(!samples.is_empty() && samples.iter().all(|sample| !sample["delivered"].as_str().unwrap().is_empty()));
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("<svg") && page.contains("must: delivered") && page.ends_with("</html>\n"));

    // The same again on another number of threads; only the time differs.
    let again = eval(&[&arguments[..], &["--threads", "1", "--json"]].concat());
    let mut again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    again["seconds"] = first["seconds"].clone();
    assert_eq!(again, first);
}

#[test]
fn mistakes_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let model = ember();
    let file = dir.path().join("bad.jsonl");
    std::fs::write(&file, "\n{\"kind\": \"talk\"}\n").unwrap();
    let empty = dir.path().join("empty.jsonl");
    std::fs::write(&empty, "\n").unwrap();
    let scenes = scenes();
    for (arguments, code, words) in [
        (&[file.to_str().unwrap(), "--model", &model][..], 1, &["bad.jsonl", "line 2", "world"][..]),
        (&[empty.to_str().unwrap(), "--model", &model], 1, &["no scenes"]),
        (&["nowhere.jsonl", "--model", &model], 1, &["nowhere.jsonl"]),
        (&[scenes.to_str().unwrap(), "--model", "nowhere"], 1, &["nowhere", "Hugging Face"]),
        (&[scenes.to_str().unwrap(), "--model", &model, "--only", "M13"], 2, &["M13", "M12, M14"]),
        (&[scenes.to_str().unwrap(), "--model", &model, "--limit", "0"], 2, &["--limit"]),
        (&["lambada", "--model", &model], 2, &["--data"]),
        (&["lambada", "--model", &model, "--data", file.to_str().unwrap()], 1, &["line 2", "text"]),
    ] {
        let output = eval(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {told}");
        assert!(words.iter().all(|word| told.contains(word)), "{arguments:?} {told}");
    }
}

#[test]
fn the_benchmarks_of_published_weights_run_on_any_model() {
    let dir = tempfile::tempdir().unwrap();
    let model = ember();
    let (passages, text) = (dir.path().join("lambada.jsonl"), dir.path().join("wiki.txt"));
    let lines = [
        "The bell of the old chapel lies in the river, and nobody has ever seen the bell",
        "You: Who is there?\nMara: Me.",
    ];
    let lines: String = lines.iter().map(|text| serde_json::json!({ "text": text }).to_string() + "\n").collect();
    std::fs::write(&passages, lines).unwrap();
    std::fs::write(&text, "The river is high. ".repeat(300)).unwrap();
    let run = |task: &str, data: &Path| -> serde_json::Value {
        let output = eval(&[task, "--model", &model, "--data", data.to_str().unwrap(), "--quantize", "none", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let lambada = run("lambada", &passages);
    assert_eq!(lambada["texts"], 2);
    assert!(lambada["perplexity"]["value"].as_f64().unwrap() > 1.0);
    let wiki = run("wikitext", &text);
    assert_eq!(
        (wiki["window"].as_u64(), wiki["stride"].as_u64(), wiki["words"].as_u64()),
        (Some(512), Some(512), Some(1200))
    );
    let (tokens, predicted) = (wiki["tokens"].as_u64().unwrap(), wiki["predicted"].as_u64().unwrap());
    assert_eq!(predicted, tokens - tokens.div_ceil(512));
    let (token, word) = (wiki["token_perplexity"].as_f64().unwrap(), wiki["word_perplexity"].as_f64().unwrap());
    // The same nats over other counts.
    assert!((token.ln() * predicted as f64 - word.ln() * 1200.0).abs() < 1e-6 * predicted as f64);
}
