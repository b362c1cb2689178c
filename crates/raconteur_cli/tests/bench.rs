//! `raconteur bench` as it is called from a shell. Nothing here says how fast anything has to be.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn ember() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember")
}

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).arg("bench").args(args).output().unwrap()
}

fn ember_with(args: &[&str]) -> Output {
    let model = ember();
    let small = ["--model", model.to_str().unwrap(), "--prompt-tokens", "40", "--new-tokens", "6", "--repeat", "2"];
    bench(&[&small[..], args].concat())
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_row_has_its_numbers() {
    let report = json(&ember_with(&["--quantize", "q8_0,q4", "--threads", "1,2", "--batch", "1,3", "--json"]));
    assert_eq!((report["schema"].as_u64(), report["model"].as_str()), (Some(1), Some("ember")));
    assert!(number(&report["machine"]["cores"]) >= 1.0 && report["machine"]["instruction_sets"].is_array());
    let rows = report["rows"].as_array().unwrap();
    let keys: Vec<(String, u64, u64)> = rows
        .iter()
        .map(|row| {
            let format = row["quantization"].as_str().unwrap().to_owned();
            (format, row["threads"].as_u64().unwrap(), row["batch"].as_u64().unwrap())
        })
        .collect();
    let expected = ["Q8_0", "Q4"].into_iter().flat_map(|format| {
        [(1, 1), (1, 3), (2, 1), (2, 3)].into_iter().map(move |(threads, batch)| (format.to_owned(), threads, batch))
    });
    assert_eq!(keys, expected.collect::<Vec<_>>());
    for row in rows {
        for field in ["decode_tokens_per_s", "prefill_tokens_per_s"] {
            let [best, median, worst] = ["best", "median", "worst"].map(|name| number(&row[field][name]));
            assert!(best >= median && median >= worst && worst > 0.0, "{field}: {row}");
        }
        let cold = &row["first_token_ms"]["cold"];
        assert!(number(&cold["worst"]) >= number(&cold["best"]) && number(&cold["best"]) > 0.0, "{row}");
        assert!(row["first_token_ms"]["hit"].is_null() && row["games"].as_array().unwrap().is_empty());
        assert!(number(&row["step_ms"]["p99"]) >= number(&row["step_ms"]["p50"]));
        assert_eq!((row["prompt_tokens"].as_u64(), row["new_tokens"].as_u64()), (Some(40), Some(6)));
        if cfg!(target_os = "linux") {
            assert!(number(&row["peak_rss_bytes"]) > number(&row["weights_bytes"]), "{row}");
        }
    }
    // A batch keeps a cache for each of its texts, and reads its prompts one after the other.
    assert!(number(&rows[1]["kv_bytes"]) > 2.5 * number(&rows[0]["kv_bytes"]));
    let last = |row: &Value| number(&row["first_token_ms"]["cold"]["worst"]);
    assert!(last(&rows[1]) > number(&rows[1]["first_token_ms"]["cold"]["best"]));
    assert!(number(&rows[0]["weights_bytes"]) > number(&rows[4]["weights_bytes"]), "4 bits take less than 8");
}

#[test]
fn a_game_plays_without_generation_and_with_it() {
    let game = ["--game-load", "1", "--game-helper", "0.5", "--seconds", "0.3", "--game-mode", "frame,balanced,reply"];
    let report = json(&ember_with(&[&["--batch", "2", "--threads", "2", "--json"], &game[..]].concat()));
    let games = report["rows"][0]["games"].as_array().unwrap();
    assert_eq!(games.iter().map(|game| &game["mode"]).collect::<Vec<_>>(), ["frame", "balanced", "reply"]);
    for game in games {
        assert_eq!((number(&game["work_ms"]), number(&game["helper_ms"])), (1.0, 0.5));
        for frames in [&game["without"], &game["with"]] {
            let count = number(&frames["frames"]);
            assert!((1.0..=20.0).contains(&count) && number(&frames["missed"]) <= count, "{frames}");
            assert!(number(&frames["work_p99"]) >= number(&frames["work_median"]), "{frames}");
        }
        assert!(number(&game["tokens_per_s"]) > 0.0, "{game}");
    }
}

#[test]
fn a_prefix_that_was_read_before_is_a_hit_if_there_is_memory_for_it() {
    let hit = |budget: &str| {
        let args = ["--prefix-hit", "--batch", "2", "--kv-budget-mb", budget, "--json"];
        let report = json(&ember_with(&args));
        let hit = &report["rows"][0]["first_token_ms"]["hit"];
        assert!(number(&hit["best"]) > 0.0 && number(&hit["worst"]) >= number(&hit["median"]), "{report}");
        hit["cached_tokens"].as_u64().unwrap()
    };
    // All but the last 16 of 40 tokens are known; what is kept are whole pages of them.
    let cached = hit("64");
    assert!((16..=24).contains(&cached), "{cached}");
    assert_eq!(hit("0"), 0);
}

#[test]
fn candle_is_measured_the_same_way() {
    let report = json(&ember_with(&["--device", "candle", "--batch", "1,2", "--threads", "1", "--json"]));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((row["device"].as_str(), row["quantization"].as_str()), (Some("candle"), Some("f32")));
        assert!(
            number(&row["decode_tokens_per_s"]["worst"]) > 0.0 && number(&row["prefill_tokens_per_s"]["worst"]) > 0.0
        );
    }
}

#[test]
fn tables_can_be_pasted() {
    let output = ember_with(&["--batch", "1", "--game-load", "1", "--seconds", "0.1", "--sample"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("ember, prompts of 40 tokens, 6 new tokens, top_p"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    // Two heads with their rules; one row; without and with generation.
    assert_eq!(rows.len(), 2 + 1 + 2 + 2, "{text}");
    let columns = |row: &str| row.matches('|').count();
    assert!(rows[..3].iter().all(|row| columns(row) == columns(rows[0])), "{text}");
    assert!(rows[3..].iter().all(|row| columns(row) == columns(rows[3])), "{text}");
}

#[test]
fn errors_say_what_to_do() {
    let ember = ember();
    let ember = ember.to_str().unwrap();
    for (args, code, word) in [
        (&[][..], 2, "--shape"),
        (&["--shape", "7B"], 2, "distilgpt2, 124M, 355M, 774M, 1.5B"),
        (&["--shape", "124M", "--model", ember], 2, "--model"),
        (&["--shape", "124M", "--batch", "0"], 2, "--batch"),
        (&["--shape", "124M", "--batch", "x"], 2, "--batch"),
        (&["--shape", "124M", "--prompt-tokens", "0"], 2, "--prompt-tokens"),
        (&["--shape", "124M", "--new-tokens", "1"], 2, "at least 2"),
        (&["--shape", "124M", "--prompt-tokens", "1000"], 2, "1024"),
        (&["--shape", "124M", "--prefix-hit", "--prompt-tokens", "16"], 2, "--prefix-hit"),
        (&["--shape", "124M", "--repeat", "0"], 2, "--repeat"),
        (&["--shape", "124M", "--quantize", "q9"], 2, "q9"),
        (&["--shape", "124M", "--device", "candle", "--quantize", "q4"], 2, "f32"),
        (&["--shape", "124M", "--game-load", "0"], 2, "--game-load"),
        (&["--shape", "124M", "--game-helper", "2"], 2, "--game-load"),
        (&["--shape", "124M", "--game-load", "2", "--seconds", "0"], 2, "--seconds"),
        (&["--shape", "124M", "--game-load", "2", "--game-mode", "fast"], 2, "balanced"),
        (&["--model", "/no/such/dir"], 1, "missing"),
    ] {
        let output = bench(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(word), "{args:?}: {error}");
        assert!(output.stdout.is_empty());
    }
}
