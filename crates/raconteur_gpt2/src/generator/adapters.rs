//! The adapters that requests may name, and what is said when one is not there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use raconteur_core::generate::{AdapterError, AdapterFiles, LoadError};

use super::Gpt2Generator;
use crate::lora::{Adapter, Lora, LoraError};

/// Adapters by name, those that could not be loaded included.
#[derive(Debug, Default)]
pub(super) struct Adapters {
    table: BTreeMap<String, Result<Arc<Adapter>, AdapterError>>,
    /// What nobody has been told.
    news: Vec<AdapterError>,
    /// Names that are in no table and that somebody has been told of.
    unknown: Vec<String>,
}

impl Adapters {
    /// The adapter of a prompt. One that is not there is reported once, and the model itself talks.
    pub fn find(&mut self, name: Option<&str>) -> Option<Arc<Adapter>> {
        let name = name?;
        match self.table.get(name) {
            Some(Ok(adapter)) => return Some(Arc::clone(adapter)),
            // That was told when it was loaded.
            Some(Err(_)) => return None,
            None => {}
        }
        if !self.unknown.iter().any(|told| told == name) {
            self.unknown.push(name.to_owned());
            self.news.push(AdapterError::Unknown { name: name.to_owned(), known: self.names() });
        }
        None
    }

    fn put(&mut self, name: &str, adapter: Result<Arc<Adapter>, AdapterError>) {
        if let Err(error) = &adapter {
            self.news.push(error.clone());
        }
        self.unknown.retain(|told| told != name);
        self.table.insert(name.to_owned(), adapter);
    }

    /// Names of those that can be used, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.table.iter().filter(|(_, adapter)| adapter.is_ok()).map(|(name, _)| name.clone()).collect()
    }

    pub fn take_news(&mut self) -> Vec<AdapterError> {
        std::mem::take(&mut self.news)
    }
}

impl Gpt2Generator {
    /// Makes an adapter known under the name by which [prompts](raconteur_core::prompt::Prompt::adapter) choose it, in
    /// place of the one that had it. Texts that are being written go on under the one that they began with.
    ///
    /// # Errors
    /// [`AdapterError`]: it is for another model, or this generator computes on candle, which has no adapters. It is also
    /// among [`take_adapter_errors`](raconteur_core::generate::TextGenerator::take_adapter_errors), and prompts that name
    /// it are read by the model itself.
    pub fn add_adapter(&mut self, name: &str, lora: &Lora) -> Result<(), AdapterError> {
        self.put_adapter(name, |model| Adapter::new(lora, model))
    }

    /// The same with the folder of an adapter.
    ///
    /// # Errors
    /// As [`add_adapter`](Self::add_adapter), and when the folder cannot be read.
    pub fn load_adapter(&mut self, name: &str, dir: &Path) -> Result<(), AdapterError> {
        self.put_adapter(name, |model| Adapter::new(&Lora::load(dir, model)?, model))
    }

    /// The same with the files of an adapter.
    ///
    /// # Errors
    /// As [`add_adapter`](Self::add_adapter), and when the files are none of an adapter.
    pub fn read_adapter(&mut self, name: &str, files: &AdapterFiles) -> Result<(), AdapterError> {
        self.put_adapter(name, |model| Adapter::new(&Lora::from_files(files, model)?, model))
    }

    fn put_adapter(
        &mut self,
        name: &str,
        make: impl FnOnce(&crate::config::Gpt2Config) -> Result<Adapter, LoraError>,
    ) -> Result<(), AdapterError> {
        let adapter = match self.model.adaptable() {
            Some(model) => make(model).map(Arc::new).map_err(|error| failed(name, error.into())),
            None => Err(failed(
                name,
                LoadError {
                    what: format!("{} takes no adapters", self.model.describe()),
                    help: "Use the device 'cpu', or merge the adapter into the model".into(),
                },
            )),
        };
        let result = adapter.as_ref().map(|_| ()).map_err(Clone::clone);
        self.adapters.put(name, adapter);
        result
    }
}

fn failed(name: &str, error: LoadError) -> AdapterError {
    AdapterError::Failed { name: name.to_owned(), error }
}
