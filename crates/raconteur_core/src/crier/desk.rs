//! The rumor desk: what somebody hears in the streets becomes news.

use super::{Crier, Item, MOST_ITEMS, Wanted};
use crate::rumors::{Retelling, Rumors};

impl Crier {
    /// Looks at what the reporter of the desk has heard: a tale that they believe becomes an item, in their words; one that
    /// they believe no more is taken back. A tale is news once. Nothing happens without a desk.
    pub fn report(&mut self, rumors: &Rumors, reporter: u32) {
        let Some(desk) = self.book.desk.clone() else { return };
        for place in 0..rumors.tales() as u32 {
            let (Some(tale), Some(form)) = (rumors.tale(place), rumors.form(reporter, place)) else { continue };
            let id = format!("tale:{}", tale.id);
            let belief = rumors.belief(reporter, place);
            if self.begun.contains(&id) {
                if belief < desk.believes {
                    self.withdraw(&id);
                }
                continue;
            }
            if belief < desk.believes {
                continue;
            }
            let Retelling { text, keep, .. } = rumors.wording(place, form, reporter, desk.drift);
            let item = Item {
                topic: Some(tale.id.clone()),
                channels: desk.channels.clone(),
                weight: rumors.interest(reporter, place).min(1.0),
                until: Some(self.now.saturating_add(desk.lasts)),
                ..Item::new(id.clone(), text.clone())
            };
            let retelling = Retelling { text, keep: keep.clone(), drift: desk.drift };
            let voice = Some(desk.reporter.clone());
            self.begin(Wanted { item, keep, retelling: Some(retelling), voice, reword: desk.reword });
        }
    }

    /// Publishes the notices that are due.
    pub(super) fn begin_notices(&mut self) {
        let due: Vec<usize> = (0..self.book.notices.len())
            .filter(|&at| {
                let notice = &self.book.notices[at];
                let over = notice.until.is_some_and(|until| until < self.now);
                notice.from <= self.now
                    && !over
                    && !self.begun.iter().any(|id| id.strip_prefix("notice:") == Some(&notice.id))
            })
            .collect();
        for at in due {
            let notice = self.book.notices[at].clone();
            let item = Item {
                channels: notice.channels.clone(),
                weight: notice.weight,
                until: notice.until,
                ..Item::new(format!("notice:{}", notice.id), notice.text)
            };
            let voice = self.voice_of(&item);
            self.begin(Wanted { item, keep: notice.keep, retelling: None, voice, reword: notice.reword });
        }
    }

    /// Whose voice an item has: that of its first channel with one.
    fn voice_of(&self, item: &Item) -> Option<String> {
        let takes = |name: &String| item.channels.is_empty() || item.channels.contains(name);
        self.book.channels.iter().filter(|(name, _)| takes(name)).find_map(|(_, channel)| channel.voice.clone())
    }

    fn begin(&mut self, wanted: Wanted) {
        self.begun.push(wanted.item.id.clone());
        self.wanted.push(wanted);
        self.publish_written();
    }

    /// Publishes what needs no model, as long as there is room: the rest waits.
    pub(super) fn publish_written(&mut self) {
        let ready: Vec<String> =
            self.wanted.iter().filter(|wanted| !wanted.reword).map(|wanted| wanted.item.id.clone()).collect();
        for id in ready {
            let over = self.items.values().any(|kept| kept.ended.is_some());
            if self.items.len() < MOST_ITEMS || over {
                // What the book has is sound, and there is room: nothing can be wrong with it.
                let _ = self.settle(&id, None);
            }
        }
    }
}
