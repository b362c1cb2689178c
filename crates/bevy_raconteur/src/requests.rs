//! Open requests: who asked, and the two systems that talk to the worker.

use std::collections::HashMap;

use bevy_ecs::prelude::*;
use raconteur_core::desk::ReadAhead;
use raconteur_core::generate::{Priority, RequestId};
use raconteur_core::prompt::Bill;
use raconteur_core::request::{Finished, LineEvent, LineRequest, Source, Why};

use crate::inspector::{Inspected, Inspector, NarrativeCounts, inspect};
use crate::model::{ModelChanged, ModelStatus};
use crate::settings::NarrativeSettings;
use crate::stats::NarrativeStats;
use crate::worker::{ModelReply, Order, Reply, Worker};

/// Everything that has been asked of the worker and is not over, and what has come back this frame.
#[derive(Resource, Default)]
pub(crate) struct Requests {
    worker: Option<Worker>,
    next: u64,
    open: HashMap<RequestId, Open>,
    /// Requests that could not be handed over: they end with the next receipt, like any other.
    refused: Vec<RequestId>,
    /// What has come back and has not been read, in order.
    inbox: HashMap<Entity, Vec<(RequestId, LineEvent)>>,
    /// What is over and nobody has inspected.
    over: Vec<Inspected>,
}

struct Open {
    /// Who is told: a story, or an NPC.
    asker: Entity,
    /// Whose voice it is: when this entity goes, the request goes.
    voice: Entity,
    /// What is said if the worker cannot even say that it failed.
    fallback: String,
    priority: Priority,
    /// Where the tokens of its prompt went.
    bill: Bill,
}

/// On entities with open requests in their voice. Removing it, or despawning the entity, cancels these.
#[derive(Component, Debug, Default)]
pub struct Speaking {
    requests: Vec<RequestId>,
}

impl Speaking {
    /// Number of open requests.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.len()
    }
}

impl Requests {
    pub(crate) fn start(&mut self, worker: Option<Worker>) {
        self.worker = worker;
    }

    pub(crate) fn worker(&mut self) -> Option<&mut Worker> {
        self.worker.as_mut()
    }

    /// Hands a request over. What becomes of it stands in the inbox of `asker`.
    pub(crate) fn submit(&mut self, asker: Entity, voice: Entity, request: LineRequest) -> RequestId {
        let open = Open {
            asker,
            voice,
            fallback: request.fallback.clone(),
            priority: request.priority,
            bill: Bill::default(),
        };
        self.order(open, Order::Composed(Box::new(request)))
    }

    /// Hands over what will be a request of this priority and fallback when the worker has composed it.
    pub(crate) fn submit_uncomposed(
        &mut self,
        voice: Entity,
        priority: Priority,
        fallback: String,
        compose: impl FnOnce() -> LineRequest + Send + 'static,
    ) -> RequestId {
        self.submit_uncomposed_by(voice, voice, priority, fallback, compose)
    }

    /// As [`submit_uncomposed`](Self::submit_uncomposed), with what becomes of it in the inbox of `asker`: for parts of the
    /// plugin that let an NPC say something and keep it apart from its other talk.
    pub(crate) fn submit_uncomposed_by(
        &mut self,
        asker: Entity,
        voice: Entity,
        priority: Priority,
        fallback: String,
        compose: impl FnOnce() -> LineRequest + Send + 'static,
    ) -> RequestId {
        let open = Open { asker, voice, fallback, priority, bill: Bill::default() };
        self.order(open, Order::Compose(Box::new(compose)))
    }

    fn order(&mut self, open: Open, order: Order) -> RequestId {
        let id = RequestId(self.next);
        self.next += 1;
        self.open.insert(id, open);
        if !self.worker.as_mut().is_some_and(|worker| worker.submit(id, order)) {
            self.refused.push(id);
        }
        id
    }

    /// Lets the worker read beginnings of prompts that may be needed soon. Nothing comes back.
    pub(crate) fn read_ahead(&mut self, compose: impl FnOnce() -> Vec<ReadAhead> + Send + 'static) {
        if let Some(worker) = &mut self.worker {
            worker.read_ahead(Box::new(compose));
        }
    }

    /// Ends a request without another word about it.
    pub(crate) fn forget(&mut self, id: RequestId) {
        if self.open.remove(&id).is_some()
            && let Some(worker) = &mut self.worker
        {
            worker.cancel(id);
        }
    }

    /// Ends a request; its asker is told.
    fn cancel(&mut self, id: RequestId) {
        if let Some(open) = self.open.get(&id) {
            let finished = Finished { source: Source::Cancelled, ..ended(open.fallback.clone(), Why::Written) };
            self.forget_and_tell(id, finished);
        }
    }

    fn forget_and_tell(&mut self, id: RequestId, finished: Finished) {
        let Some(open) = self.open.remove(&id) else { return };
        if let Some(worker) = &mut self.worker {
            worker.cancel(id);
        }
        self.inbox.entry(open.asker).or_default().push((id, LineEvent::Finished(finished)));
    }

    /// Takes what has come back for one asker, in order.
    pub(crate) fn read(&mut self, asker: Entity) -> Vec<(RequestId, LineEvent)> {
        self.inbox.remove(&asker).unwrap_or_default()
    }

    /// Whether something has come back for one asker.
    pub(crate) fn has_mail(&self, asker: Entity) -> bool {
        self.inbox.contains_key(&asker)
    }

    /// Number of requests that are not over.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// How urgent the most urgent request is that is not over.
    pub(crate) fn most_urgent(&self) -> Option<Priority> {
        self.open.values().map(|open| open.priority).max()
    }

    fn take(&mut self, id: RequestId, event: LineEvent) {
        // Requests that were forgotten still report their end.
        let Some(open) = self.open.get_mut(&id) else { return };
        let asker = open.asker;
        match &event {
            LineEvent::Started { bill } => open.bill = bill.clone(),
            LineEvent::Chunk { .. } => {}
            LineEvent::Finished(finished) => {
                if let Some(Open { voice, bill, .. }) = self.open.remove(&id) {
                    self.over.push(Inspected { request: id, voice, bill, finished: finished.clone() });
                }
            }
        }
        self.inbox.entry(asker).or_default().push((id, event));
    }

    /// Composing it panicked.
    fn not_composed(&mut self, id: RequestId) {
        if let Some(open) = self.open.get(&id) {
            let finished = ended(open.fallback.clone(), Why::WorkerPanicked);
            self.take(id, LineEvent::Finished(finished));
        }
    }

    /// The worker's thread is gone: everything ends here.
    fn lose_worker(&mut self) {
        self.worker = None;
        let ids: Vec<RequestId> = self.open.keys().copied().collect();
        for id in ids {
            if let Some(open) = self.open.get(&id) {
                let finished = ended(open.fallback.clone(), Why::WorkerPanicked);
                self.forget_and_tell(id, finished);
            }
        }
    }
}

fn ended(text: String, why: Why) -> Finished {
    raconteur_core::desk::authored(text, why)
}

/// `Receive`: takes in what the worker says, never more than a frame's share.
pub(crate) fn receive_replies(
    mut requests: ResMut<Requests>,
    mut status: ResMut<ModelStatus>,
    mut stats: ResMut<NarrativeStats>,
    mut inspector: ResMut<Inspector>,
    mut counts: ResMut<NarrativeCounts>,
    settings: Res<NarrativeSettings>,
    mut changes: MessageWriter<ModelChanged>,
) {
    let before = requests.len();
    receive(requests.bypass_change_detection(), &mut status, &mut stats, settings.replies_per_frame, &mut changes);
    let over = std::mem::take(&mut requests.bypass_change_detection().over);
    if !over.is_empty() {
        inspect(over, &mut inspector, &mut counts);
    }
    // What looks at who is speaking runs only when that has changed.
    if requests.len() != before {
        requests.set_changed();
    }
}

fn receive(
    requests: &mut Requests,
    status: &mut ResMut<ModelStatus>,
    stats: &mut ResMut<NarrativeStats>,
    most: usize,
    changes: &mut MessageWriter<ModelChanged>,
) {
    for id in std::mem::take(&mut requests.refused) {
        if let Some(open) = requests.open.get(&id) {
            let finished = ended(open.fallback.clone(), Why::QueueFull);
            requests.take(id, LineEvent::Finished(finished));
        }
    }
    for _ in 0..most {
        let Some(worker) = &mut requests.worker else { return };
        match worker.try_recv() {
            Ok(Some(Reply::Line(id, event))) => requests.take(id, event),
            Ok(Some(Reply::NotComposed(id))) => requests.not_composed(id),
            Ok(Some(Reply::Stats(new))) => **stats = NarrativeStats { governor: stats.governor, ..new },
            Ok(Some(Reply::Model(reply))) => {
                let change = changed(reply);
                if let Some(new) = settled(&change) {
                    **status = new;
                }
                changes.write(change);
            }
            Ok(None) => break,
            Err(_) => {
                requests.lose_worker();
                **status = ModelStatus::Off;
                changes.write(ModelChanged::Off);
            }
        }
    }
}

fn changed(reply: ModelReply) -> ModelChanged {
    match reply {
        ModelReply::Loading(progress) => ModelChanged::Loading { stage: progress.stage, fraction: progress.fraction },
        ModelReply::Ready { name } => ModelChanged::Ready { name },
        ModelReply::Failed(error) => ModelChanged::Failed(error),
        ModelReply::Panicked { times } => ModelChanged::Panicked { times },
        ModelReply::Adapter(error) => {
            bevy_log::warn!("{error}");
            ModelChanged::AdapterMissing(error)
        }
        ModelReply::Off => ModelChanged::Off,
    }
}

/// The status after a change. A panic changes nothing by itself: loading follows, or failure. Nor does a missing voice: the
/// model talks without it.
fn settled(change: &ModelChanged) -> Option<ModelStatus> {
    match change {
        ModelChanged::Loading { stage, fraction } => {
            Some(ModelStatus::Loading { stage: stage.clone(), fraction: *fraction })
        }
        ModelChanged::Ready { name } => Some(ModelStatus::Ready { name: name.clone() }),
        ModelChanged::Failed(error) => Some(ModelStatus::Failed { error: error.clone() }),
        ModelChanged::Panicked { .. } | ModelChanged::AdapterMissing(_) => None,
        ModelChanged::Off => Some(ModelStatus::Off),
    }
}

/// Keeps [`Speaking`] true: state is component presence.
pub(crate) fn mark_speakers(
    mut commands: Commands,
    mut requests: ResMut<Requests>,
    mut speaking: Query<(Entity, &mut Speaking)>,
) {
    let mut voices: HashMap<Entity, Vec<RequestId>> = HashMap::new();
    for (&id, open) in &requests.open {
        voices.entry(open.voice).or_default().push(id);
    }
    voices.values_mut().for_each(|ids| ids.sort_unstable());
    for (entity, mut speaker) in &mut speaking {
        match voices.remove(&entity) {
            Some(ids) if ids == speaker.requests => {}
            Some(ids) => speaker.requests = ids,
            None => {
                speaker.requests.clear();
                commands.entity(entity).try_remove::<Speaking>();
            }
        }
    }
    for (entity, ids) in voices {
        match commands.get_entity(entity) {
            Ok(mut voice) => {
                voice.try_insert(Speaking { requests: ids });
            }
            // It went in the frame in which it was given something to say.
            Err(_) => ids.into_iter().for_each(|id| requests.cancel(id)),
        }
    }
}

/// A voice that is gone needs no words.
pub(crate) fn cancel_for_lost_voice(
    lost: On<Remove, Speaking>,
    speaking: Query<&Speaking>,
    mut requests: ResMut<Requests>,
) {
    if let Ok(speaker) = speaking.get(lost.entity) {
        for &id in &speaker.requests {
            requests.cancel(id);
        }
    }
}
