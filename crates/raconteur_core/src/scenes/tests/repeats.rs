use proptest::prelude::*;

use super::{ANSWER, TALK, VARY, one};
use crate::scenes::{Script, duplicates, near_duplicates, repeated, words};

fn said(text: &str) -> Script {
    one(&TALK.replace("Four.", text))
}

#[test]
fn words_keep_their_apostrophes_and_nothing_else() {
    assert_eq!(words("Odo's 'Well', it isn’t--no! 40 \"x\""), ["odo's", "well", "it", "isn’t", "no", "40", "x"]);
    assert!(words("... ''").is_empty());
}

#[test]
fn the_first_of_equal_scenes_counts() {
    let (a, b) = (one(ANSWER), one(TALK));
    assert_eq!(duplicates(&[b.clone(), a.clone(), b.clone(), a, b]), [0, 1, 0, 1, 0]);
}

#[test]
fn scenes_are_near_by_their_words_whatever_the_names() {
    let renamed = one(&ANSWER.replace("Mara", "Greta").replace("Odo", "Bram"));
    let changed = one(&ANSWER.replace("Where is the bread?", "Where might the bread be kept these days?"));
    let scenes = [one(ANSWER), one(VARY), renamed, changed, one(TALK)];
    assert_eq!(near_duplicates(&scenes, 0.99), [(0, 2)]);
    assert_eq!(near_duplicates(&scenes, 0.3), [(0, 2), (0, 3), (2, 3)]);
    // As many copies as you like are still found.
    let many: Vec<Script> = std::iter::repeat_n(one(ANSWER), 100).collect();
    assert!((1..100).all(|at| near_duplicates(&many, 0.9).iter().any(|&(first, second)| first < at && second == at)));
}

#[test]
fn repeats_are_joined_and_told_once() {
    let scenes = [
        said("One two three four five six seven eight nine ten"),
        said("He said one two three four five six seven eight, loudly"),
        said("One two three four five six seven."),
    ];
    let found = repeated(&scenes, 7, 1);
    let told: Vec<_> = found.iter().map(|phrase| (phrase.words.as_str(), phrase.times, phrase.scene)).collect();
    assert_eq!(told, [("one two three four five six seven eight", 2, 0)]);
    assert_eq!(repeated(&scenes, 7, 2).len(), 1);
    assert!(repeated(&scenes, 7, 3).is_empty() && repeated(&[], 7, 0).is_empty());
}

proptest! {
    /// No run that is said too often is missed, and none is made up.
    #[test]
    fn repeats_are_those_counted_by_hand(texts in prop::collection::vec("[ab]( [ab]){0,8}", 1..12), most in 0_usize..4) {
        let scenes: Vec<Script> = texts.iter().map(|text| said(text)).collect();
        let mut times = std::collections::BTreeMap::<String, usize>::new();
        for scene in &scenes {
            for text in scene.said() {
                for run in words(text).windows(3) {
                    *times.entry(run.join(" ")).or_insert(0) += 1;
                }
            }
        }
        let wanted: Vec<&String> = times.iter().filter(|(_, n)| **n > most).map(|(run, _)| run).collect();
        let found = repeated(&scenes, 3, most);
        for run in &wanted {
            prop_assert!(found.iter().any(|phrase| phrase.words.contains(run.as_str())), "{} of {:?}", run, found);
        }
        for phrase in &found {
            for run in words(&phrase.words).windows(3) {
                prop_assert!(wanted.contains(&&run.join(" ")), "{:?}", phrase);
            }
        }
    }
}
