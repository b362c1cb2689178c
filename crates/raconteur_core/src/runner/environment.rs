//! What conditions see: the state of the story and the answers of the host.

use super::RunnerState;
use crate::story::expr::Environment;
use crate::story::format::Value;

/// Answers the host functions that a story declares.
pub trait Host {
    /// Calls a function.
    ///
    /// # Errors
    /// What went wrong, for the report; the condition that asked is then false.
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String>;

    /// Whether somebody (a cast id) remembers a fact of the lore that they heard or saw while the game went on; see
    /// [`Remembering`](crate::memory::Remembering). **Default** no.
    fn remembers(&self, _who: &str, _fact: &str) -> bool {
        false
    }
}

/// A host without functions: every condition that asks it is false.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn call(&self, name: &str, _args: &[Value]) -> Result<Value, String> {
        Err(format!("no host function '{name}' is registered"))
    }
}

/// An [`Environment`] over the state of a runner.
#[derive(Clone, Copy)]
pub struct StoryEnvironment<'a> {
    state: &'a RunnerState,
    host: &'a dyn Host,
}

impl<'a> StoryEnvironment<'a> {
    /// Looks into `state` and asks `host`.
    #[must_use]
    pub fn new(state: &'a RunnerState, host: &'a dyn Host) -> Self {
        Self { state, host }
    }
}

impl Environment for StoryEnvironment<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        self.state.vars.get(name).cloned()
    }

    fn visits(&self, beat: &str) -> u32 {
        self.state.visits.get(beat).copied().unwrap_or(0)
    }

    fn seen(&self, line: &str) -> bool {
        self.state.seen.contains(line)
    }

    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.host.call(name, args)
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        self.host.remembers(who, fact)
    }
}
