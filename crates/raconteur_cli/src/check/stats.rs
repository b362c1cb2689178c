//! How much there is of a story: by character, and by language.

use raconteur_core::story::format::{Gen, Story};
use serde::Serialize;

/// Statistics of one story.
#[derive(Serialize)]
pub(super) struct Stats {
    characters: Vec<Character>,
    /// What the player may choose: choices and outcomes.
    choices: Texts,
    locales: Vec<Locale>,
}

/// A number of texts and their words.
#[derive(Default, Serialize)]
struct Texts {
    texts: usize,
    words: usize,
}

/// Somebody who speaks.
#[derive(Serialize)]
struct Character {
    id: String,
    name: String,
    /// Lines and storylets.
    lines: usize,
    /// Words of their authored texts.
    words: usize,
    /// Lines that a model may improve on, by mode.
    generated: Modes,
    /// Examples of their talk.
    talks: usize,
}

#[derive(Default, Serialize)]
struct Modes {
    pick: usize,
    vary: usize,
    answer: usize,
    rumor: usize,
    free: usize,
}

/// A translation, by the texts that a player reads.
#[derive(Serialize)]
struct Locale {
    tag: String,
    texts: usize,
    translated: usize,
    stale: usize,
    missing: usize,
    drafts: usize,
    /// Whether a model writes in this language.
    generate: bool,
}

/// Whether a story has prompts at all.
pub(super) fn generates(story: &Story) -> bool {
    let lines = story.beats.iter().flat_map(|(_, beat)| &beat.lines).map(|line| line.generate.is_some());
    let more = story.beats.iter().map(|(_, beat)| beat.slot.is_some() || beat.detour.is_some());
    lines.chain(more).chain(story.storylets.iter().map(|storylet| storylet.generate.is_some())).any(|yes| yes)
}

impl Stats {
    /// Counts a story; of its translations only that of `locale`, when one is named.
    pub(super) fn of(story: &Story, locale: Option<&str>) -> Self {
        let mut characters: Vec<Character> = story
            .cast
            .iter()
            .map(|(id, character)| Character {
                id: id.to_owned(),
                name: character.name.clone(),
                lines: 0,
                words: 0,
                generated: Modes::default(),
                talks: character.talks.len(),
            })
            .collect();
        let lines = story.beats.iter().flat_map(|(_, beat)| &beat.lines);
        let lines = lines.map(|line| (&line.who, &line.say, line.generate.as_ref()));
        let storylets = story.storylets.iter().map(|one| (&one.who, &one.say, one.generate.as_ref()));
        for (who, say, generate) in lines.chain(storylets) {
            // Whoever is no character is S06's.
            let Some(character) = characters.iter_mut().find(|character| character.id == *who) else { continue };
            character.lines += 1;
            character.words += words(say);
            if let Some(generate) = generate {
                character.generated.count(generate);
            }
        }
        let mut choices = Texts::default();
        for (_, beat) in story.beats.iter() {
            let said = beat.choices.iter().chain(&beat.otherwise).map(|choice| &choice.say);
            for say in said.chain(beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| &outcome.say)) {
                choices.texts += 1;
                choices.words += words(say);
            }
        }
        let tags = story.translations.ids().filter(|tag| locale.is_none_or(|only| tag.eq_ignore_ascii_case(only)));
        let locales = tags.filter_map(|tag| {
            let coverage = story.coverage(tag)?;
            Some(Locale {
                tag: tag.to_owned(),
                texts: coverage.shown.all,
                translated: coverage.shown.translated,
                stale: coverage.shown.stale,
                missing: coverage.shown.missing,
                drafts: coverage.shown.drafts,
                generate: coverage.generate,
            })
        });
        Self { characters, choices, locales: locales.collect() }
    }
}

impl Modes {
    fn count(&mut self, generate: &Gen) {
        *match generate {
            Gen::Pick { .. } => &mut self.pick,
            Gen::Vary(_) => &mut self.vary,
            Gen::Answer { .. } => &mut self.answer,
            Gen::Rumor { .. } => &mut self.rumor,
            Gen::Free(_) => &mut self.free,
        } += 1;
    }
}

/// Words as a translator or a voice actor counts them: what stands between spaces and has a letter or a digit.
fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// The statistics as tables, with a final newline.
pub(super) fn table(stats: &Stats) -> String {
    let mut rows = vec![row(["character", "lines", "words", "pick", "vary", "answer", "rumor", "free", "talks"])];
    for one in &stats.characters {
        let Modes { pick, vary, answer, rumor, free } = one.generated;
        let counts = [one.lines, one.words, pick, vary, answer, rumor, free, one.talks];
        rows.push(std::iter::once(one.id.clone()).chain(counts.map(|count| count.to_string())).collect());
    }
    let chosen = ["(choices)".to_owned(), stats.choices.texts.to_string(), stats.choices.words.to_string()];
    rows.push(chosen.into_iter().chain(std::iter::repeat_n(String::new(), 6)).collect());
    let mut text = aligned(&rows);
    if !stats.locales.is_empty() {
        let mut rows = vec![row(["language", "texts", "translated", "stale", "missing", "drafts"])];
        for one in &stats.locales {
            let counts = [one.texts, one.translated, one.stale, one.missing, one.drafts];
            rows.push(std::iter::once(one.tag.clone()).chain(counts.map(|count| count.to_string())).collect());
        }
        text.push('\n');
        text.push_str(&aligned(&rows));
    }
    text
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Rows with their columns under each other: the first to the left, numbers to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_letters() {
        assert_eq!(words("You - came, for  the bell. 40 times!"), 7);
        assert_eq!(words(" … "), 0);
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [row(["who", "lines"]), row(["ş", "7"])];
        assert_eq!(aligned(&rows), "who  lines\nş        7\n");
    }
}
