//! Yarn 2 and 3: nodes of lines, options and commands (source: the documentation of Yarn Spinner, "Yarn Files" and
//! "Writing in Yarn").
//!
//! Taken are headers (`title`, `tags`, `position`), lines with `Name:` and `#line:` ids, options with bodies,
//! `<<if>>`, `<<elseif>>`, `<<else>>`, `<<set>>`, `<<declare>>`, `<<jump>>`, `<<stop>>`, `<<once>>`, and functions of the
//! game as host functions. Everything else is reported.

mod line;

use super::draft::{Opt, Passage, Say, Script, Stmt};
use super::expr::{self, Change, E, Reason};
use super::{Notes, quote};
use line::{Line, Parts};

/// How deep options and conditions may stand in each other.
const DEEPEST: usize = 40;

/// Reads a file.
pub fn read(text: &str, notes: &mut Notes) -> Script {
    let mut script = Script::default();
    let mut headers = Passage::default();
    let mut body: Option<Vec<Line>> = None;
    let mut any = false;
    for (index, row) in text.lines().enumerate() {
        let number = index + 1;
        let trimmed = row.trim();
        match &mut body {
            None if trimmed == "---" => body = Some(Vec::new()),
            None if trimmed == "===" => {
                if any {
                    notes.lost(number, &headers.title, "a node without a body");
                }
                headers = Passage::default();
                any = false;
            }
            None => any |= header(trimmed, number, &mut headers, notes),
            Some(lines) if trimmed == "===" => {
                node(std::mem::take(&mut headers), std::mem::take(lines), &mut script, notes);
                body = None;
                any = false;
            }
            Some(lines) => lines.extend(Line::new(row, number)),
        }
    }
    if let Some(lines) = body {
        notes.changed(text.lines().count().max(1), &headers.title, "the last node is not closed by ===");
        node(headers, lines, &mut script, notes);
    }
    let start = script.passages.iter().find(|node| node.title == "Start").or_else(|| script.passages.first());
    script.start = start.map(|node| node.title.clone());
    script
}

/// One header; whether there was one.
fn header(row: &str, number: usize, node: &mut Passage, notes: &mut Notes) -> bool {
    if row.is_empty() || row.starts_with("//") {
        return false;
    }
    let (key, value) = row.split_once(':').unwrap_or((row, ""));
    let value = value.trim();
    match key.trim() {
        "title" => {
            node.title = value.to_owned();
            node.line = number;
        }
        "tags" => node.tags.extend(value.split_whitespace().map(str::to_owned)),
        "position" => {
            let mut numbers = value.split(',').map(|number| number.trim().parse::<f32>());
            match (numbers.next(), numbers.next()) {
                (Some(Ok(x)), Some(Ok(y))) if x.is_finite() && y.is_finite() => node.pos = Some((x, y)),
                _ => notes.lost(number, &node.title, "a position that is no pair of numbers"),
            }
        }
        "colorID" | "color" => {}
        "when" => notes.lost(
            number,
            &node.title,
            format!("when: {}: nodes of a group are not chosen by conditions here", quote(value)),
        ),
        key if key.starts_with('#') => notes.lost(number, "", format!("a tag of the file, {}", quote(key))),
        key => notes.lost(number, &node.title, format!("the header {}", quote(key))),
    }
    true
}

fn node(mut node: Passage, lines: Vec<Line>, script: &mut Script, notes: &mut Notes) {
    if node.title.is_empty() {
        node.title = format!("node_{}", script.passages.len() + 1);
        node.line = lines.first().map_or(1, |line| line.number);
        notes.guessed(node.line, &node.title, "a node without a title");
    }
    let mut parser = Parser { lines: &lines, at: 0, depth: 0, title: &node.title, notes, declared: Vec::new() };
    let mut body = Vec::new();
    while parser.at < parser.lines.len() {
        body.extend(parser.block(0));
        if let Some(line) = parser.lines.get(parser.at) {
            // An end without its beginning.
            parser.notes.lost(line.number, parser.title, format!("{} without an <<if>>", quote(&line.text)));
            parser.at += 1;
        }
    }
    script.declared.append(&mut parser.declared);
    node.body = body;
    script.passages.push(node);
}

struct Parser<'a, 'n> {
    lines: &'a [Line],
    at: usize,
    depth: usize,
    title: &'a str,
    notes: &'n mut Notes,
    declared: Vec<(usize, String, E)>,
}

impl<'a> Parser<'a, '_> {
    /// Statements that stand at least so far to the right, up to the end of the condition around them.
    fn block(&mut self, indent: usize) -> Vec<Stmt> {
        let mut found = Vec::new();
        while let Some(line) = self.lines.get(self.at) {
            if line.indent < indent {
                break;
            }
            let command = line.command();
            let word = command.map_or("", |command| command.split_whitespace().next().unwrap_or(""));
            // Of the condition around, or of one further out from which this body is indented.
            if matches!(word, "else" | "elseif" | "endif" | "endonce") {
                break;
            }
            if self.depth >= DEEPEST {
                self.notes.lost(line.number, self.title, "it stands too deep in options and conditions");
                self.at += 1;
                continue;
            }
            self.depth += 1;
            if line.text.starts_with("->") {
                found.push(self.options(line.indent));
            } else if let Some(command) = command {
                self.command(line, command, word, &mut found);
            } else {
                self.at += 1;
                self.say(line, &mut found);
            }
            self.depth -= 1;
        }
        found
    }

    fn options(&mut self, indent: usize) -> Stmt {
        let mut options = Vec::new();
        while let Some(line) =
            self.lines.get(self.at).filter(|line| line.indent == indent && line.text.starts_with("->"))
        {
            self.at += 1;
            let mut parts = Parts::of(line.text[2..].trim());
            let (when, once) = self.suffix(line.number, &mut parts);
            // An option has no speaker of its own here: `Name:` stays in the text.
            self.look_at_text(line.number, &parts.text);
            let body = self.block(indent + 1);
            options.push(Opt {
                line: line.number,
                text: line::unescaped(&parts.text),
                id: parts.id(),
                when,
                once,
                tags: parts.tags,
                body,
            });
        }
        Stmt::Options(options)
    }

    fn say(&mut self, line: &Line, found: &mut Vec<Stmt>) {
        if line.text.starts_with("=>") {
            self.notes.lost(line.number, self.title, format!("a line of a group: {}", quote(&line.text)));
            found.push(Stmt::Remark(line.text.clone()));
            return;
        }
        let mut parts = Parts::of(&line.text);
        let (when, once) = self.suffix(line.number, &mut parts);
        let (who, text) = line::speaker(&parts.text);
        self.look_at_text(line.number, text);
        let text = line::unescaped(text);
        if text.trim().is_empty() {
            self.notes.lost(line.number, self.title, "a line without words");
            return;
        }
        let id = parts.id();
        found.push(Stmt::Say(Say {
            line: line.number,
            who: who.map(str::to_owned),
            text,
            id,
            when,
            once,
            tags: parts.tags,
        }));
    }

    /// The condition behind a line or an option.
    fn suffix(&mut self, number: usize, parts: &mut Parts) -> (Option<E>, bool) {
        let (mut when, mut once) = (None, false);
        for command in std::mem::take(&mut parts.commands) {
            let (word, rest) = split(&command);
            match word {
                "if" => when = self.condition(number, rest),
                "once" => {
                    once = true;
                    if let ("if", condition) = split(rest) {
                        when = self.condition(number, condition);
                    }
                }
                _ => self.notes.lost(number, self.title, format!("<<{}>>", quote(&command))),
            }
        }
        (when, once)
    }

    fn condition(&mut self, number: usize, text: &str) -> Option<E> {
        match expr::parse(text, None) {
            Ok(condition) => Some(condition),
            Err(reason) => {
                let what = format!("the condition \"{}\" ({reason}); it counts as true", quote(text));
                self.notes.lost(number, self.title, what);
                None
            }
        }
    }

    /// What a text shows that ours cannot.
    fn look_at_text(&mut self, number: usize, text: &str) {
        if text.contains('{') {
            self.notes.changed(number, self.title, "a value in the text; it stays as it is written");
        }
        let markup =
            text.split('[').skip(1).any(|rest| rest.split(']').next().is_some_and(|tag| tag.len() < rest.len()));
        if markup {
            self.notes.changed(number, self.title, "markup in the text; it stays as it is written");
        }
    }

    fn command(&mut self, line: &'a Line, command: &str, word: &str, found: &mut Vec<Stmt>) {
        let number = line.number;
        let rest = split(command).1;
        self.at += 1;
        match word {
            "if" => {
                let arms = self.arms(number, rest, line.indent);
                found.push(Stmt::If { line: number, arms });
            }
            "once" => self.once(number, rest, found),
            "set" => match set(rest) {
                Ok((var, change, value)) => found.push(Stmt::Set { line: number, var, change, value }),
                Err(reason) => self.lose(number, command, &reason, found),
            },
            "declare" => match set(rest) {
                Ok((var, Change::Set, value @ (E::Int(_) | E::Bool(_) | E::Text(_)))) => {
                    self.declared.push((number, var, value));
                }
                Ok(_) => self.lose(number, command, "a variable that is computed", found),
                Err(reason) => self.lose(number, command, &reason, found),
            },
            "jump" if !rest.starts_with('{') && !rest.is_empty() => {
                found.push(Stmt::Jump { line: number, to: rest.trim().to_owned() });
            }
            "stop" => found.push(Stmt::Stop),
            "jump" => self.lose(number, command, "a jump to a computed node", found),
            "detour" => self.lose(number, command, "a visit to another node that comes back", found),
            _ => self.lose(number, command, "a command of the game", found),
        }
    }

    fn lose(&mut self, number: usize, command: &str, why: &str, found: &mut Vec<Stmt>) {
        self.notes.lost(number, self.title, format!("<<{}>>: {why}", quote(command)));
        found.push(Stmt::Remark(format!("<<{command}>>")));
    }

    /// The arms of an `<<if>>`, up to and with its `<<endif>>`.
    fn arms(&mut self, number: usize, condition: &str, indent: usize) -> Vec<(Option<E>, Vec<Stmt>)> {
        let mut when = Some(self.condition(number, condition).unwrap_or(E::Bool(true)));
        let mut arms = Vec::new();
        loop {
            // A body may be indented or not.
            let body = self.block(indent.min(self.lines.get(self.at).map_or(0, |line| line.indent)));
            arms.push((when, body));
            let Some(line) = self.lines.get(self.at) else {
                self.notes.changed(number, self.title, "an <<if>> that is not closed ends with its node");
                return arms;
            };
            let (word, rest) = split(line.command().unwrap_or(""));
            match word {
                "elseif" => when = Some(self.condition(line.number, rest).unwrap_or(E::Bool(true))),
                // `else if` is no Yarn, but is written.
                "else" => {
                    when = match split(rest) {
                        ("if", condition) => Some(self.condition(line.number, condition).unwrap_or(E::Bool(true))),
                        _ => None,
                    };
                }
                "endif" => {
                    self.at += 1;
                    return arms;
                }
                _ => {
                    // A line further out, or another end.
                    self.notes.changed(number, self.title, "an <<if>> that is not closed ends where its text does");
                    return arms;
                }
            }
            self.at += 1;
        }
    }

    /// `<<once>> .. <<else>> .. <<endonce>>`: lines are said once, anything else is taken without the `once`.
    fn once(&mut self, number: usize, rest: &str, found: &mut Vec<Stmt>) {
        let when = match split(rest) {
            ("if", condition) => self.condition(number, condition),
            _ => None,
        };
        let indent = self.lines.get(self.at).map_or(0, |line| line.indent);
        let mut body = self.block(indent.min(self.lines.get(self.at).map_or(0, |line| line.indent)));
        for stmt in &mut body {
            match stmt {
                Stmt::Say(say) => {
                    say.once = true;
                    say.when = E::all(when.iter().cloned().chain(say.when.take()).collect());
                }
                _ => self.notes.changed(number, self.title, "of a <<once>> only lines are said once"),
            }
        }
        found.append(&mut body);
        let word = |parser: &Self| {
            parser.lines.get(parser.at).and_then(Line::command).map(|command| split(command).0 == "else")
        };
        if word(self) == Some(true) {
            self.notes.lost(number, self.title, "the <<else>> of a <<once>>");
            self.at += 1;
            let skipped = self.block(0);
            found.extend((!skipped.is_empty()).then(|| Stmt::Remark("the <<else>> of a <<once>>".to_owned())));
        }
        if self.lines.get(self.at).and_then(Line::command).is_some_and(|command| split(command).0 == "endonce") {
            self.at += 1;
        }
    }
}

/// `$gold to 5`, also with a type behind it: `$gold = 5 as number`.
fn set(text: &str) -> Result<(String, Change, E), Reason> {
    let cut = text.rfind(" as ").filter(|at| expr::is_name(text[at + 4..].trim()));
    expr::assignment(cut.map_or(text, |at| &text[..at]))
}

/// The first word, and the rest.
fn split(command: &str) -> (&str, &str) {
    let command = command.trim();
    command.split_once(char::is_whitespace).map_or((command, ""), |(word, rest)| (word, rest.trim()))
}
