//! Names in texts that a scene does not list, so that they would not be swapped with the others.

use std::collections::HashSet;

use super::form::{label_in, stands_in, without_slots};
use super::{Script, YOU};
use crate::judge::KnownNames;
use crate::judge::words::is_word_char;

/// A name that is not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unlisted {
    /// The scene.
    pub(super) scene: usize,
    /// The word.
    pub(super) name: String,
    /// Whether another scene lists it.
    pub(super) elsewhere: bool,
}

/// Days of the week in the plural, which [`KnownNames`] does not know.
const DAYS: &[&str] = &["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// Of each text of each scene the first word that is written like a name and is not listed. A word that stands in lower
/// case in any scene is ordinary: it may be a title, or begin somebody's words.
pub(super) fn unlisted(scenes: &[Script]) -> Vec<Unlisted> {
    let texts: Vec<Vec<String>> =
        scenes.iter().map(|scene| scene.texts().iter().map(|text| without_slots(text)).collect()).collect();
    let ordinary: HashSet<&str> =
        texts.iter().flatten().flat_map(|text| words(text)).filter(|word| !begins_big(word)).collect();
    let listed: HashSet<&str> = scenes.iter().flat_map(|scene| scene.names.ids()).collect();
    let mut found = Vec::new();
    for (at, (scene, texts)) in scenes.iter().zip(&texts).enumerate() {
        let is_no_name = |word: &&str| {
            // A letter by itself is one on a sign or a stutter; capitals throughout are a shout.
            !begins_big(word)
                || word.chars().nth(1).is_none_or(char::is_uppercase)
                || DAYS.contains(word)
                || ordinary.contains(word.to_lowercase().as_str())
        };
        let no_names = texts.iter().flat_map(|text| words(text)).filter(is_no_name);
        let known = KnownNames::new(scene.names.ids().chain(scene.speakers.ids()).chain([YOU]).chain(no_names));
        let mut told = HashSet::new();
        for name in texts.iter().filter_map(|text| known.first_unknown(text)) {
            // A plural of a listed name is listed.
            let plural = name.strip_suffix('s').is_some_and(|one| scene.names.ids().any(|name| stands_in(name, one)));
            if !plural && told.insert(name.clone()) {
                let elsewhere = listed.contains(name.as_str());
                found.push(Unlisted { scene: at, name, elsewhere });
            }
        }
    }
    found
}

/// Labels inside of what is said, of people whom only other scenes list: (scene, name, text).
pub(super) fn foreign_labels(scenes: &[Script]) -> Vec<(usize, String, String)> {
    let people: HashSet<&str> = scenes.iter().flat_map(Script::people).collect();
    let mut found = Vec::new();
    for (at, scene) in scenes.iter().enumerate() {
        // Most texts hold no colon, so that this is no matter of scenes times names.
        for text in scene.said().into_iter().filter(|text| text.contains(": ")) {
            let foreign: Vec<&str> = words(text)
                .filter(|word| people.contains(word) && !scene.names.contains(word) && !scene.speakers.contains(word))
                .collect();
            if let Some(name) = label_in(text, &foreign) {
                found.push((at, name.to_owned(), text.to_owned()));
            }
        }
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_word_char(c)).filter(|word| !word.is_empty())
}

fn begins_big(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}
