//! Why a text is not shown: the rules by name.

/// Why a text is not shown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Nothing but whitespace.
    #[error("the text is empty")]
    Empty,
    /// Shorter than `min_chars`.
    #[error("the text is too short")]
    TooShort,
    /// Cut off, and no sentence in it is complete outside of a quotation.
    #[error("no sentence of the text is complete")]
    NoSentenceEnd,
    /// None of these stands in it.
    #[error("the text has none of {0:?}, and must have one")]
    Must(Vec<String>),
    /// This stands in it.
    #[error("the text has '{0}', which is banned here")]
    Banned(String),
    /// Nobody in the story is called so.
    #[error("the text names '{0}', which the story does not know")]
    UnknownName(String),
    /// It speaks for somebody.
    #[error("the text speaks for '{0}'")]
    SpeakerLabel(String),
    /// It is one of the examples, or half of its 4-grams are.
    #[error("the text copies an example of the prompt")]
    Copied,
    /// It has just been said, or it is the line that it should reword.
    #[error("the text repeats a line")]
    Repeats,
    /// It says the same thing again and again.
    #[error("the text loops")]
    Loops,
    /// No letters, replacement characters, or full of control characters.
    #[error("the text is garbage")]
    Garbage,
    /// It is mostly in another script than that of the language on show: a model has slipped into another language.
    #[error("the text is in another script than the language that the story is shown in")]
    OtherScript,
    /// Its pointwise mutual information with the scene is too small: it would fit any scene.
    #[error("the text has too little to do with the scene")]
    BelowFloor,
    /// It says something else than what it retells.
    #[error("the text strays {distance:.2} from what was heard, and may stray {most:.2}")]
    Strays {
        /// How far it strays, 0 to 1; see [`distance`](super::distance).
        distance: f32,
        /// How far it may.
        most: f32,
    },
    /// It speaks of what no character can know of: that it is a model, a game, a story.
    #[error("the text steps out of the story with '{0}'")]
    Meta(String),
    /// A word that the world of the story does not have yet.
    #[error("the text has '{0}', which is from another age")]
    Anachronism(String),
    /// It tells what the player says, does or feels.
    #[error("the text speaks for the player: '{0}'")]
    SpeaksForPlayer(String),
    /// A word, in whatever form, of a fact that the speaker hides or does not know.
    #[error("the text has '{0}', which gives a secret away")]
    Leaks(String),
    /// An answer with a name or a number that stands neither in the facts nor in the question, or without a word of a fact.
    #[error("the answer does not rest on the facts: {0}")]
    Unsupported(String),
    /// It does not match the pattern.
    #[error("the text does not match the pattern '{0}'")]
    Pattern(String),
    /// Every token was banned: there was no way on.
    #[error("every way to go on was banned")]
    DeadEnd,
}

impl Rejection {
    /// A short name for status lines, transcripts and counters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooShort => "too_short",
            Self::NoSentenceEnd => "no_sentence_end",
            Self::Must(_) => "must",
            Self::Banned(_) => "banned",
            Self::UnknownName(_) => "unknown_name",
            Self::SpeakerLabel(_) => "speaker_label",
            Self::Copied => "copied",
            Self::Repeats => "repeats",
            Self::Loops => "loops",
            Self::Garbage => "garbage",
            Self::OtherScript => "other_script",
            Self::BelowFloor => "below_floor",
            Self::Strays { .. } => "strays",
            Self::Meta(_) => "meta",
            Self::Anachronism(_) => "anachronism",
            Self::SpeaksForPlayer(_) => "speaks_for_player",
            Self::Leaks(_) => "leaks",
            Self::Unsupported(_) => "unsupported",
            Self::Pattern(_) => "pattern",
            Self::DeadEnd => "dead_end",
        }
    }
}
