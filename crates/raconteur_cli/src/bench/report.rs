//! What `bench` prints: JSON, or tables in Markdown.

use serde::Serialize;

use super::game::{Frames, Mode};
use super::machine::Machine;

/// Everything that was measured. `docs/performance.md` describes the fields.
#[derive(Serialize)]
pub struct Report {
    /// Version of these fields.
    pub schema: u32,
    /// Version of the program.
    pub version: &'static str,
    pub machine: Machine,
    pub model: String,
    pub sampling: &'static str,
    pub prefill_chunk: usize,
    pub kv_budget_mb: usize,
    pub rows: Vec<Row>,
}

/// One format, number of threads and batch.
#[derive(Default, Serialize)]
pub struct Row {
    pub quantization: String,
    pub device: String,
    pub threads: usize,
    pub batch: usize,
    pub prompt_tokens: usize,
    pub new_tokens: usize,
    pub repeat: usize,
    pub decode_tokens_per_s: Spread,
    pub prefill_tokens_per_s: Spread,
    pub first_token_ms: FirstToken,
    pub step_ms: Percentiles,
    pub weights_bytes: u64,
    pub kv_bytes: u64,
    pub peak_rss_bytes: Option<u64>,
    pub peak_rss_of_row: bool,
    pub load: Load,
    pub games: Vec<Game>,
}

/// Loading the model of a row.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Load {
    pub seconds: Option<f64>,
    pub rss_bytes: Option<u64>,
    pub peak_rss_bytes: Option<u64>,
}

/// Some measurements of the same thing.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Spread {
    pub best: f64,
    pub median: f64,
    pub worst: f64,
}

/// Milliseconds from submitting to the first token.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct FirstToken {
    pub cold: Spread,
    pub hit: Option<Hit>,
}

/// The same when the beginning of the prompt was there already.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Hit {
    #[serde(flatten)]
    pub ms: Spread,
    pub cached_tokens: usize,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p99: f64,
}

/// The frames of a game without and with generation.
#[derive(Debug, Clone, Serialize)]
pub struct Game {
    pub mode: Mode,
    pub work_ms: f64,
    pub helper_ms: f64,
    pub seconds: f64,
    pub without: Frames,
    pub with: Frames,
    pub tokens_per_s: f64,
    pub decode_tokens_per_s: f64,
    pub step_ms: Percentiles,
}

impl Spread {
    /// Of numbers of which the highest is best.
    pub fn highest(numbers: Vec<f64>) -> Self {
        let Self { best, median, worst } = Self::lowest(numbers);
        Self { best: worst, median, worst: best }
    }

    /// Of numbers of which the lowest is best.
    pub fn lowest(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        let at = |index: usize| numbers.get(index).copied().unwrap_or(0.0);
        let last = numbers.len().saturating_sub(1);
        Self { best: at(0), median: (at(last / 2) + at(last.div_ceil(2))) / 2.0, worst: at(last) }
    }
}

impl Hit {
    /// A prefix that was looked for and not found is no hit.
    fn describe(self) -> String {
        if self.cached_tokens == 0 { "no hit".into() } else { spread(self.ms) }
    }
}

impl Percentiles {
    /// Nearest ranks.
    pub fn of_sorted(sorted: &[f64]) -> Self {
        let at = |percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0.0);
        Self { p50: at(50), p99: at(99) }
    }
}

impl Report {
    /// A report without rows.
    pub fn new(sample: bool, prefill_chunk: usize, kv_budget_mb: usize) -> Self {
        Self {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            machine: Machine::detect(),
            model: String::new(),
            sampling: if sample { "top_p" } else { "greedy" },
            prefill_chunk,
            kv_budget_mb,
            rows: Vec::new(),
        }
    }

    /// Tables that can be pasted into a page.
    pub fn tables(&self) -> String {
        let mut out = self.heading();
        let head = [
            "format",
            "threads",
            "batch",
            "decode tok/s",
            "prefill tok/s",
            "first token ms",
            "on a hit ms",
            "step p50 / p99 ms",
            "weights MiB",
            "KV MiB",
            "peak RSS MiB (loading)",
        ];
        let rows = self.rows.iter().map(|row| {
            vec![
                row.format(),
                row.threads.to_string(),
                row.batch.to_string(),
                spread(row.decode_tokens_per_s),
                spread(row.prefill_tokens_per_s),
                spread(row.first_token_ms.cold),
                row.first_token_ms.hit.map_or_else(|| "-".into(), Hit::describe),
                format!("{:.2} / {:.2}", row.step_ms.p50, row.step_ms.p99),
                mib(Some(row.weights_bytes)),
                mib(Some(row.kv_bytes)),
                format!("{} ({})", mib(row.peak_rss_bytes), mib(row.load.peak_rss_bytes)),
            ]
        });
        out.push_str(&table(&head, rows.collect()));
        let games: Vec<Vec<String>> = self.rows.iter().flat_map(Row::game_lines).collect();
        if let Some(game) = self.rows.iter().find_map(|row| row.games.first()) {
            let helper = if game.helper_ms > 0.0 {
                format!(", a second thread with {} ms", game.helper_ms)
            } else {
                String::new()
            };
            out.push_str(&format!(
                "\nBeside a game with {} ms of work a frame at 60 Hz{helper}, {} s each:\n\n",
                game.work_ms, game.seconds
            ));
            let head = [
                "format",
                "threads",
                "batch",
                "generation",
                "frames",
                "missed",
                "work median / p99 / max ms",
                "late p99 ms",
                "tok/s",
                "decode tok/s",
                "step p50 / p99 ms",
            ];
            out.push_str(&table(&head, games));
        }
        out
    }

    fn heading(&self) -> String {
        let Machine { cores, cpu, os, arch, instruction_sets } = &self.machine;
        let cpu = cpu.as_deref().unwrap_or(arch);
        let tokens = self.rows.first().map_or_else(String::new, |row| {
            format!(
                "{}, prompts of {} tokens, {} new tokens, {} sampling, chunks of {}; best (median) of {}",
                self.model, row.prompt_tokens, row.new_tokens, self.sampling, self.prefill_chunk, row.repeat
            )
        });
        format!("{cpu}, {cores} cores, {os}, {}\n{tokens}\n\n", instruction_sets.join(" "))
    }
}

impl Row {
    fn format(&self) -> String {
        if self.device == "cpu" { self.quantization.clone() } else { format!("{} {}", self.device, self.quantization) }
    }

    /// Without generation and with it, in each mode.
    fn game_lines(&self) -> Vec<Vec<String>> {
        self.games.iter().flat_map(|game| self.lines_of(game)).collect()
    }

    fn lines_of(&self, game: &Game) -> [Vec<String>; 2] {
        let line = |generation: &str, frames: &Frames, speed: [String; 3]| {
            let mut line = vec![self.format(), self.threads.to_string(), self.batch.to_string(), generation.into()];
            line.extend([frames.frames.to_string(), frames.missed.to_string()]);
            line.push(format!("{:.2} / {:.2} / {:.2}", frames.work_median, frames.work_p99, frames.work_max));
            line.push(format!("{:.2}", frames.late_p99));
            line.extend(speed);
            line
        };
        let mode = match game.mode {
            Mode::Frame => "frame",
            Mode::Balanced => "balanced",
            Mode::Reply => "reply",
        };
        let speed = [
            number(game.tokens_per_s),
            number(game.decode_tokens_per_s),
            format!("{:.2} / {:.2}", game.step_ms.p50, game.step_ms.p99),
        ];
        [line("off", &game.without, ["-", "-", "-"].map(str::to_owned)), line(mode, &game.with, speed)]
    }
}

/// Best and median.
fn spread(spread: Spread) -> String {
    format!("{} ({})", number(spread.best), number(spread.median))
}

/// Three digits or so.
fn number(x: f64) -> String {
    if x < 100.0 { format!("{x:.1}") } else { format!("{x:.0}") }
}

fn mib(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".into(), |bytes| number(bytes as f64 / f64::from(1 << 20)))
}

/// A table in Markdown whose columns stand in line in a terminal too.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::len);
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).map(|(cell, &width)| format!(" {cell:width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let mut out = line(head.to_vec());
    out.push_str(&format!(
        "|{}\n",
        widths.iter().map(|width| format!("{}|", "-".repeat(width + 2))).collect::<String>()
    ));
    for row in &rows {
        out.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_fastest() {
        let rates = Spread::highest(vec![3.0, 9.0, 5.0, 6.0]);
        assert_eq!((rates.best, rates.median, rates.worst), (9.0, 5.5, 3.0));
        let times = Spread::lowest(vec![3.0, 9.0, 5.0]);
        assert_eq!((times.best, times.median, times.worst), (3.0, 5.0, 9.0));
        assert_eq!(Spread::lowest(Vec::new()).median, 0.0);
    }

    #[test]
    fn percentiles_are_numbers_that_were_measured() {
        let sorted: Vec<f64> = (0..200).map(f64::from).collect();
        let Percentiles { p50, p99 } = Percentiles::of_sorted(&sorted);
        assert_eq!((p50, p99), (100.0, 198.0));
        assert_eq!(Percentiles::of_sorted(&[7.0]).p99, 7.0);
    }

    #[test]
    fn columns_stand_in_line() {
        let text = table(&["a", "long head"], vec![vec!["wide cell".into(), "1".into()]]);
        let lengths: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(lengths, [25; 3], "{text}");
    }
}
