//! Expressions of other tools in ours.

use std::collections::HashMap;

use super::draft::Effect;
use super::expr::{Change, Comparison, E, Reason, is_name};
use super::vars::{Kind, Plain, Vars};
use crate::story::expr;

/// Functions that both know.
const VISITED: [&str; 4] = ["visited", "hasVisited", "visited_count", "visits"];

/// Functions of the other tools that we have no word for.
const OTHERS: [&str; 27] = [
    "random",
    "random_range",
    "random_range_float",
    "dice",
    "round",
    "round_places",
    "floor",
    "ceil",
    "inc",
    "dec",
    "decimal",
    "int",
    "integer",
    "string",
    "number",
    "bool",
    "format",
    "format_invariant",
    "min",
    "max",
    "either",
    "first",
    "previous",
    "turns",
    "passage",
    "tags",
    "has_any_content",
];

/// Whether a function is no question that the game could be asked.
pub fn is_known(function: &str) -> bool {
    VISITED.contains(&function) || OTHERS.contains(&function)
}

/// What a piece of an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Int,
    Bool,
    Word,
}

/// Writes expressions of a story.
pub struct Render<'a> {
    pub vars: &'a Vars,
    /// Ids of beats by title of their passage.
    pub titles: &'a HashMap<String, String>,
}

impl Render<'_> {
    /// A condition; `None` where it always holds.
    pub fn condition(&self, when: &E) -> Result<Option<String>, Reason> {
        if *when == E::Bool(true) {
            return Ok(None);
        }
        let text = self.truth(when)?;
        readable(expr::Expr::parse(&text).syntax_error())?;
        Ok(Some(text))
    }

    /// An effect.
    pub fn effect(&self, effect: &Effect) -> Result<String, Reason> {
        let var = self.vars.get(&effect.var).ok_or("the variable is not known")?;
        let value = match (&var.kind, &effect.value) {
            (Kind::Bool { .. }, value) if effect.change == Change::Set => self.truth(value)?,
            (Kind::Int { .. }, value) => self.number(value)?,
            (Kind::Words { of, .. }, E::Text(text)) if effect.change == Change::Set && of.contains(text) => {
                self.word(text)?
            }
            (Kind::Words { .. }, E::Var(other)) if effect.change == Change::Set => match self.vars.get(other) {
                Some(other) if matches!(other.kind, Kind::Words { .. }) => {
                    return Err(format!("a word cannot be copied from one variable ({}) to another", other.name));
                }
                _ => return Err("the value is no word".to_owned()),
            },
            _ => return Err("the value does not fit the other values of the variable".to_owned()),
        };
        let sign = match effect.change {
            Change::Set => "=",
            Change::Add => "+=",
            Change::Subtract => "-=",
        };
        let text = format!("{} {sign} {value}", var.name);
        readable(expr::Effect::parse(&text).syntax_error())?;
        Ok(text)
    }

    fn truth(&self, value: &E) -> Result<String, Reason> {
        Ok(match value {
            E::Bool(value) => value.to_string(),
            E::Var(name) => {
                let var = self.vars.get(name).ok_or("the variable is not known")?;
                match &var.kind {
                    Kind::Bool { .. } => var.name.clone(),
                    Kind::Int { .. } => format!("{} != 0", var.name),
                    Kind::Words { of, .. } if of.iter().any(String::is_empty) => {
                        format!("{} != {}", var.name, self.word("")?)
                    }
                    Kind::Words { .. } => "true".to_owned(),
                }
            }
            E::Not(inner) => format!("not ({})", self.truth(inner)?),
            E::All(parts) => self.list(parts, " and ")?,
            E::Any(parts) => self.list(parts, " or ")?,
            E::Compare(comparison, left, right) => self.compare(*comparison, left, right)?,
            E::Call(function, args) => match self.call(function, args)? {
                (text, Is::Bool) => text,
                (text, Is::Int) => format!("{text} != 0"),
                (_, Is::Word) => return Err(format!("{function} answers a word")),
            },
            E::Int(value) => (*value != 0).to_string(),
            E::Text(text) => (!text.is_empty()).to_string(),
            E::Sum(_) => format!("{} != 0", self.number(value)?),
        })
    }

    fn list(&self, parts: &[E], between: &str) -> Result<String, Reason> {
        let parts: Result<Vec<String>, Reason> = parts
            .iter()
            .map(|part| {
                let text = self.truth(part)?;
                Ok(if matches!(part, E::All(_) | E::Any(_)) { format!("({text})") } else { text })
            })
            .collect();
        Ok(parts?.join(between))
    }

    fn number(&self, value: &E) -> Result<String, Reason> {
        match value {
            E::Int(value) => Ok(value.to_string()),
            E::Var(name) => match self.vars.get(name) {
                Some(var) if matches!(var.kind, Kind::Int { .. }) => Ok(var.name.clone()),
                _ => Err(format!("${name} is no number")),
            },
            E::Sum(terms) => {
                let mut text = String::new();
                for (at, (minus, term)) in terms.iter().enumerate() {
                    let term = if matches!(term, E::Sum(_)) {
                        format!("({})", self.number(term)?)
                    } else {
                        self.number(term)?
                    };
                    let sign = match (at, minus) {
                        (0, false) => "",
                        (0, true) => "-",
                        (_, false) => " + ",
                        (_, true) => " - ",
                    };
                    text.push_str(&format!("{sign}{term}"));
                }
                Ok(text)
            }
            E::Call(function, args) => match self.call(function, args)? {
                (text, Is::Int) => Ok(text),
                _ => Err(format!("{function} answers no number")),
            },
            _ => Err("it is no number".to_owned()),
        }
    }

    fn compare(&self, comparison: Comparison, left: &E, right: &E) -> Result<String, Reason> {
        if matches!(left, E::Int(_) | E::Bool(_) | E::Text(_)) && !matches!(right, E::Int(_) | E::Bool(_) | E::Text(_))
        {
            return self.compare(turned(comparison), right, left);
        }
        let equal = comparison == Comparison::Equal;
        let order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let words = |value: &E| match value {
            E::Text(_) => true,
            E::Var(name) => self.vars.get(name).is_some_and(|var| matches!(var.kind, Kind::Words { .. })),
            E::Call(name, _) => self.host(name) == Some(Plain::Text),
            _ => false,
        };
        let truths = |value: &E| match value {
            E::Bool(_) | E::Not(_) | E::All(_) | E::Any(_) | E::Compare(..) => true,
            E::Var(name) => self.vars.get(name).is_some_and(|var| matches!(var.kind, Kind::Bool { .. })),
            E::Call(name, _) => {
                matches!(name.as_str(), "visited" | "hasVisited") || self.host(name) == Some(Plain::Bool)
            }
            _ => false,
        };
        if words(left) || words(right) {
            return self.compare_words(comparison, left, right);
        }
        if truths(left) && truths(right) {
            if order {
                return Err("truth values have no order".to_owned());
            }
            let (one, other) = (self.truth(left)?, self.truth(right)?);
            return Ok(match right {
                E::Bool(value) if *value == equal => format!("({one})"),
                E::Bool(_) => format!("not ({one})"),
                _ if equal => format!("(({one}) and ({other}) or not ({one}) and not ({other}))"),
                _ => format!("(({one}) and not ({other}) or not ({one}) and ({other}))"),
            });
        }
        Ok(format!("{} {} {}", self.number(left)?, comparison.symbol(), self.number(right)?))
    }

    fn compare_words(&self, comparison: Comparison, left: &E, right: &E) -> Result<String, Reason> {
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Err("words have no order".to_owned());
        }
        match (left, right) {
            (E::Var(name), E::Text(text)) => match self.vars.get(name) {
                Some(var) => match &var.kind {
                    Kind::Words { of, .. } if of.contains(text) => {
                        Ok(format!("{} {} {}", var.name, comparison.symbol(), self.word(text)?))
                    }
                    _ => Err(format!("${name} has no such word")),
                },
                None => Err(format!("${name} is not known")),
            },
            (E::Call(function, args), E::Text(text)) => {
                let (call, _) = self.call(function, args)?;
                Ok(format!("{call} {} {}", comparison.symbol(), self.quoted(text)?))
            }
            _ => Err("two words that may change cannot be compared".to_owned()),
        }
    }

    /// A word: bare where that can mean nothing else.
    fn word(&self, text: &str) -> Result<String, Reason> {
        let kept = ["and", "or", "not", "true", "false"].contains(&text);
        if is_name(text) && !kept && !self.vars.is_called(text) { Ok(text.to_owned()) } else { self.quoted(text) }
    }

    fn quoted(&self, text: &str) -> Result<String, Reason> {
        match (text.contains('\''), text.contains('"')) {
            (false, _) => Ok(format!("'{text}'")),
            (true, false) => Ok(format!("\"{text}\"")),
            (true, true) => Err("a word with both kinds of quotes".to_owned()),
        }
    }

    fn host(&self, function: &str) -> Option<Plain> {
        self.vars.hosts().iter().find(|(name, _)| name == function).map(|(_, host)| host.ret)
    }

    fn call(&self, function: &str, args: &[E]) -> Result<(String, Is), Reason> {
        if VISITED.contains(&function) {
            let [E::Text(title)] = args else { return Err(format!("{function} of more, or of something unknown")) };
            let id = self.titles.get(title).ok_or_else(|| format!("there is no passage '{}'", super::quote(title)))?;
            let counts = matches!(function, "visited_count" | "visits");
            return Ok((
                format!("{}({})", if counts { "visits" } else { "visited" }, self.quoted(id)?),
                if counts { Is::Int } else { Is::Bool },
            ));
        }
        let Some((_, host)) = self.vars.hosts().iter().find(|(name, _)| name == function) else {
            return Err(format!("the function {function}"));
        };
        if host.args.len() != args.len() {
            return Err(format!("{function} with another number of arguments than before"));
        }
        let mut texts = Vec::new();
        for (arg, plain) in args.iter().zip(&host.args) {
            texts.push(match (plain, arg) {
                (Plain::Int, arg) => self.number(arg)?,
                (Plain::Text, E::Text(text)) => self.quoted(text)?,
                (Plain::Bool, E::Bool(value)) => value.to_string(),
                _ => return Err(format!("an argument of {function}")),
            });
        }
        let is = match host.ret {
            Plain::Int => Is::Int,
            Plain::Bool => Is::Bool,
            Plain::Text => Is::Word,
        };
        Ok((format!("{function}({})", texts.join(", ")), is))
    }
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// What was written has to be what our own parser reads.
fn readable(error: Option<&expr::SyntaxError>) -> Result<(), Reason> {
    error.map_or(Ok(()), |error| Err(error.message.clone()))
}
