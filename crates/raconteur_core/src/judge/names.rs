//! Which capitalised words a story knows: what `names: Known` is checked with.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::authored;
use super::place::Place;
use super::words::{fold, is_word_char};
use crate::story::format::Story;

/// The words of a story, and which of them it writes with a capital inside a sentence. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownNames(Arc<Words>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Words {
    /// Folded words that may be capitalised anywhere.
    names: BTreeSet<String>,
    /// Folded words that stand in lower case somewhere in the story: at the start of a sentence they are no names.
    ordinary: BTreeSet<String>,
}

impl KnownNames {
    /// Knows the capitalised words of some texts as names, and their other words as ordinary.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Words::default();
        for text in texts {
            for word in text.split(|c: char| !is_word_char(c)).filter(|word| !word.is_empty()) {
                let set = if is_capitalised(word) { &mut words.names } else { &mut words.ordinary };
                set.insert(fold(word));
            }
        }
        Self(Arc::new(words))
    }

    /// Knows what a story names: its cast, and the capitalised words of its lore, its settings, its goals, its examples
    /// of talk and its authored lines; of a story in another language also the terms of its glossary.
    #[must_use]
    pub fn of_story(story: &Story) -> Self {
        let mut texts = authored::texts(story);
        // What the glossary of its language calls things are names too, whether a text has used them yet or not.
        let terms: Vec<String> = story.terms(&story.locale).into_iter().flat_map(|term| term.target).collect();
        texts.extend(terms.iter().map(String::as_str));
        Self::new(texts)
    }

    /// The words that may be capitalised inside a sentence, folded: what the story names, then those that English always
    /// writes so.
    pub fn anywhere(&self) -> impl Iterator<Item = &str> {
        self.0.names.iter().map(String::as_str).chain(CAPITALISED.iter().copied())
    }

    /// The first capitalised word of `text` that is neither known nor ordinary.
    ///
    /// Inside a sentence any capitalised word has to be a known name, "I", the days and the months apart. The first word of a sentence (behind
    /// a terminator, a colon, a dash or an opening quote) is capitalised anyway: it counts as a name only when the
    /// story never uses it in lower case, it is not one of the words that English sentences usually open with, and a
    /// possessive or a verb of persons follows ("Marta's boat", "Marta said").
    #[must_use]
    pub fn first_unknown(&self, text: &str) -> Option<String> {
        let tokens = tokens(text);
        for (at, token) in tokens.iter().enumerate() {
            if !is_capitalised(token.word) {
                continue;
            }
            let folded = fold(token.word);
            if self.0.names.contains(&folded) || CAPITALISED.contains(&folded.as_str()) {
                continue;
            }
            if !token.opens {
                return Some(token.word.to_owned());
            }
            let ordinary = self.0.ordinary.contains(&folded) || OPENERS.contains(&folded.as_str());
            if !ordinary && tokens.get(at + 1).is_some_and(|next| takes_person(next)) {
                return Some(token.word.to_owned());
            }
        }
        None
    }
}

/// The names of a text: words with a capital inside a sentence, and those at its start that the story knows as names and
/// never uses in lower case. Days and months are among them, "I" and forms of address are not.
pub(super) fn names_in<'a>(text: &'a str, known: Option<&'a KnownNames>) -> impl Iterator<Item = &'a str> {
    tokens(text).into_iter().filter_map(move |token| {
        let folded = fold(token.word);
        if !is_capitalised(token.word) || ADDRESSES.contains(&folded.as_str()) {
            return None;
        }
        let opening = || {
            let is_name = |known: &KnownNames| known.0.names.contains(&folded) && !known.0.ordinary.contains(&folded);
            !CAPITALISED.contains(&folded.as_str()) && !OPENERS.contains(&folded.as_str()) && known.is_some_and(is_name)
        };
        (!token.opens || opening()).then_some(token.word)
    })
}

struct Token<'a> {
    word: &'a str,
    /// First of its sentence.
    opens: bool,
    /// An apostrophe stands before it.
    apostrophe: bool,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut place = Place::default();
    let mut apostrophe = false;
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let before = place;
        place = before.after(c);
        if is_word_char(c) {
            start.get_or_insert(at);
            continue;
        }
        if let (Some(from), Place::Word { opens }) = (start.take(), before) {
            tokens.push(Token { word: &text[from..at], opens, apostrophe });
        }
        apostrophe = matches!((c, before), ('\'' | '‘' | '’', Place::Word { .. }));
    }
    tokens
}

fn is_capitalised(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

fn takes_person(next: &Token<'_>) -> bool {
    if next.apostrophe {
        return next.word == "s";
    }
    PERSON_VERBS.contains(&next.word)
}

/// Words that English writes with a capital without naming anybody. "May" and "March" are verbs at the start of a
/// sentence and months inside it.
const CAPITALISED: &[&str] = &[
    "i",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "god",
    "lord",
    "sir",
    "madam",
    "miss",
    "mister",
    "mr",
    "mrs",
    "saint",
    "christmas",
    "easter",
    "english",
];

/// Of those, the words that are never about anybody in particular.
const ADDRESSES: &[&str] = &["i", "god", "lord", "sir", "madam", "miss", "mister", "mr", "mrs", "english"];

/// Verbs whose subject at the start of a sentence is usually somebody.
const PERSON_VERBS: &[&str] = &[
    "said", "says", "told", "tells", "asked", "asks", "knew", "knows", "thinks", "thought", "swore", "swears", "came",
    "comes", "went", "goes", "was", "is", "has", "had", "did", "does", "lives", "lived", "lied", "lies", "took",
    "sold", "owed", "owes", "wants", "wanted", "died", "saw", "heard", "will", "would", "can", "keeps", "kept", "gave",
    "gives", "left", "made", "makes", "put", "puts", "stood", "stands", "sits", "sat", "sleeps", "slept", "paid",
    "pays", "brought", "brings", "built", "found", "finds", "hid", "hides", "sent", "sends", "walks", "walked",
    "works", "worked", "waits", "waited", "drinks", "drank", "calls", "called", "drowned",
];

/// Words that open sentences without being names.
const OPENERS: &[&str] = &[
    "a",
    "an",
    "the",
    "this",
    "that",
    "these",
    "those",
    "it",
    "he",
    "she",
    "we",
    "they",
    "you",
    "my",
    "your",
    "his",
    "her",
    "its",
    "our",
    "their",
    "who",
    "what",
    "where",
    "when",
    "why",
    "how",
    "which",
    "whoever",
    "whatever",
    "there",
    "here",
    "now",
    "then",
    "once",
    "twice",
    "and",
    "but",
    "or",
    "nor",
    "so",
    "yet",
    "for",
    "if",
    "as",
    "because",
    "since",
    "though",
    "until",
    "while",
    "after",
    "before",
    "in",
    "on",
    "at",
    "by",
    "to",
    "of",
    "from",
    "with",
    "without",
    "over",
    "under",
    "no",
    "not",
    "yes",
    "none",
    "nobody",
    "nothing",
    "never",
    "only",
    "even",
    "just",
    "still",
    "all",
    "any",
    "some",
    "both",
    "each",
    "every",
    "everyone",
    "everybody",
    "everything",
    "someone",
    "somebody",
    "something",
    "anyone",
    "anybody",
    "anything",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "ten",
    "forty",
    "most",
    "many",
    "few",
    "more",
    "less",
    "first",
    "last",
    "father",
    "mother",
    "people",
    "men",
    "women",
    "folk",
    "death",
    "god",
    "water",
    "money",
    "time",
    "truth",
    "luck",
    "today",
    "tomorrow",
    "yesterday",
    "tonight",
    "another",
    "neither",
];
