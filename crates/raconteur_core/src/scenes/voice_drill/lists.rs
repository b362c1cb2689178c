//! What voice drills are made of, read from the texts beside this file.

use std::sync::LazyLock;

use super::Chance;
use super::shape::Shape;

/// A trade and its words.
#[derive(Debug)]
pub(super) struct Trade {
    pub names: Vec<&'static str>,
    /// Worlds that have it.
    pub worlds: Vec<&'static str>,
    /// "at the mill".
    pub place: &'static str,
    /// What it measures in, more than one of them.
    pub measures: &'static str,
    /// (one of them, more of them).
    pub things: Vec<(&'static str, String)>,
    pub doings: Vec<&'static str>,
    pub worries: Vec<&'static str>,
    pub sayings: Vec<&'static str>,
}

/// A manner of speaking, or a trait that is heard.
#[derive(Debug)]
pub(super) struct Manner {
    pub names: Vec<&'static str>,
    pub temper: char,
    pub shape: Shape,
    pub openers: Vec<&'static str>,
    pub closers: Vec<&'static str>,
    /// What it says to anything.
    pub lines: Vec<&'static str>,
}

/// A kind of question.
#[derive(Debug)]
pub(super) struct Kind {
    pub prompts: Vec<&'static str>,
    /// (temper, answer); `=` suits all.
    pub answers: Vec<(char, &'static str)>,
}

/// All lists.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub trades: Vec<Trade>,
    pub manners: Vec<Manner>,
    /// What `{x}` can be in a manner.
    pub nouns: Vec<&'static str>,
    pub kinds: Vec<Kind>,
    /// (world, settings).
    pub settings: Vec<(&'static str, Vec<&'static str>)>,
    pub times: Vec<&'static str>,
    pub facts: Vec<&'static str>,
    /// (mood, what it begins with).
    pub moods: Vec<(&'static str, Vec<&'static str>)>,
}

/// The lists, read once.
pub(super) fn lists() -> &'static Lists {
    static LISTS: LazyLock<Lists> = LazyLock::new(|| {
        let mut lists = Lists::default();
        let trades = [include_str!("trades.txt"), include_str!("trades_more.txt"), include_str!("trades_most.txt")];
        trades.into_iter().for_each(|text| lists.read_trades(text));
        lists.read_manners(include_str!("manners.txt"));
        lists.read_kinds(include_str!("prompts.txt"));
        lists.read_settings(include_str!("settings.txt"));
        lists
    });
    &LISTS
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The parts between `mark`s.
fn parts(text: &'static str, mark: char) -> Vec<&'static str> {
    text.split(mark).map(str::trim).filter(|part| !part.is_empty()).collect()
}

impl Lists {
    fn read_trades(&mut self, text: &'static str) {
        let all: Vec<&str> = lines(text).collect();
        for chunk in all.chunks(3) {
            let [head, work, sayings] = chunk else { continue };
            let head: Vec<&str> = head.split('|').map(str::trim).collect();
            let ([names, worlds, place, measures, things], Some((doings, worries))) =
                (head.as_slice(), work.split_once('|'))
            else {
                continue;
            };
            self.trades.push(Trade {
                names: parts(names, '/'),
                worlds: parts(worlds, ' '),
                place,
                measures,
                things: parts(things, ',').into_iter().map(one_and_many).collect(),
                doings: parts(doings, ';'),
                worries: parts(worries, ';'),
                sayings: parts(sayings, '/'),
            });
        }
    }

    fn read_manners(&mut self, text: &'static str) {
        for line in lines(text) {
            if let Some(nouns) = line.strip_prefix("$ ") {
                self.nouns = parts(nouns, ',');
                continue;
            }
            let said = self.manners.last_mut().and_then(|manner| match line.split_once(' ') {
                Some(("o", said)) => Some((&mut manner.openers, said)),
                Some(("c", said)) => Some((&mut manner.closers, said)),
                Some(("a", said)) => Some((&mut manner.lines, said)),
                _ => None,
            });
            if let Some((list, said)) = said {
                *list = parts(said, '/');
                continue;
            }
            let head: Vec<&str> = line.split('|').map(str::trim).collect();
            if let [names, temper, shape] = head.as_slice() {
                self.manners.push(Manner {
                    names: parts(names, '/'),
                    temper: temper.chars().next().unwrap_or('='),
                    shape: Shape::named(shape),
                    openers: Vec::new(),
                    closers: Vec::new(),
                    lines: Vec::new(),
                });
            }
        }
    }

    fn read_kinds(&mut self, text: &'static str) {
        for line in lines(text) {
            let Some((mark, said)) = line.split_once(' ') else { continue };
            match (mark, self.kinds.last_mut()) {
                ("*", _) => self.kinds.push(Kind { prompts: Vec::new(), answers: Vec::new() }),
                (">", Some(kind)) => kind.prompts.push(said),
                (mark, Some(kind)) => kind.answers.push((mark.chars().next().unwrap_or('='), said)),
                _ => {}
            }
        }
    }

    fn read_settings(&mut self, text: &'static str) {
        for line in lines(text) {
            let Some((mark, rest)) = line.split_once(' ') else { continue };
            match (mark, rest.split_once(':')) {
                ("@", Some((world, settings))) => self.settings.push((world, parts(settings, '/'))),
                ("%", Some((mood, said))) => self.moods.push((mood, parts(said, '/'))),
                ("!", _) => self.times = parts(rest, '/'),
                ("~", _) => self.facts = parts(rest, '/'),
                _ => {}
            }
        }
    }

    /// Where and when, in this world.
    pub(super) fn setting(&self, world: &str, chance: &mut Chance) -> String {
        let settings = self.settings.iter().find(|(name, _)| *name == world).map_or(&[][..], |(_, all)| all);
        let place = settings.get(chance.below(settings.len())).copied().unwrap_or("A room.");
        if chance.below(2) == 0 { place.to_owned() } else { format!("{place} {}", chance.pick(&self.times)) }
    }

    /// One to three manners that go together, each with what `{x}` is in it.
    pub(super) fn manners(&'static self, chance: &mut Chance) -> Vec<(&'static Manner, &'static str)> {
        let count = [1, 2, 2, 2, 2, 2, 3, 3, 3, 3][chance.below(10)];
        let mut chosen: Vec<(&Manner, &str)> = Vec::new();
        for _ in 0..20 {
            if chosen.len() == count {
                break;
            }
            let manner = chance.pick(&self.manners);
            if chosen.iter().all(|(other, _)| manner.goes_with(other)) {
                chosen.push((manner, *chance.pick(&self.nouns)));
            }
        }
        chosen
    }

    /// Others than these: another one leads.
    pub(super) fn other_manners(
        &'static self,
        than: &[(&'static Manner, &'static str)],
        chance: &mut Chance,
    ) -> Vec<(&'static Manner, &'static str)> {
        let differs = |set: &[(&Manner, &str)]| set.iter().all(|(a, _)| than.iter().all(|(b, _)| a.names != b.names));
        let mut set = self.manners(chance);
        for _ in 0..20 {
            if differs(&set) {
                break;
            }
            set = self.manners(chance);
        }
        set
    }
}

impl Manner {
    /// Whether somebody can have both.
    fn goes_with(&self, other: &Self) -> bool {
        let opposite = |a: char, b: char| matches!((a, b), ('+', '-') | ('^', '_' | '?'));
        let shaped = self.shape != Shape::Plain && other.shape != Shape::Plain && self.shape != other.shape;
        self.names != other.names
            && !shaped
            && !opposite(self.temper, other.temper)
            && !opposite(other.temper, self.temper)
    }
}

/// "loaf:loaves", or a word that only takes an s.
fn one_and_many(text: &'static str) -> (&'static str, String) {
    if let Some((one, many)) = text.split_once(':') {
        return (one, many.to_owned());
    }
    let ends = |all: &[&str]| all.iter().any(|end| text.ends_with(end));
    let many = match text.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["s", "x", "ch", "sh"]) => format!("{text}es"),
        _ => format!("{text}s"),
    };
    (text, many)
}
