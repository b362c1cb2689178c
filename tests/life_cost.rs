//! The example `life_cost`: every part runs, and something happens in it.

#[path = "../examples/life_cost/conversation.rs"]
mod conversation;
#[path = "../examples/life_cost/measure.rs"]
mod measure;
#[path = "../examples/life_cost/memory.rs"]
mod memory;

use measure::{Part, app, measure, quantiles};

/// The last number before a word.
fn count(text: &str, what: &str) -> usize {
    let at = text.find(what).unwrap_or_else(|| panic!("no '{what}' in '{text}'"));
    let number = text[..at].split_whitespace().next_back().and_then(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("no number before '{what}' in '{text}'"))
}

#[test]
fn a_row_has_two_times_and_says_what_happened() {
    let row = measure(&mut conversation::Talking, 5, 60);
    assert_eq!(row.matches(" / ").count(), 4, "{row}");
    assert!(count(&row, "turns") > 0, "{row}");
    assert_eq!(quantiles(&mut [3.0, 1.0, 2.0]), [1.0, 2.0, 2.0]);
    assert_eq!(quantiles(&mut []), [0.0; 3]);
}

#[test]
fn people_talk_and_remember() {
    let run = |part: &mut dyn Part, npcs: usize| {
        let mut app = app(part, npcs);
        for frame in 0..2500 {
            part.frame(&mut app, frame);
            app.update();
        }
        part.happened(&mut app)
    };
    let talking = run(&mut conversation::Talking, 12);
    assert!(count(&talking, "turns") > 30 && count(&talking, "conversations ended") > 0, "{talking}");
    let remembering = run(&mut memory::Remembering::default(), 12);
    for what in ["learned", "forgotten", "asked"] {
        assert!(count(&remembering, what) > 0, "{remembering}");
    }
}
