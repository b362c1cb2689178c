//! From tokens to a tree, by recursive descent with a limit on depth.

use std::ops::Range;

use super::ast::{Comparison, Kind, Node};
use super::effect::EffectOp;
use super::lexer::{Spanned, Token, tokens};
use super::{MAX_DEPTH, SyntaxError};

/// Reads a condition or a value.
pub(super) fn expression(source: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser::new(source)?;
    let node = parser.any()?;
    parser.end()?;
    Ok(node)
}

/// Reads `variable op expression`; the range is the variable's place.
pub(super) fn effect(source: &str) -> Result<(String, Range<usize>, EffectOp, Node), SyntaxError> {
    let mut parser = Parser::new(source)?;
    let (variable, span) = parser.variable()?;
    let op = parser.effect_op()?;
    let node = parser.any()?;
    parser.end()?;
    Ok((variable, span, op, node))
}

/// Reads `variable op low..high`, or `variable op number`.
pub(super) fn range_effect(source: &str) -> Result<(String, Range<usize>, EffectOp, (i64, i64)), SyntaxError> {
    let mut parser = Parser::new(source)?;
    let (variable, span) = parser.variable()?;
    let op = parser.effect_op()?;
    let at = parser.span().start;
    let low = parser.signed()?;
    let high = if parser.take("..") { parser.signed()? } else { low };
    parser.end()?;
    if low > high {
        return Err(SyntaxError::new(at, format!("the range {low}..{high} is empty"))
            .help(format!("write the smaller number first: {high}..{low}")));
    }
    Ok((variable, span, op, (low, high)))
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Spanned>,
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Result<Self, SyntaxError> {
        Ok(Self { source, tokens: tokens(source)?, next: 0, depth: 0 })
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.next].1.clone()
    }

    /// Moves on; the end is never passed.
    fn advance(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(found) if found == word);
        if found {
            self.advance();
        }
        found
    }

    /// From the start of a node to the end of what was read last.
    fn since(&self, start: usize) -> Range<usize> {
        start..self.tokens[self.next.saturating_sub(1)].1.end.max(start)
    }

    /// Runs `inner` one level deeper.
    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Result<Node, SyntaxError>) -> Result<Node, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::new(self.span().start, format!("nested more than {MAX_DEPTH} deep"))
                .help("take some parentheses away, or split the condition over two beats"));
        }
        self.depth += 1;
        let node = inner(self);
        self.depth -= 1;
        node
    }

    fn any(&mut self) -> Result<Node, SyntaxError> {
        self.chain("or", Self::all, Kind::Any)
    }

    fn all(&mut self) -> Result<Node, SyntaxError> {
        self.chain("and", Self::not, Kind::All)
    }

    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Node, SyntaxError>,
        join: fn(Vec<Node>) -> Kind,
    ) -> Result<Node, SyntaxError> {
        let start = self.span().start;
        let first = part(self)?;
        if !matches!(self.peek(), Token::Word(found) if found == word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(part(self)?);
        }
        Ok(Node { kind: join(parts), span: self.since(start) })
    }

    fn not(&mut self) -> Result<Node, SyntaxError> {
        let start = self.span().start;
        if !self.take_word("not") {
            return self.compare();
        }
        let inner = self.deeper(Self::not)?;
        Ok(Node { kind: Kind::Not(Box::new(inner)), span: self.since(start) })
    }

    fn comparison(&self) -> Option<Comparison> {
        let Token::Sign(sign) = self.peek() else { return None };
        Some(match *sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    fn compare(&mut self) -> Result<Node, SyntaxError> {
        let start = self.span().start;
        let left = self.sum()?;
        if matches!(self.peek(), Token::Sign("=")) {
            return Err(SyntaxError::new(self.span().start, "`=` sets a variable; a condition compares")
                .help("write `==` to compare"));
        }
        let Some(comparison) = self.comparison() else { return Ok(left) };
        self.advance();
        let right = self.sum()?;
        if self.comparison().is_some() {
            return Err(SyntaxError::new(self.span().start, "only two values can be compared at a time")
                .help("write `low <= x and x <= high`"));
        }
        Ok(Node { kind: Kind::Compare(comparison, Box::new(left), Box::new(right)), span: self.since(start) })
    }

    fn sum(&mut self) -> Result<Node, SyntaxError> {
        let start = self.span().start;
        let first = self.sign()?;
        let mut rest = Vec::new();
        loop {
            let minus = match self.peek() {
                Token::Sign("+") => false,
                Token::Sign("-") => true,
                _ => break,
            };
            self.advance();
            rest.push((minus, self.sign()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Node { kind: Kind::Sum(Box::new(first), rest), span: self.since(start) })
    }

    /// A part of a sum, with the minus signs before it.
    fn sign(&mut self) -> Result<Node, SyntaxError> {
        let start = self.span().start;
        if !matches!(self.peek(), Token::Sign("-")) {
            return self.primary();
        }
        // The smallest number has no positive counterpart, so a minus and its digits are read as one.
        if matches!(self.tokens.get(self.next + 1), Some((Token::Int(_), _))) {
            let value = self.signed()?;
            return Ok(Node { kind: Kind::Int(value), span: self.since(start) });
        }
        self.advance();
        let inner = self.deeper(Self::sign)?;
        Ok(Node { kind: Kind::Neg(Box::new(inner)), span: self.since(start) })
    }

    /// A number with an optional minus.
    fn signed(&mut self) -> Result<i64, SyntaxError> {
        let start = self.span().start;
        let minus = self.take("-");
        let &Token::Int(digits) = self.peek() else { return Err(self.unexpected("a whole number")) };
        let value = if minus { -i128::from(digits) } else { i128::from(digits) };
        let value = i64::try_from(value).map_err(|_| {
            SyntaxError::new(start, format!("the number {value} is too large"))
                .help("whole numbers reach from -9223372036854775808 to 9223372036854775807")
        })?;
        self.advance();
        Ok(value)
    }

    fn primary(&mut self) -> Result<Node, SyntaxError> {
        let start = self.span().start;
        let kind = match self.peek().clone() {
            Token::Int(_) => Kind::Int(self.signed()?),
            Token::Text(text) => {
                self.advance();
                Kind::Text(text)
            }
            Token::Word(word) if word == "true" || word == "false" => {
                self.advance();
                Kind::Bool(word == "true")
            }
            Token::Word(word) if !is_operator(&word) => {
                self.advance();
                if self.take("(") { Kind::Call { name: word, args: self.arguments()? } } else { Kind::Name(word) }
            }
            Token::Sign("(") => {
                self.advance();
                let inner = self.deeper(Self::any)?;
                if !self.take(")") {
                    return Err(self.unexpected("`)`"));
                }
                return Ok(inner);
            }
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { kind, span: self.since(start) })
    }

    fn arguments(&mut self) -> Result<Vec<Node>, SyntaxError> {
        let mut args = Vec::new();
        while !self.take(")") {
            args.push(self.deeper(Self::any)?);
            if !self.take(",") && !matches!(self.peek(), Token::Sign(")")) {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(args)
    }

    fn variable(&mut self) -> Result<(String, Range<usize>), SyntaxError> {
        match self.peek().clone() {
            Token::Word(word) if !is_operator(&word) && word != "true" && word != "false" => {
                let span = self.span();
                self.advance();
                Ok((word, span))
            }
            _ => {
                Err(self.unexpected("the variable to change").help("an effect is \"clues += 1\" or \"suspect = odo\""))
            }
        }
    }

    fn effect_op(&mut self) -> Result<EffectOp, SyntaxError> {
        let op = match self.peek() {
            Token::Sign("=") => EffectOp::Set,
            Token::Sign("+=") => EffectOp::Add,
            Token::Sign("-=") => EffectOp::Subtract,
            Token::Sign("==") => {
                return Err(SyntaxError::new(self.span().start, "`==` compares; an effect sets").help("write `=`"));
            }
            _ => return Err(self.unexpected("`=`, `+=` or `-=`")),
        };
        self.advance();
        Ok(op)
    }

    fn end(&self) -> Result<(), SyntaxError> {
        match self.peek() {
            Token::End => Ok(()),
            Token::Sign("=" | "+=" | "-=") => Err(self.unexpected("the end").help("an effect goes into `then`")),
            _ => Err(self.unexpected("`and`, `or`, a comparison or the end")),
        }
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        let span = self.span();
        let message = match self.peek() {
            Token::End if self.tokens.len() == 1 => format!("expected {wanted}, but there is nothing"),
            Token::End => format!("expected {wanted}, but the expression ends"),
            _ => format!("expected {wanted}, found `{}`", &self.source[span.clone()]),
        };
        SyntaxError::new(span.start, message)
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "and" | "or" | "not")
}
