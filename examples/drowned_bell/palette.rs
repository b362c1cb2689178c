//! The one palette of the example: cold blue-greens for the river and the night, one warm amber for what people light.

use bevy::prelude::*;

/// A colour of the palette, as `0xRRGGBB` in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(pub u32);

impl Ink {
    /// For a vertex, opaque.
    pub fn full(self) -> LinearRgba {
        self.alpha(1.0)
    }

    /// For a vertex, with the given opacity.
    pub fn alpha(self, alpha: f32) -> LinearRgba {
        self.ui(alpha).to_linear()
    }

    /// For a UI node, with the given opacity.
    pub fn ui(self, alpha: f32) -> Color {
        let [_, r, g, b] = self.0.to_be_bytes();
        Color::srgba_u8(r, g, b, 255).with_alpha(alpha)
    }

    /// The colour `t` of the way to `other` (0 is this one).
    pub fn mix(self, other: Self, t: f32) -> Self {
        let a = self.0.to_be_bytes();
        let b = other.0.to_be_bytes();
        let mut out = [0; 4];
        for (out, (a, b)) in out.iter_mut().zip(a.into_iter().zip(b)) {
            *out = (f32::from(a) + (f32::from(b) - f32::from(a)) * t).round().clamp(0.0, 255.0) as u8;
        }
        Self(u32::from_be_bytes(out))
    }
}

/// Nearest to black: foreground silhouettes and the veil between places.
pub const PITCH: Ink = Ink(0x070d12);
/// The darkest blue: panels, the top of the night sky.
pub const DEEP: Ink = Ink(0x0c1820);
/// Night sky, near hills.
pub const NIGHT: Ink = Ink(0x132733);
/// Slate: stone in shadow, middle hills.
pub const SLATE: Ink = Ink(0x1f3a48);
/// The body of the river, far hills.
pub const RIVER: Ink = Ink(0x2f5566);
/// Fog and the sky at the horizon.
pub const MIST: Ink = Ink(0x6d97a0);
/// Moonlight, glints.
pub const PALE: Ink = Ink(0xb9d3d2);
/// Type, linen.
pub const BONE: Ink = Ink(0xece5d4);
/// Lantern light, names, what can be done now.
pub const AMBER: Ink = Ink(0xf0a84c);
/// Lantern light at the edge of its reach: redder, so that it stays warm over blue.
pub const GLOW: Ink = Ink(0xdd8a2e);
/// The heart of a flame.
pub const FLAME: Ink = Ink(0xffe2a3);
/// Light at the edge of night; rust, brick.
pub const RUST: Ink = Ink(0xa35c3c);
/// Wet grass, reeds.
pub const MOSS: Ink = Ink(0x2b4740);
/// Wood in shadow.
pub const OAK: Ink = Ink(0x231f1e);
/// Wood and leather near a light.
pub const TAN: Ink = Ink(0x5f4632);
/// Skin near a light.
pub const SKIN: Ink = Ink(0xc79a76);
/// The shawl of the ferrywoman.
pub const SHAWL: Ink = Ink(0x3e5a5f);
