//! M3 and M4: whether the model, by its scores alone, knows whose line it is and where it belongs.

use raconteur_core::compose::seed_of;
use raconteur_core::persona::Persona;
use raconteur_core::scenes::{Target, replace_names};
use raconteur_core::template::{Scene, Templates};

use super::super::case::Drawn;
use super::super::engine::{Ask, Engine, information};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{below, binomial_test, mean, mean_test};

/// Alternatives, the right one among them.
const K: usize = 4;
/// Draws of wrong alternatives for a line of M3: which three voices it is held against is chance, and much of the spread.
const DRAWS: usize = 8;

/// A line with its right alternative first, then the wrong ones of one draw after the other.
struct Question {
    /// A context and a text each.
    options: Vec<(Scene, &'static str, String)>,
}

/// M3: of four personas, which one says this line?
pub fn personas(engine: &mut Engine, scenes: &[Drawn], templates: &Templates, seed: u64) -> Vec<Metric> {
    engine.bar().set_message("persona of a line");
    let lines: Vec<(usize, Target)> =
        scenes.iter().enumerate().filter_map(|(at, drawn)| Some((at, longest(drawn)?))).collect();
    let everybody: Vec<Persona> = lines.iter().filter_map(|(_, target)| speaker(target)).collect();
    let mut metrics = Vec::new();
    let about = "held-out lines whose true persona has the largest PMI of four, in the mean of eight draws of the other three; \
                 chance is 25 %";
    for (name, masked) in [("persona of a line (names masked)", true), ("persona of a line (with names)", false)] {
        let ask = |other: bool| -> Vec<Question> {
            lines
                .iter()
                .enumerate()
                .filter_map(|(at, (_, target))| {
                    let own = speaker(target)?;
                    let random = seed_of(seed, "persona", at as u64);
                    let others = pick_others(&everybody, random, DRAWS, |other| {
                        other.voice != own.voice && other.name != own.name
                    });
                    if others.is_empty() {
                        return None;
                    }
                    // The control has another scene's setting, facts and turns, and the same personas.
                    let scene = if other {
                        &lines[(at + 1 + below(lines.len() - 1, random)) % lines.len()].1.scene
                    } else {
                        &target.scene
                    };
                    let option = |persona: &Persona| {
                        let name = if masked { own.name.clone() } else { persona.name.clone() };
                        let renamed = [(own.name.clone(), name.clone())];
                        let rename = |text: &String| replace_names(text, &renamed);
                        let scene = Scene {
                            setting: rename(&scene.setting),
                            lore: scene.lore.iter().map(rename).collect(),
                            personas: vec![Persona::new(name.clone(), persona.voice.clone())],
                            history: said_before(scene).iter().map(|(who, text)| (rename(who), rename(text))).collect(),
                            speaker: name,
                            ..Scene::default()
                        };
                        (scene, "say", target.text.clone())
                    };
                    Some(Question { options: std::iter::once(&own).chain(&others).map(option).collect() })
                })
                .collect()
        };
        let mut metric = Metric::new("M3", name, Unit::Share, Some(Better::Higher), about);
        answer(engine, &mut metric, ask(false), ask(true), templates, seed);
        metrics.push(metric);
    }
    metrics
}

/// M3, by examples: of four people, each with a voice and other lines of theirs, who says this line? Nothing else of the
/// scene is there, and everybody has the same name. What people say in a scene has a subject in common, so this is about
/// voices and subjects together.
pub fn by_examples(engine: &mut Engine, scenes: &[Drawn], templates: &Templates, seed: u64) -> Option<Metric> {
    /// The name that everybody has.
    const MASK: &str = "Robin";
    let everybody: Vec<(String, Persona, String)> = scenes.iter().filter_map(|drawn| spoken(drawn, MASK)).collect();
    let template = "say";
    let ask = |examples: bool| -> Vec<Question> {
        let question = |(at, own): (usize, &(String, Persona, String))| {
            let random = seed_of(seed, "examples", at as u64);
            let others =
                pick_others(&everybody, random, DRAWS, |other| other.0 != own.0 && other.1.voice != own.1.voice);
            let option = |(_, persona, _): &(String, Persona, String)| {
                let talks = if examples { persona.talks.clone() } else { Vec::new() };
                let personas = vec![Persona { talks, ..persona.clone() }];
                (Scene { personas, speaker: MASK.to_owned(), ..Scene::default() }, template, own.2.clone())
            };
            let options: Vec<_> = std::iter::once(own).chain(&others).map(option).collect();
            (options.len() >= K).then_some(Question { options })
        };
        everybody.iter().enumerate().filter_map(question).collect()
    };
    let about = "held-out lines whose true speaker has the largest PMI of four, each with a voice and two other lines, all \
                 under one name, in the mean of eight draws of the other three; chance is 25 %; the control has the \
                 voices alone";
    let mut metric =
        Metric::new("M3", "speaker of a line (voice and two examples)", Unit::Share, Some(Better::Higher), about);
    answer(engine, &mut metric, ask(true), ask(false), templates, seed);
    (!metric.figures.is_empty()).then_some(metric)
}

/// Who says the longest line of a talk, with their voice and their other lines as examples, under another name; and that
/// line. `None` when they say less than three.
fn spoken(drawn: &Drawn, mask: &str) -> Option<(String, Persona, String)> {
    let target = longest(drawn)?;
    let own = speaker(&target)?;
    let names: Vec<(String, String)> =
        drawn.script.names.ids().map(|name| (name.to_owned(), mask.to_owned())).collect();
    let hide = |text: &str| replace_names(text, &names);
    let turns = drawn.script.body.turns();
    let heard = |at: usize| at.checked_sub(1).map(|before| hide(&turns[before].1)).unwrap_or_default();
    let others = turns.iter().enumerate().filter(|(_, (who, text))| *who == own.name && *text != target.text);
    let talks: Vec<(String, String)> = others.map(|(at, (_, text))| (heard(at), hide(text))).take(2).collect();
    if talks.len() < 2 {
        return None;
    }
    let persona = Persona { name: mask.to_owned(), voice: hide(&own.voice), talks, ..Persona::default() };
    Some((own.name, persona, hide(&target.text)))
}

/// M4: of four authored lines of the same kind, which one goes on from here?
pub fn siblings(engine: &mut Engine, scenes: &[Drawn], templates: &Templates, seed: u64) -> Vec<Metric> {
    engine.bar().set_message("the line that goes on");
    let about = "authored lines, without names, that have a larger PMI than those of three other scenes of their kind; \
                 chance is 25 %";
    let kinds: [(&str, &str); 4] = [
        ("talk", "talk: which line goes on"),
        ("answer", "answer: which line goes on"),
        ("vary", "vary: which line goes on"),
        ("choices", "choices: which label goes on"),
    ];
    let mut metrics = Vec::new();
    for (kind, name) in kinds {
        // A name in a line gives the scene away.
        let of_kind = scenes.iter().filter(|drawn| drawn.script.body.kind() == kind);
        let lines: Vec<(&Drawn, Target)> = of_kind
            .filter_map(|drawn| Some((drawn, drawn.script.targets().pop()?)))
            .filter(|(drawn, target)| {
                !drawn.script.names.ids().any(|name| super::super::plain::has(&target.text, name))
            })
            .collect();
        let ask = |other: bool| -> Vec<Question> {
            lines
                .iter()
                .enumerate()
                .filter_map(|(at, (drawn, target))| {
                    let random = seed_of(seed, kind, at as u64);
                    let texts: Vec<&(&Drawn, Target)> = lines.iter().collect();
                    // Of the same world first: they are nearest in style.
                    let near =
                        |o: &&&(&Drawn, Target)| o.0.line != drawn.line && o.0.script.world == drawn.script.world;
                    let far = |o: &&&(&Drawn, Target)| o.0.line != drawn.line && o.0.script.world != drawn.script.world;
                    let mut others = draw(&texts, random, K - 1, near);
                    others.extend(draw(&texts, random, K - 1, far));
                    others.truncate(K - 1);
                    if others.len() + 1 < K {
                        return None;
                    }
                    let scene = if other { shifted(&lines, at, random) } else { target.scene.clone() };
                    let option = |text: &str| (scene.clone(), target.template, text.to_owned());
                    let options = std::iter::once(option(&target.text)).chain(others.iter().map(|o| option(&o.1.text)));
                    Some(Question { options: options.collect() })
                })
                .collect()
        };
        let mut metric = Metric::new("M4", name, Unit::Share, Some(Better::Higher), about);
        answer(engine, &mut metric, ask(false), ask(true), templates, seed);
        if !metric.figures.is_empty() {
            metrics.push(metric);
        }
    }
    metrics
}

/// The scene of another line.
fn shifted(lines: &[(&Drawn, Target)], at: usize, random: u64) -> Scene {
    lines[(at + 1 + below(lines.len().saturating_sub(1), random)) % lines.len()].1.scene.clone()
}

/// Scores all options, and tells how often the right one is first, and how often in the other context.
fn answer(
    engine: &mut Engine,
    metric: &mut Metric,
    questions: Vec<Question>,
    control: Vec<Question>,
    templates: &Templates,
    seed: u64,
) {
    let found = right(engine, &questions, templates);
    let chance = 1.0 / K as f64;
    // With one draw a line it is a number of successes, whose distribution is known exactly.
    let p = if questions.iter().all(|question| question.options.len() == K) {
        binomial_test(found.iter().filter(|share| **share == 1.0).count(), found.len(), chance)
    } else {
        mean_test(&found, chance)
    };
    metric.push_tested("model", mean(&found, seed), Some(p));
    metric.push_control("other context", mean(&right(engine, &control, templates), seed));
}

/// For each question that can be scored, the share of its draws in which the right option is the likeliest.
fn right(engine: &mut Engine, questions: &[Question], templates: &Templates) -> Vec<f64> {
    let asks: Vec<Vec<Ask>> = questions
        .iter()
        .map(|question| question.options.iter().filter_map(|option| ask(option, templates)).collect())
        .collect();
    let sizes: Vec<usize> = asks.iter().map(Vec::len).collect();
    let asks: Vec<Ask> = asks.into_iter().flatten().collect();
    let texts: Vec<String> = asks.iter().map(|ask| ask.texts.concat()).collect();
    let scores = engine.score(asks);
    let scores: Vec<Option<f64>> = scores
        .into_iter()
        .zip(&texts)
        .map(|(scores, text)| scores.and_then(|scores| scores.first().map(|score| information(score, text))))
        .collect();
    let mut rest = &scores[..];
    let mut shares = Vec::new();
    for size in sizes {
        let (of_question, later) = rest.split_at(size);
        rest = later;
        let Some(of_question) = of_question.iter().copied().collect::<Option<Vec<f64>>>() else { continue };
        let Some((own, others)) = of_question.split_first() else { continue };
        let draws = others.chunks_exact(K - 1);
        let count = draws.len().max(1) as f64;
        shares.push(draws.filter(|draw| draw.iter().all(|other| own > other)).count() as f64 / count);
    }
    shares
}

fn ask((scene, template, text): &(Scene, &'static str, String), templates: &Templates) -> Option<Ask> {
    let prompt = templates.get(template)?.render(scene, templates.start_of_text);
    let null = if *template == "label" { "You could:\n-".to_owned() } else { format!("{}:", scene.speaker) };
    Some(Ask { prompt, texts: vec![format!(" {text}")], null: Some(null) })
}

/// The longest line of a talk that is not its first.
fn longest(drawn: &Drawn) -> Option<Target> {
    if drawn.script.body.kind() != "talk" {
        return None;
    }
    let targets = drawn.script.targets().into_iter().filter(|target| target.template == "reply");
    targets.max_by_key(|target| target.text.len())
}

fn speaker(target: &Target) -> Option<Persona> {
    target.scene.personas.iter().find(|persona| persona.name == target.who).cloned()
}

fn said_before(scene: &Scene) -> Vec<(String, String)> {
    let mut turns = scene.history.clone();
    turns.push((scene.listener.clone(), scene.heard.clone()));
    turns
}

/// Wrong alternatives for as many draws as can be had, at most `draws`, none twice.
fn pick_others<T: Clone>(all: &[T], random: u64, draws: usize, fits: impl Fn(&&T) -> bool) -> Vec<T> {
    let mut found = draw(all, random, draws * (K - 1), fits);
    found.truncate(found.len() / (K - 1) * (K - 1));
    found
}

/// Up to `count` of `all` that fit, drawn without replacement.
fn draw<T: Clone>(all: &[T], random: u64, count: usize, fits: impl Fn(&&T) -> bool) -> Vec<T> {
    let mut open: Vec<&T> = all.iter().filter(fits).collect();
    let mut found = Vec::new();
    while found.len() < count && !open.is_empty() {
        found.push(open.swap_remove(below(open.len(), seed_of(random, "other", found.len() as u64))).clone());
    }
    found
}

/// Number of scores that [`personas`] and [`siblings`] ask for at most.
pub fn scores(scenes: &[Drawn]) -> usize {
    let count = |kinds: &[&str]| scenes.iter().filter(|drawn| kinds.contains(&drawn.script.body.kind())).count();
    count(&["talk"]) * (1 + DRAWS * (K - 1)) * 6 + count(&["talk", "answer", "vary", "choices"]) * K * 2
}
