//! A translation as the text of a file: new texts go in, everything else stays as the translator wrote it.

mod comments;

use crate::story::format::{Locale, Translation};
use crate::story::spans::{TokenKind, Tree, tokens};
use comments::{Gap, inside};

/// Stands above translations whose texts are gone.
const OBSOLETE: &str = "// No longer in the story; kept for when they come back:";

/// Lines up to this length hold a whole translation.
const WIDTH: usize = 120;

/// The text of `X.<tag>.l10n.ron` with the texts of `new` in it, those whose keys `order` lists first and in its order.
///
/// `old` is the file as it is, with what was read from it. Of it everything but `texts` stays, byte for byte; in `texts`
/// the entries that did not change, and the comments. Without `old` a new file is begun, which holds `texts` only.
#[must_use]
pub fn write(old: Option<(&str, &Locale)>, new: &Locale, order: &[&str]) -> String {
    let Some((file, before)) = old else {
        return format!("(\n    texts: {},\n)\n", texts(None, new, order));
    };
    let tree = Tree::scan(file);
    if let Some(field) = tree.field("texts") {
        let span = field.value.span.clone();
        let map = texts(Some((file, before, &field.value)), new, order);
        return format!("{}{map}{}", &file[..span.start], &file[span.end..]);
    }
    let map = texts(None, new, order);
    let open = tokens(file).into_iter().find(|token| matches!(token.kind, TokenKind::Open('(')));
    match open {
        Some(open) => {
            let (head, rest) = file.split_at(open.span.end);
            let gap = if rest.starts_with(['\n', '\r']) { "" } else { "\n    " };
            format!("{head}\n    texts: {map},{gap}{rest}")
        }
        None => format!("{file}(\n    texts: {map},\n)\n"),
    }
}

/// The map of texts, from its brace to its brace.
fn texts(old: Option<(&str, &Locale, &Tree)>, new: &Locale, order: &[&str]) -> String {
    let mut old = Old::new(old);
    let place = |key: &str| order.iter().position(|other| *other == key);
    let mut entries: Vec<(usize, &str, &Translation)> =
        new.texts.iter().map(|(key, text)| (place(key).unwrap_or(order.len()), key, text)).collect();
    // Stable: what the order does not know stays as it stands.
    entries.sort_by_key(|(place, _, _)| *place);
    let mut map = String::from("{\n");
    let mut obsolete = false;
    for (place, key, text) in entries {
        if place == order.len() && !obsolete {
            obsolete = true;
            map.push_str(&format!("        {OBSOLETE}\n"));
        }
        let entry = old.take(key, text);
        for comment in &entry.before {
            map.push_str(&format!("        {comment}\n"));
        }
        let body = entry.raw.unwrap_or_else(|| format!("{}: {}", quote(key), translation(key, text)));
        map.push_str(&format!("        {body},"));
        for comment in &entry.behind {
            map.push_str(&format!(" {comment}"));
        }
        map.push('\n');
    }
    for comment in old.rest() {
        map.push_str(&format!("        {comment}\n"));
    }
    map.push_str("    }");
    map
}

/// What stood in the file around an entry.
#[derive(Default)]
struct Entry {
    before: Vec<String>,
    /// The entry as it was written, if it still says the same.
    raw: Option<String>,
    behind: Vec<String>,
}

/// The entries of the old file that have not been written yet.
struct Old<'a> {
    entries: Vec<Option<(&'a str, &'a Translation, Entry)>>,
    tail: Vec<String>,
}

impl<'a> Old<'a> {
    fn new(old: Option<(&'a str, &'a Locale, &Tree)>) -> Self {
        let Some((file, before, tree)) = old else { return Self { entries: Vec::new(), tail: Vec::new() } };
        let mut entries: Vec<Option<(&str, &Translation, Entry)>> = Vec::new();
        let mut at = (tree.span.start + 1).min(tree.span.end);
        for ((key, text), field) in before.texts.iter().zip(&tree.fields) {
            let gap = Gap::read(&file[at..field.key_span.start]);
            let mut here = Entry { before: gap.below, raw: None, behind: Vec::new() };
            match entries.last_mut() {
                Some(Some((_, _, last))) => last.behind = gap.beside,
                _ => here.before.splice(0..0, gap.beside).for_each(drop),
            }
            here.before.retain(|comment| comment != OBSOLETE);
            here.raw = Some(file[field.key_span.start..field.value.span.end].to_owned());
            entries.push(Some((key, text, here)));
            at = field.value.span.end;
        }
        let gap = Gap::read(&file[at..tree.span.end.saturating_sub(1).max(at)]);
        let mut tail = gap.below;
        match entries.last_mut() {
            Some(Some((_, _, last))) => last.behind = gap.beside,
            _ => tail.splice(0..0, gap.beside).for_each(drop),
        }
        tail.retain(|comment| comment != OBSOLETE);
        Self { entries, tail }
    }

    /// What stood around the entry of this key.
    fn take(&mut self, key: &str, text: &Translation) -> Entry {
        let found = self.entries.iter_mut().find(|entry| entry.as_ref().is_some_and(|(other, _, _)| *other == key));
        let Some((_, before, mut entry)) = found.and_then(Option::take) else { return Entry::default() };
        if before != text {
            // A new text: what was said about the old one stays, above it.
            entry.before.extend(entry.raw.take().iter().flat_map(|raw| inside(raw)));
        }
        entry
    }

    /// Comments that belong to nothing that is left.
    fn rest(self) -> Vec<String> {
        let gone = self.entries.into_iter().flatten().flat_map(|(_, _, entry)| [entry.before, entry.behind].concat());
        gone.chain(self.tail).collect()
    }
}

/// A translation as RON: what it does not say is left out.
fn translation(key: &str, text: &Translation) -> String {
    let Translation { say, lock, draft, goal, tone, must, must_not, from, keys, talks, reads, note } = text;
    let words =
        |list: &Vec<String>| format!("[{}]", list.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", "));
    let mut fields: Vec<(&str, String)> = Vec::new();
    let mut some = |name: &'static str, text: &str| {
        if !text.is_empty() {
            fields.push((name, quote(text)));
        }
    };
    some("say", say);
    some("lock", lock);
    some("goal", goal);
    some("tone", tone);
    some("note", note);
    let mut add = |name: &'static str, value: Option<String>| fields.extend(value.map(|value| (name, value)));
    add("draft", draft.then(|| "true".to_owned()));
    let groups = |list: &Vec<Vec<String>>| format!("[{}]", list.iter().map(words).collect::<Vec<_>>().join(", "));
    add("must", must.as_ref().map(groups));
    add("must_not", must_not.as_ref().map(words));
    add("from", from.as_ref().map(words));
    add("keys", keys.as_ref().map(words));
    add(
        "talks",
        talks.as_ref().map(|talks| {
            let pair = |(asked, said): &(String, String)| format!("({}, {})", quote(asked), quote(said));
            format!("[{}]", talks.iter().map(pair).collect::<Vec<_>>().join(", "))
        }),
    );
    add(
        "reads",
        reads.as_ref().map(|reads| {
            let one = |(name, list): (&str, &Vec<String>)| format!("{}: {}", quote(name), words(list));
            format!("{{{}}}", reads.iter().map(one).collect::<Vec<_>>().join(", "))
        }),
    );
    let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let line = format!("({})", fields.join(", "));
    if key.chars().count() + line.chars().count() + 14 <= WIDTH || fields.len() < 3 {
        return line;
    }
    let fields: Vec<String> = fields.iter().map(|field| format!("            {field},\n")).collect();
    format!("(\n{}        )", fields.concat())
}

/// A text as a RON literal. Letters stay as they are; what cannot be seen, or turns the writing direction of what
/// stands around it, is written as an escape.
fn quote(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') => {
                literal.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests;
