//! Writing safetensors tensor by tensor, so that a large model is never in memory as a whole.
//!
//! The format (<https://huggingface.co/docs/safetensors>): the length of the header in 8 bytes, the header as JSON with
//! name, number format, shape and place of each tensor, then the numbers without gaps.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::error::Gpt2Error;

/// A tensor that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub name: String,
    /// As the format calls it: `F32`, `F16`, `BF16`, `U8`.
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    /// Bytes of the numbers.
    pub len: u64,
}

/// A file that is being written beside the one whose place it takes when it is whole.
pub(crate) struct NewFile {
    path: PathBuf,
    beside: PathBuf,
    out: BufWriter<File>,
    len: u64,
}

impl NewFile {
    /// Begins a file beside `path`.
    pub fn create(path: &Path) -> Result<Self, Gpt2Error> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = path.with_file_name(format!(".{name}.new"));
        let file = File::create(&beside).map_err(|source| Gpt2Error::Write { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), beside, out: BufWriter::with_capacity(1 << 20, file), len: 0 })
    }

    /// Adds bytes.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Gpt2Error> {
        self.len += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|source| Gpt2Error::Write { path: self.path.clone(), source })
    }

    /// Waits until it is on the disk, and puts it in its place.
    pub fn finish(mut self) -> Result<(), Gpt2Error> {
        let whole = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        let moved = whole.and_then(|()| std::fs::rename(&self.beside, &self.path));
        moved.map_err(|source| Gpt2Error::Write { path: self.path.clone(), source })
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After `finish` there is nothing of that name; else what is there is not whole.
        drop(std::fs::remove_file(&self.beside));
    }
}

/// Writes a whole text file in place of what is there.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), Gpt2Error> {
    let mut file = NewFile::create(path)?;
    file.put(text.as_bytes())?;
    file.finish()
}

/// Writes a file of these tensors in this order. `fill(index, file)` puts the numbers of one.
pub(crate) fn write_safetensors(
    path: &Path,
    metadata: &[(&str, String)],
    parts: &[Part],
    fill: &mut dyn FnMut(usize, &mut NewFile) -> Result<(), Gpt2Error>,
) -> Result<(), Gpt2Error> {
    let mut header = Map::new();
    let metadata: Map<String, Value> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())).collect();
    header.insert("__metadata__".into(), metadata.into());
    let mut end = 0;
    for part in parts {
        let begin = end;
        end += part.len;
        let entry = json!({"dtype": part.dtype, "shape": part.shape, "data_offsets": [begin, end]});
        header.insert(part.name.clone(), entry);
    }
    let mut header = Value::from(header).to_string();
    // The numbers begin at a multiple of 64: the format asks for 8, and a cache line costs nothing.
    let padded = (header.len() + 8).next_multiple_of(64) - 8;
    header.extend(std::iter::repeat_n(' ', padded - header.len()));
    let mut file = NewFile::create(path)?;
    file.put(&(header.len() as u64).to_le_bytes())?;
    file.put(header.as_bytes())?;
    for (index, part) in parts.iter().enumerate() {
        let before = file.len;
        fill(index, &mut file)?;
        if file.len - before != part.len {
            let source = std::io::Error::other(format!("tensor '{}' has another size than announced", part.name));
            return Err(Gpt2Error::Write { path: path.to_owned(), source });
        }
    }
    file.finish()
}
