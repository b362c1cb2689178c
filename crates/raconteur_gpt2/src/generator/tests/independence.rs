//! A text is a function of the model, the prompt, the settings and the seed alone.

use super::*;

/// Ember: on random weights all tokens are about as likely, and small errors would go unseen.
static MODEL: LazyLock<Arc<Gpt2>> = LazyLock::new(|| {
    let options = LoadOptions { quantization: Quantization::None, memory_limit: None, ..LoadOptions::default() };
    Arc::new(Gpt2::load(&ember_dir(), &options, &mut |_| {}).unwrap())
});

const SCENES: [&str; 6] = [
    "The ferry stage at dusk.\nMara: a ferrywoman. Mood: wary.\n\nTraveller: Who rang the bell?\nMara:",
    "A.",
    "The tower. The bell has not rung for ten years.\n\nOdo:",
    "Rain on the river, and a lantern that burns with a green flame at the end of the stage. Odo and Mara wait. Nobody has crossed since the flood took the bridge, and the bell lies under water.\n\nMara:",
    "Rain on the river, and a lantern that burns with a green flame at the end of the stage. Odo and Mara wait. Nobody has crossed since the flood took the bridge, and the bell lies under water.\n\nOdo: Who rang it, then?\nMara:",
    "Rain on the river, and a lantern that burns with a green flame at the end of the stage. Tobin sleeps.\n\nOdo:",
];

fn arbitrary_request() -> impl Strategy<Value = GenerationRequest> {
    let settings =
        (1usize..14, any::<bool>(), 0.2f32..1.5, prop_oneof![Just(0usize), 1usize..40], 0.3f32..=1.0, any::<u64>());
    let more = (1usize..4, any::<bool>(), any::<bool>(), 0usize..3, 0usize..SCENES.len(), 0u8..3, any::<bool>());
    let repairs = (prop::option::of((0.0f32..3.0, 0usize..SCENES.len())), any::<bool>(), 0usize..4);
    (settings, more, repairs).prop_map(
        |(
            (n, sample, temperature, top_k, top_p, seed),
            (sequences, dry, penalty, min, scene, priority, score),
            (guidance, must, adapter),
        )| {
            let priority = [Priority::Ambient, Priority::OnScreen, Priority::Addressed][usize::from(priority)];
            let config = GenerationConfig {
                max_new_tokens: n,
                min_new_tokens: min.min(n),
                do_sample: sample,
                temperature,
                top_k,
                top_p,
                seed,
                repetition_penalty: if penalty { 1.2 } else { 1.0 },
                dry: dry.then(|| Dry { multiplier: 0.8, base: 1.75, allowed_length: 2, breakers: vec!["\n".into()] }),
                num_return_sequences: if sample { sequences } else { 1 },
                guidance: guidance.map(|(scale, scene)| Guidance { scale, against: Prompt::text(SCENES[scene]) }),
                ..GenerationConfig::default()
            };
            let constraints = Constraints {
                // The second and the third come up often, and not at once.
                banned: vec!["bell".into(), "i don't".into(), "the river".into(), "it is".into()],
                stop: vec!["\n".into(), ". I".into()],
                must: if must {
                    vec![vec!["rope".into(), "ropes".into()], vec!["two coins".into()]]
                } else {
                    Vec::new()
                },
                ..Constraints::default()
            };
            let mut request = request(SCENES[scene], config, constraints, priority);
            // The last one is not there.
            request.prompt.adapter = [None, Some("marsh"), Some("guard"), Some("nobody")][adapter].map(str::to_owned);
            if score {
                let continuations =
                    vec![" I don't know.".into(), " The bell is under the water, where it always was.".into()];
                request.task = Task::Score { continuations, null: sample.then(|| "Mara:".into()) };
            }
            request
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn company_order_chunks_prefixes_and_cancellations_change_nothing(
        requests in prop::collection::vec((arbitrary_request(), 0usize..12), 1..6),
        others in prop::collection::vec((arbitrary_request(), 0usize..12, 0usize..12), 0..3),
        chunk in 1usize..70, max_batch in 1usize..9, known in any::<bool>(), pages in 0usize..40,
    ) {
        let mut generator = generator(Shared { model: MODEL.clone(), error: None, nan: None });
        for (seed, name) in [(1, "marsh"), (2, "guard")] {
            generator.add_adapter(name, &adapters::lively(MODEL.config(), seed)).unwrap();
        }
        let prefixes = generator.prefixes.take();
        let expected: Vec<Outcome> = requests.iter().map(|(request, _)| alone(&mut generator, request.clone())).collect();
        prop_assert!(expected.iter().all(|outcome| outcome.failed.is_none()));

        generator.prefixes = prefixes.and_then(|prefixes| PrefixCache::new(prefixes.pool().clone(), pages));
        if known {
            requests.iter().for_each(|(request, _)| drop(alone(&mut generator, request.clone())));
        }
        generator.options.prefill_chunk = chunk;
        generator.options.max_batch = max_batch;
        let mut outcomes = Outcomes::new();
        for now in 0..30 {
            for (id, (request, when)) in (0u64..).zip(&requests) {
                if *when == now {
                    generator.submit(RequestId(id), request.clone());
                }
            }
            for (id, (request, when, lives)) in (100u64..).zip(&others) {
                if *when == now {
                    generator.submit(RequestId(id), request.clone());
                }
                if when + lives == now {
                    generator.cancel(RequestId(id));
                }
            }
            step(&mut generator, &mut outcomes);
        }
        for _ in 0..5000 {
            if step(&mut generator, &mut outcomes) == Progress::Idle {
                break;
            }
        }
        for (id, expected) in (0u64..).zip(&expected) {
            prop_assert_eq!(&outcomes[&RequestId(id)], expected);
        }
    }
}
