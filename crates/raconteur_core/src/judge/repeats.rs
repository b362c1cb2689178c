//! Whether a speaker says again what they have said.

use super::words;

/// So many words in a row make a repeat; where words are single characters, more (see [`words::in_a_row`]).
const RUN: usize = 6;
/// A run counts when so many of its words are not those of a fact that has to be told.
const OWN: usize = 3;
/// The last lines of which not even half of the 4-grams may come again.
pub(super) const CLOSE: usize = 3;

/// A hash of what somebody said: of its folded words, so that case and punctuation do not count. FNV-1a, as
/// [`seed_of`](crate::compose::seed_of) has it, folded to 32 bits: one of a thousand lines that a speaker has shown is
/// taken for another once in four million.
#[must_use]
pub fn said_hash(text: &str) -> u32 {
    hash(&words::words(text))
}

pub(super) fn hash(words: &[String]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in words.iter().flat_map(|word| word.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // Both halves of it, so no bit is lost.
    ((hash >> 32) ^ (hash & u64::from(u32::MAX))) as u32
}

/// Whether six words in a row of one of the `recent` lines stand in a text of these folded `words`. What stands in
/// `free` (facts, the goal, words that have to be said) may be said again: of a run three words have to be others.
pub(super) fn repeats_run(words: &[String], recent: &[String], free: &[&str]) -> bool {
    let (run, own) = (words::in_a_row(words, RUN), words::in_a_row(words, OWN));
    if words.len() < run {
        return false;
    }
    let recent: Vec<Vec<String>> = recent.iter().map(|text| words::words(text)).collect();
    let said = |words: &[String]| recent.iter().any(|text| text.windows(run).any(|other| other == words));
    let hits: Vec<usize> = words.windows(run).enumerate().filter(|(_, run)| said(run)).map(|(at, _)| at).collect();
    if hits.is_empty() {
        return false;
    }
    let free: Vec<Vec<String>> = free.iter().map(|text| words::words(text)).collect();
    let mut told = vec![false; words.len()];
    for (at, pair) in words.windows(2).enumerate() {
        if free.iter().any(|text| text.windows(2).any(|other| other == pair)) {
            told[at..at + 2].fill(true);
        }
    }
    hits.into_iter().any(|at| told[at..at + run].iter().filter(|told| !**told).count() >= own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats(text: &str, recent: &[&str], free: &[&str]) -> bool {
        let recent: Vec<String> = recent.iter().map(|text| (*text).to_owned()).collect();
        repeats_run(&words::words(text), &recent, free)
    }

    #[test]
    fn six_words_in_a_row_are_a_repeat_and_five_are_none() {
        let said = ["You came for the bell, like all of them do.", "Go home."];
        assert!(repeats("They say you came for the BELL like a thief.", &said, &[]));
        assert!(!repeats("They say you came for the bell, as a thief.", &said, &[]));
        assert!(!repeats("Go home.", &said, &[]), "a short line may be said again; that is for others to judge");
        assert!(!repeats("", &said, &[]) && !repeats("You came for the bell, like all of them do.", &[], &[]));
    }

    #[test]
    fn ten_characters_in_a_row_are_a_repeat_and_a_phrase_is_none() {
        let said = ["九十辆车，九十对牛，没东西可拉。哪天你来要，哪天就是你的。"];
        assert!(repeats("孩子，九十辆车，九十对牛，没东西可拉。", &said, &[]));
        assert!(!repeats("我有九十辆车，都在仓后头，一辆也没动。", &said, &[]));
    }

    #[test]
    fn what_has_to_be_told_may_be_told_again() {
        let said = ["Counted twice: fourteen barrels of salt beef in the cellar."];
        let fact = ["There are fourteen barrels of salt beef in the cellar."];
        assert!(repeats(
            "Still fourteen barrels of salt beef in it.",
            &["So fourteen barrels of salt beef in it!"],
            &[]
        ));
        assert!(!repeats("Why, fourteen barrels of salt beef in the cellar.", &said, &fact));
        assert!(!repeats("Counted twice: fourteen barrels of salt.", &said, &fact), "two words of its own");
        let said = ["I counted it twice today: fourteen barrels of salt beef."];
        assert!(repeats("I counted it twice today, fourteen of them.", &said, &fact));
    }

    #[test]
    fn a_line_is_known_by_its_words() {
        assert_eq!(said_hash("The rope hums."), said_hash("the ROPE hums"));
        assert_ne!(said_hash("The rope. Hums it?"), said_hash("The rope hums."));
        assert_ne!(said_hash("ab c"), said_hash("a bc"));
        assert_eq!(said_hash("The rope hums."), 1_368_632_945, "saves hold it");
    }
}
