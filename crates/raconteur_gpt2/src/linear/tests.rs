//! Each format against plain arithmetic, and the AVX2 kernels against the portable ones, bit by bit.

use super::quantized::{q4, q8_0};
use super::*;

/// Numbers without a pattern in `[-1, 1)`.
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
    .take(count)
    .collect()
}

fn linear(inputs: usize, outputs: usize, format: Quantization) -> (Linear, Vec<f32>, Vec<f32>) {
    let (weights, bias) = (numbers(inputs * outputs, 1), numbers(outputs, 2));
    let fill = |first: usize, panel: &mut [f32]| {
        for (input, row) in panel.chunks_exact_mut(LANES).enumerate() {
            let width = (outputs - first).min(LANES);
            row[..width].copy_from_slice(&weights[input * outputs + first..][..width]);
        }
        Ok(())
    };
    let linear = Linear::new(inputs, outputs, format, &fill, Some(bias.clone())).unwrap();
    (linear, weights, bias)
}

#[test]
fn every_format_is_close_to_plain_arithmetic() {
    for (format, tolerance) in [(Quantization::None, 1e-5), (Quantization::Q8_0, 0.05), (Quantization::Q4, 0.7)] {
        for (inputs, outputs) in [(64, 48), (40, 33), (72, 16), (1, 1)] {
            let (linear, weights, bias) = linear(inputs, outputs, format);
            let x = numbers(7 * inputs, 3);
            let out = linear.forward(&x, 7, None);
            for row in 0..7 {
                for output in 0..outputs {
                    let want: f64 = (0..inputs)
                        .map(|i| f64::from(x[row * inputs + i]) * f64::from(weights[i * outputs + output]))
                        .sum::<f64>()
                        + f64::from(bias[output]);
                    let error = (f64::from(out[row * outputs + output]) - want).abs();
                    assert!(error < tolerance, "{format} {inputs}x{outputs}: {error}");
                }
            }
            assert_eq!(linear.bytes(), format.bytes(inputs, outputs) + (outputs.div_ceil(LANES) * LANES * 4) as u64);
        }
    }
}

#[test]
fn rows_are_the_weights_that_the_kernels_use() {
    for format in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let (linear, ..) = linear(40, 33, format);
        let mut row = vec![0.0; 40];
        for output in [0, 7, 8, 15, 16, 32] {
            linear.row(output, &mut row);
            for input in [0, 1, 31, 32, 39] {
                let mut x = vec![0.0; 40];
                x[input] = 1.0;
                let out = linear.forward(&x, 1, None)[output] - linear.bias.as_ref().unwrap()[output];
                assert!((out - row[input]).abs() < 1e-4, "{format} {output} {input}: {out} {}", row[input]);
            }
        }
    }
}

#[test]
fn a_row_does_not_depend_on_the_rows_beside_it() {
    for format in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let (linear, ..) = linear(96, 80, format);
        let x = numbers(11 * 96, 4);
        let all = linear.forward(&x, 11, Some(Activation::GeluNew));
        for row in 0..11 {
            let alone = linear.forward(&x[row * 96..][..96], 1, Some(Activation::GeluNew));
            assert_eq!(alone, all[row * 80..][..80], "{format}, row {row}");
        }
    }
}

#[test]
fn avx2_and_portable_kernels_agree_to_the_bit() {
    let rows = 7;
    let x = numbers(rows * 96, 5);
    let activations = Activations::new(&x, rows, 96);
    let (mut plain, mut best) = (vec![0.0; rows * LANES], vec![0.0; rows * LANES]);
    for format in [Quantization::Q8_0, Quantization::Q4] {
        let (linear, ..) = linear(96, 16, format);
        match &linear.weight {
            Weight::Q8_0 { quants, scales } => {
                q8_0(integer::Portable, &activations, quants, scales, &mut plain);
                quantized::panel_q8_0(&activations, quants, scales, &mut best);
            }
            Weight::Q4 { quants, scales, minimums } => {
                q4(integer::Portable, &activations, quants, scales, minimums, &mut plain);
                quantized::panel_q4(&activations, quants, scales, minimums, &mut best);
            }
            Weight::F32(_) => unreachable!(),
        }
        assert_eq!(plain, best, "{format}");
    }
}

#[test]
fn what_is_not_finite_stays_visible() {
    for format in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let (linear, ..) = linear(64, 16, format);
        let mut x = numbers(64, 6);
        x[40] = f32::NAN;
        assert!(linear.forward(&x, 1, None).iter().all(|x| x.is_nan()), "{format}");
    }
}
