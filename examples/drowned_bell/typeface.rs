//! The example's two fonts: EB Garamond, upright and italic (SIL Open Font License, see `assets/fonts`).

use bevy::prelude::*;
use bevy::text::{FontFeatureTag, FontFeatures, LineHeight};

/// Handles of the fonts.
#[derive(Resource)]
pub struct Typeface {
    regular: Handle<Font>,
    italic: Handle<Font>,
}

impl FromWorld for Typeface {
    fn from_world(world: &mut World) -> Self {
        let assets = world.resource::<AssetServer>();
        Self {
            regular: assets.load("fonts/EBGaramond-Regular.otf"),
            italic: assets.load("fonts/EBGaramond-Italic.otf"),
        }
    }
}

impl Typeface {
    /// Upright, `size` design pixels high.
    pub fn regular(&self, size: f32) -> TextFont {
        // Lining figures: the old-style 1 of this face reads as an I when it stands alone.
        let font_features = FontFeatures::builder().enable(FontFeatureTag::LINING_FIGURES).build();
        TextFont { font: self.regular.clone().into(), font_size: FontSize::Px(size), font_features, ..default() }
    }

    /// Italic, `size` design pixels high.
    pub fn italic(&self, size: f32) -> TextFont {
        TextFont { font: self.italic.clone().into(), font_size: FontSize::Px(size), ..default() }
    }

    /// Line spacing for what is read at length.
    pub fn leading(&self) -> LineHeight {
        LineHeight::RelativeToFont(1.22)
    }
}
