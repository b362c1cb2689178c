//! Making a model: from a checkpoint, or with random weights of a given shape.

use std::path::Path;
use std::sync::OnceLock;

use raconteur_core::generate::LoadProgress;

use super::{Block, Gpt2, LayerNorm};
use crate::arithmetic::LANES;
use crate::config::Gpt2Config;
use crate::device::ModelDevice;
use crate::error::Gpt2Error;
use crate::kv::{KvFormat, KvShape, Pages};
use crate::linear::Linear;
use crate::memory::{MemoryEstimate, available};
use crate::quantize::Quantization;
use crate::weights::{Checkpoint, Layout, Stored};

/// How a model is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOptions {
    /// Format of the matrices in memory. **Default** `Q8_0`.
    pub quantization: Quantization,
    /// Refuse a model that would take more than this many bytes with one full sequence; none: never refuse.
    /// On a GPU it does not hold: the driver knows. **Default** what is free right now, where the system tells (Linux).
    pub memory_limit: Option<u64>,
    /// Format of keys and values; none: f32 for f32 weights, else 8 bits. **Default** none.
    pub kv: Option<KvFormat>,
    /// What computes the model; all but `Cpu` hold it in f32, whatever `quantization` says. **Default** `Cpu`.
    pub device: ModelDevice,
}

impl LoadOptions {
    /// Format of keys and values.
    pub(crate) fn kv_format(&self) -> KvFormat {
        let natural = if self.quantization == Quantization::None { KvFormat::F32 } else { KvFormat::Q8 };
        self.kv.unwrap_or(natural)
    }
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { quantization: Quantization::default(), memory_limit: available(), kv: None, device: ModelDevice::Cpu }
    }
}

/// Where weights come from.
pub(crate) enum Source {
    Checkpoint(Checkpoint),
    /// Even noise; the number starts it.
    Random(u64),
}

impl Source {
    /// A tensor that is no matrix, or the numbers of a matrix in a checkpoint as they are stored.
    pub fn vector(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Gpt2Error> {
        let mut out = vec![0.0; shape.iter().product()];
        match self {
            Self::Checkpoint(checkpoint) => checkpoint.tensor(name, shape)?.read(0, &mut out)?,
            Self::Random(seed) => {
                // Norms start near 1, as trained ones do: with weights around 0 nothing would come through.
                let key = noise_key(*seed, name);
                let centre = if name.contains("ln_") && name.ends_with("weight") { 1.0 } else { 0.0 };
                for (i, x) in out.iter_mut().enumerate() {
                    *x = centre + noise(key, i);
                }
            }
        }
        Ok(out)
    }
}

/// Number of tensors that a model of this shape has.
pub(crate) fn tensor_count(config: &Gpt2Config) -> usize {
    5 + 12 * config.n_layer - usize::from(config.tie_word_embeddings)
}

/// The last part of a folder's path: what a model is called.
pub(crate) fn model_name(dir: &Path) -> String {
    let name = if dir.is_file() { dir.file_stem() } else { dir.file_name() };
    name.map_or_else(|| "gpt2".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Takes tensors one by one and tells how far it is.
struct Loader<'a> {
    source: Source,
    quantization: Quantization,
    progress: &'a mut dyn FnMut(LoadProgress),
    done: usize,
    all: usize,
}

impl Gpt2 {
    /// Loads a Hugging Face folder, on the threads of the current rayon pool. `progress` is called after every tensor.
    ///
    /// Where the folder holds a file that was [rounded ahead of time](crate::weights::packed) to
    /// [`quantization`](LoadOptions::quantization), that is taken as it is; it gives the same bits as rounding now.
    ///
    /// Tensors are converted one at a time from the mapped files: memory never holds more than the finished model and
    /// a few panels.
    ///
    /// # Errors
    /// Everything that [`Gpt2Error`] says about files, shapes, numbers and memory. Loading may be tried again.
    pub fn load(dir: &Path, options: &LoadOptions, progress: &mut dyn FnMut(LoadProgress)) -> Result<Self, Gpt2Error> {
        own_kernels(options)?;
        let config = Gpt2Config::load(dir)?;
        let checkpoint = Checkpoint::open_for(dir, options.quantization)?;
        MemoryEstimate::with_kv(&config, options.quantization, options.kv_format()).check(options.memory_limit)?;
        Self::build(config, model_name(dir), options, Source::Checkpoint(checkpoint), progress)
    }

    /// A model of a given shape with random weights, for tests and measurements. The same seed gives the same weights.
    ///
    /// # Errors
    /// The configuration is impossible or the model does not fit into memory.
    pub fn random(config: Gpt2Config, options: &LoadOptions, seed: u64) -> Result<Self, Gpt2Error> {
        own_kernels(options)?;
        config.validate()?;
        MemoryEstimate::with_kv(&config, options.quantization, options.kv_format()).check(options.memory_limit)?;
        Self::build(config, "random".into(), options, Source::Random(seed), &mut |_| {})
    }

    fn build(
        config: Gpt2Config,
        name: String,
        options: &LoadOptions,
        source: Source,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, Gpt2Error> {
        let (quantization, kv) = (options.quantization, options.kv_format());
        let all = tensor_count(&config);
        let mut loader = Loader { source, quantization, progress, done: 0, all };
        let (width, inner, vocabulary) = (config.n_embd, config.inner(), config.vocab_size);
        let epsilon = config.layer_norm_epsilon as f32;

        let head_format = quantization.of_head();
        let wte = loader.matrix("wte.weight", Layout::OutputsFirst, width, vocabulary, head_format, None)?;
        let wpe = loader.vector("wpe.weight", &[config.n_positions, width])?;
        let mut h = Vec::with_capacity(config.n_layer);
        for layer in 0..config.n_layer {
            h.push(Block {
                ln_1: loader.norm(&format!("h.{layer}.ln_1"), width, epsilon)?,
                attn_c_attn: loader.linear(&format!("h.{layer}.attn.c_attn"), width, 3 * width)?,
                attn_c_proj: loader.linear(&format!("h.{layer}.attn.c_proj"), width, width)?,
                ln_2: loader.norm(&format!("h.{layer}.ln_2"), width, epsilon)?,
                mlp_c_fc: loader.linear(&format!("h.{layer}.mlp.c_fc"), width, inner)?,
                mlp_c_proj: loader.linear(&format!("h.{layer}.mlp.c_proj"), inner, width)?,
            });
        }
        let ln_f = loader.norm("ln_f", width, epsilon)?;
        let (wte, lm_head) = if config.tie_word_embeddings {
            (None, wte)
        } else {
            (Some(wte), loader.matrix("lm_head.weight", Layout::OutputsFirst, width, vocabulary, head_format, None)?)
        };
        let pages = Pages::new(KvShape::new(&config, kv));
        let fingerprint = OnceLock::new();
        Ok(Self { config, name, quantization, wte, wpe, h, ln_f, lm_head, pages, fingerprint })
    }
}

/// An option must not be overlooked in silence.
fn own_kernels(options: &LoadOptions) -> Result<(), Gpt2Error> {
    match options.device {
        ModelDevice::Cpu => Ok(()),
        device => Err(Gpt2Error::OwnKernels { device }),
    }
}

impl Loader<'_> {
    fn norm(&mut self, name: &str, width: usize, epsilon: f32) -> Result<LayerNorm, Gpt2Error> {
        Ok(LayerNorm {
            weight: self.vector(&format!("{name}.weight"), &[width])?,
            bias: self.vector(&format!("{name}.bias"), &[width])?,
            epsilon,
        })
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<Linear, Gpt2Error> {
        let bias = self.vector(&format!("{name}.bias"), &[outputs])?;
        let format = self.quantization;
        self.matrix(&format!("{name}.weight"), Layout::InputsFirst, inputs, outputs, format, Some(bias))
    }

    fn vector(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Gpt2Error> {
        let out = self.source.vector(name, shape)?;
        self.report();
        Ok(out)
    }

    fn matrix(
        &mut self,
        name: &str,
        layout: Layout,
        inputs: usize,
        outputs: usize,
        format: Quantization,
        bias: Option<Vec<f32>>,
    ) -> Result<Linear, Gpt2Error> {
        let linear = match &self.source {
            Source::Checkpoint(checkpoint) => {
                let shape = match layout {
                    Layout::InputsFirst => [inputs, outputs],
                    Layout::OutputsFirst => [outputs, inputs],
                };
                let view = checkpoint.tensor(name, &shape)?;
                if view.stored() == Stored::Packed(format) {
                    Linear::packed(inputs, outputs, format, &view, bias)?
                } else {
                    let fill = |first: usize, panel: &mut [f32]| view.read_panel(first, panel);
                    Linear::new(inputs, outputs, format, &fill, bias)?
                }
            }
            Source::Random(seed) => {
                let key = noise_key(*seed, name);
                let fill = |first: usize, panel: &mut [f32]| {
                    for (i, x) in panel.iter_mut().enumerate() {
                        let (input, output) = (i / LANES, first + i % LANES);
                        *x = if output < outputs { noise(key, input * outputs + output) } else { 0.0 };
                    }
                    Ok(())
                };
                Linear::new(inputs, outputs, format, &fill, bias)?
            }
        };
        self.report();
        Ok(linear)
    }

    fn report(&mut self) {
        self.done += 1;
        let fraction = self.done as f32 / self.all as f32;
        (self.progress)(LoadProgress { stage: "reading weights".into(), fraction });
    }
}

/// What tells the noise of a tensor from that of others.
pub(crate) fn noise_key(seed: u64, name: &str) -> u64 {
    let name = name.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    seed ^ name.rotate_left(32)
}

/// Even noise in `[-0.1, 0.1)`: `SplitMix64` (Steele, Lea and Flood, 2014) of a [key](noise_key) and the place.
pub(crate) fn noise(key: u64, place: usize) -> f32 {
    let mut z = key.wrapping_add((place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 23) as f32 * 0.1 - 0.1
}
