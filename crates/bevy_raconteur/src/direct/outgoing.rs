//! Events on their way out: collected while a story is directed, triggered when it is back in its place.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use raconteur_core::story::format::Value;

use crate::events::{
    BeatEntered, ChoicesReady, DidYouMean, LanguageGap, LineChunk, LineReady, LineStarted, NotUnderstood,
    OfferedChoice, Problem, Remarked, StoryEnded, StoryProblem, VariableChanged,
};
use crate::plot::StoryletTold;

pub(super) enum Outgoing {
    Beat { story: Entity, beat: String, setting: String },
    Variable { story: Entity, name: String, value: Value },
    Started(LineStarted),
    Chunk(LineChunk),
    Ready(LineReady),
    Remarked(Remarked),
    StoryletTold { story: Entity, storylet: String },
    Choices { story: Entity, choices: Vec<OfferedChoice> },
    DidYouMean { story: Entity, said: String, choices: Vec<OfferedChoice> },
    NotUnderstood { story: Entity, said: String },
    Ended { story: Entity, beat: String },
    Gap(LanguageGap),
    Problem { story: Entity, problem: Problem },
}

impl Outgoing {
    pub(super) fn trigger(self, world: &mut World) {
        match self {
            Self::Beat { story, beat, setting } => world.trigger(BeatEntered { entity: story, beat, setting }),
            Self::Variable { story, name, value } => world.trigger(VariableChanged { entity: story, name, value }),
            Self::Started(event) => world.trigger(event),
            Self::Chunk(event) => world.trigger(event),
            Self::Ready(event) => world.trigger(event),
            Self::Remarked(event) => world.trigger(event),
            Self::StoryletTold { story, storylet } => world.trigger(StoryletTold { entity: story, storylet }),
            Self::Choices { story, choices } => world.trigger(ChoicesReady { entity: story, choices }),
            Self::DidYouMean { story, said, choices } => world.trigger(DidYouMean { entity: story, said, choices }),
            Self::NotUnderstood { story, said } => world.trigger(NotUnderstood { entity: story, said }),
            Self::Gap(event) => world.trigger(event),
            Self::Ended { story, beat } => world.trigger(StoryEnded { entity: story, beat }),
            Self::Problem { story, problem } => world.trigger(StoryProblem { entity: story, problem }),
        }
    }
}
