//! What a listener learns from a line: the facts of its speaker that it states.

use std::collections::BTreeSet;

use super::recall::text_of;
use super::{Claim, Knowledge};
use crate::judge::{Stemmer, content, words};
use crate::sentence::sentence_ends;
use crate::story::format::Story;

/// So many words of a fact that say something have to stand in one sentence, a key among them. Of a shorter one all.
const LEAST: usize = 2;

/// What of a speaker's knowledge `text` states, in the order of that knowledge.
///
/// What was said need not be authored, so it is never remembered as it stands: a line states a fact when a key of the fact
/// and one more of its words that say something stand in one sentence, in whatever form, and that sentence is no question
/// and denies nothing. What is then remembered is the fact, in the words of its writer. A fact that the speaker does not
/// know, or hides, cannot be learned from them, whatever they say.
#[must_use]
pub fn told(story: &Story, knowledge: &Knowledge<'_>, text: &str) -> Vec<Claim> {
    let stemmer = Stemmer::of_locale(&story.locale);
    let lore = knowledge.facts.iter().map(|id| Claim::Lore((*id).to_owned()));
    let statements = knowledge.statements.iter().map(|item| item.claim.clone());
    let sentences: Vec<Vec<String>> =
        sentences(text).filter(|sentence| states(sentence)).map(words::words).filter(|words| !denies(words)).collect();
    if sentences.is_empty() {
        return Vec::new();
    }
    let sentences: Vec<(Vec<String>, Vec<String>, BTreeSet<String>)> = sentences
        .into_iter()
        .map(|words| {
            let (stems, said) = (stemmer.stems(&words), content(&words, stemmer));
            (words, stems, said)
        })
        .collect();
    let stated = |claim: &Claim| {
        let Some((says, keys)) = text_of(claim, story) else { return false };
        let fact = content(&words::words(says), stemmer);
        let least = LEAST.min(fact.len());
        sentences.iter().any(|(words, stems, said)| {
            said.intersection(&fact).count() >= least && keys.iter().any(|key| stemmer.contains(words, stems, key))
        })
    };
    lore.chain(statements).filter(stated).collect()
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let ends = sentence_ends(text).into_iter().chain([text.len()]);
    ends.filter_map(move |end| {
        let sentence = text.get(from..end);
        from = end;
        sentence.map(str::trim).filter(|sentence| !sentence.is_empty())
    })
}

/// Whether a sentence says something, and does not ask.
fn states(sentence: &str) -> bool {
    let end =
        sentence.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '?' | '？' | '.' | '。' | '!' | '！'));
    !end.ends_with(['?', '？'])
}

/// Whether a sentence of these folded words denies or doubts. English; in another language no word does.
fn denies(words: &[String]) -> bool {
    const DENY: &[&str] = &["no", "not", "never", "nobody", "none", "nothing", "cannot", "without", "if", "whether"];
    // What an apostrophe cuts off: "don't" is "don", "t".
    words.iter().any(|word| DENY.contains(&word.as_str())) || words.windows(2).any(|pair| pair[1] == "t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Heard, Memory, MemorySettings, Statement};
    use crate::story::parse::parse;
    use crate::story::source::Source;

    fn story() -> Story {
        let text = r#"Story(format: 1, id: "t", start: "a",
            cast: { "mara": (name: "Mara", knows: ["debt", "bell"]), "odo": (name: "Odo") },
            lore: {
                "debt": (says: "Odo owes the smith forty silver.", keys: ["debt", "owes", "silver"]),
                "bell": (says: "The bell of Saint Wenna lies under the ford.", keys: ["bell", "ford"]),
            },
            beats: { "a": (end: true) })"#;
        parse(vec![Source::new("t.story.ron", text)]).story.unwrap()
    }

    #[test]
    fn a_line_tells_what_it_states_and_nothing_that_it_asks_or_denies() {
        let story = story();
        let mut memory = Memory::new(MemorySettings::default());
        let statement = Statement {
            subject: "player".into(),
            predicate: "stole".into(),
            object: "candle".into(),
            says: "The stranger stole a candle from the chapel.".into(),
            keys: vec!["candle".into()],
        };
        memory.remember(Claim::Said(statement.clone()), Heard::Saw, 0.5, 0);
        let knowledge = Knowledge {
            facts: vec!["debt", "bell"],
            statements: memory.items().iter().collect(),
            forbidden: Vec::new(),
        };
        let tells = |text: &str| told(&story, &knowledge, text);
        let lore = |id: &str| Claim::Lore(id.to_owned());
        for (text, claims) in [
            ("He owes forty in silver.", vec![lore("debt")]),
            ("The smith is owed. \"The debts are silver!\" I say.", vec![lore("debt")]),
            ("The bell? It lies under the ford.", vec![lore("bell")]),
            ("Candles were stolen from the chapel.", vec![Claim::Said(statement)]),
            ("Where is the bell, under the ford?", vec![]),
            ("The bell does not lie under the ford.", vec![]),
            ("I don't think that the bell lies there, at the ford.", vec![]),
            ("The bell. Nobody knows.", vec![]),
            ("It is a bell.", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(tells(text), claims, "{text}");
        }
        let nothing = Knowledge { facts: vec![], statements: vec![], forbidden: vec![] };
        assert_eq!(told(&story, &nothing, "He owes forty in silver."), [], "she does not know it");
    }
}
