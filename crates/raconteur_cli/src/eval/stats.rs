//! Estimates with intervals, and tests against chance.

use raconteur_core::compose::seed_of;
use serde::Serialize;

/// Resamples of a bootstrap.
const RESAMPLES: u64 = 1000;

/// A mean or a ratio with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// 2.5th percentile of the resamples.
    pub low: f64,
    /// 97.5th percentile of the resamples.
    pub high: f64,
    /// Number of items.
    pub n: usize,
}

/// The mean of some numbers; `None` without any.
pub fn mean(values: &[f64], seed: u64) -> Option<Estimate> {
    bootstrap(values.len(), seed, |items| {
        let sum: f64 = items.iter().map(|&at| values[at]).sum();
        sum / items.len() as f64
    })
}

/// The share of what is true.
pub fn share(values: &[bool], seed: u64) -> Option<Estimate> {
    let numbers: Vec<f64> = values.iter().map(|&is| f64::from(u8::from(is))).collect();
    mean(&numbers, seed)
}

/// The sum of the first numbers over the sum of the second, resampled in pairs; `None` when the second are all 0.
pub fn ratio(pairs: &[(f64, f64)], seed: u64) -> Option<Estimate> {
    if pairs.iter().all(|pair| pair.1 == 0.0) {
        return None;
    }
    bootstrap(pairs.len(), seed, |items| {
        let (above, below) = items.iter().fold((0.0, 0.0), |sum, &at| (sum.0 + pairs[at].0, sum.1 + pairs[at].1));
        if below == 0.0 { 0.0 } else { above / below }
    })
}

/// A statistic of `n` items with the percentile interval of its bootstrap distribution (Efron 1979; 1000 resamples with
/// replacement). `statistic` is given the places of the items that are in. The same seed gives the same interval.
pub fn bootstrap(n: usize, seed: u64, statistic: impl Fn(&[usize]) -> f64) -> Option<Estimate> {
    if n == 0 {
        return None;
    }
    let all: Vec<usize> = (0..n).collect();
    let value = statistic(&all);
    let mut items = all;
    let mut found: Vec<f64> = (0..RESAMPLES)
        .map(|round| {
            let stream = seed_of(seed, "bootstrap", round);
            for (at, item) in items.iter_mut().enumerate() {
                *item = below(n, seed_of(stream, "", at as u64));
            }
            statistic(&items)
        })
        .collect();
    found.sort_by(f64::total_cmp);
    let at = |share: f64| found[((found.len() - 1) as f64 * share).round() as usize];
    Some(Estimate { value, low: at(0.025), high: at(0.975), n })
}

/// A place below `n`, at least 1, for a random number.
pub fn below(n: usize, random: u64) -> usize {
    usize::try_from(random % n.max(1) as u64).unwrap_or(0)
}

/// How likely `successes` or more of `n` tries are when each succeeds with probability `p`: the exact one-sided binomial
/// test against "no better than chance".
pub fn binomial_test(successes: usize, n: usize, p: f64) -> f64 {
    if successes == 0 {
        return 1.0;
    }
    let log_choose = |k: usize| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let tail: f64 =
        (successes..=n).map(|k| (log_choose(k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp()).sum();
    tail.min(1.0)
}

/// The one-sided sign test: how likely as many `wins` or more are when wins and losses are equally likely. Ties are left
/// out before.
pub fn sign_test(wins: usize, losses: usize) -> f64 {
    binomial_test(wins, wins + losses, 0.5)
}

/// How likely a mean this large or larger is when each number has `expected` as its mean: one-sided, by the normal
/// distribution, so for some dozens of numbers or more.
pub fn mean_test(values: &[f64], expected: f64) -> f64 {
    let n = values.len() as f64;
    if n < 2.0 {
        return 1.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if variance == 0.0 {
        return if mean > expected { 0.0 } else { 1.0 };
    }
    0.5 * erfc((mean - expected) / (variance / n).sqrt() / std::f64::consts::SQRT_2)
}

/// The complementary error function, within 1.5e-7 (Abramowitz and Stegun 1964, formula 7.1.26).
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let factors = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = factors.iter().fold(0.0, |sum, factor| (sum + factor) * t) * (-x * x).exp();
    if x < 0.0 { 2.0 - tail } else { tail }
}

fn ln_factorial(n: usize) -> f64 {
    (2..=n).map(|k| (k as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_the_mean_and_narrows_with_n() {
        let few: Vec<f64> = (0..20).map(|at| f64::from(at % 2)).collect();
        let many: Vec<f64> = (0..2000).map(|at| f64::from(at % 2)).collect();
        let (few, many) = (mean(&few, 1).unwrap(), mean(&many, 1).unwrap());
        assert_eq!((few.value, few.n, many.value), (0.5, 20, 0.5));
        // The standard error of a share of one half is 0.5 / sqrt(n): 0.112 and 0.0112; 1.96 of them each way.
        assert!((few.high - few.low - 0.438).abs() < 0.11, "{few:?}");
        assert!((many.high - many.low - 0.0438).abs() < 0.008, "{many:?}");
        assert_eq!(mean(&[0.0, 1.0, 1.0], 7), mean(&[0.0, 1.0, 1.0], 7));
        assert_eq!(mean(&[3.0], 7), Some(Estimate { value: 3.0, low: 3.0, high: 3.0, n: 1 }));
        assert_eq!(mean(&[], 7), None);
    }

    #[test]
    fn a_ratio_is_of_sums() {
        let found = ratio(&[(1.0, 1.0), (0.0, 3.0)], 1).unwrap();
        assert_eq!((found.value, found.low, found.high), (0.25, 0.0, 1.0));
        assert_eq!(ratio(&[(1.0, 0.0)], 1), None);
    }

    #[test]
    fn a_mean_is_tested_by_the_normal_distribution() {
        let near = |a: f64, b: f64, by: f64| assert!((a - b).abs() < by, "{a} {b}");
        // Tails of the standard normal distribution, from its tables.
        for (z, tail) in [(0.0, 0.5), (1.0, 0.158_655), (1.959_964, 0.025), (-1.644_854, 0.95), (3.0, 0.001_350)] {
            near(0.5 * erfc(z / std::f64::consts::SQRT_2), tail, 1e-6);
        }
        // 80 right of 200 with a chance of 0.3, one draw each: near the exact test.
        let values: Vec<f64> = (0..200).map(|at| f64::from(u8::from(at < 80))).collect();
        near(mean_test(&values, 0.3), binomial_test(80, 200, 0.3), 0.002);
        assert_eq!((mean_test(&[], 0.5), mean_test(&[0.5; 9], 0.5), mean_test(&[0.6; 9], 0.5)), (1.0, 1.0, 0.0));
    }

    #[test]
    fn tails_of_the_binomial_are_those_counted_by_hand() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        // Of 16 results of four coins 5 have three heads or more.
        near(binomial_test(3, 4, 0.5), 5.0 / 16.0);
        // Two of two dice show a six.
        near(binomial_test(2, 2, 1.0 / 6.0), 1.0 / 36.0);
        near(binomial_test(0, 9, 0.25), 1.0);
        near(binomial_test(9, 9, 0.25), 0.25_f64.powi(9));
        // Ten of ten.
        near(sign_test(10, 0), 1.0 / 1024.0);
        near(sign_test(5, 5), 638.0 / 1024.0);
        near(sign_test(0, 0), 1.0);
        assert!(binomial_test(500, 1000, 0.25) < 1e-50, "no overflow on the way");
    }
}
