//! How many states stories have, and how long the checks take.
//!
//! ```text
//! cargo run --release -p raconteur_core --example flow_time -- assets/stories/*.story.ron
//! ```
//! Each story is read and checked five times, and the best time counts. Without a story, one of 500 beats and 5000 lines
//! is made from a seed.

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/support/stories.rs"]
mod stories;

use std::path::Path;
use std::time::{Duration, Instant};

use raconteur_core::story::flow::{Limits, explore};
use raconteur_core::story::parse::{Checked, load, parse};
use raconteur_core::story::source::Source;

fn main() {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    println!(
        "{:32} {:>6} {:>6} {:>8} {:>10} {:>10} {:>10}",
        "story", "beats", "lines", "states", "precision", "walk", "all checks"
    );
    if paths.is_empty() {
        let text = stories::large(1, 500, 5000);
        report("large, seed 1", || Ok(parse(vec![Source::new("large.story.ron", text.clone())])));
    }
    for path in &paths {
        report(path, || load(Path::new(path)).map_err(|error| error.to_string()));
    }
}

fn report(name: &str, read: impl Fn() -> Result<Checked, String>) {
    let (checked, all) = match best(&read) {
        (Ok(checked), all) => (checked, all),
        (Err(error), _) => return println!("{name}: {error}"),
    };
    let Some(story) = &checked.story else { return println!("{name}: not the shape of a story") };
    let (flow, walk) = best(|| explore(story, &Limits::default()));
    let lines: usize = story.beats.iter().map(|(_, beat)| beat.lines.len()).sum();
    println!(
        "{name:32} {:6} {lines:6} {:8} {:>10} {:>10} {:>10}  {}",
        story.beats.len(),
        flow.states,
        format!("{:?}", flow.precision),
        format!("{walk:.1?}"),
        format!("{all:.1?}"),
        checked.summary()
    );
}

/// The result of the last of five runs, and the time of the fastest.
fn best<T>(run: impl Fn() -> T) -> (T, Duration) {
    let timed = || {
        let start = Instant::now();
        (run(), start.elapsed())
    };
    let (mut result, mut best) = timed();
    for _ in 1..5 {
        let (next, time) = timed();
        (result, best) = (next, best.min(time));
    }
    (result, best)
}
