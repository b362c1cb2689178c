//! Types: what a condition or an effect may be made of in a given story.

use std::collections::HashSet;
use std::ops::Range;

use super::ast::{Comparison, Kind, Node};
use super::{Effect, EffectOp, Expr, RangeEffect, SyntaxError};
use crate::story::format::{HostType, Story, VarDecl};
use crate::story::suggest::did_you_mean;

/// Type of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// Any text, such as a host function may answer.
    Text,
    /// A word that is no variable; what it may be compared with decides whether it makes sense.
    Word(String),
    /// One of the words of this variable.
    Enum(String),
}

impl Type {
    fn describe(&self) -> String {
        match self {
            Self::Int => "a number".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Word(word) => format!("the word '{word}'"),
            Self::Enum(variable) => format!("one of the words of '{variable}'"),
        }
    }
}

impl From<HostType> for Type {
    fn from(declared: HostType) -> Self {
        match declared {
            HostType::Bool => Self::Bool,
            HostType::Int => Self::Int,
            HostType::Text => Self::Text,
        }
    }
}

/// Why an expression makes no sense in its story.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TypeError {
    /// Code of the lint: V01 unknown name, V02 types that do not fit, V05 unknown host function, V06 syntax, V08 a beat
    /// or line that does not exist.
    pub code: &'static str,
    /// Bytes of the expression's source.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do, if that is known.
    pub help: Option<String>,
}

impl TypeError {
    fn new(code: &'static str, span: &Range<usize>, message: String) -> Self {
        Self { code, span: span.clone(), message, help: None }
    }

    fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    fn help(self, help: impl Into<String>) -> Self {
        self.maybe_help(Some(help.into()))
    }

    fn syntax(error: &SyntaxError) -> Self {
        Self { code: "V06", span: error.at..error.at, message: error.message.clone(), help: error.help.clone() }
    }
}

/// A story as its expressions see it. Make one and check many.
#[derive(Debug)]
pub struct Scope<'a> {
    story: &'a Story,
    lines: HashSet<&'a str>,
}

impl<'a> Scope<'a> {
    /// Collects what expressions may name.
    #[must_use]
    pub fn new(story: &'a Story) -> Self {
        // What has been taken has been seen, so choices and outcomes count as well.
        let mut lines: HashSet<&str> = story.storylets.iter().map(|storylet| storylet.id.as_str()).collect();
        for (_, beat) in story.beats.iter() {
            lines.extend(beat.lines.iter().map(|line| line.id.as_str()));
            lines.extend(beat.choices.iter().chain(&beat.otherwise).map(|choice| choice.id.as_str()));
            lines.extend(beat.slot.iter().flat_map(|slot| &slot.outcomes).map(|outcome| outcome.id.as_str()));
        }
        Self { story, lines }
    }

    /// Everything that is wrong with a condition.
    #[must_use]
    pub fn check_condition(&self, expr: &Expr) -> Vec<TypeError> {
        let mut checker = Checker::new(self, expr.source());
        match (&expr.parsed, expr.syntax_error()) {
            (Ok(node), _) => checker.expect(node, &Type::Bool),
            (Err(_), Some(error)) => checker.errors.push(TypeError::syntax(error)),
            (Err(_), None) => {}
        }
        checker.errors
    }

    /// Everything that is wrong with an effect.
    #[must_use]
    pub fn check_effect(&self, effect: &Effect) -> Vec<TypeError> {
        let mut checker = Checker::new(self, effect.source());
        if let Some(error) = effect.syntax_error() {
            checker.errors.push(TypeError::syntax(error));
        } else if let (Some(variable), Some(span), Some(op), Some(value)) =
            (effect.variable(), effect.variable_span(), effect.op(), effect.value())
        {
            checker.effect(variable, &span, op, value);
        }
        checker.errors
    }

    /// Everything that is wrong with what a detour may change.
    #[must_use]
    pub fn check_range(&self, effect: &RangeEffect) -> Vec<TypeError> {
        let mut checker = Checker::new(self, effect.source());
        if let Some(error) = effect.syntax_error() {
            checker.errors.push(TypeError::syntax(error));
        } else if let (Some(variable), Some(span)) = (effect.variable(), effect.variable_span())
            && !matches!(checker.declared(variable, &span), None | Some(VarDecl::Int { .. }))
        {
            checker.errors.push(TypeError::new(
                "V02",
                &span,
                format!("\"{}\": a range changes numbers, and '{variable}' is none", effect.source()),
            ));
        }
        checker.errors
    }
}

impl Expr {
    /// Its type in `story`.
    ///
    /// # Errors
    /// The first thing that is wrong with it. [`Scope::check_condition`] finds all.
    pub fn type_check(&self, story: &Story) -> Result<Type, TypeError> {
        let scope = Scope::new(story);
        let mut checker = Checker::new(&scope, &self.source);
        let node = self.parsed.as_ref().map_err(TypeError::syntax)?;
        let found = checker.infer(node);
        if let (None, Some(Type::Word(word))) = (checker.errors.first(), &found) {
            checker.known_word(word, &node.span);
        }
        match (checker.errors.into_iter().next(), found) {
            (None, Some(found)) => Ok(found),
            (Some(error), _) => Err(error),
            (None, None) => Err(TypeError::new("V02", &node.span, format!("\"{}\" has no type", self.source))),
        }
    }
}

impl Effect {
    /// Whether it makes sense in `story`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn type_check(&self, story: &Story) -> Result<(), TypeError> {
        Scope::new(story).check_effect(self).into_iter().next().map_or(Ok(()), Err)
    }
}

/// Walks one expression and collects what is wrong. `None` for a type means that an error has been reported.
struct Checker<'a> {
    scope: &'a Scope<'a>,
    source: &'a str,
    errors: Vec<TypeError>,
}

impl<'a> Checker<'a> {
    fn new(scope: &'a Scope<'a>, source: &'a str) -> Self {
        Self { scope, source, errors: Vec::new() }
    }

    fn report(&mut self, code: &'static str, span: &Range<usize>, message: String, help: Option<String>) {
        self.errors.push(TypeError::new(code, span, message).maybe_help(help));
    }

    fn infer(&mut self, node: &Node) -> Option<Type> {
        match &node.kind {
            Kind::Int(_) => Some(Type::Int),
            Kind::Bool(_) => Some(Type::Bool),
            Kind::Text(text) => Some(Type::Word(text.clone())),
            Kind::Name(name) => Some(match self.scope.story.vars.get(name) {
                Some(VarDecl::Int { .. }) => Type::Int,
                Some(VarDecl::Bool { .. }) => Type::Bool,
                Some(VarDecl::Enum { .. }) => Type::Enum(name.clone()),
                None => Type::Word(name.clone()),
            }),
            Kind::Not(inner) => {
                self.expect(inner, &Type::Bool);
                Some(Type::Bool)
            }
            Kind::Neg(inner) => {
                self.expect(inner, &Type::Int);
                Some(Type::Int)
            }
            Kind::Sum(first, rest) => {
                self.expect(first, &Type::Int);
                rest.iter().for_each(|(_, part)| self.expect(part, &Type::Int));
                Some(Type::Int)
            }
            Kind::All(parts) | Kind::Any(parts) => {
                parts.iter().for_each(|part| self.expect(part, &Type::Bool));
                Some(Type::Bool)
            }
            Kind::Compare(comparison, left, right) => {
                self.compare(*comparison, left, right, &node.span);
                Some(Type::Bool)
            }
            Kind::Call { name, args } => self.call(name, args, &node.span),
        }
    }

    fn expect(&mut self, node: &Node, wanted: &Type) {
        match self.infer(node) {
            // Every word is a text.
            Some(Type::Word(_) | Type::Enum(_)) if *wanted == Type::Text => {}
            Some(Type::Word(word)) if matches!(node.kind, Kind::Name(_)) && !self.is_enum_word(&word) => {
                self.unknown_name(&word, &node.span);
            }
            Some(found) if found != *wanted => {
                let help = match (wanted, &found, &node.kind) {
                    (Type::Bool, Type::Int, Kind::Name(name)) => Some(format!("compare it: \"{name} >= 1\"")),
                    (Type::Bool, Type::Enum(_), Kind::Name(name)) => Some(format!("compare it: \"{name} == ..\"")),
                    _ => None,
                };
                let message = format!(
                    "\"{}\": '{node}' is {}, but {} is needed here",
                    self.source,
                    found.describe(),
                    wanted.describe()
                );
                self.report("V02", &node.span, message, help);
            }
            _ => {}
        }
    }

    fn compare(&mut self, comparison: Comparison, left: &Node, right: &Node, span: &Range<usize>) {
        let (Some(left_type), Some(right_type)) = (self.infer(left), self.infer(right)) else { return };
        match (&left_type, &right_type) {
            (Type::Enum(variable), Type::Word(word)) => self.word_of(word, variable, right),
            (Type::Word(word), Type::Enum(variable)) => self.word_of(word, variable, left),
            (Type::Word(_), Type::Text)
            | (Type::Text, Type::Word(_) | Type::Text | Type::Enum(_))
            | (Type::Enum(_), Type::Enum(_) | Type::Text)
            | (Type::Bool, Type::Bool) => {}
            // A bare word beside anything else is most likely a misspelt variable.
            (Type::Word(word), _) if matches!(left.kind, Kind::Name(_)) && !self.is_enum_word(word) => {
                return self.unknown_name(word, &left.span);
            }
            (_, Type::Word(word)) if matches!(right.kind, Kind::Name(_)) && !self.is_enum_word(word) => {
                return self.unknown_name(word, &right.span);
            }
            (Type::Int, Type::Int) => return,
            _ => {
                let message = format!(
                    "\"{}\": {} cannot be compared with {}",
                    self.source,
                    left_type.describe(),
                    right_type.describe()
                );
                return self.report("V02", span, message, None);
            }
        }
        if comparison.orders() {
            let what = match (&left_type, &right_type) {
                (Type::Bool, _) => "true and false",
                (Type::Enum(_), _) | (_, Type::Enum(_)) => "an enum",
                _ => "a text",
            };
            let message = format!("\"{}\": {what} can be compared only with == and !=", self.source);
            let help = Some(format!("write \"{left} == {right}\" or \"{left} != {right}\""));
            self.report("V02", span, message, help);
        }
    }

    /// Reports a word that `variable` cannot be.
    fn word_of(&mut self, word: &str, variable: &str, node: &Node) {
        let Some(VarDecl::Enum { of, .. }) = self.scope.story.vars.get(variable) else { return };
        if of.iter().any(|value| value == word) {
            return;
        }
        let known = self.is_enum_word(word) || matches!(node.kind, Kind::Text(_));
        let help = did_you_mean(word, of.iter().map(String::as_str))
            .unwrap_or_else(|| format!("'{variable}' can be {}", list(of)));
        let (code, message) = if known {
            ("V02", format!("'{word}' is not a value of '{variable}'"))
        } else {
            ("V01", format!("'{word}' in \"{}\" is not a variable, a value of '{variable}' or a number", self.source))
        };
        self.report(code, &node.span, message, Some(help));
    }

    fn call(&mut self, name: &str, args: &[Node], span: &Range<usize>) -> Option<Type> {
        let story = self.scope.story;
        match name {
            "visited" | "visits" => self.id_argument(name, args, span, "beat"),
            "seen" => self.id_argument(name, args, span, "line"),
            _ => {
                let Some(host) = story.host.get(name) else {
                    let help = did_you_mean(name, story.host.ids().chain(["visited", "visits", "seen"]))
                        .unwrap_or_else(|| format!("add it: host: {{ \"{name}\": (args: [], ret: Bool) }}"));
                    self.report("V05", span, format!("host function '{name}' is not declared in host:"), Some(help));
                    return None;
                };
                if host.args.len() != args.len() {
                    let message = format!(
                        "\"{}\": '{name}' takes {} arguments, not {}",
                        self.source,
                        host.args.len(),
                        args.len()
                    );
                    self.report("V02", span, message, None);
                } else {
                    for (arg, wanted) in args.iter().zip(&host.args) {
                        self.expect(arg, &Type::from(*wanted));
                    }
                }
                return Some(Type::from(host.ret));
            }
        }
        Some(if name == "visits" { Type::Int } else { Type::Bool })
    }

    fn id_argument(&mut self, name: &str, args: &[Node], span: &Range<usize>, what: &str) {
        let [Node { kind: Kind::Name(id) | Kind::Text(id), span: place }] = args else {
            let message = format!("\"{}\": '{name}' takes the id of one {what}", self.source);
            return self.report("V02", span, message, Some(format!("write {name}('{what}_id')")));
        };
        let (found, help) = if what == "beat" {
            (self.scope.story.beats.contains(id), did_you_mean(id, self.scope.story.beats.ids()))
        } else {
            let found = self.scope.lines.contains(id.as_str());
            (found, did_you_mean(id, self.scope.lines.iter().copied()))
        };
        if !found {
            let message = format!("{name}({id}) asks about '{id}', which is no {what}; it would never be true");
            self.report("V08", place, message, help);
        }
    }

    fn effect(&mut self, variable: &str, span: &Range<usize>, op: EffectOp, value: &Node) {
        match self.declared(variable, span) {
            None => {}
            Some(VarDecl::Int { .. }) => self.expect(value, &Type::Int),
            Some(_) if op != EffectOp::Set => {
                let message =
                    format!("\"{}\": `{}` changes numbers, and '{variable}' is none", self.source, op.symbol());
                self.report("V02", span, message, Some(format!("write \"{variable} = ..\"")));
            }
            Some(VarDecl::Bool { .. }) => self.expect(value, &Type::Bool),
            Some(VarDecl::Enum { of, .. }) => match self.infer(value) {
                Some(Type::Word(word)) => self.word_of(&word, variable, value),
                Some(Type::Enum(other)) => {
                    if let Some(VarDecl::Enum { of: others, .. }) = self.scope.story.vars.get(&other)
                        && let Some(word) = others.iter().find(|word| !of.contains(word))
                    {
                        let message = format!(
                            "\"{}\": '{other}' can be '{word}', which is not a value of '{variable}'",
                            self.source
                        );
                        self.report("V02", &value.span, message, None);
                    }
                }
                Some(found) => {
                    let message = format!("\"{}\": '{variable}' cannot be {}", self.source, found.describe());
                    self.report("V02", &value.span, message, Some(format!("'{variable}' can be {}", list(of))));
                }
                None => {}
            },
        }
    }

    /// The declaration of a variable that is to change; reports one that is missing.
    fn declared(&mut self, variable: &str, span: &Range<usize>) -> Option<&'a VarDecl> {
        let found = self.scope.story.vars.get(variable);
        if found.is_none() {
            let message = format!("'{variable}' in \"{}\" is not a variable", self.source);
            let help = did_you_mean(variable, self.scope.story.vars.ids())
                .unwrap_or_else(|| format!("add it: vars: {{ \"{variable}\": Int(init: 0, min: 0, max: 3) }}"));
            self.report("V01", span, message, Some(help));
        }
        found
    }

    fn known_word(&mut self, word: &str, span: &Range<usize>) {
        if !self.is_enum_word(word) {
            self.unknown_name(word, span);
        }
    }

    fn unknown_name(&mut self, name: &str, span: &Range<usize>) {
        let story = self.scope.story;
        let words = story.vars.iter().flat_map(|(_, decl)| match decl {
            VarDecl::Enum { of, .. } => of.as_slice(),
            VarDecl::Int { .. } | VarDecl::Bool { .. } => &[],
        });
        let help = if story.host.contains(name) {
            Some(format!("'{name}' is a host function: write {name}()"))
        } else {
            did_you_mean(name, story.vars.ids().chain(words.map(String::as_str)))
        };
        let message = format!("'{name}' in \"{}\" is not a variable, an enum value or a number", self.source);
        self.errors.push(match help {
            Some(help) => TypeError::new("V01", span, message).help(help),
            None => TypeError::new("V01", span, message).help("declare it in vars:, or mend its name"),
        });
    }

    fn is_enum_word(&self, word: &str) -> bool {
        self.scope
            .story
            .vars
            .iter()
            .any(|(_, decl)| matches!(decl, VarDecl::Enum { of, .. } if of.iter().any(|value| value == word)))
    }
}

fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}
