//! A story as boxes and arrows, with everything that a page shows about them.

mod findings;
mod marks;
mod texts;

use std::collections::HashMap;

use raconteur_core::story::expr::{Effect, Expr};
use raconteur_core::story::flow::{Flow, Precision};
use raconteur_core::story::format::{self, Choice, Outcome, Story};
use raconteur_core::story::parse::Checked;
use serde::Serialize;

pub use findings::Finding;
pub use marks::{Mark, MarkKind};
pub use texts::{Said, Speaker, Variable};

/// A story, ready to be drawn.
#[derive(Debug, Serialize)]
pub struct Graph {
    /// Id of the story.
    pub id: String,
    /// What a player sees.
    pub title: String,
    /// Language of its texts.
    pub locale: String,
    /// The boxes: beats in the writer's order, then targets that are no beat.
    pub beats: Vec<Beat>,
    /// The arrows, by beat, in the writer's order.
    pub ways: Vec<Way>,
    /// Lines outside the graph.
    pub storylets: Vec<Said>,
    /// Who speaks, in the writer's order.
    pub cast: Vec<Speaker>,
    /// Variables and host functions.
    pub variables: Vec<Variable>,
    /// What the checks found, worst first as in the source.
    pub findings: Vec<Finding>,
    /// How many states of the story were visited to mark what is wrong.
    pub states: usize,
    /// Whether those were all.
    pub exact: bool,
}

/// A box.
#[derive(Debug, Default, Serialize)]
pub struct Beat {
    /// Id of the beat.
    pub id: String,
    /// Where and when; the place's setting where the beat has none.
    pub setting: String,
    /// Name of the place.
    pub place: String,
    /// What is said.
    pub lines: Vec<Said>,
    /// Cast ids of those who speak, in the order in which they begin.
    pub speakers: Vec<String>,
    /// Effects after the lines.
    pub then: Vec<String>,
    /// A new game begins here.
    pub start: bool,
    /// The story ends here.
    pub end: bool,
    /// A reload may come back to it.
    pub checkpoint: bool,
    /// Some way leads to it, but there is no such beat.
    pub missing: bool,
    /// What is wrong with it.
    pub marks: Vec<Mark>,
    /// Where the writer wants it.
    pub pos: Option<(f32, f32)>,
}

impl Beat {
    /// How many of its lines a model may write or choose.
    pub fn generated(&self) -> usize {
        self.lines.iter().filter(|line| line.mode.is_some()).count()
    }

    /// Whether it carries a mark.
    pub fn is(&self, kind: MarkKind) -> bool {
        self.marks.iter().any(|mark| mark.kind == kind)
    }
}

/// An arrow.
#[derive(Debug, Default, Serialize)]
pub struct Way {
    /// Index of the beat it leaves.
    pub from: usize,
    /// Index of the beat it enters; of the same beat for a detour.
    pub to: usize,
    /// What it is.
    pub kind: WayKind,
    /// Id of the choice or outcome.
    pub id: String,
    /// What the player reads; the goal of a detour without a text.
    pub say: String,
    /// Open only while this is true.
    pub when: String,
    /// Open only until it has been taken.
    pub once: bool,
    /// Effects of taking it.
    pub then: Vec<String>,
    /// No state of the story opens it.
    pub dead: bool,
}

/// What an arrow is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WayKind {
    /// The player takes it.
    Choice,
    /// A choice that a model words and ranks.
    Outcome,
    /// It follows by itself.
    #[default]
    Next,
    /// Open when no choice is.
    Otherwise,
    /// A model-written interlude that returns.
    Detour,
}

impl WayKind {
    /// As the legend calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Choice => "choice",
            Self::Outcome => "outcome",
            Self::Next => "next",
            Self::Otherwise => "otherwise",
            Self::Detour => "detour",
        }
    }
}

impl Graph {
    /// The graph of a story, of what was found in it and of what can happen in it.
    pub fn new(story: &Story, checked: &Checked, flow: &Flow) -> Self {
        let mut boxes = Boxes::new(story);
        let mut ways = Vec::new();
        for (at, (id, beat)) in story.beats.iter().enumerate() {
            // A second beat under one id is an error of its own (S01); the first is the one that plays.
            if story.beats.position(id) == Some(at) {
                boxes.ways_of(id, beat, &mut ways);
            }
        }
        let mut graph = Self {
            id: story.id.clone(),
            title: if story.title.is_empty() { story.id.clone() } else { story.title.clone() },
            locale: story.locale.clone(),
            findings: findings::collect(checked, &boxes.index),
            beats: boxes.beats,
            ways,
            storylets: story.storylets.iter().map(|storylet| texts::storylet(story, storylet)).collect(),
            cast: Vec::new(),
            variables: texts::variables(story),
            states: flow.states,
            exact: flow.precision == Precision::Exact,
        };
        graph.cast = texts::speakers(story, &graph);
        marks::mark(&mut graph, flow);
        graph
    }

    /// The ways that leave a beat, with their indices.
    pub fn ways_from(&self, beat: usize) -> impl Iterator<Item = (usize, &Way)> {
        self.ways.iter().enumerate().filter(move |(_, way)| way.from == beat)
    }

    /// A cast id as readers know it.
    pub fn name_of<'a>(&'a self, who: &'a str) -> &'a str {
        self.cast.iter().find(|speaker| speaker.id == who).map_or(who, |speaker| &speaker.name)
    }
}

/// The boxes while they are collected: a way to an unknown beat makes a box too.
struct Boxes {
    beats: Vec<Beat>,
    index: HashMap<String, usize>,
}

impl Boxes {
    fn new(story: &Story) -> Self {
        let mut boxes = Self { beats: Vec::new(), index: HashMap::new() };
        for (id, beat) in story.beats.iter() {
            if !boxes.index.contains_key(id) {
                boxes.index.insert(id.to_owned(), boxes.beats.len());
                boxes.beats.push(box_of(story, id, beat));
            }
        }
        boxes
    }

    fn target(&mut self, id: &str) -> usize {
        if let Some(&at) = self.index.get(id) {
            return at;
        }
        self.index.insert(id.to_owned(), self.beats.len());
        self.beats.push(Beat { id: id.to_owned(), missing: true, ..Beat::default() });
        self.beats.len() - 1
    }

    fn ways_of(&mut self, id: &str, beat: &format::Beat, ways: &mut Vec<Way>) {
        let from = self.target(id);
        if let Some(detour) = &beat.detour {
            let say = if detour.say.is_empty() { &detour.goal } else { &detour.say };
            ways.push(Way {
                from,
                to: from,
                kind: WayKind::Detour,
                say: say.clone(),
                when: source(detour.when.as_ref()),
                once: detour.once,
                then: detour.may.iter().map(|may| may.source().to_owned()).collect(),
                ..Way::default()
            });
        }
        for choice in &beat.choices {
            let to = self.target(&choice.to);
            ways.push(choice_way(from, to, WayKind::Choice, choice));
        }
        for outcome in beat.slot.iter().flat_map(|slot| &slot.outcomes) {
            let to = self.target(&outcome.to);
            ways.push(outcome_way(from, to, outcome));
        }
        if let Some(choice) = &beat.otherwise {
            let to = self.target(&choice.to);
            ways.push(choice_way(from, to, WayKind::Otherwise, choice));
        }
        if let Some(next) = &beat.next {
            let to = self.target(next);
            ways.push(Way { from, to, ..Way::default() });
        }
    }
}

fn box_of(story: &Story, id: &str, beat: &format::Beat) -> Beat {
    let place = beat.place.as_ref().and_then(|place| story.places.get(place));
    let setting = match place {
        Some(place) if beat.setting.is_empty() => &place.setting,
        _ => &beat.setting,
    };
    let place_name = match (place, &beat.place) {
        (Some(place), _) if !place.name.is_empty() => place.name.clone(),
        (_, place) => place.clone().unwrap_or_default(),
    };
    let mut speakers: Vec<String> = Vec::new();
    for line in &beat.lines {
        if !speakers.contains(&line.who) {
            speakers.push(line.who.clone());
        }
    }
    Beat {
        id: id.to_owned(),
        setting: setting.clone(),
        place: place_name,
        lines: beat.lines.iter().map(|line| texts::line(story, line)).collect(),
        speakers,
        then: effects(&beat.then),
        start: story.start == id,
        end: beat.end,
        checkpoint: beat.checkpoint,
        missing: false,
        marks: Vec::new(),
        pos: beat.pos,
    }
}

fn choice_way(from: usize, to: usize, kind: WayKind, choice: &Choice) -> Way {
    Way {
        from,
        to,
        kind,
        id: choice.id.clone(),
        say: choice.say.clone(),
        when: source(choice.when.as_ref()),
        once: choice.once,
        then: effects(&choice.then),
        dead: false,
    }
}

fn outcome_way(from: usize, to: usize, outcome: &Outcome) -> Way {
    Way {
        from,
        to,
        kind: WayKind::Outcome,
        id: outcome.id.clone(),
        say: outcome.say.clone(),
        when: source(outcome.when.as_ref()),
        once: outcome.once,
        then: effects(&outcome.then),
        dead: false,
    }
}

fn source(when: Option<&Expr>) -> String {
    when.map(|when| when.source().to_owned()).unwrap_or_default()
}

fn effects(then: &[Effect]) -> Vec<String> {
    then.iter().map(|effect| effect.source().to_owned()).collect()
}
