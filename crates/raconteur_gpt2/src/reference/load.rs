//! Making the reference: from a checkpoint, or with random weights of a given shape, on any device.

use std::path::Path;

use candle_core::{Device, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear};
use raconteur_core::generate::LoadProgress;

use super::{Attention, Block, CandleGpt2, Mlp, failed};
use crate::config::Gpt2Config;
use crate::device::ModelDevice;
use crate::error::Gpt2Error;
use crate::memory::MemoryEstimate;
use crate::model::load::{Source, model_name, noise, noise_key, tensor_count};
use crate::quantize::Quantization;
use crate::weights::{Checkpoint, Layout};

impl CandleGpt2 {
    /// Loads a Hugging Face folder onto a device. `memory_limit` holds on the CPU, as in
    /// [`LoadOptions`](crate::model::LoadOptions). `progress` is called after every tensor.
    ///
    /// # Errors
    /// Everything that [`Gpt2Error`] says about files, shapes, numbers and memory, and what candle says.
    pub fn load(
        dir: &Path,
        device: &Device,
        memory_limit: Option<u64>,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, Gpt2Error> {
        let config = Gpt2Config::load(dir)?;
        let source = Source::Checkpoint(Checkpoint::open(dir)?);
        if device.is_cpu() {
            MemoryEstimate::new(&config, Quantization::None).check(memory_limit)?;
        }
        Self::build(config, model_name(dir), device, &source, progress)
    }

    /// The same random weights as [`Gpt2::random`](crate::model::Gpt2::random), for tests and measurements.
    ///
    /// # Errors
    /// The configuration is impossible, or what candle says.
    pub fn random(config: Gpt2Config, device: &Device, seed: u64) -> Result<Self, Gpt2Error> {
        config.validate()?;
        Self::build(config, "random".into(), device, &Source::Random(seed), &mut |_| {})
    }

    fn build(
        config: Gpt2Config,
        name: String,
        device: &Device,
        source: &Source,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Self, Gpt2Error> {
        let all = tensor_count(&config);
        let mut loader = Loader { source, device, progress, done: 0, all };
        let (width, inner, vocabulary) = (config.n_embd, config.inner(), config.vocab_size);
        let epsilon = config.layer_norm_epsilon;

        let wte = loader.matrix("wte.weight", Layout::OutputsFirst, width, vocabulary)?;
        let wpe = loader.tensor("wpe.weight", &[config.n_positions, width])?;
        let mut h = Vec::with_capacity(config.n_layer);
        for layer in 0..config.n_layer {
            h.push(Block {
                ln_1: loader.norm(&format!("h.{layer}.ln_1"), width, epsilon)?,
                attn: Attention {
                    c_attn: loader.conv1d(&format!("h.{layer}.attn.c_attn"), width, 3 * width)?,
                    c_proj: loader.conv1d(&format!("h.{layer}.attn.c_proj"), width, width)?,
                    heads: config.n_head,
                    scale: f64::from(config.attention_scale(layer)),
                },
                ln_2: loader.norm(&format!("h.{layer}.ln_2"), width, epsilon)?,
                mlp: Mlp {
                    c_fc: loader.conv1d(&format!("h.{layer}.mlp.c_fc"), width, inner)?,
                    c_proj: loader.conv1d(&format!("h.{layer}.mlp.c_proj"), inner, width)?,
                    activation: config.activation_function,
                },
            });
        }
        let ln_f = loader.norm("ln_f", width, epsilon)?;
        let lm_head = if config.tie_word_embeddings {
            wte.clone()
        } else {
            loader.matrix("lm_head.weight", Layout::OutputsFirst, width, vocabulary)?
        };
        let (wte, wpe) = (Embedding::new(wte, width), Embedding::new(wpe, width));
        Ok(Self { config, name, device: device.clone(), wte, wpe, h, ln_f, lm_head: Linear::new(lm_head, None) })
    }
}

/// Brings tensors to the device one by one and tells how far it is.
struct Loader<'a> {
    source: &'a Source,
    device: &'a Device,
    progress: &'a mut dyn FnMut(LoadProgress),
    done: usize,
    all: usize,
}

impl Loader<'_> {
    fn norm(&mut self, name: &str, width: usize, epsilon: f64) -> Result<LayerNorm, Gpt2Error> {
        let weight = self.tensor(&format!("{name}.weight"), &[width])?;
        let bias = self.tensor(&format!("{name}.bias"), &[width])?;
        Ok(LayerNorm::new(weight, bias, epsilon))
    }

    /// A linear layer as checkpoints of GPT-2 have it, with the weight as `[inputs, outputs]`: candle wants it transposed.
    fn conv1d(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<Linear, Gpt2Error> {
        let bias = self.tensor(&format!("{name}.bias"), &[outputs])?;
        let weight = self.matrix(&format!("{name}.weight"), Layout::InputsFirst, inputs, outputs)?;
        Ok(Linear::new(weight.t().map_err(failed)?, Some(bias)))
    }

    fn matrix(&mut self, name: &str, layout: Layout, inputs: usize, outputs: usize) -> Result<Tensor, Gpt2Error> {
        match (layout, self.source) {
            (Layout::InputsFirst, _) => self.tensor(name, &[inputs, outputs]),
            (Layout::OutputsFirst, Source::Checkpoint(_)) => self.tensor(name, &[outputs, inputs]),
            (Layout::OutputsFirst, Source::Random(seed)) => {
                let places = (0..outputs).flat_map(|output| (0..inputs).map(move |input| input * outputs + output));
                let numbers: Vec<f32> = places.map(|place| noise(noise_key(*seed, name), place)).collect();
                self.put(numbers, &[outputs, inputs])
            }
        }
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, Gpt2Error> {
        let numbers = self.source.vector(name, shape)?;
        self.put(numbers, shape)
    }

    fn put(&mut self, numbers: Vec<f32>, shape: &[usize]) -> Result<Tensor, Gpt2Error> {
        let tensor = Tensor::from_vec(numbers, shape, self.device).map_err(failed)?;
        self.done += 1;
        let fraction = self.done as f32 / self.all as f32;
        (self.progress)(LoadProgress { stage: "reading weights".into(), fraction });
        Ok(tensor)
    }
}

/// Opens a device of candle; the own kernels have none.
pub(crate) fn open(device: ModelDevice) -> Result<Option<Device>, Gpt2Error> {
    if let Some(feature) = device.missing_feature() {
        return Err(Gpt2Error::DeviceFeature { device, feature });
    }
    Ok(match device {
        ModelDevice::Cpu => None,
        ModelDevice::Candle => Some(Device::Cpu),
        ModelDevice::Cuda(number) => Some(Device::new_cuda(number).map_err(failed)?),
        ModelDevice::Metal(number) => Some(Device::new_metal(number).map_err(failed)?),
    })
}
