//! A state of an older or newer story, made one of this story: what is new takes its first value, what is gone is dropped
//! and told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::state::keep_last;
use super::{Lost, RunnerState, STATE_FORMAT};
use crate::story::format::Story;
use crate::variants::{label_variants, variants};

/// Makes `state` one of `story`, apart from the place in it.
pub(super) fn merge(story: &Story, mut state: RunnerState) -> (RunnerState, Vec<Lost>) {
    let mut lost = Vec::new();
    state.vars = vars(story, std::mem::take(&mut state.vars), &mut lost);
    beats(story, &mut state, &mut lost);
    texts(story, &mut state, &mut lost);
    let counts = wordings(story);
    state.variants.retain(|id, index| {
        let kept = counts.get(id.as_str()).is_some_and(|count| (*index as usize) < *count);
        if !kept {
            lost.push(Lost::Variant { id: id.clone(), index: *index });
        }
        kept
    });
    state.retellings.retain(|fact, _| {
        let kept = story.lore.contains(fact);
        if !kept {
            lost.push(Lost::Retelling { fact: fact.clone() });
        }
        kept
    });
    // Bounds that a damaged or edited save may break.
    keep_last(&mut state.history);
    keep_last(&mut state.shown);
    let latest = state.told.values().copied().max().unwrap_or(0);
    state.tellings = state.tellings.max(latest);
    state.format = STATE_FORMAT;
    (state, lost)
}

fn vars(
    story: &Story,
    mut saved: BTreeMap<String, crate::story::format::Value>,
    lost: &mut Vec<Lost>,
) -> BTreeMap<String, crate::story::format::Value> {
    let mut vars = RunnerState::new(story, 0).vars;
    for (name, value) in &mut vars {
        if let (Some(was), Some(var)) = (saved.remove(name), story.vars.get(name)) {
            *value = var.clamp(was.clone());
            if *value != was {
                lost.push(Lost::Value { name: name.clone(), was, instead: value.clone() });
            }
        }
    }
    lost.extend(saved.into_iter().map(|(name, value)| Lost::Variable { name, value }));
    vars
}

fn beats(story: &Story, state: &mut RunnerState, lost: &mut Vec<Lost>) {
    // The beat that the story stands in is needed to tell where it came from; whoever finds its new place drops it.
    state.visits.retain(|id, visits| {
        let kept = story.beats.contains(id);
        if !kept {
            lost.push(Lost::Beat { id: id.clone(), visits: *visits });
        }
        kept
    });
    state.detours.retain(|id| story.beats.contains(id));
    if let Some(beat) = state.checkpoint.take_if(|beat| !story.beats.contains(beat)) {
        lost.push(Lost::Checkpoint { beat });
    }
}

fn texts(story: &Story, state: &mut RunnerState, lost: &mut Vec<Lost>) {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (_, beat) in story.beats.iter() {
        known.extend(beat.lines.iter().map(|line| line.id.as_str()));
        known.extend(beat.choices.iter().chain(&beat.otherwise).map(|choice| choice.id.as_str()));
        known.extend(beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.id.as_str()));
    }
    known.extend(story.storylets.iter().map(|storylet| storylet.id.as_str()));
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for ids in [&mut state.seen, &mut state.taken] {
        let (kept, dropped) = std::mem::take(ids).into_iter().partition(|id| known.contains(id.as_str()));
        *ids = kept;
        gone.extend::<BTreeSet<String>>(dropped);
    }
    state.told.retain(|id, _| {
        let kept = known.contains(id.as_str());
        if !kept {
            gone.insert(id.clone());
        }
        kept
    });
    lost.extend(gone.into_iter().map(|id| Lost::Text { id }));
}

/// How many wordings each text with an id has.
fn wordings(story: &Story) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for (_, beat) in story.beats.iter() {
        for line in &beat.lines {
            counts.insert(line.id.as_str(), variants(story, &line.id, &line.say, line.generate.as_ref()).len());
        }
        for outcome in beat.slot.iter().flat_map(|slot| &slot.outcomes) {
            counts.insert(outcome.id.as_str(), label_variants(story, outcome).len());
        }
    }
    for storylet in &story.storylets {
        let count = variants(story, &storylet.id, &storylet.say, storylet.generate.as_ref()).len();
        counts.insert(storylet.id.as_str(), count);
    }
    counts
}
