//! What has to be said is said.

use raconteur_core::judge::KnownNames;
use raconteur_core::judge::words::{contains, words};
use raconteur_core::pattern::Pattern;

use super::*;

/// Models that go wrong in every way: random weights, and logits that are bent on top.
struct Weird {
    model: Arc<Gpt2>,
    way: u64,
}

impl LanguageModel for Weird {
    fn pass(&self, batch: &mut [Chunk<'_, Cache>], workspace: &mut Workspace) -> Result<(), Gpt2Error> {
        LanguageModel::pass(&*self.model, batch, workspace)?;
        for at in 0..batch.len() {
            match self.way % 5 {
                // End-of-text at once, a newline at once, one byte for ever, half a character for ever.
                1 => workspace.set_logit(at, 0, 30.0),
                2 => workspace.set_logit(at, self.token("\n"), 30.0),
                3 => workspace.set_logit(at, self.token("x"), 30.0),
                4 => workspace.set_logit(at, 130, 30.0),
                _ => {}
            }
        }
        Ok(())
    }

    fn new_cache(&self, capacity: usize, adapter: Option<&Arc<Adapter>>) -> Cache {
        LanguageModel::new_cache(&*self.model, capacity, adapter)
    }

    fn adaptable(&self) -> Option<&Gpt2Config> {
        LanguageModel::adaptable(&*self.model)
    }

    fn n_positions(&self) -> usize {
        self.model.n_positions()
    }

    fn vocab_size(&self) -> usize {
        self.model.config().vocab_size
    }

    fn eos_token_id(&self) -> Option<u32> {
        self.model.config().eos_token_id
    }

    fn describe(&self) -> String {
        self.model.describe()
    }

    fn fingerprint(&self) -> Option<u64> {
        None
    }
}

impl Weird {
    fn token(&self, text: &str) -> usize {
        TOKENS.encode(text)[0] as usize
    }
}

static TOKENS: LazyLock<Gpt2Tokenizer> = LazyLock::new(tokenizer);

fn must(groups: &[&[&str]]) -> Vec<Vec<String>> {
    groups.iter().map(|group| group.iter().map(ToString::to_string).collect()).collect()
}

fn holds(text: &str, groups: &[Vec<String>]) -> bool {
    let said = words(text);
    groups.iter().all(|group| group.iter().any(|word| contains(&said, word)))
}

#[test]
fn every_word_is_said_whatever_the_model_does() {
    let musts = [
        must(&[&["bell", "bells"]]),
        must(&[&["bells"], &["before", "first"]]),
        must(&[&["silver", "debt"], &["bell"], &["Saint Wenna"]]),
        must(&[&["don't know"], &["the drowned bell"]]),
        must(&[&["鐘"], &["Übermut"]]),
        must(&[&["x"], &["x y"], &["river"], &["boots", "wet", "water"]]),
    ];
    let models: Vec<Arc<Gpt2>> = (0..4).map(|seed| Arc::new(random(256, Quantization::None, seed))).collect();
    let weird = |case: u64| Weird { model: models[case as usize % 4].clone(), way: case / 4 };
    let mut generators: Vec<Gpt2Generator> = (0..4).map(|case| generator(weird(case))).collect();
    let (mut texts, mut forced, mut longest) = (0, 0, 0);
    for case in 0..200u64 {
        let generator = &mut generators[case as usize % 4];
        generator.model = Box::new(weird(case));
        let must = &musts[case as usize % musts.len()];
        let config = GenerationConfig {
            max_new_tokens: 1 + case as usize % 30,
            num_return_sequences: if case % 7 == 0 { 1 } else { 3 },
            do_sample: case % 7 != 0,
            temperature: [0.5, 1.0, 5.0][case as usize % 3],
            guidance: (case % 4 == 3).then(|| Guidance { scale: 2.0, against: Prompt::text("A") }),
            seed: case,
            ..GenerationConfig::default()
        };
        let most = config.max_new_tokens;
        let stop = if case % 2 == 0 { vec!["\n".into()] } else { vec![". ".into(), "q".into()] };
        let constraints =
            Constraints { must: must.clone(), stop, banned: vec!["tower".into()], ..Constraints::default() };
        generator.keep_tokens(RequestId(0));
        let outcome = alone(generator, request("Mara:", config, constraints, Priority::OnScreen));
        assert!(outcome.failed.is_none(), "{outcome:?}");
        for (candidate, tokens) in generator.take_tokens(RequestId(0)).iter().enumerate() {
            let text = &outcome.texts[&candidate];
            assert!(holds(text, must), "case {case}: {text:?} {must:?} {:?}", outcome.ends[&candidate]);
            let Repairs { forced: words, .. } = outcome.repairs[&candidate];
            assert!(words <= must.len(), "each group once");
            longest = longest.max(tokens.len().saturating_sub(most));
            texts += 1;
            forced += words;
        }
    }
    println!("{texts} texts, {forced} words forced, at most {longest} tokens beyond the length");
    assert!(forced > 400);
}

#[test]
fn what_is_said_anyway_is_not_forced_and_changes_nothing() {
    let mut generator = generator(tiny(128));
    let bias = GenerationConfig {
        logit_bias: vec![(" bell".into(), 1000.0)],
        max_new_tokens: 6,
        ..GenerationConfig::default()
    };
    let ask = |must: Vec<Vec<String>>| {
        let constraints = Constraints { must, ..Constraints::default() };
        request("The", bias.clone(), constraints, Priority::Addressed)
    };
    let outcome = alone(&mut generator, ask(must(&[&["bell"]])));
    assert_eq!(
        (outcome.texts[&0].as_str(), outcome.repairs[&0]),
        (" bell bell bell bell bell bell", Repairs::default())
    );
}

#[test]
fn the_place_is_where_the_model_wanted_it_most() {
    let mut generator = generator(Shared { model: Arc::new(tiny(128)), error: None, nan: None });
    // Greedy on a random model: the same text, but for the word.
    let ask = |must: Vec<Vec<String>>| {
        let config = GenerationConfig { max_new_tokens: 12, ..GenerationConfig::greedy() };
        request("The", config, Constraints { must, ..Constraints::default() }, Priority::Addressed)
    };
    generator.keep_tokens(RequestId(0));
    alone(&mut generator, ask(Vec::new()));
    let free = generator.take_tokens(RequestId(0)).remove(0);
    generator.keep_tokens(RequestId(0));
    let outcome = alone(&mut generator, ask(must(&[&["silver"]])));
    let forced = generator.take_tokens(RequestId(0)).remove(0);
    let silver = TOKENS.encode(" silver")[0];
    let at = forced.iter().position(|&id| id == silver).unwrap();
    assert_eq!((&forced[..at], outcome.repairs[&0].forced), (&free[..at], 1));
    let model = tiny(128);
    let logprob = |at: usize| {
        let ids: Vec<u32> = [0].into_iter().chain(TOKENS.encode("The")).chain(free[..at].iter().copied()).collect();
        let mut cache = model.new_cache(64);
        let logits = model.forward(&mut [Chunk { ids: &ids, cache: &mut cache, logits: Logits::Last }]).unwrap();
        crate::arithmetic::log_prob(&logits[0][0], silver as usize)
    };
    // Not the first place, where a capital would be written; none that ends inside a character or inside a word.
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '\u{fffd}');
    let stands = |at: usize| {
        let (before, after) = (TOKENS.decode(&free[..at]), TOKENS.decode(&free[at..]));
        !(before.ends_with('\u{fffd}') || letter(before.chars().next_back()) && letter(after.chars().next()))
    };
    assert!((1..12).any(|at| !stands(at)) && (1..12).filter(|&at| stands(at)).count() > 1);
    let best = (1..12).filter(|&at| stands(at)).map(logprob).fold(f32::MIN, f32::max);
    assert!((logprob(at) - best).abs() < 1e-5, "{at}");
}

#[test]
fn what_cannot_be_said_ends_as_it_would_have() {
    let mut generator = generator(tiny(64));
    let ask = |must: Vec<Vec<String>>, max_new_tokens| {
        let config = GenerationConfig { max_new_tokens, ..GenerationConfig::greedy() };
        let constraints = Constraints { must, banned: vec!["bell".into()], ..Constraints::default() };
        request("The", config, constraints, Priority::Addressed)
    };
    let free = alone(&mut generator, ask(Vec::new(), 10));
    let banned = alone(&mut generator, ask(must(&[&["bell"]]), 10));
    assert_eq!((&banned.texts, &banned.ends, banned.repairs[&0]), (&free.texts, &free.ends, Repairs::default()));
    let blank = alone(&mut generator, ask(must(&[&["..."], &[]]), 10));
    assert_eq!((&blank.texts, &blank.ends), (&free.texts, &free.ends));
    // The window has no room behind the text: the word is written inside it.
    let full = alone(&mut generator, ask(must(&[&["rope"]]), 55));
    assert!(holds(&full.texts[&0], &must(&[&["rope"]])) && full.failed.is_none(), "{full:?}");
    let mut narrow = super::generator(tiny(3));
    let config = GenerationConfig { max_new_tokens: 2, ..GenerationConfig::greedy() };
    let constraints = Constraints { must: must(&[&["the drowned rope of old"]]), ..Constraints::default() };
    narrow.submit_tokens(RequestId(0), vec![9], config, constraints, Priority::Addressed);
    let outcome = run(&mut narrow).remove(&RequestId(0)).unwrap();
    assert_eq!((outcome.failed, outcome.repairs[&0].forced), (None, 0));
}

#[test]
fn other_limits_hold_for_what_is_forced() {
    let load = LoadOptions { memory_limit: None, ..LoadOptions::default() };
    let model = Arc::new(Gpt2::load(&ember_dir(), &load, &mut |_| {}).unwrap());
    let mut generator = generator(Shared { model, error: None, nan: None });
    let scene = "The ferry stage at dusk.\nMara: short sentences. Mood: wary.\n\nTraveller: Who rang the bell?\nMara:";
    let must = must(&[&["rope", "ropes"], &["silver"]]);
    let pattern = Pattern::parse(" ?[a-z]+( [a-z]+){2,60}").unwrap();
    let names = KnownNames::new(["Mara and Odo heard the bell ring."]);
    for seed in 0..12 {
        let config = GenerationConfig { num_return_sequences: 4, seed, ..GenerationConfig::default() };
        let limits = Constraints {
            must: must.clone(),
            banned: vec!["the silver".into(), "bell".into(), "a rope".into()],
            stop: vec!["\n".into()],
            ..Constraints::default()
        };
        let spoken = Constraints { names: Some(names.clone()), sentences: NonZeroUsize::new(2), ..limits.clone() };
        let outcome = alone(&mut generator, request(scene, config.clone(), spoken, Priority::Addressed));
        for (candidate, text) in &outcome.texts {
            assert!(holds(text, &must), "{text:?} {:?}", outcome.ends[candidate]);
            let (reason, _) = outcome.ends[candidate];
            // At the start of a sentence the masks let anything stand; the rules on whole texts judge it.
            let inside = names.first_unknown(text).is_some_and(|name| {
                let at = text.find(&name).unwrap();
                !text[..at].trim_end().ends_with(['.', '!', '?', ':']) && !text[..at].trim().is_empty()
            });
            assert!(!inside, "{text:?} {reason:?}");
            assert!(raconteur_core::sentence::sentence_ends(text).len() <= 2, "{text:?} {reason:?}");
            let plain = text.to_lowercase();
            assert!(!["the silver", "bell", "a rope "].iter().any(|banned| plain.contains(banned)), "{text:?}");
        }
        let label = Constraints { pattern: Some(pattern.clone()), ..limits };
        let outcome = alone(&mut generator, request(scene, config, label, Priority::Addressed));
        for (candidate, text) in &outcome.texts {
            let (reason, _) = outcome.ends[candidate];
            assert!(pattern.matches(text) || reason == FinishReason::Length, "{text:?} {reason:?}");
            assert!(holds(text, &must) || reason == FinishReason::DeadEnd, "{text:?} {reason:?}");
        }
    }
}

#[test]
fn nothing_is_told_before_a_text_is_complete() {
    let mut generator = generator(tiny(128));
    let constraints = Constraints { must: must(&[&["rope"]]), ..Constraints::default() };
    let config = GenerationConfig { max_new_tokens: 8, num_return_sequences: 2, ..GenerationConfig::default() };
    generator.submit(RequestId(0), request("The", config, constraints, Priority::Addressed));
    let mut events = Vec::new();
    while generator.step(&mut |_, event| events.push(event)) == Progress::Working {}
    let told: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            GenerationEvent::Text { candidate, .. } => Some(*candidate),
            _ => None,
        })
        .collect();
    let mut once = told.clone();
    once.sort_unstable();
    assert_eq!(once, [0, 1], "{events:?}");
}

#[test]
fn numbers_that_are_not_finite_fail_it() {
    let nan = TOKENS.encode(" rope")[0];
    let mut generator = generator(Shared { model: Arc::new(tiny(128)), error: None, nan: Some(nan) });
    let constraints = Constraints { must: must(&[&["rope"]]), ..Constraints::default() };
    let outcome = alone(&mut generator, request("The", GenerationConfig::default(), constraints, Priority::Addressed));
    assert_eq!(outcome.failed, Some(GenerateError::NotFinite), "the forced word is read, and breaks");
}
