//! From slots and nodes back to the writer's names.

use super::code::{Ask, V};
use super::graph::{Graph, Node};
use super::program::Program;
use super::report::{Known, Path, Step};
use super::slots::{SlotId, Symbol};
use super::stepper::Via;
use crate::story::format::Value;

/// Names things of a program.
pub(super) struct Describe<'a> {
    pub(super) program: &'a Program,
}

impl Describe<'_> {
    /// The name of a variable, or the id of what a slot stands for.
    pub(super) fn name(&self, slot: SlotId) -> String {
        match &self.program.slots.slot(slot).symbol {
            Symbol::Var(name) | Symbol::Visits(name) | Symbol::Seen(name) | Symbol::Detour(name) => name.clone(),
        }
    }

    fn value(&self, value: V) -> Value {
        match value {
            V::Int(value) => Value::Int(value),
            V::Bool(value) => Value::Bool(value),
            V::Word(word) => {
                let word = self.program.words.get(word as usize);
                Value::Word(word.map_or_else(|| "another text".to_owned(), Clone::clone))
            }
        }
    }

    /// What a state knows in `slots`: variables first, then visits, then what was seen, then what was answered.
    pub(super) fn known(&self, slots: &[SlotId], state: &[u64], asked: &[(Ask, V)]) -> Vec<Known> {
        let all = &self.program.slots;
        let mut found: Vec<(u8, Known)> = Vec::new();
        for slot in slots {
            found.push(match &all.slot(*slot).symbol {
                Symbol::Var(name) => (0, Known::Var { name: name.clone(), value: self.value(all.value(*slot, state)) }),
                Symbol::Visits(beat) => {
                    let count = all.get(*slot, state);
                    let or_more = count == all.slot(*slot).max;
                    (1, Known::Visits { beat: beat.clone(), count: u32::try_from(count).unwrap_or(u32::MAX), or_more })
                }
                Symbol::Seen(id) => (2, Known::Seen { id: id.clone(), seen: all.get(*slot, state) != 0 }),
                Symbol::Detour(beat) => (2, Known::Told { beat: beat.clone(), told: all.get(*slot, state) != 0 }),
            });
        }
        found.sort_by_key(|(rank, _)| *rank);
        let answers = asked.iter().map(|(ask, answer)| self.answer(ask, *answer));
        found.into_iter().map(|(_, known)| known).chain(answers).collect()
    }

    fn answer(&self, ask: &Ask, answer: V) -> Known {
        match ask {
            Ask::Free(sides) => {
                let (left, right) = &self.program.frees[*sides];
                let sign = match answer {
                    V::Int(-1) => "<",
                    V::Int(1) => ">",
                    _ => "==",
                };
                Known::Host { call: format!("{left} {sign} {right}"), answer: Value::Bool(true) }
            }
            Ask::Host(host, args) => {
                let args: Vec<String> = args.iter().map(|arg| self.value(*arg).to_string()).collect();
                let host = &self.program.hosts[*host];
                let call =
                    if host.variable { host.name.clone() } else { format!("{}({})", host.name, args.join(", ")) };
                Known::Host { call, answer: self.value(answer) }
            }
        }
    }

    /// The beats, ways and storylets along which a node was found.
    pub(super) fn path(&self, graph: &Graph, node: Node) -> Path {
        let mut steps = Vec::new();
        for node in graph.way_to(node) {
            let (parent, via) = graph.parents[node as usize];
            let beat = || self.program.beats[self.program.stops[graph.stops[parent as usize] as usize]].id.clone();
            match via {
                Via::Start | Via::On => {}
                Via::Way(way) => {
                    steps.push(Step::Beat { beat: beat(), way: Some(self.program.ways[way].id.clone()) });
                }
                Via::Next { .. } => steps.push(Step::Beat { beat: beat(), way: None }),
                Via::Told(at) => steps.push(Step::Told { storylet: self.program.storylets[at].id.clone() }),
            }
        }
        Path { steps }
    }
}
