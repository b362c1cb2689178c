//! `raconteur ids`: ids for the texts that have none, written into the writer's files without touching anything else.

mod diff;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use raconteur_core::story::ids::{Need, Proposal, apply, propose, same_but_for_ids};
use raconteur_core::story::parse::{Checked, load, parse};
use raconteur_core::story::source::Source;

use crate::atomic;
use crate::error::CliError;

/// Arguments of `raconteur ids`.
#[derive(clap::Args)]
pub struct Args {
    /// Root file of the story, such as `village.story.ron`; the parts beside it are found by themselves.
    story: PathBuf,
    /// Write the ids into the files. Without it the change is only shown.
    #[arg(long)]
    write: bool,
    /// Exit with 1 when a text has no id or a copied one, and write nothing: for continuous integration.
    #[arg(long, conflicts_with = "write")]
    check: bool,
}

/// Shows or writes what is missing.
pub fn run(args: &Args) -> Result<(), CliError> {
    let checked = load(&args.story).map_err(CliError::failed)?;
    let Some(story) = &checked.story else {
        return Err(CliError::failed(format!(
            "{}\n\nThe files cannot be read as a story, so nothing was changed. Mend the above first.",
            checked.render(std::io::stderr().is_terminal())
        )));
    };
    let proposal = propose(&checked.sources);
    let changed = changed_files(&checked, &proposal);
    // The same check that a reader of the diff would make: nothing but ids has changed.
    let after: Vec<Source> = checked
        .sources
        .iter()
        .enumerate()
        .map(|(number, source)| Source::new(&*source.name, apply(&source.text, number, &proposal.edits)))
        .collect();
    let after = parse(after);
    if !after.story.as_ref().is_some_and(|after| same_but_for_ids(story, after)) {
        return Err(CliError::failed(
            "the files would mean something else with the ids in them, so nothing was written. This is a mistake of \
             raconteur: please report it with the story",
        ));
    }
    for id in &proposal.unclear {
        eprintln!("'{id}' is used in two files, and which of the two is the copy cannot be told: rename one of them");
    }
    if proposal.edits.is_empty() {
        println!("every text has an id");
    } else if args.write {
        let files: Vec<(&Path, String)> =
            changed.iter().map(|(path, _, after)| (path.as_path(), after.clone())).collect();
        atomic::write_all(&files).map_err(CliError::failed)?;
        println!("{}", summary(&proposal, changed.len(), "written"));
    } else {
        for (path, before, after) in &changed {
            print!("{}", diff::unified(&path.display().to_string(), before, after));
        }
        println!("{}; `--write` writes them", summary(&proposal, changed.len(), "to write"));
    }
    if args.check && !proposal.edits.is_empty() || !proposal.unclear.is_empty() {
        return Err(CliError::Reported);
    }
    Ok(())
}

/// Path, text now and text then of each file that changes. A byte order mark, which is no part of a source, stays.
fn changed_files(checked: &Checked, proposal: &Proposal) -> Vec<(PathBuf, String, String)> {
    let sources = checked.sources.iter().enumerate();
    let changed = sources.filter(|(number, _)| proposal.edits.iter().any(|edit| edit.source == *number));
    changed
        .map(|(number, source)| {
            let path = PathBuf::from(&source.name);
            let marked = std::fs::read(&path).is_ok_and(|bytes| bytes.starts_with("\u{feff}".as_bytes()));
            let mark = if marked { "\u{feff}" } else { "" };
            let after = format!("{mark}{}", apply(&source.text, number, &proposal.edits));
            (path, format!("{mark}{}", source.text), after)
        })
        .collect()
}

fn summary(proposal: &Proposal, files: usize, what: &str) -> String {
    let copied = proposal.edits.iter().filter(|edit| edit.why != Need::Missing).count();
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let copies = if copied == 0 { String::new() } else { format!(" ({copied} in place of copied ones)") };
    format!("{}{copies} {what} in {}", plural(proposal.edits.len(), "id"), plural(files, "file"))
}
