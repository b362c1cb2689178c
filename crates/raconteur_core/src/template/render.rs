//! Filling a template.

use super::{Part, Slot, Template};
use crate::persona::Persona;
use crate::prompt::{Piece, Prompt, Section};

/// What fills the slots of a [`Template`]. Newlines inside the texts become spaces: a turn has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scene {
    /// Where and when it is.
    pub setting: String,
    /// Facts, the most relevant first.
    pub lore: Vec<String>,
    /// Who speaks, one line each; the examples of `talks` are those of the first.
    pub personas: Vec<Persona>,
    /// The turns so far, oldest first: (display name, text). Turns without a name are left out: the training text
    /// has no narration between turns.
    pub history: Vec<(String, String)>,
    /// Display name of whom the speaker talks to.
    pub listener: String,
    /// What was said to the speaker.
    pub heard: String,
    /// Display name of the speaker. A narrator, who has none, is called [`NARRATOR`](Self::NARRATOR) where a template
    /// needs a name.
    pub speaker: String,
    /// The authored line.
    pub say: String,
    /// What the text is to achieve.
    pub goal: String,
    /// Texts of the slots that only larger forms use (`topic`, `stances`, `premise`, `recap`, `n`).
    pub more: Vec<(Slot, String)>,
}

impl Scene {
    /// What a speaker without a name is called.
    pub const NARRATOR: &'static str = "Narrator";

    /// The adapter under which the scene is told: that of the speaker, or one that all who speak have in common.
    #[must_use]
    pub fn adapter(&self) -> Option<&str> {
        let (first, others) = self.personas.split_first()?;
        let adapter = first.adapter.as_deref();
        adapter.filter(|_| others.iter().all(|other| other.adapter.as_deref() == adapter))
    }

    fn inline(&self, slot: Slot) -> String {
        let text = match slot {
            Slot::Setting => &self.setting,
            Slot::Listener => &self.listener,
            Slot::Heard => &self.heard,
            Slot::Speaker if self.speaker.trim().is_empty() => return Self::NARRATOR.to_owned(),
            Slot::Speaker => &self.speaker,
            Slot::Say => &self.say,
            Slot::Goal => &self.goal,
            Slot::Persona => {
                let lines: Vec<String> = self.personas.iter().map(|persona| one_line(&persona.describe())).collect();
                return lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            }
            other => {
                return self.more.iter().find(|(slot, _)| *slot == other).map_or_else(String::new, |(_, t)| t.clone());
            }
        };
        one_line(text)
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

// Ranks: what goes first when a prompt is too long. Within a band the later turn, the more relevant fact stays longer.
// Old turns go first, then examples, then recent turns, then facts: an answer without its fact is a guess.
const OLD_TURNS: u32 = 1000;
const TALKS: u32 = 2000;
const RECENT_TURNS: u32 = 3000;
const LORE: u32 = 4000;
/// Number of turns that count as recent.
const RECENT: usize = 2;

impl Template {
    /// Fills the slots, for the [adapter](Scene::adapter) of whoever speaks. Facts, examples and turns may be dropped to fit a budget, everything else is pinned.
    #[must_use]
    pub fn render(&self, scene: &Scene, start_of_text: bool) -> Prompt {
        let mut writer = Writer::default();
        for line in self.lines() {
            line.render(scene, &mut writer);
        }
        Prompt { sections: writer.sections, start_of_text, adapter: scene.adapter().map(str::to_owned) }
    }

    fn lines(&self) -> Vec<TemplateLine> {
        let mut lines = vec![TemplateLine::default()];
        let mut add = |part: Part, ends: bool| {
            if let Some(line) = lines.last_mut() {
                match part {
                    Part::Text(text) if text.is_empty() => {}
                    part => line.parts.push(part),
                }
                line.newline = ends;
            }
            if ends {
                lines.push(TemplateLine::default());
            }
        };
        for part in &self.parts {
            match part {
                Part::Slot(..) => add(part.clone(), false),
                Part::Text(text) => {
                    let mut rest = text.as_str();
                    while let Some((line, after)) = rest.split_once('\n') {
                        add(Part::Text(line.to_owned()), true);
                        rest = after;
                    }
                    add(Part::Text(rest.to_owned()), false);
                }
            }
        }
        lines
    }
}

#[derive(Default)]
struct TemplateLine {
    parts: Vec<Part>,
    newline: bool,
}

/// A part of a line with its slot filled.
enum Filled {
    Text(String),
    Inline(Slot, String),
    Lore(Vec<String>),
}

impl TemplateLine {
    fn render(&self, scene: &Scene, writer: &mut Writer) {
        let mut rest: Vec<Filled> = Vec::new();
        let (mut content, mut filled) = (0, 0);
        for part in &self.parts {
            match part {
                Part::Text(text) => rest.push(Filled::Text(text.clone())),
                Part::Slot(slot, count) if slot.is_block() => {
                    // Blocks stand before the line they open: they bring their own newlines.
                    writer.block(*slot, count.unwrap_or_else(|| slot.default_count()), scene);
                }
                Part::Slot(Slot::Lore, count) => {
                    let most = count.unwrap_or_else(|| Slot::Lore.default_count());
                    let facts: Vec<String> = scene
                        .lore
                        .iter()
                        .map(|fact| one_line(fact))
                        .filter(|fact| !fact.is_empty())
                        .take(most)
                        .collect();
                    content += 1;
                    filled += usize::from(!facts.is_empty());
                    rest.push(Filled::Lore(facts));
                }
                Part::Slot(slot, _) => {
                    let text = scene.inline(*slot);
                    if !slot.is_label() {
                        content += 1;
                        filled += usize::from(!text.is_empty());
                    }
                    rest.push(Filled::Inline(*slot, text));
                }
            }
        }
        let only_blocks = rest.is_empty() && !self.parts.is_empty();
        if (content > 0 && filled == 0) || only_blocks {
            return;
        }
        close_gaps(&mut rest);
        self.write(rest, writer);
    }

    fn write(&self, rest: Vec<Filled>, writer: &mut Writer) {
        let mut newline = if self.newline { "\n" } else { "" };
        let last = rest.len().saturating_sub(1);
        // Whitespace in front of the facts of a line, which goes when they go.
        let mut carried = String::new();
        let mut rest = rest.into_iter().enumerate().peekable();
        while let Some((at, part)) = rest.next() {
            match part {
                Filled::Text(text) => {
                    let before_lore = matches!(rest.peek(), Some((_, Filled::Lore(_))));
                    if before_lore && text.trim().is_empty() {
                        carried = text;
                    } else {
                        writer.pinned("text", &text);
                    }
                }
                Filled::Inline(slot, text) => writer.pinned(slot.name(), &text),
                Filled::Lore(facts) => {
                    // Each fact takes the separator with it: the one behind, or at the end of a line the one before.
                    let behind = match rest.peek_mut() {
                        Some((_, Filled::Text(text))) => {
                            let words = text.trim_start().to_owned();
                            let space = text[..text.len() - words.len()].to_owned();
                            *text = words;
                            space
                        }
                        None if at == 0 && last == 0 => std::mem::take(&mut newline).to_owned(),
                        _ => String::new(),
                    };
                    writer.facts(&facts, &std::mem::take(&mut carried), &behind);
                }
            }
        }
        writer.pinned("text", newline);
    }
}

/// Removes empty slots, and the whitespace that would be left between two slots or at an end of the line.
fn close_gaps(rest: &mut Vec<Filled>) {
    let is_empty = |part: &Filled| match part {
        Filled::Text(text) | Filled::Inline(_, text) => text.is_empty(),
        Filled::Lore(facts) => facts.is_empty(),
    };
    while let Some(at) = rest.iter().position(|part| !matches!(part, Filled::Text(_)) && is_empty(part)) {
        rest.remove(at);
        let blank = |part: Option<&Filled>| matches!(part, Some(Filled::Text(text)) if text.trim().is_empty());
        if blank(rest.get(at)) {
            rest.remove(at);
        } else if at > 0 && blank(rest.get(at - 1)) {
            rest.remove(at - 1);
        }
    }
}

#[derive(Default)]
struct Writer {
    sections: Vec<Section>,
}

impl Writer {
    fn section(&mut self, name: &str) -> &mut Section {
        if self.sections.last().is_none_or(|section| section.name != name) {
            self.sections.push(Section { name: name.to_owned(), pieces: Vec::new() });
        }
        let last = self.sections.len() - 1;
        &mut self.sections[last]
    }

    fn pinned(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let section = self.section(name);
        match section.pieces.last_mut() {
            Some(piece) if piece.keep.is_none() => piece.text.push_str(text),
            _ => section.pieces.push(Piece { text: text.to_owned(), keep: None }),
        }
    }

    fn droppable(&mut self, name: &str, text: String, keep: u32) {
        self.section(name).pieces.push(Piece { text, keep: Some(keep) });
    }

    /// Facts in one line, the most relevant last. `before` and `behind` are the separators to the rest of the line.
    fn facts(&mut self, facts: &[String], before: &str, behind: &str) {
        // With a separator on both sides one of them has to stay when all facts go.
        self.pinned("text", if behind.is_empty() { "" } else { before });
        for (place, fact) in facts.iter().enumerate().rev() {
            let text = if !behind.is_empty() {
                format!("{fact}{}", if place == 0 { behind } else { " " })
            } else if !before.is_empty() {
                format!("{}{fact}", if place + 1 == facts.len() { before } else { " " })
            } else if place + 1 == facts.len() {
                fact.clone()
            } else {
                format!(" {fact}")
            };
            self.droppable(Slot::Lore.name(), text, rank(LORE, facts.len() - place));
        }
    }

    fn block(&mut self, slot: Slot, count: usize, scene: &Scene) {
        match slot {
            Slot::Talks => {
                let Some(speaker) = scene.personas.first() else { return };
                let listener = scene.inline(Slot::Listener);
                let name = scene.inline(Slot::Speaker);
                for (place, (asked, said)) in speaker.talks.iter().take(count).enumerate() {
                    let text = format!("{listener}: {}\n{name}: {}\n", one_line(asked), one_line(said));
                    // Of the examples the first goes last: writers put the best one there.
                    self.droppable(slot.name(), text, rank(TALKS, count - place));
                }
            }
            Slot::History => {
                let turns: Vec<(String, String)> = scene
                    .history
                    .iter()
                    .map(|(name, text)| (one_line(name), one_line(text)))
                    .filter(|(name, text)| !name.is_empty() && !text.is_empty())
                    .collect();
                let turns = &turns[turns.len().saturating_sub(count)..];
                for (place, (name, text)) in turns.iter().enumerate() {
                    let band = if place + RECENT < turns.len() { OLD_TURNS } else { RECENT_TURNS };
                    self.droppable(slot.name(), format!("{name}: {text}\n"), rank(band, place));
                }
            }
            _ => {
                let text = scene.inline(slot);
                if !text.is_empty() {
                    self.pinned(slot.name(), &text);
                }
            }
        }
    }
}

impl Prompt {
    /// Of its facts, as [`Template::render`] wrote `of` of them, keeps those at the places `keep` (0 is the most
    /// relevant), which gives their new order. A prompt that does not show exactly so many stays as it is.
    pub(crate) fn keep_facts(&mut self, of: usize, keep: &[usize]) {
        let lore = self.sections.iter_mut().filter(|section| section.name == Slot::Lore.name());
        for section in lore.filter(|section| section.pieces.len() == of && of > 0) {
            // The separators stay where they are, at the ends of the list and between its facts.
            let bare = |text: &str| text.trim().to_owned();
            let (first, last) = (&section.pieces[0].text, &section.pieces[of - 1].text);
            let before = first[..first.len() - first.trim_start().len()].to_owned();
            let behind = last[last.trim_end().len()..].to_owned();
            let mut ranks = section.pieces.iter().filter_map(|piece| piece.keep).skip(of.saturating_sub(keep.len()));
            let facts: Vec<String> = section.pieces.iter().rev().map(|piece| bare(&piece.text)).collect();
            let kept: Vec<&String> = keep.iter().rev().filter_map(|&place| facts.get(place)).collect();
            let pieces = kept.iter().enumerate().map(|(at, fact)| {
                let (is_first, is_last) = (at == 0, at + 1 == kept.len());
                let before = if is_first {
                    before.as_str()
                } else if behind.is_empty() {
                    " "
                } else {
                    ""
                };
                let behind = if is_last {
                    behind.as_str()
                } else if behind.is_empty() {
                    ""
                } else {
                    " "
                };
                Piece { text: format!("{before}{fact}{behind}"), keep: ranks.next() }
            });
            section.pieces = pieces.collect();
        }
    }
}

/// A rank inside a band.
fn rank(band: u32, place: usize) -> u32 {
    band + u32::try_from(place.min(999)).unwrap_or(999)
}
