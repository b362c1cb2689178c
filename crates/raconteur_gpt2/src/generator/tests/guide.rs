//! Guidance is what two passes and a formula say.

use super::*;

const PROMPT: &str = "The tower at night.\nOdo: over-polite, swears by saints.\n\nYou: Who rang the bell?\nOdo:";
const AGAINST: &str = "The tower at night.\nSomebody:";

fn ask(text: &str, guidance: Option<Guidance>, config: GenerationConfig) -> GenerationRequest {
    let config = GenerationConfig { guidance, max_new_tokens: 20, ..config };
    request(text, config, Constraints::default(), Priority::Addressed)
}

fn against(scale: f32) -> Option<Guidance> {
    Some(Guidance { scale, against: Prompt { start_of_text: true, ..Prompt::text(AGAINST) } })
}

/// Logits after all tokens, computed from nothing.
fn logits(model: &Gpt2, ids: &[u32]) -> Vec<f64> {
    let mut cache = model.new_cache(ids.len());
    let logits = model.forward(&mut [Chunk { ids, cache: &mut cache, logits: Logits::Last }]).unwrap();
    let logits: Vec<f64> = logits[0][0].iter().copied().map(f64::from).collect();
    let sum = logits.iter().map(|x| x.exp()).sum::<f64>().ln();
    logits.iter().map(|x| x - sum).collect()
}

#[test]
fn greedy_text_is_what_two_passes_say() {
    let dir = ember_dir();
    let load = LoadOptions { quantization: Quantization::None, memory_limit: None, ..LoadOptions::default() };
    let models = [Arc::new(tiny(96)), Arc::new(Gpt2::load(&dir, &load, &mut |_| {}).unwrap())];
    let tokens = tokenizer();
    let mut texts = Vec::new();
    for model in models {
        let mut generator = generator(Shared { model: model.clone(), error: None, nan: None });
        for scale in [0.0, 0.5, 1.5, 3.0] {
            generator.keep_tokens(RequestId(0));
            let outcome = alone(&mut generator, ask(PROMPT, against(scale), GenerationConfig::greedy()));
            assert!(outcome.failed.is_none(), "{outcome:?}");
            let written = generator.take_tokens(RequestId(0)).remove(0);
            let start = |text: &str| -> Vec<u32> { [0].into_iter().chain(tokens.encode(text)).collect() };
            let (mut prompt, mut other) = (start(PROMPT), start(AGAINST));
            for (at, &id) in written.iter().enumerate() {
                let (prompt_logits, other_logits) = (logits(&model, &prompt), logits(&model, &other));
                let combined: Vec<f64> = prompt_logits
                    .iter()
                    .zip(&other_logits)
                    .map(|(prompt, other)| other + f64::from(scale) * (prompt - other))
                    .collect();
                // The end may not come before one token is written, and tokens without bytes never.
                let allowed = |id: &u32| at > 0 || *id != 0;
                let best = (0..4096u32).filter(allowed).map(|id| combined[id as usize]).fold(f64::MIN, f64::max);
                assert!(best - combined[id as usize] < 1e-4, "scale {scale}, token {at}");
                prompt.push(id);
                other.push(id);
            }
            texts.push(written);
        }
    }
    assert!(texts[5..].windows(2).all(|pair| pair[0] != pair[1]), "the scale does something");
}

#[test]
fn a_scale_of_one_is_no_guidance_at_all() {
    let mut generator = generator(tiny(128));
    for seed in 0..5 {
        let config = GenerationConfig { num_return_sequences: 3, seed, ..GenerationConfig::default() };
        let plain = alone(&mut generator, ask(PROMPT, None, config.clone()));
        assert_eq!(alone(&mut generator, ask(PROMPT, against(1.0), config)), plain);
    }
}

#[test]
fn each_guided_text_takes_two_rows() {
    let mut generator = generator(tiny(128));
    let config = GenerationConfig { num_return_sequences: 4, min_new_tokens: 20, ..GenerationConfig::default() };
    generator.submit(RequestId(0), ask(PROMPT, against(1.5), config.clone()));
    assert!(!generator.has_room(Priority::Addressed), "eight rows are taken");
    let mut outcomes = Outcomes::new();
    while outcomes.get(&RequestId(0)).is_none_or(|outcome| outcome.texts.is_empty()) {
        step(&mut generator, &mut outcomes);
    }
    assert!(!generator.has_room(Priority::Addressed));
    while step(&mut generator, &mut outcomes) == Progress::Working {}
    assert_eq!(outcomes[&RequestId(0)].usage.unwrap().new_tokens, 80);
    // A batch that is too small for one goes on all the same.
    let expected = alone(&mut generator, ask(PROMPT, against(1.5), config.clone()));
    generator.options.max_batch = 1;
    assert_eq!(alone(&mut generator, ask(PROMPT, against(1.5), config)), expected);
}

#[test]
fn what_makes_no_sense_or_is_broken_fails_its_request() {
    let tokens = tokenizer();
    let (error, nan) = (tokens.encode(" river")[0], tokens.encode(" bridge")[0]);
    let mut generator = generator(Shared { model: Arc::new(tiny(128)), error: Some(error), nan: Some(nan) });
    let mut fails = |text: &str, scale: f32, against: &str| {
        let guidance = Some(Guidance { scale, against: Prompt::text(against) });
        alone(&mut generator, ask(text, guidance, GenerationConfig::default())).failed
    };
    for scale in [f32::NAN, f32::INFINITY, -0.5] {
        let failed = fails("The bell", scale, "A");
        assert!(matches!(&failed, Some(GenerateError::Config(text)) if text.contains("guidance.scale")), "{failed:?}");
    }
    assert_eq!(fails("The bell", 1.5, "On the bridge"), Some(GenerateError::NotFinite));
    assert_eq!(fails("On the bridge", 1.5, "The bell"), Some(GenerateError::NotFinite));
    assert!(matches!(fails("The bell", 1.5, "By the river"), Some(GenerateError::Backend(_))));
    assert!(matches!(fails("The bell", 1.5, &"x ".repeat(500)), Some(GenerateError::Prompt(_))));
    let mut plain = Gpt2Generator::new(tiny(32), None, options()).unwrap();
    let config = GenerationConfig { guidance: against(2.0), ..GenerationConfig::default() };
    plain.submit_tokens(RequestId(0), vec![1], config, Constraints::default(), Priority::Addressed);
    assert!(matches!(run(&mut plain)[&RequestId(0)].failed, Some(GenerateError::Config(_))));
}
