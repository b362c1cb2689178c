//! The authored words that a text may be shown in: its `say`, the variants of a `Pick`, and the baked ones.

use crate::story::format::{Gen, Outcome, Story};
use crate::story::locale::lock;

/// One of the authored wordings of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording<'a> {
    /// The words; never empty.
    pub say: &'a str,
    /// Whether a model wrote them and a person accepted them.
    pub baked: bool,
}

/// All authored wordings of a line or a storylet: its `say`, then the variants of a `Pick` as written, then the baked
/// ones that a person accepted for the `say` as it stands now (see [`lock`]). Each once; empty ones are left out.
/// Without `gen`, and for an `Answer`, whose words depend on what is asked, `say` is the only one.
#[must_use]
pub fn variants<'a>(story: &'a Story, id: &str, say: &'a str, generate: Option<&'a Gen>) -> Vec<Wording<'a>> {
    match generate {
        None | Some(Gen::Answer { .. }) => wordings(say, &[], None),
        Some(Gen::Pick { from, .. }) => wordings(say, from, Some((story, id))),
        Some(Gen::Vary(_) | Gen::Rumor { .. } | Gen::Free(_)) => wordings(say, &[], Some((story, id))),
    }
}

/// All authored wordings of an outcome's label: its `say`, and the baked ones.
#[must_use]
pub fn label_variants<'a>(story: &'a Story, outcome: &'a Outcome) -> Vec<Wording<'a>> {
    wordings(&outcome.say, &[], Some((story, &outcome.id)))
}

fn wordings<'a>(say: &'a str, from: &'a [String], baked: Option<(&'a Story, &str)>) -> Vec<Wording<'a>> {
    let mut found: Vec<Wording<'a>> = Vec::new();
    let mut add = |say: &'a str, baked: bool| {
        if !say.trim().is_empty() && !found.iter().any(|other| other.say == say) {
            found.push(Wording { say, baked });
        }
    };
    add(say, false);
    from.iter().for_each(|say| add(say, false));
    if let Some(rows) = baked.and_then(|(story, id)| story.baked.get(id)) {
        let lock = lock(say);
        rows.iter().filter(|row| row.accept && row.lock == lock).for_each(|row| add(&row.say, true));
    }
    found
}
