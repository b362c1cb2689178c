//! bevy_raconteur
