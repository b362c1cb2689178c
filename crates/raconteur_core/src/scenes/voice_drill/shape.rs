//! What a manner does to a sentence.

use super::Chance;

/// A change of form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// None.
    Plain,
    /// No short forms: "I am", "do not".
    Formal,
    /// Some words are shouted.
    Loud,
    /// Full stops become exclamation marks.
    Exclaim,
    /// The end is lost.
    Trail,
    /// Said twice.
    Twice,
    /// The beginning comes hard.
    Stammer,
    /// Only the first sentence.
    Short,
    /// With long pauses.
    Slow,
}

impl Shape {
    /// By its name in the list of manners.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "formal" => Self::Formal,
            "loud" => Self::Loud,
            "exclaim" => Self::Exclaim,
            "trail" => Self::Trail,
            "twice" => Self::Twice,
            "stammer" => Self::Stammer,
            "short" => Self::Short,
            "slow" => Self::Slow,
            _ => Self::Plain,
        }
    }
}

/// `text` in this shape.
pub(super) fn apply(text: &str, shape: Shape, chance: &mut Chance) -> String {
    match shape {
        Shape::Plain => text.to_owned(),
        Shape::Formal => in_full(text),
        Shape::Loud => loud(text, chance),
        Shape::Exclaim => text.replace("...", "\u{1}").replace('.', "!").replace('\u{1}', "..."),
        Shape::Trail => trail(text, chance),
        Shape::Twice => {
            let first = text.split_inclusive(['.', '!', '?']).next().unwrap_or(text);
            format!("{first} {text}")
        }
        Shape::Stammer => stammer(text, chance),
        Shape::Short => text.split_inclusive(['.', '!', '?']).next().unwrap_or(text).to_owned(),
        Shape::Slow => match chance.below(3) {
            0 => text.to_owned(),
            1 if text.contains(", ") => text.replacen(", ", " ... ", 1),
            _ => text.replacen(". ", ". ... ", 1),
        },
    }
}

/// Short forms and what they stand for.
#[rustfmt::skip]
const FORMS: [(&str, &str); 40] = [
    ("I'm", "I am"), ("I've", "I have"), ("I'll", "I will"), ("I'd", "I would"), ("you're", "you are"),
    ("You're", "You are"), ("you've", "you have"), ("you'll", "you will"), ("You'll", "You will"), ("it's", "it is"),
    ("It's", "It is"), ("that's", "that is"), ("That's", "That is"), ("there's", "there is"), ("There's", "There is"),
    ("don't", "do not"), ("Don't", "Do not"), ("doesn't", "does not"), ("didn't", "did not"), ("can't", "cannot"),
    ("won't", "will not"), ("wouldn't", "would not"), ("couldn't", "could not"), ("isn't", "is not"),
    ("aren't", "are not"), ("wasn't", "was not"), ("weren't", "were not"), ("haven't", "have not"),
    ("hasn't", "has not"), ("shouldn't", "should not"), ("mustn't", "must not"), ("we'll", "we will"),
    ("We'll", "We will"), ("they'll", "they will"), ("They'll", "They will"), ("they've", "they have"),
    ("They're", "They are"), ("they're", "they are"), ("what's", "what is"), ("She'll", "She will"),
];

fn in_full(text: &str) -> String {
    let word = |word: &str| {
        let core = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let full = FORMS.iter().find(|(short, _)| *short == core).map(|(_, full)| *full);
        full.map_or_else(|| word.to_owned(), |full| format!("{full}{}", &word[core.len()..]))
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// One to three words in capitals, or all.
fn loud(text: &str, chance: &mut Chance) -> String {
    if chance.below(3) == 0 {
        return text.to_uppercase().replace('.', "!");
    }
    let mut all: Vec<String> = text.split(' ').map(ToString::to_string).collect();
    for _ in 0..=chance.below(3) {
        let at = chance.below(all.len());
        if let Some(word) = all.get_mut(at).filter(|word| word.len() > 3) {
            *word = word.to_uppercase();
        }
    }
    all.join(" ")
}

/// The last sentence without its last words.
fn trail(text: &str, chance: &mut Chance) -> String {
    let said = text.trim_end_matches(['.', '!', '?']);
    let all: Vec<&str> = said.split(' ').collect();
    let kept = all.len().saturating_sub(1 + chance.below(3)).max(2).min(all.len());
    format!("{}...", all[..kept].join(" ").trim_end_matches(['.', ',', '!', '?']))
}

fn stammer(text: &str, chance: &mut Chance) -> String {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    if rest.is_empty() || !first.chars().all(char::is_alphabetic) {
        return format!("I, well, {}", decapitalised(text));
    }
    let again = decapitalised(first);
    match chance.below(3) {
        0 => format!("{first}, {again} {rest}"),
        1 => format!("{first}, um, {rest}"),
        _ => format!("{first} ... {again} {rest}"),
    }
}

/// Words that begin a sentence and are no names.
#[rustfmt::skip]
const BEGINNINGS: [&str; 44] = [
    "A", "After", "All", "Already", "An", "And", "Ask", "At", "By", "Did", "Do", "Fine", "Good", "Have", "Hello", "If",
    "In", "Is", "It", "It's", "Must", "My", "No", "Nobody", "Not", "Nothing", "Of", "Oh", "On", "Only", "Perhaps",
    "Should", "Soon", "The", "Then", "There", "They", "To", "Was", "What", "When", "Who", "Yes", "You",
];

/// Without a capital at its start, unless it may be a name or the word I.
fn decapitalised(text: &str) -> String {
    let first = text.split([' ', ',', '.', '?', '!']).next().unwrap_or_default();
    if BEGINNINGS.contains(&first) { text[..1].to_lowercase() + &text[1..] } else { text.to_owned() }
}
