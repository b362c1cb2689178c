//! A second opinion on what was delivered: plain checks that share no code with the rules that filtered it.

use raconteur_core::rehearsal::KnownWords;

use super::ngrams::words;

/// What a delivered text may not have.
#[derive(Debug, Clone, Copy)]
pub struct Forbidden<'a> {
    /// Banned words and phrases.
    pub bans: &'a [String],
    /// Words of a fact that the speaker keeps to themselves.
    pub hidden: &'a [String],
    /// Words that the speaker has before them: names have to be among these.
    pub known: &'a KnownWords,
    /// Words of this very text's prompt, beside them.
    pub scene: &'a KnownWords,
    /// Names of speakers.
    pub speakers: &'a [String],
}

/// What is wrong with a delivered text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// A banned word.
    pub banned: bool,
    /// A capitalised word inside a sentence that stands nowhere before; see [`KnownWords`].
    pub unknown_name: bool,
    /// A speaker label, or a second line.
    pub label: bool,
    /// A word of what is hidden.
    pub leak: bool,
}

impl Found {
    /// Whether anything is wrong.
    pub fn any(self) -> bool {
        self.banned || self.unknown_name || self.label || self.leak
    }
}

impl Forbidden<'_> {
    /// Looks at a text.
    pub fn check(&self, text: &str) -> Found {
        let label = |name: &String| !name.is_empty() && text.contains(&format!("{name}:"));
        Found {
            banned: self.bans.iter().any(|word| has(text, word)),
            leak: self.hidden.iter().any(|word| has(text, word)),
            label: text.trim().contains('\n') || self.speakers.iter().any(label) || text.contains("You:"),
            unknown_name: self.known.unknown_name(text, self.scene).is_some(),
        }
    }
}

/// Whether a word or phrase stands in a text as whole words, in any case.
pub fn has(text: &str, phrase: &str) -> bool {
    let (text, phrase) = (spaced(text), spaced(phrase));
    !phrase.trim().is_empty() && text.contains(&phrase)
}

/// The words of a text with a space before and behind each, those of "Odo's" apart.
fn spaced(text: &str) -> String {
    let apart: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<String> = apart.split_whitespace().map(str::to_lowercase).collect();
    format!(" {} ", words.join(" "))
}

/// How well a text carries a value: F1 of the words of the value and those of the run of the text that fits best, of the
/// value's length.
pub fn value_f1(text: &str, value: &str) -> f64 {
    let (text, value) = (words(text), words(value));
    if value.is_empty() || text.is_empty() {
        return 0.0;
    }
    let length = value.len().min(text.len());
    let best = text.windows(length).map(|run| {
        let mut left = value.clone();
        let found =
            run.iter().filter(|word| left.iter().position(|other| other == *word).map(|at| left.remove(at)).is_some());
        found.count()
    });
    let found = best.max().unwrap_or(0) as f64;
    2.0 * found / (length + value.len()) as f64
}

/// Phrases with which somebody declines to answer.
const DECLINES: &str = "don't know|do not know|didn't know|couldn't say|could not say|can't say|cannot say|can't tell|\
    cannot tell|couldn't tell|won't say|won't tell|will not say|not say|no idea|nobody knows|no one knows|never heard|\
    never saw|never asked|never told|not for me to say|ask somebody|ask someone|ask another|if i knew|wish i knew|not know|\
    don't ask|no notion|not telling|isn't mine to|not mine to|who knows|don't remember|can't remember|couldn't tell";

/// Whether a text declines to answer, by one of some phrases. Misses what is said in other words.
pub fn declines(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    DECLINES.split('|').any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_forbidden_and_nothing_else() {
        let bans = ["gun".to_owned(), "steam engine".to_owned()];
        let hidden = ["chapel".to_owned()];
        let speakers = ["Mara".to_owned()];
        let (known, scene) = (KnownWords::new(["The Ford."]), KnownWords::new(["Odo's boat."]));
        let check = |text: &str| {
            Forbidden { bans: &bans, hidden: &hidden, known: &known, scene: &scene, speakers: &speakers }.check(text)
        };
        for fine in ["Odo has begun. Nothing else.", "I said 'Go' to Odo's man, Sir.", "Gunn? No: Ask the ford."] {
            assert!(!check(fine).any(), "{fine}");
        }
        assert!(check("A GUN!").banned && check("the steam-engine").banned && !check("gunner").banned);
        assert!(check("In the Chapel.").leak);
        assert!(check("Well. Mara: go.").label && check("One.\nTwo.").label && !check("One.\n").label);
        assert!(check("So ask Wenna.").unknown_name && !check("Wenna knows.").unknown_name);
    }

    #[test]
    fn a_value_may_stand_anywhere_in_the_answer() {
        assert_eq!(value_f1("In a crate, under a cloth.", "a crate"), 1.0);
        assert_eq!(value_f1("In the crate.", "a crate"), 0.5);
        assert_eq!(value_f1("No.", "a crate"), 0.0);
        // One word of the two, in a text of one word: 2 * 1 / (1 + 2).
        assert!((value_f1("Crate.", "a crate") - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(value_f1("", "x"), 0.0);
    }

    #[test]
    fn declining_is_known_by_its_phrases() {
        assert!(declines("I couldn't say, sir.") && declines("Who knows?") && !declines("It is in the well."));
    }
}
