//! A second look at a text: whether it tells what stands only in documents that its reader may not read.

use std::collections::BTreeSet;

use super::library::{Access, Library};
use crate::judge::words;

/// So many words in a row that stand in a closed document, and nowhere that is open, are taken from it.
const RUN: usize = 4;

/// What a text tells of documents that are closed under `access`: a run of four words, a name, a number, or a key of a
/// secret one, which stands in no open document and in none of `allowed` (the question, the persona, the talk). `None` when
/// there is nothing. Shares no code with what keeps answers and prompts clean.
#[must_use]
pub fn leaks(text: &str, library: &Library, access: &Access, allowed: &[&str]) -> Option<String> {
    let said = words::words(text);
    let mut open: Vec<Vec<String>> = allowed.iter().map(|text| words::words(text)).collect();
    open.extend(access.iter().filter_map(|place| library.page(place)).map(|page| words::words(&page.text)));
    let known: BTreeSet<&String> = open.iter().flatten().collect();
    let runs: BTreeSet<&[String]> = open.iter().flat_map(|words| words.windows(RUN)).collect();
    for place in (0..library.len()).filter(|place| !access.allows(*place)) {
        let (Some(page), Some((_, document))) = (library.page(place), library.at(place)) else { continue };
        let closed = words::words(&page.text);
        let closed_runs: BTreeSet<&[String]> = closed.windows(RUN).filter(|run| !runs.contains(run)).collect();
        if let Some(run) = said.windows(RUN).find(|run| closed_runs.contains(run)) {
            return Some(run.join(" "));
        }
        let names = page
            .text
            .split(|c: char| !words::is_word_char(c))
            .zip(std::iter::once("").chain(page.text.split(|c: char| !words::is_word_char(c))));
        let marked = names.filter(|(word, before)| {
            word.starts_with(|c: char| c.is_numeric())
                || (word.starts_with(char::is_uppercase) && before.starts_with(char::is_alphanumeric))
        });
        let marked: BTreeSet<String> = marked.flat_map(|(word, _)| words::words(word)).collect();
        if let Some(word) = said.iter().find(|word| marked.contains(*word) && !known.contains(word)) {
            return Some(word.clone());
        }
        let mut keys = document.keys.iter().filter(|_| document.secret);
        let stands = |words: &[String], key: &str| words::contains(words, key);
        if let Some(key) = keys.find(|key| stands(&said, key) && !open.iter().any(|words| stands(words, key))) {
            return Some(key.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::library::NoStory;
    use super::*;

    #[test]
    fn what_stands_only_in_closed_documents_is_found() {
        let library = Library::from_ron(
            r#"Documents(format: 1, documents: {
                "a": (title: "Notice", text: ["The bell hung in the tower of Wenna for 70 years."]),
                "b": (title: "Letter", secret: true, readers: ["odo"], keys: ["debt"], text: ["The bell hung in the smithy yard until Corin paid 40 crowns."]),
            })"#,
        )
        .expect("it is sound");
        let open = library.open_to(&["mara".to_owned()], &NoStory);
        let found = |text: &str, allowed: &[&str]| leaks(text, &library, &open, allowed);
        for fine in ["The bell hung in the tower.", "It was 70 years.", "The bell hung in a yard.", "Ask Wenna."] {
            assert_eq!(found(fine, &[]), None, "{fine}");
        }
        for (text, leak) in [
            ("It is in the smithy yard until noon.", "in the smithy yard"),
            ("Ask Corin.", "corin"),
            ("40 of them.", "40"),
            ("A debt, I hear.", "debt"),
        ] {
            assert_eq!(found(text, &[]).as_deref(), Some(leak), "{text}");
        }
        assert_eq!(found("Corin? No.", &["Who is Corin?"]), None, "whoever asked said it first");
        let all = library.open_to(&["odo".to_owned()], &NoStory);
        assert_eq!(leaks("Corin paid 40 crowns.", &library, &all, &[]), None);
    }
}
