//! Ways that a text took and may not take again.
//!
//! Refusing the token that would complete a banned phrase leaves its beginning behind: "the be" whose "ll" is refused
//! becomes "the belt". So the text goes back to where the phrase began, and the token that began it may not come there
//! again. The same leads out of a dead end: what stands before it goes.
//!
//! Each rewind forbids one token at one place, so it could take as many as there are tokens to find the way out. After
//! [`MOST`] of them a token that completes a phrase is only refused.

/// Most rewinds of a candidate.
pub(super) const MOST: usize = 8;

/// What a candidate has been rewound from.
#[derive(Debug, Default)]
pub(super) struct Rewinds {
    count: usize,
    /// Place in the text, in tokens, and the token that may not come there as long as the text before it is the same.
    closed: Vec<(usize, u32)>,
}

impl Rewinds {
    /// Whether there may be another one.
    pub fn may(&self) -> bool {
        self.count < MOST
    }

    /// How often the candidate was rewound.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Tokens that may not come at a place.
    pub fn closed(&self, at: usize) -> impl Iterator<Item = u32> {
        self.closed.iter().filter(move |&&(place, _)| place == at).map(|&(_, token)| token)
    }

    /// The text goes back to its first `at` tokens, and not on with `token` again.
    pub fn back(&mut self, at: usize, token: u32) {
        self.count += 1;
        self.cut(at);
        self.closed.push((at, token));
    }

    /// The text was cut to its first `len` tokens: what is known of places behind them is about another text.
    pub fn cut(&mut self, len: usize) {
        self.closed.retain(|&(place, _)| place <= len);
    }
}
