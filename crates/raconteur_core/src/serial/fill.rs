//! Holes: what fills them, and texts with their holes filled.
//!
//! `{id}` stands for the filling; of a person also `{id.they}`, `{id.them}`, `{id.their}`, with a capital for the start of
//! a sentence. `{{` and `}}` are braces.

use serde::{Deserialize, Serialize};

use super::format::{Hole, Opening};
use crate::story::table::Table;

/// What fills a hole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Cast id.
    Person(String),
    /// Id of a place.
    Place(String),
    /// The text.
    Word(String),
    /// The number.
    Number(i64),
}

/// A hole with what fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Id of the hole.
    pub hole: String,
    /// What fills it.
    pub value: Value,
}

/// What may fill a hole, in the writer's order. `people` are those who can act.
pub(super) fn choices(opening: &Opening, hole: &Hole, people: &[String]) -> Vec<Value> {
    match hole {
        Hole::Person { of } => {
            let may = |who: &&String| of.is_empty() || of.contains(who);
            people.iter().filter(may).map(|who| Value::Person(who.clone())).collect()
        }
        Hole::Place { of } if of.is_empty() => {
            opening.places.ids().map(|place| Value::Place(place.to_owned())).collect()
        }
        Hole::Place { of } => of.iter().map(|place| Value::Place(place.clone())).collect(),
        Hole::Word { of } => of.iter().map(|word| Value::Word(word.clone())).collect(),
        Hole::Number { from, to } => (*from..=*to).take(MOST_NUMBERS).map(Value::Number).collect(),
    }
}

/// So many numbers of a range are used, from its smallest.
const MOST_NUMBERS: usize = 1000;

/// Every way to fill `holes`, no person twice; at most `most` of them.
pub(super) fn ways(opening: &Opening, holes: &Table<Hole>, people: &[String], most: usize) -> Vec<Vec<Bound>> {
    let mut ways: Vec<Vec<Bound>> = vec![Vec::new()];
    for (id, hole) in holes.iter() {
        let values = choices(opening, hole, people);
        let mut next = Vec::new();
        for way in &ways {
            for value in &values {
                let taken = |bound: &Bound| matches!(value, Value::Person(_)) && bound.value == *value;
                if next.len() < most && !way.iter().any(taken) {
                    let mut way = way.clone();
                    way.push(Bound { hole: id.to_owned(), value: value.clone() });
                    next.push(way);
                }
            }
        }
        ways = next;
    }
    ways
}

/// Why a text cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfilled {
    /// No hole has this id.
    NoHole(String),
    /// The hole has no such form.
    NoForm(String),
    /// A brace without its partner.
    Brace,
}

impl std::fmt::Display for Unfilled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoHole(id) => {
                write!(f, "{{{id}}} is no hole of the opening or of this event; define it, or write {{{{ for a brace")
            }
            Self::NoForm(form) => write!(
                f,
                "{{{form}}} has no such form; a person has {{id}}, {{id.they}}, {{id.them}}, {{id.their}}, others {{id}} only"
            ),
            Self::Brace => {
                f.write_str("a brace is not closed, or closes nothing; write {{ or }} for a brace that is text")
            }
        }
    }
}

/// A text with its holes filled.
pub(super) fn fill(opening: &Opening, text: &str, bound: &[&[Bound]]) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            filled.push_str(&rest[..1]);
            rest = after;
            continue;
        }
        let end = rest.find('}').filter(|end| *end > 0).ok_or(Unfilled::Brace)?;
        filled.push_str(&word(opening, &rest[1..end], bound)?);
        rest = &rest[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// An id that stands there itself, or that of what fills a hole in braces.
pub(super) fn resolve(id: &str, bound: &[&[Bound]]) -> Option<String> {
    let Some(hole) = id.strip_prefix('{').and_then(|id| id.strip_suffix('}')) else { return Some(id.to_owned()) };
    match value_of(hole, bound)? {
        Value::Person(id) | Value::Place(id) => Some(id.clone()),
        Value::Word(_) | Value::Number(_) => None,
    }
}

fn value_of<'a>(hole: &str, bound: &[&'a [Bound]]) -> Option<&'a Value> {
    bound.iter().rev().flat_map(|bound| bound.iter()).find(|bound| bound.hole == hole).map(|bound| &bound.value)
}

fn word(opening: &Opening, slot: &str, bound: &[&[Bound]]) -> Result<String, Unfilled> {
    let (hole, form) = slot.split_once('.').map_or((slot, None), |(hole, form)| (hole, Some(form)));
    let value = value_of(hole, bound).ok_or_else(|| Unfilled::NoHole(hole.to_owned()))?;
    let no_form = || Unfilled::NoForm(slot.to_owned());
    match (value, form) {
        (Value::Person(who), None) => {
            Ok(opening.cast.get(who).map_or_else(|| who.clone(), |person| person.name.clone()))
        }
        (Value::Person(who), Some(form)) => {
            let is = opening.cast.get(who).map(|person| person.is).unwrap_or_default();
            let word = is.word(&form.to_lowercase()).ok_or_else(no_form)?;
            let capital = form.starts_with(char::is_uppercase);
            Ok(if capital { format!("{}{}", word[..1].to_uppercase(), &word[1..]) } else { word.to_owned() })
        }
        (Value::Place(place), None) => {
            Ok(opening.places.get(place).map_or_else(|| place.clone(), |place| place.name.clone()))
        }
        (Value::Word(word), None) => Ok(word.clone()),
        (Value::Number(number), None) => Ok(in_words(*number)),
        _ => Err(no_form()),
    }
}

/// Small numbers as prose has them.
fn in_words(number: i64) -> String {
    const WORDS: [&str; 21] = [
        "no",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    usize::try_from(number)
        .ok()
        .and_then(|at| WORDS.get(at))
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serial::tests::tiny;

    fn bound(hole: &str, value: Value) -> Bound {
        Bound { hole: hole.to_owned(), value }
    }

    #[test]
    fn texts_are_filled_by_form() {
        let opening = tiny();
        let own = [bound("who", Value::Person("ann".into())), bound("n", Value::Number(3))];
        let other = [bound("n", Value::Number(40)), bound("at", Value::Place("yard".into()))];
        let filled = |text| fill(&opening, text, &[&own, &other]);
        assert_eq!(filled("{who} took {who.their} lamp. {who.They} ran."), Ok("Ann took her lamp. She ran.".into()));
        assert_eq!(
            filled("At {at}, {n} of {{them}}."),
            Ok("At the yard, 40 of {them}.".into()),
            "the later one counts"
        );
        assert_eq!(filled("No holes."), Ok("No holes.".into()));
        assert_eq!(filled("{whom}"), Err(Unfilled::NoHole("whom".into())));
        assert_eq!(filled("{at.they}"), Err(Unfilled::NoForm("at.they".into())));
        for broken in ["{who", "who}", "{"] {
            assert_eq!(filled(broken), Err(Unfilled::Brace), "{broken}");
        }
        assert_eq!(resolve("{who}", &[&own]), Some("ann".into()));
        assert_eq!(resolve("bo", &[&own]), Some("bo".into()));
        assert_eq!(resolve("{n}", &[&own]), None);
    }

    #[test]
    fn no_person_fills_two_holes() {
        let opening = tiny();
        let mut holes = Table::default();
        holes.push("a", Hole::Person { of: Vec::new() });
        holes.push("b", Hole::Person { of: Vec::new() });
        let people: Vec<String> = ["ann", "bo", "cy"].map(str::to_owned).to_vec();
        let ways = ways(&opening, &holes, &people, 100);
        assert_eq!(ways.len(), 6);
        assert!(ways.iter().all(|way| way[0].value != way[1].value));
        assert_eq!(super::ways(&opening, &holes, &people, 2).len(), 2);
    }
}
