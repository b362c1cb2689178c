//! Serials: from an opening (premise, people, places, open threads) to chapters that close every thread.
//!
//! ```text
//! X.serial.ron --from_ron, checks--> Opening --Plan::new(seed)--> scenes in chapters, in an order that is sound
//!                                                   |
//!   SerialWriter: the passage that is due --authored--------------------------------> told
//!                                         `-free: brief -> LineRequest -> Finished -> told --> events --> recap
//!   told passages -> Chapter (book, letter, crier's reading), SerialReport
//! ```
//! **What is authored.** A thread is a question with a step that opens it, steps between, and one that closes it. A step
//! has a goal and is told in passages: authored ones, and free ones, which a model may write and which have an authored
//! text for whenever it does not. So a serial is complete without a model.
//!
//! **What is planned.** The order of the steps, by seed: each thread's own order, what authors demand with `after`, and who
//! is there: nobody acts who is dead or away. The thread that opens first closes last, and all others close before it. The
//! search goes through positions of threads and remembers dead ends, so it finds an order whenever there is one.
//!
//! **What is remembered.** A scene that has been told leaves an authored sentence about what happened, who was there, and
//! where. Prompts recap the serial by these sentences, never by summaries that a model wrote, so that chapter nine knows
//! chapter one although the window of the model holds neither. The recap of a prompt is a choice of events under a budget:
//! those of the same thread and of the same people stay the longest.

mod brief;
mod chapter;
mod check;
mod drive;
mod fill;
mod format;
mod order;
mod parse;
mod plan;
mod report;
mod save;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use brief::SO_FAR;
pub use brief::SerialBrief;
pub use chapter::{By, Chapter, Paragraph, Recorded, Told};
pub use fill::{Bound, Value};
pub use format::{
    Fact, Form, Hole, Narrator, Opening, Person, Place, Pronoun, Scene, SerialEvent, Tell, Teller, Thread,
};
pub use parse::{LONGEST_OPENING, OpeningError, Trouble};
pub use plan::{FEWEST_CHAPTERS, MOST_CHAPTERS, Plan, PlanError, PlannedChapter, PlannedScene};
pub use report::{Misplaced, SerialReport};
pub use save::{LONGEST_SERIAL_SAVE, LostOfSerial, SERIAL_FORMAT, SavedPassage, SerialData, SerialSaveError};
pub use writer::{Passage, SerialWriter};
