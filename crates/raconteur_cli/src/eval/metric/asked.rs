//! M10, in stories' own way: which fact a question is about, found by the model's score alone.

use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer, seed_of};
use raconteur_core::player_text::PlayerText;
use raconteur_core::request::{LineRequest, Source, Why};
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::scenes::{Body, Script};
use raconteur_core::story::format::{Beat, Character, Gen, Line, Lore, Policy, Story};
use raconteur_core::template::Templates;

use super::super::case::{Case, Drawn, UNSURE};
use super::super::engine::Engine;
use super::super::plain::has;
use super::super::report::{Better, Metric, Unit};
use super::super::stats::share;
use crate::error::CliError;

/// Questions of the scenes to a character who knows all their facts, through the composer. No fact has keys, so that
/// nothing but the model's score finds one.
pub fn measure(
    engine: &mut Engine,
    scenes: &[Drawn],
    cases: &[Case],
    policy: &Policy,
    templates: &Templates,
    seed: u64,
) -> Result<Vec<Metric>, CliError> {
    engine.bar().set_message("facts without keys");
    let mut requests: Vec<LineRequest> = Vec::new();
    let mut asked: Vec<&Case> = Vec::new();
    for drawn in scenes {
        let Body::Answer { turns, .. } = &drawn.script.body else { continue };
        let id = format!("answer {}", drawn.line);
        let Some(case) = cases.iter().find(|case| case.id == id) else { continue };
        let Some(question) = turns.first().map(|(_, text)| PlayerText::new(text)) else { continue };
        let Some(story) = story(&drawn.script, policy) else { continue };
        let story = Arc::new(story);
        let composer = Composer::new(story.clone(), templates).map_err(CliError::failed)?;
        let seed = seed_of(seed, "asked", drawn.line as u64);
        let (runner, _) = Runner::new(story, seed, &NoHost).map_err(CliError::failed)?;
        let Some(line) = runner.line() else { continue };
        if let Composed::Request(request) = composer.answer(&runner, line, &question, &NoHost) {
            requests.push(request);
            asked.push(case);
        }
    }
    let written = engine.write(requests);
    let about = "questions to a character who knows all facts of the scene, none of which has keys: those that end as \
                 'unsure' because no fact has enough to do with them by the model's score";
    let mut unsure = Metric::new("M10", "found by score alone: unsure", Unit::Share, None, about);
    let about = "the same: answers that hold the whole value of the slot, of the questions that have one";
    let mut value = Metric::new("M10", "found by score alone: value", Unit::Share, Some(Better::Higher), about);
    let told = || asked.iter().zip(&written);
    for (column, unanswerable) in [("the scene knows", false), ("nobody knows", true)] {
        let of = told().filter(|(case, _)| case.unanswerable == unanswerable);
        let is = of.map(|(_, written)| written.finished.source == Source::Authored(Why::Unsure));
        unsure.push(column, share(&is.collect::<Vec<_>>(), seed));
    }
    let has_value = told().filter_map(|(case, written)| Some(has(&written.finished.text, case.value.as_ref()?)));
    value.push("the scene knows", share(&has_value.collect::<Vec<_>>(), seed));
    Ok(vec![unsure, value])
}

/// Number of requests that [`measure`] makes at most.
pub fn requests(scenes: &[Drawn]) -> usize {
    scenes.iter().filter(|drawn| drawn.script.body.kind() == "answer").count()
}

/// A story of one beat in which somebody can be asked about the facts of a scene.
fn story(script: &Script, policy: &Policy) -> Option<Story> {
    let who = &script.body.turns().last()?.0;
    let ids: Vec<String> = (0..script.facts.len()).map(|at| format!("fact_{at}")).collect();
    let mut story =
        Story { format: 1, id: "asked".into(), locale: "en".into(), start: "here".into(), ..Story::default() };
    let teller = Character {
        name: who.clone(),
        voice: script.speakers.get(who)?.clone(),
        knows: ids.clone(),
        ..Character::default()
    };
    story.cast.push("teller", teller);
    for (id, fact) in ids.iter().zip(&script.facts) {
        story.lore.push(id.clone(), Lore { says: fact.clone(), ..Lore::default() });
    }
    story.policies.push("default", policy.clone());
    let generate = Gen::Answer {
        prompt: "reply".into(),
        policy: "default".into(),
        from: ids,
        unsure: "unsure".into(),
        quote: 0,
        floor: FLOOR,
        must: Vec::new(),
        must_not: Vec::new(),
    };
    let line = |id: &str, generate| Line {
        id: id.into(),
        who: "teller".into(),
        say: UNSURE.into(),
        generate,
        ..Line::default()
    };
    let lines = vec![line("asked", Some(generate)), line("unsure", None)];
    story.beats.push("here", Beat { setting: script.setting.clone(), lines, end: true, ..Beat::default() });
    story.ends.push("here".into());
    Some(story)
}

/// How much a fact has to do with a question, in nats a byte: the default of stories.
const FLOOR: f32 = 0.15;
