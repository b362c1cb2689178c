//! The worker's figures as Bevy diagnostics.

use bevy_app::App;
use bevy_diagnostic::{Diagnostic, DiagnosticPath, Diagnostics, DiagnosticsStore, RegisterDiagnostic};
use bevy_ecs::change_detection::DetectChanges;
use bevy_ecs::system::Res;

use crate::requests::Requests;
use crate::stats::NarrativeStats;

/// Tokens written a second of work.
pub(crate) const TOKENS_PER_SECOND: DiagnosticPath = DiagnosticPath::const_new("narrative/tokens_per_second");
/// Milliseconds from asking for a line to its first words.
pub(crate) const FIRST_TEXT_MS: DiagnosticPath = DiagnosticPath::const_new("narrative/first_text_ms");
/// Requests that are not over.
pub(crate) const OPEN_REQUESTS: DiagnosticPath = DiagnosticPath::const_new("narrative/open_requests");

pub(crate) fn register(app: &mut App) {
    // A headless app may have no diagnostics; figures then stand in `NarrativeStats` alone.
    if app.world().contains_resource::<DiagnosticsStore>() {
        app.register_diagnostic(Diagnostic::new(TOKENS_PER_SECOND).with_suffix(" tok/s"))
            .register_diagnostic(Diagnostic::new(FIRST_TEXT_MS).with_suffix(" ms"))
            .register_diagnostic(Diagnostic::new(OPEN_REQUESTS));
    }
}

pub(crate) fn measure(
    mut diagnostics: Diagnostics,
    stats: Res<NarrativeStats>,
    requests: Res<Requests>,
    store: Option<Res<DiagnosticsStore>>,
) {
    if store.is_none() {
        return;
    }
    if stats.is_changed() {
        diagnostics.add_measurement(&TOKENS_PER_SECOND, || f64::from(stats.tokens_per_second));
        diagnostics.add_measurement(&FIRST_TEXT_MS, || f64::from(stats.first_text_ms));
    }
    diagnostics.add_measurement(&OPEN_REQUESTS, || requests.len() as f64);
}
