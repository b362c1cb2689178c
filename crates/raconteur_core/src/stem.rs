//! Words without their endings, so that "bells" is the "bell" that somebody asked about.

use crate::judge::words;

/// The stems of the words of a text, in order.
pub(crate) fn stems(text: &str) -> Vec<String> {
    words::words(text).iter().map(|word| stem(word)).collect()
}

/// Whether `phrase` (a word or several, in whatever form) stands in a `text` of these `stems`.
pub(crate) fn contains(stems: &[String], text: &str, phrase: &str) -> bool {
    let wanted = self::stems(phrase);
    let found = !wanted.is_empty() && stems.windows(wanted.len()).any(|window| window == wanted);
    // A script without spaces has no words to look at.
    found || words::contains(&words::words(text), phrase)
}

/// A folded word without the endings of English inflection: "bridges", "flooded", "ringing". Two forms of one word have
/// one stem, which need not be a word; a stem has three letters at least, so that "red" and "bring" stay.
pub(crate) fn stem(word: &str) -> String {
    let bare = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= 3 && has_vowel(rest));
    let rest = if let Some(rest) = bare("ies").or_else(|| bare("ied")) {
        format!("{rest}y")
    } else if let Some(rest) = bare("ing").or_else(|| bare("ed")) {
        undouble(rest).to_owned()
    } else if let Some(rest) =
        bare("es").filter(|rest| rest.ends_with(['s', 'x', 'z', 'o']) || rest.ends_with("ch") || rest.ends_with("sh"))
    {
        rest.to_owned()
    } else if let Some(rest) = bare("s").filter(|rest| !rest.ends_with(['s', 'u', 'i'])) {
        rest.to_owned()
    } else {
        word.to_owned()
    };
    // "bridge" and "bridging" meet without the e.
    match rest.strip_suffix('e') {
        Some(shorter) if shorter.chars().count() >= 3 => shorter.to_owned(),
        _ => rest,
    }
}

fn has_vowel(text: &str) -> bool {
    text.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

/// "dropp" is "drop"; "fall" and "miss" stay.
fn undouble(stem: &str) -> &str {
    let mut last = stem.chars().rev();
    match (last.next(), last.next()) {
        (Some(a), Some(b)) if a == b && a.is_ascii() && !matches!(a, 'l' | 's' | 'z') => &stem[..stem.len() - 1],
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet_and_other_words_do_not() {
        for (one, other) in [
            ("bell", "bells"),
            ("bridge", "bridges"),
            ("flood", "flooded"),
            ("drop", "dropped"),
            ("carry", "carried"),
            ("ring", "rings"),
            ("box", "boxes"),
            ("miss", "missing"),
            ("hide", "hiding"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        for (one, other) in [("red", "reed"), ("bring", "br"), ("glass", "glas"), ("bus", "bu"), ("thing", "th")] {
            assert_ne!(stem(one), stem(other), "{one} {other}");
        }
    }

    #[test]
    fn a_phrase_is_found_in_any_form() {
        let found = |text: &str, phrase: &str| contains(&stems(text), text, phrase);
        assert!(found("Who rang the bells?", "bell"));
        assert!(found("Were the lower bridges flooded?", "lower bridge"));
        assert!(!found("A belly laugh", "bell"));
        assert!(found("川の鐘はどこ", "鐘"));
        assert!(!found("", "bell") && !found("bell", ""));
    }
}
