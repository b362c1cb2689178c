//! Baking: what is found to bake, what is written for it, how reviews survive, and that a baked story needs no model.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use raconteur_core::bake::{
    AcceptRule, BakeOptions, Baker, Candidate, Kind, Plan, PlanOptions, Review, Row, RowState, WhyNot, plan, targets,
    to_ron,
};
use raconteur_core::generate::{GenerateError, Progress, Task};
use raconteur_core::scripted::{Script, ScriptedGenerator};
use raconteur_core::story::format::{Story, Variant};
use raconteur_core::story::locale::lock;
use raconteur_core::story::parse::parse;
use raconteur_core::story::source::Source;
use raconteur_core::template::Templates;

const STORY: &str = r#"(
    format: 1, id: "t", start: "inn", ends: ["out"],
    vars: { "coins": Int(init: 0, min: 0, max: 3), "told": Bool(init: false) },
    host: { "night": (ret: Bool) },
    cast: {
        "narrator": (name: ""),
        "mara": (name: "Mara", voice: "dry", knows: ["bell", "debt"]),
    },
    lore: {
        "bell": (says: "The bell is gone.", keys: ["bell"]),
        "debt": (says: "Odo owes the smith silver.", keys: ["silver"], when: "told", secret: true),
    },
    policies: { "default": (tokens: (1, 30), rank: Pmi(null: "{speaker}:", floor: 0.5)), "plain": (tokens: (1, 30)) },
    beats: {
        "inn": (lines: [
            (id: "a", who: "mara", say: "You came for the bell.", gen: Vary(prompt: "vary", must: [["bell"]])),
            (id: "b", who: "mara", say: "Three coins, then.", when: "coins >= 3", gen: Vary(prompt: "vary", policy: "plain")),
            (id: "c", who: "mara", say: "It is night.", when: "night()", gen: Free(prompt: "say", goal: "Mara wants to sleep.")),
            (id: "d", who: "mara", say: "Never.", when: "coins < 0", gen: Vary(prompt: "vary")),
            (id: "p", who: "mara", say: "One.", gen: Pick(from: ["Two."])),
            (id: "q", who: "mara", say: "Ask me.", gen: Answer(from: ["bell"], unsure: "q")),
            (who: "mara", say: "No id.", gen: Vary(prompt: "vary")),
        ], choices: [
            (id: "pay", say: "Pay.", to: "inn", then: ["coins += 1"]),
            (id: "tell", say: "Tell her.", to: "inn", then: ["told = true"]),
            (id: "go", say: "Go.", to: "door"),
        ]),
        "door": (lines: [(id: "e", who: "narrator", say: "The door.")],
            slot: (prompt: "label", offer: 1, outcomes: [
                (id: "leave", say: "Leave the inn.", to: "out", must: [["leave"]]),
                (id: "stay", say: "Stay at the inn.", to: "inn", when: "coins >= 1", must: [["stay"]]),
            ])),
        "out": (lines: [(id: "f", who: "narrator", say: "The end.")], end: true),
    },
    storylets: [
        (id: "bark", who: "mara", say: "Watch the third plank.", gen: Vary(prompt: "vary", policy: "plain")),
        (id: "rare", who: "mara", say: "A rich guest.", when: "coins == 3 and told", gen: Vary(prompt: "vary", policy: "plain")),
    ],
)"#;

fn story() -> Story {
    read(&[("t.story.ron", STORY)])
}

fn read(files: &[(&str, &str)]) -> Story {
    let checked = parse(files.iter().map(|(name, text)| Source::new(*name, *text)).collect());
    let rendered = checked.render(false);
    checked.story.unwrap_or_else(|| panic!("{rendered}"))
}

fn planned(options: &PlanOptions) -> Plan {
    // One text is never reached: the search goes as far as it may.
    plan(&story(), &Templates::default(), &PlanOptions { states: 1500, ..options.clone() }).unwrap()
}

fn bake(plan: &Plan, options: &BakeOptions, generator: &mut ScriptedGenerator) -> Vec<(String, Vec<Candidate>)> {
    let mut baker = Baker::new(plan, options);
    let mut done = Vec::new();
    for _ in 0..10_000 {
        let progress = baker.step(generator);
        while let Some(baked) = baker.take() {
            done.push((plan.texts[baked.text].target.id.clone(), baked.candidates));
        }
        if progress == Progress::Idle {
            assert_eq!(baker.take_errors(), []);
            return done;
        }
    }
    panic!("it never ends");
}

fn of<'a>(done: &'a [(String, Vec<Candidate>)], id: &str) -> &'a [Candidate] {
    &done.iter().find(|(other, _)| other == id).unwrap().1
}

#[test]
fn what_can_be_baked_is_found_and_the_rest_says_why() {
    let (found, skipped) = targets(&story());
    let ids: Vec<&str> = found.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "leave", "stay", "bark", "rare"]);
    assert_eq!(found[4].kind, Kind::Label { beat: "door".to_owned() });
    assert_eq!(found[0].lock, lock("You came for the bell."));
    let skipped: Vec<(&str, WhyNot)> = skipped.iter().map(|skipped| (skipped.id.as_str(), skipped.why)).collect();
    assert_eq!(skipped, [("p", WhyNot::Pick), ("q", WhyNot::Answer), ("", WhyNot::NoId)]);
}

#[test]
fn plays_and_the_search_reach_every_text_that_can_be_reached() {
    let plan = planned(&PlanOptions::default());
    for text in &plan.texts {
        let reachable = text.target.id != "d";
        assert_eq!(text.sightings > 0, reachable, "{}", text.target.id);
        assert_eq!(!text.scenes.is_empty(), reachable, "{}", text.target.id);
    }
    let scene = |id: &str| plan.texts.iter().find(|text| text.target.id == id).unwrap().scenes[0].clone();
    assert!(scene("b").values.contains(&"coins=3".to_owned()), "{:?}", scene("b").values);
    assert_eq!(scene("b").route.iter().filter(|id| *id == "pay").count(), 3);
    // No play at all: the search alone finds them, by the shortest way.
    let plan = planned(&PlanOptions { routes: 0, ..PlanOptions::default() });
    let rare = plan.texts.iter().find(|text| text.target.id == "rare").unwrap();
    assert_eq!(rare.scenes[0].route.len(), 4, "three coins and a tale: {:?}", rare.scenes[0].route);
    let never = plan.texts.iter().find(|text| text.target.id == "d").unwrap();
    assert_eq!(never.sightings, 0);
}

#[test]
fn the_same_seed_plans_the_same_and_only_keeps_to_its_texts() {
    let show = |plan: &Plan| -> Vec<String> {
        plan.texts.iter().flat_map(|text| &text.scenes).map(|scene| scene.prompt.full()).collect()
    };
    let options = PlanOptions { seed: 7, ..PlanOptions::default() };
    assert_eq!(show(&planned(&options)), show(&planned(&options)));
    let only = planned(&PlanOptions { only: vec!["c".to_owned(), "p".to_owned()], ..PlanOptions::default() });
    assert_eq!(only.texts.len(), 1);
    assert_eq!(only.skipped.len(), 1);
}

#[test]
fn candidates_are_judged_scored_sorted_and_alike_only_once() {
    let plan = planned(&PlanOptions { only: vec!["a".to_owned()], scenes: 1, ..PlanOptions::default() });
    let texts = [
        "They all want the bell.",
        "they ALL want the bell", // the same to a reader
        "You came for the bell.", // the authored text
        "You want a drink.",      // not a word of the bell
        "The bell, always the bell, and nothing else.",
        "",
        "Bell and silver.", // silver is a secret until it was told
    ];
    let mut generator = ScriptedGenerator::new(move |_, at| Script::Say(texts[at % texts.len()].to_owned()));
    let done = bake(&plan, &BakeOptions { candidates: texts.len(), ..BakeOptions::default() }, &mut generator);
    let candidates = of(&done, "a");
    let clean: Vec<&str> = candidates.iter().filter(|c| c.reasons.is_empty()).map(|c| c.say.as_str()).collect();
    assert_eq!(clean.len(), 2, "{candidates:?}");
    assert!(clean.contains(&"They all want the bell.") && clean[0].contains("bell"), "{clean:?}");
    let reason = |say: &str| candidates.iter().find(|c| c.say == say).unwrap().reasons.join(", ");
    assert!(reason("You want a drink.").contains("none of [\"bell\"]"), "{candidates:?}");
    assert!(reason("Bell and silver.").contains("'silver'"), "{candidates:?}");
    // The scripted score is one nat a byte, with a space before the text.
    assert!(candidates.iter().all(|c| c.score > 1.0), "{candidates:?}");
    assert_eq!(candidates.len(), 4);
    assert!(candidates[..2].iter().all(|c| c.reasons.is_empty()) && candidates[0].score >= candidates[1].score);
}

#[test]
fn a_variant_keeps_the_rules_of_all_scenes_in_which_it_may_be_shown() {
    let mut plan = planned(&PlanOptions { only: vec!["a".to_owned()], ..PlanOptions::default() });
    // Only the scene in which the secret has been told.
    let text = &mut plan.texts[0];
    assert!(text.rules.len() >= 2, "with and without the secret");
    let (told, untold): (Vec<_>, Vec<_>) =
        text.rules.iter().partition(|rules| !rules.secrets.contains(&"silver".to_owned()));
    assert!(!told.is_empty() && !untold.is_empty());
    text.scenes.truncate(1);
    text.scenes[0].rules = told[0].clone();
    let mut generator = ScriptedGenerator::saying("The bell, and the silver.");
    let done = bake(&plan, &BakeOptions { candidates: 1, ..BakeOptions::default() }, &mut generator);
    assert_eq!(
        of(&done, "a")[0].reasons,
        ["in another scene the text has 'silver', which gives a secret away"],
        "it would give the secret away before it was told"
    );
}

#[test]
fn as_many_candidates_are_asked_for_as_wanted_in_different_streams() {
    let plan = planned(&PlanOptions::default());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = seen.clone();
    let mut generator = ScriptedGenerator::new(move |request, at| {
        if let Task::Continue { config, .. } = &request.task
            && at == 0
        {
            log.lock().unwrap().push((config.num_return_sequences, config.seed));
        }
        Script::Say("Something about the bell.".to_owned())
    })
    .with_room(3);
    let options = BakeOptions { candidates: 5, ..BakeOptions::default() };
    bake(&plan, &options, &mut generator);
    let first = std::mem::take(&mut *seen.lock().unwrap());
    let wanted = 5 * plan.texts.iter().filter(|text| !text.scenes.is_empty()).count();
    assert_eq!(first.iter().map(|(count, _)| count).sum::<usize>(), wanted);
    let mut seeds: Vec<u64> = first.iter().map(|(_, seed)| *seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), first.len(), "no two requests draw the same");
    // A run that finds rows draws other candidates; a run that finds none draws the same again.
    bake(&plan, &options, &mut generator);
    assert_eq!(*seen.lock().unwrap(), first);
    seen.lock().unwrap().clear();
    let rows = vec![5; plan.texts.len()];
    bake(&plan, &BakeOptions { rows, ..options }, &mut generator);
    assert!(seen.lock().unwrap().iter().all(|(_, seed)| !seeds.contains(seed)));
}

#[test]
fn a_generator_that_fails_or_falls_silent_ends_the_bake_with_errors() {
    let plan =
        planned(&PlanOptions { only: vec!["a".to_owned(), "b".to_owned()], scenes: 1, ..PlanOptions::default() });
    let mut generator = ScriptedGenerator::new(|_, _| Script::Fail(GenerateError::NotFinite));
    let mut baker = Baker::new(&plan, &BakeOptions::default());
    while baker.step(&mut generator) == Progress::Working {}
    let errors = baker.take_errors();
    assert_eq!(errors.len(), 2);
    assert!(errors[0].to_string().starts_with("'a': the model computed numbers"), "{}", errors[0]);
    assert_eq!(baker.take().unwrap().candidates, []);
    assert_eq!((baker.total(), baker.written()), (40, 0));
}

fn candidate(say: &str, score: f32, reasons: &[&str]) -> Candidate {
    Candidate { say: say.to_owned(), score, reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect() }
}

#[test]
fn a_second_run_keeps_what_people_decided_and_adds() {
    let (found, _) = targets(&story());
    let a = &found[0];
    let mut review = Review::default();
    review.add(
        a,
        &[candidate("One bell.", 1.0, &[]), candidate("Two bells.", 2.0, &[]), candidate("No.", 9.0, &["must"])],
    );
    assert_eq!(
        review.of("a").iter().map(|row| row.say.as_str()).collect::<Vec<_>>(),
        ["Two bells.", "One bell.", "No."]
    );
    let rows = review.rows.get_mut("a").unwrap();
    rows[1].accept = true;
    rows[0].note = "too proud".to_owned();
    let added = review.add(a, &[candidate("one bell!", 5.0, &[]), candidate("Three bells.", 1.5, &[])]);
    assert_eq!((added.new, added.known), (1, 1));
    let rows = review.of("a");
    assert_eq!(
        rows.iter().map(|row| row.say.as_str()).collect::<Vec<_>>(),
        ["Two bells.", "Three bells.", "One bell.", "No."]
    );
    assert!(rows[2].accept && rows[0].note == "too proud" && rows[2].score == 1.0);
    assert_eq!(review.count(a), 4);
}

#[test]
fn accepting_by_rule_leaves_what_people_and_rules_refused() {
    let (found, _) = targets(&story());
    let a = &found[0];
    let mut review = Review::default();
    let rows: Vec<Candidate> = (0..6).map(|at| candidate(&format!("Bell {at}."), 6.0 - at as f32, &[])).collect();
    review.add(a, &rows);
    review.add(a, &[candidate("Loud.", 9.0, &["it shouts"])]);
    review.rows.get_mut("a").unwrap()[0].note = "no".to_owned();
    assert_eq!(review.accept(a, AcceptRule::Top(2)), 2);
    let accepted = |review: &Review| -> Vec<String> {
        review.of("a").iter().filter(|row| row.accept).map(|row| row.say.clone()).collect()
    };
    assert_eq!(accepted(&review), ["Bell 1.", "Bell 2."]);
    assert_eq!(review.accept(a, AcceptRule::Top(2)), 0, "two are accepted already");
    // One that a person has accepted counts, also behind better ones.
    let mut other = review.clone();
    other.rows.get_mut("a").unwrap().iter_mut().for_each(|row| row.accept = row.say == "Bell 4.");
    assert_eq!(other.accept(a, AcceptRule::Top(2)), 1);
    assert_eq!(accepted(&other), ["Bell 1.", "Bell 4."]);
    assert_eq!(review.accept(a, AcceptRule::Above(3.0)), 1);
    assert_eq!(accepted(&review), ["Bell 1.", "Bell 2.", "Bell 3."]);
}

#[test]
fn the_table_reads_back_as_it_was_and_is_the_same_text_again() {
    let story = story();
    let (found, _) = targets(&story);
    let mut review = Review::default();
    let odd = "She said: \"bell\\\" and\ta tab — 鐘 🎣";
    review.add(&found[6], &[candidate("Mind the plank.", 0.25, &[])]);
    review.add(&found[0], &[candidate(odd, 1.2345, &[]), candidate("No.", -0.5, &["a \"quoted\" reason"])]);
    review.rows.get_mut("a").unwrap()[0].note = "keep\nthis".to_owned();
    review.rows.insert("gone".to_owned(), vec![Variant { say: "Old.".to_owned(), ..Variant::default() }]);
    let text = to_ron(&story, &review);
    assert!(
        text.find("\"a\": [") < text.find("\"bark\": [") && text.find("\"bark\": [") < text.find("\"gone\": ["),
        "{text}"
    );
    assert!(text.contains("    // You came for the bell.\n    \"a\": ["), "{text}");
    assert!(text.contains("no such text any more") && text.contains("// stale"), "{text}");
    let again = read(&[("t.story.ron", STORY), ("t.baked.ron", &text)]);
    let back = Review::of_story(&again);
    assert_eq!(back.of("a")[0].say, odd);
    assert_eq!(back.of("a")[0].note, "keep\nthis");
    assert_eq!(back.of("a")[1].reasons, ["a \"quoted\" reason"]);
    assert_eq!(to_ron(&again, &back), text);
}

#[test]
fn reviews_come_back_from_a_spreadsheet() {
    let story = story();
    let (found, _) = targets(&story);
    let mut review = Review::default();
    review.add(&found[0], &[candidate("One bell.", 1.0, &[]), candidate("Two bells.", 2.0, &[])]);
    let row = |line: &str, variant: &str, accept: bool, note: &str| Row {
        line: line.to_owned(),
        variant: variant.to_owned(),
        accept,
        note: note.to_owned(),
        lock: String::new(),
    };
    let rows = [
        row("a", "One bell.", true, "good"),
        row("a", "Two great bells.", true, "mended"),
        row("nowhere", "What?", true, ""),
        row("a", "  ", true, ""),
    ];
    let (changed, unknown) = review.import(&story, &rows);
    assert_eq!((changed, unknown.len()), (2, 1));
    let find = |say: &str| review.of("a").iter().find(|row| row.say == say).unwrap().clone();
    assert!(find("One bell.").accept && find("One bell.").note == "good" && find("One bell.").score == 1.0);
    assert!(find("Two great bells.").accept && find("Two great bells.").lock == found[0].lock);
    assert!(!find("Two bells.").accept, "a row that the spreadsheet lacks stays");
    assert_eq!(review.clone().import(&story, &rows).0, 0, "the second time nothing changes");
}

#[test]
fn rows_of_an_older_text_are_stale_and_those_of_a_translation_are_not() {
    let german = r#"(texts: { "a": (say: "Du kommst wegen der Glocke.") })"#;
    let root = STORY.replacen("id: \"t\",", "id: \"t\", locales: [\"de-DE\"],", 1);
    let story = read(&[("t.story.ron", &root), ("t.de-DE.l10n.ron", german)]);
    let row = |say: &str, of: &str, accept: bool| Variant {
        say: say.to_owned(),
        lock: lock(of),
        accept,
        ..Variant::default()
    };
    let mut review = Review::default();
    review.rows.insert(
        "a".to_owned(),
        vec![
            row("The bell.", "You came for the bell.", true),
            row("Die Glocke.", "Du kommst wegen der Glocke.", false),
            row("Old bell.", "An older text.", true),
            row("Older bell.", "An older text.", false),
        ],
    );
    let counts = review.counts(&story, "a");
    assert_eq!((counts.accepted, counts.pending, counts.stale), (1, 1, 2));
    assert_eq!(review.prune(&story), 1, "what somebody has accepted is not thrown away");
    assert_eq!(review.of("a").len(), 3);
    assert_eq!(Review::state(&row("x", "y", true), &[]), RowState::Stale);
}
