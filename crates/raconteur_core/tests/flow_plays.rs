//! Runner and flow checks agree: no play comes to a state that the checks have not seen, and what the checks call a
//! soft-lock is one.

#[expect(dead_code, reason = "other tests use the rest of it")]
#[path = "support/stories.rs"]
mod stories;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use raconteur_core::runner::{Host, Moment, NoHost, Runner, StuckReason};
use raconteur_core::story::flow::{Flow, Limits, Openness, Precision, Step, explore};
use raconteur_core::story::format::{Story, Value};
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;
use stories::Dice;

/// A game that answers anything, but the same to the same question within a moment.
struct Oracle {
    dice: RefCell<Dice>,
    answers: RefCell<Vec<(String, Vec<Value>, Value)>>,
}

impl Oracle {
    fn new(seed: u64) -> Self {
        Self { dice: RefCell::new(Dice::new(seed)), answers: RefCell::default() }
    }

    fn next_moment(&self) {
        self.answers.borrow_mut().clear();
    }
}

impl Host for Oracle {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let mut answers = self.answers.borrow_mut();
        if let Some((.., answer)) = answers.iter().find(|(other, with, _)| other == name && with == args) {
            return Ok(answer.clone());
        }
        let mut dice = self.dice.borrow_mut();
        let answer = match name {
            "coins" => Value::Int(dice.below(28) as i64 - 4),
            "mood" => Value::Word(dice.of(&["glad", "sad"]).to_owned()),
            _ => Value::Bool(dice.chance(50)),
        };
        answers.push((name.to_owned(), args.to_vec(), answer.clone()));
        Ok(answer)
    }
}

fn story(seed: u64, plain: bool) -> Arc<Story> {
    let checked = parse(vec![Source::new("random.story.ron", stories::random(seed, plain))]);
    // What random stories are allowed to have is what only flow checks find.
    let wrong = checked
        .diagnostics
        .iter()
        .find(|found| found.severity.name() == "error" && found.code.starts_with(['R', 'S', 'V']));
    assert!(wrong.is_none(), "seed {seed}:\n{}", checked.render(false));
    Arc::new(checked.story.expect("it has the right shape"))
}

/// Plays once and looks at every state. Whether it got stuck.
fn play(story: &Arc<Story>, flow: &Flow, seed: u64, name: &str) -> bool {
    let host = Oracle::new(seed);
    let mut dice = Dice::new(seed ^ 0xabcd);
    let (mut runner, _) = match Runner::new(story.clone(), seed, &host) {
        Ok(started) => started,
        Err(error) => return stuck_at_start(flow, &error.to_string(), name),
    };
    for _ in 0..40 {
        assert!(flow.contains(runner.state()), "{name}: not seen by the checks: {:?}\n{story:?}", runner.state());
        host.next_moment();
        if dice.chance(30)
            && let Some(id) = runner.storylet("ann", &host).map(|storylet| storylet.id.clone())
        {
            runner.tell(&id, &host).expect("the storylet exists");
            assert!(flow.contains(runner.state()), "{name}: not seen after {id}: {:?}", runner.state());
            host.next_moment();
        }
        let went = match runner.moment() {
            Moment::Line { .. } => runner.advance(&host),
            Moment::Detour { .. } => match dice.below(3) {
                0 => runner.skip_detour(&host),
                1 => runner.advance(&host),
                _ => {
                    let read = |name: &str, dice: &mut Dice| (name.to_owned(), dice.below(5) as i64 - 2);
                    let readings: BTreeMap<String, i64> = ["n", "m"].map(|name| read(name, &mut dice)).into();
                    runner.finish_detour(&["It was so.".to_owned()], &readings, &host)
                }
            },
            Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                let way = &open[dice.below(open.len())];
                let known = flow.ways.iter().find(|known| known.id == way.id).expect("every way is known");
                assert_ne!(known.open, Openness::Never, "{name}: '{}' is open", way.id);
                runner.choose(&way.id, &host)
            }
            Moment::Ended { beat } => {
                let known = flow.beats.iter().find(|known| known.beat == beat).expect("every beat is known");
                assert!(known.reached, "{name}: '{beat}' is reached");
                return false;
            }
            Moment::Stuck(_) => return stuck(&runner, flow, name),
        };
        if went.is_err() {
            assert!(flow.contains(runner.state()), "{name}: stuck in a state that the checks have not seen");
            return stuck(&runner, flow, name);
        }
    }
    false
}

/// Every soft-lock that a play hits was reported. Ranges promise only what they have visited.
fn stuck(runner: &Runner, flow: &Flow, name: &str) -> bool {
    let Moment::Stuck(reason) = runner.moment() else { panic!("{name}: {:?}", runner.moment()) };
    let beat = &runner.state().beat;
    let known = match reason {
        StuckReason::Loop => flow.circles.iter().any(|circle| circle.silent && circle.beats.contains(beat)),
        _ => flow.soft_locks.iter().any(|lock| lock.beat == *beat && lock.reason == reason),
    };
    assert!(known || flow.precision == Precision::Ranges, "{name}: stuck in '{beat}' ({reason}), and nobody said so");
    true
}

fn stuck_at_start(flow: &Flow, error: &str, name: &str) -> bool {
    assert!(
        !flow.soft_locks.is_empty()
            || flow.circles.iter().any(|circle| circle.silent)
            || flow.precision == Precision::Ranges,
        "{name}: {error}, and nobody said so"
    );
    true
}

#[test]
fn ten_thousand_plays_reach_only_states_that_the_checks_have_seen() {
    let (mut plays, mut stuck, mut locked) = (0, 0, 0);
    for seed in 0..500 {
        let story = story(seed, false);
        let flow = explore(&story, &Limits { states: 20_000 });
        locked += usize::from(!flow.soft_locks.is_empty());
        for play in 0..20 {
            plays += 1;
            stuck += usize::from(self::play(&story, &flow, seed << 8 | play, &format!("seed {seed}, play {play}")));
        }
    }
    assert_eq!(plays, 10_000);
    // The stories are wild enough for this to mean something, and not only wild.
    assert!(stuck > 500 && stuck < 9_000, "{stuck} plays got stuck");
    assert!(locked > 50, "{locked} stories have soft-locks");
}

#[test]
fn ranges_are_never_too_small() {
    for seed in 0..300 {
        let story = story(seed, false);
        let flow = explore(&story, &Limits { states: 1 });
        if flow.precision == Precision::Exact {
            continue;
        }
        for play in 0..10 {
            self::play(&story, &flow, seed << 8 | play, &format!("ranges, seed {seed}, play {play}"));
        }
        // What ranges call unreachable, the walk does not reach.
        let exact = explore(&story, &Limits::default());
        if exact.precision == Precision::Exact {
            for (wide, narrow) in flow.beats.iter().zip(&exact.beats) {
                assert!(wide.reached || !narrow.reached, "seed {seed}: '{}'", wide.beat);
            }
            for (wide, narrow) in flow.ways.iter().zip(&exact.ways) {
                let never = |open: Openness| open == Openness::Never;
                assert!(!never(wide.open) || never(narrow.open), "seed {seed}: '{}'", wide.id);
            }
        }
    }
}

#[test]
fn every_soft_lock_can_be_played() {
    let mut played = 0;
    for seed in 0..400 {
        let story = story(seed, true);
        let flow = explore(&story, &Limits::default());
        assert_eq!(flow.precision, Precision::Exact);
        for lock in &flow.soft_locks {
            let mut ways = lock.path.steps.iter().filter_map(|step| match step {
                Step::Beat { way, .. } => way.as_deref(),
                Step::Told { .. } => None,
            });
            let name = format!("seed {seed}: {}", lock.path);
            let Ok((mut runner, _)) = Runner::new(story.clone(), 0, &NoHost) else {
                assert_eq!(ways.next(), None, "{name}");
                played += 1;
                continue;
            };
            loop {
                let went = match runner.moment() {
                    Moment::Line { .. } => runner.advance(&NoHost),
                    Moment::Choices(_) | Moment::Slot { .. } => {
                        let way = ways.next().unwrap_or_else(|| panic!("{name}: not stuck at its end"));
                        runner.choose(way, &NoHost)
                    }
                    other => panic!("{name}: {other:?}"),
                };
                if went.is_err() {
                    break;
                }
            }
            assert_eq!((runner.moment(), &runner.state().beat), (Moment::Stuck(lock.reason), &lock.beat), "{name}");
            assert_eq!(ways.next(), None, "{name}");
            for known in &lock.values {
                if let raconteur_core::story::flow::Known::Var { name: variable, value } = known {
                    assert_eq!(runner.state().vars.get(variable), Some(value), "{name}");
                }
            }
            played += 1;
        }
    }
    assert!(played > 50, "{played} soft-locks");
}
