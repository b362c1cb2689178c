//! What a check needs of a model: its tokenizer, its window, its layout. The weights are not read.

use std::path::Path;

use raconteur_core::story::lint::LintOptions;
use raconteur_core::template::Templates;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

use crate::loading::read_templates;

/// The parts of a model that measure prompts.
pub(super) struct Model {
    tokenizer: Gpt2Tokenizer,
    templates: Templates,
    context: usize,
}

impl Model {
    /// Reads them from the model's folder.
    pub(super) fn load(dir: &Path) -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("the model in '{}': {error}", dir.display());
        let config = Gpt2Config::load(dir).map_err(|error| wrong(&error))?;
        let tokenizer = Gpt2Tokenizer::load(dir).map_err(|error| wrong(&error))?;
        tokenizer.check(&config).map_err(|error| wrong(&error))?;
        let templates = read_templates(dir).map_err(|error| error.to_string())?;
        Ok(Self { tokenizer, templates, context: config.n_positions })
    }

    /// Number of tokens of a text.
    pub(super) fn count(&self, text: &str) -> usize {
        self.tokenizer.encode(text).len()
    }

    /// The options of a check with this model.
    pub(super) fn options<'a>(&'a self, count: &'a dyn Fn(&str) -> usize) -> LintOptions<'a> {
        LintOptions {
            count: Some(count),
            context: self.context,
            templates: Some(&self.templates),
            ..LintOptions::default()
        }
    }
}
