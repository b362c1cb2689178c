//! The openings in `assets/serials`: sound, readable with the model off, and different by seed.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

fn shipped() -> Vec<Arc<Opening>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/serials");
    let mut openings = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of openings") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            let text = std::fs::read_to_string(&path).expect("a text");
            let opening = Opening::from_ron(&text).unwrap_or_else(|error| panic!("{}:\n{error}", path.display()));
            openings.push(Arc::new(opening));
        }
    }
    assert!(openings.len() >= 2);
    openings
}

#[test]
fn every_shipped_opening_is_a_readable_serial_without_a_model() {
    for opening in shipped() {
        let mut told = BTreeSet::new();
        for seed in 0..20 {
            let writer = authored(&opening, seed, Some(5 + seed as usize % 6));
            let report = SerialReport::of(&writer);
            let threads = opening.threads.len();
            assert_eq!((report.opened, report.closed, report.first_closes_last), (threads, threads, true));
            assert_eq!(report.entity_consistency, 1.0, "{}: {:?}", opening.id, report.misplaced);
            assert_eq!((report.repeated_passages, report.generated), (0, 0));
            assert!(report.seq_rep_4 < 0.02, "{}: seq-rep-4 {}", opening.id, report.seq_rep_4);
            assert!(report.words > 900 && report.free * 4 > report.passages, "{report:?}");
            told.insert(writer.markdown(false));
        }
        assert_eq!(told.len(), 20, "{}: two seeds tell the same", opening.id);
    }
}

#[test]
fn every_shipped_opening_says_how_many_chapters_it_has_material_for() {
    for opening in shipped() {
        let steps: usize = opening.threads.iter().map(|(_, thread)| thread.len()).sum();
        for seed in 0..4 {
            assert!(Plan::new(&opening, seed, Some(steps + 1)).is_ok(), "{}", opening.id);
            let error = Plan::new(&opening, seed, Some(60)).expect_err("far too many");
            assert!(matches!(error, PlanError::TooLittle { asked: 60, .. }), "{error}");
        }
    }
}
