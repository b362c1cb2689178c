//! Translations: which text a key means, whether a translation is still one of the text as it is now, and a story in
//! another language.
//!
//! ```text
//! Story::texts() --> key, text --translator--> Locale (X.de.l10n.ron) --Story::localized("de")--> Story
//!                        `---- lock: hash of the text that was translated ----> stale? (L02)
//! ```

mod coverage;
mod draft;
mod glossary;
mod localize;
mod shortfall;
mod texts;
mod write;

use super::format::{Locale, Story};

pub use coverage::{Coverage, Gap, Status, Tally};
pub use draft::{DraftOptions, Wanted, draft};
pub use glossary::{Miss, Term};
pub use localize::Drafts;
pub use shortfall::Shortfall;
pub use texts::{Text, TextKind};
pub use write::write;

/// Hash of a source text that a translation is locked to: FNV-1a in 32 bits as eight hexadecimal digits. White space at
/// the ends does not count. Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", IETF draft.
#[must_use]
pub fn lock(text: &str) -> String {
    const OFFSET: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let hash = text.trim().bytes().fold(OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    format!("{hash:08x}")
}

/// Whether a text can be a language tag: words of letters and digits with `-` between them, as BCP 47 has them, so that
/// it can stand in a file name too.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The translations that serve a language tag, the most specific first: for `de-CH-1996` that of `de-CH-1996`, then
/// `de-CH`, then `de`, as far as they are there. Case does not count. Source: RFC 4647, section 3.4, "Lookup".
#[must_use]
pub fn chain<'a>(story: &'a Story, tag: &str) -> Vec<(&'a str, &'a Locale)> {
    let mut found = Vec::new();
    let mut left = tag;
    loop {
        found.extend(story.translations.iter().find(|(other, _)| other.eq_ignore_ascii_case(left)));
        match left.rsplit_once('-') {
            Some((shorter, _)) => left = shorter,
            None => return found,
        }
    }
}

#[cfg(test)]
mod tests;
