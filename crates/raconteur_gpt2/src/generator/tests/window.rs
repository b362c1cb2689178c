//! What is asked of the model never exceeds its window.

use super::*;

const WINDOW: usize = 24;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ,.]{0,60}",
        Just("<|endoftext|>".to_owned()),
        Just("🔔鐘".repeat(5)),
        Just("\u{0}\u{7}\u{1b}[31m".to_owned()),
        Just(String::new()),
    ]
}

fn prompt() -> impl Strategy<Value = Prompt> {
    let piece = (text(), prop::option::of(0u32..4)).prop_map(|(text, keep)| Piece { text, keep });
    let section = prop::collection::vec(piece, 0..4).prop_map(|pieces| Section { name: "s".into(), pieces });
    (prop::collection::vec(section, 0..4), any::<bool>()).prop_map(|(sections, start_of_text)| Prompt {
        sections,
        start_of_text,
        adapter: None,
    })
}

static MODEL: LazyLock<Arc<Gpt2>> = LazyLock::new(|| Arc::new(tiny(WINDOW)));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn prompt_and_new_tokens_fit(
        prompts in prop::collection::vec((prompt(), 0usize..40, 1usize..4), 1..4), chunk in 1usize..20, max_batch in 1usize..5,
    ) {
        thread_local!(static GENERATOR: std::cell::RefCell<Gpt2Generator> =
            std::cell::RefCell::new(generator(Shared { model: MODEL.clone(), error: None, nan: None })));
        GENERATOR.with_borrow_mut(|generator| -> Result<(), TestCaseError> {
            generator.options.prefill_chunk = chunk;
            generator.options.max_batch = max_batch;
            for (id, (prompt, max_new_tokens, num_return_sequences)) in (0u64..).zip(&prompts) {
                let config = GenerationConfig {
                    max_new_tokens: *max_new_tokens,
                    num_return_sequences: *num_return_sequences,
                    min_new_tokens: *max_new_tokens,
                    ..GenerationConfig::default()
                };
                let task = Task::Continue { config, constraints: Constraints::default() };
                generator.submit(RequestId(2 * id), GenerationRequest { prompt: prompt.clone(), task, priority: Priority::OnScreen });
                let task = Task::Score { continuations: vec![" so it goes".into(), "ab ".repeat(*max_new_tokens)], null: Some("x:".into()) };
                generator.submit(RequestId(2 * id + 1), GenerationRequest { prompt: prompt.clone(), task, priority: Priority::Ambient });
            }
            let outcomes = run(generator);
            for (id, outcome) in &outcomes {
                if id.0 % 2 == 1 {
                    prop_assert!(!matches!(outcome.failed, Some(GenerateError::Backend(_))), "{outcome:?}");
                    continue;
                }
                let (_, max_new_tokens, sequences) = prompts[id.0 as usize / 2];
                match &outcome.failed {
                    None => {
                        let (bill, usage) = (outcome.bill.as_ref().unwrap(), outcome.usage.unwrap());
                        prop_assert!(bill.total + max_new_tokens.min(WINDOW - 1) <= WINDOW, "{bill:?}");
                        prop_assert_eq!(bill.total, usage.prompt_tokens);
                        prop_assert_eq!(outcome.ends.len(), sequences);
                        prop_assert!(outcome.ends.values().all(|&(_, tokens)| usage.prompt_tokens + tokens <= WINDOW));
                    }
                    Some(GenerateError::Prompt(_) | GenerateError::Config(_)) => {}
                    Some(other) => prop_assert!(false, "{other:?}"),
                }
            }
            prop_assert_eq!(outcomes.len(), 2 * prompts.len());
            Ok(())
        })?;
    }
}
