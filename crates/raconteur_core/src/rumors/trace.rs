//! Where somebody has a tale from, how it is put into words, and how far it has strayed.

use super::chance::mix;
use super::{Form, Rumors, Telling};
use crate::judge::distance;

/// One step of the way that a tale came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// Who had it.
    pub who: u32,
    /// In which tick they came by it.
    pub at: u64,
    /// What they had heard.
    pub form: Form,
    /// Tellings since the origin.
    pub hops: u32,
}

/// What the words of a telling have to keep, for a model that words it: the inputs of a `Rumor` request.
#[derive(Debug, Clone, PartialEq)]
pub struct Retelling {
    /// The telling in the authored wording of its teller: what the prompt shows as the fact, and what is shown when no
    /// model writes.
    pub text: String,
    /// Words that have to be said: those that the tale keeps, and the numbers and names of this form. What changes is
    /// for the simulation to say, not for the model.
    pub keep: Vec<String>,
    /// How far the words may stray from `text`; see [`distance`].
    pub drift: f32,
}

impl Rumors {
    /// "Who told you?": whoever told it first; `None` for an origin, and for who has not heard it.
    #[must_use]
    pub fn who_told(&self, who: u32, tale: u32) -> Option<u32> {
        self.row(who, tale).map(|row| row.from).filter(|&from| from != who)
    }

    /// The way a tale came to somebody, themselves first and the origin last. Empty when they have not heard it.
    #[must_use]
    pub fn provenance(&self, who: u32, tale: u32) -> Vec<Hop> {
        let mut way = Vec::new();
        let mut next = Some(who);
        while let Some(who) = next {
            let Some(row) = self.row(who, tale) else { break };
            way.push(Hop { who, at: row.at, form: row.form, hops: row.hops });
            next = Some(row.from).filter(|&from| from != who && way.len() <= self.people.len());
        }
        way
    }

    /// A form of a tale in words: in one of the authored wordings, which depends on `teller` alone. Empty for a tale that
    /// does not exist.
    #[must_use]
    pub fn words(&self, tale: u32, form: Form, teller: u32) -> String {
        let told = self.tales.get(tale as usize);
        told.map_or_else(String::new, |told| told.words(told.fitted(form), voice(teller, told.wordings())))
    }

    /// How far a form has strayed from the truth, 0 to 1: the [`distance`] of the two in the same wording, as `raconteur
    /// eval` measures it (M12).
    #[must_use]
    pub fn strayed(&self, tale: u32, form: Form) -> f32 {
        let told = self.tales.get(tale as usize);
        told.map_or(0.0, |told| distance(&told.words(told.truth(), 0), &told.words(told.fitted(form), 0)))
    }

    /// What a model is to word for a telling, with the room that it has; see
    /// [`Composer::retelling`](crate::compose::Composer::retelling).
    #[must_use]
    pub fn retelling(&self, telling: &Telling, drift: f32) -> Retelling {
        self.wording(telling.tale, telling.form, telling.teller, drift)
    }

    /// The same for a form of a tale that somebody puts into words, such as a crier.
    #[must_use]
    pub fn wording(&self, tale: u32, form: Form, teller: u32, drift: f32) -> Retelling {
        let Some(told) = self.tales.get(tale as usize) else {
            return Retelling { text: String::new(), keep: Vec::new(), drift };
        };
        let (form, wording) = (told.fitted(form), voice(teller, told.wordings()));
        let mut keep = told.tale.keep.clone();
        keep.extend(told.values(form, wording));
        keep.dedup();
        Retelling { text: told.words(form, wording), keep, drift }
    }
}

/// The wording that somebody keeps to.
fn voice(teller: u32, wordings: usize) -> usize {
    (mix(u64::from(teller)) % wordings.max(1) as u64) as usize
}
