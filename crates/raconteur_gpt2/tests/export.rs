//! Written as Hugging Face writes it: names, shapes and values of the fixtures, which transformers wrote; and read back.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{FIXTURES, copy, fixture, load, options, step};
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::model::{Gpt2, Logits};
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use raconteur_gpt2::weights::export::{self, Numbers};
use raconteur_gpt2::weights::packed;
use safetensors::{Dtype, SafeTensors};

const WEIGHTS: &str = "model.safetensors";

fn export(from: &Path, numbers: Numbers) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    export::write(from, numbers, out.path(), &mut |_| {}).unwrap();
    out
}

fn logits(model: &Gpt2) -> Vec<Vec<f32>> {
    step(model, &mut model.new_cache(8), &[1, 2, 3, 5, 8], Logits::All)
}

/// Name to number format, shape and bytes, of every file of weights in a folder.
fn tensors(dir: &Path) -> BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for path in std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()) {
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            let bytes = std::fs::read(path).unwrap();
            for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
                all.insert(name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
            }
        }
    }
    all
}

#[test]
fn names_shapes_and_values_are_those_of_transformers() {
    for (name, numbers) in [("base", Numbers::F32), ("bf16_sharded", Numbers::Bf16), ("relu_no_scale", Numbers::F32)] {
        let out = export(&fixture(name), numbers);
        let (theirs, ours) = (tensors(&fixture(name)), tensors(out.path()));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{name}");
        assert!(ours == theirs, "{name}: values");
    }
    // This one was written by `GPT2Model`, without the prefix.
    let (theirs, ours) =
        (tensors(&fixture("no_prefix_f16")), tensors(export(&fixture("no_prefix_f16"), Numbers::F16).path()));
    assert_eq!(theirs.len(), ours.len());
    for (name, tensor) in theirs {
        assert!(ours[&format!("transformer.{name}")] == tensor, "{name}");
    }
}

#[test]
fn what_comes_back_computes_the_same_bits() {
    for name in FIXTURES {
        let want = load(&fixture(name)).unwrap();
        for numbers in [Numbers::F32, Numbers::F16, Numbers::Bf16] {
            let out = export(&fixture(name), numbers);
            let back = load(out.path()).unwrap();
            assert_eq!(back.config(), want.config(), "{name}");
            let exact = numbers == Numbers::F32
                || name == "no_prefix_f16" && numbers == Numbers::F16
                || name == "bf16_sharded" && numbers == Numbers::Bf16;
            if exact {
                assert_eq!(logits(&back), logits(&want), "{name} {numbers:?}");
            }
            // And a second time nothing is lost any more.
            let again = export(out.path(), numbers);
            assert_eq!(
                std::fs::read(again.path().join(WEIGHTS)).unwrap(),
                std::fs::read(out.path().join(WEIGHTS)).unwrap()
            );
        }
    }
}

#[test]
fn rounding_to_16_bits_is_to_the_nearest() {
    let exact = tensors(&fixture("base"));
    for (numbers, digits) in [(Numbers::F16, 11), (Numbers::Bf16, 8)] {
        for (name, (_, shape, bytes)) in tensors(export(&fixture("base"), numbers).path()) {
            let (_, want_shape, want) = &exact[&name];
            assert_eq!(shape, *want_shape);
            for (bits, want) in bytes.as_chunks::<2>().0.iter().zip(want.as_chunks::<4>().0) {
                let (bits, want) = (u16::from_le_bytes(*bits), f32::from_le_bytes(*want));
                let found = match numbers {
                    Numbers::F16 => half(bits),
                    _ => f32::from_bits(u32::from(bits) << 16),
                };
                // Half a unit of the last digit; below 2^-14 the digits of f16 end at 2^-24.
                let bound = (want.abs() * 0.5f32.powi(digits)).max(0.5f32.powi(25));
                assert!((found - want).abs() <= bound, "{name}: {found} for {want}");
            }
        }
    }
}

/// An f16 by its definition.
fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (bits >> 15, i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    let size =
        if exponent == 0 { fraction * 0.5f32.powi(24) } else { (1024.0 + fraction) * 2.0f32.powi(exponent - 25) };
    if sign == 1 { -size } else { size }
}

#[test]
fn the_configuration_is_whole_and_keeps_what_it_had() {
    let dir = copy("n_inner_inverse_layer");
    let path = dir.path().join("config.json");
    let mut before: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    before["task_specific_params"] = serde_json::json!({"text-generation": {"do_sample": true}});
    before["resid_pdrop"] = 0.25.into();
    before["bos_token_id"] = 3.into();
    std::fs::write(&path, before.to_string()).unwrap();
    let out = export(dir.path(), Numbers::F16);
    let after: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.path().join("config.json")).unwrap()).unwrap();
    for (key, value) in before.as_object().unwrap() {
        assert_eq!(&after[key], value, "{key}");
    }
    // Every argument of transformers' GPT2Config.
    for key in [
        "vocab_size",
        "n_positions",
        "n_embd",
        "n_layer",
        "n_head",
        "n_inner",
        "activation_function",
        "resid_pdrop",
        "embd_pdrop",
        "attn_pdrop",
        "layer_norm_epsilon",
        "initializer_range",
        "summary_type",
        "summary_use_proj",
        "summary_activation",
        "summary_proj_to_labels",
        "summary_first_dropout",
        "scale_attn_weights",
        "use_cache",
        "bos_token_id",
        "eos_token_id",
        "scale_attn_by_inverse_layer_idx",
        "reorder_and_upcast_attn",
    ] {
        assert!(after.get(key).is_some(), "{key}");
    }
    assert_eq!(after["architectures"], serde_json::json!(["GPT2LMHeadModel"]));
    assert_eq!(after["torch_dtype"], "float16");
    assert_eq!(Gpt2Config::load(out.path()).unwrap(), Gpt2Config::load(dir.path()).unwrap());
}

#[test]
fn the_tokenizer_comes_along_in_both_layouts() {
    let tokenizers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizer");
    let text = "Two strokes, before the water came.\n\n  Çan çaldı — 鐘 🔔 <|endoftext|>!";
    let want = Gpt2Tokenizer::load(&tokenizers).unwrap();
    let layouts: [&[&str]; 2] = [&["tokenizer.json"], &["vocab.json", "merges.txt"]];
    for given in layouts {
        let dir = copy("base");
        for file in given {
            std::fs::copy(tokenizers.join(file), dir.path().join(file)).unwrap();
        }
        let out = export(dir.path(), Numbers::F16);
        for taken in layouts {
            let alone = tempfile::tempdir().unwrap();
            for file in taken {
                std::fs::copy(out.path().join(file), alone.path().join(file)).unwrap();
            }
            let tokenizer = Gpt2Tokenizer::load(alone.path()).unwrap();
            assert_eq!(tokenizer.encode(text), want.encode(text), "{given:?} {taken:?}");
            assert_eq!(tokenizer.encode_with_special(text), want.encode_with_special(text), "{given:?} {taken:?}");
            assert_eq!(tokenizer.vocab_size(), want.vocab_size());
        }
        for file in given {
            assert_eq!(std::fs::read(out.path().join(file)).unwrap(), std::fs::read(dir.path().join(file)).unwrap());
        }
    }
}

#[test]
fn a_separate_head_and_rounded_weights_are_exported_too() {
    let dir = copy("base");
    let bytes = std::fs::read(dir.path().join(WEIGHTS)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut views = file.tensors();
    let head = file.tensor("transformer.wpe.weight").unwrap().data().to_vec().repeat(5);
    views.push((
        "lm_head.weight".into(),
        safetensors::tensor::TensorView::new(Dtype::F32, vec![320, 48], &head).unwrap(),
    ));
    std::fs::write(dir.path().join(WEIGHTS), safetensors::serialize(views, None).unwrap()).unwrap();
    let config = dir.path().join("config.json");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false")).unwrap();
    let out = export(dir.path(), Numbers::F32);
    assert!(tensors(out.path()).contains_key("lm_head.weight"));
    assert_eq!(logits(&load(out.path()).unwrap()), logits(&load(dir.path()).unwrap()));

    packed::write(dir.path(), Quantization::Q8_0, dir.path(), &mut |_| {}).unwrap();
    std::fs::remove_file(dir.path().join(WEIGHTS)).unwrap();
    let out = export(dir.path(), Numbers::F32);
    assert_eq!(logits(&load(out.path()).unwrap()), logits(&load(dir.path()).unwrap()));
}

#[test]
fn in_place_and_what_does_not_fit() {
    let dir = copy("base");
    export::write(dir.path(), Numbers::Bf16, dir.path(), &mut |_| {}).unwrap();
    assert_eq!(tensors(dir.path()), tensors(export(&fixture("base"), Numbers::Bf16).path()));
    let mut big = std::fs::read(dir.path().join(WEIGHTS)).unwrap();
    let length = big.len();
    // 2^20 in bf16, which is beyond f16. `transformer.ln_f.bias` stands last.
    big[length - 2..].copy_from_slice(&0x4980u16.to_le_bytes());
    std::fs::write(dir.path().join(WEIGHTS), &big).unwrap();
    let error = export::write(dir.path(), Numbers::F16, dir.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Gpt2Error::Range { weight, .. } if *weight == 1_048_576.0), "{error}");
    assert_eq!(std::fs::read(dir.path().join(WEIGHTS)).unwrap(), big);
}

#[test]
fn weights_of_other_programs_are_refused_with_a_way_out() {
    for name in
        ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack", "model.ckpt.index"]
    {
        let dir = copy("base");
        std::fs::remove_file(dir.path().join(WEIGHTS)).unwrap();
        std::fs::write(dir.path().join(name), "anything").unwrap();
        let error = Gpt2::load(dir.path(), &options(Quantization::None), &mut |_| {}).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Foreign { path } if path.ends_with(name)), "{error}");
        assert!(error.to_string().contains("save_pretrained"), "{error}");
    }
}

#[test]
fn names_and_files_of_openais_release_are_understood() {
    let dir = tempfile::tempdir().unwrap();
    let parts: Vec<(String, Vec<usize>, Vec<u8>)> = tensors(&fixture("base"))
        .into_iter()
        .map(|(name, (_, mut shape, bytes))| {
            let name = name.trim_start_matches("transformer.");
            if shape.len() == 2 && name.starts_with("h.") {
                shape.insert(0, 1);
            }
            let norm = name.contains("ln_");
            let name = match name {
                "wte.weight" | "wpe.weight" => name[..3].to_owned(),
                _ => {
                    let name = name.replace(".bias", "/b").replace(".weight", if norm { "/g" } else { "/w" });
                    let name = name.strip_prefix("h.").map_or(name.clone(), |rest| format!("h{rest}"));
                    name.replace('.', "/")
                }
            };
            (format!("model/{name}"), shape, bytes)
        })
        .collect();
    assert!(parts.iter().any(|(name, shape, _)| name == "model/h2/mlp/c_proj/w" && *shape == [1, 192, 48]));
    assert!(parts.iter().any(|(name, ..)| name == "model/ln_f/g"));
    let views = parts.iter().map(|(name, shape, bytes)| {
        (name, safetensors::tensor::TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    std::fs::write(dir.path().join(WEIGHTS), safetensors::serialize(views, None).unwrap()).unwrap();
    let hparams = r#"{"n_vocab": 320, "n_ctx": 64, "n_embd": 48, "n_head": 4, "n_layer": 3}"#;
    std::fs::write(dir.path().join("hparams.json"), hparams).unwrap();
    let tokenizers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizer");
    for (from, to) in [("vocab.json", "encoder.json"), ("merges.txt", "vocab.bpe")] {
        std::fs::copy(tokenizers.join(from), dir.path().join(to)).unwrap();
    }
    assert_eq!(logits(&load(dir.path()).unwrap()), logits(&load(&fixture("base")).unwrap()));
    let text = "Two strokes, before the water came.";
    let want = Gpt2Tokenizer::load(&tokenizers).unwrap().encode(text);
    assert_eq!(Gpt2Tokenizer::load(dir.path()).unwrap().encode(text), want);
    let out = export(dir.path(), Numbers::F32);
    assert!(tensors(out.path()) == tensors(&fixture("base")));
    assert_eq!(Gpt2Tokenizer::load(out.path()).unwrap().encode(text), want);
    std::fs::write(dir.path().join("hparams.json"), "{}").unwrap();
    assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Damaged { .. }));
}
