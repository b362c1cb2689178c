//! L02 a stale translation, L03 what is not translated, L04 a translation of nothing, L06 a term of the glossary that is
//! missing.

use super::Linter;
use super::place::Place;
use crate::story::diagnostic::Severity;
use crate::story::format::Locale;
use crate::story::locale::{Coverage, Status, Text};
use crate::story::suggest::did_you_mean;

/// How many keys a message names.
const NAMED: usize = 3;

pub(super) fn check(linter: &mut Linter) {
    let story = linter.story;
    if story.translations.is_empty() {
        return;
    }
    let texts = story.texts();
    for (index, (tag, locale)) in story.translations.iter().enumerate() {
        let place = linter.places.translation(index);
        entries(linter, tag, locale, place, &texts);
        if let Some(coverage) = story.coverage(tag) {
            untranslated(linter, &coverage, locale, place, &texts);
        }
        for miss in story.glossary_misses(tag) {
            let wants = miss.wants.iter().map(|form| format!("\"{form}\"")).collect::<Vec<_>>().join(" or ");
            let message = format!("{tag}: '{}' has \"{}\", but its translation has no {wants}", miss.key, miss.has);
            let place = place.field("texts").field(&miss.key).field("say");
            linter.report("L06", Severity::Warn, place, message).help =
                Some("use the word of the glossary, or add this form to it behind a |".to_owned());
        }
    }
}

/// L02 and L04.
fn entries(linter: &mut Linter, tag: &str, locale: &Locale, place: Place, texts: &[Text]) {
    let table = place.field("texts");
    for (key, translated) in locale.texts.iter() {
        let place = table.field(key);
        let Some(text) = texts.iter().find(|text| text.key == key) else {
            let message = format!("{tag}: '{key}' is translated but no longer exists");
            let help = did_you_mean(key, texts.iter().map(|text| text.key.as_str()))
                .map_or_else(String::new, |guess| format!("{guess} If its id was changed, change it here too; else "));
            linter.report("L04", Severity::Warn, place.key(), message).help =
                Some(format!("{help}delete it here when you are sure that the text will not come back"));
            continue;
        };
        if Status::of(text, Some(translated)) == Status::Stale {
            let message = format!(
                "{tag}: '{key}' was translated from an older text (lock {} != {})",
                translated.lock,
                text.lock()
            );
            linter.report("L02", Severity::Warn, place.field("lock"), message).help = Some(format!(
                "the text is now \"{}\". Translate it anew, then write lock: \"{}\"",
                text.source.say.trim(),
                text.lock()
            ));
        }
    }
}

/// L03.
fn untranslated(linter: &mut Linter, coverage: &Coverage, locale: &Locale, place: Place, texts: &[Text]) {
    let missing = texts
        .iter()
        .filter(|text| text.kind.is_shown() || coverage.generate)
        .filter(|text| matches!(Status::of(text, locale.texts.get(&text.key)), Status::Missing | Status::Draft));
    let missing: Vec<&str> = missing.map(|text| text.key.as_str()).collect();
    let tag = &coverage.tag;
    let mut parts = Vec::new();
    if !missing.is_empty() {
        let drafts = coverage.shown.drafts + if coverage.generate { coverage.prompts.drafts } else { 0 };
        let drafts = match drafts {
            0 => String::new(),
            count => format!(", {count} of them only as a draft"),
        };
        let (texts, are) = if missing.len() == 1 { ("text", "is") } else { ("texts", "are") };
        parts.push(format!("{} {texts} {are} untranslated{drafts} ({})", missing.len(), named(&missing)));
    }
    if !coverage.gaps.is_empty() {
        let gaps: Vec<String> = coverage.gaps.iter().map(|gap| format!("{} of '{}'", gap.field, gap.key)).collect();
        let gaps: Vec<&str> = gaps.iter().map(String::as_str).collect();
        parts.push(format!("a model cannot write without {}", named(&gaps)));
    }
    if parts.is_empty() {
        return;
    }
    let place = place.field("texts");
    let message = format!("{tag}: {}", parts.join("; "));
    linter.report("L03", Severity::Info, place.key(), message).help =
        Some(format!("`raconteur l10n export STORY --locale {tag} -o {tag}.csv` makes a table for a translator"));
}

/// The first of some names, and how many more there are.
fn named(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let list = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more == 0 { list } else { format!("{list} and {more} more") }
}
