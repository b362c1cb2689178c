//! Claims that can never be made, whatever is said and whatever the game does.

use std::collections::BTreeMap;

use crate::debate::environment::Nowhere;
use crate::debate::format::{Claim, Motion};
use crate::story::expr::Expr;
use crate::story::expr::ast::{Kind, Node};
use crate::story::format::{Lore, Story};

/// Why a claim can never be made.
pub(super) enum Never {
    /// Its condition is never true.
    Condition,
    /// Its speaker hides this fact.
    Hides(String),
    /// Its speaker stands outside the scope of this fact.
    Outside(String),
    /// It grants and counters the same claim, or contradicts itself.
    Itself,
    /// It waits for one of these, none of which is ever made, or cannot stand beside it.
    Waits(String),
}

impl Never {
    pub(super) fn says(&self) -> String {
        match self {
            Self::Condition => "its condition is never true".to_owned(),
            Self::Hides(fact) => format!("its speaker hides the fact '{fact}'"),
            Self::Outside(fact) => format!("its speaker cannot know the fact '{fact}'"),
            Self::Itself => "it grants what it counters".to_owned(),
            Self::Waits(claim) => format!("it waits for '{claim}', which is never made or cannot stand beside it"),
        }
    }

    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Condition => "mend the condition, or take the claim out",
            Self::Hides(_) | Self::Outside(_) => "give it to somebody who knows and tells it, or take it out of needs",
            Self::Itself => "take the claim out of one of the two lists",
            Self::Waits(_) => "see what keeps the other one from being made",
        }
    }
}

/// Places of the claims that can never be made, with the reason.
pub(super) fn never(motion: &Motion, story: Option<&Story>) -> Vec<(usize, Never)> {
    let mut found: BTreeMap<usize, Never> = BTreeMap::new();
    let claims: Vec<(&str, &Claim)> = motion.claims.iter().collect();
    for (index, (_, claim)) in claims.iter().enumerate() {
        if let Some(why) = by_itself(motion, story, claim) {
            found.insert(index, why);
        }
    }
    // What waits for a claim that is never made is never made; until nothing more is found.
    loop {
        let dead = |id: &str| motion.claims.position(id).is_some_and(|at| found.contains_key(&at));
        let next = claims.iter().enumerate().find_map(|(index, (id, claim))| {
            if found.contains_key(&index) {
                return None;
            }
            let granted = claim.concedes.first().filter(|_| claim.concedes.iter().all(|granted| dead(granted)));
            let waits = granted.cloned().or_else(|| {
                let awaited = claim.when.as_ref().and_then(Expr::ast).map(awaited).unwrap_or_default();
                awaited.into_iter().find(|other| dead(other) || motion.conflict(id, other) || other == id)
            });
            waits.map(|claim| (index, Never::Waits(claim)))
        });
        match next {
            Some((index, why)) => found.insert(index, why),
            None => break,
        };
    }
    found.into_iter().collect()
}

fn by_itself(motion: &Motion, story: Option<&Story>, claim: &Claim) -> Option<Never> {
    if claim.concedes.iter().any(|id| claim.counters.contains(id)) {
        return Some(Never::Itself);
    }
    if let Some(when) = &claim.when
        && when.ast().is_some_and(is_fixed)
        && when.holds(&Nowhere) == Ok(false)
    {
        return Some(Never::Condition);
    }
    let (story, side) = (story?, motion.sides.get(&claim.side)?);
    let character = story.cast.get(&side.who)?;
    claim.needs.iter().find_map(|fact| {
        if character.hides.contains(fact) {
            return Some(Never::Hides(fact.clone()));
        }
        let scope = story.lore.get(fact).and_then(|lore: &Lore| lore.scope.as_ref())?;
        let outside = (!scope.who.is_empty() && !scope.who.contains(&side.who))
            || (!scope.groups.is_empty() && !scope.groups.iter().any(|group| character.groups.contains(group)))
            || (!scope.places.is_empty() && !motion.place.as_ref().is_some_and(|place| scope.places.contains(place)));
        outside.then(|| Never::Outside(fact.clone()))
    })
}

/// Whether a condition looks at nothing that changes.
fn is_fixed(node: &Node) -> bool {
    let mut fixed = true;
    node.walk(&mut |part| fixed &= !matches!(part.kind, Kind::Name(_) | Kind::Call { .. }));
    fixed
}

/// Claims that have to have been made for a condition to be true: `seen(..)` that stands alone or in an `and`.
fn awaited(node: &Node) -> Vec<String> {
    match &node.kind {
        Kind::All(parts) => parts.iter().flat_map(awaited).collect(),
        Kind::Call { name, args } if name == "seen" => {
            let id = args.first().and_then(|arg| match &arg.kind {
                Kind::Name(id) | Kind::Text(id) => Some(id.clone()),
                _ => None,
            });
            id.into_iter().collect()
        }
        _ => Vec::new(),
    }
}
