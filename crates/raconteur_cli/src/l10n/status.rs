//! `raconteur l10n status`: how much has been translated.

use std::path::Path;

use raconteur_core::story::locale::{Coverage, Tally};

use super::{LocaleFile, readable};
use crate::error::CliError;

/// Prints a table of the languages, and what is to be done for each.
pub fn run(path: &Path, tag: Option<&str>) -> Result<(), CliError> {
    let (_, mut story) = readable(path)?;
    if let Some(tag) = tag {
        let file = LocaleFile::find(path, tag)?;
        // A translation that the root does not list yet is one all the same.
        if !story.translations.contains(tag) {
            if file.old.is_none() {
                return Err(CliError::failed(format!(
                    "there is no translation to '{tag}' yet; `raconteur l10n export` makes a table for one"
                )));
            }
            story.translations.push(tag, file.locale);
        }
    }
    let tags: Vec<String> = match tag {
        Some(tag) => vec![tag.to_owned()],
        None => story.translations.ids().map(str::to_owned).collect(),
    };
    if tags.is_empty() {
        println!("no translations; `raconteur l10n export {} --locale de -o de.csv` begins one", path.display());
        return Ok(());
    }
    println!("{:<10} {:>6} {:>11} {:>6} {:>6} {:>6}", "language", "texts", "translated", "stale", "draft", "new");
    for tag in tags {
        let Some(coverage) = story.coverage(&tag) else { continue };
        row(&tag, coverage.shown);
        if coverage.generate {
            row("  prompts", coverage.prompts);
        }
        for (who, tally) in &coverage.speakers {
            row(&format!("  {who}"), *tally);
        }
        remarks(&coverage, story.glossary_misses(&tag).len());
    }
    Ok(())
}

fn row(name: &str, tally: Tally) {
    let share = (tally.translated * 100).checked_div(tally.all).unwrap_or(100);
    let translated = format!("{} ({share} %)", tally.translated);
    println!(
        "{name:<10} {:>6} {translated:>11} {:>6} {:>6} {:>6}",
        tally.all, tally.stale, tally.drafts, tally.missing
    );
}

fn remarks(coverage: &Coverage, misses: usize) {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let lists = [
        (misses, "text", "without a term of the glossary (L06)"),
        (coverage.obsolete.len(), "translation", "of texts that are gone (L04)"),
        (coverage.gaps.len(), "part", "that a model needs missing (L03)"),
        (coverage.unlocked, "translation", "without a lock, of which nobody can say whether they are stale"),
    ];
    for (count, what, why) in lists {
        if count > 0 {
            println!("  {count} {what}{} {why}", plural(count));
        }
    }
}
