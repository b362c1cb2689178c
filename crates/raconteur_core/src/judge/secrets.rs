//! Words that would give something away, in whatever form they come.

use super::stem::Stemmer;

/// The first of the secrets (a word or several) that stands in a text of these folded `words`: "owed", where the secret
/// is "owes".
pub(super) fn leak<'a>(words: &[String], secrets: &'a [String], stemmer: Stemmer) -> Option<&'a str> {
    if secrets.is_empty() {
        return None;
    }
    let stems = stemmer.stems(words);
    secrets.iter().map(String::as_str).find(|secret| stemmer.contains(words, &stems, secret))
}
