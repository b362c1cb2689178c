//! `raconteur corpus export`: a story's own lines as scenes.

use std::path::PathBuf;

use raconteur_core::scenes::{ExportOptions, Exported, LAYOUT, export};
use raconteur_core::template::Templates;

use crate::atomic::write_all;
use crate::error::CliError;
use crate::loading::{in_language, read_story, read_templates};

/// Arguments of `raconteur corpus export`.
#[derive(clap::Args)]
pub struct Args {
    /// Root files of stories, such as `village.story.ron`.
    #[arg(required = true, value_name = "STORY")]
    stories: Vec<PathBuf>,
    /// File of scenes to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Folder with the prompts of the model that is to be trained; those of the model in the box when left out.
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// Export this translation, such as `de-DE`.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// Most plays in which the scenes of lines are looked for.
    #[arg(long, value_name = "N", default_value_t = 200)]
    plays: u64,
    /// What the plays start from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Also list the texts that did not become a scene, and where scenes and prompts part.
    #[arg(long)]
    verbose: bool,
}

/// Exports, and says what was left out.
pub fn run(args: &Args) -> Result<(), CliError> {
    let templates = match &args.prompts {
        Some(dir) => read_templates(dir)?,
        None => Templates::from_ron(LAYOUT).map_err(CliError::failed)?,
    };
    let options = ExportOptions { plays: args.plays, seed: args.seed, ..ExportOptions::default() };
    let mut text = String::new();
    let mut report = String::new();
    for path in &args.stories {
        let story = read_story(path)?;
        let local = args.locale.as_deref().map(|tag| in_language(&story, tag)).transpose()?;
        let found = export(local.as_ref().unwrap_or(&story), &templates, &options).map_err(CliError::failed)?;
        found.scenes.iter().for_each(|scene| text.push_str(&(scene.to_json() + "\n")));
        report.push_str(&format!("{}: {}\n", path.display(), told(&found, args.verbose)));
    }
    if text.is_empty() {
        print!("{report}");
        return Err(CliError::Failed("no scene came of it, and nothing was written".into()));
    }
    write_all(&[(&args.out, text)]).map_err(CliError::failed)?;
    print!("{report}");
    Ok(())
}

fn told(found: &Exported, verbose: bool) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for scene in &found.scenes {
        let kind = scene.body.kind();
        match kinds.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let mut out = format!("{} scenes ({})", found.scenes.len(), kinds.join(", "));
    let compared = found.in_layout + found.differing.len();
    out.push_str(&format!("\n  {} of {compared} scenes of a prompt begin with it, byte for byte", found.in_layout));
    let mut whys: Vec<&str> = found.differing.iter().map(|other| other.why).collect();
    whys.sort_unstable();
    whys.dedup();
    for why in whys {
        let of = found.differing.iter().filter(|other| other.why == why);
        out.push_str(&format!("\n  {:>4}  {why}", of.clone().count()));
        for other in of.filter(|_| verbose) {
            out.push_str(&format!(
                "\n        {}, line {}: the prompt has {:?}, the scene {:?}",
                other.id, other.line, other.prompt, other.scene
            ));
        }
    }
    let skipped: usize = found.skipped.values().map(Vec::len).sum();
    out.push_str(&format!("\n  {skipped} texts have no scene of their own"));
    for (why, ids) in &found.skipped {
        out.push_str(&format!("\n  {:>4}  {why}", ids.len()));
        if verbose {
            out.push_str(&format!(": {}", ids.join(", ")));
        }
    }
    out
}
