//! How far a text strays from another.

use std::collections::BTreeSet;

use super::words;

/// Shortest word that says something by itself: "the", "and" and "was" are shorter.
const SHORTEST: usize = 4;
/// Letters of a word that count: what is behind them is mostly grammar, as in "drowned" and "drowning".
const STEM: usize = 5;

/// A text that another may not stray from.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The text.
    pub text: String,
    /// How far another may stray, 0 to 1; see [`distance`].
    pub most: f32,
}

/// How far two texts are apart, from 0 (they say the same) to 1 (they share nothing): the Sørensen-Dice distance of
/// their content words, `1 - 2 |A and B| / (|A| + |B|)`. So a text strays by what it leaves out and by what it adds.
///
/// The content words of a text are its words of four letters and more, its numbers, and, in scripts without upper and
/// lower case, its pairs of neighbouring letters; in any case, once each, and by their first five letters only. Two
/// texts without any are 0 apart when their words are the same, else 1.
///
/// Sources: Dice, "Measures of the amount of ecologic association between species", Ecology 26 (1945); Sørensen 1948.
/// Truncating words is the crudest stemmer; Frakes and Baeza-Yates, "Information Retrieval" (1992), chapter 8.
#[must_use]
pub fn distance(a: &str, b: &str) -> f32 {
    Gist::new(a).distance(&Gist::new(b))
}

/// What [`distance`] needs of a text: for texts that are compared with many others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gist {
    words: Vec<String>,
    content: BTreeSet<String>,
}

impl Gist {
    pub(crate) fn new(text: &str) -> Self {
        let words = words::words(text);
        Self { content: content(&words), words }
    }

    pub(crate) fn distance(&self, other: &Self) -> f32 {
        let all = self.content.len() + other.content.len();
        if all == 0 {
            return if self.words == other.words { 0.0 } else { 1.0 };
        }
        let shared = self.content.intersection(&other.content).count();
        1.0 - 2.0 * shared as f32 / all as f32
    }
}

fn content(words: &[String]) -> BTreeSet<String> {
    let mut content: BTreeSet<String> = words::pairs(words).collect();
    let spaced = |word: &&String| !word.chars().next().is_some_and(words::is_unspaced);
    for word in words.iter().filter(spaced) {
        let letters: Vec<char> = word.chars().collect();
        let caseless = letters.iter().any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase());
        if caseless && letters.len() > 1 {
            content.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else if caseless || letters.len() >= SHORTEST || letters.iter().any(|c| c.is_numeric()) {
            content.insert(letters.iter().take(STEM).collect());
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_text_strays_by_what_it_leaves_out_and_by_what_it_adds() {
        let fact = "The old bell of the chapel was drowned in the river.";
        let near = |text: &str, wanted: f32| {
            let got = distance(fact, text);
            assert!((got - wanted).abs() < 1e-6, "{text}: {got}");
        };
        // bell, chapel, drowned, river; "old" is too short to count.
        near(fact, 0.0);
        near("Drowning in a river: the BELLS of the chapels!", 2.0 / 8.0);
        near("In the river the bell was drowned.", 1.0 - 6.0 / 7.0);
        near("In the river the golden bell was drowned.", 1.0 - 6.0 / 8.0);
        near("Nobody knows.", 1.0);
        near("", 1.0);
    }

    #[test]
    fn short_words_numbers_and_other_scripts_count_too() {
        assert_eq!(distance("", ""), 0.0);
        assert_eq!(distance("so it is", "so it is"), 0.0);
        assert_eq!(distance("so it is", "it is so"), 1.0);
        assert!(distance("40 men", "50 men") > 0.9, "a number is what a rumor is about");
        assert_eq!(distance("钟声沉在河里", "钟声沉在河里"), 0.0);
        assert!(distance("钟声沉在河里", "钟声在河里") < 0.5);
        assert!(distance("钟声沉在河里", "谁也不知道") > 0.9);
    }
}
