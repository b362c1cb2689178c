//! Where the random streams of a request start.

/// The seed of a request: FNV-1a (64 bit, offset basis 0xcbf29ce484222325, prime 0x100000001b3; Fowler, Noll, Vo) over
/// the bytes of `id`, mixed with the seed of the play-through and the number of the visit by the finisher of `SplitMix64`
/// (Steele, Lea, Flood 2014). The same place gives the same words after a reload and on every machine.
#[must_use]
pub fn seed_of(play: u64, id: &str, visit: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(mix(hash ^ mix(play)) ^ visit)
}

fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
