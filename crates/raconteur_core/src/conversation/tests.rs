//! Turns of conversations that are made up by chance, and of a few that are told.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 5] = ["Mara", "Odo", "Old Tam", "Sela", "Bram"];
const PLAYER: u64 = 9;

fn talk(people: usize, seed: u64) -> Conversation {
    let mut talk = Conversation::new(Rules::default(), "en", seed);
    for (id, name) in NAMES.iter().enumerate().take(people) {
        assert!(talk.join(Member::new(id as u64, *name)));
    }
    talk
}

fn free(_: u64) -> Ability {
    Ability::Free
}

/// Lets whoever is next say a text; gives them.
fn turn(talk: &mut Conversation, text: &str) -> Option<u64> {
    match talk.next(&free) {
        Next::Speak { id, .. } => {
            assert!(talk.begin(id));
            assert!(talk.said(id, text));
            Some(id)
        }
        Next::Listen { .. } | Next::Silence => {
            talk.quiet();
            None
        }
        Next::Wait | Next::Over(_) => None,
    }
}

#[test]
fn a_name_that_stands_by_itself_addresses() {
    let people: Vec<Member> = (0..).zip(NAMES).map(|(id, name)| Member::new(id, name)).collect();
    let who = |text: &str| addressed(text, people.iter()).iter().map(|address| address.id).collect::<Vec<_>>();
    for (text, ids) in [
        ("Odo, did it ring?", vec![1]),
        ("Did it ring, Odo?", vec![1]),
        ("It rang. Odo! Mara!", vec![1, 0]),
        ("And Odo? And old tam, who saw it?", vec![1, 2]),
        ("Well Sela, the mill is empty.", vec![3]),
        ("ODO", vec![1]),
        ("I saw Odo at the mill.", vec![]),
        ("Odo's boat is gone.", vec![]),
        ("Odo rang it, and Mara heard.", vec![]),
        ("Tam, what now?", vec![]),
        ("", vec![]),
        (",,,", vec![]),
    ] {
        assert_eq!(who(text), ids, "{text}");
    }
    let chinese = [Member::new(0, "小梅"), Member::new(1, "老陈")];
    let who = |text: &str| addressed(text, chinese.iter()).iter().map(|address| address.id).collect::<Vec<_>>();
    assert_eq!(who("小梅，钟响了吗？"), [0]);
    assert_eq!(who("钟响了吗，老陈？"), [1]);
    assert_eq!(who("我看见老陈了。"), [0; 0]);
}

#[test]
fn the_addressed_one_is_next_and_the_second_one_after_that() {
    let mut talk = talk(4, 1);
    talk.said(0, "Old Tam, Sela, who rang it?");
    assert_eq!(talk.next(&free), Next::Speak { id: 2, because: Because::Addressed });
    talk.begin(2);
    talk.said(2, "Nobody was on the rope.");
    assert_eq!(talk.next(&free), Next::Speak { id: 3, because: Because::Addressed });
    // Whoever is addressed anew goes before who is still due.
    talk.begin(3);
    talk.said(3, "Ask her. Mara?");
    assert_eq!(turn(&mut talk, "Hm."), Some(0));
}

#[test]
fn whom_it_concerns_speaks_before_whom_it_does_not() {
    for seed in 0..20 {
        let mut talk = talk(5, seed);
        talk.set_keys(3, &["miller".into(), "stolen geese".into()]);
        talk.said(0, "Somebody stole a goose. The millers saw it.");
        assert_eq!(talk.next(&free), Next::Speak { id: 3, because: Because::Concerned });
        talk.said(0, "I saw Bram at the mill.");
        assert_eq!(talk.next(&free), Next::Speak { id: 4, because: Because::Concerned });
    }
    let mut talk = Conversation::new(Rules::default(), "zh-Hans", 1);
    for id in 0..3 {
        talk.join(Member::new(id, format!("甲{id}")));
    }
    talk.set_keys(2, &["钟".into()]);
    talk.said(0, "那口大钟不见了。");
    assert_eq!(talk.next(&free), Next::Speak { id: 2, because: Because::Concerned });
}

#[test]
fn who_does_not_like_to_talk_speaks_only_when_they_have_to() {
    let mut talk = Conversation::new(Rules::default(), "en", 7);
    talk.join(Member { talkative: 0, ..Member::new(0, "Mara") });
    talk.join(Member { talkative: 100, ..Member::new(1, "Odo") });
    talk.said(1, "It rains.");
    assert_eq!(talk.next(&free), Next::Silence);
    talk.said(1, "Does it rain, Mara?");
    assert_eq!(talk.next(&free), Next::Speak { id: 0, because: Because::Addressed });
    talk.said(0, "Hm.");
    talk.said(1, "I told Mara that it rains.");
    assert_eq!(talk.next(&free), Next::Speak { id: 0, because: Because::Concerned });
}

#[test]
fn of_equals_everybody_has_their_share() {
    for seed in 0..50 {
        let mut talk = talk(3, seed);
        let mut silent = 0;
        while talk.over().is_none() {
            silent += usize::from(turn(&mut talk, "Hm.").is_none());
        }
        let turns: Vec<u32> = (0..3).map(|id| talk.turns_of(id)).collect();
        assert_eq!(turns, [4, 4, 4], "seed {seed}");
        assert_eq!((talk.over(), silent), (Some(Ending::TurnsUsed), 1), "the end is no turn");
    }
    let first = |seed| turn(&mut talk(5, seed), "Hm.");
    let firsts: std::collections::BTreeSet<_> = (0..40).map(first).collect();
    assert_eq!(firsts.len(), 5, "the seed decides between equals");
}

#[test]
fn a_player_is_waited_for_and_what_they_say_gives_new_turns() {
    let mut talk = talk(2, 3);
    talk.join(Member::player(PLAYER, "Stranger"));
    talk.said(0, "And what do you say, stranger?");
    assert_eq!(talk.next(&free), Next::Listen { id: PLAYER });
    talk.quiet();
    assert!(matches!(talk.next(&free), Next::Speak { id: 1, .. }), "the player said nothing");
    let (all, each) = (talk.budget(), talk.budget_each());
    talk.said(PLAYER, "Odo, who rang it?");
    assert_eq!((talk.budget(), talk.budget_each()), (all + 3, each + 1));
    let busy = |id| if id == 1 { Ability::Answers } else { Ability::Free };
    assert_eq!(talk.next(&busy), Next::Speak { id: 1, because: Because::Addressed }, "a busy one answers the player");
    talk.said(0, "Odo, who rang it?");
    assert!(!matches!(talk.next(&busy), Next::Speak { id: 1, .. }), "and nobody else");
}

#[test]
fn who_may_cut_whom_short() {
    let floor = |urgent: bool, by: u8, over: u8| {
        let mut talk = Conversation::new(Rules::default(), "en", 1);
        talk.join(Member { standing: over, ..Member::new(0, "Mara") });
        talk.join(Member { standing: by, ..Member::new(1, "Odo") });
        talk.begin(0);
        talk.barge(1, urgent, Ability::Free)
    };
    assert_eq!([floor(false, 2, 1), floor(true, 2, 1)], [Verdict::AtSentenceEnd, Verdict::AtOnce]);
    assert_eq!([floor(false, 1, 1), floor(true, 1, 1)], [Verdict::Later, Verdict::AtSentenceEnd]);
    assert_eq!([floor(false, 0, 1), floor(true, 0, 1)], [Verdict::Later; 2]);

    let mut talk = talk(3, 1);
    talk.join(Member { standing: 9, ..Member::player(PLAYER, "You") });
    talk.begin(0);
    let refused = |verdict| Verdict::Refused(verdict);
    assert_eq!(talk.barge(0, true, Ability::Free), refused(Refusal::Speaking));
    assert_eq!(talk.barge(1, true, Ability::Answers), refused(Refusal::Unable));
    assert_eq!(talk.barge(77, true, Ability::Free), refused(Refusal::NotThere));
    assert_eq!(talk.barge(1, true, Ability::Free), Verdict::AtSentenceEnd);
    assert_eq!(talk.barge(2, true, Ability::Free), Verdict::Later, "one is barging in already");
    talk.said(0, "Old Tam, I tell you that");
    assert_eq!(turn(&mut talk, "Fire!"), Some(1), "goes before whom the cut turn addressed");
    assert_eq!(turn(&mut talk, "Where?"), Some(2));
    assert_eq!(turn(&mut talk, "As I said."), Some(0), "has the floor back");
    talk.begin(1);
    assert_eq!(talk.barge(PLAYER, false, Ability::Unable), Verdict::AtOnce);
    talk.said(1, "It");
    talk.said(PLAYER, "Quiet!");
    assert_eq!(talk.next(&free), Next::Speak { id: 1, because: Because::WasCut });
}

#[test]
fn nobody_cuts_short_without_end() {
    let mut talk = talk(2, 1);
    let mut cuts = 0;
    for _ in 0..6 {
        let Next::Speak { id, .. } = talk.next(&free) else { break };
        talk.begin(id);
        cuts += usize::from(talk.barge(1 - id, true, Ability::Free) == Verdict::AtSentenceEnd);
        talk.said(id, "Hm.");
    }
    assert_eq!(cuts, 2);
}

#[test]
fn a_conversation_goes_on_from_a_save_in_the_same_turns() {
    let mut one = talk(4, 5);
    one.join(Member { also_called: vec!["stranger".into()], ..Member::player(PLAYER, "You") });
    one.set_keys(2, &["bell".into()]);
    one.said(0, "Sela, and you, Odo: the bell is gone.");
    one.barge(3, true, Ability::Free);
    let mut other = Conversation::from_text(&one.to_text().unwrap()).unwrap();
    assert_eq!(one, other);
    while one.over().is_none() {
        assert_eq!(turn(&mut one, "The bell?"), turn(&mut other, "The bell?"));
    }
    assert_eq!(one.over(), other.over());
    assert_eq!(Conversation::from_text(&other.to_text().unwrap()).unwrap(), one);
}

#[test]
fn a_damaged_save_says_what_is_wrong() {
    let text = talk(2, 5).to_text().unwrap();
    let error = |text: &str| Conversation::from_text(text).unwrap_err();
    assert!(matches!(error(&text[..text.len() / 2]), ConversationError::Damaged { .. }));
    assert!(matches!(error(&text.replace("format:1", "format:7")), ConversationError::Newer { format: 7, newest: 1 }));
    assert_eq!(error(&text.replace("id:1", "id:0")), ConversationError::Twice(0));
    assert!(matches!(error(&"x".repeat(LONGEST_SAVE + 1)), ConversationError::TooMany { what: "bytes", .. }));
    let mut data = talk(0, 1).data();
    let member = talk(1, 1).data().members.remove(0);
    let saved = |id: u64| {
        let mut member = member.clone();
        member.member.id = id;
        member
    };
    data.members = (0..=MOST_MEMBERS as u64).map(saved).collect();
    assert!(matches!(Conversation::from_data(data), Err(ConversationError::TooMany { what: "members", .. })));
}

/// Something that happens in a conversation.
#[derive(Debug, Clone)]
enum Step {
    /// Whoever is next speaks.
    Next(String),
    /// It is broken off before a word.
    Withdraw,
    /// One barges in while the next one speaks.
    Barge(u64, bool, String),
    Say(u64, String),
    Join(u64),
    Leave(u64),
    Ability(u64, Ability),
}

fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "Mara", "Odo", "Sela", "Old", "Tam", "Bram", "bell", "bells", "the", "rang", "You", "miller", "who",
    ]);
    let marks = prop::sample::select(vec![" ", ", ", ". ", "? ", "! ", "—"]);
    prop::collection::vec((words, marks), 0..8)
        .prop_map(|parts| parts.iter().flat_map(|(word, mark)| [*word, *mark]).collect())
}

fn ability() -> impl Strategy<Value = Ability> {
    prop::sample::select(vec![Ability::Free, Ability::Free, Ability::Answers, Ability::Unable])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => text().prop_map(Step::Next),
        1 => Just(Step::Withdraw),
        2 => (0..5_u64, any::<bool>(), text()).prop_map(|(id, urgent, text)| Step::Barge(id, urgent, text)),
        1 => Just(PLAYER).prop_flat_map(|id| text().prop_map(move |text| Step::Say(id, text))),
        1 => (0..6_u64).prop_map(Step::Join),
        1 => (0..6_u64).prop_map(Step::Leave),
        2 => (0..5_u64, ability()).prop_map(|(id, ability)| Step::Ability(id, ability)),
    ]
}

fn person(id: u64) -> Member {
    if id >= 5 {
        return Member::player(PLAYER, "You");
    }
    // Not all alike: 0, 25, 50, .. talkative; of two standings.
    Member { talkative: 25 * id as u8, standing: id as u8 % 2, ..Member::new(id, NAMES[id as usize]) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_happens_the_rules_hold(
        steps in prop::collection::vec(step(), 0..80),
        seed in any::<u64>(),
        people in 0..6_u64,
        keys in prop::collection::vec((0..5_u64, prop::sample::select(vec!["bell", "miller", "who rang"])), 0..5),
    ) {
        let mut talk = Conversation::new(Rules::default(), "en", seed);
        (0..people).for_each(|id| { talk.join(person(id)); });
        for (id, key) in keys {
            talk.set_keys(id, &[key.to_owned()]);
        }
        let mut abilities = [Ability::Free; 10];
        // Who was addressed in the words just said, when by the player, and what is known to go before them.
        let mut just: Option<(Vec<u64>, bool)> = None;
        let mut over = None;
        for step in steps {
            let able = |id: u64| abilities[id as usize];
            let before = talk.last();
            match &step {
                Step::Next(_) | Step::Barge(..) => {
                    prop_assert!(talk.speaking().is_none());
                    let next = talk.next(&able);
                    let again = talk.next(&able);
                    prop_assert_eq!(next, again, "asking changes nothing");
                    match next {
                        Next::Speak { id, because } => {
                            prop_assert_ne!(Some(id), before, "nobody answers themselves");
                            prop_assert!(talk.has_turns(id));
                            prop_assert_ne!(id, PLAYER);
                            match able(id) {
                                Ability::Free => {}
                                Ability::Answers => {
                                    prop_assert_eq!(because, Because::Addressed, "a busy one begins nothing");
                                }
                                Ability::Unable => prop_assert!(false, "{} may not speak", id),
                            }
                            if let Some((addressed, by_player)) = just.take() {
                                let answers = |id: &&u64| match able(**id) {
                                    Ability::Free => true,
                                    Ability::Answers => by_player,
                                    Ability::Unable => false,
                                } && (**id == PLAYER || talk.has_turns(**id));
                                let there = |id: &&u64| talk.members().any(|member| member.id == **id);
                                if let Some(first) = addressed.iter().filter(there).find(answers) {
                                    let cutter = because == Because::BargedIn || because == Because::Asked;
                                    prop_assert!(id == *first || cutter, "{} spoke for {}", id, first);
                                }
                            }
                            prop_assert!(talk.begin(id));
                            if let Step::Barge(by, urgent, _) = &step {
                                let verdict = talk.barge(*by, *urgent, able(*by));
                                if by == &id || able(*by) != Ability::Free {
                                    prop_assert!(matches!(verdict, Verdict::Refused(_)));
                                }
                            }
                            let (Step::Next(text) | Step::Barge(.., text)) = &step else { unreachable!() };
                            let people: Vec<Member> = talk.members().filter(|m| m.id != id).cloned().collect();
                            let named = addressed(text, people.iter()).iter().map(|found| found.id).collect();
                            prop_assert!(talk.said(id, text));
                            just = Some((named, false));
                        }
                        Next::Listen { id } => {
                            prop_assert_eq!(id, PLAYER);
                            talk.quiet();
                            just = None;
                        }
                        Next::Silence => {
                            talk.quiet();
                            just = None;
                        }
                        Next::Over(why) => {
                            prop_assert!(over.is_none() || over == Some(why), "it ends once");
                            over = Some(why);
                        }
                        Next::Wait => prop_assert!(false, "nobody speaks"),
                    }
                }
                Step::Withdraw => {
                    if let Next::Speak { id, .. } = talk.next(&able) {
                        talk.begin(id);
                        talk.withdrew(id);
                        just = None;
                    }
                }
                Step::Say(id, text) => {
                    let (id, text) = (*id, text.as_str());
                    let people: Vec<Member> = talk.members().filter(|m| m.id != id).cloned().collect();
                    let named = addressed(text, people.iter()).iter().map(|found| found.id).collect();
                    if talk.said(id, text) {
                        just = Some((named, true));
                    }
                }
                Step::Join(id) => {
                    talk.join(person(*id));
                    just = None;
                }
                Step::Leave(id) => {
                    talk.leave(if *id >= 5 { PLAYER } else { *id });
                    just = None;
                }
                Step::Ability(id, ability) => abilities[*id as usize] = *ability,
            }
            prop_assert!(talk.turns() <= talk.budget());
            for member in talk.members().filter(|member| !member.player) {
                prop_assert!(talk.turns_of(member.id) <= talk.budget_each());
            }
            if over.is_some() {
                prop_assert_eq!(talk.over(), over, "what is over stays over");
            }
        }
    }

    #[test]
    fn without_the_player_it_always_ends(
        texts in prop::collection::vec(text(), 1..20),
        seed in any::<u64>(),
        people in 0..5_u64,
        turns in 0..30_u32,
        turns_each in 0..9_u32,
        silences in 0..5_u32,
        threshold in -200..200_i32,
        abilities in prop::collection::vec(ability(), 5),
    ) {
        let rules = Rules { turns, turns_each, silences, threshold, ..Rules::default() };
        let mut talk = Conversation::new(rules, "en", seed);
        (0..people).for_each(|id| { talk.join(person(id)); });
        talk.join(person(5));
        let able = |id: u64| abilities.get(id as usize).copied().unwrap_or(Ability::Free);
        let most = (turns + 1) * (silences.max(1) + 1) + 1;
        for moment in 0..most {
            match talk.next(&able) {
                Next::Speak { id, .. } => {
                    talk.begin(id);
                    talk.said(id, &texts[moment as usize % texts.len()]);
                }
                Next::Listen { .. } | Next::Silence => talk.quiet(),
                Next::Over(_) => return Ok(()),
                Next::Wait => prop_assert!(false),
            }
        }
        prop_assert!(false, "{} moments and no end", most);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,60}", name in "\\PC{0,8}", tag in prop::sample::select(vec!["en", "zh", "xx"])) {
        let mut talk = Conversation::new(Rules::default(), tag, 1);
        talk.join(Member::new(0, name.clone()));
        talk.join(Member { also_called: vec![name, String::new()], ..Member::new(1, "Odo") });
        talk.set_keys(1, &[text.clone(), String::new()]);
        talk.said(0, &text);
        let next = talk.next(&free);
        prop_assert!(matches!(next, Next::Speak { id: 1, .. } | Next::Silence), "{:?}", next);
    }
}
