//! Lines outside the graph: which one is told, and what telling it does.

use super::{Host, Runner, RunnerError, RunnerEvent};
use crate::story::expr::ast::Kind;
use crate::story::format::Storylet;

impl Runner {
    /// What `who` (a cast id) would say by the way: of the storylets whose condition holds, the most specific (most
    /// comparisons and calls in its `when`), of those the one that was told longest ago or never, of those the first.
    #[must_use]
    pub fn storylet(&self, who: &str, host: &dyn Host) -> Option<&Storylet> {
        self.tied_storylets(who, host).into_iter().next()
    }

    /// All storylets that [`storylet`](Self::storylet) could as well give: as specific, and told as long ago. In the
    /// writer's order; empty when there is nothing to say.
    #[must_use]
    pub fn tied_storylets(&self, who: &str, host: &dyn Host) -> Vec<&Storylet> {
        let rank = |storylet: &Storylet| {
            let told = self.state.told.get(&storylet.id).copied().unwrap_or(0);
            (std::cmp::Reverse(specificity(storylet)), told)
        };
        let mut tied: Vec<&Storylet> = Vec::new();
        let open = |storylet: &&Storylet| storylet.who == who && self.may_tell(storylet, host);
        for storylet in self.story.storylets.iter().filter(open) {
            match tied.first().map(|best| rank(storylet).cmp(&rank(best))) {
                Some(std::cmp::Ordering::Greater) => {}
                Some(std::cmp::Ordering::Less) => tied = vec![storylet],
                Some(std::cmp::Ordering::Equal) | None => tied.push(storylet),
            }
        }
        tied
    }

    /// All storylets that may be told now, whoever tells them, in the writer's order.
    #[must_use]
    pub fn open_storylets(&self, host: &dyn Host) -> Vec<&Storylet> {
        self.story.storylets.iter().filter(|storylet| self.may_tell(storylet, host)).collect()
    }

    /// A storylet has been told in its authored words: counts it and applies its effects. Asking for it
    /// ([`storylet`](Self::storylet)) changes nothing; only this does.
    ///
    /// # Errors
    /// [`RunnerError::NoSuchStorylet`] when the story has none of this id; nothing changes.
    pub fn tell(&mut self, id: &str, host: &dyn Host) -> Result<Vec<RunnerEvent>, RunnerError> {
        let story = self.story.clone();
        let Some(storylet) = story.storylets.iter().find(|storylet| storylet.id == id) else {
            return Err(RunnerError::NoSuchStorylet { id: id.to_owned() });
        };
        self.state.tellings = self.state.tellings.saturating_add(1);
        self.state.told.insert(id.to_owned(), self.state.tellings);
        self.state.seen.insert(id.to_owned());
        let mut events = Vec::new();
        self.apply(&storylet.then, host, &mut events);
        if !storylet.then.is_empty() {
            // What it changed may open and close ways, and a save that is loaded settles them anew too.
            match self.refresh(host) {
                Ok(more) => events.extend(more),
                Err(error) => events.extend(error.into_events()),
            }
        }
        Ok(events)
    }

    /// The words of a storylet that was [told](Self::tell) have been heard: which of its variants was the last, and the
    /// last retelling of a rumor. They do not enter the history, since a remark is no turn of a talk. Does nothing when
    /// the story has no such storylet.
    pub fn remarked(&mut self, id: &str, words: &str) {
        let story = self.story.clone();
        if let Some(storylet) = story.storylets.iter().find(|storylet| storylet.id == id) {
            self.heard(id, &storylet.who, &storylet.say, storylet.generate.as_ref(), words);
        }
    }

    fn may_tell(&self, storylet: &Storylet, host: &dyn Host) -> bool {
        let rested = match self.state.told.get(&storylet.id) {
            Some(_) if storylet.once => false,
            Some(told) => self.state.tellings.saturating_sub(*told) >= u64::from(storylet.cooldown),
            None => true,
        };
        // Asked often and for every speaker: a condition that fails is simply false here, and the lint has named it.
        rested && self.holds(storylet.when.as_ref(), host, &mut Vec::new())
    }
}

fn specificity(storylet: &Storylet) -> usize {
    let mut count = 0;
    if let Some(tree) = storylet.when.as_ref().and_then(|when| when.ast()) {
        tree.walk(&mut |node| count += usize::from(matches!(node.kind, Kind::Compare { .. } | Kind::Call { .. })));
    }
    count
}
