//! `y = x W + b` for a few rows or many, with weights in f32, 8 or 4 bits.
//!
//! Weights lie in panels of [`LANES`] outputs, inputs one after the other, so that a kernel walks through memory once
//! and computes the outputs of a panel side by side. An output is one sum over the inputs in their order: the bits of a
//! row depend neither on the other rows nor on how the panels are shared among threads.
//!
//! Quantised weights meet activations that were rounded to 16 bits, a scale for each block of inputs. Their products are
//! summed as integers within a block, hence exactly; 16 bits cost the kernels nothing over the usual 8 and leave the
//! weights as the only loss.

mod dense;
mod integer;
mod quantized;

use rayon::prelude::*;

use crate::arithmetic::{LANES, activate, vectorize};
use crate::config::Activation;
use crate::error::Gpt2Error;
use crate::parallel::for_each_piece;
use crate::quantize::{BLOCK, Quantization, to_q4, to_q8_0, widen};
use quantized::Activations;

/// Rows that a kernel computes together, to load the weights once for all of them.
const ROWS: usize = 4;

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
    Q8_0 {
        /// `[panels, blocks, BLOCK / 2, LANES, 2]`: pairs of inputs, as the kernels multiply them.
        quants: Vec<i8>,
        /// `[panels, blocks, LANES]`, bf16
        scales: Vec<u16>,
    },
    Q4 {
        /// `[panels, blocks, BLOCK / 2, LANES]`: the low half of byte `2 j + i` is input `i` of the pair and output `j`,
        /// the high half output `j + LANES / 2`.
        quants: Vec<u8>,
        /// `[panels, blocks, LANES]`, bf16
        scales: Vec<u16>,
        /// `[panels, blocks, LANES]`, bf16
        minimums: Vec<u16>,
    },
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
        let groups = panels * blocks;
        let weight = match format {
            Quantization::None => {
                let mut weights = vec![0.0; panels * inputs * LANES];
                weights
                    .par_chunks_mut(inputs * LANES)
                    .enumerate()
                    .try_for_each(|(index, panel)| fill(index * LANES, panel))?;
                Weight::F32(weights)
            }
            Quantization::Q8_0 => {
                let (mut quants, mut scales) = (vec![0i8; groups * BLOCK * LANES], vec![0u16; groups * LANES]);
                (quants.par_chunks_mut(blocks * BLOCK * LANES), scales.par_chunks_mut(blocks * LANES))
                    .into_par_iter()
                    .enumerate()
                    .try_for_each_init(
                        || vec![0.0; inputs * LANES],
                        |panel, (index, (quants, scales))| {
                            panel.fill(0.0);
                            fill(index * LANES, panel)?;
                            for_each_block(panel, |block, lane, values| {
                                let (scale, rounded) = vectorize(
                                    #[inline(always)]
                                    || to_q8_0(values),
                                );
                                scales[block * LANES + lane] = scale;
                                for (i, quant) in rounded.into_iter().enumerate() {
                                    quants[((block * BLOCK / 2 + i / 2) * LANES + lane) * 2 + i % 2] = quant;
                                }
                            });
                            Ok(())
                        },
                    )?;
                Weight::Q8_0 { quants, scales }
            }
            Quantization::Q4 => {
                let mut quants = vec![0u8; groups * BLOCK / 2 * LANES];
                let (mut scales, mut minimums) = (vec![0u16; groups * LANES], vec![0u16; groups * LANES]);
                (
                    quants.par_chunks_mut(blocks * BLOCK / 2 * LANES),
                    scales.par_chunks_mut(blocks * LANES),
                    minimums.par_chunks_mut(blocks * LANES),
                )
                    .into_par_iter()
                    .enumerate()
                    .try_for_each_init(
                        || vec![0.0; inputs * LANES],
                        |panel, (index, (quants, scales, minimums))| {
                            panel.fill(0.0);
                            fill(index * LANES, panel)?;
                            for_each_block(panel, |block, lane, values| {
                                let (scale, minimum, rounded) = vectorize(
                                    #[inline(always)]
                                    || to_q4(values),
                                );
                                scales[block * LANES + lane] = scale;
                                minimums[block * LANES + lane] = minimum;
                                for (i, quant) in rounded.into_iter().enumerate() {
                                    let byte = (block * BLOCK / 2 + i / 2) * LANES + lane % (LANES / 2) * 2 + i % 2;
                                    quants[byte] |= quant << if lane < LANES / 2 { 0 } else { 4 };
                                }
                            });
                            Ok(())
                        },
                    )?;
                Weight::Q4 { quants, scales, minimums }
            }
        };
        let bias = bias.map(|mut bias| {
            bias.resize(panels * LANES, 0.0);
            bias.shrink_to_fit();
            bias
        });
        Ok(Self { inputs, outputs, weight, bias })
    }

    /// Bytes that the weights and the bias take.
    pub(crate) fn bytes(&self) -> u64 {
        let weight = match &self.weight {
            Weight::F32(weights) => size_of_val(&weights[..]),
            Weight::Q8_0 { quants, scales } => size_of_val(&quants[..]) + size_of_val(&scales[..]),
            Weight::Q4 { quants, scales, minimums } => {
                size_of_val(&quants[..]) + size_of_val(&scales[..]) + size_of_val(&minimums[..])
            }
        };
        (weight + self.bias.as_deref().map_or(0, size_of_val)) as u64
    }

    /// `x: [rows, inputs]` to `[rows, outputs]`.
    pub(crate) fn forward(&self, x: &[f32], rows: usize, activation: Option<Activation>) -> Vec<f32> {
        debug_assert_eq!(x.len(), rows * self.inputs);
        if rows == 0 {
            return Vec::new();
        }
        let activations = match self.weight {
            Weight::F32(_) => None,
            _ => Some(Activations::new(x, rows, self.inputs)),
        };
        let panels = self.outputs.div_ceil(LANES);
        let mut tiles = vec![0.0; panels * rows * LANES]; // [panels, rows, LANES]
        // About 8 microseconds of work: below that, waking a thread costs more than it brings.
        let grain = (100_000 / (rows * self.inputs * LANES)).max(1);
        for_each_piece(&mut tiles, rows * LANES, grain, |panel, tile| {
            self.panel(panel, x, activations.as_ref(), tile);
            let bias = self.bias.as_ref().map(|bias| &bias[panel * LANES..][..LANES]);
            finish(tile, bias, activation);
        });
        if rows == 1 {
            tiles.truncate(self.outputs);
            return tiles;
        }
        let mut out = vec![0.0; rows * self.outputs];
        for_each_piece(&mut out, self.outputs, 16, |row, out| {
            for (panel, out) in out.chunks_mut(LANES).enumerate() {
                out.copy_from_slice(&tiles[(panel * rows + row) * LANES..][..out.len()]);
            }
        });
        out
    }

    /// Computes one panel for all rows. `tile: [rows, LANES]`
    fn panel(&self, panel: usize, x: &[f32], activations: Option<&Activations>, tile: &mut [f32]) {
        let blocks = self.inputs.div_ceil(BLOCK);
        let groups = panel * blocks * LANES..(panel + 1) * blocks * LANES;
        match (&self.weight, activations) {
            (Weight::Q8_0 { quants, scales }, Some(x)) => {
                let quants = &quants[groups.start * BLOCK..groups.end * BLOCK];
                quantized::panel_q8_0(x, quants, &scales[groups], tile);
            }
            (Weight::Q4 { quants, scales, minimums }, Some(x)) => {
                let quants = &quants[groups.start * BLOCK / 2..groups.end * BLOCK / 2];
                quantized::panel_q4(x, quants, &scales[groups.clone()], &minimums[groups], tile);
            }
            (Weight::F32(weights), _) => {
                let size = self.inputs * LANES;
                dense::panel(x, self.inputs, &weights[panel * size..][..size], tile);
            }
            // `forward` makes the activations for every quantised weight.
            _ => debug_assert!(false, "quantised weights without activations"),
        }
    }

    /// The weights of one output, as f32: a row of an embedding. `out: [inputs]`
    pub(crate) fn row(&self, output: usize, out: &mut [f32]) {
        let (panel, lane) = (output / LANES, output % LANES);
        let blocks = self.inputs.div_ceil(BLOCK);
        for (input, out) in out.iter_mut().enumerate() {
            let block = panel * blocks + input / BLOCK;
            let (i, group) = (input % BLOCK, block * LANES + lane);
            *out = match &self.weight {
                Weight::F32(weights) => weights[(panel * self.inputs + input) * LANES + lane],
                Weight::Q8_0 { quants, scales } => {
                    let quant = quants[((block * BLOCK / 2 + i / 2) * LANES + lane) * 2 + i % 2];
                    widen(scales[group]) * f32::from(quant)
                }
                Weight::Q4 { quants, scales, minimums } => {
                    let byte = quants[(block * BLOCK / 2 + i / 2) * LANES + lane % (LANES / 2) * 2 + i % 2];
                    let quant = if lane < LANES / 2 { byte & 15 } else { byte >> 4 };
                    widen(scales[group]) * f32::from(quant) + widen(minimums[group])
                }
            };
        }
    }
}

/// Calls `work(block, lane, weights)` for every block of a panel `[inputs, LANES]`; the last block is filled with 0.
fn for_each_block(panel: &[f32], mut work: impl FnMut(usize, usize, &[f32; BLOCK])) {
    for (block, inputs) in panel.chunks(BLOCK * LANES).enumerate() {
        for lane in 0..LANES {
            let mut values = [0.0; BLOCK];
            for (value, input) in values.iter_mut().zip(inputs.chunks_exact(LANES)) {
                *value = input[lane];
            }
            work(block, lane, &values);
        }
    }
}

/// Adds the bias and applies the activation.
fn finish(tile: &mut [f32], bias: Option<&[f32]>, activation: Option<Activation>) {
    vectorize(
        #[inline(always)]
        || {
            if let Some(bias) = bias {
                for row in tile.chunks_exact_mut(LANES) {
                    for (out, bias) in row.iter_mut().zip(bias) {
                        *out += bias;
                    }
                }
            }
            if let Some(activation) = activation {
                for out in tile {
                    *out = activate(activation, *out);
                }
            }
        },
    );
}

#[cfg(test)]
mod tests;
