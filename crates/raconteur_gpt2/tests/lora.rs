//! Adapters: what they compute, beside whom, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{FIXTURES, copy, fixture, load, random, step};
use raconteur_core::generate::AdapterFiles;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::lora::{Adapter, Lora, LoraConfig, LoraError, Target, Targets, merge};
use raconteur_gpt2::model::{Chunk, Gpt2, Logits};
use raconteur_gpt2::parallel::Threads;
use raconteur_gpt2::quantize::Quantization;

const FORMATS: [Quantization; 3] = [Quantization::None, Quantization::Q8_0, Quantization::Q4];

/// An adapter that is far from doing nothing.
fn lively(model: &Gpt2Config, rank: usize, targets: Targets, seed: u64) -> Lora {
    Lora::random(LoraConfig { rank, targets, ..LoraConfig::default() }, model, seed, 0.1).unwrap()
}

fn ready(model: &Gpt2, lora: &Lora) -> Arc<Adapter> {
    Arc::new(Adapter::new(lora, model.config()).unwrap())
}

/// Logits of a text after every token, read in pieces.
fn read(model: &Gpt2, adapter: Option<&Arc<Adapter>>, ids: &[u32], size: usize) -> Vec<Vec<f32>> {
    let mut cache = match adapter {
        Some(adapter) => model.new_adapted_cache(ids.len(), adapter).unwrap(),
        None => model.new_cache(ids.len()),
    };
    ids.chunks(size).flat_map(|ids| step(model, &mut cache, ids, Logits::All)).collect()
}

fn text(model: &Gpt2, seed: u32, len: usize) -> Vec<u32> {
    let vocabulary = model.config().vocab_size as u32;
    (0..len as u32).map(|at| (at * 97 + seed * 31) % vocabulary).collect()
}

fn largest_difference(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_merged_model_computes_what_the_model_computes_under_the_adapter() {
    for name in FIXTURES {
        let model = load(&fixture(name)).unwrap();
        for (targets, rank) in [("all", 3), ("c_attn", 8), ("c_proj", 1), ("mlp.c_fc", 17)] {
            let targets: Targets = targets.parse().unwrap();
            let lora = lively(model.config(), rank, targets, 5);
            let dir = tempfile::tempdir().unwrap();
            let (adapter, out) = (dir.path().join("adapter"), dir.path().join("merged"));
            lora.save(&adapter, name).unwrap();
            merge(&fixture(name), &adapter, &out).unwrap();
            let merged = load(&out).unwrap();
            assert_eq!(merged.config(), model.config());
            let ids = text(&model, 3, 20);
            let want = read(&merged, None, &ids, 20);
            let got = read(&model, Some(&ready(&model, &lora)), &ids, 20);
            let (difference, change) =
                (largest_difference(&got, &want), largest_difference(&want, &read(&model, None, &ids, 20)));
            assert!(difference < 1e-4, "{name} {targets}: {difference}");
            assert!(
                change > 100.0 * difference && change > 1e-3,
                "{name} {targets}: the adapter does nothing: {change}"
            );
        }
    }
}

#[test]
fn what_is_saved_is_read_again() {
    let config = Gpt2Config::load(&fixture("base")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for (targets, root) in [("all", false), ("c_proj", true), ("attn.c_attn,c_fc", false)] {
        let config_of = LoraConfig { rank: 2, alpha: 3.5, root, targets: targets.parse().unwrap() };
        let lora = Lora::random(config_of, &config, 1, 0.2).unwrap();
        lora.save(dir.path(), "base").unwrap();
        assert_eq!(Lora::load(dir.path(), &config).unwrap(), lora);
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside the two files");
}

#[test]
fn a_new_adapter_changes_nothing() {
    let model = random(Quantization::None);
    let lora = Lora::initial(LoraConfig::default(), model.config(), 4).unwrap();
    let ids = text(&model, 1, 30);
    assert_eq!(read(&model, Some(&ready(&model, &lora)), &ids, 30), read(&model, None, &ids, 30));
}

/// Rows with two adapters and with none, in one batch, on some threads, give to the bit what each gives alone.
#[test]
fn adapters_in_one_batch_do_not_touch_each_other() {
    for format in FORMATS {
        let model = random(format);
        let one = ready(&model, &lively(model.config(), 8, Targets::all(), 1));
        let two = ready(&model, &lively(model.config(), 4, "c_attn,c_fc".parse().unwrap(), 2));
        let adapters = [None, Some(&one), Some(&two), Some(&two), None, Some(&one)];
        let texts: Vec<Vec<u32>> = (0..6).map(|row| text(&model, row, 9 + 7 * row as usize)).collect();
        let alone: Vec<_> =
            adapters.iter().zip(&texts).map(|(adapter, ids)| read(&model, *adapter, ids, 1000)).collect();
        assert!(largest_difference(&alone[0], &read(&model, Some(&one), &texts[0], 50)) > 1e-3);
        for (threads, size) in [(1, 100), (2, 5), (3, 1)] {
            let together = Threads::new(threads).unwrap().run(|| {
                let mut caches: Vec<_> = adapters
                    .iter()
                    .map(|adapter| {
                        adapter.map_or_else(|| model.new_cache(64), |a| model.new_adapted_cache(64, a).unwrap())
                    })
                    .collect();
                let mut all = vec![Vec::new(); texts.len()];
                while caches.iter().zip(&texts).any(|(cache, text)| cache.len() < text.len()) {
                    let mut chunks: Vec<Chunk<'_>> = Vec::new();
                    for (cache, text) in caches.iter_mut().zip(&texts) {
                        let (from, to) = (cache.len(), (cache.len() + size).min(text.len()));
                        chunks.push(Chunk { ids: &text[from..to], cache, logits: Logits::All });
                    }
                    let logits = model.forward(&mut chunks).unwrap();
                    all.iter_mut().zip(logits).for_each(|(all, new)| all.extend(new));
                }
                all
            });
            assert_eq!(together, alone, "{format} {threads} {size}");
        }
    }
}

#[test]
fn an_adapter_stays_with_a_cache_and_its_forks() {
    let model = random(Quantization::Q8_0);
    let adapter = ready(&model, &lively(model.config(), 8, Targets::all(), 1));
    let ids = text(&model, 1, 20);
    let want = read(&model, Some(&adapter), &ids, 20);
    let mut cache = model.new_adapted_cache(40, &adapter).unwrap();
    step(&model, &mut cache, &ids[..13], Logits::None);
    let mut fork = cache.fork();
    assert_eq!(step(&model, &mut fork, &ids[13..], Logits::All), want[13..]);
    assert_eq!(fork.adapter().map(|adapter| adapter.id()), Some(adapter.id()));
}

/// A fixture's adapter in a folder that a test may spoil.
fn saved() -> (Gpt2Config, tempfile::TempDir) {
    let config = Gpt2Config::load(&fixture("base")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    lively(&config, 2, Targets::all(), 1).save(dir.path(), "base").unwrap();
    (config, dir)
}

fn edit(dir: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = dir.join("adapter_config.json");
    let mut json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(&path, json.to_string()).unwrap();
}

#[test]
fn a_configuration_that_asks_for_more_is_refused() {
    let (config, dir) = saved();
    let error = |change: fn(&mut serde_json::Value)| {
        let before = std::fs::read(dir.path().join("adapter_config.json")).unwrap();
        edit(dir.path(), change);
        let error = Lora::load(dir.path(), &config).unwrap_err();
        std::fs::write(dir.path().join("adapter_config.json"), before).unwrap();
        error
    };
    for (field, change) in [
        ("peft_type", (|json| json["peft_type"] = "IA3".into()) as fn(&mut serde_json::Value)),
        ("use_dora", |json| json["use_dora"] = true.into()),
        ("bias", |json| json["bias"] = "all".into()),
        ("rank_pattern", |json| json["rank_pattern"] = serde_json::json!({"c_attn": 4})),
        ("modules_to_save", |json| json["modules_to_save"] = serde_json::json!(["lm_head"])),
        ("r", |json| json["r"] = 0.into()),
    ] {
        assert!(matches!(error(change), LoraError::Setting { field: found, .. } if found == field), "{field}");
    }
    for target in ["wte", "c_attn2", "proj", ""] {
        let names = serde_json::json!([target]);
        edit(dir.path(), |json| json["target_modules"] = names);
        let error = Lora::load(dir.path(), &config).unwrap_err();
        assert!(matches!(&error, LoraError::UnknownTarget { name } if name == target), "{target}: {error}");
        assert!(error.to_string().contains("mlp.c_proj"), "it says what there is: {error}");
    }
}

#[test]
fn settings_of_other_versions_of_peft_are_read_over() {
    let (config, dir) = saved();
    edit(dir.path(), |json| {
        json["use_dora"] = false.into();
        json["rank_pattern"] = serde_json::json!({});
        json["modules_to_save"] = serde_json::Value::Null;
        json["peft_version"] = "0.17.0".into();
        json["qalora_group_size"] = 16.into();
        json["fan_in_fan_out"] = false.into();
    });
    assert_eq!(Lora::load(dir.path(), &config).unwrap(), lively(&config, 2, Targets::all(), 1));
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let (config, dir) = saved();
    let weights = dir.path().join("adapter_model.safetensors");
    let whole = std::fs::read(&weights).unwrap();
    let load = || Lora::load(dir.path(), &config).unwrap_err();

    std::fs::write(&weights, &whole[..whole.len() - 9]).unwrap();
    assert!(matches!(load(), LoraError::File(Gpt2Error::Damaged { .. })));
    std::fs::write(&weights, "").unwrap();
    assert!(matches!(load(), LoraError::File(Gpt2Error::Damaged { .. })));
    std::fs::remove_file(&weights).unwrap();
    assert!(matches!(load(), LoraError::File(Gpt2Error::Missing { .. })));

    let mut nan = whole.clone();
    let last = nan.len() - 4;
    nan[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&weights, nan).unwrap();
    assert!(matches!(load(), LoraError::NotFinite { .. }));

    std::fs::write(&weights, &whole).unwrap();
    for other in [
        Gpt2Config { n_embd: config.n_embd * 2, ..config.clone() },
        Gpt2Config { n_layer: config.n_layer + 1, ..config.clone() },
        Gpt2Config { n_layer: config.n_layer - 1, ..config.clone() },
        Gpt2Config { n_inner: Some(config.inner() + 1), ..config.clone() },
    ] {
        let error = Lora::load(dir.path(), &other).unwrap_err();
        assert!(matches!(error, LoraError::WrongBase { .. }), "{other:?}: {error}");
    }
    // More in the file than the configuration names.
    edit(dir.path(), |json| json["target_modules"] = serde_json::json!(["c_attn"]));
    assert!(matches!(load(), LoraError::UnknownTarget { .. }));
    std::fs::remove_file(dir.path().join("adapter_config.json")).unwrap();
    let error = load();
    assert!(matches!(error, LoraError::File(Gpt2Error::Missing { .. })));
}

#[test]
fn an_adapter_runs_on_models_of_its_shape_only() {
    let model = random(Quantization::None);
    let other = load(&fixture("base")).unwrap();
    let lora = lively(other.config(), 2, Targets::all(), 1);
    assert!(matches!(Adapter::new(&lora, model.config()), Err(LoraError::WrongBase { .. })));
    let adapter = ready(&other, &lora);
    assert!(matches!(model.new_adapted_cache(10, &adapter), Err(LoraError::WrongBase { .. })));
    let mut broken = lora.clone();
    broken.pair_mut(0, Target::CFc).unwrap().b[0] = f32::INFINITY;
    assert!(matches!(Adapter::new(&broken, other.config()), Err(LoraError::NotFinite { .. })));
}

#[test]
fn a_model_is_not_merged_over_itself() {
    let (_, adapter) = saved();
    let model = copy("base");
    let before = std::fs::read(model.path().join("model.safetensors")).unwrap();
    assert!(matches!(merge(model.path(), adapter.path(), model.path()), Err(LoraError::SameFolder { .. })));
    assert_eq!(std::fs::read(model.path().join("model.safetensors")).unwrap(), before);
    let broken = tempfile::tempdir().unwrap();
    assert!(merge(model.path(), broken.path(), &broken.path().join("out")).is_err());
    assert!(!broken.path().join("out").exists(), "nothing is written when something is wrong");
}

#[test]
fn names_of_targets_mean_what_peft_means() {
    let of = |names: &str| names.parse::<Targets>().unwrap().to_string();
    assert_eq!(of("c_proj"), "attn.c_proj,mlp.c_proj");
    assert_eq!(of("attn.c_proj, c_fc"), "attn.c_proj,mlp.c_fc");
    assert_eq!(of("all"), of("c_attn,c_proj,c_fc"));
    assert!("".parse::<Targets>().is_err() && "c_attn,".parse::<Targets>().is_err());
    let adapter = Lora::initial(LoraConfig::default(), &Gpt2Config::gpt2(), 1).unwrap();
    assert_eq!(adapter.parameters() * 4, 4_718_592, "bytes in a file, for 124 M parameters");
}

#[test]
fn the_bytes_of_a_folder_are_the_adapter_of_the_folder() {
    let model = load(&fixture(FIXTURES[0])).unwrap();
    let dir = tempfile::tempdir().unwrap();
    lively(model.config(), 4, Targets::all(), 8).save(dir.path(), "base").unwrap();
    let read = |name: &str| Arc::<[u8]>::from(std::fs::read(dir.path().join(name)).unwrap());
    let files = AdapterFiles { config: read("adapter_config.json"), weights: read("adapter_model.safetensors") };
    let lora = Lora::from_files(&files, model.config()).unwrap();
    assert_eq!(lora, Lora::load(dir.path(), model.config()).unwrap());

    let cut: Arc<[u8]> = files.weights[..files.weights.len() / 2].into();
    let error = Lora::from_files(&AdapterFiles { weights: cut, ..files.clone() }, model.config()).unwrap_err();
    assert!(error.to_string().contains("adapter_model.safetensors"), "{error}");
    for config in [&b""[..], b"{}", b"\xff\xfe", b"[1"] {
        let error =
            Lora::from_files(&AdapterFiles { config: config.into(), ..files.clone() }, model.config()).unwrap_err();
        assert!(error.to_string().contains("adapter_config.json"), "{error}");
    }
    let empty = AdapterFiles { weights: Arc::from([]), ..files };
    assert!(Lora::from_files(&empty, model.config()).is_err());
}
