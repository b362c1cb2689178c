//! Rules that keep a text inside its story: what they reject, and what they leave alone.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use raconteur_core::compose::{Composed, Composer};
use raconteur_core::generate::FinishReason::{Length, Stop};
use raconteur_core::judge::{KnownNames, MetaTalk, ModernWords, Rejection, Rules, Stemmer, Support, said_hash};
use raconteur_core::request::Work;
use raconteur_core::runner::{Host, Moment, Runner};
use raconteur_core::sentence::sentence_ends;
use raconteur_core::story::format::{Gen, Story, Value};
use raconteur_core::story::parse::load;
use raconteur_core::template::Templates;

const SHIPPED: [&str; 3] = ["drowned_bell", "reed_seal", "ninth_mirror"];

fn stories() -> &'static [Arc<Story>] {
    static READ: OnceLock<Vec<Arc<Story>>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = SHIPPED.iter().map(|id| {
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../assets/stories/{id}.story.ron"));
            load(&path).unwrap().into_story().unwrap()
        });
        read.collect()
    })
}

fn english() -> Stemmer {
    Stemmer::of_locale("en")
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn judge(rules: &Rules, text: &str) -> Result<String, Rejection> {
    rules.judge(text, Stop)
}

/// Answers every question of a story with no, 0 or nothing.
struct Always;

impl Host for Always {
    fn call(&self, _name: &str, _args: &[Value]) -> Result<Value, String> {
        Ok(Value::Bool(true))
    }
}

/// What is shown of a story: its lines, remarks, choices and interludes, and who speaks.
fn shown(story: &Story) -> Vec<(&str, &str)> {
    let mut texts = Vec::new();
    for (_, beat) in story.beats.iter() {
        texts.extend(beat.lines.iter().map(|line| (line.who.as_str(), line.say.as_str())));
        texts.extend(beat.choices.iter().chain(&beat.otherwise).map(|choice| ("player", choice.say.as_str())));
        let outcomes = beat.slot.iter().flat_map(|slot| &slot.outcomes);
        texts.extend(outcomes.map(|outcome| ("player", outcome.say.as_str())));
    }
    texts.extend(story.storylets.iter().map(|storylet| (storylet.who.as_str(), storylet.say.as_str())));
    texts.extend(story.cast.iter().flat_map(|(id, who)| who.talks.iter().map(move |(_, said)| (id, said.as_str()))));
    texts.extend(story.lore.iter().map(|(_, lore)| ("", lore.says.as_str())));
    texts
}

/// Without knowing what the story uses, so that nothing is let off for standing in it.
#[test]
fn no_authored_line_steps_out_of_its_story() {
    let rules = Rules {
        stemmer: english(),
        meta: Some(MetaTalk::apart_from([], english())),
        modern: Some(ModernWords::apart_from([], english())),
        ..Rules::default()
    };
    let mut count = 0;
    for story in stories() {
        for (who, text) in shown(story).into_iter().filter(|(_, text)| !text.is_empty()) {
            let speaks = !["", "player", "narrator"].contains(&who);
            let player = if speaks { strings(&["You"]) } else { Vec::new() };
            let rules = Rules { player, max_lines: Some(0), ..rules.clone() };
            let found = judge(&rules, text);
            let ours =
                matches!(found, Err(Rejection::Meta(_) | Rejection::Anachronism(_) | Rejection::SpeaksForPlayer(_)));
            assert!(!ours, "{}: {who}: {text}: {found:?}", story.id);
            count += 1;
        }
    }
    assert!(count > 300, "{count} texts");
}

/// Every line that a model may word passes the rules of its own request with its authored words, but for what forbids
/// exactly those: the line that it should reword, and what has been said before. A writer may use more sentences than a
/// model.
#[test]
fn the_authored_text_of_a_generated_line_keeps_its_own_rules() {
    let mut count = 0;
    for story in stories() {
        let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
        for seed in 0..12_u64 {
            let (mut runner, _) = Runner::new(story.clone(), seed, &Always).unwrap();
            for step in 0..200_u64 {
                match runner.moment() {
                    Moment::Line { .. } => {
                        let line = runner.line().unwrap().clone();
                        let answers = matches!(line.generate, Some(Gen::Answer { .. }));
                        if let (Composed::Request(request), false) = (composer.line(&runner, &line, &Always), answers)
                            && let Work::Write { rules, .. } = request.work
                        {
                            count += 1;
                            let unlike = Rules { say: String::new(), recent: Vec::new(), said: Vec::new(), ..rules };
                            let own = Rules { sentences: Rules::default().sentences, ..unlike };
                            let found = judge(&own, &line.say);
                            assert!(found.is_ok(), "{} {}: {}: {found:?}", story.id, line.id, line.say);
                        }
                        drop(runner.advance(&Always).unwrap());
                    }
                    Moment::Detour { .. } => drop(runner.advance(&Always).unwrap()),
                    Moment::Choices(open) | Moment::Slot { outcomes: open } => {
                        let way = (seed.wrapping_mul(31) + step * 7) as usize % open.len();
                        runner.choose(&open[way].id, &Always).unwrap();
                    }
                    Moment::Ended { .. } | Moment::Stuck(_) => break,
                }
            }
        }
    }
    assert!(count > 100, "{count} lines");
}

#[test]
fn secrets_leak_in_any_form() {
    let rules = Rules { secrets: strings(&["debt", "smith owes", "钟"]), stemmer: english(), ..Rules::default() };
    for (text, secret) in [
        ("His debts are his own.", "debt"),
        ("The smith's DEBT.", "debt"),
        ("The smiths owed silver.", "smith owes"),
        ("旧钟楼 is here", "钟"),
    ] {
        assert_eq!(judge(&rules, text), Err(Rejection::Leaks(secret.to_owned())), "{text}");
    }
    for fine in ["The debtor's gate.", "The smith rows.", "He owes the smith nothing."] {
        assert!(judge(&rules, fine).is_ok(), "{fine}: {:?}", judge(&rules, fine));
    }
    let exact = Rules { secrets: strings(&["debt"]), ..Rules::default() };
    assert!(judge(&exact, "His debts.").is_ok(), "in a language without a stemmer only what was written");
}

#[test]
fn what_was_shown_is_not_shown_again() {
    let rules = Rules {
        recent: strings(&[
            "The rope is old.",
            "a b c.",
            "d e f.",
            "You came for the bell like all of them do, friend.",
        ]),
        said: vec![said_hash("Long ago I said this.")],
        free: strings(&["There are fourteen barrels of salt beef."]),
        ..Rules::default()
    };
    for wrong in [
        "The rope is OLD!",
        "You came for the bell like all of them do, friend.",
        "Hm. You came for the bell like all the rest.",
        "Long ago, I said this.",
    ] {
        assert_eq!(judge(&rules, wrong), Err(Rejection::Repeats), "{wrong}");
    }
    for fine in ["You came for the bell, I know.", "Long ago I said this, too.", "The rope is older."] {
        assert!(judge(&rules, fine).is_ok(), "{fine}: {:?}", judge(&rules, fine));
    }
    let told = Rules { recent: strings(&["There are fourteen barrels of salt beef."]), ..rules };
    assert!(judge(&told, "Again: there are fourteen barrels of salt beef.").is_err(), "most of its 4-grams");
    let older = Rules { recent: strings(&["a.", "b.", "c.", "There are fourteen barrels of salt beef."]), ..told };
    assert!(judge(&older, "I told you there are fourteen barrels of salt beef in it.").is_ok(), "it is a fact");
}

fn strict() -> Rules {
    Rules {
        must_not: strings(&["gun"]),
        secrets: strings(&["silver", "odo owes"]),
        stemmer: english(),
        meta: Some(MetaTalk::apart_from([], english())),
        modern: Some(ModernWords::apart_from([], english())),
        player: strings(&["You", "Kael"]),
        names: Some(KnownNames::new(["Odo of the bell."])),
        labels: strings(&["Odo", "You"]),
        recent: strings(&["The bell is gone from here, and the rope is old."]),
        said: vec![said_hash("Never.")],
        sentence_end: true,
        min_chars: 2,
        ..Rules::default()
    }
}

const PIECES: &[&str] = &[
    "The bell",
    " is gone",
    " from here",
    ",",
    ".",
    " and",
    " the rope",
    " is old",
    " silver",
    " silvers",
    " Odo",
    " owed",
    " an AI",
    " okay",
    " phone",
    "\"",
    " You say, \"",
    " You nod.",
    " never",
    ". Never.",
    " Kael",
    "\n",
    "Odo: ",
    "'",
    " guns",
    "#",
    "<b>",
    " www.",
    " 40",
    " forty",
    "…",
    "é",
    "钟",
    " I",
];

proptest! {
    /// Whatever a model writes: no panic; what passes holds nothing that is forbidden, and passes again as it is.
    #[test]
    fn what_is_delivered_is_clean(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..24),
        garbage in "\\PC{0,12}",
        length in any::<bool>(),
        facts in proptest::option::of(0..3usize),
        most in proptest::option::of(1..3usize),
    ) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).chain([garbage.as_str()]).collect();
        let support = facts.map(|quote| Support { facts: strings(&["The bell is gone, 40 men say."]), heard: vec![], quote });
        let rules = Rules { support, sentences: most.and_then(std::num::NonZeroUsize::new), ..strict() };
        let reason = if length { Length } else { Stop };
        if let Ok(delivered) = rules.judge(&text, reason) {
            let again = rules.judge(&delivered, Stop);
            prop_assert_eq!(again.as_deref(), Ok(delivered.as_str()), "judging twice changes nothing");
            let lower = delivered.to_lowercase();
            let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
            for word in ["gun", "silver", "silvers", "ai", "okay", "phone", "www"] {
                prop_assert!(!words.contains(&word), "{} in {}", word, delivered);
            }
            prop_assert!(!delivered.contains(['#', '<', '\n']), "{}", delivered);
            let mut from = 0;
            for end in sentence_ends(&delivered) {
                prop_assert!(!delivered[from..end].trim_start().starts_with("You nod."), "{}", delivered);
                from = end;
            }
            prop_assert!(!delivered.contains(" You say, \""), "{}", delivered);
        }
        let _ = rules.judge_sentence("The bell. ", &text);
    }
}
