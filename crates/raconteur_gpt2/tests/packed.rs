//! Weights that were rounded ahead of time: the same bits as rounding at load, and every bad file is an error.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::{Path, PathBuf};

use common::{FIXTURES, copy, options, step};
use proptest::prelude::*;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::model::{Gpt2, Logits};
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::weights::packed;

const WEIGHTS: &str = "model.safetensors";
const ROUNDED: [Quantization; 2] = [Quantization::Q8_0, Quantization::Q4];

fn load(dir: &Path, quantization: Quantization) -> Result<Gpt2, Gpt2Error> {
    Gpt2::load(dir, &options(quantization), &mut |_| {})
}

fn logits(model: &Gpt2) -> Vec<Vec<f32>> {
    step(model, &mut model.new_cache(8), &[1, 2, 3, 5, 8], Logits::All)
}

fn pack(dir: &Path, quantization: Quantization) -> PathBuf {
    packed::write(dir, quantization, dir, &mut |_| {}).unwrap()
}

/// The header of a safetensors file, and the rest.
fn header(bytes: &[u8]) -> (serde_json::Value, Vec<u8>) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (serde_json::from_slice(&bytes[8..8 + length]).unwrap(), bytes[8 + length..].to_vec())
}

fn with_header(header: &serde_json::Value, rest: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), rest].concat()
}

#[test]
fn gives_the_bits_of_rounding_at_load() {
    for name in FIXTURES {
        for quantization in ROUNDED {
            let dir = copy(name);
            let at_load = load(dir.path(), quantization).unwrap();
            let file = pack(dir.path(), quantization);
            let both = load(dir.path(), quantization).unwrap();
            for weights in std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()) {
                if weights != file && weights.to_string_lossy().contains("safetensors") {
                    std::fs::remove_file(weights).unwrap();
                }
            }
            let alone = load(dir.path(), quantization).unwrap();
            for ahead in [both, alone] {
                assert_eq!(ahead.fingerprint(), at_load.fingerprint(), "{name} {quantization}");
                assert_eq!(logits(&ahead), logits(&at_load), "{name} {quantization}");
                assert_eq!(ahead.bytes(), at_load.bytes());
            }
        }
    }
}

#[test]
fn shipped_files_are_those_of_their_weights() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models");
    for dir in std::fs::read_dir(models).unwrap().map(|dir| dir.unwrap().path()) {
        for quantization in ROUNDED.into_iter().filter(|format| packed::find(&dir, *format).is_some()) {
            if !dir.join(WEIGHTS).exists() {
                continue;
            }
            let alone = tempfile::tempdir().unwrap();
            for file in ["config.json", WEIGHTS] {
                std::fs::copy(dir.join(file), alone.path().join(file)).unwrap();
            }
            let [ahead, at_load] = [&dir, alone.path()].map(|dir| load(dir, quantization).unwrap().fingerprint());
            assert_eq!(ahead, at_load, "{} is not of the weights beside it", dir.display());
        }
    }
}

#[test]
fn the_number_format_in_memory_says_which_file_is_taken() {
    let dir = copy("base");
    let plain = [Quantization::None, Quantization::Q8_0, Quantization::Q4]
        .map(|format| (format, load(dir.path(), format).unwrap().fingerprint()));
    // The 8-bit file of a model that is not the one beside it.
    let other = copy("base");
    let bytes = std::fs::read(other.path().join(WEIGHTS)).unwrap();
    let (head, mut rest) = header(&bytes);
    let place = head["transformer.wte.weight"]["data_offsets"][0].as_u64().unwrap() as usize;
    rest[place..place + 4].copy_from_slice(&0.75f32.to_le_bytes());
    std::fs::write(other.path().join(WEIGHTS), with_header(&head, &rest)).unwrap();
    let file = pack(other.path(), Quantization::Q8_0);
    let rounded = load(other.path(), Quantization::Q8_0).unwrap().fingerprint();
    std::fs::copy(&file, dir.path().join(file.file_name().unwrap())).unwrap();
    for (format, before) in plain {
        let now = load(dir.path(), format).unwrap().fingerprint();
        assert_eq!(now, if format == Quantization::Q8_0 { rounded } else { before }, "{format}");
    }
    assert_ne!(rounded, plain[1].1);
}

#[test]
fn rounded_weights_alone_are_read_in_every_format() {
    let dir = copy("n_inner_inverse_layer");
    let whole = load(dir.path(), Quantization::None).unwrap();
    let rounded = load(dir.path(), Quantization::Q8_0).unwrap();
    pack(dir.path(), Quantization::Q8_0);
    std::fs::remove_file(dir.path().join(WEIGHTS)).unwrap();
    let f32 = load(dir.path(), Quantization::None).unwrap();
    let distance = |a: &Gpt2, b: &Gpt2| {
        let (a, b) = (logits(a), logits(b));
        a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(distance(&f32, &whole) < 0.1, "{}", distance(&f32, &whole));
    assert_ne!(f32.fingerprint(), whole.fingerprint());
    assert_ne!(f32.fingerprint(), rounded.fingerprint());
    load(dir.path(), Quantization::Q4).unwrap();
    // Rounding what was rounded is refused: it is worse than it looks.
    let error = packed::write(dir.path(), Quantization::Q4, dir.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Gpt2Error::Missing { path } if path.ends_with(WEIGHTS)));
}

#[test]
fn other_versions_and_kernels_are_refused_by_name() {
    let dir = copy("base");
    let file = pack(dir.path(), Quantization::Q8_0);
    let whole = std::fs::read(&file).unwrap();
    for (key, value) in [("version", Some("2")), ("version", None), ("lanes", Some("8")), ("block", Some("32"))] {
        let (mut head, rest) = header(&whole);
        let metadata = head["__metadata__"].as_object_mut().unwrap();
        metadata.remove(key);
        metadata.extend(value.map(|value| (key.to_owned(), value.into())));
        std::fs::write(&file, with_header(&head, &rest)).unwrap();
        let error = load(dir.path(), Quantization::Q8_0).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Packed { key: named, .. } if *named == key), "{key}: {error}");
        assert!(error.to_string().contains("raconteur quantize"), "{error}");
        // The other formats do not need it.
        load(dir.path(), Quantization::Q4).unwrap();
    }
}

#[test]
fn damaged_files_are_named() {
    let dir = copy("base");
    let file = pack(dir.path(), Quantization::Q4);
    let whole = std::fs::read(&file).unwrap();
    let edits: [&dyn Fn(&mut serde_json::Value); 6] = [
        &|head| head["__metadata__"]["tensors"] = "[1, 2".into(),
        &|head| head["__metadata__"]["tensors"] = r#"{"wte.weight": {"format": "none", "shape": [320, 48]}}"#.into(),
        &|head| {
            head["__metadata__"]["tensors"] =
                format!(r#"{{"wte.weight": {{"format": "q8_0", "shape": [{}, 48]}}}}"#, usize::MAX).into();
        },
        &|head| head["wte.weight"]["dtype"] = "I8".into(),
        &|head| head["wte.weight"]["shape"] = serde_json::json!([1, 20, 1056]),
        &|head| head["h.0.ln_1.bias"]["data_offsets"] = serde_json::json!([0, u64::MAX]),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let (mut head, rest) = header(&whole);
        edit(&mut head);
        std::fs::write(&file, with_header(&head, &rest)).unwrap();
        let error = load(dir.path(), Quantization::Q4).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Damaged { path, .. } if *path == file), "case {index}: {error}");
    }
    // A list that does not name a matrix leaves it as bytes, which are no numbers.
    let (mut head, rest) = header(&whole);
    head["__metadata__"]["tensors"] = "{}".into();
    std::fs::write(&file, with_header(&head, &rest)).unwrap();
    let error = load(dir.path(), Quantization::Q4).unwrap_err();
    assert!(matches!(error, Gpt2Error::Shape { .. } | Gpt2Error::Dtype { .. }), "{error}");
    // Another model's configuration, even where the padded sizes agree.
    std::fs::write(&file, &whole).unwrap();
    let config = dir.path().join("config.json");
    let text = std::fs::read_to_string(&config).unwrap().replace("\"vocab_size\": 320", "\"vocab_size\": 319");
    std::fs::write(config, text).unwrap();
    let error = load(dir.path(), Quantization::Q4).unwrap_err();
    assert!(matches!(&error, Gpt2Error::Shape { tensor, .. } if tensor == "wte.weight"), "{error}");
}

#[test]
fn a_scale_that_is_not_finite_is_found() {
    let dir = copy("base");
    for quantization in ROUNDED {
        let file = pack(dir.path(), quantization);
        let whole = std::fs::read(&file).unwrap();
        let (head, mut rest) = header(&whole);
        let place = head["h.2.mlp.c_proj.weight"]["data_offsets"][0].as_u64().unwrap() as usize;
        rest[place + 6..place + 8].copy_from_slice(&0x7fc0u16.to_le_bytes());
        std::fs::write(&file, with_header(&head, &rest)).unwrap();
        let error = load(dir.path(), quantization).unwrap_err();
        assert!(matches!(&error, Gpt2Error::NotFinite { tensor, .. } if tensor == "h.2.mlp.c_proj.weight"), "{error}");
    }
}

#[test]
fn a_failed_write_leaves_what_was_there() {
    let dir = copy("base");
    let file = pack(dir.path(), Quantization::Q8_0);
    let before = std::fs::read(&file).unwrap();
    let weights = dir.path().join(WEIGHTS);
    let (head, mut rest) = header(&std::fs::read(&weights).unwrap());
    let place = head["transformer.h.2.mlp.c_proj.weight"]["data_offsets"][0].as_u64().unwrap() as usize;
    rest[place..place + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&weights, with_header(&head, &rest)).unwrap();
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    let error = packed::write(dir.path(), Quantization::Q8_0, dir.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Gpt2Error::NotFinite { .. }), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), files);

    let nowhere = dir.path().join("no folder");
    let error = packed::write(&common::fixture("base"), Quantization::Q8_0, &nowhere, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Gpt2Error::Write { path, .. } if path.starts_with(&nowhere)), "{error}");
    let error = packed::write(&common::fixture("base"), Quantization::None, dir.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Gpt2Error::NotPacked { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut off, or with some bytes changed in the header or behind it: a model or an error, never a panic.
    #[test]
    fn whatever_is_in_the_file(
        cut in prop::option::of(0.0..1.0f64),
        changes in prop::collection::vec((0.0..1.0f64, any::<bool>(), any::<u8>()), 0..8),
        q4 in any::<bool>(),
    ) {
        let quantization = if q4 { Quantization::Q4 } else { Quantization::Q8_0 };
        let dir = copy("relu_no_scale");
        let file = pack(dir.path(), quantization);
        let mut bytes = std::fs::read(&file).unwrap();
        let head = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        for (place, in_head, byte) in changes {
            let range = if in_head { head } else { bytes.len() };
            bytes[(place * range as f64) as usize] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        std::fs::write(&file, &bytes).unwrap();
        if let Ok(model) = load(dir.path(), quantization) {
            prop_assert!(cut.is_none());
            logits(&model);
        }
    }
}
