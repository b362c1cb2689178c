//! Turns an error of the RON reader into a diagnostic that a writer can act on.

use ron::error::{Error, SpannedError};

use crate::story::diagnostic::{Diagnostic, Severity, Span};
use crate::story::source::Source;
use crate::story::spans::{Token, TokenKind, tokens};
use crate::story::suggest::did_you_mean;

/// R01 for text that is no RON, R02 for RON that has not the shape of a story.
pub(super) fn explain(source: &Source, error: &SpannedError) -> Diagnostic {
    let scene = Scene::new(source, error);
    match &error.code {
        _ if scene.all.is_empty() => empty(&scene),
        Error::ExpectedComma | Error::ExpectedArrayEnd | Error::ExpectedMapEnd | Error::ExpectedStructLikeEnd => {
            scene.missing_comma()
        }
        Error::Eof => scene.ends_early(),
        Error::ExpectedStringEnd => scene
            .found("R01", "this text is never closed")
            .help("close it with the same quote it was opened with; write \\\" for a quote inside it"),
        Error::TrailingCharacters => scene
            .found("R01", "there is something behind the end of the story")
            .help("a bracket before this closes too much, or this belongs inside"),
        Error::InvalidEscape(_) => scene
            .found("R01", "a backslash begins an escape, and this is none")
            .help("write \\\\ for a backslash; escapes are \\n, \\t, \\\" and \\u{..}"),
        Error::NoSuchStructField { expected, found, outer } => {
            let whose = outer.as_deref().map(|outer| format!(" of {outer}")).unwrap_or_default();
            scene
                .found("R02", format!("'{found}' is no field{whose}"))
                .help(suggest(found, expected, "the fields are"))
        }
        Error::NoSuchEnumVariant { expected, found, outer } => {
            let whose = outer.as_deref().map(|outer| format!(" of {outer}")).unwrap_or_default();
            scene.found("R02", format!("'{found}' is no kind{whose}")).help(suggest(found, expected, "there are"))
        }
        Error::MissingStructField { field, outer } => {
            let whose = outer.as_deref().unwrap_or("This");
            let mut found = scene.found("R02", format!("{whose} has no '{field}'")).help(format!("add {field}: .."));
            found.primary = scene.group();
            found
        }
        Error::DuplicateStructField { field, .. } => {
            scene.found("R02", format!("'{field}' is given twice")).help("keep one of them")
        }
        Error::ExpectedNamedStructLike(_) | Error::ExpectedDifferentStructName { expected: "Story", .. } => scene
            .found("R02", "a story begins with `Story(`")
            .help("write Story(format: 1, id: \"..\", start: \"..\", beats: {..}); characters, facts and beats are maps inside it"),
        Error::ExpectedDifferentStructName { expected, .. } => {
            scene.found("R02", format!("this file begins with `{expected}(`")).help("its other fields stand inside")
        }
        Error::ExpectedMap => scene.expected("a map", "write {\"some_id\": (..)}"),
        Error::ExpectedArray => scene.expected("a list", "write [..], also around a single item"),
        Error::ExpectedString => scene.no_text(),
        Error::ExpectedBoolean => scene.expected("true or false", "write true or false, without quotes"),
        Error::ExpectedInteger | Error::IntegerOutOfBounds | Error::InvalidIntegerDigit { .. } => {
            scene.expected("a whole number that fits here", "write digits only; counts cannot be negative")
        }
        Error::ExpectedFloat => scene.expected("a number", "write it like 0.8"),
        Error::ExpectedMapColon => scene.expected("`:`", "write field: value, or \"id\": (..)"),
        Error::ExpectedIdentifier => scene.expected("a field name", "fields are written name: value, without quotes"),
        Error::ExceededRecursionLimit => scene
            .found("R01", "brackets are nested too deep")
            .help("no story needs more than ten levels; look for brackets that are never closed"),
        other => scene.found("R01", lower_first(&other.to_string())),
    }
}

/// The text around an error.
struct Scene<'a> {
    source: &'a Source,
    at: usize,
    end: usize,
    all: Vec<Token>,
    /// Number of tokens that end at or before the error.
    before: usize,
}

impl<'a> Scene<'a> {
    fn new(source: &'a Source, error: &SpannedError) -> Self {
        let at = source.offset(error.span.start.line, error.span.start.col);
        let end = source.offset(error.span.end.line, error.span.end.col).max(at);
        let all = tokens(&source.text);
        let before = all.partition_point(|token| token.span.end <= at);
        Self { source, at, end, all, before }
    }

    fn text(&self, token: &Token) -> &'a str {
        &self.source.text[token.span.clone()]
    }

    /// The token that the error points at.
    fn here(&self) -> Option<&Token> {
        self.all.get(self.before)
    }

    /// A finding that covers what the reader stumbled over.
    fn found(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let range = match self.here() {
            _ if self.end > self.at + 1 => self.at..self.end,
            Some(token) if token.span.start <= self.at => token.span.clone(),
            _ => self.at..(self.at + 1).max(self.end),
        };
        Diagnostic::new(code, Severity::Error, Span::new(self.source, self.source.first_line(range)), message)
    }

    fn expected(&self, wanted: &str, help: &str) -> Diagnostic {
        match self.here() {
            Some(token) => {
                let found: String = self.text(token).chars().take(24).collect();
                let mut diagnostic = self.found("R02", format!("expected {wanted}, found `{found}`")).help(help);
                diagnostic.primary = Span::new(self.source, self.source.first_line(token.span.clone()));
                diagnostic
            }
            None => self.found("R02", format!("expected {wanted}, but the file ends")).help(help),
        }
    }

    /// No quotes where there should be: a value, or a field behind a map that was never closed.
    fn no_text(&self) -> Diagnostic {
        let colon = self.all.get(self.before + 1).is_some_and(|token| token.kind == TokenKind::Colon);
        match self.open().last() {
            Some(map) if colon && map.kind == TokenKind::Open('{') => self
                .expected("an id", "write the id between quotes, or close the map with `}` before this field")
                .label(Span::new(self.source, map.span.clone()), "this map is still open"),
            _ => self.expected("a text", "write it between quotes"),
        }
    }

    /// The brackets that are open before the error, outermost first.
    fn open(&self) -> Vec<&Token> {
        let mut open = Vec::new();
        for token in &self.all[..self.before] {
            match token.kind {
                TokenKind::Open(_) => open.push(token),
                TokenKind::Close(_) => {
                    open.pop();
                }
                _ => {}
            }
        }
        open
    }

    /// The reader notices a missing comma only at the next item, so the caret goes to where the comma belongs and the
    /// next item is shown with it.
    fn missing_comma(&self) -> Diagnostic {
        let Some(last) = self.before.checked_sub(1).and_then(|index| self.all.get(index)) else {
            return self.found("R01", "expected a comma");
        };
        let next = self.here();
        if let (Some(Token { kind: TokenKind::Close(close), span }), Some(open)) = (next, self.open().last()) {
            let wanted = closing(self.text(open));
            let primary = Span::new(self.source, span.clone());
            return Diagnostic::new("R01", Severity::Error, primary, format!("expected `{wanted}`, found `{close}`"))
                .label(Span::new(self.source, open.span.clone()), format!("this waits for `{wanted}`"))
                .help(format!("close the inner bracket with `{wanted}` first"));
        }
        if last.kind == TokenKind::Text && self.text(last).contains('\n') {
            let start = self.source.first_line(last.span.clone());
            return Diagnostic::new(
                "R01",
                Severity::Error,
                Span::new(self.source, start),
                "this text runs on over the end of its line",
            )
            .label(Span::new(self.source, last.span.end - 1..last.span.end), "it ends here")
            .help("its closing quote is missing, most likely at the end of its first line");
        }
        let length = self.text(last).chars().next_back().map_or(0, char::len_utf8);
        let primary = Span::new(self.source, last.span.end - length..last.span.end);
        // `"a, b: "c"` is read as two texts with something between them.
        let torn = last.kind == TokenKind::Text && next.is_some_and(|next| next.span.start == last.span.end);
        let mut diagnostic =
            Diagnostic::new("R01", Severity::Error, primary, "a comma is missing here").help(if torn {
                "most likely a quote is missing: this one was meant to open the next text"
            } else {
                "write a comma behind this item"
            });
        if let Some(next) = next {
            let range = self.source.first_line(next.span.clone());
            diagnostic = diagnostic.label(Span::new(self.source, range), "the next item begins here");
        }
        diagnostic
    }

    fn ends_early(&self) -> Diagnostic {
        let end = self.source.text.trim_end().len();
        let last = self.source.text[..end].chars().next_back().map_or(0, char::len_utf8);
        let primary = Span::new(self.source, end - last..end);
        let open = self.open();
        let mut diagnostic =
            Diagnostic::new("R01", Severity::Error, primary, "the file ends in the middle of the story");
        if let Some(innermost) = open.last() {
            let missing: String = open.iter().rev().take(20).map(|token| closing(self.text(token))).collect();
            diagnostic = diagnostic
                .label(Span::new(self.source, innermost.span.clone()), "this bracket is still open")
                .help(format!("{} brackets are open; `{missing}` would close them", open.len()));
        }
        diagnostic
    }

    /// The bracketed group that the reader was in, with the name before it; its first line at most.
    fn group(&self) -> Span {
        let Some(open) = self.open().last().map(|token| token.span.start) else {
            return Span::new(self.source, self.at..self.at + 1);
        };
        let first = self.all.partition_point(|token| token.span.start < open);
        let start = match first.checked_sub(1).map(|before| &self.all[before]) {
            Some(Token { kind: TokenKind::Atom, span }) => span.start,
            _ => open,
        };
        let end = self.here().map_or(self.at, |token| token.span.end);
        Span::new(self.source, self.source.first_line(start..end))
    }
}

fn empty(scene: &Scene) -> Diagnostic {
    Diagnostic::new("R01", Severity::Error, Span::new(scene.source, 0..0), "the file is empty")
        .help("a story begins with Story(format: 1, id: \"..\", start: \"..\", beats: {..})")
}

fn suggest(found: &str, expected: &[&str], intro: &str) -> String {
    did_you_mean(found, expected.iter().copied()).unwrap_or_else(|| format!("{intro} {}", expected.join(", ")))
}

fn closing(open: &str) -> char {
    match open {
        "(" => ')',
        "[" => ']',
        _ => '}',
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
