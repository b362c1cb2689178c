//! What is told, and to whom it has been told.

use super::{Crier, CrierError, CrierEvent, MOST_ITEMS};
use crate::judge::Gist;
use crate::rumors::Retelling;

/// Something to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Names it in saves: one item, one id.
    pub id: String,
    /// What it says.
    pub text: String,
    /// What it is about, if it shares that with others: for a tale its id. Nobody is told two items of one topic.
    pub topic: Option<String>,
    /// Names of the channels; none for all.
    pub channels: Vec<String>,
    /// What goes first, 0 to 1.
    pub weight: f32,
    /// The last tick in which it is told; none for no end.
    pub until: Option<u64>,
    /// Whether a model wrote these words.
    pub generated: bool,
}

impl Item {
    /// Something of medium weight that a person wrote, for all channels and without an end.
    #[must_use]
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            text: text.into(),
            topic: None,
            channels: Vec::new(),
            weight: 0.5,
            until: None,
            generated: false,
        }
    }
}

/// An item whose words may still be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The item in its authored words.
    pub item: Item,
    /// Words that have to stand in it.
    pub keep: Vec<String>,
    /// For a tale of the desk: what its words have to keep to.
    pub retelling: Option<Retelling>,
    /// Key of whose voice it has, if anybody's.
    pub voice: Option<String>,
    /// Whether a model may write its words. What a model may not write is published by the next tick.
    pub reword: bool,
}

/// An item that is told or remembered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    pub(super) item: Item,
    pub(super) gist: Gist,
    /// Numbers of the items that are the same news.
    pub(super) like: Vec<u64>,
    /// Who has been told, a bit for each person.
    heard: Vec<u64>,
    /// Boards on which it hangs or has hung.
    pub(super) posted: Vec<String>,
    /// Since when it is over.
    pub(super) ended: Option<u64>,
}

impl Kept {
    pub(super) fn new(item: Item) -> Self {
        Self { gist: Gist::new(&item.text), item, like: Vec::new(), heard: Vec::new(), posted: Vec::new(), ended: None }
    }

    pub(super) fn has_heard(&self, person: u32) -> bool {
        self.heard.get(person as usize / 64).is_some_and(|word| word >> (person % 64) & 1 == 1)
    }

    pub(super) fn note(&mut self, person: u32) {
        let word = person as usize / 64;
        if self.heard.len() <= word {
            self.heard.resize(word + 1, 0);
        }
        self.heard[word] |= 1 << (person % 64);
    }

    /// Who has been told, by number.
    pub(super) fn ears(&self) -> impl Iterator<Item = u32> {
        let words = self.heard.iter().enumerate();
        words
            .flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at as u32 * 64 + bit))
    }

    /// Whether the two are the same news.
    pub(super) fn is_like(&self, other: &Self, near: f32) -> bool {
        let topic = self.item.topic.is_some() && self.item.topic == other.item.topic;
        topic || self.gist.distance(&other.gist) <= near
    }
}

impl Crier {
    /// Publishes an item, and gives its number.
    ///
    /// # Errors
    /// [`CrierError::Twice`], [`CrierError::NoSuchChannel`], [`CrierError::Empty`], [`CrierError::Full`].
    pub fn publish(&mut self, item: Item) -> Result<u64, CrierError> {
        if item.text.trim().is_empty() {
            return Err(CrierError::Empty(item.id));
        }
        if self.number(&item.id).is_some() {
            return Err(CrierError::Twice(item.id));
        }
        if let Some(channel) = item.channels.iter().find(|channel| !self.book.channels.contains_key(*channel)) {
            let there: Vec<&str> = self.book.channels.keys().map(String::as_str).collect();
            return Err(CrierError::NoSuchChannel { channel: channel.clone(), there: there.join(", "), item: item.id });
        }
        if self.items.len() >= MOST_ITEMS {
            // What is over goes first, the oldest.
            let over = self.items.iter().filter_map(|(&number, kept)| Some((kept.ended?, number))).min();
            let Some((_, over)) = over else { return Err(CrierError::Full { item: item.id }) };
            self.forget(over);
        }
        let number = self.next;
        self.next += 1;
        let mut kept = Kept::new(item);
        let near = self.book.near;
        for (&other, before) in &mut self.items {
            if kept.is_like(before, near) {
                before.like.push(number);
                kept.like.push(other);
            }
        }
        self.items.insert(number, kept);
        self.events.push(CrierEvent::Published { item: number });
        Ok(number)
    }

    /// Gives an item that is [`wanted`](Self::wanted) its words and publishes it: a model's, or with `None` the authored
    /// ones. Gives its number; `None` when it is not wanted any more.
    ///
    /// # Errors
    /// Those of [`publish`](Self::publish); it is not wanted any more then either.
    pub fn settle(&mut self, id: &str, words: Option<String>) -> Result<Option<u64>, CrierError> {
        let Some(at) = self.wanted.iter().position(|wanted| wanted.item.id == id) else { return Ok(None) };
        let mut item = self.wanted.remove(at).item;
        if let Some(words) = words.filter(|words| !words.trim().is_empty()) {
            (item.text, item.generated) = (words, true);
        }
        self.publish(item).map(Some)
    }

    /// Ends an item: nobody is told any more. Whether there was one that could be told.
    pub fn withdraw(&mut self, id: &str) -> bool {
        let now = self.now;
        let wanted = self.wanted.len();
        self.wanted.retain(|wanted| wanted.item.id != id);
        let found = self.items.iter_mut().find(|(_, kept)| kept.item.id == id && kept.ended.is_none());
        let Some((&number, kept)) = found else { return self.wanted.len() < wanted };
        kept.ended = Some(now);
        self.clear_channels(number);
        self.events.push(CrierEvent::Ended { item: number });
        true
    }

    /// Takes an item off all boards and out of all bags.
    pub(super) fn clear_channels(&mut self, number: u64) {
        for (name, done) in &mut self.done {
            if done.postings.iter().any(|posting| posting.item == number) {
                self.events.push(CrierEvent::TakenDown { item: number, channel: name.clone() });
            }
            done.postings.retain(|posting| posting.item != number);
            done.letters.retain(|letter| letter.item != number);
        }
    }

    pub(super) fn forget(&mut self, number: u64) {
        if let Some(gone) = self.items.remove(&number) {
            for other in gone.like {
                if let Some(other) = self.items.get_mut(&other) {
                    other.like.retain(|&like| like != number);
                }
            }
        }
    }

    /// Whether an item is news to somebody: neither it nor one like it has been told to them.
    pub(super) fn is_news(&self, number: u64, person: u32) -> bool {
        let Some(kept) = self.items.get(&number) else { return false };
        let told = |other: &u64| self.items.get(other).is_some_and(|other| other.has_heard(person));
        !kept.has_heard(person) && !kept.like.iter().any(told)
    }
}
