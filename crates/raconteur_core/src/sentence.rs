//! Where sentences end: in a whole text, and in a text that comes in chunks.
//!
//! A sentence ends after `. ? ! … 。 ！ ？ ｡` and the quotes and brackets that close behind it. A western terminator needs
//! whitespace (or the end of the text) after it, and a following lower-case letter takes the end back: `"Stop!" he
//! said.` is one sentence, as is `about 3.5 feet`. The wide ones of scripts without spaces end a sentence wherever they
//! stand; `……` alone does not, for it stands inside of sentences too. A full stop after an abbreviation or an initial ends nothing. The
//! rules look one visible character ahead, no further, which is what makes streaming by the sentence possible.

use std::num::NonZeroUsize;

use crate::judge::words::is_unspaced;

/// Words whose full stop does not end a sentence, folded to lower case.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "sr", "jr", "prof", "rev", "capt", "col", "gen", "lt", "sgt", "messrs", "mme",
    "mlle", "e.g", "i.e", "cf", "vs", "approx", "vol", "fig", "hon",
];

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '?' | '!' | '…') || is_wide_terminator(c)
}

/// Terminators of scripts that put no space between sentences.
fn is_wide_terminator(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '”'
            | '’'
            | '»'
            | '›'
            | ')'
            | ']'
            | '」'
            | '』'
            | '）'
            | '】'
            | '》'
            | '〉'
            | '〕'
            | '〗'
            | '〞'
    )
}

/// What follows a terminator and its closers.
enum Ahead {
    /// The sentence ends here.
    End,
    /// It goes on.
    NoEnd,
    /// The text stops before it can be told.
    Unknown,
}

/// Byte offsets behind each sentence of `text`, closing quotes and brackets included. A rest without a terminator ends
/// nowhere. Ascending; empty for a text without sentences.
#[must_use]
pub fn sentence_ends(text: &str) -> Vec<usize> {
    ends(text, true)
}

/// The same; with `complete` false, only the ends that more text cannot take back.
fn ends(text: &str, complete: bool) -> Vec<usize> {
    let mut found = Vec::new();
    each_end(text, complete, &mut |end| {
        found.push(end);
        false
    });
    found
}

/// Names the ends one by one, until `stop` says true of one.
fn each_end(text: &str, complete: bool, stop: &mut dyn FnMut(usize) -> bool) {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_terminator(c) {
            continue;
        }
        let mut single_stop = c == '.';
        let mut wide = is_wide_terminator(c);
        let mut end = at + c.len_utf8();
        while let Some(&(next_at, next)) = chars.peek() {
            if is_terminator(next) {
                single_stop = false;
                wide |= is_wide_terminator(next);
            } else if !is_closer(next) {
                break;
            }
            end = next_at + next.len_utf8();
            chars.next();
        }
        if single_stop && abbreviates(&text[..at]) {
            continue;
        }
        let ends = match ahead(&text[end..], wide) {
            Ahead::End => true,
            Ahead::Unknown => complete,
            Ahead::NoEnd => false,
        };
        if ends && stop(end) {
            return;
        }
    }
}

fn ahead(rest: &str, wide: bool) -> Ahead {
    let Some(next) = rest.chars().next() else { return Ahead::Unknown };
    if wide {
        return Ahead::End;
    }
    if !next.is_whitespace() {
        return Ahead::NoEnd;
    }
    match rest.trim_start().chars().next() {
        None => Ahead::Unknown,
        Some(letter) if letter.is_lowercase() => Ahead::NoEnd,
        Some(_) => Ahead::End,
    }
}

/// Whether the full stop behind `before` belongs to an abbreviation ("St", "e.g") or an initial ("J").
fn abbreviates(before: &str) -> bool {
    /// Longer than any abbreviation, short enough to look at for each full stop of a long text.
    const LONGEST: usize = 10;
    let mut buffer = ['\0'; LONGEST];
    let mut from = LONGEST;
    for c in before.chars().rev().take(LONGEST).take_while(|c| c.is_alphanumeric() || *c == '.') {
        from -= 1;
        buffer[from] = c;
    }
    // Full stops before the word belong to what came before; a stream may not know them any more.
    let stops = buffer[from..].iter().take_while(|&&c| c == '.').count();
    let word = &buffer[from + stops..];
    if let [initial] = *word {
        // "It was I." ends a sentence more often than it introduces somebody.
        return initial.is_uppercase() && initial != 'I';
    }
    let folded = || word.iter().flat_map(|c| c.to_lowercase());
    ABBREVIATIONS.iter().any(|known| folded().eq(known.chars()))
}

/// Byte offset of the last sentence end that stands outside of quotation marks, if there is one.
#[must_use]
pub fn last_end_outside_quotes(text: &str) -> Option<usize> {
    let mut last = None;
    find_end_outside_quotes(text, true, |end| {
        last = Some(end);
        false
    });
    last
}

/// Byte offset behind the first `most` sentences that end outside of quotation marks; `None` when there are fewer.
#[must_use]
pub fn end_of_sentence(text: &str, most: NonZeroUsize) -> Option<usize> {
    let mut count = 0;
    find_end_outside_quotes(text, true, |_| {
        count += 1;
        count == most.get()
    })
}

/// The first sentence end outside of quotation marks of which `wanted` says true, by its byte offset. The text is over
/// (`complete`), or more may come: then only ends count that nothing can take back.
pub fn find_end_outside_quotes(text: &str, complete: bool, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
    let mut quotes = Quotes::default();
    let (mut from, mut found) = (0, None);
    each_end(text, complete, &mut |end| {
        quotes.read(text, from, end);
        from = end;
        if !quotes.open() && wanted(end) {
            found = Some(end);
        }
        found.is_some()
    });
    found
}

/// Which quotations are open. An apostrophe opens one only at the start of a word, and not before the usual clipped
/// words ('tis, 'em).
#[derive(Default)]
struct Quotes {
    double: bool,
    single: bool,
    curly: i32,
    angle: i32,
    corner: i32,
    /// ‘ and ’ beside characters of a script without spaces: no apostrophes there.
    inner: i32,
}

impl Quotes {
    fn open(&self) -> bool {
        self.double || self.single || self.curly > 0 || self.angle > 0 || self.corner > 0 || self.inner > 0
    }

    /// Reads on over `text[from..to]`.
    fn read(&mut self, text: &str, from: usize, to: usize) {
        let mut before = text[..from].chars().next_back().unwrap_or(' ');
        let mut chars = text[from..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if from + at >= to {
                break;
            }
            let after = chars.peek().map(|&(_, next)| next);
            match c {
                '"' => self.double = !self.double,
                '“' => self.curly += 1,
                '”' => self.curly -= 1,
                '«' => self.angle += 1,
                '»' => self.angle -= 1,
                '「' | '『' => self.corner += 1,
                '」' | '』' => self.corner -= 1,
                '‘' if after.is_some_and(is_wide) || is_wide(before) => self.inner += 1,
                '’' if self.inner > 0 => self.inner -= 1,
                '\'' | '‘' | '’' => self.apostrophe(c, before, after, &text[from + at + c.len_utf8()..]),
                _ => {}
            }
            before = c;
        }
    }

    fn apostrophe(&mut self, c: char, before: char, after: Option<char>, rest: &str) {
        let before_word = after.is_some_and(char::is_alphanumeric);
        let starts = before.is_whitespace() || matches!(before, '"' | '“' | '(' | '[' | '—' | '–' | '-');
        if !self.single && c != '’' && starts && before_word {
            self.single = !clipped(rest);
        } else if self.single && c != '‘' && !before.is_whitespace() && !before_word {
            self.single = false;
        }
    }
}

/// Whether no apostrophe stands beside it: characters of scripts without spaces, and their punctuation.
fn is_wide(c: char) -> bool {
    is_unspaced(c) || matches!(c, '，' | '。' | '：' | '；' | '、' | '！' | '？' | '《' | '》' | '「' | '」')
}

fn clipped(rest: &str) -> bool {
    const CLIPPED: [&str; 10] = ["tis", "twas", "twere", "twill", "em", "til", "cause", "bout", "round", "neath"];
    let word = || rest.chars().take_while(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    CLIPPED.iter().any(|known| word().eq(known.chars()))
}

/// Cuts a text that comes in chunks into sentences. The sentences and the rest, joined, are the text that went in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentences {
    rest: String,
}

impl Sentences {
    /// Takes a chunk in and gives the sentences that are complete with it, each with the whitespace before it. A
    /// sentence is complete once the first visible character of the next has come.
    pub fn push(&mut self, chunk: &str) -> Vec<String> {
        self.rest.push_str(chunk);
        let ends = ends(&self.rest, false);
        let mut from = 0;
        let mut sentences = Vec::with_capacity(ends.len());
        for end in ends {
            sentences.push(self.rest[from..end].to_owned());
            from = end;
        }
        self.rest.drain(..from);
        sentences
    }

    /// What has come since the last complete sentence.
    #[must_use]
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// The text is over: what has not been given yet, one sentence or a piece of one. Empty when nothing is left.
    #[must_use]
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let mut from = 0;
        sentence_ends(text)
            .into_iter()
            .map(|end| {
                let sentence = &text[from..end];
                from = end;
                sentence
            })
            .collect()
    }

    #[test]
    fn wide_terminators_need_no_space_behind_them() {
        assert_eq!(cut("读到底。再盖下去！雨还在下么？不知道"), ["读到底。", "再盖下去！", "雨还在下么？"]);
        assert_eq!(cut("她说：“读到底。”再没有别的。"), ["她说：“读到底。”", "再没有别的。"]);
        assert_eq!(cut("《苇印。》（完。）"), ["《苇印。》", "（完。）"]);
        assert_eq!(cut("他……没有说完。"), ["他……没有说完。"], "an ellipsis stands inside of sentences");
        assert_eq!(cut("他没有说完……"), ["他没有说完……"]);
    }

    #[test]
    fn inner_quotes_close_beside_characters() {
        // Between characters no white space tells an opening quote from an apostrophe.
        for text in ["‘我死了’的‘了’字，我说早了。", "“‘我死了’的‘了’字，我说早了。”", "他写了‘亡’字。"]
        {
            assert_eq!(last_end_outside_quotes(text), Some(text.len()), "{text}");
        }
        assert_eq!(last_end_outside_quotes("他说：‘读到底。"), None, "the quotation is still open");
        assert_eq!(last_end_outside_quotes("Odo’s boat. ‘Tis gone."), Some("Odo’s boat. ‘Tis gone.".len()));
    }

    #[test]
    fn a_stream_gives_chinese_sentences_as_they_are_complete() {
        let mut sentences = Sentences::default();
        assert!(sentences.push("读到").is_empty());
        assert!(sentences.push("底。").is_empty(), "a quote could still close behind it");
        assert_eq!(sentences.push("再"), ["读到底。"]);
        assert_eq!(sentences.rest(), "再");
        assert_eq!(sentences.finish(), "再");
    }
}
