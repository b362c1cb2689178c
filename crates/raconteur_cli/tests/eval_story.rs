//! `raconteur eval STORY` as a program, on a story of four lines and the model in the box.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Two lines have something to say, one is free, one answers; nothing in it is left to chance but questions.
const STORY: &str = r#"(format: 1, id: "quay", title: "The Quay", locale: "en", start: "quay", ends: ["road"],
    cast: {
        "mara": (name: "Mara", voice: "ferrywoman; dry", knows: ["boat"],
            talks: [("Is it far?", "Far enough."), ("Who tars her?", "I do, in spring.")]),
        "odo": (name: "Odo", voice: "sexton; over-polite", talks: [("Who goes?", "Only me, friend.")]),
    },
    lore: { "boat": (says: "The boat is tarred in spring.", keys: ["boat", "tar"]) },
    policies: {
        "default": (names: Known, ban: ["phone"], sentences: 1, tokens: (2, 16), tries: 2,
                    rank: Pmi(null: "{speaker}:", floor: -9.0), budget_ms: 700),
    },
    beats: {
        "quay": (setting: "A quay in the rain.", lines: [
            (id: "mind", who: "mara", say: "Mind the rope.", gen: Vary(prompt: "vary", must: [["rope"]])),
            (id: "round", who: "odo", say: "Round and round and round and round we go.",
             gen: Free(prompt: "say", goal: "Odo talks of the rain.", must: [["round"]])),
            (id: "late", who: "odo", say: "The boat is late again.", gen: Free(prompt: "say", goal: "The boat is late.")),
            (id: "ask", who: "mara", say: "Ask me, then.",
             gen: Answer(prompt: "reply", from: ["boat"], unsure: "ask")),
        ], choices: [(id: "go", say: "Go on.", to: "road")]),
        "road": (setting: "The road.", lines: [], end: true),
    })"#;

fn eval(story: &Path, arguments: &[&str]) -> Output {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let mut command = Command::new(env!("CARGO_BIN_EXE_raconteur"));
    command.arg("eval").arg(story).arg("--model").arg(model).args(arguments);
    command.output().unwrap()
}

/// The figures of a metric: column, value, how many it is of.
fn figures(report: &Value, name: &str) -> BTreeMap<String, (f64, u64)> {
    let metric = report["metrics"].as_array().unwrap().iter().find(|metric| metric["name"] == name);
    let metric = metric.unwrap_or_else(|| panic!("{name}: {report:#}"));
    let figure = |figure: &Value| {
        let column = figure["column"].as_str().unwrap().to_owned();
        (column, (figure["value"].as_f64().unwrap(), figure["n"].as_u64().unwrap()))
    };
    metric["figures"].as_array().unwrap().iter().map(figure).collect()
}

#[test]
fn a_story_is_measured_in_every_column() {
    let dir = tempfile::tempdir().unwrap();
    let (story, json) = (dir.path().join("quay.story.ron"), dir.path().join("quay.json"));
    std::fs::write(&story, STORY).unwrap();
    let output = eval(&story, &["--limit", "2", "--seed", "4", "--json", json.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    let columns = ["model off", "raw sample", "+ filters", "+ n-best PMI", "+ guidance", "in play"];
    let head = table.lines().find(|line| line.contains("model off")).unwrap();
    let places: Vec<usize> = columns.iter().map(|column| head.find(column).unwrap()).collect();
    assert!(places.is_sorted(), "{head}");

    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!((&report["source"], &report["seed"]), (&"quay.story.ron".into(), &4.into()));
    let count = |kind: &str| {
        let counts = report["counts"].as_array().unwrap();
        counts.iter().find(|count| count[0] == kind).unwrap()[1].as_u64().unwrap()
    };
    assert_eq!(count("plays"), 2);
    // Without the model the script is all there is: of the two lines with `must` none is a model's, both say it.
    let own = figures(&report, "must: in the model's text");
    assert_eq!(own.keys().map(String::as_str).collect::<Vec<_>>().len(), columns.len());
    assert_eq!(own["model off"], (0.0, 2));
    let delivered = figures(&report, "must: delivered");
    for column in columns {
        let (value, n) = delivered[column];
        // Each play has both lines; the columns make each different request once.
        assert_eq!(n, if column == "in play" { 4 } else { 2 }, "{column}");
        assert!(value == 1.0 || column == "raw sample", "{column}: {value}");
    }
    // Six runs of four words stand in "Round and .. we go", four of them different; no other line repeats one.
    let repeats = figures(&report, "seq-rep-4");
    assert!(!repeats.contains_key("model off"));
    let (value, n) = repeats["authored"];
    assert!(n == 4 && (value - (1.0 - 4.0 / 6.0) / 4.0).abs() < 1e-9, "{repeats:?}");
    // 3 + 9 + 5 + 3 words, of whose 16 pairs "round and" and "and round" come three times each.
    let (value, _) = figures(&report, "distinct-2")["authored"];
    assert!((value - 12.0 / 16.0).abs() < 1e-9, "{value}");
    for (column, (value, n)) in figures(&report, "forbidden: anything") {
        assert!(column != "model off" && n > 0 && (value == 0.0 || column == "raw sample"), "{column}: {value}");
    }
    let held = figures(&report, "plays that hold");
    assert_eq!(held, BTreeMap::from([("in play".to_owned(), (1.0, 2))]));
    // Everything that was asked for ended, in every column that asks.
    let requests = count("requests in every column");
    for column in &columns[1..columns.len() - 1] {
        let ends = report["ends"].as_array().unwrap().iter().find(|ends| ends["column"] == *column).unwrap();
        let times = ends["ends"].as_array().unwrap().iter().map(|end| end[1].as_u64().unwrap());
        assert_eq!((ends["n"].as_u64().unwrap(), times.sum::<u64>()), (requests, requests), "{column}");
    }
    assert!(report["ends"].as_array().unwrap().iter().all(|ends| ends["column"] != "model off"));
}

#[test]
fn a_story_with_errors_is_not_measured() {
    let dir = tempfile::tempdir().unwrap();
    let story = dir.path().join("quay.story.ron");
    std::fs::write(&story, STORY.replace("to: \"road\"", "to: \"nowhere\"")).unwrap();
    let output = eval(&story, &[]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{told}");
    assert!(told.contains("nowhere"), "{told}");
}
