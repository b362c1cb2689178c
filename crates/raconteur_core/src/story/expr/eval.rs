//! Evaluating: no side effects, no loops, numbers saturate.

use super::SyntaxError;
use super::ast::{Comparison, Kind, Node};
use crate::story::format::Value;

/// What an expression may look at.
pub trait Environment {
    /// Value of a variable, or `None` when there is none of that name.
    fn var(&self, name: &str) -> Option<Value>;

    /// How often a beat has been entered.
    fn visits(&self, beat: &str) -> u32;

    /// Whether a line or a storylet has been shown, or a choice or an outcome taken.
    fn seen(&self, line: &str) -> bool;

    /// Asks the game.
    ///
    /// # Errors
    /// A sentence that says why there is no answer, such as that no system answers this function.
    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String>;

    /// Whether somebody (a cast id) remembers a fact of the lore that nobody wrote into what they know. **Default** no.
    fn remembers(&self, _who: &str, _fact: &str) -> bool {
        false
    }
}

/// Why an expression has no value. Whoever asked takes it for "no".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// It does not parse; `raconteur check` shows where.
    #[error("the expression cannot be read: {0}")]
    Syntax(SyntaxError),
    /// Two types do not go together; usually a misspelt variable, which is read as a word.
    #[error("{0}. `raconteur check` finds misspelt names")]
    Type(String),
    /// An effect on a variable that is not in `vars`.
    #[error("there is no variable '{0}'; add it to vars, or mend its name")]
    NoVariable(String),
    /// A host function gave no answer.
    #[error("host function '{name}' failed: {message}")]
    Host {
        /// Name of the function.
        name: String,
        /// What the game said.
        message: String,
    },
}

/// A value as an error names it.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Int(value) => format!("the number {value}"),
        Value::Bool(value) => format!("{value}"),
        Value::Word(word) => format!("the word '{word}'"),
    }
}

pub(super) fn eval(node: &Node, env: &dyn Environment) -> Result<Value, EvalError> {
    Ok(match &node.kind {
        Kind::Int(value) => Value::Int(*value),
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Text(text) => Value::Word(text.clone()),
        Kind::Name(name) => env.var(name).unwrap_or_else(|| Value::Word(name.clone())),
        Kind::Call { name, args } => call(name, args, env)?,
        Kind::Not(inner) => Value::Bool(!truth(inner, env)?),
        Kind::Neg(inner) => Value::Int(number(inner, env)?.saturating_neg()),
        Kind::Sum(first, rest) => {
            let mut total = number(first, env)?;
            for (minus, part) in rest {
                let by = number(part, env)?;
                total = if *minus { total.saturating_sub(by) } else { total.saturating_add(by) };
            }
            Value::Int(total)
        }
        Kind::Compare(comparison, left, right) => {
            Value::Bool(compare(*comparison, &eval(left, env)?, &eval(right, env)?)?)
        }
        Kind::All(parts) => {
            for part in parts {
                if !truth(part, env)? {
                    return Ok(Value::Bool(false));
                }
            }
            Value::Bool(true)
        }
        Kind::Any(parts) => {
            for part in parts {
                if truth(part, env)? {
                    return Ok(Value::Bool(true));
                }
            }
            Value::Bool(false)
        }
    })
}

fn truth(node: &Node, env: &dyn Environment) -> Result<bool, EvalError> {
    match eval(node, env)? {
        Value::Bool(value) => Ok(value),
        other => Err(EvalError::Type(format!("\"{node}\" is {}, not true or false", describe(&other)))),
    }
}

fn number(node: &Node, env: &dyn Environment) -> Result<i64, EvalError> {
    match eval(node, env)? {
        Value::Int(value) => Ok(value),
        other => Err(EvalError::Type(format!("\"{node}\" is {}, not a number", describe(&other)))),
    }
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<bool, EvalError> {
    let same_type = matches!(
        (left, right),
        (Value::Int(_), Value::Int(_)) | (Value::Bool(_), Value::Bool(_)) | (Value::Word(_), Value::Word(_))
    );
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        return Ok(match comparison {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        });
    }
    match comparison {
        Comparison::Equal if same_type => Ok(left == right),
        Comparison::NotEqual if same_type => Ok(left != right),
        _ => Err(EvalError::Type(format!(
            "{} and {} cannot be compared with {}",
            describe(left),
            describe(right),
            comparison.symbol()
        ))),
    }
}

fn call(name: &str, args: &[Node], env: &dyn Environment) -> Result<Value, EvalError> {
    match name {
        "visited" => Ok(Value::Bool(env.visits(id_argument(name, args)?) > 0)),
        "visits" => Ok(Value::Int(i64::from(env.visits(id_argument(name, args)?)))),
        "seen" => Ok(Value::Bool(env.seen(id_argument(name, args)?))),
        _ => {
            let args = args.iter().map(|arg| eval(arg, env)).collect::<Result<Vec<_>, _>>()?;
            env.host(name, &args).map_err(|message| EvalError::Host { name: name.to_owned(), message })
        }
    }
}

/// The beat or line that a built-in function asks about: a name is taken as it stands, also when a variable has it.
fn id_argument<'a>(name: &str, args: &'a [Node]) -> Result<&'a str, EvalError> {
    match args {
        [Node { kind: Kind::Name(id) | Kind::Text(id), .. }] => Ok(id),
        _ => Err(EvalError::Type(format!("'{name}' takes one id, such as {name}(\"ford\")"))),
    }
}
