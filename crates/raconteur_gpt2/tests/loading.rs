//! Folders that are not what they should be: each gives its own error, names the culprit, and leaves nothing behind
//! that keeps a second attempt from working.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::Path;

use common::{copy, copy_into, load, options, step};
use raconteur_core::generate::LoadError;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::kv::KvCache;
use raconteur_gpt2::memory::MemoryEstimate;
use raconteur_gpt2::model::{Chunk, Gpt2, LoadOptions, Logits};
use raconteur_gpt2::quantize::Quantization;

const WEIGHTS: &str = "model.safetensors";

/// Changes `config.json`.
fn configure(dir: &Path, change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) {
    let path = dir.join("config.json");
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(json.as_object_mut().unwrap());
    std::fs::write(path, json.to_string()).unwrap();
}

/// The tensors of a fixture in one f32 file, after a change. (name, shape, numbers)
type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

fn rewrite(dir: &Path, change: impl FnOnce(&mut Tensors)) {
    let path = dir.join(WEIGHTS);
    let bytes = std::fs::read(&path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Tensors = file
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let numbers = view.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            (name, view.shape().to_vec(), numbers)
        })
        .collect();
    change(&mut tensors);
    let data: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape, numbers)| (name, shape, numbers.into_iter().flat_map(f32::to_le_bytes).collect()))
        .collect();
    let views = data.iter().map(|(name, shape, bytes)| {
        (name.clone(), safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn logits(model: &Gpt2) -> Vec<f32> {
    step(model, &mut model.new_cache(8), &[1, 2, 3], Logits::Last).pop().unwrap()
}

#[test]
fn a_second_attempt_works_after_a_failed_one() {
    let dir = copy("base");
    let weights = std::fs::read(dir.path().join(WEIGHTS)).unwrap();
    std::fs::write(dir.path().join(WEIGHTS), &weights[..weights.len() / 2]).unwrap();
    load(dir.path()).unwrap_err();
    std::fs::write(dir.path().join(WEIGHTS), &weights).unwrap();
    let model = load(dir.path()).unwrap();
    assert_eq!(logits(&model), logits(&load(&common::fixture("base")).unwrap()));
}

#[test]
fn missing_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Missing { path } if path.ends_with("config.json")));
    assert!(matches!(load(&dir.path().join("nowhere")).unwrap_err(), Gpt2Error::Missing { .. }));
    let dir = copy("base");
    std::fs::remove_file(dir.path().join(WEIGHTS)).unwrap();
    assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Missing { path } if path.ends_with(WEIGHTS)));
    let dir = copy("bf16_sharded");
    let shard = "model-00002-of-00002.safetensors";
    std::fs::remove_file(dir.path().join(shard)).unwrap();
    assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Missing { path } if path.ends_with(shard)));
}

#[test]
fn truncated_and_garbage_weights_are_damaged() {
    let dir = copy("base");
    let path = dir.path().join(WEIGHTS);
    let whole = std::fs::read(&path).unwrap();
    let mut overlong = whole.clone();
    overlong.extend([0; 64]);
    let mut absurd = whole.clone();
    absurd[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let cases: [&[u8]; 9] = [
        b"",
        b"abc",
        &whole[..7],
        &whole[..500],
        &whole[..whole.len() - 1],
        &overlong,
        &absurd,
        b"<!DOCTYPE html><html><body>Not found</body></html>",
        &[0xff; 4096],
    ];
    for (index, bytes) in cases.into_iter().enumerate() {
        std::fs::write(&path, bytes).unwrap();
        let error = load(dir.path()).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Damaged { path, .. } if path.ends_with(WEIGHTS)), "case {index}: {error}");
        let error = LoadError::from(error);
        assert!(error.what.contains(WEIGHTS) && error.help.contains("fetch it again"), "{error:?}");
    }
}

#[test]
fn damaged_configurations_and_indices_are_named() {
    let dir = copy("bf16_sharded");
    let index = dir.path().join("model.safetensors.index.json");
    for text in ["", "{}", "[1, 2", r#"{"weight_map": 3}"#] {
        std::fs::write(&index, text).unwrap();
        assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Damaged { path, .. } if path == index), "{text}");
    }
    let config = dir.path().join("config.json");
    for text in ["", "nonsense", r#"{"model_type": "gpt2", "n_embd": "wide"}"#] {
        std::fs::write(&config, text).unwrap();
        assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Damaged { path, .. } if path == config), "{text}");
    }
    std::fs::write(&config, [0xff, 0xfe, 0x00]).unwrap();
    assert!(matches!(load(dir.path()).unwrap_err(), Gpt2Error::Damaged { path, .. } if path == config));
}

#[test]
fn another_architecture_is_refused_by_name() {
    for (value, name) in [(serde_json::json!("llama"), "llama"), (serde_json::Value::Null, "(no model_type)")] {
        let dir = copy("base");
        configure(dir.path(), |config| {
            config.insert("model_type".into(), value);
        });
        let error = load(dir.path()).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Architecture { found, .. } if found == name));
        assert!(error.to_string().contains(name));
    }
}

#[test]
fn impossible_settings_are_named() {
    let cases = [
        ("n_head", serde_json::json!(5)),
        ("n_head", serde_json::json!(0)),
        ("n_embd", serde_json::json!(0)),
        ("n_layer", serde_json::json!(4_000_000_000u64)),
        ("n_inner", serde_json::json!(0)),
        ("layer_norm_epsilon", serde_json::json!(0.0)),
        ("activation_function", serde_json::json!("mish")),
        ("add_cross_attention", serde_json::json!(true)),
    ];
    for (name, value) in cases {
        let dir = copy("base");
        configure(dir.path(), |config| {
            config.insert(name.into(), value);
        });
        let error = load(dir.path()).unwrap_err();
        assert!(matches!(&error, Gpt2Error::Config { field, .. } if *field == name), "{name}: {error}");
    }
}

#[test]
fn wrong_shapes_and_missing_tensors_name_the_tensor_and_both_shapes() {
    let dir = copy("base");
    configure(dir.path(), |config| {
        config.insert("vocab_size".into(), 321.into());
    });
    let error = load(dir.path()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Gpt2Error::Shape { .. }));
    for part in ["wte.weight", "[320, 48]", "[321, 48]", WEIGHTS] {
        assert!(text.contains(part), "{text}");
    }

    let dir = copy("base");
    rewrite(dir.path(), |tensors| {
        // Transposed, as a linear layer of PyTorch would store it: as many numbers, in another order.
        let (_, shape, _) = tensors.iter_mut().find(|(name, ..)| name.ends_with("h.1.attn.c_attn.weight")).unwrap();
        shape.reverse();
    });
    let text = load(dir.path()).unwrap_err().to_string();
    for part in ["transformer.h.1.attn.c_attn.weight", "[144, 48]", "[48, 144]"] {
        assert!(text.contains(part), "{text}");
    }

    let dir = copy("base");
    rewrite(dir.path(), |tensors| tensors.retain(|(name, ..)| !name.ends_with("h.2.ln_2.bias")));
    let error = load(dir.path()).unwrap_err();
    assert!(matches!(&error, Gpt2Error::MissingTensor { tensor, .. } if tensor == "h.2.ln_2.bias"), "{error}");
}

#[test]
fn weights_that_are_not_finite_are_found_wherever_they_are() {
    for (name, place, bad) in [
        ("wte.weight", 5000, f32::NAN),
        ("h.2.mlp.c_proj.weight", 9000, f32::INFINITY),
        ("h.0.ln_1.bias", 47, f32::NEG_INFINITY),
    ] {
        let dir = copy("base");
        rewrite(dir.path(), |tensors| {
            let (.., numbers) = tensors.iter_mut().find(|(stored, ..)| stored.ends_with(name)).unwrap();
            numbers[place] = bad;
        });
        for quantization in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
            let error = Gpt2::load(dir.path(), &options(quantization), &mut |_| {}).unwrap_err();
            assert!(matches!(&error, Gpt2Error::NotFinite { tensor, .. } if tensor.ends_with(name)), "{error}");
        }
    }
}

#[test]
fn masks_prefixes_and_a_separate_head_are_understood() {
    let want = logits(&load(&common::fixture("base")).unwrap());
    let dir = copy("base");
    rewrite(dir.path(), |tensors| {
        for (name, ..) in tensors.iter_mut() {
            *name = name.trim_start_matches("transformer.").to_owned();
        }
        tensors.push(("h.0.attn.bias".into(), vec![1, 1, 4, 4], vec![1.0; 16]));
        tensors.push(("h.0.attn.masked_bias".into(), vec![1], vec![-1e4]));
    });
    assert_eq!(logits(&load(dir.path()).unwrap()), want);

    // A separate head that says twice what the embedding says.
    configure(dir.path(), |config| {
        config.insert("tie_word_embeddings".into(), false.into());
    });
    assert!(
        matches!(load(dir.path()).unwrap_err(), Gpt2Error::MissingTensor { tensor, .. } if tensor == "lm_head.weight")
    );
    rewrite(dir.path(), |tensors| {
        let (_, shape, numbers) = tensors.iter().find(|(name, ..)| name == "wte.weight").unwrap().clone();
        tensors.push(("lm_head.weight".into(), shape, numbers.iter().map(|x| 2.0 * x).collect()));
    });
    let doubled: Vec<f32> = want.iter().map(|x| 2.0 * x).collect();
    assert_eq!(logits(&load(dir.path()).unwrap()), doubled);
}

#[test]
fn paths_may_hold_spaces_and_any_script() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("büyük şato 乱世 model (1)");
    std::fs::create_dir(&odd).unwrap();
    copy_into("bf16_sharded", &odd);
    assert_eq!(logits(&load(&odd).unwrap()), logits(&load(&common::fixture("bf16_sharded")).unwrap()));
    std::fs::remove_file(odd.join("model-00001-of-00002.safetensors")).unwrap();
    assert!(load(&odd).unwrap_err().to_string().contains("büyük şato 乱世"));
}

#[test]
fn the_estimate_is_what_is_allocated() {
    let shapes = [
        Gpt2Config { vocab_size: 1001, n_positions: 100, n_embd: 256, n_layer: 2, n_head: 8, ..Gpt2Config::default() },
        Gpt2Config {
            vocab_size: 300,
            n_positions: 64,
            n_embd: 40,
            n_layer: 3,
            n_head: 5,
            n_inner: Some(72),
            ..Gpt2Config::default()
        },
        Gpt2Config {
            vocab_size: 500,
            n_positions: 64,
            n_embd: 64,
            n_layer: 1,
            n_head: 2,
            tie_word_embeddings: false,
            ..Gpt2Config::default()
        },
    ];
    for config in shapes {
        for quantization in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
            let estimate = MemoryEstimate::new(&config, quantization);
            let model = Gpt2::random(config.clone(), &options(quantization), 1).unwrap();
            let caches = [(); 2].map(|()| {
                let mut cache = model.new_cache(config.n_positions);
                step(&model, &mut cache, &vec![0; config.n_positions], Logits::None);
                cache
            });
            let real = (model.bytes() + caches.iter().map(KvCache::bytes).sum::<u64>()) as f64;
            let ratio = estimate.total(2) as f64 / real;
            assert!((0.9..=1.1).contains(&ratio), "{quantization}: {ratio}");
        }
    }
    // The published size in f32: 124,439,808 parameters (OpenAI's "124M").
    assert_eq!(Gpt2Config::gpt2().parameters(), 124_439_808);
    let f32_bytes = MemoryEstimate::new(&Gpt2Config::gpt2(), Quantization::None).weights as f64;
    assert!((f32_bytes / (4.0 * 124_439_808.0) - 1.0).abs() < 0.01);
}

#[test]
fn a_model_that_does_not_fit_is_refused_with_the_figures() {
    let dir = common::fixture("base");
    let need = MemoryEstimate::of_folder(&dir, Quantization::None).unwrap();
    let with =
        |limit| LoadOptions { quantization: Quantization::None, memory_limit: Some(limit), ..LoadOptions::default() };
    let error = Gpt2::load(&dir, &with(need.total(1) - 1), &mut |_| panic!("nothing may be read")).unwrap_err();
    assert!(matches!(error, Gpt2Error::Memory { needed, limit, .. } if needed == limit + 1), "{error}");
    Gpt2::load(&dir, &with(need.total(1)), &mut |_| {}).unwrap();
    // Before anything is allocated: 1.5 billion weights would take a while.
    Gpt2::random(Gpt2Config::gpt2_xl(), &with(1 << 20), 1).unwrap_err();
}

#[test]
fn progress_goes_up_to_one() {
    let mut seen = Vec::new();
    Gpt2::load(&common::fixture("base"), &LoadOptions::default(), &mut |progress| seen.push(progress.fraction))
        .unwrap();
    assert!(seen.len() > 30 && seen.is_sorted());
    assert_eq!(*seen.last().unwrap(), 1.0);
}

#[test]
fn misuse_is_an_error_and_changes_no_cache() {
    let model = load(&common::fixture("base")).unwrap();
    let mut cache = model.new_cache(4);
    step(&model, &mut cache, &[1, 2], Logits::None);
    let mut run = |ids: &[u32]| {
        let error = model.forward(&mut [Chunk { ids, cache: &mut cache, logits: Logits::Last }]).unwrap_err();
        assert_eq!(cache.len(), 2);
        error
    };
    assert!(matches!(run(&[1, 2, 3]), Gpt2Error::Window { held: 2, more: 3, room: 4 }));
    assert!(matches!(run(&[320]), Gpt2Error::Token { id: 320, vocab_size: 320 }));
    let mut window = model.new_cache(1000);
    assert_eq!(window.capacity(), 64);
    let ids = vec![1; 65];
    let error = model.forward(&mut [Chunk { ids: &ids, cache: &mut window, logits: Logits::None }]).unwrap_err();
    assert!(matches!(error, Gpt2Error::Window { room: 64, .. }));
    let mut foreign = load(&common::fixture("relu_no_scale")).unwrap().new_cache(4);
    let error = model.forward(&mut [Chunk { ids: &[1], cache: &mut foreign, logits: Logits::Last }]).unwrap_err();
    assert!(matches!(error, Gpt2Error::ForeignCache));
    assert_eq!(model.forward(&mut []).unwrap(), Vec::<Vec<Vec<f32>>>::new());
    assert_eq!(step(&model, &mut cache, &[], Logits::Last), Vec::<Vec<f32>>::new());
}

#[test]
fn a_device_that_is_not_there_says_what_to_do() {
    use raconteur_gpt2::device::ModelDevice;
    use raconteur_gpt2::loader::{Gpt2Loader, TokenizerFiles};
    let devices = [
        (ModelDevice::Candle, "candle", cfg!(feature = "candle")),
        (ModelDevice::Cuda(0), "cuda", cfg!(feature = "cuda")),
        (ModelDevice::Metal(0), "metal", cfg!(feature = "metal")),
    ];
    for (device, feature, built) in devices {
        let load = LoadOptions { device, ..LoadOptions::default() };
        let error = Gpt2::load(&common::fixture("base"), &load, &mut |_| {}).unwrap_err();
        assert!(matches!(error, Gpt2Error::OwnKernels { .. }) && error.to_string().contains("Gpt2Loader"), "{error}");
        if built {
            continue;
        }
        let loader = Gpt2Loader { load, ..Gpt2Loader::new(common::fixture("base")) };
        let error = loader.load_generator(TokenizerFiles::Optional, &mut |_| {}).err().unwrap();
        assert!(error.what.contains(&format!("feature '{feature}'")) && error.help.contains("feature"), "{error}");
    }
}
