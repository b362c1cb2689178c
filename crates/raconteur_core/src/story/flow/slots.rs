//! What a state is made of: slots, packed into words.

use super::code::V;

/// Number of a slot in [`Slots`].
pub(super) type SlotId = usize;

/// What a slot stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Symbol {
    /// A variable, by its name.
    Var(String),
    /// How often a beat has been entered, by its id.
    Visits(String),
    /// Whether a text has been shown or a way taken, by its id.
    Seen(String),
    /// Whether the detour of a beat has been told, by the beat's id.
    Detour(String),
}

/// Which values a slot may have.
#[derive(Debug, Clone)]
pub(super) enum Domain {
    /// `min..=max`.
    Int,
    /// False (0) and true (1).
    Bool,
    /// Words by their number in the program; the first of them is that of value 0.
    Words { of: Vec<u32>, init: u32 },
    /// A number that stays at `max` from there on.
    Count,
}

/// One piece of knowledge.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) symbol: Symbol,
    pub(super) domain: Domain,
    /// Smallest value; what is packed is the distance to it.
    pub(super) min: i64,
    pub(super) max: i64,
    word: usize,
    shift: u32,
    mask: u64,
}

/// All slots of a program. A state is a slice of [`Slots::stride`] words.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    list: Vec<Slot>,
    /// Bits that are taken in each word.
    used: Vec<u32>,
}

impl Slots {
    /// Adds a slot in the first word that has room for it.
    pub(super) fn add(&mut self, symbol: Symbol, domain: Domain, min: i64, max: i64) -> SlotId {
        let max = max.max(min);
        let bits = u64::BITS - (max.wrapping_sub(min) as u64).leading_zeros();
        let word = self.used.iter().position(|used| used + bits <= u64::BITS).unwrap_or_else(|| {
            self.used.push(0);
            self.used.len() - 1
        });
        let shift = self.used[word];
        self.used[word] += bits;
        // A shift by 64 is no shift; a slot without bits has the mask 0 and may stand anywhere.
        let shift = shift.min(u64::BITS - 1);
        let mask = if bits == 0 { 0 } else { u64::MAX >> (u64::BITS - bits) };
        self.list.push(Slot { symbol, domain, min, max, word, shift, mask });
        self.list.len() - 1
    }

    /// Words of a state; at least one.
    pub(super) fn stride(&self) -> usize {
        self.used.len().max(1)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn slot(&self, id: SlotId) -> &Slot {
        &self.list[id]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SlotId, &Slot)> {
        self.list.iter().enumerate()
    }

    /// The number in a slot.
    pub(super) fn get(&self, id: SlotId, state: &[u64]) -> i64 {
        let slot = &self.list[id];
        slot.min.wrapping_add(((state[slot.word] >> slot.shift) & slot.mask) as i64)
    }

    /// Puts a number, which is within the range, into a slot.
    pub(super) fn set(&self, id: SlotId, state: &mut [u64], value: i64) {
        let slot = &self.list[id];
        let packed = (value.wrapping_sub(slot.min) as u64) & slot.mask;
        state[slot.word] = (state[slot.word] & !(slot.mask << slot.shift)) | (packed << slot.shift);
    }

    /// The value in a slot.
    pub(super) fn value(&self, id: SlotId, state: &[u64]) -> V {
        let number = self.get(id, state);
        match &self.list[id].domain {
            Domain::Int | Domain::Count => V::Int(number),
            Domain::Bool => V::Bool(number != 0),
            Domain::Words { of, .. } => of.get(number as usize).map_or(V::Int(0), |word| V::Word(*word)),
        }
    }

    /// Puts a value into a slot, within its range; one of another type changes nothing.
    pub(super) fn put(&self, id: SlotId, state: &mut [u64], value: V) {
        let slot = &self.list[id];
        let number = match (&slot.domain, value) {
            (Domain::Int | Domain::Count, V::Int(value)) => value.min(slot.max).max(slot.min),
            (Domain::Bool, V::Bool(value)) => i64::from(value),
            (Domain::Words { of, init }, V::Word(word)) => {
                of.iter().position(|other| *other == word).map_or(i64::from(*init), |at| at as i64)
            }
            _ => return,
        };
        self.set(id, state, number);
    }

    /// Marks a slot in a mask that has the shape of a state.
    pub(super) fn mark(&self, id: SlotId, mask: &mut [u64]) {
        let slot = &self.list[id];
        mask[slot.word] |= slot.mask << slot.shift;
    }

    /// Takes a slot out of a mask.
    pub(super) fn unmark(&self, id: SlotId, mask: &mut [u64]) {
        let slot = &self.list[id];
        mask[slot.word] &= !(slot.mask << slot.shift);
    }

    /// Whether a mask holds a slot. One with a single value needs no room and is in none.
    pub(super) fn marked(&self, id: SlotId, mask: &[u64]) -> bool {
        let slot = &self.list[id];
        mask[slot.word] & (slot.mask << slot.shift) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_packing() {
        let mut slots = Slots::default();
        let mut ids = Vec::new();
        let ranges = [(0, 3), (-1, 1), (i64::MIN, i64::MAX), (5, 5), (0, i64::MAX), (-7, 900), (0, 1), (0, 0)];
        for (min, max) in ranges {
            ids.push(slots.add(Symbol::Seen(String::new()), Domain::Int, min, max));
        }
        let mut state = vec![0; slots.stride()];
        for (id, (min, _)) in ids.iter().zip(ranges) {
            assert_eq!(slots.get(*id, &state), min);
        }
        for at in [0_i64, 1, 2] {
            for (id, (min, max)) in ids.iter().zip(ranges) {
                slots.set(*id, &mut state, [min, max, min.midpoint(max)][at as usize]);
            }
            for (id, (min, max)) in ids.iter().zip(ranges) {
                assert_eq!(slots.get(*id, &state), [min, max, min.midpoint(max)][at as usize]);
            }
        }
    }

    #[test]
    fn masks_hold_what_was_marked() {
        let mut slots = Slots::default();
        let ids: Vec<SlotId> =
            (0..40).map(|at| slots.add(Symbol::Seen(at.to_string()), Domain::Int, 0, 1 + at)).collect();
        let mut mask = vec![0; slots.stride()];
        slots.mark(ids[7], &mut mask);
        assert_eq!(ids.iter().filter(|id| slots.marked(**id, &mask)).count(), 1);
        slots.unmark(ids[7], &mut mask);
        assert!(mask.iter().all(|word| *word == 0));
    }
}
