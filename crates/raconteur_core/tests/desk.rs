//! The desk: every request ends exactly once, with words, whatever the generator does.

use std::collections::HashMap;

use proptest::prelude::*;
use raconteur_core::desk::Desk;
use raconteur_core::generate::{
    Constraints, FinishReason, GenerateError, GenerationConfig, GenerationEvent, GenerationRequest, Priority, Progress,
    Repairs, RequestId, Sink, Task, TextGenerator, Usage,
};
use raconteur_core::judge::Rules;
use raconteur_core::prompt::Prompt;
use raconteur_core::request::{Finished, LineEvent, LineRequest, Ranking, Source, Why, Work};
use raconteur_core::scripted::{Script, ScriptedGenerator};

const SAY: &str = "The authored words.";

fn write(candidates: usize, ranking: Ranking, stream: bool) -> LineRequest {
    LineRequest {
        work: Work::Write {
            prompt: Prompt::default(),
            config: GenerationConfig { num_return_sequences: candidates, ..GenerationConfig::default() },
            constraints: Constraints::default(),
            rules: Rules { must_not: vec!["phone".into()], sentence_end: true, ..Rules::default() },
            ranking,
            stream,
        },
        fallback: SAY.into(),
        priority: Priority::OnScreen,
        budget_ms: 700,
    }
}

fn with_priority(priority: Priority) -> LineRequest {
    LineRequest { priority, ..write(1, Ranking::First, false) }
}

/// What came of a request: its chunks, and how it ended.
#[derive(Default, Debug)]
struct Told {
    chunks: String,
    ends: Vec<Finished>,
    started: usize,
}

#[derive(Default)]
struct Ear(HashMap<RequestId, Told>);

impl Ear {
    fn hear(&mut self, id: RequestId, event: LineEvent) {
        let told = self.0.entry(id).or_default();
        match event {
            LineEvent::Started { .. } => {
                assert!(told.ends.is_empty());
                told.started += 1;
            }
            LineEvent::Chunk { text, .. } => {
                assert!(told.ends.is_empty(), "a chunk after the end");
                told.chunks.push_str(&text);
            }
            LineEvent::Finished(finished) => told.ends.push(finished),
        }
    }

    fn end(&self, id: u64) -> &Finished {
        let told = &self.0[&RequestId(id)];
        assert_eq!(told.ends.len(), 1, "{id} ended {} times", told.ends.len());
        &told.ends[0]
    }
}

/// Runs one request until it ends, for at most 200 steps.
fn run(request: LineRequest, mut generator: ScriptedGenerator) -> Told {
    let (mut desk, mut ear) = (Desk::default(), Ear::default());
    desk.submit(RequestId(0), request, &mut |id, event| ear.hear(id, event));
    for _ in 0..200 {
        desk.step(&mut generator, &mut |id, event| ear.hear(id, event));
    }
    if !desk.is_idle() {
        desk.cancel(RequestId(0), Some(&mut generator), &mut |id, event| ear.hear(id, event));
    }
    assert!(desk.is_idle());
    assert_eq!(generator.live(), 0, "the generator still works on a request that is over");
    ear.0.remove(&RequestId(0)).expect("it ended")
}

#[test]
fn one_candidate_is_generated() {
    let told = run(write(1, Ranking::First, false), ScriptedGenerator::saying(" The river keeps it."));
    assert_eq!(told.ends[0].text, "The river keeps it.");
    assert_eq!(told.ends[0].source, Source::Generated);
    assert_eq!(told.chunks, "The river keeps it.");
}

#[test]
fn the_first_candidate_that_passes_wins_without_a_ranking() {
    let generator = ScriptedGenerator::new(|_, candidate| {
        Script::Say([" I have a phone.", " I have a rope.", " I have a boat."][candidate].into())
    });
    let told = run(write(3, Ranking::First, false), generator);
    assert_eq!(told.ends[0].text, "I have a rope.");
    assert_eq!(told.ends[0].source, Source::Ranked { of: 3 });
    assert_eq!(told.ends[0].rejected.len(), 1);
    assert_eq!(told.ends[0].tokens, 3 * 5);
}

#[test]
fn pmi_asks_for_scores_and_respects_its_floor() {
    // The double scores every text one nat a byte above the null context.
    let pmi = |floor| Ranking::Pmi { null: "Mara:".into(), floor };
    let told = run(write(2, pmi(0.5), false), ScriptedGenerator::saying(" Yes."));
    assert_eq!(told.ends[0].source, Source::Ranked { of: 2 });
    let told = run(write(2, pmi(1.5), false), ScriptedGenerator::saying(" Yes."));
    assert_eq!(told.ends[0].text, SAY);
    assert_eq!(told.ends[0].source.to_string(), "authored(below_floor)");
}

#[test]
fn among_what_is_near_the_best_the_seed_of_the_request_chooses() {
    let texts = [" The rope is old.", " The rope is new.", " The rope is wet.", " I have no rope."];
    let said = |seed| {
        let mut request = write(4, Ranking::Pmi { null: "Mara:".into(), floor: 0.2 }, false);
        let Work::Write { config, .. } = &mut request.work else { unreachable!() };
        config.seed = seed;
        let generator = ScriptedGenerator::new(move |_, candidate| Script::Say(texts[candidate].into()));
        let generator = generator.with_scores(|_, text| {
            let nats = if text.contains("no") {
                0.3
            } else if text.contains("new") {
                0.50
            } else {
                0.52
            };
            nats * (text.len() - 1) as f32
        });
        let told = run(request, generator);
        let scores: Vec<f32> = told.ends[0].scored.iter().map(|(_, score)| *score).collect();
        assert!(scores.len() == 4 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
        told.ends[0].text.clone()
    };
    let mut all: Vec<String> = (0..40).map(said).collect();
    assert_eq!(all, (0..40).map(said).collect::<Vec<_>>(), "the same seed, the same words");
    all.sort_unstable();
    all.dedup();
    assert_eq!(
        all,
        ["The rope is new.", "The rope is old.", "The rope is wet."],
        "not always the best, never the worst"
    );
}

/// A question that may be about three facts, of which the prompt shows at most two.
fn answer(floor: f32) -> LineRequest {
    use raconteur_core::prompt::{Piece, Section};
    let piece = |text: &str, keep| Piece { text: text.into(), keep };
    let section = |name: &str, pieces| Section { name: name.into(), pieces };
    let lore = [piece("Fact three. ", Some(4001)), piece("Fact two. ", Some(4002)), piece("Fact one.\n", Some(4003))];
    let sections = vec![
        section("text", vec![piece("Here.\n", None)]),
        section("lore", lore.to_vec()),
        section("text", vec![piece("You: Well?\nMara:", None)]),
    ];
    let mut then = write(1, Ranking::First, false);
    let Work::Write { prompt, .. } = &mut then.work else { unreachable!() };
    *prompt = Prompt { sections, ..Prompt::default() };
    let work = Work::Answer {
        facts: ["Fact one.", "Fact two.", "Fact three."].map(String::from).to_vec(),
        question: Prompt::text("You: Well?\nMara:"),
        null: "Mara:".into(),
        floor,
        most: 2,
        then: Box::new(then.work.clone()),
    };
    LineRequest { work, ..then }
}

#[test]
fn an_answer_is_written_from_the_facts_that_the_question_is_about() {
    use std::sync::{Arc, Mutex};
    let prompts = Arc::new(Mutex::new(Vec::new()));
    let run_with = |floor, nats: [f32; 3]| {
        let (written, scored) = (prompts.clone(), prompts.clone());
        let generator = ScriptedGenerator::new(move |request, _| {
            written.lock().unwrap().push(request.prompt.full());
            Script::Say(" It is so.".into())
        });
        let generator = generator.with_scores(move |request, text| {
            scored.lock().unwrap().push(request.prompt.full());
            nats[["one", "two", "three"].iter().position(|name| text.contains(name)).unwrap()] * (text.len() - 1) as f32
        });
        let told = run(answer(floor), generator);
        (told, std::mem::take(&mut *prompts.lock().unwrap()).pop().unwrap())
    };
    let (told, prompt) = run_with(0.2, [0.3, 0.1, 0.5]);
    assert_eq!(told.ends[0].text, "It is so.");
    assert_eq!(told.started, 1, "the prompt of the answer, not that of the question");
    assert_eq!(prompt, "Here.\nFact one. Fact three.\nYou: Well?\nMara:", "the best stands last");
    let (_, prompt) = run_with(0.2, [0.1, 0.3, 0.1]);
    assert_eq!(prompt, "Here.\nFact two.\nYou: Well?\nMara:");
    let (_, prompt) = run_with(0.2, [0.6, 0.5, 0.4]);
    assert_eq!(prompt, "Here.\nFact two. Fact one.\nYou: Well?\nMara:", "at most two");
    let (told, prompt) = run_with(0.2, [0.1, f32::NAN, -3.0]);
    assert_eq!((told.ends[0].text.as_str(), &told.ends[0].source), (SAY, &Source::Authored(Why::Unsure)));
    assert_eq!((prompt.as_str(), told.ends[0].tokens), ("You: Well?\nMara:", 0), "nothing is written");
}

#[test]
fn what_was_mended_in_the_text_that_is_shown_is_told() {
    let told = run(write(2, Ranking::First, false), ScriptedGenerator::saying(" Yes."));
    assert_eq!(told.ends[0].repairs, Repairs::default());
    let mut desk = Desk::default();
    let mut mending = Mending::default();
    let mut ends = Vec::new();
    desk.submit(RequestId(0), write(2, Ranking::First, false), &mut |_, _| ());
    desk.submit(RequestId(1), write(1, Ranking::First, true), &mut |_, _| ());
    while desk.step(&mut mending, &mut |_, event| {
        if let LineEvent::Finished(finished) = event {
            ends.push((finished.text, finished.repairs));
        }
    }) == Progress::Working
    {}
    let repairs = |forced| Repairs { forced, rewound: 1 };
    assert_eq!(ends, [("I have a rope.".to_owned(), repairs(1)), ("I have a boat.".to_owned(), repairs(0))]);
}

/// Writes all candidates in one step, the first with a banned word, and has mended each of them.
#[derive(Default)]
struct Mending(Vec<(RequestId, usize)>);

impl TextGenerator for Mending {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        let Task::Continue { config, .. } = request.task else { panic!("nothing is ranked") };
        self.0.push((id, config.num_return_sequences));
    }
    fn cancel(&mut self, _: RequestId) {}
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        for (id, candidates) in self.0.drain(..) {
            for candidate in 0..candidates {
                let text =
                    if candidates == 1 { "I have a boat." } else { ["I have a phone.", "I have a rope."][candidate] };
                sink(id, GenerationEvent::Text { candidate, text: text.into() });
                let (reason, repairs) = (FinishReason::Stop, Repairs { forced: candidate, rewound: 1 });
                sink(id, GenerationEvent::CandidateDone { candidate, reason, tokens: 4, repairs });
            }
            sink(id, GenerationEvent::Done { usage: Usage::default() });
        }
        Progress::Idle
    }
    fn has_room(&self, _: Priority) -> bool {
        true
    }
    fn describe(&self) -> String {
        "mending".into()
    }
}

#[test]
fn picking_ranks_authored_texts() {
    let from = vec!["A long authored text.".to_owned(), "Short.".to_owned(), "Middling one.".to_owned()];
    let work = Work::Pick { prompt: Prompt::default(), from: from.clone(), null: None };
    let request = LineRequest { work, fallback: from[0].clone(), priority: Priority::OnScreen, budget_ms: 1 };
    let told = run(request, ScriptedGenerator::saying("never asked"));
    // Per byte all are alike but for the leading space, whose share is largest in the shortest.
    assert_eq!(told.ends[0].ranking, vec![0, 2, 1]);
    assert_eq!(told.ends[0].text, from[0]);
    let scored: Vec<&String> = told.ends[0].scored.iter().map(|(text, _)| text).collect();
    assert_eq!(scored, [&from[0], &from[2], &from[1]]);
}

#[test]
fn a_stream_shows_sentences_as_they_come_and_never_takes_one_back() {
    let generator = ScriptedGenerator::saying(" The rope holds. The water rises. I have a phone. Good.");
    let told = run(write(1, Ranking::First, true), generator);
    assert_eq!(told.chunks.trim_end(), "The rope holds. The water rises.");
    assert_eq!(told.ends[0].text, told.chunks);
    assert_eq!(told.ends[0].source, Source::Generated);
}

#[test]
fn bad_generators_end_in_the_authored_words() {
    let bad: [(Script, &str); 5] = [
        (Script::Silence, "authored(empty)"),
        (Script::Say("\u{0}\u{1}\u{fffd}".into()), "authored"),
        (Script::Say("🦀🦀🦀".into()), "authored"),
        (Script::Fail(GenerateError::NotFinite), "authored(failed)"),
        (Script::Never, "cancelled"),
    ];
    for (script, source) in bad {
        for stream in [false, true] {
            let told = run(write(1, Ranking::First, stream), {
                let script = script.clone();
                ScriptedGenerator::new(move |_, _| script.clone())
            });
            assert_eq!(told.ends.len(), 1);
            assert_eq!(told.ends[0].text, SAY, "{script:?}");
            assert!(told.ends[0].source.to_string().starts_with(source), "{script:?}: {}", told.ends[0].source);
        }
    }
}

#[test]
fn a_full_queue_drops_the_oldest_ambient_request_and_no_urgent_one() {
    let (mut desk, mut ear) = (Desk::new(2), Ear::default());
    let lanes = [Priority::Ambient, Priority::Ambient, Priority::Addressed, Priority::OnScreen, Priority::Ambient];
    for (id, priority) in lanes.into_iter().enumerate() {
        desk.submit(RequestId(id as u64), with_priority(priority), &mut |id, event| ear.hear(id, event));
    }
    // 0 goes for 2, 1 goes for 3, and 4 finds only more urgent ones.
    for id in [0, 1, 4] {
        assert_eq!(ear.end(id).source, Source::Authored(Why::QueueFull));
        assert_eq!(ear.end(id).text, SAY);
    }
    assert_eq!(desk.queued(), 2);
}

#[test]
fn the_urgent_start_first_even_when_the_batch_is_full() {
    let (mut desk, mut ear) = (Desk::new(64), Ear::default());
    let mut generator = ScriptedGenerator::saying(" Yes, it is so.").with_room(4);
    for id in 0..32 {
        desk.submit(RequestId(id), with_priority(Priority::Ambient), &mut |id, event| ear.hear(id, event));
    }
    desk.step(&mut generator, &mut |id, event| ear.hear(id, event));
    desk.submit(RequestId(99), with_priority(Priority::Addressed), &mut |id, event| ear.hear(id, event));
    desk.step(&mut generator, &mut |id, event| ear.hear(id, event));
    assert!(ear.0.contains_key(&RequestId(99)), "it has not started within one step");
}

#[test]
fn abandoning_ends_everything_with_its_reason() {
    let (mut desk, mut ear) = (Desk::new(8), Ear::default());
    let mut generator = ScriptedGenerator::new(|_, _| Script::Never).with_room(1);
    for id in 0..3 {
        desk.submit(RequestId(id), with_priority(Priority::OnScreen), &mut |id, event| ear.hear(id, event));
    }
    desk.step(&mut generator, &mut |id, event| ear.hear(id, event));
    desk.abandon_begun(&Why::WorkerPanicked, &mut |id, event| ear.hear(id, event));
    assert_eq!(ear.end(0).source, Source::Authored(Why::WorkerPanicked));
    assert_eq!(desk.queued(), 2);
    desk.abandon(&Why::ModelFailed, &mut |id, event| ear.hear(id, event));
    assert_eq!(ear.end(2).source, Source::Authored(Why::ModelFailed));
    assert!(desk.is_idle());
}

fn scripts() -> impl Strategy<Value = Script> {
    prop_oneof![
        ".{0,40}".prop_map(Script::Say),
        Just(Script::Say(" The bell rang. It rang again.".into())),
        (0usize..5, "[a-z. ]{0,20}").prop_map(|(steps, text)| Script::SayAfter { steps, text }),
        Just(Script::Silence),
        Just(Script::Never),
        Just(Script::Babble("bell".into())),
        Just(Script::Say("x ".repeat(5000))),
        Just(Script::Say("Odo: I did it.\nMara: No.".into())),
        Just(Script::Say("<|endoftext|> {speaker} (choices: [])".into())),
        Just(Script::Fail(GenerateError::NotFinite)),
    ]
}

proptest! {
    /// Whatever the generator does and whatever is cancelled when: one end each, never empty, never a banned word.
    #[test]
    fn every_request_ends_once(
        scripts in prop::collection::vec(scripts(), 1..6),
        requests in prop::collection::vec((0usize..3, 1usize..4, any::<bool>(), any::<bool>(), any::<bool>()), 1..12),
        cancels in prop::collection::vec((0usize..60, 0u64..12), 0..8),
        room in 1usize..4,
    ) {
        let (mut desk, mut ear) = (Desk::new(6), Ear::default());
        let mut turn = 0;
        let mut generator = ScriptedGenerator::new(move |_, _| {
            turn += 1;
            scripts[turn % scripts.len()].clone()
        }).with_room(room);
        let priorities = [Priority::Ambient, Priority::OnScreen, Priority::Addressed];
        let count = requests.len() as u64;
        for (id, (priority, candidates, stream, pmi, asks)) in requests.into_iter().enumerate() {
            let ranking = if pmi { Ranking::Pmi { null: "x".into(), floor: 0.0 } } else { Ranking::First };
            let stream = stream && candidates == 1 && !pmi;
            let work = if asks { answer(if pmi { 2.0 } else { 0.5 }) } else { write(candidates, ranking, stream) };
            let request = LineRequest { priority: priorities[priority], ..work };
            desk.submit(RequestId(id as u64), request, &mut |id, event| ear.hear(id, event));
        }
        for step in 0..60 {
            for (_, id) in cancels.iter().filter(|(at, _)| *at == step) {
                desk.cancel(RequestId(*id), Some(&mut generator), &mut |id, event| ear.hear(id, event));
            }
            desk.step(&mut generator, &mut |id, event| ear.hear(id, event));
        }
        for id in 0..count {
            desk.cancel(RequestId(id), Some(&mut generator), &mut |id, event| ear.hear(id, event));
        }
        prop_assert!(desk.is_idle());
        for id in 0..count {
            let end = ear.end(id);
            prop_assert!(!end.text.trim().is_empty());
            prop_assert!(!end.text.to_lowercase().contains("phone"));
            let told = &ear.0[&RequestId(id)];
            if !told.chunks.is_empty() {
                prop_assert_eq!(&told.chunks, &end.text);
            }
        }
    }
}
