//! Banned phrases: as folded text, which decides, and as token sequences, which find the likely offenders beforehand.

use std::collections::HashMap;

use super::fold::Folded;

/// Banned phrases, ready to be looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Bans {
    /// Folded, trimmed, not empty.
    phrases: Vec<Vec<char>>,
    /// Token sequences of the usual forms without their last token, by that last token.
    endings: Vec<(u32, Vec<Vec<u32>>)>,
}

impl Bans {
    pub fn new(banned: &[String], encode: &mut dyn FnMut(&str) -> Vec<u32>) -> Self {
        let mut phrases: Vec<Vec<char>> = banned.iter().map(|phrase| Folded::of(phrase).trimmed().to_vec()).collect();
        phrases.sort();
        phrases.dedup();
        let mut endings: HashMap<u32, Vec<Vec<u32>>> = HashMap::new();
        for form in banned.iter().flat_map(|phrase| case_forms(phrase.trim())) {
            for tokens in sequences(&form, encode) {
                if let Some((&last, before)) = tokens.split_last() {
                    let known = endings.entry(last).or_default();
                    if !known.iter().any(|sequence| sequence == before) {
                        known.push(before.to_vec());
                    }
                }
            }
        }
        let mut endings: Vec<_> = endings.into_iter().collect();
        endings.sort();
        Self { phrases, endings }
    }

    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Names each token that completes a known sequence after `written`.
    pub fn propose(&self, written: &[u32], found: &mut dyn FnMut(u32)) {
        for (last, sequences) in &self.endings {
            if sequences.iter().any(|before| written.ends_with(before)) {
                found(*last);
            }
        }
    }

    /// Where a phrase begins that ends after the first `before` characters of the text; of several the last: who cuts
    /// the text there has broken the others too.
    pub fn found_after(&self, text: &Folded, before: usize) -> Option<usize> {
        self.phrases.iter().filter_map(|phrase| text.find_after(phrase, before)).max()
    }

    /// Where the earliest phrase begins that the end of the text is the beginning of.
    pub fn begun(&self, text: &Folded) -> Option<usize> {
        self.phrases.iter().filter_map(|phrase| text.begun(phrase)).min()
    }
}

/// As written, lower, Capitalised, UPPER.
fn case_forms(phrase: &str) -> Vec<String> {
    let lower = phrase.to_lowercase();
    let mut chars = lower.chars();
    let capitalised = chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
    let mut forms = vec![phrase.to_owned(), phrase.to_uppercase(), capitalised, lower];
    forms.sort();
    forms.dedup();
    forms
}

/// The tokens of a form at the start of a text, after a space, a newline, a quotation mark and a bracket.
fn sequences(form: &str, encode: &mut dyn FnMut(&str) -> Vec<u32>) -> Vec<Vec<u32>> {
    let mut all = vec![encode(form), encode(&format!(" {form}"))];
    for before in ["\n", "\"", "\u{201c}", "("] {
        let lead = encode(before);
        // Where the two melt into one token, the whole is the sequence.
        let tokens = encode(&format!("{before}{form}"));
        all.push(tokens.strip_prefix(lead.as_slice()).map_or_else(|| tokens.clone(), <[u32]>::to_vec));
    }
    all
}
