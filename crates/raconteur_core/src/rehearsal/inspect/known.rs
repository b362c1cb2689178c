//! Which words somebody has before them, and which name in a text is none of these.
//!
//! This is the plain definition that delivered texts are counted by, in `raconteur rehearse` and as M2 of
//! `raconteur eval`. It shares no code with [`KnownNames`](crate::judge::KnownNames), by which texts are written and
//! filtered, and asks for less: a word is known in whatever case it stands in a text, and at the start of a sentence
//! nothing is a name.

use std::collections::BTreeSet;

use super::read;
use crate::story::format::Story;

/// Words that English always writes with a capital: titles count, since a speaker may say "Sir" to anybody.
const CAPITALS: &str = "i monday tuesday wednesday thursday friday saturday sunday january february march april may june \
    july august september october november december god lord sir madam miss mister mr mrs saint christmas easter english";

/// Words that stand in some texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownWords(BTreeSet<String>);

impl KnownWords {
    /// The words of some texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = Self::default();
        texts.into_iter().for_each(|text| known.learn(text));
        known
    }

    /// The words of all that the writer of a story wrote: what is shown, what prompts say of people, places and facts,
    /// and the glossary of its language. What the writer bans is not among them.
    #[must_use]
    pub fn of_story(story: &Story) -> Self {
        let mut known = Self::default();
        for text in story.texts() {
            let source = text.source;
            [&source.say, &source.goal, &source.tone].into_iter().for_each(|text| known.learn(text));
            let lists = [source.from.unwrap_or_default(), source.keys.unwrap_or_default()];
            let lists = lists.iter().chain(source.must.iter().flatten()).flatten();
            lists.for_each(|text| known.learn(text));
            for (asked, said) in source.talks.iter().flatten() {
                known.learn(asked);
                known.learn(said);
            }
            let reads = source.reads.iter().flat_map(crate::story::table::Table::iter);
            reads.flat_map(|(_, sentences)| sentences).for_each(|text| known.learn(text));
        }
        story.terms(&story.locale).iter().flat_map(|term| &term.target).for_each(|term| known.learn(term));
        known
    }

    /// Adds the words of a text.
    pub fn learn(&mut self, text: &str) {
        self.0.extend(read::words(text));
    }

    /// The first word of `text` that begins with a capital inside a sentence and stands neither here nor `beside`; the
    /// days, the months and forms of address apart.
    ///
    /// The parts of "Odo's" and "Stone-Drum" are words of their own. A word is the first of its sentence at the start of
    /// a line, and behind a terminator, a colon, a semicolon, a dash, a bracket or a quotation mark.
    #[must_use]
    pub fn unknown_name<'t>(&self, text: &'t str, beside: &Self) -> Option<&'t str> {
        let mut end = None;
        for word in read::spans(text) {
            let before = end.map(|end| &text[end..word.start]);
            end = Some(word.end);
            let word = &text[word];
            let capital = word.chars().next().is_some_and(char::is_uppercase);
            if capital && before.is_some_and(|between| !opens(between)) {
                let is_known = |word: &String| {
                    self.0.contains(word)
                        || beside.0.contains(word)
                        || CAPITALS.split_whitespace().any(|other| other == word)
                };
                if !read::words(word).iter().all(is_known) {
                    return Some(word);
                }
            }
        }
        None
    }
}

/// Whether the word behind what stands between it and the one before is the first of its sentence.
fn opens(between: &str) -> bool {
    let ends = |c: char| matches!(c, '.' | '?' | '!' | '…' | '。' | '！' | '？' | ':' | '：' | ';' | '—' | '–');
    let encloses = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '(' | '[' | '\n' | '\r');
    let apostrophe = |c: char| matches!(c, '\'' | '‘' | '’');
    // Alone it is that of "O'Brien" and "Odo's", the hyphen that of "Stone-Drum".
    let alone = between.chars().count() == 1;
    between.chars().any(|c| ends(c) || encloses(c) || !alone && (apostrophe(c) || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown<'t>(text: &'t str, question: &str) -> Option<&'t str> {
        let story = KnownWords::new(["The Ford: Odo's boat, the bell of Saint Ann\u{e9}.", "Élan"]);
        story.unknown_name(text, &KnownWords::new([question]))
    }

    #[test]
    fn a_capital_inside_a_sentence_is_a_known_word() {
        for fine in [
            "Wenna knows. Wenna? Yes: Xo, or no. \u{201c}Xo!\u{201d} Xo \u{2014} Xo. (Xo) 'Xo' said \u{2018}Xo.",
            "Ask Odo's man, Sir, on a Monday in May. I'll go, as I said.",
            "ask the Bell at the FORD, and \u{c9}lan; Xo",
            "over\nXo said",
            "",
        ] {
            assert_eq!(unknown(fine, ""), None, "{fine}");
        }
        for (text, name) in [
            ("So ask Wenna.", "Wenna"),
            ("Ask Odo or Wenna's man", "Wenna"),
            ("the Stone-Drum", "Stone"),
            ("the boat-Xo", "Xo"),
            ("ask, Xo", "Xo"),
            ("3.5 Xo", "Xo"),
            ("the O'Brien boat", "O"),
            ("the Bo\u{ad}at and Xa\u{200b}n", "Xa\u{200b}n"),
        ] {
            assert_eq!(unknown(text, ""), Some(name), "{text}");
        }
        assert_eq!(unknown("So ask Wenna of \u{395}lan.", "who is wenna?"), Some("\u{395}lan"));
        assert_eq!(unknown("So ask W\u{435}nna.", "who is wenna?"), None, "a Cyrillic letter that looks the same");
    }
}
