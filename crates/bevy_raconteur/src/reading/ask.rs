//! Questions in play: each is an entity of its own, so that what the worker says of it reaches nobody else.

use std::time::Duration;

use bevy_asset::{AssetServer, Assets};
use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};
use raconteur_core::generate::{Priority, RequestId};
use raconteur_core::player_text::PlayerText;
use raconteur_core::reading::{Inquiry, Outcome, Reason, Step};
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why};

use super::asset::DocumentsAsset;
use super::collect::Journal;
use super::events::{AskDocuments, DocumentsAnswered, DocumentsProblem, ReadingProblem};
use super::reads::Reads;
use crate::direct::ModelTemplates;
use crate::events::{Ask, Generate, Generated, GeneratedChunk, Interrupt};
use crate::model::ModelStatus;
use crate::persona::Persona;
use crate::requests::Requests;
use crate::runner::StoryRunner;
use crate::settings::NarrativeSettings;
use crate::speaker::Manners;

/// Most questions that are searched for in one frame; others wait for the next.
const PER_FRAME: usize = 4;

/// A question that is not over, on an entity of its own.
#[derive(Component)]
pub(super) struct InquiryInPlay {
    reader: Entity,
    question: PlayerText,
    /// It was an [`Ask`]: an NPC says the answer.
    said: bool,
    /// Its number: questions are searched for in the order in which they were asked.
    number: u64,
    deadline: Duration,
    /// Somebody does not want to wait for the model.
    hurried: bool,
    inquiry: Option<Box<Inquiry>>,
    /// What has been asked of the worker, with how it ended.
    open: Vec<(RequestId, Option<Finished>)>,
    /// It is the wording that is open, not the ranking.
    wording: bool,
}

/// How many questions have been asked: each has a number.
#[derive(Resource, Default)]
pub(super) struct InquiryCount(u64);

impl InquiryCount {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn spawn(
    commands: &mut Commands,
    (reader, text, said): (Entity, &str, bool),
    number: u64,
    settings: &NarrativeSettings,
    now: Duration,
) {
    commands.spawn(InquiryInPlay {
        reader,
        question: PlayerText::new(text),
        said,
        number,
        deadline: if settings.deadlines { now + settings.request_timeout } else { Duration::MAX },
        hurried: false,
        inquiry: None,
        open: Vec::new(),
        wording: false,
    });
}

pub(super) fn ask_documents(
    ask: On<AskDocuments>,
    readers: Query<(), With<Reads>>,
    settings: Res<NarrativeSettings>,
    time: Res<Time<Real>>,
    mut counter: ResMut<InquiryCount>,
    mut commands: Commands,
) {
    if !readers.contains(ask.entity) {
        commands.trigger(DocumentsProblem { entity: ask.entity, problem: ReadingProblem::NoReader("Reads") });
        return;
    }
    let number = counter.next();
    spawn(&mut commands, (ask.entity, &ask.text, false), number, &settings, time.elapsed());
}

/// An [`Ask`] to somebody with documents.
pub(super) fn answer_from_documents(
    ask: On<Ask>,
    readers: Query<Option<&Persona>, (With<Reads>, Without<StoryRunner>)>,
    manners: Manners,
    settings: Res<NarrativeSettings>,
    time: Res<Time<Real>>,
    mut counter: ResMut<InquiryCount>,
    mut commands: Commands,
) {
    let Ok(persona) = readers.get(ask.entity) else { return };
    if persona.is_some() && !manners.let_speak(ask.entity, Priority::Addressed) {
        let text = persona.map_or_else(String::new, Persona::unsure_text);
        commands.trigger(Generated { entity: ask.entity, text, reason: Source::Cancelled, conversation: None });
        return;
    }
    let number = counter.next();
    spawn(&mut commands, (ask.entity, &ask.text, persona.is_some()), number, &settings, time.elapsed());
}

/// Cutting a reader short ends their questions with what there is.
pub(super) fn hurry_on_interrupt(barged: On<Interrupt>, mut inquiries: Query<&mut InquiryInPlay>) {
    for mut inquiry in inquiries.iter_mut().filter(|inquiry| inquiry.reader == barged.entity) {
        inquiry.hurried = true;
    }
}

/// What a question needs of the world.
#[derive(bevy_ecs::system::SystemParam)]
pub(super) struct Desk<'w, 's> {
    readers: Query<'w, 's, (&'static Reads, Option<&'static Journal>)>,
    personas: Query<'w, 's, &'static mut Persona>,
    stories: Query<'w, 's, &'static StoryRunner>,
    libraries: Res<'w, Assets<DocumentsAsset>>,
    assets: Res<'w, AssetServer>,
    requests: ResMut<'w, Requests>,
    templates: Res<'w, ModelTemplates>,
    status: Res<'w, ModelStatus>,
    settings: Res<'w, NarrativeSettings>,
    commands: Commands<'w, 's>,
}

/// `Advance`: begins questions, takes in what has come of them, ends those that are done or late.
pub(super) fn direct_inquiries(
    mut inquiries: Query<(Entity, &mut InquiryInPlay)>,
    time: Res<Time<Real>>,
    mut desk: Desk,
) {
    let mut order: Vec<(u64, Entity)> = inquiries.iter().map(|(entity, inquiry)| (inquiry.number, entity)).collect();
    order.sort_unstable();
    let mut begun = 0;
    for (_, entity) in order {
        let Ok((_, mut inquiry)) = inquiries.get_mut(entity) else { continue };
        let late = time.elapsed() >= inquiry.deadline;
        let outcome = if !desk.readers.contains(inquiry.reader) {
            desk.forget(&mut inquiry);
            desk.commands.entity(entity).despawn();
            continue;
        } else if inquiry.inquiry.is_none() {
            if begun == PER_FRAME && !late {
                continue;
            }
            let outcome = desk.begin(entity, &mut inquiry, late);
            begun += usize::from(inquiry.inquiry.is_some());
            outcome
        } else {
            desk.go_on(entity, &mut inquiry, late)
        };
        if let Some(outcome) = outcome {
            desk.end(&inquiry, outcome);
            desk.commands.entity(entity).despawn();
        }
    }
}

impl Desk<'_, '_> {
    /// Searches, and asks the worker for what comes next; the outcome, if there is one already.
    fn begin(&mut self, entity: Entity, play: &mut InquiryInPlay, late: bool) -> Option<Outcome> {
        let Ok((reads, journal)) = self.readers.get(play.reader) else { return None };
        let Some(DocumentsAsset(library)) = self.libraries.get(&reads.library) else {
            let failed = self.assets.load_state(&reads.library).is_failed();
            return (failed || late || play.hurried).then_some(Outcome::Abstained(Reason::NoDocuments));
        };
        let mut access = reads.open(library, &self.stories);
        if let Some(journal) = journal {
            access = library.only(&access, journal.entries.documents().iter().map(|one| one.document.as_str()));
        } else if let Some(at_hand) = &reads.at_hand {
            access = library.only(&access, at_hand.iter().map(String::as_str));
        }
        let mut inquiry = Inquiry::new(library.clone(), access, play.question.as_str(), reads.method)
            .framed(reads.frame.clone())
            .weighed(reads.weights)
            .with_templates(self.templates.0.clone());
        if reads.voiced
            && play.said
            && let Ok(mut persona) = self.personas.get_mut(play.reader)
        {
            inquiry = inquiry.voiced(persona.reading_voice());
        }
        let absent = if play.hurried { Some(Why::Interrupted) } else { self.status.absence(self.settings.enabled) };
        let step = inquiry.begin(absent);
        play.inquiry = Some(Box::new(inquiry));
        self.take(entity, play, step)
    }

    /// Takes in what has come.
    fn go_on(&mut self, entity: Entity, play: &mut InquiryInPlay, late: bool) -> Option<Outcome> {
        // Reading mail changes no request.
        for (id, event) in self.requests.bypass_change_detection().read(entity) {
            if let LineEvent::Finished(finished) = event
                && let Some((_, end)) = play.open.iter_mut().find(|(open, _)| *open == id)
            {
                *end = Some(finished);
            }
        }
        let over = play.open.iter().all(|(_, end)| end.is_some());
        if !over && !late && !play.hurried {
            return None;
        }
        if !over {
            self.forget(play);
            let why = if late { Why::Late } else { Why::Interrupted };
            return play.inquiry.as_mut().map(|inquiry| inquiry.give_up(why));
        }
        let ends: Vec<Finished> = play.open.drain(..).filter_map(|(_, end)| end).collect();
        let inquiry = play.inquiry.as_mut()?;
        if play.wording {
            return ends.into_iter().next().map(|finished| inquiry.worded(finished));
        }
        let step = inquiry.ranked(&ends);
        self.take(entity, play, step)
    }

    fn take(&mut self, entity: Entity, play: &mut InquiryInPlay, step: Step) -> Option<Outcome> {
        match step {
            Step::Done(outcome) => return Some(outcome),
            Step::Rank(requests) => self.submit(entity, play, requests),
            Step::Word(request) => {
                play.wording = true;
                self.submit(entity, play, vec![request]);
            }
        }
        None
    }

    fn submit(&mut self, entity: Entity, play: &mut InquiryInPlay, requests: Vec<LineRequest>) {
        for request in requests {
            let id = self.requests.submit(entity, play.reader, request);
            play.open.push((id, None));
        }
    }

    fn forget(&mut self, play: &mut InquiryInPlay) {
        for (id, end) in play.open.drain(..) {
            if end.is_none() {
                self.requests.forget(id);
            }
        }
    }

    /// Tells how a question ended. What an NPC is asked it also says; what its documents do not say it answers from what it
    /// knows besides, if it knows anything.
    fn end(&mut self, play: &InquiryInPlay, outcome: Outcome) {
        let entity = play.reader;
        if play.said
            && let Ok(mut persona) = self.personas.get_mut(entity)
        {
            let question = play.question.as_str();
            match &outcome {
                Outcome::Answered(answer) => {
                    persona.note_exchange(question, &answer.text);
                    say(&mut self.commands, entity, answer.text.clone(), answer.source.clone());
                }
                Outcome::Abstained(reason) if *reason != Reason::NoQuestion && !persona.knows.is_empty() => {
                    let unsure = persona.unsure_text();
                    let ask = Generate { priority: Priority::Addressed, ..Generate::new(entity, unsure) };
                    self.commands.trigger(ask.hearing(question));
                }
                Outcome::Abstained(_) => {
                    let unsure = persona.unsure_text();
                    persona.note_exchange(question, &unsure);
                    say(&mut self.commands, entity, unsure, Source::Authored(Why::Unsure));
                }
            }
        }
        let question = play.question.as_str().to_owned();
        self.commands.trigger(DocumentsAnswered { entity, question, outcome });
    }
}

fn say(commands: &mut Commands, entity: Entity, text: String, reason: Source) {
    commands.trigger(GeneratedChunk { entity, text: text.clone(), sentence: true, conversation: None });
    commands.trigger(Generated { entity, text, reason, conversation: None });
}
