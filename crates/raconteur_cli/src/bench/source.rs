//! What is measured: the weights of a folder, or random ones of a published shape.

use std::path::PathBuf;
use std::time::Instant;

use raconteur_core::generate::GenerationConfig;
use raconteur_gpt2::config::Gpt2Config;
pub use raconteur_gpt2::config::PublishedShape as Shape;
use raconteur_gpt2::device::ModelDevice;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::memory::{MemoryEstimate, available};
use raconteur_gpt2::model::{Gpt2, LoadOptions};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::reference::{CandleGpt2, Device};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

use super::memory;
use super::report::Load;
use super::writer::{CandleWriter, GeneratorWriter, Writer};
use crate::error::CliError;

/// Where the weights come from.
pub enum Source {
    Folder(PathBuf),
    Shape(Shape),
}

/// A model that is loaded, and what it takes.
pub struct Subject {
    /// The model without the number format: "ember", "random 124M".
    pub name: String,
    pub writer: Box<dyn Writer>,
    /// Threads that compute.
    pub threads: usize,
    pub weights_bytes: u64,
    /// Keys and values of one token of one sequence, as [`MemoryEstimate`] says.
    pub kv_bytes_per_token: u64,
    pub load: Load,
}

impl Source {
    /// The shape.
    pub fn config(&self) -> Result<Gpt2Config, CliError> {
        match self {
            Self::Folder(dir) => Gpt2Config::load(dir).map_err(CliError::failed),
            Self::Shape(shape) => Ok(shape.config()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Folder(dir) => {
                dir.file_name().map_or_else(|| "gpt2".into(), |name| name.to_string_lossy().into_owned())
            }
            Self::Shape(shape) => format!("random {shape}"),
        }
    }

    /// Loads it.
    pub fn open(
        &self,
        quantization: Quantization,
        device: ModelDevice,
        options: GeneratorOptions,
        sampling: GenerationConfig,
    ) -> Result<Subject, CliError> {
        let peak_reset = memory::reset_peak();
        let begin = Instant::now();
        let estimate = MemoryEstimate::new(&self.config()?, quantization);
        let (writer, threads, weights_bytes): (Box<dyn Writer>, _, _) = match device {
            ModelDevice::Cpu => {
                let (model, tokenizer) = self.own(quantization)?;
                let bytes = model.bytes();
                let generator = Gpt2Generator::new(model, tokenizer, options).map_err(CliError::failed)?;
                let threads = generator.threads();
                (Box::new(GeneratorWriter::new(generator, sampling)), threads, bytes)
            }
            _ => {
                let model = self.candle(device)?;
                let threads = Threads::new(threads_or_default(options.threads)).map_err(CliError::failed)?;
                // candle splits its work by rayon, which then has all of them.
                threads.set_active(1);
                let count = threads.count();
                let told = std::env::var("RAYON_NUM_THREADS").ok();
                if device == ModelDevice::Candle && told != Some(count.to_string()) {
                    eprintln!(
                        "warning: candle computes on as many threads as RAYON_NUM_THREADS says; set it to {count}"
                    );
                }
                let writer = CandleWriter::new(model, threads, options.prefill_chunk, sampling)?;
                (Box::new(writer), count, estimate.weights)
            }
        };
        let seconds = matches!(self, Self::Folder(_)).then(|| begin.elapsed().as_secs_f64());
        let load =
            Load { seconds, rss_bytes: memory::resident(), peak_rss_bytes: memory::peak().filter(|_| peak_reset) };
        let kv_bytes_per_token = estimate.cache_per_token;
        Ok(Subject { name: self.name(), writer, threads, weights_bytes, kv_bytes_per_token, load })
    }

    /// On the own kernels. A shape has no tokenizer.
    fn own(&self, quantization: Quantization) -> Result<(Gpt2, Option<Gpt2Tokenizer>), CliError> {
        let load = LoadOptions { quantization, ..LoadOptions::default() };
        // Loading takes all cores; how many compute later is the generator's affair.
        let threads = Threads::new(0).map_err(CliError::failed)?;
        match self {
            Self::Folder(dir) => {
                let model = threads.run(|| Gpt2::load(dir, &load, &mut |_| {})).map_err(CliError::failed)?;
                // A folder without one is measured in tokens alone.
                Ok((model, Gpt2Tokenizer::load(dir).ok()))
            }
            Self::Shape(shape) => {
                let model = threads.run(|| Gpt2::random(shape.config(), &load, 1)).map_err(CliError::failed)?;
                Ok((model, None))
            }
        }
    }

    fn candle(&self, device: ModelDevice) -> Result<CandleGpt2, CliError> {
        let device = match device {
            ModelDevice::Cuda(number) => Device::new_cuda(number).map_err(CliError::failed)?,
            ModelDevice::Metal(number) => Device::new_metal(number).map_err(CliError::failed)?,
            _ => Device::Cpu,
        };
        let model = match self {
            Self::Folder(dir) => CandleGpt2::load(dir, &device, available(), &mut |_| {}),
            Self::Shape(shape) => CandleGpt2::random(shape.config(), &device, 1),
        };
        model.map_err(CliError::failed)
    }
}

/// As the generator reads the setting: 0 leaves one core to the game.
fn threads_or_default(setting: usize) -> usize {
    match setting {
        0 => std::thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).max(1)),
        count => count,
    }
}
