//! What is said about a plan and a review.

use std::io::{Stdout, Write};

use raconteur_core::bake::{Counts, Kind, Plan, Review, Row, Target, targets};
use raconteur_core::story::format::Story;

use crate::error::CliError;

/// Longest part of a text that is quoted.
const QUOTE: usize = 60;

/// How far the review is, text by text, and in all.
pub fn status(story: &Story, review: &Review) -> Result<(), CliError> {
    let (found, _) = targets(story);
    let mut ids: Vec<String> = found.iter().map(|target| target.id.clone()).collect();
    // Rows whose text is gone.
    ids.extend(review.rows.keys().filter(|id| !found.iter().any(|target| target.id == **id)).cloned());
    let width = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0).max("text".len());
    let mut text = format!("{:width$}  accepted  pending  against a rule  stale\n", "text");
    let mut all = Counts::default();
    let mut bare = 0;
    for id in &ids {
        let Counts { accepted, pending, rejected, stale } = review.counts(story, id);
        text += &format!("{id:width$}  {accepted:>8}  {pending:>7}  {rejected:>14}  {stale:>5}\n");
        all.accepted += accepted;
        all.pending += pending;
        all.rejected += rejected;
        all.stale += stale;
        bare += usize::from(accepted == 0);
    }
    let Counts { accepted, pending, rejected, stale } = all;
    text += &format!("{:width$}  {accepted:>8}  {pending:>7}  {rejected:>14}  {stale:>5}\n", "all");
    text += &match bare {
        0 => "every text has an accepted variant\n".to_owned(),
        1 => "1 text has no accepted variant: without a model it shows its authored words\n".to_owned(),
        bare => format!("{bare} texts have no accepted variant: without a model they show their authored words\n"),
    };
    print(&text)
}

/// What would be baked.
pub fn plan(story: &Story, plan: &Plan) -> Result<(), CliError> {
    let mut text = String::new();
    for planned in plan.texts.iter().filter(|planned| !planned.scenes.is_empty()) {
        text += &format!("{}  \"{}\"\n", planned.target.id, quote(&planned.target.say));
        for scene in &planned.scenes {
            let route = if scene.route.is_empty() { "at the start".to_owned() } else { scene.route.join(" > ") };
            text += &format!("    {}\n", quote_end(&route));
            if !scene.values.is_empty() {
                text += &format!("        {}\n", scene.values.join(", "));
            }
        }
    }
    let baked = plan.texts.iter().filter(|planned| !planned.scenes.is_empty()).count();
    text += &format!("{baked} texts to bake, found in {} plays\n", plan.plays);
    print(&text)?;
    not_baked(story, plan);
    Ok(())
}

/// What is not baked, and why; to standard error.
pub fn not_baked(story: &Story, plan: &Plan) {
    for skipped in &plan.skipped {
        let id = if skipped.id.is_empty() { "(a text)" } else { &skipped.id };
        eprintln!("{id} is not baked: {}", skipped.why);
    }
    for planned in plan.texts.iter().filter(|planned| planned.scenes.is_empty()) {
        let id = &planned.target.id;
        if planned.sightings > 0 {
            eprintln!("{id} is not baked: no model is asked for it as it is (its prompt, or a label without `must`)");
        } else {
            let when = condition(story, &planned.target);
            eprintln!("{id} was not reached{when}; `raconteur check` says whether it can be, --routes N looks longer");
        }
    }
}

/// Rows of a spreadsheet that belong to no text.
pub fn unknown(rows: &[Row]) {
    for row in rows {
        eprintln!("'{}' is no text of the story; left out: \"{}\"", row.line, quote(&row.variant));
    }
}

fn condition(story: &Story, target: &Target) -> String {
    let when = match &target.kind {
        Kind::Line { .. } => target.line(story).and_then(|line| line.when.as_ref()),
        Kind::Storylet => target.storylet(story).and_then(|storylet| storylet.when.as_ref()),
        Kind::Label { beat } => story.beats.get(beat).and_then(|beat| beat.slot.as_ref()).and_then(|slot| {
            slot.outcomes.iter().find(|outcome| outcome.id == target.id).and_then(|outcome| outcome.when.as_ref())
        }),
    };
    when.map(|when| format!(" (when \"{}\")", when.source())).unwrap_or_default()
}

fn quote(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= QUOTE { line } else { line.chars().take(QUOTE).collect::<String>() + "…" }
}

/// Of a long route its end is what matters.
fn quote_end(route: &str) -> String {
    const LONGEST: usize = 100;
    let count = route.chars().count();
    if count <= LONGEST {
        route.to_owned()
    } else {
        format!("…{}", route.chars().skip(count - LONGEST).collect::<String>())
    }
}

fn print(text: &str) -> Result<(), CliError> {
    let mut out: Stdout = std::io::stdout();
    match out.write_all(text.as_bytes()) {
        // A reader such as `head` has seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::failed(format!("what was found cannot be printed: {error}")))
        }
        _ => Ok(()),
    }
}
