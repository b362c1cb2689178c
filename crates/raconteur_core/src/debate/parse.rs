//! Reading a debate: from a file to a [`Motion`] and everything that is wrong with it.

use std::path::Path;
use std::sync::Arc;

use super::format::Motion;
use super::lint;
use crate::story::diagnostic::{Diagnostic, Severity, Span};
use crate::story::format::Story;
use crate::story::parse::{self as stories, Checked, StoryError};
use crate::story::source::Source;
use crate::story::spans::Tree;

/// The end of the name of a file that holds a debate.
pub const END_OF_NAME: &str = ".debate.ron";

/// A debate that has been read and checked.
#[derive(Debug, Clone)]
pub struct CheckedDebate {
    /// The debate, if its file has the right shape. It may still have errors.
    pub motion: Option<Motion>,
    /// The story that it belongs to, as far as that was read.
    pub story: Option<Arc<Story>>,
    /// The file and all findings, to be printed like those of a story.
    pub checked: Checked,
}

impl CheckedDebate {
    /// The debate, if nothing is wrong that keeps it from being held.
    ///
    /// # Errors
    /// [`StoryError::Invalid`] with all findings.
    pub fn into_motion(self) -> Result<Arc<Motion>, StoryError> {
        match self.motion {
            Some(motion) if !self.checked.has_errors() => Ok(Arc::new(motion)),
            _ => {
                Err(StoryError::Invalid { rendered: self.checked.render(false), diagnostics: self.checked.diagnostics })
            }
        }
    }
}

/// Reads a debate that is in memory, and checks it against the story that it names. Without one the ids of that story are
/// not looked at.
#[must_use]
pub fn parse(mut source: Source, story: Option<&Story>) -> CheckedDebate {
    if let Some(text) = source.text.strip_prefix('\u{feff}') {
        source.text = text.to_owned();
    }
    let mut diagnostics = Vec::new();
    let motion: Option<Motion> = stories::read(&source, &mut diagnostics);
    if let Some(motion) = &motion {
        let tree = Tree::scan(&source.text);
        diagnostics.extend(lint::lint(motion, story, &source, &tree));
    }
    diagnostics.sort_by_key(|found| (found.primary.start, found.severity, found.code));
    CheckedDebate { motion, story: None, checked: Checked { story: None, sources: vec![source], diagnostics } }
}

/// Reads and checks the debate at `path`, with the story that it names.
///
/// # Errors
/// [`StoryError`] when the file cannot be read at all. That the story is not there, or has errors, is a finding.
pub fn load(path: &Path) -> Result<CheckedDebate, StoryError> {
    let source = stories::read_text(path)?;
    let first = parse(source.clone(), None);
    let Some(named) = first.motion.as_ref().and_then(|motion| motion.story.clone()) else { return Ok(first) };
    let read = stories::load(&path.with_file_name(&named)).map(Checked::into_story);
    let tree = Tree::scan(&first.checked.sources[0].text);
    let place = tree.field("story").map_or(0..0, |field| field.value.span.clone());
    let found = |why: String, help: &str| {
        let span = Span::new(&first.checked.sources[0], place.clone());
        Diagnostic::new("D07", Severity::Error, span, why).help(help)
    };
    let missing = match read {
        Ok(Ok(story)) => return Ok(CheckedDebate { story: Some(story.clone()), ..parse(source, Some(&story)) }),
        Ok(Err(_)) => found(
            format!("the story '{named}' has errors, so that nothing can be looked up in it"),
            "see them with `raconteur check` on the story itself",
        ),
        Err(error) => found(
            format!("the story '{named}' cannot be read: {error}"),
            "the path begins at the folder of this file, such as \"../stories/village.story.ron\"",
        ),
    };
    let mut checked = first;
    checked.checked.diagnostics.insert(0, missing);
    Ok(checked)
}
