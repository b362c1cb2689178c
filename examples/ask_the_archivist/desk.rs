//! The visitor's side of the desk: lines that are typed, or a script of them.

use std::io::{BufRead, Write};

use bevy_raconteur::core::reading::Outcome;

use crate::archive::{Archive, Told};

/// A visit, when nobody types one.
pub const VISIT: &[&str] = &[
    "papers",
    "Who cast the great bell?",
    "Why is the clapper made of wood?",
    "How many lamps are never lit?",
    "Who wrote the almanac?",
    "How much does Odo owe the smith?",
    "What is the capital of the moon?",
    "take bell_book",
    "take odo_letter",
    "look How much does the bell weigh?",
    "look How much does a cart pay on the ferry?",
    "journal",
];

/// Says the entries one after another, and gives what comes of them.
///
/// # Errors
/// When the archive gives no answer.
pub fn visit(archive: &mut Archive, entries: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&format!("> {entry}\n{}\n", say(archive, entry)?));
    }
    Ok(text)
}

/// Talks with somebody who types, until they have no more to say.
///
/// # Errors
/// When the archive gives no answer, or the terminal is closed.
pub fn talk(archive: &mut Archive, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), String> {
    let closed = |error: std::io::Error| format!("the terminal is closed: {error}");
    writeln!(
        out,
        "The archive. Ask Quill anything, or: papers, take ID, look QUESTION, journal. An empty line leaves."
    )
    .map_err(closed)?;
    loop {
        write!(out, "> ").and_then(|()| out.flush()).map_err(closed)?;
        let mut line = String::new();
        if input.read_line(&mut line).map_err(closed)? == 0 || line.trim().is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", say(archive, line.trim())?).map_err(closed)?;
    }
}

fn say(archive: &mut Archive, entry: &str) -> Result<String, String> {
    let told = match entry.split_once(' ') {
        None if entry == "papers" => return Ok(papers(archive)),
        None if entry == "journal" => return Ok(journal(archive)),
        Some(("take", document)) => archive.take_along(document.trim())?,
        Some(("look", question)) => archive.look(question)?,
        _ => archive.ask(entry)?,
    };
    let lines: Vec<String> = told.iter().filter_map(|told| show(archive, told)).collect();
    Ok(lines.join("\n"))
}

/// What is shown of something that was told.
fn show(archive: &Archive, told: &Told) -> Option<String> {
    match told {
        Told::Said(text, source) => Some(format!("Quill ({source}): {text}")),
        Told::Answered(archivist, Outcome::Answered(answer)) => {
            let library = archive.library()?;
            let page = library.page(library.position(&answer.document)?)?;
            let (sentence, title) = (page.get(&answer.sentence), &library.get(&answer.document)?.title);
            let (from, to) = (answer.span.start - answer.sentence.start, answer.span.end - answer.sentence.start);
            let marked = format!("{}[{}]{}", &sentence[..from], &sentence[from..to], &sentence[to..]);
            let who = if *archivist { "  rests on" } else { "You read" };
            Some(format!("{who} {title}: {marked}"))
        }
        Told::Answered(true, Outcome::Abstained(reason)) => Some(format!("  not answered: {reason}")),
        Told::Answered(false, Outcome::Abstained(reason)) => Some(format!("Nothing: {reason}")),
        Told::Taken(title, false) => Some(format!("You take along: {title}")),
        Told::Taken(title, true) => Some(format!("You have it already: {title}")),
        Told::Problem(problem) => Some(format!("({problem})")),
    }
}

/// The papers that a visitor is shown.
fn papers(archive: &Archive) -> String {
    let Some(library) = archive.library() else { return String::new() };
    let open = library.documents().filter(|(_, document)| !document.secret);
    open.map(|(id, document)| format!("  {id}: {}", document.title)).collect::<Vec<_>>().join("\n")
}

fn journal(archive: &Archive) -> String {
    let Some(journal) = archive.journal() else { return String::new() };
    let papers = journal.entries.documents().iter().map(|one| format!("  has {}", one.document));
    let findings =
        journal.entries.kept().iter().map(|kept| format!("  {} {} ({})", kept.question, kept.quote, kept.document));
    papers.chain(findings).collect::<Vec<_>>().join("\n")
}
