//! The promise that the logits of a sequence depend on its tokens alone, to the bit.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use common::{FIXTURES, fixture, load, options, random, step};
use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Task,
    TextGenerator,
};
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::model::{Chunk, Gpt2, Logits};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

const FORMATS: [Quantization; 3] = [Quantization::None, Quantization::Q8_0, Quantization::Q4];

fn prompts(model: &Gpt2) -> Vec<Vec<u32>> {
    let vocabulary = model.config().vocab_size as u32;
    [1, 2, 5, 17, 33].map(|len| (0..len).map(|i| (i * 97 + len * 31) % vocabulary).collect()).to_vec()
}

/// Logits of the whole prompt and of three tokens after it, all alone.
fn alone(model: &Gpt2, prompt: &[u32]) -> Vec<Vec<f32>> {
    let mut cache = model.new_cache(40);
    let mut logits = step(model, &mut cache, prompt, Logits::All);
    for id in [3, 1, 4] {
        logits.extend(step(model, &mut cache, &[id], Logits::Last));
    }
    logits
}

/// The same for all prompts, as ragged batches: prompts cut into pieces of `size` beside single tokens of others.
fn together(model: &Gpt2, prompts: &[Vec<u32>], size: usize) -> Vec<Vec<Vec<f32>>> {
    let texts: Vec<Vec<u32>> = prompts.iter().map(|prompt| [prompt.as_slice(), &[3, 1, 4]].concat()).collect();
    let mut caches: Vec<_> = prompts.iter().map(|_| model.new_cache(40)).collect();
    let mut all = vec![Vec::new(); prompts.len()];
    while all.iter().zip(&texts).any(|(logits, text)| logits.len() < text.len()) {
        let mut chunks = Vec::new();
        let mut who = Vec::new();
        for (index, (cache, (text, prompt))) in caches.iter_mut().zip(texts.iter().zip(prompts)).enumerate() {
            let done = cache.len();
            if done < text.len() {
                let end = if done < prompt.len() { (done + size).min(prompt.len()) } else { done + 1 };
                chunks.push(Chunk { ids: &text[done..end], cache, logits: Logits::All });
                who.push(index);
            }
        }
        for (index, logits) in who.into_iter().zip(model.forward(&mut chunks).unwrap()) {
            all[index].extend(logits);
        }
    }
    all
}

fn check(model: &Gpt2, what: &str) {
    let prompts = prompts(model);
    let want: Vec<_> = prompts.iter().map(|prompt| alone(model, prompt)).collect();
    for logits in want.iter().flatten() {
        assert!(logits.iter().all(|logit| logit.is_finite()) && logits.iter().any(|logit| *logit != logits[0]));
    }
    for size in [1, 3, 4, 7, 64] {
        assert!(together(model, &prompts, size) == want, "{what}, pieces of {size}");
    }
    for threads in [1, 2, 3] {
        let threads = Threads::new(threads).unwrap();
        let (beside, apart) = threads.run(|| {
            (together(model, &prompts, 7), prompts.iter().map(|prompt| alone(model, prompt)).collect::<Vec<_>>())
        });
        assert!(beside == want && apart == want, "{what}, {} threads", threads.count());
    }
}

#[test]
fn company_pieces_and_threads_do_not_change_a_bit() {
    for format in FORMATS {
        check(&random(format), &format.to_string());
    }
}

#[test]
fn neither_do_they_for_odd_shapes() {
    for name in FIXTURES {
        check(&load(&fixture(name)).unwrap(), name);
    }
}

#[test]
fn a_fork_and_a_rollback_go_on_as_if_nothing_had_been() {
    for format in FORMATS {
        let model = random(format);
        let prompt = &prompts(&model)[4];
        let mut cache = model.new_cache(50);
        step(&model, &mut cache, prompt, Logits::None);
        let mut fork = cache.fork_with_capacity(prompt.len() + 1);
        let want = step(&model, &mut cache, &[9], Logits::Last);
        assert!(step(&model, &mut fork, &[9], Logits::Last) == want, "fork, {format}");
        step(&model, &mut cache, &[8, 7, 6], Logits::None);
        cache.truncate(prompt.len());
        assert!(step(&model, &mut cache, &[9], Logits::Last) == want, "rollback, {format}");
    }
}

#[test]
fn quantised_models_stay_near_the_reference() {
    let reference = random(Quantization::None);
    let prompt = &prompts(&reference)[4];
    let want = step(&reference, &mut reference.new_cache(40), prompt, Logits::Last).pop().unwrap();
    let size = want.iter().map(|x| x * x).sum::<f32>();
    for (format, limit) in [(Quantization::Q8_0, 0.04), (Quantization::Q4, 0.2)] {
        let model = random(format);
        let got = step(&model, &mut model.new_cache(40), prompt, Logits::Last).pop().unwrap();
        let error = got.iter().zip(&want).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        println!("{format}: relative error of the logits {:.4}", (error / size).sqrt());
        assert!((error / size).sqrt() < limit);
    }
}

const SETTING: &str = "The ferry stage at dusk, after the flood has taken the lower bridge. The bell of the drowned tower lies under the river, and nobody has crossed for three days.\n";

/// Eight NPCs of one setting: half of them greedy, half with a seed.
fn talk(npc: usize) -> GenerationRequest {
    let names = ["Mara", "Odo", "Tobin", "Ysolde", "Brin", "Hale", "Wen", "Cato"];
    let config = GenerationConfig { max_new_tokens: 24, do_sample: npc % 2 == 1, ..GenerationConfig::default() };
    let constraints = Constraints { stop: vec!["\n".into()], banned: vec!["sword".into()], ..Constraints::default() };
    GenerationRequest {
        prompt: Prompt::text(format!("{SETTING}{0}: short sentences.\n\nYou: Who rang the bell?\n{0}:", names[npc])),
        task: Task::Continue { config: GenerationConfig { seed: npc as u64, ..config }, constraints },
        priority: Priority::OnScreen,
    }
}

/// What NPCs of ember say when they are asked together.
fn said(generator: &mut Gpt2Generator, npcs: &[usize]) -> Vec<String> {
    let mut texts = vec![String::new(); 8];
    npcs.iter().for_each(|&npc| generator.submit(RequestId(npc as u64), talk(npc)));
    let mut hear = |id: RequestId, event: GenerationEvent| match event {
        GenerationEvent::Text { text, .. } => texts[id.0 as usize].push_str(&text),
        GenerationEvent::Failed(error) => panic!("{error}"),
        _ => {}
    };
    while generator.step(&mut hear) == Progress::Working {}
    npcs.iter().map(|&npc| std::mem::take(&mut texts[npc])).collect()
}

#[test]
fn texts_are_the_same_alone_together_with_prefixes_in_chunks_and_on_threads() {
    const ALL: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    for format in FORMATS {
        let generator = |threads, prefill_chunk, kv_budget_mb| {
            let model = Gpt2::load(&dir, &options(format), &mut |_| {}).unwrap();
            let options = GeneratorOptions { threads, prefill_chunk, kv_budget_mb, ..GeneratorOptions::default() };
            Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap()
        };
        let mut whole = generator(1, 1000, 0);
        let alone: Vec<String> = ALL.iter().flat_map(|&npc| said(&mut whole, &[npc])).collect();
        assert!(alone.iter().all(|text| text.split_whitespace().count() > 2), "{alone:?}");
        assert!(alone[1..].iter().any(|text| *text != alone[0]), "{alone:?}");
        assert_eq!(said(&mut whole, &ALL), alone, "{format}, together");
        for (threads, chunk) in [(1, 32), (2, 7), (2, 1000)] {
            let what = format!("{format}, {threads} threads, chunks of {chunk}");
            assert_eq!(said(&mut generator(threads, chunk, 0), &ALL), alone, "{what}");
            let mut sharing = generator(threads, chunk, 64);
            assert_eq!(said(&mut sharing, &ALL), alone, "{what}, one prefix");
            assert!(sharing.prefix_tokens() > 0);
            let again: Vec<String> = ALL.iter().flat_map(|&npc| said(&mut sharing, &[npc])).collect();
            assert_eq!(again, alone, "{what}, all known");
        }
    }
}
