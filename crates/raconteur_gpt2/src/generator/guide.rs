//! Classifier-free guidance: what the prompt adds to another context counts more (Sanchez et al. 2023, arXiv 2306.17806,
//! equation 7).
//!
//! A guided text is two rows of the batch: the same tokens after the prompt and after the context it is guided against.
//! Their distributions are made one before anything else of sampling, so that masks and filters see only the result.

use raconteur_core::generate::{GenerationConfig, Guidance};

use crate::arithmetic::{all_finite, log_sum_exp};

/// The guidance of a request, unless it does nothing: at a scale of 1 the other context cancels out.
pub(super) fn of(config: &GenerationConfig) -> Option<&Guidance> {
    config.guidance.as_ref().filter(|guidance| guidance.scale != 1.0)
}

/// Fills `out` with `ln A + scale * (ln P - ln A)`, where P and A are the softmax of the logits `prompt` and `against`, all
/// `[vocab_size]`. All are NaN when one of the logits is not finite.
pub(super) fn combine(prompt: &[f32], against: &[f32], scale: f32, out: &mut Vec<f32>) {
    out.clear();
    if !(all_finite(prompt) && all_finite(against)) {
        out.resize(prompt.len(), f32::NAN);
        return;
    }
    let (of_prompt, of_against) = (log_sum_exp(prompt) as f32, log_sum_exp(against) as f32);
    out.extend(prompt.iter().zip(against).map(|(prompt, against)| {
        let (prompt, against) = (prompt - of_prompt, against - of_against);
        // A large scale must not make what is unlikely infinite.
        (against + scale * (prompt - against)).clamp(f32::MIN, f32::MAX)
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combined(prompt: &[f32], against: &[f32], scale: f32) -> Vec<f32> {
        let mut out = vec![7.0; 2];
        combine(prompt, against, scale, &mut out);
        out
    }

    #[test]
    fn scales_lead_from_the_one_context_over_the_other_and_beyond() {
        let (prompt, against) = ([1.0, 3.0, -2.0], [2.0, 2.0, 0.5]);
        let log = |logits: [f32; 3]| {
            let sum: f32 = logits.iter().map(|x| x.exp()).sum();
            logits.map(|x| x - sum.ln())
        };
        let (p, a) = (log(prompt), log(against));
        for (scale, want) in [(0.0, a), (1.0, p), (1.5, [0, 1, 2].map(|i| a[i] + 1.5 * (p[i] - a[i])))] {
            let got = combined(&prompt, &against, scale);
            assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-5), "{scale}: {got:?} {want:?}");
        }
    }

    #[test]
    fn what_is_not_finite_stays_visible_and_nothing_else_becomes_it() {
        assert!(combined(&[1.0, f32::NAN], &[0.0, 0.0], 1.5).iter().all(|x| x.is_nan()));
        assert!(combined(&[1.0, 0.0], &[0.0, f32::INFINITY], 1.5).iter().all(|x| x.is_nan()));
        assert!(combined(&[1e30, -1e30], &[0.0, 0.0], 1e30).iter().all(|x| x.is_finite()));
    }
}
