//! Splits the text of an expression into words, numbers and signs.

use std::ops::Range;

use super::SyntaxError;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Digits; the sign is the parser's matter.
    Int(u64),
    /// A name or a keyword.
    Word(String),
    /// A text between quotes, without them.
    Text(String),
    /// Anything else that is known.
    Sign(&'static str),
    /// There is no more.
    End,
}

/// A token and the bytes it covers.
pub(super) type Spanned = (Token, Range<usize>);

/// Longest first, because `<` is a beginning of `<=`.
const SIGNS: [&str; 15] = ["==", "!=", "<=", ">=", "+=", "-=", "..", "<", ">", "=", "+", "-", "(", ")", ","];

/// Signs of other languages, and what to write here instead.
const FOREIGN: [(&str, &str); 8] = [
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("!", "write `not` before what is denied, or `!=` between two values"),
    ("&", "write `and`"),
    ("|", "write `or`"),
    ("*", "there is no multiplication; only + and - change a number"),
    ("/", "there is no division; only + and - change a number"),
    (";", "write one effect a string: [\"clues += 1\", \"suspect = odo\"]"),
];

/// All tokens of `source`; the last is [`Token::End`].
pub(super) fn tokens(source: &str) -> Result<Vec<Spanned>, SyntaxError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() {
            let digits = length_while(rest, |c| c.is_ascii_digit());
            let value = rest[..digits].parse().map_err(|_| {
                SyntaxError::new(at, format!("the number {} is too large", &rest[..digits]))
                    .help("whole numbers reach to 9223372036854775807")
            })?;
            found.push((Token::Int(value), at..at + digits));
            digits
        } else if first.is_alphabetic() || first == '_' {
            let letters = length_while(rest, |c| c.is_alphanumeric() || c == '_');
            found.push((Token::Word(rest[..letters].to_owned()), at..at + letters));
            letters
        } else if first == '"' || first == '\'' {
            let Some(inside) = rest[1..].find(first) else {
                return Err(SyntaxError::new(at, format!("this {first} is never closed"))
                    .help("close the text with the same quote"));
            };
            found.push((Token::Text(rest[1..=inside].to_owned()), at..at + inside + 2));
            inside + 2
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push((Token::Sign(sign), at..at + sign.len()));
            sign.len()
        } else if let Some((sign, help)) = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign)) {
            return Err(SyntaxError::new(at, format!("`{sign}` means nothing here")).help(*help));
        } else {
            return Err(SyntaxError::new(at, format!("the character {first:?} means nothing here")));
        };
        at += length;
    }
    found.push((Token::End, source.len()..source.len()));
    Ok(found)
}

fn length_while(text: &str, keep: impl Fn(char) -> bool) -> usize {
    text.find(|c| !keep(c)).unwrap_or(text.len())
}
