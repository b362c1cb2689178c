//! M7: bits for a byte of held-out script, in its own context and in another's.

use raconteur_core::scenes::Target;
use raconteur_core::template::Templates;
use raconteur_gpt2::model::{Gpt2, LoadOptions};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::score;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

use super::super::case::Drawn;
use super::super::engine::{Ask, Engine, Setup};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::ratio;
use crate::error::CliError;

/// Bits per byte of whole scenes, as `raconteur score --text-file` counts them.
pub fn whole(setup: Setup<'_>, scenes: &[Drawn], templates: &Templates, seed: u64) -> Result<Metric, CliError> {
    let about = "whole scenes, each after end-of-text alone, names swapped";
    let mut metric = Metric::new("M7", "bits per byte, whole scenes", Unit::Number, Some(Better::Lower), about);
    let tokenizer = Gpt2Tokenizer::load(setup.model).map_err(CliError::failed)?;
    let threads = Threads::new(setup.threads).map_err(CliError::failed)?;
    let mut options = LoadOptions::default();
    if let Some(format) = setup.quantize {
        options.quantization = format;
    }
    let pairs = threads.run(|| -> Result<Vec<(f64, f64)>, CliError> {
        let model = Gpt2::load(setup.model, &options, &mut |_| {}).map_err(CliError::failed)?;
        let mut pairs = Vec::new();
        for drawn in scenes {
            // A model without a layout for serials has no way to write them.
            let Ok(text) = drawn.script.render(templates) else { continue };
            let scored = score::text(&model, &tokenizer, &text, &mut |_| {}).map_err(CliError::failed)?;
            pairs.push((scored.bits_per_byte * scored.bytes as f64, scored.bytes as f64));
        }
        Ok(pairs)
    })?;
    metric.push("model", ratio(&pairs, seed));
    Ok(metric)
}

/// Bits per byte of the last line of talks and answers in their own context, and in that of another scene.
pub fn lines(engine: &mut Engine, scenes: &[Drawn], templates: &Templates, seed: u64) -> Metric {
    engine.bar().set_message("bits per byte");
    let about = "authored last lines of talks and answers after their prompt; the control has another scene's prompt";
    let mut metric = Metric::new("M7", "bits per byte, lines", Unit::Number, Some(Better::Lower), about);
    let spoken = scenes.iter().filter(|drawn| matches!(drawn.script.body.kind(), "talk" | "answer"));
    let targets: Vec<Target> = spoken.filter_map(|drawn| drawn.script.targets().pop()).collect();
    for (column, shift) in [("model", 0), ("other context", 1)] {
        let asks: Vec<Ask> = targets
            .iter()
            .enumerate()
            .filter_map(|(at, target)| {
                let from = &targets[(at + shift) % targets.len()];
                let prompt = templates.get(from.template)?.render(&from.scene, templates.start_of_text);
                Some(Ask { prompt, texts: vec![format!(" {}", target.text)], null: None })
            })
            .collect();
        let bytes: Vec<f64> = asks.iter().map(|ask| ask.texts.concat().len() as f64).collect();
        let bits =
            engine.score(asks).into_iter().zip(bytes).filter_map(|(scores, bytes)| {
                Some((-f64::from(scores?.first()?.logprob) / std::f64::consts::LN_2, bytes))
            });
        let estimate = ratio(&bits.collect::<Vec<_>>(), seed);
        if shift == 0 { metric.push(column, estimate) } else { metric.push_control(column, estimate) }
    }
    metric
}

/// Number of scores that [`lines`] asks for.
pub fn scores(scenes: &[Drawn]) -> usize {
    scenes.iter().filter(|drawn| matches!(drawn.script.body.kind(), "talk" | "answer")).count() * 2
}
