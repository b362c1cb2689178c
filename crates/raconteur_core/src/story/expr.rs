//! The language of conditions and effects: total, typed and free of side effects, so that the states of a story can be
//! counted and no condition can hang or crash a game.
//!
//! ```text
//! condition   trust_mara >= 1 and not visited("tower") or suspect == odo
//! effect      clues += 1        suspect = odo        lit = true
//! range       mood += -1..1     mood = 0..2          (what a detour may do)
//! ```
//!
//! There are whole numbers, `true` and `false`, variables, the words of enums, `and`, `or`, `not`, the six comparisons,
//! `+` and `-`, parentheses, `visited(beat)`, `visits(beat)`, `seen(line)` and the host functions that a story declares.
//! A name is a variable if there is one of that name, else a word.
//!
//! Deserialising never fails: a condition that does not parse keeps its source and its [`SyntaxError`], so that the lint
//! can report it with its place, beside all the other mistakes. Evaluating it is an error, and an error closes the door:
//! whoever asks [`Expr::holds`] takes `Err` for "no".

pub mod ast;
mod effect;
mod eval;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod types;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use effect::{Effect, EffectOp, RangeEffect};
pub use eval::{Environment, EvalError};
pub use types::{Scope, Type, TypeError};

use super::format::Value;

/// How deep an expression may be nested: parentheses, `not`, `-` and arguments count one each.
///
/// Deep enough for any condition that a person can read, and shallow enough that parsing and evaluating fit the smallest
/// thread stack.
pub const MAX_DEPTH: usize = 64;

/// Why the text of an expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Byte offset in the source of the expression.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, if that is known.
    pub help: Option<String>,
}

impl SyntaxError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A condition or a value: its source, and what it parsed to.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    source: String,
    parsed: Result<ast::Node, SyntaxError>,
}

impl Expr {
    /// Reads an expression. Never fails: see [`Expr::syntax_error`].
    #[must_use]
    pub fn parse(source: &str) -> Self {
        Self { source: source.to_owned(), parsed: parser::expression(source) }
    }

    /// The text as the writer wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The tree, unless the text does not parse.
    #[must_use]
    pub fn ast(&self) -> Option<&ast::Node> {
        self.parsed.as_ref().ok()
    }

    /// Why the text does not parse.
    #[must_use]
    pub fn syntax_error(&self) -> Option<&SyntaxError> {
        self.parsed.as_ref().err()
    }

    /// Computes its value.
    ///
    /// # Errors
    /// [`EvalError`] when it does not parse, mixes types, or a host function fails. The second operand of `and` and `or`
    /// is left alone when the first decides.
    pub fn eval(&self, env: &dyn Environment) -> Result<Value, EvalError> {
        match &self.parsed {
            Ok(node) => eval::eval(node, env),
            Err(error) => Err(EvalError::Syntax(error.clone())),
        }
    }

    /// Whether it is true. Take `Err` for false, and report it.
    ///
    /// # Errors
    /// As [`Expr::eval`], and when the value is neither true nor false.
    pub fn holds(&self, env: &dyn Environment) -> Result<bool, EvalError> {
        match self.eval(env)? {
            Value::Bool(answer) => Ok(answer),
            other => {
                Err(EvalError::Type(format!("\"{}\" is {}, not true or false", self.source, eval::describe(&other))))
            }
        }
    }
}

impl std::fmt::Display for Expr {
    /// The canonical form (fewest parentheses), or the source when it does not parse.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.parsed {
            Ok(node) => node.fmt(f),
            Err(_) => f.write_str(&self.source),
        }
    }
}

impl Default for Expr {
    fn default() -> Self {
        Self::parse("true")
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|source| Self::parse(&source))
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}
