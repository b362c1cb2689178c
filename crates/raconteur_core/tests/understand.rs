//! Free words at the choices of the shipped stories: how many are understood, without a model.

use std::collections::BTreeMap;
use std::path::Path;

use raconteur_core::player_text::PlayerText;
use raconteur_core::story::format::{Beat, Story};
use raconteur_core::understand::{Choosable, Heard, Understood};

/// One beat of `free_words.ron`.
#[derive(serde::Deserialize)]
struct Said {
    story: String,
    beat: String,
    words: Vec<(String, String)>,
}

/// Ids and labels of what the player may choose in a beat when everything is open.
fn open(beat: &Beat) -> Vec<(&str, &str)> {
    let choices = beat.choices.iter().chain(&beat.otherwise).map(|choice| (choice.id.as_str(), choice.say.as_str()));
    let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes);
    choices.chain(outcomes.map(|outcome| (outcome.id.as_str(), outcome.say.as_str()))).collect()
}

#[derive(Default, Debug, PartialEq, Eq)]
struct Tally {
    /// Meant a choice: taken, wrongly taken, asked back with it or without it, not understood.
    right: usize,
    wrong: usize,
    asked: usize,
    asked_wrongly: usize,
    missed: usize,
    /// Meant none: taken all the same, asked back, not understood.
    accepted: usize,
    asked_needlessly: usize,
    refused: usize,
}

impl Tally {
    fn count(&mut self, meant: Option<usize>, understood: &Understood) {
        let counter = match (meant, understood) {
            (Some(meant), Understood::Sure(at)) if *at == meant => &mut self.right,
            (Some(_), Understood::Sure(_)) => &mut self.wrong,
            (Some(meant), Understood::DidYouMean(asked)) if asked.contains(&meant) => &mut self.asked,
            (Some(_), Understood::DidYouMean(_)) => &mut self.asked_wrongly,
            (Some(_), Understood::No) => &mut self.missed,
            (None, Understood::Sure(_)) => &mut self.accepted,
            (None, Understood::DidYouMean(_)) => &mut self.asked_needlessly,
            (None, Understood::No) => &mut self.refused,
        };
        *counter += 1;
    }
}

fn stories() -> BTreeMap<String, std::sync::Arc<Story>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories");
    let load = |name: &str| {
        let path = dir.join(format!("{name}.story.ron"));
        let story = raconteur_core::story::parse::load(&path).expect("it is there").into_story().expect("it is whole");
        (name.to_owned(), story)
    };
    ["drowned_bell", "reed_seal", "ninth_mirror"].into_iter().map(load).collect()
}

#[test]
fn most_free_words_are_understood_without_a_model() {
    let set: Vec<Said> = ron::from_str(include_str!("fixtures/free_words.ron")).expect("it is RON");
    let stories = stories();
    let mut tally = Tally::default();
    for Said { story, beat, words } in &set {
        let open = open(stories[story].beats.get(beat).expect("the beat is there"));
        let choices: Vec<Choosable<'_>> = open.iter().map(|(_, say)| Choosable { label: say, say: "" }).collect();
        for (said, meant) in words {
            let place = open.iter().position(|(id, _)| id == meant);
            assert!(place.is_some() || meant.is_empty(), "{beat} has no {meant}");
            let heard = Heard::new(&PlayerText::new(said), &choices, "en");
            let understood = heard.understood();
            let before = (tally.right, tally.refused);
            tally.count(place, &understood);
            if before == (tally.right, tally.refused) {
                println!("- {beat:14} {said:50} {meant:12} {understood:?} {:.2?}", heard.scores());
            }
        }
    }
    println!("{tally:?}");
    assert_eq!(tally.right + tally.wrong + tally.asked + tally.asked_wrongly + tally.missed, 77);
    assert_eq!(tally.accepted + tally.asked_needlessly + tally.refused, 26);
    assert!(tally.right >= 53 && tally.right + tally.asked == 77, "{tally:?}");
    assert!(tally.wrong + tally.accepted == 0 && tally.refused >= 21, "{tally:?}");
}
