//! `raconteur check` as a program: what it prints where, and how it exits.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn bell() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories/drowned_bell.story.ron")
}

fn check(path: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_raconteur");
    Command::new(program).arg("check").arg(path).args(args).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// The shipped story with one replacement, in a folder whose name is awkward.
fn broken(from: &str, to: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("köy ş 村 ").tempdir().expect("a folder");
    let path = folder.path().join("a b.story.ron");
    let text = std::fs::read_to_string(bell()).expect("the shipped story");
    assert!(text.contains(from));
    std::fs::write(&path, text.replacen(from, to, 1)).expect("a file");
    (folder, path)
}

/// The line of a file that holds a text, from 1.
fn line_of(path: &Path, text: &str) -> usize {
    let story = std::fs::read_to_string(path).expect("a story");
    story.lines().position(|line| line.contains(text)).expect("the text") + 1
}

#[test]
fn the_shipped_story_passes() {
    let output = check(&bell(), &["--deny", "warnings"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary = " in 8 beats, 14 lines; prompts not measured, which needs --model DIR\n";
    assert!(stdout(&output).ends_with(summary), "{}", stdout(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn an_error_is_shown_with_its_place() {
    let (_folder, path) = broken("to: \"heard\"", "to: \"herd\"");
    let output = check(&path, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("error[S02]: choice 'ford_a' goes to 'herd', which is no beat"), "{text}");
    assert!(text.contains(&format!("a b.story.ron:{}:75", line_of(&path, "\"herd\""))), "{text}");
    assert!(text.contains("did you mean 'heard'?"), "{text}");
    assert!(text.contains("\n1 error") && text.ends_with(", which needs --model DIR\n"), "{text}");
}

fn debate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/debates").join(name)
}

#[test]
fn debates_are_checked_with_the_story_that_they_name() {
    for name in ["ninth_sluice.debate.ron", "pear_tree.debate.ron"] {
        let output = check(&debate(name), &["--deny", "warnings"]);
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pear.debate.ron");
    let text = std::fs::read_to_string(debate("pear_tree.debate.ron")).expect("the shipped debate");
    std::fs::write(&path, text.replacen("counters: [\"k_line\"]", "counters: [\"k_lien\"]", 1)).expect("a file");
    let output = check(&path, &[]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(shown.contains("error[D03]") && shown.contains("did you mean 'k_line'?"), "{shown}");
    let found = json_lines(&check(&path, &["--format", "json"]));
    assert!(found[0]["url"].as_str().is_some_and(|url| url.ends_with("docs/debate.md")), "{}", found[0]);
    let shipped = std::fs::read_to_string(debate("ninth_sluice.debate.ron")).expect("the shipped debate");
    std::fs::write(&path, shipped).expect("a file");
    assert!(stdout(&check(&path, &[])).contains("error[D07]"), "its story is not there");
}

fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

#[test]
fn json_is_a_line_a_finding_and_a_summary() {
    let (_folder, path) = broken("to: \"heard\"", "to: \"herd\"");
    let output = check(&path, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&output);
    let error = lines.iter().find(|found| found["severity"] == "error").expect("an error");
    let line = line_of(&path, "\"herd\"");
    assert_eq!((&error["type"], &error["code"]), (&"finding".into(), &"S02".into()));
    assert_eq!(error["file"], path.display().to_string());
    assert_eq!((&error["line"], &error["column"]), (&line.into(), &75.into()));
    assert_eq!((&error["end"]["line"], &error["end"]["column"]), (&line.into(), &81.into()));
    assert_eq!(error["help"], "did you mean 'heard'?");
    assert!(error["labels"].is_array());
    assert!(error["url"].as_str().is_some_and(|url| url.ends_with("/docs/lint/S02.md")), "{error}");
    let summary = lines.last().expect("a summary");
    assert_eq!(
        (&summary["type"], &summary["errors"], &summary["failed"]),
        (&"summary".into(), &1.into(), &true.into())
    );
    assert_eq!(summary["stories"][0]["id"], "drowned_bell");
    assert_eq!(summary["stories"][0]["prompts_measured"], false);
    assert!(summary["stories"][0]["stats"].is_null());
}

#[test]
fn github_gets_workflow_commands() {
    let (_folder, path) = broken("to: \"heard\"", "to: \"herd, 100 %\"");
    let output = check(&path, &["--format", "github"]);
    let text = stdout(&output);
    let error = text.lines().find(|line| line.starts_with("::error ")).expect("an error");
    let line = line_of(&path, "\"herd, 100 %\"");
    let place = format!("::error file={},line={line},col=75,endLine={line},endColumn=88,title=S02::", path.display());
    assert!(error.starts_with(&place), "{error}");
    assert!(error.contains("goes to 'herd, 100 %25', which is no beat%0Ahelp: "), "{error}");
    assert_eq!(text.lines().filter(|line| line.starts_with("::error ")).count(), 1, "{text}");
}

#[test]
fn several_stories_at_once() {
    let (_folder, path) = broken("to: \"heard\"", "to: \"herd\"");
    let output = check(&bell(), &[path.to_str().expect("UTF-8"), "/nowhere/x.story.ron", "--format", "json"]);
    // What cannot be read weighs more than what was found.
    assert_eq!(output.status.code(), Some(2));
    let summary = json_lines(&output).pop().expect("a summary");
    assert_eq!(summary["stories"].as_array().map(Vec::len), Some(2));
    assert_eq!(summary["unreadable"][0]["story"], "/nowhere/x.story.ron");
    assert!(stderr(&output).contains("there is no story at '/nowhere/x.story.ron'"), "{}", stderr(&output));
    let human = stdout(&check(&bell(), &[path.to_str().expect("UTF-8")]));
    assert!(human.contains(&format!("\n{}: 1 error", path.display())), "{human}");
}

#[test]
fn statistics_by_character() {
    let output = check(&bell(), &["--stats"]);
    let text = stdout(&output);
    let header = text.lines().find(|line| line.starts_with("character")).expect("a table");
    let mara = text.lines().find(|line| line.starts_with("mara")).expect("a row");
    assert_eq!(
        header.split_whitespace().collect::<Vec<_>>(),
        ["character", "lines", "words", "pick", "vary", "answer", "rumor", "free", "talks"]
    );
    let cells: Vec<&str> = mara.split_whitespace().collect();
    assert_eq!((cells[1], cells[4], cells[5], cells[7], cells[8]), ("6", "2", "1", "1", "3"), "{text}");

    let json = json_lines(&check(&bell(), &["--stats", "--format", "json"]));
    let stats = &json.last().expect("a summary")["stories"][0]["stats"];
    let mara = stats["characters"].as_array().and_then(|all| all.iter().find(|one| one["id"] == "mara"));
    assert_eq!(mara.expect("Mara")["generated"]["vary"], 2);
    assert_eq!(stats["choices"]["texts"], 6);
}

#[test]
fn statistics_by_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.story.ron");
    let root = r#"Story(format: 1, id: "x", start: "a", locales: ["de"], cast: { "ann": (name: "Ann") }, beats: { "a": (
        lines: [(id: "a_1", who: "ann", say: "Yes."), (id: "a_2", who: "ann", say: "No.")], end: true) })"#;
    std::fs::write(&path, root).expect("a file");
    let german = r#"(texts: { "a_1": (say: "Ja."), "name:ann": (say: "Ann", draft: true) })"#;
    std::fs::write(folder.path().join("x.de.l10n.ron"), german).expect("a file");
    let summary =
        json_lines(&check(&path, &["--stats", "--locale", "de", "--format", "json"])).pop().expect("a summary");
    let german = &summary["stories"][0]["stats"]["locales"][0];
    assert_eq!((&german["tag"], &german["translated"], &german["drafts"]), (&"de".into(), &1.into(), &1.into()));
    let table = stdout(&check(&path, &["--stats"]));
    assert!(table.contains("language  texts  translated  stale  missing  drafts\n"), "{table}");

    let unknown = check(&path, &["--locale", "da"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("no story has a translation 'da': did you mean 'de'?"), "{}", stderr(&unknown));
}

#[test]
fn a_model_measures_the_prompts() {
    let ember = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let ember = ember.to_str().expect("UTF-8");
    let output = check(&bell(), &["--model", ember, "--deny", "info"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(!stdout(&output).contains("not measured"), "{}", stdout(&output));
    // A setting of 600 words leaves no room in a window of 512 tokens.
    let long = format!("setting: \"{} The ferry stage at", "The river rose. ".repeat(200));
    let (_folder, path) = broken("setting: \"The ferry stage at", &long);
    let output = check(&path, &["--model", ember]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("error[G02]: prompt 'vary' needs up to "), "{}", stdout(&output));
    assert!(stdout(&output).contains("the model takes 512"), "{}", stdout(&output));
    assert_eq!(check(&path, &[]).status.code(), Some(0));

    let nowhere = check(&bell(), &["--model", "/nowhere"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("the model in '/nowhere'"), "{}", stderr(&nowhere));
}

#[test]
fn infos_fail_only_when_denied() {
    let (_folder, path) =
        broken("                (\"Are you cold, sexton?\"", "                // (\"Are you cold, sexton?\"");
    assert_eq!(check(&path, &["--deny", "warnings"]).status.code(), Some(0));
    let denied = check(&path, &["--deny", "info"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(stdout(&denied).contains("info[G08]"), "{}", stdout(&denied));
}

#[test]
fn warnings_fail_only_when_denied() {
    let (_folder, path) = broken("Goal: {goal}", "Goal: {gaol}");
    assert_eq!(check(&path, &[]).status.code(), Some(0));
    let denied = check(&path, &["--deny", "warnings"]);
    assert_eq!(denied.status.code(), Some(1));
    assert!(stdout(&denied).contains("warning[L05]"), "{}", stdout(&denied));
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = check(&folder.path().join("x.story.ron"), &[]);
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(stdout(&missing), "");
    assert!(stderr(&missing).starts_with("error: there is no story at '"), "{}", stderr(&missing));

    let directory = check(folder.path(), &[]);
    assert_eq!(directory.status.code(), Some(2));
    assert!(stderr(&directory).contains("is a folder"), "{}", stderr(&directory));

    assert_eq!(check(folder.path(), &["--format", "xml"]).status.code(), Some(2));
}
