//! The example, told by a script: with the model in the box and without one.

#![expect(dead_code, reason = "what only the terminal shows is not called here")]

#[path = "../examples/serial_novel/novel.rs"]
mod novel;

use novel::{Novel, Reading, Setup, model};

fn novel(name: &str, with: Option<&str>, seed: u64) -> Novel {
    let opening = format!("serials/{name}.serial.ron").into();
    Novel::new(Setup { opening, model: model(with), seed, chapters: None }).unwrap_or_else(|error| panic!("{error}"))
}

fn read(novel: &mut Novel, most: usize) -> Vec<Reading> {
    let mut readings = Vec::new();
    while let Some(reading) = (readings.len() < most).then(|| novel.next().unwrap_or_else(|e| panic!("{e}"))).flatten()
    {
        readings.push(reading);
    }
    readings
}

#[test]
fn without_a_model_every_shipped_serial_is_read_to_its_end() {
    for name in ["drowned_bell", "nine_bridges"] {
        let mut first = novel(name, Some("off"), 5);
        let readings = read(&mut first, usize::MAX);
        assert!(readings.len() >= 5, "{name} has {} chapters", readings.len());
        for (at, reading) in readings.iter().enumerate() {
            assert_eq!(reading.number, (at + 1, readings.len()));
            assert!(!reading.is_generated() && !reading.title.is_empty());
            assert!(reading.marked().split_whitespace().count() > 40, "{name}: {}", reading.marked());
        }
        let report = first.report().unwrap_or_else(|| panic!("{name} has no end"));
        assert!(report.first_closes_last && report.opened == report.closed && report.misplaced.is_empty());
        assert_eq!(read(&mut novel(name, Some("off"), 5), usize::MAX), readings, "two runs of {name} differ");
        assert_ne!(read(&mut novel(name, Some("off"), 6), usize::MAX), readings, "two seeds of {name} tell the same");
    }
}

#[test]
fn with_the_model_in_the_box_some_of_it_is_its_own_and_the_same_each_time() {
    let readings = read(&mut novel("drowned_bell", None, 1), 3);
    assert_eq!(readings.len(), 3);
    let all: String = readings.iter().map(Reading::marked).collect();
    assert!(readings.iter().any(Reading::is_generated) && all.contains('|'), "the model wrote nothing:\n{all}");
    assert_eq!(read(&mut novel("drowned_bell", None, 1), 3), readings);
}

#[test]
fn an_opening_that_is_not_there_is_an_error_and_not_a_wait() {
    let mut nothing = novel("none", Some("off"), 1);
    let error = nothing.next().expect_err("there is no such file");
    assert!(error.contains("none.serial.ron"), "{error}");
}
