//! The files that a training reads.

use std::path::{Path, PathBuf};

use raconteur_core::scenes::{Draw, Drills, LayoutError, Script, VoiceDrills, duplicates};
use raconteur_core::template::Templates;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;
use raconteur_gpt2::train::Validation;
use raconteur_gpt2::train::documents::{FactDrills, Mixture, Scenes, Texts, VoiceTalks};
use sha2::{Digest, Sha256};

use super::Args;
use crate::error::CliError;
use crate::loading::read_templates;
use crate::texts;

/// Validation scenes are always drawn with this seed: results of different trainings can be compared.
const VALIDATION_SEED: u64 = 7;

/// Files that make a folder a model that can talk, beside its weights.
const BESIDE: [&str; 4] = ["tokenizer.json", "vocab.json", "merges.txt", "prompts.ron"];

/// What there is to learn from, and what to learn it with.
pub struct Data {
    pub tokenizer: Gpt2Tokenizer,
    templates: Templates,
    scenes: Vec<Script>,
    drills: Drills,
    voices: VoiceDrills,
    texts: Vec<String>,
    /// What is not learned from.
    pub validation: Validation,
    /// Prompts out of it, to see what the model says.
    pub prompts: Vec<String>,
    /// Files with their hashes.
    pub files: Vec<(PathBuf, String)>,
    /// Where the tokenizer and the prompts come from.
    from: PathBuf,
}

impl Data {
    /// Reads all files. `from` has the tokenizer and the prompts.
    pub fn read(args: &Args, from: &Path) -> Result<Self, CliError> {
        let tokenizer = Gpt2Tokenizer::load(from).map_err(CliError::failed)?;
        let templates = read_templates(from)?;
        let mut files = Vec::new();
        let mut scenes = Vec::new();
        for path in &args.scenes {
            scenes.extend(read_scenes(path, &mut files)?);
        }
        let scenes = once(scenes, args.keep_duplicates);
        tell_unlaid(&scenes, &templates);
        let mut texts = Vec::new();
        for path in &args.text {
            texts.extend(read_texts(path, &mut files)?);
        }
        if scenes.is_empty() && texts.iter().all(|text| text.trim().is_empty()) {
            return Err(CliError::Usage(
                "there is nothing to learn from: give --scenes or --text, and files that are not empty".into(),
            ));
        }
        let (drills, voices) = (Drills::new(&scenes), VoiceDrills::new(&scenes));
        let mut data = Self {
            tokenizer,
            templates,
            scenes,
            drills,
            voices,
            texts,
            validation: Validation::default(),
            prompts: Vec::new(),
            files,
            from: from.to_owned(),
        };
        if let Some(path) = &args.valid {
            data.validation = data.read_validation(path, window(args)?)?;
        }
        Ok(data)
    }

    /// Whether there is something to look at.
    pub fn has_validation(&self) -> bool {
        self.validation.bytes > 0
    }

    /// Number of scenes.
    pub fn scenes(&self) -> usize {
        self.scenes.len()
    }

    /// All that is learned from, as an endless stream.
    pub fn documents(&self, args: &Args) -> Mixture<'_> {
        let scenes = Scenes::new(&self.scenes, &self.templates, &self.tokenizer, args.swap, args.seed);
        let count = raconteur_gpt2::train::Documents::count(&scenes) as f64;
        let drills = (count * args.drills.max(0.0)) as usize;
        let voices = (count * args.voices.max(0.0)) as usize;
        let mut texts = Texts::new(self.texts.iter().map(String::as_str), &self.tokenizer, args.row + 1, args.seed);
        if let (Some(share), false) = (args.text_share, self.scenes.is_empty()) {
            texts = texts.at_most((count * share.max(0.0)) as usize);
        }
        Mixture::default()
            .with(scenes)
            .with(FactDrills::new(&self.drills, drills, &self.templates, &self.tokenizer, args.seed))
            .with(VoiceTalks::new(&self.voices, voices, &self.templates, &self.tokenizer, args.seed))
            .with(texts)
    }

    /// Puts the tokenizer and the prompts beside the weights.
    pub fn copy_tokenizer(&self, dir: &Path) -> Result<(), CliError> {
        for file in BESIDE {
            let (from, to) = (self.from.join(file), dir.join(file));
            if from.exists() && from.canonicalize().ok() != to.canonicalize().ok() {
                std::fs::copy(&from, &to).map_err(|error| CliError::Failed(format!("{}: {error}", to.display())))?;
            }
        }
        Ok(())
    }

    fn read_validation(&mut self, path: &Path, window: usize) -> Result<Validation, CliError> {
        let mut files = std::mem::take(&mut self.files);
        let texts = if texts::holds_scenes(path) {
            let scenes = read_scenes(path, &mut files)?;
            self.prompts = prompts(&scenes, &self.templates);
            tell_leaks(&self.scenes, &scenes);
            let drawn = scenes.iter().enumerate().map(|(at, scene)| {
                let seed = raconteur_core::compose::seed_of(VALIDATION_SEED, "validation", at as u64);
                scene.with(&scene.draw(seed, 1.0)).render(&self.templates).map_err(CliError::failed)
            });
            drawn.collect::<Result<Vec<_>, _>>()?
        } else {
            read_texts(path, &mut files)?
        };
        self.files = files;
        Ok(Validation::new(texts.iter().map(String::as_str), &self.tokenizer, window))
    }
}

/// The scene up to its last line, for some scenes of different kinds.
fn prompts(scenes: &[Script], templates: &Templates) -> Vec<String> {
    let kinds = ["talk", "answer", "vary"];
    let first = kinds.iter().filter_map(|kind| scenes.iter().find(|scene| scene.body.kind() == *kind));
    let prompt = |scene: &Script| {
        let target = scene.with(&Draw::default()).targets().pop()?;
        Some(templates.get(target.template)?.unlimited().render(&target.scene, false).full())
    };
    first.filter_map(prompt).collect()
}

/// Tokens that the model reads at once.
fn window(args: &Args) -> Result<usize, CliError> {
    // `last` may be an adapter, which has the window of the model it is for.
    let model = match &args.init {
        Some(init) => init.clone(),
        None if args.resume => args.out.join("last"),
        None => return Ok(args.positions),
    };
    Ok(Gpt2Config::load(&model).map_err(CliError::failed)?.n_positions)
}

fn read(path: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<String, CliError> {
    let bytes =
        std::fs::read(path).map_err(|error| CliError::Failed(format!("{} cannot be used: {error}", path.display())))?;
    files.push((path.to_owned(), format!("{:x}", Sha256::digest(&bytes))));
    texts::decode(path, bytes)
}

fn read_scenes(path: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<Vec<Script>, CliError> {
    let text = read(path, files)?;
    texts::scenes(path, &text)
}

/// The scenes without those that stand further up already, if that is wanted, and what is to be said about them.
fn once(scenes: Vec<Script>, keep: bool) -> Vec<Script> {
    let first = duplicates(&scenes);
    let twice = first.iter().enumerate().filter(|&(at, &first)| at != first).count();
    if twice == 0 {
        return scenes;
    }
    let (what, how) = match keep {
        true => ("are learned as often as they stand", "without --keep-duplicates each is learned once"),
        false => ("are left out", "--keep-duplicates keeps them"),
    };
    eprintln!("note: {twice} of {} scenes stand further up already and {what}; {how}", scenes.len());
    let kept = scenes.into_iter().zip(first).enumerate().filter(|&(at, (_, first))| keep || at == first);
    kept.map(|(_, (scene, _))| scene).collect()
}

/// Says how many scenes the layout has no template for: they are not learned from.
fn tell_unlaid(scenes: &[Script], templates: &Templates) {
    let unlaid: Vec<LayoutError> = scenes.iter().filter_map(|scene| scene.render(templates).err()).collect();
    if let Some(first) = unlaid.first() {
        eprintln!("note: {} of {} scenes are left out: {first}", unlaid.len(), scenes.len());
    }
}

/// Says how many of the scenes that it is measured with are learned from: they say nothing about new ones.
fn tell_leaks(learned: &[Script], measured: &[Script]) {
    let all: Vec<Script> = learned.iter().chain(measured).cloned().collect();
    let leaks = duplicates(&all)[learned.len()..].iter().filter(|&&first| first < learned.len()).count();
    if leaks > 0 {
        eprintln!(
            "note: {leaks} of {} validation scenes are also learned from, so the result is better than it should be; \
             `raconteur corpus split` keeps them apart",
            measured.len()
        );
    }
}

/// The documents of a file of plain text.
fn read_texts(path: &Path, files: &mut Vec<(PathBuf, String)>) -> Result<Vec<String>, CliError> {
    let text = read(path, files)?;
    Ok(raconteur_gpt2::score::documents(&text).into_iter().map(ToString::to_string).collect())
}
