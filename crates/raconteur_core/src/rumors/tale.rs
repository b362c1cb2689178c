//! What is told: an authored text with typed holes, and the words that no telling loses.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::judge::words;

/// Most holes of a tale, `{sure}` apart.
pub const MOST_HOLES: usize = 6;
/// The hole that says how certain the teller is.
const SURE: &str = "sure";

/// A rumor as a writer puts it down.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tale {
    /// Names it in saves and in [`against`](Self::against).
    pub id: String,
    /// Wordings with holes: "{sure} the old bell was carried to {place} by {men} men{when}." Each teller keeps to one of
    /// them, so that people sound different without a model. Holes may be left out.
    pub says: Vec<String>,
    /// What stands in the holes.
    #[serde(default)]
    pub holes: BTreeMap<String, Hole>,
    /// Words that every telling keeps. They have to stand in the text of every wording, outside its holes.
    #[serde(default)]
    pub keep: Vec<String>,
    /// What stands for `{sure}`, from doubtful to certain: "Some say", "They say", "Everybody knows".
    #[serde(default)]
    pub sure: Vec<String>,
    /// How much it interests whoever hears it first, 0 to 1. **Default** 0.8.
    #[serde(default = "default_interest")]
    pub interest: f32,
    /// Ticks in which half of the interest is lost. **Default** 200.
    #[serde(default = "default_half_life")]
    pub half_life: f64,
    /// Chance that a telling changes something, 0 to 1. **Default** 0.25.
    #[serde(default = "default_drift")]
    pub drift: f32,
    /// The tale that it denies, if any: who believes the one doubts the other.
    #[serde(default)]
    pub against: Option<String>,
}

fn default_interest() -> f32 {
    0.8
}

fn default_half_life() -> f64 {
    200.0
}

fn default_drift() -> f32 {
    0.25
}

/// A part of a tale that may change, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum Hole {
    /// A number, which only grows.
    Number {
        /// What it is in truth.
        of: u32,
        /// Largest that is told.
        most: u32,
        /// By how many percent it grows, but at least by 1.
        grows: u32,
    },
    /// A place, a person or a thing that is mistaken for a similar one. The first is the truth.
    OneOf(Vec<String>),
    /// Words that may be left out, with the space before them: " by night". Once left out, they are gone.
    Detail(String),
}

/// One state of the holes of a tale: what one person has heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, Deserialize)]
pub struct Form {
    /// For each hole, in the order of their names: the number, the place in the list, or 1 for a detail that is gone.
    pub values: [u32; MOST_HOLES],
    /// Place in [`Tale::sure`].
    pub sure: u8,
}

/// Why a tale cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaleError {
    /// It has no wording.
    #[error("the tale '{tale}' has no wording; write one into `says`")]
    NoWording {
        /// The tale.
        tale: String,
    },
    /// A hole that is not declared, or a brace that is not closed.
    #[error(
        "the tale '{tale}' has '{{{hole}' in its text, and no such hole; declare it in `holes` (or fill `sure`) and close the brace"
    )]
    NoSuchHole {
        /// The tale.
        tale: String,
        /// What stands behind the brace.
        hole: String,
    },
    /// More holes than a form has room for.
    #[error("the tale '{tale}' has {count} holes, and {most} are possible; make fixed text of some", most = MOST_HOLES)]
    TooManyHoles {
        /// The tale.
        tale: String,
        /// How many it has.
        count: usize,
    },
    /// A list without entries, a text without letters, or a number above its largest.
    #[error(
        "the hole '{hole}' of the tale '{tale}' holds nothing that could be told: an empty list or text, or a number above its `most`"
    )]
    EmptyHole {
        /// The tale.
        tale: String,
        /// The hole.
        hole: String,
    },
    /// A word that is to be kept does not stand in the fixed text of a wording.
    #[error("the tale '{tale}' is to keep '{word}', which does not stand outside the holes of \"{wording}\"")]
    NotKept {
        /// The tale.
        tale: String,
        /// The word.
        word: String,
        /// The wording.
        wording: String,
    },
    /// Two pieces would grow together into one word.
    #[error(
        "in the tale '{tale}' \"{left}\" and \"{right}\" would grow together into one word; put a space between them, for a detail into the detail"
    )]
    Glued {
        /// The tale.
        tale: String,
        /// What comes first.
        left: String,
        /// What follows.
        right: String,
    },
    /// A number that is none, or lies outside its range.
    #[error("the tale '{tale}' has a bad `{field}`: interest and drift lie in 0 to 1, the half-life above 0")]
    BadNumber {
        /// The tale.
        tale: String,
        /// The field.
        field: &'static str,
    },
    /// Two tales of one id.
    #[error("there are two tales '{tale}'")]
    Twice {
        /// The id.
        tale: String,
    },
    /// It denies a tale that does not exist (yet).
    #[error("the tale '{tale}' denies '{against}', and there is no such tale before it")]
    NoSuchTale {
        /// The tale.
        tale: String,
        /// What it denies.
        against: String,
    },
}

/// A tale that has been checked.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) tale: Tale,
    holes: Vec<Hole>,
    wordings: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(usize),
    Sure,
}

impl Told {
    pub(super) fn new(tale: Tale) -> Result<Self, TaleError> {
        let id = || tale.id.clone();
        if tale.says.is_empty() {
            return Err(TaleError::NoWording { tale: id() });
        }
        if tale.holes.len() > MOST_HOLES {
            return Err(TaleError::TooManyHoles { tale: id(), count: tale.holes.len() });
        }
        for (field, value) in [("interest", tale.interest), ("drift", tale.drift)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(TaleError::BadNumber { tale: id(), field });
            }
        }
        if tale.half_life.is_nan() || tale.half_life <= 0.0 {
            return Err(TaleError::BadNumber { tale: id(), field: "half_life" });
        }
        let bare = |text: &String| text.trim().is_empty();
        for (name, hole) in &tale.holes {
            let empty = match hole {
                Hole::Number { of, most, .. } => of > most,
                Hole::OneOf(list) => list.is_empty() || list.iter().any(bare),
                Hole::Detail(text) => bare(text),
            };
            if empty {
                return Err(TaleError::EmptyHole { tale: id(), hole: name.clone() });
            }
        }
        if tale.sure.iter().any(bare) || tale.sure.len() > usize::from(u8::MAX) {
            return Err(TaleError::EmptyHole { tale: id(), hole: SURE.to_owned() });
        }
        let mut told = Self { holes: tale.holes.values().cloned().collect(), wordings: Vec::new(), tale };
        for wording in &told.tale.says {
            let pieces = told.pieces(wording)?;
            told.check(wording, &pieces)?;
            told.wordings.push(pieces);
        }
        Ok(told)
    }

    fn pieces(&self, wording: &str) -> Result<Vec<Piece>, TaleError> {
        let mut pieces = Vec::new();
        let mut rest = wording;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            let inside = &rest[open + 1..];
            let name = inside.split('}').next().unwrap_or_default();
            let hole = self.tale.holes.keys().position(|hole| hole == name);
            let piece = match hole {
                Some(hole) => Some(Piece::Hole(hole)),
                None if name == SURE && !self.tale.sure.is_empty() => Some(Piece::Sure),
                None => None,
            };
            let (Some(piece), true) = (piece, name.len() < inside.len()) else {
                return Err(TaleError::NoSuchHole { tale: self.tale.id.clone(), hole: name.to_owned() });
            };
            pieces.push(piece);
            rest = &inside[name.len() + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(pieces)
    }

    /// Kept words stand in fixed text, and nothing that may stand beside that text grows together with it. So no form of
    /// the tale can lose them.
    fn check(&self, wording: &str, pieces: &[Piece]) -> Result<(), TaleError> {
        for word in &self.tale.keep {
            let stands =
                |piece: &Piece| matches!(piece, Piece::Text(text) if words::contains(&words::words(text), word));
            if !pieces.iter().any(stands) {
                let (tale, word, wording) = (self.tale.id.clone(), word.clone(), wording.to_owned());
                return Err(TaleError::NotKept { tale, word, wording });
            }
        }
        let options: Vec<Vec<String>> = pieces.iter().map(|piece| self.options(piece)).collect();
        for (at, left) in options.iter().enumerate() {
            for right in &options[at + 1..] {
                for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (a, b))) {
                    let (last, first) = (a.chars().next_back(), b.chars().next());
                    if last.is_some_and(words::is_word_char) && first.is_some_and(words::is_word_char) {
                        let (left, right) = (a.clone(), b.clone());
                        return Err(TaleError::Glued { tale: self.tale.id.clone(), left, right });
                    }
                }
                // What is behind can only touch when this one may be empty.
                if !right.iter().any(String::is_empty) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// All that may stand for a piece; for a number one that stands for all.
    fn options(&self, piece: &Piece) -> Vec<String> {
        match piece {
            Piece::Text(text) => vec![text.clone()],
            Piece::Sure => self.tale.sure.clone(),
            Piece::Hole(hole) => match &self.holes[*hole] {
                Hole::Number { of, .. } => vec![of.to_string()],
                Hole::OneOf(list) => list.clone(),
                Hole::Detail(text) => vec![text.clone(), String::new()],
            },
        }
    }

    /// The tale as it is in truth, told without certainty.
    pub(super) fn truth(&self) -> Form {
        let mut form = Form::default();
        for (value, hole) in form.values.iter_mut().zip(&self.holes) {
            if let Hole::Number { of, .. } = hole {
                *value = *of;
            }
        }
        form
    }

    /// A form that this tale can have, and the one given if it can: lists may have become shorter since a save.
    pub(super) fn fitted(&self, form: Form) -> Form {
        let mut fitted = self.truth();
        for (at, (hole, value)) in self.holes.iter().zip(form.values).enumerate() {
            fitted.values[at] = match hole {
                Hole::Number { of, most, .. } => value.clamp(*of, *most),
                Hole::OneOf(list) if (value as usize) < list.len() => value,
                Hole::OneOf(_) => 0,
                Hole::Detail(_) => value.min(1),
            };
        }
        fitted.sure = form.sure.min(self.most_sure());
        fitted
    }

    pub(super) fn most_sure(&self) -> u8 {
        u8::try_from(self.tale.sure.len().saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// How certain a form sounds, 0 to 1.
    pub(super) fn certainty(&self, form: Form) -> f32 {
        let most = self.most_sure();
        if most == 0 { 1.0 } else { f32::from(form.sure) / f32::from(most) }
    }

    /// The form after one telling in which something changes: one change, of those that are possible, by `draw`.
    pub(super) fn drifted(&self, form: Form, draw: u64) -> Form {
        let may = |hole: &Hole, value: u32| match hole {
            Hole::Number { most, .. } => value < *most,
            Hole::OneOf(list) => list.len() > 1,
            Hole::Detail(_) => value == 0,
        };
        let possible = || self.holes.iter().zip(form.values).enumerate().filter(|(_, (hole, value))| may(hole, *value));
        let more_sure = usize::from(form.sure < self.most_sure());
        let count = possible().count() + more_sure;
        let mut drifted = form;
        if count == 0 {
            return drifted;
        }
        let pick = (draw % count as u64) as usize;
        let Some((at, (hole, value))) = possible().nth(pick) else {
            drifted.sure += 1;
            return drifted;
        };
        drifted.values[at] = match hole {
            Hole::Number { most, grows, .. } => {
                let grown = u64::from(value) * (100 + u64::from(*grows)) / 100;
                u32::try_from(grown).unwrap_or(u32::MAX).max(value.saturating_add(1)).min(*most)
            }
            Hole::OneOf(list) => {
                // Another one, never the same.
                let others = list.len() as u64 - 1;
                let step = 1 + (draw >> 32) % others;
                ((u64::from(value) + step) % list.len() as u64) as u32
            }
            Hole::Detail(_) => 1,
        };
        drifted
    }

    pub(super) fn wordings(&self) -> usize {
        self.wordings.len()
    }

    /// A form as text, in one of the wordings.
    pub(super) fn words(&self, form: Form, wording: usize) -> String {
        let mut text = String::new();
        for piece in self.wordings.get(wording).or(self.wordings.first()).into_iter().flatten() {
            match piece {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Sure => text.push_str(self.tale.sure.get(usize::from(form.sure)).map_or("", String::as_str)),
                Piece::Hole(hole) => text.push_str(&self.value(*hole, form)),
            }
        }
        text.trim().to_owned()
    }

    /// The numbers and names of a form that stand in a wording: with the kept words what a model may not change.
    pub(super) fn values(&self, form: Form, wording: usize) -> Vec<String> {
        let pieces = self.wordings.get(wording).or(self.wordings.first()).into_iter().flatten();
        let holes = pieces.filter_map(|piece| match piece {
            Piece::Hole(hole) if !matches!(self.holes[*hole], Hole::Detail(_)) => Some(self.value(*hole, form)),
            _ => None,
        });
        holes.collect()
    }

    fn value(&self, hole: usize, form: Form) -> String {
        let value = form.values[hole];
        match &self.holes[hole] {
            Hole::Number { .. } => value.to_string(),
            Hole::OneOf(list) => list.get(value as usize).cloned().unwrap_or_default(),
            Hole::Detail(text) => {
                if value == 0 {
                    text.clone()
                } else {
                    String::new()
                }
            }
        }
    }
}
