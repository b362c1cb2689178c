//! A thousand debates with the worst generator there is: no claim is made twice, nobody contradicts themselves, what must not
//! be said is not said, and every request ends once.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

#[path = "support/debates.rs"]
mod debates;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer};
use raconteur_core::debate::{Candidate, Debate, DebateState, Moment, Motion, Nowhere, Seat, load};
use raconteur_core::desk::{Desk, authored};
use raconteur_core::generate::{Progress, RequestId, TextGenerator};
use raconteur_core::judge::words;
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why, Work};
use raconteur_core::scripted::Adversary;
use raconteur_core::story::format::Story;
use raconteur_core::template::Templates;

use debates::{Dice, faults, mood, opinions, random};

const DEBATES: u64 = 1_000;
/// Steps after which somebody has waited long enough.
const PATIENCE: usize = 200;

/// A desk with an adversary at it, and what became of the requests.
struct Writer {
    desk: Desk,
    adversary: Adversary,
    next: u64,
    submitted: usize,
    finished: usize,
    surplus: usize,
    panics: usize,
    sources: BTreeMap<String, usize>,
}

impl Writer {
    fn new(adversary: Adversary) -> Self {
        let (submitted, finished, surplus, panics) = (0, 0, 0, 0);
        let sources = BTreeMap::new();
        Self { desk: Desk::default(), adversary, next: 0, submitted, finished, surplus, panics, sources }
    }

    fn finish(&mut self, request: LineRequest) -> Finished {
        let id = RequestId(self.next);
        self.next += 1;
        self.submitted += 1;
        let fallback = request.fallback.clone();
        let mut end: Option<Finished> = None;
        let mut surplus = 0;
        let mut hear = |other: RequestId, event: LineEvent| {
            if let LineEvent::Finished(finished) = event
                && (other != id || end.replace(finished).is_some())
            {
                surplus += 1;
            }
        };
        self.desk.submit(id, request, &mut hear);
        for _ in 0..PATIENCE {
            match catch_unwind(AssertUnwindSafe(|| self.desk.step(&mut self.adversary, &mut hear))) {
                Ok(Progress::Working) => {}
                Ok(Progress::Idle) => break,
                Err(_) => {
                    self.panics += 1;
                    self.desk.abandon_begun(&Why::WorkerPanicked, &mut hear);
                    self.adversary = self.adversary.another(self.next);
                }
            }
        }
        self.desk.expire(id, Some(&mut self.adversary as &mut dyn TextGenerator), &mut hear);
        self.finished += usize::from(end.is_some());
        self.surplus += surplus;
        let end = end.unwrap_or_else(|| authored(fallback, Why::Late));
        *self.sources.entry(end.source.to_string()).or_default() += 1;
        end
    }
}

/// One that is chosen, by whoever chooses here.
fn choose<'a>(
    debate: &Debate,
    composer: &Composer,
    writer: &mut Writer,
    dice: &mut Dice,
    open: &[Candidate<'a>],
) -> Option<Candidate<'a>> {
    // A player takes what they like; an NPC takes what the model ranks first.
    if dice.chance(20) {
        return open.get(dice.below(open.len())).copied();
    }
    let preferred = Debate::preferred(open);
    let Some(request) = composer.rank_claims(debate, &preferred, &Nowhere) else { return preferred.first().copied() };
    let ranked = writer.finish(request).ranking;
    ranked.first().and_then(|place| preferred.get(*place)).copied().or_else(|| debate.by_seed(&preferred))
}

/// What is wrong with words of a model.
fn said_wrong(request: &LineRequest, text: &str, hidden: &[String]) -> Option<String> {
    let Work::Write { rules, .. } = &request.work else { return None };
    let spoken = words::words(text);
    let has = |word: &String| words::contains(&spoken, word);
    let missing = rules.must.iter().find(|group| !group.is_empty() && !group.iter().any(has));
    let banned = rules.must_not.iter().find(|word| has(word));
    let leaked = hidden.iter().find(|key| has(key));
    let label = rules.labels.iter().find(|name| text.starts_with(&format!("{name}:")));
    match (missing, banned, leaked, label) {
        (None, None, None, None) if !text.trim().is_empty() => None,
        found => Some(format!("'{text}': {found:?}")),
    }
}

/// Keys of what the speaker hides, but those that their own claim uses.
fn hidden(story: Option<&Story>, who: &str, say: &str) -> Vec<String> {
    let Some(story) = story else { return Vec::new() };
    let own = words::words(say);
    let hides = story.cast.get(who).map(|one| one.hides.clone()).unwrap_or_default();
    let keys = hides.iter().filter_map(|fact| story.lore.get(fact)).flat_map(|lore| lore.keys.iter().cloned());
    keys.filter(|key| !words::contains(&own, key)).collect()
}

struct Report {
    turns: usize,
    by_model: usize,
    ends: BTreeMap<&'static str, usize>,
}

/// A debate with all that holding it needs. A composer reads the whole story, so there is one for many debates.
struct Case {
    motion: Arc<Motion>,
    story: Option<Arc<Story>>,
    composer: Composer,
    writer: Writer,
}

impl Case {
    fn new(motion: Arc<Motion>, story: Option<Arc<Story>>, seed: u64) -> Self {
        let debate = Debate::new(motion.clone(), story.as_deref(), seed).unwrap();
        let composer = Composer::new(debate.stage().clone(), &Templates::default()).unwrap();
        let writer = Writer::new(Adversary::new(debate.stage(), seed));
        Self { motion, story, composer, writer }
    }
}

fn hold(case: &mut Case, seed: u64, report: &mut Report) {
    let Case { motion, story, composer, writer } = case;
    let story = story.as_deref();
    let mut dice = Dice::new(seed);
    let mut debate = Debate::new(motion.clone(), story, seed).unwrap();
    loop {
        if dice.chance(10) {
            let state = DebateState::from_text(&debate.state().to_text().unwrap()).unwrap();
            assert_eq!(&state, debate.state());
            debate = Debate::resume(motion.clone(), story, state).unwrap().0;
        }
        match debate.moment() {
            Moment::Opening { .. } | Moment::Closing { .. } => debate.spoken("").unwrap(),
            Moment::Claim { seat } => {
                let open = debate.candidates(&Nowhere);
                let Some(chosen) = choose(&debate, composer, writer, &mut dice, &open) else {
                    drop(debate.silence().unwrap());
                    continue;
                };
                let (id, say) = (chosen.id.to_owned(), chosen.claim.say.clone());
                let Composed::Request(request) = composer.claim(&debate, &id, &Nowhere) else {
                    panic!("{id} has a request")
                };
                let finished = writer.finish(request.clone());
                if matches!(finished.source, Source::Generated | Source::Ranked { .. }) {
                    report.by_model += 1;
                    let hidden = hidden(story, debate.who(seat), &say);
                    assert_eq!(said_wrong(&request, &finished.text, &hidden), None, "{} {id} seed {seed}", motion.id);
                } else {
                    assert_eq!(finished.text, say);
                }
                drop(debate.claim(&id, &finished.text, &Nowhere).unwrap());
                report.turns += 1;
            }
            Moment::Over(verdict) => {
                *report.ends.entry(verdict.ending.name()).or_default() += 1;
                break;
            }
        }
        assert_eq!(faults(&debate), Vec::<String>::new(), "{} seed {seed}", motion.id);
    }
    assert_eq!(debate.state().opinions, opinions(&debate), "{} seed {seed}", motion.id);
    assert!(debate.state().turn <= motion.turns.max(1), "{} seed {seed}", motion.id);
    let said: Vec<&str> = Seat::BOTH.iter().flat_map(|seat| debate.claims_of(*seat)).collect();
    assert_eq!(said.len(), said.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(mood(&debate).is_some(), !motion.vars.is_empty() && motion.vars.contains("mood"));
}

#[test]
fn a_thousand_debates_stand_an_adversary() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/debates");
    let mut shipped = ["ninth_sluice", "pear_tree"].map(|name| {
        let read = load(&folder.join(format!("{name}.debate.ron"))).unwrap();
        let story = read.story.clone();
        let mut motion = Motion::clone(&read.into_motion().unwrap());
        // Two candidates are as good a test as eight, and take a quarter of the time.
        motion.policy.as_mut().unwrap().tries = 2;
        Case::new(Arc::new(motion), story, 5)
    });
    let mut report = Report { turns: 0, by_model: 0, ends: BTreeMap::new() };
    let (mut submitted, mut panics, mut sources) = (0, 0, BTreeMap::<String, usize>::new());
    for seed in 0..DEBATES {
        // Every fourth is of the court, every fourth of the well, the others are as no writer would write them.
        match shipped.get_mut((seed % 4) as usize) {
            Some(case) => hold(case, seed, &mut report),
            None => {
                let mut case = Case::new(Arc::new(random(seed)), None, seed);
                hold(&mut case, seed, &mut report);
                count(&case.writer, &mut submitted, &mut panics, &mut sources);
            }
        }
    }
    for case in &shipped {
        count(&case.writer, &mut submitted, &mut panics, &mut sources);
    }
    println!(
        "{DEBATES} debates, {} claims, {} of them in the adversary's words; {submitted} requests, {panics} panics\n{:?}\n{sources:#?}",
        report.turns, report.by_model, report.ends
    );
    // It would prove nothing if no text got through, or the adversary never did its worst.
    assert!(report.turns > 3_000 && report.by_model > 200 && panics > 20, "{}", report.by_model);
    assert!(report.ends.len() >= 4, "{:?}", report.ends);
}

fn count(writer: &Writer, submitted: &mut usize, panics: &mut usize, sources: &mut BTreeMap<String, usize>) {
    assert_eq!((writer.finished, writer.surplus), (writer.submitted, 0), "every request ends once");
    *submitted += writer.submitted;
    *panics += writer.panics;
    for (source, times) in &writer.sources {
        *sources.entry(source.clone()).or_default() += times;
    }
}
