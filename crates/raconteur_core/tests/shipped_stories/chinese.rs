//! The Reed Seal in Chinese: complete, plays to the same endings, and keeps what its own language asks of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use raconteur_core::judge::words;
use raconteur_core::player_text::PlayerText;
use raconteur_core::sentence::sentence_ends;
use raconteur_core::story::format::Story;
use raconteur_core::story::locale::Text;
use raconteur_core::understand::{Choosable, Heard, Understood};

use super::routes::STORIES;
use super::{play, story};

fn reed_seal() -> (Arc<Story>, Arc<Story>) {
    let story = story("reed_seal");
    let chinese = Arc::new(story.localized("zh-CN"));
    (story, chinese)
}

fn is_han(c: char) -> bool {
    words::is_unspaced(c)
}

/// The texts of the translated story, by key.
fn texts(chinese: &Story) -> Vec<Text> {
    chinese.texts().into_iter().filter(|text| !text.source.say.is_empty()).collect()
}

#[test]
fn everything_is_translated_and_keeps_the_glossary() {
    let (story, _) = reed_seal();
    let coverage = story.coverage("zh").unwrap_or_default();
    assert_eq!((coverage.shown.translated, coverage.shown.all), (202, 202));
    assert_eq!(coverage.prompts.translated, coverage.prompts.all);
    assert_eq!((coverage.gaps.len(), coverage.obsolete.len(), coverage.unlocked), (0, 0, 0));
    assert_eq!(story.glossary_misses("zh"), []);
    assert!(story.terms("zh").len() > 30);
}

#[test]
fn no_word_of_the_original_is_left() {
    let (_, chinese) = reed_seal();
    for text in texts(&chinese) {
        let latin: Vec<char> = text.source.say.chars().filter(char::is_ascii_alphanumeric).collect();
        assert!(latin.is_empty() && text.source.say.chars().any(is_han), "{}: {}", text.key, text.source.say);
        let narrow = |c: char| matches!(c, ',' | '.' | '?' | '!' | ':' | ';' | '"' | '\'' | '(' | ')');
        assert!(!text.source.say.contains(narrow), "{}: a mark of another script in {}", text.key, text.source.say);
    }
}

#[test]
fn the_same_routes_come_to_the_same_endings() {
    let (story, chinese) = reed_seal();
    let Some((_, routes)) = STORIES.iter().find(|(id, _)| *id == "reed_seal") else { panic!("no routes") };
    for route in *routes {
        let (mut seen, mut there) = (BTreeSet::new(), BTreeSet::new());
        assert_eq!(play(&story, route, &mut seen), route.ending);
        assert_eq!(play(&chinese, route, &mut there), route.ending);
        assert_eq!(seen, there, "{}", route.name);
    }
}

/// What a model would have to say stands in the text that is shown instead of it.
#[test]
fn every_authored_text_keeps_its_own_rules() {
    let (story, _) = reed_seal();
    let locale = &story.translations.get("zh").unwrap_or_else(|| panic!("no translation"));
    let answers = ["ask_1"];
    for (key, translated) in locale.texts.iter().filter(|(key, _)| !answers.contains(key)) {
        let said = words::words(&translated.say);
        for group in translated.must.iter().flatten() {
            assert!(
                group.iter().any(|word| words::contains(&said, word)),
                "{key}: none of {group:?} in {}",
                translated.say
            );
        }
    }
}

/// A wide character takes the place of two narrow ones: of four lines of a dialogue box, half as many.
#[test]
fn no_text_is_too_long_and_every_spoken_one_ends_a_sentence() {
    let (_, chinese) = reed_seal();
    let lines = chinese.beats.iter().flat_map(|(_, beat)| beat.lines.iter().map(|line| (&line.id, &line.say)));
    let storylets = chinese.storylets.iter().map(|storylet| (&storylet.id, &storylet.say));
    for (id, say) in lines.chain(storylets) {
        assert!(say.chars().count() <= 120, "{id}: {} characters", say.chars().count());
        assert_eq!(sentence_ends(say).last(), Some(&say.len()), "{id}: {say}");
    }
    for text in texts(&chinese).iter().filter(|text| text.kind.name() == "choice" || text.kind.name() == "outcome") {
        assert!(text.source.say.chars().count() <= 40, "{}", text.key);
    }
}

/// Of each choice, its number, its label and a part of its label are understood.
#[test]
fn free_words_in_chinese_find_their_choice() {
    let (_, chinese) = reed_seal();
    let mut sure = 0;
    for (id, beat) in chinese.beats.iter().filter(|(_, beat)| beat.choices.len() > 1) {
        let open: Vec<Choosable<'_>> =
            beat.choices.iter().map(|choice| Choosable { label: &choice.say, say: &choice.say }).collect();
        let heard = |said: &str| Heard::new(&PlayerText::new(said), &open, &chinese.locale).understood();
        let numbers = ["一", "二", "三", "四", "五", "六"];
        for (at, choice) in beat.choices.iter().enumerate() {
            assert_eq!(heard(&format!("第{}个", numbers[at])), Understood::Sure(at), "{id}");
            assert_eq!(heard(&(at + 1).to_string()), Understood::Sure(at), "{id}");
            assert_eq!(heard(&choice.say), Understood::Sure(at), "{id}: {}", choice.say);
            let bare: String = choice.say.chars().filter(|c| is_han(*c)).collect();
            assert_eq!(heard(&bare), Understood::Sure(at), "{id}: {bare}");
            // The second half of a label: enough for most, and never taken for another.
            let half: String = bare.chars().skip(bare.chars().count() / 2).collect();
            match heard(&half) {
                Understood::Sure(meant) => {
                    assert_eq!(meant, at, "{id}: {half}");
                    sure += 1;
                }
                Understood::DidYouMean(meant) => assert!(meant.contains(&at), "{id}: {half}"),
                Understood::No => {}
            }
        }
    }
    assert!(sure >= 20, "{sure} halves of labels");
    let gallery = chinese.beats.get("gallery").unwrap_or_else(|| panic!("no gallery"));
    let open: Vec<Choosable<'_>> =
        gallery.choices.iter().map(|choice| Choosable { label: &choice.say, say: "" }).collect();
    let said = |text: &str| Heard::new(&PlayerText::new(text), &open, "zh").understood();
    assert_eq!(said("我想去堤屋看看"), Understood::Sure(2));
    assert_eq!(said("买一匹马"), Understood::No);
}
