//! Macros of Harlowe, `(if: $x)[..]`, and of `SugarCube`, `<<if $x>>..<</if>>`.

use super::{DEEPEST, Scanner, Until, Words};
use crate::story::import::draft::{Opt, Stmt};
use crate::story::import::expr::E;

/// A macro that has been found.
pub struct Call<'a> {
    /// Its name in small letters, without dashes; `/if` for `<</if>>`.
    pub name: String,
    /// What stands behind the name.
    pub args: &'a str,
    /// All of it.
    pub whole: &'a str,
    /// Bytes of it.
    pub length: usize,
}

impl Call<'_> {
    /// Whether it belongs to a macro that began before it.
    pub fn ends_something(&self) -> bool {
        matches!(self.name.as_str(), "else" | "elseif") || self.name.starts_with('/')
    }
}

/// Harlowe macros that are also looked for where the file does not say which story format it is for.
const COMMON: [&str; 14] = [
    "set",
    "put",
    "if",
    "unless",
    "elseif",
    "else",
    "goto",
    "link",
    "linkgoto",
    "linkreveal",
    "print",
    "display",
    "either",
    "random",
];

/// The end of what begins at the start of `text`, quotes passed over.
fn end_of(text: &str, open: Option<char>, close: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' && text[..at].ends_with([' ', '(', ':', ',', '=']) => quote = Some(c),
            None if depth <= 1 && text[at..].starts_with(close) && (open.is_none() || depth == 1) => {
                return Some(at + close.len());
            }
            None if Some(c) == open => depth += 1,
            None if open.is_some() && text[at..].starts_with(close) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `(name: args)` at the start of `text`; any name if `all`, else only common ones.
pub fn harlowe(text: &str, all: bool) -> Option<Call<'_>> {
    let inside = text.strip_prefix('(')?;
    let colon = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')?;
    if colon == 0 || !inside[colon..].starts_with(':') {
        return None;
    }
    let name = inside[..colon].to_ascii_lowercase().replace(['-', '_'], "");
    if !all && !COMMON.contains(&name.as_str()) {
        return None;
    }
    let length = end_of(text, Some('('), ")")?;
    Some(Call { name, args: text[colon + 2..length - 1].trim(), whole: &text[..length], length })
}

/// `<<name args>>` at the start of `text`.
pub fn sugarcube(text: &str) -> Option<Call<'_>> {
    let length = end_of(text, None, ">>")?;
    let inside = text[2..length - 2].trim();
    let name_end = inside.find(|c: char| c.is_whitespace()).unwrap_or(inside.len());
    let (name, args) = inside.split_at(name_end);
    Some(Call { name: name.to_ascii_lowercase(), args: args.trim(), whole: &text[..length], length })
}

/// Splits at commas that stand in no quotes and no parentheses.
fn list(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut quote, mut from) = (0_i32, None, 0);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, ',') if depth == 0 => {
                found.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[from..].trim());
    found.retain(|item| !item.is_empty());
    found
}

/// A text in quotes, without them.
fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim();
    let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    text[1..].strip_suffix(quote).filter(|inside| !inside.contains(quote))
}

impl Scanner<'_, '_> {
    /// A macro of Harlowe, which has been passed.
    pub(super) fn harlowe(&mut self, call: &Call<'_>, words: &mut Words, found: &mut Vec<Stmt>) {
        match call.name.as_str() {
            "set" | "put" => {
                for assignment in list(call.args) {
                    self.set(assignment, call.whole, found);
                }
            }
            "if" | "unless" if self.rest().trim_start().starts_with('[') && self.depth < DEEPEST => {
                words.take(found);
                self.hooks(call, found);
            }
            "goto" => match unquoted(call.args) {
                Some(to) => {
                    words.take(found);
                    found.push(Stmt::Jump { line: self.line(), to: to.to_owned() });
                }
                None => self.lose(call.whole, "a jump to a computed passage", found),
            },
            "linkgoto" => {
                let texts: Vec<Option<&str>> = list(call.args).into_iter().map(unquoted).collect();
                match texts.as_slice() {
                    [Some(text), Some(to)] => self.offer(text, to, words, found),
                    [Some(to)] => self.offer(to, to, words, found),
                    _ => self.lose(call.whole, "a link to a computed passage", found),
                }
            }
            _ => {
                self.lose(call.whole, "a macro that has no counterpart", found);
                // The words of its hook stay.
                if self.rest().starts_with('[') && !self.rest().starts_with("[[") && self.depth < DEEPEST {
                    words.take(found);
                    let mut hook = self.hook();
                    found.append(&mut hook);
                }
            }
        }
    }

    fn offer(&mut self, text: &str, to: &str, words: &mut Words, found: &mut Vec<Stmt>) {
        let line = self.line();
        words.link(text, line);
        let body = vec![Stmt::Jump { line, to: to.to_owned() }];
        found.push(Stmt::Options(vec![Opt { line, text: text.to_owned(), body, ..Opt::default() }]));
    }

    /// A hook, `[..]`, white space before it passed.
    fn hook(&mut self) -> Vec<Stmt> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        self.at += 1;
        self.depth += 1;
        let found = self.sequence(Until::Hook);
        self.depth -= 1;
        found
    }

    /// `(if: ..)[..](else-if: ..)[..](else:)[..]`, the first macro passed.
    fn hooks(&mut self, call: &Call<'_>, found: &mut Vec<Stmt>) {
        let line = self.line();
        let condition = self.condition(call.args);
        let mut when = Some(if call.name == "unless" { condition.not() } else { condition });
        let mut arms: Vec<(Option<E>, Vec<Stmt>)> = Vec::new();
        loop {
            let last = when.is_none();
            let body = self.hook();
            arms.push((when, body));
            let space = self.rest().len() - self.rest().trim_start().len();
            let next =
                harlowe(&self.rest()[space..], false).filter(|next| matches!(next.name.as_str(), "else" | "elseif"));
            let Some(next) = next.filter(|_| !last) else { break };
            if !self.rest()[space + next.length..].trim_start().starts_with('[') {
                break;
            }
            self.at += space + next.length;
            when = if next.name == "else" { None } else { Some(self.condition(next.args)) };
        }
        found.push(Stmt::If { line, arms });
    }

    /// A macro of `SugarCube`, which has been passed.
    pub(super) fn sugarcube(&mut self, call: &Call<'_>, words: &mut Words, found: &mut Vec<Stmt>) {
        match call.name.as_str() {
            "set" => {
                for assignment in list(call.args).into_iter().flat_map(|part| part.split(';')) {
                    self.set(assignment, call.whole, found);
                }
            }
            "if" if self.depth < DEEPEST => {
                words.take(found);
                self.arms(call, found);
            }
            "goto" => match unquoted(call.args).or_else(|| target_of(call.args).map(|(_, to)| to)) {
                Some(to) => {
                    words.take(found);
                    found.push(Stmt::Jump { line: self.line(), to: to.to_owned() });
                }
                None => self.lose(call.whole, "a jump to a computed passage", found),
            },
            "link" | "button" if self.depth < DEEPEST => self.link_macro(call, words, found),
            // They only shape the page.
            "nobr" | "/nobr" | "silently" | "/silently" | "br" => {}
            name if call.ends_something() => {
                let line = self.line();
                self.notes.lost(line, self.title, format!("<<{name}>> without its beginning"));
            }
            _ => self.lose(call.whole, "a macro that has no counterpart", found),
        }
    }

    /// `<<if ..>> .. <<elseif ..>> .. <<else>> .. <</if>>`, the first macro passed.
    fn arms(&mut self, call: &Call<'_>, found: &mut Vec<Stmt>) {
        let line = self.line();
        let mut when = Some(self.condition(call.args));
        let mut arms: Vec<(Option<E>, Vec<Stmt>)> = Vec::new();
        loop {
            self.depth += 1;
            let body = self.sequence(Until::Closing);
            self.depth -= 1;
            arms.push((when, body));
            let Some(next) = sugarcube(self.rest()) else {
                self.notes.changed(line, self.title, "an <<if>> that is not closed ends with its passage");
                break;
            };
            match next.name.as_str() {
                "elseif" => when = Some(self.condition(next.args)),
                "else" => when = None,
                "/if" => {
                    self.at += next.length;
                    break;
                }
                _ => {
                    // The end of something further out.
                    self.notes.changed(line, self.title, "an <<if>> that is not closed ends where its text does");
                    if self.depth == 0 {
                        self.at += next.length;
                    }
                    break;
                }
            }
            self.at += next.length;
        }
        found.push(Stmt::If { line, arms });
    }

    /// `<<link "text" "Passage">> .. <</link>>`: what is set inside is set when it is taken.
    fn link_macro(&mut self, call: &Call<'_>, words: &mut Words, found: &mut Vec<Stmt>) {
        let line = self.line();
        let (text, mut to) = match target_of(call.args) {
            Some((text, to)) => (text.to_owned(), Some(to.to_owned())),
            None => {
                let mut texts = call.args.split('"').skip(1).step_by(2).map(str::to_owned);
                (texts.next().unwrap_or_default(), texts.next())
            }
        };
        self.depth += 1;
        let inside = self.sequence(Until::Closing);
        self.depth -= 1;
        match sugarcube(self.rest()) {
            Some(end) if end.name == format!("/{}", call.name) => self.at += end.length,
            Some(end) if self.depth == 0 => self.at += end.length,
            _ => {}
        }
        let mut body = Vec::new();
        for stmt in inside {
            match stmt {
                Stmt::Set { .. } => body.push(stmt),
                Stmt::Jump { to: target, .. } => to = to.or(Some(target)),
                _ => self.lose(call.whole, "what a link does besides setting and leading on", found),
            }
        }
        match to {
            Some(to) if !text.is_empty() => {
                words.link(&text, line);
                body.push(Stmt::Jump { line, to });
                found.push(Stmt::Options(vec![Opt { line, text, body, ..Opt::default() }]));
            }
            _ => self.lose(call.whole, "a link that leads to no passage", found),
        }
    }
}

/// Text and target of a `[[link]]` that a macro is given.
fn target_of(args: &str) -> Option<(&str, &str)> {
    let link = args.trim().strip_prefix("[[")?.strip_suffix("]]")?;
    let pair = link.rsplit_once("->").or_else(|| link.rsplit_once('|'));
    let pair = pair.or_else(|| link.split_once("<-").map(|(to, text)| (text, to))).unwrap_or((link, link));
    Some((pair.0.trim(), pair.1.trim()))
}
