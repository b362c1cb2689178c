//! G01 prompts, G10 policies, G11 streaming, G13 a goal that is missing, G15 a pick without variants,
//! G16 a drift that is none.

use super::place::Place;
use super::{Linter, Spoken};
use crate::story::diagnostic::Severity;
use crate::story::format::{Gen, Policy, Writing};
use crate::story::suggest::did_you_mean;
use crate::template::{Slot, Template};

/// Templates that every model brings along; a story need not define them.
const MODEL_PROMPTS: [&str; 8] = ["reply", "say", "vary", "prose", "label", "rumor", "debate", "serial"];

pub(super) fn check(linter: &mut Linter) {
    for spoken in linter.spoken() {
        line(linter, &spoken);
    }
    for (beat, slot, place) in linter.slots() {
        let name = format!("slot of '{beat}'");
        template(linter, &name, &slot.prompt, place, Some(""), None);
        let must = slot.outcomes.iter().any(|outcome| !outcome.must.is_empty());
        policy(linter, &name, &slot.policy, place, must);
    }
    for (beat, content, place) in linter.beats() {
        let Some(detour) = &content.detour else { continue };
        let place = place.field("detour");
        let name = format!("detour of '{beat}'");
        template(linter, &name, &detour.prompt, place, Some(&detour.goal), None);
        policy(linter, &name, &detour.policy, place, false);
    }
    for (index, (id, policy)) in linter.story.policies.iter().enumerate() {
        let place = linter.places.entry("policies", index);
        if policy.stream && policy.tries > 1 {
            let message = format!(
                "policy '{id}' streams and writes {} tries; only one can be shown while it is written",
                policy.tries
            );
            linter.error("G11", place.field("stream").key(), message).help =
                Some("write tries: 1, or stream: false".to_owned());
        }
        if policy.stream && policy.pattern.is_some() {
            let message =
                format!("policy '{id}' streams, but whether a line matches its pattern is known only at the end");
            linter.error("G11", place.field("stream").key(), message).help =
                Some("write stream: false, or leave the pattern out".to_owned());
        }
    }
}

fn line(linter: &mut Linter, spoken: &Spoken) {
    let Some(generate) = spoken.generate else { return };
    let name = format!("'{}'", spoken.id);
    let place = spoken.place.field("gen");
    let (prompt_name, policy_name, must, goal) = match generate {
        Gen::Pick { prompt, policy, .. } => (prompt, policy, false, ""),
        Gen::Answer { prompt, policy, must, .. } => (prompt, policy, !must.is_empty(), ""),
        Gen::Rumor { prompt, policy, keep, .. } => (prompt, policy, !keep.is_empty(), ""),
        Gen::Vary(Writing { prompt, policy, must, goal, .. })
        | Gen::Free(Writing { prompt, policy, must, goal, .. }) => (prompt, policy, !must.is_empty(), goal.as_str()),
    };
    // Ranking authored variants shows what stands behind the prompt, not in it: an empty goal does no harm there.
    let goal = if matches!(generate, Gen::Pick { .. }) { None } else { Some(goal) };
    let silent = (!matches!(generate, Gen::Answer { .. })).then_some(spoken);
    if let Gen::Free(writing) = generate
        && writing.goal.trim().is_empty()
    {
        linter.error("G13", place, format!("{name} is written freely, but has no goal")).help =
            Some("add goal: \"..\", one sentence on what the line is to achieve; or use Vary".to_owned());
        template(linter, &name, prompt_name, place, None, silent);
    } else {
        template(linter, &name, prompt_name, place, goal, silent);
    }
    policy(linter, &name, policy_name, place, must);
    variants(linter, spoken, place);
    if let Gen::Rumor { drift, .. } = generate
        && !(0.0..=1.0).contains(drift)
    {
        linter.error("G16", place.field("drift"), format!("{name} has drift {drift}; it goes from 0 to 1")).help =
            Some("0 keeps to the fact, 1 may say anything; 0.3 is a good rumor".to_owned());
    }
}

/// G15: a pick with nothing to choose from.
fn variants(linter: &mut Linter, spoken: &Spoken, place: Place) {
    let Some(Gen::Pick { from, .. }) = spoken.generate else { return };
    let say = spoken.say.trim();
    let others = from.iter().map(|text| text.trim()).any(|text| !text.is_empty() && text != say);
    let baked = linter.story.baked.get(spoken.id).is_some_and(|rows| rows.iter().any(|row| row.accept));
    if others || baked {
        return;
    }
    let message = format!("'{}' picks among variants, but has none besides its say:", spoken.id);
    let place = if from.is_empty() { place } else { place.field("from") };
    linter.report("G15", Severity::Warn, place, message).help =
        Some("add some: from: [\"..\", \"..\"], or take gen: away".to_owned());
}

/// G01. `goal` is what `{goal}` becomes, `None` when that does not matter; `silent` is a line that answers nobody.
fn template(linter: &mut Linter, name: &str, prompt: &str, place: Place, goal: Option<&str>, silent: Option<&Spoken>) {
    let named = place.field("prompt");
    let story = linter.story;
    let Some(text) = story.prompts.get(prompt) else {
        if !MODEL_PROMPTS.contains(&prompt) && linter.templates.get(prompt).is_none() {
            let brought = MODEL_PROMPTS.into_iter().chain(linter.templates.names());
            let help = did_you_mean(prompt, story.prompts.ids().chain(brought))
                .unwrap_or_else(|| format!("add it: prompts: {{ \"{prompt}\": \"{{setting}}\\n{{speaker}}:\" }}"));
            linter.error("G01", named, format!("{name}: prompt '{prompt}' does not exist")).help = Some(help);
        }
        return;
    };
    // A template that cannot be read is L05's.
    let Ok(template) = Template::parse(text) else { return };
    if template.has(Slot::Goal) && goal.is_some_and(|goal| goal.trim().is_empty()) {
        linter
            .error("G01", named, format!("slot {{goal}} of prompt '{prompt}' is empty in {name}: it has no goal"))
            .help = Some("add goal: \"..\", or use a prompt without {goal}".to_owned());
    }
    if template.has(Slot::Heard) && silent.is_some_and(|spoken| nobody_spoke_before(linter, spoken)) {
        linter.error("G01", named, format!("slot {{heard}} is empty in {name}: nobody has spoken before it")).help =
            Some("use a prompt without {heard}, such as \"say\", or let somebody speak first".to_owned());
    }
}

/// Whether a line is the first thing that is said to its speaker in a new game: only the start beat can tell.
fn nobody_spoke_before(linter: &Linter, spoken: &Spoken) -> bool {
    let story = linter.story;
    if spoken.beat != Some(story.start.as_str()) {
        return false;
    }
    let lines = story.beats.get(&story.start).map_or(&[][..], |beat| &beat.lines);
    let before = lines.iter().take_while(|line| line.id != spoken.id);
    before.filter(|line| line.who != "narrator").all(|line| line.who == spoken.who)
}

/// G10, and G11 for a line.
fn policy(linter: &mut Linter, name: &str, policy: &str, place: Place, must: bool) {
    let story = linter.story;
    let Some(found) = story.policies.get(policy) else {
        // A story without any policy runs under the built-in default.
        if policy != "default" {
            let help = did_you_mean(policy, story.policies.ids().chain(["default"]))
                .unwrap_or_else(|| format!("add it: policies: {{ \"{policy}\": (tries: 4) }}"));
            linter.error("G10", place.field("policy"), format!("{name}: policy '{policy}' does not exist")).help =
                Some(help);
        }
        return;
    };
    if let (Policy { stream: true, .. }, true) = (found, must) {
        let message = format!(
            "{name} has to say certain words, but policy '{policy}' streams: what has been shown cannot be taken back"
        );
        linter.error("G11", place.value(), message).help =
            Some("give it a policy without stream, or take must away".to_owned());
    }
}
