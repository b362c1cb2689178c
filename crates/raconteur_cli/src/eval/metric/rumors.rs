//! M12: whether a rumor strays further when it may, and keeps the words that it has to keep.

use std::sync::Arc;

use raconteur_core::compose::{Composed, Composer};
use raconteur_core::judge::distance;
use raconteur_core::request::LineRequest;
use raconteur_core::runner::{NoHost, Runner};
use raconteur_core::scenes::{Body, Script};
use raconteur_core::story::format::{Beat, Character, Gen, Line, Lore, Policy, Story};
use raconteur_core::template::Templates;

use super::super::case::Drawn;
use super::super::engine::Engine;
use super::super::lines::is_models;
use super::super::ngrams::words;
use super::super::plain::has;
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{mean, share};

/// How far a rumor may stray.
const DRIFTS: [f32; 3] = [0.2, 0.5, 0.8];
/// Lines of each rumor, with other seeds.
const TIMES: u64 = 4;

/// Retellings of the facts of rumor scenes, by the composer's own way for rumors.
pub fn measure(
    engine: &mut Engine,
    scenes: &[Drawn],
    policy: &Policy,
    templates: &Templates,
    seed: u64,
) -> Result<Vec<Metric>, crate::error::CliError> {
    engine.bar().set_message("rumors");
    let about = "Sørensen-Dice distance of the content words of a retelling and of the fact (judge::distance), lines of the \
                 model; the limit is `drift`";
    let mut strays = Metric::new("M12", "rumor: distance", Unit::Number, None, about);
    let about = "retellings that have the words that a rumor keeps; the authored line is the rest";
    let mut kept = Metric::new("M12", "rumor: kept words", Unit::Share, Some(Better::Higher), about);
    let about = "retellings that are the model's";
    let mut models = Metric::new("M12", "rumor: the model's text shown", Unit::Share, Some(Better::Higher), about);
    let rumors: Vec<&Drawn> = scenes.iter().filter(|drawn| matches!(drawn.script.body, Body::Rumor { .. })).collect();
    for drift in DRIFTS {
        let mut requests: Vec<LineRequest> = Vec::new();
        let mut facts: Vec<(String, String)> = Vec::new();
        for drawn in &rumors {
            let Some((story, fact, keep)) = story(&drawn.script, policy, drift) else { continue };
            let story = Arc::new(story);
            let composer = Composer::new(story.clone(), templates).map_err(crate::error::CliError::failed)?;
            for time in 0..TIMES {
                let seed = raconteur_core::compose::seed_of(seed, "rumor", time * 1000 + drawn.line as u64);
                let (runner, _) = Runner::new(story.clone(), seed, &NoHost).map_err(crate::error::CliError::failed)?;
                let Some(line) = runner.line() else { continue };
                if let Composed::Request(request) = composer.line(&runner, line, &NoHost) {
                    requests.push(request);
                    facts.push((fact.clone(), keep.clone()));
                }
            }
        }
        let written = engine.write(requests);
        let column = format!("drift {drift}");
        let told = || written.iter().zip(&facts);
        let far = told().filter(|(written, _)| is_models(written));
        let far = far.map(|(written, (fact, _))| f64::from(distance(fact, &written.finished.text)));
        strays.push(&column, mean(&far.collect::<Vec<_>>(), seed));
        let has_kept = told().map(|(written, (_, keep))| has(&written.finished.text, keep));
        kept.push(&column, share(&has_kept.collect::<Vec<_>>(), seed));
        models.push(&column, share(&written.iter().map(is_models).collect::<Vec<_>>(), seed));
    }
    Ok(vec![strays, kept, models])
}

/// Number of requests that [`measure`] makes at most.
pub fn requests(scenes: &[Drawn]) -> usize {
    let rumors = scenes.iter().filter(|drawn| drawn.script.body.kind() == "rumor").count();
    rumors * DRIFTS.len() * usize::try_from(TIMES).unwrap_or(1)
}

/// A story of one beat in which the first teller of a rumor retells its fact; the fact, and the word that is kept: the
/// longest one that all tellings keep, else the longest of the fact.
fn story(script: &Script, policy: &Policy, drift: f32) -> Option<(Story, String, String)> {
    let fact = script.facts.first()?;
    let tellings: Vec<Vec<String>> = script.body.turns().iter().map(|(_, text)| words(text)).collect();
    let mut long: Vec<String> = words(fact).into_iter().filter(|word| word.len() >= 4).collect();
    long.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let keep = long.iter().find(|word| tellings.iter().all(|telling| telling.contains(word))).or(long.first())?.clone();
    let (name, voice) = script.speakers.iter().next()?;
    let mut story =
        Story { format: 1, id: "rumor".into(), locale: "en".into(), start: "here".into(), ..Story::default() };
    let teller =
        Character { name: name.to_owned(), voice: voice.clone(), knows: vec!["fact".into()], ..Character::default() };
    story.cast.push("teller", teller);
    story.lore.push("fact", Lore { says: fact.clone(), ..Lore::default() });
    story.policies.push("default", policy.clone());
    let generate = Gen::Rumor {
        prompt: "rumor".into(),
        policy: "default".into(),
        of: "fact".into(),
        keep: vec![keep.clone()],
        drift,
    };
    let line = Line {
        id: "told".into(),
        who: "teller".into(),
        say: fact.clone(),
        generate: Some(generate),
        ..Line::default()
    };
    story.beats.push("here", Beat { setting: script.setting.clone(), lines: vec![line], end: true, ..Beat::default() });
    story.ends.push("here".into());
    Some((story, fact.clone(), keep))
}
