//! Channels, groups and notices as a writer puts them down: `*.crier.ron`.

use std::collections::BTreeMap;

use ron::extensions::Extensions;
use serde::Deserialize;

use crate::judge::words;

/// Most channels of a book.
pub const MOST_CHANNELS: usize = 64;

/// Who publishes what, where, when, and to whom. All times are in ticks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrierBook {
    /// The ways to publish, by name.
    #[serde(default)]
    pub channels: BTreeMap<String, Channel>,
    /// People by key: to whom letters go, and whom a channel may be limited to.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
    /// What the writer has to say.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// Publishes what a person hears in the streets.
    #[serde(default)]
    pub desk: Option<RumorDesk>,
    /// How much reaches one person: **Default** 4 items in 100 ticks.
    #[serde(default = "usual_ears")]
    pub ears: Limit,
    /// Two texts that are no further apart than this are the same news, and nobody is told both; see
    /// [`distance`](crate::judge::distance). 0 to 1. **Default** 0.35.
    #[serde(default = "usual_near")]
    pub near: f32,
    /// How long an item is remembered after its end, so that nobody is told the same again. **Default** 2000.
    #[serde(default = "usual_memory")]
    pub remembers: u64,
}

impl Default for CrierBook {
    fn default() -> Self {
        Self {
            channels: BTreeMap::new(),
            groups: BTreeMap::new(),
            notices: Vec::new(),
            desk: None,
            ears: usual_ears(),
            near: usual_near(),
            remembers: usual_memory(),
        }
    }
}

/// At most so many in so many ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many.
    pub most: u32,
    /// In any so many ticks in a row.
    pub per: u64,
}

/// What kind of channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Kind {
    /// Cried aloud at its places in turn, one item each time; who is there hears it.
    Crier,
    /// Pinned up; who comes to one of its places reads it.
    Board,
    /// Sent to everybody of its groups, wherever they are.
    Letters,
}

/// A way to publish.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What kind it is.
    pub kind: Kind,
    /// Keys of its places; for letters none.
    #[serde(default)]
    pub places: Vec<String>,
    /// Only these groups; none for everybody. Letters need one.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Ticks between two times at which something is published.
    pub every: u64,
    /// The first time. **Default** 1.
    #[serde(default = "one")]
    pub first: u64,
    /// Limit of what is cried, pinned up or sent. **Default** 10 in 100 ticks.
    #[serde(default = "usual_limit")]
    pub limit: Limit,
    /// Of a crier: share of those present to whom an item has to be new, 0 to 1. With 1 nobody stands by twice. **Default**
    /// 0.5.
    #[serde(default = "half")]
    pub fresh: f32,
    /// Of a board: most items on it; the oldest goes first. **Default** 6.
    #[serde(default = "usual_room")]
    pub holds: u32,
    /// Of a board: how long an item stays on it. **Default** 500.
    #[serde(default = "usual_stay")]
    pub stays: u64,
    /// Of letters: how long they are on their way. **Default** 5.
    #[serde(default = "usual_way")]
    pub delay: u64,
    /// Key of the person whose voice it has, for what is worded by a model and for tales that are told.
    #[serde(default)]
    pub voice: Option<String>,
}

/// Something that a writer publishes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Names it in saves.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Names of the channels; none for all.
    #[serde(default)]
    pub channels: Vec<String>,
    /// When it is published. **Default** 1.
    #[serde(default = "one")]
    pub from: u64,
    /// After when nobody is told any more; none for never.
    #[serde(default)]
    pub until: Option<u64>,
    /// What goes first, 0 to 1. **Default** 0.5.
    #[serde(default = "half")]
    pub weight: f32,
    /// Whether a model may put it into other words. **Default** false.
    #[serde(default)]
    pub reword: bool,
    /// Words that stand in it however it is worded.
    #[serde(default)]
    pub keep: Vec<String>,
}

/// Publishes the tales that a person has heard and believes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RumorDesk {
    /// Key of the person who listens around.
    pub reporter: String,
    /// Names of the channels; none for all.
    #[serde(default)]
    pub channels: Vec<String>,
    /// From what belief on a tale is published; below it, it is taken back. **Default** 0.5.
    #[serde(default = "half")]
    pub believes: f32,
    /// How long a tale is news. **Default** 500.
    #[serde(default = "usual_stay")]
    pub lasts: u64,
    /// Whether a model may word it, within [`drift`](Self::drift). **Default** false.
    #[serde(default)]
    pub reword: bool,
    /// How far its words may stray from the authored ones. **Default** 0.5.
    #[serde(default = "half")]
    pub drift: f32,
}

fn usual_ears() -> Limit {
    Limit { most: 4, per: 100 }
}
fn usual_limit() -> Limit {
    Limit { most: 10, per: 100 }
}
fn usual_near() -> f32 {
    0.35
}
fn usual_memory() -> u64 {
    2000
}
fn usual_room() -> u32 {
    6
}
fn usual_stay() -> u64 {
    500
}
fn usual_way() -> u64 {
    5
}
fn one() -> u64 {
    1
}
fn half() -> f32 {
    0.5
}

/// Why a crier's file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrierBookError {
    /// It is not RON, or not of this form.
    #[error(
        "{line}:{column}: {why}. Is a field misspelt, or a bracket missing? A channel is \"name\": (kind: Crier, places: [\"..\"], every: 60)"
    )]
    Ron {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the reader says.
        why: String,
    },
    /// More channels than there may be.
    #[error("there are {count} channels, and at most {most} are possible; let some have several places", most = MOST_CHANNELS)]
    TooManyChannels {
        /// How many.
        count: usize,
    },
    /// A channel reaches nobody.
    #[error("the channel '{0}' reaches nobody: give a crier and a board `places`, and letters `groups`")]
    NoEars(String),
    /// A channel speaks of a group that does not exist.
    #[error("the channel '{channel}' is for the group '{group}', and there is none; add it to `groups`")]
    NoSuchGroup {
        /// The channel.
        channel: String,
        /// The group.
        group: String,
    },
    /// A number outside its range.
    #[error("`{field}` of {of} is out of range: {range}")]
    BadNumber {
        /// Of what.
        of: String,
        /// The field.
        field: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// A notice or the desk names a channel that does not exist.
    #[error("{of} goes to the channel '{channel}', and there is none; there are: {there}")]
    NoSuchChannel {
        /// The notice, or the desk.
        of: String,
        /// The channel.
        channel: String,
        /// What there is.
        there: String,
    },
    /// Two notices of one id.
    #[error("there are two notices '{0}'; give each an id of its own")]
    Twice(String),
    /// A notice says nothing.
    #[error("the notice '{0}' says nothing; write its `text`")]
    Empty(String),
    /// A word that is to be kept does not stand in the text.
    #[error("the notice '{notice}' is to keep '{word}', which does not stand in its text")]
    NotKept {
        /// The notice.
        notice: String,
        /// The word.
        word: String,
    },
    /// It ends before it begins.
    #[error("the notice '{0}' ends before it begins: `until` is less than `from`")]
    Ends(String),
}

impl CrierBook {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`CrierBookError`]: the first mistake.
    pub fn from_ron(text: &str) -> Result<Self, CrierBookError> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let book: Self = options.from_str(text).map_err(|error| CrierBookError::Ron {
            line: error.span.start.line,
            column: error.span.start.col,
            why: error.code.to_string(),
        })?;
        book.check()?;
        Ok(book)
    }

    /// Whether it can be used, for one that is made in code.
    ///
    /// # Errors
    /// [`CrierBookError`]: the first mistake.
    pub fn check(&self) -> Result<(), CrierBookError> {
        if self.channels.len() > MOST_CHANNELS {
            return Err(CrierBookError::TooManyChannels { count: self.channels.len() });
        }
        let bad = |of: &str, field, range| Err(CrierBookError::BadNumber { of: of.to_owned(), field, range });
        let is_share = |value: f32| (0.0..=1.0).contains(&value);
        if !is_share(self.near) {
            return bad("the book", "near", "0 to 1");
        }
        if !self.ears.is_sound() {
            return bad("the book", "ears", "`most` 1 to 64, `per` at least 1");
        }
        for (name, channel) in &self.channels {
            let reaches = match channel.kind {
                Kind::Letters => !channel.groups.is_empty(),
                Kind::Crier | Kind::Board => !channel.places.is_empty(),
            };
            if !reaches {
                return Err(CrierBookError::NoEars(name.clone()));
            }
            if let Some(group) = channel.groups.iter().find(|group| !self.groups.contains_key(*group)) {
                return Err(CrierBookError::NoSuchGroup { channel: name.clone(), group: group.clone() });
            }
            let of = format!("the channel '{name}'");
            if channel.every == 0 {
                return bad(&of, "every", "at least 1");
            }
            if !channel.limit.is_sound() {
                return bad(&of, "limit", "`most` 1 to 64, `per` at least 1");
            }
            if !is_share(channel.fresh) {
                return bad(&of, "fresh", "0 to 1");
            }
            if channel.holds == 0 {
                return bad(&of, "holds", "at least 1");
            }
        }
        for (at, notice) in self.notices.iter().enumerate() {
            if self.notices[..at].iter().any(|other| other.id == notice.id) {
                return Err(CrierBookError::Twice(notice.id.clone()));
            }
            let of = format!("the notice '{}'", notice.id);
            self.knows(&of, &notice.channels)?;
            if notice.text.trim().is_empty() {
                return Err(CrierBookError::Empty(notice.id.clone()));
            }
            let said = words::words(&notice.text);
            if let Some(word) = notice.keep.iter().find(|word| !words::contains(&said, word)) {
                return Err(CrierBookError::NotKept { notice: notice.id.clone(), word: word.clone() });
            }
            if notice.until.is_some_and(|until| until < notice.from) {
                return Err(CrierBookError::Ends(notice.id.clone()));
            }
            if !is_share(notice.weight) {
                return bad(&of, "weight", "0 to 1");
            }
        }
        if let Some(desk) = &self.desk {
            self.knows("the desk", &desk.channels)?;
            if !is_share(desk.believes) || !is_share(desk.drift) {
                return bad("the desk", "believes or drift", "0 to 1");
            }
        }
        Ok(())
    }

    fn knows(&self, of: &str, channels: &[String]) -> Result<(), CrierBookError> {
        let unknown = channels.iter().find(|channel| !self.channels.contains_key(*channel));
        unknown.map_or(Ok(()), |channel| {
            let there: Vec<&str> = self.channels.keys().map(String::as_str).collect();
            let (of, channel, there) = (of.to_owned(), channel.clone(), there.join(", "));
            Err(CrierBookError::NoSuchChannel { of, channel, there })
        })
    }
}

impl Limit {
    fn is_sound(self) -> bool {
        (1..=64).contains(&self.most) && self.per > 0
    }
}
