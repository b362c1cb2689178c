//! What a policy asks of the sampler, and that the rules ask the same of the string.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer, Talk};
use raconteur_core::generate::{Constraints, FinishReason, GenerationConfig, Priority};
use raconteur_core::judge::{Rejection, Rules};
use raconteur_core::persona::Persona;
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{LineRequest, Work};
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::story::format::{Guide, Policy, Story};
use raconteur_core::template::Templates;

/// A story whose one line is generated so, under this policy.
fn story(policy: &str, generate: &str) -> Arc<Story> {
    let source = format!(
        r#"Story(format: 1, id: "x", start: "a",
            cast: {{
                "player": (name: "You"),
                "mara": (name: "Mara", voice: "ferrywoman; dry", knows: ["flood"], talks: [("Is it far?", "Far enough.")]),
            }},
            lore: {{ "flood": (says: "The river rose in March.", keys: ["river"]) }},
            policies: {{ "p": ({policy}) }},
            prompts: {{ "label": "{{setting}}\n{{persona}}\n{{goal}}\nYou could:\n-" }},
            beats: {{
                "a": (setting: "The ford.",
                      lines: [(id: "a_1", who: "mara", say: "The river took it.", gen: {generate})],
                      next: "b"),
                "b": (slot: (prompt: "label", policy: "p", offer: 1, outcomes: [
                          (id: "b_1", say: "Ask about the bell.", to: "c", must: [["bell"]])])),
                "c": (end: true),
            }})"#
    );
    use ron::extensions::Extensions;
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    Arc::new(ron::Options::default().with_default_extension(extensions).from_str(&source).unwrap())
}

fn line(policy: &str, generate: &str) -> (GenerationConfig, Constraints, Rules, bool, String) {
    let story = story(policy, generate);
    let (runner, _) = Runner::new(story.clone(), 7, &NoHost).unwrap();
    let composer = Composer::new(story, &Templates::default()).unwrap();
    let line = runner.line().unwrap();
    work(match composer.line(&runner, line, &NoHost) {
        Composed::Request(request) => request,
        Composed::Authored(_) => {
            match composer.answer(&runner, line, &PlayerText::new("What of the river?"), &NoHost) {
                Composed::Request(request) => request,
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    })
}

fn work(request: LineRequest) -> (GenerationConfig, Constraints, Rules, bool, String) {
    match request.work {
        Work::Write { prompt, config, constraints, rules, stream, .. } => {
            (config, constraints, rules, stream, prompt.full())
        }
        work => panic!("not written: {work:?}"),
    }
}

const VARY: &str = r#"Vary(prompt: "vary", policy: "p", tone: "weary", must: [["river"]])"#;
const FREE: &str = r#"Free(prompt: "say", policy: "p", goal: "Send them away.", tone: "weary")"#;

#[test]
fn a_policy_limits_the_sampler_and_the_rules_alike() {
    let (config, constraints, rules, _, _) =
        line("names: Known, sentences: 2, pattern: \"[A-Z][a-z ]+\\\\.\", ban: [\"gun\"]", VARY);
    assert_eq!(constraints.must, [["river"]]);
    assert_eq!(constraints.must, rules.must);
    assert_eq!(constraints.names, rules.names);
    assert!(constraints.names.is_some());
    assert_eq!(constraints.sentences, NonZeroUsize::new(2));
    assert_eq!(constraints.sentences, rules.sentences);
    assert_eq!(constraints.pattern, rules.pattern);
    assert_eq!(constraints.pattern.unwrap().source(), "[A-Z][a-z ]+\\.");
    assert!(constraints.banned.contains(&"gun".to_owned()));
    assert_eq!(config.guidance, None);

    let (_, constraints, rules, ..) = line("force: false", VARY);
    assert_eq!((constraints.must.len(), rules.must.len()), (0, 1), "not forced, but still judged");
    assert_eq!((constraints.names, constraints.sentences, constraints.pattern), (None, None, None));
}

#[test]
fn what_has_to_be_judged_whole_is_not_streamed() {
    let streams = |policy: &str, generate: &str| line(policy, generate).3;
    assert!(streams("stream: true", FREE));
    assert!(streams("stream: true, sentences: 1, names: Known", FREE));
    assert!(!streams("stream: true, pattern: \"[a-z ]+\"", FREE));
    assert!(!streams("stream: true", VARY), "must");
}

#[test]
fn guidance_takes_the_speaker_away_and_leaves_the_scene() {
    let policy = "guide: Neutral(scale: 1.3)";
    let (config, _, _, _, prompt) = line(policy, VARY);
    let guidance = config.guidance.unwrap();
    assert!((guidance.scale - 1.3).abs() < 1e-6);
    let against = guidance.against.full();
    for stays in ["The ford.", "The river rose in March.", "Mara: The river took it.\nMara, again:"] {
        assert!(prompt.contains(stays) && against.contains(stays), "{stays}: {against}");
    }
    for goes in ["ferrywoman", "Mood", "weary"] {
        assert!(prompt.contains(goes) && !against.contains(goes), "{goes}: {against}");
    }
    let (config, _, _, _, prompt) = line(policy, FREE);
    let against = config.guidance.unwrap().against.full();
    for goes in ["ferrywoman", "Mood", "Far enough.", "Send them away."] {
        assert!(prompt.contains(goes) && !against.contains(goes), "{goes}: {against}");
    }
    assert!(against.ends_with("Mara:"));

    let (config, ..) = line("guide: Away(scale: 1.3, from: \"herald; loud\")", FREE);
    let against = config.guidance.unwrap().against.full();
    assert!(against.contains("Mara: herald; loud.") && against.contains("Send them away."), "{against}");
    assert!(!against.contains("ferrywoman") && !against.contains("Far enough."), "{against}");
}

#[test]
fn facts_are_never_guided() {
    let policy = "guide: Neutral(scale: 1.3)";
    let answer = r#"Answer(policy: "p", from: ["flood"], unsure: "a_1")"#;
    let rumor = r#"Rumor(policy: "p", of: "flood", drift: 0.5)"#;
    for generate in [answer, rumor] {
        assert_eq!(line(policy, generate).0.guidance, None, "{generate}");
    }
    let story = story(policy, FREE);
    let (mut runner, _) = Runner::new(story.clone(), 7, &NoHost).unwrap();
    let composer = Composer::new(story.clone(), &Templates::default()).unwrap();
    runner.advance(&NoHost).unwrap();
    let outcome = &story.beats.get("b").unwrap().slot.as_ref().unwrap().outcomes[0];
    let Composed::Request(label) = composer.label(&runner, "b", outcome, &NoHost) else { panic!("no request") };
    let (config, constraints, ..) = work(label);
    assert_eq!(config.guidance, None, "a label");
    assert!(constraints.must.is_empty(), "what the player decides by is not forced");
}

#[test]
fn guidance_without_a_difference_is_none() {
    let persona = Persona::new("Mara", "");
    let policy = Policy { guide: Guide::Neutral { scale: 1.3 }, ..Policy::default() };
    let heard = PlayerText::new("Is it far?");
    let talk = |persona, heard| {
        let talk = Talk {
            persona,
            setting: "The ford.",
            facts: &[],
            history: &[],
            said: &[],
            listener: "",
            heard,
            goal: "",
            must: &[],
            must_not: &[],
            policy: &policy,
            fallback: "Hm.",
            priority: Priority::Addressed,
            seed: 1,
        };
        work(talk.request(&Templates::default())).0.guidance
    };
    assert_eq!(talk(&persona, None), None);
    let voiced = Persona::new("Mara", "ferrywoman");
    assert!(talk(&voiced, None).is_some());
    assert_eq!(talk(&voiced, Some(&heard)), None, "an answer");
}

#[test]
fn dry_counts_over_neither_names_nor_stops() {
    let (config, ..) = line("repeat: Dry(mult: 0.8, base: 1.75, len: 2), stop: [\"\\n\", \" >\"]", FREE);
    let breakers = config.dry.unwrap().breakers;
    for breaker in ["\n", "You", "Mara", " >"] {
        assert_eq!(breakers.iter().filter(|other| *other == breaker).count(), 1, "{breaker:?} in {breakers:?}");
    }
}

#[test]
fn a_text_is_cut_behind_its_sentences_and_has_to_match_its_pattern() {
    let sentences = Rules { sentences: NonZeroUsize::new(1), ..Rules::default() };
    let judge = |rules: &Rules, text: &str| rules.judge(text, FinishReason::Stop);
    assert_eq!(judge(&sentences, "Go home. The river rose.").unwrap(), "Go home.");
    assert_eq!(judge(&sentences, "\"Go. Run.\" She left.").unwrap(), "Go.", "also of what stood in quotes");
    let two = Rules { sentences: NonZeroUsize::new(2), ..Rules::default() };
    assert_eq!(judge(&two, "\"Go. Run.\" She left. He stayed.").unwrap(), "\"Go. Run.\" She left.");
    assert_eq!(judge(&sentences, "Go home").unwrap(), "Go home");

    let (_, _, rules, ..) = line("pattern: \"Ask (her|him) about the [a-z]+\\\\.?\"", FREE);
    for fine in ["Ask her about the bell.", " Ask him about the\nford"] {
        assert!(judge(&rules, fine).is_ok(), "{fine}: {:?}", judge(&rules, fine));
    }
    for wrong in ["Ask them about the bell.", "Ask her about the bell. Then go.", "Ask her"] {
        assert!(matches!(judge(&rules, wrong), Err(Rejection::Pattern(_))), "{wrong}: {:?}", judge(&rules, wrong));
    }
    let (_, _, broken, ..) = line("pattern: \"(unclosed\"", FREE);
    assert!(judge(&broken, "Anything.").is_err(), "a broken pattern lets nothing through");
}

#[test]
fn an_answer_rests_on_its_facts_also_while_it_is_shown() {
    let answer = |quote: &str| format!(r#"Answer(policy: "p", from: ["flood"], unsure: "a_1"{quote})"#);
    let (_, constraints, rules, streams, _) = line("stream: true", &answer(""));
    assert!(streams);
    assert_eq!(constraints.must.len(), 0);
    let judge = |text: &str| rules.judge(text, FinishReason::Stop);
    assert_eq!(judge("It rose in March.").unwrap(), "It rose in March.");
    for wrong in ["It rose in April.", "It rose 40 feet in March.", "I could not say."] {
        assert!(matches!(judge(wrong), Err(Rejection::Unsupported(_))), "{wrong}: {:?}", judge(wrong));
    }
    assert!(rules.judge_sentence("", "I could not say.").is_ok(), "the fact may still come");
    assert!(rules.judge_sentence("It rose in March.", " Forty feet.").is_err());

    let (_, constraints, rules, streams, _) = line("stream: true", &answer(", quote: 3"));
    assert!(!streams, "whether it quotes is known at its end");
    assert_eq!(constraints.must, [["The river rose", "river rose in", "rose in March"]]);
    assert!(rules.judge("The river rose.", FinishReason::Stop).is_ok());
    assert!(rules.judge("The river did rise.", FinishReason::Stop).is_err());
}
