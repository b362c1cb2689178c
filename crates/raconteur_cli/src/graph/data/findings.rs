//! What the checks found, with the beat that each finding stands in.

use std::collections::HashMap;

use raconteur_core::story::diagnostic::{Diagnostic, Span};
use raconteur_core::story::parse::Checked;
use raconteur_core::story::source::{Part, Source};
use raconteur_core::story::spans::Tree;
use serde::Serialize;

/// A finding.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// Stable code, such as `S02`.
    pub code: &'static str,
    /// `error`, `warning`, `info` or `note`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// File, line and column.
    pub place: String,
    /// Index of the beat it stands in.
    pub beat: Option<usize>,
    /// Id of the line, choice or outcome it stands in.
    pub part: String,
}

/// All findings, in the order of the files.
pub fn collect(checked: &Checked, beats: &HashMap<String, usize>) -> Vec<Finding> {
    let trees: Vec<Tree> = checked.sources.iter().map(|source| Tree::scan(&source.text)).collect();
    let places = checked.sources.iter().zip(&trees);
    let finding = |found: &Diagnostic| {
        let span = &found.primary;
        let (beat, part) = places
            .clone()
            .find(|(source, _)| source.name == span.file)
            .and_then(|(source, tree)| inside(source, tree, span))
            .unwrap_or_default();
        let file = span.file.rsplit(['/', '\\']).next().unwrap_or(&span.file);
        Finding {
            code: found.code,
            severity: found.severity.name(),
            message: found.message.clone(),
            help: found.help.clone().unwrap_or_default(),
            place: format!("{file}:{}:{}", span.line, span.column),
            beat: beats.get(&beat).copied(),
            part,
        }
    };
    checked.diagnostics.iter().map(finding).collect()
}

/// The beat that a place stands in, and the id of the innermost object around it.
fn inside(source: &Source, tree: &Tree, span: &Span) -> Option<(String, String)> {
    let beats = match source.part() {
        Part::Beats => tree,
        Part::Root => &tree.field("beats")?.value,
        _ => return None,
    };
    let beat = beats.fields.iter().find(|beat| (beat.key_span.start..beat.value.span.end).contains(&span.start))?;
    let mut part = String::new();
    innermost(source, &beat.value, span.start, &mut part);
    Some((beat.key.clone(), part))
}

/// The tree is as deep as the writer nested brackets, so the walk is a loop.
fn innermost(source: &Source, tree: &Tree, at: usize, part: &mut String) {
    let mut tree = tree;
    loop {
        let below = tree.fields.iter().map(|field| &field.value).chain(&tree.items);
        if let Some(id) = tree.field("id") {
            let text = source.text.get(id.value.span.clone()).unwrap_or_default();
            *part = text.trim_matches('"').to_owned();
        }
        match below.into_iter().find(|inner| inner.span.contains(&at)) {
            Some(inner) => tree = inner,
            None => return,
        }
    }
}
