//! What there is to learn from: scenes, drills, plain text, and mixtures of them.

use raconteur_core::compose::seed_of;
use raconteur_core::scenes::{Drills, Script, VoiceDrills};
use raconteur_core::template::Templates;

use super::packing::Documents;
use crate::tokenizer::Gpt2Tokenizer;

/// Scenes in the layout of the prompts, drawn anew in each epoch: other values in their slots, other names.
pub struct Scenes<'a> {
    scenes: &'a [Script],
    /// How often each stands in an epoch, as places in `scenes`.
    order: Vec<usize>,
    templates: &'a Templates,
    tokenizer: &'a Gpt2Tokenizer,
    /// Probability that the names of a scene are swapped.
    swap: f64,
    seed: u64,
}

impl<'a> Scenes<'a> {
    /// Scenes that the templates can render; the others are left out. Answers come three times in an epoch, choices,
    /// rumors and debates twice: there are few of them, or much to learn.
    #[must_use]
    pub fn new(
        scenes: &'a [Script],
        templates: &'a Templates,
        tokenizer: &'a Gpt2Tokenizer,
        swap: f64,
        seed: u64,
    ) -> Self {
        let times = |scene: &Script| match scene.body.kind() {
            "answer" => 3,
            "choices" | "rumor" | "debate" => 2,
            _ => 1,
        };
        let fits = scenes.iter().enumerate().filter(|(_, scene)| scene.render(templates).is_ok());
        let order = fits.flat_map(|(at, scene)| std::iter::repeat_n(at, times(scene))).collect();
        Self { scenes, order, templates, tokenizer, swap, seed }
    }
}

impl Documents for Scenes<'_> {
    fn count(&self) -> usize {
        self.order.len()
    }

    fn document(&self, epoch: u64, index: usize) -> Vec<u32> {
        let scene = &self.scenes[self.order[index]];
        let draw = scene.draw(seed_of(self.seed, "scene", epoch * self.order.len() as u64 + index as u64), self.swap);
        // A scene that cannot be rendered is not in the order.
        let text = scene.with(&draw).render(self.templates).unwrap_or_default();
        document(self.tokenizer, &text)
    }
}

/// Fact drills, other ones in each epoch.
pub struct FactDrills<'a> {
    drills: &'a Drills,
    /// Drills of an epoch.
    count: usize,
    templates: &'a Templates,
    tokenizer: &'a Gpt2Tokenizer,
    seed: u64,
}

impl<'a> FactDrills<'a> {
    /// `count` drills an epoch.
    #[must_use]
    pub fn new(
        drills: &'a Drills,
        count: usize,
        templates: &'a Templates,
        tokenizer: &'a Gpt2Tokenizer,
        seed: u64,
    ) -> Self {
        Self { drills, count, templates, tokenizer, seed }
    }
}

impl Documents for FactDrills<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn document(&self, epoch: u64, index: usize) -> Vec<u32> {
        let drill = self.drills.draw(seed_of(self.seed, "drill", epoch * self.count as u64 + index as u64));
        document(self.tokenizer, &drill.render(self.templates).unwrap_or_default())
    }
}

/// Voice drills, other ones in each epoch. Four documents in a row share their setting and prompts, and differ in their
/// voices.
pub struct VoiceTalks<'a> {
    drills: &'a VoiceDrills,
    /// Drills of an epoch.
    count: usize,
    templates: &'a Templates,
    tokenizer: &'a Gpt2Tokenizer,
    /// Of the first drill.
    first: u64,
}

impl<'a> VoiceTalks<'a> {
    /// `count` drills an epoch.
    #[must_use]
    pub fn new(
        drills: &'a VoiceDrills,
        count: usize,
        templates: &'a Templates,
        tokenizer: &'a Gpt2Tokenizer,
        seed: u64,
    ) -> Self {
        // Seeds of drills follow on each other, so that whole groups are drawn: from a multiple of four on, and far from
        // the largest number.
        Self { drills, count, templates, tokenizer, first: (seed_of(seed, "voices", 0) >> 3) << 2 }
    }
}

impl Documents for VoiceTalks<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn document(&self, epoch: u64, index: usize) -> Vec<u32> {
        let drill = self.drills.draw(self.first + epoch * self.count as u64 + index as u64);
        document(self.tokenizer, &drill.render(self.templates).unwrap_or_default())
    }
}

/// Plain texts in windows, which begin at other places in each epoch.
pub struct Texts {
    /// Tokens of each text, end-of-text first.
    texts: Vec<Vec<u32>>,
    /// Windows: text, and its number in it.
    windows: Vec<(usize, usize)>,
    /// Windows of an epoch.
    count: usize,
    /// Tokens of a window.
    len: usize,
    seed: u64,
}

impl Texts {
    /// Windows of `len` tokens; blank texts are left out.
    #[must_use]
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>, tokenizer: &Gpt2Tokenizer, len: usize, seed: u64) -> Self {
        let texts = texts.into_iter().filter(|text| !text.trim().is_empty());
        let texts: Vec<Vec<u32>> = texts.map(|text| document(tokenizer, text)).collect();
        let len = len.max(1);
        let windows = texts.iter().enumerate();
        let windows: Vec<_> =
            windows.flat_map(|(at, ids)| (0..ids.len().div_ceil(len)).map(move |window| (at, window))).collect();
        let count = windows.len();
        Self { texts, windows, count, len, seed }
    }

    /// Only so many windows in an epoch; the next one goes on where this one ended.
    #[must_use]
    pub fn at_most(mut self, count: usize) -> Self {
        self.count = count.min(self.windows.len());
        self
    }
}

impl Documents for Texts {
    fn count(&self) -> usize {
        self.count
    }

    fn document(&self, epoch: u64, index: usize) -> Vec<u32> {
        // Which window of all, and how often all have been read before.
        let place = epoch * self.count as u64 + index as u64;
        let (epoch, index) = (place / self.windows.len() as u64, place % self.windows.len() as u64);
        let (text, window) = self.windows[usize::try_from(index).unwrap_or(0)];
        let ids = &self.texts[text];
        // All windows of a text move together, so that an epoch still has each token about once.
        let shift = seed_of(self.seed, "text", epoch * self.texts.len() as u64 + text as u64) % self.len as u64;
        let shift = if window == 0 || epoch == 0 { 0 } else { usize::try_from(shift).unwrap_or(0) };
        let start = (window * self.len).saturating_sub(shift);
        ids[start..(start + self.len).min(ids.len())].to_vec()
    }
}

/// Several sources, shuffled into one.
#[derive(Default)]
pub struct Mixture<'a> {
    parts: Vec<Box<dyn Documents + 'a>>,
}

impl<'a> Mixture<'a> {
    /// With one more source.
    #[must_use]
    pub fn with(mut self, part: impl Documents + 'a) -> Self {
        self.parts.push(Box::new(part));
        self
    }
}

impl Documents for Mixture<'_> {
    fn count(&self) -> usize {
        self.parts.iter().map(|part| part.count()).sum()
    }

    fn document(&self, epoch: u64, index: usize) -> Vec<u32> {
        let mut index = index;
        for part in &self.parts {
            if index < part.count() {
                return part.document(epoch, index);
            }
            index -= part.count();
        }
        Vec::new()
    }
}

/// End-of-text, then the tokens of a text.
#[must_use]
pub fn document(tokenizer: &Gpt2Tokenizer, text: &str) -> Vec<u32> {
    let mut ids = vec![tokenizer.end_of_text()];
    ids.extend(tokenizer.encode(text));
    ids
}
