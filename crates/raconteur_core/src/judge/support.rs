//! Whether an answer rests on the facts that it was given.

use std::collections::BTreeSet;

use super::content::{content, is_content};
use super::names::{KnownNames, names_in};
use super::numbers::numbers;
use super::stem::Stemmer;
use super::words;
use super::{Rejection, Rules};

/// Most runs of words that one of has to be said while decoding; more are no help and cost time.
const MOST_QUOTES: usize = 48;

/// What an answer has to rest on: a text with a name or a number that stands nowhere here is made up, and one that
/// shares no word with a fact is about something else.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Support {
    /// The facts that the prompt shows.
    pub facts: Vec<String>,
    /// What else the answer may take names and numbers from: the question, what was said before, the persona, the
    /// setting.
    pub heard: Vec<String>,
    /// So many words in a row of a fact have to stand in the answer; 0 for none. Of a shorter fact all of them.
    pub quote: usize,
}

impl Rules {
    /// From here on an answer rests on these facts only; for when it takes the model's score to tell which facts a
    /// question is about. Rules of what is no answer stay as they are. In `must` (that of the [`Constraints`](crate::generate::Constraints)) their words to quote take
    /// the place of those of the facts before, if those stand there.
    pub fn rest_on(&mut self, facts: &[String], must: &mut Vec<Vec<String>>) {
        let stemmer = self.stemmer;
        let Some(support) = &mut self.support else { return };
        let before = support.quotes(stemmer);
        support.facts = facts.to_vec();
        if let Some(place) = must.iter().position(|group| *group == before) {
            must[place] = support.quotes(stemmer);
            must.retain(|group| !group.is_empty());
        }
    }
}

impl Support {
    /// The runs of [`quote`](Self::quote) words of the facts that one of has to be said: those within a sentence that
    /// say something, as the facts have them. Empty when nothing has to be quoted.
    #[must_use]
    pub fn quotes(&self, stemmer: Stemmer) -> Vec<String> {
        let mut quotes: Vec<String> = Vec::new();
        if self.quote == 0 {
            return quotes;
        }
        for fact in &self.facts {
            let spans = words::spans(fact);
            for run in spans.windows(self.quote.min(spans.len()).max(1)) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                let text = &fact[first.start..last.end];
                let within = !text.contains(['.', '!', '?', '…', '。', '！', '？', ':', ';', '"', '“', '”']);
                let says = run.iter().any(|word| is_content(&words::fold(&fact[word.clone()]), stemmer));
                if within && says && quotes.len() < MOST_QUOTES && !quotes.iter().any(|other| other == text) {
                    quotes.push(text.to_owned());
                }
            }
        }
        quotes
    }

    /// What is made up in any part of an answer, of these folded `words`: numbers and names.
    pub(super) fn made_up(
        &self,
        text: &str,
        words: &[String],
        known: Option<&KnownNames>,
        stemmer: Stemmer,
    ) -> Result<(), Rejection> {
        let given: Vec<Vec<String>> = self.facts.iter().chain(&self.heard).map(|text| words::words(text)).collect();
        let english = stemmer.is_english();
        let counted: BTreeSet<String> = given.iter().flat_map(|words| numbers(words, english)).collect();
        if let Some(number) = numbers(words, english).into_iter().find(|number| !counted.contains(number)) {
            return Err(Rejection::Unsupported(format!("the number {number} stands nowhere in them")));
        }
        // Where every noun has a capital, a capital says nothing.
        if known.is_some() || english {
            let named: BTreeSet<&String> = given.iter().flatten().collect();
            if let Some(name) = names_in(text, known).find(|name| !named.contains(&words::fold(name))) {
                return Err(Rejection::Unsupported(format!("'{name}' stands nowhere in them")));
            }
        }
        Ok(())
    }

    /// What a whole answer of these folded `words` lacks.
    pub(super) fn lacks(&self, words: &[String], stemmer: Stemmer) -> Result<(), Rejection> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let facts: Vec<Vec<String>> = self.facts.iter().map(|fact| words::words(fact)).collect();
        let about: BTreeSet<String> = facts.iter().flat_map(|fact| content(fact, stemmer)).collect();
        if content(words, stemmer).is_disjoint(&about) {
            return Err(Rejection::Unsupported("it shares no word with them".to_owned()));
        }
        let quotes = |fact: &Vec<String>| {
            let length = self.quote.min(fact.len()).max(1);
            fact.windows(length).any(|run| words.windows(length).any(|other| other == run))
        };
        if self.quote > 0 && !facts.iter().any(quotes) {
            return Err(Rejection::Unsupported(format!("it quotes no {} words of them", self.quote)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::FinishReason;

    fn rules(quote: usize) -> Rules {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let support = Support {
            facts: texts(&[
                "The great bell was drowned in March, forty winters ago.",
                "Odo the smith melted two bells.",
            ]),
            heard: texts(&["Is it true that Wenna rang it on Sunday?", "Mara: ferrywoman; dry."]),
            quote,
        };
        let names = KnownNames::new(["The bell of Saint Wenna and Odo and Mara of Harrow Ford."]);
        Rules { support: Some(support), names: Some(names), stemmer: Stemmer::of_locale("en"), ..Rules::default() }
    }

    #[test]
    fn an_answer_names_and_counts_only_what_it_was_given() {
        let judge = |text: &str| rules(0).judge(text, FinishReason::Stop);
        for fine in [
            "The bell went down 40 winters ago.",
            "Drowned, in March. Ask Odo.",
            "Wenna? No. One bell, on a Sunday.",
            "I heard it drown.",
            "Two melted. God knows why.",
        ] {
            assert_eq!(judge(fine).as_deref(), Ok(fine));
        }
        for (wrong, what) in [
            ("The bell went down fifty winters ago.", "the number 50 stands nowhere in them"),
            ("The bell is at Harrow now.", "'Harrow' stands nowhere in them"),
            ("The bell was drowned in April.", "'April' stands nowhere in them"),
            ("I would rather not say.", "it shares no word with them"),
        ] {
            assert_eq!(judge(wrong), Err(Rejection::Unsupported(what.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn an_answer_quotes_as_many_words_as_it_has_to() {
        let judge = |text: &str| rules(3).judge(text, FinishReason::Stop);
        assert!(judge("They say the great bell is gone.").is_ok());
        assert!(judge("Forty winters ago, was it?").is_ok());
        let wrong = judge("The bell is gone, the great one.");
        assert_eq!(wrong, Err(Rejection::Unsupported("it quotes no 3 words of them".to_owned())));
    }

    #[test]
    fn what_can_be_quoted_says_something() {
        let quotes = |quote: usize, fact: &str| {
            let mut rules = rules(quote);
            let mut must = vec![vec!["so".to_owned()], rules.support.as_ref().unwrap().quotes(rules.stemmer)];
            rules.rest_on(&[fact.to_owned()], &mut must);
            assert_eq!(must.remove(0), ["so"]);
            must
        };
        assert_eq!(
            quotes(2, "It was he. The old bell rang, and it rang."),
            [["old bell", "bell rang", "rang, and", "it rang"]]
        );
        assert_eq!(quotes(9, "Nobody rings."), [["Nobody rings"]]);
        assert_eq!(quotes(2, ""), [[""; 0]; 0]);
        assert_eq!(quotes(0, "Nobody rings."), [[""; 0]; 0]);
    }
}
