//! Where things stand: a tree of places over the text of a RON file.
//!
//! serde gives no places for what has been read, so the text is scanned once more, for its brackets, keys and texts
//! only. The scan judges nothing and works on broken text too; what it cannot make sense of it passes over.

use std::ops::Range;

/// A piece of RON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Bytes it covers.
    pub span: Range<usize>,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `(`, `[` or `{`.
    Open(char),
    /// `)`, `]` or `}`.
    Close(char),
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// A text with its quotes, raw ones included.
    Text,
    /// A name, a number, a sign.
    Atom,
}

/// All tokens of a RON text; comments and white space are left out.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, block_comment(rest)),
            '(' | '[' | '{' => (Some(TokenKind::Open(first)), 1),
            ')' | ']' | '}' => (Some(TokenKind::Close(first)), 1),
            ',' => (Some(TokenKind::Comma), 1),
            ':' => (Some(TokenKind::Colon), 1),
            '\'' => (Some(TokenKind::Atom), character(rest)),
            _ => match text_length(rest) {
                Some(length) => (Some(TokenKind::Text), length),
                None => {
                    let atom = rest.find(|c: char| c.is_whitespace() || "()[]{},:\"'/".contains(c));
                    (Some(TokenKind::Atom), atom.unwrap_or(rest.len()).max(first.len_utf8()))
                }
            },
        };
        if let Some(kind) = kind {
            found.push(Token { kind, span: at..at + length });
        }
        at += length;
    }
    found
}

/// Length of a `/* .. */`, which may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    let bytes = rest.as_bytes();
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Length of a character in quotes, or of the lone quote.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    if let Some((_, '\\')) = chars.next() {
        chars.next();
    }
    match chars.next() {
        Some((at, '\'')) => at + 1,
        _ => 1,
    }
}

/// Length of the text that `rest` begins with, quotes and prefix included; `None` when it begins with something else.
fn text_length(rest: &str) -> Option<usize> {
    let (prefix, raw) = prefix(rest)?;
    if raw {
        let hashes = rest[..prefix].matches('#').count();
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(rest[prefix..].find(&close).map_or(rest.len(), |end| prefix + end + close.len()));
    }
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip_while(|(at, _)| *at < prefix) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// Bytes up to and with the opening quote, and whether the text is raw.
fn prefix(rest: &str) -> Option<(usize, bool)> {
    let after_bytes = rest.strip_prefix('b').unwrap_or(rest);
    let (body, raw) = after_bytes.strip_prefix('r').map_or((after_bytes, false), |body| (body, true));
    let quote = if raw { body.trim_start_matches('#') } else { body };
    quote.starts_with('"').then(|| (rest.len() - quote.len() + 1, raw))
}

/// A value of a RON file and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Bytes of the value.
    pub span: Range<usize>,
    /// Fields of a struct or entries of a map, in order.
    pub fields: Vec<Field>,
    /// Items of a list or a tuple, in order.
    pub items: Vec<Tree>,
}

/// A field or an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The key as it is written, without quotes.
    pub key: String,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// Its value.
    pub value: Tree,
}

/// Deeper than any story, and shallow enough for the smallest stack. RON itself stops at 128.
const MAX_DEPTH: usize = 160;

impl Tree {
    /// Scans a RON text.
    #[must_use]
    pub fn scan(text: &str) -> Self {
        let mut scanner = Scanner { text, tokens: tokens(text), next: 0 };
        scanner.skip_attributes();
        scanner.value(0)
    }

    /// A field by its name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key.trim_start_matches("r#") == name)
    }
}

struct Scanner<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
}

impl Scanner<'_> {
    fn kind(&self, ahead: usize) -> Option<TokenKind> {
        self.tokens.get(self.next + ahead).map(|token| token.kind)
    }

    fn end(&self) -> usize {
        self.next.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.span.end)
    }

    /// `#![enable(..)]` before the value.
    fn skip_attributes(&mut self) {
        while self.tokens.get(self.next).is_some_and(|token| self.text[token.span.clone()].starts_with('#')) {
            self.next += 1;
            self.value(0);
        }
    }

    /// Reads a value, and always goes on by a token if there is one.
    fn value(&mut self, depth: usize) -> Tree {
        let start = self.tokens.get(self.next).map_or(self.text.len(), |token| token.span.start);
        let mut tree = Tree { span: start..start, fields: Vec::new(), items: Vec::new() };
        // A name before a bracket belongs to the value; so do the parts of a number such as `- 1`.
        while matches!(self.kind(0), Some(TokenKind::Atom | TokenKind::Text)) {
            self.next += 1;
        }
        if let Some(TokenKind::Open(_)) = self.kind(0) {
            self.next += 1;
            self.content(&mut tree, depth + 1);
        } else if self.end() <= start && self.next < self.tokens.len() {
            self.next += 1;
        }
        tree.span.end = self.end().max(start);
        // `Some(x)` stands for `x`.
        if tree.fields.is_empty() && tree.items.len() == 1 && self.text[start..].starts_with("Some") {
            tree.items.swap_remove(0)
        } else {
            tree
        }
    }

    /// What stands between brackets, with the closing one.
    fn content(&mut self, tree: &mut Tree, depth: usize) {
        loop {
            match (self.kind(0), self.kind(1)) {
                (None, _) => return,
                (Some(TokenKind::Close(_)), _) => {
                    self.next += 1;
                    return;
                }
                (Some(TokenKind::Comma | TokenKind::Colon), _) => self.next += 1,
                _ if depth > MAX_DEPTH => self.next += 1,
                (Some(TokenKind::Atom | TokenKind::Text), Some(TokenKind::Colon)) => {
                    let key_span = self.tokens[self.next].span.clone();
                    self.next += 2;
                    let key = self.text[key_span.clone()].trim_matches('"').to_owned();
                    let value = self.value(depth);
                    tree.fields.push(Field { key, key_span, value });
                }
                _ => {
                    let item = self.value(depth);
                    tree.items.push(item);
                }
            }
        }
    }
}

/// Where byte `at` of the content of a text literal stands, if that can be said: escapes move everything behind them.
#[must_use]
pub fn inside_text(literal: &str, at: usize) -> Option<usize> {
    let (prefix, raw) = prefix(literal)?;
    let content = &literal[prefix..];
    let exact = raw || !content.as_bytes().iter().take(at + 1).any(|&byte| byte == b'\\');
    (exact && at < content.len()).then_some(prefix + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_fields_items_and_texts() {
        let text =
            "#![enable(implicit_some)]\nStory( // (\n id: \"a(\\\"b\", m: {\"x\": (v: [1, -2]), \"x\": r#\"q\"q\"#},)";
        let tree = Tree::scan(text);
        let at = |span: &Range<usize>| &text[span.clone()];
        assert_eq!(at(&tree.field("id").expect("a field").value.span), "\"a(\\\"b\"");
        let map = &tree.field("m").expect("a field").value;
        assert_eq!(map.fields.iter().map(|field| field.key.as_str()).collect::<Vec<_>>(), ["x", "x"]);
        assert_eq!(at(&map.fields[0].value.field("v").expect("a field").value.items[1].span), "-2");
        assert_eq!(at(&map.fields[1].value.span), "r#\"q\"q\"#");
    }

    #[test]
    fn looks_through_some() {
        let text = "(a: Some(\"x\"), b: Some((c: 1)))";
        let tree = Tree::scan(text);
        assert_eq!(&text[tree.field("a").expect("a field").value.span.clone()], "\"x\"");
        assert!(tree.field("b").expect("a field").value.field("c").is_some());
    }

    #[test]
    fn knows_where_the_content_of_a_text_stands() {
        assert_eq!(inside_text("\"abc\"", 1), Some(2));
        assert_eq!(inside_text("r#\"abc\"#", 1), Some(4));
        assert_eq!(inside_text(r#""a\nb""#, 3), None);
    }
}
