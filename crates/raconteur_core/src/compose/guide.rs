//! What a scene is held against while a line is written, so that the persona counts more.

use crate::generate::Guidance;
use crate::persona::Persona;
use crate::story::format::{Guide, Policy};
use crate::template::{Scene, Template};

/// The same scene told by somebody else, as the policy says. Setting, facts, what was said, what was heard and a text
/// to reword stay: they stand in both contexts, so they are made neither louder nor softer. What goes is what makes the
/// speaker somebody: the voice, the mood, the examples of talk, and, against nobody in particular, the goal.
///
/// `None` when the policy does not guide, and when the two contexts would be the same.
pub(super) fn guidance(policy: &Policy, template: &Template, scene: &Scene, start_of_text: bool) -> Option<Guidance> {
    let (scale, voice, goal) = match &policy.guide {
        Guide::Off => return None,
        Guide::Neutral { scale } => (*scale, "", ""),
        Guide::Away { scale, from } => (*scale, from.as_str(), scene.goal.as_str()),
    };
    if !scale.is_finite() || scale <= 0.0 {
        return None;
    }
    let mut personas = scene.personas.clone();
    if let Some(speaker) = personas.first_mut() {
        let Persona { name, decode, adapter, .. } = std::mem::take(speaker);
        // The same adapter: what it adds stands on both sides, and what is made louder is the scene.
        *speaker = Persona { decode, adapter, ..Persona::new(name, voice) };
    }
    let other = Scene { personas, goal: goal.to_owned(), ..scene.clone() };
    let against = template.render(&other, start_of_text);
    (against != template.render(scene, start_of_text)).then_some(Guidance { scale, against })
}
