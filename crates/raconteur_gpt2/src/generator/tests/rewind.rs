//! Going back leaves no trace, and takes nothing back that was told.

use super::*;

const SCENE: &str = "The ferry stage at dusk. The bell of the tower lies under the river.\nMara: short sentences, river words. Mood: wary.\n\nTraveller: Who rang the bell?\nMara:";

fn ember() -> Arc<Gpt2> {
    let load = LoadOptions { memory_limit: None, ..LoadOptions::default() };
    Arc::new(Gpt2::load(&ember_dir(), &load, &mut |_| {}).unwrap())
}

fn ask(seed: u64, constraints: Constraints, sequences: usize) -> GenerationRequest {
    let config = GenerationConfig {
        max_new_tokens: 24,
        num_return_sequences: sequences,
        temperature: 1.0,
        seed,
        ..GenerationConfig::default()
    };
    request(SCENE, config, constraints, Priority::OnScreen)
}

/// Whether two words stand next to each other with only blanks between.
fn holds(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase().replace(['\u{2019}'], "'");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase).any(|(at, _)| {
        !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + phrase.len()..].chars().next())
    })
}

#[test]
fn phrases_of_several_tokens_are_backed_out_of_and_never_told() {
    let mut generator = generator(Shared { model: ember(), error: None, nan: None });
    // What it likes to say.
    let mut pairs: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..6 {
        for text in alone(&mut generator, ask(seed, Constraints::default(), 8)).texts.values() {
            let text = text.to_lowercase();
            let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_end_matches(['.', ',', '?'])).collect();
            let pairs_of = words.windows(2).map(|pair| pair.join(" "));
            pairs_of.filter(|pair| holds(&text, pair)).for_each(|pair| *pairs.entry(pair).or_default() += 1);
        }
    }
    let mut pairs: Vec<(usize, String)> = pairs.into_iter().map(|(phrase, count)| (count, phrase)).collect();
    pairs.sort_by(|a, b| b.cmp(a));
    let banned: Vec<String> = pairs.into_iter().take(12).map(|(_, phrase)| phrase).collect();
    let constraints = Constraints { banned: banned.clone(), stop: vec!["\n".into()], ..Constraints::default() };
    let mut rewound = 0;
    for seed in 0..12 {
        generator.keep_tokens(RequestId(0));
        let outcome = alone(&mut generator, ask(seed, constraints.clone(), 8));
        let tokens = generator.take_tokens(RequestId(0));
        assert_eq!(outcome.ends.len(), 8);
        for (candidate, tokens) in tokens.iter().enumerate() {
            let text = outcome.texts.get(&candidate).cloned().unwrap_or_default();
            let whole = tokenizer().decode(tokens);
            assert_eq!(text, whole.split('\n').next().unwrap(), "what was told is what was written in the end");
            assert!(!banned.iter().any(|phrase| holds(&text, phrase)), "{text:?} {banned:?}");
            let repairs = outcome.repairs[&candidate];
            assert!(repairs.rewound <= 8 && repairs.forced == 0);
            assert!(outcome.ends[&candidate].1 >= tokens.len() + repairs.rewound, "what was taken back counts");
            rewound += repairs.rewound;
        }
    }
    println!("{rewound} rewinds in 96 texts, bans {banned:?}");
    assert!(rewound > 20, "{rewound}");
}

#[test]
fn a_beginning_that_only_leads_to_a_ban_is_not_left_behind() {
    // Of what " be" begins, all but "bell" is out of reach: the text has to go back, and the likeliest way on is taken.
    let mut generator = generator(Shared { model: ember(), error: None, nan: None });
    let constraints =
        Constraints { banned: vec!["the bell".into()], stop: vec!["\n".into()], ..Constraints::default() };
    let config = GenerationConfig {
        logit_bias: vec![(" the".into(), 6.0), (" bell".into(), 6.0)],
        ..GenerationConfig::greedy()
    };
    let outcome = alone(&mut generator, request(SCENE, config, constraints, Priority::Addressed));
    assert!(outcome.repairs[&0].rewound > 0 && !holds(&outcome.texts[&0], "the bell"), "{outcome:?}");
}

#[test]
fn a_ban_that_nothing_escapes_is_a_dead_end_and_ends() {
    let mut generator = generator(tiny(64));
    let (a, b) = (generator.vocabulary.encode(" bell")[0], generator.vocabulary.encode(" rope")[0]);
    // A vocabulary of two words, that may not follow each other in any way.
    generator.vocabulary.nameless = (1..4096).filter(|&id| id != a && id != b).collect();
    let banned = ["bell rope", "rope bell", "bell bell", "rope rope"].map(String::from).to_vec();
    let config = GenerationConfig { min_new_tokens: 5, max_new_tokens: 5, ..GenerationConfig::default() };
    for seed in 0..20 {
        let config = GenerationConfig { seed, ..config.clone() };
        let constraints = Constraints { banned: banned.clone(), ..Constraints::default() };
        let outcome = alone(&mut generator, request("The", config, constraints, Priority::Addressed));
        let (reason, tokens) = outcome.ends[&0];
        assert_eq!((reason, outcome.failed), (FinishReason::DeadEnd, None));
        assert!(tokens > 1 && outcome.repairs[&0].rewound > 0, "{:?}", outcome.repairs);
    }
}

/// The logits that a row reads next are those of its tokens alone, whatever way it came.
#[test]
fn a_text_that_went_back_goes_on_as_if_it_had_never_been_there() {
    let against = Prompt::text("The ferry stage at dusk.\nMara:");
    for (quantization, seed) in [(Quantization::None, 1), (Quantization::Q8_0, 2), (Quantization::Q4, 3)] {
        let load = LoadOptions { quantization, memory_limit: None, ..LoadOptions::default() };
        let ember = Gpt2::load(&ember_dir(), &load, &mut |_| {}).unwrap();
        let models =
            if quantization == Quantization::Q8_0 { vec![ember] } else { vec![random(256, quantization, seed)] };
        for model in models.into_iter().map(Arc::new) {
            let mut generator = generator(Shared { model: model.clone(), error: None, nan: None });
            let mut kept = 0;
            for seed in 0..4 {
                let constraints = Constraints {
                    banned: vec![
                        "i don".into(),
                        "the river".into(),
                        "the bell".into(),
                        "it is".into(),
                        "of the".into(),
                    ],
                    must: vec![vec!["ropes".into()], vec!["two coins".into(), "silver".into()]],
                    stop: vec!["\n".into()],
                    ..Constraints::default()
                };
                let mut request = ask(seed, constraints, 3);
                if let Task::Continue { config, .. } = &mut request.task {
                    config.guidance = (seed % 2 == 1).then(|| Guidance { scale: 1.5, against: against.clone() });
                }
                generator.submit(RequestId(seed), request);
            }
            let mut outcomes = Outcomes::new();
            while step(&mut generator, &mut outcomes) == Progress::Working {
                for live in &generator.live {
                    let State::Writing(writing) = &live.state else { continue };
                    for (ids, mut cache) in writing.states() {
                        let read = |ids: &[u32], cache: &mut Cache| {
                            let mut workspace = Workspace::default();
                            LanguageModel::pass(
                                &*model,
                                &mut [Chunk { ids, cache, logits: Logits::Last }],
                                &mut workspace,
                            )
                            .unwrap();
                            workspace.logits(0).next().unwrap().to_vec()
                        };
                        let mut fresh = LanguageModel::new_cache(&*model, ids.len(), None);
                        let from_nothing = read(&ids, &mut fresh);
                        assert!(cache.len() < ids.len());
                        let new = ids[cache.len()..].to_vec();
                        assert!(read(&new, &mut cache) == from_nothing, "{quantization} {ids:?}");
                        kept += 1;
                    }
                }
            }
            let repairs = |count: fn(&Repairs) -> usize| -> usize {
                outcomes.values().flat_map(|outcome| outcome.repairs.values()).map(count).sum()
            };
            let (forced, rewound) = (repairs(|r| r.forced), repairs(|r| r.rewound));
            println!("{quantization}: {kept} states, {forced} forced, {rewound} rewound");
            assert!(kept > 50 && forced > 5 && (rewound > 0 || quantization != Quantization::Q8_0));
        }
    }
}
