//! Fact drills: short scenes out of patterns (one to four facts, questions, answers that copy from them). A small model
//! that is trained on them beside the scenes learns early to carry values from the facts into what it says.

pub(super) mod words;

use super::pools::pool;
use super::{Body, NameKind, Script, YOU};
use crate::compose::seed_of;

/// Makes drills. Places and other values come from the slots of real scenes, so that drills are as varied as these.
#[derive(Debug, Clone, Default)]
pub struct Drills {
    /// Where a thing can be: "behind the mill".
    places: Vec<String>,
}

/// One kind of fact: how it is told, and what can be asked about it. `{o}` is somebody, `{t}` a thing, `{at}` the same
/// with its article, `{w}` where it is, `{n}` a number, `{p}` a place, `{g}` goods, `{j}` a trade, `{c}` things to count,
/// `{k}` kin or a beast, `{b}` its name, `{me}` the speaker. `{W}`, `{At}` and `{N}` begin a sentence.
struct Pattern {
    fact: &'static str,
    asked: &'static [(&'static str, [&'static str; 3])],
}

const PATTERNS: [Pattern; 9] = [
    Pattern {
        fact: "{o} keeps the {t} {w}.",
        asked: &[
            (
                "Where is the {t}?",
                ["{o} keeps it {w}.", "Look {w}. {o} keeps it there.", "{W}. That is where {o} keeps it."],
            ),
            ("Who has the {t}?", ["{o} has it.", "That would be {o}.", "{o} does, {w}."]),
        ],
    },
    Pattern {
        fact: "The {t} was lost at {p}.",
        asked: &[
            ("Where was the {t} lost?", ["At {p}.", "It was lost at {p}.", "{p}, they say."]),
            ("What was lost at {p}?", ["The {t}.", "{At}, I hear.", "Somebody's {t}."]),
        ],
    },
    Pattern {
        fact: "{G} costs {n} coins at {p}.",
        asked: &[
            ("How much is the {g}?", ["{N} coins.", "{N}, at {p}.", "They ask {n} coins for it."]),
            ("Where can I buy {g}?", ["At {p}.", "{p}, for {n} coins.", "Try {p}."]),
        ],
    },
    Pattern {
        fact: "{o} left for {p} with {at}.",
        asked: &[
            ("Where did {o} go?", ["To {p}.", "{o} left for {p}.", "{p}, with {at}."]),
            ("What did {o} take?", ["{At}.", "{o} took {at} to {p}.", "Only {at}."]),
        ],
    },
    Pattern {
        fact: "{o} is the {j} of {p}.",
        asked: &[
            ("Who is the {j} of {p}?", ["{o}.", "That is {o}.", "You want {o}."]),
            ("Who is {o}?", ["The {j} of {p}.", "{o} is the {j} at {p}.", "Our {j}."]),
        ],
    },
    Pattern {
        fact: "The {t} is {w}.",
        asked: &[
            ("Have you seen the {t}?", ["It is {w}.", "Yes. It's {w}.", "{W}, last I saw."]),
            ("Where should I look for the {t}?", ["Try {w}.", "Look {w}.", "{W}."]),
        ],
    },
    Pattern {
        fact: "{o} owes {me} {n} coins.",
        asked: &[
            ("What does {o} owe you?", ["{N} coins.", "{o} owes me {n} coins.", "{N}, and no word of it."]),
            ("Who owes you money?", ["{o}. {N} coins.", "{o} does.", "Ask {o} about {n} coins."]),
        ],
    },
    Pattern {
        fact: "There are {n} {c} at {p}.",
        asked: &[
            ("How many {c} are there?", ["{N}.", "{N} at {p}.", "I counted {n}."]),
            ("Where are the {c}?", ["At {p}.", "{p}. All {n}.", "They are at {p}."]),
        ],
    },
    Pattern {
        fact: "The name of {o}'s {k} is {b}.",
        asked: &[("What is {o}'s {k} called?", ["{b}.", "{b}. Everyone knows {b}.", "{o} calls it {b}."])],
    },
];

impl Drills {
    /// With the places that the slots of these scenes name.
    #[must_use]
    pub fn new(scenes: &[Script]) -> Self {
        const WHERE: [&str; 16] = [
            "in", "on", "under", "behind", "beside", "by", "at", "below", "above", "inside", "near", "over", "beneath",
            "between", "up", "down",
        ];
        let values = scenes.iter().flat_map(|scene| scene.slots.iter().flat_map(|(_, values)| values));
        let mut places: Vec<String> = values
            .filter(|value| {
                let mut words = value.split(' ');
                words.next().is_some_and(|first| WHERE.contains(&first)) && (1..6).contains(&words.count())
            })
            .cloned()
            .collect();
        places.sort();
        places.dedup();
        if places.is_empty() {
            places = words::SOMEWHERE.iter().map(ToString::to_string).collect();
        }
        Self { places }
    }

    /// A drill; the same seed gives the same one.
    #[must_use]
    pub fn draw(&self, seed: u64) -> Script {
        let mut chance = Chance::new(seed);
        let mut taken: Vec<&str> = Vec::new();
        let me = chance.name(&mut taken);
        let mut kinds: Vec<usize> = (0..PATTERNS.len()).collect();
        let (mut facts, mut asked) = (Vec::new(), Vec::new());
        for _ in 0..=chance.below(4) {
            let pattern = &PATTERNS[kinds.swap_remove(chance.below(kinds.len()))];
            let values = self.values(me, &mut chance, &mut taken);
            facts.push(fill(pattern.fact, &values));
            for (question, answers) in pattern.asked {
                asked.push((fill(question, &values), fill(answers[chance.below(answers.len())], &values)));
            }
        }
        chance.shuffle(&mut facts);
        chance.shuffle(&mut asked);
        let mut turns = Vec::new();
        for (question, answer) in asked.into_iter().take(1 + chance.below(3)) {
            turns.push((YOU.to_owned(), question));
            let more = *chance.pick(&words::MORE);
            let answer = if more.is_empty() { answer } else { format!("{answer} {more}") };
            turns.push((me.to_owned(), answer));
        }
        let voice = format!(
            "{}; {}, {}",
            chance.pick(&words::TRADES),
            chance.pick(&words::MANNERS),
            chance.pick(&words::MANNERS)
        );
        let place = chance.pick(pool(NameKind::Place));
        Script {
            world: "drill".to_owned(),
            setting: format!("{} {place}.", chance.pick(&words::SETTINGS)),
            facts,
            speakers: std::iter::once((me.to_owned(), voice)).collect(),
            body: Body::Answer { turns, uses: Vec::new() },
            ..Script::default()
        }
    }

    /// What stands for each mark of a pattern.
    fn values(&self, me: &str, chance: &mut Chance, taken: &mut Vec<&'static str>) -> Vec<(&'static str, String)> {
        let thing = *chance.pick(&words::THINGS);
        let thing =
            if chance.below(10) < 7 { format!("{} {thing}", chance.pick(&words::LOOKS)) } else { thing.to_owned() };
        let place = self.places.get(chance.below(self.places.len())).cloned().unwrap_or_default();
        let (number, goods) = (*chance.pick(&words::NUMBERS), *chance.pick(&words::GOODS));
        vec![
            ("{o}", chance.name(taken).to_owned()),
            ("{At}", capitalised(&with_article(&thing))),
            ("{at}", with_article(&thing)),
            ("{t}", thing),
            ("{W}", capitalised(&place)),
            ("{w}", place),
            ("{N}", capitalised(number)),
            ("{n}", number.to_owned()),
            ("{p}", (*chance.pick(pool(NameKind::Place))).to_owned()),
            ("{G}", capitalised(goods)),
            ("{g}", goods.to_owned()),
            ("{j}", (*chance.pick(&words::TRADES)).to_owned()),
            ("{c}", (*chance.pick(&words::COUNTED)).to_owned()),
            ("{k}", (*chance.pick(&words::KIN)).to_owned()),
            ("{b}", (*chance.pick(pool(NameKind::Person))).to_owned()),
            ("{me}", me.to_owned()),
        ]
    }
}

fn fill(pattern: &str, values: &[(&'static str, String)]) -> String {
    values.iter().fold(pattern.to_owned(), |text, (mark, value)| text.replace(mark, value))
}

/// "an oar".
pub(super) fn with_article(thing: &str) -> String {
    let begins = |all: &[&str]| all.iter().any(|begin| thing.starts_with(begin));
    let vowel = thing.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) || begins(&["hour", "heir"]);
    let article = if vowel && !begins(&["uni", "use", "one", "eu", "ut"]) { "an" } else { "a" };
    format!("{article} {thing}")
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A stream of draws.
pub(super) struct Chance {
    seed: u64,
    draws: u64,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, draws: 0 }
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        self.draws += 1;
        let random = seed_of(self.seed, "drill", self.draws);
        usize::try_from(random % count.max(1) as u64).unwrap_or(0)
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A name that nobody in this drill has.
    pub(super) fn name(&mut self, taken: &mut Vec<&'static str>) -> &'static str {
        loop {
            let kind = *self.pick(&[NameKind::Man, NameKind::Woman, NameKind::Person]);
            let name = *self.pick(pool(kind));
            if !taken.contains(&name) {
                taken.push(name);
                return name;
            }
        }
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_carry_what_stands_in_the_facts() {
        let drills = Drills::new(&[]);
        assert_eq!(drills.draw(7), drills.draw(7));
        let mut settings = std::collections::HashSet::new();
        for seed in 0..500 {
            let drill = drills.draw(seed);
            settings.insert(drill.setting.clone());
            let facts = drill.facts.join(" ").to_lowercase();
            let Body::Answer { turns, .. } = &drill.body else { panic!("a drill is an answer") };
            assert!((1..=4).contains(&drill.facts.len()) && turns.len() >= 2);
            for (_, answer) in turns.iter().filter(|(who, _)| who != YOU) {
                assert!(!answer.contains('{') && !answer.contains(" a old") && !answer.contains("A oar"), "{answer}");
                let carried = answer.split(|c: char| !c.is_alphanumeric() && c != '\'');
                let is_name = |word: &str| word.len() == 2 && word.starts_with(char::is_uppercase);
                let carried = carried
                    .filter(|word| word.len() > 2 || is_name(word))
                    .any(|word| facts.contains(&word.to_lowercase()));
                assert!(carried, "{answer} | {facts}");
            }
        }
        assert!(settings.len() > 100, "{}", settings.len());
    }
}
