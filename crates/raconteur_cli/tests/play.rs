//! `raconteur play` as a program: by a list, by hand, with and without the model in the box.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn asset(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(path)
}

fn bell() -> PathBuf {
    asset("stories/drowned_bell.story.ron")
}

/// Plays with `typed` on standard input, which then ends.
fn play(story: &Path, args: &[&str], typed: &[u8]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_raconteur"))
        .arg("play")
        .arg(story)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends early has closed its input.
    drop(program.stdin.take().unwrap().write_all(typed));
    program.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_list_plays_to_the_end() {
    let folder = tempfile::Builder::new().prefix("oyun ş 戏 ").tempdir().unwrap();
    let transcript = folder.path().join("t.txt");
    let args = ["--choices", "ford_a,ford_c,confess", "--transcript", transcript.to_str().unwrap()];
    let output = play(&bell(), &args, b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = std::fs::read_to_string(&transcript).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "[ford] The ferry stage at Harrow Ford, after the flood.",
            "narrator (authored(written)): The rope hums. Across the water, the tower stands without its bell.",
            "Mara (authored(model_off)): You came for the bell. They all come for the bell.",
            "> ford_a  Ask what she heard that night. (authored(written))",
        ]
    );
    assert!(lines.contains(&"> confess  Name the debt to the smith. (authored(model_off))"), "{text}");
    assert_eq!(lines.last(), Some(&"The end: end_truth"));
    let shown = stdout(&output);
    assert!(shown.contains("\n  ~ The tower stair. Odo sits down. ~\n"), "{shown}");
    assert!(shown.contains("\nOdo: Forty silver. A bell is only metal"), "{shown}");
    assert!(shown.ends_with("\nThe end.\n"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no colours in a pipe");
    assert!(stderr(&output).contains("is_night() counts as false"), "{}", stderr(&output));
}

#[test]
fn by_hand_numbers_and_ids_choose_and_nonsense_is_asked_again() {
    let output = play(&bell(), &[], b"0\n9\nhello\n\xff\n2\nWhere is the bell?\n\nford_c\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = stdout(&output);
    assert_eq!(shown.matches("Type a number from 1 to 3,").count(), 4, "{shown}");
    assert!(
        shown.contains(
            "Ask Mara something, or Enter to go on: You: Where is the bell?\nMara: The bell of Saint Wenna vanished"
        ),
        "{shown}"
    );
    assert!(shown.contains("Saints keep you."), "{shown}");
    assert!(shown.ends_with("\nThe story waits here.\n"), "the input ends where a choice is open: {shown}");
}

#[test]
fn free_words_choose_and_what_is_not_clear_is_asked_back() {
    let output = play(&bell(), &[], b"paint a horse\ntowr\nI want to go to the tower\nthe last one\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = stdout(&output);
    assert!(shown.contains("> Type a number from 1 to 3, or what you want to do.\n"), "{shown}");
    assert!(shown.contains("> Did you mean:\n  3  Walk to the tower.\n"), "{shown}");
    assert!(shown.contains("Saints keep you."), "{shown}");
    assert!(shown.contains("You: Let the river keep it.") && shown.ends_with("\nThe end.\n"), "{shown}");

    let output = play(&bell(), &["--choices", "say:walk to that tower,leave_it"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = play(&bell(), &["--choices", "say:towr"], b"");
    assert!(
        stderr(&output).contains("'say:towr' of --choices is not clear; it may mean ford_c"),
        "{}",
        stderr(&output)
    );
    let output = play(&bell(), &["--choices", "say:paint a horse"], b"");
    assert!(stderr(&output).contains("means no choice here"), "{}", stderr(&output));
}

#[test]
fn what_is_known_is_told_and_what_is_hidden_is_not() {
    let known = "The river rose four feet and took the lower bridge.";
    let unsure = "Ask me something the river has not already answered.";
    let model = asset("models/ember");
    let list = "ford_a,ford_b,ask:Did the river rise?,ask:Who owed the smith?,ask:Blurp garble wug?";
    for args in [vec!["--no-model"], vec!["--model", model.to_str().unwrap()]] {
        let folder = tempfile::tempdir().unwrap();
        let transcript = folder.path().join("t.txt");
        let mut args = args.clone();
        args.extend(["--choices", list, "--transcript", transcript.to_str().unwrap()]);
        let output = play(&bell(), &args, b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = std::fs::read_to_string(&transcript).unwrap();
        let answer = |question: &str| {
            let mut lines = text.lines().skip_while(|line| !line.contains(question)).skip(1);
            lines.next().unwrap_or_else(|| panic!("no answer to {question}: {text}")).to_owned()
        };
        if args[0] == "--no-model" {
            assert_eq!(answer("Did the river rise?"), format!("Mara (authored(model_off)): {known}"));
        }
        assert!(!answer("Did the river rise?").contains(unsure), "{text}");
        for question in ["Who owed the smith?", "Blurp garble wug?"] {
            let why = if args[0] == "--no-model" { "model_off" } else { "unsure" };
            assert_eq!(answer(question), format!("Mara (authored({why})): {unsure}"), "{text}");
        }
        assert!(["silver", "debt", "forty"].iter().all(|word| !text.to_lowercase().contains(word)), "{text}");
    }
}

#[test]
fn an_empty_input_ends_politely() {
    let output = play(&bell(), &[], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).ends_with("\nThe story waits here.\n"));
    // A list that ends early: what is on standard input is not read.
    let output = play(&bell(), &["--choices", "ford_c"], b"1\n1\n1\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).ends_with("\nThe story waits here.\n"));
}

#[test]
fn a_wrong_list_says_what_is_open() {
    let output = play(&bell(), &["--choices", "ford_c,ford_a"], b"");
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("'ford_a' of --choices is not open here; open are deflect, leave_it"), "{error}");
    let output = play(&bell(), &["--choices", "ford_c,leave_it,ford_a"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("comes after the end of the story"), "{}", stderr(&output));
}

#[test]
fn host_functions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.story.ron");
    let story = r#"(format: 1, id: "t", start: "a", ends: ["b"], host: { "night": (ret: Bool), "coins": (ret: Int) },
        cast: { "narrator": (name: "") }, beats: {
        "a": (lines: [(id: "l", who: "narrator", say: "It is dark.", when: "night()"),
                      (id: "m", who: "narrator", say: "You are rich.", when: "coins() > 3"),
                      (id: "n", who: "narrator", say: "You\u{1b}[2J wait.")], next: "b"),
        "b": (lines: [(id: "o", who: "narrator", say: "Day.")], end: true) })"#;
    std::fs::write(&path, story).unwrap();
    let plain = play(&path, &[], b"");
    assert!(!stdout(&plain).contains("dark") && !stdout(&plain).contains("rich"), "{}", stdout(&plain));
    assert!(!stdout(&plain).contains('\u{1b}'), "a story cannot move the cursor");
    assert!(stderr(&plain).contains("night() counts as false"), "{}", stderr(&plain));
    assert!(stderr(&plain).contains("\"coins() > 3\" counts as false"), "{}", stderr(&plain));
    let night = play(&path, &["--host", "night=true", "--host", "coins=4"], b"");
    assert!(stdout(&night).contains("It is dark.") && stdout(&night).contains("You are rich."), "{}", stdout(&night));
    assert!(!stderr(&night).contains("counts as false"), "{}", stderr(&night));
    for wrong in ["night", "night=maybe", "coins=many", "day=true"] {
        let output = play(&path, &["--host", wrong], b"");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(stderr(&output).contains(&format!("--host {}", wrong.split('=').next().unwrap())), "{wrong}");
    }
}

#[test]
fn what_cannot_be_played_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.story.ron");
    let text = std::fs::read_to_string(bell()).unwrap().replacen("to: \"heard\"", "to: \"herd\"", 1);
    std::fs::write(&path, text).unwrap();
    let broken = play(&path, &[], b"");
    assert_eq!(broken.status.code(), Some(1));
    assert_eq!(stdout(&broken), "");
    assert!(stderr(&broken).contains("error[S02]: choice 'ford_a' goes to 'herd'"), "{}", stderr(&broken));
    assert!(stderr(&broken).contains("did you mean 'heard'?"), "{}", stderr(&broken));

    let missing = play(&bell(), &["--model", folder.path().to_str().unwrap()], b"");
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).starts_with("error: "), "{}", stderr(&missing));
    let off = play(&bell(), &["--no-model", "--model", folder.path().to_str().unwrap()], b"");
    assert_eq!(off.status.code(), Some(0), "a model that is off is not loaded: {}", stderr(&off));

    let nowhere = folder.path().join("no/such/t.txt");
    let output = play(&bell(), &["--transcript", nowhere.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("transcript"), "{}", stderr(&output));
}

/// With the model in the box.
fn with_ember(seed: &str, more: &[&str]) -> (String, Output) {
    let folder = tempfile::tempdir().unwrap();
    let transcript = folder.path().join("t.txt");
    let (model, file) = (asset("models/ember"), transcript.to_str().unwrap().to_owned());
    let mut args = vec!["--model", model.to_str().unwrap(), "--seed", seed, "--transcript", &file];
    args.extend(["--choices", "ford_b,ask:Where is the bell?,ask:🎣,ford_c,leave_it"]);
    args.extend(more);
    let output = play(&bell(), &args, b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (std::fs::read_to_string(&transcript).unwrap(), output)
}

#[test]
fn the_same_seed_gives_the_same_transcript() {
    let (first, output) = with_ember("5", &[]);
    let (second, _) = with_ember("5", &["--show-prompts", "--show-rejected"]);
    assert_eq!(first, second);
    assert!(first.contains("(ranked(8)): "), "something is generated: {first}");
    assert!(first.contains("> ask  🎣\nMara (authored(unsure)): Ask me"), "{first}");
    assert!(first.ends_with("The end: end_silence\n"), "{first}");
    let (other, _) = with_ember("6", &[]);
    assert_ne!(first, other);
    // What streams in is what the transcript has.
    let shown = stdout(&output);
    for line in first.lines().filter(|line| line.starts_with("Mara (")) {
        let said = line.split_once("): ").unwrap().1;
        assert!(shown.contains(&format!("Mara: {said} [")), "{said} in {shown}");
    }
}

#[test]
fn prompts_and_their_bills_are_shown() {
    let (_, output) = with_ember("5", &["--show-prompts"]);
    let shown = stdout(&output);
    assert!(shown.contains("--- prompt of ford_2\n| The ferry stage at Harrow Ford, after the flood.\n"), "{shown}");
    assert!(shown.contains("\n| You: Where is the bell?\n| Mara:\n--- "), "{shown}");
    assert!(shown.contains(" of 458 tokens: setting 13"), "{shown}");
}
