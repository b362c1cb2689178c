//! `raconteur bake`: a model writes variants ahead of time, people review them, and the game ships without it.
//!
//! ```text
//! X.story.ron + X.baked.ron -> plan -> model -> candidates -> X.baked.ron, and X.baked.csv for a spreadsheet
//!                     ^                                            |              |
//!                     '-------------- reviewed in an editor -------+--- --import -'
//! ```
//! What is baked and how reviews are kept is `raconteur_core::bake`; here are files, a model and a progress bar.

mod report;
mod sheet;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use raconteur_core::bake::{AcceptRule, Added, BakeOptions, Baker, Plan, PlanOptions, Review, plan, targets, to_ron};
use raconteur_core::generate::{Progress, TextGenerator};
use raconteur_core::story::format::Story;
use raconteur_core::template::Templates;
use raconteur_gpt2::loader::AdapterFolder;
use raconteur_gpt2::quantize::Quantization;

use crate::atomic::write_all;
use crate::error::CliError;
use crate::loading::{adapter_folder, in_language, load_model, read_story, read_templates};

/// What has been written is saved at least this often: a long bake that is broken off has lost little.
const SAVE_EVERY: Duration = Duration::from_secs(20);

/// Arguments of `raconteur bake`.
#[derive(clap::Args)]
pub struct Args {
    /// Root file of the story, such as `village.story.ron`; variants go to `village.baked.ron` and `village.baked.csv`
    /// beside it.
    story: PathBuf,
    /// Folder of the GPT-2 that writes the variants.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Number format of the weights in memory. As in a game when left out.
    #[arg(long, value_name = "none|q8_0|q4")]
    quantize: Option<Quantization>,
    /// An adapter that the story names, and its folder; may be given several times. Those in the folder `adapters` of the
    /// model are there anyway.
    #[arg(long, value_name = "NAME=DIR", value_parser = adapter_folder)]
    adapter: Vec<AdapterFolder>,
    /// Candidates for each text.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    candidates: usize,
    /// The same seed, story, model and table give the same candidates.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Bake only these texts.
    #[arg(long, value_name = "ID,ID,..", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out texts that have variants already.
    #[arg(long)]
    missing: bool,
    /// Play at most so many times through the story to find the scenes of its texts.
    #[arg(long, value_name = "N", default_value_t = 200)]
    routes: usize,
    /// Write for at most so many different scenes of a text.
    #[arg(long, value_name = "N", default_value_t = 4)]
    scenes: usize,
    /// Bake the story in this language, one of its translations that says `generate: true`.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// Accept the best so many variants of each text, as far as they keep the rules. Needs no model.
    #[arg(long, value_name = "N", conflicts_with = "accept_above")]
    accept_top: Option<usize>,
    /// Accept variants with at least this score, as far as they keep the rules. Needs no model.
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    accept_above: Option<f32>,
    /// Take reviews back that were made in a spreadsheet.
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Throw rows of older texts away that nobody has accepted or noted anything at.
    #[arg(long)]
    prune: bool,
    /// Only say how far the review is.
    #[arg(long)]
    status: bool,
    /// Only say what would be baked, and in which scenes. Needs no model.
    #[arg(long)]
    plan: bool,
}

/// The files of a table.
struct Table {
    ron: PathBuf,
    csv: PathBuf,
}

/// Bakes, reviews or reports.
pub fn run(args: &Args) -> Result<(), CliError> {
    let table = Table::beside(&args.story)?;
    let whole = read_story(&args.story)?;
    let story = match &args.locale {
        Some(tag) => in_language(&whole, tag)?,
        None => Story::clone(&whole),
    };
    check_only(&story, &args.only)?;
    let mut review = Review::of_story(&whole);
    if args.status {
        return report::status(&whole, &review);
    }
    let rule = args.accept_top.map(AcceptRule::Top).or(args.accept_above.map(AcceptRule::Above));
    let dir = args.model.clone().or_else(|| own_model(&story, &args.story));
    if args.model.is_none() && !args.plan && args.import.is_none() && rule.is_none() && !args.prune {
        return Err(CliError::Usage(
            "bake needs --model DIR to write with; or one of --plan, --status, --import FILE, --accept-top N, \
             --accept-above SCORE and --prune, which need none"
                .to_owned(),
        ));
    }
    if let Some(path) = &args.import {
        let rows = sheet::read(path)?;
        let (changed, unknown) = review.import(&whole, &rows);
        println!("{changed} of {} rows change the table", rows.len());
        report::unknown(&unknown);
    }
    if args.plan || args.model.is_some() {
        let templates = dir.as_deref().map(read_templates).transpose()?.unwrap_or_default();
        let plan = make_plan(args, &story, &templates, &review)?;
        if args.plan {
            return report::plan(&story, &plan);
        }
        report::not_baked(&story, &plan);
        // Loaded after the plan: whoever has mistyped an id need not wait for it.
        let mut generator = load_model(dir.as_deref().unwrap_or(Path::new(".")), args.quantize, &args.adapter, &story)?;
        bake(args, &whole, &plan, generator.as_mut(), &mut review, &table)?;
    }
    if let Some(rule) = rule {
        let (found, _) = targets(&story);
        let wanted = found.iter().filter(|target| args.only.is_empty() || args.only.contains(&target.id));
        let accepted: usize = wanted.map(|target| review.accept(target, rule)).sum();
        println!("{accepted} variants accepted");
    }
    if args.prune {
        println!("{} rows of older texts thrown away", review.prune(&whole));
    }
    table.write(&whole, &review)
}

impl Table {
    fn beside(story: &Path) -> Result<Self, CliError> {
        let name = story.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(stem) = name.strip_suffix(".story.ron") else {
            return Err(CliError::Usage(format!(
                "'{}': variants are kept in X.baked.ron beside X.story.ron, so the root file has to be named so",
                story.display()
            )));
        };
        let beside = |end: &str| story.with_file_name(format!("{stem}{end}"));
        Ok(Self { ron: beside(".baked.ron"), csv: beside(".baked.csv") })
    }

    fn write(&self, story: &Story, review: &Review) -> Result<(), CliError> {
        let files = [(self.ron.as_path(), to_ron(story, review)), (self.csv.as_path(), sheet::write(story, review)?)];
        // A file that would not change keeps its time.
        let changed = files.iter().filter(|(path, text)| std::fs::read(path).ok().as_deref() != Some(text.as_bytes()));
        write_all(&changed.cloned().collect::<Vec<_>>()).map_err(CliError::failed)
    }
}

fn check_only(story: &Story, only: &[String]) -> Result<(), CliError> {
    let (found, skipped) = targets(story);
    for id in only {
        if let Some(skipped) = skipped.iter().find(|skipped| skipped.id == *id) {
            return Err(CliError::Usage(format!("--only {id}: {}", skipped.why)));
        }
        if !found.iter().any(|target| target.id == *id) {
            let ids: Vec<&str> = found.iter().map(|target| target.id.as_str()).collect();
            let ids = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            return Err(CliError::Usage(format!("--only {id}: no such text has `gen`; there are {ids}")));
        }
    }
    Ok(())
}

/// The model that a translation names for itself, beside the story.
fn own_model(story: &Story, root: &Path) -> Option<PathBuf> {
    let model = story.language()?.model.as_ref()?;
    Some(root.parent()?.join(model))
}

fn make_plan(args: &Args, story: &Story, templates: &Templates, review: &Review) -> Result<Plan, CliError> {
    let mut only = args.only.clone();
    if args.missing {
        let (found, _) = targets(story);
        let missing = found.into_iter().filter(|target| review.count(target) == 0).map(|target| target.id);
        only = missing.filter(|id| args.only.is_empty() || args.only.contains(id)).collect();
        if only.is_empty() {
            return Ok(Plan::default());
        }
    }
    let options =
        PlanOptions { routes: args.routes, scenes: args.scenes, seed: args.seed, only, ..PlanOptions::default() };
    plan(story, templates, &options).map_err(CliError::failed)
}

fn bake(
    args: &Args,
    story: &Story,
    plan: &Plan,
    generator: &mut dyn TextGenerator,
    review: &mut Review,
    table: &Table,
) -> Result<(), CliError> {
    let rows = plan.texts.iter().map(|text| review.count(&text.target)).collect();
    let options = BakeOptions { candidates: args.candidates, seed: args.seed, rows };
    let mut baker = Baker::new(plan, &options);
    let bar = ProgressBar::new(baker.total() as u64);
    if let Ok(style) =
        ProgressStyle::with_template("{msg:20!} {bar:30} {pos}/{len} candidates, {elapsed} gone, {eta} left")
    {
        bar.set_style(style);
    }
    let (mut added, mut refused, mut errors) = (Added::default(), 0, Vec::new());
    let mut saved = Instant::now();
    loop {
        let progress = baker.step(generator);
        bar.set_position(baker.written() as u64);
        errors.extend(baker.take_errors());
        while let Some(baked) = baker.take() {
            let target = &plan.texts[baked.text].target;
            bar.set_message(target.id.clone());
            refused += baked.unusable + baked.candidates.iter().filter(|found| !found.reasons.is_empty()).count();
            let Added { new, known } = review.add(target, &baked.candidates);
            (added.new, added.known) = (added.new + new, added.known + known);
            if saved.elapsed() >= SAVE_EVERY {
                table.write(story, review)?;
                saved = Instant::now();
            }
        }
        if progress == Progress::Idle {
            break;
        }
    }
    bar.finish_and_clear();
    println!(
        "{} candidates: {} new rows, {} that stood there already, {refused} against a rule",
        baker.written(),
        added.new,
        added.known
    );
    println!("review {} or {}", table.ron.display(), table.csv.display());
    for error in &errors {
        eprintln!("{error}");
    }
    // What was written is kept; that something is missing has to be seen by whoever runs this in a script.
    if errors.is_empty() {
        Ok(())
    } else {
        table.write(story, review)?;
        Err(CliError::Reported)
    }
}
