//! A byte-level BPE tokenizer of any size, learned from text.
//!
//! Merges are chosen by count, and of equal counts the pair with the smaller ids first; so the same texts give the same
//! file, on any number of threads.

use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};

use super::END_OF_TEXT;

/// Tokens that every byte-level tokenizer has: one for each byte, and the end mark.
const LEAST: usize = 257;

/// Largest vocabulary that is made. Llama 3 has 128 000; more is a slip of the finger, and would take the memory of a slip.
const MOST: usize = 1 << 20;

/// Which id `<|endoftext|>` has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndOfText {
    /// 0, as in the model in the box.
    #[default]
    First,
    /// The last one, as in the GPT-2 of `OpenAI` (50256).
    Last,
}

/// What a tokenizer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenizerConfig {
    /// Number of tokens, the end mark among them. Multiples of 16 suit the quantised kernels. **Default** 4096.
    pub vocab_size: usize,
    /// Pairs that stand less often in all texts are not made a token. **Default** 2.
    pub min_frequency: u64,
    /// Where the end mark goes. **Default** first.
    pub end_of_text: EndOfText,
}

impl Default for TokenizerConfig {
    fn default() -> Self {
        Self { vocab_size: 4096, min_frequency: 2, end_of_text: EndOfText::First }
    }
}

/// Why no tokenizer was learned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerTrainError {
    /// A size that no byte-level tokenizer can have.
    #[error(
        "a vocabulary of {asked} cannot be: it takes 257 tokens for all bytes and the end mark, and at most 1048576. Try 4096 for a model of a few million parameters"
    )]
    Size {
        /// The size.
        asked: usize,
    },
    /// All texts are blank.
    #[error("there is no text to learn a tokenizer from; look whether the files are the right ones")]
    NoText,
    /// The tokenizers crate failed.
    #[error("the tokenizer could not be learned: {0}")]
    Failed(String),
}

/// A tokenizer that has been learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainedTokenizer {
    /// What goes into `tokenizer.json`.
    pub json: String,
    /// Number of tokens; less than was asked for when the texts have no more pairs that are frequent enough.
    pub vocab_size: usize,
}

/// Learns a tokenizer from texts without end marks. The texts are read once, in order; whoever wants to show how far it is
/// counts them as they are taken.
///
/// # Errors
/// See [`TokenizerTrainError`].
pub fn train<S: AsRef<str> + Send>(
    texts: impl Iterator<Item = S> + Send,
    config: &TokenizerConfig,
) -> Result<TrainedTokenizer, TokenizerTrainError> {
    if !(LEAST..=MOST).contains(&config.vocab_size) {
        return Err(TokenizerTrainError::Size { asked: config.vocab_size });
    }
    let failed = |error: tokenizers::Error| TokenizerTrainError::Failed(error.to_string());
    let mark = AddedToken::from(END_OF_TEXT, true);
    let is_first = config.end_of_text == EndOfText::First;
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .min_frequency(config.min_frequency)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .vocab_size(if is_first { config.vocab_size } else { config.vocab_size - 1 })
        .special_tokens(if is_first { vec![mark.clone()] } else { Vec::new() })
        .build();
    let mut tokenizer = Tokenizer::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
    tokenizer.with_decoder(Some(ByteLevel::new(false, true, true)));
    let mut any = false;
    let texts = texts.inspect(|text| any |= !text.as_ref().trim().is_empty());
    tokenizer.train(&mut TrainerWrapper::from(trainer), texts).map_err(failed)?;
    if !any {
        return Err(TokenizerTrainError::NoText);
    }
    // Of the first place it is a token of the model already, and becomes a special one here.
    tokenizer.add_special_tokens([mark]).map_err(failed)?;
    let json = tokenizer.to_string(true).map_err(failed)?;
    Ok(TrainedTokenizer { json, vocab_size: tokenizer.get_vocab_size(true) })
}

#[cfg(test)]
mod tests {
    use super::super::Gpt2Tokenizer;
    use super::*;
    use proptest::prelude::*;

    fn loaded(json: &str) -> Gpt2Tokenizer {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tokenizer.json"), json).unwrap();
        Gpt2Tokenizer::load(dir.path()).unwrap()
    }

    const TEXTS: [&str; 4] = [
        "The ferry leaves at noon, and the ferry comes back at dusk.",
        "Mara: The ferry is late.\nOdo: The ferry is always late, Mara.",
        "ö — <|endoftext|> 村 \u{1f980}",
        "",
    ];

    #[test]
    fn it_loads_and_gives_back_every_text() {
        for (end_of_text, id) in [(EndOfText::First, 0), (EndOfText::Last, 299)] {
            // Of so little text every pair is wanted.
            let config = TokenizerConfig { vocab_size: 300, min_frequency: 1, end_of_text };
            let trained = train(TEXTS.iter(), &config).unwrap();
            let tokenizer = loaded(&trained.json);
            assert_eq!((trained.vocab_size, tokenizer.vocab_size(), tokenizer.end_of_text()), (300, 300, id));
            assert_eq!(tokenizer.token_bytes(id), END_OF_TEXT.as_bytes());
            for text in TEXTS {
                assert_eq!(tokenizer.decode(&tokenizer.encode(text)), text);
            }
            assert!(!tokenizer.encode(TEXTS[2]).contains(&id), "the mark is text in a text");
            assert_eq!(tokenizer.encode(" ferry").len(), 1, "what is frequent is one token");
        }
    }

    #[test]
    fn texts_without_pairs_give_a_smaller_one() {
        let config = TokenizerConfig { vocab_size: 1000, ..TokenizerConfig::default() };
        let trained = train(["a b c d"].iter(), &config).unwrap();
        assert_eq!(trained.vocab_size, 257);
        assert_eq!(loaded(&trained.json).vocab_size(), 257);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let size = |vocab_size| TokenizerConfig { vocab_size, ..TokenizerConfig::default() };
        for asked in [0, 1, 256, MOST + 1, usize::MAX] {
            assert_eq!(train(TEXTS.iter(), &size(asked)), Err(TokenizerTrainError::Size { asked }));
        }
        assert_eq!(train([" \n"].iter(), &size(257)), Err(TokenizerTrainError::NoText));
        assert_eq!(train(std::iter::empty::<&str>(), &size(257)), Err(TokenizerTrainError::NoText));
        assert_eq!(train(TEXTS.iter(), &size(257)).unwrap().vocab_size, 257);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        /// Ties are many in short texts of few letters; hash maps inside must not decide them.
        #[test]
        fn the_same_texts_give_the_same_file(texts in prop::collection::vec("[a-d]{1,4}( [a-d]{1,4}){0,12}", 1..20)) {
            let config = TokenizerConfig { vocab_size: 290, ..TokenizerConfig::default() };
            let first = train(texts.iter(), &config).unwrap();
            for _ in 0..3 {
                prop_assert_eq!(&train(texts.iter(), &config).unwrap().json, &first.json);
            }
        }
    }
}
