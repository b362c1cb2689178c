//! Answers from facts with the model in the box: what is known is told, what is hidden stays hidden, nonsense is not
//! answered; and what scoring costs.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::Path;
use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer};
use raconteur_core::desk::Desk;
use raconteur_core::generate::{
    GenerationEvent, GenerationRequest, Priority, Progress, RequestId, Sink, Task, TextGenerator, Usage,
};
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why};
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::story::format::Story;
use raconteur_core::template::Templates;
use raconteur_core::understand::{Choosable, Heard, Understood};
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::model::Gpt2;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

/// The model in the box; what it was asked, and what each request cost.
struct Ember {
    inner: Gpt2Generator,
    desk: Desk,
    /// Lines that were asked for.
    lines: u64,
    /// Requests to the model: whether it was to score, and the prompt.
    asked: Vec<(RequestId, bool, String)>,
    costs: Vec<(RequestId, Usage)>,
}

impl Ember {
    fn load() -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
        let model = Gpt2::load(&dir, &common::options(Quantization::Q8_0), &mut |_| {}).unwrap();
        let options = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
        let inner = Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap();
        Self { inner, desk: Desk::default(), lines: 0, asked: Vec::new(), costs: Vec::new() }
    }

    fn finish(&mut self, request: LineRequest) -> Finished {
        let (mut desk, mut end) = (std::mem::take(&mut self.desk), None);
        self.asked.clear();
        self.costs.clear();
        self.lines += 1;
        let mut hear = |_: RequestId, event: LineEvent| {
            if let LineEvent::Finished(finished) = event {
                assert!(end.replace(finished).is_none(), "it ended twice");
            }
        };
        desk.submit(RequestId(self.lines), request, &mut hear);
        while desk.step(self, &mut hear) == Progress::Working {}
        assert!(desk.is_idle());
        self.desk = desk;
        end.unwrap()
    }
}

impl TextGenerator for Ember {
    fn submit(&mut self, id: RequestId, request: GenerationRequest) {
        self.asked.push((id, matches!(request.task, Task::Score { .. }), request.prompt.full()));
        self.inner.submit(id, request);
    }
    fn cancel(&mut self, id: RequestId) {
        self.inner.cancel(id);
    }
    fn step(&mut self, sink: &mut Sink<'_>) -> Progress {
        let costs = &mut self.costs;
        self.inner.step(&mut |id, event| {
            if let GenerationEvent::Done { usage } = &event {
                costs.push((id, *usage));
            }
            sink(id, event);
        })
    }
    fn has_room(&self, priority: Priority) -> bool {
        self.inner.has_room(priority)
    }
    fn describe(&self) -> String {
        self.inner.describe()
    }
}

fn story(name: &str) -> Arc<Story> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories").join(name);
    raconteur_core::story::parse::load(&path).unwrap().into_story().unwrap()
}

/// What Mara answers once she has told what she heard, so that the debt that she hides is true.
fn ask_mara(ember: &mut Ember, question: &str) -> Finished {
    let story = story("drowned_bell.story.ron");
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    let (mut runner, _) = Runner::new(story.clone(), 5, &NoHost).unwrap();
    let mut choices = ["ford_a", "ford_b"].iter();
    while runner.state().beat != "ask_mara" {
        match runner.moment() {
            Moment::Choices(_) => drop(runner.choose(choices.next().unwrap(), &NoHost).unwrap()),
            _ => drop(runner.advance(&NoHost).unwrap()),
        }
    }
    let line = runner.line().unwrap().clone();
    runner.spoken(&line.say);
    let composed = composer.answer(&runner, &line, &PlayerText::new(question), &NoHost);
    let Composed::Request(request) = composed else { panic!("{composed:?}") };
    ember.finish(request)
}

const UNSURE: &str = "Ask me something the river has not already answered.";

#[test]
fn what_is_asked_for_is_told_and_the_prompt_has_nothing_else() {
    let mut ember = Ember::load();
    let bell = "The bell of Saint Wenna vanished on the night of the flood.";
    let flood = "The river rose four feet and took the lower bridge.";
    for (question, fact, other) in [
        ("what happened to the bell?", bell, flood),
        ("did the river rise?", flood, bell),
        ("Any news of bridges?", flood, bell),
    ] {
        let finished = ask_mara(&mut ember, question);
        println!("{question} {} ({})", finished.text, finished.source);
        assert_ne!(finished.text, UNSURE, "{question}: {:?}", finished.source);
        let [(_, false, prompt), ..] = &ember.asked[..] else { panic!("a key calls the fact: {:?}", ember.asked) };
        assert!(prompt.contains(fact) && !prompt.contains(other), "{prompt}");
    }
}

#[test]
fn what_is_hidden_and_what_makes_no_sense_is_not_answered() {
    let mut ember = Ember::load();
    let questions = [
        "who owed the smith?",
        "How much silver does Odo owe?",
        "Blurp garble wug?",
        "asdf qwer",
        "Do you like cheese?",
        "What is the capital of France?",
        "Tell me a joke.",
    ];
    for question in questions {
        let finished = ask_mara(&mut ember, question);
        assert_eq!((finished.text.as_str(), &finished.source), (UNSURE, &Source::Authored(Why::Unsure)), "{question}");
        let [(_, true, prompt)] = &ember.asked[..] else { panic!("only scored: {:?}", ember.asked) };
        assert!(prompt.starts_with("You: "), "{prompt}");
        assert_eq!(finished.tokens, 0);
    }
}

#[test]
fn scores_read_no_prompt_again() {
    let mut ember = Ember::load();
    let story = story("drowned_bell.story.ron");
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    let (runner, _) = Runner::new(story.clone(), 5, &NoHost).unwrap();
    let mut ranked = 0;
    for id in ["ford_2", "heard_1", "tower_1"] {
        let line = story.beats.iter().flat_map(|(_, beat)| &beat.lines).find(|line| line.id == id).unwrap();
        let Composed::Request(request) = composer.line(&runner, line, &NoHost) else { panic!("{id}") };
        let finished = ember.finish(request);
        let Some((score, _, _)) = ember.asked.iter().find(|(_, scores, _)| *scores) else { continue };
        let (_, usage) = ember.costs.iter().find(|(id, _)| id == score).unwrap();
        // Pages are 16 tokens, and the last token of a prompt is read in any case.
        assert!(usage.prompt_tokens > 32, "{usage:?}");
        assert!(usage.prompt_tokens - usage.cached_tokens <= 17, "{id}: {usage:?}");
        assert!(finished.scored.iter().all(|(_, score)| score.is_finite()));
        ranked += 1;
    }
    assert!(ranked > 0, "no candidate passed the rules");
}

#[test]
fn a_model_understands_more_free_words_and_takes_none_that_mean_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../raconteur_core/tests/fixtures/free_words.ron");
    let mut ember = Ember::load();
    let (mut alone, mut with_ember) = (Tally::default(), Tally::default());
    for Said { story: name, beat, words } in &free_words(&path) {
        let story = story(&format!("{name}.story.ron"));
        let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
        let beat = story.beats.get(beat).unwrap();
        let choices = beat.choices.iter().chain(&beat.otherwise).map(|choice| (&choice.id, &choice.say));
        let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| (&outcome.id, &outcome.say));
        let open: Vec<(&String, &String)> = choices.chain(outcomes).collect();
        let choices: Vec<Choosable<'_>> = open.iter().map(|(_, say)| Choosable { label: say, say: "" }).collect();
        for (said, meant) in words {
            let said = PlayerText::new(said);
            let heard = Heard::new(&said, &choices, "en");
            let meant = open.iter().position(|(id, _)| *id == meant);
            let understood = heard.understood();
            alone.count(meant, &understood);
            // As games do it: what is clear is not asked about.
            let understood = match understood {
                Understood::Sure(_) => understood,
                _ => heard.with_finished(&ember.finish(composer.hear(&said, &choices).unwrap())),
            };
            with_ember.count(meant, &understood);
        }
    }
    println!("words alone {alone:?}, with ember {with_ember:?}");
    assert!(with_ember.right >= alone.right && with_ember.wrong == 0, "{alone:?} {with_ember:?}");
    assert_eq!(with_ember.accepted, 0);
}

#[derive(Default, Debug)]
struct Tally {
    /// Meant a choice, and it was taken; another one was taken; it was among those that were asked back.
    right: usize,
    wrong: usize,
    asked: usize,
    /// Meant no choice, and one was taken; some were asked back; none was.
    accepted: usize,
    asked_needlessly: usize,
    refused: usize,
    /// Meant a choice that was not thought of.
    missed: usize,
}

impl Tally {
    fn count(&mut self, meant: Option<usize>, understood: &Understood) {
        *match (meant, understood) {
            (Some(meant), Understood::Sure(at)) if *at == meant => &mut self.right,
            (Some(_), Understood::Sure(_)) => &mut self.wrong,
            (Some(meant), Understood::DidYouMean(asked)) if asked.contains(&meant) => &mut self.asked,
            (Some(_), _) => &mut self.missed,
            (None, Understood::Sure(_)) => &mut self.accepted,
            (None, Understood::DidYouMean(_)) => &mut self.asked_needlessly,
            (None, Understood::No) => &mut self.refused,
        } += 1;
    }
}

/// One beat of `free_words.ron`.
struct Said {
    story: String,
    beat: String,
    words: Vec<(String, String)>,
}

/// Reads the file by its lines.
fn free_words(path: &Path) -> Vec<Said> {
    let mut set: Vec<Said> = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines().map(str::trim) {
        let quoted: Vec<String> = line.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        match &quoted[..] {
            [story, beat] if line.starts_with("(story:") => {
                set.push(Said { story: story.clone(), beat: beat.clone(), words: Vec::new() });
            }
            [said, meant] if line.starts_with("(\"") => {
                set.last_mut().unwrap().words.push((said.clone(), meant.clone()));
            }
            _ => {}
        }
    }
    assert_eq!(set.iter().map(|said| said.words.len()).sum::<usize>(), 103);
    set
}
