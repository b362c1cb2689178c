//! From what fills a prompt to a scene that renders to that prompt and the authored text.

use super::super::{Body, Said, Script, YOU};
use super::WhySkipped;
use crate::compose::Shown;
use crate::persona::Persona;
use crate::story::format::Story;
use crate::story::table::Table;
use crate::template::{Scene, Slot, Template};

/// The scene of a line in which `say` is due, `ways` being other wordings of it.
pub(super) fn of_line(story: &Story, shown: &Shown<'_>, say: &str, ways: &[String]) -> Result<Script, WhySkipped> {
    let (template, scene) = (shown.template, &shown.scene);
    let mut script = head(story, template, scene)?;
    let say = one_line(say);
    if say.is_empty() {
        return Err(WhySkipped::NoText);
    }
    if template.has(Slot::Say) {
        if ways.is_empty() {
            return Err(WhySkipped::NoWordings);
        }
        if scene.speaker.trim().is_empty() {
            return Err(WhySkipped::Narration);
        }
        script.body = Body::Vary { line: say, ways: ways.iter().map(|way| one_line(way)).collect() };
        return finished(story, script);
    }
    if !template.has(Slot::Speaker) {
        if one_line(&scene.goal).is_empty() {
            return Err(WhySkipped::Narration);
        }
        script.body = Body::Prose { goal: one_line(&scene.goal), text: say };
        return finished(story, script);
    }
    if scene.speaker.trim().is_empty() {
        return Err(WhySkipped::Narration);
    }
    if template.has(Slot::Goal) && !one_line(&scene.goal).is_empty() {
        // In the layout the goal stands behind the facts, in their line.
        script.facts.push(one_line(&scene.goal));
    }
    let mut turns = before(template, scene);
    turns.push((scene.speaker.clone(), say));
    if shown.name == "rumor" {
        script.body = Body::Rumor { tellings: turns };
    } else {
        script.body = Body::Talk { turns };
    }
    finished(story, script)
}

/// What the player could do, with what comes of it.
pub(super) fn of_choices(story: &Story, shown: &Shown<'_>, options: Vec<Said>) -> Result<Script, WhySkipped> {
    if options.is_empty() {
        return Err(WhySkipped::NoText);
    }
    let mut script = head(story, shown.template, &shown.scene)?;
    let options = options.into_iter().map(|(action, then)| (one_line(&action), one_line(&then))).collect();
    script.body = Body::Choices { turns: before(shown.template, &shown.scene), options };
    finished(story, script)
}

/// A talk of anybody, with the facts that are given.
pub(super) fn of_talk(
    story: &Story,
    setting: &str,
    facts: Vec<String>,
    turns: Vec<Said>,
) -> Result<Script, WhySkipped> {
    let turns: Vec<Said> = turns.into_iter().map(|(who, text)| (who, one_line(&text))).collect();
    let turns: Vec<Said> = turns.into_iter().filter(|(who, text)| !who.is_empty() && !text.is_empty()).collect();
    if turns.iter().all(|(who, _)| who == YOU) {
        return Err(WhySkipped::Alone);
    }
    let scene = Scene { setting: setting.to_owned(), ..Scene::default() };
    let mut script = head(story, &Template::default(), &scene)?;
    script.facts = facts.iter().map(|fact| one_line(fact)).collect();
    script.body = Body::Talk { turns };
    finished(story, script)
}

/// Setting, facts and people.
fn head(story: &Story, template: &Template, scene: &Scene) -> Result<Script, WhySkipped> {
    let setting = one_line(&scene.setting);
    if setting.is_empty() {
        return Err(WhySkipped::NoSetting);
    }
    let shown = scene.lore.iter().map(|fact| one_line(fact)).filter(|fact| !fact.is_empty());
    let mut facts: Vec<String> = shown.take(template.count(Slot::Lore)).collect();
    // The most relevant fact stands last in a prompt.
    facts.reverse();
    let mut script = Script { world: story.id.clone(), setting, facts, ..Script::default() };
    for persona in &scene.personas {
        add(&mut script, persona);
    }
    Ok(script)
}

fn add(script: &mut Script, persona: &Persona) {
    let name = one_line(&persona.name);
    if name.is_empty() || name == YOU || script.speakers.contains(&name) || persona.voice.trim().is_empty() {
        return;
    }
    if let Some(mood) = &persona.mood {
        script.mood.push(name.clone(), one_line(mood));
    }
    script.speakers.push(name, one_line(&persona.voice));
}

/// The turns of a prompt: examples, what was said, what was heard.
fn before(template: &Template, scene: &Scene) -> Vec<Said> {
    let mut turns: Vec<Said> = Vec::new();
    let listener = one_line(&scene.listener);
    if let Some(speaker) = scene.personas.first() {
        for (asked, said) in speaker.talks.iter().take(template.count(Slot::Talks)) {
            turns.push((listener.clone(), one_line(asked)));
            turns.push((one_line(&scene.speaker), one_line(said)));
        }
    }
    let history = scene.history.iter().map(|(who, text)| (one_line(who), one_line(text)));
    let history: Vec<Said> = history.filter(|(who, text)| !who.is_empty() && !text.is_empty()).collect();
    turns.extend_from_slice(&history[history.len().saturating_sub(template.count(Slot::History))..]);
    let heard = one_line(&scene.heard);
    if template.has(Slot::Heard) && !heard.is_empty() {
        turns.push((listener, heard));
    }
    turns
}

/// With everybody who speaks among the speakers, and the player under the name that scenes have for them.
fn finished(story: &Story, script: Script) -> Result<Script, WhySkipped> {
    let player = story.cast.get(crate::runner::PLAYER).map(|player| player.name.trim()).unwrap_or_default();
    let mut script = match player.is_empty() || player == YOU {
        true => script,
        false => script.map(&mut |text| if text == player { YOU.to_owned() } else { text.to_owned() }),
    };
    let who: Vec<String> = script.body.turns().iter().map(|(who, _)| who.clone()).filter(|who| who != YOU).collect();
    for who in who {
        if script.speakers.contains(&who) {
            continue;
        }
        let character = story.cast.iter().find(|(_, character)| one_line(&character.name) == who);
        if let Some((_, character)) = character {
            add(&mut script, &Persona::of_character(character, ""));
        }
        if !script.speakers.contains(&who) {
            return Err(WhySkipped::NoVoice);
        }
    }
    let is_vary = matches!(script.body, Body::Vary { .. });
    if is_vary && script.speakers.is_empty() {
        return Err(WhySkipped::NoVoice);
    }
    if script.texts().iter().any(|text| text.contains('{')) {
        return Err(WhySkipped::Brace);
    }
    script.slots = Table::default();
    Ok(script)
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
