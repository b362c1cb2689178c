use super::*;
use crate::story::format::{Gen, NamePolicy, Variant};
use crate::story::parse::parse;
use crate::story::source::Source;

const STORY: &str = include_str!("../../../tests/stories/lantern.story.ron");
const GERMAN: &str = include_str!("../../../tests/stories/lantern.de.l10n.ron");

fn story(locales: &[(&str, &str)]) -> Story {
    let mut sources = vec![Source::new("lantern.story.ron", STORY)];
    sources.extend(locales.iter().map(|(tag, text)| Source::new(format!("lantern.{tag}.l10n.ron"), *text)));
    let checked = parse(sources);
    let rendered = checked.render(false);
    checked.story.unwrap_or_else(|| panic!("{rendered}"))
}

fn line<'a>(story: &'a Story, id: &str) -> &'a crate::story::format::Line {
    story.beats.iter().flat_map(|(_, beat)| &beat.lines).find(|line| line.id == id).expect("test data")
}

#[test]
fn is_the_published_hash() {
    // Test vectors of the draft.
    assert_eq!(lock(""), "811c9dc5");
    assert_eq!(lock("foobar"), "bf9cf968");
    assert_eq!(lock(" foobar\n"), "bf9cf968");
}

#[test]
fn tags_are_words_with_hyphens() {
    for good in ["de", "de-DE", "zh-Hant-TW", "de-CH-1996", "gsw"] {
        assert!(is_tag(good), "{good}");
    }
    for bad in ["", "d", "de_DE", "../de", "de-", "-de", "de/", "deutschland", "d3", "de DE"] {
        assert!(!is_tag(bad), "{bad}");
    }
}

#[test]
fn every_text_has_a_key_in_the_order_of_the_story() {
    let texts = story(&[]).texts();
    let keys: Vec<&str> = texts.iter().map(|text| text.key.as_str()).collect();
    let expected = [
        "title",
        "name:ives",
        "voice:ives",
        "group:wardens",
        "place:dock",
        "scene:dock",
        "lore:lamp",
        "setting:dock",
        "dock_1",
        "dock_2",
        "dock_3",
        "dock_a",
        "dock_b",
        "setting:talk",
        "talk_1",
        "slot:talk",
        "talk_a",
        "talk_b",
        "home_1",
        "away_1",
        "bark_1",
        "bark_2",
    ];
    assert_eq!(keys, expected);
    let line = story(&[]).text("dock_2").expect("a text");
    assert_eq!((line.kind, line.who.as_deref(), line.beat.as_deref()), (TextKind::Line, Some("ives"), Some("dock")));
    assert_eq!((line.source.tone.as_str(), line.source.must), ("weary", Some(vec![vec!["lantern".to_owned()]])));
    assert!(story(&[]).text("dock_9").is_none());
}

#[test]
fn texts_fall_back_one_by_one() {
    let swiss = r#"(texts: {"dock_1": (say: "Schwiizer Laterne."), "dock_b": (say: "Gang.", draft: true), "dock_3": (say: " ")})"#;
    let german = r#"(texts: {
        "dock_1": (say: "Die Laterne."), "dock_a": (say: "Fragen.", lock: "0"), "dock_b": (say: "Gehen."),
        "title": (say: "Die Laterne"), "name:ives": (say: "Iwan"), "voice:ives": (say: "trocken"), "group:wardens": (say: "die Wächter"),
        "place:dock": (say: "der Steg"), "scene:dock": (say: "Ein Steg."), "lore:lamp": (say: "Sie brennt.", keys: ["Laterne"]),
        "setting:talk": (say: "An der Laterne."), "bark_2": (say: "Ruhig heute."), "talk_b": (say: "Danken."),
    })"#;
    let story = story(&[("de-CH", swiss), ("de", german)]);
    let local = story.localized("de-ch");
    let say = |id: &str| line(&local, id).say.clone();
    assert_eq!(
        (say("dock_1").as_str(), say("dock_3").as_str()),
        ("Schwiizer Laterne.", "Well?"),
        "an empty one is none"
    );
    let choices = &local.beats.get("dock").expect("a beat").choices;
    assert_eq!(choices[0].say, "Fragen.", "a stale one is shown");
    assert_eq!(choices[1].say, "Gehen.", "a draft is not");
    let world = (&*local.title, &*local.cast.get("ives").expect("a character").voice, &*local.locale);
    assert_eq!(world, ("Die Laterne", "trocken", "de-CH"));
    assert_eq!(local.groups.get("wardens").expect("a group").name, "die Wächter");
    let place = local.places.get("dock").expect("a place");
    assert_eq!((&*place.name, &*place.setting), ("der Steg", "Ein Steg."));
    let lore = local.lore.get("lamp").expect("a fact");
    assert_eq!((&*lore.says, lore.keys.as_slice()), ("Sie brennt.", ["Laterne".to_owned()].as_slice()));
    assert_eq!(local.storylets[1].say, "Ruhig heute.");
    let talk = local.beats.get("talk").expect("a beat");
    assert_eq!((&*talk.setting, &*talk.slot.as_ref().expect("a slot").outcomes[1].say), ("An der Laterne.", "Danken."));
    assert_eq!(story.localized("fr"), story, "without a translation nothing changes");
    assert!(story.language().is_none() && local.language().is_some());
}

/// What a localised story may not change: everything but words and what a model does with them.
#[test]
fn the_graph_stays() {
    let story = story(&[("de", GERMAN)]);
    let local = story.localized("de");
    assert_eq!(
        (&local.id, &local.start, &local.ends, &local.vars),
        (&story.id, &story.start, &story.ends, &story.vars)
    );
    for ((id, one), (other_id, other)) in story.beats.iter().zip(local.beats.iter()) {
        assert_eq!((id, &one.next, one.end, &one.then), (other_id, &other.next, other.end, &other.then));
        let shape = |choice: &crate::story::format::Choice| (choice.id.clone(), choice.to.clone(), choice.when.clone());
        assert_eq!(
            one.choices.iter().map(shape).collect::<Vec<_>>(),
            other.choices.iter().map(shape).collect::<Vec<_>>()
        );
        let ids = |beat: &crate::story::format::Beat| beat.lines.iter().map(|line| line.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(one), ids(other));
    }
}

#[test]
fn nothing_is_generated_unless_the_translation_says_so() {
    let texts = r#"texts: {
        "dock_2": (say: "Salzmoor. Laterne.", must: [["Laterne"]]), "dock_3": (say: "Und?", from: ["Na?"]), "talk_1": (say: "Frag."),
        "talk_a": (say: "Nimm sie.", must: []), "talk_b": (say: "Danken."), "bark_1": (say: "Vorsicht."),
    }"#;
    let off = story(&[("de", &format!("({texts})"))]).localized("de");
    assert_eq!(line(&off, "dock_2").generate, None);
    assert_eq!(line(&off, "talk_1").generate, None);
    let Some(Gen::Pick { from, prompt, .. }) = &line(&off, "dock_3").generate else { panic!("variants are authored") };
    assert_eq!((from.as_slice(), prompt.as_str()), (["Na?".to_owned()].as_slice(), ""), "picked without a model");
    assert_eq!(off.beats.get("talk").expect("a beat").slot.as_ref().expect("a slot").prompt, "");

    let on = story(&[("de", &format!("(generate: true, {texts})"))]).localized("de");
    let Some(Gen::Vary(writing)) = &line(&on, "dock_2").generate else { panic!("is written") };
    assert_eq!(writing.must, [["Laterne"]]);
    assert_eq!(
        (writing.tone.as_str(), writing.must_not.len()),
        ("", 0),
        "words of the other language are none of this"
    );
    let slot = on.beats.get("talk").expect("a beat").slot.clone().expect("a slot");
    assert_eq!((slot.prompt.as_str(), slot.tone.as_str(), slot.outcomes[0].must.len()), ("vary", "", 0));
    assert_eq!(line(&on, "dock_1").say, "The lantern swings over the water.");

    let without = texts.replace(", must: [[\"Laterne\"]]", "").replace(", must: []", "");
    let some = story(&[("de", &format!("(generate: true, {without})"))]).localized("de");
    assert_eq!(line(&some, "dock_2").generate, None, "a line with must needs its own");
    assert!(some.storylets[0].generate.is_some());
    assert_eq!(some.beats.get("talk").expect("a beat").slot.as_ref().expect("a slot").prompt, "");
}

#[test]
fn a_line_without_a_translation_asks_no_model() {
    let local = story(&[("de", "(generate: true, texts: {\"dock_1\": (say: \"Laterne.\")})")]).localized("de");
    assert_eq!(line(&local, "dock_2").generate, None);
    assert!(
        matches!(&line(&local, "dock_3").generate, Some(Gen::Pick { from, prompt, .. }) if from.len() == 2 && prompt.is_empty())
    );
}

#[test]
fn reviewed_variants_are_translated_like_those_of_a_pick() {
    let mut story = story(&[(
        "de",
        "(texts: {\"dock_2\": (say: \"Salzmoor.\", from: [\"Salzmoor!\"]), \"talk_a\": (say: \"Nimm.\", from: [\"Her damit.\"])})",
    )]);
    let say = line(&story, "dock_2").say.clone();
    let variant = |say: &str, lock: String, accept| Variant { say: say.to_owned(), lock, accept, ..Variant::default() };
    let stale = variant("Old.", "0".to_owned(), true);
    story
        .baked
        .push("dock_2", vec![variant("Lit, always.", lock(&say), true), variant("No.", lock(&say), false), stale]);
    story.baked.push("talk_a", vec![variant("Grab it.", lock("Take the lantern."), true)]);
    story.baked.push("bark_1", vec![variant("Mind it.", lock("Mind the lantern."), true)]);
    assert_eq!(story.text("dock_2").expect("a text").source.from, Some(vec!["Lit, always.".to_owned()]));
    let local = story.localized("de");
    assert!(matches!(&line(&local, "dock_2").generate, Some(Gen::Pick { from, .. }) if from == &["Salzmoor!"]));
    story.baked.get_mut("dock_2").expect("there").push(variant("Salzmoor, ach.", lock("Salzmoor."), true));
    let own = story.localized("de").baked.get("dock_2").cloned().expect("variants of the translation");
    assert_eq!(own.iter().map(|variant| variant.say.as_str()).collect::<Vec<_>>(), ["Salzmoor, ach."]);
    let label = &local.baked.get("talk_a").expect("translated variants")[0];
    assert_eq!((label.say.as_str(), label.accept, label.lock.as_str()), ("Her damit.", true, lock("Nimm.").as_str()));
    assert!(!local.baked.contains("dock_2") && local.baked.contains("bark_1"));
    assert!(
        matches!(&local.storylets[0].generate, Some(Gen::Pick { from, prompt, .. }) if from.is_empty() && prompt.is_empty())
    );
}

#[test]
fn settings_go_before_those_of_the_story() {
    let local = story(&[("de", GERMAN)]).localized("de");
    let policy = local.policies.get("default").expect("a policy");
    assert_eq!((policy.names, policy.tries), (NamePolicy::Any, 2));
    assert_eq!(policy.ban, ["okay", "krass"]);
    assert_eq!(policy.decode.temperature, Some(0.7));
    assert!(local.prompts.get("vary").expect("a prompt").contains("Anders gesagt"));
    assert_eq!(local.language().and_then(|locale| locale.model.as_deref()), Some("gpt2-german"));
}

#[test]
fn terms_of_the_glossary_have_to_stay() {
    let german = r#"(generate: true, glossary: {"lantern | lamp": "Laterne | Laternen", "Saltmere": "Salzmoor"}, texts: {
        "dock_2": (say: "SALZMOOR hat Laternen.", must: []), "bark_1": (say: "Vorsicht.", must: []), "dock_1": (say: "Die Funzel."),
        "talk_a": (say: "Nimm die Laterne.", must: []), "talk_b": (say: "Danken."),
    })"#;
    let story = story(&[("de", german)]);
    let misses = story.glossary_misses("de");
    let found: Vec<_> = misses.iter().map(|miss| (miss.key.as_str(), miss.has.as_str())).collect();
    assert_eq!(found, [("dock_1", "lantern"), ("bark_1", "lantern")]);
    assert_eq!(misses[0].wants, ["Laterne", "Laternen"]);
    let local = story.localized("de");
    let Some(Gen::Vary(writing)) = &line(&local, "dock_2").generate else { panic!("is written") };
    assert_eq!(writing.must, [vec!["Laterne", "Laternen"], vec!["Salzmoor"]]);
    let slot = local.beats.get("talk").expect("a beat").slot.clone().expect("a slot");
    assert_eq!(slot.outcomes[0].must, [["Laterne", "Laternen"]]);
    assert!(slot.outcomes[1].must.is_empty());
    let names = crate::judge::KnownNames::of_story(&local);
    assert_eq!(names.first_unknown("Er sah Salzmoor an."), None);
}

#[test]
fn coverage_counts_what_is_shown_and_what_is_told_to_a_model() {
    let german = format!(
        r#"(generate: true, texts: {{
            "dock_1": (say: "Laterne.", lock: "{}"), "dock_2": (say: "Salzmoor.", lock: "0"), "dock_a": (say: "Fragen.", draft: true),
            "dock_b": (say: ""), "lore:lamp": (say: "Sie brennt."), "old": (say: "Alt."),
        }})"#,
        lock("The lantern swings over the water.")
    );
    let coverage = story(&[("de", &german)]).coverage("de").expect("a translation");
    assert_eq!(coverage.shown, Tally { all: 16, translated: 1, stale: 1, drafts: 1, missing: 13 });
    assert_eq!(coverage.prompts, Tally { all: 6, translated: 1, stale: 0, drafts: 0, missing: 5 });
    let gaps: Vec<_> = coverage.gaps.iter().map(|gap| (gap.key.as_str(), gap.field)).collect();
    assert_eq!(gaps, [("lore:lamp", "keys"), ("dock_2", "must")]);
    assert_eq!((coverage.obsolete, coverage.unlocked), (vec!["old".to_owned()], 1));
    let ives = coverage.speakers.iter().find(|(id, _)| id == "ives").expect("speaks");
    assert_eq!(ives.1, Tally { all: 6, translated: 0, stale: 1, drafts: 0, missing: 5 });
    assert_eq!(story(&[]).coverage("de"), None);
}

/// A translation of every text, for tests of what comes in and goes out.
#[test]
fn the_example_translates_everything() {
    let coverage = story(&[("de", GERMAN)]).coverage("de").expect("a translation");
    assert_eq!(coverage.shown.translated, coverage.shown.all, "{coverage:?}");
    assert_eq!(coverage.prompts.translated, coverage.prompts.all, "{coverage:?}");
    assert!(coverage.gaps.is_empty() && coverage.obsolete.is_empty() && coverage.unlocked == 0, "{coverage:?}");
}

#[test]
fn a_shortfall_is_what_stays_as_it_was_written() {
    let german = r#"(generate: true, texts: {
        "dock_1": (say: "Die Laterne."), "dock_a": (say: "Fragen.", draft: true), "bark_2": (say: "Ruhig heute.", draft: true),
    })"#;
    let swiss = r#"(texts: {"dock_a": (say: "Frage.", lock: "0")})"#;
    let story = story(&[("de", german), ("de-CH", swiss)]);
    let lacks = story.shortfall("de");
    assert!(!lacks.is_untranslated("dock_1") && lacks.is_untranslated("dock_2") && !lacks.is_untranslated("nonsense"));
    assert!(lacks.is_untranslated("dock_a") && lacks.is_draft("dock_a") && !lacks.is_draft("dock_2"));
    assert!(!lacks.is_untranslated("setting:talk"), "nobody reads it");
    assert!(lacks.is_unwritten("dock_2"), "no translation to write by");
    assert!(!story.shortfall("de-CH").is_untranslated("dock_a"), "stale is nearer than the original");
    assert!(story.shortfall("de-CH").is_draft("bark_2"));
    assert_eq!(story.shortfall("fr"), Shortfall::default(), "no translation at all");
    assert_eq!(lacks.untranslated().filter(|key| *key == "dock_a").count(), 1);
    let whole = self::story(&[("de", GERMAN)]);
    assert_eq!(whole.shortfall("de").untranslated().count(), 0);
}

#[test]
fn drafts_are_shown_to_those_who_ask_and_are_never_written_by() {
    let german = |draft: bool| {
        let text = format!("(say: \"Salzmoors Laterne brennt.\", must: [[\"Laterne\"]], draft: {draft})");
        format!("(generate: true, texts: {{\"dock_2\": {text}}})")
    };
    let read = story(&[("de", &german(false))]);
    assert!(line(&read.localized("de"), "dock_2").generate.is_some());
    let story = story(&[("de", &german(true))]);
    assert_eq!(line(&story.localized("de"), "dock_2").say, line(&story, "dock_2").say);
    let shown = story.localized_with("de", Drafts::Shown);
    assert_eq!(line(&shown, "dock_2").say, "Salzmoors Laterne brennt.");
    assert_eq!(line(&shown, "dock_2").generate, None, "nobody has read it");
    assert!(story.shortfall("de").is_draft("dock_2"));
}
