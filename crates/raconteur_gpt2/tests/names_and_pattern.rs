//! Texts that keep to known names and to a pattern at once, from a model of random weights: what it writes obeys both,
//! and where no text can, the candidate ends as a dead end.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use raconteur_core::generate::{
    Constraints, FinishReason, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress, RequestId,
    Task, TextGenerator,
};
use raconteur_core::judge::KnownNames;
use raconteur_core::pattern::Pattern;
use raconteur_core::prompt::Prompt;
use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::model::{Gpt2, LoadOptions};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

fn names() -> KnownNames {
    KnownNames::new(["Mara, Odo and Marabou met \u{c9}lan."])
}

/// Patterns of which some text keeps to the names too, whatever has been written of it.
const OPEN: [&str; 4] = [
    "(Ask|Tell) (Mara|Odo|him) about the [a-z]{3,12}\\.",
    "(She|He) saw (Odo|Mara)( and (Odo|Mara))?\\.",
    "Go, [A-Z\u{c9}a-z]+[a-z ]*\\.",
    "[a-z ]{4,20}",
];

/// Patterns of which none does: of the first names forbid the first letter, of the others it shows later.
const CLOSED: [&str; 3] = ["Ask Xo\\.", "Ask M[a-z]{8,12}\\.", "(It is|He was) (Xo|Yorick|Marab)!"];

/// What became of one candidate.
#[derive(Debug, Default, Clone, PartialEq)]
struct Candidate {
    text: String,
    reason: Option<FinishReason>,
}

struct Writer {
    generator: Gpt2Generator,
    next: u64,
}

impl Writer {
    /// A model that knows nothing: two small layers of random weights over the vocabulary of the model in the box.
    fn new(seed: u64) -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
        let tokenizer = Gpt2Tokenizer::load(&dir).unwrap();
        let config = Gpt2Config {
            vocab_size: tokenizer.vocab_size(),
            n_positions: 96,
            n_embd: 32,
            n_layer: 2,
            n_head: 2,
            eos_token_id: Some(tokenizer.end_of_text()),
            ..Gpt2Config::default()
        };
        let model = Gpt2::random(config, &LoadOptions::default(), seed).unwrap();
        let options = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
        Self { generator: Gpt2Generator::new(model, Some(tokenizer), options).unwrap(), next: 0 }
    }

    fn write(&mut self, pattern: &str, config: GenerationConfig, stop: &[&str]) -> Vec<Candidate> {
        let constraints = Constraints {
            names: Some(names()),
            pattern: Some(Pattern::parse(pattern).unwrap()),
            stop: stop.iter().map(ToString::to_string).collect(),
            ..Constraints::default()
        };
        let prompt = Prompt::text("Mara:");
        let task = Task::Continue { config, constraints };
        self.next += 1;
        self.generator.submit(RequestId(self.next), GenerationRequest { prompt, task, priority: Priority::OnScreen });
        let mut all: BTreeMap<usize, Candidate> = BTreeMap::new();
        let mut done = 0;
        let mut note = |_, event| match event {
            GenerationEvent::Text { candidate, text } => all.entry(candidate).or_default().text += &text,
            GenerationEvent::CandidateDone { candidate, reason, .. } => {
                all.entry(candidate).or_default().reason = Some(reason);
            }
            GenerationEvent::Done { .. } => done += 1,
            GenerationEvent::Failed(error) => panic!("{error}"),
            _ => {}
        };
        while self.generator.step(&mut note) == Progress::Working {}
        assert_eq!(done, 1);
        all.into_values().collect()
    }
}

/// Whether a whole text is what both ask for. One blank may stand before it.
fn obeys(text: &str, pattern: &str) -> bool {
    let bare = text.strip_prefix([' ', '\n', '\r', '\t']).unwrap_or(text);
    let pattern = Pattern::parse(pattern).unwrap();
    (pattern.matches(bare) || pattern.matches(text)) && names().first_unknown(text).is_none()
}

/// Whether a text can become one that the pattern matches.
fn may_become(text: &str, pattern: &str) -> bool {
    let pattern = Pattern::parse(pattern).unwrap();
    let reads = |text: &str| text.bytes().try_fold(pattern.start(), |state, byte| pattern.next(state, byte)).is_some();
    reads(text) || reads(text.strip_prefix([' ', '\n', '\r', '\t']).unwrap_or(text))
}

fn config(seed: u64, temperature: f32, most: usize) -> GenerationConfig {
    GenerationConfig {
        seed,
        temperature,
        top_p: 1.0,
        max_new_tokens: most,
        num_return_sequences: 3,
        ..GenerationConfig::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_text_obeys_both(seed in any::<u64>(), hot in any::<bool>(), stops in any::<bool>(), most in 1usize..48) {
        let mut writer = Writer::new(seed);
        let (temperature, stop): (f32, &[&str]) = (if hot { 4.0 } else { 0.7 }, if stops { &["\n", "Odo:"] } else { &[] });
        for pattern in OPEN {
            for Candidate { text, reason } in writer.write(pattern, config(seed, temperature, most), stop) {
                match reason.unwrap() {
                    FinishReason::Stop | FinishReason::EndOfText => prop_assert!(obeys(&text, pattern), "{pattern}: {text:?}"),
                    FinishReason::Length => prop_assert!(may_become(&text, pattern), "{pattern}: {text:?}"),
                    FinishReason::DeadEnd => prop_assert!(false, "{pattern}: a dead end behind {text:?}"),
                }
            }
        }
    }

    /// The text goes back as often as it may, and then ends as [`FinishReason::DeadEnd`], which no rule lets pass.
    #[test]
    fn where_no_text_can_obey_both_it_is_a_dead_end(seed in any::<u64>(), hot in any::<bool>()) {
        let mut writer = Writer::new(seed);
        for pattern in CLOSED {
            let candidates = writer.write(pattern, config(seed, if hot { 4.0 } else { 0.7 }, 64), &["\n"]);
            prop_assert_eq!(candidates.len(), 3);
            for Candidate { text, reason } in candidates {
                prop_assert_eq!(reason.unwrap(), FinishReason::DeadEnd, "{}: {:?}", pattern, text);
                prop_assert!(may_become(&text, pattern), "{}: {:?}", pattern, text);
                let judged = raconteur_core::judge::Rules::default().judge(&text, FinishReason::DeadEnd);
                prop_assert_eq!(judged, Err(raconteur_core::judge::Rejection::DeadEnd));
            }
        }
    }
}
