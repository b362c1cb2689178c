//! GGUF: written here after the description of the format, read, and compared with what transformers computed; and files
//! that are wrong in every way.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{argmax, fixture, options, step};
use proptest::prelude::*;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::gguf;
use raconteur_gpt2::loader::{Gpt2Loader, TokenizerFiles};
use raconteur_gpt2::model::{Gpt2, Logits};
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use raconteur_gpt2::weights::export::{self, Numbers};
use raconteur_gpt2::weights::packed;
use safetensors::{Dtype, SafeTensors};

/// A file in the making: version 3, nothing checked.
#[derive(Clone)]
struct File {
    version: u32,
    /// Key, kind, bytes.
    values: Vec<(String, u32, Vec<u8>)>,
    /// Name, sides, type, bytes.
    tensors: Vec<(String, Vec<u64>, u32, Vec<u8>)>,
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

impl File {
    fn set(&mut self, key: &str, kind: u32, bytes: Vec<u8>) {
        self.values.retain(|(old, ..)| old != key);
        self.values.push((key.into(), kind, bytes));
    }

    fn set_u32(&mut self, key: &str, value: u32) {
        self.set(key, 4, value.to_le_bytes().to_vec());
    }

    fn set_text(&mut self, key: &str, value: &str) {
        self.set(key, 8, text(value));
    }

    fn set_texts(&mut self, key: &str, values: &[&str]) {
        let mut bytes = [&8u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes()].concat();
        bytes.extend(values.iter().flat_map(|value| text(value)));
        self.set(key, 9, bytes);
    }

    fn bytes(&self) -> Vec<u8> {
        let mut all = b"GGUF".to_vec();
        all.extend(self.version.to_le_bytes());
        all.extend((self.tensors.len() as u64).to_le_bytes());
        all.extend((self.values.len() as u64).to_le_bytes());
        for (key, kind, bytes) in &self.values {
            all.extend(text(key));
            all.extend(kind.to_le_bytes());
            all.extend(bytes);
        }
        let mut offset = 0u64;
        for (name, sides, kind, bytes) in &self.tensors {
            all.extend(text(name));
            all.extend((sides.len() as u32).to_le_bytes());
            all.extend(sides.iter().flat_map(|side| side.to_le_bytes()));
            all.extend(kind.to_le_bytes());
            all.extend(offset.to_le_bytes());
            offset += (bytes.len() as u64).next_multiple_of(32);
        }
        for (.., bytes) in &self.tensors {
            all.resize(all.len().next_multiple_of(32), 0);
            all.extend(bytes);
        }
        all
    }

    fn save(&self, dir: &Path) -> PathBuf {
        let path = dir.join("model.gguf");
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

/// Tensors of a fixture as f32, by their names without prefix.
fn tensors(dir: &Path) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let out = tempfile::tempdir().unwrap();
    export::write(dir, Numbers::F32, out.path(), &mut |_| {}).unwrap();
    let bytes = std::fs::read(out.path().join("model.safetensors")).unwrap();
    let mut all: Vec<_> = SafeTensors::deserialize(&bytes)
        .unwrap()
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let numbers = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            (name.trim_start_matches("transformer.").to_owned(), view.shape().to_vec(), numbers)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn name_in_gguf(name: &str) -> String {
    let mut name = name.to_owned();
    for (theirs, ours) in [
        ("attn.c_attn", "attn_qkv"),
        ("attn.c_proj", "attn_output"),
        ("mlp.c_fc", "ffn_up"),
        ("mlp.c_proj", "ffn_down"),
        ("ln_1", "attn_norm"),
        ("ln_2", "ffn_norm"),
        ("ln_f", "output_norm"),
        ("wte", "token_embd"),
        ("wpe", "position_embd"),
        ("h.", "blk."),
    ] {
        name = name.replace(theirs, ours);
    }
    name
}

/// A fixture as GGUF; `encode` turns the numbers of a matrix, outputs first, into a type and bytes.
fn file_of(dir: &Path, mut encode: impl FnMut(&str, &[f32]) -> (u32, Vec<u8>)) -> File {
    let config = Gpt2Config::load(dir).unwrap();
    let mut file = File { version: 3, values: Vec::new(), tensors: Vec::new() };
    file.set_text("general.architecture", "gpt2");
    file.set_text("general.name", "a fixture");
    for (key, value) in [
        ("block_count", config.n_layer),
        ("context_length", config.n_positions),
        ("embedding_length", config.n_embd),
        ("feed_forward_length", config.inner()),
        ("attention.head_count", config.n_head),
    ] {
        file.set_u32(&format!("gpt2.{key}"), value as u32);
    }
    file.set("gpt2.attention.layer_norm_epsilon", 6, (config.layer_norm_epsilon as f32).to_le_bytes().to_vec());
    file.set_u32("tokenizer.ggml.eos_token_id", config.eos_token_id.unwrap());
    for (name, shape, numbers) in tensors(dir) {
        let (sides, numbers) = match shape[..] {
            [inputs, outputs] if name.starts_with("h.") => {
                let turned = (0..outputs).flat_map(|output| (0..inputs).map(move |input| input * outputs + output));
                (vec![inputs as u64, outputs as u64], turned.map(|place| numbers[place]).collect())
            }
            [outputs, inputs] => (vec![inputs as u64, outputs as u64], numbers),
            _ => (vec![numbers.len() as u64], numbers),
        };
        let (kind, bytes) = if sides.len() == 2 && name != "wpe.weight" {
            encode(&name, &numbers)
        } else {
            (0, numbers.iter().flat_map(|x| x.to_le_bytes()).collect())
        };
        file.tensors.push((name_in_gguf(&name), sides, kind, bytes));
    }
    file
}

fn plain(_: &str, numbers: &[f32]) -> (u32, Vec<u8>) {
    (0, numbers.iter().flat_map(|x| x.to_le_bytes()).collect())
}

fn load(path: &Path, quantization: Quantization) -> Result<Gpt2, Gpt2Error> {
    Gpt2::load(path, &options(quantization), &mut |_| {})
}

fn logits(model: &Gpt2) -> Vec<Vec<f32>> {
    step(model, &mut model.new_cache(8), &[1, 2, 3, 5, 8], Logits::All)
}

#[test]
fn f32_computes_what_transformers_computed() {
    for name in ["base", "bf16_sharded"] {
        let dir = tempfile::tempdir().unwrap();
        let path = file_of(&fixture(name), plain).save(dir.path());
        // By the file, and by a folder that holds nothing else.
        for place in [&path, dir.path()] {
            assert_eq!(gguf::find(place).as_deref(), Some(path.as_path()));
            let model = load(place, Quantization::None).unwrap();
            assert_eq!(*model.config(), Gpt2Config::load(&fixture(name)).unwrap());
            let want = Gpt2::load(&fixture(name), &options(Quantization::None), &mut |_| {}).unwrap();
            assert_eq!(model.fingerprint(), want.fingerprint(), "{name}");
        }
        let model = load(&path, Quantization::None).unwrap();
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(fixture(name).join("expected.json")).unwrap()).unwrap();
        for case in expected["cases"].as_array().unwrap() {
            let numbers = |key: &str| case[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap());
            let ids: Vec<u32> = numbers("ids").map(|id| id as u32).collect();
            let found = step(&model, &mut model.new_cache(64), &ids, Logits::Last).pop().unwrap();
            for (found, want) in found.iter().zip(numbers("last_logits")) {
                assert!((f64::from(*found) - want).abs() < 1e-3, "{name}: {found} for {want}");
            }
            assert_eq!(f64::from(argmax(&found)), numbers("greedy_24").next().unwrap());
        }
    }
}

/// A block of 32 numbers to bytes of a type, and the numbers that they stand for. Scales are powers of two.
fn encode_block(kind: u32, numbers: &[f32]) -> (Vec<u8>, Vec<f32>) {
    let (levels, centred) = match kind {
        2 => (16, true),
        3 => (16, false),
        6 => (32, true),
        7 => (32, false),
        _ => (256, true),
    };
    let largest = numbers.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    let power = (2.0 * largest / (levels - 2) as f32).log2().ceil() as i32;
    let (scale, middle) = (2.0f32.powi(power), levels / 2);
    let half = |power: i32| (((power + 15) as u16) << 10).to_le_bytes();
    let quants: Vec<i32> = numbers.iter().map(|x| ((x / scale).round() as i32 + middle).clamp(0, levels - 1)).collect();
    // The minimum of the formats that have one: minus half of the range, a power of two too.
    let offset = scale * middle as f32;
    let values = quants.iter().map(|&quant| scale * quant as f32 - offset).collect();
    let mut bytes = half(power).to_vec();
    if !centred {
        let [low, high] = half(power + middle.ilog2() as i32);
        bytes.extend([low, high | 0x80]);
    }
    if levels == 32 {
        let fifth = quants.iter().enumerate().fold(0u32, |bits, (i, quant)| bits | ((quant >> 4) as u32 & 1) << i);
        bytes.extend(fifth.to_le_bytes());
    }
    if levels == 256 {
        bytes.extend(quants.iter().map(|quant| (quant - middle) as i8 as u8));
    } else {
        bytes.extend((0..16).map(|i| (quants[i] & 15 | (quants[i + 16] & 15) << 4) as u8));
    }
    (bytes, values)
}

#[test]
fn blocks_are_the_numbers_that_they_stand_for() {
    let source = fixture("bf16_sharded");
    for kind in [2, 3, 6, 7, 8] {
        let mut exact = std::collections::HashMap::new();
        let file = file_of(&source, |name, numbers| {
            let (bytes, values): (Vec<_>, Vec<_>) = numbers.chunks(32).map(|block| encode_block(kind, block)).unzip();
            exact.insert(name.to_owned(), values.concat());
            (kind, bytes.concat())
        });
        let dir = tempfile::tempdir().unwrap();
        let path = file.save(dir.path());
        // The same numbers in f32, in the layout of Hugging Face.
        let plain = tempfile::tempdir().unwrap();
        std::fs::copy(source.join("config.json"), plain.path().join("config.json")).unwrap();
        let parts: Vec<(String, Vec<usize>, Vec<u8>)> = tensors(&source)
            .into_iter()
            .map(|(name, shape, numbers)| {
                let numbers = match (exact.remove(&name), &shape[..]) {
                    (Some(exact), &[inputs, outputs]) if name.starts_with("h.") => {
                        (0..inputs * outputs).map(|place| exact[place % outputs * inputs + place / outputs]).collect()
                    }
                    (Some(exact), _) => exact,
                    (None, _) => numbers,
                };
                (name, shape, numbers.into_iter().flat_map(f32::to_le_bytes).collect())
            })
            .collect();
        let views = parts.iter().map(|(name, shape, bytes)| {
            (name, safetensors::tensor::TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        std::fs::write(plain.path().join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
        for quantization in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
            let [found, want] = [&path, plain.path()].map(|path| load(path, quantization).unwrap());
            assert_eq!(found.fingerprint(), want.fingerprint(), "type {kind}, {quantization}");
        }
        // And back, number by number.
        let out = tempfile::tempdir().unwrap();
        export::write(&path, Numbers::F32, out.path(), &mut |_| {}).unwrap();
        assert!(tensors(out.path()) == tensors(plain.path()), "type {kind}");
    }
}

#[test]
fn what_is_written_is_read_again_with_its_tokenizer() {
    let ember = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ember.gguf");
    gguf::write(&ember, Numbers::F16, &path, &mut |_| {}).unwrap();
    let [found, want] = [&path, &ember].map(|path| load(path, Quantization::Q8_0).unwrap());
    assert_eq!(found.config(), want.config());
    assert_eq!(found.fingerprint(), want.fingerprint());
    assert!(found.describe().starts_with("ember, "), "{}", found.describe());
    let [ours, theirs] = [&path, &ember].map(|path| Gpt2Tokenizer::load(path).unwrap());
    let text = "\"Two strokes,\" said Mara.\n\nÇan — 鐘 🔔  <|endoftext|> 1234\t!";
    assert_eq!(ours.encode(text), theirs.encode(text));
    assert_eq!(ours.encode_with_special(text), theirs.encode_with_special(text));
    assert_eq!((ours.end_of_text(), ours.vocab_size()), (theirs.end_of_text(), theirs.vocab_size()));
    for id in 0..theirs.vocab_size() as u32 {
        assert_eq!(ours.token_bytes(id), theirs.token_bytes(id), "{id}");
    }
    Gpt2Loader::new(&path).load_generator(TokenizerFiles::Required, &mut |_| {}).unwrap();

    // To a folder, to 8 bits, and the same again.
    let folder = tempfile::tempdir().unwrap();
    export::write(&path, Numbers::F16, folder.path(), &mut |_| {}).unwrap();
    packed::write(&path, Quantization::Q8_0, folder.path(), &mut |_| {}).unwrap();
    assert_eq!(load(folder.path(), Quantization::Q8_0).unwrap().fingerprint(), want.fingerprint());
    assert_eq!(Gpt2Tokenizer::load(folder.path()).unwrap().encode(text), theirs.encode(text));
    let again = folder.path().join("ember.gguf");
    gguf::write(folder.path(), Numbers::F16, &again, &mut |_| {}).unwrap();
    assert!(std::fs::read(&again).unwrap().len().abs_diff(std::fs::read(&path).unwrap().len()) < 64);
}

#[test]
fn our_writer_agrees_with_the_one_above() {
    let dir = tempfile::tempdir().unwrap();
    let by_hand = file_of(&fixture("base"), plain).save(dir.path());
    let ours = dir.path().join("ours.gguf");
    gguf::write(&fixture("base"), Numbers::F32, &ours, &mut |_| {}).unwrap();
    let [a, b] = [&ours, &by_hand].map(|path| load(path, Quantization::None).unwrap());
    assert_eq!(a.fingerprint(), b.fingerprint());
    assert_eq!(logits(&a), logits(&b));
    for name in ["relu_no_scale", "n_inner_inverse_layer"] {
        let error = gguf::write(&fixture(name), Numbers::F32, &ours, &mut |_| {}).unwrap_err();
        assert!(matches!(error, Gpt2Error::Gguf { .. }), "{error}");
    }
}

#[test]
fn a_head_of_its_own_and_one_that_is_the_embedding_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = file_of(&fixture("base"), plain);
    let mut head = file.tensors.iter().find(|(name, ..)| name == "token_embd.weight").unwrap().clone();
    head.0 = "output.weight".into();
    file.tensors.push(head);
    let tied = load(&file.save(dir.path()), Quantization::None).unwrap();
    assert!(tied.config().tie_word_embeddings);
    let numbers = &mut file.tensors.last_mut().unwrap().3;
    *numbers = numbers.as_chunks::<4>().0.iter().flat_map(|x| (2.0 * f32::from_le_bytes(*x)).to_le_bytes()).collect();
    let own = load(&file.save(dir.path()), Quantization::None).unwrap();
    assert!(!own.config().tie_word_embeddings);
    let doubled: Vec<Vec<f32>> = logits(&tied).iter().map(|row| row.iter().map(|x| 2.0 * x).collect()).collect();
    assert_eq!(logits(&own), doubled);
}

/// A file that is only changed in one thing is refused in one way.
fn refused(change: impl FnOnce(&mut File)) -> Gpt2Error {
    let dir = tempfile::tempdir().unwrap();
    let mut file = file_of(&fixture("base"), plain);
    change(&mut file);
    load(&file.save(dir.path()), Quantization::None).unwrap_err()
}

#[test]
fn what_is_not_read_is_named() {
    let error = refused(|file| file.set_text("general.architecture", "llama"));
    assert!(matches!(&error, Gpt2Error::Architecture { found, .. } if found == "llama"), "{error}");
    for (kind, name) in [(10, "Q2_K"), (20, "IQ"), (77, "type 77")] {
        let error = refused(|file| file.tensors.iter_mut().for_each(|tensor| tensor.2 = kind));
        assert!(matches!(&error, Gpt2Error::Dtype { found, .. } if found.contains(name)), "{error}");
    }
    for version in [1, 4, 3u32.swap_bytes()] {
        let error = refused(|file| file.version = version);
        assert!(matches!(error, Gpt2Error::Gguf { .. }), "{error}");
    }
    for key in ["gpt2.block_count", "gpt2.attention.head_count", "gpt2.context_length"] {
        let error = refused(|file| file.values.retain(|(name, ..)| name != key));
        assert!(matches!(&error, Gpt2Error::Gguf { what, .. } if what.contains(key)), "{error}");
    }
    let error = refused(|file| file.tensors.retain(|(name, ..)| name != "blk.1.ffn_up.bias"));
    assert!(matches!(&error, Gpt2Error::MissingTensor { tensor, .. } if tensor == "h.1.mlp.c_fc.bias"), "{error}");
    let error = refused(|file| file.tensors.retain(|(name, ..)| name != "token_embd.weight"));
    assert!(matches!(error, Gpt2Error::Gguf { .. }), "{error}");
    let error = refused(|file| file.set_u32("gpt2.block_count", 4_000_000_000));
    assert!(matches!(error, Gpt2Error::Config { field: "n_layer", .. }), "{error}");
    let error = refused(|file| file.set_u32("gpt2.context_length", 65));
    assert!(matches!(error, Gpt2Error::Shape { .. }), "{error}");
    let error = refused(|file| {
        let tensor = file.tensors.iter_mut().find(|(name, ..)| name == "blk.0.ffn_up.weight").unwrap();
        tensor.3[400..404].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(matches!(error, Gpt2Error::NotFinite { .. }), "{error}");
    // A model that is no GGUF file at all.
    let error = load(&fixture("base").join("model.safetensors"), Quantization::None).unwrap_err();
    assert!(error.to_string().contains("give the folder"), "{error}");
}

#[test]
fn tokenizers_of_other_kinds_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let with = |change: &dyn Fn(&mut File)| {
        let mut file = file_of(&fixture("base"), plain);
        file.set_text("tokenizer.ggml.model", "gpt2");
        file.set_text("tokenizer.ggml.pre", "gpt-2");
        file.set_texts("tokenizer.ggml.tokens", &["a", "b", "ab", "<|endoftext|>", "[PAD4]"]);
        let kinds = [1i32, 1, 1, 3, 5].map(i32::to_le_bytes).concat();
        let bytes = [&5u32.to_le_bytes()[..], &5u64.to_le_bytes(), &kinds].concat();
        file.set("tokenizer.ggml.token_type", 9, bytes);
        file.set_texts("tokenizer.ggml.merges", &["a b"]);
        change(&mut file);
        Gpt2Tokenizer::load(&file.save(dir.path()))
    };
    let tokenizer = with(&|_| {}).unwrap();
    assert_eq!(tokenizer.encode("abba"), [2, 1, 0]);
    assert_eq!(tokenizer.encode_with_special("ab<|endoftext|>"), [2, 3]);
    assert_eq!((tokenizer.token_bytes(4), tokenizer.vocab_size()), (&b""[..], 4));
    for (key, value) in [("tokenizer.ggml.model", "llama"), ("tokenizer.ggml.pre", "llama-bpe")] {
        let error = with(&|file| file.set_text(key, value)).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Gguf { what, .. } if what.contains(value)), "{error}");
    }
    for merges in [&["ab"][..], &["a c"], &["x y"]] {
        let error = with(&|file| file.set_texts("tokenizer.ggml.merges", merges)).unwrap_err();
        assert!(matches!(error, Gpt2Error::Damaged { .. }), "{merges:?}: {error}");
    }
    let error = with(&|file| file.values.retain(|(key, ..)| key != "tokenizer.ggml.merges")).unwrap_err();
    assert!(matches!(error, Gpt2Error::Gguf { .. }), "{error}");
    let error = with(&|file| file.set_texts("tokenizer.ggml.tokens", &["a", "b", "ab"])).unwrap_err();
    assert!(error.to_string().contains("<|endoftext|>"), "{error}");
}

#[test]
fn sizes_that_cannot_be_are_refused_before_memory_is_taken() {
    let most = u64::MAX.to_le_bytes();
    let array = |kind: u32, count: u64| [&kind.to_le_bytes()[..], &count.to_le_bytes()].concat();
    let nested = |depth: usize| {
        let mut bytes = Vec::new();
        for _ in 0..depth {
            bytes.extend(array(9, 1));
        }
        bytes.extend(array(0, 0));
        bytes
    };
    let values: [(u32, Vec<u8>); 9] = [
        (8, most.to_vec()),
        (8, (1u64 << 40).to_le_bytes().to_vec()),
        (9, array(8, u64::MAX)),
        (9, array(8, 1 << 40)),
        (9, array(6, u64::MAX / 2)),
        (9, array(5, 1 << 40)),
        (9, array(9, u64::MAX)),
        (9, nested(100_000)),
        (99, vec![0; 8]),
    ];
    for (kind, bytes) in values {
        let error = refused(|file| file.values.insert(0, ("some.key".into(), kind, bytes.clone())));
        assert!(matches!(error, Gpt2Error::Damaged { .. }), "{kind}: {error}");
    }
    for sides in [vec![u64::MAX, u64::MAX], vec![1 << 40, 1 << 40], vec![48, 1 << 50], vec![48; 5], vec![48; 90_000]] {
        let error = refused(|file| file.tensors[5].1.clone_from(&sides));
        assert!(matches!(error, Gpt2Error::Damaged { .. } | Gpt2Error::Shape { .. }), "{error}");
    }
    let error = refused(|file| file.set_u32("general.alignment", 0));
    assert!(matches!(error, Gpt2Error::Damaged { .. }), "{error}");
    let error = refused(|file| {
        let twice = file.tensors[0].clone();
        file.tensors.push(twice);
    });
    assert!(matches!(error, Gpt2Error::Damaged { .. }), "{error}");

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("counts.gguf");
    for (tensors, values) in [(u64::MAX, 0), (0, u64::MAX), (1 << 40, 1 << 40)] {
        let bytes = [&b"GGUF"[..], &3u32.to_le_bytes(), &tensors.to_le_bytes(), &values.to_le_bytes()].concat();
        std::fs::write(&path, &bytes).unwrap();
        let error = load(&path, Quantization::None).unwrap_err();
        assert!(matches!(error, Gpt2Error::Damaged { .. }), "{error}");
    }
    // Offsets: one that is not aligned, one behind the end, one that overflows.
    let file = file_of(&fixture("base"), plain);
    let whole = file.bytes();
    let name = text("blk.0.attn_qkv.weight");
    let place = whole.windows(name.len()).position(|window| window == name).unwrap() + name.len() + 4 + 16 + 4;
    for offset in [7u64, 1 << 33, u64::MAX - 31, u64::MAX] {
        let mut bytes = whole.clone();
        bytes[place..place + 8].copy_from_slice(&offset.to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        let error = load(&path, Quantization::None).unwrap_err();
        assert!(matches!(error, Gpt2Error::Damaged { .. }), "{offset}: {error}");
    }
    // A million blocks in a file of three: refused before a list of them is made.
    let mut file = file_of(&fixture("base"), plain);
    file.set_u32("gpt2.block_count", 1 << 24);
    let path = file.save(dir.path());
    let error = export::write(&path, Numbers::F32, dir.path(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Gpt2Error::MissingTensor { .. }), "{error}");
}

/// A whole file, to be spoiled.
static EIGHT_BITS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let encode =
        |_: &str, numbers: &[f32]| (8, numbers.chunks(32).flat_map(|block| encode_block(8, block).0).collect());
    file_of(&fixture("bf16_sharded"), encode).bytes()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_is_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400), version in 0u32..5, begins in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("noise.gguf");
        let all = if begins { [&b"GGUF"[..], &version.to_le_bytes(), &bytes].concat() } else { bytes };
        std::fs::write(&path, all).unwrap();
        prop_assert!(load(&path, Quantization::None).is_err());
        prop_assert!(Gpt2Tokenizer::load(&path).is_err());
    }

    /// Cut off, or with some bytes changed: a model or an error, never a panic.
    #[test]
    fn whatever_is_in_the_file(
        cut in prop::option::of(0.0..1.0f64),
        changes in prop::collection::vec((0.0..1.0f64, any::<bool>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = EIGHT_BITS.clone();
        for (place, in_header, byte) in changes {
            let range = if in_header { 3000 } else { bytes.len() };
            bytes[(place * range as f64) as usize] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("changed.gguf");
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(model) = load(&path, Quantization::Q8_0) {
            prop_assert!(cut.is_none());
            logits(&model);
        }
        drop(Gpt2Tokenizer::load(&path));
    }
}
