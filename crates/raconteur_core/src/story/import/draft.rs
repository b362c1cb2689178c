//! From passages of statements to beats with one way on each.
//!
//! A passage may say, ask, jump and branch in any order; a beat says, then changes, then goes on. So a passage becomes a
//! chain of beats, cut where something follows that needs the end of a beat: after options, after a jump under a
//! condition, and before a condition that reads what the passage has just changed.

use std::collections::{HashMap, HashSet, VecDeque};

use super::expr::{Change, E};
use super::{Notes, slug};

/// A file that has been read.
#[derive(Debug, Default)]
pub struct Script {
    /// What a player sees; empty if the file does not say.
    pub title: String,
    /// Title of the passage that comes first; else the first of the file.
    pub start: Option<String>,
    /// The passages, in the order of the file.
    pub passages: Vec<Passage>,
    /// Variables that are declared or set before the story begins.
    pub declared: Vec<(usize, String, E)>,
}

/// A passage of Twee or a node of Yarn.
#[derive(Debug, Default)]
pub struct Passage {
    pub title: String,
    pub line: usize,
    pub pos: Option<(f32, f32)>,
    pub tags: Vec<String>,
    pub body: Vec<Stmt>,
}

/// A statement.
#[derive(Debug)]
pub enum Stmt {
    Say(Say),
    Set {
        line: usize,
        var: String,
        change: Change,
        value: E,
    },
    /// What a player may do; all that stand together.
    Options(Vec<Opt>),
    /// The first arm whose condition holds; the last may have none.
    If {
        line: usize,
        arms: Vec<(Option<E>, Vec<Stmt>)>,
    },
    Jump {
        line: usize,
        to: String,
    },
    Stop,
    /// Something that was not taken; it becomes a comment.
    Remark(String),
}

/// A line.
#[derive(Debug, Default, Clone)]
pub struct Say {
    pub line: usize,
    /// Name of the speaker.
    pub who: Option<String>,
    pub text: String,
    pub id: Option<String>,
    pub when: Option<E>,
    pub once: bool,
    pub tags: Vec<String>,
}

/// An option of a player.
#[derive(Debug, Default)]
pub struct Opt {
    pub line: usize,
    pub text: String,
    pub id: Option<String>,
    pub when: Option<E>,
    pub once: bool,
    pub tags: Vec<String>,
    pub body: Vec<Stmt>,
}

/// A story before it is written.
#[derive(Debug, Default)]
pub struct Draft {
    /// Index of the first beat.
    pub start: usize,
    pub beats: Vec<Beat>,
    /// Cast ids with names, in the order in which they speak.
    pub cast: Vec<(String, String)>,
    /// Ids of beats by title of their passage.
    pub titles: HashMap<String, String>,
}

/// A beat before it is written.
#[derive(Debug, Default)]
pub struct Beat {
    pub id: String,
    /// Title of the passage it comes from.
    pub passage: String,
    pub pos: Option<(f32, f32)>,
    pub tags: Vec<String>,
    pub remarks: Vec<String>,
    /// Lines with their ids and the cast ids of their speakers.
    pub lines: Vec<(String, String, Say)>,
    pub then: Vec<Effect>,
    pub choices: Vec<Choice>,
    pub otherwise: Option<Choice>,
    pub next: Option<usize>,
    pub end: bool,
}

/// A change of a variable.
#[derive(Debug, Clone)]
pub struct Effect {
    pub line: usize,
    pub var: String,
    pub change: Change,
    pub value: E,
}

/// A choice before it is written.
#[derive(Debug, Default)]
pub struct Choice {
    pub line: usize,
    pub id: String,
    pub say: String,
    /// Index of the beat that follows.
    pub to: usize,
    pub when: Option<E>,
    pub once: bool,
    pub then: Vec<Effect>,
    pub tags: Vec<String>,
}

/// What a player reads where a story went on by itself.
const GO_ON: &str = "Go on.";

/// Statements that a beat has still to take in, and where it goes then.
struct Job<'a> {
    stmts: &'a [Stmt],
    beat: usize,
    after: Option<usize>,
}

struct Drafter<'a, 'n> {
    draft: Draft,
    /// Beat of each passage, by title.
    passages: HashMap<&'a str, usize>,
    /// Ids that lines and choices have; those that the file gives are taken before others are made.
    taken: HashSet<String>,
    beat_ids: HashSet<String>,
    jobs: VecDeque<Job<'a>>,
    the_end: Option<usize>,
    notes: &'n mut Notes,
}

/// Makes beats of all passages.
pub fn draft(script: &Script, file: &str, notes: &mut Notes) -> Draft {
    let mut drafter = Drafter {
        draft: Draft::default(),
        passages: HashMap::new(),
        taken: HashSet::new(),
        beat_ids: HashSet::new(),
        jobs: VecDeque::new(),
        the_end: None,
        notes,
    };
    drafter.draft.cast.push(("narrator".to_owned(), String::new()));
    for passage in &script.passages {
        keep_ids(&passage.body, &mut drafter.taken);
    }
    for passage in &script.passages {
        if drafter.passages.contains_key(passage.title.as_str()) {
            drafter.notes.lost(passage.line, &passage.title, "a second passage of this title");
            continue;
        }
        let beat = drafter.beat(&slug(&passage.title), &passage.title);
        drafter.draft.beats[beat].pos = passage.pos;
        drafter.draft.beats[beat].tags.clone_from(&passage.tags);
        drafter.passages.insert(&passage.title, beat);
        let id = drafter.draft.beats[beat].id.clone();
        drafter.draft.titles.insert(passage.title.clone(), id);
        drafter.jobs.push_back(Job { stmts: &passage.body, beat, after: None });
    }
    while let Some(job) = drafter.jobs.pop_front() {
        drafter.run(job);
    }
    drafter.find_start(script, file);
    drafter.draft
}

/// Ids that the file gives, options in options included: a loop, because a file may nest them as it likes.
fn keep_ids(body: &[Stmt], taken: &mut HashSet<String>) {
    let mut open = vec![body];
    while let Some(stmts) = open.pop() {
        for stmt in stmts {
            match stmt {
                Stmt::Say(say) => taken.extend(say.id.clone()),
                Stmt::Options(options) => {
                    for option in options {
                        taken.extend(option.id.clone());
                        open.push(&option.body);
                    }
                }
                Stmt::If { arms, .. } => open.extend(arms.iter().map(|(_, body)| body.as_slice())),
                Stmt::Set { .. } | Stmt::Jump { .. } | Stmt::Stop | Stmt::Remark(_) => {}
            }
        }
    }
}

impl<'a> Drafter<'a, '_> {
    /// A new beat; `wish` is what its id should be.
    fn beat(&mut self, wish: &str, passage: &str) -> usize {
        let wish = if wish.is_empty() { "beat" } else { wish };
        let id = free(wish, &mut self.beat_ids);
        self.draft.beats.push(Beat { id, passage: passage.to_owned(), ..Beat::default() });
        self.draft.beats.len() - 1
    }

    /// A new beat that goes on where `beat` stops.
    fn sequel(&mut self, beat: usize) -> usize {
        let (id, passage) = (self.draft.beats[beat].id.clone(), self.draft.beats[beat].passage.clone());
        let base = id.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix("_part").unwrap_or(&id).to_owned();
        self.beat(&format!("{base}_part"), &passage)
    }

    /// The beat at which a story ends that goes nowhere from a choice.
    fn end(&mut self) -> usize {
        if let Some(end) = self.the_end {
            return end;
        }
        let end = self.beat("the_end", "");
        self.draft.beats[end].end = true;
        self.the_end = Some(end);
        end
    }

    fn text_id(&mut self, given: Option<&String>, beat: usize, line: usize) -> String {
        let passage = self.draft.beats[beat].passage.clone();
        if let Some(given) = given.filter(|given| !given.is_empty()) {
            // It is in `taken` already, from the first look at the file; a second use gets another.
            let key = format!("\u{0}{given}");
            if self.taken.insert(key) {
                return given.clone();
            }
            self.notes.changed(
                line,
                &passage,
                format!("the id '{given}' is used twice; the second text has another now"),
            );
        }
        let wish = self.draft.beats[beat].id.clone();
        let mut number = self.draft.beats[beat].lines.len() + self.draft.beats[beat].choices.len() + 1;
        loop {
            let id = format!("{wish}_{number}");
            if self.taken.insert(id.clone()) {
                return id;
            }
            number += 1;
        }
    }

    fn speaker(&mut self, name: Option<&str>) -> String {
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return "narrator".to_owned() };
        if let Some((id, _)) = self.draft.cast.iter().find(|(_, known)| known == name) {
            return id.clone();
        }
        let wish = Some(slug(name).to_lowercase()).filter(|id| !id.is_empty()).unwrap_or_else(|| "speaker".to_owned());
        let mut used = self.draft.cast.iter().map(|(id, _)| id.clone()).collect();
        let id = free(&wish, &mut used);
        self.draft.cast.push((id.clone(), name.to_owned()));
        id
    }

    /// Takes statements into a beat until one needs its end.
    fn run(&mut self, job: Job<'a>) {
        let Job { stmts, mut beat, after } = job;
        for (at, stmt) in stmts.iter().enumerate() {
            let rest = &stmts[at + 1..];
            match stmt {
                Stmt::Say(say) => {
                    beat = self.cut_if_read(beat, say.when.iter());
                    self.say(beat, say, None);
                }
                Stmt::Remark(text) => self.draft.beats[beat].remarks.push(text.clone()),
                Stmt::Set { line, var, change, value } => {
                    let effect = Effect { line: *line, var: var.clone(), change: *change, value: value.clone() };
                    self.draft.beats[beat].then.push(effect);
                }
                Stmt::If { arms, .. } if only_says(arms) => {
                    beat = self.cut_if_read(beat, arms.iter().filter_map(|(when, _)| when.as_ref()));
                    self.says_of(beat, arms);
                }
                Stmt::If { line, arms } => return self.branch(beat, *line, arms, rest, after),
                Stmt::Options(options) => return self.options(beat, options, rest, after),
                Stmt::Jump { line, to } => {
                    self.unread(beat, rest);
                    let target = self.target(beat, to, *line);
                    self.draft.beats[beat].next = Some(target);
                    return;
                }
                Stmt::Stop => {
                    self.unread(beat, rest);
                    self.draft.beats[beat].end = true;
                    return;
                }
            }
        }
        match after {
            Some(after) => self.draft.beats[beat].next = Some(after),
            None => self.draft.beats[beat].end = true,
        }
    }

    fn unread(&mut self, beat: usize, rest: &[Stmt]) {
        let line = rest.iter().find_map(|stmt| match stmt {
            Stmt::Say(Say { line, .. }) | Stmt::Set { line, .. } | Stmt::If { line, .. } => Some(*line),
            Stmt::Options(options) => options.first().map(|option| option.line),
            Stmt::Jump { .. } | Stmt::Stop | Stmt::Remark(_) => None,
        });
        if let Some(line) = line {
            let passage = self.draft.beats[beat].passage.clone();
            self.notes.lost(line, &passage, "what stands behind a jump is never read");
        }
    }

    /// The beat of a passage; the end where there is none.
    fn target(&mut self, beat: usize, title: &str, line: usize) -> usize {
        if let Some(&target) = self.passages.get(title) {
            return target;
        }
        let passage = self.draft.beats[beat].passage.clone();
        self.notes.lost(
            line,
            &passage,
            format!("there is no passage '{}'; the way leads to the end", super::quote(title)),
        );
        self.end()
    }

    /// A beat changes variables when its lines are over. What reads them sooner goes into the next beat.
    fn cut_if_read<'e>(&mut self, beat: usize, mut conditions: impl Iterator<Item = &'e E>) -> usize {
        let changed: Vec<&str> = self.draft.beats[beat].then.iter().map(|effect| effect.var.as_str()).collect();
        if changed.is_empty() || !conditions.any(|condition| condition.reads(&changed)) {
            return beat;
        }
        let next = self.sequel(beat);
        self.draft.beats[beat].next = Some(next);
        next
    }

    fn say(&mut self, beat: usize, say: &Say, when: Option<E>) {
        let id = self.text_id(say.id.as_ref(), beat, say.line);
        let who = self.speaker(say.who.as_deref());
        let when = E::all(when.into_iter().chain(say.when.clone()).collect());
        self.draft.beats[beat].lines.push((id, who, Say { when, ..say.clone() }));
    }

    fn says_of(&mut self, beat: usize, arms: &'a [(Option<E>, Vec<Stmt>)]) {
        for (when, body) in conditions(arms) {
            for stmt in body {
                match stmt {
                    Stmt::Say(say) => self.say(beat, say, when.clone()),
                    Stmt::Remark(text) => self.draft.beats[beat].remarks.push(text.clone()),
                    _ => {}
                }
            }
        }
    }

    /// Where a story goes behind options or branches.
    fn rest(&mut self, beat: usize, rest: &'a [Stmt], after: Option<usize>) -> usize {
        if rest.is_empty() {
            return after.unwrap_or_else(|| self.end());
        }
        let next = self.sequel(beat);
        self.jobs.push_back(Job { stmts: rest, beat: next, after });
        next
    }

    /// Where a body leads, and what it changes before it says anything.
    fn lead_into(&mut self, beat: usize, body: &'a [Stmt], after: usize) -> (usize, Vec<Effect>) {
        let mut then = Vec::new();
        let mut left = body;
        while let [Stmt::Set { line, var, change, value }, rest @ ..] = left {
            then.push(Effect { line: *line, var: var.clone(), change: *change, value: value.clone() });
            left = rest;
        }
        let to = match left {
            [] => after,
            [Stmt::Jump { line, to }] => self.target(beat, to, *line),
            [Stmt::Stop] => self.end(),
            left => {
                let next = self.sequel(beat);
                self.jobs.push_back(Job { stmts: left, beat: next, after: Some(after) });
                next
            }
        };
        (to, then)
    }

    fn options(&mut self, beat: usize, options: &'a [Opt], rest: &'a [Stmt], after: Option<usize>) {
        let after = self.rest(beat, rest, after);
        for option in options {
            let (to, then) = self.lead_into(beat, &option.body, after);
            let say = if option.text.trim().is_empty() {
                let passage = self.draft.beats[beat].passage.clone();
                self.notes.guessed(option.line, &passage, "an option without words says 'Go on.'");
                GO_ON.to_owned()
            } else {
                option.text.clone()
            };
            let choice = Choice {
                line: option.line,
                id: self.text_id(option.id.as_ref(), beat, option.line),
                say,
                to,
                when: option.when.clone(),
                once: option.once,
                then,
                tags: option.tags.clone(),
            };
            self.draft.beats[beat].choices.push(choice);
        }
        if options.iter().all(|option| option.when.is_some() || option.once) {
            let line = options.first().map_or(0, |option| option.line);
            let passage = self.draft.beats[beat].passage.clone();
            self.notes.guessed(
                line,
                &passage,
                "all options have conditions; a choice 'Go on.' is open when none of them is",
            );
            self.draft.beats[beat].otherwise = Some(self.go_on(beat, line, after, None));
        }
    }

    fn go_on(&mut self, beat: usize, line: usize, to: usize, when: Option<E>) -> Choice {
        Choice { line, id: self.text_id(None, beat, line), say: GO_ON.to_owned(), to, when, ..Choice::default() }
    }

    /// Ways by condition: only a player chooses here, so the one that is open is a choice to go on.
    fn branch(
        &mut self,
        beat: usize,
        line: usize,
        arms: &'a [(Option<E>, Vec<Stmt>)],
        rest: &'a [Stmt],
        after: Option<usize>,
    ) {
        let passage = self.draft.beats[beat].passage.clone();
        self.notes.changed(
            line,
            &passage,
            "a way under a condition became a choice 'Go on.', of which one is open at a time",
        );
        let after = self.rest(beat, rest, after);
        let mut otherwise = (after, Vec::new());
        for ((when, _), (own, body)) in conditions(arms).into_iter().zip(arms) {
            let (to, then) = self.lead_into(beat, body, after);
            if own.is_none() {
                otherwise = (to, then);
                break;
            }
            let choice = Choice { then, ..self.go_on(beat, line, to, when) };
            self.draft.beats[beat].choices.push(choice);
        }
        let choice = Choice { then: otherwise.1, ..self.go_on(beat, line, otherwise.0, None) };
        if self.draft.beats[beat].choices.is_empty() {
            self.draft.beats[beat].choices.push(choice);
        } else {
            self.draft.beats[beat].otherwise = Some(choice);
        }
    }

    fn find_start(&mut self, script: &Script, file: &str) {
        if self.draft.beats.is_empty() {
            self.notes.lost(1, "", format!("'{file}' holds no passage, so the story is empty"));
            self.end();
        }
        let named = script.start.as_deref();
        if let Some(&start) = named.and_then(|title| self.passages.get(title)) {
            self.draft.start = start;
        } else if let Some(title) = named {
            self.notes.guessed(
                1,
                "",
                format!("there is no start passage '{}'; the first one starts", super::quote(title)),
            );
        }
    }
}

fn only_says(arms: &[(Option<E>, Vec<Stmt>)]) -> bool {
    arms.iter().all(|(_, body)| body.iter().all(|stmt| matches!(stmt, Stmt::Say(_) | Stmt::Remark(_))))
}

/// Each arm with its own condition and the opposite of those before it.
fn conditions(arms: &[(Option<E>, Vec<Stmt>)]) -> Vec<(Option<E>, &[Stmt])> {
    let mut before: Vec<E> = Vec::new();
    let mut found = Vec::new();
    for (when, body) in arms {
        let own = before.iter().cloned().map(E::not).chain(when.clone()).collect();
        found.push((E::all(own), body.as_slice()));
        before.extend(when.clone());
    }
    found
}

/// The wish, or the wish with a number behind it that nobody has.
fn free(wish: &str, used: &mut HashSet<String>) -> String {
    let mut id = wish.to_owned();
    let mut number = 2;
    while !used.insert(id.clone()) {
        id = format!("{wish}{number}");
        number += 1;
    }
    id
}
