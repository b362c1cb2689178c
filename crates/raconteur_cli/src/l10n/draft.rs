//! `raconteur l10n draft`: a model translates what is missing, marked as a draft.

use std::collections::BTreeMap;
use std::path::PathBuf;

use raconteur_core::story::locale::{DraftOptions, draft};
use raconteur_gpt2::quantize::Quantization;

use super::{LocaleFile, readable};
use crate::atomic;
use crate::error::CliError;
use crate::loading::load_model;

/// Arguments of `raconteur l10n draft`.
#[derive(clap::Args)]
pub struct Draft {
    /// Root file of the story.
    story: PathBuf,
    /// Language to draft, such as `de` or `pt-BR`.
    #[arg(long)]
    locale: String,
    /// Folder of the GPT-2 that drafts: one that knows both languages.
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Number format of the weights in memory. As in a game when left out.
    #[arg(long, value_name = "none|q8_0|q4")]
    quantize: Option<Quantization>,
    /// Draft only these texts.
    #[arg(long, value_name = "KEY,KEY,..", value_delimiter = ',')]
    only: Vec<String>,
    /// Draft at most so many texts.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Candidates for each text; the first that keeps the glossary is taken.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 4)]
    candidates: usize,
    /// The same seed, story, model and translation give the same drafts.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Drafts, and says what was thrown away.
pub fn run(args: &Draft) -> Result<(), CliError> {
    let (_, mut story) = readable(&args.story)?;
    let mut file = LocaleFile::find(&args.story, &args.locale)?;
    // A translation that the root does not list yet, or that is only begun, is one all the same.
    if !story.translations.contains(&args.locale) {
        story.translations.push(&*args.locale, file.locale.clone());
    }
    let mut wanted = story.to_draft(&args.locale);
    if let Some(key) = args.only.iter().find(|key| !wanted.iter().any(|wanted| wanted.key == **key)) {
        return Err(CliError::Usage(format!("--only {key}: no such text is missing in '{}'", args.locale)));
    }
    wanted.retain(|wanted| args.only.is_empty() || args.only.contains(&wanted.key));
    wanted.truncate(args.limit.unwrap_or(usize::MAX));
    if wanted.is_empty() {
        println!("nothing is missing in '{}'", args.locale);
        return Ok(());
    }
    let mut generator = load_model(&args.model, args.quantize, &[], &story)?;
    let name = args.model.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let options = DraftOptions { candidates: args.candidates, seed: args.seed, by: name };
    let mut report = Report::default();
    for wanted in &wanted {
        match draft(wanted, generator.as_mut(), &options).map_err(CliError::failed)? {
            Ok(new) => {
                report.drafted += 1;
                // What else a translator has written there stays: notes of a text that was emptied, lists of words.
                match file.locale.texts.get_mut(&wanted.key) {
                    Some(old) => {
                        (old.say, old.lock, old.draft) = (new.say, new.lock, true);
                        old.note = if old.note.is_empty() { new.note } else { format!("{}; {}", old.note, new.note) };
                    }
                    None => file.locale.texts.push(&*wanted.key, new),
                }
            }
            Err(rejected) => {
                report.left += 1;
                for rejection in rejected {
                    *report.why.entry(rejection.name()).or_default() += 1;
                }
            }
        }
    }
    if report.drafted > 0 {
        let texts = story.texts();
        let order: Vec<&str> = texts.iter().map(|text| text.key.as_str()).collect();
        atomic::write_all(&[(&file.path, file.written(&order))]).map_err(CliError::failed)?;
    }
    print!("{report}");
    if report.drafted > 0 {
        println!("written to {}; no player sees a draft before `draft: true` is taken away", file.path.display());
    }
    Ok(())
}

/// What came of it.
#[derive(Default)]
struct Report {
    drafted: usize,
    left: usize,
    /// Candidates that were thrown away, by the rule that they broke.
    why: BTreeMap<&'static str, usize>,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} drafted, {} left, for no candidate kept the rules", self.drafted, self.left)?;
        let why: Vec<String> = self.why.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        if why.is_empty() { Ok(()) } else { writeln!(f, "thrown away where nothing was left: {}", why.join(", ")) }
    }
}
