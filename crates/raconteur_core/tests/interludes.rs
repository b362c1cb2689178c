//! Detours, rumors and picks: what they ask of a model, what they do without one, and what they leave behind.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer};
use raconteur_core::desk::{Desk, authored};
use raconteur_core::generate::{Progress, RequestId};
use raconteur_core::judge::{Rejection, distance};
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why, Work};
use raconteur_core::runner::{Host, Moment, NoHost, Position, Runner, RunnerError, RunnerEvent};
use raconteur_core::scripted::ScriptedGenerator;
use raconteur_core::story::format::{Line, Story, Value, Variant};
use raconteur_core::story::locale::lock;
use raconteur_core::template::Templates;

fn story(source: &str) -> Story {
    use ron::extensions::Extensions;
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    ron::Options::default().with_default_extension(extensions).from_str(source).unwrap()
}

fn begin(story: Story) -> (Runner, Composer) {
    let story = Arc::new(story);
    let (runner, _) = Runner::new(story.clone(), 11, &NoHost).unwrap();
    (runner, Composer::new(story, &Templates::default()).unwrap())
}

fn line(story: &Story, id: &str) -> Line {
    story.beats.iter().flat_map(|(_, beat)| &beat.lines).find(|line| line.id == id).unwrap().clone()
}

fn request(composed: Composed) -> LineRequest {
    match composed {
        Composed::Request(request) => request,
        other => panic!("no request: {other:?}"),
    }
}

/// What a model that says this makes of a request.
fn finish(request: LineRequest, generator: &mut ScriptedGenerator) -> Finished {
    let (mut desk, mut end) = (Desk::default(), None);
    let mut sink = |_: RequestId, event: LineEvent| {
        if let LineEvent::Finished(finished) = event {
            end = Some(finished);
        }
    };
    desk.submit(RequestId(1), request, &mut sink);
    while desk.step(generator, &mut sink) == Progress::Working {}
    end.unwrap()
}

fn tower(detour: &str) -> Story {
    story(&format!(
        "(format: 1, id: \"t\", start: \"a\", vars: {{ \"mood\": Int(init: 1, min: -2, max: 5), \"lit\": Bool(init: false) }},
          host: {{ \"night\": (ret: Bool) }}, cast: {{
            \"mara\": (name: \"Mara\", voice: \"dry\", knows: [\"rope\", \"debt\"], hides: [\"purse\"]),
            \"odo\": (name: \"Odo\", voice: \"soft\", knows: [\"purse\", \"boots\"], hides: [\"debt\"]) }},
          lore: {{ \"rope\": (says: \"The rope is wet.\", keys: [\"rope\"]), \"debt\": (says: \"Odo owes silver.\", keys: [\"silver\"]),
            \"purse\": (says: \"Mara took the purse.\", keys: [\"purse\"]), \"boots\": (says: \"The boots are Odo's.\", keys: [\"boots\"], secret: true) }},
          places: {{ \"tower\": (name: \"Tower\", setting: \"A tower at night.\") }},
          policies: {{ \"long\": (stop: [\"\\n\\n\"], tokens: (1, 80)) }},
          beats: {{ \"a\": (place: \"tower\", lines: [(id: \"a1\", who: \"mara\", say: \"Up.\"), (id: \"a2\", who: \"odo\", say: \"Must we?\")],
              then: [\"mood += 1\"], detour: ({detour}), next: \"b\"),
            \"b\": (choices: [(id: \"again\", say: \"Again.\", to: \"a\"), (id: \"done\", say: \"Done.\", to: \"z\")]), \"z\": (end: true) }})"
    ))
}

const DREAM: &str = r#"goal: "They climb in the dark.", say: "You climb.\nNobody speaks.", policy: "long", max_lines: 2, may: ["mood += -1..2"],
    reads: { "mood": ["They quarrel.", "They are silent.", "They laugh.", "They sing."] }"#;

fn at_detour(detour: &str) -> (Runner, Composer) {
    let (mut runner, composer) = begin(tower(detour));
    runner.advance(&NoHost).unwrap();
    assert_eq!(runner.moment(), Moment::Line { beat: "a".to_owned(), index: 1 });
    let events = runner.advance(&NoHost).unwrap();
    assert_eq!(
        events,
        [RunnerEvent::VarChanged { name: "mood".to_owned(), value: Value::Int(2) }],
        "`then` comes first"
    );
    (runner, composer)
}

fn readings(value: i64) -> BTreeMap<String, i64> {
    [("mood".to_owned(), value)].into()
}

#[test]
fn a_detour_returns_to_where_it_began() {
    let (mut runner, _) = at_detour(DREAM);
    assert_eq!(runner.moment(), Moment::Detour { beat: "a".to_owned(), say: "You climb.\nNobody speaks.".to_owned() });
    assert!(matches!(runner.choose("again", &NoHost), Err(RunnerError::NotOpen { .. })));
    let told = |beat: &str| RunnerEvent::DetourTold { beat: beat.to_owned() };
    let entered = |beat: &str| RunnerEvent::BeatEntered { beat: beat.to_owned() };
    // By itself: the authored text, and no change.
    let mut alone = runner.clone();
    assert_eq!(alone.advance(&NoHost).unwrap(), [told("a"), entered("b")]);
    let said: Vec<&str> = alone.state().history.iter().rev().take(2).map(|turn| turn.text.as_str()).collect();
    assert_eq!(said, ["Nobody speaks.", "You climb."]);
    // With a reading, within the range whatever it was.
    for (read, mood) in [(1, 3), (2, 4), (99, 4), (-1, 1), (i64::MIN, 1)] {
        let mut other = runner.clone();
        other.finish_detour(&["Odo sings.".to_owned()], &readings(read), &NoHost).unwrap();
        assert_eq!(other.state().vars["mood"], Value::Int(mood), "{read}");
        assert!(other.state().detours.contains("a"));
    }
    // Passed over: nothing is told and nothing changes.
    let mut passed = runner.clone();
    assert_eq!(passed.finish_detour(&[" ".to_owned()], &readings(2), &NoHost).unwrap(), [entered("b")]);
    assert!(passed.state().detours.is_empty() && passed.state().vars["mood"] == Value::Int(2));
    runner.advance(&NoHost).unwrap();
    assert_eq!(runner.skip_detour(&NoHost), Err(RunnerError::NoDetour));
    assert_eq!(runner.tell_detour(&[], &readings(1)), Err(RunnerError::NoDetour));
}

#[test]
fn a_detour_writes_only_what_it_may() {
    let left = |may: &str, read: BTreeMap<String, i64>| {
        let (mut runner, _) = at_detour(&format!("goal: \"x\", say: \"y\", may: [{may}]"));
        runner.finish_detour(&["y".to_owned()], &read, &NoHost).unwrap();
        runner.state().vars.clone()
    };
    let mood = |may: &str, read: BTreeMap<String, i64>| left(may, read)["mood"].clone();
    let none = BTreeMap::new;
    assert_eq!(mood("\"mood = 0..4\"", none()), Value::Int(2), "kept");
    assert_eq!(mood("\"mood = 3..4\"", none()), Value::Int(3), "kept as far as the range allows");
    assert_eq!(mood("\"mood = 3..4\"", readings(9)), Value::Int(4));
    assert_eq!(mood("\"mood += 1..2\"", none()), Value::Int(3), "the least of what it must do");
    assert_eq!(mood("\"mood -= 1..2\"", readings(2)), Value::Int(0));
    assert_eq!(mood("\"mood += 0..9000\"", readings(8000)), Value::Int(5), "clamped as any effect");
    let vars = left("\"mood += 0..1\", \"lit = 0..1\", \"gone = 0..1\", \"broken\"", [("lit".to_owned(), 1)].into());
    assert_eq!((vars["lit"].clone(), vars.len()), (Value::Bool(false), 2), "what is no number stays");
}

#[test]
fn when_and_once_hold_for_detours_and_lines() {
    let again = |runner: &mut Runner, host: &dyn Host| {
        runner.choose("again", host).unwrap();
        runner.advance(host).unwrap();
        runner.advance(host).unwrap();
    };
    let (mut runner, _) = at_detour(&format!("{DREAM}, once: true"));
    runner.skip_detour(&NoHost).unwrap();
    again(&mut runner, &NoHost);
    assert!(matches!(runner.moment(), Moment::Detour { .. }), "passed over is not told");
    runner.advance(&NoHost).unwrap();
    again(&mut runner, &NoHost);
    assert!(matches!(runner.moment(), Moment::Choices(_)), "told once");

    let (mut runner, _) = at_detour(&format!("{DREAM}, when: \"mood >= 2 and mood < 3\""));
    runner.advance(&NoHost).unwrap();
    again(&mut runner, &NoHost);
    assert!(matches!(runner.moment(), Moment::Choices(_)), "its condition fails");
    // A condition that cannot be evaluated is false and told.
    let (mut runner, _) = begin(tower(&format!("{DREAM}, when: \"night()\"")));
    runner.advance(&NoHost).unwrap();
    let events = runner.advance(&NoHost).unwrap();
    assert!(
        events.iter().any(|event| matches!(event, RunnerEvent::ConditionFailed { source, .. } if source == "night()"))
    );
    assert!(matches!(runner.moment(), Moment::Choices(_)));

    let (mut runner, _) = begin(story(
        r#"(format: 1, id: "t", start: "a", cast: { "mara": (name: "Mara") }, beats: { "a": (lines: [
            (id: "a1", who: "mara", say: "Once.", once: true), (id: "a2", who: "mara", say: "Always.")],
            choices: [(id: "again", say: "Again.", to: "a")]) })"#,
    ));
    assert_eq!(runner.line().unwrap().id, "a1");
    runner.advance(&NoHost).unwrap();
    runner.advance(&NoHost).unwrap();
    runner.choose("again", &NoHost).unwrap();
    assert_eq!(runner.line().unwrap().id, "a2");
}

#[test]
fn a_detour_asks_for_prose_and_reads_it() {
    let (mut runner, composer) = at_detour(DREAM);
    let asked = request(composer.detour(&runner, &NoHost).unwrap());
    let Work::Write { prompt, constraints, rules, .. } = &asked.work else { panic!("{asked:?}") };
    assert_eq!(
        prompt.full(),
        "A tower at night.\nThe boots are Odo's. The rope is wet.\nMara: dry.\nOdo: soft.\nGoal: They climb in the dark.\n\n",
        "the setting of the place, and what nobody here hides"
    );
    assert_eq!((rules.max_lines, asked.fallback.as_str()), (Some(2), "You climb.\nNobody speaks."));
    assert!(constraints.banned.contains(&"silver".to_owned()) && constraints.banned.contains(&"purse".to_owned()));
    assert!(!constraints.banned.contains(&"boots".to_owned()));

    let mut model = ScriptedGenerator::saying("Odo laughs on the stair.\nMara laughs too.\nThen it is dark.");
    let finished = finish(asked, &mut model);
    assert_eq!(finished.source, Source::Generated);
    let lines = composer.detour_lines(&runner, &finished);
    assert_eq!(lines, ["Odo laughs on the stair.", "Mara laughs too."]);

    let readings = composer.readings(&runner, &lines);
    assert_eq!(readings.len(), 1);
    let Work::Pick { prompt, from, null } = &readings[0].request.work else { panic!("ranked, not written") };
    assert_eq!(prompt.full(), "A tower at night.\nOdo laughs on the stair.\nMara laughs too.");
    assert_eq!((from.len(), null.as_deref()), (4, Some("A tower at night.")));
    assert_eq!(readings[0].request.fallback, "They are silent.", "no change");
    let read = |source: Source, ranking: Vec<usize>| {
        readings[0].value(&Finished { source, ranking, ..authored("They laugh.".to_owned(), Why::Late) })
    };
    assert_eq!(read(Source::Ranked { of: 4 }, vec![2, 0, 1, 3]), Some(1));
    assert_eq!(read(Source::Ranked { of: 4 }, vec![0, 2]), Some(-1));
    assert_eq!(read(Source::Authored(Why::Late), vec![]), None);
    // Nothing was written: the authored text, or nothing at all.
    let late = authored("…".to_owned(), Why::Late);
    assert_eq!(composer.detour_lines(&runner, &late), ["You climb.", "Nobody speaks."]);
    runner.advance(&NoHost).unwrap();
    assert_eq!(composer.detour(&runner, &NoHost), None);
    let (runner, composer) = at_detour("goal: \"x\"");
    assert!(composer.detour_lines(&runner, &late).is_empty());
    assert!(composer.readings(&runner, &["x".to_owned()]).is_empty());
    let (mut runner, _) = at_detour("goal: \"x\"");
    runner.advance(&NoHost).unwrap();
    assert!(runner.state().detours.is_empty(), "without a text and without a model nothing is told");
}

fn market(drift: f32) -> Story {
    story(&format!(
        r#"(format: 1, id: "t", start: "a", vars: {{ "dry": Bool(init: false) }}, cast: {{
            "mara": (name: "Mara", voice: "dry", knows: ["flood"]), "odo": (name: "Odo", voice: "soft"),
            "ivo": (name: "Ivo", voice: "quick", hides: ["flood"]) }},
          lore: {{ "flood": (says: "The river carried the old bridge away.", keys: ["bridge"], when: "not dry", secret: true) }},
          beats: {{ "a": (setting: "A market.", lines: [
            (id: "m", who: "mara", say: "No bridge any more.", gen: Rumor(prompt: "rumor", of: "flood", keep: ["bridge"], drift: {drift:?})),
            (id: "o", who: "odo", say: "Did you hear?", gen: Rumor(prompt: "rumor", of: "flood", keep: ["bridge"], drift: {drift:?})),
            (id: "i", who: "ivo", say: "What bridge?", gen: Rumor(prompt: "rumor", of: "flood"))], end: true) }})"#
    ))
}

#[test]
fn a_rumor_is_retold_as_it_was_heard_last() {
    let (mut runner, composer) = begin(market(0.6));
    let (m, o, i) = (line(composer.story(), "m"), line(composer.story(), "o"), line(composer.story(), "i"));
    assert_eq!(composer.line(&runner, &o, &NoHost), Composed::Authored(Why::Written), "Odo has not heard of it");
    let asked = request(composer.line(&runner, &m, &NoHost));
    let Work::Write { prompt, rules, constraints, .. } = &asked.work else { panic!("written, not ranked") };
    assert_eq!(prompt.full(), "A market.\nThe river carried the old bridge away.\nMara: dry.\nRumor:\n\nMara:");
    assert_eq!(
        (rules.must.as_slice(), asked.fallback.as_str()),
        (&[vec!["bridge".to_owned()]][..], "No bridge any more.")
    );
    assert!(!constraints.banned.contains(&"bridge".to_owned()));

    let retold = "The river carried the bridge away, and a cart.";
    let finished = finish(asked.clone(), &mut ScriptedGenerator::saying(retold));
    assert_eq!((finished.source, finished.text.as_str()), (Source::Generated, retold));
    // Further than it may, and without what has to stay.
    let strays =
        finish(asked.clone(), &mut ScriptedGenerator::saying("A dragon burned the bridge to ashes yesterday."));
    assert!(
        matches!(&strays.source, Source::Authored(Why::Rejected(Rejection::Strays { distance, most })) if *distance > 0.7 && *most == 0.6),
        "{strays:?}"
    );
    assert_eq!(strays.text, "No bridge any more.");
    let lost = finish(asked, &mut ScriptedGenerator::saying("The river carried the old wall away."));
    assert!(matches!(lost.source, Source::Authored(Why::Rejected(Rejection::Must(_)))), "{lost:?}");

    // The authored line is no retelling: without a model each says their own.
    let mut unheard = runner.clone();
    unheard.spoken("No bridge any more.");
    assert!(unheard.state().retellings.is_empty());
    runner.spoken(retold);
    runner.advance(&NoHost).unwrap();
    let asked = request(composer.line(&runner, &o, &NoHost));
    let Work::Write { prompt, rules, .. } = &asked.work else { panic!("written, not ranked") };
    assert!(
        prompt.full().starts_with("A market.\nThe river carried the bridge away, and a cart.\nOdo: soft.\nRumor:\n"),
        "{}",
        prompt.full()
    );
    assert_eq!(rules.near.as_ref().unwrap().text, retold, "what strays is measured from what was heard");
    assert_eq!(asked.fallback, retold, "what was heard last is what is told without a model");
    assert_eq!(composer.version(&runner, "odo", "flood", &NoHost).unwrap().times, 1);
    runner.spoken(retold);
    let heard = &runner.state().retellings["flood"];
    assert_eq!((heard.who.as_str(), heard.times), ("odo", 2));
    runner.advance(&NoHost).unwrap();
    assert_eq!(composer.line(&runner, &i, &NoHost), Composed::Authored(Why::Written), "Ivo keeps it to himself");
    // In another language the words are of no use.
    let mut german = market(0.6);
    german.locale = "de".to_owned();
    let german = Arc::new(german);
    let (there, _) = Runner::resume(german.clone(), runner.state().clone(), &NoHost).unwrap();
    let composer_de = Composer::new(german, &Templates::default()).unwrap();
    assert_eq!(composer_de.version(&there, "mara", "flood", &NoHost).unwrap().times, 0);
    // What is not true any more is not told.
    runner.set("dry", Value::Bool(true)).unwrap();
    assert_eq!(composer.line(&runner, &o, &NoHost), Composed::Authored(Why::Written));
}

#[test]
fn a_chain_of_rumors_strays_one_step_at_a_time() {
    let (mut runner, composer) = begin(market(0.3));
    let m = line(composer.story(), "m");
    let tellings = [
        "The river carried the old bridge and the mill away.",
        "The river carried the bridge and the old mill off yesterday.",
        "Yesterday a giant threw the bridge and the whole town into the sea.",
    ];
    let mut told = BTreeSet::new();
    for telling in tellings {
        let asked = request(composer.line(&runner, &m, &NoHost));
        let finished = finish(asked, &mut ScriptedGenerator::saying(telling));
        runner.spoken(&finished.text);
        told.insert(finished.text);
    }
    // The second is further from the fact than a step may be, but not from the first. The last one is too far from the
    // second, so that one stays.
    assert!(distance("The river carried the old bridge away.", tellings[1]) > 0.3);
    assert_eq!(told.into_iter().collect::<Vec<_>>(), [tellings[1], tellings[0]]);
    assert_eq!(runner.state().retellings["flood"].text, tellings[1]);
}

const STALL: &str = r#"(format: 1, id: "t", start: "a", cast: { "mara": (name: "Mara", voice: "dry") }, beats: { "a": (setting: "Here.", lines: [
    (id: "p", who: "mara", say: "One.", gen: Pick(from: ["Two.", "Three.", ""])),
    (id: "v", who: "mara", say: "Soup?", gen: Vary(prompt: "vary"))],
    slot: (offer: 2, outcomes: [(id: "eat", say: "Eat.", to: "a"), (id: "leave", say: "Leave.", to: "z")])), "z": (end: true) },
    storylets: [(id: "s", who: "mara", say: "Hm.", gen: Pick(from: ["Well."]))])"#;

fn baked() -> Story {
    let mut story = story(STALL);
    let row = |say: &str, of: &str, accept: bool| Variant {
        say: say.to_owned(),
        lock: lock(of),
        accept,
        ..Variant::default()
    };
    let rows = vec![
        row("Stew?", "Soup?", true),
        row("Mud?", "Soup?", false),
        row("Old?", "Broth?", true),
        row("Broth?", "Soup?", true),
    ];
    story.baked.push("v", rows);
    story.baked.push("eat", vec![row("Sit down and eat.", "Eat.", true)]);
    story
}

#[test]
fn without_a_model_the_seed_picks_and_never_what_was_shown_last() {
    let (runner, composer) = begin(baked());
    let play = |mut runner: Runner| {
        let mut said = Vec::new();
        for _ in 0..12 {
            for id in ["p", "v"] {
                let line = line(composer.story(), id);
                let composed = composer.line(&runner, &line, &NoHost);
                assert_eq!(composed, composer.line(&runner, &line, &NoHost), "the same place, the same words");
                let finished = composer.offline(id, &line.say, composed, Why::ModelOff);
                runner.spoken(&finished.text);
                runner.advance(&NoHost).unwrap();
                said.push((finished.text, finished.source));
            }
            runner.choose("eat", &NoHost).unwrap();
        }
        said
    };
    let said = play(runner.clone());
    assert_eq!(said, play(runner), "byte for byte");
    for id in 0..2 {
        let of: Vec<&str> = said.iter().skip(id).step_by(2).map(|(text, _)| text.as_str()).collect();
        assert!(of.windows(2).all(|pair| pair[0] != pair[1]), "{of:?}");
        let all: BTreeSet<&str> = of.iter().copied().collect();
        let wanted: &[&str] = if id == 0 { &["One.", "Three.", "Two."] } else { &["Broth?", "Soup?", "Stew?"] };
        assert_eq!(all.into_iter().collect::<Vec<_>>(), wanted);
    }
    for (text, source) in said {
        let baked = ["Broth?", "Stew?"].contains(&text.as_str());
        assert_eq!(source, if baked { Source::Baked } else { Source::Authored(Why::ModelOff) }, "{text}");
    }
}

#[test]
fn with_a_model_variants_are_ranked_and_nothing_is_written() {
    let (mut runner, composer) = begin(baked());
    for (id, texts) in [("p", &["One.", "Two.", "Three."]), ("v", &["Soup?", "Stew?", "Broth?"])] {
        let asked = request(composer.line(&runner, &line(composer.story(), id), &NoHost));
        let Work::Pick { from, prompt, .. } = asked.work else { panic!("ranked, not written") };
        assert_eq!(from, texts);
        assert!(prompt.full().ends_with("\nMara:") && !prompt.full().contains("again"), "{}", prompt.full());
        runner.advance(&NoHost).unwrap();
    }
    assert!(matches!(&runner.state().position, Position::Slot { .. }));
    let outcomes = &composer.story().beats.get("a").unwrap().slot.as_ref().unwrap().outcomes;
    let label = request(composer.label(&runner, "a", &outcomes[0], &NoHost));
    assert!(matches!(&label.work, Work::Pick { from, .. } if from == &["Eat.", "Sit down and eat."]));
    // A language without a prompt: by seed, and nobody is asked.
    let mut mute = baked();
    for (_, beat) in mute.beats.iter_mut() {
        for line in &mut beat.lines {
            use raconteur_core::story::format::Gen;
            match &mut line.generate {
                Some(Gen::Pick { prompt, .. }) => prompt.clear(),
                Some(Gen::Vary(writing)) => writing.prompt.clear(),
                _ => {}
            }
        }
    }
    let (runner, composer) = begin(mute);
    for id in ["p", "v"] {
        assert!(
            matches!(composer.line(&runner, &line(composer.story(), id), &NoHost), Composed::Chosen { .. }),
            "{id}"
        );
    }
}

#[test]
fn a_remark_is_remembered_by_its_words() {
    let (mut runner, composer) = begin(story(STALL));
    let storylet = runner.storylet("mara", &NoHost).unwrap().clone();
    for _ in 0..4 {
        let before = runner.state().variants.get("s").copied();
        let composed = composer.storylet(&runner, &storylet, &NoHost);
        let words = composer.offline("s", &storylet.say, composed, Why::ModelOff).text;
        runner.tell("s", &NoHost).unwrap();
        runner.remarked("s", &words);
        assert_ne!(runner.state().variants.get("s").copied(), before);
    }
    runner.remarked("no such", "x");
    assert!(runner.state().history.is_empty(), "a remark is no turn of a talk");
}
