//! Little-endian numbers in a row of bytes, and a sum over them.

use super::SnapshotError;

/// Puts numbers one behind the other.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u32(&mut self, number: u32) {
        self.bytes(&number.to_le_bytes());
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    pub(super) fn floats<'a>(&mut self, numbers: impl IntoIterator<Item = &'a f32>) {
        numbers.into_iter().for_each(|number| self.bytes(&number.to_le_bytes()));
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Takes numbers one after the other. Where there are none any more, the bytes were cut off.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Number of bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], SnapshotError> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(SnapshotError::Damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, SnapshotError> {
        self.chunk().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, SnapshotError> {
        self.chunk().map(u64::from_le_bytes)
    }

    pub(super) fn floats(&mut self, numbers: &mut [f32]) -> Result<(), SnapshotError> {
        let bytes = self.bytes(size_of_val(numbers))?;
        for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
            *number = f32::from_le_bytes(*bytes);
        }
        Ok(())
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let (chunk, rest) = self.0.split_first_chunk::<N>().ok_or(SnapshotError::Damaged)?;
        self.0 = rest;
        Ok(*chunk)
    }
}

/// A sum that finds damage, not forgery: eight bytes at a time are mixed in as in FNV-1a (Fowler, Noll, Vo; offset basis
/// 0xcbf29ce484222325), with the odd part of the golden ratio as factor and a shift that carries high bits down.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| {
        let sum = (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^ (sum >> 32)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(0xcbf2_9ce4_8422_2325, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    mix(rest.iter().fold(sum, |sum, &byte| mix(sum, u64::from(byte))), bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_counts() {
        let bytes: Vec<u8> = (0..45u8).collect();
        let sum = checksum(&bytes);
        assert!(checksum(&bytes[..44]) != sum && checksum(&[0; 8]) != checksum(&[0; 16]));
        for at in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[at / 8] ^= 1 << (at % 8);
            assert_ne!(checksum(&other), sum, "bit {at}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_no_more() {
        let mut writer = Writer::with_capacity(8);
        writer.u32(7);
        writer.floats(&[1.5, f32::NEG_INFINITY]);
        writer.u64(u64::MAX - 1);
        writer.bytes(b"xy");
        let bytes = writer.into_bytes();
        let mut reader = Reader::new(&bytes);
        let mut floats = [0.0; 2];
        assert_eq!(reader.u32(), Ok(7));
        assert_eq!(reader.floats(&mut floats), Ok(()));
        assert_eq!(floats, [1.5, f32::NEG_INFINITY]);
        assert_eq!(reader.u64(), Ok(u64::MAX - 1));
        assert_eq!(reader.bytes(3), Err(SnapshotError::Damaged));
        assert_eq!((reader.left(), reader.bytes(2)), (2, Ok(&b"xy"[..])));
        assert_eq!(reader.u32(), Err(SnapshotError::Damaged));
    }
}
