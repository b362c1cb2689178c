//! What in a sentence could be the answer: names, numbers, times, places, reasons, and the rest of a clause.

mod lists;

use std::collections::BTreeSet;

use super::question::{Asks, Question};
use super::token::Token;
use crate::judge::spelled;
use lists::{
    AMBIGUOUS, CALENDAR, COLOURS, DETERMINERS, INSIDE, ORDINAL_ENDS, PEOPLE, PLACE_PREPOSITIONS, TIME_PREPOSITIONS,
    TIMES, TRADES, UNITS,
};

/// A run of words that could be an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    /// First word.
    pub(super) from: usize,
    /// Behind the last word.
    pub(super) to: usize,
    /// How well its form suits what is asked for, 0 to 1.
    pub(super) fit: f32,
}

/// The spans of a sentence that are of the kind that a question asks for, in order; the whole sentence for
/// [`Asks::Truth`]. `names`: words that the library uses as names.
pub(super) fn spans(tokens: &[Token], question: &Question, names: &BTreeSet<String>, english: bool) -> Vec<Span> {
    if tokens.is_empty() {
        return Vec::new();
    }
    let whole = Span { from: 0, to: tokens.len(), fit: 1.0 };
    if !english {
        return vec![whole];
    }
    let asked = |token: &Token| question.terms.iter().any(|term| term.term == token.term);
    let mut found = match question.asks {
        Asks::Person => people(tokens, names),
        Asks::Time => times(tokens),
        Asks::Place => places(tokens, names),
        Asks::Count => numbers(tokens, &asked, false),
        Asks::Amount | Asks::Measure => numbers(tokens, &asked, true),
        Asks::Reason => reasons(tokens),
        Asks::Truth => vec![whole],
        Asks::Colour => colours(tokens),
        Asks::Name => called(tokens, &asked, names),
        Asks::Thing => {
            let mut found = chunks(tokens, &asked);
            if let Some(preposition) = &question.behind {
                for span in &mut found {
                    let before = span.from.checked_sub(1).and_then(|at| tokens.get(at));
                    span.fit =
                        if before.is_some_and(|token| token.word == *preposition) { 1.0 } else { span.fit * 0.7 };
                }
            }
            found
        }
    };
    // Nobody asks for what they have just said.
    let truth = question.asks == Asks::Truth;
    found.retain(|span| truth || !tokens[span.from..span.to].iter().all(|token| token.function || asked(token)));
    found
}

/// All kinds of spans of a sentence, whatever is asked for: what a ranker that knows no question words chooses from.
pub(super) fn any_spans(tokens: &[Token], question: &Question, known: &BTreeSet<String>, english: bool) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    if english {
        let asked = |token: &Token| question.terms.iter().any(|term| term.term == token.term);
        let all = [
            people(tokens, known),
            names(tokens, known),
            times(tokens),
            places(tokens, known),
            numbers(tokens, &asked, true),
            reasons(tokens),
            chunks(tokens, &asked),
        ];
        for span in all.into_iter().flatten() {
            if !found.iter().any(|other| (other.from, other.to) == (span.from, span.to)) {
                found.push(Span { fit: 1.0, ..span });
            }
        }
    }
    if !tokens.is_empty() && found.is_empty() {
        found.push(Span { from: 0, to: tokens.len(), fit: 1.0 });
    }
    found
}

/// Names: runs of words with capitals, "of" between two of them included.
fn names(tokens: &[Token], known: &BTreeSet<String>) -> Vec<Span> {
    let is_name = |at: usize| {
        tokens.get(at).is_some_and(|token: &Token| {
            let opening = token.starts && !known.contains(&token.word);
            token.capital && !opening && !is_calendar(token) && token.word != "i"
        })
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !is_name(at) {
            at += 1;
            continue;
        }
        let from = at;
        at += 1;
        loop {
            let joined = |next: usize| tokens.get(next).is_some_and(|token| !token.opens);
            if is_name(at) && joined(at) {
                at += 1;
            } else if tokens.get(at).is_some_and(|token| token.word == "of") && is_name(at + 1) && joined(at + 1) {
                at += 2;
            } else {
                break;
            }
        }
        found.push(Span { from, to: at, fit: 1.0 });
    }
    found
}

/// What something is called: what stands behind "called" or "named", or a name beside the word that was asked with ("the brig
/// Patience").
fn called(tokens: &[Token], asked: &dyn Fn(&Token) -> bool, known: &BTreeSet<String>) -> Vec<Span> {
    let says = |token: &Token| ["called", "named", "name"].contains(&token.word.as_str());
    let behind = |span: &Span| span.from.checked_sub(1).and_then(|at| tokens.get(at));
    let mut found: Vec<Span> = chunks(tokens, &|token| asked(token) || says(token));
    found.retain(|span| behind(span).is_some_and(says));
    for span in names(tokens, known) {
        let before = behind(&span);
        let fit = if before.is_some_and(says) {
            1.0
        } else if before.is_some_and(asked) {
            0.9
        } else {
            0.3
        };
        if !found.iter().any(|other| (other.from..other.to).contains(&span.from)) {
            found.push(Span { fit, ..span });
        }
    }
    found
}

/// Names, and people by their trade or kin: "the smith", "her sister".
fn people(tokens: &[Token], known: &BTreeSet<String>) -> Vec<Span> {
    let mut found = names(tokens, known);
    for span in &mut found {
        // "the bell of Saint Wenna" and "in Harrow" are about somebody or somewhere else; "by Odo" is about him.
        let before = span.from.checked_sub(1).filter(|_| !tokens[span.from].opens).map_or("", |at| &tokens[at].word);
        span.fit = match before {
            "by" => 1.0,
            "of" => 0.5,
            "in" | "at" | "near" | "from" => 0.4,
            _ => 0.95,
        };
    }
    for at in 0..tokens.len() {
        if !is_person(&tokens[at]) || found.iter().any(|span| (span.from..span.to).contains(&at)) {
            continue;
        }
        let from = phrase_start(tokens, at);
        // "A woman" does not say who.
        let vague = ["a", "an"].contains(&tokens[from].word.as_str());
        found.push(Span { from, to: at + 1, fit: if vague { 0.5 } else { 0.8 } });
    }
    found.sort_by_key(|span| span.from);
    found
}

/// Where the noun phrase begins whose last word stands at a place: up to its article, at most three words before it.
fn phrase_start(tokens: &[Token], last: usize) -> usize {
    let mut from = last;
    while from > 0 && last - from < 3 && !tokens[from].opens {
        let before = &tokens[from - 1];
        if DETERMINERS.contains(&before.word.as_str()) {
            return from - 1;
        }
        if is_grammar(before) || before.clitic {
            break;
        }
        from -= 1;
    }
    // Without an article it is the noun alone.
    last
}

/// Numbers; with `unit` and what they count. "How many boats" wants the number that stands before boats.
fn numbers(tokens: &[Token], asked: &dyn Fn(&Token) -> bool, unit: bool) -> Vec<Span> {
    let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let digits = words[at].starts_with(|c: char| c.is_ascii_digit());
        let length = match spelled(&words[at..]) {
            _ if digits => 1,
            Some((_, length)) => length,
            None if matches!(words[at].as_str(), "one" | "half" | "none" | "twice" | "once" | "quarter") => 1,
            None => 0,
        };
        let ordinal = |word: &str| ORDINAL_ENDS.iter().any(|end| word.ends_with(end)) && !digits;
        if length == 0 || ordinal(&words[at + length - 1]) {
            at += length.max(1);
            continue;
        }
        let behind = at + length;
        let counted = tokens.get(behind).filter(|token| !token.opens && !is_grammar(token));
        let weak = length == 1 && matches!(words[at].as_str(), "one" | "once" | "twice" | "quarter");
        let fit = match counted {
            Some(counted) if asked(counted) => 1.0,
            Some(_) if unit => 0.9,
            _ => 0.7,
        } - if weak { 0.4 } else { 0.0 };
        let mut to = behind;
        if unit {
            while to < behind + 2 && tokens.get(to).is_some_and(|token| !token.opens && !is_grammar(token)) {
                to += 1;
            }
            // "forty winters", not "forty winters ago"; the verb behind a unit is no part of it.
            if to == behind + 2 && !is_unit(&tokens[to - 1]) {
                to -= 1;
            }
        }
        found.push(Span { from: at, to, fit });
        at = behind;
    }
    found
}

/// Dates, hours and other times: a calendar word with what belongs to it.
fn times(tokens: &[Token]) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for at in 0..tokens.len() {
        let year = tokens[at].word.len() >= 3 && tokens[at].word.chars().all(|c| c.is_ascii_digit());
        let word = tokens[at].word.as_str();
        let calendar = is_calendar(&tokens[at]);
        if !calendar && !year && !TIMES.contains(&word) {
            continue;
        }
        if found.last().is_some_and(|last| at < last.to) {
            continue;
        }
        // Back over what stands before it, to the preposition.
        let mut from = at;
        let mut strong = calendar;
        while from > 0 && at - from < 5 && !tokens[from].opens {
            let before = &tokens[from - 1];
            let inside =
                !is_grammar(before) || ["the", "a", "of", "this", "that", "his", "her"].contains(&before.word.as_str());
            if !inside {
                break;
            }
            from -= 1;
        }
        let preposition = from.checked_sub(1).filter(|_| !tokens[from].opens).and_then(|at| tokens.get(at));
        if let Some(preposition) = preposition {
            strong |= TIME_PREPOSITIONS.contains(&preposition.word.as_str());
            // "before dawn" is another time than "dawn".
            if ["after", "before", "since", "until", "during", "about"].contains(&preposition.word.as_str()) {
                from -= 1;
            }
        } else if from < at && !DETERMINERS.contains(&tokens[from].word.as_str()) && !calendar {
            from = at;
        }
        // On over "of March", "of the flood", "ago".
        let mut to = at + 1;
        loop {
            let next = |step: usize| tokens.get(to + step).filter(|token| !token.opens || token.word == "ago");
            match next(0) {
                Some(token) if token.word == "ago" || is_calendar(token) || is_number(token) => to += 1,
                Some(of) if of.word == "of" => {
                    let article = next(1).is_some_and(|token| DETERMINERS.contains(&token.word.as_str()));
                    let step = if article { 2 } else { 1 };
                    if next(step).is_none_or(is_grammar) {
                        break;
                    }
                    to += step + 1;
                }
                _ => break,
            }
        }
        strong |= tokens[to - 1].word == "ago";
        found.push(Span { from, to, fit: if strong { 1.0 } else { 0.6 } });
    }
    found
}

/// Where something is: a phrase behind a preposition of place.
fn places(tokens: &[Token], known: &BTreeSet<String>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].word.as_str();
        let strong = PLACE_PREPOSITIONS.contains(&word);
        if !strong && !["to", "from", "into", "through", "across", "by", "over"].contains(&word) {
            at += 1;
            continue;
        }
        let mut to = at + 1;
        let mut content = 0;
        while let Some(token) = tokens.get(to).filter(|token| !token.opens) {
            let inside = !is_grammar(token)
                || ["the", "a", "an", "of", "his", "her", "their", "its", "my", "our", "s"]
                    .contains(&token.word.as_str());
            if !inside || content >= 6 {
                break;
            }
            content += usize::from(!is_grammar(token));
            to += 1;
        }
        while to > at + 1 && is_grammar(&tokens[to - 1]) {
            to -= 1;
        }
        let span = &tokens[at + 1..to];
        // "in March" and "at dusk" are no places.
        let timely = span.iter().any(|token| is_calendar(token) || TIMES.contains(&token.word.as_str()));
        if content == 0 || timely || span.iter().any(is_number) && content == 1 {
            at += 1;
            continue;
        }
        let named = span.iter().any(|token| token.capital && known.contains(&token.word));
        found.push(Span { from: at, to, fit: if strong { 1.0 } else { 0.7 } - if named { 0.0 } else { 0.1 } });
        at = to;
    }
    found
}

/// Why: what stands behind "because" and its like, up to the end of the sentence.
fn reasons(tokens: &[Token]) -> Vec<Span> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = |step: usize| tokens.get(at + step).map_or("", |token| token.word.as_str());
        let fit = match token.word.as_str() {
            "because" | "lest" => 1.0,
            "since" | "for" if token.opens => 0.8,
            "so" if next(1) == "that" => 0.9,
            "to" if at > 0 && !tokens.get(at + 1).is_none_or(|token| is_grammar(token) || token.capital) => 0.5,
            "as" if token.opens && at > 0 => 0.4,
            _ => continue,
        };
        let keep = matches!(token.word.as_str(), "to" | "lest");
        let skip = if keep {
            0
        } else if token.word == "so" {
            2
        } else {
            1
        };
        if at + skip < tokens.len() {
            found.push(Span { from: at + skip, to: tokens.len(), fit });
        }
    }
    found
}

fn colours(tokens: &[Token]) -> Vec<Span> {
    let colour = |(at, token): (usize, &Token)| COLOURS.contains(&token.word.as_str()).then_some(at);
    let places: Vec<usize> = tokens.iter().enumerate().filter_map(colour).collect();
    places.into_iter().map(|at| Span { from: at, to: at + 1, fit: 1.0 }).collect()
}

/// The phrases that are left when the words of the question are taken out: runs without a mark, a preposition other than
/// "of", or a word that was asked with.
fn chunks(tokens: &[Token], asked: &dyn Fn(&Token) -> bool) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let breaks = |token: &Token| asked(token) || (is_grammar(token) && !INSIDE.contains(&token.word.as_str()));
    let mut at = 0;
    while at < tokens.len() {
        if breaks(&tokens[at]) {
            at += 1;
            continue;
        }
        let from = at;
        at += 1;
        while at < tokens.len() && !breaks(&tokens[at]) && !tokens[at].opens {
            at += 1;
        }
        let (mut from, mut to) = (from, at);
        while to > from && is_grammar(&tokens[to - 1]) && !tokens[to - 1].capital {
            to -= 1;
        }
        while from < to && ["of", "and", "s"].contains(&tokens[from].word.as_str()) {
            from += 1;
        }
        if from < to {
            // What is asked for stands behind what is said of it more often than before it.
            let behind = from
                .checked_sub(1)
                .and_then(|at| tokens.get(at))
                .is_some_and(|token| asked(token) || is_grammar(token));
            found.push(Span { from, to, fit: if behind { 0.9 } else { 0.7 } });
        }
    }
    found
}

/// A word of grammar. "Before" and "after" are words that a question is asked with, and end a phrase all the same.
fn is_grammar(token: &Token) -> bool {
    token.function || ["before", "after", "without"].contains(&token.word.as_str())
}

fn is_number(token: &Token) -> bool {
    token.term.starts_with(|c: char| c.is_ascii_digit())
}

/// Months and days of the week. "May" and "March" only with a capital inside a sentence.
fn is_calendar(token: &Token) -> bool {
    CALENDAR.contains(&token.word.as_str())
        && token.capital
        && !(token.starts && AMBIGUOUS.contains(&token.word.as_str()))
}

fn is_person(token: &Token) -> bool {
    let word = token.word.as_str();
    let singular = word.strip_suffix('s').unwrap_or(word);
    PEOPLE.contains(&word)
        || PEOPLE.contains(&singular)
        || TRADES.iter().any(|end| singular.len() > end.len() + 2 && singular.ends_with(end))
}

fn is_unit(token: &Token) -> bool {
    UNITS.contains(&token.word.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;
    use crate::judge::Stemmer;

    fn found(question: &str, sentence: &str) -> Vec<String> {
        let english = Stemmer::of_locale("en");
        let question = Question::read(question, english);
        let tokens = tokens(sentence, &(0..sentence.len()), english);
        let names: BTreeSet<String> = ["odo", "mara", "wenna", "saint", "fen"].map(str::to_owned).into();
        let spans = spans(&tokens, &question, &names, true);
        spans
            .iter()
            .map(|span| sentence[tokens[span.from].range.start..tokens[span.to - 1].range.end].to_owned())
            .collect()
    }

    #[test]
    fn spans_are_of_the_kind_that_is_asked_for() {
        for (question, sentence, wanted) in [
            ("Who sold the bell?", "Odo sold the bell to the smith in March.", &["Odo", "the smith"][..]),
            ("Who owns it?", "The bell of Saint Wenna is hers.", &["Saint Wenna"]),
            ("How many boats were lost?", "Twelve boats were lost, and forty-two men.", &["Twelve", "forty-two"]),
            ("How much is the toll?", "The toll is two coppers a head.", &["two coppers"]),
            (
                "When did it rise?",
                "The river rose on the third of March, before dawn.",
                &["the third of March", "before dawn"],
            ),
            ("When was it?", "It was two nights ago.", &["two nights ago"]),
            (
                "Where is the key?",
                "The key hangs under the third plank of the ferry.",
                &["under the third plank of the ferry"],
            ),
            ("Why is the bridge shut?", "The bridge is shut because the piles are rotten.", &["the piles are rotten"]),
            ("What colour are the posts?", "The posts are white and red.", &["white", "red"]),
            ("What is the boat called?", "The boat, which is called the Heron, leaks.", &["the Heron"]),
            ("Did Odo pay?", "Odo paid all of it.", &["Odo paid all of it"]),
            ("What did the smith buy?", "The smith bought two bells of bronze with it.", &["two bells of bronze"]),
        ] {
            assert_eq!(found(question, sentence), wanted, "{question}");
        }
    }

    #[test]
    fn where_there_is_none_of_the_kind_there_is_no_span() {
        for (question, sentence) in [
            ("Who rang the bell?", "The bell rang twice."),
            ("When was it sold?", "Odo sold it to the smith."),
            ("How many horses drowned?", "The horses drowned."),
            ("Why was it sold?", "Odo sold it."),
            ("Where is the key?", "The key is lost in March."),
            ("Who is Odo?", "Odo."),
        ] {
            assert_eq!(found(question, sentence), [""; 0], "{question}");
        }
    }
}
