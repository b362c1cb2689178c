//! Random weights of a published GPT-2's shape: nonsense to read, but the work that such a model makes.

use std::path::PathBuf;

use bevy_raconteur::core::generate::{GeneratorLoader, LoadError, LoadProgress, TextGenerator};
use bevy_raconteur::core::template::Templates;
use bevy_raconteur::gpt2::config::{Gpt2Config, PublishedShape};
use bevy_raconteur::gpt2::generator::{GeneratorOptions, Gpt2Generator};
use bevy_raconteur::gpt2::model::{Gpt2, LoadOptions};
use bevy_raconteur::gpt2::parallel::Threads;
use bevy_raconteur::gpt2::tokenizer::Gpt2Tokenizer;
use bevy_raconteur::prelude::ModelSource;

/// A model of this shape that reads and writes with the tokenizer in `directory`. Its head is as large as that
/// vocabulary, so with a small one it has fewer weights than the published model.
pub fn source(shape: PublishedShape, directory: PathBuf) -> ModelSource {
    ModelSource::Custom { loader: Box::new(RandomLoader { shape, directory }), templates: Templates::default() }
}

struct RandomLoader {
    shape: PublishedShape,
    directory: PathBuf,
}

impl GeneratorLoader for RandomLoader {
    fn load(&mut self, progress: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        progress(LoadProgress { stage: "making random weights".into(), fraction: 0.0 });
        let tokenizer = Gpt2Tokenizer::load(&self.directory)?;
        let config = Gpt2Config {
            vocab_size: tokenizer.vocab_size(),
            eos_token_id: Some(tokenizer.end_of_text()),
            ..self.shape.config()
        };
        // Loading takes all cores; how many compute later is the generator's affair.
        let model = Threads::new(0)?.run(|| Gpt2::random(config, &LoadOptions::default(), 1))?;
        Ok(Box::new(Gpt2Generator::new(model, Some(tokenizer), GeneratorOptions::default())?))
    }
}
