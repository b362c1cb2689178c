//! What the speakers of real scenes say, with no more before it than their voice: nothing else then tells what comes.

use super::Chance;
use crate::scenes::{NameKind, Script, YOU};
use crate::story::table::Table;

/// Something said in a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub voice: String,
    pub mood: Option<String>,
    /// What the player has said before, where that stands by itself.
    pub heard: Option<String>,
    pub line: String,
}

/// Bytes of a line: a shorter one tells no voice, a longer one has more than its voice to tell.
const LENGTHS: std::ops::Range<usize> = 20..220;

/// All that is said in scenes by somebody with a voice, without what names somebody or has a slot.
pub(super) fn told(scenes: &[Script]) -> Vec<Told> {
    let mut all = Vec::new();
    for scene in scenes {
        let turns = scene.body.turns();
        for (at, (who, line)) in turns.iter().enumerate() {
            let Some(voice) = scene.speakers.get(who).filter(|_| who != YOU) else { continue };
            let alone = stands_alone(line, &scene.names) && stands_alone(voice, &scene.names);
            if !alone || !LENGTHS.contains(&line.len()) {
                continue;
            }
            let mood = scene.mood.get(who).filter(|mood| stands_alone(mood, &scene.names));
            let before = at.checked_sub(1).map(|before| &turns[before]);
            let heard = before.filter(|(who, text)| who == YOU && stands_alone(text, &scene.names));
            all.push(Told {
                voice: voice.clone(),
                mood: mood.cloned(),
                heard: heard.map(|(_, text)| text.clone()),
                line: line.clone(),
            });
        }
    }
    all
}

/// Four of them in four voices, if there are so many; always the same ones for the same `chance`.
pub(super) fn pick<'a>(from: &'a [Told], member: usize, chance: &mut Chance) -> Option<&'a Told> {
    let mut chosen: Vec<&Told> = Vec::new();
    for _ in 0..64 {
        let told = from.get(chance.below(from.len()))?;
        if chosen.iter().all(|other| other.voice != told.voice) {
            chosen.push(told);
        }
        if chosen.len() > member {
            break;
        }
    }
    chosen.last().copied()
}

fn stands_alone(text: &str, names: &Table<NameKind>) -> bool {
    !text.contains(['{', '}', '\n']) && !names.ids().any(|name| name != YOU && text.contains(name))
}
