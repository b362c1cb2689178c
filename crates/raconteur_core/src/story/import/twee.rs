//! Twee 3: passages with headers, and in them text, links and macros (source: "Twee 3 Specification" of the Interactive
//! Fiction Technology Foundation, and the manuals of Harlowe and `SugarCube` for their macros).
//!
//! A passage becomes a beat: its paragraphs are lines of the narrator, its links are the choices at its end.

mod body;

use super::draft::{Passage, Script, Stmt};
use super::{Notes, quote};

/// Which macros a story uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `(set: ..)`
    Harlowe,
    /// `<<set ..>>`
    SugarCube,
    /// The file does not say: both.
    Unknown,
}

impl Dialect {
    fn harlowe(self) -> bool {
        self != Self::SugarCube
    }

    fn sugarcube(self) -> bool {
        self != Self::Harlowe
    }
}

/// A passage before its text is read.
struct Raw {
    title: String,
    tags: Vec<String>,
    pos: Option<(f32, f32)>,
    /// Line of its header.
    line: usize,
    text: String,
}

/// Passages that are no part of a story in one of the story formats.
const SPECIAL: [&str; 12] = [
    "StoryCaption",
    "StoryMenu",
    "StoryBanner",
    "StoryAuthor",
    "StoryInterface",
    "StorySubtitle",
    "StoryShare",
    "PassageHeader",
    "PassageFooter",
    "PassageReady",
    "PassageDone",
    "StorySettings",
];

/// Reads a file.
pub fn read(text: &str, notes: &mut Notes) -> Script {
    let mut script = Script::default();
    let raws = passages(text, notes);
    let data = raws.iter().find(|raw| raw.title == "StoryData").map(|raw| story_data(raw, notes)).unwrap_or_default();
    let dialect = match data.format.to_ascii_lowercase().as_str() {
        "harlowe" => Dialect::Harlowe,
        "sugarcube" => Dialect::SugarCube,
        "" => Dialect::Unknown,
        other => {
            notes.guessed(1, "", format!("macros of {} are read as those of Harlowe and SugarCube", quote(other)));
            Dialect::Unknown
        }
    };
    for raw in raws {
        let is = |tag: &str| raw.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
        if raw.title == "StoryTitle" {
            raw.text.trim().clone_into(&mut script.title);
        } else if raw.title == "StoryData" {
            // Read above.
        } else if is("script") || is("stylesheet") {
            notes.lost(raw.line, &raw.title, "a script or a style sheet");
        } else if raw.title == "StoryInit" || is("startup") {
            let passage = body::read(&raw.text, raw.line, &raw.title, dialect, notes);
            declare(passage, &raw, &mut script, notes);
        } else if SPECIAL.contains(&raw.title.as_str()) || is("header") || is("footer") || is("widget") {
            notes.lost(raw.line, &raw.title, "a passage of the story format");
        } else {
            let body = body::read(&raw.text, raw.line, &raw.title, dialect, notes);
            let Raw { title, tags, pos, line, .. } = raw;
            script.passages.push(Passage { title, line, pos, tags, body });
        }
    }
    let known = |title: &str| script.passages.iter().any(|passage| passage.title == title);
    script.start = Some(data.start).filter(|start| !start.is_empty());
    if script.start.is_none() && known("Start") {
        script.start = Some("Start".to_owned());
    }
    script
}

/// What stands before the first passage is read: variables only.
fn declare(body: Vec<Stmt>, raw: &Raw, script: &mut Script, notes: &mut Notes) {
    for stmt in body {
        match stmt {
            Stmt::Set { line, var, value, .. } => script.declared.push((line, var, value)),
            Stmt::Remark(_) => {}
            _ => notes.lost(raw.line, &raw.title, "what is said or asked before the story begins"),
        }
    }
}

/// Splits a file at its headers.
fn passages(text: &str, notes: &mut Notes) -> Vec<Raw> {
    let mut found: Vec<Raw> = Vec::new();
    for (index, row) in text.lines().enumerate() {
        if let Some(head) = row.strip_prefix("::") {
            found.push(header(head, index + 1, notes));
        } else if let Some(raw) = found.last_mut() {
            // A backslash keeps a line from being a header.
            raw.text.push_str(row.strip_prefix('\\').filter(|rest| rest.starts_with("::")).unwrap_or(row));
            raw.text.push('\n');
        } else if !row.trim().is_empty() {
            notes.lost(index + 1, "", "text before the first passage");
        }
    }
    found
}

/// `Name [tags] {"position": "100,200"}`.
fn header(head: &str, line: usize, notes: &mut Notes) -> Raw {
    let mut rest = head.trim();
    let mut raw = Raw { title: String::new(), tags: Vec::new(), pos: None, line, text: String::new() };
    if let Some(at) = opens(rest, '{').filter(|_| rest.ends_with('}')) {
        match json(&rest[at..]) {
            Some(data) => raw.pos = position(&data),
            None => notes.lost(line, "", "metadata that cannot be read"),
        }
        rest = rest[..at].trim_end();
    }
    if let Some(at) = opens(rest, '[').filter(|_| rest.ends_with(']')) {
        raw.tags = rest[at + 1..rest.len() - 1].split_whitespace().map(unescaped).collect();
        rest = rest[..at].trim_end();
    }
    raw.title = unescaped(rest);
    if raw.title.is_empty() {
        raw.title = format!("passage_{line}");
        notes.guessed(line, &raw.title, "a passage without a name");
    }
    raw
}

/// The last bracket of this kind that no backslash takes the meaning from.
fn opens(text: &str, bracket: char) -> Option<usize> {
    text.rmatch_indices(bracket).map(|(at, _)| at).find(|&at| !text[..at].ends_with('\\'))
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    out
}

/// JSON of texts, numbers, lists and objects is RON too; what is not is not needed here.
fn json(text: &str) -> Option<Vec<(String, String)>> {
    // The bracket that opens the metadata may be an inner one, which then is no object.
    let ron::Value::Map(map) = ron::from_str(text).ok()? else { return None };
    let word = |value: ron::Value| match value {
        ron::Value::String(text) => text,
        _ => String::new(),
    };
    Some(map.into_iter().map(|(key, value)| (word(key), word(value))).collect())
}

fn position(data: &[(String, String)]) -> Option<(f32, f32)> {
    let (_, position) = data.iter().find(|(key, _)| key == "position")?;
    let (x, y) = position.split_once(',')?;
    let (x, y) = (x.trim().parse::<f32>().ok()?, y.trim().parse::<f32>().ok()?);
    (x.is_finite() && y.is_finite()).then_some((x, y))
}

#[derive(Default)]
struct StoryData {
    start: String,
    format: String,
}

fn story_data(raw: &Raw, notes: &mut Notes) -> StoryData {
    let Some(data) = json(raw.text.trim()) else {
        notes.lost(raw.line, &raw.title, "story data that cannot be read");
        return StoryData::default();
    };
    let get = |name: &str| data.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    StoryData { start: get("start"), format: get("format") }
}
