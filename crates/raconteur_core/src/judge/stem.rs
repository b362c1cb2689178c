//! Words without their endings, so that "owed" is found where "owes" is a secret.

use rust_stemmers::Algorithm;

use super::words;

/// Brings the words of a language to their stems, by Snowball (Porter, "Snowball: a language for stemming algorithms",
/// 2001). The default knows no language, and every word is its own stem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stemmer(Option<Algorithm>);

impl Stemmer {
    /// For a BCP 47 tag such as "en" or "pt-BR"; the default for a language that has no stemmer here.
    #[must_use]
    pub fn of_locale(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self(Some(match language.as_str() {
            "ar" => Algorithm::Arabic,
            "da" => Algorithm::Danish,
            "de" => Algorithm::German,
            "el" => Algorithm::Greek,
            "en" => Algorithm::English,
            "es" => Algorithm::Spanish,
            "fi" => Algorithm::Finnish,
            "fr" => Algorithm::French,
            "hu" => Algorithm::Hungarian,
            "it" => Algorithm::Italian,
            "nb" | "nn" | "no" => Algorithm::Norwegian,
            "nl" => Algorithm::Dutch,
            "pt" => Algorithm::Portuguese,
            "ro" => Algorithm::Romanian,
            "ru" => Algorithm::Russian,
            "sv" => Algorithm::Swedish,
            "ta" => Algorithm::Tamil,
            "tr" => Algorithm::Turkish,
            _ => return Self(None),
        }))
    }

    /// Whether it is for English, in which the lists of words in this crate are.
    #[must_use]
    pub fn is_english(self) -> bool {
        self.0 == Some(Algorithm::English)
    }

    /// The stem of a folded word; need not be a word.
    pub(crate) fn stem(self, word: &str) -> String {
        // Of what is not all letters the algorithms know nothing.
        match self.0.filter(|_| word.chars().all(char::is_alphabetic)) {
            Some(algorithm) => rust_stemmers::Stemmer::create(algorithm).stem(word).into_owned(),
            None => word.to_owned(),
        }
    }

    /// The stems of folded words, in order.
    pub(crate) fn stems(self, words: &[String]) -> Vec<String> {
        words.iter().map(|word| self.stem(word)).collect()
    }

    /// Whether a phrase (a word or several, in whatever form) stands in a text of these words and stems. A phrase in a
    /// script without spaces is looked for inside words too.
    pub(crate) fn contains(self, words: &[String], stems: &[String], phrase: &str) -> bool {
        let wanted = self.stems(&words::words(phrase));
        let found = !wanted.is_empty() && stems.windows(wanted.len()).any(|window| window == wanted);
        found || words::contains(words, phrase)
    }

    /// The usual forms of the last word of a phrase, the phrase itself first. For English; in another language only
    /// what was given.
    pub(crate) fn forms(self, phrase: &str) -> Vec<String> {
        let mut forms = vec![phrase.to_owned()];
        let (before, last) = phrase.trim_end().rsplit_once(' ').map_or(("", phrase), |(before, last)| (before, last));
        let word = words::fold(last);
        if !self.is_english() || word.chars().count() < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return forms;
        }
        let stem = self.stem(&word);
        let mut lemmas = vec![word.clone(), stem.clone()];
        lemmas.extend(stem.strip_suffix('i').map(|bare| format!("{bare}y")));
        if !stem.ends_with(['a', 'e', 'i', 'o', 'u', 'y']) {
            lemmas.push(format!("{stem}e"));
        }
        for form in lemmas.iter().flat_map(|lemma| inflected(lemma)) {
            // What has another stem is another word; what has the same is at worst no word at all.
            if form.len() > 2 && self.stem(&form) == stem {
                let form = if before.is_empty() { form } else { format!("{before} {form}") };
                if !forms.iter().any(|other| words::fold(other) == form) {
                    forms.push(form);
                }
            }
        }
        forms
    }
}

/// An English word, with the endings that nouns and verbs take.
fn inflected(lemma: &str) -> Vec<String> {
    let mut forms = vec![lemma.to_owned(), format!("{lemma}s")];
    if let Some(bare) = lemma.strip_suffix('y') {
        forms.extend([format!("{bare}ies"), format!("{bare}ied"), format!("{lemma}ing")]);
    } else if let Some(bare) = lemma.strip_suffix('e') {
        forms.extend([format!("{lemma}d"), format!("{bare}ing"), format!("{bare}ings")]);
    } else {
        forms.extend(["es", "ed", "ing", "ings"].map(|ending| format!("{lemma}{ending}")));
        // "dropped"; a word that does not double has no such form, and the stem tells.
        if let Some(last) = lemma.chars().next_back() {
            forms.extend(["ed", "ing"].map(|ending| format!("{lemma}{last}{ending}")));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAGS: [&str; 19] = [
        "ar", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "pt", "ro", "ru", "sv", "ta", "tr",
        "zh",
    ];

    fn found(tag: &str, text: &str, phrase: &str) -> bool {
        let stemmer = Stemmer::of_locale(tag);
        let words = words::words(text);
        stemmer.contains(&words, &stemmer.stems(&words), phrase)
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        assert!(found("en-GB", "The smiths owed me.", "smith owes"));
        assert!(found("en", "A debt of silver: two debts.", "debts"));
        assert!(found("de", "Die Glocken läuten.", "Glocke"));
        assert!(found("fr", "Il chantait.", "chanter"));
        assert!(found("zh", "川の鐘はどこ", "鐘"));
        for (text, phrase) in [("A belly laugh.", "bell"), ("", "bell"), ("The bell.", ""), ("The reeds.", "red")] {
            assert!(!found("en", text, phrase), "{phrase} in {text}");
        }
        assert!(!found("zh-Hant", "bells", "bell"), "no stemmer, no forms");
    }

    #[test]
    fn the_usual_forms_of_english_words() {
        let forms = |phrase: &str| Stemmer::of_locale("en").forms(phrase);
        let has = |phrase: &str, wanted: &[&str]| {
            let forms = forms(phrase);
            wanted.iter().for_each(|form| assert!(forms.iter().any(|other| other == form), "{form} in {forms:?}"));
            assert!(forms.len() <= 24, "{forms:?}");
        };
        has("debt", &["debt", "debts"]);
        has("owes", &["owes", "owe", "owed", "owing"]);
        has("the smith owes", &["the smith owes", "the smith owed"]);
        has("carry", &["carry", "carries", "carried", "carrying"]);
        has("drop", &["drops", "dropped", "dropping"]);
        has("Odo", &["Odo"]);
        assert_eq!(forms("钟"), ["钟"]);
        assert_eq!(Stemmer::of_locale("de").forms("Glocke"), ["Glocke"]);
        assert_eq!(forms(""), [""]);
    }

    proptest! {
        #[test]
        fn any_word_in_any_language_has_a_stem(text in "\\PC{0,30}|[a-zäöüßéñçşığ']{0,12}", tag in 0..TAGS.len()) {
            let stemmer = Stemmer::of_locale(TAGS[tag]);
            let words = words::words(&text);
            let stems = stemmer.stems(&words);
            prop_assert_eq!(stems.len(), words.len());
            prop_assert!(stemmer.forms(&text).contains(&text));
            for word in &words {
                prop_assert!(stemmer.contains(&words, &stems, word));
            }
        }
    }
}
