//! What somebody says: a trade's words in a manner's turns of phrase.

use super::lists::{Kind, Manner, Trade};
use super::shape::{self, Shape};
use super::{Chance, with_article, words};
use crate::scenes::NameKind;

/// What all in a drill know.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    /// Somebody who can be named.
    pub somebody: &'static str,
    pub place: &'static str,
    /// Whether a prompt or fact names somebody: only then may a line, so that names are always taken from the scene.
    pub knows_somebody: bool,
    pub knows_place: bool,
}

/// Who somebody is.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub trade: &'static Trade,
    /// Each with what `{x}` is in it.
    pub manners: Vec<(&'static Manner, &'static str)>,
    pub name_kind: NameKind,
}

/// Somebody about to speak.
pub(super) struct Speaker<'a> {
    pub voice: &'a Voice,
    pub ground: &'a Ground,
    /// What their mood begins with.
    pub mood: Option<&'a [&'static str]>,
}

#[rustfmt::skip]
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What can stand before a trade and changes nothing.
const AGES: [&str; 4] = ["old ", "young ", "former ", "retired "];

/// Holes that take words of the trade.
const OF_TRADE: [&str; 7] = ["{thing}", "{a thing}", "{things}", "{doing}", "{worry}", "{place}", "{measures}"];

#[rustfmt::skip]
const ORDINALS: [&str; 10] = [
    "second", "third", "fourth", "fifth", "sixth", "seventh", "ninth", "tenth", "twelfth", "twentieth",
];

impl Ground {
    /// A prompt or fact with its holes filled.
    pub(super) fn fill(&self, text: &str, chance: &mut Chance) -> String {
        sentences(&fill(text, &mut |hole| Some(self.value(hole, chance)?.to_owned())))
    }

    fn value(&self, hole: &str, chance: &mut Chance) -> Option<&'static str> {
        Some(match hole {
            "o" => self.somebody,
            "p" => self.place,
            "n" => *chance.pick(&words::NUMBERS),
            "nth" => *chance.pick(&ORDINALS),
            "day" => *chance.pick(&DAYS),
            _ => return None,
        })
    }

    /// Whether it names only who is named in the scene.
    fn allows(&self, text: &str) -> bool {
        (self.knows_somebody || !text.contains("{o}")) && (self.knows_place || !text.contains("{p}"))
    }
}

impl Voice {
    /// The voice as a prompt has it: "miller; blunt, counts everything".
    pub(super) fn text(&self, chance: &mut Chance) -> String {
        let (he, his, him) = match self.name_kind {
            NameKind::Woman => ("she", "her", "her"),
            _ => ("he", "his", "him"),
        };
        let manners: Vec<String> = self
            .manners
            .iter()
            .map(|(manner, x)| {
                let name = *chance.pick(&manner.names);
                fill(name, &mut |hole| {
                    let value = match hole {
                        "he" => he,
                        "his" => his,
                        "him" => him,
                        "himself" if he == "she" => "herself",
                        "himself" => "himself",
                        "x" => x,
                        _ => return None,
                    };
                    Some(value.to_owned())
                })
            })
            .collect();
        let trade = *chance.pick(&self.trade.names);
        let aged = AGES.iter().any(|age| trade.starts_with(age)) || trade.contains([',', ' ']);
        let age = if !aged && chance.below(10) == 0 { chance.pick(&AGES) } else { "" };
        let manners = match manners.split_last() {
            Some((last, others @ [_, ..])) if chance.below(12) == 0 => format!("{} and {last}", others.join(", ")),
            _ => manners.join(", "),
        };
        format!("{age}{trade}; {manners}")
    }
}

impl Speaker<'_> {
    /// A line: an answer to a question of this kind, or something said by itself. Sentences in `used` are not said again.
    pub(super) fn say(&self, kind: Option<&'static Kind>, chance: &mut Chance, used: &mut Vec<&'static str>) -> String {
        let lead = if chance.below(3) < 2 { 0 } else { chance.below(self.voice.manners.len()) };
        let Some(&(manner, x)) = self.voice.manners.get(lead) else { return String::new() };
        let (other, other_x) = self.voice.manners[chance.below(self.voice.manners.len())];
        let roll = chance.below(20);
        let mut parts: Vec<String> = Vec::new();
        if let Some(mood) = self.mood
            && chance.below(2) == 0
        {
            parts.push(self.pick(mood, x, chance, used));
        }
        let terse = manner.shape == Shape::Short;
        let opener = |chance: &mut Chance, used: &mut Vec<&'static str>| self.pick(&manner.openers, x, chance, used);
        let closer =
            |chance: &mut Chance, used: &mut Vec<&'static str>| self.pick(&other.closers, other_x, chance, used);
        match roll {
            // The manner's own line, which takes words of the trade.
            0..5 => {
                parts.push(self.pick(&manner.lines, x, chance, used));
                if chance.below(4) == 0 {
                    parts.push(closer(chance, used));
                }
            }
            // A saying of the trade in the manner's frame.
            5..8 => {
                if !terse && parts.is_empty() {
                    parts.push(opener(chance, used));
                }
                let saying = self.pick(&self.voice.trade.sayings, x, chance, used);
                parts.push(shape::apply(&saying, manner.shape, chance));
                if chance.below(2) == 0 {
                    parts.push(closer(chance, used));
                }
            }
            _ => {
                let (opens, closes) = match chance.below(10) {
                    0..4 => (true, false),
                    4..7 => (false, true),
                    _ => (true, !terse),
                };
                // Where a mood has begun, the manner ends.
                let closes = closes || !parts.is_empty();
                if opens && parts.is_empty() {
                    parts.push(opener(chance, used));
                }
                let core = self.core(kind, manner, chance, used);
                parts.push(shape::apply(&core, manner.shape, chance));
                // An answer without a word of the trade gets one behind it, mostly.
                let bare = used.last().is_some_and(|text| !OF_TRADE.iter().any(|hole| text.contains(hole)));
                if bare && !terse && chance.below(3) < 2 {
                    parts.push(self.pick(&self.voice.trade.sayings, x, chance, used));
                } else if closes {
                    parts.push(closer(chance, used));
                }
            }
        }
        parts.retain(|part| !part.is_empty());
        sentences(&parts.join(" "))
    }

    /// What somebody else would have said, in this voice.
    pub(super) fn dress(&self, text: &str, chance: &mut Chance, used: &mut Vec<&'static str>) -> String {
        let at = chance.below(self.voice.manners.len());
        let Some(&(manner, x)) = self.voice.manners.get(at) else { return text.to_owned() };
        let text = match manner.shape {
            // It would cut the fact off, or change its letters.
            Shape::Trail | Shape::Short => text.to_owned(),
            Shape::Loud => shape::apply(text, Shape::Exclaim, chance),
            shape => shape::apply(text, shape, chance),
        };
        let opener = self.pick(&manner.openers, x, chance, used);
        sentences(&match chance.below(3) {
            0 => format!("{opener} {text}"),
            1 => format!("{text} {}", self.pick(&manner.closers, x, chance, used)),
            _ => format!("{opener} {text} {}", self.pick(&self.voice.trade.sayings, x, chance, used)),
        })
    }

    /// The answer itself, as somebody of this temper gives it.
    fn core(
        &self,
        kind: Option<&'static Kind>,
        manner: &Manner,
        chance: &mut Chance,
        used: &mut Vec<&'static str>,
    ) -> String {
        let Some(kind) = kind else {
            return self.pick(
                &["{worry}.", "I was {doing}.", "{worry}, and I was {doing}.", "{doing}, that is all I do."],
                "",
                chance,
                used,
            );
        };
        // Those of even temper also answer in other tempers than their own, sometimes.
        let temper = match manner.temper {
            '=' => *chance.pick(&['=', '=', '=', '=', '+', '-']),
            _ if chance.below(4) == 0 => '=',
            temper => temper,
        };
        let of_temper = |temper| {
            let fits = kind.answers.iter().filter(move |(of, text)| *of == temper && self.ground.allows(text));
            fits.map(|(_, text)| *text).collect::<Vec<&'static str>>()
        };
        let fits = of_temper(temper);
        let fits = if fits.is_empty() { of_temper('=') } else { fits };
        self.pick(&fits, "", chance, used)
    }

    /// One of these that has not been said, with its holes filled.
    fn pick(&self, from: &[&'static str], x: &str, chance: &mut Chance, used: &mut Vec<&'static str>) -> String {
        let allowed = || from.iter().copied().filter(|text| self.ground.allows(text));
        let fresh: Vec<&'static str> = allowed().filter(|text| !used.contains(text)).collect();
        let fresh = if fresh.is_empty() { allowed().collect() } else { fresh };
        let Some(text) = fresh.get(chance.below(fresh.len())).copied() else { return String::new() };
        used.push(text);
        self.fill(text, x, chance)
    }

    fn fill(&self, text: &str, x: &str, chance: &mut Chance) -> String {
        let trade = self.voice.trade;
        // Several things in a line are different ones.
        let mut at = chance.below(trade.things.len());
        let mut thing = |step: usize| {
            at = (at + step) % trade.things.len().max(1);
            &trade.things[at]
        };
        let one = |from: &[&'static str], chance: &mut Chance| -> String {
            let fits: Vec<&str> = from.iter().copied().filter(|text| self.ground.allows(text)).collect();
            let text = fits.get(chance.below(fits.len())).copied().unwrap_or_default();
            // What is filled in has holes of its own.
            fill(text, &mut |hole| self.ground.value(hole, chance).map(ToString::to_string))
        };
        fill(text, &mut |hole| {
            Some(match hole {
                "thing" => thing(1).0.to_owned(),
                "same" => thing(0).0.to_owned(),
                "a same" => with_article(thing(0).0),
                "a thing" => with_article(thing(1).0),
                "things" => thing(1).1.clone(),
                "doing" => one(&trade.doings, chance),
                "worry" => one(&trade.worries, chance),
                "place" => trade.place.to_owned(),
                "measures" => trade.measures.to_owned(),
                "x" => x.to_owned(),
                _ => self.ground.value(hole, chance)?.to_owned(),
            })
        })
    }
}

/// `text` with what `value` has for each hole; others stay.
fn fill(text: &str, value: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out += before;
        let Some((hole, after)) = behind.split_once('}') else { return out + "{" + behind };
        out += &value(hole).unwrap_or_else(|| format!("{{{hole}}}"));
        rest = after;
    }
    out + rest
}

/// Each sentence begins with a capital.
fn sentences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.trim().chars() {
        if begins && c.is_alphanumeric() {
            out.extend(c.to_uppercase());
            begins = false;
            continue;
        }
        out.push(c);
        if c == ' ' {
            let said = out.trim_end();
            begins = said.ends_with(['!', '?']) || (said.ends_with('.') && !said.ends_with(".."));
        } else if c.is_alphanumeric() {
            begins = false;
        }
    }
    out
}
