//! Reading comprehension: questions to documents, answered by key search, by the model's scores alone, and by both.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use raconteur_core::persona::Persona;
use raconteur_core::reading::quiz::{Asked, Questions};
use raconteur_core::reading::{Access, Inquiry, Library, Method, NoStory, Outcome, Step, Voice, leaks};
use raconteur_core::request::{Finished, LineRequest, Work};
use raconteur_core::template::Templates;

use super::engine::Engine;
use super::lines;
use super::report::{Better, Candidate, Metric, Report, Sample, Unit};
use super::stats::{mean, ratio, share};
use super::{Args, bar};
use crate::bench::machine::Machine;
use crate::error::CliError;
use crate::loading::read_templates;

/// The columns: who finds the answer.
const COLUMNS: [(&str, Method); 3] =
    [("key search", Method::Keys), ("ranker alone", Method::Ranker), ("keys and ranker", Method::Both)];

/// Who words the answers of the last column.
fn archivist() -> Voice {
    Voice::new(Persona::new("Quill", "archivist; dry, exact, fond of paper"))
}

/// A question with how it ended.
struct Ended {
    outcome: Outcome,
    exact: bool,
    f1: f64,
    /// What the answer, or a prompt on the way to it, tells of a closed document.
    leak: Option<String>,
    candidates: Vec<Candidate>,
    wording: Option<Finished>,
}

/// Measures.
pub(super) fn run(args: &Args) -> Result<Report, CliError> {
    let begin = Instant::now();
    let questions =
        args.questions.as_deref().ok_or_else(|| CliError::Usage("documents need --questions FILE".into()))?;
    let library = Library::from_ron(&read(&args.what)?);
    let library = Arc::new(library.map_err(|error| CliError::failed(format!("{}: {error}", args.what.display())))?);
    let quiz = Questions::from_ron(&read(questions)?, &library);
    let mut quiz = quiz.map_err(|error| CliError::failed(format!("{}: {error}", questions.display())))?.questions;
    quiz.truncate(args.limit.unwrap_or(usize::MAX));
    if quiz.is_empty() {
        return Err(CliError::failed(format!("{} has no questions", questions.display())));
    }
    let templates = Arc::new(read_templates(&args.model)?);
    let bar = bar(quiz.len() * COLUMNS.len());
    let mut engine = Engine::load(args.setup(), bar.clone())?;
    let mut columns: Vec<(&str, Vec<Ended>)> = Vec::new();
    for (name, method) in COLUMNS {
        bar.set_message(name);
        let mut ended = Vec::with_capacity(quiz.len());
        for asked in &quiz {
            ended.push(answer(&mut engine, &library, asked, method, &templates));
            bar.inc(1);
        }
        columns.push((name, ended));
    }
    bar.finish_and_clear();
    let answerable = quiz.iter().filter(|asked| asked.answerable()).count();
    let closed = quiz.iter().filter(|asked| !asked.closed.is_empty()).count();
    let worded = columns.last().map(|(_, ended)| ended.as_slice()).unwrap_or_default();
    Ok(Report {
        schema: 1,
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine::detect(),
        model: engine.describe(),
        source: args.what.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        seed: args.seed,
        counts: vec![
            ("documents".into(), library.len()),
            ("answerable".into(), answerable),
            ("missing".into(), quiz.len() - answerable - closed),
            ("closed".into(), closed),
        ],
        seconds: begin.elapsed().as_secs_f64(),
        metrics: metrics(&quiz, &columns, &library, args.seed),
        ends: vec![lines::ends("worded answers", worded.iter().filter_map(|one| one.wording.as_ref()))],
        samples: quiz.iter().zip(worded).map(|(asked, ended)| sample(asked, ended)).collect(),
        notes: vec![
            "Exact match and F1 are of the span, as in SQuAD 2.0; the wording does not change them.".into(),
            "Key search asks no model. The ranker alone scores every sentence and every span without a search.".into(),
            "A leak is a run of four words, a name, a number or a key of a closed document that stands nowhere in what is \
             open or was asked: in an answer, in a prompt, or in a text that was ranked."
                .into(),
        ],
    })
}

fn read(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path)
        .map_err(|error| CliError::Failed(format!("cannot read {} as UTF-8 text: {error}", path.display())))
}

/// Sees one question to its end.
fn answer(
    engine: &mut Engine,
    library: &Arc<Library>,
    asked: &Asked,
    method: Method,
    templates: &Arc<Templates>,
) -> Ended {
    let access = library.open_to(&asked.names(), &NoStory);
    let mut inquiry =
        Inquiry::new(library.clone(), access.clone(), &asked.ask, method).with_templates(templates.clone());
    if method == Method::Both {
        inquiry = inquiry.voiced(archivist());
    }
    let known = [asked.ask.clone(), archivist().persona.describe()];
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut leak = None;
    let mut wording = None;
    let mut step = inquiry.begin(None);
    let outcome = loop {
        step = match step {
            Step::Rank(requests) => {
                leak = leak.or_else(|| told(&requests, library, &access, &known));
                let finished = ask(engine, requests);
                inquiry.ranked(&finished)
            }
            Step::Word(request) => {
                leak = leak.or_else(|| told(std::slice::from_ref(&request), library, &access, &known));
                match ask(engine, vec![request]).pop() {
                    Some(finished) => {
                        wording = Some(finished.clone());
                        Step::Done(inquiry.worded(finished))
                    }
                    None => Step::Done(inquiry.give_up(raconteur_core::request::Why::Interrupted)),
                }
            }
            Step::Done(outcome) => break outcome,
        };
    };
    let text = outcome.answer().map_or("", |answer| answer.text.as_str());
    let title =
        outcome.answer().and_then(|answer| library.get(&answer.document)).map_or("", |document| &document.title);
    let allowed: Vec<&str> = known.iter().copied().chain([title]).collect();
    leak = leak.or_else(|| leaks(text, library, &access, &allowed));
    let (exact, f1) = asked.grade(&outcome);
    Ended { exact, f1, leak, candidates: candidates(&inquiry, library), wording, outcome }
}

fn ask(engine: &mut Engine, requests: Vec<LineRequest>) -> Vec<Finished> {
    // The bar counts questions, not what they take.
    let before = engine.bar().position();
    let finished = engine.write(requests).into_iter().map(|written| written.finished).collect();
    engine.bar().set_position(before);
    finished
}

/// What requests tell the model of closed documents.
fn told(requests: &[LineRequest], library: &Library, access: &Access, known: &[&str]) -> Option<String> {
    requests.iter().find_map(|request| {
        let mut texts = vec![request.prompt().full(), request.fallback.clone()];
        if let Work::Pick { from, .. } = &request.work {
            texts.extend(from.iter().cloned());
        }
        let title = library.documents().find(|(_, document)| request.fallback.contains(&document.title));
        let allowed: Vec<&str> =
            known.iter().copied().chain(title.map(|(_, document)| document.title.as_str())).collect();
        texts.iter().find_map(|text| leaks(text, library, access, &allowed))
    })
}

fn candidates(inquiry: &Inquiry, library: &Library) -> Vec<Candidate> {
    let search = inquiry.search();
    let (about, fits) = inquiry.scores();
    let all = search.candidates.iter().enumerate().filter_map(|(at, candidate)| {
        let hit = search.hits.get(candidate.hit)?;
        let page = library.page(hit.document)?;
        let mut parts = vec![
            ("keys", f64::from(candidate.score)),
            ("coverage", f64::from(hit.coverage)),
            ("fit", f64::from(candidate.fit)),
            ("near", f64::from(candidate.near)),
        ];
        let scores = [("about", about.get(candidate.hit)), ("fits", fits.get(at))];
        parts.extend(scores.iter().filter_map(|(name, score)| Some((*name, f64::from((*score)?.as_ref().copied()?)))));
        let text = page.get(&candidate.span).to_owned();
        Some(Candidate { text, rejected: None, score: Some(f64::from(candidate.score)), parts })
    });
    all.take(16).collect()
}

fn sample(asked: &Asked, ended: &Ended) -> Sample {
    let (delivered, source) = match &ended.outcome {
        Outcome::Answered(answer) => (answer.text.clone(), format!("{}, from \"{}\"", answer.source, answer.quote)),
        Outcome::Abstained(reason) => (String::new(), format!("abstained: {reason}")),
    };
    let authored = match (&asked.answers[..], &asked.closed[..]) {
        ([gold, ..], _) => gold.clone(),
        (_, [words, ..]) => format!("(closed: {words})"),
        _ => "(missing)".to_owned(),
    };
    let candidates = ended.candidates.clone();
    let column = "keys and ranker".to_owned();
    Sample { id: asked.id.clone(), column, prompt: asked.ask.clone(), authored, candidates, delivered, source }
}

fn metrics(quiz: &[Asked], columns: &[(&str, Vec<Ended>)], library: &Library, seed: u64) -> Vec<Metric> {
    let new = |name: &str, unit, better, about| Metric::new("RC", name, unit, Some(better), about);
    let up = |name: &str, about| new(name, Unit::Share, Better::Higher, about);
    let mut all_exact = up("exact match", "spans equal to a gold span, or rightly no answer, of all questions");
    let mut all_f1 = up("F1", "F1 of the words of span and gold span, 1 for rightly no answer, mean of all questions");
    let mut exact = up("exact match, answerable", "the same of questions that the reader can know; no answer counts 0");
    let mut f1 = up("F1, answerable", "the same of questions that the reader can know");
    let mut sentence =
        up("right sentence, answerable", "answers whose sentence has a gold span, of questions that can be known");
    let mut given = up("exact match of answers given", "exact spans, of the answerable questions that were answered");
    let mut precision =
        up("abstention precision", "of the questions that were not answered, those that cannot be known");
    let mut recall = up("abstention recall", "of the questions that cannot be known, those that were not answered");
    let mut missing = up("abstention recall, missing", "the same, of those whose answer stands nowhere");
    let mut closed = up("abstention recall, closed", "the same, of those whose answer the reader may not read");
    let about = "questions in whose answer, prompts or ranked texts words of a closed document stand, by other code";
    let mut leak = new("leaks", Unit::Share, Better::Lower, about);
    let mut worded = up("answers worded by the model", "of the answers given, those in the model's own words");
    let mut holds = up("the span stands in the wording", "of those, the ones that have the span word for word");
    for (column, ended) in columns {
        let pairs = || quiz.iter().zip(ended);
        let of = |keep: &dyn Fn(&Asked, &Ended) -> bool, is: &dyn Fn(&Asked, &Ended) -> bool| -> Vec<bool> {
            pairs().filter(|(asked, ended)| keep(asked, ended)).map(|(asked, ended)| is(asked, ended)).collect()
        };
        let answered = |_: &Asked, ended: &Ended| ended.outcome.answer().is_some();
        let abstained = |_: &Asked, ended: &Ended| ended.outcome.answer().is_none();
        let known = |asked: &Asked, _: &Ended| asked.answerable();
        let unknown = |asked: &Asked, _: &Ended| !asked.answerable();
        let is_exact = |_: &Asked, ended: &Ended| ended.exact;
        all_exact.push(column, share(&of(&|_, _| true, &is_exact), seed));
        all_f1.push(column, mean(&pairs().map(|(_, ended)| ended.f1).collect::<Vec<_>>(), seed));
        exact.push(column, share(&of(&known, &is_exact), seed));
        let scores = pairs().filter(|(asked, _)| asked.answerable()).map(|(_, ended)| ended.f1);
        f1.push(column, mean(&scores.collect::<Vec<_>>(), seed));
        sentence.push(column, share(&of(&known, &|asked, ended| has_gold(asked, ended, library)), seed));
        given.push(column, share(&of(&|asked, ended| known(asked, ended) && answered(asked, ended), &is_exact), seed));
        // Ratios over all questions, so that the intervals know that the number of abstentions varies.
        let counts = pairs().map(|(asked, ended)| {
            let gone = ended.outcome.answer().is_none();
            (f64::from(u8::from(gone && !asked.answerable())), f64::from(u8::from(gone)))
        });
        precision.push(column, ratio(&counts.collect::<Vec<_>>(), seed));
        recall.push(column, share(&of(&unknown, &abstained), seed));
        missing.push(column, share(&of(&|asked, _| asked.missing, &abstained), seed));
        closed.push(column, share(&of(&|asked, _| !asked.closed.is_empty(), &abstained), seed));
        leak.push(column, share(&of(&|_, _| true, &|_, ended| ended.leak.is_some()), seed));
        if pairs().any(|(_, ended)| ended.wording.is_some()) {
            let own = |ended: &Ended| ended.outcome.answer().is_some_and(|answer| answer.worded);
            worded.push(column, share(&of(&answered, &|_, ended| own(ended)), seed));
            let span = |_: &Asked, ended: &Ended| {
                ended.outcome.answer().is_some_and(|answer| super::plain::has(&answer.text, &answer.quote))
            };
            holds.push(column, share(&of(&|_, ended| own(ended), &span), seed));
        }
    }
    let all =
        vec![all_exact, all_f1, exact, f1, sentence, given, precision, recall, missing, closed, leak, worded, holds];
    all.into_iter().filter(|metric| !metric.figures.is_empty()).collect()
}

/// Whether the sentence of an answer has a gold span.
fn has_gold(asked: &Asked, ended: &Ended, library: &Library) -> bool {
    let Some(answer) = ended.outcome.answer().filter(|answer| answer.document == asked.document) else { return false };
    let page = library.position(&answer.document).and_then(|place| library.page(place));
    page.is_some_and(|page| asked.answers.iter().any(|gold| super::plain::has(page.get(&answer.sentence), gold)))
}
