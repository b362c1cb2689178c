//! What to ask of a text generator, and what its answers mean: story graphs in RON, their checks, their runner, prompts
//! and filters. No engine, no model.
//!
//! ```text
//! *.story.ron --parse, lint--> Story --Runner--> line that is due
//!                                                    |  Composer: persona, facts, templates -> LineRequest
//!                                                    v
//!   TextGenerator <--GenerationRequest-- Desk: queue, candidates, rules, ranking --> Finished{text, source}
//! ```
//!
//! | module | one idea |
//! |---|---|
//! | [`story`] | the format as data, typed expressions, reading with places, checks |
//! | [`runner`] | where a story stands and how it goes on; pure |
//! | [`variants`], [`save`] | authored wordings of a text; the states of all stories as one text |
//! | [`facts`], [`persona`] | who may know what, and how they talk |
//! | [`memory`] | what somebody heard, saw or did, and how it is forgotten |
//! | [`conversation`] | who of several speaks next, and who may cut whom short |
//! | [`reading`] | questions that are answered from the documents of a game, with the span an answer rests on |
//! | [`rumors`] | what people tell each other, how it changes, and who believes it |
//! | [`serial`] | chapters from an opening: planned, written, every thread closed |
//! | [`crier`] | news for places and groups: a schedule, channels, nobody told twice |
//! | [`debate`] | two sides argue with authored claims before an audience |
//! | [`plot`] | quest hooks: templates with typed holes, filled from the world |
//! | [`director`] | when to say what: storylets by a curve of tension |
//! | [`template`], [`prompt`] | a scene as text, fitted into a token budget with a bill |
//! | [`compose`] | from a line to a request |
//! | [`understand`] | which choice a player's own words mean |
//! | [`request`], [`desk`] | what is asked, and how it ends: exactly once, with a reason |
//! | [`judge`], [`pattern`], [`sentence`], [`player_text`] | what may be shown, and what may be read |
//! | [`rehearsal`] | a story played without a screen, by a route or by chance |
//! | [`bake`] | variants that are written ahead, for people to review |
//! | [`scenes`] | text to train and to measure with, in the layout of the prompts |
//! | [`testing`] | that a character is never shown a fact |
//! | [`generate`], [`scripted`] | the seam to a model, and a double for tests |

pub mod bake;
pub mod compose;
pub mod conversation;
pub mod crier;
pub mod debate;
pub mod desk;
pub mod director;
pub mod facts;
pub mod generate;
pub mod judge;
pub mod memory;
pub mod pattern;
pub mod persona;
pub mod player_text;
pub mod plot;
pub mod prompt;
pub mod reading;
pub mod rehearsal;
pub mod request;
pub mod rumors;
pub mod runner;
pub mod save;
pub mod scenes;
pub mod scripted;
pub mod sentence;
pub mod serial;
pub mod story;
pub mod template;
pub mod testing;
pub mod understand;
pub mod variants;
