//! What the generator knows about tokens: their bytes, and which may never be written.

use std::sync::Arc;

use raconteur_core::generate::{Constraints, GenerateError};

use crate::constrain::{Lexicon, Limits};
use crate::error::Gpt2Error;
use crate::tokenizer::Gpt2Tokenizer;

/// A tokenizer that fits the model, or none.
#[derive(Debug)]
pub(super) struct Vocabulary {
    tokenizer: Option<Gpt2Tokenizer>,
    /// Number of tokens the model has logits for.
    size: usize,
    /// The token that ends a text, where the vocabulary has it.
    pub end_of_text: Option<u32>,
    /// Tokens that the model has logits for and the tokenizer no bytes: padding of the vocabulary, and holes in it.
    pub nameless: Vec<u32>,
    lexicon: Lexicon,
}

impl Vocabulary {
    /// # Errors
    /// [`Gpt2Error::Vocabulary`] when the tokenizer has more tokens than the model.
    pub fn new(tokenizer: Option<Gpt2Tokenizer>, size: usize, eos: Option<u32>) -> Result<Self, Gpt2Error> {
        let known = tokenizer.as_ref().map_or(size, Gpt2Tokenizer::vocab_size);
        if known > size {
            return Err(Gpt2Error::Vocabulary { tokenizer: known, model: size });
        }
        let eos = tokenizer.as_ref().map(Gpt2Tokenizer::end_of_text).or(eos);
        // Configurations made by hand often keep GPT-2's 50256 with a smaller vocabulary.
        let end_of_text = eos.filter(|&id| (id as usize) < size);
        let nameless = match &tokenizer {
            Some(tokenizer) => (0..size as u32)
                .filter(|&id| id as usize >= known || tokenizer.token_bytes(id).is_empty() && Some(id) != end_of_text)
                .collect(),
            None => Vec::new(),
        };
        let bytes = |id| tokenizer.as_ref().map_or(&[][..], |tokenizer| tokenizer.token_bytes(id));
        let lexicon = Lexicon::new(size, &bytes, end_of_text);
        Ok(Self { tokenizer, size, end_of_text, nameless, lexicon })
    }

    /// Whether it can read text.
    pub fn has_tokenizer(&self) -> bool {
        self.tokenizer.is_some()
    }

    /// Number of tokens.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Tokens of a text; special tokens in it are plain text. None without a tokenizer.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.tokenizer.as_ref().map(|tokenizer| tokenizer.encode(text)).unwrap_or_default()
    }

    /// The limits of a request, ready for this vocabulary.
    ///
    /// # Errors
    /// A stop string or a banned phrase is empty.
    pub fn limits(&self, constraints: &Constraints, min_new_tokens: usize) -> Result<Arc<Limits>, GenerateError> {
        self.lexicon.limits(constraints, min_new_tokens, &mut |text| self.encode(text))
    }

    /// Bytes of a token; none without a tokenizer.
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.tokenizer.as_ref().map_or(&[], |tokenizer| tokenizer.token_bytes(id))
    }
}
