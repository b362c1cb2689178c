//! Stories as assets: `*.story.ron` with its parts, loaded off the main thread and reloaded while the game runs.

use std::sync::Arc;

use bevy_asset::io::Reader;
use bevy_asset::{Asset, AssetLoader, AssetPath, LoadContext};
use bevy_reflect::TypePath;
use raconteur_core::story::format::Story;
use raconteur_core::story::locale::{Drafts, Shortfall, chain};
use raconteur_core::story::parse::{parse, parts_of};
use raconteur_core::story::source::Source;

/// A story without errors, in all its languages.
#[derive(Asset, TypePath, Debug, Clone)]
pub struct StoryAsset {
    /// The graph, in the language that it is written in.
    pub story: Arc<Story>,
    /// What the checks had to say, rendered for a terminal; empty when nothing.
    pub warnings: String,
    /// The same graph in each language it has been translated to, made when it is loaded so that a switch costs no
    /// frame.
    languages: Vec<Translated>,
}

/// A story in another language.
#[derive(Debug, Clone)]
struct Translated {
    tag: String,
    story: Arc<Story>,
    /// With the drafts too, if there are any.
    with_drafts: Arc<Story>,
    /// What it lacks.
    shortfall: Arc<Shortfall>,
}

impl Translated {
    fn new(story: &Story, tag: &str) -> Self {
        let translated = Arc::new(story.localized(tag));
        let drafts = chain(story, tag).iter().any(|(_, locale)| locale.texts.iter().any(|(_, text)| text.draft));
        let with_drafts = if drafts { Arc::new(story.localized_with(tag, Drafts::Shown)) } else { translated.clone() };
        let shortfall = Arc::new(story.shortfall(tag));
        Self { tag: tag.to_owned(), story: translated, with_drafts, shortfall }
    }
}

impl StoryAsset {
    /// A story that has been read or made, with whatever translations it has.
    #[must_use]
    pub fn new(story: Arc<Story>) -> Self {
        let tags = story.translations.ids();
        let languages = tags.map(|tag| Translated::new(&story, tag)).collect();
        Self { story, warnings: String::new(), languages }
    }

    /// The story in a language, such as `de-CH`: in exactly that, else in that without a region (`de`), else as it is
    /// written.
    #[must_use]
    pub fn in_language(&self, tag: Option<&str>) -> &Arc<Story> {
        self.shown(tag, false)
    }

    /// As [`in_language`](Self::in_language), with drafts or without.
    pub(crate) fn shown(&self, tag: Option<&str>, drafts: bool) -> &Arc<Story> {
        match self.translated(tag) {
            Some(translated) if drafts => &translated.with_drafts,
            Some(translated) => &translated.story,
            None => &self.story,
        }
    }

    /// What the story lacks in a language; `None` where it has no translation for it.
    #[must_use]
    pub fn shortfall(&self, tag: &str) -> Option<&Arc<Shortfall>> {
        self.translated(Some(tag)).map(|translated| &translated.shortfall)
    }

    fn translated(&self, tag: Option<&str>) -> Option<&Translated> {
        let best = tag.and_then(|tag| chain(&self.story, tag).first().map(|(tag, _)| *tag))?;
        self.languages.iter().find(|translated| translated.tag == best)
    }
}

impl From<Story> for StoryAsset {
    /// A story that was made in code. It is taken as it is, unchecked.
    fn from(story: Story) -> Self {
        Self::new(Arc::new(story))
    }
}

/// Loads `X.story.ron` together with its parts: those of `X.cast.ron`, `X.lore.ron`, `X.prompts.ron`, `X.beats.ron`,
/// `X.storylets.ron` and `X.baked.ron` that stand beside it, what it includes, and its translations. A change of any of
/// them reloads the story; a broken one leaves the last good story in place.
#[derive(Default, TypePath)]
pub struct StoryLoader;

/// Why a story could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoryLoaderError {
    /// The file cannot be read.
    #[error("the story file cannot be read: {0}. Check that it exists under the asset root and that it may be read")]
    Io(#[from] std::io::Error),
    /// The file is no text.
    #[error("'{0}' is not UTF-8 text: save it as UTF-8")]
    NotText(String),
    /// The story has errors: all of them, with places.
    #[error("{0}")]
    Story(String),
}

impl AssetLoader for StoryLoader {
    type Asset = StoryAsset;
    type Settings = ();
    type Error = StoryLoaderError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        (): &(),
        context: &mut LoadContext<'_>,
    ) -> Result<StoryAsset, StoryLoaderError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        let root = context.path().clone_owned();
        let mut sources = vec![source(&root, bytes)?];
        for part in part_paths(&root, &sources[0]) {
            // A part that is not there is no error here: most are optional, and R04 reports those that are not.
            if let Ok(bytes) = context.read_asset_bytes(part.clone()).await {
                sources.push(source(&part, bytes)?);
            }
        }
        let checked = parse(sources);
        if checked.has_errors() {
            return Err(StoryLoaderError::Story(checked.render(false)));
        }
        let warnings = checked.render(false);
        let story = checked.into_story().map_err(|error| StoryLoaderError::Story(error.to_string()))?;
        Ok(StoryAsset { warnings, ..StoryAsset::new(story) })
    }

    fn extensions(&self) -> &[&str] {
        &["story.ron"]
    }
}

fn source(path: &AssetPath<'_>, bytes: Vec<u8>) -> Result<Source, StoryLoaderError> {
    let name = path.to_string();
    let text = String::from_utf8(bytes).map_err(|_| StoryLoaderError::NotText(name.clone()))?;
    Ok(Source { name, text })
}

/// The places where the parts of a story may stand.
fn part_paths(root: &AssetPath<'_>, source: &Source) -> Vec<AssetPath<'static>> {
    let name = root.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let paths = parts_of(source, &name).into_iter().map(|part| root.path().with_file_name(part));
    paths.map(|path| AssetPath::from(path).with_source(root.source().clone_owned())).collect()
}
