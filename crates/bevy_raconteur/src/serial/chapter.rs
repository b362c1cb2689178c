//! A chapter in the world: a book's pages, a letter, what a crier reads out.

use bevy_ecs::prelude::*;
use raconteur_core::request::{Source, Why};
use raconteur_core::serial::{By, Form, SerialWriter};

use crate::provenance::TextOrigin;

/// A chapter that is out, on an entity of its own. It has a [`TextOrigin`] too, so `GeneratedText` marks chapters with words
/// of a model; which passages these are stands in [`chapter`](Self::chapter).
#[derive(Component, Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The serial that it belongs to. It may be gone.
    pub serial: Entity,
    /// Title of the serial.
    pub title: String,
    /// As what the writer wants it shown.
    pub form: Form,
    /// Number of chapters that the serial has.
    pub of: usize,
    /// Heading and paragraphs, with who wrote which passage.
    pub chapter: raconteur_core::serial::Chapter,
}

impl Chapter {
    /// The whole text: paragraphs with an empty line between, without the heading.
    #[must_use]
    pub fn text(&self) -> String {
        self.chapter.text()
    }

    /// A complete chapter of a serial, with where its words come from.
    pub(super) fn of(serial: Entity, writer: &SerialWriter, number: usize) -> Option<(Self, TextOrigin)> {
        let chapter = writer.chapter(number)?;
        let opening = writer.opening();
        let free =
            chapter.paragraphs.iter().flat_map(|paragraph| &paragraph.passages).any(|told| told.by != By::Author);
        let origin = if chapter.is_generated() {
            TextOrigin::of_writing(Source::Generated)
        } else if free {
            // A model was to write some of it, and did not.
            TextOrigin::of_writing(Source::Authored(Why::ModelOff))
        } else {
            TextOrigin::AUTHORED
        };
        let (title, form, of) = (opening.title.clone(), opening.form, writer.plan().chapters.len());
        Some((Self { serial, title, form, of, chapter }, origin))
    }
}
