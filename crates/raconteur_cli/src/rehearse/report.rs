//! The figures of a rehearsal, as text or JSON.

use std::collections::BTreeMap;

use raconteur_core::rehearsal::{Played, Plays, Tally};
use raconteur_core::story::format::Story;
use serde::Serialize;

use crate::error::CliError;

/// What came of many plays.
#[derive(Serialize)]
pub struct Report {
    /// Version of these fields.
    schema: u32,
    story: String,
    /// What wrote.
    writer: String,
    seed: u64,
    plays: u64,
    seconds: f64,
    /// Plays that came to each end of the story.
    ends: BTreeMap<String, u64>,
    /// Plays that were stopped with a way on open.
    stopped: u64,
    /// Plays that could not go on.
    stuck: Vec<String>,
    moments: usize,
    /// Moments that the story knows, per cent.
    valid_percent: f64,
    /// Moments that were compared with all states that the checks walked through.
    compared: usize,
    requests: usize,
    /// Requests that ended once.
    ended_once: usize,
    panics: usize,
    /// Panics that the adversary meant; any other is a defect.
    panics_meant: Option<usize>,
    /// Texts for which no model was asked.
    written: usize,
    /// Texts for which one was asked, by kind and then by source.
    shown: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Candidates that were rejected, by rule.
    rejected: BTreeMap<String, usize>,
    /// Texts that were shown.
    texts: usize,
    /// Those of them that the model wrote: words, names and labels are looked for in these.
    looked_at: usize,
    /// Things that were delivered and should not have been.
    faults: usize,
    /// The same by what is wrong; all kinds that are looked for.
    faults_by_kind: BTreeMap<&'static str, usize>,
    /// The first of them.
    first_faults: Vec<Fault>,
    clean: bool,
}

#[derive(Serialize)]
struct Fault {
    what: String,
    id: String,
    detail: String,
    text: String,
}

impl Report {
    /// Takes the figures together.
    pub fn new(
        story: &Story,
        writer: String,
        plays: &Plays,
        played: &Played,
        seconds: f64,
        panics_meant: Option<usize>,
    ) -> Self {
        let (counts, tally) = (&played.counts, &played.tally);
        let mut shown: BTreeMap<&'static str, BTreeMap<String, usize>> = BTreeMap::new();
        for ((kind, source), count) in &tally.shown {
            *shown.entry(kind.name()).or_default().entry(source.clone()).or_insert(0) += count;
        }
        let faults = played.faults.iter().map(|fault| Fault {
            what: fault.what.to_owned(),
            id: fault.id.clone(),
            detail: fault.detail.clone(),
            text: fault.text.clone(),
        });
        Self {
            schema: 1,
            story: story.id.clone(),
            writer,
            seed: plays.seed,
            plays: plays.plays,
            seconds,
            ends: played.ends.clone(),
            stopped: played.stopped,
            stuck: played.stuck.iter().take(20).map(|(play, end)| format!("play {play}: {end:?}")).collect(),
            moments: tally.moments,
            valid_percent: if tally.moments == 0 { 100.0 } else { 100.0 * tally.valid as f64 / tally.moments as f64 },
            compared: tally.compared,
            requests: counts.submitted,
            ended_once: counts.finished.saturating_sub(counts.surplus),
            panics: counts.panics,
            panics_meant,
            written: tally.written,
            shown,
            rejected: tally.rejected.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect(),
            texts: tally.written + tally.shown.values().sum::<usize>(),
            looked_at: tally.looked_at,
            faults: tally.all_faults(),
            faults_by_kind: Tally::FAULTS.map(|what| (what, tally.faults.get(what).copied().unwrap_or(0))).into(),
            first_faults: faults.collect(),
            clean: played.is_clean() && panics_meant.unwrap_or(0) == counts.panics,
        }
    }

    /// Whether everything is as it has to be.
    pub fn is_clean(&self) -> bool {
        self.clean
    }

    /// Prints it on standard output.
    pub fn print(&self, json: bool) -> Result<(), CliError> {
        if json {
            println!("{}", serde_json::to_string_pretty(self).map_err(CliError::failed)?);
            return Ok(());
        }
        println!("{}: {} plays in {:.1} s, writer: {}", self.story, self.plays, self.seconds, self.writer);
        let ends: Vec<String> = self.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
        println!("ends         {}; stopped {}, stuck {}", ends.join(", "), self.stopped, self.stuck.len());
        println!("moments      {}, valid {:.2} %, compared {}", self.moments, self.valid_percent, self.compared);
        let meant = self.panics_meant.map_or_else(String::new, |meant| format!(", {meant} of them meant"));
        println!("requests     {}, ended once {}; panics {}{meant}", self.requests, self.ended_once, self.panics);
        println!("written      {} texts for which nobody was asked", self.written);
        for (kind, sources) in &self.shown {
            println!("{kind:12} {}", counted(sources));
        }
        println!("rejected     {}", counted(&self.rejected));
        println!("texts        {}, of the model {}", self.texts, self.looked_at);
        let kinds = self.faults_by_kind.iter().filter(|(_, count)| **count > 0);
        let kinds: Vec<String> = kinds.map(|(what, count)| format!("{what} {count}")).collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
        println!("faults       {}{kinds}", self.faults);
        for fault in &self.first_faults {
            println!("  {} {} {}: {:?}", fault.what, fault.id, fault.detail, fault.text);
        }
        for stuck in &self.stuck {
            println!("  stuck {stuck}");
        }
        Ok(())
    }
}

fn counted(counts: &BTreeMap<String, usize>) -> String {
    let mut sorted: Vec<(&String, &usize)> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let parts: Vec<String> = sorted.into_iter().map(|(name, count)| format!("{name} {count}")).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}
