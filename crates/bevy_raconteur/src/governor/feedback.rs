//! Tells the governor how frames go, and the worker what it decides.

use std::time::{Duration, Instant};

use bevy_diagnostic::{DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::prelude::*;
use bevy_time::{Real, Time};

use super::{Activity, Decision, Governor};
use crate::model::ModelStatus;
use crate::requests::Requests;
use crate::settings::NarrativeSettings;
use crate::stats::{GovernorStats, NarrativeStats};
use crate::worker::Worker;

/// The governor of the app, and what it has told the worker.
#[derive(Resource, Default)]
pub(crate) struct FrameGovernor {
    governor: Governor,
    told: Option<Decision>,
    /// When the measurement that was read last was taken.
    read: Option<Instant>,
}

impl FrameGovernor {
    /// Takes the settings, and tells the worker if something follows from them. A worker that has just been started
    /// knows nothing yet.
    pub(crate) fn begin(&mut self, settings: &NarrativeSettings, worker: &mut Worker) {
        self.configure(settings);
        self.told = None;
        self.tell(worker);
    }

    fn configure(&mut self, settings: &NarrativeSettings) {
        self.governor.configure(settings.governor, settings.frame_feedback, settings.target_frame_time);
    }

    fn tell(&mut self, worker: &mut Worker) {
        let decision = self.governor.decision();
        if self.told != Some(decision) {
            self.told = Some(decision);
            worker.govern(decision);
        }
    }

    fn figures(&self) -> GovernorStats {
        let decision = self.governor.decision();
        GovernorStats {
            mode: self.governor.mode(),
            threads: decision.pace.threads,
            rest: decision.rests[0],
            target: self.governor.target(),
            slips: self.governor.slips(),
        }
    }

    /// How long the frame before this took: what Bevy's frame diagnostics measured, if they are there and measure.
    fn frame_time(&mut self, time: &Time<Real>, store: Option<&DiagnosticsStore>) -> Duration {
        let measured = store.and_then(|store| store.get_measurement(&FrameTimeDiagnosticsPlugin::FRAME_TIME));
        match measured {
            Some(measured) if self.read != Some(measured.time) => {
                self.read = Some(measured.time);
                Duration::try_from_secs_f64(measured.value * 1e-3).unwrap_or_default()
            }
            _ => time.delta(),
        }
    }
}

/// `Last`: judges the frame, and tells the worker when the decision changes.
pub(crate) fn govern(
    mut governor: ResMut<FrameGovernor>,
    mut requests: ResMut<Requests>,
    mut stats: ResMut<NarrativeStats>,
    settings: Res<NarrativeSettings>,
    status: Res<ModelStatus>,
    time: Res<Time<Real>>,
    store: Option<Res<DiagnosticsStore>>,
) {
    // Requests are none the newer for being looked at.
    let requests = requests.bypass_change_detection();
    let activity = match (&*status, requests.most_urgent()) {
        (ModelStatus::Loading { .. }, _) => Activity::Loading,
        (ModelStatus::Ready { .. }, Some(priority)) => Activity::Writing(priority),
        _ => Activity::Idle,
    };
    governor.configure(&settings);
    let took = governor.frame_time(&time, store.as_deref());
    governor.governor.frame(took, activity);
    if let Some(worker) = requests.worker() {
        governor.tell(worker);
    }
    let figures = governor.figures();
    if stats.governor != figures {
        stats.governor = figures;
    }
}
