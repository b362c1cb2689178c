//! The director: what it tells follows the curve, rests where it should, and is the same every time.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its story has nothing to test")]

use std::path::Path;
use std::sync::Arc;

use raconteur_core::director::{Cue, Curve, Director, DirectorError, Plan, Quiet, ReadPlan, Shown, TRACE_LIMIT, svg};
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::expr::Expr;
use raconteur_core::story::format::{Story, Value};
use raconteur_core::story::parse::{load, parse};
use raconteur_core::story::source::Source;

fn assets(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/stories").join(name)
}

fn harrow() -> Arc<Story> {
    load(&assets("harrow_green.story.ron")).unwrap().into_story().unwrap()
}

fn read(text: &str, story: &Story) -> ReadPlan {
    Plan::read(Source::new("x.director.ron", text), story)
}

fn plan_text() -> String {
    std::fs::read_to_string(assets("harrow_green.director.ron")).unwrap()
}

fn shipped(story: &Story) -> Arc<Plan> {
    let read = read(&plan_text(), story);
    assert!(read.diagnostics.is_empty(), "{}", read.render(false));
    Arc::new(read.plan.unwrap())
}

/// A story of some storylets: (id, who, tension, when).
fn story(storylets: &[(&str, &str, u8, &str)]) -> Arc<Story> {
    let rows: Vec<String> = storylets
        .iter()
        .map(|(id, who, tension, when)| {
            format!(r#"(id: "{id}", who: "{who}", say: "{id}.", tension: {tension}, when: "{when}")"#)
        })
        .collect();
    let text = format!(
        r#"Story(format: 1, id: "t", start: "a", cast: {{ "mara": (name: "Mara"), "odo": (name: "Odo") }},
            vars: {{ "fire": Int(init: 0, min: 0, max: 3) }}, game: (writes: ["fire"]),
            beats: {{ "a": (lines: [(id: "l", who: "mara", say: "Well.")], end: true) }}, storylets: [{}])"#,
        rows.join(", ")
    );
    Arc::new(parse(vec![Source::new("t.story.ron", text)]).story.unwrap())
}

fn begin(story: &Arc<Story>) -> Runner {
    Runner::new(story.clone(), 1, &NoHost).unwrap().0
}

/// The next moment; what it tells.
fn moment(director: &mut Director, runner: &mut Runner) -> Option<String> {
    director.pass(runner, &NoHost);
    let Cue::Tell(ids) = director.cue(runner, &NoHost, |_| true) else { return None };
    tell(director, runner, &ids[0]);
    Some(ids[0].clone())
}

fn tell(director: &mut Director, runner: &mut Runner, id: &str) {
    let story = runner.story().clone();
    let storylet = story.storylets.iter().find(|one| one.id == id).unwrap();
    runner.tell(id, &NoHost).unwrap();
    director.told(runner, &NoHost, storylet);
}

fn level(tension: u8) -> Plan {
    Plan { silence: 0, ..Plan::new(Curve::new([(0, tension)])) }
}

#[test]
fn it_tells_what_brings_the_tension_nearest_to_the_curve() {
    let story = story(&[("calm", "mara", 0, "true"), ("low", "mara", 30, "true"), ("high", "odo", 90, "true")]);
    let mut runner = begin(&story);
    let mut director = Director::new(Arc::new(level(55)));
    director.pass(&runner, &NoHost);
    // 60 % of 90 is 54; of 30 it is 18.
    assert_eq!(director.cue(&runner, &NoHost, |_| true), Cue::Tell(vec!["high".into()]));
    assert_eq!(director.cue(&runner, &NoHost, |who| who == "mara"), Cue::Tell(vec!["low".into()]), "Odo is busy");
    assert_eq!(director.cue(&runner, &NoHost, |_| false), Cue::Silence(Quiet::Nothing));
    tell(&mut director, &mut runner, "high");
    assert_eq!(director.present(&runner, &NoHost), 54_000);
    let last = director.trace().last().unwrap();
    assert_eq!((last.wanted, last.present, last.told.as_deref()), (55, 54, Some("high")));
    assert_eq!(moment(&mut director, &mut runner).as_deref(), Some("low"), "the same one twice is no story");
}

#[test]
fn what_goes_on_counts_and_calms_what_is_told() {
    let story = story(&[("low", "mara", 10, "true"), ("high", "odo", 90, "true")]);
    let mut runner = begin(&story);
    let fire = raconteur_core::director::Measure { when: Expr::parse("fire >= 2"), tension: 50 };
    let plan = Arc::new(Plan { measures: vec![fire], ..level(55) });
    let mut director = Director::new(plan);
    director.pass(&runner, &NoHost);
    assert_eq!(director.cue(&runner, &NoHost, |_| true), Cue::Tell(vec!["high".into()]));
    runner.set("fire", Value::Int(2)).unwrap();
    assert_eq!(director.present(&runner, &NoHost), 50_000);
    assert_eq!(director.cue(&runner, &NoHost, |_| true), Cue::Tell(vec!["low".into()]), "it burns enough by itself");
}

#[test]
fn it_keeps_quiet_in_quiet_phases_in_gaps_and_when_silence_is_nearer() {
    let story = story(&[("high", "odo", 90, "true"), ("higher", "mara", 95, "true")]);
    let mut runner = begin(&story);
    let plan = Plan { quiet: vec![(2, 3)], gap: 2, silence: 3, ..Plan::new(Curve::new([(0, 60), (5, 60), (6, 0)])) };
    let mut director = Director::new(Arc::new(plan));
    let mut reasons = Vec::new();
    for _ in 0..12 {
        director.pass(&runner, &NoHost);
        match director.cue(&runner, &NoHost, |_| true) {
            Cue::Tell(ids) => {
                tell(&mut director, &mut runner, &ids[0]);
                reasons.push("told");
            }
            Cue::Silence(Quiet::Phase) => reasons.push("phase"),
            Cue::Silence(Quiet::Gap) => reasons.push("gap"),
            Cue::Silence(Quiet::Nearer) => reasons.push("nearer"),
            Cue::Silence(Quiet::Nothing) => reasons.push("nothing"),
        }
    }
    assert_eq!(&reasons[..5], ["told", "phase", "phase", "told", "gap"]);
    // Behind the fall silence is nearer, but not for ever.
    let rest = &reasons[5..];
    assert!(rest.contains(&"nearer") && rest.contains(&"told"), "{reasons:?}");
    let longest = rest.split(|reason| *reason == "told").map(<[_]>::len).max();
    assert!(longest.is_some_and(|longest| longest <= 3), "{reasons:?}");
}

#[test]
fn told_tension_fades_and_a_jolt_lifts_it() {
    let story = story(&[("high", "odo", 100, "true")]);
    let text = r#"Director(format: 1, curve: (points: [(0, 50)]), jolts: { "attack": (tension: 80) }, decay: 50)"#;
    let plan = Arc::new(read(text, &story).plan.unwrap());
    let mut runner = begin(&story);
    let mut director = Director::new(plan);
    assert!(director.jolt("attack") && !director.jolt("unheard of"));
    assert_eq!(director.present(&runner, &NoHost), 80_000);
    director.pass(&runner, &NoHost);
    assert_eq!(director.present(&runner, &NoHost), 40_000);
    director.jolt("attack");
    tell(&mut director, &mut runner, "high");
    assert_eq!(director.present(&runner, &NoHost), 92_000, "a storylet pulls, it does not add");
}

#[test]
fn ties_are_of_one_voice_and_what_was_told_longest_ago_comes_first() {
    let story = story(&[
        ("a", "mara", 50, "true"),
        ("b", "odo", 51, "true"),
        ("c", "mara", 52, "true"),
        ("d", "odo", 50, "true"),
        ("far", "mara", 99, "true"),
    ]);
    let mut runner = begin(&story);
    let mut director = Director::new(Arc::new(level(30)));
    director.pass(&runner, &NoHost);
    assert_eq!(director.cue(&runner, &NoHost, |_| true), Cue::Tell(vec!["a".into(), "c".into()]));
    let told: Vec<String> = (0..8).filter_map(|_| moment(&mut director, &mut runner)).collect();
    for pair in told.windows(2) {
        assert_ne!(pair[0], pair[1], "{told:?}");
    }
    let voices: Vec<bool> = told.iter().map(|id| ["a", "c", "far"].contains(&id.as_str())).collect();
    assert!(voices.windows(2).all(|pair| pair[0] != pair[1]), "they take turns: {told:?}");
}

#[test]
fn conditions_cooldowns_and_once_hold_over_a_thousand_moments() {
    let story = harrow();
    let plan = shipped(&story);
    let mut runner = begin(&story);
    let mut director = Director::new(plan.clone());
    let mut seed = 7_u64;
    let mut last: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    let (mut tellings, mut moments_told) = (0_u64, 0);
    for _ in 0..1500 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if seed >> 60 == 0 {
            runner.set("wolf", Value::Int((seed >> 40) as i64 % 4)).unwrap();
            runner.set("storm", Value::Int((seed >> 44) as i64 % 4)).unwrap();
        }
        director.pass(&runner, &NoHost);
        let Cue::Tell(ids) = director.cue(&runner, &NoHost, |_| true) else { continue };
        assert!(!plan.is_quiet(director.moment()));
        for id in &ids {
            let storylet = story.storylets.iter().find(|one| one.id == *id).unwrap();
            let holds = storylet.when.as_ref().is_none_or(|when| when.holds(&runner.environment(&NoHost)).unwrap());
            assert!(holds, "{id} does not hold");
            if let Some(before) = last.get(id) {
                assert!(tellings - before >= u64::from(storylet.cooldown), "{id} rests");
            }
        }
        tell(&mut director, &mut runner, &ids[0]);
        tellings += 1;
        moments_told += 1;
        last.insert(ids[0].clone(), tellings);
        let present = director.present(&runner, &NoHost);
        assert!((0..=100_000).contains(&present));
    }
    assert!(moments_told > 300 && director.trace().len() == TRACE_LIMIT, "{moments_told}");
    assert!(director.mean_distance() < 15.0, "{}", director.mean_distance());
}

#[test]
fn a_save_goes_on_as_if_nothing_had_been() {
    let story = harrow();
    let plan = shipped(&story);
    let (mut runner, mut director) = (begin(&story), Director::new(plan.clone()));
    (0..17).for_each(|_| drop(moment(&mut director, &mut runner)));
    let text = director.to_text().unwrap();
    let mut again = Director::from_text(plan.clone(), &text).unwrap();
    let mut runner_again = Runner::resume(story.clone(), runner.state().clone(), &NoHost).unwrap().0;
    for _ in 0..40 {
        assert_eq!(moment(&mut again, &mut runner_again), moment(&mut director, &mut runner));
    }
    assert_eq!(again.data(), director.data());
    for cut in (0..text.len()).step_by(17) {
        assert!(
            matches!(Director::from_text(plan.clone(), &text[..cut]), Err(DirectorError::Damaged(_))),
            "cut at {cut}"
        );
    }
    let newer = text.replacen("format:1", "format:9", 1);
    assert!(matches!(Director::from_text(plan.clone(), &newer), Err(DirectorError::Newer { format: 9, .. })));
    let mut bad = director.data();
    bad.told = i64::MAX;
    assert!(matches!(Director::from_data(plan, bad), Err(DirectorError::Damaged(_))));
}

#[test]
fn every_mistake_of_a_writer_has_its_code() {
    let story = harrow();
    let text = plan_text();
    let cases = [
        ("D01", "(0, 8)", "(0, 108)", Severity::Error),
        ("D01", "tension: 90", "tension: 190", Severity::Error),
        ("D01", "(when: \"wolf >= 2\", tension: 8)", "(when: \"wolf >= 2\", tension: 180)", Severity::Error),
        ("D01", "pull: 60", "pull: 160", Severity::Error),
        ("D02", "(18, 62)", "(8, 62)", Severity::Error),
        ("D02", "(27, 29)", "(29, 27)", Severity::Error),
        ("D03", "wolf >= 2", "wulf >= 2", Severity::Error),
        ("D03", "wolf >= 2", "wolf >=", Severity::Error),
        ("D05", "format: 1", "format: 2", Severity::Error),
        ("R02", "pull: 60", "pulls: 60", Severity::Error),
    ];
    for (code, from, to, severity) in cases {
        assert!(text.contains(from), "{from}");
        let read = read(&text.replacen(from, to, 1), &story);
        let found = read.diagnostics.iter().find(|found| found.code == code);
        let Some(found) = found else { panic!("no {code} for {to}:\n{}", read.render(false)) };
        assert!(found.help.is_some() && found.severity == severity && read.has_errors(), "{code}: {found:?}");
    }
    let few = self::story(&[("calm", "mara", 10, "true")]);
    let far = read(r#"(format: 1, curve: (points: [(0, 10), (9, 90)]))"#, &few);
    assert!(far.diagnostics.iter().any(|found| found.code == "D04") && !far.has_errors(), "{}", far.render(false));
}

#[test]
fn a_picture_has_the_curve_and_what_was_told() {
    let story = harrow();
    let (mut runner, mut director) = (begin(&story), Director::new(shipped(&story)));
    (0..30).for_each(|_| drop(moment(&mut director, &mut runner)));
    let samples: Vec<_> = director.trace().cloned().collect();
    let page = svg("Harrow <Green>", &[Shown { name: "director", color: "#b5482a", samples: &samples }]);
    assert!(page.starts_with("<svg") && page.ends_with("</svg>\n") && page.contains("Harrow &lt;Green&gt;"));
    assert!(page.matches("<circle").count() == samples.iter().filter(|sample| sample.told.is_some()).count());
    assert!(svg("", &[]).ends_with("</svg>\n"), "nothing to draw is a page too");
}
