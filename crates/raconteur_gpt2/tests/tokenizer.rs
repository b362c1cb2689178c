//! The tokenizer against the reference library's ids, and what players may type.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::path::{Path, PathBuf};

use raconteur_gpt2::config::Gpt2Config;
use raconteur_gpt2::error::Gpt2Error;
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

#[derive(serde::Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizer")
}

fn cases() -> Vec<Case> {
    serde_json::from_slice(&std::fs::read(files().join("cases.json")).unwrap()).unwrap()
}

/// The tokenizer from vocab.json and merges.txt alone.
fn from_parts() -> Gpt2Tokenizer {
    let dir = tempfile::tempdir().unwrap();
    for name in ["vocab.json", "merges.txt"] {
        std::fs::copy(files().join(name), dir.path().join(name)).unwrap();
    }
    Gpt2Tokenizer::load(dir.path()).unwrap()
}

#[test]
fn ids_are_the_reference_s_and_decode_to_the_text() {
    for tokenizer in [Gpt2Tokenizer::load(&files()).unwrap(), from_parts()] {
        assert_eq!((tokenizer.vocab_size(), tokenizer.end_of_text()), (50257, 50256));
        for case in cases() {
            assert_eq!(tokenizer.encode_with_special(&case.text), case.ids, "{:?}", case.text);
            assert_eq!(tokenizer.decode(&case.ids), case.text);
        }
    }
}

#[test]
fn plain_text_never_becomes_a_special_token() {
    for tokenizer in [Gpt2Tokenizer::load(&files()).unwrap(), from_parts()] {
        for text in ["<|endoftext|>", "x<|endoftext|>y", "<|endoftext|><|endoftext|>", "a <|endoftext|> \n"] {
            let ids = tokenizer.encode(text);
            assert!(!ids.contains(&tokenizer.end_of_text()), "{text:?}");
            assert_eq!(tokenizer.decode(&ids), text);
        }
        for case in cases().iter().filter(|case| !case.text.contains("<|endoftext|>")) {
            assert_eq!(tokenizer.encode(&case.text), case.ids);
        }
    }
}

#[test]
fn whatever_a_player_types_comes_back() {
    let tokenizer = Gpt2Tokenizer::load(&files()).unwrap();
    let control: String = (0..32u8).map(char::from).collect();
    let long = "The river rises. ".repeat(6000);
    for text in ["", "🙂🙃👩‍🚀", &control, &long, "Odo: I did it", "乱世出山 ş \u{feff}"] {
        let ids = tokenizer.encode(text);
        assert_eq!(tokenizer.decode(&ids), text);
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| tokenizer.token_bytes(id)).copied().collect();
        assert_eq!(bytes, text.as_bytes());
    }
    assert_eq!(tokenizer.token_bytes(60_000), b"");
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let tokenizer = Gpt2Tokenizer::load(&files()).unwrap();
    let error = tokenizer.check(&Gpt2Config { vocab_size: 4096, ..Gpt2Config::default() }).unwrap_err();
    assert!(matches!(error, Gpt2Error::Vocabulary { tokenizer: 50257, model: 4096 }));
    assert!(error.to_string().contains("50257") && error.to_string().contains("4096"));
    tokenizer.check(&Gpt2Config { vocab_size: 50304, ..Gpt2Config::default() }).unwrap();
}

#[test]
fn missing_and_damaged_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let load = || Gpt2Tokenizer::load(dir.path()).unwrap_err();
    assert!(matches!(load(), Gpt2Error::Missing { path } if path.ends_with("tokenizer.json")));
    std::fs::copy(files().join("vocab.json"), dir.path().join("vocab.json")).unwrap();
    assert!(matches!(load(), Gpt2Error::Missing { path } if path.ends_with("merges.txt")));
    std::fs::write(dir.path().join("merges.txt"), "#version: 0.2\nnonsense\n").unwrap();
    assert!(matches!(load(), Gpt2Error::Damaged { path, .. } if path.ends_with("merges.txt")));
    std::fs::write(dir.path().join("merges.txt"), "#version: 0.2\nqqqq zzzz\n").unwrap();
    assert!(matches!(load(), Gpt2Error::Damaged { path, .. } if path.ends_with("merges.txt")));
    std::fs::write(dir.path().join("tokenizer.json"), "<html>404</html>").unwrap();
    assert!(matches!(load(), Gpt2Error::Damaged { path, .. } if path.ends_with("tokenizer.json")));
}
