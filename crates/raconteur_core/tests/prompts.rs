//! Prompts: fitted into a budget, and rendered in the layout that the model in the box was trained on.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use proptest::prelude::*;
use raconteur_core::persona::Persona;
use raconteur_core::prompt::{Piece, Prompt, PromptError, Section};
use raconteur_core::template::{Scene, Slot, Template, TemplateError, Templates};

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn piece(text: &str, keep: Option<u32>) -> Piece {
    Piece { text: text.to_owned(), keep }
}

fn prompt(pieces: Vec<Piece>) -> Prompt {
    Prompt { sections: vec![Section { name: "all".to_owned(), pieces }], ..Prompt::default() }
}

#[test]
fn the_lowest_rank_goes_first() {
    let prompt =
        prompt(vec![piece("old ", Some(1)), piece("older ", Some(0)), piece("new ", Some(9)), piece("pinned", None)]);
    let (text, bill) = prompt.fit(2, &mut words).unwrap();
    assert_eq!(text, "new pinned");
    assert_eq!(bill.total, 2);
    assert_eq!(bill.entries[0].dropped, ["old ", "older "]);
    assert_eq!(bill.entries[0].kept, 2);
    assert_eq!(prompt.fit(4, &mut words).unwrap().0, "old older new pinned");
}

#[test]
fn pinned_pieces_that_do_not_fit_are_an_error_with_the_longest_section() {
    let section = |name: &str, text: &str| Section { name: name.to_owned(), pieces: vec![piece(text, None)] };
    let prompt = Prompt {
        sections: vec![section("setting", "a b c "), section("persona", "d e f g")],
        start_of_text: true,
        ..Prompt::default()
    };
    let error = prompt.fit(7, &mut words).unwrap_err();
    assert_eq!(error, PromptError::TooLong { needed: 8, budget: 7, longest: "persona".to_owned() });
    assert_eq!(prompt.fit(8, &mut words).unwrap().1.total, 8, "the start token is counted");
}

#[test]
fn few_counts_are_needed() {
    let prompt = prompt((0..1000).map(|rank| piece("w ", Some(rank))).collect());
    let mut calls = 0;
    let (text, _) = prompt
        .fit(321, &mut |text| {
            calls += 1;
            words(text)
        })
        .unwrap();
    assert_eq!(words(&text), 321);
    assert!(calls <= 14, "{calls} counts for 1000 pieces");
}

fn any_prompt() -> impl Strategy<Value = Prompt> {
    let piece = ("[a-c ]{0,6}", proptest::option::of(0..5u32)).prop_map(|(text, keep)| Piece { text, keep });
    let section = proptest::collection::vec(piece, 0..6).prop_map(|pieces| Section { name: "s".to_owned(), pieces });
    proptest::collection::vec(section, 0..5).prop_map(|sections| Prompt { sections, ..Prompt::default() })
}

proptest! {
    /// Whatever the counter: within the budget, in order, nothing pinned lost, nothing kept that ranks below what went.
    #[test]
    fn fitting_never_exceeds_the_budget(prompt in any_prompt(), budget in 0..60usize, salt in 0..7usize) {
        // Monotone or not, like a tokenizer: tokens span borders.
        let mut count = |text: &str| text.len() / 2 + (text.len() * salt) % 3;
        match prompt.fit(budget, &mut count) {
            Ok((text, bill)) => {
                prop_assert!(count(&text) <= budget);
                prop_assert_eq!(bill.total, count(&text));
                let dropped: Vec<&String> = bill.entries.iter().flat_map(|entry| &entry.dropped).collect();
                let all: Vec<&Piece> = prompt.sections.iter().flat_map(|section| &section.pieces).collect();
                let kept: usize = bill.entries.iter().map(|entry| entry.kept).sum();
                prop_assert_eq!(kept + dropped.len(), all.len());
                // The text is the pieces in order, less exactly the lowest ranks.
                let mut ranks: Vec<(u32, usize)> =
                    all.iter().enumerate().filter_map(|(at, piece)| Some((piece.keep?, at))).collect();
                ranks.sort_unstable();
                let gone: Vec<usize> = ranks[..dropped.len()].iter().map(|&(_, at)| at).collect();
                let expected: String =
                    all.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, p)| p.text.as_str()).collect();
                prop_assert_eq!(text, expected);
            }
            Err(PromptError::TooLong { needed, .. }) => prop_assert!(needed > budget),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// With a counter that grows with the text, a larger budget never keeps less.
    #[test]
    fn more_room_keeps_more(prompt in any_prompt(), small in 0..40usize, more in 0..20usize) {
        if let Ok((short, _)) = prompt.fit(small, &mut str::len) {
            let (long, _) = prompt.fit(small + more, &mut str::len).unwrap();
            prop_assert!(long.len() >= short.len());
        }
    }
}

/// Scenes that the model in the box was tested on, as it saw them. CC0, like the model.
fn rows() -> Vec<&'static str> {
    include_str!("fixtures/ember_layout.txt").split("<|endoftext|>\n").filter(|row| !row.is_empty()).collect()
}

fn persona(name: &str, voice: &str, mood: &str) -> Persona {
    Persona { mood: Some(mood.to_owned()).filter(|mood| !mood.is_empty()), ..Persona::new(name, voice) }
}

fn ember() -> Templates {
    Templates::from_ron(include_str!("../../../assets/models/ember/prompts.ron")).unwrap()
}

/// Renders, and gives what the row says next.
fn continues<'a>(template: &str, scene: &Scene, row: &'a str) -> &'a str {
    let text = ember().get(template).unwrap().render(scene, true).full();
    row.strip_prefix(&text).unwrap_or_else(|| panic!("prompt and training text differ:\n{text}\n---\n{row}"))
}

fn turns(turns: &[(&str, &str)]) -> Vec<(String, String)> {
    turns.iter().map(|(who, text)| ((*who).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_talk_is_rendered_as_in_training() {
    let scene = Scene {
        setting: "The shore ice below the village, blue dark at midday.".to_owned(),
        lore: vec!["A stranger was seen standing on the ice last night, carrying no lamp.".to_owned()],
        personas: vec![
            persona("Ulric", "hunter; boastful, limping, afraid of being old", "uneasy"),
            persona("Elena", "netmaker; quick, gossipy, talks in time with her knots", "thrilled"),
        ],
        history: turns(&[
            ("Elena", "So you saw it too. Over, under, pull. A man on the ice."),
            ("Ulric", "I saw a shape. Could have been a bear on its hind legs."),
            ("", "The ice creaks."),
        ]),
        speaker: "Elena".to_owned(),
        ..Scene::default()
    };
    assert!(continues("say", &scene, rows()[0]).starts_with(" Bears don't wave, Ulric.\n"));
}

#[test]
fn an_answer_is_rendered_as_in_training() {
    let mut scene = Scene {
        setting: "The cellar stair at the academy, a chain across it.".to_owned(),
        // The most relevant first; it stands last, next to the question.
        lore: vec![
            "Only the warden and the headmistress have keys.".to_owned(),
            "The lowest cellar was sealed because of a student who came back twice.".to_owned(),
        ],
        personas: vec![persona("Jian", "cellar warden; jolly on top, frightened underneath", "")],
        listener: "You".to_owned(),
        heard: "Why is the bottom cellar shut?".to_owned(),
        speaker: "Jian".to_owned(),
        ..Scene::default()
    };
    assert!(continues("reply", &scene, rows()[1]).starts_with(" Ha! Ha. It was"));

    // An example of talk has the very form of turns, so the question may also come in as one.
    let question = std::mem::take(&mut scene.heard);
    scene.history = turns(&[("You", &question)]);
    assert!(continues("say", &scene, rows()[1]).starts_with(" Ha! Ha. It was"));
    scene.history.clear();
    scene.personas[0].talks = turns(&[(&question, "Ha!")]);
    let text = ember().get("say").unwrap().render(&scene, true).full();
    assert!(text.ends_with("\n\nYou: Why is the bottom cellar shut?\nJian: Ha!\nJian:"), "{text}");
}

#[test]
fn a_rewording_without_facts_has_no_empty_line() {
    let scene = Scene {
        setting: "The exam room door.".to_owned(),
        personas: vec![persona("Garrick", "exam master; cold, exact, secretly fair", "icy")],
        speaker: "Garrick".to_owned(),
        say: "You are four minutes late, and the exam has begun.".to_owned(),
        ..Scene::default()
    };
    let row = "The exam room door.\nGarrick: exam master; cold, exact, secretly fair. Mood: icy.\n\nGarrick: You are four minutes late, and the exam has begun.\nGarrick, again:";
    assert_eq!(ember().get("vary").unwrap().render(&scene, true).full(), row);

    let scene = Scene {
        setting: "A hut by the shore, wind in the chimney.".to_owned(),
        personas: vec![persona("Helena", "song keeper, blind; strict, musical, hears everything", "stern")],
        speaker: "Helena".to_owned(),
        say: "You must never sing the walrus song indoors.".to_owned(),
        ..Scene::default()
    };
    assert!(continues("vary", &scene, rows()[2]).starts_with(" The walrus song belongs outside"));
}

#[test]
fn choices_and_prose_are_rendered_as_in_training() {
    let scene = Scene {
        setting: "The mint at closing; a guard is asleep on his feet.".to_owned(),
        personas: vec![persona("Kell", "carter; broken arm, cheerful swearer, hates onions", "")],
        history: turns(&[
            ("Kell", "That's the sack. Never mind what's in it. It's flour, and if you lift it, it's not."),
            ("You", "It clinks."),
        ]),
        ..Scene::default()
    };
    assert!(continues("label", &scene, rows()[3]).starts_with(" Help him load it. >"));

    let scene = Scene {
        setting: "A narrow stair behind the academy kitchen.".to_owned(),
        lore: vec!["The back stair has one step too many at night.".to_owned()],
        goal: "Fenn admits to Yue that he is afraid of the cellar.".to_owned(),
        ..Scene::default()
    };
    assert!(continues("prose", &scene, rows()[4]).starts_with("Fenn told a joke on every step."));
}

#[test]
fn dropping_to_fit_leaves_no_gap() {
    let fact = |word: &str| format!("The {word} is here.");
    let mut scene = Scene {
        setting: "A quay.".to_owned(),
        lore: vec![fact("rope"), fact("bell"), fact("boat")],
        personas: vec![Persona { talks: turns(&[("Well?", "No.")]), ..persona("Mara", "tired", "") }],
        history: turns(&[("Mara", "One."), ("You", "Two."), ("Mara", "Three.")]),
        listener: "You".to_owned(),
        heard: "What now?".to_owned(),
        speaker: "Mara".to_owned(),
        ..Scene::default()
    };
    let template = ember();
    let rendered = template.get("reply").unwrap().render(&scene, false);
    let fitted = |budget: usize| rendered.fit(budget, &mut words).unwrap().0;
    assert_eq!(
        rendered.full(),
        "A quay.\nThe boat is here. The bell is here. The rope is here.\nMara: tired.\n\nYou: Well?\nMara: No.\nMara: One.\nYou: Two.\nMara: Three.\nYou: What now?\nMara:"
    );
    // First the old turn, then the example, then the recent turns, then the facts.
    assert!(!fitted(28).contains("One.") && fitted(28).contains("Well?"));
    assert!(!fitted(24).contains("Well?") && fitted(24).contains("Two."));
    let one_fact = "A quay.\nThe rope is here.\nMara: tired.\n\nYou: What now?\nMara:";
    assert_eq!(fitted(words(one_fact)), one_fact);
    assert_eq!(fitted(words(one_fact) - 1), "A quay.\nMara: tired.\n\nYou: What now?\nMara:");

    // The same where a goal follows the facts in their line.
    scene.goal = "Mara points.".to_owned();
    scene.history.clear();
    scene.personas[0].talks.clear();
    let rendered = template.get("say").unwrap().render(&scene, false);
    let fitted = |budget: usize| rendered.fit(budget, &mut words).unwrap().0;
    assert_eq!(fitted(99), "A quay.\nThe bell is here. The rope is here. Mara points.\nMara: tired.\n\nMara:");
    assert_eq!(fitted(7), "A quay.\nMara points.\nMara: tired.\n\nMara:");
    scene.lore.clear();
    assert_eq!(
        template.get("say").unwrap().render(&scene, false).full(),
        "A quay.\nMara points.\nMara: tired.\n\nMara:"
    );
}

#[test]
fn a_template_with_a_mistake_says_where() {
    assert_eq!(Template::parse("ab {nmae}"), Err(TemplateError::UnknownSlot { name: "nmae".to_owned(), at: 3 }));
    assert!(matches!(Template::parse("{lore:x}"), Err(TemplateError::BadCount { at: 0, .. })));
    assert!(matches!(Template::parse("{lore"), Err(TemplateError::Unbalanced { at: 0 })));
    assert!(matches!(Template::parse("lore}"), Err(TemplateError::Unbalanced { at: 4 })));
    let template = Template::parse("{{not a slot}} {lore:7}").unwrap();
    assert_eq!(template.slots().collect::<Vec<_>>(), [(Slot::Lore, Some(7))]);
    assert_eq!(template.count(Slot::Lore), 7);
    let text = template.render(&Scene { lore: vec!["A fact.".to_owned()], ..Scene::default() }, false).full();
    assert_eq!(text, "{not a slot} A fact.");
}

#[test]
fn a_model_brings_its_templates_and_a_story_overrides_them() {
    let ember = ember();
    assert!(ember.start_of_text);
    assert_eq!(ember, {
        let mut same = Templates::default();
        for name in ["rumor", "debate", "serial"] {
            let text = match name {
                "rumor" => "{setting}\n{lore:1}\n{persona}\nRumor:\n\n{history:3}{speaker}:",
                "debate" => "{setting}\n{lore:2}\n{persona}\nDebate: {topic}\n{stances}\n\n{history:6}{speaker}:",
                _ => "{setting}\n{lore:3}\nStory: {premise}\n\n{recap}Chapter {n}. Goal: {goal}\n",
            };
            same.insert(name, text).unwrap();
        }
        same
    });
    let mut story = raconteur_core::story::format::Story::default();
    story.prompts.push("say", "{speaker} says:".to_owned());
    let overridden = ember.overridden_by(&story).unwrap();
    let scene = Scene { speaker: "Mara".to_owned(), ..Scene::default() };
    assert_eq!(overridden.get("say").unwrap().render(&scene, false).full(), "Mara says:");
    assert!(Templates::from_ron("(reply: 3)").is_err());
    assert!(Templates::from_ron("(reply: \"{x}\")").unwrap_err().to_string().contains("reply"));
}
