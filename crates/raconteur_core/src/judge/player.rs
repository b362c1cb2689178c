//! Whether somebody tells what the player says or does.

use super::words::{fold, is_unspaced, is_word_char};
use crate::sentence::sentence_ends;

/// The place in `text` at which it speaks for the player, as the words there; `names` are those of the player, "You" too.
///
/// People tell each other what they did and will do: "You came for the bell", "You said so yourself". So only narration
/// counts, of which there are three kinds:
/// - a tag of speech, `You say, "Never."`, `"Never," you reply.`: a verb of saying in the present, beside a quotation or
///   before a colon; of a name in the past too;
/// - a sentence that begins with "You" and a verb of a stage direction ("You nod", "You clear your throat"), and is
///   neither a question nor a likeness;
/// - a sentence that begins with the player's name and any of those verbs ("Kael nods", "Kael said").
pub(super) fn speaks_for(text: &str, names: &[String]) -> Option<String> {
    let mut from = 0;
    for end in sentence_ends(text).into_iter().chain([text.len()]) {
        let sentence = &text[from..end];
        let found = names.iter().find_map(|name| {
            let you = fold(name) == "you";
            direction(sentence, name, you)
                .or_else(|| tag(sentence, name, you))
                .or_else(|| chinese(&text[..from], sentence, name))
        });
        if found.is_some() {
            return found;
        }
        from = end;
    }
    None
}

/// "You nod." at the start of a sentence.
fn direction(sentence: &str, name: &str, you: bool) -> Option<String> {
    if you && (sentence.contains('?') || sentence.contains('？')) {
        return None;
    }
    let begun = sentence.trim_start_matches(|c: char| !is_word_char(c));
    let rest = begun.strip_prefix(name)?;
    if rest.chars().next().is_none_or(is_word_char) || !rest.starts_with(' ') {
        return None;
    }
    let mut words = rest.split_whitespace().map(|word| word.trim_matches(|c: char| !is_word_char(c)));
    let mut verb = fold(words.next()?);
    if verb.ends_with("ly") {
        verb = fold(words.next()?);
    }
    let next = words.map(fold).collect::<Vec<_>>().join(" ");
    let follows = |then: &&str| next.strip_prefix(then).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let directs = |form: &str| {
        DIRECTIONS.contains(&form) || WITH.iter().any(|(verb, then)| *verb == form && then.iter().any(follows))
    };
    let told = if you {
        // "You nod like your father." compares, "You nod when you lie." judges, and "You nod too much." both.
        let judged = ["like", "when", "too", "as", "if", "because", "every", "whenever", "more", "well", "for", "or"];
        directs(&verb) && !sentence.split_whitespace().any(|word| judged.contains(&fold(word).as_str()))
    } else {
        let bare = bare(&verb);
        bare.iter().any(|form| directs(form)) || (verb_of_saying(&verb, true) && next.is_empty())
    };
    told.then(|| {
        let two = begun.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        two.trim_end_matches(|c: char| !is_word_char(c)).to_owned()
    })
}

/// `You say, "` or `," you say.`
fn tag(sentence: &str, name: &str, you: bool) -> Option<String> {
    for (at, _) in sentence.match_indices(|c: char| c.is_alphabetic()) {
        let rest = &sentence[at..];
        let opens = sentence[..at].chars().next_back().is_none_or(|c| !is_word_char(c));
        let same = |found: &str| found == name || (you && fold(found) == "you");
        let Some(found) = rest.get(..name.len()).filter(|found| opens && same(found)) else { continue };
        let after = &rest[found.len()..];
        let Some(verb) =
            after.strip_prefix(' ').map(|after| after.split(|c| !is_word_char(c)).next().unwrap_or_default())
        else {
            continue;
        };
        if !verb_of_saying(&fold(verb), !you) {
            continue;
        }
        let behind = after[1 + verb.len()..].trim_start_matches(|c: char| c.is_alphabetic() || c == ' ');
        let before = sentence[..at].trim_end();
        let quote = |c: char| matches!(c, '"' | '“' | '”' | '«' | '»' | '「' | '」');
        // Behind a comma or a colon the quotation begins; "You say 'soon' each time" has neither.
        let opens = behind.trim_start_matches([',', ':', ' ']).starts_with(quote) && behind.starts_with([',', ':']);
        let said =
            before.ends_with(quote) && before.trim_end_matches(quote).ends_with([',', '!', '?', '.', '…', '-', '—']);
        let closes = said && (behind.is_empty() || behind.starts_with(['.', ',', ';', ':', '!']));
        if opens || closes {
            return Some(format!("{found} {verb}"));
        }
    }
    None
}

/// 你点了点头。 and “……”你说。 with a name of Chinese characters: a stage direction as a clause of its own at the start of a
/// sentence, and a verb of saying beside a quotation, which may have ended the sentence before.
fn chinese(before: &str, sentence: &str, name: &str) -> Option<String> {
    if name.is_empty() || !name.chars().all(is_unspaced) || sentence.contains('？') {
        return None;
    }
    let ends = |rest: &str| rest.chars().next().is_none_or(|c| !is_word_char(c));
    let begun = sentence.trim_start_matches(|c: char| !is_word_char(c));
    if let Some(rest) = begun.strip_prefix(name)
        && let Some(told) = CHINESE_DIRECTIONS.iter().find(|told| rest.strip_prefix(**told).is_some_and(ends))
    {
        return Some(format!("{name}{told}"));
    }
    sentence.match_indices(name).find_map(|(at, _)| {
        let rest = &sentence[at + name.len()..];
        let told = CHINESE_SAYING.iter().find(|told| rest.strip_prefix(**told).is_some_and(ends))?;
        let behind = &rest[told.len()..];
        let quoted = if at == 0 { before } else { &sentence[..at] };
        let closes = quoted.trim_end().ends_with(['”', '」', '"']);
        let opens =
            behind.starts_with('：') && behind.trim_start_matches('：').trim_start().starts_with(['“', '「', '"']);
        (closes || opens).then(|| format!("{name}{told}"))
    })
}

const CHINESE_DIRECTIONS: &[&str] = &[
    "点头",
    "点点头",
    "点了点头",
    "摇头",
    "摇摇头",
    "摇了摇头",
    "耸耸肩",
    "耸了耸肩",
    "叹气",
    "叹了口气",
    "叹了一口气",
    "清了清嗓子",
    "皱起眉头",
    "皱了皱眉",
    "苦笑",
    "笑了笑",
    "咽了口唾沫",
    "倒吸一口凉气",
    "愣住了",
    "沉默了",
    "犹豫了",
    "后退一步",
    "上前一步",
    "转身离开",
    "转身就走",
];

const CHINESE_SAYING: &[&str] = &[
    "说",
    "说道",
    "答",
    "答道",
    "回答",
    "回答道",
    "问",
    "问道",
    "喊",
    "喊道",
    "低声说",
    "低声道",
    "轻声说",
    "笑道",
    "叹道",
];

fn verb_of_saying(verb: &str, of_a_name: bool) -> bool {
    SAYING.contains(&verb)
        || (of_a_name && (bare(verb).iter().any(|form| SAYING.contains(&form.as_str())) || verb == "said"))
}

/// What a verb of the third person or of the past may be a form of.
fn bare(verb: &str) -> Vec<String> {
    let mut forms = vec![verb.to_owned()];
    for ending in ["s", "es", "d", "ed"] {
        forms.extend(verb.strip_suffix(ending).map(str::to_owned));
    }
    forms.extend(verb.strip_suffix("ies").or_else(|| verb.strip_suffix("ied")).map(|stem| format!("{stem}y")));
    if let Some(stem) = verb.strip_suffix("ed").filter(|stem| stem.is_ascii() && stem.len() > 2) {
        forms.push(stem[..stem.len() - 1].to_owned());
    }
    forms
}

const SAYING: &[&str] = &[
    "say", "reply", "answer", "ask", "whisper", "murmur", "mutter", "shout", "cry", "exclaim", "respond", "add",
    "begin", "continue", "tell", "call", "stammer", "snap", "growl", "sigh", "breathe", "agree", "protest", "insist",
    "admit",
];

/// Verbs of stage directions that hardly ever tell somebody about themselves.
const DIRECTIONS: &[&str] = &[
    "nod", "shrug", "gulp", "chuckle", "giggle", "grimace", "stammer", "gasp", "exhale", "inhale", "sigh", "smirk",
    "wince",
];

/// Verbs that are stage directions together with what follows.
const WITH: &[(&str, &[&str])] = &[
    ("clear", &["your throat", "his throat", "her throat"]),
    ("shake", &["your head", "his head", "her head"]),
    ("scratch", &["your head", "his head", "her head"]),
    ("raise", &["an eyebrow", "your eyebrow", "your eyebrows"]),
    ("step", &["forward", "back", "closer"]),
    ("lean", &["forward", "back", "closer"]),
    ("turn", &["around", "away", "to leave", "to face"]),
    ("look", &["around", "away", "at him", "at her"]),
    ("glance", &["around", "away", "at", "over"]),
    ("reach", &["out", "into your"]),
    ("smile", &["and", "back", "at him", "at her"]),
    ("take", &["a step", "a deep", "a breath"]),
    ("feel", &["a chill", "a shiver", "a sudden", "a strange", "your heart"]),
    ("find", &["yourself in", "yourself at", "yourself standing"]),
    ("hesitate", &["and", "before"]),
    ("realize", &["that"]),
    ("realise", &["that"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Option<String> {
        speaks_for(text, &["You".to_owned(), "Kael".to_owned()])
    }

    #[test]
    fn narration_of_the_player() {
        for (text, wanted) in [
            ("You say, \"Never.\"", "You say"),
            ("The rope hums. You nod.", "You nod"),
            ("\"Never,\" you reply.", "you reply"),
            ("\"Never!\" you shout, and leave.", "you shout"),
            ("You ask: “Where is it?”", "You ask"),
            ("You slowly nod and step back.", "You slowly"),
            ("It is gone. You clear your throat.", "You clear"),
            ("You take a step toward the door.", "You take"),
            ("You find yourself in a cave.", "You find"),
            ("Kael nods.", "Kael nods"),
            ("Kael shrugged and left.", "Kael shrugged"),
            ("\"Never,\" Kael said.", "Kael said"),
            ("Kael replies, \"Never.\"", "Kael replies"),
        ] {
            assert_eq!(find(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn narration_of_the_player_in_chinese() {
        let find = |text: &str| speaks_for(text, &["你".to_owned()]);
        for (text, wanted) in [
            ("雨停了。你点了点头。", "你点了点头"),
            ("你叹了口气，把印收好。", "你叹了口气"),
            ("“我不知道，”你说。", "你说"),
            ("“读到底。”你说。", "你说"),
            ("你说：“读到底。”", "你说"),
        ] {
            assert_eq!(find(text).unwrap_or_default(), wanted, "{text}");
        }
        for text in ["你点头像你母亲。", "你说过他们会搬走的。", "你数没数过？", "你说呢，书吏。", "我告诉你：快走。"]
        {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn talk_to_the_player() {
        for text in [
            "You came for the bell, like all of them do.",
            "You said so yourself.",
            "You say \"soon\" each time, and each time it rains.",
            "You said, \"I will pay.\" Then pay.",
            "You nod like your father.",
            "You nod? Good.",
            "You nod too much.",
            "You look tired. You look down on us. You frown, boy.",
            "You take the left path, you take a boat, you find yourself a bed.",
            "You feel that? You walk like a soldier.",
            "You have a smile, young man.",
            "Do you say, or do you ask?",
            "If you say so.",
            "Kael owes me. Kael said he would pay.",
            "Your turn. Young Kaelin nods.",
            "He says you nod.",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
