//! Beginnings of prompts as bytes: keys and values that somebody has read, for the next start of the game.
//!
//! ```text
//! "RCNTPRFX" version | fingerprint | layers heads head_dim format | tokens | pages .. | checksum
//! ```
//! All numbers are little-endian. Keys and values are exactly those that were computed, so that a text is the same with
//! a snapshot and without. They mean something to one model only: the fingerprint is of its configuration, of its weights
//! in their formats, and of what the kernels of this processor make of them. Whatever does not fit is an error, and
//! whoever ignores it reads the prompt.
//!
//! [`save_prefix`](crate::generator::Gpt2Generator::save_prefix) and
//! [`restore_prefix`](crate::generator::Gpt2Generator::restore_prefix) write and read them.

mod bytes;

use std::sync::Arc;

use crate::kv::{KvFormat, KvShape, PAGE, Page, PageData, Pages};
use crate::model::{Chunk, Gpt2, Logits};
use bytes::{Reader, Writer, checksum};

/// What every snapshot begins with.
const MAGIC: [u8; 8] = *b"RCNTPRFX";
/// Of the layout.
const VERSION: u32 = 2;

/// Why a snapshot cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes are something else.
    #[error("this is no snapshot of a prompt: it does not begin like one. Save it again")]
    NotASnapshot,
    /// Written by another version of this crate.
    #[error("the snapshot has layout {found} and this version reads {expected}. Save it again")]
    Version {
        /// Its layout.
        found: u32,
        /// The one that is read.
        expected: u32,
    },
    /// Cut off or changed since it was written.
    #[error("the snapshot is damaged, cut off perhaps. Save it again")]
    Damaged,
    /// Of another model, the same model in another number format, or another kind of processor.
    #[error(
        "the snapshot is of another model, of other formats of weights or of keys and values, or from another kind of processor. Save it again with the model that is to use it"
    )]
    OtherModel,
    /// This generator keeps no prompts.
    #[error(
        "this generator keeps no beginnings of prompts, so there is no place for a snapshot. Set kv_budget_mb above 0, and use the CPU's own kernels"
    )]
    Unsupported,
}

/// A number that differs for models, formats and kernels that compute different keys and values.
pub(crate) fn fingerprint(model: &Gpt2) -> u64 {
    // Which kernels run depends on the processor, and so may the last digits: a pass shows them.
    let config = model.config();
    let ids: Vec<u32> = (0..config.n_positions.min(PAGE + 1)).map(|i| (i * 7 % config.vocab_size) as u32).collect();
    let mut cache = model.new_cache(ids.len());
    let logits = model.forward(&mut [Chunk { ids: &ids, cache: &mut cache, logits: Logits::Last }]);
    let mut writer = Writer::default();
    writer.u64(model.fingerprint());
    writer.floats(logits.iter().flatten().flatten().flatten());
    checksum(&writer.into_bytes())
}

/// The pages of `tokens` as bytes.
pub(crate) fn write(fingerprint: u64, shape: KvShape, tokens: &[u32], pages: &[Arc<Page>]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(pages.len() * shape.page_bytes() as usize + tokens.len() * 4 + 64);
    writer.bytes(&MAGIC);
    writer.u32(VERSION);
    writer.u64(fingerprint);
    shape_numbers(shape).into_iter().for_each(|number| writer.u32(number));
    writer.u32(tokens.len() as u32);
    tokens.iter().for_each(|&token| writer.u32(token));
    for page in pages {
        match page.data() {
            PageData::F32(numbers) => {
                writer.floats(&numbers.keys);
                writer.floats(&numbers.values);
            }
            PageData::Q8(numbers) => {
                let (bytes, scales) = numbers.raw();
                writer.bytes(bytes);
                writer.floats(scales);
            }
        }
    }
    let sum = checksum(writer.as_bytes());
    writer.u64(sum);
    writer.into_bytes()
}

/// The tokens and pages of a snapshot, with pages from `pool`.
pub(crate) fn read(
    bytes: &[u8],
    fingerprint: u64,
    pool: &Arc<Pages>,
) -> Result<(Vec<u32>, Vec<Arc<Page>>), SnapshotError> {
    let mut reader = Reader::new(bytes);
    if reader.bytes(MAGIC.len()) != Ok(&MAGIC) {
        return Err(SnapshotError::NotASnapshot);
    }
    let version = reader.u32()?;
    if version != VERSION {
        return Err(SnapshotError::Version { found: version, expected: VERSION });
    }
    let (body, sum) = bytes.split_last_chunk::<8>().ok_or(SnapshotError::Damaged)?;
    if checksum(body) != u64::from_le_bytes(*sum) {
        return Err(SnapshotError::Damaged);
    }
    let shape = pool.shape();
    if reader.u64()? != fingerprint {
        return Err(SnapshotError::OtherModel);
    }
    for number in shape_numbers(shape) {
        if reader.u32()? != number {
            return Err(SnapshotError::OtherModel);
        }
    }
    let count = reader.u32()? as usize;
    // What is announced is there, so that no memory is taken for what is not.
    let pages = count / PAGE;
    let announced = (count as u64) * 4 + pages as u64 * shape.page_bytes();
    if !count.is_multiple_of(PAGE) || announced + 8 != reader.left() as u64 {
        return Err(SnapshotError::Damaged);
    }
    let tokens = (0..count).map(|_| reader.u32()).collect::<Result<_, _>>()?;
    let page = |_| {
        let mut page = Pages::take(pool);
        match page.data_mut() {
            PageData::F32(numbers) => {
                reader.floats(&mut numbers.keys)?;
                reader.floats(&mut numbers.values)?;
            }
            PageData::Q8(numbers) => {
                let (bytes, scales) = numbers.raw_mut();
                bytes.copy_from_slice(reader.bytes(bytes.len())?);
                reader.floats(scales)?;
            }
        }
        Ok(Arc::new(page))
    };
    let pages = (0..pages).map(page).collect::<Result<_, _>>()?;
    Ok((tokens, pages))
}

fn shape_numbers(shape: KvShape) -> [u32; 4] {
    let format = match shape.format {
        KvFormat::F32 => 32,
        KvFormat::Q8 => 8,
    };
    [shape.layers as u32, shape.heads as u32, shape.head_dim as u32, format]
}
