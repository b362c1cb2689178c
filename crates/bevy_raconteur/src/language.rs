//! Models for languages: a story in another language may be written by another model.

use std::sync::Arc;

use bevy_ecs::prelude::*;

use crate::model::ModelSource;
use crate::plugin::LoadModel;
use crate::settings::NarrativeSettings;

/// Makes a source, as often as it is asked to.
pub(crate) type Make = Arc<dyn Fn() -> ModelSource + Send + Sync>;

/// Which model writes which language.
#[derive(Resource, Clone, Default)]
pub(crate) struct LanguageModels {
    /// By BCP 47 tag, the first that fits wins.
    models: Vec<(String, Make)>,
    /// The model for all other languages, if it can be made again.
    other: Option<Make>,
    /// Place in `models` of the one that is wanted.
    wanted: Option<usize>,
    /// Place of the one that is loaded, or being loaded: another one than is wanted, where that cannot be made again.
    loaded: Option<usize>,
}

impl LanguageModels {
    pub(crate) fn add(&mut self, tag: String, make: impl Fn() -> ModelSource + Send + Sync + 'static) {
        self.models.push((tag, Arc::new(make)));
    }

    /// Remembers how to make the model that the app starts with.
    pub(crate) fn set_other(&mut self, source: &ModelSource) {
        self.other = source.maker();
    }

    /// Whether the model that is loaded writes the language `shown`, of a story that is written in `source`: it was given
    /// for that language, or it is the one for all others, and the story is in its own language.
    pub(crate) fn write(&self, shown: &str, source: &str) -> bool {
        let tag = self.loaded.and_then(|place| self.models.get(place)).map_or(source, |(tag, _)| tag);
        language_of(tag).eq_ignore_ascii_case(language_of(shown))
    }

    /// The place of the model for a language: that of its tag, else that of its tag without a region.
    fn place(&self, language: Option<&str>) -> Option<usize> {
        let language = language?;
        let short = language_of(language);
        let find = |wanted: &str| self.models.iter().position(|(tag, _)| tag.eq_ignore_ascii_case(wanted));
        find(language).or_else(|| find(short))
    }
}

/// The language of a BCP 47 tag, without script and region.
pub(crate) fn language_of(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// `PreUpdate`: loads the model of the language when that has changed.
pub(crate) fn follow_language(
    settings: Res<NarrativeSettings>,
    mut models: ResMut<LanguageModels>,
    mut commands: Commands,
) {
    let wanted = models.place(settings.language.as_deref());
    if wanted == models.wanted {
        return;
    }
    let make = match wanted {
        Some(place) => models.models.get(place).map(|(_, make)| make.clone()),
        None => models.other.clone(),
    };
    models.wanted = wanted;
    // A model that cannot be made again stays away; the one that is there writes nothing in another language.
    if let Some(make) = make {
        models.loaded = wanted;
        commands.trigger(LoadModel::new(make()));
    }
}
