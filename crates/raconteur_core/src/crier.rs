//! The town crier: news for places and groups, on a schedule, and nobody is told the same twice. Pure, without a model, and
//! the same from the same calls.
//!
//! ```text
//! notices of the book, tales from the rumor desk, items of the game
//!   `- wanted: words? --settle--> items --tick--> crier: cried at a place, to who is there
//!                                              |- board: pinned up, read by who comes by
//!                                              `- letters: sent to a group, arrive later
//! ```
//! **Nobody twice.** Two items are the same news when they have the same topic (the tale that they tell), or when their
//! texts are no further apart than [`CrierBook::near`]. Whoever has been told one of them is told no other, by whatever
//! channel, until both are over and [`CrierBook::remembers`] ticks have passed. Each pair is compared, not only with a
//! first one, so that news cannot creep from text to text.
//!
//! **Limits** are sliding windows: at most so many in any so many ticks in a row, for each channel (what it cries, pins up
//! or sends) and for each pair of ears (what reaches them by all channels). What is not possible now is tried again.
//!
//! **Order.** Channels go by name, items by weight and then by age, people by number. So the order in which a game lists who
//! is where does not matter.

mod book;
mod desk;
mod item;
mod limits;
mod save;
mod tick;

use std::collections::BTreeMap;

use limits::Window;

pub use book::{Channel, CrierBook, CrierBookError, Kind, Limit, MOST_CHANNELS, Notice, RumorDesk};
pub use item::{Item, Wanted};
pub use save::{CRIER_FORMAT, CrierData, SavedItem};

use item::Kept;

/// Most items that there are, those that are only remembered included.
pub const MOST_ITEMS: usize = 1024;

/// Who is where in a tick. Kept by the game and cleared each tick, so that nothing is allocated in the long run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendance(Vec<(u32, u32)>);

impl Attendance {
    /// Nobody anywhere, with the room kept.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Somebody is at a place, by its number ([`Crier::place`]).
    pub fn push(&mut self, place: u32, person: u32) {
        self.0.push((place, person));
    }
}

/// Something that has happened in a tick, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrierEvent {
    /// An item can be told from now on.
    Published {
        /// Its number.
        item: u64,
    },
    /// It was cried.
    Cried {
        /// Its number.
        item: u64,
        /// Name of the channel.
        channel: String,
        /// Number of the place.
        place: u32,
        /// Who hears it for the first time; who has been told before stands by and is not named.
        listeners: Vec<u32>,
    },
    /// It was pinned up.
    Posted {
        /// Its number.
        item: u64,
        /// Name of the board.
        channel: String,
    },
    /// It was taken down.
    TakenDown {
        /// Its number.
        item: u64,
        /// Name of the board.
        channel: String,
    },
    /// It was read on a board.
    Read {
        /// Its number.
        item: u64,
        /// Name of the board.
        channel: String,
        /// Number of the place.
        place: u32,
        /// Who reads it.
        listeners: Vec<u32>,
    },
    /// Letters with it are on their way.
    Sent {
        /// Its number.
        item: u64,
        /// Name of the channel.
        channel: String,
        /// To whom.
        to: Vec<u32>,
    },
    /// A letter with it has arrived.
    Arrived {
        /// Its number.
        item: u64,
        /// Name of the channel.
        channel: String,
        /// Who reads it.
        to: u32,
    },
    /// Nobody is told any more.
    Ended {
        /// Its number.
        item: u64,
    },
}

/// Why something cannot be published.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrierError {
    /// The book cannot be used.
    #[error(transparent)]
    Book(#[from] CrierBookError),
    /// There is an item of this id, or one is remembered.
    #[error("'{0}' has been published; give what is new an id of its own")]
    Twice(String),
    /// It goes to a channel that does not exist.
    #[error("the item '{item}' goes to the channel '{channel}', and there is none; there are: {there}")]
    NoSuchChannel {
        /// The item.
        item: String,
        /// The channel.
        channel: String,
        /// What there is.
        there: String,
    },
    /// It says nothing.
    #[error("the item '{0}' says nothing")]
    Empty(String),
    /// Too much is being told at once.
    #[error("'{item}' cannot be published: {most} items are being told; let items end, or publish less", most = MOST_ITEMS)]
    Full {
        /// The item.
        item: String,
    },
    /// The data of a save are cut short or changed.
    #[error(
        "the saved news are damaged: {0}. Was the save cut short while it was written, or edited? Load an older one"
    )]
    Damaged(String),
    /// A newer version of the game wrote them.
    #[error("the saved news have format {format}, and this version reads up to {newest}; update the game")]
    Newer {
        /// Format of the data.
        format: u32,
        /// Newest that can be read.
        newest: u32,
    },
}

/// A board's item.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Posting {
    item: u64,
    /// When it was pinned up.
    at: u64,
}

/// A letter on its way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Letter {
    item: u64,
    to: u32,
    /// When it arrives.
    at: u64,
}

/// What a channel has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Done {
    /// How often its time has come.
    rounds: u64,
    window: Window,
    postings: Vec<Posting>,
    letters: Vec<Letter>,
}

/// What is being told, and who has been told what. The default has no channels.
#[derive(Debug, Clone)]
pub struct Crier {
    book: CrierBook,
    /// Keys of all places of the book, sorted; a place's number is where it stands.
    places: Vec<String>,
    /// People of each group, sorted.
    groups: BTreeMap<String, Vec<u32>>,
    now: u64,
    next: u64,
    /// By number, so oldest first.
    items: BTreeMap<u64, Kept>,
    done: BTreeMap<String, Done>,
    ears: BTreeMap<u32, Window>,
    wanted: Vec<Wanted>,
    /// Ids of notices and tales that the book has had published, or that wait for their words.
    begun: Vec<String>,
    events: Vec<CrierEvent>,
}

impl Default for Crier {
    fn default() -> Self {
        Self::of(CrierBook::default())
    }
}

impl Crier {
    /// Nothing is told yet. Groups are empty until [`set_group`](Self::set_group).
    ///
    /// # Errors
    /// [`CrierError::Book`].
    pub fn new(book: CrierBook) -> Result<Self, CrierError> {
        book.check()?;
        Ok(Self::of(book))
    }

    /// With a book that is sound.
    fn of(book: CrierBook) -> Self {
        let mut places: Vec<String> = book.channels.values().flat_map(|channel| channel.places.clone()).collect();
        places.sort_unstable();
        places.dedup();
        let done = book.channels.keys().map(|name| (name.clone(), Done::default())).collect();
        let groups = book.groups.keys().map(|name| (name.clone(), Vec::new())).collect();
        Self {
            book,
            places,
            groups,
            now: 0,
            next: 1,
            items: BTreeMap::new(),
            done,
            ears: BTreeMap::new(),
            wanted: Vec::new(),
            begun: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The book.
    #[must_use]
    pub fn book(&self) -> &CrierBook {
        &self.book
    }

    /// Another version of the book, as after a reload of its file: what has been told stays told. What was on a channel that
    /// is gone is taken back.
    ///
    /// # Errors
    /// [`CrierError::Book`]; then nothing changes.
    pub fn set_book(&mut self, book: CrierBook) -> Result<(), CrierError> {
        let mut next = Self::new(book)?;
        for (name, group) in &mut next.groups {
            *group = self.groups.get(name).cloned().unwrap_or_default();
        }
        for (name, done) in &mut next.done {
            *done = self.done.get(name).cloned().unwrap_or_default();
        }
        (self.book, self.places, self.groups, self.done) = (next.book, next.places, next.groups, next.done);
        Ok(())
    }

    /// Number of ticks so far.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Number of a place of the book, by key.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<u32> {
        self.places.binary_search_by(|place| place.as_str().cmp(key)).ok().and_then(|at| u32::try_from(at).ok())
    }

    /// Key of a place.
    #[must_use]
    pub fn place_key(&self, place: u32) -> Option<&str> {
        self.places.get(place as usize).map(String::as_str)
    }

    /// Who belongs to a group, by number. Nothing happens when the book has no such group.
    pub fn set_group(&mut self, name: &str, people: &[u32]) {
        if let Some(group) = self.groups.get_mut(name) {
            *group = people.to_vec();
            group.sort_unstable();
            group.dedup();
        }
    }

    /// An item by its number: also one that is over and still remembered.
    #[must_use]
    pub fn item(&self, number: u64) -> Option<&Item> {
        self.items.get(&number).map(|kept| &kept.item)
    }

    /// Number of an item.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<u64> {
        self.items.iter().find(|(_, kept)| kept.item.id == id).map(|(&number, _)| number)
    }

    /// All items that can be told now, oldest first.
    pub fn items(&self) -> impl Iterator<Item = (u64, &Item)> {
        self.items.iter().filter(|(_, kept)| kept.ended.is_none()).map(|(&number, kept)| (number, &kept.item))
    }

    /// Whether somebody has been told an item.
    #[must_use]
    pub fn has_heard(&self, person: u32, number: u64) -> bool {
        self.items.get(&number).is_some_and(|kept| kept.has_heard(person))
    }

    /// What hangs on a board, oldest first.
    pub fn board(&self, channel: &str) -> impl Iterator<Item = u64> {
        self.done.get(channel).into_iter().flat_map(|done| &done.postings).map(|posting| posting.item)
    }

    /// Number of letters that are on their way.
    #[must_use]
    pub fn letters(&self) -> usize {
        self.done.values().map(|done| done.letters.len()).sum()
    }

    /// What waits for a model's words, or for [`settle`](Self::settle) with the authored ones.
    #[must_use]
    pub fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// What has happened since this was called last.
    pub fn take_events(&mut self) -> Vec<CrierEvent> {
        std::mem::take(&mut self.events)
    }
}
