//! How a memory fades, and what hearing it again does to it.

/// Terms of the series of `2^-f`: with twelve, what is left is below 1e-11.
const TERMS: u32 = 12;

/// `2^-(elapsed / half_life)`, from 1 down to 0; 0 when the half-life is not above 0.
///
/// Only sums, products and quotients, which IEEE 754 rounds the same way everywhere: `f64::exp` may differ between
/// platforms, and then so would what somebody remembers.
#[must_use]
pub fn faded(elapsed: u64, half_life: f64) -> f64 {
    if half_life.is_nan() || half_life <= 0.0 {
        return 0.0;
    }
    let lives = elapsed as f64 / half_life;
    if lives >= 1000.0 {
        return 0.0;
    }
    let whole = lives.floor();
    let x = -(lives - whole) * std::f64::consts::LN_2;
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..=TERMS {
        term *= x / f64::from(n);
        sum += term;
    }
    let mut at = 0.0;
    while at < whole {
        sum *= 0.5;
        at += 1.0;
    }
    sum
}

/// The half-life of something that is heard again when it had faded to `strength`: longer by up to `growth`, the more it
/// had faded (the spacing effect), and never above `longest`.
#[must_use]
pub fn rehearsed(half_life: f64, strength: f64, growth: f64, longest: f64) -> f64 {
    (half_life * (1.0 + growth * (1.0 - strength))).min(longest.max(half_life))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_left_after_a_half_life() {
        for (elapsed, wanted) in [(0, 1.0), (10, 0.5), (20, 0.25), (5, 0.5_f64.sqrt()), (25, 0.25 * 0.5_f64.sqrt())] {
            assert!((faded(elapsed, 10.0) - wanted).abs() < 1e-10, "{elapsed}");
        }
        assert_eq!(faded(u64::MAX, 1.0), 0.0);
        assert_eq!(faded(3, 0.0), 0.0);
        assert_eq!(faded(3, f64::NAN), 0.0);
        assert_eq!(faded(3, f64::INFINITY), 1.0);
    }

    #[test]
    fn what_had_faded_more_lasts_longer_afterwards() {
        assert_eq!(rehearsed(10.0, 1.0, 1.0, 99.0), 10.0, "at once: nothing is learned");
        assert_eq!(rehearsed(10.0, 0.5, 1.0, 99.0), 15.0);
        assert_eq!(rehearsed(10.0, 0.0, 1.0, 12.0), 12.0);
        assert_eq!(rehearsed(10.0, 0.0, 1.0, 2.0), 10.0, "a rehearsal never shortens");
    }
}
