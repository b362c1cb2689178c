//! From a request to tokens that fit the window: here overflow is made impossible.

use raconteur_core::generate::{Constraints, GenerateError, GenerationConfig, Task};
use raconteur_core::prompt::{Bill, Prompt};

use super::adapters::Adapters;
use super::backend::LanguageModel;
use super::guide;
use super::reading::Reading;
use super::scoring::Scoring;
use super::vocabulary::Vocabulary;
use super::writing::{Adapted, Musts, Settings, Writing};
use super::{State, Submission};
use crate::dry::DryPenalty;
use crate::sampling::check;

/// Fits a request into the window. Returns what there is to compute, and the bill of the prompt.
pub(super) fn prepare(
    submission: &Submission,
    model: &dyn LanguageModel,
    vocabulary: &Vocabulary,
    adapters: &mut Adapters,
) -> Result<(State, Bill), GenerateError> {
    let window = model.n_positions();
    match submission {
        Submission::Tokens(prompt, config, constraints) => {
            let room = window.saturating_sub(prompt.len());
            if room == 0 {
                return no(format!("the prompt has {} tokens and the window only {window}; shorten it", prompt.len()));
            }
            if let Some(id) = prompt.iter().find(|&&id| id as usize >= vocabulary.size()) {
                return no(format!(
                    "the model has no token {id}, only those below {}; the ids come from the tokenizer of another model",
                    vocabulary.size()
                ));
            }
            let prompt = not_empty(prompt.clone(), vocabulary)?;
            let total = prompt.len();
            let settings = settings(config, constraints, room.min(window - 1), vocabulary)?;
            let against = against(config, window - settings.most_tokens, vocabulary, adapters)?;
            let state = State::Writing(Box::new(Writing::new((prompt, None), against, settings)));
            Ok((state, Bill { entries: Vec::new(), total, budget: window }))
        }
        Submission::Text(request) => {
            if !vocabulary.has_tokenizer() {
                return no("this model was loaded without a tokenizer; add tokenizer.json, or give tokens");
            }
            let adapter = adapters.find(request.prompt.adapter.as_deref());
            match &request.task {
                Task::Continue { config, constraints } => {
                    let mut settings = settings(config, constraints, window - 1, vocabulary)?;
                    let mut fitted = fit(&request.prompt, window - settings.most_tokens, vocabulary);
                    if fitted.is_err() && settings.most_tokens > settings.max_new_tokens {
                        // A word can also be written inside the text: what has to be said is no reason to fail.
                        settings.most_tokens = settings.max_new_tokens;
                        fitted = fit(&request.prompt, window - settings.most_tokens, vocabulary);
                    }
                    let (prompt, bill) = fitted?;
                    let against = against(config, window - settings.most_tokens, vocabulary, adapters)?;
                    Ok((State::Writing(Box::new(Writing::new((prompt, adapter), against, settings))), bill))
                }
                Task::Score { continuations, null } => {
                    let texts: Vec<Vec<u32>> = continuations.iter().map(|text| vocabulary.encode(text)).collect();
                    let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
                    if longest >= window {
                        return no(format!(
                            "a text to score has {longest} tokens and the window only {window}; shorten it"
                        ));
                    }
                    let (prompt, bill) = fit(&request.prompt, window - longest, vocabulary)?;
                    let null = match null {
                        Some(null) => {
                            let start_of_text = request.prompt.start_of_text;
                            let null = Prompt { start_of_text, ..Prompt::text(null.as_str()) };
                            Some(fit(&null, window - longest, vocabulary)?.0)
                        }
                        None => None,
                    };
                    Ok((State::Scoring(Box::new(Scoring::new(prompt, null, texts, adapter))), bill))
                }
                Task::Read { room } => {
                    let (prompt, bill) = fit(&request.prompt, window - (*room).min(window - 1), vocabulary)?;
                    Ok((State::Reading(Box::new(Reading::new(prompt, adapter))), bill))
                }
            }
        }
    }
}

/// Settings in tokens, with `max_new_tokens` cut to `room`. What may have to be said gets room behind them, as far as there
/// is any.
fn settings(
    config: &GenerationConfig,
    constraints: &Constraints,
    room: usize,
    vocabulary: &Vocabulary,
) -> Result<Settings, GenerateError> {
    check(config)?;
    let mut encode = |text: &str| vocabulary.encode(text);
    let mut bias = Vec::with_capacity(config.logit_bias.len());
    for (text, value) in &config.logit_bias {
        match encode(text)[..] {
            [id] => bias.push((id, *value)),
            ref tokens => {
                return no(format!(
                    "logit_bias is for single tokens, and {text:?} is {} of them; give one, with its leading space",
                    tokens.len()
                ));
            }
        }
    }
    let dry = config.dry.as_ref().map(|dry| DryPenalty::new(dry, &mut encode));
    let limits = vocabulary.limits(constraints, config.min_new_tokens)?;
    let musts = Musts::new(&constraints.must, &mut encode);
    let max_new_tokens = config.max_new_tokens.min(room);
    let most_tokens = (max_new_tokens + musts.room()).min(room);
    // What has to be said may yet be written in anywhere, and a pattern is one of whole texts.
    let whole = !musts.is_empty() || constraints.pattern.is_some();
    Ok(Settings { config: config.clone(), max_new_tokens, most_tokens, bias, dry, limits, musts, whole })
}

/// The context that texts are guided against, if any, in at most `budget` tokens.
fn against(
    config: &GenerationConfig,
    budget: usize,
    vocabulary: &Vocabulary,
    adapters: &mut Adapters,
) -> Result<Option<Adapted>, GenerateError> {
    let Some(guidance) = guide::of(config) else { return Ok(None) };
    if !vocabulary.has_tokenizer() {
        return no("guidance needs a tokenizer to read its other context; add tokenizer.json, or leave guidance out");
    }
    let adapter = adapters.find(guidance.against.adapter.as_deref());
    Ok(Some((fit(&guidance.against, budget, vocabulary)?.0, adapter)))
}

/// The prompt in at most `budget` tokens, at least one.
pub(super) fn fit(prompt: &Prompt, budget: usize, vocabulary: &Vocabulary) -> Result<(Vec<u32>, Bill), GenerateError> {
    let start = if prompt.start_of_text { Some(end_of_text(vocabulary)?) } else { None };
    let (text, mut bill) = prompt.fit(budget, &mut |text| vocabulary.encode(text).len())?;
    let tokens: Vec<u32> = start.into_iter().chain(vocabulary.encode(&text)).collect();
    let tokens = not_empty(tokens, vocabulary)?;
    bill.total = tokens.len();
    Ok((tokens, bill))
}

/// Nothing can be written after nothing: an empty prompt becomes end-of-text, which stands before every training text.
fn not_empty(tokens: Vec<u32>, vocabulary: &Vocabulary) -> Result<Vec<u32>, GenerateError> {
    if tokens.is_empty() { Ok(vec![end_of_text(vocabulary)?]) } else { Ok(tokens) }
}

fn end_of_text(vocabulary: &Vocabulary) -> Result<u32, GenerateError> {
    vocabulary.end_of_text.ok_or_else(|| {
        GenerateError::Config(
            "the model's vocabulary has no end-of-text token to start from; give a prompt and leave out start_of_text"
                .into(),
        )
    })
}

fn no<T>(what: impl Into<String>) -> Result<T, GenerateError> {
    Err(GenerateError::Config(what.into()))
}
