//! The seam between the narrative and whatever writes text: requests in, events out, one small trait.
//!
//! A [`TextGenerator`] is stepped, never blocked on: one step is one decode step of its whole batch, or one chunk of a
//! prompt, so that whoever drives it can cancel, reprioritise or shut down between two steps. `raconteur_gpt2`
//! implements it on a GPT-2, [`ScriptedGenerator`](crate::scripted::ScriptedGenerator) on a list of answers.

use std::num::NonZeroUsize;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::judge::KnownNames;
use crate::pattern::Pattern;
use crate::prompt::{Bill, Prompt, PromptError};

/// Names a request; whoever submits chooses it and never uses it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// How urgent a request is. Later variants go first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Chatter that nobody waits for. The first to be dropped when there is too much to do.
    #[default]
    Ambient,
    /// Something that will be on screen soon.
    OnScreen,
    /// The player waits for it.
    Addressed,
}

/// One piece of work for a [`TextGenerator`].
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationRequest {
    /// The context. The generator fits it into its window, so that overflow cannot happen.
    pub prompt: Prompt,
    /// What to do with it.
    pub task: Task,
    /// How urgent it is.
    pub priority: Priority,
}

/// What a [`GenerationRequest`] asks for.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one a request, and it hardly moves")]
pub enum Task {
    /// Write on from the prompt.
    Continue {
        /// Sampling.
        config: GenerationConfig,
        /// What may not, and what has to, stand in the text.
        constraints: Constraints,
    },
    /// Say how likely each of some texts is after the prompt.
    Score {
        /// The texts, scored as they stand: a text that follows a word needs its leading space.
        continuations: Vec<String>,
        /// A context without the scene; when it is given, each text is scored after it too.
        null: Option<String>,
    },
    /// Read the prompt and be done: a request that comes later and whose prompt begins alike then starts sooner. A
    /// generator that keeps nothing between requests has nothing to do.
    Read {
        /// Tokens to leave free behind the prompt: as many as the request will write that is expected, so that the same
        /// parts of the prompt are dropped when it is too long.
        room: usize,
    },
}

/// How tokens are sampled. The fields have Hugging Face's names and meanings (`GenerationConfig` in transformers).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerationConfig {
    /// Most tokens to write. **Default** 40.
    pub max_new_tokens: usize,
    /// Fewest tokens before the text may end. **Default** 1.
    pub min_new_tokens: usize,
    /// Sample; `false` takes the likeliest token each time (greedy). **Default** true.
    pub do_sample: bool,
    /// Softmax temperature, above 0. **Default** 0.8.
    pub temperature: f32,
    /// How many of the likeliest tokens stay; 0 keeps all. **Default** 0.
    pub top_k: usize,
    /// The smallest set of likeliest tokens whose probability reaches this stays; 1 keeps all. **Default** 0.92.
    pub top_p: f32,
    /// Tokens less likely than this times the likeliest go; 0 keeps all. **Default** 0.
    pub min_p: f32,
    /// Locally typical sampling: mass of the tokens whose information is nearest the entropy; 1 keeps all. **Default** 1.
    pub typical_p: f32,
    /// Divides the positive and multiplies the negative logits of tokens in the context; 1 is off. **Default** 1.
    pub repetition_penalty: f32,
    /// "Don't repeat yourself", if any.
    pub dry: Option<Dry>,
    /// Classifier-free guidance, if any. Each candidate then costs two rows of the batch.
    pub guidance: Option<Guidance>,
    /// Added to the logits of tokens: (text of one token, bias).
    pub logit_bias: Vec<(String, f32)>,
    /// How many texts to write from the one prompt. Each has its own random stream. **Default** 1.
    pub num_return_sequences: usize,
    /// Start of the random streams: same model, prompt, settings and seed, same text.
    pub seed: u64,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            max_new_tokens: 40,
            min_new_tokens: 1,
            do_sample: true,
            temperature: 0.8,
            top_k: 0,
            top_p: 0.92,
            min_p: 0.0,
            typical_p: 1.0,
            repetition_penalty: 1.0,
            dry: None,
            guidance: None,
            logit_bias: Vec::new(),
            num_return_sequences: 1,
            seed: 0,
        }
    }
}

impl GenerationConfig {
    /// Settings under which the likeliest token is taken each time.
    #[must_use]
    pub fn greedy() -> Self {
        Self { do_sample: false, ..Self::default() }
    }
}

/// Settings of DRY, which makes a token that would extend a repeat of `n >= allowed_length` tokens less likely by
/// `multiplier * base^(n - allowed_length)` (text-generation-webui pull request 5677).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dry {
    /// Strength; 0 is off.
    pub multiplier: f32,
    /// Growth with the length of the repeat.
    pub base: f32,
    /// Length of a repeat that is still free.
    pub allowed_length: usize,
    /// Texts over which no repeat is counted, such as newlines and names.
    pub breakers: Vec<String>,
}

/// Classifier-free guidance: the next token is drawn from `ln P(against) + scale * (ln P(prompt) - ln P(against))`,
/// so that what the prompt adds to the other context counts more (Sanchez et al. 2023, arXiv 2306.17806, equation 7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guidance {
    /// Strength: 1 is none, 1.2 to 1.5 is usual.
    pub scale: f32,
    /// The other context: the scene with a neutral persona, or with a negative one.
    pub against: Prompt,
}

/// Hard limits on the text of a [`Task::Continue`]. The default has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constraints {
    /// Words and phrases that are never written, in any of their case and space forms.
    pub banned: Vec<String>,
    /// Strings at which the text ends; they are no part of it.
    pub stop: Vec<String>,
    /// Of each group one word or phrase has to be said. A text that would end without one is rolled back to the place
    /// where the word was likeliest, the word is written there, and it goes on from there.
    pub must: Vec<Vec<String>>,
    /// When given, a capitalised word inside a sentence has to be one of these names.
    pub names: Option<KnownNames>,
    /// The text ends with so many sentences outside of quotations; `None` for any number.
    pub sentences: Option<NonZeroUsize>,
    /// When given, the whole text matches it.
    pub pattern: Option<Pattern>,
}

/// What a [`TextGenerator`] says about a request. After `Done` or `Failed` nothing more is said about it.
#[derive(Debug, Clone, PartialEq)]
pub enum GenerationEvent {
    /// The prompt has been fitted and is being read.
    Started {
        /// Where its tokens went.
        bill: Bill,
    },
    /// More text of one candidate: whole characters, none of them part of a stop string.
    Text {
        /// Index of the candidate, below `num_return_sequences`.
        candidate: usize,
        /// The new characters.
        text: String,
    },
    /// A candidate is complete.
    CandidateDone {
        /// Index of the candidate.
        candidate: usize,
        /// Why it ended.
        reason: FinishReason,
        /// Number of tokens that were sampled for it, also those that were taken back.
        tokens: usize,
        /// What had to be mended on the way.
        repairs: Repairs,
    },
    /// The answer to a [`Task::Score`], one score a continuation, in order.
    Scored {
        /// The scores.
        scores: Vec<Score>,
    },
    /// The request is complete.
    Done {
        /// What it cost.
        usage: Usage,
    },
    /// The request cannot be completed.
    Failed(GenerateError),
}

/// How often a text was rolled back while it was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repairs {
    /// Words that had to be said and were written in at the last chance.
    pub forced: usize,
    /// Banned phrases and other dead ends that were backed out of.
    pub rewound: usize,
}

/// Why the text of a candidate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// A stop string was reached.
    Stop,
    /// The model wrote its end-of-text token.
    EndOfText,
    /// `max_new_tokens` were written, or the window is full.
    Length,
    /// Every token was banned: there was no way on.
    DeadEnd,
}

/// How likely a text is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Natural logarithm of the probability of the text after the prompt.
    pub logprob: f32,
    /// The same after the null context, where one was given.
    pub null_logprob: Option<f32>,
    /// Number of tokens in the text.
    pub tokens: usize,
}

/// What a request cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Those of them that did not have to be read, because another request had read them.
    #[serde(default)]
    pub cached_tokens: usize,
    /// Tokens written, over all candidates.
    pub new_tokens: usize,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The parts of the prompt that may not be dropped do not fit.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The model computed NaN or infinite logits: broken weights, or a quantisation that does not suit them.
    #[error(
        "the model computed numbers that are not finite; its weights are damaged or were trained to overflow. Try another copy, or f32 instead of a quantised load"
    )]
    NotFinite,
    /// The settings make no sense together.
    #[error("{0}")]
    Config(String),
    /// The backend failed.
    #[error("the text generator failed: {0}")]
    Backend(String),
}

/// An adapter that a game has read itself: the two files of its folder, in the formats of PEFT. Copies share the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterFiles {
    /// `adapter_config.json`.
    pub config: Arc<[u8]>,
    /// `adapter_model.safetensors`.
    pub weights: Arc<[u8]>,
}

/// Why a prompt that names an adapter is read by the model as it is. Nothing fails for it: a voice is missing, not a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdapterError {
    /// No adapter has this name.
    #[error(
        "no adapter '{name}' is loaded, so the model talks in its own voice. There {}. Correct the name, or put the adapter's folder at adapters/{name} beside the model's weights",
        known_adapters(.known)
    )]
    Unknown {
        /// The name that a prompt gives.
        name: String,
        /// The adapters there are.
        known: Vec<String>,
    },
    /// It could not be loaded.
    #[error("the adapter '{name}' cannot be used, so the model talks in its own voice: {error}")]
    Failed {
        /// Its name.
        name: String,
        /// What is wrong with it, and what to do.
        error: LoadError,
    },
}

impl AdapterError {
    /// Name of the adapter.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown { name, .. } | Self::Failed { name, .. } => name,
        }
    }
}

fn known_adapters(known: &[String]) -> String {
    if known.is_empty() { "are none".to_owned() } else { format!("are: {}", known.join(", ")) }
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// No live request: stepping again does nothing.
    Idle,
    /// There are live requests: step again.
    Working,
}

/// How hard a [`TextGenerator`] may work, so that whoever else needs the machine gets their share of it.
///
/// The default is all threads at a low priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Pace {
    /// At most so many of the generator's threads compute; `None`: all of them.
    pub threads: Option<NonZeroUsize>,
    /// Priority of the threads that compute.
    pub priority: ThreadPriority,
    /// At most so many tokens of a prompt are read in one step; `None`: as many as the generator was set up for.
    pub prefill_chunk: Option<NonZeroUsize>,
}

/// What the operating system thinks of the threads that compute. Later variants get more of a contended core.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreadPriority {
    /// What nobody else wants.
    Lowest,
    /// Less than the game's threads.
    #[default]
    Low,
    /// As much as the game's threads.
    Normal,
}

/// Takes the events of a step.
pub type Sink<'a> = dyn FnMut(RequestId, GenerationEvent) + 'a;

/// Something that writes text in small steps, for many requests at once.
///
/// Text is a function of the model, the prompt, the settings and the seed alone: not of the other requests, not of
/// when a request came in.
pub trait TextGenerator: Send {
    /// Takes a request in. Never computes: that is what [`step`](Self::step) does.
    fn submit(&mut self, id: RequestId, request: GenerationRequest);

    /// Drops a request; nothing more is said about it. Does nothing when it is not live.
    fn cancel(&mut self, id: RequestId);

    /// Does a small piece of work (one decode step of the batch, or one chunk of a prompt) and reports what came of it.
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress;

    /// Whether a request of this priority would start at once.
    fn has_room(&self, priority: Priority) -> bool;

    /// What it is, for a status line: "ember, 4.3 M parameters, 8 bit".
    fn describe(&self) -> String;

    /// Sets how hard it may work, from the next step on. Called between two steps, on the thread that steps, and seldom:
    /// it may take a few milliseconds, to start other threads say. Until it is called a generator works as it was set up.
    ///
    /// A pace never changes what is written, only when. A generator that has no threads of its own ignores it.
    fn set_pace(&mut self, pace: Pace) {
        let _ = pace;
    }

    /// Makes an adapter known under the name by which prompts choose it, in place of the one that had it. What is wrong with
    /// it is among [`take_adapter_errors`](Self::take_adapter_errors).
    fn put_adapter(&mut self, name: &str, files: &AdapterFiles) {
        let _ = (name, files);
    }

    /// Names of the adapters that prompts may choose.
    fn adapters(&self) -> Vec<String> {
        Vec::new()
    }

    /// The adapters that prompts name, or were to name, and that are not there: each is given once, after loading or
    /// after the first step that missed it. A generator without adapters has nothing to say.
    fn take_adapter_errors(&mut self) -> Vec<AdapterError> {
        Vec::new()
    }
}

/// Makes a [`TextGenerator`], on the thread that will drive it. Called again when a generator has to be replaced.
pub trait GeneratorLoader: Send {
    /// Loads, calling `progress` now and then so that whoever waits can show it and look after its own queue.
    ///
    /// # Errors
    /// [`LoadError`] says what is wrong and what to do; loading may be tried again.
    fn load(&mut self, progress: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError>;
}

/// How far loading is.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadProgress {
    /// What is being done: "reading weights".
    pub stage: String,
    /// Share of the work that is done, 0 to 1.
    pub fraction: f32,
}

/// Why a generator could not be loaded. Carries text, so that this crate need not know the backends' errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}. {help}")]
pub struct LoadError {
    /// What went wrong, with the path or the tensor.
    pub what: String,
    /// The likely cause, and what to do.
    pub help: String,
}
