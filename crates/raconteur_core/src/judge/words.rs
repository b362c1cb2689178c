//! Words of a text, folded so that they can be compared: what `must`, bans and copies are found with.

use std::collections::HashSet;
use std::ops::Range;

/// The words of `text`, lower case. Anything but letters and digits separates, apostrophes too: "Odo's" is "odo", "s",
/// so that a possessive still holds its name. Where a script puts no space between words (see [`is_unspaced`]), each
/// character is a word: a word of two characters is found as two words in a row, and lengths count characters.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    spans(text).into_iter().map(|span| fold(&text[span])).collect()
}

/// Where the words of [`words`] stand in `text`, in bytes.
pub(crate) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        // An accent that stands on nothing is no word.
        let joins = is_word_char(c) && !is_unspaced(c) && (start.is_some() || !is_accent(c));
        match (start, joins) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                spans.push(from..at);
                start = None;
            }
            _ => {}
        }
        if is_unspaced(c) {
            spans.push(at..at + c.len_utf8());
        }
    }
    spans
}

/// Whether a character is of a script whose words are written without spaces between them and can be told apart by
/// characters: Chinese characters and kana. (Thai and its kind have no spaces either, but there a character is no more
/// of a word than a Latin letter.) Source: Unicode 16, blocks.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}'        // iteration mark, closing mark, zero
        | '\u{3041}'..='\u{3096}'      // hiragana
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30fe}' // katakana
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' // unified ideographs
        | '\u{f900}'..='\u{faff}'      // compatibility ideographs
        | '\u{20000}'..='\u{3ffff}'    // the planes of ideographs
    )
}

/// Whether a language, by its BCP 47 tag, is written in an unspaced script (see [`is_unspaced`]): Chinese in all its
/// kinds, and Japanese.
#[must_use]
pub fn is_unspaced_language(tag: &str) -> bool {
    const LANGUAGES: [&str; 9] = ["zh", "cmn", "yue", "wuu", "nan", "hak", "lzh", "ja", "jpn"];
    let language = tag.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().any(|other| other.eq_ignore_ascii_case(language))
}

/// The pairs of neighbours among the words that are single characters of an unspaced script (see [`is_unspaced`]), and
/// those without such a neighbour alone: what stands there for words.
pub(super) fn pairs(words: &[String]) -> impl Iterator<Item = String> {
    let single = |at: usize| words.get(at).is_some_and(|word| word.chars().next().is_some_and(is_unspaced));
    (0..words.len()).filter(move |at| single(*at)).filter_map(move |at| {
        if single(at + 1) {
            return Some(words[at..=at + 1].concat());
        }
        (at == 0 || !single(at - 1)).then(|| words[at].clone())
    })
}

/// Folded words as one text, for messages.
pub(super) fn joined(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let run_on = text.chars().next_back().is_some_and(is_unspaced) && word.chars().next().is_some_and(is_unspaced);
        if !text.is_empty() && !run_on {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// So many words in a row of these, where they are words of a spaced script: more, where most of them are single
/// characters, of which it takes about five to say what three words say.
pub(super) fn in_a_row(words: &[String], count: usize) -> usize {
    let single = words.iter().filter(|word| word.chars().next().is_some_and(is_unspaced)).count();
    if single * 2 > words.len() { count * 5 / 3 } else { count }
}

/// Where the runs of letters and digits stand in `text`, in bytes: as [`spans`], but for scripts without spaces, whose words
/// run together here.
pub(crate) fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for span in spans(text) {
        match runs.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => runs.push(span),
        }
    }
    runs
}

/// Whether a character belongs to a word.
#[must_use]
pub fn is_word_char(c: char) -> bool {
    // Accents that were typed as characters of their own belong to their letter.
    c.is_alphanumeric() || is_accent(c)
}

/// U+0300 to U+036F.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Lower case, with the letters whose small forms differ by place or language made one: ß is ss, ς is σ, and the dot
/// that "İ" leaves over its i goes, as do accents that were typed as characters of their own. What only looks like a
/// Latin letter is that letter, so that a ban cannot be got around in another alphabet.
pub(crate) fn fold(word: &str) -> String {
    word.chars().flat_map(folded).collect()
}

/// What a character of a word becomes when words are compared; nothing, for an accent of its own.
pub fn folded(c: char) -> impl Iterator<Item = char> {
    half_width(c).to_lowercase().flat_map(|c| {
        let (first, second) = match c {
            'ß' => (Some('s'), Some('s')),
            'ς' => (Some('σ'), None),
            '\u{300}'..='\u{36f}' => (None, None),
            other => (Some(latin(other)), None),
        };
        first.into_iter().chain(second)
    })
}

/// The usual form of a full-width letter (U+FF01 to U+FF5E stand for U+0021 to U+007E).
fn half_width(c: char) -> char {
    let half = u32::from(c).checked_sub(0xfee0).filter(|half| (0x21..=0x7e).contains(half));
    half.and_then(char::from_u32).unwrap_or(c)
}

/// The Latin letter that a small Cyrillic or Greek one cannot be told from.
fn latin(c: char) -> char {
    match c {
        '\u{430}' | '\u{3b1}' => 'a',
        '\u{435}' => 'e',
        '\u{456}' | '\u{3b9}' => 'i',
        '\u{458}' => 'j',
        '\u{43e}' | '\u{3bf}' => 'o',
        '\u{440}' | '\u{3c1}' => 'p',
        '\u{441}' => 'c',
        '\u{455}' => 's',
        '\u{443}' => 'y',
        '\u{445}' => 'x',
        other => other,
    }
}

/// Whether `phrase` (a word or several) stands in `words` as whole words. A phrase in a script without spaces or without
/// case is looked for inside words too.
#[must_use]
pub fn contains(words: &[String], phrase: &str) -> bool {
    let wanted = self::words(phrase);
    if wanted.is_empty() {
        return false;
    }
    if phrase.chars().any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase() && !is_unspaced(c)) {
        let joined = words.concat();
        return joined.contains(&wanted.concat());
    }
    words.windows(wanted.len()).any(|window| window == wanted)
}

/// Share of the runs of four words of `text` that also stand in `other`; `None` when it has fewer than four words.
pub(crate) fn shared_fours(text: &[String], other: &[Vec<String>]) -> Option<f32> {
    let all = text.windows(4).count();
    if all == 0 {
        return None;
    }
    let other: HashSet<&[String]> = other.iter().flat_map(|text| text.windows(4)).collect();
    let shared = text.windows(4).filter(|four| other.contains(four)).count();
    Some(shared as f32 / all as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_of_an_unspaced_script_is_a_word() {
        assert_eq!(words("檀国要堤道，Tarn 要2条路。"), ["檀", "国", "要", "堤", "道", "tarn", "要", "2", "条", "路"]);
        assert_eq!(words("鐘はどこ"), ["鐘", "は", "ど", "こ"]);
        assert_eq!(words("한국어 단어"), ["한국어", "단어"], "Korean has spaces");
        assert_eq!(words("Odo's bell"), ["odo", "s", "bell"]);
        assert_eq!(words("\u{300}丽\u{301} e\u{301}a \u{302}"), ["丽", "ea"], "accents on nothing");
        for text in ["檀国, Tarn's 路。", "", "。", "a檀b"] {
            let found: Vec<String> = spans(text).into_iter().map(|span| fold(&text[span])).collect();
            assert_eq!(found, words(text));
        }
    }

    #[test]
    fn runs_hold_what_is_written_together() {
        let of = |text: &'static str| runs(text).into_iter().map(|span| &text[span]).collect::<Vec<_>>();
        assert_eq!(of("钟沉在河里，Odo's 2钟."), ["钟沉在河里", "Odo", "s", "2钟"]);
        assert!(of("").is_empty());
    }

    #[test]
    fn a_phrase_is_found_among_characters_and_a_part_of_a_latin_word_is_not() {
        let said = words("相国把苇印放进你手里。");
        assert!(contains(&said, "苇印") && contains(&said, "相国") && contains(&said, "手里"));
        assert!(!contains(&said, "印苇") && !contains(&said, "相印"));
        assert!(!contains(&words("the bells of Tarn的"), "bell"));
        assert!(contains(&words("ระฆังจมน้ำ"), "จม"), "Thai is looked for inside words");
    }

    #[test]
    fn languages_of_unspaced_scripts() {
        assert!(["zh", "zh-Hant-TW", "ZH_cn", "ja"].iter().all(|tag| is_unspaced_language(tag)));
        assert!(["en", "ko", "th", "zha", ""].iter().all(|tag| !is_unspaced_language(tag)));
    }

    #[test]
    fn pairs_of_characters_stand_for_words() {
        let of = |text: &str| pairs(&words(text)).collect::<Vec<_>>();
        assert_eq!(of("钟沉在河里"), ["钟沉", "沉在", "在河", "河里"]);
        assert_eq!(of("a 钟 b 河里 c"), ["钟", "河里"]);
        assert!(of("bell").is_empty() && of("").is_empty());
    }

    #[test]
    fn rows_are_longer_where_words_are_characters() {
        assert_eq!(in_a_row(&words("You came for the bell"), 6), 6);
        assert_eq!(in_a_row(&words("你是为了钟来的"), 6), 10);
        assert_eq!(in_a_row(&[], 3), 3);
    }
}
