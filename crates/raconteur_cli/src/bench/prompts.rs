//! Random prompts: no two of a run share a beginning, so that none is found in a cache of prefixes by chance.

/// A stream of random tokens.
pub struct Prompts {
    vocab_size: usize,
    state: u64,
}

impl Prompts {
    /// Tokens below `vocab_size`; every run gives the same ones.
    pub fn new(vocab_size: usize) -> Self {
        Self { vocab_size, state: 0x5eed }
    }

    /// So many tokens.
    pub fn take(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.token()).collect()
    }

    /// Knuth's linear congruential generator (MMIX), of which the high bits are good enough for noise.
    fn token(&mut self) -> u32 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) as usize % self.vocab_size) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_differ_stay_in_the_vocabulary_and_come_again() {
        let (mut one, mut other) = (Prompts::new(50), Prompts::new(50));
        let (first, second) = (one.take(64), one.take(64));
        assert_ne!(first, second);
        assert_eq!(other.take(64), first);
        assert!(first.iter().chain(&second).all(|&id| id < 50));
        let mut seen = first;
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 25, "{seen:?}");
    }
}
