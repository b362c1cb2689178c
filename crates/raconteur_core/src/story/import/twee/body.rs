//! The text of a passage: paragraphs, links, macros.

mod macros;

use super::Dialect;
use crate::story::import::draft::{Opt, Say, Stmt};
use crate::story::import::expr::{self, E};
use crate::story::import::{Notes, quote};
use macros::{harlowe, sugarcube};

/// How deep conditions may stand in each other.
const DEEPEST: usize = 32;

/// Reads the text of a passage, whose header stands on `line`. The links come last.
pub fn read(text: &str, line: usize, title: &str, dialect: Dialect, notes: &mut Notes) -> Vec<Stmt> {
    let breaks = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut scanner =
        Scanner { text, at: 0, first: line + 1, breaks, dialect, title, notes, depth: 0, markup: false, values: false };
    let mut stmts = Vec::new();
    while scanner.at < text.len() {
        stmts.append(&mut scanner.sequence(Until::End));
    }
    let mut links = Vec::new();
    let mut stmts = without_links(stmts, &mut Vec::new(), &mut links);
    if !links.is_empty() {
        stmts.push(Stmt::Options(links));
    }
    stmts
}

/// Links stand anywhere in a passage, but are taken when it has been read: they move to its end, each with the
/// conditions that it stood under.
fn without_links(stmts: Vec<Stmt>, under: &mut Vec<E>, links: &mut Vec<Opt>) -> Vec<Stmt> {
    let mut kept = Vec::new();
    for stmt in stmts {
        match stmt {
            Stmt::Options(options) => {
                for option in options {
                    let when = E::all(under.iter().cloned().chain(option.when.clone()).collect());
                    links.push(Opt { when, ..option });
                }
            }
            Stmt::If { line, arms } => {
                let mut left = Vec::new();
                let before = under.len();
                for (when, body) in arms {
                    under.extend(when.clone());
                    let body = without_links(body, under, links);
                    under.truncate(under.len() - usize::from(when.is_some()));
                    under.extend(when.clone().map(E::not));
                    left.push((when, body));
                }
                under.truncate(before);
                if left.iter().any(|(_, body)| !body.is_empty()) {
                    kept.push(Stmt::If { line, arms: left });
                }
            }
            other => kept.push(other),
        }
    }
    kept
}

/// What ends a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The end of the text.
    End,
    /// The `]` of a hook.
    Hook,
    /// A `<<name>>` that belongs to the macro around it, which is left to be read.
    Closing,
}

struct Scanner<'a, 'n> {
    text: &'a str,
    at: usize,
    /// Number of the line on which the text begins.
    first: usize,
    /// Where lines end.
    breaks: Vec<usize>,
    dialect: Dialect,
    title: &'a str,
    notes: &'n mut Notes,
    depth: usize,
    /// Whether markup, and values in texts, have been reported: once is enough for a passage.
    markup: bool,
    values: bool,
}

/// A paragraph while it is read.
#[derive(Default)]
struct Words {
    text: String,
    /// The same without the texts of links: a paragraph of links only is not said.
    plain: String,
    line: usize,
}

impl Words {
    fn push(&mut self, text: &str, line: usize) {
        if self.text.is_empty() {
            self.line = line;
        }
        self.text.push_str(text);
        self.plain.push_str(text);
    }

    fn link(&mut self, text: &str, line: usize) {
        if self.text.is_empty() {
            self.line = line;
        }
        self.text.push_str(text);
    }

    /// The paragraph as a line, if it says anything.
    fn take(&mut self, found: &mut Vec<Stmt>) {
        let Self { text, plain, line } = std::mem::take(self);
        if plain.chars().any(char::is_alphanumeric) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            found.push(Stmt::Say(Say { line, text, ..Say::default() }));
        }
    }
}

impl<'a> Scanner<'a, '_> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn line(&self) -> usize {
        self.first + self.breaks.partition_point(|&end| end < self.at)
    }

    fn lose(&mut self, what: &str, why: &str, found: &mut Vec<Stmt>) {
        let line = self.line();
        self.notes.lost(line, self.title, format!("{}: {why}", quote(what)));
        found.push(Stmt::Remark(what.to_owned()));
    }

    /// Text, links and macros up to an end, which has then been passed unless it is a closing macro.
    fn sequence(&mut self, until: Until) -> Vec<Stmt> {
        let mut found = Vec::new();
        let mut words = Words::default();
        let mut brackets = 0_usize;
        while let Some(c) = self.rest().chars().next() {
            let rest = self.rest();
            let line = self.line();
            if self.comment(rest) {
                continue;
            }
            match c {
                '\n' => {
                    words.take(&mut found);
                    self.at += 1;
                }
                '\\' => {
                    // It keeps the next sign from being read, or the line from ending.
                    let next = rest[1..].chars().next();
                    self.at += 1 + next.map_or(0, char::len_utf8);
                    if let Some(next) = next.filter(|next| *next != '\n') {
                        words.push(next.encode_utf8(&mut [0; 4]), line);
                    }
                }
                '[' if rest.starts_with("[[") => match self.link(&mut found) {
                    Some(text) => words.link(&text, line),
                    None => {
                        words.push("[[", line);
                        self.at += 2;
                    }
                },
                '[' if rest.starts_with("[img[") => {
                    let end = rest.find("]]").map_or(rest.len(), |end| end + 2);
                    self.lose(&rest[..end], "an image", &mut found);
                    self.at += end;
                }
                '[' if until == Until::Hook => {
                    brackets += 1;
                    words.push("[", line);
                    self.at += 1;
                }
                ']' if until == Until::Hook && brackets == 0 => {
                    self.at += 1;
                    words.take(&mut found);
                    return found;
                }
                ']' if until == Until::Hook => {
                    brackets -= 1;
                    words.push("]", line);
                    self.at += 1;
                }
                '<' if rest.starts_with("<<") && self.dialect.sugarcube() => {
                    let Some(tag) = sugarcube(rest) else {
                        words.push("<<", line);
                        self.at += 2;
                        continue;
                    };
                    if until == Until::Closing && tag.ends_something() {
                        words.take(&mut found);
                        return found;
                    }
                    self.at += tag.length;
                    self.sugarcube(&tag, &mut words, &mut found);
                }
                '(' if self.dialect.harlowe() => match harlowe(rest, self.dialect == Dialect::Harlowe) {
                    Some(call) => {
                        self.at += call.length;
                        self.harlowe(&call, &mut words, &mut found);
                    }
                    None => {
                        words.push("(", line);
                        self.at += 1;
                    }
                },
                _ => {
                    // Signs that begin something are one byte each; all else runs up to the next of them.
                    let first = c.len_utf8();
                    let length =
                        rest[first..].find(['\n', '\\', '[', ']', '<', '(', '/']).map_or(rest.len(), |at| at + first);
                    self.look_at(&rest[..length]);
                    words.push(&rest[..length], line);
                    self.at += length;
                }
            }
        }
        words.take(&mut found);
        found
    }

    /// Passes a comment.
    fn comment(&mut self, rest: &str) -> bool {
        for (open, close) in [("<!--", "-->"), ("/*", "*/"), ("/%", "%/")] {
            if rest.starts_with(open) && (open == "<!--" || self.dialect.sugarcube()) {
                self.at += rest.find(close).map_or(rest.len(), |end| end + close.len());
                return true;
            }
        }
        false
    }

    /// Tells once for a passage what stays in texts as it is written.
    fn look_at(&mut self, text: &str) {
        let line = self.line();
        let value = text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        if value && !self.values {
            self.values = true;
            self.notes.changed(line, self.title, "a variable in the text; it stays as it is written");
        }
        let tag =
            text.starts_with('<') && text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '@');
        if (tag || text.contains("''") || text.contains("@@")) && !self.markup {
            self.markup = true;
            self.notes.changed(line, self.title, "markup in the text; it stays as it is written");
        }
    }

    /// A link; answers its text. `None` where it is never closed.
    fn link(&mut self, found: &mut Vec<Stmt>) -> Option<String> {
        let rest = self.rest();
        let length = rest.find("]]")? + 2;
        let inside = &rest[2..length - 2];
        let line = self.line();
        // Of SugarCube: `text|target][$x to 1`.
        let (link, setter) = inside.split_once("][").map_or((inside, None), |(link, setter)| (link, Some(setter)));
        let (text, to) = if let Some((text, to)) = link.rsplit_once("->") {
            (text, to)
        } else if let Some((to, text)) = link.split_once("<-") {
            (text, to)
        } else if let Some((text, to)) = link.rsplit_once('|') {
            (text, to)
        } else {
            (link, link)
        };
        let (text, to) = (text.trim().to_owned(), to.trim().to_owned());
        self.at += length;
        let mut body = Vec::new();
        for setter in setter.into_iter().flat_map(|setter| setter.split(';')).filter(|setter| !setter.trim().is_empty())
        {
            self.set(setter, setter, &mut body);
        }
        body.push(Stmt::Jump { line, to });
        found.push(Stmt::Options(vec![Opt { line, text: text.clone(), body, ..Opt::default() }]));
        Some(text)
    }

    /// One assignment; `whole` is what the report shows.
    fn set(&mut self, assignment: &str, whole: &str, found: &mut Vec<Stmt>) {
        match expr::assignment(assignment) {
            Ok((var, change, value)) => found.push(Stmt::Set { line: self.line(), var, change, value }),
            Err(reason) => self.lose(whole, &reason, found),
        }
    }

    /// A condition; one that cannot be read counts as true.
    fn condition(&mut self, text: &str) -> E {
        expr::parse(text, None).unwrap_or_else(|reason| {
            let line = self.line();
            let what = format!("the condition \"{}\" ({reason}); it counts as true", quote(text));
            self.notes.lost(line, self.title, what);
            E::Bool(true)
        })
    }
}
