//! GGUF, the file of llama.cpp: models of architecture `gpt2`, weights, configuration and tokenizer in one file.
//!
//! The format is described in `docs/gguf.md` of <https://github.com/ggml-org/ggml>, the number formats by the structures
//! of its `ggml-common.h`; names and orientation of the tensors are those of llama.cpp's converter. Matrices lie as
//! `[outputs, inputs]` there, all of them.
//!
//! | read | versions 2 and 3, little-endian; `F32`, `F16`, `BF16`, `Q8_0`, `Q4_0`, `Q4_1`, `Q5_0`, `Q5_1`, `Q4_K`, `Q5_K`, `Q6_K`; the tokenizer `gpt2` |
//! |---|---|
//! | not read | other architectures, `Q2_K`, `Q3_K`, the `IQ` formats, files in several parts |
//!
//! Weights are converted to the number format that [`LoadOptions`](crate::model::LoadOptions) asks for, through f32: our
//! blocks are other ones.

pub(crate) mod blocks;
mod cursor;
mod model;
mod write;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use crate::error::Gpt2Error;
use crate::weights::map;
pub(crate) use blocks::BlockFormat;
use cursor::Cursor;
pub(crate) use model::TokenizerParts;
pub use write::write;

const MAGIC: &[u8; 4] = b"GGUF";

/// An opened file. Nothing of it is converted yet.
#[derive(Debug)]
pub(crate) struct Gguf {
    path: PathBuf,
    map: Mmap,
    values: HashMap<String, Value>,
    tensors: HashMap<String, Tensor>,
}

/// A value of the metadata; kinds that no model of ours needs are skipped.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Integer(i128),
    Float(f32),
    Text(String),
    Texts(Vec<String>),
    Integers(Vec<i64>),
    Skipped,
}

/// A tensor in the file.
#[derive(Debug)]
struct Tensor {
    /// Sides, the last one of which is the outermost: `[inputs, outputs]` of a matrix.
    sides: Vec<usize>,
    kind: u32,
    /// Where its numbers begin.
    begin: usize,
}

/// The GGUF file that a path means: the path itself, if it is a file; or, in a folder without a `config.json`, the only
/// file that ends in `.gguf`.
#[must_use]
pub fn find(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.to_owned());
    }
    if path.join("config.json").exists() {
        return None;
    }
    let files = std::fs::read_dir(path).ok()?.filter_map(|file| Some(file.ok()?.path()));
    let mut files = files.filter(|file| file.extension().is_some_and(|extension| extension == "gguf"));
    files.next().filter(|_| files.next().is_none())
}

impl Gguf {
    /// Maps a file and reads what stands before the numbers.
    pub fn open(path: &Path) -> Result<Self, Gpt2Error> {
        let map = map(path)?;
        let mut cursor = Cursor::new(path, &map);
        let magic = cursor.take(4).map_err(|_| not_gguf(path))?;
        if magic != MAGIC {
            return Err(not_gguf(path));
        }
        let version = cursor.u32()?;
        if version.swap_bytes() == 2 || version.swap_bytes() == 3 {
            return Err(unread(path, "it is for big-endian machines"));
        }
        if version != 2 && version != 3 {
            return Err(unread(path, format!("it is of version {version}, and 2 and 3 are read")));
        }
        let (tensor_count, value_count) = (cursor.u64()?, cursor.u64()?);
        let mut values = HashMap::new();
        for _ in 0..value_count {
            let key = cursor.text()?;
            let kind = cursor.u32()?;
            let value = cursor.value(kind)?;
            values.insert(key, value);
        }
        let mut tensors = HashMap::new();
        for _ in 0..tensor_count {
            let name = cursor.text()?;
            let dimensions = cursor.u32()?;
            if dimensions > 4 {
                return Err(Gpt2Error::damaged(path, format!("tensor '{name}' has {dimensions} dimensions")));
            }
            let sides = (0..dimensions).map(|_| cursor.size()).collect::<Result<Vec<_>, _>>()?;
            let kind = cursor.u32()?;
            let begin = cursor.size()?;
            if tensors.insert(name.clone(), Tensor { sides, kind, begin }).is_some() {
                return Err(Gpt2Error::damaged(path, format!("tensor '{name}' is there twice")));
            }
        }
        let alignment = match values.get("general.alignment") {
            None => 32,
            Some(Value::Integer(alignment @ 1..=65536)) => *alignment as usize,
            Some(other) => return Err(Gpt2Error::damaged(path, format!("its alignment is {other:?}"))),
        };
        // Counts up to here were backed by bytes of the file, so this cannot overflow.
        let data = cursor.place().next_multiple_of(alignment);
        for (name, tensor) in &mut tensors {
            tensor.begin = tensor
                .begin
                .checked_add(data)
                .filter(|begin| begin.is_multiple_of(alignment))
                .ok_or_else(|| Gpt2Error::damaged(path, format!("tensor '{name}' begins where it cannot")))?;
        }
        Ok(Self { path: path.to_owned(), map, values, tensors })
    }

    /// The bytes of a tensor, checked to be in the file.
    fn bytes(&self, name: &str, tensor: &Tensor, format: BlockFormat) -> Result<Range<usize>, Gpt2Error> {
        let numbers = tensor.sides.iter().try_fold(1usize, |all, &side| all.checked_mul(side));
        let row = tensor.sides.first().copied().unwrap_or(1);
        let len = numbers
            .filter(|_| row.is_multiple_of(format.numbers()))
            .and_then(|numbers| (numbers / format.numbers()).checked_mul(format.bytes()));
        let end = len.and_then(|len| tensor.begin.checked_add(len)).filter(|&end| end <= self.map.len());
        let what = || format!("tensor '{name}' of {:?} numbers does not lie in the file", tensor.sides);
        end.map(|end| tensor.begin..end).ok_or_else(|| Gpt2Error::damaged(&self.path, what()))
    }
}

fn not_gguf(path: &Path) -> Gpt2Error {
    unread(path, "it does not begin with 'GGUF'; of a model that is a folder, give the folder")
}

fn unread(path: &Path, what: impl Into<String>) -> Gpt2Error {
    Gpt2Error::Gguf { path: path.to_owned(), what: what.into() }
}
