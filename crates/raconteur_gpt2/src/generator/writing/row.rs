//! A candidate that is being written.

use std::cell::RefCell;

use raconteur_core::generate::{FinishReason, GenerateError, Repairs, RequestId};

use super::Settings;
use super::force::{AFTER, Forcing};
use super::rewind::Rewinds;
use crate::constrain::Written;
use crate::generator::backend::{Part, Work};
use crate::generator::cache::Cache;
use crate::generator::guide;
use crate::generator::vocabulary::Vocabulary;
use crate::model::Logits;
use crate::parallel::for_each_piece;
use crate::sampling::{Sampler, Scratch};

/// A text and where its next token comes from.
///
/// A row is its tokens. Its caches follow: when they come back from a step, they are cut to what still stands, and the
/// next step reads what they lack. That is one token as long as the text grows by sampling, and more behind a word that
/// was forced.
#[derive(Debug)]
pub(super) struct Row {
    candidate: usize,
    /// Of prompt and text. Away while a step computes.
    cache: Option<Cache>,
    /// Of the context that it is guided against, and the text.
    against: Option<Against>,
    /// Prompt and text.
    history: Vec<u32>,
    /// Tokens of the prompt.
    prompt: usize,
    /// So many tokens of the history are what they were when the caches went away.
    same: usize,
    sampler: Sampler,
    written: Written,
    /// Length at which the text ends.
    limit: usize,
    /// Tokens that were sampled or forced, also those that were taken back.
    cost: usize,
    rewinds: Rewinds,
    forcing: Forcing,
    /// What became of the token that has just been sampled.
    outcome: Option<Outcome>,
}

/// The second cache of a guided text.
#[derive(Debug)]
struct Against {
    /// Tokens of the context.
    context: usize,
    /// Away while a step computes.
    cache: Option<Cache>,
}

/// Why the text of a row ends with what was sampled, if it does.
type Outcome = Result<Option<FinishReason>, GenerateError>;

/// What a sampled token did.
enum Step {
    /// The text has it as its last one.
    Grown,
    /// The text has fewer tokens than before.
    RolledBack,
    /// The text is complete.
    Ends(FinishReason),
}

#[derive(Default)]
struct Buffers {
    sampling: Scratch,
    guided: Vec<f32>,
    text: String,
    masked: Vec<u32>,
}

thread_local! {
    /// Kept from token to token.
    static BUFFERS: RefCell<Buffers> = RefCell::default();
}

/// A token that is to be sampled: a row that reads logits.
pub(in super::super) struct Draw<'a> {
    row: &'a mut Row,
    settings: &'a Settings,
    /// After the prompt alone, guided.
    start: &'a [f32],
    prompt: &'a [f32],
    against: Option<&'a [f32]>,
}

impl<'a> Draw<'a> {
    /// `start` are the logits after the prompt, `prompt` those after prompt and text, `against` those after the other
    /// context and the text, all `[vocab_size]`.
    pub(super) fn new(
        row: &'a mut Row,
        settings: &'a Settings,
        start: &'a [f32],
        prompt: &'a [f32],
        against: Option<&'a [f32]>,
    ) -> Self {
        Self { row, settings, start, prompt, against }
    }

    fn run(&mut self, vocabulary: &Vocabulary, buffers: &mut Buffers) {
        let Self { row, settings, start, prompt, against } = self;
        let mut guided = std::mem::take(&mut buffers.guided);
        let logits = match (against, guide::of(&settings.config)) {
            (Some(against), Some(guidance)) => {
                guide::combine(prompt, against, guidance.scale, &mut guided);
                &guided[..]
            }
            _ => prompt,
        };
        row.outcome = Some(row.next(logits, start, settings, vocabulary, buffers));
        buffers.guided = guided;
    }
}

/// Samples the next tokens of some rows, on all threads of the team. What becomes of them is told later, by
/// [`Writing::absorb`](super::Writing::absorb), in their order.
pub(in super::super) fn draw(draws: &mut [Draw<'_>], vocabulary: &Vocabulary) {
    for_each_piece(draws, 1, 1, |_, draws| {
        for draw in draws {
            BUFFERS.with_borrow_mut(|buffers| draw.run(vocabulary, buffers));
        }
    });
}

impl Row {
    /// A text without tokens. `cache` has read the prompt, that of `against` a context of so many tokens.
    pub fn new(
        candidate: usize,
        prompt: &[u32],
        cache: Option<Cache>,
        against: Option<(usize, Option<Cache>)>,
        sampler: Sampler,
        settings: &Settings,
    ) -> Self {
        Self {
            candidate,
            cache,
            against: against.map(|(context, cache)| Against { context, cache }),
            history: prompt.to_vec(),
            prompt: prompt.len(),
            same: usize::MAX,
            sampler,
            written: Written::default(),
            limit: settings.max_new_tokens,
            cost: 0,
            rewinds: Rewinds::default(),
            forcing: Forcing::default(),
            outcome: None,
        }
    }

    pub fn candidate(&self) -> usize {
        self.candidate
    }

    /// Whether it has a second cache.
    pub fn is_guided(&self) -> bool {
        self.against.is_some()
    }

    /// Number of tokens that it cost so far.
    pub fn cost(&self) -> usize {
        self.cost
    }

    pub fn repairs(&self) -> Repairs {
        Repairs { forced: self.forcing.count(), rewound: self.rewinds.count() }
    }

    /// Number of tokens of the text.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.written.ids.len()
    }

    /// See [`Writing::states`](super::Writing::states).
    #[cfg(test)]
    pub fn states(&self, against: &[u32]) -> Vec<(Vec<u32>, Cache)> {
        let own = self.cache.as_ref().map(|cache| (self.history.clone(), cache.fork()));
        let other = self.against.as_ref().and_then(|against| against.cache.as_ref());
        let other = other.map(|cache| ([against, &self.written.ids].concat(), cache.fork()));
        own.into_iter().chain(other).collect()
    }

    /// Prompt and text, the text, and the cache of both.
    pub fn finish(self) -> (Vec<u32>, Vec<u32>, Option<Cache>) {
        (self.history, self.written.ids, self.cache)
    }

    /// Adds what its caches lack to a step.
    pub fn work(&mut self, request: RequestId, work: &mut Vec<Work>) {
        let mut read = |part, cache: Option<Cache>, before: usize| {
            let Some(cache) = cache else { return };
            // The same token in both, counted from the beginning of the text.
            let ids = self.history[(cache.len() + self.prompt - before).min(self.history.len())..].to_vec();
            work.push(Work { request, part, ids, cache, logits: Logits::Last });
        };
        read(Part::Text(self.candidate), self.cache.take(), self.prompt);
        if let Some(against) = &mut self.against {
            read(Part::Against(self.candidate), against.cache.take(), against.context);
        }
        self.same = usize::MAX;
    }

    /// Takes its cache back after a step.
    pub fn give_back(&mut self, cache: Cache) {
        self.cache = Some(cache);
    }

    /// The same with its second cache.
    pub fn give_back_against(&mut self, cache: Cache) {
        if let Some(against) = &mut self.against {
            against.cache = Some(cache);
        }
        self.trim();
    }

    /// What became of the token that was sampled, once.
    pub fn settle(&mut self) -> Option<Outcome> {
        self.trim();
        self.outcome.take()
    }

    /// Cuts the caches that are here to what still stands, less the last token, whose logits are wanted.
    fn trim(&mut self) {
        let keep = self.same.min(self.history.len() - 1);
        if let Some(cache) = &mut self.cache {
            cache.truncate(keep);
        }
        if let Some(Against { context, cache: Some(cache) }) = &mut self.against {
            cache.truncate((keep + *context).saturating_sub(self.prompt));
        }
    }

    /// New text that may be told; the rest of it when it is complete.
    pub fn give(&mut self, settings: &Settings, reason: Option<FinishReason>) -> String {
        match reason {
            // Only the end tells that what was held back as the start of something is none.
            Some(_) => self.written.stream.finish(),
            None if settings.whole => String::new(),
            None => self.written.take(),
        }
    }

    /// Samples until the text has one more token, is complete, or has to be read again. Says why it ends, if it does.
    fn next(
        &mut self,
        logits: &[f32],
        start: &[f32],
        settings: &Settings,
        vocabulary: &Vocabulary,
        buffers: &mut Buffers,
    ) -> Outcome {
        let mut logits = logits;
        loop {
            match self.sample(logits, settings, vocabulary, buffers)? {
                Step::Grown => return Ok(None),
                Step::RolledBack => {}
                Step::Ends(mut reason) => {
                    while self.force(reason, settings, vocabulary) {
                        if self.written.stream.stopped() {
                            reason = FinishReason::Stop;
                        } else if self.written.ids.len() >= self.limit {
                            reason = FinishReason::Length;
                        } else {
                            return Ok(None);
                        }
                    }
                    return Ok(Some(reason));
                }
            }
            if !self.written.ids.is_empty() {
                return Ok(None);
            }
            // Nothing of the text is left, and the logits after the prompt are there.
            logits = start;
        }
    }

    /// Samples a token and takes it in.
    fn sample(
        &mut self,
        logits: &[f32],
        settings: &Settings,
        vocabulary: &Vocabulary,
        buffers: &mut Buffers,
    ) -> Result<Step, GenerateError> {
        let Settings { limits, musts, .. } = settings;
        let at = self.written.ids.len();
        let Buffers { sampling, text, masked, .. } = buffers;
        self.written.mask(limits, &|id| vocabulary.bytes(id), masked);
        let within = self.written.within(limits);
        let floor = self.floor();
        let Self { history, sampler, written, rewinds, forcing, .. } = self;
        let may_rewind = rewinds.may();
        // Where a phrase begins that a token would complete, if the text can go back there.
        let phrase = |written: &mut Written, id: u32| {
            let start = written.refusal(limits, vocabulary.bytes(id)).map(|refused| refused.phrase_start_token);
            start.filter(|&start| may_rewind && start < at && start >= floor)
        };
        masked.retain(|&id| phrase(written, id).is_none());
        masked.extend(rewinds.closed(at));
        masked.extend_from_slice(&vocabulary.nameless);
        let is_end = |id| vocabulary.end_of_text == Some(id);
        forcing.note(musts, written, logits, &mut |written, id| {
            !masked.contains(&id) && written.allows(limits, vocabulary.bytes(id))
        });
        let accept = &mut |id| {
            let bytes = vocabulary.bytes(id);
            is_end(id)
                || forcing.allows(written, bytes, text)
                    && (written.allows(limits, bytes) || phrase(written, id).is_some())
        };
        let Some(id) = sampler.sample_within(within.as_deref(), logits, history, masked, accept, sampling)? else {
            return Ok(self.dead_end(settings, vocabulary));
        };
        if is_end(id) {
            return Ok(Step::Ends(FinishReason::EndOfText));
        }
        self.cost += 1;
        if let Some(start) = phrase(&mut self.written, id) {
            self.rewind(start, settings, vocabulary);
            return Ok(Step::RolledBack);
        }
        self.history.push(id);
        let bytes = vocabulary.bytes(id);
        self.forcing.goes_on(&self.written, bytes, text);
        let stop = self.written.push(limits, id, bytes);
        Ok(if stop {
            Step::Ends(FinishReason::Stop)
        } else if self.written.ids.len() >= self.limit {
            Step::Ends(FinishReason::Length)
        } else {
            Step::Grown
        })
    }

    /// Fewest tokens that a cut keeps: what was told and what was forced stays.
    fn floor(&self) -> usize {
        self.written.given().max(self.forcing.stays())
    }

    /// No token may come: the text is complete by its pattern, or the last one goes, if it can.
    fn dead_end(&mut self, settings: &Settings, vocabulary: &Vocabulary) -> Step {
        if self.written.is_complete(&settings.limits) {
            return Step::Ends(FinishReason::Stop);
        }
        let len = self.written.ids.len();
        if len > self.floor() && self.rewinds.may() {
            self.rewind(len - 1, settings, vocabulary);
            return Step::RolledBack;
        }
        Step::Ends(FinishReason::DeadEnd)
    }

    /// Goes back to the first `len` tokens of the text, which then goes on differently.
    fn rewind(&mut self, len: usize, settings: &Settings, vocabulary: &Vocabulary) {
        let Some(&token) = self.written.ids.get(len) else { return };
        self.rewinds.back(len, token);
        self.cut(len, settings, vocabulary);
    }

    /// Cuts the text to its first `len` tokens.
    fn cut(&mut self, len: usize, settings: &Settings, vocabulary: &Vocabulary) {
        self.written.rewind(&settings.limits, len, &|id| vocabulary.bytes(id));
        self.history.truncate(self.prompt + len);
        self.same = self.same.min(self.history.len());
        self.rewinds.cut(len);
        self.forcing.cut(len);
    }

    /// Writes a missing word into a text that would end without it, at the best place where it can stand. Whether it did.
    fn force(&mut self, reason: FinishReason, settings: &Settings, vocabulary: &Vocabulary) -> bool {
        let Settings { limits, musts, most_tokens, .. } = settings;
        for plan in self.forcing.plans(musts, self.written.stream.text(), reason) {
            let end = plan.at + plan.tokens.len();
            if end > *most_tokens {
                continue;
            }
            let mut written = self.written.clone();
            written.rewind(limits, plan.at, &|id| vocabulary.bytes(id));
            let takes = |&id: &u32| {
                let bytes = vocabulary.bytes(id);
                let open = !written.stream.stopped() && written.allows(limits, bytes);
                written.push(limits, id, bytes);
                open
            };
            // A text may end with the word: by its pattern.
            if plan.tokens.iter().all(takes) && plan.is_said(musts, written.stream.text()) {
                self.cut(plan.at, settings, vocabulary);
                self.history.extend_from_slice(plan.tokens);
                self.cost += plan.tokens.len();
                self.limit = self.limit.max(end + AFTER).min(*most_tokens);
                self.forcing.done(plan, &written);
                self.written = written;
                return true;
            }
        }
        false
    }
}
