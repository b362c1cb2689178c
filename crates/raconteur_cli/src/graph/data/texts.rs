//! What is said, by whom, and what is counted: the words of a graph.

use std::collections::HashMap;

use raconteur_core::story::format::{Gen, HostType, Line, Story, Storylet, VarDecl, Writing};
use serde::Serialize;

use super::{Graph, effects, source};

/// A line of a beat, or a storylet.
#[derive(Debug, Serialize)]
pub struct Said {
    /// Its id.
    pub id: String,
    /// Cast id of the speaker.
    pub who: String,
    /// The authored text.
    pub say: String,
    /// How a model may improve on it: `vary`, `pick`, ..
    pub mode: Option<&'static str>,
    /// What the mode is told: name and value.
    pub notes: Vec<(&'static str, String)>,
    /// Said only while this is true.
    pub when: String,
    /// Said only until it has been.
    pub once: bool,
    /// Effects of saying it; storylets only.
    pub then: Vec<String>,
    /// How many others come before it is said again; storylets only.
    pub cooldown: u32,
}

/// Somebody who speaks.
#[derive(Debug, Serialize)]
pub struct Speaker {
    /// Cast id.
    pub id: String,
    /// Name; the id where there is none.
    pub name: String,
    /// Number of lines in beats.
    pub lines: usize,
    /// Number of those that a model may write or choose.
    pub generated: usize,
    /// Number of words in those lines.
    pub words: usize,
    /// Number of storylets.
    pub storylets: usize,
}

/// A variable or a host function.
#[derive(Debug, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Type and range, as a reader would say it.
    pub kind: String,
}

/// A line of a beat.
pub fn line(story: &Story, line: &Line) -> Said {
    let (mode, notes) = mode(story, &line.id, line.generate.as_ref());
    Said {
        id: line.id.clone(),
        who: line.who.clone(),
        say: line.say.clone(),
        mode,
        notes,
        when: source(line.when.as_ref()),
        once: line.once,
        then: Vec::new(),
        cooldown: 0,
    }
}

/// A line outside the graph.
pub fn storylet(story: &Story, storylet: &Storylet) -> Said {
    let (mode, notes) = mode(story, &storylet.id, storylet.generate.as_ref());
    Said {
        id: storylet.id.clone(),
        who: storylet.who.clone(),
        say: storylet.say.clone(),
        mode,
        notes,
        when: source(storylet.when.as_ref()),
        once: storylet.once,
        then: effects(&storylet.then),
        cooldown: storylet.cooldown,
    }
}

/// The mode's name and what it is told; variants that were baked make any mode a choice among them.
fn mode(story: &Story, id: &str, generate: Option<&Gen>) -> (Option<&'static str>, Vec<(&'static str, String)>) {
    let Some(generate) = generate else { return (None, Vec::new()) };
    let mut notes = Vec::new();
    let name = match generate {
        Gen::Pick { from, prompt, policy } => {
            notes.extend([("prompt", prompt.clone()), ("policy", policy.clone())]);
            notes.extend(from.iter().map(|variant| ("variant", variant.clone())));
            "pick"
        }
        Gen::Vary(writing) => {
            tell(writing, &mut notes);
            "vary"
        }
        Gen::Free(writing) => {
            tell(writing, &mut notes);
            "free"
        }
        Gen::Answer { prompt, policy, from, unsure, quote, floor, must, must_not } => {
            notes.extend([("prompt", prompt.clone()), ("policy", policy.clone()), ("from", from.join(", "))]);
            notes.extend([("unsure", unsure.clone()), ("must", groups(must)), ("must not", must_not.join(", "))]);
            notes.extend([("quote", quote.to_string()), ("floor", floor.to_string())]);
            "answer"
        }
        Gen::Rumor { prompt, policy, of, keep, drift } => {
            notes.extend([("prompt", prompt.clone()), ("policy", policy.clone()), ("of", of.clone())]);
            notes.extend([("keep", keep.join(", ")), ("drift", drift.to_string())]);
            "rumor"
        }
    };
    let baked = story.baked.get(id).map(Vec::as_slice).unwrap_or_default();
    notes.extend(baked.iter().filter(|variant| variant.accept).map(|variant| ("baked", variant.say.clone())));
    notes.retain(|(_, value)| !value.is_empty());
    (Some(name), notes)
}

fn tell(writing: &Writing, notes: &mut Vec<(&'static str, String)>) {
    notes.extend([("goal", writing.goal.clone()), ("tone", writing.tone.clone()), ("must", groups(&writing.must))]);
    notes.extend([("must not", writing.must_not.join(", ")), ("prompt", writing.prompt.clone())]);
    notes.push(("policy", writing.policy.clone()));
}

/// `bell or bells; before`: one word of each group.
fn groups(must: &[Vec<String>]) -> String {
    must.iter().map(|group| group.join(" or ")).collect::<Vec<_>>().join("; ")
}

/// Who speaks how much. Unknown speakers come last, so that the page can name them too.
pub fn speakers(story: &Story, graph: &Graph) -> Vec<Speaker> {
    let mut cast: Vec<Speaker> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut at = |cast: &mut Vec<Speaker>, id: &str, name: &str| {
        *index.entry(id.to_owned()).or_insert_with(|| {
            let name = if name.is_empty() { id } else { name };
            let (id, name) = (id.to_owned(), name.to_owned());
            cast.push(Speaker { id, name, lines: 0, generated: 0, words: 0, storylets: 0 });
            cast.len() - 1
        })
    };
    for (id, character) in story.cast.iter() {
        at(&mut cast, id, &character.name);
    }
    for line in graph.beats.iter().flat_map(|beat| &beat.lines) {
        let speaker = at(&mut cast, &line.who, "");
        cast[speaker].lines += 1;
        cast[speaker].generated += usize::from(line.mode.is_some());
        cast[speaker].words += line.say.split_whitespace().count();
    }
    for storylet in &graph.storylets {
        let speaker = at(&mut cast, &storylet.who, "");
        cast[speaker].storylets += 1;
    }
    cast
}

/// Variables first, then what the game is asked.
pub fn variables(story: &Story) -> Vec<Variable> {
    let vars = story.vars.iter().map(|(name, decl)| {
        let kind = match decl {
            VarDecl::Int { init, min, max, .. } => format!("{min} to {max}, at first {init}"),
            VarDecl::Bool { init, .. } => format!("true or false, at first {init}"),
            VarDecl::Enum { init, of, .. } => format!("{}, at first {init}", of.join(" | ")),
        };
        Variable { name: name.to_owned(), kind }
    });
    let host = story.host.iter().map(|(name, decl)| {
        let word = |kind: &HostType| match kind {
            HostType::Bool => "true or false",
            HostType::Int => "a number",
            HostType::Text => "a word",
        };
        let args: Vec<&str> = decl.args.iter().map(word).collect();
        Variable { name: format!("{name}({})", args.join(", ")), kind: format!("the game answers {}", word(&decl.ret)) }
    });
    vars.chain(host).collect()
}
