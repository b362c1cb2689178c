//! Serials that are put away and taken up again, also by an opening that has changed, and from damaged saves.

use super::*;
use crate::compose::seed_of;
use crate::generate::Task;
use crate::scripted::{Script, ScriptedGenerator};

/// Writes what depends on the whole prompt and the seed.
fn generator() -> ScriptedGenerator {
    ScriptedGenerator::new(|request, candidate| {
        let Task::Continue { config, .. } = &request.task else { return Script::Silence };
        let number = seed_of(config.seed, &request.prompt.full(), candidate as u64) % 9973;
        Script::Say(format!(" It was a dry lamp, one of {number}, and not the last."))
    })
}

#[test]
fn put_away_after_any_passage_it_goes_on_as_if_nothing_had_been() {
    for (at, opening) in std::iter::once(tiny()).chain(sound(300).take(6)).enumerate() {
        let opening = Arc::new(opening);
        let Ok(mut writer) = SerialWriter::new(opening.clone(), at as u64, None) else { continue };
        let mut saves = vec![writer.to_text().expect("a save")];
        let mut one = generator();
        while !writer.is_over() {
            writer.write_next(Some(&mut one), &Templates::default(), &Why::ModelOff);
            saves.push(writer.to_text().expect("a save"));
        }
        let report = SerialReport::of(&writer);
        assert!(report.free == 0 || report.generated > 0, "{report:?}");
        for save in saves {
            let (mut again, lost) = SerialWriter::from_text(opening.clone(), &save).expect("what was saved");
            assert!(lost.is_empty(), "{lost:?}");
            assert_eq!(again.to_text().expect("a save"), save);
            let mut other = generator();
            while !again.is_over() {
                again.write_next(Some(&mut other), &Templates::default(), &Why::ModelOff);
            }
            assert_eq!(again.markdown(true), writer.markdown(true));
        }
    }
}

#[test]
fn an_edited_opening_takes_its_saves_up_and_says_what_changed() {
    let opening = Arc::new(tiny());
    let save = authored(&opening, 2, None).to_text().expect("a save");
    let edited = TINY.replace("Say(\"The hook in the yard was empty.\"),", "").replace(
        "\"blame\": (",
        "\"word\": (goal: \"A word is said.\", at: \"yard\", tell: [Say(\"One word.\")]), \"blame\": (",
    );
    let edited = Arc::new(Opening::from_ron(&edited).expect("it is sound"));
    let (writer, lost) = SerialWriter::from_text(edited, &save).expect("it can be told");
    assert!(writer.is_over());
    // The first passage of the scene is the free one now, and what stood second stands nowhere.
    assert!(lost.contains(&LostOfSerial::NotPlanned("lamp/word".into())), "{lost:?}");
    assert!(lost.iter().any(|lost| matches!(lost, LostOfSerial::NoSuchPassage { id, .. } if id == "lamp/opens#0.1")));
}

#[test]
fn damaged_newer_foreign_and_monstrous_saves_are_refused() {
    let opening = Arc::new(tiny());
    let writer = authored(&opening, 2, None);
    let save = writer.to_text().expect("a save");
    let read = |text: &str| SerialWriter::from_text(opening.clone(), text).map(|_| ());
    assert_eq!(read(&save), Ok(()));
    for cut in [0, 1, save.len() / 3, save.len() - 2] {
        let cut = (0..=cut).rev().find(|cut| save.is_char_boundary(*cut)).unwrap_or(0);
        assert!(matches!(read(&save[..cut]), Err(SerialSaveError::Damaged { .. })), "cut at {cut}");
    }
    let data = writer.data();
    let refused = |data: SerialData| SerialWriter::from_data(opening.clone(), data).map(|_| ()).expect_err("refused");
    assert_eq!(refused(SerialData { format: 9, ..data.clone() }), SerialSaveError::Newer { format: 9 });
    assert!(matches!(
        refused(SerialData { opening: "x".into(), ..data.clone() }),
        SerialSaveError::OtherOpening { .. }
    ));
    let mut large = data.clone();
    large.plan.chapters = vec![large.plan.chapters[0].clone(); 1000];
    assert!(matches!(refused(large), SerialSaveError::TooMany { what: "chapters", .. }));
    // Places that point nowhere are no panic.
    let mut wild = data;
    wild.plan.chapters[0].goal = usize::MAX;
    wild.plan.chapters[1].scenes[0].id = "nobody/home".into();
    let (writer, lost) = SerialWriter::from_data(opening.clone(), wild).expect("the rest is there");
    assert!(lost.contains(&LostOfSerial::NoSuchScene("nobody/home".into())));
    assert!(!writer.markdown(false).is_empty() && SerialReport::of(&writer).passages > 0);
}
