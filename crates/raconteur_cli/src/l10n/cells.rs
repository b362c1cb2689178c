//! What belongs to a text (goals, words, variants), as the content of a cell.
//!
//! A list has one entry a line. Groups of words have one group a line, with ` | ` between the words. An empty list is
//! `(none)`, which says that there is nothing to say here; an empty cell says that nobody has looked yet. `\` stands
//! before a `\`, a `|` or a `(` that is meant as such, and `\n` is a line end inside of an entry.

use raconteur_core::story::format::Translation;

const NONE: &str = "(none)";
/// A group without words.
const EMPTY: &str = "()";

/// A field of a translation other than the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Goal,
    Tone,
    Must,
    MustNot,
    From,
    Keys,
    Talks,
    Reads,
}

impl Field {
    pub const ALL: [Self; 8] =
        [Self::Goal, Self::Tone, Self::Must, Self::MustNot, Self::From, Self::Keys, Self::Talks, Self::Reads];

    /// Its name in the key of a row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Tone => "tone",
            Self::Must => "must",
            Self::MustNot => "must_not",
            Self::From => "variants",
            Self::Keys => "keys",
            Self::Talks => "talks",
            Self::Reads => "reads",
        }
    }

    /// The text and the field that a key names.
    pub fn of_key(key: &str) -> Option<(&str, Self)> {
        let (text, name) = key.rsplit_once('#')?;
        Self::ALL.into_iter().find(|field| field.name() == name).map(|field| (text, field))
    }
}

/// The cell of a field; `None` when it says nothing.
pub fn encode(words: &Translation, field: Field) -> Option<String> {
    let plain = |text: &String| (!text.is_empty()).then(|| text.clone());
    match field {
        Field::Goal => plain(&words.goal),
        Field::Tone => plain(&words.tone),
        Field::Must => words.must.as_ref().map(|groups| lines(groups.iter().map(|group| entries(group)))),
        Field::MustNot => words.must_not.as_ref().map(|list| lines(list.iter().map(|word| escape(word)))),
        Field::From => words.from.as_ref().map(|list| lines(list.iter().map(|word| escape(word)))),
        Field::Keys => words.keys.as_ref().map(|list| lines(list.iter().map(|word| escape(word)))),
        Field::Talks => words
            .talks
            .as_ref()
            .map(|talks| lines(talks.iter().map(|(asked, said)| format!("{} | {}", escape(asked), escape(said))))),
        Field::Reads => words.reads.as_ref().map(|reads| {
            lines(reads.iter().map(|(name, list)| {
                std::iter::once(escape(name))
                    .chain(list.iter().map(|text| escape(text)))
                    .collect::<Vec<_>>()
                    .join(" | ")
            }))
        }),
    }
}

/// Puts a cell into a field.
///
/// # Errors
/// What is wrong with the cell.
pub fn decode(words: &mut Translation, field: Field, cell: &str) -> Result<(), String> {
    let groups = || -> Vec<Vec<String>> { split_lines(cell).iter().map(|line| split_entries(line)).collect() };
    let list = || -> Vec<String> { split_lines(cell).iter().map(|line| unescape(line)).collect() };
    match field {
        Field::Goal => words.goal = cell.to_owned(),
        Field::Tone => words.tone = cell.to_owned(),
        Field::Must => words.must = Some(groups()),
        Field::MustNot => words.must_not = Some(list()),
        Field::From => words.from = Some(list()),
        Field::Keys => words.keys = Some(list()),
        Field::Talks => {
            let pair = |group: Vec<String>| match <[String; 2]>::try_from(group) {
                Ok([asked, said]) => Ok((asked, said)),
                Err(group) => Err(format!(
                    "an example of talk needs a question and an answer with one | between them, not {} parts",
                    group.len()
                )),
            };
            words.talks = Some(groups().into_iter().map(pair).collect::<Result<_, _>>()?);
        }
        Field::Reads => {
            let entry = |mut group: Vec<String>| {
                let name = if group.is_empty() { String::new() } else { group.remove(0) };
                if name.is_empty() {
                    Err("a line begins with the name of a variable".to_owned())
                } else {
                    Ok((name, group))
                }
            };
            words.reads = Some(groups().into_iter().map(entry).collect::<Result<_, _>>()?);
        }
    }
    Ok(())
}

fn lines(entries: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = entries.collect();
    if lines.is_empty() { NONE.to_owned() } else { lines.join("\n") }
}

/// A group; an empty one is written as such, for it may not vanish.
fn entries(group: &[String]) -> String {
    if group.is_empty() {
        return EMPTY.to_owned();
    }
    group.iter().map(|word| escape(word)).collect::<Vec<_>>().join(" | ")
}

fn split_lines(cell: &str) -> Vec<&str> {
    let cell = cell.trim_end_matches('\n');
    if cell.trim() == NONE { Vec::new() } else { cell.split('\n').map(|line| line.trim_end_matches('\r')).collect() }
}

fn split_entries(line: &str) -> Vec<String> {
    if line.trim() == EMPTY {
        return Vec::new();
    }
    let mut entries = vec![String::new()];
    let mut escaped = false;
    for c in line.chars() {
        match c {
            '|' if !escaped => entries.push(String::new()),
            c => {
                if let Some(last) = entries.last_mut() {
                    last.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    entries.iter().map(|entry| unescape(entry.trim_matches(' '))).collect()
}

fn escape(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        match c {
            '\\' | '|' | '(' => cell.extend(['\\', c]),
            '\n' => cell.push_str("\\n"),
            '\r' => cell.push_str("\\r"),
            // Spaces at the ends are otherwise those around a |.
            ' ' if at == 0 || at == last => cell.push_str("\\s"),
            c => cell.push(c),
        }
    }
    // An empty entry has to be seen.
    if cell.is_empty() { "\\e".to_owned() } else { cell }
}

fn unescape(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('s') => text.push(' '),
                Some('e') | None => {}
                Some(other) => text.push(other),
            },
            c => text.push(c),
        }
    }
    text
}
