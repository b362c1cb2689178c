//! Names and patterns: what the masks leave, and what comes of texts that keep to them.

use raconteur_core::judge::KnownNames;
use raconteur_core::pattern::Pattern;

use super::*;

/// Bytes, and pieces of words.
const PIECES: [&str; 26] = [
    " Mara",
    " Ma",
    "ra",
    " Odo",
    "Odo",
    " Xo",
    "Xo",
    " the",
    " Ask",
    "Ask",
    " her",
    " him",
    " about",
    ". ",
    ".\n",
    "\n",
    " É",
    "É",
    "é",
    " \"",
    "\u{2019}t",
    " I",
    "Odo:",
    "鐘",
    " Gro",
    "\u{1f514}",
];

fn piece_bytes(id: u32) -> &'static [u8] {
    let id = id as usize;
    if id < 256 { &BYTES[id..=id] } else { PIECES[id - 256].as_bytes() }
}

const SIZE: usize = 256 + PIECES.len();

fn names() -> KnownNames {
    KnownNames::new(["Mara, Marabou, Odo. The Élan, Großmann and Sigmaς! ask her him about the bell", "Ünal mara"])
}

fn ready(constraints: &Constraints) -> Limits {
    Limits::new(constraints, 0, &Lexicon::new(SIZE, &piece_bytes, Some(0)), &mut |_| Vec::new()).unwrap()
}

fn with_names(stop: &[&str]) -> Limits {
    let stop = stop.iter().map(ToString::to_string).collect();
    ready(&Constraints { names: Some(names()), stop, ..Constraints::default() })
}

fn with_pattern(pattern: &str, stop: &[&str]) -> Limits {
    let stop = stop.iter().map(ToString::to_string).collect();
    ready(&Constraints { pattern: Some(Pattern::parse(pattern).unwrap()), stop, ..Constraints::default() })
}

fn may_come(written: &Written, limits: &Limits, id: u32) -> bool {
    written.within(limits).unwrap().has(id)
}

fn written(limits: &Limits, text: &str) -> Written {
    let mut written = Written::default();
    for byte in text.bytes() {
        written.push(limits, u32::from(byte), &[byte]);
    }
    written
}

fn id(piece: &str) -> u32 {
    256 + PIECES.iter().position(|&known| known == piece).unwrap() as u32
}

#[test]
fn a_capital_inside_a_sentence_begins_a_known_name() {
    let limits = with_names(&[]);
    for (text, yes, no) in [
        ("", vec![" Xo", " Mara", "Xo"], vec![]),
        ("ask", vec![" Mara", " Ma", " Odo", " I", " É", ". ", "\u{2019}t", "Xo"], vec![" Xo", " Ask"]),
        ("ask Ma", vec!["ra"], vec![" the", ". ", "Odo", "é", "\n", "鐘"]),
        ("ask Mara", vec![" the", ". ", "\u{2019}t", "\u{1f514}"], vec!["ra", "Odo", "鐘"]),
        ("ask. ", vec!["Xo", " Xo"], vec![]),
        ("ask: ", vec!["Xo"], vec![]),
        ("ask (", vec!["Xo"], vec![]),
        ("ask \u{2018}", vec!["Xo"], vec![]),
        ("Xo", vec![" the", "Xo", " Mara"], vec![" Xo"]),
    ] {
        let written = written(&limits, text);
        for piece in yes {
            assert!(may_come(&written, &limits, id(piece)), "{text:?} + {piece:?}");
        }
        for piece in no {
            assert!(!may_come(&written, &limits, id(piece)), "{text:?} + {piece:?}");
        }
    }
    let end = |text| may_come(&written(&limits, text), &limits, 0);
    assert!(end("ask Mara") && end("ask") && !end("ask Ma"));
}

#[test]
fn half_a_character_comes_where_one_can_come_of_it() {
    let limits = with_names(&[]);
    let (accents, wide, bell) = (u32::from("É".as_bytes()[0]), u32::from("鐘".as_bytes()[0]), 0xf0);
    let inside = written(&limits, "ask Mar");
    assert!(!may_come(&inside, &limits, accents) && !may_come(&inside, &limits, wide));
    let before = written(&limits, "ask ");
    assert!(may_come(&before, &limits, accents) && may_come(&before, &limits, wide));
    // Behind a whole name a bell may stand, and no letter.
    let behind = written(&limits, "ask Mara");
    assert!(may_come(&behind, &limits, bell) && !may_come(&behind, &limits, wide));
    // "Groß" goes on with ß and ẞ, but also with ss.
    let gross = written(&limits, "ask Gro");
    assert!(may_come(&gross, &limits, accents) && may_come(&gross, &limits, u32::from(b'S')));
    assert!(may_come(&gross, &limits, 0xe1) && !may_come(&gross, &limits, wide), "ẞ is E1 BA 9E");
}

#[test]
fn a_stop_string_comes_where_the_text_may_end() {
    let limits = with_names(&["\n", "Odo:"]);
    let mut text = written(&limits, "ask Ma");
    assert!(!text.allows(&limits, b"\n") && text.allows(&limits, b"ra\nXo"));
    assert!(written(&limits, "ask Mara").allows(&limits, b"\nXo"), "what is behind a stop string is dropped");
    let limits = with_pattern("Ask her( about)?", &["\n", "Odo:"]);
    let text = written(&limits, " Ask her");
    assert!(may_come(&text, &limits, id("\n")) && may_come(&text, &limits, id("Odo:")) && may_come(&text, &limits, 0));
    assert!(may_come(&text, &limits, id(" about")) && !may_come(&text, &limits, id(" him")));
    let text = written(&limits, " Ask her ab");
    assert!(
        !may_come(&text, &limits, id("\n")) && !may_come(&text, &limits, id("Odo:")) && !may_come(&text, &limits, 0)
    );
}

#[test]
fn a_pattern_begins_behind_a_blank_and_ends_the_text() {
    let limits = with_pattern("(Ask|Tell) (her|him)", &[]);
    let start = Written::default();
    assert!(may_come(&start, &limits, id(" Ask")) && may_come(&start, &limits, id("Ask")));
    assert!(!may_come(&start, &limits, 0) && !may_come(&start, &limits, id(" her")));
    let mut text = written(&limits, " Ask");
    assert!(text.push(&limits, id(" her"), b" her"), "nothing longer matches");
    assert!(text.is_complete(&limits));
    assert_eq!(text.stream.finish(), " Ask her");
    let longer = with_pattern("(Ask|Tell) (her|her about)", &[]);
    let mut text = written(&longer, "Ask");
    assert!(!text.push(&longer, id(" her"), b" her") && text.is_complete(&longer));
}

#[test]
fn nothing_may_follow_what_is_not_allowed() {
    let limits = with_pattern("Ask", &[]);
    let mut text = written(&limits, "Tell");
    assert!((0..SIZE as u32).all(|id| !may_come(&text, &limits, id)));
    assert!(!text.allows(&limits, b"x") && !text.is_complete(&limits));
    text.rewind(&limits, 0, &piece_bytes);
    assert!(may_come(&text, &limits, id("Ask")));
}

#[test]
fn a_policy_is_compiled_once() {
    let lexicon = Lexicon::new(SIZE, &piece_bytes, Some(0));
    let named =
        |banned: &str| Constraints { names: Some(names()), banned: vec![banned.to_owned()], ..Constraints::default() };
    let get = |constraints: &Constraints| lexicon.limits(constraints, 1, &mut |_| Vec::new()).unwrap();
    let (first, again, other) = (get(&named("a")), get(&named("a")), get(&named("b")));
    assert!(Arc::ptr_eq(&first, &again) && !Arc::ptr_eq(&first, &other));
    assert!(Arc::ptr_eq(first.masks.as_ref().unwrap(), other.masks.as_ref().unwrap()), "the masks know no bans");
    let text = Written::default();
    assert!(Arc::ptr_eq(&text.within(&first).unwrap(), &text.within(&other).unwrap()));
}

/// Texts in which no sentence opens with somebody who does something: of these [`KnownNames::first_unknown`] tells what
/// is inside sentences.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "Mara",
        "MARABOU",
        "mAra",
        "Ma",
        "Xo",
        "bell",
        "I",
        "Odo",
        " ",
        " ",
        " ",
        ".",
        ",",
        ":",
        "\u{2014}",
        "-",
        "'",
        "\u{2019}",
        "\u{2018}",
        "\"",
        "(",
        ")",
        "\n",
        "鐘",
        "É",
        "é",
        "Élan",
        "élan",
        "Gro",
        "Großmann",
        "GROSSMANN",
        "GROẞMANN",
        "mann",
        "SIGMAΣ",
        "\u{307}",
        "\u{301}",
        "Ü",
        "NAL",
        "\u{1f514}",
        "\u{fffd}",
        "3",
        "ǅ",
        "İ",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..14).prop_map(|pieces| pieces.concat())
}

/// Writes tokens that are drawn from what may come, until the text ends or `draws` are used up.
fn write(limits: &Limits, draws: &[prop::sample::Index]) -> (Written, bool) {
    let mut written = Written::default();
    for draw in draws {
        let within = written.within(limits).unwrap();
        let open: Vec<u32> = (0..SIZE as u32)
            .filter(|&id| within.has(id) && (id == 0 || written.allows(limits, piece_bytes(id))))
            .collect();
        assert!(!open.is_empty(), "a dead end behind {:?}", written.stream.text());
        let id = open[draw.index(open.len())];
        if id == 0 || written.push(limits, id, piece_bytes(id)) {
            return (written, true);
        }
    }
    (written, false)
}

proptest! {
    /// What the string check accepts can be written, byte by byte; what it refuses cannot.
    #[test]
    fn names_are_those_of_the_string_check(text in text()) {
        let limits = with_names(&[]);
        let mut written = Written::default();
        let mut allowed = true;
        for byte in text.bytes() {
            // Byte 0 is the end of the text in this vocabulary.
            allowed &= may_come(&written, &limits, u32::from(byte)) && written.allows(&limits, &[byte]);
            written.push(&limits, u32::from(byte), &[byte]);
        }
        allowed &= may_come(&written, &limits, 0);
        prop_assert_eq!(allowed, names().first_unknown(&text).is_none(), "{:?}", text);
    }

    /// A mask leaves what `allows` does, and of tokens with a stop string in them perhaps more.
    #[test]
    fn masks_agree_with_what_is_asked_token_by_token(
        text in text(), cut in any::<prop::sample::Index>(), stops in any::<bool>(), pattern in any::<bool>(),
    ) {
        let stop: &[&str] = if stops { &["\n", "Odo:", "a\n"] } else { &[] };
        let limits = if pattern { with_pattern("Mara( Odo|Xo|[ :a-zÉé鐘\n]*)", stop) } else { with_names(stop) };
        let mut written = Written::default();
        for &byte in &text.as_bytes()[..cut.index(text.len() + 1)] {
            if written.allows(&limits, &[byte]) && written.push(&limits, u32::from(byte), &[byte]) {
                return Ok(());
            }
        }
        let within = written.within(&limits).unwrap();
        for id in 1..SIZE as u32 {
            let allows = written.allows(&limits, piece_bytes(id));
            let stops = stop.iter().any(|stop| {
                let text = [written.stream.text().as_bytes(), piece_bytes(id)].concat();
                String::from_utf8_lossy(&text).contains(stop)
            });
            prop_assert!(within.has(id) || !allows, "{:?} + {:?}", written.stream.text(), id);
            prop_assert!(allows || !within.has(id) || stops, "{:?} + {:?}", written.stream.text(), id);
        }
    }

    /// Whatever is drawn, no text comes to a dead end, and one that has ended names nobody unknown inside a sentence.
    #[test]
    fn what_keeps_to_the_masks_keeps_to_the_names(draws in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let limits = with_names(&["\n"]);
        let (mut written, ended) = write(&limits, &draws);
        // Who opens a sentence and has something is the string check's own.
        let text = written.stream.finish().replace("'s", "'z").replace("\u{2018}s", "'z").replace("\u{2019}s", "'z");
        if ended {
            prop_assert_eq!(names().first_unknown(&text), None, "{:?}", text);
        }
    }

    /// Whatever is drawn, a text that has ended matches, and one that has not can still.
    #[test]
    fn what_keeps_to_the_masks_matches(
        draws in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        pattern in prop::sample::select(vec![
            "(Ask|Tell) (her|him) about the [a-z ]{3,20}\\.", "a*", "[aé鐘]{2,5}b?", "(Odo|Mara)( and (Odo|Mara))?",
        ]),
    ) {
        let limits = with_pattern(pattern, &["\n"]);
        let (mut written, ended) = write(&limits, &draws);
        if ended {
            let text = written.stream.finish();
            let bare = text.strip_prefix([' ', '\n', '\r', '\t']).unwrap_or(&text);
            let pattern = Pattern::parse(pattern).unwrap();
            prop_assert!(pattern.matches(bare) || pattern.matches(&text), "{:?}", text);
        }
    }

    /// Cut back, a text stands where it stood.
    #[test]
    fn a_rewound_text_has_the_same_masks(
        draws in prop::collection::vec(any::<prop::sample::Index>(), 1..30), cut in any::<prop::sample::Index>(),
    ) {
        let limits = with_names(&[]);
        let (mut written, _) = write(&limits, &draws);
        let keep = cut.index(written.ids.len() + 1);
        let kept = written.ids[..keep].to_vec();
        written.rewind(&limits, keep, &piece_bytes);
        let mut fresh = Written::default();
        for &id in &kept {
            fresh.push(&limits, id, piece_bytes(id));
        }
        prop_assert!(Arc::ptr_eq(&written.within(&limits).unwrap(), &fresh.within(&limits).unwrap()));
    }
}
