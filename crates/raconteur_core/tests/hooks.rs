//! Hooks: what is offered is sound, whatever the world and whatever the model says.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its story has nothing to test")]

use std::path::Path;
use std::sync::Arc;

use raconteur_core::plot::finish::{Finish, finish};
use raconteur_core::plot::{
    Board, BoardHost, Candidate, Entity, Filling, Fitting, Forgotten, HookError, HookSet, Read, Search, SearchLimits,
    World, lint,
};
use raconteur_core::runner::{Moment, NoHost, Runner};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::flow::{Limits, explore};
use raconteur_core::story::format::{Story, Value};
use raconteur_core::story::parse::load;
use raconteur_core::story::source::Source;

#[path = "hooks/random.rs"]
mod random;

fn assets(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories").join(name)
}

pub(crate) fn harrow() -> Arc<Story> {
    let checked = load(&assets("harrow_green.story.ron")).unwrap();
    let wrong = checked.diagnostics.iter().any(|found| found.severity < Severity::Note);
    assert!(!wrong, "{}", checked.render(false));
    checked.into_story().unwrap()
}

fn hooks_text() -> String {
    std::fs::read_to_string(assets("harrow_green.hooks.ron")).unwrap()
}

fn read(text: &str, story: &Story) -> Read {
    HookSet::read(Source::new("x.hooks.ron", text), story)
}

pub(crate) fn set(story: &Story) -> Arc<HookSet> {
    let read = read(&hooks_text(), story);
    assert!(read.diagnostics.is_empty(), "{}", read.render(false));
    Arc::new(read.set.unwrap())
}

/// The village as a game would give it.
fn village() -> Arc<World> {
    let mut world = World::new();
    let people = [
        ("nell", "Nell", ["bram", "wat"], "fold"),
        ("bram", "Bram", ["nell", "isa"], "green"),
        ("isa", "Isa", ["bram", "tam"], "chapel"),
        ("corm", "Corm", ["isa", "tam"], "mill"),
        ("tam", "Tam", ["isa", "wat"], "garden"),
        ("wat", "Wat", ["nell", "tam"], "green"),
    ];
    for (id, name, friends, home) in people {
        let mut one = Entity::new(id, "person", name).tagged("villager").related("at_home", home);
        for friend in friends {
            one = one.related("friend", friend);
        }
        if id == "wat" {
            one = one.tagged("child");
        }
        if id == "bram" {
            one = one.related("at_odds", "corm");
        }
        world.insert(one).unwrap();
    }
    for (id, name) in
        [("mill", "the mill"), ("quarry", "the old quarry"), ("chapel", "the chapel"), ("ford", "the ford")]
    {
        let place = Entity::new(id, "place", name);
        world.insert(if id == "quarry" { place.tagged("wild") } else { place }).unwrap();
    }
    let things = [
        ("crook", "a crook", "nell"),
        ("hammer", "the small hammer", "bram"),
        ("honey", "a jar of honey", "tam"),
        ("scales", "the brass scales", "corm"),
        ("kite", "a kite", "wat"),
        ("knife", "a bone knife", "isa"),
    ];
    for (id, name, owner) in things {
        world.insert(Entity::new(id, "item", name)).unwrap();
        let owns = world.get(owner).unwrap().clone().related("owns", id);
        world.insert(owns).unwrap();
    }
    Arc::new(world)
}

fn begin(story: &Arc<Story>) -> Runner {
    let (mut runner, _) = Runner::new(story.clone(), 1, &NoHost).unwrap();
    to_rest(&mut runner, &NoHost);
    runner
}

/// Goes on to the next choice or the end.
pub(crate) fn to_rest(runner: &mut Runner, host: &dyn raconteur_core::runner::Host) {
    for _ in 0..200 {
        match runner.moment() {
            Moment::Line { .. } => drop(runner.advance(host).unwrap()),
            Moment::Detour { .. } => drop(runner.skip_detour(host).unwrap()),
            _ => return,
        }
    }
    panic!("no rest in {}", runner.state().beat);
}

/// Comes to the post again, with what the board offers now.
pub(crate) fn to_post(runner: &mut Runner, board: &Board) {
    let host = BoardHost { board, host: &NoHost };
    to_rest(runner, &host);
    if runner.state().beat == "post" && matches!(runner.moment(), Moment::Slot { .. }) {
        // What is open was settled when the slot came up.
        let rested = runner.choose("rest", &host).is_ok();
        assert!(rested || runner.state().vars["days"] == Value::Int(0));
        to_rest(runner, &host);
    }
}

fn authored(_: &[Candidate]) -> Vec<usize> {
    Vec::new()
}

#[test]
fn a_hook_is_offered_taken_and_done() {
    let (story, world) = (harrow(), village());
    let mut board = Board::new(set(&story));
    let mut runner = begin(&story);
    let new = board.fill(&story, &world, &runner.environment(&NoHost), SearchLimits::default(), authored);
    assert_eq!(new[0].say, "Nell has lost a crook somewhere near the mill.");
    for hook in &new[1..3] {
        let shares = new[0].filling.0.iter().any(|id| hook.filling.0.contains(id));
        assert!(!shares, "nobody stands in two of them while there are others: {new:?}");
    }
    // The outcomes of each template; trust is too low for the quarrel.
    let mut outcomes: Vec<&str> = new.iter().map(|hook| hook.outcome.as_str()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["post_parcel_1", "post_parcel_2", "post_search_1", "post_search_2"]);

    to_post(&mut runner, &board);
    let host = BoardHost { board: &board, host: &NoHost };
    let Moment::Slot { outcomes } = runner.moment() else { panic!("{:?}", runner.moment()) };
    let open: Vec<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    assert_eq!(open, ["post_search_1", "post_search_2", "post_parcel_1", "post_parcel_2", "rest"]);

    let sets = board.sets("post_search_1");
    assert_eq!(
        sets,
        [("search_for".to_owned(), Value::Word("nell".into())), ("search_at".into(), Value::Word("mill".into()))]
    );
    for (name, value) in sets {
        runner.set(&name, value).unwrap();
    }
    runner.choose("post_search_1", &host).unwrap();
    let env = runner.environment(&NoHost);
    let fitting = Fitting { story: &story, world: &world, env: &env };
    let (hook, gone) = board.take("post_search_1", &fitting).unwrap();
    assert!(hook.template == "lost" && gone.iter().all(|other| other.outcome == "post_search_2"), "{gone:?}");
    assert!(board.settle(&fitting).is_empty(), "it has only begun");
    assert_eq!(runner.line().unwrap().id, "look_mill", "the story knows where");
    to_rest(&mut runner, &NoHost);
    for way in ["look_under", "found_back"] {
        runner.choose(way, &NoHost).unwrap();
        if way == "found_back" {
            assert_eq!(runner.line().unwrap().id, "thanks_nell", "and for whom");
        }
        to_rest(&mut runner, &NoHost);
    }
    let env = runner.environment(&NoHost);
    let fitting = Fitting { story: &story, world: &world, env: &env };
    let settled = board.settle(&fitting);
    assert!(settled.len() == 1 && settled[0].done && settled[0].hook == hook, "{settled:?}");
    assert!(board.taken().is_empty());
}

#[test]
fn who_was_in_a_hook_lately_comes_last_and_nothing_comes_twice() {
    let (story, world) = (harrow(), village());
    let mut one = (*set(&story)).clone();
    one.hooks =
        one.hooks.iter().filter(|(id, _)| *id == "lost").map(|(id, one)| (id.to_owned(), one.clone())).collect();
    one.hooks.get_mut("lost").unwrap().outcomes.truncate(1);
    let mut board = Board::new(Arc::new(one));
    let runner = begin(&story);
    let env = runner.environment(&NoHost);
    let mut givers = Vec::new();
    let mut seen = Vec::new();
    for round in 0..5 {
        board.fill(&story, &world, &env, SearchLimits::default(), authored);
        let Some(hook) = board.at("post_search_1").cloned() else { panic!("round {round}: nothing is lost any more") };
        assert!(!seen.contains(&hook.filling), "{hook:?} came twice");
        seen.push(hook.filling.clone());
        givers.push(hook.filling.0[0].clone());
        board.note_taken("post_search_1").unwrap();
        // As if it had been given up.
        let mut over = runner.clone();
        over.set("search", Value::Word("kept".into())).unwrap();
        let env = over.environment(&NoHost);
        assert_eq!(board.settle(&Fitting { story: &story, world: &world, env: &env }).len(), 1);
    }
    let mut different = givers.clone();
    different.sort();
    different.dedup();
    assert!(different.len() >= 5, "{givers:?}");
}

#[test]
fn a_ranking_decides_among_those_that_are_equally_new() {
    let (story, world) = (harrow(), village());
    let mut board = Board::new(set(&story));
    let runner = begin(&story);
    let env = runner.environment(&NoHost);
    let new = board.fill(&story, &world, &env, SearchLimits::default(), |candidates| {
        let wanted = candidates.iter().position(|candidate| candidate.say.contains("kite")).unwrap();
        // Places that do not exist, and one twice: a generator may say anything.
        vec![usize::MAX, wanted, wanted, 9999]
    });
    assert!(new[0].say.contains("a kite"), "{new:?}");
}

#[test]
fn what_the_world_takes_back_is_offered_no_more() {
    let (story, world) = (harrow(), village());
    let mut board = Board::new(set(&story));
    let runner = begin(&story);
    let env = runner.environment(&NoHost);
    board.fill(&story, &world, &env, SearchLimits::default(), authored);
    let mut less = (*world).clone();
    less.remove("nell");
    let fitting = Fitting { story: &story, world: &less, env: &env };
    let shown = ["post_search_1".to_owned()];
    board.refresh(&fitting, &shown);
    assert!(board.at("post_search_1").is_some(), "the player is reading it");
    let error = board.take("post_search_1", &fitting).unwrap_err();
    assert!(matches!(&error, HookError::Gone { outcome, .. } if outcome == "post_search_1"), "{error}");
    let gone = board.refresh(&fitting, &[]);
    assert!(gone.len() == 1 && gone[0].outcome == "post_search_1", "{gone:?}");
    assert!(matches!(board.take("post_search_1", &fitting), Err(HookError::NotOffered { .. })));
    assert!(board.sets("post_search_1").is_empty());
    // Another name would make other words of it.
    let mut renamed = (*world).clone();
    renamed.insert(Entity { name: "Bram the smith".into(), ..world.get("bram").unwrap().clone() }).unwrap();
    let fitting = Fitting { story: &story, world: &renamed, env: &env };
    assert!(!board.refresh(&fitting, &[]).is_empty());
}

#[test]
fn hooks_that_share_a_variable_are_never_taken_together() {
    let (story, world) = (harrow(), village());
    let mut board = Board::new(set(&story));
    let runner = begin(&story);
    let env = runner.environment(&NoHost);
    board.fill(&story, &world, &env, SearchLimits::default(), authored);
    let (_, gone) = board.note_taken("post_parcel_1").unwrap();
    assert!(gone.len() == 1 && gone[0].outcome == "post_parcel_2", "its variable is held: {gone:?}");
    assert!(!board.wanting().contains(&"parcel".to_owned()));
    assert!(board.at("post_search_1").is_some(), "that is another variable");
}

#[test]
fn a_search_in_small_steps_finds_what_one_step_finds() {
    let (story, world) = (harrow(), village());
    let (set, mut runner) = (set(&story), begin(&story));
    runner.set("trust", Value::Int(2)).unwrap();
    let env = runner.environment(&NoHost);
    for (id, template) in set.hooks.iter() {
        let find = |nodes: usize, limits: SearchLimits| {
            let mut search = Search::new(template, world.clone(), limits, |_| 0);
            while !search.step(template, &story, &env, nodes) {}
            search
        };
        let (small, large) = (find(1, SearchLimits::all()), find(usize::MAX, SearchLimits::all()));
        assert_eq!(small.found(), large.found(), "{id}");
        assert!(!small.cut());
        let few = find(7, SearchLimits { fillings: 2, ..SearchLimits::all() });
        assert_eq!(few.found(), &large.found()[..large.found().len().min(2)], "{id}");
        let each = find(100, SearchLimits { each: 1, ..SearchLimits::all() });
        let mut firsts: Vec<&String> = each.found().iter().map(|filling| &filling.0[0]).collect();
        firsts.dedup();
        assert_eq!(firsts.len(), each.found().len(), "{id}: one for each in the first hole");
        let none = find(5, SearchLimits { nodes: 3, ..SearchLimits::all() });
        assert!(none.nodes() <= 3 && (none.cut() || large.nodes() <= 3), "{id}");
    }
}

#[test]
fn the_shipped_hooks_can_be_brought_to_their_goals() {
    let story = harrow();
    assert!(explore(&story, &Limits::default()).soft_locks.is_empty());
    for (id, template) in set(&story).hooks.iter() {
        for outcome in &template.outcomes {
            let found = finish(&story, template, outcome, &Limits::default());
            let Finish::Reached(path) = found else { panic!("{id} at {outcome}: {found:?}") };
            let path = path.to_string();
            assert!(path.contains(&format!("post:{outcome}")), "{id}: the goal is reached without it: {path}");
        }
        let mut never = template.clone();
        never.goal = raconteur_core::story::expr::Expr::parse("search == found and parcel == given and days > 6");
        assert_eq!(finish(&story, &never, &template.outcomes[0], &Limits::default()), Finish::Never, "{id}");
    }
}

#[test]
fn a_goal_may_name_whom_it_is_about() {
    let story = harrow();
    let mut template = set(&story).hooks.get("lost").unwrap().clone();
    template.goal = raconteur_core::story::expr::Expr::parse("search == returned and search_for == giver");
    assert!(matches!(finish(&story, &template, "post_search_1", &Limits::default()), Finish::Reached(_)));
    template.goal = raconteur_core::story::expr::Expr::parse("search_at == giver");
    assert_eq!(finish(&story, &template, "post_search_1", &Limits::default()), Finish::Never, "a person is no place");
}

#[test]
fn saves_keep_the_board_and_damaged_ones_are_refused() {
    let (story, world) = (harrow(), village());
    let set = set(&story);
    let mut board = Board::new(set.clone());
    let runner = begin(&story);
    let env = runner.environment(&NoHost);
    board.fill(&story, &world, &env, SearchLimits::default(), authored);
    board.note_taken("post_search_1").unwrap();
    let text = board.to_text().unwrap();
    let (mut again, forgotten) = Board::from_text(set.clone(), &text).unwrap();
    assert!(forgotten.is_empty());
    assert_eq!(again.data(), board.data());
    // It goes on as the other does.
    let mut before = board.clone();
    let new = |board: &mut Board| board.fill(&story, &world, &env, SearchLimits::default(), authored);
    assert_eq!(new(&mut again), new(&mut before));

    let mut other = (*set).clone();
    other.hooks =
        other.hooks.iter().filter(|(id, _)| *id != "lost").map(|(id, one)| (id.to_owned(), one.clone())).collect();
    let (less, forgotten) = Board::from_text(Arc::new(other), &text).unwrap();
    assert!(less.taken().is_empty());
    assert!(matches!(forgotten.as_slice(), [Forgotten::NoSuchTemplate(hook)] if hook.template == "lost"));

    for cut in (0..text.len()).step_by(13) {
        assert!(matches!(Board::from_text(set.clone(), &text[..cut]), Err(HookError::Damaged(_))), "cut at {cut}");
    }
    let newer = text.replacen("format:1", "format:2", 1);
    assert!(matches!(Board::from_text(set.clone(), &newer), Err(HookError::Newer { format: 2, .. })));
    let mut many = board.data();
    many.offered = vec![many.taken[0].clone(); 1000];
    assert!(matches!(Board::from_data(set.clone(), many), Err(HookError::Damaged(_))));
    let mut ahead = board.data();
    ahead.used.insert("x".into(), u64::MAX);
    assert!(matches!(Board::from_data(set.clone(), ahead), Err(HookError::Damaged(_))));
    let mut twice = board.data();
    twice.offered.push(Filling(vec!["nell".into()]).into_hook("post_search_1"));
    let (_, forgotten) = Board::from_data(set, twice).unwrap();
    assert_eq!(forgotten.len(), 1, "{forgotten:?}");
}

/// A hook that is made up.
trait IntoHook {
    fn into_hook(self, outcome: &str) -> raconteur_core::plot::Hook;
}

impl IntoHook for Filling {
    fn into_hook(self, outcome: &str) -> raconteur_core::plot::Hook {
        raconteur_core::plot::Hook {
            outcome: outcome.into(),
            template: "lost".into(),
            filling: self,
            say: "x".into(),
            number: 1,
        }
    }
}

#[test]
fn every_mistake_of_a_writer_has_its_code() {
    let story = harrow();
    let text = hooks_text();
    let cases = [
        (
            "H01",
            "giver\": (kind: \"person\", where: \"tagged(giver, villager)\"",
            "giver\": (kind: \"persn\", where: \"tagged(giver, villager)\"",
        ),
        ("H01", "tagged(giver, villager)\", bind", "tagged(giver, vilager)\", bind"),
        ("H01", "related(giver, friend, to)", "related(giver, fiend, to)"),
        ("H02", "{giver} has lost", "{giver has lost"),
        ("H02", "{giver} has lost", "{give} has lost"),
        ("H03", "{one} and {other} are shouting about {over}.", "{one} and {other} are shouting."),
        ("H04", "\"post_quarrel_1\"", "\"post_quarel_1\""),
        ("H04", "\"post_quarrel_1\"", "\"post_parcel_1\""),
        ("H05", "search == returned", "search == retuned"),
        ("H05", "search == returned", "serch == returned"),
        ("H05", "related(one, at_odds, other)", "related(one, at_odds)"),
        ("H05", "not tagged(one, child)\"", "not tagged(other, child)\""),
        ("H05", "related(one, at_odds, other)", "related(one, at_odds, other"),
        ("H06", "bind: \"parcel_to\"", "bind: \"parcel_too\""),
        ("H06", "bind: \"parcel_to\"", "bind: \"trust\""),
        ("H06", "bind: \"parcel_to\"", "bind: \"parcel\""),
        ("H07", "\"post_quarrel_1\"", "\"rest\""),
        ("H08", "related(one, at_odds, other)", "related(one, at_odds, other) and not related(one, at_odds, other)"),
        ("H08", "related(one, at_odds, other)", "related(one, at_odds, other) and one == other"),
        ("H09", "parcel == given", "parcel == given and days > 6"),
        ("H10", "format: 1", "format: 7"),
        ("H10", "\"over\":  (kind", "\"trust\":  (kind"),
        ("R02", "outcomes: [\"post_quarrel_1\"]", "outcome: [\"post_quarrel_1\"]"),
        ("R01", "],\n            when: \"trust >= 1\"", "]\n            when: \"trust >= 1\""),
    ];
    for (code, from, to) in cases {
        assert!(text.contains(from), "{from}");
        let read = read(&text.replacen(from, to, 1), &story);
        let found = read.diagnostics.iter().find(|found| found.code == code);
        let Some(found) = found else { panic!("no {code} for {to}:\n{}", read.render(false)) };
        assert!(found.help.is_some(), "{code} has no help");
        let line = text[..text.find(from).unwrap()].matches('\n').count() + 1;
        let near = found.primary.line.abs_diff(line) <= 3;
        assert!(near || ["H03", "H08", "H09"].contains(&code), "{code} at line {} for {to}", found.primary.line);
    }
}

#[test]
fn a_template_that_this_world_cannot_fill_is_named_with_the_reason() {
    let story = harrow();
    let text = hooks_text();
    let set = set(&story);
    let runner = begin(&story);
    let env = runner.environment(&NoHost);
    let source = Source::new("x.hooks.ron", text);
    let found = |world: &World| {
        let found = lint::unfilled(&set, &source, &story, world, &env);
        let short =
            found.iter().map(|found| format!("{} {}: {}", found.code, found.message, found.help.as_deref().unwrap()));
        short.collect::<Vec<_>>()
    };
    assert_eq!(found(&village()).len(), 1, "trust is too low for a quarrel: {:?}", found(&village()));
    let mut bare = (*village()).clone();
    for id in ["crook", "hammer", "honey", "scales", "kite", "knife"] {
        bare.remove(id);
    }
    let all = found(&bare);
    assert!(all.len() == 3 && all[0].contains("there is no item in it for 'thing'"), "{all:?}");
    // The story's own people and places: nobody is tagged, nothing is owned.
    let own = World::of_story(&story);
    assert_eq!(own.entities().len(), 13, "{:?}", own.entities());
    assert!(own.related("nell", "knows", "wolf_seen") && own.tagged("nell", "herders"));
}
