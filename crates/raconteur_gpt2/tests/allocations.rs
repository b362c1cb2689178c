//! What limits cost a token on the heap once their masks are made and their buffers have grown: nothing.
//!
//! Counted is what a row of the generator does with its limits for each token: the known offenders are named
//! ([`Written::mask`]), the allowed set is looked up ([`Written::within`]), a token is sampled from it and asked once more
//! ([`Sampler::sample_within`], [`Written::allows`]), and taken in ([`Written::push`]). Not counted is what follows: the
//! text that is given out is a `String` of its own, and the forward pass has small lists of its own.
#![expect(unsafe_code, reason = "only a global allocator sees what is allocated")]
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its case has to fail")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::path::Path;

use raconteur_core::generate::{Constraints, GenerationConfig};
use raconteur_core::judge::KnownNames;
use raconteur_core::pattern::Pattern;
use raconteur_gpt2::constrain::{Lexicon, Limits, Written};
use raconteur_gpt2::sampling::{Sampler, Scratch};
use raconteur_gpt2::tokenizer::Gpt2Tokenizer;

thread_local! {
    /// Allocations of this thread: tests beside this one do not count.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting.
struct Counting;

fn count() {
    // While a thread ends there may be none any more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: everything is done by `System`; counting touches a cell that needs no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most tokens of a text.
const TOKENS: usize = 64;

/// All that a text is written with; kept from text to text, as a thread of the generator keeps it.
struct Desk<'a> {
    tokenizer: &'a Gpt2Tokenizer,
    limits: Limits,
    written: Written,
    scratch: Scratch,
    masked: Vec<u32>,
    history: Vec<u32>,
    logits: Vec<f32>,
}

impl Desk<'_> {
    /// Writes the text of a seed and returns how many tokens it has, and how often something was allocated for it.
    fn write(&mut self, config: &GenerationConfig) -> (usize, usize) {
        let mut sampler = Sampler::new(config, 0, Vec::new(), None).unwrap();
        let Self { tokenizer, limits, written, scratch, masked, history, logits } = self;
        let bytes = |id| tokenizer.token_bytes(id);
        let end_of_text = tokenizer.end_of_text();
        written.replay(limits, &[], &bytes);
        history.clear();
        let before = ALLOCATIONS.get();
        for at in 0..TOKENS {
            for (id, logit) in (0u64..).zip(logits.iter_mut()) {
                let mixed = (id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32 % 61 + 3);
                *logit = (mixed % 4096) as f32 / 512.0;
            }
            written.mask(limits, &bytes, masked);
            let within = written.within(limits);
            let accept = &mut |id| id == end_of_text || written.allows(limits, bytes(id));
            let id = sampler.sample_within(within.as_deref(), logits, history, masked, accept, scratch).unwrap();
            let Some(id) = id.filter(|&id| id != end_of_text) else { break };
            history.push(id);
            if written.push(limits, id, bytes(id)) {
                break;
            }
        }
        (written.ids.len(), ALLOCATIONS.get() - before)
    }
}

#[test]
fn a_limited_token_allocates_nothing() {
    let ember = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/ember");
    let tokenizer = Gpt2Tokenizer::load(&ember).unwrap();
    let size = tokenizer.vocab_size();
    let bytes = |id| tokenizer.token_bytes(id);
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let names = KnownNames::new(["Mara, Odo, Ferryman Bero of Brack and the Traveller met at Saint Annen."]);
    let base = Constraints {
        banned: texts(&["bell", "language model", "phone", "old bell rope"]),
        stop: texts(&["\n", "Mara:", "Odo:"]),
        sentences: NonZeroUsize::new(9),
        ..Constraints::default()
    };
    let pattern = Pattern::parse("([a-z ,'A-Z\u{e9}]+[.?!] ?){1,9}").unwrap();
    let cases = [
        ("bans, stops and sentences", base.clone()),
        ("names", Constraints { names: Some(names.clone()), ..base.clone() }),
        ("a pattern", Constraints { pattern: Some(pattern.clone()), ..base.clone() }),
        ("names and a pattern", Constraints { names: Some(names), pattern: Some(pattern), ..base }),
    ];
    for (name, constraints) in cases {
        let lexicon = Lexicon::new(size, &bytes, Some(tokenizer.end_of_text()));
        let limits = Limits::new(&constraints, 40, &lexicon, &mut |text| tokenizer.encode(text)).unwrap();
        let (written, scratch, logits) = (Written::default(), Scratch::default(), vec![0.0; size]);
        let (masked, history) = (Vec::new(), Vec::new());
        let mut desk = Desk { tokenizer: &tokenizer, limits, written, scratch, masked, history, logits };
        let mut all = 0;
        for seed in 0..8 {
            let config =
                GenerationConfig { seed, temperature: 1.5, repetition_penalty: 1.1, ..GenerationConfig::default() };
            let (tokens, making) = desk.write(&config);
            let (again, steady) = desk.write(&config);
            assert_eq!((again, steady), (tokens, 0), "{name}: {:?}", desk.written.stream.text());
            all += tokens;
            // Else it would be no proof: the first text has its buffers and its masks to make.
            assert!(seed > 0 || making > 0, "{name}");
        }
        assert!(all > 100, "{name}: texts of {all} tokens in sum");
    }
}
