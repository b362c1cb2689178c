//! Who wins when a table and a translation differ.

use raconteur_core::story::format::{Locale, Translation};
use raconteur_core::story::locale::lock;

use super::{FORMATS, Row, Status, german, read, rows, story, write};
use crate::l10n::merge::{Report, merge};

fn say(say: &str, lock: String) -> Translation {
    Translation { say: say.to_owned(), lock, ..Translation::default() }
}

/// The translation with one text, exported, changed by `edit`, and imported into what `later` makes of it.
fn round(
    key: &str,
    text: Option<Translation>,
    edit: impl Fn(&mut Row),
    later: impl Fn(&mut Locale),
    force: bool,
) -> Vec<(Locale, Report)> {
    let story = story();
    let mut before = Locale::default();
    if let Some(text) = text {
        before.texts.push(key, text);
    }
    FORMATS
        .into_iter()
        .map(|format| {
            let mut table = read(format, &write(format, &rows(&story, &before, false)));
            edit(table.iter_mut().find(|row| row.key == key).expect("a row"));
            let mut after = before.clone();
            later(&mut after);
            let report = merge(&story, &mut after, &read(format, &write(format, &table)), force).expect("rows");
            (after, report)
        })
        .collect()
}

fn current() -> String {
    lock("Well?")
}

#[test]
fn a_new_text_is_taken_with_the_lock_of_what_was_seen() {
    for (after, report) in round("dock_3", None, |row| row.translation = "Nun?".to_owned(), |_| (), false) {
        assert_eq!(after.texts.get("dock_3"), Some(&say("Nun?", current())));
        assert_eq!((report.taken, report.changed()), (1, true));
    }
}

#[test]
fn a_stale_text_stays_stale_until_the_translator_confirms_it() {
    let old = || Some(say("Nun?", "1".to_owned()));
    for (after, report) in round("dock_3", old(), |row| assert_eq!(row.status, Status::Stale), |_| (), false) {
        assert_eq!(after.texts.get("dock_3").expect("kept").lock, "1");
        assert_eq!(report.stale, ["dock_3"]);
        assert!(!report.changed());
    }
    for (after, report) in round("dock_3", old(), |row| row.status = Status::Translated, |_| (), false) {
        assert_eq!(after.texts.get("dock_3"), Some(&say("Nun?", current())));
        assert_eq!((report.confirmed, report.stale.len()), (1, 0));
    }
    // A spreadsheet leaves the status; who has changed the text has seen the source. A PO tool would have cleared the flag.
    let both = round("dock_3", old(), |row| row.translation = "Und?".to_owned(), |_| (), false);
    assert_eq!(both[0].0.texts.get("dock_3"), Some(&say("Und?", current())));
    assert_eq!(both[1].1.stale, ["dock_3"]);
    assert_eq!(both[1].0.texts.get("dock_3").expect("taken").say, "Und?");
}

#[test]
fn what_somebody_else_has_changed_is_not_overwritten() {
    let text = || Some(say("Nun?", current()));
    let later = |locale: &mut Locale| locale.texts.get_mut("dock_3").expect("there").say = "Also?".to_owned();
    for (after, report) in round("dock_3", text(), |row| row.translation = "Und?".to_owned(), later, false) {
        assert_eq!(after.texts.get("dock_3").expect("kept").say, "Also?");
        assert_eq!(report.conflicts, ["dock_3"]);
        assert!(report.to_string().contains("dock_3: changed by somebody else"), "{report}");
    }
    for (after, report) in round("dock_3", text(), |row| row.translation = "Und?".to_owned(), later, true) {
        assert_eq!(after.texts.get("dock_3").expect("taken").say, "Und?");
        assert_eq!((report.forced.len(), report.conflicts.len()), (1, 0));
    }
    // An untouched row takes nothing back, and the same change twice is no conflict.
    for edit in ["Nun?", "Also?"] {
        for (after, report) in round("dock_3", text(), |row| row.translation = edit.to_owned(), later, false) {
            assert_eq!(after.texts.get("dock_3").expect("kept").say, "Also?");
            assert!(report.conflicts.is_empty() && !report.changed(), "{report}");
        }
    }
    // A table of unknown origin has no hash of what it was made from.
    let edit = |row: &mut Row| (row.lock, row.translation) = (Default::default(), "Und?".to_owned());
    for (after, report) in round("dock_3", text(), edit, |_| (), false) {
        assert_eq!((after.texts.get("dock_3").expect("kept").say.as_str(), report.conflicts.len()), ("Nun?", 1));
    }
}

#[test]
fn nothing_is_ever_deleted() {
    let text = || Some(Translation { note: "dry".to_owned(), ..say("Nun?", current()) });
    for (after, report) in round("dock_3", text(), |row| row.translation.clear(), |_| (), false) {
        assert_eq!(after.texts.get("dock_3"), text().as_ref());
        assert_eq!(report.emptied, ["dock_3"]);
    }
    for (after, report) in round("gone", text(), |row| assert_eq!(row.status, Status::Obsolete), |_| (), false) {
        assert_eq!(after.texts.get("gone"), text().as_ref());
        assert_eq!(report.obsolete, ["gone"]);
    }
    // It went while the translator was at work.
    let lose = |locale: &mut Locale| locale.texts = Default::default();
    for (after, report) in round("gone", text(), |row| row.translation = "Weg.".to_owned(), lose, false) {
        assert_eq!(after.texts.get("gone").expect("taken").say, "Weg.");
        assert_eq!(report.obsolete, ["gone"]);
    }
}

#[test]
fn drafts_stay_drafts_until_somebody_says_otherwise() {
    let draft = || Some(Translation { draft: true, ..say("Nun?", current()) });
    for (after, report) in round("dock_3", draft(), |row| assert_eq!(row.status, Status::Draft), |_| (), false) {
        assert!(after.texts.get("dock_3").expect("kept").draft && !report.changed());
    }
    for (after, _) in round("dock_3", draft(), |row| row.status = Status::Translated, |_| (), false) {
        assert_eq!(after.texts.get("dock_3"), Some(&say("Nun?", current())));
    }
}

#[test]
fn line_ends_of_a_spreadsheet_are_no_change() {
    let text = || Some(say("Nun?\nUnd?", current()));
    for (after, report) in round("dock_3", text(), |row| row.translation = "Nun?\r\nUnd?".to_owned(), |_| (), false) {
        assert_eq!(after.texts.get("dock_3"), text().as_ref());
        assert!(!report.changed());
    }
}

#[test]
fn words_for_the_model_are_there_where_it_writes() {
    let keys =
        |locale: &Locale, prompts| rows(&story(), locale, prompts).into_iter().map(|row| row.key).collect::<Vec<_>>();
    let plain = keys(&Locale::default(), false);
    assert!(plain.contains(&"dock_3#variants".to_owned()) && !plain.contains(&"dock_2#must".to_owned()));
    assert!(!plain.contains(&"lore:lamp".to_owned()));
    let all = keys(&Locale::default(), true);
    assert!(all.contains(&"dock_2#must".to_owned()) && all.contains(&"lore:lamp#keys".to_owned()));
    assert_eq!(keys(&Locale { generate: true, ..Locale::default() }, false), all);
    assert_eq!(keys(&german(), false), all);
}
