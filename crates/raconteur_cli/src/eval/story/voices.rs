//! M3 of a story: whether the model, by its scores alone, knows whose line it is, from the voices and examples that the
//! writer gave.

use raconteur_core::compose::seed_of;
use raconteur_core::facts;
use raconteur_core::persona::Persona;
use raconteur_core::scenes::replace_names;
use raconteur_core::story::format::Story;
use raconteur_core::template::{Scene, Templates};

use super::super::engine::{Ask, Engine, information};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{binomial_test, share};

/// Speakers with fewer lines are left out.
const FEWEST: usize = 4;
/// The name that everybody has.
const MASK: &str = "Robin";

/// One authored line, and the place of its speaker among the personas.
struct Line<'a> {
    own: usize,
    beat: &'a str,
    say: String,
}

/// Of all who speak in a story, who says this line? All names are masked. Everybody has as many lines, so that a model
/// that always says the same person is right once in as many times as there are people.
pub fn voices(engine: &mut Engine, story: &Story, templates: &Templates, seed: u64) -> Option<Metric> {
    let (personas, lines) = questions(story, seed)?;
    let template = templates.get("say")?.unlimited();
    engine.bar().set_message("voices");
    let null = Some(format!("{MASK}:"));
    let asks = lines.iter().flat_map(|line| {
        personas.iter().map(|persona| {
            let scene = Scene {
                setting: facts::setting(story, line.beat).to_owned(),
                personas: vec![persona.clone()],
                speaker: MASK.to_owned(),
                ..Scene::default()
            };
            Ask {
                prompt: template.render(&scene, templates.start_of_text),
                texts: vec![format!(" {}", line.say)],
                null: null.clone(),
            }
        })
    });
    let scores = engine.score(asks.collect());
    let scores: Option<Vec<f64>> = scores
        .iter()
        .enumerate()
        .map(|(at, scores)| Some(information(scores.as_ref()?.first()?, &lines[at / personas.len()].say)))
        .collect();
    let scores = scores?;
    let about = "authored lines of a story whose true speaker has the largest PMI of all its speakers, names masked";
    let mut metric = Metric::new("M3", "whose line (voices and examples)", Unit::Share, Some(Better::Higher), about);
    let chance = 1.0 / personas.len() as f64;
    let means: Vec<f64> = (0..personas.len())
        .map(|at| scores.iter().skip(at).step_by(personas.len()).sum::<f64>() / lines.len() as f64)
        .collect();
    // A voice with longer examples makes any text likelier: against its own mean over all lines it has no such lead.
    for (name, against) in [("as scored", vec![0.0; personas.len()]), ("against each voice's mean", means)] {
        let found: Vec<bool> = lines
            .iter()
            .zip(scores.chunks(personas.len()))
            .map(|(line, scores)| {
                let worth = |at: usize| scores[at] - against[at];
                (0..personas.len()).all(|other| other == line.own || worth(other) < worth(line.own))
            })
            .collect();
        let hits = found.iter().filter(|hit| **hit).count();
        metric.push_tested(name, share(&found, seed), Some(binomial_test(hits, found.len(), chance)));
    }
    metric.push_control("chance", share(&lines.iter().map(|line| line.own == 0).collect::<Vec<_>>(), seed));
    Some(metric)
}

/// Everybody with examples and enough lines, under one name, and as many lines of each.
fn questions(story: &Story, seed: u64) -> Option<(Vec<Persona>, Vec<Line<'_>>)> {
    let names: Vec<(String, String)> = story
        .cast
        .iter()
        .filter(|(_, it)| !it.name.trim().is_empty())
        .map(|(_, it)| (it.name.clone(), MASK.to_owned()))
        .collect();
    let mask = |text: &str| replace_names(text, &names);
    let said = |who: &str| -> Vec<(&str, &str)> {
        let lines = story.beats.iter().flat_map(|(beat, body)| body.lines.iter().map(move |line| (beat, line)));
        lines.filter(|(_, line)| line.who == who).map(|(beat, line)| (beat, line.say.as_str())).collect()
    };
    let speakers = story.cast.iter().filter(|(who, it)| !it.talks.is_empty() && said(who).len() >= FEWEST);
    let speakers: Vec<_> = speakers.collect();
    let fewest = speakers.iter().map(|(who, _)| said(who).len()).min()?;
    if speakers.len() < 2 {
        return None;
    }
    let mut personas = Vec::new();
    let mut lines = Vec::new();
    for (own, (who, character)) in speakers.into_iter().enumerate() {
        let persona = Persona::of_character(character, "");
        let talks = persona.talks.iter().map(|(asked, said)| (mask(asked), mask(said))).collect();
        personas.push(Persona { name: MASK.to_owned(), voice: mask(&persona.voice), talks, ..persona });
        let mut own_lines = said(who);
        own_lines.sort_by_key(|(_, say)| seed_of(seed, say, 0));
        lines.extend(own_lines.into_iter().take(fewest).map(|(beat, say)| Line { own, beat, say: mask(say) }));
    }
    Some((personas, lines))
}
