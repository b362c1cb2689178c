//! One tick: what ends, what arrives, what is cried, pinned up, sent and read.

use super::{Attendance, Channel, Crier, CrierEvent, Kind, Letter, Posting};

impl Crier {
    /// Goes on by one tick, in which these people are at these places.
    pub fn tick(&mut self, attendance: &mut Attendance) {
        self.now += 1;
        attendance.0.sort_unstable();
        attendance.0.dedup();
        self.end_items();
        self.begin_notices();
        self.publish_written();
        let names: Vec<String> = self.book.channels.keys().cloned().collect();
        for name in &names {
            let Some(channel) = self.book.channels.get(name).cloned() else { continue };
            self.end_postings(name, &channel);
            if channel.kind == Kind::Letters {
                self.deliver_letters(name);
            }
            if self.now >= channel.first && (self.now - channel.first).is_multiple_of(channel.every) {
                match channel.kind {
                    Kind::Crier => self.cry(name, &channel, attendance),
                    Kind::Board => self.post(name, &channel),
                    Kind::Letters => self.send(name, &channel),
                }
                if let Some(done) = self.done.get_mut(name) {
                    done.rounds += 1;
                }
            }
            if channel.kind == Kind::Board {
                self.read(name, &channel, attendance);
            }
        }
    }

    fn end_items(&mut self) {
        let now = self.now;
        let over = |kept: &super::Kept| kept.ended.is_none() && kept.item.until.is_some_and(|until| until < now);
        let ending: Vec<u64> = self.items.iter().filter(|(_, kept)| over(kept)).map(|(&number, _)| number).collect();
        for number in ending {
            if let Some(kept) = self.items.get_mut(&number) {
                kept.ended = Some(now);
            }
            self.clear_channels(number);
            self.events.push(CrierEvent::Ended { item: number });
        }
        let remembers = self.book.remembers;
        // What is like something that goes on is remembered with it.
        let goes_on = |number: &u64| self.items.get(number).is_some_and(|kept| kept.ended.is_none());
        let forgotten: Vec<u64> = self
            .items
            .iter()
            .filter(|(_, kept)| kept.ended.is_some_and(|at| now.saturating_sub(at) > remembers))
            .filter(|(_, kept)| !kept.like.iter().any(goes_on))
            .map(|(&number, _)| number)
            .collect();
        forgotten.into_iter().for_each(|number| self.forget(number));
    }

    fn end_postings(&mut self, name: &str, channel: &Channel) {
        let (now, Some(done)) = (self.now, self.done.get_mut(name)) else { return };
        let events = &mut self.events;
        done.postings.retain(|posting| {
            let stays = now.saturating_sub(posting.at) < channel.stays;
            if !stays {
                events.push(CrierEvent::TakenDown { item: posting.item, channel: name.to_owned() });
            }
            stays
        });
    }

    /// Items that a channel may tell, the weightiest first, then the oldest.
    fn candidates(&self, name: &str) -> Vec<u64> {
        let takes = |channels: &[String]| channels.is_empty() || channels.iter().any(|channel| channel == name);
        let mut all: Vec<(f32, u64)> = self
            .items()
            .filter(|(_, item)| takes(&item.channels))
            .map(|(number, item)| (item.weight, number))
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter().map(|(_, number)| number).collect()
    }

    /// Whether a channel is for somebody.
    fn is_for(&self, channel: &Channel, person: u32) -> bool {
        let belongs =
            |group: &String| self.groups.get(group).is_some_and(|people| people.binary_search(&person).is_ok());
        channel.groups.is_empty() || channel.groups.iter().any(belongs)
    }

    /// Whether somebody can be told an item now: it is news to them, and not too much for today.
    fn hears(&self, number: u64, person: u32) -> bool {
        let open = self.ears.get(&person).is_none_or(|window| window.is_open(self.now, self.book.ears));
        open && self.is_news(number, person)
    }

    fn note_heard(&mut self, number: u64, person: u32) {
        let (now, limit) = (self.now, self.book.ears);
        if let Some(kept) = self.items.get_mut(&number) {
            kept.note(person);
            self.ears.entry(person).or_default().note(now, limit);
        }
    }

    fn is_open(&self, name: &str, channel: &Channel) -> bool {
        self.done.get(name).is_some_and(|done| done.window.is_open(self.now, channel.limit))
    }

    fn note_done(&mut self, name: &str, channel: &Channel) {
        let now = self.now;
        if let Some(done) = self.done.get_mut(name) {
            done.window.note(now, channel.limit);
        }
    }

    fn cry(&mut self, name: &str, channel: &Channel, attendance: &Attendance) {
        let rounds = self.done.get(name).map_or(0, |done| done.rounds);
        let at = (rounds % channel.places.len().max(1) as u64) as usize;
        let Some(place) = channel.places.get(at).and_then(|key| self.place(key)) else { return };
        if !self.is_open(name, channel) {
            return;
        }
        let here: Vec<u32> = people_at(attendance, place).filter(|&person| self.is_for(channel, person)).collect();
        for item in self.candidates(name) {
            let news = here.iter().filter(|&&person| self.is_news(item, person)).count();
            let listeners: Vec<u32> = here.iter().copied().filter(|&person| self.hears(item, person)).collect();
            if listeners.is_empty() || (news as f32) < channel.fresh * here.len() as f32 {
                continue;
            }
            listeners.iter().for_each(|&person| self.note_heard(item, person));
            self.note_done(name, channel);
            self.events.push(CrierEvent::Cried { item, channel: name.to_owned(), place, listeners });
            return;
        }
    }

    fn post(&mut self, name: &str, channel: &Channel) {
        if !self.is_open(name, channel) {
            return;
        }
        let hangs = |item: &u64| {
            let like = self.items.get(item).map(|kept| kept.like.as_slice()).unwrap_or_default();
            self.board(name).any(|other| other == *item || like.contains(&other))
        };
        // What hung there before is not pinned up again.
        let was = |item: &u64| self.items.get(item).is_some_and(|kept| kept.posted.iter().any(|board| board == name));
        let Some(item) = self.candidates(name).into_iter().find(|item| !hangs(item) && !was(item)) else { return };
        let (now, holds) = (self.now, channel.holds as usize);
        if let Some(kept) = self.items.get_mut(&item) {
            kept.posted.push(name.to_owned());
        }
        if let Some(done) = self.done.get_mut(name) {
            while done.postings.len() >= holds.max(1) {
                let gone = done.postings.remove(0);
                self.events.push(CrierEvent::TakenDown { item: gone.item, channel: name.to_owned() });
            }
            done.postings.push(Posting { item, at: now });
        }
        self.note_done(name, channel);
        self.events.push(CrierEvent::Posted { item, channel: name.to_owned() });
    }

    fn read(&mut self, name: &str, channel: &Channel, attendance: &Attendance) {
        let mut hanging: Vec<u64> = self.board(name).collect();
        if hanging.is_empty() {
            return;
        }
        let weight = |number: &u64| self.item(*number).map_or(0.0, |item| item.weight);
        hanging.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cmp(b)));
        for place in channel.places.iter().filter_map(|key| self.place(key)).collect::<Vec<u32>>() {
            let here: Vec<u32> = people_at(attendance, place).filter(|&person| self.is_for(channel, person)).collect();
            for &item in &hanging {
                let listeners: Vec<u32> = here.iter().copied().filter(|&person| self.hears(item, person)).collect();
                if listeners.is_empty() {
                    continue;
                }
                listeners.iter().for_each(|&person| self.note_heard(item, person));
                self.events.push(CrierEvent::Read { item, channel: name.to_owned(), place, listeners });
            }
        }
    }

    fn send(&mut self, name: &str, channel: &Channel) {
        if !self.is_open(name, channel) {
            return;
        }
        let mut people: Vec<u32> =
            channel.groups.iter().filter_map(|group| self.groups.get(group)).flatten().copied().collect();
        people.sort_unstable();
        people.dedup();
        for item in self.candidates(name) {
            let like = self.items.get(&item).map(|kept| kept.like.clone()).unwrap_or_default();
            // A letter with the same news is on its way to them, by whatever channel.
            let expects = |person: u32| {
                let same =
                    |letter: &Letter| letter.to == person && (letter.item == item || like.contains(&letter.item));
                self.done.values().flat_map(|done| &done.letters).any(same)
            };
            let news = |&person: &u32| self.is_news(item, person) && !expects(person);
            let to: Vec<u32> = people.iter().copied().filter(news).collect();
            if to.is_empty() {
                continue;
            }
            let at = self.now.saturating_add(channel.delay);
            if let Some(done) = self.done.get_mut(name) {
                done.letters.extend(to.iter().map(|&to| Letter { item, to, at }));
            }
            self.note_done(name, channel);
            self.events.push(CrierEvent::Sent { item, channel: name.to_owned(), to });
            return;
        }
    }

    /// Letters that are there are read, as far as their reader has not had enough for today.
    fn deliver_letters(&mut self, name: &str) {
        let (now, Some(done)) = (self.now, self.done.get_mut(name)) else { return };
        let letters = std::mem::take(&mut done.letters);
        let mut left = Vec::new();
        for letter in letters {
            if letter.at > now {
                left.push(letter);
            } else if self.hears(letter.item, letter.to) {
                self.note_heard(letter.item, letter.to);
                let Letter { item, to, .. } = letter;
                self.events.push(CrierEvent::Arrived { item, channel: name.to_owned(), to });
            } else if self.is_news(letter.item, letter.to) {
                left.push(letter);
            }
            // They have heard it meanwhile: the letter tells them nothing, and is not told of.
        }
        if let Some(done) = self.done.get_mut(name) {
            done.letters = left;
        }
    }
}

/// Who is at a place, by number.
fn people_at(attendance: &Attendance, place: u32) -> impl Iterator<Item = u32> {
    let start = attendance.0.partition_point(|&(other, _)| other < place);
    attendance.0[start..].iter().take_while(move |&&(other, _)| other == place).map(|&(_, person)| person)
}
