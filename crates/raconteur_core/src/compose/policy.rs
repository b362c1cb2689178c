//! From a policy to sampling, limits, rules and ranking.

use std::num::NonZeroUsize;

use crate::generate::{Constraints, Dry, GenerationConfig, Guidance};
use crate::judge::{Near, Rules, Stemmer, Support, words};
use crate::pattern::Pattern;
use crate::persona::Persona;
use crate::prompt::Prompt;
use crate::request::{Ranking, Work};
use crate::story::format::{Anachronisms, Decode, NamePolicy, Policy, Rank, Repeat};
use crate::template::{Scene, Template};

use super::world::World;

/// Fewest characters of a line: less is a stray word, not an utterance.
const MIN_CHARS: usize = 2;

/// All that limits a text which a model writes.
pub(super) struct Limits<'a> {
    pub(super) policy: &'a Policy,
    pub(super) speaker: &'a Persona,
    pub(super) world: &'a World,
    pub(super) must: &'a [Vec<String>],
    pub(super) must_not: &'a [String],
    /// Words that would give something away.
    pub(super) secrets: Vec<String>,
    /// Names of everybody who speaks.
    pub(super) labels: Vec<String>,
    /// Names of the player, of whom the text does not tell what they do.
    pub(super) player: Vec<String>,
    /// What the speaker has shown, newest first.
    pub(super) recent: Vec<String>,
    /// Hashes of what they have ever shown.
    pub(super) said: Vec<u32>,
    pub(super) reword: &'a str,
    pub(super) sentence_end: bool,
    pub(super) min_tokens: usize,
    pub(super) more_stops: &'a [&'a str],
    /// The text that it may not stray from.
    pub(super) near: Option<Near>,
    /// As [`Rules::max_lines`].
    pub(super) max_lines: Option<usize>,
    /// What the whole text has to match.
    pub(super) pattern: Option<Pattern>,
    /// What the scene is held against.
    pub(super) guidance: Option<Guidance>,
    /// What an answer rests on.
    pub(super) support: Option<Support>,
    pub(super) seed: u64,
}

impl<'a> Limits<'a> {
    /// Those of a line under a policy, with nothing of its own.
    pub(super) fn new(policy: &'a Policy, speaker: &'a Persona, world: &'a World, seed: u64) -> Self {
        Self {
            policy,
            speaker,
            world,
            must: &[],
            must_not: &[],
            secrets: Vec::new(),
            labels: Vec::new(),
            player: Vec::new(),
            recent: Vec::new(),
            said: Vec::new(),
            reword: "",
            sentence_end: true,
            min_tokens: policy.tokens.0,
            more_stops: &[],
            near: None,
            max_lines: None,
            pattern: None,
            guidance: None,
            support: None,
            seed,
        }
    }
}

impl Limits<'_> {
    pub(super) fn work(self, prompt: Prompt, scene: &Scene) -> Work {
        let policy = self.policy;
        let tries = policy.tries.max(1);
        let ranking = match &policy.rank {
            Rank::First => Ranking::First,
            Rank::Pmi { floor, .. } => match null_context(policy, scene) {
                Some(null) => Ranking::Pmi { null, floor: *floor },
                None => Ranking::First,
            },
        };
        let mut banned: Vec<String> = Vec::new();
        for word in policy.ban.iter().chain(self.must_not) {
            if !word.trim().is_empty() && !banned.contains(word) {
                banned.push(word.clone());
            }
        }
        let secrets: Vec<String> = self.secrets.into_iter().filter(|word| !word.trim().is_empty()).collect();
        // The sampler knows words, not stems: it is told the usual forms.
        let mut never = banned.clone();
        for form in secrets.iter().flat_map(|secret| self.world.stemmer.forms(secret)) {
            if !never.contains(&form) {
                never.push(form);
            }
        }
        let mut stop: Vec<String> = Vec::new();
        let more = self.more_stops.iter().map(|stop| (*stop).to_owned());
        // A model of a script without spaces ends a label with the wide colon.
        let wide = |name: &&String| name.chars().any(words::is_unspaced);
        let labels = self.labels.iter().map(|name| format!("{name}:"));
        let labels = labels.chain(self.labels.iter().filter(wide).map(|name| format!("{name}：")));
        for end in policy.stop.iter().cloned().chain(more).chain(labels) {
            if !end.is_empty() && !stop.contains(&end) {
                stop.push(end);
            }
        }
        let mut config = GenerationConfig {
            max_new_tokens: policy.tokens.1.max(1),
            min_new_tokens: self.min_tokens.min(policy.tokens.1),
            num_return_sequences: tries,
            dry: dry(policy, &self.labels),
            guidance: self.guidance,
            seed: self.seed,
            ..GenerationConfig::default()
        };
        overlay(&mut config, policy.decode);
        overlay(&mut config, self.speaker.decode);
        let rules = Rules {
            must: self.must.to_vec(),
            must_not: banned,
            secrets,
            stemmer: self.world.stemmer,
            unspaced: self.world.unspaced,
            meta: Some(self.world.meta.clone()),
            modern: (policy.anachronisms == Anachronisms::Ban).then(|| self.world.modern.clone()),
            player: self.player,
            support: self.support,
            names: (policy.names == NamePolicy::Known).then(|| self.world.names.clone()),
            labels: self.labels,
            shots: self.speaker.talks.iter().map(|(_, said)| said.clone()).collect(),
            recent: self.recent,
            said: self.said,
            free: scene.lore.iter().chain([&scene.goal]).filter(|text| !text.is_empty()).cloned().collect(),
            say: self.reword.to_owned(),
            min_chars: MIN_CHARS,
            // With a pattern it is the pattern that says how a text ends.
            sentence_end: self.sentence_end && self.pattern.is_none(),
            near: self.near.filter(|near| near.most < 1.0),
            max_lines: self.max_lines,
            sentences: NonZeroUsize::new(policy.sentences),
            pattern: self.pattern,
        };
        let mut must = if policy.force { rules.must.clone() } else { Vec::new() };
        let quotes = rules.support.as_ref().map(|support| support.quotes(rules.stemmer)).unwrap_or_default();
        if policy.force && !quotes.is_empty() {
            must.push(quotes);
        }
        let constraints = Constraints {
            banned: never,
            stop,
            must,
            names: rules.names.clone(),
            sentences: rules.sentences,
            pattern: rules.pattern.clone(),
        };
        // What is shown sentence by sentence can be judged by the rules that need no end only.
        let quotes = rules.support.as_ref().is_some_and(|support| support.quote > 0);
        let whole = !self.must.is_empty() || rules.near.is_some() || rules.pattern.is_some() || quotes;
        let stream = policy.stream && tries == 1 && !whole && ranking == Ranking::First;
        Work::Write { prompt, config, constraints, rules, ranking, stream }
    }
}

/// The context without the scene that a policy ranks against, rendered; `None` when it does not rank so.
pub(super) fn null_context(policy: &Policy, scene: &Scene) -> Option<String> {
    let Rank::Pmi { null, .. } = &policy.rank else { return None };
    Some(Template::parse(null).ok()?.render(scene, false).full())
}

/// Takes from `forbidden` the words that stand in `texts`, in whatever form.
pub(super) fn release<'a>(forbidden: &mut Vec<String>, texts: impl Iterator<Item = &'a str>, stemmer: Stemmer) {
    let texts: Vec<Vec<String>> = texts.map(words::words).collect();
    let stems: Vec<Vec<String>> = texts.iter().map(|text| stemmer.stems(text)).collect();
    forbidden.retain(|word| !texts.iter().zip(&stems).any(|(text, stems)| stemmer.contains(text, stems, word)));
}

/// What an answer in this scene rests on: the first `shown` facts, and all else that the prompt has.
pub(super) fn support(scene: &Scene, shown: usize, quote: usize) -> Support {
    let mut heard = vec![scene.setting.clone(), scene.heard.clone(), scene.speaker.clone(), scene.listener.clone()];
    heard.extend(scene.personas.iter().map(Persona::describe));
    heard.extend(scene.history.iter().flat_map(|(who, text)| [who.clone(), text.clone()]));
    heard.retain(|text| !text.trim().is_empty());
    Support { facts: scene.lore.iter().take(shown).cloned().collect(), heard, quote }
}

/// The pattern of a policy. One that cannot be read, which the checks report, lets no text through.
pub(super) fn pattern(policy: &Policy) -> Option<Pattern> {
    /// Garbage to the rules, so that nothing passes both.
    const NOTHING: &str = "\\x00";
    let source = policy.pattern.as_ref()?;
    Pattern::parse(source).or_else(|_| Pattern::parse(NOTHING)).ok()
}

/// Repeats are not counted over what stands in every prompt: names, and what ends a line.
fn dry(policy: &Policy, names: &[String]) -> Option<Dry> {
    let Repeat::Dry { mult, base, len } = policy.repeat else { return None };
    let mut breakers = vec!["\n".to_owned()];
    for breaker in names.iter().chain(&policy.stop) {
        if !breaker.is_empty() && !breakers.contains(breaker) {
            breakers.push(breaker.clone());
        }
    }
    Some(Dry { multiplier: mult, base, allowed_length: len, breakers })
}

fn overlay(config: &mut GenerationConfig, decode: Decode) {
    let Decode { temperature, top_p, top_k, min_p, repetition_penalty } = decode;
    config.temperature = temperature.unwrap_or(config.temperature);
    config.top_p = top_p.unwrap_or(config.top_p);
    config.top_k = top_k.unwrap_or(config.top_k);
    config.min_p = min_p.unwrap_or(config.min_p);
    config.repetition_penalty = repetition_penalty.unwrap_or(config.repetition_penalty);
}
