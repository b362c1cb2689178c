//! `raconteur graph`: a story as a picture, a page to walk through, or input for other programs that draw graphs.
//!
//! ```text
//! Checked, Flow --data--> Graph --dot, mermaid--> text
//!                           |----layout--> boxes and paths --svg--> picture --page--> one HTML file
//! ```

mod data;
mod dot;
mod layout;
mod mermaid;
mod page;
#[cfg(test)]
mod sample;
mod svg;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::flow::{Limits, explore};
use raconteur_core::story::parse::load;

use crate::error::CliError;
use data::Graph;

/// Arguments of `raconteur graph`.
#[derive(clap::Args)]
pub struct Args {
    /// Root file of the story, such as `village.story.ron`; the parts beside it are found by themselves.
    story: PathBuf,
    /// File to write; the end of its name tells the format. `-` is standard output.
    #[arg(short, long, default_value = "-")]
    out: PathBuf,
    /// What to write, where the name of the file does not tell it.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Graphviz.
    Dot,
    /// Mermaid, for Markdown pages.
    Mmd,
    /// A picture.
    Svg,
    /// One page to walk through the story, with search, lines and findings.
    Html,
}

impl Format {
    /// The format that the end of a file name asks for.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "dot" | "gv" => Some(Self::Dot),
            "mmd" | "mermaid" => Some(Self::Mmd),
            "svg" => Some(Self::Svg),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }
}

/// Draws a story, also one with errors, as long as its files have the right shape.
pub fn run(args: &Args) -> Result<(), CliError> {
    let Some(format) = args.format.or_else(|| Format::of(&args.out)) else {
        return Err(CliError::Usage(
            "the name of the file does not say what to write: end it in .dot, .mmd, .svg or .html, or add --format"
                .to_owned(),
        ));
    };
    let checked = load(&args.story).map_err(CliError::failed)?;
    let Some(story) = &checked.story else {
        eprintln!("{}", checked.render(false));
        return Err(CliError::failed("this is not readable as a story, so there is nothing to draw"));
    };
    let graph = Graph::new(story, &checked, &explore(story, &Limits::default()));
    let text = match format {
        Format::Dot => dot::write(&graph),
        Format::Mmd => mermaid::write(&graph),
        Format::Svg => svg::write(&graph),
        Format::Html => page::write(&graph)?,
    };
    put(&args.out, &text)?;
    let errors = checked.count(Severity::Error);
    if errors > 0 {
        let many = if errors == 1 { "error" } else { "errors" };
        eprintln!("note: the story has {errors} {many}; `raconteur check` says where");
    }
    Ok(())
}

/// Writes to a file, or to standard output for `-`.
fn put(out: &Path, text: &str) -> Result<(), CliError> {
    if out.as_os_str() == "-" {
        return match std::io::stdout().lock().write_all(text.as_bytes()) {
            // A reader such as `head` may have seen enough.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(CliError::failed(format!("the graph could not be printed: {error}")))
            }
            _ => Ok(()),
        };
    }
    std::fs::write(out, text)
        .map_err(|error| CliError::failed(format!("'{}' cannot be written: {error}", out.display())))
}
