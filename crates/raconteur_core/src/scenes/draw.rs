//! One rendering of a scene: a value for each slot, and other names, so that what is learned, and what is measured, is to
//! take them from the scene.

use super::pools::pool;
use super::{Script, YOU};
use crate::compose::seed_of;
use crate::judge::words::is_word_char;
use crate::story::table::Table;

/// What is drawn for one rendering.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draw {
    /// A value for each slot.
    pub slots: Vec<(String, String)>,
    /// New names: (the name in the scene, the name that takes its place).
    pub names: Vec<(String, String)>,
}

/// Tries to find a name that is not taken.
const TRIES: u64 = 9;

impl Script {
    /// Draws by `seed` a value for each slot and, with probability `swap`, another name of the same kind for each name of a
    /// man, a woman, a person or a place. All names stay different. The same seed draws the same.
    #[must_use]
    pub fn draw(&self, seed: u64, swap: f64) -> Draw {
        let slots = self
            .slots
            .iter()
            .filter_map(|(slot, values)| Some((slot.to_owned(), pick(values, seed_of(seed, slot, 0))?.clone())));
        let mut draw = Draw { slots: slots.collect(), names: Vec::new() };
        // The upper 53 bits as a number from 0 to 1, without 1.
        let chance = (seed_of(seed, "swap", 0) >> 11) as f64 / (1_u64 << 53) as f64;
        if chance >= swap {
            return draw;
        }
        let mut taken: Vec<&str> = self.names.ids().collect();
        for (name, kind) in self.names.iter().filter(|(name, _)| *name != YOU) {
            let free = (0..TRIES).find_map(|round| {
                let candidate = *pick(pool(*kind), seed_of(seed, name, round))?;
                (!taken.contains(&candidate)).then_some(candidate)
            });
            if let Some(new) = free {
                taken.push(new);
                draw.names.push((name.to_owned(), new.to_owned()));
            }
        }
        draw
    }

    /// The scene with what was drawn: slots filled, then names replaced wherever they stand as whole words. A slot without a
    /// value in `draw` takes its first one. The result has no slots.
    #[must_use]
    pub fn with(&self, draw: &Draw) -> Self {
        let values: Vec<(String, &str)> = self
            .slots
            .iter()
            .filter_map(|(slot, values)| {
                let drawn = draw.slots.iter().find(|(name, _)| name == slot).map(|(_, value)| value);
                Some((format!("{{{slot}}}"), drawn.or(values.first())?.as_str()))
            })
            .collect();
        let filled = Self { slots: Table::default(), ..self.clone() }.map(&mut |text| {
            let fill = |text: String, (slot, value): &(String, &str)| text.replace(slot, value);
            values.iter().fold(text.to_owned(), fill)
        });
        if draw.names.is_empty() { filled } else { filled.map(&mut |text| replace_names(text, &draw.names)) }
    }
}

/// `text` with names replaced wherever they stand as whole words; of names that begin alike the longest counts, and what
/// has been put in is not read again.
#[must_use]
pub fn replace_names(text: &str, names: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let fits = |name: &str| {
            !name.is_empty()
                && !is_word(before)
                && rest.strip_prefix(name).is_some_and(|behind| !behind.chars().next().is_some_and(is_word))
        };
        let found = names.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len());
        let taken = match found {
            Some((name, new)) => {
                out.push_str(new);
                name.len()
            }
            None => {
                out.push(c);
                c.len_utf8()
            }
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    out
}

fn is_word(c: char) -> bool {
    is_word_char(c) || c == '_'
}

fn pick<T>(from: &[T], random: u64) -> Option<&T> {
    let place = random.checked_rem(from.len() as u64)?;
    from.get(usize::try_from(place).ok()?)
}
