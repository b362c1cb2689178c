use proptest::prelude::*;

use super::{ANSWER, TALK, VARY, one};
use crate::compose::seed_of;
use crate::scenes::{Script, split};

/// A scene whose words are by chance, so that no other is near.
fn scene(kind: &str, seed: u64) -> Script {
    let word = |place: u64| {
        let random = seed_of(seed, kind, place);
        (0..5).map(|at| char::from(b'a' + ((random >> (at * 8)) % 26) as u8)).collect::<String>()
    };
    let text = (0..12).map(word).collect::<Vec<_>>().join(" ");
    let (line, from) = match kind {
        "talk" => (TALK, "Four."),
        "vary" => (VARY, "Be quiet."),
        _ => (ANSWER, "Odo has the key."),
    };
    let mut scene = one(&line.replace(from, &text));
    scene.setting = (20..34).map(word).collect::<Vec<_>>().join(" ");
    scene
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn every_kind_is_held_back_by_its_share(
        talks in 20_u64..80, varies in 20_u64..60, answers in 2_u64..10, seed in any::<u64>()
    ) {
        let talks = (0..talks).map(|at| scene("talk", seed ^ at));
        let scenes: Vec<Script> = talks
            .chain((0..varies).map(|at| scene("vary", seed ^ at)))
            .chain((0..answers).map(|at| scene("answer", seed ^ at)))
            .collect();
        let held = split(&scenes, 0.2, seed, 0.7);
        for kind in ["talk", "vary", "answer"] {
            let all = scenes.iter().filter(|scene| scene.body.kind() == kind).count();
            let out = scenes.iter().zip(&held).filter(|(scene, held)| scene.body.kind() == kind && **held).count();
            let wanted = ((all as f64 * 0.2).round() as usize).max(1);
            prop_assert!(out == wanted, "{} of {} {}, not {}", out, all, kind, wanted);
        }
        // The order of the scenes does not matter.
        let turned: Vec<Script> = scenes.iter().rev().cloned().collect();
        let mut back = split(&turned, 0.2, seed, 0.7);
        back.reverse();
        prop_assert_eq!(held, back);
    }
}

#[test]
fn what_is_nearly_the_same_stays_together() {
    let mut scenes: Vec<Script> = (0..40).map(|at| scene("talk", at)).collect();
    // Three tellings of each of ten scenes, under other names.
    for at in 40..50 {
        for names in [("Mara", "Odo"), ("Greta", "Bram"), ("Ilsa", "Fenn")] {
            let swap = [("Mara".to_owned(), names.0.to_owned()), ("Odo".to_owned(), names.1.to_owned())];
            scenes.push(scene("talk", at).map(&mut |text| crate::scenes::replace_names(text, &swap)));
        }
    }
    let mut together = 0;
    for seed in 0..20 {
        let held = split(&scenes, 0.3, seed, 0.7);
        for trio in held[40..].chunks(3) {
            assert!(trio.iter().all(|held| *held == trio[0]), "{held:?}");
            together += usize::from(trio[0]);
        }
        let out = held.iter().filter(|held| **held).count();
        assert!((20..=24).contains(&out), "{out} of 70");
    }
    assert!(together > 0, "some are held back");
    assert_ne!(split(&scenes, 0.3, 1, 0.7), split(&scenes, 0.3, 2, 0.7));
    assert!(split(&scenes, 0.0, 1, 0.7).iter().all(|held| !held));
    assert!(split(&scenes, 1.0, 1, 0.7).iter().all(|held| *held));
    assert_eq!(split(&[], 0.5, 1, 0.7), Vec::<bool>::new());
}
