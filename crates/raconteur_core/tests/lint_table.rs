//! What each check finds, and what it has to leave alone although it looks alike.

use raconteur_core::story::diagnostic::Severity;
use raconteur_core::story::lint::LintOptions;
use raconteur_core::story::parse::{Checked, parse, parse_with};
use raconteur_core::story::source::Source;

/// A story of two characters who know of the flood, with more fields and lines.
fn story(fields: &str, lines: &str) -> Checked {
    checked(fields, lines, &LintOptions::default())
}

fn checked(fields: &str, lines: &str, options: &LintOptions) -> Checked {
    let text = format!(
        r#"Story(format: 1, id: "x", start: "a", {fields}
            beats: {{ "a": (setting: "The ford.", lines: [{lines}], end: true) }})"#
    );
    parse_with(vec![Source::new("x.story.ron", text)], options)
}

const CAST: &str = r#"cast: { "mara": (name: "Mara", knows: ["flood"]), "odo": (name: "Odo") },"#;
const LORE: &str = r#"lore: { "flood": (says: "The river rose.", keys: ["river"]) },"#;

fn codes(checked: &Checked) -> Vec<&str> {
    checked.diagnostics.iter().map(|found| found.code).collect()
}

#[track_caller]
fn finds(checked: &Checked, code: &str, message: &str) {
    let found = checked.diagnostics.iter().find(|found| found.code == code && found.message.contains(message));
    let Some(found) = found else { panic!("no {code} with {message:?}:\n{}", checked.render(false)) };
    assert!(found.help.is_some(), "{code} has no help");
}

#[track_caller]
fn clean(checked: &Checked) {
    assert!(checked.diagnostics.is_empty(), "{}", checked.render(false));
}

#[track_caller]
fn lacks(checked: &Checked, code: &str) {
    assert!(!codes(checked).contains(&code), "{}", checked.render(false));
}

#[test]
fn ids_of_places_groups_and_scopes() {
    let root = |more: &str| {
        let text = format!(
            r#"Story(format: 1, id: "x", start: "a",
                places: {{ "ford": (name: "The ford") }}, groups: {{ "guild": (knows: ["flood"]) }},
                cast: {{ "mara": (name: "Mara", groups: ["guild"]) }},
                lore: {{ "flood": (says: "It rose.", keys: ["river"], scope: (who: ["mara"], groups: ["guild"],
                         places: ["ford"], beats: ["a"])) }},
                beats: {{ "a": (place: "ford", end: true) }}, {more})"#
        );
        text
    };
    let check = |text: &str| parse(vec![Source::new("x.story.ron", text)]);
    clean(&check(&root("")));
    for (from, to, message) in [
        ("(place: \"ford\"", "(place: \"frod\"", "beat 'a' is at 'frod', which is no place"),
        ("groups: [\"guild\"]) }", "groups: [\"giuld\"]) }", "'mara' is in 'giuld', which is no group"),
        ("who: [\"mara\"]", "who: [\"mra\"]", "the scope of 'flood' names 'mra'"),
        (
            "(who: [\"mara\"], groups: [\"guild\"]",
            "(who: [\"mara\"], groups: [\"gild\"]",
            "names 'gild', which is no group",
        ),
        ("places: [\"ford\"]", "places: [\"for\"]", "names 'for', which is no place"),
        ("beats: [\"a\"]", "beats: [\"aa\"]", "names 'aa', which is no beat"),
    ] {
        let text = root("");
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let checked = check(&text.replace(from, to));
        finds(&checked, "S07", message);
        let help = checked.diagnostics.iter().find(|found| found.code == "S07").and_then(|found| found.help.as_deref());
        assert!(help.is_some_and(|help| help.starts_with("did you mean '")), "{help:?}");
    }
    let unknown = root("").replace("(knows: [\"flood\"])", "(knows: [\"flod\"])");
    finds(&check(&unknown), "K06", "group 'guild' knows 'flod', which is no fact");
    finds(
        &check(&root("vars: { \"coins\": Int(init: 0, min: 0, max: 9) }, game: (reads: [\"coin\"])")),
        "S07",
        "'coin'",
    );
}

#[test]
fn defined_twice_in_every_table_and_across_files() {
    let twice = r#"Story(format: 1, id: "x", start: "a", places: { "p": (), "p": () }, groups: { "g": (), "g": () },
        prompts: { "q": "{say}", "q": "{say}" }, policies: { "r": (), "r": () }, beats: { "a": (end: true) })"#;
    let checked = parse(vec![Source::new("x.story.ron", twice)]);
    for what in ["place 'p'", "group 'g'", "prompt 'q'", "policy 'r'"] {
        finds(&checked, "S01", &format!("{what} is defined twice (here and x.story.ron:"));
    }
    let root = r#"Story(format: 1, id: "x", start: "a", beats: { "a": (end: true) })"#;
    let beats = Source::new("x.beats.ron", "{\n  \"a\": (end: true)\n}");
    let checked = parse(vec![Source::new("x.story.ron", root), beats]);
    finds(&checked, "S01", "beat 'a' is defined twice (here and x.story.ron:1)");
    assert_eq!((checked.diagnostics[0].primary.file.as_str(), checked.diagnostics[0].primary.line), ("x.beats.ron", 2));
}

#[test]
fn knowledge_by_group_and_by_scope() {
    let line = r#"(id: "a_1", who: "odo", say: "Ask the river.", gen: Answer(from: ["flood"], unsure: "a_1"))"#;
    let cast =
        |odo: &str| format!(r#"cast: {{ "odo": (name: "Odo", {odo}) }}, groups: {{ "guild": (knows: ["flood"]) }},"#);
    clean(&story(&format!("{}{LORE}", cast("groups: [\"guild\"]")), line));
    finds(&story(&format!("{}{LORE}", cast("")), line), "K02", "odo does not know 'flood'");
    let scoped = |scope: &str| LORE.replace("keys: [\"river\"]", &format!("keys: [\"river\"], scope: ({scope})"));
    clean(&story(&format!("{}{}", cast(""), scoped("beats: [\"a\"]")), line));
    // A scope that does not match closes the fact also for those who list it.
    let checked = story(
        &format!("places: {{ \"inn\": () }}, {}{}", cast("knows: [\"flood\"]"), scoped("places: [\"inn\"]")),
        line,
    );
    finds(&checked, "K02", "its scope is places: inn");
}

#[test]
fn variables_that_nobody_needs() {
    let vars = |more: &str, effect: &str, when: &str| {
        let text = format!(
            r#"Story(format: 1, id: "x", start: "a", vars: {{ "coins": Int(init: 0, min: 0, max: 9), "paid": Bool(init: false) }}, {more}
            beats: {{ "a": (choices: [(id: "a_1", say: "x", to: "a", once: true, then: [{effect}]), (id: "a_2", say: "y", to: "b", when: "{when}")],
                           otherwise: (id: "a_3", say: "z", to: "c")), "b": (end: true), "c": (end: true) }})"#
        );
        parse(vec![Source::new("x.story.ron", text)])
    };
    let v04 = |checked: Checked| {
        let found = checked.diagnostics.into_iter().filter(|found| found.code == "V04");
        found.map(|found| found.message).collect::<Vec<_>>()
    };
    assert_eq!(
        v04(vars("", "\"coins += 1\"", "not paid")),
        ["'coins' is set but never read", "'paid' is read but never changes: it is always false"]
    );
    assert_eq!(v04(vars("game: (reads: [\"coins\"], writes: [\"paid\"]),", "\"coins += 1\"", "not paid")), [""; 0]);
    // To read a variable in order to change it is no use of it; to change another one is.
    assert_eq!(v04(vars("", "\"coins = coins + 1\", \"paid = true\"", "paid")), ["'coins' is set but never read"]);
    assert_eq!(v04(vars("", "\"paid = coins >= 2\", \"coins += 1\"", "paid")), [""; 0]);
    assert_eq!(v04(vars("", "\"paid = true\"", "paid")), ["'coins' is neither set nor read"]);
    // A misspelt name is the mistake, not the variable that was meant.
    lacks(&vars("", "\"paid = true\"", "paid and coin >= 1"), "V04");
}

#[test]
fn facts_that_nothing_calls_up() {
    let vary = |say: &str| format!(r#"(id: "a_1", who: "mara", say: "{say}", gen: Vary(prompt: "vary"))"#);
    let fields = format!("{CAST}{LORE}");
    finds(&story(&fields, &vary("The water took it.")), "K03", "lore 'flood' has no key that occurs");
    finds(&story(&fields, &vary("The rivers took it.")), "K03", "lore 'flood'");
    lacks(&story(&fields, &vary("THE RIVER took it.")), "K03");
    lacks(&story(&fields, r#"(id: "a_1", who: "mara", say: "The water took it.")"#), "K03");
    lacks(&story(&fields.replace("keys: [\"river\"]", "secret: true, keys: [\"river\"]"), &vary("Water.")), "K03");
    lacks(&story(&fields.replace("name: \"Odo\"", "name: \"Odo\", hides: [\"flood\"]"), &vary("Water.")), "K03");
    let phrase = fields.replace("[\"river\"]", "[\"old bridge\"]");
    finds(&story(&phrase, &vary("The bridge is old.")), "K03", "lore 'flood'");
    lacks(&story(&phrase, &vary("The old bridge.")), "K03");
    lacks(
        &story(&fields, r#"(id: "a_1", who: "mara", say: "Ask.", gen: Answer(from: ["flood"], unsure: "a_1"))"#),
        "K03",
    );
}

#[test]
fn keys_that_call_up_too_much() {
    let fields = |when: [&str; 3]| {
        let fact = |id: &str, when: &str| format!(r#""{id}": (says: "Fact {id}.", keys: ["river"], when: "{when}"),"#);
        format!(
            r#"vars: {{ "day": Enum(init: "one", of: ["one", "two"]) }}, game: (writes: ["day"]),
            prompts: {{ "short": "{{lore:2}}\n{{speaker}}:" }},
            cast: {{ "mara": (name: "Mara", knows: ["a", "b", "c"]) }}, lore: {{ {}{}{} }},"#,
            fact("a", when[0]),
            fact("b", when[1]),
            fact("c", when[2])
        )
    };
    let line = |prompt: &str| format!(r#"(id: "a_1", who: "mara", say: "The river.", gen: Vary(prompt: "{prompt}"))"#);
    let all = ["day == one", "day == one", "true"];
    finds(
        &story(&fields(all), &line("short")),
        "K04",
        "key 'river' calls up 3 facts for 'a_1', but prompt 'short' takes 2; the lowest weights are dropped: 'c'",
    );
    // Facts that never hold together are never in each other's way.
    lacks(&story(&fields(["day == one", "day == two", "true"]), &line("short")), "K04");
    // What only the game or the course of the story knows may always hold.
    finds(&story(&fields(["visited(a)", "not visited(a)", "true"]), &line("short")), "K04", "3 facts");
}

#[test]
fn words_that_contradict_each_other() {
    let vary = |say: &str, rules: &str| {
        format!(r#"(id: "a_1", who: "odo", say: "{say}", gen: Vary(prompt: "vary", {rules}))"#)
    };
    let check = |say: &str, rules: &str| story(r#"cast: { "odo": (name: "Odo") },"#, &vary(say, rules));
    finds(
        &check("The bell.", "must: [[\"bell\"]], must_not: [\"Bell\"]"),
        "K05",
        "must say \"bell\" and must not say \"Bell\"",
    );
    lacks(&check("The bells.", "must: [[\"bells\"]], must_not: [\"bell\"]"), "K05");
    finds(&check("The water.", "must: [[\"bell\", \"bells\"]]"), "G05", "has none of [\"bell\", \"bells\"]");
    finds(&check("The bell of Mara.", "must_not: [\"mara\"]"), "G05", "the authored text has \"mara\"");
    clean(&check("The BELLS rang.", "must: [[\"bell\", \"bells\"]], must_not: [\"ring\"]"));
}

#[test]
fn must_words_that_the_policy_keeps_away() {
    let slot = |policy: &str, must: &str| {
        let text = format!(
            r#"Story(format: 1, id: "x", start: "a", cast: {{ "odo": (name: "Odo") }}, policies: {{ "default": ({policy}) }},
            beats: {{ "a": (slot: (offer: 1, outcomes: [(id: "o", to: "b", say: "Ask about wenna and the church.", must: [["{must}"]])])),
                     "b": (end: true) }})"#
        );
        parse(vec![Source::new("x.story.ron", text)])
    };
    finds(&slot("ban: [\"church\"]", "church"), "G06", "must word \"church\" of 'o' is also banned");
    finds(&slot("names: Known", "Wenna"), "G06", "\"Wenna\" of 'o' is not among the names of the story");
    lacks(&slot("names: Known", "wenna"), "G06");
    lacks(&slot("names: Any", "Wenna"), "G06");
    lacks(&slot("ban: [\"churches\"]", "church"), "G06");
}

#[test]
fn rumors_and_picks() {
    let line = |how: &str| {
        story(&format!("{CAST}{LORE}"), &format!(r#"(id: "a_1", who: "mara", say: "The river rings.", gen: {how})"#))
    };
    clean(&line("Rumor(of: \"flood\", keep: [\"river\"], drift: 1.0)"));
    finds(&line("Rumor(of: \"flood\", drift: 1.5)"), "G16", "drift 1.5");
    finds(&line("Rumor(of: \"flood\", drift: -0.1)"), "G16", "drift -0.1");
    finds(&line("Rumor(of: \"flood\", keep: [\"bell\"])"), "G05", "breaks the line's own keep");
    finds(&line("Rumor(of: \"flod\")"), "K06", "flod");
    finds(&line("Pick(from: [])"), "G15", "none besides its say");
    finds(&line("Pick(from: [\" The river rings. \"])"), "G15", "none besides its say");
    lacks(&line("Pick(from: [\"It rang.\"])"), "G15");
}

#[test]
fn interludes() {
    let detour = |fields: &str| {
        let text = format!(
            r#"Story(format: 1, id: "x", start: "a", vars: {{ "mood": Int(init: 0, min: -1, max: 1) }}, game: (reads: ["mood"]),
            policies: {{ "told": (stop: ["\n\n"]) }}, beats: {{ "a": (detour: (goal: "x", {fields}), end: true) }})"#
        );
        parse(vec![Source::new("x.story.ron", text)])
    };
    let may = "may: [\"mood += 0..1\"]";
    let g14 = |reads: &str| detour(&format!("max_lines: 1, {may}, reads: {{ {reads} }}"));
    lacks(&g14("\"mood\": [\"No.\", \"Yes.\"]"), "G14");
    finds(&g14("\"mood\": [\"No.\"]"), "G14", "reads 'mood' by 1 sentence, but \"mood += 0..1\" has 2 values");
    finds(&g14("\"mod\": [\"No.\", \"Yes.\"]"), "G14", "reads 'mod', which it may not change");
    finds(&detour(&format!("{may}, max_lines: 3")), "G03", "may have up to 3 lines");
    lacks(&detour(&format!("{may}, max_lines: 3, policy: \"told\"")), "G03");
    lacks(&detour(&format!("{may}, max_lines: 1")), "G03");
}

#[test]
fn voices_and_waiting() {
    let talk = "(\"a\", \"b\")";
    let cast = |talks: usize| {
        format!(
            r#"cast: {{ "mara": (name: "Mara", talks: [{}]), "odo": (name: "Odo", talks: [{talk}]) }},"#,
            [talk].repeat(talks).join(", ")
        )
    };
    let lines = |who: &[&str]| {
        let line = |(index, who): (usize, &&str)| match who.strip_prefix('!') {
            Some(who) => format!(r#"(id: "a_{index}", who: "{who}", say: "x"),"#),
            None => format!(r#"(id: "a_{index}", who: "{who}", say: "x", gen: Vary(prompt: "vary")),"#),
        };
        who.iter().enumerate().map(line).collect::<String>()
    };
    finds(&story(&cast(2), &lines(&["mara"])), "G08", "'mara' has 2 talks");
    clean(&story(&cast(3), &lines(&["mara"])));
    lacks(&story(CAST, &lines(&["mara"])), "G08");

    finds(
        &story(CAST, &lines(&["mara", "odo", "mara"])),
        "G09",
        "budget_ms 700 x 3 generated lines in 'a' may show 2.1 s",
    );
    lacks(&story(CAST, &lines(&["mara", "odo"])), "G09");
    lacks(&story(CAST, &lines(&["mara", "!odo", "mara", "odo"])), "G09");
}

#[test]
fn variants_whose_text_has_changed() {
    let root = r#"Story(format: 1, id: "x", start: "a", cast: { "odo": (name: "Odo") }, beats: { "a": (lines: [
        (id: "a_1", who: "odo", say: "Saints keep you.", gen: Vary(prompt: "vary")), (id: "a_2", who: "odo", say: "Mind the stair.")], end: true) })"#;
    let check =
        |rows: &str| parse(vec![Source::new("x.story.ron", root), Source::new("x.baked.ron", format!("{{ {rows} }}"))]);
    let now = raconteur_core::story::locale::lock("Saints keep you.");
    clean(&check(&format!(
        r#""a_1": [(say: "Saints!", accept: true, lock: "{now}"), (say: "Hm.", lock: "00000000")]"#
    )));
    finds(
        &check(r#""a_1": [(say: "Saints!", accept: true, lock: "00000000")]"#),
        "L07",
        "'a_1': 1 of 1 accepted variants belong to an older text (lock 00000000 !=",
    );
    finds(&check(r#""a_3": [(say: "Saints!")]"#), "L07", "'a_3' has baked variants but no longer exists");
    finds(&check(r#""a_2": [(say: "Saints!")]"#), "L07", "but no gen");
}

/// Every word is a token here.
#[test]
fn prompts_that_are_too_long() {
    let count = |text: &str| text.split_whitespace().count();
    let check = |context: usize| {
        let lines = r#"(id: "a_0", who: "odo", say: "one two three four five six seven eight nine ten"),
            (id: "a_1", who: "mara", say: "The river.", gen: Free(prompt: "p", goal: "Speak."))"#;
        let fields = r#"cast: { "mara": (name: "Mara"), "odo": (name: "Odo") }, policies: { "default": (tokens: (1, 20)) },
            prompts: { "p": "{setting}\n{goal}\n\n{history:1}{speaker}:" },"#;
        checked(fields, lines, &LintOptions { count: Some(&count), context, ..LintOptions::default() })
    };
    // Pinned: "The ford." "Speak." "Mara:" and the end-of-text token. The longest turn is a generated one of 20 tokens.
    let (pinned, turn, new) = (5, 21, 20);
    clean(&check(pinned + turn + new));
    let checked = check(pinned + turn + new - 1);
    finds(&checked, "G02", &format!("prompt 'p' can need {} tokens for 'mara' in 'a_1'", pinned + turn + new));
    finds(&checked, "G02", "history 21");
    assert_eq!(checked.diagnostics[0].severity, Severity::Warn);
    assert!(checked.diagnostics[0].help.as_deref().is_some_and(|help| help.contains("history:1 to 0")), "{checked:?}");
    let checked = check(pinned + new - 1);
    finds(&checked, "G02", "prompt 'p' needs up to");
    assert_eq!(checked.diagnostics[0].severity, Severity::Error);
    // Nobody counts, nobody complains.
    clean(&story(
        r#"cast: { "mara": (name: "Mara") },"#,
        r#"(id: "a_1", who: "mara", say: "x", gen: Vary(prompt: "vary"))"#,
    ));
}

#[test]
fn patterns_and_guidance() {
    let policy = |policy: &str| format!("policies: {{ \"default\": ({policy}) }},");
    let check = |fields: &str, must: &str| {
        let line =
            format!(r#"(id: "a_1", who: "mara", say: "Ask.", gen: Free(prompt: "say", goal: "Mara asks.", {must}))"#);
        story(&format!("{CAST}{LORE}{}", policy(fields)), &line)
    };
    finds(&check("pattern: \"[z-a]\"", ""), "G17", "policy 'default': the pattern '[z-a]' cannot be used");
    finds(&check("pattern: \"(?=a)b\"", ""), "G17", "cannot be used");
    finds(&check("pattern: \"[a&&b]\"", ""), "G17", "no text matches");
    lacks(&check("pattern: \"[a-z ]+\"", ""), "G17");

    let bell = "must: [[\"bell\", \"Glocke\"]]";
    finds(&check("pattern: \"[0-9]+\"", bell), "G18", "'a_1' must say one of [\"bell\", \"Glocke\"]");
    lacks(&check("pattern: \"[A-Z ]+\"", bell), "G18");
    lacks(&check("pattern: \"G[a-z]+|[0-9]+\"", bell), "G18");
    lacks(&check("pattern: \"(unclosed\"", bell), "G18");
    finds(&check("pattern: \"b[a-z]+\"", "must: [[\"rope\"], [\"50\"]]"), "G18", "[\"50\"]");

    finds(&check("stream: true, pattern: \"[a-z ]+\"", ""), "G11", "streams, but whether a line matches");
    for (scale, wrong) in [("0.4", true), ("0.5", false), ("3", false), ("3.5", true), ("-1", true)] {
        let found = check(&format!("guide: Away(scale: {scale}, from: \"loud\")"), "");
        assert_eq!(codes(&found).contains(&"G19"), wrong, "{scale}");
    }
}

#[test]
fn adapters() {
    let cast = |fields: &str, groups: &str| {
        story(&format!("cast: {{ \"mara\": (name: \"Mara\", {fields}) }}, groups: {{ {groups} }},"), "")
    };
    for (name, wrong) in [
        ("marsh_folk", false),
        ("Moor-Volk 2", false),
        ("", true),
        ("../up", true),
        ("a/b", true),
        (".x", true),
        (" a", true),
    ] {
        let found = cast(&format!("adapter: \"{name}\""), "");
        assert_eq!(codes(&found).contains(&"G20"), wrong, "{name:?}: {found:?}");
    }
    let groups =
        r#""fen": (adapter: "marsh_folk"), "watch": (adapter: "guards"), "choir": (), "reed": (adapter: "marsh_folk")"#;
    finds(
        &cast(r#"groups: ["choir", "fen", "watch"]"#, groups),
        "G21",
        "of 'fen', whose adapter is 'marsh_folk', and of 'watch'",
    );
    lacks(&cast(r#"groups: ["fen", "watch"], adapter: "guards""#, groups), "G21");
    lacks(&cast(r#"groups: ["fen", "reed", "choir"]"#, groups), "G21");
}
