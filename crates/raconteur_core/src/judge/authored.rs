//! The texts of a story: what its writer says is, for that story, a word like any other.

use crate::story::format::{Gen, Story};

/// All texts that a writer wrote: what is shown, and what prompts are made of. Templates apart.
pub(super) fn texts(story: &Story) -> Vec<&str> {
    let mut texts: Vec<&str> = vec![&story.title];
    for (_, character) in story.cast.iter() {
        texts.extend([character.name.as_str(), &character.voice]);
        texts.extend(character.talks.iter().flat_map(|(asked, said)| [asked.as_str(), said.as_str()]));
    }
    for (_, lore) in story.lore.iter() {
        texts.push(&lore.says);
        texts.extend(lore.keys.iter().map(String::as_str));
    }
    texts.extend(story.places.iter().flat_map(|(_, place)| [place.name.as_str(), &place.setting]));
    for (_, beat) in story.beats.iter() {
        texts.push(&beat.setting);
        for line in &beat.lines {
            texts.push(&line.say);
            texts.extend(line.generate.iter().flat_map(words_of_gen));
        }
        texts.extend(beat.choices.iter().chain(&beat.otherwise).map(|choice| choice.say.as_str()));
        texts.extend(beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.say.as_str()));
        texts.extend(beat.detour.iter().flat_map(|detour| [detour.say.as_str(), &detour.goal]));
    }
    for storylet in &story.storylets {
        texts.push(&storylet.say);
        texts.extend(storylet.generate.iter().flat_map(words_of_gen));
    }
    texts
}

fn words_of_gen(generate: &Gen) -> Vec<&str> {
    match generate {
        Gen::Pick { from, .. } => from.iter().map(String::as_str).collect(),
        Gen::Vary(writing) | Gen::Free(writing) => {
            let mut texts = vec![writing.goal.as_str(), writing.tone.as_str()];
            texts.extend(writing.must.iter().flatten().map(String::as_str));
            texts
        }
        Gen::Answer { must, .. } => must.iter().flatten().map(String::as_str).collect(),
        Gen::Rumor { keep, .. } => keep.iter().map(String::as_str).collect(),
    }
}
