//! K03 a fact that nothing calls up, K04 a key that calls up more facts than a prompt takes.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::knowledge::knows_here;
use super::{Linter, Spoken};
use crate::judge::words;
use crate::story::diagnostic::Severity;
use crate::story::expr::ast::Kind;
use crate::story::expr::{Environment, Expr};
use crate::story::format::{Gen, Lore, Story, Value, VarDecl, Writing};
use crate::story::suggest::nearest;
use crate::template::Slot;

pub(super) fn check(linter: &mut Linter) {
    unheard(linter);
    crowded(linter);
}

/// K03. Where no text is generated, facts are for the game alone.
fn unheard(linter: &mut Linter) {
    let story = linter.story;
    if linter.spoken().iter().all(|spoken| spoken.generate.is_none()) {
        return;
    }
    let texts = Texts::of(linter);
    // Whoever asks may use any word, and a rumor needs none; a key of a secret is there to be kept back.
    let mut needless: HashSet<&str> = HashSet::new();
    for spoken in linter.spoken() {
        match spoken.generate {
            Some(Gen::Answer { from, .. }) => needless.extend(from.iter().map(String::as_str)),
            Some(Gen::Rumor { of, .. }) => _ = needless.insert(of),
            _ => {}
        }
    }
    needless.extend(story.cast.iter().flat_map(|(_, character)| character.hides.iter().map(String::as_str)));
    for (index, (id, lore)) in story.lore.iter().enumerate() {
        let keys = || lore.keys.iter().filter(|key| !key.trim().is_empty());
        if keys().next().is_none() || lore.secret || needless.contains(id) || keys().any(|key| texts.have(key)) {
            continue;
        }
        let near = keys().find_map(|key| nearest(key, texts.words.iter().map(String::as_str)));
        let help = near.map_or_else(
            || "give it a key that a text or a goal uses, or let an Answer list it in from".to_owned(),
            |word| format!("the texts have '{word}': add it to keys"),
        );
        let place = linter.places.entry("lore", index).field("keys");
        let message = format!("lore '{id}' has no key that occurs in any text or goal; it can never be called up");
        linter.report("K03", Severity::Warn, place, message).help = Some(help);
    }
}

/// The texts that can call up a fact: what is said, what the player chooses, and the goals.
struct Texts {
    texts: Vec<Vec<String>>,
    words: HashSet<String>,
}

impl Texts {
    fn of(linter: &Linter) -> Self {
        let mut texts: Vec<&str> = Vec::new();
        for spoken in linter.spoken() {
            texts.push(spoken.say);
            match spoken.generate {
                Some(Gen::Pick { from, .. }) => texts.extend(from.iter().map(String::as_str)),
                Some(Gen::Vary(writing) | Gen::Free(writing)) => texts.push(&writing.goal),
                _ => {}
            }
        }
        texts.extend(linter.choices().into_iter().map(|(_, choice, _)| choice.say.as_str()));
        texts.extend(linter.outcomes().into_iter().map(|(_, outcome, _)| outcome.say.as_str()));
        for (_, beat, _) in linter.beats() {
            texts.extend(beat.detour.iter().flat_map(|detour| [detour.goal.as_str(), detour.say.as_str()]));
        }
        let texts: Vec<Vec<String>> = texts.into_iter().map(words::words).collect();
        let words = texts.iter().flatten().cloned().collect();
        Self { texts, words }
    }

    fn have(&self, key: &str) -> bool {
        let wanted = words::words(key);
        // Scripts without spaces have no words to look up.
        let spaced = key.chars().all(|c| !c.is_alphabetic() || c.is_lowercase() || c.is_uppercase());
        if spaced && (wanted.len() == 1 || !wanted.iter().all(|word| self.words.contains(word))) {
            return wanted.len() == 1 && self.words.contains(&wanted[0]);
        }
        self.texts.iter().any(|text| words::contains(text, key))
    }
}

/// K04.
fn crowded(linter: &mut Linter) {
    let story = linter.story;
    let mut told: HashSet<(String, BTreeSet<usize>)> = HashSet::new();
    for spoken in linter.spoken() {
        let Some((prompt, from, about)) = spoken.generate.map(|generate| wants(generate, &spoken)) else { continue };
        let Some(template) = linter.template(prompt) else { continue };
        let takes = template.count(Slot::Lore);
        if takes == 0 {
            continue;
        }
        let about = about.map(words::words);
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, (id, lore)) in story.lore.iter().enumerate() {
            let listed = from.is_none_or(|from| from.iter().any(|fact| fact == id));
            if listed && knows_here(story, &spoken, id) {
                for key in lore.keys.iter().filter(|key| about.as_ref().is_none_or(|text| words::contains(text, key))) {
                    by_key.entry(words::fold(key)).or_default().push(index);
                }
            }
        }
        let mut keys: Vec<(String, Vec<usize>)> = by_key.into_iter().filter(|(_, facts)| facts.len() > takes).collect();
        keys.sort();
        for (key, facts) in keys {
            let mut facts = at_once(story, &facts);
            if facts.len() <= takes || !told.insert((prompt.to_owned(), facts.iter().copied().collect())) {
                continue;
            }
            report(linter, &spoken, &key, &mut facts, prompt, takes);
        }
    }
}

fn report(linter: &mut Linter, spoken: &Spoken, key: &str, facts: &mut [usize], prompt: &str, takes: usize) {
    let lore: Vec<(&str, &Lore)> = linter.story.lore.iter().collect();
    facts.sort_by_key(|&fact| (-i64::from(lore[fact].1.weight), fact));
    let dropped = &facts[takes..];
    let list = dropped.iter().map(|&fact| format!("'{}'", lore[fact].0)).collect::<Vec<_>>().join(", ");
    let message = format!(
        "key '{key}' calls up {} facts for '{}', but prompt '{prompt}' takes {takes}; the lowest weights are dropped: {list}",
        facts.len(),
        spoken.id,
    );
    let first = dropped[0];
    let at = lore[first].1.keys.iter().position(|other| words::fold(other) == key).unwrap_or_default();
    let place = linter.places.entry("lore", first).field("keys").item(at);
    let user = spoken.place.field("gen").value();
    let found = linter.report("K04", Severity::Warn, place, message);
    found.help = Some(format!(
        "give them keys of their own, or write {{lore:{}}} in the prompt; of equal weights the later in the file goes first",
        facts.len()
    ));
    *found = found.clone().label(user, "asked for here");
}

/// The prompt of a line, the facts that it is limited to, and the text that alone calls up facts for it.
fn wants<'a>(generate: &'a Gen, spoken: &Spoken<'a>) -> (&'a str, Option<&'a [String]>, Option<&'a str>) {
    match generate {
        Gen::Answer { prompt, from, .. } => (prompt, Some(from), None),
        Gen::Rumor { prompt, of, .. } => (prompt, Some(std::slice::from_ref(of)), None),
        // A rewording shows the facts of its line only.
        Gen::Vary(Writing { prompt, .. }) => (prompt, None, Some(spoken.say)),
        Gen::Free(Writing { prompt, .. }) | Gen::Pick { prompt, .. } => (prompt, None, None),
    }
}

/// The largest set of facts that can hold together. Conditions that ask for more than variables count as true; so do all
/// when there are too many values to try.
fn at_once(story: &Story, facts: &[usize]) -> Vec<usize> {
    /// Most assignments that are tried.
    const MOST: usize = 4096;
    let lore: Vec<&Lore> = story.lore.iter().map(|(_, lore)| lore).collect();
    let mut names: Vec<&str> = Vec::new();
    let mut decidable: HashMap<usize, &Expr> = HashMap::new();
    for &fact in facts {
        let Some((when, node)) = lore[fact].when.as_ref().and_then(|when| Some((when, when.ast()?))) else { continue };
        let mut calls = false;
        let mut read: Vec<&str> = Vec::new();
        node.walk(&mut |node| match &node.kind {
            Kind::Call { .. } => calls = true,
            Kind::Name(name) if story.vars.contains(name) => read.push(name),
            _ => {}
        });
        if !calls {
            decidable.insert(fact, when);
            names.extend(read);
        }
    }
    names.sort_unstable();
    names.dedup();
    let values: Vec<Vec<Value>> =
        names.iter().filter_map(|name| story.vars.get(name)).map(|decl| all(decl, MOST)).collect();
    let count = values.iter().try_fold(1_usize, |count, values| count.checked_mul(values.len()));
    let Some(count) = count.filter(|count| (1..=MOST).contains(count)) else { return facts.to_vec() };
    let mut best: Vec<usize> = Vec::new();
    for number in 0..count {
        let mut left = number;
        let picked = values.iter().map(|values| {
            let value = values[left % values.len()].clone();
            left /= values.len();
            value
        });
        let env = Assigned(names.iter().copied().zip(picked).collect());
        let holds = |fact: &usize| decidable.get(fact).is_none_or(|when| when.holds(&env).unwrap_or(false));
        let now: Vec<usize> = facts.iter().copied().filter(holds).collect();
        if now.len() > best.len() {
            best = now;
        }
    }
    best
}

/// All values of a variable, or one more than `most` of them.
fn all(declared: &VarDecl, most: usize) -> Vec<Value> {
    match declared {
        VarDecl::Int { min, max, .. } => (*min..=*max).take(most + 1).map(Value::Int).collect(),
        VarDecl::Bool { .. } => vec![Value::Bool(false), Value::Bool(true)],
        VarDecl::Enum { of, .. } => of.iter().cloned().map(Value::Word).collect(),
    }
}

struct Assigned<'a>(HashMap<&'a str, Value>);

impl Environment for Assigned<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn visits(&self, _: &str) -> u32 {
        0
    }

    fn seen(&self, _: &str) -> bool {
        false
    }

    fn host(&self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("nobody asks {name} here"))
    }
}
