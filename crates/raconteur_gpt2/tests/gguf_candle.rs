//! GGUF against candle, which has its own reader, writer and number formats.
#![cfg(feature = "candle")]
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::collections::HashMap;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use common::{fixture, options};
use raconteur_gpt2::gguf;
use raconteur_gpt2::model::Gpt2;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::weights::export::{self, Numbers};
use safetensors::SafeTensors;

const WIDTH: usize = 256;

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

/// A GPT-2 of one block with random weights, its matrices in a number format of candle's making.
fn tensors(kind: GgmlDType) -> Vec<(String, QTensor)> {
    let shapes: [(&str, &[usize]); 16] = [
        ("token_embd.weight", &[300, WIDTH]),
        ("position_embd.weight", &[32, WIDTH]),
        ("blk.0.attn_norm.weight", &[WIDTH]),
        ("blk.0.attn_norm.bias", &[WIDTH]),
        ("blk.0.attn_qkv.weight", &[3 * WIDTH, WIDTH]),
        ("blk.0.attn_qkv.bias", &[3 * WIDTH]),
        ("blk.0.attn_output.weight", &[WIDTH, WIDTH]),
        ("blk.0.attn_output.bias", &[WIDTH]),
        ("blk.0.ffn_norm.weight", &[WIDTH]),
        ("blk.0.ffn_norm.bias", &[WIDTH]),
        ("blk.0.ffn_up.weight", &[4 * WIDTH, WIDTH]),
        ("blk.0.ffn_up.bias", &[4 * WIDTH]),
        ("blk.0.ffn_down.weight", &[WIDTH, 4 * WIDTH]),
        ("blk.0.ffn_down.bias", &[WIDTH]),
        ("output_norm.weight", &[WIDTH]),
        ("output_norm.bias", &[WIDTH]),
    ];
    let make = |(seed, (name, shape)): (usize, (&str, &[usize]))| {
        let all = numbers(shape.iter().product(), seed as u64 + 1);
        let tensor = Tensor::from_vec(all, shape, &Device::Cpu).unwrap();
        let kind = if shape.len() == 2 { kind } else { GgmlDType::F32 };
        (name.to_owned(), QTensor::quantize(&tensor, kind).unwrap())
    };
    shapes.into_iter().enumerate().map(make).collect()
}

#[test]
fn every_number_format_is_what_candle_makes_of_it() {
    let kinds = [
        GgmlDType::F32,
        GgmlDType::F16,
        GgmlDType::BF16,
        GgmlDType::Q4_0,
        GgmlDType::Q4_1,
        GgmlDType::Q5_0,
        GgmlDType::Q5_1,
        GgmlDType::Q8_0,
        GgmlDType::Q4K,
        GgmlDType::Q5K,
        GgmlDType::Q6K,
    ];
    for kind in kinds {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("candle.gguf");
        let tensors = tensors(kind);
        let values = [
            ("general.architecture", Value::String("gpt2".into())),
            ("gpt2.block_count", Value::U32(1)),
            ("gpt2.context_length", Value::U64(32)),
            ("gpt2.embedding_length", Value::U32(WIDTH as u32)),
            ("gpt2.feed_forward_length", Value::I32(4 * WIDTH as i32)),
            ("gpt2.attention.head_count", Value::U16(4)),
            ("gpt2.attention.layer_norm_epsilon", Value::F32(1e-5)),
        ];
        let values: Vec<(&str, &Value)> = values.iter().map(|(key, value)| (*key, value)).collect();
        let borrowed: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        gguf_file::write(&mut std::fs::File::create(&path).unwrap(), &values, &borrowed).unwrap();

        export::write(&path, Numbers::F32, dir.path(), &mut |_| {}).unwrap();
        let bytes = std::fs::read(dir.path().join("model.safetensors")).unwrap();
        let found = SafeTensors::deserialize(&bytes).unwrap();
        let names = [
            ("token_embd.weight", "wte.weight", false),
            ("position_embd.weight", "wpe.weight", false),
            ("blk.0.attn_qkv.weight", "h.0.attn.c_attn.weight", true),
            ("blk.0.ffn_down.weight", "h.0.mlp.c_proj.weight", true),
            ("blk.0.ffn_up.bias", "h.0.mlp.c_fc.bias", false),
        ];
        for (name, theirs, turned) in names {
            let (_, want) = tensors.iter().find(|(other, _)| other == name).unwrap();
            let mut want = want.dequantize(&Device::Cpu).unwrap();
            if turned {
                want = want.t().unwrap();
            }
            let found = found.tensor(&format!("transformer.{theirs}")).unwrap();
            assert_eq!(found.shape(), want.dims(), "{kind:?} {name}");
            let want: Vec<f32> = want.flatten_all().unwrap().to_vec1().unwrap();
            for (found, want) in found.data().as_chunks::<4>().0.iter().zip(want) {
                let found = f32::from_le_bytes(*found);
                // The same numbers; only the order of a product and a sum may differ.
                assert!((found - want).abs() <= 1e-6, "{kind:?} {name}: {found} for {want}");
            }
        }
        let config = Gpt2::load(&path, &options(Quantization::Q8_0), &mut |_| {}).unwrap().config().clone();
        assert_eq!((config.n_layer, config.n_head, config.n_inner, config.vocab_size), (1, 4, None, 300));
    }
}

#[test]
fn candle_reads_what_is_written_here() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("base.gguf");
    for (numbers, tolerance) in [(Numbers::F32, 0.0), (Numbers::F16, 1e-3), (Numbers::Bf16, 1e-2)] {
        gguf::write(&fixture("base"), numbers, &path, &mut |_| {}).unwrap();
        let mut file = std::fs::File::open(&path).unwrap();
        let content = gguf_file::Content::read(&mut file).unwrap();
        assert_eq!(content.metadata["general.architecture"].to_string().unwrap(), "gpt2");
        assert_eq!(content.metadata["gpt2.block_count"].to_u32().unwrap(), 3);
        let bytes = std::fs::read(fixture("base").join("model.safetensors")).unwrap();
        let exact = SafeTensors::deserialize(&bytes).unwrap();
        let exact: HashMap<String, Vec<f32>> = exact
            .tensors()
            .into_iter()
            .map(|(name, view)| {
                let numbers = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
                (name.trim_start_matches("transformer.").to_owned(), numbers)
            })
            .collect();
        assert_eq!(content.tensor_infos.len(), exact.len());
        for (name, theirs, inputs) in
            [("blk.2.ffn_up.weight", "h.2.mlp.c_fc.weight", 48), ("token_embd.weight", "wte.weight", 0)]
        {
            let found = content.tensor(&mut file, name, &Device::Cpu).unwrap().dequantize(&Device::Cpu).unwrap();
            let found = if inputs > 0 { found.t().unwrap() } else { found };
            let found: Vec<f32> = found.flatten_all().unwrap().to_vec1().unwrap();
            assert_eq!(found.len(), exact[theirs].len());
            for (found, want) in found.iter().zip(&exact[theirs]) {
                assert!((found - want).abs() <= tolerance, "{name}: {found} for {want}");
            }
        }
    }
}
