//! Lines of the model while it learns: what a number does not tell.

use std::path::Path;

use raconteur_core::generate::{
    Constraints, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Task,
    TextGenerator,
};
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::generator::GeneratorOptions;
use raconteur_gpt2::loader::{Gpt2Loader, TokenizerFiles};
use serde::{Deserialize, Serialize};

use crate::error::CliError;

/// Tokens of a line at most.
const TOKENS: usize = 40;
/// Name of the adapter that is being learned.
const LEARNED: &str = "learned";

/// What a model wrote on a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// What stood last in the prompt.
    pub asked: String,
    /// The likeliest words behind it, to the end of the line.
    pub line: String,
}

/// The likeliest line of the model in a folder, under an adapter if there is one, behind each prompt that fits.
pub fn lines(model: &Path, adapter: Option<&Path>, prompts: &[String]) -> Result<Vec<Sample>, CliError> {
    let generator = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
    let loader = Gpt2Loader { generator, ..Gpt2Loader::new(model) };
    let mut generator = loader.load_generator(TokenizerFiles::Required, &mut |_| {}).map_err(CliError::failed)?;
    if let Some(dir) = adapter {
        generator.load_adapter(LEARNED, dir).map_err(CliError::failed)?;
    }
    let mut samples = Vec::new();
    for (at, prompt) in prompts.iter().enumerate() {
        let config = GenerationConfig { max_new_tokens: TOKENS, do_sample: false, ..GenerationConfig::default() };
        let constraints = Constraints { stop: vec!["\n".into()], ..Constraints::default() };
        let id = RequestId(at as u64);
        let last = prompt.lines().count().saturating_sub(2);
        let asked = prompt.lines().skip(last).collect::<Vec<_>>().join(" / ");
        let prompt = Prompt {
            start_of_text: true,
            adapter: adapter.map(|_| LEARNED.to_owned()),
            ..Prompt::text(prompt.as_str())
        };
        let task = Task::Continue { config, constraints };
        generator.submit(id, GenerationRequest { prompt, task, priority: Priority::Addressed });
        let (mut line, mut failed) = (String::new(), false);
        while generator.step(&mut |_, event| match event {
            GenerationEvent::Text { text, .. } => line.push_str(&text),
            GenerationEvent::Failed(_) => failed = true,
            _ => {}
        }) == Progress::Working
        {}
        // A prompt that does not fit into a small window is no reason to stop a training.
        if !failed {
            samples.push(Sample { asked, line: line.trim().to_owned() });
        }
    }
    Ok(samples)
}
