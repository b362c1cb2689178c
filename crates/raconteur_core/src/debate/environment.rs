//! What the conditions of claims see: the debate, and around it the story or the game.

use super::Debate;
use crate::story::expr::Environment;
use crate::story::format::Value;

/// A debate inside the world `outer`. `seen(claim)` says whether a claim has been made here; the debate's own variables are
/// looked at when the world has none of that name.
#[derive(Clone, Copy)]
pub struct DebateEnvironment<'a> {
    debate: &'a Debate,
    outer: &'a dyn Environment,
}

impl<'a> DebateEnvironment<'a> {
    pub(super) fn new(debate: &'a Debate, outer: &'a dyn Environment) -> Self {
        Self { debate, outer }
    }
}

impl Environment for DebateEnvironment<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        self.outer.var(name).or_else(|| self.debate.state().vars.get(name).cloned())
    }

    fn visits(&self, beat: &str) -> u32 {
        self.outer.visits(beat)
    }

    fn seen(&self, line: &str) -> bool {
        if self.debate.motion().claims.contains(line) { self.debate.is_said(line) } else { self.outer.seen(line) }
    }

    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.outer.host(name, args)
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        self.outer.remembers(who, fact)
    }
}

/// A world without variables, functions and memories, for a debate that has nothing around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Environment for Nowhere {
    fn var(&self, _: &str) -> Option<Value> {
        None
    }

    fn visits(&self, _: &str) -> u32 {
        0
    }

    fn seen(&self, _: &str) -> bool {
        false
    }

    fn host(&self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("nobody answers {name}()"))
    }
}
