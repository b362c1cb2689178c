//! Number formats of GGUF: numbers in blocks with common scales, after the structures in `ggml-common.h`.

use crate::weights::{bf16_to_f32, half_to_f32};

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockFormat {
    F32,
    F16,
    Bf16,
    /// 4 bits around 8.
    Q4_0,
    /// 4 bits and a minimum.
    Q4_1,
    /// 5 bits around 16.
    Q5_0,
    /// 5 bits and a minimum.
    Q5_1,
    /// 8 bits.
    Q8_0,
    /// 4 bits; scales and minimums in 6 bits.
    Q4K,
    /// 5 bits; scales and minimums in 6 bits.
    Q5K,
    /// 6 bits around 32; scales in 8 bits.
    Q6K,
}

/// Numbers of the largest block.
const MOST: usize = 256;

impl BlockFormat {
    /// By the number that the format gives it; else how it is called.
    pub fn of(kind: u32) -> Result<Self, String> {
        Ok(match kind {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            30 => Self::Bf16,
            10 => return Err("Q2_K".into()),
            11 => return Err("Q3_K".into()),
            16..=23 | 29 => return Err(format!("an IQ format (type {kind})")),
            _ => return Err(format!("type {kind} of GGUF")),
        })
    }

    /// Numbers of a block.
    pub fn numbers(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4K | Self::Q5K | Self::Q6K => MOST,
        }
    }

    /// Bytes of a block.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Q4_0 => 2 + 16,
            Self::Q4_1 => 4 + 16,
            Self::Q5_0 => 2 + 4 + 16,
            Self::Q5_1 => 4 + 4 + 16,
            Self::Q8_0 => 2 + 32,
            Self::Q4K => 4 + 12 + 128,
            Self::Q5K => 4 + 12 + 32 + 128,
            Self::Q6K => 128 + 64 + 16 + 2,
        }
    }

    /// Converts numbers that lie side by side, from `first` on.
    pub fn read(self, bytes: &[u8], first: usize, out: &mut [f32]) {
        let (numbers, size) = (self.numbers(), self.bytes());
        let mut block = [0.0; MOST];
        let mut done = 0;
        while done < out.len() {
            let (index, within) = ((first + done) / numbers, (first + done) % numbers);
            self.decode(&bytes[index * size..][..size], &mut block);
            let count = (numbers - within).min(out.len() - done);
            out[done..done + count].copy_from_slice(&block[within..within + count]);
            done += count;
        }
    }

    /// One block. `bytes` has as many as the format's blocks have.
    fn decode(self, bytes: &[u8], out: &mut [f32; MOST]) {
        let half = |at: usize| half_to_f32(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        match self {
            Self::F32 => out[0] = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            Self::F16 => out[0] = half(0),
            Self::Bf16 => out[0] = bf16_to_f32(u16::from_le_bytes([bytes[0], bytes[1]])),
            Self::Q8_0 => {
                let scale = half(0);
                for (x, &quant) in out.iter_mut().zip(&bytes[2..]) {
                    *x = scale * f32::from(quant as i8);
                }
            }
            Self::Q4_0 => nibbles(&bytes[2..], None, |quant| half(0) * (quant - 8.0), out),
            Self::Q4_1 => nibbles(&bytes[4..], None, |quant| half(0) * quant + half(2), out),
            Self::Q5_0 => nibbles(&bytes[6..], Some(&bytes[2..6]), |quant| half(0) * (quant - 16.0), out),
            Self::Q5_1 => nibbles(&bytes[8..], Some(&bytes[4..8]), |quant| half(0) * quant + half(2), out),
            Self::Q4K => with_small_scales(half(0), half(2), &bytes[4..16], None, &bytes[16..], out),
            Self::Q5K => with_small_scales(half(0), half(2), &bytes[4..16], Some(&bytes[16..48]), &bytes[48..], out),
            Self::Q6K => six_bits(half(208), bytes, out),
        }
    }
}

/// 32 numbers: low halves of the bytes, then high ones, each with a fifth bit from `high`.
fn nibbles(bytes: &[u8], high: Option<&[u8]>, number: impl Fn(f32) -> f32, out: &mut [f32; MOST]) {
    for (i, x) in out[..32].iter_mut().enumerate() {
        let byte = bytes[i % 16];
        let low = if i < 16 { byte & 15 } else { byte >> 4 };
        let fifth = high.map_or(0, |high| (high[i / 8] >> (i % 8) & 1) << 4);
        *x = number(f32::from(low | fifth));
    }
}

/// 256 numbers in eight groups of 32; two groups share 32 bytes. Their scales and minimums are 6 bits each in `scales`:
/// those of the first four whole, those of the others in two pieces.
fn with_small_scales(
    scale: f32,
    minimum: f32,
    scales: &[u8],
    high: Option<&[u8]>,
    bytes: &[u8],
    out: &mut [f32; MOST],
) {
    for (group, out) in out.chunks_exact_mut(32).enumerate() {
        let (small, least) = if group < 4 {
            (scales[group] & 63, scales[group + 4] & 63)
        } else {
            let both = scales[group + 4];
            (both & 15 | scales[group - 4] >> 6 << 4, both >> 4 | scales[group] >> 6 << 4)
        };
        let (step, offset) = (scale * f32::from(small), minimum * f32::from(least));
        let bytes = &bytes[group / 2 * 32..];
        for (i, x) in out.iter_mut().enumerate() {
            let four = if group % 2 == 0 { bytes[i] & 15 } else { bytes[i] >> 4 };
            let fifth = high.map_or(0, |high| (high[i] >> group & 1) << 4);
            *x = step * f32::from(four | fifth) - offset;
        }
    }
}

/// 256 numbers: 128 bytes of low halves, 64 of upper pairs of bits, 16 scales of 16 numbers each.
fn six_bits(scale: f32, bytes: &[u8], out: &mut [f32; MOST]) {
    for (i, x) in out.iter_mut().enumerate() {
        let (half, quarter, column) = (i / 128, i % 128 / 32, i % 32);
        let byte = bytes[half * 64 + quarter % 2 * 32 + column];
        let low = if quarter < 2 { byte & 15 } else { byte >> 4 };
        let upper = bytes[128 + half * 32 + column] >> (2 * quarter) & 3;
        let small = bytes[192 + i / 16] as i8;
        *x = scale * f32::from(small) * (f32::from(low | upper << 4) - 32.0);
    }
}
