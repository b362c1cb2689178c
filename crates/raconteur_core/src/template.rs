//! Prompt templates: text with slots, rendered into a [`Prompt`](crate::prompt::Prompt) whose parts know what may be dropped.
//!
//! ```text
//! "{setting}\n{lore:3}\n{persona}\n\n{talks:2}{history:4}{listener}: {heard}\n{speaker}:"
//! ```
//! A model answers best in the layout it was trained on, so a rendered prompt has to equal that layout byte for byte,
//! also when a fact is missing or was dropped to fit. The rules that make it so:
//! - `talks`, `history` and `recap` are blocks: whole lines with their own newlines, nothing when empty.
//! - A line of the template is left out, newline and all, when it has slots for content (`lore`, `goal`, `heard`, ...)
//!   and all of them are empty. The names in it (`speaker`, `listener`) do not count.
//! - Whitespace between two slots is left out when one of them is empty.
//! - Facts stand in one line, the most relevant last: nearest to the question, and dropping the others leaves no gap.

mod render;

use std::collections::BTreeMap;

use crate::story::format::Story;

pub use render::Scene;

/// A template that has been read. The default is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(Slot, Option<usize>),
}

/// A slot of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// Where and when it is.
    Setting,
    /// Facts, `{lore:3}` at most three.
    Lore,
    /// Who speaks, one line each.
    Persona,
    /// Examples of the speaker's talk, `{talks:2}` at most two exchanges.
    Talks,
    /// The last turns, `{history:4}` at most four.
    History,
    /// Name of whom the speaker talks to.
    Listener,
    /// What was said to the speaker.
    Heard,
    /// Name of the speaker.
    Speaker,
    /// The authored line.
    Say,
    /// What the text is to achieve.
    Goal,
    /// What a debate is about.
    Topic,
    /// Who is for and who is against.
    Stances,
    /// What a serial is about.
    Premise,
    /// The chapters so far.
    Recap,
    /// Number of the chapter.
    N,
}

impl Slot {
    const ALL: [(&'static str, Self); 15] = [
        ("setting", Self::Setting),
        ("lore", Self::Lore),
        ("persona", Self::Persona),
        ("talks", Self::Talks),
        ("history", Self::History),
        ("listener", Self::Listener),
        ("heard", Self::Heard),
        ("speaker", Self::Speaker),
        ("say", Self::Say),
        ("goal", Self::Goal),
        ("topic", Self::Topic),
        ("stances", Self::Stances),
        ("premise", Self::Premise),
        ("recap", Self::Recap),
        ("n", Self::N),
    ];

    /// The slot of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(other, _)| *other == name).map(|&(_, slot)| slot)
    }

    /// Its name in templates and on bills.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, slot)| *slot == self).map_or("slot", |&(name, _)| name)
    }

    /// How many pieces it takes when the template names no number.
    fn default_count(self) -> usize {
        match self {
            Self::Lore => 3,
            Self::Talks => 2,
            Self::History => 4,
            _ => 1,
        }
    }

    fn is_block(self) -> bool {
        matches!(self, Self::Talks | Self::History | Self::Recap)
    }

    /// Whether it is filled with a name or a number, which says nothing by itself.
    fn is_label(self) -> bool {
        matches!(self, Self::Speaker | Self::Listener | Self::N)
    }
}

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A slot that does not exist.
    #[error(
        "{{{name}}} is not a slot of a prompt. Slots are setting, lore, persona, talks, history, listener, heard, speaker, say and goal; write {{{{ for a brace"
    )]
    UnknownSlot {
        /// What stands between the braces.
        name: String,
        /// Where it stands in the template, in bytes.
        at: usize,
    },
    /// What stands behind the colon of a slot is no number.
    #[error("'{count}' in {{{name}:{count}}} is no number; write {{{name}:3}} or {{{name}}}")]
    BadCount {
        /// Name of the slot.
        name: String,
        /// What stands there.
        count: String,
        /// Where it stands in the template, in bytes.
        at: usize,
    },
    /// A brace without its partner.
    #[error("a brace is not closed, or closes nothing; write {{{{ or }}}} for a brace that is text")]
    Unbalanced {
        /// Where it stands in the template, in bytes.
        at: usize,
    },
    /// A file of templates is not RON, or something in it is neither a text nor a list of texts.
    #[error(
        "the file of prompt templates cannot be read: {0}. It should look like (reply: \"{{setting}}\\n...\", stop: [\"\\n\"])"
    )]
    File(String),
    /// A template with a mistake, by its name.
    #[error("prompt '{name}': {error}")]
    Named {
        /// Name of the template.
        name: String,
        /// The mistake.
        error: Box<TemplateError>,
    },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] with the place in `source`.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        while let Some(c) = source[at..].chars().next() {
            let rest = &source[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                text.push(c);
                at += 2;
            } else if c == '{' {
                let end = rest.find('}').ok_or(TemplateError::Unbalanced { at })?;
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(parse_slot(&rest[1..end], at)?);
                at += end + 1;
            } else if c == '}' {
                return Err(TemplateError::Unbalanced { at });
            } else {
                text.push(c);
                at += c.len_utf8();
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self { parts })
    }

    /// This template without its numbers: it takes every fact, every example and every turn.
    #[must_use]
    pub fn unlimited(&self) -> Self {
        let lift = |part: &Part| match part {
            Part::Slot(slot @ (Slot::Lore | Slot::Talks | Slot::History), _) => Part::Slot(*slot, Some(usize::MAX)),
            part => part.clone(),
        };
        Self { parts: self.parts.iter().map(lift).collect() }
    }

    /// The slots in order, each with its number, if the template names one.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, Option<usize>)> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Slot(slot, count) => Some((*slot, *count)),
            Part::Text(_) => None,
        })
    }

    /// Whether it has a slot.
    #[must_use]
    pub fn has(&self, slot: Slot) -> bool {
        self.slots().any(|(other, _)| other == slot)
    }

    /// How many pieces it takes for a slot; 0 when it has no such slot.
    #[must_use]
    pub fn count(&self, slot: Slot) -> usize {
        self.slots()
            .find(|(other, _)| *other == slot)
            .map_or(0, |(slot, count)| count.unwrap_or_else(|| slot.default_count()))
    }
}

impl Template {
    /// The same template with another number of pieces for a slot that it has.
    #[must_use]
    pub(crate) fn with_count(&self, slot: Slot, count: usize) -> Self {
        let parts = self.parts.iter().map(|part| match part {
            Part::Slot(other, _) if *other == slot => Part::Slot(slot, Some(count)),
            part => part.clone(),
        });
        Self { parts: parts.collect() }
    }
}

fn parse_slot(inside: &str, at: usize) -> Result<Part, TemplateError> {
    let (name, count) = inside.split_once(':').map_or((inside, None), |(name, count)| (name, Some(count)));
    let name = name.trim();
    let slot = Slot::from_name(name).ok_or_else(|| TemplateError::UnknownSlot { name: name.to_owned(), at })?;
    let count = count
        .map(|count| {
            let bad = || TemplateError::BadCount { name: name.to_owned(), count: count.to_owned(), at };
            count.trim().parse().map_err(|_| bad())
        })
        .transpose()?;
    Ok(Part::Slot(slot, count))
}

/// Templates by name, and what else a model's training layout fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    by_name: BTreeMap<String, Template>,
    /// Put the model's end-of-text token before every prompt.
    pub start_of_text: bool,
}

/// The layout that the model in the box was trained on; also what a model without templates of its own gets.
const BUILT_IN: &[(&str, &str)] = &[
    ("reply", "{setting}\n{lore:3}\n{persona}\n\n{talks:2}{history:4}{listener}: {heard}\n{speaker}:"),
    ("say", "{setting}\n{lore:2} {goal}\n{persona}\n\n{talks:2}{history:4}{speaker}:"),
    ("vary", "{setting}\n{lore:2}\n{persona}\n\n{speaker}: {say}\n{speaker}, again:"),
    ("prose", "{setting}\n{lore:2}\n{persona}\nGoal: {goal}\n\n"),
    ("label", "{setting}\n{lore:2}\n{persona}\n\n{history:4}You could:\n-"),
    ("rumor", "{setting}\n{lore:1}\n{persona}\nRumor:\n\n{history:3}{speaker}:"),
    ("debate", "{setting}\n{lore:2}\n{persona}\nDebate: {topic}\n{stances}\n\n{history:6}{speaker}:"),
    ("serial", "{setting}\n{lore:3}\nStory: {premise}\n\n{recap}Chapter {n}. Goal: {goal}\n"),
];

impl Default for Templates {
    fn default() -> Self {
        let parsed = BUILT_IN.iter().filter_map(|(name, text)| Some(((*name).to_owned(), Template::parse(text).ok()?)));
        Self { by_name: parsed.collect(), start_of_text: true }
    }
}

impl Templates {
    /// Reads the templates that a model brings, such as `assets/models/ember/prompts.ron`, over the built-in ones: a
    /// struct of texts, each a template. Lists, `persona` (whose layout is fixed) and `end_of_text` are no templates;
    /// an `end_of_text` says that every prompt begins with the model's end-of-text token.
    ///
    /// # Errors
    /// [`TemplateError::File`] when it is not RON, [`TemplateError::Named`] when a template has a mistake.
    pub fn from_ron(text: &str) -> Result<Self, TemplateError> {
        let ron::Value::Map(map) =
            ron::from_str(text).map_err(|error: ron::error::SpannedError| TemplateError::File(error.to_string()))?
        else {
            return Err(TemplateError::File("it is not a struct".to_owned()));
        };
        let mut templates = Self { start_of_text: false, ..Self::default() };
        for (key, value) in map.iter() {
            match (key, value) {
                (ron::Value::String(name), ron::Value::String(_)) if name == "end_of_text" => {
                    templates.start_of_text = true;
                }
                (ron::Value::String(name), ron::Value::String(_)) if name == "persona" => {}
                (ron::Value::String(name), ron::Value::String(text)) => templates.insert(name, text)?,
                (ron::Value::String(_), ron::Value::Seq(_)) => {}
                (key, _) => return Err(TemplateError::File(format!("{key:?} is neither a text nor a list"))),
            }
        }
        Ok(templates)
    }

    /// These templates with those of a story in the place of its namesakes.
    ///
    /// # Errors
    /// [`TemplateError::Named`] for a template of the story with a mistake.
    pub fn overridden_by(&self, story: &Story) -> Result<Self, TemplateError> {
        let mut templates = self.clone();
        for (name, text) in story.prompts.iter().rev() {
            templates.insert(name, text)?;
        }
        Ok(templates)
    }

    /// Adds a template, or puts it in the place of its namesake.
    ///
    /// # Errors
    /// [`TemplateError::Named`] when it cannot be read.
    pub fn insert(&mut self, name: &str, text: &str) -> Result<(), TemplateError> {
        let template = Template::parse(text)
            .map_err(|error| TemplateError::Named { name: name.to_owned(), error: Box::new(error) })?;
        self.by_name.insert(name.to_owned(), template);
        Ok(())
    }

    /// The template of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Template> {
        self.by_name.get(name)
    }

    /// Puts a template that has been read under a name.
    pub(crate) fn put(&mut self, name: &str, template: Template) {
        self.by_name.insert(name.to_owned(), template);
    }

    /// The template of this name, with the name as it is kept here.
    pub(crate) fn entry(&self, name: &str) -> Option<(&str, &Template)> {
        self.by_name.get_key_value(name).map(|(name, template)| (name.as_str(), template))
    }

    /// Names of all templates, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}
