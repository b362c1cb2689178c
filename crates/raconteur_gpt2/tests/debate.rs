//! Does the model in the box know which claim answers which? For every claim of the shipped debates that has a counter, all
//! claims of the other side are ranked after it. Counted is how often a counter comes first, against chance (the share of
//! counters among them), against the writer's order, which is what a ranker that knows nothing falls back to, and against
//! words in common with the claim.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

mod common;

use std::path::Path;

use raconteur_core::compose::Composer;
use raconteur_core::debate::{Candidate, Debate, Moment, Nowhere, Seat, load};
use raconteur_core::desk::Desk;
use raconteur_core::generate::{Progress, RequestId};
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{LineEvent, LineRequest};
use raconteur_core::template::Templates;
use raconteur_core::understand::{Choosable, Heard};
use raconteur_gpt2::generator::{GeneratorOptions, Gpt2Generator};
use raconteur_gpt2::model::Gpt2;
use raconteur_gpt2::quantize::Quantization;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

fn ember() -> Gpt2Generator {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let model = Gpt2::load(&dir, &common::options(Quantization::Q8_0), &mut |_| {}).unwrap();
    let options = GeneratorOptions { threads: 1, ..GeneratorOptions::default() };
    Gpt2Generator::new(model, Some(Gpt2Tokenizer::load(&dir).unwrap()), options).unwrap()
}

fn ranking(generator: &mut Gpt2Generator, request: LineRequest) -> Vec<usize> {
    let (mut desk, mut end) = (Desk::default(), None);
    let mut hear = |_: RequestId, event: LineEvent| {
        if let LineEvent::Finished(finished) = event {
            end = Some(finished);
        }
    };
    desk.submit(RequestId(1), request, &mut hear);
    while desk.step(generator, &mut hear) == Progress::Working {}
    end.unwrap().ranking
}

/// Hits among cases, with the Wilson interval of 95 %.
#[derive(Default)]
struct Score {
    hits: usize,
    cases: usize,
    /// One over the place of the first counter, added up.
    reciprocal: f64,
}

impl Score {
    fn add(&mut self, place: Option<usize>) {
        self.cases += 1;
        self.hits += usize::from(place == Some(0));
        self.reciprocal += place.map_or(0.0, |place| 1.0 / (place as f64 + 1.0));
    }

    fn show(&self) -> String {
        let (n, p, z) = (self.cases as f64, self.hits as f64 / self.cases as f64, 1.96_f64);
        let (middle, half) = (p + z * z / (2.0 * n), z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt());
        let scale = 1.0 + z * z / n;
        let (low, high) = (100.0 * (middle - half) / scale, 100.0 * (middle + half) / scale);
        let mrr = self.reciprocal / n;
        format!(
            "{} of {} ({:.0} %, {low:.0} to {high:.0} %), first counter at 1/{mrr:.2} of the list",
            self.hits,
            self.cases,
            100.0 * p
        )
    }
}

/// The place of the first counter in an order of candidates.
fn first(order: &[usize], candidates: &[Candidate<'_>]) -> Option<usize> {
    order.iter().position(|at| candidates[*at].answers)
}

#[test]
fn how_often_a_counter_is_ranked_first() {
    let mut generator = ember();
    let (mut model, mut written, mut words) = (Score::default(), Score::default(), Score::default());
    let (mut chance, mut chances) = (0.0_f64, 0.0_f64);
    for name in ["ninth_sluice", "pear_tree"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../assets/debates/{name}.debate.ron"));
        let read = load(&path).unwrap();
        let story = read.story.clone();
        let motion = read.into_motion().unwrap();
        let (before, all) = (model.hits, model.cases);
        for (id, _) in motion.claims.iter() {
            let mut debate = Debate::new(motion.clone(), story.as_deref(), 1).unwrap();
            while matches!(debate.moment(), Moment::Opening { .. }) {
                debate.spoken("").unwrap();
            }
            if motion.seat_of(id) == Some(Seat::Second) {
                drop(debate.silence().unwrap());
            }
            // Some can only be made when another has been, or the game has come so far.
            if debate.claim(id, "", &Nowhere).is_err() {
                continue;
            }
            let candidates = debate.candidates(&Nowhere);
            let answers = candidates.iter().filter(|candidate| candidate.answers).count();
            if answers == 0 {
                continue;
            }
            let composer = Composer::new(debate.stage().clone(), &Templates::default()).unwrap();
            let request = composer.rank_claims(&debate, &candidates, &Nowhere).unwrap();
            model.add(first(&ranking(&mut generator, request), &candidates));
            let order: Vec<usize> = (0..candidates.len()).collect();
            written.add(first(&order, &candidates));
            // Words in common, as a player's own words are understood.
            let choices: Vec<Choosable> =
                candidates.iter().map(|candidate| Choosable { label: &candidate.claim.say, say: "" }).collect();
            let said = PlayerText::new(&motion.claims.get(id).unwrap().say);
            let heard = Heard::new(&said, &choices, "en");
            let mut order = order;
            order.sort_by(|a, b| heard.scores()[*b].total_cmp(&heard.scores()[*a]).then(a.cmp(b)));
            words.add(first(&order, &candidates));
            let share = answers as f64 / candidates.len() as f64;
            chance += share;
            chances += share * (1.0 - share);
        }
        println!("{name}: {} of {}", model.hits - before, model.cases - all);
    }
    let cases = model.cases as f64;
    println!("ember:          {}", model.show());
    println!("words in common {}", words.show());
    println!("writer's order: {}", written.show());
    println!(
        "chance:         {chance:.1} of {cases} ({:.0} %), standard deviation {:.1}",
        100.0 * chance / cases,
        chances.sqrt()
    );
    assert!(model.cases >= 40, "{} cases", model.cases);
    // No bar: the first figures (3 of 26 in the court case, by chance 2.0) are no better than chance.
}
