//! What is seen: standard output, and a transcript beside it.

use std::fs::File;
use std::io::{IsTerminal, Stdout, Write};
use std::path::Path;

use raconteur_core::prompt::Bill;
use raconteur_core::request::Finished;
use raconteur_core::story::format::Story;

use super::game::Offered;
use super::witness::{Witness, Written};
use crate::error::CliError;

/// Writes what happens.
pub struct Screen {
    out: Stdout,
    color: bool,
    transcript: Option<File>,
    prompts: bool,
    rejects: bool,
    /// Something of the current line has been shown.
    begun: bool,
}

impl Screen {
    /// A screen on standard output; the transcript is begun anew.
    ///
    /// # Errors
    /// When the transcript cannot be written.
    pub fn new(transcript: Option<&Path>, prompts: bool, rejects: bool) -> Result<Self, CliError> {
        let out = std::io::stdout();
        let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let create = |path: &Path| {
            File::create(path).map_err(|error| {
                CliError::failed(format!("the transcript '{}' cannot be written: {error}", path.display()))
            })
        };
        Ok(Self { out, color, transcript: transcript.map(create).transpose()?, prompts, rejects, begun: false })
    }

    /// The transcript, for whoever shows the play instead.
    pub fn into_transcript(self) -> Option<File> {
        self.transcript
    }

    /// Opens the play.
    pub fn title(&mut self, story: &Story, model: Option<&str>) -> Written {
        let title = if story.title.is_empty() { &story.id } else { &story.title };
        let model = self.dim(model.unwrap_or("without a model"));
        writeln!(self.out, "{} {model}", plain(title))
    }

    /// Another place.
    pub fn beat(&mut self, story: &Story, beat: &str) -> Written {
        let setting = story.beats.get(beat).map_or("", |beat| beat.setting.as_str());
        self.note(&format!("[{beat}] {setting}"))?;
        if setting.is_empty() { Ok(()) } else { writeln!(self.out, "\n  ~ {} ~\n", plain(setting)) }
    }

    /// The player has asked something.
    pub fn asked(&mut self, question: &str) -> Written {
        self.note(&format!("> ask  {question}"))?;
        if self.out.is_terminal() { Ok(()) } else { writeln!(self.out, "You: {}", plain(question)) }
    }

    /// The choices.
    pub fn offer(&mut self, offered: &[Offered]) -> Written {
        writeln!(self.out)?;
        for (at, choice) in offered.iter().enumerate() {
            let source = self.dim(&format!("[{}]", choice.source));
            writeln!(self.out, "  {}  {} {source}", at + 1, plain(&choice.label))?;
        }
        Ok(())
    }

    /// What the player typed may mean some of them.
    pub fn did_you_mean(&mut self, places: &[usize], offered: &[Offered]) -> Written {
        writeln!(self.out, "Did you mean:")?;
        for &at in places {
            if let Some(choice) = offered.get(at) {
                writeln!(self.out, "  {}  {}", at + 1, plain(&choice.label))?;
            }
        }
        Ok(())
    }

    /// One of them has been taken.
    pub fn chosen(&mut self, choice: &Offered) -> Written {
        self.note(&format!("> {}  {} ({})", choice.id, choice.label, choice.source))?;
        writeln!(self.out, "\nYou: {}", plain(&choice.label))
    }

    /// Asks for input.
    pub fn ask_for(&mut self, words: &str) -> Written {
        write!(self.out, "{words}")?;
        self.out.flush()
    }

    /// Says something to the player.
    pub fn remark(&mut self, words: &str) -> Written {
        writeln!(self.out, "{words}")
    }

    /// The input has ended where something was asked for.
    pub fn end_of_input(&mut self) -> Written {
        writeln!(self.out)
    }

    /// Something in the story did not work.
    pub fn problem(&mut self, what: &str) -> Written {
        eprintln!("note: {what}");
        self.note(&format!("! {what}"))
    }

    /// The player has gone before the end.
    pub fn left(&mut self) -> Written {
        writeln!(self.out, "\nThe story waits here.")
    }

    /// The story is over.
    pub fn ended(&mut self, beat: &str) -> Written {
        self.note(&format!("The end: {beat}"))?;
        writeln!(self.out, "\nThe end.")
    }

    /// Adds one line to the transcript.
    fn note(&mut self, line: &str) -> Written {
        match &mut self.transcript {
            Some(file) => writeln!(file, "{}", plain(line)),
            None => Ok(()),
        }
    }

    fn dim(&self, text: &str) -> String {
        if self.color { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

impl Witness for Screen {
    fn prompt(&mut self, of: &str, text: String) -> Written {
        if !self.prompts {
            return Ok(());
        }
        writeln!(self.out, "{}", self.dim(&format!("--- prompt of {of}")))?;
        for line in text.lines() {
            writeln!(self.out, "{}", self.dim(&format!("| {}", plain(line))))?;
        }
        Ok(())
    }

    fn bill(&mut self, bill: &Bill) -> Written {
        if !self.prompts {
            return Ok(());
        }
        let parts: Vec<String> = bill
            .entries
            .iter()
            .map(|entry| {
                let dropped = if entry.dropped.is_empty() {
                    String::new()
                } else {
                    format!(" ({} dropped)", entry.dropped.len())
                };
                format!("{} {}{dropped}", entry.section, entry.tokens)
            })
            .collect();
        let text = format!("--- {} of {} tokens: {}", bill.total, bill.budget, parts.join(", "));
        writeln!(self.out, "{}", self.dim(&text))
    }

    fn chunk(&mut self, name: &str, text: &str) -> Written {
        if !self.begun {
            self.begun = true;
            if !name.is_empty() {
                write!(self.out, "{}: ", plain(name))?;
            }
        }
        write!(self.out, "{}", plain(text))?;
        self.out.flush()
    }

    fn line(&mut self, speaker: &str, name: &str, finished: &Finished) -> Written {
        if !self.begun {
            self.chunk(name, &finished.text)?;
        }
        self.begun = false;
        writeln!(self.out, " {}", self.dim(&format!("[{}]", finished.source)))?;
        self.rejected("", finished)?;
        self.note(&format!("{speaker} ({}): {}", finished.source, finished.text))
    }

    fn rejected(&mut self, of: &str, finished: &Finished) -> Written {
        if !self.rejects {
            return Ok(());
        }
        let of = if of.is_empty() { String::new() } else { format!(" {of}") };
        for (text, why) in &finished.rejected {
            writeln!(self.out, "{}", self.dim(&format!("    -{of} {}: {}", why.name(), plain(text.trim()))))?;
        }
        Ok(())
    }
}

/// Text that cannot move the cursor or break a line: control characters become spaces.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
