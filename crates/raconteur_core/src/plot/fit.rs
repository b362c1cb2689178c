//! Whether a filling is sound: the one place that decides, asked when it is found, offered and taken.

use super::template::HookTemplate;
use super::{Filling, RELATED, TAGGED, World};
use crate::story::expr::{Environment, Expr};
use crate::story::format::{Story, Value, VarDecl};

/// What fillings are held against: a world, and the state of a story.
#[derive(Clone, Copy)]
pub struct Fitting<'a> {
    /// The story, for the words of its variables.
    pub story: &'a Story,
    /// What there is.
    pub world: &'a World,
    /// The state of the story and the answers of the game.
    pub env: &'a dyn Environment,
}

/// Why a filling is not sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// It has more or fewer entities than the template has holes.
    #[error("it fills {filled} of {holes} holes")]
    Holes {
        /// Number of entities.
        filled: usize,
        /// Number of holes.
        holes: usize,
    },
    /// The entity is not there any more.
    #[error("'{0}' is not there any more")]
    NoEntity(String),
    /// The entity is of another kind than the hole.
    #[error("'{id}' is no {kind}")]
    Kind {
        /// Id of the entity.
        id: String,
        /// What is needed.
        kind: String,
    },
    /// Two holes hold the same entity, or two of the same name.
    #[error("'{0}' stands in two holes")]
    Twice(String),
    /// The variable cannot hold the id.
    #[error("the variable '{variable}' has no word '{id}'")]
    NoWord {
        /// The variable of `bind`.
        variable: String,
        /// Id of the entity.
        id: String,
    },
    /// A condition does not hold, or cannot be computed.
    #[error("\"{0}\" does not hold")]
    Condition(String),
}

impl Fitting<'_> {
    /// Whether a filling of a template is sound here.
    ///
    /// # Errors
    /// [`Unfit`] with the first reason.
    pub fn check(&self, template: &HookTemplate, filling: &Filling) -> Result<(), Unfit> {
        let (filled, holes) = (filling.0.len(), template.holes.len());
        if filled != holes {
            return Err(Unfit::Holes { filled, holes });
        }
        for (place, (_, hole)) in template.holes.iter().enumerate() {
            let id = &filling.0[place];
            let Some(entity) = self.world.get(id) else { return Err(Unfit::NoEntity(id.clone())) };
            if entity.kind != hole.kind {
                return Err(Unfit::Kind { id: id.clone(), kind: hole.kind.clone() });
            }
            if filling.0[..place].iter().any(|other| other == id || self.same_name(other, &entity.name)) {
                return Err(Unfit::Twice(entity.name.clone()));
            }
            if let Some(variable) = hole.bind.as_deref().filter(|variable| !self.can_hold(variable, id)) {
                return Err(Unfit::NoWord { variable: variable.to_owned(), id: id.clone() });
            }
        }
        let filters = template.holes.iter().filter_map(|(_, hole)| hole.filter.as_ref());
        for condition in filters.chain(&template.when) {
            if !self.holds(template, &filling.0, condition) {
                return Err(Unfit::Condition(condition.source().to_owned()));
            }
        }
        Ok(())
    }

    /// Whether a condition holds with the first holes filled so. What cannot be computed does not hold.
    pub(super) fn holds(&self, template: &HookTemplate, filled: &[String], condition: &Expr) -> bool {
        condition.holds(&Filled { template, filled, fitting: self }).unwrap_or(false)
    }

    /// Whether a variable of the story may have this word.
    pub(super) fn can_hold(&self, variable: &str, id: &str) -> bool {
        let words = self.story.vars.get(variable);
        matches!(words, Some(VarDecl::Enum { of, .. }) if of.iter().any(|word| word == id))
    }

    /// Whether somebody is called so: two people of one name in one label are nobody in particular.
    pub(super) fn same_name(&self, id: &str, name: &str) -> bool {
        self.world.get(id).is_some_and(|other| other.name.to_lowercase() == name.to_lowercase())
    }
}

/// What the condition of a hole sees: the holes before it, the world, and the story behind them.
struct Filled<'a> {
    template: &'a HookTemplate,
    filled: &'a [String],
    fitting: &'a Fitting<'a>,
}

impl Environment for Filled<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        match self.template.holes.position(name) {
            // A hole that is not filled yet is no word either: nothing may hold of it.
            Some(place) => self.filled.get(place).map(|id| Value::Word(id.clone())).or(Some(Value::Int(0))),
            None => self.fitting.env.var(name),
        }
    }

    fn visits(&self, beat: &str) -> u32 {
        self.fitting.env.visits(beat)
    }

    fn seen(&self, line: &str) -> bool {
        self.fitting.env.seen(line)
    }

    fn host(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let world = self.fitting.world;
        match (name, args) {
            (TAGGED, [Value::Word(id), Value::Word(tag)]) => Ok(Value::Bool(world.tagged(id, tag))),
            (RELATED, [Value::Word(id), Value::Word(relation), Value::Word(to)]) => {
                Ok(Value::Bool(world.related(id, relation, to)))
            }
            (TAGGED | RELATED, _) => {
                Err(format!("{name} takes words: {TAGGED}(who, tag), {RELATED}(who, relation, whom)"))
            }
            _ => self.fitting.env.host(name, args),
        }
    }

    fn remembers(&self, who: &str, fact: &str) -> bool {
        self.fitting.env.remembers(who, fact)
    }
}
