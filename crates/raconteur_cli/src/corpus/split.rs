//! `raconteur corpus split`: a file to learn from, and one to measure with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use raconteur_core::scenes::{Script, split};

use super::scenes_of;
use crate::atomic::write_all;
use crate::error::CliError;

/// Arguments of `raconteur corpus split`.
#[derive(clap::Args)]
pub struct Args {
    /// Files of scenes, JSON Lines.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Share of the scenes of each kind that is held back.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    valid: f64,
    /// What chance is drawn from. The same scenes and the same seed give the same files.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Scenes that share so much of their runs of four words, names apart, stay on one side.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    near: f64,
    /// Folder to write `train.jsonl` and `valid.jsonl` to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Splits; lines are copied as they stand.
pub fn run(args: &Args) -> Result<(), CliError> {
    if !(args.valid > 0.0 && args.valid < 1.0) {
        return Err(CliError::Usage(format!("--valid {}: a share lies between 0 and 1", args.valid)));
    }
    let (lines, scenes): (Vec<String>, Vec<Script>) = scenes_of(&args.files)?.into_iter().unzip();
    let held = split(&scenes, args.valid, args.seed, args.near);
    let part = |out: bool| -> String {
        lines.iter().zip(&held).filter(|(_, held)| **held == out).map(|(line, _)| format!("{line}\n")).collect()
    };
    std::fs::create_dir_all(&args.out)
        .map_err(|error| CliError::Failed(format!("{} cannot be made: {error}", args.out.display())))?;
    let (train, valid) = (args.out.join("train.jsonl"), args.out.join("valid.jsonl"));
    write_all(&[(&train, part(false)), (&valid, part(true))]).map_err(CliError::failed)?;
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (scene, held) in scenes.iter().zip(&held) {
        let count = kinds.entry(scene.body.kind()).or_default();
        if *held { count.1 += 1 } else { count.0 += 1 }
    }
    println!("{:<8} {:>6} {:>6}", "kind", "train", "valid");
    for (kind, (train, valid)) in &kinds {
        println!("{kind:<8} {train:>6} {valid:>6}");
    }
    let out = held.iter().filter(|held| **held).count();
    println!("{:<8} {:>6} {out:>6}", "all", held.len() - out);
    if out == 0 {
        eprintln!("note: nothing is held back: there are too few scenes, or all of them are nearly the same");
    }
    Ok(())
}
