//! What is measured: the weights of a folder, or random ones of a published shape.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

use raconteur_core::generate::GenerationConfig;
use raconteur_gpt2::config::Gpt2Config;
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

/// A published size of GPT-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Distil,
    Small,
    Medium,
    Large,
    Xl,
}

/// Names on the command line, and names of the checkpoints.
const SHAPES: [(Shape, &str, &str); 5] = [
    (Shape::Distil, "distilgpt2", "distilgpt2"),
    (Shape::Small, "124M", "gpt2"),
    (Shape::Medium, "355M", "gpt2-medium"),
    (Shape::Large, "774M", "gpt2-large"),
    (Shape::Xl, "1.5B", "gpt2-xl"),
];

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        let found = SHAPES.iter().find(|(_, size, name)| is(size) || is(name));
        let names = SHAPES.map(|(_, size, _)| size).join(", ");
        found.map(|&(shape, ..)| shape).ok_or_else(|| format!("'{text}' is no published shape: {names} are"))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPES.iter().find(|(shape, ..)| shape == self).map_or("", |&(_, size, _)| size))
    }
}

impl Shape {
    fn config(self) -> Gpt2Config {
        match self {
            Self::Distil => Gpt2Config::distilgpt2(),
            Self::Small => Gpt2Config::gpt2(),
            Self::Medium => Gpt2Config::gpt2_medium(),
            Self::Large => Gpt2Config::gpt2_large(),
            Self::Xl => Gpt2Config::gpt2_xl(),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_two_names_and_the_published_sizes() {
        for (shape, size, name) in SHAPES {
            assert_eq!((size.parse(), name.parse(), size.to_lowercase().parse()), (Ok(shape), Ok(shape), Ok(shape)));
        }
        let millions = SHAPES.map(|(shape, ..)| shape.config().parameters() / 1_000_000);
        assert_eq!(millions, [81, 124, 354, 774, 1557]);
        let error = "7B".parse::<Shape>().unwrap_err();
        assert!(SHAPES.iter().all(|(_, size, _)| error.contains(size)), "{error}");
    }
}
