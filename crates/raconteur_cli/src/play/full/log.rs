//! What has been seen so far, for the screen and the transcript.

use std::fs::File;
use std::io::Write;

use raconteur_core::prompt::Bill;
use raconteur_core::request::Finished;

use super::super::screen::plain;
use super::super::witness::{Witness, Written};

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Where it is.
    Setting(String),
    /// Somebody spoke.
    Said {
        /// Display name; empty for a narrator.
        name: String,
        /// The words.
        text: String,
        /// Where they come from.
        source: String,
    },
    /// The player did or asked something.
    You(String),
    /// A remark of the program.
    Note(String),
    /// The story is over.
    End(String),
}

/// What became of the last request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Id of the text.
    pub of: String,
    /// The prompt, before anything is dropped.
    pub prompt: String,
    /// Where its tokens went.
    pub bill: Bill,
    /// Texts that were not taken: of what, why, and the text.
    pub rejected: Vec<(String, String, String)>,
}

/// All of it.
#[derive(Default)]
pub struct Log {
    /// What the screen shows.
    pub entries: Vec<Entry>,
    /// The lines of the transcript.
    pub notes: Vec<String>,
    /// The last request to the model.
    pub last: Request,
    file: Option<File>,
}

impl Log {
    /// A log that also writes its transcript to a file as it comes.
    pub fn new(file: Option<File>) -> Self {
        Self { file, ..Self::default() }
    }

    /// Adds to the transcript.
    pub fn note(&mut self, line: &str) -> Written {
        let line = plain(line);
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}")?;
        }
        self.notes.push(line);
        Ok(())
    }

    /// Adds to the screen.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Forgets what came after the first so many entries and notes. The file keeps them, and says so.
    pub fn back_to(&mut self, entries: usize, notes: usize) -> Written {
        self.entries.truncate(entries);
        self.notes.truncate(notes);
        match &mut self.file {
            Some(file) => writeln!(file, "< undone"),
            None => Ok(()),
        }
    }
}

impl Witness for Log {
    fn prompt(&mut self, of: &str, text: String) -> Written {
        self.last = Request { of: of.to_owned(), prompt: text, ..Request::default() };
        Ok(())
    }

    fn bill(&mut self, bill: &Bill) -> Written {
        self.last.bill = bill.clone();
        Ok(())
    }

    fn chunk(&mut self, _name: &str, _text: &str) -> Written {
        Ok(())
    }

    fn line(&mut self, speaker: &str, name: &str, finished: &Finished) -> Written {
        self.rejected("", finished)?;
        self.push(Entry::Said { name: plain(name), text: plain(&finished.text), source: finished.source.to_string() });
        self.note(&format!("{speaker} ({}): {}", finished.source, finished.text))
    }

    fn rejected(&mut self, of: &str, finished: &Finished) -> Written {
        for (text, why) in &finished.rejected {
            self.last.rejected.push((of.to_owned(), why.to_string(), plain(text.trim())));
        }
        Ok(())
    }
}
