//! Draws that depend on what they are for, and on nothing that was drawn before: so the order of a walk does not matter.

/// What a draw decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Meet = 1,
    Whom,
    Talk,
    Tale,
    Drift,
    Change,
}

/// A number from the seed of the simulation, the tick, what it is for, and who is concerned.
pub(super) fn draw(seed: u64, tick: u64, what: For, who: [u64; 3]) -> u64 {
    let mut x = mix(seed ^ mix(tick));
    for part in [what as u64, who[0], who[1], who[2]] {
        x = mix(x ^ part);
    }
    x
}

/// The finisher of `SplitMix64` (Steele, Lea and Flood 2014).
pub(super) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// From 0 to below 1, in steps that an `f32` holds exactly.
pub(super) fn share(x: u64) -> f32 {
    (x >> 40) as f32 / (1_u64 << 24) as f32
}
