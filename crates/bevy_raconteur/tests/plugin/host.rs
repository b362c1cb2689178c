//! Questions that only the game can answer.

use bevy_ecs::prelude::*;
use bevy_raconteur::prelude::*;
use bevy_raconteur::test_app::TestApp;

use crate::stories::story;

#[derive(Resource)]
struct Hour(i64);

fn night() -> std::sync::Arc<Story> {
    story(
        r#"Story(
            format: 1, id: "night", start: "a", ends: ["z"],
            host: { "is_night": (args: [], ret: Bool), "hour_after": (args: [Int], ret: Bool) },
            cast: { "mara": (name: "Mara") },
            beats: {
                "a": (lines: [
                        (id: "dark", who: "mara", say: "It is dark.", when: "is_night() and hour_after(20)"),
                        (id: "light", who: "mara", say: "It is light.", when: "not is_night()"),
                        (id: "always", who: "mara", say: "It is what it is."),
                      ], next: "z"),
                "z": (lines: [(id: "z1", who: "mara", say: "Good.")], end: true),
            },
        )"#,
    )
}

fn first_line(hour: i64) -> String {
    let mut test = TestApp::new(ModelSource::None);
    test.app.insert_resource(Hour(hour));
    test.app.add_host_function("is_night", |_: In<HostArgs>, hour: Res<Hour>| Value::Bool(hour.0 >= 18));
    test.app.add_host_function("hour_after", |In(args): In<HostArgs>, hour: Res<Hour>| {
        Value::Bool(matches!(args[..], [Value::Int(limit)] if hour.0 > limit))
    });
    test.play(night());
    test.frame();
    assert!(test.log.problems().is_empty(), "{:?}", test.log.problems());
    test.log.last_line().expect("a line").0
}

#[test]
fn systems_answer_conditions() {
    assert_eq!(first_line(9), "It is light.");
    assert_eq!(first_line(19), "It is what it is.");
    assert_eq!(first_line(22), "It is dark.");
}

#[test]
fn a_function_that_nobody_answers_is_false_and_reported() {
    let mut test = TestApp::new(ModelSource::None);
    test.play(night());
    test.frame();
    // `not is_night()` fails as a whole: a condition that cannot be computed never opens anything.
    assert_eq!(test.log.last_line().unwrap().0, "It is what it is.");
    let problems = test.log.problems();
    assert!(problems.iter().any(|problem| problem.contains("add_host_function(\"is_night\"")), "{problems:?}");
}
