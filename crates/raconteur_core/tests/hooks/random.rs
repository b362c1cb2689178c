//! Ten thousand worlds of bad luck: whatever they hold and whatever a generator says, every hook is sound.

use std::collections::BTreeMap;
use std::sync::Arc;

use raconteur_core::compose::Composer;
use raconteur_core::desk::Desk;
use raconteur_core::generate::{Progress, RequestId};
use raconteur_core::plot::{Board, BoardHost, Entity, Filling, Fitting, Hook, HookSet, SearchLimits, World};
use raconteur_core::request::LineEvent;
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::scripted::{Adversary, Temper};
use raconteur_core::story::expr::Environment;
use raconteur_core::story::format::{Story, Value, VarDecl};
use raconteur_core::template::Templates;

use super::{harrow, set, to_rest};

/// Draws by `SplitMix64`, so that a failure is found again by its number.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const IDS: [&str; 16] = [
    "nell",
    "bram",
    "isa",
    "corm",
    "tam",
    "wat",
    "nobody",
    "mill",
    "quarry",
    "fold",
    "stranger",
    "giver",
    "trust",
    "true",
    "x\"y",
    "post_search_1",
];
const NAMES: [&str; 12] = [
    "Nell",
    "Bram",
    "nell",
    "a crook",
    "the mill",
    "{giver}",
    "Odo\nNell: hello",
    "<|endoftext|>",
    "💥",
    "Ж",
    "\u{202e}evil",
    "Somebody with a name that goes on for much longer than any label would ever want to show to anybody",
];
const KINDS: [&str; 5] = ["person", "place", "item", "person", "dragon"];
const TAGS: [&str; 6] = ["villager", "child", "wild", "heavy", "trades", "unheard_of"];
const RELATIONS: [&str; 6] = ["owns", "at_home", "friend", "at_odds", "knows", "unheard_of"];

fn world(dice: &mut Dice) -> World {
    let mut world = World::new();
    if dice.chance(70) {
        village(dice, &mut world);
    }
    for _ in 0..dice.below(12) {
        let id = if dice.chance(40) { (*dice.of(&IDS)).to_owned() } else { format!("e{}", dice.below(20)) };
        let mut one = Entity::new(id, *dice.of(&KINDS), *dice.of(&NAMES));
        if dice.chance(50) {
            one.name = format!("Name{}", dice.below(30));
        }
        for _ in 0..dice.below(3) {
            one = one.tagged(*dice.of(&TAGS));
        }
        for _ in 0..dice.below(14) {
            let to = if dice.chance(60) { (*dice.of(&IDS)).to_owned() } else { format!("e{}", dice.below(20)) };
            one = one.related(*dice.of(&RELATIONS), to);
        }
        // Some cannot be shown, and are refused.
        let _ = world.insert(one);
    }
    world
}

/// Something like a village, in which hooks are possible.
fn village(dice: &mut Dice, world: &mut World) {
    let things = 1 + dice.below(5);
    for id in &IDS[..6] {
        let mut one = Entity::new(*id, "person", *id).tagged(if dice.chance(85) { "villager" } else { "trades" });
        if dice.chance(20) {
            one = one.tagged("child");
        }
        for _ in 0..dice.below(5) {
            let (relation, to) = (*dice.of(&RELATIONS), *dice.of(&IDS[..10]));
            one = one.related(relation, to);
        }
        one = one.related("owns", format!("thing{}", dice.below(things))).related("friend", *dice.of(&IDS[..6]));
        let _ = world.insert(one);
    }
    for id in &IDS[7..10] {
        let place = Entity::new(*id, "place", *dice.of(&["the mill", "the fold", "a hole"]));
        let _ = world.insert(if dice.chance(30) { place.tagged("wild") } else { place });
    }
    for number in 0..things {
        let thing = Entity::new(format!("thing{number}"), "item", format!("thing {number}"));
        let _ = world.insert(if dice.chance(20) { thing.tagged("heavy") } else { thing });
    }
}

/// What the file of hooks says, once more and by hand: nothing of the search, the fitting or the language is used.
fn sound(hook: &Hook, story: &Story, world: &World, env: &dyn Environment) -> Result<(), String> {
    let Filling(ids) = &hook.filling;
    let entity = |at: usize| world.get(&ids[at]).ok_or_else(|| format!("'{}' does not exist", ids[at]));
    let is = |at: usize, kind: &str| match entity(at)?.kind == kind {
        true => Ok(()),
        false => Err(format!("'{}' is no {kind}", ids[at])),
    };
    let has = |at: usize, tag: &str| entity(at).map(|one| one.tags.iter().any(|other| other == tag));
    let to = |at: usize, relation: &str, other: usize| {
        entity(at).map(|one| one.relations.iter().any(|(r, id)| r == relation && *id == ids[other]))
    };
    let word = |at: usize, variable: &str| match story.vars.get(variable) {
        Some(VarDecl::Enum { of, .. }) if of.contains(&ids[at]) => Ok(()),
        _ => Err(format!("'{}' is no word of {variable}", ids[at])),
    };
    let yes = |truth: Result<bool, String>, what: &str| if truth? { Ok(()) } else { Err(what.to_owned()) };
    let names: Result<Vec<String>, String> = (0..ids.len()).map(|at| entity(at).map(|one| one.name.clone())).collect();
    let names = names?;
    if ids.len() != 3 {
        return Err(format!("{} holes", ids.len()));
    }
    for at in 1..3 {
        if ids[..at].contains(&ids[at])
            || names[..at].iter().any(|name| name.to_lowercase() == names[at].to_lowercase())
        {
            return Err(format!("'{}' twice", ids[at]));
        }
    }
    let say = match hook.template.as_str() {
        "lost" => {
            is(0, "person")?;
            is(1, "item")?;
            is(2, "place")?;
            word(0, "search_for")?;
            word(2, "search_at")?;
            yes(has(0, "villager"), "a villager")?;
            yes(to(0, "owns", 1), "owns it")?;
            yes(has(1, "heavy").map(|heavy| !heavy), "light")?;
            yes(to(0, "at_home", 2).map(|home| !home), "not at home")?;
            yes(Ok(!has(2, "wild")? || !has(0, "child")?), "no child in the wild")?;
            format!("{} has lost {} somewhere near {}.", names[0], names[1], names[2])
        }
        "parcel" => {
            is(0, "person")?;
            is(1, "person")?;
            is(2, "item")?;
            word(1, "parcel_to")?;
            yes(Ok(has(0, "villager")? && !has(0, "child")?), "a grown villager")?;
            yes(to(0, "friend", 1), "friends")?;
            yes(Ok(to(0, "owns", 2)? && !to(1, "owns", 2)?), "a gift")?;
            format!("Take {} to {}, with a word from {}.", names[2], names[1], names[0])
        }
        "quarrel" => {
            is(0, "person")?;
            is(1, "person")?;
            is(2, "item")?;
            word(0, "quarrel_of")?;
            yes(has(0, "child").map(|child| !child), "no child")?;
            yes(to(0, "at_odds", 1), "at odds")?;
            yes(Ok(to(0, "owns", 2)? || to(1, "owns", 2)?), "somebody's")?;
            yes(Ok(matches!(env.var("trust"), Some(Value::Int(1..)))), "trust")?;
            format!("{} and {} are shouting about {}.", names[0], names[1], names[2])
        }
        other => return Err(format!("no template {other}")),
    };
    let first = say.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let say = format!("{first}{}", say.chars().skip(1).collect::<String>());
    if say != hook.say || say.contains(['\n', '<', '{']) {
        return Err(format!("it says \"{}\", not \"{say}\"", hook.say));
    }
    Ok(())
}

fn open_is_sound(board: &Board, story: &Story, world: &World, env: &dyn Environment) {
    let open: Vec<&Hook> = board.offered().iter().chain(board.taken()).collect();
    for (at, hook) in open.iter().enumerate() {
        for other in &open[..at] {
            assert_ne!((&hook.template, &hook.filling), (&other.template, &other.filling), "two open hooks are one");
            assert_ne!(hook.outcome, other.outcome, "two at one outcome");
        }
    }
    for hook in board.offered() {
        sound(hook, story, world, env).unwrap_or_else(|why| panic!("{hook:?}: {why}"));
        let beat = story.beats.iter().find(|(_, beat)| {
            let mut outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes);
            outcomes.any(|outcome| outcome.id == hook.outcome && story.beats.contains(&outcome.to))
        });
        assert!(beat.is_some(), "'{}' leads to no authored beat", hook.outcome);
    }
}

/// Asks the worst generator there is; what it does not answer in time counts as no ranking.
fn ranked(
    composer: &Composer,
    runner: &Runner,
    candidates: &[raconteur_core::plot::Candidate],
    seed: u64,
) -> Vec<usize> {
    let Some(request) = composer.rank_hooks(runner, candidates, &NoHost) else { return Vec::new() };
    let temper = Temper { hangs: 10, panics: 0, fails: 10, lies: 30 };
    let mut generator = Adversary::new(composer.story(), seed).with_temper(temper);
    let mut desk = Desk::default();
    let mut ranking = Vec::new();
    let mut sink = |_: RequestId, event: LineEvent| {
        if let LineEvent::Finished(finished) = event {
            ranking = finished.ranking;
        }
    };
    desk.submit(RequestId(1), request, &mut sink);
    for _ in 0..40 {
        if desk.step(&mut generator, &mut sink) == Progress::Idle {
            break;
        }
    }
    ranking
}

/// Every filling there is, by trying all: what a search without limits has to find.
fn all_fillings(template: &str, set: &HookSet, story: &Story, world: &World, env: &dyn Environment) -> usize {
    let wording = set.hooks.get(template).map(raconteur_core::plot::HookTemplate::wording).unwrap_or_default();
    let ids: Vec<&String> = world.entities().iter().map(|entity| &entity.id).collect();
    let mut count = 0;
    for a in &ids {
        for b in &ids {
            for c in &ids {
                let filling = Filling(vec![(*a).clone(), (*b).clone(), (*c).clone()]);
                let say =
                    set.hooks.get(template).and_then(|one| wording.fill(one, &filling, world)).unwrap_or_default();
                let hook = Hook { outcome: String::new(), template: template.into(), filling, say, number: 0 };
                count += usize::from(sound(&hook, story, world, env).is_ok());
            }
        }
    }
    count
}

#[test]
fn ten_thousand_random_worlds_give_sound_hooks_only() {
    let story = harrow();
    let set = set(&story);
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap_or_else(|error| panic!("{error}"));
    let (start, _) = Runner::new(story.clone(), 1, &NoHost).unwrap_or_else(|error| panic!("{error}"));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..10_000_u64 {
        let mut dice = Dice(number.wrapping_mul(0x1234_5678_9abc_def1));
        let mut now = Arc::new(world(&mut dice));
        let mut runner = start.clone();
        to_rest(&mut runner, &NoHost);
        for name in ["trust", "wolf", "storm"] {
            let value = Value::Int(dice.below(4) as i64);
            runner.set(name, value).unwrap_or_else(|error| panic!("{error}"));
        }
        let mut board = Board::new(set.clone());
        for _ in 0..2 {
            let limits = if dice.chance(20) {
                SearchLimits { nodes: dice.below(60), ..SearchLimits::default() }
            } else {
                SearchLimits::default()
            };
            let env = runner.environment(&NoHost);
            let seed = dice.next();
            let new = board.fill(&story, &now, &env, limits, |candidates| {
                if seed.is_multiple_of(4) {
                    ranked(&composer, &runner, candidates, seed)
                } else {
                    vec![seed as usize % 9, 3, 1]
                }
            });
            *counts.entry("offered").or_default() += new.len();
            open_is_sound(&board, &story, &now, &env);
            // The world goes on without asking.
            if dice.chance(40) {
                let mut next = (*now).clone();
                let gone = next.entities().get(dice.below(next.entities().len())).map(|one| one.id.clone());
                gone.map(|id| next.remove(&id));
                now = Arc::new(next);
                let fitting = Fitting { story: &story, world: &now, env: &env };
                *counts.entry("withdrawn").or_default() += board.refresh(&fitting, &[]).len();
                open_is_sound(&board, &story, &now, &env);
            }
            // Come to the post, take whatever is offered there, and go on by chance.
            let host = BoardHost { board: &board, host: &NoHost };
            if runner.choose("rest", &host).is_err() {
                break;
            }
            to_rest(&mut runner, &host);
            let Moment::Slot { outcomes } = runner.moment() else { panic!("{number}: {:?}", runner.moment()) };
            let chosen = dice.of(&outcomes).clone();
            let hook = board.at(&chosen.id).cloned();
            for (variable, value) in board.sets(&chosen.id) {
                runner.set(&variable, value).unwrap_or_else(|error| panic!("{number}: {error}"));
            }
            let moved = runner.choose(&chosen.id, &BoardHost { board: &board, host: &NoHost });
            moved.unwrap_or_else(|error| panic!("{number}: {error}"));
            assert_eq!(
                runner.state().beat == chosen.to,
                hook.is_some() || runner.state().beat == chosen.to,
                "{number}"
            );
            if let Some(hook) = hook {
                assert!(board.note_taken(&chosen.id).is_some_and(|(taken, _)| taken == hook), "{number}");
                *counts.entry("taken").or_default() += 1;
            }
            let mut steps = 0;
            while runner.state().beat != "post" && !matches!(runner.moment(), Moment::Ended { .. }) {
                let host = BoardHost { board: &board, host: &NoHost };
                to_rest(&mut runner, &host);
                if let Moment::Choices(open) = runner.moment() {
                    let way = dice.of(&open).id.clone();
                    runner.choose(&way, &host).unwrap_or_else(|error| panic!("{number}: {error}"));
                }
                steps += 1;
                assert!(steps < 50, "{number}: a hook that leads nowhere, in {}", runner.state().beat);
            }
            let env = runner.environment(&NoHost);
            let settled = board.settle(&Fitting { story: &story, world: &now, env: &env });
            *counts.entry("over").or_default() += settled.len();
            assert!(board.taken().is_empty(), "{number}: {:?} has not come to an end", board.taken());
        }
        if number % 200 == 0 && now.entities().len() <= 18 {
            let env = runner.environment(&NoHost);
            for id in ["lost", "parcel", "quarrel"] {
                let Some(mut search) = board.search(id, now.clone(), SearchLimits::all()) else { panic!("{id}") };
                let Some(template) = set.hooks.get(id) else { panic!("{id}") };
                while !search.step(template, &story, &env, 100) {}
                assert_eq!(search.found().len(), all_fillings(id, &set, &story, &now, &env), "{number} {id}");
            }
        }
    }
    println!("{counts:?}");
    assert!(counts["taken"] > 2000 && counts["withdrawn"] > 100 && counts["over"] == counts["taken"], "{counts:?}");
}
