//! What happened in which step, and what follows from it.
//!
//! A generator without a tokenizer says when a text is begun and when it is done, not when a token comes. But each text
//! that is being written gets one token a step: a text of `n` tokens that was done in step `d` had its first one in
//! step `d + 1 - n`, which is also the step in which the last of its prompt was read.

use std::time::Instant;

use super::writer::Event;
use crate::error::CliError;

/// Steps and texts of one measurement.
pub struct Trace {
    steps: Vec<Step>,
    texts: Vec<Text>,
    /// Number of the first text.
    base: u64,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    begin: Instant,
    end: Instant,
}

#[derive(Debug)]
struct Text {
    prompt_tokens: usize,
    new_tokens: usize,
    submitted: Instant,
    /// Step in which its prompt began to be read.
    started: Option<usize>,
    /// Step in which it had its last token.
    done: Option<usize>,
    cached_tokens: usize,
}

/// A batch whose texts were submitted together.
#[derive(Debug, Default)]
pub struct Round {
    /// All prompts, in the time until the last one was read.
    pub prefill_tokens_per_s: f64,
    /// All texts, in the steps in which all of them were written and no prompt was read.
    pub decode_tokens_per_s: f64,
    /// Milliseconds of those steps.
    pub steps: Vec<f64>,
    /// Milliseconds from submitting to the first token, of each text.
    pub first_token: Vec<f64>,
    /// Fewest tokens of a prompt that needed no reading.
    pub cached_tokens: usize,
}

/// Tokens in a stretch of time.
#[derive(Debug)]
pub struct Flow {
    /// Tokens a second, with the time that prompts took.
    pub tokens_per_s: f64,
    /// Tokens a second in the steps that read no prompt.
    pub decode_tokens_per_s: f64,
    /// Milliseconds of those steps, sorted.
    pub steps: Vec<f64>,
}

impl Trace {
    /// An empty trace; `base` is the number of the first text, and they are submitted in the order of their numbers.
    pub fn new(base: u64) -> Self {
        Self { steps: Vec::new(), texts: Vec::new(), base }
    }

    /// The next text was submitted.
    pub fn submitted(&mut self, at: Instant, prompt_tokens: usize, new_tokens: usize) {
        let (started, done) = (None, None);
        self.texts.push(Text { prompt_tokens, new_tokens, submitted: at, started, done, cached_tokens: 0 });
    }

    /// A step was taken.
    ///
    /// # Errors
    /// It speaks of a text that is not there, or one has another length than was asked for.
    pub fn step(&mut self, begin: Instant, end: Instant, events: &[(u64, Event)]) -> Result<(), CliError> {
        let step = self.steps.len();
        self.steps.push(Step { begin, end });
        for &(id, event) in events {
            let at = id.checked_sub(self.base).and_then(|index| self.texts.get_mut(index as usize));
            match (at, event) {
                (Some(text), Event::Started) => text.started = Some(step),
                (Some(text), Event::Done { new_tokens, cached_tokens }) if new_tokens == text.new_tokens => {
                    text.done = Some(step);
                    text.cached_tokens = cached_tokens;
                }
                _ => {
                    return Err(CliError::Failed(format!("text {id} came to an end that nobody asked for: {event:?}")));
                }
            }
        }
        Ok(())
    }

    /// What a batch says whose texts are all done.
    ///
    /// # Errors
    /// A text is not done, or cannot have had a token in each step.
    pub fn round(&self) -> Result<Round, CliError> {
        let spans = self.spans()?;
        let (Some(read), Some(done)) = (spans.iter().map(|s| s.first).max(), spans.iter().map(|s| s.done).min()) else {
            return Ok(Round::default());
        };
        let begin = self.texts.iter().map(|text| text.submitted).min().unwrap_or(self.steps[0].begin);
        let prompts: usize = self.texts.iter().map(|text| text.prompt_tokens).sum();
        let prefill = (self.steps[read].end - begin).as_secs_f64();
        let first_token = self.texts.iter().zip(&spans);
        let first_token = first_token.map(|(text, span)| ms(text.submitted, self.steps[span.first].end)).collect();
        // From the end of the step before: what lies between two steps counts, as it does for a reader.
        let steps: Vec<f64> =
            (read + 1..=done).map(|step| ms(self.steps[step - 1].end, self.steps[step].end)).collect();
        let total: f64 = steps.iter().sum();
        Ok(Round {
            prefill_tokens_per_s: prompts as f64 / prefill,
            decode_tokens_per_s: if steps.is_empty() { 0.0 } else { rate(steps.len() * spans.len(), total) },
            steps,
            first_token,
            cached_tokens: self.texts.iter().map(|text| text.cached_tokens).min().unwrap_or(0),
        })
    }

    /// The tokens between two moments. Steps count whose ends lie there.
    ///
    /// # Errors
    /// As [`round`](Self::round).
    pub fn flow(&self, from: Instant, to: Instant) -> Result<Flow, CliError> {
        let (mut tokens, mut reads) = (vec![0usize; self.steps.len()], vec![false; self.steps.len()]);
        for span in self.spans()? {
            tokens[span.first..=span.done].iter_mut().for_each(|tokens| *tokens += 1);
            reads[span.started..=span.first].fill(true);
        }
        let inside = |step: &Step| step.end > from && step.end <= to;
        let within: Vec<usize> = (0..self.steps.len()).filter(|&step| inside(&self.steps[step])).collect();
        let all: usize = within.iter().map(|&step| tokens[step]).sum();
        let pure: Vec<usize> = within.into_iter().filter(|&step| !reads[step] && tokens[step] > 0).collect();
        let written: usize = pure.iter().map(|&step| tokens[step]).sum();
        let mut steps: Vec<f64> = pure.iter().map(|&step| ms(self.steps[step].begin, self.steps[step].end)).collect();
        let total: f64 = steps.iter().sum();
        steps.sort_by(f64::total_cmp);
        let decode_tokens_per_s = if steps.is_empty() { 0.0 } else { rate(written, total) };
        Ok(Flow { tokens_per_s: rate(all, ms(from, to)), decode_tokens_per_s, steps })
    }

    fn spans(&self) -> Result<Vec<Span>, CliError> {
        let spans = self.texts.iter().map(|text| {
            let (started, done) = (text.started?, text.done?);
            let first = (done + 1).checked_sub(text.new_tokens)?;
            (started <= first).then_some(Span { started, first, done })
        });
        spans.collect::<Option<_>>().ok_or_else(|| {
            CliError::Failed("the generator did not give each text one token a step: this cannot be measured".into())
        })
    }
}

/// Steps of a text.
#[derive(Debug, Clone, Copy)]
struct Span {
    started: usize,
    /// Step of the first token.
    first: usize,
    done: usize,
}

fn ms(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1e3
}

/// Tokens a second.
fn rate(tokens: usize, ms: f64) -> f64 {
    tokens as f64 / ms * 1e3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DONE: Event = Event::Done { new_tokens: 4, cached_tokens: 0 };

    /// Steps of 10 ms. Text 5 reads in steps 0 and 1, writes 4 tokens in 1..=4; text 6 reads in 2, writes in 2..=5.
    fn trace() -> (Trace, Instant) {
        let begin = Instant::now();
        let mut trace = Trace::new(5);
        trace.submitted(begin, 16, 4);
        trace.submitted(begin, 8, 4);
        let events: [&[(u64, Event)]; 6] =
            [&[(5, Event::Started)], &[], &[(6, Event::Started)], &[], &[(5, DONE)], &[(6, DONE)]];
        for (step, events) in events.into_iter().enumerate() {
            let at = begin + Duration::from_millis(10 * step as u64);
            trace.step(at, at + Duration::from_millis(10), events).unwrap();
        }
        (trace, begin)
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6 * b.abs().max(1.0), "{a} is not {b}");
    }

    #[test]
    fn a_round_counts_the_steps_in_which_all_write() {
        let round = trace().0.round().unwrap();
        near(round.prefill_tokens_per_s, 24.0 / 0.030);
        // Steps 3 and 4: two tokens each in 10 ms.
        assert_eq!(round.steps.len(), 2);
        near(round.decode_tokens_per_s, 200.0);
        near(round.first_token[0], 20.0);
        near(round.first_token[1], 30.0);
    }

    #[test]
    fn a_flow_counts_tokens_of_a_stretch() {
        let (trace, begin) = trace();
        let flow = trace.flow(begin, begin + Duration::from_millis(60)).unwrap();
        near(flow.tokens_per_s, 8.0 / 0.060);
        // Steps 3, 4 and 5: two, two and one token.
        near(flow.decode_tokens_per_s, 5.0 / 0.030);
        assert_eq!(flow.steps.len(), 3);
        let late = trace.flow(begin + Duration::from_millis(45), begin + Duration::from_millis(55)).unwrap();
        near(late.tokens_per_s, 2.0 / 0.010);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let now = Instant::now();
        let mut trace = Trace::new(0);
        trace.submitted(now, 8, 4);
        assert!(trace.step(now, now, &[(1, Event::Started)]).is_err());
        assert!(trace.step(now, now, &[(0, Event::Done { new_tokens: 3, cached_tokens: 0 })]).is_err());
        assert!(trace.round().is_err(), "it is not done");
        // Four tokens in the two steps since it began.
        trace.step(now, now, &[(0, Event::Started)]).unwrap();
        trace.step(now, now, &[(0, DONE)]).unwrap();
        assert!(trace.round().is_err());
    }
}
