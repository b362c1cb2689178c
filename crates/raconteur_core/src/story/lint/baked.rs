//! L07: baked variants that are never shown, because their text is gone, has changed or is not generated.

use std::collections::HashMap;

use super::Linter;
use super::place::Place;
use crate::story::diagnostic::Severity;
use crate::story::format::Variant;
use crate::story::locale::lock;
use crate::story::suggest::did_you_mean;

/// A text that may have variants.
struct Text<'a> {
    say: &'a str,
    generated: bool,
    place: Place<'a>,
}

pub(super) fn check(linter: &mut Linter) {
    let story = linter.story;
    if story.baked.is_empty() {
        return;
    }
    let texts = texts(linter);
    for (index, (id, rows)) in story.baked.iter().enumerate() {
        let place = linter.places.entry("baked", index);
        let Some(text) = texts.get(id) else {
            let help = did_you_mean(id, texts.keys().copied());
            let message = format!("'{id}' has baked variants but no longer exists");
            linter.report("L07", Severity::Warn, place.key(), message).help =
                Some(help.unwrap_or_else(|| "delete them, or give the text its id back".to_owned()));
            continue;
        };
        if !text.generated {
            let message = format!("'{id}' has baked variants, but no gen: they are never shown");
            let found = linter.report("L07", Severity::Warn, place.key(), message);
            found.help = Some("add gen: to the text, or delete the variants".to_owned());
            *found = found.clone().label(text.place.value(), "shows only its say:");
            continue;
        }
        stale(linter, id, rows, text, place);
    }
}

fn stale(linter: &mut Linter, id: &str, rows: &[Variant], text: &Text, place: Place) {
    let now = lock(text.say);
    let translations = linter.story.translations.iter().filter_map(|(_, locale)| locale.texts.get(id));
    let locks: Vec<String> = translations.map(|text| lock(&text.say)).chain([now.clone()]).collect();
    let is_old = |row: &Variant| row.accept && !locks.contains(&row.lock);
    let old: Vec<&Variant> = rows.iter().filter(|row| is_old(row)).collect();
    let Some(first) = old.first() else { return };
    let was = if first.lock.is_empty() { "none" } else { &first.lock };
    let message = format!(
        "'{id}': {} of {} accepted variants belong to an older text (lock {was} != {now}) and are not shown",
        old.len(),
        rows.iter().filter(|row| row.accept).count(),
    );
    let at = rows.iter().position(is_old).unwrap_or_default();
    let found = linter.report("L07", Severity::Warn, place.item(at), message);
    found.help = Some("bake the text again, or read the variants and set their lock to the new one".to_owned());
    *found = found.clone().label(text.place.field("say").value(), "the text as it is now");
}

fn texts<'a>(linter: &Linter<'a>) -> HashMap<&'a str, Text<'a>> {
    let mut texts = HashMap::new();
    for spoken in linter.spoken() {
        let text = Text { say: spoken.say, generated: spoken.generate.is_some(), place: spoken.place };
        texts.entry(spoken.id).or_insert(text);
    }
    for (_, outcome, place) in linter.outcomes() {
        texts.entry(outcome.id.as_str()).or_insert(Text { say: &outcome.say, generated: true, place });
    }
    for (_, choice, place) in linter.choices() {
        texts.entry(choice.id.as_str()).or_insert(Text { say: &choice.say, generated: false, place });
    }
    texts
}
