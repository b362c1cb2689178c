//! M5: whether the model believes a fact because it stands in the prompt.

use raconteur_core::compose::seed_of;
use raconteur_core::prompt::Prompt;
use raconteur_core::scenes::{Body, Draw};
use raconteur_core::template::{Scene, Templates};

use super::super::case::{Case, Drawn, answer};
use super::super::engine::{Ask, Engine};
use super::super::report::{Better, Metric, Unit};
use super::super::stats::{below, mean, share, sign_test};

/// An authored answer around a value, and the scene with the value, with another, and without the fact.
struct Probe {
    /// The answer up to the value.
    before: String,
    value: String,
    with: Scene,
    swapped: Scene,
    without: Scene,
}

/// The log-probability of the value in the authored answer: with its fact, without it, and with another value there.
pub fn measure(engine: &mut Engine, scenes: &[Drawn], templates: &Templates, seed: u64) -> Vec<Metric> {
    engine.bar().set_message("facts and their values");
    let probes: Vec<Probe> = scenes.iter().filter_map(|drawn| probe(drawn, seed)).collect();
    let Some(template) = templates.get("reply") else { return Vec::new() };
    let render = |scene: &Scene| template.render(scene, templates.start_of_text);
    let mut score = |pick: &dyn Fn(usize) -> Prompt| -> Vec<Option<f64>> {
        let asks = probes.iter().enumerate().map(|(at, probe)| Ask {
            prompt: pick(at),
            texts: vec![format!("{} {}", probe.before, probe.value), probe.before.clone()],
            null: None,
        });
        let scores = engine.score(asks.collect());
        // An empty text before the value has probability 1.
        scores
            .into_iter()
            .map(|scores| Some(f64::from(scores.as_ref()?.first()?.logprob - scores?.get(1)?.logprob)))
            .collect()
    };
    let with = score(&|at| render(&probes[at].with));
    let swapped = score(&|at| render(&probes[at].swapped));
    let without = score(&|at| render(&probes[at].without));
    // The control: the facts of another scene.
    let other = score(&|at| {
        let lore = probes[(at + 1) % probes.len()].with.lore.clone();
        render(&Scene { lore, ..probes[at].with.clone() })
    });
    let sensitivity =
        "authored answers whose value is likelier with its fact in the prompt; the sign test is one-sided";
    let mut wins =
        Metric::new("M5", "lore: value likelier with its fact", Unit::Share, Some(Better::Higher), sensitivity);
    let gain = "nats that the fact adds to the log-probability of the value";
    let mut nats = Metric::new("M5", "lore: nats that the fact adds", Unit::Number, Some(Better::Higher), gain);
    for (name, against) in [
        ("than without it", &without),
        ("than with another value", &swapped),
        ("than with another scene's facts", &other),
    ] {
        let gains: Vec<f64> = with.iter().zip(against).filter_map(|(with, other)| Some((*with)? - (*other)?)).collect();
        let (won, lost) = (gains.iter().filter(|g| **g > 0.0).count(), gains.iter().filter(|g| **g < 0.0).count());
        let shares: Vec<bool> = gains.iter().map(|gain| *gain > 0.0).collect();
        wins.push_tested(name, share(&shares, seed), Some(sign_test(won, lost)));
        nats.push(name, mean(&gains, seed));
    }
    vec![wins, nats]
}

/// Number of scores that [`measure`] asks for at most.
pub fn scores(scenes: &[Drawn]) -> usize {
    scenes.iter().filter(|drawn| drawn.script.body.kind() == "answer").count() * 4
}

/// The answers of the scenes with another value in their facts, and the values that stood there.
pub fn swapped(scenes: &[Drawn], seed: u64) -> (Vec<Case>, Vec<String>) {
    let both = |drawn: &Drawn| {
        let Body::Answer { uses, .. } = &drawn.script.body else { return None };
        let seed = seed_of(seed, "case", drawn.line as u64);
        let old = answer(drawn, uses, &drawn.script, &drawn.draw, seed)?.value?;
        let draw = other_draw(drawn, seed)?;
        let case = answer(drawn, uses, &drawn.written.with(&draw), &draw, seed)?;
        case.value.is_some().then_some((case, old))
    };
    scenes.iter().filter_map(both).unzip()
}

/// The draw of a scene with another value for every slot that has one.
fn other_draw(drawn: &Drawn, seed: u64) -> Option<Draw> {
    let mut draw = drawn.draw.clone();
    let mut changed = false;
    for (slot, value) in &mut draw.slots {
        let all = drawn.written.slots.get(slot)?;
        let others: Vec<&String> = all.iter().filter(|other| *other != value).collect();
        if !others.is_empty() {
            *value = others[below(others.len(), seed_of(seed, slot, 0))].clone();
            changed = true;
        }
    }
    changed.then_some(draw)
}

fn probe(drawn: &Drawn, seed: u64) -> Option<Probe> {
    let Body::Answer { turns, uses } = &drawn.written.body else { return None };
    let (asked, written) = (&turns.first()?.1, &turns.last()?.1);
    let (slot, _) = drawn.draw.slots.iter().find(|(slot, _)| {
        let mark = format!("{{{slot}}}");
        written.contains(&format!(" {mark}"))
            && !asked.contains(&mark)
            && uses.iter().any(|&at| drawn.written.facts[at].contains(&mark))
    })?;
    let mark = format!("{{{slot}}}");
    // A scene whose answer is cut before the value renders to what stands before it.
    let cut = |text: &str| text.split(&format!(" {mark}")).next().unwrap_or_default().to_owned();
    let mut before = drawn.written.clone();
    if let Body::Answer { turns, .. } = &mut before.body {
        let last = turns.last_mut()?;
        last.1 = cut(&last.1);
    }
    let before = before.with(&drawn.draw).body.turns().last()?.1.clone();
    let value = raconteur_core::scenes::replace_names(
        &drawn.draw.slots.iter().find(|(name, _)| name == slot)?.1,
        &drawn.draw.names,
    );
    let with = drawn.script.targets().pop()?.scene;
    let swapped = drawn.written.with(&other_draw(drawn, seed)?).targets().pop()?.scene;
    // Facts of a target stand in the opposite order.
    let holds = |at: usize| drawn.written.facts[drawn.written.facts.len() - 1 - at].contains(&mark);
    let lore = with.lore.iter().enumerate().filter(|(at, _)| !holds(*at)).map(|(_, fact)| fact.clone()).collect();
    let without = Scene { lore, ..with.clone() };
    let before = if before.is_empty() { before } else { format!(" {before}") };
    Some(Probe { before, value, with, swapped, without })
}
