//! The metrics of a story: plays by chance as it is, its requests in every column, and its voices.

mod figures;
mod voices;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use raconteur_core::compose::seed_of;
use raconteur_core::generate::{GenerateError, TextGenerator};
use raconteur_core::rehearsal::{Chance, Delivered, End, Kind, KnownWords, Player, Rehearsal, Room, Told};
use raconteur_core::request::{Finished, LineRequest, Source, Work};
use raconteur_core::scripted::{Script, ScriptedGenerator};
use raconteur_core::story::format::{Policy, Story};
use raconteur_core::template::Templates;

use super::column::{Column, guided};
use super::engine::{Engine, Written};
use super::lines;
use super::report::Report;
use super::sample::{self, sample};
use super::{Args, bar};
use crate::bench::machine::Machine;
use crate::error::CliError;
use crate::loading::{read_story, read_templates};

/// Plays when `--limit` says nothing.
const PLAYS: usize = 20;
/// Different requests that are made in every column.
const REQUESTS: usize = 240;
/// Of 100 lines at which somebody can be asked, so many where they are.
const ASKS: usize = 60;
/// Of 100 moments so many at which a storylet is told.
const TELLS: usize = 15;
/// Lines that are shown as they are.
const SAMPLES: usize = 10;

/// Something that was delivered in a play.
struct Shown {
    kind: Kind,
    gen_kind: &'static str,
    id: String,
    who: String,
    play: usize,
    prompt: Option<String>,
    must: Vec<Vec<String>>,
    must_not: Vec<String>,
    secrets: Vec<String>,
    fallback: String,
    budget_ms: u64,
    millis: Option<f64>,
    finished: Finished,
}

/// A request of the story, to be made in every column.
struct Asked {
    gen_kind: &'static str,
    request: LineRequest,
}

/// Measures. `--limit` is the number of plays.
pub(super) fn run(args: &Args) -> Result<Report, CliError> {
    let begin = Instant::now();
    let story = read_story(&args.what)?;
    let templates = read_templates(&args.model)?;
    let plays = args.limit.unwrap_or(PLAYS);
    let asked = requests(&story, &templates, plays, args.seed)?;
    let bar = bar(plays + asked.len() * Column::ALL.len());
    let mut engine = Engine::load(args.setup(), bar.clone())?;
    bar.set_message("plays");
    let (shown, ends) = play(&story, &templates, &mut engine, plays, args.seed)?;
    let all = columns(&mut engine, &asked);
    let voices = args.wants("M3").then(|| voices::voices(&mut engine, &story, &templates, args.seed)).flatten();
    bar.finish_and_clear();

    let known = KnownWords::of_story(&story);
    let speakers: Vec<String> =
        story.cast.iter().map(|(_, it)| it.name.clone()).filter(|name| !name.is_empty()).collect();
    let mut metrics = figures::forbidden(&asked, &all, &shown, &known, &speakers, args.seed);
    metrics.extend(figures::coverage(&asked, &all, &shown, args.seed));
    metrics.extend(figures::repetition(&story, &asked, &all, &shown, args.seed));
    metrics.push(figures::valid(&ends, args.seed));
    metrics.extend(voices);
    metrics.extend(figures::cost(&asked, &all, &shown, args.seed));
    metrics.retain(|metric| args.wants(metric.id) && !metric.figures.is_empty());
    metrics.sort_by_key(|metric| super::METRICS.iter().position(|id| *id == metric.id));

    let mut report = Report {
        schema: 1,
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine::detect(),
        model: engine.describe(),
        source: args.what.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        seed: args.seed,
        counts: vec![
            ("plays".into(), plays),
            ("texts shown".into(), shown.iter().filter(|shown| shown.kind.is_shown()).count()),
            ("requests in every column".into(), asked.len()),
        ],
        seconds: 0.0,
        metrics,
        ends: Vec::new(),
        samples: Vec::new(),
        notes: notes(),
    };
    report.ends = figures::ends(&asked, &all, &shown);
    let models: Vec<&Shown> = shown.iter().filter(|shown| shown.prompt.is_some() && shown.kind.is_shown()).collect();
    let drawn = sample::draw(models.len(), SAMPLES, args.seed).into_iter().map(|at| {
        let it = models[at];
        let id = format!("{} {} ({})", it.kind.name(), it.id, it.gen_kind);
        sample(&id, "in play", it.prompt.clone().unwrap_or_default(), &it.fallback, &it.finished)
    });
    report.samples = drawn.collect();
    report.seconds = begin.elapsed().as_secs_f64();
    Ok(report)
}

/// Plays the story as it is with the model.
fn play(
    story: &Arc<Story>,
    templates: &Templates,
    engine: &mut Engine,
    plays: usize,
    seed: u64,
) -> Result<(Vec<Shown>, Vec<(End, bool)>), CliError> {
    let mut shown: Vec<Shown> = Vec::new();
    let mut ends = Vec::new();
    let bar = engine.bar().clone();
    let begin = Instant::now();
    each_play(
        story,
        templates,
        plays,
        seed,
        engine.generator(),
        &mut |play, told| {
            if let Told::Delivered(delivered) = told {
                shown.push(Shown::of(play, delivered));
            }
        },
        &mut |end, fair| {
            bar.inc(1);
            ends.push((end, fair));
        },
        &mut || begin.elapsed().as_secs_f64() * 1000.0,
    )?;
    Ok((shown, ends))
}

/// The different requests of as many plays with guidance, after the authored lines: every candidate fails, so that what
/// was said before is what was written.
fn requests(story: &Arc<Story>, templates: &Templates, plays: usize, seed: u64) -> Result<Vec<Asked>, CliError> {
    let mut full: Story = (**story).clone();
    for (_, policy) in full.policies.iter_mut() {
        *policy = guided(policy);
    }
    if !full.policies.contains("default") {
        full.policies.push("default", guided(&Policy::default()));
    }
    let mut silent = ScriptedGenerator::new(|_, _| Script::Fail(GenerateError::Backend("it is not asked".to_owned())));
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut asked: Vec<Asked> = Vec::new();
    each_play(
        &Arc::new(full),
        templates,
        plays,
        seed,
        &mut silent,
        &mut |_, told| {
            if let Told::Asked { piece, request } = told
                && !matches!(request.work, Work::Pick { .. })
                && piece.kind.is_shown()
                && piece.kind != Kind::Detour
                && known.insert(format!("{} {}", piece.id, request.prompt().full()))
            {
                asked.push(Asked { gen_kind: piece.gen_kind, request: request.clone() });
            }
        },
        &mut |_, _| {},
        &mut || 0.0,
    )?;
    // From everywhere in the plays.
    let step = asked.len().div_ceil(REQUESTS).max(1);
    Ok(asked.into_iter().step_by(step).collect())
}

fn each_play(
    story: &Arc<Story>,
    templates: &Templates,
    plays: usize,
    seed: u64,
    writer: &mut dyn TextGenerator,
    watch: &mut dyn FnMut(usize, Told<'_>),
    ended: &mut dyn FnMut(End, bool),
    clock: &mut dyn FnMut() -> f64,
) -> Result<(), CliError> {
    let host = Chance::new(story, seed);
    let questions = questions(story);
    for number in 0..plays {
        let seed = seed_of(seed, "play", number as u64);
        host.reseed(seed);
        let mut rehearsal = Rehearsal::new(story.clone(), templates, seed, &host).map_err(CliError::failed)?;
        let mut player = Player::by_chance(seed).asking(questions.clone(), ASKS).telling(TELLS);
        let mut hear = |told: Told<'_>| {
            if matches!(told, Told::Moment { .. }) {
                host.next_moment();
            }
            watch(number, told);
        };
        let end = rehearsal.play(&mut player, &mut Room::new(Some(&mut *writer), &mut hear).timed(clock));
        let counts = rehearsal.counts();
        ended(end, counts.surplus == 0 && counts.lost == 0 && counts.submitted == counts.finished);
    }
    Ok(())
}

/// What players ask: what the examples of the cast are asked, a question about each key of a fact, and one about nothing.
fn questions(story: &Story) -> Vec<String> {
    let examples = story.cast.iter().flat_map(|(_, it)| it.talks.iter().map(|(asked, _)| asked.clone()));
    let keys = story.lore.iter().filter_map(|(_, lore)| lore.keys.first());
    let about = keys.map(|key| format!("What do you know about the {key}?"));
    examples.chain(about).chain(["How many stairs has the moon?".to_owned()]).filter(|text| !text.is_empty()).collect()
}

fn columns(engine: &mut Engine, asked: &[Asked]) -> Vec<(Column, Vec<Written>)> {
    let mut all: Vec<(Column, Vec<Written>)> = Vec::new();
    let mut before: Vec<LineRequest> = Vec::new();
    for column in Column::ALL {
        engine.bar().set_message(format!("lines: {}", column.name()));
        if column == Column::Off {
            let off = asked.iter().map(|it| lines::off(&it.request.fallback)).collect();
            engine.bar().inc(asked.len() as u64);
            all.push((column, off));
            continue;
        }
        let requests: Vec<LineRequest> = asked.iter().map(|it| column.reduce(it.request.clone())).collect();
        let written = lines::only_new(engine, &requests, &before, all.last().map(|(_, written)| written.as_slice()));
        all.push((column, written));
        before = requests;
    }
    all
}

impl Shown {
    fn of(play: usize, delivered: &Delivered<'_>) -> Self {
        let request = delivered.request;
        let rules = request.and_then(rules);
        Self {
            kind: delivered.piece.kind,
            gen_kind: delivered.piece.gen_kind,
            id: delivered.piece.id.clone(),
            who: delivered.piece.who.clone(),
            play,
            prompt: delivered.prompt(),
            must: rules.map(|rules| rules.must.clone()).unwrap_or_default(),
            must_not: rules.map(|rules| rules.must_not.clone()).unwrap_or_default(),
            secrets: rules.map(|rules| rules.secrets.clone()).unwrap_or_default(),
            fallback: request.map(|request| request.fallback.clone()).unwrap_or_default(),
            budget_ms: request.map_or(0, |request| request.budget_ms),
            millis: delivered.millis,
            finished: delivered.finished.clone(),
        }
    }

    /// The model wrote or chose it.
    fn is_models(&self) -> bool {
        matches!(self.finished.source, Source::Generated | Source::Ranked { .. }) && self.kind.is_shown()
    }

    /// The model wrote it: the variants of a `Pick` are the writer's.
    fn is_written(&self) -> bool {
        self.is_models() && self.gen_kind != "pick"
    }
}

fn rules(request: &LineRequest) -> Option<&raconteur_core::judge::Rules> {
    match &request.work {
        Work::Write { rules, .. } => Some(rules),
        Work::Answer { then, .. } => match then.as_ref() {
            Work::Write { rules, .. } => Some(rules),
            _ => None,
        },
        Work::Pick { .. } => None,
    }
}

fn notes() -> Vec<String> {
    let notes = [
        "'In play' is the story as it is, played by chance with questions and storylets, one request after another.",
        "The other columns make the different requests of as many plays anew, each after the authored lines, so that all \
         columns are asked the same. A policy that asks for one candidate has one in every column.",
        "Only texts of the model are counted as delivered by it; M8 with the worst of generators is a test of the repository.",
    ];
    notes.map(str::to_owned).to_vec()
}
