//! `*.hooks.ron` and `*.director.ron` as assets.

use std::sync::Arc;

use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetLoader, LoadContext};
use bevy_reflect::TypePath;
use raconteur_core::director::Plan;
use raconteur_core::plot::HookSet;
use raconteur_core::story::source::Source;

/// A file of hooks. It is held against the story when a [`HookBoard`](super::HookBoard) begins; that a goal can be reached
/// (H09) takes a walk over the whole story, so that is for the game's tests: `HookSet::read` of the core crate.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct HooksAsset {
    /// The hooks.
    pub set: Arc<HookSet>,
    /// The file, for places in findings.
    pub source: Source,
}

/// A plan of a director.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct DirectorAsset {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The file, for places in findings.
    pub source: Source,
}

impl From<HookSet> for HooksAsset {
    /// Hooks that were made in code.
    fn from(set: HookSet) -> Self {
        Self { set: Arc::new(set), source: Source::new("hooks", "") }
    }
}

impl From<Plan> for DirectorAsset {
    /// A plan that was made in code.
    fn from(plan: Plan) -> Self {
        Self { plan: Arc::new(plan), source: Source::new("director", "") }
    }
}

/// Why a file of hooks or a plan could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotLoaderError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}. Check that it exists under the asset root and that it may be read")]
    Io(#[from] std::io::Error),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// It has not the right shape: all findings, with places.
    #[error("{0}")]
    Shape(String),
}

/// Loads `X.hooks.ron`.
#[derive(Default, TypePath)]
pub struct HooksLoader;

impl AssetLoader for HooksLoader {
    type Asset = HooksAsset;
    type Settings = ();
    type Error = PlotLoaderError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<HooksAsset, PlotLoaderError> {
        let source = text(reader, context).await?;
        let set = HookSet::parse(&source).map_err(PlotLoaderError::Shape)?;
        Ok(HooksAsset { set: Arc::new(set), source })
    }

    fn extensions(&self) -> &[&str] {
        &["hooks.ron"]
    }
}

/// Loads `X.director.ron`.
#[derive(Default, TypePath)]
pub struct DirectorLoader;

impl AssetLoader for DirectorLoader {
    type Asset = DirectorAsset;
    type Settings = ();
    type Error = PlotLoaderError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<DirectorAsset, PlotLoaderError> {
        let source = text(reader, context).await?;
        let plan = Plan::parse(&source).map_err(PlotLoaderError::Shape)?;
        Ok(DirectorAsset { plan: Arc::new(plan), source })
    }

    fn extensions(&self) -> &[&str] {
        &["director.ron"]
    }
}

async fn text(reader: &mut dyn Reader, context: &LoadContext<'_>) -> Result<Source, PlotLoaderError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await?;
    let name = context.path().to_string();
    let text = String::from_utf8(bytes).map_err(|_| PlotLoaderError::NotText(name.clone()))?;
    Ok(Source::new(name, text.trim_start_matches('\u{feff}')))
}
