use proptest::prelude::*;
use raconteur_core::generate::Dry;

use super::*;

/// Keeps everything: each test narrows what it is about.
fn open() -> GenerationConfig {
    GenerationConfig { temperature: 1.0, top_p: 1.0, ..GenerationConfig::default() }
}

fn sampler(config: &GenerationConfig) -> Sampler {
    Sampler::new(config, 0, Vec::new(), None).unwrap()
}

fn one(config: &GenerationConfig, logits: &[f32], masked: &[u32]) -> Option<u32> {
    sampler(config).sample(logits, &[], masked, &mut |_| true, &mut Scratch::default()).unwrap()
}

/// Ids and probabilities of what the filters keep.
fn kept(config: &GenerationConfig, logits: &[f32]) -> Vec<(u32, f64)> {
    let mut kept = Vec::new();
    sampler(config).choose.keep(logits, &mut Vec::new(), &mut kept);
    let total: f64 = kept.iter().map(|c| f64::from(c.weight)).sum();
    let mut kept: Vec<_> = kept.iter().map(|c| (c.id, f64::from(c.weight) / total)).collect();
    kept.sort_by_key(|&(id, _)| id);
    kept
}

fn ids(config: &GenerationConfig, logits: &[f32]) -> Vec<u32> {
    kept(config, logits).into_iter().map(|(id, _)| id).collect()
}

fn logs(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|p| p.ln()).collect()
}

#[test]
fn filters_keep_what_transformers_keeps() {
    let logits = logs(&[0.5, 0.05, 0.3, 0.15]);
    assert_eq!(ids(&GenerationConfig { top_k: 2, ..open() }, &logits), [0, 2]);
    assert_eq!(ids(&GenerationConfig { top_p: 0.79, ..open() }, &logits), [0, 2]);
    assert_eq!(ids(&GenerationConfig { top_p: 0.81, ..open() }, &logits), [0, 2, 3]);
    assert_eq!(ids(&GenerationConfig { min_p: 0.25, ..open() }, &logits), [0, 2, 3]);
    assert_eq!(ids(&GenerationConfig { top_p: 1e-6, ..open() }, &logits), [0]);
    assert_eq!(ids(&GenerationConfig { min_p: 1.0, ..open() }, &logits), [0]);
}

#[test]
fn typical_p_prefers_the_expected_to_the_likeliest() {
    // Information 0.51, 1.61, 2.30, 2.30; entropy 1.09: the nearest is 1.61 (0.52), then 0.51 (0.58).
    let logits = logs(&[0.6, 0.2, 0.1, 0.1]);
    assert_eq!(ids(&GenerationConfig { typical_p: 0.1, ..open() }, &logits), [1]);
    assert_eq!(ids(&GenerationConfig { typical_p: 0.7, ..open() }, &logits), [0, 1]);
    assert_eq!(ids(&GenerationConfig { typical_p: 0.85, ..open() }, &logits), [0, 1, 2], "a tie keeps the lowest id");
}

#[test]
fn filters_see_what_the_one_before_left() {
    // top_k leaves 0.5 and 0.3, which are then 0.625 and 0.375: the first alone reaches 0.6.
    let logits = logs(&[0.5, 0.3, 0.2]);
    assert_eq!(ids(&GenerationConfig { top_k: 2, top_p: 0.6, ..open() }, &logits), [0]);
}

#[test]
fn ties_go_to_the_lowest_id() {
    let logits = [1.0, 2.0, 2.0, 2.0];
    assert_eq!(one(&GenerationConfig::greedy(), &logits, &[]), Some(1));
    assert_eq!(one(&GenerationConfig::greedy(), &logits, &[1]), Some(2));
    assert_eq!(ids(&GenerationConfig { top_k: 2, ..open() }, &logits), [1, 2]);
}

#[test]
fn a_repeated_token_gets_less_likely_also_when_its_logit_is_negative() {
    let config = GenerationConfig { repetition_penalty: 2.0, ..GenerationConfig::greedy() };
    let mut scratch = Scratch::default();
    sampler(&config).process(&[3.0, -1.0, 0.5, -2.0], &[0, 1, 1, 99], &[], &mut scratch);
    assert_eq!(scratch.scores, [1.5, -2.0, 0.5, -2.0]);
}

#[test]
fn bias_comes_before_the_penalty_and_masks_after_both() {
    let config = GenerationConfig { repetition_penalty: 2.0, ..GenerationConfig::greedy() };
    let sampler = Sampler::new(&config, 0, vec![(0, 3.0), (1, f32::NEG_INFINITY), (7, 1.0)], None).unwrap();
    let mut scratch = Scratch::default();
    sampler.process(&[1.0, 5.0, 5.0], &[0], &[2], &mut scratch);
    assert_eq!(scratch.scores, [2.0, f32::NEG_INFINITY, f32::NEG_INFINITY]);
}

#[test]
fn dry_is_applied() {
    let dry = Dry { multiplier: 10.0, base: 1.0, allowed_length: 2, breakers: Vec::new() };
    let penalty = DryPenalty::new(&dry, &mut |_| Vec::new());
    let config = GenerationConfig { dry: Some(dry), ..GenerationConfig::greedy() };
    let mut sampler = Sampler::new(&config, 0, Vec::new(), Some(penalty)).unwrap();
    let history = [0, 1, 2, 0, 1];
    let next = sampler.sample(&[0.0, 0.5, 1.0], &history, &[], &mut |_| true, &mut Scratch::default()).unwrap();
    assert_eq!(next, Some(1), "2 would repeat 0 1 2");
}

#[test]
fn numbers_that_are_not_finite_are_an_error() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let result = sampler(&open()).sample(&[0.0, bad], &[], &[], &mut |_| true, &mut Scratch::default());
        assert_eq!(result, Err(GenerateError::NotFinite));
    }
}

#[test]
fn extreme_settings_stay_finite() {
    let logits = [f32::MAX, f32::MIN, 0.0];
    for temperature in [f32::MIN_POSITIVE, f32::MAX] {
        for repetition_penalty in [f32::MIN_POSITIVE, f32::MAX] {
            let config = GenerationConfig { temperature, repetition_penalty, typical_p: 0.5, min_p: 0.1, ..open() };
            let mut sampler = Sampler::new(&config, 0, vec![(0, f32::MAX), (1, f32::MIN)], None).unwrap();
            let next = sampler.sample(&logits, &[0, 1, 2], &[], &mut |_| true, &mut Scratch::default()).unwrap();
            assert!(next.is_some());
        }
    }
}

#[test]
fn nonsense_is_refused_with_the_field_and_what_to_do() {
    let cases: Vec<(&str, GenerationConfig)> = vec![
        ("temperature", GenerationConfig { temperature: 0.0, ..open() }),
        ("temperature", GenerationConfig { temperature: -1.0, ..open() }),
        ("temperature", GenerationConfig { temperature: f32::NAN, ..open() }),
        ("temperature", GenerationConfig { temperature: f32::INFINITY, ..open() }),
        ("top_p", GenerationConfig { top_p: 0.0, ..open() }),
        ("top_p", GenerationConfig { top_p: 1.1, ..open() }),
        ("top_p", GenerationConfig { top_p: f32::NAN, ..open() }),
        ("min_p", GenerationConfig { min_p: -0.1, ..open() }),
        ("min_p", GenerationConfig { min_p: 1.1, ..open() }),
        ("typical_p", GenerationConfig { typical_p: 0.0, ..open() }),
        ("repetition_penalty", GenerationConfig { repetition_penalty: 0.0, ..open() }),
        ("repetition_penalty", GenerationConfig { repetition_penalty: f32::NAN, ..open() }),
        ("max_new_tokens", GenerationConfig { max_new_tokens: 0, ..open() }),
        ("min_new_tokens", GenerationConfig { min_new_tokens: 41, ..open() }),
        ("num_return_sequences", GenerationConfig { num_return_sequences: 0, ..open() }),
        ("num_return_sequences", GenerationConfig { num_return_sequences: 2, ..GenerationConfig::greedy() }),
        ("logit_bias", GenerationConfig { logit_bias: vec![("x".into(), f32::NAN)], ..open() }),
        ("dry.base", GenerationConfig { dry: Some(dry_of(0.8, 0.5, 2)), ..open() }),
        ("dry.multiplier", GenerationConfig { dry: Some(dry_of(-1.0, 2.0, 2)), ..open() }),
        ("dry.allowed_length", GenerationConfig { dry: Some(dry_of(1.0, 2.0, 0)), ..open() }),
    ];
    for (field, config) in cases {
        match Sampler::new(&config, 0, Vec::new(), None) {
            Err(GenerateError::Config(text)) => assert!(text.contains(field), "{field}: {text}"),
            other => panic!("{field}: {other:?}"),
        }
    }
    let greedy_looks_at_no_temperature = GenerationConfig { temperature: 0.0, ..GenerationConfig::greedy() };
    assert_eq!(check(&greedy_looks_at_no_temperature), Ok(()));
}

fn dry_of(multiplier: f32, base: f32, allowed_length: usize) -> Dry {
    Dry { multiplier, base, allowed_length, breakers: Vec::new() }
}

#[test]
fn draws_follow_the_probabilities() {
    let logits = logs(&[0.7, 0.2, 0.1]);
    let mut sampler = sampler(&GenerationConfig { seed: 5, ..open() });
    let (mut counts, mut scratch) = ([0.0f64; 3], Scratch::default());
    for _ in 0..20_000 {
        let id = sampler.sample(&logits, &[], &[], &mut |_| true, &mut scratch).unwrap().unwrap();
        counts[id as usize] += 1.0 / 20_000.0;
    }
    // Four standard deviations are 0.013.
    assert!((counts[0] - 0.7).abs() < 0.013 && (counts[1] - 0.2).abs() < 0.013, "{counts:?}");
}

#[test]
fn seeds_and_candidates_have_their_own_streams() {
    let draws = |seed, candidate| {
        let config = GenerationConfig { seed, num_return_sequences: 4, ..open() };
        let mut sampler = Sampler::new(&config, candidate, Vec::new(), None).unwrap();
        let mut scratch = Scratch::default();
        (0..8)
            .map(|_| sampler.sample(&[0.0; 100], &[], &[], &mut |_| true, &mut scratch).unwrap().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(draws(1, 0), draws(1, 0));
    let all: Vec<_> = (0..4).flat_map(|seed| (0..4).map(move |candidate| draws(seed, candidate))).collect();
    for (i, a) in all.iter().enumerate() {
        for b in &all[..i] {
            assert!(a.iter().zip(b).filter(|(x, y)| x == y).count() < 3, "{a:?} {b:?}");
        }
    }
}

#[test]
fn everything_refused_is_a_dead_end_and_ends() {
    for config in [open(), GenerationConfig::greedy(), GenerationConfig { top_k: 1, ..open() }] {
        let mut asked = 0usize;
        let refuse = &mut |_| {
            asked += 1;
            false
        };
        let logits = vec![0.5; 5000];
        assert_eq!(sampler(&config).sample(&logits, &[], &[], refuse, &mut Scratch::default()), Ok(None));
        assert!(asked <= 2 * 5000, "{asked}");
    }
}

fn settings() -> impl Strategy<Value = GenerationConfig> {
    (any::<bool>(), 0.05f32..3.0, 0usize..12, 0.05f32..=1.0, 0.0f32..=1.0, 0.05f32..=1.0, 0.5f32..2.0, any::<u64>())
        .prop_map(|(do_sample, temperature, top_k, top_p, min_p, typical_p, repetition_penalty, seed)| {
            GenerationConfig {
                do_sample,
                temperature,
                top_k,
                top_p,
                min_p,
                typical_p,
                repetition_penalty,
                seed,
                ..GenerationConfig::default()
            }
        })
}

fn logits() -> impl Strategy<Value = Vec<f32>> {
    // Some values are equal, so that ties are met.
    prop::collection::vec(prop_oneof![(-8.0f32..8.0), (-3i32..3).prop_map(|x| x as f32)], 1..200)
}

proptest! {
    #[test]
    fn masked_and_refused_tokens_never_come(
        config in settings(), logits in logits(), masked in prop::collection::vec(0u32..200, 0..60),
        refused in prop::collection::vec(0u32..200, 0..60), history in prop::collection::vec(0u32..200, 0..20),
    ) {
        let accept = &mut |id: u32| !refused.contains(&id);
        let next = sampler(&config).sample(&logits, &history, &masked, accept, &mut Scratch::default()).unwrap();
        let free = (0..logits.len() as u32).any(|id| !masked.contains(&id) && !refused.contains(&id));
        prop_assert_eq!(next.is_some(), free);
        if let Some(id) = next {
            prop_assert!((id as usize) < logits.len() && !masked.contains(&id) && !refused.contains(&id));
        }
    }

    #[test]
    fn top_k_1_is_greedy(config in settings(), logits in logits()) {
        let sampled = GenerationConfig { top_k: 1, do_sample: true, ..config.clone() };
        let greedy = GenerationConfig { do_sample: false, ..config };
        prop_assert_eq!(one(&sampled, &logits, &[]), one(&greedy, &logits, &[]));
    }

    #[test]
    fn what_is_kept_is_a_distribution(config in settings(), logits in logits()) {
        let kept = kept(&config, &logits);
        let sum: f64 = kept.iter().map(|&(_, p)| p).sum();
        prop_assert!(!kept.is_empty() && (sum - 1.0).abs() < 1e-6);
        prop_assert!(kept.iter().all(|&(_, p)| p > 0.0));
        if config.do_sample && config.top_k > 0 {
            prop_assert!(kept.len() <= config.top_k);
        }
    }

    #[test]
    fn the_nucleus_is_the_smallest_that_reaches_p(p in 0.05f32..0.99, logits in logits()) {
        let all = kept(&open(), &logits);
        let ids = ids(&GenerationConfig { top_p: p, ..open() }, &logits);
        let mass = |ids: &[u32]| all.iter().filter(|(id, _)| ids.contains(id)).map(|&(_, p)| p).sum::<f64>();
        prop_assert!(mass(&ids) >= f64::from(p) - 1e-6);
        let least = ids.iter().map(|&id| all[id as usize].1).fold(f64::INFINITY, f64::min);
        prop_assert!(mass(&ids) - least < f64::from(p) + 1e-6);
        prop_assert!(all.iter().all(|(id, q)| ids.contains(id) || *q <= least + 1e-9));
    }

    #[test]
    fn the_short_way_to_a_nucleus_ends_where_the_long_one_does(
        logits in logits(), temperature in 0.05f32..3.0, p in 0.01f32..0.999,
    ) {
        let max = largest(&logits);
        let (mut short, mut long) = (Vec::new(), Vec::new());
        filters::nucleus(&logits, max, temperature, p, &mut Vec::new(), &mut short);
        filters::temperature(&logits, max, temperature, &mut long);
        filters::weigh(&mut long);
        filters::top_p(&mut long, p);
        // The mass is added up in another order, so the last token may be the one beside it.
        prop_assert!(short.len().abs_diff(long.len()) <= 1);
        let both = short.len().min(long.len());
        prop_assert_eq!(&short[..both], &long[..both]);
    }

    #[test]
    fn renaming_the_tokens_renames_what_is_kept(config in settings(), values in prop::collection::hash_set(-4000i32..4000, 1..100)) {
        // No ties: those are broken by id.
        let logits: Vec<f32> = values.iter().map(|&x| x as f32 / 500.0).collect();
        let reversed: Vec<f32> = logits.iter().rev().copied().collect();
        let last = logits.len() as u32 - 1;
        let mut mirrored: Vec<u32> = ids(&config, &reversed).into_iter().map(|id| last - id).collect();
        mirrored.sort_unstable();
        // typical_p has ties of its own, where two tokens are as far from the entropy on both sides: none by chance here.
        prop_assert_eq!(ids(&config, &logits), mirrored);
    }
}
