//! The shipped stories: clean under the checks, and every ending of each is reached by a route that is written down here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use raconteur_core::runner::{Moment, NoHost, Runner, RunnerEvent};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::flow::{Limits, Precision, explore};
use raconteur_core::story::format::Story;
use raconteur_core::story::parse::{Checked, load};

#[path = "shipped_stories/chinese.rs"]
mod chinese;
#[path = "shipped_stories/routes.rs"]
mod routes;

use routes::{Route, STORIES};

/// Every story is read and checked once: the checks walk all its states.
fn read(id: &str) -> &'static Checked {
    static READ: OnceLock<BTreeMap<&str, Checked>> = OnceLock::new();
    let all = READ.get_or_init(|| {
        let stories = STORIES.iter().map(|(id, _)| {
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../assets/stories/{id}.story.ron"));
            (*id, load(&path).unwrap_or_else(|error| panic!("{id}: {error}")))
        });
        stories.collect()
    });
    &all[id]
}

fn story(id: &str) -> Arc<Story> {
    read(id).clone().into_story().unwrap_or_else(|error| panic!("{id}: {error}"))
}

/// Plays a route without a model, and tells the beats, the lines and the ways that it saw, and the beat it ended in.
fn play(story: &Arc<Story>, route: &Route, seen: &mut BTreeSet<String>) -> String {
    let name = route.name;
    let (mut runner, mut events) =
        Runner::new(story.clone(), 1, &NoHost).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut ways = route.ways.split_whitespace().peekable();
    loop {
        for event in events.drain(..) {
            match event {
                RunnerEvent::BeatEntered { beat } => drop(seen.insert(beat)),
                RunnerEvent::ConditionFailed { .. } | RunnerEvent::EffectFailed { .. } => panic!("{name}: {event:?}"),
                _ => {}
            }
        }
        let went = match runner.moment() {
            Moment::Line { .. } => {
                let line = runner.line().map(|line| line.id.clone());
                seen.extend(line);
                runner.advance(&NoHost)
            }
            moment @ (Moment::Choices(_) | Moment::Slot { .. }) => {
                // Of a slot, what is offered without a model.
                let open = if let Moment::Choices(open) = moment { open } else { runner.offered(&[]) };
                let open: Vec<String> = open.into_iter().map(|way| way.id).collect();
                let Some(way) = ways.next() else { panic!("{name}: the route ends where {open:?} are open") };
                assert!(open.iter().any(|id| id == way), "{name}: '{way}' is not offered; {open:?} are");
                seen.extend(open);
                runner.choose(way, &NoHost)
            }
            Moment::Ended { beat } => {
                assert_eq!(ways.next(), None, "{name}: the story has ended in '{beat}'");
                return beat;
            }
            Moment::Detour { .. } => match ways.next_if(|way| way.contains('=')) {
                Some(reading) => runner.finish_detour(&["An interlude.".to_owned()], &read_as(reading), &NoHost),
                None => runner.advance(&NoHost),
            },
            Moment::Stuck(reason) => panic!("{name}: {reason}"),
        };
        events = went.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// `calm=2` as what was read out of a detour.
fn read_as(reading: &str) -> BTreeMap<String, i64> {
    let (variable, value) = reading.split_once('=').unwrap_or_default();
    let value = value.parse().unwrap_or_else(|error| panic!("{reading}: {error}"));
    BTreeMap::from([(variable.to_owned(), value)])
}

#[test]
fn the_shipped_stories_have_no_errors_and_no_warnings() {
    for (id, _) in STORIES {
        let checked = read(id);
        let bad: Vec<_> = checked.diagnostics.iter().filter(|found| found.severity <= Severity::Warn).collect();
        assert!(bad.is_empty(), "{id}:\n{}", checked.render(false));
    }
}

#[test]
fn every_route_comes_to_its_ending() {
    for (id, routes) in STORIES {
        let story = story(id);
        for route in *routes {
            assert_eq!(play(&story, route, &mut BTreeSet::new()), route.ending, "{id}: {}", route.name);
        }
    }
}

#[test]
fn every_ending_has_a_route() {
    for (id, routes) in STORIES {
        let story = story(id);
        let reached: BTreeSet<&str> = routes.iter().map(|route| route.ending).collect();
        let ends: BTreeSet<&str> = story.beats.iter().filter(|(_, beat)| beat.end).map(|(beat, _)| beat).collect();
        assert_eq!(reached, ends, "{id}");
        assert_eq!(ends, story.ends.iter().map(String::as_str).collect(), "{id}: ends");
    }
}

/// What no route shows, nobody has read in its place.
#[test]
fn the_routes_see_every_beat_every_line_and_every_choice() {
    for (id, routes) in STORIES {
        let story = story(id);
        let mut seen = BTreeSet::new();
        for route in *routes {
            play(&story, route, &mut seen);
        }
        let texts = story.beats.iter().flat_map(|(beat, body)| {
            let lines = body.lines.iter().map(|line| line.id.as_str());
            let choices = body.choices.iter().chain(&body.otherwise).map(|choice| choice.id.as_str());
            let outcomes = body.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.id.as_str());
            std::iter::once(beat).chain(lines).chain(choices).chain(outcomes)
        });
        let unseen: Vec<&str> = texts.filter(|id| !seen.contains(*id)).collect();
        assert!(unseen.is_empty(), "{id}: {unseen:?}");
    }
}

/// A dialogue box holds four lines of text.
#[test]
fn no_text_is_too_long_for_a_dialogue_box() {
    for (id, _) in STORIES {
        let story = story(id);
        let lines = story.beats.iter().flat_map(|(_, beat)| beat.lines.iter().map(|line| (&line.id, &line.say)));
        let storylets = story.storylets.iter().map(|storylet| (&storylet.id, &storylet.say));
        let long: Vec<_> =
            lines.chain(storylets).filter(|(_, say)| say.chars().count() > 240).map(|(id, _)| id).collect();
        assert!(long.is_empty(), "{id}: {long:?}");
    }
}

/// The checks prove that no play gets stuck, and they would find it if one did: without its `otherwise` each of these
/// beats is a place where some play ends for good.
#[test]
fn every_otherwise_is_needed_and_the_proof_knows_it() {
    let mut checked = 0;
    for (id, _) in STORIES {
        let story = story(id);
        let flow = explore(&story, &Limits::default());
        assert_eq!(flow.precision, Precision::Exact, "{id}");
        assert_eq!(flow.soft_locks, [], "{id}");
        for index in 0..story.beats.len() {
            let mut cut = Story::clone(&story);
            let Some((beat, body)) = cut.beats.iter_mut().nth(index) else { continue };
            let beat = beat.to_owned();
            if body.otherwise.take().is_none() {
                continue;
            }
            let found = explore(&cut, &Limits::default()).soft_locks;
            let beats: Vec<&str> = found.iter().map(|lock| lock.beat.as_str()).collect();
            assert_eq!(beats, [beat.as_str()], "{id} without the otherwise of '{beat}'");
            assert!(!found[0].path.steps.is_empty(), "{id}: {beat}");
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked}");
}
