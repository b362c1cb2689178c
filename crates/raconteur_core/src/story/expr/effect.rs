//! Effects: what a choice, a beat or an outcome does to one variable.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ast::Node;
use super::eval::{self, Environment, EvalError};
use super::{SyntaxError, parser};
use crate::story::format::Value;

/// What an effect does with its right-hand side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectOp {
    /// `=`
    Set,
    /// `+=`
    Add,
    /// `-=`
    Subtract,
}

impl EffectOp {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Set => "=",
            Self::Add => "+=",
            Self::Subtract => "-=",
        }
    }
}

/// The parts of an effect that parsed.
#[derive(Debug, Clone, PartialEq)]
struct Parts<T> {
    variable: String,
    variable_span: Range<usize>,
    op: EffectOp,
    right: T,
}

/// A change to a variable: `clues += 1`, `suspect = odo`.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    source: String,
    parsed: Result<Parts<Node>, SyntaxError>,
}

/// A change within a range, as a detour may make it: `mood += -1..1`, `mood = 0..2`.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeEffect {
    source: String,
    parsed: Result<Parts<(i64, i64)>, SyntaxError>,
}

impl Effect {
    /// Reads an effect. Never fails: see [`Effect::syntax_error`].
    #[must_use]
    pub fn parse(source: &str) -> Self {
        let parsed = parser::effect(source).map(|(variable, variable_span, op, right)| Parts {
            variable,
            variable_span,
            op,
            right,
        });
        Self { source: source.to_owned(), parsed }
    }

    /// The right-hand side.
    #[must_use]
    pub fn value(&self) -> Option<&Node> {
        self.parsed.as_ref().ok().map(|parts| &parts.right)
    }

    /// The variable, and the value that it is to have. Not clamped: see
    /// [`VarDecl::clamp`](crate::story::format::VarDecl::clamp). Numbers saturate.
    ///
    /// # Errors
    /// [`EvalError`] when it does not parse, the variable does not exist, or the types do not fit.
    pub fn eval(&self, env: &dyn Environment) -> Result<(String, Value), EvalError> {
        let parts = self.parsed.as_ref().map_err(|error| EvalError::Syntax(error.clone()))?;
        let old = env.var(&parts.variable).ok_or_else(|| EvalError::NoVariable(parts.variable.clone()))?;
        let right = eval::eval(&parts.right, env)?;
        let new = match (parts.op, old, right) {
            (EffectOp::Set, Value::Int(_), new @ Value::Int(_))
            | (EffectOp::Set, Value::Bool(_), new @ Value::Bool(_))
            | (EffectOp::Set, Value::Word(_), new @ Value::Word(_)) => new,
            (EffectOp::Add, Value::Int(old), Value::Int(by)) => Value::Int(old.saturating_add(by)),
            (EffectOp::Subtract, Value::Int(old), Value::Int(by)) => Value::Int(old.saturating_sub(by)),
            (op, old, right) => {
                return Err(EvalError::Type(format!(
                    "'{}' is {}; `{}` cannot give it {}",
                    parts.variable,
                    eval::describe(&old),
                    op.symbol(),
                    eval::describe(&right)
                )));
            }
        };
        Ok((parts.variable.clone(), new))
    }
}

impl RangeEffect {
    /// Reads a range effect. Never fails: see [`RangeEffect::syntax_error`].
    #[must_use]
    pub fn parse(source: &str) -> Self {
        let parsed = parser::range_effect(source).map(|(variable, variable_span, op, right)| Parts {
            variable,
            variable_span,
            op,
            right,
        });
        Self { source: source.to_owned(), parsed }
    }

    /// Smallest and largest number that may stand on the right-hand side, both included.
    #[must_use]
    pub fn range(&self) -> Option<(i64, i64)> {
        self.parsed.as_ref().ok().map(|parts| parts.right)
    }
}

/// What both have in common: source, parts, printing, serde.
macro_rules! common {
    ($name:ident, $right:ident => $show:expr) => {
        impl $name {
            /// The text as the writer wrote it.
            #[must_use]
            pub fn source(&self) -> &str {
                &self.source
            }

            /// Why the text does not parse.
            #[must_use]
            pub fn syntax_error(&self) -> Option<&SyntaxError> {
                self.parsed.as_ref().err()
            }

            /// The variable it changes, if it parses.
            #[must_use]
            pub fn variable(&self) -> Option<&str> {
                self.parsed.as_ref().ok().map(|parts| parts.variable.as_str())
            }

            /// Bytes of the source that name the variable.
            #[must_use]
            pub fn variable_span(&self) -> Option<Range<usize>> {
                self.parsed.as_ref().ok().map(|parts| parts.variable_span.clone())
            }

            /// What it does with the right-hand side.
            #[must_use]
            pub fn op(&self) -> Option<EffectOp> {
                self.parsed.as_ref().ok().map(|parts| parts.op)
            }
        }

        impl fmt::Display for $name {
            /// The canonical form, or the source when it does not parse.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.parsed {
                    Ok(Parts { variable, op, right: $right, .. }) => write!(f, "{variable} {} {}", op.symbol(), $show),
                    Err(_) => f.write_str(&self.source),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|source| Self::parse(&source))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.source)
            }
        }
    };
}

common!(Effect, right => right);
common!(RangeEffect, right => format_args!("{}..{}", right.0, right.1));
