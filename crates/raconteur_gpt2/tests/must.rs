//! What forcing does to the lines of a shipped story that have something to say.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use raconteur_core::compose::{Composed, Composer};
use raconteur_core::generate::{
    Constraints, FinishReason, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, Repairs,
    RequestId, Task, TextGenerator,
};
use raconteur_core::judge::words::{contains, words};
use raconteur_core::judge::{Rejection, Rules};
use raconteur_core::prompt::Prompt;
use raconteur_core::request::Work;
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::story::parse;
use raconteur_core::template::Templates;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::model::{Gpt2, LoadOptions};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets")
}

fn ember() -> Gpt2Generator {
    let dir = assets().join("models/ember");
    let model = Gpt2::load(&dir, &LoadOptions::default(), &mut |_| {}).unwrap();
    let options = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
    Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap()
}

/// A line or label to be written, and what is asked of it.
struct Ask {
    id: String,
    prompt: Prompt,
    config: GenerationConfig,
    constraints: Constraints,
    rules: Rules,
}

/// The first `most` different prompts of each line and label of The Drowned Bell that has a `must`, as plays meet them.
fn asks(most: usize) -> Vec<Ask> {
    let story = parse::load(&assets().join("stories/drowned_bell.story.ron")).unwrap().into_story().unwrap();
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    let mut asks: Vec<Ask> = Vec::new();
    for seed in 0..60u64 {
        let (mut runner, _) = Runner::new(story.clone(), seed, &NoHost).unwrap();
        for turn in 0..40u64 {
            let mut add = |id: &str, composed: Composed| {
                let Composed::Request(request) = composed else { return };
                let Work::Write { prompt, config, constraints, rules, .. } = request.work else { return };
                let known = asks.iter().filter(|ask| ask.id == id);
                let is_new =
                    known.clone().count() < most && known.clone().all(|ask| ask.prompt.full() != prompt.full());
                if !rules.must.is_empty() && is_new {
                    asks.push(Ask { id: id.to_owned(), prompt, config, constraints, rules });
                }
            };
            if let Some(line) = runner.line() {
                add(&line.id, composer.line(&runner, line, &NoHost));
            }
            let pick = |count: usize| (seed.wrapping_mul(31).wrapping_add(turn * 17) % count as u64) as usize;
            let went = match runner.moment() {
                Moment::Choices(choices) => runner.choose(&choices[pick(choices.len())].id, &NoHost),
                Moment::Slot { outcomes } => {
                    let beat = runner.beat().unwrap();
                    for outcome in &beat.slot.as_ref().unwrap().outcomes {
                        let name = story.beats.iter().find(|(_, other)| std::ptr::eq(*other, beat)).unwrap().0;
                        add(&outcome.id, composer.label(&runner, name, outcome, &NoHost));
                    }
                    runner.choose(&outcomes[pick(outcomes.len())].id, &NoHost)
                }
                Moment::Ended { .. } | Moment::Stuck(_) => break,
                Moment::Detour { .. } => runner.skip_detour(&NoHost),
                _ => runner.advance(&NoHost),
            };
            went.unwrap();
        }
    }
    asks
}

/// A candidate.
#[derive(Debug, Default)]
struct Written {
    text: String,
    reason: Option<FinishReason>,
    tokens: usize,
    repairs: Repairs,
}

fn write(generator: &mut Gpt2Generator, ask: &Ask, seed: u64, must: &[Vec<String>]) -> Vec<Written> {
    let config = GenerationConfig { seed, ..ask.config.clone() };
    let constraints = Constraints { must: must.to_vec(), ..ask.constraints.clone() };
    let request = GenerationRequest {
        prompt: ask.prompt.clone(),
        task: Task::Continue { config, constraints },
        priority: Priority::OnScreen,
    };
    generator.submit(RequestId(seed), request);
    let mut all: BTreeMap<usize, Written> = BTreeMap::new();
    let mut note = |_, event| match event {
        GenerationEvent::Text { candidate, text } => all.entry(candidate).or_default().text += &text,
        GenerationEvent::CandidateDone { candidate, reason, tokens, repairs } => {
            let text = std::mem::take(&mut all.entry(candidate).or_default().text);
            all.insert(candidate, Written { text, reason: Some(reason), tokens, repairs });
        }
        GenerationEvent::Failed(error) => panic!("{error}"),
        _ => {}
    };
    while generator.step(&mut note) == Progress::Working {}
    all.into_values().collect()
}

/// Nats a byte of texts after the prompt, summed up as (nats, bytes).
fn likelihood(generator: &mut Gpt2Generator, ask: &Ask, texts: &[Written]) -> (f64, usize) {
    let continuations: Vec<String> = texts.iter().map(|written| written.text.clone()).collect();
    let bytes = continuations.iter().map(String::len).sum();
    let task = Task::Score { continuations, null: None };
    generator.submit(
        RequestId(1 << 40),
        GenerationRequest { prompt: ask.prompt.clone(), task, priority: Priority::OnScreen },
    );
    let mut sum = 0.0;
    let mut note = |_, event| {
        if let GenerationEvent::Scored { scores } = event {
            sum = scores.iter().map(|score| f64::from(score.logprob)).sum();
        }
    };
    while generator.step(&mut note) == Progress::Working {}
    (sum, bytes)
}

/// Counts over candidates.
#[derive(Debug, Default)]
struct Tally {
    candidates: usize,
    covered: usize,
    passed: usize,
    tokens: usize,
    forced: usize,
    rewound: usize,
    nats: f64,
    bytes: usize,
    rejected: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, ask: &Ask, written: &Written) {
        let said = words(&written.text);
        let covered = ask.rules.must.iter().all(|group| group.iter().any(|word| contains(&said, word)));
        self.candidates += 1;
        self.covered += usize::from(covered);
        match ask.rules.judge(&written.text, written.reason.unwrap()) {
            Ok(_) => self.passed += 1,
            Err(why) => *self.rejected.entry(name(&why)).or_default() += 1,
        }
        self.tokens += written.tokens;
        self.forced += written.repairs.forced;
        self.rewound += written.repairs.rewound;
    }

    fn print(&self, what: &str) {
        let share = |count: usize| 100.0 * count as f64 / self.candidates as f64;
        println!(
            "{what:10} n={:4} must {:5.1} %  pass {:5.1} %  tokens {:5.1}  forced {:.2}  rewound {:.2}  nats/byte {:.3}  {:?}",
            self.candidates,
            share(self.covered),
            share(self.passed),
            self.tokens as f64 / self.candidates as f64,
            self.forced as f64 / self.candidates as f64,
            self.rewound as f64 / self.candidates as f64,
            -self.nats / self.bytes as f64,
            self.rejected,
        );
    }
}

fn name(why: &Rejection) -> String {
    let debug = format!("{why:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// `cargo test -p raconteur_gpt2 --test must -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: a minute or more"]
fn coverage_and_cost_of_forcing() {
    let mut generator = ember();
    let show = std::env::var("SHOW").is_ok();
    let seeds = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(4u64);
    let mut whole = [Tally::default(), Tally::default()];
    let mut lines: BTreeMap<String, [Tally; 2]> = BTreeMap::new();
    let asks = asks(4);
    println!("{} prompts", asks.len());
    for (index, ask) in asks.iter().enumerate() {
        for seed in 0..seeds {
            for (way, must) in [&[][..], &ask.rules.must[..]].into_iter().enumerate() {
                let written = write(&mut generator, ask, seed * 1000 + index as u64, must);
                let (nats, bytes) = likelihood(&mut generator, ask, &written);
                for tally in [&mut whole[way], &mut lines.entry(ask.id.clone()).or_default()[way]] {
                    written.iter().for_each(|written| tally.add(ask, written));
                    tally.nats += nats;
                    tally.bytes += bytes;
                }
                if show && way == 1 && seed == 0 {
                    written.iter().take(4).for_each(|w| println!("  {} {} {:?}", ask.id, w.repairs.forced, w.text));
                }
            }
        }
    }
    for (id, [free, forced]) in &lines {
        free.print(&format!("{id} -"));
        forced.print(&format!("{id} +"));
    }
    whole[0].print("all -");
    whole[1].print("all +");
    assert_eq!(whole[1].covered, whole[1].candidates, "{:?}", whole[1]);
}
