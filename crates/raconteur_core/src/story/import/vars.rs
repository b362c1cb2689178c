//! Which values a variable has: other tools take any, we count states, so the values that a file uses are those that
//! there are.

use std::collections::HashMap;

use super::Notes;
use super::draft::{Script, Stmt};
use super::expr::{Change, E, is_name};

/// The values of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Int { init: i64, min: i64, max: i64 },
    Bool { init: bool },
    Words { init: String, of: Vec<String> },
}

/// Type of an argument or of an answer of a function of the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Int,
    Bool,
    Text,
}

/// A function that the file calls and the game has to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    pub args: Vec<Plain>,
    pub ret: Plain,
}

/// All variables of a file.
#[derive(Debug, Default)]
pub struct Vars {
    list: Vec<Var>,
    index: HashMap<String, usize>,
    hosts: Vec<(String, Host)>,
}

/// A variable.
#[derive(Debug)]
pub struct Var {
    /// Its name in the story.
    pub name: String,
    pub kind: Kind,
    /// What was assumed; empty if nothing.
    pub guess: String,
}

/// What a file does with a variable.
#[derive(Debug, Default)]
struct Seen {
    line: usize,
    passage: String,
    ints: Vec<i64>,
    texts: Vec<String>,
    bools: usize,
    /// It is added to, or computed with.
    counts: bool,
    step: i64,
    init: Option<E>,
    copies: Vec<String>,
}

/// Words that no variable may be called.
const KEPT: [&str; 8] = ["and", "or", "not", "true", "false", "visited", "visits", "seen"];

/// Numbers beyond this are cut: no story counts so far, and sums of them have to stay numbers.
const FAR: i64 = 1_000_000_000;

/// How many steps of a counter fit where nothing says how far it goes.
const STEPS: i64 = 10;

impl Vars {
    /// Looks at all that a file does.
    pub fn of(script: &Script, notes: &mut Notes) -> Self {
        let mut look = Look { seen: Vec::new(), index: HashMap::new(), hosts: Vec::new(), at: (0, String::new()) };
        for (line, name, value) in &script.declared {
            look.at = (*line, String::new());
            let seen = look.var(name);
            seen.init.get_or_insert_with(|| value.clone());
            look.value(name, value);
        }
        for passage in &script.passages {
            let mut open: Vec<&Stmt> = passage.body.iter().rev().collect();
            while let Some(stmt) = open.pop() {
                look.stmt(stmt, &passage.title);
                match stmt {
                    Stmt::Options(options) => {
                        open.extend(options.iter().rev().flat_map(|option| option.body.iter().rev()));
                    }
                    Stmt::If { arms, .. } => open.extend(arms.iter().rev().flat_map(|(_, body)| body.iter().rev())),
                    _ => {}
                }
            }
        }
        let mut vars = Self { hosts: look.hosts, ..Self::default() };
        for (name, seen) in &look.seen {
            let (kind, guess) = decide(seen);
            if !guess.is_empty() {
                notes.guessed(seen.line.max(1), &seen.passage, format!("${name}: {guess}"));
            }
            let own = if KEPT.contains(&name.as_str()) { format!("{name}_") } else { name.clone() };
            vars.index.insert(name.clone(), vars.list.len());
            vars.list.push(Var { name: own, kind, guess });
        }
        vars.share_ranges(&look.seen);
        vars
    }

    /// What is copied into a variable has to fit there.
    fn share_ranges(&mut self, seen: &[(String, Seen)]) {
        for _ in 0..8 {
            let mut changed = false;
            for (at, (_, data)) in seen.iter().enumerate() {
                for other in data.copies.iter().filter_map(|name| self.index.get(name)).copied().collect::<Vec<_>>() {
                    let from = self.list[other].kind.clone();
                    match (&mut self.list[at].kind, from) {
                        (Kind::Int { min, max, .. }, Kind::Int { min: low, max: high, .. })
                            if low < *min || high > *max =>
                        {
                            (*min, *max) = ((*min).min(low), (*max).max(high));
                            changed = true;
                        }
                        (Kind::Words { of, .. }, Kind::Words { of: more, .. }) => {
                            let new: Vec<String> = more.into_iter().filter(|word| !of.contains(word)).collect();
                            changed |= !new.is_empty();
                            of.extend(new);
                        }
                        _ => {}
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// A variable by its name in the file.
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.index.get(name).map(|&at| &self.list[at])
    }

    /// Whether a variable of the story is called so.
    pub fn is_called(&self, name: &str) -> bool {
        self.list.iter().any(|var| var.name == name)
    }

    /// All variables, in the order in which the file names them.
    pub fn iter(&self) -> impl Iterator<Item = &Var> {
        self.list.iter()
    }

    /// Number of variables.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Functions that the game answers.
    pub fn hosts(&self) -> &[(String, Host)] {
        &self.hosts
    }
}

struct Look {
    seen: Vec<(String, Seen)>,
    index: HashMap<String, usize>,
    hosts: Vec<(String, Host)>,
    /// Line and passage of what is looked at.
    at: (usize, String),
}

impl Look {
    fn var(&mut self, name: &str) -> &mut Seen {
        let at = *self.index.entry(name.to_owned()).or_insert_with(|| {
            let (line, passage) = self.at.clone();
            self.seen.push((name.to_owned(), Seen { line, passage, ..Seen::default() }));
            self.seen.len() - 1
        });
        &mut self.seen[at].1
    }

    fn stmt(&mut self, stmt: &Stmt, passage: &str) {
        match stmt {
            Stmt::Say(say) => {
                self.at = (say.line, passage.to_owned());
                say.when.iter().for_each(|when| self.condition(when));
            }
            Stmt::Set { line, var, change, value } => {
                self.at = (*line, passage.to_owned());
                match (change, value) {
                    (Change::Set, value) => self.value(var, value),
                    (_, E::Int(step)) => {
                        let step = if *change == Change::Add { *step } else { step.saturating_neg() };
                        self.step(var, step);
                    }
                    (_, value) => {
                        self.var(var).counts = true;
                        self.number(value);
                    }
                }
            }
            Stmt::Options(options) => {
                for option in options {
                    self.at = (option.line, passage.to_owned());
                    option.when.iter().for_each(|when| self.condition(when));
                }
            }
            Stmt::If { line, arms } => {
                self.at = (*line, passage.to_owned());
                arms.iter().filter_map(|(when, _)| when.as_ref()).for_each(|when| self.condition(when));
            }
            Stmt::Jump { .. } | Stmt::Stop | Stmt::Remark(_) => {}
        }
    }

    fn step(&mut self, name: &str, step: i64) {
        let seen = self.var(name);
        seen.counts = true;
        if step.unsigned_abs() > seen.step.unsigned_abs() {
            seen.step = step.clamp(-FAR, FAR);
        }
    }

    /// A value that a variable has, or is compared with.
    fn value(&mut self, name: &str, value: &E) {
        match value {
            E::Int(value) => self.var(name).ints.push((*value).clamp(-FAR, FAR)),
            E::Bool(_) => self.var(name).bools += 1,
            E::Text(text) => {
                let texts = &mut self.var(name).texts;
                if !texts.contains(text) {
                    texts.push(text.clone());
                }
            }
            E::Var(other) => {
                self.var(name).copies.push(other.clone());
                self.var(other).copies.push(name.to_owned());
            }
            E::Sum(terms) => {
                // `$x to $x + 1` is a step.
                match terms.as_slice() {
                    [(false, E::Var(own)), (minus, E::Int(step))] if own == name => {
                        self.step(name, if *minus { step.saturating_neg() } else { *step });
                    }
                    _ => {
                        self.var(name).counts = true;
                        self.number(value);
                    }
                }
            }
            E::Not(_) | E::All(_) | E::Any(_) | E::Compare(..) => {
                self.var(name).bools += 1;
                self.condition(value);
            }
            E::Call(function, args) => {
                self.call(function, args, None);
                self.var(name);
            }
        }
    }

    fn number(&mut self, value: &E) {
        match value {
            E::Var(name) => self.var(name).counts = true,
            E::Sum(terms) => terms.iter().for_each(|(_, term)| self.number(term)),
            E::Call(function, args) => self.call(function, args, Some(Plain::Int)),
            other => self.condition(other),
        }
    }

    fn condition(&mut self, value: &E) {
        match value {
            E::Var(name) => self.var(name).bools += 1,
            E::Not(inner) => self.condition(inner),
            E::All(parts) | E::Any(parts) => parts.iter().for_each(|part| self.condition(part)),
            E::Compare(comparison, left, right) => {
                let order = !matches!(comparison.symbol(), "==" | "!=");
                for (one, other) in [(left, right), (right, left)] {
                    match &**one {
                        E::Var(name) => {
                            self.value(name, other);
                            if order {
                                self.var(name).counts = true;
                            }
                        }
                        E::Call(function, args) => {
                            let ret = match **other {
                                E::Text(_) => Plain::Text,
                                E::Bool(_) => Plain::Bool,
                                _ => Plain::Int,
                            };
                            self.call(function, args, Some(ret));
                        }
                        E::Sum(_) => self.number(one),
                        _ => {}
                    }
                }
            }
            E::Sum(_) => self.number(value),
            E::Call(function, args) => self.call(function, args, Some(Plain::Bool)),
            E::Int(_) | E::Bool(_) | E::Text(_) => {}
        }
    }

    fn call(&mut self, function: &str, args: &[E], ret: Option<Plain>) {
        if super::render::is_known(function) || !is_name(function) || KEPT.contains(&function) {
            return;
        }
        let plain = |arg: &E| match arg {
            E::Int(_) | E::Sum(_) => Plain::Int,
            E::Text(_) => Plain::Text,
            _ => Plain::Bool,
        };
        if !self.hosts.iter().any(|(known, _)| known == function) {
            let args = args.iter().map(plain).collect();
            self.hosts.push((function.to_owned(), Host { args, ret: ret.unwrap_or(Plain::Int) }));
        }
    }
}

/// The values of a variable, and what had to be assumed for that.
fn decide(seen: &Seen) -> (Kind, String) {
    let init_is = |wanted: fn(&E) -> bool| seen.init.as_ref().is_some_and(wanted);
    let words = init_is(|init| matches!(init, E::Text(_)))
        || (seen.init.is_none() && !seen.texts.is_empty() && seen.ints.is_empty() && !seen.counts);
    if words {
        let init = match &seen.init {
            Some(E::Text(init)) => init.clone(),
            _ => String::new(),
        };
        let mut of = vec![init.clone()];
        of.extend(seen.texts.iter().filter(|text| **text != init).cloned());
        let list: Vec<String> = of.iter().map(|word| format!("'{}'", super::quote(word))).collect();
        return (Kind::Words { init, of }, format!("its words are those that the file uses: {}", list.join(", ")));
    }
    let number = init_is(|init| matches!(init, E::Int(_)))
        || (!init_is(|init| matches!(init, E::Bool(_))) && (seen.counts || !seen.ints.is_empty()));
    if !number {
        let init = matches!(seen.init, Some(E::Bool(true)));
        let guess = if seen.init.is_none() { "it is false at first".to_owned() } else { String::new() };
        return (Kind::Bool { init }, guess);
    }
    let init = match seen.init {
        Some(E::Int(init)) => init.clamp(-FAR, FAR),
        _ => 0,
    };
    let mut min = seen.ints.iter().copied().chain([init, 0]).min().unwrap_or(0);
    let mut max = seen.ints.iter().copied().chain([init, 1]).max().unwrap_or(1);
    if seen.step > 0 {
        max = max.max(init.saturating_add(seen.step.saturating_mul(STEPS)).min(FAR));
    }
    if seen.step < 0 {
        min = min.min(init.saturating_add(seen.step.saturating_mul(STEPS)).max(-FAR)).min(0);
    }
    let how =
        if seen.counts { "the values that the file uses, and room to count" } else { "the values that the file uses" };
    (Kind::Int { init, min, max }, format!("its range {min}..{max} is guessed from {how}"))
}
