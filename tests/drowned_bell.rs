//! The example, played by scripts and in a terminal that nobody types into: with the model in the box and without one.

#[path = "../examples/drowned_bell/files.rs"]
mod files;
#[path = "../examples/drowned_bell/headless.rs"]
mod headless;
#[path = "../examples/drowned_bell/script.rs"]
mod script;
#[path = "../examples/drowned_bell/terminal.rs"]
mod terminal;

use headless::Setup;
use script::ScriptError;

/// Choices that lead to an end, and the end.
const ROUTES: &[(&[&str], &str)] = &[
    (&["ford_a", "ford_c", "confess"], "end_truth"),
    (&["ford_c", "leave_it"], "end_silence"),
    (&["ford_c", "deflect", "ford_b", "ask:Who has the key?", "ford_c", "confess"], "end_truth"),
];

fn setup(model: Option<&str>) -> Setup {
    let (model, missing) = files::model(model);
    assert_eq!(missing, None, "the model in the box is part of the project");
    Setup { story: files::story(None), model, seed: 7, deadlines: false }
}

fn transcript(model: Option<&str>, entries: &[&str]) -> Result<String, ScriptError> {
    let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    script::play(setup(model), &entries)
}

/// Speaker, source and words of every line that somebody says.
fn lines(transcript: &str) -> Vec<(&str, &str, &str)> {
    let spoken = transcript.lines().filter(|line| !line.starts_with(['[', '>', '!']) && !line.starts_with("The end"));
    spoken
        .map(|line| {
            let (head, text) = line.split_once("): ").unwrap_or_else(|| panic!("no source in {line:?}"));
            let (name, source) = head.split_once(" (").unwrap_or_else(|| panic!("no speaker in {line:?}"));
            (name, source, text)
        })
        .collect()
}

fn check_routes(model: Option<&str>) -> String {
    let mut all = String::new();
    for (route, end) in ROUTES {
        let first = transcript(model, route).unwrap_or_else(|error| panic!("{route:?}: {error}"));
        let second = transcript(model, route).unwrap_or_else(|error| panic!("{route:?}: {error}"));
        assert_eq!(first, second, "two runs of {route:?} differ");
        assert_eq!(first.lines().last(), Some(format!("The end: {end}").as_str()), "{first}");
        let lines = lines(&first);
        assert!(lines.len() >= 4, "{first}");
        for (name, source, text) in lines {
            assert!(!name.is_empty() && !text.trim().is_empty(), "{first}");
            let known = ["authored(", "ranked(", "generated", "baked"].iter().any(|kind| source.starts_with(kind));
            assert!(known, "'{source}' is no source");
        }
        all.push_str(&first);
    }
    all
}

#[test]
fn every_route_ends_without_a_model_and_nothing_is_generated() {
    let all = check_routes(Some("off"));
    assert!(!all.contains("(generated)") && !all.contains("(ranked("), "{all}");
    assert!(all.contains("Mara (authored(model_off)): You came for the bell."), "{all}");
}

#[test]
fn every_route_ends_with_the_model_and_some_lines_are_its_own() {
    let all = check_routes(None);
    let written = |source: &str| source == "generated" || source.starts_with("ranked(");
    assert!(lines(&all).iter().any(|(_, source, _)| written(source)), "the model wrote nothing:\n{all}");
    assert!(!all.contains("model_off") && !all.contains("(late)"), "{all}");
}

#[test]
fn an_entry_that_is_not_open_says_what_is() {
    let error = transcript(Some("off"), &["ford_a", "confess"]).expect_err("confess is not open at the ford");
    let open = vec!["ford_b".to_owned(), "ford_c".to_owned()];
    assert_eq!(error, ScriptError::NotOpen { entry: "confess".into(), open });
}

#[test]
fn a_script_may_stop_halfway() {
    let told = transcript(Some("off"), &["ford_a"]).expect("ford_a is open at the start");
    assert!(told.contains("> ford_a") && !told.contains("The end"), "{told}");
}

#[test]
fn a_story_that_is_not_there_is_an_error_and_not_a_wait() {
    let missing = Setup { story: "stories/none.story.ron".into(), ..setup(Some("off")) };
    assert!(matches!(script::play(missing, &[]), Err(ScriptError::Story(why)) if why.contains("none.story.ron")));
}

#[test]
fn the_terminal_plays_to_an_end_without_input_and_by_numbers() {
    for (typed, last) in [("", "rang once"), ("3\nwhat?\n2\n", "answered")] {
        let mut out = Vec::new();
        terminal::play(setup(Some("off")), &mut typed.as_bytes(), &mut out).expect("the story can be played");
        let out = String::from_utf8(out).expect("the terminal is UTF-8");
        assert!(out.trim_end().ends_with("The end."), "{out}");
        assert!(out.contains(last), "{out}");
    }
}
