//! The vocabulary as a trie of bytes: what can be said of many tokens at once.
//!
//! Nodes lie in the order in which a walk from the root meets them, parents first and siblings by their byte, so a walk
//! is one pass over an array, and a branch that nothing comes of is left by one jump.

use crate::arithmetic::vectorize;

/// The bytes of all tokens of a vocabulary.
#[derive(Debug, Clone, Default)]
pub struct Trie {
    nodes: Vec<Node>,
    /// Tokens by their bytes: those of a node and of all below it are neighbours.
    ids: Vec<u32>,
    /// One more than the largest id.
    size: usize,
}

/// A beginning of some tokens, by its last byte.
#[derive(Debug, Clone, Copy)]
struct Node {
    byte: u8,
    /// Number of bytes before it.
    depth: u16,
    /// The first node that is not below this one.
    after: u32,
    /// The first of the `ids` that begin so.
    first: u32,
}

/// Some tokens of a vocabulary, a bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    words: Box<[u64]>,
}

impl Trie {
    /// A trie of the tokens below `size` that have bytes and are none of `except`.
    pub fn new<'a>(size: usize, bytes: &dyn Fn(u32) -> &'a [u8], except: Option<u32>) -> Self {
        let mut ids: Vec<u32> = (0..size as u32).filter(|&id| !bytes(id).is_empty() && Some(id) != except).collect();
        ids.sort_by_key(|&id| bytes(id));
        let mut nodes: Vec<Node> = Vec::new();
        // The nodes from the root to where the last token ends.
        let mut path: Vec<usize> = Vec::new();
        for (first, &id) in (0u32..).zip(&ids) {
            // Longer tokens than this are none that text is made of.
            let token = &bytes(id)[..bytes(id).len().min(usize::from(u16::MAX))];
            let shared = path.iter().zip(token).take_while(|&(&at, &byte)| nodes[at].byte == byte).count();
            path.truncate(shared);
            for (depth, &byte) in token.iter().enumerate().skip(shared) {
                path.push(nodes.len());
                nodes.push(Node { byte, depth: depth as u16, after: 0, first });
            }
        }
        // From the back: what comes behind a node is the next one that is no deeper.
        let mut open: Vec<usize> = Vec::new();
        for at in (0..nodes.len()).rev() {
            while open.last().is_some_and(|&next| nodes[next].depth > nodes[at].depth) {
                open.pop();
            }
            nodes[at].after = open.last().map_or(nodes.len(), |&next| next) as u32;
            open.push(at);
        }
        Self { nodes, ids, size }
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// No token, of as many as the vocabulary has.
    pub fn none(&self) -> Bits {
        Bits { words: vec![0; self.size.div_ceil(64)].into() }
    }

    /// Walks through an automaton that reads bytes: `step` gives the state behind one more byte, `None` when a token that
    /// goes on so is out; `found` gets the state behind each node where tokens end, and these tokens. `enter` is told of
    /// each node before it is read, with the state before it.
    pub fn walk<S: Copy>(
        &self,
        start: S,
        enter: &mut dyn FnMut(NodeAt, u8, S),
        step: impl Fn(S, u8) -> Option<S>,
        found: &mut dyn FnMut(&[u32], S),
    ) {
        let mut states = vec![start];
        let mut at = 0;
        while let Some(&Node { byte, depth, after, first }) = self.nodes.get(at) {
            let depth = usize::from(depth);
            enter(NodeAt(at), byte, states[depth]);
            let Some(state) = step(states[depth], byte) else {
                at = after as usize;
                continue;
            };
            states.truncate(depth + 1);
            states.push(state);
            let own = &self.ids[first as usize..self.first_of(at + 1)];
            if !own.is_empty() {
                found(own, state);
            }
            at += 1;
        }
    }

    /// The tokens that have `text` from the node on: its byte is the first of `text`.
    pub fn tokens_with(&self, node: NodeAt, text: &[u8]) -> &[u32] {
        let mut at = node.0;
        let Some((_, rest)) = text.split_first() else { return &[] };
        for &wanted in rest {
            let end = self.nodes[at].after as usize;
            at += 1;
            while at < end && self.nodes[at].byte != wanted {
                at = self.nodes[at].after as usize;
            }
            if at >= end {
                return &[];
            }
        }
        &self.ids[self.nodes[at].first as usize..self.first_of(self.nodes[at].after as usize)]
    }

    fn first_of(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(self.ids.len(), |node| node.first as usize)
    }
}

/// A node of a [`Trie`].
#[derive(Debug, Clone, Copy)]
pub struct NodeAt(usize);

impl Bits {
    /// Whether the token is among them.
    pub fn has(&self, id: u32) -> bool {
        self.words.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// Adds some tokens.
    pub fn add(&mut self, ids: &[u32]) {
        for &id in ids {
            if let Some(word) = self.words.get_mut(id as usize / 64) {
                *word |= 1 << (id % 64);
            }
        }
    }

    /// Adds those of `others`.
    pub fn join(&mut self, others: &Self) {
        for (word, other) in self.words.iter_mut().zip(&others.words) {
            *word |= other;
        }
    }

    /// Number of bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    /// Sets the score of every token that is not among them to minus infinity.
    pub fn apply(&self, scores: &mut [f32]) {
        vectorize(
            #[inline(always)]
            || {
                let (blocks, rest) = scores.as_chunks_mut::<64>();
                let mut words = self.words.iter().copied();
                for block in blocks {
                    match words.next().unwrap_or(0) {
                        u64::MAX => {}
                        0 => *block = [f32::NEG_INFINITY; 64],
                        word => select(word, block),
                    }
                }
                if let Some(word) = (!rest.is_empty()).then(|| words.next().unwrap_or(0)) {
                    for (bit, score) in rest.iter_mut().enumerate() {
                        *score = if word >> bit & 1 == 1 { *score } else { f32::NEG_INFINITY };
                    }
                }
            },
        );
    }
}

/// Keeps the scores whose bits are set, the others become minus infinity. Without a branch, and eight at a time, which is
/// how many fit a register: of 50,257 scores with seven in ten kept it took 16 us, where a test of each bit took 93.
#[inline(always)]
fn select(word: u64, scores: &mut [f32; 64]) {
    const GONE: u32 = f32::NEG_INFINITY.to_bits();
    const BITS: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
    let (eights, _) = scores.as_chunks_mut::<8>();
    for (byte, scores) in word.to_le_bytes().into_iter().zip(eights) {
        let mut keep = [u32::from(byte); 8];
        for (keep, bit) in keep.iter_mut().zip(BITS) {
            *keep = u32::from(*keep & bit != 0).wrapping_neg();
        }
        for (score, keep) in scores.iter_mut().zip(keep) {
            *score = f32::from_bits(score.to_bits() & keep | GONE & !keep);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Bits apply as they are asked one by one, whatever the number of scores: vocabularies are padded.
        #[test]
        fn what_is_not_among_them_goes(
            words in prop::collection::vec(prop_oneof![Just(0), Just(u64::MAX), any::<u64>()], 0..5),
            size in 0usize..400,
        ) {
            let bits = Bits { words: words.into() };
            let mut scores: Vec<f32> = (0..size).map(|i| i as f32 - 9.5).collect();
            let before = scores.clone();
            bits.apply(&mut scores);
            for (id, (&score, &was)) in (0u32..).zip(scores.iter().zip(&before)) {
                prop_assert_eq!(score, if bits.has(id) { was } else { f32::NEG_INFINITY });
            }
        }
    }
}
