//! Characters out of bytes that come one by one, as [`Utf8Decoder`](crate::stream::Utf8Decoder) makes them, but small
//! enough to be part of a state.

/// The beginning of a character, or nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Partial {
    bytes: [u8; 3],
    len: u8,
}

impl Partial {
    /// The bytes that have come: three at most.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Takes one more byte in and names the characters that it completes; `None` as soon as `take` says so.
    pub fn push(&mut self, byte: u8, take: &mut dyn FnMut(char) -> Option<()>) -> Option<()> {
        if self.len == 0 && byte.is_ascii() {
            return take(char::from(byte));
        }
        let mut joined = [0; 4];
        let len = usize::from(self.len);
        joined[..len].copy_from_slice(self.bytes());
        joined[len] = byte;
        self.len = 0;
        let mut rest = &joined[..=len];
        while !rest.is_empty() {
            let (valid, error) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), None),
                Err(error) => (error.valid_up_to(), Some(error.error_len())),
            };
            String::from_utf8_lossy(&rest[..valid]).chars().try_for_each(&mut *take)?;
            rest = &rest[valid..];
            match error {
                None => {}
                Some(Some(bad)) => {
                    take(char::REPLACEMENT_CHARACTER)?;
                    rest = &rest[bad..];
                }
                Some(None) => {
                    self.bytes[..rest.len()].copy_from_slice(rest);
                    self.len = rest.len() as u8;
                    break;
                }
            }
        }
        Some(())
    }

    /// The characters that begin so.
    pub fn completions(&self) -> impl Iterator<Item = char> {
        let lead = u32::from(self.bytes[0]);
        let (base, bits) = match self.bytes[0] {
            0xc2..=0xdf => (lead & 0x1f, 6),
            0xe0..=0xef => (lead & 0xf, 12),
            _ => (lead & 7, 18),
        };
        let (mut base, mut bits) = (base << bits, bits);
        for &byte in &self.bytes()[1..] {
            bits -= 6;
            base |= u32::from(byte & 0x3f) << bits;
        }
        let this = *self;
        let all = (base..base + (1 << bits)).filter_map(char::from_u32);
        all.filter(move |c| c.encode_utf8(&mut [0; 4]).as_bytes().starts_with(this.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stream::Utf8Decoder;

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![any::<u8>(), prop::sample::select("aé鐘🔔\u{10ffff}\u{7ff}\u{800}".as_bytes().to_vec())]
    }

    proptest! {
        #[test]
        fn the_characters_are_those_of_the_decoder(bytes in prop::collection::vec(byte(), 0..20)) {
            let (mut decoder, mut expected) = (Utf8Decoder::default(), String::new());
            let (mut partial, mut text) = (Partial::default(), String::new());
            for byte in bytes {
                decoder.decode(&[byte], &mut expected);
                partial.push(byte, &mut |c| { text.push(c); Some(()) });
                prop_assert_eq!(&text, &expected);
            }
        }

        #[test]
        fn a_character_is_among_the_completions_of_its_beginning(
            c in prop_oneof![
                prop::char::range('\u{80}', '\u{7ff}'),
                prop::char::range('\u{800}', '\u{ffff}'),
                prop::char::range('\u{10000}', char::MAX),
            ],
            cut in any::<prop::sample::Index>(),
            other in any::<char>(),
        ) {
            let mut buffer = [0; 4];
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            let cut = 1 + cut.index(bytes.len() - 1);
            let mut partial = Partial::default();
            for &byte in &bytes[..cut] {
                partial.push(byte, &mut |_| None);
            }
            prop_assert_eq!(partial.bytes(), &bytes[..cut]);
            prop_assert!(partial.completions().any(|found| found == c));
            let begins = other.encode_utf8(&mut [0; 4]).as_bytes().starts_with(&bytes[..cut]);
            prop_assert_eq!(partial.completions().any(|found| found == other), begins);
        }
    }
}
