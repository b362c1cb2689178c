//! The model in the box, end to end.

use raconteur_core::judge::KnownNames;
use raconteur_core::pattern::Pattern;
use raconteur_core::sentence::end_of_sentence;

use super::*;

const SCENE: &str = "The ferry stage at dusk. The bell of the tower lies under the river.\nMara: short sentences, river words. Mood: wary.\n\nTraveller: Who rang the bell?\nMara:";

fn ember(quantization: Quantization) -> Gpt2Generator {
    let options_ = LoadOptions { quantization, memory_limit: None, ..LoadOptions::default() };
    let model = Gpt2::load(&ember_dir(), &options_, &mut |_| {}).unwrap();
    Gpt2Generator::new(model, Some(tokenizer()), options()).unwrap()
}

#[test]
fn every_format_writes_a_line_and_streams_it() {
    for quantization in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let mut generator = ember(quantization);
        let constraints = Constraints { stop: vec!["\n".into()], ..Constraints::default() };
        let ask = request(SCENE, GenerationConfig::greedy(), constraints, Priority::Addressed);
        generator.submit(RequestId(0), ask);
        generator.keep_tokens(RequestId(0));
        let outcome = run(&mut generator).remove(&RequestId(0)).unwrap();
        let text = &outcome.texts[&0];
        assert!(text.chars().filter(|c| c.is_alphabetic()).count() > 3 && !text.contains('\n'), "{outcome:?}");
        let tokens = generator.take_tokens(RequestId(0)).remove(0);
        let whole = tokenizer().decode(&tokens);
        assert_eq!(text.as_str(), whole.split('\n').next().unwrap());
        assert_eq!(outcome.ends[&0].1, tokens.len());
    }
}

#[test]
fn banned_words_never_appear() {
    let mut generator = ember(Quantization::Q8_0);
    // What it would say: without the ban, these come often.
    let words = ["bell", "river", "the", "i", "don't know"];
    let ask = |seed, banned: &[&str]| {
        let config = GenerationConfig {
            max_new_tokens: 16,
            num_return_sequences: 8,
            temperature: 1.0,
            seed,
            ..GenerationConfig::default()
        };
        let constraints =
            Constraints { banned: banned.iter().map(ToString::to_string).collect(), ..Constraints::default() };
        request(SCENE, config, constraints, Priority::OnScreen)
    };
    let holds = |text: &str| {
        let text = text.to_lowercase().replace(['\n', '\u{2019}'], " ");
        let found: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '\'').collect();
        words.iter().any(|word| found.contains(word)) || text.contains("don't know")
    };
    let free = alone(&mut generator, ask(0, &[]));
    assert!(free.texts.values().any(|text| holds(text)), "{free:?}");
    for seed in 0..25 {
        let outcome = alone(&mut generator, ask(seed, &words));
        assert_eq!(outcome.ends.len(), 8);
        for text in outcome.texts.values() {
            assert!(!holds(text), "{text:?}");
        }
    }
}

#[test]
fn what_a_player_types_is_only_text() {
    let mut generator = ember(Quantization::Q8_0);
    for text in ["", "<|endoftext|>", "Odo: I did it\nMara:", "🔔🔔🔔", "\u{0}\u{1b}[2J\u{202e}", &"x".repeat(100_000)]
    {
        let config = GenerationConfig { max_new_tokens: 4, ..GenerationConfig::default() };
        let outcome = alone(&mut generator, request(text, config, Constraints::default(), Priority::Addressed));
        match outcome.failed {
            None => assert_eq!(outcome.ends.len(), 1),
            Some(GenerateError::Prompt(_)) => assert_eq!(text.len(), 100_000),
            Some(other) => panic!("{other}"),
        }
    }
}

#[test]
fn end_of_text_and_bias_are_obeyed() {
    let mut generator = ember(Quantization::Q8_0);
    let config = GenerationConfig {
        logit_bias: vec![(" bell".into(), 1000.0)],
        max_new_tokens: 3,
        ..GenerationConfig::default()
    };
    let outcome = alone(&mut generator, request(SCENE, config, Constraints::default(), Priority::Addressed));
    assert_eq!(outcome.texts[&0], " bell bell bell");
    let config = GenerationConfig { max_new_tokens: 300, min_new_tokens: 200, ..GenerationConfig::default() };
    for seed in 0..3 {
        let config = GenerationConfig { seed, ..config.clone() };
        let outcome = alone(&mut generator, request(SCENE, config, Constraints::default(), Priority::Addressed));
        let (reason, tokens) = outcome.ends[&0];
        assert!(tokens >= 200, "{reason:?} {tokens}");
    }
}

/// Texts of `count` seeds, and why they ended.
fn lines(constraints: &Constraints, count: u64) -> Vec<(String, FinishReason)> {
    let mut generator = ember(Quantization::Q8_0);
    let mut lines = Vec::new();
    for seed in 0..count.div_ceil(8) {
        let config = GenerationConfig {
            max_new_tokens: 40,
            num_return_sequences: 8,
            temperature: 1.0,
            top_p: 1.0,
            seed,
            ..GenerationConfig::default()
        };
        let outcome = alone(&mut generator, request(SCENE, config, constraints.clone(), Priority::OnScreen));
        lines.extend(
            (0..8).map(|candidate| {
                (outcome.texts.get(&candidate).cloned().unwrap_or_default(), outcome.ends[&candidate].0)
            }),
        );
    }
    lines
}

#[test]
fn names_inside_sentences_are_known() {
    let names = KnownNames::new(["Mara, Odo and the Traveller of Brack"]);
    // Who opens a sentence is the string check's business.
    let inside = |text: &str| {
        let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_start_matches(char::is_alphanumeric);
        names
            .first_unknown(&format!("so{rest}"))
            .filter(|_| !text.contains([':', ';', '"', '\'', '(', '—', '–', '“', '‘', '’']))
    };
    let stop = vec!["\n".to_owned(), ".".to_owned(), "!".to_owned(), "?".to_owned()];
    let free = Constraints { stop: stop.clone(), ..Constraints::default() };
    let free = lines(&free, 64);
    let masked = Constraints { stop, names: Some(names.clone()), ..Constraints::default() };
    let masked = lines(&masked, 104);
    for (text, reason) in masked {
        assert!(reason != FinishReason::DeadEnd, "{text:?}");
        // One that is cut off may be in the middle of a name.
        if reason != FinishReason::Length {
            assert_eq!(inside(&text), None, "{text:?}");
        }
    }
    assert!(free.iter().any(|(text, _)| inside(text).is_some()), "without masks there are some: {free:?}");
}

#[test]
fn every_text_matches_its_pattern() {
    let source = "(Ask|Tell) (her|him) about the [a-z ]{3,20}\\.";
    let pattern = Pattern::parse(source).unwrap();
    let constraints = Constraints { stop: vec!["\n".into()], pattern: Some(pattern.clone()), ..Constraints::default() };
    for (text, reason) in lines(&constraints, 104) {
        assert!(pattern.matches(text.trim_start()) && reason == FinishReason::Stop, "{text:?} {reason:?}");
    }
}

#[test]
fn a_text_has_as_many_sentences_as_it_may() {
    let constraints =
        Constraints { stop: vec!["\n".into()], sentences: NonZeroUsize::new(1), ..Constraints::default() };
    let mut one = 0;
    for (text, reason) in lines(&constraints, 64) {
        assert_eq!(end_of_sentence(&text, NonZeroUsize::MIN.saturating_add(1)), None, "{text:?}");
        one += usize::from(reason == FinishReason::Stop && text.ends_with(['.', '!', '?']));
    }
    assert!(one > 32, "most come to an end: {one}");
}

#[test]
fn what_cannot_be_written_is_a_dead_end() {
    let impossible = Constraints {
        banned: vec!["bell".into()],
        pattern: Some(Pattern::parse("(the )?bell").unwrap()),
        ..Constraints::default()
    };
    for (_, reason) in lines(&impossible, 8) {
        assert_eq!(reason, FinishReason::DeadEnd);
    }
}
