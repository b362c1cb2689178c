//! Each format against plain arithmetic, and the AVX2 kernels against the portable ones, bit by bit.

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

/// `x: [rows, inputs]` to `[rows, outputs]`
fn forward(linear: &Linear, x: &[f32], activation: Option<Activation>) -> Vec<f32> {
    let mut out = vec![f32::NAN; x.len() / linear.inputs * linear.outputs];
    let epilogue = activation.map_or(Epilogue::Store, Epilogue::Activate);
    linear.forward(x, &mut Activations::default(), &mut out, epilogue);
    out
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
    for (format, tolerance) in [(Quantization::None, 1e-5), (Quantization::Q8_0, 0.1), (Quantization::Q4, 0.9)] {
        for (inputs, outputs) in [(64, 48), (40, 33), (72, 16), (1, 1)] {
            let (linear, weights, bias) = linear(inputs, outputs, format);
            let x = numbers(7 * inputs, 3);
            let out = forward(&linear, &x, None);
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
                let out = forward(&linear, &x, None)[output] - linear.bias.as_ref().unwrap()[output];
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
        let all = forward(&linear, &x, Some(Activation::GeluNew));
        for row in 0..11 {
            let alone = forward(&linear, &x[row * 96..][..96], Some(Activation::GeluNew));
            assert_eq!(alone, all[row * 80..][..80], "{format}, row {row}");
        }
    }
}

#[test]
fn extreme_numbers_do_not_overflow() {
    // Weights at both ends of their range, activations of equal size: the largest sums there are.
    for format in [Quantization::Q8_0, Quantization::Q4] {
        let fill = |_: usize, panel: &mut [f32]| {
            for (i, x) in panel.iter_mut().enumerate() {
                *x = if (i % LANES).is_multiple_of(2) { 1.0 } else { -1.0 };
            }
            Ok(())
        };
        let linear = Linear::new(256, 16, format, &fill, None).unwrap();
        for sign in [1.0, -1.0] {
            for (output, x) in forward(&linear, &[sign; 256], None).into_iter().enumerate() {
                let want = if output % 2 == 0 { 256.0 * sign } else { -256.0 * sign };
                assert!((x - want).abs() < 3.0, "{format}: {x} for {want}");
            }
        }
    }
}

#[test]
fn what_is_not_finite_stays_visible() {
    for format in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let (linear, ..) = linear(64, 16, format);
        let mut x = numbers(64, 6);
        x[40] = f32::NAN;
        assert!(forward(&linear, &x, None).iter().all(|x| x.is_nan()), "{format}");
    }
}
