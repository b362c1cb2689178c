//! Free words at a choice: which of the open choices does the player mean?
//!
//! ```text
//! words -> a number, a label -> that choice
//!       -> words and letters in common, 0 to 1 (Lexical)
//!            + what a model makes of it, in nats a byte, when there is one    -> Sure | DidYouMean | No
//! ```
//! It works without a model, and a model only adds to it. What the player meant is never guessed: two choices that are
//! about as likely are asked back.

mod lexical;
mod number;

use crate::generate::Priority;
use crate::judge::{Stemmer, words};
use crate::player_text::PlayerText;
use crate::prompt::Prompt;
use crate::request::{Finished, LineRequest, Work};

use lexical::in_common;

/// The score from which a choice is taken without asking back: high, since asking back costs the player a word, and a
/// choice that nobody meant costs them their story. This and the others were chosen on `free_words.ron`, and
/// `tests/understand.rs` says what they make of it.
const SURE: f32 = 0.48;
/// How far the next choice has to be behind one that is taken.
const LEAD: f32 = 0.15;
/// The score from which a choice is worth asking back.
const MAYBE: f32 = 0.25;
/// Most choices that are asked back.
const ASKED_BACK: usize = 3;
/// What a nat a byte above the mean of all choices is worth.
const MODEL: f32 = 0.2;
/// Most that the model's score adds or takes: too little to make a choice out of nothing.
const MODEL_MOST: f32 = 0.2;

/// A choice that is open, as the player sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choosable<'a> {
    /// Its label on the screen.
    pub label: &'a str,
    /// Its authored label, when that is another one; may be empty.
    pub say: &'a str,
}

/// What the player meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// The choice at this place.
    Sure(usize),
    /// One of the choices at these places, the likeliest first; never empty, at most three.
    DidYouMean(Vec<usize>),
    /// None of them.
    No,
}

/// What was understood of a player's words, so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What each choice has in common with the words, 0 to 1.
    scores: Vec<f32>,
    /// Whether the words name a choice, so that nothing else has to be looked at.
    named: Option<usize>,
}

impl Heard {
    /// Looks at the words alone. `locale` is the BCP 47 tag of the language that the choices are in.
    #[must_use]
    pub fn new(said: &PlayerText, choices: &[Choosable<'_>], locale: &str) -> Self {
        let named = named(said.as_str(), choices);
        Self { scores: in_common(said.as_str(), choices, Stemmer::of_locale(locale)), named }
    }

    /// What each choice has in common with the words, 0 to 1, in the order of the choices.
    #[must_use]
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// What was meant, as far as the words alone tell.
    #[must_use]
    pub fn understood(&self) -> Understood {
        self.with(&[])
    }

    /// What was meant, with what a model makes of it: `information[i]` is how much likelier the words make the choice
    /// `i`, in nats a byte. Without one for each choice it is as [`understood`](Self::understood).
    #[must_use]
    pub fn with(&self, information: &[f32]) -> Understood {
        if let Some(named) = self.named {
            return Understood::Sure(named);
        }
        let usable = information.len() == self.scores.len() && information.iter().all(|nats| nats.is_finite());
        // Some labels become likelier whatever is said.
        let mean = information.iter().sum::<f32>() / information.len().max(1) as f32;
        let more = |at: usize| match information.get(at) {
            Some(nats) if usable => (MODEL * (nats - mean)).clamp(-MODEL_MOST, MODEL_MOST),
            _ => 0.0,
        };
        let mut ranked: Vec<(usize, f32)> =
            self.scores.iter().enumerate().map(|(at, score)| (at, score + more(at))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let next = ranked.get(1).map_or(0.0, |(_, score)| *score);
        match ranked.first() {
            Some(&(best, score)) if score >= SURE && score - next >= LEAD => Understood::Sure(best),
            Some(&(_, score)) if score >= MAYBE => {
                let near = ranked.iter().filter(|(_, score)| *score >= MAYBE).take(ASKED_BACK);
                Understood::DidYouMean(near.map(|(at, _)| *at).collect())
            }
            _ => Understood::No,
        }
    }

    /// As [`with`](Self::with), from the end of a [`request`].
    #[must_use]
    pub fn with_finished(&self, finished: &Finished) -> Understood {
        let mut information = vec![f32::NAN; self.scores.len()];
        for (&at, (_, score)) in finished.ranking.iter().zip(&finished.scored) {
            if let Some(place) = information.get_mut(at) {
                *place = *score;
            }
        }
        if finished.ranking.is_empty() { self.understood() } else { self.with(&information) }
    }

    /// Whether a model could make a difference: the words name no choice, and say something.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.named.is_none() && self.scores.len() > 1
    }
}

/// What to ask a model about the player's words: how much likelier each choice is after them. Give its end to
/// [`Heard::with_finished`]. `player` is the player's name in prompts. `None` when there is nothing to tell apart.
#[must_use]
pub fn request(
    said: &PlayerText,
    choices: &[Choosable<'_>],
    player: &str,
    start_of_text: bool,
    budget_ms: u64,
) -> Option<LineRequest> {
    let from: Vec<String> = choices.iter().map(|choice| choice.label.to_owned()).collect();
    let fallback = from.first().filter(|label| !label.trim().is_empty())?.clone();
    if from.len() < 2 || said.is_empty() {
        return None;
    }
    // The layout of a text that is said again in other words, which the model in the box was trained on.
    let prompt = Prompt { start_of_text, ..Prompt::text(format!("{player}: {said}\n{player}, again:")) };
    let work = Work::Pick { prompt, from, null: Some(format!("{player}, again:")) };
    Some(LineRequest { work, fallback, priority: Priority::Addressed, budget_ms })
}

/// The choice that the words name: by its number, or by its whole label.
fn named(said: &str, choices: &[Choosable<'_>]) -> Option<usize> {
    if let Some(at) = number::chosen(said, choices.len()) {
        return Some(at);
    }
    let said = words::words(said);
    let is_it = |text: &str| !said.is_empty() && words::words(text) == said;
    let mut named = choices.iter().enumerate().filter(|(_, choice)| is_it(choice.label) || is_it(choice.say));
    let first = named.next()?;
    named.next().is_none().then_some(first.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices<'a>(labels: &[&'a str]) -> Vec<Choosable<'a>> {
        labels.iter().map(|label| Choosable { label, say: "" }).collect()
    }

    fn heard(said: &str, labels: &[&str]) -> Heard {
        Heard::new(&PlayerText::new(said), &choices(labels), "en")
    }

    const LABELS: [&str; 3] = ["Ask what she heard that night.", "Ask her anything.", "Walk to the tower."];

    #[test]
    fn a_number_a_label_and_words_in_common_are_understood() {
        for said in ["3", "the third one", "walk to the TOWER!", "I want to go to the tower"] {
            assert_eq!(heard(said, &LABELS).understood(), Understood::Sure(2), "{said}");
        }
        assert_eq!(heard("towr", &LABELS).understood(), Understood::DidYouMean(vec![2]));
        for said in ["4", "zero", "0", "", "🦀", "...", "eat a sandwich"] {
            assert_eq!(heard(said, &LABELS).understood(), Understood::No, "{said}");
        }
    }

    #[test]
    fn chinese_words_are_understood() {
        let labels = ["过桥，去戈府校场。", "上坡，去仓府。", "给檀国使臣送早饭。", "去看一眼相国。", "上殿。"];
        let heard = |said: &str| Heard::new(&PlayerText::new(said), &choices(&labels), "zh").understood();
        for (said, place) in [
            ("2", 1),
            ("第三个", 2),
            ("上殿", 4),
            ("去仓府", 1),
            ("我想去戈府校场看看", 0),
            ("给使臣送饭", 2),
            ("看看相国", 3),
        ] {
            assert_eq!(heard(said), Understood::Sure(place), "{said}");
        }
        for said in ["第六个", "吃一块西瓜", "？", "我要睡觉了"] {
            assert_eq!(heard(said), Understood::No, "{said}");
        }
        let cut = ["请抬一袋后排的粮来。", "请问雨里的两千人谁来喂。", "让他的苇放着。", "让她的苇放着。"];
        let heard = Heard::new(&PlayerText::new("让苇放着"), &choices(&cut), "zh").understood();
        assert_eq!(heard, Understood::DidYouMean(vec![2, 3]));
    }

    #[test]
    fn what_could_be_two_is_asked_back() {
        let labels = ["Open the red door.", "Open the blue door.", "Leave."];
        let Understood::DidYouMean(meant) = heard("open a door", &labels).understood() else { panic!() };
        assert_eq!(meant, [0, 1]);
        assert_eq!(heard("open the blue one", &labels).understood(), Understood::Sure(1));
        let same = ["Leave.", "Leave."];
        assert_eq!(heard("leave", &same).understood(), Understood::DidYouMean(vec![0, 1]));
    }

    #[test]
    fn a_model_adds_to_the_words_and_never_decides_alone() {
        let labels = ["Open the red door.", "Open the blue door.", "Leave."];
        let door = heard("open a door", &labels);
        assert_eq!(door.with(&[0.0, 3.0, 0.0]), Understood::Sure(1));
        assert_eq!(door.with(&[3.0, 3.0, 3.0]), door.understood(), "whatever was said");
        assert_eq!(door.with(&[f32::NAN, f32::INFINITY, 0.0]), door.understood());
        assert_eq!(door.with(&[1.0]), door.understood(), "not one for each");
        let nonsense = heard("blurp garble", &labels);
        assert!(!matches!(nonsense.with(&[9.0, 0.0, 0.0]), Understood::Sure(_)));
        assert_eq!(heard("2", &labels).with(&[9.0, -9.0, 0.0]), Understood::Sure(1));
    }

    #[test]
    fn no_choices_are_no_panic() {
        assert_eq!(heard("go", &[]).understood(), Understood::No);
        assert_eq!(heard("1", &[]).understood(), Understood::No);
        assert!(request(&PlayerText::new("go"), &[], "You", true, 1).is_none());
        assert!(request(&PlayerText::new(""), &choices(&LABELS), "You", true, 1).is_none());
    }
}
