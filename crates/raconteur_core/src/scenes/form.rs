//! What is wrong with one scene: what would make it render to something else than it means, and what looks like a slip.

use std::collections::HashSet;

use super::{Body, NameKind, Script, YOU};
use crate::judge::words::is_word_char;
use crate::story::diagnostic::Severity;
use crate::story::table::Table;

/// Something wrong with a scene. An error keeps it from being used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) what: String,
    pub(super) help: &'static str,
    /// What stands at the place, as it is in the scene; empty for the scene as a whole.
    pub(super) near: String,
}

/// The mark that ends a document, which no text may hold.
const END_OF_TEXT: &str = "<|endoftext|>";

/// Letters that tell a word: "keeps" and "keep" are the same one.
const TELLING: usize = 4;

/// Words of three letters that stand anywhere. Shorter ones are not looked at.
const COMMON: &[&str] = &[
    "the", "and", "are", "has", "was", "for", "you", "not", "his", "her", "its", "but", "had", "all", "out", "who",
    "she", "him", "can", "how", "why", "our", "too", "now", "say", "any", "did", "may", "yes", "let", "ask", "own",
];

impl Script {
    /// Everything that is wrong with it by itself, errors first.
    pub(super) fn wrong(&self) -> Vec<Wrong> {
        let mut found = Vec::new();
        self.wrong_parts(&mut found);
        self.wrong_speakers(&mut found);
        self.wrong_texts(&mut found);
        self.wrong_slots(&mut found);
        self.wrong_names(&mut found);
        self.wrong_answer(&mut found);
        found.sort_by_key(|wrong| wrong.severity);
        found
    }

    /// Every text of it once, in the order of the rendering, names and values of slots left out.
    pub(super) fn texts(&self) -> Vec<String> {
        let bare = Self { names: Table::default(), slots: Table::default(), ..self.clone() };
        let mut texts = Vec::new();
        let _ = bare.map(&mut |text| {
            texts.push(text.to_owned());
            String::new()
        });
        texts
    }

    /// What somebody says or tells in it: what is learned, without setting, facts and people.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        let turns = self.body.turns().iter().map(|(_, text)| text.as_str());
        let rest: Vec<&str> = match &self.body {
            Body::Vary { line, ways } => {
                std::iter::once(line.as_str()).chain(ways.iter().map(String::as_str)).collect()
            }
            Body::Choices { options, .. } => {
                options.iter().flat_map(|(action, then)| [action.as_str(), then.as_str()]).collect()
            }
            Body::Prose { text, .. } => vec![text],
            Body::Serial { chapters, .. } => chapters.iter().map(|(_, text)| text.as_str()).collect(),
            _ => Vec::new(),
        };
        turns.chain(rest).collect()
    }

    /// Names of the people that it lists.
    pub(super) fn people(&self) -> impl Iterator<Item = &str> {
        let is_person = |kind: &NameKind| matches!(kind, NameKind::Man | NameKind::Woman | NameKind::Person);
        self.names.iter().filter(move |(_, kind)| is_person(kind)).map(|(name, _)| name)
    }

    fn wrong_parts(&self, found: &mut Vec<Wrong>) {
        if self.setting.trim().is_empty() {
            found.push(error("D08", "the setting is empty", "Say in one sentence where and when it is", ""));
        }
        let (is, least, what) = match &self.body {
            Body::Answer { turns, .. } | Body::Debate { turns, .. } => (turns.len(), 2, "turns"),
            // A line by itself, such as a greeting: what the template `say` asks for.
            Body::Talk { turns } => (turns.iter().filter(|(who, _)| who != YOU).count(), 1, "turns"),
            Body::Choices { options, .. } => (options.len(), 1, "options"),
            Body::Rumor { tellings } => (tellings.len(), 1, "tellings"),
            Body::Serial { chapters, .. } => (chapters.len(), 1, "chapters"),
            Body::Vary { ways, .. } => (ways.len(), 1, "ways"),
            Body::Prose { .. } => (1, 1, "text"),
        };
        if is < least {
            found.push(error("D13", &format!("there are too few {what}"), "Write more, or drop the scene", ""));
        }
        if let Body::Answer { uses, .. } = &self.body
            && let Some(place) = uses.iter().find(|&&place| place >= self.facts.len())
        {
            let what = format!("\"uses\" names fact {place}, and there are {}", self.facts.len());
            found.push(error("D07", &what, "Facts count from 0", "\"uses\""));
        }
        if let Body::Debate { stances, .. } = &self.body {
            for (who, side) in stances.iter() {
                if !self.speakers.contains(who) || !matches!(side.as_str(), "for" | "against") {
                    let what = format!("\"stances\" says '{who}: {side}'");
                    found.push(warn("D20", &what, "It says of speakers whether they are \"for\" or \"against\"", who));
                }
            }
        }
        for (key, ids) in [
            ("names", self.names.ids().collect::<Vec<_>>()),
            ("slots", self.slots.ids().collect()),
            ("speakers", self.speakers.ids().collect()),
            ("mood", self.mood.ids().collect()),
        ] {
            let mut seen = HashSet::new();
            for id in ids.into_iter().filter(|id| !seen.insert(*id)) {
                found.push(warn("D18", &format!("'{id}' stands twice in \"{key}\""), "Only the first counts", id));
            }
        }
    }

    fn wrong_speakers(&self, found: &mut Vec<Wrong>) {
        let turns = self.body.turns();
        let mut missing = HashSet::new();
        for (who, _) in turns.iter().filter(|(who, _)| who != YOU && !self.speakers.contains(who)) {
            if missing.insert(who) {
                let what = format!("'{who}' speaks and is not in \"speakers\"");
                found.push(error("D06", &what, "Give them a voice there", who));
            }
        }
        let is_vary = matches!(self.body, Body::Vary { .. });
        if is_vary && self.speakers.ids().all(|who| who == YOU) {
            found.push(error("D06", "nobody says the line", "Put who says it into \"speakers\"", ""));
        }
        for who in self.mood.ids().filter(|who| !self.speakers.contains(who)) {
            let what = format!("'{who}' has a mood and is not in \"speakers\"");
            found.push(warn("D06", &what, "A mood stands behind the voice, so it is not rendered", who));
        }
        let speaks = |who: &str| turns.iter().any(|(other, _)| other == who);
        for who in self.speakers.ids().filter(|who| *who != YOU && !turns.is_empty() && !speaks(who)) {
            let what = format!("'{who}' is in \"speakers\" and says nothing");
            found.push(info("D19", &what, "Drop them, or let them speak, unless they are meant to be silent", who));
        }
    }

    fn wrong_texts(&self, found: &mut Vec<Wrong>) {
        let texts = self.texts();
        let values = self.slots.iter().flat_map(|(_, values)| values);
        for text in texts.iter().chain(values) {
            if text.trim().is_empty() {
                if !(self.setting.trim().is_empty() && *text == self.setting) {
                    found.push(error("D08", "a text is empty", "Write it, or drop its key", ""));
                }
                continue;
            }
            if text.contains('\n') {
                let what = format!("a newline in {text:?}");
                found.push(error("D09", &what, "Turns and texts are one line each: a newline ends a turn", text));
            }
            let control = text.chars().find(|&c| c.is_control() && c != '\n' && c != '\t');
            if let Some(c) = control {
                let what = format!("the control character U+{:04X} in {text:?}", u32::from(c));
                found.push(error("D09", &what, "Remove it: no keyboard writes it, and no model should", text));
            }
            if text.contains('\t') || text.starts_with(' ') || text.ends_with(' ') {
                let what = format!("a tab, or a space at an end, in {text:?}");
                found.push(warn("D09", &what, "Use single spaces between words only", text));
            }
            if text.contains(END_OF_TEXT) {
                let what = format!("{END_OF_TEXT} in {text:?}");
                found.push(warn("D21", &what, "The mark is put behind a scene when it is rendered; remove it", text));
            }
        }
        let mut people: Vec<&str> = self.speakers.ids().chain(self.people()).collect();
        people.push(YOU);
        for text in self.said() {
            if let Some(label) = label_in(text, &people) {
                let what = format!("'{label}:' stands inside of a text");
                found.push(warn("D10", &what, "A label begins a turn: make it a turn of its own, or reword it", text));
            }
        }
    }

    fn wrong_slots(&self, found: &mut Vec<Wrong>) {
        let mut used: HashSet<String> = HashSet::new();
        let texts = self.texts();
        let values = self.slots.iter().flat_map(|(_, values)| values).cloned();
        for text in texts.into_iter().chain(values) {
            let mut rest = text.as_str();
            while let Some((_, behind)) = rest.split_once('{') {
                let Some((slot, after)) = behind.split_once('}') else {
                    let what = format!("a brace is not closed in {text:?}");
                    found.push(error("D04", &what, "A slot stands between two braces", &text));
                    break;
                };
                if !self.slots.contains(slot) {
                    let what = format!("{{{slot}}} has no values");
                    found.push(error("D04", &what, "Give it values in \"slots\"", &format!("{{{slot}}}")));
                }
                used.insert(slot.to_owned());
                rest = after;
            }
        }
        for (slot, values) in self.slots.iter() {
            if values.is_empty() {
                found.push(error("D04", &format!("slot '{slot}' has no values"), "Give it two or more", slot));
            } else if !used.contains(slot) {
                let what = format!("slot '{slot}' stands nowhere");
                found.push(warn("D05", &what, "Write {name} where its value belongs, or drop it", slot));
            } else if values.iter().collect::<HashSet<_>>().len() < values.len() {
                found.push(warn("D05", &format!("slot '{slot}' has a value twice"), "Drop one of them", slot));
            } else if values.len() == 1 {
                let what = format!("slot '{slot}' has a single value");
                found.push(info("D05", &what, "Give it more, so that the value is copied and not remembered", slot));
            }
        }
    }

    fn wrong_names(&self, found: &mut Vec<Wrong>) {
        for who in self.speakers.ids().filter(|who| *who != YOU && !self.has_name(who)) {
            let what = format!("'{who}' speaks and is not in \"names\"");
            found.push(warn("D11", &what, "Say there what it names (m, f, n, place, thing, group)", who));
        }
        let texts = self.texts();
        let all: Vec<&str> = texts
            .iter()
            .map(String::as_str)
            .chain(self.slots.iter().flat_map(|(_, v)| v).map(String::as_str))
            .collect();
        for name in self.names.ids() {
            let stands = self.speakers.contains(name) || all.iter().any(|text| stands_in(text, name));
            if !stands {
                let what = format!("'{name}' is in \"names\" and stands nowhere");
                found.push(info("D12", &what, "Drop it", name));
            }
        }
    }

    /// Whether a name is listed, alone or as a part of a longer one.
    fn has_name(&self, name: &str) -> bool {
        self.names.ids().any(|listed| stands_in(listed, name)) || self.names.ids().any(|listed| stands_in(name, listed))
    }

    /// An answer that says nothing of the fact that it is marked to use teaches the opposite of what it should.
    fn wrong_answer(&self, found: &mut Vec<Wrong>) {
        let Body::Answer { turns, uses } = &self.body else { return };
        let Some((who, answer)) = turns.last() else { return };
        if who == YOU {
            found.push(warn("D22", "the last turn is the player's", "An answer ends with what is answered", answer));
            return;
        }
        let mine: Vec<&str> = turns.iter().filter(|(who, _)| who != YOU).map(|(_, text)| text.as_str()).collect();
        let words: HashSet<String> = mine.iter().flat_map(|text| telling(text)).collect();
        for fact in uses.iter().filter_map(|&place| self.facts.get(place)) {
            let slots: Vec<&str> = self.slots.ids().filter(|slot| fact.contains(&format!("{{{slot}}}"))).collect();
            let carries = slots.iter().any(|slot| mine.iter().any(|text| text.contains(&format!("{{{slot}}}"))));
            if !carries && !telling(fact).iter().any(|word| words.contains(word)) {
                let what = format!("the answer shares no word with the fact that it uses, {fact:?}");
                found.push(info("D22", &what, "Let it carry the fact, or take the fact out of \"uses\"", answer));
            }
        }
    }
}

fn error(code: &'static str, what: &str, help: &'static str, near: &str) -> Wrong {
    Wrong { code, severity: Severity::Error, what: what.to_owned(), help, near: near.to_owned() }
}

fn warn(code: &'static str, what: &str, help: &'static str, near: &str) -> Wrong {
    Wrong { severity: Severity::Warn, ..error(code, what, help, near) }
}

fn info(code: &'static str, what: &str, help: &'static str, near: &str) -> Wrong {
    Wrong { severity: Severity::Info, ..error(code, what, help, near) }
}

/// A name that stands before a colon, as a label does.
pub(super) fn label_in<'a>(text: &str, people: &[&'a str]) -> Option<&'a str> {
    people.iter().copied().find(|name| {
        text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let behind = &text[at + name.len()..];
            before.is_none_or(|c| !is_word_char(c)) && (behind.starts_with(": ") || behind.starts_with(", again:"))
        })
    })
}

/// Whether a name stands in a text as whole words.
pub(super) fn stands_in(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        !before.is_some_and(is_word_char) && !behind.is_some_and(is_word_char)
    })
}

/// A text with a small letter for every slot: a value goes on the sentence, so that the word behind it opens none.
pub(super) fn without_slots(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((_, after)) = behind.split_once('}') else { break };
        out.push_str(before);
        out.push('x');
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The first letters of the words of a text that say something, and its numbers.
fn telling(text: &str) -> Vec<String> {
    let words = crate::judge::words::words(&without_slots(text)).into_iter();
    let tells = |word: &String| {
        let long = word.chars().count() >= 3 && !COMMON.contains(&word.as_str());
        long || word.chars().all(|c| c.is_ascii_digit())
    };
    words.filter(tells).map(|word| word.chars().take(TELLING).collect()).collect()
}
