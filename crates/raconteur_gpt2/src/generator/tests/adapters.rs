//! Requests choose a voice, and nobody reads what was read under another.

use raconteur_core::generate::AdapterError;

use super::*;
use crate::kv::PAGE;

/// An adapter that is far from doing nothing.
pub(super) fn lively(model: &Gpt2Config, seed: u64) -> Lora {
    Lora::random(LoraConfig::default(), model, seed, 0.3).unwrap()
}

const SCENE: &str =
    "The ferry stage at dusk. The river has taken the lower road again, and the bell lies under water.\nMara:";

fn with_two(quantization: Quantization) -> (Arc<Gpt2>, Gpt2Generator) {
    let model = Arc::new(random(256, quantization, 7));
    let mut generator = generator(Shared { model: Arc::clone(&model), error: None, nan: None });
    generator.add_adapter("marsh", &lively(model.config(), 1)).unwrap();
    generator.add_adapter("guard", &lively(model.config(), 2)).unwrap();
    (model, generator)
}

fn under(adapter: Option<&str>) -> GenerationRequest {
    let config = GenerationConfig { max_new_tokens: 20, min_new_tokens: 20, ..GenerationConfig::greedy() };
    let mut request = request(SCENE, config, Constraints::default(), Priority::OnScreen);
    request.prompt.adapter = adapter.map(str::to_owned);
    request
}

#[test]
fn each_request_speaks_in_its_own_voice() {
    for quantization in [Quantization::None, Quantization::Q8_0, Quantization::Q4] {
        let voices = [None, Some("marsh"), Some("guard")];
        let own: Vec<Outcome> = voices.map(|voice| alone(&mut with_two(quantization).1, under(voice))).to_vec();
        assert!(own[0].texts != own[1].texts && own[1].texts != own[2].texts && own[0].texts != own[2].texts);
        // The model without adapters says what it says beside them.
        let plain = alone(&mut generator(random(256, quantization, 7)), under(None));
        assert_eq!(plain, own[0]);
        let (_, mut generator) = with_two(quantization);
        for (id, voice) in (0..).zip(voices.into_iter().cycle().take(9)) {
            generator.submit(RequestId(id), under(voice));
        }
        for (id, outcome) in run(&mut generator) {
            assert_eq!(outcome, own[id.0 as usize % 3], "{quantization} {id:?}");
        }
        assert!(generator.take_adapter_errors().is_empty());
    }
}

/// Tokens that were found when a prompt is read after others.
fn found(generator: &mut Gpt2Generator, request: GenerationRequest) -> usize {
    generator.submit(RequestId(0), request);
    let mut found = None;
    while found.is_none() {
        generator.step(&mut |_, event| {
            if let GenerationEvent::Done { usage } = event {
                found = Some(usage.cached_tokens);
            }
        });
    }
    found.unwrap()
}

#[test]
fn a_beginning_is_shared_under_the_same_adapter_only() {
    let (model, mut generator) = with_two(Quantization::Q8_0);
    for voice in [None, Some("marsh"), Some("guard")] {
        assert_eq!(found(&mut generator, under(voice)), 0, "nobody has read it under {voice:?}");
        assert!(found(&mut generator, under(voice)) >= PAGE, "{voice:?}");
    }
    // Reading ahead is for one voice, too.
    generator.forget_prefixes();
    let read = GenerationRequest { task: Task::Read { room: 20 }, ..under(Some("marsh")) };
    found(&mut generator, read);
    assert_eq!(found(&mut generator, under(None)), 0);
    assert!(found(&mut generator, under(Some("marsh"))) >= PAGE);
    // Another adapter under an old name is another voice.
    generator.add_adapter("marsh", &lively(model.config(), 3)).unwrap();
    assert_eq!(found(&mut generator, under(Some("marsh"))), 0);
    // Prompts at the same time: those of one voice are read once, and no voice waits for another.
    generator.forget_prefixes();
    for (id, voice) in [(1, Some("marsh")), (2, Some("guard")), (3, Some("marsh")), (4, None), (5, Some("guard"))] {
        generator.submit(RequestId(id), under(voice));
    }
    let mut cached = BTreeMap::new();
    while generator.step(&mut |id, event| {
        if let GenerationEvent::Done { usage } = event {
            cached.insert(id.0, usage.cached_tokens >= PAGE);
        }
    }) == Progress::Working
    {}
    assert_eq!(cached, BTreeMap::from([(1, false), (2, false), (3, true), (4, false), (5, true)]));
}

#[test]
fn a_snapshot_is_of_the_model_as_it_is() {
    let (_, mut generator) = with_two(Quantization::Q8_0);
    let tokens = generator.prompt_tokens(&under(None).prompt, 20).unwrap();
    alone(&mut generator, under(Some("marsh")));
    assert!(generator.save_prefix(&tokens).is_none(), "what was read under an adapter is no snapshot");
    alone(&mut generator, under(None));
    let saved = generator.save_prefix(&tokens).unwrap();
    let (_, mut fresh) = with_two(Quantization::Q8_0);
    assert!(fresh.restore_prefix(&saved).unwrap() >= PAGE);
    assert_eq!(found(&mut fresh, under(Some("guard"))), 0);
    assert!(found(&mut fresh, under(None)) >= PAGE);
}

#[test]
fn scores_and_guidance_are_under_the_adapter_of_their_prompts() {
    let (_, mut generator) = with_two(Quantization::None);
    let score = |voice: Option<&str>| {
        let continuations = vec![" The bell.".to_owned()];
        GenerationRequest { task: Task::Score { continuations, null: Some("Mara:".into()) }, ..under(voice) }
    };
    let mut scored = |voice| alone(&mut generator, score(voice)).scores.unwrap()[0];
    let (own, marsh) = (scored(None), scored(Some("marsh")));
    assert!(own.logprob != marsh.logprob && own.null_logprob != marsh.null_logprob);
    let (_, mut generator) = with_two(Quantization::None);
    let mut guided = |against: Option<&str>| {
        let mut request = under(Some("marsh"));
        if let Task::Continue { config, .. } = &mut request.task {
            let against = Prompt { adapter: against.map(str::to_owned), ..request.prompt.clone() };
            config.guidance = Some(Guidance { scale: 3.0, against });
        }
        alone(&mut generator, request).texts
    };
    let same = guided(Some("marsh"));
    let away = guided(None);
    assert_eq!(same, alone(&mut with_two(Quantization::None).1, under(Some("marsh"))).texts, "nothing is louder");
    assert_ne!(same, away, "the voice is");
}

#[test]
fn an_adapter_that_is_not_there_is_told_once_and_the_model_talks() {
    let (model, mut generator) = with_two(Quantization::None);
    let plain = alone(&mut generator, under(None));
    assert_eq!(alone(&mut generator, under(Some("swamp"))), plain);
    assert_eq!(alone(&mut generator, under(Some("swamp"))), plain);
    let errors = generator.take_adapter_errors();
    let known = vec!["guard".to_owned(), "marsh".to_owned()];
    assert_eq!(errors, [AdapterError::Unknown { name: "swamp".into(), known }]);
    assert!(errors[0].to_string().contains("guard, marsh") && generator.take_adapter_errors().is_empty());

    let other = Gpt2Config { n_embd: 64, ..model.config().clone() };
    let error = generator.add_adapter("swamp", &lively(&other, 1)).unwrap_err();
    assert!(matches!(&error, AdapterError::Failed { name, .. } if name == "swamp"), "{error}");
    assert_eq!(alone(&mut generator, under(Some("swamp"))), plain);
    assert_eq!(generator.take_adapter_errors(), [error]);
    generator.add_adapter("swamp", &lively(model.config(), 5)).unwrap();
    assert_ne!(alone(&mut generator, under(Some("swamp"))), plain);
}

#[test]
fn adapters_lie_beside_the_model_or_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(ember_dir()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    let config = Gpt2Config::load(dir.path()).unwrap();
    let beside = dir.path().join("adapters");
    lively(&config, 1).save(&beside.join("marsh_folk"), "ember").unwrap();
    lively(&config, 2).save(&beside.join("guard"), "ember").unwrap();
    lively(&config, 3).save(&dir.path().join("elsewhere"), "ember").unwrap();
    std::fs::create_dir(beside.join("empty")).unwrap();
    let mut loader = crate::loader::Gpt2Loader::new(dir.path());
    loader.load.memory_limit = None;
    for (name, to) in [("guard", "elsewhere"), ("lost", "nowhere")] {
        loader.adapters.push(crate::loader::AdapterFolder { name: name.into(), dir: dir.path().join(to) });
    }
    let mut generator = loader.load_generator(crate::loader::TokenizerFiles::Required, &mut |_| {}).unwrap();
    assert_eq!(generator.adapters(), ["guard", "marsh_folk"]);
    let errors: Vec<String> = generator.take_adapter_errors().iter().map(|error| error.name().to_owned()).collect();
    assert_eq!(errors, ["empty", "lost"]);
    let texts = ["guard", "marsh_folk", "lost"].map(|voice| alone(&mut generator, under(Some(voice))).texts);
    assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2]);
    assert!(beside.join("guard/adapter_model.safetensors").metadata().unwrap().len() < 1 << 20);
}
