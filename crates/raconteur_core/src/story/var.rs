//! What a declaration says about the values of its variable.

use super::format::{Value, VarDecl};

impl VarDecl {
    /// Value at the start, within the range.
    #[must_use]
    pub fn init(&self) -> Value {
        match self {
            Self::Int { init, min, max, .. } => Value::Int(clamp_int(*init, *min, *max)),
            Self::Bool { init, .. } => Value::Bool(*init),
            Self::Enum { init, .. } => Value::Word(init.clone()),
        }
    }

    /// The nearest value that the variable may have. A value of another type, or a word that is not in `of`, becomes
    /// the value at the start: such a thing comes from an old save or a host, and the story has to go on.
    #[must_use]
    pub fn clamp(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Int { min, max, .. }, Value::Int(value)) => Value::Int(clamp_int(value, *min, *max)),
            (Self::Bool { .. }, Value::Bool(value)) => Value::Bool(value),
            (Self::Enum { of, .. }, Value::Word(word)) if of.contains(&word) => Value::Word(word),
            _ => self.init(),
        }
    }
}

/// Unlike `i64::clamp` this does not panic on an empty range, which the lint reports (V02).
fn clamp_int(value: i64, min: i64, max: i64) -> i64 {
    value.min(max).max(min)
}

impl std::fmt::Display for Value {
    /// As a condition would write it: `2`, `true`, `odo`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}
