//! [`TensorView`]: a tensor in a mapped file, whatever its numbers are stored as.

use std::path::Path;

use super::Layout;
use super::numbers::{bf16_to_f32, half_to_f32};
use crate::arithmetic::LANES;
use crate::error::Gpt2Error;
use crate::gguf::BlockFormat;
use crate::quantize::{BLOCK, PackedBlock, Q4Block, Q8Block, Quantization};

/// What the numbers of a tensor are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    F32,
    F16,
    Bf16,
    /// A matrix in blocks as the kernels read them: `[panels, blocks]`.
    Packed(Quantization),
    /// In blocks of GGUF, input after input.
    Blocks(BlockFormat),
}

/// A tensor in a mapped file.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    pub(super) path: &'a Path,
    pub(super) name: &'a str,
    pub(super) stored: Stored,
    /// As a Hugging Face checkpoint has it.
    pub(super) shape: &'a [usize],
    /// Which way the numbers of a matrix lie in the file.
    pub(super) layout: Layout,
    /// Which way they lie in a Hugging Face checkpoint.
    pub(super) natural: Layout,
    pub(super) bytes: &'a [u8],
}

impl TensorView<'_> {
    /// Converts the numbers from `first` on, in the order of a Hugging Face checkpoint.
    ///
    /// # Errors
    /// One of them is NaN or infinite.
    pub fn read(&self, first: usize, out: &mut [f32]) -> Result<(), Gpt2Error> {
        if matches!(self.stored, Stored::Packed(_)) {
            let columns = self.shape.last().copied().unwrap_or(1).max(1);
            for (place, x) in (first..).zip(out) {
                let (row, column) = (place / columns, place % columns);
                let (input, output) = if self.natural == Layout::InputsFirst { (row, column) } else { (column, row) };
                *x = self.weight(input, output)?;
            }
            Ok(())
        } else if self.layout == self.natural {
            self.read_run(first, out)
        } else {
            self.read_turned(first, out)
        }
    }

    /// As [`read`](Self::read), of a matrix that is stored the other way: along the file, as blocks are decoded whole.
    fn read_turned(&self, first: usize, out: &mut [f32]) -> Result<(), Gpt2Error> {
        let [rows, columns] = [0, 1].map(|side| self.shape.get(side).copied().unwrap_or(1).max(1));
        let (begin, end) = (first / columns, rows.min((first + out.len()).div_ceil(columns)));
        let mut run = vec![0.0; end - begin];
        for column in 0..columns {
            self.read_run(column * rows + begin, &mut run)?;
            for (row, &x) in (begin..).zip(&run) {
                let place = row * columns + column;
                if let Some(slot) = place.checked_sub(first).and_then(|place| out.get_mut(place)) {
                    *slot = x;
                }
            }
        }
        Ok(())
    }

    /// What the numbers are stored as.
    pub(crate) fn stored(&self) -> Stored {
        self.stored
    }

    /// `[inputs, outputs]` of a matrix.
    pub(crate) fn sides(&self) -> [usize; 2] {
        let [rows, columns] = [0, 1].map(|side| self.shape.get(side).copied().unwrap_or(1));
        if self.natural == Layout::InputsFirst { [rows, columns] } else { [columns, rows] }
    }

    /// One weight of a matrix in blocks of ours.
    fn weight(&self, input: usize, output: usize) -> Result<f32, Gpt2Error> {
        let [inputs, _] = self.sides();
        let (at, lane) = (output / LANES * inputs.div_ceil(BLOCK) + input / BLOCK, output % LANES);
        let x = if self.stored == Stored::Packed(Quantization::Q4) {
            self.block::<Q4Block>(at).get(lane, input % BLOCK)
        } else {
            self.block::<Q8Block>(at).get(lane, input % BLOCK)
        };
        self.finite(&[x])?;
        Ok(x)
    }

    /// Converts numbers that lie side by side in the file.
    fn read_run(&self, first: usize, out: &mut [f32]) -> Result<(), Gpt2Error> {
        match self.stored {
            Stored::F32 => convert(self.bytes, first, out, f32::from_le_bytes),
            Stored::F16 => convert(self.bytes, first, out, |bytes| half_to_f32(u16::from_le_bytes(bytes))),
            Stored::Bf16 => convert(self.bytes, first, out, |bytes| bf16_to_f32(u16::from_le_bytes(bytes))),
            Stored::Blocks(format) => format.read(self.bytes, first, out),
            // Our blocks have no runs: `weight` reads them.
            Stored::Packed(_) => {}
        }
        self.finite(out)
    }

    fn finite(&self, numbers: &[f32]) -> Result<(), Gpt2Error> {
        if numbers.iter().all(|x| x.is_finite()) {
            Ok(())
        } else {
            Err(Gpt2Error::NotFinite { path: self.path.to_owned(), tensor: self.name.to_owned() })
        }
    }

    /// Converts what stands for outputs `first..first + LANES` of a matrix into a panel `[inputs, LANES]`.
    pub(crate) fn read_panel(&self, first: usize, panel: &mut [f32]) -> Result<(), Gpt2Error> {
        let [inputs, outputs] = self.sides();
        let width = (outputs - first).min(LANES);
        match (self.stored, self.layout) {
            (Stored::Packed(_), _) => {
                for (input, row) in panel.chunks_exact_mut(LANES).enumerate() {
                    for (lane, x) in row[..width].iter_mut().enumerate() {
                        *x = self.weight(input, first + lane)?;
                    }
                }
            }
            (_, Layout::InputsFirst) => {
                for (input, row) in panel.chunks_exact_mut(LANES).enumerate() {
                    self.read_run(input * outputs + first, &mut row[..width])?;
                }
            }
            (_, Layout::OutputsFirst) => {
                let mut row = vec![0.0; inputs];
                for lane in 0..width {
                    self.read_run((first + lane) * inputs, &mut row)?;
                    for (slot, &x) in panel[lane..].iter_mut().step_by(LANES).zip(&row) {
                        *slot = x;
                    }
                }
            }
        }
        Ok(())
    }

    /// All blocks of a matrix that is stored in them, as they are.
    ///
    /// # Errors
    /// A scale is NaN or infinite.
    pub(crate) fn blocks<B: PackedBlock>(&self) -> Result<Vec<B>, Gpt2Error> {
        let mut blocks = bytemuck::zeroed_vec::<B>(self.bytes.len() / size_of::<B>());
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut blocks);
        bytes.copy_from_slice(&self.bytes[..bytes.len()]);
        for block in &mut blocks {
            if cfg!(target_endian = "big") {
                *block = block.in_file_order();
            }
            if !block.is_finite() {
                return Err(Gpt2Error::NotFinite { path: self.path.to_owned(), tensor: self.name.to_owned() });
            }
        }
        Ok(blocks)
    }

    fn block<B: PackedBlock>(&self, at: usize) -> B {
        let bytes = &self.bytes[at * size_of::<B>()..][..size_of::<B>()];
        bytemuck::pod_read_unaligned::<B>(bytes).in_file_order()
    }
}

fn convert<const N: usize>(bytes: &[u8], first: usize, out: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    let (numbers, _) = bytes[first * N..].as_chunks::<N>();
    for (out, &bytes) in out.iter_mut().zip(numbers) {
        *out = number(bytes);
    }
}
