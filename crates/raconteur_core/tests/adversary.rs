//! Plays by chance of every shipped story with the worst generator there is: the story stays on its rails, nothing that
//! must not be seen is seen, and every request ends once.
//!
//! `raconteur rehearse STORY --plays 10000 --adversary` does the same as often as wanted.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where it stands")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use raconteur_core::generate::TextGenerator;
use raconteur_core::rehearsal::{Limits, Plays, Renewed};
use raconteur_core::scripted::Adversary;
use raconteur_core::story::flow::{self, Precision, explore};
use raconteur_core::story::format::Story;
use raconteur_core::story::parse::load;
use raconteur_core::template::Templates;

fn shipped(id: &str) -> Arc<Story> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../assets/stories/{id}.story.ron"));
    load(&path).unwrap().into_story().unwrap()
}

/// Plays `plays` times. Numbers are such that a debug build takes some seconds for each story.
fn stands(id: &str, seed: u64, plays: u64) {
    stands_in(id, &shipped(id), seed, plays);
}

fn stands_in(id: &str, story: &Arc<Story>, seed: u64, plays: u64) {
    let flow = explore(story, &flow::Limits::default());
    assert_eq!(flow.precision, Precision::Exact);
    let adversary = Adversary::new(story, seed);
    let (panics, mut next) = (adversary.panics(), seed);
    let mut writer = Renewed::new(move || {
        next += 1;
        Box::new(adversary.another(next)) as Box<dyn TextGenerator>
    });
    let limits = Limits { moments: 400, steps: 300, ..Limits::default() };
    let plays = Plays { plays, seed, limits, questions: Plays::questions(story), ..Plays::default() };
    let played = plays.run(story, &Templates::default(), Some(&flow), Some(&mut writer), &mut |_| {}, &mut |_| {});
    let played = played.unwrap();
    println!("{id}: {played:#?}");
    assert_eq!(played.faults, [], "{id}");
    assert_eq!(played.stuck, [], "{id}");
    let (counts, tally) = (&played.counts, &played.tally);
    assert_eq!((tally.valid, tally.compared), (tally.moments, tally.moments), "{id}");
    assert_eq!((counts.submitted, counts.surplus, counts.lost), (counts.finished, 0, 0), "{id}");
    assert!(played.is_clean(), "{id}");
    assert_eq!(counts.panics, panics.load(Ordering::Relaxed), "{id}: a panic that is not the adversary's");
    // It would prove nothing if no text of it got through, or if it never did its worst.
    assert!(tally.by_model() > 50, "{id}: {tally:?}");
    assert!(counts.panics > 5, "{id}: {counts:?}");
    assert!(played.ends.len() >= 2, "{id}: {:?}", played.ends);
}

#[test]
fn the_drowned_bell_stands_an_adversary() {
    stands("drowned_bell", 1_000, 250);
}

#[test]
fn the_reed_seal_stands_an_adversary() {
    stands("reed_seal", 2_000, 100);
}

#[test]
fn the_ninth_mirror_stands_an_adversary() {
    stands("ninth_mirror", 3_000, 200);
}

/// The rules hold in a script without spaces too.
#[test]
fn the_reed_seal_stands_an_adversary_in_chinese() {
    let story = Arc::new(shipped("reed_seal").localized("zh"));
    stands_in("reed_seal in Chinese", &story, 4_000, 60);
}
