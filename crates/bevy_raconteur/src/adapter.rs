//! Adapters as assets: voices that a game loads, replaces and reloads like its pictures.
//!
//! ```text
//! AssetServer --load--> Handle<VoiceAdapter> --Adapters::insert(name, handle)--> worker --> whoever speaks under `name`
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use bevy_app::prelude::*;
use bevy_asset::io::Reader;
use bevy_asset::{
    Asset, AssetApp, AssetEvent, AssetId, AssetLoadFailedEvent, AssetLoader, Assets, Handle, LoadContext,
    ReadAssetBytesError,
};
use bevy_ecs::prelude::*;
use bevy_reflect::TypePath;
use raconteur_core::generate::{AdapterError, AdapterFiles, LoadError};

use crate::model::ModelChanged;
use crate::plugin::NarrativeSystems;
use crate::requests::Requests;

/// The settings stand beside the weights, under this name.
const CONFIG: &str = "adapter_config.json";

/// An adapter (`LoRA`) in the format of PEFT. Load its `adapter_model.safetensors`; `adapter_config.json` is read from the
/// same folder.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct VoiceAdapter {
    /// The two files. Whether they fit the model is seen when a generator takes them.
    pub files: AdapterFiles,
}

/// Loads [`VoiceAdapter`].
#[derive(Default, TypePath)]
pub struct VoiceAdapterLoader;

/// Why an adapter could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VoiceAdapterError {
    /// The weights cannot be read.
    #[error("the adapter's weights cannot be read: {0}. Check that the file exists under the asset root")]
    Io(#[from] std::io::Error),
    /// The settings beside them cannot be read.
    #[error(
        "'{path}' cannot be read: {error}. Both files of an adapter's folder are needed: put it beside the weights"
    )]
    Config {
        /// Where it was looked for.
        path: String,
        /// What went wrong.
        error: Box<ReadAssetBytesError>,
    },
}

impl AssetLoader for VoiceAdapterLoader {
    type Asset = VoiceAdapter;
    type Settings = ();
    type Error = VoiceAdapterError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<VoiceAdapter, VoiceAdapterError> {
        let mut weights = Vec::new();
        reader.read_to_end(&mut weights).await?;
        let path = context.path().path().with_file_name(CONFIG);
        let path = bevy_asset::AssetPath::from(path).with_source(context.path().source().clone_owned());
        let read = context.read_asset_bytes(path.clone()).await;
        let config =
            read.map_err(|error| VoiceAdapterError::Config { path: path.to_string(), error: Box::new(error) })?;
        Ok(VoiceAdapter { files: AdapterFiles { config: config.into(), weights: weights.into() } })
    }

    fn extensions(&self) -> &[&str] {
        &["safetensors"]
    }
}

/// The adapters of a game, under the names by which personas and stories choose them. They are given to the model that
/// there is and to every later one; what is being written goes on as it began.
///
/// One that cannot be read, or that is for another model, is a [`ModelChanged::AdapterMissing`]: the model talks without.
#[derive(Resource, Debug, Default)]
pub struct Adapters {
    handles: HashMap<String, Handle<VoiceAdapter>>,
    /// Names whose adapter may not have been given to the worker yet.
    new: Vec<String>,
    /// The weights that the worker was given last, by name: an asset is there before its event is.
    given: HashMap<String, Arc<[u8]>>,
}

impl Adapters {
    /// Lets an adapter be chosen as `name`, in place of the one that had that name. It may still be loading.
    pub fn insert(&mut self, name: impl Into<String>, adapter: Handle<VoiceAdapter>) {
        let name = name.into();
        self.new.push(name.clone());
        self.handles.insert(name, adapter);
    }

    /// The adapter of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Handle<VoiceAdapter>> {
        self.handles.get(name)
    }

    /// Names of an asset, in alphabetical order.
    fn names(&self, id: AssetId<VoiceAdapter>) -> Vec<String> {
        let mut names: Vec<String> =
            self.handles.iter().filter(|(_, handle)| handle.id() == id).map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }
}

/// Adapters as assets, with their resource.
pub(crate) struct AdapterPlugin;

impl Plugin for AdapterPlugin {
    fn build(&self, app: &mut App) {
        app.init_asset::<VoiceAdapter>()
            .init_asset_loader::<VoiceAdapterLoader>()
            .init_resource::<Adapters>()
            .add_systems(
                PreUpdate,
                (
                    report_failed.run_if(on_message::<AssetLoadFailedEvent<VoiceAdapter>>),
                    give.run_if(resource_changed::<Adapters>.or_else(on_message::<AssetEvent<VoiceAdapter>>)),
                )
                    .chain()
                    .before(NarrativeSystems::Receive),
            );
    }
}

/// Gives the worker what is new: a name, or an asset that has been loaded or has changed on disk.
fn give(
    mut events: MessageReader<AssetEvent<VoiceAdapter>>,
    assets: Res<Assets<VoiceAdapter>>,
    mut adapters: ResMut<Adapters>,
    mut requests: ResMut<Requests>,
) {
    for event in events.read() {
        if let AssetEvent::Added { id } | AssetEvent::Modified { id } = event {
            let names = adapters.names(*id);
            adapters.bypass_change_detection().new.extend(names);
        }
    }
    let Adapters { handles, new, given } = adapters.bypass_change_detection();
    new.sort_unstable();
    new.dedup();
    for name in new.drain(..) {
        // One that is still loading comes with its event.
        let Some(adapter) = handles.get(&name).and_then(|handle| assets.get(handle)) else { continue };
        let AdapterFiles { weights, .. } = &adapter.files;
        let known = given.get(&name).is_some_and(|known| Arc::ptr_eq(known, weights));
        if let (Some(worker), false) = (requests.worker(), known) {
            given.insert(name.clone(), Arc::clone(weights));
            worker.put_adapter(name, adapter.files.clone());
        }
    }
}

/// Tells of adapters that could not be read.
fn report_failed(
    mut failed: MessageReader<AssetLoadFailedEvent<VoiceAdapter>>,
    adapters: Res<Adapters>,
    mut changes: MessageWriter<ModelChanged>,
) {
    for failure in failed.read() {
        for name in adapters.names(failure.id) {
            let what = format!("{}: {}", failure.path, failure.error);
            let help = "Check the path and that both files of its folder are there".to_owned();
            let error = AdapterError::Failed { name, error: LoadError { what, help } };
            bevy_log::warn!("{error}");
            changes.write(ModelChanged::AdapterMissing(error));
        }
    }
}
