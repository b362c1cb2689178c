//! D01 a tension that is none.

use super::Linter;
use crate::director::HIGHEST;

pub(super) fn check(linter: &mut Linter) {
    for (storylet, place) in linter.storylets() {
        let Some(tension) = storylet.tension.filter(|tension| *tension > HIGHEST) else { continue };
        let message = format!("storylet '{}' has tension {tension}; it goes from 0 to {HIGHEST}", storylet.id);
        linter.error("D01", place.field("tension"), message).help = Some("0 is calm, 100 is the peak".to_owned());
    }
}
