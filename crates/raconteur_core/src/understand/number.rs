//! "2", "the second one", "the last": choices by their number.

use crate::judge::words;

/// Words that may stand beside a number.
const AROUND: &[&str] = &[
    "the", "one", "number", "option", "choice", "answer", "no", "nr", "please", "i", "take", "pick", "choose", "ll",
    "want", "d", "like", "say", "try", "let", "s", "do", "go", "with", "for", "of", "them", "ok", "okay", "my",
];

/// Names of the numbers from 1 on.
const NAMES: [[&str; 3]; 9] = [
    ["one", "first", "1st"],
    ["two", "second", "2nd"],
    ["three", "third", "3rd"],
    ["four", "fourth", "4th"],
    ["five", "fifth", "5th"],
    ["six", "sixth", "6th"],
    ["seven", "seventh", "7th"],
    ["eight", "eighth", "8th"],
    ["nine", "ninth", "9th"],
];

/// The place that the words name, below `count`, when they say nothing but a number.
pub(super) fn chosen(said: &str, count: usize) -> Option<usize> {
    let words = words::words(said);
    let mut numbers = words.iter().filter(|word| !AROUND.contains(&word.as_str()));
    let named = match numbers.next() {
        Some(word) if numbers.next().is_none() => number(word, count)?,
        Some(_) => return None,
        // "number one": the only number is a word that also stands beside others.
        None => words.iter().any(|word| word == "one").then_some(1)?,
    };
    named.checked_sub(1).filter(|place| *place < count)
}

fn number(word: &str, count: usize) -> Option<usize> {
    if word == "last" {
        return Some(count);
    }
    let named = NAMES.iter().position(|names| names.contains(&word)).map(|place| place + 1);
    named.or_else(|| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn numbers_count_from_one_and_stand_alone() {
        for said in ["2", "the second one", "Number two, please.", "I'll take the 2nd", "option 2"] {
            assert_eq!(chosen(said, 3), Some(1), "{said}");
        }
        for said in ["one", "number one", "the first one"] {
            assert_eq!(chosen(said, 3), Some(0), "{said}");
        }
        assert_eq!(chosen("the last one", 5), Some(4));
        for said in
            ["0", "4", "the", "two doors", "", "99999999999999999999", "first things first", "second the marshal"]
        {
            assert_eq!(chosen(said, 3), None, "{said}");
        }
        assert_eq!(chosen("last", 0), None);
    }
}
