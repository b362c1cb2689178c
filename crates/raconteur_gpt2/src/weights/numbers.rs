//! f16 and bf16 against f32. bf16 is the upper half of an f32; f16 has 5 bits of exponent and 10 of fraction (IEEE 754).

pub(crate) use crate::quantize::{narrow as f32_to_bf16, widen as bf16_to_f32};

/// The largest finite f16.
pub(crate) const LARGEST_HALF: f32 = 65504.0;

/// f16 to f32, exactly.
pub(crate) fn half_to_f32(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (u32::from(bits >> 15) << 31, u32::from(bits >> 10 & 31), u32::from(bits & 1023));
    match exponent {
        // Zero and subnormal: the fraction counts units of 2^-24.
        0 => f32::from_bits((fraction as f32 / 16_777_216.0).to_bits() | sign),
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// The nearest f16, the even one of two; infinite beyond the largest.
pub(crate) fn f32_to_half(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let (exponent, fraction) = ((bits >> 23 & 255) as i32 - 112, bits & 0x7f_ffff);
    let rounded = |whole: u32, dropped: u32| {
        let (kept, rest, half) = (whole >> dropped, whole & ((1 << dropped) - 1), 1 << (dropped - 1));
        // A carry out of the fraction raises the exponent, as it should.
        sign | (kept + u32::from(rest > half || rest == half && kept & 1 == 1)) as u16
    };
    match exponent {
        143 => sign | 0x7c00 | u16::from(fraction != 0) << 9,
        31.. => sign | 0x7c00,
        1..=30 => rounded((exponent as u32) << 23 | fraction, 13),
        // Subnormal: the hidden one becomes a digit of the fraction.
        -10..=0 => rounded(fraction | 0x80_0000, (14 - exponent) as u32),
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_convert_exactly() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, want) in cases {
            assert_eq!(half_to_f32(bits), want, "{bits:#06x}");
        }
        assert!(half_to_f32(0x7e00).is_nan());
        assert!(half_to_f32(0x8000).is_sign_negative());
    }

    #[test]
    fn every_half_comes_back() {
        for bits in 0..=u16::MAX {
            let x = half_to_f32(bits);
            if x.is_nan() {
                assert!(half_to_f32(f32_to_half(x)).is_nan());
            } else {
                assert_eq!(f32_to_half(x), bits, "{x}");
            }
        }
    }

    #[test]
    fn what_lies_between_two_halves_goes_to_the_nearer_and_then_the_even_one() {
        for bits in 0..0x7bff_u16 {
            let (low, high) = (half_to_f32(bits), half_to_f32(bits + 1));
            let middle = low + (high - low) / 2.0;
            assert_eq!(f32_to_half(middle), bits + (bits & 1), "{middle}");
            assert_eq!(f32_to_half(middle.next_down()), bits);
            assert_eq!(f32_to_half(-middle.next_up()), (bits + 1) | 0x8000);
        }
        assert_eq!(f32_to_half(65519.9), 0x7bff);
        assert_eq!(f32_to_half(65520.0), 0x7c00);
    }
}
