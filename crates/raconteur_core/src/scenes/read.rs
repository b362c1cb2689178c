//! From JSON Lines to scenes, and what is wrong with a line.

use serde::Deserialize;

use super::{Body, NameKind, Said, Script};
use crate::story::diagnostic::Severity;
use crate::story::table::Table;

/// Why a file of scenes cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}. {help}")]
pub struct ScenesError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// What is wrong with a line, and what to do.
type Wrong = (String, &'static str);

/// Reads a file of scenes; empty lines are left out.
///
/// # Errors
/// The first line that is not a scene.
pub fn read(text: &str) -> Result<Vec<Script>, ScenesError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| read_line(line, at + 1)).collect()
}

/// Reads one scene; `number` is that of its line.
///
/// # Errors
/// What is wrong with it.
pub fn read_line(line: &str, number: usize) -> Result<Script, ScenesError> {
    let wrong = |what: String, help: &str| ScenesError { line: number, what, help: help.to_owned() };
    let script = parse(line).map_err(|shape| {
        let column = shape.column.map_or_else(String::new, |column| format!(" (column {column})"));
        wrong(format!("{}{column}", shape.what), shape.help)
    })?;
    match script.wrong().into_iter().find(|found| found.severity == Severity::Error) {
        Some(found) => Err(wrong(found.what, found.help)),
        None => Ok(script),
    }
}

/// Why a line has not the shape of a scene.
pub(super) struct Shape {
    pub(super) what: String,
    pub(super) help: &'static str,
    /// Where, in bytes from 1, if the parser says so.
    pub(super) column: Option<usize>,
}

/// A line that has the shape of a scene, whatever stands in it.
pub(super) fn parse(line: &str) -> Result<Script, Shape> {
    let raw: Raw = serde_json::from_str(line).map_err(|error| {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default().to_owned();
        let help = "A scene is one JSON object on one line, with the keys of its kind";
        Shape { what, help, column: Some(error.column()) }
    })?;
    raw.into_script().map_err(|(what, help)| Shape { what, help, column: None })
}

/// A line as it stands, with the keys of all kinds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    kind: String,
    world: String,
    setting: String,
    #[serde(default)]
    facts: Vec<String>,
    names: Table<NameKind>,
    #[serde(default)]
    slots: Table<Vec<String>>,
    #[serde(default)]
    speakers: Table<String>,
    mood: Option<Mood>,
    turns: Option<Vec<Said>>,
    uses: Option<Vec<usize>>,
    line: Option<String>,
    ways: Option<Vec<String>>,
    options: Option<Vec<(String, String)>>,
    goal: Option<String>,
    text: Option<String>,
    tellings: Option<Vec<Said>>,
    topic: Option<String>,
    stances: Option<Table<String>>,
    premise: Option<String>,
    chapters: Option<Vec<Chapter>>,
}

/// A mood for the first speaker, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Mood {
    First(String),
    Each(Table<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chapter {
    goal: String,
    text: String,
}

const KINDS: &str = "Kinds are talk, answer, vary, choices, prose, rumor, debate and serial";

impl Raw {
    fn into_script(mut self) -> Result<Script, Wrong> {
        let body = match self.kind.as_str() {
            "talk" => Body::Talk { turns: need("turns", self.turns.take())? },
            "answer" => {
                Body::Answer { turns: need("turns", self.turns.take())?, uses: need("uses", self.uses.take())? }
            }
            "vary" => Body::Vary { line: need("line", self.line.take())?, ways: need("ways", self.ways.take())? },
            "choices" => Body::Choices {
                turns: need("turns", self.turns.take())?,
                options: need("options", self.options.take())?,
            },
            "prose" => Body::Prose { goal: need("goal", self.goal.take())?, text: need("text", self.text.take())? },
            "rumor" | "rumour" => Body::Rumor { tellings: need("tellings", self.tellings.take())? },
            "debate" => Body::Debate {
                topic: need("topic", self.topic.take())?,
                stances: need("stances", self.stances.take())?,
                turns: need("turns", self.turns.take())?,
            },
            "serial" => Body::Serial {
                premise: need("premise", self.premise.take())?,
                chapters: need("chapters", self.chapters.take())?.into_iter().map(|c| (c.goal, c.text)).collect(),
            },
            other => return Err((format!("'{other}' is no kind of scene"), KINDS)),
        };
        let left = [
            ("turns", self.turns.is_some()),
            ("uses", self.uses.is_some()),
            ("line", self.line.is_some()),
            ("ways", self.ways.is_some()),
            ("options", self.options.is_some()),
            ("goal", self.goal.is_some()),
            ("text", self.text.is_some()),
            ("tellings", self.tellings.is_some()),
            ("topic", self.topic.is_some()),
            ("stances", self.stances.is_some()),
            ("premise", self.premise.is_some()),
            ("chapters", self.chapters.is_some()),
        ];
        if let Some((key, _)) = left.iter().find(|(_, is_there)| *is_there) {
            return Err((
                format!("a scene of kind '{}' has no \"{key}\"", self.kind),
                "Change the kind, or drop the key",
            ));
        }
        let mood = match self.mood {
            None => Table::default(),
            Some(Mood::Each(each)) => each,
            Some(Mood::First(mood)) => {
                self.speakers.ids().next().map(|who| (who.to_owned(), mood)).into_iter().collect()
            }
        };
        let Self { world, setting, facts, names, slots, speakers, .. } = self;
        Ok(Script { world, setting, facts, names, slots, speakers, mood, body })
    }
}

fn need<T>(key: &str, value: Option<T>) -> Result<T, Wrong> {
    value.ok_or_else(|| (format!("\"{key}\" is missing"), "Scenes of this kind need it"))
}
