use std::sync::{Arc, Mutex};

use super::super::leak::leaks;
use super::super::library::NoStory;
use super::*;
use crate::desk::Desk;
use crate::generate::{GenerationRequest, Progress, RequestId};
use crate::persona::Persona;
use crate::request::LineEvent;
use crate::scripted::{Script, ScriptedGenerator};

const FILE: &str = r#"Documents(format: 1, documents: {
    "notice": (title: "Notice at the ferry", kind: Notice, author: "Mara", text: [
        "The toll is two coppers. Goats pay half. The ferry does not cross after dark, because the rope cannot be seen."]),
    "book": (title: "On bells", kind: Book, author: "Brother Aldous", text: [
        "The bell of Saint Wenna was cast in Harrow by Hew Tallow. It weighs nine hundred pounds."]),
    "letter": (title: "To the smith", kind: Letter, author: "Odo", secret: true, readers: ["odo"], keys: ["debt", "forty silver"], text: [
        "I owe you forty silver. The bell will be in your yard on Friday."]),
})"#;

fn inquiry(question: &str, who: &str, method: Method) -> Inquiry {
    let library = Arc::new(Library::from_ron(FILE).expect("it is sound"));
    let access = library.open_to(&[who.to_owned()], &NoStory);
    Inquiry::new(library, access, question, method)
}

/// Runs requests through a desk, and notes their prompts.
fn desk(generator: &mut ScriptedGenerator, requests: Vec<LineRequest>) -> Vec<Finished> {
    let mut desk = Desk::new(64);
    let mut ends: Vec<(RequestId, Finished)> = Vec::new();
    let mut sink = |id: RequestId, event: LineEvent| {
        if let LineEvent::Finished(finished) = event {
            ends.push((id, finished));
        }
    };
    for (at, request) in requests.into_iter().enumerate() {
        desk.submit(RequestId(at as u64), request, &mut sink);
    }
    while desk.step(generator, &mut sink) == Progress::Working {}
    ends.sort_by_key(|(id, _)| *id);
    ends.into_iter().map(|(_, finished)| finished).collect()
}

fn run(mut inquiry: Inquiry, generator: &mut ScriptedGenerator) -> Outcome {
    let mut step = inquiry.begin(None);
    loop {
        step = match step {
            Step::Rank(requests) => inquiry.ranked(&desk(generator, requests)),
            Step::Word(request) => return inquiry.worded(desk(generator, vec![request]).remove(0)),
            Step::Done(outcome) => return outcome,
        };
    }
}

fn quote(outcome: &Outcome) -> &str {
    outcome.answer().map_or("", |answer| answer.quote.as_str())
}

/// A generator that finds a text likely whose prompt and words are as given.
fn likes(about: &'static str, span: &'static str) -> ScriptedGenerator {
    ScriptedGenerator::saying(" Hm.").with_scores(move |request: &GenerationRequest, text| {
        let prompt = request.prompt.full();
        let good = text.trim() == span || (prompt.contains(about) && text.contains('?')) || text.contains(about);
        if good { text.len() as f32 } else { -(text.len() as f32) }
    })
}

#[test]
fn without_a_model_the_sentence_is_quoted_with_its_place() {
    for (question, span, document) in [
        ("How much is the toll?", "two coppers", "notice"),
        ("Who cast the bell?", "Hew Tallow", "book"),
        ("How much does the bell weigh?", "nine hundred pounds", "book"),
        ("Why does the ferry not cross after dark?", "the rope cannot be seen", "notice"),
        ("Who wrote the notice?", "Mara", "notice"),
    ] {
        let mut inquiry = inquiry(question, "player", Method::Both);
        let Step::Done(Outcome::Answered(answer)) = inquiry.begin(Some(Why::ModelOff)) else {
            panic!("{question}: {:?}", inquiry.search())
        };
        assert_eq!((answer.quote.as_str(), answer.document.as_str()), (span, document), "{question}");
        assert_eq!(answer.source, Source::Authored(Why::ModelOff));
        let library = Library::from_ron(FILE).expect("it is sound");
        let page = library.page(library.position(document).expect("it is there")).expect("it is there");
        assert_eq!(page.get(&answer.span), span);
        assert!(answer.text.contains(page.get(&answer.sentence)), "{}", answer.text);
    }
}

#[test]
fn what_is_not_said_is_not_answered() {
    for (question, reason) in [
        ("", Reason::NoQuestion),
        ("🦀🦀", Reason::NoQuestion),
        ("Who is it?", Reason::NoQuestion),
        ("Where do dragons hibernate?", Reason::NothingFound),
        ("How much do horses pay at the ferry?", Reason::NotSaid),
        ("Who melted the bell of Saint Wenna?", Reason::NotSaid),
        ("How much silver does Odo owe the smith?", Reason::NothingFound),
    ] {
        let mut inquiry = inquiry(question, "player", Method::Keys);
        let step = inquiry.begin(Some(Why::ModelOff));
        assert_eq!(step, Step::Done(Outcome::Abstained(reason)), "{question}");
    }
    let mut odo = inquiry("How much does Odo owe the smith?", "odo", Method::Keys);
    let Step::Done(outcome) = odo.begin(Some(Why::ModelOff)) else { panic!("there is no model") };
    assert_eq!(quote(&outcome), "forty silver", "he may read his own letter");
    let library = Arc::new(Library::from_ron(FILE).expect("it is sound"));
    let mut nobody = Inquiry::new(library, Access::default(), "How much is the toll?", Method::Both);
    assert_eq!(nobody.begin(None), Step::Done(Outcome::Abstained(Reason::NoDocuments)));
}

#[test]
fn a_ranker_alone_takes_what_it_finds_likely() {
    let mut generator = likes("Goats pay half.", "half");
    let outcome = run(inquiry("What of animals?", "player", Method::Ranker), &mut generator);
    assert_eq!(quote(&outcome), "half", "{outcome:?}");
    let mut nothing = likes("nothing of the kind", "nothing of the kind");
    let outcome = run(inquiry("What of animals?", "player", Method::Ranker), &mut nothing);
    assert_eq!(outcome, Outcome::Abstained(Reason::NotSaid));
}

#[test]
fn with_both_the_scores_decide_among_what_the_keys_find() {
    let question = "Who cast the bell in Harrow?";
    let ranked = run(inquiry(question, "player", Method::Both), &mut likes("Hew Tallow", "Hew Tallow"));
    assert_eq!(quote(&ranked), "Hew Tallow");
    assert!(matches!(ranked.answer().map(|answer| &answer.source), Some(Source::Ranked { .. })));
    // A model that cannot be asked any more costs nothing but its opinion.
    let mut failing = inquiry(question, "player", Method::Both);
    let Step::Rank(requests) = failing.begin(None) else { panic!("it has candidates") };
    let failed: Vec<Finished> =
        requests.iter().map(|_| crate::desk::authored("…".into(), Why::WorkerPanicked)).collect();
    let Step::Done(Outcome::Answered(answer)) = failing.ranked(&failed) else { panic!("the keys answer it") };
    assert_eq!((answer.quote.as_str(), answer.source), ("Hew Tallow", Source::Authored(Why::WorkerPanicked)));
}

#[test]
fn a_voice_words_the_sentence_and_may_not_make_up_anything() {
    let voiced = |said: &'static str| {
        let prompts: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = prompts.clone();
        let mut generator = ScriptedGenerator::new(move |request: &GenerationRequest, _| {
            seen.lock().expect("nobody panicked").push(request.prompt.full());
            Script::Say(said.to_owned())
        });
        let voice = Voice::new(Persona::new("Mara", "ferrywoman; dry"));
        let inquiry = inquiry("How much is the toll?", "mara", Method::Keys).voiced(voice);
        let outcome = run(inquiry, &mut generator);
        let prompts = prompts.lock().expect("nobody panicked").clone();
        let Outcome::Answered(answer) = outcome else { panic!("the notice says it") };
        for prompt in &prompts {
            assert!(prompt.contains("The toll is two coppers.") && !prompt.contains("forty silver"), "{prompt}");
        }
        assert_eq!(answer.quote, "two coppers");
        answer
    };
    let good = voiced(" It is two coppers, as it ever was.");
    assert!(good.worded && good.text == "It is two coppers, as it ever was.", "{good:?}");
    for bad in [
        " Three coppers.",
        " It is two coppers and nine pence.",
        " Two coppers, says Corin.",
        " Two coppers. Odo has a debt.",
        " It is what it is.",
        "",
    ] {
        let answer = voiced(bad);
        assert!(!answer.worded, "{answer:?}");
        assert_eq!(answer.text, "“The toll is two coppers.” (Notice at the ferry)", "{bad}");
    }
}

#[test]
fn nothing_of_a_closed_document_is_ever_asked_or_told() {
    let library = Arc::new(Library::from_ron(FILE).expect("it is sound"));
    let access = library.open_to(&["player".to_owned()], &NoStory);
    for question in
        ["How much does Odo owe?", "When will the bell be in the yard?", "Who wrote to the smith?", "What debt?"]
    {
        for method in [Method::Keys, Method::Ranker, Method::Both] {
            let mut inquiry = Inquiry::new(library.clone(), access.clone(), question, method)
                .voiced(Voice::new(Persona::new("Mara", "dry")));
            let mut generator = ScriptedGenerator::saying(" I owe you forty silver.");
            let mut step = inquiry.begin(None);
            let outcome = loop {
                let requests = match &step {
                    Step::Rank(requests) => requests.clone(),
                    Step::Word(request) => vec![request.clone()],
                    Step::Done(outcome) => break outcome.clone(),
                };
                for request in &requests {
                    let mut texts = vec![request.prompt().full(), request.fallback.clone()];
                    if let Work::Pick { from, .. } = &request.work {
                        texts.extend(from.iter().cloned());
                    }
                    for text in texts {
                        assert_eq!(leaks(&text, &library, &access, &[question]), None, "{text}");
                    }
                }
                let ends = desk(&mut generator, requests);
                step = match step {
                    Step::Rank(_) => inquiry.ranked(&ends),
                    _ => Step::Done(inquiry.worded(ends.into_iter().next().expect("one was asked"))),
                };
            };
            if let Outcome::Answered(answer) = outcome {
                assert_eq!(leaks(&answer.text, &library, &access, &[question]), None, "{answer:?}");
                assert_ne!(answer.document, "letter");
            }
        }
    }
}
