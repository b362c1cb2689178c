//! GPT-2's byte-level tokens: text to ids, ids to bytes.

#[cfg(feature = "train")]
pub mod train;

use std::collections::BTreeMap;
use std::path::Path;

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};

use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::gguf::{self, Gguf, TokenizerParts};

/// The text of the token that ends a document.
pub const END_OF_TEXT: &str = "<|endoftext|>";

/// A byte-level BPE tokenizer, as every GPT-2 comes with.
///
/// Text is only ever text to [`encode`](Self::encode): a player who types `<|endoftext|>` has typed 13 characters.
#[derive(Debug)]
pub struct Gpt2Tokenizer {
    tokenizer: Tokenizer,
    /// The same without any special token.
    plain: Tokenizer,
    /// Bytes of every token, by id; empty where there is no token.
    bytes: Vec<Vec<u8>>,
    end_of_text: u32,
}

impl Gpt2Tokenizer {
    /// Loads `tokenizer.json` of a folder, or else `vocab.json` and `merges.txt`; or what a [GGUF file](gguf::find) holds.
    ///
    /// # Errors
    /// There is neither, a file is damaged, or there is no end-of-text token.
    pub fn load(dir: &Path) -> Result<Self, Gpt2Error> {
        if let Some(path) = gguf::find(dir) {
            let parts = Gguf::open(&path)?.tokenizer()?;
            let words = (0..).zip(parts.tokens).filter_map(|(id, token)| Some((token?, id))).collect();
            return Self::from_parts(&path, words, parts.merges, &parts.special);
        }
        let path = dir.join("tokenizer.json");
        if path.exists() {
            return Self::from_json(&path);
        }
        let [vocab, merges] = if dir.join("encoder.json").exists() && !dir.join("vocab.json").exists() {
            // As OpenAI published them.
            ["encoder.json", "vocab.bpe"].map(|file| dir.join(file))
        } else {
            ["vocab.json", "merges.txt"].map(|file| dir.join(file))
        };
        if !vocab.exists() {
            return Err(Gpt2Error::Missing { path });
        }
        if !merges.exists() {
            return Err(Gpt2Error::Missing { path: merges });
        }
        Self::from_vocab_and_merges(&vocab, &merges)
    }

    fn from_json(path: &Path) -> Result<Self, Gpt2Error> {
        let text = std::fs::read(path).map_err(|source| Gpt2Error::io(path, source))?;
        let mut json: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| Gpt2Error::damaged(path, error))?;
        let tokenizer = Tokenizer::from_bytes(&text).map_err(|error| Gpt2Error::damaged(path, error))?;
        // Without added tokens and without a post-processor nothing but the text decides the ids.
        if let Some(fields) = json.as_object_mut() {
            fields.insert("added_tokens".into(), serde_json::Value::Array(Vec::new()));
            fields.insert("post_processor".into(), serde_json::Value::Null);
        }
        let plain =
            Tokenizer::from_bytes(json.to_string().as_bytes()).map_err(|error| Gpt2Error::damaged(path, error))?;
        Self::new(path, tokenizer, plain)
    }

    fn from_vocab_and_merges(vocab: &Path, merges: &Path) -> Result<Self, Gpt2Error> {
        let words = std::fs::read(vocab).map_err(|source| Gpt2Error::io(vocab, source))?;
        let words: BTreeMap<String, u32> =
            serde_json::from_slice(&words).map_err(|error| Gpt2Error::damaged(vocab, error))?;
        let pairs = std::fs::read_to_string(merges).map_err(|source| Gpt2Error::io(merges, source))?;
        let pairs = pairs
            .lines()
            .filter(|line| !line.starts_with("#version") && !line.is_empty())
            .map(|line| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Gpt2Error::damaged(merges, "a line is not two pieces with a space between them"))?;
        Self::from_parts(merges, words.into_iter().collect(), pairs, &[])
    }

    /// From tokens and merges. `special` are tokens that no text becomes, besides the one that ends a document.
    fn from_parts(
        path: &Path,
        words: Vocab,
        merges: Vec<(String, String)>,
        special: &[String],
    ) -> Result<Self, Gpt2Error> {
        let mut special = special.to_vec();
        if words.contains_key(END_OF_TEXT) && !special.iter().any(|token| token == END_OF_TEXT) {
            special.push(END_OF_TEXT.to_owned());
        }
        let bpe = BPE::builder()
            .vocab_and_merges(words, merges)
            .build()
            .map_err(|error| Gpt2Error::damaged(path, format!("its merges do not go with its vocabulary ({error})")))?;
        let mut plain = Tokenizer::new(bpe);
        plain.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
        plain.with_decoder(Some(ByteLevel::new(false, true, true)));
        let mut tokenizer = plain.clone();
        tokenizer
            .add_special_tokens(special.into_iter().map(|token| AddedToken::from(token, true)))
            .map_err(|error| Gpt2Error::damaged(path, error))?;
        Self::new(path, tokenizer, plain)
    }

    /// Whether a model brings one.
    #[must_use]
    pub fn is_in(dir: &Path) -> bool {
        match gguf::find(dir) {
            Some(path) => Gguf::open(&path).is_ok_and(|file| file.has_tokenizer()),
            None => ["tokenizer.json", "vocab.json", "merges.txt", "encoder.json"]
                .iter()
                .any(|file| dir.join(file).exists()),
        }
    }

    fn new(path: &Path, tokenizer: Tokenizer, plain: Tokenizer) -> Result<Self, Gpt2Error> {
        let Some(end_of_text) = tokenizer.token_to_id(END_OF_TEXT) else {
            return Err(Gpt2Error::damaged(path, format!("it has no token '{END_OF_TEXT}'")));
        };
        let vocabulary = tokenizer.get_vocab(true);
        let size = vocabulary.values().max().map_or(0, |&id| id as usize + 1);
        // Ids are dense but for a few holes; a file with a huge id is broken, and its table would not fit into memory.
        if size > 2 * vocabulary.len() + 1024 {
            return Err(Gpt2Error::damaged(
                path,
                format!("its largest id is {}, of {} tokens", size - 1, vocabulary.len()),
            ));
        }
        let added = tokenizer.get_added_tokens_decoder();
        let byte_of = bytes_of_characters();
        let mut bytes = vec![Vec::new(); size];
        for (token, id) in vocabulary {
            bytes[id as usize] = if added.contains_key(&id) {
                token.into_bytes()
            } else {
                let all: Option<Vec<u8>> = token.chars().map(|c| *byte_of.get(c as usize)?).collect();
                all.ok_or_else(|| Gpt2Error::damaged(path, format!("its token '{token}' is not byte-level")))?
            };
        }
        Ok(Self { tokenizer, plain, bytes, end_of_text })
    }

    /// The tokenizer as files: `tokenizer.json`, and `vocab.json` and `merges.txt` as the older tools want them.
    pub(crate) fn files(&self) -> Result<[(&'static str, String); 3], Box<dyn std::error::Error + Send + Sync>> {
        let vocabulary: BTreeMap<String, u32> = self.tokenizer.get_vocab(true).into_iter().collect();
        let merges: String = self.parts()?.merges.iter().map(|(left, right)| format!("{left} {right}\n")).collect();
        Ok([
            ("tokenizer.json", self.tokenizer.to_string(true)?),
            ("vocab.json", serde_json::to_string(&vocabulary)?),
            ("merges.txt", format!("#version: 0.2\n{merges}")),
        ])
    }

    /// The tokenizer as lists.
    pub(crate) fn parts(&self) -> Result<TokenizerParts, Box<dyn std::error::Error + Send + Sync>> {
        let json: serde_json::Value = serde_json::from_str(&self.tokenizer.to_string(false)?)?;
        let merges = json["model"]["merges"].as_array().into_iter().flatten().filter_map(|pair| {
            // Older files have a string with a blank, newer ones two strings.
            match pair.as_array().map(Vec::as_slice) {
                Some([left, right]) => Some((left.as_str()?.to_owned(), right.as_str()?.to_owned())),
                _ => pair.as_str()?.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned())),
            }
        });
        let mut tokens = vec![None; self.vocab_size()];
        for (token, id) in self.tokenizer.get_vocab(true) {
            tokens[id as usize] = Some(token);
        }
        let added = self.tokenizer.get_added_tokens_decoder();
        let special = added.into_values().filter(|token| token.special).map(|token| token.content).collect();
        Ok(TokenizerParts { tokens, merges: merges.collect(), special })
    }

    /// Ids of a text, all of which is plain text: no part of it becomes a special token.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        encode(&self.plain, text)
    }

    /// Ids of a text in which `<|endoftext|>` stands for the token. Only for text of our own making.
    #[must_use]
    pub fn encode_with_special(&self, text: &str) -> Vec<u32> {
        encode(&self.tokenizer, text)
    }

    /// Bytes of a token: whole characters or parts of them. Empty for ids that are no token.
    #[must_use]
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// Text of some ids; what is no UTF-8 becomes `U+FFFD`.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.token_bytes(id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Id of the token that ends a document.
    #[must_use]
    pub fn end_of_text(&self) -> u32 {
        self.end_of_text
    }

    /// One more than the largest id.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.bytes.len()
    }

    /// Checks that a model knows every token. A model may know more: many round their vocabulary up.
    ///
    /// # Errors
    /// [`Gpt2Error::Vocabulary`] with both numbers.
    pub fn check(&self, config: &Gpt2Config) -> Result<(), Gpt2Error> {
        if self.vocab_size() > config.vocab_size {
            return Err(Gpt2Error::Vocabulary { tokenizer: self.vocab_size(), model: config.vocab_size });
        }
        Ok(())
    }
}

fn encode(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    // A byte-level BPE knows every byte, so this cannot fail; were it to, an empty prompt is the safe answer.
    tokenizer.encode_fast(text, false).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
}

/// The byte that each of GPT-2's 256 stand-in characters means, by code point. Printable bytes stand for themselves; the
/// others take the code points from 256 on, in order (`bytes_to_unicode` in `encoder.py` of the GPT-2 release).
fn bytes_of_characters() -> Vec<Option<u8>> {
    let mut table = vec![None; 512];
    let mut next = 256;
    for byte in 0..=255u8 {
        if matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) {
            table[usize::from(byte)] = Some(byte);
        } else {
            table[next] = Some(byte);
            next += 1;
        }
    }
    table
}
