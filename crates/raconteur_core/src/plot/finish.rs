//! Whether a hook can be brought to its goal once it is taken: a question about the story, answered by its flow.
//!
//! A copy of the story is walked in which taking the outcome is remembered, and every beat has one more way on, open while
//! the outcome has been taken and the goal holds, to a beat that nothing else leads to. So the goal can be reached exactly
//! when that beat can. The names of holes stand for entities that nobody knows before the game runs; a goal that names
//! one is asked about each word of the variable that the hole is bound to.

use super::template::HookTemplate;
use crate::story::expr::ast::{Kind, Node};
use crate::story::expr::{Effect, Expr};
use crate::story::flow::{Limits, Openness, Path, Precision, explore};
use crate::story::format::{Beat, Choice, Outcome, Story, VarDecl};

/// Names that no story has: they hold a character that no name may hold otherwise.
const GOAL: &str = "hook goal";
const END: &str = "hook end";
const TAKEN: &str = "hook_was_taken__";

/// What is known of the way from an outcome to a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// The goal can be reached, by this path from the start of the story.
    Reached(Path),
    /// There are too many states to see every one; ranges of values do not exclude it.
    Likely,
    /// The outcome cannot even be taken.
    NeverTaken,
    /// It can be taken, and then the goal can never be reached.
    Never,
}

/// Finds out whether the goal of a template can be reached once the hook at `outcome` is taken.
#[must_use]
pub fn finish(story: &Story, template: &HookTemplate, outcome: &str, limits: &Limits) -> Finish {
    let goals = bound_goals(story, template);
    let mut best = Finish::NeverTaken;
    for goal in &goals {
        let flow = explore(&with_goal(story, outcome, goal), limits);
        let reached = flow.beats.iter().any(|beat| beat.beat == GOAL && beat.reached);
        let taken = flow.ways.iter().any(|way| way.id == outcome && way.open != Openness::Never);
        match (reached, flow.precision) {
            (true, Precision::Exact) => return Finish::Reached(flow.path_to(GOAL).unwrap_or_default()),
            (true, Precision::Ranges) => best = Finish::Likely,
            (false, _) if taken && best == Finish::NeverTaken => best = Finish::Never,
            (false, _) => {}
        }
    }
    best
}

/// The goal without names of holes: for each word of a variable that such a hole is bound to, and for a word that nobody
/// has when it is bound to none.
fn bound_goals(story: &Story, template: &HookTemplate) -> Vec<Expr> {
    let mut goals = vec![template.goal.clone()];
    for (name, hole) in template.holes.iter() {
        let names = |goal: &Expr| {
            let mut found = false;
            if let Some(node) = goal.ast() {
                node.walk(&mut |node| found |= matches!(&node.kind, Kind::Name(other) if other == name));
            }
            found
        };
        if !goals.iter().any(names) {
            continue;
        }
        let variable = hole.bind.as_deref().and_then(|variable| story.vars.get(variable));
        let words = match variable {
            Some(VarDecl::Enum { of, .. }) => of.clone(),
            _ => vec!["hook nobody".to_owned()],
        };
        let with = |goal: &Expr, word: &str| match goal.ast() {
            Some(node) => Expr::parse(&renamed(node, name, word).to_string()),
            None => goal.clone(),
        };
        goals = goals.iter().flat_map(|goal| words.iter().map(move |word| with(goal, word))).take(64).collect();
    }
    goals
}

/// The tree with a word in the place of a name.
fn renamed(node: &Node, name: &str, word: &str) -> Node {
    let again = |part: &Node| renamed(part, name, word);
    let boxed = |part: &Node| Box::new(renamed(part, name, word));
    let kind = match &node.kind {
        Kind::Name(other) if other == name => Kind::Text(word.to_owned()),
        Kind::Int(_) | Kind::Bool(_) | Kind::Name(_) | Kind::Text(_) => node.kind.clone(),
        Kind::Call { name, args } => Kind::Call { name: name.clone(), args: args.iter().map(again).collect() },
        Kind::Not(inner) => Kind::Not(boxed(inner)),
        Kind::Neg(inner) => Kind::Neg(boxed(inner)),
        Kind::Sum(first, rest) => {
            Kind::Sum(boxed(first), rest.iter().map(|(minus, part)| (*minus, again(part))).collect())
        }
        Kind::Compare(comparison, left, right) => Kind::Compare(*comparison, boxed(left), boxed(right)),
        Kind::All(parts) => Kind::All(parts.iter().map(again).collect()),
        Kind::Any(parts) => Kind::Any(parts.iter().map(again).collect()),
    };
    Node { kind, span: node.span.clone() }
}

/// The story with a way to the goal from everywhere.
fn with_goal(story: &Story, outcome: &str, goal: &Expr) -> Story {
    let mut story = story.clone();
    story.translations = Default::default();
    story.vars.push(TAKEN, VarDecl::Bool { init: false, meta: None });
    let when = Expr::parse(&format!("{TAKEN} and ({})", goal.source()));
    for (id, beat) in story.beats.iter_mut() {
        let way = format!("hook:{id}");
        if let Some(slot) = &mut beat.slot {
            for taken in slot.outcomes.iter_mut().filter(|taken| taken.id == outcome) {
                taken.then.push(Effect::parse(&format!("{TAKEN} = true")));
            }
            slot.outcomes.push(Outcome {
                id: way,
                to: GOAL.to_owned(),
                when: Some(when.clone()),
                ..Outcome::default()
            });
            continue;
        }
        let mut on =
            |to: &str| beat.choices.push(Choice { id: format!("{way}:on"), to: to.to_owned(), ..Choice::default() });
        if let Some(next) = beat.next.take() {
            on(&next);
        } else if std::mem::take(&mut beat.end) {
            on(END);
        }
        beat.choices.push(Choice { id: way, to: GOAL.to_owned(), when: Some(when.clone()), ..Choice::default() });
    }
    for id in [GOAL, END] {
        story.beats.push(id, Beat { end: true, ..Beat::default() });
    }
    story.ends = vec![GOAL.to_owned(), END.to_owned()];
    story
}
