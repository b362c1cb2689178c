use super::{ANSWER, TALK, VARY, templates};
use crate::scenes::{CheckOptions, Checked, File, Window, check};
use crate::story::diagnostic::Severity;

fn checked(text: &str) -> Checked {
    check(&[File { name: "a.jsonl", bytes: text.as_bytes() }], &CheckOptions::default())
}

/// Code, severity, line and column of all findings.
fn found(text: &str) -> Vec<(&'static str, Severity, usize, usize)> {
    checked(text).findings.iter().map(|found| (found.code, found.severity, found.line, found.column)).collect()
}

#[test]
fn good_scenes_have_no_findings() {
    let checked = checked(&format!("{ANSWER}\n\n{TALK}\n{VARY}\n"));
    assert_eq!(checked.findings, []);
    assert_eq!((checked.scenes.len(), checked.places), (3, vec![(0, 1), (0, 3), (0, 4)]));
}

#[test]
fn each_slip_has_its_code_and_its_column() {
    use Severity::{Error, Info, Warn};
    for (line, from, to, code, severity, near) in [
        (ANSWER, "\"uses\": [0, 1]", "\"uses\": [0, 2]", "D07", Error, "\"uses\""),
        (ANSWER, "{where}. Ask", "{when}. Ask", "D04", Error, "{when}"),
        (ANSWER, "{where}. Ask", "{where. Ask", "D04", Error, "In {where. Ask"),
        (ANSWER, "[\"a crate\", \"the well\"]", "[]", "D04", Error, "where"),
        (ANSWER, "[\"a crate\", \"the well\"]", "[\"a crate\"]", "D05", Info, "where"),
        (ANSWER, "\"slots\": {", "\"slots\": {\"odd\": [\"x\", \"y\"], ", "D05", Warn, "odd"),
        (ANSWER, "[\"Mara\", \"In", "[\"Odo\", \"In", "D06", Error, "Odo"),
        (ANSWER, "Odo has the key.", "", "D08", Error, ""),
        (ANSWER, "Odo has the key.", "Odo has\\nthe key.", "D09", Error, "Odo has\\nthe key."),
        (ANSWER, "Odo has the key.", "Odo has\\u0007 the key.", "D09", Error, "Odo has\\u0007"),
        (ANSWER, "Odo has the key.", "Odo has\\tthe key.", "D09", Warn, "Odo has\\tthe key."),
        (ANSWER, "In {where}. Ask Odo.", "In {where}. Odo: yes.", "D10", Warn, "In {where}. Odo: yes."),
        (ANSWER, ", \"Odo\": \"m\"", "", "D11", Info, "Odo"),
        (ANSWER, "\"Mara\": \"f\", ", "", "D11", Warn, "Mara"),
        (ANSWER, "Ask Odo.", "Ask our Zelda, she is with Odo.", "D11", Info, "Zelda"),
        (ANSWER, "\"Mara\": \"f\"", "\"Mara\": \"f\", \"Zora\": \"f\"", "D12", Info, "Zora"),
        (ANSWER, "[\"You\", \"Where is the bread?\"], ", "", "D13", Error, ""),
        (ANSWER, "\"Mara\": \"f\"", "\"Mara\": \"f\", \"Mara\": \"n\"", "D18", Warn, "Mara"),
        (TALK, "\"You\": \"a guest\"", "\"Zed\": \"a guest\"", "D19", Info, "Zed"),
        (TALK, "Four.", "<|endoftext|>", "D21", Warn, "<|endoftext|>"),
        (ANSWER, "In {where}. Ask Odo.", "Maybe so.", "D22", Info, "Maybe so."),
    ] {
        let text = line.replacen(from, to, 1);
        assert_ne!(text, line, "{from}");
        let column = if near.is_empty() { 1 } else { text.find(near).unwrap() + 1 };
        let found = found(&format!("\n{text}\n"));
        assert!(found.contains(&(code, severity, 2, column)), "{code} at {column}: {found:?} in {text}");
    }
}

#[test]
fn a_name_of_another_scene_weighs_more_and_an_ordinary_word_is_none() {
    let with = |words: &str| TALK.replace("Four.", words);
    let text = format!("{ANSWER}\n{}\n", with("Ask our Zelda, or my Odo."));
    assert_eq!(found(&text).iter().map(|found| (found.0, found.1)).collect::<Vec<_>>(), [("D11", Severity::Info)]);
    let text = format!("{}\n{text}", VARY.replace("Mara", "Zelda"));
    assert_eq!(found(&text).iter().map(|found| (found.0, found.1)).collect::<Vec<_>>(), [("D11", Severity::Warn)]);
    // Whoever another scene lists may not speak inside of a text either.
    let text = format!("{}\n{}", VARY.replace("Mara", "Zelda"), with("Well. Zelda: And who pays?"));
    assert_eq!(found(&text).iter().filter(|found| found.0 == "D10").count(), 1);
    // A title, a shout, a letter, a day.
    let text = with("Good day to you, Captain, they shout YES on Sundays, plan B.");
    assert_eq!(found(&text).iter().map(|found| found.0).collect::<Vec<_>>(), ["D11"]);
    assert_eq!(found(&format!("{text}\n{}", with("The captain is ill."))), []);
}

#[test]
fn a_bad_line_does_not_hide_the_next() {
    let text = format!("{{\"kind\": 1}}\n{ANSWER}\nnot json\n{}\n", VARY.replace("\"vary\"", "\"riddle\""));
    let found = found(&text);
    assert_eq!(found.iter().map(|found| (found.0, found.2)).collect::<Vec<_>>(), [("D01", 1), ("D01", 3), ("D01", 4)]);
    assert_eq!(checked(&text).scenes.len(), 1);
    // The parser says where: the 1 ends at column 10, "not" is wrong from its second letter on.
    assert_eq!((found[0].3, found[1].3), (10, 2));
}

#[test]
fn what_is_no_text_is_said_with_its_place() {
    let mut bytes = ANSWER.as_bytes().to_vec();
    let at = ANSWER.find("Bread").unwrap();
    bytes[at] = 0xff;
    let all = [&b"\xef\xbb\xbf"[..], ANSWER.as_bytes(), b"\r\n", &bytes, b"\n"].concat();
    let checked = check(&[File { name: "a", bytes: &all }], &CheckOptions::default());
    let [found] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!((found.code, found.line, found.column), ("D02", 2, at + 1));
    assert!(found.to_string().starts_with(&format!("a:2:{}: error[D02]: byte 0xff is no UTF-8.", at + 1)), "{found}");
    assert_eq!(checked.scenes.len(), 1, "a byte order mark and Windows' line ends do no harm");
    // A picture, say.
    let binary: Vec<u8> = (0..=255).cycle().take(4000).collect();
    let checked = check(&[File { name: "a", bytes: &binary }], &CheckOptions::default());
    assert!(checked.scenes.is_empty() && checked.count(Severity::Error) > 0);
}

#[test]
fn an_empty_file_is_told() {
    for text in ["", "\n\n", "   "] {
        let found = found(text);
        assert_eq!(found, [("D03", Severity::Warn, 0, 1)], "{text:?}");
    }
    assert_eq!(checked("").findings[0].to_string().find("a.jsonl: warning[D03]"), Some(0));
}

#[test]
fn the_same_scene_twice_is_told_once_across_files() {
    let other = ANSWER.replace("\"world\": \"w\"", "\"world\": \"v\"");
    let files = [
        File { name: "a", bytes: ANSWER.as_bytes() },
        File { name: "b", bytes: other.as_bytes() },
        File { name: "c", bytes: VARY.as_bytes() },
    ];
    let checked = check(&files, &CheckOptions::default());
    let [found] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!((found.code, found.file.as_str(), found.line), ("D14", "b", 1));
    assert!(found.message.contains("a:1"), "{found}");
    // Other names, the same scene.
    let renamed = ANSWER.replace("Mara", "Greta").replace("Odo", "Bram");
    let found =
        check(&[File { name: "a", bytes: format!("{ANSWER}\n{renamed}").as_bytes() }], &CheckOptions::default());
    assert_eq!(found.findings.iter().map(|found| found.code).collect::<Vec<_>>(), ["D15"]);
}

#[test]
fn a_phrase_that_is_said_too_often_is_told_where_it_starts() {
    let say = |n: usize| TALK.replace("Four.", &format!("Well, the river gives and the river takes away, {n} times."));
    let text: String = (0..6).map(|n| say(n) + "\n").collect();
    let options = CheckOptions { near: 2.0, ..CheckOptions::default() };
    let checked = check(&[File { name: "a", bytes: text.as_bytes() }], &options);
    let [found] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!((found.code, found.line, found.column), ("D16", 1, TALK.find("Four.").unwrap() + 1));
    assert!(found.message.contains("\"well the river gives and the river takes away\" is said 6 times"), "{found}");
    let five = text.lines().take(5).collect::<Vec<_>>().join("\n");
    assert_eq!(check(&[File { name: "a", bytes: five.as_bytes() }], &options).findings, []);
}

#[test]
fn a_scene_beyond_the_window_is_told() {
    let templates = templates();
    let count = |text: &str| text.split_whitespace().count();
    let with = |tokens: usize| {
        let window = Some(Window { tokens, count: &count, templates: &templates });
        check(&[File { name: "a", bytes: VARY.as_bytes() }], &CheckOptions { window, ..CheckOptions::default() })
            .findings
    };
    // "A hut. / Mara: singer. Mood: stern. / Mara: Be quiet. / .. again: Hush. / Not a word. / Silence. / Still."
    let words = 2 + 4 + 3 + 3 + 5 + 3 + 3;
    assert_eq!(with(words + 1), []);
    let found = with(words);
    assert_eq!((found.len(), found[0].code), (1, "D17"));
    assert!(found[0].message.contains(&format!("{} tokens", words + 1)), "{}", found[0]);
}
