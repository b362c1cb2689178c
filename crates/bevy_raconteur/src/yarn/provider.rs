//! The seam to Yarn Spinner.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bevy_ecs::world::World;
use bevy_yarnspinner::default_impl::StringsFileTextProvider;
use bevy_yarnspinner::prelude::{Language, LineId, TextProvider, YarnProject};
use bevy_yarnspinner::{StringInfo, UnderlyingTextProvider};

use super::shelf::{Shelf, Wanted};
use super::{Wish, YarnLines};

/// Gives Yarn Spinner the words of its lines: generated where a hashtag asks for it, else those of the Yarn file or of
/// its translation. A line in another language than that of the Yarn file is never generated.
///
/// While a node's words are on their way the dialogue waits, at most as long as the `budget_ms` of the speaker's policy.
#[derive(Debug, Clone)]
pub struct GeneratedTextProvider {
    written: StringsFileTextProvider,
    base: HashMap<LineId, StringInfo>,
    shelf: Arc<Mutex<Shelf>>,
}

impl GeneratedTextProvider {
    /// For one dialogue of a project.
    #[must_use]
    pub fn new(project: &YarnProject, lines: &mut YarnLines) -> Self {
        Self {
            written: StringsFileTextProvider::from_yarn_project(project),
            base: project.compilation().string_table.clone(),
            shelf: lines.add(),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be generated for a line, if anything.
    fn wanted(&self, id: &LineId) -> Option<Wanted> {
        let line = self.base.get(id)?;
        let wish = Wish::from_hashtags(line.metadata.iter().map(String::as_str))?;
        let plain = !line.text.contains(['[', ']', '{', '}', '\\']);
        if !plain || self.written.get_text(id)? != line.text {
            return None;
        }
        let (name, say) = speaker(&line.text);
        Some(Wanted {
            line: id.0.clone(),
            name: name.to_owned(),
            say: say.to_owned(),
            setting: wish.setting.clone(),
            wish,
            // Set when it is asked for.
            deadline: Duration::MAX,
            seed: 0,
        })
    }
}

/// The speaker of a line, as Yarn reads it, and what they say.
fn speaker(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((name, say)) if !name.trim().is_empty() && !say.trim().is_empty() => (name.trim(), say.trim()),
        _ => ("", text.trim()),
    }
}

impl UnderlyingTextProvider for GeneratedTextProvider {
    fn clone_shallow(&self) -> Box<dyn UnderlyingTextProvider> {
        Box::new(self.clone())
    }

    fn accept_line_hints(&mut self, line_ids: &[LineId]) {
        self.written.accept_line_hints(line_ids);
        let wanted: Vec<Wanted> = line_ids.iter().filter_map(|id| self.wanted(id)).collect();
        let mut shelf = self.shelf();
        shelf.begin_node();
        wanted.into_iter().for_each(|wanted| shelf.want(wanted));
    }

    fn get_text(&self, id: &LineId) -> Option<String> {
        let written = self.written.get_text(id)?;
        let (name, say) = speaker(&written);
        let mut shelf = self.shelf();
        let generated = shelf.take(&id.0);
        shelf.remember(name, generated.as_deref().unwrap_or(say));
        Some(match generated {
            Some(text) if name.is_empty() => text,
            Some(text) => format!("{name}: {text}"),
            None => written,
        })
    }

    fn set_language(&mut self, language: Option<Language>) {
        self.written.set_language(language);
        self.shelf().begin_node();
    }

    fn get_language(&self) -> Option<Language> {
        self.written.get_language()
    }

    fn are_lines_available(&self) -> bool {
        self.written.are_lines_available() && self.shelf().is_settled()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl TextProvider for GeneratedTextProvider {
    fn set_base_string_table(&mut self, string_table: HashMap<LineId, StringInfo>) {
        self.base.clone_from(&string_table);
        self.written.set_base_string_table(string_table);
    }

    fn extend_base_string_table(&mut self, string_table: HashMap<LineId, StringInfo>) {
        self.base.extend(string_table.clone());
        self.written.extend_base_string_table(string_table);
    }

    fn take_fetched_assets(&mut self, asset: Box<dyn Any>) {
        self.written.take_fetched_assets(asset);
    }

    fn fetch_assets(&self, world: &World) -> Option<Box<dyn Any + 'static>> {
        self.written.fetch_assets(world)
    }
}
