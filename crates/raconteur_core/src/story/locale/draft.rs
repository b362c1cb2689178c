//! Drafts of translations, written by a model for a translator to begin from.
//!
//! ```text
//! Story::to_draft("de") --Wanted: text, examples, terms--> prompt --model--> candidates --rules--> Translation { draft: true }
//! ```
//! A draft has to keep the glossary, may not be the original over again and, where the language has a script of its own,
//! has to be in it. It is marked, and no player sees it before a person has taken the mark away.

use super::{Status, Term, TextKind, chain};
use crate::compose::seed_of;
use crate::generate::{
    Constraints, FinishReason, GenerateError, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress,
    RequestId, Task, TextGenerator,
};
use crate::judge::words::is_unspaced_language;
use crate::judge::{Rejection, Rules, Stemmer};
use crate::prompt::Prompt;
use crate::story::format::{Story, Translation};

/// Translated texts that a prompt shows as examples.
const EXAMPLES: usize = 4;
/// Tokens of a draft for each byte of the text, and besides.
const TOKENS: (usize, usize) = (1, 24);

/// A text that is to be drafted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its key in translations.
    pub key: String,
    /// The text in the language of the story.
    pub say: String,
    /// Hash of it.
    pub lock: String,
    /// What it is.
    pub kind: TextKind,
    /// The terms of the glossary that it calls for.
    pub terms: Vec<Term>,
    /// Texts that are translated already, with their translations: those of the same kind and speaker first.
    pub examples: Vec<(String, String)>,
    /// What the languages are called in the prompt: that of the story, the other one.
    languages: (String, String),
    /// Tag of the other language.
    tag: String,
}

/// How drafts are written.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftOptions {
    /// Candidates for a text; the first that keeps the rules is taken.
    pub candidates: usize,
    /// The same seed, story, model and translations give the same drafts.
    pub seed: u64,
    /// Stands in the note of each draft: what wrote it.
    pub by: String,
}

impl Default for DraftOptions {
    fn default() -> Self {
        Self { candidates: 4, seed: 1, by: "a model".to_owned() }
    }
}

impl Story {
    /// The texts that a player reads and that a language lacks, in the order of the story. Nothing where there is no
    /// translation of exactly this tag: begin one with an empty file.
    #[must_use]
    pub fn to_draft(&self, tag: &str) -> Vec<Wanted> {
        let Some(locale) = self.translations.get(tag) else { return Vec::new() };
        let texts = self.texts();
        let terms = self.terms(tag);
        let name = if locale.name.trim().is_empty() { tag.to_owned() } else { locale.name.clone() };
        let translated: Vec<(&super::Text, &Translation)> = texts
            .iter()
            .filter_map(|text| {
                let (_, found) = chain(self, tag).into_iter().find_map(|(tag, locale)| {
                    let found = locale.texts.get(&text.key)?;
                    matches!(Status::of(text, Some(found)), Status::Translated).then_some((tag, found))
                })?;
                (!found.say.trim().is_empty() && !text.source.say.trim().is_empty()).then_some((text, found))
            })
            .collect();
        let mut wanted = Vec::new();
        for text in texts.iter().filter(|text| text.kind.is_shown() && !text.source.say.trim().is_empty()) {
            if Status::of(text, locale.texts.get(&text.key)) != Status::Missing {
                continue;
            }
            let mut near: Vec<&(&super::Text, &Translation)> = translated.iter().collect();
            // Stable: of equals the first of the story.
            near.sort_by_key(|(other, _)| (other.kind != text.kind, other.who != text.who));
            let example =
                |(other, found): &&(&super::Text, &Translation)| (one_line(&other.source.say), one_line(&found.say));
            wanted.push(Wanted {
                key: text.key.clone(),
                say: text.source.say.clone(),
                lock: text.lock(),
                kind: text.kind,
                terms: terms.iter().filter(|term| term.called_by(&text.source.say).is_some()).cloned().collect(),
                examples: near.iter().take(EXAMPLES).map(example).collect(),
                languages: (self.locale.clone(), name.clone()),
                tag: tag.to_owned(),
            });
        }
        wanted
    }
}

impl Wanted {
    /// What a model writes on from: examples, the terms, the text.
    #[must_use]
    pub fn prompt(&self) -> String {
        let (from, to) = &self.languages;
        let mut prompt = String::new();
        for (source, target) in &self.examples {
            prompt.push_str(&format!("{from}: {source}\n{to}: {target}\n\n"));
        }
        let terms: Vec<String> =
            self.terms.iter().map(|term| format!("{} = {}", term.source[0], term.target[0])).collect();
        if !terms.is_empty() {
            prompt.push_str(&format!("({})\n", terms.join("; ")));
        }
        prompt.push_str(&format!("{from}: {}\n{to}:", one_line(&self.say)));
        prompt
    }

    /// What a draft has to keep to.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            must: self.must(),
            stemmer: Stemmer::of_locale(&self.tag),
            unspaced: is_unspaced_language(&self.tag),
            say: self.say.clone(),
            min_chars: 1,
            ..Rules::default()
        }
    }

    fn must(&self) -> Vec<Vec<String>> {
        self.terms.iter().map(|term| term.target.clone()).collect()
    }

    fn request(&self, options: &DraftOptions) -> GenerationRequest {
        let (each, more) = TOKENS;
        let config = GenerationConfig {
            max_new_tokens: self.say.len() * each + more,
            num_return_sequences: options.candidates.max(1),
            temperature: 0.5,
            seed: seed_of(options.seed, &self.key, 0),
            ..GenerationConfig::default()
        };
        let constraints = Constraints { stop: vec!["\n".to_owned()], must: self.must(), ..Constraints::default() };
        let task = Task::Continue { config, constraints };
        GenerationRequest { prompt: Prompt::text(self.prompt()), task, priority: Priority::Ambient }
    }
}

/// Lets a model draft a text. The answer is the draft, marked and locked, or why each candidate was thrown away.
///
/// # Errors
/// When the model fails.
pub fn draft(
    wanted: &Wanted,
    generator: &mut dyn TextGenerator,
    options: &DraftOptions,
) -> Result<Result<Translation, Vec<Rejection>>, GenerateError> {
    let id = RequestId(0);
    let mut texts = vec![String::new(); options.candidates.max(1)];
    let mut reasons = vec![FinishReason::Length; texts.len()];
    let mut failed = None;
    generator.submit(id, wanted.request(options));
    while generator.step(&mut |_, event| match event {
        GenerationEvent::Text { candidate, text } => {
            if let Some(so_far) = texts.get_mut(candidate) {
                so_far.push_str(&text);
            }
        }
        GenerationEvent::CandidateDone { candidate, reason, .. } => {
            if let Some(last) = reasons.get_mut(candidate) {
                *last = reason;
            }
        }
        GenerationEvent::Failed(error) => failed = Some(error),
        _ => {}
    }) == Progress::Working
    {
        if failed.is_some() {
            generator.cancel(id);
            break;
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let rules = wanted.rules();
    let mut rejected = Vec::new();
    for (text, reason) in texts.iter().zip(reasons) {
        match rules.judge(text, reason) {
            Ok(say) => {
                let note = format!("drafted by {}", options.by);
                return Ok(Ok(Translation {
                    say,
                    lock: wanted.lock.clone(),
                    draft: true,
                    note,
                    ..Translation::default()
                }));
            }
            Err(rejection) => rejected.push(rejection),
        }
    }
    Ok(Err(rejected))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{Script, ScriptedGenerator};
    use crate::story::parse::parse;
    use crate::story::source::Source;

    const ROOT: &str = r#"Story(
        format: 1, id: "x", title: "Bell", start: "a", locales: ["zh"], cast: { "ann": (name: "Ann") },
        beats: { "a": (setting: "A ferry.", lines: [
            (id: "a_1", who: "ann", say: "Good morning."), (id: "a_2", who: "ann", say: "The bell of Harrow is gone."),
        ], end: true) },
    )"#;
    const CHINESE: &str = r#"(name: "中文", glossary: { "Harrow": "河罗", "bell": "钟" }, texts: {
        "a_1": (say: "早。"), "title": (say: "钟", draft: true),
    })"#;

    fn wanted() -> Vec<Wanted> {
        let checked = parse(vec![Source::new("x.story.ron", ROOT), Source::new("x.zh.l10n.ron", CHINESE)]);
        checked.into_story().unwrap_or_else(|error| panic!("{error}")).to_draft("zh")
    }

    fn bell() -> Wanted {
        wanted().into_iter().find(|wanted| wanted.key == "a_2").unwrap_or_else(|| panic!("a_2 is missing"))
    }

    /// Drafts with candidates that say these texts.
    fn drafted(says: &[&'static str]) -> Result<Translation, Vec<Rejection>> {
        let says = says.to_vec();
        let options = DraftOptions { candidates: says.len(), by: "a double".to_owned(), ..DraftOptions::default() };
        let mut generator = ScriptedGenerator::new(move |_: &GenerationRequest, at| Script::Say(says[at].to_owned()));
        draft(&bell(), &mut generator, &options).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn what_is_missing_and_shown_is_wanted() {
        let keys: Vec<String> = wanted().into_iter().map(|wanted| wanted.key).collect();
        assert_eq!(keys, ["name:ann", "a_2"], "neither the setting, nor what is translated or drafted");
        let bell = bell();
        assert_eq!(bell.terms.len(), 2);
        assert_eq!(
            bell.prompt(),
            "en: Good morning.\n中文: 早。\n\n(Harrow = 河罗; bell = 钟)\nen: The bell of Harrow is gone.\n中文:"
        );
    }

    #[test]
    fn the_first_that_keeps_the_rules_is_marked_as_a_draft() {
        let found = drafted(&["The bell is gone.", "那口钟没了。", "河罗的钟没了。", "河罗的钟不见了。"]);
        let draft = found.unwrap_or_else(|rejected| panic!("{rejected:?}"));
        assert_eq!(
            (draft.say.as_str(), draft.draft, draft.note.as_str()),
            ("河罗的钟没了。", true, "drafted by a double")
        );
        assert_eq!(draft.lock, bell().lock);
    }

    #[test]
    fn what_loses_a_term_or_the_language_is_no_draft() {
        let names = |says: &[&'static str]| -> Vec<&'static str> {
            drafted(says).map_or_else(|rejected| rejected.iter().map(Rejection::name).collect(), |_| Vec::new())
        };
        assert_eq!(names(&["那口钟没了。", "", "The 钟 of 河罗 is gone."]), ["must", "empty", "other_script"]);
    }

    #[test]
    fn a_model_that_fails_says_so() {
        let mut generator = ScriptedGenerator::new(|_: &GenerationRequest, _| Script::Fail(GenerateError::NotFinite));
        assert_eq!(draft(&bell(), &mut generator, &DraftOptions::default()), Err(GenerateError::NotFinite));
    }
}
