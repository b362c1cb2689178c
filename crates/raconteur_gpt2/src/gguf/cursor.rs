//! [`Cursor`]: reading values one after the other. What is announced is only believed as far as there are bytes for it.

use std::path::Path;

use super::Value;
use crate::error::Gpt2Error;

/// Arrays in arrays, and so on.
const DEEPEST: usize = 4;

/// A place in a file.
pub(super) struct Cursor<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, bytes, place: 0 }
    }

    /// Bytes read so far.
    pub fn place(&self) -> usize {
        self.place
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Gpt2Error> {
        let rest = &self.bytes[self.place..];
        let taken = rest.get(..count).ok_or_else(|| self.damaged("it ends in the middle of its header"))?;
        self.place += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Gpt2Error> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.damaged("it ends in the middle of its header"))
    }

    pub fn u32(&mut self) -> Result<u32, Gpt2Error> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Gpt2Error> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of things in memory.
    pub fn size(&mut self) -> Result<usize, Gpt2Error> {
        let size = self.u64()?;
        usize::try_from(size).map_err(|_| self.damaged(format!("a size in it is {size}")))
    }

    pub fn text(&mut self) -> Result<String, Gpt2Error> {
        let length = self.size()?;
        let bytes = self.take(length)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.damaged("a text in its header is not UTF-8"))
    }

    /// A value of a kind, by the number that the format gives the kind.
    pub fn value(&mut self, kind: u32) -> Result<Value, Gpt2Error> {
        Ok(match kind {
            6 => Value::Float(f32::from_le_bytes(self.array()?)),
            8 => Value::Text(self.text()?),
            9 => self.values(0)?,
            12 => Value::Float(f64::from_le_bytes(self.array()?) as f32),
            _ => Value::Integer(self.integer(kind)?),
        })
    }

    fn integer(&mut self, kind: u32) -> Result<i128, Gpt2Error> {
        Ok(match kind {
            0 | 7 => self.array::<1>()?[0].into(),
            1 => i8::from_le_bytes(self.array()?).into(),
            2 => u16::from_le_bytes(self.array()?).into(),
            3 => i16::from_le_bytes(self.array()?).into(),
            4 => self.u32()?.into(),
            5 => i32::from_le_bytes(self.array()?).into(),
            10 => self.u64()?.into(),
            11 => i64::from_le_bytes(self.array()?).into(),
            _ => return Err(self.damaged(format!("a value in its header is of the unknown kind {kind}"))),
        })
    }

    /// An array: texts and integers are kept, others skipped.
    fn values(&mut self, depth: usize) -> Result<Value, Gpt2Error> {
        let (kind, count) = (self.u32()?, self.size()?);
        // Each element has at least a byte, a text at least its length: no more are made than the file can hold.
        let least = if kind == 8 || kind == 9 { 8 } else { 1 };
        if count > (self.bytes.len() - self.place) / least {
            return Err(self.damaged(format!("an array in its header has {count} elements, more than the file")));
        }
        match kind {
            8 => (0..count).map(|_| self.text()).collect::<Result<_, _>>().map(Value::Texts),
            9 if depth < DEEPEST => {
                for _ in 0..count {
                    self.values(depth + 1)?;
                }
                Ok(Value::Skipped)
            }
            9 => Err(self.damaged("arrays in its header are nested too deep")),
            6 | 12 => {
                self.take(count.saturating_mul(if kind == 6 { 4 } else { 8 }))?;
                Ok(Value::Skipped)
            }
            _ => {
                let integers = (0..count).map(|_| {
                    let integer = self.integer(kind)?;
                    i64::try_from(integer).map_err(|_| self.damaged(format!("an integer in its header is {integer}")))
                });
                integers.collect::<Result<_, _>>().map(Value::Integers)
            }
        }
    }

    fn damaged(&self, what: impl std::fmt::Display) -> Gpt2Error {
        Gpt2Error::damaged(self.path, what)
    }
}
