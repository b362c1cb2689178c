//! G02: prompts that need more tokens than the model takes, at their fullest.
//!
//! A prompt is rendered as it would be at run time, with the longest of everything that may fill it: the facts that the
//! speaker may be shown there, the longest turns of the people in the beat, a question as long as a player may type. It
//! is counted by the model's own tokenizer.

mod fullest;

use std::collections::HashMap;

use super::Linter;
use super::place::Place;
use crate::prompt::{Bill, Prompt};
use crate::story::diagnostic::Severity;
use crate::template::{Slot, Template};
use fullest::{Ask, Fullest, asks};

use super::LintOptions;

/// A prompt that is too long.
struct Overflow<'a> {
    ask: Ask<'a>,
    prompt: Prompt,
    bill: Bill,
    /// Tokens of the answer.
    new: usize,
    /// Whether it is too long even without everything that may be left out.
    pinned: bool,
}

pub(super) fn check(linter: &mut Linter, options: &LintOptions) {
    let Some(count) = options.count.filter(|_| options.context > 0) else { return };
    let context = options.context;
    let fullest = Fullest::new(linter, count);
    // The worst of each prompt and speaker, in the order of the story.
    let mut worst: Vec<Overflow> = Vec::new();
    let mut index: HashMap<(&str, &str), usize> = HashMap::new();
    for ask in asks(linter) {
        let Some(template) = linter.template(ask.prompt) else { continue };
        let prompt = template.render(&fullest.scene(linter, &ask, &template), linter.templates.start_of_text);
        // A token is at least a byte long, so most prompts need no counting.
        let new = fullest.answer(linter, &ask);
        if prompt.full().len() + 1 + new <= context {
            continue;
        }
        let Ok((_, bill)) = prompt.fit(usize::MAX, &mut |text| count(text)) else { continue };
        if bill.total + new <= context {
            continue;
        }
        let pinned = prompt.fit(context.saturating_sub(new), &mut |text| count(text)).is_err();
        let found = Overflow { ask, prompt, bill, new, pinned };
        let key = (found.ask.prompt, found.ask.who);
        match index.get(&key) {
            Some(&at) if worst[at].rank() >= found.rank() => {}
            Some(&at) => worst[at] = found,
            None => {
                index.insert(key, worst.len());
                worst.push(found);
            }
        }
    }
    for found in &worst {
        report(linter, found, context, count);
    }
}

impl Overflow<'_> {
    fn rank(&self) -> (bool, usize) {
        (self.pinned, self.bill.total + self.new)
    }
}

fn report(linter: &mut Linter, found: &Overflow, context: usize, count: &dyn Fn(&str) -> usize) {
    let Overflow { ask, bill, new, pinned, .. } = found;
    let Some(template) = linter.template(ask.prompt) else { return };
    let mut sections: Vec<String> = Vec::new();
    for (name, tokens) in sections_of(bill) {
        sections.push(format!("{name} {tokens}"));
    }
    let what = if *pinned { "needs up to" } else { "can need" };
    let message = format!(
        "prompt '{}' {what} {} tokens for '{}' in {} ({}, reply {new}); the model takes {context}",
        ask.prompt,
        bill.total + new,
        ask.who,
        ask.name,
        sections.join(", "),
    );
    let help = if *pinned {
        let longest =
            sections_of(bill).into_iter().filter(|(name, _)| !is_droppable(name)).max_by_key(|(_, tokens)| *tokens);
        let longest = longest.map_or_else(|| "setting".to_owned(), |(name, _)| name);
        format!(
            "it is too long even without facts, examples and turns; shorten its {longest}, or the tokens of policy '{}'",
            ask.policy
        )
    } else {
        format!("parts are left out then. {}", lower(found, &template, context, count))
    };
    let severity = if *pinned { Severity::Error } else { Severity::Warn };
    let definition = linter.story.prompts.position(ask.prompt).map(|index| linter.places.entry("prompts", index).key());
    let place: Place = ask.place.field("prompt");
    let found = linter.report("G02", severity, place, message);
    found.help = Some(help);
    if let Some(definition) = definition {
        *found = found.clone().label(definition, "the prompt");
    }
}

/// Tokens by section, those of one name together, in the order of the prompt.
fn sections_of(bill: &Bill) -> Vec<(String, usize)> {
    let mut sections: Vec<(String, usize)> = Vec::new();
    for entry in bill.entries.iter().filter(|entry| entry.tokens > 0) {
        match sections.iter_mut().find(|(name, _)| *name == entry.section) {
            Some((_, tokens)) => *tokens += entry.tokens,
            None => sections.push((entry.section.clone(), entry.tokens)),
        }
    }
    sections
}

fn is_droppable(section: &str) -> bool {
    [Slot::Lore, Slot::Talks, Slot::History].iter().any(|slot| slot.name() == section)
}

/// Which numbers of the template to lower: those of which one alone is enough, else all that have any.
fn lower(found: &Overflow, template: &Template, context: usize, count: &dyn Fn(&str) -> usize) -> String {
    let over = (found.bill.total + found.new).saturating_sub(context);
    let mut enough: Vec<String> = Vec::new();
    let mut all: Vec<String> = Vec::new();
    for slot in [Slot::History, Slot::Talks, Slot::Lore] {
        let sections = found.prompt.sections.iter().filter(|section| section.name == slot.name());
        let mut pieces: Vec<usize> =
            sections.flat_map(|section| &section.pieces).map(|piece| count(&piece.text)).collect();
        let takes = template.count(slot);
        if pieces.is_empty() {
            continue;
        }
        all.push(format!("{}:{takes}", slot.name()));
        // The shortest stay last, so that whatever stands there fits.
        pieces.sort_unstable();
        let mut saved = 0;
        for (gone, tokens) in pieces.iter().enumerate() {
            saved += tokens;
            if saved >= over {
                enough.push(format!("{}:{takes} to {}", slot.name(), pieces.len() - gone - 1));
                break;
            }
        }
    }
    if enough.is_empty() { format!("Lower {}", all.join(" and ")) } else { format!("Lower {}", enough.join(", or ")) }
}
