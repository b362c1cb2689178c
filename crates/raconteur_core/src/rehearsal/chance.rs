//! A game that answers the questions of a story by chance.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compose::seed_of;
use crate::runner::Host;
use crate::story::expr::Expr;
use crate::story::expr::ast::Kind;
use crate::story::format::{HostType, Story, Value};

/// Answers host functions by chance, the same question always the same until the [next moment](Self::next_moment).
/// Numbers and words are those that the conditions of the story mention, or are near them.
#[derive(Debug, Clone)]
pub struct Chance {
    words: Words,
    seed: Cell<u64>,
    moment: Cell<u64>,
}

impl Chance {
    /// A game for one story.
    #[must_use]
    pub fn new(story: &Arc<Story>, seed: u64) -> Self {
        Self { words: Words::of(story), seed: Cell::new(seed), moment: Cell::new(0) }
    }

    /// The same for another play.
    pub fn reseed(&self, seed: u64) {
        self.seed.set(seed);
        self.moment.set(0);
    }

    /// From now on the answers may be others.
    pub fn next_moment(&self) {
        self.moment.set(self.moment.get().wrapping_add(1));
    }
}

impl Host for Chance {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let ret = self.words.returned(name)?;
        Ok(self.words.answer(ret, seed_of(self.seed.get(), &format!("{name}{args:?}"), self.moment.get())))
    }
}

/// The numbers and words that conditions mention: what a game is likely to answer.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    story: Arc<Story>,
    numbers: Arc<Vec<i64>>,
    texts: Arc<Vec<String>>,
}

impl Words {
    pub(crate) fn of(story: &Arc<Story>) -> Self {
        let (mut numbers, mut texts) = (BTreeSet::from([0]), BTreeSet::from([String::new()]));
        let mut read = |when: &Option<Expr>| {
            let Some(tree) = when.as_ref().and_then(Expr::ast) else { return };
            tree.walk(&mut |node| match &node.kind {
                Kind::Int(value) => {
                    numbers.extend([value.saturating_sub(1), *value, value.saturating_add(1)]);
                }
                Kind::Text(word) | Kind::Name(word) => {
                    texts.insert(word.clone());
                }
                _ => {}
            });
        };
        for (_, beat) in story.beats.iter() {
            beat.lines.iter().for_each(|line| read(&line.when));
            beat.choices.iter().chain(&beat.otherwise).for_each(|choice| read(&choice.when));
            beat.slot.iter().flat_map(|slot| &slot.outcomes).for_each(|outcome| read(&outcome.when));
            beat.detour.iter().for_each(|detour| read(&detour.when));
        }
        story.storylets.iter().for_each(|storylet| read(&storylet.when));
        story.lore.iter().for_each(|(_, lore)| read(&lore.when));
        Self {
            story: story.clone(),
            numbers: Arc::new(numbers.into_iter().collect()),
            texts: Arc::new(texts.into_iter().collect()),
        }
    }

    /// What a function gives.
    ///
    /// # Errors
    /// The story declares none of this name.
    pub(crate) fn returned(&self, name: &str) -> Result<HostType, String> {
        self.story.host.get(name).map(|declared| declared.ret).ok_or_else(|| format!("no host function '{name}'"))
    }

    /// One of the likely answers.
    pub(crate) fn answer(&self, ret: HostType, chance: u64) -> Value {
        match ret {
            HostType::Bool => Value::Bool(chance.is_multiple_of(2)),
            HostType::Int => Value::Int(pick(&self.numbers, chance).copied().unwrap_or(0)),
            HostType::Text => Value::Word(pick(&self.texts, chance).cloned().unwrap_or_default()),
        }
    }
}

fn pick<T>(list: &[T], chance: u64) -> Option<&T> {
    // What is left of a division is below the length, which is a `usize`.
    list.get(usize::try_from(chance % list.len().max(1) as u64).unwrap_or(0))
}
