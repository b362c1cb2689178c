//! From a scene to its line.

use serde_json::{Map, Value, json};

use super::{Body, NameKind, Script};
use crate::story::table::Table;

impl NameKind {
    /// Its letter or word in files.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Man => "m",
            Self::Woman => "f",
            Self::Person => "n",
            Self::Place => "place",
            Self::Thing => "thing",
            Self::Group => "group",
        }
    }
}

impl Script {
    /// The scene as a line of a file, without its newline. [`read_line`](super::read_line) gives back the same scene.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut line = Line::default();
        line.put("kind", &json!(self.body.kind()));
        line.put("world", &json!(self.world));
        line.put("setting", &json!(self.setting));
        if !self.facts.is_empty() {
            line.put("facts", &json!(self.facts));
        }
        if !self.slots.is_empty() {
            line.put_table("slots", &self.slots, |values| json!(values));
        }
        line.put_table("names", &self.names, |kind| json!(kind.tag()));
        if !self.speakers.is_empty() {
            line.put_table("speakers", &self.speakers, |voice| json!(voice));
        }
        if !self.mood.is_empty() {
            line.put_table("mood", &self.mood, |mood| json!(mood));
        }
        match &self.body {
            Body::Talk { turns } => line.put("turns", &json!(turns)),
            Body::Answer { turns, uses } => {
                line.put("turns", &json!(turns));
                line.put("uses", &json!(uses));
            }
            Body::Vary { line: say, ways } => {
                line.put("line", &json!(say));
                line.put("ways", &json!(ways));
            }
            Body::Choices { turns, options } => {
                line.put("turns", &json!(turns));
                line.put("options", &json!(options));
            }
            Body::Prose { goal, text } => {
                line.put("goal", &json!(goal));
                line.put("text", &json!(text));
            }
            Body::Rumor { tellings } => line.put("tellings", &json!(tellings)),
            Body::Debate { topic, stances, turns } => {
                line.put("topic", &json!(topic));
                line.put_table("stances", stances, |side| json!(side));
                line.put("turns", &json!(turns));
            }
            Body::Serial { premise, chapters } => {
                line.put("premise", &json!(premise));
                let chapters: Vec<Value> = chapters
                    .iter()
                    .map(|(goal, text)| {
                        let pairs = [("goal", goal), ("text", text)];
                        Value::Object(Map::from_iter(pairs.map(|(key, text)| (key.to_owned(), json!(text)))))
                    })
                    .collect();
                line.put("chapters", &json!(chapters));
            }
        }
        format!("{{{}}}", line.0)
    }
}

/// The inside of an object, written in the order of the keys that people know.
#[derive(Default)]
struct Line(String);

impl Line {
    fn put(&mut self, key: &str, value: &Value) {
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0.push_str(&format!("{}: {value}", json!(key)));
    }

    fn put_table<T>(&mut self, key: &str, table: &Table<T>, text: impl Fn(&T) -> Value) {
        let mut inside = Self::default();
        table.iter().for_each(|(id, value)| inside.put(id, &text(value)));
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0.push_str(&format!("{}: {{{}}}", json!(key), inside.0));
    }
}
