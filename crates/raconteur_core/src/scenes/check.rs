//! Everything that is wrong with files of scenes, each finding with its line: what `raconteur corpus check` prints.
//!
//! | code | | finding |
//! |---|---|---|
//! | D01 | error | the line is no scene: no JSON, no such kind, a key is missing or does not belong there |
//! | D02 | error | the line is no UTF-8 |
//! | D03 | warning | the file holds no scene |
//! | D04 | error | a slot without values, a brace that is not closed |
//! | D05 | warning | a slot that stands nowhere, or has a value twice; info: a single value |
//! | D06 | error | somebody speaks without a voice; warning: a mood without a speaker |
//! | D07 | error | `uses` names a fact that is not there |
//! | D08 | error | an empty text |
//! | D09 | error | a newline or a control character; warning: a tab, a space at an end |
//! | D10 | warning | a speaker's label inside of a text |
//! | D11 | warning | a speaker, or a name of another scene, that is not in `names`; info: what looks like a name |
//! | D12 | info | a name in `names` that stands nowhere |
//! | D13 | error | too few turns, options, ways, chapters |
//! | D14 | warning | the same scene twice |
//! | D15 | info | two scenes that are nearly the same |
//! | D16 | warning | a long run of words that is said too often |
//! | D17 | warning | a scene that is longer than the model's window |
//! | D18 | warning | a key twice in a table |
//! | D19 | info | a speaker who says nothing |
//! | D20 | warning | a stance that is neither for nor against, or nobody's |
//! | D21 | warning | the end mark of documents in a text |
//! | D22 | warning, info | an answer that does not answer |

use super::naming::{Unlisted, foreign_labels, unlisted};
use super::read::parse;
use super::repeats::{duplicates, near_duplicates, repeated};
use super::{Draw, Script};
use crate::story::diagnostic::Severity;
use crate::template::Templates;

/// Something wrong with a file of scenes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Stable code, `D01` to `D22`.
    pub code: &'static str,
    /// How bad it is; a scene with an error is not used.
    pub severity: Severity,
    /// Name of the file.
    pub file: String,
    /// Line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 1 for the line as a whole.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl std::fmt::Display for Finding {
    /// `file:line:column: warning[D11]: what. What to do`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, severity, file, line, column, message, help } = self;
        write!(f, "{}", clean(file))?;
        if *line > 0 {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}[{code}]: {}. {}", severity.name(), clean(message), clean(help))
    }
}

/// Texts come from the writer's file; control characters in them would drive the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A file of scenes as it stands on a disk.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// What findings call it.
    pub name: &'a str,
    /// What stands in it.
    pub bytes: &'a [u8],
}

/// What to look for.
#[derive(Clone, Copy)]
pub struct CheckOptions<'a> {
    /// Words of a run that is counted (D16). **Default** 7.
    pub run: usize,
    /// How often it may be said. **Default** 5.
    pub most: usize,
    /// Share of their runs of four words from which on two scenes are nearly the same (D15). **Default** 0.6.
    pub near: f64,
    /// What measures the length of scenes (D17). **Default** none, and no scene is too long.
    pub window: Option<Window<'a>>,
}

impl Default for CheckOptions<'_> {
    fn default() -> Self {
        Self { run: 7, most: 5, near: 0.6, window: None }
    }
}

/// The window of a model.
#[derive(Clone, Copy)]
pub struct Window<'a> {
    /// Tokens that fit.
    pub tokens: usize,
    /// Number of tokens of a text.
    pub count: &'a dyn Fn(&str) -> usize,
    /// The layout of the scenes.
    pub templates: &'a Templates,
}

/// What was found, and the scenes that can be used.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Findings by file and line; of a line the errors first.
    pub findings: Vec<Finding>,
    /// Scenes without an error.
    pub scenes: Vec<Script>,
    /// Where each scene stands: its file, as a place in those that were given, and its line from 1.
    pub places: Vec<(usize, usize)>,
}

impl Checked {
    /// Number of findings of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|found| found.severity == severity).count()
    }
}

/// Looks at every line of every file. A line with an error is listed, and the others are looked at all the same.
#[must_use]
pub fn check(files: &[File<'_>], options: &CheckOptions<'_>) -> Checked {
    let mut checked = Checked::default();
    for (at, file) in files.iter().enumerate() {
        let before = checked.scenes.len();
        for (number, line) in file.bytes.split(|&byte| byte == b'\n').enumerate() {
            check_line(file, at, number + 1, line, &mut checked);
        }
        if checked.scenes.len() == before && !checked.findings.iter().any(|found| found.file == file.name) {
            let help = "A file of scenes has one JSON object a line";
            checked.findings.push(finding("D03", Severity::Warn, file.name, 0, 1, "there is no scene in it", help));
        }
    }
    let mut more = across(files, &checked, options);
    checked.findings.append(&mut more);
    let order = |name: &str| files.iter().position(|file| file.name == name);
    // A stable sort: errors of a line come first already.
    checked.findings.sort_by_key(|found| (order(&found.file), found.line));
    checked
}

fn check_line(file: &File<'_>, at: usize, number: usize, line: &[u8], checked: &mut Checked) {
    let name = file.name;
    let line = match std::str::from_utf8(line) {
        Ok(line) => line.strip_suffix('\r').unwrap_or(line),
        Err(error) => {
            let good = String::from_utf8_lossy(&line[..error.valid_up_to()]).chars().count();
            let what = format!("byte {:#04x} is no UTF-8", line[error.valid_up_to()]);
            let help = "Convert the file to UTF-8, or leave it out if it is no text at all";
            checked.findings.push(finding("D02", Severity::Error, name, number, good + 1, &what, help));
            return;
        }
    };
    // A byte order mark, which some editors put first, is no part of the line.
    let line = if number == 1 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
    if line.trim().is_empty() {
        return;
    }
    let script = match parse(line) {
        Ok(script) => script,
        Err(shape) => {
            let column = shape.column.map_or(1, |byte| characters(line, byte.saturating_sub(1)) + 1);
            checked.findings.push(finding("D01", Severity::Error, name, number, column, &shape.what, shape.help));
            return;
        }
    };
    let wrong = script.wrong();
    let usable = wrong.iter().all(|wrong| wrong.severity != Severity::Error);
    checked.findings.extend(wrong.into_iter().map(|wrong| {
        let column = column_of(line, &wrong.near);
        finding(wrong.code, wrong.severity, name, number, column, &wrong.what, wrong.help)
    }));
    if usable {
        checked.scenes.push(script);
        checked.places.push((at, number));
    }
}

/// What shows only when all scenes are looked at together, and what needs a tokenizer.
fn across(files: &[File<'_>], checked: &Checked, options: &CheckOptions<'_>) -> Vec<Finding> {
    let scenes = &checked.scenes;
    let place = |scene: usize| (files[checked.places[scene].0].name, checked.places[scene].1);
    let told = |scene: usize| format!("{}:{}", place(scene).0, place(scene).1);
    let lines: Vec<Vec<&[u8]>> = files.iter().map(|file| file.bytes.split(|&byte| byte == b'\n').collect()).collect();
    let line_of = |scene: usize| {
        let (file, line) = checked.places[scene];
        String::from_utf8_lossy(lines[file].get(line - 1).copied().unwrap_or_default())
    };
    let mut findings = Vec::new();
    let mut add = |code, severity, scene: usize, column, what: String, help: &str| {
        let (file, line) = place(scene);
        findings.push(finding(code, severity, file, line, column, &what, help));
    };
    let same = duplicates(scenes);
    for (at, &first) in same.iter().enumerate().filter(|&(at, &first)| at != first) {
        add("D14", Severity::Warn, at, 1, format!("the same scene as {}", told(first)), "Drop one of them");
    }
    for (first, second) in near_duplicates(scenes, options.near) {
        if same[first] == first && same[second] == second {
            let what = format!("nearly the same scene as {}, names apart", told(first));
            add("D15", Severity::Info, second, 1, what, "Write another one, or turn what differs into a slot");
        }
    }
    for phrase in repeated(scenes, options.run, options.most) {
        let what = format!("\"{}\" is said {} times", phrase.words, phrase.times);
        let column = column_of(&line_of(phrase.scene), &phrase.text);
        add("D16", Severity::Warn, phrase.scene, column, what, "Reword some of them: a model would say it everywhere");
    }
    for (scene, name, text) in foreign_labels(scenes) {
        let column = column_of(&line_of(scene), &text);
        let what = format!("'{name}:' stands inside of a text");
        let help = "A label begins a turn: make it a turn of its own, or reword it";
        add("D10", Severity::Warn, scene, column, what, help);
    }
    for Unlisted { scene, name, elsewhere } in unlisted(scenes) {
        let column = column_of(&line_of(scene), &name);
        let (severity, what) = match elsewhere {
            true => (Severity::Warn, format!("'{name}' is a name in other scenes and is not in \"names\"")),
            false => (Severity::Info, format!("'{name}' is written like a name and is not in \"names\"")),
        };
        let help = "Say there what it names (m, f, n, place); a thing or a group keeps its name";
        add("D11", severity, scene, column, what, help);
    }
    if let Some(window) = options.window {
        for (at, scene) in scenes.iter().enumerate() {
            let Ok(text) = scene.with(&Draw::default()).render(window.templates) else { continue };
            // One token is the end mark before it.
            let tokens = (window.count)(&text) + 1;
            if tokens > window.tokens {
                let what = format!("it takes {tokens} tokens, and the window has {}", window.tokens);
                add("D17", Severity::Warn, at, 1, what, "Split it in two: its end would not be learned");
            }
        }
    }
    findings
}

fn finding(
    code: &'static str,
    severity: Severity,
    file: &str,
    line: usize,
    column: usize,
    message: &str,
    help: &str,
) -> Finding {
    let (file, message, help) = (file.to_owned(), message.to_owned(), help.to_owned());
    Finding { code, severity, file, line, column, message, help }
}

/// Column of a text of a scene in its line, 1 when it is not found there.
fn column_of(line: &str, near: &str) -> usize {
    if near.is_empty() {
        return 1;
    }
    let escaped = serde_json::to_string(near).unwrap_or_default();
    let escaped = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default();
    let found = line.find(escaped).or_else(|| line.find(near));
    found.map_or(1, |byte| characters(line, byte) + 1)
}

/// Characters before a byte.
fn characters(line: &str, byte: usize) -> usize {
    line.char_indices().take_while(|&(at, _)| at < byte).count()
}
