//! All metrics of a file of scenes.

use std::collections::BTreeMap;
use std::time::Instant;

use raconteur_core::compose::seed_of;
use raconteur_core::request::LineRequest;
use raconteur_core::scenes::{self, YOU};
use raconteur_core::template::Templates;

use super::case::{Case, Drawn, Kind, cases};
use super::column::{Column, default_policy};
use super::engine::{Engine, Written};
use super::metric::{
    asked, bits, choice, comprehension, cost, coverage, forbidden, lore, repetition, rumors, same, shots,
};
use super::report::{Metric, Report};
use super::sample::{self, sample};
use super::{Args, bar, lines};
use crate::bench::machine::Machine;
use crate::error::CliError;
use crate::loading::read_templates;

/// Requests whose time is taken, one after another.
const TIMED: usize = 24;
/// NPCs that talk for twenty lines.
const NPCS: usize = 20;
/// Lines that are written on other threads and in other batches.
const SAME: usize = 16;
/// Lines that are shown as they are.
const SAMPLES: usize = 10;

/// Measures.
pub(super) fn run(args: &Args) -> Result<Report, CliError> {
    let begin = Instant::now();
    let templates = read_templates(&args.model)?;
    let all = read(args)?;
    let scenes = draw(&all, args);
    let cases: Vec<Case> = scenes.iter().filter_map(|drawn| cases(drawn, args.seed)).collect();
    let (swapped, old_values) = lore::swapped(&scenes, args.seed);
    let with_shots = shots::cases(&scenes, &all, &cases);
    let plan = Plan::new(args, &scenes, &cases, &swapped, &with_shots);
    let bar = bar(plan.total());
    let mut engine = Engine::load(args.setup(), bar.clone())?;
    let mut report = Report {
        schema: 1,
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine::detect(),
        model: engine.describe(),
        source: args.what.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        seed: args.seed,
        counts: counts(&scenes),
        seconds: 0.0,
        metrics: Vec::new(),
        ends: Vec::new(),
        samples: Vec::new(),
        notes: notes(),
    };
    let metrics = written(args, &mut engine, &cases, &swapped, &old_values, &templates, &mut report);
    report.metrics.extend(metrics);
    report.metrics.extend(scored(args, &mut engine, &scenes, &cases, &with_shots, &templates)?);
    if args.wants("M7") {
        bar.set_message("bits per byte");
        report.metrics.push(bits::whole(args.setup(), &scenes, &templates, args.seed)?);
    }
    if args.wants("M11") {
        let few: Vec<Case> = spread(&cases, SAME);
        report.metrics.push(same::measure(args.setup(), &few, &default_policy(), &templates, &bar, args.seed)?);
    }
    bar.finish_and_clear();
    report.metrics.retain(|metric| args.wants(metric.id) && !metric.figures.is_empty());
    report.metrics.sort_by_key(|metric| super::METRICS.iter().position(|id| *id == metric.id));
    report.seconds = begin.elapsed().as_secs_f64();
    Ok(report)
}

/// What the columns are worth.
fn written(
    args: &Args,
    engine: &mut Engine,
    cases: &[Case],
    swapped: &[Case],
    old_values: &[String],
    templates: &Templates,
    report: &mut Report,
) -> Vec<Metric> {
    let (policy, seed) = (default_policy(), args.seed);
    let mut metrics = Vec::new();
    if args.wants_any(Plan::LINES) {
        let all = lines::write(engine, cases, &policy, templates);
        metrics.extend(coverage::measure(cases, &all, seed));
        metrics.extend(forbidden::measure(cases, &all, &policy.ban, seed));
        metrics.extend(repetition::measure(cases, &all, seed));
        metrics.extend(cost::measure(&all, seed));
        let is_answer = |at: &usize| cases[*at].kind == Kind::Answer;
        let places: Vec<usize> = (0..cases.len()).filter(is_answer).collect();
        let answers: Vec<Case> = places.iter().map(|&at| cases[at].clone()).collect();
        let told: Vec<lines::Lines> = all
            .iter()
            .map(|lines| lines::Lines {
                column: lines.column,
                written: places.iter().map(|&at| lines.written[at].clone()).collect(),
            })
            .collect();
        metrics.extend(comprehension::measure(&answers, &told, seed));
        for lines in all.iter().filter(|lines| lines.column != Column::Off) {
            report.ends.push(lines::ends(lines.column.name(), lines.written.iter().map(|it| &it.finished)));
            for kind in [Kind::Answer, Kind::Talk, Kind::Vary] {
                let of_kind = cases.iter().zip(&lines.written).filter(|(case, _)| case.kind == kind);
                let name = format!("{}, {}", lines.column.name(), kind.name());
                let ends = lines::ends(&name, of_kind.map(|(_, written)| &written.finished));
                if ends.n > 0 {
                    report.ends.push(ends);
                }
            }
        }
        if let Some(lines) = all.iter().find(|lines| lines.column == Column::Nbest) {
            let shown = sample::draw(cases.len(), SAMPLES, seed).into_iter().map(|at| {
                let case = &cases[at];
                let prompt = case.request(lines.column, &policy, templates).prompt().full();
                sample(&case.id, lines.column.name(), prompt, &case.authored, &lines.written[at].finished)
            });
            report.samples = shown.collect();
        }
    }
    if args.wants("M5") {
        let all = lines::write(engine, swapped, &policy, templates);
        metrics.extend(comprehension::swapped(swapped, old_values, &all, seed));
    }
    if args.wants("M9") {
        let few = spread(cases, TIMED);
        let timed = Column::ALL.into_iter().filter(|column| *column != Column::Off);
        let times: Vec<(Column, Vec<Written>)> = timed
            .map(|column| {
                engine.bar().set_message(format!("alone: {}", column.name()));
                let requests: Vec<LineRequest> =
                    few.iter().map(|case| case.request(column, &policy, templates)).collect();
                (column, engine.write_alone(requests))
            })
            .collect();
        metrics.extend(cost::times(&times, policy.budget_ms, seed));
    }
    if args.wants("M6") {
        let npcs = npcs(cases);
        let questions = questions(cases);
        if !questions.is_empty() && !npcs.is_empty() {
            metrics.push(repetition::in_a_row(engine, &npcs, &questions, &policy, templates, seed));
        }
    }
    metrics
}

/// What the model's scores say, rumors, and examples.
fn scored(
    args: &Args,
    engine: &mut Engine,
    scenes: &[Drawn],
    cases: &[Case],
    with_shots: &[Case],
    templates: &Templates,
) -> Result<Vec<Metric>, CliError> {
    let (policy, seed) = (default_policy(), args.seed);
    let mut metrics = Vec::new();
    if args.wants("M3") {
        metrics.extend(choice::personas(engine, scenes, templates, seed));
        metrics.extend(choice::by_examples(engine, scenes, templates, seed));
    }
    if args.wants("M4") {
        metrics.extend(choice::siblings(engine, scenes, templates, seed));
    }
    if args.wants("M5") {
        metrics.extend(lore::measure(engine, scenes, templates, seed));
    }
    if args.wants("M7") {
        metrics.push(bits::lines(engine, scenes, templates, seed));
    }
    if args.wants("M10") {
        metrics.extend(asked::measure(engine, scenes, cases, &policy, templates, seed)?);
    }
    if args.wants("M12") {
        metrics.extend(rumors::measure(engine, scenes, &policy, templates, seed)?);
    }
    if args.wants("M14") && !with_shots.is_empty() && !cases.is_empty() {
        metrics.extend(shots::measure(engine, with_shots, &policy, templates, seed));
    }
    Ok(metrics)
}

/// How much there is to do, in lines and scores, for the bar.
struct Plan {
    steps: Vec<usize>,
}

impl Plan {
    /// Metrics of the lines of all cases.
    const LINES: &[&str] = &["M1", "M2", "M6", "M9", "M10"];

    fn new(args: &Args, scenes: &[Drawn], cases: &[Case], swapped: &[Case], with_shots: &[Case]) -> Self {
        let columns = Column::ALL.len();
        let when = |wanted: bool, steps: usize| if wanted { steps } else { 0 };
        let steps = vec![
            when(args.wants_any(Self::LINES), cases.len() * columns),
            when(args.wants("M5"), swapped.len() * columns + lore::scores(scenes)),
            when(args.wants("M9"), cases.len().min(TIMED) * (columns - 1)),
            when(args.wants("M6"), repetition::in_a_row_requests(npcs(cases).len())),
            when(args.wants_any(&["M3", "M4"]), choice::scores(scenes)),
            when(args.wants("M7"), bits::scores(scenes)),
            when(args.wants("M10"), asked::requests(scenes)),
            when(args.wants("M12"), rumors::requests(scenes)),
            when(args.wants("M14"), with_shots.len() * columns),
            when(args.wants("M11"), same::requests(cases.len().min(SAME))),
        ];
        Self { steps }
    }

    fn total(&self) -> usize {
        self.steps.iter().sum()
    }
}

fn read(args: &Args) -> Result<Vec<Drawn>, CliError> {
    let path = args.what.display();
    let text = std::fs::read_to_string(&args.what)
        .map_err(|error| CliError::Failed(format!("cannot read {path} as UTF-8 text: {error}")))?;
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let script = scenes::read_line(line, at + 1).map_err(|error| CliError::Failed(format!("{path}, {error}")))?;
        all.push(Drawn::new(at + 1, script, args.seed));
    }
    if all.is_empty() {
        return Err(CliError::Failed(format!("{path} has no scenes; it should have one JSON object a line")));
    }
    Ok(all)
}

/// The scenes that are used: all, or so many that the seed draws, in the order of the file.
fn draw(all: &[Drawn], args: &Args) -> Vec<Drawn> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&at| seed_of(args.seed, "scene", all[at].line as u64));
    order.truncate(args.limit.unwrap_or(all.len()));
    order.sort_unstable();
    order.into_iter().map(|at| all[at].clone()).collect()
}

/// At most `most` cases, from everywhere in the file.
fn spread(cases: &[Case], most: usize) -> Vec<Case> {
    let step = cases.len().div_ceil(most.max(1)).max(1);
    cases.iter().step_by(step).take(most).cloned().collect()
}

fn npcs(cases: &[Case]) -> Vec<Case> {
    let talks: Vec<Case> = cases.iter().filter(|case| case.kind == Kind::Talk).cloned().collect();
    spread(&talks, NPCS)
}

/// What players say in the scenes.
fn questions(cases: &[Case]) -> Vec<String> {
    let asked = cases.iter().map(|case| case.heard.as_str().to_owned());
    let said = cases.iter().flat_map(|case| &case.history).filter(|turn| turn.who == YOU).map(|turn| turn.text.clone());
    asked.chain(said).filter(|text| !text.is_empty()).collect()
}

fn counts(scenes: &[Drawn]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for drawn in scenes {
        *counts.entry(drawn.script.body.kind()).or_insert(0) += 1;
    }
    counts.into_iter().map(|(kind, n)| (kind.to_owned(), n)).collect()
}

fn notes() -> Vec<String> {
    let notes = [
        "Of 'model off', and wherever a text is rejected, an answer is the fact as it stands, or the line for 'unsure' when \
         the scene has none; the rest are the authored lines of the scenes.",
        "Names are swapped in three scenes of four and slots are drawn, as in training, so that values and names have to be \
         taken from the scene.",
        "Answers are never guided: their column '+ guidance' is that of '+ n-best PMI'.",
        "Fine-tuned is no column: this measures the model it is given. M8 needs a story.",
    ];
    notes.map(str::to_owned).to_vec()
}
