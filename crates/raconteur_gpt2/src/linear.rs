//! `y = x W + b` for a few rows or many, with weights in f32, 8 or 4 bits.
//!
//! Weights lie in panels of [`LANES`] outputs, inputs one after the other, so that a kernel walks through memory once
//! and computes the outputs of a panel side by side. An output is one sum over the inputs in their order: the bits of a
//! row depend neither on the other rows nor on how the panels are shared among threads.
//!
//! Quantised weights meet [activations](activations) that were rounded to 8 bits, a scale for each block of inputs. Their
//! products are summed as integers within a block, hence exactly, on whatever instructions the processor has.

mod activations;
mod dense;

use crate::arithmetic::{LANES, activate_all, vectorize};
use crate::config::Activation;
use crate::error::Gpt2Error;
use crate::parallel::{TileMut, for_each_piece, for_each_tile};
use crate::quantize::{BLOCK, PackedBlock, Q4Block, Q8Block, Quantization};
use crate::simd::{self, Kernel};
use crate::weights::TensorView;
use activations::Group;
pub(crate) use activations::{Activations, round_row};
pub(crate) use dense::add_multiple;

/// Rows that a kernel computes together, to load the weights once for all of them.
const ROWS: usize = 4;

/// Groups of rows that pass a panel while it is in the nearest cache.
const GROUPS: usize = 8;

/// A matrix and its bias.
#[derive(Debug)]
pub(crate) struct Linear {
    inputs: usize,
    outputs: usize,
    weight: Weight,
    /// `[outputs, rounded up to whole panels]`
    bias: Option<Vec<f32>>,
}

/// The numbers of the matrix. `panels` is the number of panels, `blocks` of blocks of inputs, both rounded up; what is
/// beyond the matrix is 0.
#[derive(Debug)]
enum Weight {
    /// `[panels, inputs, LANES]`
    F32(Vec<f32>),
    /// `[panels, blocks]`
    Q8(Vec<Q8Block>),
    /// `[panels, blocks]`
    Q4(Vec<Q4Block>),
}

/// What is done with an output before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epilogue {
    /// It takes the place of what is there.
    Store,
    /// The same, through an activation function.
    Activate(Activation),
    /// It is added to what is there.
    Add,
}

/// Writes a panel of a matrix as f32: `fill(first_output, panel)`, with `panel` of shape `[inputs, LANES]` and zeros.
pub(crate) type Fill<'a> = &'a (dyn Fn(usize, &mut [f32]) -> Result<(), Gpt2Error> + Sync);

impl Linear {
    /// Makes a matrix from its panels, one at a time on each thread: never more than a panel is held as f32.
    pub(crate) fn new(
        inputs: usize,
        outputs: usize,
        format: Quantization,
        fill: Fill<'_>,
        bias: Option<Vec<f32>>,
    ) -> Result<Self, Gpt2Error> {
        let (panels, blocks) = (outputs.div_ceil(LANES), inputs.div_ceil(BLOCK));
        let weight = match format {
            Quantization::None => {
                let mut weights = vec![0.0; panels * inputs * LANES];
                try_for_each_panel(&mut weights, inputs * LANES, |index, panel| fill(index * LANES, panel))?;
                Weight::F32(weights)
            }
            Quantization::Q8_0 => {
                let mut weights = bytemuck::zeroed_vec::<Q8Block>(panels * blocks);
                try_for_each_panel(&mut weights, blocks, |index, panel| {
                    quantize(inputs, index, fill, |block, lane, weights| panel[block].set(lane, weights))
                })?;
                Weight::Q8(weights)
            }
            Quantization::Q4 => {
                let mut weights = bytemuck::zeroed_vec::<Q4Block>(panels * blocks);
                try_for_each_panel(&mut weights, blocks, |index, panel| {
                    quantize(inputs, index, fill, |block, lane, weights| panel[block].set(lane, weights))
                })?;
                Weight::Q4(weights)
            }
        };
        Ok(Self { inputs, outputs, weight, bias: padded(bias, outputs) })
    }

    /// A matrix whose blocks were rounded ahead of time, taken as they are.
    pub(crate) fn packed(
        inputs: usize,
        outputs: usize,
        format: Quantization,
        view: &TensorView<'_>,
        bias: Option<Vec<f32>>,
    ) -> Result<Self, Gpt2Error> {
        let weight = match format {
            Quantization::Q4 => Weight::Q4(view.blocks()?),
            _ => Weight::Q8(view.blocks()?),
        };
        Ok(Self { inputs, outputs, weight, bias: padded(bias, outputs) })
    }

    /// Gives the blocks away as files have them.
    pub(crate) fn write_blocks(&self, put: &mut dyn FnMut(&[u8]) -> Result<(), Gpt2Error>) -> Result<(), Gpt2Error> {
        fn each<B: PackedBlock>(
            blocks: &[B],
            put: &mut dyn FnMut(&[u8]) -> Result<(), Gpt2Error>,
        ) -> Result<(), Gpt2Error> {
            blocks.iter().try_for_each(|block| put(bytemuck::bytes_of(&block.in_file_order())))
        }
        match &self.weight {
            Weight::Q8(blocks) => each(blocks, put),
            Weight::Q4(blocks) => each(blocks, put),
            Weight::F32(weights) => put(bytemuck::cast_slice(weights)),
        }
    }

    /// Numbers of a row that goes in.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers of a row that comes out.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Bytes that the weights and the bias take.
    pub(crate) fn bytes(&self) -> u64 {
        let weight = match &self.weight {
            Weight::F32(weights) => size_of_val(&weights[..]),
            Weight::Q8(weights) => size_of_val(&weights[..]),
            Weight::Q4(weights) => size_of_val(&weights[..]),
        };
        (weight + self.bias.as_deref().map_or(0, size_of_val)) as u64
    }

    /// The bytes of the weights, for a fingerprint.
    pub(crate) fn raw(&self) -> &[u8] {
        match &self.weight {
            Weight::F32(weights) => bytemuck::cast_slice(weights),
            Weight::Q8(weights) => bytemuck::cast_slice(weights),
            Weight::Q4(weights) => bytemuck::cast_slice(weights),
        }
    }

    /// The bias, and zeros up to whole panels.
    pub(crate) fn bias(&self) -> &[f32] {
        self.bias.as_deref().unwrap_or_default()
    }

    /// `x: [rows, inputs]` to `out: [rows, outputs]`. `rounded` is scratch.
    pub(crate) fn forward(&self, x: &[f32], rounded: &mut Activations, out: &mut [f32], epilogue: Epilogue) {
        let rows = x.len() / self.inputs;
        debug_assert_eq!(out.len(), rows * self.outputs);
        if rows == 0 {
            return;
        }
        if !matches!(self.weight, Weight::F32(_)) {
            rounded.round(x, self.inputs);
        }
        let rounded = &*rounded;
        // A tile is worth some 20 microseconds, and there are enough of them that no thread waits long for the last one.
        let panel_work = rows * self.inputs * LANES;
        let panels = (400_000 / panel_work).clamp(1, 16);
        for_each_tile(out, self.outputs, &[0], panels * LANES, 1, |_, column, mut tile| {
            let first = column * panels;
            let last = first + tile.columns().div_ceil(LANES);
            for begin in (0..rows).step_by(GROUPS * ROWS) {
                let end = rows.min(begin + GROUPS * ROWS);
                for panel in first..last {
                    for row in (begin..end).step_by(ROWS) {
                        let count = ROWS.min(end - row);
                        let x = &x[row * self.inputs..][..count * self.inputs];
                        let mut sums = [[0.0; LANES]; ROWS];
                        self.panel(panel, x, rounded.group(row / ROWS), &mut sums[..count]);
                        self.finish(&mut sums[..count], panel, epilogue, row, (panel - first) * LANES, &mut tile);
                    }
                }
            }
        });
    }

    /// Computes one panel for up to [`ROWS`] rows. `x: [rows, inputs]`, the same `rounded`, `sums: [rows, LANES]`
    #[inline]
    fn panel(&self, panel: usize, x: &[f32], rounded: &Group, sums: &mut [[f32; LANES]]) {
        match sums.len() {
            1 => self.panel_rows::<1>(panel, x, rounded, sums),
            2 => self.panel_rows::<2>(panel, x, rounded, sums),
            3 => self.panel_rows::<3>(panel, x, rounded, sums),
            _ => self.panel_rows::<ROWS>(panel, x, rounded, sums),
        }
    }

    #[inline]
    fn panel_rows<const R: usize>(&self, panel: usize, x: &[f32], rounded: &Group, sums: &mut [[f32; LANES]]) {
        let Some(sums) = sums.first_chunk_mut::<R>() else { return };
        let blocks = self.inputs.div_ceil(BLOCK);
        let (x8, factors) = rounded.rows();
        let kernel = Kernel::best();
        *sums = match &self.weight {
            Weight::F32(weights) => {
                let size = self.inputs * LANES;
                dense::panel(x, self.inputs, &weights[panel * size..][..size])
            }
            Weight::Q8(weights) => simd::q8(kernel, &weights[panel * blocks..][..blocks], x8, factors),
            Weight::Q4(weights) => simd::q4(kernel, &weights[panel * blocks..][..blocks], x8, factors),
        };
    }

    /// Bias, activation and writing.
    #[inline]
    fn finish(
        &self,
        sums: &mut [[f32; LANES]],
        panel: usize,
        epilogue: Epilogue,
        row: usize,
        column: usize,
        tile: &mut TileMut<'_, f32>,
    ) {
        let bias = self.bias.as_ref().and_then(|bias| bias[panel * LANES..].first_chunk::<LANES>());
        for (i, sums) in sums.iter_mut().enumerate() {
            if let Some(bias) = bias {
                for lane in 0..LANES {
                    sums[lane] += bias[lane];
                }
            }
            if let Epilogue::Activate(activation) = epilogue {
                activate_all(activation, sums);
            }
            let out = &mut tile.row(row + i)[column..];
            if let Some(out) = out.first_chunk_mut::<LANES>() {
                if epilogue == Epilogue::Add {
                    for lane in 0..LANES {
                        out[lane] += sums[lane];
                    }
                } else {
                    *out = *sums;
                }
            } else {
                for (out, &x) in out.iter_mut().zip(sums.iter()) {
                    *out = if epilogue == Epilogue::Add { *out + x } else { x };
                }
            }
        }
    }

    /// The weights of one output, as f32: a row of an embedding. `out: [inputs]`
    pub(crate) fn row(&self, output: usize, out: &mut [f32]) {
        let (panel, lane) = (output / LANES, output % LANES);
        let blocks = panel * self.inputs.div_ceil(BLOCK);
        for (input, out) in out.iter_mut().enumerate() {
            *out = match &self.weight {
                Weight::F32(weights) => weights[(panel * self.inputs + input) * LANES + lane],
                Weight::Q8(weights) => weights[blocks + input / BLOCK].get(lane, input % BLOCK),
                Weight::Q4(weights) => weights[blocks + input / BLOCK].get(lane, input % BLOCK),
            };
        }
    }
}

/// A bias with zeros up to whole panels.
fn padded(bias: Option<Vec<f32>>, outputs: usize) -> Option<Vec<f32>> {
    bias.map(|mut bias| {
        bias.resize(outputs.div_ceil(LANES) * LANES, 0.0);
        bias.shrink_to_fit();
        bias
    })
}

/// Calls `work(index, panel)` for every panel of `size` elements, and returns the first error.
fn try_for_each_panel<T: Send>(
    panels: &mut [T],
    size: usize,
    work: impl Fn(usize, &mut [T]) -> Result<(), Gpt2Error> + Sync + Send,
) -> Result<(), Gpt2Error> {
    let failure = std::sync::OnceLock::new();
    for_each_piece(panels, size, 1, |index, panel| {
        if failure.get().is_none()
            && let Err(error) = work(index, panel)
        {
            // Only one failure can be told, and the first to come is as good as any.
            drop(failure.set(error));
        }
    });
    failure.into_inner().map_or(Ok(()), Err)
}

/// Reads a panel as f32 and calls `set(block, lane, weights)` for every block of it; the last one is filled with 0.
fn quantize(
    inputs: usize,
    panel: usize,
    fill: Fill<'_>,
    mut set: impl FnMut(usize, usize, &[f32; BLOCK]),
) -> Result<(), Gpt2Error> {
    let mut weights = vec![0.0; inputs * LANES];
    fill(panel * LANES, &mut weights)?;
    for (block, inputs) in weights.chunks(BLOCK * LANES).enumerate() {
        for lane in 0..LANES {
            let mut values = [0.0; BLOCK];
            for (value, input) in values.iter_mut().zip(inputs.chunks_exact(LANES)) {
                *value = input[lane];
            }
            vectorize(
                #[inline(always)]
                || set(block, lane, &values),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
