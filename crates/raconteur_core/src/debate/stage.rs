//! The story as a debate sees it: that of the game, or an empty one, with the debate's sides, texts and rules in it. So the
//! names of the debate are known to every rule, and facts, secrets and voices are those of the story.

use super::format::Motion;
use crate::story::format::{Beat, Character, Gen, Line, Story, Writing};

/// The policy of a debate that brings one.
pub(crate) const POLICY: &str = "debate";
/// Template in which claims are worded.
const VARY: &str = "vary";

/// Id of the beat that stands for a debate.
pub(crate) fn beat_of(motion: &Motion) -> String {
    format!("debate:{}", motion.id)
}

/// Where a debate plays.
pub(super) fn stage(motion: &Motion, story: Option<&Story>) -> Story {
    let mut stage = story.cloned().unwrap_or_else(|| Story {
        format: crate::story::format::FORMAT_VERSION,
        id: motion.id.clone(),
        locale: motion.locale.clone(),
        vars: motion.vars.clone(),
        host: motion.host.clone(),
        ..Story::default()
    });
    // Baked variants and translations are of the story's own lines.
    stage.baked = Default::default();
    stage.translations = Default::default();
    for (_, side) in motion.sides.iter() {
        let named = |own: &str, other: &str| if own.trim().is_empty() { other } else { own }.to_owned();
        match stage.cast.get_mut(&side.who) {
            Some(character) => {
                character.name = named(&side.name, &character.name);
                character.voice = named(&side.voice, &character.voice);
            }
            None => {
                let name = named(&side.name, if side.who == crate::runner::PLAYER { "You" } else { &side.who });
                stage.cast.push(&side.who, Character { name, voice: side.voice.clone(), ..Character::default() });
            }
        }
    }
    let policy = if let Some(policy) = &motion.policy {
        stage.policies.push(POLICY, policy.clone());
        POLICY
    } else {
        "default"
    };
    let mut lines = Vec::new();
    for (id, claim) in motion.claims.iter() {
        let Some(side) = motion.sides.get(&claim.side) else { continue };
        let writing = Writing {
            prompt: VARY.to_owned(),
            policy: policy.to_owned(),
            goal: String::new(),
            tone: String::new(),
            must: claim.must.clone(),
            must_not: claim.must_not.clone(),
        };
        lines.push(Line {
            id: id.to_owned(),
            who: side.who.clone(),
            say: claim.say.clone(),
            generate: Some(Gen::Vary(writing)),
            ..Line::default()
        });
    }
    for (id, side) in motion.sides.iter() {
        for (end, say) in [("opening", &side.opening), ("closing", &side.closing), ("wins", &side.wins)] {
            let id = format!("{id}:{end}");
            lines.push(Line { id, who: side.who.clone(), say: say.clone(), ..Line::default() });
        }
    }
    // What is argued may name somebody too.
    let setting = if motion.setting.trim().is_empty() { &motion.topic } else { &motion.setting };
    lines.push(Line { id: "topic:".to_owned(), say: motion.topic.clone(), ..Line::default() });
    let beat = Beat { setting: setting.clone(), place: motion.place.clone(), lines, end: true, ..Beat::default() };
    stage.beats.push(beat_of(motion), beat);
    stage
}
