//! Adapters on disk, as PEFT writes them for a GPT-2.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use raconteur_core::generate::AdapterFiles;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Lora, LoraConfig, LoraError, LoraPair, Target, Targets};
use crate::config::Gpt2Config;
use crate::error::Gpt2Error;
use crate::weights::{Bytes, Checkpoint, Part, write_safetensors, write_text};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
/// Stands before a module's name: PEFT's model, the model in it, its stack of blocks.
const PREFIX: &str = "base_model.model.transformer.";

/// `adapter_config.json`, as far as it says something about a plain `LoRA`.
#[derive(Serialize, Deserialize)]
struct Stored {
    peft_type: String,
    #[serde(default)]
    task_type: Option<String>,
    #[serde(default)]
    base_model_name_or_path: Option<String>,
    r: usize,
    lora_alpha: f32,
    #[serde(default)]
    lora_dropout: f32,
    /// Names of modules, or one that stands for several.
    target_modules: Value,
    /// Whether the model's matrices are `[inputs, outputs]`, as those of `Conv1D` are. It says nothing about A and B.
    #[serde(default)]
    fan_in_fan_out: bool,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    bias: Option<String>,
    #[serde(default)]
    inference_mode: bool,
    /// The settings that this crate knows nothing of.
    #[serde(flatten)]
    more: HashMap<String, Value>,
}

impl Stored {
    fn config(&self) -> Result<LoraConfig, LoraError> {
        let wrong = |field: &'static str, found: String, expected: &str| {
            Err(LoraError::Setting { field, found, expected: expected.to_owned() })
        };
        if self.peft_type != "LORA" {
            return wrong("peft_type", self.peft_type.clone(), "LORA");
        }
        match self.bias.as_deref() {
            None | Some("none") => {}
            Some(other) => return wrong("bias", other.to_owned(), "none"),
        }
        // What would change how it is computed. Left out, null, false and empty all mean that it is not used.
        for field in [
            "use_dora",
            "rank_pattern",
            "alpha_pattern",
            "modules_to_save",
            "layers_to_transform",
            "layer_replication",
            "megatron_config",
            "trainable_token_indices",
        ] {
            let used = match self.more.get(field) {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::Array(list)) => !list.is_empty(),
                Some(Value::Object(map)) => !map.is_empty(),
                Some(_) => true,
            };
            if used {
                let found = self.more.get(field).map(Value::to_string).unwrap_or_default();
                return wrong(field, found, "a plain LoRA without it");
            }
        }
        let targets = match &self.target_modules {
            Value::String(name) if name == "all-linear" => Targets::all(),
            Value::String(name) => Targets::named(name)?,
            Value::Array(names) => names.iter().try_fold(Targets::default(), |all, name| {
                let name = name.as_str().ok_or_else(|| LoraError::UnknownTarget { name: name.to_string() })?;
                Ok::<_, LoraError>(all.with(Targets::named(name)?))
            })?,
            other => return Err(LoraError::UnknownTarget { name: other.to_string() }),
        };
        let config = LoraConfig { rank: self.r, alpha: self.lora_alpha, root: self.use_rslora, targets };
        config.check()?;
        Ok(config)
    }
}

impl Lora {
    /// Reads the folder of an adapter for a model of this shape.
    ///
    /// # Errors
    /// A file is missing, cut off or no adapter; it is for another shape; a number in it is not finite; it asks for more
    /// than a plain `LoRA`.
    pub fn load(dir: &Path, model: &Gpt2Config) -> Result<Self, LoraError> {
        let path = dir.join(CONFIG);
        let text = std::fs::read(&path).map_err(|source| Gpt2Error::io(&path, source))?;
        Self::read(&path, &text, &Checkpoint::open_file(dir.join(WEIGHTS))?, model)
    }

    /// The same from the bytes of its files.
    ///
    /// # Errors
    /// As [`load`](Self::load), but for files that are missing.
    pub fn from_files(files: &AdapterFiles, model: &Gpt2Config) -> Result<Self, LoraError> {
        let weights = Checkpoint::from_bytes(PathBuf::from(WEIGHTS), Bytes::Read(Arc::clone(&files.weights)))?;
        Self::read(Path::new(CONFIG), &files.config, &weights, model)
    }

    /// `path` is that of the settings, for errors.
    fn read(path: &Path, settings: &[u8], checkpoint: &Checkpoint, model: &Gpt2Config) -> Result<Self, LoraError> {
        let stored: Stored = serde_json::from_slice(settings).map_err(|error| Gpt2Error::damaged(path, error))?;
        let config = stored.config()?;
        let mut expected = Vec::new();
        let mut layers = Vec::with_capacity(model.n_layer);
        for layer in 0..model.n_layer {
            let mut pairs = [const { None }; Target::ALL.len()];
            for target in config.targets.iter() {
                let (inputs, outputs) = target.shape(model);
                let mut read = |which: &str, shape: [usize; 2]| {
                    let name = format!("{PREFIX}{}.{which}.weight", target.module(layer));
                    let mut numbers = vec![0.0; shape[0] * shape[1]];
                    let result = checkpoint.tensor(&name, &shape).and_then(|tensor| tensor.read(0, &mut numbers));
                    expected.push(name);
                    result.map_err(of_adapter)?;
                    Ok::<_, LoraError>(numbers)
                };
                let a = read("lora_A", [config.rank, inputs])?;
                let b = read("lora_B", [outputs, config.rank])?;
                pairs[target as usize] = Some(LoraPair { a, b });
            }
            layers.push(pairs);
        }
        // What stands in the file and would be left out changes the voice without a word.
        let mut names: Vec<&str> = checkpoint.names().collect();
        names.sort_unstable();
        match names.into_iter().find(|name| !expected.iter().any(|known| known == name)) {
            Some(name) if layer_of(name).is_some_and(|layer| layer >= model.n_layer) => Err(LoraError::WrongBase {
                what: format!("the layer of '{name}'"),
                found: vec![layer_of(name).unwrap_or_default() + 1],
                expected: vec![model.n_layer],
            }),
            Some(name) => Err(LoraError::UnknownTarget { name: name.to_owned() }),
            None => Ok(Self { config, layers }),
        }
    }

    /// Writes the folder of an adapter, in f32; `base` is the name of the model that it belongs to. Each file is written
    /// beside its place and then takes it.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn save(&self, dir: &Path, base: &str) -> Result<(), LoraError> {
        std::fs::create_dir_all(dir).map_err(|source| Gpt2Error::Write { path: dir.to_owned(), source })?;
        let rank = self.config.rank;
        let mut parts = Vec::new();
        let mut matrices: Vec<&[f32]> = Vec::new();
        for (layer, target) in (0..self.layers()).flat_map(|layer| Target::ALL.map(|target| (layer, target))) {
            let Some(pair) = self.pair(layer, target) else { continue };
            let sides = [
                ("lora_A", &pair.a, vec![rank, pair.a.len() / rank]),
                ("lora_B", &pair.b, vec![pair.b.len() / rank, rank]),
            ];
            for (which, numbers, shape) in sides {
                let name = format!("{PREFIX}{}.{which}.weight", target.module(layer));
                parts.push(Part { name, dtype: "F32", shape, len: size_of_val(&numbers[..]) as u64 });
                matrices.push(numbers);
            }
        }
        // transformers and PEFT refuse a file that does not say so.
        let metadata = [("format", "pt".to_owned())];
        write_safetensors(&dir.join(WEIGHTS), &metadata, &parts, &mut |index, file| {
            matrices[index].iter().try_for_each(|x| file.put(&x.to_le_bytes()))
        })?;
        let names: Vec<&str> = self.config.targets.iter().map(Target::name).collect();
        let stored = Stored {
            peft_type: "LORA".into(),
            task_type: Some("CAUSAL_LM".into()),
            base_model_name_or_path: Some(base.to_owned()),
            r: rank,
            lora_alpha: self.config.alpha,
            lora_dropout: 0.0,
            target_modules: names.into(),
            fan_in_fan_out: true,
            use_rslora: self.config.root,
            bias: Some("none".into()),
            inference_mode: true,
            more: HashMap::new(),
        };
        let path = dir.join(CONFIG);
        let text = serde_json::to_string_pretty(&stored)
            .map_err(|error| Gpt2Error::Write { path: path.clone(), source: error.into() })?;
        Ok(write_text(&path, &text)?)
    }
}

/// The number behind `h.` in the name of a tensor.
fn layer_of(name: &str) -> Option<usize> {
    name.split_once(".h.")?.1.split('.').next()?.parse().ok()
}

/// What a tensor's error means when the file is an adapter.
fn of_adapter(error: Gpt2Error) -> LoraError {
    match error {
        Gpt2Error::Shape { tensor, found, expected, .. } => LoraError::WrongBase { what: tensor, found, expected },
        Gpt2Error::MissingTensor { tensor, expected, .. } => {
            LoraError::WrongBase { what: tensor, found: Vec::new(), expected }
        }
        Gpt2Error::NotFinite { tensor, .. } => LoraError::NotFinite { what: tensor },
        error => error.into(),
    }
}
