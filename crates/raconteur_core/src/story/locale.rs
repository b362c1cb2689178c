//! Translations: which text a key means, and whether a translation is still one of the text as it is now.

/// Hash of a source text that a translation is locked to: FNV-1a in 32 bits as eight hexadecimal digits. White space at
/// the ends does not count. Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", IETF draft.
#[must_use]
pub fn lock(text: &str) -> String {
    const OFFSET: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let hash = text.trim().bytes().fold(OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_hash() {
        // Test vectors of the draft.
        assert_eq!(lock(""), "811c9dc5");
        assert_eq!(lock("foobar"), "bf9cf968");
        assert_eq!(lock(" foobar\n"), "bf9cf968");
    }
}
