//! What is wrong with an opening that has the right shape. What passes here can be told with every seed, in any number of
//! chapters that there is material for.

use std::collections::{BTreeMap, HashMap};

use super::fill::{Bound, fill, resolve, ways};
use super::format::{Hole, Opening, Scene, Tell};
use super::order::Threads;
use super::parse::{FORMAT, Trouble};
use super::plan::{FEWEST_CHAPTERS, MOST_CHAPTERS, MOST_FILLINGS, fillings, leaders, no_order};
use crate::judge::words;
use crate::rehearsal::dice::Dice;
use crate::story::format::Rank;
use crate::story::table::Table;
use crate::template::Template;

/// Most threads.
const MOST_THREADS: usize = 16;
/// Most steps of one thread, the first and the last included.
const MOST_STEPS: usize = 24;
/// Most characters of what stands in every prompt: it is never left out, however small the window.
const LONGEST_LINE: usize = 360;
/// Most characters of a passage, of which the last one is never left out either.
const LONGEST_PASSAGE: usize = 700;

pub(super) fn troubles(opening: &Opening) -> Vec<Trouble> {
    let mut check = Check { opening, found: Vec::new() };
    check.head();
    check.people();
    check.places();
    check.holes("holes", &opening.holes);
    check.threads();
    check.events();
    check.repeats();
    // An order can only be looked for when all that it speaks of is there.
    if check.found.is_empty() {
        check.orders();
    }
    check.found
}

struct Check<'a> {
    opening: &'a Opening,
    found: Vec<Trouble>,
}

impl Check<'_> {
    fn add(&mut self, at: impl Into<String>, what: impl Into<String>) {
        self.found.push(Trouble { at: at.into(), what: what.into() });
    }

    fn line(&mut self, at: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(at, "it is empty; write a plain sentence");
        } else if text.chars().count() > LONGEST_LINE {
            self.add(
                at,
                format!("it is longer than {LONGEST_LINE} characters, and stands in every prompt; shorten it"),
            );
        }
    }

    fn head(&mut self) {
        let opening = self.opening;
        if opening.format != FORMAT {
            self.add("format", format!("it is {}, and has to be {FORMAT}", opening.format));
        }
        if opening.id.trim().is_empty() || opening.title.trim().is_empty() {
            self.add("id, title", "both are needed");
        }
        self.line("premise", &opening.premise);
        if !(FEWEST_CHAPTERS..=MOST_CHAPTERS).contains(&opening.chapters) {
            self.add(
                "chapters",
                format!("it is {}; a serial has {FEWEST_CHAPTERS} to {MOST_CHAPTERS}", opening.chapters),
            );
        }
        for (at, fact) in opening.facts.iter().enumerate() {
            self.line(&format!("facts[{at}]"), &fact.says);
        }
        if let Rank::Pmi { null, .. } = &opening.policy.rank
            && let Err(error) = Template::parse(null)
        {
            self.add("policy.rank", error.to_string());
        }
    }

    fn twice<T>(&mut self, at: &str, table: &Table<T>) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        table.ids().for_each(|id| *seen.entry(id).or_default() += 1);
        for (id, _) in seen.into_iter().filter(|(_, times)| *times > 1) {
            self.add(format!("{at}.{id}"), "it is defined twice; give one of them another id");
        }
    }

    fn people(&mut self) {
        let opening = self.opening;
        self.twice("cast", &opening.cast);
        if opening.cast.is_empty() {
            self.add("cast", "there is nobody; write somebody who acts");
        }
        let mut names: HashMap<Vec<String>, &str> = HashMap::new();
        for (id, person) in opening.cast.iter() {
            let at = format!("cast.{id}");
            self.line(&format!("{at}.name"), &person.name);
            for name in opening.names_of(id) {
                let folded = words::words(name);
                if folded.is_empty() {
                    self.add(&at, format!("'{name}' has no letters"));
                } else if let Some(other) = names.insert(folded, id).filter(|other| *other != id) {
                    self.add(&at, format!("'{name}' is also a name of '{other}'; names have to tell people apart"));
                }
            }
        }
    }

    fn places(&mut self) {
        let opening = self.opening;
        self.twice("places", &opening.places);
        if opening.places.is_empty() {
            self.add("places", "there is none; write one with a setting");
        }
        for (id, place) in opening.places.iter() {
            self.line(&format!("places.{id}.name"), &place.name);
            self.line(&format!("places.{id}.setting"), &place.setting);
        }
    }

    fn holes(&mut self, at: &str, holes: &Table<Hole>) {
        self.twice(at, holes);
        for (id, hole) in holes.iter() {
            let at = format!("{at}.{id}");
            match hole {
                Hole::Person { of } => {
                    let unknown: Vec<&String> = of.iter().filter(|who| !self.opening.cast.contains(who)).collect();
                    unknown.into_iter().for_each(|who| self.nobody(&at, who));
                }
                Hole::Place { of } => {
                    let unknown: Vec<&String> = of.iter().filter(|id| !self.opening.places.contains(id)).collect();
                    unknown.into_iter().for_each(|place| self.nowhere(&at, place));
                }
                Hole::Word { of } if of.is_empty() || of.iter().any(|word| word.trim().is_empty()) => {
                    self.add(at, "it has no words, or an empty one");
                }
                Hole::Number { from, to } if from > to => self.add(at, format!("no number is from {from} to {to}")),
                Hole::Word { .. } | Hole::Number { .. } => {}
            }
        }
    }

    fn nobody(&mut self, at: &str, who: &str) {
        let known: Vec<&str> = self.opening.cast.ids().collect();
        self.add(at, format!("'{who}' is nobody of the cast: {}", known.join(", ")));
    }

    fn nowhere(&mut self, at: &str, place: &str) {
        let known: Vec<&str> = self.opening.places.ids().collect();
        self.add(at, format!("'{place}' is no place: {}", known.join(", ")));
    }

    fn threads(&mut self) {
        let opening = self.opening;
        self.twice("threads", &opening.threads);
        if opening.threads.is_empty() || opening.threads.len() > MOST_THREADS {
            self.add("threads", format!("there are {}; write 1 to {MOST_THREADS}", opening.threads.len()));
        }
        // Who is sent away or brought back by which thread.
        let mut moved: BTreeMap<String, &str> = BTreeMap::new();
        for (id, thread) in opening.threads.iter() {
            let at = format!("threads.{id}");
            if id.contains(['/', ':']) {
                self.add(&at, "an id has no '/' and no ':'");
            }
            self.line(&format!("{at}.question"), &thread.question);
            self.twice(&format!("{at}.steps"), &thread.steps);
            if thread.steps.contains("opens") || thread.steps.contains("closes") {
                self.add(format!("{at}.steps"), "a step cannot be called opens or closes");
            }
            if thread.len() > MOST_STEPS {
                self.add(&at, format!("it has {} steps, and at most {MOST_STEPS} are planned", thread.len()));
            }
            thread.with.iter().filter(|who| !opening.cast.contains(who)).for_each(|who| self.nobody(&at, who));
            for (step, scene) in thread.scenes() {
                let at = format!("{at}.{step}");
                self.scene(&at, scene, &Table::default());
                for who in scene.leaves.iter().chain(&scene.returns) {
                    if let Some(other) = moved.insert(who.clone(), id).filter(|other| *other != id) {
                        self.add(&at, format!("'{who}' is sent away or brought back by '{other}' too; one thread may"));
                    }
                }
                for who in scene.dies.iter().chain(&scene.leaves).chain(&scene.returns) {
                    if !opening.cast.contains(who) {
                        self.nobody(&at, who);
                    } else if !scene.with.contains(who) {
                        self.add(&at, format!("'{who}' dies, leaves or returns in it, so put them into `with`"));
                    }
                }
            }
        }
    }

    fn events(&mut self) {
        let opening = self.opening;
        self.twice("events", &opening.events);
        for (id, event) in opening.events.iter() {
            let at = format!("events.{id}");
            self.holes(&format!("{at}.holes"), &event.holes);
            self.scene(&at, &event.scene, &event.holes);
            for thread in event.about.iter().filter(|thread| !opening.threads.contains(thread)) {
                self.add(&at, format!("'{thread}' in `about` is no thread"));
            }
            for step in event.before.iter().filter(|step| opening.step(step).is_none()) {
                self.no_step(&at, step);
            }
            let scene = &event.scene;
            if !(scene.dies.is_empty() && scene.leaves.is_empty() && scene.returns.is_empty()) {
                self.add(&at, "an event sends nobody away, brings nobody back and kills nobody; that is for threads");
            }
        }
    }

    fn no_step(&mut self, at: &str, step: &str) {
        self.add(at, format!("'{step}' is no step; write thread/step, thread/opens or thread/closes"));
    }

    fn scene(&mut self, at: &str, scene: &Scene, holes: &Table<Hole>) {
        let opening = self.opening;
        self.line(&format!("{at}.goal"), &scene.goal);
        for step in scene.after.iter().filter(|step| opening.step(step).is_none()) {
            self.no_step(at, step);
        }
        let is_hole = |id: &str| {
            let hole = id.strip_prefix('{').and_then(|id| id.strip_suffix('}'));
            hole.map(|hole| holes.get(hole).or_else(|| opening.holes.get(hole)))
        };
        for who in &scene.with {
            match is_hole(who) {
                Some(Some(Hole::Person { .. })) => {}
                Some(_) => self.add(at, format!("{who} in `with` is no hole for a person")),
                None if !opening.cast.contains(who) => self.nobody(at, who),
                None => {}
            }
        }
        match is_hole(&scene.at) {
            Some(Some(Hole::Place { .. })) => {}
            Some(_) => self.add(at, format!("{} in `at` is no hole for a place", scene.at)),
            None if !opening.places.contains(&scene.at) => self.nowhere(at, &scene.at),
            None => {}
        }
        if scene.tell.iter().all(|tell| tell.shown().is_empty()) {
            self.add(at, "it tells nothing; write a passage with Say");
        }
        self.texts(at, scene, holes);
    }

    /// Every text can be filled, and keeps to its own rules.
    fn texts(&mut self, at: &str, scene: &Scene, holes: &Table<Hole>) {
        let opening = self.opening;
        let everybody: Vec<String> = opening.cast.ids().map(str::to_owned).collect();
        let first = |holes: &Table<Hole>| ways(opening, holes, &everybody, 1).pop().unwrap_or_default();
        let (outer, inner): (Vec<Bound>, Vec<Bound>) = (first(&opening.holes), first(holes));
        if outer.len() < opening.holes.len() || inner.len() < holes.len() {
            self.add(at, "a hole has nothing to fill it: too few people for all of them?");
            return;
        }
        let bound = [outer.as_slice(), inner.as_slice()];
        let mut texts: Vec<(&str, usize)> =
            vec![(&scene.title, LONGEST_LINE), (&scene.goal, LONGEST_LINE), (&scene.happens, LONGEST_LINE)];
        texts.extend(scene.tell.iter().flat_map(Tell::texts).map(|text| (text, LONGEST_PASSAGE)));
        for (text, most) in texts {
            match fill(opening, text, &bound) {
                Err(why) => self.add(at, format!("in \"{text}\": {why}")),
                Ok(filled) if filled.chars().count() > most => {
                    self.add(at, format!("\"{}..\" is longer than {most} characters; split it", first_words(text)));
                }
                Ok(_) => {}
            }
        }
        if scene.with.iter().any(|who| resolve(who, &bound).is_none()) {
            self.add(at, "somebody in `with` cannot be filled");
        }
        for tell in &scene.tell {
            if !matches!(tell, Tell::Break)
                && (tell.shown().is_empty() || tell.shown().iter().any(|t| t.trim().is_empty()))
            {
                self.add(at, "a passage is empty");
            }
            let Tell::Free { must, must_not, .. } = tell else { continue };
            for text in tell.shown() {
                let said = words::words(&fill(opening, text, &bound).unwrap_or_default());
                let says = |phrase: &String| {
                    let phrase = fill(opening, phrase, &bound).unwrap_or_default();
                    words::contains(&said, &phrase)
                };
                if let Some(group) = must.iter().find(|group| !group.iter().any(says)) {
                    self.add(
                        at,
                        format!("\"{text}\" has none of {group:?}, which it must have: it stands when no model does"),
                    );
                }
                if let Some(word) = must_not.iter().chain(&scene.must_not).find(|word| says(word)) {
                    self.add(at, format!("\"{text}\" has '{word}', which is not to be said"));
                }
            }
        }
    }

    /// No passage stands in two places: a serial that says a thing twice is read as broken.
    fn repeats(&mut self) {
        let mut first: HashMap<Vec<String>, String> = HashMap::new();
        let mut found = Vec::new();
        for (address, scene) in self.opening.scenes() {
            for text in scene.tell.iter().flat_map(Tell::shown) {
                if let Some(other) = first.insert(words::words(text), address.clone()) {
                    found.push((address.clone(), format!("\"{text}\" stands in {other} too; say it in other words")));
                }
            }
        }
        for (address, what) in found {
            let at = match address.split_once('/') {
                Some((thread, step)) => format!("threads.{thread}.{step}"),
                None => address.replace("event:", "events."),
            };
            self.add(at, what);
        }
    }

    /// There is an order for every thread that may open first and every filling of the opening's holes.
    fn orders(&mut self) {
        let opening = self.opening;
        let fillings = fillings(opening);
        if fillings.is_empty() {
            self.add(
                "holes",
                "there is no way to fill them: too few people, or nobody of `of` is there at the beginning",
            );
        }
        if fillings.len() > MOST_FILLINGS {
            self.add(
                "holes",
                format!("there are more than {MOST_FILLINGS} ways to fill them, and each has to be sound"),
            );
            return;
        }
        for bound in fillings {
            let threads = Threads::new(opening, &bound);
            for first in leaders(opening) {
                if let Err(why) = threads.order(first, &mut Dice::new(1)) {
                    let error = no_order(opening, first, &why).to_string();
                    if !self.found.iter().any(|trouble| trouble.what == error) {
                        self.add("threads", error);
                    }
                }
            }
        }
    }
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(6).collect::<Vec<_>>().join(" ")
}
