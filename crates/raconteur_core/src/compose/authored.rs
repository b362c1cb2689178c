//! What a model would be shown for a text of a story: the template's name and what fills it, apart from limits and rules.
//! Export makes scenes for training of it, with the authored text in the place where a model would write.

use super::{Brief, Composer, Spoken};
use crate::runner::{Host, Runner};
use crate::story::format::{Gen, Line, Slot, Storylet};
use crate::template::{Scene, Template};

/// A prompt before it is rendered.
#[derive(Debug, Clone)]
pub(crate) struct Shown<'a> {
    /// Name of the template.
    pub(crate) name: &'a str,
    /// The template.
    pub(crate) template: &'a Template,
    /// What fills it.
    pub(crate) scene: Scene,
}

impl Shown<'_> {
    /// The whole prompt.
    pub(crate) fn prompt(&self) -> String {
        self.template.render(&self.scene, false).full()
    }
}

impl Composer {
    /// For a line. `None` when no model would write it: it has no `gen`, or one that chooses or answers.
    pub(crate) fn shown_line<'a>(&'a self, runner: &Runner, line: &'a Line, host: &dyn Host) -> Option<Shown<'a>> {
        self.shown(runner, line.into(), host)
    }

    /// For a storylet.
    pub(crate) fn shown_storylet<'a>(
        &'a self,
        runner: &Runner,
        storylet: &'a Storylet,
        host: &dyn Host,
    ) -> Option<Shown<'a>> {
        self.shown(runner, storylet.into(), host)
    }

    fn shown<'a>(&'a self, runner: &Runner, line: Spoken<'a>, host: &dyn Host) -> Option<Shown<'a>> {
        let (name, scene) = match line.generate? {
            Gen::Vary(writing) => {
                let brief = Brief { reword: line.say, ..Brief::of(writing, line.say) };
                (&writing.prompt, self.scene(runner, line, self.templates.get(&writing.prompt)?, &brief, None, host))
            }
            Gen::Free(writing) => {
                let brief = Brief::of(writing, line.say);
                (&writing.prompt, self.scene(runner, line, self.templates.get(&writing.prompt)?, &brief, None, host))
            }
            Gen::Rumor { prompt, policy, of, .. } => {
                let beat = self.beat_of(runner, line.id);
                let version = self.version_in(runner, line.who, of, beat, host)?;
                let brief = Brief { from: Some(&[]), ..Brief::plain(prompt, policy) };
                let mut scene = self.scene(runner, line, self.templates.get(prompt)?, &brief, None, host);
                scene.lore = vec![version.text.to_owned()];
                (prompt, scene)
            }
            Gen::Pick { .. } | Gen::Answer { .. } => return None,
        };
        (!scene.personas.is_empty()).then_some(Shown { name, template: self.templates.get(name)?, scene })
    }

    /// For the labels of what the player could do in a beat: those of its slot, else those of its choices, in the template
    /// `label`.
    pub(crate) fn shown_labels<'a>(&'a self, runner: &Runner, beat: &str, host: &dyn Host) -> Option<Shown<'a>> {
        let slot = self.story.beats.get(beat)?.slot.as_ref();
        let name = slot.map_or("label", |slot| slot.prompt.as_str());
        let plain = Slot { prompt: "label".to_owned(), policy: "default".to_owned(), ..Slot::default() };
        let scene = self.slot_scene(runner, beat, slot.unwrap_or(&plain), Some(host));
        let (name, template) = self.templates.entry(name)?;
        Some(Shown { name, template, scene })
    }

    /// For the detour that is due.
    pub(crate) fn shown_detour<'a>(&'a self, runner: &Runner, host: &dyn Host) -> Option<Shown<'a>> {
        let detour = runner.detour()?;
        let people = self.people(&runner.state().beat);
        let scene = self.detour_scene(runner, detour, &people, host);
        let (name, template) = self.templates.entry(&detour.prompt)?;
        Some(Shown { name, template, scene })
    }
}
