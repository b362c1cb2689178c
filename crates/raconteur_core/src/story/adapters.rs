//! Who of a story speaks under which adapter.

use super::format::{Character, Story};

impl Story {
    /// Name of the adapter that is the voice of a character: their own, else that of the first of their groups that has
    /// one.
    #[must_use]
    pub fn adapter_of<'a>(&'a self, character: &'a Character) -> Option<&'a str> {
        let groups = character.groups.iter().filter_map(|id| self.groups.get(id));
        character.adapter.as_deref().or_else(|| groups.filter_map(|group| group.adapter.as_deref()).next())
    }

    /// Names of all adapters that the story asks for, in alphabetical order.
    #[must_use]
    pub fn adapters(&self) -> Vec<&str> {
        let characters = self.cast.iter().filter_map(|(_, character)| character.adapter.as_deref());
        let groups = self.groups.iter().filter_map(|(_, group)| group.adapter.as_deref());
        let mut names: Vec<&str> = characters.chain(groups).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
