//! The promise that the logits of a sequence depend on its tokens alone, to the bit.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use common::{FIXTURES, fixture, load, random, step};
use raconteur_gpt2::model::{Chunk, Gpt2, Logits};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;

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
    for (format, limit) in [(Quantization::Q8_0, 0.02), (Quantization::Q4, 0.2)] {
        let model = random(format);
        let got = step(&model, &mut model.new_cache(40), prompt, Logits::Last).pop().unwrap();
        let error = got.iter().zip(&want).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        println!("{format}: relative error of the logits {:.4}", (error / size).sqrt());
        assert!((error / size).sqrt() < limit);
    }
}
