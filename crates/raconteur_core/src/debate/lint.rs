//! What is wrong with a debate: D01 to D14, and of conditions the codes of a story (V01, V02, V05, V06, V08).
//!
//! | code | severity | what |
//! |---|---|---|
//! | D01 | error | not two sides, or an unknown format |
//! | D02 | error | a side that is not there |
//! | D03 | error | a claim that is not there |
//! | D04 | error | a counter to its own side; a contradiction of the other |
//! | D05 | error | one id for two things |
//! | D06 | error | listeners that are not there |
//! | D07 | error | a story, or something of it, that is not there |
//! | D08 | warning | a claim that can never be made |
//! | D09 | error | no words |
//! | D10 | warning | a side that runs out of claims |
//! | D11 | error | a number outside its range |
//! | D12 | warning | an authored text that breaks its own rules |
//! | D13 | info | a claim that nobody can answer |
//! | D14 | warning | a claim that moves nobody |

mod never;

use std::collections::BTreeMap;

use super::format::{Claim, DEBATE_FORMAT, FIRMNESS, Motion, OPINION};
use super::stage::stage;
use crate::judge::words;
use crate::runner::PLAYER;
use crate::story::diagnostic::{Diagnostic, Severity, Span};
use crate::story::expr::{Scope, TypeError};
use crate::story::format::Story;
use crate::story::lint::place::{Place, Places};
use crate::story::source::Source;
use crate::story::spans::Tree;
use crate::story::suggest::did_you_mean;
use crate::story::table::Table;

/// Checks a debate that was made in code, or whose story has come only now. Without the story its ids are not looked at.
#[must_use]
pub fn check(motion: &Motion, story: Option<&Story>) -> Vec<Diagnostic> {
    let source = Source::new(motion.id.clone(), "");
    lint(motion, story, &source, &Tree::scan(""))
}

pub(super) fn lint(motion: &Motion, story: Option<&Story>, source: &Source, tree: &Tree) -> Vec<Diagnostic> {
    let (sources, trees) = (std::slice::from_ref(source), std::slice::from_ref(tree));
    let mut linter = Linter { motion, story, found: Vec::new() };
    let root = Places::new(sources, trees).root();
    linter.whole(root);
    linter.twice(root);
    linter.sides(root.field("sides"));
    linter.audience(root.field("audience"));
    for (index, (id, claim)) in motion.claims.iter().enumerate() {
        let place = root.field("claims").entry(index);
        linter.links(id, claim, place);
        linter.weights(id, claim, place);
        linter.texts(id, claim, place);
        linter.facts(id, claim, place);
    }
    linter.conditions(root.field("claims"));
    linter.dead(root.field("claims"));
    linter.counts(root.field("claims"), root);
    linter.found
}

struct Linter<'a> {
    motion: &'a Motion,
    story: Option<&'a Story>,
    found: Vec<Diagnostic>,
}

impl Linter<'_> {
    fn error(&mut self, code: &'static str, at: impl Into<Span>, message: String, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, Severity::Error, at.into(), message).help(help));
    }

    fn warn(&mut self, code: &'static str, at: impl Into<Span>, message: String, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, Severity::Warn, at.into(), message).help(help));
    }

    /// D01, D09, D11 of the debate itself, D07 of its place.
    fn whole(&mut self, root: Place<'_>) {
        let motion = self.motion;
        if motion.format == 0 || motion.format > DEBATE_FORMAT {
            let message = format!("format {} is not known here", motion.format);
            self.error("D01", root.field("format"), message, format!("write format: {DEBATE_FORMAT}"));
        }
        if motion.sides.len() != 2 {
            let message = format!("there are {} sides, and a debate has two", motion.sides.len());
            self.error(
                "D01",
                root.field("sides").key(),
                message,
                "write sides: {\"one\": (who: ..), \"other\": (who: ..)}",
            );
        }
        for (field, text) in [("id", &motion.id), ("topic", &motion.topic)] {
            if text.trim().is_empty() {
                self.error(
                    "D09",
                    root.field(field),
                    format!("the debate has no {field}"),
                    format!("add {field}: \"..\""),
                );
            }
        }
        if motion.turns == 0 {
            self.error("D11", root.field("turns"), "no turn is ever taken".to_owned(), "write turns: 12, or so");
        }
        if !(0..=100).contains(&motion.beside) {
            self.error("D11", root.field("beside"), format!("{} percent is none", motion.beside), "write 0 to 100");
        }
        if let Some(opinion) = motion.ends.opinion.filter(|opinion| !(1..=OPINION).contains(opinion)) {
            let place = root.field("ends").field("opinion");
            self.error("D11", place, format!("no opinion ever reaches {opinion} and not before"), "write 1 to 100");
        }
        if let (Some(place), Some(story)) = (&motion.place, self.story)
            && !story.places.contains(place)
        {
            let help =
                did_you_mean(place, story.places.ids()).unwrap_or_else(|| "name a place of the story".to_owned());
            self.error("D07", root.field("place"), format!("the story has no place '{place}'"), help);
        }
    }

    /// D05.
    fn twice(&mut self, root: Place<'_>) {
        fn again<T>(table: &Table<T>) -> Vec<(usize, String)> {
            let all = table.iter().enumerate();
            all.filter(|(index, (id, _))| table.position(id) != Some(*index))
                .map(|(i, (id, _))| (i, id.to_owned()))
                .collect()
        }
        let motion = self.motion;
        let tables =
            [("sides", again(&motion.sides)), ("claims", again(&motion.claims)), ("audience", again(&motion.audience))];
        for (table, again) in tables {
            for (index, id) in again {
                let at = root.field(table).entry(index).key();
                self.error("D05", at, format!("'{id}' is defined twice in {table}"), "give one of them another id");
            }
        }
    }

    /// D07, D11 of the sides.
    fn sides(&mut self, table: Place<'_>) {
        for (index, (id, side)) in self.motion.sides.iter().enumerate() {
            let place = table.entry(index);
            if side.who.trim().is_empty() {
                self.error("D09", place.field("who"), format!("nobody argues '{id}'"), "add who: \"..\"");
            } else if let Some(story) = self.story
                && side.who != PLAYER
                && !story.cast.contains(&side.who)
            {
                let help =
                    did_you_mean(&side.who, story.cast.ids()).unwrap_or_else(|| "name somebody of its cast".to_owned());
                self.error("D07", place.field("who"), format!("'{}' is not in the cast of the story", side.who), help);
            } else if self.motion.story.is_none() && side.name.trim().is_empty() && side.who != PLAYER {
                let help = "add name: \"..\" and voice: \"..\", or name a story that has a cast";
                self.error("D09", place, format!("'{}' has no name", side.who), help);
            }
            if !(1..=FIRMNESS).contains(&side.firmness) {
                self.error(
                    "D11",
                    place.field("firmness"),
                    format!("a firmness of {}", side.firmness),
                    "write 1 to 100",
                );
            }
        }
    }

    /// D11 of the audience.
    fn audience(&mut self, table: Place<'_>) {
        for (index, (id, group)) in self.motion.audience.iter().enumerate() {
            if !(-OPINION..=OPINION).contains(&group.opinion) {
                let message = format!("'{id}' begins with an opinion of {}", group.opinion);
                self.error("D11", table.entry(index).field("opinion"), message, "write -100 to 100");
            }
        }
        let motion = self.motion;
        if !motion.audience.is_empty() && motion.audience.iter().all(|(_, group)| group.weight == 0) {
            let message = "nobody in the audience counts".to_owned();
            self.error("D11", table, message, "give at least one group a weight above 0");
        }
    }

    /// D02, D03, D04: where a claim belongs, and what it names.
    fn links(&mut self, id: &str, claim: &Claim, place: Place<'_>) {
        let motion = self.motion;
        let Some(own) = motion.sides.get(&claim.side).map(|_| claim.side.as_str()) else {
            let help = did_you_mean(&claim.side, motion.sides.ids())
                .unwrap_or_else(|| format!("the sides are {}", motion.sides.ids().collect::<Vec<_>>().join(", ")));
            self.error(
                "D02",
                place.field("side"),
                format!("'{id}' belongs to '{}', which is no side", claim.side),
                help,
            );
            return;
        };
        let lists: [(&str, &[String], bool); 3] = [
            ("counters", &claim.counters, false),
            ("concedes", &claim.concedes, false),
            ("contradicts", &claim.contradicts, true),
        ];
        for (field, list, of_own) in lists {
            for (index, named) in list.iter().enumerate() {
                let at = place.field(field).item(index);
                match motion.claims.get(named) {
                    None => {
                        let of_side = |side: &str| (side == own) == of_own;
                        let likely = motion.claims.iter().filter(|(_, other)| of_side(&other.side)).map(|(id, _)| id);
                        let help = did_you_mean(named, likely).or_else(|| did_you_mean(named, motion.claims.ids()));
                        let help = help.unwrap_or_else(|| "name a claim of this debate".to_owned());
                        self.error("D03", at, format!("'{id}' {field} '{named}', which is no claim"), help);
                    }
                    Some(_) if named == id => {
                        self.error("D04", at, format!("'{id}' {field} itself"), "take it out of the list");
                    }
                    Some(other) if (other.side == own) != of_own => {
                        let (whose, help) = if of_own {
                            ("the other side's", "what answers the other side stands in counters")
                        } else {
                            ("its own side's", "what cannot stand beside a claim of its own side stands in contradicts")
                        };
                        self.error("D04", at, format!("'{id}' {field} '{named}', which is {whose}"), help);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// D06, D11, D14: what a claim moves.
    fn weights(&mut self, id: &str, claim: &Claim, place: Place<'_>) {
        let motion = self.motion;
        let table = place.field("sways");
        for (index, (group, by)) in claim.sways.iter().enumerate() {
            if !motion.audience.contains(group) {
                let help =
                    did_you_mean(group, motion.audience.ids()).unwrap_or_else(|| "name a group of audience".to_owned());
                self.error(
                    "D06",
                    table.entry(index).key(),
                    format!("'{id}' sways '{group}', who does not listen"),
                    help,
                );
            }
            if !(-OPINION..=OPINION).contains(by) {
                self.error("D11", table.entry(index), format!("'{id}' sways '{group}' by {by}"), "write -100 to 100");
            }
        }
        if !motion.audience.is_empty() && claim.sways.iter().all(|(_, by)| *by == 0) {
            let message = format!("'{id}' moves nobody who listens");
            self.warn(
                "D14",
                place.key(),
                message,
                "add sways: {\"group\": 5}, also where it only tells against its own side",
            );
        }
        for (field, by) in [("shakes", claim.shakes), ("steadies", claim.steadies)] {
            if by.abs() > FIRMNESS || (field == "shakes" && by < 0) {
                self.error(
                    "D11",
                    place.field(field),
                    format!("'{id}' {field} by {by}"),
                    "write at most 100; shakes is not below 0",
                );
            }
        }
    }

    /// D09, D12: the words of a claim.
    fn texts(&mut self, id: &str, claim: &Claim, place: Place<'_>) {
        if claim.say.trim().is_empty() {
            self.error(
                "D09",
                place.key(),
                format!("'{id}' has no words"),
                "add say: \"..\"; it is what is heard without a model",
            );
            return;
        }
        let said = words::words(&claim.say);
        for (index, group) in claim.must.iter().enumerate() {
            if !group.is_empty() && !group.iter().any(|word| words::contains(&said, word)) {
                let message = format!("'{id}' has to say one of {}, and its own words do not", group.join(", "));
                self.warn("D12", place.field("must").item(index), message, "use one of them in say");
            }
        }
        if let Some(word) = claim.must_not.iter().find(|word| words::contains(&said, word)) {
            let message = format!("'{id}' may not say '{word}', and its own words do");
            self.warn("D12", place.field("must_not"), message, "take it out of say");
        }
    }

    /// D07 of facts.
    fn facts(&mut self, id: &str, claim: &Claim, place: Place<'_>) {
        let Some(story) = self.story else { return };
        for (index, fact) in claim.needs.iter().enumerate() {
            if !story.lore.contains(fact) {
                let help = did_you_mean(fact, story.lore.ids()).unwrap_or_else(|| "name a fact of its lore".to_owned());
                let at = place.field("needs").item(index);
                self.error("D07", at, format!("'{id}' needs the fact '{fact}', which the story does not have"), help);
            }
        }
    }

    /// The codes of conditions. Those of a story that has not been read cannot be checked for names.
    fn conditions(&mut self, table: Place<'_>) {
        let stage = stage(self.motion, self.story);
        let scope = Scope::new(&stage);
        let blind = self.motion.story.is_some() && self.story.is_none();
        for (index, (_, claim)) in self.motion.claims.iter().enumerate() {
            let Some(when) = &claim.when else { continue };
            for TypeError { code, span, message, help } in scope.check_condition(when) {
                if !blind || code == "V06" {
                    let at = table.entry(index).field("when").within(span);
                    self.found.push(Diagnostic::new(code, Severity::Error, at, message).maybe_help(help));
                }
            }
        }
    }

    /// D08.
    fn dead(&mut self, table: Place<'_>) {
        for (index, why) in never::never(self.motion, self.story) {
            let Some((id, _)) = self.motion.claims.iter().nth(index) else { continue };
            let message = format!("'{id}' can never be made: {}", why.says());
            self.warn("D08", table.entry(index).key(), message, why.help());
        }
    }

    /// D10, D13: how far the claims reach.
    fn counts(&mut self, table: Place<'_>, root: Place<'_>) {
        let motion = self.motion;
        let mut of_side: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, claim) in motion.claims.iter() {
            *of_side.entry(&claim.side).or_default() += 1;
        }
        for (index, (id, _)) in motion.sides.iter().enumerate().take(2) {
            let count = of_side.get(id).copied().unwrap_or(0);
            // The first side has the odd turn.
            let turns = if index == 0 { motion.turns.div_ceil(2) } else { motion.turns / 2 };
            if count < turns {
                let message = format!("'{id}' has {count} claims for {turns} turns");
                let help = "write more claims for it, or let the debate have fewer turns";
                self.warn("D10", root.field("sides").entry(index).key(), message, help);
            }
        }
        for (index, (id, claim)) in motion.claims.iter().enumerate() {
            let answered = motion.claims.iter().any(|(_, other)| {
                other.side != claim.side
                    && (other.counters.iter().any(|c| c == id) || other.concedes.iter().any(|c| c == id))
            });
            if !answered {
                let message = format!("nothing counters or grants '{id}'");
                let at = table.entry(index).key();
                self.found.push(
                    Diagnostic::new("D13", Severity::Info, at, message)
                        .help("let a claim of the other side counter it"),
                );
            }
        }
    }
}
