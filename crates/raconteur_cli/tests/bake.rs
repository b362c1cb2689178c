//! `raconteur bake` as a program, with the model in the box: candidates, reviews, and a story that then needs no model.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn asset(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(path)
}

fn raconteur(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raconteur")).args(args).output().unwrap()
}

fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

struct Bench {
    _folder: tempfile::TempDir,
    story: PathBuf,
    model: String,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let story = folder.path().join("drowned_bell.story.ron");
        std::fs::copy(asset("stories/drowned_bell.story.ron"), &story).unwrap();
        Self { _folder: folder, story, model: asset("models/ember").to_str().unwrap().to_owned() }
    }

    fn bake(&self, args: &[&str]) -> Output {
        let mut all = vec!["bake", self.story.to_str().unwrap()];
        all.extend(args);
        raconteur(&all)
    }

    fn file(&self, end: &str) -> PathBuf {
        self.story.with_file_name(format!("drowned_bell.baked.{end}"))
    }

    fn read(&self, end: &str) -> String {
        std::fs::read_to_string(self.file(end)).unwrap()
    }

    fn play(&self, args: &[&str]) -> String {
        let transcript = self.story.with_file_name("t.txt");
        let mut all = vec!["play", self.story.to_str().unwrap(), "--choices", "ford_c,leave_it", "--transcript"];
        all.push(transcript.to_str().unwrap());
        all.extend(args);
        done(&raconteur(&all));
        std::fs::read_to_string(&transcript).unwrap()
    }
}

#[test]
fn a_plan_needs_no_model_and_writes_nothing() {
    let bench = Bench::new();
    let output = bench.bake(&["--plan"]);
    let plan = done(&output);
    assert!(
        plan.contains("ford_2  \"You came for the bell. They all come for the bell.\"\n    at the start\n"),
        "{plan}"
    );
    assert!(plan.contains("conf_1  \"Forty silver."), "{plan}");
    let rest = String::from_utf8(output.stderr).unwrap();
    assert!(rest.contains("ask_1 is not baked: an answer depends on what is asked"), "{rest}");
    assert!(!bench.file("ron").exists() && !bench.file("csv").exists());
}

#[test]
fn a_baked_story_is_played_without_a_model_and_always_in_the_same_words() {
    let bench = Bench::new();
    let only = ["--only", "ford_2,tower_1", "--model", &bench.model, "-n", "6"];
    let said = done(&bench.bake(&only));
    assert!(said.starts_with("12 candidates: "), "{said}");
    let table = bench.read("ron");
    assert!(
        table.contains("\"ford_2\": [") && table.contains("(accept: false") && !table.contains("(accept: true"),
        "{table}"
    );

    // A person decides; another run keeps that and adds.
    let accepted = table.replacen("(accept: false", "(accept: true", 1);
    std::fs::write(bench.file("ron"), accepted).unwrap();
    done(&bench.bake(&only));
    let more = bench.read("ron");
    assert_eq!(more.matches("(accept: true").count(), 1, "{more}");
    assert!(more.lines().count() > table.lines().count(), "other candidates were added: {more}");
    done(&bench.bake(&["--accept-top", "2"]));
    let table = bench.read("ron");
    assert_eq!(table.matches("(accept: true").count(), 4, "two of each: {table}");
    let status = done(&bench.bake(&["--status"]));
    let row = |id: &str| {
        status.lines().find(|line| line.starts_with(id)).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!((row("ford_2").as_str(), row("tower_1").as_str(), row("all").as_str()), ("2", "2", "4"), "{status}");

    let first = bench.play(&["--seed", "3"]);
    assert_eq!(first, bench.play(&["--seed", "3"]), "the same bytes");
    let baked = (1..9).map(|seed| bench.play(&["--seed", &seed.to_string()])).filter(|play| play.contains("(baked)"));
    assert!(baked.count() > 0, "some seed shows a baked variant");
    let with_model = bench.play(&["--seed", "3", "--model", &bench.model]);
    let of = |play: &str, name: &str| play.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    for name in ["Mara", "Odo"] {
        let line = of(&with_model, name);
        let words = line.split_once("): ").unwrap().1;
        assert!(!line.contains("(generated)"), "nothing is generated for a baked line: {line}");
        let known = table.contains(&format!("say: \"{}\"", words.replace('"', "\\\""))) || first.contains(words);
        assert!(
            known || bench.play(&[]).contains(words) || words.starts_with("You came") || words.starts_with("Saints"),
            "{line}"
        );
    }
}

#[test]
fn reviews_come_back_from_a_spreadsheet() {
    let bench = Bench::new();
    done(&bench.bake(&["--only", "ford_2", "--model", &bench.model, "-n", "4"]));
    let sheet = bench.read("csv");
    assert!(sheet.starts_with("line,speaker,variant,score,reasons,accept,note,authored,state,lock\n"), "{sheet}");
    assert!(sheet.contains("\nford_2,Mara,"), "{sheet}");
    let back = bench.story.with_file_name("back.csv");
    std::fs::write(
        &back,
        "line;variant;accept;note\nford_2;The bell, is it? Always the bell.;yes;mine\nnowhere;x;yes;\n",
    )
    .unwrap();
    let output = bench.bake(&["--import", back.to_str().unwrap()]);
    assert!(done(&output).starts_with("1 of 2 rows change the table"));
    assert!(String::from_utf8(output.stderr).unwrap().contains("'nowhere' is no text of the story"));
    assert!(
        bench
            .read("ron")
            .contains("(accept: true, score: 0.000, say: \"The bell, is it? Always the bell.\", note: \"mine\"")
    );
    // A changed text makes its variants stale.
    let text = std::fs::read_to_string(&bench.story).unwrap().replacen(
        "They all come for the bell.",
        "They all do. The bell.",
        1,
    );
    std::fs::write(&bench.story, text).unwrap();
    let status = done(&bench.bake(&["--status"]));
    let row: Vec<&str> = status.lines().find(|line| line.starts_with("ford_2")).unwrap().split_whitespace().collect();
    assert_eq!((row[1], row[2]), ("0", "0"), "{status}");
    assert_ne!(row[4], "0", "{status}");
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let bench = Bench::new();
    for (args, wanted) in [
        (vec![], "bake needs --model DIR"),
        (vec!["--plan", "--only", "ask_1"], "an answer depends on what is asked"),
        (vec!["--plan", "--only", "ford_9"], "no such text has `gen`; there are ford_2"),
        (vec!["--plan", "--locale", "de-DE"], "the story speaks en"),
    ] {
        let output = bench.bake(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
}
