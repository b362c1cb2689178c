//! [`Gpt2Loader`]: from a folder to a warm [`Gpt2Generator`].

use std::path::PathBuf;
use std::sync::mpsc;

use raconteur_core::generate::{GeneratorLoader, LoadError, LoadProgress, TextGenerator};

use crate::device::ModelDevice;
use crate::error::Gpt2Error;
use crate::generator::{GeneratorOptions, Gpt2Generator, LanguageModel, thread_count};
use crate::model::{Gpt2, LoadOptions};
use crate::parallel::Threads;
use crate::quantize::Quantization;
#[cfg(feature = "candle")]
use crate::reference::CandleGpt2;
use crate::tokenizer::Gpt2Tokenizer;
use crate::weights::packed;

/// Share of the loading time that is not reading and quantising weights: the tokenizer, and the first pass.
const WARM_UP: f32 = 0.05;

/// Loads a Hugging Face folder, as often as it is asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpt2Loader {
    /// The folder: `config.json`, weights and tokenizer. Or a GGUF file.
    pub dir: PathBuf,
    /// Number format, memory limit and device.
    pub load: LoadOptions,
    /// Batch, chunk and threads.
    pub generator: GeneratorOptions,
    /// Adapters that prompts may name, beside those that lie in the folder `adapters` of the model: each is a folder, and
    /// its name is that of the adapter. Of two with the same name, that of this list counts.
    pub adapters: Vec<AdapterFolder>,
}

/// An adapter on disk; see [`lora`](crate::lora) for what lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterFolder {
    /// The name by which prompts choose it.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
}

impl Gpt2Loader {
    /// A loader with default options.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            load: LoadOptions::default(),
            generator: GeneratorOptions::default(),
            adapters: Vec::new(),
        }
    }

    /// Loads as [`GeneratorLoader::load`] does, but gives the generator itself, and takes a folder without a tokenizer:
    /// the generator then takes tokens only, and its texts are empty.
    ///
    /// # Errors
    /// What [`Gpt2Error`] says about files, shapes, numbers and memory.
    pub fn load_generator(
        &self,
        tokenizer: TokenizerFiles,
        progress: &mut dyn FnMut(LoadProgress),
    ) -> Result<Gpt2Generator, LoadError> {
        let stage = |stage: &str, fraction: f32| LoadProgress { stage: stage.into(), fraction };
        let LoadOptions { device, quantization, .. } = self.load;
        if let Some(feature) = device.missing_feature() {
            return Err(Gpt2Error::DeviceFeature { device, feature }.into());
        }
        progress(stage("reading weights", 0.0));
        // First what takes no time, so that a wrong folder is known at once.
        let tokenizer = match tokenizer {
            TokenizerFiles::Optional if !Gpt2Tokenizer::is_in(&self.dir) => None,
            _ => Some(Gpt2Tokenizer::load(&self.dir)?),
        };
        let threads = Threads::new(thread_count(self.generator.threads))?;
        // Tensors are quantised as they are read: it is one stage, named after what takes the time.
        let f32 = quantization == Quantization::None || device != ModelDevice::Cpu;
        let rounded = packed::find(&self.dir, quantization).is_some();
        let name = if f32 || rounded { "reading weights" } else { "quantising" };
        let model = self.load_model(&threads, &mut |fraction| progress(stage(name, fraction * (1.0 - WARM_UP))))?;
        progress(stage("warming up", 1.0 - WARM_UP));
        let mut generator = Gpt2Generator::on_threads(model, tokenizer, self.generator.clone(), threads)?;
        generator.warm_up().map_err(|error| LoadError {
            what: format!("the model in {} cannot be run: {error}", self.dir.display()),
            help: "Use another copy of it, or load it without quantisation".into(),
        })?;
        for AdapterFolder { name, dir } in self.beside()?.iter().chain(&self.adapters) {
            // One that cannot be used is told by the generator, and the model talks without it.
            drop(generator.load_adapter(name, dir));
        }
        progress(stage("ready", 1.0));
        Ok(generator)
    }

    /// The adapters that lie beside the model and have no namesake in the list, in alphabetical order.
    fn beside(&self) -> Result<Vec<AdapterFolder>, Gpt2Error> {
        let folder = self.dir.join("adapters");
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let failed = |source| Gpt2Error::io(&folder, source);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let dir = entry.map_err(failed)?.path();
            let Some(name) = dir.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
            if dir.is_dir() && !self.adapters.iter().any(|other| other.name == name) {
                found.push(AdapterFolder { name, dir });
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Loads on `threads`, and tells here how far it is: `progress` need not be `Send`.
    fn load_model(
        &self,
        threads: &Threads,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Box<dyn LanguageModel>, Gpt2Error> {
        let (send, receive) = mpsc::channel();
        std::thread::scope(|scope| {
            let mut report = move |part: LoadProgress| {
                // Nobody listens any more only when this thread unwinds.
                let _ = send.send(part.fraction);
            };
            let loading = scope.spawn(move || threads.run(|| self.load_here(&mut report)));
            for fraction in receive {
                progress(fraction);
            }
            loading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Gpt2Loader {
    #[cfg(feature = "candle")]
    fn load_here(&self, report: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn LanguageModel>, Gpt2Error> {
        Ok(match crate::reference::open(self.load.device)? {
            None => Box::new(Gpt2::load(&self.dir, &self.load, report)?),
            Some(device) => Box::new(CandleGpt2::load(&self.dir, &device, self.load.memory_limit, report)?),
        })
    }

    #[cfg(not(feature = "candle"))]
    fn load_here(&self, report: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn LanguageModel>, Gpt2Error> {
        Ok(Box::new(Gpt2::load(&self.dir, &self.load, report)?))
    }
}

impl GeneratorLoader for Gpt2Loader {
    fn load(&mut self, progress: &mut dyn FnMut(LoadProgress)) -> Result<Box<dyn TextGenerator>, LoadError> {
        Ok(Box::new(self.load_generator(TokenizerFiles::Required, progress)?))
    }
}

/// Whether a folder may come without a tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenizerFiles {
    /// Without one it is an error.
    Required,
    /// Without one only tokens go in and come out.
    Optional,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn ember() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember")
    }

    #[test]
    fn tells_its_stages_and_loads_again() {
        let mut loader = Gpt2Loader::new(ember());
        // Beside the weights lie the same in 8 bits.
        for _ in 0..2 {
            assert_eq!(stages(&mut loader), ["reading weights", "warming up", "ready"]);
        }
        let dir = tempfile::tempdir().unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            std::fs::copy(ember().join(file), dir.path().join(file)).unwrap();
        }
        let all = ["reading weights", "quantising", "warming up", "ready"];
        assert_eq!(stages(&mut Gpt2Loader::new(dir.path())), all);
    }

    fn stages(loader: &mut Gpt2Loader) -> Vec<String> {
        let mut told: Vec<LoadProgress> = Vec::new();
        let generator = loader.load(&mut |progress| told.push(progress)).unwrap();
        assert!(generator.describe().contains("4.3 M parameters"), "{}", generator.describe());
        assert!(told.windows(2).all(|pair| pair[0].fraction <= pair[1].fraction));
        assert_eq!(told.last().unwrap().fraction, 1.0);
        let mut stages: Vec<String> = told.into_iter().map(|progress| progress.stage).collect();
        stages.dedup();
        stages
    }

    #[test]
    fn a_failure_says_what_to_do_and_a_second_try_works() {
        let dir = tempfile::tempdir().unwrap();
        // A path with a blank, a Turkish letter and CJK.
        let dir = dir.path().join("bir şey 模型");
        std::fs::create_dir(&dir).unwrap();
        let mut loader = Gpt2Loader::new(&dir);
        let error = loader.load(&mut |_| {}).err().unwrap();
        assert!(error.what.contains("模型") && !error.help.is_empty(), "{error}");
        for file in std::fs::read_dir(ember()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), dir.join(file.file_name())).unwrap();
        }
        assert!(loader.load(&mut |_| {}).is_ok());
    }
}
