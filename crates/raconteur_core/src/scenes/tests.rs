mod check;
mod repeats;
mod split;

use super::*;
use crate::template::Templates;

/// The layout of the model in the box.
const LAYOUT: &str = include_str!("../../../../assets/models/ember/prompts.ron");

fn templates() -> Templates {
    Templates::from_ron(LAYOUT).unwrap()
}

fn one(line: &str) -> Script {
    read_line(line, 1).unwrap()
}

/// Rendered as it stands, with the first value of each slot.
fn rendered(line: &str) -> String {
    one(line).with(&Draw::default()).render(&templates()).unwrap()
}

const ANSWER: &str = r#"{"kind": "answer", "world": "w", "setting": "The gate, at dusk.", "facts": ["Bread is kept in {where}.", "Odo has the key."], "slots": {"where": ["a crate", "the well"]}, "names": {"Mara": "f", "Odo": "m"}, "speakers": {"Mara": "warden; jolly"}, "turns": [["You", "Where is the bread?"], ["Mara", "In {where}. Ask Odo."]], "uses": [0, 1]}"#;
const TALK: &str = r#"{"kind": "talk", "world": "w", "setting": "The quay.", "facts": ["The boat is late."], "names": {"Mara": "f", "Odo": "m"}, "speakers": {"Odo": "smith; loud", "You": "a guest", "Mara": "warden"}, "mood": {"Mara": "tired"}, "turns": [["Mara", "One."], ["Odo", "Two."], ["You", "Three."], ["Mara", "Four."], ["Odo", "Five."], ["Mara", "Six."], ["Odo", "Seven."]]}"#;
const VARY: &str = r#"{"kind": "vary", "world": "w", "setting": "A hut.", "names": {"Mara": "f"}, "speakers": {"Mara": "singer"}, "mood": "stern", "line": "Be quiet.", "ways": ["Hush.", "Not a word.", "Silence.", "Still."]}"#;

#[test]
fn an_answer_stands_behind_its_question() {
    let wanted = "The gate, at dusk.\nBread is kept in a crate. Odo has the key.\nMara: warden; jolly.\n\nYou: Where is the bread?\nMara: In a crate. Ask Odo.";
    assert_eq!(rendered(ANSWER), wanted);
}

#[test]
fn a_talk_has_all_its_turns_and_people_and_no_line_for_the_player() {
    let wanted = "The quay.\nThe boat is late.\nOdo: smith; loud.\nMara: warden. Mood: tired.\n\nMara: One.\nOdo: Two.\nYou: Three.\nMara: Four.\nOdo: Five.\nMara: Six.\nOdo: Seven.";
    assert_eq!(rendered(TALK), wanted);
    // A talk without facts has no empty line, and one of a single opening turn needs no listener.
    let bare = TALK.replace(r#""facts": ["The boat is late."], "#, "");
    assert_eq!(rendered(&bare), wanted.replace("The boat is late.\n", ""));
}

#[test]
fn wordings_options_and_tellings_follow_on_one_head() {
    let wanted = "A hut.\nMara: singer. Mood: stern.\n\nMara: Be quiet.\nMara, again: Hush.\nMara, again: Not a word.\nMara, again: Silence.\nMara, again: Still.";
    assert_eq!(rendered(VARY), wanted);
    let choices = r#"{"kind": "choices", "world": "w", "setting": "A hut.", "names": {}, "speakers": {"Mara": "singer"}, "turns": [["Mara", "Well?"]], "options": [["Sing.", "She nods."], ["Go.", "She sighs."]]}"#;
    let wanted = "A hut.\nMara: singer.\n\nMara: Well?\nYou could:\n- Sing. > She nods.\n- Go. > She sighs.";
    assert_eq!(rendered(choices), wanted);
    let rumor = r#"{"kind": "rumor", "world": "w", "setting": "A hut.", "facts": ["It rained."], "names": {}, "speakers": {"A": "x", "B": "y"}, "tellings": [["A", "It poured."], ["B", "It flooded."]]}"#;
    assert_eq!(rendered(rumor), "A hut.\nIt rained.\nA: x.\nB: y.\nRumor:\n\nA: It poured.\nB: It flooded.");
}

#[test]
fn narration_debates_and_chapters_have_their_own_lines() {
    let prose = r#"{"kind": "prose", "world": "w", "setting": "A hut.", "names": {}, "goal": "It rains.", "text": "Rain fell."}"#;
    assert_eq!(rendered(prose), "A hut.\nGoal: It rains.\n\nRain fell.");
    let debate = r#"{"kind": "debate", "world": "w", "setting": "A hut.", "topic": "Rain.", "names": {}, "speakers": {"A": "x", "B": "y"}, "stances": {"B": "against", "A": "for"}, "turns": [["A", "Wet."], ["B", "Dry."]]}"#;
    assert_eq!(rendered(debate), "A hut.\nA: x.\nB: y.\nDebate: Rain.\nB is against. A is for.\n\nA: Wet.\nB: Dry.");
    let serial = r#"{"kind": "serial", "world": "w", "setting": "A hut.", "facts": ["It rains."], "names": {}, "premise": "Rain.", "chapters": [{"goal": "One.", "text": "First."}, {"goal": "Two.", "text": "Second."}]}"#;
    let wanted = "A hut.\nIt rains.\nStory: Rain.\n\nChapter 1. Goal: One.\nFirst.\n\nChapter 2. Goal: Two.\nSecond.";
    assert_eq!(rendered(serial), wanted);
}

#[test]
fn targets_are_what_somebody_has_to_say() {
    let targets = one(TALK).targets();
    let texts: Vec<&str> = targets.iter().map(|target| target.text.as_str()).collect();
    assert_eq!(texts, ["One.", "Two.", "Four.", "Five.", "Six.", "Seven."], "not the player's");
    assert_eq!((targets[0].template, targets[1].template), ("say", "reply"));
    assert_eq!((targets[2].scene.listener.as_str(), targets[2].scene.heard.as_str()), ("You", "Three."));
    assert_eq!(targets[2].scene.history, [("Mara".into(), "One.".into()), ("Odo".into(), "Two.".into())]);
    assert_eq!(one(VARY).targets().len(), 4);
}

#[test]
fn names_are_swapped_as_whole_words_and_slots_are_filled_alike() {
    let draw = Draw {
        slots: vec![("where".into(), "the well".into())],
        names: vec![("Mara".into(), "Odo".into()), ("Odo".into(), "Mara".into())],
    };
    let script = one(ANSWER).with(&draw);
    assert_eq!(script.facts, ["Bread is kept in the well.", "Mara has the key."]);
    assert_eq!(script.body.turns()[1], ("Odo".into(), "In the well. Ask Mara.".into()));
    assert_eq!(script.speakers.ids().collect::<Vec<_>>(), ["Odo"]);
    assert!(script.slots.is_empty());
    let names = [("Al".to_owned(), "Bo".to_owned()), ("Al Hart".to_owned(), "Cy".to_owned())];
    assert_eq!(replace_names("Al, Al's, Alma, xAl, Al_, Al Hart; éAl", &names), "Bo, Bo's, Alma, xAl, Al_, Cy; éAl");
}

#[test]
fn the_same_seed_draws_the_same_and_names_stay_different() {
    let script = one(ANSWER);
    let (mut values, mut swapped) = (std::collections::BTreeSet::new(), 0);
    for seed in 0..400 {
        let draw = script.draw(seed, 0.75);
        assert_eq!(draw, script.draw(seed, 0.75));
        values.insert(draw.slots[0].1.clone());
        if let [(_, mara), (_, odo)] = draw.names.as_slice() {
            swapped += 1;
            assert!(mara != odo && mara != "Odo" && odo != "Mara", "{draw:?}");
        }
    }
    assert_eq!(values.len(), 2);
    // 300 expected, standard deviation 8.7.
    assert!((250..350).contains(&swapped), "{swapped}");
    assert!(script.draw(1, 0.0).names.is_empty());
}

#[test]
fn mistakes_are_told_with_their_line_and_what_to_do() {
    let wrong = |line: &str| read(&format!("\n{VARY}\n{line}\n")).unwrap_err();
    for (from, to, words) in [
        ("\"kind\": \"answer\"", "\"kind\": \"riddle\"", &["riddle", "talk, answer"][..]),
        (", \"uses\": [0, 1]", "", &["uses"]),
        ("\"uses\": [0, 1]", "\"uses\": [2]", &["fact 2", "there are 2"]),
        ("\"uses\": [0, 1]", "\"uses\": [0], \"ways\": []", &["\"ways\""]),
        ("\"uses\": [0, 1]", "\"uses\": [0], \"colour\": 1", &["colour", "column"]),
        ("[\"Mara\", \"In", "[\"Ada\", \"In", &["Ada", "speakers"]),
        ("{where}. Ask", "{when}. Ask", &["{when}", "slots"]),
        ("Odo has the key.", "Odo\\nhas the key.", &["newline"]),
        ("Odo has the key.", " ", &["empty"]),
        ("\"Mara\": \"f\"", "\"Mara\": \"x\"", &["x", "column"]),
        ("{where}. Ask", "{where. Ask", &["brace"]),
        ("\"uses\": [0, 1]}", "\"uses\": [0, 1]", &["column"]),
    ] {
        let error = wrong(&ANSWER.replacen(from, to, 1));
        let text = error.to_string();
        assert_eq!(error.line, 3, "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    assert_eq!(read("").unwrap(), []);
}

#[test]
fn the_layout_that_is_shipped_is_that_of_the_model_in_the_box() {
    assert_eq!(Templates::from_ron(crate::scenes::LAYOUT), Templates::from_ron(LAYOUT));
}

#[test]
fn a_serial_is_laid_out_as_it_is_asked_for() {
    let mut script = one(VARY);
    script.body = Body::Serial { premise: "x".into(), chapters: vec![("a".into(), "b".into())] };
    let text = script.render(&Templates::default());
    assert_eq!(text.as_deref(), Ok("A hut.\nStory: x\n\nChapter 1. Goal: a\nb"));
}

/// `RACONTEUR_SCENES=FILE cargo test -p raconteur_core -- --ignored --nocapture prints_a_file`: every scene of a file with
/// the first value of its slots, to be compared with another renderer.
#[test]
#[ignore = "prints a file that the repository does not have"]
fn prints_a_file() {
    let path = std::env::var("RACONTEUR_SCENES").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let mut out = String::new();
    for script in read(&text).unwrap() {
        out += &script.with(&Draw::default()).render(&templates()).unwrap();
        out += "\n<|endoftext|>\n";
    }
    std::fs::write(std::env::var("RACONTEUR_RENDERED").unwrap(), out).unwrap();
}
