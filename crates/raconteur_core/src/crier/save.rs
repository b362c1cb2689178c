//! The news in a save: what is told and to whom it has been told. The book and the groups are the game's.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::item::Kept;
use super::limits::Window;
use super::{Crier, CrierError, Done, Item, MOST_CHANNELS, MOST_ITEMS};

/// The newest version of [`CrierData`] that this crate reads.
pub const CRIER_FORMAT: u32 = 1;
/// Longest text of an item in a save, in bytes.
const LONGEST_TEXT: usize = 100_000;
/// Largest number of a person in a save.
const MOST_PEOPLE: u32 = 1 << 20;

/// What a save holds of a [`Crier`]. What still waits for words is asked for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrierData {
    /// Version of this form, [`CRIER_FORMAT`].
    pub format: u32,
    /// Ticks so far.
    pub now: u64,
    next: u64,
    /// What is told or remembered, oldest first.
    pub items: Vec<SavedItem>,
    channels: BTreeMap<String, Done>,
    ears: BTreeMap<u32, Window>,
    begun: Vec<String>,
}

/// An item and who has been told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedItem {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// What it says.
    pub text: String,
    topic: Option<String>,
    channels: Vec<String>,
    weight: f32,
    until: Option<u64>,
    /// Whether a model wrote it.
    pub generated: bool,
    /// Who has been told.
    pub heard: Vec<u32>,
    posted: Vec<String>,
    ended: Option<u64>,
}

impl CrierData {
    /// Other numbers for all people, for a game in which they are others than in the save; who has none is left out.
    pub fn renumber(&mut self, number: impl Fn(u32) -> Option<u32>) {
        for item in &mut self.items {
            item.heard = item.heard.iter().filter_map(|&person| number(person)).collect();
        }
        for done in self.channels.values_mut() {
            done.letters.retain_mut(|letter| match number(letter.to) {
                Some(to) => {
                    letter.to = to;
                    true
                }
                None => false,
            });
        }
        let ears = std::mem::take(&mut self.ears);
        self.ears = ears.into_iter().filter_map(|(person, window)| Some((number(person)?, window))).collect();
    }
}

impl Crier {
    /// What a save holds.
    #[must_use]
    pub fn data(&self) -> CrierData {
        let items = self.items.iter().map(|(&number, kept)| {
            let Item { id, text, topic, channels, weight, until, generated } = kept.item.clone();
            let (heard, posted) = (kept.ears().collect(), kept.posted.clone());
            SavedItem { number, id, text, topic, channels, weight, until, generated, heard, posted, ended: kept.ended }
        });
        let waits = |id: &String| self.wanted.iter().any(|wanted| wanted.item.id == *id);
        CrierData {
            format: CRIER_FORMAT,
            now: self.now,
            next: self.next,
            items: items.collect(),
            channels: self.done.clone(),
            ears: self.ears.clone(),
            begun: self.begun.iter().filter(|id| !waits(id)).cloned().collect(),
        }
    }

    /// Takes over saved data. What was on channels that do not exist any more is dropped, and their names are given back.
    /// What hangs on boards and what can be told is told of as [`Published`](super::CrierEvent::Published) and
    /// [`Posted`](super::CrierEvent::Posted), so that a game can show it. Nothing changes when there is an error.
    ///
    /// # Errors
    /// [`CrierError::Newer`], [`CrierError::Damaged`].
    pub fn load(&mut self, data: CrierData) -> Result<Vec<String>, CrierError> {
        let newest = CRIER_FORMAT;
        if data.format > newest {
            return Err(CrierError::Newer { format: data.format, newest });
        }
        let damaged = |why: String| Err(CrierError::Damaged(why));
        if data.items.len() > MOST_ITEMS || data.channels.len() > MOST_CHANNELS {
            return damaged(format!("they hold {} items and {} channels", data.items.len(), data.channels.len()));
        }
        if data.ears.iter().any(|(&person, window)| person >= MOST_PEOPLE || !window.is_sound(data.now)) {
            return damaged("what has reached somebody is not in order".to_owned());
        }
        let mut items: BTreeMap<u64, Kept> = BTreeMap::new();
        let mut ids = HashSet::new();
        for saved in &data.items {
            let name = format!("item {}", saved.number);
            if saved.number == 0 || saved.number >= data.next || items.contains_key(&saved.number) {
                return damaged(format!("{name} stands there twice, or is of the future"));
            }
            if saved.text.trim().is_empty() || saved.text.len() > LONGEST_TEXT || !ids.insert(saved.id.as_str()) {
                return damaged(format!("{name}: its text is empty or too long, or its id is there twice"));
            }
            let late = saved.ended.is_some_and(|at| at > data.now);
            if !(0.0..=1.0).contains(&saved.weight) || late || saved.heard.iter().any(|&person| person >= MOST_PEOPLE) {
                return damaged(format!("{name}: its weight, its end or its ears cannot be"));
            }
            let SavedItem { id, text, topic, channels, weight, until, generated, .. } = saved.clone();
            let mut kept = Kept::new(Item { id, text, topic, channels, weight, until, generated });
            saved.heard.iter().for_each(|&person| kept.note(person));
            kept.posted.clone_from(&saved.posted);
            kept.ended = saved.ended;
            for (&other, before) in &mut items {
                if kept.is_like(before, self.book.near) {
                    before.like.push(saved.number);
                    kept.like.push(other);
                }
            }
            items.insert(saved.number, kept);
        }
        let mut gone = Vec::new();
        let mut done: BTreeMap<String, Done> =
            self.book.channels.keys().map(|name| (name.clone(), Done::default())).collect();
        for (name, saved) in data.channels {
            let there = |item: &u64| items.get(item).is_some_and(|kept| kept.ended.is_none());
            let sound = saved.window.is_sound(data.now)
                && saved.postings.iter().all(|posting| there(&posting.item) && posting.at <= data.now)
                && saved.letters.iter().all(|letter| there(&letter.item) && letter.to < MOST_PEOPLE);
            if !sound {
                return damaged(format!("the channel '{name}' has times or items that cannot be"));
            }
            match done.get_mut(&name) {
                Some(now) => *now = saved,
                None => gone.push(name),
            }
        }
        let CrierData { now, next, ears, begun, .. } = CrierData { channels: BTreeMap::new(), ..data };
        (self.now, self.next, self.items, self.done, self.ears, self.begun) = (now, next, items, done, ears, begun);
        self.wanted.clear();
        self.events.clear();
        self.show_again();
        Ok(gone)
    }

    fn show_again(&mut self) {
        use super::CrierEvent::{Posted, Published};
        let told = self.items.iter().filter(|(_, kept)| kept.ended.is_none());
        let mut events: Vec<_> = told.map(|(&item, _)| Published { item }).collect();
        for (name, done) in &self.done {
            let hanging = done.postings.iter();
            events.extend(hanging.map(|posting| Posted { item: posting.item, channel: name.clone() }));
        }
        self.events = events;
    }
}
