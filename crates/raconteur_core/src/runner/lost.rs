//! What a save or a reload knew that the story has no more.

use crate::story::format::Value;

/// Something that a state knew and that the story does not have any more, and what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// The line at which the story stood.
    Line {
        /// Its id.
        id: String,
        /// The line that is due instead; `None` when none is.
        instead: Option<String>,
    },
    /// The detour at which the story stood: its beat has none any more. The beat goes on behind it.
    Detour {
        /// The beat.
        beat: String,
    },
    /// The choices or the slot at which the story stood: the beat goes on in another way.
    WayOn {
        /// The beat.
        beat: String,
    },
    /// A choice or an outcome that was open. It was taken off the screen.
    Choice {
        /// Its id.
        id: String,
    },
    /// A beat that had been visited. Its visits and its detour are forgotten.
    Beat {
        /// Its id.
        id: String,
        /// How often it had been visited.
        visits: u32,
    },
    /// The beat that was the last checkpoint. The next one that is entered takes its place.
    Checkpoint {
        /// The beat.
        beat: String,
    },
    /// A line, choice, outcome or storylet that had been shown or taken. It is forgotten.
    Text {
        /// Its id.
        id: String,
    },
    /// A variable. Its value is dropped.
    Variable {
        /// Its name.
        name: String,
        /// The value it had.
        value: Value,
    },
    /// The value of a variable, which has another type or range now.
    Value {
        /// Name of the variable.
        name: String,
        /// The value it had.
        was: Value,
        /// The value it has instead.
        instead: Value,
    },
    /// The variant of a text that was shown last. Any may be shown next.
    Variant {
        /// Id of the text.
        id: String,
        /// Place of the variant.
        index: u32,
    },
    /// A fact that was retold. Its last retelling is dropped.
    Retelling {
        /// Id of the fact.
        fact: String,
    },
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line { id, instead: Some(instead) } => {
                write!(f, "line '{id}' is gone; the story goes on with '{instead}'")
            }
            Self::Line { id, instead: None } => write!(f, "line '{id}' is gone; the story goes on behind it"),
            Self::Detour { beat } => write!(f, "the detour of '{beat}' is gone; the beat goes on behind it"),
            Self::WayOn { beat } => {
                write!(f, "what was to be chosen in '{beat}' is gone; the beat goes on another way")
            }
            Self::Choice { id } => write!(f, "choice '{id}' is not open any more"),
            Self::Beat { id, visits } => write!(f, "beat '{id}', visited {visits} times, is gone and forgotten"),
            Self::Checkpoint { beat } => write!(f, "checkpoint '{beat}' is gone; the next one takes its place"),
            Self::Text { id } => write!(f, "'{id}', which had been shown, is gone and forgotten"),
            Self::Variable { name, value } => write!(f, "variable '{name}' is gone, and with it its value {value}"),
            Self::Value { name, was, instead } => {
                write!(f, "variable '{name}' cannot be {was} any more and is {instead} now")
            }
            Self::Variant { id, index } => write!(f, "variant {index} of '{id}', shown last, is gone"),
            Self::Retelling { fact } => write!(f, "fact '{fact}', which had been retold, is gone"),
        }
    }
}
