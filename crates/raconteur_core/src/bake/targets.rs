//! What of a story can be baked.

use std::fmt;

use crate::story::format::{Gen, Line, Story, Storylet};
use crate::story::locale::lock;

/// A text that a model may word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Id of the line, storylet or outcome: the key of its rows.
    pub id: String,
    /// What it is, and where.
    pub kind: Kind,
    /// Cast id of whoever says it; empty for what the player may do.
    pub who: String,
    /// The authored text.
    pub say: String,
    /// Hash of the authored text, see [`lock`].
    pub lock: String,
}

/// What a [`Target`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A line of this beat.
    Line {
        /// The beat.
        beat: String,
    },
    /// A storylet.
    Storylet,
    /// The label of an outcome of this beat's slot.
    Label {
        /// The beat.
        beat: String,
    },
}

/// A text with `gen` that is not baked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its id; empty when the writer has given none.
    pub id: String,
    /// Why.
    pub why: WhyNot,
}

/// Why a text is not baked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyNot {
    /// Rows need a key, and the text has no id.
    NoId,
    /// A `Pick` has its variants already.
    Pick,
    /// An `Answer` depends on what is asked.
    Answer,
    /// An interlude is told anew each time; without a model it shows its authored text.
    Detour,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoId => "it has no id; `raconteur ids --write` gives it one",
            Self::Pick => "its variants are written already",
            Self::Answer => "an answer depends on what is asked",
            Self::Detour => "an interlude is told anew each time",
        })
    }
}

impl Target {
    fn new(id: &str, kind: Kind, who: &str, say: &str) -> Self {
        Self { id: id.to_owned(), kind, who: who.to_owned(), say: say.to_owned(), lock: lock(say) }
    }

    /// The line that it is, if it is one.
    #[must_use]
    pub fn line<'a>(&self, story: &'a Story) -> Option<&'a Line> {
        let Kind::Line { beat } = &self.kind else { return None };
        story.beats.get(beat)?.lines.iter().find(|line| line.id == self.id)
    }

    /// The storylet that it is, if it is one.
    #[must_use]
    pub fn storylet<'a>(&self, story: &'a Story) -> Option<&'a Storylet> {
        let Kind::Storylet = self.kind else { return None };
        story.storylets.iter().find(|storylet| storylet.id == self.id)
    }
}

/// All texts that can be baked, in the writer's order, and those with `gen` that cannot.
#[must_use]
pub fn targets(story: &Story) -> (Vec<Target>, Vec<Skipped>) {
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    let mut add = |target: Target, why: Option<WhyNot>| {
        let why = why.or((target.id.is_empty()).then_some(WhyNot::NoId));
        match why {
            Some(why) => skipped.push(Skipped { id: target.id, why }),
            None => found.push(target),
        }
    };
    for (beat, body) in story.beats.iter() {
        for line in &body.lines {
            if let Some(generate) = &line.generate {
                let kind = Kind::Line { beat: beat.to_owned() };
                add(Target::new(&line.id, kind, &line.who, &line.say), why_not(generate));
            }
        }
        for outcome in body.slot.iter().flat_map(|slot| &slot.outcomes) {
            add(Target::new(&outcome.id, Kind::Label { beat: beat.to_owned() }, "", &outcome.say), None);
        }
        if body.detour.is_some() {
            let kind = Kind::Line { beat: beat.to_owned() };
            add(Target::new(&format!("detour:{beat}"), kind, "", ""), Some(WhyNot::Detour));
        }
    }
    for storylet in &story.storylets {
        if let Some(generate) = &storylet.generate {
            add(Target::new(&storylet.id, Kind::Storylet, &storylet.who, &storylet.say), why_not(generate));
        }
    }
    (found, skipped)
}

fn why_not(generate: &Gen) -> Option<WhyNot> {
    match generate {
        Gen::Pick { .. } => Some(WhyNot::Pick),
        Gen::Answer { .. } => Some(WhyNot::Answer),
        Gen::Vary(_) | Gen::Free(_) | Gen::Rumor { .. } => None,
    }
}
