//! H08 without a world: whether the conditions of a template could hold together at all.
//!
//! Whatever is no `and`, `or` or `not` is an atom that may be true or false, but that two holes are one entity. When no
//! choice of truth values makes all conditions true, no world does. The other way round is not promised: atoms may exclude
//! each other by what they mean.

use crate::plot::template::HookTemplate;
use crate::story::expr::ast::{Comparison, Kind, Node};

/// Most atoms whose combinations are tried.
const MOST_ATOMS: usize = 14;

pub(super) fn satisfiable(template: &HookTemplate) -> bool {
    let filters = template.holes.iter().filter_map(|(_, hole)| hole.filter.as_ref());
    let trees: Vec<&Node> = filters.chain(&template.when).filter_map(|condition| condition.ast()).collect();
    let mut atoms: Vec<String> = Vec::new();
    trees.iter().for_each(|tree| collect(tree, template, &mut atoms));
    if atoms.len() > MOST_ATOMS {
        return true;
    }
    (0_u32..1 << atoms.len()).any(|truths| trees.iter().all(|tree| value(tree, template, &atoms, truths)))
}

fn collect(node: &Node, template: &HookTemplate, atoms: &mut Vec<String>) {
    match &node.kind {
        Kind::Not(inner) => collect(inner, template, atoms),
        Kind::All(parts) | Kind::Any(parts) => parts.iter().for_each(|part| collect(part, template, atoms)),
        Kind::Bool(_) => {}
        _ if same_entity(node, template).is_some() => {}
        _ => {
            let atom = positive(node).0;
            if !atoms.contains(&atom) {
                atoms.push(atom);
            }
        }
    }
}

fn value(node: &Node, template: &HookTemplate, atoms: &[String], truths: u32) -> bool {
    match &node.kind {
        Kind::Not(inner) => !value(inner, template, atoms, truths),
        Kind::All(parts) => parts.iter().all(|part| value(part, template, atoms, truths)),
        Kind::Any(parts) => parts.iter().any(|part| value(part, template, atoms, truths)),
        Kind::Bool(value) => *value,
        _ => match same_entity(node, template) {
            Some(value) => value,
            None => {
                let (atom, positive) = positive(node);
                let truth = atoms.iter().position(|other| *other == atom).is_none_or(|at| truths >> at & 1 == 1);
                truth == positive
            }
        },
    }
}

/// `a != b` is the same atom as `a == b`, turned round.
fn positive(node: &Node) -> (String, bool) {
    match &node.kind {
        Kind::Compare(Comparison::NotEqual, left, right) => (format!("{left} == {right}"), false),
        _ => (node.to_string(), true),
    }
}

/// The value of a comparison of two holes, which never hold the same entity; of a hole with itself.
fn same_entity(node: &Node, template: &HookTemplate) -> Option<bool> {
    let Kind::Compare(comparison, left, right) = &node.kind else { return None };
    let (Kind::Name(left), Kind::Name(right)) = (&left.kind, &right.kind) else { return None };
    if !template.holes.contains(left) || !template.holes.contains(right) {
        return None;
    }
    match comparison {
        Comparison::Equal => Some(left == right),
        Comparison::NotEqual => Some(left != right),
        _ => None,
    }
}
