//! Which words of a text say what it is about.

use std::collections::BTreeSet;

use super::stem::Stemmer;
use super::words;

/// Shortest word of another language than English that counts.
const SHORTEST: usize = 4;

/// Whether a folded word says something by itself: in English all but the words of grammar and of small talk, in other
/// languages those of four letters and more, and numbers; in a script without upper and lower case any but the Chinese
/// characters of grammar.
pub(super) fn is_content(word: &str, stemmer: Stemmer) -> bool {
    if GRAMMAR.contains(word) && word.chars().count() == 1 {
        return false;
    }
    let caseless = word.chars().any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase());
    if caseless || word.chars().any(char::is_numeric) {
        return true;
    }
    if stemmer.is_english() {
        return word.chars().count() > 1 && !STOP.contains(&word);
    }
    word.chars().count() >= SHORTEST
}

/// The stems of the words that count, each once; in a script without cases, whose words run together, pairs of
/// neighbouring letters.
pub(crate) fn content(words: &[String], stemmer: Stemmer) -> BTreeSet<String> {
    let says = |pair: &String| pair.chars().any(|c| !GRAMMAR.contains(c));
    let mut content: BTreeSet<String> = words::pairs(words).filter(says).collect();
    let spaced = |word: &&String| !word.chars().next().is_some_and(words::is_unspaced);
    for word in words.iter().filter(spaced).filter(|word| is_content(word, stemmer)) {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() > 1 && letters.iter().all(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase()) {
            content.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else {
            content.insert(stemmer.stem(word));
        }
    }
    content
}

/// Chinese characters that stand in any text: particles, pronouns, forms of "to be", measure words.
const GRAMMAR: &str =
    "的地得了着过是不没有在我你他她它们这那哪谁什么也都就还又才很和与跟吗呢吧啊呀把被给对从到为上下里个只";

/// Words that stand in any English text. What an apostrophe cuts off ("don", "ll") is among them.
const STOP: &[&str] = &[
    "about",
    "above",
    "after",
    "again",
    "ago",
    "ah",
    "ain",
    "all",
    "almost",
    "already",
    "also",
    "always",
    "am",
    "among",
    "an",
    "and",
    "any",
    "anybody",
    "anyone",
    "anything",
    "are",
    "aren",
    "around",
    "as",
    "ask",
    "asked",
    "at",
    "away",
    "aye",
    "back",
    "be",
    "because",
    "been",
    "before",
    "behind",
    "being",
    "best",
    "better",
    "between",
    "both",
    "but",
    "by",
    "came",
    "can",
    "cannot",
    "come",
    "comes",
    "could",
    "couldn",
    "did",
    "didn",
    "do",
    "does",
    "doesn",
    "doing",
    "don",
    "done",
    "down",
    "each",
    "either",
    "else",
    "enough",
    "even",
    "ever",
    "every",
    "everybody",
    "everyone",
    "everything",
    "few",
    "find",
    "first",
    "for",
    "friend",
    "from",
    "get",
    "gets",
    "give",
    "gives",
    "go",
    "goes",
    "going",
    "gone",
    "good",
    "got",
    "had",
    "hadn",
    "has",
    "hasn",
    "have",
    "haven",
    "having",
    "he",
    "hear",
    "heard",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "if",
    "in",
    "into",
    "is",
    "isn",
    "it",
    "its",
    "itself",
    "just",
    "keep",
    "keeps",
    "knew",
    "know",
    "known",
    "knows",
    "last",
    "least",
    "let",
    "like",
    "little",
    "ll",
    "long",
    "look",
    "looks",
    "made",
    "make",
    "makes",
    "man",
    "many",
    "may",
    "maybe",
    "me",
    "mean",
    "men",
    "might",
    "mine",
    "more",
    "most",
    "much",
    "must",
    "my",
    "myself",
    "need",
    "never",
    "new",
    "next",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "now",
    "of",
    "off",
    "often",
    "oh",
    "old",
    "on",
    "once",
    "one",
    "only",
    "or",
    "other",
    "others",
    "our",
    "ours",
    "out",
    "over",
    "own",
    "people",
    "perhaps",
    "please",
    "put",
    "quite",
    "rather",
    "re",
    "really",
    "right",
    "said",
    "same",
    "saw",
    "say",
    "says",
    "see",
    "seen",
    "shall",
    "she",
    "should",
    "shouldn",
    "since",
    "sir",
    "so",
    "some",
    "somebody",
    "someone",
    "something",
    "still",
    "such",
    "sure",
    "take",
    "takes",
    "tell",
    "tells",
    "than",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "think",
    "this",
    "those",
    "though",
    "through",
    "till",
    "time",
    "to",
    "today",
    "told",
    "too",
    "took",
    "true",
    "try",
    "under",
    "until",
    "up",
    "upon",
    "us",
    "ve",
    "very",
    "want",
    "wants",
    "was",
    "wasn",
    "way",
    "we",
    "well",
    "went",
    "were",
    "weren",
    "what",
    "whatever",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whoever",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won",
    "would",
    "wouldn",
    "yes",
    "yet",
    "you",
    "your",
    "yours",
    "yourself",
];

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn of(tag: &str, text: &str) -> Vec<String> {
        content(&words(text), Stemmer::of_locale(tag)).into_iter().collect()
    }

    #[test]
    fn content_is_what_a_text_is_about() {
        assert_eq!(of("en", "The bells of the chapel, I don't know; he's 40."), ["40", "bell", "chapel"]);
        assert_eq!(of("en", "Well, I would rather not say."), [""; 0]);
        assert_eq!(of("xx", "Die alte Glocke ist im Fluss"), ["alte", "fluss", "glocke"]);
        assert_eq!(of("zh", "钟沉在河里"), ["在河", "沉在", "河里", "钟沉"]);
        assert_eq!(of("zh", "他们是这么的"), [""; 0], "grammar only");
        assert_eq!(of("zh", "是 Tarnish 的兵"), ["tarnish", "的兵"]);
    }
}
