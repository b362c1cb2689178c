//! The figures of a story, one function a metric.

use std::collections::{BTreeSet, HashMap};

use raconteur_core::rehearsal::{End, KnownWords};
use raconteur_core::story::format::Story;

use super::super::column::Column;
use super::super::engine::Written;
use super::super::lines::{self, is_models};
use super::super::ngrams::{distinct, repeats_across, self_bleu, seq_rep, words};
use super::super::plain::{Forbidden, Found, has};
use super::super::report::{Better, Ends, Metric, Unit};
use super::super::stats::{bootstrap, mean, ratio, share};
use super::{Asked, Shown, rules};

/// Lines of an NPC that are looked at together.
const LINES: usize = 20;
/// Words in a row that count as said again.
const RUN: usize = 6;

/// M2: what may not be shown and was.
pub(super) fn forbidden(
    asked: &[Asked],
    all: &[(Column, Vec<Written>)],
    shown: &[Shown],
    known: &KnownWords,
    speakers: &[String],
    seed: u64,
) -> Vec<Metric> {
    let check = |text: &str, closed: (&[String], &[String]), prompt: &str, must: &[Vec<String>]| -> Found {
        // A question may bring a name of its own, and it stands in the prompt.
        let scene = &KnownWords::new(must.iter().flatten().map(String::as_str).chain([prompt]));
        Forbidden { bans: closed.0, hidden: closed.1, known, scene, speakers }.check(text)
    };
    type Is = fn(Found) -> bool;
    let kinds: [(&str, Is); 5] = [
        ("forbidden: anything", Found::any),
        ("forbidden: banned word", |found| found.banned),
        ("forbidden: hidden fact", |found| found.leak),
        ("forbidden: unknown name", |found| found.unknown_name),
        ("forbidden: speaker label", |found| found.label),
    ];
    let mut found: Vec<(String, Vec<Found>)> = all
        .iter()
        .map(|(column, written)| {
            let texts = asked.iter().zip(written).filter(|(_, written)| is_models(written));
            let found = texts.map(|(it, written)| {
                let rules = rules(&it.request);
                let closed =
                    rules.map(|rules| (rules.must_not.as_slice(), rules.secrets.as_slice())).unwrap_or_default();
                let must = rules.map(|rules| rules.must.as_slice()).unwrap_or_default();
                check(&written.finished.text, closed, &it.request.prompt().full(), must)
            });
            (column.name().to_owned(), found.collect())
        })
        .collect();
    let played = shown.iter().filter(|shown| shown.is_models());
    let played = played.map(|it| {
        let prompt = it.prompt.as_deref().unwrap_or_default();
        check(&it.finished.text, (&it.must_not, &it.secrets), prompt, &it.must)
    });
    found.push(("in play".to_owned(), played.collect()));
    let about = "texts of the model that were shown, by a plain check of the string that shares no code with the rules";
    kinds
        .into_iter()
        .map(|(name, is)| {
            let mut metric = Metric::new("M2", name, Unit::Share, Some(Better::Lower), about);
            for (column, found) in &found {
                metric.push(column, share(&found.iter().map(|&found| is(found)).collect::<Vec<_>>(), seed));
            }
            metric
        })
        .collect()
}

/// M1: whether a text says the word that has to be said.
pub(super) fn coverage(asked: &[Asked], all: &[(Column, Vec<Written>)], shown: &[Shown], seed: u64) -> Vec<Metric> {
    let says = |text: &str, must: &[Vec<String>]| must.iter().all(|group| group.iter().any(|word| has(text, word)));
    let about = "requests whose text is the model's and has a word of each group, of all with `must`";
    let mut own = Metric::new("M1", "must: in the model's text", Unit::Share, Some(Better::Higher), about);
    let about = "delivered texts with a word of each group; the authored text is the rest";
    let mut delivered = Metric::new("M1", "must: delivered", Unit::Share, Some(Better::Higher), about);
    let mut push = |column: &str, said: Vec<(bool, bool)>| {
        own.push(column, share(&said.iter().map(|said| said.0 && said.1).collect::<Vec<_>>(), seed));
        delivered.push(column, share(&said.iter().map(|said| said.1).collect::<Vec<_>>(), seed));
    };
    for (column, written) in all {
        let with_must = asked.iter().zip(written).filter_map(|(it, written)| {
            let must = &rules(&it.request)?.must;
            (!must.is_empty()).then(|| (is_models(written), says(&written.finished.text, must)))
        });
        push(column.name(), with_must.collect());
    }
    let played = shown.iter().filter(|it| !it.must.is_empty() && it.kind.is_shown());
    push("in play", played.map(|it| (it.is_models(), says(&it.finished.text, &it.must))).collect());
    vec![own, delivered]
}

/// M6: repetition inside a text, between texts, and of an NPC in a play.
pub(super) fn repetition(
    story: &Story,
    asked: &[Asked],
    all: &[(Column, Vec<Written>)],
    shown: &[Shown],
    seed: u64,
) -> Vec<Metric> {
    let about = "1 - distinct / all runs of four words of a text (Welleck et al. 2020), mean over texts of the model; 'authored' is the whole script";
    let mut rep = Metric::new("M6", "seq-rep-4", Unit::Share, Some(Better::Lower), about);
    let about = "BLEU-4 of each text against all others, smoothing method 1 (Zhu et al. 2018)";
    let mut bleu = Metric::new("M6", "self-BLEU-4", Unit::Number, Some(Better::Lower), about);
    let about = "different runs of two words over all of them, all texts together (Li et al. 2016)";
    let mut two = Metric::new("M6", "distinct-2", Unit::Number, Some(Better::Higher), about);
    let mut push = |column: &str, texts: &[Vec<String>]| {
        rep.push(column, mean(&texts.iter().map(|words| seq_rep(words, 4)).collect::<Vec<_>>(), seed));
        bleu.push(column, mean(&self_bleu(&texts[..texts.len().min(150)]), seed));
        // Resampling would count copies of a text as repeats: a figure without an interval.
        let value = distinct(texts, 2);
        two.push(column, bootstrap(texts.len(), seed, |_| value));
    };
    let script: Vec<Vec<String>> =
        story.beats.iter().flat_map(|(_, beat)| &beat.lines).map(|line| words(&line.say)).collect();
    push("authored", &script);
    for (column, written) in all.iter().filter(|(column, _)| *column != Column::Off) {
        let texts = asked.iter().zip(written).filter(|(_, written)| is_models(written));
        push(column.name(), &texts.map(|(_, written)| words(&written.finished.text)).collect::<Vec<_>>());
    }
    let played: Vec<Vec<String>> =
        shown.iter().filter(|it| it.is_written()).map(|it| words(&it.finished.text)).collect();
    push("in play", &played);

    // The lines of each NPC in each play, in runs of twenty.
    let about = "runs of at most twenty lines of an NPC in a play, two of which share six words in a row; only texts that the model wrote count";
    let mut again = Metric::new("M6", "an NPC says 6 words again in 20 lines", Unit::Share, Some(Better::Lower), about);
    let mut lines: HashMap<(usize, &str), Vec<Vec<String>>> = HashMap::new();
    for it in shown.iter().filter(|it| it.is_written() && it.who != "player") {
        lines.entry((it.play, it.who.as_str())).or_default().push(words(&it.finished.text));
    }
    let mut keys: Vec<(usize, &str)> = lines.keys().copied().collect();
    keys.sort_unstable();
    let runs = keys.iter().flat_map(|key| lines[key].chunks(LINES)).filter(|run| run.len() > 1);
    again.push("in play", share(&runs.map(|run| repeats_across(run, RUN)).collect::<Vec<_>>(), seed));
    vec![rep, bleu, two, again]
}

/// M8 with this model; the worst of generators play in the tests of the repository.
pub(super) fn valid(ends: &[(End, bool)], seed: u64) -> Metric {
    let about = "plays that come to an end of the story, or are still going after 2000 moments, with every request ended exactly once";
    let mut metric = Metric::new("M8", "plays that hold", Unit::Share, Some(Better::Higher), about);
    let held = ends.iter().map(|(end, fair)| *fair && matches!(end, End::Ended { .. } | End::StepLimit));
    metric.push("in play", share(&held.collect::<Vec<_>>(), seed));
    metric
}

/// M9: how often the model's text is shown, and what it costs.
pub(super) fn cost(asked: &[Asked], all: &[(Column, Vec<Written>)], shown: &[Shown], seed: u64) -> Vec<Metric> {
    let about = "requests that end with a text of the model, without a time limit";
    let mut models = Metric::new("M9", "the model's text shown", Unit::Share, Some(Better::Higher), about);
    let about = "the same, of the requests of `Vary`, `Free` and `Answer` lines";
    let mut lines = Metric::new("M9", "the same, of lines", Unit::Share, Some(Better::Higher), about);
    let about = "the same requests, also within their policy's `budget_ms`, one after another on an otherwise idle generator; depends on the machine";
    let mut on_time = Metric::new("M9", "shown on time, of lines", Unit::Share, Some(Better::Higher), about);
    let about = "milliseconds from request to end, in play; depends on the machine";
    let mut ms = Metric::new("M9", "ms to the text", Unit::Ms, Some(Better::Lower), about);
    let about = "tokens sampled over all candidates, also those that were taken back, over texts that are the model's";
    let mut tokens = Metric::new("M9", "tokens written per text delivered", Unit::Number, Some(Better::Lower), about);
    let is_line = |gen_kind: &str| matches!(gen_kind, "vary" | "free" | "answer");
    for (column, written) in all.iter().filter(|(column, _)| *column != Column::Off) {
        let column = column.name();
        models.push(column, share(&written.iter().map(is_models).collect::<Vec<_>>(), seed));
        let of_lines = asked.iter().zip(written).filter(|(it, _)| is_line(it.gen_kind));
        lines.push(column, share(&of_lines.map(|(_, written)| is_models(written)).collect::<Vec<_>>(), seed));
        let pairs = written.iter().map(|it| (it.finished.tokens as f64, f64::from(u8::from(is_models(it)))));
        tokens.push(column, ratio(&pairs.collect::<Vec<_>>(), seed));
    }
    let requests: Vec<&Shown> = shown.iter().filter(|it| it.prompt.is_some() && it.kind.is_shown()).collect();
    models.push("in play", share(&requests.iter().map(|it| it.is_models()).collect::<Vec<_>>(), seed));
    let of_lines: Vec<&&Shown> = requests.iter().filter(|it| is_line(it.gen_kind)).collect();
    lines.push("in play", share(&of_lines.iter().map(|it| it.is_models()).collect::<Vec<_>>(), seed));
    let in_time = |it: &Shown| it.is_models() && it.millis.is_some_and(|ms| ms <= it.budget_ms as f64);
    on_time.push("in play", share(&of_lines.iter().map(|it| in_time(it)).collect::<Vec<_>>(), seed));
    ms.push("in play", mean(&requests.iter().filter_map(|it| it.millis).collect::<Vec<_>>(), seed));
    let pairs = requests.iter().map(|it| (it.finished.tokens as f64, f64::from(u8::from(it.is_models()))));
    tokens.push("in play", ratio(&pairs.collect::<Vec<_>>(), seed));
    vec![models, lines, on_time, ms, tokens]
}

/// How requests ended, by column, and in play by kind.
pub(super) fn ends(asked: &[Asked], all: &[(Column, Vec<Written>)], shown: &[Shown]) -> Vec<Ends> {
    let mut found = Vec::new();
    for (column, written) in all.iter().filter(|(column, _)| *column != Column::Off) {
        found.push(lines::ends(column.name(), written.iter().map(|it| &it.finished)));
    }
    let requests = || shown.iter().filter(|it| it.prompt.is_some() && it.kind.is_shown());
    found.push(lines::ends("in play", requests().map(|it| &it.finished)));
    let kinds: BTreeSet<&str> = asked.iter().map(|it| it.gen_kind).chain(requests().map(|it| it.gen_kind)).collect();
    for kind in kinds {
        let of_kind = requests().filter(|it| it.gen_kind == kind);
        let ends = lines::ends(&format!("in play, {kind}"), of_kind.map(|it| &it.finished));
        if ends.n > 0 {
            found.push(ends);
        }
    }
    found
}
