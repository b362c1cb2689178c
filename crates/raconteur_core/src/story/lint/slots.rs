//! Slots in templates and texts: `{speaker}`, `{lore:3}`.

use std::ops::Range;

/// Slots that the engine fills in a prompt, and whether they take a number (`{lore:3}`).
///
/// The last five belong to the templates that a model brings along.
pub const PROMPT_SLOTS: [(&str, bool); 16] = [
    ("setting", false),
    ("lore", true),
    ("persona", false),
    ("talks", true),
    ("history", true),
    ("listener", false),
    ("heard", false),
    ("speaker", false),
    ("say", false),
    ("goal", false),
    ("tone", false),
    ("topic", false),
    ("stances", false),
    ("premise", false),
    ("recap", false),
    ("n", false),
];

/// Templates that every model brings along; a story need not define them.
pub const MODEL_PROMPTS: [&str; 8] = ["reply", "say", "vary", "prose", "label", "rumor", "debate", "serial"];

/// All `{..}` of a text: name, number if there is one, bytes with the braces. A brace that is never closed, or that
/// holds anything but a name and a number, is no slot.
pub fn slots(text: &str) -> impl Iterator<Item = (&str, Option<&str>, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + text[at..].find('{')?;
            let close = open + text[open..].find(['}', '\n'])?;
            at = open + 1;
            let inside = &text[open + 1..close];
            let (name, number) = inside.split_once(':').map_or((inside, None), |(name, number)| (name, Some(number)));
            let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
            if text[close..].starts_with('}') && is_name(name) && number.is_none_or(is_name) {
                at = close + 1;
                return Some((name, number, open..close + 1));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_and_numbers() {
        let text = "{setting}\n{lore:3} { no } {a{b}:{";
        let found: Vec<_> = slots(text).map(|(name, number, range)| (name, number, &text[range])).collect();
        assert_eq!(found, [("setting", None, "{setting}"), ("lore", Some("3"), "{lore:3}"), ("b", None, "{b}")]);
    }
}
