//! What a GPT-2 looks like: `config.json` with Hugging Face's field names, and the five published sizes.

mod shape;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Gpt2Error;
use crate::gguf::{self, Gguf};
use crate::weights::openai;
pub use shape::PublishedShape;

/// Shape and switches of a GPT-2, as `config.json` of a Hugging Face checkpoint gives them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gpt2Config {
    /// Number of tokens the model knows. **Default** 50257.
    pub vocab_size: usize,
    /// Most tokens of a sequence (the window). **Default** 1024.
    pub n_positions: usize,
    /// Width of the residual stream. **Default** 768.
    pub n_embd: usize,
    /// Number of blocks. **Default** 12.
    pub n_layer: usize,
    /// Attention heads of a block; divides `n_embd`. **Default** 12.
    pub n_head: usize,
    /// Width inside the feed-forward part; none means `4 * n_embd`. **Default** none.
    pub n_inner: Option<usize>,
    /// Activation of the feed-forward part. **Default** `gelu_new`.
    pub activation_function: Activation,
    /// Added to the variance in layer normalisation. **Default** 1e-5.
    pub layer_norm_epsilon: f64,
    /// Divide attention scores by the square root of the head's width. **Default** true.
    pub scale_attn_weights: bool,
    /// Divide them by the number of the layer as well, counted from 1. **Default** false.
    pub scale_attn_by_inverse_layer_idx: bool,
    /// Id that ends a text. **Default** 50256.
    pub eos_token_id: Option<u32>,
    /// The head is the transposed token embedding. **Default** true.
    pub tie_word_embeddings: bool,
}

/// Activation of the feed-forward part, named as Hugging Face does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// GELU with the tanh approximation: what every published GPT-2 uses.
    #[default]
    #[serde(rename = "gelu_new", alias = "gelu_pytorch_tanh", alias = "gelu_fast")]
    GeluNew,
    /// Exact GELU, by the error function.
    #[serde(rename = "gelu")]
    Gelu,
    /// `max(x, 0)`.
    #[serde(rename = "relu")]
    Relu,
    /// `x * sigmoid(x)`.
    #[serde(rename = "silu", alias = "swish")]
    Silu,
    /// Hyperbolic tangent.
    #[serde(rename = "tanh")]
    Tanh,
}

impl Default for Gpt2Config {
    fn default() -> Self {
        Self {
            vocab_size: 50257,
            n_positions: 1024,
            n_embd: 768,
            n_layer: 12,
            n_head: 12,
            n_inner: None,
            activation_function: Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            scale_attn_weights: true,
            scale_attn_by_inverse_layer_idx: false,
            eos_token_id: Some(50256),
            tie_word_embeddings: true,
        }
    }
}

impl Gpt2Config {
    /// distilgpt2: 82 M parameters.
    #[must_use]
    pub fn distilgpt2() -> Self {
        Self { n_layer: 6, ..Self::default() }
    }

    /// gpt2: 124 M parameters.
    #[must_use]
    pub fn gpt2() -> Self {
        Self::default()
    }

    /// gpt2-medium: 355 M parameters.
    #[must_use]
    pub fn gpt2_medium() -> Self {
        Self { n_embd: 1024, n_layer: 24, n_head: 16, ..Self::default() }
    }

    /// gpt2-large: 774 M parameters.
    #[must_use]
    pub fn gpt2_large() -> Self {
        Self { n_embd: 1280, n_layer: 36, n_head: 20, ..Self::default() }
    }

    /// gpt2-xl: 1.5 B parameters.
    #[must_use]
    pub fn gpt2_xl() -> Self {
        Self { n_embd: 1600, n_layer: 48, n_head: 25, ..Self::default() }
    }

    /// Reads and checks `config.json` of a checkpoint folder, or what a [GGUF file](gguf::find) says; or
    /// `hparams.json`, as `OpenAI` published it.
    ///
    /// # Errors
    /// The file is missing, is no JSON, is of another architecture, or asks for something impossible.
    pub fn load(dir: &Path) -> Result<Self, Gpt2Error> {
        if let Some(path) = gguf::find(dir) {
            return Gguf::open(&path)?.config();
        }
        let path = dir.join("config.json");
        if !path.exists()
            && let Some(config) = openai::config(dir)?
        {
            return Ok(config);
        }
        let text = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::InvalidData => Gpt2Error::damaged(&path, "it is not UTF-8 text"),
            _ => Gpt2Error::io(&path, source),
        })?;
        let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| Gpt2Error::damaged(&path, error))?;
        // Read before anything else: the fields of another architecture would only give misleading errors.
        let model_type = json.get("model_type").and_then(|value| value.as_str()).unwrap_or("(no model_type)");
        if model_type != "gpt2" {
            return Err(Gpt2Error::Architecture { path, found: model_type.to_owned() });
        }
        if let Some(activation) = json.get("activation_function")
            && serde_json::from_value::<Activation>(activation.clone()).is_err()
        {
            return Err(Gpt2Error::Config {
                field: "activation_function",
                found: activation.to_string(),
                expected: "gelu_new, gelu, gelu_pytorch_tanh, gelu_fast, relu, silu, swish and tanh are supported"
                    .into(),
            });
        }
        if json.get("add_cross_attention").and_then(serde_json::Value::as_bool) == Some(true) {
            return Err(Gpt2Error::Config {
                field: "add_cross_attention",
                found: "true".into(),
                expected: "only decoders without an encoder are supported".into(),
            });
        }
        let config: Self = serde_json::from_value(json).map_err(|error| Gpt2Error::damaged(&path, error))?;
        config.validate()?;
        Ok(config)
    }

    /// Checks that the numbers make sense together.
    ///
    /// # Errors
    /// [`Gpt2Error::Config`] names the field.
    pub fn validate(&self) -> Result<(), Gpt2Error> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("n_positions", self.n_positions),
            ("n_embd", self.n_embd),
            ("n_layer", self.n_layer),
            ("n_head", self.n_head),
            ("n_inner", self.inner()),
        ];
        // The upper bound keeps products of two sizes far from overflow, so that later arithmetic needs no checks.
        for (field, size) in sizes {
            if size == 0 || size > 1 << 24 {
                let expected = format!("it has to lie between 1 and {}", 1 << 24);
                return Err(Gpt2Error::Config { field, found: size.to_string(), expected });
            }
        }
        if !self.n_embd.is_multiple_of(self.n_head) {
            let expected = format!("it has to divide n_embd = {}", self.n_embd);
            return Err(Gpt2Error::Config { field: "n_head", found: self.n_head.to_string(), expected });
        }
        if !(self.layer_norm_epsilon.is_finite() && self.layer_norm_epsilon > 0.0) {
            let (found, expected) = (self.layer_norm_epsilon.to_string(), "it has to be above 0".into());
            return Err(Gpt2Error::Config { field: "layer_norm_epsilon", found, expected });
        }
        Ok(())
    }

    /// Width inside the feed-forward part.
    #[must_use]
    pub fn inner(&self) -> usize {
        self.n_inner.unwrap_or(4 * self.n_embd)
    }

    /// Width of an attention head.
    #[must_use]
    pub fn head_dim(&self) -> usize {
        self.n_embd / self.n_head
    }

    /// Number of parameters; a tied head counts once.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        let [vocab, positions, width, layers, inner] =
            [self.vocab_size, self.n_positions, self.n_embd, self.n_layer, self.inner()].map(|size| size as u64);
        let norms = 4 * width;
        let attention = 4 * width * width + 4 * width;
        let feed_forward = 2 * width * inner + inner + width;
        let embeddings = if self.tie_word_embeddings { vocab } else { 2 * vocab };
        (embeddings + positions) * width + layers * (norms + attention + feed_forward) + 2 * width
    }

    /// `124.4 M parameters`, for a status line.
    pub(crate) fn describe_size(&self) -> String {
        let parameters = self.parameters() as f64;
        if parameters < 1e9 {
            format!("{:.1} M parameters", parameters / 1e6)
        } else {
            format!("{:.2} B parameters", parameters / 1e9)
        }
    }

    /// Factor on attention scores in a layer, counted from 0.
    pub(crate) fn attention_scale(&self, layer: usize) -> f32 {
        let mut scale = 1.0;
        if self.scale_attn_weights {
            scale /= (self.head_dim() as f64).sqrt();
        }
        if self.scale_attn_by_inverse_layer_idx {
            scale /= (layer + 1) as f64;
        }
        scale as f32
    }
}
