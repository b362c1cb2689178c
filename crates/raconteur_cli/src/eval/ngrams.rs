//! Repetition: how often texts say the same words.

use std::collections::{HashMap, HashSet};

/// Order of BLEU.
const ORDER: usize = 4;

/// Words of a text: runs of letters and digits, in lower case; an apostrophe inside a word belongs to it.
pub fn words(text: &str) -> Vec<String> {
    let part = |c: char| !(c.is_alphanumeric() || c == '\'' || c == '’');
    let trimmed = text.split(part).map(|word| word.trim_matches(['\'', '’']));
    trimmed.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Share of the n-grams of a text that it has said before: seq-rep-n of Welleck et al. 2020, `1 - distinct / all`; 0
/// when it is shorter than n words.
pub fn seq_rep(words: &[String], n: usize) -> f64 {
    let all = words.windows(n).count();
    let distinct: HashSet<&[String]> = words.windows(n).collect();
    if all == 0 { 0.0 } else { 1.0 - distinct.len() as f64 / all as f64 }
}

/// Different n-grams of all texts together over all of them: distinct-n of Li et al. 2016. Falls with the number of texts,
/// so that only the same number of texts compares.
pub fn distinct(texts: &[Vec<String>], n: usize) -> f64 {
    let all: usize = texts.iter().map(|words| words.windows(n).count()).sum();
    let distinct: HashSet<&[String]> = texts.iter().flat_map(|words| words.windows(n)).collect();
    if all == 0 { 0.0 } else { distinct.len() as f64 / all as f64 }
}

/// Mean BLEU-4 of each text against all others (self-BLEU, Zhu et al. 2018), with smoothing method 1 of Chen and Cherry
/// 2014 (a precision of 0 counts as 0.1 matches). The texts of fewer than four words are left out.
pub fn self_bleu(texts: &[Vec<String>]) -> Vec<f64> {
    let texts: Vec<&Vec<String>> = texts.iter().filter(|words| words.len() >= ORDER).collect();
    if texts.len() < 2 {
        return Vec::new();
    }
    let counts: Vec<Vec<HashMap<&[String], usize>>> =
        texts.iter().map(|words| (1..=ORDER).map(|n| grams(words, n)).collect()).collect();
    (0..texts.len())
        .map(|at| {
            let precision = |n: usize| {
                let own = &counts[at][n];
                let matched: usize = own
                    .iter()
                    .map(|(gram, &times)| {
                        let others = counts.iter().enumerate().filter(|(other, _)| *other != at);
                        let most = others.filter_map(|(_, other)| other[n].get(gram)).max().copied().unwrap_or(0);
                        times.min(most)
                    })
                    .sum();
                let all: usize = own.values().sum();
                (if matched == 0 { 0.1 } else { matched as f64 }) / all as f64
            };
            let mean = (0..ORDER).map(|n| precision(n).ln()).sum::<f64>() / ORDER as f64;
            let length = texts[at].len();
            let others = texts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, words)| words.len());
            let nearest = others.min_by_key(|&other| (other.abs_diff(length), other)).unwrap_or(length);
            let brevity = if length >= nearest { 0.0 } else { 1.0 - nearest as f64 / length as f64 };
            (mean + brevity).exp()
        })
        .collect()
}

fn grams(words: &[String], n: usize) -> HashMap<&[String], usize> {
    let mut grams = HashMap::new();
    for gram in words.windows(n) {
        *grams.entry(gram).or_insert(0) += 1;
    }
    grams
}

/// Length in words of the longest run of `text` that stands in one of `others`.
pub fn longest_copy(text: &[String], others: &[Vec<String>]) -> usize {
    let mut longest = 0;
    for other in others {
        // Lengths of the runs that end at each word of `other`, for the word of `text` before.
        let mut ends = vec![0; other.len() + 1];
        for word in text {
            let mut next = vec![0; other.len() + 1];
            for (at, same) in other.iter().enumerate() {
                if word == same {
                    next[at + 1] = ends[at] + 1;
                    longest = longest.max(next[at + 1]);
                }
            }
            ends = next;
        }
    }
    longest
}

/// Whether a run of `n` words stands in two of the lines.
pub fn repeats_across(lines: &[Vec<String>], n: usize) -> bool {
    let mut said: HashSet<&[String]> = HashSet::new();
    for line in lines {
        if line.windows(n).any(|gram| said.contains(gram)) {
            return true;
        }
        said.extend(line.windows(n));
    }
    false
}

/// Share of the runs of four words of `text` that stand in one of `others`; `None` when it has fewer than four words.
pub fn shared_fours(text: &[String], others: &[Vec<String>]) -> Option<f64> {
    let all = text.windows(4).count();
    let theirs: HashSet<&[String]> = others.iter().flat_map(|other| other.windows(4)).collect();
    let shared = text.windows(4).filter(|gram| theirs.contains(gram)).count();
    (all > 0).then(|| shared as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<Vec<String>> {
        texts.iter().map(|text| words(text)).collect()
    }

    #[test]
    fn words_keep_their_apostrophes() {
        assert_eq!(words("'It's Odo’s', 40 men!"), ["it's", "odo’s", "40", "men"]);
    }

    #[test]
    fn a_loop_is_a_repetition() {
        // a b c d | b c d a | c d a b | d a b c | a b c d: five 4-grams, four of them different.
        assert!((seq_rep(&words("a b c d a b c d"), 4) - 0.2).abs() < 1e-12);
        assert_eq!(seq_rep(&words("a b c"), 4), 0.0);
    }

    #[test]
    fn distinct_counts_over_all_texts() {
        let texts = texts(&["a b a", "a b"]);
        assert_eq!(distinct(&texts, 1), 2.0 / 5.0);
        assert_eq!(distinct(&texts, 2), 2.0 / 3.0);
        assert_eq!(distinct(&texts, 4), 0.0);
    }

    #[test]
    fn self_bleu_is_one_for_copies_and_counted_by_hand_else() {
        for bleu in self_bleu(&texts(&["a b c d e", "a b c d e"])) {
            assert!((bleu - 1.0).abs() < 1e-12);
        }
        // "a b c d x" against "a b c d y": 4/5, 3/4, 2/3, 1/2, no penalty.
        let wanted = (4.0_f64 / 5.0 * 3.0 / 4.0 * 2.0 / 3.0 / 2.0).powf(0.25);
        let got = self_bleu(&texts(&["a b c d x", "a b c d y"]));
        assert!(got.iter().all(|bleu| (bleu - wanted).abs() < 1e-12), "{got:?} {wanted}");
        // Nothing in common: 0.1 of 5, 4, 3, 2; and "p q r s" is shorter than its only reference: exp(1 - 5/4).
        let got = self_bleu(&texts(&["a b c d x", "p q r s"]));
        assert!((got[0] - (0.1_f64.powi(4) / 120.0).powf(0.25)).abs() < 1e-12);
        let wanted = (0.1_f64.powi(4) / 24.0).powf(0.25) * (-0.25_f64).exp();
        assert!((got[1] - wanted).abs() < 1e-12, "{got:?}");
        assert_eq!(self_bleu(&texts(&["a b c d"])), Vec::<f64>::new());
    }

    #[test]
    fn copies_are_runs_of_words() {
        let others = texts(&["the bell of the old tower", "nothing"]);
        assert_eq!(longest_copy(&words("Hear the bell of the river."), &others), 4);
        assert_eq!(longest_copy(&words("Hear."), &others), 0);
        assert_eq!(shared_fours(&words("the bell of the river"), &others), Some(0.5));
        assert_eq!(shared_fours(&words("the bell"), &others), None);
    }

    #[test]
    fn six_words_said_twice_are_found() {
        assert!(repeats_across(&texts(&["x a b c d e f", "a b c d e f y"]), 6));
        assert!(!repeats_across(&texts(&["a b c d e", "a b c d e", "a b c d e f"]), 6));
        assert!(
            !repeats_across(&texts(&["a b c d e f a b c d e f"]), 6),
            "in one line it is a loop, which seq-rep counts"
        );
    }
}
