//! Number formats of weights, and how blocks of weights are rounded into them.
//!
//! Both quantised formats take `BLOCK` weights that meet neighbouring inputs of one output and give them a common
//! scale. Scales are bf16, which is turned into f32 by a shift; a scale is rounded first and the weights are rounded
//! with the rounded scale, so that its few digits cost nothing.
//!
//! Blocks of `LANES` outputs lie together, as the kernels read them: `Q8Block`, `Q4Block`.

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use crate::arithmetic::LANES;

/// Weights that share a scale.
pub(crate) const BLOCK: usize = 64;

/// Groups of four inputs in a block: what one integer instruction multiplies and adds up.
pub(crate) const QUADS: usize = BLOCK / 4;

/// Four neighbouring inputs of each of [`LANES`] outputs, with 128 added: the instructions take one factor without a sign.
pub(crate) type Quads = [u8; 4 * LANES];

/// [`LANES`] outputs of a block in 8 bits.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(32))]
pub(crate) struct Q8Block {
    /// bf16
    pub(crate) scales: [u16; LANES],
    pub(crate) quants: [Quads; QUADS],
}

/// [`LANES`] outputs of a block in 4 bits.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(32))]
pub(crate) struct Q4Block {
    /// bf16
    pub(crate) scales: [u16; LANES],
    /// bf16
    pub(crate) minimums: [u16; LANES],
    /// `[quad, output, input of the quad]`: outputs from `LANES / 2` on are in the high halves.
    pub(crate) quants: [[u8; 2 * LANES]; QUADS],
}

/// A block of weights as it lies in memory and, in little-endian, in files.
pub(crate) trait PackedBlock: Pod {
    /// From the byte order of this machine to that of files, little-endian, and back.
    fn in_file_order(self) -> Self;
    /// Whether all weights are finite: no scale is NaN or infinite.
    fn is_finite(&self) -> bool;
}

impl PackedBlock for Q8Block {
    fn in_file_order(mut self) -> Self {
        self.scales = self.scales.map(u16::from_le);
        self
    }

    fn is_finite(&self) -> bool {
        self.scales.iter().all(|&scale| widen(scale).is_finite())
    }
}

impl PackedBlock for Q4Block {
    fn in_file_order(mut self) -> Self {
        self.scales = self.scales.map(u16::from_le);
        self.minimums = self.minimums.map(u16::from_le);
        self
    }

    fn is_finite(&self) -> bool {
        self.scales.iter().chain(&self.minimums).all(|&scale| widen(scale).is_finite())
    }
}

impl Q8Block {
    /// Puts in the weights of an output.
    pub(crate) fn set(&mut self, lane: usize, weights: &[f32; BLOCK]) {
        let (scale, quants) = to_q8_0(weights);
        self.scales[lane] = scale;
        for (i, quant) in quants.into_iter().enumerate() {
            self.quants[i / 4][4 * lane + i % 4] = (quant as u8) ^ 128;
        }
    }

    /// The weight of an output and an input.
    pub(crate) fn get(&self, lane: usize, input: usize) -> f32 {
        let quant = (self.quants[input / 4][4 * lane + input % 4] ^ 128) as i8;
        widen(self.scales[lane]) * f32::from(quant)
    }
}

impl Q4Block {
    /// Puts in the weights of an output. Each output of a block may be set once.
    pub(crate) fn set(&mut self, lane: usize, weights: &[f32; BLOCK]) {
        let (scale, minimum, quants) = to_q4(weights);
        self.scales[lane] = scale;
        self.minimums[lane] = minimum;
        let shift = if lane < LANES / 2 { 0 } else { 4 };
        for (i, quant) in quants.into_iter().enumerate() {
            self.quants[i / 4][4 * (lane % (LANES / 2)) + i % 4] |= quant << shift;
        }
    }

    /// The weight of an output and an input.
    pub(crate) fn get(&self, lane: usize, input: usize) -> f32 {
        let byte = self.quants[input / 4][4 * (lane % (LANES / 2)) + input % 4];
        let quant = if lane < LANES / 2 { byte & 15 } else { byte >> 4 };
        widen(self.scales[lane]) * f32::from(quant) + widen(self.minimums[lane])
    }
}

/// How the matrices of a model are held in memory. Embeddings of positions, biases and norms are always f32.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantization {
    /// f32: the reference, 32 bits a weight.
    None,
    /// 8 bits a weight and a scale for 64 of them: 8.25 bits, practically no loss.
    #[default]
    #[serde(rename = "q8_0")]
    Q8_0,
    /// 4 bits a weight, a scale and a minimum for 64 of them: 4.5 bits. The token embedding and the head, where rounding
    /// hurts most, are held as `Q8_0`.
    Q4,
}

impl Quantization {
    /// Format of the token embedding and the head.
    pub(crate) fn of_head(self) -> Self {
        if self == Self::Q4 { Self::Q8_0 } else { self }
    }

    /// Bytes of a matrix, padded to whole panels and blocks.
    pub(crate) fn bytes(self, inputs: usize, outputs: usize) -> u64 {
        let (panels, blocks) = (outputs.div_ceil(LANES), inputs.div_ceil(BLOCK));
        let bytes = match self {
            Self::None => inputs * panels * LANES * 4,
            Self::Q8_0 => blocks * panels * size_of::<Q8Block>(),
            Self::Q4 => blocks * panels * size_of::<Q4Block>(),
        };
        bytes as u64
    }
}

impl std::fmt::Display for Quantization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "f32",
            Self::Q8_0 => "Q8_0",
            Self::Q4 => "Q4",
        })
    }
}

impl std::str::FromStr for Quantization {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "none" | "f32" => Ok(Self::None),
            "q8_0" => Ok(Self::Q8_0),
            "q4" => Ok(Self::Q4),
            _ => Err(format!("'{text}' is no number format: none, q8_0 and q4 are")),
        }
    }
}

/// bf16 to f32.
#[inline(always)]
pub(crate) fn widen(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The nearest bf16 of a finite number.
#[inline(always)]
pub(crate) fn narrow(x: f32) -> u16 {
    let bits = x.to_bits();
    ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

/// The smallest bf16 that is not below a finite number that is not negative.
#[inline(always)]
fn narrow_up(x: f32) -> u16 {
    (x.to_bits().div_ceil(1 << 16)) as u16
}

/// Rounds a block to 8 bits: `weight = scale * quant`.
#[inline(always)]
pub(crate) fn to_q8_0(block: &[f32; BLOCK]) -> (u16, [i8; BLOCK]) {
    let largest = block.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    let scale = narrow_up(largest / 127.0);
    let inverse = if scale == 0 { 0.0 } else { 1.0 / widen(scale) };
    (scale, block.map(|x| (x * inverse).round_ties_even().clamp(-127.0, 127.0) as i8))
}

/// Rounds a block to 4 bits: `weight = scale * quant + minimum`, with the scale and minimum of least squared error among
/// a few candidates: the full range, and ranges that give up the extremes, each refitted by linear regression.
#[inline(always)]
pub(crate) fn to_q4(block: &[f32; BLOCK]) -> (u16, u16, [u8; BLOCK]) {
    let min = block.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    let max = block.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let mut best = (f32::INFINITY, 0, 0, [0; BLOCK]);
    for step in 0..6 {
        let range = (max - min) * (1.0 - 0.04 * step as f32);
        let (mut scale, mut minimum) = (range / 15.0, min + (max - min - range) / 2.0);
        let quants = nearest(block, scale, minimum);
        let (mut q1, mut q2, mut x1, mut xq) = (0.0, 0.0, 0.0, 0.0);
        for (&x, &q) in block.iter().zip(&quants) {
            let q = f32::from(q);
            q1 += q;
            q2 += q * q;
            x1 += x;
            xq += x * q;
        }
        let n = BLOCK as f32;
        let determinant = n * q2 - q1 * q1;
        if determinant > 0.0 {
            scale = ((n * xq - q1 * x1) / determinant).max(0.0);
            minimum = (x1 - scale * q1) / n;
        }
        let (scale, minimum) = (narrow(scale), narrow(minimum));
        let quants = nearest(block, widen(scale), widen(minimum));
        let error: f32 = block
            .iter()
            .zip(&quants)
            .map(|(&x, &q)| x - (widen(scale) * f32::from(q) + widen(minimum)))
            .map(|difference| difference * difference)
            .sum();
        if error < best.0 {
            best = (error, scale, minimum, quants);
        }
    }
    (best.1, best.2, best.3)
}

#[inline(always)]
fn nearest(block: &[f32; BLOCK], scale: f32, minimum: f32) -> [u8; BLOCK] {
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    block.map(|x| ((x - minimum) * inverse).round_ties_even().clamp(0.0, 15.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(seed: u32) -> [f32; BLOCK] {
        let factor = seed.wrapping_mul(2_654_435_761) | 1;
        std::array::from_fn(|i| (factor.wrapping_mul(i as u32 + 1) >> 8) as f32 / (1 << 24) as f32 - 0.4)
    }

    #[test]
    fn q8_0_errs_by_half_a_step_at_most() {
        for seed in 0..50 {
            let block = block(seed);
            let (scale, quants) = to_q8_0(&block);
            for (x, q) in block.iter().zip(quants) {
                assert!((x - widen(scale) * f32::from(q)).abs() <= widen(scale) * 0.501);
            }
        }
    }

    #[test]
    fn q4_is_no_worse_than_the_plain_range() {
        for seed in 0..50 {
            let block = block(seed);
            let (scale, minimum, quants) = to_q4(&block);
            let error: f32 =
                block.iter().zip(quants).map(|(x, q)| (x - widen(scale) * f32::from(q) - widen(minimum)).powi(2)).sum();
            // Uniform rounding errs by step^2 / 12 on average; the range here is below 1.
            assert!(error / BLOCK as f32 <= 1.3 * (1.0f32 / 15.0).powi(2) / 12.0, "{error}");
        }
    }

    #[test]
    fn blocks_of_zeros_and_of_one_number_survive() {
        assert_eq!(to_q8_0(&[0.0; BLOCK]), (0, [0; BLOCK]));
        let (scale, minimum, quants) = to_q4(&[0.25; BLOCK]);
        assert!(quants.iter().all(|&q| widen(scale) * f32::from(q) + widen(minimum) == 0.25));
        let (scale, minimum, quants) = to_q4(&[0.0; BLOCK]);
        assert!(quants.iter().all(|&q| widen(scale) * f32::from(q) + widen(minimum) == 0.0));
    }
}
