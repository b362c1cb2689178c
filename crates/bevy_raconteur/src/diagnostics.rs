//! The worker's figures as Bevy diagnostics.

use bevy_app::App;
use bevy_diagnostic::{Diagnostic, DiagnosticPath, Diagnostics, DiagnosticsStore, RegisterDiagnostic};
use bevy_ecs::change_detection::DetectChanges;
use bevy_ecs::system::{Local, Res};

use crate::requests::Requests;
use crate::stats::NarrativeStats;

/// Tokens written a second of work.
pub(crate) const TOKENS_PER_SECOND: DiagnosticPath = DiagnosticPath::const_new("narrative/tokens_per_second");
/// Milliseconds from asking for a line to its first words.
pub(crate) const FIRST_TEXT_MS: DiagnosticPath = DiagnosticPath::const_new("narrative/first_text_ms");
/// Requests that are not over.
pub(crate) const OPEN_REQUESTS: DiagnosticPath = DiagnosticPath::const_new("narrative/open_requests");

/// Milliseconds that the worker rests between two steps.
pub(crate) const REST_MS: DiagnosticPath = DiagnosticPath::const_new("narrative/rest_ms");
/// Most threads that may compute; 0 for all that the model was given.
pub(crate) const THREADS: DiagnosticPath = DiagnosticPath::const_new("narrative/threads");
/// Frames that slipped while the model wrote, since the start.
pub(crate) const FRAME_SLIPS: DiagnosticPath = DiagnosticPath::const_new("narrative/frame_slips");

pub(crate) fn register(app: &mut App) {
    // A headless app may have no diagnostics; figures then stand in `NarrativeStats` alone.
    if app.world().contains_resource::<DiagnosticsStore>() {
        app.register_diagnostic(Diagnostic::new(TOKENS_PER_SECOND).with_suffix(" tok/s"))
            .register_diagnostic(Diagnostic::new(FIRST_TEXT_MS).with_suffix(" ms"))
            .register_diagnostic(Diagnostic::new(OPEN_REQUESTS))
            .register_diagnostic(Diagnostic::new(REST_MS).with_suffix(" ms"))
            .register_diagnostic(Diagnostic::new(THREADS))
            .register_diagnostic(Diagnostic::new(FRAME_SLIPS));
    }
}

pub(crate) fn measure(
    mut diagnostics: Diagnostics,
    stats: Res<NarrativeStats>,
    requests: Res<Requests>,
    store: Option<Res<DiagnosticsStore>>,
    mut last: Local<Option<NarrativeStats>>,
) {
    if store.is_none() {
        return;
    }
    if stats.is_changed() {
        measure_changes(&mut diagnostics, last.as_ref(), &stats);
        *last = Some(*stats);
    }
    diagnostics.add_measurement(&OPEN_REQUESTS, || requests.len() as f64);
}

/// Only what has changed is measured: an average over the history is then one over lines, or over decisions.
fn measure_changes(diagnostics: &mut Diagnostics, last: Option<&NarrativeStats>, stats: &NarrativeStats) {
    if last.is_none_or(|last| NarrativeStats { governor: stats.governor, ..*last } != *stats) {
        diagnostics.add_measurement(&TOKENS_PER_SECOND, || f64::from(stats.tokens_per_second));
        diagnostics.add_measurement(&FIRST_TEXT_MS, || f64::from(stats.first_text_ms));
    }
    if last.is_none_or(|last| last.governor != stats.governor) {
        let governor = &stats.governor;
        diagnostics.add_measurement(&REST_MS, || governor.rest.as_secs_f64() * 1e3);
        diagnostics.add_measurement(&THREADS, || governor.threads.map_or(0.0, |threads| threads.get() as f64));
        diagnostics.add_measurement(&FRAME_SLIPS, || governor.slips as f64);
    }
}
