//! What has been told: passages with where they came from, events, chapters.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Who wrote a passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The writer of the opening, in a place where no model may write.
    Author,
    /// The model.
    Model,
    /// The writer of the opening, in a free place. Why no model did: the name of a [`Why`](crate::request::Why).
    Instead(String),
}

/// A passage that has been told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its words.
    pub text: String,
    /// Who wrote it.
    pub by: By,
}

/// Something that has happened: what recaps are made of. All words in it are authored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Number of the chapter, from 1.
    pub chapter: usize,
    /// Address of the scene: `thread/step` or `event:id`.
    pub scene: String,
    /// The thread.
    pub thread: String,
    /// What the scene was to achieve.
    pub goal: String,
    /// What happened.
    pub what: String,
    /// Cast ids of those who acted.
    pub who: Vec<String>,
    /// Id of the place.
    pub at: String,
}

/// A complete chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Its number, from 1.
    pub number: usize,
    /// Its heading.
    pub title: String,
    /// Its paragraphs.
    pub paragraphs: Vec<Paragraph>,
    /// Cast ids of all who act in it, by scene.
    pub who: Vec<String>,
    /// Ids of the threads that it moves on.
    pub threads: Vec<String>,
}

/// A paragraph: passages, to be joined with a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paragraph {
    /// The passages.
    pub passages: Vec<Told>,
}

impl Paragraph {
    /// The words.
    #[must_use]
    pub fn text(&self) -> String {
        self.passages.iter().map(|told| told.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl Chapter {
    /// The whole text: paragraphs with an empty line between, without the heading.
    #[must_use]
    pub fn text(&self) -> String {
        self.paragraphs.iter().map(Paragraph::text).collect::<Vec<_>>().join("\n\n")
    }

    /// The chapter in Markdown. With `marked`, what a model wrote stands in italics.
    #[must_use]
    pub fn markdown(&self, marked: bool) -> String {
        let mut text = format!("## {}. {}\n", self.number, self.title);
        for paragraph in &self.paragraphs {
            let passages: Vec<String> = paragraph
                .passages
                .iter()
                .map(|told| if marked && told.by == By::Model { format!("*{}*", told.text) } else { told.text.clone() })
                .collect();
            let _ = write!(text, "\n{}\n", passages.join(" "));
        }
        text
    }

    /// Whether any of it was written by a model.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.paragraphs.iter().flat_map(|paragraph| &paragraph.passages).any(|told| told.by == By::Model)
    }
}
