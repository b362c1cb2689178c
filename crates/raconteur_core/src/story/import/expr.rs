//! Expressions of Yarn, Harlowe and `SugarCube` as one tree.

/// How deep an expression may be nested; deeper ones are reported and not taken. Well below
/// [`MAX_DEPTH`](crate::story::expr::MAX_DEPTH), because an import may wrap them once more.
const DEEPEST: usize = 40;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum E {
    Int(i64),
    Bool(bool),
    Text(String),
    Var(String),
    Call(String, Vec<E>),
    Not(Box<E>),
    All(Vec<E>),
    Any(Vec<E>),
    Compare(Comparison, Box<E>, Box<E>),
    /// Terms, each added or (`true`) taken away.
    Sum(Vec<(bool, E)>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
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
}

impl E {
    /// The opposite of it.
    pub fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Bool(value) => Self::Bool(!value),
            other => Self::Not(Box::new(other)),
        }
    }

    /// All of them; none is `None`.
    pub fn all(parts: Vec<Self>) -> Option<Self> {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() > 1 { Some(Self::All(flat)) } else { flat.pop() }
    }

    /// Calls `visit` on this and all below it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Int(_) | Self::Bool(_) | Self::Text(_) | Self::Var(_) => {}
            Self::Not(inner) => inner.walk(visit),
            Self::Call(_, parts) | Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.walk(visit));
            }
            Self::Compare(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Sum(parts) => parts.iter().for_each(|(_, part)| part.walk(visit)),
        }
    }

    /// Whether it reads one of these variables.
    pub fn reads(&self, names: &[&str]) -> bool {
        let mut found = false;
        self.walk(&mut |part| found |= matches!(part, Self::Var(name) if names.contains(&name.as_str())));
        found
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Int(i64),
    Text(String),
    Var(String),
    Word(String),
    Sign(&'static str),
}

/// Longest first.
const SIGNS: [&str; 22] = [
    "===", "!==", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&&", "||", "<", ">", "=", "+", "-", "(", ")",
    ",", "!",
];

/// Why an expression is not taken; a piece of a sentence.
pub type Reason = String;

fn tokens(text: &str) -> Result<Vec<Token>, Reason> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if first.is_ascii_digit() {
            let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number = &rest[..length];
            let whole = number.split('.').next().unwrap_or(number);
            if number.trim_end_matches('.').contains('.') && !number.ends_with(".0") {
                return Err(format!("{number} is no whole number"));
            }
            found.push(Token::Int(whole.parse().map_err(|_| format!("{number} is too large"))?));
            length
        } else if first == '"' || first == '\'' {
            let mut text = String::new();
            let mut chars = rest.char_indices().skip(1);
            let mut end = None;
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
                    c if c == first => {
                        end = Some(at + 1);
                        break;
                    }
                    c => text.push(c),
                }
            }
            found.push(Token::Text(text));
            end.ok_or("a text in it is never closed")?
        } else if first == '$' || first == '_' || first.is_alphabetic() {
            let start = usize::from(first == '$');
            let name = &rest[start..];
            let length = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(name.len());
            // Only Harlowe has names with a dash, and only between letters; elsewhere it takes away.
            let dash = name[..length].find('-').filter(|_| first == '$').unwrap_or(length);
            let word = &name[..dash];
            if !is_name(word) {
                return Err("a variable without a name that can be read".to_owned());
            }
            let is_var = first == '$' || (first == '_' && word.len() > 1);
            found.push(if is_var { Token::Var(word.to_owned()) } else { Token::Word(word.to_owned()) });
            start + dash
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            sign.len()
        } else {
            return Err(match first {
                '*' | '/' | '%' => format!("'{first}': only + and - change a number"),
                '.' | '[' => "parts of a value".to_owned(),
                _ => format!("'{first}'"),
            });
        };
        rest = &rest[length..];
    }
    Ok(found)
}

/// Reads a condition or a value. `it` is the variable that Harlowe's `it` stands for.
pub fn parse(text: &str, it: Option<&str>) -> Result<E, Reason> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0, it };
    if parser.tokens.is_empty() {
        return Err("nothing stands there".to_owned());
    }
    let found = parser.any()?;
    if parser.next < parser.tokens.len() {
        return Err(format!("more than one value in \"{}\"", super::quote(text)));
    }
    Ok(found)
}

/// How a variable is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Set,
    Add,
    Subtract,
}

/// Reads `$name to 5`, `$name = 5`, `$name += 1`, `$name++`, `5 into $name`.
pub fn assignment(text: &str) -> Result<(String, Change, E), Reason> {
    let trimmed = text.trim();
    if let Some((value, target)) = trimmed.rsplit_once(" into ") {
        let name = target.trim().strip_prefix('$').filter(|name| is_name(name)).ok_or("it sets no variable")?;
        return Ok((name.to_owned(), Change::Set, parse(value, Some(name))?));
    }
    let name_end = trimmed
        .char_indices()
        .skip(1)
        .find(|(_, c)| !c.is_alphanumeric() && *c != '_')
        .map_or(trimmed.len(), |(at, _)| at);
    let (target, rest) = trimmed.split_at(name_end);
    let name = target.strip_prefix('$').unwrap_or(target);
    if !is_name(name) || !target.starts_with(['$', '_']) {
        return Err("it sets no variable".to_owned());
    }
    let rest = rest.trim_start();
    for (sign, change) in [("++", Change::Add), ("--", Change::Subtract)] {
        if rest == sign {
            return Ok((name.to_owned(), change, E::Int(1)));
        }
    }
    let signs = [("to ", Change::Set), ("+=", Change::Add), ("-=", Change::Subtract), ("=", Change::Set)];
    let Some((sign, change)) = signs.into_iter().find(|(sign, _)| rest.starts_with(sign)) else {
        return Err("it is no assignment that is known here".to_owned());
    };
    Ok((name.to_owned(), change, parse(&rest[sign.len()..], Some(name))?))
}

/// Whether a name can be a variable here.
pub fn is_name(name: &str) -> bool {
    name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    it: Option<&'a str>,
}

impl Parser<'_> {
    fn take(&mut self, signs: &[&str], words: &[&str]) -> bool {
        let found = match self.tokens.get(self.next) {
            Some(Token::Sign(sign)) => signs.contains(sign),
            Some(Token::Word(word)) => words.contains(&word.to_ascii_lowercase().as_str()),
            _ => false,
        };
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<E, Reason> {
        let mut parts = vec![self.every()?];
        while self.take(&["||"], &["or"]) {
            parts.push(self.every()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { E::Any(parts) })
    }

    fn every(&mut self) -> Result<E, Reason> {
        let mut parts = vec![self.compare()?];
        while self.take(&["&&"], &["and"]) {
            parts.push(self.compare()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { E::All(parts) })
    }

    fn compare(&mut self) -> Result<E, Reason> {
        if self.take(&["!"], &["not"]) {
            return Ok(self.deeper(Self::compare)?.not());
        }
        let left = self.sum()?;
        let comparison = if self.take(&["!=", "!=="], &["neq", "isnot", "ne"]) {
            Comparison::NotEqual
        } else if self.take(&["==", "===", "="], &["eq"]) {
            Comparison::Equal
        } else if self.take(&["<="], &["lte"]) {
            Comparison::LessOrEqual
        } else if self.take(&[">="], &["gte"]) {
            Comparison::GreaterOrEqual
        } else if self.take(&["<"], &["lt"]) {
            Comparison::Less
        } else if self.take(&[">"], &["gt"]) {
            Comparison::Greater
        } else if self.take(&[], &["is"]) {
            if self.take(&[], &["not"]) { Comparison::NotEqual } else { Comparison::Equal }
        } else {
            return Ok(left);
        };
        let right = self.sum()?;
        Ok(E::Compare(comparison, Box::new(left), Box::new(right)))
    }

    fn sum(&mut self) -> Result<E, Reason> {
        let mut minus = self.take(&["-"], &[]);
        let mut terms = vec![(minus, self.atom()?)];
        loop {
            minus = match self.tokens.get(self.next) {
                Some(Token::Sign("+")) => false,
                Some(Token::Sign("-")) => true,
                _ => break,
            };
            self.next += 1;
            terms.push((minus, self.atom()?));
        }
        match terms.as_slice() {
            [(false, _)] => Ok(terms.swap_remove(0).1),
            [(true, E::Int(value))] => Ok(E::Int(value.saturating_neg())),
            _ => Ok(E::Sum(terms)),
        }
    }

    fn atom(&mut self) -> Result<E, Reason> {
        let Some(token) = self.tokens.get(self.next).cloned() else {
            return Err("it ends too early".to_owned());
        };
        self.next += 1;
        match token {
            Token::Int(value) => Ok(E::Int(value)),
            Token::Text(text) => Ok(E::Text(text)),
            Token::Var(name) => Ok(E::Var(name)),
            Token::Sign("(") => {
                let inner = self.deeper(Self::any)?;
                if self.take(&[")"], &[]) { Ok(inner) } else { Err("a parenthesis is never closed".to_owned()) }
            }
            Token::Sign(sign) => Err(format!("'{sign}' where a value should be")),
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "true" => Ok(E::Bool(true)),
                "false" => Ok(E::Bool(false)),
                "it" => self.it.map(|it| E::Var(it.to_owned())).ok_or_else(|| "'it'".to_owned()),
                _ if self.take(&["("], &[]) => {
                    let mut args = Vec::new();
                    if !self.take(&[")"], &[]) {
                        loop {
                            args.push(self.deeper(Self::any)?);
                            if self.take(&[")"], &[]) {
                                break;
                            }
                            if !self.take(&[","], &[]) {
                                return Err(format!("the arguments of {word} are never closed"));
                            }
                        }
                    }
                    Ok(E::Call(word, args))
                }
                _ => Err(format!("'{word}'")),
            },
        }
    }

    fn deeper(&mut self, inner: fn(&mut Self) -> Result<E, Reason>) -> Result<E, Reason> {
        if self.depth == DEEPEST {
            return Err("it is nested too deep".to_owned());
        }
        self.depth += 1;
        let found = inner(self);
        self.depth -= 1;
        found
    }
}
