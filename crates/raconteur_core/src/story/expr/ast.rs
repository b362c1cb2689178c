//! The tree of an expression, and how it is printed.
//!
//! Chains are flat (`a and b and c` is one node with three parts), so that the depth of a tree is the nesting that the
//! writer wrote and [`MAX_DEPTH`](super::MAX_DEPTH) bounds every recursion over it.

use std::fmt;
use std::ops::Range;

/// A part of an expression, with its place in the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Bytes of the expression's source that it covers.
    pub span: Range<usize>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A whole number.
    Int(i64),
    /// `true` or `false`.
    Bool(bool),
    /// A variable, else a word.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// `visited`, `visits`, `seen` or a host function.
    Call {
        /// Name of the function.
        name: String,
        /// Arguments in order.
        args: Vec<Node>,
    },
    /// The opposite.
    Not(Box<Node>),
    /// The negative.
    Neg(Box<Node>),
    /// The first, then what is added (`false`) or taken away (`true`).
    Sum(Box<Node>, Vec<(bool, Node)>),
    /// A comparison.
    Compare(Comparison, Box<Node>, Box<Node>),
    /// True when all parts are: `and`.
    All(Vec<Node>),
    /// True when some part is: `or`.
    Any(Vec<Node>),
}

/// The comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether only order can tell: anything but `==` and `!=`.
    #[must_use]
    pub fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl Node {
    /// Calls `visit` on this node and all below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        visit(self);
        match &self.kind {
            Kind::Int(_) | Kind::Bool(_) | Kind::Name(_) | Kind::Text(_) => {}
            Kind::Not(inner) | Kind::Neg(inner) => inner.walk(visit),
            Kind::Compare(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Kind::Sum(first, rest) => {
                first.walk(visit);
                rest.iter().for_each(|(_, node)| node.walk(visit));
            }
            Kind::Call { args: parts, .. } | Kind::All(parts) | Kind::Any(parts) => {
                parts.iter().for_each(|node| node.walk(visit));
            }
        }
    }

    /// How tightly it binds; a part that binds looser than its place needs parentheses.
    fn binding(&self) -> u8 {
        match self.kind {
            Kind::Any(_) => 1,
            Kind::All(_) => 2,
            Kind::Not(_) => 3,
            Kind::Compare(..) => 4,
            Kind::Sum(..) => 5,
            Kind::Int(value) if value < 0 => 6,
            Kind::Neg(_) => 6,
            Kind::Int(_) | Kind::Bool(_) | Kind::Name(_) | Kind::Text(_) | Kind::Call { .. } => 7,
        }
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, at_least: u8) -> fmt::Result {
        if self.binding() < at_least {
            f.write_str("(")?;
            self.print(f, 0)?;
            return f.write_str(")");
        }
        match &self.kind {
            Kind::Int(value) => write!(f, "{value}"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Name(name) => f.write_str(name),
            // A text holds at most one of the two quotes, because there are no escapes.
            Kind::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Kind::Text(text) => write!(f, "\"{text}\""),
            Kind::Call { name, args } => {
                write!(f, "{name}(")?;
                print_list(f, args, ", ", 0)?;
                f.write_str(")")
            }
            Kind::Not(inner) => {
                f.write_str("not ")?;
                inner.print(f, 3)
            }
            Kind::Neg(inner) => {
                f.write_str("-")?;
                inner.print(f, 6)
            }
            Kind::Sum(first, rest) => {
                first.print(f, 6)?;
                for (minus, node) in rest {
                    f.write_str(if *minus { " - " } else { " + " })?;
                    node.print(f, 6)?;
                }
                Ok(())
            }
            Kind::Compare(comparison, left, right) => {
                left.print(f, 5)?;
                write!(f, " {} ", comparison.symbol())?;
                right.print(f, 5)
            }
            Kind::All(parts) => print_list(f, parts, " and ", 3),
            Kind::Any(parts) => print_list(f, parts, " or ", 2),
        }
    }
}

fn print_list(f: &mut fmt::Formatter<'_>, nodes: &[Node], between: &str, at_least: u8) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        node.print(f, at_least)?;
    }
    Ok(())
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, 0)
    }
}
